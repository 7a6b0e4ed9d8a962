/* Each cause of a failed login has words of its own, and a way out. */
#include <string.h>

#include "base/wherry-error.h"
#include "ssh-fixture.h"
#include "ssh/wherry-kex-offer.h"
#include "wherry-test-agent.h"
#include "wherry-test-dir.h"
#include "wherry-test-server.h"

static char *folder;

static void
assert_words (const GError *error, WherryError code, const char *const *words)
{
  g_test_message ("%s", error->message);
  g_assert_error (error, WHERRY_ERROR, (int) code);
  for (guint i = 0; words[i] != NULL; i++)
    {
      g_test_message ("wanted: %s", words[i]);
      g_assert_nonnull (strstr (error->message, words[i]));
    }
}

/* Logging in fails, and all of these are said. */
static void
assert_said (const WherryLogin *login,
             WherryTestPrompter *prompter,
             WherryError code,
             const char *const *words)
{
  g_autoptr (WherryTestHostKeys) host_keys = wherry_test_host_keys_new ();
  g_autoptr (WherrySession) session = NULL;
  g_autoptr (GError) error = NULL;

  wherry_test_host_keys_accept_all (host_keys);
  session = wherry_session_new (login, WHERRY_HOST_KEY_STORE (host_keys),
                                prompter != NULL ? WHERRY_PROMPTER (prompter) : NULL);
  g_assert_false (ssh_fixture_connect (session, NULL, &error));
  assert_words (error, code, words);
}

static WherryLogin *
make_login (guint16 port, const char *key_file, const char *second_file)
{
  WherryLogin *login = wherry_login_new ("someone", "127.0.0.1", port);
  const char *files[] = { key_file, second_file, NULL };

  login->identity_files = g_strdupv ((char **) files);
  login->identities_only = TRUE;
  return login;
}

static WherryTestPrompter *
make_prompter (const char *answer)
{
  WherryTestPrompter *prompter = wherry_test_prompter_new ();

  for (guint i = 0; i < 10; i++)
    wherry_test_prompter_add_answer (prompter, answer);
  return prompter;
}

static void
assert_server_said (const WherryTestScript *script, const char *answer, const char *const *words)
{
  g_autoptr (WherryTestServer) server = wherry_test_server_start (script);
  g_autoptr (WherryLogin) login = make_login (wherry_test_server_get_port (server), NULL, NULL);
  g_autoptr (WherryTestPrompter) prompter = answer != NULL ? make_prompter (answer) : NULL;

  assert_said (login, prompter, WHERRY_ERROR_AUTHENTICATION, words);
}

static void
test_password (void)
{
  const WherryTestScript script = { .password = "right" };
  const char *const wrong[]
      = { "“127.0.0.1” did not let “someone” in", "the password is not the right one",
          "Tried: password", "locked or expired", NULL };
  const char *const nobody[] = { "nobody could be asked", "The server offers: password", NULL };

  assert_server_said (&script, "hunter2", wrong);
  assert_server_said (&script, NULL, nobody);
}

static void
test_answers (void)
{
  const WherryTestScript script = { .questions = TRUE };
  const char *const wrong[]
      = { "the answers are not the right ones", "Tried: keyboard-interactive", NULL };

  assert_server_said (&script, "no", wrong);
}

static void
test_new_password (void)
{
  const WherryTestScript script = { .password = "old", .wants_new_password = TRUE };
  g_autoptr (WherryTestServer) server = wherry_test_server_start (&script);
  guint16 port = wherry_test_server_get_port (server);
  g_autoptr (WherryLogin) login = make_login (port, NULL, NULL);
  g_autoptr (WherryTestPrompter) prompter = make_prompter ("old");
  g_autofree char *command = g_strdup_printf ("ssh -p %u -l 'someone' '127.0.0.1'", port);
  const char *const words[]
      = { "The password of “someone” on “127.0.0.1” has expired", command, NULL };

  assert_said (login, prompter, WHERRY_ERROR_AUTHENTICATION, words);
}

