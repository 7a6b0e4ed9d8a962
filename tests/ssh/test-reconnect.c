/* When to try again, and finding out that a connection is dead. */
#include <signal.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/wherry-error.h"
#include "ssh-fixture.h"
#include "ssh/wherry-reconnect.h"

#define UNIT 20 /* milliseconds */
#define LIMIT (20 * G_USEC_PER_SEC)

typedef struct {
  guint n_done;
  guint n_woke;
  GError *error;
} Result;

static void
on_waited (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Result *outcome = user_data;

  g_clear_error (&outcome->error);
  wherry_reconnect_wait_finish (WHERRY_RECONNECT (source), result, &outcome->error);
  outcome->n_done++;
}

static void
on_woke (WherryReconnect *reconnect, Result *outcome)
{
  outcome->n_woke++;
}

static void
wait_once (WherryReconnect *reconnect, GCancellable *cancellable, Result *outcome)
{
  guint n = outcome->n_done;
  gint64 deadline = g_get_monotonic_time () + LIMIT;

  wherry_reconnect_wait_async (reconnect, cancellable, on_waited, outcome);
  while (outcome->n_done == n)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      g_main_context_iteration (NULL, TRUE);
    }
}

static void
test_back_off (void)
{
  g_autoptr (WherryReconnect) reconnect = wherry_reconnect_new ();
  Result outcome = { 0 };
  guint expected = 2 * UNIT;

  wherry_reconnect_set_unit (reconnect, UNIT);
  g_assert_cmpuint (wherry_reconnect_get_delay (reconnect), ==, 0);
  for (guint i = 0; i < 4; i++)
    {
      gint64 started = g_get_monotonic_time ();

      wait_once (reconnect, NULL, &outcome);
      g_assert_no_error (outcome.error);
      g_assert_cmpuint (wherry_reconnect_get_delay (reconnect), >=, expected);
      g_assert_cmpuint (wherry_reconnect_get_delay (reconnect), <=, expected * 12 / 10 + 1);
      g_assert_cmpint (g_get_monotonic_time () - started, >=, (expected - 1) * 1000);
      expected *= 2;
    }
  wherry_reconnect_reset (reconnect);
  wait_once (reconnect, NULL, &outcome);
  g_assert_cmpuint (wherry_reconnect_get_delay (reconnect), <=, 2 * UNIT * 12 / 10 + 1);
}

static void
test_longest (void)
{
  g_autoptr (WherryReconnect) reconnect = wherry_reconnect_new ();
  Result outcome = { 0 };

  wherry_reconnect_set_unit (reconnect, 1);
  for (guint i = 0; i < 12; i++)
    wait_once (reconnect, NULL, &outcome);
  g_assert_cmpuint (wherry_reconnect_get_delay (reconnect), >=, 60);
  g_assert_cmpuint (wherry_reconnect_get_delay (reconnect), <=, 73);
}

static void
test_cancel (void)
{
  g_autoptr (WherryReconnect) reconnect = wherry_reconnect_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Result outcome = { 0 };

  wherry_reconnect_set_unit (reconnect, 3600 * 1000);
  g_cancellable_cancel (cancellable);
  wait_once (reconnect, cancellable, &outcome);
  g_assert_error (outcome.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&outcome.error);
}

static gboolean
change_network (gpointer user_data)
{
  g_signal_emit_by_name (g_network_monitor_get_default (), "network-changed", TRUE);
  return G_SOURCE_REMOVE;
}

static void
test_network (void)
{
  g_autoptr (WherryReconnect) reconnect = wherry_reconnect_new ();
  Result outcome = { 0 };

  wherry_reconnect_set_unit (reconnect, 3600 * 1000);
  g_signal_connect (reconnect, "woke", G_CALLBACK (on_woke), &outcome);
  g_idle_add (change_network, NULL);
  wait_once (reconnect, NULL, &outcome);
  g_assert_no_error (outcome.error);
  g_assert_cmpuint (outcome.n_woke, ==, 1);
}

/* Says what logind says, until somebody has heard it. */
static gboolean
wake_up (gpointer user_data)
{
  GDBusConnection *bus = user_data;

  g_dbus_connection_emit_signal (bus, NULL, "/org/freedesktop/login1",
                                 "org.freedesktop.login1.Manager", "PrepareForSleep",
                                 g_variant_new ("(b)", TRUE), NULL);
  g_dbus_connection_emit_signal (bus, NULL, "/org/freedesktop/login1",
                                 "org.freedesktop.login1.Manager", "PrepareForSleep",
                                 g_variant_new ("(b)", FALSE), NULL);
  return G_SOURCE_CONTINUE;
}

