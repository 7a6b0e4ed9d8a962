#include "config.h"

#include "ui/wherry-window.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "sites/wherry-known-hosts.h"
#include "sites/wherry-location.h"
#include "ui/wherry-connect-page.h"
#include "ui/wherry-dialog-prompter.h"
#include "ui/wherry-place-page.h"
#include "ui/wherry-settings.h"
#include "ui/wherry-shortcuts.h"

/* How often it is looked whether the connection still stands, in seconds. */
#define LIVENESS_INTERVAL 2

struct _WherryWindow {
  AdwApplicationWindow parent_instance;

  /* Template widgets */
  AdwToastOverlay *toast_overlay;
  AdwWindowTitle *window_title;
  GtkWidget *disconnect_button;
  GtkWidget *download_button;
  GtkStack *stack;
  WherryConnectPage *connect_page;
  WherryPlacePage *place_page;

  /* Owned */
  GSettings *settings; /* (nullable) */
  char *identity;      /* (nullable) */
  char **known_hosts;
  WherrySessionPool *pool;
  WherryQueue *queue;
  WherryLogin *login;        /* (nullable): whom we are or want to be connected to */
  char *folder;              /* (nullable): where to begin there */
  WherrySession *session;    /* (nullable): while connected */
  GCancellable *cancellable; /* (nullable): while connecting */
  guint liveness_id;
};

G_DEFINE_FINAL_TYPE (WherryWindow, wherry_window, ADW_TYPE_APPLICATION_WINDOW)

static gboolean
is_connected (WherryWindow *self)
{
  return self->session != NULL;
}

/* Connected, or was and may be again: the place is shown, not the form. */
static gboolean
is_at_place (WherryWindow *self)
{
  return gtk_stack_get_visible_child (self->stack) == GTK_WIDGET (self->place_page);
}

static char *
dup_host (WherryWindow *self)
{
  return wherry_text_display_name (self->login->host);
}

static void
update_actions (WherryWindow *self)
{
  static const char *const when_connected[]
      = { "win.upload-files", "win.upload-folder", "win.paste", "win.download" };
  gboolean at_place = is_at_place (self);
  guint n_items = g_list_model_get_n_items (G_LIST_MODEL (self->queue));
  guint n_unfinished = wherry_queue_get_n_unfinished (self->queue);

  for (gsize i = 0; i < G_N_ELEMENTS (when_connected); i++)
    gtk_widget_action_set_enabled (GTK_WIDGET (self), when_connected[i], is_connected (self));

  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.disconnect", at_place);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.reconnect",
                                 at_place && !is_connected (self) && self->cancellable == NULL);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.cancel-all", n_unfinished > 0);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.clear-finished", n_items > n_unfinished);

  gtk_widget_set_visible (self->disconnect_button, at_place);
  gtk_widget_set_visible (self->download_button, at_place);
}

static void
update_title (WherryWindow *self)
{
  gboolean at_place = is_at_place (self);
  g_autofree char *host = NULL;
  g_autofree char *folder = NULL;
  g_autofree char *subtitle = NULL;

  if (!at_place)
    {
      adw_window_title_set_title (self->window_title, "Wherry");
      adw_window_title_set_subtitle (self->window_title, "");
      gtk_window_set_title (GTK_WINDOW (self), "Wherry");
      return;
    }

  host = dup_host (self);
  folder = wherry_text_display_name (wherry_place_page_get_folder (self->place_page));
  subtitle = g_strdup_printf ("%s@%s:%s", self->login->user, host, *folder != '\0' ? folder : "~");
  adw_window_title_set_title (self->window_title, host);
  adw_window_title_set_subtitle (self->window_title, subtitle);
  gtk_window_set_title (GTK_WINDOW (self), host);
}

/* The other page is hidden too: assistive technology would read it out all the same. */
static void
show_page (WherryWindow *self, gpointer page)
{
  GtkWidget *place_page = GTK_WIDGET (self->place_page);
  GtkWidget *connect_page = GTK_WIDGET (self->connect_page);

  gtk_widget_set_visible (page, TRUE);
  gtk_stack_set_visible_child (self->stack, page);
  gtk_widget_set_visible (page == place_page ? connect_page : place_page, FALSE);
  update_title (self);
  update_actions (self);
  gtk_widget_grab_focus (page);
}

