#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include "base/wherry-error.h"
#include "transfer-fixture.h"

typedef TransferFixture Fixture;

typedef struct {
  const char *path;
  const char *const *config_lines;
  void (*run) (Fixture *, gconstpointer);
  WherryProtocol protocol;
} Test;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  const Test *test = data;

  transfer_fixture_set_up (fixture, test->config_lines);
  fixture->protocol = test->protocol;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  transfer_fixture_tear_down (fixture);
}

/* By cp(1)'s rule: into a folder that is there, else as the name that was given. */
static void
test_where_it_lands (Fixture *fixture, gconstpointer data)
{
  transfer_fixture_write_text (fixture->here, "a", "content");
  transfer_fixture_make_folder (fixture->there, "folder");

  static const struct {
    const char *target;
    WherryTransferFlags flags;
    const char *lands;
  } cases[] = {
    { "there:folder", WHERRY_TRANSFER_DEFAULT, "folder/a" },
    { "there:folder/", WHERRY_TRANSFER_DEFAULT, "folder/a" },
    { "there:", WHERRY_TRANSFER_INTO, "a" },
    { "there:-b it's $HOME", WHERRY_TRANSFER_DEFAULT, "-b it's $HOME" },
    { "there:folder/c", WHERRY_TRANSFER_DEFAULT, "folder/c" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (WherryTransfer) up
          = transfer_fixture_run (fixture, "a", cases[i].target, cases[i].flags);
      transfer_fixture_assert_done (up);
      transfer_fixture_assert_text (fixture->there, cases[i].lands, "content");
    }
  transfer_fixture_assert_list (fixture->there,
                                "d folder\nf 7 -b it's $HOME\nf 7 a\nf 7 folder/a\nf 7 folder/c\n");

  transfer_fixture_make_folder (fixture->here, "in");
  g_autoptr (WherryTransfer) into
      = transfer_fixture_run (fixture, "there:folder/c", "in", WHERRY_TRANSFER_DEFAULT);
  transfer_fixture_assert_done (into);
  g_autoptr (WherryTransfer) as
      = transfer_fixture_run (fixture, "there:folder/c", "in/d", WHERRY_TRANSFER_DEFAULT);
  transfer_fixture_assert_done (as);
  transfer_fixture_assert_list (fixture->here, "d in\nf 7 a\nf 7 in/c\nf 7 in/d\n");
}

/* A target folder that is not there is an error, and no file of that name. */
static void
test_missing_folder (Fixture *fixture, gconstpointer data)
{
  static const char *const targets[]
      = { "there:none/a", "there:none/", "there:none/deeper/a", NULL };

  transfer_fixture_write_text (fixture->here, "a", "content");
  for (guint i = 0; targets[i] != NULL; i++)
    {
      g_autoptr (WherryTransfer) up
          = transfer_fixture_run (fixture, "a", targets[i], WHERRY_TRANSFER_DEFAULT);
      g_assert_error (wherry_transfer_get_error (up), G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
    }
  transfer_fixture_assert_list (fixture->there, "");

  g_autoptr (WherryTransfer) down
      = transfer_fixture_run (fixture, "there:none", "b", WHERRY_TRANSFER_DEFAULT);
  g_autoptr (GPtrArray) failures = wherry_transfer_dup_failures (down);
  g_assert_error (wherry_transfer_get_error (down), G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  /* It is told once. */
  g_assert_cmpuint (failures->len, ==, 0);
  g_autoptr (WherryTransfer) gone
      = transfer_fixture_run (fixture, "none", "there:b", WHERRY_TRANSFER_DEFAULT);
  g_assert_error (wherry_transfer_get_error (gone), G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  transfer_fixture_assert_list (fixture->there, "");
}

static void
test_tree (Fixture *fixture, gconstpointer data)
{
  g_autofree char *tree = g_build_filename (fixture->here, "tree", NULL);
  g_autofree char *up_there = g_build_filename (fixture->there, "tree", NULL);
  g_autofree char *back = g_build_filename (fixture->here, "back", NULL);
  WherryTransferFlags flags = WHERRY_TRANSFER_RECURSIVE | WHERRY_TRANSFER_PRESERVE;
  WherryProgress progress;

  transfer_fixture_make_tree (fixture->here);
  g_autoptr (WherryTransfer) up = transfer_fixture_run (fixture, "tree", "there:", flags);
  transfer_fixture_assert_done (up);
  transfer_fixture_assert_same_trees (tree, up_there);
  wherry_transfer_get_progress (up, &progress);
  g_assert_cmpuint (progress.files_done, ==, 318);
  g_assert_cmpuint (progress.files_failed, ==, 0);

  g_autoptr (WherryTransfer) down = transfer_fixture_run (fixture, "there:tree", "back", flags);
  transfer_fixture_assert_done (down);
  transfer_fixture_assert_same_trees (tree, back);
  wherry_transfer_get_progress (down, &progress);
  g_assert_cmpuint (progress.files_done, ==, 318);

  /* Over what is there: every file is replaced, and nothing temporary is left. */
  g_autoptr (WherryTransfer) again = transfer_fixture_run (fixture, "tree", "there:", flags);
  transfer_fixture_assert_done (again);
  transfer_fixture_assert_same_trees (tree, up_there);
}

/* A folder without a name of its own lends the target only its entries. */
static void
test_nameless (Fixture *fixture, gconstpointer data)
{
  transfer_fixture_write_text (fixture->there, "from/sub/a", "content");
  transfer_fixture_make_folder (fixture->here, "to");
  g_autofree char *from = g_strdup_printf ("server:%s/from/.", fixture->there);

  g_autoptr (WherryTransfer) down
      = transfer_fixture_run (fixture, from, "to", WHERRY_TRANSFER_RECURSIVE);
  transfer_fixture_assert_done (down);
  transfer_fixture_assert_list (fixture->here, "d to\nd to/sub\nf 7 to/sub/a\n");

  transfer_fixture_make_folder (fixture->there, "back");
  g_autoptr (WherryTransfer) up
      = transfer_fixture_run (fixture, "to/.", "there:back", WHERRY_TRANSFER_RECURSIVE);
  transfer_fixture_assert_done (up);
  transfer_fixture_assert_text (fixture->there, "back/sub/a", "content");
}

static void
test_relay (Fixture *fixture, gconstpointer data)
{
  g_autofree char *tree = g_build_filename (fixture->there, "tree", NULL);
  g_autofree char *copy = g_build_filename (fixture->there, "copy", NULL);
  WherryTransferFlags flags = WHERRY_TRANSFER_RECURSIVE | WHERRY_TRANSFER_PRESERVE;

  transfer_fixture_make_tree (fixture->there);
  g_autoptr (WherryTransfer) relay
      = transfer_fixture_run (fixture, "there:tree", "there:copy", flags);
  transfer_fixture_assert_done (relay);
  transfer_fixture_assert_same_trees (tree, copy);
  transfer_fixture_assert_list (fixture->here, "");
}

/* What the server refuses fails alone, and no byte of it is obeyed as a record: in its place stands
 * a folder. */
static void
test_refused_first_bytes (Fixture *fixture, gconstpointer data)
{
  static const char *const contents[]
      = { "\1evil\n",        "\2evil\n",  "C0644 4 stray\nevil",
          "D0755 0 stray\n", "E\nE\nE\n", "T1 0 1 0\nC0644 1 stray\nx",
          "plain\n",         "\n",        "" };
  GString *expected = g_string_new ("d tree\n");

  for (guint i = 0; i < G_N_ELEMENTS (contents); i++)
    {
      g_autofree char *name = g_strdup_printf ("tree/m%u", i);
      g_autofree char *before = g_strdup_printf ("tree/a%u", i);
      g_autofree char *after = g_strdup_printf ("tree/z%u", i);

      transfer_fixture_write_text (fixture->here, name, contents[i]);
      transfer_fixture_write_text (fixture->here, before, "before");
      transfer_fixture_write_text (fixture->here, after, "after");
      transfer_fixture_make_folder (fixture->there, name);
    }
  for (guint i = 0; i < G_N_ELEMENTS (contents); i++)
    g_string_append_printf (expected, "d tree/m%u\n", i);
  for (guint i = 0; i < G_N_ELEMENTS (contents); i++)
    g_string_append_printf (expected, "f 5 tree/z%u\n", i);
  for (guint i = 0; i < G_N_ELEMENTS (contents); i++)
    g_string_append_printf (expected, "f 6 tree/a%u\n", i);

  g_autoptr (WherryTransfer) up
      = transfer_fixture_run (fixture, "tree", "there:", WHERRY_TRANSFER_RECURSIVE);
  g_autoptr (GPtrArray) failures = wherry_transfer_dup_failures (up);

  for (guint i = 0; i < failures->len; i++)
    {
      const WherryFailure *failure = failures->pdata[i];
      g_test_message ("%s: %s", failure->path, failure->error->message);
      g_assert_nonnull (strstr (failure->path, "/tree/m"));
      g_assert_error (failure->error, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY);
    }
  g_assert_cmpuint (failures->len, ==, G_N_ELEMENTS (contents));
  g_assert_error (wherry_transfer_get_error (up), WHERRY_ERROR, WHERRY_ERROR_INCOMPLETE);

  transfer_fixture_assert_list (fixture->there, expected->str);
  g_string_free (expected, TRUE);
}

/* A folder that can't be made takes its entries with it, not into its parent. */
static void
test_refused_directory (Fixture *fixture, gconstpointer data)
{
  transfer_fixture_write_text (fixture->here, "tree/b/inside", "x");
  transfer_fixture_write_text (fixture->here, "tree/b/deeper/inside", "x");
  transfer_fixture_write_text (fixture->here, "tree/c", "content");
  transfer_fixture_write_text (fixture->there, "tree/b", "a file");

  g_autoptr (WherryTransfer) up
      = transfer_fixture_run (fixture, "tree", "there:", WHERRY_TRANSFER_RECURSIVE);
  g_autoptr (GPtrArray) failures = wherry_transfer_dup_failures (up);
  g_assert_cmpuint (failures->len, ==, 1);
  transfer_fixture_assert_list (fixture->there, "d tree\nf 6 tree/b\nf 7 tree/c\n");
}

/* What is replaced keeps its mode, and is never half there. */
static void
test_replace (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->there, "a", NULL);
  struct stat st;

  transfer_fixture_write_text (fixture->here, "a", "new");
  transfer_fixture_write_text (fixture->there, "a", "much older content");
  g_chmod (path, 0640);

  g_autoptr (WherryTransfer) up
      = transfer_fixture_run (fixture, "a", "there:", WHERRY_TRANSFER_DEFAULT);
  transfer_fixture_assert_done (up);
  g_assert_cmpint (g_stat (path, &st), ==, 0);
  g_assert_cmpuint (st.st_mode & 07777, ==, 0640);
  transfer_fixture_assert_list (fixture->there, "f 3 a\n");
}

static void
test_folder_in_the_way (Fixture *fixture, gconstpointer data)
{
  transfer_fixture_write_text (fixture->here, "a", "new");
  transfer_fixture_make_folder (fixture->there, "a");

  g_autoptr (WherryTransfer) up
      = transfer_fixture_run (fixture, "a", "there:", WHERRY_TRANSFER_DEFAULT);
  g_assert_error (wherry_transfer_get_error (up), WHERRY_ERROR, WHERRY_ERROR_CONFLICT);
  transfer_fixture_assert_list (fixture->there, "d a\n");
}

static void
test_times_and_modes (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->here, "tree/a", NULL);
  g_autofree char *folder = g_build_filename (fixture->here, "tree", NULL);
  g_autofree char *path_there = g_build_filename (fixture->there, "tree/a", NULL);
  g_autofree char *folder_there = g_build_filename (fixture->there, "tree", NULL);
  g_autofree char *path_back = g_build_filename (fixture->here, "back/a", NULL);
  g_autofree char *folder_back = g_build_filename (fixture->here, "back", NULL);
  const char *paths[] = { path_there, folder_there, path_back, folder_back };
  WherryTransferFlags flags = WHERRY_TRANSFER_RECURSIVE | WHERRY_TRANSFER_PRESERVE;

  transfer_fixture_write_text (fixture->here, "tree/a", "content");
  g_chmod (path, 0604);
  g_chmod (folder, 0705);
  g_assert_cmpint (utime (path, &(struct utimbuf){ 1000000001, 1000000002 }), ==, 0);
  g_assert_cmpint (utime (folder, &(struct utimbuf){ 1000000001, 1000000002 }), ==, 0);

  g_autoptr (WherryTransfer) up = transfer_fixture_run (fixture, "tree", "there:", flags);
  transfer_fixture_assert_done (up);
  g_autoptr (WherryTransfer) down = transfer_fixture_run (fixture, "there:tree", "back", flags);
  transfer_fixture_assert_done (down);

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      struct stat st;
      g_assert_cmpint (g_stat (paths[i], &st), ==, 0);
      g_assert_cmpint (st.st_mtim.tv_sec, ==, 1000000002);
      g_assert_cmpuint (st.st_mode & 07777, ==, S_ISDIR (st.st_mode) ? 0705 : 0604);
    }
}

static gboolean
is_running_with_bytes (WherryTransfer *transfer)
{
  WherryProgress progress;

  wherry_transfer_get_progress (transfer, &progress);
  return progress.bytes_done > 0;
}

static void
cancel_half_way (Fixture *fixture, const char *source, const char *target)
{
  g_autoptr (WherryTransfer) transfer
      = transfer_fixture_new (fixture, source, target, WHERRY_TRANSFER_RECURSIVE);

  wherry_transfer_set_speed_limit (transfer, 1000000);
  wherry_transfer_start (transfer, fixture->pool);
  while (!is_running_with_bytes (transfer) && !wherry_transfer_is_over (transfer))
    g_main_context_iteration (NULL, TRUE);

  gint64 begin = g_get_monotonic_time ();
  wherry_transfer_cancel (transfer);
  transfer_fixture_wait (transfer);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, G_USEC_PER_SEC);
  g_assert_cmpuint (wherry_transfer_get_state (transfer), ==, WHERRY_TRANSFER_CANCELLED);
}

