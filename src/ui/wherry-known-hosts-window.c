#include "config.h"

#include "ui/wherry-known-hosts-window.h"

#include <glib/gi18n-lib.h>

#include "ui/wherry-known-host-item.h"
#include "ui/wherry-toast.h"

struct _WherryKnownHostsWindow {
  AdwWindow parent_instance;

  /* Template widgets */
  AdwToastOverlay *toast_overlay;
  GtkWidget *tools_box;
  GtkEditable *search_entry;
  GtkWidget *import_box;
  GtkLabel *import_label;
  GtkWidget *import_button;
  GtkStack *stack;
  GtkListView *list_view;
  AdwStatusPage *error_page;

  /* Owned */
  WherryHostKeyChain *host_keys;
  GCancellable *cancellable;
  GListStore *items; /* element-type WherryKnownHostItem */
  GtkCustomFilter *filter;
  GtkFilterListModel *shown;
};

G_DEFINE_FINAL_TYPE (WherryKnownHostsWindow, wherry_known_hosts_window, ADW_TYPE_WINDOW)

/* What is done beside the main thread, as the keyring may take its time. */
typedef struct {
  enum { LIST, FORGET, RESTORE, IMPORT } what;
  WherryHostKeyChain *host_keys;
  WherryKnownHostItem *item; /* (nullable) */
  GPtrArray *records;        /* of LIST */
  WherryKnownHostsUnlisted unlisted;
  guint n_imported;
  guint n_conflicts;
} Job;

static void load (WherryKnownHostsWindow *self);

static void
job_free (gpointer data)
{
  Job *job = data;

  g_object_unref (job->host_keys);
  g_clear_object (&job->item);
  g_clear_pointer (&job->records, g_ptr_array_unref);
  g_free (job);
}

