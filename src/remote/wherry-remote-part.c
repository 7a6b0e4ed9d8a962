/* Files that are half there, on one end or the other. */
#include "remote/wherry-remote-part.h"

#include "base/wherry-error.h"
#include "remote/wherry-remote-error.h"
#include "remote/wherry-remote-shell.h"
#include "remote/wherry-sftp-job-private.h"
#include "remote/wherry-shell-private.h"

#define MUST_BE_FILE \
  "[ -f \"$1\" ] || { ls -d \"$1\" >/dev/null && echo \": Not a regular file\" >&2; exit 1; }; "

/* The size, and behind it the checksum of the first $2 bytes, of all but the last $3, or of all. */
#define LOOK                                                                             \
  MUST_BE_FILE "s () { if command -v sha256sum >/dev/null 2>&1; then sha256sum; "        \
               "elif command -v shasum >/dev/null 2>&1; then shasum -a 256; "            \
               "elif command -v sha256 >/dev/null 2>&1; then sha256 -q; "                \
               "elif command -v openssl >/dev/null 2>&1; then openssl dgst -sha256 -r; " \
               "else exit 127; fi; }; n=$(wc -c <\"$1\") || exit 1; echo $((n)); l=$2; " \
               "if [ -n \"$3\" ]; then l=$((n - $3)); [ \"$l\" -ge 0 ] || l=0; fi; "     \
               "if [ -n \"$l\" ]; then head -c \"$l\" <\"$1\" | s; else s <\"$1\"; fi"

/* Only ever a file: what has taken its name meanwhile is somebody else's. */
#define REMOVE "[ -L \"$1\" ] || [ -d \"$1\" ] || rm -f \"$1\""

/* $1 is the marker, $2 the path, $3 the first byte's number, counted from 1. What start-up files
 * print stands before the marker. */
#define READ_SCRIPT "printf \"%s\\n\" \"$1\"; exec tail -c \"+$3\" <\"$2\""

/* $3 is the size that the file has, $4 the one it is to get, $5 its mode, $6 and $7 its times; all
 * three may be empty. Another writer, left over from a broken connection, shows in the sizes. */
#define WRITE_SCRIPT                                                                  \
  "n=$(wc -c <\"$2\") && [ \"$n\" -eq \"$3\" ] || exit 3; printf \"%s\\n\" \"$1\"; "  \
  "cat >>\"$2\" || exit 1; n=$(wc -c <\"$2\") && [ \"$n\" -eq \"$4\" ] || exit 3; "   \
  "if [ -n \"$5\" ]; then chmod \"$5\" \"$2\" || exit 1; fi; if [ -n \"$6\" ]; then " \
  "TZ=UTC0 touch -m -t \"$6\" \"$2\" && TZ=UTC0 touch -a -t \"$7\" \"$2\" || exit 1; fi"

/**
 * wherry_remote_part_clear:
 * @self: a part
 */
void
wherry_remote_part_clear (WherryRemotePart *self)
{
  g_clear_pointer (&self->digest, g_free);
  g_clear_pointer (&self->end, g_bytes_unref);
}

/* Whether there was an answer; an error without one if the server has no shell or no program. */
static gboolean
look_by_shell (WherrySession *session,
               const char *path,
               guint64 length,
               guint64 margin,
               WherryRemotePart *part,
               GCancellable *cancellable,
               GError **error)
{
  g_auto (WherryShellResult) result = { 0 };
  g_autofree char *fit = wherry_shell_fit_path (path);
  g_autofree char *number
      = length != G_MAXUINT64 ? g_strdup_printf ("%" G_GUINT64_FORMAT, length) : g_strdup ("");
  g_autofree char *less = length == G_MAXUINT64 && margin > 0
                              ? g_strdup_printf ("%" G_GUINT64_FORMAT, margin)
                              : g_strdup ("");
  const char *const args[] = { fit, number, less, NULL };
  const WherryAnswer *answer = &result.answer;

  if (!wherry_shell_run (session, LOOK, args, NULL, 64 << 10, &result, cancellable, error))
    return FALSE;
  if (answer->status == 127)
    {
      wherry_remote_set_error (error, WHERRY_DOING_CHECKSUM, path, G_IO_ERROR_NOT_SUPPORTED);
      return FALSE;
    }

  g_autofree char *text = g_strndup (answer->payload, answer->length);
  char *digest;
  part->size = g_ascii_strtoull (text, &digest, 10);
  g_strchug (digest);
  if (answer->status == 0 && strspn (digest, "0123456789abcdefABCDEF") == 64)
    {
      part->length = length != G_MAXUINT64 ? MIN (length, part->size)
                     : part->size > margin ? part->size - margin
                                           : 0;
      part->digest = g_ascii_strdown (digest, 64);
      return TRUE;
    }
  wherry_remote_set_error_words (error, WHERRY_DOING_CHECKSUM, path, answer->words);
  return FALSE;
}

