#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/wherry-error.h"
#include "local-fixture.h"
#include "scp/wherry-scp.h"

#define LARGE (3 * 1024 * 1024 + 17)

static void
begin_directory (WherryWriter *writer, const char *name, guint32 mode)
{
  g_autoptr (GError) error = NULL;

  wherry_writer_begin_directory (writer, name, mode, NULL, &error);
  g_assert_no_error (error);
}

static char *
make_large (gsize size)
{
  char *content = g_malloc (size + 1);

  for (gsize i = 0; i < size; i++)
    content[i] = (char) ('a' + (i * 7 + i / 4096) % 26);
  content[size] = '\0';
  return content;
}

static void
test_tree (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WherryWriter) writer = fixture_writer (fixture, NULL, WHERRY_WRITER_DEFAULT);
  g_autofree char *large = make_large (LARGE);
  g_autoptr (GError) error = NULL;

  write_file (writer, "one", 0644, "1");
  begin_directory (writer, "d", 0755);
  write_file (writer, "empty", 0600, "");
  begin_directory (writer, "dd", 0700);
  write_file (writer, "deep", 0755, "deep");
  wherry_writer_end_directory (writer);
  write_file (writer, "\xff\xfe", 0644, "bytes");
  wherry_writer_end_directory (writer);

  /* Content in uneven pieces. */
  wherry_writer_begin_file (writer, "large", 0644, LARGE, NULL, &error);
  g_assert_no_error (error);
  for (gsize at = 0; at < LARGE;)
    {
      gsize n = MIN (LARGE - at, at % 70001 + 1);
      g_assert_true (wherry_writer_write (writer, (const guint8 *) large + at, n, &error));
      at += n;
    }
  wherry_writer_commit_file (writer);
  finish (writer);

  assert_content (fixture, "one", "1");
  assert_content (fixture, "d/empty", "");
  assert_content (fixture, "d/dd/deep", "deep");
  assert_content (fixture, "d/\xff\xfe", "bytes");
  assert_content (fixture, "large", large);
  assert_report_ok (fixture, "one");
  assert_report_ok (fixture, "d/empty");
  assert_report_ok (fixture, "d/dd/deep");
  assert_report_ok (fixture, "d/\xff\xfe");
  assert_report_ok (fixture, "large");
  g_assert_cmpuint (fixture_find_report (fixture, "large")->size, ==, LARGE);
  g_assert_cmpuint (fixture->reports->len, ==, 5);
  g_assert_cmpuint (count_strays (fixture->folder), ==, 0);
}

static void
test_modes (Fixture *fixture, gconstpointer data)
{
  mode_t mask = umask (027);

  fixture_put (fixture, "existing", "old", 0640);
  fixture_put (fixture, "wide", "old", 0666);
  g_autoptr (WherryWriter) writer = fixture_writer (fixture, NULL, WHERRY_WRITER_DEFAULT);
  umask (mask);

  write_file (writer, "suid", 06777, "x");
  write_file (writer, "none", 0, "x");
  write_file (writer, "existing", 0777, "new");
  write_file (writer, "wide", 0600, "new");
  begin_directory (writer, "dir", 07777);
  write_file (writer, "in", 0644, "x");
  wherry_writer_end_directory (writer);
  begin_directory (writer, "readonly", 0500);
  /* Whoever is root could write there in any mode. */
  assert_mode (fixture, "readonly", 0700);
  write_file (writer, "in", 0400, "x");
  wherry_writer_end_directory (writer);
  finish (writer);

  assert_mode (fixture, "suid", 0750);
  assert_mode (fixture, "none", 0);
  assert_mode (fixture, "existing", 0640);
  assert_mode (fixture, "wide", 0666);
  assert_mode (fixture, "dir", 0750);
  assert_mode (fixture, "readonly", 0500);
  assert_mode (fixture, "readonly/in", 0400);
  assert_content (fixture, "existing", "new");
}

