#include "config.h"

#include "remote/wherry-remote-private.h"

#include <string.h>

#include "remote/wherry-remote-error.h"

/* Operations at once on one connection; a server mostly allows ten channels. */
#define THREADS_MAX 6

typedef struct {
  GThreadPool *pool;
} WherryRemotePrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (WherryRemote, wherry_remote, G_TYPE_OBJECT)

static void
call_free (gpointer data)
{
  WherryRemoteCall *call = data;

  g_free (call->path);
  g_free (call->other);
  g_free (call->more);
  g_clear_pointer (&call->bytes, g_bytes_unref);
  g_free (call);
}

static void
run_call (gpointer data, gpointer user_data)
{
  g_autoptr (GTask) task = data;
  WherryRemoteCall *call = g_task_get_task_data (task);

  call->run (g_task_get_source_object (task), call, task, g_task_get_cancellable (task));
}

static void
wherry_remote_finalize (GObject *object)
{
  WherryRemotePrivate *private = wherry_remote_get_instance_private (WHERRY_REMOTE (object));

  /* Every call holds a reference: none is left. This may be one of the pool's own threads. */
  g_thread_pool_free (private->pool, FALSE, FALSE);

  G_OBJECT_CLASS (wherry_remote_parent_class)->finalize (object);
}

static void
wherry_remote_class_init (WherryRemoteClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wherry_remote_finalize;
}

static void
wherry_remote_init (WherryRemote *self)
{
  WherryRemotePrivate *private = wherry_remote_get_instance_private (self);

  private->pool = g_thread_pool_new (run_call, NULL, THREADS_MAX, FALSE, NULL);
}

WherryRemoteCall *
wherry_remote_call_new (WherryRemoteRun run)
{
  WherryRemoteCall *call = g_new0 (WherryRemoteCall, 1);

  call->run = run;
  return call;
}

/* Takes @call over. */
void
wherry_remote_start (WherryRemote *self,
                     WherryRemoteCall *call,
                     GCancellable *cancellable,
                     GAsyncReadyCallback callback,
                     gpointer user_data)
{
  WherryRemotePrivate *private = wherry_remote_get_instance_private (self);
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_task_data (task, call, call_free);
  g_thread_pool_push (private->pool, task, NULL);
}

/**
 * wherry_remote_clean_path:
 * @path: (type filename): a path on a server, as bytes, as a person gives it
 *
 * Returns: (transfer full): it without a slash at the end, which would make a
 *   link stand for what it leads to; relative to the folder where the login
 *   begins in place of `~`, which SFTP does not know
 */
char *
wherry_remote_clean_path (const char *path)
{
  gsize length;

  if (path[0] == '~' && (path[1] == '/' || path[1] == '\0'))
    {
      path++;
      while (*path == '/')
        path++;
    }
  length = strlen (path);
  while (length > 1 && path[length - 1] == '/')
    length--;
  return length > 0 ? g_strndup (path, length) : g_strdup (".");
}

/**
 * wherry_remote_join:
 * @folder: (type filename): a folder's path, cleaned
 * @name: (type filename): a name in it
 *
 * Returns: (transfer full): that entry's path
 */
char *
wherry_remote_join (const char *folder, const char *name)
{
  if (strcmp (folder, ".") == 0)
    return g_strdup (name);
  return g_strconcat (folder, g_str_has_suffix (folder, "/") ? "" : "/", name, NULL);
}

/**
 * wherry_remote_dup_parent:
 * @path: (type filename): a path, cleaned
 *
 * Returns: (transfer full): the folder it is in: of the root the root, of a name
 *   `.`, and of `.` itself
 */
char *
wherry_remote_dup_parent (const char *path)
{
  const char *slash = strrchr (path, '/');

  if (slash == NULL)
    return g_strdup (".");
  return slash == path ? g_strdup ("/") : g_strndup (path, (gsize) (slash - path));
}

/* The same for both back ends: without regard to case, as far as the name is text. */
gboolean
wherry_remote_name_contains (const char *name, const char *text)
{
  g_autofree char *valid_name = g_utf8_make_valid (name, -1);
  g_autofree char *valid_text = g_utf8_make_valid (text, -1);
  g_autofree char *folded_name = g_utf8_casefold (valid_name, -1);
  g_autofree char *folded_text = g_utf8_casefold (valid_text, -1);

  return strstr (folded_name, folded_text) != NULL;
}

