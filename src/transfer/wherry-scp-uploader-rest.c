/* The rest of a file for a server with a shell: scp can only receive the whole. */
#include "config.h"

#include "transfer/wherry-scp-uploader-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-error.h"
#include "remote/wherry-remote-part.h"
#include "remote/wherry-remote-shell.h"
#include "scp/wherry-scp-words.h"

/* What start-up files may print before the command is ready, in bytes. */
#define NOISE_MAX (64 * 1024)

/* What the command ends with if the file is not as large as it should be. */
#define STATUS_CHANGED 3

/* How long that may come after the end of what it says, in microseconds. */
#define STATUS_TIMEOUT (5 * G_USEC_PER_SEC)

static char *
make_time (gint64 seconds)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (seconds);

  return time != NULL ? g_date_time_format (time, "%Y%m%d%H%M.%S") : NULL;
}

static char *
make_command (WherryScpUploader *self,
              const WherryResumePoint *point,
              guint64 size,
              guint32 mode,
              const WherryScpTimes *times,
              const char *marker)
{
  g_autofree char *octal = NULL;
  g_autofree char *mtime = NULL;
  g_autofree char *atime = NULL;

  if (self->job->flags & WHERRY_TRANSFER_PRESERVE)
    {
      octal = g_strdup_printf ("%04o", mode & 07777);
      mtime = make_time (times->mtime);
      atime = make_time (times->atime);
    }
  return wherry_remote_part_make_write_command (point->path, point->offset, size, octal, mtime,
                                                atime, marker);
}

/* Whether the command is there to take content; FALSE without @error if it ended. */
static gboolean
await_ready (WherryScpUploader *self, const char *marker, GError **error)
{
  g_autofree char *line = g_strconcat (marker, "\n", NULL);
  g_autoptr (GString) text = g_string_new (NULL);

  for (;;)
    {
      g_autoptr (GError) local_error = NULL;
      gsize length;
      const guint8 *data = wherry_channel_peek (self->rest, &length);

      if (data != NULL && length > 0)
        {
          g_string_append_len (text, (const char *) data, (gssize) length);
          wherry_channel_consume (self->rest, length);
          if (g_str_has_suffix (text->str, line))
            return TRUE;
          if (text->len > NOISE_MAX)
            return FALSE;
          continue;
        }
      if (wherry_channel_is_input_ended (self->rest))
        {
          /* The status, which tells why, may come a moment later. */
          wherry_channel_wait (self->rest, WHERRY_CHANNEL_EXITED,
                               g_get_monotonic_time () + STATUS_TIMEOUT, self->job->cancellable,
                               error);
          return FALSE;
        }
      wherry_channel_wait (self->rest, WHERRY_CHANNEL_READABLE, -1, self->job->cancellable,
                           &local_error);
      if (local_error != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }
    }
}

static void
close_rest (WherryScpUploader *self)
{
  if (self->rest != NULL)
    wherry_channel_close (self->rest);
  g_clear_object (&self->rest);
}

/* Why the command ended as it did. */
static GError *
make_error (WherryScpUploader *self)
{
  g_autofree char *words = wherry_channel_dup_error_text (self->rest);

  if (wherry_channel_get_exit_status (self->rest) == STATUS_CHANGED)
    return g_error_new_literal (WHERRY_ERROR, WHERRY_ERROR_CHANGED,
                                _ ("What was there of the file changed on the server while it was "
                                   "to be gone on with. Copy it again"));
  return wherry_scp_words_to_error (words != NULL ? words : "");
}

static void
fail_current (WherryScpUploader *self, GError *error)
{
  WherryUploadItem *item = g_steal_pointer (&self->current);
  gboolean stays = item->kept && wherry_resume_survives (self->job, error);

  g_clear_error (&item->failure);
  item->failure = error;
  close_rest (self);
  if (stays)
    item->kept = FALSE;
  wherry_scp_uploader_fail_item (self, item, NULL);
  if (!stays)
    wherry_remote_target_remove (self->target, item->wire_path);
  g_hash_table_remove (self->sent, &item->tag);
}

