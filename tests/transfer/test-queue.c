/* What a person does with the queue, and what the queue does by itself. */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/wherry-error.h"
#include "transfer-fixture.h"
#include "transfer/wherry-fault.h"
#include "transfer/wherry-queue-private.h"
#include "transfer/wherry-transfer-private.h"
#include "wherry-test-host-keys.h"
#include "wherry-test-prompter.h"

#define MEGABYTE 1000000

/* Enough to keep a connection busy for some seconds. */
#define BUSY_SIZE (G_GINT64_CONSTANT (2000) * MEGABYTE)

typedef TransferFixture Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  transfer_fixture_set_up (fixture, NULL);
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

/* Turns the main loop until the condition holds. */
#define WAIT_FOR(condition)                                                           \
  G_STMT_START                                                                        \
  {                                                                                   \
    guint limit_source = g_timeout_add_seconds (60, on_limit, (gpointer) #condition); \
    while (!(condition))                                                              \
      g_main_context_iteration (NULL, TRUE);                                          \
    g_source_remove (limit_source);                                                   \
  }                                                                                   \
  G_STMT_END

static void
write_zeros (Fixture *fixture, const char *name, gsize size)
{
  g_autofree char *zeros = g_malloc0 (size);
  transfer_fixture_write_bytes (fixture->here, name, zeros, size);
}

static WherryTransfer *
append (WherryQueue *queue, Fixture *fixture, const char *from, const char *to)
{
  WherryTransfer *transfer
      = transfer_fixture_new (fixture, from, to, WHERRY_TRANSFER_RECURSIVE | WHERRY_TRANSFER_INTO);
  wherry_queue_append (queue, transfer);
  return transfer;
}

static guint64
get_bytes (WherryTransfer *transfer)
{
  WherryProgress progress;
  wherry_transfer_get_progress (transfer, &progress);
  return progress.bytes_done;
}

static guint64
get_files (WherryTransfer *transfer)
{
  WherryProgress progress;
  wherry_transfer_get_progress (transfer, &progress);
  return progress.files_done;
}

static void
assert_state (WherryTransfer *transfer, WherryTransferState state)
{
  g_assert_cmpuint (wherry_transfer_get_state (transfer), ==, state);
}

#define IN_STATE(transfer, wanted) (wherry_transfer_get_state (transfer) == (wanted))

/* A copy of the list, kept by its signals alone. */
static void
on_items_changed (GListModel *model, guint position, guint removed, guint added, gpointer data)
{
  GPtrArray *mirror = data;

  g_assert_cmpuint (position + removed, <=, mirror->len);
  if (removed > 0)
    g_ptr_array_remove_range (mirror, position, removed);
  for (guint i = 0; i < added; i++)
    g_ptr_array_insert (mirror, (int) (position + i), g_list_model_get_item (model, position + i));

  g_assert_cmpuint (mirror->len, ==, g_list_model_get_n_items (model));
  for (guint i = 0; i < mirror->len; i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (model, i);
      g_assert_true (item == mirror->pdata[i]);
    }
  g_assert_null (g_list_model_get_item (model, mirror->len));
}

static void
test_list (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) mirror = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (WherryQueue) queue = wherry_queue_new (fixture->pool);
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  GPtrArray *shadow = g_ptr_array_new_with_free_func (g_object_unref);

  g_signal_connect (queue, "items-changed", G_CALLBACK (on_items_changed), mirror);
  wherry_queue_pause_all (queue);
  g_assert_true (wherry_queue_get_paused (queue));
  for (guint i = 0; i < 20; i++)
    g_ptr_array_add (shadow, append (queue, fixture, "x", "there:"));

  /* Enough moves into the same gap that the numbers between two neighbours run out. */
  for (guint i = 0; i < 400; i++)
    {
      guint from = i < 100 ? 19 : (guint) g_rand_int_range (random, 0, 20);
      guint to = i < 100 ? 1 : (guint) g_rand_int_range (random, 0, 20);
      WherryTransfer *moved = shadow->pdata[from];
      guint position;

      wherry_queue_move (queue, moved, to);
      g_ptr_array_insert (shadow, (int) to, g_ptr_array_steal_index (shadow, from));
      g_assert_true (wherry_queue_find (queue, moved, &position));
      g_assert_cmpuint (position, ==, to);
      for (guint n = 0; n < 20; n++)
        g_assert_true (shadow->pdata[n] == mirror->pdata[n]);
      for (guint n = 1; n < 20; n++)
        g_assert_cmpint (((WherryTransfer *) mirror->pdata[n - 1])->position, <,
                         ((WherryTransfer *) mirror->pdata[n])->position);
    }

  wherry_transfer_cancel (shadow->pdata[3]);
  wherry_transfer_cancel (shadow->pdata[19]);
  g_assert_cmpuint (wherry_queue_get_n_unfinished (queue), ==, 18);
  wherry_queue_clear_finished (queue);
  g_assert_cmpuint (mirror->len, ==, 18);
  wherry_queue_remove (queue, shadow->pdata[0]);
  g_assert_cmpuint (mirror->len, ==, 17);
  assert_state (shadow->pdata[0], WHERRY_TRANSFER_CANCELLED);
  g_ptr_array_unref (shadow);
}

