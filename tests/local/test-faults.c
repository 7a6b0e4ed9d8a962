/* What the writer and the walker do when the system says no. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/wherry-error.h"
#include "faults.h"
#include "local-fixture.h"
#include "local/wherry-walker.h"

#define LARGE (2 * 1024 * 1024 + 3)

static guint8 *
make_content (gsize size)
{
  guint8 *content = g_malloc (size);

  for (gsize i = 0; i < size; i++)
    content[i] = (guint8) ((i * 7 + i / 4096) % 251);
  return content;
}

/* Offers a small and a large file, both of which exist already. */
static gboolean
offer (Fixture *fixture, WherryWriter *writer, const char *name, gsize size, GError **error)
{
  g_autofree guint8 *content = make_content (size);
  gboolean good = TRUE;

  if (!wherry_writer_begin_file (writer, name, 0644, size, NULL, error))
    return FALSE;
  for (gsize at = 0; at < size; at += 100000)
    {
      gboolean wrote = wherry_writer_write (writer, content + at, MIN (size - at, 100000),
                                            good ? error : NULL);
      /* After the first error all is taken with success. */
      g_assert_true (wrote || good);
      good = good && wrote;
    }
  wherry_writer_commit_file (writer);
  return good;
}

static void
assert_new (Fixture *fixture, const char *name, gsize size)
{
  g_autofree char *path = fixture_path (fixture, name);
  g_autofree guint8 *expected = make_content (size);
  g_autofree char *content = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &content, &length, NULL));
  g_assert_cmpmem (content, length, expected, size);
}

typedef struct {
  const char *name;
  Fault fault;
  int errno_value;
  int code; /* of G_IO_ERROR */
} Case;

static const Case failing[] = {
  { "write-eio", FAULT_WRITE, EIO, G_IO_ERROR_FAILED },
  { "write-edquot", FAULT_WRITE, EDQUOT, G_IO_ERROR_NO_SPACE },
  { "write-enospc", FAULT_WRITE, ENOSPC, G_IO_ERROR_NO_SPACE },
  { "fsync-eio", FAULT_FSYNC_FILE, EIO, G_IO_ERROR_FAILED },
  { "fsync-edquot", FAULT_FSYNC_FILE, EDQUOT, G_IO_ERROR_NO_SPACE },
  { "close-eio", FAULT_CLOSE_FILE, EIO, G_IO_ERROR_FAILED },
  { "close-edquot", FAULT_CLOSE_FILE, EDQUOT, G_IO_ERROR_NO_SPACE },
  { "rename-eio", FAULT_RENAME, EIO, G_IO_ERROR_FAILED },
};

/* Each fault, on a small and on a large file: told, the old content untouched, nothing left behind,
   and the writer goes on. */
static void
test_failing (Fixture *fixture, gconstpointer data)
{
  const Case *test_case = data;
  static const gsize sizes[] = { 10, LARGE };
  guint n_fds = count_fds ();

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (WherryWriter) writer = NULL;
      g_autoptr (GError) error = NULL;

      g_ptr_array_set_size (fixture->reports, 0);
      fixture_put (fixture, "f", "old", 0644);
      writer = fixture_writer (fixture, NULL, WHERRY_WRITER_DEFAULT);

      fault_arm (test_case->fault, 0, test_case->errno_value);
      if (!offer (fixture, writer, "f", sizes[i], &error))
        g_assert_error (error, G_IO_ERROR, test_case->code);
      finish (writer);
      fault_disarm ();

      assert_report_error (fixture, "f", G_IO_ERROR, test_case->code);
      g_assert_nonnull (strstr (fixture_find_report (fixture, "f")->error->message, "/f”"));
      assert_content (fixture, "f", "old");
      g_assert_cmpuint (count_strays (fixture->folder), ==, 0);

      g_assert_true (offer (fixture, writer, "g", sizes[i], NULL));
      finish (writer);
      assert_report_ok (fixture, "g");
      assert_new (fixture, "g", sizes[i]);
    }
  g_assert_cmpuint (count_fds (), ==, n_fds);
}

/* One bad file in a batch concerns nobody else. */
static void
test_one_of_many (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WherryWriter) writer = fixture_writer (fixture, NULL, WHERRY_WRITER_DEFAULT);
  guint n_failed = 0;

  fault_arm (FAULT_FSYNC_FILE, 0, EIO);
  g_assert_true (offer (fixture, writer, "first", 10, NULL));
  finish (writer);
  fault_disarm ();
  for (int i = 0; i < 1000; i++)
    {
      g_autofree char *name = g_strdup_printf ("f%d", i);
      g_assert_true (offer (fixture, writer, name, 10, NULL));
    }
  finish (writer);

  g_assert_cmpuint (fixture->reports->len, ==, 1001);
  for (guint i = 0; i < fixture->reports->len; i++)
    n_failed += ((Report *) g_ptr_array_index (fixture->reports, i))->error != NULL;
  g_assert_cmpuint (n_failed, ==, 1);
  assert_report_error (fixture, "first", G_IO_ERROR, G_IO_ERROR_FAILED);
}

