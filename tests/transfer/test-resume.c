/* A file that was interrupted goes on where it stopped, and no other bytes than its own get into
 * it: over the wire goes the rest, unless what is there can't be made sure of. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utime.h>

#include "transfer-fixture.h"
#include "transfer/wherry-queue-private.h"
#include "transfer/wherry-transfer-private.h"
#include "wherry-test-host-keys.h"
#include "wherry-test-prompter.h"

#define NAME "a file's name"
#define SIZE (24 * 1024 * 1024)

/* It is interrupted when so much is there, at this speed. Bytes, and bytes a second. */
#define STOP_AT (12 * 1024 * 1024)
#define SLOWLY (12 * 1024 * 1024)

/* Bytes besides the content: handshake, packets, the end that is compared, and what a server
 * without a shell may have written out of order. */
#define BESIDES (3 * 1024 * 1024)

/* Large enough for several channels over a wire of this many milliseconds each way. They write out
 * of order within some bytes, which go again. */
#define LANES_SIZE (96 * 1024 * 1024)
#define LANES_STOP_AT (72 * 1024 * 1024)
#define LANES_SLOWLY (36 * 1024 * 1024)
#define LANES_DELAY "15"
#define LANES_UNORDERED (32 * 1024 * 1024)

typedef enum {
  NOTHING,
  SOURCE_CHANGES,
  PART_CHANGES,
  PART_GOES,
} Mischief;

typedef struct {
  const char *name;
  gboolean up;
  WherryProtocol protocol;
  gboolean no_shell;
  gboolean in_folder;
  gboolean killed;
  gboolean lanes;
  gboolean whole; /* it can't be gone on with, and that is said */
  Mischief mischief;
} Case;

typedef struct {
  TransferFixture base;
  const Case *one;
  char *folder; /* of the journal */
  char *known_hosts;
  char *content;
  gsize size;
  gsize stop_at;
  GPid relay;
  int to_relay;
  int from_relay;
  WherryQueue *queue; /* (nullable) */
} Fixture;

static guint16
read_line_number (int fd, guint64 *number)
{
  char line[32] = { 0 };
  gsize n = 0;

  while (n < sizeof line - 1 && read (fd, line + n, 1) == 1 && line[n] != '\n')
    n++;
  *number = g_ascii_strtoull (line, NULL, 10);
  return (guint16) *number;
}

static guint16
start_relay (Fixture *self)
{
  g_autofree char *program = g_test_build_filename (G_TEST_BUILT, "relay", "relay", NULL);
  g_autofree char *port = g_strdup_printf ("%u", self->base.login->port);
  const char *argv[] = { program, "--delay", self->one->lanes ? LANES_DELAY : "0", port, NULL };
  g_autoptr (GError) error = NULL;
  guint64 number;

  g_spawn_async_with_pipes (NULL, (char **) argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                            &self->relay, &self->to_relay, &self->from_relay, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (read_line_number (self->from_relay, &number), >, 0);
  return (guint16) number;
}

static guint64
count_relayed (Fixture *self)
{
  guint64 number;

  g_assert_cmpint (write (self->to_relay, "?", 1), ==, 1);
  read_line_number (self->from_relay, &number);
  return number;
}

static char *
make_content (gsize size, guint32 seed)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  guint32 *content = g_malloc (size);

  for (gsize i = 0; i < size / sizeof *content; i++)
    content[i] = g_rand_int (random);
  return (char *) content;
}

static const char *
get_source_folder (Fixture *self)
{
  return self->one->up ? self->base.here : self->base.there;
}

static const char *
get_target_folder (Fixture *self)
{
  return self->one->up ? self->base.there : self->base.here;
}

/* Below the source's folder and the target's. */
static const char *
get_name (Fixture *self)
{
  return self->one->in_folder ? "folder/" NAME : NAME;
}

/* With no connection. */
static void
renew_pool (Fixture *self)
{
  g_autoptr (WherryTestHostKeys) host_keys = wherry_test_host_keys_new ();
  g_autoptr (WherryTestPrompter) prompter = wherry_test_prompter_new ();

  wherry_test_host_keys_add (host_keys, self->base.login->host, self->base.login->port,
                             wherry_test_sshd_get_host_key (self->base.sshd));
  wherry_session_pool_close (self->base.pool);
  g_object_unref (self->base.pool);
  self->base.pool
      = wherry_session_pool_new (WHERRY_HOST_KEY_STORE (host_keys), WHERRY_PROMPTER (prompter));
}