static void
on_done_note (WherryTransfer *transfer, GParamSpec *pspec, gpointer data)
{
  GString *order = data;
  if (IN_STATE (transfer, WHERRY_TRANSFER_DONE))
    {
      g_autofree char *name = wherry_transfer_dup_name (transfer);
      g_string_append (order, name);
    }
}

/* One at a time, so that the order of the ends is the order of the starts. */
static void
test_order (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WherryQueue) queue = wherry_queue_new (fixture->pool);
  g_autoptr (GPtrArray) transfers = g_ptr_array_new_with_free_func (g_object_unref);
  GString *order = g_string_new (NULL);

  wherry_queue_set_limits (queue, 1, 1);
  wherry_queue_pause_all (queue);
  for (char name[] = "a"; *name <= 'f'; (*name)++)
    {
      transfer_fixture_write_text (fixture->here, name, name);
      WherryTransfer *transfer = append (queue, fixture, name, "there:");
      g_signal_connect (transfer, "notify::state", G_CALLBACK (on_done_note), order);
      g_ptr_array_add (transfers, transfer);
    }
  wherry_transfer_set_priority (transfers->pdata[4], WHERRY_PRIORITY_HIGH);
  wherry_transfer_set_priority (transfers->pdata[0], WHERRY_PRIORITY_LOW);
  wherry_queue_move (queue, transfers->pdata[5], 1);
  wherry_queue_resume_all (queue);

  WAIT_FOR (wherry_queue_get_n_unfinished (queue) == 0);
  g_assert_cmpstr (order->str, ==, "efbcda");
  g_string_free (order, TRUE);
}

/* While it runs, while it waits, all at once; and nothing is done twice. */
static void
test_pause (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WherryQueue) queue = wherry_queue_new (fixture->pool);

  for (guint i = 0; i < 200; i++)
    {
      g_autofree char *name = g_strdup_printf ("tree/%03u", i);
      write_zeros (fixture, name, 20000);
    }
  wherry_queue_set_speed_limit (queue, 2 * MEGABYTE);
  g_autoptr (WherryTransfer) transfer = append (queue, fixture, "tree", "there:");
  WAIT_FOR (get_files (transfer) > 5);

  g_assert_true (wherry_transfer_can_pause (transfer));
  gint64 begin = g_get_monotonic_time ();
  wherry_transfer_pause (transfer);
  WAIT_FOR (IN_STATE (transfer, WHERRY_TRANSFER_PAUSED));
  g_assert_cmpint (g_get_monotonic_time () - begin, <, G_USEC_PER_SEC);
  g_assert_cmpuint (wherry_queue_get_n_active (queue), ==, 0);
  g_assert_no_error (wherry_transfer_get_error (transfer));
  guint64 files = get_files (transfer);

  wherry_transfer_resume (transfer);
  WAIT_FOR (IN_STATE (transfer, WHERRY_TRANSFER_RUNNING) && get_files (transfer) > files);
  wherry_queue_pause_all (queue);
  WAIT_FOR (IN_STATE (transfer, WHERRY_TRANSFER_PAUSED));
  g_autoptr (WherryTransfer) later = append (queue, fixture, "tree/000", "there:");
  assert_state (later, WHERRY_TRANSFER_WAITING);

  wherry_queue_set_speed_limit (queue, 0);
  wherry_queue_resume_all (queue);
  WAIT_FOR (wherry_queue_get_n_unfinished (queue) == 0);
  transfer_fixture_assert_done (transfer);
  transfer_fixture_assert_done (later);
  g_assert_cmpuint (get_files (transfer), ==, 200);
  g_assert_cmpuint (get_bytes (transfer), ==, 4 * MEGABYTE);
  /* What was done before the first pause at least is known, and did not go over again. */
  g_assert_cmpuint (transfer->job->files_known, >=, files);
  for (guint i = 0; i < 200; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s/tree/%03u", fixture->there, i);
      GStatBuf st;
      g_assert_cmpint (g_stat (name, &st), ==, 0);
      g_assert_cmpint (st.st_size, ==, 20000);
    }
}

