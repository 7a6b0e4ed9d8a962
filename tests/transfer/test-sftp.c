/* Transfers with servers of every kind: by SCP, by SFTP, or one after the other was found not to be
 * there. */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/wherry-error.h"
#include "remote-server.h"
#include "transfer-fixture.h"
#include "wherry-test-host-keys.h"
#include "wherry-test-prompter.h"

typedef struct {
  const char *path;
  RemoteServerKind kind;
  WherryProtocol protocol;
} Test;

/* Two servers of one pool, and the folder here. */
typedef struct {
  RemoteServer *servers[2];
  WherryLogin *logins[2];
  WherryProtocol protocols[2];
  WherryTestHostKeys *host_keys;
  WherrySessionPool *pool;
  char *here;
  char *there;
} Fixture;

static void
add_server (Fixture *fixture, guint index, RemoteServerKind kind, WherryProtocol protocol)
{
  fixture->servers[index] = remote_server_start (kind);
  fixture->logins[index] = remote_server_make_login (fixture->servers[index]);
  fixture->protocols[index] = protocol;
  wherry_test_host_keys_add (fixture->host_keys, fixture->logins[index]->host,
                             fixture->logins[index]->port,
                             remote_server_get_host_key (fixture->servers[index]));
}

static void
set_up (Fixture *fixture, RemoteServerKind kind, WherryProtocol protocol)
{
  g_autoptr (WherryTestPrompter) prompter = wherry_test_prompter_new ();

  fixture->host_keys = wherry_test_host_keys_new ();
  fixture->pool = wherry_session_pool_new (WHERRY_HOST_KEY_STORE (fixture->host_keys),
                                           WHERRY_PROMPTER (prompter));
  fixture->here = wherry_test_dir_new ();
  fixture->there = wherry_test_dir_new ();
  add_server (fixture, 0, kind, protocol);
}

static void
tear_down (Fixture *fixture)
{
  wherry_session_pool_close (fixture->pool);
  g_clear_object (&fixture->pool);
  g_clear_object (&fixture->host_keys);
  for (guint i = 0; i < 2; i++)
    {
      g_clear_pointer (&fixture->logins[i], wherry_login_free);
      g_clear_pointer (&fixture->servers[i], remote_server_stop);
    }
  wherry_test_dir_remove (fixture->here);
  wherry_test_dir_remove (fixture->there);
  g_free (fixture->here);
  g_free (fixture->there);
}

/* "0:PATH" and "1:PATH" are below the folder that all servers see, anything else below the one
 * here. */
static WherryEndpoint *
make_endpoint (Fixture *fixture, const char *text)
{
  gboolean remote = text[0] != '\0' && text[1] == ':';
  const char *below = remote ? text + 2 : text;
  g_autofree char *path = g_strconcat (remote ? fixture->there : fixture->here,
                                       *below != '\0' ? "/" : "", below, NULL);
  WherryEndpoint *endpoint;

  if (!remote)
    return wherry_endpoint_new_local (path);
  endpoint = wherry_endpoint_new_remote (fixture->logins[text[0] - '0'], path);
  endpoint->protocol = fixture->protocols[text[0] - '0'];
  return endpoint;
}

static WherryTransfer *
run (Fixture *fixture, const char *source, const char *target, WherryTransferFlags flags)
{
  g_autoptr (WherryEndpoint) from = make_endpoint (fixture, source);
  g_autoptr (WherryEndpoint) to = make_endpoint (fixture, target);
  WherryTransfer *transfer = wherry_transfer_new (from, to, flags);

  wherry_transfer_start (transfer, fixture->pool);
  transfer_fixture_wait (transfer);
  return transfer;
}

static void
assert_exact (Fixture *fixture, gboolean here, const char *name)
{
  g_autofree char *tree = g_build_filename (fixture->here, "tree", NULL);
  g_autofree char *copy = g_build_filename (here ? fixture->here : fixture->there, name, NULL);

  transfer_fixture_assert_same_trees (tree, copy);
}

/* Up, down and between, the first time and over what is there: every byte and name, and nothing
 * else. */
static void
test_server (gconstpointer data)
{
  const Test *test = data;
  Fixture fixture = { 0 };
  WherryTransferFlags flags = WHERRY_TRANSFER_RECURSIVE | WHERRY_TRANSFER_PRESERVE;

  set_up (&fixture, test->kind, test->protocol);
  transfer_fixture_make_tree (fixture.here);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (WherryTransfer) up = run (&fixture, "tree", "0:", flags);
      transfer_fixture_assert_done (up);
      assert_exact (&fixture, FALSE, "tree");
      g_autoptr (WherryTransfer) between
          = run (&fixture, "0:tree", i == 0 ? "0:copy" : "0:copy/.", flags);
      transfer_fixture_assert_done (between);
      if (i == 0)
        assert_exact (&fixture, FALSE, "copy");
      g_autoptr (WherryTransfer) down = run (&fixture, "0:tree", i == 0 ? "back" : "back/.", flags);
      transfer_fixture_assert_done (down);
      if (i == 0)
        assert_exact (&fixture, TRUE, "back");
    }
  assert_exact (&fixture, TRUE, "back/tree");
  tear_down (&fixture);
}

