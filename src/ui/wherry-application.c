#include "config.h"

#include "ui/wherry-application.h"

#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <signal.h>

#include "local/wherry-temporary.h"
#include "transfer/wherry-file-offer.h"
#include "ui/wherry-known-hosts-window.h"
#include "ui/wherry-preferences-window.h"
#include "ui/wherry-resources.h"
#include "ui/wherry-settings.h"
#include "ui/wherry-shortcuts.h"
#include "ui/wherry-trust.h"
#include "ui/wherry-upload-request.h"
#include "ui/wherry-window.h"

struct _WherryApplication {
  AdwApplication parent_instance;

  WherrySiteStore *sites;     /* (nullable): until it is up */
  WherryWorkspace *workspace; /* (nullable): until the first window */
};

G_DEFINE_FINAL_TYPE (WherryApplication, wherry_application, ADW_TYPE_APPLICATION)

static const GOptionEntry options[] = {
  { "connect", 0, 0, G_OPTION_ARG_STRING, NULL, N_ ("Connect to this location at once"),
    N_ ("LOCATION") },
  { "identity", 'i', 0, G_OPTION_ARG_FILENAME, NULL,
    N_ ("With --connect: log in with this key, and no other"), N_ ("FILE") },
  { "known-hosts", 0, 0, G_OPTION_ARG_FILENAME, NULL,
    N_ ("With --connect: keep the keys of known servers in this file, and no other"), N_ ("FILE") },
  { "new-window", 'n', 0, G_OPTION_ARG_NONE, NULL, N_ ("Open a new window"), NULL },
  { "no-keyring", 0, 0, G_OPTION_ARG_NONE, NULL,
    N_ ("Leave the keyring alone: passwords are kept until Wherry is closed, host keys in a file"),
    NULL },
  { "standalone", 's', 0, G_OPTION_ARG_NONE, NULL,
    N_ ("Run on its own, beside a Wherry that runs already, until its windows are closed"), NULL },
  { "upload", 'u', 0, G_OPTION_ARG_NONE, NULL,
    N_ ("Upload the files that follow in a window of their own; asks where to"), NULL },
  { "to", 0, 0, G_OPTION_ARG_STRING, NULL,
    N_ ("With --upload: to this site, by its name or identifier"), N_ ("SITE") },
  { "folder", 0, 0, G_OPTION_ARG_STRING, NULL,
    N_ ("With --to: into this folder there, in place of the one where the site begins"),
    N_ ("FOLDER") },
  { "version", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Show the version and exit"), NULL },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, NULL, NULL, NULL },
  { NULL },
};

static WherryWindow *
new_window (WherryApplication *self, const char *identity, const char *known_hosts)
{
  const WherryWindowOptions window_options = { identity, known_hosts };

  return WHERRY_WINDOW (wherry_window_new (ADW_APPLICATION (self), &window_options));
}

/* The window in use if it can take a location, else a new one. */
static WherryWindow *
find_window (WherryApplication *self, gboolean only_idle)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (self));

  if (window != NULL && gtk_window_get_transient_for (window) != NULL)
    window = gtk_window_get_transient_for (window);
  if (WHERRY_IS_WINDOW (window) && (!only_idle || wherry_window_is_idle (WHERRY_WINDOW (window))))
    return WHERRY_WINDOW (window);

  return new_window (self, NULL, NULL);
}

static void
new_window_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  gtk_window_present (GTK_WINDOW (new_window (user_data, NULL, NULL)));
}

/* Window by window, so that each may ask about transfers that are not finished. */
static void
quit_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  g_autoptr (GList) windows = g_list_copy (gtk_application_get_windows (user_data));

  for (GList *l = windows; l != NULL; l = l->next)
    {
      if (WHERRY_IS_WINDOW (l->data))
        gtk_window_close (l->data);
    }
}

/* What notifications lead to. */
static void
show_transfers_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  WherryWindow *window = find_window (user_data, FALSE);

  gtk_window_present (GTK_WINDOW (window));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.show-transfers", NULL);
}

static void
shortcuts_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  GtkWindow *parent = gtk_application_get_active_window (user_data);
  GtkWindow *window = wherry_shortcuts_create_window ();

  gtk_window_set_transient_for (window, parent);
  gtk_window_present (window);
}

/* In front of the window in use. */
static void
present_over_active (WherryApplication *self, GtkWidget *window)
{
  GtkWindow *parent = gtk_application_get_active_window (GTK_APPLICATION (self));

  if (WHERRY_IS_WINDOW (parent))
    wherry_window_present_over (WHERRY_WINDOW (parent), GTK_WINDOW (window));
  else
    {
      gtk_window_set_transient_for (GTK_WINDOW (window), parent);
      gtk_window_present (GTK_WINDOW (window));
    }
}

static void
known_hosts_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  g_autoptr (WherryTrust) trust = wherry_trust_ref_default ();
  GtkWidget *window = wherry_known_hosts_window_new (wherry_trust_get_host_keys (trust));

  gtk_window_set_modal (GTK_WINDOW (window), TRUE);
  present_over_active (user_data, window);
}