static void
set_up (Fixture *self, gconstpointer data)
{
  static const char *const no_shell[] = { "ForceCommand internal-sftp", NULL };
  const Case *one = data;
  g_autofree char *source = NULL;

  self->one = one;
  self->size = one->lanes ? LANES_SIZE : SIZE;
  self->stop_at = one->lanes ? LANES_STOP_AT : STOP_AT;
  transfer_fixture_set_up (&self->base, one->no_shell ? no_shell : NULL);
  self->base.protocol = one->protocol;
  self->folder = wherry_test_dir_new ();
  self->known_hosts = g_build_filename (self->folder, "known_hosts", NULL);

  self->base.login->port = start_relay (self);
  renew_pool (self);

  self->content = make_content (self->size, 7);
  if (one->in_folder)
    {
      transfer_fixture_make_folder (get_source_folder (self), "folder");
      transfer_fixture_write_text (get_source_folder (self), "folder/zz", "small");
    }
  transfer_fixture_write_bytes (get_source_folder (self), get_name (self), self->content,
                                self->size);
  /* Not the time that it is now: so that a later change shows. */
  source = g_build_filename (get_source_folder (self), get_name (self), NULL);
  const struct utimbuf times = { 1600000000, 1600000000 };
  g_assert_cmpint (utime (source, &times), ==, 0);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_clear_object (&self->queue);
  close (self->to_relay);
  close (self->from_relay);
  waitpid (self->relay, NULL, 0);
  wherry_test_dir_remove (self->folder);
  g_free (self->folder);
  g_free (self->known_hosts);
  g_free (self->content);
  transfer_fixture_tear_down (&self->base);
}

static gboolean
on_limit (gpointer data)
{
  g_error ("Waited too long for: %s", (const char *) data);
  return G_SOURCE_REMOVE;
}

