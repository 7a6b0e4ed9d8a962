/* Reaching a server, knowing it by its key, and saying what went wrong. */
#include <signal.h>
#include <string.h>

#include "base/wherry-error.h"
#include "ssh-fixture.h"
#include "ssh/wherry-session-private.h"
#include "wherry-test-server.h"

static WherryTestSshd *sshd;

static WherrySession *
make_session (const WherryLogin *login, WherryTestHostKeys *host_keys, WherryTestPrompter *prompter)
{
  return wherry_session_new (login, WHERRY_HOST_KEY_STORE (host_keys),
                             prompter != NULL ? WHERRY_PROMPTER (prompter) : NULL);
}

/* Connecting there fails in time, with an error that has this in it. */
static void
assert_fails (const char *host, guint16 port, guint timeout, int code, const char *words)
{
  g_autoptr (WherryLogin) login = wherry_login_new ("someone", host, port);
  g_autoptr (WherryTestHostKeys) host_keys = wherry_test_host_keys_new ();
  g_autoptr (WherrySession) session = NULL;
  g_autoptr (GError) error = NULL;
  gint64 started = g_get_monotonic_time ();

  login->connect_timeout = timeout;
  session = make_session (login, host_keys, NULL);
  g_assert_false (ssh_fixture_connect (session, NULL, &error));
  g_assert_error (error, WHERRY_ERROR, code);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, words));
  g_assert_cmpint (g_get_monotonic_time () - started, <, (timeout + 4) * G_USEC_PER_SEC);
  g_assert_false (wherry_session_is_connected (session));
  g_assert_cmpuint (wherry_test_host_keys_get_n_checked (host_keys), ==, 0);
  g_assert_null (wherry_session_exec (session, "true", NULL, NULL));
}

static void
test_unreachable (void)
{
  g_autoptr (WherryTestImpostor) gone = wherry_test_impostor_start (NULL, TRUE);
  guint16 port = wherry_test_impostor_get_port (gone);

  g_clear_pointer (&gone, wherry_test_impostor_stop);
  assert_fails ("127.0.0.1", port, 5, WHERRY_ERROR_CONNECT, "refuses connections");
  assert_fails ("::1", port, 5, WHERRY_ERROR_CONNECT, "::1");
  assert_fails ("no-such-host.invalid", 22, 5, WHERRY_ERROR_CONNECT, "no-such-host.invalid");
}

static void
assert_impostor (const char *words, gboolean hang_up, guint timeout, int code, const char *told)
{
  g_autoptr (WherryTestImpostor) impostor = wherry_test_impostor_start (words, hang_up);

  assert_fails ("127.0.0.1", wherry_test_impostor_get_port (impostor), timeout, code, told);
}

static void
test_no_ssh_server (void)
{
  g_autofree char *long_line = g_strnfill (5000, 'x');
  g_autofree char *flood = NULL;
  GString *lines = g_string_new (NULL);

  for (guint i = 0; i < 20000; i++)
    g_string_append (lines, "welcome\r\n");
  flood = g_string_free (lines, FALSE);

  assert_impostor ("HTTP/1.1 400 Bad\033[1m Request\r\n\r\n", TRUE, 5, WHERRY_ERROR_CONNECT,
                   "HTTP/1.1 400 Bad\\x1b[1m Request");
  assert_impostor ("220 mail.example ESMTP\r\n", FALSE, 1, WHERRY_ERROR_CONNECT,
                   "220 mail.example");
  assert_impostor (NULL, TRUE, 5, WHERRY_ERROR_CONNECT, "closed the connection");
  assert_impostor (NULL, FALSE, 1, WHERRY_ERROR_CONNECT, "stopped answering");
  assert_impostor (long_line, FALSE, 5, WHERRY_ERROR_CONNECT, "xxxx");
  assert_impostor (flood, FALSE, 5, WHERRY_ERROR_CONNECT, "welcome");
  assert_impostor ("SSH-1.5-ancient\r\n", FALSE, 5, WHERRY_ERROR_CONNECT, "SSH-1.5-ancient");
  assert_impostor ("SSH-2.0-x\r\nnot a packet at all, but long enough to be taken for one\r\n",
                   FALSE, 2, WHERRY_ERROR_CONNECT, "127.0.0.1");
}

