/* Giving up, hanging up and dying, at every moment: always in time, always as an error. */
#include <signal.h>
#include <string.h>

#include "base/wherry-error.h"
#include "ssh-fixture.h"
#include "ssh/wherry-session-private.h"
#include "wherry-test-server.h"

/* What "within a second" is on a machine that is busy with other tests. */
#define IN_TIME (1500 * 1000)
#define SOON (300 * 1000)

static WherryTestSshd *sshd;

static WherrySession *
session_at (guint16 port, WherryTestPrompter *prompter)
{
  g_autoptr (WherryLogin) login = wherry_test_sshd_make_login (sshd);
  g_autoptr (WherryTestHostKeys) host_keys = wherry_test_host_keys_new ();

  login->port = port;
  wherry_test_host_keys_accept_all (host_keys);
  return wherry_session_new (login, WHERRY_HOST_KEY_STORE (host_keys),
                             prompter != NULL ? WHERRY_PROMPTER (prompter) : NULL);
}

static void
assert_close_in_time (WherrySession *session)
{
  gint64 started = g_get_monotonic_time ();

  wherry_session_close (session);
  g_assert_cmpint (g_get_monotonic_time () - started, <, IN_TIME);
}

static void
assert_connect_cancels (WherrySession *session)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  GThread *thread = ssh_fixture_cancel_later (cancellable, SOON);
  gint64 started = g_get_monotonic_time ();

  g_assert_false (ssh_fixture_connect (session, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (g_get_monotonic_time () - started, <, SOON + IN_TIME);
  g_thread_join (thread);
  assert_close_in_time (session);
}

/* The server says nothing at all, or goes silent at some byte of the key exchange or the login. */
static void
test_cancel_connect (void)
{
  static const guint64 stalls[] = { 1, 20, 41, 500, 1000, 1100, 1200, 1400, 1600, 1700 };
  g_autoptr (WherryTestImpostor) hole = wherry_test_impostor_start (NULL, FALSE);
  g_autoptr (WherrySession) lost = session_at (wherry_test_impostor_get_port (hole), NULL);

  assert_connect_cancels (lost);
  for (guint i = 0; i < G_N_ELEMENTS (stalls); i++)
    {
      g_autoptr (WherryTestImpostor) relay
          = wherry_test_impostor_relay (wherry_test_sshd_get_port (sshd), stalls[i]);
      g_autoptr (WherrySession) session = session_at (wherry_test_impostor_get_port (relay), NULL);

      assert_connect_cancels (session);
    }
}

static void
test_cancel_before (void)
{
  g_autoptr (WherrySession) session = ssh_fixture_new_session (sshd, NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_false (ssh_fixture_connect (session, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_false (wherry_session_connect (session, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  /* Nothing was begun: the session is still good. */
  g_assert_true (ssh_fixture_connect (session, NULL, NULL));
}

typedef struct {
  GCancellable *cancellable;
  WherryTestPrompter *prompter;
  guint n_asked;
  gint64 cancelled_at;
} Asked;

static gpointer
cancel_when_asked (gpointer data)
{
  Asked *asked = data;
  gint64 deadline = g_get_monotonic_time () + 30 * G_USEC_PER_SEC;

  while (wherry_test_prompter_get_n_asked (asked->prompter) < asked->n_asked
         && g_get_monotonic_time () < deadline)
    g_usleep (2000);
  asked->cancelled_at = g_get_monotonic_time ();
  g_cancellable_cancel (asked->cancellable);
  return NULL;
}

/* Is cancelled while the question number @n_asked is put, however long it takes to come to it. */
static void
assert_prompt_cancels (WherrySession *session, WherryTestPrompter *prompter, guint n_asked)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  Asked asked = { .cancellable = cancellable, .prompter = prompter, .n_asked = n_asked };
  GThread *thread = g_thread_new ("cancel", cancel_when_asked, &asked);

  g_assert_false (ssh_fixture_connect (session, cancellable, &error));
  g_thread_join (thread);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (g_get_monotonic_time () - asked.cancelled_at, <, IN_TIME);
  g_assert_cmpuint (wherry_test_prompter_get_n_asked (prompter), ==, n_asked);
  assert_close_in_time (session);
}

static void
test_cancel_prompts (void)
{
  WherryTestScript scripts[] = { { .password = "x" }, { .questions = TRUE } };
  g_autoptr (WherryTestPrompter) prompter = wherry_test_prompter_new ();
  g_autoptr (WherryTestHostKeys) nothing = wherry_test_host_keys_new ();
  g_autoptr (WherryLogin) login = wherry_test_sshd_make_login (sshd);
  g_autoptr (WherrySession) unknown = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (scripts); i++)
    {
      g_autoptr (WherryTestServer) server = wherry_test_server_start (&scripts[i]);
      g_autoptr (WherrySession) session
          = session_at (wherry_test_server_get_port (server), prompter);

      wherry_test_prompter_add_silence (prompter);
      assert_prompt_cancels (session, prompter, i + 1);
    }
  wherry_test_prompter_add_silence (prompter);
  unknown = wherry_session_new (login, WHERRY_HOST_KEY_STORE (nothing), WHERRY_PROMPTER (prompter));
  assert_prompt_cancels (unknown, prompter, G_N_ELEMENTS (scripts) + 1);
}

static void
on_closed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError **error = user_data;

  wherry_session_connect_finish (WHERRY_SESSION (source), result, error);
}

/* The main thread closes the session and does not run the loop that the prompter needs. */
static void
test_close_connecting (void)
{
  g_autoptr (WherryTestImpostor) hole = wherry_test_impostor_start (NULL, FALSE);
  WherryTestScript script = { .password = "x" };
  g_autoptr (WherryTestServer) server = wherry_test_server_start (&script);
  g_autoptr (WherryTestPrompter) prompter = wherry_test_prompter_new ();
  guint16 ports[] = { wherry_test_impostor_get_port (hole), wherry_test_server_get_port (server) };

  for (guint i = 0; i < G_N_ELEMENTS (ports); i++)
    {
      g_autoptr (WherrySession) session = session_at (ports[i], prompter);
      g_autoptr (GError) error = NULL;

      wherry_test_prompter_add_silence (prompter);
      wherry_session_connect_async (session, NULL, on_closed, &error);
      if (i == 0)
        g_assert_true (wherry_test_impostor_wait (hole));
      else
        while (wherry_test_prompter_get_n_asked (prompter) == 0)
          g_main_context_iteration (NULL, TRUE);
      assert_close_in_time (session);
      while (error == NULL)
        g_main_context_iteration (NULL, TRUE);
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    }
}

static void
assert_wait_cancels (WherryChannel *channel, WherryChannelCondition wanted)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  GThread *thread = ssh_fixture_cancel_later (cancellable, SOON);
  gint64 started = g_get_monotonic_time ();

  g_assert_cmpint (wherry_channel_wait (channel, wanted, -1, cancellable, &error), ==, 0);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (g_get_monotonic_time () - started, <, SOON + IN_TIME);
  g_thread_join (thread);
}

/* Fills the output until nothing more goes: the other side does not read. */
static void
fill_output (WherryChannel *channel)
{
  g_autoptr (GError) error = NULL;
  WherryChannelCondition ready;

  do
    {
      gsize size;

      while (wherry_channel_reserve (channel, &size) != NULL)
        wherry_channel_commit (channel, size);
      ready = wherry_channel_wait (channel, WHERRY_CHANNEL_WRITABLE, g_get_monotonic_time () + SOON,
                                   NULL, &error);
      g_assert_no_error (error);
  } while (ready != 0);
}

static void
test_cancel_channel (void)
{
  g_autoptr (WherrySession) session = ssh_fixture_connected (sshd);
  g_autoptr (WherryChannel) silent = wherry_session_exec (session, "sleep 1000", NULL, NULL);
  g_autoptr (WherryChannel) deaf = wherry_session_exec (session, "sleep 1000", NULL, NULL);
  g_autoptr (GBytes) output = NULL;
  g_autoptr (GError) error = NULL;
  gint64 deadline = g_get_monotonic_time () + SOON;

  assert_wait_cancels (silent, WHERRY_CHANNEL_READABLE);
  assert_wait_cancels (silent, WHERRY_CHANNEL_EXITED);
  g_assert_cmpint (wherry_channel_wait (silent, WHERRY_CHANNEL_READABLE, deadline, NULL, &error),
                   ==, 0);
  g_assert_no_error (error);
  g_assert_cmpint (g_get_monotonic_time (), >=, deadline);
  g_assert_cmpint (g_get_monotonic_time (), <, deadline + IN_TIME);
  g_assert_cmpint (wherry_channel_wait (silent, WHERRY_CHANNEL_READABLE, 0, NULL, &error), ==, 0);
  g_assert_no_error (error);

  fill_output (deaf);
  assert_wait_cancels (deaf, WHERRY_CHANNEL_WRITABLE);
  wherry_channel_close (deaf);
  g_assert_cmpint (wherry_channel_wait (deaf, WHERRY_CHANNEL_WRITABLE, -1, NULL, &error), ==, 0);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_clear_error (&error);

  /* The connection is as good as before. */
  wherry_session_run (session, "echo ok", NULL, 100, &output, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  assert_close_in_time (session);
}

static void
test_cancel_exec (void)
{
  g_autoptr (WherrySession) session = ssh_fixture_connected (sshd);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  GThread *thread;
  gint64 started;

  wherry_test_sshd_signal_sessions (sshd, SIGSTOP);
  thread = ssh_fixture_cancel_later (cancellable, SOON);
  started = g_get_monotonic_time ();
  g_assert_null (wherry_session_exec (session, "true", cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (g_get_monotonic_time () - started, <, SOON + IN_TIME);
  g_thread_join (thread);
  assert_close_in_time (session);
  wherry_test_sshd_signal_sessions (sshd, SIGKILL);
}

/* Ten commands run; the eleventh waits for a place. One that ends by itself is closed by the server
 * first: our answer and the next request then reach it together. */
static gpointer
eleventh_thread (gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) output = NULL;

  wherry_session_run (data, "echo eleven", NULL, 100, &output, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (output, NULL), g_bytes_get_size (output), "eleven\n", 7);
  return NULL;
}

static void
test_places (void)
{
  g_autoptr (WherrySession) session = ssh_fixture_connected (sshd);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  WherryChannel *channels[10];
  GThread *thread;

  for (guint i = 0; i < G_N_ELEMENTS (channels); i++)
    {
      channels[i] = wherry_session_exec (session, "cat", NULL, &error);
      g_assert_no_error (error);
    }
  thread = ssh_fixture_cancel_later (cancellable, SOON);
  g_assert_null (wherry_session_exec (session, "true", cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (thread);

  thread = g_thread_new ("eleventh", eleventh_thread, session);
  wherry_channel_send_eof (channels[0]);
  g_thread_join (thread);
  thread = g_thread_new ("eleventh", eleventh_thread, session);
  g_object_unref (channels[1]);
  g_thread_join (thread);
  g_object_unref (channels[0]);
  for (guint i = 2; i < G_N_ELEMENTS (channels); i++)
    g_object_unref (channels[i]);
}

static void
test_server_refuses (void)
{
  const char *const lines[] = { "MaxSessions 1", NULL };
  g_autoptr (WherryTestSshd) strict = wherry_test_sshd_start (lines);
  g_autoptr (WherrySession) session = ssh_fixture_connected (strict);
  g_autoptr (WherryChannel) first = wherry_session_exec (session, "cat", NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (first);
  g_assert_null (wherry_session_exec (session, "true", NULL, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_REMOTE);
  g_test_message ("%s", error->message);
  g_assert_true (wherry_session_is_connected (session));
}

/* What finds no place runs on another connection, which goes with the first one. What is refused
 * where nothing else runs is refused for good. */
static void
test_spare (void)
{
  const char *const one[] = { "MaxSessions 1", NULL };
  const char *const none[] = { "MaxSessions 0", NULL };
  g_autoptr (WherryTestSshd) strict = wherry_test_sshd_start (one);
  g_autoptr (WherryTestSshd) closed = wherry_test_sshd_start (none);
  g_autoptr (WherrySession) session = ssh_fixture_connected (strict);
  g_autoptr (WherrySession) other = ssh_fixture_connected (closed);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  WherryChannel *channels[3];

  for (guint i = 0; i < G_N_ELEMENTS (channels); i++)
    {
      channels[i] = wherry_session_exec_somewhere (session, "cat", NULL, &error);
      g_assert_no_error (error);
    }

  g_cancellable_cancel (cancellable);
  g_assert_null (wherry_session_exec_somewhere (session, "cat", cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);

  g_assert_null (wherry_session_exec_somewhere (other, "cat", NULL, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_REMOTE);
  g_clear_error (&error);

  wherry_session_close (session);
  for (guint i = 0; i < G_N_ELEMENTS (channels); i++)
    {
      g_assert_cmpint (wherry_channel_wait (channels[i], WHERRY_CHANNEL_EXITED, -1, NULL, &error),
                       ==, 0);
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
      g_clear_error (&error);
      g_object_unref (channels[i]);
    }
  g_assert_null (wherry_session_exec_somewhere (session, "cat", NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
}

/* The server dies while bytes flow. */
static void
test_killed (void)
{
  g_autoptr (WherrySession) session = ssh_fixture_connected (sshd);
  g_autoptr (WherryChannel) down = wherry_session_exec (session, "cat /dev/zero", NULL, NULL);
  g_autoptr (WherryChannel) up = wherry_session_exec (session, "cat > /dev/null", NULL, NULL);
  g_autoptr (GError) error = NULL;
  gint64 started;
  gsize length;

  g_assert_cmpint (wherry_channel_wait (down, WHERRY_CHANNEL_READABLE, -1, NULL, NULL), !=, 0);
  wherry_test_sshd_signal_sessions (sshd, SIGKILL);
  started = g_get_monotonic_time ();
  while (wherry_channel_wait (down, WHERRY_CHANNEL_READABLE, -1, NULL, &error) != 0)
    {
      g_assert_false (wherry_channel_is_input_ended (down));
      wherry_channel_peek (down, &length);
      wherry_channel_consume (down, length);
    }
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_DISCONNECTED);
  g_assert_cmpint (g_get_monotonic_time () - started, <, IN_TIME);
  g_clear_error (&error);
  /* The channels learn of it one after the other. */
  while (wherry_channel_wait (up, WHERRY_CHANNEL_WRITABLE, -1, NULL, &error) != 0)
    if (wherry_channel_reserve (up, &length) != NULL)
      wherry_channel_commit (up, 1);
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_DISCONNECTED);
  g_assert_cmpint (g_get_monotonic_time () - started, <, IN_TIME);
  g_assert_false (wherry_session_is_connected (session));
  g_clear_error (&error);
  g_assert_null (wherry_session_exec (session, "true", NULL, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_DISCONNECTED);
  assert_close_in_time (session);
}

/* The server hangs while bytes flow: told by its silence, not by TCP, which still answers. */
static void
test_stopped (gconstpointer data)
{
  gboolean upload = GPOINTER_TO_INT (data);
  g_autoptr (WherrySession) session = ssh_fixture_new_session (sshd, NULL);
  g_autoptr (WherryChannel) channel = NULL;
  g_autoptr (GError) error = NULL;
  gint64 started;

  wherry_session_set_liveness (session, 300 * 1000, 700 * 1000);
  ssh_fixture_connect (session, NULL, &error);
  g_assert_no_error (error);
  channel = wherry_session_exec (session, upload ? "cat > /dev/null" : "cat", NULL, &error);
  g_assert_no_error (error);
  wherry_test_sshd_signal_sessions (sshd, SIGSTOP);
  started = g_get_monotonic_time ();
  do
    {
      gsize size;

      while (upload && wherry_channel_reserve (channel, &size) != NULL)
        wherry_channel_commit (channel, size);
  } while (wherry_channel_wait (channel, upload ? WHERRY_CHANNEL_WRITABLE : WHERRY_CHANNEL_READABLE,
                                -1, NULL, &error)
           != 0);
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_DISCONNECTED);
  g_assert_cmpint (g_get_monotonic_time () - started, <, 1000 * 1000 + IN_TIME);
  assert_close_in_time (session);
  wherry_test_sshd_signal_sessions (sshd, SIGKILL);
}

/* One that is merely silent, and answers when asked, is not given up. */
static void
test_silent (void)
{
  g_autoptr (WherrySession) session = ssh_fixture_new_session (sshd, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (WherryChannel) channel = NULL;

  wherry_session_set_liveness (session, 50 * 1000, 500 * 1000);
  ssh_fixture_connect (session, NULL, &error);
  g_assert_no_error (error);
  channel = wherry_session_exec (session, "sleep 2; echo awake", NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (wherry_channel_wait (channel, WHERRY_CHANNEL_EXITED, -1, NULL, &error), ==,
                   WHERRY_CHANNEL_EXITED);
  g_assert_no_error (error);
}

/* Closing a session whose server hangs, with both directions full. */
static void
test_close_hanging (void)
{
  g_autoptr (WherrySession) session = ssh_fixture_connected (sshd);
  g_autoptr (WherryChannel) up = wherry_session_exec (session, "cat > /dev/null", NULL, NULL);
  g_autoptr (WherryChannel) down = wherry_session_exec (session, "cat /dev/zero", NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (wherry_channel_wait (down, WHERRY_CHANNEL_READABLE, -1, NULL, NULL), !=, 0);
  wherry_test_sshd_signal_sessions (sshd, SIGSTOP);
  fill_output (up);
  assert_close_in_time (session);
  g_assert_cmpint (wherry_channel_wait (up, WHERRY_CHANNEL_WRITABLE, -1, NULL, &error), ==, 0);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  wherry_test_sshd_signal_sessions (sshd, SIGKILL);
}

/* What had come before the end can still be read, and a command that was over stays so. */
static void
test_close_after_end (void)
{
  g_autoptr (WherrySession) session = ssh_fixture_connected (sshd);
  g_autoptr (WherryChannel) channel
      = wherry_session_exec (session, "echo done; exit 4", NULL, NULL);
  g_autoptr (GError) error = NULL;
  const guint8 *data;
  gsize length;

  wherry_channel_wait (channel, WHERRY_CHANNEL_EXITED, -1, NULL, &error);
  g_assert_no_error (error);
  wherry_session_close (session);
  g_assert_cmpint (wherry_channel_wait (channel, WHERRY_CHANNEL_READABLE, -1, NULL, &error), ==,
                   WHERRY_CHANNEL_READABLE);
  g_assert_no_error (error);
  data = wherry_channel_peek (channel, &length);
  g_assert_cmpmem (data, length, "done\n", 5);
  g_assert_cmpint (wherry_channel_get_exit_status (channel), ==, 4);
}

static void
test_never_connected (void)
{
  g_autoptr (WherrySession) session = ssh_fixture_new_session (sshd, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (wherry_session_exec (session, "true", NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED);
  assert_close_in_time (session);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  g_unsetenv ("SSH_AUTH_SOCK");
  sshd = wherry_test_sshd_start (NULL);

  g_test_add_func ("/ssh/faults/cancel-connect", test_cancel_connect);
  g_test_add_func ("/ssh/faults/cancel-before", test_cancel_before);
  g_test_add_func ("/ssh/faults/cancel-prompts", test_cancel_prompts);
  g_test_add_func ("/ssh/faults/close-connecting", test_close_connecting);
  g_test_add_func ("/ssh/faults/cancel-channel", test_cancel_channel);
  g_test_add_func ("/ssh/faults/cancel-exec", test_cancel_exec);
  g_test_add_func ("/ssh/faults/places", test_places);
  g_test_add_func ("/ssh/faults/server-refuses", test_server_refuses);
  g_test_add_func ("/ssh/faults/spare", test_spare);
  g_test_add_func ("/ssh/faults/killed", test_killed);
  g_test_add_data_func ("/ssh/faults/stopped-upload", GINT_TO_POINTER (TRUE), test_stopped);
  g_test_add_data_func ("/ssh/faults/stopped-idle", GINT_TO_POINTER (FALSE), test_stopped);
  g_test_add_func ("/ssh/faults/silent", test_silent);
  g_test_add_func ("/ssh/faults/close-hanging", test_close_hanging);
  g_test_add_func ("/ssh/faults/close-after-end", test_close_after_end);
  g_test_add_func ("/ssh/faults/never-connected", test_never_connected);

  result = g_test_run ();
  wherry_test_sshd_stop (sshd);
  return result;
}
