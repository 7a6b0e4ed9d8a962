#include "ui/wherry-file-list.h"

#include "ui/wherry-file-item.h"

struct _WherryFileList {
  GObject parent_instance;

  WherryTransfer *transfer;
  WherryFileLog *log; /* (nullable): until anything is known */

  char *text;    /* what is in the names */
  guint states;  /* bits */
  guint looked;  /* at so many of the log */
  GArray *found; /* of guint: by @text */
  GArray *shown; /* of guint: of @found, by @states */
};

static GType
get_item_type (GListModel *model)
{
  return WHERRY_TYPE_FILE_ITEM;
}

static guint
get_n_items (GListModel *model)
{
  return WHERRY_FILE_LIST (model)->shown->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  WherryFileList *self = WHERRY_FILE_LIST (model);

  return position < self->shown->len
             ? wherry_file_item_new (g_array_index (self->shown, guint, position))
             : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (WherryFileList,
                               wherry_file_list,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static void
wherry_file_list_finalize (GObject *object)
{
  WherryFileList *self = WHERRY_FILE_LIST (object);

  g_clear_pointer (&self->log, wherry_file_log_unref);
  g_clear_object (&self->transfer);
  g_free (self->text);
  g_array_unref (self->found);
  g_array_unref (self->shown);

  G_OBJECT_CLASS (wherry_file_list_parent_class)->finalize (object);
}

static void
wherry_file_list_class_init (WherryFileListClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wherry_file_list_finalize;
}

static void
wherry_file_list_init (WherryFileList *self)
{
  self->text = g_strdup ("");
  self->states = WHERRY_FILE_ALL_STATES;
  self->found = g_array_new (FALSE, FALSE, sizeof (guint));
  self->shown = g_array_new (FALSE, FALSE, sizeof (guint));
}

/* What stayed at the beginning and at the end is not told of: it keeps its rows, and where one has
 * scrolled to. */
static void
take (WherryFileList *self, GArray *shown)
{
  g_autoptr (GArray) old = self->shown;
  guint shorter = MIN (old->len, shown->len);
  guint head = 0, tail = 0;

  while (head < shorter && g_array_index (old, guint, head) == g_array_index (shown, guint, head))
    head++;
  while (tail < shorter - head
         && g_array_index (old, guint, old->len - 1 - tail)
                == g_array_index (shown, guint, shown->len - 1 - tail))
    tail++;

  self->shown = shown;
  if (old->len - head - tail > 0 || shown->len - head - tail > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), head, old->len - head - tail,
                                shown->len - head - tail);
}

/**
 * wherry_file_list_new:
 * @transfer: a transfer
 *
 * Returns: (transfer full): its files
 */
WherryFileList *
wherry_file_list_new (WherryTransfer *transfer)
{
  g_return_val_if_fail (WHERRY_IS_TRANSFER (transfer), NULL);

  WherryFileList *self = g_object_new (WHERRY_TYPE_FILE_LIST, NULL);

  self->transfer = g_object_ref (transfer);
  wherry_file_list_update (self);
  return self;
}

/**
 * wherry_file_list_get_log:
 * @self: a list
 *
 * Returns: (transfer none) (nullable): what is known of the files
 */
WherryFileLog *
wherry_file_list_get_log (WherryFileList *self)
{
  g_return_val_if_fail (WHERRY_IS_FILE_LIST (self), NULL);

  return self->log;
}

/**
 * wherry_file_list_set_filter:
 * @self: a list
 * @text: what is to be in the name; "": anything
 * @states: a bit `1 << WherryFileState` for each state that is wanted
 */
void
wherry_file_list_set_filter (WherryFileList *self, const char *text, guint states)
{
  g_return_if_fail (WHERRY_IS_FILE_LIST (self));

  if (!g_str_equal (self->text, text))
    {
      g_free (self->text);
      self->text = g_strdup (text);
      self->looked = 0;
      g_array_set_size (self->found, 0);
    }
  self->states = states;
  wherry_file_list_update (self);
}

/**
 * wherry_file_list_update:
 * @self: a list
 *
 * Takes in what has changed since. To be called now and then while the transfer
 * runs; the rows that stay don't hear of it.
 */
void
wherry_file_list_update (WherryFileList *self)
{
  g_return_if_fail (WHERRY_IS_FILE_LIST (self));

  if (self->log == NULL)
    self->log = wherry_transfer_dup_files (self->transfer);
  if (self->log == NULL)
    return;

  self->looked = wherry_file_log_find (self->log, self->looked, self->text, self->found);
  if (self->states == WHERRY_FILE_ALL_STATES)
    take (self, g_array_copy (self->found));
  else
    {
      GArray *shown = g_array_new (FALSE, FALSE, sizeof (guint));

      wherry_file_log_select (self->log, self->found, self->states, shown);
      take (self, shown);
    }
}
