/* What becomes of files that are there already, of those that a filter leaves out, and of a disk
 * that is full; and how fast all may go. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/wherry-error.h"
#include "transfer-fixture.h"
#include "transfer/wherry-fault.h"
#include "transfer/wherry-transfer-private.h"

#define FLAGS (WHERRY_TRANSFER_RECURSIVE | WHERRY_TRANSFER_PRESERVE | WHERRY_TRANSFER_INTO)

/* Answers by script: a letter a question. */
#define SCRIPT_TYPE_PROMPTER (script_prompter_get_type ())
G_DECLARE_FINAL_TYPE (ScriptPrompter, script_prompter, SCRIPT, PROMPTER, GObject)

struct _ScriptPrompter {
  GObject parent_instance;
  const char *answers;
  GString *asked; /* names, and what was told of both files */
  GTask *open;    /* (nullable): a question that is not answered */
};

static void prompter_init (WherryConflictPrompterInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (ScriptPrompter,
                               script_prompter,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (WHERRY_TYPE_CONFLICT_PROMPTER, prompter_init))

static void
script_prompter_finalize (GObject *object)
{
  ScriptPrompter *self = SCRIPT_PROMPTER (object);

  g_string_free (self->asked, TRUE);
  g_clear_object (&self->open);
  G_OBJECT_CLASS (script_prompter_parent_class)->finalize (object);
}

static void
script_prompter_class_init (ScriptPrompterClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = script_prompter_finalize;
}

static void
script_prompter_init (ScriptPrompter *self)
{
  self->asked = g_string_new (NULL);
}

static void
ask_async (WherryConflictPrompter *prompter,
           const WherryConflict *conflict,
           GCancellable *cancellable,
           GAsyncReadyCallback callback,
           gpointer user_data)
{
  ScriptPrompter *self = SCRIPT_PROMPTER (prompter);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_string_append_printf (self->asked, "%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %s\n",
                          conflict->name, conflict->source.size, conflict->target.size,
                          conflict->source.mtime > conflict->target.mtime ? "newer" : "older");
  switch (*self->answers)
    {
    case 'w': /* waits for ever */
      g_set_object (&self->open, task);
      return;
    case 'd': /* declines */
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "No");
      break;
    case 'o':
    case 'O':
      g_task_return_int (task, WHERRY_CONFLICT_OVERWRITE | (*self->answers == 'O' ? 256 : 0));
      break;
    case 's':
    case 'S':
      g_task_return_int (task, WHERRY_CONFLICT_SKIP | (*self->answers == 'S' ? 256 : 0));
      break;
    case 'r':
      g_task_return_int (task, WHERRY_CONFLICT_RENAME);
      break;
    default:
      g_assert_not_reached ();
    }
  self->answers++;
}

static gboolean
ask_finish (WherryConflictPrompter *prompter,
            GAsyncResult *result,
            WherryConflictAnswer *answer,
            GError **error)
{
  gssize value = g_task_propagate_int (G_TASK (result), error);

  if (value < 0)
    return FALSE;
  answer->policy = (WherryConflictPolicy) (value & 255);
  answer->for_all = (value & 256) != 0;
  return TRUE;
}

static void
prompter_init (WherryConflictPrompterInterface *iface)
{
  iface->ask_async = ask_async;
  iface->ask_finish = ask_finish;
}