static gboolean
on_tick (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

#define WAIT_FOR(condition)                                                            \
  G_STMT_START                                                                         \
  {                                                                                    \
    guint limit_source = g_timeout_add_seconds (120, on_limit, (gpointer) #condition); \
    guint tick_source = g_timeout_add (10, on_tick, NULL);                             \
    while (!(condition))                                                               \
      g_main_context_iteration (NULL, TRUE);                                           \
    g_source_remove (tick_source);                                                     \
    g_source_remove (limit_source);                                                    \
  }                                                                                    \
  G_STMT_END

/* The one temporary file at the target. */
static char *
find_part (Fixture *self)
{
  g_autofree char *path = g_build_filename (get_target_folder (self), get_name (self), NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, ".wherry-"))
      return g_build_filename (folder, name, NULL);
  return NULL;
}

static gboolean
is_far (Fixture *self)
{
  g_autofree char *part = find_part (self);
  struct stat st;

  return part != NULL && stat (part, &st) == 0 && (gsize) st.st_size >= self->stop_at;
}

static gboolean
is_part_gone (Fixture *self)
{
  g_autofree char *part = find_part (self);

  return part == NULL;
}

/* Whether the journal on disk knows of the file, which its thread writes when it comes to it. */
static gboolean
is_recorded (Fixture *self)
{
  g_autofree char *part = find_part (self);
  g_autofree char *name = part != NULL ? g_path_get_basename (part) : NULL;
  g_autofree char *wal = g_build_filename (self->folder, "queue.db-wal", NULL);
  g_autofree char *bytes = NULL;
  gsize length;

  return name != NULL && g_file_get_contents (wal, &bytes, &length, NULL)
         && memmem (bytes, length, name, strlen (name)) != NULL;
}

static void
assert_exact (Fixture *self)
{
  g_autofree char *path = g_build_filename (get_target_folder (self), get_name (self), NULL);
  g_autofree char *actual = NULL;
  g_autofree char *part = find_part (self);
  g_autoptr (GError) error = NULL;
  gsize length;

  g_file_get_contents (path, &actual, &length, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (length, ==, self->size);
  g_assert_true (memcmp (actual, self->content, self->size) == 0);
  g_assert_null (part);
}

static void
do_mischief (Fixture *self)
{
  g_autofree char *part = find_part (self);
  int fd;

  g_assert_nonnull (part);
  switch (self->one->mischief)
    {
    case SOURCE_CHANGES:
      g_free (self->content);
      self->content = make_content (self->size, 8);
      transfer_fixture_write_bytes (get_source_folder (self), get_name (self), self->content,
                                    self->size);
      break;
    case PART_CHANGES:
      fd = open (part, O_WRONLY | O_CLOEXEC);
      g_assert_cmpint (pwrite (fd, "x", 1, 100), ==, 1);
      close (fd);
      break;
    case PART_GOES:
      g_assert_cmpint (g_unlink (part), ==, 0);
      break;
    case NOTHING:
    default:
      break;
    }
}

static void
assert_relayed (Fixture *self, guint64 relayed)
{
  guint64 rest = self->size - self->stop_at + BESIDES;

  /* Without a shell there, as much again as may be out of order. */
  if (self->one->no_shell)
    rest += 8 * 1024 * 1024;
  if (self->one->lanes)
    rest += LANES_UNORDERED;
  g_test_message ("%" G_GUINT64_FORMAT " bytes over the wire for the rest of %" G_GSIZE_FORMAT,
                  relayed, self->size);
  if (self->one->mischief == NOTHING && !self->one->whole)
    g_assert_cmpuint (relayed, <, rest);
  else
    g_assert_cmpuint (relayed, >, self->size);
}

/* Killed by another program's hand. */

static pid_t
spawn (Fixture *self, gboolean slowly)
{
  g_autofree char *client = g_test_build_filename (G_TEST_BUILT, "transfer", "queue-client", NULL);
  g_autofree char *journal = g_build_filename (self->folder, "queue.db", NULL);
  g_autofree char *port = g_strdup_printf ("%u", self->base.login->port);
  g_autofree char *protocol = g_strdup_printf ("%d", (int) self->one->protocol);
  g_autofree char *source
      = g_build_filename (get_source_folder (self), self->one->in_folder ? "folder" : NAME, NULL);
  const char *argv[] = { client,
                         journal,
                         self->known_hosts,
                         self->base.login->host,
                         port,
                         self->base.login->user,
                         wherry_test_sshd_get_user_key (self->base.sshd),
                         self->one->up ? "up" : "down",
                         source,
                         get_target_folder (self),
                         protocol,
                         slowly ? G_STRINGIFY (12000000) : NULL,
                         NULL };
  g_autoptr (GError) error = NULL;
  GPid pid;

  g_spawn_async (NULL, (char **) argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL,
                 NULL, NULL, &pid, &error);
  g_assert_no_error (error);
  return pid;
}

static int
await (pid_t pid)
{
  int status;

  while (waitpid (pid, &status, 0) < 0)
    g_assert_cmpint (errno, ==, EINTR);
  return status;
}

/* The client knows the server by the relay's port. */
static void
write_known_hosts (Fixture *self)
{
  g_autofree char *plain = g_build_filename (self->folder, "plain", NULL);
  g_autofree char *text = NULL;

  wherry_test_sshd_add_known_hosts (self->base.sshd, plain);
  g_assert_true (g_file_get_contents (plain, &text, NULL, NULL));
  const char *key = strchr (text, ' ');
  g_assert_nonnull (key);
  g_autofree char *line
      = g_strdup_printf ("[%s]:%u%s", self->base.login->host, self->base.login->port, key);
  g_assert_true (g_file_set_contents (self->known_hosts, line, -1, NULL));
}

static void
run_killed (Fixture *self)
{
  write_known_hosts (self);
  pid_t pid = spawn (self, TRUE);
  WAIT_FOR (is_far (self) && is_recorded (self));
  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
  g_assert_true (WIFSIGNALED (await (pid)));

  do_mischief (self);
  guint64 before = count_relayed (self);
  g_assert_cmpint (await (spawn (self, FALSE)), ==, 0);
  assert_exact (self);
  assert_relayed (self, count_relayed (self) - before);
}

/* Paused by a person. */

static WherryTransfer *
append (Fixture *self, WherryConflictPolicy policy)
{
  const char *name = self->one->in_folder ? "folder" : NAME;
  g_autofree char *source = self->one->up ? g_strdup (name) : g_strconcat ("there:", name, NULL);
  WherryTransfer *transfer
      = transfer_fixture_new (&self->base, source, self->one->up ? "there:" : "",
                              WHERRY_TRANSFER_RECURSIVE | WHERRY_TRANSFER_INTO);

  if (self->queue == NULL)
    self->queue = wherry_queue_new (self->base.pool);
  wherry_transfer_set_conflicts (transfer, policy, NULL);
  wherry_queue_append (self->queue, transfer);
  return transfer;
}

static void
run_paused (Fixture *self)
{
  g_autoptr (WherryTransfer) transfer = append (self, WHERRY_CONFLICT_OVERWRITE);

  wherry_queue_set_speed_limit (self->queue, self->one->lanes ? LANES_SLOWLY : SLOWLY);
  WAIT_FOR (is_far (self));
  wherry_transfer_pause (transfer);
  WAIT_FOR (wherry_transfer_get_state (transfer) == WHERRY_TRANSFER_PAUSED);

  do_mischief (self);
  guint64 before = count_relayed (self);
  wherry_queue_set_speed_limit (self->queue, 0);
  wherry_transfer_resume (transfer);
  transfer_fixture_wait (transfer);
  transfer_fixture_assert_done (transfer);
  if (self->one->lanes)
    g_assert_cmpint (transfer->job->target_protocol, ==, WHERRY_PROTOCOL_SFTP);
  assert_exact (self);
  assert_relayed (self, count_relayed (self) - before);
  if (self->one->mischief == NOTHING && !self->one->whole)
    g_assert_null (wherry_transfer_get_notice (transfer));
  else
    g_assert_nonnull (strstr (wherry_transfer_get_notice (transfer), NAME));
}

static void
test_interrupted (Fixture *self, gconstpointer data)
{
  if (self->one->killed)
    run_killed (self);
  else
    run_paused (self);
}

/* Over several channels, which all end when the source can't be read as a whole. */
static void
test_shrinks (Fixture *self, gconstpointer data)
{
  g_autoptr (WherryTransfer) transfer = append (self, WHERRY_CONFLICT_OVERWRITE);
  g_autofree char *source = g_build_filename (get_source_folder (self), get_name (self), NULL);
  g_autofree char *target = g_build_filename (get_target_folder (self), get_name (self), NULL);

  wherry_queue_set_speed_limit (self->queue, LANES_SLOWLY);
  WAIT_FOR (is_far (self));
  g_assert_cmpint (truncate (source, 1000), ==, 0);
  transfer_fixture_wait (transfer);
  g_assert_cmpuint (wherry_transfer_get_state (transfer), ==, WHERRY_TRANSFER_FAILED);
  WAIT_FOR (is_part_gone (self));
  g_assert_false (g_file_test (target, G_FILE_TEST_EXISTS));
}

static void
test_cancelled (Fixture *self, gconstpointer data)
{
  g_autoptr (WherryTransfer) running = append (self, WHERRY_CONFLICT_OVERWRITE);

  wherry_queue_set_speed_limit (self->queue, self->one->lanes ? LANES_SLOWLY : SLOWLY);
  WAIT_FOR (is_far (self));
  wherry_transfer_cancel (running);
  WAIT_FOR (is_part_gone (self));

  g_autoptr (WherryTransfer) paused = append (self, WHERRY_CONFLICT_OVERWRITE);
  WAIT_FOR (is_far (self));
  wherry_transfer_pause (paused);
  WAIT_FOR (wherry_transfer_get_state (paused) == WHERRY_TRANSFER_PAUSED);
  wherry_transfer_cancel (paused);
  WAIT_FOR (is_part_gone (self));
}

/* Leaves little room on the target's disk. */
static void
fill_disk (Fixture *self, const char *path)
{
  struct statvfs vfs;
  int fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

  g_assert_cmpint (statvfs (get_target_folder (self), &vfs), ==, 0);
  g_assert_cmpint (posix_fallocate (fd, 0, (off_t) (vfs.f_bavail * vfs.f_frsize - 1024 * 1024)), ==,
                   0);
  close (fd);
}

/* The disk becomes full while a file is gone on with: the queue pauses and says how much is
 * missing; what is there stays, and is gone on with once there is room. */
static void
test_full (Fixture *self, gconstpointer data)
{
  g_autofree char *filler = g_build_filename (get_target_folder (self), "filler", NULL);

  if (mount ("wherry-test", get_target_folder (self), "tmpfs", 0, "size=200m") != 0)
    {
      g_test_skip ("a small file system can only be made by root");
      return;
    }
  g_autoptr (WherryTransfer) transfer = append (self, WHERRY_CONFLICT_OVERWRITE);
  wherry_queue_set_speed_limit (self->queue, self->one->lanes ? LANES_SLOWLY : SLOWLY);
  WAIT_FOR (is_far (self));
  wherry_transfer_pause (transfer);
  WAIT_FOR (wherry_transfer_get_state (transfer) == WHERRY_TRANSFER_PAUSED);
  fill_disk (self, filler);
  wherry_queue_set_speed_limit (self->queue, 0);
  wherry_transfer_resume (transfer);
  WAIT_FOR (wherry_queue_get_paused (self->queue));
  WAIT_FOR (wherry_transfer_get_state (transfer) == WHERRY_TRANSFER_PAUSED);
  const GError *error = wherry_queue_get_pause_reason (self->queue);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "MB"));
  g_assert_true (is_far (self));

  g_assert_cmpint (g_unlink (filler), ==, 0);
  guint64 before = count_relayed (self);
  wherry_queue_resume_all (self->queue);
  transfer_fixture_wait (transfer);
  transfer_fixture_assert_done (transfer);
  assert_exact (self);
  assert_relayed (self, count_relayed (self) - before);
  g_assert_cmpint (umount2 (get_target_folder (self), MNT_DETACH), ==, 0);
}

