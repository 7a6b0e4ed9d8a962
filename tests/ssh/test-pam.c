/*
 * Logging in through PAM: questions, an account that can't be used, a password
 * to be changed; alone and after a key. A real sshd with a PAM module of the
 * tests' own. PAM's configuration is the system's, so this is for root, in a
 * mount namespace that nobody else sees and that ends with the test.
 *
 * Usage: test-pam MODULE
 */
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/wherry-error.h"
#include "remote/wherry-remote.h"
#include "ssh-fixture.h"
#include "wherry-test-dir.h"

static char *module;

static const char *const interactive[]
    = { "UsePAM yes", "KbdInteractiveAuthentication yes", "PubkeyAuthentication no", NULL };
static const char *const password[]
    = { "UsePAM yes", "PasswordAuthentication yes", "PubkeyAuthentication no", NULL };
static const char *const key_then_questions[]
    = { "UsePAM yes", "KbdInteractiveAuthentication yes",
        "AuthenticationMethods publickey,keyboard-interactive", NULL };
static const char *const key_then_password[] = { "UsePAM yes", "PasswordAuthentication yes",
                                                 "AuthenticationMethods publickey,password", NULL };
static const char *const key[] = { "UsePAM yes", NULL };

/* What is configured for the next login: the module's arguments. */
static void
set_pam (const char *authentication, const char *account)
{
  g_autofree char *text
      = g_strdup_printf ("auth required %s %s\naccount required %s %s\n"
                         "password required %s %s\nsession required %s\n",
                         module, authentication, module, account, module, account, module);

  g_free (wherry_test_dir_write ("/etc/pam.d", "sshd", text));
}

typedef struct {
  WherryTestSshd *sshd;
  WherryTestPrompter *prompter;
  WherrySession *session;
} Login;

/* Answers end with a NULL. */
static void
begin (Login *self, const char *const *lines, const char *const *answers)
{
  self->sshd = wherry_test_sshd_start (lines);
  self->prompter = wherry_test_prompter_new ();
  for (guint i = 0; answers[i] != NULL; i++)
    wherry_test_prompter_add_answer (self->prompter, answers[i]);
  self->session = ssh_fixture_new_session (self->sshd, self->prompter);
}

static void
end (Login *self)
{
  g_clear_object (&self->session);
  g_clear_object (&self->prompter);
  g_clear_pointer (&self->sshd, wherry_test_sshd_stop);
}

