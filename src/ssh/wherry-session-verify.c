/* The server's key, before anything is told to it (rule R10). */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <sys/socket.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "ssh/wherry-session-private.h"

static WherryHostKey *
get_current_key (WherrySessionImpl *self, GError **error)
{
  ssh_key key = NULL;
  char *base64 = NULL;
  WherryHostKey *host_key = NULL;

  if (ssh_get_server_publickey (self->impl.session, &key) == SSH_OK
      && ssh_pki_export_pubkey_base64 (key, &base64) == SSH_OK)
    host_key = wherry_host_key_new_from_base64 (base64, error);
  else
    g_set_error_literal (error, WHERRY_ERROR, WHERRY_ERROR_PROTOCOL,
                         _ ("The host key is malformed"));
  ssh_string_free_char (base64);
  ssh_key_free (key);
  return host_key;
}

static char *
list_fingerprints (GPtrArray *keys)
{
  GString *list = g_string_new (NULL);

  for (guint i = 0; keys != NULL && i < keys->len; i++)
    {
      WherryHostKey *key = g_ptr_array_index (keys, i);

      g_string_append_printf (list, "%s%s (%s)", i > 0 ? ", " : "",
                              wherry_host_key_get_fingerprint (key),
                              wherry_host_key_get_key_type (key));
    }
  return g_string_free (list, FALSE);
}

/* The address at the other end of the socket, if it is one of a network. */
static char *
dup_address (WherrySessionImpl *self)
{
  struct sockaddr_storage peer;
  socklen_t size = sizeof peer;
  g_autoptr (GSocketAddress) address = NULL;

  if (getpeername (ssh_get_fd (self->impl.session), (struct sockaddr *) &peer, &size) == 0)
    address = g_socket_address_new_from_native (&peer, size);
  if (!G_IS_INET_SOCKET_ADDRESS (address))
    return NULL;
  return g_inet_address_to_string (
      g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address)));
}

static WherryPrompt *
make_prompt (WherrySessionImpl *self, GPtrArray *known)
{
  const char *name = wherry_login_get_host_key_name (self->login);
  g_autofree char *host = wherry_text_escape (name, -1, 0);
  g_autofree char *user = wherry_text_escape (self->login->user, -1, 0);
  g_autofree char *address = dup_address (self);
  g_autofree char *remark
      = wherry_host_key_store_dup_remark (self->host_keys, name,
                                          wherry_login_get_host_key_port (self->login));
  WherryPrompt *prompt = wherry_prompt_new (WHERRY_PROMPT_HOST_KEY, user, host, self->login->port);

  wherry_prompt_set_host_key (prompt, self->impl.host_key);
  wherry_prompt_set_known_keys (prompt, known);
  wherry_prompt_set_address (prompt, address);
  wherry_prompt_set_remark (prompt, remark);
  return prompt;
}

static gboolean
ask (WherrySessionImpl *self, GError **error)
{
  g_autofree char *host = wherry_text_escape (wherry_login_get_host_key_name (self->login), -1, 0);
  g_autoptr (WherryPrompt) prompt = make_prompt (self, NULL);
  const char *fingerprint = wherry_host_key_get_fingerprint (self->impl.host_key);
  WherryHostKeyChoice choice = WHERRY_HOST_KEY_REFUSE;
  g_autoptr (GError) asking = NULL;

  if (self->prompter != NULL && wherry_session_ask (self, prompt, &asking))
    choice = wherry_prompt_get_choice (prompt);
  if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
    return FALSE;

  switch (choice)
    {
    case WHERRY_HOST_KEY_ACCEPT_ONCE:
      return TRUE;

    case WHERRY_HOST_KEY_ACCEPT_AND_REMEMBER:
      if (wherry_host_key_store_remember (self->host_keys,
                                          wherry_login_get_host_key_name (self->login),
                                          wherry_login_get_host_key_port (self->login),
                                          self->impl.host_key, self->cancellable, &asking))
        return TRUE;
      g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_HOST_KEY_UNCHECKED,
                   /* Translators: the first %s is a host name, the second says why */
                   _ ("The key of “%s” can’t be remembered: %s"), host,
                   asking != NULL ? asking->message : "");
      return FALSE;

    case WHERRY_HOST_KEY_REPLACE:
    case WHERRY_HOST_KEY_REFUSE:
    default:
      if (asking != NULL && !g_error_matches (asking, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_HOST_KEY_UNKNOWN,
                     /* Translators: the first %s is a host name, the second a fingerprint, the
                        third says why nobody could be asked */
                     _ ("The key of “%s” is not known: %s. %s"), host, fingerprint,
                     asking->message);
      else
        g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_HOST_KEY_UNKNOWN,
                     /* Translators: the first %s is a host name, the second a fingerprint */
                     _ ("The key of “%s” is not known and was not accepted: %s"), host,
                     fingerprint);
      return FALSE;
    }
}

