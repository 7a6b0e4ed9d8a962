#include "config.h"

#include "transfer/wherry-journal.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "transfer/wherry-journal-private.h"

/* What is written at once at most. */
#define BATCH_MAX 8192

/* Files that are done come by the thousand a second: what comes within this time goes with one
 * commit. Should the machine stop meanwhile these files go over again, no more. Microseconds. */
#define GATHER_TIME (G_USEC_PER_SEC / 5)

/* Until a disk that took nothing is tried again, in microseconds. */
#define RETRY_TIME (5 * (guint64) G_USEC_PER_SEC)

typedef enum {
  MESSAGE_WRITE,
  MESSAGE_DONE,
  MESSAGE_PARTIAL,
  MESSAGE_LEFTOVER,
  MESSAGE_HIDE,
  MESSAGE_CHANGE_REST,
  MESSAGE_FORGET_HISTORY,
  MESSAGE_LOAD,
  MESSAGE_LOAD_LEFTOVERS,
  MESSAGE_SEARCH,
  MESSAGE_COUNT,
  MESSAGE_SYNC,
  MESSAGE_CLOSE,
} MessageKind; /* those up to FORGET_HISTORY change something */

typedef struct {
  MessageKind kind;
  gint64 id;
  guint64 number;
  WherryRecord *record;   /* of WRITE */
  WherryPartial *partial; /* of PARTIAL; its path is NULL if there is nothing any more */
  GVariant *place;        /* of LEFTOVER */
  gboolean there;
  GTask *task; /* of those that are answered */
  char *text;
  guint offset;
  guint n_records;
  gboolean with_over;
  WherryJournalChange change;
} Message;

/* Whom to tell of trouble; outlives the journal until all was told. */
typedef struct {
  WherryJournalTrouble trouble;
  gpointer user_data;
  gboolean closed; /* only the main thread */
} Listener;

struct _WherryJournal {
  gatomicrefcount ref_count;
  char *path;
  Listener *listener;    /* an atomic box */
  GMainContext *context; /* the listener's */
  GAsyncQueue *messages; /* element-type Message */
  GThread *thread;       /* (nullable): until it is closed */

  /* Only the thread. */
  WherryJournalStore store;
  gboolean usable;
  gboolean told_full;
};

static void
message_free (gpointer data)
{
  Message *message = data;

  wherry_record_free (message->record);
  wherry_partial_free (message->partial);
  g_clear_pointer (&message->place, g_variant_unref);
  g_clear_object (&message->task);
  g_free (message->text);
  g_free (message);
}

typedef struct {
  Listener *listener;
  char *words;
  gboolean lost;
} Trouble;

static gboolean
on_trouble (gpointer data)
{
  Trouble *trouble = data;
  Listener *listener = trouble->listener;

  if (!listener->closed)
    listener->trouble (trouble->words, trouble->lost, listener->user_data);
  return G_SOURCE_REMOVE;
}

static void
trouble_free (gpointer data)
{
  Trouble *trouble = data;

  g_atomic_rc_box_release (trouble->listener);
  g_free (trouble->words);
  g_free (trouble);
}

/* Takes @words over. */
static void
tell_trouble (WherryJournal *self, char *words, gboolean lost)
{
  Trouble *trouble = g_new0 (Trouble, 1);
  g_autoptr (GSource) source = g_idle_source_new ();

  trouble->listener = g_atomic_rc_box_acquire (self->listener);
  trouble->words = words;
  trouble->lost = lost;
  g_source_set_callback (source, on_trouble, trouble, trouble_free);
  /* Before the answer that comes of it. */
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_name (source, "[wherry] journal trouble");
  g_source_attach (source, self->context);
}

static gboolean
is_damage (int rc)
{
  switch (rc & 0xff)
    {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR: /* a table or column that should be there is not */
    case SQLITE_SCHEMA:
    case SQLITE_MISMATCH:
      return TRUE;
    default:
      return FALSE;
    }
}

