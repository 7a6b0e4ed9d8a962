#include "config.h"

#include "local/wherry-writer-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "local/wherry-local-error.h"
#include "scp/wherry-scp.h"

/* Of the ancestors this many stay open; those further up are parked. */
#define OPEN_LEVELS 64

/* A large file is given to the disk in steps of so many bytes, so that the sync at its end is
 * short. */
#define FLUSH_STEP (8 * 1024 * 1024)

/* After so many bytes the free space is asked for again. */
#define FREE_GUESS_MAX (G_GUINT64_CONSTANT (256) * 1024 * 1024)

static guint32
read_umask (void)
{
  g_autofree char *status = NULL;
  const char *line;

  if (g_file_get_contents ("/proc/self/status", &status, NULL, NULL)
      && (line = strstr (status, "\nUmask:")) != NULL)
    return (guint32) g_ascii_strtoull (line + strlen ("\nUmask:"), NULL, 8) & 0777;

  /* For a moment other threads see the mask too: set the one that opens nothing to others. */
  mode_t mask = umask (077);
  umask (mask);
  return mask & 0777;
}

static WherryWriterDir *
current_dir (WherryWriter *self)
{
  return g_ptr_array_index (self->stack, self->stack->len - 1);
}

/**
 * wherry_writer_new:
 * @folder: path, as bytes, of an existing folder chosen by the person; symbolic
 *   links in it are followed
 * @flags: flags
 * @report: (scope notified): called for each file; see #WherryWriterReport
 * @user_data: data for @report; must live until wherry_writer_free() returned
 * @error: where to put an error
 *
 * Opens @folder and starts the writer's thread. Errors: the %G_IO_ERROR code of
 * what the system said about @folder.
 *
 * Returns: (transfer full) (nullable): a writer, or %NULL with @error set
 */
WherryWriter *
wherry_writer_new (const char *folder,
                   WherryWriterFlags flags,
                   WherryWriterReport report,
                   gpointer user_data,
                   GError **error)
{
  g_return_val_if_fail (folder != NULL, NULL);
  g_return_val_if_fail (report != NULL, NULL);

  WherryWriterDir *dir = wherry_writer_dir_open_folder (folder, error);
  if (dir == NULL)
    return NULL;

  WherryWriter *self = g_new0 (WherryWriter, 1);
  self->flags = flags;
  self->report = report;
  self->user_data = user_data;
  self->umask = read_umask ();
  self->spared = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->keep_from = G_MAXUINT64;
  self->stack = g_ptr_array_new_with_free_func ((GDestroyNotify) wherry_writer_dir_unref);
  g_ptr_array_add (self->stack, dir);
  g_queue_init (&self->queue);
  pthread_mutex_init (&self->lock, NULL);
  pthread_cond_init (&self->has_work, NULL);
  pthread_cond_init (&self->has_room, NULL);

  self->thread = g_thread_try_new ("wherry-writer", wherry_writer_commit_thread, self, error);
  if (self->thread == NULL)
    g_clear_pointer (&self, wherry_writer_free);
  return self;
}

/**
 * wherry_writer_set_tag:
 * @self: a writer that has not begun anything
 * @tag: what the names of its temporary files begin with; not 0
 * @sweep: whether a writer of the same tag may have been killed before: what it
 *   left under temporary names is removed from every folder that is entered
 *
 * The other half of such a name stays unguessable.
 */
void
wherry_writer_set_tag (WherryWriter *self, guint32 tag, gboolean sweep)
{
  g_return_if_fail (self->stack->len == 1 && tag != 0);

  current_dir (self)->tag = tag;
  self->sweeps = sweep;
  if (sweep)
    wherry_writer_dir_sweep (current_dir (self), self->spared);
}

/**
 * wherry_writer_keep_from:
 * @self: a writer
 * @size: bytes
 *
 * Has files of this size and larger be under a temporary name while they arrive,
 * so that they are there to be gone on with after any end, and when the disk is
 * full; see
 * wherry_writer_dup_temporary() and wherry_writer_suspend_file().
 */
