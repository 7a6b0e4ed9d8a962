#include "config.h"

#include "transfer/wherry-sftp-pipe.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-error.h"

/* Blocks that are asked for at a time where the server takes them: fewer answers, but still some to
 * every round trip. OpenSSH takes 255 KiB. */
#define BLOCK_MAX (128 * 1024)

/* Handles open at once, where the server does not say how many it has. All take more than this. */
#define HANDLES_SAFE 48
#define HANDLES_MAX 512

/* Answers taken in one go: a server that talks without end must not keep anybody from cancelling.
 */
#define STEP_MAX 512

typedef struct {
  WherrySftpAnswer answer;
  gpointer data;
} Expected;

static void
expected_free (gpointer data)
{
  g_slice_free (Expected, data);
}

/* What OpenSSH's extension says: the server's packet, READ and WRITE lengths and its handles; 0
 * where there is no limit (PROTOCOL, section 4.8). */
static void
on_limits (WherrySftpPipe *self, WherrySftpReply *reply, gpointer data)
{
  guint64 read_length, write_length, handles;

  if (reply->type != WHERRY_SFTP_EXTENDED_REPLY)
    return;
  wherry_sftp_get_u64 (&reply->reader);
  read_length = wherry_sftp_get_u64 (&reply->reader);
  write_length = wherry_sftp_get_u64 (&reply->reader);
  handles = wherry_sftp_get_u64 (&reply->reader);
  if (reply->reader.bad)
    return;
  if (read_length > 0)
    self->read_length = (guint32) CLAMP (read_length, 1024, BLOCK_MAX);
  if (write_length > 0)
    self->write_length = (guint32) CLAMP (write_length, 1024, BLOCK_MAX);
  /* Some are left for what is closed while others are opened. */
  if (handles > 0)
    self->handles = (guint) CLAMP (handles / 2, 1, HANDLES_MAX);
}

/**
 * wherry_sftp_pipe_new:
 * @session: a connected session
 * @job: the job it is for; a reference is kept
 * @owner: (nullable): for the functions that take answers
 * @error: return location for why there is no SFTP, or %G_IO_ERROR_CANCELLED
 *
 * Starts SFTP on a channel of its own. Waits for the server.
 *
 * Returns: (transfer full) (nullable): a pipe
 */
WherrySftpPipe *
wherry_sftp_pipe_new (WherrySession *session, WherryJob *job, gpointer owner, GError **error)
{
  WherrySftpClient *client = wherry_sftp_client_new_somewhere (session, job->cancellable, error);

  if (client == NULL)
    return NULL;

  WherrySftpPipe *self = g_new0 (WherrySftpPipe, 1);
  self->client = client;
  self->job = wherry_job_ref (job);
  self->owner = owner;
  self->read_length = WHERRY_SFTP_BLOCK;
  self->write_length = WHERRY_SFTP_BLOCK;
  self->handles = HANDLES_SAFE;
  self->expected = g_hash_table_new_full (NULL, NULL, NULL, expected_free);

  if (wherry_sftp_client_has_extension (client, "limits@openssh.com"))
    {
      wherry_sftp_put_string (wherry_sftp_client_begin (client, WHERRY_SFTP_EXTENDED, NULL),
                              "limits@openssh.com");
      wherry_sftp_pipe_expect (self, wherry_sftp_client_send (client), on_limits, NULL);
    }
  return self;
}

/**
 * wherry_sftp_pipe_free:
 * @self: (transfer full) (nullable): a pipe
 *
 * Ends the conversation, whatever is under way.
 */
void
wherry_sftp_pipe_free (WherrySftpPipe *self)
{
  if (self == NULL)
    return;
  wherry_sftp_client_free (self->client);
  wherry_job_unref (self->job);
  g_hash_table_unref (self->expected);
  g_clear_error (&self->error);
  g_free (self);
}

/**
 * wherry_sftp_pipe_expect:
 * @self: a pipe
 * @id: the number of a request that was sent
 * @answer: called with its answer
 * @data: for @answer
 */
