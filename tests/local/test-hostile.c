/* Others at work in the same folder, full disks, missing rights, sudden death, great numbers. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/wherry-error.h"
#include "local-fixture.h"
#include "local/wherry-walker.h"
#include "scp/wherry-scp.h"

#define NOBODY 65534

/* What a child that could not do its work ends with; Meson's and automake's number for "skipped".
 */
#define SKIPPED 77

#define LARGE (2 * 1024 * 1024)

/* The mount and the change of user last as long as the child does. */
static int
in_child (void (*function) (Fixture *), Fixture *fixture)
{
  int status;
  pid_t pid = fork ();

  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    {
      function (fixture);
      _exit (0);
    }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFEXITED (status));
  if (WEXITSTATUS (status) != SKIPPED)
    g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  return WEXITSTATUS (status);
}

static void
wait_for_reports (Fixture *fixture, guint n)
{
  gint64 limit = g_get_monotonic_time () + 30 * G_TIME_SPAN_SECOND;
  guint n_now;

  do
    {
      g_assert_cmpint (g_get_monotonic_time (), <, limit);
      g_usleep (500);
      g_mutex_lock (&fixture->lock);
      n_now = fixture->reports->len;
      g_mutex_unlock (&fixture->lock);
  } while (n_now < n);
}

static gboolean
begin_directory (WherryWriter *writer, const char *name, GError **error)
{
  return wherry_writer_begin_directory (writer, name, 0755, NULL, error);
}

/* --- a folder swapped for a link, and back, all the time --- */

typedef struct {
  char *folder;
  char *link;
  int stop;
} Swapper;

static gpointer
swap (gpointer data)
{
  Swapper *self = data;

  while (!g_atomic_int_get (&self->stop))
    g_assert_cmpint (renameat2 (AT_FDCWD, self->folder, AT_FDCWD, self->link, RENAME_EXCHANGE), ==,
                     0);
  return NULL;
}

static void
test_writer_race (Fixture *fixture, gconstpointer data)
{
  g_autofree char *outside = fixture_path (fixture, "outside");
  g_autofree char *folder = fixture_path (fixture, "t/d");
  g_autofree char *link = fixture_path (fixture, "t/l");
  Swapper swapper = { .folder = folder, .link = link };
  guint n_in = 0, n_refused = 0;

  fixture_put (fixture, "t/d/sub/f", "x", 0644);
  g_assert_cmpint (g_mkdir (outside, 0755), ==, 0);
  g_assert_cmpint (symlink (outside, link), ==, 0);
  GThread *thread = g_thread_new ("swap", swap, &swapper);

  for (int i = 0; i < 20000 && (i < 300 || n_in == 0 || n_refused == 0); i++)
    {
      g_autoptr (WherryWriter) writer = fixture_writer (fixture, "t", WHERRY_WRITER_PRESERVE);
      g_autoptr (GError) error = NULL;

      if (!begin_directory (writer, "d", &error))
        {
          g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_CONFLICT);
          n_refused++;
          continue;
        }
      n_in++;
      write_file (writer, "f", 0644, "x");
      if (begin_directory (writer, "sub", &error))
        {
          write_file (writer, "f", 0644, "x");
          wherry_writer_end_directory (writer);
        }
      wherry_writer_end_directory (writer);
      finish (writer);
    }
  g_atomic_int_set (&swapper.stop, 1);
  g_thread_join (thread);
  g_test_message ("%u went in, %u refused", n_in, n_refused);

  /* Nothing was ever written through the link; rmdir() proves that it is empty. */
  g_assert_cmpint (g_rmdir (outside), ==, 0);
  for (guint i = 0; i < fixture->reports->len; i++)
    g_assert_no_error (((Report *) g_ptr_array_index (fixture->reports, i))->error);
}

