#include "transfer/wherry-fault.h"
#include "transfer/wherry-queue-private.h"
#include "transfer/wherry-transfer-private.h"

/* Between the positions of two neighbours, so that another one finds a number between them. */
#define POSITION_STEP (G_GINT64_CONSTANT (1) << 20)

enum { PROP_0, PROP_N_ACTIVE, PROP_N_UNFINISHED, PROP_PAUSED, N_PROPERTIES };

static GParamSpec *properties[N_PROPERTIES];

static void list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (WherryQueue,
                               wherry_queue,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static GType
get_item_type (GListModel *model)
{
  return WHERRY_TYPE_TRANSFER;
}

static guint
get_n_items (GListModel *model)
{
  return WHERRY_QUEUE (model)->transfers->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  WherryQueue *self = WHERRY_QUEUE (model);
  return position < self->transfers->len ? g_object_ref (self->transfers->pdata[position]) : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static void on_state (WherryTransfer *transfer, GParamSpec *pspec, WherryQueue *self);
static void on_priority (WherryTransfer *transfer, GParamSpec *pspec, WherryQueue *self);

static void
disconnect (WherryQueue *self, WherryTransfer *transfer)
{
  g_signal_handlers_disconnect_by_func (transfer, on_state, self);
  g_signal_handlers_disconnect_by_func (transfer, on_priority, self);
}

/* In the journal all stays as it is: what is not over will be there again. */
void
wherry_queue_stop_all (WherryQueue *self)
{
  for (guint i = 0; i < self->transfers->len; i++)
    {
      WherryTransfer *transfer = self->transfers->pdata[i];
      disconnect (self, transfer);
      if (self->journal != NULL)
        wherry_transfer_halt (transfer);
      else if (!wherry_transfer_is_over (transfer))
        wherry_transfer_cancel (transfer);
    }
}

static void
wherry_queue_dispose (GObject *object)
{
  WherryQueue *self = WHERRY_QUEUE (object);

  wherry_queue_stop_all (self);
  if (self->journal != NULL)
    wherry_journal_close (self->journal);
  g_clear_pointer (&self->journal, wherry_journal_unref);
  g_clear_pointer (&self->scheduler, wherry_scheduler_free);
  g_hash_table_remove_all (self->over);
  g_hash_table_remove_all (self->paused_by_us);
  g_ptr_array_set_size (self->transfers, 0);
  G_OBJECT_CLASS (wherry_queue_parent_class)->dispose (object);
}

static void
wherry_queue_finalize (GObject *object)
{
  WherryQueue *self = WHERRY_QUEUE (object);

  g_ptr_array_unref (self->transfers);
  g_ptr_array_unref (self->leftovers);
  g_hash_table_unref (self->over);
  g_hash_table_unref (self->paused_by_us);
  g_clear_error (&self->pause_reason);
  g_clear_object (&self->conflict_prompter);
  G_OBJECT_CLASS (wherry_queue_parent_class)->finalize (object);
}

static void
wherry_queue_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  WherryQueue *self = WHERRY_QUEUE (object);

  switch (id)
    {
    case PROP_N_ACTIVE:
      g_value_set_uint (value, wherry_queue_get_n_active (self));
      break;
    case PROP_N_UNFINISHED:
      g_value_set_uint (value, wherry_queue_get_n_unfinished (self));
      break;
    case PROP_PAUSED:
      g_value_set_boolean (value, self->paused);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
wherry_queue_class_init (WherryQueueClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = wherry_queue_dispose;
  object_class->finalize = wherry_queue_finalize;
  object_class->get_property = wherry_queue_get_property;

  properties[PROP_N_ACTIVE] = g_param_spec_uint ("n-active", NULL, NULL, 0, G_MAXUINT, 0,
                                                 G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_N_UNFINISHED] = g_param_spec_uint ("n-unfinished", NULL, NULL, 0, G_MAXUINT, 0,
                                                     G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_PAUSED] = g_param_spec_boolean ("paused", NULL, NULL, FALSE,
                                                  G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);

  g_signal_new ("restored", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 1, G_TYPE_UINT);
  g_signal_new ("journal-trouble", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
wherry_queue_init (WherryQueue *self)
{
  self->transfers = g_ptr_array_new_with_free_func (g_object_unref);
  self->leftovers = g_ptr_array_new_with_free_func ((GDestroyNotify) wherry_endpoint_free);
  self->over = g_hash_table_new (NULL, NULL);
  self->paused_by_us = g_hash_table_new (NULL, NULL);
}

/**
 * wherry_queue_new:
 * @pool: connects to servers
 *
 * Returns: (transfer full): an empty queue
 */
WherryQueue *
wherry_queue_new (WherrySessionPool *pool)
{
  WherryQueue *self = g_object_new (WHERRY_TYPE_QUEUE, NULL);
  self->scheduler = wherry_scheduler_new (pool);
  return self;
}

void
wherry_queue_notify_counts (WherryQueue *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_ACTIVE]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_UNFINISHED]);
}

static void
set_paused (WherryQueue *self, gboolean paused, const GError *reason)
{
  g_clear_error (&self->pause_reason);
  self->pause_reason = reason != NULL ? g_error_copy (reason) : NULL;
  self->paused = paused;
  wherry_scheduler_set_paused (self->scheduler, paused);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PAUSED]);
}