void
wherry_sftp_pipe_expect (WherrySftpPipe *self, guint32 id, WherrySftpAnswer answer, gpointer data)
{
  Expected *expected = g_slice_new (Expected);

  expected->answer = answer;
  expected->data = data;
  g_hash_table_insert (self->expected, GUINT_TO_POINTER (id), expected);
}

/* Takes the answers that are there; -1 on error. */
static int
take_answers (WherrySftpPipe *self, GError **error)
{
  int n = 0;

  while (n < STEP_MAX)
    {
      g_auto (WherrySftpReply) reply = { 0 };
      g_autoptr (GError) local_error = NULL;
      guint32 id;

      if (!wherry_sftp_client_poll (self->client, &id, &reply, &local_error))
        {
          if (local_error == NULL)
            break;
          g_propagate_error (error, g_steal_pointer (&local_error));
          return -1;
        }

      const Expected *known = g_hash_table_lookup (self->expected, GUINT_TO_POINTER (id));
      Expected expected = known != NULL ? *known : (Expected){ NULL, NULL };
      g_hash_table_remove (self->expected, GUINT_TO_POINTER (id));
      if (expected.answer != NULL)
        expected.answer (self, &reply, expected.data);
      n++;
    }
  return n;
}

/**
 * wherry_sftp_pipe_step:
 * @self: a pipe
 * @wait: whether to come back only after something moved
 * @error: the conversation is over, or it was cancelled
 *
 * One round: requests out, answers in.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_sftp_pipe_step (WherrySftpPipe *self, gboolean wait, GError **error)
{
  int n = take_answers (self, error);

  if (n == 0 && wait && !wherry_sftp_client_wait (self->client, -1, self->job->cancellable, error))
    return FALSE;
  if (n < 0 || !wherry_job_check (self->job, error))
    return FALSE;
  if (self->error == NULL)
    return TRUE;
  g_propagate_error (error, g_error_copy (self->error));
  return FALSE;
}

/**
 * wherry_sftp_pipe_settle:
 * @self: a pipe
 * @deadline: when to stop waiting, in microseconds of g_get_monotonic_time()
 *
 * Waits until all that was asked is answered, also after the transfer was
 * cancelled: for what is to be put in order before it ends.
 */
void
wherry_sftp_pipe_settle (WherrySftpPipe *self, gint64 deadline)
{
  while (g_hash_table_size (self->expected) > 0)
    {
      int n = take_answers (self, NULL);

      if (n < 0 || (n == 0 && !wherry_sftp_client_wait (self->client, deadline, NULL, NULL)))
        return;
    }
}

/**
 * wherry_sftp_pipe_fail:
 * @self: a pipe
 * @error: (transfer full): why the conversation can't go on
 *
 * Makes the step that is under way, and those after it, end with an error.
 */
void
wherry_sftp_pipe_fail (WherrySftpPipe *self, GError *error)
{
  if (self->error == NULL)
    self->error = error;
  else
    g_error_free (error);
}

/**
 * wherry_sftp_pipe_fail_protocol:
 * @self: a pipe
 *
 * wherry_sftp_pipe_fail() for an answer that makes no sense.
 */
void
wherry_sftp_pipe_fail_protocol (WherrySftpPipe *self)
{
  wherry_sftp_pipe_fail (self, g_error_new_literal (WHERRY_ERROR, WHERRY_ERROR_PROTOCOL,
                                                    _ ("The server’s answer is not SFTP")));
}

/**
 * wherry_sftp_pipe_send_handle:
 * @self: a pipe
 * @type: a request that bears nothing but a handle
 * @handle: the handle
 *
 * Returns: the request's number
 */
guint32
wherry_sftp_pipe_send_handle (WherrySftpPipe *self, WherrySftpType type, GBytes *handle)
{
  GByteArray *output = wherry_sftp_client_begin (self->client, type, NULL);

  wherry_sftp_put_bytes (output, g_bytes_get_data (handle, NULL), g_bytes_get_size (handle));
  return wherry_sftp_client_send (self->client);
}