/**
 * wherry_scp_uploader_begin_rest:
 * @self: an uploader whose current file is half there
 * @point: where it is
 * @mode: its permission bits
 * @times: its times
 * @error: the transfer is over
 *
 * Has a command of the server's shell take the rest.
 *
 * Returns: %FALSE on error; else there is a current file still, or it was refused
 */
gboolean
wherry_scp_uploader_begin_rest (WherryScpUploader *self,
                                const WherryResumePoint *point,
                                guint32 mode,
                                const WherryScpTimes *times,
                                GError **error)
{
  g_autofree char *marker = wherry_remote_new_marker ();
  g_autofree char *command = make_command (self, point, self->current->size, mode, times, marker);
  g_autoptr (GError) local_error = NULL;

  self->offset = point->offset;
  self->rest_left = self->current->size - point->offset;
  self->rest
      = wherry_session_exec_somewhere (self->session, command, self->job->cancellable, error);
  if (self->rest == NULL)
    return FALSE;
  if (await_ready (self, marker, &local_error))
    return TRUE;
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  fail_current (self, make_error (self));
  return TRUE;
}

/**
 * wherry_scp_uploader_reserve_rest:
 * @self: an uploader whose current file's rest goes
 * @size: (out): bytes of room
 * @error: the transfer is over
 *
 * Returns: (transfer none) (nullable): as for wherry_uploader_reserve()
 */
guint8 *
wherry_scp_uploader_reserve_rest (WherryScpUploader *self, gsize *size, GError **error)
{
  for (;;)
    {
      g_autoptr (GError) local_error = NULL;
      gsize room = 0;
      guint8 *buffer = wherry_channel_reserve (self->rest, &room);

      if (wherry_channel_is_input_ended (self->rest))
        {
          wherry_channel_wait (self->rest, WHERRY_CHANNEL_EXITED, -1, self->job->cancellable,
                               &local_error);
          if (local_error == NULL)
            {
              fail_current (self, make_error (self));
              return NULL;
            }
        }
      else if (buffer != NULL)
        {
          *size = wherry_job_get_portion (self->job, (gsize) MIN (room, self->rest_left));
          return buffer;
        }
      else
        wherry_channel_wait (self->rest, WHERRY_CHANNEL_WRITABLE | WHERRY_CHANNEL_READABLE, -1,
                             self->job->cancellable, &local_error);
      if (local_error != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return NULL;
        }
    }
}

/**
 * wherry_scp_uploader_commit_rest:
 * @self: an uploader whose current file's rest goes
 * @length: bytes put into the room
 * @error: the transfer is over
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_scp_uploader_commit_rest (WherryScpUploader *self, gsize length, GError **error)
{
  wherry_channel_commit (self->rest, length);
  self->rest_left -= length;
  return wherry_job_add_bytes (self->job, self->rest, length, error);
}

/**
 * wherry_scp_uploader_end_rest:
 * @self: an uploader whose current file's rest is sent
 * @failure: (nullable): why what was sent is not the file's content
 * @error: the transfer is over
 *
 * Waits until the server vouches for it and has it put in its place.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_scp_uploader_end_rest (WherryScpUploader *self, const GError *failure, GError **error)
{
  g_autoptr (GError) local_error = NULL;

  if (failure != NULL)
    {
      fail_current (self, g_error_copy (failure));
      return TRUE;
    }
  wherry_channel_send_eof (self->rest);
  wherry_channel_wait (self->rest, WHERRY_CHANNEL_EXITED, -1, self->job->cancellable, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (self->rest_left > 0 || wherry_channel_get_exit_status (self->rest) != 0)
    {
      fail_current (self, make_error (self));
      return TRUE;
    }

  WherryUploadItem *item = g_steal_pointer (&self->current);
  close_rest (self);
  wherry_scp_uploader_file_item (self, item);
  return TRUE;
}