static GPtrArray *
copy_list (WherryQueue *self)
{
  GPtrArray *copy = g_ptr_array_new_full (self->transfers->len, g_object_unref);

  for (guint i = 0; i < self->transfers->len; i++)
    g_ptr_array_add (copy, g_object_ref (self->transfers->pdata[i]));
  return copy;
}

static void
pause_all (WherryQueue *self, const GError *reason)
{
  /* A copy: who hears of an end may take the transfer out. */
  g_autoptr (GPtrArray) transfers = copy_list (self);

  set_paused (self, TRUE, reason);
  g_object_freeze_notify (G_OBJECT (self));
  for (guint i = 0; i < transfers->len; i++)
    {
      WherryTransfer *transfer = transfers->pdata[i];

      /* What waits does so all the more. */
      if (!wherry_transfer_can_pause (transfer)
          || wherry_transfer_get_state (transfer) == WHERRY_TRANSFER_WAITING)
        continue;
      g_hash_table_add (self->paused_by_us, transfer);
      wherry_transfer_pause (transfer);
    }
  g_object_thaw_notify (G_OBJECT (self));
}

static void
on_state (WherryTransfer *transfer, GParamSpec *pspec, WherryQueue *self)
{
  WherryTransferState state = wherry_transfer_get_state (transfer);
  const GError *error = wherry_transfer_get_error (transfer);

  if (wherry_transfer_is_over (transfer))
    g_hash_table_add (self->over, transfer);
  else
    g_hash_table_remove (self->over, transfer);
  if (state != WHERRY_TRANSFER_PAUSED && !wherry_transfer_is_active (transfer))
    g_hash_table_remove (self->paused_by_us, transfer);

  /* What is at work when the program ends is paused afterwards, so that needs no record; but what
   * was found at the target does. */
  if (state == WHERRY_TRANSFER_RUNNING
      || (!wherry_transfer_is_active (transfer) && state != WHERRY_TRANSFER_RETRYING))
    wherry_queue_write (self, transfer);
  wherry_scheduler_update (self->scheduler, transfer);
  if (state == WHERRY_TRANSFER_CANCELLED)
    wherry_queue_clean_up (self, transfer);
  if (state == WHERRY_TRANSFER_RUNNING)
    wherry_queue_tidy (self, transfer);
  if (state == WHERRY_TRANSFER_PAUSED && wherry_fault_is_disk_full (error))
    {
      g_hash_table_add (self->paused_by_us, transfer);
      pause_all (self, error);
    }
  wherry_scheduler_run (self->scheduler);
  if (state == WHERRY_TRANSFER_DONE)
    wherry_queue_forget_done (self, transfer);
  wherry_queue_load_rest (self);
  wherry_queue_notify_counts (self);
}

static void
on_priority (WherryTransfer *transfer, GParamSpec *pspec, WherryQueue *self)
{
  wherry_queue_write (self, transfer);
  wherry_scheduler_update (self->scheduler, transfer);
  wherry_scheduler_run (self->scheduler);
}

/* A local file's size decides whether it has to wait for large ones. */
static void
on_size (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherryTransfer) transfer = user_data;
  g_autoptr (GFileInfo) info = g_file_query_info_finish (G_FILE (source), result, NULL);

  if (info == NULL || g_file_info_get_file_type (info) != G_FILE_TYPE_REGULAR)
    return;
  transfer->size_hint = (guint64) g_file_info_get_size (info);
  /* Heard by the queue it is in, if it still is in one. */
  g_object_notify (G_OBJECT (transfer), "priority");
}

