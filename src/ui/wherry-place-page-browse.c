/*
 * The place page's way through a server's folders.
 */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-text.h"
#include "remote/wherry-remote-entry-private.h"
#include "remote/wherry-remote-private.h"
#include "ui/wherry-place-page-private.h"
#include "ui/wherry-settings.h"

/* As many servers' last folders are remembered. */
#define LAST_FOLDERS_MAX 100

static void list_folder (WherryPlacePage *self);

/* Without empty parts, "." and "..": what is shown, and what "up" goes by. */
static char *
normalize (const char *path)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);
  g_autoptr (GPtrArray) kept = g_ptr_array_new ();
  g_autofree char *joined = NULL;

  for (char **part = parts; *part != NULL; part++)
    {
      if (g_str_equal (*part, "..") && kept->len > 0)
        g_ptr_array_set_size (kept, (int) kept->len - 1);
      else if (**part != '\0' && !g_str_equal (*part, ".") && !g_str_equal (*part, ".."))
        g_ptr_array_add (kept, *part);
    }
  g_ptr_array_add (kept, NULL);
  joined = g_strjoinv ("/", (char **) kept->pdata);
  return g_strconcat ("/", joined, NULL);
}

/* What was typed, seen from @base; "" and "~" are where the login begins. */
static char *
make_absolute (WherryPlacePage *self, const char *base, const char *typed)
{
  g_autofree char *joined = NULL;
  const char *below = NULL;

  if (*typed == '\0' || g_str_equal (typed, "~"))
    below = "";
  else if (g_str_has_prefix (typed, "~/"))
    below = typed + 2;

  if (*typed == '/')
    return normalize (typed);
  if (below != NULL)
    joined = g_strconcat (self->home != NULL ? self->home : "", "/", below, NULL);
  else
    joined = g_strconcat (base, "/", typed, NULL);
  return normalize (joined);
}

/**
 * wherry_place_page_dup_absolute:
 * @self: the page
 * @path: (type filename): a folder, seen from where the login begins
 *
 * Returns: (transfer full) (type filename): its path from the root
 */
char *
wherry_place_page_dup_absolute (WherryPlacePage *self, const char *path)
{
  g_return_val_if_fail (WHERRY_IS_PLACE_PAGE (self), NULL);

  return make_absolute (self, self->home != NULL ? self->home : "", path);
}

/* One listing: by its cancellable it is told from a later one. */
typedef struct {
  WherryPlacePage *page;
  GCancellable *cancellable;
} Listing;

static Listing *
listing_new (WherryPlacePage *self, GCancellable *cancellable)
{
  Listing *listing = g_new0 (Listing, 1);

  listing->page = g_object_ref (self);
  listing->cancellable = g_object_ref (cancellable);
  return listing;
}

static void
listing_free (Listing *listing)
{
  g_object_unref (listing->page);
  g_object_unref (listing->cancellable);
  g_free (listing);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Listing, listing_free)

static char *
dup_server_key (WherryPlacePage *self)
{
  const WherryLogin *login = wherry_place_page_get_login (self);

  return g_strdup_printf ("%s@%s:%u", login->user, login->host, login->port);
}

static char *
dup_last_folder (WherryPlacePage *self)
{
  g_autoptr (GVariant) folders = NULL;
  g_autofree char *key = dup_server_key (self);
  char *folder = NULL;

  if (self->settings == NULL)
    return NULL;
  folders = g_settings_get_value (self->settings, WHERRY_SETTINGS_LAST_FOLDERS);
  g_variant_lookup (folders, key, "^ay", &folder);
  return folder;
}

static void
remember_folder (WherryPlacePage *self)
{
  g_autofree char *key = dup_server_key (self);
  g_autoptr (GVariant) before = NULL;
  GVariantBuilder builder;
  GVariantIter iter;
  const char *other;
  GVariant *value;
  guint n = 1;

  if (self->settings == NULL)
    return;
  before = g_settings_get_value (self->settings, WHERRY_SETTINGS_LAST_FOLDERS);
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{say}"));
  g_variant_builder_add (&builder, "{s^ay}", key, self->folder);
  g_variant_iter_init (&iter, before);
  while (n < LAST_FOLDERS_MAX && g_variant_iter_loop (&iter, "{&s@ay}", &other, &value))
    if (!g_str_equal (other, key))
      {
        g_variant_builder_add (&builder, "{s@ay}", other, value);
        n++;
      }
  g_settings_set_value (self->settings, WHERRY_SETTINGS_LAST_FOLDERS,
                        g_variant_builder_end (&builder));
}

