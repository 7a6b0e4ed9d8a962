#include "transfer/wherry-job.h"

#include <string.h>

#include "transfer/wherry-fault.h"
#include "transfer/wherry-verifier.h"

/* All failures are counted; this many are kept to be shown. */
#define FAILURES_KEPT 10000

/* While a transfer may not send, how often it looks whether it may after all, in microseconds. */
#define LOOK_INTERVAL (G_USEC_PER_SEC / 5)

/**
 * wherry_job_failure_free:
 * @data: (transfer full): a #WherryFailure
 */
void
wherry_job_failure_free (gpointer data)
{
  WherryFailure *failure = data;
  g_free (failure->key);
  g_free (failure->path);
  g_clear_error (&failure->error);
  g_free (failure);
}

/**
 * wherry_job_failure_new:
 * @key: the entry's key
 * @path: its path, as bytes
 * @error: why it is not there
 *
 * Returns: (transfer full): a failure
 */
WherryFailure *
wherry_job_failure_new (const char *key, const char *path, const GError *error)
{
  WherryFailure *failure = g_new0 (WherryFailure, 1);

  failure->key = g_strdup (key);
  failure->path = g_strdup (path);
  failure->error = g_error_copy (error);
  return failure;
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
  self->ledger = wherry_ledger_new ();
  self->partials = wherry_partials_new ();
  self->decided = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, wherry_job_decision_free);
  self->throttle = wherry_throttle_new (0);
  self->throttles = g_ptr_array_new_with_free_func ((GDestroyNotify) wherry_throttle_unref);
  g_ptr_array_add (self->throttles, wherry_throttle_ref (self->throttle));
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
  wherry_ledger_unref (self->ledger);
  wherry_partials_unref (self->partials);
  g_hash_table_unref (self->decided);
  g_free (self->notice);
  wherry_throttle_unref (self->throttle);
  g_ptr_array_unref (self->throttles);
  g_ptr_array_unref (self->failures);
  g_clear_error (&self->full);
  g_clear_pointer (&self->filter, wherry_filter_unref);
  g_clear_object (&self->asker);
  g_clear_pointer (&self->view, wherry_target_view_free);
  g_clear_pointer (&self->files, wherry_file_log_unref);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/**
 * wherry_job_dup_files:
 * @self: a job
 *
 * Returns: (transfer full) (nullable): what becomes of each file of a tree; %NULL
 *   as long as nothing is known of it
 */
WherryFileLog *
wherry_job_dup_files (WherryJob *self)
{
  g_mutex_lock (&self->lock);
  WherryFileLog *files = self->files != NULL ? wherry_file_log_ref (self->files) : NULL;
  g_mutex_unlock (&self->lock);
  return files;
}

static WherryFileLog *
need_files (WherryJob *self)
{
  g_mutex_lock (&self->lock);
  if (self->files == NULL)
    self->files = wherry_file_log_new ();
  WherryFileLog *files = self->files;
  g_mutex_unlock (&self->lock);
  return files;
}

/**
 * wherry_job_note:
 * @self: a job
 * @key: a file's key. Of "", a single file, the job itself says all there is
 * @size: its size in bytes, or %WHERRY_FILE_SIZE_UNKNOWN
 * @state: what becomes of it
 *
 * Notes it for whoever looks at the single files.
 */
void
wherry_job_note (WherryJob *self, const char *key, guint64 size, WherryFileState state)
{
  if (*key != '\0')
    wherry_file_log_set (need_files (self), key, size, state);
}

/**
 * wherry_job_note_failure:
 * @self: a job
 * @key: a file's key
 * @failure: its place among the failures, or %WHERRY_FILE_NO_FAILURE
 *
 * Like wherry_job_note(), for one that is not there.
 */
void
wherry_job_note_failure (WherryJob *self, const char *key, guint failure)
{
  if (*key != '\0')
    wherry_file_log_fail (need_files (self), key, failure);
}

static void
reset_files (WherryJob *self, guint states)
{
  g_autoptr (WherryFileLog) files = wherry_job_dup_files (self);

  if (files != NULL)
    wherry_file_log_reset (files, states);
}

