#include "config.h"

#include "sites/wherry-site-store.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-error.h"
#include "sites/wherry-site-file.h"

struct _WherrySiteStore {
  GObject parent_instance;

  char *file;
  GFileMonitor *monitor; /* (nullable) */
  GPtrArray *sites;      /* element-type WherrySite, owned */
  GPtrArray *folders;    /* element-type utf8: those that were made */

  /* What is not in the file yet. */
  GHashTable *dirty; /* element-type utf8: identifiers */
  gboolean order_dirty;
  gboolean folders_dirty;

  gboolean loaded;
  gboolean running;   /* a thread is at the file */
  gboolean wanted;    /* and once more after that */
  gboolean accepting; /* what changes now comes from the file */
  guint idle_id;
};

enum { FOLDERS_CHANGED, PROBLEM, N_SIGNALS };

static guint signals[N_SIGNALS];

static void list_model_init (GListModelInterface *iface);
static void begin_sync (WherrySiteStore *self);

G_DEFINE_FINAL_TYPE_WITH_CODE (WherrySiteStore,
                               wherry_site_store,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static GType
get_item_type (GListModel *model)
{
  return WHERRY_TYPE_SITE;
}

static guint
get_n_items (GListModel *model)
{
  return WHERRY_SITE_STORE (model)->sites->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  WherrySiteStore *self = WHERRY_SITE_STORE (model);

  return position < self->sites->len ? g_object_ref (self->sites->pdata[position]) : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static gboolean
sync_in_idle (gpointer user_data)
{
  WherrySiteStore *self = user_data;

  self->idle_id = 0;
  begin_sync (self);
  return G_SOURCE_REMOVE;
}

/* Many changes at once are one writing. */
static void
want_sync (WherrySiteStore *self)
{
  if (self->running)
    self->wanted = TRUE;
  else if (self->idle_id == 0)
    self->idle_id = g_idle_add (sync_in_idle, self);
}

static void
mark_dirty (WherrySiteStore *self, WherrySite *site)
{
  g_hash_table_add (self->dirty, g_strdup (wherry_site_get_id (site)));
  want_sync (self);
}

static void
on_site_notify (WherrySite *site, GParamSpec *pspec, WherrySiteStore *self)
{
  if (!self->accepting)
    mark_dirty (self, site);
  if (g_str_equal (pspec->name, "folder"))
    g_signal_emit (self, signals[FOLDERS_CHANGED], 0);
}

static void
adopt (WherrySiteStore *self, WherrySite *site)
{
  g_signal_connect_object (site, "notify", G_CALLBACK (on_site_notify), self, 0);
}

static void
disown (WherrySiteStore *self, WherrySite *site)
{
  g_signal_handlers_disconnect_by_func (site, on_site_notify, self);
}

static void
on_file_changed (WherrySiteStore *self)
{
  want_sync (self);
}

static void
wherry_site_store_dispose (GObject *object)
{
  WherrySiteStore *self = WHERRY_SITE_STORE (object);

  g_clear_handle_id (&self->idle_id, g_source_remove);
  if (self->monitor != NULL)
    g_signal_handlers_disconnect_by_data (self->monitor, self);
  g_clear_object (&self->monitor);
  for (guint i = 0; i < self->sites->len; i++)
    disown (self, self->sites->pdata[i]);

  G_OBJECT_CLASS (wherry_site_store_parent_class)->dispose (object);
}

static void
wherry_site_store_finalize (GObject *object)
{
  WherrySiteStore *self = WHERRY_SITE_STORE (object);

  g_free (self->file);
  g_ptr_array_unref (self->sites);
  g_ptr_array_unref (self->folders);
  g_hash_table_unref (self->dirty);

  G_OBJECT_CLASS (wherry_site_store_parent_class)->finalize (object);
}

static void
wherry_site_store_class_init (WherrySiteStoreClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = wherry_site_store_dispose;
  object_class->finalize = wherry_site_store_finalize;

  signals[FOLDERS_CHANGED] = g_signal_new ("folders-changed", G_TYPE_FROM_CLASS (klass),
                                           G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[PROBLEM] = g_signal_new ("problem", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
wherry_site_store_init (WherrySiteStore *self)
{
  self->sites = g_ptr_array_new_with_free_func (g_object_unref);
  self->folders = g_ptr_array_new_with_free_func (g_free);
  self->dirty = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

/**
 * wherry_site_store_new:
 * @file: (nullable): the file to keep the sites in; %NULL for a person's own,
 *   `$XDG_CONFIG_HOME/wherry/sites.conf`
 *
 * The sites come in once the main loop runs.
 *
 * Returns: (transfer full): a store
 */
WherrySiteStore *
wherry_site_store_new (const char *file)
{
  WherrySiteStore *self = g_object_new (WHERRY_TYPE_SITE_STORE, NULL);
  g_autoptr (GFile) gfile = NULL;

  self->file = file != NULL
                   ? g_strdup (file)
                   : g_build_filename (g_get_user_config_dir (), "wherry", "sites.conf", NULL);
  gfile = g_file_new_for_path (self->file);
  self->monitor = g_file_monitor_file (gfile, G_FILE_MONITOR_NONE, NULL, NULL);
  if (self->monitor != NULL)
    g_signal_connect_swapped (self->monitor, "changed", G_CALLBACK (on_file_changed), self);
  want_sync (self);
  return self;
}

/* Makes the list @sites, and tells only what is different between the ends that are the same. */
static void
replace_list (WherrySiteStore *self, GPtrArray *sites)
{
  g_autoptr (GPtrArray) old = g_steal_pointer (&self->sites);
  guint start = 0;
  guint end = 0;

  while (start < MIN (old->len, sites->len) && old->pdata[start] == sites->pdata[start])
    start++;
  while (end < MIN (old->len, sites->len) - start
         && old->pdata[old->len - 1 - end] == sites->pdata[sites->len - 1 - end])
    end++;

  self->sites = g_ptr_array_ref (sites);
  if (start + end < MAX (old->len, sites->len))
    {
      g_list_model_items_changed (G_LIST_MODEL (self), start, old->len - start - end,
                                  sites->len - start - end);
      g_signal_emit (self, signals[FOLDERS_CHANGED], 0);
    }
}

static gboolean
strv_equals_array (char **strings, GPtrArray *array)
{
  guint i = 0;

  for (; strings[i] != NULL; i++)
    if (i >= array->len || !g_str_equal (strings[i], array->pdata[i]))
      return FALSE;
  return i == array->len;
}

/* Takes over the sites of the file, but for what was changed here since it was read. */
static void
accept_sites (WherrySiteStore *self, GPtrArray *from_file)
{
  g_autoptr (GPtrArray) sites = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GHashTable) there = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) mine = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < self->sites->len; i++)
    g_hash_table_insert (mine, (gpointer) wherry_site_get_id (self->sites->pdata[i]),
                         self->sites->pdata[i]);

  for (guint i = 0; i < from_file->len; i++)
    {
      WherrySite *site = from_file->pdata[i];
      const char *id = wherry_site_get_id (site);
      WherrySite *known = g_hash_table_lookup (mine, id);
      gboolean changed_here = g_hash_table_contains (self->dirty, id);

      if (known == NULL && changed_here)
        continue;
      if (known == NULL)
        adopt (self, site);
      else if (!changed_here)
        wherry_site_assign (known, site);
      g_ptr_array_add (sites, g_object_ref (known != NULL ? known : site));
      g_hash_table_add (there, (gpointer) id);
    }

  /* What was added here meanwhile, and what was removed there. */
  for (guint i = 0; i < self->sites->len; i++)
    {
      WherrySite *site = self->sites->pdata[i];

      if (g_hash_table_contains (there, wherry_site_get_id (site)))
        continue;
      if (g_hash_table_contains (self->dirty, wherry_site_get_id (site)))
        g_ptr_array_insert (sites, (int) MIN (i, sites->len), g_object_ref (site));
      else
        disown (self, site);
    }
  replace_list (self, sites);
}

static void
accept (WherrySiteStore *self, WherrySiteContent *content)
{
  self->accepting = TRUE;
  /* Where the order changed here meanwhile, the file is about to be written, and read, again. */
  if (!self->order_dirty)
    accept_sites (self, content->sites);
  if (!self->folders_dirty && !strv_equals_array (content->folders, self->folders))
    {
      g_ptr_array_set_size (self->folders, 0);
      for (char **folder = content->folders; *folder != NULL; folder++)
        g_ptr_array_add (self->folders, g_strdup (*folder));
      g_signal_emit (self, signals[FOLDERS_CHANGED], 0);
    }
  self->accepting = FALSE;
  self->loaded = TRUE;

  for (char **problem = content->problems; *problem != NULL; problem++)
    g_signal_emit (self, signals[PROBLEM], 0, *problem);
}

/* One visit of a thread to the file; owned. */
typedef struct {
  char *file;
  WherrySiteChanges *changes; /* (nullable) */
} Visit;

static void
visit_free (gpointer data)
{
  Visit *visit = data;

  g_free (visit->file);
  wherry_site_changes_free (visit->changes);
  g_free (visit);
}

static void
visit_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const Visit *visit = task_data;
  GError *error = NULL;
  WherrySiteContent *content = wherry_site_file_sync (visit->file, visit->changes, &error);

  if (content == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, content, (GDestroyNotify) wherry_site_content_free);
}

/* What could not be written is still to be written, with the next change. */
static void
restore_dirty (WherrySiteStore *self, const WherrySiteChanges *changes)
{
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, changes->texts);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    g_hash_table_add (self->dirty, g_strdup (id));
  self->order_dirty |= changes->order != NULL;
  self->folders_dirty |= changes->folders != NULL;
}

static void
on_visited (GObject *source, GAsyncResult *result, gpointer user_data)
{
  WherrySiteStore *self = WHERRY_SITE_STORE (source);
  const Visit *visit = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  g_autoptr (WherrySiteContent) content = g_task_propagate_pointer (G_TASK (result), &error);

  self->running = FALSE;
  if (content != NULL)
    accept (self, content);
  else
    {
      if (visit->changes != NULL)
        restore_dirty (self, visit->changes);
      g_signal_emit (self, signals[PROBLEM], 0, error->message);
    }

  if (self->wanted)
    {
      self->wanted = FALSE;
      want_sync (self);
    }
}

static WherrySiteChanges *
steal_changes (WherrySiteStore *self)
{
  WherrySiteChanges *changes;
  GHashTableIter iter;
  gpointer id;

  if (g_hash_table_size (self->dirty) == 0 && !self->order_dirty && !self->folders_dirty)
    return NULL;

  changes = g_new0 (WherrySiteChanges, 1);
  changes->texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_hash_table_iter_init (&iter, self->dirty);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    {
      WherrySite *site = wherry_site_store_find (self, id);
      g_hash_table_insert (changes->texts, g_strdup (id),
                           site != NULL ? wherry_site_to_text (site) : g_strdup (""));
    }
  if (self->order_dirty)
    {
      changes->order = g_new0 (char *, self->sites->len + 1);
      for (guint i = 0; i < self->sites->len; i++)
        changes->order[i] = g_strdup (wherry_site_get_id (self->sites->pdata[i]));
    }
  if (self->folders_dirty)
    {
      changes->folders = g_new0 (char *, self->folders->len + 1);
      for (guint i = 0; i < self->folders->len; i++)
        changes->folders[i] = g_strdup (self->folders->pdata[i]);
    }
  g_hash_table_remove_all (self->dirty);
  self->order_dirty = FALSE;
  self->folders_dirty = FALSE;
  return changes;
}

static void
begin_sync (WherrySiteStore *self)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, on_visited, NULL);
  Visit *visit = g_new0 (Visit, 1);

  g_assert (!self->running);

  visit->file = g_strdup (self->file);
  visit->changes = steal_changes (self);
  self->running = TRUE;
  g_task_set_source_tag (task, begin_sync);
  g_task_set_task_data (task, visit, visit_free);
  g_task_run_in_thread (task, visit_in_thread);
}