static void
preferences_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  g_autoptr (GSettings) settings = wherry_settings_new ();

  /* Started without its schema, as from a build folder, Wherry has no preferences. */
  if (settings != NULL)
    present_over_active (user_data, wherry_preferences_window_new (settings));
}

static void
about_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  static const char *const developers[] = { "The Wherry contributors", NULL };

  adw_show_about_window (gtk_application_get_active_window (user_data), "application-name",
                         "Wherry", "application-icon", WHERRY_APP_ID, "version", WHERRY_VERSION,
                         "developer-name", _ ("The Wherry contributors"), "developers", developers,
                         "comments", _ ("Move files to and from servers over SSH"), "license-type",
                         GTK_LICENSE_GPL_3_0, "copyright", "© 2026 The Wherry contributors",
                         /* Translators: put your own names here, one a line. */
                         "translator-credits", _ ("translator-credits"), NULL);
}

static void
remove_stale_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  wherry_temporary_remove_stale ();
  g_task_return_boolean (task, TRUE);
}

static void
remove_stale (void)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, NULL, NULL);

  g_task_run_in_thread (task, remove_stale_in_thread);
}

/* At the end of a session nobody asks: what is under way is kept, and nothing stays mounted. */
static gboolean
on_terminated (gpointer user_data)
{
  g_application_quit (user_data);
  return G_SOURCE_CONTINUE;
}

/* Settings that are in a menu as well. */
static void
add_settings_actions (GApplication *application)
{
  static const char *const keys[] = { WHERRY_SETTINGS_LIMIT_SPEED, WHERRY_SETTINGS_SPEED_LIMIT };
  g_autoptr (GSettings) settings = wherry_settings_new ();

  for (gsize i = 0; settings != NULL && i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (GAction) action = g_settings_create_action (settings, keys[i]);

      g_action_map_add_action (G_ACTION_MAP (application), action);
    }
}

static void
wherry_application_startup (GApplication *application)
{
  static const GActionEntry actions[] = {
    { "new-window", new_window_activated },
    { "show-transfers", show_transfers_activated },
    { "shortcuts", shortcuts_activated },
    { "known-hosts", known_hosts_activated },
    { "about", about_activated },
    { "preferences", preferences_activated },
    { "quit", quit_activated },
  };

  /* A static library's resources are not registered by themselves. */
  g_resources_register (wherry_get_resource ());

  G_APPLICATION_CLASS (wherry_application_parent_class)->startup (application);

  g_action_map_add_action_entries (G_ACTION_MAP (application), actions, G_N_ELEMENTS (actions),
                                   application);
  add_settings_actions (application);
  wherry_shortcuts_set_accels (GTK_APPLICATION (application));
  gtk_window_set_default_icon_name (WHERRY_APP_ID);
  remove_stale ();
  g_unix_signal_add (SIGTERM, on_terminated, application);
  WHERRY_APPLICATION (application)->sites = wherry_site_store_new (NULL);
}

static void
wherry_application_shutdown (GApplication *application)
{
  WherryApplication *self = WHERRY_APPLICATION (application);

  g_clear_object (&self->workspace);
  wherry_site_store_flush (self->sites);
  g_clear_object (&self->sites);
  wherry_file_offer_stop_all ();
  wherry_temporary_remove_all ();

  G_APPLICATION_CLASS (wherry_application_parent_class)->shutdown (application);
}

static void
wherry_application_activate (GApplication *application)
{
  gtk_window_present (GTK_WINDOW (find_window (WHERRY_APPLICATION (application), FALSE)));
}

/* Links that the desktop hands over, started by D-Bus (rule R9: they are filled in and start
 * nothing). */
static void
wherry_application_open (GApplication *application, GFile **files, int n_files, const char *hint)
{
  for (int i = 0; i < n_files; i++)
    {
      g_autofree char *uri = g_file_get_uri (files[i]);
      WherryWindow *window = find_window (WHERRY_APPLICATION (application), TRUE);

      wherry_window_set_location (window, uri);
      gtk_window_present (GTK_WINDOW (window));
    }
}

static int
wherry_application_handle_local_options (GApplication *application, GVariantDict *dict)
{
  const char *location;

  if (g_variant_dict_contains (dict, "version"))
    {
      g_print ("wherry %s\n", WHERRY_VERSION);
      return 0;
    }
  if (!g_variant_dict_lookup (dict, "connect", "&s", &location)
      && (g_variant_dict_contains (dict, "identity")
          || g_variant_dict_contains (dict, "known-hosts")))
    {
      g_printerr (_ ("wherry: --identity and --known-hosts need --connect\n"));
      return 1;
    }
  if ((g_variant_dict_contains (dict, "to") && !g_variant_dict_contains (dict, "upload"))
      || (g_variant_dict_contains (dict, "folder") && !g_variant_dict_contains (dict, "to")))
    {
      g_printerr (_ ("wherry: --to needs --upload, and --folder needs --to\n"));
      return 1;
    }
  if (g_variant_dict_contains (dict, "no-keyring"))
    wherry_trust_set_keyring_off (TRUE);
  if (g_variant_dict_contains (dict, "standalone"))
    g_application_set_flags (application,
                             g_application_get_flags (application) | G_APPLICATION_NON_UNIQUE);

  return -1;
}

