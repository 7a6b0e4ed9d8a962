/* A wire that is reset, falls silent or is long, at many points of a transfer: all gets there by
 * itself, whole, each file once. WHERRY_SOAK=N tries N points, other ones in each run. */
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "transfer-fixture.h"
#include "transfer/wherry-transfer-private.h"
#include "wherry-test-host-keys.h"
#include "wherry-test-prompter.h"

#define N_FILES 120
#define N_POINTS 12

/* Connections that are cut; then the wire is mended. */
#define ONLY_FIRST "3"

/* Of what goes over the wire in all, in bytes, with the handshake. */
#define MOST_BYTES 1500000

typedef TransferFixture Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  transfer_fixture_set_up (fixture, NULL);
  wherry_transfer_set_time_factor (20);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  wherry_transfer_set_time_factor (1);
  transfer_fixture_tear_down (fixture);
}

static gboolean
on_limit (gpointer data)
{
  g_error ("Waited too long for: %s", (const char *) data);
  return G_SOURCE_REMOVE;
}

#define WAIT_FOR(condition)                                                            \
  G_STMT_START                                                                         \
  {                                                                                    \
    guint limit_source = g_timeout_add_seconds (120, on_limit, (gpointer) #condition); \
    while (!(condition))                                                               \
      g_main_context_iteration (NULL, TRUE);                                           \
    g_source_remove (limit_source);                                                    \
  }                                                                                    \
  G_STMT_END

#define IN_STATE(transfer, wanted) (wherry_transfer_get_state (transfer) == (wanted))

typedef struct {
  GPid pid;
  int in;
  guint16 port;
} Relay;

static void
relay_start (Relay *self, const char *option, guint64 value, guint16 to)
{
  g_autofree char *program = g_test_build_filename (G_TEST_BUILT, "relay", "relay", NULL);
  g_autofree char *value_text = g_strdup_printf ("%" G_GUINT64_FORMAT, value);
  g_autofree char *to_text = g_strdup_printf ("%u", to);
  const char *argv[] = { program, option, value_text, "--only-first", ONLY_FIRST, to_text, NULL };
  g_autoptr (GError) error = NULL;
  char line[16] = { 0 };
  gsize n = 0;
  int out;

  g_spawn_async_with_pipes (NULL, (char **) argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                            &self->pid, &self->in, &out, NULL, &error);
  g_assert_no_error (error);
  while (n < sizeof line - 1 && read (out, line + n, 1) == 1 && line[n] != '\n')
    n++;
  close (out);
  self->port = (guint16) atoi (line);
  g_assert_cmpuint (self->port, >, 0);
}

static void
relay_stop (Relay *self)
{
  close (self->in);
  waitpid (self->pid, NULL, 0);
}

/* A pool of its own, that knows the server by the relay's port too. */
static WherrySessionPool *
make_pool (Fixture *fixture, guint16 port)
{
  g_autoptr (WherryTestHostKeys) host_keys = wherry_test_host_keys_new ();
  g_autoptr (WherryTestPrompter) prompter = wherry_test_prompter_new ();

  wherry_test_host_keys_add (host_keys, fixture->login->host, port,
                             wherry_test_sshd_get_host_key (fixture->sshd));
  fixture->login->port = port;
  return wherry_session_pool_new (WHERRY_HOST_KEY_STORE (host_keys), WHERRY_PROMPTER (prompter));
}

static char *
make_content (guint i, gsize *length)
{
  *length = i % 40 == 0 ? 400000 + i : 3000 + i;
  char *content = g_malloc (*length);

  for (gsize n = 0; n < *length; n++)
    content[n] = (char) ((n * 31 + i * 7 + n / 251) & 0xff);
  return content;
}

static void
make_tree (const char *folder)
{
  for (guint i = 0; i < N_FILES; i++)
    {
      gsize length;
      g_autofree char *name = g_strdup_printf ("tree/%u/%03u", i % 5, i);
      g_autofree char *content = make_content (i, &length);
      transfer_fixture_write_bytes (folder, name, content, length);
    }
}

/* Under names of their own; what a cut connection may leave half done has none. */
static guint
count_files (const char *folder)
{
  g_autofree char *list = transfer_fixture_list (folder);
  g_auto (GStrv) lines = g_strsplit (list, "\n", 0);
  guint n_files = 0;

  for (guint i = 0; lines[i] != NULL; i++)
    n_files += *lines[i] == 'f' && strstr (lines[i], "/.wherry-") == NULL;
  return n_files;
}

static void
assert_tree (const char *folder)
{
  for (guint i = 0; i < N_FILES; i++)
    {
      gsize length, actual_length;
      g_autofree char *path = g_strdup_printf ("%s/tree/%u/%03u", folder, i % 5, i);
      g_autofree char *content = make_content (i, &length);
      g_autofree char *actual = NULL;

      g_assert_true (g_file_get_contents (path, &actual, &actual_length, NULL));
      g_assert_cmpmem (content, length, actual, actual_length);
    }
  g_assert_cmpuint (count_files (folder), ==, N_FILES);
}

static void
remove_tree (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "tree", NULL);
  const char *argv[] = { "rm", "-rf", path, NULL };

  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               NULL, NULL, NULL));
}

