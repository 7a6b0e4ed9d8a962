#include "config.h"

#include "ssh/wherry-channel.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "ssh/wherry-session-private.h"

#define OUTPUT_BLOCK (256 * 1024)

/* A block with less room than this is sent as it is, so that nobody reads a file in crumbs. */
#define OUTPUT_REST (16 * 1024)

struct _WherryChannel {
  GObject parent_instance;

  GObject *session; /* (nullable), owned: keeps the connection up */
  WherryStream *stream;

  /* Only the consumer. */
  WherryBlock *writing; /* the last block of the stream's output, if it is not full */
};

G_DEFINE_FINAL_TYPE (WherryChannel, wherry_channel, G_TYPE_OBJECT)

static void
wherry_channel_dispose (GObject *object)
{
  WherryChannel *self = WHERRY_CHANNEL (object);

  if (self->stream != NULL)
    wherry_stream_close (self->stream);
  g_clear_pointer (&self->stream, wherry_stream_unref);
  g_clear_object (&self->session);

  G_OBJECT_CLASS (wherry_channel_parent_class)->dispose (object);
}

static void
wherry_channel_class_init (WherryChannelClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wherry_channel_dispose;
}

static void
wherry_channel_init (WherryChannel *self)
{
}

WherryChannel *
wherry_channel_new (GObject *session, WherryStream *stream)
{
  WherryChannel *self = g_object_new (WHERRY_TYPE_CHANNEL, NULL);

  self->session = session != NULL ? g_object_ref (session) : NULL;
  self->stream = stream;
  return self;
}

static WherryChannelCondition
get_conditions (WherryStream *stream)
{
  WherryChannelCondition conditions = 0;

  if (stream->unread > 0 || stream->input_ended)
    conditions |= WHERRY_CHANNEL_READABLE;
  if (!stream->output_full || stream->output_dead)
    conditions |= WHERRY_CHANNEL_WRITABLE;
  if (stream->exited)
    conditions |= WHERRY_CHANNEL_EXITED;
  return conditions;
}

/* Whether a wait is over; with the lock held. */
static gboolean
is_wait_over (WherryStream *stream,
              WherryChannelCondition wanted,
              GCancellable *cancellable,
              WherryChannelCondition *ready,
              GError **error)
{
  *ready = 0;
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return TRUE;

  *ready = get_conditions (stream) & wanted;
  if (stream->error != NULL)
    {
      /* What came before the end may still be read, but nothing is worth writing. */
      *ready &= stream->unread > 0 ? WHERRY_CHANNEL_READABLE : 0;
      if (*ready == 0)
        g_propagate_error (error, g_error_copy (stream->error));
      return TRUE;
    }
  return *ready != 0;
}

/**
 * wherry_channel_await_open:
 * @self: a channel from wherry_session_start()
 * @cancellable: (nullable): to give up
 * @error: return location for the end of the session, %WHERRY_ERROR_REMOTE if
 *   the server refuses, or %G_IO_ERROR_CANCELLED
 *
 * Waits until the server accepted the command. On error the channel is closed.
 *
 * Returns: whether it did
 */
gboolean
wherry_channel_await_open (WherryChannel *self, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (WHERRY_IS_CHANNEL (self), FALSE);

  if (wherry_stream_await_open (self->stream, -1, cancellable, error))
    return TRUE;
  wherry_channel_close (self);
  return FALSE;
}

/* Whether it was refused, but may be let in on another connection. */
gboolean
wherry_channel_is_crowded_out (WherryChannel *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->stream->lock);

  return self->stream->crowded_out;
}

/**
 * wherry_channel_wait:
 * @self: a channel
 * @wanted: what to wait for
 * @deadline: when to stop waiting, in microseconds of g_get_monotonic_time();
 *   -1: never; a time gone by: don't wait at all
 * @cancellable: (nullable): to stop waiting
 * @error: return location for the end of the session, or %G_IO_ERROR_CANCELLED
 *
 * Waits until at least one of the conditions holds. Bytes that were committed
 * are flushed first.
 *
 * When the session breaks, input that came before can still be read; then, and
 * unless the command had exited with all its input here, this returns the
 * session's error.
 *
 * Returns: those of the wanted conditions that hold; 0 with no @error if
 *   @deadline passed, 0 with @error set if the wait failed
 */