/* sshd's children don't answer any more: it is shown, and a person's word still counts. */
static void
test_hanging_server (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WherryQueue) queue = wherry_queue_new (fixture->pool);

  wherry_transfer_set_time_factor (30);
  write_zeros (fixture, "large", 20 * MEGABYTE);
  wherry_queue_set_speed_limit (queue, 5 * MEGABYTE);
  g_autoptr (WherryTransfer) up = append (queue, fixture, "large", "there:");
  WAIT_FOR (get_bytes (up) > 0);

  wherry_test_sshd_signal_sessions (fixture->sshd, SIGSTOP);
  wherry_queue_set_speed_limit (queue, 0);
  WAIT_FOR (IN_STATE (up, WHERRY_TRANSFER_STALLED));

  gint64 begin = g_get_monotonic_time ();
  wherry_transfer_pause (up);
  WAIT_FOR (IN_STATE (up, WHERRY_TRANSFER_PAUSED));
  g_assert_cmpint (g_get_monotonic_time () - begin, <, G_USEC_PER_SEC);

  wherry_transfer_resume (up);
  WAIT_FOR (wherry_transfer_is_active (up));
  begin = g_get_monotonic_time ();
  wherry_transfer_cancel (up);
  WAIT_FOR (wherry_transfer_is_over (up));
  g_assert_cmpint (g_get_monotonic_time () - begin, <, G_USEC_PER_SEC);
  assert_state (up, WHERRY_TRANSFER_CANCELLED);

  /* What was stalled goes on by itself when the server does. */
  wherry_transfer_retry (up);
  WAIT_FOR (IN_STATE (up, WHERRY_TRANSFER_STALLED) || IN_STATE (up, WHERRY_TRANSFER_CONNECTING));
  wherry_test_sshd_signal_sessions (fixture->sshd, SIGCONT);
  WAIT_FOR (wherry_transfer_is_over (up));
  transfer_fixture_assert_done (up);
}

/* sshd's child is gone, again and again: nobody has to do anything, and all gets there. */
static void
test_retry (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WherryQueue) queue = wherry_queue_new (fixture->pool);

  wherry_transfer_set_time_factor (20);
  for (guint i = 0; i < 300; i++)
    {
      g_autofree char *name = g_strdup_printf ("tree/%03u", i);
      write_zeros (fixture, name, 10000);
    }
  wherry_queue_set_speed_limit (queue, 1 * MEGABYTE);
  g_autoptr (WherryTransfer) transfer = append (queue, fixture, "tree", "there:");

  for (guint i = 0; i < 3; i++)
    {
      guint64 before = transfer->job->files_known;
      WAIT_FOR (IN_STATE (transfer, WHERRY_TRANSFER_RUNNING) && get_files (transfer) > before + 3);
      wherry_test_sshd_signal_sessions (fixture->sshd, SIGKILL);
      WAIT_FOR (IN_STATE (transfer, WHERRY_TRANSFER_RETRYING));
      g_assert_true (wherry_fault_is_transient (wherry_transfer_get_error (transfer)));
      g_assert_cmpuint (wherry_transfer_get_retry_seconds (transfer), <=, 2);
      g_assert_cmpuint (wherry_queue_get_n_active (queue), ==, 0);
    }
  wherry_queue_set_speed_limit (queue, 0);
  WAIT_FOR (wherry_transfer_is_over (transfer));
  transfer_fixture_assert_done (transfer);
  g_assert_cmpuint (get_files (transfer), ==, 300);

  /* One that waits for its next attempt can be paused, tried at once, or cancelled. */
  wherry_transfer_set_time_factor (1);
  write_zeros (fixture, "more", 5 * MEGABYTE);
  wherry_queue_set_speed_limit (queue, 1 * MEGABYTE);
  g_autoptr (WherryTransfer) more = append (queue, fixture, "more", "there:");
  WAIT_FOR (get_bytes (more) > 0);
  wherry_test_sshd_signal_sessions (fixture->sshd, SIGKILL);
  WAIT_FOR (IN_STATE (more, WHERRY_TRANSFER_RETRYING));
  wherry_transfer_pause (more);
  assert_state (more, WHERRY_TRANSFER_PAUSED);
  wherry_queue_set_speed_limit (queue, 0);
  wherry_transfer_resume (more);
  WAIT_FOR (wherry_transfer_is_over (more));
  transfer_fixture_assert_done (more);
}

