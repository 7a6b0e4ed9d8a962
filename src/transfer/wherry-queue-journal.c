/* The queue's dealings with its journal. */
#include "transfer/wherry-queue-private.h"
#include "transfer/wherry-transfer-private.h"

/* How many come from the journal at a time. The next ones do when less than half as many are left,
 * and what is done stays in the queue until it is twice as many. */
static guint portion = 4000;

void
wherry_queue_set_portion (guint n_transfers)
{
  g_return_if_fail (n_transfers >= 2);
  portion = n_transfers;
}

/* What passes through is not to be gone on with by another run of the program. */
static gboolean
is_kept (WherryQueue *self, WherryTransfer *transfer)
{
  return self->journal != NULL && (transfer->job->flags & WHERRY_TRANSFER_PASSING) == 0;
}

/* wherry_queue_write: has the journal know how a transfer stands. */
void
wherry_queue_write (WherryQueue *self, WherryTransfer *transfer)
{
  if (is_kept (self, transfer))
    wherry_journal_write (self->journal, wherry_transfer_to_record (transfer));
}

/* What the ledger of a transfer writes to. */
typedef struct {
  WherryJournal *journal;
  gint64 id;
} Line;

static void
line_free (gpointer data)
{
  Line *line = data;

  wherry_journal_unref (line->journal);
  g_free (line);
}

static void
on_file_done (const char *key, guint64 size, gint64 mtime, gpointer user_data)
{
  const Line *line = user_data;

  wherry_journal_write_done (line->journal, line->id, wherry_ledger_get_number (key, size, mtime));
}

static void
on_partial (const char *key, const WherryPartial *partial, gpointer user_data)
{
  const Line *line = user_data;

  wherry_journal_write_partial (line->journal, line->id, key, partial);
}

static Line *
line_new (WherryJournal *journal, gint64 id)
{
  Line *line = g_new0 (Line, 1);

  line->journal = wherry_journal_ref (journal);
  line->id = id;
  return line;
}

/* The same for all runs of a transfer; others have another one, as good as certainly. */
static guint32
make_tag (gint64 id)
{
  return (guint32) (((guint64) id * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15)) >> 32) | 1;
}

/* wherry_queue_enter: from now on the journal hears of the transfer. */
void
wherry_queue_enter (WherryQueue *self, WherryTransfer *transfer)
{
  if (transfer->id == 0)
    {
      self->last_id = MAX (self->last_id + 1, g_get_real_time ());
      transfer->id = self->last_id;
    }
  transfer->job->tag = make_tag (transfer->id);
  transfer->job->keeps_partials = (transfer->job->flags & WHERRY_TRANSFER_PASSING) == 0;
  if (!is_kept (self, transfer))
    return;
  wherry_ledger_set_record (transfer->job->ledger, on_file_done,
                            line_new (self->journal, transfer->id), line_free);
  wherry_partials_set_record (transfer->job->partials, on_partial,
                              line_new (self->journal, transfer->id), line_free);
}

/* wherry_queue_hide: takes a transfer out of what is there after a restart. */
void
wherry_queue_hide (WherryQueue *self, WherryTransfer *transfer)
{
  if (!is_kept (self, transfer))
    return;
  if (!wherry_transfer_is_over (transfer))
    {
      WherryRecord *record = wherry_transfer_to_record (transfer);
      record->state = WHERRY_TRANSFER_CANCELLED;
      record->ended = g_get_real_time () / G_USEC_PER_SEC;
      wherry_journal_write (self->journal, record);
    }
  wherry_journal_hide (self->journal, transfer->id);
}

static void
on_trouble (const char *words, gboolean lost, gpointer user_data)
{
  WherryQueue *self = user_data;

  if (lost)
    self->rest = (WherryJournalRest){ 0 };
  if (lost)
    for (guint i = 0; i < self->transfers->len; i++)
      wherry_queue_write (self, self->transfers->pdata[i]);
  g_signal_emit_by_name (self, "journal-trouble", words);
}

static int
compare_positions (gconstpointer a, gconstpointer b)
{
  const WherryTransfer *one = *(WherryTransfer *const *) a;
  const WherryTransfer *other = *(WherryTransfer *const *) b;

  if (one->position != other->position)
    return one->position < other->position ? -1 : 1;
  return (one->id > other->id) - (one->id < other->id);
}

