#include <glib/gstdio.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include "transfer-fixture.h"
#include "transfer/wherry-remote-edit.h"

/* Longest that any step may take, in seconds. */
#define LIMIT_SECONDS 60

typedef struct {
  TransferFixture base;
  WherryQueue *queue;
  WherryRemoteEdit *edit;
} Fixture;

static gboolean
on_limit (gpointer data)
{
  g_error ("%s took longer than %d seconds", (const char *) data, LIMIT_SECONDS);
  return G_SOURCE_REMOVE;
}

static void
await_state (Fixture *fixture, WherryRemoteEditState state, guint n_saves)
{
  g_autofree char *what = g_strdup_printf ("state %d with %u saves", state, n_saves);
  guint limit = g_timeout_add_seconds (LIMIT_SECONDS, on_limit, what);

  while (wherry_remote_edit_get_state (fixture->edit) != state
         || wherry_remote_edit_get_n_saves (fixture->edit) < n_saves)
    {
      if (wherry_remote_edit_get_state (fixture->edit) == WHERRY_REMOTE_EDIT_FAILED)
        g_assert_no_error (wherry_remote_edit_get_error (fixture->edit));
      g_main_context_iteration (NULL, TRUE);
    }
  g_source_remove (limit);
}

static void
open_file (Fixture *fixture, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->base.there, name, NULL);

  fixture->edit
      = wherry_remote_edit_new (fixture->base.pool, fixture->queue, fixture->base.login, path);
  await_state (fixture, WHERRY_REMOTE_EDIT_IN_STEP, 0);
}

static void
begin (Fixture *fixture)
{
  transfer_fixture_write_text (fixture->base.there, "notes \xc3\xbc.txt", "first");
  open_file (fixture, "notes \xc3\xbc.txt");
}

/* As an editor that writes the file in place, or one that puts another in its place. */
static void
save_here (Fixture *fixture, const char *text, gboolean by_rename)
{
  const char *path = wherry_remote_edit_get_local_path (fixture->edit);
  g_autofree char *target = by_rename ? g_strconcat (path, "~new", NULL) : g_strdup (path);
  FILE *file = g_fopen (target, "w");

  g_assert_nonnull (file);
  g_assert_cmpint (fputs (text, file), >=, 0);
  fclose (file);
  if (by_rename)
    g_assert_cmpint (g_rename (target, path), ==, 0);
}

static void
assert_there (Fixture *fixture, const char *text)
{
  transfer_fixture_assert_text (fixture->base.there, "notes \xc3\xbc.txt", text);
}

/* What is saved is there, whichever way an editor does it, with the rights it had. */
static void
test_saves (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->base.there, "notes \xc3\xbc.txt", NULL);
  g_autofree char *local = NULL;
  g_autofree char *text = NULL;
  struct stat info;

  begin (fixture);
  local = g_strdup (wherry_remote_edit_get_local_path (fixture->edit));
  g_assert_true (g_str_has_suffix (local, "/notes \xc3\xbc.txt"));
  g_file_get_contents (local, &text, NULL, NULL);
  g_assert_cmpstr (text, ==, "first");
  g_assert_false (wherry_remote_edit_has_changes (fixture->edit));
  g_assert_cmpint (g_chmod (path, 0640), ==, 0);

  save_here (fixture, "second", FALSE);
  g_assert_true (wherry_remote_edit_has_changes (fixture->edit));
  await_state (fixture, WHERRY_REMOTE_EDIT_IN_STEP, 1);
  assert_there (fixture, "second");

  save_here (fixture, "third, and longer", TRUE);
  await_state (fixture, WHERRY_REMOTE_EDIT_IN_STEP, 2);
  assert_there (fixture, "third, and longer");
  g_assert_false (wherry_remote_edit_has_changes (fixture->edit));
  g_assert_cmpint (stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0640);

  wherry_remote_edit_end (fixture->edit);
  g_assert_false (g_file_test (local, G_FILE_TEST_EXISTS));
  transfer_fixture_assert_list (fixture->base.there, "f 17 notes \xc3\xbc.txt\n");
}

