#include "config.h"

#include <string.h>

#include "ui/wherry-file-columns.h"
#include "ui/wherry-file-view-private.h"
#include "ui/wherry-shortcuts.h"

/* Below this width only names and sizes are shown, in pixels. */
#define NARROW_WIDTH 480

/* Letters typed within this time belong together, in milliseconds. */
#define TYPING_PAUSE 1000

G_DEFINE_FINAL_TYPE (WherryFileView, wherry_file_view, ADW_TYPE_BIN)

enum { SIGNAL_OPEN, SIGNAL_SELECTION_CHANGED, SIGNAL_MENU, N_SIGNALS };

static guint signals[N_SIGNALS];

/*
 * GTK 4.8 does not tell which header was clicked on. So each column's sorter
 * tells when it is asked, and the view's own asks the first one first.
 */
typedef struct {
  gboolean asked;
  WherrySort sort;
} Probe;

static Probe probe;

static int
tell_sort (gconstpointer a, gconstpointer b, gpointer user_data)
{
  if (!probe.asked)
    probe = (Probe){ TRUE, GPOINTER_TO_UINT (user_data) };
  return 1;
}

static void
on_sorter_changed (WherryFileView *self)
{
  GtkSorter *sorter = gtk_column_view_get_sorter (self->column_view);
  gboolean descending;

  if (self->sorting || self->options == NULL)
    return;

  probe = (Probe){ FALSE, WHERRY_SORT_NAME };
  descending = gtk_sorter_compare (sorter, self, self->model) == GTK_ORDERING_SMALLER;
  if (probe.asked)
    g_object_set (self->options, "sort", (guint) probe.sort, "sort-descending", descending, NULL);
}

static void
update_sort (WherryFileView *self)
{
  guint sort = WHERRY_SORT_NAME;
  gboolean descending = FALSE;

  g_object_get (self->options, "sort", &sort, "sort-descending", &descending, NULL);
  self->sorting = TRUE;
  gtk_column_view_sort_by_column (self->column_view, self->shown[sort] ? self->columns[sort] : NULL,
                                  descending ? GTK_SORT_DESCENDING : GTK_SORT_ASCENDING);
  self->sorting = FALSE;
  wherry_folder_model_set_sort (self->model, sort, descending);
}

static gboolean
on_narrow_idle (gpointer user_data)
{
  WherryFileView *self = user_data;

  self->narrow_id = 0;
  self->sorting = TRUE;
  wherry_file_view_update_columns (self);
  update_sort (self);
  return G_SOURCE_REMOVE;
}

static void
wherry_file_view_measure (GtkWidget *widget,
                          GtkOrientation orientation,
                          int for_size,
                          int *minimum,
                          int *natural,
                          int *minimum_baseline,
                          int *natural_baseline)
{
  gtk_widget_measure (adw_bin_get_child (ADW_BIN (widget)), orientation, for_size, minimum, natural,
                      minimum_baseline, natural_baseline);
}

/* Columns can't come and go while they are being given their place. */
static void
wherry_file_view_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  WherryFileView *self = WHERRY_FILE_VIEW (widget);
  gboolean narrow = width < NARROW_WIDTH;

  gtk_widget_allocate (adw_bin_get_child (ADW_BIN (widget)), width, height, baseline, NULL);

  if (narrow == self->narrow)
    return;
  self->narrow = narrow;
  if (self->narrow_id == 0 && self->options != NULL)
    self->narrow_id = g_idle_add (on_narrow_idle, self);
}

static void
update_hidden (WherryFileView *self)
{
  gboolean show = FALSE;

  g_object_get (self->options, "show-hidden", &show, NULL);
  wherry_folder_model_set_show_hidden (self->model, show);
}

static void
on_option_changed (WherryFileView *self, GParamSpec *pspec)
{
  if (g_str_has_prefix (pspec->name, "sort"))
    update_sort (self);
  else if (g_str_equal (pspec->name, "show-hidden"))
    update_hidden (self);
  else if (g_str_equal (pspec->name, "columns"))
    {
      self->sorting = TRUE;
      wherry_file_view_arrange_columns (self);
      update_sort (self);
    }
  else if (g_str_has_prefix (pspec->name, "show-"))
    {
      self->sorting = TRUE;
      wherry_file_view_update_columns (self);
      update_sort (self);
    }
}

