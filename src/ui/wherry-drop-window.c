#include "config.h"

#include "ui/wherry-drop-window.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-text.h"
#include "ssh/wherry-reconnect.h"
#include "transfer/wherry-queue.h"
#include "ui/wherry-application.h"
#include "ui/wherry-dialog-conflict-prompter.h"
#include "ui/wherry-launcher.h"
#include "ui/wherry-queue-limits.h"
#include "ui/wherry-settings.h"
#include "ui/wherry-shortcuts.h"
#include "ui/wherry-toast.h"
#include "ui/wherry-transfer-bar.h"
#include "ui/wherry-transfer-rules.h"
#include "ui/wherry-trust.h"
#include "ui/wherry-window.h"

struct _WherryDropWindow {
  AdwApplicationWindow parent_instance;

  /* Template widgets */
  AdwToastOverlay *toast_overlay;
  AdwWindowTitle *window_title;
  GtkWidget *drop_area;
  GtkLabel *status_label;
  WherryTransferBar *transfer_bar;

  /* Owned */
  GSettings *settings; /* (nullable) */
  WherrySite *site;
  WherryLogin *login;
  char *folder;
  WherrySessionPool *pool;
  WherryQueue *queue;
  WherryQueueLimits *limits;
  WherryReconnect *reconnect;
  GtkNativeDialog *chooser; /* (nullable) */
};

G_DEFINE_FINAL_TYPE (WherryDropWindow, wherry_drop_window, ADW_TYPE_APPLICATION_WINDOW)

static void
show_toast (WherryDropWindow *self, const char *text)
{

  wherry_toast_show (GTK_WIDGET (self->toast_overlay), text);
}

static void
count (WherryDropWindow *self, guint *n_done, guint *n_failed)
{
  guint n_items = g_list_model_get_n_items (G_LIST_MODEL (self->queue));

  *n_done = 0;
  *n_failed = 0;
  for (guint i = 0; i < n_items; i++)
    {
      g_autoptr (WherryTransfer) transfer = g_list_model_get_item (G_LIST_MODEL (self->queue), i);
      WherryTransferState state = wherry_transfer_get_state (transfer);

      *n_done += state == WHERRY_TRANSFER_DONE;
      *n_failed += state == WHERRY_TRANSFER_FAILED;
    }
}

/* Said once when it changes, not with every file: a screen reader speaks it. */
static void
update (WherryDropWindow *self)
{
  guint n_unfinished = wherry_queue_get_n_unfinished (self->queue);
  guint n_done, n_failed;
  g_autofree char *text = NULL;

  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.cancel-all", n_unfinished > 0);
  count (self, &n_done, &n_failed);
  if (n_unfinished > 0)
    text = g_strdup (_ ("Uploading…"));
  else if (n_failed > 0)
    text = g_strdup (_ ("Not everything arrived"));
  else if (n_done > 0)
    text = g_strdup (_ ("All has arrived"));
  else
    text = g_strdup (_ ("Drop files or folders here"));
  if (g_strcmp0 (gtk_label_get_text (self->status_label), text) != 0)
    gtk_label_set_text (self->status_label, text);
}

static void
upload_file (WherryDropWindow *self, GFile *file)
{
  const char *path = g_file_peek_path (file);
  WherryApplication *application = WHERRY_APPLICATION (g_application_get_default ());
  g_autoptr (WherryEndpoint) source = NULL;
  g_autoptr (WherryEndpoint) target = NULL;
  g_autoptr (WherryTransfer) transfer = NULL;

  if (path == NULL)
    {
      g_autofree char *uri = g_file_get_uri (file);
      g_autofree char *shown = wherry_text_display_name (uri);
      g_autofree char *text
          = g_strdup_printf (_ ("“%s” is not on this computer: copy it here first"), shown);

      show_toast (self, text);
      return;
    }
  source = wherry_endpoint_new_local (path);
  target = wherry_endpoint_new_remote (self->login, self->folder);
  transfer = wherry_transfer_rules_make (source, target, wherry_application_get_sites (application),
                                         self->settings, NULL);
  wherry_queue_append (self->queue, transfer);
}

