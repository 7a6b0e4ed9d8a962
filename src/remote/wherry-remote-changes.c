#include "config.h"

#include "remote/wherry-remote-private.h"

static void
run_mkdir (WherryRemote *self, WherryRemoteCall *call, GTask *task, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;

  if (wherry_remote_mkdir (self, call->path, call->flag, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/**
 * wherry_remote_mkdir_async:
 * @self: a remote file system
 * @path: (type filename): the folder to be, as bytes
 * @parents: whether to make what is missing on the way to it as well, and to be
 *   content if it is there already
 * @cancellable: (nullable): to give up
 * @callback: called when it is over
 * @user_data: for @callback
 *
 * Does wherry_remote_mkdir() without waiting; the outcome is in
 * wherry_remote_change_finish().
 */
void
wherry_remote_mkdir_async (WherryRemote *self,
                           const char *path,
                           gboolean parents,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_return_if_fail (WHERRY_IS_REMOTE (self));
  g_return_if_fail (path != NULL);

  WherryRemoteCall *call = wherry_remote_call_new (run_mkdir);

  call->path = g_strdup (path);
  call->flag = parents;
  wherry_remote_start (self, call, cancellable, callback, user_data);
}

static void
run_rename (WherryRemote *self, WherryRemoteCall *call, GTask *task, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;

  if (wherry_remote_rename (self, call->path, call->other, call->flag, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/**
 * wherry_remote_rename_async:
 * @self: a remote file system
 * @from: (type filename): a path on the server, as bytes
 * @to: (type filename): its new path
 * @replace: whether a file there is replaced; a folder never is
 * @cancellable: (nullable): to give up
 * @callback: called when it is over
 * @user_data: for @callback
 *
 * Does wherry_remote_rename() without waiting; the outcome is in
 * wherry_remote_change_finish().
 */
void
wherry_remote_rename_async (WherryRemote *self,
                            const char *from,
                            const char *to,
                            gboolean replace,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_return_if_fail (WHERRY_IS_REMOTE (self));
  g_return_if_fail (from != NULL);
  g_return_if_fail (to != NULL);

  WherryRemoteCall *call = wherry_remote_call_new (run_rename);

  call->path = g_strdup (from);
  call->other = g_strdup (to);
  call->flag = replace;
  wherry_remote_start (self, call, cancellable, callback, user_data);
}

static void
run_remove (WherryRemote *self, WherryRemoteCall *call, GTask *task, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;

  if (wherry_remote_remove (self, call->path, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/**
 * wherry_remote_remove_async:
 * @self: a remote file system
 * @path: (type filename): a path on the server, as bytes
 * @cancellable: (nullable): to give up
 * @callback: called when it is over
 * @user_data: for @callback
 *
 * Does wherry_remote_remove() without waiting; the outcome is in
 * wherry_remote_change_finish().
 */
void
wherry_remote_remove_async (WherryRemote *self,
                            const char *path,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_return_if_fail (WHERRY_IS_REMOTE (self));
  g_return_if_fail (path != NULL);

  WherryRemoteCall *call = wherry_remote_call_new (run_remove);

  call->path = g_strdup (path);
  wherry_remote_start (self, call, cancellable, callback, user_data);
}

static void
run_chmod (WherryRemote *self, WherryRemoteCall *call, GTask *task, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;

  if (wherry_remote_chmod (self, call->path, &call->change, call->flag, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/**
 * wherry_remote_chmod_async:
 * @self: a remote file system
 * @path: (type filename): a path on the server, as bytes
 * @change: how
 * @recursive: whether also of all that is in it
 * @cancellable: (nullable): to give up
 * @callback: called when it is over
 * @user_data: for @callback
 *
 * Does wherry_remote_chmod() without waiting; the outcome is in
 * wherry_remote_change_finish().
 */
void
wherry_remote_chmod_async (WherryRemote *self,
                           const char *path,
                           const WherryModeChange *change,
                           gboolean recursive,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_return_if_fail (WHERRY_IS_REMOTE (self));
  g_return_if_fail (path != NULL);
  g_return_if_fail (change != NULL);

  WherryRemoteCall *call = wherry_remote_call_new (run_chmod);

  call->path = g_strdup (path);
  call->change = *change;
  call->flag = recursive;
  wherry_remote_start (self, call, cancellable, callback, user_data);
}

static void
run_chown (WherryRemote *self, WherryRemoteCall *call, GTask *task, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;

  if (wherry_remote_chown (self, call->path, call->other, call->more, call->flag, cancellable,
                           &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/**
 * wherry_remote_chown_async:
 * @self: a remote file system
 * @path: (type filename): a path on the server, as bytes
 * @owner: (nullable): the new owner, by name or number; %NULL: stays
 * @group: (nullable): the new group, by name or number; %NULL: stays
 * @recursive: whether also of all that is in it
 * @cancellable: (nullable): to give up
 * @callback: called when it is over
 * @user_data: for @callback
 *
 * Does wherry_remote_chown() without waiting; the outcome is in
 * wherry_remote_change_finish().
 */
void
wherry_remote_chown_async (WherryRemote *self,
                           const char *path,
                           const char *owner,
                           const char *group,
                           gboolean recursive,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_return_if_fail (WHERRY_IS_REMOTE (self));
  g_return_if_fail (path != NULL);

  WherryRemoteCall *call = wherry_remote_call_new (run_chown);

  call->path = g_strdup (path);
  call->other = g_strdup (owner);
  call->more = g_strdup (group);
  call->flag = recursive;
  wherry_remote_start (self, call, cancellable, callback, user_data);
}

static void
run_symlink (WherryRemote *self, WherryRemoteCall *call, GTask *task, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;

  if (wherry_remote_symlink (self, call->path, call->other, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/**
 * wherry_remote_symlink_async:
 * @self: a remote file system
 * @path: (type filename): the link to be, as bytes
 * @target: what it is to hold, as bytes
 * @cancellable: (nullable): to give up
 * @callback: called when it is over
 * @user_data: for @callback
 *
 * Does wherry_remote_symlink() without waiting; the outcome is in
 * wherry_remote_change_finish().
 */
void
wherry_remote_symlink_async (WherryRemote *self,
                             const char *path,
                             const char *target,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_return_if_fail (WHERRY_IS_REMOTE (self));
  g_return_if_fail (path != NULL);
  g_return_if_fail (target != NULL);

  WherryRemoteCall *call = wherry_remote_call_new (run_symlink);

  call->path = g_strdup (path);
  call->other = g_strdup (target);
  wherry_remote_start (self, call, cancellable, callback, user_data);
}

static void
run_copy (WherryRemote *self, WherryRemoteCall *call, GTask *task, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;

  if (wherry_remote_copy (self, call->path, call->other, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/**
 * wherry_remote_copy_async:
 * @self: a remote file system
 * @from: (type filename): a path on the server, as bytes
 * @to: (type filename): the copy's path; nothing may be there
 * @cancellable: (nullable): to give up
 * @callback: called when it is over
 * @user_data: for @callback
 *
 * Does wherry_remote_copy() without waiting; the outcome is in
 * wherry_remote_change_finish().
 */
void
wherry_remote_copy_async (WherryRemote *self,
                          const char *from,
                          const char *to,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_return_if_fail (WHERRY_IS_REMOTE (self));
  g_return_if_fail (from != NULL);
  g_return_if_fail (to != NULL);

  WherryRemoteCall *call = wherry_remote_call_new (run_copy);

  call->path = g_strdup (from);
  call->other = g_strdup (to);
  wherry_remote_start (self, call, cancellable, callback, user_data);
}

static void
run_write (WherryRemote *self, WherryRemoteCall *call, GTask *task, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;

  if (wherry_remote_write (self, call->path, call->bytes, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/**
 * wherry_remote_write_async:
 * @self: a remote file system
 * @path: (type filename): a file on the server, as bytes
 * @content: what it is to hold
 * @cancellable: (nullable): to give up
 * @callback: called when it is over
 * @user_data: for @callback
 *
 * Does wherry_remote_write() without waiting; the outcome is in
 * wherry_remote_change_finish().
 */
void
wherry_remote_write_async (WherryRemote *self,
                           const char *path,
                           GBytes *content,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_return_if_fail (WHERRY_IS_REMOTE (self));
  g_return_if_fail (path != NULL);
  g_return_if_fail (content != NULL);

  WherryRemoteCall *call = wherry_remote_call_new (run_write);

  call->path = g_strdup (path);
  call->bytes = g_bytes_ref (content);
  wherry_remote_start (self, call, cancellable, callback, user_data);
}

/**
 * wherry_remote_change_finish:
 * @self: a remote file system
 * @result: what the callback got
 * @error: return location for an error
 *
 * The outcome of wherry_remote_mkdir_async(),
 * wherry_remote_rename_async(),
 * wherry_remote_remove_async(),
 * wherry_remote_chmod_async(),
 * wherry_remote_chown_async(),
 * wherry_remote_symlink_async(),
 * wherry_remote_copy_async()
 * and wherry_remote_write_async().
 *
 * Returns: %TRUE if it is done
 */
gboolean
wherry_remote_change_finish (WherryRemote *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
