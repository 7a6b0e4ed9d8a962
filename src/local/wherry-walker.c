#include "config.h"

#include "local/wherry-walker-private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "local/wherry-local-error.h"
#include "scp/wherry-scp.h"

/* Of the folders on the way down this many stay open; those further up are parked. */
#define OPEN_LEVELS 64

#define OPEN_FLAGS (O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)

/* From this size on reading ahead is worth a call. */
#define SEQUENTIAL_MIN (1024 * 1024)

/* A folder on the way down. */
typedef struct {
  DIR *stream; /* (nullable): %NULL while parked or lost */
  dev_t device;
  ino_t inode;
  gsize path_length; /* of the folder's own path */
  gboolean via_link; /* so that its ".." is not the folder above it here */
  gboolean over;
  GQueue *rest;   /* (nullable): owned names left to yield, once it was parked */
  int rest_errno; /* what ended the reading of these */
} Frame;

struct _WherryWalker {
  WherryWalkerLinks links;
  char *start;
  char *start_name;
  struct stat start_stat;
  gsize root_length; /* where the path below the root begins in @path */
  gboolean started;
  GArray *frames; /* of Frame */
  int root_fd;    /* -1 if the root is a file */
  GString *path;

  /* Of the entry yielded last. */
  char *name;
  GError *error;
  gboolean is_file;
  int link_fd; /* O_PATH, if a link led to the file */
};

static Frame *
top (WherryWalker *self)
{
  return self->frames->len > 0 ? &g_array_index (self->frames, Frame, self->frames->len - 1) : NULL;
}

static void
frame_clear (Frame *frame)
{
  g_clear_pointer (&frame->stream, closedir);
  if (frame->rest != NULL)
    g_queue_free_full (frame->rest, g_free);
  frame->rest = NULL;
}

/**
 * wherry_walker_new:
 * @path: path of a file or folder, as bytes; symbolic links in it are followed
 * @links: what becomes of symbolic links found in the tree
 * @error: where to put an error
 *
 * Begins a walk. Errors: the %G_IO_ERROR code of what the system said about
 * @path (not found, a folder that may not be read), %WHERRY_ERROR_SKIPPED if it
 * is neither a file nor a folder. A file that may not be read is told by
 * wherry_walker_open().
 *
 * The name of the first entry is the last part of @path as it is written: for
 * "/" or a path ending in "." or ".." the caller has to find a better one.
 *
 * Returns: (transfer full) (nullable): a walker, or %NULL with @error set
 */
WherryWalker *
wherry_walker_new (const char *path, WherryWalkerLinks links, GError **error)
{
  g_return_val_if_fail (path != NULL, NULL);

  struct stat st;
  int fd = -1;

  /* Looked at first: opening a device may do something. */
  if (stat (path, &st) < 0
      || (S_ISDIR (st.st_mode)
          && ((fd = open (path, OPEN_FLAGS | O_DIRECTORY)) < 0 || fstat (fd, &st) < 0)))
    {
      wherry_local_set_error (error, WHERRY_LOCAL_OPEN, path, errno);
      if (fd >= 0)
        close (fd);
      return NULL;
    }
  if (!S_ISDIR (st.st_mode) && !S_ISREG (st.st_mode))
    {
      g_autofree char *shown = wherry_text_display_name (path);
      g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_SKIPPED,
                   _ ("“%s” is neither a file nor a folder"), shown);
      return NULL;
    }

  WherryWalker *self = g_new0 (WherryWalker, 1);
  self->links = links;
  self->start = g_strdup (path);
  self->start_name = g_path_get_basename (path);
  self->start_stat = st;
  self->frames = g_array_new (FALSE, TRUE, sizeof (Frame));
  self->root_fd = fd;
  self->path = g_string_new (path);
  self->link_fd = -1;
  return self;
}

/**
 * wherry_walker_free:
 * @self: (transfer full) (nullable): a walker
 *
 * Ends the walk.
 */
void
wherry_walker_free (WherryWalker *self)
{
  if (self == NULL)
    return;

  for (guint i = 0; i < self->frames->len; i++)
    frame_clear (&g_array_index (self->frames, Frame, i));
  g_array_unref (self->frames);
  if (self->root_fd >= 0)
    close (self->root_fd);
  if (self->link_fd >= 0)
    close (self->link_fd);
  g_clear_error (&self->error);
  g_string_free (self->path, TRUE);
  g_free (self->name);
  g_free (self->start_name);
  g_free (self->start);
  g_free (self);
}

