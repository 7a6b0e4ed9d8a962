#include "config.h"

#include "ui/wherry-method-list.h"

#include <glib/gi18n-lib.h>

struct _WherryMethodList {
  AdwBin parent_instance;

  GtkListBox *list; /* unowned, the child */
};

G_DEFINE_FINAL_TYPE (WherryMethodList, wherry_method_list, ADW_TYPE_BIN)

enum { SIGNAL_CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];

/* In the order of a login that says nothing of it. */
static const struct {
  const char *name;
  const char *title;
} METHODS[] = {
  { "gssapi-with-mic", N_ ("Kerberos") },
  { "agent", N_ ("Keys of the Agent") },
  { "publickey", N_ ("Key Files") },
  { "keyboard-interactive", N_ ("Questions of the Server") },
  { "password", N_ ("Password") },
};

/* One way, in the list. */
#define WHERRY_TYPE_METHOD_ROW (wherry_method_row_get_type ())
G_DECLARE_FINAL_TYPE (WherryMethodRow, wherry_method_row, WHERRY, METHOD_ROW, AdwActionRow)

struct _WherryMethodRow {
  AdwActionRow parent_instance;

  const char *name;
  GtkSwitch *toggle; /* these are its suffixes */
  GtkWidget *earlier;
  GtkWidget *later;
};

G_DEFINE_FINAL_TYPE (WherryMethodRow, wherry_method_row, ADW_TYPE_ACTION_ROW)

static void
wherry_method_row_class_init (WherryMethodRowClass *klass)
{
}

static void
wherry_method_row_init (WherryMethodRow *self)
{
}

static void
wherry_method_list_class_init (WherryMethodListClass *klass)
{
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
wherry_method_list_init (WherryMethodList *self)
{
  GtkWidget *list = gtk_list_box_new ();

  self->list = GTK_LIST_BOX (list);
  gtk_list_box_set_selection_mode (self->list, GTK_SELECTION_NONE);
  gtk_widget_add_css_class (list, "boxed-list");
  gtk_accessible_update_property (GTK_ACCESSIBLE (list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Ways to Log In"), -1);
  adw_bin_set_child (ADW_BIN (self), list);
}

static WherryMethodRow *
get_row (WherryMethodList *self, int index)
{
  GtkListBoxRow *row = gtk_list_box_get_row_at_index (self->list, index);

  return row != NULL ? WHERRY_METHOD_ROW (row) : NULL;
}

/* The first can't be tried earlier, nor the last later; and one way at least there has to be. */
static void
update (WherryMethodList *self)
{
  WherryMethodRow *row;
  guint n_on = 0;

  for (int i = 0; (row = get_row (self, i)) != NULL; i++)
    n_on += gtk_switch_get_active (row->toggle) ? 1 : 0;
  for (int i = 0; (row = get_row (self, i)) != NULL; i++)
    {
      gtk_widget_set_sensitive (row->earlier, i > 0);
      gtk_widget_set_sensitive (row->later, get_row (self, i + 1) != NULL);
      gtk_widget_set_sensitive (GTK_WIDGET (row->toggle),
                                n_on > 1 || !gtk_switch_get_active (row->toggle));
    }
}

static void
on_changed (WherryMethodList *self)
{
  update (self);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/* The focus goes along, to @button (nullable) or to what of the row can have it. */
static void
move (WherryMethodList *self, WherryMethodRow *row, int position, GtkWidget *button)
{
  if (position < 0 || get_row (self, position) == NULL || get_row (self, position) == row)
    return;

  g_object_ref (row);
  gtk_list_box_remove (self->list, GTK_WIDGET (row));
  gtk_list_box_insert (self->list, GTK_WIDGET (row), position);
  g_object_unref (row);
  on_changed (self);
  if (button != NULL && !gtk_widget_is_sensitive (button))
    button = button == row->earlier ? row->later : row->earlier;
  gtk_widget_grab_focus (button != NULL ? button : GTK_WIDGET (row));
}

static void
on_moved (GtkWidget *button, gpointer user_data)
{
  WherryMethodList *self = user_data;
  WherryMethodRow *row
      = WHERRY_METHOD_ROW (gtk_widget_get_ancestor (button, WHERRY_TYPE_METHOD_ROW));

  move (self, row,
        gtk_list_box_row_get_index (GTK_LIST_BOX_ROW (row)) + (button == row->earlier ? -1 : 1),
        button);
}

static gboolean
on_shortcut (GtkWidget *widget, GVariant *step, gpointer user_data)
{
  WherryMethodRow *row = WHERRY_METHOD_ROW (widget);

  move (user_data, row,
        gtk_list_box_row_get_index (GTK_LIST_BOX_ROW (row)) + g_variant_get_int32 (step), NULL);
  return TRUE;
}

static void
add_shortcuts (WherryMethodList *self, WherryMethodRow *row)
{
  GtkEventController *controller = gtk_shortcut_controller_new ();
  static const struct {
    guint key;
    int step;
  } KEYS[] = {
    { GDK_KEY_Up, -1 },
    { GDK_KEY_Down, 1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (KEYS); i++)
    {
      GtkShortcut *shortcut = gtk_shortcut_new (gtk_keyval_trigger_new (KEYS[i].key, GDK_ALT_MASK),
                                                gtk_callback_action_new (on_shortcut, self, NULL));

      gtk_shortcut_set_arguments (shortcut, g_variant_new_int32 (KEYS[i].step));
      gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (controller), shortcut);
    }
  gtk_widget_add_controller (GTK_WIDGET (row), controller);
}

static GdkContentProvider *
on_drag_prepare (GtkDragSource *source, double x, double y, WherryMethodRow *row)
{
  g_autoptr (GdkPaintable) picture = gtk_widget_paintable_new (GTK_WIDGET (row));

  gtk_drag_source_set_icon (source, picture, (int) x, (int) y);
  return gdk_content_provider_new_typed (WHERRY_TYPE_METHOD_ROW, row);
}

static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, gpointer user_data)
{
  WherryMethodList *self = user_data;
  WherryMethodRow *row = g_value_get_object (value);
  GtkWidget *over = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (target));

  if (row == NULL || gtk_widget_get_parent (GTK_WIDGET (row)) != GTK_WIDGET (self->list))
    return FALSE;
  move (self, row, gtk_list_box_row_get_index (GTK_LIST_BOX_ROW (over)), NULL);
  return TRUE;
}

static void
add_dragging (WherryMethodList *self, WherryMethodRow *row)
{
  GtkDragSource *source = gtk_drag_source_new ();
  GtkDropTarget *target = gtk_drop_target_new (WHERRY_TYPE_METHOD_ROW, GDK_ACTION_MOVE);

  gtk_drag_source_set_actions (source, GDK_ACTION_MOVE);
  g_signal_connect (source, "prepare", G_CALLBACK (on_drag_prepare), row);
  g_signal_connect (target, "drop", G_CALLBACK (on_drop), self);
  gtk_widget_add_controller (GTK_WIDGET (row), GTK_EVENT_CONTROLLER (source));
  gtk_widget_add_controller (GTK_WIDGET (row), GTK_EVENT_CONTROLLER (target));
}

static GtkWidget *
add_button (WherryMethodList *self, WherryMethodRow *row, const char *icon, const char *label)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
  g_signal_connect (button, "clicked", G_CALLBACK (on_moved), self);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  return button;
}

static void
add (WherryMethodList *self, guint method, gboolean on)
{
  WherryMethodRow *row = g_object_new (WHERRY_TYPE_METHOD_ROW, NULL);
  GtkWidget *toggle = gtk_switch_new ();
  const char *title = _ (METHODS[method].title);
  /* Translators: %s is a way to log in, such as “Password” */
  g_autofree char *earlier = g_strdup_printf (_ ("Try “%s” Earlier"), title);
  /* Translators: %s is a way to log in, such as “Password” */
  g_autofree char *later = g_strdup_printf (_ ("Try “%s” Later"), title);

  row->name = METHODS[method].name;
  row->toggle = GTK_SWITCH (toggle);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  row->earlier = add_button (self, row, "go-up-symbolic", earlier);
  row->later = add_button (self, row, "go-down-symbolic", later);
  gtk_switch_set_active (row->toggle, on);
  gtk_widget_set_valign (toggle, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (toggle), GTK_ACCESSIBLE_PROPERTY_LABEL, title,
                                  -1);
  g_signal_connect_object (toggle, "notify::active", G_CALLBACK (on_changed), self,
                           G_CONNECT_SWAPPED);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), toggle);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), toggle);
  add_shortcuts (self, row);
  add_dragging (self, row);
  gtk_list_box_append (self->list, GTK_WIDGET (row));
}