/* A link stays one. */
static void
test_link (Fixture *fixture, gconstpointer data)
{
  g_autofree char *link = g_build_filename (fixture->base.there, "link", NULL);

  transfer_fixture_write_text (fixture->base.there, "target", "first");
  g_assert_cmpint (symlink ("target", link), ==, 0);
  open_file (fixture, "link");
  save_here (fixture, "second", FALSE);
  await_state (fixture, WHERRY_REMOTE_EDIT_IN_STEP, 1);
  g_assert_true (g_file_test (link, G_FILE_TEST_IS_SYMLINK));
  transfer_fixture_assert_text (fixture->base.there, "target", "second");
}

static void
make_conflict (Fixture *fixture)
{
  begin (fixture);
  /* Of the same size, and maybe of the same second. */
  transfer_fixture_write_text (fixture->base.there, "notes \xc3\xbc.txt", "THEIR");
  save_here (fixture, "mine", FALSE);
  await_state (fixture, WHERRY_REMOTE_EDIT_CONFLICT, 0);
  assert_there (fixture, "THEIR");
  g_assert_false (wherry_remote_edit_is_gone (fixture->edit));
  g_assert_true (wherry_remote_edit_has_changes (fixture->edit));
}

static void
test_replace (Fixture *fixture, gconstpointer data)
{
  make_conflict (fixture);
  wherry_remote_edit_resolve (fixture->edit, WHERRY_REMOTE_EDIT_REPLACE);
  await_state (fixture, WHERRY_REMOTE_EDIT_IN_STEP, 1);
  assert_there (fixture, "mine");

  /* That was for once. */
  transfer_fixture_write_text (fixture->base.there, "notes \xc3\xbc.txt", "again");
  save_here (fixture, "mine again", FALSE);
  await_state (fixture, WHERRY_REMOTE_EDIT_CONFLICT, 1);
}

static void
test_keep_both (Fixture *fixture, gconstpointer data)
{
  make_conflict (fixture);
  wherry_remote_edit_resolve (fixture->edit, WHERRY_REMOTE_EDIT_KEEP_BOTH);
  await_state (fixture, WHERRY_REMOTE_EDIT_IN_STEP, 1);
  assert_there (fixture, "THEIR");

  g_autofree char *name = wherry_remote_edit_dup_name (fixture->edit);
  g_assert_true (g_str_has_prefix (name, "notes \xc3\xbc (edited 2"));
  g_assert_true (g_str_has_suffix (name, ").txt"));
  transfer_fixture_assert_text (fixture->base.there, name, "mine");

  save_here (fixture, "more", FALSE);
  await_state (fixture, WHERRY_REMOTE_EDIT_IN_STEP, 2);
  transfer_fixture_assert_text (fixture->base.there, name, "more");
  assert_there (fixture, "THEIR");
}

static void
test_discard (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = NULL;

  make_conflict (fixture);
  wherry_remote_edit_resolve (fixture->edit, WHERRY_REMOTE_EDIT_DISCARD);
  await_state (fixture, WHERRY_REMOTE_EDIT_IN_STEP, 0);
  g_file_get_contents (wherry_remote_edit_get_local_path (fixture->edit), &text, NULL, NULL);
  g_assert_cmpstr (text, ==, "THEIR");

  save_here (fixture, "based on theirs", TRUE);
  await_state (fixture, WHERRY_REMOTE_EDIT_IN_STEP, 1);
  assert_there (fixture, "based on theirs");
}

static void
test_gone (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->base.there, "notes \xc3\xbc.txt", NULL);

  begin (fixture);
  g_assert_cmpint (g_unlink (path), ==, 0);
  save_here (fixture, "mine", FALSE);
  await_state (fixture, WHERRY_REMOTE_EDIT_CONFLICT, 0);
  g_assert_true (wherry_remote_edit_is_gone (fixture->edit));
  wherry_remote_edit_resolve (fixture->edit, WHERRY_REMOTE_EDIT_REPLACE);
  await_state (fixture, WHERRY_REMOTE_EDIT_IN_STEP, 1);
  assert_there (fixture, "mine");
}