/* All of it, or an error. */
static GBytes *
read_end (WherrySftpJob *job,
          GBytes *handle,
          const char *path,
          guint64 offset,
          gsize length,
          GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_sized_new ((guint) length);
  guint32 ids[WHERRY_REMOTE_PART_END / WHERRY_SFTP_BLOCK];
  guint n = 0;
  gboolean whole = TRUE;

  for (gsize at = 0; at < length; at += WHERRY_SFTP_BLOCK)
    {
      GByteArray *output = wherry_sftp_client_begin (job->client, WHERRY_SFTP_READ, NULL);

      wherry_sftp_put_bytes (output, g_bytes_get_data (handle, NULL), g_bytes_get_size (handle));
      wherry_sftp_put_u64 (output, offset + at);
      wherry_sftp_put_u32 (output, (guint32) MIN (length - at, WHERRY_SFTP_BLOCK));
      ids[n++] = wherry_sftp_client_send (job->client);
    }
  for (guint i = 0; i < n; i++)
    {
      g_auto (WherrySftpReply) reply = { 0 };
      gsize got = 0;
      const char *data;

      if (!wherry_sftp_client_receive (job->client, ids[i], &reply, job->cancellable, error))
        return NULL;
      if (reply.type != WHERRY_SFTP_DATA
          || (data = wherry_sftp_get_bytes (&reply.reader, &got)) == NULL || reply.reader.bad
          || got != MIN (length - i * (gsize) WHERRY_SFTP_BLOCK, WHERRY_SFTP_BLOCK))
        whole = FALSE;
      else
        g_byte_array_append (bytes, (const guint8 *) data, (guint) got);
    }
  if (whole)
    return g_byte_array_free_to_bytes (g_steal_pointer (&bytes));
  wherry_remote_set_error (error, WHERRY_DOING_READ, path, G_IO_ERROR_FAILED);
  return NULL;
}

static gboolean
look_by_sftp (WherrySession *session,
              const char *path,
              guint64 length,
              guint64 margin,
              WherryRemotePart *part,
              GCancellable *cancellable,
              GError **error)
{
  g_autoptr (WherrySftpClient) client
      = wherry_sftp_client_new_somewhere (session, cancellable, error);
  WherrySftpJob job = { .client = client, .cancellable = cancellable, .doing = WHERRY_DOING_READ };
  WherrySftpAttrs attrs;
  g_autoptr (GBytes) handle = NULL;

  if (client == NULL || !wherry_sftp_job_look (&job, WHERRY_SFTP_STAT, path, &attrs, error))
    return FALSE;
  if (!(attrs.flags & WHERRY_SFTP_ATTR_SIZE))
    {
      wherry_remote_set_error (error, WHERRY_DOING_READ, path, G_IO_ERROR_NOT_SUPPORTED);
      return FALSE;
    }
  part->size = attrs.size;
  length = MIN (length, part->size);
  part->length = length > margin ? length - margin : 0;

  attrs.flags = 0;
  handle = wherry_sftp_job_open (&job, path, WHERRY_SFTP_READ_FLAG, &attrs, error);
  if (handle == NULL)
    return FALSE;
  gsize end = (gsize) MIN (part->length, WHERRY_REMOTE_PART_END);
  part->end = read_end (&job, handle, path, part->length - end, end, error);
  if (wherry_sftp_client_is_sound (client))
    wherry_sftp_job_close (&job, handle);
  return part->end != NULL;
}

