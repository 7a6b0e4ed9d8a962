/*
 * A transfer at work: the thread that copies, what it tells the main context,
 * and what a person does to it meanwhile.
 */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-error.h"
#include "transfer/wherry-fault.h"
#include "transfer/wherry-resume.h"
#include "transfer/wherry-route.h"
#include "transfer/wherry-space.h"
#include "transfer/wherry-transfer-private.h"

/* Between two looks at how far a running transfer is, in milliseconds. */
#define TICK_MS 100

/* How long nothing has to move until that is shown, in milliseconds. */
#define STALLED_AFTER_MS 30000

/* How long a stopped transfer may take to end in order until it is shown as stopped all the same,
 * in milliseconds. */
#define STOP_LIMIT_MS 700

/* How long a server may take to remove what is half there, in milliseconds. */
#define DISCARD_LIMIT_MS 5000

static guint time_factor = 1;

void
wherry_transfer_set_time_factor (guint factor)
{
  g_return_if_fail (factor > 0);
  time_factor = factor;
}

static void launch (WherryTransfer *self);

/* Its login may well be another one's, or that of a folder that is shown. */
static gboolean
is_asked_to_log_in (WherryTransfer *self)
{
  const WherryEndpoint *ends[] = { self->job->source, self->job->target };

  for (gsize i = 0; i < G_N_ELEMENTS (ends); i++)
    if (wherry_endpoint_is_remote (ends[i])
        && wherry_session_pool_is_asking (self->pool, ends[i]->login))
      return TRUE;
  return FALSE;
}

/* Shows what the worker can't tell: that nothing moves, or that it waits for an answer. */
static void
update_state (WherryTransfer *self, gint64 now)
{
  WherryJob *job = self->job;

  g_mutex_lock (&job->lock);
  guint64 moved = job->bytes_done + job->files_done + job->files_failed + job->files_skipped
                  + job->files_total;
  g_mutex_unlock (&job->lock);

  gboolean asking = g_atomic_int_get (&job->n_asking) > 0;
  if (moved != self->moved || asking || g_atomic_int_get (&job->held))
    {
      self->moved = moved;
      self->moved_at = now;
    }
  if (!self->connected)
    {
      asking = asking || is_asked_to_log_in (self);
      wherry_transfer_set_state (self, asking ? WHERRY_TRANSFER_NEEDS_PERSON
                                              : WHERRY_TRANSFER_CONNECTING);
      return;
    }

  gint64 limit = (gint64) STALLED_AFTER_MS * 1000 / time_factor;
  if (asking)
    wherry_transfer_set_state (self, WHERRY_TRANSFER_NEEDS_PERSON);
  else if (now - self->moved_at >= limit)
    wherry_transfer_set_state (self, WHERRY_TRANSFER_STALLED);
  else
    wherry_transfer_set_state (self, WHERRY_TRANSFER_RUNNING);
}

