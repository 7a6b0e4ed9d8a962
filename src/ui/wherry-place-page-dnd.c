/*
 * The place page's files as what is dragged, copied, or opened in other programs;
 * and what is dropped or pasted there.
 */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "base/wherry-text.h"
#include "transfer/wherry-fetch.h"
#include "ui/wherry-delivery.h"
#include "ui/wherry-edit-bar.h"
#include "ui/wherry-file-drop.h"
#include "ui/wherry-local-program.h"
#include "ui/wherry-place-page-private.h"
#include "ui/wherry-remote-file-provider.h"
#include "ui/wherry-window.h"

/* Beside the pointer, so that what is under it can be seen. Pixels. */
#define ICON_OFFSET 12

static gboolean
is_usable (WherryPlacePage *self)
{
  return wherry_place_page_get_state (self) == WHERRY_PLACE_CONNECTED
         && *wherry_place_page_get_folder (self) != '\0';
}

static void
add_file (WherryPlacePage *self, WherryRemoteFiles *files, WherryRemoteEntry *entry)
{
  g_autofree char *path = wherry_place_page_dup_path (self, wherry_remote_entry_get_name (entry));

  wherry_remote_files_add (files, path, wherry_remote_entry_is_folder (entry),
                           wherry_remote_entry_get_size (entry),
                           wherry_remote_entry_get_mtime (entry));
}

static WherryRemoteFiles *
make_files (WherryPlacePage *self, GPtrArray *entries)
{
  WherryRemoteFiles *files = wherry_remote_files_new (wherry_place_page_get_login (self));

  for (guint i = 0; i < entries->len; i++)
    add_file (self, files, entries->pdata[i]);
  return files;
}

/* ---- What comes ---- */

typedef struct {
  WherryPlacePage *page;
  WherrySite *rules; /* (nullable) */
} Arrival;

static Arrival *
arrival_new (WherryPlacePage *page, WherrySite *rules)
{
  Arrival *arrival = g_new0 (Arrival, 1);

  arrival->page = g_object_ref (page);
  g_set_object (&arrival->rules, rules);
  return arrival;
}

static void
arrival_free (gpointer data)
{
  Arrival *arrival = data;

  g_object_unref (arrival->page);
  g_clear_object (&arrival->rules);
  g_free (arrival);
}

static void
on_add (gpointer data, const WherryEndpoint *source, const WherryEndpoint *target)
{
  Arrival *arrival = data;

  wherry_place_page_add_transfer (arrival->page, source, target, arrival->rules);
}

static void
on_changed (gpointer data, const char *folder, GPtrArray *names)
{
  Arrival *arrival = data;

  for (guint i = 0; i < names->len; i++)
    wherry_place_page_update_entry (arrival->page, folder, names->pdata[i], FALSE);
}

static void
on_problem (gpointer data, const char *text)
{
  Arrival *arrival = data;

  wherry_place_page_show_toast (arrival->page, text);
}

static void
take (WherryPlacePage *self,
      const char *folder,
      const GValue *value,
      GdkDragAction action,
      WherrySite *rules)
{
  static const WherryDeliveryHandlers handlers = { on_add, on_changed, on_problem };

  wherry_delivery_start (wherry_place_page_get_login (self), folder,
                         wherry_place_page_get_remote (self), value, action, &handlers,
                         arrival_new (self, rules), arrival_free);
}

/**
 * wherry_place_page_take:
 * @self: the page
 * @folder: (type filename): a folder of its server
 * @value: what was dropped or pasted
 * @action: %GDK_ACTION_MOVE or %GDK_ACTION_COPY
 *
 * Brings files there.
 */
void
wherry_place_page_take (WherryPlacePage *self,
                        const char *folder,
                        const GValue *value,
                        GdkDragAction action)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));

  take (self, folder, value, action, NULL);
}

static gboolean
on_tab_drop (AdwTabBar *tab_bar, AdwTabPage *tab, const GValue *value)
{
  WherryPlacePage *self = WHERRY_PLACE_PAGE (adw_tab_page_get_child (tab));

  if (!is_usable (self))
    return FALSE;
  wherry_place_page_take (self, wherry_place_page_get_folder (self), value, GDK_ACTION_COPY);
  return TRUE;
}

