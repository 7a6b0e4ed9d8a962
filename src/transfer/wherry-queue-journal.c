/* The queue's dealings with its journal. */
#include "transfer/wherry-queue-private.h"
#include "transfer/wherry-transfer-private.h"

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
    for (guint i = 0; i < self->transfers->len; i++)
      wherry_queue_write (self, self->transfers->pdata[i]);
  g_signal_emit_by_name (self, "journal-trouble", words);
}

static GHashTable *
collect_ids (WherryQueue *self)
{
  GHashTable *ids = g_hash_table_new (g_int64_hash, g_int64_equal);

  for (guint i = 0; i < self->transfers->len; i++)
    g_hash_table_add (ids, &((WherryTransfer *) self->transfers->pdata[i])->id);
  return ids;
}

static void
restore (WherryQueue *self, GPtrArray *records)
{
  g_autoptr (GHashTable) ids = collect_ids (self);
  guint n = 0, n_unfinished = 0;

  /* Before what was appended while they were read. */
  for (guint i = 0; i < records->len; i++)
    {
      const WherryRecord *record = records->pdata[i];
      g_autoptr (WherryTransfer) transfer = NULL;

      /* What was appended since the program started may be among them. */
      if (g_hash_table_contains (ids, &record->id)
          || (transfer = wherry_transfer_new_from_record (record)) == NULL)
        continue;
      self->last_id = MAX (self->last_id, transfer->id);
      wherry_queue_insert (self, transfer, n++);
      n_unfinished += !wherry_transfer_is_over (transfer);
    }
  if (n == 0)
    return;
  if (n < self->transfers->len)
    wherry_queue_number_all (self);
  g_list_model_items_changed (G_LIST_MODEL (self), 0, 0, n);
  wherry_queue_notify_counts (self);
  if (n_unfinished > 0)
    g_signal_emit_by_name (self, "restored", n_unfinished);
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherryQueue) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) records = wherry_journal_records_finish (result, &error);

  if (self->journal == NULL)
    return;
  if (records != NULL)
    restore (self, records);
  else
    g_signal_emit_by_name (self, "journal-trouble", error->message);
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
  wherry_journal_load_async (self->journal, on_loaded, g_object_ref (self));
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
  wherry_scheduler_set_paused (self->scheduler, TRUE);
  wherry_queue_stop_all (self);
  if (self->journal != NULL)
    wherry_journal_close (self->journal);
}