/* The focus follows if it was on what made way, and does not jump anywhere otherwise. */
static void
settle_selection (WherryPlacePage *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;
  gboolean in_view = focus == NULL || gtk_widget_is_ancestor (focus, GTK_WIDGET (self->content))
                     || focus == GTK_WIDGET (self->view) || wherry_place_page_awaits_focus (self);

  if (self->reselect != NULL)
    wherry_file_view_select_names (self->view, self->reselect);
  if (self->reveal != NULL)
    wherry_file_view_reveal (self->view, self->reveal);
  else if (self->reselect == NULL && in_view)
    wherry_file_view_focus_first (self->view);
  self->focus_pending = FALSE;
  g_clear_pointer (&self->reveal, g_free);
  g_clear_pointer (&self->reselect, g_hash_table_unref);
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Listing) listing = user_data;
  WherryPlacePage *self = listing->page;

  if (!wherry_folder_model_load_finish (WHERRY_FOLDER_MODEL (source), result, NULL)
      || self->listing != listing->cancellable)
    return;

  g_clear_object (&self->listing);
  self->listing_other = FALSE;
  self->falls_back = FALSE;
  wherry_place_page_stop_loading (self);
  /* Whatever stood in its place is over. */
  wherry_place_page_show_content (self, self->view);
  wherry_place_page_update_content (self);
  settle_selection (self);
  remember_folder (self);
}

static void
fail (WherryPlacePage *self, const GError *error)
{
  /* What is shown stays readable while there is no connection. */
  wherry_place_page_stop_loading (self);
  if (!self->listing_other && wherry_place_page_get_session (self) != NULL
      && !wherry_session_is_connected (wherry_place_page_get_session (self)))
    {
      g_clear_object (&self->listing);
      return;
    }
  self->listing_other = FALSE;
  wherry_folder_model_clear (wherry_file_view_get_model (self->view));
  wherry_place_page_show_list_error (self, error);
}

/* A file is shown where it lies. */
static void
on_looked_at_file (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Listing) listing = user_data;
  WherryPlacePage *self = listing->page;
  g_autoptr (WherryRemoteEntry) entry
      = wherry_remote_stat_finish (WHERRY_REMOTE (source), result, NULL);
  const char *slash;

  if (self->listing != listing->cancellable)
    return;
  slash = strrchr (self->folder, '/');
  if (entry != NULL && !wherry_remote_entry_is_folder (entry) && slash != NULL && slash[1] != '\0')
    {
      g_autofree char *file = g_steal_pointer (&self->folder);

      g_free (self->reveal);
      self->reveal = g_strdup (slash + 1);
      self->folder = wherry_remote_dup_parent (file);
      list_folder (self);
      return;
    }
  fail (self, self->list_error);
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Listing) listing = user_data;
  WherryPlacePage *self = listing->page;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) entries
      = wherry_remote_entries_finish (WHERRY_REMOTE (source), result, &error);

  if (self->listing != listing->cancellable)
    return;

  if (entries != NULL)
    {
      wherry_folder_model_load_async (wherry_file_view_get_model (self->view), entries,
                                      self->listing, on_loaded, g_steal_pointer (&listing));
      return;
    }

  if (self->falls_back && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)
      && self->home != NULL)
    {
      /* The folder of the last time has gone since. */
      self->falls_back = FALSE;
      g_free (self->folder);
      self->folder = g_strdup (self->home);
      list_folder (self);
      return;
    }
  /* A path that was typed may be a file's: SFTP says that there is none then. */
  if (self->listing_other && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    {
      g_clear_error (&self->list_error);
      self->list_error = g_steal_pointer (&error);
      wherry_remote_stat_async (self->remote, self->folder, TRUE, self->listing, on_looked_at_file,
                                g_steal_pointer (&listing));
      return;
    }

  fail (self, error);
}

