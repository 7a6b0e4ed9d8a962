#include "config.h"

#include "local/wherry-writer-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "local/wherry-local-error.h"

/* From this size on space is asked for in advance, so that a full disk is told early. */
#define PREALLOCATE_MIN (1024 * 1024)

#define TEMP_ATTEMPTS 8

/* Bytes that are copied at once where the system can't do it by itself. */
#define COPY_STEP (256 * 1024)

WherryWriterItem *
wherry_writer_item_new (WherryWriterItemKind kind, WherryWriterDir *dir)
{
  WherryWriterItem *self = g_new0 (WherryWriterItem, 1);

  self->kind = kind;
  self->dir = wherry_writer_dir_ref (dir);
  self->fd = -1;
  return self;
}

void
wherry_writer_item_free (WherryWriterItem *self)
{
  g_assert (!self->named);

  if (self->fd >= 0)
    close (self->fd);
  wherry_writer_dir_unref (self->dir);
  g_clear_error (&self->error);
  g_free (self->content);
  g_free (self->name);
  g_free (self);
}

char *
wherry_writer_item_dup_path (const WherryWriterItem *self)
{
  const char *folder = self->dir->path;

  if (self->kind != WHERRY_WRITER_ITEM_FILE)
    return g_strdup (folder);
  return g_strconcat (folder, g_str_has_suffix (folder, "/") ? "" : "/", self->name, NULL);
}

static void
set_error (const WherryWriterItem *self,
           GError **error,
           WherryLocalAttempt attempt,
           int errno_value)
{
  g_autofree char *path = wherry_writer_item_dup_path (self);

  wherry_local_set_error (error, attempt, path, errno_value);
}

/* Whoever can write to the folder must not be able to guess the name and lie in wait with a file.
 */
static gboolean
choose_temp_name (WherryWriterItem *self)
{
  guint64 number = 0;
  ssize_t n;

  do
    n = getrandom (&number, sizeof number, 0);
  while (n < 0 && errno == EINTR);
  if (n != (ssize_t) sizeof number)
    return FALSE;
  if (self->dir->tag != 0)
    number = (guint64) self->dir->tag << 32 | (number & G_MAXUINT32);
  g_snprintf (self->temp, sizeof self->temp, ".wherry-%016" G_GINT64_MODIFIER "x.part", number);
  return TRUE;
}

static gboolean
create_named (WherryWriterItem *self)
{
  for (int i = 0; i < TEMP_ATTEMPTS; i++)
    {
      if (!choose_temp_name (self))
        return FALSE;
      self->fd = openat (self->dir->fd, self->temp,
                         O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0600);
      if (self->fd >= 0)
        {
          self->named = TRUE;
          return TRUE;
        }
      if (errno != EEXIST)
        return FALSE;
    }
  return FALSE;
}

/* KEEP_SIZE leaves the size to the writes: a file cut off must not look complete. Never
   posix_fallocate(), which writes zeros itself where the file system can't reserve. On a tmpfs
   reserving means making every page at once (0.4 s for 1 GiB, measured), while the connection
   stands still. */
static gboolean
reserve (WherryWriterItem *self, GError **error)
{
  if (self->size < PREALLOCATE_MIN || self->size > G_MAXINT64 || self->dir->in_memory)
    return TRUE;
  if (fallocate (self->fd, FALLOC_FL_KEEP_SIZE, 0, (off_t) self->size) == 0)
    return TRUE;
  if (errno != ENOSPC && errno != EDQUOT && errno != EFBIG)
    return TRUE;
  set_error (self, error, WHERRY_LOCAL_CREATE, errno);
  return FALSE;
}

/*
 * wherry_writer_item_create: opens a temporary file in the item's directory.
 *
 * @nameless files (O_TMPFILE) vanish by themselves when the process is killed
 * while a long file arrives. They still get a temporary name before they are
 * synced, rather than being linked to the final one afterwards: not every file
 * system (Btrfs) makes a file durable that has no link, and a link can't replace
 * an existing file. Small files never wait under their temporary name for more
 * than the batch, so they are spared the additional calls.
 */
gboolean
wherry_writer_item_create (WherryWriterItem *self, gboolean nameless, GError **error)
{
  g_assert (self->fd < 0);

  if (nameless)
    self->fd = openat (self->dir->fd, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
  if (self->fd < 0 && !create_named (self))
    {
      set_error (self, error, WHERRY_LOCAL_CREATE, errno);
      return FALSE;
    }
  if (!reserve (self, error))
    {
      wherry_writer_item_discard (self);
      return FALSE;
    }
  return TRUE;
}

static void
set_changed (const WherryWriterItem *self, GError **error)
{
  g_autofree char *shown = wherry_text_display_name (self->name);

  g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_CHANGED,
               _ ("What was there of “%s” changed while it was to be gone on with. Copy it again"),
               shown);
}