/* The name is there, but may not survive a power cut: no success. */
static void
test_directory_sync (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WherryWriter) writer = fixture_writer (fixture, NULL, WHERRY_WRITER_DEFAULT);

  fault_arm (FAULT_FSYNC_DIRECTORY, 0, EIO);
  g_assert_true (offer (fixture, writer, "f", 10, NULL));
  finish (writer);
  /* A file system that has no such thing. */
  fault_arm (FAULT_FSYNC_DIRECTORY, 0, EINVAL);
  g_assert_true (offer (fixture, writer, "g", 10, NULL));
  finish (writer);
  fault_disarm ();
  assert_report_error (fixture, "f", G_IO_ERROR, G_IO_ERROR_FAILED);
  assert_report_ok (fixture, "g");
}

static void
test_interrupted (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WherryWriter) writer = fixture_writer (fixture, NULL, WHERRY_WRITER_DEFAULT);

  fault_arm (FAULT_WRITE_INTERRUPTED, 0, EINTR);
  g_assert_true (offer (fixture, writer, "small", 5000, NULL));
  g_assert_true (offer (fixture, writer, "large", LARGE, NULL));
  finish (writer);
  fault_disarm ();
  assert_new (fixture, "small", 5000);
  assert_new (fixture, "large", LARGE);
}

/* No O_TMPFILE here, as on FUSE: a name from the start. */
static void
test_without_nameless (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WherryWriter) writer = fixture_writer (fixture, NULL, WHERRY_WRITER_DEFAULT);
  g_autoptr (GError) error = NULL;

  fault_arm (FAULT_NAMELESS, 0, EOPNOTSUPP);
  g_assert_true (offer (fixture, writer, "large", LARGE, NULL));
  g_assert_true (wherry_writer_begin_file (writer, "open", 0644, LARGE, NULL, &error));
  g_assert_cmpuint (count_strays (fixture->folder), >=, 1);
  wherry_writer_abort_file (writer, NULL);
  finish (writer);
  fault_disarm ();
  assert_new (fixture, "large", LARGE);
  g_assert_cmpuint (count_strays (fixture->folder), ==, 0);
}

static void
test_link_fails (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WherryWriter) writer = fixture_writer (fixture, NULL, WHERRY_WRITER_DEFAULT);

  fixture_put (fixture, "f", "old", 0644);
  fault_arm (FAULT_LINK, 0, EDQUOT);
  g_assert_true (offer (fixture, writer, "f", LARGE, NULL));
  finish (writer);
  fault_disarm ();
  assert_content (fixture, "f", "old");
  /* A file system without O_TMPFILE never links, so that nothing fails there. */
  if (fixture_find_report (fixture, "f")->error != NULL)
    assert_report_error (fixture, "f", G_IO_ERROR, G_IO_ERROR_NO_SPACE);
}

/* Space is asked for in advance, where the file system can. */
static void
test_reserve (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WherryWriter) writer = fixture_writer (fixture, NULL, WHERRY_WRITER_DEFAULT);
  g_autoptr (GError) error = NULL;

  fault_arm (FAULT_RESERVE, 0, EOPNOTSUPP);
  g_assert_true (offer (fixture, writer, "f", LARGE, NULL));
  fault_arm (FAULT_RESERVE, 0, ENOSPC);
  if (!offer (fixture, writer, "g", LARGE, &error))
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  else
    g_test_skip ("the scratch folder is on a tmpfs, where nothing is reserved");
  finish (writer);
  fault_disarm ();
  assert_new (fixture, "f", LARGE);
  g_assert_cmpuint (count_strays (fixture->folder), ==, 0);
}

/* Somebody guessed the temporary name and put a link there: it is neither followed nor replaced. */
static void
test_guessed (Fixture *fixture, gconstpointer data)
{
  static const gsize sizes[] = { 10, LARGE };
  g_autofree char *trap = fixture_path (fixture, "t/.wherry-0000000000000000.part");
  g_autofree char *prey = fixture_path (fixture, "prey");

  fixture_put (fixture, "prey", "precious", 0644);
  fixture_put (fixture, "t/x", "x", 0644);
  g_assert_cmpint (symlink (prey, trap), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (WherryWriter) writer = fixture_writer (fixture, "t", WHERRY_WRITER_DEFAULT);

      g_ptr_array_set_size (fixture->reports, 0);
      fault_arm (FAULT_RANDOM, 2, 1);
      g_assert_true (offer (fixture, writer, "f", sizes[i], NULL));
      finish (writer);
      assert_report_ok (fixture, "t/f");
      assert_new (fixture, "t/f", sizes[i]);

      fault_arm (FAULT_RANDOM, 1000, 1);
      g_assert_true (offer (fixture, writer, "g", sizes[i], NULL));
      finish (writer);
      assert_report_error (fixture, "t/g", G_IO_ERROR, G_IO_ERROR_EXISTS);
      fault_disarm ();
    }
  assert_content (fixture, "prey", "precious");
  g_assert_true (g_file_test (trap, G_FILE_TEST_IS_SYMLINK));
}

