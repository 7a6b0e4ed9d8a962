#include "config.h"

#include "ui/wherry-site-row.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-text.h"
#include "sites/wherry-site-tree.h"
#include "ui/wherry-recents.h"
#include "ui/wherry-site-color.h"
#include "ui/wherry-site-drop.h"

struct _WherrySiteRow {
  AdwBin parent_instance;

  /* Template widgets */
  GtkTreeExpander *expander;
  GtkWidget *icon;
  GtkWidget *dot;
  GtkLabel *label;

  /* Owned */
  WherrySiteStore *store;
  GObject *object; /* (nullable): the site or folder */
  gboolean connected;
};

G_DEFINE_FINAL_TYPE (WherrySiteRow, wherry_site_row, ADW_TYPE_BIN)

/* The list item around the row is what a screen reader stops at. */
static void
update_accessible (WherrySiteRow *self, const char *description)
{
  GtkWidget *item = gtk_widget_get_parent (GTK_WIDGET (self));

  if (item != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (item), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                    gtk_label_get_text (self->label),
                                    GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description, -1);
}

static void
update_site (WherrySiteRow *self, WherrySite *site)
{
  g_autofree char *title = wherry_site_dup_title (site);
  g_autofree char *address = wherry_site_dup_address (site);
  g_autofree char *connected
      /* Translators: an address, of a server that is connected to */
      = self->connected ? g_strdup_printf (_ ("%s, connected"), address) : g_strdup (address);

  gtk_label_set_text (self->label, title);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), connected);
  wherry_site_color_apply (self->dot, wherry_site_get_number (site, WHERRY_SITE_COLOR));
  if (self->connected)
    gtk_widget_add_css_class (self->dot, "connected");
  else
    gtk_widget_remove_css_class (self->dot, "connected");
  update_accessible (self, connected);
}

static void
update (WherrySiteRow *self)
{
  gboolean is_site = WHERRY_IS_SITE (self->object);

  gtk_widget_set_visible (self->dot, is_site);
  gtk_widget_set_visible (self->icon, !is_site);
  if (is_site)
    {
      update_site (self, WHERRY_SITE (self->object));
      return;
    }

  if (WHERRY_IS_RECENTS (self->object))
    {
      gtk_image_set_from_icon_name (GTK_IMAGE (self->icon), "document-open-recent-symbolic");
      gtk_label_set_text (self->label, _ ("Recent"));
    }
  else
    {
      gtk_image_set_from_icon_name (GTK_IMAGE (self->icon), "folder-symbolic");
      gtk_label_set_text (self->label, wherry_site_tree_get_name (WHERRY_SITE_TREE (self->object)));
    }
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), gtk_label_get_text (self->label));
  update_accessible (self, _ ("Folder"));
}

static GdkContentProvider *
on_prepare (WherrySiteRow *self)
{
  /* Who is on the recent list is in no order that could be changed. */
  if (WHERRY_IS_SITE (self->object)
      && wherry_site_store_find (self->store, wherry_site_get_id (WHERRY_SITE (self->object)))
             != NULL)
    return gdk_content_provider_new_typed (WHERRY_TYPE_SITE, self->object);
  if (WHERRY_IS_SITE_TREE (self->object))
    return gdk_content_provider_new_typed (WHERRY_TYPE_SITE_TREE, self->object);
  return NULL;
}

static void
on_drag_begin (WherrySiteRow *self, GdkDrag *drag)
{
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (GTK_WIDGET (self));

  gtk_drag_icon_set_from_paintable (drag, paintable, 0, 0);
}

static gboolean
drop_site (WherrySiteRow *self, WherrySite *site)
{
  if (WHERRY_IS_SITE_TREE (self->object))
    wherry_site_store_move (self->store, site,
                            wherry_site_tree_get_path (WHERRY_SITE_TREE (self->object)), NULL);
  else if (WHERRY_IS_SITE (self->object))
    wherry_site_store_move (self->store, site,
                            wherry_site_get_string (WHERRY_SITE (self->object), WHERRY_SITE_FOLDER),
                            WHERRY_SITE (self->object));
  else
    return FALSE;
  return TRUE;
}

/* A folder goes into the folder it is dropped on, or into the one the site is in. */
static gboolean
drop_folder (WherrySiteRow *self, WherrySiteTree *folder)
{
  const char *into = NULL;
  g_autofree char *path = NULL;

  if (WHERRY_IS_SITE_TREE (self->object))
    into = wherry_site_tree_get_path (WHERRY_SITE_TREE (self->object));
  else if (WHERRY_IS_SITE (self->object))
    into = wherry_site_get_string (WHERRY_SITE (self->object), WHERRY_SITE_FOLDER);
  else
    return FALSE;

  path = g_strconcat (into, *into != '\0' ? "/" : "", wherry_site_tree_get_name (folder), NULL);
  return wherry_site_store_rename_folder (self->store, wherry_site_tree_get_path (folder), path,
                                          NULL);
}

