/*
 * Hosts that are reached through others. The session at the far host has one
 * end of a socket pair for its connection; the thread of the session at the
 * nearer one carries bytes between the other end and a direct-tcpip channel
 * (RFC 4254 section 7.2). Each has its own host key check and its own login.
 */
#include "config.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "ssh/wherry-session-private.h"

/* Why the connection that this one leads through has ended; %NULL if it has not, or there is none.
 */
GError *
wherry_session_dup_error_on_the_way (WherrySessionImpl *self)
{
  WherrySessionImpl *via = self->via != NULL ? wherry_session_get_impl (self->via) : NULL;
  GError *error = NULL;

  if (via == NULL)
    return NULL;
  g_mutex_lock (&via->lock);
  if (via->error != NULL)
    error = g_error_copy (via->error);
  g_mutex_unlock (&via->lock);
  return error;
}

static void
set_slow_error (WherrySessionImpl *self, GError **error)
{
  g_autofree char *host = wherry_text_escape (self->login->host, -1, 0);
  g_autofree char *gate = wherry_text_escape (self->login->via->host, -1, 0);

  g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_CONNECT,
               /* Translators: the first %s is the host that others are reached through, the second
                  such a host, %u its port */
               _ ("“%s” does not reach “%s” on port %u in time. Check the name and the port."),
               gate, host, self->login->port);
}

static gboolean
request_tunnel (WherrySessionImpl *self, WherryStream *stream, GError **error)
{
  gint64 deadline = g_get_monotonic_time () + wherry_session_get_connect_timeout (self);
  g_autoptr (GError) refusal = NULL;

  if (!wherry_session_request_stream (self->via, stream, error))
    {
      wherry_session_end_tunnel_in_impl (stream);
      return FALSE;
    }
  if (wherry_stream_await_open (stream, deadline, self->cancellable, &refusal))
    return TRUE;
  wherry_stream_close (stream);
  if (refusal != NULL)
    g_propagate_error (error, g_steal_pointer (&refusal));
  else
    set_slow_error (self, error);
  return FALSE;
}

/* Connects to the host on the way, if that is not done, and to the server from there. */
gboolean
wherry_session_open_tunnel_in_impl (WherrySessionImpl *self, int *fd, GError **error)
{
  g_autofree char *host = wherry_text_escape (self->login->host, -1, 0);
  g_autoptr (WherryStream) stream = NULL;
  GError *reason = NULL;
  int fds[2];

  wherry_assert_in_impl (self);

  if (wherry_login_count_hops (self->login) > WHERRY_LOGIN_HOPS_MAX)
    {
      g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_CONNECT,
                   /* Translators: %s is a host name, %d a number */
                   _ ("More than %d hosts lie on the way to “%s”"), WHERRY_LOGIN_HOPS_MAX, host);
      return FALSE;
    }
  if (!wherry_session_join_connect (self->via, self->cancellable, &reason))
    {
      /* Translators: before a message about another host; %s is the host that was asked for */
      g_propagate_prefixed_error (error, reason, _ ("On the way to “%s”: "), host);
      return FALSE;
    }

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) != 0)
    {
      int failure = errno;

      g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (failure),
                           g_strerror (failure));
      return FALSE;
    }
  stream = wherry_stream_new (wherry_session_get_impl (self->via), WHERRY_STREAM_TUNNEL,
                              self->login->host, self->login->port);
  stream->impl.tunnel_fd = fds[1];
  if (!request_tunnel (self, stream, error))
    {
      close (fds[0]);
      return FALSE;
    }
  *fd = fds[0];
  return TRUE;
}

/* Tells why a tunnel was not opened; the reasons are numbered in RFC 4254 section 5.1. */
void
wherry_session_refuse_tunnel_in_impl (WherrySessionImpl *self, WherryStream *stream)
{
  g_autofree char *gate = wherry_text_escape (self->login->host, -1, 0);
  g_autofree char *host = wherry_text_escape (stream->target, -1, 0);
  const char *reason = ssh_get_error (self->impl.session);
  const char *number = strstr (reason, " error (");
  const char *end = number != NULL ? strstr (number, ") ") : NULL;
  g_autofree char *words = wherry_text_escape (end != NULL ? end + 2 : reason, -1, 256);
  g_autoptr (GError) error = NULL;

  if (number != NULL && g_str_has_prefix (number, " error (1) "))
    g_set_error (&error, WHERRY_ERROR, WHERRY_ERROR_CONNECT,
                 /* Translators: the first %s is the host that others are reached through, the
                    second such a host */
                 _ ("“%s” does not allow to go on to “%s” through it (AllowTcpForwarding of its "
                    "SSH server). Ask who runs it."),
                 gate, host);
  else
    g_set_error (&error, WHERRY_ERROR, WHERRY_ERROR_CONNECT,
                 /* Translators: the first %s is the host that others are reached through, the
                    second such a host, %u its port, the third the SSH library's words */
                 _ ("“%s” does not reach “%s” on port %u: %s"), gate, host, stream->port, words);
  wherry_stream_fail_in_impl (stream, error);
}

