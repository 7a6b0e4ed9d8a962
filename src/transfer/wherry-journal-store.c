#include "config.h"

#include "transfer/wherry-journal-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "transfer/wherry-job.h"

#define VERSION 1

/* What SQLite itself uses besides the pages: enough to keep the work going, in KiB. */
#define CACHE_KIB 4096

/*
 * Made where it is not there: a Wherry that knows nothing of it is none the worse for it. Of the
 * files that are half there, how to go on with them, and where such files were left that are of no
 * use any more; the order in which transfers are loaded, with all that is counted, so that a
 * million of them are counted without being read. And which are known to this run of the program,
 * since they were loaded or written: all others are the rest.
 */
#define ADDITION                                                                                \
  "CREATE TABLE IF NOT EXISTS partial (transfer INTEGER NOT NULL, key BLOB NOT NULL, "          \
  "path BLOB NOT NULL, size INTEGER NOT NULL, mtime INTEGER NOT NULL, "                         \
  "PRIMARY KEY (transfer, key)) WITHOUT ROWID;"                                                 \
  "CREATE TABLE IF NOT EXISTS leftover (place BLOB PRIMARY KEY) WITHOUT ROWID;"                 \
  "CREATE INDEX IF NOT EXISTS transfer_order ON transfer (priority DESC, position, id, state) " \
  "WHERE listed <> 0;"                                                                          \
  "DROP INDEX IF EXISTS transfer_listed;"                                                       \
  "CREATE TEMP TABLE known (id INTEGER PRIMARY KEY)"

/*
 * A transfer is `listed` as long as the queue shows it after a restart. Of the
 * files that are done only a number is kept, as the ledger does, and only until
 * all of the transfer is.
 */
static const char *const SCHEMA
    = "CREATE TABLE transfer (id INTEGER PRIMARY KEY, position INTEGER NOT NULL, "
      "state INTEGER NOT NULL, priority INTEGER NOT NULL, what BLOB NOT NULL, "
      "name TEXT NOT NULL, route TEXT NOT NULL, added INTEGER NOT NULL, ended INTEGER NOT NULL, "
      "bytes_done INTEGER NOT NULL, files_done INTEGER NOT NULL, files_failed INTEGER NOT NULL, "
      "error_domain TEXT, error_code INTEGER, error_message TEXT, listed INTEGER NOT NULL);"
      "CREATE INDEX transfer_ended ON transfer (ended, id) WHERE ended <> 0;"
      "CREATE TABLE done (transfer INTEGER NOT NULL, number INTEGER NOT NULL, "
      "PRIMARY KEY (transfer, number)) WITHOUT ROWID;"
      "CREATE TABLE failure (transfer INTEGER NOT NULL, key BLOB NOT NULL, path BLOB NOT NULL, "
      "domain TEXT NOT NULL, code INTEGER NOT NULL, message TEXT NOT NULL);"
      "CREATE INDEX failure_transfer ON failure (transfer);"
      "PRAGMA user_version = 1;";

#define COLUMNS                                                                              \
  "id, position, state, priority, what, name, route, added, ended, bytes_done, files_done, " \
  "files_failed, error_domain, error_code, error_message"

/* Of a row of transfer. */
#define IS_REST "listed <> 0 AND NOT EXISTS (SELECT 1 FROM known WHERE known.id = transfer.id)"

/* As numbers of WherryTransferState, which are kept: databases have them. */
#define IS_OVER "state >= 7"
#define FAILED "8"
#define CANCELLED "9"

#define MATCHES "ended <> 0 AND (name LIKE ?1 ESCAPE '\\' OR route LIKE ?1 ESCAPE '\\')"

