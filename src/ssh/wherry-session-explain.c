/*
 * Why a login came to nothing, in words: what was tried, what the server said
 * to it, and the way out.
 */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "ssh/wherry-session-auth-private.h"

void
wherry_auth_note_tried (WherrySessionImpl *self, const char *method)
{
  GString *tried = self->impl.trail.tried;

  if (strstr (tried->str, method) == NULL)
    g_string_append_printf (tried, "%s%s", tried->len > 0 ? ", " : "", method);
}

/* Keeps why a key file was of no use; takes a sentence. */
void
wherry_auth_note_key_trouble (WherrySessionImpl *self, const char *sentence)
{
  GString *trouble = self->impl.trail.key_trouble;

  if (trouble->len < WHERRY_TEXT_SERVER_MAX && strstr (trouble->str, sentence) == NULL)
    g_string_append_printf (trouble, "%s%s", trouble->len > 0 ? " " : "", sentence);
}

/* The server's last banner, escaped; "" if there was none. */
static char *
dup_banner (WherrySessionImpl *self)
{
  char *banner = ssh_get_issue_banner (self->impl.session);
  char *shown = wherry_text_escape (banner != NULL ? banner : "", -1, WHERRY_TEXT_SERVER_MAX);

  ssh_string_free_char (banner);
  return g_strstrip (shown);
}

/* What a server shows to everybody comes with its first answer (RFC 4252 section 5.4). */
void
wherry_auth_note_notice (WherrySessionImpl *self)
{
  g_free (self->impl.trail.notice);
  self->impl.trail.notice = dup_banner (self);
}

/* Keeps what the server says beside its questions, such as the messages of PAM; takes plain bytes.
 */
void
wherry_auth_note_message (WherrySessionImpl *self, const char *message)
{
  g_autofree char *shown = wherry_text_escape (message, -1, WHERRY_TEXT_SERVER_MAX);

  if (*g_strstrip (shown) == '\0')
    return;
  g_free (self->impl.trail.message);
  self->impl.trail.message = g_steal_pointer (&shown);
}

/*
 * What the server said to this login: a message beside its questions, or a
 * banner other than the one for everybody. %NULL if it said nothing.
 */
static char *
dup_words (WherrySessionImpl *self)
{
  g_autofree char *banner = dup_banner (self);

  if (*banner != '\0' && g_strcmp0 (banner, self->impl.trail.notice) != 0)
    return g_steal_pointer (&banner);
  return g_strdup (self->impl.trail.message);
}

/* The words for this login, or else the notice, once: to be shown with the next question. */
char *
wherry_auth_take_words (WherrySessionImpl *self)
{
  g_autofree char *words = dup_words (self);

  if (words == NULL || g_strcmp0 (words, self->impl.trail.shown) == 0)
    {
      g_free (words);
      words = g_strdup (self->impl.trail.shown == NULL ? self->impl.trail.notice : NULL);
    }
  if (words == NULL || *words == '\0')
    return NULL;
  g_free (self->impl.trail.shown);
  self->impl.trail.shown = g_strdup (words);
  return g_steal_pointer (&words);
}

static char *
list_methods (int methods)
{
  static const struct {
    int method;
    const char *name;
  } names[] = {
    { SSH_AUTH_METHOD_PUBLICKEY, "publickey" },
    { SSH_AUTH_METHOD_INTERACTIVE, "keyboard-interactive" },
    { SSH_AUTH_METHOD_PASSWORD, "password" },
    { SSH_AUTH_METHOD_HOSTBASED, "hostbased" },
    { SSH_AUTH_METHOD_GSSAPI_MIC, "gssapi-with-mic" },
  };
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if ((methods & names[i].method) != 0)
      g_string_append_printf (list, "%s%s", list->len > 0 ? ", " : "", names[i].name);
  if (list->len == 0)
    g_string_append (list, _ ("nothing that is known here"));
  return g_string_free (list, FALSE);
}