static void
list_folder (WherryPlacePage *self)
{
  g_autofree char *shown = wherry_text_display_name (self->folder);

  if (self->listing != NULL)
    g_cancellable_cancel (self->listing);
  g_clear_object (&self->listing);
  wherry_path_bar_set_path (wherry_place_page_get_path_bar (self), self->folder);
  wherry_place_page_conceal_removals (self);
  wherry_place_page_emit_changed (self);
  wherry_place_page_update_actions (self);

  if (self->listing_other || self->remote == NULL)
    wherry_place_page_begin_loading (self);
  if (self->remote == NULL)
    return;

  self->listing = g_cancellable_new ();
  wherry_remote_list_async (self->remote, self->folder, self->listing, on_listed,
                            listing_new (self, self->listing));
}

/* Goes to a folder without a word in the history. */
static void
move_to (WherryPlacePage *self, const char *path, const char *reveal)
{
  g_autofree char *absolute = make_absolute (self, self->folder, path);

  g_free (self->reveal);
  self->reveal = g_strdup (reveal);
  g_clear_pointer (&self->reselect, g_hash_table_unref);
  self->falls_back = FALSE;
  if (g_str_equal (absolute, self->folder))
    {
      list_folder (self);
      return;
    }
  g_free (self->folder);
  self->folder = g_steal_pointer (&absolute);
  self->listing_other = TRUE;
  gtk_editable_set_text (GTK_EDITABLE (self->filter_entry), "");
  gtk_search_bar_set_search_mode (self->filter_bar, FALSE);
  wherry_file_view_select_all (self->view, FALSE);
  list_folder (self);
}

/**
 * wherry_place_page_go_to:
 * @self: the page
 * @path: (type filename): a folder, seen from the one that is shown
 * @reveal: (nullable) (type filename): a name to select there
 *
 * Shows another folder.
 */
void
wherry_place_page_go_to (WherryPlacePage *self, const char *path, const char *reveal)
{
  g_autofree char *before = g_strdup (self->folder);

  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));
  g_return_if_fail (path != NULL);

  move_to (self, path, reveal);
  if (!g_str_equal (before, self->folder))
    {
      wherry_place_page_follow (self, before);
      g_ptr_array_add (self->back, g_steal_pointer (&before));
      g_ptr_array_set_size (self->forward, 0);
      wherry_place_page_update_actions (self);
    }
}

static void
step (WherryPlacePage *self, GPtrArray *from, GPtrArray *to)
{
  g_autofree char *path = NULL;

  if (from->len == 0)
    return;
  path = g_ptr_array_steal_index (from, from->len - 1);
  g_ptr_array_add (to, g_strdup (self->folder));
  move_to (self, path, NULL);
}

static void
back_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  WherryPlacePage *self = user_data;

  step (self, self->back, self->forward);
}

static void
forward_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  WherryPlacePage *self = user_data;

  step (self, self->forward, self->back);
}

static void
up_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  WherryPlacePage *self = user_data;
  const char *slash = strrchr (self->folder, '/');
  g_autofree char *parent = wherry_remote_dup_parent (self->folder);
  g_autofree char *name = slash != NULL ? g_strdup (slash + 1) : NULL;

  wherry_place_page_go_to (self, parent, name);
}

static void
home_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  wherry_place_page_go_to (user_data, "~", NULL);
}

static void
refresh_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  WherryPlacePage *self = user_data;

  if (wherry_place_page_get_state (self) == WHERRY_PLACE_LOST)
    wherry_place_page_reconnect (self);
  else if (self->remote == NULL)
    wherry_place_page_begin_browsing (self);
  else
    wherry_place_page_refresh (self);
}

static void
clear_filter_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  WherryPlacePage *self = user_data;

  gtk_editable_set_text (GTK_EDITABLE (self->filter_entry), "");
  gtk_search_bar_set_search_mode (self->filter_bar, FALSE);
}

/**
 * wherry_place_page_refresh:
 * @self: the page
 *
 * Lists the folder again. What is selected stays so.
 */
void
wherry_place_page_refresh (WherryPlacePage *self)
{
  g_autoptr (GPtrArray) selected = NULL;

  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));

  if (self->remote == NULL)
    return;
  selected = wherry_place_page_dup_selected (self);
  g_clear_pointer (&self->reselect, g_hash_table_unref);
  self->reselect = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < selected->len; i++)
    g_hash_table_add (self->reselect, g_strdup (wherry_remote_entry_get_name (selected->pdata[i])));
  list_folder (self);
}

