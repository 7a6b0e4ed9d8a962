#include "config.h"

#include "transfer/wherry-transfer.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-text.h"
#include "transfer/wherry-transfer-private.h"

enum { PROP_0, PROP_STATE, PROP_PRIORITY, PROP_NOTICE, PROP_PROGRESS_TICK, N_PROPERTIES };

static GParamSpec *properties[N_PROPERTIES];

G_DEFINE_FINAL_TYPE (WherryTransfer, wherry_transfer, G_TYPE_OBJECT)

static void
wherry_transfer_dispose (GObject *object)
{
  WherryTransfer *self = WHERRY_TRANSFER (object);

  /* A running transfer holds a reference to itself, so none runs here. */
  g_assert (self->thread == NULL);
  g_clear_handle_id (&self->tick_source, g_source_remove);
  g_clear_handle_id (&self->stop_source, g_source_remove);
  g_clear_handle_id (&self->retry_source, g_source_remove);
  g_clear_object (&self->pool);
  G_OBJECT_CLASS (wherry_transfer_parent_class)->dispose (object);
}

static void
wherry_transfer_finalize (GObject *object)
{
  WherryTransfer *self = WHERRY_TRANSFER (object);

  g_clear_pointer (&self->job, wherry_job_unref);
  g_clear_error (&self->error);
  g_free (self->notice);
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
    case PROP_PRIORITY:
      g_value_set_uint (value, self->priority);
      break;
    case PROP_NOTICE:
      g_value_set_string (value, self->notice);
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
  properties[PROP_PRIORITY]
      = g_param_spec_uint ("priority", NULL, NULL, WHERRY_PRIORITY_LOW, WHERRY_PRIORITY_HIGH,
                           WHERRY_PRIORITY_NORMAL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_NOTICE]
      = g_param_spec_string ("notice", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_PROGRESS_TICK] = g_param_spec_uint ("progress-tick", NULL, NULL, 0, G_MAXUINT, 0,
                                                      G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
wherry_transfer_init (WherryTransfer *self)
{
  self->priority = WHERRY_PRIORITY_NORMAL;
  self->size_hint = WHERRY_TRANSFER_SIZE_UNKNOWN;
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
  self->added = g_get_real_time () / G_USEC_PER_SEC;
  return self;
}

/**
 * wherry_transfer_set_links:
 * @self: a transfer that is not active
 * @links: what becomes of symbolic links in an upload
 */
void
wherry_transfer_set_links (WherryTransfer *self, WherryWalkerLinks links)
{
  g_return_if_fail (!wherry_transfer_is_active (self));
  self->job->links = links;
}

/**
 * wherry_transfer_set_filter:
 * @self: a transfer that is not active
 * @filter: (nullable): what of a tree is copied; a reference is kept
 */
void
wherry_transfer_set_filter (WherryTransfer *self, WherryFilter *filter)
{
  g_return_if_fail (!wherry_transfer_is_active (self));
  g_clear_pointer (&self->job->filter, wherry_filter_unref);
  self->job->filter = filter != NULL ? wherry_filter_ref (filter) : NULL;
}

/**
 * wherry_transfer_set_conflicts:
 * @self: a transfer that is not active
 * @policy: what becomes of files whose names are taken at the target; unless set
 *   they are replaced
 * @prompter: (nullable): who is asked, with %WHERRY_CONFLICT_ASK. Where there is
 *   nobody, such a file fails
 */
void
wherry_transfer_set_conflicts (WherryTransfer *self,
                               WherryConflictPolicy policy,
                               WherryConflictPrompter *prompter)
{
  g_return_if_fail (!wherry_transfer_is_active (self));
  self->job->policy = policy;
  g_set_object (&self->job->asker, prompter);
}

/**
 * wherry_transfer_get_conflicts:
 * @self: a transfer that is not active
 *
 * Returns: what becomes of files whose names are taken at the target
 */
WherryConflictPolicy
wherry_transfer_get_conflicts (WherryTransfer *self)
{
  return self->job->policy;
}

/**
 * wherry_transfer_set_count_ahead:
 * @self: a transfer that is not active
 * @count_ahead: whether to count what will be copied, for the time left; %TRUE
 *   unless set
 */
void
wherry_transfer_set_count_ahead (WherryTransfer *self, gboolean count_ahead)
{
  g_return_if_fail (!wherry_transfer_is_active (self));
  self->job->count_ahead = count_ahead;
}

/**
 * wherry_transfer_set_speed_limit:
 * @self: a transfer
 * @bytes_per_second: content bytes a second at most; 0: no limit
 *
 * May be changed while it runs.
 */
void
wherry_transfer_set_speed_limit (WherryTransfer *self, guint64 bytes_per_second)
{
  wherry_throttle_set_limit (self->job->throttle, bytes_per_second);
}

/**
 * wherry_transfer_get_flags:
 * @self: a transfer
 *
 * Returns: how it copies
 */
WherryTransferFlags
wherry_transfer_get_flags (WherryTransfer *self)
{
  return self->job->flags;
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
 * wherry_transfer_is_active:
 * @self: a transfer
 *
 * Returns: whether it is at work now, though it may be at a stop for a while
 */
gboolean
wherry_transfer_is_active (WherryTransfer *self)
{
  return self->state >= WHERRY_TRANSFER_CONNECTING && self->state <= WHERRY_TRANSFER_NEEDS_PERSON;
}

/**
 * wherry_transfer_get_priority:
 * @self: a transfer
 *
 * Returns: its priority
 */
WherryPriority
wherry_transfer_get_priority (WherryTransfer *self)
{
  return self->priority;
}

/**
 * wherry_transfer_set_priority:
 * @self: a transfer
 * @priority: its new priority
 */
void
wherry_transfer_set_priority (WherryTransfer *self, WherryPriority priority)
{
  g_return_if_fail (priority <= WHERRY_PRIORITY_HIGH);

  if (self->priority == priority)
    return;
  self->priority = priority;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PRIORITY]);
}

/**
 * wherry_transfer_set_size_hint:
 * @self: a transfer that is in no queue yet
 * @bytes: the size of the file, where it is known without asking
 *
 * Small ones need not wait until large ones are over.
 */
void
wherry_transfer_set_size_hint (WherryTransfer *self, guint64 bytes)
{
  self->size_hint = bytes;
}

/**
 * wherry_transfer_set_retries:
 * @self: a transfer that is not active
 * @retries: whether it is tried again by itself when the connection broke or
 *   could not be made, and whether it stops when a disk is full, to be gone on
 *   with. Only in a queue, which sets it
 */
void
wherry_transfer_set_retries (WherryTransfer *self, gboolean retries)
{
  g_return_if_fail (!wherry_transfer_is_active (self));
  self->retries = retries;
  self->job->stops_when_full = retries;
}

/**
 * wherry_transfer_get_retry_seconds:
 * @self: a transfer
 *
 * Returns: in how many seconds it is tried again; 0 if it waits for no retry
 */
guint
wherry_transfer_get_retry_seconds (WherryTransfer *self)
{
  if (self->state != WHERRY_TRANSFER_RETRYING)
    return 0;
  gint64 left = self->retry_at - g_get_monotonic_time ();
  return left > 0 ? (guint) ((left + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC) : 0;
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
                                .files_skipped = job->files_skipped,
                                .files_total = job->files_total,
                                .totals_known = job->totals_known };
  current = g_strdup (job->current);
  g_mutex_unlock (&job->lock);

  g_autofree char *shown = wherry_text_escape (current, -1, sizeof progress->current - 4);
  g_strlcpy (progress->current, shown, sizeof progress->current);

  progress->seconds_left = -1;
  if (self->state == WHERRY_TRANSFER_RUNNING)
    {
      guint64 files_gone = progress->files_done + progress->files_failed + progress->files_skipped;
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
 * wherry_transfer_get_notice:
 * @self: a transfer
 *
 * Returns: (transfer none) (nullable): what a person should know of its last run
 *   although it is no error, as text: why a file was started again, for instance
 */
const char *
wherry_transfer_get_notice (WherryTransfer *self)
{
  return self->notice;
}

/* wherry_transfer_update_notice: takes what the worker has to say. */
void
wherry_transfer_update_notice (WherryTransfer *self)
{
  g_autofree char *notice = wherry_job_dup_notice (self->job);

  if (g_strcmp0 (notice, self->notice) == 0)
    return;
  g_free (self->notice);
  self->notice = g_steal_pointer (&notice);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_NOTICE]);
}

/**
 * wherry_transfer_get_error:
 * @self: a transfer
 *
 * Returns: (transfer none) (nullable): why it failed, was cancelled, was paused
 *   by itself or is to be tried again
 */
const GError *
wherry_transfer_get_error (WherryTransfer *self)
{
  return self->error;
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
    {
      const WherryFailure *failure = self->job->failures->pdata[i];
      g_ptr_array_add (copy, wherry_job_failure_new (failure->key, failure->path, failure->error));
    }
  g_mutex_unlock (&self->job->lock);
  return copy;
}

/**
 * wherry_transfer_dup_failure:
 * @self: a transfer
 * @index: of a #WherryFileEntry of it that failed
 *
 * Returns: (transfer full) (nullable): why it is not there; %NULL if that is not
 *   known any more
 */
GError *
wherry_transfer_dup_failure (WherryTransfer *self, guint index)
{
  GError *error = NULL;

  g_mutex_lock (&self->job->lock);
  if (index < self->job->failures->len)
    {
      const WherryFailure *failure = self->job->failures->pdata[index];
      error = g_error_copy (failure->error);
    }
  g_mutex_unlock (&self->job->lock);
  return error;
}

/**
 * wherry_transfer_dup_files:
 * @self: a transfer
 *
 * Returns: (transfer full) (nullable): what becomes of each of its files; %NULL
 *   where nothing is known of them, and of a single file, of which the transfer
 *   itself says all
 */
WherryFileLog *
wherry_transfer_dup_files (WherryTransfer *self)
{
  return wherry_job_dup_files (self->job);
}

void
wherry_transfer_set_state (WherryTransfer *self, WherryTransferState state)
{
  if (self->state == state)
    return;
  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

void
wherry_transfer_notify_tick (WherryTransfer *self)
{
  self->progress_tick++;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PROGRESS_TICK]);
}

void
wherry_transfer_set_held (WherryTransfer *self, gboolean held)
{
  g_atomic_int_set (&self->job->held, held);
}

/* The limits that hold beside the transfer's own; not while it is active. */
void
wherry_transfer_set_throttles (WherryTransfer *self, GPtrArray *throttles)
{
  GPtrArray *all = self->job->throttles;

  g_ptr_array_set_size (all, 1);
  for (guint i = 0; i < throttles->len; i++)
    g_ptr_array_add (all, wherry_throttle_ref (throttles->pdata[i]));
}
