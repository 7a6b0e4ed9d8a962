/*
 * From a connected socket to an encrypted connection: libssh exchanges keys on
 * it. Nothing here blocks beyond a cancellation.
 */
#include "config.h"

#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "ssh/wherry-kex-offer.h"
#include "ssh/wherry-session-private.h"

/* A server may send lines before its identification string (RFC 4253 section 4.2), but not without
 * end. */
#define PREAMBLE_MAX (64 * 1024)

/* Most that a server may send before the login is over, banners and questions included (rule R12).
 */
#define SETUP_MAX (4 * 1024 * 1024)

/* How much of what is no identification string is kept to be shown. */
#define SAID_MAX 256

/*
 * What libssh 0.10 offers by default. AES-GCM is faster than its own first
 * choice wherever the CPU has AES. ChaCha20-Poly1305 comes last: with a server
 * that does not count packets anew after the key exchange, somebody in between
 * can cut off the beginning of the conversation (Terrapin, CVE-2023-48795).
 */
#define TERRAPIN_CIPHER "chacha20-poly1305@openssh.com"
#define CIPHERS                                                                 \
  "aes128-gcm@openssh.com,aes256-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-" \
  "ctr," TERRAPIN_CIPHER

#define HOST_KEYS                                                            \
  "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521," \
  "rsa-sha2-512,rsa-sha2-256"

/* What libssh 0.10 offers by default, for who wants more or less of it; newer ones offer more. */
#define KEX_ALGORITHMS                                                   \
  "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,"   \
  "ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group18-sha512," \
  "diffie-hellman-group16-sha512,diffie-hellman-group-exchange-sha256,"  \
  "diffie-hellman-group14-sha256"

/* What is kept of the beginning: lines before the identification, it, and the server's offer. */
#define HEARD_MAX (PREAMBLE_MAX + 64 * 1024)

/*
 * Waits until libssh can go on. Wakes at least once a second, so that nothing
 * hangs on an event that was missed.
 */
gboolean
wherry_session_wait_in_impl (WherrySessionImpl *self, gint64 deadline, GError **error)
{
  int flags = ssh_get_poll_flags (self->impl.session);
  gint64 left = deadline - g_get_monotonic_time ();
  struct pollfd fds[] = {
    { .fd = ssh_get_fd (self->impl.session),
      .events = (short) (POLLIN | ((flags & SSH_WRITE_PENDING) != 0 ? POLLOUT : 0)) },
    { .fd = self->impl.cancel_fd, .events = POLLIN },
  };

  wherry_assert_in_impl (self);

  if (left > 0)
    poll (fds, G_N_ELEMENTS (fds), (int) MIN (left / 1000 + 1, 1000));
  if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
    return FALSE;
  if (self->impl.counter.in_bytes > SETUP_MAX)
    {
      g_autofree char *host = wherry_text_escape (self->login->host, -1, 0);

      g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_PROTOCOL,
                   _ ("“%s” sends without end while the connection is set up"), host);
      return FALSE;
    }
  if (left <= 0)
    {
      g_autofree char *host = wherry_text_escape (self->login->host, -1, 0);

      g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_CONNECT,
                   _ ("“%s” accepted the connection, but has stopped answering. Try again later."),
                   host);
      return FALSE;
    }
  return TRUE;
}

/* Every message a server sends unasked, such as one that opens a channel, is refused (rule R11). */
static int
on_message (ssh_session session, ssh_message message, void *user_data)
{
  return 1;
}

/* libssh tells each step of every key exchange; the last one is 1. */
static void
on_status (void *user_data, float status)
{
  WherrySessionImpl *self = user_data;

  if (status >= 1.0f)
    self->impl.rekeyed = TRUE;
}

/*
 * Orders the algorithms of host keys that are asked for: those on record first,
 * so that the key can be compared. A key of type ssh-rsa signs by SHA-2 only,
 * unless @wanted (nullable; as in WherryLogin) has something else in mind.
 */