static gboolean
on_tick (gpointer user_data)
{
  g_autoptr (WherryTransfer) self = g_object_ref (user_data);
  WherryJob *job = self->job;
  gint64 now = g_get_monotonic_time ();

  g_mutex_lock (&job->lock);
  guint64 bytes = job->bytes_done - job->bytes_known;
  guint64 files = job->files_done - job->files_known + job->files_failed;
  g_mutex_unlock (&job->lock);

  wherry_estimator_sample (&self->estimator, now, bytes, files);
  update_state (self, now);
  wherry_transfer_update_notice (self);
  wherry_transfer_notify_tick (self);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_retry (gpointer user_data)
{
  WherryTransfer *self = user_data;

  self->retry_source = 0;
  wherry_transfer_set_state (self, WHERRY_TRANSFER_WAITING);
  return G_SOURCE_REMOVE;
}

static void
retry_later (WherryTransfer *self)
{
  /* What got something done was no vain attempt. */
  g_mutex_lock (&self->job->lock);
  gboolean progress = self->job->bytes_done > self->job->bytes_known
                      || self->job->files_done > self->job->files_known;
  g_mutex_unlock (&self->job->lock);

  self->attempt = progress ? 1 : self->attempt + 1;
  guint delay = MAX (wherry_fault_get_delay (self->attempt) / time_factor, 1);
  self->retry_at = g_get_monotonic_time () + (gint64) delay * 1000;
  self->retry_source = g_timeout_add (delay, on_retry, self);
  wherry_transfer_set_state (self, WHERRY_TRANSFER_RETRYING);
}

/* What the worker tells the main context; it holds the reference that keeps the transfer alive. */
typedef struct {
  WherryTransfer *transfer;
  gboolean ended;
  gboolean done;
  GError *error;
} Report;

static void
take_outcome (WherryTransfer *self, Report *report)
{
  WherryTransferState stop_state = self->stop_state;
  const GError *full = self->job->full;

  self->stop_state = WHERRY_TRANSFER_WAITING;
  g_clear_handle_id (&self->stop_source, g_source_remove);
  g_clear_error (&self->error);
  self->error = full != NULL ? g_error_copy (full) : g_steal_pointer (&report->error);

  if (report->done)
    wherry_transfer_set_state (self, WHERRY_TRANSFER_DONE);
  else if (stop_state != WHERRY_TRANSFER_WAITING)
    {
      if (stop_state == WHERRY_TRANSFER_PAUSED)
        g_clear_error (&self->error);
      wherry_transfer_set_state (self, stop_state);
    }
  /* A question that was closed without an answer: nothing is lost, and it is put again. */
  else if (g_error_matches (self->error, G_IO_ERROR, G_IO_ERROR_CANCELLED) && self->retries)
    wherry_transfer_set_state (self, WHERRY_TRANSFER_PAUSED);
  else if (self->job->stops_when_full && wherry_fault_is_disk_full (self->error))
    wherry_transfer_set_state (self, WHERRY_TRANSFER_PAUSED);
  else if (self->retries && wherry_fault_is_transient (self->error))
    retry_later (self);
  else
    wherry_transfer_set_state (self, WHERRY_TRANSFER_FAILED);
}

static gboolean
on_report (gpointer user_data)
{
  Report *report = user_data;
  WherryTransfer *self = report->transfer;

  if (!report->ended)
    {
      self->connected = TRUE;
      self->moved_at = g_get_monotonic_time ();
      if (!self->forsaken && self->stop_state == WHERRY_TRANSFER_WAITING)
        wherry_transfer_set_state (self, WHERRY_TRANSFER_RUNNING);
      return G_SOURCE_REMOVE;
    }

  g_clear_pointer (&self->thread, g_thread_join);
  g_clear_handle_id (&self->tick_source, g_source_remove);
  wherry_transfer_update_notice (self);
  if (self->forsaken)
    {
      self->forsaken = FALSE;
      if (self->restart)
        launch (self);
      else
        g_clear_object (&self->pool);
      /* What it left half there can be seen to only now. */
      if (self->state == WHERRY_TRANSFER_CANCELLED)
        g_object_notify (G_OBJECT (self), "state");
      return G_SOURCE_REMOVE;
    }
  g_clear_object (&self->pool);
  take_outcome (self, report);
  return G_SOURCE_REMOVE;
}

static void
report_free (gpointer data)
{
  Report *report = data;
  g_object_unref (report->transfer);
  g_clear_error (&report->error);
  g_free (report);
}

static void
report (WherryTransfer *self, gboolean ended, gboolean done, GError *error)
{
  Report *message = g_new0 (Report, 1);

  message->transfer = g_object_ref (self);
  message->ended = ended;
  message->done = done;
  message->error = error;
  /* Not g_main_context_invoke(): that would run it here while the main thread is busy outside its
   * loop. */
  g_idle_add_full (G_PRIORITY_DEFAULT, on_report, message, report_free);
}

static gboolean
connect_end (WherryTransfer *self,
             const WherryEndpoint *end,
             WherrySession **session,
             GError **error)
{
  if (!wherry_endpoint_is_remote (end))
    return TRUE;
  *session = wherry_session_pool_connect (self->pool, end->login, self->job->cancellable, error);
  return *session != NULL;
}

/* A person is told what is missing, while the server is still at hand. */
static void
explain_full (WherryTransfer *self, WherrySession *target, GError *error)
{
  WherryJob *job = self->job;
  g_autoptr (GError) full = NULL;

  if (!job->stops_when_full)
    return;
  g_mutex_lock (&job->lock);
  full = g_steal_pointer (&job->full);
  g_mutex_unlock (&job->lock);
  if (full == NULL && wherry_fault_is_disk_full (error))
    full = g_error_copy (error);
  if (full == NULL)
    return;

  wherry_space_explain (job, target, full);
  g_mutex_lock (&job->lock);
  job->full = g_steal_pointer (&full);
  g_mutex_unlock (&job->lock);
}

static gboolean
on_discard_limit (gpointer user_data)
{
  g_cancellable_cancel (user_data);
  return G_SOURCE_REMOVE;
}

/* Nothing stays half there; a server that does not answer is not waited for. */
static void
discard (WherryJob *job, WherrySession *target)
{
  g_autoptr (GCancellable) limit = g_cancellable_new ();

  if (wherry_partials_is_empty (job->partials))
    return;
  g_autoptr (GSource) timer = g_timeout_source_new (DISCARD_LIMIT_MS);
  g_source_set_callback (timer, on_discard_limit, g_object_ref (limit), g_object_unref);
  g_source_attach (timer, NULL);
  wherry_resume_discard_all (job, target, limit);
  g_source_destroy (timer);
}

static gboolean
copy (WherryTransfer *self, GError **error)
{
  WherryJob *job = self->job;
  g_autoptr (WherrySession) source = NULL;
  g_autoptr (WherrySession) target = NULL;

  if (!connect_end (self, job->source, &source, error)
      || !connect_end (self, job->target, &target, error))
    return FALSE;

  if (!wherry_job_look (job, target, error))
    return FALSE;
  report (self, FALSE, FALSE, NULL);

  g_autoptr (GError) local_error = NULL;
  gboolean ok = wherry_route_run (job, source, target, &local_error);
  explain_full (self, target, local_error);
  /* It has a channel, of which a connection has few: transfers that are over may be many. */
  g_clear_pointer (&job->view, wherry_target_view_free);
  /* What is left half there by then belongs to files that are gone. */
  if (ok || g_atomic_int_get (&job->discards))
    discard (job, target);
  if (local_error != NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));
  return ok;
}

