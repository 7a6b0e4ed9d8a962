#include "config.h"

#include "ui/wherry-window-private.h"

#include <glib/gi18n-lib.h>

#include "sites/wherry-known-hosts.h"
#include "sites/wherry-location.h"
#include "ui/wherry-alias.h"
#include "ui/wherry-application.h"
#include "ui/wherry-dialog-conflict-prompter.h"
#include "ui/wherry-file-drop.h"
#include "ui/wherry-settings.h"
#include "ui/wherry-shortcuts.h"
#include "ui/wherry-toast.h"

/* Below this width the sidebar folds away, and the toolbar stands below the header, in pixels. */
#define NARROW_WIDTH 700

G_DEFINE_FINAL_TYPE (WherryWindow, wherry_window, ADW_TYPE_APPLICATION_WINDOW)

/**
 * wherry_window_get_page:
 * @self: the window
 *
 * Returns: (transfer none) (nullable): the place in front; %NULL only while the
 *   window comes and goes
 */
WherryPlacePage *
wherry_window_get_page (WherryWindow *self)
{
  AdwTabPage *tab = adw_tab_view_get_selected_page (self->tab_view);

  return tab != NULL ? WHERRY_PLACE_PAGE (adw_tab_page_get_child (tab)) : NULL;
}

static void
update_actions (WherryWindow *self)
{
  static const char *const when_connected[]
      = { "win.upload-files", "win.upload-folder", "win.upload-with-options", "win.paste",
          "win.download" };
  WherryPlacePage *page = wherry_window_get_page (self);
  guint n_unfinished = wherry_queue_get_n_unfinished (self->queue);
  gboolean at_place;
  WherryPlaceState state;

  if (page == NULL)
    return;
  at_place = !wherry_place_page_is_form (page);
  state = wherry_place_page_get_state (page);

  for (gsize i = 0; i < G_N_ELEMENTS (when_connected); i++)
    gtk_widget_action_set_enabled (GTK_WIDGET (self), when_connected[i],
                                   state == WHERRY_PLACE_CONNECTED);

  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.disconnect", at_place);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.reconnect", state == WHERRY_PLACE_LOST);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.cancel-all", n_unfinished > 0);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.clear-finished",
                                 wherry_queue_get_n_over (self->queue) > 0);

  gtk_widget_set_visible (self->filter_button, at_place && !self->narrow);
  gtk_widget_set_visible (self->add_button, at_place);
  wherry_sidebar_show_entry (self->sidebar, at_place);
}

/* The toolbar of the place in front, in the header if that is wide enough, else below it. */
static void
update_toolbar (WherryWindow *self)
{
  WherryPlacePage *page = wherry_window_get_page (self);
  gboolean at_place;

  if (page == NULL)
    return;
  at_place = !wherry_place_page_is_form (page);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "place", wherry_place_page_get_actions (page));
  if (at_place)
    gtk_stack_set_visible_child (self->narrow ? self->toolbar_stack : self->header_stack,
                                 wherry_place_page_get_toolbar (page));
  if (!at_place || self->narrow)
    gtk_stack_set_visible_child (self->header_stack, GTK_WIDGET (self->window_title));
  gtk_widget_set_visible (GTK_WIDGET (self->toolbar_stack), at_place && self->narrow);
}

static void
on_selected_page (WherryWindow *self)
{
  update_toolbar (self);
  wherry_window_update_title (self);
  update_actions (self);
}

static void
update_tab (WherryWindow *self, WherryPlacePage *page)
{
  AdwTabPage *tab = adw_tab_view_get_page (self->tab_view, GTK_WIDGET (page));
  WherryPlaceState state = wherry_place_page_get_state (page);
  g_autofree char *title = wherry_place_page_dup_title (page);
  g_autofree char *subtitle = wherry_place_page_dup_subtitle (page);
  g_autofree char *tooltip = g_markup_escape_text (subtitle != NULL ? subtitle : title, -1);
  g_autoptr (GIcon) icon = NULL;

  if (state == WHERRY_PLACE_LOST)
    icon = g_themed_icon_new ("network-offline-symbolic");
  adw_tab_page_set_title (tab, title);
  adw_tab_page_set_tooltip (tab, tooltip);
  adw_tab_page_set_loading (tab, state == WHERRY_PLACE_CONNECTING);
  adw_tab_page_set_icon (tab, icon);
}