static void
test_delays (void)
{
  static const guint EXPECTED[] = { 2000, 4000, 8000, 16000, 32000, 60000, 60000 };

  for (guint i = 0; i < G_N_ELEMENTS (EXPECTED); i++)
    g_assert_cmpuint (wherry_fault_get_delay (i + 1), ==, EXPECTED[i]);
  g_assert_cmpuint (wherry_fault_get_delay (G_MAXUINT), ==, 60000);
}

/* What can't go better by itself is not tried again. */
static void
test_permanent (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WherryQueue) queue = wherry_queue_new (fixture->pool);
  g_autoptr (WherryTransfer) missing = append (queue, fixture, "nothing", "there:");
  g_autoptr (WherryTransfer) nowhere = append (queue, fixture, "there:nothing", "");

  WAIT_FOR (wherry_queue_get_n_unfinished (queue) == 0);
  assert_state (missing, WHERRY_TRANSFER_FAILED);
  assert_state (nowhere, WHERRY_TRANSFER_FAILED);
  g_assert_false (wherry_transfer_can_retry_failed (missing));
  g_assert_true (wherry_transfer_can_retry (missing));

  transfer_fixture_write_text (fixture->here, "nothing", "something");
  wherry_queue_retry_all_failed (queue);
  g_assert_cmpuint (wherry_queue_get_n_unfinished (queue), ==, 2);
  WAIT_FOR (wherry_queue_get_n_unfinished (queue) == 0);
  transfer_fixture_assert_done (missing);
  transfer_fixture_assert_text (fixture->there, "nothing", "something");
}

/* Exactly the entries that failed: neither what is done nor what came since. */
static void
retry_failed (Fixture *fixture, const char *from, const char *source, const char *target)
{
  g_autoptr (WherryQueue) queue = wherry_queue_new (fixture->pool);
  const char *to = source == fixture->here ? "there:" : "";

  for (guint i = 0; i < 6; i++)
    {
      g_autofree char *name = g_strdup_printf ("tree/%u/%u", i % 2, i);
      transfer_fixture_write_text (source, name, "old");
    }
  /* A folder is in the way of a file, and a file in that of a folder. */
  transfer_fixture_make_folder (target, "tree/0/2");
  transfer_fixture_write_text (source, "tree/sub/deep/file", "deep");
  transfer_fixture_write_text (target, "tree/sub", "in the way");

  g_autoptr (WherryTransfer) transfer = append (queue, fixture, from, to);
  WAIT_FOR (wherry_transfer_is_over (transfer));
  assert_state (transfer, WHERRY_TRANSFER_FAILED);
  g_assert_true (wherry_transfer_can_retry_failed (transfer));
  transfer_fixture_assert_text (target, "tree/0/4", "old");

  g_autofree char *folder = g_build_filename (target, "tree/0/2", NULL);
  g_autofree char *file = g_build_filename (target, "tree/sub", NULL);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  g_assert_cmpint (g_unlink (file), ==, 0);
  transfer_fixture_write_text (source, "tree/0/4", "new");
  transfer_fixture_write_text (source, "tree/1/new", "new");

  wherry_transfer_retry_failed (transfer);
  WAIT_FOR (wherry_transfer_is_over (transfer));
  transfer_fixture_assert_done (transfer);
  transfer_fixture_assert_text (target, "tree/0/2", "old");
  transfer_fixture_assert_text (target, "tree/sub/deep/file", "deep");
  transfer_fixture_assert_text (target, "tree/0/4", "old");
  transfer_fixture_assert_text (target, "tree/1/new", NULL);
}

static void
test_retry_failed (Fixture *fixture, gconstpointer data)
{
  retry_failed (fixture, "tree", fixture->here, fixture->there);
}

static void
test_retry_failed_down (Fixture *fixture, gconstpointer data)
{
  retry_failed (fixture, "there:tree", fixture->there, fixture->here);
}