/* Within a second, and nothing half done stays: not even under a temporary name. */
static void
test_cancel (Fixture *fixture, gconstpointer data)
{
  g_autofree char *large = g_malloc0 (20000000);

  transfer_fixture_write_bytes (fixture->here, "large", large, 20000000);
  cancel_half_way (fixture, "large", "there:");
  transfer_fixture_assert_list (fixture->there, "");

  transfer_fixture_write_bytes (fixture->there, "other", large, 20000000);
  cancel_half_way (fixture, "there:other", "");
  transfer_fixture_assert_list (fixture->here, "f 20000000 large\n");

  transfer_fixture_make_folder (fixture->there, "relay");
  cancel_half_way (fixture, "there:other", "there:relay");
  transfer_fixture_assert_list (fixture->there, "d relay\nf 20000000 other\n");
}

static gboolean
is_empty (const char *folder)
{
  g_autofree char *list = transfer_fixture_list (folder);
  return *list == '\0';
}

/* A connection that breaks leaves nothing half done on the server either. */
static void
test_connection_breaks (Fixture *fixture, gconstpointer data)
{
  g_autofree char *large = g_malloc0 (20000000);
  g_autoptr (WherryTransfer) up
      = transfer_fixture_new (fixture, "large", "there:", WHERRY_TRANSFER_DEFAULT);

  transfer_fixture_write_bytes (fixture->here, "large", large, 20000000);
  wherry_transfer_set_speed_limit (up, 1000000);
  wherry_transfer_start (up, fixture->pool);
  while (is_empty (fixture->there) && !wherry_transfer_is_over (up))
    g_main_context_iteration (NULL, FALSE);

  wherry_session_pool_close (fixture->pool);
  transfer_fixture_wait (up);
  g_assert_cmpuint (wherry_transfer_get_state (up), ==, WHERRY_TRANSFER_FAILED);

  gint64 limit = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;
  while (!is_empty (fixture->there))
    g_assert_cmpint (g_get_monotonic_time (), <, limit);
}

