#include "transfer/wherry-uploader-private.h"

#include <string.h>

/**
 * wherry_uploader_new:
 * @session: a connected session; a reference is kept
 * @job: the job whose target this goes to, and whose target protocol is
 *   followed; a reference is kept
 * @source_name: (nullable): the name the top-level entry has at its source; %NULL
 *   for a folder without one: its entries go into the target
 * @tree: whether that entry is a folder
 * @can_repeat: whether the caller can send files again, see
 *   wherry_uploader_settle()
 * @error: nothing can be put there, the connection broke, or it was cancelled
 *
 * Finds out where the upload lands and starts the server's program.
 *
 * Returns: (transfer full) (nullable): an uploader
 */
WherryUploader *
wherry_uploader_new (WherrySession *session,
                     WherryJob *job,
                     const char *source_name,
                     gboolean tree,
                     gboolean can_repeat,
                     GError **error)
{
  if (job->target_protocol == WHERRY_PROTOCOL_SFTP)
    return wherry_sftp_uploader_new (session, job, source_name, tree, error);
  return wherry_scp_uploader_new (session, job, source_name, tree, can_repeat, error);
}

/**
 * wherry_uploader_free:
 * @self: (transfer full) (nullable): an uploader
 *
 * Ends the upload. Without wherry_uploader_finish() temporary files are removed
 * from the server, if it answers within half a second.
 */
void
wherry_uploader_free (WherryUploader *self)
{
  if (self != NULL)
    self->klass->free (self);
}

/**
 * wherry_uploader_begin_directory:
 * @self: an uploader
 * @name: the folder's name, as bytes
 * @source_path: its path at the source, for what is told of it
 * @mode: its permission bits
 * @times: its times
 * @error: the transfer is over
 *
 * Makes or enters a folder on the server.
 *
 * Returns: whether to send its entries
 */
WherryUploaderVerdict
wherry_uploader_begin_directory (WherryUploader *self,
                                 const char *name,
                                 const char *source_path,
                                 guint32 mode,
                                 const WherryScpTimes *times,
                                 GError **error)
{
  return self->klass->begin_directory (self, name, source_path, mode, times, error);
}

/**
 * wherry_uploader_end_directory:
 * @self: an uploader
 * @error: the transfer is over
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_uploader_end_directory (WherryUploader *self, GError **error)
{
  return self->klass->end_directory (self, error);
}

/**
 * wherry_uploader_begin_file:
 * @self: an uploader
 * @name: the file's name, as bytes
 * @source_path: its path at the source, for what is told of it
 * @mode: its permission bits
 * @size: its size in bytes
 * @times: its times
 * @head: (array length=head_length): how its content begins
 * @head_length: in bytes; see wherry_scp_may_go_ahead()
 * @error: the transfer is over
 *
 * Returns: whether to send its content
 */
WherryUploaderVerdict
wherry_uploader_begin_file (WherryUploader *self,
                            const char *name,
                            const char *source_path,
                            guint32 mode,
                            guint64 size,
                            const WherryScpTimes *times,
                            const guint8 *head,
                            gsize head_length,
                            GError **error)
{
  return self->klass->begin_file (self, name, source_path, mode, size, times, head, head_length,
                                  error);
}

/**
 * wherry_uploader_get_offset:
 * @self: an uploader whose current file has begun, and nothing of it been sent
 *
 * Returns: how many bytes of it are on the server already: only the content behind
 *   them is to be sent. 0 unless the job's source is here
 */
guint64
wherry_uploader_get_offset (WherryUploader *self)
{
  return self->klass->get_offset (self);
}

/**
 * wherry_uploader_reserve:
 * @self: an uploader
 * @size: (out): bytes of room, at most what is left of the file
 * @error: the transfer is over
 *
 * Room for content of the current file, waited for.
 *
 * Returns: (transfer none) (nullable): where to put content. %NULL without
 *   @error if the file is not wanted any more: it was refused, or will have to
 *   be sent again; nothing more is to be called for it
 */
guint8 *
wherry_uploader_reserve (WherryUploader *self, gsize *size, GError **error)
{
  return self->klass->reserve (self, size, error);
}

/**
 * wherry_uploader_commit:
 * @self: an uploader
 * @length: bytes of content put into the room of wherry_uploader_reserve()
 * @error: the transfer is over
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_uploader_commit (WherryUploader *self, gsize length, GError **error)
{
  return self->klass->commit (self, length, error);
}

/**
 * wherry_uploader_send:
 * @self: an uploader
 * @data: (array length=length): content of the current file
 * @length: in bytes
 * @error: the transfer is over
 *
 * Sends content that is in memory already. Content of a file that is not wanted
 * any more is dropped.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_uploader_send (WherryUploader *self, const guint8 *data, gsize length, GError **error)
{
  while (length > 0)
    {
      g_autoptr (GError) local_error = NULL;
      gsize room;
      guint8 *buffer = wherry_uploader_reserve (self, &room, &local_error);

      if (buffer == NULL)
        {
          if (local_error == NULL)
            return TRUE;
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }
      gsize n = MIN (room, length);
      memcpy (buffer, data, n);
      if (!wherry_uploader_commit (self, n, error))
        return FALSE;
      data += n;
      length -= n;
    }
  return TRUE;
}

/**
 * wherry_uploader_end_file:
 * @self: an uploader
 * @failure: (nullable): why what was sent is not the file's content; the rest
 *   is padded, and the job is told
 * @error: the transfer is over
 *
 * Ends the current file. Its verdict comes later, to the job.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_uploader_end_file (WherryUploader *self, const GError *failure, GError **error)
{
  return self->klass->end_file (self, failure, error);
}

/**
 * wherry_uploader_dup_path:
 * @self: an uploader whose current file has not ended
 *
 * Returns: (transfer full) (nullable): the path on the server that it will have,
 *   as bytes; %NULL if that is not known, or the file not wanted any more
 */
char *
wherry_uploader_dup_path (WherryUploader *self)
{
  return self->klass->dup_path (self);
}

/**
 * wherry_uploader_settle:
 * @self: an uploader
 * @error: the transfer is over
 *
 * Waits for the verdict on all that was sent. From here on nothing is sent
 * ahead of its reply.
 *
 * Returns: (transfer full) (nullable) (element-type filename): set of the source
 *   paths of files without a verdict, because the sink broke: to be sent again
 */
GHashTable *
wherry_uploader_settle (WherryUploader *self, GError **error)
{
  return self->klass->settle (self, error);
}

/**
 * wherry_uploader_finish:
 * @self: an uploader
 * @error: the transfer is over, and did not end well
 *
 * Waits for every verdict, for the server's `scp` to end and for every file to
 * be in its place.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_uploader_finish (WherryUploader *self, GError **error)
{
  return self->klass->finish (self, error);
}
