#include "remote-server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wherry-test-dir.h"
#include "wherry-test-host-keys.h"
#include "wherry-test-sshd.h"

#define START_TRIES 5
#define TIME_LIMIT (20 * G_USEC_PER_SEC)
#define LOOK_EVERY 5000 /* microseconds */

struct _RemoteServer {
  WherryTestSshd *sshd; /* OpenSSH, or what follows */
  GPid pid;
  guint16 port;
  char *folder;
  char *user_key;
  WherryHostKey *host_key;
};

static guint16
find_free_port (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (getsockname (fd, (struct sockaddr *) &address, &length), ==, 0);
  close (fd);
  return ntohs (address.sin_port);
}

static gboolean
is_listening (guint16 port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (port) };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  gboolean well;

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  well = connect (fd, (struct sockaddr *) &address, sizeof address) == 0;
  close (fd);
  return well;
}

static void
in_child (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGTERM);
  /* What it starts can be told from what others started. */
  setpgid (0, 0);
}

static gboolean
spawn (RemoteServer *self, const char *const *argv, char **env)
{
  g_autoptr (GError) error = NULL;
  gint64 deadline = g_get_monotonic_time () + TIME_LIMIT;

  g_spawn_async (self->folder, (char **) argv, env,
                 G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL
                     | G_SPAWN_STDERR_TO_DEV_NULL,
                 in_child, NULL, &self->pid, &error);
  g_assert_no_error (error);
  while (!is_listening (self->port))
    {
      if (waitpid (self->pid, NULL, WNOHANG) == self->pid)
        return FALSE;
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      g_usleep (LOOK_EVERY);
    }
  return TRUE;
}

static char *
read_file (const char *path)
{
  g_autoptr (GError) error = NULL;
  char *text;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static void
take_host_key (RemoteServer *self, const char *public_key_line)
{
  g_auto (GStrv) words = g_strsplit (public_key_line, " ", 3);
  g_autoptr (GError) error = NULL;

  self->host_key = wherry_host_key_new_from_base64 (words[1], &error);
  g_assert_no_error (error);
}

static RemoteServer *
new_server (void)
{
  RemoteServer *self = g_new0 (RemoteServer, 1);

  self->folder = wherry_test_dir_new ();
  self->user_key = wherry_test_make_key (self->folder, "user", "ed25519", "");
  return self;
}

static char **
make_environment (const char *path)
{
  char **env = g_get_environ ();

  return g_environ_setenv (env, "PATH", path, TRUE);
}

/* The system's accounts stay as they are: to this server the one who runs the test has another home
 * and another shell. */
static RemoteServer *
start_dropbear (const char *shell, gboolean sftp)
{
  RemoteServer *self = new_server ();
  g_autofree char *home = g_build_filename (self->folder, "home", NULL);
  g_autofree char *dot_ssh = g_build_filename (home, ".ssh", NULL);
  g_autofree char *public_key = g_strconcat (self->user_key, ".pub", NULL);
  g_autofree char *key_line = read_file (public_key);
  g_autofree char *host_key = g_build_filename (self->folder, "host", NULL);
  g_autofree char *accounts = g_strdup_printf ("%s:x:%u:%u::%s:%s\n", g_get_user_name (),
                                               (guint) getuid (), (guint) getgid (), home, shell);
  g_autofree char *groups = g_strdup_printf ("%s:x:%u:\n", g_get_user_name (), (guint) getgid ());
  g_autofree char *accounts_file = wherry_test_dir_write (self->folder, "passwd", accounts);
  g_autofree char *groups_file = wherry_test_dir_write (self->folder, "group", groups);
  g_autofree char *wrapper = NULL;
  g_autofree char *output = NULL;
  g_auto (GStrv) lines = NULL;
  g_auto (GStrv) env = make_environment ("/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin");
  const char *const make_key[] = { "dropbearkey", "-t", "ed25519", "-f", host_key, NULL };
  g_autoptr (GSubprocess) process = NULL;
  guint tries = 0;

  g_assert_cmpint (g_mkdir_with_parents (dot_ssh, 0700), ==, 0);
  g_free (wherry_test_dir_write (dot_ssh, "authorized_keys", key_line));
  g_free (wherry_test_dir_write (home, ".tcshrc", "echo 'Hello from csh'\n"));
  process = g_subprocess_newv (make_key,
                               G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                               NULL);
  g_assert_nonnull (process);
  g_assert_true (g_subprocess_communicate_utf8 (process, NULL, NULL, &output, NULL, NULL));
  lines = g_strsplit (output, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], "ssh-ed25519 "))
      take_host_key (self, lines[i]);

  wrapper = wherry_test_dir_write (self->folder, "no-sftp",
                                   "#!/bin/sh\n"
                                   "case $SSH_ORIGINAL_COMMAND in */sftp-server) exit 127;; esac\n"
                                   "exec \"$SHELL\" -c \"$SSH_ORIGINAL_COMMAND\"\n");
  g_chmod (wrapper, 0755);
  env = g_environ_setenv (env, "LD_PRELOAD", "libnss_wrapper.so", TRUE);
  env = g_environ_setenv (env, "NSS_WRAPPER_PASSWD", accounts_file, TRUE);
  env = g_environ_setenv (env, "NSS_WRAPPER_GROUP", groups_file, TRUE);
  do
    {
      g_autofree char *address = NULL;
      const char *argv[]
          = { "dropbear", "-F", "-E", "-m", "-r", host_key, "-p", NULL, NULL, NULL, NULL };

      g_assert_cmpuint (tries++, <, START_TRIES);
      self->port = find_free_port ();
      address = g_strdup_printf ("127.0.0.1:%u", self->port);
      argv[7] = address;
      if (!sftp)
        {
          argv[8] = "-c";
          argv[9] = wrapper;
        }
      if (spawn (self, argv, env))
        break;
  } while (TRUE);
  return self;
}

