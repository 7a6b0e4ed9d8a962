/* What the journal keeps, and what becomes of one that is damaged. */
#include <glib/gstdio.h>
#include <string.h>
#include <sqlite3.h>
#include <unistd.h>

#include "transfer/wherry-job.h"
#include "transfer/wherry-queue-private.h"
#include "transfer/wherry-transfer-private.h"
#include "wherry-test-dir.h"
#include "wherry-test-host-keys.h"

typedef struct {
  char *folder;
  char *path;
  WherrySessionPool *pool;
  GString *trouble;
  guint n_restored;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WherryTestHostKeys) host_keys = wherry_test_host_keys_new ();

  fixture->folder = wherry_test_dir_new ();
  fixture->path = g_build_filename (fixture->folder, "state", "queue.db", NULL);
  fixture->pool = wherry_session_pool_new (WHERRY_HOST_KEY_STORE (host_keys), NULL);
  fixture->trouble = g_string_new (NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  wherry_session_pool_close (fixture->pool);
  g_object_unref (fixture->pool);
  g_string_free (fixture->trouble, TRUE);
  wherry_test_dir_remove (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
}

static void
on_trouble (WherryQueue *queue, const char *words, Fixture *fixture)
{
  g_assert_true (g_utf8_validate (words, -1, NULL));
  g_string_append (fixture->trouble, words);
}

static void
on_restored (WherryQueue *queue, guint n, Fixture *fixture)
{
  fixture->n_restored = n;
}

static void
on_synced (GObject *source, GAsyncResult *result, gpointer data)
{
  wherry_journal_sync_finish (result, NULL);
  *(gboolean *) data = TRUE;
}

static void
await_journal (WherryQueue *queue)
{
  gboolean synced = FALSE;

  wherry_journal_sync_async (wherry_queue_get_journal (queue), on_synced, &synced);
  while (!synced)
    g_main_context_iteration (NULL, TRUE);
}

static WherryQueue *
open_queue (Fixture *fixture)
{
  WherryQueue *queue = wherry_queue_new (fixture->pool);

  fixture->n_restored = 0;
  g_string_truncate (fixture->trouble, 0);
  g_signal_connect (queue, "journal-trouble", G_CALLBACK (on_trouble), fixture);
  g_signal_connect (queue, "restored", G_CALLBACK (on_restored), fixture);
  wherry_queue_pause_all (queue);
  wherry_queue_open_journal (queue, fixture->path);
  await_journal (queue);
  return queue;
}

static void
close_queue (WherryQueue *queue)
{
  wherry_queue_shut_down (queue);
  g_object_unref (queue);
}

static WherryLogin *
make_login (void)
{
  WherryLogin *login = wherry_login_new ("some body", "example.org", 2222);
  WherryLogin *via = wherry_login_new ("jump", "gate.example.org", 22);
  char *files[] = { (char *) "/key/\xff\xfe", (char *) "/other", NULL };

  login->identity_files = g_strdupv (files);
  login->identities_only = TRUE;
  login->ciphers = g_strdup ("aes128-ctr");
  login->host_key_name = g_strdup ("alias");
  login->connect_timeout = 7;
  wherry_login_set_via (login, via);
  return login;
}

static WherryTransfer *
append (WherryQueue *queue, const char *path)
{
  g_autoptr (WherryLogin) login = make_login ();
  g_autoptr (WherryEndpoint) from = wherry_endpoint_new_local (path);
  g_autoptr (WherryEndpoint) to = wherry_endpoint_new_remote (login, "a\xff/b");
  WherryTransfer *transfer
      = wherry_transfer_new (from, to,
                             WHERRY_TRANSFER_RECURSIVE | WHERRY_TRANSFER_PRESERVE
                                 | WHERRY_TRANSFER_INTO);

  wherry_queue_append (queue, transfer);
  return transfer;
}

static WherryTransfer *
get (WherryQueue *queue, guint i)
{
  g_autoptr (WherryTransfer) transfer = g_list_model_get_item (G_LIST_MODEL (queue), i);
  g_assert_nonnull (transfer);
  return transfer;
}

static void
assert_names (WherryQueue *queue, const char *expected)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (queue)); i++)
    {
      g_autofree char *name = wherry_transfer_dup_name (get (queue, i));
      g_string_append (names, name);
    }
  g_assert_cmpstr (names->str, ==, expected);
  g_string_free (names, TRUE);
}

