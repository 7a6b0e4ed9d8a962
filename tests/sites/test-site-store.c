#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sites/wherry-site-file.h"
#include "sites/wherry-site-tree.h"
#include "sites/wherry-site-store.h"
#include "wherry-test-dir.h"

#define ID(digit) "0000000" digit "-89ab-4cde-8123-456789abcdef"

#define LIMIT (20 * G_USEC_PER_SEC)

static char *program;

typedef struct {
  char *folder;
  char *file;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->folder = wherry_test_dir_new ();
  self->file = g_build_filename (self->folder, "wherry", "sites.conf", NULL);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  wherry_test_dir_remove (self->folder);
  g_free (self->folder);
  g_free (self->file);
}

static WherrySite *
make_site (const char *name, const char *folder)
{
  WherrySite *site = wherry_site_new ();

  g_object_set (site, "name", name, "host", "h.example.org", "folder", folder, NULL);
  return site;
}

static void
add_problem (WherrySiteStore *store, const char *message, GPtrArray *problems)
{
  g_test_message ("%s", message);
  g_ptr_array_add (problems, g_strdup (message));
}

static WherrySiteStore *
open_store (Fixture *self, GPtrArray *problems)
{
  WherrySiteStore *store = wherry_site_store_new (self->file);

  if (problems != NULL)
    g_signal_connect (store, "problem", G_CALLBACK (add_problem), problems);
  wherry_site_store_flush (store);
  return store;
}

static char *
dup_names (WherrySiteStore *store)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (store)); i++)
    {
      g_autoptr (WherrySite) site = g_list_model_get_item (G_LIST_MODEL (store), i);
      g_string_append_printf (names, "%s ", wherry_site_get_string (site, WHERRY_SITE_NAME));
    }
  return g_strchomp (g_string_free (g_steal_pointer (&names), FALSE));
}

static void
assert_names (WherrySiteStore *store, const char *expected)
{
  g_autofree char *names = dup_names (store);
  g_assert_cmpstr (names, ==, expected);
}

static void
wait_for_names (WherrySiteStore *store, const char *expected, const char *or_else)
{
  gint64 end = g_get_monotonic_time () + LIMIT;

  for (;;)
    {
      g_autofree char *names = dup_names (store);
      if (g_str_equal (names, expected) || g_str_equal (names, or_else))
        return;
      if (g_get_monotonic_time () > end)
        g_error ("“%s” did not become “%s”", names, expected);
      g_main_context_iteration (NULL, FALSE);
      g_usleep (1000);
    }
}

