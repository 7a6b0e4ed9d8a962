/*
 * The file view's columns: which are shown, in which order, and how wide.
 */
#include "config.h"

#include <string.h>

#include "ui/wherry-file-columns.h"
#include "ui/wherry-file-view-private.h"

/* What is dragged about is kept once it rests so long, in milliseconds. */
#define REST_TIME 250

/* A column dragged to nothing could not be taken hold of again; and wider ones than any screen are
 * nobody's wish. In pixels. */
#define WIDTH_MIN 40
#define WIDTH_MAX 4096

/* By these they are kept. */
static const char *const names[WHERRY_SORT_N] = {
  [WHERRY_SORT_NAME] = "name",         [WHERRY_SORT_SIZE] = "size",
  [WHERRY_SORT_MODIFIED] = "modified", [WHERRY_SORT_PERMISSIONS] = "permissions",
  [WHERRY_SORT_OWNER] = "owner",
};

static const char *const options[WHERRY_SORT_N] = {
  [WHERRY_SORT_SIZE] = "show-size",
  [WHERRY_SORT_MODIFIED] = "show-modified",
  [WHERRY_SORT_PERMISSIONS] = "show-permissions",
  [WHERRY_SORT_OWNER] = "show-owner",
};

/* Where there is little room, no other width would leave a name any. */
static void
set_width (WherryFileView *self, WherrySort column)
{
  int width = self->narrow || self->widths[column] < 0 ? wherry_file_column_get_width (column)
                                                       : self->widths[column];

  gtk_column_view_column_set_fixed_width (self->columns[column], width);
}

/*< private >
 * wherry_file_view_update_columns:
 * @self: the view
 *
 * Shows the columns that are to be shown, as wide as they are to be.
 */
void
wherry_file_view_update_columns (WherryFileView *self)
{
  guint place = 0;

  self->arranging = TRUE;
  for (guint n = 0; n < WHERRY_SORT_N; n++)
    {
      WherrySort i = self->order[n];
      gboolean visible = TRUE;

      if (options[i] != NULL)
        g_object_get (self->options, options[i], &visible, NULL);
      if (self->narrow && i != WHERRY_SORT_NAME && i != WHERRY_SORT_SIZE)
        visible = FALSE;
      set_width (self, i);
      /* A column that is only hidden still takes its room from the others in GTK 4.8. */
      if (visible && !self->shown[i])
        gtk_column_view_insert_column (self->column_view, place, self->columns[i]);
      else if (!visible && self->shown[i])
        gtk_column_view_remove_column (self->column_view, self->columns[i]);
      self->shown[i] = visible;
      if (visible)
        place++;
    }
  self->arranging = FALSE;
}

static gboolean
find_column (const char *name, gsize length, WherrySort *column)
{
  for (guint i = 0; i < WHERRY_SORT_N; i++)
    if (strlen (names[i]) == length && strncmp (names[i], name, length) == 0)
      {
        *column = (WherrySort) i;
        return TRUE;
      }
  return FALSE;
}

/* The settings are anybody's to write: what makes no sense is left out. */
static void
read_columns (WherryFileView *self, const char *const *texts, WherrySort *order)
{
  gboolean placed[WHERRY_SORT_N] = { FALSE };
  guint n = 0;

  for (guint i = 0; i < WHERRY_SORT_N; i++)
    self->widths[i] = -1;
  for (; texts != NULL && *texts != NULL; texts++)
    {
      gsize length = strcspn (*texts, ":");
      gint64 width = -1;
      WherrySort column;

      if (!find_column (*texts, length, &column) || placed[column])
        continue;
      if ((*texts)[length] == ':'
          && !g_ascii_string_to_signed (*texts + length + 1, 10, WIDTH_MIN, WIDTH_MAX, &width,
                                        NULL))
        width = -1;
      self->widths[column] = (int) width;
      placed[column] = TRUE;
      order[n++] = column;
    }
  for (guint i = 0; i < WHERRY_SORT_N; i++)
    if (!placed[i])
      order[n++] = (WherrySort) i;
}

/*< private >
 * wherry_file_view_arrange_columns:
 * @self: the view
 *
 * Puts the columns in the order of the options. The header shows no order of files
 * then: the caller sees to that.
 */