static void
on_activate (WherryFileView *self, guint position)
{
  WherryRemoteEntry *entry = wherry_folder_model_peek (self->model, position);

  /* What is typed next is for what comes then. */
  g_string_truncate (self->typed, 0);
  if (entry != NULL)
    {
      g_autoptr (WherryRemoteEntry) kept = g_object_ref (entry);
      g_signal_emit (self, signals[SIGNAL_OPEN], 0, kept);
    }
}

static void
on_selection_changed (WherryFileView *self)
{
  g_signal_emit (self, signals[SIGNAL_SELECTION_CHANGED], 0);
}

static GtkWidget *
find_row (WherryFileView *self, guint position)
{
  for (GtkWidget *row = gtk_widget_get_first_child (self->list); row != NULL;
       row = gtk_widget_get_next_sibling (row))
    {
      GtkListItem *item = wherry_file_column_get_item (row);

      if (item != NULL && gtk_list_item_get_position (item) == position)
        return row;
    }
  return NULL;
}

/* GTK 4.8 has no call to show an item, but an action. */
static void
go_to (WherryFileView *self, guint position, gboolean select)
{
  GtkWidget *row;

  gtk_widget_activate_action (self->list, "list.scroll-to-item", "u", position);
  if (select)
    gtk_widget_activate_action (self->list, "list.select-item", "(ubb)", position, FALSE, FALSE);
  row = find_row (self, position);
  if (row != NULL)
    gtk_widget_grab_focus (row);
}

static gboolean
on_typing_over (gpointer user_data)
{
  WherryFileView *self = user_data;

  self->typing_id = 0;
  g_string_truncate (self->typed, 0);
  return G_SOURCE_REMOVE;
}

/* The first letters of a name lead to it. */
static gboolean
on_key_pressed (WherryFileView *self, guint key, guint code, GdkModifierType state)
{
  gunichar letter = gdk_keyval_to_unicode (key);
  g_autoptr (GtkBitset) selected = NULL;
  guint start;
  guint position;

  if ((state & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SUPER_MASK)) != 0 || letter == 0
      || !g_unichar_isprint (letter) || (letter == ' ' && self->typed->len == 0))
    return GDK_EVENT_PROPAGATE;

  g_string_append_unichar (self->typed, letter);
  g_clear_handle_id (&self->typing_id, g_source_remove);
  self->typing_id = g_timeout_add (TYPING_PAUSE, on_typing_over, self);

  /* The same letter again is for the next one. */
  selected = gtk_selection_model_get_selection (self->selection);
  start = gtk_bitset_is_empty (selected) ? 0 : gtk_bitset_get_minimum (selected);
  if (g_utf8_strlen (self->typed->str, -1) == 1 && !gtk_bitset_is_empty (selected))
    start++;
  if (wherry_folder_model_find_prefix (self->model, self->typed->str, start, &position))
    go_to (self, position, TRUE);
  else
    gtk_widget_error_bell (GTK_WIDGET (self));
  return GDK_EVENT_STOP;
}

/* What is clicked on is what the menu is about, unless it is part of what is selected. */
static void
on_menu_click (WherryFileView *self, int n_presses, double x, double y)
{
  GtkWidget *widget = gtk_widget_pick (GTK_WIDGET (self), x, y, GTK_PICK_DEFAULT);
  GtkListItem *item = NULL;

  /* The headers have a menu of their own. */
  if (widget == NULL
      || (widget != GTK_WIDGET (self->column_view) && !gtk_widget_is_ancestor (widget, self->list)
          && widget != self->list
          && gtk_widget_get_ancestor (widget, GTK_TYPE_COLUMN_VIEW) != NULL))
    return;
  for (; widget != NULL && widget != self->list && item == NULL;
       widget = gtk_widget_get_parent (widget))
    item = wherry_file_column_get_item (widget);

  if (item == NULL)
    gtk_selection_model_unselect_all (self->selection);
  else if (!gtk_selection_model_is_selected (self->selection, gtk_list_item_get_position (item)))
    go_to (self, gtk_list_item_get_position (item), TRUE);
  g_signal_emit (self, signals[SIGNAL_MENU], 0, x, y);
}

