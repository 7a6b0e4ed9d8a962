/*
 * What the place page does to the server's files.
 */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-text.h"
#include "remote/wherry-remote-private.h"
#include "ui/wherry-place-page-private.h"
#include "ui/wherry-properties-window.h"

/* One change of a file, and how to tell of it. */
typedef struct {
  WherryPlacePage *page;
  char *folder;
  char *name; /* what is shown once it is done */
  char *gone; /* (nullable): what is not there any more then */
  char *heading;
  WherryRemoteAccess access;
} Change;

static Change *
change_new (WherryPlacePage *self, const char *name, const char *heading)
{
  Change *change = g_new0 (Change, 1);

  change->page = g_object_ref (self);
  change->folder = g_strdup (self->folder);
  change->name = g_strdup (name);
  change->heading = g_strdup (heading);
  change->access = WHERRY_REMOTE_ACCESS_CREATE;
  return change;
}

static void
change_free (Change *change)
{
  g_object_unref (change->page);
  g_free (change->folder);
  g_free (change->name);
  g_free (change->gone);
  g_free (change->heading);
  g_free (change);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Change, change_free)

static GtkWindow *
get_window (WherryPlacePage *self)
{
  return GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));
}

static void
on_explained (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (AdwMessageDialog) dialog = user_data;
  g_autoptr (WherryRemoteDenied) denied
      = wherry_remote_explain_denied_finish (WHERRY_REMOTE (source), result, NULL);
  g_autofree char *reason = NULL;
  GtkWidget *box;

  if (denied == NULL || !gtk_widget_get_visible (GTK_WIDGET (dialog)))
    return;
  reason = wherry_denied_box_dup_reason (denied);
  box = wherry_denied_box_new ();
  wherry_denied_box_set_denied (WHERRY_DENIED_BOX (box), denied);
  adw_message_dialog_set_body (dialog, reason);
  adw_message_dialog_set_extra_child (dialog, box);
}

/**
 * wherry_place_page_show_error:
 * @self: the page
 * @heading: what failed
 * @error: why
 * @path: (type filename): what was to be changed
 * @access: how
 *
 * Tells of a failure, and what is in the way if the server denies it.
 */
void
wherry_place_page_show_error (WherryPlacePage *self,
                              const char *heading,
                              const GError *error,
                              const char *path,
                              WherryRemoteAccess access)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));
  g_return_if_fail (error != NULL);

  GtkWidget *dialog = adw_message_dialog_new (get_window (self), heading, error->message);

  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _ ("_Close"));
  gtk_window_present (GTK_WINDOW (dialog));
  if (self->remote != NULL && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    wherry_remote_explain_denied_async (self->remote, path, access, NULL, on_explained,
                                        g_object_ref (dialog));
}

static void
on_changed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Change) change = user_data;
  WherryPlacePage *self = change->page;
  g_autoptr (GError) error = NULL;

  if (!wherry_remote_change_finish (WHERRY_REMOTE (source), result, &error))
    {
      g_autofree char *path
          = wherry_remote_join (change->folder, change->gone != NULL ? change->gone : change->name);

      if (gtk_widget_get_root (GTK_WIDGET (self)) != NULL)
        wherry_place_page_show_error (self, change->heading, error, path, change->access);
      return;
    }
  if (change->gone != NULL)
    wherry_place_page_update_entry (self, change->folder, change->gone, FALSE);
  wherry_place_page_update_entry (self, change->folder, change->name, TRUE);
}

/* A dialog that asks for a name. */
typedef struct {
  WherryPlacePage *page;
  GtkWidget *dialog;
  GtkEditable *entry;
  char *before; /* (nullable): the name it has */
  char *shown;  /* (nullable): that name, as text */
} NameDialog;

static void
name_dialog_free (gpointer data, GClosure *closure)
{
  NameDialog *ask = data;

  g_object_unref (ask->page);
  g_free (ask->before);
  g_free (ask->shown);
  g_free (ask);
}

static const char *
find_mistake (const char *name)
{
  if (strchr (name, '/') != NULL)
    return _ ("A name can’t have a “/” in it.");
  if (g_str_equal (name, ".") || g_str_equal (name, ".."))
    return _ ("This name has a meaning of its own: choose another one.");
  if (strlen (name) > 255)
    return _ ("This name is too long.");
  return NULL;
}

static void
on_name_edited (NameDialog *ask)
{
  const char *name = gtk_editable_get_text (ask->entry);
  const char *mistake = find_mistake (name);

  adw_message_dialog_set_body (ADW_MESSAGE_DIALOG (ask->dialog), mistake != NULL ? mistake : "");
  adw_message_dialog_set_response_enabled (ADW_MESSAGE_DIALOG (ask->dialog), "apply",
                                           *name != '\0' && mistake == NULL
                                               && g_strcmp0 (name, ask->shown) != 0);
}