static void
find_size (WherryTransfer *transfer)
{
  const WherryEndpoint *source = wherry_transfer_get_source (transfer);

  if (transfer->size_hint != WHERRY_TRANSFER_SIZE_UNKNOWN || wherry_endpoint_is_remote (source))
    return;
  g_autoptr (GFile) file = g_file_new_for_path (source->path);
  g_file_query_info_async (file, G_FILE_ATTRIBUTE_STANDARD_TYPE "," G_FILE_ATTRIBUTE_STANDARD_SIZE,
                           G_FILE_QUERY_INFO_NONE, G_PRIORITY_DEFAULT, NULL, on_size,
                           g_object_ref (transfer));
}

void
wherry_queue_insert (WherryQueue *self, WherryTransfer *transfer, guint position)
{
  g_ptr_array_insert (self->transfers, (int) position, g_object_ref (transfer));
  if (transfer->job->asker == NULL)
    g_set_object (&transfer->job->asker, self->conflict_prompter);
  wherry_queue_enter (self, transfer);
  if (wherry_transfer_is_over (transfer))
    g_hash_table_add (self->over, transfer);
  g_signal_connect (transfer, "notify::state", G_CALLBACK (on_state), self);
  g_signal_connect (transfer, "notify::priority", G_CALLBACK (on_priority), self);
  wherry_scheduler_add (self->scheduler, transfer);
}

static gint64
get_position (WherryQueue *self, guint i)
{
  return ((WherryTransfer *) self->transfers->pdata[i])->position;
}

/**
 * wherry_queue_append:
 * @self: a queue
 * @transfer: a waiting transfer; a reference is kept
 *
 * Adds a transfer at the end. It starts when a place is free.
 */
void
wherry_queue_append (WherryQueue *self, WherryTransfer *transfer)
{
  guint n = self->transfers->len;

  g_return_if_fail (WHERRY_IS_QUEUE (self));
  g_return_if_fail (wherry_transfer_get_state (transfer) == WHERRY_TRANSFER_WAITING);

  transfer->position = self->rest.last_position;
  if (n > 0)
    transfer->position = MAX (transfer->position, get_position (self, n - 1));
  transfer->position += POSITION_STEP;
  wherry_transfer_set_retries (transfer, TRUE);
  wherry_queue_insert (self, transfer, n);
  wherry_queue_write (self, transfer);
  g_list_model_items_changed (G_LIST_MODEL (self), n, 0, 1);
  find_size (transfer);
  wherry_scheduler_run (self->scheduler);
  wherry_queue_notify_counts (self);
}

/* wherry_queue_remove_some: takes out neighbours, of whom who shows the queue is told once. */
void
wherry_queue_remove_some (WherryQueue *self, guint position, guint n)
{
  g_autoptr (GPtrArray) removed = g_ptr_array_new_full (n, g_object_unref);

  for (guint i = position; i < position + n; i++)
    {
      WherryTransfer *transfer = self->transfers->pdata[i];

      g_ptr_array_add (removed, g_object_ref (transfer));
      disconnect (self, transfer);
      wherry_scheduler_remove (self->scheduler, transfer);
      g_hash_table_remove (self->over, transfer);
      g_hash_table_remove (self->paused_by_us, transfer);
    }
  g_ptr_array_remove_range (self->transfers, position, n);
  g_list_model_items_changed (G_LIST_MODEL (self), position, n, 0);
  for (guint i = 0; i < removed->len; i++)
    {
      wherry_queue_hide (self, removed->pdata[i]);
      if (!wherry_transfer_is_over (removed->pdata[i]))
        wherry_transfer_cancel (removed->pdata[i]);
      wherry_queue_clean_up (self, removed->pdata[i]);
    }
}

/**
 * wherry_queue_find:
 * @self: a queue
 * @transfer: a transfer
 * @position: (out) (optional): where it is
 *
 * Returns: whether it is in the queue
 */
gboolean
wherry_queue_find (WherryQueue *self, WherryTransfer *transfer, guint *position)
{
  return g_ptr_array_find (self->transfers, transfer, position);
}

