#include "sites/wherry-site-tree.h"

#include <string.h>

struct _WherrySiteTree {
  GObject parent_instance;

  WherrySiteStore *store;
  char *path;
  GPtrArray *items;    /* element-type GObject, owned */
  GHashTable *folders; /* (element-type utf8 WherrySiteTree): those in it, by path */
};

static void list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (WherrySiteTree,
                               wherry_site_tree,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static GType
get_item_type (GListModel *model)
{
  return G_TYPE_OBJECT;
}

static guint
get_n_items (GListModel *model)
{
  return WHERRY_SITE_TREE (model)->items->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  WherrySiteTree *self = WHERRY_SITE_TREE (model);

  return position < self->items->len ? g_object_ref (self->items->pdata[position]) : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

/* Whether @path is a folder right in this one. */
static gboolean
is_child (WherrySiteTree *self, const char *path)
{
  gsize length = strlen (self->path);

  if (length == 0)
    return strchr (path, '/') == NULL;
  return g_str_has_prefix (path, self->path) && path[length] == '/'
         && strchr (path + length + 1, '/') == NULL;
}

/* The same folder is the same object, so that one that is open in a view stays so. */
static WherrySiteTree *
get_folder (WherrySiteTree *self, const char *path)
{
  WherrySiteTree *folder = g_hash_table_lookup (self->folders, path);

  if (folder == NULL)
    {
      folder = wherry_site_tree_new (self->store, path);
      g_hash_table_insert (self->folders, g_strdup (path), folder);
    }
  return folder;
}

static void
update (WherrySiteTree *self)
{
  g_autoptr (GPtrArray) old = NULL;
  GPtrArray *items = g_ptr_array_new_with_free_func (g_object_unref);
  g_auto (GStrv) folders = wherry_site_store_dup_folders (self->store);
  guint n_sites = g_list_model_get_n_items (G_LIST_MODEL (self->store));
  guint start = 0;
  guint end = 0;
  GHashTableIter iter;
  gpointer path;

  for (char **folder = folders; *folder != NULL; folder++)
    if (is_child (self, *folder))
      g_ptr_array_add (items, g_object_ref (get_folder (self, *folder)));
  for (guint i = 0; i < n_sites; i++)
    {
      g_autoptr (WherrySite) site = g_list_model_get_item (G_LIST_MODEL (self->store), i);

      if (g_str_equal (wherry_site_get_string (site, WHERRY_SITE_FOLDER), self->path))
        g_ptr_array_add (items, g_steal_pointer (&site));
    }
  g_hash_table_iter_init (&iter, self->folders);
  while (g_hash_table_iter_next (&iter, &path, NULL))
    if (!g_strv_contains ((const char *const *) folders, path))
      g_hash_table_iter_remove (&iter);

  old = g_steal_pointer (&self->items);
  self->items = items;
  while (start < MIN (old->len, items->len) && old->pdata[start] == items->pdata[start])
    start++;
  while (end < MIN (old->len, items->len) - start
         && old->pdata[old->len - 1 - end] == items->pdata[items->len - 1 - end])
    end++;
  if (start + end < MAX (old->len, items->len))
    g_list_model_items_changed (G_LIST_MODEL (self), start, old->len - start - end,
                                items->len - start - end);
}

static void
wherry_site_tree_finalize (GObject *object)
{
  WherrySiteTree *self = WHERRY_SITE_TREE (object);

  g_object_unref (self->store);
  g_free (self->path);
  g_ptr_array_unref (self->items);
  g_hash_table_unref (self->folders);

  G_OBJECT_CLASS (wherry_site_tree_parent_class)->finalize (object);
}

static void
wherry_site_tree_class_init (WherrySiteTreeClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wherry_site_tree_finalize;
}

static void
wherry_site_tree_init (WherrySiteTree *self)
{
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
  self->folders = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
}

/**
 * wherry_site_tree_new:
 * @store: a store
 * @path: path of a folder in it; "": the top
 *
 * Returns: (transfer full): what is in the folder
 */
WherrySiteTree *
wherry_site_tree_new (WherrySiteStore *store, const char *path)
{
  g_return_val_if_fail (WHERRY_IS_SITE_STORE (store), NULL);

  WherrySiteTree *self = g_object_new (WHERRY_TYPE_SITE_TREE, NULL);

  self->store = g_object_ref (store);
  self->path = g_strdup (path);
  g_signal_connect_object (store, "folders-changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
  return self;
}

/**
 * wherry_site_tree_get_path:
 * @self: a folder
 *
 * Returns: (transfer none): its path
 */
const char *
wherry_site_tree_get_path (WherrySiteTree *self)
{
  g_return_val_if_fail (WHERRY_IS_SITE_TREE (self), NULL);

  return self->path;
}

/**
 * wherry_site_tree_get_name:
 * @self: a folder
 *
 * Returns: (transfer none): the last part of its path
 */
const char *
wherry_site_tree_get_name (WherrySiteTree *self)
{
  g_return_val_if_fail (WHERRY_IS_SITE_TREE (self), NULL);

  const char *slash = strrchr (self->path, '/');

  return slash != NULL ? slash + 1 : self->path;
}
