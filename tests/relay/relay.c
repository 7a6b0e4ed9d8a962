/* A TCP relay on loopback that makes the wire long, cuts it, or lets it fall silent.
 *
 *   relay [--delay MS] [--cut-after BYTES] [--black-hole-after BYTES] [--only-first N] TARGET_PORT
 *
 * Listens on a free port of 127.0.0.1, writes its number and a line end to stdout, and relays
 * every connection to TARGET_PORT. Ends on SIGTERM, or when its stdin ends: so it never outlives
 * the test that holds the other end of a pipe to it. Each byte written to that is answered by a
 * line with the number of bytes relayed so far, of all connections and both ways. */

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <glib.h>

/* What may be on its way in one direction: 25 ms of 2.5 GB/s. A real wire's delay does not limit
 * its bandwidth, so this must be ample; it is bounded all the same. */
#define RING_BYTES ((gsize) 64 << 20)
#define RING_BLOCKS 65536
#define MAX_CONNECTIONS 64

/* Bytes that arrived together, and when they are due at the other end. */
typedef struct {
  gsize length; /* 0: the sender has shut down its end */
  gint64 due;   /* monotonic, microseconds */
} Block;

typedef struct {
  int from;
  int to;
  guint8 *ring;
  gsize head; /* counted from the start, ring offset = head % RING_BYTES */
  gsize tail;
  Block *blocks;
  gsize first_block;
  gsize n_blocks;
  gsize sent_of_first;
  gboolean ended;    /* no more to read */
  gboolean finished; /* the end was passed on */
} Direction;

typedef struct {
  Direction directions[2];
  guint64 relayed; /* bytes, both ways */
  gboolean open;
} Connection;

static int delay_ms;
static gint64 cut_after = -1;
static gint64 black_hole_after = -1;
static int only_first = G_MAXINT;
static guint64 total;

static const GOptionEntry options[]
    = { { "delay", 0, 0, G_OPTION_ARG_INT, &delay_ms, "Delay of every byte, each way", "MS" },
        { "cut-after", 0, 0, G_OPTION_ARG_INT64, &cut_after,
          "Reset a connection once it carried so much, both ways together", "BYTES" },
        { "black-hole-after", 0, 0, G_OPTION_ARG_INT64, &black_hole_after,
          "Carry nothing more, without a word, once a connection carried so much", "BYTES" },
        { "only-first", 0, 0, G_OPTION_ARG_INT, &only_first,
          "Cut or swallow no connection after the first N", "N" },
        { NULL } };

static Connection connections[MAX_CONNECTIONS];

static void
die (const char *what)
{
  perror (what);
  exit (1);
}

