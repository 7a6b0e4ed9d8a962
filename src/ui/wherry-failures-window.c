#include "config.h"

#include "ui/wherry-failures-window.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"

struct _WherryFailuresWindow {
  AdwWindow parent_instance;

  /* Template widgets */
  AdwToastOverlay *toast_overlay;
  AdwWindowTitle *window_title;
  GtkListView *list_view;

  /* Owned */
  GString *text; /* all of it, for the clipboard */
};

G_DEFINE_FINAL_TYPE (WherryFailuresWindow, wherry_failures_window, ADW_TYPE_WINDOW)

/* A row's two lines travel in one string: neither an escaped path nor a message holds a line end.
 */
#define PATH_END '\n'

static GtkWidget *
new_label (const char *css_class, gboolean selectable)
{
  GtkWidget *label = gtk_label_new (NULL);
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();

  /* A hyphen at a line's end would look like a part of the name. */
  pango_attr_list_insert (attributes, pango_attr_insert_hyphens_new (FALSE));
  gtk_label_set_attributes (GTK_LABEL (label), attributes);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_selectable (GTK_LABEL (label), selectable);
  if (css_class != NULL)
    gtk_widget_add_css_class (label, css_class);

  return label;
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);

  gtk_box_append (GTK_BOX (box), new_label (NULL, FALSE));
  gtk_box_append (GTK_BOX (box), new_label ("dim-label", FALSE));
  gtk_widget_add_css_class (gtk_widget_get_last_child (box), "caption");
  gtk_list_item_set_activatable (item, FALSE);
  gtk_list_item_set_child (item, box);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *box = gtk_list_item_get_child (item);
  const char *text = gtk_string_object_get_string (gtk_list_item_get_item (item));
  const char *end = strchr (text, PATH_END);
  g_autofree char *path = g_strndup (text, (gsize) (end - text));
  GtkWidget *path_label = gtk_widget_get_first_child (box);

  gtk_label_set_text (GTK_LABEL (path_label), path);
  gtk_widget_set_visible (path_label, *path != '\0');
  gtk_label_set_text (GTK_LABEL (gtk_widget_get_last_child (box)), end + 1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (gtk_widget_get_parent (box)),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, *path != '\0' ? path : end + 1,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, end + 1, -1);
}

static void
on_copy_clicked (WherryFailuresWindow *self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), self->text->str);
  adw_toast_overlay_add_toast (self->toast_overlay, adw_toast_new (_ ("Copied to the clipboard")));
}

static void
wherry_failures_window_finalize (GObject *object)
{
  g_string_free (WHERRY_FAILURES_WINDOW (object)->text, TRUE);
  G_OBJECT_CLASS (wherry_failures_window_parent_class)->finalize (object);
}

static void
wherry_failures_window_class_init (WherryFailuresWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = wherry_failures_window_finalize;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/app/wherry/Wherry/ui/wherry-failures-window.ui");
  gtk_widget_class_bind_template_child (widget_class, WherryFailuresWindow, toast_overlay);
  gtk_widget_class_bind_template_child (widget_class, WherryFailuresWindow, window_title);
  gtk_widget_class_bind_template_child (widget_class, WherryFailuresWindow, list_view);
  gtk_widget_class_bind_template_callback (widget_class, on_copy_clicked);
}

static void
wherry_failures_window_init (WherryFailuresWindow *self)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();

  self->text = g_string_new (NULL);
  gtk_widget_init_template (GTK_WIDGET (self));

  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), NULL);
  gtk_list_view_set_factory (self->list_view, factory);
}

static void
add_failure (WherryFailuresWindow *self, GtkStringList *rows, const char *path, const GError *error)
{
  g_autofree char *shown = path != NULL ? wherry_text_display_name (path) : g_strdup ("");
  g_autofree char *row = g_strdup_printf ("%s%c%s", shown, PATH_END, error->message);

  gtk_string_list_append (rows, row);
  if (*shown != '\0')
    g_string_append_printf (self->text, "%s: ", shown);
  g_string_append_printf (self->text, "%s\n", error->message);
}

/**
 * wherry_failures_window_new:
 * @transfer: a transfer; what failed so far is shown
 *
 * Returns: (transfer full): the window; not presented
 */
GtkWidget *
wherry_failures_window_new (WherryTransfer *transfer)
{
  g_return_val_if_fail (WHERRY_IS_TRANSFER (transfer), NULL);

  WherryFailuresWindow *self = g_object_new (WHERRY_TYPE_FAILURES_WINDOW, NULL);
  const GError *error = wherry_transfer_get_error (transfer);
  g_autoptr (GPtrArray) failures = wherry_transfer_dup_failures (transfer);
  g_autofree char *name = wherry_transfer_dup_name (transfer);
  GtkStringList *rows = gtk_string_list_new (NULL);
  WherryProgress progress;

  adw_window_title_set_subtitle (self->window_title, name);

  /* “Incomplete” only sums up what the list says. */
  if (error != NULL
      && !(failures->len > 0 && g_error_matches (error, WHERRY_ERROR, WHERRY_ERROR_INCOMPLETE)))
    add_failure (self, rows, NULL, error);

  for (guint i = 0; i < failures->len; i++)
    {
      const WherryFailure *failure = g_ptr_array_index (failures, i);

      /* A single file's failure is the transfer's own, told above. */
      if (error != NULL && failures->len == 1 && g_list_model_get_n_items (G_LIST_MODEL (rows)) == 1
          && g_str_equal (error->message, failure->error->message))
        continue;
      add_failure (self, rows, failure->path, failure->error);
    }

  wherry_transfer_get_progress (transfer, &progress);
  if (progress.files_failed > failures->len)
    {
      g_autoptr (GError) more
          = g_error_new (WHERRY_ERROR, WHERRY_ERROR_INCOMPLETE,
                         ngettext ("%lu more is not listed", "%lu more are not listed",
                                   (gulong) (progress.files_failed - failures->len)),
                         (gulong) (progress.files_failed - failures->len));

      add_failure (self, rows, NULL, more);
    }

  g_autoptr (GtkSelectionModel) selection
      = GTK_SELECTION_MODEL (gtk_no_selection_new (G_LIST_MODEL (rows)));
  gtk_list_view_set_model (self->list_view, selection);

  return GTK_WIDGET (self);
}
