/*
 * From a name to a connected socket: GIO makes the connection. Nothing here
 * blocks beyond a cancellation.
 */
#include "config.h"

#include <fcntl.h>
#include <gio/gnetworking.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "ssh/wherry-session-private.h"

#define CONNECT_TIMEOUT 20 /* seconds */

/* Unacknowledged data breaks the connection after this long, in milliseconds (RFC 5482). */
#define USER_TIMEOUT (60 * 1000)

/* How often the password of a proxy's user is asked for. */
#define PROXY_TRIES 3

typedef struct {
  GSocketConnection *connection;
  GError *error;
  GCancellable *cancellable;
  gboolean done;
  gboolean timed_out;
} Attempt;

/* How long connecting may take, in microseconds, and the key exchange once more. */
gint64
wherry_session_get_connect_timeout (WherrySessionImpl *self)
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

static gboolean
has_own_proxy (WherrySessionImpl *self)
{
  return self->login->proxy != NULL && !g_str_equal (self->login->proxy, "none");
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
  else if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_PROXY_AUTH_FAILED)
           || g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_PROXY_NEED_AUTH))
    g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_CONNECT,
                 /* Translators: %s is a host name */
                 _ ("The proxy on the way to “%s” wants a user name and a password. Name the right "
                    "user in the proxy’s address, as in “socks5://user@host:port”; the password is "
                    "asked for."),
                 host);
  else if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_PROXY_NOT_ALLOWED))
    g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_CONNECT,
                 /* Translators: %s is a host name, %u a port number */
                 _ ("The proxy does not allow connections to “%s” on port %u. Ask who runs it."),
                 host, port);
  else if (has_own_proxy (self) || g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_PROXY_FAILED))
    g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_CONNECT,
                 /* Translators: the first %s is a host name, %u a port number, the second %s the
                    system's words */
                 _ ("“%s” can’t be reached on port %u through the proxy: %s. Check the proxy’s "
                    "address, and whether it is running."),
                 host, port, words);
  else if (self->login->address_family != WHERRY_ADDRESS_ANY
           && (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED)
               || g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT)))
    g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_CONNECT,
                 /* Translators: the first %s is a host name, the second IPv4 or IPv6 */
                 _ ("“%s” has no %s address, and only such are to be used. Change that, or use "
                    "another name."),
                 host, self->login->address_family == WHERRY_ADDRESS_IPV4 ? "IPv4" : "IPv6");
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

static GSocketClient *
make_client (WherrySessionImpl *self, const char *proxy)
{
  GSocketClient *client = g_socket_client_new ();

  if (self->login->address_family == WHERRY_ADDRESS_IPV4)
    g_socket_client_set_family (client, G_SOCKET_FAMILY_IPV4);
  else if (self->login->address_family == WHERRY_ADDRESS_IPV6)
    g_socket_client_set_family (client, G_SOCKET_FAMILY_IPV6);
  if (proxy != NULL && g_str_equal (proxy, "none"))
    g_socket_client_set_enable_proxy (client, FALSE);
  else if (proxy != NULL)
    {
      g_autoptr (GProxyResolver) resolver = g_simple_proxy_resolver_new (proxy, NULL);

      g_socket_client_set_proxy_resolver (client, resolver);
    }
  return client;
}

static void
connect_attempt (WherrySessionImpl *self, const char *proxy, Attempt *attempt)
{
  g_autoptr (GSocketClient) client = make_client (self, proxy);
  g_autoptr (GSocketConnectable) address
      = g_network_address_new (self->login->host, self->login->port);
  g_autoptr (GSource) timeout
      = attach (self,
                g_timeout_source_new ((guint) (wherry_session_get_connect_timeout (self) / 1000)),
                on_timeout, attempt);
  g_autoptr (GSource) cancelled = attach (self, g_cancellable_source_new (self->cancellable),
                                          G_SOURCE_FUNC (on_cancelled), attempt);

  attempt->done = FALSE;
  g_socket_client_connect_async (client, address, attempt->cancellable, on_connected, attempt);
  while (!attempt->done)
    g_main_context_iteration (self->impl.context, TRUE);
  g_source_destroy (timeout);
  g_source_destroy (cancelled);
}