typedef struct {
  WherryPlacePage *page;
  char *folder;
  char *name;
  gboolean reveal;
} Look;

static void
look_free (Look *look)
{
  g_object_unref (look->page);
  g_free (look->folder);
  g_free (look->name);
  g_free (look);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Look, look_free)

static void
on_looked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Look) look = user_data;
  WherryPlacePage *self = look->page;
  g_autoptr (GError) error = NULL;
  g_autoptr (WherryRemoteEntry) entry
      = wherry_remote_stat_finish (WHERRY_REMOTE (source), result, &error);
  g_autoptr (WherryRemoteEntry) named = NULL;

  /* A listing that is under way tells the same. */
  if (self->remote != WHERRY_REMOTE (source) || self->listing != NULL
      || !g_str_equal (self->folder, look->folder))
    return;

  if (entry != NULL)
    {
      named = wherry_remote_entry_dup_as (entry, look->name);
      wherry_file_view_put (self->view, named);
      if (look->reveal)
        wherry_file_view_reveal (self->view, look->name);
    }
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    wherry_folder_model_remove (wherry_file_view_get_model (self->view), look->name);
}

/**
 * wherry_place_page_update_entry:
 * @self: the page
 * @folder: (type filename): a folder on the server
 * @name: (type filename): what was made, changed or taken away there
 * @reveal: whether to select it and scroll to it
 *
 * Looks at one file again, if its folder is the one that is shown.
 */
void
wherry_place_page_update_entry (WherryPlacePage *self,
                                const char *folder,
                                const char *name,
                                gboolean reveal)
{
  g_autofree char *path = NULL;
  Look *look;

  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));
  g_return_if_fail (folder != NULL);
  g_return_if_fail (name != NULL);

  if (self->remote == NULL || !g_str_equal (folder, self->folder))
    return;
  look = g_new0 (Look, 1);
  look->page = g_object_ref (self);
  look->folder = g_strdup (folder);
  look->name = g_strdup (name);
  look->reveal = reveal;
  path = wherry_remote_join (folder, name);
  wherry_remote_stat_async (self->remote, path, FALSE, NULL, on_looked, look);
}

static void
on_home (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherryPlacePage) self = user_data;
  g_autofree char *home = wherry_remote_text_finish (WHERRY_REMOTE (source), result, NULL);

  if (self->remote != WHERRY_REMOTE (source))
    return;
  /* Without it only what is named from the root can be gone to. */
  g_free (self->home);
  self->home = g_strdup (home != NULL ? home : "/");

  if (*self->folder == '\0')
    {
      g_autofree char *last = *self->wanted_folder == '\0' ? dup_last_folder (self) : NULL;
      g_autofree char *folder
          = make_absolute (self, self->home, last != NULL ? last : self->wanted_folder);

      self->falls_back = last != NULL;
      self->folder = (g_free (self->folder), g_steal_pointer (&folder));
      self->listing_other = TRUE;
      list_folder (self);
    }
  else
    wherry_place_page_refresh (self);
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Listing) opening = user_data;
  WherryPlacePage *self = opening->page;
  g_autoptr (GError) error = NULL;
  g_autoptr (WherryRemote) remote = wherry_remote_open_finish (result, &error);

  if (self->opening != opening->cancellable)
    return;
  g_clear_object (&self->opening);

  if (remote == NULL)
    {
      if (*self->folder == '\0')
        {
          g_free (self->folder);
          self->folder = g_strdup (self->wanted_folder);
        }
      wherry_place_page_show_problem (self, _ ("This Server’s Files Can’t Be Shown"),
                                      error->message);
      wherry_place_page_emit_changed (self);
      /* Or nothing at all can be done on this connection. */
      wherry_place_connection_check (self->connection);
      return;
    }
  self->remote = g_steal_pointer (&remote);
  wherry_place_page_update_actions (self);
  wherry_remote_resolve_async (self->remote, "", NULL, on_home, g_object_ref (self));
}

/**
 * wherry_place_page_begin_browsing:
 * @self: the page, newly connected
 *
 * Finds out how the server's files can be seen, and shows the folder then.
 */
