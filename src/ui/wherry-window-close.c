/*
 * What is asked, and brought to an end, before the main window closes.
 */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "ui/wherry-settings.h"
#include "ui/wherry-window-private.h"

/* How long deletions are waited for, in seconds, and how often it is looked, in milliseconds. */
#define FAREWELL_LIMIT 30
#define FAREWELL_INTERVAL 100

/* Begins with all deletions that were put off; TRUE while some are not over. */
static gboolean
flush_removals (WherryWindow *self)
{
  gboolean busy = FALSE;

  for (int i = 0; i < adw_tab_view_get_n_pages (self->tab_view); i++)
    {
      AdwTabPage *tab = adw_tab_view_get_nth_page (self->tab_view, i);
      busy |= wherry_place_page_flush_removals (WHERRY_PLACE_PAGE (adw_tab_page_get_child (tab)));
    }
  return busy;
}

static gboolean
on_farewell (gpointer user_data)
{
  WherryWindow *self = user_data;

  if (flush_removals (self) && g_get_monotonic_time () < self->farewell_until)
    return G_SOURCE_CONTINUE;

  self->farewell_id = 0;
  gtk_window_destroy (GTK_WINDOW (self));
  return G_SOURCE_REMOVE;
}

/* What was said to be deleted is deleted before the connections go, if the server lets it. */
static gboolean
begin_farewell (WherryWindow *self)
{
  if (self->farewell_id != 0)
    return TRUE;
  if (!flush_removals (self))
    return FALSE;

  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
  self->farewell_until = g_get_monotonic_time () + FAREWELL_LIMIT * G_USEC_PER_SEC;
  self->farewell_id = g_timeout_add (FAREWELL_INTERVAL, on_farewell, self);
  return TRUE;
}

/**
 * wherry_window_confirm:
 * @self: the window
 * @heading: what is about to be done
 * @response: what to call that on the button
 * @n: transfers that are not finished
 * @then: called with @self if it is to be done
 *
 * Asks before transfers under way are thrown away.
 */
void
wherry_window_confirm (WherryWindow *self,
                       const char *heading,
                       const char *response,
                       guint n,
                       GCallback then)
{
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (self), heading, NULL);

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
  if (!begin_farewell (user_data))
    gtk_window_destroy (user_data);
  return G_SOURCE_REMOVE;
}

/* The dialog that asked is still at work, and would not survive its parent. */
static void
close_now (WherryWindow *self)
{
  g_idle_add_full (G_PRIORITY_DEFAULT, destroy_in_idle, g_object_ref (self), g_object_unref);
}

static void
cancel_and_close (WherryWindow *self)
{
  wherry_queue_cancel_all (self->queue);
  close_now (self);
}

static void
go_on_and_close (WherryWindow *self)
{
  wherry_workspace_keep_running (self->workspace);
  close_now (self);
}

/* What is not over is in the journal: closing loses nothing. */
static void
confirm_kept (WherryWindow *self, guint n)
{
  GtkWidget *dialog
      = adw_message_dialog_new (GTK_WINDOW (self), _ ("Transfers Are Not Finished"), NULL);

  adw_message_dialog_format_body (
      ADW_MESSAGE_DIALOG (dialog),
      ngettext ("%u transfer is at work. It can go on without a window, or the next time you open "
                "Wherry.",
                "%u transfers are at work. They can go on without a window, or the next time you "
                "open Wherry.",
                n),
      n);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "keep", _ ("_Keep Window"),
                                    "later", _ ("Go On _Next Time"), "background",
                                    _ ("Go On _Without a Window"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "background",
                                              ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "background");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "keep");
  g_signal_connect_object (dialog, "response::later", G_CALLBACK (close_now), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (dialog, "response::background", G_CALLBACK (go_on_and_close), self,
                           G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

/* What the preferences say becomes of transfers at work; TRUE if that is to be asked. */
static gboolean
asks_when_closed (WherryWindow *self)
{
  g_autofree char *wish = NULL;

  if (self->settings != NULL)
    wish = g_settings_get_string (self->settings, WHERRY_SETTINGS_WHEN_CLOSED);
  if (g_strcmp0 (wish, "background") == 0)
    wherry_workspace_keep_running (self->workspace);
  return g_strcmp0 (wish, "background") != 0 && g_strcmp0 (wish, "later") != 0;
}

static gboolean
is_last_window (WherryWindow *self)
{
  GtkApplication *application = gtk_window_get_application (GTK_WINDOW (self));

  for (GList *l = gtk_application_get_windows (application); l != NULL; l = l->next)
    if (WHERRY_IS_WINDOW (l->data) && l->data != self)
      return FALSE;
  return TRUE;
}

static gboolean
asks_about_transfers (WherryWindow *self)
{
  guint n_active = wherry_queue_get_n_active (self->queue);
  guint n_unfinished = wherry_queue_get_n_unfinished (self->queue);

  if (wherry_workspace_is_kept (self->workspace))
    {
      if (n_active == 0 || !is_last_window (self) || !asks_when_closed (self))
        return FALSE;
      confirm_kept (self, n_active);
      return TRUE;
    }

  if (n_unfinished == 0)
    return FALSE;
  wherry_window_confirm (self, _ ("Close and Cancel Transfers?"), _ ("Cancel _Transfers"),
                         n_unfinished, G_CALLBACK (cancel_and_close));
  return TRUE;
}

/**
 * wherry_window_holds_back_close:
 * @self: the window, about to be closed
 *
 * Asks before what is edited is lost, and transfers under way are given up or go
 * on unseen; has deletions that were put off done.
 *
 * Returns: whether the window is not to be closed now; it closes itself then
 */
gboolean
wherry_window_holds_back_close (WherryWindow *self)
{
  GCallback close = wherry_workspace_is_kept (self->workspace) ? G_CALLBACK (close_now)
                                                               : G_CALLBACK (cancel_and_close);

  return wherry_edit_bar_ask_to_close (self->edit_bar, close, self) || asks_about_transfers (self)
         || begin_farewell (self);
}
