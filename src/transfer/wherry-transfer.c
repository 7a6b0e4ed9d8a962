#include "config.h"

#include "transfer/wherry-transfer.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "transfer/wherry-download.h"
#include "transfer/wherry-estimator.h"
#include "transfer/wherry-job.h"
#include "transfer/wherry-relay.h"
#include "transfer/wherry-upload.h"

/* Between two looks at how far a running transfer is, in milliseconds. */
#define TICK_MS 100

struct _WherryTransfer {
  GObject parent_instance;

  WherryJob *job;
  WherrySessionPool *pool; /* (nullable): while it runs */
  GThread *thread;         /* (nullable): while it runs */
  guint tick_source;
  WherryEstimator estimator;
  guint progress_tick;
  WherryTransferState state;
  GError *error;
};

enum { PROP_0, PROP_STATE, PROP_PROGRESS_TICK, N_PROPERTIES };

static GParamSpec *properties[N_PROPERTIES];

G_DEFINE_FINAL_TYPE (WherryTransfer, wherry_transfer, G_TYPE_OBJECT)

static void
wherry_transfer_dispose (GObject *object)
{
  WherryTransfer *self = WHERRY_TRANSFER (object);

  /* A running transfer holds a reference to itself, so none runs here. */
  g_assert (self->thread == NULL);
  g_clear_handle_id (&self->tick_source, g_source_remove);
  g_clear_object (&self->pool);
  G_OBJECT_CLASS (wherry_transfer_parent_class)->dispose (object);
}

static void
wherry_transfer_finalize (GObject *object)
{
  WherryTransfer *self = WHERRY_TRANSFER (object);

  g_clear_pointer (&self->job, wherry_job_unref);
  g_clear_error (&self->error);
  G_OBJECT_CLASS (wherry_transfer_parent_class)->finalize (object);
}