static void
menu_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  WherryFileView *self = WHERRY_FILE_VIEW (widget);
  g_autoptr (GtkBitset) selected = gtk_selection_model_get_selection (self->selection);
  GtkWidget *row = NULL;
  graphene_rect_t bounds;

  if (!gtk_bitset_is_empty (selected))
    row = find_row (self, gtk_bitset_get_minimum (selected));
  if (row != NULL && gtk_widget_compute_bounds (row, widget, &bounds))
    g_signal_emit (self, signals[SIGNAL_MENU], 0, (double) bounds.origin.x + 48,
                   (double) (bounds.origin.y + bounds.size.height));
  else
    g_signal_emit (self, signals[SIGNAL_MENU], 0, 48.0, 48.0);
}

static gboolean
wherry_file_view_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (WHERRY_FILE_VIEW (widget)->list);
}

/* Tab leads past the rows, which arrows are for: a large folder would never be left otherwise. */
static gboolean
wherry_file_view_focus (GtkWidget *widget, GtkDirectionType direction)
{
  WherryFileView *self = WHERRY_FILE_VIEW (widget);

  if (gtk_widget_get_focus_child (self->list) != NULL
      && (direction == GTK_DIR_TAB_FORWARD || direction == GTK_DIR_TAB_BACKWARD))
    return FALSE;
  return GTK_WIDGET_CLASS (wherry_file_view_parent_class)->focus (widget, direction);
}

static void
wherry_file_view_dispose (GObject *object)
{
  WherryFileView *self = WHERRY_FILE_VIEW (object);

  wherry_file_view_keep_columns (self);
  g_clear_handle_id (&self->typing_id, g_source_remove);
  g_clear_handle_id (&self->narrow_id, g_source_remove);
  g_clear_object (&self->options);
  g_clear_object (&self->selection);

  G_OBJECT_CLASS (wherry_file_view_parent_class)->dispose (object);
}

static void
wherry_file_view_finalize (GObject *object)
{
  WherryFileView *self = WHERRY_FILE_VIEW (object);

  for (guint i = 0; i < WHERRY_SORT_N; i++)
    g_clear_object (&self->columns[i]);
  g_clear_object (&self->model);
  g_string_free (self->typed, TRUE);

  G_OBJECT_CLASS (wherry_file_view_parent_class)->finalize (object);
}

static void
wherry_file_view_class_init (WherryFileViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = wherry_file_view_dispose;
  object_class->finalize = wherry_file_view_finalize;
  widget_class->measure = wherry_file_view_measure;
  widget_class->size_allocate = wherry_file_view_size_allocate;
  widget_class->grab_focus = wherry_file_view_grab_focus;
  widget_class->focus = wherry_file_view_focus;

  signals[SIGNAL_OPEN] = g_signal_new ("open", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                       NULL, NULL, NULL, G_TYPE_NONE, 1, WHERRY_TYPE_REMOTE_ENTRY);
  signals[SIGNAL_SELECTION_CHANGED]
      = g_signal_new ("selection-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                      NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_MENU]
      = g_signal_new ("menu", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 2, G_TYPE_DOUBLE, G_TYPE_DOUBLE);

  gtk_widget_class_install_action (widget_class, "files.menu", NULL, menu_activated);
  wherry_shortcuts_install (widget_class, WHERRY_SHORTCUT_IN_FILES);
}

static void
add_columns (WherryFileView *self)
{
  for (guint i = 0; i < WHERRY_SORT_N; i++)
    {
      g_autoptr (GtkSorter) sorter
          = GTK_SORTER (gtk_custom_sorter_new (tell_sort, GUINT_TO_POINTER (i), NULL));

      self->columns[i] = wherry_file_column_new (i, sorter);
    }
}

static void
add_controllers (WherryFileView *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkGesture *click = gtk_gesture_click_new ();

  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (on_key_pressed), self);
  gtk_widget_add_controller (GTK_WIDGET (self->column_view), keys);

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  g_signal_connect_swapped (click, "pressed", G_CALLBACK (on_menu_click), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
}

static void
wherry_file_view_init (WherryFileView *self)
{
  GtkWidget *scrolled_window = gtk_scrolled_window_new ();

  /* A layout manager would be asked in place of size_allocate(). */
  gtk_widget_set_layout_manager (GTK_WIDGET (self), NULL);
  self->typed = g_string_new (NULL);
  self->model = wherry_folder_model_new ();
  self->selection
      = GTK_SELECTION_MODEL (gtk_multi_selection_new (G_LIST_MODEL (g_object_ref (self->model))));
  self->column_view = GTK_COLUMN_VIEW (gtk_column_view_new (g_object_ref (self->selection)));
  gtk_column_view_set_enable_rubberband (self->column_view, TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (self->column_view), "files");
  gtk_widget_add_css_class (GTK_WIDGET (self->column_view), "data-table");
  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self->column_view));
       child != NULL; child = gtk_widget_get_next_sibling (child))
    if (GTK_IS_LIST_VIEW (child))
      self->list = child;

  add_columns (self);
  wherry_file_view_init_columns (self);
  add_controllers (self);
  g_signal_connect_object (self->column_view, "activate", G_CALLBACK (on_activate), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->selection, "selection-changed", G_CALLBACK (on_selection_changed),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->model, "items-changed", G_CALLBACK (on_selection_changed), self,
                           G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  g_signal_connect_object (gtk_column_view_get_sorter (self->column_view), "changed",
                           G_CALLBACK (on_sorter_changed), self, G_CONNECT_SWAPPED);

  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled_window),
                                 GTK_WIDGET (self->column_view));
  adw_bin_set_child (ADW_BIN (self), scrolled_window);
}