/* The root, or what is named by a dot, is never meant. */
static gboolean
check_not_root (const char *path, WherryDoing doing, GError **error)
{
  const char *slash = strrchr (path, '/');
  const char *name = slash != NULL ? slash + 1 : path;

  if (*name != '\0' && strcmp (name, ".") != 0 && strcmp (name, "..") != 0)
    return TRUE;
  wherry_remote_set_error (error, doing, path, G_IO_ERROR_INVALID_ARGUMENT);
  return FALSE;
}

/**
 * wherry_remote_get_back_end:
 * @self: a remote file system
 *
 * Returns: what serves it
 */
WherryRemoteBackEnd
wherry_remote_get_back_end (WherryRemote *self)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE (self), WHERRY_REMOTE_SFTP);
  return WHERRY_REMOTE_GET_CLASS (self)->back_end;
}

/**
 * wherry_remote_dup_description:
 * @self: a remote file system
 *
 * Returns: (transfer full): what serves it, in words for a place's details
 */
char *
wherry_remote_dup_description (WherryRemote *self)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE (self), NULL);
  return WHERRY_REMOTE_GET_CLASS (self)->dup_description (self);
}

/**
 * wherry_remote_list:
 * @self: a remote file system
 * @path: (type filename): a folder on the server, as bytes
 * @cancellable: (nullable): to give up
 * @error: return location for an error that names the path and the reason
 *
 * Lists a folder, without `.` and `..`, in no order.
 * Names that no honest server sends (rule R1) are left out.
 *
 * Waits for the server: not for the main thread.
 *
 * Returns: (transfer full) (element-type WherryRemoteEntry): the entries
 */
GPtrArray *
wherry_remote_list (WherryRemote *self, const char *path, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE (self), NULL);
  g_return_val_if_fail (path != NULL, NULL);

  g_autofree char *clean_path = wherry_remote_clean_path (path);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  return WHERRY_REMOTE_GET_CLASS (self)->list (self, clean_path, cancellable, error);
}

/**
 * wherry_remote_stat:
 * @self: a remote file system
 * @path: (type filename): a path on the server, as bytes
 * @follow: whether to look at what a link leads to
 * @cancellable: (nullable): to give up
 * @error: return location for an error that names the path and the reason
 *
 * Looks at one file.
 *
 * Waits for the server: not for the main thread.
 *
 * Returns: (transfer full): the entry
 */
WherryRemoteEntry *
wherry_remote_stat (WherryRemote *self,
                    const char *path,
                    gboolean follow,
                    GCancellable *cancellable,
                    GError **error)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE (self), NULL);
  g_return_val_if_fail (path != NULL, NULL);

  g_autofree char *clean_path = wherry_remote_clean_path (path);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  return WHERRY_REMOTE_GET_CLASS (self)->stat (self, clean_path, follow, cancellable, error);
}

/**
 * wherry_remote_resolve:
 * @self: a remote file system
 * @path: (type filename): a path on the server, as bytes
 * @cancellable: (nullable): to give up
 * @error: return location for an error that names the path and the reason
 *
 * Finds the absolute path without links. Of the path "." that is the folder
 * where the login begins.
 *
 * Waits for the server: not for the main thread.
 *
 * Returns: (transfer full): the path, as bytes
 */
char *
wherry_remote_resolve (WherryRemote *self,
                       const char *path,
                       GCancellable *cancellable,
                       GError **error)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE (self), NULL);
  g_return_val_if_fail (path != NULL, NULL);

  g_autofree char *clean_path = wherry_remote_clean_path (path);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  return WHERRY_REMOTE_GET_CLASS (self)->resolve (self, clean_path, cancellable, error);
}

/**
 * wherry_remote_mkdir:
 * @self: a remote file system
 * @path: (type filename): the folder to be, as bytes
 * @parents: whether to make what is missing on the way to it as well, and to be
 *   content if it is there already
 * @cancellable: (nullable): to give up
 * @error: return location for an error that names the path and the reason
 *
 * Makes a folder.
 *
 * Waits for the server: not for the main thread.
 *
 * Returns: %TRUE if it is done
 */