/* More files are replaced than are kept in mind at a time. */
static void
test_replace_many (Fixture *fixture, gconstpointer data)
{
  g_autofree char *here = g_build_filename (fixture->here, "tree", NULL);
  g_autofree char *there = g_build_filename (fixture->there, "tree", NULL);

  for (guint i = 0; i < 300; i++)
    {
      g_autofree char *name = g_strdup_printf ("tree/%u", i);
      transfer_fixture_write_text (fixture->here, name, name);
      transfer_fixture_write_text (fixture->there, name, "old");
    }
  g_autoptr (WherryTransfer) up
      = transfer_fixture_run (fixture, "tree", "there:", WHERRY_TRANSFER_RECURSIVE);
  transfer_fixture_assert_done (up);
  transfer_fixture_assert_same_trees (here, there);
}

static void
test_speed_limit (Fixture *fixture, gconstpointer data)
{
  g_autofree char *content = g_malloc0 (1000000);
  gint64 begin = g_get_monotonic_time ();

  transfer_fixture_write_bytes (fixture->here, "a", content, 1000000);
  g_autoptr (WherryTransfer) up
      = transfer_fixture_new (fixture, "a", "there:", WHERRY_TRANSFER_DEFAULT);
  wherry_transfer_set_speed_limit (up, 1000000);
  wherry_transfer_start (up, fixture->pool);
  transfer_fixture_wait (up);
  transfer_fixture_assert_done (up);
  g_assert_cmpint (g_get_monotonic_time () - begin, >, 900 * 1000);
}

