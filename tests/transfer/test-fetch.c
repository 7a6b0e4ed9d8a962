#include <glib/gstdio.h>

#include "transfer-fixture.h"
#include "transfer/wherry-fetch.h"

/* Longest that a fetch may take, in seconds. */
#define LIMIT_SECONDS 60

static void
on_fetched (GObject *source, GAsyncResult *result, gpointer user_data)
{
  WherryFetched **fetched = user_data;
  *fetched = wherry_fetch_finish (WHERRY_QUEUE (source), result);
}

static gboolean
on_limit (gpointer data)
{
  g_error ("The fetch took longer than %d seconds", LIMIT_SECONDS);
  return G_SOURCE_REMOVE;
}

static WherryRemoteFiles *
make_files (TransferFixture *fixture, const char *const *names)
{
  WherryRemoteFiles *files = wherry_remote_files_new (fixture->login);

  for (; *names != NULL; names++)
    {
      g_autofree char *path = g_build_filename (fixture->there, *names, NULL);
      wherry_remote_files_add (files, path, FALSE, -1, 0);
    }
  return files;
}

static WherryFetched *
fetch (TransferFixture *fixture, WherryQueue *queue, const char *const *names, gboolean cancel)
{
  g_autoptr (WherryRemoteFiles) files = make_files (fixture, names);
  WherryFetched *fetched = NULL;
  guint limit = g_timeout_add_seconds (LIMIT_SECONDS, on_limit, NULL);

  wherry_fetch_async (queue, files, on_fetched, &fetched);
  if (cancel)
    wherry_queue_cancel_all (queue);
  while (fetched == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (limit);
  g_assert_cmpuint (fetched->paths->len, ==, g_strv_length ((char **) names));
  return fetched;
}

static void
assert_file (const char *path, const char *expected)
{
  g_autofree char *text = NULL;
  g_file_get_contents (path, &text, NULL, NULL);
  g_assert_cmpstr (text, ==, expected);
}

static void
assert_gone (const char *path)
{
  while (g_file_test (path, G_FILE_TEST_EXISTS))
    g_main_context_iteration (NULL, FALSE);
}

/* Same names from two folders, odd names, and folders; then nothing is left of them. */
static void
test_arrives (TransferFixture *fixture, gconstpointer data)
{
  static const char *const names[]
      = { "a/same", "b/same", "with space \xc3\xbc \xff", "folder", NULL };
  g_autoptr (WherryQueue) queue = wherry_queue_new (fixture->pool);

  transfer_fixture_write_text (fixture->there, "a/same", "one");
  transfer_fixture_write_text (fixture->there, "b/same", "two");
  transfer_fixture_write_text (fixture->there, names[2], "three");
  transfer_fixture_write_text (fixture->there, "folder/in/it", "four");

  WherryFetched *fetched = fetch (fixture, queue, names, FALSE);
  g_autofree char *list = wherry_fetched_to_uri_list (fetched);
  g_autofree char *folder = g_strdup (fetched->folder);
  g_auto (GStrv) uris = g_uri_list_extract_uris (list);

  g_assert_cmpuint (fetched->n_failed, ==, 0);
  g_assert_cmpuint (g_strv_length (uris), ==, 4);
  g_assert_true (g_str_has_suffix (uris[2], "/with%20space%20%C3%BC%20%FF"));
  for (guint i = 0; i < 3; i++)
    {
      static const char *const contents[] = { "one", "two", "three" };
      g_autofree char *path = g_filename_from_uri (uris[i], NULL, NULL);
      assert_file (path, contents[i]);
    }
  g_autofree char *deep = g_build_filename (fetched->paths->pdata[3], "in", "it", NULL);
  assert_file (deep, "four");

  wherry_fetched_remove (fetched);
  assert_gone (folder);
}

/* What is not there is missed by whoever is given the list, and the rest is there. */
static void
test_one_is_missing (TransferFixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "there", "not there", NULL };
  g_autoptr (WherryQueue) queue = wherry_queue_new (fixture->pool);

  transfer_fixture_write_text (fixture->there, "there", "one");
  WherryFetched *fetched = fetch (fixture, queue, names, FALSE);
  g_autofree char *list = wherry_fetched_to_uri_list (fetched);
  g_auto (GStrv) uris = g_uri_list_extract_uris (list);

  g_assert_cmpuint (fetched->n_failed, ==, 1);
  g_assert_cmpuint (g_strv_length (uris), ==, 2);
  assert_file (fetched->paths->pdata[0], "one");
  g_assert_false (g_file_test (fetched->paths->pdata[1], G_FILE_TEST_EXISTS));
  wherry_fetched_remove (fetched);
}

static void
test_cancelled (TransferFixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "folder", NULL };
  g_autoptr (WherryQueue) queue = wherry_queue_new (fixture->pool);

  transfer_fixture_write_text (fixture->there, "folder/file", "one");
  WherryFetched *fetched = fetch (fixture, queue, names, TRUE);

  g_assert_cmpuint (fetched->n_failed, ==, 1);
  g_assert_false (g_file_test (fetched->paths->pdata[0], G_FILE_TEST_EXISTS));
  wherry_fetched_remove (fetched);
}

/* A folder can't go into itself, but into another server's of the same path. */
static void
test_fit_into (TransferFixture *fixture, gconstpointer data)
{
  g_autoptr (WherryRemoteFiles) files = wherry_remote_files_new (fixture->login);
  g_autoptr (WherryLogin) other = wherry_login_new ("somebody", "elsewhere.example", 22);

  wherry_remote_files_add (files, "/srv/www", TRUE, -1, 0);
  g_assert_false (wherry_remote_files_fit_into (files, fixture->login, "/srv/www"));
  g_assert_false (wherry_remote_files_fit_into (files, fixture->login, "/srv/www/deeper"));
  g_assert_true (wherry_remote_files_fit_into (files, fixture->login, "/srv/www-old"));
  g_assert_true (wherry_remote_files_fit_into (files, fixture->login, "/srv"));
  g_assert_true (wherry_remote_files_fit_into (files, other, "/srv/www"));
}

static void
set_up (TransferFixture *fixture, gconstpointer data)
{
  transfer_fixture_set_up (fixture, NULL);
}

static void
tear_down (TransferFixture *fixture, gconstpointer data)
{
  transfer_fixture_tear_down (fixture);
}

int
main (int argc, char *argv[])
{
  g_autofree char *cache = wherry_test_dir_new ();

  g_test_init (&argc, &argv, NULL);
  g_setenv ("XDG_CACHE_HOME", cache, TRUE);
  g_test_add ("/fetch/arrives", TransferFixture, NULL, set_up, test_arrives, tear_down);
  g_test_add ("/fetch/one-is-missing", TransferFixture, NULL, set_up, test_one_is_missing,
              tear_down);
  g_test_add ("/fetch/cancelled", TransferFixture, NULL, set_up, test_cancelled, tear_down);
  g_test_add ("/fetch/fit-into", TransferFixture, NULL, set_up, test_fit_into, tear_down);
  int status = g_test_run ();
  wherry_test_dir_remove (cache);
  return status;
}