static void
on_nothing (WherrySftpPipe *self, WherrySftpReply *reply, gpointer data)
{
}

/**
 * wherry_sftp_pipe_close:
 * @self: a pipe
 * @handle: a handle that is not needed any more, whose closing tells nothing
 */
void
wherry_sftp_pipe_close (WherrySftpPipe *self, GBytes *handle)
{
  wherry_sftp_pipe_expect (self, wherry_sftp_pipe_send_handle (self, WHERRY_SFTP_CLOSE, handle),
                           on_nothing, NULL);
}

/**
 * wherry_sftp_pipe_remove:
 * @self: a pipe
 * @path: what is to be removed, if it is there
 */
void
wherry_sftp_pipe_remove (WherrySftpPipe *self, const char *path)
{
  wherry_sftp_pipe_expect (self,
                           wherry_sftp_client_send_path (self->client, WHERRY_SFTP_REMOVE, path),
                           on_nothing, NULL);
}

/* An answer that is not of the wanted type is a refusal, or nonsense. */
static gboolean
refuse (WherrySftpPipe *self,
        WherrySftpReply *reply,
        WherryDoing doing,
        const char *path,
        GError **error)
{
  g_autofree char *words = NULL;
  guint32 status = wherry_sftp_reply_get_status (reply, &words);

  if (reply->type != WHERRY_SFTP_STATUS || status == WHERRY_SFTP_OK)
    {
      wherry_sftp_pipe_fail_protocol (self);
      status = WHERRY_SFTP_BAD_MESSAGE;
    }
  wherry_remote_set_error_status (error, doing, path, status, words);
  return FALSE;
}

/**
 * wherry_sftp_pipe_get_ok:
 * @self: a pipe
 * @reply: an answer
 * @doing: what was asked for
 * @path: of what
 * @error: the server's refusal
 *
 * Returns: whether it was done
 */
gboolean
wherry_sftp_pipe_get_ok (WherrySftpPipe *self,
                         WherrySftpReply *reply,
                         WherryDoing doing,
                         const char *path,
                         GError **error)
{
  if (reply->type == WHERRY_SFTP_STATUS
      && wherry_sftp_reply_get_status (reply, NULL) == WHERRY_SFTP_OK)
    return TRUE;
  return refuse (self, reply, doing, path, error);
}

/**
 * wherry_sftp_pipe_get_attrs:
 * @self: a pipe
 * @reply: an answer
 * @doing: what was asked for
 * @path: of what
 * @attrs: (out caller-allocates): what the server tells of it
 * @error: the server's refusal
 *
 * Returns: whether it was told
 */
gboolean
wherry_sftp_pipe_get_attrs (WherrySftpPipe *self,
                            WherrySftpReply *reply,
                            WherryDoing doing,
                            const char *path,
                            WherrySftpAttrs *attrs,
                            GError **error)
{
  if (reply->type != WHERRY_SFTP_ATTRS)
    return refuse (self, reply, doing, path, error);
  wherry_sftp_get_attrs (&reply->reader, attrs);
  if (reply->reader.bad)
    return refuse (self, reply, doing, path, error);
  return TRUE;
}

/**
 * wherry_sftp_pipe_get_handle:
 * @self: a pipe
 * @reply: an answer
 * @doing: what was asked for
 * @path: of what
 * @error: the server's refusal
 *
 * Returns: (transfer full) (nullable): the handle
 */
GBytes *
wherry_sftp_pipe_get_handle (WherrySftpPipe *self,
                             WherrySftpReply *reply,
                             WherryDoing doing,
                             const char *path,
                             GError **error)
{
  const char *handle;
  gsize length;

  if (reply->type == WHERRY_SFTP_HANDLE)
    {
      handle = wherry_sftp_get_bytes (&reply->reader, &length);
      /* Section 6.2 allows 256 bytes. */
      if (!reply->reader.bad && length <= 256)
        return g_bytes_new (handle, length);
    }
  refuse (self, reply, doing, path, error);
  return NULL;
}