static void
test_folder_without_recursion (Fixture *fixture, gconstpointer data)
{
  transfer_fixture_make_folder (fixture->here, "tree");
  transfer_fixture_make_folder (fixture->there, "other");

  g_autoptr (WherryTransfer) up
      = transfer_fixture_run (fixture, "tree", "there:", WHERRY_TRANSFER_DEFAULT);
  g_assert_error (wherry_transfer_get_error (up), G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY);
  g_autoptr (WherryTransfer) down
      = transfer_fixture_run (fixture, "there:other", "", WHERRY_TRANSFER_DEFAULT);
  g_assert_cmpuint (wherry_transfer_get_state (down), ==, WHERRY_TRANSFER_FAILED);
  g_assert_nonnull (strstr (wherry_transfer_get_error (down)->message, "-r"));
  transfer_fixture_assert_list (fixture->there, "d other\n");
}

static void
on_active (WherryQueue *queue, GParamSpec *pspec, gpointer data)
{
  guint *most = data;
  *most = MAX (*most, wherry_queue_get_n_active (queue));
}

static void
test_queue (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WherryQueue) queue = wherry_queue_new (fixture->pool);
  guint most = 0;

  wherry_queue_set_limits (queue, 4, 2);
  g_signal_connect (queue, "notify::n-active", G_CALLBACK (on_active), &most);

  for (guint i = 0; i < 12; i++)
    {
      g_autofree char *name = g_strdup_printf ("file-%02u", i);
      transfer_fixture_write_text (fixture->here, name, name);
      g_autoptr (WherryTransfer) transfer
          = transfer_fixture_new (fixture, name, "there:", WHERRY_TRANSFER_INTO);
      wherry_queue_append (queue, transfer);
    }
  g_assert_cmpuint (wherry_queue_get_n_unfinished (queue), ==, 12);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (queue)), ==, 12);

  /* One that waits is cancelled, one taken out: neither takes a place. */
  g_autoptr (WherryTransfer) last = g_list_model_get_item (G_LIST_MODEL (queue), 11);
  wherry_transfer_cancel (last);
  g_autoptr (WherryTransfer) before_last = g_list_model_get_item (G_LIST_MODEL (queue), 10);
  wherry_queue_remove (queue, before_last);
  g_assert_cmpuint (wherry_queue_get_n_unfinished (queue), ==, 10);

  while (wherry_queue_get_n_unfinished (queue) > 0)
    g_main_context_iteration (NULL, TRUE);

  g_assert_cmpuint (most, ==, 2);
  g_assert_cmpuint (wherry_queue_get_n_active (queue), ==, 0);
  for (guint i = 0; i < 10; i++)
    {
      g_autoptr (WherryTransfer) transfer = g_list_model_get_item (G_LIST_MODEL (queue), i);
      g_autofree char *name = g_strdup_printf ("file-%02u", i);
      transfer_fixture_assert_done (transfer);
      transfer_fixture_assert_text (fixture->there, name, name);
    }
  transfer_fixture_assert_text (fixture->there, "file-10", NULL);
  transfer_fixture_assert_text (fixture->there, "file-11", NULL);

  wherry_queue_clear_finished (queue);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (queue)), ==, 0);
}

