/* Whether an entry is copied in this run, and under which name. */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "transfer/wherry-job.h"

/* Names that are tried for a file whose own is taken. */
#define NAMES_TRIED 1000

/* What was decided on a file before its turn. */
typedef struct {
  WherryJobVerdict verdict;
  WherryConflictPolicy chosen;
  char *new_name; /* (nullable) */
} Decision;

void
wherry_job_decision_free (gpointer data)
{
  Decision *decision = data;

  g_free (decision->new_name);
  g_free (decision);
}

static void
count_known (WherryJob *self, guint64 size)
{
  g_mutex_lock (&self->lock);
  self->files_done++;
  self->files_known++;
  self->bytes_done += size;
  self->bytes_known += size;
  self->bytes_placed += size;
  g_mutex_unlock (&self->lock);
}

/**
 * wherry_job_skip:
 * @self: a job
 * @size: the size in bytes of a file that is left out
 *
 * Counts an entry that is not copied, as it was asked for.
 */
void
wherry_job_skip (WherryJob *self, guint64 size)
{
  g_mutex_lock (&self->lock);
  self->files_skipped++;
  self->bytes_done += size;
  self->bytes_known += size;
  self->bytes_placed += size;
  g_mutex_unlock (&self->lock);
}

/**
 * wherry_job_wants_file:
 * @self: a job
 * @key: a file's key
 * @size: its size in bytes
 * @mtime: its modification time in seconds; 0: not known
 *
 * Asked once a run of each file, before it is sent. One that is done already is
 * counted as such.
 *
 * Returns: whether to copy it in this run
 */
gboolean
wherry_job_wants_file (WherryJob *self, const char *key, guint64 size, gint64 mtime)
{
  if (wherry_ledger_is_done (self->ledger, key, size, mtime))
    {
      count_known (self, size);
      wherry_job_note (self, key, size, WHERRY_FILE_DONE);
      return FALSE;
    }
  if (self->filter != NULL && !wherry_filter_takes (self->filter, key, FALSE))
    {
      wherry_job_skip (self, size);
      wherry_job_note (self, key, size, WHERRY_FILE_LEFT_OUT);
      return FALSE;
    }
  return wherry_ledger_is_wanted (self->ledger, key, FALSE);
}

/**
 * wherry_job_wants_folder:
 * @self: a job
 * @key: a folder's key
 *
 * Returns: whether there may be something in it to copy in this run
 */
gboolean
wherry_job_wants_folder (WherryJob *self, const char *key)
{
  if (self->filter != NULL && !wherry_filter_takes (self->filter, key, TRUE))
    return FALSE;
  return wherry_ledger_is_wanted (self->ledger, key, TRUE);
}

/**
 * wherry_job_look:
 * @self: a job that begins to run
 * @session: (nullable): a connected session to the target's server, if it is one
 * @error: the server can't be asked, or it was cancelled
 *
 * Finds out what stands at the target, if anything depends on it.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_job_look (WherryJob *self, WherrySession *session, GError **error)
{
  g_autofree char *name = wherry_endpoint_dup_name (self->source);

  g_clear_pointer (&self->view, wherry_target_view_free);
  if (self->policy == WHERRY_CONFLICT_OVERWRITE && !self->ran)
    return TRUE;

  g_autoptr (GError) local_error = NULL;
  self->view
      = wherry_target_view_new (self->target, name, session, self->cancellable, &local_error);
  if (self->view == NULL)
    {
      /* A server that can't be asked has no names that could be seen as taken. */
      if (session != NULL && wherry_session_is_connected (session)
          && !g_cancellable_is_cancelled (self->cancellable))
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (!self->ran)
    {
      g_mutex_lock (&self->lock);
      self->fresh = wherry_target_view_is_fresh (self->view);
      g_mutex_unlock (&self->lock);
    }
  return TRUE;
}

/* By -p the very times are there, so that a file of an interrupted run is known again. */
static gboolean
is_identical (WherryJob *self, const WherryFileFacts *source, const WherryFileFacts *target)
{
  return self->ran && (self->flags & WHERRY_TRANSFER_PRESERVE) && target->size == source->size
         && target->mtime != 0 && target->mtime == source->mtime;
}

