#include "config.h"

#include "ui/wherry-place-toolbar.h"

struct _WherryPlaceToolbar {
  AdwBin parent_instance;

  /* Template widgets */
  WherryPathBar *path_bar;
};

G_DEFINE_FINAL_TYPE (WherryPlaceToolbar, wherry_place_toolbar, ADW_TYPE_BIN)

static void
wherry_place_toolbar_class_init (WherryPlaceToolbarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (WHERRY_TYPE_PATH_BAR);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/app/wherry/Wherry/ui/wherry-place-toolbar.ui");
  gtk_widget_class_bind_template_child (widget_class, WherryPlaceToolbar, path_bar);
}

static void
wherry_place_toolbar_init (WherryPlaceToolbar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * wherry_place_toolbar_new:
 *
 * Returns: (transfer floating): a toolbar
 */
GtkWidget *
wherry_place_toolbar_new (void)
{
  return g_object_new (WHERRY_TYPE_PLACE_TOOLBAR, NULL);
}

/**
 * wherry_place_toolbar_get_path_bar:
 * @self: the toolbar
 *
 * Returns: (transfer none): the path in it
 */
WherryPathBar *
wherry_place_toolbar_get_path_bar (WherryPlaceToolbar *self)
{
  g_return_val_if_fail (WHERRY_IS_PLACE_TOOLBAR (self), NULL);

  return self->path_bar;
}
