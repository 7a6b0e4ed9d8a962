#include "config.h"

#include "ui/wherry-path-bar.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-text.h"

/* Under which a button keeps its path. */
#define PATH_KEY "wherry-path"

/* Wider than any window, in pixels. */
#define NATURAL_WIDTH 8000

struct _WherryPathBar {
  AdwBin parent_instance;

  /* Template widgets */
  GtkStack *stack;
  GtkWidget *scrolled_window;
  GtkWidget *box;
  GtkWidget *entry;

  /* Owned */
  char *root; /* (nullable): what to call "/" */
  char *path; /* (nullable) */
  guint scroll_id;
};

G_DEFINE_FINAL_TYPE (WherryPathBar, wherry_path_bar, ADW_TYPE_BIN)

enum { SIGNAL_GO_TO, SIGNAL_TYPED, SIGNAL_CANCELLED, N_SIGNALS };

static guint signals[N_SIGNALS];

static gboolean
scroll_to_end (gpointer user_data)
{
  WherryPathBar *self = user_data;
  GtkAdjustment *adjustment
      = gtk_scrolled_window_get_hadjustment (GTK_SCROLLED_WINDOW (self->scrolled_window));
  gboolean at_the_left = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;

  self->scroll_id = 0;
  gtk_adjustment_set_value (adjustment, at_the_left ? gtk_adjustment_get_lower (adjustment)
                                                    : gtk_adjustment_get_upper (adjustment));
  return G_SOURCE_REMOVE;
}

/* Where one is matters most, so the end is shown if not all can be. */
static void
on_width_changed (WherryPathBar *self)
{
  if (self->scroll_id == 0)
    self->scroll_id = g_idle_add (scroll_to_end, self);
}

static void
show_crumbs (WherryPathBar *self)
{
  gtk_widget_set_visible (self->scrolled_window, TRUE);
  gtk_stack_set_visible_child (self->stack, self->scrolled_window);
  gtk_widget_set_visible (self->entry, FALSE);
  on_width_changed (self);
}

static void
on_clicked (WherryPathBar *self, GtkWidget *button)
{
  g_autofree char *path = g_strdup (g_object_get_data (G_OBJECT (button), PATH_KEY));

  g_signal_emit (self, signals[SIGNAL_GO_TO], 0, path);
}

static void
add_crumb (WherryPathBar *self, const char *text, const char *path, gboolean last)
{
  GtkWidget *button = gtk_button_new ();
  GtkWidget *label = gtk_label_new (text);
  g_autofree char *shown_path = wherry_text_display_name (path);

  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 32);
  gtk_label_set_width_chars (GTK_LABEL (label), (int) MIN (g_utf8_strlen (text, -1), 8));
  gtk_button_set_child (GTK_BUTTON (button), label);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, last ? "current" : "dim-label");
  gtk_widget_set_tooltip_text (button, shown_path);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  g_object_set_data_full (G_OBJECT (button), PATH_KEY, g_strdup (path), g_free);
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_clicked), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (self->box), button);
}

static void
add_separator (WherryPathBar *self)
{
  GtkWidget *label = gtk_label_new ("/");

  gtk_widget_add_css_class (label, "dim-label");
  gtk_box_append (GTK_BOX (self->box), label);
}

static void
fill (WherryPathBar *self)
{
  const char *at;
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (self->box)) != NULL)
    gtk_box_remove (GTK_BOX (self->box), child);

  at = self->path;
  if (*at == '/')
    {
      while (*at == '/')
        at++;
      add_crumb (self, self->root != NULL ? self->root : "/", "/", *at == '\0');
    }
  while (*at != '\0')
    {
      gsize length = strcspn (at, "/");
      g_autofree char *name = g_strndup (at, length);
      g_autofree char *shown = wherry_text_display_name (name);
      g_autofree char *path = g_strndup (self->path, (gsize) (at - self->path) + length);

      if (gtk_widget_get_first_child (self->box) != NULL)
        add_separator (self);
      at += length;
      while (*at == '/')
        at++;
      add_crumb (self, shown, path, *at == '\0');
    }
}

static void
on_entry_activate (WherryPathBar *self)
{
  g_autofree char *text = g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->entry)));
  g_autofree char *shown = wherry_text_display_name (self->path);

  show_crumbs (self);
  /* A path need not be UTF-8, an entry's text has to be. */
  if (g_str_equal (text, shown))
    g_signal_emit (self, signals[SIGNAL_GO_TO], 0, self->path);
  else if (*text != '\0')
    g_signal_emit (self, signals[SIGNAL_TYPED], 0, text);
}

static gboolean
on_entry_key (WherryPathBar *self, guint key)
{
  if (key != GDK_KEY_Escape)
    return GDK_EVENT_PROPAGATE;

  show_crumbs (self);
  g_signal_emit (self, signals[SIGNAL_CANCELLED], 0);
  return GDK_EVENT_STOP;
}

static void
on_entry_focus_left (WherryPathBar *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  /* The whole window's focus may have gone: then the text is to stay. */
  if (GTK_IS_WINDOW (root) && gtk_window_is_active (GTK_WINDOW (root)))
    show_crumbs (self);
}

/* A click beside the folders is for typing. */
static void
on_click (WherryPathBar *self, int n_presses, double x, double y)
{
  if (wherry_path_bar_get_path_at (self, x, y, NULL) == NULL
      && gtk_stack_get_visible_child (self->stack) == self->scrolled_window)
    wherry_path_bar_edit (self);
}