/**
 * wherry_place_page_take_from_tabs:
 * @tab_bar: the tabs of place pages
 *
 * Lets files be dropped on the tab of a place. They are copied there; who stays
 * above a tab gets its place in front, and can move them.
 */
void
wherry_place_page_take_from_tabs (AdwTabBar *tab_bar)
{
  gsize n_types;
  GType *types = wherry_file_drop_get_types (&n_types);

  g_return_if_fail (ADW_IS_TAB_BAR (tab_bar));

  adw_tab_bar_setup_extra_drop_target (tab_bar, GDK_ACTION_COPY, types, n_types);
  g_signal_connect (tab_bar, "extra-drag-drop", G_CALLBACK (on_tab_drop), NULL);
}

static void
on_take (gpointer data, const WherryDropSpot *spot, const GValue *value, GdkDragAction action)
{
  wherry_place_page_take (data, spot->folder, value, action);
}

static void
on_dwell (gpointer data, const WherryDropSpot *spot)
{
  wherry_place_page_go_to (data, spot->folder, NULL);
}

static gboolean
find_in_listing (gpointer data, double x, double y, WherryDropSpot *spot)
{
  WherryPlacePage *self = data;
  GtkWidget *row = NULL;
  WherryRemoteEntry *entry = NULL;
  double view_x, view_y;

  if (!is_usable (self))
    return FALSE;
  if (gtk_widget_translate_coordinates (self->browser, GTK_WIDGET (self->view), x, y, &view_x,
                                        &view_y))
    entry = wherry_file_view_get_entry_at (self->view, view_x, view_y, &row);

  spot->login = wherry_place_page_get_login (self);
  if (entry != NULL && wherry_remote_entry_is_folder (entry))
    {
      spot->folder = wherry_place_page_dup_path (self, wherry_remote_entry_get_name (entry));
      spot->highlight = row;
      spot->inside = TRUE;
    }
  else
    {
      spot->folder = g_strdup (wherry_place_page_get_folder (self));
      spot->highlight = GTK_WIDGET (self->content);
    }
  return TRUE;
}

static gboolean
find_in_path (gpointer data, double x, double y, WherryDropSpot *spot)
{
  WherryPlacePage *self = data;
  GtkWidget *button = NULL;
  const char *path
      = wherry_path_bar_get_path_at (wherry_place_page_get_path_bar (self), x, y, &button);

  if (!is_usable (self) || path == NULL)
    return FALSE;
  spot->login = wherry_place_page_get_login (self);
  spot->folder = g_strdup (path);
  spot->highlight = button;
  spot->inside = TRUE;
  return TRUE;
}

static void
on_clipboard_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Arrival *arrival = user_data;
  WherryPlacePage *self = arrival->page;
  const GValue *value = gdk_clipboard_read_value_finish (GDK_CLIPBOARD (source), result, NULL);

  if (value != NULL && is_usable (self))
    take (self, wherry_place_page_get_folder (self), value, GDK_ACTION_COPY, arrival->rules);
  else
    wherry_place_page_show_toast (self,
                                  _ ("No files were copied. Copy some in the file manager first."));
  arrival_free (arrival);
}

/**
 * wherry_place_page_paste:
 * @self: the page
 * @rules: (nullable): what holds this time in place of what the site says
 *
 * Brings the files that lie on the clipboard to the folder.
 */
void
wherry_place_page_paste (WherryPlacePage *self, WherrySite *rules)
{
  GdkClipboard *clipboard;
  GdkContentFormats *formats;
  gboolean ours;

  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));

  clipboard = gtk_widget_get_clipboard (GTK_WIDGET (self));
  formats = gdk_clipboard_get_formats (clipboard);
  ours = gdk_content_formats_contain_gtype (formats, WHERRY_TYPE_REMOTE_FILES);
  gdk_clipboard_read_value_async (clipboard, ours ? WHERRY_TYPE_REMOTE_FILES : GDK_TYPE_FILE_LIST,
                                  G_PRIORITY_DEFAULT, NULL, on_clipboard_read,
                                  arrival_new (self, rules));
}

/* ---- What goes ---- */

/* The content of the drag that is about to begin. */
static GQuark
provider_quark (void)
{
  return g_quark_from_static_string ("wherry-drag-provider");
}