static void
assert_said_after_login (const WherryLogin *login, const char *const *words)
{
  g_autoptr (WherryTestHostKeys) host_keys = wherry_test_host_keys_new ();
  g_autoptr (WherrySession) session = NULL;
  g_autoptr (GError) error = NULL;

  wherry_test_host_keys_accept_all (host_keys);
  session = wherry_session_new (login, WHERRY_HOST_KEY_STORE (host_keys), NULL);
  g_assert_true (ssh_fixture_connect (session, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (
      wherry_session_run (session, "echo in", NULL, 100, NULL, NULL, NULL, NULL, &error));
  assert_words (error, WHERRY_ERROR_AUTHENTICATION, words);

  /* Whoever asks next makes a new connection. */
  g_assert_false (wherry_session_is_connected (session));
}

/* sshd lets one in whose password has expired, and then runs nothing. */
static void
test_new_password_after_login (void)
{
  const char *const config[] = {
    "AllowTcpForwarding yes",
    "ForceCommand printf 'WARNING: Your password has expired.\\n\\033[1mCall us.' >&2; exit 1", NULL
  };
  g_autoptr (WherryTestSshd) sshd = wherry_test_sshd_start (config);
  g_autoptr (WherryLogin) login = wherry_test_sshd_make_login (sshd);
  g_autofree char *command
      = g_strdup_printf ("with: ssh -p %u -l '%s' '127.0.0.1'", login->port, login->user);
  g_autofree char *through = g_strdup_printf ("with: ssh -J '%s@127.0.0.1:%u' -p %u -l",
                                              login->user, login->port, login->port);
  const char *words[] = { "The password of “",
                          "has expired, and the server wants a new one. "
                          "The server says: WARNING: Your password has expired. "
                          "\\x1b[1mCall us. Set a new one",
                          command, NULL };

  assert_said_after_login (login, words);

  words[2] = through;
  wherry_login_set_via (login, wherry_login_copy (login));
  assert_said_after_login (login, words);
}

/* Nothing else that is said there ends a connection. */
static void
test_words_after_login (void)
{
  const char *const commands[]
      = { "ForceCommand printf 'WARNING: Your password has expired.' >&2; exit 2",
          "ForceCommand printf 'Note: WARNING: Your password has expired.' >&2; exit 1",
          "ForceCommand printf 'WARNING: Your password has expired.'; exit 1" };

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      const char *const config[] = { commands[i], NULL };
      g_autoptr (WherryTestSshd) sshd = wherry_test_sshd_start (config);
      g_autoptr (WherrySession) session = ssh_fixture_new_session (sshd, NULL);
      g_autoptr (GError) error = NULL;

      g_assert_true (ssh_fixture_connect (session, NULL, &error));
      g_assert_no_error (error);
      g_assert_true (
          wherry_session_run (session, "echo in", NULL, 100, NULL, NULL, NULL, NULL, &error));
      g_assert_no_error (error);
      g_assert_true (wherry_session_is_connected (session));
    }
}

static void
test_account (void)
{
  const WherryTestScript script
      = { .password = "right", .farewell = "Your account has \033[1mexpired; ask the desk.\r\n" };
  const WherryTestScript other = { .password = "right", .farewell = "Heute geschlossen" };
  const char *const words[]
      = { "The account “someone” on “127.0.0.1” can’t be used",
          "The server says: Your account has \\x1b[1mexpired; ask the desk.", NULL };
  const char *const other_words[] = { "broke off", "The server says: Heute geschlossen", NULL };

  assert_server_said (&script, "right", words);
  assert_server_said (&other, "right", other_words);
}

static void
test_keys (void)
{
  g_autoptr (WherryTestSshd) sshd = wherry_test_sshd_start (NULL);
  guint16 port = wherry_test_sshd_get_port (sshd);
  g_autofree char *one = wherry_test_make_key (folder, "one", "ed25519", "");
  g_autofree char *two = wherry_test_make_key (folder, "two", "ed25519", "");
  g_autofree char *locked = wherry_test_make_key (folder, "locked", "ed25519", "secret");
  g_autofree char *garbage = wherry_test_dir_write (folder, "garbage", "not a key\n");
  g_autoptr (WherryLogin) with_one = make_login (port, one, NULL);
  g_autoptr (WherryLogin) with_two = make_login (port, one, two);
  g_autoptr (WherryLogin) missing = make_login (port, "/does/not/exist", NULL);
  g_autoptr (WherryLogin) bad = make_login (port, garbage, NULL);
  g_autoptr (WherryLogin) with_locked = make_login (port, locked, NULL);
  g_autoptr (WherryTestPrompter) prompter = make_prompter ("wrong");
  const char *const refused[] = { "the key that was offered is not accepted", "authorized_keys",
                                  "Tried: publickey. The server offers: publickey", NULL };
  const char *const both_refused[] = { "none of the 2 keys that were offered is accepted", NULL };
  const char *const not_there[]
      = { "there was nothing to try", "The key file “/does/not/exist” can’t be read: No such file",
          "The server offers: publickey", NULL };
  g_autofree char *no_key = g_strdup_printf ("“%s” holds no private key", garbage);
  const char *const not_a_key[] = { no_key, NULL };
  g_autofree char *wrong = g_strdup_printf ("The passphrase of the key “%s” was not right", locked);
  const char *const wrong_passphrase[] = { wrong, NULL };

  g_free (with_locked->user);
  with_locked->user = g_strdup (g_get_user_name ());
  wherry_test_sshd_authorize (sshd, locked);
  assert_said (with_one, NULL, WHERRY_ERROR_AUTHENTICATION, refused);
  assert_said (with_two, NULL, WHERRY_ERROR_AUTHENTICATION, both_refused);
  assert_said (missing, NULL, WHERRY_ERROR_AUTHENTICATION, not_there);
  assert_said (bad, NULL, WHERRY_ERROR_AUTHENTICATION, not_a_key);
  assert_said (with_locked, prompter, WHERRY_ERROR_AUTHENTICATION, wrong_passphrase);
}

static void
test_agent (void)
{
  g_autoptr (WherryTestSshd) sshd = wherry_test_sshd_start (NULL);
  g_autoptr (WherryLogin) login = make_login (wherry_test_sshd_get_port (sshd), NULL, NULL);
  g_autoptr (WherryTestAgent) agent = NULL;
  const char *const none[] = { "there was nothing to try", "No SSH agent answers", NULL };
  const char *const empty[]
      = { "there was nothing to try", "The SSH agent holds no keys", "Choose a key file", NULL };

  login->identities_only = FALSE;
  assert_said (login, NULL, WHERRY_ERROR_AUTHENTICATION, none);
  agent = wherry_test_agent_start (folder);
  assert_said (login, NULL, WHERRY_ERROR_AUTHENTICATION, empty);
}

static void
test_no_method (void)
{
  const char *const lines[]
      = { "PubkeyAuthentication no", "HostbasedAuthentication yes", "UsePAM no", NULL };
  g_autoptr (WherryTestSshd) sshd = wherry_test_sshd_start (lines);
  g_autoptr (WherryLogin) login
      = make_login (wherry_test_sshd_get_port (sshd), wherry_test_sshd_get_user_key (sshd), NULL);
  const char *const words[] = { "there was nothing to try", "The server offers: hostbased",
                                "Ask who runs the server", NULL };

  assert_said (login, NULL, WHERRY_ERROR_AUTHENTICATION, words);
}

static void
test_too_many (void)
{
  const char *const lines[] = { "MaxAuthTries 1", NULL };
  g_autoptr (WherryTestSshd) sshd = wherry_test_sshd_start (lines);
  g_autofree char *one = wherry_test_make_key (folder, "first", "ed25519", "");
  g_autofree char *two = wherry_test_make_key (folder, "next", "ed25519", "");
  g_autoptr (WherryLogin) login = make_login (wherry_test_sshd_get_port (sshd), one, two);
  const char *const words[] = { "too many attempts", "Choose the one key that fits", NULL };

  assert_said (login, NULL, WHERRY_ERROR_AUTHENTICATION, words);
}

static void
append_list (GByteArray *packet, const char *list)
{
  guint32 length = GUINT32_TO_BE ((guint32) strlen (list));

  g_byte_array_append (packet, (const guint8 *) &length, sizeof length);
  g_byte_array_append (packet, (const guint8 *) list, (guint) strlen (list));
}

/* What a server says first: lines, its identification, its offer (RFC 4253 sections 4.2 and 7.1).
 */
static GBytes *
make_offer (const char *kex, const char *host_keys, const char *ciphers)
{
  g_autoptr (GByteArray) payload = g_byte_array_new ();
  GByteArray *all = g_byte_array_new ();
  static const char identification[] = "Welcome\r\nSSH-2.0-Made_up\r\n";
  guint8 padding;
  guint32 length;

  g_byte_array_append (payload, (const guint8 *) "\024", 1);
  for (guint i = 0; i < 16; i++)
    g_byte_array_append (payload, (const guint8 *) "c", 1);
  append_list (payload, kex);
  append_list (payload, host_keys);
  append_list (payload, ciphers);
  append_list (payload, ciphers);
  append_list (payload, "hmac-sha2-256");
  append_list (payload, "hmac-sha2-256");
  append_list (payload, "none");
  append_list (payload, "none");
  append_list (payload, "");
  append_list (payload, "");
  g_byte_array_append (payload, (const guint8 *) "\0\0\0\0\0", 5);

  padding = (guint8) (4 + 8 - (5 + payload->len + 4) % 8);
  length = GUINT32_TO_BE (1 + payload->len + padding);
  g_byte_array_append (all, (const guint8 *) identification, sizeof identification - 1);
  g_byte_array_append (all, (const guint8 *) &length, sizeof length);
  g_byte_array_append (all, &padding, 1);
  g_byte_array_append (all, payload->data, payload->len);
  for (guint i = 0; i < padding; i++)
    g_byte_array_append (all, (const guint8 *) "p", 1);
  return g_byte_array_free_to_bytes (all);
}

static void
test_offer (void)
{
  g_autoptr (GBytes) bytes = make_offer ("a,kex-strict-s-v00@openssh.com", "h", "x,y");
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  g_auto (WherryKexOffer) offer = { 0 };
  g_autofree char *chosen = NULL;
  gsize needed = 0;

  /* With each byte less it is not there, or the same. */
  for (gsize n = 0; n <= size; n++)
    {
      g_autofree guint8 *part = g_memdup2 (data, n);

      wherry_kex_offer_clear (&offer);
      if (!wherry_kex_offer_read (&offer, part, n))
        {
          g_assert_cmpuint (needed, ==, 0);
          continue;
        }
      needed = needed == 0 ? n : needed;
      g_assert_cmpstr (offer.kex, ==, "a,kex-strict-s-v00@openssh.com");
      g_assert_cmpstr (offer.host_keys, ==, "h");
      g_assert_cmpstr (offer.ciphers_out, ==, "x,y");
      g_assert_cmpstr (offer.ciphers_in, ==, "x,y");
    }
  g_assert_cmpuint (needed, >, 0);
  g_assert_true (wherry_kex_offer_is_strict (&offer));
  chosen = wherry_kex_list_choose ("z,y,x", offer.ciphers_in);
  g_assert_cmpstr (chosen, ==, "y");
  g_assert_null (wherry_kex_list_choose ("z", offer.ciphers_in));
}

static void
assert_modified (const char *wanted, const char *expected)
{
  g_autofree char *list = wherry_kex_list_modify ("a,b-1,b-2", wanted);

  g_assert_cmpstr (list, ==, expected);
}

static void
test_lists (void)
{
  assert_modified (NULL, "a,b-1,b-2");
  assert_modified ("c,a", "c,a");
  assert_modified ("+c,a", "a,b-1,b-2,c");
  assert_modified ("-b-*,x", "a");
  assert_modified ("^b-2,c", "b-2,c,a,b-1");
}

static void
assert_offer (const char *kex,
              const char *offered,
              const char *wanted,
              WherryError code,
              const char *const *words)
{
  g_autoptr (GBytes) bytes = make_offer (kex, "ssh-ed25519", offered);
  g_autoptr (WherryTestImpostor) impostor = wherry_test_impostor_start_bytes (bytes, FALSE);
  g_autoptr (WherryLogin) login = make_login (wherry_test_impostor_get_port (impostor), NULL, NULL);

  login->connect_timeout = 1;
  login->ciphers = g_strdup (wanted);
  assert_said (login, NULL, code, words);
}

/* Both lists are told, whoever of both is the first to find that they have nothing in common. */
static void
test_nothing_in_common (void)
{
  static const struct {
    const char *kex;
    const char *host_keys;
    const char *ciphers;
    const char *words[4];
  } cases[] = {
    { "old-kex",
      "ssh-ed25519",
      "aes256-ctr",
      { "no key exchange in common", "The server offers: old-kex.",
        "This program offers: curve25519-sha256," } },
    { "curve25519-sha256",
      "ssh-dss",
      "aes256-ctr",
      { "no type of host key in common", "The server offers: ssh-dss.",
        "This program offers: ssh-ed25519," } },
    { "curve25519-sha256",
      "ssh-ed25519",
      "arcfour,3des-cbc",
      { "no cipher in common", "The server offers: arcfour,3des-cbc.",
        "This program offers: aes128-gcm@openssh.com," } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (guint hang_up = 0; hang_up < 10; hang_up++)
      {
        g_autoptr (GBytes) bytes = make_offer (cases[i].kex, cases[i].host_keys, cases[i].ciphers);
        g_autoptr (WherryTestImpostor) impostor
            = wherry_test_impostor_start_bytes (bytes, hang_up > 0);
        g_autoptr (WherryLogin) login
            = make_login (wherry_test_impostor_get_port (impostor), NULL, NULL);

        assert_said (login, NULL, WHERRY_ERROR_NO_COMMON_ALGORITHM, cases[i].words);
      }
}

/* Without the remedy, ChaCha20 is only taken by who asks for it (rule R11). */
static void
test_terrapin (void)
{
  static const char chacha[] = "chacha20-poly1305@openssh.com";
  static const char old[] = "curve25519-sha256";
  static const char strict[] = "curve25519-sha256,kex-strict-s-v00@openssh.com";
  const char *const prone[] = { "Terrapin", chacha, "needs an update", NULL };
  const char *const waits[] = { "stopped answering", NULL };

  assert_offer (old, chacha, NULL, WHERRY_ERROR_NO_COMMON_ALGORITHM, prone);
  assert_offer (strict, chacha, NULL, WHERRY_ERROR_CONNECT, waits);
  assert_offer (old, chacha, chacha, WHERRY_ERROR_CONNECT, waits);
  assert_offer (old, "chacha20-poly1305@openssh.com,aes128-ctr", NULL, WHERRY_ERROR_CONNECT, waits);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  g_unsetenv ("SSH_AUTH_SOCK");
  folder = wherry_test_dir_new ();

  g_test_add_func ("/ssh/explain/password", test_password);
  g_test_add_func ("/ssh/explain/answers", test_answers);
  g_test_add_func ("/ssh/explain/new-password", test_new_password);
  g_test_add_func ("/ssh/explain/new-password/after-login", test_new_password_after_login);
  g_test_add_func ("/ssh/explain/new-password/other-words", test_words_after_login);
  g_test_add_func ("/ssh/explain/account", test_account);
  g_test_add_func ("/ssh/explain/keys", test_keys);
  g_test_add_func ("/ssh/explain/agent", test_agent);
  g_test_add_func ("/ssh/explain/no-method", test_no_method);
  g_test_add_func ("/ssh/explain/too-many", test_too_many);
  g_test_add_func ("/ssh/explain/offer", test_offer);
  g_test_add_func ("/ssh/explain/lists", test_lists);
  g_test_add_func ("/ssh/explain/nothing-in-common", test_nothing_in_common);
  g_test_add_func ("/ssh/explain/terrapin", test_terrapin);

  result = g_test_run ();
  wherry_test_dir_remove (folder);
  g_free (folder);
  return result;
}