/* Swapped between the opening of the folder and the file: it goes where the folder went. */
static void
test_writer_swapped (Fixture *fixture, gconstpointer data)
{
  g_autofree char *outside = fixture_path (fixture, "outside");
  g_autofree char *folder = fixture_path (fixture, "t/d");
  g_autofree char *moved = fixture_path (fixture, "t/moved");
  g_autoptr (WherryWriter) writer = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree guint8 *content = g_malloc0 (LARGE);
  struct stat st;

  fixture_put (fixture, "t/x", "x", 0644);
  g_assert_cmpint (g_mkdir (outside, 0711), ==, 0);
  writer = fixture_writer (fixture, "t", WHERRY_WRITER_PRESERVE);
  g_assert_true (wherry_writer_begin_directory (writer, "d", 0777, NULL, &error));
  write_file (writer, "before", 0644, "x");
  g_assert_true (wherry_writer_begin_file (writer, "large", 0644, LARGE, NULL, &error));
  g_assert_true (wherry_writer_write (writer, content, LARGE, &error));

  g_assert_cmpint (g_rename (folder, moved), ==, 0);
  g_assert_cmpint (symlink (outside, folder), ==, 0);

  wherry_writer_commit_file (writer);
  write_file (writer, "after", 0644, "x");
  wherry_writer_end_directory (writer);
  finish (writer);

  assert_content (fixture, "t/moved/before", "x");
  assert_content (fixture, "t/moved/after", "x");
  assert_mode (fixture, "t/moved/large", 0644);
  assert_mode (fixture, "t/moved", 0777);
  g_assert_cmpint (stat (outside, &st), ==, 0);
  g_assert_cmphex (st.st_mode & 0777, ==, 0711);
  g_assert_cmpint (g_rmdir (outside), ==, 0);
}

/* A disk that takes both names for one, played by a hard link. */
static void
test_writer_same_entry (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WherryWriter) writer = fixture_writer (fixture, NULL, WHERRY_WRITER_DEFAULT);
  g_autofree char *upper = fixture_path (fixture, "README");
  g_autofree char *lower = fixture_path (fixture, "readme");

  write_file (writer, "README", 0644, "first");
  finish (writer);
  g_assert_cmpint (link (upper, lower), ==, 0);
  write_file (writer, "readme", 0644, "second");
  finish (writer);
  assert_report_error (fixture, "readme", WHERRY_ERROR, WHERRY_ERROR_CONFLICT);
  assert_content (fixture, "README", "first");
}

