/*
 * The same table of operations on every kind of server and in every form of
 * listing.
 */
#include <string.h>

#include "base/wherry-error.h"
#include "remote/wherry-sftp-client.h"
#include "remote/wherry-shell-private.h"
#include "remote-server.h"
#include "remote-table.h"

typedef struct {
  const char *name;
  RemoteServerKind kind;
  WherryRemoteBackEnd back_end;
  int form; /* -1: as found, with all operations; else only what lists */
  const char *description;
} Case;

static const Case cases[] = {
  { "openssh", REMOTE_SERVER_OPENSSH, WHERRY_REMOTE_SFTP, -1, "SFTP, version 3" },
  { "sftp-only", REMOTE_SERVER_SFTP_ONLY, WHERRY_REMOTE_SFTP, -1, "SFTP, version 3" },
  { "one-channel", REMOTE_SERVER_ONE_CHANNEL, WHERRY_REMOTE_SFTP, -1, "SFTP, version 3" },
  { "no-subsystem", REMOTE_SERVER_NO_SUBSYSTEM, WHERRY_REMOTE_SHELL, -1,
    "Shell commands (find -printf)" },
  { "dead-subsystem", REMOTE_SERVER_DEAD_SUBSYSTEM, WHERRY_REMOTE_SHELL, WHERRY_SHELL_FIND,
    "Shell commands (find -printf)" },
  { "busybox", REMOTE_SERVER_BUSYBOX, WHERRY_REMOTE_SHELL, -1, "Shell commands (stat -c)" },
  { "gnu-stat", REMOTE_SERVER_NO_SUBSYSTEM, WHERRY_REMOTE_SHELL, WHERRY_SHELL_STAT,
    "Shell commands (find -printf)" },
  { "gnu-full", REMOTE_SERVER_NO_SUBSYSTEM, WHERRY_REMOTE_SHELL, WHERRY_SHELL_FULL,
    "Shell commands (find -printf)" },
  { "gnu-ls", REMOTE_SERVER_NO_SUBSYSTEM, WHERRY_REMOTE_SHELL, WHERRY_SHELL_LS,
    "Shell commands (find -printf)" },
  { "noisy", REMOTE_SERVER_NOISY, WHERRY_REMOTE_SHELL, -1, "Shell commands (find -printf)" },
  { "dropbear", REMOTE_SERVER_DROPBEAR, WHERRY_REMOTE_SFTP, -1, "SFTP, version 3" },
  { "dropbear-shell", REMOTE_SERVER_DROPBEAR_SHELL, WHERRY_REMOTE_SHELL, WHERRY_SHELL_FIND,
    "Shell commands (find -printf)" },
  { "csh", REMOTE_SERVER_CSH, WHERRY_REMOTE_SHELL, -1, "Shell commands (find -printf)" },
  { "csh-stat", REMOTE_SERVER_CSH, WHERRY_REMOTE_SHELL, WHERRY_SHELL_STAT,
    "Shell commands (find -printf)" },
  { "fish", REMOTE_SERVER_FISH, WHERRY_REMOTE_SHELL, -1, "Shell commands (find -printf)" },
  { "fish-stat", REMOTE_SERVER_FISH, WHERRY_REMOTE_SHELL, WHERRY_SHELL_STAT,
    "Shell commands (find -printf)" },
  { "proftpd", REMOTE_SERVER_PROFTPD, WHERRY_REMOTE_SFTP, -1, "SFTP, version 3" },
};

static void
test_server (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (RemoteServer) server = remote_server_start (test->kind);
  g_autoptr (WherrySession) session = remote_server_connect (server);
  g_autoptr (GError) error = NULL;
  g_autoptr (WherryRemote) remote = wherry_remote_open (session, NULL, &error);
  g_autofree char *description = NULL;

  g_assert_no_error (error);
  g_assert_cmpint (wherry_remote_get_back_end (remote), ==, test->back_end);
  description = wherry_remote_dup_description (remote);
  g_assert_cmpstr (description, ==, test->description);
  if (test->form >= 0)
    wherry_shell_remote_set_form (WHERRY_SHELL_REMOTE (remote), (WherryShellForm) test->form);
  /* Another form changes nothing but how files are listed. */
  remote_table_run (remote, remote_server_get_folder (server), test->form >= 0);
  g_clear_object (&remote);
  wherry_session_close (session);
}

static void
test_nothing (void)
{
  g_autoptr (RemoteServer) server = remote_server_start (REMOTE_SERVER_NOTHING);
  g_autoptr (WherrySession) session = remote_server_connect (server);
  g_autoptr (GError) error = NULL;

  g_assert_null (wherry_remote_open (session, NULL, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_NO_PROGRAM);
  wherry_session_close (session);
}

/* To a subsystem sshd does not say why it is not run; who wants it is told all the same. */
static void
test_expired (void)
{
  g_autoptr (RemoteServer) server = remote_server_start (REMOTE_SERVER_EXPIRED);

  for (guint place = 0; place <= 1; place++)
    {
      g_autoptr (WherrySession) session = remote_server_connect (server);
      g_autoptr (GError) error = NULL;

      if (place)
        g_assert_null (wherry_remote_open (session, NULL, &error));
      else
        g_assert_null (wherry_sftp_client_new_somewhere (session, NULL, &error));
      g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_AUTHENTICATION);
      g_assert_nonnull (strstr (error->message, "has expired, and the server wants a new one"));
      g_assert_false (wherry_session_is_connected (session));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/remote/server/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_server);
    }
  g_test_add_func ("/remote/server/nothing", test_nothing);
  g_test_add_func ("/remote/server/expired", test_expired);
  return g_test_run ();
}
