#include "config.h"

#include "ui/wherry-sidebar.h"

#include <glib/gi18n-lib.h>

#include "sites/wherry-site-tree.h"
#include "ui/wherry-sidebar-private.h"
#include "ui/wherry-site-row.h"

G_DEFINE_FINAL_TYPE (WherrySidebar, wherry_sidebar, ADW_TYPE_BIN)

enum { SIGNAL_OPEN, N_SIGNALS };

static guint signals[N_SIGNALS];

static void
on_activate (WherrySidebar *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->entry));

  if (*text != '\0')
    g_signal_emit (self, signals[SIGNAL_OPEN], 0, text);
}

/**
 * wherry_sidebar_dup_selected:
 * @self: the sidebar
 *
 * Returns: (transfer full) (nullable): the WherrySite, WherrySiteTree or
 *   WherryRecents that is selected
 */
GObject *
wherry_sidebar_dup_selected (WherrySidebar *self)
{
  gpointer item = gtk_single_selection_get_selected_item (self->selection);

  if (GTK_IS_TREE_LIST_ROW (item))
    return gtk_tree_list_row_get_item (item);
  return item != NULL ? g_object_ref (item) : NULL;
}

static gboolean
is_connected (WherrySidebar *self, GObject *object)
{
  g_autoptr (WherryLogin) login
      = WHERRY_IS_SITE (object) ? wherry_site_make_login (WHERRY_SITE (object), NULL) : NULL;

  for (guint i = 0; login != NULL && i < self->connected->len; i++)
    if (wherry_login_equal (login, self->connected->pdata[i]))
      return TRUE;
  return FALSE;
}

static void
on_setup (WherrySidebar *self, GtkListItem *item)
{
  gtk_list_item_set_child (item, wherry_site_row_new (self->store));
}

static void
on_bind (WherrySidebar *self, GtkListItem *item)
{
  WherrySiteRow *row = WHERRY_SITE_ROW (gtk_list_item_get_child (item));

  wherry_site_row_set_item (row, gtk_list_item_get_item (item));
  wherry_site_row_set_connected (row, is_connected (self, wherry_site_row_get_object (row)));
  g_ptr_array_add (self->rows, row);
}

static void
on_unbind (WherrySidebar *self, GtkListItem *item)
{
  WherrySiteRow *row = WHERRY_SITE_ROW (gtk_list_item_get_child (item));

  g_ptr_array_remove_fast (self->rows, row);
  wherry_site_row_set_item (row, NULL);
}

static GListModel *
create_children (gpointer item, gpointer user_data)
{
  return G_IS_LIST_MODEL (item) ? g_object_ref (G_LIST_MODEL (item)) : NULL;
}

static gboolean
matches (gpointer item, gpointer user_data)
{
  WherrySidebar *self = user_data;

  return wherry_site_matches (item, gtk_editable_get_text (GTK_EDITABLE (self->search_entry)));
}

static void
update_page (WherrySidebar *self)
{
  gboolean searching = gtk_single_selection_get_model (self->selection) == self->found;
  const char *page = "list";

  if (searching && g_list_model_get_n_items (self->found) == 0)
    page = "none";
  else if (!searching && g_list_model_get_n_items (self->tree) == 0)
    page = "empty";
  gtk_stack_set_visible_child_name (self->stack, page);
}

/* What is looked for is shown as a flat list: in which folder it is doesn't matter then. */
static void
on_search_changed (WherrySidebar *self)
{
  const char *words = gtk_editable_get_text (GTK_EDITABLE (self->search_entry));

  if (self->store == NULL)
    return;
  gtk_filter_changed (self->filter, GTK_FILTER_CHANGE_DIFFERENT);
  gtk_single_selection_set_model (self->selection, *words != '\0' ? self->found : self->tree);
  update_page (self);
}

static void
on_row_activate (WherrySidebar *self, guint position)
{
  g_autoptr (GObject) object = NULL;

  gtk_single_selection_set_selected (self->selection, position);
  object = wherry_sidebar_dup_selected (self);
  if (WHERRY_IS_SITE (object))
    gtk_widget_activate_action (GTK_WIDGET (self), "sidebar.connect", NULL);
  else
    {
      GtkTreeListRow *row = gtk_single_selection_get_selected_item (self->selection);

      gtk_tree_list_row_set_expanded (row, !gtk_tree_list_row_get_expanded (row));
    }
}

