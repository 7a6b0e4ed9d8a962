/*
 * The session's thread once the connection is up: it sleeps in one poll() over
 * the socket and an eventfd, and moves bytes in rounds.
 */
#include "config.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "ssh/wherry-session-private.h"

/* libssh 0.10 takes 4 KiB from the socket at a time: a round receives up to 256 KiB. */
#define RECEIVES_MAX 64

/* How long a goodbye may take. */
#define GOODBYE_TIMEOUT (300 * 1000)

/* Acknowledged bytes that count as a sign of life: more than keepalives, which a hung server's
   kernel acknowledges as well. */
#define PROGRESS_MIN 4096

/* How soon a server has to answer after sleep, or when the network changed. */
#define PROBE_TIMEOUT (8 * (gint64) G_USEC_PER_SEC)

#define SCRATCH_SIZE WHERRY_STREAM_INPUT_LIMIT

/* Room for what libssh hands out itself; its pages exist only once they are written to. */
guint8 *
wherry_session_get_scratch_in_impl (WherrySessionImpl *self, gsize *size)
{
  wherry_assert_in_impl (self);

  if (self->impl.scratch == NULL)
    {
      void *memory = mmap (NULL, SCRATCH_SIZE, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

      if (memory == MAP_FAILED)
        g_error ("No memory for a connection: %s", g_strerror (errno));
      self->impl.scratch = memory;
    }
  *size = SCRATCH_SIZE;
  return self->impl.scratch;
}

static void
free_scratch (WherrySessionImpl *self)
{
  if (self->impl.scratch != NULL)
    munmap (self->impl.scratch, SCRATCH_SIZE);
  self->impl.scratch = NULL;
}

gboolean
wherry_session_is_alive_in_impl (WherrySessionImpl *self)
{
  int status = ssh_get_status (self->impl.session);

  return ssh_is_connected (self->impl.session) && (status & (SSH_CLOSED | SSH_CLOSED_ERROR)) == 0;
}

/* Tells why the connection is no more, in libssh's or the server's words. */
void
wherry_session_set_broken_in_impl (WherrySessionImpl *self, GError **error)
{
  g_autofree char *host = wherry_text_escape (self->login->host, -1, 0);
  g_autofree char *words
      = wherry_text_escape (ssh_get_error (self->impl.session), -1, WHERRY_TEXT_SERVER_MAX);
  g_autoptr (GError) on_the_way = wherry_session_dup_error_on_the_way (self);

  if (on_the_way != NULL)
    g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_DISCONNECTED,
                 /* Translators: %s is a host name, the second says what broke on the way there */
                 _ ("The connection to “%s” broke with the one it leads through: %s"), host,
                 on_the_way->message);
  else if (*words == '\0')
    g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_DISCONNECTED, _ ("The connection to “%s” broke"),
                 host);
  else
    g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_DISCONNECTED,
                 /* Translators: the first %s is a host name, the second the SSH library's words */
                 _ ("The connection to “%s” broke: %s"), host, words);
}

static guint
count_tunnels (WherrySessionImpl *self)
{
  guint n = 0;

  for (guint i = 0; i < self->impl.streams->len; i++)
    n += ((WherryStream *) g_ptr_array_index (self->impl.streams, i))->kind == WHERRY_STREAM_TUNNEL;
  return n;
}

/* The first request there is a place for, taken off; servers count what runs, and not the tunnels.
 */
static WherryStream *
take_request_with_lock (WherrySessionImpl *self)
{
  guint n_tunnels = count_tunnels (self);
  guint n_commands = self->impl.streams->len - n_tunnels;

  for (GList *link = self->requests.head; link != NULL; link = link->next)
    {
      WherryStream *stream = link->data;
      gboolean has_place = stream->kind == WHERRY_STREAM_TUNNEL
                               ? n_tunnels < WHERRY_SESSION_TUNNELS_MAX
                               : n_commands < WHERRY_SESSION_CHANNELS_MAX;

      if (has_place)
        {
          g_queue_delete_link (&self->requests, link);
          return stream;
        }
    }
  return NULL;
}

static gboolean
take_requests (WherrySessionImpl *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  WherryStream *stream;

  while ((stream = take_request_with_lock (self)) != NULL)
    {
      gboolean abandoned;

      g_mutex_lock (&stream->lock);
      abandoned = stream->abandoned;
      g_mutex_unlock (&stream->lock);
      if (!abandoned)
        g_ptr_array_add (self->impl.streams, stream);
      else
        {
          wherry_session_end_tunnel_in_impl (stream);
          wherry_stream_unref (stream);
        }
    }
  self->n_streams = self->impl.streams->len - count_tunnels (self);
  return !self->closing;
}

static gboolean
receive (WherrySessionImpl *self, GError **error)
{
  gboolean moved = FALSE;

  for (guint i = 0; i < RECEIVES_MAX; i++)
    {
      int rc = ssh_event_dopoll (self->impl.event, 0);

      if (rc == SSH_ERROR || !wherry_session_is_alive_in_impl (self))
        {
          wherry_session_set_broken_in_impl (self, error);
          return FALSE;
        }
      if (rc == SSH_AGAIN)
        break;
      moved = TRUE;
    }
  return moved;
}