/**
 * wherry_job_begin_run:
 * @self: a job that does not run
 * @only_failed: whether to do only what failed in the run before
 *
 * Makes it ready to run, again or for the first time.
 */
void
wherry_job_begin_run (WherryJob *self, gboolean only_failed)
{
  wherry_ledger_begin_run (self->ledger, only_failed);
  g_atomic_int_set (&self->held, FALSE);
  g_atomic_int_set (&self->discards, FALSE);
  g_hash_table_remove_all (self->decided);

  g_mutex_lock (&self->lock);
  g_set_object (&self->cancellable, NULL);
  self->cancellable = g_cancellable_new ();
  self->cut = self->ran && self->files_failed == 0 && self->bytes_done > self->bytes_placed;
  self->bytes_done = self->bytes_known = self->bytes_placed = 0;
  self->files_done = self->files_known = 0;
  self->files_failed = self->files_skipped = 0;
  g_ptr_array_set_size (self->failures, 0);
  g_clear_error (&self->full);
  g_clear_pointer (&self->notice, g_free);
  g_mutex_unlock (&self->lock);
  reset_files (self, (1u << WHERRY_FILE_RUNNING) | (1u << WHERRY_FILE_FAILED));
}

/**
 * wherry_job_end_run:
 * @self: a job that ran
 *
 * Makes it ready for another run.
 */
void
wherry_job_end_run (WherryJob *self)
{
  self->ran = TRUE;
  reset_files (self, 1u << WHERRY_FILE_RUNNING);
}

/**
 * wherry_job_start_over:
 * @self: a job of which nothing is in place
 *
 * Forgets how it went so far: it will be done anew, another way.
 */
void
wherry_job_start_over (WherryJob *self)
{
  g_mutex_lock (&self->lock);
  self->bytes_done = self->bytes_known = self->bytes_total = 0;
  self->files_done = self->files_known = self->files_total = 0;
  self->files_failed = self->files_skipped = 0;
  self->totals_known = FALSE;
  g_ptr_array_set_size (self->failures, 0);
  g_mutex_unlock (&self->lock);
  reset_files (self, WHERRY_FILE_ALL_STATES);
}

/**
 * wherry_job_get_key:
 * @self: a job
 * @path: the path of an entry at the source, as bytes
 *
 * Returns: (transfer none): its key in the ledger, a part of @path
 */
