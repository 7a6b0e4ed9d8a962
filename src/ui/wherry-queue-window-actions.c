/*
 * What can be done with the transfers that are chosen, and with all of them.
 */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "ui/wherry-details-window.h"
#include "ui/wherry-history-window.h"
#include "ui/wherry-queue-window-private.h"
#include "ui/wherry-shortcuts.h"
#include "ui/wherry-transfer-place.h"

/* Where in a row its menu opens that is asked for by key, in pixels. */
#define MENU_INDENT 48

typedef gboolean (*Can) (WherryTransfer *transfer);
typedef void (*Do) (WherryTransfer *transfer);

static gboolean
can_cancel (WherryTransfer *transfer)
{
  return !wherry_transfer_is_over (transfer);
}

static gboolean
can_locate (WherryTransfer *transfer)
{
  g_autoptr (GFile) file = wherry_transfer_place_find (transfer);

  return file != NULL;
}

/* What can be done with each of the chosen by itself. */
static const struct {
  const char *name;
  Can can;
  Do act;
} single_actions[] = {
  { "queue.pause", wherry_transfer_can_pause, wherry_transfer_pause },
  { "queue.resume", wherry_transfer_can_resume, wherry_transfer_resume },
  { "queue.retry", wherry_transfer_can_retry, wherry_transfer_retry },
  { "queue.retry-failed", wherry_transfer_can_retry_failed, wherry_transfer_retry_failed },
  { "queue.cancel", can_cancel, wherry_transfer_cancel },
};

static void
single_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  WherryQueueWindow *self = WHERRY_QUEUE_WINDOW (widget);
  g_autoptr (GPtrArray) chosen = wherry_queue_window_dup_chosen (self);

  for (gsize i = 0; i < G_N_ELEMENTS (single_actions); i++)
    {
      if (!g_str_equal (action_name, single_actions[i].name))
        continue;
      for (guint j = 0; j < chosen->len; j++)
        if (single_actions[i].can (chosen->pdata[j]))
          single_actions[i].act (chosen->pdata[j]);
    }
  wherry_queue_window_update_actions (self);
}

static void
remove_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  WherryQueueWindow *self = WHERRY_QUEUE_WINDOW (widget);
  g_autoptr (GPtrArray) chosen = wherry_queue_window_dup_chosen (self);

  /* What is at work is stopped first, and taken out when asked once more: one key alone loses
   * nothing. */
  for (guint i = 0; i < chosen->len; i++)
    {
      if (wherry_transfer_is_over (chosen->pdata[i]))
        wherry_queue_remove (self->queue, chosen->pdata[i]);
      else
        wherry_transfer_cancel (chosen->pdata[i]);
    }
  wherry_queue_window_update_actions (self);
}

/* What was moved has left the list for a moment, and so is not chosen any more. */
static void
choose (WherryQueueWindow *self, GPtrArray *transfers)
{
  for (guint i = 0; i < transfers->len; i++)
    {
      guint position = wherry_queue_window_find (self, transfers->pdata[i]);

      if (position != GTK_INVALID_LIST_POSITION)
        gtk_selection_model_select_item (self->selection, position, i == 0);
    }
}

/* By one place among all, towards the beginning from the first on, so that none overtakes another
 * of the chosen. */
static void
move (WherryQueueWindow *self, gboolean up)
{
  g_autoptr (GPtrArray) chosen = wherry_queue_window_dup_chosen (self);
  guint n_items = g_list_model_get_n_items (G_LIST_MODEL (self->queue));
  guint bound = up ? 0 : n_items;

  for (guint i = 0; i < chosen->len; i++)
    {
      WherryTransfer *transfer = chosen->pdata[up ? i : chosen->len - 1 - i];
      guint position;

      if (!wherry_queue_find (self->queue, transfer, &position))
        continue;
      if (up && position > bound)
        wherry_queue_move (self->queue, transfer, --position);
      else if (!up && position + 1 < bound)
        wherry_queue_move (self->queue, transfer, ++position);
      bound = up ? position + 1 : position;
    }
  choose (self, chosen);
}

static void
move_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  move (WHERRY_QUEUE_WINDOW (widget), g_str_equal (action_name, "queue.move-up"));
}

static void
move_first_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  WherryQueueWindow *self = WHERRY_QUEUE_WINDOW (widget);
  g_autoptr (GPtrArray) chosen = wherry_queue_window_dup_chosen (self);

  for (guint i = 0; i < chosen->len; i++)
    wherry_queue_move (self->queue, chosen->pdata[i], i);
  choose (self, chosen);
}

static void
priority_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  WherryQueueWindow *self = WHERRY_QUEUE_WINDOW (widget);
  g_autoptr (GPtrArray) chosen = wherry_queue_window_dup_chosen (self);
  const char *name = g_variant_get_string (parameter, NULL);
  WherryPriority priority = g_str_equal (name, "high")  ? WHERRY_PRIORITY_HIGH
                            : g_str_equal (name, "low") ? WHERRY_PRIORITY_LOW
                                                        : WHERRY_PRIORITY_NORMAL;

  for (guint i = 0; i < chosen->len; i++)
    wherry_transfer_set_priority (chosen->pdata[i], priority);
}

static void
open_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  WherryQueueWindow *self = WHERRY_QUEUE_WINDOW (widget);
  g_autoptr (GPtrArray) chosen = wherry_queue_window_dup_chosen (self);

  for (guint i = 0; i < chosen->len; i++)
    {
      g_autoptr (GFile) file = wherry_transfer_place_find (chosen->pdata[i]);
      g_autofree char *uri = file != NULL ? g_file_get_uri (file) : NULL;

      if (uri != NULL)
        gtk_show_uri (GTK_WINDOW (self), uri, GDK_CURRENT_TIME);
    }
}

