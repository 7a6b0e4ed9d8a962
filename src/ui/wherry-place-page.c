#include "config.h"

#include "ui/wherry-place-page-private.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "sites/wherry-known-hosts.h"
#include "ui/wherry-settings.h"

G_DEFINE_FINAL_TYPE (WherryPlacePage, wherry_place_page, ADW_TYPE_BIN)

enum { SIGNAL_CONNECT_TO, SIGNAL_CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];

/* The other page is hidden too: assistive technology would read it out all the same. */
static void
show (WherryPlacePage *self, gpointer page)
{
  GtkWidget *form = GTK_WIDGET (self->connect_page);
  gboolean had_focus = gtk_widget_get_focus_child (GTK_WIDGET (self->stack)) != NULL;

  gtk_widget_set_visible (page, TRUE);
  gtk_stack_set_visible_child (self->stack, page);
  gtk_widget_set_visible (page == self->browser ? form : self->browser, FALSE);
  if (had_focus)
    self->focus_pending = !gtk_widget_grab_focus (GTK_WIDGET (self));
}

static void
set_lost (WherryPlacePage *self, const char *message)
{
  if (message != NULL)
    gtk_label_set_text (self->lost_label, message);
  gtk_widget_set_visible (self->lost_bar, message != NULL);
}

static char *
dup_host (WherryPlacePage *self)
{
  return wherry_text_display_name (wherry_place_page_get_login (self)->host);
}

/* The commands that forget the keys on record, for a server that was set up anew. */
static char *
dup_remedy (WherryPlacePage *self, const GError *error)
{
  const WherryLogin *login = wherry_place_page_get_login (self);
  g_autoptr (GString) commands = g_string_new (NULL);
  g_autofree char *name = NULL;
  g_autofree char *quoted = NULL;

  if (!g_error_matches (error, WHERRY_ERROR, WHERRY_ERROR_HOST_KEY_CHANGED))
    return NULL;

  name = wherry_known_hosts_format_name (wherry_login_get_host_key_name (login),
                                         wherry_login_get_host_key_port (login));
  quoted = wherry_text_quote_shell (name);
  for (char **file = self->known_hosts; *file != NULL; file++)
    {
      g_autofree char *quoted_file = wherry_text_quote_shell (*file);

      if (g_file_test (*file, G_FILE_TEST_EXISTS))
        g_string_append_printf (commands, "%sssh-keygen -f %s -R %s", commands->len > 0 ? "\n" : "",
                                quoted_file, quoted);
    }

  return commands->len > 0 ? g_utf8_make_valid (commands->str, (gssize) commands->len) : NULL;
}

static void
on_connected (WherryPlacePage *self)
{
  set_lost (self, NULL);
  wherry_place_page_begin_browsing (self);
  if (!wherry_place_page_is_form (self))
    return;

  wherry_connect_page_show_form (self->connect_page);
  show (self, self->browser);
  if (self->settings != NULL && self->name == NULL)
    g_settings_set_string (self->settings, WHERRY_SETTINGS_LAST_LOCATION,
                           wherry_connect_page_get_text (self->connect_page));
}

static void
on_idle (WherryPlacePage *self)
{
  const GError *error = wherry_place_connection_get_error (self->connection);

  set_lost (self, NULL);
  wherry_place_page_stop_browsing (self);
  if (error == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    wherry_connect_page_show_form (self->connect_page);
  else
    {
      g_autofree char *host = dup_host (self);
      g_autofree char *remedy = dup_remedy (self, error);

      wherry_connect_page_show_error (self->connect_page, host, error, remedy);
    }
  show (self, self->connect_page);
}

static void
on_lost (WherryPlacePage *self, const char *host)
{
  const GError *error = wherry_place_connection_get_error (self->connection);
  guint delay = wherry_place_connection_get_delay (self->connection);
  g_autofree char *message = error != NULL
                                 ? g_strdup (error->message)
                                 : g_strdup_printf (_ ("The connection to “%s” was lost."), host);
  g_autofree char *next
      = delay > 0 ? g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "Next try in about %u second.",
                                                  "Next try in about %u seconds.", delay),
                                     delay)
                  : NULL;
  g_autofree char *text = g_strjoin (" ", message, next, NULL);

  set_lost (self, text);
}