static char *
next_name (Frame *frame, int *errno_value)
{
  struct dirent *entry;

  *errno_value = 0;
  if (frame->rest != NULL)
    {
      char *name = g_queue_pop_head (frame->rest);
      if (name == NULL)
        *errno_value = frame->rest_errno;
      return name;
    }

  do
    {
      errno = 0;
      entry = readdir (frame->stream);
  } while (entry != NULL
           && (strcmp (entry->d_name, ".") == 0 || strcmp (entry->d_name, "..") == 0));
  if (entry != NULL)
    return g_strdup (entry->d_name);
  *errno_value = errno;
  return NULL;
}

/* Closes a far ancestor, so that deep trees don't use up the process's fds (1,024 by default).
   Places in a directory are not sure to survive that, so the names left are kept instead. */
static void
park (Frame *frame)
{
  int errno_value;
  char *name;

  if (frame->stream == NULL)
    return;
  GQueue *rest = g_queue_new ();
  while ((name = next_name (frame, &errno_value)) != NULL)
    g_queue_push_tail (rest, name);
  if (frame->rest != NULL)
    g_queue_free_full (frame->rest, g_free);
  frame->rest = rest;
  frame->rest_errno = errno_value;
  g_clear_pointer (&frame->stream, closedir);
}

/* Opens a parked folder again from below, by identity and not by a path. */
static void
unpark (Frame *frame, Frame *child)
{
  struct stat st;

  if (frame->stream != NULL || child->stream == NULL)
    return;
  int fd = openat (dirfd (child->stream), "..", OPEN_FLAGS | O_DIRECTORY);
  if (fd < 0)
    return;
  if (fstat (fd, &st) == 0 && st.st_dev == frame->device && st.st_ino == frame->inode)
    frame->stream = fdopendir (fd);
  if (frame->stream == NULL)
    close (fd);
}

static gboolean
is_on_the_way (WherryWalker *self, const struct stat *st)
{
  for (guint i = 0; i < self->frames->len; i++)
    {
      Frame *frame = &g_array_index (self->frames, Frame, i);
      if (frame->inode == st->st_ino && frame->device == st->st_dev)
        return TRUE;
    }
  return FALSE;
}

/* Makes an opened folder the current one; takes @fd. */
static gboolean
push (WherryWalker *self, int fd, const struct stat *st, gboolean via_link, GError **error)
{
  DIR *stream = NULL;

  if (is_on_the_way (self, st))
    {
      g_autofree char *shown = wherry_text_display_name (self->path->str);
      g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_SKIPPED,
                   _ ("“%s” leads back to a folder it lies in"), shown);
    }
  else if (self->frames->len >= WHERRY_SCP_DEPTH_MAX)
    {
      g_autofree char *shown = wherry_text_display_name (self->path->str);
      g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_TOO_DEEP,
                   _ ("“%s” lies more than %d folders deep"), shown, WHERRY_SCP_DEPTH_MAX);
    }
  else if ((stream = fdopendir (fd)) == NULL)
    wherry_local_set_error (error, WHERRY_LOCAL_READ, self->path->str, errno);

  if (stream == NULL)
    {
      close (fd);
      return FALSE;
    }

  Frame frame = {
    .stream = stream,
    .device = st->st_dev,
    .inode = st->st_ino,
    .path_length = self->path->len,
    .via_link = via_link,
  };
  g_array_append_val (self->frames, frame);
  if (self->frames->len > OPEN_LEVELS)
    {
      guint i = self->frames->len - OPEN_LEVELS - 1;
      if (!g_array_index (self->frames, Frame, i + 1).via_link)
        park (&g_array_index (self->frames, Frame, i));
    }
  return TRUE;
}

static void
pop (WherryWalker *self)
{
  guint n = self->frames->len;
  Frame *frame = top (self);

  if (n > 1)
    unpark (&g_array_index (self->frames, Frame, n - 2), frame);
  frame_clear (frame);
  g_array_set_size (self->frames, n - 1);
}

static WherryWalkerEntryType
yield (WherryWalker *self, WherryWalkerEntryType type, WherryWalkerEntry *entry)
{
  const char *slash = strrchr (self->path->str, '/');

  entry->path = self->path->str;
  if (self->path->len <= strlen (self->start))
    entry->name = self->start_name;
  else
    entry->name = slash != NULL ? slash + 1 : self->path->str;
  entry->error = self->error;
  self->is_file = type == WHERRY_WALKER_FILE;
  return type;
}

