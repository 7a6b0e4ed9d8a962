/*
 * What can be done in the main window, and what is asked before.
 */
#include "config.h"

#include "ui/wherry-window-private.h"

#include <glib/gi18n-lib.h>

#include "ui/wherry-application.h"
#include "ui/wherry-queue-window.h"
#include "ui/wherry-toast.h"

static gboolean
is_to (const WherryEndpoint *endpoint, const WherryLogin *login)
{
  return wherry_endpoint_is_remote (endpoint) && wherry_login_equal (endpoint->login, login);
}

/* The transfers not over, those from or to a server if one is given. */
static GPtrArray *
dup_unfinished (WherryWindow *self, const WherryLogin *login)
{
  GPtrArray *transfers = g_ptr_array_new_with_free_func (g_object_unref);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->queue));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (WherryTransfer) transfer = g_list_model_get_item (G_LIST_MODEL (self->queue), i);

      if (!wherry_transfer_is_over (transfer)
          && (login == NULL || is_to (wherry_transfer_get_source (transfer), login)
              || is_to (wherry_transfer_get_target (transfer), login)))
        g_ptr_array_add (transfers, g_steal_pointer (&transfer));
    }
  return transfers;
}

/* Whether another place in the window shows the server through the same session. */
static gboolean
is_shared_in (WherryWindow *window, WherryPlacePage *page)
{
  WherrySession *session = wherry_place_page_get_session (page);

  for (int i = 0; i < adw_tab_view_get_n_pages (window->tab_view); i++)
    {
      AdwTabPage *tab = adw_tab_view_get_nth_page (window->tab_view, i);
      WherryPlacePage *other = WHERRY_PLACE_PAGE (adw_tab_page_get_child (tab));

      if (other != page && wherry_place_page_get_session (other) == session)
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_shared (WherryWindow *self, WherryPlacePage *page)
{
  GtkApplication *application = gtk_window_get_application (GTK_WINDOW (self));

  for (GList *l = gtk_application_get_windows (application); l != NULL; l = l->next)
    if (WHERRY_IS_WINDOW (l->data) && is_shared_in (l->data, page))
      return TRUE;
  return FALSE;
}

/**
 * wherry_window_close_session:
 * @self: the window
 * @page: a place that is given up
 *
 * A connection that nobody needs any more is not kept up.
 */
void
wherry_window_close_session (WherryWindow *self, WherryPlacePage *page)
{
  WherrySession *session = wherry_place_page_get_session (page);
  g_autoptr (GPtrArray) transfers = NULL;

  /* What is still being deleted needs it, too. */
  if (session == NULL || is_shared (self, page) || wherry_place_page_flush_removals (page))
    return;
  transfers = dup_unfinished (self, wherry_place_page_get_login (page));
  if (transfers->len == 0)
    wherry_session_close (session);
}

static void
disconnect_now (WherryWindow *self)
{
  WherryPlacePage *page = wherry_window_get_page (self);

  if (!is_shared (self, page))
    {
      g_autoptr (GPtrArray) transfers = dup_unfinished (self, wherry_place_page_get_login (page));

      for (guint i = transfers->len; i > 0; i--)
        wherry_transfer_cancel (transfers->pdata[i - 1]);
      if (wherry_place_page_get_session (page) != NULL && !wherry_place_page_flush_removals (page))
        wherry_session_close (wherry_place_page_get_session (page));
    }
  wherry_place_page_disconnect (page);
}

/* What the sidebar does, for who stands beside it. */
static void
new_site_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  gtk_widget_activate_action (GTK_WIDGET (WHERRY_WINDOW (widget)->sidebar), "sidebar.add-site",
                              NULL);
}

static void
import_sites_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  gtk_widget_activate_action (GTK_WIDGET (WHERRY_WINDOW (widget)->sidebar), "sidebar.import", NULL);
}

static void
new_tab_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  wherry_window_add_page (WHERRY_WINDOW (widget));
}

static void
close_tab_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  WherryWindow *self = WHERRY_WINDOW (widget);

  adw_tab_view_close_page (self->tab_view, adw_tab_view_get_selected_page (self->tab_view));
}

static void
disconnect_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  WherryWindow *self = WHERRY_WINDOW (widget);
  WherryPlacePage *page = wherry_window_get_page (self);
  g_autoptr (GPtrArray) transfers = dup_unfinished (self, wherry_place_page_get_login (page));

  if (transfers->len > 0 && !is_shared (self, page))
    wherry_window_confirm (self, _ ("Disconnect and Cancel Transfers?"), _ ("Cancel _Transfers"),
                           transfers->len, G_CALLBACK (disconnect_now));
  else
    disconnect_now (self);
}

