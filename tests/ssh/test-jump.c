/* Hosts that are reached through others, each with its own key and login. */
#include <signal.h>
#include <string.h>

#include "base/wherry-error.h"
#include "ssh-fixture.h"
#include "ssh/wherry-session-private.h"
#include "wherry-test-server.h"

#define SIZE (24 * 1024 * 1024)

/* Well above what is promised: the machine may be busy. */
#define AT_ONCE (3 * G_USEC_PER_SEC)

static WherryTestSshd *gate;
static WherryTestSshd *inner_gate;
static WherryTestSshd *target;

static WherryTestSshd *
start_gate (void)
{
  const char *const lines[] = { "AllowTcpForwarding yes", NULL };

  return wherry_test_sshd_start (lines);
}

static WherryTestHostKeys *
know (WherryTestSshd *first, WherryTestSshd *second, WherryTestSshd *third)
{
  WherryTestHostKeys *host_keys = wherry_test_host_keys_new ();
  WherryTestSshd *all[] = { first, second, third };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    if (all[i] != NULL)
      wherry_test_host_keys_add (host_keys, "127.0.0.1", wherry_test_sshd_get_port (all[i]),
                                 wherry_test_sshd_get_host_key (all[i]));
  return host_keys;
}

/* The way to @to, through @second (nullable) and before it through @first. */
static WherryLogin *
make_way (WherryTestSshd *first, WherryTestSshd *second, WherryTestSshd *to)
{
  WherryLogin *login = wherry_test_sshd_make_login (to);

  wherry_login_set_via (login, wherry_test_sshd_make_login (second != NULL ? second : first));
  if (second != NULL)
    wherry_login_set_via (login->via, wherry_test_sshd_make_login (first));
  return login;
}

static WherrySession *
make_session (const WherryLogin *login, WherryTestHostKeys *host_keys)
{
  return wherry_session_new (login, WHERRY_HOST_KEY_STORE (host_keys), NULL);
}

static guint
count_in_log (WherryTestSshd *sshd, const char *words)
{
  g_autofree char *log = wherry_test_sshd_dup_log (sshd);
  guint n = 0;

  for (const char *p = log; (p = strstr (p, words)) != NULL; p++)
    n++;
  return n;
}

/* Sends and receives through the session, and compares. */
static void
assert_carries (WherrySession *session)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WherryChannel) up = wherry_session_exec (session, "sha256sum", NULL, &error);
  g_autoptr (GChecksum) sent = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (WherryChannel) down = NULL;
  g_autofree char *received = NULL;
  g_autofree char *again = NULL;
  const guint8 *data;
  gsize length;
  guint64 total;

  g_assert_no_error (error);
  ssh_fixture_send_pattern (up, SIZE, sent);
  wherry_channel_send_eof (up);
  wherry_channel_wait (up, WHERRY_CHANNEL_EXITED, -1, NULL, &error);
  g_assert_no_error (error);
  data = wherry_channel_peek (up, &length);
  g_assert_cmpmem (data, MIN (length, 64), g_checksum_get_string (sent), 64);

  down = wherry_session_exec (session, "seq 1 3000000", NULL, &error);
  g_assert_no_error (error);
  received = ssh_fixture_drain (down, &total);
  {
    g_autoptr (GBytes) output = NULL;

    wherry_session_run (session, "seq 1 3000000 | sha256sum", NULL, 100, &output, NULL, NULL, NULL,
                        &error);
    g_assert_no_error (error);
    again = g_strndup (g_bytes_get_data (output, NULL), 64);
  }
  g_assert_cmpstr (received, ==, again);
}