char *
wherry_session_order_host_keys (char **known, const char *wanted)
{
  g_autofree char *all = wherry_kex_list_modify (HOST_KEYS, wanted);
  g_auto (GStrv) algorithms = g_strsplit (all, ",", -1);
  GString *order = g_string_new (NULL);

  for (guint first = 1; first <= 2; first++)
    for (guint i = 0; algorithms[i] != NULL; i++)
      {
        const char *key_type
            = g_str_has_prefix (algorithms[i], "rsa-sha2-") ? "ssh-rsa" : algorithms[i];
        gboolean is_known
            = known != NULL && g_strv_contains ((const char *const *) known, key_type);

        if (is_known == (first == 1))
          g_string_append_printf (order, "%s%s", order->len > 0 ? "," : "", algorithms[i]);
      }
  return g_string_free (order, FALSE);
}

/* Sets a list that may come from a person. */
static gboolean
set_list (WherrySessionImpl *self,
          const enum ssh_options_e *options,
          guint n,
          const char *list,
          GError **error)
{
  for (guint i = 0; i < n; i++)
    if (ssh_options_set (self->impl.session, options[i], list) != 0)
      {
        g_autofree char *shown = wherry_text_escape (list, -1, 256);

        g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_NO_COMMON_ALGORITHM,
                     /* Translators: %s is a list of names of algorithms */
                     _ ("None of the algorithms “%s” is known here. Change or clear the list."),
                     shown);
        return FALSE;
      }
  return TRUE;
}

static gboolean
set_lists (WherrySessionImpl *self, const char *host_keys, GError **error)
{
  static const enum ssh_options_e for_ciphers[]
      = { SSH_OPTIONS_CIPHERS_C_S, SSH_OPTIONS_CIPHERS_S_C };
  static const enum ssh_options_e for_host_keys[] = { SSH_OPTIONS_HOSTKEYS };
  static const enum ssh_options_e for_kex[] = { SSH_OPTIONS_KEY_EXCHANGE };
  const WherryLogin *login = self->login;
  g_autofree char *ciphers = wherry_kex_list_modify (CIPHERS, login->ciphers);
  g_autofree char *kex = wherry_kex_list_modify (KEX_ALGORITHMS, login->kex_algorithms);

  return set_list (self, for_ciphers, G_N_ELEMENTS (for_ciphers), ciphers, error)
         && set_list (self, for_host_keys, G_N_ELEMENTS (for_host_keys), host_keys, error)
         && (login->kex_algorithms == NULL
             || set_list (self, for_kex, G_N_ELEMENTS (for_kex), kex, error));
}

