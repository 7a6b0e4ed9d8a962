#include "config.h"

#include "ui/wherry-queue-window.h"

#include <glib/gi18n-lib.h>

#include "ui/wherry-format.h"
#include "ui/wherry-queue-summary.h"
#include "ui/wherry-queue-window-private.h"
#include "ui/wherry-transfer-row.h"

/* Between two samples of the graph, in milliseconds. */
#define TICK_INTERVAL 500

/* The entries of the drop-down, in their order. */
typedef enum {
  SHOW_ALL,
  SHOW_UNFINISHED,
  SHOW_FAILED,
  SHOW_FINISHED,
} Show;

G_DEFINE_FINAL_TYPE (WherryQueueWindow, wherry_queue_window, ADW_TYPE_WINDOW)

static gboolean
is_shown_by_state (WherryTransfer *transfer, Show show)
{
  switch (show)
    {
    case SHOW_UNFINISHED:
      return !wherry_transfer_is_over (transfer);
    case SHOW_FAILED:
      return wherry_transfer_get_state (transfer) == WHERRY_TRANSFER_FAILED;
    case SHOW_FINISHED:
      return wherry_transfer_is_over (transfer);
    case SHOW_ALL:
    default:
      return TRUE;
    }
}

static gboolean
contains (const char *haystack, const char *folded_needle)
{
  g_autofree char *folded = g_utf8_casefold (haystack, -1);

  return strstr (folded, folded_needle) != NULL;
}

static gboolean
is_shown (gpointer item, gpointer user_data)
{
  WherryQueueWindow *self = user_data;
  const char *text = gtk_editable_get_text (self->search_entry);

  if (!is_shown_by_state (item, gtk_drop_down_get_selected (self->show_dropdown)))
    return FALSE;
  if (*text == '\0')
    return TRUE;

  g_autofree char *needle = g_utf8_casefold (text, -1);
  g_autofree char *name = wherry_transfer_dup_name (item);
  g_autofree char *from = wherry_format_endpoint (wherry_transfer_get_source (item));
  g_autofree char *to = wherry_format_endpoint (wherry_transfer_get_target (item));

  return contains (name, needle) || contains (from, needle) || contains (to, needle);
}

/* The transfers that are chosen, in their order. */
GPtrArray *
wherry_queue_window_dup_chosen (WherryQueueWindow *self)
{
  g_autoptr (GtkBitset) bits = gtk_selection_model_get_selection (self->selection);
  GPtrArray *chosen = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint64 i = 0; i < gtk_bitset_get_size (bits); i++)
    g_ptr_array_add (chosen, g_list_model_get_item (G_LIST_MODEL (self->selection),
                                                    gtk_bitset_get_nth (bits, (guint) i)));
  return chosen;
}

/* Where a transfer stands among those that are shown. */
guint
wherry_queue_window_find (WherryQueueWindow *self, WherryTransfer *transfer)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->selection));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (WherryTransfer) item = g_list_model_get_item (G_LIST_MODEL (self->selection), i);

      if (item == transfer)
        return i;
    }
  return GTK_INVALID_LIST_POSITION;
}

static void
update_summary (WherryQueueWindow *self)
{
  WherryQueueSummary summary;
  g_autofree char *line = NULL;

  wherry_queue_summary_take (&summary, self->queue);
  if (summary.n_items > 0)
    line = wherry_queue_summary_format (&summary);
  adw_window_title_set_subtitle (self->window_title, line != NULL ? line : "");
  wherry_queue_window_update_actions (self);
}

static gboolean
on_tick (gpointer user_data)
{
  WherryQueueWindow *self = user_data;
  WherryQueueSummary summary;

  wherry_queue_summary_take (&summary, self->queue);
  wherry_speed_graph_add (self->graph, summary.progress.speed);
  update_summary (self);
  return G_SOURCE_CONTINUE;
}

static void
update_list (WherryQueueWindow *self)
{
  gboolean any = g_list_model_get_n_items (G_LIST_MODEL (self->selection)) > 0;
  gboolean all = g_list_model_get_n_items (G_LIST_MODEL (self->queue)) > 0;

  gtk_stack_set_visible_child_name (self->stack, any ? "list" : all ? "nothing" : "empty");
}

/* The state of each may have changed with it. */
static void
on_queue_changed (WherryQueueWindow *self)
{
  gboolean running = wherry_queue_get_n_active (self->queue) > 0;

  if (running && self->tick_id == 0)
    self->tick_id = g_timeout_add (TICK_INTERVAL, on_tick, self);
  else if (!running)
    g_clear_handle_id (&self->tick_id, g_source_remove);
  gtk_widget_set_visible (GTK_WIDGET (self->graph), running);
  gtk_filter_changed (self->filter, GTK_FILTER_CHANGE_DIFFERENT);
  update_list (self);
  update_summary (self);
}

