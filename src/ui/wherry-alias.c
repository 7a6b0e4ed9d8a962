#include "ui/wherry-alias.h"

#include "sites/wherry-ssh-config.h"

#define DEFAULT_PORT 22

static void
resolve_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const WherryLocation *location = task_data;
  const char *user = location->user != NULL ? location->user : g_get_user_name ();
  g_autofree char *file = g_build_filename (g_get_home_dir (), ".ssh", "config", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (WherrySshConfig) config = wherry_ssh_config_load (file, &error);
  WherryLogin *login = NULL;

  if (config != NULL)
    login = wherry_ssh_config_make_login (config, location->host, location->user, location->port,
                                          &error);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    login = wherry_login_new (user, location->host,
                              location->port != 0 ? location->port : DEFAULT_PORT);

  if (login != NULL)
    g_task_return_pointer (task, login, (GDestroyNotify) wherry_login_free);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/**
 * wherry_alias_resolve_async:
 * @location: a location on a server, as it was typed
 * @callback: called when it is known where that leads
 * @user_data: for @callback
 *
 * Looks the host up in `~/.ssh/config`, as ssh(1) would. Connects to nothing.
 */
void
wherry_alias_resolve_async (const WherryLocation *location,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);

  g_task_set_source_tag (task, wherry_alias_resolve_async);
  g_task_set_task_data (task, wherry_location_copy (location),
                        (GDestroyNotify) wherry_location_free);
  g_task_run_in_thread (task, resolve_in_thread);
}

/**
 * wherry_alias_resolve_finish:
 * @result: what the callback was given
 * @error: return location; %WHERRY_ERROR_BAD_LOCATION where the file leads in a
 *   way that can't be gone, the errno codes of %G_IO_ERROR where it can't be read
 *
 * Returns: (transfer full): where and how to log in
 */
WherryLogin *
wherry_alias_resolve_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, wherry_alias_resolve_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
