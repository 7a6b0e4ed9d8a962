#include "wherry-test-server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define TIME_LIMIT (20 * G_USEC_PER_SEC)

struct _WherryTestImpostor {
  GBytes *words; /* (nullable) */
  gboolean hang_up;
  guint16 target;
  guint64 n_bytes;
  int listener;
  int stop_fd;
  guint16 port;
  GThread *thread;

  GMutex lock;
  GCond changed;
  gboolean done; /* under lock: it has said or passed on what it was to */
};

static int
make_socket (struct sockaddr_in *address, guint16 port)
{
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (fd, >=, 0);
  memset (address, 0, sizeof *address);
  address->sin_family = AF_INET;
  address->sin_port = htons (port);
  address->sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  return fd;
}

static void
note_done (WherryTestImpostor *self)
{
  g_mutex_lock (&self->lock);
  self->done = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

/* Waits for bytes; FALSE when it is to stop. */
static gboolean
wait_for (WherryTestImpostor *self, struct pollfd *fds, guint n)
{
  g_assert_cmpuint (n, <, 4);
  fds[n].fd = self->stop_fd;
  fds[n].events = POLLIN;
  while (poll (fds, n + 1, -1) < 0)
    g_assert_cmpint (errno, ==, EINTR);
  return fds[n].revents == 0;
}

/* Takes what comes and says nothing, until the other side has gone. */
static void
swallow (WherryTestImpostor *self, int client)
{
  struct pollfd fds[4] = { { .fd = client, .events = POLLIN } };
  char buffer[4096];

  while (wait_for (self, fds, 1) && recv (client, buffer, sizeof buffer, 0) > 0)
    ;
}

static gboolean
pass_on (int from, int to, gsize limit, gsize *passed)
{
  char buffer[16384];
  ssize_t n = recv (from, buffer, MIN (sizeof buffer, limit), 0);

  if (n <= 0 || send (to, buffer, (size_t) n, MSG_NOSIGNAL) != n)
    return FALSE;
  *passed += (gsize) n;
  return TRUE;
}

static void
relay (WherryTestImpostor *self, int client)
{
  struct sockaddr_in address;
  int server = make_socket (&address, self->target);
  struct pollfd fds[4] = { { .fd = client, .events = POLLIN }, { .fd = server, .events = POLLIN } };
  gsize passed = 0;
  gsize ignored = 0;

  g_assert_cmpint (connect (server, (struct sockaddr *) &address, sizeof address), ==, 0);
  while (passed < self->n_bytes && wait_for (self, fds, 2))
    {
      if (fds[0].revents != 0 && !pass_on (client, server, G_MAXSIZE, &ignored))
        break;
      if (fds[1].revents != 0 && !pass_on (server, client, self->n_bytes - passed, &passed))
        break;
    }
  note_done (self);
  if (passed >= self->n_bytes)
    swallow (self, client);
  close (server);
}

static gpointer
impostor_thread (gpointer data)
{
  WherryTestImpostor *self = data;
  struct pollfd fds[4] = { { .fd = self->listener, .events = POLLIN } };

  while (wait_for (self, fds, 1))
    {
      int client = accept4 (self->listener, NULL, NULL, SOCK_CLOEXEC);

      if (client < 0)
        break;
      if (self->target != 0)
        relay (self, client);
      else
        {
          if (self->words != NULL)
            send (client, g_bytes_get_data (self->words, NULL), g_bytes_get_size (self->words),
                  MSG_NOSIGNAL);
          note_done (self);
          if (!self->hang_up)
            swallow (self, client);
        }
      close (client);
    }
  return NULL;
}

static WherryTestImpostor *
start (GBytes *words, gboolean hang_up, guint16 target, guint64 n_bytes)
{
  WherryTestImpostor *self = g_new0 (WherryTestImpostor, 1);
  struct sockaddr_in address;
  socklen_t length = sizeof address;

  self->words = words != NULL ? g_bytes_ref (words) : NULL;
  self->hang_up = hang_up;
  self->target = target;
  self->n_bytes = n_bytes;
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->stop_fd = eventfd (0, EFD_CLOEXEC);
  self->listener = make_socket (&address, 0);
  g_assert_cmpint (bind (self->listener, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (getsockname (self->listener, (struct sockaddr *) &address, &length), ==, 0);
  g_assert_cmpint (listen (self->listener, 16), ==, 0);
  self->port = ntohs (address.sin_port);
  self->thread = g_thread_new ("test-impostor", impostor_thread, self);
  return self;
}

/**
 * wherry_test_impostor_start:
 * @words: (nullable): what it says to whoever connects
 * @hang_up: whether it closes the connection then, or holds it in silence
 *
 * Returns: (transfer full): what is no SSH server, on a free port
 */
WherryTestImpostor *
wherry_test_impostor_start (const char *words, gboolean hang_up)
{
  g_autoptr (GBytes) bytes = words != NULL ? g_bytes_new (words, strlen (words)) : NULL;

  return start (bytes, hang_up, 0, 0);
}

/**
 * wherry_test_impostor_start_bytes:
 * @words: what it says to whoever connects
 * @hang_up: whether it then closes the connection, instead of holding it
 *
 * Returns: (transfer full): the same, for bytes
 */
WherryTestImpostor *
wherry_test_impostor_start_bytes (GBytes *words, gboolean hang_up)
{
  return start (words, hang_up, 0, 0);
}

/**
 * wherry_test_impostor_relay:
 * @port: a server's port
 * @n_bytes: how many of its bytes are passed on before it falls silent
 *
 * Returns: (transfer full): a relay that stalls
 */
WherryTestImpostor *
wherry_test_impostor_relay (guint16 port, guint64 n_bytes)
{
  return start (NULL, FALSE, port, n_bytes);
}

/**
 * wherry_test_impostor_stop:
 * @self: (transfer full) (nullable): what is to end
 */
void
wherry_test_impostor_stop (WherryTestImpostor *self)
{
  if (self == NULL)
    return;

  eventfd_write (self->stop_fd, 1);
  g_thread_join (self->thread);
  close (self->stop_fd);
  close (self->listener);
  g_clear_pointer (&self->words, g_bytes_unref);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

/**
 * wherry_test_impostor_get_port:
 * @self: what is no SSH server
 *
 * Returns: its port
 */
guint16
wherry_test_impostor_get_port (WherryTestImpostor *self)
{
  return self->port;
}

/**
 * wherry_test_impostor_wait:
 * @self: what is no SSH server
 *
 * Waits until somebody connected and it has said, or passed on, what it was to.
 *
 * Returns: %FALSE if that takes too long
 */
gboolean
wherry_test_impostor_wait (WherryTestImpostor *self)
{
  gint64 deadline = g_get_monotonic_time () + TIME_LIMIT;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  while (!self->done)
    if (!g_cond_wait_until (&self->changed, &self->lock, deadline))
      return FALSE;
  return TRUE;
}
