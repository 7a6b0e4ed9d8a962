#include "config.h"

#include "transfer/wherry-download.h"

#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "local/wherry-writer.h"
#include "transfer/wherry-counter.h"
#include "transfer/wherry-receiver.h"
#include "transfer/wherry-remote-path.h"
#include "transfer/wherry-resume.h"
#include "transfer/wherry-verifier.h"

typedef struct {
  WherryJob *job;
  WherryWriter *writer;
  char *name;             /* (nullable): the top entry's name here, if not the server's */
  char *root;             /* (nullable): the top entry's path here, as the writer tells it */
  GHashTable *pending;    /* key here -> Pending, owned; behind the job's lock: on their way to the
                             disk */
  WherryRemotePath *path; /* of the folder at work, on the server */
  char *current;          /* (nullable): the path there of the file at work */
  GChecksum *checksum;    /* (nullable): of its content, if it is to be verified */
  gboolean suspending;    /* the current file stays half there */
  gboolean keep;          /* whether the current file's content is written */
  gboolean known;         /* whether the current file's bytes are counted already */
  guint discarded_levels; /* folders deep within one that can't be written */
  GError *fatal;          /* (nullable): behind the job's lock: what makes going on pointless */
} Download;

/* What the ledger knows an entry as; the writer knows where it is here. */
static const char *
get_key_here (Download *self, const char *path)
{
  if (!g_str_has_prefix (path, self->root))
    return "";
  path += strlen (self->root);
  while (*path == '/')
    path++;
  return path;
}

/* What is to be remembered of a file until it is in its place. */
typedef struct {
  char *key; /* in the ledger */
  gint64 mtime;
} Pending;

static void
pending_free (gpointer data)
{
  Pending *pending = data;

  g_free (pending->key);
  g_free (pending);
}

static void
keep_pending (Download *self,
              const char *key,
              const char *new_name,
              const WherryReceiverEvent *event)
{
  const char *slash = strrchr (key, '/');
  Pending *pending = g_new0 (Pending, 1);
  char *key_here = NULL;

  /* The top entry is known by "", whatever its name. */
  if (new_name == NULL || *key == '\0')
    key_here = g_strdup (key);
  else if (slash == NULL)
    key_here = g_strdup (new_name);
  else
    key_here = g_strdup_printf ("%.*s/%s", (int) (slash - key), key, new_name);
  pending->key = g_strdup (key);
  pending->mtime = event->has_times ? event->times.mtime : 0;
  g_mutex_lock (&self->job->lock);
  g_hash_table_replace (self->pending, key_here, pending);
  g_mutex_unlock (&self->job->lock);
}

/* Returns NULL for a folder. */
static Pending *
take_pending (Download *self, const char *key_here)
{
  char *kept_key = NULL;
  Pending *pending = NULL;

  g_mutex_lock (&self->job->lock);
  g_hash_table_steal_extended (self->pending, key_here, (gpointer *) &kept_key,
                               (gpointer *) &pending);
  g_mutex_unlock (&self->job->lock);
  g_free (kept_key);
  return pending;
}

static void
on_written (const char *path, guint64 size, const GError *error, gpointer user_data)
{
  Download *self = user_data;
  const char *key_here = get_key_here (self, path);
  Pending *pending = take_pending (self, key_here);
  const char *key = pending != NULL ? pending->key : key_here;

  if (pending != NULL && !self->suspending && !wherry_resume_survives (self->job, error))
    wherry_partials_remove (self->job->partials, key);
  if (error == NULL)
    wherry_job_entry_done (self->job, key, size, pending != NULL ? pending->mtime : 0);
  else
    wherry_job_fail_entry (self->job, key, path, error);
  g_clear_pointer (&pending, pending_free);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE))
    {
      g_mutex_lock (&self->job->lock);
      if (self->fatal == NULL)
        self->fatal = g_error_copy (error);
      g_mutex_unlock (&self->job->lock);
    }
}