static void
on_connection_changed (WherryPlacePage *self)
{
  const WherryLogin *login = wherry_place_page_get_login (self);
  g_autofree char *host = login != NULL ? wherry_text_display_name (login->host) : NULL;

  switch (wherry_place_connection_get_state (self->connection))
    {
    case WHERRY_PLACE_CONNECTED:
      on_connected (self);
      break;
    case WHERRY_PLACE_CONNECTING:
      if (wherry_place_page_is_form (self))
        wherry_connect_page_show_busy (self->connect_page, host);
      else
        set_lost (self, _ ("Connecting again…"));
      break;
    case WHERRY_PLACE_LOST:
      on_lost (self, host);
      break;
    case WHERRY_PLACE_IDLE:
    default:
      on_idle (self);
      break;
    }
  wherry_place_page_update_actions (self);
  wherry_place_page_emit_changed (self);
}

static void
on_connect_to (WherryPlacePage *self, const WherryLocation *location)
{
  g_signal_emit (self, signals[SIGNAL_CONNECT_TO], 0, location);
}

static void
on_connect_cancelled (WherryPlacePage *self)
{
  wherry_place_connection_close (self->connection);
}

static gboolean
wherry_place_page_grab_focus (GtkWidget *widget)
{
  WherryPlacePage *self = WHERRY_PLACE_PAGE (widget);

  if (wherry_place_page_is_form (self))
    return gtk_widget_grab_focus (GTK_WIDGET (self->connect_page));

  /* What there is to see, or else to press. */
  return gtk_widget_grab_focus (gtk_stack_get_visible_child (self->content))
         || gtk_widget_child_focus (GTK_WIDGET (self->content), GTK_DIR_TAB_FORWARD);
}

static void
wherry_place_page_dispose (GObject *object)
{
  WherryPlacePage *self = WHERRY_PLACE_PAGE (object);

  if (self->chooser != NULL)
    gtk_native_dialog_destroy (self->chooser);
  g_clear_object (&self->chooser);
  wherry_place_page_stop_browsing (self);
  if (self->connection != NULL)
    g_object_run_dispose (G_OBJECT (self->connection));
  g_clear_object (&self->connection);
  g_clear_pointer (&self->menu, gtk_widget_unparent);
  g_clear_object (&self->toolbar);
  g_clear_object (&self->options);
  g_clear_object (&self->settings);
  g_clear_object (&self->queue);
  g_clear_object (&self->sites);
  g_clear_object (&self->site);
  g_clear_pointer (&self->known_hosts, g_strfreev);
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->wanted_folder, g_free);

  G_OBJECT_CLASS (wherry_place_page_parent_class)->dispose (object);
}

/* What those who are told of the end may still ask for. */
static void
wherry_place_page_finalize (GObject *object)
{
  WherryPlacePage *self = WHERRY_PLACE_PAGE (object);

  g_object_unref (self->actions);
  g_free (self->home);
  g_free (self->folder);
  g_free (self->reveal);
  g_clear_error (&self->list_error);
  g_clear_pointer (&self->reselect, g_hash_table_unref);
  g_ptr_array_unref (self->removals);
  g_ptr_array_unref (self->back);
  g_ptr_array_unref (self->forward);

  G_OBJECT_CLASS (wherry_place_page_parent_class)->finalize (object);
}

static void
on_open (WherryPlacePage *self, WherryRemoteEntry *entry)
{
  g_autofree char *path = NULL;

  /* What was clicked on is going already. */
  if (self->listing_other)
    return;
  path = wherry_place_page_dup_path (self, wherry_remote_entry_get_name (entry));
  if (wherry_remote_entry_is_folder (entry))
    wherry_place_page_go_to (self, path, NULL);
  else
    g_action_group_activate_action (G_ACTION_GROUP (self->actions), "view", NULL);
}

static void
set_root (WherryPlacePage *self, const WherryLogin *login, const char *name)
{
  g_autofree char *host = wherry_text_display_name (login->host);

  wherry_path_bar_set_root (wherry_place_page_get_path_bar (self), name != NULL ? name : host);
}

