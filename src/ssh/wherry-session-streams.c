/*
 * What the session's thread does with one channel: opening it, moving bytes
 * between it and libssh, closing it. libssh tells of everything that arrives
 * through callbacks, so a channel that is idle costs nothing.
 */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "ssh/wherry-session-private.h"

/* A server that opens a channel within these microseconds is near: what it may send ahead there
 * keeps up with 200 MB/s. */
#define NEAR_WAY (20 * 1000)

/* Most that is encrypted in one go: the socket takes no more at once anyway. */
#define WRITE_MAX (256 * 1024)

/* Most that waits in libssh for room, which is what the window allows and some. libssh 0.10 takes
 * what a server sends beyond its window, without an end (RFC 4254, section 5.2). */
#define LEFT_OVER_MAX (WHERRY_STREAM_INPUT_LIMIT + WHERRY_STREAM_INPUT_LIMIT / 4)

/* How long a server may take to confirm that a channel is closed before its place is given away. */
#define CLOSE_TIMEOUT (5 * G_USEC_PER_SEC)

/* What sshd says instead of running anything for an account whose password is over (do_pwchange()
 * in session.c): to standard error, in no other language, and it exits with 1. */
#define PASSWORD_EXPIRED "WARNING: Your password has expired."

/* Between two attempts to open a channel whose place may not be free yet. */
#define RETRY_INTERVAL (20 * 1000)

/* libssh may take packets in any call, for any channel: the stream may have had its turn already.
 */
static void
stir (WherryStream *stream)
{
  stream->session->impl.stirred = TRUE;
}

static int
on_data (ssh_session session,
         ssh_channel channel,
         void *data,
         uint32_t length,
         int is_stderr,
         void *user_data)
{
  WherryStream *stream = user_data;

  stream->impl.window -= length;
  if (is_stderr)
    {
      g_mutex_lock (&stream->lock);
      GByteArray *bytes = stream->stderr_bytes;
      g_byte_array_append (bytes, data, MIN (length, WHERRY_STREAM_STDERR_LIMIT - bytes->len));
      g_mutex_unlock (&stream->lock);
      return (int) length;
    }

  /* Left with libssh: within a read that hands it over itself, while the server's new key is not
     checked, or when the consumer has enough. */
  if (stream->impl.reading)
    return 0;
  stir (stream);
  if (stream->impl.left_over || stream->session->impl.rekeyed
      || wherry_stream_get_room_in_impl (stream) < length)
    {
      /* All that waits is handed over each time, not only what is new. */
      stream->session->impl.overrun |= length > LEFT_OVER_MAX;
      stream->impl.left_over = TRUE;
      return 0;
    }
  wherry_stream_append_in_impl (stream, data, length);
  return (int) length;
}

static void
on_eof (ssh_session session, ssh_channel channel, void *user_data)
{
  WherryStream *stream = user_data;

  stream->impl.remote_eof = TRUE;
  stir (stream);
}

static void
on_close (ssh_session session, ssh_channel channel, void *user_data)
{
  WherryStream *stream = user_data;

  stream->impl.remote_eof = TRUE;
  stream->impl.remote_closed = TRUE;
  stir (stream);
}

static void
on_exit_status (ssh_session session, ssh_channel channel, int status, void *user_data)
{
  WherryStream *stream = user_data;

  g_mutex_lock (&stream->lock);
  stream->exit_status = status & G_MAXINT;
  g_mutex_unlock (&stream->lock);
  stream->impl.has_status = TRUE;
  stir (stream);
}

static void
on_exit_signal (ssh_session session,
                ssh_channel channel,
                const char *signal,
                int core,
                const char *message,
                const char *language,
                void *user_data)
{
  WherryStream *stream = user_data;

  g_mutex_lock (&stream->lock);
  if (stream->exit_signal == NULL)
    stream->exit_signal = g_strndup (signal, 64);
  g_mutex_unlock (&stream->lock);
  stream->impl.has_status = TRUE;
  stir (stream);
}

