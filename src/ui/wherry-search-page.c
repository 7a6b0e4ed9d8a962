#include "config.h"

#include "ui/wherry-search-page.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-text.h"
#include "ui/wherry-file-columns.h"

/* Who finds more will rather look for something longer. */
#define RESULTS_MAX 1000

struct _WherrySearchPage {
  AdwBin parent_instance;

  /* Template widgets */
  GtkStack *stack;
  GtkWidget *busy_box;
  GtkSpinner *spinner;
  GtkLabel *busy_label;
  GtkWidget *stop_button;
  GtkWidget *found_window;
  GtkListView *list_view;
  AdwStatusPage *nothing_page;

  /* Owned */
  GListStore *found;         /* of WherryRemoteEntry, named as seen from the folder */
  GCancellable *cancellable; /* (nullable): while searching; tells one search from a later one */
  char *folder;              /* (nullable) */
};

G_DEFINE_FINAL_TYPE (WherrySearchPage, wherry_search_page, ADW_TYPE_BIN)

enum { SIGNAL_OPEN, SIGNAL_CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];

/* The others are hidden too: assistive technology would read them out all the same. */
static void
show (WherrySearchPage *self, gpointer page)
{
  gpointer pages[] = { self->busy_box, self->found_window, self->nothing_page };
  gboolean had_focus = gtk_widget_get_focus_child (GTK_WIDGET (self->stack)) != NULL;

  gtk_widget_set_visible (page, TRUE);
  gtk_stack_set_visible_child (self->stack, page);
  for (gsize i = 0; i < G_N_ELEMENTS (pages); i++)
    if (pages[i] != page)
      gtk_widget_set_visible (pages[i], FALSE);
  gtk_spinner_set_spinning (self->spinner, page == (gpointer) self->busy_box);
  if (had_focus)
    gtk_widget_child_focus (page, GTK_DIR_TAB_FORWARD);
}

static GtkWidget *
new_label (PangoEllipsizeMode ellipsize)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), ellipsize);
  return label;
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *icon = g_object_new (GTK_TYPE_IMAGE, "pixel-size", 32, "accessible-role",
                                  GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
  GtkWidget *where = new_label (PANGO_ELLIPSIZE_START);

  gtk_widget_add_css_class (where, "dim-label");
  gtk_widget_add_css_class (where, "caption");
  gtk_widget_set_hexpand (texts, TRUE);
  gtk_box_append (GTK_BOX (texts), new_label (PANGO_ELLIPSIZE_MIDDLE));
  gtk_box_append (GTK_BOX (texts), where);
  gtk_box_append (GTK_BOX (box), icon);
  gtk_box_append (GTK_BOX (box), texts);
  gtk_list_item_set_child (item, box);
}

static char *
dup_path (WherrySearchPage *self, WherryRemoteEntry *entry)
{
  return wherry_remote_join (self->folder, wherry_remote_entry_get_name (entry));
}

static void
on_bind (WherrySearchPage *self, GtkListItem *item)
{
  GtkWidget *box = gtk_list_item_get_child (item);
  GtkWidget *texts = gtk_widget_get_last_child (box);
  WherryRemoteEntry *entry = gtk_list_item_get_item (item);
  g_autofree char *path = dup_path (self, entry);
  g_autofree char *folder = wherry_remote_dup_parent (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *shown_folder = wherry_text_display_name (folder);
  g_autofree char *shown_name = wherry_text_display_name (name);
  g_autofree char *shown_path = wherry_text_display_name (path);
  g_autoptr (GIcon) icon = wherry_file_column_dup_icon (entry);

  gtk_image_set_from_gicon (GTK_IMAGE (gtk_widget_get_first_child (box)), icon);
  gtk_label_set_text (GTK_LABEL (gtk_widget_get_first_child (texts)), shown_name);
  gtk_label_set_text (GTK_LABEL (gtk_widget_get_last_child (texts)), shown_folder);
  gtk_widget_set_tooltip_text (box, shown_path);
  gtk_accessible_update_property (GTK_ACCESSIBLE (gtk_widget_get_parent (box)),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, shown_name,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, shown_folder, -1);
}

static void
on_activate (WherrySearchPage *self, guint position)
{
  g_autoptr (WherryRemoteEntry) entry
      = g_list_model_get_item (G_LIST_MODEL (self->found), position);
  g_autofree char *path = entry != NULL ? dup_path (self, entry) : NULL;

  if (path != NULL)
    g_signal_emit (self, signals[SIGNAL_OPEN], 0, path, wherry_remote_entry_is_folder (entry));
}

static gboolean
wherry_search_page_grab_focus (GtkWidget *widget)
{
  WherrySearchPage *self = WHERRY_SEARCH_PAGE (widget);

  if (gtk_stack_get_visible_child (self->stack) == self->found_window)
    return gtk_widget_grab_focus (GTK_WIDGET (self->list_view));
  return gtk_widget_child_focus (gtk_stack_get_visible_child (self->stack), GTK_DIR_TAB_FORWARD);
}

static void
wherry_search_page_dispose (GObject *object)
{
  WherrySearchPage *self = WHERRY_SEARCH_PAGE (object);

  wherry_search_page_stop (self);
  g_clear_object (&self->found);
  g_clear_pointer (&self->folder, g_free);

  G_OBJECT_CLASS (wherry_search_page_parent_class)->dispose (object);
}

static void
wherry_search_page_class_init (WherrySearchPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wherry_search_page_dispose;
  widget_class->grab_focus = wherry_search_page_grab_focus;

  signals[SIGNAL_OPEN]
      = g_signal_new ("open", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_BOOLEAN);
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/app/wherry/Wherry/ui/wherry-search-page.ui");
  gtk_widget_class_bind_template_child (widget_class, WherrySearchPage, stack);
  gtk_widget_class_bind_template_child (widget_class, WherrySearchPage, busy_box);
  gtk_widget_class_bind_template_child (widget_class, WherrySearchPage, spinner);
  gtk_widget_class_bind_template_child (widget_class, WherrySearchPage, busy_label);
  gtk_widget_class_bind_template_child (widget_class, WherrySearchPage, stop_button);
  gtk_widget_class_bind_template_child (widget_class, WherrySearchPage, found_window);
  gtk_widget_class_bind_template_child (widget_class, WherrySearchPage, list_view);
  gtk_widget_class_bind_template_child (widget_class, WherrySearchPage, nothing_page);
  gtk_widget_class_bind_template_callback (widget_class, on_activate);
}

static void
wherry_search_page_init (WherrySearchPage *self)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GtkSelectionModel) selection = NULL;

  gtk_widget_init_template (GTK_WIDGET (self));
  self->found = g_list_store_new (WHERRY_TYPE_REMOTE_ENTRY);
  selection
      = GTK_SELECTION_MODEL (gtk_single_selection_new (G_LIST_MODEL (g_object_ref (self->found))));
  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), NULL);
  g_signal_connect_object (factory, "bind", G_CALLBACK (on_bind), self, G_CONNECT_SWAPPED);
  gtk_list_view_set_factory (self->list_view, factory);
  gtk_list_view_set_model (self->list_view, selection);
}