static RemoteServer *
start_proftpd (void)
{
  RemoteServer *self = new_server ();
  g_autofree char *public_key = g_strconcat (self->user_key, ".pub", NULL);
  g_autofree char *host_key = g_build_filename (self->folder, "host", NULL);
  g_autofree char *host_public_key = g_strconcat (host_key, ".pub", NULL);
  g_autofree char *host_line = NULL;
  g_autofree char *user = g_strdup (g_get_user_name ());
  g_autofree char *accounts = g_strdup_printf ("%s:x:%u:%u::%s:/bin/sh\n", user, (guint) getuid (),
                                               (guint) getgid (), self->folder);
  g_autofree char *accounts_file = wherry_test_dir_write (self->folder, "passwd", accounts);
  const char *const make_key[]
      = { "ssh-keygen", "-q", "-t", "ecdsa", "-m", "PEM", "-N", "", "-f", host_key, NULL };
  const char *const export_key[] = { "ssh-keygen", "-e", "-m", "RFC4716", "-f", public_key, NULL };
  g_autoptr (GSubprocess) process = NULL;
  g_autofree char *exported = NULL;
  g_auto (GStrv) env = make_environment ("/usr/bin:/bin:/usr/sbin:/sbin");
  guint tries = 0;

  g_chmod (accounts_file, 0600);
  g_assert_true (wherry_test_run (make_key));
  host_line = read_file (host_public_key);
  take_host_key (self, host_line);
  process = g_subprocess_newv (export_key, G_SUBPROCESS_FLAGS_STDOUT_PIPE, NULL);
  g_assert_true (g_subprocess_communicate_utf8 (process, NULL, NULL, &exported, NULL, NULL));
  g_free (wherry_test_dir_write (self->folder, "keys", exported));
  do
    {
      struct group *group = getgrgid (getgid ());
      g_autofree char *config = NULL;
      g_autofree char *file = NULL;

      g_assert_cmpuint (tries++, <, START_TRIES);
      self->port = find_free_port ();
      config = g_strdup_printf (
          "ServerName test\nServerType standalone\nModulePath /usr/lib/proftpd\n"
          "LoadModule mod_sftp.c\nDefaultAddress 127.0.0.1\nUseIPv6 off\nPort %u\nUser %s\n"
          "Group %s\nAuthUserFile %s/passwd\nRequireValidShell off\nRootLogin on\n"
          "UseFtpUsers off\nAuthOrder mod_auth_file.c\nWtmpLog off\nTransferLog none\n"
          "ScoreboardFile %s/score\nPidFile %s/pid\nDelayEngine off\nSystemLog %s/log\n"
          "AllowOverwrite on\nSFTPEngine on\nSFTPLog %s/sftp.log\nSFTPHostKey %s\n"
          "SFTPAuthorizedUserKeys file:%s/keys\nSFTPAuthMethods publickey\n",
          self->port, user, group != NULL ? group->gr_name : "nogroup", self->folder, self->folder,
          self->folder, self->folder, self->folder, host_key, self->folder);
      file = wherry_test_dir_write (self->folder, "proftpd.conf", config);
      const char *const argv[] = { "proftpd", "-n", "-c", file, NULL };
      if (spawn (self, argv, env))
        break;
  } while (TRUE);
  return self;
}