static WherryTransfer *
append (Fixture *fixture, WherryQueue *queue, gboolean up)
{
  WherryTransfer *transfer
      = transfer_fixture_new (fixture, up ? "tree" : "there:tree", up ? "there:" : "",
                              WHERRY_TRANSFER_RECURSIVE | WHERRY_TRANSFER_PRESERVE
                                  | WHERRY_TRANSFER_INTO);
  wherry_queue_append (queue, transfer);
  return transfer;
}

static guint
count_points (void)
{
  const char *soak = g_getenv ("WHERRY_SOAK");
  return soak != NULL ? (guint) atoi (soak) : N_POINTS;
}

static void
on_state (WherryTransfer *transfer, GParamSpec *pspec, gpointer data)
{
  if (IN_STATE (transfer, WHERRY_TRANSFER_RETRYING))
    (*(guint *) data)++;
}

/* Each of some connections is reset once it carried so many bytes, from the handshake on. */
static void
test_reset (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GRand) random
      = g_getenv ("WHERRY_SOAK") != NULL ? g_rand_new () : g_rand_new_with_seed (11);
  guint16 port = fixture->login->port;
  guint n_retries = 0;

  make_tree (fixture->here);
  for (guint i = 0; i < count_points (); i++)
    {
      gboolean up = i % 2 == 0;
      Relay relay;

      relay_start (&relay, "--cut-after", (guint64) g_rand_int_range (random, 1000, MOST_BYTES),
                   port);
      g_autoptr (WherrySessionPool) pool = make_pool (fixture, relay.port);
      g_autoptr (WherryQueue) queue = wherry_queue_new (pool);
      g_autoptr (WherryTransfer) transfer = append (fixture, queue, up);
      g_signal_connect (transfer, "notify::state", G_CALLBACK (on_state), &n_retries);
      WAIT_FOR (wherry_transfer_is_over (transfer));
      transfer_fixture_assert_done (transfer);
      assert_tree (up ? fixture->there : fixture->here);
      /* The next one goes the other way. */
      remove_tree (up ? fixture->here : fixture->there);
      wherry_session_pool_close (pool);
      relay_stop (&relay);
    }
  g_test_message ("%u attempts were cut", n_retries);
  g_assert_cmpuint (n_retries, >, 0);
}

