#include "config.h"

#include "ui/wherry-details-window.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "ui/wherry-file-item.h"
#include "ui/wherry-file-list.h"
#include "ui/wherry-format.h"
#include "ui/wherry-toast.h"

#define WIDTH 560
#define HEIGHT 440

/* The entries of the drop-down, in their order. */
static const guint shown_states[] = {
  WHERRY_FILE_ALL_STATES,    1u << WHERRY_FILE_FAILED,
  1u << WHERRY_FILE_RUNNING, 1u << WHERRY_FILE_WAITING,
  1u << WHERRY_FILE_DONE,    (1u << WHERRY_FILE_LEFT_OUT) | (1u << WHERRY_FILE_KEPT),
};

#define SHOW_FAILED 1

struct _WherryDetailsWindow {
  AdwWindow parent_instance;

  /* Template widgets */
  AdwToastOverlay *toast_overlay;
  AdwWindowTitle *window_title;
  GtkWidget *copy_button;
  GtkLabel *status_label;
  GtkLabel *notice_label;
  GtkLabel *route_label;
  GtkWidget *search_box;
  GtkEditable *search_entry;
  GtkDropDown *show_dropdown;
  GtkStack *stack;
  GtkListView *list_view;
  GtkLabel *counts_label;

  /* Owned */
  WherryTransfer *transfer;
  WherryFileList *files;
  GPtrArray *rows; /* element-type GtkListItem, unowned: that show a file now */
};

G_DEFINE_FINAL_TYPE (WherryDetailsWindow, wherry_details_window, ADW_TYPE_WINDOW)

/* What a row says of its file, as long as that holds. */
#define ROW_STATE "wherry-state"

static const char *
get_icon_name (WherryFileState state)
{
  switch (state)
    {
    case WHERRY_FILE_DONE:
      return "emblem-ok-symbolic";
    case WHERRY_FILE_FAILED:
      return "dialog-warning-symbolic";
    case WHERRY_FILE_LEFT_OUT:
    case WHERRY_FILE_KEPT:
      return "action-unavailable-symbolic";
    case WHERRY_FILE_RUNNING:
      return "media-playback-start-symbolic";
    case WHERRY_FILE_WAITING:
    default:
      return "content-loading-symbolic";
    }
}

/* One line on a file, with the server's words where it has failed by them. */
static char *
format_state (WherryDetailsWindow *self, const WherryFileEntry *entry)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *size
      = entry->size != WHERRY_FILE_SIZE_UNKNOWN ? g_format_size (entry->size) : NULL;
  const char *words = NULL;

  switch (entry->state)
    {
    case WHERRY_FILE_FAILED:
      error = wherry_transfer_dup_failure (self->transfer, entry->failure);
      return g_strdup (error != NULL ? error->message : _ ("Failed"));
    case WHERRY_FILE_LEFT_OUT:
      words = _ ("Left out, as the transfer’s rules say");
      break;
    case WHERRY_FILE_KEPT:
      words = _ ("Skipped: a file of this name is there");
      break;
    case WHERRY_FILE_DONE:
      words = _ ("Done");
      break;
    case WHERRY_FILE_RUNNING:
      words = _ ("Being copied");
      break;
    case WHERRY_FILE_WAITING:
    default:
      words = wherry_transfer_is_over (self->transfer) ? _ ("Not copied") : _ ("Waiting");
      break;
    }
  return g_strjoin (" · ", words, size, NULL);
}

static void
set_css_class (GtkWidget *widget, const char *name, gboolean set)
{
  if (set)
    gtk_widget_add_css_class (widget, name);
  else
    gtk_widget_remove_css_class (widget, name);
}

static void
show_file (WherryDetailsWindow *self, GtkListItem *item, gboolean anew)
{
  GtkWidget *row = gtk_list_item_get_child (item);
  GtkWidget *icon = gtk_widget_get_first_child (row);
  GtkWidget *texts = gtk_widget_get_last_child (row);
  GtkWidget *state_label = gtk_widget_get_last_child (texts);
  gboolean over = wherry_transfer_is_over (self->transfer);
  g_auto (WherryFileEntry) entry = { 0 };

  if (!wherry_file_log_read (wherry_file_list_get_log (self->files),
                             wherry_file_item_get_index (gtk_list_item_get_item (item)), &entry))
    return;

  /* Never 0. An end makes another thing of what waits. */
  guint known = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (row), ROW_STATE));
  guint state = 1 + entry.state + (over ? WHERRY_N_FILE_STATES : 0);
  if (!anew && known == state)
    return;
  g_object_set_data (G_OBJECT (row), ROW_STATE, GUINT_TO_POINTER (state));

  g_autofree char *name = wherry_text_display_name (entry.name);
  g_autofree char *words = format_state (self, &entry);
  gtk_label_set_text (GTK_LABEL (gtk_widget_get_first_child (texts)), name);
  gtk_label_set_text (GTK_LABEL (state_label), words);
  set_css_class (state_label, "dim-label", entry.state != WHERRY_FILE_FAILED);
  gtk_image_set_from_icon_name (GTK_IMAGE (icon), get_icon_name (entry.state));
  set_css_class (icon, "success", entry.state == WHERRY_FILE_DONE);
  set_css_class (icon, "error", entry.state == WHERRY_FILE_FAILED);
  set_css_class (icon, "dim-label", entry.state == WHERRY_FILE_WAITING);
  gtk_widget_set_tooltip_text (row, name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (gtk_widget_get_parent (row)),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, words, -1);
}