static void
test_preserve (Fixture *fixture, gconstpointer data)
{
  WherryWriterTimes times = { .mtime = 1000000000, .atime = 1100000000 };
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  struct stat st;
  mode_t mask = umask (077);

  fixture_put (fixture, "existing", "old", 0600);
  g_autoptr (WherryWriter) writer = fixture_writer (fixture, NULL, WHERRY_WRITER_PRESERVE);
  umask (mask);

  g_assert_true (wherry_writer_begin_directory (writer, "d", 0505, &times, &error));
  g_assert_true (wherry_writer_begin_file (writer, "f", 04664, 2, &times, &error));
  g_assert_true (wherry_writer_write (writer, (const guint8 *) "ab", 2, &error));
  wherry_writer_commit_file (writer);
  wherry_writer_end_directory (writer);
  write_file (writer, "existing", 0644, "new");
  finish (writer);

  assert_mode (fixture, "d", 0505);
  assert_mode (fixture, "d/f", 0664);
  assert_mode (fixture, "existing", 0644);

  path = fixture_path (fixture, "d");
  g_assert_cmpint (stat (path, &st), ==, 0);
  g_assert_cmpint (st.st_mtime, ==, times.mtime);
  g_assert_cmpint (st.st_atime, ==, times.atime);
  g_free (path);
  path = fixture_path (fixture, "d/f");
  g_assert_cmpint (stat (path, &st), ==, 0);
  g_assert_cmpint (st.st_mtime, ==, times.mtime);
  g_assert_cmpint (st.st_atime, ==, times.atime);
}

/* A second copy of a tree whose folders came out read-only. */
static void
test_preserve_again (Fixture *fixture, gconstpointer data)
{
  for (int i = 0; i < 2; i++)
    {
      g_autoptr (WherryWriter) writer = fixture_writer (fixture, NULL, WHERRY_WRITER_PRESERVE);
      begin_directory (writer, "d", 0555);
      write_file (writer, "f", 0444, i == 0 ? "first" : "second");
      wherry_writer_end_directory (writer);
      finish (writer);
    }
  assert_mode (fixture, "d", 0555);
  assert_content (fixture, "d/f", "second");
}

/* Without PRESERVE a folder that is there is not changed. */
static void
test_existing_directory (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_path (fixture, "d");

  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  g_assert_cmpint (chmod (path, 02750), ==, 0);
  {
    g_autoptr (WherryWriter) writer = fixture_writer (fixture, NULL, WHERRY_WRITER_DEFAULT);
    begin_directory (writer, "d", 0777);
    write_file (writer, "f", 0644, "x");
    begin_directory (writer, "sub", 0755);
    wherry_writer_end_directory (writer);
    wherry_writer_end_directory (writer);
    finish (writer);
  }
  assert_mode (fixture, "d", 02750);
  /* Local will, not the server's. */
  assert_mode (fixture, "d/sub", 02755);
  assert_content (fixture, "d/f", "x");
}

