#include "wherry-test-proxy.h"

#include <string.h>

struct _WherryTestProxy {
  GSocketService *service;
  GCancellable *cancellable;
  guint16 port;
  gboolean refuse;
  char *user; /* (nullable): who alone is let through */
  char *password;
  gint n_passed;
  gint n_running;
};

static gboolean
read_exactly (GInputStream *input, guint8 *buffer, gsize size, GCancellable *cancellable)
{
  gsize n;

  return g_input_stream_read_all (input, buffer, size, &n, cancellable, NULL) && n == size;
}

static char *
read_short_string (WherryTestProxy *self, GInputStream *input)
{
  guint8 length;
  char text[256] = "";

  if (!read_exactly (input, &length, 1, self->cancellable)
      || !read_exactly (input, (guint8 *) text, length, self->cancellable))
    return NULL;
  return g_strndup (text, length);
}

/* Agrees on how to log in to a SOCKS5 proxy, and lets do so (RFC 1929). */
static gboolean
take_socks_login (WherryTestProxy *self, GIOStream *client)
{
  const guint8 method[] = { 5, self->user != NULL ? 2 : 0 };
  GInputStream *input = g_io_stream_get_input_stream (client);
  GOutputStream *output = g_io_stream_get_output_stream (client);
  g_autofree char *user = NULL;
  g_autofree char *password = NULL;
  guint8 version;
  gboolean is_right;

  if (!g_output_stream_write_all (output, method, 2, NULL, self->cancellable, NULL))
    return FALSE;
  if (self->user == NULL)
    return TRUE;
  if (!read_exactly (input, &version, 1, self->cancellable)
      || (user = read_short_string (self, input)) == NULL
      || (password = read_short_string (self, input)) == NULL)
    return FALSE;
  is_right = g_str_equal (user, self->user) && g_str_equal (password, self->password);
  return g_output_stream_write_all (output, (guint8[]){ 1, is_right ? 0 : 1 }, 2, NULL,
                                    self->cancellable, NULL)
         && is_right;
}

/* The host and port a SOCKS5 client asks for, which is told that it has them. */
static char *
take_socks (WherryTestProxy *self, GIOStream *client, guint16 *port)
{
  guint8 answer[] = { 5, self->refuse ? 2 : 0, 0, 1, 0, 0, 0, 0, 0, 0 };
  GInputStream *input = g_io_stream_get_input_stream (client);
  GOutputStream *output = g_io_stream_get_output_stream (client);
  guint8 header[256];
  char *host = NULL;
  guint8 length;

  /* The version has been read. */
  if (!read_exactly (input, &length, 1, self->cancellable)
      || !read_exactly (input, header, length, self->cancellable)
      || !take_socks_login (self, client) || !read_exactly (input, header, 4, self->cancellable))
    return NULL;
  if (header[3] == 1 && read_exactly (input, header, 4, self->cancellable))
    host = g_strdup_printf ("%u.%u.%u.%u", header[0], header[1], header[2], header[3]);
  else if (header[3] == 3 && read_exactly (input, &length, 1, self->cancellable)
           && read_exactly (input, header, length, self->cancellable))
    host = g_strndup ((char *) header, length);
  if (!read_exactly (input, header, 2, self->cancellable))
    g_clear_pointer (&host, g_free);
  *port = (guint16) (header[0] << 8 | header[1]);
  g_output_stream_write_all (output, answer, sizeof answer, NULL, self->cancellable, NULL);
  return host;
}

/* RFC 7617 */
static gboolean
is_http_login_right (WherryTestProxy *self, const char *request)
{
  g_autofree char *both = g_strdup_printf ("%s:%s", self->user, self->password);
  g_autofree char *base64 = g_base64_encode ((const guchar *) both, strlen (both));
  g_autofree char *line = g_strdup_printf ("Proxy-Authorization: Basic %s\r\n", base64);

  return self->user == NULL || strstr (request, line) != NULL;
}

static char *
take_connect (WherryTestProxy *self, GIOStream *client, guint16 *port)
{
  const char *answer
      = self->refuse ? "HTTP/1.0 403 Forbidden\r\n\r\n" : "HTTP/1.0 200 Connected\r\n\r\n";
  gboolean is_welcome;
  GInputStream *input = g_io_stream_get_input_stream (client);
  GOutputStream *output = g_io_stream_get_output_stream (client);
  g_autoptr (GString) request = g_string_new (NULL);
  g_auto (GStrv) words = NULL;
  char *colon;
  guint8 byte;

  /* The "C" has been read. */
  while (strstr (request->str, "\r\n\r\n") == NULL)
    {
      if (!read_exactly (input, &byte, 1, self->cancellable))
        return NULL;
      g_string_append_c (request, (char) byte);
    }
  is_welcome = is_http_login_right (self, request->str);
  if (!is_welcome)
    answer = "HTTP/1.0 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n";
  g_output_stream_write_all (output, answer, strlen (answer), NULL, self->cancellable, NULL);
  if (!is_welcome)
    return NULL;
  words = g_strsplit (request->str, " ", 3);
  if (g_strv_length (words) < 3 || (colon = strrchr (words[1], ':')) == NULL)
    return NULL;
  *port = (guint16) g_ascii_strtoull (colon + 1, NULL, 10);
  return g_strndup (words[1], (gsize) (colon - words[1]));
}