typedef struct {
  WherryQueue *queue;
  guint most;
  guint most_here;
} Watch;

static void
on_active (WherryQueue *queue, GParamSpec *pspec, Watch *watch)
{
  watch->most = MAX (watch->most, wherry_queue_get_n_active (queue));
}

static void
test_limits (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WherryQueue) queue = wherry_queue_new (fixture->pool);
  Watch watch = { .queue = queue };

  g_signal_connect (queue, "notify::n-active", G_CALLBACK (on_active), &watch);
  for (guint i = 0; i < 8; i++)
    {
      g_autofree char *name = g_strdup_printf ("file-%u", i);
      transfer_fixture_write_text (fixture->here, name, name);
      g_object_unref (append (queue, fixture, name, "there:"));
    }
  WAIT_FOR (wherry_queue_get_n_unfinished (queue) == 0);
  /* Of the four places only two are for one site. */
  g_assert_cmpuint (watch.most, ==, 2);

  wherry_queue_set_limits (queue, 4, 8);
  for (guint i = 0; i < 8; i++)
    {
      g_autofree char *name = g_strdup_printf ("file-%u", i);
      g_object_unref (append (queue, fixture, name, "there:"));
    }
  WAIT_FOR (wherry_queue_get_n_unfinished (queue) == 0);
  g_assert_cmpuint (watch.most, ==, 4);
}

/* Two large ones have both places; small ones go nevertheless, and the large ones lose nothing. */
static void
test_small (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WherryQueue) queue = wherry_queue_new (fixture->pool);
  Watch watch = { .queue = queue };

  g_signal_connect (queue, "notify::n-active", G_CALLBACK (on_active), &watch);
  write_zeros (fixture, "large", 20 * MEGABYTE);
  wherry_queue_set_speed_limit (queue, 3 * MEGABYTE);
  g_autoptr (WherryTransfer) one = append (queue, fixture, "large", "there:");
  transfer_fixture_make_folder (fixture->there, "other");
  g_autoptr (WherryTransfer) other = append (queue, fixture, "large", "there:other");
  WAIT_FOR (get_bytes (one) > 0 && get_bytes (other) > 0);

  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *name = g_strdup_printf ("small-%u", i);
      transfer_fixture_write_text (fixture->here, name, name);
      g_autoptr (WherryTransfer) small = append (queue, fixture, name, "there:");
      WAIT_FOR (wherry_transfer_is_over (small));
      transfer_fixture_assert_done (small);
      g_assert_true (wherry_transfer_is_active (one));
      g_assert_true (wherry_transfer_is_active (other));
    }
  wherry_queue_set_speed_limit (queue, 0);
  WAIT_FOR (wherry_queue_get_n_unfinished (queue) == 0);
  transfer_fixture_assert_done (one);
  transfer_fixture_assert_done (other);
  g_assert_cmpuint (watch.most, ==, 2);
}

/* Two queues with the same limits take no more places together than one would, and none waits for
 * a place that the other one gave up. */
static void
test_shared (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WherryLimits) limits = wherry_limits_new ();
  g_autoptr (WherryQueue) one = wherry_queue_new (fixture->pool);
  g_autoptr (WherryQueue) other = wherry_queue_new (fixture->pool);

  wherry_queue_share_limits (one, limits);
  wherry_queue_share_limits (other, limits);
  wherry_queue_set_speed_limit (one, 2 * MEGABYTE);
  write_zeros (fixture, "large", 20 * MEGABYTE);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *name = g_strdup_printf ("there:%u", i);
      transfer_fixture_make_folder (fixture->there, name + strlen ("there:"));
      g_object_unref (append (one, fixture, "large", name));
    }
  transfer_fixture_make_folder (fixture->there, "other");
  g_autoptr (WherryTransfer) first = g_list_model_get_item (G_LIST_MODEL (one), 0);
  g_autoptr (WherryTransfer) second = g_list_model_get_item (G_LIST_MODEL (one), 1);
  g_autoptr (WherryTransfer) late = append (other, fixture, "large", "there:other");
  WAIT_FOR (get_bytes (first) > 0 && get_bytes (second) > 0);
  g_assert_cmpuint (wherry_queue_get_n_active (one), ==, 2);
  g_assert_true (IN_STATE (late, WHERRY_TRANSFER_WAITING));

  /* A small one has a place of the other queue's large ones. */
  transfer_fixture_write_text (fixture->here, "small", "small");
  g_autoptr (WherryTransfer) small = append (other, fixture, "small", "there:");
  WAIT_FOR (wherry_transfer_is_over (small));
  transfer_fixture_assert_done (small);
  g_assert_true (IN_STATE (late, WHERRY_TRANSFER_WAITING));

  /* The limit holds for what the other one starts, too, and is lifted by either. */
  wherry_queue_cancel_all (one);
  WAIT_FOR (IN_STATE (late, WHERRY_TRANSFER_RUNNING) && get_bytes (late) > 0);
  g_assert_true (wherry_transfer_is_active (late));
  wherry_queue_set_speed_limit (other, 0);
  WAIT_FOR (wherry_transfer_is_over (late));
  transfer_fixture_assert_done (late);
}