/* What is dragged is what is under the pointer, with all that is selected if it is part of that. */
static GPtrArray *
dup_dragged (WherryPlacePage *self, WherryRemoteEntry *entry)
{
  g_autoptr (GPtrArray) selected = wherry_place_page_dup_selected (self);
  GPtrArray *only;

  if (g_ptr_array_find (selected, entry, NULL))
    return g_steal_pointer (&selected);

  only = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (only, g_object_ref (entry));
  wherry_file_view_reveal (self->view, wherry_remote_entry_get_name (entry));
  return only;
}

static GdkContentProvider *
on_drag_prepare (WherryPlacePage *self, double x, double y, GtkDragSource *source)
{
  WherryRemoteEntry *entry = wherry_file_view_get_entry_at (self->view, x, y, NULL);
  GdkContentProvider *provider;

  if (entry == NULL || !is_usable (self))
    return NULL;

  g_autoptr (GPtrArray) entries = dup_dragged (self, entry);
  g_autoptr (WherryRemoteFiles) files = make_files (self, entries);

  /* Or the table would begin a rubber band with the same motion. */
  gtk_gesture_set_state (GTK_GESTURE (source), GTK_EVENT_SEQUENCE_CLAIMED);
  provider = wherry_remote_file_provider_new_dragged (self->queue, files);
  g_object_set_qdata_full (G_OBJECT (source), provider_quark (), g_object_ref (provider),
                           g_object_unref);
  return provider;
}

static GtkWidget *
make_drag_icon (WherryRemoteFiles *files)
{
  guint n = wherry_remote_files_get_n (files);
  const WherryRemoteFile *first = wherry_remote_files_get (files, 0);
  g_autofree char *name = wherry_remote_files_dup_name (files, 0);
  g_autofree char *shown = wherry_text_display_name (name);
  g_autofree char *type = first->is_folder ? g_strdup ("inode/directory")
                                           : g_content_type_guess (name, NULL, 0, NULL);
  g_autoptr (GIcon) gicon = g_content_type_get_icon (type);
  g_autofree char *text
      = n == 1 ? g_strdup (shown) : g_strdup_printf (ngettext ("%u item", "%u items", n), n);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *image = gtk_image_new_from_gicon (gicon);
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 32);
  gtk_box_append (GTK_BOX (box), image);
  gtk_box_append (GTK_BOX (box), label);
  gtk_widget_add_css_class (box, "dragged-files");
  return box;
}

static void
on_drag_begin (WherryPlacePage *self, GdkDrag *drag, GtkDragSource *source)
{
  g_autoptr (WherryRemoteFileProvider) provider
      = g_object_steal_qdata (G_OBJECT (source), provider_quark ());

  wherry_remote_file_provider_set_drag (provider, drag);
  gtk_drag_icon_set_child (GTK_DRAG_ICON (gtk_drag_icon_get_for_drag (drag)),
                           make_drag_icon (wherry_remote_file_provider_get_files (provider)));
  gdk_drag_set_hotspot (drag, -ICON_OFFSET, -ICON_OFFSET);
}

static void
copy_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  WherryPlacePage *self = user_data;
  g_autoptr (GPtrArray) entries = wherry_place_page_dup_selected (self);

  if (entries->len == 0 || !is_usable (self))
    return;

  g_autoptr (WherryRemoteFiles) files = make_files (self, entries);
  g_autoptr (GdkContentProvider) provider
      = wherry_remote_file_provider_new_copied (self->queue, files);
  g_autofree char *text
      = g_strdup_printf (ngettext ("%u item copied: paste it in a place or in the file manager",
                                   "%u items copied: paste them in a place or in the file manager",
                                   entries->len),
                         entries->len);

  gdk_clipboard_set_content (gtk_widget_get_clipboard (GTK_WIDGET (self)), provider);
  wherry_place_page_show_toast (self, text);
}

/* ---- What is opened elsewhere ---- */