/* Which servers are connected to is seen in the list of sites, and remembered. */
static void
update_connected (WherryWindow *self)
{
  g_autoptr (GPtrArray) logins = g_ptr_array_new ();

  for (int i = 0; i < adw_tab_view_get_n_pages (self->tab_view); i++)
    {
      AdwTabPage *tab = adw_tab_view_get_nth_page (self->tab_view, i);
      WherryPlacePage *page = WHERRY_PLACE_PAGE (adw_tab_page_get_child (tab));

      if (wherry_place_page_get_state (page) == WHERRY_PLACE_CONNECTED)
        g_ptr_array_add (logins, (gpointer) wherry_place_page_get_login (page));
    }
  wherry_sidebar_set_connected (self->sidebar, logins);
}

static WherrySiteStore *
get_sites (WherryWindow *self)
{
  return wherry_application_get_sites (
      WHERRY_APPLICATION (gtk_window_get_application (GTK_WINDOW (self))));
}

/* Remembers the server of a place that is connected now and was not before. */
static void
remember (WherryWindow *self, WherryPlacePage *page)
{
  static const char key[] = "wherry-remembered";
  gboolean connected = wherry_place_page_get_state (page) == WHERRY_PLACE_CONNECTED;
  gboolean before = g_object_get_data (G_OBJECT (page), key) != NULL;

  if (connected == before)
    return;
  g_object_set_data (G_OBJECT (page), key, GINT_TO_POINTER (connected));
  if (connected
      && wherry_site_store_find_login (get_sites (self), wherry_place_page_get_login (page))
             == NULL)
    wherry_recents_add (self->recents, wherry_place_page_get_login (page),
                        wherry_place_page_get_folder (page));
}

static void
on_page_changed (WherryWindow *self, WherryPlacePage *page)
{
  update_tab (self, page);
  update_connected (self);
  remember (self, page);
  if (page == wherry_window_get_page (self))
    on_selected_page (self);
}

/* A place that waits to be told where a location leads; owned. */
typedef struct {
  WherryWindow *window;
  WherryPlacePage *page;
  char *folder;
} Wish;

static void
wish_free (Wish *wish)
{
  g_object_unref (wish->window);
  g_object_unref (wish->page);
  g_free (wish->folder);
  g_free (wish);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Wish, wish_free)

static void
on_resolved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Wish) wish = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (WherryLogin) login = wherry_alias_resolve_finish (result, &error);

  /* The tab may be closed meanwhile. */
  if (gtk_widget_get_root (GTK_WIDGET (wish->page)) == NULL)
    return;
  if (login != NULL)
    wherry_place_page_open (wish->page, login, wish->folder, NULL);
  else
    {
      wherry_window_add_toast (wish->window, wherry_toast_new (error->message));
    }
}

static void
on_connect_to (WherryWindow *self, const WherryLocation *location, WherryPlacePage *page)
{
  const char *const files[] = { self->identity, NULL };
  const char *user = location->user != NULL ? location->user : g_get_user_name ();
  g_autoptr (WherryLogin) login = NULL;
  Wish *wish;

  if (self->identity == NULL)
    {
      wish = g_new0 (Wish, 1);
      wish->window = g_object_ref (self);
      wish->page = g_object_ref (page);
      wish->folder = g_strdup (location->path);
      wherry_alias_resolve_async (location, on_resolved, wish);
      return;
    }

  /* Who names the key on the command line says how to log in: nothing else is followed. */
  login = wherry_login_new (user, location->host, location->port != 0 ? location->port : 22);
  login->identity_files = g_strdupv ((char **) files);
  login->identities_only = TRUE;
  wherry_place_page_open (page, login, location->path, NULL);
}