static void
open_store (WherryJournal *self, gboolean after_damage)
{
  int rc = wherry_journal_store_open (&self->store, self->path);
  g_autofree char *shown = wherry_text_display_name (self->path);
  g_autofree char *aside = NULL;

  self->usable = rc == SQLITE_OK;
  if (self->usable)
    return;

  if (is_damage (rc) && !after_damage && wherry_journal_store_set_aside (self->path, &aside))
    {
      g_autofree char *shown_aside = wherry_text_display_name (aside);
      tell_trouble (
          self,
          g_strdup_printf (_ ("The list of transfers is damaged and can’t be read. It was "
                              "kept as “%s”, and a new one was begun"),
                           shown_aside),
          TRUE);
      open_store (self, TRUE);
    }
  else if (rc == WHERRY_JOURNAL_NEWER)
    tell_trouble (self,
                  g_strdup_printf (_ ("The list of transfers “%s” was made by a newer version of "
                                      "Wherry. It is left as it is, and transfers of this run are "
                                      "not kept"),
                                   shown),
                  FALSE);
  else if ((rc & 0xff) == SQLITE_BUSY)
    tell_trouble (self,
                  g_strdup (
                      _ ("Another Wherry has the list of transfers. Transfers of this one are "
                         "not kept when it ends")),
                  FALSE);
  else
    tell_trouble (self,
                  g_strdup_printf (_ ("The list of transfers “%s” can’t be opened (%s). Transfers "
                                      "are not kept when Wherry ends"),
                                   shown, sqlite3_errstr (rc & 0xff)),
                  FALSE);
}

/* What was found in it can't be trusted any more. */
static void
replace_damaged (WherryJournal *self)
{
  g_autofree char *aside = NULL;

  wherry_journal_store_close (&self->store);
  self->usable = FALSE;
  if (!wherry_journal_store_set_aside (self->path, &aside))
    {
      tell_trouble (self,
                    g_strdup (_ ("The list of transfers is damaged. Transfers are not kept "
                                 "when Wherry ends")),
                    FALSE);
      return;
    }
  g_autofree char *shown = wherry_text_display_name (aside);
  tell_trouble (self,
                g_strdup_printf (_ ("The list of transfers is damaged. It was kept as “%s”, and a "
                                    "new one was begun"),
                                 shown),
                TRUE);
  open_store (self, TRUE);
}

static int
apply (WherryJournal *self, const Message *message)
{
  switch (message->kind)
    {
    case MESSAGE_WRITE:
      return wherry_journal_store_write (&self->store, message->record);
    case MESSAGE_DONE:
      return wherry_journal_store_write_done (&self->store, message->id, message->number);
    case MESSAGE_PARTIAL:
      return wherry_journal_store_write_partial (&self->store, message->id, message->partial->key,
                                                 message->partial->path != NULL ? message->partial
                                                                                : NULL);
    case MESSAGE_LEFTOVER:
      return wherry_journal_store_write_leftover (&self->store, message->place, message->there);
    case MESSAGE_HIDE:
      return wherry_journal_store_hide (&self->store, message->id);
    case MESSAGE_CHANGE_REST:
      return wherry_journal_store_change_rest (&self->store, message->change);
    case MESSAGE_FORGET_HISTORY:
      return wherry_journal_store_forget_history (&self->store, message->id);
    case MESSAGE_LOAD:
    case MESSAGE_LOAD_LEFTOVERS:
    case MESSAGE_SEARCH:
    case MESSAGE_COUNT:
    case MESSAGE_SYNC:
    case MESSAGE_CLOSE:
    default:
      return SQLITE_OK;
    }
}

static int
write_batch (WherryJournal *self, GPtrArray *batch)
{
  int rc = wherry_journal_store_run (&self->store, WHERRY_JOURNAL_SQL_BEGIN);

  for (guint i = 0; rc == SQLITE_OK && i < batch->len; i++)
    rc = apply (self, batch->pdata[i]);
  if (rc == SQLITE_OK)
    rc = wherry_journal_store_run (&self->store, WHERRY_JOURNAL_SQL_COMMIT);
  if (rc != SQLITE_OK && !sqlite3_get_autocommit (self->store.db))
    (void) wherry_journal_store_run (&self->store, WHERRY_JOURNAL_SQL_ROLLBACK);
  return rc;
}

