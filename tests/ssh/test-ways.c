/* Through proxies, by one family of addresses, by some ways of logging in only. */
#include <glib/gstdio.h>
#include <string.h>

#include "base/wherry-error.h"
#include "ssh-fixture.h"
#include "wherry-test-agent.h"
#include "wherry-test-dir.h"
#include "wherry-test-proxy.h"
#include "wherry-test-server.h"

static WherryTestSshd *sshd;
static char *folder;

/* Connects; on success a command runs and tells. */
static gboolean
try_login (const WherryLogin *login, WherryTestPrompter *prompter, GError **error)
{
  g_autoptr (WherryTestHostKeys) host_keys = wherry_test_host_keys_new ();
  g_autoptr (WherrySession) session = NULL;
  g_autoptr (GBytes) output = NULL;

  wherry_test_host_keys_accept_all (host_keys);
  session = wherry_session_new (login, WHERRY_HOST_KEY_STORE (host_keys),
                                prompter != NULL ? WHERRY_PROMPTER (prompter) : NULL);
  return ssh_fixture_connect (session, NULL, error)
         && wherry_session_run (session, "echo x", NULL, 100, &output, NULL, NULL, NULL, error);
}

static void
assert_fails (const WherryLogin *login, WherryError code, const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (try_login (login, NULL, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, WHERRY_ERROR, (int) code);
  g_assert_nonnull (strstr (error->message, words));
}

static void
set_proxy (WherryLogin *login, const char *scheme, WherryTestProxy *proxy)
{
  g_free (login->proxy);
  login->proxy = g_strdup_printf ("%s://127.0.0.1:%u", scheme, wherry_test_proxy_get_port (proxy));
}

static void
test_proxies (void)
{
  static const char *const schemes[] = { "socks5", "http" };
  g_autoptr (WherryTestProxy) proxy = wherry_test_proxy_start (FALSE);
  g_autoptr (WherryTestProxy) strict = wherry_test_proxy_start (TRUE);
  g_autoptr (WherryTestProxy) gone = NULL;
  g_autoptr (WherryLogin) login = wherry_test_sshd_make_login (sshd);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (schemes); i++)
    {
      set_proxy (login, schemes[i], proxy);
      try_login (login, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (wherry_test_proxy_get_n_passed (proxy), ==, i + 1);
      set_proxy (login, schemes[i], strict);
      assert_fails (login, WHERRY_ERROR_CONNECT, "proxy");
      gone = wherry_test_proxy_start (FALSE);
      set_proxy (login, schemes[i], gone);
      g_clear_pointer (&gone, wherry_test_proxy_stop);
      assert_fails (login, WHERRY_ERROR_CONNECT, "Check the proxy");
    }
}

/* A proxy's password is asked for like a server's, and told nobody else. */
static void
test_proxy_password (void)
{
  static const char *const schemes[] = { "socks5", "http" };
  g_autoptr (WherryTestProxy) proxy = wherry_test_proxy_start (FALSE);
  g_autoptr (WherryLogin) login = wherry_test_sshd_make_login (sshd);
  g_autofree char *asked
      = g_strdup_printf ("password anna@127.0.0.1:%u #2", wherry_test_proxy_get_port (proxy));

  wherry_test_proxy_set_login (proxy, "anna", "p@ss:/%41 word");
  for (guint i = 0; i < G_N_ELEMENTS (schemes); i++)
    {
      g_autoptr (WherryTestPrompter) prompter = wherry_test_prompter_new ();
      g_autoptr (WherryTestPrompter) hopeless = wherry_test_prompter_new ();
      g_auto (GStrv) questions = NULL;
      g_autoptr (GError) error = NULL;

      g_free (login->proxy);
      login->proxy = g_strdup_printf ("%s://anna@127.0.0.1:%u", schemes[i],
                                      wherry_test_proxy_get_port (proxy));
      wherry_test_prompter_add_answer (prompter, "Wrong-One");
      wherry_test_prompter_add_answer (prompter, "p@ss:/%41 word");
      try_login (login, prompter, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (wherry_test_proxy_get_n_passed (proxy), ==, i + 1);
      questions = wherry_test_prompter_dup_asked (prompter);
      g_assert_cmpuint (g_strv_length (questions), ==, 2);
      g_assert_cmpstr (questions[1], ==, asked);

      for (guint j = 0; j < 10; j++)
        wherry_test_prompter_add_answer (hopeless, "Wrong-One");
      g_assert_false (try_login (login, hopeless, &error));
      g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_CONNECT);
      g_assert_nonnull (strstr (error->message, "Name the right user"));
      g_assert_null (strstr (error->message, "Wrong-One"));
      g_assert_cmpuint (wherry_test_prompter_get_n_asked (hopeless), ==, 3);

      assert_fails (login, WHERRY_ERROR_CONNECT, "wants the password of “anna”, and nobody");
      set_proxy (login, schemes[i], proxy);
      assert_fails (login, WHERRY_ERROR_CONNECT, "Name the right user in the proxy’s address");
    }
}

/* The name is the proxy's to look up: here it may lead nowhere. */
static void
test_name_is_left_to_proxy (void)
{
  g_autoptr (WherryTestProxy) proxy = wherry_test_proxy_start (FALSE);
  g_autoptr (WherryLogin) login = wherry_test_sshd_make_login (sshd);
  g_autoptr (GError) error = NULL;

  g_free (login->host);
  login->host = g_strdup ("localhost");
  set_proxy (login, "socks5", proxy);
  try_login (login, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (wherry_test_proxy_get_n_passed (proxy), ==, 1);
}

/* Through a proxy to the gate, and from there on. */
static void
test_proxy_then_jump (void)
{
  const char *const lines[] = { "AllowTcpForwarding yes", NULL };
  g_autoptr (WherryTestSshd) gate = wherry_test_sshd_start (lines);
  g_autoptr (WherryTestProxy) proxy = wherry_test_proxy_start (FALSE);
  g_autoptr (WherryLogin) login = wherry_test_sshd_make_login (sshd);
  g_autoptr (GError) error = NULL;

  wherry_login_set_via (login, wherry_test_sshd_make_login (gate));
  set_proxy (login->via, "socks5", proxy);
  try_login (login, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (wherry_test_proxy_get_n_passed (proxy), ==, 1);
}

static void
test_address_family (void)
{
  g_autoptr (WherryLogin) login = wherry_test_sshd_make_login (sshd);
  g_autoptr (GError) error = NULL;

  login->proxy = g_strdup ("none");
  login->address_family = WHERRY_ADDRESS_IPV4;
  try_login (login, NULL, &error);
  g_assert_no_error (error);
  login->address_family = WHERRY_ADDRESS_IPV6;
  assert_fails (login, WHERRY_ERROR_CONNECT, "has no IPv6 address");
}

/* The order is the login's; what it leaves out is not tried. */
static void
test_methods (void)
{
  const char *const password_first[] = { "password", "keyboard-interactive", NULL };
  const char *const keys_only[] = { "publickey", NULL };
  WherryTestScript script = { .password = "right", .questions = TRUE };
  g_autoptr (WherryTestServer) server = wherry_test_server_start (&script);
  g_autoptr (WherryTestPrompter) prompter = wherry_test_prompter_new ();
  g_autoptr (WherryLogin) login
      = wherry_login_new ("someone", "127.0.0.1", wherry_test_server_get_port (server));
  g_auto (GStrv) asked = NULL;
  g_autoptr (GError) error = NULL;

  login->methods = g_strdupv ((char **) password_first);
  wherry_test_prompter_add_answer (prompter, "right");
  try_login (login, prompter, &error);
  g_assert_no_error (error);
  asked = wherry_test_prompter_dup_asked (prompter);
  g_assert_cmpuint (g_strv_length (asked), ==, 1);
  g_assert_true (g_str_has_prefix (asked[0], "password "));

  g_strfreev (login->methods);
  login->methods = g_strdupv ((char **) keys_only);
  assert_fails (login, WHERRY_ERROR_AUTHENTICATION, "set to try only: publickey.");
}

static void
test_agent_or_files (void)
{
  const char *const agent_only[] = { "agent", NULL };
  const char *const files_only[] = { "publickey", NULL };
  g_autoptr (WherryTestAgent) agent = wherry_test_agent_start (folder);
  g_autofree char *held = wherry_test_make_key (folder, "held", "ed25519", "");
  g_autofree char *other = wherry_test_make_key (folder, "other", "ed25519", "");
  g_autoptr (WherryLogin) login = wherry_test_sshd_make_login (sshd);
  g_autoptr (GError) error = NULL;

  wherry_test_sshd_authorize (sshd, held);
  wherry_test_agent_add (agent, held);
  g_free (login->identity_files[0]);
  login->identity_files[0] = g_strdup (other);
  login->identities_only = FALSE;

  login->methods = g_strdupv ((char **) agent_only);
  try_login (login, NULL, &error);
  g_assert_no_error (error);
  g_strfreev (login->methods);
  login->methods = g_strdupv ((char **) files_only);
  assert_fails (login, WHERRY_ERROR_AUTHENTICATION, "the key that was offered is not accepted");
}

/* Which of the agent's keys and the usual files go first is the login's order, too. */
static void
test_agent_and_files (void)
{
  const char *const agent_first[] = { "agent", "publickey", NULL };
  const char *const files_first[] = { "publickey", "agent", NULL };
  g_autoptr (WherryTestAgent) agent = wherry_test_agent_start (folder);
  g_autoptr (WherryTestPrompter) prompter = wherry_test_prompter_new ();
  g_autofree char *ssh = g_build_filename (folder, ".ssh", NULL);
  g_autofree char *held = wherry_test_make_key (folder, "in-agent", "ed25519", "");
  g_autofree char *usual = NULL;
  g_autoptr (WherryLogin) login = wherry_test_sshd_make_login (sshd);
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (g_get_home_dir (), ==, folder);
  g_assert_cmpint (g_mkdir (ssh, 0700), ==, 0);
  usual = wherry_test_make_key (ssh, "id_ed25519", "ed25519", "secret");
  wherry_test_sshd_authorize (sshd, held);
  wherry_test_sshd_authorize (sshd, usual);
  wherry_test_agent_add (agent, held);
  g_clear_pointer (&login->identity_files, g_strfreev);
  login->identities_only = FALSE;

  login->methods = g_strdupv ((char **) agent_first);
  try_login (login, prompter, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (wherry_test_prompter_get_n_asked (prompter), ==, 0);

  g_strfreev (login->methods);
  login->methods = g_strdupv ((char **) files_first);
  wherry_test_prompter_add_answer (prompter, "secret");
  try_login (login, prompter, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (wherry_test_prompter_get_n_asked (prompter), ==, 1);
}

int
main (int argc, char **argv)
{
  int result;

  folder = wherry_test_dir_new ();
  g_setenv ("HOME", folder, TRUE);
  g_test_init (&argc, &argv, NULL);
  g_unsetenv ("SSH_AUTH_SOCK");
  sshd = wherry_test_sshd_start (NULL);

  g_test_add_func ("/ssh/ways/proxies", test_proxies);
  g_test_add_func ("/ssh/ways/proxy-password", test_proxy_password);
  g_test_add_func ("/ssh/ways/name-is-left-to-proxy", test_name_is_left_to_proxy);
  g_test_add_func ("/ssh/ways/proxy-then-jump", test_proxy_then_jump);
  g_test_add_func ("/ssh/ways/address-family", test_address_family);
  g_test_add_func ("/ssh/ways/methods", test_methods);
  g_test_add_func ("/ssh/ways/agent-or-files", test_agent_or_files);
  g_test_add_func ("/ssh/ways/agent-and-files", test_agent_and_files);

  result = g_test_run ();
  wherry_test_sshd_stop (sshd);
  wherry_test_dir_remove (folder);
  g_free (folder);
  return result;
}