void
wherry_writer_keep_from (WherryWriter *self, guint64 size)
{
  self->keep_from = size;
}

/**
 * wherry_writer_spare:
 * @self: a writer, before wherry_writer_set_tag()
 * @temporary: the path of a temporary file that is to be gone on with
 *
 * Has it stay when what a writer left behind is removed.
 */
void
wherry_writer_spare (WherryWriter *self, const char *temporary)
{
  g_hash_table_add (self->spared, g_path_get_basename (temporary));
}

/* A folder that stayed incomplete still gets its mode: left at 0700, not even a second copy would
 * mend it. */
static void
end_all (WherryWriter *self)
{
  wherry_writer_abort_file (self, NULL);
  while (self->stack->len > 1)
    {
      current_dir (self)->has_times = FALSE;
      wherry_writer_end_directory (self);
    }
}

/**
 * wherry_writer_free:
 * @self: (transfer full) (nullable): a writer
 *
 * Ends the writer's thread and frees the writer. What was not finished with
 * wherry_writer_finish() is given up: files not yet in place are reported with
 * %G_IO_ERROR_CANCELLED and leave nothing behind. May wait for a sync that the
 * disk is at work on.
 */
void
wherry_writer_free (WherryWriter *self)
{
  if (self == NULL)
    return;

  pthread_mutex_lock (&self->lock);
  self->aborting = TRUE;
  pthread_mutex_unlock (&self->lock);

  if (self->thread != NULL)
    {
      end_all (self);
      pthread_mutex_lock (&self->lock);
      self->closing = TRUE;
      pthread_cond_signal (&self->has_work);
      pthread_mutex_unlock (&self->lock);
      g_thread_join (self->thread);
    }

  g_assert (self->queue.length == 0);
  g_ptr_array_unref (self->stack);
  g_hash_table_unref (self->spared);
  pthread_mutex_destroy (&self->lock);
  pthread_cond_destroy (&self->has_work);
  pthread_cond_destroy (&self->has_room);
  g_free (self);
}

/* Names are judged here again although the sink did: the folder's safety must not hang on another
 * room. */
static gboolean
claim_name (WherryWriter *self, const char *name, GError **error)
{
  WherryWriterDir *dir = current_dir (self);

  if (wherry_text_check_name (name, strlen (name)) != WHERRY_NAME_OK)
    {
      g_autofree char *shown = wherry_text_display_name (name);
      g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_REFUSED_NAME,
                   _ ("The name “%s” is not accepted for a file here"), shown);
      return FALSE;
    }
  if (dir->fd < 0)
    {
      g_autofree char *shown = wherry_text_display_name (dir->path);
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   _ ("The folder “%s” was moved or removed while it was written to"), shown);
      return FALSE;
    }
  if (!wherry_number_set_add (&dir->names, wherry_number_set_hash_name (name)))
    {
      g_autofree char *shown = wherry_text_display_name (name);
      g_autofree char *where = wherry_text_display_name (dir->path);
      g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_CONFLICT,
                   /* Translators: the first %s is a file name, the second a folder. */
                   _ ("“%s” came twice for the folder “%s”; only the first one is kept"), shown,
                   where);
      return FALSE;
    }
  return TRUE;
}

static gboolean
check_space (WherryWriter *self, const char *name, guint64 size, GError **error)
{
  WherryWriterDir *dir = current_dir (self);
  struct statvfs vfs;

  if (size <= self->free_guess)
    {
      self->free_guess -= size;
      return TRUE;
    }

  /* Some network file systems don't know how large they are. */
  if (fstatvfs (dir->fd, &vfs) < 0 || vfs.f_blocks == 0)
    return TRUE;

  guint64 available = (guint64) vfs.f_bavail * vfs.f_frsize;
  if (size <= available)
    {
      self->free_guess = MIN ((available - size) / 2, FREE_GUESS_MAX);
      return TRUE;
    }

  g_autofree char *shown = wherry_text_display_name (name);
  g_autofree char *where = wherry_text_display_name (dir->path);
  g_autofree char *needed = g_format_size (size);
  g_autofree char *missing = g_format_size (size - available);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
               /* Translators: a file name, its size, a folder, and the size that is missing. */
               _ ("“%s” takes %s, but the disk of “%s” is short of %s: free that much or choose "
                  "another folder"),
               shown, needed, where, missing);
  return FALSE;
}

