/*
 * Logging in: none (which tells what the server offers), public keys, then what
 * needs a person: keyboard-interactive, password. A server may want several
 * methods one after the other (RFC 4252 section 5.1).
 */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "ssh/wherry-session-auth-private.h"

/* Bounds of what a server may ask for (rule R12). */
#define ATTEMPTS_MAX 3
#define ROUNDS_MAX 24
#define FIELDS_MAX 16
#define PARTIALS_MAX 8

#define LABEL_MAX 256

WherryPrompt *
wherry_auth_make_prompt (WherrySessionImpl *self, WherryPromptKind kind, guint attempt)
{
  g_autofree char *host = wherry_text_escape (self->login->host, -1, 0);
  g_autofree char *user = wherry_text_escape (self->login->user, -1, 0);
  WherryPrompt *prompt = wherry_prompt_new (kind, user, host, self->login->port);

  wherry_prompt_set_attempt (prompt, attempt);
  return prompt;
}

/*
 * Asks. A person who declines ends the login; a prompter that can't ask only
 * ends the method.
 */
static WherryAuthResult
ask (WherrySessionImpl *self, WherryPrompt *prompt, GError **error)
{
  g_autoptr (GError) asking = NULL;

  if (self->prompter == NULL)
    {
      g_free (self->impl.trail.nobody);
      self->impl.trail.nobody = g_strdup (_ ("Log in with a key or an agent"));
      return WHERRY_AUTH_DENIED;
    }
  if (wherry_session_ask (self, prompt, &asking))
    {
      g_ptr_array_add (self->impl.unsettled, g_object_ref (prompt));
      return WHERRY_AUTH_SUCCESS;
    }
  if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
    return WHERRY_AUTH_FAILED;
  if (g_error_matches (asking, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
                   /* Translators: the first %s is a user name, the second a host name */
                   _ ("Logging in as “%s” on “%s” was cancelled"), wherry_prompt_get_user (prompt),
                   wherry_prompt_get_host (prompt));
      return WHERRY_AUTH_FAILED;
    }
  g_free (self->impl.trail.nobody);
  self->impl.trail.nobody = g_strdup (asking != NULL ? asking->message : "");
  return WHERRY_AUTH_DENIED;
}

/* Tells what became of the answers since the method began. */
static void
settle (WherrySessionImpl *self, gboolean worked)
{
  for (guint i = 0; i < self->impl.unsettled->len; i++)
    wherry_prompt_settle (g_ptr_array_index (self->impl.unsettled, i), worked);
  g_ptr_array_set_size (self->impl.unsettled, 0);
}

/* What libssh's result means; with WHERRY_AUTH_FAILED the error is set. */
WherryAuthResult
wherry_auth_take_result (WherrySessionImpl *self, int rc, GError **error)
{
  if (rc == SSH_AUTH_SUCCESS || rc == SSH_AUTH_PARTIAL || rc == SSH_AUTH_DENIED)
    settle (self, rc != SSH_AUTH_DENIED);
  switch (rc)
    {
    case SSH_AUTH_SUCCESS:
      return WHERRY_AUTH_SUCCESS;
    case SSH_AUTH_PARTIAL:
      self->impl.trail.partial = TRUE;
      self->impl.trail.n_keys = 0;
      return WHERRY_AUTH_PARTIAL;
    case SSH_AUTH_DENIED:
      return WHERRY_AUTH_DENIED;
    case SSH_AUTH_AGAIN:
      /* The wait failed and has set the error. */
      return WHERRY_AUTH_FAILED;
    default:
      break;
    }

  if (wherry_session_is_alive_in_impl (self))
    return WHERRY_AUTH_DENIED;
  wherry_auth_set_broken_error (self, error);
  return WHERRY_AUTH_FAILED;
}

static WherryAuthResult
try_none (WherrySessionImpl *self, GError **error)
{
  int rc;

  WHERRY_AUTH_CALL (self, rc, ssh_userauth_none (self->impl.session, NULL), error);
  wherry_auth_note_notice (self);
  return wherry_auth_take_result (self, rc, error);
}

static WherryAuthResult
try_password (WherrySessionImpl *self, GError **error)
{
  WherryAuthResult result = WHERRY_AUTH_DENIED;

  g_ptr_array_set_size (self->impl.unsettled, 0);
  for (guint attempt = 1; result == WHERRY_AUTH_DENIED && attempt <= ATTEMPTS_MAX; attempt++)
    {
      g_autoptr (WherryPrompt) prompt
          = wherry_auth_make_prompt (self, WHERRY_PROMPT_PASSWORD, attempt);
      g_autofree char *words = NULL;
      const char *answer;
      int rc;

      if ((ssh_userauth_list (self->impl.session, NULL) & SSH_AUTH_METHOD_PASSWORD) == 0)
        break;
      words = wherry_auth_take_words (self);
      wherry_prompt_set_server_text (prompt, NULL, words);
      wherry_prompt_add_field (prompt, NULL, FALSE);
      result = ask (self, prompt, error);
      if (result != WHERRY_AUTH_SUCCESS)
        break;
      answer = wherry_prompt_get_answer (prompt, 0);
      wherry_auth_note_tried (self, "password");
      WHERRY_AUTH_CALL (self, rc,
                        ssh_userauth_password (self->impl.session, NULL,
                                               answer != NULL ? answer : ""),
                        error);
      result = wherry_auth_take_result (self, rc, error);
      self->impl.trail.password_refused = result == WHERRY_AUTH_DENIED;
    }
  return result;
}

