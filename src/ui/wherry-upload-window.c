#include "config.h"

#include "ui/wherry-upload-window.h"

#include <glib/gi18n-lib.h>

struct _WherryUploadWindow {
  AdwWindow parent_instance;

  /* Template widgets */
  AdwWindowTitle *window_title;
  GtkWidget *upload_button;
  GtkStack *stack;
  AdwPreferencesGroup *group;
  GtkEditable *folder_row;

  /* Owned */
  WherrySiteStore *store;
  GPtrArray *rows;       /* element-type GtkWidget, unowned */
  GtkCheckButton *first; /* (nullable): unowned */
  WherrySite *chosen;    /* (nullable) */
};

G_DEFINE_FINAL_TYPE (WherryUploadWindow, wherry_upload_window, ADW_TYPE_WINDOW)

enum { SIGNAL_CHOSEN, N_SIGNALS };

static guint signals[N_SIGNALS];

static void
update (WherryUploadWindow *self)
{
  const char *folder = gtk_editable_get_text (self->folder_row);
  g_autoptr (GError) error = NULL;
  gboolean fits = wherry_site_check_text (WHERRY_SITE_REMOTE_FOLDER, folder, &error);

  if (fits)
    gtk_widget_remove_css_class (GTK_WIDGET (self->folder_row), "error");
  else
    gtk_widget_add_css_class (GTK_WIDGET (self->folder_row), "error");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->folder_row), fits ? NULL : error->message);
  gtk_widget_set_sensitive (self->upload_button, fits && self->chosen != NULL);
}

static void
on_toggled (WherryUploadWindow *self, GtkCheckButton *check)
{
  if (!gtk_check_button_get_active (check))
    return;
  g_set_object (&self->chosen, g_object_get_data (G_OBJECT (check), "site"));
  gtk_editable_set_text (self->folder_row,
                         wherry_site_get_string (self->chosen, WHERRY_SITE_REMOTE_FOLDER));
  update (self);
}

static void
on_upload (WherryUploadWindow *self)
{
  g_autoptr (WherryUploadWindow) kept = g_object_ref (self);

  if (!gtk_widget_get_sensitive (self->upload_button))
    return;
  g_signal_emit (self, signals[SIGNAL_CHOSEN], 0, self->chosen,
                 gtk_editable_get_text (self->folder_row));
  gtk_window_close (GTK_WINDOW (self));
}

static void
add_row (WherryUploadWindow *self, WherrySite *site)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *check = gtk_check_button_new ();
  g_autofree char *title = wherry_site_dup_title (site);
  g_autofree char *address = wherry_site_dup_address (site);
  g_autofree char *title_markup = g_markup_escape_text (title, -1);
  g_autofree char *address_markup = g_markup_escape_text (address, -1);

  if (self->first != NULL)
    gtk_check_button_set_group (GTK_CHECK_BUTTON (check), self->first);
  else
    self->first = GTK_CHECK_BUTTON (check);
  gtk_widget_set_valign (check, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (check), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  g_object_set_data_full (G_OBJECT (check), "site", g_object_ref (site), g_object_unref);
  g_signal_connect_object (check, "toggled", G_CALLBACK (on_toggled), self, G_CONNECT_SWAPPED);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title_markup);
  adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 1);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), address_markup);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 1);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), check);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), check);
  adw_preferences_group_add (self->group, row);
  g_ptr_array_add (self->rows, row);
}

/* The sites may come in only now: the file is read on another thread. */
static void
fill (WherryUploadWindow *self)
{
  guint n_items = g_list_model_get_n_items (G_LIST_MODEL (self->store));

  for (guint i = 0; i < self->rows->len; i++)
    adw_preferences_group_remove (self->group, self->rows->pdata[i]);
  g_ptr_array_set_size (self->rows, 0);
  self->first = NULL;
  for (guint i = 0; i < n_items; i++)
    {
      g_autoptr (WherrySite) site = g_list_model_get_item (G_LIST_MODEL (self->store), i);
      add_row (self, site);
    }
  if (self->first != NULL)
    gtk_check_button_set_active (self->first, TRUE);
  else
    g_clear_object (&self->chosen);
  gtk_stack_set_visible_child_name (self->stack, n_items > 0 ? "sites" : "none");
  update (self);
}

static void
wherry_upload_window_dispose (GObject *object)
{
  WherryUploadWindow *self = WHERRY_UPLOAD_WINDOW (object);

  g_clear_object (&self->chosen);
  g_clear_object (&self->store);

  G_OBJECT_CLASS (wherry_upload_window_parent_class)->dispose (object);
}

static void
wherry_upload_window_finalize (GObject *object)
{
  g_ptr_array_unref (WHERRY_UPLOAD_WINDOW (object)->rows);

  G_OBJECT_CLASS (wherry_upload_window_parent_class)->finalize (object);
}

static void
wherry_upload_window_class_init (WherryUploadWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wherry_upload_window_dispose;
  G_OBJECT_CLASS (klass)->finalize = wherry_upload_window_finalize;

  signals[SIGNAL_CHOSEN]
      = g_signal_new ("chosen", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 2, WHERRY_TYPE_SITE, G_TYPE_STRING);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/app/wherry/Wherry/ui/wherry-upload-window.ui");
  gtk_widget_class_bind_template_child (widget_class, WherryUploadWindow, window_title);
  gtk_widget_class_bind_template_child (widget_class, WherryUploadWindow, upload_button);
  gtk_widget_class_bind_template_child (widget_class, WherryUploadWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, WherryUploadWindow, group);
  gtk_widget_class_bind_template_child (widget_class, WherryUploadWindow, folder_row);
  gtk_widget_class_bind_template_callback (widget_class, update);
  gtk_widget_class_bind_template_callback (widget_class, on_upload);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
wherry_upload_window_init (WherryUploadWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->rows = g_ptr_array_new ();
}

/**
 * wherry_upload_window_new:
 * @store: the sites to choose from
 * @n_files: how many files are to go
 *
 * Returns: (transfer none): a window; not presented
 */
GtkWidget *
wherry_upload_window_new (WherrySiteStore *store, guint n_files)
{
  g_return_val_if_fail (WHERRY_IS_SITE_STORE (store), NULL);

  WherryUploadWindow *self = g_object_new (WHERRY_TYPE_UPLOAD_WINDOW, NULL);
  g_autofree char *subtitle
      = g_strdup_printf (ngettext ("%u file or folder", "%u files or folders", n_files), n_files);

  self->store = g_object_ref (store);
  adw_window_title_set_subtitle (self->window_title, subtitle);
  g_signal_connect_object (store, "items-changed", G_CALLBACK (fill), self, G_CONNECT_SWAPPED);
  fill (self);
  return GTK_WIDGET (self);
}
