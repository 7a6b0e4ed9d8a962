#include "transfer/wherry-counter.h"

#include "remote/wherry-remote-shell.h"

/* Entries between two looks at whether to go on, and between two tellings. */
#define STRIDE 256

struct _WherryCounter {
  WherryJob *job;
  WherrySession *session;    /* (nullable): of the server to measure on */
  GCancellable *cancellable; /* its own: the counting ends with the copying */
  GThread *thread;
};

static gpointer
count_local (gpointer data)
{
  WherryCounter *self = data;
  g_autoptr (WherryWalker) walker
      = wherry_walker_new (self->job->source->path, self->job->links, NULL);
  WherryWalkerEntry entry;
  WherryWalkerEntryType type;
  guint64 files = 0, bytes = 0;
  guint n = 0;

  while (walker != NULL && (type = wherry_walker_next (walker, &entry)) != WHERRY_WALKER_DONE)
    {
      if (type == WHERRY_WALKER_DIRECTORY
          && !wherry_job_wants_folder (self->job, wherry_job_get_key (self->job, entry.path)))
        wherry_walker_skip_directory (walker);
      if (type == WHERRY_WALKER_FILE)
        {
          files++;
          wherry_job_note (self->job, wherry_job_get_key (self->job, entry.path),
                           (guint64) entry.stat.st_size, WHERRY_FILE_WAITING);
          bytes += (guint64) entry.stat.st_size;
        }
      if (++n % STRIDE == 0)
        {
          if (g_cancellable_is_cancelled (self->cancellable))
            return NULL;
          wherry_job_set_totals (self->job, files, bytes, FALSE);
        }
    }
  wherry_job_set_totals (self->job, files, bytes, TRUE);
  return NULL;
}

static gpointer
count_remote (gpointer data)
{
  WherryCounter *self = data;
  guint64 files, bytes;

  if (wherry_remote_measure (self->session, self->job->source->path, &files, &bytes,
                             self->cancellable, NULL))
    wherry_job_set_totals (self->job, files, bytes, TRUE);
  return NULL;
}

static WherryCounter *
counter_new (WherryJob *job, WherrySession *session)
{
  WherryCounter *self = g_new0 (WherryCounter, 1);
  self->job = wherry_job_ref (job);
  self->cancellable = g_cancellable_new ();
  if (session != NULL)
    self->session = g_object_ref (session);
  self->thread
      = g_thread_new ("wherry-counter", session != NULL ? count_remote : count_local, self);
  return self;
}

/**
 * wherry_counter_start:
 * @job: a job whose source is on this machine
 *
 * Returns: (transfer full) (nullable): the counter; %NULL if the job wants none
 */
WherryCounter *
wherry_counter_start (WherryJob *job)
{
  return job->count_ahead ? counter_new (job, NULL) : NULL;
}

/**
 * wherry_counter_start_remote:
 * @job: a job whose source is on a server
 * @session: a connected session to that server
 *
 * Returns: (transfer full) (nullable): the counter; %NULL if the job wants none,
 *   or copies a single file, whose size the server tells anyway
 */
WherryCounter *
wherry_counter_start_remote (WherryJob *job, WherrySession *session)
{
  gboolean tree = (job->flags & WHERRY_TRANSFER_RECURSIVE) != 0;

  /* Dropbear may end the whole connection when the counting is broken off. Over SFTP the listing
   * that goes ahead tells as much. */
  if (wherry_session_get_server_kind (session) == WHERRY_SERVER_DROPBEAR
      || job->source_protocol == WHERRY_PROTOCOL_SFTP)
    return NULL;
  return job->count_ahead && tree ? counter_new (job, session) : NULL;
}

/**
 * wherry_counter_stop:
 * @self: (transfer full) (nullable): a counter
 *
 * Ends the counting, however far it is.
 */
void
wherry_counter_stop (WherryCounter *self)
{
  if (self == NULL)
    return;
  g_cancellable_cancel (self->cancellable);
  g_thread_join (self->thread);
  g_object_unref (self->cancellable);
  g_clear_object (&self->session);
  wherry_job_unref (self->job);
  g_free (self);
}
