/* Commands on a real server: their bytes, their ends, many at once. */
#include <stdlib.h>
#include <string.h>

#include "base/wherry-error.h"
#include "ssh-fixture.h"

static WherryTestSshd *sshd;

static void
assert_run (WherrySession *session,
            const char *command,
            const char *input,
            const char *expected_output,
            int expected_status,
            const char *expected_words)
{
  g_autoptr (GBytes) bytes = input != NULL ? g_bytes_new (input, strlen (input)) : NULL;
  g_autoptr (GBytes) output = NULL;
  g_autofree char *words = NULL;
  g_autoptr (GError) error = NULL;
  int status = -2;

  wherry_session_run (session, command, bytes, 1024 * 1024, &output, &status, &words, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (output, NULL), g_bytes_get_size (output), expected_output,
                   strlen (expected_output));
  g_assert_cmpint (status, ==, expected_status);
  g_assert_cmpstr (words, ==, expected_words);
}

static void
test_run (void)
{
  g_autoptr (WherrySession) session = ssh_fixture_connected (sshd);
  g_autofree char *banner = wherry_session_dup_server_banner (session);
  g_autofree char *cipher = wherry_session_dup_cipher (session);

  g_assert_true (g_str_has_prefix (banner, "SSH-2.0-OpenSSH"));
  g_assert_cmpstr (cipher, ==, "aes128-gcm@openssh.com");
  g_assert_cmpint (wherry_session_get_server_kind (session), ==, WHERRY_SERVER_OPENSSH);
  g_assert_true (wherry_session_is_connected (session));

  assert_run (session, "echo hello", NULL, "hello\n", 0, "");
  assert_run (session, "exit 7", NULL, "", 7, "");
  assert_run (session, "true", NULL, "", 0, "");
  assert_run (session, "printf 'a\\033b\\n' >&2; exit 3", NULL, "", 3, "a\\x1bb");
  assert_run (session, "cat", "round and round", "round and round", 0, "");
  assert_run (session, "cat; echo late >&2", "", "", 0, "late");
  assert_run (session, "kill -KILL $$", NULL, "", -1, "ended by signal KILL");
  assert_run (session, "/does/not/exist 2>/dev/null", NULL, "", 127, "");
  /* One that does not read what it is sent. */
  assert_run (session, "exec <&-; echo deaf", "lost", "deaf\n", 0, "");
}