static int
find_line (char **lines, const char *call, guint64 inode)
{
  g_autofree char *line = g_strdup_printf ("%s %" G_GUINT64_FORMAT, call, inode);

  for (int i = 0; lines[i] != NULL; i++)
    if (strcmp (lines[i], line) == 0)
      return i;
  return -1;
}

static guint64
inode_of (Fixture *fixture, const char *name)
{
  g_autofree char *path = fixture_path (fixture, name);
  struct stat st;

  g_assert_cmpint (lstat (path, &st), ==, 0);
  return st.st_ino;
}

static void
on_logged_report (const char *path, guint64 size, const GError *error, gpointer user_data)
{
  fault_log_add (error == NULL ? strrchr (path, '/') : "error");
  fixture_on_report (path, size, error, user_data);
}

/* Content on disk, then the name, then the folder on disk, then success. */
static void
test_order (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "small", "large" };
  g_autoptr (WherryWriter) writer = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) error = NULL;

  writer = wherry_writer_new (fixture->folder, 0, on_logged_report, fixture, &error);
  g_assert_no_error (error);
  fault_log_begin ();
  g_assert_true (wherry_writer_begin_directory (writer, "d", 0755, NULL, NULL));
  g_assert_true (offer (fixture, writer, "small", 10, NULL));
  g_assert_true (offer (fixture, writer, "large", LARGE, NULL));
  wherry_writer_end_directory (writer);
  finish (writer);
  lines = fault_log_end ();

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *name = g_build_filename ("d", names[i], NULL);
      g_autofree char *report = g_strconcat ("/", names[i], NULL);
      int synced = find_line (lines, "fsync", inode_of (fixture, name));
      int renamed = find_line (lines, "rename", inode_of (fixture, name));
      int told = -1, directory_synced = -1, parent_synced = -1;

      for (int j = 0; lines[j] != NULL; j++)
        if (strcmp (lines[j], report) == 0)
          told = j;
      directory_synced = find_line (lines + renamed, "fsync-dir", inode_of (fixture, "d"));
      parent_synced = find_line (lines, "fsync-dir", inode_of (fixture, "."));

      g_assert_cmpint (synced, >=, 0);
      g_assert_cmpint (renamed, >, synced);
      g_assert_cmpint (directory_synced, >=, 0);
      g_assert_cmpint (told, >, renamed + directory_synced);
      g_assert_cmpint (parent_synced, >=, 0);
      g_assert_cmpint (told, >, parent_synced);
    }
}

/* Kernels and sandboxes without openat2(): links are judged all the same. */
static void
test_without_openat2 (Fixture *fixture, gconstpointer data)
{
  static const int reasons[] = { ENOSYS, EPERM };
  g_autofree char *path = fixture_path (fixture, "t");
  g_autofree char *in = fixture_path (fixture, "t/in");
  g_autofree char *out = fixture_path (fixture, "t/out");

  fixture_put (fixture, "t/d/f", "F", 0644);
  fixture_put (fixture, "tt", "outside", 0644);
  g_assert_cmpint (symlink ("d/f", in), ==, 0);
  g_assert_cmpint (symlink ("../tt", out), ==, 0);

  for (guint i = 0; i < G_N_ELEMENTS (reasons); i++)
    {
      g_autoptr (WherryWalker) walker = wherry_walker_new (path, 0, NULL);
      WherryWalkerEntryType type;
      WherryWalkerEntry entry;
      guint n_files = 0, n_skipped = 0;

      fault_arm (FAULT_OPENAT2, 0, reasons[i]);
      while ((type = wherry_walker_next (walker, &entry)) != WHERRY_WALKER_DONE)
        {
          n_files += type == WHERRY_WALKER_FILE;
          if (type != WHERRY_WALKER_SKIPPED)
            continue;
          g_assert_cmpstr (entry.name, ==, "out");
          g_assert_error (entry.error, WHERRY_ERROR, WHERRY_ERROR_SKIPPED);
          g_assert_nonnull (strstr (entry.error->message, "../tt"));
          n_skipped++;
        }
      fault_disarm ();
      g_assert_cmpuint (n_files, ==, 2);
      g_assert_cmpuint (n_skipped, ==, 1);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (failing); i++)
    {
      g_autofree char *path = g_strconcat ("/faults/", failing[i].name, NULL);
      g_test_add (path, Fixture, &failing[i], fixture_set_up, test_failing, fixture_tear_down);
    }
#define ADD(path, function) \
  g_test_add ("/faults/" path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)
  ADD ("one-of-many", test_one_of_many);
  ADD ("directory-sync", test_directory_sync);
  ADD ("interrupted", test_interrupted);
  ADD ("without-nameless", test_without_nameless);
  ADD ("link-fails", test_link_fails);
  ADD ("reserve", test_reserve);
  ADD ("guessed", test_guessed);
  ADD ("order", test_order);
  ADD ("without-openat2", test_without_openat2);

  return g_test_run ();
}