static const char *const SQL[WHERRY_JOURNAL_N_SQL] = {
  [WHERRY_JOURNAL_SQL_BEGIN] = "BEGIN IMMEDIATE",
  [WHERRY_JOURNAL_SQL_COMMIT] = "COMMIT",
  [WHERRY_JOURNAL_SQL_ROLLBACK] = "ROLLBACK",
  [WHERRY_JOURNAL_SQL_WRITE]
  = "INSERT INTO transfer (" COLUMNS ", listed) VALUES "
    "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) "
    "ON CONFLICT (id) DO UPDATE SET position = ?2, state = ?3, priority = ?4, what = ?5, "
    "name = ?6, route = ?7, ended = ?9, bytes_done = ?10, files_done = ?11, files_failed = ?12, "
    "error_domain = ?13, error_code = ?14, error_message = ?15, listed = ?16",
  [WHERRY_JOURNAL_SQL_DONE] = "INSERT OR IGNORE INTO done VALUES (?1, ?2)",
  [WHERRY_JOURNAL_SQL_FORGET_DONE] = "DELETE FROM done WHERE transfer = ?1",
  [WHERRY_JOURNAL_SQL_PARTIAL] = "INSERT OR REPLACE INTO partial VALUES (?1, ?2, ?3, ?4, ?5)",
  [WHERRY_JOURNAL_SQL_FORGET_PARTIAL] = "DELETE FROM partial WHERE transfer = ?1 AND key = ?2",
  [WHERRY_JOURNAL_SQL_FORGET_PARTIALS] = "DELETE FROM partial WHERE transfer = ?1",
  [WHERRY_JOURNAL_SQL_FAILURE] = "INSERT INTO failure VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
  [WHERRY_JOURNAL_SQL_FORGET_FAILURES] = "DELETE FROM failure WHERE transfer = ?1",
  [WHERRY_JOURNAL_SQL_HIDE] = "UPDATE transfer SET listed = 0 WHERE id = ?1",
  [WHERRY_JOURNAL_SQL_FORGET_HISTORY]
  = "DELETE FROM transfer WHERE ended <> 0 AND ended < ?1 AND listed = 0",
  [WHERRY_JOURNAL_SQL_LEFTOVER] = "INSERT OR IGNORE INTO leftover VALUES (?1)",
  [WHERRY_JOURNAL_SQL_FORGET_LEFTOVER] = "DELETE FROM leftover WHERE place = ?1",
  [WHERRY_JOURNAL_SQL_LOAD_LEFTOVERS] = "SELECT place FROM leftover LIMIT 10000",
  [WHERRY_JOURNAL_SQL_KNOW] = "INSERT OR IGNORE INTO known VALUES (?1)",
  [WHERRY_JOURNAL_SQL_CANCEL_REST]
  = "UPDATE transfer SET state = ?1, ended = ?2, error_domain = ?3, error_code = ?4, "
    "error_message = ?5 WHERE " IS_REST " AND NOT " IS_OVER,
  [WHERRY_JOURNAL_SQL_RETRY_REST]
  = "UPDATE transfer SET state = ?1, ended = 0, error_domain = NULL WHERE " IS_REST
    " AND state = " FAILED,
  [WHERRY_JOURNAL_SQL_CLEAR_REST_DONE]
  = "DELETE FROM done WHERE transfer IN (SELECT id FROM transfer WHERE " IS_REST " AND " IS_OVER
    ")",
  [WHERRY_JOURNAL_SQL_CLEAR_REST_PARTIALS]
  = "DELETE FROM partial WHERE transfer IN (SELECT id FROM transfer WHERE " IS_REST " AND " IS_OVER
    ")",
  [WHERRY_JOURNAL_SQL_CLEAR_REST] = "UPDATE transfer SET listed = 0 WHERE " IS_REST " AND " IS_OVER,
  [WHERRY_JOURNAL_SQL_COUNT_REST]
  = "SELECT total (NOT " IS_OVER "), total (state = " FAILED "), total (state = " CANCELLED
    "), max (position) FROM transfer WHERE " IS_REST,
  [WHERRY_JOURNAL_SQL_LAST_ID] = "SELECT max (id) FROM transfer",
  [WHERRY_JOURNAL_SQL_LOAD]
  = "SELECT " COLUMNS " FROM transfer WHERE " IS_REST " AND (?1 OR NOT " IS_OVER
    ") ORDER BY priority DESC, position, id LIMIT ?2",
  [WHERRY_JOURNAL_SQL_LOAD_HALF]
  = "SELECT " COLUMNS " FROM transfer WHERE " IS_REST
    " AND id IN (SELECT transfer FROM partial) ORDER BY position, id LIMIT ?2",
  [WHERRY_JOURNAL_SQL_LOAD_DONE] = "SELECT number FROM done WHERE transfer = ?1",
  [WHERRY_JOURNAL_SQL_LOAD_PARTIALS]
  = "SELECT key, path, size, mtime FROM partial WHERE transfer = ?1",
  [WHERRY_JOURNAL_SQL_LOAD_FAILURES]
  = "SELECT key, path, domain, code, message FROM failure WHERE transfer = ?1 ORDER BY rowid",
  [WHERRY_JOURNAL_SQL_SEARCH] = "SELECT " COLUMNS " FROM transfer WHERE " MATCHES
                                " ORDER BY ended DESC, id DESC LIMIT ?2 OFFSET ?3",
  [WHERRY_JOURNAL_SQL_COUNT] = "SELECT count(*) FROM transfer WHERE " MATCHES,
};