static void
assert_in (Login *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) output = NULL;

  g_assert_true (ssh_fixture_connect (self->session, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (
      wherry_session_run (self->session, "echo in", NULL, 100, &output, NULL, NULL, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (output, NULL), g_bytes_get_size (output), "in\n", 3);
}

static void
assert_out (Login *self, const char *const *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (ssh_fixture_connect (self->session, NULL, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_AUTHENTICATION);
  for (guint i = 0; words[i] != NULL; i++)
    {
      g_test_message ("wanted: %s", words[i]);
      g_assert_nonnull (strstr (error->message, words[i]));
    }
}

static void
assert_asked (Login *self, const char *const *wanted)
{
  g_auto (GStrv) asked = wherry_test_prompter_dup_asked (self->prompter);

  for (guint i = 0; asked[i] != NULL; i++)
    g_test_message ("asked: %s", asked[i]);
  g_assert_cmpstrv (asked, wanted);
}

static const char *const both_questions[]
    = { "interactive #1 ||Password:  (hidden)", "interactive #1 ||Code of the token:  (visible)",
        NULL };

static void
test_two_questions (void)
{
  const char *const answers[] = { "hunter2", "123456", NULL };
  Login login;

  set_pam ("password=hunter2 code=123456", "");
  begin (&login, interactive, answers);
  assert_in (&login);
  assert_asked (&login, both_questions);
  end (&login);
}

/* All is asked anew after a wrong answer, and the second time is the right one. */
static void
test_asked_anew (void)
{
  const char *const answers[] = { "hunter2", "000000", "hunter2", "123456", NULL };
  const char *const asked[]
      = { "interactive #1 ||Password:  (hidden)", "interactive #1 ||Code of the token:  (visible)",
          "interactive #2 ||Password:  (hidden)", "interactive #2 ||Code of the token:  (visible)",
          NULL };
  Login login;

  set_pam ("password=hunter2 code=123456", "");
  begin (&login, interactive, answers);
  assert_in (&login);
  assert_asked (&login, asked);
  end (&login);
}

static void
test_key_then_questions (void)
{
  const char *const answers[] = { "hunter2", "123456", NULL };
  const char *const wrong[] = { "hunter2", "1", "hunter2", "2", "hunter2", "3", NULL };
  const char *const words[] = { "the answers are not the right ones",
                                "One step of the login succeeded; the server wants another one: "
                                "keyboard-interactive",
                                NULL };
  Login login;

  set_pam ("password=hunter2 code=123456", "");
  begin (&login, key_then_questions, answers);
  assert_in (&login);
  assert_asked (&login, both_questions);
  end (&login);

  begin (&login, key_then_questions, wrong);
  assert_out (&login, words);
  end (&login);
}

static void
test_key_then_password (void)
{
  const char *const answers[] = { "wrong", "hunter2", NULL };
  const char *const wrong[] = { "1", "2", "3", NULL };
  const char *const words[]
      = { "the password is not the right one",
          "One step of the login succeeded; the server wants another one: password", NULL };
  Login login;

  set_pam ("password=hunter2", "");
  begin (&login, key_then_password, answers);
  assert_in (&login);
  g_assert_cmpuint (wherry_test_prompter_get_n_asked (login.prompter), ==, 2);
  end (&login);

  begin (&login, key_then_password, wrong);
  assert_out (&login, words);
  end (&login);
}

/* An account that can't be used is told from a wrong answer, and nobody is asked again. */
static void
test_account (void)
{
  static const struct {
    const char *account;
    const char *words;
  } cases[] = {
    { "account=expired [message=Your account has expired; please contact your administrator]",
      "The server says: Your account has expired; please contact your administrator" },
    { "account=denied [message=Ihr Konto ist gesperrt]",
      "The server says: Ihr Konto ist gesperrt" },
    { "account=expired [message=Срок действия учётной записи истёк]",
      "The server says: Срок действия учётной записи истёк" },
  };
  const char *const *ways[] = { interactive, password, key };
  const char *const answers[] = { "hunter2", "hunter2", "hunter2", NULL };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (guint j = 0; j < G_N_ELEMENTS (ways); j++)
      {
        const char *const words[] = { "can’t be used", cases[i].words, NULL };
        Login login;

        g_test_message ("%s, by %s", cases[i].account, ways[j][1] != NULL ? ways[j][1] : "key");
        set_pam ("password=hunter2", cases[i].account);
        begin (&login, ways[j], answers);
        assert_out (&login, words);
        g_assert_cmpuint (wherry_test_prompter_get_n_asked (login.prompter), <=, 1);
        end (&login);
      }
}

/* With questions the new password can be given right here. */
static void
test_new_password (void)
{
  const char *const answers[] = { "hunter2", "hunter3", "hunter3", NULL };
  const char *const asked[] = { "interactive #1 ||Password:  (hidden)",
                                "interactive #1 |Your password has expired|New password:  (hidden)",
                                "interactive #1 ||Retype new password:  (hidden)", NULL };
  Login login;

  set_pam ("password=hunter2",
           "account=new-password new=hunter3 [message=Your password has expired]");
  begin (&login, interactive, answers);
  assert_in (&login);
  assert_asked (&login, asked);
  end (&login);
}

/* Nowhere else: sshd lets the account in, and only says that it runs nothing before the password is
 * changed. The place that is opened tells of it, and so does the transfer. */
static void
test_expired_password (void)
{
  const char *const *ways[] = { password, key };
  const char *const answers[] = { "hunter2", NULL };

  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    for (guint sftp = 0; sftp <= 1; sftp++)
      {
        g_autoptr (WherryRemote) remote = NULL;
        g_autoptr (GError) error = NULL;
        Login login;

        set_pam ("password=hunter2", "account=new-password");
        begin (&login, ways[i], answers);
        g_assert_true (ssh_fixture_connect (login.session, NULL, &error));
        g_assert_no_error (error);
        if (sftp)
          remote = wherry_remote_open (login.session, NULL, &error);
        else
          wherry_session_run (login.session, "scp -f x", NULL, 100, NULL, NULL, NULL, NULL, &error);
        g_assert_null (remote);
        g_test_message ("%s", error->message);
        g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_AUTHENTICATION);
        g_assert_nonnull (strstr (error->message, "has expired, and the server wants a new one"));
        g_assert_nonnull (strstr (error->message, "The server says: WARNING: Your password has"));
        g_assert_nonnull (strstr (error->message, "Set a new one in a terminal, with: ssh -p "));
        end (&login);
      }
}

/* What is mounted here is seen by this process and its children, and goes with them. */
static const char *
hide_pam (void)
{
  if (geteuid () != 0)
    return "this is for root";
  if (unshare (CLONE_NEWNS) != 0 || mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
    return "there can be no mount namespace here";
  if (mount ("wherry-test", "/etc/pam.d", "tmpfs", MS_NOSUID | MS_NODEV, "size=1m") != 0)
    return "nothing can be mounted on /etc/pam.d";
  return NULL;
}

static void
test_skipped (gconstpointer reason)
{
  g_test_skip (reason);
}

int
main (int argc, char **argv)
{
  const char *trouble;
  int result;

  g_test_init (&argc, &argv, NULL);
  g_unsetenv ("SSH_AUTH_SOCK");
  g_assert_cmpint (argc, ==, 2);
  module = g_canonicalize_filename (argv[1], NULL);
  trouble = hide_pam ();
  if (trouble != NULL)
    {
      g_test_add_data_func ("/ssh/pam", trouble, test_skipped);
      result = g_test_run ();
      g_free (module);
      return result;
    }

  g_test_add_func ("/ssh/pam/two-questions", test_two_questions);
  g_test_add_func ("/ssh/pam/asked-anew", test_asked_anew);
  g_test_add_func ("/ssh/pam/key-then-questions", test_key_then_questions);
  g_test_add_func ("/ssh/pam/key-then-password", test_key_then_password);
  g_test_add_func ("/ssh/pam/account", test_account);
  g_test_add_func ("/ssh/pam/new-password", test_new_password);
  g_test_add_func ("/ssh/pam/expired-password", test_expired_password);
  result = g_test_run ();
  g_free (module);
  return result;
}