static void
test_sleep (void)
{
  g_autoptr (GTestDBus) daemon = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_autoptr (GDBusConnection) logind = NULL;
  g_autoptr (GVariant) owned = NULL;
  g_autoptr (WherryReconnect) reconnect = NULL;
  g_autoptr (GError) error = NULL;
  Result outcome = { 0 };
  guint source;

  g_test_dbus_up (daemon);
  g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", g_test_dbus_get_bus_address (daemon), TRUE);
  logind = g_dbus_connection_new_for_address_sync (
      g_test_dbus_get_bus_address (daemon),
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
          | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
      NULL, NULL, &error);
  g_assert_no_error (error);
  owned = g_dbus_connection_call_sync (logind, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                       "org.freedesktop.DBus", "RequestName",
                                       g_variant_new ("(su)", "org.freedesktop.login1", 0), NULL,
                                       G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  g_assert_no_error (error);

  reconnect = wherry_reconnect_new ();
  wherry_reconnect_set_unit (reconnect, 3600 * 1000);
  g_signal_connect (reconnect, "woke", G_CALLBACK (on_woke), &outcome);
  source = g_timeout_add (50, wake_up, logind);
  wait_once (reconnect, NULL, &outcome);
  g_source_remove (source);
  g_assert_no_error (outcome.error);
  g_assert_cmpuint (outcome.n_woke, ==, 1);

  g_clear_object (&reconnect);
  g_dbus_connection_close_sync (logind, NULL, NULL);
  g_test_dbus_stop (daemon);
  g_unsetenv ("DBUS_SYSTEM_BUS_ADDRESS");
}

/* Of the kernel, what no test can have it do: the machine is put to sleep, and the clocks tell. */
static int cancelled_fd = -1;
static time_t pretended_sleep;

int
clock_gettime (clockid_t clock, struct timespec *now)
{
  int result = (int) syscall (SYS_clock_gettime, clock, now);

  if (clock == CLOCK_BOOTTIME)
    now->tv_sec += pretended_sleep;
  return result;
}

int
timerfd_settime (int fd, int flags, const struct itimerspec *value, struct itimerspec *old)
{
  if ((flags & TFD_TIMER_CANCEL_ON_SET) != 0)
    cancelled_fd = fd;
  return (int) syscall (SYS_timerfd_settime, fd, flags, value, old);
}

static void
let_wall_clock_jump (void)
{
  const struct itimerspec now = { .it_value.tv_nsec = 1 };

  g_assert_cmpint (timerfd_settime (cancelled_fd, TFD_TIMER_ABSTIME, &now, NULL), ==, 0);
}

static gboolean
is_readable (int fd)
{
  GPollFD poll = { .fd = fd, .events = G_IO_IN };

  return g_poll (&poll, 1, 0) > 0;
}

static void
test_sleep_without_logind (void)
{
  g_autoptr (WherryReconnect) reconnect = wherry_reconnect_new ();
  Result outcome = { 0 };

  wherry_reconnect_set_unit (reconnect, 3600 * 1000);
  g_signal_connect (reconnect, "woke", G_CALLBACK (on_woke), &outcome);
  g_assert_cmpint (cancelled_fd, >=, 0);

  /* Somebody has only set the time. */
  let_wall_clock_jump ();
  g_assert_true (is_readable (cancelled_fd));
  while (is_readable (cancelled_fd))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (outcome.n_woke, ==, 0);

  pretended_sleep += 3600;
  let_wall_clock_jump ();
  wait_once (reconnect, NULL, &outcome);
  g_assert_no_error (outcome.error);
  g_assert_cmpuint (outcome.n_woke, ==, 1);

  /* Once for each time. */
  let_wall_clock_jump ();
  while (is_readable (cancelled_fd))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (outcome.n_woke, ==, 1);
}

/* A server that sleeps is found out long before its time; one that answers stays. */
static void
test_probe (void)
{
  g_autoptr (WherryTestSshd) sshd = wherry_test_sshd_start (NULL);
  g_autoptr (WherryTestHostKeys) host_keys = wherry_test_host_keys_new ();
  g_autoptr (WherryLogin) login = wherry_test_sshd_make_login (sshd);
  g_autoptr (WherrySessionPool) pool = NULL;
  g_autoptr (WherrySession) session = NULL;
  g_autoptr (WherrySession) again = NULL;
  g_autoptr (WherryChannel) channel = NULL;
  g_autoptr (GError) error = NULL;

  wherry_test_host_keys_accept_all (host_keys);
  pool = wherry_session_pool_new (WHERRY_HOST_KEY_STORE (host_keys), NULL);
  session = wherry_session_pool_connect (pool, login, NULL, &error);
  g_assert_no_error (error);
  channel = wherry_session_exec (session, "cat", NULL, &error);
  g_assert_no_error (error);

  wherry_session_pool_probe (pool);
  g_assert_cmpuint (wherry_channel_wait (channel, WHERRY_CHANNEL_EXITED,
                                         g_get_monotonic_time () + 9 * G_USEC_PER_SEC, NULL,
                                         &error),
                    ==, 0);
  g_assert_no_error (error);
  g_assert_true (wherry_session_is_connected (session));

  wherry_test_sshd_signal_sessions (sshd, SIGSTOP);
  wherry_session_pool_probe (pool);
  wherry_channel_wait (channel, WHERRY_CHANNEL_EXITED,
                       g_get_monotonic_time () + 40 * G_USEC_PER_SEC, NULL, &error);
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_DISCONNECTED);

  /* The key is checked again with the next connection. */
  g_clear_error (&error);
  again = wherry_session_pool_connect (pool, login, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (wherry_test_host_keys_get_n_checked (host_keys), ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_unsetenv ("SSH_AUTH_SOCK");
  g_test_add_func ("/ssh/reconnect/sleep", test_sleep);
  g_test_add_func ("/ssh/reconnect/sleep-without-logind", test_sleep_without_logind);
  g_test_add_func ("/ssh/reconnect/back-off", test_back_off);
  g_test_add_func ("/ssh/reconnect/longest", test_longest);
  g_test_add_func ("/ssh/reconnect/cancel", test_cancel);
  g_test_add_func ("/ssh/reconnect/network", test_network);
  g_test_add_func ("/ssh/reconnect/probe", test_probe);
  return g_test_run ();
}