/**
 * wherry_drop_window_upload:
 * @self: the window
 * @files: (element-type GFile): what goes to the site's folder
 *
 * Only for what a person asked for explicitly.
 */
void
wherry_drop_window_upload (WherryDropWindow *self, GListModel *files)
{
  g_return_if_fail (WHERRY_IS_DROP_WINDOW (self));

  guint n_files = g_list_model_get_n_items (files);

  /* What came before is seen to be over: the count begins anew. */
  if (wherry_queue_get_n_unfinished (self->queue) == 0)
    wherry_queue_clear_finished (self->queue);
  for (guint i = 0; i < n_files; i++)
    {
      g_autoptr (GFile) file = g_list_model_get_item (files, i);
      upload_file (self, file);
    }
}

static void
upload_list (WherryDropWindow *self, const GValue *value)
{
  g_autoptr (GListStore) files = g_list_store_new (G_TYPE_FILE);
  GSList *list = gdk_file_list_get_files (g_value_get_boxed (value));

  for (GSList *l = list; l != NULL; l = l->next)
    g_list_store_append (files, l->data);
  g_slist_free (list);
  wherry_drop_window_upload (self, G_LIST_MODEL (files));
}

static gboolean
on_drop (WherryDropWindow *self, const GValue *value)
{
  gtk_widget_remove_css_class (self->drop_area, "drop-here");
  upload_list (self, value);
  return TRUE;
}

static GdkDragAction
on_enter (WherryDropWindow *self)
{
  gtk_widget_add_css_class (self->drop_area, "drop-here");
  return GDK_ACTION_COPY;
}

static void
on_leave (WherryDropWindow *self)
{
  gtk_widget_remove_css_class (self->drop_area, "drop-here");
}

static void
on_pasted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherryDropWindow) self = user_data;
  const GValue *value = gdk_clipboard_read_value_finish (GDK_CLIPBOARD (source), result, NULL);

  if (self->queue == NULL)
    return;
  if (value == NULL)
    show_toast (self, _ ("No files were copied"));
  else
    upload_list (self, value);
}

static void
paste_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  gdk_clipboard_read_value_async (gtk_widget_get_clipboard (widget), GDK_TYPE_FILE_LIST,
                                  G_PRIORITY_DEFAULT, NULL, on_pasted, g_object_ref (widget));
}

static void
on_files_chosen (WherryDropWindow *self, int response, GtkNativeDialog *chooser)
{
  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GListModel) files = gtk_file_chooser_get_files (GTK_FILE_CHOOSER (chooser));
      wherry_drop_window_upload (self, files);
    }
  g_clear_object (&self->chooser);
}

static void
upload_files_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  WherryDropWindow *self = WHERRY_DROP_WINDOW (widget);

  if (self->chooser != NULL)
    return;
  self->chooser = GTK_NATIVE_DIALOG (
      gtk_file_chooser_native_new (_ ("Upload Files"), GTK_WINDOW (self),
                                   GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Upload"), NULL));
  gtk_native_dialog_set_modal (self->chooser, TRUE);
  gtk_file_chooser_set_select_multiple (GTK_FILE_CHOOSER (self->chooser), TRUE);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (on_files_chosen), self,
                           G_CONNECT_SWAPPED);
  gtk_native_dialog_show (self->chooser);
}

static void
cancel_all_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  wherry_queue_cancel_all (WHERRY_DROP_WINDOW (widget)->queue);
}

static void
on_launcher_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherryDropWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *name = wherry_launcher_save_finish (result, &error);
  g_autofree char *text = NULL;

  if (name != NULL)
    /* Translators: the name of the launcher */
    text = g_strdup_printf (_ ("“%s” is among your applications now"), name);
  else
    text = g_strdup (error->message);
  show_toast (self, text);
}

static void
save_launcher_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  WherryDropWindow *self = WHERRY_DROP_WINDOW (widget);

  wherry_launcher_save_async (self->site, self->folder, on_launcher_saved, g_object_ref (self));
}