static gboolean
is_file (int fd, const WherryWriterRest *rest)
{
  struct stat st;

  return fstat (fd, &st) == 0 && S_ISREG (st.st_mode) && st.st_dev == rest->device
         && st.st_ino == rest->inode && (guint64) st.st_size >= rest->offset;
}

/* Without a byte going through memory where the file system can do so (rule R3: by the folder's
 * descriptor, and no link is followed). */
static gboolean
copy_beginning (WherryWriterItem *self, const WherryWriterRest *rest, GError **error)
{
  int fd = openat (self->dir->fd, self->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  guint64 left = rest->offset;
  g_autofree guint8 *buffer = NULL;
  gboolean well = TRUE;

  if (fd < 0 || !is_file (fd, rest))
    {
      if (fd >= 0)
        close (fd);
      set_changed (self, error);
      return FALSE;
    }
  while (well && left > 0)
    {
      ssize_t n = buffer == NULL ? copy_file_range (fd, NULL, self->fd, NULL, left, 0)
                                 : read (fd, buffer, MIN (left, COPY_STEP));

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0 && buffer == NULL)
        {
          /* Not between these two file systems. */
          buffer = g_malloc (COPY_STEP);
          continue;
        }
      if (n <= 0)
        {
          set_changed (self, error);
          well = FALSE;
        }
      else if (buffer != NULL)
        well = wherry_writer_item_write (self, buffer, (gsize) n, error);
      left -= n > 0 ? (guint64) n : 0;
    }
  close (fd);
  return well;
}

/* wherry_writer_item_reopen: goes on with a temporary file that was left, or makes one with the
 * beginning of the file that has the final name. */