/* A file that was only touched there is no other. */
static void
test_touched (Fixture *fixture, gconstpointer data)
{
  const struct utimbuf times = { 1000000000, 1000000000 };
  g_autofree char *path = g_build_filename (fixture->base.there, "notes \xc3\xbc.txt", NULL);

  begin (fixture);
  g_assert_cmpint (utime (path, &times), ==, 0);
  save_here (fixture, "mine", FALSE);
  await_state (fixture, WHERRY_REMOTE_EDIT_IN_STEP, 1);
  assert_there (fixture, "mine");
}

/* A broken connection is made again by the next save. */
static void
test_reconnects (Fixture *fixture, gconstpointer data)
{
  begin (fixture);
  wherry_test_sshd_signal_sessions (fixture->base.sshd, SIGKILL);
  save_here (fixture, "mine", FALSE);
  await_state (fixture, WHERRY_REMOTE_EDIT_IN_STEP, 1);
  assert_there (fixture, "mine");
}

/* While there is no server it is tried again and again, and what was saved stays. */
static void
test_no_server (Fixture *fixture, gconstpointer data)
{
  g_autofree char *local = NULL;
  g_autofree char *text = NULL;

  begin (fixture);
  local = g_strdup (wherry_remote_edit_get_local_path (fixture->edit));
  wherry_test_sshd_signal_sessions (fixture->base.sshd, SIGKILL);
  g_clear_pointer (&fixture->base.sshd, wherry_test_sshd_stop);
  save_here (fixture, "mine", FALSE);
  await_state (fixture, WHERRY_REMOTE_EDIT_WAITING, 0);
  g_assert_nonnull (wherry_remote_edit_get_error (fixture->edit));
  g_assert_true (wherry_remote_edit_has_changes (fixture->edit));

  wherry_remote_edit_end (fixture->edit);
  g_file_get_contents (local, &text, NULL, NULL);
  g_assert_cmpstr (text, ==, "mine");
}

static void
test_no_file (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->base.there, "none", NULL);
  guint limit = g_timeout_add_seconds (LIMIT_SECONDS, on_limit, (gpointer) "to fail");

  fixture->edit
      = wherry_remote_edit_new (fixture->base.pool, fixture->queue, fixture->base.login, path);
  while (wherry_remote_edit_get_state (fixture->edit) != WHERRY_REMOTE_EDIT_FAILED)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (limit);
  g_assert_error (wherry_remote_edit_get_error (fixture->edit), G_IO_ERROR, G_IO_ERROR_NOT_FOUND);

  transfer_fixture_write_text (fixture->base.there, "none", "there now");
  wherry_remote_edit_retry (fixture->edit);
  await_state (fixture, WHERRY_REMOTE_EDIT_IN_STEP, 0);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  transfer_fixture_set_up (&fixture->base, NULL);
  fixture->queue = wherry_queue_new (fixture->base.pool);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  wherry_remote_edit_end (fixture->edit);
  g_clear_object (&fixture->edit);
  g_clear_object (&fixture->queue);
  transfer_fixture_tear_down (&fixture->base);
}

int
main (int argc, char *argv[])
{
  static const struct {
    const char *path;
    void (*run) (Fixture *, gconstpointer);
  } tests[] = {
    { "/remote-edit/saves", test_saves },         { "/remote-edit/link", test_link },
    { "/remote-edit/replace", test_replace },     { "/remote-edit/keep-both", test_keep_both },
    { "/remote-edit/discard", test_discard },     { "/remote-edit/gone", test_gone },
    { "/remote-edit/touched", test_touched },     { "/remote-edit/reconnects", test_reconnects },
    { "/remote-edit/no-server", test_no_server }, { "/remote-edit/no-file", test_no_file },
  };
  g_autofree char *cache = wherry_test_dir_new ();

  g_test_init (&argc, &argv, NULL);
  g_setenv ("XDG_CACHE_HOME", cache, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].run, tear_down);
  int status = g_test_run ();
  wherry_test_dir_remove (cache);
  return status;
}
