/* A program that is killed at any point loses no transfer, and repeats nothing that it knows to be
 * done. WHERRY_SOAK=N has it killed so many times, with another seed each run. */
#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "transfer-fixture.h"

#define N_FILES 2000
#define N_FOLDERS 20
#define N_KILLS 10
#define N_STORED 150

/* The seconds that the whole may take, however slow the machine is. */
#define LIMIT 120

typedef struct {
  TransferFixture base;
  char *folder; /* of the journal */
  char *known_hosts;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  transfer_fixture_set_up (&fixture->base, NULL);
  fixture->folder = wherry_test_dir_new ();
  fixture->known_hosts = g_build_filename (fixture->folder, "known_hosts", NULL);
  wherry_test_sshd_add_known_hosts (fixture->base.sshd, fixture->known_hosts);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  wherry_test_dir_remove (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->known_hosts);
  transfer_fixture_tear_down (&fixture->base);
}

static char *
make_name (guint i)
{
  return g_strdup_printf ("tree/%02u/%04u", i % N_FOLDERS, i);
}

/* No two alike, so that none could stand in for another. */
static char *
make_content (guint i, gsize *length)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (i);
  *length = i % 97 == 0 ? 300000 + i : (gsize) g_rand_int_range (random, 0, 6000);
  char *content = g_malloc (*length + 1);

  for (gsize n = 0; n < *length; n++)
    content[n] = (char) g_rand_int_range (random, 0, 256);
  return content;
}

static void
make_tree (const char *folder)
{
  for (guint i = 0; i < N_FILES; i++)
    {
      gsize length;
      g_autofree char *name = make_name (i);
      g_autofree char *content = make_content (i, &length);
      transfer_fixture_write_bytes (folder, name, content, length);
    }
}

static void
assert_tree (const char *folder)
{
  g_autofree char *list = transfer_fixture_list (folder);
  guint n_files = 0;

  for (guint i = 0; i < N_FILES; i++)
    {
      gsize length, actual_length;
      g_autofree char *name = make_name (i);
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autofree char *content = make_content (i, &length);
      g_autofree char *actual = NULL;

      g_assert_true (g_file_get_contents (path, &actual, &actual_length, NULL));
      g_assert_cmpmem (content, length, actual, actual_length);
    }
  for (const char *line = list; *line != '\0'; line = strchr (line, '\n') + 1)
    n_files += *line == 'f';
  g_assert_cmpuint (n_files, ==, N_FILES);
}