static void
test_restart (Fixture *fixture, gconstpointer data)
{
  WherryQueue *queue = open_queue (fixture);
  g_autoptr (WherryLogin) login = make_login ();
  GStatBuf st;

  for (char name[] = "/x/a"; name[3] <= 'e'; name[3]++)
    g_object_unref (append (queue, name));
  wherry_queue_move (queue, get (queue, 4), 1);
  wherry_transfer_set_priority (get (queue, 2), WHERRY_PRIORITY_HIGH);
  wherry_transfer_set_speed_limit (get (queue, 0), 12345);
  wherry_ledger_add_done (get (queue, 0)->job->ledger, "some/file", 17, 4711);
  wherry_transfer_cancel (get (queue, 4));
  wherry_queue_remove (queue, get (queue, 3));
  assert_names (queue, "aebd");
  close_queue (queue);
  g_assert_cmpint (g_stat (fixture->path, &st), ==, 0);
  g_assert_cmpuint (st.st_mode & 0777, ==, 0600);

  queue = open_queue (fixture);
  g_assert_cmpstr (fixture->trouble->str, ==, "");
  g_assert_cmpuint (fixture->n_restored, ==, 3);
  assert_names (queue, "aebd");
  for (guint i = 0; i < 3; i++)
    {
      WherryTransfer *transfer = get (queue, i);
      const WherryEndpoint *target = wherry_transfer_get_target (transfer);

      g_assert_cmpuint (wherry_transfer_get_state (transfer), ==, WHERRY_TRANSFER_PAUSED);
      g_assert_cmpuint (wherry_transfer_get_priority (transfer), ==,
                        i == 2 ? WHERRY_PRIORITY_HIGH : WHERRY_PRIORITY_NORMAL);
      g_assert_true (wherry_login_equal (target->login, login));
      g_assert_true (wherry_login_equal (target->login->via, login->via));
      g_assert_cmpuint (target->login->connect_timeout, ==, login->connect_timeout);
      g_assert_cmpstr (target->path, ==, "a\xff/b");
      g_assert_cmpuint (transfer->job->flags, ==,
                        WHERRY_TRANSFER_RECURSIVE | WHERRY_TRANSFER_PRESERVE
                            | WHERRY_TRANSFER_INTO);
    }
  g_assert_cmpuint (wherry_transfer_get_state (get (queue, 3)), ==, WHERRY_TRANSFER_CANCELLED);
  WherryLedger *ledger = get (queue, 0)->job->ledger;
  g_assert_true (wherry_ledger_is_done (ledger, "some/file", 17, 4711));
  g_assert_false (wherry_ledger_is_done (ledger, "some/file", 17, 4712));
  g_assert_false (wherry_ledger_is_done (ledger, "some/file", 18, 4711));
  g_assert_false (wherry_ledger_is_done (get (queue, 1)->job->ledger, "some/file", 17, 4711));

  /* What comes later stands behind, after the next restart too. */
  g_object_unref (append (queue, "/x/z"));
  wherry_queue_clear_finished (queue);
  close_queue (queue);
  queue = open_queue (fixture);
  assert_names (queue, "aebz");
  close_queue (queue);
}

/* What only passes through this computer is not there after a restart. */
static void
test_passing (Fixture *fixture, gconstpointer data)
{
  WherryQueue *queue = open_queue (fixture);
  g_autoptr (WherryLogin) login = make_login ();
  g_autoptr (WherryEndpoint) from = wherry_endpoint_new_remote (login, "/there");
  g_autoptr (WherryEndpoint) to = wherry_endpoint_new_local ("/passing");
  g_autoptr (WherryTransfer) passing = wherry_transfer_new (from, to, WHERRY_TRANSFER_PASSING);

  wherry_queue_append (queue, passing);
  g_object_unref (append (queue, "/x/a"));
  assert_names (queue, "therea");
  close_queue (queue);

  queue = open_queue (fixture);
  g_assert_cmpstr (fixture->trouble->str, ==, "");
  assert_names (queue, "a");
  close_queue (queue);
}