static void
on_name_given (AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
  NameDialog *ask = user_data;
  WherryPlacePage *self = ask->page;
  const char *name = gtk_editable_get_text (ask->entry);
  g_autofree char *path = NULL;
  Change *change;

  if (!g_str_equal (response, "apply") || self->remote == NULL)
    return;
  path = wherry_place_page_dup_path (self, name);
  if (ask->before == NULL)
    {
      change = change_new (self, name, _ ("The Folder Could Not Be Made"));
      wherry_remote_mkdir_async (self->remote, path, FALSE, NULL, on_changed, change);
    }
  else
    {
      g_autofree char *from = wherry_place_page_dup_path (self, ask->before);

      change = change_new (self, name, _ ("It Could Not Be Renamed"));
      change->gone = g_strdup (ask->before);
      wherry_remote_rename_async (self->remote, from, path, FALSE, NULL, on_changed, change);
    }
}

/* The name without what says its kind, as mostly only that is changed. */
static int
count_stem (const char *shown, gboolean is_folder)
{
  const char *dot = is_folder ? NULL : strrchr (shown, '.');

  if (dot == NULL || dot == shown)
    return -1;
  if (g_str_has_suffix (shown, dot) && dot - shown > 4 && strncmp (dot - 4, ".tar", 4) == 0)
    dot -= 4;
  return (int) g_utf8_pointer_to_offset (shown, dot);
}

static void
ask_name (WherryPlacePage *self, const char *heading, const char *apply, WherryRemoteEntry *entry)
{
  NameDialog *ask = g_new0 (NameDialog, 1);
  GtkWidget *box = gtk_entry_new ();
  int stem = -1;

  ask->page = g_object_ref (self);
  ask->entry = GTK_EDITABLE (box);
  ask->dialog = adw_message_dialog_new (get_window (self), heading, NULL);
  if (entry != NULL)
    {
      ask->before = g_strdup (wherry_remote_entry_get_name (entry));
      ask->shown = wherry_text_display_name (ask->before);
      stem = count_stem (ask->shown, wherry_remote_entry_is_folder (entry));
      gtk_editable_set_text (ask->entry, ask->shown);
    }

  gtk_entry_set_activates_default (GTK_ENTRY (box), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (box), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Name"),
                                  -1);
  adw_message_dialog_set_extra_child (ADW_MESSAGE_DIALOG (ask->dialog), box);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (ask->dialog), "cancel", _ ("_Cancel"),
                                    "apply", apply, NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (ask->dialog), "apply",
                                              ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (ask->dialog), "apply");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (ask->dialog), "cancel");
  g_signal_connect_swapped (box, "changed", G_CALLBACK (on_name_edited), ask);
  g_signal_connect_data (ask->dialog, "response", G_CALLBACK (on_name_given), ask, name_dialog_free,
                         0);
  on_name_edited (ask);
  gtk_window_present (GTK_WINDOW (ask->dialog));
  gtk_widget_grab_focus (box);
  gtk_editable_select_region (ask->entry, 0, stem);
}

static void
new_folder_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ask_name (user_data, _ ("New Folder"), _ ("_Create"), NULL);
}

static void
rename_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  WherryPlacePage *self = user_data;
  g_autoptr (GPtrArray) selected = wherry_place_page_dup_selected (self);

  if (selected->len == 1)
    ask_name (self, _ ("Rename"), _ ("_Rename"), selected->pdata[0]);
}

static void
open_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  WherryPlacePage *self = user_data;
  g_autoptr (GPtrArray) selected = wherry_place_page_dup_selected (self);

  if (selected->len == 1)
    g_signal_emit_by_name (self->view, "open", selected->pdata[0]);
}

static void
copy_path_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  WherryPlacePage *self = user_data;
  g_autoptr (GPtrArray) selected = wherry_place_page_dup_selected (self);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *valid = NULL;

  for (guint i = 0; i < selected->len; i++)
    {
      g_autofree char *path
          = wherry_place_page_dup_path (self, wherry_remote_entry_get_name (selected->pdata[i]));
      g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "", path);
    }
  if (selected->len == 0)
    g_string_append (text, self->folder);
  /* A clipboard takes text only. */
  valid = g_utf8_make_valid (text->str, (gssize) text->len);
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), valid);
  wherry_place_page_show_toast (self,
                                ngettext ("Path copied", "Paths copied", MAX (selected->len, 1)));
}

static void
on_properties_changed (WherryPlacePage *self, const char *path)
{
  g_autofree char *folder = NULL;
  g_autofree char *name = NULL;

  if (path == NULL)
    {
      wherry_place_page_refresh (self);
      return;
    }
  folder = wherry_remote_dup_parent (path);
  name = g_path_get_basename (path);
  wherry_place_page_update_entry (self, folder, name, FALSE);
}