const char *
wherry_job_get_key (WherryJob *self, const char *path)
{
  gsize length = strlen (self->source->path);

  if (strncmp (path, self->source->path, length) == 0)
    path += length;
  while (*path == '/')
    path++;
  return path;
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
 * wherry_job_entry_done:
 * @self: a job
 * @key: the key of a file that is in place
 * @size: its size in bytes
 * @mtime: its modification time at the source in seconds; 0: not known
 *
 * Counts it, and enters it in the ledger: no later run repeats it. Where it is to
 * be verified first, that comes once it is.
 */
void
wherry_job_entry_done (WherryJob *self, const char *key, guint64 size, gint64 mtime)
{
  if (self->verifier == NULL || !wherry_verifier_take (self->verifier, key, size, mtime))
    wherry_job_entry_verified (self, key, size, mtime);
}

/**
 * wherry_job_entry_verified:
 * @self: a job
 * @key: the key of a file that is in place, and what it should be
 * @size: its size in bytes
 * @mtime: its modification time at the source in seconds; 0: not known
 *
 * Counts it, and enters it in the ledger.
 */
void
wherry_job_entry_verified (WherryJob *self, const char *key, guint64 size, gint64 mtime)
{
  wherry_ledger_add_done (self->ledger, key, size, mtime);
  wherry_job_note (self, key, size, WHERRY_FILE_DONE);
  g_mutex_lock (&self->lock);
  self->bytes_placed += size;
  g_mutex_unlock (&self->lock);
  wherry_job_file_done (self);
}

/**
 * wherry_job_fail:
 * @self: a job
 * @path: the path at the source of the entry that is not there, as bytes
 * @error: why
 *
 * Counts and keeps a failure. The rest goes on.
 */
void
wherry_job_fail (WherryJob *self, const char *path, const GError *error)
{
  wherry_job_fail_entry (self, wherry_job_get_key (self, path), path, error);
}

/**
 * wherry_job_fail_entry:
 * @self: a job
 * @key: the key of the entry that is not there
 * @path: the path to be shown, as bytes
 * @error: why
 *
 * Like wherry_job_fail(), where the path to be shown is not the source's. A full
 * disk is no failure of the entry in a job that stops then: the run ends.
 */
void
wherry_job_fail_entry (WherryJob *self, const char *key, const char *path, const GError *error)
{
  g_return_if_fail (error != NULL);

  if (self->stops_when_full && wherry_fault_is_disk_full (error))
    {
      g_mutex_lock (&self->lock);
      if (self->full == NULL)
        self->full = g_error_copy (error);
      g_mutex_unlock (&self->lock);
      g_cancellable_cancel (self->cancellable);
      return;
    }

  wherry_ledger_add_failed (self->ledger, key);
  g_mutex_lock (&self->lock);
  guint failure
      = self->failures->len < FAILURES_KEPT ? self->failures->len : WHERRY_FILE_NO_FAILURE;
  self->files_failed++;
  if (failure != WHERRY_FILE_NO_FAILURE)
    g_ptr_array_add (self->failures, wherry_job_failure_new (key, path, error));
  g_mutex_unlock (&self->lock);
  wherry_job_note_failure (self, key, failure);
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
 * wherry_job_add_known_bytes:
 * @self: a job
 * @length: bytes of the file at work that are there from before
 *
 * Counts content that does not go over in this run.
 */
void
wherry_job_add_known_bytes (WherryJob *self, guint64 length)
{
  g_mutex_lock (&self->lock);
  self->bytes_done += length;
  self->bytes_known += length;
  g_mutex_unlock (&self->lock);
}

/**
 * wherry_job_set_notice:
 * @self: a job
 * @notice: what a person should know of it, translated; any thread
 */
void
wherry_job_set_notice (WherryJob *self, const char *notice)
{
  g_mutex_lock (&self->lock);
  g_free (self->notice);
  self->notice = g_strdup (notice);
  g_mutex_unlock (&self->lock);
}

/**
 * wherry_job_dup_notice:
 * @self: a job
 *
 * Returns: (transfer full) (nullable): what a person should know of it; of the
 *   last run
 */
char *
wherry_job_dup_notice (WherryJob *self)
{
  g_mutex_lock (&self->lock);
  char *notice = g_strdup (self->notice);
  g_mutex_unlock (&self->lock);
  return notice;
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
  for (guint i = 0; i < self->throttles->len; i++)
    wanted = wherry_throttle_get_portion (self->throttles->pdata[i], wanted);
  return wanted;
}

/* When this job may send again: @now or before if at once. */
static gint64
get_due (WherryJob *self, gint64 now)
{
  gint64 due = now;

  if (g_atomic_int_get (&self->held))
    return now + LOOK_INTERVAL;
  for (guint i = 0; i < self->throttles->len; i++)
    due = MAX (due, wherry_throttle_get_due (self->throttles->pdata[i], now));
  return MIN (due, now + LOOK_INTERVAL);
}

/**
 * wherry_job_add_bytes:
 * @self: a job
 * @channel: the channel the bytes came from or go to
 * @length: content bytes that went over
 * @error: it was cancelled, or the connection broke meanwhile
 *
 * Counts content, and waits until it may go on: under a speed limit, or while
 * the transfer gives its place to another one.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_job_add_bytes (WherryJob *self, WherryChannel *channel, gsize length, GError **error)
{
  g_mutex_lock (&self->lock);
  self->bytes_done += length;
  g_mutex_unlock (&self->lock);

  gint64 now = g_get_monotonic_time ();
  for (guint i = 0; i < self->throttles->len; i++)
    wherry_throttle_take (self->throttles->pdata[i], length, now);

  for (;;)
    {
      g_autoptr (GError) local_error = NULL;
      gint64 due = get_due (self, now);

      if (due <= now)
        return TRUE;
      wherry_channel_wait (channel, 0, due, self->cancellable, &local_error);
      if (local_error != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }
      now = g_get_monotonic_time ();
    }
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