static void
take_toolbar (WherryWindow *self, WherryPlacePage *page)
{
  GtkWidget *toolbar = wherry_place_page_get_toolbar (page);
  GtkWidget *stack = gtk_widget_get_parent (toolbar);

  if (stack != NULL)
    gtk_stack_remove (GTK_STACK (stack), toolbar);
}

static void
give_toolbar (WherryWindow *self, WherryPlacePage *page)
{
  take_toolbar (self, page);
  gtk_stack_add_child (self->narrow ? self->toolbar_stack : self->header_stack,
                       wherry_place_page_get_toolbar (page));
  wherry_place_page_set_narrow (page, self->narrow);
}

static void
on_page_attached (WherryWindow *self, AdwTabPage *tab)
{
  WherryPlacePage *page = WHERRY_PLACE_PAGE (adw_tab_page_get_child (tab));

  g_signal_connect_object (page, "connect-to", G_CALLBACK (on_connect_to), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (page, "changed", G_CALLBACK (on_page_changed), self, G_CONNECT_SWAPPED);
  give_toolbar (self, page);
}

static void
on_page_detached (WherryWindow *self, AdwTabPage *tab)
{
  WherryPlacePage *page = WHERRY_PLACE_PAGE (adw_tab_page_get_child (tab));

  g_signal_handlers_disconnect_by_data (page, self);
  take_toolbar (self, page);
}

/* Nothing can be moved about while it is being given its place. */
static gboolean
on_narrow_idle (gpointer user_data)
{
  WherryWindow *self = user_data;

  self->narrow_id = 0;
  for (int i = 0; i < adw_tab_view_get_n_pages (self->tab_view); i++)
    give_toolbar (self, WHERRY_PLACE_PAGE (adw_tab_page_get_child (
                            adw_tab_view_get_nth_page (self->tab_view, i))));
  adw_flap_set_fold_policy (self->flap,
                            self->narrow ? ADW_FLAP_FOLD_POLICY_ALWAYS : ADW_FLAP_FOLD_POLICY_AUTO);
  update_toolbar (self);
  update_actions (self);
  return G_SOURCE_REMOVE;
}

static void
wherry_window_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  WherryWindow *self = WHERRY_WINDOW (widget);
  gboolean narrow = width < NARROW_WIDTH;

  GTK_WIDGET_CLASS (wherry_window_parent_class)->size_allocate (widget, width, height, baseline);

  if (narrow == self->narrow)
    return;
  self->narrow = narrow;
  if (self->narrow_id == 0)
    self->narrow_id = g_idle_add (on_narrow_idle, self);
}

/**
 * wherry_window_add_page:
 * @self: the window
 *
 * Returns: (transfer none): a new place that asks for a server, in front
 */
WherryPlacePage *
wherry_window_add_page (WherryWindow *self)
{
  GtkWidget *page
      = wherry_place_page_new (self->pool, self->queue, self->options, self->settings,
                               get_sites (self), (const char *const *) self->known_hosts);
  AdwTabPage *tab;

  tab = adw_tab_view_append (self->tab_view, page);
  update_tab (self, WHERRY_PLACE_PAGE (page));
  adw_tab_view_set_selected_page (self->tab_view, tab);
  gtk_widget_grab_focus (page);
  return WHERRY_PLACE_PAGE (page);
}

/* The place in front if it asks for a server still, else a new one. */
static WherryPlacePage *
get_free_page (WherryWindow *self)
{
  WherryPlacePage *page = wherry_window_get_page (self);

  return wherry_window_is_idle (self) ? page : wherry_window_add_page (self);
}