/* It takes all the room there is: a header gives its middle no more than it asks for. */
static void
wherry_path_bar_measure (GtkWidget *widget,
                         GtkOrientation orientation,
                         int for_size,
                         int *minimum,
                         int *natural,
                         int *minimum_baseline,
                         int *natural_baseline)
{
  gtk_widget_measure (adw_bin_get_child (ADW_BIN (widget)), orientation, for_size, minimum, natural,
                      minimum_baseline, natural_baseline);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *natural = MAX (*natural, NATURAL_WIDTH);
}

static void
wherry_path_bar_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  gtk_widget_allocate (adw_bin_get_child (ADW_BIN (widget)), width, height, baseline, NULL);
}

static void
wherry_path_bar_dispose (GObject *object)
{
  WherryPathBar *self = WHERRY_PATH_BAR (object);

  g_clear_handle_id (&self->scroll_id, g_source_remove);

  G_OBJECT_CLASS (wherry_path_bar_parent_class)->dispose (object);
}

static void
wherry_path_bar_finalize (GObject *object)
{
  WherryPathBar *self = WHERRY_PATH_BAR (object);

  g_free (self->root);
  g_free (self->path);

  G_OBJECT_CLASS (wherry_path_bar_parent_class)->finalize (object);
}

static void
wherry_path_bar_class_init (WherryPathBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wherry_path_bar_dispose;
  G_OBJECT_CLASS (klass)->finalize = wherry_path_bar_finalize;
  widget_class->measure = wherry_path_bar_measure;
  widget_class->size_allocate = wherry_path_bar_size_allocate;

  signals[SIGNAL_GO_TO] = g_signal_new ("go-to", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                        NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_TYPED] = g_signal_new ("typed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                        NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_CANCELLED] = g_signal_new ("cancelled", G_TYPE_FROM_CLASS (klass),
                                            G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/app/wherry/Wherry/ui/wherry-path-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, WherryPathBar, stack);
  gtk_widget_class_bind_template_child (widget_class, WherryPathBar, scrolled_window);
  gtk_widget_class_bind_template_child (widget_class, WherryPathBar, box);
  gtk_widget_class_bind_template_child (widget_class, WherryPathBar, entry);
  gtk_widget_class_bind_template_callback (widget_class, on_entry_activate);
  gtk_widget_class_bind_template_callback (widget_class, on_entry_key);
  gtk_widget_class_bind_template_callback (widget_class, on_entry_focus_left);
  gtk_widget_class_bind_template_callback (widget_class, on_click);
}

static void
wherry_path_bar_init (WherryPathBar *self)
{
  GtkAdjustment *adjustment;

  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_widget_set_layout_manager (GTK_WIDGET (self), NULL);

  self->path = g_strdup ("");
  adjustment = gtk_scrolled_window_get_hadjustment (GTK_SCROLLED_WINDOW (self->scrolled_window));
  g_signal_connect_object (adjustment, "changed", G_CALLBACK (on_width_changed), self,
                           G_CONNECT_SWAPPED);
}

/**
 * wherry_path_bar_set_root:
 * @self: the bar
 * @label: what to call the root folder
 */
void
wherry_path_bar_set_root (WherryPathBar *self, const char *label)
{
  g_return_if_fail (WHERRY_IS_PATH_BAR (self));

  if (g_strcmp0 (self->root, label) == 0)
    return;
  g_free (self->root);
  self->root = g_strdup (label);
  fill (self);
}

/**
 * wherry_path_bar_set_path:
 * @self: the bar
 * @path: (type filename): the folder to show
 */
void
wherry_path_bar_set_path (WherryPathBar *self, const char *path)
{
  g_return_if_fail (WHERRY_IS_PATH_BAR (self));
  g_return_if_fail (path != NULL);

  if (g_str_equal (self->path, path))
    return;
  g_free (self->path);
  self->path = g_strdup (path);
  fill (self);
}

/**
 * wherry_path_bar_edit:
 * @self: the bar
 *
 * Lets a path be typed.
 */
void
wherry_path_bar_edit (WherryPathBar *self)
{
  g_return_if_fail (WHERRY_IS_PATH_BAR (self));

  g_autofree char *shown = wherry_text_display_name (self->path);

  gtk_editable_set_text (GTK_EDITABLE (self->entry), shown);
  gtk_widget_set_visible (self->entry, TRUE);
  gtk_stack_set_visible_child (self->stack, self->entry);
  gtk_widget_set_visible (self->scrolled_window, FALSE);
  gtk_widget_grab_focus (self->entry);
}

/**
 * wherry_path_bar_get_path_at:
 * @self: the bar
 * @x: in its coordinates
 * @y: in its coordinates
 * @button: (out) (optional) (transfer none): the widget there
 *
 * Returns: (transfer none) (nullable) (type filename): the folder that is shown
 *   there
 */
const char *
wherry_path_bar_get_path_at (WherryPathBar *self, double x, double y, GtkWidget **button)
{
  g_return_val_if_fail (WHERRY_IS_PATH_BAR (self), NULL);

  GtkWidget *widget = gtk_widget_pick (GTK_WIDGET (self), x, y, GTK_PICK_DEFAULT);

  for (; widget != NULL && widget != GTK_WIDGET (self); widget = gtk_widget_get_parent (widget))
    {
      const char *path = g_object_get_data (G_OBJECT (widget), PATH_KEY);

      if (path == NULL)
        continue;
      if (button != NULL)
        *button = widget;
      return path;
    }
  return NULL;
}