typedef struct {
  GIOStream *from;
  GIOStream *to;
  GCancellable *cancellable;
} Direction;

/* Copies one way, and hangs up on both sides at the end. */
static gpointer
copy_thread (gpointer data)
{
  Direction *way = data;
  GInputStream *input = g_io_stream_get_input_stream (way->from);
  GOutputStream *output = g_io_stream_get_output_stream (way->to);
  guint8 buffer[16384];
  gssize n;

  while ((n = g_input_stream_read (input, buffer, sizeof buffer, way->cancellable, NULL)) > 0)
    if (!g_output_stream_write_all (output, buffer, (gsize) n, NULL, way->cancellable, NULL))
      break;
  g_socket_shutdown (g_socket_connection_get_socket (G_SOCKET_CONNECTION (way->to)), TRUE, TRUE,
                     NULL);
  g_socket_shutdown (g_socket_connection_get_socket (G_SOCKET_CONNECTION (way->from)), TRUE, TRUE,
                     NULL);
  return NULL;
}

static gboolean
on_run (GThreadedSocketService *service,
        GSocketConnection *client,
        GObject *source,
        gpointer user_data)
{
  WherryTestProxy *self = user_data;
  g_autoptr (GSocketClient) connector = g_socket_client_new ();
  g_autoptr (GSocketConnection) server = NULL;
  g_autofree char *host = NULL;
  guint16 port = 0;
  guint8 first = 0;

  g_atomic_int_inc (&self->n_running);
  if (read_exactly (g_io_stream_get_input_stream (G_IO_STREAM (client)), &first, 1,
                    self->cancellable))
    host = first == 5 ? take_socks (self, G_IO_STREAM (client), &port)
                      : take_connect (self, G_IO_STREAM (client), &port);
  g_socket_client_set_enable_proxy (connector, FALSE);
  if (host != NULL && !self->refuse)
    server = g_socket_client_connect_to_host (connector, host, port, self->cancellable, NULL);
  if (server != NULL)
    {
      Direction up = { G_IO_STREAM (client), G_IO_STREAM (server), self->cancellable };
      Direction down = { G_IO_STREAM (server), G_IO_STREAM (client), self->cancellable };
      GThread *thread = g_thread_new ("test-proxy", copy_thread, &up);

      g_atomic_int_inc (&self->n_passed);
      copy_thread (&down);
      g_thread_join (thread);
    }
  g_atomic_int_add (&self->n_running, -1);
  return TRUE;
}

/**
 * wherry_test_proxy_start:
 * @refuse: whether it lets nobody through
 *
 * Returns: (transfer full): a proxy; the default main context takes its clients
 */
WherryTestProxy *
wherry_test_proxy_start (gboolean refuse)
{
  WherryTestProxy *self = g_new0 (WherryTestProxy, 1);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GError) error = NULL;

  self->refuse = refuse;
  self->cancellable = g_cancellable_new ();
  self->service = g_threaded_socket_service_new (8);
  g_socket_listener_add_address (G_SOCKET_LISTENER (self->service), address, G_SOCKET_TYPE_STREAM,
                                 G_SOCKET_PROTOCOL_TCP, NULL, &bound, &error);
  g_assert_no_error (error);
  self->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  g_signal_connect (self->service, "run", G_CALLBACK (on_run), self);
  g_socket_service_start (self->service);
  return self;
}

/**
 * wherry_test_proxy_set_login:
 * @self: a proxy
 * @user: who alone is let through
 * @password: by what
 *
 * Before anybody asks it.
 */
void
wherry_test_proxy_set_login (WherryTestProxy *self, const char *user, const char *password)
{
  self->user = g_strdup (user);
  self->password = g_strdup (password);
}

/**
 * wherry_test_proxy_stop:
 * @self: (transfer full) (nullable): a proxy
 */
void
wherry_test_proxy_stop (WherryTestProxy *self)
{
  if (self == NULL)
    return;

  g_cancellable_cancel (self->cancellable);
  g_socket_service_stop (self->service);
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
  while (g_atomic_int_get (&self->n_running) > 0)
    g_usleep (1000);
  g_object_unref (self->service);
  g_object_unref (self->cancellable);
  g_free (self->user);
  g_free (self->password);
  g_free (self);
}

/**
 * wherry_test_proxy_get_port:
 * @self: a proxy
 *
 * Returns: its port
 */
guint16
wherry_test_proxy_get_port (WherryTestProxy *self)
{
  return self->port;
}

/**
 * wherry_test_proxy_get_n_passed:
 * @self: a proxy
 *
 * Returns: how many connections it has made for others
 */
guint
wherry_test_proxy_get_n_passed (WherryTestProxy *self)
{
  return (guint) g_atomic_int_get (&self->n_passed);
}