static gboolean
is_disk_full (Download *self, GError **error)
{
  g_mutex_lock (&self->job->lock);
  GError *fatal = self->fatal != NULL ? g_error_copy (self->fatal) : NULL;
  g_mutex_unlock (&self->job->lock);

  if (fatal == NULL)
    return FALSE;
  g_propagate_error (error, fatal);
  return TRUE;
}

/* An entry that can't be written here. Its content still comes, and is dropped. */
static gboolean
fail_entry (Download *self, const char *name, const GError *entry_error, GError **error)
{
  g_autofree char *path = wherry_remote_path_append (self->path, name);

  wherry_job_fail (self->job, path, entry_error);
  if (!g_error_matches (entry_error, G_IO_ERROR, G_IO_ERROR_NO_SPACE))
    return TRUE;
  g_propagate_error (error, g_error_copy (entry_error));
  return FALSE;
}

static const char *
name_here (Download *self, const WherryReceiverEvent *event)
{
  gboolean top = wherry_remote_path_get_depth (self->path) == 0;
  return top && self->name != NULL ? self->name : event->name;
}

static gboolean
open_file (Download *self, const char *name, const WherryReceiverEvent *event, GError **error)
{
  WherryWriterTimes times = { event->times.mtime, event->times.atime };
  const WherryWriterTimes *known = event->has_times ? &times : NULL;
  const WherryResumePoint *point = event->rest;

  if (point == NULL)
    return wherry_writer_begin_file (self->writer, name, event->mode, event->size, known, error);

  g_autofree char *temporary = point->path != NULL ? g_path_get_basename (point->path) : NULL;
  WherryWriterRest rest = {
    .temporary = temporary, .offset = point->offset, .device = point->device, .inode = point->inode
  };
  return wherry_writer_begin_rest (self->writer, name, event->mode, event->size, known, &rest,
                                   error);
}