gboolean
wherry_writer_item_reopen (WherryWriterItem *self, const WherryWriterRest *rest, GError **error)
{
  g_assert (self->fd < 0);

  if (rest->temporary == NULL)
    {
      if (!wherry_writer_item_create (self, FALSE, error))
        return FALSE;
      if (copy_beginning (self, rest, error))
        return TRUE;
      wherry_writer_item_discard (self);
      return FALSE;
    }

  int fd = openat (self->dir->fd, rest->temporary,
                   O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (fd < 0 || !is_file (fd, rest)
      || g_strlcpy (self->temp, rest->temporary, sizeof self->temp) >= sizeof self->temp)
    {
      if (fd >= 0)
        close (fd);
      set_changed (self, error);
      return FALSE;
    }
  self->fd = fd;
  self->named = TRUE;
  if (ftruncate (fd, (off_t) rest->offset) < 0 || lseek (fd, (off_t) rest->offset, SEEK_SET) < 0)
    {
      set_error (self, error, WHERRY_LOCAL_WRITE, errno);
      wherry_writer_item_discard (self);
      return FALSE;
    }
  return TRUE;
}

/* wherry_writer_item_write: writes all of @data, or fails. */
gboolean
wherry_writer_item_write (WherryWriterItem *self, const guint8 *data, gsize length, GError **error)
{
  while (length > 0)
    {
      ssize_t n = write (self->fd, data, length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        {
          set_error (self, error, WHERRY_LOCAL_WRITE, n == 0 ? EIO : errno);
          return FALSE;
        }
      data += n;
      length -= (gsize) n;
    }
  return TRUE;
}

static gboolean
give_temp_name (WherryWriterItem *self)
{
  char proc_path[40];

  g_snprintf (proc_path, sizeof proc_path, "/proc/self/fd/%d", self->fd);
  for (int i = 0; i < TEMP_ATTEMPTS; i++)
    {
      if (!choose_temp_name (self))
        return FALSE;
      if (linkat (AT_FDCWD, proc_path, self->dir->fd, self->temp, AT_SYMLINK_FOLLOW) == 0)
        {
          self->named = TRUE;
          return TRUE;
        }
      if (errno != EEXIST)
        return FALSE;
    }
  return FALSE;
}

/* What lies under the final name: whether it may be replaced, and the mode to take over from it. */
static gboolean
look_at_target (WherryWriterItem *self, WherryWriterFlags flags, guint32 *mode)
{
  struct stat st;

  if (fstatat (self->dir->fd, self->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    {
      if (errno == ENOENT)
        return TRUE;
      set_error (self, &self->error, WHERRY_LOCAL_CREATE, errno);
      return FALSE;
    }

  g_autofree char *path = wherry_writer_item_dup_path (self);
  g_autofree char *shown = wherry_text_display_name (path);
  if (S_ISDIR (st.st_mode))
    g_set_error (&self->error, WHERRY_ERROR, WHERRY_ERROR_CONFLICT,
                 _ ("“%s” is a folder, but a file belongs there: move it away or choose another "
                    "folder"),
                 shown);
  else if (S_ISCHR (st.st_mode) || S_ISBLK (st.st_mode) || S_ISSOCK (st.st_mode))
    g_set_error (&self->error, WHERRY_ERROR, WHERRY_ERROR_CONFLICT,
                 _ ("“%s” is a device or a socket and is not replaced by a file"), shown);
  else if (wherry_number_set_contains (&self->dir->inodes, st.st_ino))
    /* Two names, one entry: the file system does not tell upper from lower case, or the like. */
    g_set_error (&self->error, WHERRY_ERROR, WHERRY_ERROR_CONFLICT,
                 _ ("“%s” would overwrite another file of this transfer, because this disk takes "
                    "both names for the same"),
                 shown);
  else if (S_ISREG (st.st_mode) && !(flags & WHERRY_WRITER_PRESERVE))
    *mode = st.st_mode & 0777;

  return self->error == NULL;
}

/* The file is ours: EPERM can only mean that this file system (FAT) keeps no such permissions. */
static gboolean
is_unsupported (int errno_value)
{
  return errno_value == EPERM || errno_value == EOPNOTSUPP || errno_value == ENOSYS;
}

static gboolean
set_attributes (WherryWriterItem *self, guint32 mode)
{
  struct timespec ts[2] = { { .tv_sec = self->times.atime }, { .tv_sec = self->times.mtime } };

  if (mode != 0600 && fchmod (self->fd, mode) < 0 && !is_unsupported (errno))
    return FALSE;
  if (self->has_times && futimens (self->fd, ts) < 0 && !is_unsupported (errno))
    return FALSE;
  return TRUE;
}

/*
 * wherry_writer_item_prepare: makes the file complete under its temporary name
 * and has the disk begin with it.
 */
void
wherry_writer_item_prepare (WherryWriterItem *self, WherryWriterFlags flags, guint32 umask)
{
  guint32 mode = flags & WHERRY_WRITER_PRESERVE ? self->mode : self->mode & ~umask;

  if (self->error != NULL || !look_at_target (self, flags, &mode))
    return;

  if (self->in_memory)
    {
      if (!wherry_writer_item_create (self, FALSE, &self->error)
          || !wherry_writer_item_write (self, self->content, self->size, &self->error))
        return;
      g_clear_pointer (&self->content, g_free);
    }
  else if (!self->named && !give_temp_name (self))
    {
      set_error (self, &self->error, WHERRY_LOCAL_PLACE, errno);
      return;
    }

  if (!set_attributes (self, mode))
    set_error (self, &self->error, WHERRY_LOCAL_ATTRIBUTES, errno);
  else
    (void) sync_file_range (self->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

/* wherry_writer_item_sync: waits until content, size, mode and times are on disk. */
void
wherry_writer_item_sync (WherryWriterItem *self)
{
  int result;

  if (self->error != NULL)
    return;
  do
    result = fsync (self->fd);
  while (result < 0 && errno == EINTR);
  /* Some FUSE file systems have no fsync at all; there is nothing to wait for then. */
  if (result < 0 && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
    set_error (self, &self->error, WHERRY_LOCAL_SYNC, errno);
}

/* wherry_writer_item_place: renames the synced file to its final name. */
void
wherry_writer_item_place (WherryWriterItem *self)
{
  struct stat st;

  if (self->error != NULL)
    return;

  gboolean known = fstat (self->fd, &st) == 0;
  /* Network file systems tell the last write errors here. EINTR: closed nevertheless, on Linux. */
  int fd = self->fd;
  self->fd = -1;
  if (close (fd) < 0 && errno != EINTR)
    {
      set_error (self, &self->error, WHERRY_LOCAL_WRITE, errno);
      return;
    }
  if (renameat (self->dir->fd, self->temp, self->dir->fd, self->name) < 0)
    {
      set_error (self, &self->error, WHERRY_LOCAL_PLACE, errno);
      return;
    }
  self->named = FALSE;
  self->placed = TRUE;
  self->dir->dirty = TRUE;
  if (known)
    wherry_number_set_add (&self->dir->inodes, st.st_ino);
}

/* wherry_writer_item_discard: leaves nothing of a file that failed. */
void
wherry_writer_item_discard (WherryWriterItem *self)
{
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
  if (self->named)
    (void) unlinkat (self->dir->fd, self->temp, 0);
  self->named = FALSE;
  g_clear_pointer (&self->content, g_free);
}
