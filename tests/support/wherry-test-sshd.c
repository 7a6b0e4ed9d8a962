#include "wherry-test-sshd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wherry-test-dir.h"

#define START_TRIES 5
#define TIME_LIMIT (20 * G_USEC_PER_SEC)
#define LOOK_EVERY 2000 /* microseconds */

struct _WherryTestSshd {
  GPid pid;
  guint16 port;
  char *folder;
  char *user_key;
  char *log;
  char *authorized_keys;
  WherryHostKey *host_key;
};

static guint16
find_free_port (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (getsockname (fd, (struct sockaddr *) &address, &length), ==, 0);
  close (fd);
  return ntohs (address.sin_port);
}

/* In the child: no server outlives its test. */
static void
die_with_parent (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGTERM);
}

static char *
write_config (WherryTestSshd *self, const char *const *config_lines)
{
  static const char *const types[] = { "ed25519", "ecdsa", "rsa" };
  GString *config = g_string_new (NULL);
  gboolean own_subsystem = FALSE;
  char *path;

  /* The first line of a kind counts, so a test's own lines go first. */
  for (gsize i = 0; config_lines != NULL && config_lines[i] != NULL; i++)
    {
      g_string_append_printf (config, "%s\n", config_lines[i]);
      own_subsystem |= g_str_has_prefix (config_lines[i], "Subsystem ");
    }
  g_string_append_printf (config,
                          "ListenAddress 127.0.0.1\nPort %u\nPidFile none\nStrictModes no\n"
                          "UsePAM no\nPermitRootLogin yes\nPasswordAuthentication no\n"
                          "KbdInteractiveAuthentication no\nAuthorizedKeysFile %s\n"
                          "LogLevel DEBUG1\nMaxAuthTries 20\nMaxStartups 100\nUseDNS no\n"
                          "PrintMotd no\nPrintLastLog no\nAllowTcpForwarding no\n"
                          "X11Forwarding no\n%sSetEnv HOME=%s\n",
                          self->port, self->authorized_keys,
                          own_subsystem ? "" : "Subsystem sftp internal-sftp\n", self->folder);
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autofree char *key = g_strdup_printf ("%s/host_%s", self->folder, types[i]);

      if (g_file_test (key, G_FILE_TEST_EXISTS))
        g_string_append_printf (config, "HostKey %s\n", key);
    }
  path = wherry_test_dir_write (self->folder, "sshd_config", config->str);
  g_string_free (config, TRUE);
  return path;
}

static gboolean
spawn (WherryTestSshd *self, const char *const *config_lines)
{
  g_autofree char *config = NULL;
  g_autofree char *program = g_find_program_in_path ("sshd");
  g_autoptr (GError) error = NULL;
  gint64 deadline = g_get_monotonic_time () + TIME_LIMIT;

  if (program == NULL)
    program = g_strdup ("/usr/sbin/sshd");
  self->port = find_free_port ();
  config = write_config (self, config_lines);
  g_unlink (self->log);

  char *argv[] = { program, (char *) "-D", (char *) "-f", config, (char *) "-E", self->log, NULL };

  g_spawn_async (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, die_with_parent, NULL, &self->pid,
                 &error);
  g_assert_no_error (error);

  for (;;)
    {
      g_autofree char *log = wherry_test_sshd_dup_log (self);

      if (strstr (log, "Server listening on") != NULL)
        return TRUE;
      if (waitpid (self->pid, NULL, WNOHANG) == self->pid)
        {
          g_test_message ("sshd did not start: %s", log);
          return FALSE;
        }
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      g_usleep (LOOK_EVERY);
    }
}

/**
 * wherry_test_sshd_start:
 * @config_lines: (nullable): lines for sshd_config that come before all others,
 *   such as `ForceCommand`, `MaxSessions 1`, `Subsystem` (in place of sftp's), `Banner FILE`,
 * `Ciphers`, `AuthenticationMethods`
 *
 * Commands find HOME to be wherry_test_sshd_get_folder(), so that no start-up file
 * of the account is read; they start in the account's real home all the same.
 *
 * Starts a server that lets in whoever runs the test by the key of
 * wherry_test_sshd_get_user_key(), and waits until it listens.
 *
 * Returns: (transfer full): the server
 */