static void
refuse (WherrySessionImpl *self, WherryStream *stream)
{
  g_autofree char *host = wherry_text_escape (self->login->host, -1, 0);
  g_autofree char *words = wherry_text_escape (ssh_get_error (self->impl.session), -1, 256);
  g_autoptr (GError) error = NULL;

  g_set_error (&error, WHERRY_ERROR, WHERRY_ERROR_REMOTE,
               /* Translators: the first %s is a host name, the second the SSH library's words */
               _ ("“%s” refuses to run another command on this connection: %s"), host, words);
  wherry_stream_fail_in_impl (stream, error);
}

static gboolean
is_abandoned (WherryStream *stream)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&stream->lock);

  return stream->abandoned;
}

/* How many channels the server has open for us that run something: it counts no others. */
static guint
count_accepted (WherrySessionImpl *self)
{
  guint n = 0;

  for (guint i = 0; i < self->impl.streams->len; i++)
    {
      const WherryStream *stream = g_ptr_array_index (self->impl.streams, i);

      n += stream->kind != WHERRY_STREAM_TUNNEL && stream->impl.accepted
           && stream->impl.channel != NULL;
    }
  return n;
}

static void
note_accepted (WherrySessionImpl *self, WherryStream *stream)
{
  stream->impl.accepted = TRUE;
  self->impl.most_accepted = MAX (self->impl.most_accepted, count_accepted (self));

  /* A tunnel's answer takes the other host's time, too. */
  if (stream->kind != WHERRY_STREAM_TUNNEL
      && g_get_monotonic_time () - stream->impl.asked_at < NEAR_WAY)
    {
      g_mutex_lock (&stream->lock);
      stream->input_limit = WHERRY_STREAM_INPUT_LIMIT_NEAR;
      g_mutex_unlock (&stream->lock);
    }
}

/* A server that lets others run and this one not has its limit (MaxSessions of OpenSSH). Of those
 * that are asked for at once, the answer to this one may be looked at before another's. */
static void
note_crowd (WherrySessionImpl *self, WherryStream *stream)
{
  gint64 since = g_get_monotonic_time () - self->impl.last_gone;
  gboolean crowded = self->impl.last_gone > 0 && since < CLOSE_TIMEOUT;

  for (guint i = 0; i < self->impl.streams->len; i++)
    {
      const WherryStream *other = g_ptr_array_index (self->impl.streams, i);
      crowded |= other != stream && other->impl.channel != NULL;
    }
  g_mutex_lock (&stream->lock);
  stream->crowded_out = crowded;
  g_mutex_unlock (&stream->lock);
}

static void
free_channel (WherryStream *stream)
{
  ssh_remove_channel_callbacks (stream->impl.channel, &stream->impl.callbacks);
  ssh_channel_free (g_steal_pointer (&stream->impl.channel));
}

/*
 * OpenSSH counts a channel that both sides have closed until its loop comes
 * round (channel_garbage_collect() in channels.c), so our answer to its close
 * and the next request, arriving together, are one too many. A refusal while
 * fewer are open than it took before, soon after one was closed, is therefore
 * not final: the stream starts anew a moment later.
 */
static gboolean
try_again_later (WherrySessionImpl *self, WherryStream *stream)
{
  gint64 now = g_get_monotonic_time ();

  if (self->impl.last_gone == 0 || count_accepted (self) >= self->impl.most_accepted)
    return FALSE;
  if (stream->impl.retry_deadline == 0)
    stream->impl.retry_deadline = self->impl.last_gone + CLOSE_TIMEOUT;
  if (now >= stream->impl.retry_deadline)
    return FALSE;

  free_channel (stream);
  stream->impl.phase = WHERRY_STREAM_PHASE_NEW;
  stream->impl.retry_at = now + RETRY_INTERVAL;
  return TRUE;
}