static void
stop_watching (WherryWindow *self)
{
  g_clear_handle_id (&self->liveness_id, g_source_remove);
}

/* The session is given up; what is still running on it ends by itself. */
static void
on_connection_lost (WherryWindow *self)
{
  g_autofree char *host = dup_host (self);
  g_autofree char *message = g_strdup_printf (_ ("The connection to “%s” was lost."), host);

  stop_watching (self);
  g_clear_object (&self->session);
  wherry_place_page_set_lost (self->place_page, message);
  update_actions (self);
}

static gboolean
check_liveness (gpointer user_data)
{
  WherryWindow *self = user_data;

  if (wherry_session_is_connected (self->session))
    return G_SOURCE_CONTINUE;

  self->liveness_id = 0;
  on_connection_lost (self);
  return G_SOURCE_REMOVE;
}

/* The commands that forget the keys on record, for a server that was set up anew. */
static char *
dup_remedy (WherryWindow *self, const GError *error)
{
  g_autoptr (GString) commands = g_string_new (NULL);
  g_autofree char *name = NULL;
  g_autofree char *quoted = NULL;

  if (!g_error_matches (error, WHERRY_ERROR, WHERRY_ERROR_HOST_KEY_CHANGED))
    return NULL;

  name = wherry_known_hosts_format_name (wherry_login_get_host_key_name (self->login),
                                         wherry_login_get_host_key_port (self->login));
  quoted = wherry_text_quote_shell (name);
  for (char **file = self->known_hosts; *file != NULL; file++)
    {
      g_autofree char *quoted_file = wherry_text_quote_shell (*file);

      if (g_file_test (*file, G_FILE_TEST_EXISTS))
        g_string_append_printf (commands, "%sssh-keygen -f %s -R %s", commands->len > 0 ? "\n" : "",
                                quoted_file, quoted);
    }

  return g_utf8_make_valid (commands->str, (gssize) commands->len);
}

/* One try to connect: by its cancellable it is told from a later one. */
typedef struct {
  WherryWindow *window;
  GCancellable *cancellable;
} Attempt;

static void
attempt_free (Attempt *attempt)
{
  g_object_unref (attempt->window);
  g_object_unref (attempt->cancellable);
  g_free (attempt);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Attempt, attempt_free)

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Attempt) attempt = user_data;
  WherryWindow *self = attempt->window;
  g_autoptr (GError) error = NULL;
  g_autoptr (WherrySession) session
      = wherry_session_pool_connect_finish (WHERRY_SESSION_POOL (source), result, &error);
  g_autofree char *host = NULL;
  gboolean at_place;

  /* Given up meanwhile: cancelled, disconnected, or the window is gone. */
  if (self->cancellable != attempt->cancellable)
    return;

  g_clear_object (&self->cancellable);
  host = dup_host (self);
  at_place = is_at_place (self);

  if (session != NULL)
    {
      self->session = g_steal_pointer (&session);
      self->liveness_id = g_timeout_add_seconds (LIVENESS_INTERVAL, check_liveness, self);
      wherry_place_page_set_lost (self->place_page, NULL);
      if (at_place)
        update_actions (self);
      else
        {
          wherry_place_page_set_place (self->place_page, self->login, self->folder);
          wherry_connect_page_show_form (self->connect_page);
          show_page (self, self->place_page);
        }
      if (self->settings != NULL)
        g_settings_set_string (self->settings, WHERRY_SETTINGS_LAST_LOCATION,
                               wherry_connect_page_get_text (self->connect_page));
    }
  else if (at_place)
    {
      wherry_place_page_set_lost (self->place_page, error->message);
      update_actions (self);
    }
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    wherry_connect_page_show_form (self->connect_page);
  else
    {
      g_autofree char *remedy = dup_remedy (self, error);
      wherry_connect_page_show_error (self->connect_page, host, error, remedy);
    }
}