WherryTestSshd *
wherry_test_sshd_start (const char *const *config_lines)
{
  WherryTestSshd *self = g_new0 (WherryTestSshd, 1);
  guint tries = 0;

  self->folder = wherry_test_dir_new ();
  self->log = g_build_filename (self->folder, "log", NULL);
  self->authorized_keys = g_build_filename (self->folder, "authorized_keys", NULL);
  g_free (wherry_test_make_key (self->folder, "host_ed25519", "ed25519", ""));
  g_free (wherry_test_make_key (self->folder, "host_ecdsa", "ecdsa", ""));
  self->host_key = wherry_test_sshd_dup_host_key (self, "ed25519");
  self->user_key = wherry_test_make_key (self->folder, "user", "ed25519", "");
  wherry_test_sshd_authorize (self, self->user_key);

  /* sshd wants this folder when it runs as root; systems make it at boot. */
  if (geteuid () == 0)
    g_mkdir_with_parents ("/run/sshd", 0755);

  while (!spawn (self, config_lines))
    g_assert_cmpuint (++tries, <, START_TRIES);
  return self;
}

static int
get_parent (int pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", pid);
  g_autofree char *stat = NULL;
  const char *end;
  int parent = -1;

  if (!g_file_get_contents (path, &stat, NULL, NULL))
    return -1;
  end = strrchr (stat, ')');
  if (end == NULL || sscanf (end, ") %*c %d", &parent) != 1)
    return -1;
  return parent;
}

/* All processes below the server's, parents before children. */
static GArray *
list_descendants (WherryTestSshd *self)
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (int));
  g_autoptr (GDir) proc = NULL;
  const char *name;

  for (guint i = 0; i <= found->len; i++)
    {
      int parent = i == 0 ? self->pid : g_array_index (found, int, i - 1);

      g_clear_pointer (&proc, g_dir_close);
      proc = g_dir_open ("/proc", 0, NULL);
      while (proc != NULL && (name = g_dir_read_name (proc)) != NULL)
        {
          int pid = atoi (name);

          if (pid > 0 && get_parent (pid) == parent)
            g_array_append_val (found, pid);
        }
    }
  return found;
}

/**
 * wherry_test_sshd_signal_sessions:
 * @self: a server
 * @signal_number: a signal, such as SIGSTOP, SIGCONT or SIGKILL
 *
 * Sends it to everything the server has started: one process or two for each
 * connection, and the commands. What one of them starts just then gets it too:
 * right after a login the server hands over to a new process.
 */
void
wherry_test_sshd_signal_sessions (WherryTestSshd *self, int signal_number)
{
  g_autoptr (GHashTable) signalled = g_hash_table_new (NULL, NULL);
  gboolean any;

  do
    {
      g_autoptr (GArray) pids = list_descendants (self);

      any = FALSE;
      for (guint i = 0; i < pids->len; i++)
        {
          int pid = g_array_index (pids, int, i);

          if (!g_hash_table_add (signalled, GINT_TO_POINTER (pid)))
            continue;
          kill (pid, signal_number);
          any = TRUE;
        }
  } while (any);
}

/**
 * wherry_test_sshd_get_n_sessions:
 * @self: a server
 *
 * Returns: how many processes serve connections, their commands included
 */
guint
wherry_test_sshd_get_n_sessions (WherryTestSshd *self)
{
  g_autoptr (GArray) pids = list_descendants (self);

  return pids->len;
}

/**
 * wherry_test_sshd_stop:
 * @self: (transfer full) (nullable): a server
 *
 * Ends it and all it has started, and removes its folder.
 */
void
wherry_test_sshd_stop (WherryTestSshd *self)
{
  if (self == NULL)
    return;

  /* First what could start more. */
  kill (self->pid, SIGSTOP);
  wherry_test_sshd_signal_sessions (self, SIGKILL);
  kill (self->pid, SIGKILL);
  waitpid (self->pid, NULL, 0);

  wherry_test_dir_remove (self->folder);
  wherry_host_key_unref (self->host_key);
  g_free (self->folder);
  g_free (self->user_key);
  g_free (self->log);
  g_free (self->authorized_keys);
  g_free (self);
}

/**
 * wherry_test_sshd_get_port:
 * @self: a server
 *
 * Returns: the port of 127.0.0.1 it listens on
 */
guint16
wherry_test_sshd_get_port (WherryTestSshd *self)
{
  return self->port;
}

/**
 * wherry_test_sshd_get_folder:
 * @self: a server
 *
 * Returns: a folder that lives as long as the server, also for the test's use
 */