/* libssh drops more than 256 questions at once and goes on waiting for others. */
gboolean
wherry_auth_is_swamped (WherrySessionImpl *self)
{
  return strstr (ssh_get_error (self->impl.session), "Too much prompts") != NULL;
}

static void
set_too_many_error (WherrySessionImpl *self, GError **error)
{
  g_autofree char *host = wherry_text_escape (self->login->host, -1, 0);

  g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_PROTOCOL,
               /* Translators: %s is a host name */
               _ ("“%s” asks too many questions at once to be honest"), host);
}

/* OpenSSH puts what PAM says in front of the next question: it is no part of what is asked. %NULL
 * if there is no such thing. */
static char *
take_message (const char **label)
{
  gsize length = strlen (*label);
  const char *end;
  char *message;

  while (length > 0 && strchr ("\r\n", (*label)[length - 1]) != NULL)
    length--;
  end = memrchr (*label, '\n', length);
  if (end == NULL)
    return NULL;
  message = wherry_text_escape (*label, end - *label, WHERRY_TEXT_SERVER_MAX);
  *label = end + 1;
  return message;
}

/* One round of keyboard-interactive: the server's questions, a person's answers (RFC 4256). */
static WherryAuthResult
answer_round (WherrySessionImpl *self, guint attempt, gboolean *asked, GError **error)
{
  ssh_session session = self->impl.session;
  g_autoptr (WherryPrompt) prompt
      = wherry_auth_make_prompt (self, WHERRY_PROMPT_INTERACTIVE, attempt);
  const char *name = ssh_userauth_kbdint_getname (session);
  const char *instruction = ssh_userauth_kbdint_getinstruction (session);
  int n = ssh_userauth_kbdint_getnprompts (session);
  g_autofree char *shown_name = wherry_text_escape (name != NULL ? name : "", -1, LABEL_MAX);
  g_autofree char *shown_instruction
      = wherry_text_escape (instruction != NULL ? instruction : "", -1, WHERRY_TEXT_SERVER_MAX);
  g_autofree char *words = NULL;
  g_autofree char *message = NULL;
  WherryAuthResult result = WHERRY_AUTH_SUCCESS;

  if (n > FIELDS_MAX)
    {
      set_too_many_error (self, error);
      return WHERRY_AUTH_FAILED;
    }

  /* What is said with no question is shown with the next one. */
  if (n <= 0)
    {
      if (instruction != NULL)
        wherry_auth_note_message (self, instruction);
      return WHERRY_AUTH_SUCCESS;
    }
  for (int i = 0; i < n; i++)
    {
      char echo = 0;
      const char *prompted = ssh_userauth_kbdint_getprompt (session, (unsigned int) i, &echo);
      const char *label = prompted != NULL ? prompted : "";
      g_autofree char *shown = NULL;

      if (i == 0 && *shown_instruction == '\0')
        message = take_message (&label);
      shown = wherry_text_escape (label, -1, LABEL_MAX);
      wherry_prompt_add_field (prompt, shown, echo != 0);
    }
  if (*shown_instruction == '\0' && message == NULL)
    words = wherry_auth_take_words (self);
  wherry_prompt_set_server_text (prompt, shown_name,
                                 message != NULL ? message
                                 : words != NULL ? words
                                                 : shown_instruction);

  *asked = TRUE;
  result = ask (self, prompt, error);
  for (int i = 0; result == WHERRY_AUTH_SUCCESS && i < n; i++)
    {
      const char *answer = wherry_prompt_get_answer (prompt, (guint) i);

      ssh_userauth_kbdint_setanswer (session, (unsigned int) i, answer != NULL ? answer : "");
    }
  return result;
}

