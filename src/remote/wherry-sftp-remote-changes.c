/*
 * What changes something on a server with SFTP.
 */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-error.h"
#include "remote/wherry-sftp-remote-private.h"

/* A server says no more than "failure" for most reasons: is something there already? */
static void
explain_existing (WherrySftpJob *job, const char *path, GError **error)
{
  WherrySftpAttrs attrs;

  if (error == NULL || *error == NULL || !wherry_sftp_client_is_sound (job->client)
      || !g_error_matches (*error, WHERRY_ERROR, WHERRY_ERROR_REMOTE)
      || !wherry_sftp_job_look (job, WHERRY_SFTP_LSTAT, path, &attrs, NULL))
    return;
  g_clear_error (error);
  wherry_remote_set_error (error, job->doing, path, G_IO_ERROR_EXISTS);
}

static gboolean
make_folder (WherrySftpJob *job, const char *path, GError **error)
{
  WherrySftpAttrs none = { 0 };
  g_autoptr (GError) local_error = NULL;

  if (wherry_sftp_job_status (job, wherry_sftp_job_send_attrs (job, WHERRY_SFTP_MKDIR, path, &none),
                              path, &local_error))
    return TRUE;
  explain_existing (job, path, &local_error);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static gboolean
make_folders (WherrySftpJob *job, const char *path, GError **error)
{
  g_autoptr (GPtrArray) missing = g_ptr_array_new_with_free_func (g_free);
  char *at = g_strdup (path);

  for (;;)
    {
      g_autoptr (GError) local_error = NULL;
      WherrySftpAttrs attrs;

      if (wherry_sftp_job_look (job, WHERRY_SFTP_STAT, at, &attrs, &local_error))
        {
          g_free (at);
          if (wherry_remote_file_type_from_mode (attrs.mode) == G_FILE_TYPE_DIRECTORY)
            break;
          wherry_remote_set_error (error, job->doing, path,
                                   missing->len > 0 ? G_IO_ERROR_NOT_DIRECTORY : G_IO_ERROR_EXISTS);
          return FALSE;
        }
      g_ptr_array_add (missing, at);
      at = wherry_remote_dup_parent (at);
      if (!g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)
          || strcmp (at, g_ptr_array_index (missing, missing->len - 1)) == 0)
        {
          g_free (at);
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }
    }
  for (guint i = missing->len; i > 0; i--)
    if (!make_folder (job, g_ptr_array_index (missing, i - 1), error))
      return FALSE;
  return TRUE;
}

gboolean
wherry_sftp_remote_mkdir (WherryRemote *remote,
                          const char *path,
                          gboolean parents,
                          GCancellable *cancellable,
                          GError **error)
{
  WherrySftpJob job;
  gboolean well;

  if (!wherry_sftp_remote_begin (remote, &job, WHERRY_DOING_MKDIR, cancellable, error))
    return FALSE;
  well = parents ? make_folders (&job, path, error) : make_folder (&job, path, error);
  wherry_sftp_remote_end (remote, &job);
  return well;
}

static gboolean
rename_in_job (WherrySftpJob *job,
               const char *from,
               const char *to,
               gboolean replace,
               GError **error)
{
  WherrySftpAttrs attrs;

  if (wherry_sftp_job_look (job, WHERRY_SFTP_LSTAT, to, &attrs, NULL))
    {
      gboolean is_folder = wherry_remote_file_type_from_mode (attrs.mode) == G_FILE_TYPE_DIRECTORY;

      if (replace && !is_folder)
        return wherry_sftp_job_look (job, WHERRY_SFTP_LSTAT, from, &attrs, error)
               && wherry_sftp_job_replace (job, from, to, error);
      wherry_remote_set_error (error, job->doing, to, G_IO_ERROR_EXISTS);
      return FALSE;
    }
  return wherry_sftp_job_status (job,
                                 wherry_sftp_job_send_two (job, NULL, WHERRY_SFTP_RENAME, from, to),
                                 from, error);
}

