#include "config.h"

#include "transfer/wherry-conflict.h"

#include <glib/gi18n-lib.h>
#include <string.h>

G_DEFINE_INTERFACE (WherryConflictPrompter, wherry_conflict_prompter, G_TYPE_OBJECT)

static void
wherry_conflict_prompter_default_init (WherryConflictPrompterInterface *iface)
{
}

/**
 * wherry_conflict_copy:
 * @self: a conflict
 *
 * Returns: (transfer full): a copy
 */
WherryConflict *
wherry_conflict_copy (const WherryConflict *self)
{
  WherryConflict *copy = g_memdup2 (self, sizeof *self);

  copy->name = g_strdup (self->name);
  copy->source_path = g_strdup (self->source_path);
  copy->target_path = g_strdup (self->target_path);
  return copy;
}

/**
 * wherry_conflict_free:
 * @self: (transfer full) (nullable): a conflict
 */
void
wherry_conflict_free (WherryConflict *self)
{
  if (self == NULL)
    return;
  g_free (self->name);
  g_free (self->source_path);
  g_free (self->target_path);
  g_free (self);
}

/* One question under way. Whoever gives up first leaves the other its reference. */
typedef struct {
  gatomicrefcount ref_count;
  WherryConflictPrompter *prompter;
  WherryConflict *conflict;
  GCancellable *cancellable;

  GMutex lock;
  GCond changed;
  gboolean answered; /* under lock, with all below */
  gboolean cancelled;
  gboolean decided;
  WherryConflictAnswer answer;
  GError *error;
} Question;

static void
question_unref (gpointer data)
{
  Question *self = data;

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_object_unref (self->prompter);
  wherry_conflict_free (self->conflict);
  g_clear_object (&self->cancellable);
  g_clear_error (&self->error);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

static Question *
question_ref (Question *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Question *self = user_data;
  WherryConflictAnswer answer = { WHERRY_CONFLICT_SKIP, FALSE };
  g_autoptr (GError) error = NULL;
  gboolean decided = WHERRY_CONFLICT_PROMPTER_GET_IFACE (self->prompter)
                         ->ask_finish (self->prompter, result, &answer, &error);

  g_mutex_lock (&self->lock);
  self->answered = TRUE;
  self->decided = decided && answer.policy != WHERRY_CONFLICT_ASK;
  self->answer = answer;
  self->error = g_steal_pointer (&error);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  question_unref (self);
}

static gboolean
on_ask (gpointer user_data)
{
  Question *self = user_data;

  WHERRY_CONFLICT_PROMPTER_GET_IFACE (self->prompter)
      ->ask_async (self->prompter, self->conflict, self->cancellable, on_answered,
                   question_ref (self));
  return G_SOURCE_REMOVE;
}

static void
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  Question *self = user_data;

  g_mutex_lock (&self->lock);
  self->cancelled = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

/**
 * wherry_conflict_prompter_ask:
 * @self: who decides
 * @conflict: the question
 * @answer: (out caller-allocates): the decision
 * @cancellable: to give up, at once
 * @error: %G_IO_ERROR_CANCELLED when the person declined, or @cancellable was
 *   cancelled
 *
 * Asks and waits. Not on the main thread, whose loop must be running.
 *
 * Returns: %TRUE if there is a decision
 */
gboolean
wherry_conflict_prompter_ask (WherryConflictPrompter *self,
                              const WherryConflict *conflict,
                              WherryConflictAnswer *answer,
                              GCancellable *cancellable,
                              GError **error)
{
  Question *question = g_new0 (Question, 1);
  g_autoptr (GSource) source = g_idle_source_new ();

  g_atomic_ref_count_init (&question->ref_count);
  question->prompter = g_object_ref (self);
  question->conflict = wherry_conflict_copy (conflict);
  question->cancellable = g_object_ref (cancellable);
  g_mutex_init (&question->lock);
  g_cond_init (&question->changed);

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, on_ask, question_ref (question), question_unref);
  g_source_set_static_name (source, "[wherry] conflict");
  g_source_attach (source, NULL);

  gulong handler = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled),
                                          question_ref (question), question_unref);
  g_mutex_lock (&question->lock);
  while (!question->answered && !question->cancelled)
    g_cond_wait (&question->changed, &question->lock);
  gboolean decided = question->answered && question->decided;
  *answer = question->answer;
  if (!decided && question->error != NULL)
    g_propagate_error (error, g_error_copy (question->error));
  else if (!decided)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
                         _ ("The question was not answered"));
  g_mutex_unlock (&question->lock);

  g_cancellable_disconnect (cancellable, handler);
  g_source_destroy (source);
  question_unref (question);
  return decided;
}

/**
 * wherry_conflict_policy_overwrites:
 * @policy: a policy by which a file is replaced or skipped
 * @source: the new file
 * @target: the one that is there
 *
 * Returns: whether it is replaced. What can't be told speaks for replacing: the
 *   person wants the newer one here
 */
gboolean
wherry_conflict_policy_overwrites (WherryConflictPolicy policy,
                                   const WherryFileFacts *source,
                                   const WherryFileFacts *target)
{
  switch (policy)
    {
    case WHERRY_CONFLICT_OVERWRITE:
    case WHERRY_CONFLICT_RESUME:
      return TRUE;
    case WHERRY_CONFLICT_OVERWRITE_OLDER:
      return source->mtime == 0 || target->mtime == 0 || source->mtime > target->mtime;
    case WHERRY_CONFLICT_OVERWRITE_OTHER_SIZE:
      return source->size < 0 || target->size < 0 || source->size != target->size;
    case WHERRY_CONFLICT_SKIP:
    case WHERRY_CONFLICT_RENAME:
    case WHERRY_CONFLICT_ASK:
    default:
      return FALSE;
    }
}

/**
 * wherry_conflict_make_name:
 * @name: a file's name, as bytes
 * @number: 2 or more
 *
 * Returns: (transfer full): another name like it: `name (2)`, `photo (2).jpeg`,
 *   of 255 bytes at most
 */
char *
wherry_conflict_make_name (const char *name, guint number)
{
  const char *dot = strrchr (name, '.');
  gsize stem;

  /* A dot in front hides a file, and what is long behind one is no suffix. */
  if (dot == NULL || dot == name || dot[1] == '\0' || strlen (dot) > 16)
    dot = name + strlen (name);
  else if (dot - name > 4 && strncmp (dot - 4, ".tar", 4) == 0)
    dot -= 4;

  g_autofree char *mark = g_strdup_printf (" (%u)", number);
  stem = MIN ((gsize) (dot - name), 255 - strlen (dot) - strlen (mark));
  /* Not within a UTF-8 character. */
  while (stem > 0 && ((guchar) name[stem] & 0xc0) == 0x80)
    stem--;
  return g_strdup_printf ("%.*s%s%s", (int) stem, name, mark, dot);
}
