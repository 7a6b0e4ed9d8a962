#include "local/wherry-temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "local/wherry-local-error.h"

/* What an earlier process left may still be read by the program it was handed to. Seconds. */
#define STALE_AFTER (15 * 60)

/* A folder with this in it holds a person's work: only they throw it away. */
#define KEEP_NAME "keep"

static GMutex lock;
static char *own_folder; /* (nullable): this process's, behind the lock */

static char *
dup_parent (void)
{
  return g_build_filename (g_get_user_cache_dir (), "wherry", "passing", NULL);
}

/* A descriptor of a folder, locked; -1 if it is not there or another process has the lock. */
static int
lock_folder (const char *path, int operation)
{
  int fd = open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

  if (fd >= 0 && flock (fd, operation) != 0)
    {
      close (fd);
      fd = -1;
    }
  return fd;
}

/* The folder of this process, made and locked at the first call. */
static gboolean
ensure_own_folder (GError **error)
{
  g_autofree char *parent = dup_parent ();

  if (own_folder != NULL)
    return TRUE;
  if (g_mkdir_with_parents (parent, 0700) != 0)
    {
      wherry_local_set_error (error, WHERRY_LOCAL_CREATE, parent, errno);
      return FALSE;
    }

  /* Nobody clears up between the two steps: who does has this lock. */
  int parent_fd = lock_folder (parent, LOCK_EX);
  g_autofree char *path = g_build_filename (parent, "run-XXXXXX", NULL);
  gboolean made = g_mkdtemp (path) != NULL;
  int errno_value = errno;

  /* The descriptor stays open, and with it the lock stays, until the process ends. */
  if (made && lock_folder (path, LOCK_EX | LOCK_NB) >= 0)
    own_folder = g_steal_pointer (&path);
  else
    wherry_local_set_error (error, WHERRY_LOCAL_CREATE, parent, errno_value);
  if (parent_fd >= 0)
    close (parent_fd);
  return own_folder != NULL;
}

/**
 * wherry_temporary_new:
 * @error: return location for an error that names the path and the reason
 *
 * Any thread.
 *
 * Returns: (transfer full): the path of a new folder that only this account may
 *   enter
 */
char *
wherry_temporary_new (GError **error)
{
  g_autofree char *path = NULL;

  g_mutex_lock (&lock);
  if (ensure_own_folder (error))
    {
      path = g_build_filename (own_folder, "XXXXXX", NULL);
      if (g_mkdtemp (path) == NULL)
        {
          wherry_local_set_error (error, WHERRY_LOCAL_CREATE, own_folder, errno);
          g_clear_pointer (&path, g_free);
        }
    }
  g_mutex_unlock (&lock);
  return g_steal_pointer (&path);
}

/**
 * wherry_temporary_remove:
 * @folder: a folder, or a file
 *
 * Removes it with all in it. Links are removed, never followed. What can't be
 * removed stays. Any thread; reads the disk.
 */