static void
work (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Job *job = task_data;
  const WherryKnownHost *record
      = job->item != NULL ? wherry_known_host_item_get_record (job->item) : NULL;
  GError *error = NULL;
  gboolean done = FALSE;

  switch (job->what)
    {
    case LIST:
      job->records
          = wherry_host_key_chain_list (job->host_keys, &job->unlisted, cancellable, &error);
      done = job->records != NULL;
      break;
    case FORGET:
      done = wherry_host_key_chain_forget (job->host_keys, record->host, record->port,
                                           wherry_host_key_get_key_type (record->key), cancellable,
                                           &error);
      break;
    case RESTORE:
      done = wherry_host_key_chain_restore (job->host_keys, record, cancellable, &error);
      break;
    case IMPORT:
      done = wherry_host_key_chain_import (job->host_keys, &job->n_imported, &job->n_conflicts,
                                           cancellable, &error);
      break;
    }
  if (done)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
begin (WherryKnownHostsWindow *self, int what, WherryKnownHostItem *item, GAsyncReadyCallback then)
{
  Job *job = g_new0 (Job, 1);
  g_autoptr (GTask) task = g_task_new (self, self->cancellable, then, NULL);

  job->what = what;
  job->host_keys = g_object_ref (self->host_keys);
  g_set_object (&job->item, item);
  g_task_set_task_data (task, job, job_free);
  g_task_run_in_thread (task, work);
}

static void
show_toast (WherryKnownHostsWindow *self, const char *text)
{

  wherry_toast_show (GTK_WIDGET (self->toast_overlay), text);
}

/* Which page tells what there is. */
static void
update_page (WherryKnownHostsWindow *self)
{
  guint n_items = g_list_model_get_n_items (G_LIST_MODEL (self->items));
  guint n_shown = g_list_model_get_n_items (G_LIST_MODEL (self->shown));

  gtk_widget_set_visible (self->tools_box, n_items > 0);
  gtk_stack_set_visible_child_name (self->stack, n_items == 0   ? "empty"
                                                 : n_shown == 0 ? "nothing"
                                                                : "list");
}

/* Whether the keyring or our own file has a key of that host and kind; or that very key. */
static gboolean
is_recorded (GPtrArray *records, const WherryKnownHost *wanted, gboolean same_key)
{
  for (guint i = 0; i < records->len; i++)
    {
      const WherryKnownHost *record = g_ptr_array_index (records, i);

      if (record->origin != WHERRY_KNOWN_HOST_OPENSSH && record->port == wanted->port
          && g_str_equal (record->host, wanted->host)
          && g_str_equal (wherry_host_key_get_key_type (record->key),
                          wherry_host_key_get_key_type (wanted->key))
          && (!same_key || wherry_host_key_equal (record->key, wanted->key)))
        return TRUE;
    }
  return FALSE;
}

/* What OpenSSH knows besides, and what of it can't be taken over. */
static void
show_import (WherryKnownHostsWindow *self, const Job *job)
{
  guint n_hidden = job->unlisted.n_hashed + job->unlisted.n_patterns;
  g_autoptr (GString) text = g_string_new (NULL);
  guint n_new = 0;

  for (guint i = 0; i < job->records->len; i++)
    {
      const WherryKnownHost *record = g_ptr_array_index (job->records, i);

      if (record->origin == WHERRY_KNOWN_HOST_OPENSSH && !is_recorded (job->records, record, FALSE))
        n_new++;
    }

  if (n_new > 0)
    g_string_append_printf (text,
                            ngettext ("OpenSSH knows %u more key. It is used already; to import it "
                                      "makes it yours to manage here.",
                                      "OpenSSH knows %u more keys. They are used already; to "
                                      "import them makes them yours to manage here.",
                                      n_new),
                            n_new);
  if (n_hidden > 0)
    g_string_append_printf (text,
                            ngettext ("%s%u key in its files is for a hidden name or a pattern; it "
                                      "is used, and can’t be listed.",
                                      "%s%u keys in its files are for hidden names or patterns; "
                                      "they are used, and can’t be listed.",
                                      n_hidden),
                            text->len > 0 ? "\n" : "", n_hidden);
  if (job->unlisted.n_authorities > 0)
    g_string_append_printf (text,
                            ngettext ("%s%u certificate authority is named there "
                                      "(@cert-authority), which Wherry does not support.",
                                      "%s%u certificate authorities are named there "
                                      "(@cert-authority), which Wherry does not support.",
                                      job->unlisted.n_authorities),
                            text->len > 0 ? "\n" : "", job->unlisted.n_authorities);
  gtk_label_set_text (self->import_label, text->str);
  gtk_widget_set_visible (self->import_button, n_new > 0);
  gtk_widget_set_visible (self->import_box, text->len > 0);
}

static int
compare_items (gconstpointer a, gconstpointer b, gpointer user_data)
{
  return wherry_known_host_item_compare (*(const gpointer *) a, *(const gpointer *) b, user_data);
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  WherryKnownHostsWindow *self = WHERRY_KNOWN_HOSTS_WINDOW (source);
  Job *job = g_task_get_task_data (G_TASK (result));
  g_autoptr (GPtrArray) items = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *markup = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
      markup = g_markup_escape_text (error->message, -1);
      adw_status_page_set_description (self->error_page, markup);
      gtk_widget_set_visible (self->tools_box, FALSE);
      gtk_stack_set_visible_child_name (self->stack, "error");
      return;
    }

  items = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < job->records->len; i++)
    {
      const WherryKnownHost *record = g_ptr_array_index (job->records, i);

      /* What was imported is not told twice. */
      if (record->origin != WHERRY_KNOWN_HOST_OPENSSH || !is_recorded (job->records, record, TRUE))
        g_ptr_array_add (items, wherry_known_host_item_new (record));
    }
  g_ptr_array_sort_with_data (items, compare_items, NULL);
  /* At once: a list that is sorted item by item scrolls about. */
  g_list_store_splice (self->items, 0, g_list_model_get_n_items (G_LIST_MODEL (self->items)),
                       items->pdata, items->len);
  show_import (self, job);
  update_page (self);
}

static void
load (WherryKnownHostsWindow *self)
{
  if (g_list_model_get_n_items (G_LIST_MODEL (self->items)) == 0)
    gtk_stack_set_visible_child_name (self->stack, "loading");
  begin (self, LIST, NULL, on_listed);
}

/* Whatever became of it, the list then shows what is. */
static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  WherryKnownHostsWindow *self = WHERRY_KNOWN_HOSTS_WINDOW (source);
  g_autoptr (GError) error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
      show_toast (self, error->message);
    }
  load (self);
}

static void
on_imported (GObject *source, GAsyncResult *result, gpointer user_data)
{
  WherryKnownHostsWindow *self = WHERRY_KNOWN_HOSTS_WINDOW (source);
  const Job *job = g_task_get_task_data (G_TASK (result));
  g_autofree char *text
      = g_strdup_printf (ngettext ("%u key imported", "%u keys imported", job->n_imported),
                         job->n_imported);

  gtk_widget_set_sensitive (self->import_button, TRUE);
  if (!g_task_had_error (G_TASK (result)))
    show_toast (self, text);
  on_done (source, result, NULL);
}