/* A login without scp: the shell's 127. */
static void
test_no_scp (Fixture *fixture, gconstpointer data)
{
  transfer_fixture_write_text (fixture->here, "a", "x");
  transfer_fixture_write_text (fixture->there, "b", "x");

  g_autoptr (WherryTransfer) up
      = transfer_fixture_run (fixture, "a", "there:", WHERRY_TRANSFER_DEFAULT);
  g_assert_error (wherry_transfer_get_error (up), WHERRY_ERROR, WHERRY_ERROR_NO_PROGRAM);
  g_autoptr (WherryTransfer) down
      = transfer_fixture_run (fixture, "there:b", "", WHERRY_TRANSFER_DEFAULT);
  g_assert_error (wherry_transfer_get_error (down), WHERRY_ERROR, WHERRY_ERROR_NO_PROGRAM);
  transfer_fixture_assert_list (fixture->there, "f 1 b\n");
}

/* Start-up files that print text spoil the protocol: told as such, with the text. */
static void
test_noise (Fixture *fixture, gconstpointer data)
{
  transfer_fixture_write_text (fixture->here, "a", "x");
  transfer_fixture_write_text (fixture->there, "b", "x");

  g_autoptr (WherryTransfer) up
      = transfer_fixture_run (fixture, "a", "there:", WHERRY_TRANSFER_DEFAULT);
  g_assert_error (wherry_transfer_get_error (up), WHERRY_ERROR, WHERRY_ERROR_PROTOCOL);
  g_assert_nonnull (strstr (wherry_transfer_get_error (up)->message, "Welcome"));
  g_autoptr (WherryTransfer) down
      = transfer_fixture_run (fixture, "there:b", "", WHERRY_TRANSFER_DEFAULT);
  g_assert_error (wherry_transfer_get_error (down), WHERRY_ERROR, WHERRY_ERROR_PROTOCOL);
  g_assert_nonnull (strstr (wherry_transfer_get_error (down)->message, "Welcome"));
  transfer_fixture_assert_list (fixture->here, "f 1 a\n");
}