static void
set_special (WherryWalker *self, mode_t mode)
{
  g_autofree char *shown = wherry_text_display_name (self->path->str);

  if (S_ISSOCK (mode))
    g_set_error (&self->error, WHERRY_ERROR, WHERRY_ERROR_SKIPPED,
                 _ ("“%s” is a socket, which can’t be copied"), shown);
  else if (S_ISFIFO (mode))
    g_set_error (&self->error, WHERRY_ERROR, WHERRY_ERROR_SKIPPED,
                 _ ("“%s” is a pipe, which can’t be copied"), shown);
  else
    g_set_error (&self->error, WHERRY_ERROR, WHERRY_ERROR_SKIPPED,
                 _ ("“%s” is a device, which can’t be copied"), shown);
}

/* Opens the folder the path stands at. What is opened counts, not what was there a moment ago. */
static WherryWalkerEntryType
enter (WherryWalker *self, int directory_fd, WherryWalkerEntry *entry)
{
  gboolean via_link = self->link_fd >= 0;
  int fd = via_link ? openat (self->link_fd, ".", OPEN_FLAGS | O_DIRECTORY)
                    : openat (directory_fd, self->name, OPEN_FLAGS | O_DIRECTORY | O_NOFOLLOW);

  if (via_link)
    {
      int errno_value = errno;
      close (self->link_fd);
      self->link_fd = -1;
      errno = errno_value;
    }
  if (fd < 0 || fstat (fd, &entry->stat) < 0)
    {
      wherry_local_set_error (&self->error, WHERRY_LOCAL_OPEN, self->path->str, errno);
      if (fd >= 0)
        close (fd);
      return yield (self, WHERRY_WALKER_SKIPPED, entry);
    }
  if (!push (self, fd, &entry->stat, via_link, &self->error))
    return yield (self, WHERRY_WALKER_SKIPPED, entry);
  return yield (self, WHERRY_WALKER_DIRECTORY, entry);
}

static WherryWalkerEntryType
visit (WherryWalker *self, int directory_fd, WherryWalkerEntry *entry)
{
  if (fstatat (directory_fd, self->name, &entry->stat, AT_SYMLINK_NOFOLLOW) < 0)
    {
      wherry_local_set_error (&self->error, WHERRY_LOCAL_READ, self->path->str, errno);
      return yield (self, WHERRY_WALKER_SKIPPED, entry);
    }

  if (S_ISLNK (entry->stat.st_mode))
    {
      self->link_fd
          = wherry_walker_resolve_link (self->root_fd, directory_fd, self->name, self->path->str,
                                        self->path->str + self->root_length, self->links,
                                        &self->error);
      if (self->link_fd < 0)
        return yield (self, WHERRY_WALKER_SKIPPED, entry);
      if (fstat (self->link_fd, &entry->stat) < 0)
        {
          wherry_local_set_error (&self->error, WHERRY_LOCAL_READ, self->path->str, errno);
          return yield (self, WHERRY_WALKER_SKIPPED, entry);
        }
    }

  if (S_ISDIR (entry->stat.st_mode))
    return enter (self, directory_fd, entry);
  if (S_ISREG (entry->stat.st_mode))
    return yield (self, WHERRY_WALKER_FILE, entry);
  set_special (self, entry->stat.st_mode);
  return yield (self, WHERRY_WALKER_SKIPPED, entry);
}

static WherryWalkerEntryType
start (WherryWalker *self, WherryWalkerEntry *entry)
{
  self->started = TRUE;
  entry->stat = self->start_stat;
  if (self->root_fd < 0)
    return yield (self, WHERRY_WALKER_FILE, entry);

  self->root_length = self->path->len;
  if (!g_str_has_suffix (self->start, "/"))
    self->root_length++;

  int fd = fcntl (self->root_fd, F_DUPFD_CLOEXEC, 0);
  if (fd < 0)
    {
      wherry_local_set_error (&self->error, WHERRY_LOCAL_OPEN, self->start, errno);
      return yield (self, WHERRY_WALKER_SKIPPED, entry);
    }
  if (!push (self, fd, &self->start_stat, FALSE, &self->error))
    return yield (self, WHERRY_WALKER_SKIPPED, entry);
  return yield (self, WHERRY_WALKER_DIRECTORY, entry);
}

static void
forget_entry (WherryWalker *self)
{
  g_clear_pointer (&self->name, g_free);
  g_clear_error (&self->error);
  if (self->link_fd >= 0)
    close (self->link_fd);
  self->link_fd = -1;
  self->is_file = FALSE;
}

