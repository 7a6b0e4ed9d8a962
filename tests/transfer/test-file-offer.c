#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#include "transfer-fixture.h"
#include "transfer/wherry-file-offer.h"

/* Longest that a program may take, in seconds. */
#define LIMIT_SECONDS 60

typedef struct {
  TransferFixture base;
  WherryQueue *queue;
} Fixture;

static gboolean
on_limit (gpointer data)
{
  g_error ("A program took longer than %d seconds", LIMIT_SECONDS);
  return G_SOURCE_REMOVE;
}

static void
on_output (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_object_set_data_full (source, "result", g_object_ref (result), g_object_unref);
}

/* Runs a program as another one would be, our main loop going on meanwhile; its output, or NULL if
 * it failed. */
static char *
run (const char *const *argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process
      = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                           &error);
  guint limit = g_timeout_add_seconds (LIMIT_SECONDS, on_limit, NULL);
  char *output = NULL;

  g_assert_no_error (error);
  g_subprocess_communicate_utf8_async (process, NULL, NULL, on_output, NULL);
  while (g_object_get_data (G_OBJECT (process), "result") == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (limit);
  g_subprocess_communicate_utf8_finish (process, g_object_get_data (G_OBJECT (process), "result"),
                                        &output, NULL, &error);
  g_object_set_data (G_OBJECT (process), "result", NULL); /* which holds the process */
  g_assert_no_error (error);
  if (!g_subprocess_get_successful (process))
    g_clear_pointer (&output, g_free);
  return output;
}

static char *
read_uri (const char *uri)
{
  g_autofree char *path = g_filename_from_uri (uri, NULL, NULL);
  const char *const argv[] = { "cat", path, NULL };
  return run (argv);
}

static WherryFileOffer *
make_offer (Fixture *fixture, char ***uris)
{
  g_autoptr (WherryRemoteFiles) files = wherry_remote_files_new (fixture->base.login);
  g_autofree char *file = g_build_filename (fixture->base.there, "with space \xc3\xbc", NULL);
  g_autofree char *folder = g_build_filename (fixture->base.there, "folder", NULL);
  g_autofree char *list = NULL;

  transfer_fixture_write_text (fixture->base.there, "with space \xc3\xbc", "seven b");
  transfer_fixture_write_text (fixture->base.there, "folder/in/it", "deep");
  wherry_remote_files_add (files, file, FALSE, 7, 1000000000);
  wherry_remote_files_add (files, folder, TRUE, -1, 0);

  WherryFileOffer *offer = wherry_file_offer_new (fixture->queue, files);
  if (offer == NULL)
    {
      g_test_skip ("there is no FUSE here, or nobody may mount");
      return NULL;
    }
  list = wherry_file_offer_to_uri_list (offer);
  *uris = g_uri_list_extract_uris (list);
  g_assert_cmpuint (g_strv_length (*uris), ==, 2);
  return offer;
}

static guint
get_n_transfers (Fixture *fixture)
{
  return g_list_model_get_n_items (G_LIST_MODEL (fixture->queue));
}

/* To look costs nothing, and nobody can open anything before a person has dropped it. */
static void
test_nothing_is_fetched_early (Fixture *fixture, gconstpointer data)
{
  g_auto (GStrv) uris = NULL;
  WherryFileOffer *offer = make_offer (fixture, &uris);

  if (offer == NULL)
    return;
  g_autofree char *path = g_filename_from_uri (uris[0], NULL, NULL);
  const char *const argv[] = { "stat", "-c", "%s %Y %F", path, NULL };
  g_autofree char *described = run (argv);
  g_autofree char *content = read_uri (uris[0]);

  g_assert_cmpstr (described, ==, "7 1000000000 regular file\n");
  g_assert_null (content);
  g_assert_cmpuint (get_n_transfers (fixture), ==, 0);

  wherry_file_offer_release (offer);
  g_autofree char *gone = run (argv);
  g_assert_null (gone);
}

/* Opening one of them fetches all, once; to copy a folder is to copy what is in it. */
static void
test_is_fetched_when_opened (Fixture *fixture, gconstpointer data)
{
  g_auto (GStrv) uris = NULL;
  WherryFileOffer *offer = make_offer (fixture, &uris);

  if (offer == NULL)
    return;
  wherry_file_offer_allow (offer);
  wherry_file_offer_release (offer);

  g_autofree char *content = read_uri (uris[0]);
  g_assert_cmpstr (content, ==, "seven b");

  g_autofree char *path = g_filename_from_uri (uris[1], NULL, NULL);
  const char *const argv[] = { "cp", "-r", path, fixture->base.here, NULL };
  g_autofree char *copied = run (argv);
  g_assert_nonnull (copied);
  transfer_fixture_assert_text (fixture->base.here, "folder/in/it", "deep");
  g_assert_cmpuint (get_n_transfers (fixture), ==, 2);

  /* It is for reading only. */
  g_autofree char *inner = g_build_filename (path, "new", NULL);
  const char *const touch[] = { "touch", inner, NULL };
  g_autofree char *touched = run (touch);
  g_assert_null (touched);
}

