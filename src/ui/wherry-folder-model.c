#include "config.h"

#include "ui/wherry-folder-model.h"

#include <string.h>

#include "base/wherry-text.h"

/* One entry, with what it takes to order and to filter it. */
typedef struct {
  WherryRemoteEntry *entry;
  char *key;    /* what names are ordered by */
  char *folded; /* the name as shown, without regard to case */
} Row;

typedef struct {
  WherrySort sort;
  gboolean descending;
} Order;

struct _WherryFolderModel {
  GObject parent_instance;

  GPtrArray *rows;    /* element-type Row, owned, in order: all of them */
  GPtrArray *visible; /* element-type Row, in order: those that are items */
  Order order;
  char *filter; /* (nullable): without regard to case */
  gboolean show_hidden;
  GHashTable *concealed; /* (nullable) (element-type filename): names that are not shown */
};

static void list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (WherryFolderModel,
                               wherry_folder_model,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static Row *
row_new (WherryRemoteEntry *entry)
{
  Row *row = g_new (Row, 1);
  g_autofree char *shown = wherry_text_display_name (wherry_remote_entry_get_name (entry));

  row->entry = g_object_ref (entry);
  row->folded = g_utf8_casefold (shown, -1);
  row->key = g_utf8_collate_key_for_filename (row->folded, -1);
  return row;
}

static void
row_free (gpointer data)
{
  Row *row = data;

  g_object_unref (row->entry);
  g_free (row->key);
  g_free (row->folded);
  g_free (row);
}

static int
compare_numbers (gint64 a, gint64 b)
{
  return a < b ? -1 : a > b;
}

static int
compare_permissions (const Row *a, const Row *b)
{
  guint32 mode_a = 0;
  guint32 mode_b = 0;

  wherry_remote_entry_get_mode (a->entry, &mode_a);
  wherry_remote_entry_get_mode (b->entry, &mode_b);
  return compare_numbers (mode_a & 07777, mode_b & 07777);
}

static int
compare_owners (const Row *a, const Row *b)
{
  const char *owner_a = wherry_remote_entry_get_owner (a->entry);
  const char *owner_b = wherry_remote_entry_get_owner (b->entry);
  guint32 uid_a = 0;
  guint32 uid_b = 0;

  if (owner_a != NULL || owner_b != NULL)
    return g_strcmp0 (owner_a, owner_b);
  wherry_remote_entry_get_ids (a->entry, &uid_a, NULL);
  wherry_remote_entry_get_ids (b->entry, &uid_b, NULL);
  return compare_numbers (uid_a, uid_b);
}

/* A folder's own size says nothing: among folders it does not count. */
static int
compare_sizes (const Row *a, const Row *b)
{
  if (wherry_remote_entry_is_folder (a->entry))
    return 0;
  return compare_numbers (wherry_remote_entry_get_size (a->entry),
                          wherry_remote_entry_get_size (b->entry));
}

/* In the end by the bytes, as a server may tell apart what we fold together. */
static int
compare_names (const Row *a, const Row *b)
{
  int result = strcmp (a->key, b->key);

  return result != 0 ? result
                     : strcmp (wherry_remote_entry_get_name (a->entry),
                               wherry_remote_entry_get_name (b->entry));
}

static int
compare_rows (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const Row *row_a = *(const Row *const *) a;
  const Row *row_b = *(const Row *const *) b;
  const Order *order = user_data;
  int result
      = wherry_remote_entry_is_folder (row_b->entry) - wherry_remote_entry_is_folder (row_a->entry);

  if (result != 0)
    return result;

  switch (order->sort)
    {
    case WHERRY_SORT_SIZE:
      result = compare_sizes (row_a, row_b);
      break;
    case WHERRY_SORT_MODIFIED:
      result = compare_numbers (wherry_remote_entry_get_mtime (row_a->entry),
                                wherry_remote_entry_get_mtime (row_b->entry));
      break;
    case WHERRY_SORT_PERMISSIONS:
      result = compare_permissions (row_a, row_b);
      break;
    case WHERRY_SORT_OWNER:
      result = compare_owners (row_a, row_b);
      break;
    case WHERRY_SORT_NAME:
    case WHERRY_SORT_N:
    default:
      result = compare_names (row_a, row_b);
      break;
    }
  if (result == 0 && order->sort != WHERRY_SORT_NAME)
    return compare_names (row_a, row_b);
  return order->descending ? -result : result;
}

static gboolean
is_visible (WherryFolderModel *self, const Row *row)
{
  const char *name = wherry_remote_entry_get_name (row->entry);

  return (self->show_hidden || name[0] != '.')
         && (self->filter == NULL || strstr (row->folded, self->filter) != NULL)
         && (self->concealed == NULL || !g_hash_table_contains (self->concealed, name));
}

static void
refill (WherryFolderModel *self)
{
  guint n_before = self->visible->len;

  g_ptr_array_set_size (self->visible, 0);
  for (guint i = 0; i < self->rows->len; i++)
    if (is_visible (self, self->rows->pdata[i]))
      g_ptr_array_add (self->visible, self->rows->pdata[i]);
  if (n_before > 0 || self->visible->len > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, n_before, self->visible->len);
}

static GType
get_item_type (GListModel *model)
{
  return WHERRY_TYPE_REMOTE_ENTRY;
}

static guint
get_n_items (GListModel *model)
{
  return WHERRY_FOLDER_MODEL (model)->visible->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  WherryRemoteEntry *entry = wherry_folder_model_peek (WHERRY_FOLDER_MODEL (model), position);

  return entry != NULL ? g_object_ref (entry) : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static void
wherry_folder_model_finalize (GObject *object)
{
  WherryFolderModel *self = WHERRY_FOLDER_MODEL (object);

  g_ptr_array_unref (self->visible);
  g_ptr_array_unref (self->rows);
  g_clear_pointer (&self->concealed, g_hash_table_unref);
  g_free (self->filter);

  G_OBJECT_CLASS (wherry_folder_model_parent_class)->finalize (object);
}

static void
wherry_folder_model_class_init (WherryFolderModelClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wherry_folder_model_finalize;
}

static void
wherry_folder_model_init (WherryFolderModel *self)
{
  self->rows = g_ptr_array_new_with_free_func (row_free);
  self->visible = g_ptr_array_new ();
}

/**
 * wherry_folder_model_new:
 *
 * Returns: (transfer full): a model of an empty folder, by name, without hidden
 *   files
 */
WherryFolderModel *
wherry_folder_model_new (void)
{
  return g_object_new (WHERRY_TYPE_FOLDER_MODEL, NULL);
}

typedef struct {
  GPtrArray *entries;
  Order order;
} Load;

static void
load_free (gpointer data)
{
  Load *load = data;

  g_ptr_array_unref (load->entries);
  g_free (load);
}

static void
load_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Load *load = task_data;
  g_autoptr (GPtrArray) rows = g_ptr_array_new_full (load->entries->len, row_free);

  for (guint i = 0; i < load->entries->len; i++)
    {
      g_ptr_array_add (rows, row_new (load->entries->pdata[i]));
      if (i % 1024 == 0 && g_task_return_error_if_cancelled (task))
        return;
    }
  g_ptr_array_sort_with_data (rows, compare_rows, &load->order);
  g_task_return_pointer (task, g_steal_pointer (&rows), (GDestroyNotify) g_ptr_array_unref);
}

/**
 * wherry_folder_model_load_async:
 * @self: a model
 * @entries: (element-type WherryRemoteEntry): a folder's entries, not to be
 *   changed any more
 * @cancellable: (nullable): to give up
 * @callback: called when they are shown
 * @user_data: for @callback
 *
 * Shows other entries, in place of those before; these stay until the others are
 * ready.
 */
void
wherry_folder_model_load_async (WherryFolderModel *self,
                                GPtrArray *entries,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_return_if_fail (WHERRY_IS_FOLDER_MODEL (self));
  g_return_if_fail (entries != NULL);

  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Load *load = g_new0 (Load, 1);

  load->entries = g_ptr_array_ref (entries);
  load->order = self->order;
  g_task_set_source_tag (task, wherry_folder_model_load_async);
  g_task_set_task_data (task, load, load_free);
  g_task_run_in_thread (task, load_thread);
}

/**
 * wherry_folder_model_load_finish:
 * @self: a model
 * @result: what the callback got
 * @error: return location for an error: %G_IO_ERROR_CANCELLED only
 *
 * Returns: whether the entries are shown
 */
gboolean
wherry_folder_model_load_finish (WherryFolderModel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (WHERRY_IS_FOLDER_MODEL (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  Load *load = g_task_get_task_data (G_TASK (result));
  g_autoptr (GPtrArray) before = NULL;
  GPtrArray *rows = g_task_propagate_pointer (G_TASK (result), error);

  if (rows == NULL)
    return FALSE;

  /* The rows that are still shown go only after everybody was told. */
  before = g_steal_pointer (&self->rows);
  self->rows = rows;
  if (load->order.sort != self->order.sort || load->order.descending != self->order.descending)
    g_ptr_array_sort_with_data (self->rows, compare_rows, &self->order);
  refill (self);
  return TRUE;
}

/**
 * wherry_folder_model_clear:
 * @self: a model
 *
 * Shows nothing.
 */
void
wherry_folder_model_clear (WherryFolderModel *self)
{
  g_return_if_fail (WHERRY_IS_FOLDER_MODEL (self));

  g_autoptr (GPtrArray) before = g_steal_pointer (&self->rows);

  self->rows = g_ptr_array_new_with_free_func (row_free);
  refill (self);
}

static gboolean
find_in (GPtrArray *rows, const char *name, guint *position)
{
  for (guint i = 0; i < rows->len; i++)
    {
      const Row *row = rows->pdata[i];

      if (strcmp (wherry_remote_entry_get_name (row->entry), name) == 0)
        {
          if (position != NULL)
            *position = i;
          return TRUE;
        }
    }
  return FALSE;
}

/* Where a row belongs: behind all that are not after it. */
static guint
find_place (GPtrArray *rows, Row *row, Order *order)
{
  guint low = 0;
  guint high = rows->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (compare_rows (&rows->pdata[middle], &row, order) <= 0)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/**
 * wherry_folder_model_put:
 * @self: a model
 * @entry: an entry of the folder
 *
 * Adds an entry where it belongs, in place of the one of that name.
 */
void
wherry_folder_model_put (WherryFolderModel *self, WherryRemoteEntry *entry)
{
  g_return_if_fail (WHERRY_IS_FOLDER_MODEL (self));
  g_return_if_fail (WHERRY_IS_REMOTE_ENTRY (entry));

  Row *row;
  guint place;

  wherry_folder_model_remove (self, wherry_remote_entry_get_name (entry));
  row = row_new (entry);
  g_ptr_array_insert (self->rows, (int) find_place (self->rows, row, &self->order), row);
  if (!is_visible (self, row))
    return;
  place = find_place (self->visible, row, &self->order);
  g_ptr_array_insert (self->visible, (int) place, row);
  g_list_model_items_changed (G_LIST_MODEL (self), place, 0, 1);
}

/**
 * wherry_folder_model_remove:
 * @self: a model
 * @name: (type filename): an entry's name; one that is not there is no mistake
 *
 * Takes an entry out.
 */
void
wherry_folder_model_remove (WherryFolderModel *self, const char *name)
{
  g_return_if_fail (WHERRY_IS_FOLDER_MODEL (self));
  g_return_if_fail (name != NULL);

  Row *row;
  guint position;

  if (!find_in (self->rows, name, &position))
    return;
  row = g_ptr_array_steal_index (self->rows, position);
  if (find_in (self->visible, name, &position))
    {
      g_ptr_array_remove_index (self->visible, position);
      g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
    }
  row_free (row);
}

/**
 * wherry_folder_model_conceal:
 * @self: a model
 * @names: (nullable) (element-type filename): names that are not to be shown for
 *   the time being, whatever is loaded; %NULL: none
 *
 * Takes entries out of sight that are about to be deleted, or back in.
 */
void
wherry_folder_model_conceal (WherryFolderModel *self, GHashTable *names)
{
  g_return_if_fail (WHERRY_IS_FOLDER_MODEL (self));

  g_clear_pointer (&self->concealed, g_hash_table_unref);
  if (names != NULL)
    self->concealed = g_hash_table_ref (names);
  refill (self);
}

/**
 * wherry_folder_model_set_sort:
 * @self: a model
 * @sort: by what
 * @descending: whether backwards
 *
 * Orders the entries. Those that are equal stay ordered by name.
 */
void
wherry_folder_model_set_sort (WherryFolderModel *self, WherrySort sort, gboolean descending)
{
  g_return_if_fail (WHERRY_IS_FOLDER_MODEL (self));
  g_return_if_fail (sort < WHERRY_SORT_N);

  if (self->order.sort == sort && self->order.descending == descending)
    return;
  self->order = (Order){ sort, descending };
  g_ptr_array_sort_with_data (self->rows, compare_rows, &self->order);
  refill (self);
}

/**
 * wherry_folder_model_set_filter:
 * @self: a model
 * @text: (nullable): shows only what has this in its name, without regard to
 *   case; %NULL or "": all
 */
void
wherry_folder_model_set_filter (WherryFolderModel *self, const char *text)
{
  g_return_if_fail (WHERRY_IS_FOLDER_MODEL (self));

  g_autofree char *folded = text != NULL && *text != '\0' ? g_utf8_casefold (text, -1) : NULL;

  if (g_strcmp0 (self->filter, folded) == 0)
    return;
  g_free (self->filter);
  self->filter = g_steal_pointer (&folded);
  refill (self);
}

/**
 * wherry_folder_model_set_show_hidden:
 * @self: a model
 * @show: whether to show names that begin with a dot
 */
void
wherry_folder_model_set_show_hidden (WherryFolderModel *self, gboolean show)
{
  g_return_if_fail (WHERRY_IS_FOLDER_MODEL (self));

  if (self->show_hidden == show)
    return;
  self->show_hidden = show;
  refill (self);
}

/**
 * wherry_folder_model_get_n_total:
 * @self: a model
 *
 * Returns: how many entries the folder has, shown or not
 */
guint
wherry_folder_model_get_n_total (WherryFolderModel *self)
{
  g_return_val_if_fail (WHERRY_IS_FOLDER_MODEL (self), 0);

  return self->rows->len;
}

/**
 * wherry_folder_model_peek:
 * @self: a model
 * @position: of an item
 *
 * Returns: (transfer none) (nullable): the entry there
 */
WherryRemoteEntry *
wherry_folder_model_peek (WherryFolderModel *self, guint position)
{
  g_return_val_if_fail (WHERRY_IS_FOLDER_MODEL (self), NULL);

  return position < self->visible->len ? ((Row *) self->visible->pdata[position])->entry : NULL;
}

/**
 * wherry_folder_model_lookup:
 * @self: a model
 * @name: (type filename): a name
 *
 * Returns: (transfer none) (nullable): the entry of that name, shown or not
 */
WherryRemoteEntry *
wherry_folder_model_lookup (WherryFolderModel *self, const char *name)
{
  g_return_val_if_fail (WHERRY_IS_FOLDER_MODEL (self), NULL);

  guint position;

  return find_in (self->rows, name, &position) ? ((Row *) self->rows->pdata[position])->entry
                                               : NULL;
}

/**
 * wherry_folder_model_find:
 * @self: a model
 * @name: (type filename): a name
 * @position: (out): of the item
 *
 * Returns: whether an entry of that name is shown
 */
gboolean
wherry_folder_model_find (WherryFolderModel *self, const char *name, guint *position)
{
  g_return_val_if_fail (WHERRY_IS_FOLDER_MODEL (self), FALSE);

  return find_in (self->visible, name, position);
}

/**
 * wherry_folder_model_find_prefix:
 * @self: a model
 * @prefix: what the name begins with, without regard to case
 * @start: where to begin looking; it goes on from the top
 * @position: (out): of the item
 *
 * Returns: whether there is one
 */
gboolean
wherry_folder_model_find_prefix (WherryFolderModel *self,
                                 const char *prefix,
                                 guint start,
                                 guint *position)
{
  g_return_val_if_fail (WHERRY_IS_FOLDER_MODEL (self), FALSE);
  g_return_val_if_fail (prefix != NULL, FALSE);

  g_autofree char *folded = g_utf8_casefold (prefix, -1);

  for (guint i = 0; i < self->visible->len; i++)
    {
      guint at = (start + i) % self->visible->len;
      const Row *row = self->visible->pdata[at];

      if (g_str_has_prefix (row->folded, folded))
        {
          *position = at;
          return TRUE;
        }
    }
  return FALSE;
}
