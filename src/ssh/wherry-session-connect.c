/*
 * From a name to an encrypted connection: GIO makes the TCP connection, libssh
 * exchanges keys on it. Nothing here blocks beyond a cancellation.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gnetworking.h>
#include <glib/gi18n-lib.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "ssh/wherry-session-private.h"

#define CONNECT_TIMEOUT 20 /* seconds */

/* Unacknowledged data breaks the connection after this long, in milliseconds (RFC 5482). */
#define USER_TIMEOUT (60 * 1000)

/* A server may send lines before its identification string (RFC 4253 section 4.2), but not without
 * end. */
#define PREAMBLE_MAX (64 * 1024)

/* Most that a server may send before the login is over, banners and questions included (rule R12).
 */
#define SETUP_MAX (4 * 1024 * 1024)

/* How much of what is no identification string is kept to be shown. */
#define SAID_MAX 256

/*
 * AES-GCM is faster than libssh's own first choice wherever the CPU has AES;
 * the rest is what libssh 0.10 offers by default.
 */
#define CIPHERS                                                                  \
  "aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com," \
  "aes256-ctr,aes192-ctr,aes128-ctr"

typedef struct {
  GSocketConnection *connection;
  GError *error;
  GCancellable *cancellable;
  gboolean done;
  gboolean timed_out;
} Attempt;

static gint64
get_connect_timeout (WherrySessionImpl *self)
{
  guint seconds
      = self->login->connect_timeout != 0 ? self->login->connect_timeout : CONNECT_TIMEOUT;

  return seconds * (gint64) G_USEC_PER_SEC;
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Attempt *attempt = user_data;

  attempt->connection
      = g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result, &attempt->error);
  attempt->done = TRUE;
}

static gboolean
on_timeout (gpointer user_data)
{
  Attempt *attempt = user_data;

  attempt->timed_out = TRUE;
  g_cancellable_cancel (attempt->cancellable);
  return G_SOURCE_REMOVE;
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  Attempt *attempt = user_data;

  g_cancellable_cancel (attempt->cancellable);
  return G_SOURCE_REMOVE;
}

static void
set_connect_error (WherrySessionImpl *self, Attempt *attempt, GError **error)
{
  g_autofree char *host = wherry_text_escape (self->login->host, -1, 0);
  g_autofree char *words = wherry_text_escape (attempt->error->message, -1, WHERRY_TEXT_SERVER_MAX);
  GError *cause = attempt->error;
  guint port = self->login->port;

  if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
    return;

  if (attempt->timed_out || g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_CONNECT,
                 /* Translators: %s is a host name, %u a port number */
                 _ ("“%s” does not answer on port %u. Check the name and the port, and whether a "
                    "firewall is in between."),
                 host, port);
  else if (cause->domain == G_RESOLVER_ERROR && cause->code == G_RESOLVER_ERROR_NOT_FOUND)
    g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_CONNECT,
                 _ ("There is no host named “%s”. Check its spelling."), host);
  else if (cause->domain == G_RESOLVER_ERROR)
    g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_CONNECT,
                 /* Translators: the first %s is a host name, the second the system's words */
                 _ ("The address of “%s” can’t be looked up: %s. Check the network connection."),
                 host, words);
  else if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED))
    g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_CONNECT,
                 /* Translators: %s is a host name, %u a port number */
                 _ ("“%s” refuses connections on port %u. Check the port, and whether an SSH "
                    "server is running there."),
                 host, port);
  else if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_HOST_UNREACHABLE)
           || g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_NETWORK_UNREACHABLE))
    g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_CONNECT,
                 _ ("No way leads to “%s”. Check the network connection."), host);
  else
    g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_CONNECT,
                 /* Translators: the first %s is a host name, %u a port number, the second %s the
                    system's words */
                 _ ("Connecting to “%s” on port %u failed: %s"), host, port, words);
}