static void
on_paused_changed (WherryQueueWindow *self)
{
  gtk_toggle_button_set_active (self->pause_all_button, wherry_queue_get_paused (self->queue));
}

static void
on_pause_all_toggled (WherryQueueWindow *self)
{
  gboolean paused = gtk_toggle_button_get_active (self->pause_all_button);

  gtk_widget_set_tooltip_text (GTK_WIDGET (self->pause_all_button),
                               paused ? _ ("Go On With All") : _ ("Pause All"));
  gtk_button_set_icon_name (GTK_BUTTON (self->pause_all_button),
                            paused ? "media-playback-start-symbolic"
                                   : "media-playback-pause-symbolic");
  if (paused == wherry_queue_get_paused (self->queue))
    return;
  if (paused)
    wherry_queue_pause_all (self->queue);
  else
    wherry_queue_resume_all (self->queue);
}

static void
on_filter_changed (WherryQueueWindow *self)
{
  gtk_filter_changed (self->filter, GTK_FILTER_CHANGE_DIFFERENT);
  update_list (self);
}

static WherryTransfer *
get_transfer_at (WherryQueueWindow *self, double x, double y)
{
  GtkWidget *picked = gtk_widget_pick (GTK_WIDGET (self->list_view), x, y, GTK_PICK_DEFAULT);

  while (picked != NULL && picked != GTK_WIDGET (self->list_view))
    {
      GtkWidget *child = gtk_widget_get_first_child (picked);

      if (WHERRY_IS_TRANSFER_ROW (picked))
        return wherry_transfer_row_get_transfer (WHERRY_TRANSFER_ROW (picked));
      if (WHERRY_IS_TRANSFER_ROW (child))
        return wherry_transfer_row_get_transfer (WHERRY_TRANSFER_ROW (child));
      picked = gtk_widget_get_parent (picked);
    }
  return NULL;
}

/* The menu of what is chosen, at a point of the list. */
void
wherry_queue_window_show_menu (WherryQueueWindow *self, double x, double y)
{
  wherry_queue_window_update_actions (self);
  gtk_popover_set_pointing_to (GTK_POPOVER (self->popover),
                               &(GdkRectangle){ (int) x, (int) y, 1, 1 });
  gtk_popover_popup (GTK_POPOVER (self->popover));
}

static void
on_secondary_click (WherryQueueWindow *self, int n_press, double x, double y)
{
  WherryTransfer *transfer = get_transfer_at (self, x, y);
  guint position
      = transfer != NULL ? wherry_queue_window_find (self, transfer) : GTK_INVALID_LIST_POSITION;

  if (position == GTK_INVALID_LIST_POSITION)
    return;
  if (!gtk_selection_model_is_selected (self->selection, position))
    gtk_selection_model_select_item (self->selection, position, TRUE);
  wherry_queue_window_show_menu (self, x, y);
}

/* Dragging puts a transfer in another's place. */
static GdkContentProvider *
on_drag_prepare (GtkDragSource *source, double x, double y, WherryQueueWindow *self)
{
  WherryTransfer *transfer = get_transfer_at (self, x, y);

  return transfer != NULL ? gdk_content_provider_new_typed (WHERRY_TYPE_TRANSFER, transfer) : NULL;
}

static gboolean
on_drop (WherryQueueWindow *self, const GValue *value, double x, double y)
{
  WherryTransfer *dropped = g_value_get_object (value);
  WherryTransfer *there = get_transfer_at (self, x, y);
  guint position;

  if (there == NULL || there == dropped || !wherry_queue_find (self->queue, there, &position))
    return FALSE;
  wherry_queue_move (self->queue, dropped, position);
  return TRUE;
}

/* Keys are for the transfers, not for the first button of the header bar. */
static void
wherry_queue_window_map (GtkWidget *widget)
{
  WherryQueueWindow *self = WHERRY_QUEUE_WINDOW (widget);

  GTK_WIDGET_CLASS (wherry_queue_window_parent_class)->map (widget);
  gtk_widget_grab_focus (GTK_WIDGET (self->list_view));
}

static void
on_search_mode (WherryQueueWindow *self)
{
  if (gtk_search_bar_get_search_mode (self->search_bar))
    gtk_widget_grab_focus (GTK_WIDGET (self->search_entry));
  else
    gtk_widget_grab_focus (GTK_WIDGET (self->list_view));
}