static gboolean
start (WherrySessionImpl *self, WherryStream *stream)
{
  stream->impl.channel = ssh_channel_new (self->impl.session);
  if (stream->impl.channel == NULL)
    return FALSE;

  stream->impl.callbacks = (struct ssh_channel_callbacks_struct){
    .userdata = stream,
    .channel_data_function = on_data,
    .channel_eof_function = on_eof,
    .channel_close_function = on_close,
    .channel_exit_status_function = on_exit_status,
    .channel_exit_signal_function = on_exit_signal,
  };
  ssh_callbacks_init (&stream->impl.callbacks);
  return ssh_set_channel_callbacks (stream->impl.channel, &stream->impl.callbacks) == SSH_OK;
}

/*
 * Lets the server send as much as there is room for, and takes what libssh
 * kept. A read with a count larger than what libssh has buffered grows the
 * window to that count (libssh 0.10); how much is left of it is counted here,
 * so that the server is told once in a MiB or more, not with each packet. Each
 * read may open the window by 1.28 MB besides: many small ones, for a consumer
 * that is slow, would let in more than they take out.
 */
static gboolean
read_on (WherrySessionImpl *self, WherryStream *stream)
{
  gsize size;
  guint8 *scratch = wherry_session_get_scratch_in_impl (self, &size);
  gboolean moved = FALSE;

  for (;;)
    {
      gsize room = MIN (wherry_stream_get_room_in_impl (stream), size);
      gsize limit = stream->input_limit; /* which only this thread changes */
      int n;

      if (room < limit / 2)
        break;
      if (!stream->impl.left_over && stream->impl.window + (gint64) limit / 4 > (gint64) room)
        break;

      stream->impl.reading = TRUE;
      n = ssh_channel_read_timeout (stream->impl.channel, scratch, (uint32_t) room, 0, 0);
      stream->impl.reading = FALSE;
      stream->impl.window = MAX (stream->impl.window, (gint64) room);
      /* There may be more than fitted: only a read of nothing tells. */
      stream->impl.left_over = n > 0;
      if (n <= 0)
        break;
      wherry_stream_append_in_impl (stream, scratch, (gsize) n);
      moved = TRUE;
    }
  return moved;
}

static void
fail_output (WherryStream *stream)
{
  g_mutex_lock (&stream->lock);
  stream->output_dead = TRUE;
  g_mutex_unlock (&stream->lock);
  stream->impl.notify = TRUE;
}

static gboolean
write_on (WherrySessionImpl *self, WherryStream *stream)
{
  gboolean moved = FALSE;
  gboolean eof;
  gsize length;
  const guint8 *data;

  if (stream->impl.eof_sent)
    return FALSE;

  while ((data = wherry_stream_get_output_in_impl (stream, &length)) != NULL)
    {
      uint32_t window = ssh_channel_window_size (stream->impl.channel);
      int n;

      if (window == 0 || (ssh_get_status (self->impl.session) & SSH_WRITE_PENDING) != 0)
        return moved;
      length = MIN (MIN (length, window), WRITE_MAX);
      n = ssh_channel_write (stream->impl.channel, data, (uint32_t) length);
      if (n < 0)
        {
          /* The channel is closed, or the session broke: that shows elsewhere. */
          fail_output (stream);
          return TRUE;
        }
      if (n == 0)
        return moved; /* a key exchange is under way */
      wherry_stream_sent_in_impl (stream, (gsize) n);
      moved = TRUE;
      /* One block a turn, so that no channel starves another. */
      if (n >= WRITE_MAX / 2)
        return TRUE;
    }

  g_mutex_lock (&stream->lock);
  eof = stream->eof_wanted && stream->unsent == 0;
  g_mutex_unlock (&stream->lock);
  if (eof && (ssh_get_status (self->impl.session) & SSH_WRITE_PENDING) == 0)
    {
      /* SSH_AGAIN: it is on its way all the same. */
      if (ssh_channel_send_eof (stream->impl.channel) == SSH_ERROR)
        fail_output (stream);
      stream->impl.eof_sent = TRUE;
      moved = TRUE;
    }
  return moved;
}