gboolean
wherry_sftp_remote_rename (WherryRemote *remote,
                           const char *from,
                           const char *to,
                           gboolean replace,
                           GCancellable *cancellable,
                           GError **error)
{
  g_autoptr (GError) local_error = NULL;
  WherryRemote *shell;
  WherrySftpJob job;
  gboolean well;

  if (!wherry_sftp_remote_begin (remote, &job, WHERRY_DOING_RENAME, cancellable, error))
    return FALSE;
  well = rename_in_job (&job, from, to, replace, &local_error);
  wherry_sftp_remote_end (remote, &job);
  if (well)
    return TRUE;

  /* From one file system to another a rename fails for no reason given, where mv copies. */
  if (g_error_matches (local_error, WHERRY_ERROR, WHERRY_ERROR_REMOTE)
      && (shell = wherry_sftp_remote_get_shell (remote, cancellable)) != NULL)
    return wherry_remote_rename (shell, from, to, replace, cancellable, error);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

gboolean
wherry_sftp_remote_remove (WherryRemote *remote,
                           const char *path,
                           GCancellable *cancellable,
                           GError **error)
{
  WherrySftpJob job;
  gboolean well;

  if (!wherry_sftp_remote_begin (remote, &job, WHERRY_DOING_REMOVE, cancellable, error))
    return FALSE;
  well = wherry_sftp_job_remove_tree (&job, path, error);
  wherry_sftp_remote_end (remote, &job);
  return well;
}

static gboolean
change_mode (gpointer user_data, guint32 old, WherrySftpAttrs *attrs)
{
  gboolean is_folder = wherry_remote_file_type_from_mode (old) == G_FILE_TYPE_DIRECTORY;

  attrs->flags = WHERRY_SFTP_ATTR_MODE;
  attrs->mode = wherry_mode_change_apply (user_data, old & 07777, is_folder);
  return attrs->mode != (old & 07777);
}

static gboolean
change_tree (WherryRemote *remote,
             WherryDoing doing,
             const char *path,
             gboolean recursive,
             gboolean (*change) (gpointer, guint32, WherrySftpAttrs *),
             gpointer user_data,
             GCancellable *cancellable,
             GError **error)
{
  WherrySftpJob job;
  gboolean well;

  if (!wherry_sftp_remote_begin (remote, &job, doing, cancellable, error))
    return FALSE;
  well = wherry_sftp_job_change_tree (&job, path, recursive, change, user_data, error);
  wherry_sftp_remote_end (remote, &job);
  return well;
}

gboolean
wherry_sftp_remote_chmod (WherryRemote *remote,
                          const char *path,
                          const WherryModeChange *change,
                          gboolean recursive,
                          GCancellable *cancellable,
                          GError **error)
{
  WherryModeChange copy = *change;

  return change_tree (remote, WHERRY_DOING_CHMOD, path, recursive, change_mode, &copy, cancellable,
                      error);
}

typedef struct {
  gboolean has_uid;
  gboolean has_gid;
  guint32 uid;
  guint32 gid;
} Owners;

static gboolean
change_owners (gpointer user_data, guint32 old, WherrySftpAttrs *attrs)
{
  const Owners *owners = user_data;

  attrs->flags = WHERRY_SFTP_ATTR_OWNERS;
  if (owners->has_uid)
    attrs->uid = owners->uid;
  if (owners->has_gid)
    attrs->gid = owners->gid;
  return TRUE;
}

static gboolean
append (WherrySftpJob *self, const guint8 *data, gsize length, gpointer user_data, GError **error)
{
  GByteArray *bytes = user_data;

  /* Longer lists of accounts are not searched through. */
  if (bytes->len < 1 << 20)
    g_byte_array_append (bytes, data, (guint) length);
  return TRUE;
}

/* SFTP takes numbers only: a name is looked up where the server's own programs would. */
static gboolean
find_number (WherryRemote *remote,
             const char *name,
             const char *list_path,
             guint32 *number,
             GCancellable *cancellable,
             GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_auto (GStrv) lines = NULL;
  WherrySftpJob job;
  gboolean well;
  guint64 value;

  if (g_ascii_string_to_unsigned (name, 10, 0, G_MAXUINT32 - 1, &value, NULL))
    {
      *number = (guint32) value;
      return TRUE;
    }
  if (!wherry_sftp_remote_begin (remote, &job, WHERRY_DOING_CHOWN, cancellable, error))
    return FALSE;
  well = wherry_sftp_job_read_file (&job, list_path, append, bytes, NULL);
  wherry_sftp_remote_end (remote, &job);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  g_byte_array_append (bytes, (const guint8 *) "", 1);
  lines = g_strsplit (well ? (const char *) bytes->data : "", "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) fields = g_strsplit (lines[i], ":", 4);

      if (g_strv_length (fields) >= 3 && strcmp (fields[0], name) == 0
          && g_ascii_string_to_unsigned (fields[2], 10, 0, G_MAXUINT32 - 1, &value, NULL))
        {
          *number = (guint32) value;
          return TRUE;
        }
    }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               /* Translators: %s is the name of a user or a group */
               _ ("The server knows no “%s”, or does not tell its number; give the number"), name);
  return FALSE;
}