static void G_GNUC_PRINTF (2, 3) add_sentence (GString *text, const char *format, ...)
{
  va_list arguments;

  if (text->len > 0)
    g_string_append (text, text->str[text->len - 1] == '.' ? " " : ". ");
  va_start (arguments, format);
  g_string_append_vprintf (text, format, arguments);
  va_end (arguments);
}

/*
 * SSH has no sign for an account that is expired or locked, only the words of the
 * server's own programs, in whatever language it runs: these are the ones that
 * such messages have in the languages Wherry speaks. Any other is shown as it is.
 */
static gboolean
tells_of_account (const char *words)
{
  static const char *const signs[] = {
    "expired",    "locked",      "disabled",     "not available", "suspended",    /* English */
    "abgelaufen", "gesperrt",    "deaktiviert",                                   /* German */
    "caducad",    "expirad",     "bloquead",     "inhabilitad",   "deshabilitad", /* Spanish */
    "expiré",     "verrouillé",  "désactivé",                                     /* French */
    "scadut",     "bloccat",     "disabilitat",                                   /* Italian */
    "expirou",    "desabilitad", "desativad",                                     /* Portuguese */
    "verlopen",   "vergrendeld", "geblokkeerd",  "uitgeschakeld",                 /* Dutch */
    "истек",      "истёк",       "заблокирован", "отключен",      "отключён",     /* Russian */
    "закінчи",    "заблоковано", "вимкнено",                                      /* Ukrainian */
    "期限",       "失効",        "ロックされ",   "無効",                          /* Japanese */
    "过期",       "锁定",        "禁用",         "停用",                          /* Chinese */
  };
  g_autofree char *lower = words != NULL ? g_utf8_strdown (words, -1) : NULL;

  for (guint i = 0; lower != NULL && i < G_N_ELEMENTS (signs); i++)
    if (strstr (lower, signs[i]) != NULL)
      return TRUE;
  return FALSE;
}

static void
add_cause (GString *text, WherrySessionImpl *self, const char *host, const char *user)
{
  const WherryAuthTrail *trail = &self->impl.trail;

  if (trail->password_refused)
    add_sentence (text,
                  /* Translators: the first %s is a host name, the second a user name */
                  _ ("“%s” did not let “%s” in: the password is not the right one."), host, user);
  else if (trail->answers_refused)
    add_sentence (text,
                  /* Translators: the first %s is a host name, the second a user name */
                  _ ("“%s” did not let “%s” in: the answers are not the right ones."), host, user);
  else if (trail->n_keys > 0)
    add_sentence (
        text,
        /* Translators: the first %s is a host name, the second a user name, then comes a
           number */
        g_dngettext (GETTEXT_PACKAGE,
                     "“%s” did not let “%s” in: the key that was offered is not accepted.",
                     "“%s” did not let “%s” in: none of the %u keys that were offered is "
                     "accepted.",
                     trail->n_keys),
        host, user, trail->n_keys);
  else if (trail->nobody != NULL)
    add_sentence (text,
                  /* Translators: the first %s is a host name, the second a user name */
                  _ ("“%s” did not let “%s” in, as nobody could be asked."), host, user);
  else if (trail->tried->len > 0)
    add_sentence (text,
                  /* Translators: the first %s is a host name, the second a user name */
                  _ ("“%s” did not let “%s” in."), host, user);
  else
    add_sentence (text,
                  /* Translators: the first %s is a host name, the second a user name */
                  _ ("“%s” did not let “%s” in: there was nothing to try."), host, user);
}

/* What is known of keys, where they might have helped. */
static void
add_keys (GString *text, WherrySessionImpl *self, int offered)
{
  const WherryAuthTrail *trail = &self->impl.trail;

  if (trail->key_trouble->len > 0)
    add_sentence (text, "%s", trail->key_trouble->str);
  if (trail->n_keys > 0 || trail->key_trouble->len > 0
      || (offered & SSH_AUTH_METHOD_PUBLICKEY) == 0)
    return;
  if (trail->agent_missing)
    add_sentence (text, _ ("No SSH agent answers."));
  else if (trail->agent_empty)
    add_sentence (text, _ ("The SSH agent holds no keys."));
}

