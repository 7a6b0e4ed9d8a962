#include "config.h"

#include "local/wherry-writer-private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "local/wherry-local-error.h"

/* A folder one may write to but not list can only be opened with O_PATH; all is then as usual but
   that it can't be synced. */
static int
open_directory (int parent_fd, const char *name, int flags)
{
  flags |= O_DIRECTORY | O_CLOEXEC;
  int fd = openat (parent_fd, name, O_RDONLY | flags);
  if (fd >= 0 || errno != EACCES)
    return fd;

  fd = openat (parent_fd, name, O_PATH | flags);
  /* O_PATH succeeds on any folder; looking up "." tells whether it can be entered. */
  if (fd >= 0 && faccessat (fd, ".", F_OK, 0) < 0)
    {
      int errno_value = errno;
      close (fd);
      errno = errno_value;
      return -1;
    }
  return fd;
}

static WherryWriterDir *
take_fd (int fd, char *path, struct stat *st)
{
  WherryWriterDir *self = g_new0 (WherryWriterDir, 1);

  self->n_refs = 1;
  self->fd = fd;
  self->device = st->st_dev;
  self->inode = st->st_ino;
  self->path = path;
  return self;
}

static gboolean
is_in_memory (int fd)
{
  struct statfs fs;

  return fstatfs (fd, &fs) == 0 && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC);
}

/* wherry_writer_dir_open_folder: opens the folder the person chose; symbolic links in it are
 * theirs. */
WherryWriterDir *
wherry_writer_dir_open_folder (const char *path, GError **error)
{
  struct stat st;
  int fd = open_directory (AT_FDCWD, path, 0);

  if (fd < 0 || fstat (fd, &st) < 0)
    {
      wherry_local_set_error (error, WHERRY_LOCAL_OPEN, path, errno);
      if (fd >= 0)
        close (fd);
      return NULL;
    }
  WherryWriterDir *self = take_fd (fd, g_strdup (path), &st);
  self->in_memory = is_in_memory (fd);
  return self;
}

static void
set_in_the_way (GError **error, int parent_fd, const char *name, const char *path)
{
  struct stat st;
  g_autofree char *shown = wherry_text_display_name (path);

  if (fstatat (parent_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK (st.st_mode))
    g_set_error (
        error, WHERRY_ERROR, WHERRY_ERROR_CONFLICT,
        _ ("“%s” is a symbolic link where a folder belongs. It is not followed, because it "
           "may lead elsewhere: remove it or choose another folder"),
        shown);
  else
    g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_CONFLICT,
                 _ ("“%s” is not a folder, but a folder belongs there: move it away or choose "
                    "another folder"),
                 shown);
}

static char *
join (const char *folder, const char *name)
{
  return g_strconcat (folder, g_str_has_suffix (folder, "/") ? "" : "/", name, NULL);
}

/*
 * wherry_writer_dir_enter: makes a directory, or opens the one that is there.
 *
 * O_NOFOLLOW refuses a symbolic link even if it appears between the two calls.
 * What is opened is what all later calls use; names are not looked up again.
 */
WherryWriterDir *
wherry_writer_dir_enter (WherryWriterDir *parent,
                         const char *name,
                         gboolean preserve,
                         GError **error)
{
  struct stat st;
  g_autofree char *path = join (parent->path, name);

  /* Nobody else looks in before its mode is set at its end. */
  gboolean made_here = mkdirat (parent->fd, name, 0700) == 0;
  if (!made_here && errno != EEXIST)
    {
      wherry_local_set_error (error, WHERRY_LOCAL_CREATE, path, errno);
      return NULL;
    }

  int fd = open_directory (parent->fd, name, O_NOFOLLOW);
  if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
    {
      set_in_the_way (error, parent->fd, name, path);
      return NULL;
    }
  if (fd < 0 || fstat (fd, &st) < 0)
    {
      wherry_local_set_error (error, WHERRY_LOCAL_OPEN, path, errno);
      if (fd >= 0)
        close (fd);
      return NULL;
    }

  /* A second -p copy onto a tree with read-only folders: their mode is set at their end anyway. */
  if (!made_here && preserve && (st.st_mode & 0700) != 0700)
    (void) fchmod (fd, (st.st_mode & 07777) | 0700);

  WherryWriterDir *self = take_fd (fd, g_steal_pointer (&path), &st);
  self->parent = wherry_writer_dir_ref (parent);
  self->in_memory = st.st_dev == parent->device ? parent->in_memory : is_in_memory (fd);
  self->made_here = made_here;
  self->tag = parent->tag;
  /* Special bits never come from the server, but a set-group-ID folder hands its bit down by local
   * will. */
  self->mode = st.st_mode & 07000;
  return self;
}

WherryWriterDir *
wherry_writer_dir_ref (WherryWriterDir *self)
{
  g_atomic_int_inc (&self->n_refs);
  return self;
}