void
wherry_place_page_begin_browsing (WherryPlacePage *self)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));

  if (self->opening != NULL)
    return;
  g_clear_object (&self->remote);
  if (*self->folder == '\0')
    wherry_place_page_begin_loading (self);
  self->opening = g_cancellable_new ();
  wherry_remote_open_async (wherry_place_page_get_session (self), self->opening, on_opened,
                            listing_new (self, self->opening));
}

/**
 * wherry_place_page_stop_browsing:
 * @self: the page
 *
 * Gives up whatever the server is asked for. What is shown stays.
 */
void
wherry_place_page_stop_browsing (WherryPlacePage *self)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));

  if (self->opening != NULL)
    g_cancellable_cancel (self->opening);
  g_clear_object (&self->opening);
  if (self->listing != NULL)
    g_cancellable_cancel (self->listing);
  g_clear_object (&self->listing);
  wherry_place_page_stop_loading (self);
  g_clear_object (&self->remote);
}

/**
 * wherry_place_page_reset_browsing:
 * @self: the page, about to show another server
 *
 * Forgets where one was.
 */
void
wherry_place_page_reset_browsing (WherryPlacePage *self)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));

  wherry_place_page_stop_browsing (self);
  g_clear_pointer (&self->home, g_free);
  g_clear_pointer (&self->reveal, g_free);
  g_clear_pointer (&self->reselect, g_hash_table_unref);
  g_free (self->folder);
  self->folder = g_strdup ("");
  self->listing_other = TRUE;
  self->falls_back = FALSE;
  g_ptr_array_set_size (self->back, 0);
  g_ptr_array_set_size (self->forward, 0);
  wherry_folder_model_clear (wherry_file_view_get_model (self->view));
  wherry_path_bar_set_path (wherry_place_page_get_path_bar (self), "");
  wherry_place_page_set_status (self, "");
  wherry_place_page_show_content (self, self->view);
}

static void
on_filter_changed (WherryPlacePage *self)
{
  wherry_folder_model_set_filter (wherry_file_view_get_model (self->view),
                                  gtk_editable_get_text (GTK_EDITABLE (self->filter_entry)));
  wherry_place_page_end_search (self);
}

static void
on_filter_shown (WherryPlacePage *self)
{
  if (!gtk_search_bar_get_search_mode (self->filter_bar)
      && gtk_widget_get_focus_child (GTK_WIDGET (self->filter_bar)) != NULL)
    gtk_widget_grab_focus (GTK_WIDGET (self));
}

static void
on_path_typed (WherryPlacePage *self, const char *text)
{
  g_autofree char *path = g_strstrip (g_strdup (text));

  wherry_place_page_go_to (self, path, NULL);
  gtk_widget_grab_focus (GTK_WIDGET (self));
}

static void
on_path_chosen (WherryPlacePage *self, const char *path)
{
  wherry_place_page_go_to (self, path, NULL);
  gtk_widget_grab_focus (GTK_WIDGET (self));
}

/**
 * wherry_place_page_init_browsing:
 * @self: the page, being made
 *
 * Sets up what browsing needs.
 */
void
wherry_place_page_init_browsing (WherryPlacePage *self)
{
  static const GActionEntry entries[] = {
    { "back", back_activated },       { "forward", forward_activated },
    { "up", up_activated },           { "home", home_activated },
    { "refresh", refresh_activated }, { "clear-filter", clear_filter_activated },
  };
  g_autoptr (GPropertyAction) filter
      = g_property_action_new ("filter", self->filter_bar, "search-mode-enabled");
  WherryPathBar *path_bar = wherry_place_page_get_path_bar (self);

  self->folder = g_strdup ("");
  self->back = g_ptr_array_new_with_free_func (g_free);
  self->forward = g_ptr_array_new_with_free_func (g_free);

  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries),
                                   self);
  g_action_map_add_action (G_ACTION_MAP (self->actions), G_ACTION (filter));

  gtk_search_bar_connect_entry (self->filter_bar, GTK_EDITABLE (self->filter_entry));
  g_signal_connect_object (self->filter_entry, "changed", G_CALLBACK (on_filter_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->filter_bar, "notify::search-mode-enabled",
                           G_CALLBACK (on_filter_shown), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (path_bar, "go-to", G_CALLBACK (on_path_chosen), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (path_bar, "typed", G_CALLBACK (on_path_typed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (path_bar, "cancelled", G_CALLBACK (gtk_widget_grab_focus), self,
                           G_CONNECT_SWAPPED);
}