static gboolean
set_options (WherrySessionImpl *self, int fd, GError **error)
{
  g_auto (GStrv) known
      = wherry_host_key_store_dup_key_types (self->host_keys,
                                             wherry_login_get_host_key_name (self->login),
                                             wherry_login_get_host_key_port (self->login),
                                             self->cancellable);
  g_autofree char *host_keys
      = wherry_session_order_host_keys (known, self->login->host_key_algorithms);
  ssh_session session = self->impl.session;
  gboolean process_config = FALSE;
  int rc = 0;

  rc |= ssh_options_set (session, SSH_OPTIONS_PROCESS_CONFIG, &process_config);
  rc |= ssh_options_set (session, SSH_OPTIONS_KNOWNHOSTS, "/dev/null");
  rc |= ssh_options_set (session, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null");
  rc |= ssh_options_set (session, SSH_OPTIONS_USER, self->login->user);
  if (rc != 0)
    {
      wherry_session_set_broken_in_impl (self, error);
      return FALSE;
    }
  if (!set_lists (self, host_keys, error))
    return FALSE;
  if (ssh_options_set (session, SSH_OPTIONS_FD, &fd) != 0)
    {
      wherry_session_set_broken_in_impl (self, error);
      return FALSE;
    }
  return TRUE;
}

/* How much of what waits on the socket can be looked at; it stays there. */
static gsize
peek (WherrySessionImpl *self, guint8 *buffer, gsize size)
{
  int fd = ssh_get_fd (self->impl.session);
  ssize_t n = fd >= 0 ? recv (fd, buffer, size, MSG_PEEK | MSG_DONTWAIT) : -1;

  return n > 0 ? (gsize) n : 0;
}

/*
 * libssh throws lines away that are no identification string, and does not tell
 * what the server offers: so all that it takes is looked at before. What came in
 * between the look and the taking is missed, and then the rest is of no use.
 */
static int
connect_and_listen (WherrySessionImpl *self)
{
  guint8 buffer[16 * 1024];
  gsize waiting = self->impl.heard_all ? peek (self, buffer, sizeof buffer) : 0;
  guint64 before = self->impl.counter.in_bytes;
  int rc = ssh_connect (self->impl.session);
  guint64 taken = self->impl.counter.in_bytes - before;

  if (self->impl.heard_all)
    {
      g_byte_array_append (self->impl.heard, buffer, (guint) MIN (taken, waiting));
      self->impl.heard_all = taken <= waiting && self->impl.heard->len < HEARD_MAX;
    }
  return rc;
}

/* What came in place of an identification string, escaped; "" if nothing did. */
static char *
get_said (WherrySessionImpl *self)
{
  const char *heard = (const char *) self->impl.heard->data;
  guint length = self->impl.heard->len;

  if (length == 0 || strncmp (heard, "SSH-", MIN (length, 4)) == 0)
    return g_strdup ("");
  return wherry_text_escape (heard, MIN (length, SAID_MAX), SAID_MAX);
}

/* The cipher that both will take is one that needs a strict key exchange, and the server has none.
 */
static gboolean
is_terrapin_prone (WherrySessionImpl *self, const WherryKexOffer *offer)
{
  g_autofree char *ciphers = wherry_kex_list_modify (CIPHERS, self->login->ciphers);
  g_autofree char *out = wherry_kex_list_choose (ciphers, offer->ciphers_out);
  g_autofree char *in = wherry_kex_list_choose (ciphers, offer->ciphers_in);

  return !wherry_kex_offer_is_strict (offer)
         && (g_strcmp0 (out, TERRAPIN_CIPHER) == 0 || g_strcmp0 (in, TERRAPIN_CIPHER) == 0);
}

/* Whether it is a person's own choice. */
static gboolean
is_named (const char *list, const char *name)
{
  return list != NULL && *list != '-' && strstr (list, name) != NULL;
}

/* Judges what the server offers, once it is here (rule R11). */
static gboolean
check_offer (WherrySessionImpl *self, gboolean is_last, GError **error)
{
  g_auto (WherryKexOffer) offer = { 0 };
  gboolean is_prone;
  g_autofree char *host = NULL;

  if (self->impl.offer_checked || is_named (self->login->ciphers, TERRAPIN_CIPHER))
    return TRUE;
  if (wherry_kex_offer_read (&offer, self->impl.heard->data, self->impl.heard->len))
    is_prone = is_terrapin_prone (self, &offer);
  else if (is_last)
    /* The look was missed: then only the outcome tells. */
    is_prone = g_strcmp0 (ssh_get_cipher_out (self->impl.session), TERRAPIN_CIPHER) == 0
               || g_strcmp0 (ssh_get_cipher_in (self->impl.session), TERRAPIN_CIPHER) == 0;
  else
    return TRUE;
  self->impl.offer_checked = TRUE;
  self->impl.heard_all = FALSE;
  if (!is_prone)
    return TRUE;

  host = wherry_text_escape (self->login->host, -1, 0);
  g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_NO_COMMON_ALGORITHM,
               /* Translators: the first %s is a host name, the second the name of a cipher */
               _ ("“%s” offers only the cipher %s, and not the remedy for a known weakness of it "
                  "(Terrapin): somebody on the way could cut off the beginning of the "
                  "conversation. Its software needs an update; to connect all the same, name this "
                  "cipher in the settings of the login."),
               host, TERRAPIN_CIPHER);
  return FALSE;
}