/* A server that has no scp, and one that has no SFTP. */
static void
test_mixed (void)
{
  Fixture fixture = { 0 };
  WherryTransferFlags flags = WHERRY_TRANSFER_RECURSIVE | WHERRY_TRANSFER_PRESERVE;

  set_up (&fixture, REMOTE_SERVER_SFTP_ONLY, WHERRY_PROTOCOL_AUTOMATIC);
  add_server (&fixture, 1, REMOTE_SERVER_NO_SUBSYSTEM, WHERRY_PROTOCOL_AUTOMATIC);
  transfer_fixture_make_tree (fixture.here);
  g_autoptr (WherryTransfer) up = run (&fixture, "tree", "0:", flags);
  transfer_fixture_assert_done (up);
  g_autoptr (WherryTransfer) there = run (&fixture, "0:tree", "1:a", flags);
  transfer_fixture_assert_done (there);
  assert_exact (&fixture, FALSE, "a");
  g_autoptr (WherryTransfer) back = run (&fixture, "1:a", "0:b", flags);
  transfer_fixture_assert_done (back);
  assert_exact (&fixture, FALSE, "b");
  tear_down (&fixture);
}

/* Both reasons are told, and nothing is there. */
static void
test_neither (void)
{
  Fixture fixture = { 0 };

  set_up (&fixture, REMOTE_SERVER_NOTHING, WHERRY_PROTOCOL_AUTOMATIC);
  transfer_fixture_write_text (fixture.here, "a", "content");
  transfer_fixture_write_text (fixture.there, "b", "content");
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (WherryTransfer) transfer
          = i == 0 ? run (&fixture, "a", "0:", WHERRY_TRANSFER_DEFAULT)
                   : run (&fixture, "0:b", "", WHERRY_TRANSFER_DEFAULT);
      const GError *error = wherry_transfer_get_error (transfer);

      g_assert_cmpuint (wherry_transfer_get_state (transfer), ==, WHERRY_TRANSFER_FAILED);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, "This account is not available."));
    }
  transfer_fixture_assert_list (fixture.here, "f 7 a\n");
  transfer_fixture_assert_list (fixture.there, "f 7 b\n");
  tear_down (&fixture);
}

/* Who asks for one protocol gets no other. */
static void
test_forced (void)
{
  Fixture fixture = { 0 };

  set_up (&fixture, REMOTE_SERVER_SFTP_ONLY, WHERRY_PROTOCOL_SCP);
  add_server (&fixture, 1, REMOTE_SERVER_NO_SUBSYSTEM, WHERRY_PROTOCOL_SFTP);
  transfer_fixture_write_text (fixture.here, "a", "content");
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (WherryTransfer) up
          = run (&fixture, "a", i == 0 ? "0:" : "1:", WHERRY_TRANSFER_DEFAULT);
      g_test_message ("%s", wherry_transfer_get_error (up)->message);
      g_assert_cmpuint (wherry_transfer_get_state (up), ==, WHERRY_TRANSFER_FAILED);
    }
  transfer_fixture_assert_list (fixture.there, "");
  tear_down (&fixture);
}

int
main (int argc, char **argv)
{
  static const Test tests[] = {
    { "openssh", REMOTE_SERVER_OPENSSH, WHERRY_PROTOCOL_SFTP },
    { "sftp-only", REMOTE_SERVER_SFTP_ONLY, WHERRY_PROTOCOL_AUTOMATIC },
    { "one-channel", REMOTE_SERVER_ONE_CHANNEL, WHERRY_PROTOCOL_SFTP },
    { "no-subsystem", REMOTE_SERVER_NO_SUBSYSTEM, WHERRY_PROTOCOL_AUTOMATIC },
    { "dropbear", REMOTE_SERVER_DROPBEAR, WHERRY_PROTOCOL_SFTP },
    { "dropbear-shell", REMOTE_SERVER_DROPBEAR_SHELL, WHERRY_PROTOCOL_AUTOMATIC },
    { "proftpd", REMOTE_SERVER_PROFTPD, WHERRY_PROTOCOL_SFTP },
    { "proftpd-automatic", REMOTE_SERVER_PROFTPD, WHERRY_PROTOCOL_AUTOMATIC },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strconcat ("/sftp/server/", tests[i].path, NULL);

      /* Dropbear ends its whole connection now and then, when a channel of a command that has not
         ended is closed; that is not understood yet. With -m slow it is tried. */
      if (tests[i].kind == REMOTE_SERVER_DROPBEAR_SHELL && !g_test_slow ())
        continue;
      g_test_add_data_func (path, &tests[i], test_server);
    }
  g_test_add_func ("/sftp/mixed", test_mixed);
  g_test_add_func ("/sftp/neither", test_neither);
  g_test_add_func ("/sftp/forced", test_forced);
  return g_test_run ();
}
