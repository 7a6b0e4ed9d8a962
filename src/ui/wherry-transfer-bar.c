#include "config.h"

#include "ui/wherry-transfer-bar.h"

#include <glib/gi18n-lib.h>

#include "ui/wherry-format.h"
#include "ui/wherry-queue-summary.h"
#include "ui/wherry-transfer-row.h"

/* How often the line is written anew while something runs, in milliseconds. */
#define SUMMARY_INTERVAL 250

struct _WherryTransferBar {
  AdwBin parent_instance;

  /* Template widgets */
  GtkWidget *toggle;
  GtkImage *icon;
  GtkLabel *summary_label;
  GtkProgressBar *progress_bar;
  GtkWidget *list_box;
  GtkListView *list_view;

  /* Owned */
  WherryQueue *queue;
  guint tick_id;
  gboolean open;
};

G_DEFINE_FINAL_TYPE (WherryTransferBar, wherry_transfer_bar, ADW_TYPE_BIN)

enum { PROP_0, PROP_OPEN, N_PROPERTIES };

static GParamSpec *properties[N_PROPERTIES];

static void
update_summary (WherryTransferBar *self)
{
  g_autofree char *text = NULL;
  WherryQueueSummary summary;
  double fraction;

  wherry_queue_summary_take (&summary, self->queue);
  if (summary.n_items == 0)
    return;

  text = wherry_queue_summary_format (&summary);
  gtk_label_set_text (self->summary_label, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->toggle),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);

  if (summary.n_failed > 0)
    {
      gtk_image_set_from_icon_name (self->icon, "dialog-warning-symbolic");
      gtk_widget_add_css_class (GTK_WIDGET (self->icon), "error");
    }
  else
    {
      gtk_image_set_from_icon_name (self->icon,
                                    summary.n_active + summary.n_waiting + summary.n_paused > 0
                                        ? "wherry-transfers-symbolic"
                                        : "emblem-ok-symbolic");
      gtk_widget_remove_css_class (GTK_WIDGET (self->icon), "error");
    }

  gtk_widget_set_visible (GTK_WIDGET (self->progress_bar), summary.n_active > 0);
  fraction = wherry_format_fraction (&summary.progress);
  if (summary.n_active > 0 && fraction >= 0)
    gtk_progress_bar_set_fraction (self->progress_bar, fraction);
  else if (summary.n_active > 0)
    gtk_progress_bar_pulse (self->progress_bar);
}

static gboolean
on_tick (gpointer user_data)
{
  update_summary (user_data);
  return G_SOURCE_CONTINUE;
}

static void
on_queue_changed (WherryTransferBar *self)
{
  gboolean any = g_list_model_get_n_items (G_LIST_MODEL (self->queue)) > 0;
  gboolean running = wherry_queue_get_n_active (self->queue) > 0;

  gtk_widget_set_visible (GTK_WIDGET (self), any);
  if (running && self->tick_id == 0)
    self->tick_id = g_timeout_add (SUMMARY_INTERVAL, on_tick, self);
  else if (!running)
    g_clear_handle_id (&self->tick_id, g_source_remove);
  update_summary (self);
}

/* What is closed is hidden: assistive technology would read it out all the same. */
static void
set_open (WherryTransferBar *self, gboolean open)
{
  if (self->open == open)
    return;
  self->open = open;
  gtk_widget_set_visible (self->list_box, open);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_OPEN]);
}

static void
wherry_transfer_bar_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_OPEN:
      g_value_set_boolean (value, WHERRY_TRANSFER_BAR (object)->open);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
wherry_transfer_bar_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_OPEN:
      set_open (WHERRY_TRANSFER_BAR (object), g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
wherry_transfer_bar_dispose (GObject *object)
{
  WherryTransferBar *self = WHERRY_TRANSFER_BAR (object);

  g_clear_handle_id (&self->tick_id, g_source_remove);
  g_clear_object (&self->queue);

  G_OBJECT_CLASS (wherry_transfer_bar_parent_class)->dispose (object);
}

static void
wherry_transfer_bar_class_init (WherryTransferBarClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = wherry_transfer_bar_get_property;
  object_class->set_property = wherry_transfer_bar_set_property;
  object_class->dispose = wherry_transfer_bar_dispose;

  properties[PROP_OPEN]
      = g_param_spec_boolean ("open", NULL, NULL, FALSE,
                              G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/app/wherry/Wherry/ui/wherry-transfer-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, WherryTransferBar, toggle);
  gtk_widget_class_bind_template_child (widget_class, WherryTransferBar, icon);
  gtk_widget_class_bind_template_child (widget_class, WherryTransferBar, summary_label);
  gtk_widget_class_bind_template_child (widget_class, WherryTransferBar, progress_bar);
  gtk_widget_class_bind_template_child (widget_class, WherryTransferBar, list_box);
  gtk_widget_class_bind_template_child (widget_class, WherryTransferBar, list_view);
}

static void
wherry_transfer_bar_init (WherryTransferBar *self)
{

  gtk_widget_init_template (GTK_WIDGET (self));

  wherry_transfer_row_set_up_list (self->list_view);

  g_object_bind_property (self, "open", self->toggle, "active",
                          G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
}

/**
 * wherry_transfer_bar_set_queue:
 * @self: the bar
 * @queue: the transfers to show; set once
 */
void
wherry_transfer_bar_set_queue (WherryTransferBar *self, WherryQueue *queue)
{
  g_return_if_fail (WHERRY_IS_TRANSFER_BAR (self));
  g_return_if_fail (WHERRY_IS_QUEUE (queue));
  g_return_if_fail (self->queue == NULL);

  g_autoptr (GtkSelectionModel) selection
      = GTK_SELECTION_MODEL (gtk_no_selection_new (G_LIST_MODEL (g_object_ref (queue))));

  self->queue = g_object_ref (queue);
  g_signal_connect_object (queue, "items-changed", G_CALLBACK (on_queue_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (queue, "notify::n-active", G_CALLBACK (on_queue_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (queue, "notify::n-unfinished", G_CALLBACK (on_queue_changed), self,
                           G_CONNECT_SWAPPED);
  gtk_list_view_set_model (self->list_view, selection);
  on_queue_changed (self);
}