/**
 * wherry_queue_remove:
 * @self: a queue
 * @transfer: one of its transfers
 *
 * Takes a transfer out; it is cancelled if it is not over.
 */
void
wherry_queue_remove (WherryQueue *self, WherryTransfer *transfer)
{
  guint position;

  if (!g_ptr_array_find (self->transfers, transfer, &position))
    return;
  wherry_queue_remove_some (self, position, 1);
  wherry_scheduler_run (self->scheduler);
  wherry_queue_load_rest (self);
  wherry_queue_notify_counts (self);
}

/* Numbers all up to one anew, below the one after it: what is behind, in the journal too, keeps its
 * number. */
static void
number_up_to (WherryQueue *self, guint last)
{
  gint64 position = get_position (self, last + 1);

  for (guint i = last + 1; i > 0; i--)
    {
      WherryTransfer *transfer = self->transfers->pdata[i - 1];
      transfer->position = position -= POSITION_STEP;
      wherry_queue_write (self, transfer);
    }
  wherry_scheduler_sort (self->scheduler);
}

/* A number for one that was moved, between those of its neighbours. */
static gint64
find_position (WherryQueue *self, guint i)
{
  gint64 step = POSITION_STEP;

  if (i == 0)
    return get_position (self, 1) - POSITION_STEP;
  gint64 before = get_position (self, i - 1);
  if (i + 1 < self->transfers->len)
    step = get_position (self, i + 1) - before;
  /* Behind it may be those that are only in the journal. */
  return before + step / 2;
}

/**
 * wherry_queue_move:
 * @self: a queue
 * @transfer: one of its transfers
 * @position: where it is to be afterwards; the end if there are not so many
 *
 * Changes the order, and with it what starts first.
 */
void
wherry_queue_move (WherryQueue *self, WherryTransfer *transfer, guint position)
{
  GPtrArray *transfers = self->transfers;
  guint from;

  if (!g_ptr_array_find (transfers, transfer, &from))
    return;
  position = MIN (position, transfers->len - 1);
  if (position == from)
    return;

  g_ptr_array_insert (transfers, (int) position, g_ptr_array_steal_index (transfers, from));
  transfer->position = find_position (self, position);
  if (position > 0 && transfer->position == get_position (self, position - 1)
      && position + 1 < transfers->len)
    number_up_to (self, position);
  else
    {
      wherry_scheduler_update (self->scheduler, transfer);
      wherry_queue_write (self, transfer);
    }

  guint first = MIN (from, position);
  guint n = MAX (from, position) - first + 1;
  g_list_model_items_changed (G_LIST_MODEL (self), first, n, n);
  wherry_scheduler_run (self->scheduler);
}

/**
 * wherry_queue_clear_finished:
 * @self: a queue
 *
 * Takes out what is over.
 */
void
wherry_queue_clear_finished (WherryQueue *self)
{
  guint n = 0;

  for (guint i = self->transfers->len; i > 0; i--)
    {
      n += wherry_transfer_is_over (self->transfers->pdata[i - 1]);
      if (n > 0 && (i == 1 || !wherry_transfer_is_over (self->transfers->pdata[i - 2])))
        {
          wherry_queue_remove_some (self, i - 1, n);
          n = 0;
        }
    }
  wherry_queue_change_rest (self, WHERRY_JOURNAL_CLEAR);
  wherry_queue_notify_counts (self);
}

/**
 * wherry_queue_cancel_all:
 * @self: a queue
 *
 * Cancels what is not over.
 */
void
wherry_queue_cancel_all (WherryQueue *self)
{
  g_autoptr (GPtrArray) transfers = copy_list (self);

  g_object_freeze_notify (G_OBJECT (self));
  /* None of them is to come in the place of one that is cancelled. */
  wherry_queue_change_rest (self, WHERRY_JOURNAL_CANCEL);
  /* From the end, so that none that waits is started in the place of one before it. */
  for (guint i = transfers->len; i > 0; i--)
    if (!wherry_transfer_is_over (transfers->pdata[i - 1]))
      wherry_transfer_cancel (transfers->pdata[i - 1]);
  g_object_thaw_notify (G_OBJECT (self));
}

/**
 * wherry_queue_retry_all_failed:
 * @self: a queue
 *
 * Tries again what failed: the entries that did, or all of a transfer that ended
 * before its end.
 */