int
main (int argc, char **argv)
{
  static const char *const no_scp[]
      = { "ForceCommand case \"$SSH_ORIGINAL_COMMAND\" in scp*) exec no-such-scp;; "
          "*) eval \"$SSH_ORIGINAL_COMMAND\";; esac",
          NULL };
  static const char *const no_perl[]
      = { "ForceCommand eval \"$(printf %s \"$SSH_ORIGINAL_COMMAND\" "
          "| sed 's/command -v perl/command -v no-perl/')\"",
          NULL };
  static const char *const noise[]
      = { "ForceCommand echo Welcome to this host; eval \"$SSH_ORIGINAL_COMMAND\"", NULL };
  static const Test tests[] = {
    { "/transfer/where-it-lands", NULL, test_where_it_lands },
    { "/transfer/missing-folder", NULL, test_missing_folder },
    { "/transfer/tree", NULL, test_tree },
    { "/transfer/nameless", NULL, test_nameless },
    { "/transfer/relay", NULL, test_relay },
    { "/transfer/refused-first-bytes", NULL, test_refused_first_bytes },
    { "/transfer/refused-directory", NULL, test_refused_directory },
    { "/transfer/replace", NULL, test_replace },
    { "/transfer/folder-in-the-way", NULL, test_folder_in_the_way },
    { "/transfer/times-and-modes", NULL, test_times_and_modes },
    { "/transfer/cancel", NULL, test_cancel },
    { "/transfer/connection-breaks", NULL, test_connection_breaks },
    { "/transfer/replace-many", NULL, test_replace_many },
    { "/transfer/speed-limit", NULL, test_speed_limit },
    { "/transfer/folder-without-recursion", NULL, test_folder_without_recursion },
    { "/transfer/queue", NULL, test_queue },
    { "/transfer/no-scp", no_scp, test_no_scp },
    { "/transfer/no-perl/tree", no_perl, test_tree },
    { "/transfer/no-perl/replace", no_perl, test_replace },
    { "/transfer/no-perl/replace-many", no_perl, test_replace_many },
    { "/transfer/no-perl/cancel", no_perl, test_cancel },
    { "/transfer/no-perl/connection-breaks", no_perl, test_connection_breaks },
    { "/transfer/noise", noise, test_noise },

    { "/transfer/sftp/where-it-lands", NULL, test_where_it_lands, WHERRY_PROTOCOL_SFTP },
    { "/transfer/sftp/missing-folder", NULL, test_missing_folder, WHERRY_PROTOCOL_SFTP },
    { "/transfer/sftp/tree", NULL, test_tree, WHERRY_PROTOCOL_SFTP },
    { "/transfer/sftp/nameless", NULL, test_nameless, WHERRY_PROTOCOL_SFTP },
    { "/transfer/sftp/relay", NULL, test_relay, WHERRY_PROTOCOL_SFTP },
    { "/transfer/sftp/refused-first-bytes", NULL, test_refused_first_bytes, WHERRY_PROTOCOL_SFTP },
    { "/transfer/sftp/refused-directory", NULL, test_refused_directory, WHERRY_PROTOCOL_SFTP },
    { "/transfer/sftp/replace", NULL, test_replace, WHERRY_PROTOCOL_SFTP },
    { "/transfer/sftp/folder-in-the-way", NULL, test_folder_in_the_way, WHERRY_PROTOCOL_SFTP },
    { "/transfer/sftp/times-and-modes", NULL, test_times_and_modes, WHERRY_PROTOCOL_SFTP },
    { "/transfer/sftp/cancel", NULL, test_cancel, WHERRY_PROTOCOL_SFTP },
    { "/transfer/sftp/replace-many", NULL, test_replace_many, WHERRY_PROTOCOL_SFTP },
    { "/transfer/sftp/speed-limit", NULL, test_speed_limit, WHERRY_PROTOCOL_SFTP },
    { "/transfer/sftp/folder-without-recursion", NULL, test_folder_without_recursion,
      WHERRY_PROTOCOL_SFTP },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, &tests[i], set_up, tests[i].run, tear_down);
  return g_test_run ();
}
