#include "config.h"

#include "remote/wherry-remote-private.h"

static void
run_list (WherryRemote *self, WherryRemoteCall *call, GTask *task, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *result = wherry_remote_list (self, call->path, cancellable, &error);

  if (result != NULL)
    g_task_return_pointer (task, result, (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/**
 * wherry_remote_list_async:
 * @self: a remote file system
 * @path: (type filename): a folder on the server, as bytes
 * @cancellable: (nullable): to give up
 * @callback: called when it is over
 * @user_data: for @callback
 *
 * Does wherry_remote_list() without waiting; the outcome is in
 * wherry_remote_entries_finish().
 */
void
wherry_remote_list_async (WherryRemote *self,
                          const char *path,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_return_if_fail (WHERRY_IS_REMOTE (self));
  g_return_if_fail (path != NULL);

  WherryRemoteCall *call = wherry_remote_call_new (run_list);

  call->path = g_strdup (path);
  wherry_remote_start (self, call, cancellable, callback, user_data);
}

static void
run_stat (WherryRemote *self, WherryRemoteCall *call, GTask *task, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  WherryRemoteEntry *result
      = wherry_remote_stat (self, call->path, call->flag, cancellable, &error);

  if (result != NULL)
    g_task_return_pointer (task, result, g_object_unref);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/**
 * wherry_remote_stat_async:
 * @self: a remote file system
 * @path: (type filename): a path on the server, as bytes
 * @follow: whether to look at what a link leads to
 * @cancellable: (nullable): to give up
 * @callback: called when it is over
 * @user_data: for @callback
 *
 * Does wherry_remote_stat() without waiting; the outcome is in
 * wherry_remote_stat_finish().
 */
void
wherry_remote_stat_async (WherryRemote *self,
                          const char *path,
                          gboolean follow,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_return_if_fail (WHERRY_IS_REMOTE (self));
  g_return_if_fail (path != NULL);

  WherryRemoteCall *call = wherry_remote_call_new (run_stat);

  call->path = g_strdup (path);
  call->flag = follow;
  wherry_remote_start (self, call, cancellable, callback, user_data);
}

static void
run_resolve (WherryRemote *self, WherryRemoteCall *call, GTask *task, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  char *result = wherry_remote_resolve (self, call->path, cancellable, &error);

  if (result != NULL)
    g_task_return_pointer (task, result, g_free);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/**
 * wherry_remote_resolve_async:
 * @self: a remote file system
 * @path: (type filename): a path on the server, as bytes
 * @cancellable: (nullable): to give up
 * @callback: called when it is over
 * @user_data: for @callback
 *
 * Does wherry_remote_resolve() without waiting; the outcome is in
 * wherry_remote_text_finish().
 */
void
wherry_remote_resolve_async (WherryRemote *self,
                             const char *path,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_return_if_fail (WHERRY_IS_REMOTE (self));
  g_return_if_fail (path != NULL);

  WherryRemoteCall *call = wherry_remote_call_new (run_resolve);

  call->path = g_strdup (path);
  wherry_remote_start (self, call, cancellable, callback, user_data);
}

static void
run_folder_size (WherryRemote *self, WherryRemoteCall *call, GTask *task, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  WherryRemoteSize size;

  if (wherry_remote_folder_size (self, call->path, &size, cancellable, &error))
    g_task_return_pointer (task, g_memdup2 (&size, sizeof size), g_free);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/**
 * wherry_remote_folder_size_async:
 * @self: a remote file system
 * @path: (type filename): a path on the server, as bytes
 * @cancellable: (nullable): to give up
 * @callback: called when it is over
 * @user_data: for @callback
 *
 * Does wherry_remote_folder_size() without waiting; the outcome is in
 * wherry_remote_folder_size_finish().
 */
void
wherry_remote_folder_size_async (WherryRemote *self,
                                 const char *path,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_return_if_fail (WHERRY_IS_REMOTE (self));
  g_return_if_fail (path != NULL);

  WherryRemoteCall *call = wherry_remote_call_new (run_folder_size);

  call->path = g_strdup (path);
  wherry_remote_start (self, call, cancellable, callback, user_data);
}

static void
run_space (WherryRemote *self, WherryRemoteCall *call, GTask *task, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  WherryRemoteSpace space;

  if (wherry_remote_space (self, call->path, &space, cancellable, &error))
    g_task_return_pointer (task, g_memdup2 (&space, sizeof space), g_free);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/**
 * wherry_remote_space_async:
 * @self: a remote file system
 * @path: (type filename): a path on the server, as bytes
 * @cancellable: (nullable): to give up
 * @callback: called when it is over
 * @user_data: for @callback
 *
 * Does wherry_remote_space() without waiting; the outcome is in
 * wherry_remote_space_finish().
 */
void
wherry_remote_space_async (WherryRemote *self,
                           const char *path,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_return_if_fail (WHERRY_IS_REMOTE (self));
  g_return_if_fail (path != NULL);

  WherryRemoteCall *call = wherry_remote_call_new (run_space);

  call->path = g_strdup (path);
  wherry_remote_start (self, call, cancellable, callback, user_data);
}

static void
run_checksum (WherryRemote *self, WherryRemoteCall *call, GTask *task, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  char *result = wherry_remote_checksum (self, call->path, cancellable, &error);

  if (result != NULL)
    g_task_return_pointer (task, result, g_free);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/**
 * wherry_remote_checksum_async:
 * @self: a remote file system
 * @path: (type filename): a file on the server, as bytes
 * @cancellable: (nullable): to give up
 * @callback: called when it is over
 * @user_data: for @callback
 *
 * Does wherry_remote_checksum() without waiting; the outcome is in
 * wherry_remote_text_finish().
 */
void
wherry_remote_checksum_async (WherryRemote *self,
                              const char *path,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_return_if_fail (WHERRY_IS_REMOTE (self));
  g_return_if_fail (path != NULL);

  WherryRemoteCall *call = wherry_remote_call_new (run_checksum);

  call->path = g_strdup (path);
  wherry_remote_start (self, call, cancellable, callback, user_data);
}

static void
run_read (WherryRemote *self, WherryRemoteCall *call, GTask *task, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  GBytes *result = wherry_remote_read (self, call->path, (gsize) call->number, cancellable, &error);

  if (result != NULL)
    g_task_return_pointer (task, result, (GDestroyNotify) g_bytes_unref);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/**
 * wherry_remote_read_async:
 * @self: a remote file system
 * @path: (type filename): a file on the server, as bytes
 * @max_size: most bytes; more is %G_IO_ERROR_MESSAGE_TOO_LARGE
 * @cancellable: (nullable): to give up
 * @callback: called when it is over
 * @user_data: for @callback
 *
 * Does wherry_remote_read() without waiting; the outcome is in
 * wherry_remote_read_finish().
 */
void
wherry_remote_read_async (WherryRemote *self,
                          const char *path,
                          gsize max_size,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_return_if_fail (WHERRY_IS_REMOTE (self));
  g_return_if_fail (path != NULL);

  WherryRemoteCall *call = wherry_remote_call_new (run_read);

  call->path = g_strdup (path);
  call->number = max_size;
  wherry_remote_start (self, call, cancellable, callback, user_data);
}

static void
run_search (WherryRemote *self, WherryRemoteCall *call, GTask *task, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *result = wherry_remote_search (self, call->path, call->other, (guint) call->number,
                                            cancellable, &error);

  if (result != NULL)
    g_task_return_pointer (task, result, (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/**
 * wherry_remote_search_async:
 * @self: a remote file system
 * @path: (type filename): a folder on the server, as bytes
 * @text: what the name is to contain
 * @max_results: most that are wanted
 * @cancellable: (nullable): to give up
 * @callback: called when it is over
 * @user_data: for @callback
 *
 * Does wherry_remote_search() without waiting; the outcome is in
 * wherry_remote_entries_finish().
 */
void
wherry_remote_search_async (WherryRemote *self,
                            const char *path,
                            const char *text,
                            guint max_results,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_return_if_fail (WHERRY_IS_REMOTE (self));
  g_return_if_fail (path != NULL);
  g_return_if_fail (text != NULL);

  WherryRemoteCall *call = wherry_remote_call_new (run_search);

  call->path = g_strdup (path);
  call->other = g_strdup (text);
  call->number = max_results;
  wherry_remote_start (self, call, cancellable, callback, user_data);
}

static void
run_explain_denied (WherryRemote *self,
                    WherryRemoteCall *call,
                    GTask *task,
                    GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  WherryRemoteDenied *result
      = wherry_remote_explain_denied (self, call->path, (WherryRemoteAccess) call->number,
                                      cancellable, &error);

  if (result != NULL)
    g_task_return_pointer (task, result, (GDestroyNotify) wherry_remote_denied_free);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/**
 * wherry_remote_explain_denied_async:
 * @self: a remote file system
 * @path: (type filename): a path on the server, as bytes
 * @access: what was tried
 * @cancellable: (nullable): to give up
 * @callback: called when it is over
 * @user_data: for @callback
 *
 * Does wherry_remote_explain_denied() without waiting; the outcome is in
 * wherry_remote_explain_denied_finish().
 */
void
wherry_remote_explain_denied_async (WherryRemote *self,
                                    const char *path,
                                    WherryRemoteAccess access,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  g_return_if_fail (WHERRY_IS_REMOTE (self));
  g_return_if_fail (path != NULL);

  WherryRemoteCall *call = wherry_remote_call_new (run_explain_denied);

  call->path = g_strdup (path);
  call->number = access;
  wherry_remote_start (self, call, cancellable, callback, user_data);
}

/**
 * wherry_remote_entries_finish:
 * @self: a remote file system
 * @result: what the callback got
 * @error: return location for an error
 *
 * The outcome of wherry_remote_list_async() and wherry_remote_search_async().
 *
 * Returns: (transfer full) (element-type WherryRemoteEntry): the entries
 */
GPtrArray *
wherry_remote_entries_finish (WherryRemote *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * wherry_remote_stat_finish:
 * @self: a remote file system
 * @result: what the callback got
 * @error: return location for an error
 *
 * The outcome of wherry_remote_stat_async().
 *
 * Returns: (transfer full): the entry
 */
WherryRemoteEntry *
wherry_remote_stat_finish (WherryRemote *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * wherry_remote_text_finish:
 * @self: a remote file system
 * @result: what the callback got
 * @error: return location for an error
 *
 * The outcome of wherry_remote_resolve_async() and wherry_remote_checksum_async().
 *
 * Returns: (transfer full): the text
 */
char *
wherry_remote_text_finish (WherryRemote *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * wherry_remote_read_finish:
 * @self: a remote file system
 * @result: what the callback got
 * @error: return location for an error
 *
 * The outcome of wherry_remote_read_async().
 *
 * Returns: (transfer full): the content
 */
GBytes *
wherry_remote_read_finish (WherryRemote *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * wherry_remote_explain_denied_finish:
 * @self: a remote file system
 * @result: what the callback got
 * @error: return location for an error
 *
 * The outcome of wherry_remote_explain_denied_async().
 *
 * Returns: (transfer full): the facts
 */
WherryRemoteDenied *
wherry_remote_explain_denied_finish (WherryRemote *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * wherry_remote_folder_size_finish:
 * @self: a remote file system
 * @result: what the callback got
 * @size: (out caller-allocates): how much there is
 * @error: return location for an error
 *
 * The outcome of wherry_remote_folder_size_async().
 *
 * Returns: %TRUE if it could be measured
 */
gboolean
wherry_remote_folder_size_finish (WherryRemote *self,
                                  GAsyncResult *result,
                                  WherryRemoteSize *size,
                                  GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  g_autofree WherryRemoteSize *told = g_task_propagate_pointer (G_TASK (result), error);

  if (told == NULL)
    return FALSE;
  *size = *told;
  return TRUE;
}

/**
 * wherry_remote_space_finish:
 * @self: a remote file system
 * @result: what the callback got
 * @space: (out caller-allocates): how much there is
 * @error: return location for an error
 *
 * The outcome of wherry_remote_space_async().
 *
 * Returns: %TRUE if the server tells
 */
gboolean
wherry_remote_space_finish (WherryRemote *self,
                            GAsyncResult *result,
                            WherryRemoteSpace *space,
                            GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  g_autofree WherryRemoteSpace *told = g_task_propagate_pointer (G_TASK (result), error);

  if (told == NULL)
    return FALSE;
  *space = *told;
  return TRUE;
}