static gboolean
on_drop (WherrySiteRow *self, const GValue *value)
{
  if (G_VALUE_HOLDS (value, WHERRY_TYPE_SITE))
    return drop_site (self, g_value_get_object (value));
  if (G_VALUE_HOLDS (value, WHERRY_TYPE_SITE_TREE))
    return drop_folder (self, g_value_get_object (value));
  return FALSE;
}

static void
wherry_site_row_dispose (GObject *object)
{
  WherrySiteRow *self = WHERRY_SITE_ROW (object);

  wherry_site_row_set_item (self, NULL);
  g_clear_object (&self->store);

  G_OBJECT_CLASS (wherry_site_row_parent_class)->dispose (object);
}

static void
wherry_site_row_class_init (WherrySiteRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wherry_site_row_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/app/wherry/Wherry/ui/wherry-site-row.ui");
  gtk_widget_class_bind_template_child (widget_class, WherrySiteRow, expander);
  gtk_widget_class_bind_template_child (widget_class, WherrySiteRow, icon);
  gtk_widget_class_bind_template_child (widget_class, WherrySiteRow, dot);
  gtk_widget_class_bind_template_child (widget_class, WherrySiteRow, label);
}

static void
wherry_site_row_init (WherrySiteRow *self)
{
  GType types[] = { WHERRY_TYPE_SITE, WHERRY_TYPE_SITE_TREE };
  GtkDragSource *source = gtk_drag_source_new ();
  GtkDropTarget *target = gtk_drop_target_new (G_TYPE_INVALID, GDK_ACTION_MOVE);

  gtk_widget_init_template (GTK_WIDGET (self));

  gtk_drag_source_set_actions (source, GDK_ACTION_MOVE);
  g_signal_connect_swapped (source, "prepare", G_CALLBACK (on_prepare), self);
  g_signal_connect_swapped (source, "drag-begin", G_CALLBACK (on_drag_begin), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (source));

  wherry_site_drop_add (self);
  gtk_drop_target_set_gtypes (target, types, G_N_ELEMENTS (types));
  g_signal_connect_swapped (target, "drop", G_CALLBACK (on_drop), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));
}

/**
 * wherry_site_row_new:
 * @store: what drops change
 *
 * Returns: (transfer floating): an empty row
 */
GtkWidget *
wherry_site_row_new (WherrySiteStore *store)
{
  WherrySiteRow *self = g_object_new (WHERRY_TYPE_SITE_ROW, NULL);

  self->store = g_object_ref (store);
  return GTK_WIDGET (self);
}

/**
 * wherry_site_row_set_item:
 * @self: the row
 * @item: (nullable): a GtkTreeListRow, or what would be in one, to show from now on
 */
void
wherry_site_row_set_item (WherrySiteRow *self, GObject *item)
{
  g_return_if_fail (WHERRY_IS_SITE_ROW (self));

  if (self->object != NULL)
    g_signal_handlers_disconnect_by_data (self->object, self);
  g_clear_object (&self->object);
  self->connected = FALSE;
  gtk_tree_expander_set_list_row (self->expander,
                                  GTK_IS_TREE_LIST_ROW (item) ? GTK_TREE_LIST_ROW (item) : NULL);
  if (item == NULL)
    return;

  self->object = GTK_IS_TREE_LIST_ROW (item) ? gtk_tree_list_row_get_item (GTK_TREE_LIST_ROW (item))
                                             : g_object_ref (item);
  if (WHERRY_IS_SITE (self->object))
    g_signal_connect_object (self->object, "notify", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}

/**
 * wherry_site_row_get_object:
 * @self: the row
 *
 * Returns: (transfer none) (nullable): the WherrySite, WherrySiteTree or
 *   WherryRecents that is shown
 */
GObject *
wherry_site_row_get_object (WherrySiteRow *self)
{
  g_return_val_if_fail (WHERRY_IS_SITE_ROW (self), NULL);

  return self->object;
}

/**
 * wherry_site_row_set_connected:
 * @self: the row
 * @connected: whether a connection to the site is up
 */
void
wherry_site_row_set_connected (WherrySiteRow *self, gboolean connected)
{
  g_return_if_fail (WHERRY_IS_SITE_ROW (self));

  if (self->connected == connected || !WHERRY_IS_SITE (self->object))
    return;
  self->connected = connected;
  update (self);
}
