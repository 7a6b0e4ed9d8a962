/*
 * Files given to other owners and groups, by name and by number: as root, for
 * real; and what is said where an account may not.
 */
#include <glib/gstdio.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "remote-server.h"
#include "wherry-test-dir.h"

/* Accounts that are everywhere, and whose number is not everywhere the same. */
#define OTHER_USER "daemon"
#define OTHER_GROUP "daemon"

/* Numbers that nobody has. */
#define FREE_USER "54321"
#define FREE_GROUP "54322"

typedef struct {
  const char *name;
  RemoteServerKind kind;
  WherryRemoteBackEnd back_end;
} Case;

static const Case generous[] = {
  { "sftp", REMOTE_SERVER_OPENSSH, WHERRY_REMOTE_SFTP },
  { "sftp-only", REMOTE_SERVER_SFTP_ONLY, WHERRY_REMOTE_SFTP },
  { "shell", REMOTE_SERVER_NO_SUBSYSTEM, WHERRY_REMOTE_SHELL },
  { "busybox", REMOTE_SERVER_BUSYBOX, WHERRY_REMOTE_SHELL },
};

static const Case strict[] = {
  { "sftp", REMOTE_SERVER_NOBODY, WHERRY_REMOTE_SFTP },
  { "shell", REMOTE_SERVER_NOBODY_SHELL, WHERRY_REMOTE_SHELL },
};

typedef struct {
  RemoteServer *server;
  WherrySession *session;
  WherryRemote *remote;
  char *tree;
  char *file;
  char *outside;
} Fixture;

static void
set_up (Fixture *fixture, const Case *test)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *link = NULL;
  const char *folder;

  fixture->server = remote_server_start (test->kind);
  fixture->session = remote_server_connect (fixture->server);
  fixture->remote = wherry_remote_open (fixture->session, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (wherry_remote_get_back_end (fixture->remote), ==, test->back_end);

  folder = remote_server_get_folder (fixture->server);
  fixture->tree = g_build_filename (folder, "a tree", NULL);
  g_assert_cmpint (g_mkdir (fixture->tree, 0755), ==, 0);
  fixture->file = wherry_test_dir_write (fixture->tree, "it's", "x");
  fixture->outside = wherry_test_dir_write (folder, "outside", "x");
  link = g_build_filename (fixture->tree, "link", NULL);
  g_assert_cmpint (symlink ("../outside", link), ==, 0);
}

static void
tear_down (Fixture *fixture)
{
  g_clear_object (&fixture->remote);
  wherry_session_close (fixture->session);
  g_clear_object (&fixture->session);
  g_clear_pointer (&fixture->server, remote_server_stop);
  g_clear_pointer (&fixture->tree, g_free);
  g_clear_pointer (&fixture->file, g_free);
  g_clear_pointer (&fixture->outside, g_free);
}

static void
assert_owner (const char *path, guint uid, guint gid)
{
  struct stat info;

  g_assert_cmpint (lstat (path, &info), ==, 0);
  g_assert_cmpuint (info.st_uid, ==, uid);
  g_assert_cmpuint (info.st_gid, ==, gid);
}

