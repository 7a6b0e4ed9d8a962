#include "config.h"

#include "cli/wherry-terminal-prompter.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/wherry-error.h"
#include "base/wherry-locked.h"
#include "cli/wherry-cp-output.h"

/* As much as a terminal gives in one line (termios(3), "Canonical and noncanonical mode"). */
#define ANSWER_MAX 4096

/* How often a host key may be answered by something else than yes, no or the fingerprint. */
#define HOST_KEY_TRIES 3

struct _WherryTerminalPrompter {
  GObject parent_instance;

  WherryTerminalPrompterFlags flags;
  guint n_asking;
};

/* One prompt under way: the data of its GTask. */
typedef struct {
  WherryTerminalPrompter *self; /* borrowed from the task */
  WherryPrompt *prompt;
  int tty;
  GSource *input;
  GSource *cancelled;
  guint field;
  guint tries;
  gsize length;
  char *line; /* locked; ANSWER_MAX and a NUL */
} Question;

/* The terminal as it was before echo went off: at most one question is on it. */
static struct {
  int tty;
  gboolean changed;
  struct termios before;
} terminal = { .tty = -1 };

static void wherry_terminal_prompter_iface_init (WherryPrompterInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (WherryTerminalPrompter,
                               wherry_terminal_prompter,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (WHERRY_TYPE_PROMPTER,
                                                      wherry_terminal_prompter_iface_init))

/**
 * wherry_terminal_prompter_restore:
 *
 * Gives the terminal its echo back, if a question is on it. To be called
 * before the process ends in the middle of one.
 */
void
wherry_terminal_prompter_restore (void)
{
  if (!terminal.changed)
    return;
  terminal.changed = FALSE;
  while (tcsetattr (terminal.tty, TCSAFLUSH, &terminal.before) != 0 && errno == EINTR)
    continue;
}

/*
 * While what is typed can't be seen, Ctrl+Z and Ctrl+\ are off, too: they would
 * leave the shell with a terminal that shows nothing. Ctrl+C stays, main()
 * handles it.
 */
static void
hide_input (int tty)
{
  struct termios hidden;

  if (tcgetattr (tty, &terminal.before) != 0)
    return;
  hidden = terminal.before;
  hidden.c_lflag &= ~(tcflag_t) (ECHO | ECHOE | ECHOK | ECHONL);
  hidden.c_cc[VSUSP] = _POSIX_VDISABLE;
  hidden.c_cc[VQUIT] = _POSIX_VDISABLE;
  terminal.tty = tty;
  terminal.changed = tcsetattr (tty, TCSAFLUSH, &hidden) == 0;
}

static void
question_free (gpointer data)
{
  Question *question = data;

  wherry_locked_free (question->line);
  g_assert (question->input == NULL && question->cancelled == NULL);
  if (question->tty >= 0)
    close (question->tty);
  g_object_unref (question->prompt);
  g_free (question);
}

/* Ends the question: with an answer if @error is NULL. */
static void
finish (GTask *task, GError *error)
{
  Question *question = g_task_get_task_data (task);

  wherry_terminal_prompter_restore ();
  g_source_destroy (question->input);
  g_clear_pointer (&question->input, g_source_unref);
  g_source_destroy (question->cancelled);
  g_clear_pointer (&question->cancelled, g_source_unref);
  question->self->n_asking--;
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

static void
say (Question *question, const char *text)
{
  wherry_cp_output_write (question->tty, text);
}

/* Shows the question for the field at work. */
static void
show_field (Question *question)
{
  WherryPrompt *prompt = question->prompt;
  const char *user = wherry_prompt_get_user (prompt);
  const char *host = wherry_prompt_get_host (prompt);
  g_autofree char *text = NULL;

  question->length = 0;
  switch (wherry_prompt_get_kind (prompt))
    {
    case WHERRY_PROMPT_PASSWORD:
      text = g_strdup_printf (_ ("Password of %s@%s: "), user, host);
      break;
    case WHERRY_PROMPT_PASSPHRASE:
      text = g_strdup_printf (_ ("Passphrase of the key “%s”: "),
                              wherry_prompt_get_key_file (prompt));
      break;
    case WHERRY_PROMPT_INTERACTIVE:
      /* Translators: first who asks, then the server's own question */
      text = g_strdup_printf (_ ("(%s@%s) %s"), user, host,
                              wherry_prompt_get_field_label (prompt, question->field));
      break;
    case WHERRY_PROMPT_HOST_KEY:
    default:
      text = g_strdup (_ ("Is it the right one? Type “yes”, “no”, or the fingerprint: "));
      break;
    }
  if (wherry_prompt_get_kind (prompt) != WHERRY_PROMPT_HOST_KEY
      && !wherry_prompt_is_field_visible (prompt, question->field))
    hide_input (question->tty);
  say (question, text);
}

/* Shows what comes before the first field. */
static void
show_beginning (Question *question)
{
  WherryPrompt *prompt = question->prompt;
  const char *name = wherry_prompt_get_name (prompt);
  const char *instruction = wherry_prompt_get_instruction (prompt);

  if (wherry_prompt_get_kind (prompt) == WHERRY_PROMPT_HOST_KEY)
    {
      WherryHostKey *key = wherry_prompt_get_host_key (prompt);
      const char *address = wherry_prompt_get_address (prompt);
      const char *remark = wherry_prompt_get_remark (prompt);
      g_autofree char *text
          = g_strdup_printf (_ ("The key of the host “%s” (%s, port %u) has not been seen before:\n"
                                "  %s %s\n"
                                "Compare it with what the host’s administrator tells you.\n"),
                             wherry_prompt_get_host (prompt), address != NULL ? address : "-",
                             wherry_prompt_get_port (prompt), wherry_host_key_get_key_type (key),
                             wherry_host_key_get_fingerprint (key));
      say (question, text);
      if (remark != NULL)
        {
          say (question, remark);
          say (question, "\n");
        }
      return;
    }

  if (wherry_prompt_was_remembered (prompt))
    say (question, _ ("What is remembered was not right.\n"));
  else if (wherry_prompt_get_attempt (prompt) > 1)
    say (question, _ ("That was not right.\n"));
  if ((name != NULL && *name != '\0') || (instruction != NULL && *instruction != '\0'))
    {
      g_autofree char *text = g_strdup_printf (
          /* Translators: a host, and what it says, in one or two parts */
          _ ("%s says: %s %s\n"), wherry_prompt_get_host (prompt), name != NULL ? name : "",
          instruction != NULL ? instruction : "");
      say (question, text);
    }
}

static GError *
declined_error (void)
{
  return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("No answer was given"));
}

/* FALSE if the question has to be put again. */
static gboolean
take_host_key_answer (Question *question)
{
  WherryHostKey *key = wherry_prompt_get_host_key (question->prompt);
  const char *answer = g_strstrip (question->line);
  WherryHostKeyChoice choice = WHERRY_HOST_KEY_REFUSE;

  if (g_ascii_strcasecmp (answer, "yes") == 0
      || g_str_equal (answer, wherry_host_key_get_fingerprint (key)))
    choice = WHERRY_HOST_KEY_ACCEPT_AND_REMEMBER;
  else if (g_ascii_strcasecmp (answer, "no") != 0 && ++question->tries < HOST_KEY_TRIES)
    {
      say (question, _ ("That is neither “yes” nor “no” nor the key’s fingerprint.\n"));
      return FALSE;
    }
  wherry_prompt_set_choice (question->prompt, choice);
  return TRUE;
}

/* Takes the line typed; ends the question after its last field. */
static void
take_line (GTask *task)
{
  Question *question = g_task_get_task_data (task);

  question->line[question->length] = '\0';
  if (terminal.changed)
    {
      wherry_terminal_prompter_restore ();
      say (question, "\n");
    }

  if (wherry_prompt_get_kind (question->prompt) == WHERRY_PROMPT_HOST_KEY)
    {
      if (take_host_key_answer (question))
        finish (task, NULL);
      else
        show_field (question);
      return;
    }

  wherry_prompt_set_answer (question->prompt, question->field, question->line);
  explicit_bzero (question->line, ANSWER_MAX);
  if (++question->field < wherry_prompt_get_n_fields (question->prompt))
    show_field (question);
  else
    finish (task, NULL);
}

static gboolean
on_input (int tty, GIOCondition condition, gpointer user_data)
{
  GTask *task = user_data;
  Question *question = g_task_get_task_data (task);
  gssize n = read (tty, question->line + question->length, ANSWER_MAX - question->length);

  if (n < 0 && (errno == EINTR || errno == EAGAIN))
    return G_SOURCE_CONTINUE;
  /* Ctrl+D, a terminal that was hung up, or a line beyond all measure. */
  if (n <= 0 || question->length + (gsize) n >= ANSWER_MAX)
    {
      say (question, "\n");
      finish (task, declined_error ());
      return G_SOURCE_REMOVE;
    }

  question->length += (gsize) n;
  if (question->line[question->length - 1] != '\n')
    return G_SOURCE_CONTINUE;
  question->length--;
  g_object_ref (task);
  take_line (task);
  gboolean goes_on = question->input != NULL;
  g_object_unref (task);
  return goes_on ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;

  say (g_task_get_task_data (task), "\n");
  g_cancellable_set_error_if_cancelled (cancellable, &error);
  finish (task, error);
  return G_SOURCE_REMOVE;
}

/* Why a question can't be put, and how to go on without. */
static GError *
not_asked_error (WherryTerminalPrompter *self, WherryPrompt *prompt)
{
  const char *user = wherry_prompt_get_user (prompt);
  const char *host = wherry_prompt_get_host (prompt);
  gboolean is_batch = (self->flags & WHERRY_TERMINAL_PROMPTER_BATCH) != 0;

  switch (wherry_prompt_get_kind (prompt))
    {
    case WHERRY_PROMPT_HOST_KEY:
      /* The session puts the host and the fingerprint before it. */
      return g_error_new_literal (
          WHERRY_ERROR, WHERRY_ERROR_HOST_KEY_UNKNOWN,
          is_batch ? _ ("Nothing is asked with --batch; check the key, then use --accept-new")
                   : _ ("There is no terminal to ask on; check the key, then use --accept-new"));
    case WHERRY_PROMPT_PASSPHRASE:
      return g_error_new (WHERRY_ERROR, WHERRY_ERROR_AUTHENTICATION,
                          is_batch
                              ? _ ("The passphrase of “%s” is not asked for with --batch; add the "
                                   "key to an agent with ssh-add(1)")
                              : _ ("There is no terminal to ask for the passphrase of “%s” on; add "
                                   "the key to an agent with ssh-add(1)"),
                          wherry_prompt_get_key_file (prompt));
    case WHERRY_PROMPT_PASSWORD:
    case WHERRY_PROMPT_INTERACTIVE:
    default:
      return g_error_new (WHERRY_ERROR, WHERRY_ERROR_AUTHENTICATION,
                          is_batch ? _ ("%s@%s’s password is not asked for with --batch; log in "
                                        "with a key (-i) or an agent")
                                   : _ ("There is no terminal to ask %s@%s’s password on; log in "
                                        "with a key (-i) or an agent"),
                          user, host);
    }
}

static void
accept_new_key (WherryTerminalPrompter *self, WherryPrompt *prompt)
{
  WherryHostKey *key = wherry_prompt_get_host_key (prompt);

  wherry_prompt_set_choice (prompt, WHERRY_HOST_KEY_ACCEPT_AND_REMEMBER);
  if (!(self->flags & WHERRY_TERMINAL_PROMPTER_QUIET))
    wherry_cp_output_warn (
        _ ("the new key of the host “%s” (port %u) is accepted and remembered: %s %s"),
        wherry_prompt_get_host (prompt), wherry_prompt_get_port (prompt),
        wherry_host_key_get_key_type (key), wherry_host_key_get_fingerprint (key));
}

static void
wherry_terminal_prompter_ask_async (WherryPrompter *prompter,
                                    WherryPrompt *prompt,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  WherryTerminalPrompter *self = WHERRY_TERMINAL_PROMPTER (prompter);
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (GCancellable) never = cancellable == NULL ? g_cancellable_new () : NULL;
  gboolean is_host_key = wherry_prompt_get_kind (prompt) == WHERRY_PROMPT_HOST_KEY;
  gboolean is_batch = (self->flags & WHERRY_TERMINAL_PROMPTER_BATCH) != 0;
  gboolean is_at_once = FALSE;
  GError *error = NULL;
  int tty = -1;

  g_task_set_source_tag (task, wherry_terminal_prompter_ask_async);
  g_task_set_check_cancellable (task, FALSE);
  if (is_host_key && wherry_prompt_get_known_keys (prompt) != NULL)
    {
      /* A changed key is not a matter of yes or no: to forget the old one is a step of its own. */
      error = declined_error ();
    }
  else if (is_host_key && (self->flags & WHERRY_TERMINAL_PROMPTER_ACCEPT_NEW))
    {
      accept_new_key (self, prompt);
      is_at_once = TRUE;
    }
  else if (!is_host_key && wherry_prompt_get_n_fields (prompt) == 0)
    is_at_once = TRUE; /* RFC 4256 section 3.2 allows a request that only says something */
  else
    {
      if (!is_batch)
        tty = open ("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
      if (tty < 0)
        error = not_asked_error (self, prompt);
    }
  if (is_at_once || error != NULL)
    {
      if (error != NULL)
        g_task_return_error (task, error);
      else
        g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }

  Question *question = g_new0 (Question, 1);
  question->self = self;
  question->prompt = g_object_ref (prompt);
  question->tty = tty;
  question->line = wherry_locked_alloc (ANSWER_MAX + 1);
  question->input = g_unix_fd_source_new (tty, G_IO_IN | G_IO_HUP | G_IO_ERR);
  question->cancelled = g_cancellable_source_new (cancellable != NULL ? cancellable : never);
  g_task_set_task_data (task, question, question_free);
  self->n_asking++;
  g_source_set_callback (question->input, G_SOURCE_FUNC (on_input), task, NULL);
  g_source_set_callback (question->cancelled, G_SOURCE_FUNC (on_cancelled), task, NULL);
  g_source_attach (question->input, NULL);
  g_source_attach (question->cancelled, NULL);
  show_beginning (question);
  show_field (question);
}

static gboolean
wherry_terminal_prompter_ask_finish (WherryPrompter *prompter, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, prompter), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
wherry_terminal_prompter_iface_init (WherryPrompterInterface *iface)
{
  iface->ask_async = wherry_terminal_prompter_ask_async;
  iface->ask_finish = wherry_terminal_prompter_ask_finish;
}

static void
wherry_terminal_prompter_class_init (WherryTerminalPrompterClass *klass)
{
}

static void
wherry_terminal_prompter_init (WherryTerminalPrompter *self)
{
}

/**
 * wherry_terminal_prompter_new:
 * @flags: how unknown host keys are answered
 *
 * Returns: (transfer full): the prompter
 */
WherryTerminalPrompter *
wherry_terminal_prompter_new (WherryTerminalPrompterFlags flags)
{
  WherryTerminalPrompter *self = g_object_new (WHERRY_TYPE_TERMINAL_PROMPTER, NULL);

  self->flags = flags;
  return self;
}

/**
 * wherry_terminal_prompter_is_asking:
 * @self: the prompter
 *
 * Returns: whether a question is on the terminal, which is then nobody else's
 */
gboolean
wherry_terminal_prompter_is_asking (WherryTerminalPrompter *self)
{
  g_return_val_if_fail (WHERRY_IS_TERMINAL_PROMPTER (self), FALSE);
  return self->n_asking > 0;
}