/* Enter goes to the first that was found. */
static void
on_search_activate (WherrySidebar *self)
{
  if (g_list_model_get_n_items (G_LIST_MODEL (self->selection)) > 0)
    on_row_activate (self, 0);
}

static void
on_recents_changed (WherrySidebar *self)
{
  gboolean shown = g_list_model_get_n_items (G_LIST_MODEL (self->extra)) > 0;
  gboolean wanted = g_list_model_get_n_items (G_LIST_MODEL (self->recents)) > 0;

  if (wanted && !shown)
    g_list_store_append (self->extra, self->recents);
  else if (!wanted && shown)
    g_list_store_remove_all (self->extra);
}

static GMenuModel *
get_menu (WherrySidebar *self, GObject *object)
{
  if (WHERRY_IS_SITE_TREE (object))
    return self->folder_menu;
  if (WHERRY_IS_SITE (object))
    return wherry_site_store_find (self->store, wherry_site_get_id (WHERRY_SITE (object))) != NULL
               ? self->site_menu
               : self->recent_menu;
  return self->blank_menu;
}

static void
show_menu (WherrySidebar *self, double x, double y)
{
  g_autoptr (GObject) object = wherry_sidebar_dup_selected (self);
  const GdkRectangle at = { (int) x, (int) y, 1, 1 };

  gtk_popover_menu_set_menu_model (self->popover, get_menu (self, object));
  gtk_popover_set_pointing_to (GTK_POPOVER (self->popover), &at);
  gtk_popover_popup (GTK_POPOVER (self->popover));
}

/* The row at a place of the list, or none. */
static WherrySiteRow *
find_row (WherrySidebar *self, double x, double y)
{
  for (guint i = 0; i < self->rows->len; i++)
    {
      GtkWidget *item = gtk_widget_get_parent (self->rows->pdata[i]);
      graphene_rect_t bounds;
      const graphene_point_t point = GRAPHENE_POINT_INIT ((float) x, (float) y);

      if (item != NULL && gtk_widget_compute_bounds (item, GTK_WIDGET (self->list_view), &bounds)
          && graphene_rect_contains_point (&bounds, &point))
        return self->rows->pdata[i];
    }
  return NULL;
}

static void
select_row (WherrySidebar *self, WherrySiteRow *row)
{
  guint n_items = g_list_model_get_n_items (G_LIST_MODEL (self->selection));
  guint position = GTK_INVALID_LIST_POSITION;

  for (guint i = 0; row != NULL && i < n_items && position == GTK_INVALID_LIST_POSITION; i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (G_LIST_MODEL (self->selection), i);
      g_autoptr (GObject) object = GTK_IS_TREE_LIST_ROW (item)
                                       ? gtk_tree_list_row_get_item (GTK_TREE_LIST_ROW (item))
                                       : g_object_ref (item);

      if (object == wherry_site_row_get_object (row))
        position = i;
    }
  gtk_single_selection_set_selected (self->selection, position);
}

static void
on_secondary_click (WherrySidebar *self, int n_press, double x, double y)
{
  double popover_x, popover_y;

  select_row (self, find_row (self, x, y));
  if (gtk_widget_translate_coordinates (GTK_WIDGET (self->list_view),
                                        gtk_widget_get_parent (GTK_WIDGET (self->popover)), x, y,
                                        &popover_x, &popover_y))
    show_menu (self, popover_x, popover_y);
}

/* The menu key: at the row in focus. */
static void
menu_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  WherrySidebar *self = WHERRY_SIDEBAR (widget);
  g_autoptr (GObject) object = wherry_sidebar_dup_selected (self);

  for (guint i = 0; i < self->rows->len; i++)
    {
      double x, y;

      if (wherry_site_row_get_object (self->rows->pdata[i]) == object
          && gtk_widget_translate_coordinates (self->rows->pdata[i],
                                               gtk_widget_get_parent (GTK_WIDGET (self->popover)),
                                               24, 24, &x, &y))
        {
          show_menu (self, x, y);
          return;
        }
    }
}