static void
test_no_common_algorithm (void)
{
  const char *const lines[] = { "Ciphers aes256-ctr", NULL };
  g_autoptr (WherryTestSshd) other = wherry_test_sshd_start (lines);
  g_autoptr (WherryLogin) login = wherry_test_sshd_make_login (other);
  g_autoptr (WherryTestHostKeys) host_keys = wherry_test_host_keys_new ();
  g_autoptr (WherrySession) session = NULL;
  g_autoptr (WherrySession) nonsense = NULL;
  g_autoptr (GError) error = NULL;

  login->ciphers = g_strdup ("aes128-gcm@openssh.com");
  session = make_session (login, host_keys, NULL);
  g_assert_false (ssh_fixture_connect (session, NULL, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_NO_COMMON_ALGORITHM);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "The server offers: aes256-ctr."));
  g_assert_nonnull (strstr (error->message, "This program offers: aes128-gcm@openssh.com."));

  g_clear_error (&error);
  g_free (login->ciphers);
  login->ciphers = g_strdup ("rot13");
  nonsense = make_session (login, host_keys, NULL);
  g_assert_false (ssh_fixture_connect (nonsense, NULL, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_NO_COMMON_ALGORITHM);
}

static void
test_ciphers (void)
{
  g_autoptr (WherryLogin) login = wherry_test_sshd_make_login (sshd);
  g_autoptr (WherryTestHostKeys) host_keys = wherry_test_host_keys_new ();
  g_autoptr (WherrySession) session = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *cipher = NULL;

  login->ciphers = g_strdup ("aes192-ctr,chacha20-poly1305@openssh.com");
  wherry_test_host_keys_accept_all (host_keys);
  session = make_session (login, host_keys, NULL);
  ssh_fixture_connect (session, NULL, &error);
  g_assert_no_error (error);
  cipher = wherry_session_dup_cipher (session);
  g_assert_cmpstr (cipher, ==, "aes192-ctr");
}

/* Nothing of a login must be seen by a server whose key was not accepted (rule R10). */
static void
assert_no_login_tried (WherryTestSshd *server)
{
  g_autofree char *log = NULL;

  g_assert_true (wherry_test_sshd_wait_for_log (server, "[preauth]"));
  g_assert_true (wherry_test_sshd_wait_for_log (server, "Connection closed by")
                 || wherry_test_sshd_wait_for_log (server, "Received disconnect"));
  log = wherry_test_sshd_dup_log (server);
  g_assert_null (strstr (log, "userauth-request"));
}

static void
test_host_key_verdicts (void)
{
  g_autoptr (WherryTestSshd) server = wherry_test_sshd_start (NULL);
  g_autoptr (WherryLogin) login = wherry_test_sshd_make_login (server);
  WherryHostKey *key = wherry_test_sshd_get_host_key (server);
  WherryHostKey *other = wherry_test_sshd_get_host_key (sshd);
  static const int codes[] = {
    WHERRY_ERROR_HOST_KEY_UNKNOWN,
    WHERRY_ERROR_HOST_KEY_CHANGED,
    WHERRY_ERROR_HOST_KEY_REVOKED,
    WHERRY_ERROR_HOST_KEY_UNCHECKED,
  };

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      g_autoptr (WherryTestHostKeys) host_keys = wherry_test_host_keys_new ();
      g_autoptr (WherrySession) session = make_session (login, host_keys, NULL);
      g_autoptr (GError) error = NULL;

      if (codes[i] == WHERRY_ERROR_HOST_KEY_CHANGED)
        wherry_test_host_keys_add (host_keys, "127.0.0.1", login->port, other);
      if (codes[i] == WHERRY_ERROR_HOST_KEY_REVOKED)
        {
          wherry_test_host_keys_add (host_keys, "127.0.0.1", login->port, key);
          wherry_test_host_keys_revoke (host_keys, key);
        }
      if (codes[i] == WHERRY_ERROR_HOST_KEY_UNCHECKED)
        wherry_test_host_keys_break (host_keys);
      g_assert_false (ssh_fixture_connect (session, NULL, &error));
      g_assert_error (error, WHERRY_ERROR, codes[i]);
      g_test_message ("%s", error->message);
      if (codes[i] != WHERRY_ERROR_HOST_KEY_UNCHECKED)
        g_assert_nonnull (strstr (error->message, wherry_host_key_get_fingerprint (key)));
      if (codes[i] == WHERRY_ERROR_HOST_KEY_CHANGED)
        g_assert_nonnull (strstr (error->message, wherry_host_key_get_fingerprint (other)));
    }
  assert_no_login_tried (server);
}