static void
wherry_queue_window_dispose (GObject *object)
{
  WherryQueueWindow *self = WHERRY_QUEUE_WINDOW (object);

  g_clear_handle_id (&self->tick_id, g_source_remove);
  g_clear_pointer (&self->popover, gtk_widget_unparent);
  if (self->queue != NULL)
    g_signal_handlers_disconnect_by_data (self->queue, self);
  g_clear_object (&self->selection);
  g_clear_object (&self->filter);
  g_clear_object (&self->queue);

  G_OBJECT_CLASS (wherry_queue_window_parent_class)->dispose (object);
}

static void
wherry_queue_window_class_init (WherryQueueWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wherry_queue_window_dispose;
  widget_class->map = wherry_queue_window_map;

  g_type_ensure (WHERRY_TYPE_SPEED_GRAPH);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/app/wherry/Wherry/ui/wherry-queue-window.ui");
  gtk_widget_class_bind_template_child (widget_class, WherryQueueWindow, window_title);
  gtk_widget_class_bind_template_child (widget_class, WherryQueueWindow, pause_all_button);
  gtk_widget_class_bind_template_child (widget_class, WherryQueueWindow, search_button);
  gtk_widget_class_bind_template_child (widget_class, WherryQueueWindow, search_bar);
  gtk_widget_class_bind_template_child (widget_class, WherryQueueWindow, search_entry);
  gtk_widget_class_bind_template_child (widget_class, WherryQueueWindow, show_dropdown);
  gtk_widget_class_bind_template_child (widget_class, WherryQueueWindow, graph);
  gtk_widget_class_bind_template_child (widget_class, WherryQueueWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, WherryQueueWindow, list_view);
  gtk_widget_class_bind_template_child (widget_class, WherryQueueWindow, transfer_menu);
  gtk_widget_class_bind_template_callback (widget_class, on_pause_all_toggled);
  gtk_widget_class_bind_template_callback (widget_class, on_filter_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_search_mode);
  gtk_widget_class_bind_template_callback (widget_class, on_secondary_click);
  wherry_queue_window_install_actions (widget_class);
}

static void
wherry_queue_window_init (WherryQueueWindow *self)
{
  GtkDragSource *drag_source = gtk_drag_source_new ();
  GtkDropTarget *drop_target = gtk_drop_target_new (WHERRY_TYPE_TRANSFER, GDK_ACTION_COPY);

  gtk_widget_init_template (GTK_WIDGET (self));

  wherry_transfer_row_set_up_list (self->list_view);
  self->popover = gtk_popover_menu_new_from_model (self->transfer_menu);
  gtk_popover_set_has_arrow (GTK_POPOVER (self->popover), FALSE);
  gtk_widget_set_halign (self->popover, GTK_ALIGN_START);
  gtk_widget_set_parent (self->popover, GTK_WIDGET (self->list_view));
  gtk_search_bar_connect_entry (self->search_bar, self->search_entry);
  gtk_search_bar_set_key_capture_widget (self->search_bar, GTK_WIDGET (self));

  g_signal_connect (drag_source, "prepare", G_CALLBACK (on_drag_prepare), self);
  gtk_widget_add_controller (GTK_WIDGET (self->list_view), GTK_EVENT_CONTROLLER (drag_source));
  g_signal_connect_swapped (drop_target, "drop", G_CALLBACK (on_drop), self);
  gtk_widget_add_controller (GTK_WIDGET (self->list_view), GTK_EVENT_CONTROLLER (drop_target));
}

/**
 * wherry_queue_window_new:
 * @queue: the transfers
 *
 * Returns: (transfer full): the window; not presented
 */
GtkWidget *
wherry_queue_window_new (WherryQueue *queue)
{
  g_return_val_if_fail (WHERRY_IS_QUEUE (queue), NULL);

  WherryQueueWindow *self = g_object_new (WHERRY_TYPE_QUEUE_WINDOW, NULL);
  GListModel *shown;

  self->queue = g_object_ref (queue);
  self->filter = GTK_FILTER (gtk_custom_filter_new (is_shown, self, NULL));
  shown = G_LIST_MODEL (
      gtk_filter_list_model_new (G_LIST_MODEL (g_object_ref (queue)), g_object_ref (self->filter)));
  self->selection = GTK_SELECTION_MODEL (gtk_multi_selection_new (shown));
  gtk_list_view_set_model (self->list_view, self->selection);

  g_signal_connect_object (self->selection, "selection-changed",
                           G_CALLBACK (wherry_queue_window_update_actions), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (queue, "items-changed", G_CALLBACK (on_queue_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (queue, "notify::n-active", G_CALLBACK (on_queue_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (queue, "notify::n-unfinished", G_CALLBACK (on_queue_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (queue, "notify::paused", G_CALLBACK (on_paused_changed), self,
                           G_CONNECT_SWAPPED);
  on_paused_changed (self);
  on_queue_changed (self);
  return GTK_WIDGET (self);
}