static void
test_one_hop (void)
{
  g_autoptr (WherryLogin) login = make_way (gate, NULL, target);
  g_autoptr (WherryTestHostKeys) host_keys = know (gate, target, NULL);
  g_autoptr (WherrySession) session = make_session (login, host_keys);
  g_autoptr (GError) error = NULL;

  ssh_fixture_connect (session, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (wherry_test_host_keys_get_n_checked (host_keys), ==, 2);
  assert_carries (session);
}

static void
test_two_hops (void)
{
  g_autoptr (WherryLogin) login = make_way (gate, inner_gate, target);
  g_autoptr (WherryTestHostKeys) host_keys = know (gate, inner_gate, target);
  g_autoptr (WherrySession) session = make_session (login, host_keys);
  g_autoptr (GError) error = NULL;
  guint before = count_in_log (inner_gate, "Accepted publickey");

  g_assert_cmpuint (wherry_login_count_hops (login), ==, 2);
  ssh_fixture_connect (session, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (wherry_test_host_keys_get_n_checked (host_keys), ==, 3);
  g_assert_cmpuint (count_in_log (inner_gate, "Accepted publickey"), ==, before + 1);
  assert_carries (session);
}

static void
test_rekey_on_the_way (void)
{
  const char *const lines[] = { "AllowTcpForwarding yes", "RekeyLimit 1M", NULL };
  g_autoptr (WherryTestSshd) busy = wherry_test_sshd_start (lines);
  g_autoptr (WherryLogin) login = make_way (busy, NULL, target);
  g_autoptr (WherryTestHostKeys) host_keys = know (busy, target, NULL);
  g_autoptr (WherrySession) session = make_session (login, host_keys);
  g_autoptr (GError) error = NULL;

  ssh_fixture_connect (session, NULL, &error);
  g_assert_no_error (error);
  assert_carries (session);
  g_assert_cmpuint (count_in_log (busy, "rekey"), >, 0);
}

/* A key that does not fit stops where it is shown, and nothing is told to what lies behind. */
static void
test_host_keys (void)
{
  g_autoptr (WherryLogin) login = make_way (gate, NULL, target);
  g_autoptr (WherryTestHostKeys) gate_changed = know (NULL, target, NULL);
  g_autoptr (WherryTestHostKeys) target_changed = know (gate, NULL, NULL);
  g_autoptr (WherrySession) first = make_session (login, gate_changed);
  g_autoptr (WherrySession) second = make_session (login, target_changed);
  g_autoptr (GError) error = NULL;
  guint connections = count_in_log (target, "Connection from");
  guint logins = count_in_log (target, "userauth-request");

  wherry_test_host_keys_add (gate_changed, "127.0.0.1", login->via->port,
                             wherry_test_sshd_get_host_key (target));
  wherry_test_host_keys_add (target_changed, "127.0.0.1", login->port,
                             wherry_test_sshd_get_host_key (gate));

  g_assert_false (ssh_fixture_connect (first, NULL, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_HOST_KEY_CHANGED);
  g_assert_nonnull (strstr (error->message, "On the way to “127.0.0.1”"));
  g_assert_cmpuint (count_in_log (target, "Connection from"), ==, connections);

  g_clear_error (&error);
  g_assert_false (ssh_fixture_connect (second, NULL, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_HOST_KEY_CHANGED);
  g_assert_null (strstr (error->message, "On the way"));
  g_assert_cmpuint (count_in_log (target, "userauth-request"), ==, logins);
}

static void
assert_refused (const WherryLogin *login, const char *words)
{
  g_autoptr (WherryTestHostKeys) host_keys = wherry_test_host_keys_new ();
  g_autoptr (WherrySession) session = NULL;
  g_autoptr (GError) error = NULL;

  wherry_test_host_keys_accept_all (host_keys);
  session = make_session (login, host_keys);
  g_assert_false (ssh_fixture_connect (session, NULL, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_CONNECT);
  g_assert_nonnull (strstr (error->message, words));
}

static void
test_refusals (void)
{
  g_autoptr (WherryLogin) forbidden = make_way (target, NULL, gate);
  g_autoptr (WherryLogin) closed = make_way (gate, NULL, target);
  g_autoptr (WherryLogin) too_far = wherry_test_sshd_make_login (target);
  g_autoptr (WherryLogin) no_ssh = make_way (gate, NULL, target);
  g_autoptr (WherryTestImpostor) impostor = wherry_test_impostor_start ("220 mail\r\n", TRUE);
  g_autoptr (WherryTestImpostor) gone = wherry_test_impostor_start (NULL, TRUE);
  WherryLogin *last = too_far;

  closed->port = wherry_test_impostor_get_port (gone);
  g_clear_pointer (&gone, wherry_test_impostor_stop);
  no_ssh->port = wherry_test_impostor_get_port (impostor);
  for (guint i = 0; i <= WHERRY_LOGIN_HOPS_MAX; i++)
    {
      wherry_login_set_via (last, wherry_test_sshd_make_login (gate));
      last = last->via;
    }

  assert_refused (forbidden, "AllowTcpForwarding");
  assert_refused (closed, "does not reach “127.0.0.1”");
  assert_refused (no_ssh, "220 mail");
  assert_refused (too_far, "More than 8 hosts");
}

static WherrySession *
connect_pooled (WherrySessionPool *pool, const WherryLogin *login)
{
  g_autoptr (GError) error = NULL;
  WherrySession *session = wherry_session_pool_connect (pool, login, NULL, &error);

  g_assert_no_error (error);
  return session;
}

/* Two hosts behind one gate, and more connections to one of them: one login at the gate. */
static void
test_shared (void)
{
  const char *const lines[] = { "MaxSessions 1", NULL };
  g_autoptr (WherryTestSshd) own_gate = start_gate ();
  g_autoptr (WherryTestSshd) narrow = wherry_test_sshd_start (lines);
  g_autoptr (WherryLogin) one = make_way (own_gate, NULL, target);
  g_autoptr (WherryLogin) other = make_way (own_gate, NULL, narrow);
  g_autoptr (WherryTestHostKeys) host_keys = wherry_test_host_keys_new ();
  g_autoptr (WherrySessionPool) pool = NULL;
  g_autoptr (WherrySession) to_one = NULL;
  g_autoptr (WherrySession) to_other = NULL;
  g_autoptr (WherrySession) again = NULL;
  g_autoptr (WherryChannel) first = NULL;
  g_autoptr (WherryChannel) second = NULL;
  g_autoptr (GError) error = NULL;

  wherry_test_host_keys_accept_all (host_keys);
  pool = wherry_session_pool_new (WHERRY_HOST_KEY_STORE (host_keys), NULL);
  to_one = connect_pooled (pool, one);
  to_other = connect_pooled (pool, other);
  g_assert_cmpuint (count_in_log (own_gate, "Accepted publickey"), ==, 1);

  /* The server has room for one command: the next one gets a connection of its own. */
  first = wherry_session_exec_somewhere (to_other, "cat", NULL, &error);
  g_assert_no_error (error);
  second = wherry_session_exec_somewhere (to_other, "cat", NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count_in_log (narrow, "Accepted publickey"), ==, 2);
  g_assert_cmpuint (count_in_log (own_gate, "Accepted publickey"), ==, 1);

  /* The gate breaks: with it what leads through it, and all is made anew. */
  wherry_test_sshd_signal_sessions (own_gate, SIGKILL);
  wherry_channel_wait (first, WHERRY_CHANNEL_EXITED, -1, NULL, &error);
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_DISCONNECTED);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "leads through"));
  again = connect_pooled (pool, one);
  g_assert_true (again != to_one);
  g_assert_cmpuint (count_in_log (own_gate, "Accepted publickey"), ==, 2);
}

/* A failed gate is not kept: the next attempt is a new one. */
static void
test_gate_fails (void)
{
  g_autoptr (WherryLogin) login = make_way (gate, NULL, target);
  g_autoptr (WherryTestHostKeys) host_keys = know (gate, target, NULL);
  g_autoptr (WherrySessionPool) pool
      = wherry_session_pool_new (WHERRY_HOST_KEY_STORE (host_keys), NULL);
  g_autoptr (WherrySession) session = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) files = g_strdupv (login->via->identity_files);

  g_strfreev (login->via->identity_files);
  login->via->identity_files = g_new0 (char *, 1);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_null (wherry_session_pool_connect (pool, login, NULL, &error));
      g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_AUTHENTICATION);
      g_assert_nonnull (strstr (error->message, "On the way to"));
      g_clear_error (&error);
    }
  g_strfreev (login->via->identity_files);
  login->via->identity_files = g_steal_pointer (&files);
  session = wherry_session_pool_connect (pool, login, NULL, &error);
  g_assert_no_error (error);
}

