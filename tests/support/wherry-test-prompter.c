#include "wherry-test-prompter.h"

typedef enum {
  ANSWER,
  CHOICE,
  SILENCE,
  WAIT,
  FAILURE,
} Kind;

typedef struct {
  Kind kind;
  char *answer;
  WherryHostKeyChoice choice;
} Reply;

struct _WherryTestPrompter {
  GObject parent_instance;

  GMutex lock;
  GQueue replies;
  GPtrArray *asked;
  GTask *held; /* (nullable): of a question that is to be answered later */
};

static void prompter_iface_init (WherryPrompterInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (WherryTestPrompter,
                               wherry_test_prompter,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (WHERRY_TYPE_PROMPTER, prompter_iface_init))

static void
reply_free (gpointer data)
{
  Reply *reply = data;

  g_free (reply->answer);
  g_free (reply);
}

static void
wherry_test_prompter_finalize (GObject *object)
{
  WherryTestPrompter *self = WHERRY_TEST_PROMPTER (object);

  g_clear_object (&self->held);
  g_queue_clear_full (&self->replies, reply_free);
  g_ptr_array_unref (self->asked);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (wherry_test_prompter_parent_class)->finalize (object);
}

static void
wherry_test_prompter_class_init (WherryTestPrompterClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wherry_test_prompter_finalize;
}

static void
wherry_test_prompter_init (WherryTestPrompter *self)
{
  g_mutex_init (&self->lock);
  self->asked = g_ptr_array_new_with_free_func (g_free);
}

static char *
describe (WherryPrompt *prompt)
{
  GString *text = g_string_new (NULL);
  guint attempt = wherry_prompt_get_attempt (prompt);

  switch (wherry_prompt_get_kind (prompt))
    {
    case WHERRY_PROMPT_PASSWORD:
      g_string_printf (text, "password %s@%s:%u #%u", wherry_prompt_get_user (prompt),
                       wherry_prompt_get_host (prompt), wherry_prompt_get_port (prompt), attempt);
      break;

    case WHERRY_PROMPT_PASSPHRASE:
      g_string_printf (text, "passphrase %s #%u", wherry_prompt_get_key_file (prompt), attempt);
      break;

    case WHERRY_PROMPT_INTERACTIVE:
      g_string_printf (text, "interactive #%u %s|%s", attempt, wherry_prompt_get_name (prompt),
                       wherry_prompt_get_instruction (prompt));
      for (guint i = 0; i < wherry_prompt_get_n_fields (prompt); i++)
        g_string_append_printf (text, "|%s (%s)", wherry_prompt_get_field_label (prompt, i),
                                wherry_prompt_is_field_visible (prompt, i) ? "visible" : "hidden");
      break;

    case WHERRY_PROMPT_HOST_KEY:
      g_string_printf (text, "host-key %s",
                       wherry_host_key_get_fingerprint (wherry_prompt_get_host_key (prompt)));
      break;
    }
  return g_string_free (text, FALSE);
}

static void
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  GTask *task = user_data;

  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");
}

static void
answer (WherryPrompt *prompt, GQueue *replies)
{
  for (guint i = 0; i < wherry_prompt_get_n_fields (prompt); i++)
    {
      Reply *reply = g_queue_peek_head (replies);

      if (reply == NULL || reply->kind != ANSWER)
        break;
      wherry_prompt_set_answer (prompt, i, reply->answer);
      reply_free (g_queue_pop_head (replies));
    }
}

/* With the lock held. */
static void
reply_to (WherryTestPrompter *self, GTask *task)
{
  WherryPrompt *prompt = g_task_get_task_data (task);
  Reply *reply = g_queue_peek_head (&self->replies);

  if (reply == NULL)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "declined");
      return;
    }
  switch (reply->kind)
    {
    case ANSWER:
      answer (prompt, &self->replies);
      g_task_return_boolean (task, TRUE);
      return;

    case CHOICE:
      wherry_prompt_set_choice (prompt, reply->choice);
      g_task_return_boolean (task, TRUE);
      break;

    case SILENCE:
      g_cancellable_connect (g_task_get_cancellable (task), G_CALLBACK (on_cancelled),
                             g_object_ref (task), g_object_unref);
      break;

    case WAIT:
      g_set_object (&self->held, task);
      break;

    case FAILURE:
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "nobody is here");
      break;
    }
  reply_free (g_queue_pop_head (&self->replies));
}