/* Whether nothing ran, as the account's password has expired. */
static gboolean
is_shut_out (WherryStream *stream)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&stream->lock);
  const GByteArray *bytes = stream->stderr_bytes;

  return bytes->len >= strlen (PASSWORD_EXPIRED)
         && memcmp (bytes->data, PASSWORD_EXPIRED, strlen (PASSWORD_EXPIRED)) == 0
         && (!stream->impl.has_status || stream->exit_status == 1);
}

/* Nothing will run on this connection: it ends, and everybody on it learns why. */
static void
note_shut_out (WherrySessionImpl *self, WherryStream *stream)
{
  g_autofree char *words
      = g_strndup ((const char *) stream->stderr_bytes->data, stream->stderr_bytes->len);

  /* Its lines are sentences. */
  g_strdelimit (words, "\r\n", ' ');
  if (self->impl.shut_out == NULL && (stream->impl.has_status || stream->impl.remote_closed))
    self->impl.shut_out = wherry_text_escape (g_strchomp (words), -1, WHERRY_TEXT_SERVER_MAX);
}

/* Tells the consumer of the end once everything before it is in its hands. */
static void
note_end (WherrySessionImpl *self, WherryStream *stream)
{
  if (!stream->impl.remote_eof || stream->impl.left_over)
    return;
  if (is_shut_out (stream))
    {
      note_shut_out (self, stream);
      return;
    }

  g_mutex_lock (&stream->lock);
  if (!stream->input_ended)
    {
      stream->input_ended = TRUE;
      stream->impl.notify = TRUE;
    }
  if (!stream->exited && (stream->impl.remote_closed || stream->impl.has_status))
    {
      stream->exited = TRUE;
      stream->impl.notify = TRUE;
    }
  if (stream->impl.remote_closed && !stream->output_dead)
    {
      stream->output_dead = TRUE;
      stream->impl.notify = TRUE;
    }
  g_mutex_unlock (&stream->lock);
}

static gboolean
run (WherrySessionImpl *self, WherryStream *stream)
{
  gboolean moved = read_on (self, stream);

  if (!stream->impl.remote_closed)
    moved |= write_on (self, stream);
  note_end (self, stream);
  if (stream->kind == WHERRY_STREAM_TUNNEL)
    moved |= wherry_session_carry_in_impl (self, stream);

  if (is_abandoned (stream) || (stream->impl.remote_closed && !stream->impl.left_over))
    {
      stream->impl.phase = WHERRY_STREAM_PHASE_CLOSING;
      stream->impl.close_deadline = g_get_monotonic_time () + CLOSE_TIMEOUT;
      moved = TRUE;
    }
  return moved;
}

/* Asks for the channel, then for what is to run there; libssh wants the same call until it is
 * answered. */
static int
ask_to_open (WherryStream *stream)
{
  ssh_channel channel = stream->impl.channel;

  if (stream->kind == WHERRY_STREAM_TUNNEL)
    return ssh_channel_open_forward (channel, stream->target, stream->port, "127.0.0.1", 0);
  if (stream->impl.phase == WHERRY_STREAM_PHASE_OPENING)
    return ssh_channel_open_session (channel);
  if (stream->kind == WHERRY_STREAM_SUBSYSTEM)
    return ssh_channel_request_subsystem (channel, stream->target);
  return ssh_channel_request_exec (channel, stream->target);
}