gboolean
wherry_sftp_remote_chown (WherryRemote *remote,
                          const char *path,
                          const char *owner,
                          const char *group,
                          gboolean recursive,
                          GCancellable *cancellable,
                          GError **error)
{
  Owners owners = { .has_uid = owner != NULL, .has_gid = group != NULL };

  if ((owner != NULL
       && !find_number (remote, owner, "/etc/passwd", &owners.uid, cancellable, error))
      || (group != NULL
          && !find_number (remote, group, "/etc/group", &owners.gid, cancellable, error)))
    return FALSE;
  return change_tree (remote, WHERRY_DOING_CHOWN, path, recursive, change_owners, &owners,
                      cancellable, error);
}

gboolean
wherry_sftp_remote_symlink (WherryRemote *remote,
                            const char *path,
                            const char *target,
                            GCancellable *cancellable,
                            GError **error)
{
  g_autoptr (GError) local_error = NULL;
  WherrySftpJob job;
  gboolean well;

  if (!wherry_sftp_remote_begin (remote, &job, WHERRY_DOING_SYMLINK, cancellable, error))
    return FALSE;
  well = wherry_sftp_job_status (&job,
                                 wherry_sftp_job_send_two (&job, NULL, WHERRY_SFTP_SYMLINK, target,
                                                           path),
                                 path, &local_error);
  if (!well)
    {
      explain_existing (&job, path, &local_error);
      g_propagate_error (error, g_steal_pointer (&local_error));
    }
  wherry_sftp_remote_end (remote, &job);
  return well;
}

gboolean
wherry_sftp_remote_copy (WherryRemote *remote,
                         const char *from,
                         const char *to,
                         GCancellable *cancellable,
                         GError **error)
{
  WherryRemote *shell = wherry_sftp_remote_get_shell (remote, cancellable);
  g_autofree char *within = g_strconcat (from, "/", NULL);
  WherrySftpAttrs attrs;
  WherrySftpJob job;
  gboolean well;

  if (shell != NULL)
    return wherry_remote_copy (shell, from, to, cancellable, error);
  if (!wherry_sftp_remote_begin (remote, &job, WHERRY_DOING_COPY, cancellable, error))
    return FALSE;
  well = !wherry_sftp_job_look (&job, WHERRY_SFTP_LSTAT, to, &attrs, NULL);
  if (!well)
    wherry_remote_set_error (error, job.doing, to, G_IO_ERROR_EXISTS);
  else if (g_str_has_prefix (to, within))
    {
      wherry_remote_set_error (error, job.doing, from, G_IO_ERROR_INVALID_ARGUMENT);
      well = FALSE;
    }
  else
    well = wherry_sftp_job_copy_tree (&job, from, to, error);
  wherry_sftp_remote_end (remote, &job);
  return well;
}

gboolean
wherry_sftp_remote_write (WherryRemote *remote,
                          const char *path,
                          GBytes *content,
                          GCancellable *cancellable,
                          GError **error)
{
  WherrySftpJob job;
  gboolean well;

  if (!wherry_sftp_remote_begin (remote, &job, WHERRY_DOING_WRITE, cancellable, error))
    return FALSE;
  well = wherry_sftp_job_write_file (&job, path, content, error);
  wherry_sftp_remote_end (remote, &job);
  return well;
}