static void
show_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  g_autoptr (GPtrArray) chosen = wherry_queue_window_dup_chosen (WHERRY_QUEUE_WINDOW (widget));

  for (guint i = 0; i < chosen->len; i++)
    {
      g_autoptr (GFile) file = wherry_transfer_place_find (chosen->pdata[i]);

      if (file != NULL)
        wherry_transfer_place_show (file);
    }
}

static void
details_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  g_autoptr (GPtrArray) chosen = wherry_queue_window_dup_chosen (WHERRY_QUEUE_WINDOW (widget));

  if (chosen->len == 1)
    wherry_details_window_present (chosen->pdata[0], GTK_WINDOW (widget));
}

static void
clear_finished_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  wherry_queue_clear_finished (WHERRY_QUEUE_WINDOW (widget)->queue);
}

static void
cancel_all_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  wherry_queue_cancel_all (WHERRY_QUEUE_WINDOW (widget)->queue);
}

static void
retry_all_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  wherry_queue_retry_all_failed (WHERRY_QUEUE_WINDOW (widget)->queue);
}

static void
history_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  WherryJournal *journal = wherry_queue_get_journal (WHERRY_QUEUE_WINDOW (widget)->queue);
  GtkWidget *window = wherry_history_window_new (journal);

  gtk_window_set_transient_for (GTK_WINDOW (window), GTK_WINDOW (widget));
  gtk_window_present (GTK_WINDOW (window));
}

/* At the row that has the focus. */
static void
menu_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  WherryQueueWindow *self = WHERRY_QUEUE_WINDOW (widget);
  GtkWidget *list = GTK_WIDGET (self->list_view);
  GtkWidget *row = gtk_widget_get_focus_child (list);
  graphene_rect_t bounds;

  if (row != NULL && gtk_widget_compute_bounds (row, list, &bounds))
    wherry_queue_window_show_menu (self, bounds.origin.x + MENU_INDENT,
                                   bounds.origin.y + bounds.size.height);
}

static gboolean
any (GPtrArray *chosen, Can can)
{
  for (guint i = 0; i < chosen->len; i++)
    if (can (chosen->pdata[i]))
      return TRUE;
  return FALSE;
}

/* Lets the actions be what makes sense now. */
void
wherry_queue_window_update_actions (WherryQueueWindow *self)
{
  static const char *const for_any[]
      = { "queue.remove", "queue.move-up", "queue.move-down", "queue.move-first" };
  GtkWidget *widget = GTK_WIDGET (self);
  g_autoptr (GPtrArray) chosen = wherry_queue_window_dup_chosen (self);
  guint n_over = wherry_queue_get_n_over (self->queue);
  guint n_unfinished = wherry_queue_get_n_unfinished (self->queue);
  gboolean locatable = chosen->len > 0 && chosen->len <= 5 && any (chosen, can_locate);

  for (gsize i = 0; i < G_N_ELEMENTS (single_actions); i++)
    gtk_widget_action_set_enabled (widget, single_actions[i].name,
                                   any (chosen, single_actions[i].can));
  for (gsize i = 0; i < G_N_ELEMENTS (for_any); i++)
    gtk_widget_action_set_enabled (widget, for_any[i], chosen->len > 0);
  gtk_widget_action_set_enabled (widget, "queue.priority", any (chosen, can_cancel));
  gtk_widget_action_set_enabled (widget, "queue.details", chosen->len == 1);
  gtk_widget_action_set_enabled (widget, "queue.open", locatable);
  gtk_widget_action_set_enabled (widget, "queue.show-in-files", locatable);
  gtk_widget_action_set_enabled (widget, "queue.clear-finished", n_over > 0);
  gtk_widget_action_set_enabled (widget, "queue.retry-all", n_over > 0);
  gtk_widget_action_set_enabled (widget, "queue.cancel-all", n_unfinished > 0);
  gtk_widget_action_set_enabled (widget, "queue.history",
                                 wherry_queue_get_journal (self->queue) != NULL);
}

/* Installs the actions and their keys, which only this window has. */
void
wherry_queue_window_install_actions (GtkWidgetClass *widget_class)
{
  for (gsize i = 0; i < G_N_ELEMENTS (single_actions); i++)
    gtk_widget_class_install_action (widget_class, single_actions[i].name, NULL, single_activated);
  gtk_widget_class_install_action (widget_class, "queue.remove", NULL, remove_activated);
  gtk_widget_class_install_action (widget_class, "queue.move-up", NULL, move_activated);
  gtk_widget_class_install_action (widget_class, "queue.move-down", NULL, move_activated);
  gtk_widget_class_install_action (widget_class, "queue.move-first", NULL, move_first_activated);
  gtk_widget_class_install_action (widget_class, "queue.priority", "s", priority_activated);
  gtk_widget_class_install_action (widget_class, "queue.details", NULL, details_activated);
  gtk_widget_class_install_action (widget_class, "queue.open", NULL, open_activated);
  gtk_widget_class_install_action (widget_class, "queue.show-in-files", NULL, show_activated);
  gtk_widget_class_install_action (widget_class, "queue.clear-finished", NULL,
                                   clear_finished_activated);
  gtk_widget_class_install_action (widget_class, "queue.retry-all", NULL, retry_all_activated);
  gtk_widget_class_install_action (widget_class, "queue.cancel-all", NULL, cancel_all_activated);
  gtk_widget_class_install_action (widget_class, "queue.history", NULL, history_activated);
  gtk_widget_class_install_action (widget_class, "queue.menu", NULL, menu_activated);

  wherry_shortcuts_install (widget_class, WHERRY_SHORTCUT_IN_QUEUE);
}