static GSource *
attach (WherrySessionImpl *self, GSource *source, GSourceFunc callback, Attempt *attempt)
{
  g_source_set_callback (source, callback, attempt, NULL);
  g_source_attach (source, self->impl.context);
  return source;
}

static void
connect_attempt (WherrySessionImpl *self, Attempt *attempt)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnectable) address
      = g_network_address_new (self->login->host, self->login->port);
  g_autoptr (GSource) timeout
      = attach (self, g_timeout_source_new ((guint) (get_connect_timeout (self) / 1000)),
                on_timeout, attempt);
  g_autoptr (GSource) cancelled = attach (self, g_cancellable_source_new (self->cancellable),
                                          G_SOURCE_FUNC (on_cancelled), attempt);

  g_socket_client_connect_async (client, address, attempt->cancellable, on_connected, attempt);
  while (!attempt->done)
    g_main_context_iteration (self->impl.context, TRUE);
  g_source_destroy (timeout);
  g_source_destroy (cancelled);
}

/* The socket below a connection; -1 if there is a layer in between that changes the bytes. */
static int
get_fd (GSocketConnection *connection)
{
  if (G_IS_TCP_WRAPPER_CONNECTION (connection))
    {
      GIOStream *base
          = g_tcp_wrapper_connection_get_base_io_stream (G_TCP_WRAPPER_CONNECTION (connection));

      if (!G_IS_SOCKET_CONNECTION (base))
        return -1;
    }
  return g_socket_get_fd (g_socket_connection_get_socket (connection));
}

/*
 * Connects to the server, through the desktop's proxy if there is one, by
 * whichever of its addresses answers first.
 */
gboolean
wherry_session_open_socket_in_impl (WherrySessionImpl *self, int *fd, GError **error)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Attempt attempt = { .cancellable = cancellable };
  int user_timeout = USER_TIMEOUT;
  int yes = 1;

  wherry_assert_in_impl (self);

  connect_attempt (self, &attempt);
  if (attempt.connection == NULL)
    {
      set_connect_error (self, &attempt, error);
      g_clear_error (&attempt.error);
      return FALSE;
    }

  *fd = get_fd (attempt.connection);
  if (*fd >= 0)
    *fd = fcntl (*fd, F_DUPFD_CLOEXEC, 3);
  g_object_unref (attempt.connection);
  if (*fd < 0)
    {
      g_set_error_literal (error, WHERRY_ERROR, WHERRY_ERROR_CONNECT,
                           _ ("The proxy of this desktop can’t be used for SSH. Set a SOCKS proxy, "
                              "or none for this host."));
      return FALSE;
    }

  setsockopt (*fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  setsockopt (*fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout, sizeof user_timeout);
  return TRUE;
}

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
 * Orders the types of host key that are asked for: those on record first, so
 * that the key can be compared. A key of type ssh-rsa signs by SHA-2 only.
 */
char *
wherry_session_order_host_key_types (char **known)
{
  static const struct {
    const char *key_type;
    const char *algorithms;
  } types[] = {
    { "ssh-ed25519", "ssh-ed25519" },
    { "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256" },
    { "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384" },
    { "ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521" },
    { "ssh-rsa", "rsa-sha2-512,rsa-sha2-256" },
  };
  GString *order = g_string_new (NULL);

  for (guint first = 1; first <= 2; first++)
    for (guint i = 0; i < G_N_ELEMENTS (types); i++)
      {
        gboolean is_known
            = known != NULL && g_strv_contains ((const char *const *) known, types[i].key_type);

        if (is_known == (first == 1))
          g_string_append_printf (order, "%s%s", order->len > 0 ? "," : "", types[i].algorithms);
      }
  return g_string_free (order, FALSE);
}