/* Whatever the way is about, a cancellation gets through. */
static void
assert_cancelled (const WherryLogin *login, WherryTestPrompter *prompter, gint64 after)
{
  g_autoptr (WherryTestHostKeys) host_keys = wherry_test_host_keys_new ();
  g_autoptr (WherrySession) session = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  gint64 started = g_get_monotonic_time ();
  GThread *thread;

  wherry_test_host_keys_accept_all (host_keys);
  session = wherry_session_new (login, WHERRY_HOST_KEY_STORE (host_keys),
                                prompter != NULL ? WHERRY_PROMPTER (prompter) : NULL);
  thread = ssh_fixture_cancel_later (cancellable, after);
  if (!ssh_fixture_connect (session, cancellable, &error))
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (thread);
  wherry_session_close (session);
  g_assert_cmpint (g_get_monotonic_time () - started, <, after + AT_ONCE);
}

static void
test_cancel (void)
{
  WherryTestScript script = { .password = "x" };
  g_autoptr (WherryTestServer) asking = wherry_test_server_start (&script);
  g_autoptr (WherryTestImpostor) silent = wherry_test_impostor_start (NULL, FALSE);
  g_autoptr (WherryTestPrompter) prompter = wherry_test_prompter_new ();
  g_autoptr (WherryLogin) usual = make_way (gate, inner_gate, target);
  g_autoptr (WherryLogin) behind_silent = make_way (gate, NULL, target);
  g_autoptr (WherryLogin) to_silent = make_way (gate, NULL, target);
  g_autoptr (WherryLogin) behind_asking = make_way (gate, NULL, target);

  wherry_test_prompter_add_silence (prompter);
  behind_silent->via->port = wherry_test_impostor_get_port (silent);
  to_silent->port = wherry_test_impostor_get_port (silent);
  behind_asking->via->port = wherry_test_server_get_port (asking);
  g_strfreev (behind_asking->via->identity_files);
  behind_asking->via->identity_files = g_new0 (char *, 1);

  assert_cancelled (behind_silent, NULL, 300 * 1000);
  assert_cancelled (to_silent, NULL, 500 * 1000);
  assert_cancelled (behind_asking, prompter, 500 * 1000);
  for (gint64 after = 0; after <= 240 * 1000; after += 20 * 1000)
    assert_cancelled (usual, NULL, after);
}

