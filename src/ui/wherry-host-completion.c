#include "config.h"

#include "ui/wherry-host-completion.h"

#include "sites/wherry-import.h"

struct _WherryHostCompletion {
  GObject parent_instance;

  WherrySiteStore *sites;
  WherryRecents *recents;
  GPtrArray *aliases; /* element-type WherrySite: what the ssh_config says */
  GtkListStore *rows;
};

enum { COLUMN_TEXT, COLUMN_NOTE, N_COLUMNS };

G_DEFINE_FINAL_TYPE (WherryHostCompletion, wherry_host_completion, G_TYPE_OBJECT)

/* Where two say the same, the first one's word counts. */
static void
add_row (WherryHostCompletion *self, GHashTable *seen, WherrySite *site, gboolean by_name)
{
  g_autofree char *title = wherry_site_dup_title (site);
  g_autofree char *address = wherry_site_dup_address (site);
  const char *text = by_name ? title : address;

  if (g_hash_table_add (seen, g_strdup (text)))
    gtk_list_store_insert_with_values (self->rows, NULL, -1, COLUMN_TEXT, text, COLUMN_NOTE,
                                       g_str_equal (text, address) ? "" : address, -1);
}

static void
add_model (WherryHostCompletion *self, GHashTable *seen, GListModel *model, gboolean by_name)
{
  guint n_items = g_list_model_get_n_items (model);

  for (guint i = 0; i < n_items; i++)
    {
      g_autoptr (WherrySite) site = g_list_model_get_item (model, i);

      add_row (self, seen, site, by_name);
    }
}

/* With the first character that somebody types: there may be many sites, and they change. */
static void
on_entry_changed (WherryHostCompletion *self, GtkEntry *entry)
{
  g_autoptr (GHashTable) seen = NULL;

  if (gtk_entry_get_text_length (entry) != 1)
    return;
  seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gtk_list_store_clear (self->rows);
  add_model (self, seen, G_LIST_MODEL (self->sites), TRUE);
  add_model (self, seen, G_LIST_MODEL (self->recents), FALSE);
  for (guint i = 0; i < self->aliases->len; i++)
    add_row (self, seen, self->aliases->pdata[i], TRUE);
}

static void
on_aliases (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherryHostCompletion) self = user_data;
  g_autoptr (WherryImport) import = wherry_import_read_finish (result, NULL);

  /* No ssh_config, or none to be read: whoever connects to an alias is told. */
  if (import == NULL)
    return;
  g_ptr_array_extend (self->aliases, import->sites, (GCopyFunc) (void (*) (void)) g_object_ref,
                      NULL);
}

static gboolean
contains (const char *text, const char *key)
{
  g_autofree char *normal = g_utf8_normalize (text, -1, G_NORMALIZE_ALL);
  g_autofree char *folded = normal != NULL ? g_utf8_casefold (normal, -1) : NULL;

  return folded != NULL && strstr (folded, key) != NULL;
}

/* @key is normalized and without case already. What stands there in full needs no suggestion. */
static gboolean
matches (GtkEntryCompletion *completion, const char *key, GtkTreeIter *iter, gpointer user_data)
{
  g_autofree char *text = NULL;
  g_autofree char *note = NULL;

  gtk_tree_model_get (gtk_entry_completion_get_model (completion), iter, COLUMN_TEXT, &text,
                      COLUMN_NOTE, &note, -1);
  return text != NULL && !g_str_equal (text, key)
         && (contains (text, key) || (note != NULL && contains (note, key)));
}

static void
add_cells (GtkCellLayout *layout)
{
  GtkCellRenderer *text = gtk_cell_renderer_text_new ();
  GtkCellRenderer *note = gtk_cell_renderer_text_new ();

  g_object_set (text, "ellipsize", PANGO_ELLIPSIZE_MIDDLE, NULL);
  g_object_set (note, "ellipsize", PANGO_ELLIPSIZE_MIDDLE, "sensitive", FALSE, "xalign", 1.0, NULL);
  gtk_cell_layout_pack_start (layout, text, TRUE);
  gtk_cell_layout_add_attribute (layout, text, "text", COLUMN_TEXT);
  gtk_cell_layout_pack_start (layout, note, TRUE);
  gtk_cell_layout_add_attribute (layout, note, "text", COLUMN_NOTE);
}

static void
wherry_host_completion_finalize (GObject *object)
{
  WherryHostCompletion *self = WHERRY_HOST_COMPLETION (object);

  g_object_unref (self->sites);
  g_object_unref (self->recents);
  g_object_unref (self->rows);
  g_ptr_array_unref (self->aliases);

  G_OBJECT_CLASS (wherry_host_completion_parent_class)->finalize (object);
}

static void
wherry_host_completion_class_init (WherryHostCompletionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wherry_host_completion_finalize;
}

static void
wherry_host_completion_init (WherryHostCompletion *self)
{
  self->aliases = g_ptr_array_new_with_free_func (g_object_unref);
  self->rows = gtk_list_store_new (N_COLUMNS, G_TYPE_STRING, G_TYPE_STRING);
}

/**
 * wherry_host_completion_new:
 * @sites: the sites
 * @recents: the servers connected to last
 *
 * Returns: (transfer full): suggestions, for any number of entries
 */
WherryHostCompletion *
wherry_host_completion_new (WherrySiteStore *sites, WherryRecents *recents)
{
  g_return_val_if_fail (WHERRY_IS_SITE_STORE (sites), NULL);
  g_return_val_if_fail (WHERRY_IS_RECENTS (recents), NULL);

  WherryHostCompletion *self = g_object_new (WHERRY_TYPE_HOST_COMPLETION, NULL);
  g_autofree char *path = wherry_import_dup_usual_path (WHERRY_IMPORT_SSH_CONFIG);

  self->sites = g_object_ref (sites);
  self->recents = g_object_ref (recents);
  wherry_import_read_async (WHERRY_IMPORT_SSH_CONFIG, path, NULL, on_aliases, g_object_ref (self));
  return self;
}

/**
 * wherry_host_completion_attach:
 * @self: the suggestions
 * @entry: where a server is typed
 *
 * Has the entry suggest what is known.
 */
void
wherry_host_completion_attach (WherryHostCompletion *self, GtkEntry *entry)
{
  g_return_if_fail (WHERRY_IS_HOST_COMPLETION (self));
  g_return_if_fail (GTK_IS_ENTRY (entry));

  g_autoptr (GtkEntryCompletion) completion = gtk_entry_completion_new ();

  add_cells (GTK_CELL_LAYOUT (completion));
  /* gtk_entry_completion_set_text_column() would add a cell of its own. */
  g_object_set (completion, "text-column", COLUMN_TEXT, NULL);
  gtk_entry_completion_set_model (completion, GTK_TREE_MODEL (self->rows));
  gtk_entry_completion_set_match_func (completion, matches, NULL, NULL);
  /* Before the completion's own, so that what it looks at is of now. */
  g_signal_connect_object (entry, "changed", G_CALLBACK (on_entry_changed), self,
                           G_CONNECT_SWAPPED);
  gtk_entry_set_completion (entry, completion);
}