/* What is dropped below all rows goes to the top, behind the others. */
static gboolean
on_drop (WherrySidebar *self, const GValue *value)
{
  if (G_VALUE_HOLDS (value, WHERRY_TYPE_SITE))
    {
      wherry_site_store_move (self->store, g_value_get_object (value), "", NULL);
      return TRUE;
    }
  if (G_VALUE_HOLDS (value, WHERRY_TYPE_SITE_TREE))
    {
      WherrySiteTree *folder = g_value_get_object (value);

      return wherry_site_store_rename_folder (self->store, wherry_site_tree_get_path (folder),
                                              wherry_site_tree_get_name (folder), NULL);
    }
  return FALSE;
}

static void
wherry_sidebar_dispose (GObject *object)
{
  WherrySidebar *self = WHERRY_SIDEBAR (object);

  gtk_list_view_set_model (self->list_view, NULL);
  g_clear_object (&self->selection);
  g_clear_object (&self->tree);
  g_clear_object (&self->found);
  g_clear_object (&self->filter);
  g_clear_object (&self->extra);
  g_clear_object (&self->recents);
  g_clear_object (&self->store);

  G_OBJECT_CLASS (wherry_sidebar_parent_class)->dispose (object);
}

static void
wherry_sidebar_finalize (GObject *object)
{
  WherrySidebar *self = WHERRY_SIDEBAR (object);

  g_ptr_array_unref (self->connected);
  g_ptr_array_unref (self->rows);

  G_OBJECT_CLASS (wherry_sidebar_parent_class)->finalize (object);
}

static void
wherry_sidebar_class_init (WherrySidebarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wherry_sidebar_dispose;
  G_OBJECT_CLASS (klass)->finalize = wherry_sidebar_finalize;

  signals[SIGNAL_OPEN] = g_signal_new ("open", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                       NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/app/wherry/Wherry/ui/wherry-sidebar.ui");
  gtk_widget_class_bind_template_child (widget_class, WherrySidebar, entry);
  gtk_widget_class_bind_template_child (widget_class, WherrySidebar, search_bar);
  gtk_widget_class_bind_template_child (widget_class, WherrySidebar, search_entry);
  gtk_widget_class_bind_template_child (widget_class, WherrySidebar, stack);
  gtk_widget_class_bind_template_child (widget_class, WherrySidebar, list_view);
  gtk_widget_class_bind_template_child (widget_class, WherrySidebar, popover);
  gtk_widget_class_bind_template_child (widget_class, WherrySidebar, site_menu);
  gtk_widget_class_bind_template_child (widget_class, WherrySidebar, folder_menu);
  gtk_widget_class_bind_template_child (widget_class, WherrySidebar, recent_menu);
  gtk_widget_class_bind_template_child (widget_class, WherrySidebar, blank_menu);
  gtk_widget_class_bind_template_callback (widget_class, on_activate);
  gtk_widget_class_bind_template_callback (widget_class, on_search_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_search_activate);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activate);

  wherry_sidebar_install_actions (widget_class);
  gtk_widget_class_install_action (widget_class, "sidebar.menu", NULL, menu_activated);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Menu, 0, "sidebar.menu", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F10, GDK_SHIFT_MASK, "sidebar.menu",
                                       NULL);
}

static void
wherry_sidebar_init (WherrySidebar *self)
{
  GType types[] = { WHERRY_TYPE_SITE, WHERRY_TYPE_SITE_TREE };
  GtkGesture *click = gtk_gesture_click_new ();
  GtkDropTarget *target = gtk_drop_target_new (G_TYPE_INVALID, GDK_ACTION_MOVE);

  gtk_widget_init_template (GTK_WIDGET (self));
  self->connected = g_ptr_array_new_with_free_func ((GDestroyNotify) wherry_login_free);
  self->rows = g_ptr_array_new ();

  gtk_search_bar_connect_entry (GTK_SEARCH_BAR (self->search_bar),
                                GTK_EDITABLE (self->search_entry));
  gtk_search_bar_set_key_capture_widget (GTK_SEARCH_BAR (self->search_bar),
                                         GTK_WIDGET (self->list_view));

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  g_signal_connect_swapped (click, "pressed", G_CALLBACK (on_secondary_click), self);
  gtk_widget_add_controller (GTK_WIDGET (self->list_view), GTK_EVENT_CONTROLLER (click));

  gtk_drop_target_set_gtypes (target, types, G_N_ELEMENTS (types));
  g_signal_connect_swapped (target, "drop", G_CALLBACK (on_drop), self);
  gtk_widget_add_controller (GTK_WIDGET (self->list_view), GTK_EVENT_CONTROLLER (target));
}