static void
ask_async (WherryPrompter *prompter,
           WherryPrompt *prompt,
           GCancellable *cancellable,
           GAsyncReadyCallback callback,
           gpointer user_data)
{
  WherryTestPrompter *self = WHERRY_TEST_PROMPTER (prompter);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  g_assert_true (g_main_context_is_owner (g_main_context_default ()));
  g_ptr_array_add (self->asked, describe (prompt));
  g_task_set_task_data (task, g_object_ref (prompt), g_object_unref);
  reply_to (self, task);
}

static gboolean
ask_finish (WherryPrompter *prompter, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
prompter_iface_init (WherryPrompterInterface *iface)
{
  iface->ask_async = ask_async;
  iface->ask_finish = ask_finish;
}

/**
 * wherry_test_prompter_new:
 *
 * Returns: (transfer full): a prompter that declines everything
 */
WherryTestPrompter *
wherry_test_prompter_new (void)
{
  return g_object_new (WHERRY_TYPE_TEST_PROMPTER, NULL);
}

static void
add (WherryTestPrompter *self, Kind kind, const char *text, WherryHostKeyChoice choice)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  Reply *reply = g_new0 (Reply, 1);

  reply->kind = kind;
  reply->answer = g_strdup (text);
  reply->choice = choice;
  g_queue_push_tail (&self->replies, reply);
}

/**
 * wherry_test_prompter_add_answer:
 * @self: a prompter
 * @answer: what is typed into the next field
 */
void
wherry_test_prompter_add_answer (WherryTestPrompter *self, const char *answer)
{
  add (self, ANSWER, answer, 0);
}

/**
 * wherry_test_prompter_add_choice:
 * @self: a prompter
 * @choice: what becomes of the next unknown host key
 */
void
wherry_test_prompter_add_choice (WherryTestPrompter *self, WherryHostKeyChoice choice)
{
  add (self, CHOICE, NULL, choice);
}

/**
 * wherry_test_prompter_add_silence:
 * @self: a prompter that does not answer the next question until it is cancelled
 */
void
wherry_test_prompter_add_silence (WherryTestPrompter *self)
{
  add (self, SILENCE, NULL, 0);
}

/**
 * wherry_test_prompter_add_wait:
 * @self: a prompter that answers the next question, with what is added after this,
 *   when wherry_test_prompter_go_on() is called
 */
void
wherry_test_prompter_add_wait (WherryTestPrompter *self)
{
  add (self, WAIT, NULL, 0);
}

/**
 * wherry_test_prompter_go_on:
 * @self: a prompter
 *
 * Returns: whether a question waited for this
 */
gboolean
wherry_test_prompter_go_on (WherryTestPrompter *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  g_autoptr (GTask) task = g_steal_pointer (&self->held);

  if (task != NULL)
    reply_to (self, task);
  return task != NULL;
}

/**
 * wherry_test_prompter_add_failure:
 * @self: a prompter that can't ask the next question
 */
void
wherry_test_prompter_add_failure (WherryTestPrompter *self)
{
  add (self, FAILURE, NULL, 0);
}

/**
 * wherry_test_prompter_dup_asked:
 * @self: a prompter
 *
 * Returns: (transfer full): what it was asked, a line each
 */
char **
wherry_test_prompter_dup_asked (WherryTestPrompter *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  char **asked = g_new0 (char *, self->asked->len + 1);

  for (guint i = 0; i < self->asked->len; i++)
    asked[i] = g_strdup (g_ptr_array_index (self->asked, i));
  return asked;
}

/**
 * wherry_test_prompter_get_n_asked:
 * @self: a prompter
 *
 * Returns: how many questions it was asked
 */
guint
wherry_test_prompter_get_n_asked (WherryTestPrompter *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->asked->len;
}