static gboolean
wherry_drop_window_close_request (GtkWindow *window)
{
  WherryDropWindow *self = WHERRY_DROP_WINDOW (window);
  GtkWidget *dialog;

  if (wherry_queue_get_n_unfinished (self->queue) == 0)
    return GTK_WINDOW_CLASS (wherry_drop_window_parent_class)->close_request (window);

  dialog = adw_message_dialog_new (window, _ ("Close and Cancel Transfers?"),
                                   _ ("Files that have arrived stay."));
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "keep", _ ("_Keep Going"), "stop",
                                    _ ("Cancel _Transfers"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "stop",
                                              ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "keep");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "keep");
  g_signal_connect_object (dialog, "response::stop", G_CALLBACK (wherry_queue_cancel_all),
                           self->queue, G_CONNECT_SWAPPED);
  g_signal_connect_object (dialog, "response::stop", G_CALLBACK (gtk_window_destroy), self,
                           G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  gtk_window_present (GTK_WINDOW (dialog));
  return TRUE;
}

static void
wherry_drop_window_dispose (GObject *object)
{
  WherryDropWindow *self = WHERRY_DROP_WINDOW (object);

  if (self->queue != NULL)
    g_signal_handlers_disconnect_by_data (self->queue, self);
  g_clear_object (&self->limits);
  g_clear_object (&self->reconnect);
  g_clear_object (&self->queue);
  if (self->pool != NULL)
    wherry_session_pool_close (self->pool);
  g_clear_object (&self->pool);
  g_clear_object (&self->chooser);
  g_clear_object (&self->settings);
  g_clear_object (&self->site);

  G_OBJECT_CLASS (wherry_drop_window_parent_class)->dispose (object);
}

static void
wherry_drop_window_finalize (GObject *object)
{
  WherryDropWindow *self = WHERRY_DROP_WINDOW (object);

  g_clear_pointer (&self->login, wherry_login_free);
  g_free (self->folder);

  G_OBJECT_CLASS (wherry_drop_window_parent_class)->finalize (object);
}

static void
wherry_drop_window_class_init (WherryDropWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wherry_drop_window_dispose;
  G_OBJECT_CLASS (klass)->finalize = wherry_drop_window_finalize;
  GTK_WINDOW_CLASS (klass)->close_request = wherry_drop_window_close_request;

  g_type_ensure (WHERRY_TYPE_TRANSFER_BAR);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/app/wherry/Wherry/ui/wherry-drop-window.ui");
  gtk_widget_class_bind_template_child (widget_class, WherryDropWindow, toast_overlay);
  gtk_widget_class_bind_template_child (widget_class, WherryDropWindow, window_title);
  gtk_widget_class_bind_template_child (widget_class, WherryDropWindow, drop_area);
  gtk_widget_class_bind_template_child (widget_class, WherryDropWindow, status_label);
  gtk_widget_class_bind_template_child (widget_class, WherryDropWindow, transfer_bar);

  /* Those of the main window that make sense here, by the same names and so the same keys. */
  gtk_widget_class_install_action (widget_class, "win.upload-files", NULL, upload_files_activated);
  gtk_widget_class_install_action (widget_class, "win.paste", NULL, paste_activated);
  gtk_widget_class_install_action (widget_class, "win.cancel-all", NULL, cancel_all_activated);
  gtk_widget_class_install_action (widget_class, "drop.save-launcher", NULL,
                                   save_launcher_activated);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_v, GDK_CONTROL_MASK, "win.paste",
                                       NULL);
}

static void
wherry_drop_window_init (WherryDropWindow *self)
{
  GtkDropTarget *target = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_swapped (target, "drop", G_CALLBACK (on_drop), self);
  g_signal_connect_swapped (target, "enter", G_CALLBACK (on_enter), self);
  g_signal_connect_swapped (target, "leave", G_CALLBACK (on_leave), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));

  self->settings = wherry_settings_new ();
  if (self->settings != NULL)
    {
      g_settings_bind (self->settings, WHERRY_SETTINGS_DROP_WINDOW_WIDTH, self, "default-width",
                       G_SETTINGS_BIND_DEFAULT);
      g_settings_bind (self->settings, WHERRY_SETTINGS_DROP_WINDOW_HEIGHT, self, "default-height",
                       G_SETTINGS_BIND_DEFAULT);
    }
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "drop.save-launcher",
                                 wherry_launcher_can_be_saved ());
}