static gboolean
open_channel (WherrySessionImpl *self, WherryStream *stream)
{
  int rc;

  if (stream->impl.phase == WHERRY_STREAM_PHASE_NEW)
    {
      if (is_abandoned (stream))
        {
          stream->impl.phase = WHERRY_STREAM_PHASE_GONE;
          return TRUE;
        }
      if (g_get_monotonic_time () < stream->impl.retry_at)
        return FALSE;
      if (!start (self, stream))
        {
          refuse (self, stream);
          stream->impl.phase = WHERRY_STREAM_PHASE_GONE;
          return TRUE;
        }
      stream->impl.phase = WHERRY_STREAM_PHASE_OPENING;
      stream->impl.asked_at = g_get_monotonic_time ();
    }

  rc = ask_to_open (stream);
  if (rc == SSH_AGAIN)
    return FALSE;

  if (rc != SSH_OK)
    {
      /* When the session broke, that is what the consumer is to be told. */
      if (!wherry_session_is_alive_in_impl (self))
        return FALSE;
      if (stream->kind == WHERRY_STREAM_TUNNEL)
        wherry_session_refuse_tunnel_in_impl (self, stream);
      else
        {
          if (stream->impl.phase == WHERRY_STREAM_PHASE_OPENING)
            {
              if (try_again_later (self, stream))
                return TRUE;
              note_crowd (self, stream);
            }
          refuse (self, stream);
        }
      stream->impl.phase = stream->impl.phase == WHERRY_STREAM_PHASE_OPENING
                               ? WHERRY_STREAM_PHASE_AWAITING_CLOSE
                               : WHERRY_STREAM_PHASE_CLOSING;
      /* A channel that never was open has nothing to wait for. */
      stream->impl.remote_closed |= stream->impl.phase == WHERRY_STREAM_PHASE_AWAITING_CLOSE;
      stream->impl.close_deadline = g_get_monotonic_time () + CLOSE_TIMEOUT;
      return TRUE;
    }

  if (stream->impl.phase == WHERRY_STREAM_PHASE_OPENING)
    note_accepted (self, stream);
  if (stream->impl.phase == WHERRY_STREAM_PHASE_OPENING && stream->kind != WHERRY_STREAM_TUNNEL)
    stream->impl.phase = WHERRY_STREAM_PHASE_REQUESTING;
  else
    {
      stream->impl.phase = WHERRY_STREAM_PHASE_RUNNING;
      g_mutex_lock (&stream->lock);
      stream->state = WHERRY_STREAM_OPEN;
      g_cond_broadcast (&stream->changed);
      g_mutex_unlock (&stream->lock);
    }
  return TRUE;
}

static gboolean
close_channel (WherrySessionImpl *self, WherryStream *stream)
{
  if (stream->impl.phase == WHERRY_STREAM_PHASE_CLOSING)
    {
      /*
       * With output still under way ssh_channel_close() only sends the end of
       * file, and wants to be called again.
       */
      if (ssh_channel_close (stream->impl.channel) == SSH_AGAIN)
        return FALSE;
      stream->impl.phase = WHERRY_STREAM_PHASE_AWAITING_CLOSE;
    }

  /* The server counts the channel until it has closed it too. */
  if (stream->impl.remote_closed || g_get_monotonic_time () >= stream->impl.close_deadline)
    {
      free_channel (stream);
      stream->impl.phase = WHERRY_STREAM_PHASE_GONE;
      if (stream->impl.accepted && stream->kind != WHERRY_STREAM_TUNNEL)
        self->impl.last_gone = g_get_monotonic_time ();
      return TRUE;
    }
  return FALSE;
}

gboolean
wherry_session_step_stream_in_impl (WherrySessionImpl *self, WherryStream *stream)
{
  gboolean moved = FALSE;

  wherry_assert_in_impl (self);

  switch (stream->impl.phase)
    {
    case WHERRY_STREAM_PHASE_NEW:
    case WHERRY_STREAM_PHASE_OPENING:
    case WHERRY_STREAM_PHASE_REQUESTING:
      moved = open_channel (self, stream);
      break;

    case WHERRY_STREAM_PHASE_RUNNING:
      moved = run (self, stream);
      break;

    case WHERRY_STREAM_PHASE_CLOSING:
    case WHERRY_STREAM_PHASE_AWAITING_CLOSE:
      moved = close_channel (self, stream);
      break;

    case WHERRY_STREAM_PHASE_GONE:
      break;
    }
  if (stream->impl.phase == WHERRY_STREAM_PHASE_GONE && stream->kind == WHERRY_STREAM_TUNNEL)
    wherry_session_end_tunnel_in_impl (stream);
  wherry_stream_notify_in_impl (stream);
  return moved;
}