/* What a narrow window hides by itself is no wish of anybody's. */
static void
on_reveal_flap (WherryWindow *self)
{
  if (self->settings != NULL && !adw_flap_get_folded (self->flap))
    g_settings_set_boolean (self->settings, WHERRY_SETTINGS_SIDEBAR,
                            adw_flap_get_reveal_flap (self->flap));
}

/* What is folded away is hidden: assistive technology would read it out all the same. */
static void
on_reveal_progress (WherryWindow *self)
{
  gtk_widget_set_visible (adw_bin_get_child (ADW_BIN (self->sidebar)),
                          adw_flap_get_reveal_progress (self->flap) > 0);
}

static void
on_sidebar_open (WherryWindow *self, const char *text)
{
  WherryPlacePage *page = get_free_page (self);

  wherry_sidebar_clear_entry (self->sidebar);
  if (adw_flap_get_folded (self->flap))
    adw_flap_set_reveal_flap (self->flap, FALSE);
  wherry_place_page_set_location (page, text);
  wherry_place_page_submit (page);
}

/* Transfers go on without the tab; the last one goes with its window. */
static gboolean
on_close_page (WherryWindow *self, AdwTabPage *tab)
{
  gboolean last = adw_tab_view_get_n_pages (self->tab_view) == 1;

  wherry_place_page_flush_removals (WHERRY_PLACE_PAGE (adw_tab_page_get_child (tab)));
  if (last)
    gtk_window_close (GTK_WINDOW (self));
  else
    wherry_window_close_session (self, WHERRY_PLACE_PAGE (adw_tab_page_get_child (tab)));
  adw_tab_view_close_page_finish (self->tab_view, tab, !last);
  return GDK_EVENT_STOP;
}

static void
on_restored (WherryWindow *self)
{
  guint n = wherry_workspace_get_n_restored (self->workspace);
  g_autofree char *text
      = g_strdup_printf (ngettext ("%u transfer was not finished the last time.",
                                   "%u transfers were not finished the last time.", n),
                         n);

  if (n > 0)
    gtk_label_set_text (self->restored_label, text);
  gtk_widget_set_visible (self->restored_bar, n > 0);
}

static void
on_restored_response (WherryWindow *self, int response)
{
  if (response == GTK_RESPONSE_ACCEPT)
    wherry_workspace_resume_restored (self->workspace);
  else
    wherry_workspace_dismiss_restored (self->workspace);
}

static gboolean
wherry_window_close_request (GtkWindow *window)
{
  if (wherry_window_holds_back_close (WHERRY_WINDOW (window)))
    return TRUE;
  return GTK_WINDOW_CLASS (wherry_window_parent_class)->close_request (window);
}

static void
wherry_window_dispose (GObject *object)
{
  WherryWindow *self = WHERRY_WINDOW (object);

  g_clear_handle_id (&self->narrow_id, g_source_remove);
  g_clear_handle_id (&self->title_id, g_source_remove);
  g_clear_handle_id (&self->farewell_id, g_source_remove);
  if (self->queue != NULL)
    g_signal_handlers_disconnect_by_data (self->queue, self);
  if (self->queue_window != NULL)
    gtk_window_destroy (self->queue_window);
  g_clear_weak_pointer (&self->queue_window);
  self->queue = NULL;
  self->pool = NULL;
  g_clear_object (&self->workspace);
  g_clear_object (&self->options);
  g_clear_object (&self->settings);
  g_clear_pointer (&self->identity, g_free);
  g_clear_pointer (&self->known_hosts, g_strfreev);
  g_clear_object (&self->host_keys);
  g_clear_object (&self->trust);
  g_clear_object (&self->recents);
  g_clear_object (&self->completion);

  G_OBJECT_CLASS (wherry_window_parent_class)->dispose (object);
}