static void
set_title (WherryDropWindow *self)
{
  g_autofree char *title = wherry_site_dup_title (self->site);
  g_autofree char *folder
      = *self->folder != '\0' ? wherry_text_display_name (self->folder) : g_strdup ("~");

  adw_window_title_set_title (self->window_title, title);
  adw_window_title_set_subtitle (self->window_title, folder);
  gtk_window_set_title (GTK_WINDOW (self), title);
}

/**
 * wherry_drop_window_new:
 * @application: the application
 * @site: the site; what it is changed to later does not count here
 * @folder: (nullable): the folder there; %NULL for where the site begins
 * @error: return location; %WHERRY_ERROR_BAD_LOCATION
 *
 * Returns: (transfer none): a window; not presented
 */
GtkWidget *
wherry_drop_window_new (GtkApplication *application,
                        WherrySite *site,
                        const char *folder,
                        GError **error)
{
  g_return_val_if_fail (GTK_IS_APPLICATION (application), NULL);
  g_return_val_if_fail (WHERRY_IS_SITE (site), NULL);

  g_autoptr (WherryLogin) login = wherry_site_make_login (site, error);
  g_autoptr (WherryTrust) trust = wherry_trust_ref_default ();
  g_autoptr (GSettings) settings = NULL;
  g_autoptr (WherryPrompter) prompter = NULL;
  g_autoptr (WherryConflictPrompter) conflict_prompter = NULL;
  WherryDropWindow *self;

  if (login == NULL)
    return NULL;
  self = g_object_new (WHERRY_TYPE_DROP_WINDOW, "application", application, NULL);
  self->site = g_object_ref (site);
  self->login = g_steal_pointer (&login);
  self->folder = g_strdup (
      folder != NULL ? folder : wherry_site_get_string (site, WHERRY_SITE_REMOTE_FOLDER));

  settings = wherry_settings_new ();
  prompter = wherry_trust_new_prompter (trust, GTK_WINDOW (self), settings);
  self->pool = wherry_session_pool_new (WHERRY_HOST_KEY_STORE (wherry_trust_get_host_keys (trust)),
                                        prompter);
  self->queue = wherry_queue_new (self->pool);
  self->limits
      = wherry_queue_limits_new (self->queue,
                                 wherry_application_get_sites (WHERRY_APPLICATION (application)));
  self->reconnect = wherry_reconnect_new ();
  g_signal_connect_object (self->reconnect, "woke", G_CALLBACK (wherry_queue_wake), self->queue,
                           G_CONNECT_SWAPPED);
  conflict_prompter = wherry_dialog_conflict_prompter_new (GTK_WINDOW (self));
  wherry_queue_set_conflict_prompter (self->queue, conflict_prompter);
  wherry_transfer_bar_set_queue (self->transfer_bar, self->queue);
  g_signal_connect_object (self->queue, "notify::n-unfinished", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->queue, "items-changed", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  set_title (self);
  update (self);
  return GTK_WIDGET (self);
}

/**
 * wherry_drop_window_get_site:
 * @self: the window
 *
 * Returns: (transfer none): the site it is bound to
 */
WherrySite *
wherry_drop_window_get_site (WherryDropWindow *self)
{
  g_return_val_if_fail (WHERRY_IS_DROP_WINDOW (self), NULL);

  return self->site;
}

/**
 * wherry_drop_window_get_folder:
 * @self: the window
 *
 * Returns: (transfer none): the folder it is bound to
 */
const char *
wherry_drop_window_get_folder (WherryDropWindow *self)
{
  g_return_val_if_fail (WHERRY_IS_DROP_WINDOW (self), NULL);

  return self->folder;
}