static void
overwrite (const char *path, gsize offset, gsize length)
{
  g_autofree char *content = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &content, &size, NULL));
  g_assert_cmpuint (size, >, offset);
  memset (content + offset, 0xa5, MIN (length, size - offset));
  g_assert_true (g_file_set_contents (path, content, (gssize) size, NULL));
}

static guint
count_set_aside (Fixture *fixture)
{
  g_autofree char *folder = g_path_get_dirname (fixture->path);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (dir)) != NULL)
    n += strstr (name, ".damaged-") != NULL && !g_str_has_suffix (name, "-wal");
  return n;
}

/* However it is damaged: no crash, nothing deleted, a message, and a new one that works. */
static void
test_damaged (Fixture *fixture, gconstpointer data)
{
  static const struct {
    gsize offset;
    gsize length;
  } DAMAGES[] = { { 0, 16 }, { 0, G_MAXSIZE }, { 4096, G_MAXSIZE }, { 100, 3996 } };

  for (guint i = 0; i < G_N_ELEMENTS (DAMAGES); i++)
    {
      WherryQueue *queue = open_queue (fixture);
      g_object_unref (append (queue, "/x/a"));
      close_queue (queue);
      overwrite (fixture->path, DAMAGES[i].offset, DAMAGES[i].length);

      queue = open_queue (fixture);
      g_assert_nonnull (strstr (fixture->trouble->str, ".damaged-"));
      g_assert_cmpuint (count_set_aside (fixture), ==, i + 1);
      assert_names (queue, "");
      g_object_unref (append (queue, "/x/b"));
      close_queue (queue);
      queue = open_queue (fixture);
      g_assert_cmpstr (fixture->trouble->str, ==, "");
      assert_names (queue, "b");
      wherry_queue_remove (queue, get (queue, 0));
      close_queue (queue);
    }
}

static void
execute (const char *path, const char *sql)
{
  sqlite3 *db = NULL;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
}

/* Of a later version: left alone. In use by another program: likewise. */
static void
test_not_ours (Fixture *fixture, gconstpointer data)
{
  WherryQueue *queue = open_queue (fixture);
  g_object_unref (append (queue, "/x/a"));

  g_autoptr (WherryQueue) other = open_queue (fixture);
  g_assert_cmpstr (fixture->trouble->str, !=, "");
  g_assert_cmpuint (count_set_aside (fixture), ==, 0);
  g_object_unref (append (other, "/x/b"));
  wherry_queue_shut_down (other);
  close_queue (queue);

  execute (fixture->path, "PRAGMA user_version = 1000");
  queue = open_queue (fixture);
  g_assert_cmpstr (fixture->trouble->str, !=, "");
  g_assert_cmpuint (count_set_aside (fixture), ==, 0);
  g_object_unref (append (queue, "/x/b"));
  close_queue (queue);

  execute (fixture->path, "PRAGMA user_version = 1");
  queue = open_queue (fixture);
  assert_names (queue, "a");
  close_queue (queue);
}

static void
on_counted (GObject *source, GAsyncResult *result, gpointer data)
{
  *(gint64 *) data = wherry_journal_count_finish (result, NULL);
}

static void
on_found (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GPtrArray **) data = wherry_journal_records_finish (result, NULL);
}

static gint64
get_memory_kib (void)
{
  g_autofree char *status = NULL;

  g_assert_true (g_file_get_contents ("/proc/self/status", &status, NULL, NULL));
  return g_ascii_strtoll (strstr (status, "VmRSS:") + strlen ("VmRSS:"), NULL, 10);
}

