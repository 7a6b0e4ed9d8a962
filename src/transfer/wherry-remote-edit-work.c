/*
 * The steps of an edit that wait: for the disk, or for the server.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "local/wherry-local-error.h"
#include "transfer/wherry-remote-edit-private.h"

/* Without a shell there a checksum brings all bytes here: for larger files size and time decide. */
#define CHECKSUM_MAX (16 * 1024 * 1024)

/* A file that is being written all the time is never whole. */
#define SNAPSHOT_TRIES 20
#define SNAPSHOT_PAUSE_US (50 * 1000)

/**
 * wherry_edit_work_free:
 * @self: (transfer full): a step
 */
void
wherry_edit_work_free (WherryEditWork *self)
{
  g_clear_object (&self->pool);
  g_clear_pointer (&self->login, wherry_login_free);
  g_clear_object (&self->session);
  g_clear_object (&self->remote);
  g_free (self->path);
  g_free (self->local);
  g_free (self->snapshot);
  g_free (self->base.checksum);
  g_free (self->checksum);
  g_free (self);
}

typedef struct {
  WherryEditWork *work;
  WherryEditStep step;
} Start;

static void
start_free (gpointer data)
{
  Start *start = data;

  g_clear_pointer (&start->work, wherry_edit_work_free);
  g_free (start);
}

static gpointer
work_thread (gpointer data)
{
  g_autoptr (GTask) task = data;
  Start *start = g_task_get_task_data (task);
  GError *error = NULL;

  if (start->step (start->work, g_task_get_cancellable (task), &error))
    g_task_return_pointer (task, g_steal_pointer (&start->work),
                           (GDestroyNotify) wherry_edit_work_free);
  else
    g_task_return_error (task, error);
  return NULL;
}

/**
 * wherry_edit_work_start:
 * @self: (transfer full): what is needed
 * @step: what to do
 * @cancellable: to give up
 * @callback: called when it is done
 * @user_data: for @callback
 *
 * Does one step on a thread of its own.
 */
void
wherry_edit_work_start (WherryEditWork *self,
                        WherryEditStep step,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Start *start = g_new0 (Start, 1);

  start->work = self;
  start->step = step;
  g_task_set_source_tag (task, wherry_edit_work_start);
  g_task_set_task_data (task, start, start_free);
  g_thread_unref (g_thread_new ("wherry-edit", work_thread, task));
}

/**
 * wherry_edit_work_finish:
 * @result: what the callback got
 * @error: return location for an error
 *
 * Returns: (transfer full): the step, done
 */
WherryEditWork *
wherry_edit_work_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static gboolean
ensure_remote (WherryEditWork *self, GCancellable *cancellable, GError **error)
{
  if (self->remote != NULL && wherry_session_is_connected (self->session))
    return TRUE;

  g_clear_object (&self->remote);
  g_clear_object (&self->session);
  self->session = wherry_session_pool_connect (self->pool, self->login, cancellable, error);
  if (self->session == NULL)
    return FALSE;
  self->remote = wherry_remote_open (self->session, cancellable, error);
  return self->remote != NULL;
}

/**
 * wherry_edit_work_prepare:
 * @self: a step
 * @cancellable: to give up
 * @error: it can't be edited
 *
 * Finds the file itself: to replace a link by a file is no edit.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_edit_work_prepare (WherryEditWork *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (WherryRemoteEntry) entry = NULL;
  g_autofree char *resolved = NULL;

  if (!ensure_remote (self, cancellable, error))
    return FALSE;
  resolved = wherry_remote_resolve (self->remote, self->path, cancellable, error);
  if (resolved == NULL)
    return FALSE;
  entry = wherry_remote_stat (self->remote, resolved, TRUE, cancellable, error);
  if (entry == NULL)
    return FALSE;
  if (wherry_remote_entry_get_file_type (entry) != G_FILE_TYPE_REGULAR)
    {
      g_autofree char *shown = wherry_text_display_name (self->path);
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
                   _ ("“%s” is not a file that can be edited"), shown);
      return FALSE;
    }
  g_free (self->path);
  self->path = g_steal_pointer (&resolved);
  return TRUE;
}

/* Copies a file, and computes its checksum on the way. */
static char *
copy_file (const char *from, const char *to, GError **error)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree char *buffer = g_malloc (256 * 1024);
  int in = open (from, O_RDONLY | O_CLOEXEC);
  int out = -1;
  gssize n = -1;

  if (in < 0)
    {
      wherry_local_set_error (error, WHERRY_LOCAL_OPEN, from, errno);
      return NULL;
    }
  if (to != NULL)
    {
      struct stat info;

      out = open (to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                  fstat (in, &info) == 0 ? info.st_mode & 0777 : 0600);
      if (out < 0)
        {
          wherry_local_set_error (error, WHERRY_LOCAL_CREATE, to, errno);
          close (in);
          return NULL;
        }
    }

  while ((n = read (in, buffer, 256 * 1024)) > 0)
    {
      g_checksum_update (checksum, (const guchar *) buffer, n);
      for (gssize done = 0; out >= 0 && done < n;)
        {
          gssize written = write (out, buffer + done, (size_t) (n - done));
          if (written < 0)
            {
              wherry_local_set_error (error, WHERRY_LOCAL_WRITE, to, errno);
              close (in);
              close (out);
              return NULL;
            }
          done += written;
        }
    }
  if (n < 0)
    wherry_local_set_error (error, WHERRY_LOCAL_READ, from, errno);
  close (in);
  if (out >= 0)
    close (out);
  return n < 0 ? NULL : g_strdup (g_checksum_get_string (checksum));
}