typedef struct {
  TransferFixture base;
  ScriptPrompter *prompter;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  transfer_fixture_set_up (&fixture->base, NULL);
  fixture->prompter = g_object_new (SCRIPT_TYPE_PROMPTER, NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_object_unref (fixture->prompter);
  transfer_fixture_tear_down (&fixture->base);
}

static gboolean
on_limit (gpointer data)
{
  g_error ("Waited too long for: %s", (const char *) data);
  return G_SOURCE_REMOVE;
}

#define WAIT_FOR(condition)                                                           \
  G_STMT_START                                                                        \
  {                                                                                   \
    guint limit_source = g_timeout_add_seconds (60, on_limit, (gpointer) #condition); \
    while (!(condition))                                                              \
      g_main_context_iteration (NULL, TRUE);                                          \
    g_source_remove (limit_source);                                                   \
  }                                                                                   \
  G_STMT_END

#define IN_STATE(transfer, wanted) (wherry_transfer_get_state (transfer) == (wanted))

static void
write_at (const char *folder, const char *name, const char *text, gint64 mtime)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  struct timespec times[2] = { { .tv_sec = mtime }, { .tv_sec = mtime } };

  transfer_fixture_write_text (folder, name, text);
  g_assert_cmpint (utimensat (AT_FDCWD, path, times, 0), ==, 0);
}

/* The three ways a transfer may go. */
typedef enum {
  UP,
  DOWN,
  BETWEEN,
  N_WAYS,
} Way;

static const char *const FROM[N_WAYS] = { "tree", "there:tree", "there:tree" };
static const char *const TO[N_WAYS] = { "there:other", "other", "there:other" };

static const char *
source_folder (Fixture *fixture, Way way)
{
  return way == UP ? fixture->base.here : fixture->base.there;
}

static const char *
target_folder (Fixture *fixture, Way way)
{
  return way == DOWN ? fixture->base.here : fixture->base.there;
}

/* new: is not there. same: of the same size and time. newer, older: of another time. larger: of
 * another size. Deep in a folder too. */
static void
make_trees (Fixture *fixture, Way way)
{
  const char *source = source_folder (fixture, way);
  const char *target = target_folder (fixture, way);

  write_at (source, "tree/new", "new", 1000);
  write_at (source, "tree/same", "same", 2000);
  write_at (source, "tree/sub/newer", "newer", 3000);
  write_at (source, "tree/sub/older", "older", 1000);
  write_at (source, "tree/sub/larger.txt", "larger", 2000);
  write_at (target, "other/tree/same", "SAME", 2000);
  write_at (target, "other/tree/sub/newer", "NEWER", 2000);
  write_at (target, "other/tree/sub/older", "OLDER", 2000);
  write_at (target, "other/tree/sub/larger.txt", "LARGE", 2000);
}

static void
remove_trees (Fixture *fixture)
{
  const char *argv[]
      = { "sh", "-c", "rm -rf \"$1\"/* \"$2\"/*", "sh", fixture->base.here, fixture->base.there,
          NULL };

  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               NULL, NULL, NULL));
}

/* The five files at the target in one word: 1 if it is the source's. */
static char *
describe (Fixture *fixture, Way way)
{
  static const char *const NAMES[] = { "new", "same", "sub/newer", "sub/older", "sub/larger.txt" };
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (NAMES); i++)
    {
      g_autofree char *name = g_build_filename ("other/tree", NAMES[i], NULL);
      g_autofree char *content = transfer_fixture_read_text (target_folder (fixture, way), name);
      g_string_append_c (text, content == NULL ? '-' : g_ascii_islower (*content) ? '1' : '0');
    }
  return g_string_free (text, FALSE);
}

static WherryTransfer *
run (Fixture *fixture, Way way, WherryConflictPolicy policy)
{
  WherryTransfer *transfer = transfer_fixture_new (&fixture->base, FROM[way], TO[way], FLAGS);

  wherry_transfer_set_conflicts (transfer, policy, WHERRY_CONFLICT_PROMPTER (fixture->prompter));
  wherry_transfer_start (transfer, fixture->base.pool);
  transfer_fixture_wait (transfer);
  return transfer;
}

