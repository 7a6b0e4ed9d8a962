#include "config.h"

#include "ui/wherry-edit-bar.h"

#include <glib/gi18n-lib.h>

#include "transfer/wherry-remote-edit.h"
#include "ui/wherry-edit-row.h"

/* A few rows; more scroll. Pixels. */
#define MAX_HEIGHT 160

struct _WherryEditBar {
  AdwBin parent_instance;

  /* Owned */
  WherrySessionPool *pool;
  WherryQueue *queue;
  GListStore *edits;
};

G_DEFINE_FINAL_TYPE (WherryEditBar, wherry_edit_bar, ADW_TYPE_BIN)

static GtkWidget *
make_row (gpointer item, gpointer user_data)
{
  return wherry_edit_row_new (item);
}

static void
on_items_changed (WherryEditBar *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self),
                          g_list_model_get_n_items (G_LIST_MODEL (self->edits)) > 0);
}

static void
on_state (WherryEditBar *self, GParamSpec *pspec, WherryRemoteEdit *edit)
{
  guint position;

  if (wherry_remote_edit_get_state (edit) == WHERRY_REMOTE_EDIT_ENDED
      && g_list_store_find (self->edits, edit, &position))
    g_list_store_remove (self->edits, position);
}

static void
wherry_edit_bar_dispose (GObject *object)
{
  WherryEditBar *self = WHERRY_EDIT_BAR (object);

  while (g_list_model_get_n_items (G_LIST_MODEL (self->edits)) > 0)
    {
      g_autoptr (WherryRemoteEdit) edit = g_list_model_get_item (G_LIST_MODEL (self->edits), 0);

      g_signal_handlers_disconnect_by_data (edit, self);
      g_list_store_remove (self->edits, 0);
      wherry_remote_edit_end (edit);
    }
  g_clear_object (&self->queue);
  g_clear_object (&self->pool);

  G_OBJECT_CLASS (wherry_edit_bar_parent_class)->dispose (object);
}

static void
wherry_edit_bar_finalize (GObject *object)
{
  g_object_unref (WHERRY_EDIT_BAR (object)->edits);

  G_OBJECT_CLASS (wherry_edit_bar_parent_class)->finalize (object);
}

static void
wherry_edit_bar_class_init (WherryEditBarClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = wherry_edit_bar_dispose;
  object_class->finalize = wherry_edit_bar_finalize;
}

static void
wherry_edit_bar_init (WherryEditBar *self)
{
  GtkWidget *scrolled_window = gtk_scrolled_window_new ();
  GtkWidget *list_box = gtk_list_box_new ();

  self->edits = g_list_store_new (WHERRY_TYPE_REMOTE_EDIT);
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list_box), GTK_SELECTION_NONE);
  gtk_list_box_bind_model (GTK_LIST_BOX (list_box), G_LIST_MODEL (self->edits), make_row, NULL,
                           NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (list_box), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Files being edited"), -1);
  gtk_widget_add_css_class (list_box, "edits");
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled_window), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scrolled_window), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scrolled_window), MAX_HEIGHT);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled_window), list_box);
  adw_bin_set_child (ADW_BIN (self), scrolled_window);
  g_signal_connect_object (self->edits, "items-changed", G_CALLBACK (on_items_changed), self,
                           G_CONNECT_SWAPPED);
  on_items_changed (self);
}

/**
 * wherry_edit_bar_set_engine:
 * @self: the bar
 * @pool: connects to servers
 * @queue: what carries the files; both are set once
 */
void
wherry_edit_bar_set_engine (WherryEditBar *self, WherrySessionPool *pool, WherryQueue *queue)
{
  g_return_if_fail (WHERRY_IS_EDIT_BAR (self));

  g_set_object (&self->pool, pool);
  g_set_object (&self->queue, queue);
}

/**
 * wherry_edit_bar_edit:
 * @self: the bar
 * @login: a server
 * @path: (type filename): a file there
 *
 * Fetches a file and opens it in an editor. One that is open already is not
 * opened twice.
 */
void
wherry_edit_bar_edit (WherryEditBar *self, const WherryLogin *login, const char *path)
{
  g_return_if_fail (WHERRY_IS_EDIT_BAR (self));
  g_return_if_fail (login != NULL && path != NULL);

  g_autoptr (WherryRemoteEdit) edit = NULL;

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->edits)); i++)
    {
      g_autoptr (WherryRemoteEdit) other = g_list_model_get_item (G_LIST_MODEL (self->edits), i);

      if (g_str_equal (wherry_remote_edit_get_path (other), path)
          && wherry_login_equal (wherry_remote_edit_get_login (other), login))
        return;
    }

  edit = wherry_remote_edit_new (self->pool, self->queue, login, path);
  g_signal_connect_object (edit, "notify::state", G_CALLBACK (on_state), self,
                           G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  g_list_store_append (self->edits, edit);
}

static guint
get_n_unsaved (WherryEditBar *self)
{
  guint n = 0;

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->edits)); i++)
    {
      g_autoptr (WherryRemoteEdit) edit = g_list_model_get_item (G_LIST_MODEL (self->edits), i);

      n += wherry_remote_edit_has_changes (edit) ? 1 : 0;
    }
  return n;
}

/**
 * wherry_edit_bar_ask_to_close:
 * @self: the bar
 * @close: called with @window if it is to be closed all the same
 * @window: the window that the bar is in
 *
 * Asks before a window goes whose files have changes that have not reached their
 * server.
 *
 * Returns: whether it asks; else there is nothing to ask
 */
gboolean
wherry_edit_bar_ask_to_close (WherryEditBar *self, GCallback close, gpointer window)
{
  GtkWidget *dialog;
  guint n;

  g_return_val_if_fail (WHERRY_IS_EDIT_BAR (self), FALSE);

  n = get_n_unsaved (self);
  if (n == 0)
    return FALSE;

  dialog = adw_message_dialog_new (window, _ ("Close With Unsaved Changes?"), NULL);
  adw_message_dialog_format_body (
      ADW_MESSAGE_DIALOG (dialog),
      ngettext (
          "%u file was changed here and has not reached its server. It stays on this computer.",
          "%u files were changed here and have not reached their servers. They stay on this "
          "computer.",
          n),
      n);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "keep", _ ("_Keep Going"), "close",
                                    _ ("_Close"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "close",
                                              ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "keep");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "keep");
  g_signal_connect_object (dialog, "response::close", close, window, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
  return TRUE;
}