/* Where among those in the queue one from the journal belongs. */
static guint
find_place (WherryQueue *self, WherryTransfer *transfer)
{
  guint low = 0, high = self->transfers->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      if (compare_positions (&self->transfers->pdata[middle], &transfer) < 0)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/* Neighbours at once: who shows the queue is told once. */
static void
insert_sorted (WherryQueue *self, GPtrArray *transfers)
{
  guint i = 0;

  while (i < transfers->len)
    {
      guint place = find_place (self, transfers->pdata[i]);
      guint n = 0;

      do
        wherry_queue_insert (self, transfers->pdata[i++], place + n++);
      while (
          i < transfers->len
          && (place + n >= self->transfers->len
              || compare_positions (&transfers->pdata[i], &self->transfers->pdata[place + n]) < 0));
      g_list_model_items_changed (G_LIST_MODEL (self), place, 0, n);
    }
}

static GPtrArray *
make_transfers (WherryQueue *self, GPtrArray *records)
{
  GPtrArray *transfers = g_ptr_array_new_full (records->len, g_object_unref);

  for (guint i = 0; i < records->len; i++)
    {
      WherryTransfer *transfer = wherry_transfer_new_from_record (records->pdata[i]);

      if (transfer == NULL)
        continue;
      self->last_id = MAX (self->last_id, transfer->id);
      g_ptr_array_add (transfers, transfer);
    }
  g_ptr_array_sort (transfers, compare_positions);
  return transfers;
}

static guint
count_unfinished (GPtrArray *transfers)
{
  guint n = 0;

  for (guint i = 0; i < transfers->len; i++)
    n += !wherry_transfer_is_over (transfers->pdata[i]);
  return n;
}

/* Has those that were on their way here be as the rest was made to be meanwhile. */
static void
catch_up (WherryQueue *self, GPtrArray *transfers)
{
  guint changes = self->changes;

  self->changes = 0;
  for (guint i = 0; i < transfers->len; i++)
    {
      WherryTransfer *transfer = transfers->pdata[i];

      if ((changes & (1 << WHERRY_JOURNAL_RETRY)) != 0
          && wherry_transfer_get_state (transfer) == WHERRY_TRANSFER_FAILED)
        wherry_transfer_retry (transfer);
      if ((changes & (1 << WHERRY_JOURNAL_CANCEL)) != 0)
        wherry_transfer_cancel (transfer);
      if ((changes & (1 << WHERRY_JOURNAL_CLEAR)) != 0 && wherry_transfer_is_over (transfer))
        wherry_queue_remove (self, transfer);
    }
}

/* What was appended while the first of them were read comes behind all of them. */
static void
move_behind_rest (WherryQueue *self, GPtrArray *transfers)
{
  gint64 last = self->rest.last_position;

  if (transfers->len > 0)
    last = MAX (last, ((WherryTransfer *) transfers->pdata[transfers->len - 1])->position);
  for (guint i = 0; i < self->transfers->len; i++)
    {
      WherryTransfer *transfer = self->transfers->pdata[i];
      transfer->position += MAX (last, 0);
      wherry_queue_write (self, transfer);
    }
  wherry_scheduler_sort (self->scheduler);
}

static void
restore (WherryQueue *self, GPtrArray *records, gboolean first)
{
  g_autoptr (GPtrArray) transfers = make_transfers (self, records);
  guint n_unfinished = count_unfinished (transfers) + self->rest.n_unfinished;

  self->last_id = MAX (self->last_id, self->rest.last_id);
  if (first)
    move_behind_rest (self, transfers);
  for (guint i = 0; i < transfers->len; i++)
    if (self->rest_goes
        && wherry_transfer_get_state (transfers->pdata[i]) == WHERRY_TRANSFER_PAUSED)
      wherry_transfer_resume (transfers->pdata[i]);
  g_object_freeze_notify (G_OBJECT (self));
  insert_sorted (self, transfers);
  catch_up (self, transfers);
  wherry_scheduler_run (self->scheduler);
  wherry_queue_notify_counts (self);
  g_object_thaw_notify (G_OBJECT (self));
  if (first && n_unfinished > 0)
    g_signal_emit_by_name (self, "restored", n_unfinished);
}

static void
take_loaded (WherryQueue *self, GAsyncResult *result, gboolean first)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) records = wherry_journal_load_finish (result, &self->rest, &error);

  if (self->journal == NULL || self->shut_down)
    return;
  if (records != NULL)
    restore (self, records, first);
  else
    {
      self->rest = (WherryJournalRest){ 0 };
      g_signal_emit_by_name (self, "journal-trouble", error->message);
    }
  self->loading = FALSE;
  wherry_queue_load_rest (self);
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherryQueue) self = user_data;

  take_loaded (self, result, FALSE);
}