static void
wherry_transfer_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  WherryTransfer *self = WHERRY_TRANSFER (object);

  switch (id)
    {
    case PROP_STATE:
      g_value_set_uint (value, self->state);
      break;
    case PROP_PROGRESS_TICK:
      g_value_set_uint (value, self->progress_tick);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
wherry_transfer_class_init (WherryTransferClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = wherry_transfer_dispose;
  object_class->finalize = wherry_transfer_finalize;
  object_class->get_property = wherry_transfer_get_property;

  properties[PROP_STATE]
      = g_param_spec_uint ("state", NULL, NULL, WHERRY_TRANSFER_WAITING, WHERRY_TRANSFER_CANCELLED,
                           WHERRY_TRANSFER_WAITING, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_PROGRESS_TICK] = g_param_spec_uint ("progress-tick", NULL, NULL, 0, G_MAXUINT, 0,
                                                      G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
wherry_transfer_init (WherryTransfer *self)
{
}

/**
 * wherry_transfer_new:
 * @source: where from; copied
 * @target: where to; copied
 * @flags: how
 *
 * Returns: (transfer full): a waiting transfer
 */
WherryTransfer *
wherry_transfer_new (const WherryEndpoint *source,
                     const WherryEndpoint *target,
                     WherryTransferFlags flags)
{
  g_return_val_if_fail (source != NULL && target != NULL, NULL);

  WherryTransfer *self = g_object_new (WHERRY_TYPE_TRANSFER, NULL);
  self->job = wherry_job_new (source, target, flags);
  return self;
}

/**
 * wherry_transfer_set_links:
 * @self: a waiting transfer
 * @links: what becomes of symbolic links in an upload
 */
void
wherry_transfer_set_links (WherryTransfer *self, WherryWalkerLinks links)
{
  g_return_if_fail (self->state == WHERRY_TRANSFER_WAITING);
  self->job->links = links;
}

/**
 * wherry_transfer_set_count_ahead:
 * @self: a waiting transfer
 * @count_ahead: whether to count what will be copied, for the time left; %TRUE
 *   unless set
 */
void
wherry_transfer_set_count_ahead (WherryTransfer *self, gboolean count_ahead)
{
  g_return_if_fail (self->state == WHERRY_TRANSFER_WAITING);
  self->job->count_ahead = count_ahead;
}

/**
 * wherry_transfer_set_speed_limit:
 * @self: a waiting transfer
 * @bytes_per_second: content bytes a second at most; 0: no limit
 */
void
wherry_transfer_set_speed_limit (WherryTransfer *self, guint64 bytes_per_second)
{
  g_return_if_fail (self->state == WHERRY_TRANSFER_WAITING);
  self->job->speed_limit = bytes_per_second;
}

/**
 * wherry_transfer_get_source:
 * @self: a transfer
 *
 * Returns: (transfer none): where from
 */
const WherryEndpoint *
wherry_transfer_get_source (WherryTransfer *self)
{
  return self->job->source;
}

/**
 * wherry_transfer_get_target:
 * @self: a transfer
 *
 * Returns: (transfer none): where to
 */
const WherryEndpoint *
wherry_transfer_get_target (WherryTransfer *self)
{
  return self->job->target;
}

/**
 * wherry_transfer_dup_name:
 * @self: a transfer
 *
 * Returns: (transfer full): what is copied, in short, fit to be shown
 */
char *
wherry_transfer_dup_name (WherryTransfer *self)
{
  g_autofree char *name = wherry_endpoint_dup_name (self->job->source);
  return name != NULL ? wherry_text_display_name (name)
                      : wherry_endpoint_to_display (self->job->source);
}

/**
 * wherry_transfer_get_state:
 * @self: a transfer
 *
 * Returns: its state
 */
WherryTransferState
wherry_transfer_get_state (WherryTransfer *self)
{
  return self->state;
}

/**
 * wherry_transfer_is_over:
 * @self: a transfer
 *
 * Returns: whether it is done, failed or cancelled
 */
gboolean
wherry_transfer_is_over (WherryTransfer *self)
{
  return self->state >= WHERRY_TRANSFER_DONE;
}

/**
 * wherry_transfer_get_progress:
 * @self: a transfer
 * @progress: (out caller-allocates): how far it is
 */
void
wherry_transfer_get_progress (WherryTransfer *self, WherryProgress *progress)
{
  WherryJob *job = self->job;
  g_autofree char *current = NULL;

  g_mutex_lock (&job->lock);
  *progress = (WherryProgress){ .bytes_done = job->bytes_done,
                                .bytes_total = job->bytes_total,
                                .files_done = job->files_done,
                                .files_failed = job->files_failed,
                                .files_total = job->files_total,
                                .totals_known = job->totals_known };
  current = g_strdup (job->current);
  g_mutex_unlock (&job->lock);

  g_autofree char *shown = wherry_text_escape (current, -1, sizeof progress->current - 4);
  g_strlcpy (progress->current, shown, sizeof progress->current);

  progress->seconds_left = -1;
  if (self->state == WHERRY_TRANSFER_RUNNING)
    {
      guint64 files_gone = progress->files_done + progress->files_failed;
      guint64 bytes_left
          = progress->bytes_total - MIN (progress->bytes_done, progress->bytes_total);
      guint64 files_left = progress->files_total - MIN (files_gone, progress->files_total);

      progress->speed = self->estimator.byte_rate;
      if (progress->totals_known)
        progress->seconds_left
            = wherry_estimator_seconds_left (&self->estimator, bytes_left, files_left);
    }
}

/**
 * wherry_transfer_get_error:
 * @self: a transfer
 *
 * Returns: (transfer none) (nullable): why it failed or was cancelled
 */
const GError *
wherry_transfer_get_error (WherryTransfer *self)
{
  return self->error;
}

static WherryFailure *
failure_copy (const WherryFailure *failure)
{
  WherryFailure *copy = g_new0 (WherryFailure, 1);

  copy->path = g_strdup (failure->path);
  copy->error = g_error_copy (failure->error);
  return copy;
}

/**
 * wherry_transfer_dup_failures:
 * @self: a transfer
 *
 * Returns: (transfer full) (element-type WherryFailure): the entries that are
 *   not there, as far as told
 */
GPtrArray *
wherry_transfer_dup_failures (WherryTransfer *self)
{
  GPtrArray *copy = g_ptr_array_new_with_free_func (wherry_job_failure_free);

  g_mutex_lock (&self->job->lock);
  for (guint i = 0; i < self->job->failures->len; i++)
    g_ptr_array_add (copy, failure_copy (self->job->failures->pdata[i]));
  g_mutex_unlock (&self->job->lock);
  return copy;
}

static void
set_state (WherryTransfer *self, WherryTransferState state)
{
  if (self->state == state)
    return;
  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

static gboolean
on_tick (gpointer user_data)
{
  WherryTransfer *self = user_data;
  WherryJob *job = self->job;

  g_mutex_lock (&job->lock);
  guint64 bytes = job->bytes_done;
  guint64 files = job->files_done + job->files_failed;
  g_mutex_unlock (&job->lock);

  wherry_estimator_sample (&self->estimator, g_get_monotonic_time (), bytes, files);
  self->progress_tick++;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PROGRESS_TICK]);
  return G_SOURCE_CONTINUE;
}

/* What the worker tells the main context; it holds the reference that keeps the transfer alive. */
typedef struct {
  WherryTransfer *transfer;
  WherryTransferState state;
  GError *error;
} Report;

static gboolean
on_report (gpointer user_data)
{
  Report *report = user_data;
  WherryTransfer *self = report->transfer;

  if (report->state >= WHERRY_TRANSFER_DONE)
    {
      g_clear_pointer (&self->thread, g_thread_join);
      g_clear_handle_id (&self->tick_source, g_source_remove);
      g_clear_object (&self->pool);
      self->error = g_steal_pointer (&report->error);
    }
  set_state (self, report->state);
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
report (WherryTransfer *self, WherryTransferState state, GError *error)
{
  Report *message = g_new0 (Report, 1);

  message->transfer = g_object_ref (self);
  message->state = state;
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

static gboolean
copy (WherryTransfer *self, GError **error)
{
  WherryJob *job = self->job;
  g_autoptr (WherrySession) source = NULL;
  g_autoptr (WherrySession) target = NULL;

  if (!connect_end (self, job->source, &source, error)
      || !connect_end (self, job->target, &target, error))
    return FALSE;

  report (self, WHERRY_TRANSFER_RUNNING, NULL);

  if (source != NULL && target != NULL)
    return wherry_relay_run (job, source, target, error);
  if (source != NULL)
    return wherry_download_run (job, source, error);
  return wherry_upload_run (job, target, error);
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
  WherryTransferState state = WHERRY_TRANSFER_DONE;

  gboolean ok = copy (self, &error);
  guint64 n_failed = wherry_job_get_n_failed (self->job);

  if (!ok)
    {
      gboolean cancelled = g_cancellable_is_cancelled (self->job->cancellable);
      state = cancelled ? WHERRY_TRANSFER_CANCELLED : WHERRY_TRANSFER_FAILED;
    }
  else if (n_failed > 0)
    {
      state = WHERRY_TRANSFER_FAILED;
      error = make_incomplete_error (n_failed);
    }

  report (self, state, error);
  g_object_unref (self);
  return NULL;
}

/**
 * wherry_transfer_start:
 * @self: a waiting transfer
 * @pool: connects to servers
 *
 * Begins. The transfer lives at least until it is over.
 */
void
wherry_transfer_start (WherryTransfer *self, WherrySessionPool *pool)
{
  g_return_if_fail (WHERRY_IS_TRANSFER (self));
  g_return_if_fail (self->state == WHERRY_TRANSFER_WAITING);
  g_return_if_fail (wherry_endpoint_is_remote (self->job->source)
                    || wherry_endpoint_is_remote (self->job->target));

  self->pool = g_object_ref (pool);
  self->tick_source = g_timeout_add (TICK_MS, on_tick, self);
  set_state (self, WHERRY_TRANSFER_CONNECTING);
  self->thread = g_thread_new ("wherry-transfer", work, g_object_ref (self));
}

/**
 * wherry_transfer_cancel:
 * @self: a transfer
 *
 * Stops it; it is over within a second. Nothing happens if it is over.
 */
void
wherry_transfer_cancel (WherryTransfer *self)
{
  g_return_if_fail (WHERRY_IS_TRANSFER (self));

  g_cancellable_cancel (self->job->cancellable);
  if (self->state == WHERRY_TRANSFER_WAITING)
    {
      g_set_error_literal (&self->error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Cancelled"));
      set_state (self, WHERRY_TRANSFER_CANCELLED);
    }
}