/* A path from the command line, seen from where that was typed. */
static char *
dup_path (GApplicationCommandLine *command_line, GVariantDict *dict, const char *option)
{
  const char *argument;
  g_autoptr (GFile) file = NULL;

  if (!g_variant_dict_lookup (dict, option, "^&ay", &argument))
    return NULL;

  file = g_application_command_line_create_file_for_arg (command_line, argument);
  return g_file_get_path (file);
}

static int
wherry_application_command_line (GApplication *application, GApplicationCommandLine *command_line)
{
  WherryApplication *self = WHERRY_APPLICATION (application);
  GVariantDict *dict = g_application_command_line_get_options_dict (command_line);
  g_autofree const char **locations = NULL;
  g_autofree char *identity = dup_path (command_line, dict, "identity");
  g_autofree char *known_hosts = dup_path (command_line, dict, "known-hosts");
  const char *connect_to = NULL;
  WherryWindow *window;

  if (g_variant_dict_contains (dict, "upload"))
    return wherry_upload_request_run (GTK_APPLICATION (self), self->sites, command_line);

  if (g_variant_dict_lookup (dict, G_OPTION_REMAINING, "^a&ay", &locations)
      && g_strv_length ((char **) locations) > 1)
    {
      g_application_command_line_printerr (command_line,
                                           _ ("wherry: only one location can be opened\n"));
      return 1;
    }

  if (g_variant_dict_lookup (dict, "connect", "&s", &connect_to))
    {
      window = new_window (self, identity, known_hosts);
      wherry_window_set_location (window, connect_to);
      gtk_window_present (GTK_WINDOW (window));
      wherry_window_connect (window);
      return 0;
    }

  if (g_variant_dict_contains (dict, "new-window"))
    window = new_window (self, NULL, NULL);
  else
    window = find_window (self, locations != NULL);

  /* A location alone, as the desktop hands over links, is filled in and starts nothing (rule R9).
   */
  if (locations != NULL && locations[0] != NULL)
    wherry_window_set_location (window, locations[0]);
  gtk_window_present (GTK_WINDOW (window));

  return 0;
}

static void
wherry_application_class_init (WherryApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  application_class->startup = wherry_application_startup;
  application_class->shutdown = wherry_application_shutdown;
  application_class->activate = wherry_application_activate;
  application_class->open = wherry_application_open;
  application_class->handle_local_options = wherry_application_handle_local_options;
  application_class->command_line = wherry_application_command_line;
}

static void
wherry_application_init (WherryApplication *self)
{
  g_application_add_main_option_entries (G_APPLICATION (self), options);
  g_application_set_option_context_parameter_string (G_APPLICATION (self), _ ("[LOCATION]"));
  g_application_set_option_context_summary (
      G_APPLICATION (self),
      _ ("Move files to and from servers over SSH. A LOCATION is user@host:folder, or an address "
         "that begins with scp:// or sftp://; it is filled in, and connected to when you say so."));
}

/**
 * wherry_application_new:
 *
 * Returns: (transfer full): the application
 */
GApplication *
wherry_application_new (void)
{
  return g_object_new (WHERRY_TYPE_APPLICATION, "application-id", WHERRY_APP_ID,
                       "resource-base-path", "/app/wherry/Wherry", "flags",
                       G_APPLICATION_HANDLES_COMMAND_LINE | G_APPLICATION_HANDLES_OPEN, NULL);
}

/**
 * wherry_application_get_sites:
 * @self: the application, once it is up
 *
 * Returns: (transfer none): the person's sites
 */
WherrySiteStore *
wherry_application_get_sites (WherryApplication *self)
{
  g_return_val_if_fail (WHERRY_IS_APPLICATION (self), NULL);

  return self->sites;
}

/**
 * wherry_application_get_workspace:
 * @self: the application
 *
 * Returns: (transfer none) (nullable): what windows have in common; %NULL before
 *   the first one
 */
WherryWorkspace *
wherry_application_get_workspace (WherryApplication *self)
{
  g_return_val_if_fail (WHERRY_IS_APPLICATION (self), NULL);

  return self->workspace;
}

/**
 * wherry_application_take_workspace:
 * @self: the application
 * @workspace: (transfer full): what windows have in common
 */
void
wherry_application_take_workspace (WherryApplication *self, WherryWorkspace *workspace)
{
  g_return_if_fail (WHERRY_IS_APPLICATION (self));
  g_return_if_fail (self->workspace == NULL);

  self->workspace = workspace;
}