static void
add_help (GString *text, WherrySessionImpl *self, int offered)
{
  const WherryAuthTrail *trail = &self->impl.trail;
  const int usable = SSH_AUTH_METHOD_PUBLICKEY | SSH_AUTH_METHOD_INTERACTIVE
                     | SSH_AUTH_METHOD_PASSWORD | SSH_AUTH_METHOD_GSSAPI_MIC;

  if (trail->nobody != NULL || (trail->key_trouble->len > 0 && trail->n_keys == 0))
    return;
  if (trail->password_refused || trail->answers_refused)
    add_sentence (text, _ ("Check the user name and what was typed; the account may also be locked "
                           "or expired, which many servers don’t tell."));
  else if (trail->n_keys > 0)
    add_sentence (text, _ ("Check the user name, and that the public half of the key is in "
                           "~/.ssh/authorized_keys there."));
  else if ((offered & SSH_AUTH_METHOD_PUBLICKEY) != 0)
    add_sentence (text, _ ("Choose a key file, or load the key into the SSH agent."));
  else if ((offered & usable) == 0)
    add_sentence (text, _ ("Ask who runs the server for a login by key or by password."));
}

/* Says why no method of login succeeded. */
void
wherry_auth_set_denied_error (WherrySessionImpl *self, GError **error)
{
  g_autofree char *host = wherry_text_escape (self->login->host, -1, 0);
  g_autofree char *user = wherry_text_escape (self->login->user, -1, 0);
  int methods = ssh_userauth_list (self->impl.session, NULL);
  g_autofree char *offered = list_methods (methods);
  g_autofree char *words = dup_words (self);
  const WherryAuthTrail *trail = &self->impl.trail;
  GString *text = g_string_new (NULL);

  if (tells_of_account (words))
    add_sentence (text,
                  /* Translators: the first %s is a user name, the second a host name */
                  _ ("The account “%s” on “%s” can’t be used."), user, host);
  else
    add_cause (text, self, host, user);
  if (words != NULL)
    add_sentence (text, _ ("The server says: %s"), words);
  if (trail->nobody != NULL)
    add_sentence (text, "%s", trail->nobody);
  add_keys (text, self, methods);
  if (trail->partial)
    add_sentence (text,
                  /* Translators: %s are names of login methods */
                  _ ("One step of the login succeeded; the server wants another one: %s."),
                  offered);
  else if (trail->tried->len > 0)
    add_sentence (text,
                  /* Translators: both %s are names of login methods */
                  _ ("Tried: %s. The server offers: %s."), trail->tried->str, offered);
  else
    add_sentence (text,
                  /* Translators: %s are names of login methods */
                  _ ("The server offers: %s."), offered);
  if (self->login->methods != NULL)
    {
      g_autofree char *wanted = g_strjoinv (", ", self->login->methods);
      g_autofree char *shown = wherry_text_escape (wanted, -1, WHERRY_TEXT_SERVER_MAX);

      add_sentence (text,
                    /* Translators: %s are names of login methods */
                    _ ("This login is set to try only: %s."), shown);
    }
  add_help (text, self, methods);
  g_set_error_literal (error, WHERRY_ERROR, WHERRY_ERROR_AUTHENTICATION, text->str);
  g_string_free (text, TRUE);
}

/* The hosts on the way, as ssh(1) takes them: "-J 'a@b:22,c@d:22' ". */
static char *
make_jump_option (const WherryLogin *login)
{
  g_autoptr (GString) hops = g_string_new (NULL);
  g_autofree char *quoted = NULL;

  for (const WherryLogin *hop = login->via; hop != NULL; hop = hop->via)
    {
      gboolean is_v6 = strchr (hop->host, ':') != NULL;
      g_autofree char *text
          = g_strdup_printf ("%s@%s%s%s:%u%s", hop->user, is_v6 ? "[" : "", hop->host,
                             is_v6 ? "]" : "", hop->port, hops->len > 0 ? "," : "");

      g_string_prepend (hops, text);
    }
  quoted = wherry_text_quote_shell (hops->str);
  return hops->len > 0 ? g_strdup_printf ("-J %s ", quoted) : g_strdup ("");
}