/* A server that doesn't keep to what it may send would fill all memory (rule R12). */
static gboolean
check_overrun (WherrySessionImpl *self, GError **error)
{
  g_autofree char *host = NULL;

  if (!self->impl.overrun)
    return TRUE;
  host = wherry_text_escape (self->login->host, -1, 0);
  g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_PROTOCOL,
               /* Translators: %s is a host name */
               _ ("“%s” sends more than it was told it may: the connection was ended"), host);
  return FALSE;
}

static gboolean
step_streams (WherrySessionImpl *self)
{
  GPtrArray *streams = self->impl.streams;
  guint n = streams->len;
  gboolean moved = FALSE;

  if (n == 0)
    return FALSE;

  /* Another one goes first each time, since the first finds the socket free. */
  self->impl.turn = (self->impl.turn + 1) % n;
  for (guint i = 0; i < n; i++)
    moved
        |= wherry_session_step_stream_in_impl (self, g_ptr_array_index (streams,
                                                                        (self->impl.turn + i) % n));

  for (guint i = n; i > 0; i--)
    {
      WherryStream *stream = g_ptr_array_index (streams, i - 1);

      if (stream->impl.phase == WHERRY_STREAM_PHASE_GONE)
        g_ptr_array_remove_index (streams, i - 1);
    }
  return moved;
}

/*
 * ssh_send_keepalive() sends nothing while libssh holds the answer to the one
 * before: the first call takes that answer, the second one sends.
 */
static void
send_keepalive (WherrySessionImpl *self)
{
  ssh_send_keepalive (self->impl.session);
  if (self->impl.keepalive_sent == 0)
    ssh_send_keepalive (self->impl.session);
}

/*
 * What the server's machine has acknowledged. On a thin wire a keepalive may wait
 * for minutes behind data; while that data gets through, the server is there.
 */
static guint64
get_acknowledged (WherrySessionImpl *self)
{
  int queued = 0;

  if (ioctl (ssh_get_fd (self->impl.session), SIOCOUTQ, &queued) != 0)
    return 0;
  return self->impl.counter.out_bytes - (guint64) queued;
}

static gint64
get_dead_after (WherrySessionImpl *self)
{
  return self->impl.is_probe ? MIN (self->dead_after, PROBE_TIMEOUT) : self->dead_after;
}

/*
 * A server may be silent as long as it likes, as long as it answers when asked.
 * Returns when to look again.
 */
static gint64
check_liveness (WherrySessionImpl *self, GError **error)
{
  gint64 now = g_get_monotonic_time ();
  gboolean ask_now;

  if (self->impl.counter.in_bytes != self->impl.bytes_seen)
    {
      self->impl.bytes_seen = self->impl.counter.in_bytes;
      self->impl.last_received = now;
      self->impl.keepalive_sent = 0;
      self->impl.is_probe = FALSE;
    }

  /* A probe that is out is not put off by the next one. */
  ask_now = atomic_exchange (&self->probing, 0) != 0
            && !(self->impl.is_probe && self->impl.keepalive_sent != 0);
  if (ask_now)
    {
      self->impl.is_probe = TRUE;
      self->impl.keepalive_sent = 0;
    }
  if (self->impl.keepalive_sent == 0)
    {
      if (!ask_now && now < self->impl.last_received + self->keepalive_interval)
        return self->impl.last_received + self->keepalive_interval;
      send_keepalive (self);
      self->impl.keepalive_sent = now;
      self->impl.acknowledged = get_acknowledged (self);
    }
  else if (now < self->impl.keepalive_sent + get_dead_after (self))
    return self->impl.keepalive_sent + get_dead_after (self);
  else if (get_acknowledged (self) > self->impl.acknowledged + PROGRESS_MIN)
    {
      self->impl.acknowledged = get_acknowledged (self);
      self->impl.keepalive_sent = now;
    }
  else
    {
      g_autofree char *host = wherry_text_escape (self->login->host, -1, 0);

      g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_DISCONNECTED,
                   /* Translators: %s is a host name, %d a number of seconds */
                   _ ("“%s” has not answered for %d seconds: the connection is lost"), host,
                   (int) ((now - self->impl.last_received) / G_USEC_PER_SEC));
    }
  return self->impl.keepalive_sent + get_dead_after (self);
}

static gint64
get_next_deadline (WherrySessionImpl *self, gint64 deadline)
{
  for (guint i = 0; i < self->impl.streams->len; i++)
    {
      WherryStream *stream = g_ptr_array_index (self->impl.streams, i);

      if (stream->impl.phase == WHERRY_STREAM_PHASE_AWAITING_CLOSE)
        deadline = MIN (deadline, stream->impl.close_deadline);
      else if (stream->impl.phase == WHERRY_STREAM_PHASE_NEW)
        deadline = MIN (deadline, stream->impl.retry_at);
    }
  return deadline;
}

