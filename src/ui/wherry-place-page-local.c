/*
 * The place page's local pane: what goes from one side to the other.
 */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-text.h"
#include "remote/wherry-remote-private.h"
#include "ui/wherry-place-page-private.h"

/* A transfer whose source is to go once all of it has arrived. */
typedef struct {
  WherryPlacePage *page;
  WherryRemote *remote; /* of what is on the server */
} Move;

static void
move_free (gpointer data, GClosure *closure)
{
  Move *move = data;

  g_object_unref (move->page);
  g_object_unref (move->remote);
  g_free (move);
}

static void
tell_left_over (WherryPlacePage *self, const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *shown = wherry_text_display_name (name);
  g_autofree char *text
      = g_strdup_printf (_ ("“%s” was copied, but is left where it was, too"), shown);

  wherry_place_page_show_toast (self, text);
}

static void
on_trashed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherryPlacePage) self = user_data;

  if (!g_file_trash_finish (G_FILE (source), result, NULL))
    tell_left_over (self, g_file_peek_path (G_FILE (source)));
  wherry_local_pane_refresh (self->local_pane);
}

typedef struct {
  WherryPlacePage *page;
  char *path;
} Left;

static void
on_removed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Left *left = user_data;
  g_autofree char *folder = wherry_remote_dup_parent (left->path);
  g_autofree char *name = g_path_get_basename (left->path);
  g_autoptr (GError) error = NULL;

  if (wherry_remote_change_finish (WHERRY_REMOTE (source), result, &error))
    wherry_place_page_update_entry (left->page, folder, name, FALSE);
  else if (gtk_widget_get_root (GTK_WIDGET (left->page)) != NULL)
    wherry_place_page_show_error (left->page, _ ("It Was Copied, but Could Not Be Taken Away"),
                                  error, left->path, WHERRY_REMOTE_ACCESS_CREATE);
  g_object_unref (left->page);
  g_free (left->path);
  g_free (left);
}

/* Only what is exactly on the other side goes on this one. */
static void
on_move_state (WherryTransfer *transfer, GParamSpec *pspec, gpointer user_data)
{
  Move *move = user_data;
  const WherryEndpoint *source = wherry_transfer_get_source (transfer);
  WherryProgress progress;

  if (wherry_transfer_get_state (transfer) != WHERRY_TRANSFER_DONE)
    return;
  wherry_transfer_get_progress (transfer, &progress);
  if (progress.files_skipped > 0 || progress.files_failed > 0)
    {
      tell_left_over (move->page, source->path);
      return;
    }
  if (wherry_endpoint_is_remote (source))
    {
      Left *left = g_new0 (Left, 1);

      left->page = g_object_ref (move->page);
      left->path = g_strdup (source->path);
      wherry_remote_remove_async (move->remote, source->path, NULL, on_removed, left);
    }
  else
    {
      g_autoptr (GFile) file = g_file_new_for_path (source->path);

      g_file_trash_async (file, G_PRIORITY_DEFAULT, NULL, on_trashed, g_object_ref (move->page));
    }
}

/* What arrives here is shown here. */
static void
on_arrived (WherryPlacePage *self, GParamSpec *pspec, WherryTransfer *transfer)
{
  if (wherry_transfer_is_over (transfer) && self->local_pane != NULL
      && !wherry_endpoint_is_remote (wherry_transfer_get_target (transfer)))
    wherry_local_pane_refresh (self->local_pane);
}

static void
carry (WherryPlacePage *self, WherryEndpoint *source, WherryEndpoint *target, gboolean moving)
{
  WherryTransfer *transfer = wherry_place_page_add_transfer (self, source, target, NULL);

  g_signal_connect_object (transfer, "notify::state", G_CALLBACK (on_arrived), self,
                           G_CONNECT_SWAPPED);
  if (moving)
    {
      Move *move = g_new0 (Move, 1);

      move->page = g_object_ref (self);
      move->remote = g_object_ref (self->remote);
      g_signal_connect_data (transfer, "notify::state", G_CALLBACK (on_move_state), move, move_free,
                             0);
    }
}

