/* Whatever a journal holds: it is opened, or set aside and begun anew; what is read from it is a
 * transfer or none; and what is written to it then is not lost without a word. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "transfer/wherry-job.h"
#include "transfer/wherry-journal.h"
#include "transfer/wherry-transfer-private.h"

#define ID 77

static const char *const COLUMNS[]
    = { "what",         "position",     "state",      "priority",      "name",
        "route",        "added",        "ended",      "bytes_done",    "files_done",
        "files_failed", "error_domain", "error_code", "error_message", "listed" };

static char *folder;
static char *path;
static char *sound; /* a journal as it should be */
static gsize sound_length;

typedef struct {
  guint n_lost;
  guint n_others;
} Troubles;

static void
on_trouble (const char *words, gboolean lost, gpointer user_data)
{
  Troubles *troubles = user_data;

  g_assert (g_utf8_validate (words, -1, NULL));
  if (lost)
    troubles->n_lost++;
  else
    troubles->n_others++;
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static GAsyncResult *
await (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

/* Returns how many files there are in the folder besides the journal itself. */
static guint
count_set_aside (gboolean removing)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (folder, name, NULL);
      n += strstr (name, ".damaged-") != NULL && !g_str_has_suffix (name, "-wal");
      if (removing)
        g_unlink (file);
    }
  return n;
}

static WherryTransfer *
make_transfer (void)
{
  g_autoptr (WherryLogin) login = wherry_login_new ("somebody", "example.org", 2222);
  g_autoptr (WherryEndpoint) from = wherry_endpoint_new_local ("/from/\xff");
  char *files[] = { (char *) "/key", NULL };

  wherry_login_set_via (login, wherry_login_new ("jump", "gate.example.org", 22));
  login->identity_files = g_strdupv (files);
  g_autoptr (WherryEndpoint) to = wherry_endpoint_new_remote (login, "to");
  WherryTransfer *transfer = wherry_transfer_new (from, to, WHERRY_TRANSFER_RECURSIVE);
  transfer->id = ID;
  return transfer;
}

static void
write_one (WherryJournal *journal)
{
  g_autoptr (WherryTransfer) transfer = make_transfer ();
  g_autoptr (GAsyncResult) synced = NULL;

  wherry_journal_write (journal, wherry_transfer_to_record (transfer));
  wherry_journal_write_done (journal, ID, 5);
  wherry_journal_sync_async (journal, on_answer, &synced);
  wherry_journal_sync_finish (await (&synced), NULL);
}

static void
close_journal (WherryJournal *journal)
{
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  wherry_journal_close (journal);
  wherry_journal_unref (journal);
}

static void
clean_up (void)
{
  count_set_aside (TRUE);
  g_rmdir (folder);
}

static void
set_up (void)
{
  Troubles troubles = { 0 };

  /* In memory: a commit waits for the disk. */
  folder = g_strdup_printf ("%s/wherry-fuzz-XXXXXX", g_file_test ("/dev/shm", G_FILE_TEST_IS_DIR)
                                                         ? "/dev/shm"
                                                         : g_get_tmp_dir ());
  g_assert (g_mkdtemp (folder) != NULL);
  atexit (clean_up);
  path = g_build_filename (folder, "queue.db", NULL);
  WherryJournal *journal = wherry_journal_open (path, on_trouble, &troubles);
  write_one (journal);
  close_journal (journal);
  g_assert (troubles.n_lost == 0 && troubles.n_others == 0);
  g_assert (g_file_get_contents (path, &sound, &sound_length, NULL));
}

/* Changes some bytes. */
static void
spoil (Dice *dice, char *bytes, gsize length)
{
  while (dice->length > 0 && length > 0)
    {
      gsize at = ((gsize) dice_byte (dice) << 8 | dice_byte (dice)) % length;
      for (gsize n = dice_up_to (dice, 16); n > 0 && at < length; n--)
        bytes[at++] = (char) dice_byte (dice);
    }
}

static void
bind (sqlite3_stmt *statement, Dice *dice)
{
  switch (dice_byte (dice) % 6)
    {
    case 0:
      sqlite3_bind_null (statement, 1);
      break;
    case 1:
      sqlite3_bind_int64 (statement, 1, dice_byte (dice));
      break;
    case 2:
      sqlite3_bind_int64 (statement, 1, G_MININT64 + dice_byte (dice));
      break;
    case 3:
      sqlite3_bind_double (statement, 1, 1e300 * dice_byte (dice));
      break;
    case 4:
      sqlite3_bind_text (statement, 1, (const char *) dice->bytes, (int) dice->length,
                         SQLITE_TRANSIENT);
      break;
    default:
      sqlite3_bind_blob (statement, 1, dice->bytes, (int) dice->length, SQLITE_TRANSIENT);
      break;
    }
}