static GError *
make_incomplete_error (guint64 n_failed)
{
  return g_error_new (WHERRY_ERROR, WHERRY_ERROR_INCOMPLETE,
                      g_dngettext (GETTEXT_PACKAGE, "%lu entry was not copied",
                                   "%lu entries were not copied", (gulong) n_failed),
                      (gulong) n_failed);
}

static gpointer
work (gpointer data)
{
  WherryTransfer *self = data;
  GError *error = NULL;
  gboolean done = copy (self, &error);
  guint64 n_failed = wherry_job_get_n_failed (self->job);

  if (done && n_failed > 0)
    {
      done = FALSE;
      error = make_incomplete_error (n_failed);
    }
  /* A full disk may have been told of at the very end. */
  g_mutex_lock (&self->job->lock);
  done = done && self->job->full == NULL;
  g_mutex_unlock (&self->job->lock);
  wherry_job_end_run (self->job);

  report (self, TRUE, done, error);
  g_object_unref (self);
  return NULL;
}

/* Begins a run; its thread before is over. */
static void
launch (WherryTransfer *self)
{
  wherry_job_begin_run (self->job, self->only_failed);
  self->only_failed = FALSE;
  self->restart = FALSE;
  self->connected = FALSE;
  self->estimator = (WherryEstimator){ 0 };
  self->moved_at = g_get_monotonic_time ();
  self->tick_source = g_timeout_add (TICK_MS, on_tick, self);
  self->thread = g_thread_new ("wherry-transfer", work, g_object_ref (self));
}

/**
 * wherry_transfer_start:
 * @self: a waiting transfer
 * @pool: connects to servers
 *
 * Begins, or goes on: what is done is not repeated. The transfer lives at least
 * until it is not active any more.
 */
void
wherry_transfer_start (WherryTransfer *self, WherrySessionPool *pool)
{
  g_return_if_fail (WHERRY_IS_TRANSFER (self));
  g_return_if_fail (self->state == WHERRY_TRANSFER_WAITING);
  g_return_if_fail (wherry_endpoint_is_remote (self->job->source)
                    || wherry_endpoint_is_remote (self->job->target));

  g_set_object (&self->pool, pool);
  g_clear_error (&self->error);
  if (self->thread != NULL)
    self->restart = TRUE;
  else
    launch (self);
  wherry_transfer_set_state (self, WHERRY_TRANSFER_CONNECTING);
}

static void
set_stopped (WherryTransfer *self, WherryTransferState state)
{
  g_clear_handle_id (&self->retry_source, g_source_remove);
  g_clear_error (&self->error);
  if (state == WHERRY_TRANSFER_CANCELLED)
    self->error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Cancelled"));
  wherry_transfer_set_state (self, state);
}

/* The thread is held up: by a disk, for instance. What it still does is put in order when it can.
 */
static gboolean
on_stop_limit (gpointer user_data)
{
  WherryTransfer *self = user_data;

  self->stop_source = 0;
  self->forsaken = TRUE;
  g_clear_handle_id (&self->tick_source, g_source_remove);
  WherryTransferState state = self->stop_state;
  self->stop_state = WHERRY_TRANSFER_WAITING;
  set_stopped (self, state);
  return G_SOURCE_REMOVE;
}