const char *
wherry_test_sshd_get_folder (WherryTestSshd *self)
{
  return self->folder;
}

/**
 * wherry_test_sshd_get_user_key:
 * @self: a server
 *
 * Returns: path of the private key it accepts; without passphrase
 */
const char *
wherry_test_sshd_get_user_key (WherryTestSshd *self)
{
  return self->user_key;
}

/**
 * wherry_test_sshd_get_host_key:
 * @self: a server
 *
 * Returns: (transfer none): its Ed25519 host key
 */
WherryHostKey *
wherry_test_sshd_get_host_key (WherryTestSshd *self)
{
  return self->host_key;
}

/**
 * wherry_test_sshd_dup_host_key:
 * @self: a server
 * @type: `ed25519` or `ecdsa`
 *
 * Returns: (transfer full): its host key of that type
 */
WherryHostKey *
wherry_test_sshd_dup_host_key (WherryTestSshd *self, const char *type)
{
  g_autofree char *path = g_strdup_printf ("%s/host_%s.pub", self->folder, type);
  g_autofree char *line = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) words = NULL;
  WherryHostKey *key;

  g_file_get_contents (path, &line, NULL, &error);
  g_assert_no_error (error);
  words = g_strsplit (line, " ", 3);
  key = wherry_host_key_new_from_base64 (words[1], &error);
  g_assert_no_error (error);
  return key;
}

/**
 * wherry_test_sshd_make_login:
 * @self: a server
 *
 * Returns: (transfer full): a login at the server that succeeds
 */
WherryLogin *
wherry_test_sshd_make_login (WherryTestSshd *self)
{
  WherryLogin *login = wherry_login_new (g_get_user_name (), "127.0.0.1", self->port);
  const char *const files[] = { self->user_key, NULL };

  login->identity_files = g_strdupv ((char **) files);
  login->identities_only = TRUE;
  return login;
}

/**
 * wherry_test_sshd_dup_log:
 * @self: a server
 *
 * Returns: (transfer full): what it has logged, at LogLevel DEBUG1 unless the
 *   test chose another
 */
char *
wherry_test_sshd_dup_log (WherryTestSshd *self)
{
  char *log = NULL;

  if (!g_file_get_contents (self->log, &log, NULL, NULL))
    return g_strdup ("");
  return log;
}

/**
 * wherry_test_sshd_wait_for_log:
 * @self: a server
 * @text: what to wait for
 *
 * Returns: %TRUE once its log has @text; %FALSE if that takes too long
 */
gboolean
wherry_test_sshd_wait_for_log (WherryTestSshd *self, const char *text)
{
  gint64 deadline = g_get_monotonic_time () + TIME_LIMIT;

  while (g_get_monotonic_time () < deadline)
    {
      g_autofree char *log = wherry_test_sshd_dup_log (self);

      if (strstr (log, text) != NULL)
        return TRUE;
      g_usleep (LOOK_EVERY);
    }
  return FALSE;
}

/**
 * wherry_test_sshd_authorize:
 * @self: a server
 * @private_key: path of a private key with its public half beside it
 *
 * Has the server accept that key as well.
 */
void
wherry_test_sshd_authorize (WherryTestSshd *self, const char *private_key)
{
  g_autofree char *path = g_strconcat (private_key, ".pub", NULL);
  g_autofree char *line = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &line, NULL, &error);
  g_assert_no_error (error);
  g_file_get_contents (self->authorized_keys, &before, NULL, NULL);
  after = g_strconcat (before != NULL ? before : "", line, NULL);
  g_file_set_contents (self->authorized_keys, after, -1, &error);
  g_assert_no_error (error);
}

/**
 * wherry_test_sshd_add_known_hosts:
 * @self: a server
 * @file: path of a known_hosts file, made if it does not exist
 *
 * Records the server's Ed25519 host key there, as `[127.0.0.1]:PORT`.
 */
void
wherry_test_sshd_add_known_hosts (WherryTestSshd *self, const char *file)
{
  g_autofree char *base64 = wherry_host_key_to_base64 (self->host_key);
  FILE *stream = g_fopen (file, "ae");

  g_assert_nonnull (stream);
  fprintf (stream, "[127.0.0.1]:%u ssh-ed25519 %s\n", self->port, base64);
  g_assert_cmpint (fclose (stream), ==, 0);
}
