#include "transfer/wherry-remote-files.h"

#include <string.h>

struct _WherryRemoteFiles {
  gatomicrefcount ref_count;
  WherryLogin *login;
  GPtrArray *paths; /* element-type filename */
};

G_DEFINE_BOXED_TYPE (WherryRemoteFiles,
                     wherry_remote_files,
                     wherry_remote_files_ref,
                     wherry_remote_files_unref)

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
  self->paths = g_ptr_array_new_with_free_func (g_free);
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
  g_ptr_array_unref (self->paths);
  g_free (self);
}

/**
 * wherry_remote_files_add:
 * @self: some files, nobody else's yet
 * @path: (type filename): one more, its last part being its name
 */
void
wherry_remote_files_add (WherryRemoteFiles *self, const char *path)
{
  g_return_if_fail (path != NULL);

  g_ptr_array_add (self->paths, g_strdup (path));
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
  return self->paths->len;
}

/**
 * wherry_remote_files_get_path:
 * @self: some files
 * @index: which one
 *
 * Returns: (transfer none) (type filename): its path on the server
 */
const char *
wherry_remote_files_get_path (const WherryRemoteFiles *self, guint index)
{
  g_return_val_if_fail (index < self->paths->len, NULL);

  return self->paths->pdata[index];
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
  return g_path_get_basename (wherry_remote_files_get_path (self, index));
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
  for (guint i = 0; i < self->paths->len; i++)
    if (is_same_or_below (folder, self->paths->pdata[i]))
      return FALSE;
  return TRUE;
}