static void
test_in_the_way (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WherryWriter) writer = NULL;
  g_autofree char *outside = fixture_path (fixture, "outside");
  g_autofree char *link = fixture_path (fixture, "t/link");
  g_autofree char *dir_link = fixture_path (fixture, "t/dirlink");
  g_autofree char *fifo = fixture_path (fixture, "t/fifo");
  g_autofree char *folder = fixture_path (fixture, "t/folder");
  g_autofree char *outside_dir = fixture_path (fixture, "elsewhere");
  g_autofree char *socket_path = fixture_path (fixture, "t/s");
  g_autoptr (GError) error = NULL;

  fixture_put (fixture, "outside", "secret", 0644);
  fixture_put (fixture, "t/file", "file", 0644);
  g_assert_cmpint (g_mkdir (folder, 0755), ==, 0);
  g_assert_cmpint (g_mkdir (outside_dir, 0755), ==, 0);
  g_assert_cmpint (symlink (outside, link), ==, 0);
  g_assert_cmpint (symlink (outside_dir, dir_link), ==, 0);
  g_assert_cmpint (mkfifo (fifo, 0644), ==, 0);

  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_strlcpy (address.sun_path, socket_path, sizeof address.sun_path);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  close (fd);

  writer = fixture_writer (fixture, "t", WHERRY_WRITER_DEFAULT);

  g_assert_false (wherry_writer_begin_directory (writer, "dirlink", 0755, NULL, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_CONFLICT);
  g_assert_nonnull (strstr (error->message, "dirlink"));
  g_clear_error (&error);
  g_assert_false (wherry_writer_begin_directory (writer, "file", 0755, NULL, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_CONFLICT);
  g_clear_error (&error);

  write_file (writer, "link", 0644, "mine");
  write_file (writer, "fifo", 0644, "mine");
  write_file (writer, "folder", 0644, "mine");
  write_file (writer, "s", 0644, "mine");
  finish (writer);

  assert_content (fixture, "outside", "secret");
  assert_content (fixture, "t/link", "mine");
  g_assert_false (g_file_test (link, G_FILE_TEST_IS_SYMLINK));
  assert_content (fixture, "t/fifo", "mine");
  assert_mode (fixture, "t/fifo", 0644);
  assert_content (fixture, "t/file", "file");
  assert_report_error (fixture, "t/folder", WHERRY_ERROR, WHERRY_ERROR_CONFLICT);
  assert_report_error (fixture, "t/s", WHERRY_ERROR, WHERRY_ERROR_CONFLICT);
  g_assert_true (g_file_test (folder, G_FILE_TEST_IS_DIR));
  g_assert_cmpint (g_rmdir (outside_dir), ==, 0);
  g_assert_cmpuint (count_strays (fixture->folder), ==, 0);
}

static void
test_names (Fixture *fixture, gconstpointer data)
{
  static const char *const refused[] = { "", ".", "..", "a/b", "/abs", "../x", "a\nb", "\x1b[0m" };
  g_autoptr (WherryWriter) writer = fixture_writer (fixture, NULL, WHERRY_WRITER_DEFAULT);
  g_autofree char *longest = g_strnfill (255, 'n');
  g_autofree char *too_long = g_strnfill (256, 'n');
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i <= G_N_ELEMENTS (refused); i++)
    {
      const char *name = i < G_N_ELEMENTS (refused) ? refused[i] : too_long;

      g_assert_false (wherry_writer_begin_file (writer, name, 0644, 1, NULL, &error));
      g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_REFUSED_NAME);
      g_clear_error (&error);
      g_assert_false (wherry_writer_begin_directory (writer, name, 0755, NULL, &error));
      g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_REFUSED_NAME);
      g_clear_error (&error);
    }
  write_file (writer, longest, 0644, "long");
  finish (writer);
  assert_content (fixture, longest, "long");
  g_assert_cmpuint (fixture->reports->len, ==, 1);
}

