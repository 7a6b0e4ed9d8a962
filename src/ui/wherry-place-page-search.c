/*
 * The place page's search by name, in a folder and all below it.
 */
#include "config.h"

#include "ui/wherry-place-page-private.h"

static gboolean
is_shown (WherryPlacePage *self)
{
  return gtk_stack_get_visible_child (self->content) == GTK_WIDGET (self->search_page);
}

static const char *
get_text (WherryPlacePage *self)
{
  return gtk_editable_get_text (GTK_EDITABLE (self->filter_entry));
}

/**
 * wherry_place_page_update_search:
 * @self: the page
 *
 * Enables the search if there is what to search for, and where.
 */
void
wherry_place_page_update_search (WherryPlacePage *self)
{
  wherry_place_page_set_enabled (self, "search",
                                 self->remote != NULL && !self->listing_other
                                     && *get_text (self) != '\0');
}

/* Back to the folder, which has not changed. */
static void
stop_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  WherryPlacePage *self = user_data;

  if (!is_shown (self))
    return;
  wherry_place_page_show_content (self, self->view);
  wherry_place_page_update_content (self);
}

static void
search_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  WherryPlacePage *self = user_data;

  /* What can be done to files is for those that can be seen. */
  wherry_file_view_select_all (self->view, FALSE);
  wherry_place_page_set_status (self, "");
  wherry_search_page_search (self->search_page, self->remote, self->folder, get_text (self));
  wherry_place_page_show_content (self, self->search_page);
}

/**
 * wherry_place_page_end_search:
 * @self: the page
 *
 * Goes back to the folder, if a search is shown, as what is searched for is
 * another.
 */
void
wherry_place_page_end_search (WherryPlacePage *self)
{
  g_action_group_activate_action (G_ACTION_GROUP (self->actions), "stop-search", NULL);
  wherry_place_page_update_search (self);
}

/* Return searches, as in any other field for it. */
static void
on_entry_activate (WherryPlacePage *self)
{
  g_action_group_activate_action (G_ACTION_GROUP (self->actions), "search", NULL);
}

static void
on_search_changed (WherryPlacePage *self)
{
  g_autofree char *status = wherry_search_page_dup_status (self->search_page);

  if (!is_shown (self))
    return;
  wherry_place_page_set_status (self, status);
  if (*status != '\0')
    gtk_widget_grab_focus (GTK_WIDGET (self->search_page));
}

/* A folder is gone to, a file shown where it lies. */
static void
on_search_open (WherryPlacePage *self, const char *path, gboolean is_folder)
{
  g_autofree char *kept = g_strdup (path);
  g_autofree char *parent = wherry_remote_dup_parent (kept);
  g_autofree char *name = g_path_get_basename (kept);
  g_autoptr (WherryPlacePage) alive = g_object_ref (self);

  gtk_editable_set_text (GTK_EDITABLE (self->filter_entry), "");
  gtk_search_bar_set_search_mode (self->filter_bar, FALSE);
  wherry_place_page_go_to (self, is_folder ? kept : parent, is_folder ? NULL : name);
  gtk_widget_grab_focus (GTK_WIDGET (self));
}

/**
 * wherry_place_page_init_search:
 * @self: the page, being made
 *
 * Sets up what searching needs.
 */
void
wherry_place_page_init_search (WherryPlacePage *self)
{
  static const GActionEntry entries[] = {
    { "search", search_activated },
    { "stop-search", stop_activated },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries),
                                   self);
  g_signal_connect_object (self->filter_entry, "activate", G_CALLBACK (on_entry_activate), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->search_page, "changed", G_CALLBACK (on_search_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->search_page, "open", G_CALLBACK (on_search_open), self,
                           G_CONNECT_SWAPPED);
  wherry_place_page_update_search (self);
}