static void
on_import (WherryKnownHostsWindow *self)
{
  gtk_widget_set_sensitive (self->import_button, FALSE);
  begin (self, IMPORT, NULL, on_imported);
}

static void
on_undo (AdwToast *toast, WherryKnownHostsWindow *self)
{
  begin (self, RESTORE, g_object_get_data (G_OBJECT (toast), "item"), on_done);
}

static void
on_forgotten (GObject *source, GAsyncResult *result, gpointer user_data)
{
  WherryKnownHostsWindow *self = WHERRY_KNOWN_HOSTS_WINDOW (source);
  const Job *job = g_task_get_task_data (G_TASK (result));

  if (!g_task_had_error (G_TASK (result)))
    {
      /* Translators: %s is a host. */
      g_autofree char *text = g_strdup_printf (_ ("Key of %s forgotten"),
                                               wherry_known_host_item_get_title (job->item));
      AdwToast *toast = wherry_toast_new (text);

      adw_toast_set_button_label (toast, _ ("_Undo"));
      adw_toast_set_timeout (toast, 10);
      g_object_set_data_full (G_OBJECT (toast), "item", g_object_ref (job->item), g_object_unref);
      g_signal_connect_object (toast, "button-clicked", G_CALLBACK (on_undo), self, 0);
      adw_toast_overlay_add_toast (self->toast_overlay, toast);
    }
  on_done (source, result, NULL);
}

static void
on_forget (GtkWidget *button, WherryKnownHostsWindow *self)
{
  GtkListItem *list_item = g_object_get_data (G_OBJECT (button), "list-item");

  gtk_widget_set_sensitive (button, FALSE);
  begin (self, FORGET, gtk_list_item_get_item (list_item), on_forgotten);
}

static void
on_search_changed (WherryKnownHostsWindow *self)
{
  gtk_filter_changed (GTK_FILTER (self->filter), GTK_FILTER_CHANGE_DIFFERENT);
  update_page (self);
}

static gboolean
is_wanted (gpointer item, gpointer user_data)
{
  WherryKnownHostsWindow *self = user_data;

  return wherry_known_host_item_matches (item, gtk_editable_get_text (self->search_entry));
}

static GtkWidget *
add_label (GtkWidget *box, const char *css_class)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  if (css_class != NULL)
    gtk_widget_add_css_class (label, css_class);
  gtk_box_append (GTK_BOX (box), label);
  return label;
}

static void
on_setup (WherryKnownHostsWindow *self, GtkListItem *list_item)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
  GtkWidget *forget = gtk_button_new_from_icon_name ("user-trash-symbolic");
  GtkWidget *details;

  gtk_widget_set_hexpand (texts, TRUE);
  g_object_set_data (G_OBJECT (list_item), "title", add_label (texts, NULL));
  details = add_label (texts, "caption");
  gtk_widget_add_css_class (details, "dim-label");
  g_object_set_data (G_OBJECT (list_item), "details", details);
  g_object_set_data (G_OBJECT (list_item), "fingerprint", add_label (texts, "key-fingerprint"));

  gtk_widget_add_css_class (forget, "flat");
  gtk_widget_set_valign (forget, GTK_ALIGN_CENTER);
  g_object_set_data (G_OBJECT (forget), "list-item", list_item);
  g_object_set_data (G_OBJECT (list_item), "forget", forget);
  g_signal_connect (forget, "clicked", G_CALLBACK (on_forget), self);

  gtk_box_append (GTK_BOX (row), texts);
  gtk_box_append (GTK_BOX (row), forget);
  gtk_list_item_set_child (list_item, row);
  gtk_list_item_set_activatable (list_item, FALSE);
}