/* One search, told from a later one by its cancellable. */
typedef struct {
  WherrySearchPage *page;
  GCancellable *cancellable;
  char *text;
} Search;

static void
search_free (Search *search)
{
  g_object_unref (search->page);
  g_object_unref (search->cancellable);
  g_free (search->text);
  g_free (search);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Search, search_free)

static int
compare_entries (gconstpointer a, gconstpointer b)
{
  WherryRemoteEntry *const *entry_a = a;
  WherryRemoteEntry *const *entry_b = b;

  return g_strcmp0 (wherry_remote_entry_get_name (*entry_a),
                    wherry_remote_entry_get_name (*entry_b));
}

static void
show_nothing (WherrySearchPage *self, const char *icon, const char *title, const char *description)
{
  g_autofree char *markup = g_markup_escape_text (description, -1);

  adw_status_page_set_icon_name (self->nothing_page, icon);
  adw_status_page_set_title (self->nothing_page, title);
  adw_status_page_set_description (self->nothing_page, markup);
  show (self, self->nothing_page);
}

static void
on_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Search) search = user_data;
  WherrySearchPage *self = search->page;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) entries
      = wherry_remote_entries_finish (WHERRY_REMOTE (source), result, &error);

  if (self->cancellable != search->cancellable)
    return;
  g_clear_object (&self->cancellable);

  if (entries == NULL)
    show_nothing (self, "dialog-warning-symbolic", _ ("The Search Failed"), error->message);
  else if (entries->len == 0)
    {
      /* Translators: what was looked for in names. */
      g_autofree char *text
          = g_strdup_printf (_ ("No name below this folder has “%s” in it"), search->text);

      show_nothing (self, "edit-find-symbolic", _ ("Nothing Found"), text);
    }
  else
    {
      g_ptr_array_sort (entries, compare_entries);
      g_list_store_splice (self->found, 0, 0, entries->pdata, entries->len);
      show (self, self->found_window);
    }
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/**
 * wherry_search_page_search:
 * @self: the page
 * @remote: the server's files
 * @folder: (type filename): the folder to search, from the root
 * @text: what the names are to have in them
 *
 * Begins to search, in place of any search before.
 */
void
wherry_search_page_search (WherrySearchPage *self,
                           WherryRemote *remote,
                           const char *folder,
                           const char *text)
{
  g_return_if_fail (WHERRY_IS_SEARCH_PAGE (self));
  g_return_if_fail (WHERRY_IS_REMOTE (remote));
  g_return_if_fail (folder != NULL);
  g_return_if_fail (text != NULL);

  g_autofree char *shown = wherry_text_display_name (folder);
  g_autofree char *busy = g_strdup_printf (_ ("Searching for “%s” in “%s”…"), text, shown);
  Search *search = g_new0 (Search, 1);

  wherry_search_page_stop (self);
  self->folder = g_strdup (folder);
  self->cancellable = g_cancellable_new ();
  gtk_label_set_text (self->busy_label, busy);
  show (self, self->busy_box);

  search->page = g_object_ref (self);
  search->cancellable = g_object_ref (self->cancellable);
  search->text = g_strdup (text);
  wherry_remote_search_async (remote, folder, text, RESULTS_MAX, self->cancellable, on_found,
                              search);
}

/**
 * wherry_search_page_stop:
 * @self: the page
 *
 * Gives up what is being searched, and forgets what was found.
 */
void
wherry_search_page_stop (WherrySearchPage *self)
{
  g_return_if_fail (WHERRY_IS_SEARCH_PAGE (self));

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (self->found != NULL)
    g_list_store_remove_all (self->found);
  g_clear_pointer (&self->folder, g_free);
}

/**
 * wherry_search_page_dup_status:
 * @self: the page
 *
 * Returns: (transfer full): how many were found; "" while searching, and if none
 */
char *
wherry_search_page_dup_status (WherrySearchPage *self)
{
  g_return_val_if_fail (WHERRY_IS_SEARCH_PAGE (self), NULL);

  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->found));

  if (n == 0)
    return g_strdup ("");
  if (n >= RESULTS_MAX)
    return g_strdup_printf (ngettext ("The first %u found; there may be more",
                                      "The first %u found; there may be more", n),
                            n);
  return g_strdup_printf (ngettext ("%u found", "%u found", n), n);
}
