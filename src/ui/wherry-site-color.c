#include "config.h"

#include "ui/wherry-site-color.h"

#include <glib/gi18n-lib.h>

/* By WherrySiteColor. */
static const struct {
  const char *css_class; /* (nullable) */
  const char *label;
} colors[] = {
  { NULL, N_ ("No colour") },  { "blue", N_ ("Blue") },     { "green", N_ ("Green") },
  { "yellow", N_ ("Yellow") }, { "orange", N_ ("Orange") }, { "red", N_ ("Red") },
  { "purple", N_ ("Purple") }, { "brown", N_ ("Brown") },
};

/**
 * wherry_site_color_get_label:
 * @color: a colour
 *
 * Returns: (transfer none): its name, translated
 */
const char *
wherry_site_color_get_label (WherrySiteColor color)
{
  g_return_val_if_fail (color < G_N_ELEMENTS (colors), NULL);

  return _ (colors[color].label);
}

/**
 * wherry_site_color_apply:
 * @widget: a widget of the class `site-dot`
 * @color: the colour it takes on
 */
void
wherry_site_color_apply (GtkWidget *widget, WherrySiteColor color)
{
  for (guint i = 0; i < G_N_ELEMENTS (colors); i++)
    {
      if (colors[i].css_class == NULL)
        continue;
      if (i == (guint) color)
        gtk_widget_add_css_class (widget, colors[i].css_class);
      else
        gtk_widget_remove_css_class (widget, colors[i].css_class);
    }
}