static void
wherry_window_class_init (WherryWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wherry_window_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = wherry_window_close_request;
  widget_class->size_allocate = wherry_window_size_allocate;

  g_type_ensure (WHERRY_TYPE_EDIT_BAR);
  g_type_ensure (WHERRY_TYPE_SIDEBAR);
  g_type_ensure (WHERRY_TYPE_TRANSFER_BAR);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/app/wherry/Wherry/ui/wherry-window.ui");
  gtk_widget_class_bind_template_child (widget_class, WherryWindow, toast_overlay);
  gtk_widget_class_bind_template_child (widget_class, WherryWindow, flap);
  gtk_widget_class_bind_template_child (widget_class, WherryWindow, sidebar);
  gtk_widget_class_bind_template_child (widget_class, WherryWindow, header_stack);
  gtk_widget_class_bind_template_child (widget_class, WherryWindow, window_title);
  gtk_widget_class_bind_template_child (widget_class, WherryWindow, toolbar_stack);
  gtk_widget_class_bind_template_child (widget_class, WherryWindow, filter_button);
  gtk_widget_class_bind_template_child (widget_class, WherryWindow, add_button);
  gtk_widget_class_bind_template_child (widget_class, WherryWindow, tab_view);
  gtk_widget_class_bind_template_child (widget_class, WherryWindow, tab_bar);
  gtk_widget_class_bind_template_child (widget_class, WherryWindow, edit_bar);
  gtk_widget_class_bind_template_child (widget_class, WherryWindow, transfer_bar);
  gtk_widget_class_bind_template_callback (widget_class, on_page_attached);
  gtk_widget_class_bind_template_callback (widget_class, on_page_detached);
  gtk_widget_class_bind_template_child (widget_class, WherryWindow, restored_bar);
  gtk_widget_class_bind_template_child (widget_class, WherryWindow, restored_label);
  gtk_widget_class_bind_template_callback (widget_class, on_restored_response);
  gtk_widget_class_bind_template_callback (widget_class, on_selected_page);
  gtk_widget_class_bind_template_callback (widget_class, on_close_page);
  gtk_widget_class_bind_template_callback (widget_class, on_sidebar_open);
  gtk_widget_class_bind_template_callback (widget_class, on_reveal_flap);
  gtk_widget_class_bind_template_callback (widget_class, on_reveal_progress);

  wherry_window_install_actions (widget_class);
  wherry_shortcuts_install (widget_class, WHERRY_SHORTCUT_AFTER_WIDGETS);
}