static void
answer_records (GTask *task, int rc, GPtrArray *records)
{
  if (rc == SQLITE_OK)
    g_task_return_pointer (task, records, (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_FAILED,
                             _ ("The list of transfers can’t be read (%s)"),
                             sqlite3_errstr (rc & 0xff));
}

static int
answer (WherryJournal *self, Message *message)
{
  GPtrArray *records = NULL;
  gint64 count = 0;
  int rc = SQLITE_OK;

  if (message->task == NULL)
    return SQLITE_OK;
  if (!self->usable)
    {
      if (message->kind == MESSAGE_LOAD || message->kind == MESSAGE_LOAD_LEFTOVERS
          || message->kind == MESSAGE_SEARCH)
        g_task_return_pointer (message->task,
                               g_ptr_array_new_with_free_func ((GDestroyNotify) wherry_record_free),
                               (GDestroyNotify) g_ptr_array_unref);
      else
        g_task_return_int (message->task, 0);
      return SQLITE_OK;
    }

  switch (message->kind)
    {
    case MESSAGE_LOAD:
      rc = wherry_journal_store_load (&self->store, message->n_records, message->with_over,
                                      &records, g_task_get_task_data (message->task));
      answer_records (message->task, rc, records);
      break;
    case MESSAGE_LOAD_LEFTOVERS:
      rc = wherry_journal_store_load_leftovers (&self->store, &records);
      answer_records (message->task, rc, records);
      break;
    case MESSAGE_SEARCH:
      rc = wherry_journal_store_search (&self->store, message->text, message->offset,
                                        message->n_records, &records);
      answer_records (message->task, rc, records);
      break;
    case MESSAGE_COUNT:
      rc = wherry_journal_store_count (&self->store, message->text, &count);
      g_task_return_int (message->task, (gssize) count);
      break;
    case MESSAGE_SYNC:
      g_task_return_int (message->task, 0);
      break;
    case MESSAGE_WRITE:
    case MESSAGE_DONE:
    case MESSAGE_PARTIAL:
    case MESSAGE_LEFTOVER:
    case MESSAGE_HIDE:
    case MESSAGE_CHANGE_REST:
    case MESSAGE_FORGET_HISTORY:
    case MESSAGE_CLOSE:
    default:
      g_assert_not_reached ();
    }
  return rc;
}

static gboolean
needs_writing (const Message *message)
{
  return message->kind <= MESSAGE_FORGET_HISTORY;
}

/* Returns whether to close. What could not be written stays in the batch. */
static gboolean
handle_batch (WherryJournal *self, GPtrArray *batch)
{
  gboolean closing = FALSE, any = FALSE;
  int rc = SQLITE_OK;

  for (guint i = 0; i < batch->len; i++)
    {
      const Message *message = batch->pdata[i];
      closing = closing || message->kind == MESSAGE_CLOSE;
      any = any || needs_writing (message);
    }

  if (any && self->usable)
    rc = write_batch (self, batch);
  if (is_damage (rc))
    {
      replace_damaged (self);
      rc = self->usable ? write_batch (self, batch) : SQLITE_OK;
    }
  if (rc != SQLITE_OK && !closing)
    {
      if (!self->told_full)
        tell_trouble (
            self,
            g_strdup_printf (_ ("The list of transfers can’t be written (%s). It is tried "
                                "again until it can"),
                             sqlite3_errstr (rc & 0xff)),
            FALSE);
      self->told_full = TRUE;
      return FALSE;
    }

  self->told_full = FALSE;
  for (guint i = 0; i < batch->len; i++)
    if (is_damage (answer (self, batch->pdata[i])))
      replace_damaged (self);
  g_ptr_array_set_size (batch, 0);
  return closing;
}

static Message *
wait_for_message (WherryJournal *self, const GPtrArray *batch)
{
  if (self->told_full)
    return g_async_queue_timeout_pop (self->messages, RETRY_TIME);
  return batch->len == 0 ? g_async_queue_pop (self->messages)
                         : g_async_queue_try_pop (self->messages);
}

/* Collects what there is to write. Files that are done wait a little for others of their kind;
 * nothing else does. */
static void
gather (WherryJournal *self, GPtrArray *batch)
{
  gint64 until = g_get_monotonic_time () + GATHER_TIME;
  Message *message = wait_for_message (self, batch);

  while (message != NULL)
    {
      g_ptr_array_add (batch, message);
      if (message->kind == MESSAGE_CLOSE || batch->len >= BATCH_MAX)
        return;
      if (message->kind != MESSAGE_DONE && message->kind != MESSAGE_PARTIAL)
        until = 0;
      gint64 left = until - g_get_monotonic_time ();
      message = left > 0 ? g_async_queue_timeout_pop (self->messages, (guint64) left)
                         : g_async_queue_try_pop (self->messages);
    }
}

static gpointer
run (gpointer data)
{
  WherryJournal *self = data;
  g_autoptr (GPtrArray) batch = g_ptr_array_new_with_free_func (message_free);

  open_store (self, FALSE);
  do
    gather (self, batch);
  while (!handle_batch (self, batch));
  wherry_journal_store_close (&self->store);
  return NULL;
}

/**
 * wherry_journal_dup_default_path:
 *
 * Returns: (transfer full) (type filename): where the journal is
 */
char *
wherry_journal_dup_default_path (void)
{
  return g_build_filename (g_get_user_state_dir (), "wherry", "queue.db", NULL);
}

/**
 * wherry_journal_open:
 * @path: the file, made where there is none; its folder too
 * @trouble: (scope forever): told of what a person should know
 * @user_data: for @trouble
 *
 * Returns: (transfer full): the journal. That it can't be opened is told by
 *   @trouble; then nothing is kept, and all else works as ever
 */
WherryJournal *
wherry_journal_open (const char *path, WherryJournalTrouble trouble, gpointer user_data)
{
  WherryJournal *self = g_new0 (WherryJournal, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->path = g_strdup (path);
  self->listener = g_atomic_rc_box_new0 (Listener);
  self->listener->trouble = trouble;
  self->listener->user_data = user_data;
  self->context = g_main_context_ref_thread_default ();
  self->messages = g_async_queue_new_full (message_free);
  self->thread = g_thread_new ("wherry-journal", run, self);
  return self;
}

static void
send (WherryJournal *self, Message message)
{
  g_async_queue_push (self->messages, g_memdup2 (&message, sizeof message));
}

/**
 * wherry_journal_ref:
 * @self: a journal
 *
 * Returns: (transfer full): @self
 */
WherryJournal *
wherry_journal_ref (WherryJournal *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * wherry_journal_unref:
 * @self: (transfer full): a journal; closed before the last reference goes
 */
void
wherry_journal_unref (WherryJournal *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_assert (self->thread == NULL);
  g_async_queue_unref (self->messages);
  g_atomic_rc_box_release (self->listener);
  g_main_context_unref (self->context);
  g_free (self->path);
  g_free (self);
}

/**
 * wherry_journal_close:
 * @self: a journal
 *
 * Waits until all is on disk, and closes it. What is written later is dropped.
 * Main thread only.
 */
void
wherry_journal_close (WherryJournal *self)
{
  if (self->thread == NULL)
    return;
  send (self, (Message){ .kind = MESSAGE_CLOSE });
  g_clear_pointer (&self->thread, g_thread_join);
  self->listener->closed = TRUE;
}

/**
 * wherry_journal_write:
 * @self: a journal
 * @record: (transfer full): a transfer's record, new or changed
 */
void
wherry_journal_write (WherryJournal *self, WherryRecord *record)
{
  send (self, (Message){ .kind = MESSAGE_WRITE, .record = record });
}

/**
 * wherry_journal_write_done:
 * @self: a journal
 * @id: a transfer's id
 * @number: a file of it that is in its place, see wherry_ledger_get_number()
 *
 * Any thread.
 */
void
wherry_journal_write_done (WherryJournal *self, gint64 id, guint64 number)
{
  send (self, (Message){ .kind = MESSAGE_DONE, .id = id, .number = number });
}

/**
 * wherry_journal_write_partial:
 * @self: a journal
 * @id: a transfer's id
 * @key: the key of a file of it
 * @partial: (nullable): what there is of it; %NULL: nothing any more
 *
 * Any thread.
 */
void
wherry_journal_write_partial (WherryJournal *self,
                              gint64 id,
                              const char *key,
                              const WherryPartial *partial)
{
  WherryPartial *copy = g_new0 (WherryPartial, 1);

  copy->key = g_strdup (key);
  if (partial != NULL)
    {
      copy->path = g_strdup (partial->path);
      copy->size = partial->size;
      copy->mtime = partial->mtime;
    }
  send (self, (Message){ .kind = MESSAGE_PARTIAL, .id = id, .partial = copy });
}

/**
 * wherry_journal_write_leftover:
 * @self: a journal
 * @place: a file of no use on a server
 * @there: whether it is there, to be removed some time; else it is gone
 */
void
wherry_journal_write_leftover (WherryJournal *self, const WherryEndpoint *place, gboolean there)
{
  send (self, (Message){ .kind = MESSAGE_LEFTOVER,
                         .place = g_variant_ref_sink (wherry_record_pack_endpoint (place)),
                         .there = there });
}

/**
 * wherry_journal_hide:
 * @self: a journal
 * @id: a transfer's id
 *
 * Takes it out of what is loaded on start. It stays in the history.
 */
void
wherry_journal_hide (WherryJournal *self, gint64 id)
{
  send (self, (Message){ .kind = MESSAGE_HIDE, .id = id });
}

/**
 * wherry_journal_forget_history:
 * @self: a journal
 * @before: seconds since 1970
 *
 * Forgets what ended before that time and is not shown in the queue.
 */
void
wherry_journal_forget_history (WherryJournal *self, gint64 before)
{
  send (self, (Message){ .kind = MESSAGE_FORGET_HISTORY, .id = before });
}

/**
 * wherry_journal_load_async:
 * @self: a journal
 * @n_records: how many to read at most
 * @with_over: whether what failed or was cancelled, and was not taken out, is read
 *   as well as what is not over
 * @callback: called when it is read
 * @user_data: for @callback
 *
 * Reads some of the rest: of what is there from before and was not loaded yet. What
 * goes first comes first. However much there is, that takes no time to speak of.
 */
void
wherry_journal_load_async (WherryJournal *self,
                           guint n_records,
                           gboolean with_over,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);

  g_task_set_source_tag (task, wherry_journal_load_async);
  g_task_set_task_data (task, g_new0 (WherryJournalRest, 1), g_free);
  send (self,
        (Message){
            .kind = MESSAGE_LOAD, .task = task, .n_records = n_records, .with_over = with_over });
}

/**
 * wherry_journal_load_finish:
 * @result: of wherry_journal_load_async()
 * @rest: (out caller-allocates): what there is besides
 * @error: it can't be read
 *
 * Returns: (transfer full) (nullable) (element-type WherryRecord): the records
 */
GPtrArray *
wherry_journal_load_finish (GAsyncResult *result, WherryJournalRest *rest, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  *rest = *(WherryJournalRest *) g_task_get_task_data (G_TASK (result));
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * wherry_journal_load_leftovers_async:
 * @self: a journal
 * @callback: called when they are read
 * @user_data: for @callback
 *
 * Reads the places that wherry_journal_write_leftover() was told of.
 */
void
wherry_journal_load_leftovers_async (WherryJournal *self,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);

  g_task_set_source_tag (task, wherry_journal_load_leftovers_async);
  send (self, (Message){ .kind = MESSAGE_LOAD_LEFTOVERS, .task = task });
}

/**
 * wherry_journal_change_rest:
 * @self: a journal
 * @change: what becomes of all that was not loaded yet
 */
void
wherry_journal_change_rest (WherryJournal *self, WherryJournalChange change)
{
  send (self, (Message){ .kind = MESSAGE_CHANGE_REST, .change = change });
}

/**
 * wherry_journal_search_async:
 * @self: a journal
 * @text: (nullable): what the name or the ends of a transfer have to contain
 * @offset: how many to pass over
 * @n_records: how many to read at most
 * @cancellable: (nullable): a cancellable
 * @callback: called when it is read
 * @user_data: for @callback
 *
 * Reads some of what is over, the latest first.
 */
void
wherry_journal_search_async (WherryJournal *self,
                             const char *text,
                             guint offset,
                             guint n_records,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, wherry_journal_search_async);
  send (self, (Message){ .kind = MESSAGE_SEARCH,
                         .task = task,
                         .text = g_strdup (text),
                         .offset = offset,
                         .n_records = n_records });
}

/**
 * wherry_journal_count_async:
 * @self: a journal
 * @text: (nullable): as for wherry_journal_search_async()
 * @cancellable: (nullable): a cancellable
 * @callback: called when it is counted
 * @user_data: for @callback
 *
 * Counts what wherry_journal_search_async() would find.
 */
void
wherry_journal_count_async (WherryJournal *self,
                            const char *text,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, wherry_journal_count_async);
  send (self, (Message){ .kind = MESSAGE_COUNT, .task = task, .text = g_strdup (text) });
}

