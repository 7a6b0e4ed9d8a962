#include "config.h"

#include "ui/wherry-file-columns.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-text.h"
#include "remote/wherry-remote-mode.h"
#include "ui/wherry-format.h"

#define ICON_SIZE 16

/* A name of more letters is told in full in a tooltip. */
#define LONG_NAME 32

/* By which a cell's content is told from everything else that is below a row. */
#define ITEM_KEY "wherry-list-item"

static const struct {
  const char *title;
  int width; /* pixels; -1: what is left over */
  gboolean right;
  gboolean monospace;
} looks[WHERRY_SORT_N] = {
  [WHERRY_SORT_NAME] = { N_ ("Name"), -1, FALSE, FALSE },
  [WHERRY_SORT_SIZE] = { N_ ("Size"), 96, TRUE, FALSE },
  [WHERRY_SORT_MODIFIED] = { N_ ("Modified"), 142, FALSE, FALSE },
  [WHERRY_SORT_PERMISSIONS] = { N_ ("Permissions"), 112, FALSE, TRUE },
  [WHERRY_SORT_OWNER] = { N_ ("Owner"), 92, FALSE, FALSE },
};

/*< private >
 * wherry_file_column_dup_icon:
 * @entry: an entry
 *
 * Returns: (transfer full): the icon of its kind
 */
GIcon *
wherry_file_column_dup_icon (WherryRemoteEntry *entry)
{
  const char *name = wherry_remote_entry_get_name (entry);
  g_autofree char *shown = NULL;
  g_autofree char *type = NULL;

  switch (wherry_remote_entry_get_target_type (entry))
    {
    case G_FILE_TYPE_DIRECTORY:
      return g_themed_icon_new ("folder");
    case G_FILE_TYPE_SPECIAL:
      return g_themed_icon_new ("application-x-firmware");
    case G_FILE_TYPE_UNKNOWN:
      if (wherry_remote_entry_get_file_type (entry) == G_FILE_TYPE_SYMBOLIC_LINK)
        return g_themed_icon_new ("emblem-symbolic-link");
      break;
    case G_FILE_TYPE_REGULAR:
    case G_FILE_TYPE_SYMBOLIC_LINK:
    case G_FILE_TYPE_SHORTCUT:
    case G_FILE_TYPE_MOUNTABLE:
    default:
      break;
    }
  shown = g_utf8_make_valid (name, -1);
  type = g_content_type_guess (shown, NULL, 0, NULL);
  return g_content_type_get_icon (type);
}

static char *
dup_text (WherrySort sort, WherryRemoteEntry *entry)
{
  guint32 number;

  switch (sort)
    {
    case WHERRY_SORT_SIZE:
      if (wherry_remote_entry_is_folder (entry) || wherry_remote_entry_get_size (entry) < 0)
        return g_strdup ("—");
      return g_format_size ((guint64) wherry_remote_entry_get_size (entry));
    case WHERRY_SORT_MODIFIED:
      return wherry_format_time (wherry_remote_entry_get_mtime (entry), NULL);
    case WHERRY_SORT_PERMISSIONS:
      if (!wherry_remote_entry_get_mode (entry, &number))
        return g_strdup ("—");
      return wherry_mode_to_symbolic (number);
    case WHERRY_SORT_OWNER:
      if (wherry_remote_entry_get_owner (entry) != NULL)
        return wherry_text_display_name (wherry_remote_entry_get_owner (entry));
      if (wherry_remote_entry_get_ids (entry, &number, NULL))
        return g_strdup_printf ("%u", number);
      return g_strdup ("—");
    case WHERRY_SORT_NAME:
    case WHERRY_SORT_N:
    default:
      return wherry_text_display_name (wherry_remote_entry_get_name (entry));
    }
}

/* Whether a text is written from right to left, on its own or, being neither, as all is here. */
static gboolean
is_from_right (GtkWidget *label, const char *text)
{
  g_autoptr (PangoLayout) layout = NULL;

  if (gtk_widget_get_direction (label) != GTK_TEXT_DIR_RTL && g_str_is_ascii (text))
    return FALSE;
  layout = gtk_widget_create_pango_layout (label, text);
  return pango_layout_get_direction (layout, 0) == PANGO_DIRECTION_RTL;
}

/*
 * Sets a cell's text. GTK 4.8 hands "xalign" of a text that may be cut to Pango as
 * it is, which takes it for the text's own direction: from right to left, a Latin
 * name would stand far from its icon.
 */
static void
set_text (GtkInscription *label, WherrySort sort, const char *text)
{
  gboolean mirrored = gtk_widget_get_direction (GTK_WIDGET (label)) == GTK_TEXT_DIR_RTL;
  gboolean at_the_right = looks[sort].right != mirrored;

  gtk_inscription_set_xalign (label,
                              at_the_right != is_from_right (GTK_WIDGET (label), text) ? 1 : 0);
  gtk_inscription_set_text (label, text);
}

static void
on_setup_text (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  WherrySort sort = GPOINTER_TO_UINT (user_data);
  GtkWidget *label = gtk_inscription_new (NULL);

  gtk_inscription_set_min_chars (GTK_INSCRIPTION (label), 0);
  gtk_inscription_set_nat_chars (GTK_INSCRIPTION (label), 0);
  gtk_inscription_set_text_overflow (GTK_INSCRIPTION (label),
                                     GTK_INSCRIPTION_OVERFLOW_ELLIPSIZE_END);
  gtk_widget_add_css_class (label, "dim-label");
  gtk_widget_add_css_class (label, looks[sort].monospace ? "permissions" : "numeric");
  g_object_set_data (G_OBJECT (label), ITEM_KEY, item);
  gtk_list_item_set_child (item, label);
}

