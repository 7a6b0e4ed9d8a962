#include "config.h"

#include "ui/wherry-transfer-row.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-error.h"
#include "ui/wherry-details-window.h"
#include "ui/wherry-format.h"

struct _WherryTransferRow {
  GtkWidget parent_instance;

  /* Template widgets */
  GtkWidget *box;
  GtkImage *icon;
  GtkLabel *name_label;
  GtkLabel *route_label;
  GtkProgressBar *progress_bar;
  GtkLabel *status_label;
  GtkLabel *notice_label;
  GtkImage *shield; /* shown of what was to be verified, once it is over */
  GtkWidget *details_button;
  GtkWidget *pause_button;
  GtkWidget *resume_button;
  GtkWidget *retry_button;
  GtkWidget *cancel_button;

  /* Owned */
  WherryTransfer *transfer;
};

G_DEFINE_FINAL_TYPE (WherryTransferRow, wherry_transfer_row, GTK_TYPE_WIDGET)

static const char *
icon_name (WherryTransfer *transfer)
{
  switch (wherry_transfer_get_state (transfer))
    {
    case WHERRY_TRANSFER_DONE:
      return "emblem-ok-symbolic";
    case WHERRY_TRANSFER_FAILED:
      return "dialog-warning-symbolic";
    case WHERRY_TRANSFER_CANCELLED:
      return "action-unavailable-symbolic";
    case WHERRY_TRANSFER_WAITING:
    case WHERRY_TRANSFER_CONNECTING:
    case WHERRY_TRANSFER_RUNNING:
    case WHERRY_TRANSFER_STALLED:
    case WHERRY_TRANSFER_NEEDS_PERSON:
    case WHERRY_TRANSFER_PAUSED:
    case WHERRY_TRANSFER_RETRYING:
    default:
      return wherry_endpoint_is_remote (wherry_transfer_get_target (transfer))
                 ? "wherry-upload-symbolic"
                 : "wherry-download-symbolic";
    }
}

static void
set_css_class (GtkWidget *widget, const char *name, gboolean set)
{
  if (set)
    gtk_widget_add_css_class (widget, name);
  else
    gtk_widget_remove_css_class (widget, name);
}

/* What became of the files that were to be verified; NULL if there is nothing to say. */
static char *
dup_verdict (WherryTransfer *transfer, const char **icon, const char **css_class)
{
  WherryTransferState state = wherry_transfer_get_state (transfer);
  g_autoptr (GPtrArray) failures = NULL;
  WherryProgress progress;
  char *verdict = NULL;

  if ((wherry_transfer_get_flags (transfer) & WHERRY_TRANSFER_VERIFY) == 0)
    return NULL;
  if (state == WHERRY_TRANSFER_DONE)
    {
      wherry_transfer_get_progress (transfer, &progress);
      *icon = "security-high-symbolic";
      *css_class = "success";
      return progress.files_done > 0
                 ? g_strdup (_ ("Verified: the checksums of both ends are the same"))
                 : NULL;
    }
  if (state != WHERRY_TRANSFER_FAILED)
    return NULL;

  failures = wherry_transfer_dup_failures (transfer);
  for (guint i = 0; i < failures->len; i++)
    {
      const WherryFailure *failure = failures->pdata[i];

      if (g_error_matches (failure->error, WHERRY_ERROR, WHERRY_ERROR_MISMATCH))
        {
          g_free (verdict);
          *icon = "security-low-symbolic";
          *css_class = "error";
          return g_strdup (_ ("Not the same as the original: the checksums differ"));
        }
      if (verdict == NULL
          && g_error_matches (failure->error, WHERRY_ERROR, WHERRY_ERROR_UNVERIFIED))
        {
          *icon = "security-medium-symbolic";
          *css_class = "warning";
          verdict = g_strdup (failure->error->message);
        }
    }
  return verdict;
}

static void
update_shield (WherryTransferRow *self)
{
  static const char *const classes[] = { "success", "warning", "error" };
  const char *icon = NULL;
  const char *css_class = NULL;
  g_autofree char *verdict = dup_verdict (self->transfer, &icon, &css_class);

  gtk_widget_set_visible (GTK_WIDGET (self->shield), verdict != NULL);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->shield), verdict);
  if (verdict == NULL)
    return;
  gtk_image_set_from_icon_name (self->shield, icon);
  for (gsize i = 0; i < G_N_ELEMENTS (classes); i++)
    set_css_class (GTK_WIDGET (self->shield), classes[i], g_str_equal (classes[i], css_class));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->shield), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  verdict, -1);
}

/* The list item around the row is what a screen reader stops at. */
static void
update_accessible (WherryTransferRow *self, const char *description)
{
  GtkWidget *item = gtk_widget_get_parent (GTK_WIDGET (self));
  const char *name = gtk_label_get_text (self->name_label);

  if (item != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (item), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                    GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description, -1);
}