/* As after a restart of the program: nothing is connected. */
static void
restart_queue (Fixture *self)
{
  g_autofree char *journal = g_build_filename (self->folder, "queue.db", NULL);

  if (self->queue != NULL)
    wherry_queue_shut_down (self->queue);
  g_clear_object (&self->queue);
  renew_pool (self);
  self->queue = wherry_queue_new (self->base.pool);
  wherry_queue_open_journal (self->queue, journal);
}

/* Cancelled while there is no connection: what is half there on the server is removed when there is
 * one again, be it in another run of the program. */
static void
test_left (Fixture *self, gconstpointer data)
{
  restart_queue (self);
  g_object_unref (append (self, WHERRY_CONFLICT_OVERWRITE));
  wherry_queue_set_speed_limit (self->queue, SLOWLY);
  WAIT_FOR (is_far (self));

  restart_queue (self);
  WAIT_FOR (wherry_queue_get_n_unfinished (self->queue) == 1);
  wherry_queue_cancel_all (self->queue);
  WAIT_FOR (wherry_queue_get_n_unfinished (self->queue) == 0);
  wherry_queue_clear_finished (self->queue);
  WAIT_FOR (self->queue->leftovers->len == 1);

  restart_queue (self);
  WAIT_FOR (self->queue->leftovers->len == 1);
  g_autofree char *part = find_part (self);
  g_assert_nonnull (part);
  transfer_fixture_write_text (self->base.here, "small", "small");
  g_autoptr (WherryTransfer) small
      = transfer_fixture_new (&self->base, "small", "there:", WHERRY_TRANSFER_INTO);
  wherry_queue_append (self->queue, small);
  WAIT_FOR (!g_file_test (part, G_FILE_TEST_EXISTS));
  WAIT_FOR (wherry_transfer_is_over (small));
  transfer_fixture_assert_done (small);

  restart_queue (self);
  transfer_fixture_write_text (self->base.here, "other", "other");
  g_autoptr (WherryTransfer) other
      = transfer_fixture_new (&self->base, "other", "there:", WHERRY_TRANSFER_INTO);
  wherry_queue_append (self->queue, other);
  WAIT_FOR (wherry_transfer_is_over (other));
  g_assert_cmpuint (self->queue->leftovers->len, ==, 0);
  wherry_queue_shut_down (self->queue);
}