static void
begin_connecting (WherryWindow *self)
{
  Attempt *attempt = g_new0 (Attempt, 1);

  g_assert (self->cancellable == NULL);

  self->cancellable = g_cancellable_new ();
  attempt->window = g_object_ref (self);
  attempt->cancellable = g_object_ref (self->cancellable);
  wherry_session_pool_connect_async (self->pool, self->login, self->cancellable, on_connected,
                                     attempt);
  update_actions (self);
}

static void
on_connect_to (WherryWindow *self, const WherryLocation *location)
{
  const char *user = location->user != NULL ? location->user : g_get_user_name ();
  WherryLogin *login
      = wherry_login_new (user, location->host, location->port != 0 ? location->port : 22);
  g_autofree char *host = NULL;

  if (self->identity != NULL)
    {
      const char *const files[] = { self->identity, NULL };
      login->identity_files = g_strdupv ((char **) files);
      login->identities_only = TRUE;
    }

  g_clear_pointer (&self->login, wherry_login_free);
  self->login = login;
  g_free (self->folder);
  self->folder = g_strdup (location->path);

  host = dup_host (self);
  wherry_connect_page_show_busy (self->connect_page, host);
  begin_connecting (self);
}

/* Whatever becomes of the try that is under way, nobody is interested any more. */
static void
give_up (WherryWindow *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

static void
on_connect_cancelled (WherryWindow *self)
{
  give_up (self);
  wherry_connect_page_show_form (self->connect_page);
}

static void
on_folder_changed (WherryWindow *self)
{
  update_title (self);
}

static void
disconnect_now (WherryWindow *self)
{
  wherry_queue_cancel_all (self->queue);
  give_up (self);
  stop_watching (self);
  if (self->session != NULL)
    wherry_session_close (self->session);
  g_clear_object (&self->session);
  wherry_place_page_set_lost (self->place_page, NULL);
  show_page (self, self->connect_page);
}

/* Asks before anything under way is thrown away; @then is called once nothing is. */
static void
confirm (WherryWindow *self, const char *heading, const char *response, GCallback then)
{
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (self), heading, NULL);
  guint n = wherry_queue_get_n_unfinished (self->queue);

  adw_message_dialog_format_body (ADW_MESSAGE_DIALOG (dialog),
                                  ngettext ("%u transfer is not finished and would be cancelled. "
                                            "Files that have arrived stay.",
                                            "%u transfers are not finished and would be cancelled. "
                                            "Files that have arrived stay.",
                                            n),
                                  n);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "keep", _ ("_Keep Going"), "stop",
                                    response, NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "stop",
                                              ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "keep");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "keep");
  g_signal_connect_object (dialog, "response::stop", then, self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static gboolean
destroy_in_idle (gpointer user_data)
{
  gtk_window_destroy (user_data);
  return G_SOURCE_REMOVE;
}

/* The dialog that asked is still at work, and would not survive its parent. */
static void
close_anyway (WherryWindow *self)
{
  wherry_queue_cancel_all (self->queue);
  g_idle_add_full (G_PRIORITY_DEFAULT, destroy_in_idle, g_object_ref (self), g_object_unref);
}

static gboolean
wherry_window_close_request (GtkWindow *window)
{
  WherryWindow *self = WHERRY_WINDOW (window);

  if (wherry_queue_get_n_unfinished (self->queue) > 0)
    {
      confirm (self, _ ("Close and Cancel Transfers?"), _ ("Cancel _Transfers"),
               G_CALLBACK (close_anyway));
      return TRUE;
    }

  return GTK_WINDOW_CLASS (wherry_window_parent_class)->close_request (window);
}

static void
disconnect_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  WherryWindow *self = WHERRY_WINDOW (widget);

  if (wherry_queue_get_n_unfinished (self->queue) > 0)
    confirm (self, _ ("Disconnect and Cancel Transfers?"), _ ("Cancel _Transfers"),
             G_CALLBACK (disconnect_now));
  else
    disconnect_now (self);
}

static void
reconnect_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  WherryWindow *self = WHERRY_WINDOW (widget);

  begin_connecting (self);
  wherry_place_page_set_lost (self->place_page, _ ("Connecting again…"));
}