static void
test_keep (Fixture *self, gconstpointer data)
{
  g_autoptr (WherrySiteStore) store = open_store (self, NULL);
  g_autoptr (WherrySite) a = make_site ("a", "");
  g_autoptr (WherrySite) b = make_site ("b", "Work/Far");
  g_autoptr (WherrySite) c = make_site ("c", "");
  g_autoptr (GError) error = NULL;
  struct stat info;

  /* Nothing is made before there is something to keep. */
  g_assert_false (g_file_test (self->file, G_FILE_TEST_EXISTS));
  g_assert_true (wherry_site_store_is_loaded (store));

  wherry_site_store_insert (store, G_MAXUINT, a);
  wherry_site_store_insert (store, G_MAXUINT, b);
  wherry_site_store_insert (store, 0, c);
  g_assert_true (wherry_site_store_add_folder (store, "Empty", &error));
  g_assert_no_error (error);
  wherry_site_store_flush (store);
  g_assert_cmpint (g_stat (self->file, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0600);

  g_autoptr (WherrySiteStore) again = open_store (self, NULL);
  g_auto (GStrv) folders = wherry_site_store_dup_folders (again);
  g_autofree char *joined = g_strjoinv (" ", folders);
  assert_names (again, "c a b");
  g_assert_cmpstr (joined, ==, "Empty Work Work/Far");

  /* Changes, removal, undo, order. */
  wherry_site_set_string (b, WHERRY_SITE_NAME, "B");
  guint position = wherry_site_store_remove (store, a);
  g_assert_cmpuint (position, ==, 1);
  wherry_site_store_flush (store);
  g_autoptr (WherrySiteStore) third = open_store (self, NULL);
  assert_names (third, "c B");
  wherry_site_store_insert (store, position, a);
  wherry_site_store_move (store, c, "Work", NULL);
  wherry_site_store_move (store, b, "", a);
  wherry_site_store_flush (store);
  g_autoptr (WherrySiteStore) fourth = open_store (self, NULL);
  assert_names (fourth, "B a c");
  WherrySite *moved = wherry_site_store_find (fourth, wherry_site_get_id (c));
  g_assert_cmpstr (wherry_site_get_string (moved, WHERRY_SITE_FOLDER), ==, "Work");
}

static void
test_folders (Fixture *self, gconstpointer data)
{
  g_autoptr (WherrySiteStore) store = open_store (self, NULL);
  g_autoptr (WherrySite) a = make_site ("a", "Work/Far");
  g_autoptr (WherrySite) b = make_site ("b", "Workshop");
  g_autoptr (GError) error = NULL;

  wherry_site_store_insert (store, 0, a);
  wherry_site_store_insert (store, 1, b);
  g_assert_false (wherry_site_store_add_folder (store, "Work", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_clear_error (&error);
  g_assert_false (wherry_site_store_add_folder (store, "a//b", &error));
  g_clear_error (&error);
  g_assert_false (wherry_site_store_rename_folder (store, "Work", "Work/In", &error));
  g_clear_error (&error);

  g_assert_true (wherry_site_store_rename_folder (store, "Work", "Play", &error));
  g_assert_cmpstr (wherry_site_get_string (a, WHERRY_SITE_FOLDER), ==, "Play/Far");
  g_assert_cmpstr (wherry_site_get_string (b, WHERRY_SITE_FOLDER), ==, "Workshop");
  wherry_site_store_remove_folder (store, "Play/Far");
  g_assert_cmpstr (wherry_site_get_string (a, WHERRY_SITE_FOLDER), ==, "Play");
  wherry_site_store_flush (store);

  g_autoptr (WherrySiteStore) again = open_store (self, NULL);
  g_auto (GStrv) folders = wherry_site_store_dup_folders (again);
  g_autofree char *joined = g_strjoinv (" ", folders);
  g_assert_cmpstr (joined, ==, "Play Workshop");
}

static void
test_damage (Fixture *self, gconstpointer data)
{
  static const char text[]
      = "# Written by hand\n"
        "[Site " ID (
            "1") "]\nname=one\nhost=h\n"
                 "[Site " ID (
                     "2") "]\nname=two\nhost=a b\n\n"
                          "  [Site " ID (
                              "3") "]\nname=three\nhost=h\nfuture=1\n"
                                   "[Site " ID (
                                       "4") "\nname=four\nhost=h\n"
                                            "[Site " ID (
                                                "5") "]\nname=five\nhost=h\nname=\0\377\n"
                                                     "[Site " ID (
                                                         "1") "]\nname=again\nhost=h\n"
                                                              "[Later]\nkey=value\n"
                                                              "[Folders]\npaths=a;;b\n"
                                                              "[Site " ID (
                                                                  "6") "]\nname=six\nhost=h\n";
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *aside = g_strconcat (self->file, ".damaged", NULL);
  g_autofree char *folder = g_path_get_dirname (self->file);
  g_autofree char *kept = NULL;
  gsize length;
  struct stat info;

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (self->file, text, sizeof text - 1, NULL));

  g_autoptr (WherrySiteStore) store = open_store (self, problems);
  assert_names (store, "one three six");
  g_assert_cmpuint (problems->len, ==, 5);
  g_assert_nonnull (strstr (problems->pdata[0], ID ("2")));
  g_assert_nonnull (strstr (problems->pdata[0], "sites.conf.damaged"));

  /* Kept to the byte. */
  g_assert_true (g_file_get_contents (aside, &kept, &length, NULL));
  g_assert_nonnull (strstr (kept, "name=two\nhost=a b\n"));
  g_assert_nonnull (memmem (kept, length, "name=five\nhost=h\nname=\0\377\n", 24));
  g_assert_nonnull (memmem (kept, length, "name=again\n", 11));
  g_assert_cmpint (g_stat (aside, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0600);

  /* Told once, and what is not known stays. */
  g_ptr_array_set_size (problems, 0);
  g_autoptr (WherrySiteStore) again = open_store (self, problems);
  g_autofree char *now = NULL;
  assert_names (again, "one three six");
  g_assert_cmpuint (problems->len, ==, 0);
  g_assert_true (g_file_get_contents (self->file, &now, NULL, NULL));
  g_assert_nonnull (strstr (now, "# Written by hand\n"));
  g_assert_nonnull (strstr (now, "[Later]\nkey=value\n"));
  g_assert_nonnull (strstr (now, "future=1\n"));
  g_assert_null (strstr (now, "four"));
}

static void
test_unreadable (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *folder = g_path_get_dirname (self->file);
  g_autoptr (WherrySite) site = make_site ("a", "");
  struct stat info;

  /* A FIFO does not hold us up, and what can't be read is never replaced. */
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_assert_cmpint (mkfifo (self->file, 0600), ==, 0);
  g_autoptr (WherrySiteStore) store = open_store (self, problems);
  g_assert_cmpuint (problems->len, ==, 1);
  g_assert_false (wherry_site_store_is_loaded (store));
  wherry_site_store_insert (store, 0, site);
  wherry_site_store_flush (store);
  g_assert_cmpuint (problems->len, ==, 2);
  g_assert_cmpint (g_stat (self->file, &info), ==, 0);
  g_assert_true (S_ISFIFO (info.st_mode));

  /* Once it can, what was to be written is. */
  g_assert_cmpint (g_unlink (self->file), ==, 0);
  wherry_site_set_string (site, WHERRY_SITE_NAME, "b");
  wherry_site_store_flush (store);
  g_autoptr (WherrySiteStore) again = open_store (self, NULL);
  assert_names (again, "b");

  /* Too large to be ours. */
  g_assert_cmpint (truncate (self->file, 9 * 1024 * 1024), ==, 0);
  g_ptr_array_set_size (problems, 0);
  g_autoptr (WherrySiteStore) large = open_store (self, problems);
  g_assert_cmpuint (problems->len, ==, 1);
}

static void
test_link (Fixture *self, gconstpointer data)
{
  g_autofree char *folder = g_path_get_dirname (self->file);
  g_autofree char *elsewhere = g_build_filename (self->folder, "elsewhere.conf", NULL);
  g_autoptr (WherrySite) site = make_site ("a", "");

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (elsewhere, "", 0, NULL));
  g_assert_cmpint (symlink (elsewhere, self->file), ==, 0);
  g_autoptr (WherrySiteStore) store = open_store (self, NULL);
  wherry_site_store_insert (store, 0, site);
  wherry_site_store_flush (store);
  g_assert_true (g_file_test (self->file, G_FILE_TEST_IS_SYMLINK));
  g_autofree char *text = NULL;
  g_assert_true (g_file_get_contents (elsewhere, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "name=a\n"));
}

static void
test_two_stores (Fixture *self, gconstpointer data)
{
  g_autoptr (WherrySiteStore) one = open_store (self, NULL);
  g_autoptr (WherrySite) a = make_site ("a", "");
  g_autoptr (WherrySite) b = make_site ("b", "");
  g_autoptr (WherrySite) c = make_site ("c", "");

  wherry_site_store_insert (one, 0, a);
  wherry_site_store_flush (one);
  g_autoptr (WherrySiteStore) two = open_store (self, NULL);
  assert_names (two, "a");

  /* Neither writes over the other, though each knows only half; who comes second orders. */
  wherry_site_store_insert (one, 1, b);
  wherry_site_store_insert (two, 1, c);
  WherrySite *a_too = wherry_site_store_find (two, wherry_site_get_id (a));
  wherry_site_set_string (a_too, WHERRY_SITE_NOTES, "noted");
  wherry_site_store_flush (one);
  wherry_site_store_flush (two);
  wait_for_names (one, "a b c", "a c b");
  wait_for_names (two, "a b c", "a c b");
  g_autofree char *names = dup_names (one);
  wait_for_names (two, names, names);
  g_assert_cmpstr (wherry_site_get_string (a, WHERRY_SITE_NOTES), ==, "noted");

  wherry_site_store_remove (one, b);
  wait_for_names (two, "a c", "");
  wherry_site_set_string (a_too, WHERRY_SITE_NAME, "A");
  wait_for_names (one, "A c", "");
  g_autoptr (WherrySiteStore) third = open_store (self, NULL);
  assert_names (third, "A c");
}

static char *
dup_tree (GListModel *folder)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (folder); i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (folder, i);

      if (WHERRY_IS_SITE_TREE (item))
        {
          g_autofree char *inner = dup_tree (G_LIST_MODEL (item));
          g_string_append_printf (text, "%s(%s) ",
                                  wherry_site_tree_get_name (WHERRY_SITE_TREE (item)), inner);
        }
      else
        g_string_append_printf (text, "%s ",
                                wherry_site_get_string (WHERRY_SITE (item), WHERRY_SITE_NAME));
    }
  return g_strchomp (g_string_free (g_steal_pointer (&text), FALSE));
}