static void
carry_across (WherryPlacePage *self, gboolean moving)
{
  const WherryLogin *login = wherry_place_page_get_login (self);
  const char *local = wherry_local_pane_get_folder (self->local_pane);

  if (self->remote == NULL || local == NULL || self->listing_other)
    return;
  if (self->local_active)
    {
      g_autoptr (GPtrArray) paths = wherry_local_pane_dup_selected (self->local_pane);
      g_autoptr (WherryEndpoint) target = wherry_endpoint_new_remote (login, self->folder);

      for (guint i = 0; i < paths->len; i++)
        {
          g_autoptr (WherryEndpoint) source = wherry_endpoint_new_local (paths->pdata[i]);
          carry (self, source, target, moving);
        }
    }
  else
    {
      g_autoptr (GPtrArray) selected = wherry_place_page_dup_selected (self);
      g_autoptr (WherryEndpoint) target = wherry_endpoint_new_local (local);

      for (guint i = 0; i < selected->len; i++)
        {
          g_autofree char *path
              = wherry_place_page_dup_path (self,
                                            wherry_remote_entry_get_name (selected->pdata[i]));
          g_autoptr (WherryEndpoint) source = wherry_endpoint_new_remote (login, path);
          carry (self, source, target, moving);
        }
    }
}

static gboolean
is_open (WherryPlacePage *self)
{
  return gtk_widget_get_visible (GTK_WIDGET (self->local_pane));
}

/* F5 is what it was for one's fingers since there are two panes. */
static void
copy_across_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  WherryPlacePage *self = user_data;

  if (is_open (self))
    carry_across (self, FALSE);
  else
    g_action_group_activate_action (G_ACTION_GROUP (self->actions), "refresh", NULL);
}

static void
move_across_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  WherryPlacePage *self = user_data;

  if (is_open (self))
    carry_across (self, TRUE);
}

/* The way from @before to @after, to be gone on the other side; NULL if there is none. */
static char *
dup_way (const char *before, const char *after)
{
  gsize length = strlen (before);
  g_autoptr (GString) up = NULL;

  if (g_str_equal (before, "/"))
    return g_strdup (after + 1);
  if (strncmp (before, after, length) == 0 && after[length] == '/')
    return g_strdup (after + length + 1);

  length = g_str_equal (after, "/") ? 0 : strlen (after);
  if (strncmp (before, after, length) != 0 || before[length] != '/')
    return NULL;
  up = g_string_new (NULL);
  for (const char *at = before + length; *at != '\0'; at++)
    if (*at == '/')
      g_string_append (up, up->len > 0 ? "/.." : "..");
  return g_string_free (g_steal_pointer (&up), FALSE);
}

static gboolean
is_in_step (WherryPlacePage *self)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self->actions), "in-step");
  g_autoptr (GVariant) state = g_action_get_state (action);

  return is_open (self) && g_variant_get_boolean (state) && !self->stepping;
}

static void
on_local_moved (WherryPlacePage *self, const char *before, const char *after)
{
  g_autofree char *way = is_in_step (self) ? dup_way (before, after) : NULL;

  if (way == NULL || self->remote == NULL)
    return;
  self->stepping = TRUE;
  wherry_place_page_go_to (self, way, NULL);
  self->stepping = FALSE;
}

/**
 * wherry_place_page_follow:
 * @self: the page
 * @before: (type filename): the folder that was shown
 *
 * Lets the local pane go the same way, if the two go in step.
 */
void
wherry_place_page_follow (WherryPlacePage *self, const char *before)
{
  g_autofree char *way = NULL;
  g_autofree char *path = NULL;

  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));

  if (!is_in_step (self) || wherry_local_pane_get_folder (self->local_pane) == NULL)
    return;
  way = dup_way (before, self->folder);
  if (way == NULL)
    return;
  path = g_canonicalize_filename (way, wherry_local_pane_get_folder (self->local_pane));
  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    {
      g_autofree char *shown = wherry_text_display_name (path);
      g_autofree char *text = g_strdup_printf (_ ("There is no “%s” on this computer"), shown);

      wherry_place_page_show_toast (self, text);
      return;
    }
  self->stepping = TRUE;
  wherry_local_pane_go_to (self->local_pane, path);
  self->stepping = FALSE;
}