static void
test_twice (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WherryWriter) writer = fixture_writer (fixture, NULL, WHERRY_WRITER_DEFAULT);
  g_autoptr (GError) error = NULL;

  write_file (writer, "f", 0644, "first");
  g_assert_false (wherry_writer_begin_file (writer, "f", 0644, 1, NULL, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_CONFLICT);
  g_clear_error (&error);
  g_assert_false (wherry_writer_begin_directory (writer, "f", 0755, NULL, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_CONFLICT);
  g_clear_error (&error);

  begin_directory (writer, "d", 0755);
  write_file (writer, "f", 0644, "other");
  wherry_writer_end_directory (writer);
  g_assert_false (wherry_writer_begin_directory (writer, "d", 0755, NULL, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_CONFLICT);
  finish (writer);

  assert_content (fixture, "f", "first");
  assert_content (fixture, "d/f", "other");
}

static void
test_abort (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WherryWriter) writer = fixture_writer (fixture, NULL, WHERRY_WRITER_DEFAULT);
  g_autoptr (GError) reason = g_error_new (WHERRY_ERROR, WHERRY_ERROR_REMOTE, "I/O error there");
  g_autofree char *large = make_large (LARGE);
  g_autoptr (GError) error = NULL;

  fixture_put (fixture, "a", "old", 0644);
  fixture_put (fixture, "b", "old", 0644);

  g_assert_true (wherry_writer_begin_file (writer, "a", 0644, 4, NULL, &error));
  g_assert_true (wherry_writer_write (writer, (const guint8 *) "ne", 2, &error));
  wherry_writer_abort_file (writer, reason);

  g_assert_true (wherry_writer_begin_file (writer, "b", 0644, LARGE, NULL, &error));
  g_assert_true (wherry_writer_write (writer, (const guint8 *) large, LARGE, &error));
  wherry_writer_abort_file (writer, reason);

  /* Short, and too long. */
  g_assert_true (wherry_writer_begin_file (writer, "short", 0644, LARGE, NULL, &error));
  g_assert_true (wherry_writer_write (writer, (const guint8 *) large, LARGE - 1, &error));
  wherry_writer_commit_file (writer);
  g_assert_true (wherry_writer_begin_file (writer, "long", 0644, 4, NULL, &error));
  g_assert_false (wherry_writer_write (writer, (const guint8 *) large, 5, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_PROTOCOL);
  g_clear_error (&error);
  g_assert_true (wherry_writer_write (writer, (const guint8 *) large, 5, &error));
  wherry_writer_commit_file (writer);
  /* A file that failed needs no end. */
  g_assert_true (wherry_writer_begin_file (writer, "unended", 0644, 1, NULL, &error));
  g_assert_false (wherry_writer_write (writer, (const guint8 *) large, 2, NULL));
  write_file (writer, "next", 0644, "next");
  finish (writer);

  assert_content (fixture, "a", "old");
  assert_content (fixture, "b", "old");
  assert_report_error (fixture, "a", WHERRY_ERROR, WHERRY_ERROR_REMOTE);
  assert_report_error (fixture, "b", WHERRY_ERROR, WHERRY_ERROR_REMOTE);
  assert_report_error (fixture, "short", WHERRY_ERROR, WHERRY_ERROR_INCOMPLETE);
  assert_report_error (fixture, "long", WHERRY_ERROR, WHERRY_ERROR_PROTOCOL);
  assert_report_error (fixture, "unended", WHERRY_ERROR, WHERRY_ERROR_PROTOCOL);
  assert_content (fixture, "next", "next");
  g_assert_cmpuint (fixture->reports->len, ==, 6);
  g_assert_cmpuint (count_strays (fixture->folder), ==, 0);
}

static void
test_no_space (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WherryWriter) writer = fixture_writer (fixture, NULL, WHERRY_WRITER_DEFAULT);
  g_autoptr (GError) error = NULL;

  g_assert_false (wherry_writer_begin_file (writer, "f", 0644, G_MAXINT64, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  write_file (writer, "g", 0644, "fits");
  finish (writer);
  assert_content (fixture, "g", "fits");
  g_assert_cmpuint (fixture->reports->len, ==, 1);
}

/* Freed in the middle of everything: what is in place is complete, the rest leaves nothing. */
static void
test_free_unfinished (Fixture *fixture, gconstpointer data)
{
  guint n_fds = count_fds ();
  WherryWriter *writer = fixture_writer (fixture, NULL, WHERRY_WRITER_DEFAULT);
  g_autofree char *large = make_large (LARGE);
  g_autoptr (GError) error = NULL;

  begin_directory (writer, "d", 0755);
  for (int i = 0; i < 300; i++)
    {
      g_autofree char *name = g_strdup_printf ("f%d", i);
      write_file (writer, name, 0644, "content");
    }
  g_assert_true (wherry_writer_begin_file (writer, "open", 0644, LARGE, NULL, &error));
  g_assert_true (wherry_writer_write (writer, (const guint8 *) large, LARGE, &error));
  wherry_writer_free (writer);

  g_assert_cmpuint (count_fds (), ==, n_fds);
  g_assert_cmpuint (count_strays (fixture->folder), ==, 0);
  g_assert_cmpuint (fixture->reports->len, ==, 301);
  for (int i = 0; i < 300; i++)
    {
      g_autofree char *name = g_strdup_printf ("d/f%d", i);
      g_autofree char *path = fixture_path (fixture, name);
      Report *report = fixture_find_report (fixture, name);

      if (report->error == NULL)
        assert_content (fixture, name, "content");
      else
        {
          g_assert_error (report->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
          g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
        }
    }
  assert_report_error (fixture, "d/open", G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* The connection broke inside a folder. */
static void
test_finish_open (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WherryWriter) writer = fixture_writer (fixture, NULL, WHERRY_WRITER_DEFAULT);
  g_autoptr (GError) error = NULL;

  begin_directory (writer, "d", 0750);
  write_file (writer, "f", 0644, "kept");
  g_assert_true (wherry_writer_begin_file (writer, "open", 0644, 5, NULL, &error));
  finish (writer);

  assert_mode (fixture, "d", 0750);
  assert_content (fixture, "d/f", "kept");
  assert_report_error (fixture, "d/open", G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_cancelled (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WherryWriter) writer = fixture_writer (fixture, NULL, WHERRY_WRITER_DEFAULT);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  for (int i = 0; i < 100; i++)
    {
      g_autofree char *name = g_strdup_printf ("f%d", i);
      write_file (writer, name, 0644, "content");
    }
  /* All may be in place already; what matters is that it does not hang and leaves nothing. */
  if (!wherry_writer_finish (writer, cancellable, &error))
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_pointer (&writer, wherry_writer_free);
  g_assert_cmpuint (count_strays (fixture->folder), ==, 0);
  g_assert_cmpuint (fixture->reports->len, ==, 100);
}

static void
test_depth (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  guint n_fds = count_fds ();
  guint n_most = 0;

  for (int round = 0; round < 2; round++)
    {
      g_autoptr (WherryWriter) writer = fixture_writer (fixture, NULL, WHERRY_WRITER_DEFAULT);

      for (int i = 0; i < WHERRY_SCP_DEPTH_MAX; i++)
        {
          begin_directory (writer, "d", 0755);
          if (i % 100 == 0)
            write_file (writer, "down", 0644, "down");
        }
      g_assert_false (wherry_writer_begin_directory (writer, "d", 0755, NULL, &error));
      g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_TOO_DEEP);
      g_clear_error (&error);
      write_file (writer, "bottom", 0644, "bottom");
      for (int i = WHERRY_SCP_DEPTH_MAX - 1; i >= 0; i--)
        {
          n_most = MAX (n_most, count_fds ());
          wherry_writer_end_directory (writer);
          if (i % 100 == 0)
            write_file (writer, "up", 0644, "up");
        }
      finish (writer);
    }
  g_assert_cmpuint (fixture->reports->len, ==, 2 * (6 + 6 + 1));
  for (guint i = 0; i < fixture->reports->len; i++)
    g_assert_no_error (((Report *) g_ptr_array_index (fixture->reports, i))->error);
  assert_content (fixture, "up", "up");
  g_assert_cmpuint (count_fds (), ==, n_fds);
  g_test_message ("fds at most: %u", n_most - n_fds);
  g_assert_cmpuint (n_most - n_fds, <, 400);
}

static void
test_bad_folder (Fixture *fixture, gconstpointer data)
{
  g_autofree char *missing = fixture_path (fixture, "missing");
  g_autofree char *file = fixture_path (fixture, "file");
  g_autofree char *link = fixture_path (fixture, "link");
  g_autoptr (WherryWriter) writer = NULL;
  g_autoptr (GError) error = NULL;

  fixture_put (fixture, "file", "x", 0644);
  fixture_put (fixture, "real/there", "x", 0644);
  g_assert_cmpint (symlink ("real", link), ==, 0);

  g_assert_null (wherry_writer_new (missing, 0, fixture_on_report, fixture, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (wherry_writer_new (file, 0, fixture_on_report, fixture, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY);

  /* The chosen folder itself may be a link: the person chose it. */
  writer = fixture_writer (fixture, "link", WHERRY_WRITER_DEFAULT);
  write_file (writer, "f", 0644, "x");
  finish (writer);
  assert_content (fixture, "real/f", "x");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, function) \
  g_test_add ("/writer/" path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)
  ADD ("tree", test_tree);
  ADD ("modes", test_modes);
  ADD ("preserve", test_preserve);
  ADD ("preserve-again", test_preserve_again);
  ADD ("existing-directory", test_existing_directory);
  ADD ("in-the-way", test_in_the_way);
  ADD ("names", test_names);
  ADD ("twice", test_twice);
  ADD ("abort", test_abort);
  ADD ("no-space", test_no_space);
  ADD ("free-unfinished", test_free_unfinished);
  ADD ("finish-open", test_finish_open);
  ADD ("cancelled", test_cancelled);
  ADD ("depth", test_depth);
  ADD ("bad-folder", test_bad_folder);

  return g_test_run ();
}