static pid_t
spawn (Fixture *fixture, gboolean up, int *out)
{
  g_autofree char *client = g_test_build_filename (G_TEST_BUILT, "transfer", "queue-client", NULL);
  g_autofree char *journal = g_build_filename (fixture->folder, "queue.db", NULL);
  g_autofree char *port = g_strdup_printf ("%u", fixture->base.login->port);
  g_autofree char *source
      = g_build_filename (up ? fixture->base.here : fixture->base.there, "tree", NULL);
  const char *argv[] = { client,
                         journal,
                         fixture->known_hosts,
                         fixture->base.login->host,
                         port,
                         fixture->base.login->user,
                         wherry_test_sshd_get_user_key (fixture->base.sshd),
                         up ? "up" : "down",
                         source,
                         up ? fixture->base.there : fixture->base.here,
                         NULL };
  g_autoptr (GError) error = NULL;
  GPid pid;

  g_spawn_async_with_pipes (NULL, (char **) argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid,
                            NULL, out, NULL, &error);
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

static void
await_started (int out)
{
  char text[16];

  g_assert_cmpint (read (out, text, sizeof text), >, 0);
}

static guint
count_kills (void)
{
  const char *soak = g_getenv ("WHERRY_SOAK");
  return soak != NULL ? (guint) atoi (soak) : N_KILLS;
}

static void
run_killed (Fixture *fixture, gboolean up)
{
  g_autoptr (GRand) random
      = g_getenv ("WHERRY_SOAK") != NULL ? g_rand_new () : g_rand_new_with_seed (up ? 3 : 4);
  const char *source = up ? fixture->base.here : fixture->base.there;
  const char *target = up ? fixture->base.there : fixture->base.here;
  guint n_left = count_kills ();
  guint n_done = 0;
  int out;

  make_tree (source);
  while (n_left > 0)
    {
      pid_t pid = spawn (fixture, up, &out);
      await_started (out);
      g_usleep ((gulong) g_rand_int_range (random, 0, 300000));
      gboolean killed = kill (pid, SIGKILL) == 0;
      int status = await (pid);
      close (out);
      n_left--;
      if (killed && WIFSIGNALED (status))
        continue;

      /* It was through before. */
      g_assert_cmpint (status, ==, 0);
      assert_tree (target);
      n_done++;
      g_autofree char *tree = g_build_filename (target, "tree", NULL);
      const char *rm[] = { "rm", "-rf", tree, NULL };
      g_assert_true (g_spawn_sync (NULL, (char **) rm, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                                   NULL, NULL, NULL));
    }

  pid_t pid = spawn (fixture, up, &out);
  int status = await (pid);
  close (out);
  g_assert_cmpint (status, ==, 0);
  assert_tree (target);
  g_test_message ("%u times through meanwhile", n_done);
}

static void
test_up (Fixture *fixture, gconstpointer data)
{
  run_killed (fixture, TRUE);
}

static void
test_down (Fixture *fixture, gconstpointer data)
{
  run_killed (fixture, FALSE);
}

/* A journal with more transfers than are in the queue at a time, killed while they are loaded. */
static void
test_stored (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "queue.db", NULL);
  g_autoptr (GRand) random = g_rand_new_with_seed (5);
  WherryQueue *queue = wherry_queue_new (fixture->base.pool);
  int out;

  wherry_queue_pause_all (queue);
  wherry_queue_open_journal (queue, path);
  for (guint i = 0; i < N_STORED; i++)
    {
      gsize length;
      g_autofree char *name = g_strdup_printf ("%03u", i);
      g_autofree char *to = g_strdup_printf ("there:%03u", i);
      g_autofree char *content = make_content (i, &length);
      g_autoptr (WherryTransfer) transfer
          = transfer_fixture_new (&fixture->base, name, to, WHERRY_TRANSFER_DEFAULT);

      transfer_fixture_write_bytes (fixture->base.here, name, content, length);
      wherry_queue_append (queue, transfer);
    }
  wherry_queue_shut_down (queue);
  g_object_unref (queue);

  g_setenv ("QUEUE_PORTION", "10", TRUE);
  for (guint i = 0; i < 5; i++)
    {
      pid_t pid = spawn (fixture, TRUE, &out);
      await_started (out);
      g_usleep ((gulong) g_rand_int_range (random, 0, 200000));
      kill (pid, SIGKILL);
      await (pid);
      close (out);
    }
  pid_t pid = spawn (fixture, TRUE, &out);
  g_assert_cmpint (await (pid), ==, 0);
  close (out);
  g_unsetenv ("QUEUE_PORTION");

  for (guint i = 0; i < N_STORED; i++)
    {
      gsize length, actual_length;
      g_autofree char *file = g_strdup_printf ("%s/%03u", fixture->base.there, i);
      g_autofree char *content = make_content (i, &length);
      g_autofree char *actual = NULL;

      g_assert_true (g_file_get_contents (file, &actual, &actual_length, NULL));
      g_assert_cmpmem (content, length, actual, actual_length);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  alarm (g_getenv ("WHERRY_SOAK") != NULL ? 3600 : LIMIT);
  g_test_add ("/crash/up", Fixture, NULL, set_up, test_up, tear_down);
  g_test_add ("/crash/down", Fixture, NULL, set_up, test_down, tear_down);
  g_test_add ("/crash/stored", Fixture, NULL, set_up, test_stored, tear_down);
  return g_test_run ();
}