/* The shorter file that is there is the new one's beginning, or is not. */
static void
test_target (Fixture *self, gconstpointer data)
{
  g_autofree char *beginning = g_memdup2 (self->content, STOP_AT);

  if (self->one->mischief == PART_CHANGES)
    beginning[100] ^= 1;
  if (self->one->in_folder)
    transfer_fixture_make_folder (get_target_folder (self), "folder");
  transfer_fixture_write_bytes (get_target_folder (self), get_name (self), beginning, STOP_AT);

  g_autoptr (WherryTransfer) transfer = append (self, WHERRY_CONFLICT_RESUME);
  transfer_fixture_wait (transfer);
  transfer_fixture_assert_done (transfer);
  assert_exact (self);
  assert_relayed (self, count_relayed (self));
}

#define SCP WHERRY_PROTOCOL_SCP
#define SFTP WHERRY_PROTOCOL_SFTP

static const Case interrupted[] = {
  { "killed/scp/up", TRUE, SCP, .killed = TRUE },
  { "killed/scp/down", FALSE, SCP, .killed = TRUE },
  { "killed/sftp/up", TRUE, SFTP, .killed = TRUE },
  { "killed/sftp/down", FALSE, SFTP, .killed = TRUE },
  { "killed/no-shell/up", TRUE, SFTP, .killed = TRUE, .no_shell = TRUE },
  { "killed/no-shell/down", FALSE, SFTP, .killed = TRUE, .no_shell = TRUE },
  { "killed/source-changes/up", TRUE, SCP, .killed = TRUE, .mischief = SOURCE_CHANGES },
  { "folder/scp/up", TRUE, SCP, .in_folder = TRUE },
  { "folder/sftp/up", TRUE, SFTP, .in_folder = TRUE },
  { "folder/automatic/down", FALSE, WHERRY_PROTOCOL_AUTOMATIC, .in_folder = TRUE },
  { "folder/sftp/down", FALSE, SFTP, .in_folder = TRUE },
  { "folder/scp/down", FALSE, SCP, .in_folder = TRUE, .whole = TRUE },
  { "lanes/up", TRUE, WHERRY_PROTOCOL_AUTOMATIC, .lanes = TRUE },
  { "lanes/folder/up", TRUE, WHERRY_PROTOCOL_AUTOMATIC, .lanes = TRUE, .in_folder = TRUE },
  { "lanes/part-changes/up", TRUE, SFTP, .lanes = TRUE, .mischief = PART_CHANGES },
  { "source-changes/scp/down", FALSE, SCP, .mischief = SOURCE_CHANGES },
  { "source-changes/sftp/up", TRUE, SFTP, .mischief = SOURCE_CHANGES },
  { "source-changes/sftp/down", FALSE, SFTP, .mischief = SOURCE_CHANGES },
  { "part-changes/scp/up", TRUE, SCP, .mischief = PART_CHANGES },
  { "part-changes/scp/down", FALSE, SCP, .mischief = PART_CHANGES },
  { "part-changes/sftp/up", TRUE, SFTP, .mischief = PART_CHANGES },
  { "part-changes/sftp/down", FALSE, SFTP, .mischief = PART_CHANGES },
  { "part-goes/scp/up", TRUE, SCP, .mischief = PART_GOES },
  { "part-goes/sftp/down", FALSE, SFTP, .mischief = PART_GOES },
};