static void
test_run_too_much (void)
{
  g_autoptr (WherrySession) session = ssh_fixture_connected (sshd);
  g_autoptr (GError) error = NULL;

  g_assert_false (wherry_session_run (session, "yes", NULL, 1000, NULL, NULL, NULL, NULL, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_PROTOCOL);
}

static void
test_upload (void)
{
  g_autoptr (WherrySession) session = ssh_fixture_connected (sshd);
  g_autoptr (GError) error = NULL;
  g_autoptr (WherryChannel) channel = wherry_session_exec (session, "sha256sum", NULL, &error);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree char *answer = NULL;
  const guint8 *data;
  gsize length;

  g_assert_no_error (error);
  ssh_fixture_send_pattern (channel, 64 * 1024 * 1024 + 13, checksum);
  wherry_channel_send_eof (channel);
  wherry_channel_wait (channel, WHERRY_CHANNEL_EXITED, -1, NULL, &error);
  g_assert_no_error (error);
  data = wherry_channel_peek (channel, &length);
  answer = g_strndup ((const char *) data, MIN (length, 64));
  g_assert_cmpstr (answer, ==, g_checksum_get_string (checksum));
}

static void
test_download (void)
{
  g_autoptr (WherrySession) session = ssh_fixture_connected (sshd);
  g_autoptr (GError) error = NULL;
  g_autoptr (WherryChannel) channel = NULL;
  g_autofree char *path = g_build_filename (wherry_test_sshd_get_folder (sshd), "random", NULL);
  g_autofree char *command
      = g_strdup_printf ("head -c 64M /dev/urandom > %s; cat %s; sha256sum < %s >&2", path, path,
                         path);
  g_autofree char *digest = NULL;
  g_autofree char *words = NULL;
  guint64 total;

  channel = wherry_session_exec (session, command, NULL, &error);
  g_assert_no_error (error);
  digest = ssh_fixture_drain (channel, &total);
  g_assert_cmpuint (total, ==, 64 * 1024 * 1024);
  g_assert_cmpint (wherry_channel_wait (channel, WHERRY_CHANNEL_EXITED, -1, NULL, &error), ==,
                   WHERRY_CHANNEL_EXITED);
  g_assert_cmpint (wherry_channel_get_exit_status (channel), ==, 0);
  words = wherry_channel_dup_error_text (channel);
  g_assert_true (g_str_has_prefix (words, digest));
}

/* What is sent comes back: both directions at once, and more than any bound holds. */
static gpointer
echo_thread (gpointer data)
{
  WherrySession *session = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (WherryChannel) channel = wherry_session_exec (session, "cat", NULL, &error);
  g_autoptr (GChecksum) sent = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (GChecksum) got = g_checksum_new (G_CHECKSUM_SHA256);
  gsize left = 8 * 1024 * 1024;
  guint32 state = GPOINTER_TO_UINT (g_thread_self ());

  g_assert_no_error (error);
  while (!wherry_channel_is_input_ended (channel))
    {
      WherryChannelCondition wanted = WHERRY_CHANNEL_READABLE;
      const guint8 *data_in;
      guint8 *buffer;
      gsize size;

      if (left > 0 && (buffer = wherry_channel_reserve (channel, &size)) != NULL)
        {
          size = MIN (MIN (size, left), 1 + state % 100000);
          for (gsize i = 0; i < size; i++)
            {
              state = state * 1664525 + 1013904223;
              buffer[i] = (guint8) (state >> 24);
            }
          g_checksum_update (sent, buffer, (gssize) size);
          wherry_channel_commit (channel, size);
          left -= size;
          if (left == 0)
            wherry_channel_send_eof (channel);
        }
      if (left > 0)
        wanted |= WHERRY_CHANNEL_WRITABLE;
      wherry_channel_wait (channel, wanted, -1, NULL, &error);
      g_assert_no_error (error);
      while ((data_in = wherry_channel_peek (channel, &size)) != NULL)
        {
          size = MIN (size, 70000);
          g_checksum_update (got, data_in, (gssize) size);
          wherry_channel_consume (channel, size);
        }
    }
  g_assert_cmpstr (g_checksum_get_string (sent), ==, g_checksum_get_string (got));
  return NULL;
}

static void
test_many (void)
{
  g_autoptr (WherrySession) session = ssh_fixture_connected (sshd);
  GThread *threads[8];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("echo", echo_thread, session);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

/* More commands than a connection has places for. */
static void
test_one_after_another (void)
{
  g_autoptr (WherrySession) session = ssh_fixture_connected (sshd);

  for (guint i = 0; i < 50; i++)
    assert_run (session, "echo x", NULL, "x\n", 0, "");
}

/* A consumer that does not take anything holds up only itself. */
static void
test_slow_consumer (void)
{
  g_autoptr (WherrySession) session = ssh_fixture_connected (sshd);
  g_autoptr (GError) error = NULL;
  g_autoptr (WherryChannel) channel
      = wherry_session_exec (session, "head -c 100M /dev/zero", NULL, &error);
  g_autofree char *digest = NULL;
  guint64 total;

  g_assert_no_error (error);
  g_assert_cmpint (wherry_channel_wait (channel, WHERRY_CHANNEL_READABLE, -1, NULL, &error), ==,
                   WHERRY_CHANNEL_READABLE);
  for (guint i = 0; i < 20; i++)
    assert_run (session, "head -c 1M /dev/zero | wc -c", NULL, "1048576\n", 0, "");
  digest = ssh_fixture_drain (channel, &total);
  g_assert_cmpuint (total, ==, 100 * 1024 * 1024);
}

static void
test_stderr_flood (void)
{
  g_autoptr (WherrySession) session = ssh_fixture_connected (sshd);
  g_autoptr (GBytes) output = NULL;
  g_autofree char *words = NULL;
  g_autoptr (GError) error = NULL;

  wherry_session_run (session, "head -c 64M /dev/zero | tr '\\0' e >&2; echo done", NULL, 100,
                      &output, NULL, &words, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (output, NULL), g_bytes_get_size (output), "done\n", 5);
  g_assert_cmpuint (strlen (words), <, 1100);
}

static gpointer
receive_until_it_ends (gpointer data)
{
  g_autoptr (WherryChannel) channel = wherry_session_exec (data, "cat /dev/zero", NULL, NULL);
  gsize length;

  while (channel != NULL
         && wherry_channel_wait (channel, WHERRY_CHANNEL_READABLE, -1, NULL, NULL)
                == WHERRY_CHANNEL_READABLE)
    while (wherry_channel_peek (channel, &length) != NULL)
      wherry_channel_consume (channel, length);
  return NULL;
}

/* A program that ends while much is under way ends well. */
static void
test_exit (void)
{
  const char *port = g_getenv ("WHERRY_TEST_PORT");
  const char *const key[] = { g_getenv ("WHERRY_TEST_KEY"), NULL };
  g_autofree char *own_port = NULL;

  if (g_test_subprocess ())
    {
      WherryLogin *login
          = wherry_login_new (g_get_user_name (), "127.0.0.1", (guint16) atoi (port));
      WherryTestHostKeys *host_keys = wherry_test_host_keys_new ();
      WherrySession *session;

      wherry_test_host_keys_accept_all (host_keys);
      login->identity_files = g_strdupv ((char **) key);
      login->identities_only = TRUE;
      session = wherry_session_new (login, WHERRY_HOST_KEY_STORE (host_keys), NULL);
      g_assert_true (ssh_fixture_connect (session, NULL, NULL));
      for (guint i = 0; i < 4; i++)
        g_thread_new ("receive", receive_until_it_ends, session);
      assert_run (session, "head -c 1M /dev/zero | wc -c", NULL, "1048576\n", 0, "");
      exit (0);
    }

  own_port = g_strdup_printf ("%u", wherry_test_sshd_get_port (sshd));
  g_setenv ("WHERRY_TEST_PORT", own_port, TRUE);
  g_setenv ("WHERRY_TEST_KEY", wherry_test_sshd_get_user_key (sshd), TRUE);
  /* Nobody frees what a program is in the midst of. */
  g_setenv ("ASAN_OPTIONS", "detect_leaks=0", TRUE);
  for (guint i = 0; i < 5; i++)
    {
      g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
      g_test_trap_assert_passed ();
    }
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  if (!g_test_subprocess ())
    sshd = wherry_test_sshd_start (NULL);

  g_test_add_func ("/ssh/exec/run", test_run);
  g_test_add_func ("/ssh/exec/run-too-much", test_run_too_much);
  g_test_add_func ("/ssh/exec/upload", test_upload);
  g_test_add_func ("/ssh/exec/download", test_download);
  g_test_add_func ("/ssh/exec/many", test_many);
  g_test_add_func ("/ssh/exec/one-after-another", test_one_after_another);
  g_test_add_func ("/ssh/exec/slow-consumer", test_slow_consumer);
  g_test_add_func ("/ssh/exec/stderr-flood", test_stderr_flood);
  g_test_add_func ("/ssh/exec/exit", test_exit);

  result = g_test_run ();
  g_clear_pointer (&sshd, wherry_test_sshd_stop);
  return result;
}
