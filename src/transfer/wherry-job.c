#include "transfer/wherry-job.h"

#include <string.h>

/* All failures are counted; this many are kept to be shown. */
#define FAILURES_KEPT 10000

/* With a speed limit, how often a second the flow is measured out: enough not to come in gulps. */
#define PORTIONS_A_SECOND 10

/**
 * wherry_job_failure_free:
 * @data: (transfer full): a #WherryFailure
 */
void
wherry_job_failure_free (gpointer data)
{
  WherryFailure *failure = data;
  g_free (failure->path);
  g_clear_error (&failure->error);
  g_free (failure);
}

/**
 * wherry_job_new:
 * @source: where from; copied
 * @target: where to; copied
 * @flags: how
 *
 * Returns: (transfer full): a job
 */
WherryJob *
wherry_job_new (const WherryEndpoint *source,
                const WherryEndpoint *target,
                WherryTransferFlags flags)
{
  WherryJob *self = g_new0 (WherryJob, 1);
  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  self->source = wherry_endpoint_copy (source);
  self->target = wherry_endpoint_copy (target);
  self->flags = flags;
  self->count_ahead = TRUE;
  self->cancellable = g_cancellable_new ();
  self->failures = g_ptr_array_new_with_free_func (wherry_job_failure_free);
  return self;
}

/**
 * wherry_job_ref:
 * @self: a job
 *
 * Returns: (transfer full): @self
 */
WherryJob *
wherry_job_ref (WherryJob *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * wherry_job_unref:
 * @self: (transfer full): a job
 */
void
wherry_job_unref (WherryJob *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  wherry_endpoint_free (self->source);
  wherry_endpoint_free (self->target);
  g_object_unref (self->cancellable);
  g_ptr_array_unref (self->failures);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/**
 * wherry_job_begin_entry:
 * @self: a job
 * @path: the path now at work, as bytes
 */
void
wherry_job_begin_entry (WherryJob *self, const char *path)
{
  gsize length = strlen (path);

  if (length >= sizeof self->current)
    path += length - (sizeof self->current - 1);

  g_mutex_lock (&self->lock);
  g_strlcpy (self->current, path, sizeof self->current);
  g_mutex_unlock (&self->lock);
}

/**
 * wherry_job_file_done:
 * @self: a job
 *
 * Counts a file that is in place.
 */
void
wherry_job_file_done (WherryJob *self)
{
  g_mutex_lock (&self->lock);
  self->files_done++;
  g_mutex_unlock (&self->lock);
}

/**
 * wherry_job_fail:
 * @self: a job
 * @path: the entry that is not there, as bytes
 * @error: why
 *
 * Counts and keeps a failure. The rest goes on.
 */
void
wherry_job_fail (WherryJob *self, const char *path, const GError *error)
{
  g_return_if_fail (error != NULL);

  g_mutex_lock (&self->lock);
  self->files_failed++;
  if (self->failures->len < FAILURES_KEPT)
    {
      WherryFailure *failure = g_new0 (WherryFailure, 1);
      failure->path = g_strdup (path);
      failure->error = g_error_copy (error);
      g_ptr_array_add (self->failures, failure);
    }
  g_mutex_unlock (&self->lock);
}

/**
 * wherry_job_fail_literal:
 * @self: a job
 * @path: the entry that is not there, as bytes
 * @domain: error domain
 * @code: error code
 * @message: why, translated
 *
 * Like wherry_job_fail().
 */
void
wherry_job_fail_literal (WherryJob *self,
                         const char *path,
                         GQuark domain,
                         int code,
                         const char *message)
{
  g_autoptr (GError) error = g_error_new_literal (domain, code, message);
  wherry_job_fail (self, path, error);
}

/**
 * wherry_job_set_totals:
 * @self: a job
 * @files: files in all, as far as known
 * @bytes: their bytes
 * @final: whether that is all
 */
void
wherry_job_set_totals (WherryJob *self, guint64 files, guint64 bytes, gboolean final)
{
  g_mutex_lock (&self->lock);
  self->files_total = files;
  self->bytes_total = bytes;
  self->totals_known = final;
  g_mutex_unlock (&self->lock);
}

/**
 * wherry_job_get_n_failed:
 * @self: a job
 *
 * Returns: how many entries are not there
 */
guint64
wherry_job_get_n_failed (WherryJob *self)
{
  g_mutex_lock (&self->lock);
  guint64 n = self->files_failed;
  g_mutex_unlock (&self->lock);
  return n;
}

/**
 * wherry_job_get_portion:
 * @self: a job
 * @wanted: bytes that could be handled at once
 *
 * Returns: how many of them to handle at once, so that a speed limit is kept
 *   evenly; at least 1 if @wanted is
 */
gsize
wherry_job_get_portion (WherryJob *self, gsize wanted)
{
  if (self->speed_limit == 0)
    return wanted;
  return (gsize) MIN ((guint64) wanted, MAX (self->speed_limit / PORTIONS_A_SECOND, 1));
}

/**
 * wherry_job_add_bytes:
 * @self: a job
 * @channel: the channel the bytes came from or go to
 * @length: content bytes that went over
 * @error: it was cancelled, or the connection broke meanwhile
 *
 * Counts content, and under a speed limit waits until it may go on.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_job_add_bytes (WherryJob *self, WherryChannel *channel, gsize length, GError **error)
{
  g_mutex_lock (&self->lock);
  self->bytes_done += length;
  g_mutex_unlock (&self->lock);

  if (self->speed_limit == 0)
    return TRUE;

  gint64 now = g_get_monotonic_time ();
  gint64 due
      = self->paced_since + (gint64) (self->paced_bytes * G_USEC_PER_SEC / self->speed_limit);

  /* What was not used while nothing could go is not made up for later. */
  if (self->paced_since == 0 || now - due > G_USEC_PER_SEC)
    {
      self->paced_since = now;
      self->paced_bytes = 0;
    }

  self->paced_bytes += length;
  due = self->paced_since + (gint64) (self->paced_bytes * G_USEC_PER_SEC / self->speed_limit);

  g_autoptr (GError) local_error = NULL;
  if (due > now)
    wherry_channel_wait (channel, 0, due, self->cancellable, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }

  /* Counted anew now and then, so that the product above can't overflow. */
  if (self->paced_bytes > self->speed_limit * 60)
    {
      self->paced_since = due;
      self->paced_bytes = 0;
    }
  return TRUE;
}

/**
 * wherry_job_check:
 * @self: a job
 * @error: set if it was cancelled
 *
 * Returns: %FALSE if it was cancelled
 */
gboolean
wherry_job_check (WherryJob *self, GError **error)
{
  return !g_cancellable_set_error_if_cancelled (self->cancellable, error);
}