static RemoteServer *
start_sshd (const char *const *lines)
{
  RemoteServer *self = g_new0 (RemoteServer, 1);

  self->sshd = wherry_test_sshd_start (lines);
  self->folder = g_strdup (wherry_test_sshd_get_folder (self->sshd));
  return self;
}

/* A folder of links to BusyBox, one for each of its programs. */
static RemoteServer *
start_busybox (void)
{
  g_autofree char *programs = wherry_test_dir_new ();
  g_autofree char *command
      = g_strdup_printf ("ForceCommand PATH=%s %s/sh -c \"$SSH_ORIGINAL_COMMAND\"", programs,
                         programs);
  const char *const install[] = { "busybox", "--install", "-s", programs, NULL };
  const char *const lines[] = { "Subsystem none /bin/false", command, NULL };
  RemoteServer *self;
  g_autofree char *kept = NULL;

  g_assert_true (wherry_test_run (install));
  self = start_sshd (lines);
  kept = g_build_filename (self->folder, "programs", NULL);
  g_assert_cmpint (symlink (programs, kept), ==, 0);
  return self;
}

/* What root logs in to is somebody else by the time a command runs. */
static RemoteServer *
start_nobody (gboolean sftp)
{
  static const char *const programs[]
      = { "/usr/lib/openssh/sftp-server", "/usr/libexec/sftp-server",
          "/usr/libexec/openssh/sftp-server", "/usr/lib/ssh/sftp-server" };
  const char *become = geteuid () == 0 ? "setpriv --reuid=65534 --regid=65534 --clear-groups " : "";
  g_autofree char *command
      = g_strdup_printf ("ForceCommand cd / && exec %ssh -c \"$SSH_ORIGINAL_COMMAND\"", become);
  g_autofree char *subsystem = g_strdup ("Subsystem none /bin/false");
  const char *lines[] = { NULL, command, NULL };
  RemoteServer *self;

  for (guint i = 0; sftp && i < G_N_ELEMENTS (programs); i++)
    if (g_file_test (programs[i], G_FILE_TEST_IS_EXECUTABLE))
      {
        g_free (subsystem);
        subsystem = g_strconcat ("Subsystem sftp ", programs[i], NULL);
      }
  lines[0] = subsystem;
  self = start_sshd (lines);
  g_chmod (self->folder, 0755);
  return self;
}

