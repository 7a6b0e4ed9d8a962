#include "config.h"

#include "ui/wherry-speed-graph.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

/* How many samples fit. */
#define N_SAMPLES 120

#define NATURAL_WIDTH 120
#define NATURAL_HEIGHT 32

struct _WherrySpeedGraph {
  GtkWidget parent_instance;

  double samples[N_SAMPLES]; /* a ring, in bytes per second */
  guint next;
  guint n_samples;
};

G_DEFINE_FINAL_TYPE (WherrySpeedGraph, wherry_speed_graph, GTK_TYPE_WIDGET)

/* The sample of so many before the newest. */
static double
get_sample (WherrySpeedGraph *self, guint age)
{
  return self->samples[(self->next + N_SAMPLES - 1 - age) % N_SAMPLES];
}

static double
get_peak (WherrySpeedGraph *self)
{
  double peak = 0;

  for (guint i = 0; i < self->n_samples; i++)
    peak = MAX (peak, get_sample (self, i));
  return peak;
}

static void
add_line (WherrySpeedGraph *self, cairo_t *cairo, double width, double height, double peak)
{
  for (guint i = 0; i < self->n_samples; i++)
    {
      double x = width - i * width / (N_SAMPLES - 1);
      double y = height - get_sample (self, i) / peak * (height - 2) - 1;

      cairo_line_to (cairo, x, y);
    }
}

static void
wherry_speed_graph_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  WherrySpeedGraph *self = WHERRY_SPEED_GRAPH (widget);
  double width = gtk_widget_get_width (widget);
  double height = gtk_widget_get_height (widget);
  double peak = get_peak (self);
  GdkRGBA color;
  cairo_t *cairo;

  if (self->n_samples < 2 || peak <= 0 || width <= 0 || height <= 0)
    return;

  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
  cairo = gtk_snapshot_append_cairo (snapshot,
                                     &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  if (gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL)
    {
      cairo_translate (cairo, width, 0);
      cairo_scale (cairo, -1, 1);
    }

  add_line (self, cairo, width, height, peak);
  cairo_line_to (cairo, width - (self->n_samples - 1) * width / (N_SAMPLES - 1), height);
  cairo_line_to (cairo, width, height);
  cairo_close_path (cairo);
  cairo_set_source_rgba (cairo, color.red, color.green, color.blue, color.alpha * 0.2);
  cairo_fill (cairo);

  add_line (self, cairo, width, height, peak);
  cairo_set_source_rgba (cairo, color.red, color.green, color.blue, color.alpha);
  cairo_set_line_width (cairo, 1.5);
  cairo_set_line_join (cairo, CAIRO_LINE_JOIN_ROUND);
  cairo_stroke (cairo);
  cairo_destroy (cairo);
}

static void
wherry_speed_graph_measure (GtkWidget *widget,
                            GtkOrientation orientation,
                            int for_size,
                            int *minimum,
                            int *natural,
                            int *minimum_baseline,
                            int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? NATURAL_WIDTH / 2 : NATURAL_HEIGHT;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? NATURAL_WIDTH : NATURAL_HEIGHT;
  *minimum_baseline = -1;
  *natural_baseline = -1;
}

static void
wherry_speed_graph_class_init (WherrySpeedGraphClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->snapshot = wherry_speed_graph_snapshot;
  widget_class->measure = wherry_speed_graph_measure;

  gtk_widget_class_set_css_name (widget_class, "speedgraph");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
wherry_speed_graph_init (WherrySpeedGraph *self)
{
  wherry_speed_graph_clear (self);
}

static void
update_accessible (WherrySpeedGraph *self)
{
  g_autofree char *now = g_format_size ((guint64) (self->n_samples > 0 ? get_sample (self, 0) : 0));
  g_autofree char *peak = g_format_size ((guint64) get_peak (self));
  /* Translators: both are sizes: now 84 MB a second, at most 112 MB a second */
  g_autofree char *text
      = g_strdup_printf (_ ("Speed: %s a second, at most %s a second"), now, peak);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), text);
}

/**
 * wherry_speed_graph_add:
 * @self: the graph
 * @bytes_per_second: how fast it goes now
 *
 * Adds the newest sample. They are drawn at equal distances: add them at equal
 * times.
 */
void
wherry_speed_graph_add (WherrySpeedGraph *self, double bytes_per_second)
{
  g_return_if_fail (WHERRY_IS_SPEED_GRAPH (self));

  self->samples[self->next] = MAX (bytes_per_second, 0);
  self->next = (self->next + 1) % N_SAMPLES;
  self->n_samples = MIN (self->n_samples + 1, N_SAMPLES);
  update_accessible (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/**
 * wherry_speed_graph_clear:
 * @self: the graph
 *
 * Forgets all samples.
 */
void
wherry_speed_graph_clear (WherrySpeedGraph *self)
{
  g_return_if_fail (WHERRY_IS_SPEED_GRAPH (self));

  self->n_samples = 0;
  self->next = 0;
  update_accessible (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