WherryChannelCondition
wherry_channel_wait (WherryChannel *self,
                     WherryChannelCondition wanted,
                     gint64 deadline,
                     GCancellable *cancellable,
                     GError **error)
{
  g_return_val_if_fail (WHERRY_IS_CHANNEL (self), 0);

  WherryStream *stream = self->stream;
  WherryChannelCondition ready;
  gboolean over;
  gulong handler;

  wherry_channel_flush (self);

  g_mutex_lock (&stream->lock);
  over = is_wait_over (stream, wanted, cancellable, &ready, error);
  g_mutex_unlock (&stream->lock);
  if (over || (deadline >= 0 && deadline <= g_get_monotonic_time ()))
    return ready;

  handler = wherry_stream_watch_cancellable (stream, cancellable);
  g_mutex_lock (&stream->lock);
  stream->n_waiting++;
  while (!is_wait_over (stream, wanted, cancellable, &ready, error))
    {
      if (deadline < 0)
        g_cond_wait (&stream->changed, &stream->lock);
      else if (!g_cond_wait_until (&stream->changed, &stream->lock, deadline))
        {
          is_wait_over (stream, wanted, cancellable, &ready, error);
          break;
        }
    }
  stream->n_waiting--;
  g_mutex_unlock (&stream->lock);
  g_cancellable_disconnect (cancellable, handler);
  return ready;
}

/* Lets the session send what the consumer committed. */
static void
publish (WherryChannel *self, gboolean moving_on)
{
  WherryStream *stream = self->stream;
  WherryBlock *block = self->writing;
  gboolean new_bytes;

  if (block == NULL)
    return;

  g_mutex_lock (&stream->lock);
  new_bytes = block->fill > block->published;
  stream->unsent += block->fill - block->published;
  block->published = block->fill;
  if (stream->unsent >= WHERRY_STREAM_OUTPUT_LIMIT)
    stream->output_full = TRUE;
  if (moving_on)
    {
      block->held = TRUE;
      self->writing = NULL;
      if (block->taken == block->published)
        {
          g_queue_remove (&stream->output, block);
          g_queue_push_head (&stream->spare_output, block);
        }
    }
  g_mutex_unlock (&stream->lock);

  if (new_bytes)
    wherry_session_impl_wake (stream->session);
}

/**
 * wherry_channel_reserve:
 * @self: a channel
 * @size: (out): how many bytes may be written there, at least 1; 0 with %NULL
 *
 * Gives room for output. It stays valid until wherry_channel_commit(); to
 * reserve again gives the same room. The room may be smaller than wished:
 * commit what fits, and reserve again.
 *
 * Returns: (nullable): where to put bytes; %NULL while 4 MiB have not gone out,
 *   or if the channel takes no more
 */
guint8 *
wherry_channel_reserve (WherryChannel *self, gsize *size)
{
  g_return_val_if_fail (WHERRY_IS_CHANNEL (self), NULL);
  g_return_val_if_fail (size != NULL, NULL);

  WherryStream *stream = self->stream;
  gboolean closed;

  *size = 0;
  if (self->writing != NULL && OUTPUT_BLOCK - self->writing->fill < OUTPUT_REST)
    publish (self, TRUE);

  g_mutex_lock (&stream->lock);
  closed = stream->output_full || stream->output_dead || stream->eof_wanted;
  if (!closed && self->writing == NULL)
    {
      WherryBlock *block = g_queue_pop_head (&stream->spare_output);

      if (block == NULL)
        {
          block = g_new0 (WherryBlock, 1);
          block->data = g_malloc (OUTPUT_BLOCK);
        }
      block->fill = block->published = block->taken = 0;
      block->held = FALSE;
      g_queue_push_tail (&stream->output, block);
      self->writing = block;
    }
  else if (!closed && self->writing->taken == self->writing->fill)
    {
      /* All of it is gone: start over where the cache is warm. */
      self->writing->fill = self->writing->published = self->writing->taken = 0;
    }
  g_mutex_unlock (&stream->lock);

  if (closed)
    return NULL;
  *size = OUTPUT_BLOCK - self->writing->fill;
  return self->writing->data + self->writing->fill;
}

/**
 * wherry_channel_commit:
 * @self: a channel
 * @length: bytes that were written where wherry_channel_reserve() said
 *
 * Makes these bytes part of the output. They go out with the next
 * wherry_channel_flush() or wherry_channel_wait(), or when a block is full.
 */
void
wherry_channel_commit (WherryChannel *self, gsize length)
{
  g_return_if_fail (WHERRY_IS_CHANNEL (self));

  if (length == 0)
    return;
  g_return_if_fail (self->writing != NULL && length <= OUTPUT_BLOCK - self->writing->fill);

  self->writing->fill += length;
  if (self->writing->fill == OUTPUT_BLOCK)
    publish (self, TRUE);
}

/**
 * wherry_channel_flush:
 * @self: a channel
 *
 * Lets all committed bytes go out. Cheap; does not wait.
 */
void
wherry_channel_flush (WherryChannel *self)
{
  g_return_if_fail (WHERRY_IS_CHANNEL (self));

  if (self->writing != NULL && self->writing->fill > self->writing->published)
    publish (self, FALSE);
}

/**
 * wherry_channel_send_eof:
 * @self: a channel
 *
 * Ends the output, once all committed bytes have gone out. The command sees the
 * end of its standard input.
 */