static void
set_times (WherryWriter *self, const WherryWriterTimes *times, gboolean *has, WherryWriterTimes *to)
{
  *has = times != NULL && (self->flags & WHERRY_WRITER_PRESERVE);
  if (*has)
    *to = *times;
}

/**
 * wherry_writer_begin_directory:
 * @self: a writer, no file being open
 * @name: the directory's name as bytes
 * @mode: its permission bits; only & 0777 is used (rule R4)
 * @times: (nullable): its times, used with %WHERRY_WRITER_PRESERVE only
 * @error: where to put an error
 *
 * Makes the directory @name in the current one, or takes the one that is there,
 * and makes it the current one. A new one has mode 0700 until its end. One that
 * is there keeps its mode and times, except with %WHERRY_WRITER_PRESERVE.
 *
 * Errors: %WHERRY_ERROR_REFUSED_NAME, %WHERRY_ERROR_CONFLICT (the name came
 * before in this directory, or a file or symbolic link has it),
 * %WHERRY_ERROR_TOO_DEEP, and the codes of %G_IO_ERROR. They are not reported
 * otherwise. On error the current directory stays as it was: the entries of the
 * refused one are to be passed over, without wherry_writer_end_directory().
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_writer_begin_directory (WherryWriter *self,
                               const char *name,
                               guint32 mode,
                               const WherryWriterTimes *times,
                               GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (name != NULL, FALSE);
  g_return_val_if_fail (self->current == NULL, FALSE);

  gboolean preserve = (self->flags & WHERRY_WRITER_PRESERVE) != 0;

  if (self->stack->len > WHERRY_SCP_DEPTH_MAX)
    {
      g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_TOO_DEEP,
                   _ ("Folders are nested more than %d deep"), WHERRY_SCP_DEPTH_MAX);
      return FALSE;
    }
  if (!claim_name (self, name, error))
    return FALSE;

  WherryWriterDir *dir = wherry_writer_dir_enter (current_dir (self), name, preserve, error);
  if (dir == NULL)
    return FALSE;

  dir->mode |= preserve ? mode & 0777 : mode & 0777 & ~self->umask;
  set_times (self, times, &dir->has_times, &dir->times);
  g_ptr_array_add (self->stack, dir);
  if (!dir->made_here && self->sweeps)
    wherry_writer_dir_sweep (dir, self->spared);
  if (dir->made_here)
    wherry_writer_push (self, wherry_writer_item_new (WHERRY_WRITER_ITEM_NEW_DIRECTORY, dir));
  /* All of them each time: some could not be parked yet when it was their turn. */
  for (guint i = 0; i + OPEN_LEVELS < self->stack->len; i++)
    wherry_writer_dir_park (g_ptr_array_index (self->stack, i));
  return TRUE;
}

/**
 * wherry_writer_end_directory:
 * @self: a writer, no file being open
 *
 * Ends the current directory. Once all in it is in place, it gets its mode and
 * times; if that fails, it is reported.
 */
void
wherry_writer_end_directory (WherryWriter *self)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (self->current == NULL);
  g_return_if_fail (self->stack->len > 1);

  WherryWriterDir *dir = wherry_writer_dir_ref (current_dir (self));

  g_ptr_array_set_size (self->stack, (int) self->stack->len - 1);
  wherry_number_set_clear (&dir->names);
  wherry_writer_dir_unpark (current_dir (self), dir);
  if (dir->made_here || (self->flags & WHERRY_WRITER_PRESERVE))
    wherry_writer_push (self, wherry_writer_item_new (WHERRY_WRITER_ITEM_END_DIRECTORY, dir));
  wherry_writer_dir_unref (dir);
}