static void
on_bind_text (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  WherrySort sort = GPOINTER_TO_UINT (user_data);
  GtkInscription *label = GTK_INSCRIPTION (gtk_list_item_get_child (item));
  g_autofree char *text = dup_text (sort, gtk_list_item_get_item (item));

  set_text (label, sort, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (label), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

static void
on_setup_name (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 9);
  GtkWidget *icon = g_object_new (GTK_TYPE_IMAGE, "pixel-size", ICON_SIZE, "accessible-role",
                                  GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);
  GtkWidget *label = gtk_inscription_new (NULL);
  GtkWidget *link = g_object_new (GTK_TYPE_IMAGE, "icon-name", "emblem-symbolic-link", "pixel-size",
                                  8, "valign", GTK_ALIGN_END, "accessible-role",
                                  GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);

  gtk_inscription_set_min_chars (GTK_INSCRIPTION (label), 8);
  gtk_inscription_set_text_overflow (GTK_INSCRIPTION (label),
                                     GTK_INSCRIPTION_OVERFLOW_ELLIPSIZE_MIDDLE);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_box_append (GTK_BOX (box), icon);
  gtk_box_append (GTK_BOX (box), label);
  gtk_box_append (GTK_BOX (box), link);
  g_object_set_data (G_OBJECT (box), ITEM_KEY, item);
  gtk_list_item_set_child (item, box);
}

/* Where a link leads, and what may not fit. */
static char *
dup_tooltip (WherryRemoteEntry *entry, const char *shown)
{
  const char *target = wherry_remote_entry_get_link_target (entry);
  g_autofree char *shown_target = NULL;

  if (target == NULL)
    return g_utf8_strlen (shown, -1) > LONG_NAME ? g_strdup (shown) : NULL;
  shown_target = wherry_text_display_name (target);
  /* Translators: a symbolic link, and where it leads. */
  return g_strdup_printf (_ ("%s → %s"), shown, shown_target);
}

static void
on_bind_name (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  GtkWidget *box = gtk_list_item_get_child (item);
  GtkWidget *icon = gtk_widget_get_first_child (box);
  GtkWidget *label = gtk_widget_get_next_sibling (icon);
  GtkWidget *link = gtk_widget_get_next_sibling (label);
  GtkWidget *cell = gtk_widget_get_parent (box);
  GtkWidget *row = cell != NULL ? gtk_widget_get_parent (cell) : NULL;
  WherryRemoteEntry *entry = gtk_list_item_get_item (item);
  g_autofree char *shown = dup_text (WHERRY_SORT_NAME, entry);
  g_autofree char *tooltip = dup_tooltip (entry, shown);
  g_autoptr (GIcon) gicon = wherry_file_column_dup_icon (entry);

  gtk_image_set_from_gicon (GTK_IMAGE (icon), gicon);
  set_text (GTK_INSCRIPTION (label), WHERRY_SORT_NAME, shown);
  gtk_widget_set_tooltip_text (label, tooltip);
  gtk_accessible_update_property (GTK_ACCESSIBLE (label), GTK_ACCESSIBLE_PROPERTY_LABEL, shown, -1);
  gtk_widget_set_visible (link,
                          wherry_remote_entry_get_file_type (entry) == G_FILE_TYPE_SYMBOLIC_LINK);
  /* The row is what a screen reader stops at. */
  if (row != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, shown, -1);
}

/*< private >
 * wherry_file_column_new:
 * @sort: what the column shows
 * @sorter: what a click on its header turns on
 *
 * Returns: (transfer full): a column for entries
 */
GtkColumnViewColumn *
wherry_file_column_new (WherrySort sort, GtkSorter *sorter)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  gboolean is_name = sort == WHERRY_SORT_NAME;
  gpointer data = GUINT_TO_POINTER (sort);
  GtkColumnViewColumn *column = gtk_column_view_column_new (_ (looks[sort].title), factory);

  g_signal_connect (factory, "setup", G_CALLBACK (is_name ? on_setup_name : on_setup_text), data);
  g_signal_connect (factory, "bind", G_CALLBACK (is_name ? on_bind_name : on_bind_text), data);
  gtk_column_view_column_set_sorter (column, sorter);
  gtk_column_view_column_set_resizable (column, TRUE);
  gtk_column_view_column_set_fixed_width (column, looks[sort].width);
  gtk_column_view_column_set_expand (column, looks[sort].width < 0);
  return column;
}

/*< private >
 * wherry_file_column_get_width:
 * @sort: what a column shows
 *
 * Returns: how wide it is at first, in pixels; -1: as wide as there is room
 */
int
wherry_file_column_get_width (WherrySort sort)
{
  g_return_val_if_fail (sort < WHERRY_SORT_N, -1);

  return looks[sort].width;
}

/*< private >
 * wherry_file_column_get_item:
 * @widget: a widget
 *
 * Returns: (transfer none) (nullable): the item whose cell, or row, it is
 */
GtkListItem *
wherry_file_column_get_item (GtkWidget *widget)
{
  /* A row holds cells, and a cell what was set up for it. */
  for (guint depth = 0; widget != NULL && depth < 3; depth++)
    {
      GtkListItem *item = g_object_get_data (G_OBJECT (widget), ITEM_KEY);

      if (item != NULL)
        return item;
      widget = gtk_widget_get_first_child (widget);
    }
  return NULL;
}