/* Fills in what to wait for; returns how many. */
guint
wherry_session_watch_tunnels_in_impl (WherrySessionImpl *self, struct pollfd *fds)
{
  guint n = 0;

  for (guint i = 0; i < self->impl.streams->len; i++)
    {
      WherryStream *stream = g_ptr_array_index (self->impl.streams, i);
      short events;

      if (stream->impl.tunnel_fd < 0 || stream->impl.phase != WHERRY_STREAM_PHASE_RUNNING)
        continue;
      g_mutex_lock (&stream->lock);
      events = (short) ((stream->unread > 0 ? POLLOUT : 0) | (stream->output_full ? 0 : POLLIN));
      g_mutex_unlock (&stream->lock);
      /* With nothing to wait for a hang-up would wake us all the same, again and again. */
      if (events != 0)
        fds[n++] = (struct pollfd){ .fd = stream->impl.tunnel_fd, .events = events };
    }
  return n;
}

static void
close_tunnel_fd (WherryStream *stream)
{
  if (stream->impl.tunnel_fd >= 0)
    close (stream->impl.tunnel_fd);
  stream->impl.tunnel_fd = -1;
}

/* Frees what a tunnel has beside its channel. */
void
wherry_session_end_tunnel_in_impl (WherryStream *stream)
{
  close_tunnel_fd (stream);
  g_clear_object (&stream->impl.tunnel_end);
}

/* From the server to the far session; %FALSE if that one has gone. */
static gboolean
hand_on (WherryStream *stream, gboolean *moved)
{
  WherryChannel *end = stream->impl.tunnel_end;
  const guint8 *data;
  gsize length;

  while ((data = wherry_channel_peek (end, &length)) != NULL)
    {
      ssize_t n = send (stream->impl.tunnel_fd, data, length, MSG_NOSIGNAL | MSG_DONTWAIT);

      if (n < 0)
        return errno == EAGAIN || errno == EINTR;
      wherry_channel_consume (end, (gsize) n);
      *moved = TRUE;
    }
  if (wherry_channel_is_input_ended (end) && !stream->impl.tunnel_shut)
    {
      shutdown (stream->impl.tunnel_fd, SHUT_WR);
      stream->impl.tunnel_shut = TRUE;
    }
  return TRUE;
}

/* From the far session to the server; %FALSE once that one has gone. */
static gboolean
fetch (WherryStream *stream, gboolean *moved)
{
  WherryChannel *end = stream->impl.tunnel_end;
  gboolean there = TRUE;
  guint8 *buffer;
  gsize size;

  while ((buffer = wherry_channel_reserve (end, &size)) != NULL)
    {
      ssize_t n = recv (stream->impl.tunnel_fd, buffer, size, MSG_DONTWAIT);

      if (n <= 0)
        {
          there = n < 0 && (errno == EAGAIN || errno == EINTR);
          break;
        }
      wherry_channel_commit (end, (gsize) n);
      *moved = TRUE;
    }
  wherry_channel_flush (end);
  return there;
}

/* Moves bytes between a tunnel's socket and its channel's blocks. */
gboolean
wherry_session_carry_in_impl (WherrySessionImpl *self, WherryStream *stream)
{
  gboolean moved = FALSE;

  wherry_assert_in_impl (self);

  if (stream->impl.tunnel_end == NULL)
    stream->impl.tunnel_end = wherry_channel_new (NULL, wherry_stream_ref (stream));
  if (stream->impl.tunnel_fd >= 0 && (!hand_on (stream, &moved) || !fetch (stream, &moved)))
    {
      /* The far session has said all it had to say; that goes out before the channel is closed. */
      close_tunnel_fd (stream);
      wherry_channel_send_eof (stream->impl.tunnel_end);
      moved = TRUE;
    }
  if (stream->impl.tunnel_fd < 0 && stream->impl.eof_sent)
    wherry_channel_close (stream->impl.tunnel_end);
  return moved;
}
