#include "config.h"

#include "ui/wherry-download-window.h"

#include <glib/gi18n-lib.h>

#include "ui/wherry-format.h"

struct _WherryDownloadWindow {
  AdwWindow parent_instance;

  /* Template widgets */
  GtkLabel *hint_label;
  GtkEditable *path_row;
  AdwActionRow *folder_row;
  GtkWidget *folder_button;
  GtkWidget *download_button;

  /* Owned */
  GFile *folder;
  GtkNativeDialog *chooser; /* (nullable) */
};

G_DEFINE_FINAL_TYPE (WherryDownloadWindow, wherry_download_window, ADW_TYPE_WINDOW)

enum { SIGNAL_DOWNLOAD, SIGNAL_OPTIONS, N_SIGNALS };

static guint signals[N_SIGNALS];

static void
set_folder (WherryDownloadWindow *self, GFile *folder)
{
  g_autofree char *path = g_file_get_path (folder);
  g_autofree char *shown = NULL;

  g_set_object (&self->folder, folder);

  /* A folder without a path of its own can't be written to by the engine. */
  if (path == NULL)
    shown = g_strdup (_ ("This place can’t be written to"));
  else
    shown = wherry_format_path (path);

  g_autofree char *markup = g_markup_escape_text (shown, -1);
  adw_action_row_set_subtitle (self->folder_row, markup);
}

static void
on_path_changed (WherryDownloadWindow *self)
{
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (self->path_row)));

  gtk_widget_set_sensitive (self->download_button, *text != '\0');
}

static void
on_folder_chosen (WherryDownloadWindow *self, int response, GtkNativeDialog *chooser)
{
  g_assert (chooser == self->chooser);

  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GFile) folder = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
      set_folder (self, folder);
    }
  g_clear_object (&self->chooser);
}

static void
on_choose_clicked (WherryDownloadWindow *self)
{
  if (self->chooser != NULL)
    return;

  self->chooser = GTK_NATIVE_DIALOG (
      gtk_file_chooser_native_new (_ ("Save In"), GTK_WINDOW (self),
                                   GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _ ("_Select"), NULL));
  gtk_native_dialog_set_modal (self->chooser, TRUE);
  gtk_file_chooser_set_file (GTK_FILE_CHOOSER (self->chooser), self->folder, NULL);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (on_folder_chosen), self,
                           G_CONNECT_SWAPPED);
  gtk_native_dialog_show (self->chooser);
}

static void
on_download_clicked (WherryDownloadWindow *self)
{
  g_signal_emit (self, signals[SIGNAL_DOWNLOAD], 0, gtk_editable_get_text (self->path_row),
                 self->folder);
  gtk_window_close (GTK_WINDOW (self));
}

static void
on_options_activated (WherryDownloadWindow *self)
{
  g_signal_emit (self, signals[SIGNAL_OPTIONS], 0);
}

static void
wherry_download_window_dispose (GObject *object)
{
  WherryDownloadWindow *self = WHERRY_DOWNLOAD_WINDOW (object);

  if (self->chooser != NULL)
    gtk_native_dialog_destroy (self->chooser);
  g_clear_object (&self->chooser);
  g_clear_object (&self->folder);

  G_OBJECT_CLASS (wherry_download_window_parent_class)->dispose (object);
}

static void
wherry_download_window_class_init (WherryDownloadWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wherry_download_window_dispose;

  signals[SIGNAL_DOWNLOAD]
      = g_signal_new ("download", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_FILE);
  signals[SIGNAL_OPTIONS] = g_signal_new ("options", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/app/wherry/Wherry/ui/wherry-download-window.ui");
  gtk_widget_class_bind_template_child (widget_class, WherryDownloadWindow, hint_label);
  gtk_widget_class_bind_template_child (widget_class, WherryDownloadWindow, path_row);
  gtk_widget_class_bind_template_child (widget_class, WherryDownloadWindow, folder_row);
  gtk_widget_class_bind_template_child (widget_class, WherryDownloadWindow, folder_button);
  gtk_widget_class_bind_template_child (widget_class, WherryDownloadWindow, download_button);
  gtk_widget_class_bind_template_callback (widget_class, on_path_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_choose_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_download_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_options_activated);
}

static void
wherry_download_window_init (WherryDownloadWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * wherry_download_window_new:
 * @remote_folder: the folder that a path is taken to be in, fit to be shown
 * @local_folder: where to save at first
 *
 * Returns: (transfer full): the window; not presented
 */
GtkWidget *
wherry_download_window_new (const char *remote_folder, GFile *local_folder)
{
  g_return_val_if_fail (remote_folder != NULL, NULL);
  g_return_val_if_fail (G_IS_FILE (local_folder), NULL);

  WherryDownloadWindow *self = g_object_new (WHERRY_TYPE_DOWNLOAD_WINDOW, NULL);
  g_autofree char *text
      = g_strdup_printf (_ ("A name is looked for in “%s”. A path that begins with "
                            "“/” or “~” is taken as it is."),
                         remote_folder);

  gtk_label_set_text (self->hint_label, text);
  set_folder (self, local_folder);

  return GTK_WIDGET (self);
}

/**
 * wherry_download_window_set_items:
 * @self: the window
 * @items: what is downloaded, fit to be shown
 *
 * Says what is downloaded, in place of asking for it.
 */
void
wherry_download_window_set_items (WherryDownloadWindow *self, const char *items)
{
  g_return_if_fail (WHERRY_IS_DOWNLOAD_WINDOW (self));
  g_return_if_fail (items != NULL);

  gtk_label_set_text (self->hint_label, items);
  gtk_widget_set_visible (GTK_WIDGET (self->path_row), FALSE);
  gtk_widget_set_sensitive (self->download_button, TRUE);
  gtk_window_set_focus (GTK_WINDOW (self), self->download_button);
}
