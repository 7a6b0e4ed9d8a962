#include "scp-program.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIME_LIMIT (30 * 1000) /* milliseconds */

static int
remove_entry (const char *path, const struct stat *info, int type, struct FTW *ftw)
{
  return remove (path);
}

static int
make_removable (const char *path, const struct stat *info, int type, struct FTW *ftw)
{
  if (type == FTW_D || type == FTW_DNR)
    chmod (path, 0700);
  return 0;
}

void
fixture_set_up (Fixture *fixture, gconstpointer program)
{
  fixture->program = g_strdup (program);
  fixture->top = g_dir_make_tmp ("wherry-scp-XXXXXX", NULL);
  g_assert_nonnull (fixture->top);
  fixture->here = g_build_filename (fixture->top, "here", NULL);
  fixture->there = g_build_filename (fixture->top, "there", NULL);
  g_assert_no_errno (g_mkdir (fixture->here, 0755));
  g_assert_no_errno (g_mkdir (fixture->there, 0755));
}

void
fixture_tear_down (Fixture *fixture, gconstpointer program)
{
  nftw (fixture->top, make_removable, 16, FTW_PHYS);
  g_assert_no_errno (nftw (fixture->top, remove_entry, 16, FTW_DEPTH | FTW_PHYS));
  g_free (fixture->program);
  g_free (fixture->top);
  g_free (fixture->here);
  g_free (fixture->there);
}

Program
program_start (Fixture *fixture, const char *options, const char *path)
{
  Program self = { .out = g_byte_array_new () };
  g_auto (GStrv) words = g_strsplit (options, " ", -1);
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  int ends[2];

  g_ptr_array_add (argv, fixture->program);
  for (guint i = 0; words[i] != NULL; i++)
    g_ptr_array_add (argv, words[i]);
  g_ptr_array_add (argv, (char *) path);
  g_ptr_array_add (argv, NULL);

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
  g_spawn_async_with_pipes_and_fds (fixture->there, (const char *const *) argv->pdata, NULL,
                                    G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH
                                        | G_SPAWN_STDERR_TO_DEV_NULL,
                                    NULL, NULL, ends[1], ends[1], -1, NULL, NULL, 0, &self.pid,
                                    NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  close (ends[1]);
  self.fd = ends[0];
  g_assert_true (g_unix_set_fd_nonblocking (self.fd, TRUE, NULL));
  return self;
}

/* Writes and reads what is possible, after waiting for something to be. Returns the bytes read. */
gsize
program_exchange (Program *self, guint8 *buffer, gsize size)
{
  struct pollfd poll_fd = { self->fd, (short) (POLLIN | (self->out->len > 0 ? POLLOUT : 0)), 0 };
  gssize n;

  g_assert_cmpint (poll (&poll_fd, 1, TIME_LIMIT), ==, 1);

  if (poll_fd.revents & POLLOUT)
    {
      n = send (self->fd, self->out->data, self->out->len, MSG_NOSIGNAL);
      if (n > 0)
        g_byte_array_remove_range (self->out, 0, (guint) n);
      else if (errno != EAGAIN)
        g_byte_array_set_size (self->out, 0);
    }
  if (!(poll_fd.revents & (POLLIN | POLLHUP | POLLERR)))
    return 0;

  n = read (self->fd, buffer, size);
  if (n < 0 && errno == EAGAIN)
    return 0;
  if (n <= 0)
    self->ended = TRUE;
  return n > 0 ? (gsize) n : 0;
}

/* Says that nothing more comes and lets it speak to its end. Returns the exit status. */
int
program_end (Program *self)
{
  guint8 buffer[4096];
  int status;

  g_byte_array_set_size (self->out, 0);
  shutdown (self->fd, SHUT_WR);
  while (!self->ended)
    program_exchange (self, buffer, sizeof buffer);
  close (self->fd);
  g_byte_array_unref (self->out);
  g_assert_cmpint (waitpid (self->pid, &status, 0), ==, self->pid);
  g_assert_true (WIFEXITED (status));
  return WEXITSTATUS (status);
}

/* Trees. */

void
make_file (const char *folder, const char *name, const char *content, gsize length, int mode)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  const struct timespec times[] = { { .tv_sec = 1500000000 }, { .tv_sec = 1600000000 + mode } };

  g_assert_true (g_file_set_contents_full (path, content, (gssize) length, G_FILE_SET_CONTENTS_NONE,
                                           0600, NULL));
  g_assert_no_errno (g_chmod (path, mode));
  g_assert_no_errno (utimensat (AT_FDCWD, path, times, 0));
}