/* Who opens what could not be fetched is told so, and gets the rest. */
static void
test_failure_is_told (Fixture *fixture, gconstpointer data)
{
  g_auto (GStrv) uris = NULL;
  WherryFileOffer *offer = make_offer (fixture, &uris);

  if (offer == NULL)
    return;
  g_autofree char *file = g_build_filename (fixture->base.there, "with space \xc3\xbc", NULL);
  g_autofree char *path = g_filename_from_uri (uris[0], NULL, NULL);
  g_autofree char *folder = g_filename_from_uri (uris[1], NULL, NULL);
  const char *const list[] = { "find", folder, "-name", "it", "-printf", "%s", NULL };
  const char *const stat[] = { "stat", "-c", "%F", path, NULL };

  g_assert_cmpint (g_remove (file), ==, 0);
  wherry_file_offer_allow (offer);
  g_autofree char *content = read_uri (uris[0]);
  g_autofree char *described = run (stat);
  g_autofree char *listed = run (list);
  g_assert_null (content);
  g_assert_cmpstr (described, ==, "regular file\n");
  g_assert_cmpstr (listed, ==, "4");
  wherry_file_offer_release (offer);
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
  g_clear_object (&fixture->queue);
  transfer_fixture_tear_down (&fixture->base);
}

static char *
run_self (const char *self_path, const char *how)
{
  const char *const argv[] = { self_path, how, NULL };
  g_autoptr (GError) error = NULL;
  char *output = NULL;

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL, NULL,
                &error);
  g_assert_no_error (error);
  return g_strchomp (output);
}

static gboolean
is_mounted (const char *folder)
{
  g_autofree char *mounts = NULL;

  g_file_get_contents ("/proc/self/mounts", &mounts, NULL, NULL);
  return strstr (mounts, folder) != NULL;
}

/* What a process that is killed leaves mounted is cleared away by the next; and that leaves
 * nothing. */
static void
test_killed (gconstpointer self_path)
{
  g_autofree char *killed = run_self (self_path, "--die");

  if (*killed == '\0')
    {
      g_test_skip ("there is no FUSE here, or nobody may mount");
      return;
    }
  g_assert_true (is_mounted (killed));

  g_autofree char *ended = run_self (self_path, "--end");
  g_assert_false (is_mounted (killed));
  g_assert_false (g_file_test (killed, G_FILE_TEST_EXISTS));
  g_assert_false (is_mounted (ended));
  g_assert_false (g_file_test (ended, G_FILE_TEST_EXISTS));
}

/* Mounts, says where, and is killed or ends. */
static int
mount_and_end (const char *how)
{
  Fixture fixture = { 0 };
  g_auto (GStrv) uris = NULL;

  set_up (&fixture, NULL);
  WherryFileOffer *offer = make_offer (&fixture, &uris);
  if (offer != NULL)
    {
      g_autofree char *path = g_filename_from_uri (uris[0], NULL, NULL);
      g_autofree char *around = g_path_get_dirname (path);
      g_autofree char *folder = g_path_get_dirname (around);
      printf ("%s\n", folder);
      fflush (stdout);
    }
  tear_down (&fixture, NULL);
  if (g_str_equal (how, "--die"))
    raise (SIGKILL);
  if (offer != NULL)
    wherry_file_offer_release (offer);
  wherry_file_offer_stop_all ();
  return 0;
}

int
main (int argc, char *argv[])
{
  if (argc == 2 && (g_str_equal (argv[1], "--die") || g_str_equal (argv[1], "--end")))
    return mount_and_end (argv[1]);

  g_autofree char *cache = wherry_test_dir_new ();

  g_test_init (&argc, &argv, NULL);
  g_setenv ("XDG_CACHE_HOME", cache, TRUE);
  g_setenv ("XDG_RUNTIME_DIR", cache, TRUE);
  g_test_add ("/file-offer/nothing-is-fetched-early", Fixture, NULL, set_up,
              test_nothing_is_fetched_early, tear_down);
  g_test_add ("/file-offer/is-fetched-when-opened", Fixture, NULL, set_up,
              test_is_fetched_when_opened, tear_down);
  g_test_add ("/file-offer/failure-is-told", Fixture, NULL, set_up, test_failure_is_told,
              tear_down);
  g_test_add_data_func ("/file-offer/killed", argv[0], test_killed);
  int status = g_test_run ();
  wherry_file_offer_stop_all ();
  wherry_test_dir_remove (cache);
  return status;
}