/* The wire falls silent for good: that is shown, and a person may have it tried anew. */
static void
test_black_hole (Fixture *fixture, gconstpointer data)
{
  guint16 port = fixture->login->port;
  Relay relay, other;

  make_tree (fixture->here);
  relay_start (&relay, "--black-hole-after", 700000, port);
  g_autoptr (WherrySessionPool) pool = make_pool (fixture, relay.port);
  g_autoptr (WherryQueue) queue = wherry_queue_new (pool);
  g_autoptr (WherryTransfer) transfer = append (fixture, queue, TRUE);
  WAIT_FOR (IN_STATE (transfer, WHERRY_TRANSFER_STALLED));

  gint64 begin = g_get_monotonic_time ();
  wherry_transfer_cancel (transfer);
  WAIT_FOR (wherry_transfer_is_over (transfer));
  g_assert_cmpint (g_get_monotonic_time () - begin, <, G_USEC_PER_SEC);
  wherry_session_pool_close (pool);
  relay_stop (&relay);

  /* A long wire is no fault at all. */
  relay_start (&other, "--delay", 25, port);
  g_autoptr (WherrySessionPool) other_pool = make_pool (fixture, other.port);
  g_autoptr (WherryQueue) other_queue = wherry_queue_new (other_pool);
  guint n_retries = 0;
  remove_tree (fixture->there);
  g_autoptr (WherryTransfer) again = append (fixture, other_queue, TRUE);
  g_signal_connect (again, "notify::state", G_CALLBACK (on_state), &n_retries);
  WAIT_FOR (wherry_transfer_is_over (again));
  transfer_fixture_assert_done (again);
  g_assert_cmpuint (n_retries, ==, 0);
  assert_tree (fixture->there);
  wherry_session_pool_close (other_pool);
  relay_stop (&other);
}

/* Nobody is there at first: refused connections are tried again until somebody is. */
static void
test_refused (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocketListener) nobody = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (nobody, NULL, NULL);
  guint16 sshd_port = fixture->login->port;
  guint n_retries = 0;

  g_socket_listener_close (nobody);
  make_tree (fixture->here);
  g_autoptr (WherrySessionPool) pool = make_pool (fixture, port);
  g_autoptr (WherryQueue) queue = wherry_queue_new (pool);
  g_autoptr (WherryTransfer) transfer = append (fixture, queue, TRUE);
  g_signal_connect (transfer, "notify::state", G_CALLBACK (on_state), &n_retries);
  WAIT_FOR (n_retries >= 2);
  wherry_transfer_cancel (transfer);
  WAIT_FOR (wherry_transfer_is_over (transfer));
  fixture->login->port = sshd_port;
}

/* A file that grows or shrinks while it is sent is never there half old, half new: it fails, and
 * goes when it is tried again. */
static void
test_changing (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WherryQueue) queue = wherry_queue_new (fixture->pool);
  g_autofree char *zeros = g_malloc0 (8000000);
  g_autofree char *path = g_build_filename (fixture->here, "tree/file", NULL);
  GStatBuf st;

  transfer_fixture_write_bytes (fixture->here, "tree/file", zeros, 8000000);
  wherry_queue_set_speed_limit (queue, 4000000);
  g_autoptr (WherryTransfer) transfer = append (fixture, queue, TRUE);
  WAIT_FOR (IN_STATE (transfer, WHERRY_TRANSFER_RUNNING));
  g_assert_cmpint (truncate (path, 5000000), ==, 0);
  wherry_queue_set_speed_limit (queue, 0);
  WAIT_FOR (wherry_transfer_is_over (transfer));
  g_autofree char *there = g_build_filename (fixture->there, "tree/file", NULL);
  if (IN_STATE (transfer, WHERRY_TRANSFER_FAILED))
    {
      g_assert_cmpint (g_stat (there, &st), !=, 0);
      wherry_transfer_retry_failed (transfer);
      WAIT_FOR (wherry_transfer_is_over (transfer));
    }
  transfer_fixture_assert_done (transfer);
  g_assert_cmpint (g_stat (there, &st), ==, 0);
  g_assert_cmpint (st.st_size, ==, 5000000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/faults/reset", Fixture, NULL, set_up, test_reset, tear_down);
  g_test_add ("/faults/black-hole", Fixture, NULL, set_up, test_black_hole, tear_down);
  g_test_add ("/faults/refused", Fixture, NULL, set_up, test_refused, tear_down);
  g_test_add ("/faults/changing", Fixture, NULL, set_up, test_changing, tear_down);
  return g_test_run ();
}