static WherryJobVerdict
take_as_done (WherryJob *self, const char *key, const WherryFileFacts *source)
{
  wherry_ledger_add_done (self->ledger, key, (guint64) source->size, source->mtime);
  count_known (self, (guint64) source->size);
  wherry_job_note (self, key, (guint64) source->size, WHERRY_FILE_DONE);
  return WHERRY_JOB_SKIP;
}

static gboolean
ask (WherryJob *self,
     const char *key,
     const char *path,
     const WherryFileFacts *source,
     const WherryFileFacts *target,
     WherryConflictPolicy *policy,
     GError **error)
{
  WherryConflictAnswer answer;

  if (self->asker == NULL)
    {
      *policy = WHERRY_CONFLICT_ASK;
      return TRUE;
    }

  g_autofree char *target_path = wherry_target_view_dup_path (self->view, key);
  g_autofree char *name = g_path_get_basename (path);
  WherryConflict conflict = { .name = wherry_text_display_name (name),
                              .source_path = wherry_text_display_name (path),
                              .target_path = wherry_text_display_name (target_path),
                              .source = *source,
                              .target = *target };
  g_atomic_int_inc (&self->n_asking);
  gboolean decided
      = wherry_conflict_prompter_ask (self->asker, &conflict, &answer, self->cancellable, error);
  (void) g_atomic_int_dec_and_test (&self->n_asking);
  g_free (conflict.name);
  g_free (conflict.source_path);
  g_free (conflict.target_path);
  if (!decided)
    return FALSE;

  *policy = answer.policy;
  /* A single file is not asked about again in another run. */
  if (answer.for_all || *key == '\0')
    {
      g_mutex_lock (&self->lock);
      self->policy = answer.policy;
      g_mutex_unlock (&self->lock);
    }
  return TRUE;
}

static void
fail_taken (WherryJob *self, const char *path)
{
  wherry_job_fail_literal (self, path, WHERRY_ERROR, WHERRY_ERROR_CONFLICT,
                           _ ("A file of this name is there already, and it is not known whether "
                              "to replace it"));
}

/* A name that is free, or has the very file from a run before. */
static WherryJobVerdict
find_name (WherryJob *self,
           const char *key,
           const char *path,
           const char *name,
           const WherryFileFacts *source,
           char **new_name,
           GError **error)
{
  if (*key == '\0' && wherry_target_view_is_named (self->view))
    {
      fail_taken (self, path);
      return WHERRY_JOB_SKIP;
    }

  for (guint i = 2; i < NAMES_TRIED; i++)
    {
      g_autofree char *candidate = wherry_conflict_make_name (name, i);
      WherryFileFacts facts;

      if (!wherry_target_view_look_beside (self->view, key, candidate, &facts, error))
        return WHERRY_JOB_ERROR;
      if (facts.exists && is_identical (self, source, &facts))
        return take_as_done (self, key, source);
      if (!facts.exists && wherry_target_view_claim (self->view, key, candidate))
        {
          *new_name = g_steal_pointer (&candidate);
          return WHERRY_JOB_COPY;
        }
    }
  fail_taken (self, path);
  return WHERRY_JOB_SKIP;
}

static WherryJobVerdict
decide (WherryJob *self,
        const char *path,
        const char *name,
        guint64 size,
        gint64 mtime,
        char **new_name,
        GError **error)
{
  const char *key = wherry_job_get_key (self, path);
  WherryFileFacts source = { .exists = TRUE, .size = (gint64) size, .mtime = mtime };
  WherryConflictPolicy policy = self->policy;
  WherryFileFacts target;

  self->chosen = WHERRY_CONFLICT_OVERWRITE;
  if (!wherry_job_wants_file (self, key, size, mtime))
    return WHERRY_JOB_SKIP;
  if (self->view == NULL)
    return WHERRY_JOB_COPY;
  if (!wherry_target_view_look_up (self->view, key, &target, error))
    return WHERRY_JOB_ERROR;
  /* What is said of a folder in the way, the driver knows best. */
  if (!target.exists || target.is_folder)
    return WHERRY_JOB_COPY;
  if (is_identical (self, &source, &target))
    return take_as_done (self, key, &source);
  if (self->fresh)
    return WHERRY_JOB_COPY;

  if (policy == WHERRY_CONFLICT_ASK && !ask (self, key, path, &source, &target, &policy, error))
    return WHERRY_JOB_ERROR;
  if (policy == WHERRY_CONFLICT_ASK)
    {
      fail_taken (self, path);
      return WHERRY_JOB_SKIP;
    }
  self->chosen = policy;
  if (policy == WHERRY_CONFLICT_RENAME)
    return find_name (self, key, path, name, &source, new_name, error);
  if (wherry_conflict_policy_overwrites (policy, &source, &target))
    return WHERRY_JOB_COPY;
  wherry_job_skip (self, size);
  wherry_job_note (self, key, size, WHERRY_FILE_KEPT);
  return WHERRY_JOB_SKIP;
}