/**
 * wherry_walker_next:
 * @self: a walker
 * @entry: (out caller-allocates): what was found; valid until the next call
 *
 * Goes on to the next entry. Every %WHERRY_WALKER_DIRECTORY has its
 * %WHERRY_WALKER_DIRECTORY_END, with the same path, unless
 * wherry_walker_skip_directory() was called. A link that is followed bears its
 * own name and its target's stat. Names may hold any bytes, newlines included.
 *
 * Returns: the kind of entry; %WHERRY_WALKER_DONE at the end, and ever after
 */
WherryWalkerEntryType
wherry_walker_next (WherryWalker *self, WherryWalkerEntry *entry)
{
  g_return_val_if_fail (self != NULL, WHERRY_WALKER_DONE);
  g_return_val_if_fail (entry != NULL, WHERRY_WALKER_DONE);

  int errno_value = 0;

  forget_entry (self);
  memset (entry, 0, sizeof *entry);
  if (!self->started)
    return start (self, entry);

  Frame *frame = top (self);
  if (frame == NULL)
    return WHERRY_WALKER_DONE;

  g_string_truncate (self->path, frame->path_length);
  if (!frame->over && frame->stream == NULL)
    {
      g_autofree char *shown = wherry_text_display_name (self->path->str);
      frame->over = TRUE;
      g_set_error (&self->error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   _ ("The folder “%s” was moved or removed while it was read"), shown);
      return yield (self, WHERRY_WALKER_SKIPPED, entry);
    }

  if (!frame->over)
    self->name = next_name (frame, &errno_value);
  if (errno_value != 0)
    {
      frame->over = TRUE;
      wherry_local_set_error (&self->error, WHERRY_LOCAL_READ, self->path->str, errno_value);
      return yield (self, WHERRY_WALKER_SKIPPED, entry);
    }
  if (self->name == NULL)
    {
      pop (self);
      return yield (self, WHERRY_WALKER_DIRECTORY_END, entry);
    }

  if (self->path->str[self->path->len - 1] != '/')
    g_string_append_c (self->path, '/');
  g_string_append (self->path, self->name);
  return visit (self, dirfd (frame->stream), entry);
}

static int
open_entry (WherryWalker *self)
{
  if (self->link_fd >= 0)
    return wherry_walker_reopen (self->link_fd, OPEN_FLAGS);
  if (self->frames->len == 0)
    return open (self->start, OPEN_FLAGS);
  return openat (dirfd (top (self)->stream), self->name, OPEN_FLAGS | O_NOFOLLOW);
}

/**
 * wherry_walker_open:
 * @self: a walker whose last entry was %WHERRY_WALKER_FILE
 * @now: (out) (optional): stat of the opened file, which counts from here on:
 *   size and mode may have changed since wherry_walker_next()
 * @error: where to put an error
 *
 * Opens the file yielded last for reading. May be called more than once. Errors:
 * %WHERRY_ERROR_CHANGED if it is no regular file any more, and the codes of
 * %G_IO_ERROR.
 *
 * Returns: an fd to be closed by the caller, or -1 with @error set
 */
int
wherry_walker_open (WherryWalker *self, struct stat *now, GError **error)
{
  g_return_val_if_fail (self != NULL, -1);
  g_return_val_if_fail (self->is_file, -1);

  struct stat st;
  int fd = open_entry (self);
  /* ELOOP and ENXIO: a link or a socket took its place. */
  gboolean changed = fd < 0 && (errno == ELOOP || errno == ENXIO);

  if (!changed && (fd < 0 || fstat (fd, &st) < 0))
    {
      wherry_local_set_error (error, WHERRY_LOCAL_OPEN, self->path->str, errno);
      if (fd >= 0)
        close (fd);
      return -1;
    }
  if (changed || !S_ISREG (st.st_mode))
    {
      g_autofree char *shown = wherry_text_display_name (self->path->str);
      g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_CHANGED,
                   _ ("“%s” is not the file any more that it was when the folder was read"), shown);
      if (fd >= 0)
        close (fd);
      return -1;
    }

  if (st.st_size >= SEQUENTIAL_MIN)
    (void) posix_fadvise (fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  if (now != NULL)
    *now = st;
  return fd;
}

/**
 * wherry_walker_skip_directory:
 * @self: a walker
 *
 * Passes over what is left of the innermost directory that was begun. No
 * %WHERRY_WALKER_DIRECTORY_END is yielded for it. Does nothing when no directory
 * is open. To be called after wherry_walker_next() yielded
 * %WHERRY_WALKER_DIRECTORY, or an entry in that directory.
 */
void
wherry_walker_skip_directory (WherryWalker *self)
{
  g_return_if_fail (self != NULL);

  forget_entry (self);
  if (self->frames->len > 0)
    pop (self);
}