void
wherry_channel_send_eof (WherryChannel *self)
{
  g_return_if_fail (WHERRY_IS_CHANNEL (self));

  publish (self, TRUE);
  g_mutex_lock (&self->stream->lock);
  self->stream->eof_wanted = TRUE;
  g_mutex_unlock (&self->stream->lock);
  wherry_session_impl_wake (self->stream->session);
}

/**
 * wherry_channel_peek:
 * @self: a channel
 * @length: (out): how many bytes are there
 *
 * Looks at the input without taking it. More may be waiting behind these bytes.
 * They stay where they are until they are consumed.
 *
 * Returns: (nullable): the next bytes; %NULL with a length of 0 if none wait
 */
const guint8 *
wherry_channel_peek (WherryChannel *self, gsize *length)
{
  g_return_val_if_fail (WHERRY_IS_CHANNEL (self), NULL);
  g_return_val_if_fail (length != NULL, NULL);

  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->stream->lock);
  WherryBlock *block = g_queue_peek_head (&self->stream->input);

  *length = 0;
  if (block == NULL)
    return NULL;
  block->held = TRUE;
  *length = block->fill - block->taken;
  return block->data + block->taken;
}

/**
 * wherry_channel_consume:
 * @self: a channel
 * @length: bytes, at most as many as wherry_channel_peek() told
 *
 * Takes bytes off the input.
 */
void
wherry_channel_consume (WherryChannel *self, gsize length)
{
  g_return_if_fail (WHERRY_IS_CHANNEL (self));

  WherryStream *stream = self->stream;
  gboolean wake = FALSE;

  if (length == 0)
    return;

  g_mutex_lock (&stream->lock);

  WherryBlock *block = g_queue_peek_head (&stream->input);

  if (block == NULL || length > block->fill - block->taken)
    {
      g_mutex_unlock (&stream->lock);
      g_return_if_reached ();
    }
  block->taken += length;
  stream->unread -= length;
  if (block->taken == block->fill)
    {
      g_queue_pop_head (&stream->input);
      block->fill = block->taken = 0;
      block->held = FALSE;
      if (g_queue_get_length (&stream->spare_input) < WHERRY_STREAM_INPUT_SPARE)
        g_queue_push_head (&stream->spare_input, block);
      else
        {
          g_free (block->data);
          g_free (block);
        }
    }
  if (stream->input_low && stream->unread <= stream->input_limit / 2)
    {
      stream->input_low = FALSE;
      wake = TRUE;
    }
  g_mutex_unlock (&stream->lock);

  if (wake)
    wherry_session_impl_wake (stream->session);
}

/**
 * wherry_channel_is_input_ended:
 * @self: a channel
 *
 * Returns: %TRUE once the command has ended its output and all of it was
 *   consumed
 */
gboolean
wherry_channel_is_input_ended (WherryChannel *self)
{
  g_return_val_if_fail (WHERRY_IS_CHANNEL (self), TRUE);

  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->stream->lock);

  return self->stream->input_ended && self->stream->unread == 0;
}

/**
 * wherry_channel_get_exit_status:
 * @self: a channel for which %WHERRY_CHANNEL_EXITED holds
 *
 * Returns: the command's exit status; -1 if it has none, because it was ended
 *   by a signal or the server told none
 */
int
wherry_channel_get_exit_status (WherryChannel *self)
{
  g_return_val_if_fail (WHERRY_IS_CHANNEL (self), -1);

  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->stream->lock);

  return self->stream->exit_status;
}

/**
 * wherry_channel_dup_error_text:
 * @self: a channel
 *
 * Gives the server's words: what the command wrote to its standard error so
 * far (the first 64 KiB are kept, of which %WHERRY_TEXT_SERVER_MAX are shown),
 * or how a signal ended it.
 *
 * Returns: (transfer full): the words, escaped (rule R6); "" if there are none
 */
char *
wherry_channel_dup_error_text (WherryChannel *self)
{
  g_return_val_if_fail (WHERRY_IS_CHANNEL (self), NULL);

  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->stream->lock);
  GByteArray *bytes = self->stream->stderr_bytes;

  if (bytes->len == 0 && self->stream->exit_signal != NULL)
    {
      g_autofree char *name = wherry_text_escape (self->stream->exit_signal, -1, 32);

      /* Translators: %s is the name of a signal, such as KILL */
      return g_strdup_printf (_ ("ended by signal %s"), name);
    }
  return wherry_text_escape ((const char *) bytes->data, bytes->len, WHERRY_TEXT_SERVER_MAX);
}

/**
 * wherry_channel_close:
 * @self: a channel
 *
 * Closes the channel whatever its state: what has not gone out is dropped, what
 * still comes is not kept. Does not wait. Happens by itself with the last
 * reference.
 */
void
wherry_channel_close (WherryChannel *self)
{
  g_return_if_fail (WHERRY_IS_CHANNEL (self));
  wherry_stream_close (self->stream);
}