gboolean
wherry_remote_mkdir (WherryRemote *self,
                     const char *path,
                     gboolean parents,
                     GCancellable *cancellable,
                     GError **error)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE (self), FALSE);
  g_return_val_if_fail (path != NULL, FALSE);

  g_autofree char *clean_path = wherry_remote_clean_path (path);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  return WHERRY_REMOTE_GET_CLASS (self)->mkdir (self, clean_path, parents, cancellable, error);
}

/**
 * wherry_remote_rename:
 * @self: a remote file system
 * @from: (type filename): a path on the server, as bytes
 * @to: (type filename): its new path
 * @replace: whether a file there is replaced; a folder never is
 * @cancellable: (nullable): to give up
 * @error: return location for an error that names the path and the reason
 *
 * Renames or moves a file, a link or a folder on its server.
 *
 * Waits for the server: not for the main thread.
 *
 * Returns: %TRUE if it is done
 */
gboolean
wherry_remote_rename (WherryRemote *self,
                      const char *from,
                      const char *to,
                      gboolean replace,
                      GCancellable *cancellable,
                      GError **error)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE (self), FALSE);
  g_return_val_if_fail (from != NULL, FALSE);
  g_return_val_if_fail (to != NULL, FALSE);

  g_autofree char *clean_from = wherry_remote_clean_path (from);
  g_autofree char *clean_to = wherry_remote_clean_path (to);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (!check_not_root (clean_from, WHERRY_DOING_RENAME, error))
    return FALSE;
  return WHERRY_REMOTE_GET_CLASS (self)->rename (self, clean_from, clean_to, replace, cancellable,
                                                 error);
}

/**
 * wherry_remote_remove:
 * @self: a remote file system
 * @path: (type filename): a path on the server, as bytes
 * @cancellable: (nullable): to give up
 * @error: return location for an error that names the path and the reason
 *
 * Deletes a file, a link (not what it leads to) or a folder with all that is in
 * it. What can be deleted is, also if something else can not.
 *
 * Waits for the server: not for the main thread.
 *
 * Returns: %TRUE if it is done
 */
gboolean
wherry_remote_remove (WherryRemote *self,
                      const char *path,
                      GCancellable *cancellable,
                      GError **error)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE (self), FALSE);
  g_return_val_if_fail (path != NULL, FALSE);

  g_autofree char *clean_path = wherry_remote_clean_path (path);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (!check_not_root (clean_path, WHERRY_DOING_REMOVE, error))
    return FALSE;
  return WHERRY_REMOTE_GET_CLASS (self)->remove (self, clean_path, cancellable, error);
}

/**
 * wherry_remote_chmod:
 * @self: a remote file system
 * @path: (type filename): a path on the server, as bytes
 * @change: how
 * @recursive: whether also of all that is in it
 * @cancellable: (nullable): to give up
 * @error: return location for an error that names the path and the reason
 *
 * Changes permissions. Links in a folder are left alone; a link itself stands for
 * what it leads to.
 *
 * Waits for the server: not for the main thread.
 *
 * Returns: %TRUE if it is done
 */
gboolean
wherry_remote_chmod (WherryRemote *self,
                     const char *path,
                     const WherryModeChange *change,
                     gboolean recursive,
                     GCancellable *cancellable,
                     GError **error)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE (self), FALSE);
  g_return_val_if_fail (path != NULL, FALSE);
  g_return_val_if_fail (change != NULL, FALSE);

  g_autofree char *clean_path = wherry_remote_clean_path (path);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  return WHERRY_REMOTE_GET_CLASS (self)->chmod (self, clean_path, change, recursive, cancellable,
                                                error);
}

/**
 * wherry_remote_chown:
 * @self: a remote file system
 * @path: (type filename): a path on the server, as bytes
 * @owner: (nullable): the new owner, by name or number; %NULL: stays
 * @group: (nullable): the new group, by name or number; %NULL: stays
 * @recursive: whether also of all that is in it
 * @cancellable: (nullable): to give up
 * @error: return location for an error that names the path and the reason
 *
 * Changes the owner, the group or both. Links in a folder are left alone.
 *
 * Waits for the server: not for the main thread.
 *
 * Returns: %TRUE if it is done
 */