static int
make_schema (WherryJournalStore *self)
{
  g_autofree char *script = g_strconcat ("BEGIN IMMEDIATE;", SCHEMA, "COMMIT;", NULL);
  return sqlite3_exec (self->db, script, NULL, NULL, NULL);
}

static int
read_version (WherryJournalStore *self, int *version)
{
  sqlite3_stmt *statement = NULL;
  int rc = sqlite3_prepare_v2 (self->db, "PRAGMA user_version", -1, &statement, NULL);

  if (rc == SQLITE_OK)
    rc = sqlite3_step (statement);
  if (rc == SQLITE_ROW)
    {
      *version = sqlite3_column_int (statement, 0);
      rc = SQLITE_OK;
    }
  sqlite3_finalize (statement);
  return rc;
}

static int
set_up (WherryJournalStore *self)
{
  int version = 0;
  int rc;

  /* One program at a time; and with that no file of shared memory. A commit is on disk before it
   * counts: what a person was shown as queued survives a power cut. */
  rc = sqlite3_exec (self->db,
                     "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; "
                     "PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; "
                     "PRAGMA cache_size = -" G_STRINGIFY (CACHE_KIB),
                     NULL, NULL, NULL);
  if (rc == SQLITE_OK)
    rc = read_version (self, &version);
  if (rc == SQLITE_OK && version > VERSION)
    return WHERRY_JOURNAL_NEWER;
  if (rc == SQLITE_OK && version == 0)
    rc = make_schema (self);
  if (rc == SQLITE_OK)
    rc = sqlite3_exec (self->db, ADDITION, NULL, NULL, NULL);
  for (guint i = 0; rc == SQLITE_OK && i < WHERRY_JOURNAL_N_SQL; i++)
    rc = sqlite3_prepare_v3 (self->db, SQL[i], -1, SQLITE_PREPARE_PERSISTENT, &self->statements[i],
                             NULL);
  /* The lock is taken at the first write, not to be given back. */
  if (rc == SQLITE_OK)
    rc = wherry_journal_store_run (self, WHERRY_JOURNAL_SQL_BEGIN);
  if (rc == SQLITE_OK)
    rc = wherry_journal_store_run (self, WHERRY_JOURNAL_SQL_COMMIT);
  return rc;
}

/* wherry_journal_store_open: opens the database, or makes one, for its account alone to read. */
int
wherry_journal_store_open (WherryJournalStore *self, const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);

  *self = (WherryJournalStore){ 0 };
  g_mkdir_with_parents (folder, 0700);
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0)
    return SQLITE_CANTOPEN;
  close (fd);

  int rc = sqlite3_open_v2 (path, &self->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
  if (rc == SQLITE_OK)
    rc = set_up (self);
  if (rc != SQLITE_OK)
    wherry_journal_store_close (self);
  return rc;
}

/* wherry_journal_store_close: lets go of the database, in whatever state it is. */
void
wherry_journal_store_close (WherryJournalStore *self)
{
  for (guint i = 0; i < WHERRY_JOURNAL_N_SQL; i++)
    sqlite3_finalize (self->statements[i]);
  sqlite3_close_v2 (self->db);
  *self = (WherryJournalStore){ 0 };
}

