/* Key files of PuTTY's, as puttygen makes them. */
#include <glib/gstdio.h>
#include <string.h>

#include "base/wherry-error.h"
#include "ssh-fixture.h"
#include "ssh/wherry-putty-key.h"
#include "wherry-test-dir.h"

#define PASSPHRASE "open sesame"

static WherryTestSshd *sshd;
static char *folder;

static const char *const types[] = { "ed25519", "ecdsa", "rsa" };

/* Makes a key that the server accepts. */
static char *
make_key (const char *type, guint version, const char *passphrase)
{
  g_autofree char *secret = wherry_test_dir_write (folder, "passphrase", passphrase);
  g_autofree char *name
      = g_strdup_printf ("%s-%u-%s", type, version, *passphrase ? "locked" : "open");
  g_autofree char *file_name = g_strconcat (name, ".ppk", NULL);
  char *file = g_build_filename (folder, file_name, NULL);
  g_autofree char *authorized = g_build_filename (folder, name, NULL);
  g_autofree char *public_file = g_strconcat (authorized, ".pub", NULL);
  g_autofree char *parameters = g_strdup_printf ("version=%u,passes=2", version);
  const char *const make[] = { "puttygen",    "-q",       "-t",
                               type,          "-b",       *type == 'r' ? "2048" : "256",
                               "--ppk-param", parameters, "--new-passphrase",
                               secret,        "-o",       file,
                               NULL };
  const char *const show[] = { "puttygen", file, "-O", "public-openssh", "-o", public_file, NULL };

  g_assert_true (wherry_test_run (make));
  g_assert_true (wherry_test_run (show));
  wherry_test_sshd_authorize (sshd, authorized);
  g_unlink (public_file);
  return file;
}

static gboolean
try_login (const char *file, WherryTestPrompter *prompter, GError **error)
{
  g_autoptr (WherryLogin) login = wherry_test_sshd_make_login (sshd);
  g_autoptr (WherryTestHostKeys) host_keys = wherry_test_host_keys_new ();
  g_autoptr (WherrySession) session = NULL;

  g_free (login->identity_files[0]);
  login->identity_files[0] = g_strdup (file);
  wherry_test_host_keys_accept_all (host_keys);
  session = wherry_session_new (login, WHERRY_HOST_KEY_STORE (host_keys),
                                prompter != NULL ? WHERRY_PROMPTER (prompter) : NULL);
  return ssh_fixture_connect (session, NULL, error);
}

static void
test_open (void)
{
  for (guint version = 2; version <= 3; version++)
    for (guint i = 0; i < G_N_ELEMENTS (types); i++)
      {
        g_autofree char *file = make_key (types[i], version, "");
        g_autoptr (GError) error = NULL;

        try_login (file, NULL, &error);
        g_assert_no_error (error);
      }
}

static void
test_encrypted (void)
{
  for (guint version = 2; version <= 3; version++)
    for (guint i = 0; i < G_N_ELEMENTS (types); i++)
      {
        g_autofree char *file = make_key (types[i], version, PASSPHRASE);
        g_autoptr (WherryTestPrompter) prompter = wherry_test_prompter_new ();
        g_autoptr (GError) error = NULL;

        wherry_test_prompter_add_answer (prompter, "wrong");
        wherry_test_prompter_add_answer (prompter, PASSPHRASE);
        try_login (file, prompter, &error);
        g_assert_no_error (error);
        g_assert_cmpuint (wherry_test_prompter_get_n_asked (prompter), ==, 2);
      }
}

static void
test_wrong_passphrase (void)
{
  g_autofree char *file = make_key ("ed25519", 3, PASSPHRASE);
  g_autoptr (WherryTestPrompter) prompter = wherry_test_prompter_new ();
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 10; i++)
    wherry_test_prompter_add_answer (prompter, "hunter2");
  g_assert_false (try_login (file, prompter, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_AUTHENTICATION);
  g_assert_cmpuint (wherry_test_prompter_get_n_asked (prompter), ==, 3);
  g_assert_nonnull (strstr (error->message, "was not right"));
  g_assert_null (strstr (error->message, "hunter2"));
}

/* Whatever byte is changed, the file is refused, or what changed does not matter. */
static void
test_damaged (void)
{
  g_autofree char *file = make_key ("ed25519", 3, "");
  g_autofree char *text = NULL;
  g_autofree char *whole = NULL;
  g_autoptr (WherryPuttyKey) sound = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;
  guint refused = 0;

  g_assert_true (g_file_get_contents (file, &text, &length, NULL));
  sound = wherry_putty_key_parse (text, length, &error);
  g_assert_no_error (error);
  whole = wherry_putty_key_to_openssh (sound, NULL, &error);
  g_assert_no_error (error);

  for (gsize i = 0; i < length; i++)
    {
      g_autofree char *copy = g_memdup2 (text, length + 1);
      g_autofree char *cut = g_strndup (text, i);
      g_autoptr (WherryPuttyKey) key = NULL;
      g_autoptr (WherryPuttyKey) part = wherry_putty_key_parse (cut, i, NULL);
      g_autofree char *opened = NULL;
      g_autofree char *part_opened
          = part != NULL ? wherry_putty_key_to_openssh (part, NULL, NULL) : NULL;

      copy[i] ^= 1;
      key = wherry_putty_key_parse (copy, length, NULL);
      opened = key != NULL ? wherry_putty_key_to_openssh (key, NULL, NULL) : NULL;
      if (opened == NULL)
        refused++;
      else
        g_assert_cmpstr (opened, ==, whole);
      if (part_opened != NULL)
        g_assert_cmpstr (part_opened, ==, whole);
    }
  g_assert_cmpuint (refused, >, length * 9 / 10);
}

static void
assert_refused (const char *text, const char *words)
{
  g_autofree char *file = wherry_test_dir_write (folder, "made-up.ppk", text);
  g_autoptr (GError) error = NULL;

  g_assert_false (try_login (file, NULL, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_AUTHENTICATION);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, words));
}

static void
test_refused (void)
{
  assert_refused ("PuTTY-User-Key-File-1: ssh-rsa\n", "not known");
  assert_refused ("PuTTY-User-Key-File-3: ssh-rsa\nEncryption: rot13\nComment: \n",
                  "encrypted in a way");
  assert_refused ("PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\n", "damaged");
  assert_refused ("PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nComment: \n"
                  "Public-Lines: 999999999999999999999\n",
                  "damaged");
  assert_refused ("PuTTY-User-Key-File-3: ssh-rsa\nEncryption: aes256-cbc\nComment: \n"
                  "Public-Lines: 1\nAAAA\nKey-Derivation: Argon2id\nArgon2-Memory: 4000000000\n"
                  "Argon2-Passes: 4000000000\nArgon2-Parallelism: 1\nArgon2-Salt: 00\n"
                  "Private-Lines: 0\nPrivate-MAC: 00\n",
                  "more work than is reasonable");
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  g_unsetenv ("SSH_AUTH_SOCK");
  folder = wherry_test_dir_new ();
  sshd = wherry_test_sshd_start (NULL);

  g_test_add_func ("/ssh/putty/open", test_open);
  g_test_add_func ("/ssh/putty/encrypted", test_encrypted);
  g_test_add_func ("/ssh/putty/wrong-passphrase", test_wrong_passphrase);
  g_test_add_func ("/ssh/putty/damaged", test_damaged);
  g_test_add_func ("/ssh/putty/refused", test_refused);

  result = g_test_run ();
  wherry_test_sshd_stop (sshd);
  wherry_test_dir_remove (folder);
  g_free (folder);
  return result;
}
