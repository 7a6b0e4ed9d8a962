/*
 * Logging in with a FIDO security key that the agent knows: ssh-agent's own way
 * through ssh-sk-helper, with a key that is software in place of the hardware.
 *
 * Usage: test-security-key PROVIDER
 */
#include <glib/gstdio.h>
#include <string.h>

#include "base/wherry-error.h"
#include "ssh-fixture.h"
#include "wherry-test-agent.h"
#include "wherry-test-dir.h"

static const char *provider;

static char *
make_security_key (const char *folder, const char *type)
{
  char *path = g_build_filename (folder, type, NULL);
  const char *const argv[] = { "ssh-keygen", "-q", "-t", type, "-w", provider, "-C",
                               "test",       "-N", "",   "-f", path, NULL };

  g_assert_true (wherry_test_run (argv));
  return path;
}

static gboolean
try_login (const WherryLogin *login, GError **error)
{
  g_autoptr (WherryTestHostKeys) host_keys = wherry_test_host_keys_new ();
  g_autoptr (WherrySession) session = NULL;

  wherry_test_host_keys_accept_all (host_keys);
  session = wherry_session_new (login, WHERRY_HOST_KEY_STORE (host_keys), NULL);
  return ssh_fixture_connect (session, NULL, error);
}

static void
test_agent (gconstpointer type)
{
  g_autofree char *folder = wherry_test_dir_new ();
  g_autoptr (WherryTestSshd) sshd = wherry_test_sshd_start (NULL);
  g_autofree char *key = make_security_key (folder, type);
  g_autoptr (WherryLogin) chosen = wherry_test_sshd_make_login (sshd);
  g_autoptr (WherryLogin) any = wherry_test_sshd_make_login (sshd);
  g_autoptr (WherryTestAgent) agent = wherry_test_agent_start (folder);
  const char *const add[] = { "ssh-add", "-q", "-S", provider, key, NULL };
  g_autoptr (GError) error = NULL;

  wherry_test_sshd_authorize (sshd, key);
  g_clear_pointer (&chosen->identity_files, g_strfreev);
  chosen->identity_files = g_strdupv ((char *[]){ key, NULL });
  g_clear_pointer (&any->identity_files, g_strfreev);
  any->identity_files = g_new0 (char *, 1);
  any->identities_only = FALSE;

  /* The file alone is half a key. */
  g_assert_false (try_login (chosen, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_AUTHENTICATION);
  g_assert_nonnull (strstr (error->message, "ssh-add"));
  g_clear_error (&error);

  g_assert_true (wherry_test_run (add));
  try_login (chosen, &error);
  g_assert_no_error (error);
  try_login (any, &error);
  g_assert_no_error (error);
  wherry_test_dir_remove (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  provider = argv[1];
  g_test_add_data_func ("/ssh/security-key/ed25519", "ed25519-sk", test_agent);
  g_test_add_data_func ("/ssh/security-key/ecdsa", "ecdsa-sk", test_agent);
  return g_test_run ();
}
