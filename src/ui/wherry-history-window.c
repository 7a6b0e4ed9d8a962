#include "config.h"

#include "ui/wherry-history-window.h"

#include <glib/gi18n-lib.h>

#include "ui/wherry-format.h"
#include "ui/wherry-transfer-place.h"

/* So many are read at a time, as one scrolls towards them. */
#define PORTION 100

struct _WherryHistoryWindow {
  AdwWindow parent_instance;

  /* Template widgets */
  GtkEditable *search_entry;
  GtkWidget *clear_button;
  GtkStack *stack;
  GtkListView *list_view;
  AdwStatusPage *empty_page;

  /* Owned */
  WherryJournal *journal;
  GListStore *transfers;     /* of WherryTransfer, with when they ended as ENDED_KEY */
  GCancellable *cancellable; /* (nullable): while it is read */
  guint n_read;              /* records, those that can't be understood too */
  gboolean complete;         /* there are no more */
};

G_DEFINE_FINAL_TYPE (WherryHistoryWindow, wherry_history_window, ADW_TYPE_WINDOW)

#define ENDED_KEY "wherry-ended"

static void
show_found (WherryHistoryWindow *self)
{
  gboolean any = g_list_model_get_n_items (G_LIST_MODEL (self->transfers)) > 0;
  gboolean all = *gtk_editable_get_text (self->search_entry) == '\0';

  adw_status_page_set_title (self->empty_page, all ? _ ("No History") : _ ("Nothing Found"));
  gtk_stack_set_visible_child_name (self->stack, any ? "list" : "empty");
  gtk_widget_set_sensitive (self->clear_button, any && all);
}

static void
on_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherryHistoryWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) records = wherry_journal_records_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->cancellable);
  self->complete = records == NULL || records->len < PORTION;
  self->n_read += records != NULL ? records->len : 0;
  for (guint i = 0; records != NULL && i < records->len; i++)
    {
      const WherryRecord *record = records->pdata[i];
      g_autoptr (WherryTransfer) transfer = wherry_transfer_new_from_record (record);

      if (transfer == NULL)
        continue;
      g_object_set_data_full (G_OBJECT (transfer), ENDED_KEY,
                              wherry_format_time (record->ended, NULL), g_free);
      g_list_store_append (self->transfers, transfer);
    }
  show_found (self);
}

static void
read_on (WherryHistoryWindow *self)
{
  if (self->cancellable != NULL || self->complete)
    return;
  self->cancellable = g_cancellable_new ();
  wherry_journal_search_async (self->journal, gtk_editable_get_text (self->search_entry),
                               self->n_read, PORTION, self->cancellable, on_found,
                               g_object_ref (self));
}