/**
 * wherry_site_store_find:
 * @self: a store
 * @id: an identifier
 *
 * Returns: (transfer none) (nullable): the site
 */
WherrySite *
wherry_site_store_find (WherrySiteStore *self, const char *id)
{
  g_return_val_if_fail (WHERRY_IS_SITE_STORE (self), NULL);

  for (guint i = 0; i < self->sites->len; i++)
    if (g_str_equal (wherry_site_get_id (self->sites->pdata[i]), id))
      return self->sites->pdata[i];
  return NULL;
}

/**
 * wherry_site_store_find_login:
 * @self: a store
 * @login: where and how one is logged in
 *
 * Returns: (transfer none) (nullable): the first site that leads there
 */
WherrySite *
wherry_site_store_find_login (WherrySiteStore *self, const WherryLogin *login)
{
  g_return_val_if_fail (WHERRY_IS_SITE_STORE (self), NULL);

  for (guint i = 0; i < self->sites->len; i++)
    {
      g_autoptr (WherryLogin) other = wherry_site_make_login (self->sites->pdata[i], NULL);

      if (other != NULL && wherry_login_equal (other, login))
        return self->sites->pdata[i];
    }
  return NULL;
}

/**
 * wherry_site_store_find_name:
 * @self: a store
 * @name: what a person calls a site
 *
 * Returns: (transfer none) (nullable): the first site of that name
 */