/* The way back up leads elsewhere: nothing goes there. */
static void
test_writer_moved_below (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WherryWriter) writer = NULL;
  g_autoptr (GString) path = g_string_new (NULL);
  g_autofree char *from = NULL;
  g_autofree char *to = fixture_path (fixture, "elsewhere/taken");
  g_autoptr (GError) error = NULL;

  fixture_put (fixture, "t/x", "x", 0644);
  fixture_put (fixture, "elsewhere/x", "x", 0644);
  writer = fixture_writer (fixture, "t", WHERRY_WRITER_DEFAULT);
  g_string_append (path, "t");
  for (int i = 0; i < 200; i++)
    {
      g_assert_true (begin_directory (writer, "d", &error));
      if (i < 100)
        g_string_append (path, "/d");
      if (i == 150)
        {
          /* Once this is in place nothing on its way keeps the folders above open. */
          write_file (writer, "f", 0644, "x");
          wait_for_reports (fixture, 1);
        }
    }
  from = fixture_path (fixture, path->str);
  g_assert_cmpint (g_rename (from, to), ==, 0);

  /* Folder 99 of these is not where it was below folder 100 any more. */
  for (int i = 0; i < 101; i++)
    wherry_writer_end_directory (writer);
  g_assert_false (wherry_writer_begin_file (writer, "f", 0644, 1, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  finish (writer);

  g_autofree char *stray = fixture_path (fixture, "elsewhere/f");
  g_assert_false (g_file_test (stray, G_FILE_TEST_EXISTS));
}

/* --- a full disk --- */

static gboolean
put_in_proc (const char *name, const char *text)
{
  g_autofree char *path = g_build_filename ("/proc/self", name, NULL);
  int fd = open (path, O_WRONLY | O_CLOEXEC);
  gboolean good = fd >= 0 && write (fd, text, strlen (text)) == (ssize_t) strlen (text);

  if (fd >= 0)
    close (fd);
  return good;
}

/* A mount that nobody else sees and that goes with the process; who isn't root does it in a user
   namespace, where that is allowed. */
static gboolean
mount_tmpfs (const char *mount_point)
{
  g_autofree char *uids = g_strdup_printf ("%u %u 1", getuid (), getuid ());
  g_autofree char *gids = g_strdup_printf ("%u %u 1", getgid (), getgid ());

  if (geteuid () != 0
      && (unshare (CLONE_NEWUSER) < 0 || !put_in_proc ("setgroups", "deny")
          || !put_in_proc ("uid_map", uids) || !put_in_proc ("gid_map", gids)))
    return FALSE;
  return unshare (CLONE_NEWNS) == 0 && mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0
         && mount ("wherry", mount_point, "tmpfs", 0, "size=1m") == 0;
}

static void
fill_disk (Fixture *fixture)
{
  g_autofree char *mount_point = fixture_path (fixture, "m");
  g_autofree guint8 *content = g_malloc0 (LARGE);
  g_autoptr (WherryWriter) writer = NULL;
  g_autoptr (GError) error = NULL;
  guint n_failed = 0;

  if (!mount_tmpfs (mount_point))
    _exit (SKIPPED);

  fixture_put (fixture, "m/f0", "old", 0644);
  writer = fixture_writer (fixture, "m", WHERRY_WRITER_DEFAULT);

  /* Told at once, with what is missing. */
  g_assert_false (wherry_writer_begin_file (writer, "large", 0644, LARGE, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_assert_nonnull (strstr (error->message, "1.1"));
  g_clear_error (&error);

  for (int i = 0; i < 100; i++)
    {
      g_autofree char *name = g_strdup_printf ("f%d", 99 - i);
      if (!wherry_writer_begin_file (writer, name, 0644, 50000, NULL, &error))
        {
          g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
          g_clear_error (&error);
          n_failed++;
          continue;
        }
      g_assert_true (wherry_writer_write (writer, content, 50000, &error));
      wherry_writer_commit_file (writer);
    }
  finish (writer);

  for (guint i = 0; i < fixture->reports->len; i++)
    {
      Report *report = g_ptr_array_index (fixture->reports, i);
      struct stat st;

      if (report->error == NULL)
        {
          g_assert_cmpint (stat (report->path, &st), ==, 0);
          g_assert_cmpint (st.st_size, ==, 50000);
          continue;
        }
      g_assert_error (report->error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
      n_failed++;
    }
  g_assert_cmpuint (n_failed, >, 70);
  g_assert_cmpuint (n_failed, <, 100);
  assert_content (fixture, "m/f0", "old");
  g_assert_cmpuint (count_strays (mount_point), ==, 0);
}

static void
test_full_disk (Fixture *fixture, gconstpointer data)
{
  g_autofree char *mount_point = fixture_path (fixture, "m");

  g_assert_cmpint (g_mkdir (mount_point, 0755), ==, 0);
  if (in_child (fill_disk, fixture) == SKIPPED)
    g_test_skip ("no right to mount a tmpfs");
}

/* --- rights --- */

static void
become_nobody (void)
{
  if (geteuid () != 0)
    return;
  if (setgroups (0, NULL) < 0 || setgid (NOBODY) < 0 || setuid (NOBODY) < 0)
    _exit (SKIPPED);
}

static void
use_rights (Fixture *fixture)
{
  g_autofree char *locked = fixture_path (fixture, "locked");
  g_autofree char *tree = fixture_path (fixture, "tree");
  g_autoptr (WherryWriter) writer = NULL;
  g_autoptr (WherryWalker) walker = NULL;
  g_autoptr (GError) error = NULL;
  WherryWalkerEntryType type;
  WherryWalkerEntry entry;
  guint n_good = 0, n_bad_files = 0, n_bad_folders = 0, n_ends = 0;

  become_nobody ();

  /* A folder that may not be written to. */
  writer = fixture_writer (fixture, "read-only", WHERRY_WRITER_DEFAULT);
  write_file (writer, "f", 0644, "x");
  g_assert_false (begin_directory (writer, "d", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
  g_clear_error (&error);
  g_assert_false (wherry_writer_begin_file (writer, "g", 0644, LARGE, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
  g_clear_error (&error);
  finish (writer);
  assert_report_error (fixture, "read-only/f", G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
  g_clear_pointer (&writer, wherry_writer_free);

  /* A drop box: it can be written to, but not listed. */
  writer = fixture_writer (fixture, "drop-box", WHERRY_WRITER_PRESERVE);
  write_file (writer, "f", 0644, "x");
  finish (writer);
  assert_content (fixture, "drop-box/f", "x");
  g_clear_pointer (&writer, wherry_writer_free);

  g_assert_null (wherry_writer_new (locked, 0, fixture_on_report, fixture, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
  g_clear_error (&error);
  g_assert_null (wherry_walker_new (locked, 0, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
  g_clear_error (&error);

  walker = wherry_walker_new (tree, 0, &error);
  g_assert_no_error (error);
  while ((type = wherry_walker_next (walker, &entry)) != WHERRY_WALKER_DONE)
    {
      if (type == WHERRY_WALKER_FILE)
        {
          int fd = wherry_walker_open (walker, NULL, &error);
          if (fd >= 0)
            {
              n_good++;
              close (fd);
              continue;
            }
          g_assert_cmpstr (entry.name, ==, "unreadable");
          g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
          g_clear_error (&error);
          n_bad_files++;
        }
      else if (type == WHERRY_WALKER_SKIPPED)
        {
          g_assert_cmpstr (entry.name, ==, "closed");
          g_assert_error (entry.error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
          n_bad_folders++;
        }
      else if (type == WHERRY_WALKER_DIRECTORY)
        g_assert_cmpstr (entry.name, !=, "closed");
      else
        n_ends++;
    }
  g_assert_cmpuint (n_good, ==, 2);
  g_assert_cmpuint (n_bad_files, ==, 1);
  g_assert_cmpuint (n_bad_folders, ==, 1);
  g_assert_cmpuint (n_ends, ==, 1);
}

static void
test_rights (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const char *name;
    mode_t mode;
  } modes[] = {
    { "read-only", 0555 }, { "drop-box", 0333 },     { "locked", 0 },
    { "tree/closed", 0 },  { "tree/unreadable", 0 },
  };

  fixture_put (fixture, "read-only/x", "x", 0644);
  fixture_put (fixture, "drop-box/x", "x", 0644);
  fixture_put (fixture, "locked/x", "x", 0644);
  fixture_put (fixture, "tree/closed/x", "x", 0644);
  fixture_put (fixture, "tree/unreadable", "x", 0644);
  fixture_put (fixture, "tree/good", "x", 0644);
  fixture_put (fixture, "tree/well", "x", 0644);
  g_assert_cmpint (chmod (fixture->folder, 0755), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autofree char *path = fixture_path (fixture, modes[i].name);
      g_assert_cmpint (chmod (path, modes[i].mode), ==, 0);
    }
  if (in_child (use_rights, fixture) == SKIPPED)
    g_test_skip ("no right to become somebody else");
}

/* --- sudden death --- */

static const gsize kill_sizes[] = { 0, 1, 4096, 60000, 70000, 300000, 2500000 };

static void
on_report_to_pipe (const char *path, guint64 size, const GError *error, gpointer user_data)
{
  g_assert_no_error (error);
  g_assert_cmpint (write (GPOINTER_TO_INT (user_data), "", 1), ==, 1);
}

/* Each version of a file is its number all over; so a mix or a cut is seen. */
static void
write_versions (const char *folder, int report_fd)
{
  g_autofree guint8 *content = g_malloc (2500000);

  for (guint version = 1;; version++)
    {
      g_autoptr (WherryWriter) writer
          = wherry_writer_new (folder, 0, on_report_to_pipe, GINT_TO_POINTER (report_fd), NULL);

      memset (content, (int) (version % 251 + 1), 2500000);
      for (guint i = 0; i < G_N_ELEMENTS (kill_sizes); i++)
        {
          char name[10];
          g_snprintf (name, sizeof name, "f%u", i);
          wherry_writer_begin_file (writer, name, 0644, kill_sizes[i], NULL, NULL);
          for (gsize at = 0; at < kill_sizes[i]; at += 32768)
            wherry_writer_write (writer, content + at, MIN (32768, kill_sizes[i] - at), NULL);
          wherry_writer_commit_file (writer);
        }
      wherry_writer_finish (writer, NULL, NULL);
    }
}

static void
check_versions (Fixture *fixture)
{
  for (guint i = 0; i < G_N_ELEMENTS (kill_sizes); i++)
    {
      g_autofree char *name = g_strdup_printf ("f%u", i);
      g_autofree char *path = fixture_path (fixture, name);
      g_autofree char *content = NULL;
      gsize length;

      if (!g_file_get_contents (path, &content, &length, NULL))
        continue;
      g_assert_cmpuint (length, ==, kill_sizes[i]);
      for (gsize j = 1; j < length; j++)
        if (content[j] != content[0])
          g_error ("%s is a mix", name);
    }
}

static void
test_killed (Fixture *fixture, gconstpointer data)
{
  guint n_rounds = g_test_slow () ? 300 : 40;

  for (guint i = 0; i < n_rounds; i++)
    {
      int fds[2], status;
      char byte;

      g_assert_cmpint (pipe (fds), ==, 0);
      pid_t pid = fork ();
      g_assert_cmpint (pid, >=, 0);
      if (pid == 0)
        {
          close (fds[0]);
          write_versions (fixture->folder, fds[1]);
          _exit (1);
        }
      close (fds[1]);
      for (int n = g_random_int_range (0, 30); n > 0; n--)
        g_assert_cmpint (read (fds[0], &byte, 1), ==, 1);
      g_usleep ((gulong) g_random_int_range (0, 3000));
      g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
      g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
      g_assert_true (WIFSIGNALED (status));
      close (fds[0]);
      check_versions (fixture);
    }
  g_test_message ("%u strays after %u kills", count_strays (fixture->folder), n_rounds);
}

/* --- great numbers --- */

static gsize
resident_bytes (void)
{
  g_autofree char *text = NULL;
  unsigned long total, resident;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  g_assert_cmpint (sscanf (text, "%lu %lu", &total, &resident), ==, 2);
  return resident * (gsize) sysconf (_SC_PAGESIZE);
}

static void
count_report (const char *path, guint64 size, const GError *error, gpointer user_data)
{
  guint *n = user_data;

  g_assert_no_error (error);
  (*n)++;
}

static void
write_many (WherryWriter *writer, const char *folder, guint n)
{
  guint8 content[4096] = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_true (begin_directory (writer, folder, &error));
  for (guint i = 0; i < n; i++)
    {
      char name[20];
      g_snprintf (name, sizeof name, "f%u", i);
      g_assert_true (wherry_writer_begin_file (writer, name, 0644, sizeof content, NULL, &error));
      g_assert_true (wherry_writer_write (writer, content, sizeof content, &error));
      wherry_writer_commit_file (writer);
    }
  wherry_writer_end_directory (writer);
}

/* 20,000 files of 4 KiB are 80 MB: what of them stays in memory shows. */
static void
test_flat (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WherryWriter) writer = NULL;
  g_autoptr (GError) error = NULL;
  guint n_reports = 0, n_files = 0;
  guint n_fds = count_fds ();

  writer = wherry_writer_new (fixture->folder, 0, count_report, &n_reports, &error);
  g_assert_no_error (error);
  write_many (writer, "warm", 2000);
  gsize before = resident_bytes ();
  for (int i = 0; i < 20; i++)
    {
      g_autofree char *name = g_strdup_printf ("d%d", i);
      write_many (writer, name, 900);
      g_assert_cmpuint (count_fds () - n_fds, <, 450);
    }
  finish (writer);
  gsize after = resident_bytes ();
  g_clear_pointer (&writer, wherry_writer_free);
  g_assert_cmpuint (n_reports, ==, 20000);
  g_assert_cmpuint (count_fds (), ==, n_fds);

  g_autoptr (WherryWalker) walker = wherry_walker_new (fixture->folder, 0, &error);
  WherryWalkerEntryType type;
  WherryWalkerEntry entry;
  while ((type = wherry_walker_next (walker, &entry)) != WHERRY_WALKER_DONE)
    n_files += type == WHERRY_WALKER_FILE;
  g_assert_cmpuint (n_files, ==, 20000);

  g_test_message ("resident: %zu KiB before, %zu KiB after", before / 1024, after / 1024);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  g_assert_cmpuint (after, <, before + 24 * 1024 * 1024);
#endif
}

/* --- the walker --- */

static void
test_walker_depth (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) path = g_string_new (fixture->folder);
  g_autoptr (WherryWalker) walker = NULL;
  WherryWalkerEntryType type;
  WherryWalkerEntry entry;
  guint n_in = 0, n_out = 0, n_files = 0, n_deep = 0, n_most = 0;
  guint n_fds = count_fds ();

  for (int i = 0; i < WHERRY_SCP_DEPTH_MAX + 10; i++)
    {
      g_string_append (path, "/d");
      g_assert_cmpint (g_mkdir (path->str, 0755), ==, 0);
      /* Names before and after the folder, in whatever order it has them. */
      for (int j = 0; j < 3 && i % 50 == 0; j++)
        {
          g_autofree char *file = g_strdup_printf ("%s/f%d", path->str, j);
          g_assert_true (g_file_set_contents (file, "x", 1, NULL));
        }
    }

  walker = wherry_walker_new (fixture->folder, 0, NULL);
  while ((type = wherry_walker_next (walker, &entry)) != WHERRY_WALKER_DONE)
    {
      n_most = MAX (n_most, count_fds () - n_fds);
      n_in += type == WHERRY_WALKER_DIRECTORY;
      n_out += type == WHERRY_WALKER_DIRECTORY_END;
      if (type == WHERRY_WALKER_FILE)
        {
          int fd = wherry_walker_open (walker, NULL, NULL);
          g_assert_cmpint (fd, >=, 0);
          close (fd);
          n_files++;
        }
      if (type == WHERRY_WALKER_SKIPPED)
        {
          g_assert_error (entry.error, WHERRY_ERROR, WHERRY_ERROR_TOO_DEEP);
          n_deep++;
        }
    }
  g_assert_cmpuint (n_in, ==, WHERRY_SCP_DEPTH_MAX);
  g_assert_cmpuint (n_out, ==, WHERRY_SCP_DEPTH_MAX);
  g_assert_cmpuint (n_deep, ==, 1);
  g_assert_cmpuint (n_files, ==, 33);
  g_assert_cmpuint (n_most, <, 100);
}

/* The folder that was begun is the one that is read, whatever has its name now. */
static void
test_walker_swapped (Fixture *fixture, gconstpointer data)
{
  g_autofree char *tree = fixture_path (fixture, "t");
  g_autofree char *folder = fixture_path (fixture, "t/d");
  g_autofree char *moved = fixture_path (fixture, "moved");
  g_autofree char *outside = fixture_path (fixture, "outside");
  g_autoptr (WherryWalker) walker = NULL;
  WherryWalkerEntry entry;
  char content[10] = "";

  fixture_put (fixture, "t/d/f", "mine", 0644);
  fixture_put (fixture, "outside/f", "theirs", 0644);
  walker = wherry_walker_new (tree, WHERRY_WALKER_LINKS_FOLLOW, NULL);
  g_assert_cmpint (wherry_walker_next (walker, &entry), ==, WHERRY_WALKER_DIRECTORY);
  g_assert_cmpint (wherry_walker_next (walker, &entry), ==, WHERRY_WALKER_DIRECTORY);
  g_assert_cmpint (g_rename (folder, moved), ==, 0);
  g_assert_cmpint (symlink (outside, folder), ==, 0);
  g_assert_cmpint (wherry_walker_next (walker, &entry), ==, WHERRY_WALKER_FILE);
  int fd = wherry_walker_open (walker, NULL, NULL);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (read (fd, content, sizeof content), ==, 4);
  close (fd);
  g_assert_cmpmem (content, 4, "mine", 4);
}

/* A folder and a link that change places: what is read is never outside. */
static void
test_walker_race (Fixture *fixture, gconstpointer data)
{
  g_autofree char *tree = fixture_path (fixture, "t");
  g_autofree char *outside = fixture_path (fixture, "outside");
  g_autofree char *folder = fixture_path (fixture, "t/d");
  g_autofree char *link = fixture_path (fixture, "t/l");
  Swapper swapper = { .folder = folder, .link = link };

  fixture_put (fixture, "t/d/f", "mine", 0644);
  fixture_put (fixture, "outside/f", "theirs", 0644);
  g_assert_cmpint (symlink (outside, link), ==, 0);
  GThread *thread = g_thread_new ("swap", swap, &swapper);

  for (int i = 0; i < 2000; i++)
    {
      g_autoptr (WherryWalker) walker = wherry_walker_new (tree, i % 2 ? 0 : 2, NULL);
      WherryWalkerEntryType type;
      WherryWalkerEntry entry;

      while ((type = wherry_walker_next (walker, &entry)) != WHERRY_WALKER_DONE)
        {
          char content[10] = "";
          if (type != WHERRY_WALKER_FILE)
            continue;
          int fd = wherry_walker_open (walker, NULL, NULL);
          if (fd < 0)
            continue;
          g_assert_cmpint (read (fd, content, sizeof content), ==, 4);
          g_assert_cmpmem (content, 4, "mine", 4);
          close (fd);
        }
    }
  g_atomic_int_set (&swapper.stop, 1);
  g_thread_join (thread);
}

/* A parked folder that is gone when the walk comes back up is told. */
static void
test_walker_moved_below (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) path = g_string_new (NULL);
  g_autoptr (WherryWalker) walker = NULL;
  g_autofree char *from = NULL;
  g_autofree char *to = fixture_path (fixture, "taken");
  g_autofree char *tree = fixture_path (fixture, "t");
  WherryWalkerEntryType type;
  WherryWalkerEntry entry;
  guint depth = 0, n_ends = 0, n_lost = 0;

  g_string_append (path, "t");
  for (int i = 0; i < 150; i++)
    g_string_append (path, "/d");
  g_string_append (path, "/f");
  fixture_put (fixture, path->str, "x", 0644);
  from = g_strconcat (tree, "/d/d/d/d/d/d/d/d/d/d", NULL);

  walker = wherry_walker_new (tree, 0, NULL);
  while ((type = wherry_walker_next (walker, &entry)) != WHERRY_WALKER_DONE)
    {
      depth += type == WHERRY_WALKER_DIRECTORY;
      n_ends += type == WHERRY_WALKER_DIRECTORY_END;
      if (type == WHERRY_WALKER_FILE)
        g_assert_cmpint (g_rename (from, to), ==, 0);
      if (type == WHERRY_WALKER_SKIPPED)
        {
          g_assert_error (entry.error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
          n_lost++;
        }
    }
  g_assert_cmpuint (depth, ==, 151);
  g_assert_cmpuint (n_ends, ==, 151);
  /* The ten above the one that was moved. */
  g_assert_cmpuint (n_lost, ==, 10);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, function) \
  g_test_add ("/hostile/" path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)
  /* First those that fork: no thread may have been started before. */
  ADD ("full-disk", test_full_disk);
  ADD ("rights", test_rights);
  ADD ("killed", test_killed);
  ADD ("writer-race", test_writer_race);
  ADD ("writer-swapped", test_writer_swapped);
  ADD ("writer-same-entry", test_writer_same_entry);
  ADD ("writer-moved-below", test_writer_moved_below);
  ADD ("flat", test_flat);
  ADD ("walker-depth", test_walker_depth);
  ADD ("walker-swapped", test_walker_swapped);
  ADD ("walker-race", test_walker_race);
  ADD ("walker-moved-below", test_walker_moved_below);

  return g_test_run ();
}