/**
 * wherry_remote_part_look:
 * @session: a connected session
 * @path: a file on the server, as bytes
 * @length: how much of its beginning is meant, in bytes; %G_MAXUINT64: all of it
 * @margin: so much less is meant of a whole one: its last bytes may not have been
 *   written in order
 * @by_sftp: whether SFTP may be used where there is no shell
 * @end_margin: then, instead of @margin; the last bytes alone don't show a gap
 * @part: (out caller-allocates): what it knows; clear it with
 *   wherry_remote_part_clear()
 * @cancellable: (nullable): a cancellable
 * @error: it can't tell; %G_IO_ERROR_NOT_FOUND: there is no such file
 *
 * Asks for what a copy can be compared with. Waits for the server.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_remote_part_look (WherrySession *session,
                         const char *path,
                         guint64 length,
                         guint64 margin,
                         gboolean by_sftp,
                         guint64 end_margin,
                         WherryRemotePart *part,
                         GCancellable *cancellable,
                         GError **error)
{
  g_autoptr (GError) local_error = NULL;

  *part = (WherryRemotePart){ 0 };
  if (look_by_shell (session, path, length, margin, part, cancellable, &local_error))
    return TRUE;
  if (by_sftp && wherry_session_is_connected (session) && !g_cancellable_is_cancelled (cancellable))
    return look_by_sftp (session, path, length, end_margin, part, cancellable, error);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static gboolean
remove_by_shell (WherrySession *session, const char *path, GCancellable *cancellable)
{
  g_auto (WherryShellResult) result = { 0 };
  g_autofree char *fit = wherry_shell_fit_path (path);
  const char *const args[] = { fit, NULL };

  return wherry_shell_run (session, REMOVE, args, NULL, 64 << 10, &result, cancellable, NULL)
         && result.answer.status == 0;
}

/**
 * wherry_remote_part_remove:
 * @session: a connected session
 * @path: a file of ours under a temporary name, as bytes
 * @cancellable: (nullable): a cancellable
 *
 * Removes it if it is there, as far as that goes. Waits for the server.
 */
void
wherry_remote_part_remove (WherrySession *session, const char *path, GCancellable *cancellable)
{
  if (remove_by_shell (session, path, cancellable) || !wherry_session_is_connected (session)
      || g_cancellable_is_cancelled (cancellable))
    return;

  g_autoptr (WherrySftpClient) client
      = wherry_sftp_client_new_somewhere (session, cancellable, NULL);
  if (client == NULL)
    return;
  WherrySftpJob job
      = { .client = client, .cancellable = cancellable, .doing = WHERRY_DOING_REMOVE };
  guint32 id = wherry_sftp_client_send_path (client, WHERRY_SFTP_REMOVE, path);
  (void) wherry_sftp_job_status (&job, id, path, NULL);
}

/**
 * wherry_remote_part_make_read_command:
 * @path: a file on the server
 * @offset: bytes of it that are known
 * @marker: from wherry_remote_new_marker()
 *
 * Returns: (transfer full): a command that prints the marker as a line and then
 *   the rest of the file
 */
char *
wherry_remote_part_make_read_command (const char *path, guint64 offset, const char *marker)
{
  g_autofree char *first = g_strdup_printf ("%" G_GUINT64_FORMAT, offset + 1);
  g_autofree char *fit = wherry_shell_fit_path (path);

  return wherry_remote_command (READ_SCRIPT, marker, fit, first, NULL);
}

/**
 * wherry_remote_part_make_write_command:
 * @path: a file on the server
 * @offset: the size it has, in bytes
 * @size: the size it is to get
 * @mode: (nullable): its mode then, octal
 * @mtime: (nullable): its modification time then, as touch(1) -t takes it, UTC
 * @atime: (nullable): its access time, likewise
 * @marker: from wherry_remote_new_marker()
 *
 * Returns: (transfer full): a command that prints the marker as a line once it is
 *   ready, appends what it reads, and ends with 0 if all is as it should be; with
 *   3 if somebody else writes to the file
 */
char *
wherry_remote_part_make_write_command (const char *path,
                                       guint64 offset,
                                       guint64 size,
                                       const char *mode,
                                       const char *mtime,
                                       const char *atime,
                                       const char *marker)
{
  g_autofree char *before = g_strdup_printf ("%" G_GUINT64_FORMAT, offset);
  g_autofree char *after = g_strdup_printf ("%" G_GUINT64_FORMAT, size);
  g_autofree char *fit = wherry_shell_fit_path (path);

  return wherry_remote_command (WRITE_SCRIPT, marker, fit, before, after, mode != NULL ? mode : "",
                                mtime != NULL ? mtime : "", atime != NULL ? atime : "", NULL);
}
