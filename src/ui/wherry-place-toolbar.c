#include "config.h"

#include "ui/wherry-place-toolbar.h"

#include <glib/gi18n-lib.h>

struct _WherryPlaceToolbar {
  AdwBin parent_instance;

  /* Template widgets */
  WherryPathBar *path_bar;
  GMenu *bookmark_change;
  GMenu *bookmarks;

  gboolean bookmarked;
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
  gtk_widget_class_bind_template_child (widget_class, WherryPlaceToolbar, bookmark_change);
  gtk_widget_class_bind_template_child (widget_class, WherryPlaceToolbar, bookmarks);
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

/**
 * wherry_place_toolbar_get_bookmarks:
 * @self: the toolbar
 *
 * Returns: (transfer none): the part of its menu of bookmarks that lists them
 */
GMenu *
wherry_place_toolbar_get_bookmarks (WherryPlaceToolbar *self)
{
  g_return_val_if_fail (WHERRY_IS_PLACE_TOOLBAR (self), NULL);

  return self->bookmarks;
}

/**
 * wherry_place_toolbar_set_bookmarked:
 * @self: the toolbar
 * @bookmarked: whether the folder has a bookmark, which can only be removed then
 */
void
wherry_place_toolbar_set_bookmarked (WherryPlaceToolbar *self, gboolean bookmarked)
{
  g_return_if_fail (WHERRY_IS_PLACE_TOOLBAR (self));

  if (g_menu_model_get_n_items (G_MENU_MODEL (self->bookmark_change)) > 0
      && self->bookmarked == bookmarked)
    return;
  self->bookmarked = bookmarked;
  g_menu_remove_all (self->bookmark_change);
  g_menu_append (self->bookmark_change,
                 bookmarked ? _ ("_Remove Bookmark") : _ ("_Bookmark This Folder"),
                 "place.bookmark");
}