static void
give (Fixture *fixture, const char *path, const char *owner, const char *group, gboolean recursive)
{
  g_autoptr (GError) error = NULL;
  gboolean given
      = wherry_remote_chown (fixture->remote, path, owner, group, recursive, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (given);
}

static void
test_given (gconstpointer data)
{
  Fixture fixture = { 0 };
  const struct passwd *user = getpwnam (OTHER_USER);
  const struct group *group = getgrnam (OTHER_GROUP);
  g_autoptr (GError) error = NULL;

  if (geteuid () != 0)
    {
      g_test_skip ("NOT RUN BY ROOT: that files are given to other owners is not tested");
      return;
    }
  g_assert_nonnull (user);
  g_assert_nonnull (group);
  set_up (&fixture, data);

  /* By name: one, the other, both. */
  give (&fixture, fixture.file, OTHER_USER, NULL, FALSE);
  assert_owner (fixture.file, user->pw_uid, 0);
  give (&fixture, fixture.file, NULL, OTHER_GROUP, FALSE);
  assert_owner (fixture.file, user->pw_uid, group->gr_gid);
  give (&fixture, fixture.file, "root", "root", FALSE);
  assert_owner (fixture.file, 0, 0);
  /* By number, whether or not somebody has it. */
  give (&fixture, fixture.file, FREE_USER, NULL, FALSE);
  assert_owner (fixture.file, 54321, 0);
  give (&fixture, fixture.file, NULL, FREE_GROUP, FALSE);
  assert_owner (fixture.file, 54321, 54322);
  give (&fixture, fixture.file, OTHER_USER, "0", FALSE);
  assert_owner (fixture.file, user->pw_uid, 0);
  /* A folder alone, then with all that is in it; a link does not lead out of it. */
  give (&fixture, fixture.tree, FREE_USER, OTHER_GROUP, FALSE);
  assert_owner (fixture.tree, 54321, group->gr_gid);
  assert_owner (fixture.file, user->pw_uid, 0);
  give (&fixture, fixture.tree, FREE_USER, OTHER_GROUP, TRUE);
  assert_owner (fixture.file, 54321, group->gr_gid);
  assert_owner (fixture.outside, 0, 0);

  g_assert_false (wherry_remote_chown (fixture.remote, fixture.file, "no such user", NULL, FALSE,
                                       NULL, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_false (wherry_remote_chown (fixture.remote, fixture.file, NULL, "no such group", FALSE,
                                       NULL, &error));
  g_assert_nonnull (error);
  assert_owner (fixture.file, 54321, group->gr_gid);
  tear_down (&fixture);
}

static void
assert_explained (Fixture *fixture,
                  const char *path,
                  WherryRemoteAccess access,
                  WherryRemoteDeniedReason reason,
                  gboolean owned)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WherryRemoteDenied) denied
      = wherry_remote_explain_denied (fixture->remote, path, access, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (denied->reason, ==, reason);
  g_assert_cmpstr (denied->culprit, ==, path);
  g_assert_cmpint (denied->owned, ==, owned);
  g_assert_nonnull (denied->entry);
  g_assert_null (denied->remedy);
}

static void
assert_refused (Fixture *fixture, const char *path, const char *owner, const char *group)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (wherry_remote_chown (fixture->remote, path, owner, group, FALSE, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
}

/* An account may give nothing away, a group only if it is a member, and of others' files nothing.
 */
static void
test_refused (gconstpointer data)
{
  Fixture fixture = { 0 };
  WherryModeChange change = wherry_mode_change_to (0777);
  gboolean root = geteuid () == 0;
  g_autoptr (GError) error = NULL;

  set_up (&fixture, data);
  if (root)
    g_assert_cmpint (chown (fixture.file, 65534, 65534), ==, 0);

  assert_refused (&fixture, fixture.file, "root", NULL);
  assert_refused (&fixture, fixture.file, FREE_USER, NULL);
  assert_refused (&fixture, fixture.file, NULL, FREE_GROUP);
  assert_explained (&fixture, fixture.file, WHERRY_REMOTE_ACCESS_CHOWN, WHERRY_REMOTE_DENIED_ADMIN,
                    TRUE);
  assert_explained (&fixture, fixture.file, WHERRY_REMOTE_ACCESS_CHGRP, WHERRY_REMOTE_DENIED_MEMBER,
                    TRUE);
  /* It has all that takes. */
  assert_explained (&fixture, fixture.file, WHERRY_REMOTE_ACCESS_CHMOD,
                    WHERRY_REMOTE_DENIED_UNKNOWN, TRUE);

  /* Only root can make a file that is somebody else's. */
  if (root)
    {
      assert_refused (&fixture, fixture.outside, NULL, "65534");
      g_assert_false (
          wherry_remote_chmod (fixture.remote, fixture.outside, &change, FALSE, NULL, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
      assert_explained (&fixture, fixture.outside, WHERRY_REMOTE_ACCESS_CHMOD,
                        WHERRY_REMOTE_DENIED_OWNER, FALSE);
      assert_explained (&fixture, fixture.outside, WHERRY_REMOTE_ACCESS_CHGRP,
                        WHERRY_REMOTE_DENIED_OWNER, FALSE);
      assert_explained (&fixture, fixture.outside, WHERRY_REMOTE_ACCESS_CHOWN,
                        WHERRY_REMOTE_DENIED_ADMIN, FALSE);
      assert_owner (fixture.outside, 0, 0);
    }
  tear_down (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (generous); i++)
    {
      g_autofree char *path = g_strconcat ("/remote/owners/given/", generous[i].name, NULL);

      g_test_add_data_func (path, &generous[i], test_given);
    }
  for (guint i = 0; i < G_N_ELEMENTS (strict); i++)
    {
      g_autofree char *path = g_strconcat ("/remote/owners/refused/", strict[i].name, NULL);

      g_test_add_data_func (path, &strict[i], test_refused);
    }
  return g_test_run ();
}