/**
 * wherry_journal_sync_async:
 * @self: a journal
 * @callback: called when all that was written before is on disk
 * @user_data: for @callback
 */
void
wherry_journal_sync_async (WherryJournal *self, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);

  g_task_set_source_tag (task, wherry_journal_sync_async);
  send (self, (Message){ .kind = MESSAGE_SYNC, .task = task });
}

/**
 * wherry_journal_records_finish:
 * @result: of wherry_journal_search_async() or wherry_journal_load_leftovers_async()
 * @error: it can't be read, or it was cancelled
 *
 * Returns: (transfer full) (nullable) (element-type WherryRecord): the records; of
 *   the latter, the places: #WherryEndpoint
 */
GPtrArray *
wherry_journal_records_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * wherry_journal_count_finish:
 * @result: of wherry_journal_count_async()
 * @error: it was cancelled
 *
 * Returns: the number, or -1 on error
 */
gint64
wherry_journal_count_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), -1);
  return g_task_propagate_int (G_TASK (result), error);
}

/**
 * wherry_journal_sync_finish:
 * @result: of wherry_journal_sync_async()
 * @error: never set
 *
 * Returns: %TRUE
 */
gboolean
wherry_journal_sync_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), FALSE);
  return g_task_propagate_int (G_TASK (result), error) == 0;
}