/* @discards: whether nothing is to stay half there */
static void
stop (WherryTransfer *self, WherryTransferState state, gboolean discards)
{
  g_atomic_int_set (&self->job->discards, discards);
  if (!wherry_transfer_is_active (self) || self->restart)
    {
      self->restart = FALSE;
      set_stopped (self, state);
      return;
    }
  self->stop_state = state;
  g_cancellable_cancel (self->job->cancellable);
  if (self->stop_source == 0)
    self->stop_source = g_timeout_add (STOP_LIMIT_MS, on_stop_limit, self);
}

/**
 * wherry_transfer_can_pause:
 * @self: a transfer
 *
 * Returns: whether it is at work, or would be by itself
 */
gboolean
wherry_transfer_can_pause (WherryTransfer *self)
{
  return !wherry_transfer_is_over (self) && self->state != WHERRY_TRANSFER_PAUSED;
}

/**
 * wherry_transfer_can_resume:
 * @self: a transfer
 *
 * Returns: whether it is paused, or waits for another attempt
 */
gboolean
wherry_transfer_can_resume (WherryTransfer *self)
{
  return self->state == WHERRY_TRANSFER_PAUSED || self->state == WHERRY_TRANSFER_RETRYING;
}

/**
 * wherry_transfer_can_retry:
 * @self: a transfer
 *
 * Returns: whether it is over, and not all is there
 */
gboolean
wherry_transfer_can_retry (WherryTransfer *self)
{
  return self->state == WHERRY_TRANSFER_FAILED || self->state == WHERRY_TRANSFER_CANCELLED;
}

/**
 * wherry_transfer_can_retry_failed:
 * @self: a transfer
 *
 * Returns: whether it is over, and single entries of it failed
 */
gboolean
wherry_transfer_can_retry_failed (WherryTransfer *self)
{
  return self->state == WHERRY_TRANSFER_FAILED && wherry_ledger_has_failed (self->job->ledger);
}

/**
 * wherry_transfer_pause:
 * @self: a transfer
 *
 * Stops it until it is gone on with. Nothing happens if it is paused or over.
 */
void
wherry_transfer_pause (WherryTransfer *self)
{
  g_return_if_fail (WHERRY_IS_TRANSFER (self));

  if (wherry_transfer_can_pause (self) && self->stop_state == WHERRY_TRANSFER_WAITING)
    stop (self, WHERRY_TRANSFER_PAUSED, FALSE);
}

/**
 * wherry_transfer_resume:
 * @self: a transfer
 *
 * Has a paused transfer wait for its turn again, and one that is to be tried
 * again later be tried now. What is done is not repeated.
 */
void
wherry_transfer_resume (WherryTransfer *self)
{
  g_return_if_fail (WHERRY_IS_TRANSFER (self));

  if (wherry_transfer_can_resume (self))
    set_stopped (self, WHERRY_TRANSFER_WAITING);
}

/**
 * wherry_transfer_cancel:
 * @self: a transfer
 *
 * Stops it for good. Nothing happens if it is over.
 */
void
wherry_transfer_cancel (WherryTransfer *self)
{
  g_return_if_fail (WHERRY_IS_TRANSFER (self));

  if (!wherry_transfer_is_over (self))
    stop (self, WHERRY_TRANSFER_CANCELLED, TRUE);
}

/* wherry_transfer_halt: stops it at the end of the program, in a way that another one can go on. */
void
wherry_transfer_halt (WherryTransfer *self)
{
  if (!wherry_transfer_is_over (self))
    stop (self, WHERRY_TRANSFER_CANCELLED, FALSE);
}

/**
 * wherry_transfer_retry:
 * @self: a transfer that failed or was cancelled
 *
 * Has it wait for its turn again, for all of it that is not done.
 */
void
wherry_transfer_retry (WherryTransfer *self)
{
  g_return_if_fail (WHERRY_IS_TRANSFER (self));

  if (!wherry_transfer_can_retry (self))
    return;
  wherry_ledger_clear (self->job->ledger);
  self->attempt = 0;
  set_stopped (self, WHERRY_TRANSFER_WAITING);
}

/**
 * wherry_transfer_retry_failed:
 * @self: a transfer that failed
 *
 * Has it wait for its turn again, for exactly the entries that failed.
 */
void
wherry_transfer_retry_failed (WherryTransfer *self)
{
  g_return_if_fail (WHERRY_IS_TRANSFER (self));

  if (!wherry_transfer_can_retry_failed (self))
    return;
  self->only_failed = TRUE;
  self->attempt = 0;
  set_stopped (self, WHERRY_TRANSFER_WAITING);
}