/* Asks for the password of the user that a proxy's address names; an error if it is not told. */
static WherryPrompt *
ask_proxy_password (WherrySessionImpl *self, GUri *proxy, guint attempt, GError **error)
{
  g_autofree char *user = wherry_text_escape (g_uri_get_user (proxy), -1, 0);
  g_autofree char *gate = wherry_text_escape (g_uri_get_host (proxy), -1, 0);
  g_autofree char *host = wherry_text_escape (self->login->host, -1, 0);
  g_autoptr (WherryPrompt) prompt = wherry_prompt_new (WHERRY_PROMPT_PASSWORD, user, gate,
                                                       (guint16) MAX (g_uri_get_port (proxy), 0));
  g_autoptr (GError) asking = NULL;

  wherry_prompt_set_attempt (prompt, attempt);
  wherry_prompt_add_field (prompt, NULL, FALSE);
  if (self->prompter != NULL
      && wherry_prompter_ask (self->prompter, prompt, self->cancellable, &asking))
    return g_steal_pointer (&prompt);
  if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
    return NULL;
  if (g_error_matches (asking, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
                 _ ("Logging in as “%s” on “%s” was cancelled"), user, gate);
  else
    g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_CONNECT,
                 /* Translators: the first %s is a host name, the second a user name */
                 _ ("The proxy on the way to “%s” wants the password of “%s”, and nobody could be "
                    "asked."),
                 host, user);
  return NULL;
}

/* A proxy's address with the answer in it, which is the one way to tell GIO; to be wiped. */
static char *
add_password (GUri *proxy, WherryPrompt *prompt)
{
  const char *password = wherry_prompt_get_answer (prompt, 0);

  return g_uri_join_with_user (G_URI_FLAGS_HAS_PASSWORD, g_uri_get_scheme (proxy),
                               g_uri_get_user (proxy), password != NULL ? password : "", NULL,
                               g_uri_get_host (proxy), g_uri_get_port (proxy), "", NULL, NULL);
}

/* The address of the login's own proxy, if that names a user who has a password; SOCKS 4 has none.
 */
static GUri *
parse_proxy_with_user (WherrySessionImpl *self)
{
  const char *proxy = self->login->proxy;
  g_autoptr (GUri) uri
      = has_own_proxy (self) ? g_uri_parse (proxy, G_URI_FLAGS_HAS_PASSWORD, NULL) : NULL;

  if (uri == NULL || g_uri_get_user (uri) == NULL || g_uri_get_host (uri) == NULL
      || g_str_has_prefix (proxy, "socks4"))
    return NULL;
  return g_steal_pointer (&uri);
}

/* One connection, with the password for the proxy if it takes one; whether the answer was wrong and
 * it may be tried again. */
static gboolean
try_to_connect (WherrySessionImpl *self, GUri *proxy, guint n, Attempt *attempt, GError **error)
{
  g_autoptr (WherryPrompt) prompt = NULL;
  gboolean refused;

  if (proxy == NULL)
    connect_attempt (self, self->login->proxy, attempt);
  else
    {
      char *address;

      prompt = ask_proxy_password (self, proxy, n, error);
      if (prompt == NULL)
        return FALSE;
      address = add_password (proxy, prompt);
      connect_attempt (self, address, attempt);
      explicit_bzero (address, strlen (address));
      g_free (address);
    }
  refused = g_error_matches (attempt->error, G_IO_ERROR, G_IO_ERROR_PROXY_AUTH_FAILED);
  if (prompt != NULL && (refused || attempt->connection != NULL))
    wherry_prompt_settle (prompt, !refused);
  if (prompt != NULL && refused && n < PROXY_TRIES)
    {
      g_clear_error (&attempt->error);
      return TRUE;
    }
  if (attempt->connection == NULL)
    set_connect_error (self, attempt, error);
  g_clear_error (&attempt->error);
  return FALSE;
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
  g_autoptr (GUri) proxy = parse_proxy_with_user (self);
  Attempt attempt = { .cancellable = cancellable };
  guint n = 1;
  int user_timeout = USER_TIMEOUT;
  int yes = 1;

  wherry_assert_in_impl (self);

  while (try_to_connect (self, proxy, n++, &attempt, error))
    ;
  if (attempt.connection == NULL)
    return FALSE;

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