/**
 * wherry_sidebar_set_sites:
 * @self: the sidebar
 * @store: the sites
 * @recents: the servers connected to last
 *
 * Says what to show; once.
 */
void
wherry_sidebar_set_sites (WherrySidebar *self, WherrySiteStore *store, WherryRecents *recents)
{
  g_return_if_fail (WHERRY_IS_SIDEBAR (self));
  g_return_if_fail (self->store == NULL);

  GListStore *parts = g_list_store_new (G_TYPE_LIST_MODEL);
  g_autoptr (WherrySiteTree) top = wherry_site_tree_new (store, "");
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();

  self->store = g_object_ref (store);
  self->recents = g_object_ref (recents);
  self->extra = g_list_store_new (G_TYPE_OBJECT);
  g_list_store_append (parts, top);
  g_list_store_append (parts, self->extra);
  self->tree = G_LIST_MODEL (
      gtk_tree_list_model_new (G_LIST_MODEL (gtk_flatten_list_model_new (G_LIST_MODEL (parts))),
                               FALSE, TRUE, create_children, NULL, NULL));
  self->filter = GTK_FILTER (gtk_custom_filter_new (matches, self, NULL));
  self->found = G_LIST_MODEL (
      gtk_filter_list_model_new (g_object_ref (G_LIST_MODEL (store)), g_object_ref (self->filter)));
  self->selection = gtk_single_selection_new (g_object_ref (self->tree));
  gtk_single_selection_set_autoselect (self->selection, FALSE);
  gtk_single_selection_set_can_unselect (self->selection, TRUE);

  g_signal_connect_swapped (factory, "setup", G_CALLBACK (on_setup), self);
  g_signal_connect_swapped (factory, "bind", G_CALLBACK (on_bind), self);
  g_signal_connect_swapped (factory, "unbind", G_CALLBACK (on_unbind), self);
  gtk_list_view_set_factory (self->list_view, factory);
  gtk_list_view_set_model (self->list_view, GTK_SELECTION_MODEL (self->selection));

  g_signal_connect_object (recents, "items-changed", G_CALLBACK (on_recents_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->selection, "items-changed", G_CALLBACK (update_page), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->selection, "notify::selected-item",
                           G_CALLBACK (wherry_sidebar_update_actions), self, G_CONNECT_SWAPPED);
  on_recents_changed (self);
  update_page (self);
  wherry_sidebar_update_actions (self);
}

/**
 * wherry_sidebar_set_completion:
 * @self: the sidebar
 * @completion: what the entry suggests
 */
void
wherry_sidebar_set_completion (WherrySidebar *self, WherryHostCompletion *completion)
{
  g_return_if_fail (WHERRY_IS_SIDEBAR (self));

  wherry_host_completion_attach (completion, GTK_ENTRY (self->entry));
}

/**
 * wherry_sidebar_set_connected:
 * @self: the sidebar
 * @logins: (element-type WherryLogin): how one is logged in at present; copied
 */
void
wherry_sidebar_set_connected (WherrySidebar *self, GPtrArray *logins)
{
  g_return_if_fail (WHERRY_IS_SIDEBAR (self));

  g_ptr_array_set_size (self->connected, 0);
  for (guint i = 0; i < logins->len; i++)
    g_ptr_array_add (self->connected, wherry_login_copy (logins->pdata[i]));
  for (guint i = 0; i < self->rows->len; i++)
    {
      WherrySiteRow *row = self->rows->pdata[i];

      wherry_site_row_set_connected (row, is_connected (self, wherry_site_row_get_object (row)));
    }
}

/**
 * wherry_sidebar_show_entry:
 * @self: the sidebar
 * @show: whether the entry is of use; it is not while the page beside shows a
 *   form for the same
 */
void
wherry_sidebar_show_entry (WherrySidebar *self, gboolean show)
{
  g_return_if_fail (WHERRY_IS_SIDEBAR (self));

  gtk_widget_set_visible (self->entry, show);
}

/**
 * wherry_sidebar_clear_entry:
 * @self: the sidebar
 *
 * Empties the entry, once what was typed there is being opened.
 */
void
wherry_sidebar_clear_entry (WherrySidebar *self)
{
  g_return_if_fail (WHERRY_IS_SIDEBAR (self));

  gtk_editable_set_text (GTK_EDITABLE (self->entry), "");
}