char *
make_folder (const char *folder, const char *name, int mode)
{
  char *path = g_build_filename (folder, name, NULL);

  g_assert_no_errno (g_mkdir (path, (guint) mode));
  return path;
}

void
make_tree (const char *folder)
{
  static const char *const names[] = {
    "plain",       " two  spaces ", "-rf",       "--",           "q'uo\"te",           "$HOME `id`",
    "back\\slash", "*?[a]",         "C0644 5 f", "\xff\xfe\x80", "gr\xc3\xbc\xc3\x9f", "~",
    ".hidden",     "%s%n",
  };
  g_autofree char *top = make_folder (folder, "d", 0755);
  g_autofree char *below = make_folder (top, "below this", 0700);
  g_autofree char *empty = make_folder (top, "-empty", 0750);
  g_autofree char *long_name = g_strnfill (255, 'n');
  g_autofree char *large = g_malloc (1000003);
  const struct timespec times[] = { { .tv_sec = 1400000000 }, { .tv_sec = 1300000000 } };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    make_file (i % 2 ? top : below, names[i], names[i], strlen (names[i]), 0644);
  make_file (below, long_name, "", 0, 0600);
  for (int i = 0; i < 1000003; i++)
    large[i] = (char) (i * 7 / 3);
  make_file (top, "large", large, 1000003, 0755);
  /* Each first byte there is, the six that a sink would obey among them. */
  for (int byte = 0; byte < 256; byte++)
    {
      g_autofree char *name = g_strdup_printf ("byte %d", byte);
      char content[2] = { (char) byte, '\n' };

      make_file (below, name, content, 2, 0640);
    }
  make_file (empty, "not any more", "", 0, 0444);
  g_assert_no_errno (utimensat (AT_FDCWD, below, times, 0));
  g_assert_no_errno (utimensat (AT_FDCWD, top, times, 0));
}

guint
count_entries (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint n = 0;

  g_assert_nonnull (dir);
  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

void
compare (const char *path, const char *other, gboolean preserved)
{
  struct stat info, other_info;

  g_assert_no_errno (lstat (path, &info));
  g_assert_no_errno (lstat (other, &other_info));
  g_assert_cmpint (info.st_mode & S_IFMT, ==, other_info.st_mode & S_IFMT);
  if (preserved)
    {
      g_assert_cmpint (info.st_mode, ==, other_info.st_mode);
      g_assert_cmpint (info.st_mtime, ==, other_info.st_mtime);
    }

  if (S_ISDIR (info.st_mode))
    {
      g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
      const char *name;

      g_assert_cmpuint (count_entries (path), ==, count_entries (other));
      while ((name = g_dir_read_name (dir)) != NULL)
        {
          g_autofree char *below = g_build_filename (path, name, NULL);
          g_autofree char *other_below = g_build_filename (other, name, NULL);

          compare (below, other_below, preserved);
        }
    }
  else
    {
      g_autofree char *content = NULL;
      g_autofree char *other_content = NULL;
      gsize length, other_length;

      g_assert_true (g_file_get_contents (path, &content, &length, NULL));
      g_assert_true (g_file_get_contents (other, &other_content, &other_length, NULL));
      g_assert_cmpmem (content, length, other_content, other_length);
    }
}

void
compare_trees (Fixture *fixture, gboolean preserved)
{
  g_autofree char *here = g_build_filename (fixture->here, "d", NULL);
  g_autofree char *there = g_build_filename (fixture->there, "d", NULL);

  compare (here, there, preserved);
}

/* Adds tests with OpenSSH's program, and with dropbear's where WHERRY_TEST_DROPBEAR_SCP names it.
 */
void
add_program_tests (const char *folder, const ProgramTest *tests, guint n_tests)
{
  static char *programs[2];
  static const char *const names[] = { "openssh", "dropbear" };

  if (programs[0] == NULL)
    {
      programs[0] = g_find_program_in_path ("scp");
      programs[1] = g_strdup (g_getenv ("WHERRY_TEST_DROPBEAR_SCP"));
      g_assert_nonnull (programs[0]);
    }
  for (guint p = 0; p < 2 && programs[p] != NULL; p++)
    for (guint i = 0; i < n_tests; i++)
      {
        g_autofree char *path = g_strdup_printf ("/scp/%s/%s/%s", folder, names[p], tests[i].name);

        g_test_add (path, Fixture, programs[p], fixture_set_up, tests[i].run, fixture_tear_down);
      }
}