static void
upload_files_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  wherry_place_page_choose_files (WHERRY_WINDOW (widget)->place_page);
}

static void
upload_folder_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  wherry_place_page_choose_folder (WHERRY_WINDOW (widget)->place_page);
}

static void
paste_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  wherry_place_page_paste (WHERRY_WINDOW (widget)->place_page);
}

static void
download_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  WherryWindow *self = WHERRY_WINDOW (widget);

  wherry_place_page_choose_download (self->place_page, self->settings);
}

static void
cancel_all_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  wherry_queue_cancel_all (WHERRY_WINDOW (widget)->queue);
}

static void
clear_finished_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  wherry_queue_clear_finished (WHERRY_WINDOW (widget)->queue);
}

static void
edit_location_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  WherryWindow *self = WHERRY_WINDOW (widget);

  if (is_at_place (self))
    wherry_place_page_edit_folder (self->place_page);
  else
    gtk_widget_grab_focus (GTK_WIDGET (self->connect_page));
}

static void
wherry_window_dispose (GObject *object)
{
  WherryWindow *self = WHERRY_WINDOW (object);

  give_up (self);
  stop_watching (self);
  g_clear_object (&self->session);
  if (self->queue != NULL)
    g_signal_handlers_disconnect_by_data (self->queue, self);
  g_clear_object (&self->queue);
  if (self->pool != NULL)
    wherry_session_pool_close (self->pool);
  g_clear_object (&self->pool);
  g_clear_object (&self->settings);
  g_clear_pointer (&self->login, wherry_login_free);
  g_clear_pointer (&self->folder, g_free);
  g_clear_pointer (&self->identity, g_free);
  g_clear_pointer (&self->known_hosts, g_strfreev);

  G_OBJECT_CLASS (wherry_window_parent_class)->dispose (object);
}

static void
install_actions (GtkWidgetClass *widget_class)
{
  static const struct {
    const char *name;
    GtkWidgetActionActivateFunc activate;
  } actions[] = {
    { "win.upload-files", upload_files_activated },
    { "win.upload-folder", upload_folder_activated },
    { "win.paste", paste_activated },
    { "win.download", download_activated },
    { "win.cancel-all", cancel_all_activated },
    { "win.clear-finished", clear_finished_activated },
    { "win.edit-location", edit_location_activated },
    { "win.reconnect", reconnect_activated },
    { "win.disconnect", disconnect_activated },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (actions); i++)
    gtk_widget_class_install_action (widget_class, actions[i].name, NULL, actions[i].activate);
}

static void
wherry_window_class_init (WherryWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wherry_window_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = wherry_window_close_request;

  g_type_ensure (WHERRY_TYPE_CONNECT_PAGE);
  g_type_ensure (WHERRY_TYPE_PLACE_PAGE);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/app/wherry/Wherry/ui/wherry-window.ui");
  gtk_widget_class_bind_template_child (widget_class, WherryWindow, toast_overlay);
  gtk_widget_class_bind_template_child (widget_class, WherryWindow, window_title);
  gtk_widget_class_bind_template_child (widget_class, WherryWindow, disconnect_button);
  gtk_widget_class_bind_template_child (widget_class, WherryWindow, download_button);
  gtk_widget_class_bind_template_child (widget_class, WherryWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, WherryWindow, connect_page);
  gtk_widget_class_bind_template_child (widget_class, WherryWindow, place_page);
  gtk_widget_class_bind_template_callback (widget_class, on_connect_to);
  gtk_widget_class_bind_template_callback (widget_class, on_connect_cancelled);
  gtk_widget_class_bind_template_callback (widget_class, on_folder_changed);

  install_actions (widget_class);
  wherry_shortcuts_install (widget_class);
}