static void
test_policies (Fixture *fixture, gconstpointer data)
{
  static const struct {
    WherryConflictPolicy policy;
    const char *answers;
    const char *expected;
    guint n_skipped;
  } CASES[] = {
    { WHERRY_CONFLICT_OVERWRITE, "", "11111", 0 },
    { WHERRY_CONFLICT_OVERWRITE_OLDER, "", "10100", 3 },
    { WHERRY_CONFLICT_OVERWRITE_OTHER_SIZE, "", "10001", 3 },
    { WHERRY_CONFLICT_SKIP, "", "10000", 4 },
    { WHERRY_CONFLICT_RENAME, "", "10000", 0 },
    { WHERRY_CONFLICT_ASK, "S", "10000", 4 },
    { WHERRY_CONFLICT_ASK, "O", "11111", 0 },
    { WHERRY_CONFLICT_ASK, "ssss", "10000", 4 },
  };

  for (Way way = UP; way < N_WAYS; way++)
    for (guint i = 0; i < G_N_ELEMENTS (CASES); i++)
      {
        WherryProgress progress;

        make_trees (fixture, way);
        fixture->prompter->answers = CASES[i].answers;
        g_autoptr (WherryTransfer) transfer = run (fixture, way, CASES[i].policy);
        transfer_fixture_assert_done (transfer);
        g_autofree char *outcome = describe (fixture, way);
        g_assert_cmpstr (outcome, ==, CASES[i].expected);
        wherry_transfer_get_progress (transfer, &progress);
        g_assert_cmpuint (progress.files_skipped, ==, CASES[i].n_skipped);
        g_assert_cmpuint (progress.files_done + progress.files_skipped, ==, 5);
        g_assert_cmpstr (fixture->prompter->answers, ==, "");
        if (CASES[i].policy == WHERRY_CONFLICT_RENAME)
          {
            const char *target = target_folder (fixture, way);
            transfer_fixture_assert_text (target, "other/tree/same (2)", "same");
            transfer_fixture_assert_text (target, "other/tree/sub/larger (2).txt", "larger");
          }
        remove_trees (fixture);
      }
  g_assert_nonnull (strstr (fixture->prompter->asked->str, "newer 5 5 newer\n"));
  g_assert_nonnull (strstr (fixture->prompter->asked->str, "larger.txt 6 5 older\n"));
}

/* One file, with no folder of its own around it. */
static void
test_single (Fixture *fixture, gconstpointer data)
{
  for (Way way = UP; way < N_WAYS; way++)
    {
      const char *source = source_folder (fixture, way);
      const char *target = target_folder (fixture, way);

      write_at (source, "tree", "new", 1000);
      write_at (target, "other/tree", "OLD", 1000);
      write_at (target, "other/tree (2)", "OLD", 1000);
      fixture->prompter->answers = "r";
      g_autoptr (WherryTransfer) transfer = run (fixture, way, WHERRY_CONFLICT_ASK);
      transfer_fixture_assert_done (transfer);
      transfer_fixture_assert_text (target, "other/tree", "OLD");
      transfer_fixture_assert_text (target, "other/tree (2)", "OLD");
      transfer_fixture_assert_text (target, "other/tree (3)", "new");
      g_autoptr (WherryTransfer) skipped = run (fixture, way, WHERRY_CONFLICT_SKIP);
      transfer_fixture_assert_done (skipped);
      transfer_fixture_assert_text (target, "other/tree", "OLD");
      remove_trees (fixture);
    }
}

/* While a question is open the transfer says so, and can be stopped; a question that is closed
 * pauses it, and is put again. */