WherrySite *
wherry_site_store_find_name (WherrySiteStore *self, const char *name)
{
  g_return_val_if_fail (WHERRY_IS_SITE_STORE (self), NULL);

  for (guint i = 0; i < self->sites->len; i++)
    {
      g_autofree char *title = wherry_site_dup_title (self->sites->pdata[i]);

      if (g_str_equal (title, name))
        return self->sites->pdata[i];
    }
  return NULL;
}

/**
 * wherry_site_store_insert:
 * @self: a store
 * @position: where in the list; past the end is the end
 * @site: a site that wherry_site_check() is content with; a reference is kept
 */
void
wherry_site_store_insert (WherrySiteStore *self, guint position, WherrySite *site)
{
  g_return_if_fail (WHERRY_IS_SITE_STORE (self));
  g_return_if_fail (wherry_site_store_find (self, wherry_site_get_id (site)) == NULL);

  position = MIN (position, self->sites->len);
  adopt (self, site);
  g_ptr_array_insert (self->sites, (int) position, g_object_ref (site));
  self->order_dirty = TRUE;
  mark_dirty (self, site);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 0, 1);
  g_signal_emit (self, signals[FOLDERS_CHANGED], 0);
}

/**
 * wherry_site_store_remove:
 * @self: a store
 * @site: one of its sites
 *
 * Returns: where it was, for wherry_site_store_insert() to undo it
 */