static GtkWidget *
new_label (gboolean wraps)
{
  GtkWidget *label = gtk_label_new (NULL);
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();

  /* A hyphen at a line's end would look like a part of the name. */
  pango_attr_list_insert (attributes, pango_attr_insert_hyphens_new (FALSE));
  gtk_label_set_attributes (GTK_LABEL (label), attributes);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), wraps);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_ellipsize (GTK_LABEL (label),
                           wraps ? PANGO_ELLIPSIZE_NONE : PANGO_ELLIPSIZE_MIDDLE);
  return label;
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *icon
      = g_object_new (GTK_TYPE_IMAGE, "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);

  gtk_widget_set_hexpand (texts, TRUE);
  gtk_box_append (GTK_BOX (texts), new_label (FALSE));
  gtk_box_append (GTK_BOX (texts), new_label (TRUE));
  gtk_widget_add_css_class (gtk_widget_get_last_child (texts), "caption");
  gtk_box_append (GTK_BOX (row), icon);
  gtk_box_append (GTK_BOX (row), texts);
  gtk_list_item_set_activatable (item, FALSE);
  gtk_list_item_set_child (item, row);
}

static void
on_bind (WherryDetailsWindow *self, GtkListItem *item)
{
  g_ptr_array_add (self->rows, item);
  show_file (self, item, TRUE);
}

static void
on_unbind (WherryDetailsWindow *self, GtkListItem *item)
{
  g_ptr_array_remove_fast (self->rows, item);
}

/* What failed of the transfer as a whole; NULL if nothing did. */
static char *
dup_error (WherryDetailsWindow *self)
{
  const GError *error = wherry_transfer_get_error (self->transfer);
  g_autoptr (GPtrArray) failures = wherry_transfer_dup_failures (self->transfer);
  GString *text = g_string_new (NULL);

  /* “Incomplete” only sums up what the list says. */
  if (error != NULL
      && !(failures->len > 0 && g_error_matches (error, WHERRY_ERROR, WHERRY_ERROR_INCOMPLETE)))
    g_string_append (text, error->message);
  for (guint i = 0; i < failures->len; i++)
    {
      const WherryFailure *failure = failures->pdata[i];

      if (*failure->key == '\0' && !g_str_equal (text->str, failure->error->message))
        g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "", failure->error->message);
    }
  return g_string_free (text, text->len == 0);
}

/* Appends one part of a line such as "3 failed · 41 waiting", if there is anything to tell. */
static void
append_count (GString *line, guint n, char *part)
{
  if (n > 0)
    g_string_append_printf (line, "%s%s", line->len > 0 ? " · " : "", part);
  g_free (part);
}

static void
update_counts (WherryDetailsWindow *self)
{
  WherryFileLog *log = wherry_file_list_get_log (self->files);
  guint counts[WHERRY_N_FILE_STATES];
  g_autoptr (GString) line = g_string_new (NULL);
  WherryProgress progress;

  gtk_widget_set_visible (self->search_box, log != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->counts_label), log != NULL);
  if (log == NULL)
    return;

  guint n = wherry_file_log_count (log, counts);
  guint n_failed = counts[WHERRY_FILE_FAILED];
  guint n_active = counts[WHERRY_FILE_RUNNING];
  guint n_waiting = wherry_transfer_is_over (self->transfer) ? 0 : counts[WHERRY_FILE_WAITING];
  guint n_done = counts[WHERRY_FILE_DONE];
  guint n_skipped = counts[WHERRY_FILE_LEFT_OUT] + counts[WHERRY_FILE_KEPT];
  wherry_transfer_get_progress (self->transfer, &progress);
  guint64 all = MAX (progress.files_total,
                     progress.files_done + progress.files_failed + progress.files_skipped);
  guint n_more = all > n ? (guint) MIN (all - n, G_MAXINT) : 0;
  append_count (line, n_failed,
                g_strdup_printf (ngettext ("%u failed", "%u failed", n_failed), n_failed));
  append_count (line, n_active,
                g_strdup_printf (ngettext ("%u active", "%u active", n_active), n_active));
  append_count (line, n_waiting,
                g_strdup_printf (ngettext ("%u waiting", "%u waiting", n_waiting), n_waiting));
  append_count (line, n_done, g_strdup_printf (ngettext ("%u done", "%u done", n_done), n_done));
  append_count (line, n_skipped,
                g_strdup_printf (ngettext ("%u skipped", "%u skipped", n_skipped), n_skipped));
  /* What a server was not yet asked for, what was done by an earlier run of the program, and what
   * there was no room for. */
  append_count (line, n_more,
                g_strdup_printf (ngettext ("%u more is not listed", "%u more are not listed",
                                           n_more),
                                 n_more));
  gtk_label_set_text (self->counts_label, line->str);
}

