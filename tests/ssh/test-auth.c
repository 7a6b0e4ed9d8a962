/* Every way of logging in, and of not being let in. */
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/wherry-error.h"
#include "ssh-fixture.h"
#include "wherry-test-agent.h"
#include "wherry-test-dir.h"
#include "wherry-test-server.h"

static WherryTestSshd *sshd;
static char *folder;

/* A login at the real server with this key file, or none. */
static WherryLogin *
make_login (const char *key_file)
{
  WherryLogin *login = wherry_test_sshd_make_login (sshd);
  const char *files[] = { key_file, NULL };

  g_strfreev (login->identity_files);
  login->identity_files = g_strdupv ((char **) files);
  return login;
}

static gboolean
try_login (const WherryLogin *login, WherryTestPrompter *prompter, GError **error)
{
  g_autoptr (WherryTestHostKeys) host_keys = wherry_test_host_keys_new ();
  g_autoptr (WherrySession) session = NULL;

  wherry_test_host_keys_accept_all (host_keys);
  session = wherry_session_new (login, WHERRY_HOST_KEY_STORE (host_keys),
                                prompter != NULL ? WHERRY_PROMPTER (prompter) : NULL);
  return ssh_fixture_connect (session, NULL, error);
}

static void
assert_asked (WherryTestPrompter *prompter, guint index, const char *expected)
{
  g_auto (GStrv) asked = wherry_test_prompter_dup_asked (prompter);

  g_assert_cmpuint (g_strv_length (asked), >, index);
  g_assert_cmpstr (asked[index], ==, expected);
}

static void
test_key_types (void)
{
  static const char *const types[] = { "ed25519", "ecdsa", "rsa" };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autofree char *key = wherry_test_make_key (folder, types[i], types[i], "");
      g_autofree char *public_half = g_strconcat (key, ".pub", NULL);
      g_autoptr (WherryLogin) login = make_login (key);
      g_autoptr (GError) error = NULL;

      wherry_test_sshd_authorize (sshd, key);
      try_login (login, NULL, &error);
      g_assert_no_error (error);
      /* The public half is in the private one. */
      g_unlink (public_half);
      try_login (login, NULL, &error);
      g_assert_no_error (error);
    }
}

static void
test_wrong_key (void)
{
  g_autofree char *key = wherry_test_make_key (folder, "wrong", "ed25519", "");
  g_autoptr (WherryLogin) login = make_login (key);
  g_autoptr (GError) error = NULL;

  g_assert_false (try_login (login, NULL, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_AUTHENTICATION);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "127.0.0.1"));
  g_assert_nonnull (strstr (error->message, g_get_user_name ()));
  g_assert_nonnull (strstr (error->message, "publickey"));
}