/* The connection that three large files keep busy still has room for a fourth transfer: it begins
 * while they run. */
static void
run_busy (Fixture *fixture, WherryProtocol protocol, gboolean up)
{
  g_autoptr (WherryQueue) queue = wherry_queue_new (fixture->pool);
  g_autoptr (GPtrArray) large = g_ptr_array_new_with_free_func (g_object_unref);
  const char *folder = up ? fixture->here : fixture->there;
  g_autofree char *path = g_build_filename (folder, "large", NULL);

  fixture->protocol = protocol;
  wherry_queue_set_limits (queue, 8, 8);
  transfer_fixture_write_text (folder, "large", "");
  g_assert_cmpint (truncate (path, BUSY_SIZE), ==, 0);
  for (guint i = 0; i < 4; i++)
    {
      g_autofree char *to = g_strdup_printf ("%s%u", up ? "there:" : "", i);
      g_autofree char *name = g_strdup_printf ("%u", i);
      transfer_fixture_make_folder (up ? fixture->there : fixture->here, name);
      WherryTransfer *transfer
          = transfer_fixture_new (fixture, up ? "large" : "there:large", to, WHERRY_TRANSFER_INTO);

      wherry_transfer_set_conflicts (transfer, WHERRY_CONFLICT_ASK, NULL);
      g_ptr_array_add (large, transfer);
    }
  for (guint i = 0; i < 3; i++)
    wherry_queue_append (queue, large->pdata[i]);
  for (guint i = 0; i < 3; i++)
    WAIT_FOR (get_bytes (large->pdata[i]) > 0);

  gint64 begin = g_get_monotonic_time ();
  wherry_queue_append (queue, large->pdata[3]);
  WAIT_FOR (get_bytes (large->pdata[3]) > 0);
  g_test_message ("%s: the fourth one began after %.3f s", up ? "up" : "down",
                  (double) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC);
  g_assert_cmpuint (wherry_queue_get_n_unfinished (queue), ==, 4);
  wherry_queue_cancel_all (queue);
  WAIT_FOR (wherry_queue_get_n_unfinished (queue) == 0);
}

static void
test_busy_down (Fixture *fixture, gconstpointer data)
{
  run_busy (fixture, WHERRY_PROTOCOL_AUTOMATIC, FALSE);
}

static void
test_busy_up (Fixture *fixture, gconstpointer data)
{
  run_busy (fixture, WHERRY_PROTOCOL_AUTOMATIC, TRUE);
}

static void
test_busy_sftp_down (Fixture *fixture, gconstpointer data)
{
  run_busy (fixture, WHERRY_PROTOCOL_SFTP, FALSE);
}

static void
test_busy_sftp_up (Fixture *fixture, gconstpointer data)
{
  run_busy (fixture, WHERRY_PROTOCOL_SFTP, TRUE);
}

/* Between two servers a file does not go on where it stopped, and the transfer says so. */
static void
test_relayed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WherryQueue) queue = wherry_queue_new (fixture->pool);
  g_autofree char *zeros = g_malloc0 (8 * MEGABYTE);

  transfer_fixture_write_bytes (fixture->there, "large", zeros, 8 * MEGABYTE);
  transfer_fixture_make_folder (fixture->there, "other");
  wherry_queue_set_speed_limit (queue, 4 * MEGABYTE);
  g_autoptr (WherryTransfer) transfer = append (queue, fixture, "there:large", "there:other");
  WAIT_FOR (get_bytes (transfer) > MEGABYTE);
  g_assert_null (wherry_transfer_get_notice (transfer));
  wherry_transfer_pause (transfer);
  WAIT_FOR (IN_STATE (transfer, WHERRY_TRANSFER_PAUSED));
  wherry_queue_set_speed_limit (queue, 0);
  wherry_transfer_resume (transfer);
  WAIT_FOR (wherry_transfer_is_over (transfer));
  transfer_fixture_assert_done (transfer);
  g_assert_nonnull (wherry_transfer_get_notice (transfer));
}