static void
bind_settings (WherryWindow *self)
{
  self->settings = wherry_settings_new ();
  self->options = wherry_view_options_new (self->settings);
  if (self->settings == NULL)
    return;

  g_settings_bind (self->settings, WHERRY_SETTINGS_WINDOW_WIDTH, self, "default-width",
                   G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (self->settings, WHERRY_SETTINGS_WINDOW_HEIGHT, self, "default-height",
                   G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (self->settings, WHERRY_SETTINGS_WINDOW_MAXIMIZED, self, "maximized",
                   G_SETTINGS_BIND_DEFAULT);
  adw_flap_set_reveal_flap (self->flap,
                            g_settings_get_boolean (self->settings, WHERRY_SETTINGS_SIDEBAR));
  g_settings_bind (self->settings, WHERRY_SETTINGS_TRANSFERS_OPEN, self->transfer_bar, "open",
                   G_SETTINGS_BIND_DEFAULT);
}

static void
wherry_window_init (WherryWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  wherry_file_drop_watch (GTK_WIDGET (self));
  wherry_place_page_take_from_tabs (self->tab_bar);

  if (g_str_has_suffix (WHERRY_APP_ID, ".Devel"))
    gtk_widget_add_css_class (GTK_WIDGET (self), "devel");

  bind_settings (self);
}

static void
set_host_keys (WherryWindow *self, const char *only_file)
{
  const char *const files[] = { only_file, NULL };

  self->known_hosts = g_strdupv ((char **) files);
  if (only_file != NULL)
    self->host_keys = WHERRY_HOST_KEY_STORE (wherry_known_hosts_new (files));
  else
    self->host_keys
        = g_object_ref (WHERRY_HOST_KEY_STORE (wherry_trust_get_host_keys (self->trust)));
}

static void
on_problem (WherryWindow *self, const char *message)
{
  AdwToast *toast = wherry_toast_new (message);

  /* It stays until it was read. */
  adw_toast_set_timeout (toast, 0);
  wherry_window_add_toast (self, toast);
}

/* Keys of one's own make a world of one's own; otherwise all windows share theirs. */
static WherryWorkspace *
ref_workspace (WherryWindow *self, WherryApplication *application, gboolean apart)
{
  WherryWorkspace *workspace = wherry_application_get_workspace (application);
  WherrySiteStore *sites = wherry_application_get_sites (application);

  if (apart)
    return wherry_workspace_new (GTK_APPLICATION (application),
                                 wherry_window_new_pool (self, GTK_WINDOW (self)), sites, FALSE);
  if (workspace == NULL)
    {
      workspace = wherry_workspace_new (GTK_APPLICATION (application),
                                        wherry_window_new_pool (self, NULL), sites, TRUE);
      wherry_application_take_workspace (application, workspace);
    }
  return g_object_ref (workspace);
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
  WherrySiteStore *sites = get_sites (self);
  WherryPlacePage *page;

  self->identity = g_strdup (options->identity);
  self->trust = wherry_trust_ref_default ();
  set_host_keys (self, options->known_hosts);
  self->workspace = ref_workspace (self, WHERRY_APPLICATION (application),
                                   options->identity != NULL || options->known_hosts != NULL);
  self->pool = wherry_workspace_get_pool (self->workspace);
  self->queue = wherry_workspace_get_queue (self->workspace);
  g_autoptr (WherryConflictPrompter) prompter
      = wherry_dialog_conflict_prompter_new (GTK_WINDOW (self));
  wherry_queue_set_conflict_prompter (self->queue, prompter);
  wherry_transfer_bar_set_queue (self->transfer_bar, self->queue);
  wherry_window_init_title (self);
  wherry_edit_bar_set_engine (self->edit_bar, self->pool, self->queue);

  g_signal_connect_object (self->queue, "items-changed", G_CALLBACK (update_actions), self,
                           G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  g_signal_connect_object (self->queue, "notify::n-unfinished", G_CALLBACK (update_actions), self,
                           G_CONNECT_SWAPPED);

  g_signal_connect_object (self->queue, "journal-trouble", G_CALLBACK (on_problem), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->workspace, "notify::n-restored", G_CALLBACK (on_restored), self,
                           G_CONNECT_SWAPPED);
  on_restored (self);

  self->recents = wherry_recents_new (self->settings);
  self->completion = wherry_host_completion_new (sites, self->recents);
  wherry_sidebar_set_sites (self->sidebar, sites, self->recents);
  wherry_sidebar_set_completion (self->sidebar, self->completion);
  g_signal_connect_object (sites, "problem", G_CALLBACK (on_problem), self, G_CONNECT_SWAPPED);

  page = wherry_window_add_page (self);
  if (self->settings != NULL)
    {
      g_autofree char *last = g_settings_get_string (self->settings, WHERRY_SETTINGS_LAST_LOCATION);
      g_autofree char *shown = g_utf8_make_valid (last, -1);

      wherry_place_page_set_location (page, shown);
    }

  return GTK_WIDGET (self);
}

/**
 * wherry_window_is_idle:
 * @self: the window
 *
 * Returns: whether the place in front is neither connected to a server nor about
 *   to be
 */
gboolean
wherry_window_is_idle (WherryWindow *self)
{
  g_return_val_if_fail (WHERRY_IS_WINDOW (self), FALSE);

  WherryPlacePage *page = wherry_window_get_page (self);

  return page != NULL && wherry_place_page_is_form (page)
         && wherry_place_page_get_state (page) == WHERRY_PLACE_IDLE;
}

/**
 * wherry_window_set_location:
 * @self: the window
 * @text: a location from anywhere; filled in, in a new tab if need be, and
 *   nothing else (rule R9)
 */
void
wherry_window_set_location (WherryWindow *self, const char *text)
{
  g_return_if_fail (WHERRY_IS_WINDOW (self));

  g_autofree char *shown = g_utf8_make_valid (text, -1);

  wherry_place_page_set_location (get_free_page (self), shown);
}

/**
 * wherry_window_connect:
 * @self: the window, idle
 *
 * Connects to the location that stands in the form. Only for what a person asked
 * for explicitly.
 */
void
wherry_window_connect (WherryWindow *self)
{
  g_return_if_fail (WHERRY_IS_WINDOW (self));
  g_return_if_fail (wherry_window_is_idle (self));

  wherry_place_page_submit (wherry_window_get_page (self));
}

/**
 * wherry_window_open:
 * @self: the window
 * @login: the server
 * @folder: (type filename): the folder there, "" being the home folder
 * @site: (nullable): what the person knows the server as; %NULL: by its host name
 *
 * Connects in the tab in front if that is idle, else in a new one. Only for what
 * a person asked for explicitly.
 */
void
wherry_window_open (WherryWindow *self,
                    const WherryLogin *login,
                    const char *folder,
                    WherrySite *site)
{
  g_return_if_fail (WHERRY_IS_WINDOW (self));
  g_return_if_fail (login != NULL);
  g_return_if_fail (folder != NULL);

  if (adw_flap_get_folded (self->flap))
    adw_flap_set_reveal_flap (self->flap, FALSE);
  wherry_place_page_open (get_free_page (self), login, folder, site);
}

/**
 * wherry_window_open_site:
 * @self: the window
 * @site: a site
 * @new_tab: whether in a new tab, even if the one in front is idle
 * @error: return location; %WHERRY_ERROR_BAD_LOCATION
 *
 * As wherry_window_open(), for a site that a person chose.
 *
 * Returns: whether the site could be read
 */
gboolean
wherry_window_open_site (WherryWindow *self, WherrySite *site, gboolean new_tab, GError **error)
{
  g_return_val_if_fail (WHERRY_IS_WINDOW (self), FALSE);

  g_autoptr (WherryLogin) login = wherry_site_make_login (site, error);

  if (login == NULL)
    return FALSE;
  if (new_tab)
    wherry_window_add_page (self);
  wherry_window_open (self, login, wherry_site_get_string (site, WHERRY_SITE_REMOTE_FOLDER), site);
  return TRUE;
}

/**
 * wherry_window_add_toast:
 * @self: the window
 * @toast: (transfer full): a toast to show
 */
void
wherry_window_add_toast (WherryWindow *self, AdwToast *toast)
{
  g_return_if_fail (WHERRY_IS_WINDOW (self));

  adw_toast_overlay_add_toast (self->toast_overlay, toast);
}

/**
 * wherry_window_new_pool:
 * @self: the window
 * @parent: (nullable): the window that questions are asked in front of; %NULL: the one in use
 *
 * Returns: (transfer full): connections apart from the window's own, to the
 *   servers known to it
 */
WherrySessionPool *
wherry_window_new_pool (WherryWindow *self, GtkWindow *parent)
{
  g_return_val_if_fail (WHERRY_IS_WINDOW (self), NULL);

  g_autoptr (WherryPrompter) prompter
      = wherry_trust_new_prompter (self->trust, parent, self->settings);

  return wherry_session_pool_new (self->host_keys, prompter);
}

/**
 * wherry_window_get_edit_bar:
 * @self: the window
 *
 * Returns: (transfer none): the files that are being edited
 */
WherryEditBar *
wherry_window_get_edit_bar (WherryWindow *self)
{
  g_return_val_if_fail (WHERRY_IS_WINDOW (self), NULL);

  return self->edit_bar;
}
