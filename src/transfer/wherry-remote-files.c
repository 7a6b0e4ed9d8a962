#include "transfer/wherry-remote-files.h"

#include <string.h>

struct _WherryRemoteFiles {
  gatomicrefcount ref_count;
  WherryLogin *login;
  GPtrArray *files; /* element-type WherryRemoteFile */
};

G_DEFINE_BOXED_TYPE (WherryRemoteFiles,
                     wherry_remote_files,
                     wherry_remote_files_ref,
                     wherry_remote_files_unref)

static void
file_free (gpointer data)
{
  WherryRemoteFile *file = data;

  g_free (file->path);
  g_free (file);
}

/**
 * wherry_remote_files_new:
 * @login: the server; copied
 *
 * Returns: (transfer full): no files yet
 */
WherryRemoteFiles *
wherry_remote_files_new (const WherryLogin *login)
{
  g_return_val_if_fail (login != NULL, NULL);

  WherryRemoteFiles *self = g_new0 (WherryRemoteFiles, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->login = wherry_login_copy (login);
  self->files = g_ptr_array_new_with_free_func (file_free);
  return self;
}

/**
 * wherry_remote_files_ref:
 * @self: some files
 *
 * Returns: (transfer full): @self
 */
WherryRemoteFiles *
wherry_remote_files_ref (WherryRemoteFiles *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * wherry_remote_files_unref:
 * @self: (transfer full): some files
 */
void
wherry_remote_files_unref (WherryRemoteFiles *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  wherry_login_free (self->login);
  g_ptr_array_unref (self->files);
  g_free (self);
}

/**
 * wherry_remote_files_add:
 * @self: some files, nobody else's yet
 * @path: (type filename): one more
 * @is_folder: whether it is a folder, or a link to one
 * @size: its size in bytes; -1 if not known
 * @mtime: when it was changed, in seconds since 1970; 0 if not known
 */
void
wherry_remote_files_add (WherryRemoteFiles *self,
                         const char *path,
                         gboolean is_folder,
                         gint64 size,
                         gint64 mtime)
{
  g_return_if_fail (path != NULL);

  WherryRemoteFile *file = g_new0 (WherryRemoteFile, 1);

  file->path = g_strdup (path);
  file->is_folder = is_folder;
  file->size = size;
  file->mtime = mtime;
  g_ptr_array_add (self->files, file);
}

/**
 * wherry_remote_files_get_login:
 * @self: some files
 *
 * Returns: (transfer none): their server
 */
const WherryLogin *
wherry_remote_files_get_login (const WherryRemoteFiles *self)
{
  return self->login;
}

/**
 * wherry_remote_files_get_n:
 * @self: some files
 *
 * Returns: how many
 */
guint
wherry_remote_files_get_n (const WherryRemoteFiles *self)
{
  return self->files->len;
}

/**
 * wherry_remote_files_get:
 * @self: some files
 * @index: which one
 *
 * Returns: (transfer none): it
 */
const WherryRemoteFile *
wherry_remote_files_get (const WherryRemoteFiles *self, guint index)
{
  g_return_val_if_fail (index < self->files->len, NULL);

  return self->files->pdata[index];
}

/**
 * wherry_remote_files_dup_name:
 * @self: some files
 * @index: which one
 *
 * Returns: (transfer full) (type filename): its name
 */
char *
wherry_remote_files_dup_name (const WherryRemoteFiles *self, guint index)
{
  return g_path_get_basename (wherry_remote_files_get (self, index)->path);
}

static gboolean
is_same_or_below (const char *path, const char *folder)
{
  gsize length = strlen (folder);

  return strncmp (path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/**
 * wherry_remote_files_fit_into:
 * @self: some files
 * @login: a server
 * @folder: (type filename): a folder there
 *
 * Tells what makes no sense before it is tried: a folder can't go into itself.
 * Paths are compared as they stand.
 *
 * Returns: %FALSE if one of them is @folder, or a folder above it
 */
gboolean
wherry_remote_files_fit_into (const WherryRemoteFiles *self,
                              const WherryLogin *login,
                              const char *folder)
{
  if (!wherry_login_equal (self->login, login))
    return TRUE;
  for (guint i = 0; i < self->files->len; i++)
    if (is_same_or_below (folder, wherry_remote_files_get (self, i)->path))
      return FALSE;
  return TRUE;
}