/* A row of any values; or of what it has to do, with some bytes changed. */
static void
change_row (Dice *dice)
{
  const char *column = COLUMNS[dice_byte (dice) % G_N_ELEMENTS (COLUMNS)];
  g_autofree char *sql = g_strdup_printf ("UPDATE transfer SET %s = ?1", column);
  sqlite3_stmt *statement = NULL;
  sqlite3 *db = NULL;

  g_assert (g_file_set_contents (path, sound, (gssize) sound_length, NULL));
  g_assert (sqlite3_open (path, &db) == SQLITE_OK);
  if (strcmp (column, "what") == 0 && dice_byte (dice) % 4 != 0)
    {
      sqlite3_stmt *query = NULL;
      g_assert (sqlite3_prepare_v2 (db, "SELECT what FROM transfer", -1, &query, NULL)
                == SQLITE_OK);
      g_assert (sqlite3_step (query) == SQLITE_ROW);
      gsize length = (gsize) sqlite3_column_bytes (query, 0);
      g_autofree char *what = g_memdup2 (sqlite3_column_blob (query, 0), length);
      sqlite3_finalize (query);
      spoil (dice, what, length);
      g_assert (sqlite3_prepare_v2 (db, sql, -1, &statement, NULL) == SQLITE_OK);
      sqlite3_bind_blob (statement, 1, what, (int) length, SQLITE_TRANSIENT);
    }
  else
    {
      g_assert (sqlite3_prepare_v2 (db, sql, -1, &statement, NULL) == SQLITE_OK);
      bind (statement, dice);
    }
  /* Refused where there has to be something. */
  sqlite3_step (statement);
  sqlite3_finalize (statement);
  sqlite3_close (db);
}

/* What can be understood of a record is understood again from what is written of it. */
static gboolean
check_records (GPtrArray *records)
{
  gboolean found = FALSE;

  for (guint i = 0; records != NULL && i < records->len; i++)
    {
      const WherryRecord *record = records->pdata[i];
      g_autoptr (WherryTransfer) transfer = wherry_transfer_new_from_record (record);

      g_assert (g_utf8_validate (record->name, -1, NULL));
      g_assert (g_utf8_validate (record->route, -1, NULL));
      found = found || record->id == ID;
      if (transfer == NULL)
        continue;
      g_assert (wherry_transfer_is_over (transfer)
                || wherry_transfer_get_state (transfer) == WHERRY_TRANSFER_PAUSED);
      g_autoptr (WherryRecord) written = wherry_transfer_to_record (transfer);
      g_autoptr (WherryTransfer) again = wherry_transfer_new_from_record (written);
      g_assert (again != NULL
                && wherry_transfer_get_state (again) == wherry_transfer_get_state (transfer));
    }
  return found;
}

/* Returns whether the transfer that was written last is there. */
static gboolean
read_all (WherryJournal *journal)
{
  g_autoptr (GAsyncResult) loaded = NULL, searched = NULL, counted = NULL;
  WherryJournalRest rest;

  wherry_journal_load_async (journal, 1000, TRUE, on_answer, &loaded);
  g_autoptr (GPtrArray) records = wherry_journal_load_finish (await (&loaded), &rest, NULL);
  wherry_journal_search_async (journal, "%", 0, 100, NULL, on_answer, &searched);
  g_autoptr (GPtrArray) over = wherry_journal_records_finish (await (&searched), NULL);
  wherry_journal_count_async (journal, NULL, NULL, on_answer, &counted);
  wherry_journal_count_finish (await (&counted), NULL);
  check_records (over);
  return check_records (records);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  Dice dice = { data, size };
  Troubles first = { 0 }, second = { 0 };

  if (folder == NULL)
    set_up ();
  count_set_aside (TRUE);
  switch (dice_byte (&dice) % 3)
    {
    case 0:
      g_assert (g_file_set_contents (path, (const char *) dice.bytes, (gssize) dice.length, NULL));
      break;
      case 1: {
        g_autofree char *spoilt = g_memdup2 (sound, sound_length);
        spoil (&dice, spoilt, sound_length);
        g_assert (g_file_set_contents (path, spoilt, (gssize) sound_length, NULL));
        break;
      }
    default:
      change_row (&dice);
      break;
    }

  WherryJournal *journal = wherry_journal_open (path, on_trouble, &first);
  read_all (journal);
  write_one (journal);
  close_journal (journal);
  g_assert (count_set_aside (FALSE) == first.n_lost);
  if (first.n_others > 0)
    return 0;

  journal = wherry_journal_open (path, on_trouble, &second);
  gboolean found = read_all (journal);
  close_journal (journal);
  g_assert (found || second.n_lost > 0 || second.n_others > 0);
  return 0;
}