static void
bind_settings (WherryWindow *self)
{
  g_autofree char *last = NULL;

  self->settings = wherry_settings_new ();
  if (self->settings == NULL)
    return;

  g_settings_bind (self->settings, WHERRY_SETTINGS_WINDOW_WIDTH, self, "default-width",
                   G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (self->settings, WHERRY_SETTINGS_WINDOW_HEIGHT, self, "default-height",
                   G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (self->settings, WHERRY_SETTINGS_WINDOW_MAXIMIZED, self, "maximized",
                   G_SETTINGS_BIND_DEFAULT);

  last = g_settings_get_string (self->settings, WHERRY_SETTINGS_LAST_LOCATION);
  wherry_window_set_location (self, last);
}

static void
wherry_window_init (WherryWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));

  if (g_str_has_suffix (WHERRY_APP_ID, ".Devel"))
    gtk_widget_add_css_class (GTK_WIDGET (self), "devel");

  bind_settings (self);
}

/* Our own file comes first, as that is where keys are remembered; ssh(1)'s is only read. */
static char **
dup_known_hosts (const char *only_file)
{
  g_autoptr (GStrvBuilder) files = g_strv_builder_new ();

  if (only_file != NULL)
    g_strv_builder_add (files, only_file);
  else
    {
      g_autofree char *folder = g_build_filename (g_get_user_data_dir (), "wherry", NULL);
      g_autofree char *own = g_build_filename (folder, "known_hosts", NULL);
      g_autofree char *openssh = g_build_filename (g_get_home_dir (), ".ssh", "known_hosts", NULL);

      if (g_mkdir_with_parents (folder, 0700) != 0)
        g_warning ("“%s” can’t be made: host keys won’t be remembered", folder);
      g_strv_builder_add_many (files, own, openssh, NULL);
    }

  return g_strv_builder_end (files);
}

/**
 * wherry_window_new:
 * @application: the application
 * @options: what was said on the command line
 *
 * Returns: (transfer none): a new window; not presented
 */
GtkWidget *
wherry_window_new (AdwApplication *application, const WherryWindowOptions *options)
{
  g_return_val_if_fail (ADW_IS_APPLICATION (application), NULL);
  g_return_val_if_fail (options != NULL, NULL);

  WherryWindow *self = g_object_new (WHERRY_TYPE_WINDOW, "application", application, NULL);
  g_autoptr (WherryPrompter) prompter = wherry_dialog_prompter_new (GTK_WINDOW (self));

  g_autoptr (WherryKnownHosts) host_keys = NULL;

  self->identity = g_strdup (options->identity);
  self->known_hosts = dup_known_hosts (options->known_hosts);
  host_keys = wherry_known_hosts_new ((const char *const *) self->known_hosts);
  self->pool = wherry_session_pool_new (WHERRY_HOST_KEY_STORE (host_keys), prompter);
  self->queue = wherry_queue_new (self->pool);
  wherry_place_page_set_queue (self->place_page, self->queue);

  g_signal_connect_object (self->queue, "items-changed", G_CALLBACK (update_actions), self,
                           G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  g_signal_connect_object (self->queue, "notify::n-unfinished", G_CALLBACK (update_actions), self,
                           G_CONNECT_SWAPPED);
  show_page (self, self->connect_page);

  return GTK_WIDGET (self);
}

/**
 * wherry_window_is_idle:
 * @self: the window
 *
 * Returns: whether it is neither connected to a server nor about to be
 */
gboolean
wherry_window_is_idle (WherryWindow *self)
{
  g_return_val_if_fail (WHERRY_IS_WINDOW (self), FALSE);

  return self->cancellable == NULL && !is_at_place (self);
}

/**
 * wherry_window_set_location:
 * @self: the window
 * @text: a location from anywhere; filled in, and nothing else (rule R9)
 */
void
wherry_window_set_location (WherryWindow *self, const char *text)
{
  g_return_if_fail (WHERRY_IS_WINDOW (self));

  g_autofree char *shown = g_utf8_make_valid (text, -1);

  wherry_connect_page_set_text (self->connect_page, shown);
}

/**
 * wherry_window_connect:
 * @self: the window, idle
 *
 * Connects to the location that stands in the entry. Only for what a person
 * asked for explicitly.
 */
void
wherry_window_connect (WherryWindow *self)
{
  g_return_if_fail (WHERRY_IS_WINDOW (self));
  g_return_if_fail (wherry_window_is_idle (self));

  wherry_connect_page_submit (self->connect_page);
}