static void
update_list (WherryDetailsWindow *self)
{
  gboolean any = g_list_model_get_n_items (G_LIST_MODEL (self->files)) > 0;
  gboolean known = wherry_file_list_get_log (self->files) != NULL;

  gtk_stack_set_visible_child_name (self->stack, any ? "list" : known ? "nothing" : "none");
}

static void
update (WherryDetailsWindow *self)
{
  WherryTransferState state = wherry_transfer_get_state (self->transfer);
  const char *notice = wherry_transfer_get_notice (self->transfer);
  g_autofree char *status = NULL;
  g_autofree char *error = state == WHERRY_TRANSFER_FAILED ? dup_error (self) : NULL;
  WherryProgress progress;

  wherry_transfer_get_progress (self->transfer, &progress);
  status = wherry_format_outcome (state, &progress, wherry_transfer_get_error (self->transfer));
  gtk_label_set_text (self->status_label, error != NULL ? error : status);
  set_css_class (GTK_WIDGET (self->status_label), "error", state == WHERRY_TRANSFER_FAILED);
  gtk_label_set_text (self->notice_label, notice != NULL ? notice : "");
  gtk_widget_set_visible (GTK_WIDGET (self->notice_label), notice != NULL);

  wherry_file_list_update (self->files);
  for (guint i = 0; i < self->rows->len; i++)
    show_file (self, self->rows->pdata[i], FALSE);
  update_list (self);
  update_counts (self);
}

static void
on_filter_changed (WherryDetailsWindow *self)
{
  guint selected = gtk_drop_down_get_selected (self->show_dropdown);

  if (self->files == NULL || selected >= G_N_ELEMENTS (shown_states))
    return;
  wherry_file_list_set_filter (self->files, gtk_editable_get_text (self->search_entry),
                               shown_states[selected]);
  update_list (self);
}

/* Escape takes back what is looked for first. */
static void
on_stop_search (WherryDetailsWindow *self)
{
  if (*gtk_editable_get_text (self->search_entry) != '\0')
    gtk_editable_set_text (self->search_entry, "");
  else
    gtk_window_close (GTK_WINDOW (self));
}

/* What is shown, a line each. */
static void
on_copy_clicked (WherryDetailsWindow *self)
{
  GListModel *model = G_LIST_MODEL (self->files);
  g_autoptr (GString) text = g_string_new (gtk_label_get_text (self->status_label));

  g_string_append_c (text, '\n');
  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (WherryFileItem) item = g_list_model_get_item (model, i);
      g_auto (WherryFileEntry) entry = { 0 };

      if (!wherry_file_log_read (wherry_file_list_get_log (self->files),
                                 wherry_file_item_get_index (item), &entry))
        continue;
      g_autofree char *name = wherry_text_display_name (entry.name);
      g_autofree char *words = format_state (self, &entry);
      g_string_append_printf (text, "%s: %s\n", name, words);
    }
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text->str);
  wherry_toast_show (GTK_WIDGET (self->toast_overlay), _ ("Copied to the clipboard"));
}

static void
wherry_details_window_dispose (GObject *object)
{
  WherryDetailsWindow *self = WHERRY_DETAILS_WINDOW (object);

  if (self->transfer != NULL)
    g_signal_handlers_disconnect_by_data (self->transfer, self);
  if (self->list_view != NULL)
    gtk_list_view_set_model (self->list_view, NULL);
  g_clear_object (&self->files);
  g_clear_object (&self->transfer);

  G_OBJECT_CLASS (wherry_details_window_parent_class)->dispose (object);
}

static void
wherry_details_window_finalize (GObject *object)
{
  g_ptr_array_unref (WHERRY_DETAILS_WINDOW (object)->rows);

  G_OBJECT_CLASS (wherry_details_window_parent_class)->finalize (object);
}