static void
edit_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  WherryPlacePage *self = user_data;
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  g_autoptr (GPtrArray) entries = wherry_place_page_dup_selected (self);

  for (guint i = 0; i < entries->len; i++)
    if (!wherry_remote_entry_is_folder (entries->pdata[i]))
      {
        g_autofree char *path
            = wherry_place_page_dup_path (self, wherry_remote_entry_get_name (entries->pdata[i]));
        wherry_edit_bar_edit (wherry_window_get_edit_bar (WHERRY_WINDOW (root)),
                              wherry_place_page_get_login (self), path);
      }
}

static void
on_viewer_launched (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!wherry_local_program_finish (GTK_WIDGET (source), result, &error))
    wherry_place_page_show_toast (WHERRY_PLACE_PAGE (source), error->message);
}

static void
on_view_fetched (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherryPlacePage) self = user_data;
  WherryFetched *fetched = wherry_fetch_finish (WHERRY_QUEUE (source), result);

  for (guint i = 0; i < fetched->paths->len; i++)
    {
      const char *path = fetched->paths->pdata[i];

      /* What is changed in it would go nowhere. */
      if (g_chmod (path, 0400) == 0 && gtk_widget_get_root (GTK_WIDGET (self)) != NULL)
        wherry_local_program_view_async (GTK_WIDGET (self), path, on_viewer_launched, NULL);
    }
  wherry_fetched_remove_later (fetched, NULL, NULL);
}

static void
view_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  WherryPlacePage *self = user_data;
  g_autoptr (GPtrArray) entries = wherry_place_page_dup_selected (self);
  g_autoptr (WherryRemoteFiles) files
      = wherry_remote_files_new (wherry_place_page_get_login (self));

  for (guint i = 0; i < entries->len; i++)
    if (!wherry_remote_entry_is_folder (entries->pdata[i]))
      add_file (self, files, entries->pdata[i]);
  if (wherry_remote_files_get_n (files) > 0)
    wherry_fetch_async (self->queue, files, on_view_fetched, g_object_ref (self));
}

static void
update_actions (WherryPlacePage *self)
{
  g_autoptr (GPtrArray) entries = wherry_place_page_dup_selected (self);
  gboolean usable = is_usable (self);
  gboolean any_file = FALSE;

  for (guint i = 0; i < entries->len && !any_file; i++)
    any_file = !wherry_remote_entry_is_folder (entries->pdata[i]);
  wherry_place_page_set_enabled (self, "copy", usable && entries->len > 0);
  wherry_place_page_set_enabled (self, "edit", usable && any_file);
  wherry_place_page_set_enabled (self, "view", usable && any_file);
}

/**
 * wherry_place_page_init_dnd:
 * @self: the page, being made
 *
 * Lets files be dragged, dropped, copied, and opened in other programs.
 */
void
wherry_place_page_init_dnd (WherryPlacePage *self)
{
  static const GActionEntry entries[] = {
    { "copy", copy_activated },
    { "edit", edit_activated },
    { "view", view_activated },
  };
  static const WherryDropHandlers in_listing = { find_in_listing, on_take, on_dwell };
  static const WherryDropHandlers in_path = { find_in_path, on_take, on_dwell };
  GtkDragSource *source = gtk_drag_source_new ();
  GtkEventController *target = wherry_file_drop_add (self->browser, &in_listing, self);

  g_action_map_add_action_entries (wherry_place_page_get_action_map (self), entries,
                                   G_N_ELEMENTS (entries), self);
  g_signal_connect_object (self->view, "selection-changed", G_CALLBACK (update_actions), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect (self, "changed", G_CALLBACK (update_actions), NULL);

  /* The whole page takes files: nobody should have to aim. In the capture phase, as an entry would
     take a dropped file's path as text. */
  gtk_event_controller_set_propagation_phase (target, GTK_PHASE_CAPTURE);
  wherry_file_drop_add (GTK_WIDGET (wherry_place_page_get_path_bar (self)), &in_path, self);

  /* Before the table begins to draw a rubber band; a move is for drops within one server only. */
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (source), GTK_PHASE_CAPTURE);
  gtk_drag_source_set_actions (source, GDK_ACTION_COPY | GDK_ACTION_MOVE);
  g_signal_connect_object (source, "prepare", G_CALLBACK (on_drag_prepare), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (source, "drag-begin", G_CALLBACK (on_drag_begin), self,
                           G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (self->view), GTK_EVENT_CONTROLLER (source));
}