static void
on_first_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherryQueue) self = user_data;

  take_loaded (self, result, TRUE);
}

static gboolean
has_rest (WherryQueue *self)
{
  return self->rest.n_unfinished > 0 || self->rest.n_failed > 0 || self->rest.n_cancelled > 0;
}

/* wherry_queue_load_rest: has some of the rest come into the queue if there is room. */
void
wherry_queue_load_rest (WherryQueue *self)
{
  const WherryJournalRest *rest = &self->rest;
  gboolean for_work = rest->n_unfinished > 0
                      && self->transfers->len - g_hash_table_size (self->over) < portion / 2;
  gboolean for_show = has_rest (self) && self->transfers->len < portion / 2;

  if (self->journal == NULL || self->loading || (!for_work && !for_show && !self->changed))
    return;
  self->loading = TRUE;
  self->changed = FALSE;
  wherry_journal_load_async (self->journal, for_work || for_show ? portion : 0, for_show, on_loaded,
                             g_object_ref (self));
}

static gboolean
is_done_before (gpointer transfer, WherryTransfer *latest)
{
  return wherry_transfer_get_state (transfer) == WHERRY_TRANSFER_DONE && transfer != latest;
}

/* wherry_queue_forget_done: takes out what was done before @latest, if that is much: the history
 * has it. */
void
wherry_queue_forget_done (WherryQueue *self, WherryTransfer *latest)
{
  guint left = portion;

  if (self->journal == NULL || g_hash_table_size (self->over) < 2 * portion)
    return;
  for (guint i = 0; i < self->transfers->len && left > 0; i++)
    {
      guint n = 0;

      while (n < left && i + n < self->transfers->len
             && is_done_before (self->transfers->pdata[i + n], latest))
        n++;
      if (n > 0)
        wherry_queue_remove_some (self, i, n);
      left -= n;
    }
}

/* wherry_queue_change_rest: does to the rest what was done to all in the queue. */
void
wherry_queue_change_rest (WherryQueue *self, WherryJournalChange change)
{
  if (self->journal == NULL || (!self->loading && !has_rest (self)))
    return;
  if (self->loading)
    self->changes |= 1 << change;
  wherry_journal_change_rest (self->journal, change);
  self->changed = TRUE;
  wherry_queue_load_rest (self);
}

/**
 * wherry_queue_open_journal:
 * @self: a queue without a journal
 * @path: the journal's file, see wherry_journal_dup_default_path()
 *
 * Keeps the transfers on disk from now on. Those that are there from before come
 * into the queue a little later, paused if they are not over; "restored" tells.
 */
void
wherry_queue_open_journal (WherryQueue *self, const char *path)
{
  g_return_if_fail (self->journal == NULL);

  self->journal = wherry_journal_open (path, on_trouble, self);
  for (guint i = 0; i < self->transfers->len; i++)
    {
      wherry_queue_enter (self, self->transfers->pdata[i]);
      wherry_queue_write (self, self->transfers->pdata[i]);
    }
  self->loading = TRUE;
  wherry_queue_load_leftovers (self);
  wherry_journal_load_async (self->journal, portion, TRUE, on_first_loaded, g_object_ref (self));
}

/**
 * wherry_queue_get_journal:
 * @self: a queue
 *
 * Returns: (transfer none) (nullable): its journal, for the history
 */
WherryJournal *
wherry_queue_get_journal (WherryQueue *self)
{
  return self->journal;
}

/**
 * wherry_queue_shut_down:
 * @self: a queue
 *
 * Stops everything at the end of the program. In the journal all that is not
 * over stays so, to be gone on with, and so does what is half there. Waits until the journal is on
 * disk.
 */
void
wherry_queue_shut_down (WherryQueue *self)
{
  self->shut_down = TRUE;
  wherry_scheduler_set_paused (self->scheduler, TRUE);
  wherry_queue_stop_all (self);
  if (self->journal != NULL)
    wherry_journal_close (self->journal);
}
