/*
 * Finding out what serves a server's files: SFTP, else a shell, else nothing.
 */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "remote/wherry-remote.h"
#include "remote/wherry-sftp-remote.h"
#include "remote/wherry-shell-remote.h"

/**
 * wherry_remote_open:
 * @session: a connected session
 * @cancellable: (nullable): to give up
 * @error: return location for %WHERRY_ERROR_NO_PROGRAM with both reasons if the
 *   server offers neither SFTP nor a shell, or the end of the session
 *
 * Finds out what serves a server's files, on another connection to the same login
 * where transfers have taken all places on this one. Waits for the server: not for
 * the main thread.
 *
 * Returns: (transfer full): its file system
 */
WherryRemote *
wherry_remote_open (WherrySession *session, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) sftp_error = NULL;
  g_autoptr (GError) shell_error = NULL;
  WherrySftpClient *client;
  WherryRemote *remote;

  g_return_val_if_fail (WHERRY_IS_SESSION (session), NULL);

  client = wherry_sftp_client_new_somewhere (session, cancellable, &sftp_error);
  if (client != NULL)
    return wherry_sftp_remote_new (session, client);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;

  remote = wherry_shell_remote_new (session, cancellable, &shell_error);
  if (remote != NULL)
    return remote;
  if (g_cancellable_is_cancelled (cancellable) || !wherry_session_is_connected (session))
    {
      g_propagate_error (error, g_steal_pointer (&shell_error));
      return NULL;
    }

  g_autofree char *host = wherry_text_escape (wherry_session_get_login (session)->host, -1, 0);
  g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_NO_PROGRAM,
               /* Translators: the first %s is a host name, the others are reasons */
               _ ("“%s” offers no way to see its files. SFTP: %s. Shell: %s."), host,
               sftp_error->message, shell_error->message);
  return NULL;
}

static gpointer
open_thread (gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;
  WherryRemote *remote
      = wherry_remote_open (g_task_get_source_object (task), g_task_get_cancellable (task), &error);

  if (remote != NULL)
    g_task_return_pointer (task, remote, g_object_unref);
  else
    g_task_return_error (task, g_steal_pointer (&error));
  return NULL;
}

/**
 * wherry_remote_open_async:
 * @session: a connected session
 * @cancellable: (nullable): to give up
 * @callback: called when it is over
 * @user_data: for @callback
 *
 * Does wherry_remote_open() without waiting; the outcome is in
 * wherry_remote_open_finish().
 */
void
wherry_remote_open_async (WherrySession *session,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_return_if_fail (WHERRY_IS_SESSION (session));

  GTask *task = g_task_new (session, cancellable, callback, user_data);

  g_task_set_source_tag (task, wherry_remote_open_async);
  g_thread_unref (g_thread_new ("wherry-remote-open", open_thread, task));
}

/**
 * wherry_remote_open_finish:
 * @result: what the callback got
 * @error: return location for an error
 *
 * The outcome of wherry_remote_open_async().
 *
 * Returns: (transfer full): the session's file system
 */
WherryRemote *
wherry_remote_open_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, wherry_remote_open_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