static void
on_bind (WherryKnownHostsWindow *self, GtkListItem *list_item)
{
  WherryKnownHostItem *item = gtk_list_item_get_item (list_item);
  const WherryKnownHost *record = wherry_known_host_item_get_record (item);
  const char *title = wherry_known_host_item_get_title (item);
  const char *fingerprint = wherry_host_key_get_fingerprint (record->key);
  g_autofree char *details = wherry_known_host_item_dup_details (item);
  /* Translators: %s is a host. */
  g_autofree char *tooltip = g_strdup_printf (_ ("Forget the key of %s"), title);
  GtkWidget *title_label = g_object_get_data (G_OBJECT (list_item), "title");
  GtkWidget *fingerprint_label = g_object_get_data (G_OBJECT (list_item), "fingerprint");
  GtkWidget *forget = g_object_get_data (G_OBJECT (list_item), "forget");

  gtk_label_set_text (GTK_LABEL (title_label), title);
  gtk_widget_set_tooltip_text (title_label, title);
  gtk_label_set_text (g_object_get_data (G_OBJECT (list_item), "details"), details);
  gtk_label_set_text (GTK_LABEL (fingerprint_label), fingerprint);
  gtk_widget_set_tooltip_text (fingerprint_label, fingerprint);
  gtk_widget_set_tooltip_text (forget, tooltip);
  gtk_accessible_update_property (GTK_ACCESSIBLE (forget), GTK_ACCESSIBLE_PROPERTY_LABEL, tooltip,
                                  -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (
                                      gtk_widget_get_parent (gtk_list_item_get_child (list_item))),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  gtk_widget_set_sensitive (forget, TRUE);
  gtk_widget_set_visible (forget, record->origin != WHERRY_KNOWN_HOST_OPENSSH);
}

static void
wherry_known_hosts_window_dispose (GObject *object)
{
  WherryKnownHostsWindow *self = WHERRY_KNOWN_HOSTS_WINDOW (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->host_keys);
  g_clear_object (&self->items);
  g_clear_object (&self->filter);
  g_clear_object (&self->shown);

  G_OBJECT_CLASS (wherry_known_hosts_window_parent_class)->dispose (object);
}

static void
wherry_known_hosts_window_class_init (WherryKnownHostsWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wherry_known_hosts_window_dispose;

  gtk_widget_class_set_template_from_resource (
      widget_class, "/app/wherry/Wherry/ui/wherry-known-hosts-window.ui");
  gtk_widget_class_bind_template_child (widget_class, WherryKnownHostsWindow, toast_overlay);
  gtk_widget_class_bind_template_child (widget_class, WherryKnownHostsWindow, tools_box);
  gtk_widget_class_bind_template_child (widget_class, WherryKnownHostsWindow, search_entry);
  gtk_widget_class_bind_template_child (widget_class, WherryKnownHostsWindow, import_box);
  gtk_widget_class_bind_template_child (widget_class, WherryKnownHostsWindow, import_label);
  gtk_widget_class_bind_template_child (widget_class, WherryKnownHostsWindow, import_button);
  gtk_widget_class_bind_template_child (widget_class, WherryKnownHostsWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, WherryKnownHostsWindow, list_view);
  gtk_widget_class_bind_template_child (widget_class, WherryKnownHostsWindow, error_page);
  gtk_widget_class_bind_template_callback (widget_class, on_search_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_import);
  gtk_widget_class_bind_template_callback (widget_class, load);
}

static void
wherry_known_hosts_window_init (WherryKnownHostsWindow *self)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GtkNoSelection) selection = NULL;

  gtk_widget_init_template (GTK_WIDGET (self));

  self->cancellable = g_cancellable_new ();
  self->items = g_list_store_new (WHERRY_TYPE_KNOWN_HOST_ITEM);
  self->filter = gtk_custom_filter_new (is_wanted, self, NULL);
  self->shown = gtk_filter_list_model_new (g_object_ref (G_LIST_MODEL (self->items)),
                                           GTK_FILTER (g_object_ref (self->filter)));
  selection = gtk_no_selection_new (g_object_ref (G_LIST_MODEL (self->shown)));
  g_signal_connect_swapped (factory, "setup", G_CALLBACK (on_setup), self);
  g_signal_connect_swapped (factory, "bind", G_CALLBACK (on_bind), self);
  gtk_list_view_set_factory (self->list_view, factory);
  gtk_list_view_set_model (self->list_view, GTK_SELECTION_MODEL (selection));
}

/**
 * wherry_known_hosts_window_new:
 * @host_keys: what is on record
 *
 * Returns: (transfer floating): the window; not presented
 */
GtkWidget *
wherry_known_hosts_window_new (WherryHostKeyChain *host_keys)
{
  g_return_val_if_fail (WHERRY_IS_HOST_KEY_CHAIN (host_keys), NULL);

  WherryKnownHostsWindow *self = g_object_new (WHERRY_TYPE_KNOWN_HOSTS_WINDOW, NULL);

  self->host_keys = g_object_ref (host_keys);
  load (self);
  return GTK_WIDGET (self);
}