void
wherry_file_view_arrange_columns (WherryFileView *self)
{
  g_auto (GStrv) texts = NULL;
  WherrySort order[WHERRY_SORT_N];

  g_object_get (self->options, "columns", &texts, NULL);
  read_columns (self, (const char *const *) texts, order);
  if (memcmp (order, self->order, sizeof order) != 0)
    {
      memcpy (self->order, order, sizeof order);
      self->arranging = TRUE;
      for (guint i = 0; i < WHERRY_SORT_N; i++)
        {
          if (self->shown[i])
            gtk_column_view_remove_column (self->column_view, self->columns[i]);
          self->shown[i] = FALSE;
        }
    }
  wherry_file_view_update_columns (self);
}

/* Those that are shown take each other's places; those that are not keep theirs. */
static void
look_at_order (WherryFileView *self, WherrySort *order)
{
  GListModel *columns = gtk_column_view_get_columns (self->column_view);
  guint n_columns = g_list_model_get_n_items (columns);
  guint next = 0;

  memcpy (order, self->order, sizeof self->order);
  for (guint n = 0; n < WHERRY_SORT_N && next < n_columns; n++)
    if (self->shown[order[n]])
      {
        g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (columns, next++);

        for (guint i = 0; i < WHERRY_SORT_N; i++)
          if (self->columns[i] == column)
            order[n] = (WherrySort) i;
      }
}

/* A name's column takes what room there is: only one that was dragged beyond it has a width. */
static gboolean
fits (WherryFileView *self)
{
  GtkAdjustment *adjustment = gtk_scrollable_get_hadjustment (GTK_SCROLLABLE (self->column_view));

  return gtk_adjustment_get_upper (adjustment) <= gtk_adjustment_get_page_size (adjustment);
}

static int
look_at_width (WherryFileView *self, WherrySort column)
{
  int width = gtk_column_view_column_get_fixed_width (self->columns[column]);

  if (width < 0 || width == wherry_file_column_get_width (column)
      || (column == WHERRY_SORT_NAME && fits (self)))
    return -1;
  return CLAMP (width, WIDTH_MIN, WIDTH_MAX);
}

static char *
dup_text (WherryFileView *self, WherrySort column)
{
  return self->widths[column] < 0 ? g_strdup (names[column])
                                  : g_strdup_printf ("%s:%d", names[column], self->widths[column]);
}

/*< private >
 * wherry_file_view_keep_columns:
 * @self: the view
 *
 * Writes down at once what was dragged about, if anything was.
 */
void
wherry_file_view_keep_columns (WherryFileView *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) texts = NULL;
  WherrySort order[WHERRY_SORT_N];
  gboolean changed;

  if (self->columns_id == 0)
    return;
  g_clear_handle_id (&self->columns_id, g_source_remove);
  if (self->narrow)
    return;

  look_at_order (self, order);
  changed = memcmp (order, self->order, sizeof order) != 0;
  memcpy (self->order, order, sizeof order);
  for (guint i = 0; i < WHERRY_SORT_N; i++)
    {
      int width = look_at_width (self, (WherrySort) i);

      changed |= width != self->widths[i];
      self->widths[i] = width;
    }
  wherry_file_view_update_columns (self);
  if (!changed)
    return;

  for (guint n = 0; n < WHERRY_SORT_N; n++)
    {
      g_autofree char *text = dup_text (self, self->order[n]);
      g_strv_builder_add (builder, text);
    }
  texts = g_strv_builder_end (builder);
  g_object_set (self->options, "columns", texts, NULL);
}

static gboolean
on_rest (gpointer user_data)
{
  wherry_file_view_keep_columns (user_data);
  return G_SOURCE_REMOVE;
}

/* Columns are dragged in many small steps; and one that changes its place is gone in between. */
static void
on_columns_changed (WherryFileView *self)
{
  if (self->arranging || self->narrow || self->options == NULL)
    return;
  g_clear_handle_id (&self->columns_id, g_source_remove);
  self->columns_id = g_timeout_add (REST_TIME, on_rest, self);
}

/*< private >
 * wherry_file_view_init_columns:
 * @self: the view, being made, with its columns
 *
 * Sees to it that what is dragged about is kept.
 */
void
wherry_file_view_init_columns (WherryFileView *self)
{
  for (guint i = 0; i < WHERRY_SORT_N; i++)
    {
      self->order[i] = (WherrySort) i;
      self->widths[i] = -1;
      g_signal_connect_object (self->columns[i], "notify::fixed-width",
                               G_CALLBACK (on_columns_changed), self, G_CONNECT_SWAPPED);
    }
  g_signal_connect_object (gtk_column_view_get_columns (self->column_view), "items-changed",
                           G_CALLBACK (on_columns_changed), self, G_CONNECT_SWAPPED);
}