static WherryAuthResult
try_interactive_once (WherrySessionImpl *self,
                      guint attempt,
                      guint *rounds,
                      gboolean *asked,
                      GError **error)
{
  int rc;

  g_ptr_array_set_size (self->impl.unsettled, 0);
  for (;;)
    {
      WherryAuthResult result;

      wherry_auth_note_tried (self, "keyboard-interactive");
      WHERRY_AUTH_CALL (self, rc, ssh_userauth_kbdint (self->impl.session, NULL, NULL), error);
      if (rc == SSH_AUTH_ERROR && wherry_auth_is_swamped (self))
        {
          set_too_many_error (self, error);
          return WHERRY_AUTH_FAILED;
        }
      if (rc != SSH_AUTH_INFO)
        {
          WherryAuthResult outcome = wherry_auth_take_result (self, rc, error);

          self->impl.trail.answers_refused = *asked && outcome == WHERRY_AUTH_DENIED;
          return outcome;
        }

      if (++*rounds > ROUNDS_MAX)
        {
          g_autofree char *host = wherry_text_escape (self->login->host, -1, 0);

          g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_PROTOCOL,
                       _ ("“%s” does not stop asking questions"), host);
          return WHERRY_AUTH_FAILED;
        }
      result = answer_round (self, attempt, asked, error);
      if (result != WHERRY_AUTH_SUCCESS)
        return result;
    }
}

static WherryAuthResult
try_interactive (WherrySessionImpl *self, GError **error)
{
  WherryAuthResult result = WHERRY_AUTH_DENIED;
  guint rounds = 0;

  for (guint attempt = 1; result == WHERRY_AUTH_DENIED && attempt <= ATTEMPTS_MAX; attempt++)
    {
      gboolean asked = FALSE;

      if ((ssh_userauth_list (self->impl.session, NULL) & SSH_AUTH_METHOD_INTERACTIVE) == 0)
        break;
      result = try_interactive_once (self, attempt, &rounds, &asked, error);
      /* Asking again helps only if an answer could be wrong. */
      if (!asked)
        break;
    }
  return result;
}

/* Kerberos: libssh asks its library, which may ask the network, only if there is a ticket. */
static WherryAuthResult
try_gssapi (WherrySessionImpl *self, GError **error)
{
  int rc;

  ssh_options_set (self->impl.session, SSH_OPTIONS_GSSAPI_SERVER_IDENTITY, self->login->host);
  WHERRY_AUTH_CALL (self, rc, ssh_userauth_gssapi (self->impl.session), error);
  if (rc == SSH_AUTH_SUCCESS || rc == SSH_AUTH_PARTIAL)
    wherry_auth_note_tried (self, "gssapi-with-mic");
  return wherry_auth_take_result (self, rc, error);
}

static WherryAuthResult
try_method (WherrySessionImpl *self,
            const char *method,
            int offered,
            WherryAuthKeys *keys,
            GError **error)
{
  /* Both are one method to the server, and have one order between them. */
  if (g_str_equal (method, "publickey") || g_str_equal (method, "agent"))
    return (offered & SSH_AUTH_METHOD_PUBLICKEY) != 0 ? wherry_auth_try_keys (self, keys, error)
                                                      : WHERRY_AUTH_DENIED;
  if (g_str_equal (method, "gssapi-with-mic") && (offered & SSH_AUTH_METHOD_GSSAPI_MIC) != 0)
    return try_gssapi (self, error);
  if (g_str_equal (method, "keyboard-interactive") && (offered & SSH_AUTH_METHOD_INTERACTIVE) != 0)
    return try_interactive (self, error);
  if (g_str_equal (method, "password") && (offered & SSH_AUTH_METHOD_PASSWORD) != 0)
    return try_password (self, error);
  return WHERRY_AUTH_DENIED;
}

/* Goes through the methods once; WHERRY_AUTH_DENIED when none is left. */
static WherryAuthResult
try_methods (WherrySessionImpl *self, WherryAuthKeys *keys, GError **error)
{
  static const char *const usual[]
      = { "gssapi-with-mic", "publickey", "keyboard-interactive", "password", NULL };
  int offered = ssh_userauth_list (self->impl.session, NULL);
  const char *const *methods
      = self->login->methods != NULL ? (const char *const *) self->login->methods : usual;
  WherryAuthResult result = WHERRY_AUTH_DENIED;

  for (guint i = 0; result == WHERRY_AUTH_DENIED && methods[i] != NULL; i++)
    result = try_method (self, methods[i], offered, keys, error);
  return result;
}

/* Logs in. The host key was accepted before. */
gboolean
wherry_session_authenticate_in_impl (WherrySessionImpl *self, GError **error)
{
  g_autoptr (WherryAuthKeys) keys = NULL;
  WherryAuthResult result;

  wherry_assert_in_impl (self);
  g_assert (self->impl.host_key != NULL);

  result = try_none (self, error);
  for (guint partials = 0; partials <= PARTIALS_MAX; partials++)
    {
      if (result == WHERRY_AUTH_SUCCESS)
        return TRUE;
      if (result == WHERRY_AUTH_FAILED)
        return FALSE;
      if (result == WHERRY_AUTH_DENIED && partials > 0)
        break;
      if (keys == NULL)
        keys = wherry_auth_keys_new (self);
      result = try_methods (self, keys, error);
    }
  if (result == WHERRY_AUTH_SUCCESS)
    return TRUE;
  if (result != WHERRY_AUTH_FAILED)
    wherry_auth_set_denied_error (self, error);
  return FALSE;
}