static void
properties_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  WherryPlacePage *self = user_data;
  g_autoptr (GPtrArray) selected = wherry_place_page_dup_selected (self);
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  GtkWidget *window;

  if (self->remote == NULL)
    return;
  for (guint i = 0; i < selected->len; i++)
    g_ptr_array_add (paths, wherry_place_page_dup_path (self, wherry_remote_entry_get_name (
                                                                  selected->pdata[i])));
  if (paths->len == 0)
    g_ptr_array_add (paths, g_strdup (self->folder));
  window = wherry_properties_window_new (self->remote, paths);
  gtk_window_set_transient_for (GTK_WINDOW (window), get_window (self));
  g_signal_connect_object (window, "changed", G_CALLBACK (on_properties_changed), self,
                           G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (window));
}

static void
details_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  WherryPlacePage *self = user_data;
  WherrySession *session = wherry_place_page_get_session (self);
  const WherryLogin *login = wherry_place_page_get_login (self);
  g_autofree char *host = wherry_text_display_name (login->host);
  g_autofree char *account = g_strdup_printf ("%s@%s:%u", login->user, host, login->port);
  g_autofree char *files = NULL;
  g_autofree char *banner = NULL;
  g_autofree char *shown_banner = NULL;
  g_autofree char *cipher = NULL;
  g_autofree char *body = NULL;
  GtkWidget *dialog;

  if (session == NULL)
    return;
  files = self->remote != NULL ? wherry_remote_dup_description (self->remote)
                               : g_strdup (_ ("can’t be shown"));
  banner = wherry_session_dup_server_banner (session);
  shown_banner = banner != NULL ? wherry_text_display_name (banner) : g_strdup ("—");
  cipher = wherry_session_dup_cipher (session);
  /* Translators: an account; what the server calls itself; a cipher; by what means files are seen.
   */
  body = g_strdup_printf (_ ("Account: %s\nServer: %s\nEncryption: %s\nFiles are listed by: %s"),
                          account, shown_banner, cipher != NULL ? cipher : "—", files);
  dialog = adw_message_dialog_new (get_window (self), _ ("Place Details"), body);
  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _ ("_Close"));
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
on_menu (WherryPlacePage *self, double x, double y, GtkWidget *source)
{
  GdkRectangle rectangle = { (int) x, (int) y, 1, 1 };
  gboolean any = wherry_file_view_get_n_selected (self->view) > 0;
  graphene_point_t point;

  if (!gtk_widget_compute_point (source, GTK_WIDGET (self),
                                 &GRAPHENE_POINT_INIT ((float) x, (float) y), &point))
    return;
  rectangle.x = (int) point.x;
  rectangle.y = (int) point.y;
  gtk_popover_menu_set_menu_model (GTK_POPOVER_MENU (self->menu),
                                   any ? self->files_menu : self->folder_menu);
  gtk_popover_set_pointing_to (GTK_POPOVER (self->menu), &rectangle);
  gtk_popover_popup (GTK_POPOVER (self->menu));
}

/* A folder without files has a menu, too. */
static void
on_content_click (WherryPlacePage *self, int n_presses, double x, double y)
{
  if (gtk_stack_get_visible_child (self->content) == GTK_WIDGET (self->empty_page))
    on_menu (self, x, y, GTK_WIDGET (self->content));
}

/**
 * wherry_place_page_init_actions:
 * @self: the page, being made
 *
 * Sets up what can be done to files.
 */
void
wherry_place_page_init_actions (WherryPlacePage *self)
{
  static const GActionEntry entries[] = {
    { "new-folder", new_folder_activated },
    { "rename", rename_activated },
    { "open", open_activated },
    { "copy-path", copy_path_activated },
    { "properties", properties_activated },
    { "details", details_activated },
  };
  GtkGesture *click = gtk_gesture_click_new ();

  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries),
                                   self);

  self->menu = gtk_popover_menu_new_from_model (self->files_menu);
  gtk_popover_set_has_arrow (GTK_POPOVER (self->menu), FALSE);
  gtk_widget_set_halign (self->menu, GTK_ALIGN_START);
  gtk_widget_set_parent (self->menu, GTK_WIDGET (self));
  g_signal_connect_object (self->view, "menu", G_CALLBACK (on_menu), self, G_CONNECT_SWAPPED);

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  g_signal_connect_swapped (click, "pressed", G_CALLBACK (on_content_click), self);
  gtk_widget_add_controller (GTK_WIDGET (self->content), GTK_EVENT_CONTROLLER (click));
}

/**
 * wherry_place_page_update_file_actions:
 * @self: the page
 *
 * Enables what can be done to what is selected.
 */
void
wherry_place_page_update_file_actions (WherryPlacePage *self)
{
  gboolean ready = self->remote != NULL && !self->listing_other;
  guint n = ready ? wherry_file_view_get_n_selected (self->view) : 0;

  wherry_place_page_set_enabled (self, "new-folder", ready);
  wherry_place_page_set_enabled (self, "rename", n == 1);
  wherry_place_page_set_enabled (self, "open", n == 1);
  wherry_place_page_set_enabled (self, "delete", n > 0);
  wherry_place_page_set_enabled (self, "copy-path", ready);
  wherry_place_page_set_enabled (self, "properties", ready);
  wherry_place_page_set_enabled (self, "details", wherry_place_page_get_session (self) != NULL);
}