/* The checksum of what is to be verified is of all of it. */
static gboolean
hash_known (Download *self, const WherryResumePoint *point, GError **error)
{
  int fd = open (point->path != NULL ? point->path : point->copy_path,
                 O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  gboolean well = wherry_resume_hash (self->job, self->checksum, fd, point->offset, error);

  if (fd >= 0)
    close (fd);
  return well;
}

static gboolean
begin_file (Download *self, const WherryReceiverEvent *event, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autofree char *path = wherry_remote_path_append (self->path, event->name);

  self->keep = FALSE;
  self->known = FALSE;
  if (self->discarded_levels > 0)
    return TRUE;

  const char *key = wherry_job_get_key (self->job, path);
  if (wherry_remote_path_get_depth (self->path) == 0)
    wherry_job_set_totals (self->job, 1, event->size, TRUE);
  g_autofree char *new_name = NULL;
  switch (wherry_job_decide (self->job, path, name_here (self, event), event->size,
                             event->has_times ? event->times.mtime : 0, &new_name, error))
    {
    case WHERRY_JOB_ERROR:
      return FALSE;
    case WHERRY_JOB_SKIP:
      self->known = TRUE;
      /* A second one of that name is not the one that is in its place. */
      return wherry_writer_pass_over (self->writer, name_here (self, event), &local_error)
             || fail_entry (self, event->name, local_error, error);
    case WHERRY_JOB_COPY:
    default:
      break;
    }
  wherry_job_begin_entry (self->job, path);
  if (event->rest == NULL)
    wherry_resume_give_up_here (self->job, key, path);
  keep_pending (self, key, new_name, event);

  self->keep = open_file (self, new_name != NULL ? new_name : name_here (self, event), event,
                          &local_error);
  if (!self->keep)
    return fail_entry (self, event->name, local_error, error);
  if (event->rest != NULL)
    wherry_job_add_known_bytes (self->job, event->rest->offset);

  g_autofree char *temporary = wherry_writer_dup_temporary (self->writer);
  if (temporary != NULL)
    wherry_partials_add (self->job->partials, key, temporary, event->size, event->mtime);
  if (self->checksum != NULL)
    {
      g_checksum_reset (self->checksum);
      if (event->rest != NULL && !hash_known (self, event->rest, error))
        return FALSE;
      g_free (self->current);
      self->current = g_steal_pointer (&path);
    }
  return TRUE;
}

static void
end_file (Download *self, const WherryReceiverEvent *event)
{
  if (!self->keep)
    return;
  self->keep = FALSE;
  if (event->error != NULL)
    {
      wherry_writer_abort_file (self->writer, event->error);
      return;
    }
  if (self->checksum != NULL)
    wherry_verifier_add (self->job->verifier, wherry_job_get_key (self->job, self->current),
                         self->current, NULL, g_checksum_get_string (self->checksum));
  wherry_writer_commit_file (self->writer);
}

/* The key is that of the folder it is in and its name; the first one is the top entry. */
static gboolean
wants_folder (Download *self, const WherryReceiverEvent *event)
{
  g_autofree char *path = wherry_remote_path_append (self->path, event->name);
  gboolean top = wherry_remote_path_get_depth (self->path) == 0;

  return top || wherry_job_wants_folder (self->job, wherry_job_get_key (self->job, path));
}

static gboolean
begin_directory (Download *self, const WherryReceiverEvent *event, GError **error)
{
  WherryWriterTimes times = { event->times.mtime, event->times.atime };
  g_autoptr (GError) local_error = NULL;

  if (self->discarded_levels > 0)
    {
      self->discarded_levels++;
      return TRUE;
    }
  if (!wants_folder (self, event))
    {
      self->discarded_levels = 1;
      return TRUE;
    }

  if (!wherry_writer_begin_directory (self->writer, name_here (self, event), event->mode,
                                      event->has_times ? &times : NULL, &local_error))
    {
      self->discarded_levels = 1;
      return fail_entry (self, event->name, local_error, error);
    }
  wherry_remote_path_enter (self->path, event->name);
  return TRUE;
}

static void
end_directory (Download *self)
{
  if (self->discarded_levels > 0)
    {
      self->discarded_levels--;
      return;
    }
  wherry_writer_end_directory (self->writer);
  wherry_remote_path_leave (self->path);
}

static gboolean
consume (WherryReceiverEventType type,
         const WherryReceiverEvent *event,
         WherryChannel *channel,
         gpointer user_data,
         GError **error)
{
  Download *self = user_data;

  switch (type)
    {
    case WHERRY_RECEIVER_FILE:
      return !is_disk_full (self, error) && begin_file (self, event, error);

    case WHERRY_RECEIVER_DATA:
      if (self->keep)
        {
          if (self->checksum != NULL)
            g_checksum_update (self->checksum, event->data, (gssize) event->length);
          /* A file that can't be written any more is told of by on_written(). */
          self->keep = wherry_writer_write (self->writer, event->data, event->length, NULL);
          if (!self->keep && is_disk_full (self, error))
            return FALSE;
        }
      else if (self->known)
        return wherry_job_check (self->job, error);
      return wherry_job_add_bytes (self->job, channel, event->length, error);

    case WHERRY_RECEIVER_FILE_END:
      end_file (self, event);
      return TRUE;

    case WHERRY_RECEIVER_DIRECTORY:
      return begin_directory (self, event, error);

    case WHERRY_RECEIVER_DIRECTORY_END:
      end_directory (self);
      return TRUE;

    case WHERRY_RECEIVER_SKIPPED:
      wherry_remote_path_fail_skipped (self->path, self->job, event->name);
      return TRUE;

    case WHERRY_RECEIVER_PROBLEM:
      wherry_remote_path_fail (self->path, self->job, event->name, event->error);
      return TRUE;

    default:
      g_assert_not_reached ();
    }
}

static gboolean
is_folder (const char *path)
{
  struct stat st;
  return stat (path, &st) == 0 && S_ISDIR (st.st_mode);
}

/* Where it lands here, by cp(1)'s rule: in the target if that is a folder, else as the target. What
 * has no name of its own (`.`) becomes the target itself. */
static WherryWriter *
open_writer (Download *self, GError **error)
{
  const char *target = self->job->target->path;
  g_autofree char *source_name = wherry_endpoint_dup_name (self->job->source);
  gboolean slash = g_str_has_suffix (target, "/");
  WherryWriterFlags flags = (self->job->flags & WHERRY_TRANSFER_PRESERVE) ? WHERRY_WRITER_PRESERVE
                                                                          : WHERRY_WRITER_DEFAULT;
  gboolean into = (self->job->flags & WHERRY_TRANSFER_INTO) || slash;
  gboolean exists = is_folder (target);

  /* What is there now is what this job began. */
  if (self->job->lands_as_target)
    g_clear_pointer (&source_name, g_free);
  else
    self->job->lands_as_target = !exists && !into;

  self->root = g_strconcat (target, slash ? "" : "/", source_name, NULL);
  if (exists && source_name != NULL)
    return wherry_writer_new (target, flags, on_written, self, error);

  if (into && !exists)
    {
      g_autofree char *shown = wherry_text_display_name (target);
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _ ("There is no folder “%s”"), shown);
      return NULL;
    }

  /* A link that the person names is followed; one that the server names is not (rule R3). */
  g_autofree char *real = exists ? realpath (target, NULL) : NULL;
  g_autofree char *whole = g_canonicalize_filename (real != NULL ? real : target, NULL);
  g_autofree char *folder = g_path_get_dirname (whole);
  self->name = g_path_get_basename (whole);
  g_free (self->root);
  self->root = g_strdup (whole);
  return wherry_writer_new (folder, flags, on_written, self, error);
}