static void
on_each_state (WherryTransfer *transfer, GParamSpec *pspec, gpointer seen)
{
  g_string_append_printf (seen, "%u ", wherry_transfer_get_state (transfer));
}

/* While a question of the login is open, all that wait for the connection need a person. */
static void
test_asked (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WherryTestHostKeys) host_keys = wherry_test_host_keys_new ();
  g_autoptr (WherryTestPrompter) prompter = wherry_test_prompter_new ();
  g_autoptr (WherrySessionPool) pool
      = wherry_session_pool_new (WHERRY_HOST_KEY_STORE (host_keys), WHERRY_PROMPTER (prompter));
  g_autoptr (WherryQueue) queue = wherry_queue_new (pool);
  g_autofree char *expected
      = g_strdup_printf ("%u %u %u %u %u ", WHERRY_TRANSFER_CONNECTING,
                         WHERRY_TRANSFER_NEEDS_PERSON, WHERRY_TRANSFER_CONNECTING,
                         WHERRY_TRANSFER_RUNNING, WHERRY_TRANSFER_DONE);
  g_autofree char *quick
      = g_strdup_printf ("%u %u %u %u ", WHERRY_TRANSFER_CONNECTING, WHERRY_TRANSFER_NEEDS_PERSON,
                         WHERRY_TRANSFER_RUNNING, WHERRY_TRANSFER_DONE);
  GString *seen = g_string_new (NULL);

  transfer_fixture_write_text (fixture->here, "file", "content");
  wherry_test_prompter_add_wait (prompter);
  wherry_test_prompter_add_choice (prompter, WHERRY_HOST_KEY_ACCEPT_ONCE);
  g_autoptr (WherryTransfer) one = append (queue, fixture, "file", "there:");
  g_autoptr (WherryTransfer) other = append (queue, fixture, "file", "there:other");
  g_assert_true (IN_STATE (one, WHERRY_TRANSFER_CONNECTING));
  g_string_append_printf (seen, "%u ", wherry_transfer_get_state (one));
  g_signal_connect (one, "notify::state", G_CALLBACK (on_each_state), seen);
  WAIT_FOR (IN_STATE (one, WHERRY_TRANSFER_NEEDS_PERSON)
            && IN_STATE (other, WHERRY_TRANSFER_NEEDS_PERSON));
  g_assert_true (wherry_test_prompter_go_on (prompter));
  WAIT_FOR (wherry_queue_get_n_unfinished (queue) == 0);
  transfer_fixture_assert_done (one);
  /* That it connects on is only seen where that takes a moment. */
  if (strcmp (seen->str, quick) != 0)
    g_assert_cmpstr (seen->str, ==, expected);
  g_assert_cmpuint (wherry_test_prompter_get_n_asked (prompter), ==, 1);

  wherry_session_pool_close (pool);
  g_string_free (seen, TRUE);
}

#define N_STORED 60

static void
on_started (WherryTransfer *transfer, GParamSpec *pspec, GPtrArray *started)
{
  if (IN_STATE (transfer, WHERRY_TRANSFER_CONNECTING))
    g_ptr_array_add (started, g_path_get_basename (wherry_transfer_get_target (transfer)->path));
}

static void
on_more (GListModel *model, guint position, guint removed, guint added, gpointer started)
{
  for (guint i = 0; i < added; i++)
    {
      g_autoptr (WherryTransfer) transfer = g_list_model_get_item (model, position + i);
      g_signal_handlers_disconnect_by_func (transfer, on_started, started);
      g_signal_connect (transfer, "notify::state", G_CALLBACK (on_started), started);
    }
}

/* Far more transfers than there is room for in the queue: they come into it as others are over, in
 * order, and all get there. */