gboolean
wherry_remote_chown (WherryRemote *self,
                     const char *path,
                     const char *owner,
                     const char *group,
                     gboolean recursive,
                     GCancellable *cancellable,
                     GError **error)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE (self), FALSE);
  g_return_val_if_fail (path != NULL, FALSE);

  g_autofree char *clean_path = wherry_remote_clean_path (path);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  return WHERRY_REMOTE_GET_CLASS (self)->chown (self, clean_path, owner, group, recursive,
                                                cancellable, error);
}

/**
 * wherry_remote_symlink:
 * @self: a remote file system
 * @path: (type filename): the link to be, as bytes
 * @target: what it is to hold, as bytes
 * @cancellable: (nullable): to give up
 * @error: return location for an error that names the path and the reason
 *
 * Makes a link.
 *
 * Waits for the server: not for the main thread.
 *
 * Returns: %TRUE if it is done
 */
gboolean
wherry_remote_symlink (WherryRemote *self,
                       const char *path,
                       const char *target,
                       GCancellable *cancellable,
                       GError **error)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE (self), FALSE);
  g_return_val_if_fail (path != NULL, FALSE);
  g_return_val_if_fail (target != NULL, FALSE);

  g_autofree char *clean_path = wherry_remote_clean_path (path);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  return WHERRY_REMOTE_GET_CLASS (self)->symlink (self, clean_path, target, cancellable, error);
}

/**
 * wherry_remote_copy:
 * @self: a remote file system
 * @from: (type filename): a path on the server, as bytes
 * @to: (type filename): the copy's path; nothing may be there
 * @cancellable: (nullable): to give up
 * @error: return location for an error that names the path and the reason
 *
 * Copies a file, a link or a folder with all that is in it, on the server where
 * it can; without a shell there the bytes may travel here and back. Times and
 * permissions are kept where the server lets one.
 *
 * Waits for the server: not for the main thread.
 *
 * Returns: %TRUE if it is done
 */
gboolean
wherry_remote_copy (WherryRemote *self,
                    const char *from,
                    const char *to,
                    GCancellable *cancellable,
                    GError **error)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE (self), FALSE);
  g_return_val_if_fail (from != NULL, FALSE);
  g_return_val_if_fail (to != NULL, FALSE);

  g_autofree char *clean_from = wherry_remote_clean_path (from);
  g_autofree char *clean_to = wherry_remote_clean_path (to);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  return WHERRY_REMOTE_GET_CLASS (self)->copy (self, clean_from, clean_to, cancellable, error);
}

/**
 * wherry_remote_folder_size:
 * @self: a remote file system
 * @path: (type filename): a path on the server, as bytes
 * @size: (out caller-allocates): how much there is
 * @cancellable: (nullable): to give up
 * @error: return location for an error that names the path and the reason
 *
 * Measures a file, or a folder with all that is in it. Links are not followed.
 * What can't be read is counted as such.
 *
 * Waits for the server: not for the main thread.
 *
 * Returns: %TRUE if it could be measured
 */
gboolean
wherry_remote_folder_size (WherryRemote *self,
                           const char *path,
                           WherryRemoteSize *size,
                           GCancellable *cancellable,
                           GError **error)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE (self), FALSE);
  g_return_val_if_fail (path != NULL, FALSE);

  g_autofree char *clean_path = wherry_remote_clean_path (path);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  return WHERRY_REMOTE_GET_CLASS (self)->folder_size (self, clean_path, size, cancellable, error);
}

/**
 * wherry_remote_space:
 * @self: a remote file system
 * @path: (type filename): a path on the server, as bytes
 * @space: (out caller-allocates): how much there is
 * @cancellable: (nullable): to give up
 * @error: return location for an error that names the path and the reason
 *
 * Tells how much space the file system of a path has.
 *
 * Waits for the server: not for the main thread.
 *
 * Returns: %TRUE if the server tells
 */