static void
prepare_writer (Download *self)
{
  WherryJob *job = self->job;
  g_autoptr (GPtrArray) partials = wherry_partials_dup_all (job->partials);

  if (job->keeps_partials)
    wherry_writer_keep_from (self->writer, WHERRY_PARTIAL_MIN);
  for (guint i = 0; i < partials->len; i++)
    wherry_writer_spare (self->writer, ((WherryPartial *) partials->pdata[i])->path);
  if (job->tag != 0)
    wherry_writer_set_tag (self->writer, job->tag, job->ran);
}

/* What the receiver stopped in the middle of is not there for the same reason. Unless nobody wants
 * it any more it stays half there. */
static void
end_current (Download *self, const GError *reason)
{
  self->suspending = reason != NULL && !g_atomic_int_get (&self->job->discards);
  if (!self->suspending || !wherry_writer_suspend_file (self->writer, reason))
    {
      self->suspending = FALSE;
      wherry_writer_abort_file (self->writer, reason);
    }
  self->suspending = FALSE;
}

/**
 * wherry_download_run:
 * @job: what to download where, and where to tell how it goes
 * @session: a connected session to the source's server
 * @error: why it ended; failures of single files go to the job
 *
 * Downloads a file or a tree. Blocks its thread until all is over and on disk.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_download_run (WherryJob *job, WherrySession *session, GError **error)
{
  Download self = { .job = job };
  gboolean ok = FALSE;

  self.pending = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, pending_free);
  if (job->verifier != NULL)
    self.checksum = g_checksum_new (G_CHECKSUM_SHA256);
  self.writer = open_writer (&self, error);
  if (self.writer != NULL)
    {
      prepare_writer (&self);
      WherryCounter *counter = wherry_counter_start_remote (job, session);
      self.path = wherry_remote_path_new (job->source->path);

      g_autoptr (GError) reason = NULL;
      ok = wherry_receiver_run (job, session, consume, &self, &reason);
      end_current (&self, reason);
      if (!ok)
        g_propagate_error (error, g_error_copy (reason));
      /* Files that came whole before a failure stay: they are committed either way. Cancelled at
       * the very end, what is not committed is not there. */
      if (!g_cancellable_is_cancelled (job->cancellable))
        ok = wherry_writer_finish (self.writer, job->cancellable, ok ? error : NULL) && ok;
      else if (ok)
        ok = wherry_job_check (job, error);

      wherry_counter_stop (counter);
    }

  g_clear_pointer (&self.writer, wherry_writer_free);
  g_clear_pointer (&self.path, wherry_remote_path_free);
  g_clear_error (&self.fatal);
  g_hash_table_unref (self.pending);
  g_clear_pointer (&self.checksum, g_checksum_free);
  g_free (self.current);
  g_free (self.name);
  g_free (self.root);
  return ok;
}
