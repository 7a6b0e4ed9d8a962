#include "config.h"

#include "transfer/wherry-relay.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-error.h"
#include "transfer/wherry-counter.h"
#include "transfer/wherry-receiver.h"
#include "transfer/wherry-remote-path.h"
#include "transfer/wherry-resume.h"
#include "transfer/wherry-uploader.h"
#include "transfer/wherry-verifier.h"

typedef struct {
  WherryJob *job;
  WherrySession *target;
  WherryUploader *uploader; /* (nullable): made at the first entry */
  WherryRemotePath *path;   /* of the folder at work, at the source */
  char *current;            /* (nullable): the path at the source of the file at work */
  GChecksum *checksum;      /* (nullable): of its content, if it is to be verified */
  gboolean sending;
  guint discarded_levels; /* folders deep within one the target refused */
} Relay;

static gboolean
ensure_uploader (Relay *self, gboolean tree, const char *new_name, GError **error)
{
  if (self->uploader != NULL)
    return TRUE;

  g_autofree char *name
      = new_name != NULL ? g_strdup (new_name) : wherry_endpoint_dup_name (self->job->source);

  /* What is there now is what this job began. */
  if (tree && self->job->lands_as_target)
    g_clear_pointer (&name, g_free);
  /* What the source server streams can't be asked for again, so nothing goes ahead of its reply. */
  self->uploader = wherry_uploader_new (self->target, self->job, name, tree, FALSE, error);
  return self->uploader != NULL;
}

static gboolean
begin_file (Relay *self, const WherryReceiverEvent *event, GError **error)
{
  self->sending = FALSE;
  if (self->discarded_levels > 0)
    return TRUE;

  g_autofree char *path = wherry_remote_path_append (self->path, event->name);
  g_autofree char *new_name = NULL;
  WherryJobVerdict decision = wherry_job_decide (self->job, path, event->name, event->size,
                                                 event->times.mtime, &new_name, error);
  if (decision != WHERRY_JOB_COPY)
    return decision == WHERRY_JOB_SKIP;
  if (!ensure_uploader (self, FALSE, new_name, error))
    return FALSE;
  wherry_job_begin_entry (self->job, path);
  if (wherry_remote_path_get_depth (self->path) == 0)
    wherry_job_set_totals (self->job, 1, event->size, TRUE);

  WherryUploaderVerdict verdict
      = wherry_uploader_begin_file (self->uploader, new_name != NULL ? new_name : event->name, path,
                                    event->mode & 0777, event->size, &event->times, NULL, 0, error);
  self->sending = verdict == WHERRY_UPLOADER_GO;
  if (self->checksum != NULL)
    {
      g_checksum_reset (self->checksum);
      g_free (self->current);
      self->current = g_steal_pointer (&path);
    }
  return verdict != WHERRY_UPLOADER_ERROR;
}

static gboolean
end_file (Relay *self, const WherryReceiverEvent *event, GError **error)
{
  if (!self->sending)
    return TRUE;
  self->sending = FALSE;
  if (event->error == NULL && self->checksum != NULL)
    {
      g_autofree char *there = wherry_uploader_dup_path (self->uploader);
      wherry_verifier_add (self->job->verifier, wherry_job_get_key (self->job, self->current),
                           self->current, there, g_checksum_get_string (self->checksum));
    }
  return wherry_uploader_end_file (self->uploader, event->error, error);
}

static gboolean
begin_directory (Relay *self, const WherryReceiverEvent *event, GError **error)
{
  if (self->discarded_levels > 0)
    {
      self->discarded_levels++;
      return TRUE;
    }
  if (!ensure_uploader (self, TRUE, NULL, error))
    return FALSE;

  g_autofree char *path = wherry_remote_path_append (self->path, event->name);
  if (wherry_remote_path_get_depth (self->path) > 0
      && !wherry_job_wants_folder (self->job, wherry_job_get_key (self->job, path)))
    {
      self->discarded_levels = 1;
      return TRUE;
    }
  switch (wherry_uploader_begin_directory (self->uploader, event->name, path, event->mode & 0777,
                                           &event->times, error))
    {
    case WHERRY_UPLOADER_ERROR:
      return FALSE;
    case WHERRY_UPLOADER_REFUSED:
      self->discarded_levels = 1;
      return TRUE;
    case WHERRY_UPLOADER_GO:
    default:
      wherry_remote_path_enter (self->path, event->name);
      return TRUE;
    }
}

static gboolean
end_directory (Relay *self, GError **error)
{
  if (self->discarded_levels > 0)
    {
      self->discarded_levels--;
      return TRUE;
    }
  wherry_remote_path_leave (self->path);
  return wherry_uploader_end_directory (self->uploader, error);
}

static gboolean
consume (WherryReceiverEventType type,
         const WherryReceiverEvent *event,
         WherryChannel *channel,
         gpointer user_data,
         GError **error)
{
  Relay *self = user_data;

  switch (type)
    {
    case WHERRY_RECEIVER_FILE:
      return begin_file (self, event, error);
    case WHERRY_RECEIVER_DATA:
      if (self->sending && self->checksum != NULL)
        g_checksum_update (self->checksum, event->data, (gssize) event->length);
      return !self->sending
             || wherry_uploader_send (self->uploader, event->data, event->length, error);
    case WHERRY_RECEIVER_FILE_END:
      return end_file (self, event, error);
    case WHERRY_RECEIVER_DIRECTORY:
      return begin_directory (self, event, error);
    case WHERRY_RECEIVER_DIRECTORY_END:
      return end_directory (self, error);
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

/**
 * wherry_relay_run:
 * @job: what to copy where, and where to tell how it goes
 * @source: a connected session to the source's server
 * @target: a connected session to the target's server; may be the same
 * @error: why it ended; failures of single files go to the job
 *
 * Copies a file or a tree from server to server through this machine's memory;
 * nothing is written to its disk. Blocks its thread until all is over.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_relay_run (WherryJob *job, WherrySession *source, WherrySession *target, GError **error)
{
  Relay self = { .job = job, .target = target };
  WherryCounter *counter = wherry_counter_start_remote (job, source);

  wherry_resume_tell_relayed (job);
  if (job->verifier != NULL)
    self.checksum = g_checksum_new (G_CHECKSUM_SHA256);
  self.path = wherry_remote_path_new (job->source->path);
  gboolean ok = wherry_receiver_run (job, source, consume, &self, error)
                && (self.uploader == NULL || wherry_uploader_finish (self.uploader, error));

  wherry_counter_stop (counter);
  wherry_uploader_free (self.uploader);
  g_clear_pointer (&self.checksum, g_checksum_free);
  g_free (self.current);
  wherry_remote_path_free (self.path);
  return ok;
}