static void
test_open_question (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WherryQueue) queue = wherry_queue_new (fixture->base.pool);

  make_trees (fixture, UP);
  fixture->prompter->answers = "w";
  wherry_queue_set_conflict_prompter (queue, WHERRY_CONFLICT_PROMPTER (fixture->prompter));
  g_autoptr (WherryTransfer) transfer
      = transfer_fixture_new (&fixture->base, FROM[UP], TO[UP], FLAGS);
  wherry_transfer_set_conflicts (transfer, WHERRY_CONFLICT_ASK, NULL);
  wherry_queue_append (queue, transfer);
  WAIT_FOR (IN_STATE (transfer, WHERRY_TRANSFER_NEEDS_PERSON));

  gint64 begin = g_get_monotonic_time ();
  wherry_transfer_pause (transfer);
  WAIT_FOR (IN_STATE (transfer, WHERRY_TRANSFER_PAUSED));
  g_assert_cmpint (g_get_monotonic_time () - begin, <, G_USEC_PER_SEC);
  /* The question goes away with the transfer's pause, as a dialog does: nobody listens any more. */
  g_assert_true (g_task_return_error_if_cancelled (fixture->prompter->open));
  g_clear_object (&fixture->prompter->open);

  fixture->prompter->answers = "d";
  wherry_transfer_resume (transfer);
  WAIT_FOR (IN_STATE (transfer, WHERRY_TRANSFER_CONNECTING));
  WAIT_FOR (IN_STATE (transfer, WHERRY_TRANSFER_PAUSED));

  fixture->prompter->answers = "O";
  wherry_transfer_resume (transfer);
  WAIT_FOR (wherry_transfer_is_over (transfer));
  transfer_fixture_assert_done (transfer);
  g_autofree char *outcome = describe (fixture, UP);
  /* What is the same in size and time is taken as done in a run that goes on. */
  g_assert_cmpstr (outcome, ==, "10111");
}