/* The same while bytes flow, and when the gate hangs. */
static void
test_close (void)
{
  g_autoptr (WherryTestSshd) own_gate = start_gate ();
  g_autoptr (WherryLogin) login = make_way (own_gate, NULL, target);

  for (guint hangs = 0; hangs < 2; hangs++)
    {
      g_autoptr (WherryTestHostKeys) host_keys = know (own_gate, target, NULL);
      g_autoptr (WherrySession) session = make_session (login, host_keys);
      g_autoptr (WherryChannel) channel = NULL;
      g_autoptr (GError) error = NULL;
      gint64 started;

      ssh_fixture_connect (session, NULL, &error);
      g_assert_no_error (error);
      channel = wherry_session_exec (session, "cat /dev/zero", NULL, &error);
      g_assert_no_error (error);
      wherry_channel_wait (channel, WHERRY_CHANNEL_READABLE, -1, NULL, &error);
      g_assert_no_error (error);
      if (hangs)
        wherry_test_sshd_signal_sessions (own_gate, SIGSTOP);
      started = g_get_monotonic_time ();
      wherry_session_close (session);
      g_assert_cmpint (g_get_monotonic_time () - started, <, AT_ONCE);
    }
}

/* A far host that hangs is found out, although the gate is well. */
static void
test_liveness (void)
{
  g_autoptr (WherryTestSshd) own_target = wherry_test_sshd_start (NULL);
  g_autoptr (WherryLogin) login = make_way (gate, NULL, own_target);
  g_autoptr (WherryTestHostKeys) host_keys = know (gate, own_target, NULL);
  g_autoptr (WherrySession) session = make_session (login, host_keys);
  g_autoptr (WherryChannel) channel = NULL;
  g_autoptr (GError) error = NULL;

  wherry_session_set_liveness (session, 300 * 1000, 500 * 1000);
  ssh_fixture_connect (session, NULL, &error);
  g_assert_no_error (error);
  channel = wherry_session_exec (session, "cat", NULL, &error);
  g_assert_no_error (error);
  wherry_test_sshd_signal_sessions (own_target, SIGSTOP);
  wherry_channel_wait (channel, WHERRY_CHANNEL_EXITED, -1, NULL, &error);
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_DISCONNECTED);
  g_test_message ("%s", error->message);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  g_unsetenv ("SSH_AUTH_SOCK");
  gate = start_gate ();
  inner_gate = start_gate ();
  target = wherry_test_sshd_start (NULL);

  g_test_add_func ("/ssh/jump/one-hop", test_one_hop);
  g_test_add_func ("/ssh/jump/two-hops", test_two_hops);
  g_test_add_func ("/ssh/jump/rekey-on-the-way", test_rekey_on_the_way);
  g_test_add_func ("/ssh/jump/host-keys", test_host_keys);
  g_test_add_func ("/ssh/jump/refusals", test_refusals);
  g_test_add_func ("/ssh/jump/shared", test_shared);
  g_test_add_func ("/ssh/jump/gate-fails", test_gate_fails);
  g_test_add_func ("/ssh/jump/cancel", test_cancel);
  g_test_add_func ("/ssh/jump/close", test_close);
  g_test_add_func ("/ssh/jump/liveness", test_liveness);

  result = g_test_run ();
  wherry_test_sshd_stop (gate);
  wherry_test_sshd_stop (inner_gate);
  wherry_test_sshd_stop (target);
  return result;
}