/**
 * wherry_method_list_new:
 * @chosen: names of ways to log in, in the order they are tried; empty: all of
 *   them, in the usual order
 *
 * Returns: (transfer none): a list of all ways; what is not among the chosen is
 *   below them, and switched off
 */
GtkWidget *
wherry_method_list_new (const char *const *chosen)
{
  g_return_val_if_fail (chosen != NULL, NULL);

  WherryMethodList *self = g_object_new (WHERRY_TYPE_METHOD_LIST, NULL);
  gboolean added[G_N_ELEMENTS (METHODS)] = { FALSE };

  for (guint i = 0; chosen[i] != NULL; i++)
    for (guint j = 0; j < G_N_ELEMENTS (METHODS); j++)
      if (!added[j] && g_str_equal (METHODS[j].name, chosen[i]))
        {
          add (self, j, TRUE);
          added[j] = TRUE;
        }
  for (guint j = 0; j < G_N_ELEMENTS (METHODS); j++)
    if (!added[j])
      add (self, j, *chosen == NULL);
  update (self);
  return GTK_WIDGET (self);
}

/**
 * wherry_method_list_dup_chosen:
 * @self: the list
 *
 * Returns: (transfer full) (nullable): names of the ways that are on, in order;
 *   %NULL if that is all of them in the usual order
 */
char **
wherry_method_list_dup_chosen (WherryMethodList *self)
{
  g_return_val_if_fail (WHERRY_IS_METHOD_LIST (self), NULL);

  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  gboolean usual = TRUE;
  WherryMethodRow *row;

  for (int i = 0; (row = get_row (self, i)) != NULL; i++)
    {
      gboolean on = gtk_switch_get_active (row->toggle);

      if (on)
        g_strv_builder_add (builder, row->name);
      usual = usual && on && g_str_equal (row->name, METHODS[i].name);
    }
  return usual ? NULL : g_strv_builder_end (builder);
}