static gboolean
is_same_file (const struct stat *a, const struct stat *b)
{
  return a->st_ino == b->st_ino && a->st_size == b->st_size
         && a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* A copy of what was saved, taken while nobody writes to it: what an editor has only half written
 * must not reach the server. */
static gboolean
take_snapshot (WherryEditWork *self, GError **error)
{
  for (guint i = 0; i < SNAPSHOT_TRIES; i++)
    {
      struct stat before, after;

      g_clear_pointer (&self->checksum, g_free);
      if (stat (self->local, &before) == 0)
        {
          self->checksum = copy_file (self->local, self->snapshot, error);
          if (self->checksum == NULL)
            return FALSE;
          if (stat (self->local, &after) == 0 && is_same_file (&before, &after))
            return TRUE;
        }
      g_usleep (SNAPSHOT_PAUSE_US);
    }
  g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_CHANGED,
               _ ("“%s” changes all the time, so no whole version of it can be sent"), self->local);
  return FALSE;
}

/* The checksum of the server's file, if it is to be had at a fair price. */
static gboolean
get_remote_checksum (WherryEditWork *self,
                     gint64 size,
                     char **checksum,
                     GCancellable *cancellable,
                     GError **error)
{
  g_autoptr (GError) local_error = NULL;

  *checksum = NULL;
  if (wherry_remote_get_back_end (self->remote) == WHERRY_REMOTE_SFTP && size > CHECKSUM_MAX)
    return TRUE;
  *checksum = wherry_remote_checksum (self->remote, self->path, cancellable, &local_error);
  if (*checksum != NULL || wherry_session_is_connected (self->session))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

/* Compares what is on the server with what it was. */
static gboolean
compare_remote (WherryEditWork *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (WherryRemoteEntry) entry
      = wherry_remote_stat (self->remote, self->path, TRUE, cancellable, &local_error);
  g_autofree char *checksum = NULL;

  if (entry == NULL && g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    {
      self->verdict = WHERRY_EDIT_GONE;
      return TRUE;
    }
  if (entry == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }

  gint64 size = wherry_remote_entry_get_size (entry);
  gint64 mtime = wherry_remote_entry_get_mtime (entry);

  if (wherry_remote_entry_get_file_type (entry) != G_FILE_TYPE_REGULAR)
    {
      self->verdict = WHERRY_EDIT_CHANGED;
      return TRUE;
    }
  if (!get_remote_checksum (self, size, &checksum, cancellable, error))
    return FALSE;
  /* The connection broke after the file was in place, or somebody else did the same to it. */
  if (g_strcmp0 (checksum, self->checksum) == 0)
    {
      self->unchanged = TRUE;
      g_free (self->base.checksum);
      self->base
          = (WherryEditBase){ .checksum = g_strdup (checksum), .size = size, .mtime = mtime };
      return TRUE;
    }
  /* A file that was only touched is the same; one changed within a second has the same time. */
  if (checksum != NULL && self->base.checksum != NULL)
    self->verdict = g_ascii_strcasecmp (checksum, self->base.checksum) == 0 ? WHERRY_EDIT_SAME
                                                                            : WHERRY_EDIT_CHANGED;
  else
    self->verdict = size == self->base.size && mtime == self->base.mtime ? WHERRY_EDIT_SAME
                                                                         : WHERRY_EDIT_CHANGED;
  return TRUE;
}

/**
 * wherry_edit_work_learn:
 * @self: a step
 * @cancellable: to give up
 * @error: the file can't be read
 *
 * Takes what was fetched as the base. It bears the server's time.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_edit_work_learn (WherryEditWork *self, GCancellable *cancellable, GError **error)
{
  struct stat info;

  g_free (self->base.checksum);
  self->base.checksum = copy_file (self->local, NULL, error);
  if (self->base.checksum == NULL)
    return FALSE;
  if (stat (self->local, &info) == 0)
    {
      self->base.size = info.st_size;
      self->base.mtime = info.st_mtime;
    }
  return TRUE;
}

/**
 * wherry_edit_work_check:
 * @self: a step
 * @cancellable: to give up
 * @error: it can't be told
 *
 * Takes a snapshot of what was saved; if it is new, compares the server's file
 * with what that was.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_edit_work_check (WherryEditWork *self, GCancellable *cancellable, GError **error)
{
  if (!take_snapshot (self, error))
    return FALSE;
  self->unchanged = g_strcmp0 (self->checksum, self->base.checksum) == 0;
  self->verdict = WHERRY_EDIT_SAME;
  if (self->unchanged || !self->check_remote)
    return TRUE;
  return ensure_remote (self, cancellable, error) && compare_remote (self, cancellable, error);
}

/**
 * wherry_edit_work_confirm:
 * @self: a step
 * @cancellable: to give up
 * @error: it can't be told
 *
 * Takes what was sent as the base, with the time the server gave it.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_edit_work_confirm (WherryEditWork *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (WherryRemoteEntry) entry = NULL;
  struct stat info;

  if (!ensure_remote (self, cancellable, error))
    return FALSE;
  entry = wherry_remote_stat (self->remote, self->path, TRUE, cancellable, error);
  if (entry == NULL)
    return FALSE;
  g_free (self->base.checksum);
  self->base.checksum = g_strdup (self->checksum);
  self->base.size = stat (self->snapshot, &info) == 0 ? info.st_size : -1;
  self->base.mtime = wherry_remote_entry_get_mtime (entry);
  return TRUE;
}