static void
stop (WherryHistoryWindow *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

static void
on_search_changed (WherryHistoryWindow *self)
{
  stop (self);
  g_list_store_remove_all (self->transfers);
  self->n_read = 0;
  self->complete = FALSE;
  read_on (self);
}

static void
on_edge_reached (WherryHistoryWindow *self, GtkPositionType edge)
{
  if (edge == GTK_POS_BOTTOM)
    read_on (self);
}

static void
clear (WherryHistoryWindow *self)
{
  wherry_journal_forget_history (self->journal, G_MAXINT64);
  on_search_changed (self);
}

static void
on_clear_clicked (WherryHistoryWindow *self)
{
  GtkWidget *dialog = adw_message_dialog_new (
      GTK_WINDOW (self), _ ("Clear the History?"),
      _ ("What was copied when is forgotten, but for what the list of transfers still shows. The "
         "files stay."));

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "keep", _ ("_Cancel"), "clear",
                                    _ ("C_lear"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "clear",
                                              ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "keep");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "keep");
  g_signal_connect_object (dialog, "response::clear", G_CALLBACK (clear), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
on_show_clicked (GtkListItem *item)
{
  g_autoptr (GFile) file = wherry_transfer_place_find (gtk_list_item_get_item (item));

  if (file != NULL)
    wherry_transfer_place_show (file);
}

static GtkWidget *
new_line (const char *css_class)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  if (css_class != NULL)
    gtk_widget_add_css_class (label, css_class);
  return label;
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *lines = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
  GtkWidget *button = gtk_button_new_from_icon_name ("folder-open-symbolic");

  gtk_box_append (GTK_BOX (lines), new_line (NULL));
  gtk_box_append (GTK_BOX (lines), new_line ("dim-label"));
  gtk_box_append (GTK_BOX (lines), new_line ("caption"));
  gtk_widget_add_css_class (gtk_widget_get_next_sibling (gtk_widget_get_first_child (lines)),
                            "caption");
  gtk_widget_set_hexpand (lines, TRUE);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, _ ("Show in Files"));
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_show_clicked), item,
                           G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (row), lines);
  gtk_box_append (GTK_BOX (row), button);
  gtk_list_item_set_activatable (item, FALSE);
  gtk_list_item_set_child (item, row);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  WherryTransfer *transfer = gtk_list_item_get_item (item);
  GtkWidget *row = gtk_list_item_get_child (item);
  GtkWidget *button = gtk_widget_get_last_child (row);
  GtkWidget *line = gtk_widget_get_first_child (gtk_widget_get_first_child (row));
  g_autofree char *name = wherry_transfer_dup_name (transfer);
  g_autofree char *from = wherry_format_endpoint (wherry_transfer_get_source (transfer));
  g_autofree char *to = wherry_format_endpoint (wherry_transfer_get_target (transfer));
  /* Translators: where a file comes from, and where it goes. */
  g_autofree char *route = g_strdup_printf (_ ("%s → %s"), from, to);
  g_autofree char *outcome = NULL;
  g_autofree char *status = NULL;
  g_autofree char *show = g_strdup_printf (_ ("Show “%s” in Files"), name);
  g_autoptr (GFile) file = wherry_transfer_place_find (transfer);
  WherryProgress progress;

  wherry_transfer_get_progress (transfer, &progress);
  outcome = wherry_format_outcome (wherry_transfer_get_state (transfer), &progress,
                                   wherry_transfer_get_error (transfer));
  status = g_strdup_printf ("%s · %s",
                            (const char *) g_object_get_data (G_OBJECT (transfer), ENDED_KEY),
                            outcome);

  gtk_label_set_text (GTK_LABEL (line), name);
  gtk_widget_set_tooltip_text (line, name);
  line = gtk_widget_get_next_sibling (line);
  gtk_label_set_text (GTK_LABEL (line), route);
  gtk_widget_set_tooltip_text (line, route);
  line = gtk_widget_get_next_sibling (line);
  gtk_label_set_text (GTK_LABEL (line), status);
  gtk_widget_set_tooltip_text (line, status);
  gtk_widget_set_visible (button, file != NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, show, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (gtk_widget_get_parent (row)),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, status, -1);
}

static void
wherry_history_window_dispose (GObject *object)
{
  WherryHistoryWindow *self = WHERRY_HISTORY_WINDOW (object);

  stop (self);
  g_clear_object (&self->transfers);
  g_clear_pointer (&self->journal, wherry_journal_unref);

  G_OBJECT_CLASS (wherry_history_window_parent_class)->dispose (object);
}

static void
wherry_history_window_class_init (WherryHistoryWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wherry_history_window_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/app/wherry/Wherry/ui/wherry-history-window.ui");
  gtk_widget_class_bind_template_child (widget_class, WherryHistoryWindow, search_entry);
  gtk_widget_class_bind_template_child (widget_class, WherryHistoryWindow, clear_button);
  gtk_widget_class_bind_template_child (widget_class, WherryHistoryWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, WherryHistoryWindow, list_view);
  gtk_widget_class_bind_template_child (widget_class, WherryHistoryWindow, empty_page);
  gtk_widget_class_bind_template_callback (widget_class, on_search_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_edge_reached);
  gtk_widget_class_bind_template_callback (widget_class, on_clear_clicked);
  gtk_widget_class_bind_template_callback (widget_class, gtk_window_close);
}

static void
wherry_history_window_init (WherryHistoryWindow *self)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GtkSelectionModel) selection = NULL;

  gtk_widget_init_template (GTK_WIDGET (self));
  self->transfers = g_list_store_new (WHERRY_TYPE_TRANSFER);
  selection
      = GTK_SELECTION_MODEL (gtk_no_selection_new (G_LIST_MODEL (g_object_ref (self->transfers))));
  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), NULL);
  gtk_list_view_set_factory (self->list_view, factory);
  gtk_list_view_set_model (self->list_view, selection);
}

/**
 * wherry_history_window_new:
 * @journal: where the transfers are written down
 *
 * Returns: (transfer none): a window; not presented
 */
GtkWidget *
wherry_history_window_new (WherryJournal *journal)
{
  g_return_val_if_fail (journal != NULL, NULL);

  WherryHistoryWindow *self = g_object_new (WHERRY_TYPE_HISTORY_WINDOW, NULL);

  self->journal = wherry_journal_ref (journal);
  read_on (self);
  return GTK_WIDGET (self);
}