/* The text between two others; %NULL if they are not there. */
static char *
cut_out (const char *text, const char *before, const char *after)
{
  const char *start = strstr (text, before);
  const char *end = start != NULL ? strstr (start + strlen (before), after) : NULL;

  if (end == NULL)
    return NULL;
  return wherry_text_escape (start + strlen (before), end - start - (gssize) strlen (before),
                             WHERRY_TEXT_SERVER_MAX / 2);
}

static const char *
describe_method (const char *method)
{
  if (method != NULL && strstr (method, "host key") != NULL)
    return _ ("type of host key");
  if (method != NULL && g_str_has_prefix (method, "encryption"))
    return _ ("cipher");
  if (method != NULL && g_str_has_prefix (method, "mac"))
    return _ ("integrity check");
  if (method != NULL && g_str_has_prefix (method, "compression"))
    return _ ("compression");
  return _ ("key exchange");
}

static void
set_no_match_error (WherrySessionImpl *self,
                    const char *what,
                    const char *theirs,
                    const char *ours,
                    GError **error)
{
  g_autofree char *host = wherry_text_escape (self->login->host, -1, 0);

  g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_NO_COMMON_ALGORITHM,
               /* Translators: the first %s is a host name; the second is "cipher", "key exchange"
                  and the like; the last two are lists of names of these */
               _ ("“%s” and this program have no %s in common. The server offers: %s. This program "
                  "offers: %s. The server’s software may be too old to be safe, or a list in the "
                  "settings of the login too short."),
               host, what, theirs, ours);
}

/* Tells both lists, which libssh (0.10) has in its words: "kex error : no match for method M:
 * server [S], client [C]". */
static gboolean
set_error_by_words (WherrySessionImpl *self, const char *words, GError **error)
{
  g_autofree char *method = cut_out (words, "for method ", ": server [");
  g_autofree char *theirs = cut_out (words, "server [", "], client [");
  g_autofree char *ours = cut_out (words, "], client [", "]");

  if (strstr (words, "no match for method") == NULL || theirs == NULL || ours == NULL)
    return FALSE;
  set_no_match_error (self, describe_method (method), theirs, ours, error);
  return TRUE;
}

/* A server that hangs up for the same reason is often first, and then libssh tells only of that:
 * what it offered was heard all the same. */
static gboolean
set_error_by_offer (WherrySessionImpl *self, GError **error)
{
  g_auto (WherryKexOffer) offer = { 0 };
  const WherryLogin *login = self->login;
  g_autofree char *kex = wherry_kex_list_modify (KEX_ALGORITHMS, login->kex_algorithms);
  g_autofree char *host_keys = wherry_kex_list_modify (HOST_KEYS, login->host_key_algorithms);
  g_autofree char *ciphers = wherry_kex_list_modify (CIPHERS, login->ciphers);

  if (!wherry_kex_offer_read (&offer, self->impl.heard->data, self->impl.heard->len))
    return FALSE;

  const struct {
    const char *what;
    const char *theirs;
    const char *ours;
  } lists[] = {
    { _ ("key exchange"), offer.kex, kex },
    { _ ("type of host key"), offer.host_keys, host_keys },
    { _ ("cipher"), offer.ciphers_out, ciphers },
    { _ ("cipher"), offer.ciphers_in, ciphers },
  };

  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      g_autofree char *common = wherry_kex_list_choose (lists[i].ours, lists[i].theirs);
      g_autofree char *theirs = NULL;

      if (common != NULL)
        continue;
      theirs = wherry_text_escape (lists[i].theirs, -1, WHERRY_TEXT_SERVER_MAX / 2);
      set_no_match_error (self, lists[i].what, theirs, lists[i].ours, error);
      return TRUE;
    }
  return FALSE;
}

