/* The rest of a file from a server with a shell: scp can only send the whole. */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-error.h"
#include "remote/wherry-remote-part.h"
#include "remote/wherry-remote-shell.h"
#include "remote/wherry-remote.h"
#include "transfer/wherry-receiver-private.h"

/* What start-up files may print before the content, in bytes. */
#define NOISE_MAX (64 * 1024)

typedef struct {
  WherryJob *job;
  WherrySession *session;
  WherryRemoteEntry *entry;
  WherryChannel *channel;
  WherryReceiverConsume consume;
  gpointer user_data;
  char *marker;   /* with its newline */
  GString *noise; /* (nullable): %NULL once the content began */
  guint64 left;   /* bytes */
  gboolean changed;
} Rest;

static void
set_changed (GError **error)
{
  g_set_error_literal (error, WHERRY_ERROR, WHERRY_ERROR_CHANGED,
                       _ ("The file changed on the server while it was read, so it was not "
                          "copied as a whole. Copy it again when nothing writes to it"));
}

/* Takes what stands before the content, and the marker. */
static gboolean
take_noise (Rest *self, const guint8 *data, gsize length, gsize *taken, GError **error)
{
  *taken = 0;
  while (*taken < length && self->noise != NULL)
    {
      g_string_append_c (self->noise, (char) data[(*taken)++]);
      if (self->noise->str[self->noise->len - 1] == '\n'
          && g_str_has_suffix (self->noise->str, self->marker))
        {
          g_string_free (self->noise, TRUE);
          self->noise = NULL;
        }
      else if (self->noise->len > NOISE_MAX)
        {
          g_set_error_literal (error, WHERRY_ERROR, WHERRY_ERROR_PROTOCOL,
                               _ ("The server prints text where a file should come"));
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
take_content (Rest *self, const guint8 *data, gsize length, GError **error)
{
  WherryReceiverEvent event = { .data = data, .length = (gsize) MIN (length, self->left) };

  if (length > self->left)
    self->changed = TRUE;
  if (event.length == 0)
    return TRUE;
  self->left -= event.length;
  return self->consume (WHERRY_RECEIVER_DATA, &event, self->channel, self->user_data, error);
}

static gboolean
receive (Rest *self, GError **error)
{
  while (!wherry_channel_is_input_ended (self->channel) && !self->changed)
    {
      gsize length, taken;
      const guint8 *data = wherry_channel_peek (self->channel, &length);

      if (data != NULL && length > 0)
        {
          gsize n = wherry_job_get_portion (self->job, length);
          if (!take_noise (self, data, n, &taken, error)
              || !take_content (self, data + taken, n - taken, error))
            return FALSE;
          wherry_channel_consume (self->channel, n);
          if (!wherry_job_check (self->job, error))
            return FALSE;
          continue;
        }

      g_autoptr (GError) local_error = NULL;
      wherry_channel_wait (self->channel, WHERRY_CHANNEL_READABLE, -1, self->job->cancellable,
                           &local_error);
      if (local_error != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }
    }
  if (self->changed)
    return TRUE;

  /* A connection that broke is another matter than a file that got shorter. */
  g_autoptr (GError) broken = NULL;
  wherry_channel_wait (self->channel, WHERRY_CHANNEL_EXITED, -1, self->job->cancellable, &broken);
  if (broken != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&broken));
      return FALSE;
    }
  self->changed = self->left > 0;
  return TRUE;
}

/* Whether the file is now what it was when its beginning was compared. */
static gboolean
is_same (Rest *self, WherryRemote *remote, GError **error)
{
  g_autoptr (WherryRemoteEntry) now
      = wherry_remote_stat (remote, self->job->source->path, TRUE, self->job->cancellable, error);

  if (now == NULL)
    return FALSE;
  if (!self->changed
      && wherry_remote_entry_get_size (now) == wherry_remote_entry_get_size (self->entry)
      && wherry_remote_entry_get_mtime (now) == wherry_remote_entry_get_mtime (self->entry))
    return TRUE;
  set_changed (error);
  return FALSE;
}

static gboolean
run (Rest *self, WherryRemote *remote, const WherryResumePoint *point, GError **error)
{
  g_autofree char *name = wherry_endpoint_dup_name (self->job->source);
  gint64 mtime = wherry_remote_entry_get_mtime (self->entry);
  guint64 size = (guint64) wherry_remote_entry_get_size (self->entry);
  WherryReceiverEvent begin = { .name = name,
                                .mode = 0644,
                                .size = size,
                                .has_times = (self->job->flags & WHERRY_TRANSFER_PRESERVE) != 0,
                                .times = { .mtime = mtime, .atime = mtime },
                                .mtime = mtime,
                                .rest = point };
  WherryReceiverEvent end = { 0 };
  g_autoptr (GError) failure = NULL;
  g_autofree char *marker = wherry_remote_new_marker ();
  g_autofree char *command
      = wherry_remote_part_make_read_command (self->job->source->path, point->offset, marker);

  if (wherry_remote_entry_get_mode (self->entry, &begin.mode))
    begin.mode &= 07777;
  self->left = size - point->offset;
  self->marker = g_strconcat (marker, "\n", NULL);
  self->noise = g_string_new (NULL);
  self->channel
      = wherry_session_exec_somewhere (self->session, command, self->job->cancellable, error);
  if (self->channel == NULL
      || !self->consume (WHERRY_RECEIVER_FILE, &begin, self->channel, self->user_data, error)
      || !receive (self, error))
    return FALSE;

  (void) is_same (self, remote, &failure);
  if (!wherry_session_is_connected (self->session) || !wherry_job_check (self->job, NULL))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  end.error = failure;
  return self->consume (WHERRY_RECEIVER_FILE_END, &end, self->channel, self->user_data, error);
}

/* Whether there may be anything to go on with, told without asking the server. */
static gboolean
is_likely (WherryJob *job)
{
  g_autoptr (WherryPartial) partial = wherry_partials_dup (job->partials, "");
  WherryFileFacts target;

  if (wherry_endpoint_is_remote (job->target))
    return FALSE;
  if (partial != NULL)
    return TRUE;
  return job->view != NULL && !job->fresh
         && (job->policy == WHERRY_CONFLICT_RESUME || job->policy == WHERRY_CONFLICT_ASK)
         && wherry_target_view_look_up (job->view, "", &target, NULL) && target.exists
         && !target.is_folder && target.size > 0;
}

/**
 * wherry_scp_receiver_run_rest:
 * @job: a job
 * @session: a connected session to its source's server
 * @consume: (scope call): takes the events
 * @user_data: for @consume
 * @ran: (out): whether there was something to go on with; if not, nothing was told
 *   to @consume
 * @error: why it ended early
 *
 * Has the rest of a single file sent by tail(1), if its beginning is here and that
 * can be made sure of.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_scp_receiver_run_rest (WherryJob *job,
                              WherrySession *session,
                              WherryReceiverConsume consume,
                              gpointer user_data,
                              gboolean *ran,
                              GError **error)
{
  *ran = FALSE;
  if (!is_likely (job))
    return TRUE;

  /* What can't be had here is had, or failed for, the ordinary way. */
  g_autoptr (WherryRemote) remote = wherry_remote_open (session, job->cancellable, NULL);
  g_autoptr (WherryRemoteEntry) entry
      = remote != NULL
            ? wherry_remote_stat (remote, job->source->path, TRUE, job->cancellable, NULL)
            : NULL;
  if (entry == NULL || wherry_remote_entry_get_file_type (entry) != G_FILE_TYPE_REGULAR
      || wherry_remote_entry_get_size (entry) < 0)
    return wherry_job_check (job, error);

  g_auto (WherryResumePoint) point = { 0 };
  if (!wherry_resume_find_here (job, session, "", job->source->path,
                                (guint64) wherry_remote_entry_get_size (entry),
                                wherry_remote_entry_get_mtime (entry), &point, error))
    return FALSE;
  if (point.offset == 0)
    return TRUE;

  Rest self = {
    .job = job, .session = session, .entry = entry, .consume = consume, .user_data = user_data
  };
  *ran = TRUE;
  gboolean well = run (&self, remote, &point, error);
  if (self.channel != NULL)
    wherry_channel_close (self.channel);
  g_clear_object (&self.channel);
  g_free (self.marker);
  if (self.noise != NULL)
    g_string_free (self.noise, TRUE);
  return well;
}