/* Whether files without a name can be had in the directory, and can be given one later (needs
 * /proc). */
static gboolean
can_be_nameless (WherryWriter *self, WherryWriterDir *dir)
{
  if (self->tmpfile_known && self->tmpfile_device == dir->device)
    return self->tmpfile_works;

  int fd = openat (dir->fd, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
  self->tmpfile_works = FALSE;
  if (fd >= 0)
    {
      g_autofree char *proc_path = g_strdup_printf ("/proc/self/fd/%d", fd);
      struct stat st, seen;
      self->tmpfile_works = fstat (fd, &st) == 0 && stat (proc_path, &seen) == 0
                            && st.st_dev == seen.st_dev && st.st_ino == seen.st_ino;
      close (fd);
    }
  self->tmpfile_device = dir->device;
  self->tmpfile_known = TRUE;
  return self->tmpfile_works;
}

/* @rest: (nullable): what there is of it */
static gboolean
begin_file (WherryWriter *self,
            const char *name,
            guint32 mode,
            guint64 size,
            const WherryWriterTimes *times,
            const WherryWriterRest *rest,
            GError **error)
{
  guint64 offset = rest != NULL ? rest->offset : 0;
  gboolean stays = rest != NULL || size >= self->keep_from;

  if (!claim_name (self, name, error) || !check_space (self, name, size - offset, error))
    return FALSE;

  WherryWriterDir *dir = current_dir (self);
  WherryWriterItem *item = wherry_writer_item_new (WHERRY_WRITER_ITEM_FILE, dir);
  item->name = g_strdup (name);
  item->mode = mode & 0777;
  item->size = size;
  set_times (self, times, &item->has_times, &item->times);

  item->in_memory = size <= WHERRY_WRITER_SMALL_MAX && !stays;
  if (item->in_memory)
    item->content = g_malloc (size);
  else if (rest != NULL
               ? !wherry_writer_item_reopen (item, rest, error)
               : !wherry_writer_item_create (item, !stays && can_be_nameless (self, dir), error))
    {
      wherry_writer_item_free (item);
      return FALSE;
    }

  self->current = item;
  self->in_file = TRUE;
  self->n_written = offset;
  self->n_flushed = offset;
  return TRUE;
}

/**
 * wherry_writer_begin_file:
 * @self: a writer, no file being open
 * @name: the file's name as bytes
 * @mode: its permission bits; only & 0777 is used (rule R4)
 * @size: its size in bytes
 * @times: (nullable): its times, used with %WHERRY_WRITER_PRESERVE only
 * @error: where to put an error
 *
 * Begins the file @name in the current directory. After success one of
 * wherry_writer_commit_file() and wherry_writer_abort_file() must follow, unless
 * wherry_writer_write() failed; the file is reported exactly once.
 *
 * What has the name already is replaced on commit if it is a file, a FIFO or a
 * symbolic link (the link, not what it leads to). A folder, device or socket is
 * a %WHERRY_ERROR_CONFLICT, told by the report.
 *
 * Errors: %WHERRY_ERROR_REFUSED_NAME, %WHERRY_ERROR_CONFLICT (the name came
 * before in this directory), %G_IO_ERROR_NO_SPACE (@size does not fit on the
 * disk) and other codes of %G_IO_ERROR. They are not reported otherwise; the
 * file's content is to be passed over.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_writer_begin_file (WherryWriter *self,
                          const char *name,
                          guint32 mode,
                          guint64 size,
                          const WherryWriterTimes *times,
                          GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (name != NULL, FALSE);
  g_return_val_if_fail (self->current == NULL, FALSE);

  return begin_file (self, name, mode, size, times, NULL, error);
}

/**
 * wherry_writer_begin_rest:
 * @self: a writer, no file being open
 * @name: the file's name as bytes
 * @mode: its permission bits; only & 0777 is used (rule R4)
 * @size: its size in bytes
 * @times: (nullable): its times, used with %WHERRY_WRITER_PRESERVE only
 * @rest: what there is of it
 * @error: where to put an error
 *
 * Like wherry_writer_begin_file() for a file whose beginning is there: what is
 * written comes behind that.
 *
 * Errors: also %WHERRY_ERROR_CHANGED, if what was there is not there any more.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_writer_begin_rest (WherryWriter *self,
                          const char *name,
                          guint32 mode,
                          guint64 size,
                          const WherryWriterTimes *times,
                          const WherryWriterRest *rest,
                          GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (name != NULL && rest != NULL, FALSE);
  g_return_val_if_fail (self->current == NULL, FALSE);
  g_return_val_if_fail (rest->offset <= size, FALSE);

  return begin_file (self, name, mode, size, times, rest, error);
}

/**
 * wherry_writer_dup_temporary:
 * @self: a writer
 *
 * Returns: (transfer full) (nullable): the path of the temporary file that the
 *   current file can be gone on with from; %NULL if it can't
 */
char *
wherry_writer_dup_temporary (WherryWriter *self)
{
  const WherryWriterItem *item = self->current;

  if (item == NULL || !item->named || item->size < self->keep_from)
    return NULL;
  return g_build_filename (item->dir->path, item->temp, NULL);
}

/**
 * wherry_writer_pass_over:
 * @self: a writer, no file being open
 * @name: the name of a file in the current directory, as bytes
 * @error: where to put an error
 *
 * Takes note of a file that stays as it is: no other may come under its name.
 *
 * Errors: %WHERRY_ERROR_REFUSED_NAME, %WHERRY_ERROR_CONFLICT (the name came
 * before in this directory) and %G_IO_ERROR_NOT_FOUND.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_writer_pass_over (WherryWriter *self, const char *name, GError **error)
{
  g_return_val_if_fail (self != NULL && name != NULL, FALSE);
  g_return_val_if_fail (self->current == NULL, FALSE);

  return claim_name (self, name, error);
}

/* Ends the current file as failed. @error stays the caller's. */
static void
fail_current (WherryWriter *self, const GError *error)
{
  WherryWriterItem *item = g_steal_pointer (&self->current);

  item->error = g_error_copy (error);
  /* A full disk takes more once there is room. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE) && item->size >= self->keep_from)
    item->named = FALSE;
  wherry_writer_item_discard (item);
  wherry_writer_tell (self, item);
  wherry_writer_item_free (item);
}

static gboolean
store (WherryWriter *self, const guint8 *data, gsize length, GError **error)
{
  WherryWriterItem *item = self->current;

  if (length > item->size - self->n_written)
    {
      g_autofree char *shown = wherry_text_display_name (item->name);
      g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_PROTOCOL,
                   _ ("More content came for “%s” than was announced"), shown);
      return FALSE;
    }
  if (item->in_memory)
    {
      if (length > 0)
        memcpy (item->content + self->n_written, data, length);
      self->n_written += length;
      return TRUE;
    }

  if (!wherry_writer_item_write (item, data, length, error))
    return FALSE;
  self->n_written += length;
  if (self->n_written - self->n_flushed >= FLUSH_STEP)
    {
      (void) sync_file_range (item->fd, (off_t) self->n_flushed,
                              (off_t) (self->n_written - self->n_flushed), SYNC_FILE_RANGE_WRITE);
      self->n_flushed = self->n_written;
    }
  return TRUE;
}

/**
 * wherry_writer_write:
 * @self: a writer, a file being open
 * @data: (array length=length): content of the file
 * @length: its length in bytes
 * @error: where to put an error
 *
 * Appends to the current file. On error the file is given up and reported;
 * nothing is left of it. Further content for it is ignored with success, and
 * wherry_writer_commit_file() and wherry_writer_abort_file() do nothing; they
 * may as well be left out.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_writer_write (WherryWriter *self, const guint8 *data, gsize length, GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (self->in_file, FALSE);

  g_autoptr (GError) local_error = NULL;

  if (self->current == NULL || store (self, data, length, &local_error))
    return TRUE;
  fail_current (self, local_error);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

/**
 * wherry_writer_commit_file:
 * @self: a writer, a file being open
 *
 * Ends the current file as complete: once it is on disk it gets its final name
 * and is reported. A file of which not all announced bytes were written is
 * given up instead. Does nothing for a file that failed already.
 *
 * May wait, while the disk is far behind.
 */
void
wherry_writer_commit_file (WherryWriter *self)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (self->in_file);

  self->in_file = FALSE;
  if (self->current == NULL)
    return;

  if (self->n_written != self->current->size)
    {
      g_autofree char *shown = wherry_text_display_name (self->current->name);
      g_autoptr (GError) error
          = g_error_new (WHERRY_ERROR, WHERRY_ERROR_INCOMPLETE,
                         _ ("Not all of the content of “%s” came; it is not kept"), shown);
      fail_current (self, error);
      return;
    }
  wherry_writer_push (self, g_steal_pointer (&self->current));
}

/**
 * wherry_writer_abort_file:
 * @self: a writer
 * @reason: (nullable): why the file is not kept; %NULL for
 *   %G_IO_ERROR_CANCELLED
 *
 * Ends the current file, if there is one, as failed: it is reported with
 * @reason, and nothing is left of it. What had its name before stays.
 */
void
wherry_writer_abort_file (WherryWriter *self, const GError *reason)
{
  g_return_if_fail (self != NULL);

  g_autoptr (GError) cancelled = NULL;

  self->in_file = FALSE;
  if (self->current == NULL)
    return;
  if (reason == NULL)
    cancelled = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Cancelled"));
  fail_current (self, reason != NULL ? reason : cancelled);
}

/**
 * wherry_writer_suspend_file:
 * @self: a writer
 * @reason: why the file does not go on
 *
 * Ends the current file, if there is one, as failed, and has what is there of it
 * stay, if wherry_writer_dup_temporary() names it. It is reported with @reason.
 *
 * Returns: whether it stays
 */
gboolean
wherry_writer_suspend_file (WherryWriter *self, const GError *reason)
{
  g_return_val_if_fail (self != NULL && reason != NULL, FALSE);

  g_autofree char *temporary = wherry_writer_dup_temporary (self);

  if (temporary != NULL)
    self->current->named = FALSE;
  wherry_writer_abort_file (self, reason);
  return temporary != NULL;
}

static void
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  WherryWriter *self = user_data;

  pthread_mutex_lock (&self->lock);
  pthread_cond_broadcast (&self->has_room);
  pthread_mutex_unlock (&self->lock);
}

/**
 * wherry_writer_finish:
 * @self: a writer
 * @cancellable: (nullable): ends the waiting
 * @error: where to put an error
 *
 * Waits until everything committed is on disk and in place, or failed, and
 * everything was reported. A file or directories left open, as when the
 * connection broke, are ended first: the file as failed, the directories with
 * their mode but not their times.
 *
 * The only error is %G_IO_ERROR_CANCELLED: what happened to each file was told
 * by the report. After it, wherry_writer_free() gives up what is left.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_writer_finish (WherryWriter *self, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);

  gulong handler = 0;
  gboolean done;

  end_all (self);

  if (cancellable != NULL)
    handler = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), self, NULL);
  pthread_mutex_lock (&self->lock);
  while (!(done = self->queue.length == 0 && !self->busy)
         && !g_cancellable_is_cancelled (cancellable))
    pthread_cond_wait (&self->has_room, &self->lock);
  pthread_mutex_unlock (&self->lock);
  if (handler != 0)
    g_cancellable_disconnect (cancellable, handler);

  if (!done)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Cancelled"));
  return done;
}
