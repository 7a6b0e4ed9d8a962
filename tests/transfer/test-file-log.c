/* What is noted of each file of a tree. */
#include <string.h>

#include "transfer/wherry-file-log.h"

#define MANY 100000

static void
assert_entry (WherryFileLog *log,
              guint index,
              const char *name,
              guint64 size,
              WherryFileState state)
{
  g_auto (WherryFileEntry) entry = { 0 };

  g_assert_true (wherry_file_log_read (log, index, &entry));
  g_assert_cmpstr (entry.name, ==, name);
  g_assert_cmpuint (entry.size, ==, size);
  g_assert_cmpint (entry.state, ==, state);
}

static void
test_states (void)
{
  g_autoptr (WherryFileLog) log = wherry_file_log_new ();
  g_auto (WherryFileEntry) entry = { 0 };
  guint counts[WHERRY_N_FILE_STATES];

  g_assert_cmpuint (wherry_file_log_count (log, NULL), ==, 0);
  g_assert_false (wherry_file_log_read (log, 0, &entry));

  wherry_file_log_set (log, "a", 1, WHERRY_FILE_WAITING);
  wherry_file_log_set (log, "b/c", WHERRY_FILE_SIZE_UNKNOWN, WHERRY_FILE_RUNNING);
  wherry_file_log_set (log, "d\xff", 3, WHERRY_FILE_DONE);
  wherry_file_log_fail (log, "e", 7);
  wherry_file_log_set (log, "a", 2, WHERRY_FILE_RUNNING);
  wherry_file_log_set (log, "b/c", 5, WHERRY_FILE_WAITING);
  wherry_file_log_set (log, "d\xff", 3, WHERRY_FILE_WAITING);

  g_assert_cmpuint (wherry_file_log_count (log, counts), ==, 4);
  g_assert_cmpuint (counts[WHERRY_FILE_WAITING], ==, 0);
  g_assert_cmpuint (counts[WHERRY_FILE_RUNNING], ==, 2);
  g_assert_cmpuint (counts[WHERRY_FILE_FAILED], ==, 1);
  assert_entry (log, 0, "a", 2, WHERRY_FILE_RUNNING);
  assert_entry (log, 1, "b/c", 5, WHERRY_FILE_RUNNING);
  assert_entry (log, 2, "d\xff", 3, WHERRY_FILE_DONE);
  g_assert_true (wherry_file_log_read (log, 3, &entry));
  g_assert_cmpuint (entry.failure, ==, 7);
  g_assert_cmpuint (entry.size, ==, WHERRY_FILE_SIZE_UNKNOWN);

  /* Another run: what is done stays. */
  wherry_file_log_reset (log, (1u << WHERRY_FILE_RUNNING) | (1u << WHERRY_FILE_FAILED));
  wherry_file_log_count (log, counts);
  g_assert_cmpuint (counts[WHERRY_FILE_WAITING], ==, 3);
  g_assert_cmpuint (counts[WHERRY_FILE_DONE], ==, 1);
  wherry_file_log_reset (log, WHERRY_FILE_ALL_STATES);
  wherry_file_log_count (log, counts);
  g_assert_cmpuint (counts[WHERRY_FILE_WAITING], ==, 4);
}

static void
assert_found (WherryFileLog *log, const char *text, const char *expected)
{
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GString) numbers = g_string_new (NULL);

  g_assert_cmpuint (wherry_file_log_find (log, 0, text, found), ==,
                    wherry_file_log_count (log, NULL));
  for (guint i = 0; i < found->len; i++)
    g_string_append_printf (numbers, "%u ", g_array_index (found, guint, i));
  g_assert_cmpstr (numbers->str, ==, expected);
}

static void
test_find (void)
{
  g_autoptr (WherryFileLog) log = wherry_file_log_new ();

  wherry_file_log_set (log, "Photos/Über Bord.JPG", 1, WHERRY_FILE_DONE);
  wherry_file_log_set (log, "photos/jp", 1, WHERRY_FILE_WAITING);
  wherry_file_log_set (log, "\xff.jpg", 1, WHERRY_FILE_DONE);
  assert_found (log, NULL, "0 1 2 ");
  assert_found (log, "", "0 1 2 ");
  assert_found (log, "jpg", "0 2 ");
  assert_found (log, "PHOTOS/", "0 1 ");
  assert_found (log, "ÜBER", "0 ");
  assert_found (log, "no such", "");

  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) done = g_array_new (FALSE, FALSE, sizeof (guint));
  wherry_file_log_find (log, 1, NULL, all);
  wherry_file_log_select (log, all, 1u << WHERRY_FILE_DONE, done);
  g_assert_cmpuint (done->len, ==, 1);
  g_assert_cmpuint (g_array_index (done, guint, 0), ==, 2);
}

/* Whoever sends more names than anybody reads does not fill the memory with them. */
static void
test_bound (void)
{
  g_autoptr (WherryFileLog) log = wherry_file_log_new ();
  g_autofree char *long_name = g_strnfill (4000, 'x');
  guint n, n_before;

  for (guint i = 0; i < 20000; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u%s", i, long_name);
      wherry_file_log_set (log, name, 1, WHERRY_FILE_WAITING);
    }
  n = wherry_file_log_count (log, NULL);
  g_assert_cmpuint (n, >, 7000);
  g_assert_cmpuint (n, <, 32 * 1024 * 1024 / 4000);

  /* Of those that are listed the rest is heard still. */
  n_before = n;
  for (guint i = 0; i < 20000; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u%s", i, long_name);
      wherry_file_log_set (log, name, 1, WHERRY_FILE_DONE);
    }
  g_assert_cmpuint (wherry_file_log_count (log, NULL), ==, n_before);
  g_autofree char *first = g_strconcat ("0", long_name, NULL);
  assert_entry (log, 0, first, 1, WHERRY_FILE_DONE);
}

static gpointer
copy_many (gpointer data)
{
  WherryFileLog *log = data;

  for (guint i = 0; i < MANY; i++)
    {
      g_autofree char *name = g_strdup_printf ("folder %u/file %u", i / 100, i);

      wherry_file_log_set (log, name, i, WHERRY_FILE_RUNNING);
      if (i % 1000 == 0)
        wherry_file_log_fail (log, name, i / 1000);
      else
        wherry_file_log_set (log, name, i, WHERRY_FILE_DONE);
    }
  return NULL;
}

/* One thread copies while another one looks. */
static void
test_many (void)
{
  g_autoptr (WherryFileLog) log = wherry_file_log_new ();
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) failed = g_array_new (FALSE, FALSE, sizeof (guint));
  GThread *thread = g_thread_new ("copy", copy_many, wherry_file_log_ref (log));
  guint looked = 0;

  while (looked < MANY)
    looked = wherry_file_log_find (log, looked, NULL, all);
  g_thread_join (thread);
  wherry_file_log_unref (log);
  g_assert_cmpuint (all->len, ==, MANY);
  wherry_file_log_select (log, all, 1u << WHERRY_FILE_FAILED, failed);
  g_assert_cmpuint (failed->len, ==, MANY / 1000);
  assert_entry (log, MANY - 1, "folder 999/file 99999", MANY - 1, WHERRY_FILE_DONE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/file-log/states", test_states);
  g_test_add_func ("/file-log/find", test_find);
  g_test_add_func ("/file-log/bound", test_bound);
  g_test_add_func ("/file-log/many", test_many);
  return g_test_run ();
}