void
wherry_queue_retry_all_failed (WherryQueue *self)
{
  g_autoptr (GPtrArray) transfers = copy_list (self);

  g_object_freeze_notify (G_OBJECT (self));
  for (guint i = 0; i < transfers->len; i++)
    {
      WherryTransfer *transfer = transfers->pdata[i];

      if (wherry_transfer_get_state (transfer) != WHERRY_TRANSFER_FAILED)
        continue;
      if (wherry_transfer_can_retry_failed (transfer))
        wherry_transfer_retry_failed (transfer);
      else
        wherry_transfer_retry (transfer);
    }
  wherry_queue_change_rest (self, WHERRY_JOURNAL_RETRY);
  g_object_thaw_notify (G_OBJECT (self));
}

/**
 * wherry_queue_set_conflict_prompter:
 * @self: a queue
 * @prompter: (nullable): who is asked about files that are there already, by
 *   transfers that come later and have nobody of their own
 */
void
wherry_queue_set_conflict_prompter (WherryQueue *self, WherryConflictPrompter *prompter)
{
  g_set_object (&self->conflict_prompter, prompter);
}

/**
 * wherry_queue_pause_all:
 * @self: a queue
 *
 * Pauses what is at work, and starts nothing until wherry_queue_resume_all().
 */
void
wherry_queue_pause_all (WherryQueue *self)
{
  g_return_if_fail (WHERRY_IS_QUEUE (self));
  pause_all (self, NULL);
}

/**
 * wherry_queue_resume_all:
 * @self: a queue
 *
 * Goes on. If nothing holds the queue as a whole, all that is paused goes on;
 * else what was paused with it.
 */
void
wherry_queue_resume_all (WherryQueue *self)
{
  g_autoptr (GPtrArray) transfers = copy_list (self);
  gboolean was_paused = self->paused;

  g_return_if_fail (WHERRY_IS_QUEUE (self));

  g_object_freeze_notify (G_OBJECT (self));
  if (was_paused)
    set_paused (self, FALSE, NULL);
  else
    self->rest_goes = TRUE;
  for (guint i = 0; i < transfers->len; i++)
    {
      WherryTransfer *transfer = transfers->pdata[i];
      gboolean ours = g_hash_table_remove (self->paused_by_us, transfer);

      if (ours || (!was_paused && wherry_transfer_get_state (transfer) == WHERRY_TRANSFER_PAUSED))
        wherry_transfer_resume (transfer);
    }
  g_object_thaw_notify (G_OBJECT (self));
}

/**
 * wherry_queue_wake:
 * @self: a queue
 *
 * To be called after the machine's sleep, and when its network changed:
 * connections that died meanwhile are found out now and not when the next byte is
 * missed, and what waits for a better time has it.
 */
void
wherry_queue_wake (WherryQueue *self)
{
  g_autoptr (GPtrArray) transfers = copy_list (self);

  g_return_if_fail (WHERRY_IS_QUEUE (self));

  wherry_session_pool_probe (wherry_scheduler_get_pool (self->scheduler));
  for (guint i = 0; i < transfers->len; i++)
    if (wherry_transfer_get_state (transfers->pdata[i]) == WHERRY_TRANSFER_RETRYING)
      wherry_transfer_resume (transfers->pdata[i]);
}

/**
 * wherry_queue_get_paused:
 * @self: a queue
 *
 * Returns: whether nothing is started
 */
gboolean
wherry_queue_get_paused (WherryQueue *self)
{
  return self->paused;
}

/**
 * wherry_queue_get_pause_reason:
 * @self: a queue
 *
 * Returns: (transfer none) (nullable): why it paused by itself: the disk is full,
 *   with how much is missing
 */
const GError *
wherry_queue_get_pause_reason (WherryQueue *self)
{
  return self->pause_reason;
}

/**
 * wherry_queue_set_limits:
 * @self: a queue
 * @n_at_once: transfers at work at once, at least 1; 4 unless set
 * @n_per_site: of these on one site, at least 1; 2 unless set
 */
void
wherry_queue_set_limits (WherryQueue *self, guint n_at_once, guint n_per_site)
{
  wherry_scheduler_set_limits (self->scheduler, n_at_once, n_per_site);
}