static void
wherry_place_page_class_init (WherryPlacePageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wherry_place_page_dispose;
  G_OBJECT_CLASS (klass)->finalize = wherry_place_page_finalize;
  widget_class->grab_focus = wherry_place_page_grab_focus;

  g_type_ensure (WHERRY_TYPE_CONNECT_PAGE);
  g_type_ensure (WHERRY_TYPE_DENIED_BOX);
  g_type_ensure (WHERRY_TYPE_FILE_VIEW);
  g_type_ensure (WHERRY_TYPE_LOCAL_PANE);
  g_type_ensure (WHERRY_TYPE_SEARCH_PAGE);

  signals[SIGNAL_CONNECT_TO]
      = g_signal_new ("connect-to", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/app/wherry/Wherry/ui/wherry-place-page.ui");
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, stack);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, connect_page);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, browser);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, lost_bar);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, lost_label);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, filter_bar);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, filter_entry);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, panes);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, local_pane);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, content);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, view);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, loading_box);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, loading_spinner);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, loading_label);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, search_page);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, empty_page);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, show_hidden_button);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, clear_filter_button);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, search_button);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, problem_page);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, denied_box);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, up_button);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, retry_button);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, status_label);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, files_menu);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, folder_menu);
  gtk_widget_class_bind_template_callback (widget_class, on_connect_to);
  gtk_widget_class_bind_template_callback (widget_class, on_connect_cancelled);
  gtk_widget_class_bind_template_callback (widget_class, on_open);
  gtk_widget_class_bind_template_callback (widget_class, wherry_place_page_update_content);
}

static void
edit_location_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  wherry_place_page_edit_location (user_data);
}

static void
select_all_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  wherry_file_view_select_all (WHERRY_PLACE_PAGE (user_data)->view, TRUE);
}

static void
wherry_place_page_init (WherryPlacePage *self)
{
  static const GActionEntry entries[] = {
    { "edit-location", edit_location_activated },
    { "select-all", select_all_activated },
  };

  gtk_widget_init_template (GTK_WIDGET (self));

  self->toolbar = WHERRY_PLACE_TOOLBAR (g_object_ref_sink (wherry_place_toolbar_new ()));
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries),
                                   self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "place", G_ACTION_GROUP (self->actions));
  gtk_widget_insert_action_group (GTK_WIDGET (self->toolbar), "place",
                                  G_ACTION_GROUP (self->actions));
  wherry_file_view_set_label (self->view, _ ("Files on the server"));
  wherry_place_page_init_browsing (self);
  wherry_place_page_init_bookmarks (self);
  wherry_place_page_init_search (self);
  wherry_place_page_init_actions (self);
  wherry_place_page_init_deleting (self);
  wherry_place_page_init_dnd (self);
  wherry_place_page_init_local (self);
}

/**
 * wherry_place_page_new:
 * @pool: makes the connection
 * @queue: takes the transfers
 * @options: how folders are shown
 * @settings: (nullable): where the last folders are kept
 * @sites: where the bookmarks are kept
 * @known_hosts: the files with the keys of known servers
 *
 * Returns: (transfer floating): a page that asks for a server
 */
GtkWidget *
wherry_place_page_new (WherrySessionPool *pool,
                       WherryQueue *queue,
                       WherryViewOptions *options,
                       GSettings *settings,
                       WherrySiteStore *sites,
                       const char *const *known_hosts)
{
  g_return_val_if_fail (WHERRY_IS_SESSION_POOL (pool), NULL);
  g_return_val_if_fail (WHERRY_IS_QUEUE (queue), NULL);
  g_return_val_if_fail (WHERRY_IS_SITE_STORE (sites), NULL);
  g_return_val_if_fail (known_hosts != NULL, NULL);

  WherryPlacePage *self = g_object_new (WHERRY_TYPE_PLACE_PAGE, NULL);

  self->connection = wherry_place_connection_new (pool);
  self->queue = g_object_ref (queue);
  self->options = g_object_ref (options);
  g_set_object (&self->settings, settings);
  wherry_place_page_set_sites (self, sites);
  wherry_file_view_set_options (self->view, options);
  wherry_view_options_add_actions (options, G_ACTION_MAP (self->actions));
  wherry_place_page_set_local_options (self);
  self->known_hosts = g_strdupv ((char **) known_hosts);
  g_signal_connect_object (self->connection, "changed", G_CALLBACK (on_connection_changed), self,
                           G_CONNECT_SWAPPED);
  wherry_place_page_update_actions (self);
  return GTK_WIDGET (self);
}