static gpointer
reserve (gsize size)
{
  void *memory = mmap (NULL, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

  if (memory == MAP_FAILED)
    die ("mmap");
  return memory;
}

static void
direction_init (Direction *self, int from, int to)
{
  *self = (Direction){ .from = from, .to = to };
  self->ring = reserve (RING_BYTES);
  self->blocks = reserve (RING_BLOCKS * sizeof (Block));
}

static void
direction_clear (Direction *self)
{
  munmap (self->ring, RING_BYTES);
  munmap (self->blocks, RING_BLOCKS * sizeof (Block));
}

static gboolean
direction_may_read (const Direction *self)
{
  return !self->ended && self->head - self->tail < RING_BYTES && self->n_blocks < RING_BLOCKS;
}

static const Block *
direction_first_block (const Direction *self)
{
  return self->n_blocks > 0 ? &self->blocks[self->first_block] : NULL;
}

static void
direction_drop_block (Direction *self)
{
  self->first_block = (self->first_block + 1) % RING_BLOCKS;
  self->n_blocks--;
  self->sent_of_first = 0;
}

/* Whether the connection is still whole. */
static gboolean
direction_read (Direction *self, gint64 now, guint64 *relayed)
{
  gsize at = self->head % RING_BYTES;
  gsize room = MIN (RING_BYTES - at, RING_BYTES - (self->head - self->tail));
  gssize n = recv (self->from, self->ring + at, MIN (room, 1 << 20), MSG_DONTWAIT);

  if (n < 0)
    return errno == EAGAIN || errno == EINTR;
  self->blocks[(self->first_block + self->n_blocks++) % RING_BLOCKS]
      = (Block){ .length = (gsize) n, .due = now + delay_ms * G_TIME_SPAN_MILLISECOND };
  self->head += (gsize) n;
  self->ended = n == 0;
  *relayed += (guint64) n;
  total += (guint64) n;
  return TRUE;
}

/* Passes on what is due. Whether the connection is still whole. */
static gboolean
direction_write (Direction *self, gint64 now)
{
  const Block *block;

  while ((block = direction_first_block (self)) != NULL && block->due <= now)
    {
      if (block->length == 0)
        {
          shutdown (self->to, SHUT_WR);
          self->finished = TRUE;
          direction_drop_block (self);
          continue;
        }

      gsize at = self->tail % RING_BYTES;
      gsize size = MIN (block->length - self->sent_of_first, RING_BYTES - at);
      gssize n = send (self->to, self->ring + at, size, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (n < 0)
        return errno == EAGAIN || errno == EINTR;
      self->tail += (gsize) n;
      self->sent_of_first += (gsize) n;
      if (self->sent_of_first == block->length)
        direction_drop_block (self);
      else if ((gsize) n < size)
        break;
    }
  return TRUE;
}

static void
connection_open (Connection *self, int client, guint16 target_port)
{
  struct sockaddr_in target = { .sin_family = AF_INET,
                                .sin_port = htons (target_port),
                                .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  int server = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;

  if (server < 0)
    die ("socket");
  if (connect (server, (const struct sockaddr *) &target, sizeof target) < 0)
    {
      close (server);
      close (client);
      return;
    }
  setsockopt (client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  setsockopt (server, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  direction_init (&self->directions[0], client, server);
  direction_init (&self->directions[1], server, client);
  self->relayed = 0;
  self->open = TRUE;
}

static void
connection_close (Connection *self, gboolean reset)
{
  const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

  for (guint i = 0; i < 2; i++)
    {
      if (reset)
        setsockopt (self->directions[i].from, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
      close (self->directions[i].from);
      direction_clear (&self->directions[i]);
    }
  self->open = FALSE;
}

static gboolean
connection_is_black_hole (const Connection *self)
{
  return black_hole_after >= 0 && self->relayed >= (guint64) black_hole_after;
}

/* Does what can be done without waiting. */
static void
connection_advance (Connection *self, gint64 now)
{
  gboolean whole = TRUE;

  if (connection_is_black_hole (self))
    return;
  for (guint i = 0; i < 2 && whole; i++)
    {
      Direction *direction = &self->directions[i];
      if (direction_may_read (direction))
        whole = direction_read (direction, now, &self->relayed);
      if (whole)
        whole = direction_write (direction, now);
    }
  if (!whole || (cut_after >= 0 && self->relayed >= (guint64) cut_after))
    connection_close (self, TRUE);
  else if (self->directions[0].finished && self->directions[1].finished)
    connection_close (self, FALSE);
}

/* Adds what to wait for. A socket that is read from in one direction is written to in the other. */
static nfds_t
connection_wait_for (const Connection *self, struct pollfd *fds, gint64 now, gint64 *wake)
{
  for (guint i = 0; i < 2; i++)
    {
      const Direction *in = &self->directions[i];
      const Direction *out = &self->directions[1 - i];
      const Block *block = direction_first_block (out);

      /* Nothing to ask of a socket: no descriptor, as a hang-up is always told. */
      fds[i] = (struct pollfd){ .fd = -1 };
      if (connection_is_black_hole (self))
        continue;
      if (direction_may_read (in))
        fds[i].events |= POLLIN;
      if (block != NULL && block->due <= now)
        fds[i].events |= POLLOUT;
      else if (block != NULL)
        *wake = MIN (*wake, block->due);
      if (fds[i].events != 0)
        fds[i].fd = in->from;
    }
  return 2;
}

static int
listen_on_loopback (void)
{
  struct sockaddr_in address
      = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof address;
  int listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  if (listener < 0 || bind (listener, (const struct sockaddr *) &address, length) < 0
      || listen (listener, MAX_CONNECTIONS) < 0
      || getsockname (listener, (struct sockaddr *) &address, &length) < 0)
    die ("listen");
  printf ("%d\n", ntohs (address.sin_port));
  fflush (stdout);
  return listener;
}

static void
accept_one (int listener, guint16 target_port)
{
  int client = accept4 (listener, NULL, NULL, SOCK_CLOEXEC);

  if (client < 0)
    return;
  if (only_first-- <= 0)
    cut_after = black_hole_after = -1;
  for (guint i = 0; i < MAX_CONNECTIONS; i++)
    if (!connections[i].open)
      {
        connection_open (&connections[i], client, target_port);
        return;
      }
  close (client);
}

/* Returns FALSE when nobody asks any more. */
static gboolean
tell_totals (void)
{
  char asked[64];
  gssize n = read (STDIN_FILENO, asked, sizeof asked);

  for (gssize i = 0; i < n; i++)
    printf ("%" G_GUINT64_FORMAT "\n", total);
  fflush (stdout);
  return n > 0;
}

static void
relay (int listener, guint16 target_port)
{
  struct pollfd fds[2 + 2 * MAX_CONNECTIONS];

  while (TRUE)
    {
      nfds_t n = 0;
      gint64 now = g_get_monotonic_time ();
      gint64 wake = G_MAXINT64;

      fds[n++] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
      fds[n++] = (struct pollfd){ .fd = listener, .events = POLLIN };
      for (guint i = 0; i < MAX_CONNECTIONS; i++)
        if (connections[i].open)
          n += connection_wait_for (&connections[i], &fds[n], now, &wake);

      gint64 left = MAX (wake - now, 0);
      struct timespec limit
          = { .tv_sec = left / G_USEC_PER_SEC, .tv_nsec = left % G_USEC_PER_SEC * 1000 };
      if (ppoll (fds, n, wake == G_MAXINT64 ? NULL : &limit, NULL) < 0 && errno != EINTR)
        die ("ppoll");

      if (fds[0].revents != 0 && !tell_totals ())
        return;
      if (fds[1].revents != 0)
        accept_one (listener, target_port);
      now = g_get_monotonic_time ();
      for (guint i = 0; i < MAX_CONNECTIONS; i++)
        if (connections[i].open)
          connection_advance (&connections[i], now);
    }
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("TARGET_PORT");
  g_autoptr (GError) error = NULL;
  guint64 target_port;

  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc != 2
      || !g_ascii_string_to_unsigned (argv[1], 10, 1, G_MAXUINT16, &target_port, &error))
    {
      g_printerr ("relay: %s\n", error != NULL ? error->message : "one TARGET_PORT, please");
      return 2;
    }
  relay (listen_on_loopback (), (guint16) target_port);
  return 0;
}
