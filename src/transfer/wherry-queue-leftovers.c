/*
 * What cancelled transfers left half there on servers that could not be reached
 * then. Nobody is asked for a password because of that, and nothing is waited
 * for: it is remembered, over restarts too, and removed once a transfer has a
 * connection to that server.
 */
#include <string.h>

#include "remote/wherry-remote-part.h"
#include "transfer/wherry-queue-private.h"
#include "transfer/wherry-resume.h"
#include "transfer/wherry-transfer-private.h"

/* How long a server may take, in milliseconds. */
#define LIMIT_MS 20000

/* What is done on a thread. */
typedef struct {
  WherryJob *job;     /* (nullable): what is half there of it is removed */
  GPtrArray *places;  /* element-type WherryEndpoint: what is to be removed; what could not be */
  GPtrArray *removed; /* element-type WherryEndpoint */
  WherrySessionPool *pool;
} Work;

static void
work_free (gpointer data)
{
  Work *self = data;

  g_clear_pointer (&self->job, wherry_job_unref);
  g_ptr_array_unref (self->places);
  g_ptr_array_unref (self->removed);
  g_object_unref (self->pool);
  g_free (self);
}

static GPtrArray *
new_places (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) wherry_endpoint_free);
}

static Work *
work_new (WherryQueue *queue)
{
  Work *self = g_new0 (Work, 1);

  self->places = new_places ();
  self->removed = new_places ();
  self->pool = g_object_ref (wherry_scheduler_get_pool (queue->scheduler));
  return self;
}

/* A journal that somebody else wrote has no other files removed. */
static gboolean
is_ours (const WherryEndpoint *place)
{
  const char *slash = strrchr (place->path, '/');

  return wherry_endpoint_is_remote (place)
         && g_str_has_prefix (slash != NULL ? slash + 1 : place->path, ".wherry-");
}

static gboolean
on_limit (gpointer user_data)
{
  g_cancellable_cancel (user_data);
  return G_SOURCE_REMOVE;
}

static void
remove_places (Work *self, GCancellable *limit)
{
  for (guint i = 0; i < self->places->len;)
    {
      const WherryEndpoint *place = self->places->pdata[i];
      g_autoptr (WherrySession) session
          = wherry_session_pool_dup_connected (self->pool, place->login);

      if (session != NULL && !g_cancellable_is_cancelled (limit))
        wherry_remote_part_remove (session, place->path, limit);
      if (session == NULL || g_cancellable_is_cancelled (limit)
          || !wherry_session_is_connected (session))
        i++;
      else
        g_ptr_array_add (self->removed, g_ptr_array_steal_index (self->places, i));
    }
}

/* What could not be removed becomes a place of its own. */
static void
discard (Work *self, GCancellable *limit)
{
  const WherryEndpoint *target = self->job->target;
  g_autoptr (WherrySession) session
      = wherry_endpoint_is_remote (target)
            ? wherry_session_pool_dup_connected (self->pool, target->login)
            : NULL;

  wherry_resume_discard_all (self->job, session, limit);
  g_autoptr (GPtrArray) left = wherry_partials_dup_all (self->job->partials);
  for (guint i = 0; i < left->len; i++)
    {
      const WherryPartial *partial = left->pdata[i];

      g_ptr_array_add (self->places, wherry_endpoint_new_remote (target->login, partial->path));
      wherry_partials_remove (self->job->partials, partial->key);
    }
}

static void
work_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Work *self = task_data;
  g_autoptr (GCancellable) limit = g_cancellable_new ();
  g_autoptr (GSource) timer = g_timeout_source_new (LIMIT_MS);

  g_source_set_callback (timer, on_limit, g_object_ref (limit), g_object_unref);
  g_source_attach (timer, NULL);
  if (self->job != NULL)
    discard (self, limit);
  else
    remove_places (self, limit);
  g_source_destroy (timer);
  g_task_return_boolean (task, TRUE);
}

static void
on_worked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  WherryQueue *self = WHERRY_QUEUE (source);
  Work *work = g_task_get_task_data (G_TASK (result));

  for (guint i = 0; i < work->places->len; i++)
    {
      const WherryEndpoint *place = work->places->pdata[i];

      if (work->job != NULL && self->journal != NULL)
        wherry_journal_write_leftover (self->journal, place, TRUE);
      g_ptr_array_add (self->leftovers, wherry_endpoint_copy (place));
    }
  for (guint i = 0; i < work->removed->len && self->journal != NULL; i++)
    wherry_journal_write_leftover (self->journal, work->removed->pdata[i], FALSE);
}

static void
start (WherryQueue *self, Work *work)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, on_worked, NULL);

  g_task_set_task_data (task, work, work_free);
  g_task_run_in_thread (task, work_in_thread);
}

/* wherry_queue_clean_up: removes what is half there of a transfer that was cancelled and does not
 * run; of one that runs its thread does, and what that can't remove is seen to when it is over. */
void
wherry_queue_clean_up (WherryQueue *self, WherryTransfer *transfer)
{
  if (transfer->thread != NULL || wherry_partials_is_empty (transfer->job->partials))
    return;

  Work *work = work_new (self);
  work->job = wherry_job_ref (transfer->job);
  start (self, work);
}

/* wherry_queue_tidy: removes what was left on the servers that a transfer has a connection to. */
void
wherry_queue_tidy (WherryQueue *self, WherryTransfer *transfer)
{
  const WherryEndpoint *ends[]
      = { wherry_transfer_get_source (transfer), wherry_transfer_get_target (transfer) };
  Work *work = NULL;

  for (guint i = self->leftovers->len; i > 0; i--)
    for (gsize j = 0; j < G_N_ELEMENTS (ends); j++)
      {
        const WherryEndpoint *place = self->leftovers->pdata[i - 1];

        if (!wherry_endpoint_is_remote (ends[j])
            || !wherry_login_equal (place->login, ends[j]->login))
          continue;
        if (work == NULL)
          work = work_new (self);
        g_ptr_array_add (work->places, g_ptr_array_steal_index (self->leftovers, i - 1));
        break;
      }
  if (work != NULL)
    start (self, work);
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherryQueue) self = user_data;
  g_autoptr (GPtrArray) places = wherry_journal_records_finish (result, NULL);

  for (guint i = 0; places != NULL && i < places->len; i++)
    if (is_ours (places->pdata[i]))
      g_ptr_array_add (self->leftovers, wherry_endpoint_copy (places->pdata[i]));
}

/* wherry_queue_load_leftovers: remembers those of the runs of the program before. */
void
wherry_queue_load_leftovers (WherryQueue *self)
{
  wherry_journal_load_leftovers_async (self->journal, on_loaded, g_object_ref (self));
}