/**
 * wherry_job_decide:
 * @self: a job
 * @path: a file's path at the source, as bytes
 * @name: its name there
 * @size: its size in bytes
 * @mtime: its modification time in seconds; 0: not known
 * @new_name: (out) (optional): the name to give it, if not @name. Without it none
 *   is looked for
 * @error: the connection failed, nobody answered, or it was cancelled
 *
 * Asked once a run of each file, before it is sent: what the ledger knows, what
 * the filter lets pass, and what becomes of a file that is there already.
 *
 * Returns: whether to copy it
 */
WherryJobVerdict
wherry_job_decide (WherryJob *self,
                   const char *path,
                   const char *name,
                   guint64 size,
                   gint64 mtime,
                   char **new_name,
                   GError **error)
{
  const char *key = wherry_job_get_key (self, path);
  const Decision *decision = g_hash_table_lookup (self->decided, key);

  WherryJobVerdict verdict;

  *new_name = NULL;
  if (decision == NULL)
    verdict = decide (self, path, name, size, mtime, new_name, error);
  else
    {
      verdict = decision->verdict;
      self->chosen = decision->chosen;
      *new_name = g_strdup (decision->new_name);
      g_hash_table_remove (self->decided, key);
    }
  if (verdict == WHERRY_JOB_COPY)
    wherry_job_note (self, key, size, WHERRY_FILE_RUNNING);
  return verdict;
}

/**
 * wherry_job_continues_target:
 * @self: a job
 * @path: a file's path at the source, as bytes
 * @size: its size in bytes
 * @mtime: its modification time in seconds; 0: not known
 * @decided: whether wherry_job_decide() was just asked about it. If not, it is now,
 *   where it matters, and wherry_job_decide() says the same later
 * @continues: (out): whether the shorter file at the target is to be taken for its
 *   beginning
 * @error: the connection failed, nobody answered, or it was cancelled
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_job_continues_target (WherryJob *self,
                             const char *path,
                             guint64 size,
                             gint64 mtime,
                             gboolean decided,
                             gboolean *continues,
                             GError **error)
{
  const char *key = wherry_job_get_key (self, path);
  WherryFileFacts target;

  *continues = FALSE;
  WherryConflictPolicy policy = decided ? self->chosen : self->policy;
  if (self->view == NULL || self->fresh
      || !(policy == WHERRY_CONFLICT_RESUME || policy == WHERRY_CONFLICT_ASK))
    return TRUE;
  if (!wherry_target_view_look_up (self->view, key, &target, error))
    return FALSE;
  if (!target.exists || target.is_folder || target.size <= 0 || (guint64) target.size >= size)
    return TRUE;
  if (policy == WHERRY_CONFLICT_RESUME)
    {
      *continues = TRUE;
      return TRUE;
    }

  g_autofree char *name = g_path_get_basename (path);
  Decision *decision = g_new0 (Decision, 1);
  decision->verdict = decide (self, path, name, size, mtime, &decision->new_name, error);
  decision->chosen = self->chosen;
  if (decision->verdict == WHERRY_JOB_ERROR)
    {
      wherry_job_decision_free (decision);
      return FALSE;
    }
  *continues = decision->verdict == WHERRY_JOB_COPY && decision->chosen == WHERRY_CONFLICT_RESUME;
  g_hash_table_replace (self->decided, g_strdup (key), decision);
  return TRUE;
}