/* A million transfers that are over, and one of which a million files are done. */
static void
test_million (Fixture *fixture, gconstpointer data)
{
  guint n = g_test_slow () ? 1000000 : 100000;
  WherryQueue *queue = open_queue (fixture);
  g_autofree char *fill = NULL;
  GPtrArray *found = NULL;
  gint64 count = -1;

  g_autoptr (WherryTransfer) transfer = append (queue, "/x/a");
  gint64 id = transfer->id;
  close_queue (queue);
  fill = g_strdup_printf (
      "PRAGMA synchronous = OFF; BEGIN; "
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %u) "
      "INSERT INTO transfer SELECT i, i, %d, 1, what, 'file ' || i, route, added, i, 0, 1, 0, "
      "NULL, NULL, NULL, 0 FROM n, transfer WHERE id = %" G_GINT64_FORMAT "; "
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %u) "
      "INSERT INTO done SELECT %" G_GINT64_FORMAT ", i * 9176543210987 FROM n; COMMIT;",
      n, WHERRY_TRANSFER_DONE, id, n, id);
  execute (fixture->path, fill);

  gint64 memory = get_memory_kib ();
  gint64 begin = g_get_monotonic_time ();
  queue = open_queue (fixture);
  double seconds = (double) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC;
  assert_names (queue, "a");
  g_test_message ("%u entries: %.3f s, %" G_GINT64_FORMAT " KiB", n, seconds,
                  get_memory_kib () - memory);
  g_assert_cmpint (get_memory_kib () - memory, <, 300 * 1024);
  g_assert_true (!wherry_ledger_is_empty (get (queue, 0)->job->ledger));

  WherryJournal *journal = wherry_queue_get_journal (queue);
  wherry_journal_count_async (journal, NULL, NULL, on_counted, &count);
  while (count < 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (count, ==, n);
  wherry_journal_search_async (journal, "FILE 7777", 0, 10, NULL, on_found, &found);
  while (found == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (found->len, ==, 10);
  const WherryRecord *last = found->pdata[9];
  g_assert_cmpuint (last->state, ==, WHERRY_TRANSFER_DONE);
  g_assert_nonnull (strstr (last->name, "file 7777"));
  g_ptr_array_unref (found);
  close_queue (queue);
}

/* Waiting, failed and cancelled ones in turn, as copies of one that is in the queue alone. */
static void
fill_unfinished (Fixture *fixture, guint n)
{
  g_autofree char *fill = g_strdup_printf (
      "PRAGMA synchronous = OFF; BEGIN; CREATE TEMP TABLE one AS SELECT * FROM transfer; "
      "DELETE FROM transfer; "
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %u) "
      "INSERT INTO transfer SELECT i, i * 1000, CASE i %% 4 WHEN 0 THEN %d WHEN 1 THEN %d ELSE %d "
      "END, CASE i WHEN %u THEN 2 ELSE 1 END, what, 'file ' || i, route, added, "
      "CASE i %% 4 WHEN 0 THEN 5 WHEN 1 THEN 5 ELSE 0 END, 0, 0, 0, NULL, NULL, NULL, 1 "
      "FROM n, one; COMMIT;",
      n, WHERRY_TRANSFER_FAILED, WHERRY_TRANSFER_CANCELLED, WHERRY_TRANSFER_WAITING, n - 1);
  execute (fixture->path, fill);
}

static void
make_journal (Fixture *fixture, guint n)
{
  WherryQueue *queue = open_queue (fixture);

  g_object_unref (append (queue, "/x/a"));
  close_queue (queue);
  fill_unfinished (fixture, n);
}

static gboolean
on_limit (gpointer data)
{
  g_error ("Waited too long for: %s", (const char *) data);
  return G_SOURCE_REMOVE;
}