guint
wherry_site_store_remove (WherrySiteStore *self, WherrySite *site)
{
  guint position;

  g_return_val_if_fail (WHERRY_IS_SITE_STORE (self), 0);
  g_return_val_if_fail (g_ptr_array_find (self->sites, site, &position), 0);

  g_autoptr (WherrySite) kept = g_object_ref (site);

  disown (self, site);
  g_ptr_array_remove_index (self->sites, position);
  mark_dirty (self, site);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
  g_signal_emit (self, signals[FOLDERS_CHANGED], 0);
  return position;
}

/**
 * wherry_site_store_move:
 * @self: a store
 * @site: one of its sites
 * @folder: the folder it goes into; "": the top
 * @before: (nullable): the site it is to stand before; %NULL: the last
 */
void
wherry_site_store_move (WherrySiteStore *self,
                        WherrySite *site,
                        const char *folder,
                        WherrySite *before)
{
  g_autoptr (GPtrArray) sites = NULL;
  guint position;

  g_return_if_fail (WHERRY_IS_SITE_STORE (self));
  g_return_if_fail (g_ptr_array_find (self->sites, site, NULL));

  wherry_site_set_string (site, WHERRY_SITE_FOLDER, folder);
  if (site == before)
    return;

  sites = g_ptr_array_copy (self->sites, (GCopyFunc) (gpointer) g_object_ref, NULL);
  g_ptr_array_set_free_func (sites, g_object_unref);
  g_ptr_array_remove (sites, site);
  if (before == NULL || !g_ptr_array_find (sites, before, &position))
    position = sites->len;
  g_ptr_array_insert (sites, (int) position, g_object_ref (site));
  self->order_dirty = TRUE;
  want_sync (self);
  replace_list (self, sites);
}

