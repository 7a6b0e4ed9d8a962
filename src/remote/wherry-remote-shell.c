#include "config.h"

#include "remote/wherry-remote-shell.h"

#include <string.h>

#include "base/wherry-text.h"

/* The scripts run under any login shell as the argument of sh -c: no single quote, no newline and
 * no `!` in them, since csh would read those on its own. $1 is the marker, $2 the path. */

#define MEASURE_SCRIPT                                                         \
  "unset CDPATH; cd \"$2\" && find . -type f -exec ls -ln {} + 2>/dev/null | " \
  "awk -v m=\"$1\" \"{ n++; b += \\$5 } END { printf \\\"%sT %d %.0f\\\\n\\\", m, n, b }\""

/**
 * wherry_remote_new_marker:
 *
 * Returns: (transfer full): a line prefix that no start-up file and no name can
 *   have known beforehand; only lines that bear it are taken as a script's word
 */
char *
wherry_remote_new_marker (void)
{
  g_autofree char *uuid = g_uuid_string_random ();
  return g_strdup_printf ("=%s=", uuid);
}

/**
 * wherry_remote_command: (skip)
 * @script: a POSIX shell script without single quotes, newlines or `!`
 * @marker: its `$1`
 * @path: its `$2`, a path on the server; a leading `~` is left to the shell
 * @...: further arguments, quoted (rule R8), %NULL-terminated
 *
 * Returns: (transfer full): a command line for an exec channel
 */
char *
wherry_remote_command (const char *script, const char *marker, const char *path, ...)
{
  g_assert (strpbrk (script, "'\n!") == NULL);

  g_autofree char *quoted_path = wherry_text_quote_path (path);
  /* zsh takes a bare word that begins with "=" for a program's name. */
  g_autofree char *quoted_marker = wherry_text_quote_shell (marker);
  GString *command = g_string_new (NULL);
  va_list args;

  g_string_printf (command, "exec sh -c '%s' sh %s %s", script, quoted_marker, quoted_path);

  va_start (args, path);
  for (const char *arg = va_arg (args, const char *); arg != NULL;
       arg = va_arg (args, const char *))
    {
      g_autofree char *quoted = wherry_text_quote_shell (arg);
      g_string_append_c (command, ' ');
      g_string_append (command, quoted);
    }
  va_end (args);

  return g_string_free (command, FALSE);
}

/**
 * wherry_remote_measure:
 * @session: a connected session
 * @path: a folder on the server
 * @files: (out): regular files in it, at any depth
 * @bytes: (out): their sizes in bytes
 * @cancellable: (nullable): a cancellable
 * @error: why it can't be told
 *
 * Measures a folder for the time left of a download. An estimate: the folder
 * may change meanwhile, and unreadable parts are not counted.
 *
 * Returns: whether it could be measured
 */
gboolean
wherry_remote_measure (WherrySession *session,
                       const char *path,
                       guint64 *files,
                       guint64 *bytes,
                       GCancellable *cancellable,
                       GError **error)
{
  g_autofree char *marker = wherry_remote_new_marker ();
  g_autofree char *command = wherry_remote_command (MEASURE_SCRIPT, marker, path, NULL);
  g_autoptr (GBytes) output = NULL;
  int exit_status;

  if (!wherry_session_run (session, command, NULL, 64 << 10, &output, &exit_status, NULL,
                           cancellable, error))
    return FALSE;

  gsize length;
  const char *data = g_bytes_get_data (output, &length);
  g_autofree char *text = g_strndup (length > 0 ? data : "", length);
  const char *found = strstr (text, marker);

  if (found != NULL && found[strlen (marker)] == 'T')
    {
      char *end;
      *files = g_ascii_strtoull (found + strlen (marker) + 1, &end, 10);
      *bytes = g_ascii_strtoull (end, NULL, 10);
      return TRUE;
    }
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "no answer");
  return FALSE;
}
