/*
 * What the place page's parts get at it by.
 */
#include "config.h"

#include "remote/wherry-remote-private.h"
#include "ui/wherry-place-page-private.h"
#include "ui/wherry-toast.h"

/**
 * wherry_place_page_get_remote:
 * @self: the page
 *
 * Returns: (transfer none) (nullable): the server's files, once they can be seen
 */
WherryRemote *
wherry_place_page_get_remote (WherryPlacePage *self)
{
  g_return_val_if_fail (WHERRY_IS_PLACE_PAGE (self), NULL);

  return self->remote;
}

/**
 * wherry_place_page_get_queue:
 * @self: the page
 *
 * Returns: (transfer none): what takes its transfers
 */
WherryQueue *
wherry_place_page_get_queue (WherryPlacePage *self)
{
  g_return_val_if_fail (WHERRY_IS_PLACE_PAGE (self), NULL);

  return self->queue;
}

/**
 * wherry_place_page_get_view:
 * @self: the page
 *
 * Returns: (transfer none): the list of the folder's entries
 */
WherryFileView *
wherry_place_page_get_view (WherryPlacePage *self)
{
  g_return_val_if_fail (WHERRY_IS_PLACE_PAGE (self), NULL);

  return self->view;
}

/**
 * wherry_place_page_get_path_bar:
 * @self: the page
 *
 * Returns: (transfer none): the path above it
 */
WherryPathBar *
wherry_place_page_get_path_bar (WherryPlacePage *self)
{
  g_return_val_if_fail (WHERRY_IS_PLACE_PAGE (self), NULL);

  return wherry_place_toolbar_get_path_bar (self->toolbar);
}

/**
 * wherry_place_page_get_action_map:
 * @self: the page
 *
 * Returns: (transfer none): where its "place" actions are added
 */
GActionMap *
wherry_place_page_get_action_map (WherryPlacePage *self)
{
  g_return_val_if_fail (WHERRY_IS_PLACE_PAGE (self), NULL);

  return G_ACTION_MAP (self->actions);
}

/**
 * wherry_place_page_dup_selected:
 * @self: the page
 *
 * Returns: (transfer full) (element-type WherryRemoteEntry): what is selected in
 *   the folder; none while another one is still being loaded
 */
GPtrArray *
wherry_place_page_dup_selected (WherryPlacePage *self)
{
  g_return_val_if_fail (WHERRY_IS_PLACE_PAGE (self), NULL);

  if (self->listing_other)
    return g_ptr_array_new_with_free_func (g_object_unref);
  return wherry_file_view_dup_selected (self->view);
}

/**
 * wherry_place_page_dup_path:
 * @self: the page
 * @name: (type filename): a name in the folder that is shown
 *
 * Returns: (transfer full) (type filename): its path on the server
 */
char *
wherry_place_page_dup_path (WherryPlacePage *self, const char *name)
{
  g_return_val_if_fail (WHERRY_IS_PLACE_PAGE (self), NULL);

  return wherry_remote_join (self->folder, name);
}

/**
 * wherry_place_page_show_toast:
 * @self: the page
 * @text: what to say in passing
 */
void
wherry_place_page_show_toast (WherryPlacePage *self, const char *text)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));

  wherry_toast_show (GTK_WIDGET (self), text);
}

/**
 * wherry_place_page_set_enabled:
 * @self: the page
 * @action: one of its actions, without "place."
 * @enabled: whether it can be used now
 */
void
wherry_place_page_set_enabled (WherryPlacePage *self, const char *action, gboolean enabled)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));

  GAction *found = g_action_map_lookup_action (G_ACTION_MAP (self->actions), action);

  if (G_IS_SIMPLE_ACTION (found))
    g_simple_action_set_enabled (G_SIMPLE_ACTION (found), enabled);
}