/**
 * wherry_file_view_set_options:
 * @self: the view
 * @options: how to show it; set once
 */
void
wherry_file_view_set_options (WherryFileView *self, WherryViewOptions *options)
{
  g_return_if_fail (WHERRY_IS_FILE_VIEW (self));
  g_return_if_fail (WHERRY_IS_VIEW_OPTIONS (options));
  g_return_if_fail (self->options == NULL);

  self->options = g_object_ref (options);
  g_signal_connect_object (options, "notify", G_CALLBACK (on_option_changed), self,
                           G_CONNECT_SWAPPED);
  wherry_file_view_arrange_columns (self);
  update_sort (self);
  update_hidden (self);
}

/**
 * wherry_file_view_set_label:
 * @self: the view
 * @label: what assistive technology calls the table
 */
void
wherry_file_view_set_label (WherryFileView *self, const char *label)
{
  g_return_if_fail (WHERRY_IS_FILE_VIEW (self));

  gtk_accessible_update_property (GTK_ACCESSIBLE (self->column_view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  label, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
}

/**
 * wherry_file_view_get_model:
 * @self: the view
 *
 * Returns: (transfer none): what it shows
 */
WherryFolderModel *
wherry_file_view_get_model (WherryFileView *self)
{
  g_return_val_if_fail (WHERRY_IS_FILE_VIEW (self), NULL);

  return self->model;
}

/**
 * wherry_file_view_dup_selected:
 * @self: the view
 *
 * Returns: (transfer full) (element-type WherryRemoteEntry): what is selected, as
 *   it is ordered
 */
GPtrArray *
wherry_file_view_dup_selected (WherryFileView *self)
{
  g_return_val_if_fail (WHERRY_IS_FILE_VIEW (self), NULL);

  GPtrArray *entries = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GtkBitset) selected = gtk_selection_model_get_selection (self->selection);
  GtkBitsetIter iter;
  guint position;

  for (gboolean any = gtk_bitset_iter_init_first (&iter, selected, &position); any;
       any = gtk_bitset_iter_next (&iter, &position))
    g_ptr_array_add (entries, g_object_ref (wherry_folder_model_peek (self->model, position)));
  return entries;
}

/**
 * wherry_file_view_get_n_selected:
 * @self: the view
 *
 * Returns: how many are selected
 */
guint
wherry_file_view_get_n_selected (WherryFileView *self)
{
  g_return_val_if_fail (WHERRY_IS_FILE_VIEW (self), 0);

  g_autoptr (GtkBitset) selected = gtk_selection_model_get_selection (self->selection);

  return (guint) gtk_bitset_get_size (selected);
}

/**
 * wherry_file_view_select_all:
 * @self: the view
 * @select: whether to select all that is shown, or nothing
 */
void
wherry_file_view_select_all (WherryFileView *self, gboolean select)
{
  g_return_if_fail (WHERRY_IS_FILE_VIEW (self));

  if (select)
    gtk_selection_model_select_all (self->selection);
  else
    gtk_selection_model_unselect_all (self->selection);
}

/**
 * wherry_file_view_select_names:
 * @self: the view
 * @names: (element-type filename): names
 *
 * Selects what is called so, and nothing else.
 */
void
wherry_file_view_select_names (WherryFileView *self, GHashTable *names)
{
  g_return_if_fail (WHERRY_IS_FILE_VIEW (self));
  g_return_if_fail (names != NULL);

  guint n_items = g_list_model_get_n_items (G_LIST_MODEL (self->model));
  g_autoptr (GtkBitset) selected = gtk_bitset_new_empty ();
  g_autoptr (GtkBitset) mask = gtk_bitset_new_range (0, n_items);

  for (guint i = 0; i < n_items && g_hash_table_size (names) > 0; i++)
    {
      WherryRemoteEntry *entry = wherry_folder_model_peek (self->model, i);

      if (g_hash_table_contains (names, wherry_remote_entry_get_name (entry)))
        gtk_bitset_add (selected, i);
    }
  gtk_selection_model_set_selection (self->selection, selected, mask);
}

/**
 * wherry_file_view_put:
 * @self: the view
 * @entry: an entry of the folder
 *
 * Adds an entry, in place of the one of that name, which it is selected like.
 */
void
wherry_file_view_put (WherryFileView *self, WherryRemoteEntry *entry)
{
  g_return_if_fail (WHERRY_IS_FILE_VIEW (self));
  g_return_if_fail (WHERRY_IS_REMOTE_ENTRY (entry));

  const char *name = wherry_remote_entry_get_name (entry);
  guint position;
  gboolean selected = wherry_folder_model_find (self->model, name, &position)
                      && gtk_selection_model_is_selected (self->selection, position);

  wherry_folder_model_put (self->model, entry);
  if (selected && wherry_folder_model_find (self->model, name, &position))
    gtk_selection_model_select_item (self->selection, position, FALSE);
}

/**
 * wherry_file_view_reveal:
 * @self: the view
 * @name: (type filename): a name
 *
 * Selects the entry of that name, scrolls to it, and puts the focus there.
 *
 * Returns: whether it is there
 */
gboolean
wherry_file_view_reveal (WherryFileView *self, const char *name)
{
  g_return_val_if_fail (WHERRY_IS_FILE_VIEW (self), FALSE);
  g_return_val_if_fail (name != NULL, FALSE);

  guint position;

  if (!wherry_folder_model_find (self->model, name, &position))
    return FALSE;
  go_to (self, position, TRUE);
  return TRUE;
}

/**
 * wherry_file_view_focus_first:
 * @self: the view
 *
 * Scrolls to the top and puts the focus there, without selecting anything.
 */
void
wherry_file_view_focus_first (WherryFileView *self)
{
  g_return_if_fail (WHERRY_IS_FILE_VIEW (self));

  if (g_list_model_get_n_items (G_LIST_MODEL (self->model)) > 0)
    go_to (self, 0, FALSE);
}

/**
 * wherry_file_view_get_entry_at:
 * @self: the view
 * @x: in its coordinates
 * @y: in its coordinates
 * @row: (out) (optional) (transfer none): the row's widget
 *
 * Returns: (transfer none) (nullable): the entry whose row is there
 */
WherryRemoteEntry *
wherry_file_view_get_entry_at (WherryFileView *self, double x, double y, GtkWidget **row)
{
  g_return_val_if_fail (WHERRY_IS_FILE_VIEW (self), NULL);

  GtkWidget *widget = gtk_widget_pick (GTK_WIDGET (self), x, y, GTK_PICK_DEFAULT);

  while (widget != NULL && gtk_widget_get_parent (widget) != self->list)
    widget = gtk_widget_get_parent (widget);
  if (widget == NULL)
    return NULL;

  GtkListItem *item = wherry_file_column_get_item (widget);

  if (item == NULL)
    return NULL;
  if (row != NULL)
    *row = widget;
  return gtk_list_item_get_item (item);
}