void
wherry_writer_dir_unref (WherryWriterDir *self)
{
  /* A loop, not a recursion: 512 levels may go at once. */
  while (self != NULL && g_atomic_int_dec_and_test (&self->n_refs))
    {
      WherryWriterDir *parent = self->parent;

      if (self->fd >= 0)
        close (self->fd);
      wherry_number_set_clear (&self->names);
      wherry_number_set_clear (&self->inodes);
      g_free (self->path);
      g_free (self);
      self = parent;
    }
}

/*
 * wherry_writer_dir_park: gives the fd of a far ancestor back, so that a deep
 * tree does not use up the process's fds (1,024 by default).
 *
 * Only when nothing on its way uses it; otherwise it just stays open.
 */
void
wherry_writer_dir_park (WherryWriterDir *self)
{
  if (self->fd < 0 || g_atomic_int_get (&self->n_pending) > 0)
    return;
  close (self->fd);
  self->fd = -1;
}

/*
 * wherry_writer_dir_unpark: opens a parked directory again from below.
 *
 * By ".." of the child and a look at its identity, never by a path: if the
 * child was moved elsewhere meanwhile, the directory stays lost, and all that
 * was to go into it fails.
 */
void
wherry_writer_dir_unpark (WherryWriterDir *self, WherryWriterDir *child)
{
  struct stat st;

  if (self->fd >= 0 || child->fd < 0)
    return;

  int fd = open_directory (child->fd, "..", O_NOFOLLOW);
  if (fd < 0)
    return;
  if (fstat (fd, &st) == 0 && st.st_dev == self->device && st.st_ino == self->inode)
    self->fd = fd;
  else
    close (fd);
}

static int
change_mode (int fd, mode_t mode)
{
  if (fchmod (fd, mode) == 0)
    return 0;
  if (errno != EBADF)
    return -1;
  /* O_PATH */
  g_autofree char *proc_path = g_strdup_printf ("/proc/self/fd/%d", fd);
  return chmod (proc_path, mode);
}

static int
change_times (int fd, const WherryWriterTimes *times)
{
  struct timespec ts[2] = { { .tv_sec = times->atime }, { .tv_sec = times->mtime } };

  if (futimens (fd, ts) == 0)
    return 0;
  if (errno != EBADF)
    return -1;
  g_autofree char *proc_path = g_strdup_printf ("/proc/self/fd/%d", fd);
  return utimensat (AT_FDCWD, proc_path, ts, 0);
}

/* wherry_writer_dir_apply: gives a directory its mode and times, all in it being in place (rule
 * R4). */
gboolean
wherry_writer_dir_apply (WherryWriterDir *self, GError **error)
{
  if (self->fd < 0)
    {
      wherry_local_set_error (error, WHERRY_LOCAL_ATTRIBUTES, self->path, ENOENT);
      return FALSE;
    }
  if (change_mode (self->fd, self->mode) < 0
      || (self->has_times && change_times (self->fd, &self->times) < 0))
    {
      wherry_local_set_error (error, WHERRY_LOCAL_ATTRIBUTES, self->path, errno);
      return FALSE;
    }
  return TRUE;
}

/*
 * wherry_writer_dir_sync: makes the names in a directory durable.
 *
 * Returns 0 or an errno. Directories that can't be synced at all (opened with
 * O_PATH, or on a file system without such a thing) count as well synced:
 * nothing more can be done, and a final name is never partial regardless.
 */
int
wherry_writer_dir_sync (WherryWriterDir *self)
{
  if (self->fd < 0)
    return 0;
  while (fsync (self->fd) < 0)
    {
      if (errno == EINTR)
        continue;
      if (errno == EBADF || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP)
        return 0;
      return errno;
    }
  return 0;
}

/*
 * wherry_writer_dir_sweep: removes what a writer of the same tag left behind when
 * it was killed.
 *
 * Only regular files whose names are wholly of the pattern, and not @spared; a
 * folder that can't be listed keeps them.
 */
void
wherry_writer_dir_sweep (WherryWriterDir *self, GHashTable *spared)
{
  char prefix[WHERRY_WRITER_TEMP_SIZE];
  const struct dirent *entry;
  int fd = openat (self->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *dir = fd >= 0 ? fdopendir (fd) : NULL;

  if (dir == NULL)
    {
      if (fd >= 0)
        close (fd);
      return;
    }
  g_snprintf (prefix, sizeof prefix, ".wherry-%08x", self->tag);
  while ((entry = readdir (dir)) != NULL)
    {
      struct stat st;

      if (g_str_has_prefix (entry->d_name, prefix) && g_str_has_suffix (entry->d_name, ".part")
          && strlen (entry->d_name) == WHERRY_WRITER_TEMP_SIZE - 1
          && !g_hash_table_contains (spared, entry->d_name)
          && fstatat (self->fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0
          && S_ISREG (st.st_mode))
        (void) unlinkat (self->fd, entry->d_name, 0);
    }
  closedir (dir);
}