static const Case cancelled[] = {
  { "cancelled/scp/up", TRUE, SCP },
  { "cancelled/sftp/up", TRUE, SFTP },
  { "cancelled/sftp/down", FALSE, SFTP },
  { "cancelled/lanes/up", TRUE, SFTP, .lanes = TRUE },
};

static const Case full[] = {
  { "full/scp/up", TRUE, SCP },
  { "full/scp/down", FALSE, SCP },
  { "full/sftp/up", TRUE, SFTP },
  { "full/sftp/down", FALSE, SFTP },
  { "full/lanes/up", TRUE, SFTP, .lanes = TRUE },
};

static const Case left[] = {
  { "left/scp/up", TRUE, SCP },
  { "left/sftp/up", TRUE, SFTP },
};

static const Case shrinks[] = {
  { "lanes/shrinks", TRUE, WHERRY_PROTOCOL_AUTOMATIC, .lanes = TRUE },
};

static const Case targets[] = {
  { "target/scp/up", TRUE, SCP },
  { "target/scp/down", FALSE, SCP },
  { "target/sftp/up", TRUE, SFTP },
  { "target/sftp/down", FALSE, SFTP },
  { "target/folder/up", TRUE, SFTP, .in_folder = TRUE },
  { "target/folder/down", FALSE, SFTP, .in_folder = TRUE },
  { "target/other/scp/up", TRUE, SCP, .mischief = PART_CHANGES },
  { "target/other/sftp/down", FALSE, SFTP, .mischief = PART_CHANGES },
};

static void
add (const Case *cases, gsize n_cases, void (*test) (Fixture *self, gconstpointer data))
{
  for (gsize i = 0; i < n_cases; i++)
    {
      g_autofree char *path = g_strconcat ("/resume/", cases[i].name, NULL);
      g_test_add (path, Fixture, &cases[i], set_up, test, tear_down);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add (interrupted, G_N_ELEMENTS (interrupted), test_interrupted);
  add (cancelled, G_N_ELEMENTS (cancelled), test_cancelled);
  add (full, G_N_ELEMENTS (full), test_full);
  add (left, G_N_ELEMENTS (left), test_left);
  add (shrinks, G_N_ELEMENTS (shrinks), test_shrinks);
  add (targets, G_N_ELEMENTS (targets), test_target);
  return g_test_run ();
}
