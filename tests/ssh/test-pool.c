/* One connection for all who log in the same way. */
#include <signal.h>

#include "base/wherry-error.h"
#include "ssh-fixture.h"
#include "wherry-test-server.h"

static WherryTestSshd *sshd;

static WherrySessionPool *
make_pool (WherryTestPrompter *prompter)
{
  g_autoptr (WherryTestHostKeys) host_keys = wherry_test_host_keys_new ();

  wherry_test_host_keys_accept_all (host_keys);
  return wherry_session_pool_new (WHERRY_HOST_KEY_STORE (host_keys),
                                  prompter != NULL ? WHERRY_PROMPTER (prompter) : NULL);
}

typedef struct {
  guint n_done;
  WherrySession *sessions[4];
  GError *errors[4];
} Results;

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Results *results = user_data;
  guint i = results->n_done++;

  results->sessions[i] = wherry_session_pool_connect_finish (WHERRY_SESSION_POOL (source), result,
                                                             &results->errors[i]);
}

static void
wait_for (Results *results, guint n)
{
  while (results->n_done < n)
    g_main_context_iteration (NULL, TRUE);
}

static void
clear (Results *results)
{
  for (guint i = 0; i < G_N_ELEMENTS (results->sessions); i++)
    {
      g_clear_object (&results->sessions[i]);
      g_clear_error (&results->errors[i]);
    }
  results->n_done = 0;
}

/* Four ask at once: the person is asked once, and all get the same connection. */
static void
test_shared (void)
{
  WherryTestScript script = { .password = "x" };
  g_autoptr (WherryTestServer) server = wherry_test_server_start (&script);
  g_autoptr (WherryTestPrompter) prompter = wherry_test_prompter_new ();
  g_autoptr (WherrySessionPool) pool = make_pool (prompter);
  g_autoptr (WherryLogin) login
      = wherry_login_new ("u", "127.0.0.1", wherry_test_server_get_port (server));
  Results results = { 0 };

  login->identity_files = g_new0 (char *, 1);
  wherry_test_prompter_add_answer (prompter, "x");
  for (guint i = 0; i < 4; i++)
    wherry_session_pool_connect_async (pool, login, NULL, on_connected, &results);
  wait_for (&results, 4);
  for (guint i = 0; i < 4; i++)
    {
      g_assert_no_error (results.errors[i]);
      g_assert_true (results.sessions[i] == results.sessions[0]);
    }
  g_assert_cmpuint (wherry_test_prompter_get_n_asked (prompter), ==, 1);
  g_assert_cmpuint (wherry_test_server_get_n_logins (server), ==, 1);
  clear (&results);
  wherry_session_pool_close (pool);
}

static void
test_replaced (void)
{
  g_autoptr (WherrySessionPool) pool = make_pool (NULL);
  g_autoptr (WherryLogin) login = wherry_test_sshd_make_login (sshd);
  g_autoptr (WherryLogin) other = wherry_login_copy (login);
  g_autoptr (GError) error = NULL;
  g_autoptr (WherrySession) first = wherry_session_pool_connect (pool, login, NULL, &error);
  g_autoptr (WherrySession) again = NULL;
  g_autoptr (WherrySession) apart = NULL;
  g_autoptr (WherrySession) replaced = NULL;

  g_assert_no_error (error);
  again = wherry_session_pool_connect (pool, login, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (again == first);

  other->ciphers = g_strdup ("aes256-ctr");
  apart = wherry_session_pool_connect (pool, other, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (apart != first);

  wherry_session_close (first);
  replaced = wherry_session_pool_connect (pool, login, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (replaced != first);
  g_assert_true (wherry_session_is_connected (replaced));

  wherry_session_pool_close (pool);
  g_assert_false (wherry_session_is_connected (replaced));
  g_assert_null (wherry_session_pool_connect (pool, login, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
}

/* One who stops waiting does not take the connection from another one. */
static void
test_cancel_one (void)
{
  WherryTestScript script = { .password = "x" };
  g_autoptr (WherryTestServer) server = wherry_test_server_start (&script);
  g_autoptr (WherryTestPrompter) prompter = wherry_test_prompter_new ();
  g_autoptr (WherrySessionPool) pool = make_pool (prompter);
  g_autoptr (WherryLogin) login
      = wherry_login_new ("u", "127.0.0.1", wherry_test_server_get_port (server));
  g_autoptr (GCancellable) first = g_cancellable_new ();
  g_autoptr (GCancellable) second = g_cancellable_new ();
  Results results = { 0 };

  login->identity_files = g_new0 (char *, 1);
  wherry_test_prompter_add_silence (prompter);
  wherry_session_pool_connect_async (pool, login, first, on_connected, &results);
  while (wherry_test_prompter_get_n_asked (prompter) == 0)
    g_main_context_iteration (NULL, TRUE);
  wherry_session_pool_connect_async (pool, login, second, on_connected, &results);
  g_cancellable_cancel (first);
  wait_for (&results, 1);
  g_assert_error (results.errors[0], G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_cancellable_cancel (second);
  wait_for (&results, 2);
  g_assert_error (results.errors[1], G_IO_ERROR, G_IO_ERROR_CANCELLED);
  clear (&results);

  /* Nobody was left: the attempt is over, and a new one asks anew. */
  wherry_test_prompter_add_answer (prompter, "x");
  wherry_session_pool_connect_async (pool, login, NULL, on_connected, &results);
  wait_for (&results, 1);
  g_assert_no_error (results.errors[0]);
  clear (&results);
  wherry_session_pool_close (pool);
}

static void
test_failure (void)
{
  WherryTestScript script = { .password = "x" };
  g_autoptr (WherryTestServer) server = wherry_test_server_start (&script);
  g_autoptr (WherrySessionPool) pool = make_pool (NULL);
  g_autoptr (WherryLogin) login
      = wherry_login_new ("u", "127.0.0.1", wherry_test_server_get_port (server));
  g_autoptr (GError) error = NULL;

  login->identity_files = g_new0 (char *, 1);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_null (wherry_session_pool_connect (pool, login, NULL, &error));
      g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_AUTHENTICATION);
      g_clear_error (&error);
    }
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  g_unsetenv ("SSH_AUTH_SOCK");
  sshd = wherry_test_sshd_start (NULL);

  g_test_add_func ("/ssh/pool/shared", test_shared);
  g_test_add_func ("/ssh/pool/replaced", test_replaced);
  g_test_add_func ("/ssh/pool/cancel-one", test_cancel_one);
  g_test_add_func ("/ssh/pool/failure", test_failure);

  result = g_test_run ();
  wherry_test_sshd_stop (sshd);
  return result;
}