static void
on_local_entered (WherryPlacePage *self)
{
  self->local_active = TRUE;
}

static void
on_remote_entered (WherryPlacePage *self)
{
  self->local_active = FALSE;
}

static void
on_pane_option (WherryPlacePage *self)
{
  gboolean show = FALSE;

  g_object_get (self->options, "local-pane", &show, NULL);
  if (show == is_open (self))
    return;
  gtk_widget_set_visible (GTK_WIDGET (self->local_pane), show);
  wherry_place_page_set_enabled (self, "move-across", show);
  wherry_place_page_set_enabled (self, "in-step", show);
  if (show)
    wherry_local_pane_refresh (self->local_pane);
  else if (self->local_active)
    gtk_widget_grab_focus (GTK_WIDGET (self));
}

static void
watch_focus (WherryPlacePage *self, GtkWidget *widget, GCallback entered)
{
  GtkEventController *focus = gtk_event_controller_focus_new ();

  g_signal_connect_swapped (focus, "enter", entered, self);
  gtk_widget_add_controller (widget, focus);
}

/**
 * wherry_place_page_set_narrow:
 * @self: the page
 * @narrow: whether there is no room for two lists beside each other
 *
 * Has the local pane below the server's files then, whose path stands on top, and
 * beside them otherwise.
 */
void
wherry_place_page_set_narrow (WherryPlacePage *self, gboolean narrow)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));

  GtkOrientable *panes = GTK_ORIENTABLE (self->panes);
  GtkOrientation orientation = narrow ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL;
  GtkWidget *here = GTK_WIDGET (self->local_pane);
  GtkWidget *there = GTK_WIDGET (self->content);

  if (gtk_orientable_get_orientation (panes) == orientation)
    return;
  /* The template's own references keep both. */
  gtk_paned_set_start_child (self->panes, NULL);
  gtk_paned_set_end_child (self->panes, NULL);
  gtk_orientable_set_orientation (panes, orientation);
  gtk_paned_set_start_child (self->panes, narrow ? there : here);
  gtk_paned_set_end_child (self->panes, narrow ? here : there);
  /* Where the handle was says nothing the other way. */
  gtk_paned_set_position (self->panes, -1);
}

/**
 * wherry_place_page_init_local:
 * @self: the page, being made
 *
 * Sets up the local pane.
 */
void
wherry_place_page_init_local (WherryPlacePage *self)
{
  static const GActionEntry entries[] = {
    { "copy-across", copy_across_activated },
    { "move-across", move_across_activated },
    { "in-step", NULL, NULL, "false" },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries),
                                   self);
  wherry_place_page_set_enabled (self, "move-across", FALSE);
  wherry_place_page_set_enabled (self, "in-step", FALSE);
  watch_focus (self, GTK_WIDGET (self->local_pane), G_CALLBACK (on_local_entered));
  watch_focus (self, GTK_WIDGET (self->content), G_CALLBACK (on_remote_entered));
  g_signal_connect_object (self->local_pane, "moved", G_CALLBACK (on_local_moved), self,
                           G_CONNECT_SWAPPED);
}

/**
 * wherry_place_page_set_local_options:
 * @self: the page
 *
 * Shows the local pane if it is wanted, now and whenever that changes.
 */
void
wherry_place_page_set_local_options (WherryPlacePage *self)
{
  wherry_local_pane_set_options (self->local_pane, self->options);
  g_signal_connect_object (self->options, "notify::local-pane", G_CALLBACK (on_pane_option), self,
                           G_CONNECT_SWAPPED);
  on_pane_option (self);
}