static int
compare_titles (gconstpointer a, gconstpointer b)
{
  g_autofree char *title_a = wherry_site_dup_title (*(WherrySite *const *) a);
  g_autofree char *title_b = wherry_site_dup_title (*(WherrySite *const *) b);
  g_autofree char *key_a = g_utf8_collate_key_for_filename (title_a, -1);
  g_autofree char *key_b = g_utf8_collate_key_for_filename (title_b, -1);

  return strcmp (key_a, key_b);
}

/**
 * wherry_site_store_sort:
 * @self: a store
 *
 * Orders the sites by what they are called, once: "web-9" before "web-10".
 */
void
wherry_site_store_sort (WherrySiteStore *self)
{
  g_return_if_fail (WHERRY_IS_SITE_STORE (self));

  g_autoptr (GPtrArray) sites
      = g_ptr_array_copy (self->sites, (GCopyFunc) (gpointer) g_object_ref, NULL);

  g_ptr_array_set_free_func (sites, g_object_unref);
  g_ptr_array_sort (sites, compare_titles);
  self->order_dirty = TRUE;
  want_sync (self);
  replace_list (self, sites);
}

static gboolean
array_contains (GPtrArray *array, const char *text)
{
  return g_ptr_array_find_with_equal_func (array, text, g_str_equal, NULL);
}

/* Adds a folder and those it is in. */
static void
add_with_parents (GPtrArray *folders, const char *folder)
{
  for (const char *slash = strchr (folder, '/'); slash != NULL; slash = strchr (slash + 1, '/'))
    {
      g_autofree char *parent = g_strndup (folder, (gsize) (slash - folder));
      if (!array_contains (folders, parent))
        g_ptr_array_add (folders, g_steal_pointer (&parent));
    }
  if (*folder != '\0' && !array_contains (folders, folder))
    g_ptr_array_add (folders, g_strdup (folder));
}

/**
 * wherry_site_store_dup_folders:
 * @self: a store
 *
 * Returns: (transfer full) (array zero-terminated=1): the paths of all folders,
 *   each after the one it is in; those that were made first, then those that
 *   sites are in
 */
char **
wherry_site_store_dup_folders (WherrySiteStore *self)
{
  g_return_val_if_fail (WHERRY_IS_SITE_STORE (self), NULL);

  g_autoptr (GPtrArray) folders = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < self->folders->len; i++)
    add_with_parents (folders, self->folders->pdata[i]);
  for (guint i = 0; i < self->sites->len; i++)
    add_with_parents (folders, wherry_site_get_string (self->sites->pdata[i], WHERRY_SITE_FOLDER));
  g_ptr_array_add (folders, NULL);
  return (char **) g_ptr_array_steal (folders, NULL);
}

/**
 * wherry_site_store_add_folder:
 * @self: a store
 * @folder: path of the folder
 * @error: return location; %WHERRY_ERROR_BAD_LOCATION, %G_IO_ERROR_EXISTS
 *
 * Returns: whether it was made
 */
gboolean
wherry_site_store_add_folder (WherrySiteStore *self, const char *folder, GError **error)
{
  g_return_val_if_fail (WHERRY_IS_SITE_STORE (self), FALSE);

  g_auto (GStrv) folders = wherry_site_store_dup_folders (self);

  if (!wherry_site_check_text (WHERRY_SITE_FOLDER, folder, error))
    return FALSE;
  if (*folder == '\0' || g_strv_contains ((const char *const *) folders, folder))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                           *folder == '\0' ? _ ("A folder needs a name")
                                           : _ ("There is a folder of this name already"));
      return FALSE;
    }
  g_ptr_array_add (self->folders, g_strdup (folder));
  self->folders_dirty = TRUE;
  want_sync (self);
  g_signal_emit (self, signals[FOLDERS_CHANGED], 0);
  return TRUE;
}

/* What of @path follows @folder, if it is that folder or in it: "" or "/…". */
static const char *
path_below (const char *path, const char *folder)
{
  gsize length = strlen (folder);

  if (!g_str_has_prefix (path, folder) || (path[length] != '\0' && path[length] != '/'))
    return NULL;
  return path + length;
}