static void
test_no_key (void)
{
  g_autoptr (WherryLogin) login = make_login (NULL);
  g_autoptr (WherryLogin) missing = make_login ("/does/not/exist");
  g_autofree char *garbage = wherry_test_dir_write (folder, "garbage", "not a key\n");
  g_autoptr (WherryLogin) bad = make_login (garbage);
  g_autoptr (GError) error = NULL;

  g_assert_false (try_login (login, NULL, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_AUTHENTICATION);
  g_clear_error (&error);
  g_assert_false (try_login (missing, NULL, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_AUTHENTICATION);
  g_clear_error (&error);
  g_assert_false (try_login (bad, NULL, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_AUTHENTICATION);
}

static void
test_passphrase (void)
{
  g_autofree char *key = wherry_test_make_key (folder, "locked", "ed25519", "open sesame");
  g_autofree char *asked = g_strdup_printf ("passphrase %s #2", key);
  g_autoptr (WherryLogin) login = make_login (key);
  g_autoptr (WherryTestPrompter) prompter = wherry_test_prompter_new ();
  g_autoptr (WherryTestPrompter) hopeless = wherry_test_prompter_new ();
  g_autoptr (GError) error = NULL;

  wherry_test_sshd_authorize (sshd, key);
  wherry_test_prompter_add_answer (prompter, "wrong");
  wherry_test_prompter_add_answer (prompter, "open sesame");
  try_login (login, prompter, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (wherry_test_prompter_get_n_asked (prompter), ==, 2);
  assert_asked (prompter, 1, asked);

  for (guint i = 0; i < 10; i++)
    wherry_test_prompter_add_answer (hopeless, "wrong");
  g_assert_false (try_login (login, hopeless, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_AUTHENTICATION);
  g_assert_cmpuint (wherry_test_prompter_get_n_asked (hopeless), ==, 3);
  g_assert_null (strstr (error->message, "wrong"));
}

/* A passphrase is asked for only if the server would take the key. */
static void
test_passphrase_not_wanted (void)
{
  g_autofree char *key = wherry_test_make_key (folder, "unwanted", "ed25519", "secret");
  g_autoptr (WherryLogin) login = make_login (key);
  g_autoptr (WherryTestPrompter) prompter = wherry_test_prompter_new ();
  g_autoptr (GError) error = NULL;

  g_assert_false (try_login (login, prompter, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_AUTHENTICATION);
  g_assert_cmpuint (wherry_test_prompter_get_n_asked (prompter), ==, 0);
}

static void
test_certificate (void)
{
  g_autofree char *authority = wherry_test_make_key (folder, "authority", "ed25519", "");
  g_autofree char *authority_pub = g_strconcat (authority, ".pub", NULL);
  g_autofree char *key = wherry_test_make_key (folder, "certified", "ed25519", "");
  g_autofree char *public_half = g_strconcat (key, ".pub", NULL);
  g_autofree char *line = g_strdup_printf ("TrustedUserCAKeys %s", authority_pub);
  const char *const sign[] = { "ssh-keygen",       "-q",        "-s", authority, "-I", "test", "-n",
                               g_get_user_name (), public_half, NULL };
  const char *const lines[] = { line, NULL };
  g_autoptr (WherryTestSshd) server = wherry_test_sshd_start (lines);
  g_autoptr (WherryLogin) login = make_login (key);
  g_autoptr (GError) error = NULL;

  g_assert_true (wherry_test_run (sign));
  login->port = wherry_test_sshd_get_port (server);
  try_login (login, NULL, &error);
  g_assert_no_error (error);
}

static void
test_agent (void)
{
  g_autoptr (WherryTestAgent) agent = NULL;
  g_autofree char *stranger = wherry_test_make_key (folder, "stranger", "rsa", "");
  g_autofree char *wanted = wherry_test_make_key (folder, "wanted", "ed25519", "");
  g_autoptr (WherryLogin) any = make_login (NULL);
  g_autoptr (WherryLogin) only = make_login (stranger);
  g_autoptr (WherryLogin) chosen = make_login (wanted);
  g_autoptr (GError) error = NULL;

  wherry_test_sshd_authorize (sshd, wanted);
  agent = wherry_test_agent_start (folder);
  wherry_test_agent_add (agent, stranger);
  wherry_test_agent_add (agent, wanted);

  any->identities_only = FALSE;
  try_login (any, NULL, &error);
  g_assert_no_error (error);

  /* Only what was chosen, although the agent has one that would do. */
  g_assert_true (only->identities_only);
  g_assert_false (try_login (only, NULL, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_AUTHENTICATION);
  g_clear_error (&error);
  only->identities_only = FALSE;
  try_login (only, NULL, &error);
  g_assert_no_error (error);

  /* The private half is only in the agent. */
  g_unlink (wanted);
  try_login (chosen, NULL, &error);
  g_assert_no_error (error);
}

/* Ten strangers in the agent don't use up the attempts that the chosen key needs. */
static void
test_agent_order (void)
{
  const char *const lines[] = { "MaxAuthTries 3", NULL };
  g_autoptr (WherryTestSshd) strict = wherry_test_sshd_start (lines);
  g_autoptr (WherryLogin) login = wherry_test_sshd_make_login (strict);
  g_autoptr (GError) error = NULL;
  g_autofree char *log = NULL;
  g_autoptr (WherryTestAgent) agent = NULL;

  agent = wherry_test_agent_start (folder);
  for (guint i = 0; i < 10; i++)
    {
      g_autofree char *name = g_strdup_printf ("crowd%u", i);
      g_autofree char *key = wherry_test_make_key (folder, name, "ed25519", "");

      wherry_test_agent_add (agent, key);
    }
  login->identities_only = FALSE;
  try_login (login, NULL, &error);
  g_assert_no_error (error);

  wherry_test_agent_add (agent, wherry_test_sshd_get_user_key (strict));
  try_login (login, NULL, &error);
  g_assert_no_error (error);

  /* And when they do, the server's words are told. */
  g_strfreev (g_steal_pointer (&login->identity_files));
  login->identity_files = g_new0 (char *, 1);
  {
    const char *const remove[]
        = { "ssh-add", "-q", "-d", wherry_test_sshd_get_user_key (strict), NULL };
    g_assert_true (wherry_test_run (remove));
  }
  g_assert_false (try_login (login, NULL, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_AUTHENTICATION);
  g_test_message ("%s", error->message);
}

/* An agent that does not answer is given up when cancelled. */
static void
test_agent_hangs (void)
{
  g_autofree char *path = g_build_filename (folder, "hanging", NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  g_autoptr (WherrySession) session = ssh_fixture_new_session (sshd, NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  GThread *thread;
  gint64 started;

  g_socket_listener_add_address (listener, address, G_SOCKET_TYPE_STREAM, 0, NULL, NULL, &error);
  g_assert_no_error (error);
  g_setenv ("SSH_AUTH_SOCK", path, TRUE);
  thread = ssh_fixture_cancel_later (cancellable, 700 * 1000);
  started = g_get_monotonic_time ();
  g_assert_false (ssh_fixture_connect (session, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (g_get_monotonic_time () - started, <, 1700 * 1000);
  g_thread_join (thread);
  wherry_session_close (session);
  g_unsetenv ("SSH_AUTH_SOCK");
  g_unlink (path);
}

static gboolean
try_server (WherryTestServer *server,
            const char *key_file,
            WherryTestPrompter *prompter,
            GError **error)
{
  g_autoptr (WherryLogin) login
      = wherry_login_new ("someone", "127.0.0.1", wherry_test_server_get_port (server));
  const char *files[] = { key_file, NULL };

  login->identity_files = g_strdupv ((char **) files);
  login->identities_only = TRUE;
  return try_login (login, prompter, error);
}

static void
test_password (void)
{
  WherryTestScript script = { .password = "right" };
  g_autoptr (WherryTestServer) server = wherry_test_server_start (&script);
  g_autoptr (WherryTestPrompter) prompter = wherry_test_prompter_new ();
  g_autoptr (WherryTestPrompter) hopeless = wherry_test_prompter_new ();
  g_autoptr (WherryTestPrompter) declining = wherry_test_prompter_new ();
  g_autoptr (WherryTestPrompter) absent = wherry_test_prompter_new ();
  g_autofree char *asked
      = g_strdup_printf ("password someone@127.0.0.1:%u #2", wherry_test_server_get_port (server));
  g_autoptr (GError) error = NULL;

  wherry_test_prompter_add_answer (prompter, "wrong");
  wherry_test_prompter_add_answer (prompter, "right");
  try_server (server, NULL, prompter, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (wherry_test_prompter_get_n_asked (prompter), ==, 2);
  assert_asked (prompter, 1, asked);

  for (guint i = 0; i < 10; i++)
    wherry_test_prompter_add_answer (hopeless, "hunter2");
  g_assert_false (try_server (server, NULL, hopeless, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_AUTHENTICATION);
  g_assert_cmpuint (wherry_test_prompter_get_n_asked (hopeless), ==, 3);
  g_assert_null (strstr (error->message, "hunter2"));
  g_assert_nonnull (strstr (error->message, "password"));

  g_clear_error (&error);
  g_assert_false (try_server (server, NULL, declining, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  g_clear_error (&error);
  wherry_test_prompter_add_failure (absent);
  g_assert_false (try_server (server, NULL, absent, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_AUTHENTICATION);
  g_assert_cmpuint (wherry_test_server_get_n_logins (server), ==, 1);
}

static void
test_interactive (void)
{
  WherryTestScript script = { .questions = TRUE };
  g_autoptr (WherryTestServer) server = wherry_test_server_start (&script);
  g_autoptr (WherryTestPrompter) prompter = wherry_test_prompter_new ();
  g_autoptr (GError) error = NULL;

  wherry_test_prompter_add_answer (prompter, "first");
  wherry_test_prompter_add_answer (prompter, "mistyped");
  wherry_test_prompter_add_answer (prompter, "first");
  wherry_test_prompter_add_answer (prompter, "second");
  wherry_test_prompter_add_answer (prompter, "third");
  try_server (server, NULL, prompter, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (wherry_test_prompter_get_n_asked (prompter), ==, 3);
  assert_asked (prompter, 0,
                "interactive #1 Door|Say\\x1b it|Password:  (hidden)|Co\\x1bde:  (visible)");
  assert_asked (prompter, 1,
                "interactive #2 Door|Say\\x1b it|Password:  (hidden)|Co\\x1bde:  (visible)");
  assert_asked (prompter, 2, "interactive #2 ||Again:  (hidden)");
  g_assert_cmpuint (wherry_test_server_get_n_logins (server), ==, 1);
}

static void
test_partial (void)
{
  WherryTestScript script = { .password = "right", .key_then_password = TRUE };
  g_autoptr (WherryTestServer) server = wherry_test_server_start (&script);
  g_autoptr (WherryTestPrompter) prompter = wherry_test_prompter_new ();
  g_autoptr (GError) error = NULL;

  wherry_test_prompter_add_answer (prompter, "right");
  try_server (server, wherry_test_sshd_get_user_key (sshd), prompter, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (wherry_test_prompter_get_n_asked (prompter), ==, 1);

  /* Without the key there is no way to the password. */
  g_assert_false (try_server (server, NULL, prompter, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_AUTHENTICATION);
  g_assert_nonnull (strstr (error->message, "publickey"));
}

/* A key, then a code: asked once, however many want the connection. */
static void
test_key_then_code (void)
{
  WherryTestScript script = { .questions = TRUE, .key_then_questions = TRUE };
  g_autoptr (WherryTestServer) server = wherry_test_server_start (&script);
  g_autoptr (WherryTestPrompter) prompter = wherry_test_prompter_new ();
  g_autoptr (WherryTestPrompter) wrong = wherry_test_prompter_new ();
  g_autoptr (GError) error = NULL;

  wherry_test_prompter_add_answer (prompter, "first");
  wherry_test_prompter_add_answer (prompter, "second");
  wherry_test_prompter_add_answer (prompter, "third");
  try_server (server, wherry_test_sshd_get_user_key (sshd), prompter, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (wherry_test_prompter_get_n_asked (prompter), ==, 2);

  for (guint i = 0; i < 20; i++)
    wherry_test_prompter_add_answer (wrong, "no");
  g_assert_false (try_server (server, wherry_test_sshd_get_user_key (sshd), wrong, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_AUTHENTICATION);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "the answers are not the right ones"));
  g_assert_nonnull (strstr (error->message, "One step of the login succeeded"));
}

/* Two keys one after the other, as sshd can demand. */
static void
test_two_keys (void)
{
  const char *const lines[] = { "AuthenticationMethods publickey,publickey", NULL };
  g_autoptr (WherryTestSshd) server = wherry_test_sshd_start (lines);
  g_autofree char *second = wherry_test_make_key (folder, "second", "ed25519", "");
  const char *files[] = { wherry_test_sshd_get_user_key (server), second, NULL };
  g_autoptr (WherryLogin) login = wherry_test_sshd_make_login (server);
  g_autoptr (GError) error = NULL;

  wherry_test_sshd_authorize (server, second);
  g_strfreev (login->identity_files);
  login->identity_files = g_strdupv ((char **) files);
  try_login (login, NULL, &error);
  g_assert_no_error (error);
}

/* Floods end, and end as errors (rule R12). */
static void
test_floods (void)
{
  WherryTestScript many = { .n_questions = 200 };
  WherryTestScript endless = { .endless = TRUE };
  WherryTestScript banners = { .password = "x", .banners = 400 };
  g_autoptr (WherryTestServer) asks_many = wherry_test_server_start (&many);
  g_autoptr (WherryTestServer) asks_on = wherry_test_server_start (&endless);
  g_autoptr (WherryTestServer) greets = wherry_test_server_start (&banners);
  g_autoptr (WherryTestPrompter) prompter = wherry_test_prompter_new ();
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 1000; i++)
    wherry_test_prompter_add_answer (prompter, "y");
  g_assert_false (try_server (asks_many, NULL, prompter, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_PROTOCOL);
  g_assert_cmpuint (wherry_test_prompter_get_n_asked (prompter), ==, 0);
  g_clear_error (&error);
  g_assert_false (try_server (asks_on, NULL, prompter, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_PROTOCOL);
  g_assert_cmpuint (wherry_test_prompter_get_n_asked (prompter), <, 30);
  g_clear_error (&error);
  g_assert_false (try_server (greets, NULL, prompter, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_PROTOCOL);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  g_unsetenv ("SSH_AUTH_SOCK");
  folder = wherry_test_dir_new ();
  sshd = wherry_test_sshd_start (NULL);

  g_test_add_func ("/ssh/auth/key-types", test_key_types);
  g_test_add_func ("/ssh/auth/wrong-key", test_wrong_key);
  g_test_add_func ("/ssh/auth/no-key", test_no_key);
  g_test_add_func ("/ssh/auth/passphrase", test_passphrase);
  g_test_add_func ("/ssh/auth/passphrase-not-wanted", test_passphrase_not_wanted);
  g_test_add_func ("/ssh/auth/certificate", test_certificate);
  g_test_add_func ("/ssh/auth/agent", test_agent);
  g_test_add_func ("/ssh/auth/agent-order", test_agent_order);
  g_test_add_func ("/ssh/auth/agent-hangs", test_agent_hangs);
  g_test_add_func ("/ssh/auth/password", test_password);
  g_test_add_func ("/ssh/auth/interactive", test_interactive);
  g_test_add_func ("/ssh/auth/partial", test_partial);
  g_test_add_func ("/ssh/auth/key-then-code", test_key_then_code);
  g_test_add_func ("/ssh/auth/two-keys", test_two_keys);
  g_test_add_func ("/ssh/auth/floods", test_floods);

  result = g_test_run ();
  wherry_test_sshd_stop (sshd);
  wherry_test_dir_remove (folder);
  g_free (folder);
  return result;
}
