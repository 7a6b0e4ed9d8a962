#include "ui/wherry-file-item.h"

struct _WherryFileItem {
  GObject parent_instance;

  guint index;
};

G_DEFINE_FINAL_TYPE (WherryFileItem, wherry_file_item, G_TYPE_OBJECT)

static void
wherry_file_item_class_init (WherryFileItemClass *klass)
{
}

static void
wherry_file_item_init (WherryFileItem *self)
{
}

/**
 * wherry_file_item_new:
 * @index: of a file in its transfer's log
 *
 * Returns: (transfer full): an item
 */
WherryFileItem *
wherry_file_item_new (guint index)
{
  WherryFileItem *self = g_object_new (WHERRY_TYPE_FILE_ITEM, NULL);

  self->index = index;
  return self;
}

/**
 * wherry_file_item_get_index:
 * @self: an item
 *
 * Returns: which file it is in its transfer's log
 */
guint
wherry_file_item_get_index (WherryFileItem *self)
{
  g_return_val_if_fail (WHERRY_IS_FILE_ITEM (self), 0);

  return self->index;
}
