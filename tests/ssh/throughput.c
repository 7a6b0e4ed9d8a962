/*
 * Measures one channel, or several, against a private sshd:
 *   ssh-throughput up|down|echo [MEBIBYTES [CHANNELS [RELAY...]]]
 * RELAY is a program and its arguments that listens on the loopback interface,
 * prints its port, and passes bytes on to the port appended to its arguments.
 * Not a test: it judges nothing.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "ssh-fixture.h"

static WherrySession *session;
static guint64 n_bytes;

static void
send_zeros (WherryChannel *channel, guint64 total)
{
  g_autoptr (GError) error = NULL;

  while (total > 0)
    {
      gsize size;

      if (wherry_channel_reserve (channel, &size) == NULL)
        {
          wherry_channel_wait (channel, WHERRY_CHANNEL_WRITABLE, -1, NULL, &error);
          g_assert_no_error (error);
          continue;
        }
      size = MIN (size, total);
      wherry_channel_commit (channel, size);
      total -= size;
    }
  wherry_channel_send_eof (channel);
  wherry_channel_wait (channel, WHERRY_CHANNEL_EXITED, -1, NULL, &error);
  g_assert_no_error (error);
}

static void
receive_zeros (WherryChannel *channel, guint64 total)
{
  g_autoptr (GError) error = NULL;

  while (!wherry_channel_is_input_ended (channel))
    {
      gsize length;

      wherry_channel_wait (channel, WHERRY_CHANNEL_READABLE, -1, NULL, &error);
      g_assert_no_error (error);
      while (wherry_channel_peek (channel, &length) != NULL)
        {
          wherry_channel_consume (channel, length);
          total -= length;
        }
    }
  g_assert_cmpuint (total, ==, 0);
}

static gpointer
up (gpointer data)
{
  g_autoptr (WherryChannel) channel = wherry_session_exec (session, "cat > /dev/null", NULL, NULL);

  send_zeros (channel, n_bytes);
  return NULL;
}

static gpointer
down (gpointer data)
{
  g_autofree char *command = g_strdup_printf ("head -c %" G_GUINT64_FORMAT " /dev/zero", n_bytes);
  g_autoptr (WherryChannel) channel = wherry_session_exec (session, command, NULL, NULL);

  receive_zeros (channel, n_bytes);
  return NULL;
}

/* A byte there and back, as often as asked for. */
static gpointer
echo (gpointer data)
{
  g_autoptr (WherryChannel) channel = wherry_session_exec (session, "cat", NULL, NULL);

  for (guint64 i = 0; i < n_bytes / (1024 * 1024); i++)
    {
      gsize size;
      guint8 *buffer = wherry_channel_reserve (channel, &size);

      buffer[0] = 'x';
      wherry_channel_commit (channel, 1);
      wherry_channel_wait (channel, WHERRY_CHANNEL_READABLE, -1, NULL, NULL);
      g_assert_nonnull (wherry_channel_peek (channel, &size));
      wherry_channel_consume (channel, size);
    }
  return NULL;
}

/* Connects to the server, or to a relay in front of it. */
static WherrySession *
connect_through (WherryTestSshd *sshd, char **relay, GSubprocess **process)
{
  g_autoptr (WherryLogin) login = wherry_test_sshd_make_login (sshd);
  g_autoptr (WherryTestHostKeys) host_keys = wherry_test_host_keys_new ();
  g_autoptr (GError) error = NULL;
  WherrySession *made;

  if (*relay != NULL)
    {
      g_autoptr (GStrvBuilder) argv = g_strv_builder_new ();
      g_autofree char *port = g_strdup_printf ("%u", login->port);
      g_auto (GStrv) words = NULL;
      char line[16] = "";

      g_strv_builder_addv (argv, (const char **) relay);
      g_strv_builder_add (argv, port);
      words = g_strv_builder_end (argv);
      *process
          = g_subprocess_newv ((const char *const *) words, G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
      g_assert_no_error (error);
      g_input_stream_read (g_subprocess_get_stdout_pipe (*process), line, sizeof line - 1, NULL,
                           &error);
      g_assert_no_error (error);
      login->port = (guint16) atoi (line);
    }
  wherry_test_host_keys_accept_all (host_keys);
  made = wherry_session_new (login, WHERRY_HOST_KEY_STORE (host_keys), NULL);
  ssh_fixture_connect (made, NULL, &error);
  g_assert_no_error (error);
  return made;
}

int
main (int argc, char **argv)
{
  char *no_relay[] = { NULL };
  g_autoptr (GSubprocess) relay = NULL;
  const char *what = argc > 1 ? argv[1] : "up";
  guint n_channels = argc > 3 ? (guint) atoi (argv[3]) : 1;
  g_autoptr (GPtrArray) threads = g_ptr_array_new ();
  WherryTestSshd *sshd = wherry_test_sshd_start (NULL);
  GThreadFunc function = strcmp (what, "up") == 0 ? up : strcmp (what, "down") == 0 ? down : echo;
  struct rusage usage;
  gint64 started;
  double seconds;

  n_bytes = (argc > 2 ? (guint64) atoi (argv[2]) : 1024) * 1024 * 1024;
  session = connect_through (sshd, argc > 4 ? argv + 4 : no_relay, &relay);
  started = g_get_monotonic_time ();
  for (guint i = 0; i < n_channels; i++)
    g_ptr_array_add (threads, g_thread_new ("consumer", function, NULL));
  for (guint i = 0; i < n_channels; i++)
    g_thread_join (g_ptr_array_index (threads, i));
  seconds = (g_get_monotonic_time () - started) / 1e6;
  getrusage (RUSAGE_SELF, &usage);
  g_print ("%s x %u: %.2f s, %.0f MB/s; user %.2f s, system %.2f s, peak %ld KiB\n", what,
           n_channels, seconds, n_channels * (double) n_bytes / 1e6 / seconds,
           usage.ru_utime.tv_sec + usage.ru_utime.tv_usec / 1e6,
           usage.ru_stime.tv_sec + usage.ru_stime.tv_usec / 1e6, usage.ru_maxrss);
  g_object_unref (session);
  if (relay != NULL)
    g_subprocess_force_exit (relay);
  wherry_test_sshd_stop (sshd);
  return 0;
}