void
wherry_temporary_remove (const char *folder)
{
  char *const roots[] = { (char *) folder, NULL };
  FTS *tree = fts_open (roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
  FTSENT *entry;

  if (tree == NULL)
    return;
  while ((entry = fts_read (tree)) != NULL)
    switch (entry->fts_info)
      {
      case FTS_D:
        /* A server's folder may come with rights that keep its owner out. */
        g_chmod (entry->fts_accpath, 0700);
        break;
      case FTS_DP:
        g_rmdir (entry->fts_accpath);
        break;
      default:
        g_unlink (entry->fts_accpath);
      }
  fts_close (tree);
}

/* A write lease is given for a file that nobody has open, but us. */
static gboolean
is_open_somewhere (const char *path)
{
  int fd = open (path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  gboolean is_open = FALSE;

  if (fd < 0)
    return FALSE;
  if (fcntl (fd, F_SETLEASE, F_WRLCK) == 0)
    fcntl (fd, F_SETLEASE, F_UNLCK);
  else
    is_open = errno == EAGAIN;
  close (fd);
  return is_open;
}

/**
 * wherry_temporary_is_in_use:
 * @folder: a folder
 *
 * Any thread; reads the disk. Where the file system knows no leases, nothing
 * seems to be in use.
 *
 * Returns: whether a program has a file in it open
 */
gboolean
wherry_temporary_is_in_use (const char *folder)
{
  char *const roots[] = { (char *) folder, NULL };
  FTS *tree = fts_open (roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
  gboolean in_use = FALSE;
  FTSENT *entry;

  if (tree == NULL)
    return FALSE;
  while (!in_use && (entry = fts_read (tree)) != NULL)
    in_use = entry->fts_info == FTS_F && is_open_somewhere (entry->fts_accpath);
  fts_close (tree);
  return in_use;
}

/**
 * wherry_temporary_make_keep:
 * @folder: a folder of wherry_temporary_new()
 *
 * Marks it as holding a person's work: neither wherry_temporary_remove_all() nor
 * a later process removes it.
 *
 * Returns: whether that worked
 */
gboolean
wherry_temporary_make_keep (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, KEEP_NAME, NULL);
  int fd = open (path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

  if (fd >= 0)
    close (fd);
  return fd >= 0;
}

/**
 * wherry_temporary_end_keep:
 * @folder: a folder of wherry_temporary_new()
 *
 * Takes the mark of wherry_temporary_make_keep() away.
 */
void
wherry_temporary_end_keep (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, KEEP_NAME, NULL);

  g_unlink (path);
}

/* Removes the folders in the folder of a process, but for those to be kept, and then that. */
static void
remove_run (const char *run)
{
  g_autoptr (GDir) dir = g_dir_open (run, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (run, name, NULL);
      g_autofree char *keep = g_build_filename (path, KEEP_NAME, NULL);

      if (!g_file_test (keep, G_FILE_TEST_EXISTS))
        wherry_temporary_remove (path);
    }
  g_rmdir (run);
}

/**
 * wherry_temporary_remove_stale:
 *
 * Removes what processes that ended left behind, a quarter of an hour after they
 * used it last. Any thread; reads the disk.
 */
void
wherry_temporary_remove_stale (void)
{
  g_autofree char *parent = dup_parent ();
  int parent_fd = lock_folder (parent, LOCK_EX | LOCK_NB);
  g_autoptr (GDir) dir = parent_fd >= 0 ? g_dir_open (parent, 0, NULL) : NULL;
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (parent, name, NULL);
      int fd = lock_folder (path, LOCK_EX | LOCK_NB);
      struct stat info;

      if (fd < 0)
        continue;
      if (fstat (fd, &info) == 0 && time (NULL) - info.st_mtime >= STALE_AFTER)
        remove_run (path);
      close (fd);
    }
  if (parent_fd >= 0)
    close (parent_fd);
}

/**
 * wherry_temporary_remove_all:
 *
 * At the end of the process: removes what it made, but for what is to be kept,
 * is in use, or was made so lately that it may be about to be. A later process
 * removes that.
 */
void
wherry_temporary_remove_all (void)
{
  g_mutex_lock (&lock);
  g_autoptr (GDir) dir = own_folder != NULL ? g_dir_open (own_folder, 0, NULL) : NULL;
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (own_folder, name, NULL);
      g_autofree char *keep = g_build_filename (path, KEEP_NAME, NULL);
      struct stat info;

      if (stat (path, &info) == 0 && time (NULL) - info.st_mtime >= STALE_AFTER
          && !g_file_test (keep, G_FILE_TEST_EXISTS) && !wherry_temporary_is_in_use (path))
        wherry_temporary_remove (path);
    }
  if (own_folder != NULL)
    g_rmdir (own_folder);
  g_mutex_unlock (&lock);
}
