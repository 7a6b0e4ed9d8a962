#include "config.h"

#include "ssh/wherry-prompter.h"

#include <glib/gi18n-lib.h>

G_DEFINE_INTERFACE (WherryPrompter, wherry_prompter, G_TYPE_OBJECT)

static void
wherry_prompter_default_init (WherryPrompterInterface *iface)
{
}

/*
 * One question under way. Shared by the thread that asks and the main context:
 * whoever gives up first leaves the other its reference.
 */
typedef struct {
  gatomicrefcount ref_count;
  WherryPrompter *prompter;
  WherryPrompt *prompt;
  GCancellable *cancellable; /* of the prompter, follows the asker's */
  gboolean on_main_thread;

  GMutex lock;
  GCond changed;
  gboolean answered; /* under lock */
  gboolean accepted;
  gboolean cancelled;
  GError *error;
} Question;

static Question *
question_new (WherryPrompter *prompter, WherryPrompt *prompt)
{
  Question *self = g_new0 (Question, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->prompter = g_object_ref (prompter);
  self->prompt = g_object_ref (prompt);
  self->cancellable = g_cancellable_new ();
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  return self;
}

static Question *
question_ref (Question *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static void
question_unref (gpointer data)
{
  Question *self = data;

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_object_unref (self->prompter);
  g_object_unref (self->prompt);
  g_object_unref (self->cancellable);
  g_clear_error (&self->error);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

static void
question_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Question *self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean accepted
      = WHERRY_PROMPTER_GET_IFACE (self->prompter)->ask_finish (self->prompter, result, &error);

  g_mutex_lock (&self->lock);
  self->answered = TRUE;
  self->accepted = accepted;
  self->error = g_steal_pointer (&error);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  question_unref (self);
}

static gboolean
question_ask (gpointer user_data)
{
  Question *self = user_data;

  wherry_prompt_set_open (self->prompt, TRUE);
  WHERRY_PROMPTER_GET_IFACE (self->prompter)
      ->ask_async (self->prompter, self->prompt, self->cancellable, question_answered,
                   question_ref (self));
  return G_SOURCE_REMOVE;
}

static void
question_cancelled (GCancellable *cancellable, gpointer user_data)
{
  Question *self = user_data;

  g_cancellable_cancel (self->cancellable);
  g_mutex_lock (&self->lock);
  self->cancelled = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  if (self->on_main_thread)
    g_main_context_wakeup (NULL);
}

static gboolean
question_is_over (Question *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->answered || self->cancelled;
}

static void
question_wait (Question *self)
{
  if (self->on_main_thread)
    {
      /* Nobody else would dispatch the answer. */
      question_ask (self);
      while (!question_is_over (self))
        g_main_context_iteration (NULL, TRUE);
      return;
    }

  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, question_ask, question_ref (self), question_unref);
  g_source_set_static_name (source, "[wherry] question");
  g_source_attach (source, NULL);

  g_mutex_lock (&self->lock);
  while (!self->answered && !self->cancelled)
    g_cond_wait (&self->changed, &self->lock);
  g_mutex_unlock (&self->lock);

  /* Has no effect if it was asked already. */
  g_source_destroy (source);
}

/**
 * wherry_prompter_ask:
 * @self: who answers
 * @prompt: the question; holds the answers afterwards
 * @cancellable: (nullable): to give up
 * @error: return location for %G_IO_ERROR_CANCELLED when the person declined or
 *   @cancellable was cancelled, and what else the prompter reports
 *
 * Asks and waits for the answer. May be called by any thread; the prompter is
 * always called on the thread of the default main context, whose loop must be
 * running. On that thread itself the loop is run in here.
 *
 * When cancelled it returns at once, also while the main loop is stuck; the
 * prompter's cancellable is then cancelled and its answer, if one still comes,
 * is dropped.
 *
 * Returns: %TRUE if the question was answered
 */
gboolean
wherry_prompter_ask (WherryPrompter *self,
                     WherryPrompt *prompt,
                     GCancellable *cancellable,
                     GError **error)
{
  g_return_val_if_fail (WHERRY_IS_PROMPTER (self), FALSE);
  g_return_val_if_fail (WHERRY_IS_PROMPT (prompt), FALSE);

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;

  Question *question = question_new (self, prompt);
  gboolean accepted = FALSE;
  gulong handler = 0;

  question->on_main_thread = g_main_context_is_owner (g_main_context_default ());
  if (cancellable != NULL)
    handler = g_cancellable_connect (cancellable, G_CALLBACK (question_cancelled),
                                     question_ref (question), question_unref);
  question_wait (question);
  g_cancellable_disconnect (cancellable, handler);
  wherry_prompt_set_open (prompt, FALSE);

  g_mutex_lock (&question->lock);
  if (question->answered)
    {
      accepted = question->accepted;
      if (!accepted && question->error != NULL)
        g_propagate_error (error, g_steal_pointer (&question->error));
      else if (!accepted)
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
                             _ ("The question was not answered"));
    }
  else
    g_cancellable_set_error_if_cancelled (cancellable, error);
  g_mutex_unlock (&question->lock);

  question_unref (question);
  return accepted;
}