/**
 * wherry_queue_set_site_limit:
 * @self: a queue
 * @login: a site's login
 * @n_at_once: transfers at work at once on it; 0: as many as on any other
 */
void
wherry_queue_set_site_limit (WherryQueue *self, const WherryLogin *login, guint n_at_once)
{
  wherry_scheduler_set_site_limit (self->scheduler, login, n_at_once);
}

/**
 * wherry_queue_share_limits:
 * @self: an empty queue
 * @limits: what other queues have as well, in place of the queue's own
 *
 * Lets several queues have the same places and speed limits: no more transfers are
 * at work in all of them together than might be in one.
 */
void
wherry_queue_share_limits (WherryQueue *self, WherryLimits *limits)
{
  wherry_scheduler_share_limits (self->scheduler, limits);
}

/**
 * wherry_queue_set_speed_limit:
 * @self: a queue
 * @bytes_per_second: content bytes a second of all together; 0: no limit
 *
 * Holds at once, for what runs too.
 */
void
wherry_queue_set_speed_limit (WherryQueue *self, guint64 bytes_per_second)
{
  wherry_scheduler_set_speed_limit (self->scheduler, bytes_per_second);
}

/**
 * wherry_queue_set_site_speed_limit:
 * @self: a queue
 * @login: a site's login
 * @bytes_per_second: content bytes a second of all on it together; 0: no limit
 *
 * Holds at once, for what runs too.
 */
void
wherry_queue_set_site_speed_limit (WherryQueue *self,
                                   const WherryLogin *login,
                                   guint64 bytes_per_second)
{
  wherry_scheduler_set_site_speed_limit (self->scheduler, login, bytes_per_second);
}

/**
 * wherry_queue_get_n_active:
 * @self: a queue
 *
 * Returns: transfers at work
 */
guint
wherry_queue_get_n_active (WherryQueue *self)
{
  return self->scheduler != NULL ? wherry_scheduler_get_n_active (self->scheduler) : 0;
}

/**
 * wherry_queue_get_n_unfinished:
 * @self: a queue
 *
 * Returns: transfers that are not over, those that are only in the journal as yet
 *   included
 */
guint
wherry_queue_get_n_unfinished (WherryQueue *self)
{
  return self->transfers->len - g_hash_table_size (self->over) + self->rest.n_unfinished;
}

/**
 * wherry_queue_get_n_over:
 * @self: a queue
 *
 * Returns: transfers that are over and were not taken out, likewise
 */
guint
wherry_queue_get_n_over (WherryQueue *self)
{
  return g_hash_table_size (self->over) + self->rest.n_failed + self->rest.n_cancelled;
}

/**
 * wherry_queue_get_n_stored:
 * @self: a queue
 * @state: a state
 *
 * Returns: transfers of that state which are only in the journal as yet, and come
 *   into the queue when there is room
 */
guint
wherry_queue_get_n_stored (WherryQueue *self, WherryTransferState state)
{
  if (state == WHERRY_TRANSFER_FAILED)
    return self->rest.n_failed;
  if (state == WHERRY_TRANSFER_CANCELLED)
    return self->rest.n_cancelled;
  return state == (self->rest_goes ? WHERRY_TRANSFER_WAITING : WHERRY_TRANSFER_PAUSED)
             ? self->rest.n_unfinished
             : 0;
}

/**
 * wherry_queue_get_progress:
 * @self: a queue
 * @progress: (out caller-allocates): of all that are at work together
 */
void
wherry_queue_get_progress (WherryQueue *self, WherryProgress *progress)
{
  *progress = (WherryProgress){ .totals_known = TRUE, .seconds_left = -1 };

  for (guint i = 0; i < self->transfers->len; i++)
    {
      WherryTransfer *transfer = self->transfers->pdata[i];
      WherryProgress one;

      if (!wherry_transfer_is_active (transfer))
        continue;
      wherry_transfer_get_progress (transfer, &one);
      progress->bytes_done += one.bytes_done;
      progress->bytes_total += one.bytes_total;
      progress->files_done += one.files_done;
      progress->files_failed += one.files_failed;
      progress->files_skipped += one.files_skipped;
      progress->files_total += one.files_total;
      progress->totals_known = progress->totals_known && one.totals_known;
      progress->speed += one.speed;
      progress->seconds_left = MAX (progress->seconds_left, one.seconds_left);
    }
}