/* wherry_journal_store_run: runs a statement whose values are bound, to its end. */
int
wherry_journal_store_run (WherryJournalStore *self, WherryJournalSql sql)
{
  sqlite3_stmt *statement = self->statements[sql];
  int rc;

  while ((rc = sqlite3_step (statement)) == SQLITE_ROW)
    continue;
  sqlite3_reset (statement);
  sqlite3_clear_bindings (statement);
  return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int
run_for (WherryJournalStore *self, WherryJournalSql sql, gint64 number)
{
  sqlite3_bind_int64 (self->statements[sql], 1, number);
  return wherry_journal_store_run (self, sql);
}

/* What only another run would have to know. */
static int
forget_files (WherryJournalStore *self, gint64 id)
{
  int rc = run_for (self, WHERRY_JOURNAL_SQL_FORGET_DONE, id);

  return rc == SQLITE_OK ? run_for (self, WHERRY_JOURNAL_SQL_FORGET_PARTIALS, id) : rc;
}

static int
write_failures (WherryJournalStore *self, const WherryRecord *record)
{
  sqlite3_stmt *statement = self->statements[WHERRY_JOURNAL_SQL_FAILURE];
  int rc = run_for (self, WHERRY_JOURNAL_SQL_FORGET_FAILURES, record->id);

  for (guint i = 0; rc == SQLITE_OK && record->failures != NULL && i < record->failures->len; i++)
    {
      const WherryFailure *failure = record->failures->pdata[i];

      sqlite3_bind_int64 (statement, 1, record->id);
      sqlite3_bind_blob (statement, 2, failure->key, (int) strlen (failure->key), SQLITE_STATIC);
      sqlite3_bind_blob (statement, 3, failure->path, (int) strlen (failure->path), SQLITE_STATIC);
      sqlite3_bind_text (statement, 4, g_quark_to_string (failure->error->domain), -1,
                         SQLITE_STATIC);
      sqlite3_bind_int (statement, 5, failure->error->code);
      sqlite3_bind_text (statement, 6, failure->error->message, -1, SQLITE_STATIC);
      rc = wherry_journal_store_run (self, WHERRY_JOURNAL_SQL_FAILURE);
    }
  return rc;
}

/* wherry_journal_store_write: writes a transfer's row, new or again. */
int
wherry_journal_store_write (WherryJournalStore *self, const WherryRecord *record)
{
  sqlite3_stmt *statement = self->statements[WHERRY_JOURNAL_SQL_WRITE];

  sqlite3_bind_int64 (statement, 1, record->id);
  sqlite3_bind_int64 (statement, 2, record->position);
  sqlite3_bind_int (statement, 3, (int) record->state);
  sqlite3_bind_int (statement, 4, (int) record->priority);
  sqlite3_bind_blob64 (statement, 5, g_variant_get_data (record->what),
                       g_variant_get_size (record->what), SQLITE_STATIC);
  sqlite3_bind_text (statement, 6, record->name, -1, SQLITE_STATIC);
  sqlite3_bind_text (statement, 7, record->route, -1, SQLITE_STATIC);
  sqlite3_bind_int64 (statement, 8, record->added);
  sqlite3_bind_int64 (statement, 9, record->ended);
  sqlite3_bind_int64 (statement, 10, (gint64) record->bytes_done);
  sqlite3_bind_int64 (statement, 11, (gint64) record->files_done);
  sqlite3_bind_int64 (statement, 12, (gint64) record->files_failed);
  if (record->error != NULL)
    {
      sqlite3_bind_text (statement, 13, g_quark_to_string (record->error->domain), -1,
                         SQLITE_STATIC);
      sqlite3_bind_int (statement, 14, record->error->code);
      sqlite3_bind_text (statement, 15, record->error->message, -1, SQLITE_STATIC);
    }
  sqlite3_bind_int (statement, 16, record->state != WHERRY_TRANSFER_DONE);

  int rc = wherry_journal_store_run (self, WHERRY_JOURNAL_SQL_WRITE);
  if (rc == SQLITE_OK)
    rc = run_for (self, WHERRY_JOURNAL_SQL_KNOW, record->id);
  if (rc == SQLITE_OK)
    rc = write_failures (self, record);
  if (rc == SQLITE_OK && record->state == WHERRY_TRANSFER_DONE)
    rc = forget_files (self, record->id);
  return rc;
}

/* wherry_journal_store_write_done: enters a file that is in its place. */
int
wherry_journal_store_write_done (WherryJournalStore *self, gint64 id, guint64 number)
{
  sqlite3_stmt *statement = self->statements[WHERRY_JOURNAL_SQL_DONE];

  sqlite3_bind_int64 (statement, 1, id);
  sqlite3_bind_int64 (statement, 2, (gint64) number);
  return wherry_journal_store_run (self, WHERRY_JOURNAL_SQL_DONE);
}

/* wherry_journal_store_write_partial: enters a file that is half there, or with NULL one that is
 * not any more. */
int
wherry_journal_store_write_partial (WherryJournalStore *self,
                                    gint64 id,
                                    const char *key,
                                    const WherryPartial *partial)
{
  WherryJournalSql sql
      = partial != NULL ? WHERRY_JOURNAL_SQL_PARTIAL : WHERRY_JOURNAL_SQL_FORGET_PARTIAL;
  sqlite3_stmt *statement = self->statements[sql];

  sqlite3_bind_int64 (statement, 1, id);
  sqlite3_bind_blob (statement, 2, key, (int) strlen (key), SQLITE_STATIC);
  if (partial != NULL)
    {
      sqlite3_bind_blob (statement, 3, partial->path, (int) strlen (partial->path), SQLITE_STATIC);
      sqlite3_bind_int64 (statement, 4, (gint64) partial->size);
      sqlite3_bind_int64 (statement, 5, partial->mtime);
    }
  return wherry_journal_store_run (self, sql);
}

/* wherry_journal_store_write_leftover: enters a file of no use, or one that is gone. */
int
wherry_journal_store_write_leftover (WherryJournalStore *self, GVariant *place, gboolean there)
{
  WherryJournalSql sql = there ? WHERRY_JOURNAL_SQL_LEFTOVER : WHERRY_JOURNAL_SQL_FORGET_LEFTOVER;

  sqlite3_bind_blob64 (self->statements[sql], 1, g_variant_get_data (place),
                       g_variant_get_size (place), SQLITE_STATIC);
  return wherry_journal_store_run (self, sql);
}

/* wherry_journal_store_hide: takes a transfer out of the queue; it stays in the history. */
int
wherry_journal_store_hide (WherryJournalStore *self, gint64 id)
{
  int rc = run_for (self, WHERRY_JOURNAL_SQL_HIDE, id);
  return rc == SQLITE_OK ? forget_files (self, id) : rc;
}

/* wherry_journal_store_forget_history: forgets what ended before a time and is in no queue. */
int
wherry_journal_store_forget_history (WherryJournalStore *self, gint64 before)
{
  return run_for (self, WHERRY_JOURNAL_SQL_FORGET_HISTORY, before);
}

static int
cancel_rest (WherryJournalStore *self)
{
  sqlite3_stmt *statement = self->statements[WHERRY_JOURNAL_SQL_CANCEL_REST];

  sqlite3_bind_int (statement, 1, WHERRY_TRANSFER_CANCELLED);
  sqlite3_bind_int64 (statement, 2, g_get_real_time () / G_USEC_PER_SEC);
  sqlite3_bind_text (statement, 3, g_quark_to_string (G_IO_ERROR), -1, SQLITE_STATIC);
  sqlite3_bind_int (statement, 4, G_IO_ERROR_CANCELLED);
  sqlite3_bind_text (statement, 5, _ ("Cancelled"), -1, SQLITE_STATIC);
  return wherry_journal_store_run (self, WHERRY_JOURNAL_SQL_CANCEL_REST);
}

static int
clear_rest (WherryJournalStore *self)
{
  int rc = wherry_journal_store_run (self, WHERRY_JOURNAL_SQL_CLEAR_REST_DONE);

  if (rc == SQLITE_OK)
    rc = wherry_journal_store_run (self, WHERRY_JOURNAL_SQL_CLEAR_REST_PARTIALS);
  return rc == SQLITE_OK ? wherry_journal_store_run (self, WHERRY_JOURNAL_SQL_CLEAR_REST) : rc;
}

/* wherry_journal_store_change_rest: changes all that this run of the program does not know yet. */
int
wherry_journal_store_change_rest (WherryJournalStore *self, WherryJournalChange change)
{
  switch (change)
    {
    case WHERRY_JOURNAL_CANCEL:
      return cancel_rest (self);
    case WHERRY_JOURNAL_RETRY:
      return run_for (self, WHERRY_JOURNAL_SQL_RETRY_REST, WHERRY_TRANSFER_PAUSED);
    case WHERRY_JOURNAL_CLEAR:
      return clear_rest (self);
    case WHERRY_JOURNAL_N_CHANGES:
    default:
      g_return_val_if_reached (SQLITE_MISUSE);
    }
}

static char *
dup_bytes (sqlite3_stmt *statement, int column)
{
  const void *bytes = sqlite3_column_blob (statement, column);
  return g_strndup (bytes != NULL ? bytes : "", (gsize) sqlite3_column_bytes (statement, column));
}

static char *
dup_text (sqlite3_stmt *statement, int column)
{
  const char *text = (const char *) sqlite3_column_text (statement, column);
  return g_utf8_make_valid (text != NULL ? text : "", -1);
}

static GError *
read_error (sqlite3_stmt *statement, int column)
{
  const char *domain = (const char *) sqlite3_column_text (statement, column);
  int code = sqlite3_column_int (statement, column + 1);
  g_autofree char *message = dup_text (statement, column + 2);

  if (domain == NULL || *domain == '\0')
    return NULL;
  return g_error_new_literal (g_quark_from_string (domain), code, message);
}

static WherryRecord *
read_record (sqlite3_stmt *statement)
{
  WherryRecord *record = wherry_record_new ();
  g_autoptr (GBytes) what = g_bytes_new (sqlite3_column_blob (statement, 4),
                                         (gsize) sqlite3_column_bytes (statement, 4));

  record->id = sqlite3_column_int64 (statement, 0);
  record->position = sqlite3_column_int64 (statement, 1);
  record->state = (WherryTransferState) CLAMP (sqlite3_column_int (statement, 2),
                                               WHERRY_TRANSFER_WAITING, WHERRY_TRANSFER_CANCELLED);
  record->priority = (WherryPriority) CLAMP (sqlite3_column_int (statement, 3), WHERRY_PRIORITY_LOW,
                                             WHERRY_PRIORITY_HIGH);
  record->what
      = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE_VARDICT, what, FALSE));
  record->name = dup_text (statement, 5);
  record->route = dup_text (statement, 6);
  record->added = sqlite3_column_int64 (statement, 7);
  record->ended = sqlite3_column_int64 (statement, 8);
  record->bytes_done = (guint64) sqlite3_column_int64 (statement, 9);
  record->files_done = (guint64) sqlite3_column_int64 (statement, 10);
  record->files_failed = (guint64) sqlite3_column_int64 (statement, 11);
  record->error = read_error (statement, 12);
  return record;
}