gboolean
wherry_remote_space (WherryRemote *self,
                     const char *path,
                     WherryRemoteSpace *space,
                     GCancellable *cancellable,
                     GError **error)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE (self), FALSE);
  g_return_val_if_fail (path != NULL, FALSE);

  g_autofree char *clean_path = wherry_remote_clean_path (path);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  return WHERRY_REMOTE_GET_CLASS (self)->space (self, clean_path, space, cancellable, error);
}

/**
 * wherry_remote_checksum:
 * @self: a remote file system
 * @path: (type filename): a file on the server, as bytes
 * @cancellable: (nullable): to give up
 * @error: return location for an error that names the path and the reason
 *
 * Computes the SHA-256 of a file; without a shell there, all its bytes travel
 * here.
 *
 * Waits for the server: not for the main thread.
 *
 * Returns: (transfer full): 64 hexadecimal digits
 */
char *
wherry_remote_checksum (WherryRemote *self,
                        const char *path,
                        GCancellable *cancellable,
                        GError **error)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE (self), NULL);
  g_return_val_if_fail (path != NULL, NULL);

  g_autofree char *clean_path = wherry_remote_clean_path (path);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  return WHERRY_REMOTE_GET_CLASS (self)->checksum (self, clean_path, cancellable, error);
}

/**
 * wherry_remote_read:
 * @self: a remote file system
 * @path: (type filename): a file on the server, as bytes
 * @max_size: most bytes; more is %G_IO_ERROR_MESSAGE_TOO_LARGE
 * @cancellable: (nullable): to give up
 * @error: return location for an error that names the path and the reason
 *
 * Reads a small file.
 *
 * Waits for the server: not for the main thread.
 *
 * Returns: (transfer full): the content
 */
GBytes *
wherry_remote_read (WherryRemote *self,
                    const char *path,
                    gsize max_size,
                    GCancellable *cancellable,
                    GError **error)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE (self), NULL);
  g_return_val_if_fail (path != NULL, NULL);

  g_autofree char *clean_path = wherry_remote_clean_path (path);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  return WHERRY_REMOTE_GET_CLASS (self)->read (self, clean_path, max_size, cancellable, error);
}

/**
 * wherry_remote_write:
 * @self: a remote file system
 * @path: (type filename): a file on the server, as bytes
 * @content: what it is to hold
 * @cancellable: (nullable): to give up
 * @error: return location for an error that names the path and the reason
 *
 * Writes a small file: under a temporary name, which then takes the place of what
 * was there. So a reader sees the old content or the new, whole. Permissions,
 * and the owner where the server lets one, stay; a link goes on leading there.
 *
 * Waits for the server: not for the main thread.
 *
 * Returns: %TRUE if it is done
 */
gboolean
wherry_remote_write (WherryRemote *self,
                     const char *path,
                     GBytes *content,
                     GCancellable *cancellable,
                     GError **error)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE (self), FALSE);
  g_return_val_if_fail (path != NULL, FALSE);
  g_return_val_if_fail (content != NULL, FALSE);

  g_autofree char *clean_path = wherry_remote_clean_path (path);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  return WHERRY_REMOTE_GET_CLASS (self)->write (self, clean_path, content, cancellable, error);
}

/**
 * wherry_remote_search:
 * @self: a remote file system
 * @path: (type filename): a folder on the server, as bytes
 * @text: what the name is to contain
 * @max_results: most that are wanted
 * @cancellable: (nullable): to give up
 * @error: return location for an error that names the path and the reason
 *
 * Finds what bears a text in its name, in a folder and all folders below it. Case
 * does not matter. Links are not followed.
 *
 * Waits for the server: not for the main thread.
 *
 * Returns: (transfer full) (element-type WherryRemoteEntry): the entries
 */
GPtrArray *
wherry_remote_search (WherryRemote *self,
                      const char *path,
                      const char *text,
                      guint max_results,
                      GCancellable *cancellable,
                      GError **error)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE (self), NULL);
  g_return_val_if_fail (path != NULL, NULL);
  g_return_val_if_fail (text != NULL, NULL);

  g_autofree char *clean_path = wherry_remote_clean_path (path);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  return WHERRY_REMOTE_GET_CLASS (self)->search (self, clean_path, text, max_results, cancellable,
                                                 error);
}