static void
update_progress (WherryTransferRow *self)
{
  WherryTransferState state = wherry_transfer_get_state (self->transfer);
  const char *notice = wherry_transfer_get_notice (self->transfer);
  WherryProgress progress;
  g_autofree char *status = NULL;
  g_autofree char *description = NULL;

  wherry_transfer_get_progress (self->transfer, &progress);
  status = wherry_format_outcome (state, &progress, wherry_transfer_get_error (self->transfer));
  gtk_label_set_text (self->status_label, status);

  if (state >= WHERRY_TRANSFER_RUNNING && state <= WHERRY_TRANSFER_PAUSED)
    {
      double fraction = wherry_format_fraction (&progress);

      if (fraction < 0 && state == WHERRY_TRANSFER_RUNNING)
        gtk_progress_bar_pulse (self->progress_bar);
      else if (fraction >= 0)
        gtk_progress_bar_set_fraction (self->progress_bar, fraction);
    }
  else if (!wherry_transfer_is_over (self->transfer))
    gtk_progress_bar_set_fraction (self->progress_bar, 0);

  gtk_widget_set_visible (self->details_button,
                          progress.files_failed > 0 || state == WHERRY_TRANSFER_FAILED);
  gtk_label_set_text (self->notice_label, notice != NULL ? notice : "");
  gtk_widget_set_visible (GTK_WIDGET (self->notice_label), notice != NULL);
  description = g_strjoin (" · ", status, notice, NULL);
  update_accessible (self, description);
}

static void
update_state (WherryTransferRow *self)
{
  WherryTransferState state = wherry_transfer_get_state (self->transfer);
  gboolean over = wherry_transfer_is_over (self->transfer);
  gboolean failed = state == WHERRY_TRANSFER_FAILED;

  gtk_image_set_from_icon_name (self->icon, icon_name (self->transfer));
  set_css_class (GTK_WIDGET (self->icon), "success", state == WHERRY_TRANSFER_DONE);
  set_css_class (GTK_WIDGET (self->icon), "error", failed);
  set_css_class (GTK_WIDGET (self->status_label), "error", failed);
  set_css_class (GTK_WIDGET (self->status_label), "dim-label", over && !failed);

  gtk_widget_set_visible (GTK_WIDGET (self->progress_bar), !over);
  gtk_widget_set_visible (self->pause_button, wherry_transfer_can_pause (self->transfer));
  gtk_widget_set_visible (self->resume_button, wherry_transfer_can_resume (self->transfer));
  gtk_widget_set_visible (self->retry_button, wherry_transfer_can_retry (self->transfer));
  gtk_widget_set_visible (self->cancel_button, !over);

  update_shield (self);
  update_progress (self);
}

static void
set_label (GtkWidget *widget, const char *label)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
}

static void
set_names (WherryTransferRow *self)
{
  g_autofree char *name = wherry_transfer_dup_name (self->transfer);
  g_autofree char *from = wherry_format_endpoint (wherry_transfer_get_source (self->transfer));
  g_autofree char *to = wherry_format_endpoint (wherry_transfer_get_target (self->transfer));
  /* Translators: where a file comes from, and where it goes. */
  g_autofree char *route = g_strdup_printf (_ ("%s → %s"), from, to);
  g_autofree char *pause = g_strdup_printf (_ ("Pause “%s”"), name);
  g_autofree char *resume = g_strdup_printf (_ ("Go on with “%s”"), name);
  g_autofree char *retry = g_strdup_printf (_ ("Try “%s” again"), name);
  g_autofree char *cancel = g_strdup_printf (_ ("Cancel “%s”"), name);
  g_autofree char *details = g_strdup_printf (_ ("Show what went wrong with “%s”"), name);
  g_autofree char *bar = g_strdup_printf (_ ("Progress of “%s”"), name);

  gtk_label_set_text (self->name_label, name);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->name_label), name);
  gtk_label_set_text (self->route_label, route);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->route_label), route);
  set_label (self->pause_button, pause);
  set_label (self->resume_button, resume);
  set_label (self->retry_button, retry);
  set_label (self->cancel_button, cancel);
  set_label (self->details_button, details);
  set_label (GTK_WIDGET (self->progress_bar), bar);
}

static void
on_pause_clicked (WherryTransferRow *self)
{
  wherry_transfer_pause (self->transfer);
}

static void
on_resume_clicked (WherryTransferRow *self)
{
  wherry_transfer_resume (self->transfer);
}

static void
on_retry_clicked (WherryTransferRow *self)
{
  /* What has arrived is not sent again. */
  if (wherry_transfer_can_retry_failed (self->transfer))
    wherry_transfer_retry_failed (self->transfer);
  else
    wherry_transfer_retry (self->transfer);
}