#define WAIT_FOR(condition)                                                            \
  G_STMT_START                                                                         \
  {                                                                                    \
    guint limit_source = g_timeout_add_seconds (120, on_limit, (gpointer) #condition); \
    while (!(condition))                                                               \
      g_main_context_iteration (NULL, TRUE);                                           \
    g_source_remove (limit_source);                                                    \
  }                                                                                    \
  G_STMT_END

static guint
get_n (WherryQueue *queue)
{
  return g_list_model_get_n_items (G_LIST_MODEL (queue));
}

/* A million transfers that are not over, or failed: they are there at once, and take no room. */
static void
test_many (Fixture *fixture, gconstpointer data)
{
  guint n = 1000000;

  make_journal (fixture, n);
  gint64 memory = get_memory_kib ();
  gint64 begin = g_get_monotonic_time ();
  WherryQueue *queue = open_queue (fixture);
  WAIT_FOR (fixture->n_restored > 0);
  double seconds = (double) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC;
  gint64 more = get_memory_kib () - memory;
  g_test_message ("%u entries: %.3f s, %" G_GINT64_FORMAT " KiB", n, seconds, more);
  g_assert_cmpstr (fixture->trouble->str, ==, "");
  /* The machine may have other things to do. */
  g_assert_cmpfloat (seconds, <, 30);
  g_assert_cmpint (more, <, 100 * 1024);

  g_assert_cmpuint (fixture->n_restored, ==, n / 2);
  g_assert_cmpuint (wherry_queue_get_n_unfinished (queue), ==, n / 2);
  g_assert_cmpuint (wherry_queue_get_n_over (queue), ==, n / 2);
  g_assert_cmpuint (get_n (queue), <, 10000);
  /* In their order, and with what goes first. */
  g_assert_cmpint (get (queue, 0)->id, ==, 1);
  g_assert_cmpint (get (queue, 1)->id, ==, 2);
  g_assert_cmpint (get (queue, get_n (queue) - 1)->id, ==, n - 1);
  close_queue (queue);
}

/* What is done to all is done to those that are still in the journal, too. */
static void
test_rest (Fixture *fixture, gconstpointer data)
{
  wherry_queue_set_portion (8);
  make_journal (fixture, 80);
  WherryQueue *queue = open_queue (fixture);
  g_assert_cmpuint (get_n (queue), ==, 8);
  g_assert_cmpuint (wherry_queue_get_n_unfinished (queue), ==, 40);
  g_assert_cmpuint (wherry_queue_get_n_stored (queue, WHERRY_TRANSFER_FAILED)
                        + wherry_queue_get_n_stored (queue, WHERRY_TRANSFER_CANCELLED)
                        + wherry_queue_get_n_stored (queue, WHERRY_TRANSFER_PAUSED),
                    ==, 72);

  /* What comes now comes behind all of them, and what is moved stays before them. */
  g_object_unref (append (queue, "/x/z"));
  wherry_queue_move (queue, get (queue, 0), 5);
  wherry_queue_retry_all_failed (queue);
  WAIT_FOR (wherry_queue_get_n_unfinished (queue) == 61);
  g_assert_cmpuint (wherry_queue_get_n_stored (queue, WHERRY_TRANSFER_FAILED), ==, 0);
  wherry_queue_clear_finished (queue);
  WAIT_FOR (wherry_queue_get_n_over (queue) == 0);
  g_assert_cmpuint (wherry_queue_get_n_unfinished (queue), ==, 61);
  close_queue (queue);

  wherry_queue_set_portion (100);
  queue = open_queue (fixture);
  g_assert_cmpuint (get_n (queue), ==, 61);
  for (guint i = 1; i < get_n (queue); i++)
    g_assert_cmpint (get (queue, i - 1)->position, <, get (queue, i)->position);
  g_autofree char *last = wherry_transfer_dup_name (get (queue, 60));
  g_assert_cmpstr (last, ==, "z");
  close_queue (queue);

  wherry_queue_set_portion (8);
  queue = open_queue (fixture);
  wherry_queue_cancel_all (queue);
  WAIT_FOR (wherry_queue_get_n_unfinished (queue) == 0);
  g_assert_cmpuint (wherry_queue_get_n_over (queue), ==, 61);
  close_queue (queue);

  queue = open_queue (fixture);
  g_assert_cmpuint (wherry_queue_get_n_unfinished (queue), ==, 0);
  g_assert_cmpuint (wherry_queue_get_n_over (queue), ==, 61);
  g_assert_cmpint (get (queue, 0)->error->code, ==, G_IO_ERROR_CANCELLED);
  wherry_queue_clear_finished (queue);
  WAIT_FOR (wherry_queue_get_n_over (queue) == 0);
  close_queue (queue);
  wherry_queue_set_portion (4000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/journal/restart", Fixture, NULL, set_up, test_restart, tear_down);
  g_test_add ("/journal/passing", Fixture, NULL, set_up, test_passing, tear_down);
  g_test_add ("/journal/damaged", Fixture, NULL, set_up, test_damaged, tear_down);
  g_test_add ("/journal/not-ours", Fixture, NULL, set_up, test_not_ours, tear_down);
  g_test_add ("/journal/million", Fixture, NULL, set_up, test_million, tear_down);
  g_test_add ("/journal/many", Fixture, NULL, set_up, test_many, tear_down);
  g_test_add ("/journal/rest", Fixture, NULL, set_up, test_rest, tear_down);
  return g_test_run ();
}