static void
assert_choice (WherryHostKeyChoice choice, gboolean accepted, guint n_remembered)
{
  g_autoptr (WherryLogin) login = wherry_test_sshd_make_login (sshd);
  g_autoptr (WherryTestHostKeys) host_keys = wherry_test_host_keys_new ();
  g_autoptr (WherryTestPrompter) prompter = wherry_test_prompter_new ();
  g_autoptr (WherrySession) session = make_session (login, host_keys, prompter);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) asked = NULL;
  g_autofree char *expected
      = g_strconcat ("host-key ",
                     wherry_host_key_get_fingerprint (wherry_test_sshd_get_host_key (sshd)), NULL);

  wherry_test_prompter_add_choice (prompter, choice);
  g_assert_cmpint (ssh_fixture_connect (session, NULL, &error), ==, accepted);
  if (!accepted)
    g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_HOST_KEY_UNKNOWN);
  asked = wherry_test_prompter_dup_asked (prompter);
  g_assert_cmpuint (g_strv_length (asked), ==, 1);
  g_assert_cmpstr (asked[0], ==, expected);
  g_assert_cmpuint (wherry_test_host_keys_get_n_remembered (host_keys), ==, n_remembered);
}

static void
test_host_key_choices (void)
{
  g_autoptr (WherryLogin) login = wherry_test_sshd_make_login (sshd);
  g_autoptr (WherryTestHostKeys) host_keys = wherry_test_host_keys_new ();
  g_autoptr (WherryTestPrompter) declining = wherry_test_prompter_new ();
  g_autoptr (WherrySession) session = make_session (login, host_keys, declining);
  g_autoptr (GError) error = NULL;

  assert_choice (WHERRY_HOST_KEY_ACCEPT_ONCE, TRUE, 0);
  assert_choice (WHERRY_HOST_KEY_ACCEPT_AND_REMEMBER, TRUE, 1);
  assert_choice (WHERRY_HOST_KEY_REFUSE, FALSE, 0);

  g_assert_false (ssh_fixture_connect (session, NULL, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_HOST_KEY_UNKNOWN);
}

/* The key on record is of a type the server would not show first: it is asked for. */
static void
test_host_key_type_order (void)
{
  g_autoptr (WherryLogin) login = wherry_test_sshd_make_login (sshd);
  g_autoptr (WherryTestHostKeys) host_keys = wherry_test_host_keys_new ();
  g_autoptr (WherryHostKey) ecdsa = wherry_test_sshd_dup_host_key (sshd, "ecdsa");
  g_autoptr (WherrySession) session = NULL;
  g_autoptr (GError) error = NULL;
  const char *known[] = { "ssh-rsa", "ecdsa-sha2-nistp256", NULL };
  g_autofree char *order = wherry_session_order_host_keys ((char **) known, NULL);
  g_autofree char *usual = wherry_session_order_host_keys (NULL, NULL);
  g_autofree char *chosen
      = wherry_session_order_host_keys ((char **) known, "ssh-ed25519,rsa-sha2-512");

  g_assert_cmpstr (order, ==,
                   "ecdsa-sha2-nistp256,rsa-sha2-512,rsa-sha2-256,ssh-ed25519,"
                   "ecdsa-sha2-nistp384,ecdsa-sha2-nistp521");
  g_assert_true (g_str_has_prefix (usual, "ssh-ed25519,"));
  g_assert_cmpstr (chosen, ==, "rsa-sha2-512,ssh-ed25519");

  login->host_key_name = g_strdup ("alias.example");
  wherry_test_host_keys_add (host_keys, "alias.example", wherry_login_get_host_key_port (login),
                             ecdsa);
  session = make_session (login, host_keys, NULL);
  ssh_fixture_connect (session, NULL, &error);
  g_assert_no_error (error);
}

/* What the server wants to open is refused, and goes on being a connection (rule R11). */
static void
test_server_channels (void)
{
  WherryTestScript script = { .password = "x", .open_channels = TRUE };
  g_autoptr (WherryTestServer) server = wherry_test_server_start (&script);
  g_autoptr (WherryLogin) login
      = wherry_login_new ("u", "127.0.0.1", wherry_test_server_get_port (server));
  g_autoptr (WherryTestHostKeys) host_keys = wherry_test_host_keys_new ();
  g_autoptr (WherryTestPrompter) prompter = wherry_test_prompter_new ();
  g_autoptr (WherrySession) session = NULL;
  g_autoptr (GBytes) output = NULL;
  g_autoptr (GError) error = NULL;

  wherry_test_host_keys_accept_all (host_keys);
  wherry_test_prompter_add_answer (prompter, "x");
  session = make_session (login, host_keys, prompter);
  ssh_fixture_connect (session, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (wherry_session_get_server_kind (session), ==, WHERRY_SERVER_OTHER);
  wherry_session_run (session, "knock", NULL, 100, &output, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (output, NULL), g_bytes_get_size (output), "knock", 5);
  g_assert_cmpuint (wherry_test_server_get_n_opened (server), ==, 0);
  g_assert_cmpuint (wherry_test_server_get_n_refused (server), ==, 3);
}

/* Key exchanges while data flows both ways: nothing is lost, the key is compared each time. */
static void
test_rekey (void)
{
  const char *const lines[] = { "RekeyLimit 1M", NULL };
  g_autoptr (WherryTestSshd) server = wherry_test_sshd_start (lines);
  g_autoptr (WherrySession) session = ssh_fixture_connected (server);
  g_autoptr (GError) error = NULL;
  g_autoptr (WherryChannel) channel = wherry_session_exec (session, "sha256sum", NULL, &error);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (GBytes) output = NULL;
  g_autofree char *log = NULL;
  const guint8 *data;
  gsize length;

  g_assert_no_error (error);
  ssh_fixture_send_pattern (channel, 20 * 1024 * 1024, checksum);
  wherry_channel_send_eof (channel);
  wherry_channel_wait (channel, WHERRY_CHANNEL_EXITED, -1, NULL, &error);
  g_assert_no_error (error);
  data = wherry_channel_peek (channel, &length);
  g_assert_nonnull (data);
  g_assert_cmpmem (data, MIN (length, 64), g_checksum_get_string (checksum), 64);

  wherry_session_run (session, "head -c 10M /dev/zero", NULL, 11 * 1024 * 1024, &output, NULL, NULL,
                      NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (output), ==, 10 * 1024 * 1024);
  log = wherry_test_sshd_dup_log (server);
  g_assert_nonnull (strstr (log, "rekey"));
}

static void
test_connect_again (void)
{
  g_autoptr (WherrySession) session = ssh_fixture_connected (sshd);
  g_autoptr (GError) error = NULL;

  g_assert_true (wherry_session_connect (session, NULL, &error));
  g_assert_no_error (error);
  wherry_session_close (session);
  wherry_session_close (session);
  g_assert_false (wherry_session_connect (session, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  sshd = wherry_test_sshd_start (NULL);

  g_test_add_func ("/ssh/connect/unreachable", test_unreachable);
  g_test_add_func ("/ssh/connect/no-ssh-server", test_no_ssh_server);
  g_test_add_func ("/ssh/connect/no-common-algorithm", test_no_common_algorithm);
  g_test_add_func ("/ssh/connect/ciphers", test_ciphers);
  g_test_add_func ("/ssh/connect/host-key-verdicts", test_host_key_verdicts);
  g_test_add_func ("/ssh/connect/host-key-choices", test_host_key_choices);
  g_test_add_func ("/ssh/connect/host-key-type-order", test_host_key_type_order);
  g_test_add_func ("/ssh/connect/server-channels", test_server_channels);
  g_test_add_func ("/ssh/connect/rekey", test_rekey);
  g_test_add_func ("/ssh/connect/again", test_connect_again);

  result = g_test_run ();
  wherry_test_sshd_stop (sshd);
  return result;
}