/**
 * wherry_site_store_rename_folder:
 * @self: a store
 * @folder: path of a folder
 * @new_folder: its path from now on; may lie elsewhere, but not in itself
 * @error: return location; %WHERRY_ERROR_BAD_LOCATION, %G_IO_ERROR_EXISTS
 *
 * All in it goes with it.
 *
 * Returns: whether it is called so now
 */
gboolean
wherry_site_store_rename_folder (WherrySiteStore *self,
                                 const char *folder,
                                 const char *new_folder,
                                 GError **error)
{
  g_return_val_if_fail (WHERRY_IS_SITE_STORE (self), FALSE);

  g_autoptr (GPtrArray) renamed = g_ptr_array_new_with_free_func (g_free);

  if (g_str_equal (folder, new_folder))
    return TRUE;
  if (path_below (new_folder, folder) != NULL)
    {
      g_set_error_literal (error, WHERRY_ERROR, WHERRY_ERROR_BAD_LOCATION,
                           _ ("A folder can’t go into itself"));
      return FALSE;
    }
  if (!wherry_site_store_add_folder (self, new_folder, error))
    return FALSE;

  for (guint i = 0; i < self->folders->len; i++)
    {
      const char *below = path_below (self->folders->pdata[i], folder);
      g_autofree char *path = below != NULL ? g_strconcat (new_folder, below, NULL)
                                            : g_strdup (self->folders->pdata[i]);

      if (!array_contains (renamed, path))
        g_ptr_array_add (renamed, g_steal_pointer (&path));
    }
  g_ptr_array_unref (self->folders);
  self->folders = g_steal_pointer (&renamed);

  for (guint i = 0; i < self->sites->len; i++)
    {
      WherrySite *site = self->sites->pdata[i];
      const char *below = path_below (wherry_site_get_string (site, WHERRY_SITE_FOLDER), folder);

      if (below != NULL)
        {
          g_autofree char *path = g_strconcat (new_folder, below, NULL);
          wherry_site_set_string (site, WHERRY_SITE_FOLDER, path);
        }
    }
  g_signal_emit (self, signals[FOLDERS_CHANGED], 0);
  return TRUE;
}

/**
 * wherry_site_store_remove_folder:
 * @self: a store
 * @folder: path of a folder
 *
 * The folder and those in it are gone; sites in them go to where it was.
 */
void
wherry_site_store_remove_folder (WherrySiteStore *self, const char *folder)
{
  g_return_if_fail (WHERRY_IS_SITE_STORE (self));

  const char *slash = strrchr (folder, '/');
  g_autofree char *parent = slash != NULL ? g_strndup (folder, (gsize) (slash - folder)) : NULL;
  g_autofree char *gone = g_strdup (folder);

  for (guint i = self->folders->len; i > 0; i--)
    if (path_below (self->folders->pdata[i - 1], gone) != NULL)
      g_ptr_array_remove_index (self->folders, i - 1);
  for (guint i = 0; i < self->sites->len; i++)
    {
      WherrySite *site = self->sites->pdata[i];

      if (path_below (wherry_site_get_string (site, WHERRY_SITE_FOLDER), gone) != NULL)
        wherry_site_set_string (site, WHERRY_SITE_FOLDER, parent);
    }
  self->folders_dirty = TRUE;
  want_sync (self);
  g_signal_emit (self, signals[FOLDERS_CHANGED], 0);
}

/**
 * wherry_site_store_is_loaded:
 * @self: a store
 *
 * Returns: whether the file was read
 */
gboolean
wherry_site_store_is_loaded (WherrySiteStore *self)
{
  g_return_val_if_fail (WHERRY_IS_SITE_STORE (self), FALSE);

  return self->loaded;
}

/**
 * wherry_site_store_flush:
 * @self: a store
 *
 * Runs the main context until all is on disk, or can't be. To be called before
 * the program ends.
 */
void
wherry_site_store_flush (WherrySiteStore *self)
{
  g_return_if_fail (WHERRY_IS_SITE_STORE (self));

  while (self->idle_id != 0 || self->running)
    g_main_context_iteration (NULL, TRUE);
}