static void
test_names (void)
{
  static const struct {
    const char *name;
    const char *expected;
  } CASES[] = {
    { "name", "name (2)" },         { "photo.jpeg", "photo (2).jpeg" },
    { ".hidden", ".hidden (2)" },   { "a.tar.gz", "a (2).tar.gz" },
    { "dot.", "dot. (2)" },         { "a.b c d e f g h i j k", "a.b c d e f g h i j k (2)" },
    { "\xff.txt", "\xff (2).txt" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (CASES); i++)
    {
      g_autofree char *name = wherry_conflict_make_name (CASES[i].name, 2);
      g_assert_cmpstr (name, ==, CASES[i].expected);
    }
  g_autofree char *longest = g_strnfill (255, 'x');
  g_autofree char *name = wherry_conflict_make_name (longest, 12);
  g_assert_cmpuint (strlen (name), ==, 255);
  g_assert_true (g_str_has_suffix (name, "x (12)"));
}

static void
test_masks (void)
{
  static const char *const INCLUDE[] = { "*.c", "doc/*", NULL };
  static const char *const EXCLUDE[] = { "build/", "/top.c", "*~", "a/b", NULL };
  g_autoptr (WherryFilter) both = wherry_filter_new (INCLUDE, EXCLUDE);
  static const struct {
    const char *key;
    gboolean is_folder;
    gboolean takes;
  } CASES[] = {
    { "", TRUE, TRUE },         { "x.c", FALSE, TRUE },       { "x.h", FALSE, FALSE },
    { "sub/x.c", FALSE, TRUE }, { "doc/x", FALSE, TRUE },     { "doc/sub/x", FALSE, FALSE },
    { "build", TRUE, FALSE },   { "sub/build", TRUE, FALSE }, { "build.c", FALSE, TRUE },
    { "top.c", FALSE, FALSE },  { "sub/top.c", FALSE, TRUE }, { "x.c~", FALSE, FALSE },
    { "a/b", TRUE, FALSE },     { "c/a/b", TRUE, TRUE },      { "empty", TRUE, TRUE },
    { "", FALSE, TRUE },        { "\xff.c", FALSE, TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (CASES); i++)
    {
      g_test_message ("%s", CASES[i].key);
      g_assert_cmpint (wherry_filter_takes (both, CASES[i].key, CASES[i].is_folder), ==,
                       CASES[i].takes);
    }
}

static void
test_filter (Fixture *fixture, gconstpointer data)
{
  static const char *const INCLUDE[] = { "*.c", NULL };
  static const char *const EXCLUDE[] = { "skip/", NULL };
  g_autoptr (WherryFilter) filter = wherry_filter_new (INCLUDE, EXCLUDE);

  for (Way way = UP; way < N_WAYS; way++)
    {
      const char *source = source_folder (fixture, way);
      const char *target = target_folder (fixture, way);
      WherryProgress progress;

      transfer_fixture_write_text (source, "tree/a.c", "a");
      transfer_fixture_write_text (source, "tree/a.h", "a");
      transfer_fixture_write_text (source, "tree/skip/b.c", "b");
      transfer_fixture_write_text (source, "tree/sub/c.c", "c");
      transfer_fixture_make_folder (source, "tree/empty");
      transfer_fixture_make_folder (target, "other");
      g_autoptr (WherryTransfer) transfer
          = transfer_fixture_new (&fixture->base, FROM[way], TO[way], FLAGS);
      wherry_transfer_set_filter (transfer, filter);
      wherry_transfer_start (transfer, fixture->base.pool);
      transfer_fixture_wait (transfer);
      transfer_fixture_assert_done (transfer);
      g_autofree char *top = g_build_filename (target, "other", NULL);
      transfer_fixture_assert_list (
          top, "d tree\nd tree/empty\nd tree/sub\nf 1 tree/a.c\nf 1 tree/sub/c.c\n");
      wherry_transfer_get_progress (transfer, &progress);
      g_assert_cmpuint (progress.files_done, ==, 2);
      g_assert_cmpuint (progress.files_skipped, ==, 1);
      remove_trees (fixture);
    }
}

static int
compare_lines (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

static void
assert_files (WherryTransfer *transfer, const char *expected)
{
  static const char *const STATES[]
      = { "waiting", "running", "done", "left out", "kept", "failed" };
  g_autoptr (WherryFileLog) log = wherry_transfer_dup_files (transfer);
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  g_auto (WherryFileEntry) entry = { 0 };

  g_assert_nonnull (log);
  for (guint i = 0; wherry_file_log_read (log, i, &entry); i++)
    {
      g_ptr_array_add (lines, g_strdup_printf ("%s: %s", entry.name, STATES[entry.state]));
      wherry_file_entry_clear (&entry);
    }
  g_ptr_array_sort (lines, compare_lines);
  g_ptr_array_add (lines, NULL);
  g_autofree char *text = g_strjoinv ("\n", (char **) lines->pdata);
  g_assert_cmpstr (text, ==, expected);
}

/* What became of each file is noted, and holds for another run. */
static void
test_files (Fixture *fixture, gconstpointer data)
{
  static const char *const INCLUDE[] = { "*.c", NULL };
  g_autoptr (WherryFilter) filter = wherry_filter_new (INCLUDE, NULL);
  static const WherryProtocol PROTOCOLS[] = { WHERRY_PROTOCOL_SCP, WHERRY_PROTOCOL_SFTP };

  for (guint i = 0; i < N_WAYS * G_N_ELEMENTS (PROTOCOLS); i++)
    {
      Way way = i % N_WAYS;
      const char *source = source_folder (fixture, way);
      const char *target = target_folder (fixture, way);
      g_autofree char *blocked = g_build_filename (target, "other/tree/blocked.c", NULL);

      fixture->base.protocol = PROTOCOLS[i / N_WAYS];
      g_test_message ("%d, protocol %d", way, fixture->base.protocol);
      transfer_fixture_write_text (source, "tree/blocked.c", "blocked");
      transfer_fixture_write_text (source, "tree/kept.c", "ours");
      transfer_fixture_write_text (source, "tree/masked.h", "masked");
      transfer_fixture_write_text (source, "tree/sub/new.c", "new");
      transfer_fixture_write_text (target, "other/tree/kept.c", "theirs");
      transfer_fixture_make_folder (target, "other/tree/blocked.c");
      g_autoptr (WherryTransfer) transfer
          = transfer_fixture_new (&fixture->base, FROM[way], TO[way], FLAGS);
      wherry_transfer_set_filter (transfer, filter);
      wherry_transfer_set_conflicts (transfer, WHERRY_CONFLICT_SKIP, NULL);
      g_assert_null (wherry_transfer_dup_files (transfer));
      wherry_transfer_start (transfer, fixture->base.pool);
      transfer_fixture_wait (transfer);
      assert_files (transfer, "blocked.c: failed\nkept.c: kept\nmasked.h: left out\n"
                              "sub/new.c: done");

      g_assert_cmpint (rmdir (blocked), ==, 0);
      wherry_transfer_retry_failed (transfer);
      wherry_transfer_start (transfer, fixture->base.pool);
      transfer_fixture_wait (transfer);
      assert_files (transfer, "blocked.c: done\nkept.c: kept\nmasked.h: left out\n"
                              "sub/new.c: done");
      remove_trees (fixture);
    }
}

/* Left out by the person's own rule: no failure. */
static void
test_skipped_links (Fixture *fixture, gconstpointer data)
{
  g_autofree char *link_path = g_build_filename (fixture->base.here, "tree/link", NULL);
  WherryProgress progress;

  transfer_fixture_write_text (fixture->base.here, "tree/file", "x");
  g_assert_cmpint (symlink ("file", link_path), ==, 0);
  g_autoptr (WherryTransfer) transfer
      = transfer_fixture_new (&fixture->base, "tree", "there:", FLAGS);
  wherry_transfer_set_links (transfer, WHERRY_WALKER_LINKS_SKIP);
  wherry_transfer_start (transfer, fixture->base.pool);
  transfer_fixture_wait (transfer);
  transfer_fixture_assert_done (transfer);
  transfer_fixture_assert_list (fixture->base.there, "d tree\nf 1 tree/file\n");
  wherry_transfer_get_progress (transfer, &progress);
  g_assert_cmpuint (progress.files_skipped, ==, 1);
}

static void
write_zeros (const char *folder, const char *name, gsize size)
{
  g_autofree char *zeros = g_malloc0 (size);
  transfer_fixture_write_bytes (folder, name, zeros, size);
}

/* A disk of 4 MB, there or here: the queue pauses and says what is missing; once there is room all
 * goes on, and no file is half there meanwhile. */
static void
run_full (Fixture *fixture, Way way)
{
  const char *target = target_folder (fixture, way);
  g_autofree char *disk = g_build_filename (target, "other", NULL);
  g_autofree char *filler = g_build_filename (disk, "filler", NULL);
  g_autoptr (WherryQueue) queue = wherry_queue_new (fixture->base.pool);

  transfer_fixture_make_folder (target, "other");
  if (mount ("wherry-test", disk, "tmpfs", 0, "size=4m") != 0)
    {
      g_test_skip ("a small file system can only be made by root");
      return;
    }
  write_zeros (disk, "filler", 3000000);
  for (guint i = 0; i < 8; i++)
    {
      g_autofree char *name = g_strdup_printf ("tree/%u", i);
      write_zeros (source_folder (fixture, way), name, 400000);
    }
  g_autoptr (WherryTransfer) transfer
      = transfer_fixture_new (&fixture->base, FROM[way], TO[way], FLAGS);
  wherry_queue_append (queue, transfer);
  WAIT_FOR (wherry_queue_get_paused (queue));
  WAIT_FOR (IN_STATE (transfer, WHERRY_TRANSFER_PAUSED));
  const GError *error = wherry_transfer_get_error (transfer);
  g_assert_true (wherry_fault_is_disk_full (error));
  g_assert_nonnull (wherry_queue_get_pause_reason (queue));
  g_test_message ("%s", error->message);
  g_assert_true (strstr (error->message, "MB") != NULL || strstr (error->message, "kB") != NULL);
  for (guint i = 0; i < 8; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/tree/%u", disk, i);
      GStatBuf st;
      if (g_stat (path, &st) == 0)
        g_assert_cmpint (st.st_size, ==, 400000);
    }

  g_assert_cmpint (g_unlink (filler), ==, 0);
  wherry_queue_resume_all (queue);
  WAIT_FOR (wherry_transfer_is_over (transfer));
  transfer_fixture_assert_done (transfer);
  g_autofree char *tree = g_build_filename (disk, "tree", NULL);
  transfer_fixture_assert_list (tree, "f 400000 0\nf 400000 1\nf 400000 2\nf 400000 3\n"
                                      "f 400000 4\nf 400000 5\nf 400000 6\nf 400000 7\n");
  while (umount (disk) != 0 && errno == EBUSY)
    g_main_context_iteration (NULL, FALSE);
}

static void
test_full_there (Fixture *fixture, gconstpointer data)
{
  run_full (fixture, UP);
}

static void
test_full_here (Fixture *fixture, gconstpointer data)
{
  run_full (fixture, DOWN);
}

static guint64
get_bytes (WherryTransfer *transfer)
{
  WherryProgress progress;
  wherry_transfer_get_progress (transfer, &progress);
  return progress.bytes_done;
}

static gboolean
on_time (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

/* The rate of all together over some seconds, in bytes a second. */
static double
measure (WherryTransfer *one, WherryTransfer *other, guint milliseconds)
{
  gint64 begin = g_get_monotonic_time ();
  guint64 bytes = get_bytes (one) + get_bytes (other);
  gboolean over = FALSE;

  g_timeout_add (milliseconds, on_time, &over);
  while (!over)
    g_main_context_iteration (NULL, TRUE);
  bytes = get_bytes (one) + get_bytes (other) - bytes;
  return (double) bytes * G_USEC_PER_SEC / (double) (g_get_monotonic_time () - begin);
}

/* Two at once under one limit, which is changed while they run. */
static void
test_speed (Fixture *fixture, gconstpointer data)
{
  static const guint64 LIMITS[] = { 2000000, 5000000, 1000000 };
  g_autoptr (WherryQueue) queue = wherry_queue_new (fixture->base.pool);
  guint milliseconds = g_test_slow () ? 10000 : 2000;
  double slack = g_test_slow () ? 0.05 : 0.15;

  write_zeros (fixture->base.here, "tree/a", 100000000);
  write_zeros (fixture->base.there, "down/b", 100000000);
  wherry_queue_set_speed_limit (queue, LIMITS[0]);
  g_autoptr (WherryTransfer) up = transfer_fixture_new (&fixture->base, "tree", "there:", FLAGS);
  g_autoptr (WherryTransfer) down = transfer_fixture_new (&fixture->base, "there:down", "", FLAGS);
  wherry_queue_append (queue, up);
  wherry_queue_append (queue, down);
  WAIT_FOR (get_bytes (up) > 0 && get_bytes (down) > 0);

  for (guint i = 0; i < G_N_ELEMENTS (LIMITS); i++)
    {
      /* Half of it by the site's limit. */
      if (i == 1)
        wherry_queue_set_site_speed_limit (queue, fixture->base.login, LIMITS[1]);
      wherry_queue_set_speed_limit (queue, i == 1 ? 0 : LIMITS[i]);
      double rate = measure (up, down, milliseconds);
      g_test_message ("limit %" G_GUINT64_FORMAT ": %.0f", LIMITS[i], rate);
      g_assert_cmpfloat (rate, <, (double) LIMITS[i] * (1 + slack));
      g_assert_cmpfloat (rate, >, (double) LIMITS[i] * (1 - slack));
    }
  wherry_queue_cancel_all (queue);
  WAIT_FOR (wherry_queue_get_n_unfinished (queue) == 0);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*run) (Fixture *, gconstpointer);
  } TESTS[] = {
    { "/rules/policies", test_policies },
    { "/rules/single", test_single },
    { "/rules/open-question", test_open_question },
    { "/rules/filter", test_filter },
    { "/rules/files", test_files },
    { "/rules/skipped-links", test_skipped_links },
    { "/rules/full-there", test_full_there },
    { "/rules/full-here", test_full_here },
    { "/rules/speed", test_speed },
  };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rules/names", test_names);
  g_test_add_func ("/rules/masks", test_masks);
  for (guint i = 0; i < G_N_ELEMENTS (TESTS); i++)
    g_test_add (TESTS[i].path, Fixture, NULL, set_up, TESTS[i].run, tear_down);
  return g_test_run ();
}