static void
set_changed_error (WherrySessionImpl *self, GPtrArray *known, GError **error)
{
  g_autofree char *host = wherry_text_escape (wherry_login_get_host_key_name (self->login), -1, 0);
  g_autofree char *recorded = list_fingerprints (known);

  g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_HOST_KEY_CHANGED,
               /* Translators: the first %s is a host name, then the fingerprint and the type of the
                  key it shows, last those of the keys on record */
               _ ("The key of “%s” has changed. It shows %s (%s), on record is %s. Somebody may be "
                  "in between; if the server was set up anew, remove the recorded key."),
               host, wherry_host_key_get_fingerprint (self->impl.host_key),
               wherry_host_key_get_key_type (self->impl.host_key), recorded);
}

/* Nobody is asked for less than to replace what is on record: everything else stops. */
static gboolean
ask_to_replace (WherrySessionImpl *self, GPtrArray *known, GError **error)
{
  g_autoptr (WherryPrompt) prompt = make_prompt (self, known);
  g_autoptr (GError) failure = NULL;

  if (self->prompter == NULL || !wherry_session_ask (self, prompt, NULL)
      || wherry_prompt_get_choice (prompt) != WHERRY_HOST_KEY_REPLACE)
    {
      if (!g_cancellable_set_error_if_cancelled (self->cancellable, error))
        set_changed_error (self, known, error);
      return FALSE;
    }
  if (!wherry_host_key_store_replace (self->host_keys, wherry_login_get_host_key_name (self->login),
                                      wherry_login_get_host_key_port (self->login),
                                      self->impl.host_key, self->cancellable, &failure))
    {
      g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_HOST_KEY_CHANGED,
                   /* Translators: the first %s is a host name, the second says why */
                   _ ("The recorded key of “%s” can’t be replaced: %s"),
                   wherry_prompt_get_host (prompt), failure->message);
      return FALSE;
    }
  return TRUE;
}

/*
 * Only an exact match goes on, or a key that a person accepts: while none is on
 * record, or in place of what is. libssh's own check is not used: it reads the
 * system's files and obeys their options.
 */
gboolean
wherry_session_check_host_key_in_impl (WherrySessionImpl *self, GError **error)
{
  g_autofree char *host = wherry_text_escape (wherry_login_get_host_key_name (self->login), -1, 0);
  g_autoptr (GPtrArray) known = NULL;
  g_autoptr (GError) cause = NULL;
  WherryHostKeyVerdict verdict;

  wherry_assert_in_impl (self);

  self->impl.host_key = get_current_key (self, error);
  if (self->impl.host_key == NULL)
    return FALSE;

  verdict
      = wherry_host_key_store_check (self->host_keys, wherry_login_get_host_key_name (self->login),
                                     wherry_login_get_host_key_port (self->login),
                                     self->impl.host_key, &known, self->cancellable, &cause);
  if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
    return FALSE;

  switch (verdict)
    {
    case WHERRY_HOST_KEY_MATCH:
      return TRUE;

    case WHERRY_HOST_KEY_UNKNOWN:
      return ask (self, error);

    case WHERRY_HOST_KEY_CHANGED:
      return ask_to_replace (self, known, error);

    case WHERRY_HOST_KEY_REVOKED:
      g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_HOST_KEY_REVOKED,
                   /* Translators: the first %s is a host name, the second a fingerprint */
                   _ ("“%s” shows a key that is marked as revoked: %s. Ask who runs the server."),
                   host, wherry_host_key_get_fingerprint (self->impl.host_key));
      return FALSE;

    case WHERRY_HOST_KEY_UNCHECKED:
    default:
      g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_HOST_KEY_UNCHECKED,
                   /* Translators: the first %s is a host name, the second says why */
                   _ ("The key of “%s” can’t be compared with the one on record: %s"), host,
                   cause != NULL ? cause->message : "");
      return FALSE;
    }
}

/*
 * After each further key exchange the key must still be the same. libssh (0.10)
 * has no callback for this and takes any key that signs; but it tells the steps
 * of every key exchange through connect_status_function, so the key is compared
 * once after each, before anything that came since is handed on.
 */
gboolean
wherry_session_check_rekey_in_impl (WherrySessionImpl *self, GError **error)
{
  g_autofree char *host = NULL;
  g_autoptr (WherryHostKey) key = NULL;

  wherry_assert_in_impl (self);

  if (!self->impl.rekeyed)
    return TRUE;
  self->impl.rekeyed = FALSE;

  key = get_current_key (self, error);
  if (key == NULL)
    return FALSE;
  if (wherry_host_key_equal (key, self->impl.host_key))
    return TRUE;

  host = wherry_text_escape (wherry_login_get_host_key_name (self->login), -1, 0);
  g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_HOST_KEY_CHANGED,
               /* Translators: the first %s is a host name, then two fingerprints */
               _ ("“%s” changed its key while connected: from %s to %s"), host,
               wherry_host_key_get_fingerprint (self->impl.host_key),
               wherry_host_key_get_fingerprint (key));
  return FALSE;
}
