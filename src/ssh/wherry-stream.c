#include "config.h"

#include "ssh/wherry-stream-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "ssh/wherry-session-private.h"

/* A packet of libssh's has at most 32 KiB; a block takes what comes between two looks of a
 * consumer. */
#define INPUT_BLOCK (1024 * 1024)

static WherryBlock *
block_new (gsize size)
{
  WherryBlock *self = g_new0 (WherryBlock, 1);

  self->data = g_malloc (size);
  return self;
}

static void
block_free (gpointer data)
{
  WherryBlock *self = data;

  g_free (self->data);
  g_free (self);
}

WherryStream *
wherry_stream_new (WherrySessionImpl *session,
                   WherryStreamKind kind,
                   const char *target,
                   guint16 port)
{
  WherryStream *self = g_new0 (WherryStream, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->session = wherry_session_impl_ref (session);
  self->kind = kind;
  self->target = g_strdup (target);
  self->port = port;
  self->impl.tunnel_fd = -1;
  self->exit_status = -1;
  self->input_limit = WHERRY_STREAM_INPUT_LIMIT;
  self->stderr_bytes = g_byte_array_new ();
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  return self;
}

WherryStream *
wherry_stream_ref (WherryStream *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
wherry_stream_unref (WherryStream *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_assert (self->impl.channel == NULL);
  g_assert (self->impl.tunnel_fd < 0 && self->impl.tunnel_end == NULL);
  g_queue_clear_full (&self->output, block_free);
  g_queue_clear_full (&self->spare_output, block_free);
  g_queue_clear_full (&self->input, block_free);
  g_queue_clear_full (&self->spare_input, block_free);
  g_byte_array_unref (self->stderr_bytes);
  g_clear_error (&self->error);
  g_free (self->exit_signal);
  g_free (self->target);
  wherry_session_impl_unref (self->session);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

/* Says that nobody will look at the stream any more: the session's thread closes the channel. */
void
wherry_stream_close (WherryStream *self)
{
  g_mutex_lock (&self->lock);
  self->abandoned = TRUE;
  self->output_dead = TRUE;
  if (self->error == NULL && !self->exited)
    self->error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED, _ ("The channel is closed"));
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  wherry_session_impl_wake (self->session);
}

static void
stream_cancelled (GCancellable *cancellable, gpointer user_data)
{
  WherryStream *stream = user_data;

  g_mutex_lock (&stream->lock);
  g_cond_broadcast (&stream->changed);
  g_mutex_unlock (&stream->lock);
}

/* To be called without the lock: both call or wait for stream_cancelled(), which takes it. */
gulong
wherry_stream_watch_cancellable (WherryStream *self, GCancellable *cancellable)
{
  if (cancellable == NULL)
    return 0;
  return g_cancellable_connect (cancellable, G_CALLBACK (stream_cancelled),
                                wherry_stream_ref (self), (GDestroyNotify) wherry_stream_unref);
}

/*
 * Waits until the server took the command, or refused it; %FALSE with no @error
 * when @deadline (monotonic microseconds; -1: none) has passed.
 */
gboolean
wherry_stream_await_open (WherryStream *self,
                          gint64 deadline,
                          GCancellable *cancellable,
                          GError **error)
{
  gulong handler = wherry_stream_watch_cancellable (self, cancellable);
  gboolean in_time = TRUE;
  gboolean opened;

  g_mutex_lock (&self->lock);
  while (self->state == WHERRY_STREAM_OPENING && in_time
         && !g_cancellable_is_cancelled (cancellable))
    {
      if (deadline < 0)
        g_cond_wait (&self->changed, &self->lock);
      else
        in_time = g_cond_wait_until (&self->changed, &self->lock, deadline);
    }
  opened = self->state == WHERRY_STREAM_OPEN;
  if (self->state == WHERRY_STREAM_REFUSED)
    g_propagate_error (error, g_error_copy (self->error));
  else if (!opened)
    g_cancellable_set_error_if_cancelled (cancellable, error);
  g_mutex_unlock (&self->lock);

  g_cancellable_disconnect (cancellable, handler);
  return opened;
}

/* Puts bytes the server sent where the consumer finds them; those of one that has left are dropped.
 */
void
wherry_stream_append_in_impl (WherryStream *self, const guint8 *data, gsize length)
{
  g_mutex_lock (&self->lock);
  if (self->abandoned)
    length = 0;
  self->unread += length;
  while (length > 0)
    {
      WherryBlock *block = g_queue_peek_tail (&self->input);

      /* Not behind what the consumer looks at: so two blocks take turns, and stay in the cache. */
      if (block == NULL || block->held || block->fill == INPUT_BLOCK)
        {
          block = g_queue_pop_head (&self->spare_input);
          if (block == NULL)
            block = block_new (INPUT_BLOCK);
          g_queue_push_tail (&self->input, block);
        }

      gsize part = MIN (length, INPUT_BLOCK - block->fill);

      memcpy (block->data + block->fill, data, part);
      block->fill += part;
      data += part;
      length -= part;
    }
  g_mutex_unlock (&self->lock);
  self->impl.notify = TRUE;
}

/* How many bytes may still come before the consumer takes some; asks to be woken when that is
 * little. */
gsize
wherry_stream_get_room_in_impl (WherryStream *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->abandoned)
    return self->input_limit;
  self->input_low = self->unread > self->input_limit / 2;
  return self->unread < self->input_limit ? self->input_limit - self->unread : 0;
}

/* The bytes that go out next; they stay where they are until they are sent. */
const guint8 *
wherry_stream_get_output_in_impl (WherryStream *self, gsize *length)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  WherryBlock *block = g_queue_peek_head (&self->output);

  *length = 0;
  if (block == NULL || block->taken == block->published)
    return NULL;
  *length = block->published - block->taken;
  return block->data + block->taken;
}

void
wherry_stream_sent_in_impl (WherryStream *self, gsize length)
{
  g_mutex_lock (&self->lock);

  WherryBlock *block = g_queue_peek_head (&self->output);

  g_assert (block != NULL && length <= block->published - block->taken);
  block->taken += length;
  self->unsent -= length;
  if (self->unsent <= WHERRY_STREAM_OUTPUT_LOW)
    self->output_full = FALSE;
  if (block->held && block->taken == block->published)
    g_queue_push_head (&self->spare_output, g_queue_pop_head (&self->output));
  g_mutex_unlock (&self->lock);
  self->impl.notify = TRUE;
}

/* Ends a stream that has not ended by itself. */
void
wherry_stream_fail_in_impl (WherryStream *self, const GError *error)
{
  g_mutex_lock (&self->lock);
  if (self->state == WHERRY_STREAM_OPENING)
    self->state = WHERRY_STREAM_REFUSED;
  if (self->error == NULL && !self->exited)
    self->error = g_error_copy (error);
  self->output_dead = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

/* Wakes the consumer, at most once for all that moved in one round. */
void
wherry_stream_notify_in_impl (WherryStream *self)
{
  if (!self->impl.notify)
    return;
  self->impl.notify = FALSE;

  g_mutex_lock (&self->lock);
  if (self->n_waiting > 0)
    g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}