static void
test_stored (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = wherry_test_dir_new ();
  g_autofree char *path = g_build_filename (folder, "queue.db", NULL);
  g_autoptr (GPtrArray) mirror = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) started = g_ptr_array_new_with_free_func (g_free);
  WherryQueue *queue = wherry_queue_new (fixture->pool);

  transfer_fixture_write_text (fixture->here, "file", "content");
  wherry_queue_pause_all (queue);
  wherry_queue_open_journal (queue, path);
  for (guint i = 0; i < N_STORED; i++)
    {
      g_autofree char *to = g_strdup_printf ("there:%02u", i);
      g_autoptr (WherryTransfer) transfer
          = transfer_fixture_new (fixture, "file", to, WHERRY_TRANSFER_DEFAULT);

      if (i == N_STORED - 2)
        wherry_transfer_set_priority (transfer, WHERRY_PRIORITY_HIGH);
      wherry_queue_append (queue, transfer);
    }
  wherry_queue_shut_down (queue);
  g_object_unref (queue);

  wherry_queue_set_portion (8);
  queue = wherry_queue_new (fixture->pool);
  g_signal_connect (queue, "items-changed", G_CALLBACK (on_items_changed), mirror);
  g_signal_connect (queue, "items-changed", G_CALLBACK (on_more), started);
  wherry_queue_set_limits (queue, 1, 1);
  wherry_queue_open_journal (queue, path);
  WAIT_FOR (wherry_queue_get_n_unfinished (queue) == N_STORED);
  g_assert_cmpuint (mirror->len, ==, 8);
  g_assert_cmpuint (wherry_queue_get_n_stored (queue, WHERRY_TRANSFER_PAUSED), ==, N_STORED - 8);

  wherry_queue_resume_all (queue);
  g_assert_cmpuint (wherry_queue_get_n_stored (queue, WHERRY_TRANSFER_WAITING), >, 0);
  g_autoptr (WherryTransfer) late
      = transfer_fixture_new (fixture, "file", "there:late", WHERRY_TRANSFER_DEFAULT);
  wherry_queue_append (queue, late);
  WAIT_FOR (wherry_queue_get_n_unfinished (queue) < N_STORED / 2);
  wherry_queue_pause_all (queue);
  WAIT_FOR (wherry_queue_get_n_active (queue) == 0);
  g_assert_cmpuint (wherry_queue_get_n_unfinished (queue), >, 0);
  wherry_queue_resume_all (queue);
  WAIT_FOR (wherry_queue_get_n_unfinished (queue) == 0);

  /* What is done is not kept for ever; the one that came late has its turn when it is the first. */
  g_assert_cmpuint (mirror->len, <=, 16);
  g_assert_cmpstr (started->pdata[0], ==, "00");
  g_assert_cmpstr (started->pdata[1], ==, "58");
  g_assert_cmpstr (started->pdata[2], ==, "01");
  g_assert_cmpstr (started->pdata[started->len - 1], ==, "late");
  for (guint i = 0; i < N_STORED; i++)
    {
      g_autofree char *name = g_strdup_printf ("%02u", i);
      transfer_fixture_assert_text (fixture->there, name, "content");
    }
  transfer_fixture_assert_text (fixture->there, "late", "content");
  wherry_queue_shut_down (queue);
  g_object_unref (queue);
  wherry_queue_set_portion (4000);
  wherry_test_dir_remove (folder);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*run) (Fixture *, gconstpointer);
  } TESTS[] = {
    { "/queue/list", test_list },
    { "/queue/order", test_order },
    { "/queue/pause", test_pause },
    { "/queue/hanging-server", test_hanging_server },
    { "/queue/retry", test_retry },
    { "/queue/permanent", test_permanent },
    { "/queue/retry-failed", test_retry_failed },
    { "/queue/retry-failed-down", test_retry_failed_down },
    { "/queue/limits", test_limits },
    { "/queue/small", test_small },
    { "/queue/shared", test_shared },
    { "/queue/busy/down", test_busy_down },
    { "/queue/busy/up", test_busy_up },
    { "/queue/busy/sftp/down", test_busy_sftp_down },
    { "/queue/busy/sftp/up", test_busy_sftp_up },
    { "/queue/relayed", test_relayed },
    { "/queue/asked", test_asked },
    { "/queue/stored", test_stored },
  };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/queue/delays", test_delays);
  for (guint i = 0; i < G_N_ELEMENTS (TESTS); i++)
    g_test_add (TESTS[i].path, Fixture, NULL, set_up, TESTS[i].run, tear_down);
  return g_test_run ();
}