static void
assert_tree (WherrySiteTree *folder, const char *expected)
{
  g_autofree char *tree = dup_tree (G_LIST_MODEL (folder));
  g_assert_cmpstr (tree, ==, expected);
}

static void
test_tree (Fixture *self, gconstpointer data)
{
  g_autoptr (WherrySiteStore) store = open_store (self, NULL);
  g_autoptr (WherrySiteTree) top = wherry_site_tree_new (store, "");
  g_autoptr (WherrySite) a = make_site ("web-10", "");
  g_autoptr (WherrySite) b = make_site ("web-9", "Work/Far");
  g_autoptr (WherrySite) c = make_site ("Web-1", "");

  wherry_site_store_insert (store, 0, a);
  wherry_site_store_insert (store, 1, b);
  wherry_site_store_insert (store, 2, c);
  assert_tree (top, "Work(Far(web-9)) web-10 Web-1");
  g_autoptr (GObject) work = g_list_model_get_item (G_LIST_MODEL (top), 0);

  wherry_site_store_sort (store);
  assert_tree (top, "Work(Far(web-9)) Web-1 web-10");
  wherry_site_store_move (store, a, "Work", NULL);
  assert_tree (top, "Work(Far(web-9) web-10) Web-1");
  g_autoptr (GObject) work_still = g_list_model_get_item (G_LIST_MODEL (top), 0);
  g_assert_true (work == work_still);
  wherry_site_store_remove_folder (store, "Work/Far");
  assert_tree (top, "Work(web-9 web-10) Web-1");
  wherry_site_store_rename_folder (store, "Work", "Play", NULL);
  assert_tree (top, "Play(web-9 web-10) Web-1");
  wherry_site_store_remove (store, a);
  wherry_site_store_remove (store, b);
  assert_tree (top, "Play() Web-1");
  wherry_site_store_flush (store);
  g_autoptr (WherrySiteStore) again = open_store (self, NULL);
  g_autoptr (WherrySiteTree) top_again = wherry_site_tree_new (again, "");
  assert_tree (top_again, "Play() Web-1");
}