/**
 * wherry_place_page_set_location:
 * @self: the page
 * @text: a location, from anywhere; it is filled in, and nothing else happens
 *   (rule R9)
 */
void
wherry_place_page_set_location (WherryPlacePage *self, const char *text)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));

  wherry_connect_page_set_text (self->connect_page, text);
}

/**
 * wherry_place_page_submit:
 * @self: the page, asking for a server
 *
 * Connects to the location that stands in the form. Only for what a person asked
 * for explicitly.
 */
void
wherry_place_page_submit (WherryPlacePage *self)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));

  wherry_connect_page_submit (self->connect_page);
}

/**
 * wherry_place_page_open:
 * @self: the page, asking for a server
 * @login: the server
 * @folder: (type filename): the folder there, "" being the home folder
 * @site: (nullable): what the person knows the server as; %NULL: by its host name
 *
 * Connects, and shows the folder then.
 */
void
wherry_place_page_open (WherryPlacePage *self,
                        const WherryLogin *login,
                        const char *folder,
                        WherrySite *site)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));
  g_return_if_fail (login != NULL);
  g_return_if_fail (folder != NULL);

  g_free (self->wanted_folder);
  self->wanted_folder = g_strdup (folder);
  wherry_place_page_reset_browsing (self);
  g_free (self->name);
  self->name = site != NULL ? wherry_site_dup_title (site) : NULL;
  set_root (self, login, self->name);
  wherry_place_connection_open (self->connection, login);
  wherry_place_page_set_site (self, site);
}

/**
 * wherry_place_page_reconnect:
 * @self: the page, with a place whose connection was lost
 *
 * Connects again.
 */
void
wherry_place_page_reconnect (WherryPlacePage *self)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));

  wherry_place_connection_reopen (self->connection);
}

/**
 * wherry_place_page_disconnect:
 * @self: the page
 *
 * Gives the place up and asks for a server again. The session is let go of, not
 * closed, as others may use it too.
 */
void
wherry_place_page_disconnect (WherryPlacePage *self)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));

  wherry_place_connection_close (self->connection);
}

/**
 * wherry_place_page_is_form:
 * @self: the page
 *
 * Returns: whether it asks for a server, or is connecting to one for the first
 *   time; otherwise it is connected, or was and may be again
 */
gboolean
wherry_place_page_is_form (WherryPlacePage *self)
{
  g_return_val_if_fail (WHERRY_IS_PLACE_PAGE (self), TRUE);

  return gtk_stack_get_visible_child (self->stack) != self->browser;
}

/**
 * wherry_place_page_get_state:
 * @self: the page
 *
 * Returns: how its connection stands
 */
WherryPlaceState
wherry_place_page_get_state (WherryPlacePage *self)
{
  g_return_val_if_fail (WHERRY_IS_PLACE_PAGE (self), WHERRY_PLACE_IDLE);

  return wherry_place_connection_get_state (self->connection);
}

/**
 * wherry_place_page_get_login:
 * @self: the page
 *
 * Returns: (transfer none) (nullable): the server; %NULL before there was one
 */
const WherryLogin *
wherry_place_page_get_login (WherryPlacePage *self)
{
  g_return_val_if_fail (WHERRY_IS_PLACE_PAGE (self), NULL);

  return wherry_place_connection_get_login (self->connection);
}

/**
 * wherry_place_page_get_session:
 * @self: the page
 *
 * Returns: (transfer none) (nullable): its session, while connected
 */
WherrySession *
wherry_place_page_get_session (WherryPlacePage *self)
{
  g_return_val_if_fail (WHERRY_IS_PLACE_PAGE (self), NULL);

  return wherry_place_connection_get_session (self->connection);
}

/**
 * wherry_place_page_dup_title:
 * @self: the page
 *
 * Returns: (transfer full): what to call it in a tab
 */