/* How to log in with ssh(1), where a new password can be chosen; fit to be shown. */
static char *
make_ssh_command (const WherryLogin *login)
{
  g_autofree char *jump = make_jump_option (login);
  g_autofree char *user = wherry_text_quote_shell (login->user);
  g_autofree char *host = wherry_text_quote_shell (login->host);
  g_autofree char *command
      = g_strdup_printf ("ssh %s-p %u -l %s %s", jump, login->port, user, host);

  return wherry_text_display_name (command);
}

/* @words: (nullable): what the server says of it, escaped */
static void
add_expired (GString *text, WherrySessionImpl *self, const char *words)
{
  g_autofree char *host = wherry_text_escape (self->login->host, -1, 0);
  g_autofree char *user = wherry_text_escape (self->login->user, -1, 0);
  g_autofree char *command = make_ssh_command (self->login);

  add_sentence (text,
                /* Translators: the first %s is a user name, the second a host name */
                _ ("The password of “%s” on “%s” has expired, and the server wants a new one."),
                user, host);
  if (words != NULL)
    add_sentence (text, _ ("The server says: %s"), words);
  add_sentence (text,
                /* Translators: %s is a command line */
                _ ("Set a new one in a terminal, with: %s"), command);
}

/* Says why nothing runs after a login that succeeded. */
void
wherry_session_set_expired_error_in_impl (WherrySessionImpl *self, GError **error)
{
  GString *text = g_string_new (NULL);

  add_expired (text, self, self->impl.shut_out);
  g_set_error_literal (error, WHERRY_ERROR, WHERRY_ERROR_AUTHENTICATION, text->str);
  g_string_free (text, TRUE);
}

/* Says why the server hung up before the login was over. */
void
wherry_auth_set_broken_error (WherrySessionImpl *self, GError **error)
{
  g_autofree char *host = wherry_text_escape (self->login->host, -1, 0);
  g_autofree char *user = wherry_text_escape (self->login->user, -1, 0);
  const char *reason = ssh_get_error (self->impl.session);
  g_autofree char *shown = wherry_text_escape (reason, -1, WHERRY_TEXT_SERVER_MAX);
  g_autofree char *words = dup_words (self);
  const WherryAuthTrail *trail = &self->impl.trail;
  GString *text = g_string_new (NULL);

  /* libssh (0.10) has no other sign of SSH_MSG_USERAUTH_PASSWD_CHANGEREQ, which it does not know.
   */
  if (strstr (reason, "rejected packet (type 60)") != NULL
      && strstr (trail->tried->str, "password") != NULL)
    add_expired (text, self, words);
  else if (strstr (reason, "Too many authentication failures") != NULL)
    add_sentence (text,
                  /* Translators: the first %s is a host name, the second a user name, the third are
                     names of login methods */
                  _ ("“%s” broke off: too many attempts to log in as “%s” (tried: %s). Choose the "
                     "one key that fits, so that no other is offered before it."),
                  host, user, trail->tried->str);
  else if (tells_of_account (words))
    add_sentence (text,
                  /* Translators: the first %s is a user name, the second a host name, the third
                     what the server said */
                  _ ("The account “%s” on “%s” can’t be used. The server says: %s"), user, host,
                  words);
  else
    {
      add_sentence (text,
                    /* Translators: the first %s is a host name, the second a user name, the third
                       are names of login methods, the fourth the SSH library's words */
                    _ ("“%s” broke off while logging in as “%s” (tried: %s): %s"), host, user,
                    trail->tried->str, shown);
      if (words != NULL)
        add_sentence (text, _ ("The server says: %s"), words);
    }
  g_set_error_literal (error, WHERRY_ERROR, WHERRY_ERROR_AUTHENTICATION, text->str);
  g_string_free (text, TRUE);
}