static void
set_exchange_error (WherrySessionImpl *self, GError **error)
{
  g_autofree char *host = wherry_text_escape (self->login->host, -1, 0);
  const char *words = ssh_get_error (self->impl.session);
  g_autofree char *shown = wherry_text_escape (words, -1, WHERRY_TEXT_SERVER_MAX);
  g_autofree char *said = get_said (self);
  const char *banner = ssh_get_serverbanner (self->impl.session);

  if (set_error_by_words (self, words, error) || set_error_by_offer (self, error))
    return;
  if (banner == NULL && *said != '\0')
    g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_CONNECT,
                 /* Translators: the first %s is a host name, %u a port number, the second %s what
                    the server said */
                 _ ("“%s” has no SSH server on port %u. What is there says: %s"), host,
                 self->login->port, said);
  else if (banner == NULL)
    g_set_error (
        error, WHERRY_ERROR, WHERRY_ERROR_CONNECT,
        /* Translators: the first %s is a host name, %u a port number, the second %s the
           SSH library's words */
        _ ("“%s” closed the connection on port %u before it said it is an SSH server (%s). "
           "It may be busy, or refuse this address."),
        host, self->login->port, shown);
  else
    g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_CONNECT,
                 /* Translators: the first %s is a host name, the second the SSH library's words */
                 _ ("“%s” broke off while setting up the connection: %s"), host, shown);
}

static void
note_server (WherrySessionImpl *self)
{
  const char *banner = ssh_get_serverbanner (self->impl.session);
  const char *software = banner != NULL ? strchr (banner, '-') : NULL;
  WherryServerKind kind = WHERRY_SERVER_OTHER;

  /* SSH-protoversion-softwareversion (RFC 4253 section 4.2) */
  software = software != NULL ? strchr (software + 1, '-') : NULL;
  if (software != NULL && g_str_has_prefix (software, "-OpenSSH"))
    kind = WHERRY_SERVER_OPENSSH;
  else if (software != NULL && g_str_has_prefix (software, "-dropbear"))
    kind = WHERRY_SERVER_DROPBEAR;

  g_mutex_lock (&self->lock);
  self->server_banner = wherry_text_escape (banner != NULL ? banner : "", -1, 256);
  self->cipher = g_strdup (ssh_get_cipher_out (self->impl.session));
  self->server_kind = kind;
  g_mutex_unlock (&self->lock);
}

/* Makes libssh's session on a connected socket, which it takes over, and exchanges keys. */
gboolean
wherry_session_exchange_keys_in_impl (WherrySessionImpl *self, int fd, GError **error)
{
  gint64 deadline = g_get_monotonic_time () + wherry_session_get_connect_timeout (self);
  gboolean banner_came = FALSE;
  int rc;

  wherry_assert_in_impl (self);

  self->impl.session = ssh_new ();
  g_assert (self->impl.session != NULL);
  ssh_set_blocking (self->impl.session, 0);
  ssh_set_counters (self->impl.session, &self->impl.counter, NULL);
  ssh_set_message_callback (self->impl.session, on_message, NULL);
  self->impl.callbacks = (struct ssh_callbacks_struct){
    .userdata = self,
    .connect_status_function = on_status,
  };
  ssh_callbacks_init (&self->impl.callbacks);
  ssh_set_callbacks (self->impl.session, &self->impl.callbacks);
  if (!set_options (self, fd, error))
    {
      close (fd);
      return FALSE;
    }

  for (;;)
    {
      rc = connect_and_listen (self);
      /* libssh makes the socket blocking once it is connected. */
      fcntl (ssh_get_fd (self->impl.session), F_SETFL, O_NONBLOCK);
      if (!check_offer (self, rc == SSH_OK, error))
        return FALSE;
      if (rc != SSH_AGAIN)
        break;
      if (!banner_came && ssh_get_serverbanner (self->impl.session) != NULL)
        {
          /* The key exchange gets as long again. */
          banner_came = TRUE;
          deadline = g_get_monotonic_time () + wherry_session_get_connect_timeout (self);
        }
      if (!banner_came && self->impl.counter.in_bytes > PREAMBLE_MAX)
        break;
      if (!banner_came && self->impl.heard->len > 0 && g_get_monotonic_time () >= deadline)
        break;
      if (!wherry_session_wait_in_impl (self, deadline, error))
        return FALSE;
    }
  if (rc != SSH_OK)
    {
      set_exchange_error (self, error);
      return FALSE;
    }
  note_server (self);
  return TRUE;
}