static gboolean
set_options (WherrySessionImpl *self, int fd, GError **error)
{
  g_auto (GStrv) known
      = wherry_host_key_store_dup_key_types (self->host_keys,
                                             wherry_login_get_host_key_name (self->login),
                                             wherry_login_get_host_key_port (self->login));
  g_autofree char *host_keys = wherry_session_order_host_key_types (known);
  const char *ciphers = self->login->ciphers != NULL ? self->login->ciphers : CIPHERS;
  ssh_session session = self->impl.session;
  gboolean process_config = FALSE;
  int rc = 0;

  rc |= ssh_options_set (session, SSH_OPTIONS_PROCESS_CONFIG, &process_config);
  rc |= ssh_options_set (session, SSH_OPTIONS_KNOWNHOSTS, "/dev/null");
  rc |= ssh_options_set (session, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null");
  rc |= ssh_options_set (session, SSH_OPTIONS_USER, self->login->user);
  rc |= ssh_options_set (session, SSH_OPTIONS_HOSTKEYS, host_keys);
  if (rc != 0)
    {
      wherry_session_set_broken_in_impl (self, error);
      return FALSE;
    }
  if (ssh_options_set (session, SSH_OPTIONS_CIPHERS_C_S, ciphers) != 0
      || ssh_options_set (session, SSH_OPTIONS_CIPHERS_S_C, ciphers) != 0)
    {
      g_autofree char *shown = wherry_text_escape (ciphers, -1, 256);

      g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_NO_COMMON_ALGORITHM,
                   /* Translators: %s is a list of names of ciphers */
                   _ ("None of the ciphers “%s” is known here. Change or clear the list."), shown);
      return FALSE;
    }
  if (ssh_options_set (session, SSH_OPTIONS_FD, &fd) != 0)
    {
      wherry_session_set_broken_in_impl (self, error);
      return FALSE;
    }
  return TRUE;
}

/*
 * libssh throws lines away that are no identification string. They are looked at
 * before it takes them, to show what answered instead of an SSH server.
 */
static void
note_what_it_says (WherrySessionImpl *self)
{
  char buffer[SAID_MAX];
  ssize_t n;

  if (self->impl.said->len > 0 || ssh_get_serverbanner (self->impl.session) != NULL)
    return;
  n = recv (ssh_get_fd (self->impl.session), buffer, sizeof buffer, MSG_PEEK | MSG_DONTWAIT);
  if (n > 0 && strncmp (buffer, "SSH-", MIN ((size_t) n, 4)) != 0)
    g_string_append_len (self->impl.said, buffer, n);
}

static void
set_exchange_error (WherrySessionImpl *self, GError **error)
{
  g_autofree char *host = wherry_text_escape (self->login->host, -1, 0);
  const char *words = ssh_get_error (self->impl.session);
  g_autofree char *shown = wherry_text_escape (words, -1, WHERRY_TEXT_SERVER_MAX);
  g_autofree char *said
      = wherry_text_escape (self->impl.said->str, (gssize) self->impl.said->len, SAID_MAX);
  const char *banner = ssh_get_serverbanner (self->impl.session);

  if (strstr (words, "no match for method") != NULL)
    g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_NO_COMMON_ALGORITHM,
                 /* Translators: the first %s is a host name, the second the SSH library's words */
                 _ ("“%s” and this program have no algorithm in common: %s. The server’s software "
                    "may be too old to be safe."),
                 host, shown);
  else if (banner == NULL && *said != '\0')
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
  gint64 deadline = g_get_monotonic_time () + get_connect_timeout (self);
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
      if (ssh_get_fd (self->impl.session) >= 0)
        note_what_it_says (self);
      rc = ssh_connect (self->impl.session);
      /* libssh makes the socket blocking once it is connected. */
      fcntl (ssh_get_fd (self->impl.session), F_SETFL, O_NONBLOCK);
      if (rc != SSH_AGAIN)
        break;
      if (!banner_came && ssh_get_serverbanner (self->impl.session) != NULL)
        {
          /* The key exchange gets as long again. */
          banner_came = TRUE;
          deadline = g_get_monotonic_time () + get_connect_timeout (self);
        }
      if (!banner_came && self->impl.counter.in_bytes > PREAMBLE_MAX)
        break;
      if (!banner_came && self->impl.said->len > 0 && g_get_monotonic_time () >= deadline)
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