static void
on_cancel_clicked (WherryTransferRow *self)
{
  wherry_transfer_cancel (self->transfer);
}

static void
on_details_clicked (WherryTransferRow *self)
{
  wherry_details_window_present (self->transfer,
                                 GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))));
}

static void
wherry_transfer_row_dispose (GObject *object)
{
  WherryTransferRow *self = WHERRY_TRANSFER_ROW (object);

  wherry_transfer_row_set_transfer (self, NULL);
  g_clear_pointer (&self->box, gtk_widget_unparent);

  G_OBJECT_CLASS (wherry_transfer_row_parent_class)->dispose (object);
}

static void
wherry_transfer_row_class_init (WherryTransferRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wherry_transfer_row_dispose;

  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/app/wherry/Wherry/ui/wherry-transfer-row.ui");
  gtk_widget_class_bind_template_child (widget_class, WherryTransferRow, box);
  gtk_widget_class_bind_template_child (widget_class, WherryTransferRow, icon);
  gtk_widget_class_bind_template_child (widget_class, WherryTransferRow, name_label);
  gtk_widget_class_bind_template_child (widget_class, WherryTransferRow, route_label);
  gtk_widget_class_bind_template_child (widget_class, WherryTransferRow, progress_bar);
  gtk_widget_class_bind_template_child (widget_class, WherryTransferRow, status_label);
  gtk_widget_class_bind_template_child (widget_class, WherryTransferRow, notice_label);
  gtk_widget_class_bind_template_child (widget_class, WherryTransferRow, shield);
  gtk_widget_class_bind_template_child (widget_class, WherryTransferRow, details_button);
  gtk_widget_class_bind_template_child (widget_class, WherryTransferRow, pause_button);
  gtk_widget_class_bind_template_child (widget_class, WherryTransferRow, resume_button);
  gtk_widget_class_bind_template_child (widget_class, WherryTransferRow, retry_button);
  gtk_widget_class_bind_template_child (widget_class, WherryTransferRow, cancel_button);
  gtk_widget_class_bind_template_callback (widget_class, on_pause_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_resume_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_retry_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_cancel_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_details_clicked);
}

static void
wherry_transfer_row_init (WherryTransferRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * wherry_transfer_row_new:
 *
 * Returns: (transfer floating): an empty row
 */
GtkWidget *
wherry_transfer_row_new (void)
{
  return g_object_new (WHERRY_TYPE_TRANSFER_ROW, NULL);
}

/**
 * wherry_transfer_row_set_transfer:
 * @self: the row
 * @transfer: (nullable): what to show from now on
 */
void
wherry_transfer_row_set_transfer (WherryTransferRow *self, WherryTransfer *transfer)
{
  g_return_if_fail (WHERRY_IS_TRANSFER_ROW (self));

  if (self->transfer != NULL)
    g_signal_handlers_disconnect_by_data (self->transfer, self);
  g_set_object (&self->transfer, transfer);
  if (transfer == NULL)
    return;

  g_signal_connect_object (transfer, "notify::state", G_CALLBACK (update_state), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (transfer, "notify::progress-tick", G_CALLBACK (update_progress), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (transfer, "notify::notice", G_CALLBACK (update_progress), self,
                           G_CONNECT_SWAPPED);
  set_names (self);
  update_state (self);
}

/**
 * wherry_transfer_row_get_transfer:
 * @self: the row
 *
 * Returns: (transfer none) (nullable): what it shows
 */
WherryTransfer *
wherry_transfer_row_get_transfer (WherryTransferRow *self)
{
  g_return_val_if_fail (WHERRY_IS_TRANSFER_ROW (self), NULL);

  return self->transfer;
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  gtk_list_item_set_child (item, wherry_transfer_row_new ());
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  wherry_transfer_row_set_transfer (WHERRY_TRANSFER_ROW (gtk_list_item_get_child (item)),
                                    gtk_list_item_get_item (item));
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  wherry_transfer_row_set_transfer (WHERRY_TRANSFER_ROW (gtk_list_item_get_child (item)), NULL);
}

static void
on_activate (GtkListView *list, guint position)
{
  g_autoptr (WherryTransfer) transfer
      = g_list_model_get_item (G_LIST_MODEL (gtk_list_view_get_model (list)), position);
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (list));

  if (transfer != NULL && root != NULL)
    wherry_details_window_present (transfer, GTK_WINDOW (root));
}

/**
 * wherry_transfer_row_set_up_list:
 * @list: a list of transfers
 *
 * Lets it have such rows, which lead to all of their transfer.
 */
void
wherry_transfer_row_set_up_list (GtkListView *list)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();

  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (on_unbind), NULL);
  gtk_list_view_set_factory (list, factory);
  g_signal_connect (list, "activate", G_CALLBACK (on_activate), NULL);
}