static int
read_records (WherryJournalStore *self, WherryJournalSql sql, GPtrArray *records)
{
  sqlite3_stmt *statement = self->statements[sql];
  int rc;

  while ((rc = sqlite3_step (statement)) == SQLITE_ROW)
    g_ptr_array_add (records, read_record (statement));
  sqlite3_reset (statement);
  sqlite3_clear_bindings (statement);
  return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int
load_done (WherryJournalStore *self, WherryRecord *record)
{
  sqlite3_stmt *statement = self->statements[WHERRY_JOURNAL_SQL_LOAD_DONE];
  guint64 n = 0;
  int rc;

  record->ledger = wherry_ledger_new ();
  sqlite3_bind_int64 (statement, 1, record->id);
  while ((rc = sqlite3_step (statement)) == SQLITE_ROW)
    {
      wherry_ledger_restore_done (record->ledger, (guint64) sqlite3_column_int64 (statement, 0));
      n++;
    }
  /* When the program was killed, its row was as the transfer's last pause left it. */
  record->files_done = MAX (record->files_done, n);
  sqlite3_reset (statement);
  return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int
load_partials (WherryJournalStore *self, WherryRecord *record)
{
  sqlite3_stmt *statement = self->statements[WHERRY_JOURNAL_SQL_LOAD_PARTIALS];
  int rc;

  record->partials = wherry_partials_new ();
  sqlite3_bind_int64 (statement, 1, record->id);
  while ((rc = sqlite3_step (statement)) == SQLITE_ROW)
    {
      g_autofree char *key = dup_bytes (statement, 0);
      g_autofree char *path = dup_bytes (statement, 1);

      wherry_partials_restore (record->partials, key, path,
                               (guint64) sqlite3_column_int64 (statement, 2),
                               sqlite3_column_int64 (statement, 3));
    }
  sqlite3_reset (statement);
  return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int
load_failures (WherryJournalStore *self, WherryRecord *record)
{
  sqlite3_stmt *statement = self->statements[WHERRY_JOURNAL_SQL_LOAD_FAILURES];
  int rc;

  record->failures = g_ptr_array_new_with_free_func (wherry_job_failure_free);
  sqlite3_bind_int64 (statement, 1, record->id);
  while ((rc = sqlite3_step (statement)) == SQLITE_ROW)
    {
      g_autoptr (GError) error = read_error (statement, 2);
      g_autofree char *key = dup_bytes (statement, 0);
      g_autofree char *path = dup_bytes (statement, 1);

      if (error != NULL)
        g_ptr_array_add (record->failures, wherry_job_failure_new (key, path, error));
    }
  sqlite3_reset (statement);
  return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* The first one of a row of numbers, or all of them. */
static int
read_numbers (WherryJournalStore *self, WherryJournalSql sql, gint64 *numbers, int n_numbers)
{
  sqlite3_stmt *statement = self->statements[sql];
  int rc = sqlite3_step (statement);

  for (int i = 0; rc == SQLITE_ROW && i < n_numbers; i++)
    numbers[i] = sqlite3_column_int64 (statement, i);
  sqlite3_reset (statement);
  sqlite3_clear_bindings (statement);
  return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

static int
count_rest (WherryJournalStore *self, WherryJournalRest *rest)
{
  gint64 counts[4] = { 0 };
  int rc = read_numbers (self, WHERRY_JOURNAL_SQL_COUNT_REST, counts, G_N_ELEMENTS (counts));

  rest->n_unfinished = (guint) counts[0];
  rest->n_failed = (guint) counts[1];
  rest->n_cancelled = (guint) counts[2];
  rest->last_position = counts[3];
  return rc == SQLITE_OK ? read_numbers (self, WHERRY_JOURNAL_SQL_LAST_ID, &rest->last_id, 1) : rc;
}

static void
uncount (WherryJournalRest *rest, const WherryRecord *record)
{
  if (record->state == WHERRY_TRANSFER_FAILED)
    rest->n_failed--;
  else if (record->state == WHERRY_TRANSFER_CANCELLED)
    rest->n_cancelled--;
  else if (record->state != WHERRY_TRANSFER_DONE)
    rest->n_unfinished--;
}

/* Those that are half there come at once: what is done to all takes more than the database there.
 */
static int
read_rest (WherryJournalStore *self, guint n_records, gboolean with_over, GPtrArray *records)
{
  sqlite3_stmt *statement = self->statements[WHERRY_JOURNAL_SQL_LOAD];
  sqlite3_stmt *half = self->statements[WHERRY_JOURNAL_SQL_LOAD_HALF];

  sqlite3_bind_int64 (half, 2, n_records);
  int rc = read_records (self, WHERRY_JOURNAL_SQL_LOAD_HALF, records);
  for (guint i = 0; rc == SQLITE_OK && i < records->len; i++)
    rc = run_for (self, WHERRY_JOURNAL_SQL_KNOW, ((WherryRecord *) records->pdata[i])->id);
  if (rc != SQLITE_OK)
    return rc;
  sqlite3_bind_int (statement, 1, with_over);
  sqlite3_bind_int64 (statement, 2, n_records);
  return read_records (self, WHERRY_JOURNAL_SQL_LOAD, records);
}

/* wherry_journal_store_load: reads some of what the queue shows and does not know yet. */
int
wherry_journal_store_load (WherryJournalStore *self,
                           guint n_records,
                           gboolean with_over,
                           GPtrArray **records,
                           WherryJournalRest *rest)
{
  g_autoptr (GPtrArray) loaded
      = g_ptr_array_new_with_free_func ((GDestroyNotify) wherry_record_free);
  int rc = count_rest (self, rest);

  if (rc == SQLITE_OK)
    rc = wherry_journal_store_run (self, WHERRY_JOURNAL_SQL_BEGIN);
  if (rc == SQLITE_OK)
    rc = read_rest (self, n_records, with_over, loaded);
  for (guint i = 0; rc == SQLITE_OK && i < loaded->len; i++)
    {
      WherryRecord *record = loaded->pdata[i];

      uncount (rest, record);
      rc = run_for (self, WHERRY_JOURNAL_SQL_KNOW, record->id);
      if (rc == SQLITE_OK)
        rc = load_done (self, record);
      if (rc == SQLITE_OK)
        rc = load_partials (self, record);
      if (rc == SQLITE_OK && record->files_failed > 0)
        rc = load_failures (self, record);
    }
  if (rc == SQLITE_OK)
    rc = wherry_journal_store_run (self, WHERRY_JOURNAL_SQL_COMMIT);
  else if (!sqlite3_get_autocommit (self->db))
    (void) wherry_journal_store_run (self, WHERRY_JOURNAL_SQL_ROLLBACK);
  if (rc == SQLITE_OK)
    *records = g_steal_pointer (&loaded);
  return rc;
}

/* wherry_journal_store_load_leftovers: reads the files that are of no use. */
int
wherry_journal_store_load_leftovers (WherryJournalStore *self, GPtrArray **places)
{
  sqlite3_stmt *statement = self->statements[WHERRY_JOURNAL_SQL_LOAD_LEFTOVERS];
  g_autoptr (GPtrArray) loaded
      = g_ptr_array_new_with_free_func ((GDestroyNotify) wherry_endpoint_free);
  int rc;

  while ((rc = sqlite3_step (statement)) == SQLITE_ROW)
    {
      g_autoptr (GBytes) bytes = g_bytes_new (sqlite3_column_blob (statement, 0),
                                              (gsize) sqlite3_column_bytes (statement, 0));
      g_autoptr (GVariant) packed = g_variant_ref_sink (
          g_variant_new_from_bytes (WHERRY_RECORD_ENDPOINT_TYPE, bytes, FALSE));
      WherryEndpoint *place = wherry_record_unpack_endpoint (packed);

      if (place != NULL)
        g_ptr_array_add (loaded, place);
    }
  sqlite3_reset (statement);
  if (rc != SQLITE_DONE)
    return rc;
  *places = g_steal_pointer (&loaded);
  return SQLITE_OK;
}

/* A pattern for LIKE that finds a text as it is. */
static char *
make_pattern (const char *text)
{
  GString *pattern = g_string_new ("%");

  for (; text != NULL && *text != '\0'; text++)
    {
      if (strchr ("%_\\", *text) != NULL)
        g_string_append_c (pattern, '\\');
      g_string_append_c (pattern, *text);
    }
  g_string_append_c (pattern, '%');
  return g_string_free (pattern, FALSE);
}

/* wherry_journal_store_search: reads some of what is over. */
int
wherry_journal_store_search (WherryJournalStore *self,
                             const char *text,
                             guint offset,
                             guint n_records,
                             GPtrArray **records)
{
  sqlite3_stmt *statement = self->statements[WHERRY_JOURNAL_SQL_SEARCH];
  g_autofree char *pattern = make_pattern (text);
  g_autoptr (GPtrArray) found
      = g_ptr_array_new_with_free_func ((GDestroyNotify) wherry_record_free);

  sqlite3_bind_text (statement, 1, pattern, -1, SQLITE_STATIC);
  sqlite3_bind_int64 (statement, 2, n_records);
  sqlite3_bind_int64 (statement, 3, offset);
  int rc = read_records (self, WHERRY_JOURNAL_SQL_SEARCH, found);
  if (rc == SQLITE_OK)
    *records = g_steal_pointer (&found);
  return rc;
}

/* wherry_journal_store_count: counts what wherry_journal_store_search() finds. */
int
wherry_journal_store_count (WherryJournalStore *self, const char *text, gint64 *count)
{
  sqlite3_stmt *statement = self->statements[WHERRY_JOURNAL_SQL_COUNT];
  g_autofree char *pattern = make_pattern (text);

  sqlite3_bind_text (statement, 1, pattern, -1, SQLITE_STATIC);
  return read_numbers (self, WHERRY_JOURNAL_SQL_COUNT, count, 1);
}

/* wherry_journal_store_set_aside: gives a damaged database another name, so that a new one can
 * take its place and nothing is deleted. */
gboolean
wherry_journal_store_set_aside (const char *path, char **new_path)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *stamp = g_date_time_format (now, "%Y%m%d-%H%M%S");
  g_autofree char *aside = g_strdup_printf ("%s.damaged-%s", path, stamp);

  for (guint i = 1; g_file_test (aside, G_FILE_TEST_EXISTS); i++)
    {
      g_free (aside);
      aside = g_strdup_printf ("%s.damaged-%s-%u", path, stamp, i);
    }
  if (g_rename (path, aside) != 0)
    return FALSE;

  g_autofree char *wal = g_strconcat (path, "-wal", NULL);
  g_autofree char *aside_wal = g_strconcat (aside, "-wal", NULL);
  g_rename (wal, aside_wal);
  *new_path = g_steal_pointer (&aside);
  return TRUE;
}
