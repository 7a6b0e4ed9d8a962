#include "config.h"

#include "transfer/wherry-remote-path.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-error.h"

struct _WherryRemotePath {
  GString *path; /* of the innermost open folder, or the source itself */
  GArray *ends;  /* element-type gsize: length of @path outside each open folder */
};

/**
 * wherry_remote_path_new:
 * @source: the path that was asked for, as bytes
 *
 * Returns: (transfer full): a path outside any folder
 */
WherryRemotePath *
wherry_remote_path_new (const char *source)
{
  WherryRemotePath *self = g_new0 (WherryRemotePath, 1);
  self->path = g_string_new (source);
  self->ends = g_array_new (FALSE, FALSE, sizeof (gsize));
  return self;
}

/**
 * wherry_remote_path_free:
 * @self: (transfer full): a path
 */
void
wherry_remote_path_free (WherryRemotePath *self)
{
  g_string_free (self->path, TRUE);
  g_array_unref (self->ends);
  g_free (self);
}

/**
 * wherry_remote_path_enter:
 * @self: a path
 * @name: the folder that begins; the first is the source itself, whatever its name
 */
void
wherry_remote_path_enter (WherryRemotePath *self, const char *name)
{
  gsize end = self->path->len;

  g_array_append_val (self->ends, end);
  if (self->ends->len == 1)
    return;
  if (end > 0 && self->path->str[end - 1] != '/')
    g_string_append_c (self->path, '/');
  g_string_append (self->path, name);
}

/**
 * wherry_remote_path_leave:
 * @self: a path within a folder
 */
void
wherry_remote_path_leave (WherryRemotePath *self)
{
  g_return_if_fail (self->ends->len > 0);

  g_string_truncate (self->path, g_array_index (self->ends, gsize, self->ends->len - 1));
  g_array_set_size (self->ends, self->ends->len - 1);
}

/**
 * wherry_remote_path_get_depth:
 * @self: a path
 *
 * Returns: how many folders are open
 */
guint
wherry_remote_path_get_depth (const WherryRemotePath *self)
{
  return self->ends->len;
}

/**
 * wherry_remote_path_append:
 * @self: a path
 * @name: an entry's name, as bytes
 *
 * Returns: (transfer full): the entry's path
 */
char *
wherry_remote_path_append (const WherryRemotePath *self, const char *name)
{
  if (self->ends->len == 0)
    return g_strdup (self->path->str);
  gboolean slash = self->path->len > 0 && self->path->str[self->path->len - 1] != '/';
  return g_strconcat (self->path->str, slash ? "/" : "", name, NULL);
}

/**
 * wherry_remote_path_fail_skipped:
 * @self: where the entry is
 * @job: the job to tell
 * @name: a name that can't be taken here, as bytes
 *
 * Tells of an entry passed over for its name (rule R1).
 */
void
wherry_remote_path_fail_skipped (const WherryRemotePath *self, WherryJob *job, const char *name)
{
  g_autofree char *path = wherry_remote_path_append (self, name);

  wherry_job_fail_literal (job, path, WHERRY_ERROR, WHERRY_ERROR_REFUSED_NAME,
                           _ ("Its name has control characters or is longer than 255 bytes. "
                              "Rename it on the server to copy it"));
}

/**
 * wherry_remote_path_fail:
 * @self: where it is
 * @job: the job to tell
 * @name: (nullable): the entry's name, as bytes; %NULL if it is only in the
 *   server's words
 * @error: why it does not come
 *
 * Tells of an entry the server does not send.
 */
void
wherry_remote_path_fail (const WherryRemotePath *self,
                         WherryJob *job,
                         const char *name,
                         const GError *error)
{
  g_autofree char *path
      = name != NULL ? wherry_remote_path_append (self, name) : g_strdup (self->path->str);

  wherry_job_fail (job, path, error);
}