static int
get_timeout (gint64 deadline)
{
  gint64 left = deadline - g_get_monotonic_time ();

  return (int) CLAMP ((left + 999) / 1000, 0, 60 * 1000);
}

static short
get_events (WherrySessionImpl *self)
{
  int flags = ssh_get_poll_flags (self->impl.session);

  return (short) (POLLIN | ((flags & SSH_WRITE_PENDING) != 0 ? POLLOUT : 0));
}

static void
sleep_in_impl (WherrySessionImpl *self, gint64 deadline)
{
  struct pollfd fds[2 + WHERRY_SESSION_TUNNELS_MAX] = {
    { .fd = ssh_get_fd (self->impl.session), .events = get_events (self) },
    { .fd = self->wake_fd, .events = POLLIN },
  };
  guint n = 2 + wherry_session_watch_tunnels_in_impl (self, fds + 2);

  /* Whoever has news says so before looking whether we sleep; we look the other way round. */
  atomic_store (&self->sleeping, 1);
  if (atomic_exchange (&self->pending, 0) == 0)
    poll (fds, n, get_timeout (deadline));
  atomic_store (&self->sleeping, 0);
  atomic_store (&self->pending, 0);

  if ((fds[1].revents & POLLIN) != 0)
    {
      eventfd_t count;

      eventfd_read (self->wake_fd, &count);
    }
}

/* Runs the connection until it is to be closed, or breaks. */
void
wherry_session_pump_in_impl (WherrySessionImpl *self, GError **error)
{
  GError *broken = NULL;

  wherry_assert_in_impl (self);
  self->impl.last_received = g_get_monotonic_time ();
  self->impl.bytes_seen = self->impl.counter.in_bytes;

  while (take_requests (self))
    {
      gboolean moved = receive (self, &broken);
      gint64 deadline;

      if (broken == NULL && !wherry_session_check_rekey_in_impl (self, &broken))
        break;
      if (broken == NULL && !check_overrun (self, &broken))
        break;
      /* Also after a break: what came before it is handed on. */
      self->impl.stirred = FALSE;
      moved |= step_streams (self);
      if (broken == NULL && self->impl.shut_out != NULL)
        wherry_session_set_expired_error_in_impl (self, &broken);
      if (broken != NULL)
        break;
      deadline = check_liveness (self, &broken);
      if (broken != NULL)
        break;
      /* A write may have found the connection broken: there is no socket left to wait for. */
      if (!moved && !self->impl.stirred && wherry_session_is_alive_in_impl (self))
        sleep_in_impl (self, get_next_deadline (self, deadline));
    }

  if (broken != NULL)
    g_propagate_error (error, broken);
}

/* Gives a goodbye a moment to get out; a server that hangs does not hold us up. */
static void
flush_goodbye (WherrySessionImpl *self)
{
  gint64 deadline = g_get_monotonic_time () + GOODBYE_TIMEOUT;

  while (wherry_session_is_alive_in_impl (self)
         && (ssh_get_status (self->impl.session) & SSH_WRITE_PENDING) != 0)
    {
      struct pollfd fd = { .fd = ssh_get_fd (self->impl.session), .events = POLLOUT };
      int timeout = get_timeout (deadline);

      if (timeout == 0 || poll (&fd, 1, timeout) <= 0)
        break;
      if (ssh_blocking_flush (self->impl.session, 0) == SSH_ERROR)
        break;
    }
}

static void
drop_streams (WherrySessionImpl *self)
{
  for (guint i = 0; i < self->impl.streams->len; i++)
    {
      WherryStream *stream = g_ptr_array_index (self->impl.streams, i);

      /* libssh frees what is still its own together with the session. */
      if (stream->impl.channel != NULL)
        ssh_remove_channel_callbacks (stream->impl.channel, &stream->impl.callbacks);
      stream->impl.channel = NULL;
      wherry_session_end_tunnel_in_impl (stream);
    }
}

/*
 * Frees everything of libssh's. libssh 0.10 leaves the socket to us after
 * ssh_disconnect(), but closes it itself after an error.
 */
void
wherry_session_disconnect_in_impl (WherrySessionImpl *self, gboolean politely)
{
  wherry_assert_in_impl (self);

  drop_streams (self);
  if (self->impl.session == NULL)
    return;

  if (self->impl.event != NULL)
    {
      ssh_event_remove_session (self->impl.event, self->impl.session);
      g_clear_pointer (&self->impl.event, ssh_event_free);
    }
  if (politely && wherry_session_is_alive_in_impl (self))
    {
      int fd;

      flush_goodbye (self);
      fd = ssh_get_fd (self->impl.session);
      ssh_disconnect (self->impl.session);
      if (fd >= 0)
        close (fd);
    }
  g_clear_pointer (&self->impl.session, ssh_free);
  free_scratch (self);
}