RemoteServer *
remote_server_start (RemoteServerKind kind)
{
  static const char *const none[] = { NULL };
  static const char *const sftp_only[] = { "ForceCommand internal-sftp", NULL };
  static const char *const no_subsystem[] = { "Subsystem none /bin/false", NULL };
  static const char *const dead_subsystem[] = { "Subsystem sftp /nowhere/sftp-server", NULL };
  static const char *const one_channel[] = { "MaxSessions 1", NULL };
  static const char *const nothing[]
      = { "Subsystem none /bin/false", "ForceCommand echo This account is not available.", NULL };
  static const char *const expired[]
      = { "ForceCommand echo 'WARNING: Your password has expired.' >&2; exit 1", NULL };
  /* The noise names what a script would, and comes on both streams. */
  static const char *const noisy[]
      = { "Subsystem none /bin/false",
          "ForceCommand echo Welcome; echo =b; echo '$SSH_ORIGINAL_COMMAND' >&2; "
          "echo \"$SSH_ORIGINAL_COMMAND\"; bash -c \"$SSH_ORIGINAL_COMMAND\"; echo Goodbye; "
          "echo Permission denied >&2",
          NULL };

  switch (kind)
    {
    case REMOTE_SERVER_SFTP_ONLY:
      return start_sshd (sftp_only);
    case REMOTE_SERVER_NO_SUBSYSTEM:
      return start_sshd (no_subsystem);
    case REMOTE_SERVER_DEAD_SUBSYSTEM:
      return start_sshd (dead_subsystem);
    case REMOTE_SERVER_BUSYBOX:
      return start_busybox ();
    case REMOTE_SERVER_NOISY:
      return start_sshd (noisy);
    case REMOTE_SERVER_ONE_CHANNEL:
      return start_sshd (one_channel);
    case REMOTE_SERVER_NOTHING:
      return start_sshd (nothing);
    case REMOTE_SERVER_EXPIRED:
      return start_sshd (expired);
    case REMOTE_SERVER_DROPBEAR:
      return start_dropbear ("/bin/sh", TRUE);
    case REMOTE_SERVER_DROPBEAR_SHELL:
      return start_dropbear ("/bin/sh", FALSE);
    case REMOTE_SERVER_CSH:
      return start_dropbear ("/bin/tcsh", FALSE);
    case REMOTE_SERVER_FISH:
      return start_dropbear ("/usr/bin/fish", FALSE);
    case REMOTE_SERVER_PROFTPD:
      return start_proftpd ();
    case REMOTE_SERVER_NOBODY:
      return start_nobody (TRUE);
    case REMOTE_SERVER_NOBODY_SHELL:
      return start_nobody (FALSE);
    case REMOTE_SERVER_OPENSSH:
    default:
      return start_sshd (none);
    }
}

/* Of a dropbear or proftpd, each connection is a process of the same group, or, having made one of
 * its own, ends with the connection. */
static void
end_processes (RemoteServer *self)
{
  kill (-self->pid, SIGTERM);
  kill (self->pid, SIGKILL);
  waitpid (self->pid, NULL, 0);
  kill (-self->pid, SIGKILL);
}

void
remote_server_stop (RemoteServer *self)
{
  if (self == NULL)
    return;
  if (self->sshd != NULL)
    {
      g_autofree char *link = g_build_filename (self->folder, "programs", NULL);
      g_autofree char *programs = g_file_read_link (link, NULL);

      wherry_test_sshd_stop (self->sshd);
      if (programs != NULL)
        wherry_test_dir_remove (programs);
    }
  else
    {
      end_processes (self);
      wherry_test_dir_remove (self->folder);
      wherry_host_key_unref (self->host_key);
    }
  g_free (self->folder);
  g_free (self->user_key);
  g_free (self);
}

/* A folder that lives as long as the server, also for the test's use. */
const char *
remote_server_get_folder (RemoteServer *self)
{
  return self->folder;
}

WherryLogin *
remote_server_make_login (RemoteServer *self)
{
  const char *const files[] = { self->user_key, NULL };
  WherryLogin *login;

  if (self->sshd != NULL)
    return wherry_test_sshd_make_login (self->sshd);
  login = wherry_login_new (g_get_user_name (), "127.0.0.1", self->port);
  login->identity_files = g_strdupv ((char **) files);
  login->identities_only = TRUE;
  return login;
}

WherryHostKey *
remote_server_get_host_key (RemoteServer *self)
{
  return self->sshd != NULL ? wherry_test_sshd_get_host_key (self->sshd) : self->host_key;
}

WherrySession *
remote_server_connect (RemoteServer *self)
{
  g_autoptr (WherryTestHostKeys) host_keys = wherry_test_host_keys_new ();
  g_autoptr (WherryLogin) login = remote_server_make_login (self);
  g_autoptr (WherrySession) session = NULL;
  g_autoptr (GError) error = NULL;

  wherry_test_host_keys_add (host_keys, "127.0.0.1", login->port,
                             remote_server_get_host_key (self));
  session = wherry_session_new (login, WHERRY_HOST_KEY_STORE (host_keys), NULL);
  wherry_session_connect (session, NULL, &error);
  g_assert_no_error (error);
  return g_steal_pointer (&session);
}