static void
reconnect_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  wherry_place_page_reconnect (wherry_window_get_page (WHERRY_WINDOW (widget)));
}

static void
upload_files_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  wherry_place_page_choose_files (wherry_window_get_page (WHERRY_WINDOW (widget)));
}

static void
upload_folder_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  wherry_place_page_choose_folder (wherry_window_get_page (WHERRY_WINDOW (widget)));
}

static void
upload_with_options_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  wherry_place_page_choose_options (wherry_window_get_page (WHERRY_WINDOW (widget)));
}

static void
paste_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  wherry_place_page_paste (wherry_window_get_page (WHERRY_WINDOW (widget)), NULL);
}

static void
download_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  wherry_place_page_choose_download (wherry_window_get_page (WHERRY_WINDOW (widget)));
}

static void
cancel_all_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  wherry_queue_cancel_all (WHERRY_WINDOW (widget)->queue);
}

static void
show_transfers_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  WherryWindow *self = WHERRY_WINDOW (widget);

  if (self->queue_window == NULL)
    {
      g_set_weak_pointer (&self->queue_window, GTK_WINDOW (wherry_queue_window_new (self->queue)));
      gtk_window_set_application (self->queue_window,
                                  gtk_window_get_application (GTK_WINDOW (self)));
    }
  gtk_window_present (self->queue_window);
}

/**
 * wherry_window_open_named:
 * @self: the window, asking for a server
 * @name: what a person typed
 *
 * Opens the site of that name, if there is one.
 *
 * Returns: whether there is
 */
gboolean
wherry_window_open_named (WherryWindow *self, const char *name)
{
  g_return_val_if_fail (WHERRY_IS_WINDOW (self), FALSE);

  WherrySiteStore *sites = wherry_application_get_sites (
      WHERRY_APPLICATION (gtk_window_get_application (GTK_WINDOW (self))));
  WherrySite *site = wherry_site_store_find_name (sites, name);
  g_autoptr (GError) error = NULL;

  /* Who names the key on the command line says how to log in. */
  if (site == NULL || self->identity != NULL)
    return FALSE;
  if (!wherry_window_open_site (self, site, FALSE, &error))
    {

      wherry_window_add_toast (self, wherry_toast_new (error->message));
    }
  return TRUE;
}

/**
 * wherry_window_get_completion:
 * @self: the window
 *
 * Returns: (transfer none): what is suggested where a server is typed
 */
WherryHostCompletion *
wherry_window_get_completion (WherryWindow *self)
{
  g_return_val_if_fail (WHERRY_IS_WINDOW (self), NULL);

  return self->completion;
}

static void
clear_finished_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  wherry_queue_clear_finished (WHERRY_WINDOW (widget)->queue);
}

/**
 * wherry_window_present_over:
 * @self: the window
 * @other: another one
 *
 * Shows @other in front of the window, and no larger, as that may be a
 * telephone's.
 */
void
wherry_window_present_over (WherryWindow *self, GtkWindow *other)
{
  g_return_if_fail (WHERRY_IS_WINDOW (self));
  g_return_if_fail (GTK_IS_WINDOW (other));

  int width, height;

  gtk_window_get_default_size (other, &width, &height);
  gtk_window_set_default_size (other, MIN (width, gtk_widget_get_width (GTK_WIDGET (self))),
                               MIN (height, gtk_widget_get_height (GTK_WIDGET (self))));
  gtk_window_set_transient_for (other, GTK_WINDOW (self));
  gtk_window_present (other);
}

/**
 * wherry_window_install_actions:
 * @widget_class: the window's class
 *
 * Installs the "win" actions.
 */
void
wherry_window_install_actions (GtkWidgetClass *widget_class)
{
  static const struct {
    const char *name;
    GtkWidgetActionActivateFunc activate;
  } actions[] = {
    { "win.new-site", new_site_activated },
    { "win.import-sites", import_sites_activated },
    { "win.new-tab", new_tab_activated },
    { "win.close-tab", close_tab_activated },
    { "win.upload-files", upload_files_activated },
    { "win.upload-folder", upload_folder_activated },
    { "win.upload-with-options", upload_with_options_activated },
    { "win.paste", paste_activated },
    { "win.download", download_activated },
    { "win.cancel-all", cancel_all_activated },
    { "win.clear-finished", clear_finished_activated },
    { "win.show-transfers", show_transfers_activated },
    { "win.reconnect", reconnect_activated },
    { "win.disconnect", disconnect_activated },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (actions); i++)
    gtk_widget_class_install_action (widget_class, actions[i].name, NULL, actions[i].activate);
}