/* Run as a child: writes the file over and over, until it is killed. */
G_NORETURN static void
write_without_end (const char *file)
{
  g_autoptr (WherrySiteStore) store = wherry_site_store_new (file);
  guint64 count = 0;

  prctl (PR_SET_PDEATHSIG, SIGKILL);
  wherry_site_store_flush (store);
  g_print ("ready\n");
  for (;; count++)
    for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (store)); i++)
      {
        g_autoptr (WherrySite) site = g_list_model_get_item (G_LIST_MODEL (store), i);
        g_autofree char *notes = g_strdup_printf ("%" G_GUINT64_FORMAT, count);

        wherry_site_set_string (site, WHERRY_SITE_NOTES, notes);
        wherry_site_store_flush (store);
      }
}

static void
test_kill (Fixture *self, gconstpointer data)
{
  g_autoptr (WherrySiteStore) store = open_store (self, NULL);
  const guint n_sites = 50;
  guint64 last = 0;

  for (guint i = 0; i < n_sites; i++)
    {
      g_autoptr (WherrySite) site = make_site ("x", "Folder");
      wherry_site_store_insert (store, i, site);
    }
  wherry_site_store_flush (store);

  for (guint round = 0; round < 30; round++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GSubprocess) child = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error,
                                                        program, "--write", self->file, NULL);
      g_autoptr (WherrySiteContent) content = NULL;
      char line[8];
      gsize n;

      g_assert_no_error (error);
      g_assert_true (g_input_stream_read_all (g_subprocess_get_stdout_pipe (child), line, 6, &n,
                                              NULL, &error));
      g_usleep ((gulong) g_test_rand_int_range (0, 30000));
      g_subprocess_force_exit (child);
      g_assert_true (g_subprocess_wait (child, NULL, &error));

      /* Whole, nothing damaged, nothing lost, and no one's lock left. */
      content = wherry_site_file_sync (self->file, NULL, &error);
      g_assert_no_error (error);
      g_assert_null (content->problems[0]);
      g_assert_cmpuint (content->sites->len, ==, n_sites);
      last = MAX (last,
                  strlen (wherry_site_get_string (content->sites->pdata[0], WHERRY_SITE_NOTES)));
    }
  g_assert_cmpuint (last, >, 0);
}

int
main (int argc, char *argv[])
{
  if (argc == 3 && g_str_equal (argv[1], "--write"))
    write_without_end (argv[2]);

  g_test_init (&argc, &argv, NULL);
  program = argv[0];
  g_test_add ("/site-store/keep", Fixture, NULL, set_up, test_keep, tear_down);
  g_test_add ("/site-store/folders", Fixture, NULL, set_up, test_folders, tear_down);
  g_test_add ("/site-store/tree", Fixture, NULL, set_up, test_tree, tear_down);
  g_test_add ("/site-store/damage", Fixture, NULL, set_up, test_damage, tear_down);
  g_test_add ("/site-store/unreadable", Fixture, NULL, set_up, test_unreadable, tear_down);
  g_test_add ("/site-store/link", Fixture, NULL, set_up, test_link, tear_down);
  g_test_add ("/site-store/two-stores", Fixture, NULL, set_up, test_two_stores, tear_down);
  g_test_add ("/site-store/kill", Fixture, NULL, set_up, test_kill, tear_down);
  return g_test_run ();
}