static void
wherry_details_window_class_init (WherryDetailsWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wherry_details_window_dispose;
  G_OBJECT_CLASS (klass)->finalize = wherry_details_window_finalize;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/app/wherry/Wherry/ui/wherry-details-window.ui");
  gtk_widget_class_bind_template_child (widget_class, WherryDetailsWindow, toast_overlay);
  gtk_widget_class_bind_template_child (widget_class, WherryDetailsWindow, window_title);
  gtk_widget_class_bind_template_child (widget_class, WherryDetailsWindow, copy_button);
  gtk_widget_class_bind_template_child (widget_class, WherryDetailsWindow, status_label);
  gtk_widget_class_bind_template_child (widget_class, WherryDetailsWindow, notice_label);
  gtk_widget_class_bind_template_child (widget_class, WherryDetailsWindow, route_label);
  gtk_widget_class_bind_template_child (widget_class, WherryDetailsWindow, search_box);
  gtk_widget_class_bind_template_child (widget_class, WherryDetailsWindow, search_entry);
  gtk_widget_class_bind_template_child (widget_class, WherryDetailsWindow, show_dropdown);
  gtk_widget_class_bind_template_child (widget_class, WherryDetailsWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, WherryDetailsWindow, list_view);
  gtk_widget_class_bind_template_child (widget_class, WherryDetailsWindow, counts_label);
  gtk_widget_class_bind_template_callback (widget_class, on_copy_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_filter_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_stop_search);
}

static void
wherry_details_window_init (WherryDetailsWindow *self)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();

  self->rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));

  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), NULL);
  g_signal_connect_swapped (factory, "bind", G_CALLBACK (on_bind), self);
  g_signal_connect_swapped (factory, "unbind", G_CALLBACK (on_unbind), self);
  gtk_list_view_set_factory (self->list_view, factory);
  gtk_search_entry_set_key_capture_widget (GTK_SEARCH_ENTRY (self->search_entry),
                                           GTK_WIDGET (self));
}

/**
 * wherry_details_window_new:
 * @transfer: a transfer
 *
 * Returns: (transfer full): the window; not presented
 */
GtkWidget *
wherry_details_window_new (WherryTransfer *transfer)
{
  g_return_val_if_fail (WHERRY_IS_TRANSFER (transfer), NULL);

  WherryDetailsWindow *self = g_object_new (WHERRY_TYPE_DETAILS_WINDOW, NULL);
  g_autofree char *name = wherry_transfer_dup_name (transfer);
  g_autofree char *from = wherry_format_endpoint (wherry_transfer_get_source (transfer));
  g_autofree char *to = wherry_format_endpoint (wherry_transfer_get_target (transfer));
  /* Translators: where a file comes from, and where it goes. */
  g_autofree char *route = g_strdup_printf (_ ("%s → %s"), from, to);
  g_autoptr (GtkSelectionModel) selection = NULL;
  guint counts[WHERRY_N_FILE_STATES] = { 0 };

  self->transfer = g_object_ref (transfer);
  self->files = wherry_file_list_new (transfer);
  selection
      = GTK_SELECTION_MODEL (gtk_no_selection_new (G_LIST_MODEL (g_object_ref (self->files))));
  adw_window_title_set_subtitle (self->window_title, name);
  gtk_label_set_text (self->route_label, route);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->route_label), route);

  /* Of many files those that failed are what a person looks for. */
  if (wherry_file_list_get_log (self->files) != NULL)
    wherry_file_log_count (wherry_file_list_get_log (self->files), counts);
  if (counts[WHERRY_FILE_FAILED] > 0)
    gtk_drop_down_set_selected (self->show_dropdown, SHOW_FAILED);

  gtk_list_view_set_model (self->list_view, selection);
  g_signal_connect_object (transfer, "notify::state", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (transfer, "notify::progress-tick", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  update (self);
  return GTK_WIDGET (self);
}

/**
 * wherry_details_window_present:
 * @transfer: a transfer
 * @parent: what the window stands in front of
 *
 * Shows all of @transfer.
 */
void
wherry_details_window_present (WherryTransfer *transfer, GtkWindow *parent)
{
  GtkWidget *window = wherry_details_window_new (transfer);

  /* No wider than what it stands in front of, which may be a telephone's screen. */
  gtk_window_set_default_size (GTK_WINDOW (window),
                               MIN (WIDTH, gtk_widget_get_width (GTK_WIDGET (parent))),
                               MIN (HEIGHT, gtk_widget_get_height (GTK_WIDGET (parent))));
  gtk_window_set_transient_for (GTK_WINDOW (window), parent);
  gtk_window_present (GTK_WINDOW (window));
}