char *
wherry_place_page_dup_title (WherryPlacePage *self)
{
  g_return_val_if_fail (WHERRY_IS_PLACE_PAGE (self), NULL);

  if (wherry_place_page_is_form (self)
      && wherry_place_page_get_state (self) != WHERRY_PLACE_CONNECTING)
    return g_strdup (_ ("New Place"));
  return self->name != NULL ? g_strdup (self->name) : dup_host (self);
}

/**
 * wherry_place_page_dup_subtitle:
 * @self: the page
 *
 * Returns: (transfer full) (nullable): account, server and folder; %NULL if there
 *   is none
 */
char *
wherry_place_page_dup_subtitle (WherryPlacePage *self)
{
  g_return_val_if_fail (WHERRY_IS_PLACE_PAGE (self), NULL);

  g_autofree char *host = NULL;
  g_autofree char *folder = NULL;

  if (wherry_place_page_is_form (self))
    return NULL;

  host = dup_host (self);
  folder = wherry_text_display_name (wherry_place_page_get_folder (self));
  return g_strdup_printf ("%s@%s:%s", wherry_place_page_get_login (self)->user, host,
                          *folder != '\0' ? folder : "~");
}

/**
 * wherry_place_page_get_folder:
 * @self: the page
 *
 * Returns: (transfer none) (type filename): the folder on the server that is
 *   shown, from the root; before that is known, the one that was asked for, ""
 *   being where the login begins
 */
const char *
wherry_place_page_get_folder (WherryPlacePage *self)
{
  g_return_val_if_fail (WHERRY_IS_PLACE_PAGE (self), NULL);

  return *self->folder != '\0' || self->wanted_folder == NULL ? self->folder : self->wanted_folder;
}

/**
 * wherry_place_page_get_toolbar:
 * @self: the page
 *
 * Returns: (transfer none): what is to be shown above the page
 */
GtkWidget *
wherry_place_page_get_toolbar (WherryPlacePage *self)
{
  g_return_val_if_fail (WHERRY_IS_PLACE_PAGE (self), NULL);

  return GTK_WIDGET (self->toolbar);
}

/**
 * wherry_place_page_get_actions:
 * @self: the page
 *
 * Returns: (transfer none): its actions, which are called "place." and their name
 */
GActionGroup *
wherry_place_page_get_actions (WherryPlacePage *self)
{
  g_return_val_if_fail (WHERRY_IS_PLACE_PAGE (self), NULL);

  return G_ACTION_GROUP (self->actions);
}

/**
 * wherry_place_page_edit_location:
 * @self: the page
 *
 * Puts the focus to where it is typed where to go.
 */
void
wherry_place_page_edit_location (WherryPlacePage *self)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));

  if (wherry_place_page_is_form (self))
    {
      gtk_widget_grab_focus (GTK_WIDGET (self->connect_page));
      return;
    }
  wherry_path_bar_edit (wherry_place_page_get_path_bar (self));
}

/**
 * wherry_place_page_update_actions:
 * @self: the page
 *
 * Enables what can be done now.
 */
void
wherry_place_page_update_actions (WherryPlacePage *self)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));

  gboolean at_place = !wherry_place_page_is_form (self);

  wherry_place_page_set_enabled (self, "back", self->remote != NULL && self->back->len > 0);
  wherry_place_page_set_enabled (self, "forward", self->remote != NULL && self->forward->len > 0);
  wherry_place_page_set_enabled (self, "up",
                                 self->remote != NULL && *self->folder == '/'
                                     && self->folder[1] != '\0');
  wherry_place_page_set_enabled (self, "home", self->remote != NULL);
  wherry_place_page_set_enabled (self, "refresh", at_place);
  wherry_place_page_set_enabled (self, "select-all", at_place);
  wherry_place_page_update_file_actions (self);
  wherry_place_page_update_bookmark (self);
  wherry_place_page_update_search (self);
}

/**
 * wherry_place_page_emit_changed:
 * @self: the page
 *
 * Tells that the title or the state is another.
 */
void
wherry_place_page_emit_changed (WherryPlacePage *self)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));

  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}
