/* Uploads to servers and into places that are out of the ordinary. */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include "base/wherry-error.h"
#include "transfer-fixture.h"

typedef TransferFixture Fixture;

/* More than an upload sends under a file's own name at once. */
#define LARGE 400000

/* A time long gone. */
#define OLD 1000000000

static void
set_up (Fixture *fixture, gconstpointer data)
{
  transfer_fixture_set_up (fixture, data);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  transfer_fixture_tear_down (fixture);
}

static void
write_large (const char *folder, const char *name)
{
  g_autofree char *large = g_malloc (LARGE);

  memset (large, 'x', LARGE);
  transfer_fixture_write_bytes (folder, name, large, LARGE);
}

static struct stat
look_at (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  struct stat st;

  g_assert_cmpint (lstat (path, &st), ==, 0);
  return st;
}

static void
set_mode (const char *folder, const char *name, mode_t mode)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_assert_cmpint (g_chmod (path, mode), ==, 0);
}

static void
set_old (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  struct utimbuf times = { .actime = OLD, .modtime = OLD };
  g_assert_cmpint (utime (path, &times), ==, 0);
}

/* Whatever shell reads the commands, an existing file is replaced, not written into: the other name
 * of its content keeps the content, and its mode passes on. */
static void
test_login_shell (gconstpointer data)
{
  static const char *const names[]
      = { "plain", "-rf",  "~",     "~root",    "it's",  "two  words", "!bang!",     "a!b\\!c\\",
          "$HOME", "`id`", "=true", "\"quoted", "*?[x]", "\xff\xfe",   "\x01x\x7fy", "#;&|<>(){}" };
  const char *shell = data;
  g_autofree char *program = g_strndup (shell, strcspn (shell, " "));
  g_autofree char *found = g_find_program_in_path (program);
  g_autofree char *line
      = g_strdup_printf ("ForceCommand exec %s -c \"$SSH_ORIGINAL_COMMAND\"", shell);
  const char *config_lines[] = { line, NULL };
  Fixture fixture = { 0 };

  if (found == NULL)
    {
      g_test_skip ("This shell is not installed");
      return;
    }

  transfer_fixture_set_up (&fixture, config_lines);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *below = g_build_filename ("tree", names[i], names[i], NULL);
      g_autofree char *single = g_build_filename ("tree", names[i], NULL);
      g_autofree char *folder = g_strconcat ("there:", single, NULL);
      g_autofree char *kept = g_strdup_printf ("%s/kept-%u", fixture.there, i);
      g_autofree char *old = g_build_filename (fixture.there, below, NULL);

      transfer_fixture_write_text (fixture.here, below, names[i]);
      transfer_fixture_write_text (fixture.here, names[i], "single");
      transfer_fixture_write_text (fixture.there, below, "old");
      set_mode (fixture.there, below, 0641);
      g_assert_cmpint (link (old, kept), ==, 0);

      g_autoptr (WherryTransfer) up
          = transfer_fixture_run (&fixture, names[i], folder, WHERRY_TRANSFER_DEFAULT);
      transfer_fixture_assert_done (up);
      transfer_fixture_assert_text (fixture.there, below, "single");
      g_assert_cmpuint (look_at (fixture.there, below).st_mode & 07777, ==, 0641);
    }

  g_autoptr (WherryTransfer) tree
      = transfer_fixture_run (&fixture, "tree", "there:", WHERRY_TRANSFER_RECURSIVE);
  transfer_fixture_assert_done (tree);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *below = g_build_filename ("tree", names[i], names[i], NULL);
      g_autofree char *kept = g_strdup_printf ("kept-%u", i);

      transfer_fixture_assert_text (fixture.there, below, names[i]);
      transfer_fixture_assert_text (fixture.there, kept, "old");
    }
  transfer_fixture_tear_down (&fixture);
}

static void
open_folder (const char *folder, const char *name)
{
  set_mode (folder, name, 0755);
}

static void
assert_as_it_was (const char *folder, const char *name, mode_t mode)
{
  struct stat st = look_at (folder, name);

  g_assert_cmpuint (st.st_mode & 07777, ==, mode);
  g_assert_cmpint (st.st_mtime, ==, OLD);
}

/* A folder's times and mode are as they were, although files in it get their names by renames: the
 * first time, when it is there already and lets nobody write, and on the way back. */
static void
test_closed_folder (Fixture *fixture, gconstpointer data)
{
  WherryTransferFlags flags = WHERRY_TRANSFER_RECURSIVE | WHERRY_TRANSFER_PRESERVE;

  write_large (fixture->here, "tree/closed/deep/large");
  write_large (fixture->here, "tree/closed/large");
  write_large (fixture->here, "tree/open/large");
  set_old (fixture->here, "tree/open");
  set_old (fixture->here, "tree/closed/deep");
  set_mode (fixture->here, "tree/closed/deep", 0555);
  set_old (fixture->here, "tree/closed");
  set_mode (fixture->here, "tree/closed", 0500);

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (WherryTransfer) up = transfer_fixture_run (fixture, "tree", "there:", flags);
      transfer_fixture_assert_done (up);
      assert_as_it_was (fixture->there, "tree/closed/deep", 0555);
      assert_as_it_was (fixture->there, "tree/closed", 0500);
      assert_as_it_was (fixture->there, "tree/open", 0755);
    }

  g_autoptr (WherryTransfer) down = transfer_fixture_run (fixture, "there:tree", "back", flags);
  transfer_fixture_assert_done (down);
  assert_as_it_was (fixture->here, "back/closed/deep", 0555);
  assert_as_it_was (fixture->here, "back/closed", 0500);
  assert_as_it_was (fixture->here, "back/open", 0755);

  g_autoptr (WherryTransfer) relay
      = transfer_fixture_run (fixture, "there:tree", "there:copy", flags);
  transfer_fixture_assert_done (relay);
  assert_as_it_was (fixture->there, "copy/closed/deep", 0555);
  assert_as_it_was (fixture->there, "copy/closed", 0500);
  assert_as_it_was (fixture->there, "copy/open", 0755);

  open_folder (fixture->here, "tree/closed");
  open_folder (fixture->here, "tree/closed/deep");
  open_folder (fixture->here, "back/closed");
  open_folder (fixture->here, "back/closed/deep");
  open_folder (fixture->there, "tree/closed");
  open_folder (fixture->there, "tree/closed/deep");
  open_folder (fixture->there, "copy/closed");
  open_folder (fixture->there, "copy/closed/deep");
}

/* The same without -p, where the server gives a new folder its mode. */
static void
test_new_closed_folder (Fixture *fixture, gconstpointer data)
{
  write_large (fixture->here, "tree/closed/large");
  set_mode (fixture->here, "tree/closed", 0555);

  g_autoptr (WherryTransfer) up
      = transfer_fixture_run (fixture, "tree", "there:", WHERRY_TRANSFER_RECURSIVE);
  transfer_fixture_assert_done (up);
  g_assert_cmpuint (look_at (fixture->there, "tree/closed").st_mode & 07777, ==, 0555);

  open_folder (fixture->here, "tree/closed");
  open_folder (fixture->there, "tree/closed");
}

/* Beyond a link to a folder stand files too: they are replaced like the others. */
static void
test_linked_folder (Fixture *fixture, gconstpointer data)
{
  g_autofree char *elsewhere = g_build_filename (fixture->there, "elsewhere", NULL);
  g_autofree char *link_path = g_build_filename (fixture->there, "tree/sub", NULL);
  g_autofree char *old = g_build_filename (fixture->there, "elsewhere/a", NULL);
  g_autofree char *kept = g_build_filename (fixture->there, "kept", NULL);

  transfer_fixture_write_text (fixture->here, "tree/sub/a", "new");
  transfer_fixture_write_text (fixture->there, "elsewhere/a", "old");
  transfer_fixture_make_folder (fixture->there, "tree");
  g_assert_cmpint (symlink (elsewhere, link_path), ==, 0);
  g_assert_cmpint (link (old, kept), ==, 0);

  g_autoptr (WherryTransfer) up
      = transfer_fixture_run (fixture, "tree", "there:", WHERRY_TRANSFER_RECURSIVE);
  transfer_fixture_assert_done (up);
  transfer_fixture_assert_text (fixture->there, "elsewhere/a", "new");
  transfer_fixture_assert_text (fixture->there, "kept", "old");
}

/* Where the server can't write to a file's end, nothing stands under the file's name: neither large
 * nor small, new nor there before. */
static void
test_full_disk (Fixture *fixture, gconstpointer data)
{
  g_autofree char *small = g_malloc0 (50000);

  transfer_fixture_write_bytes (fixture->here, "tree/new-small", small, 50000);
  transfer_fixture_write_bytes (fixture->here, "tree/old-small", small, 50000);
  write_large (fixture->here, "tree/new-large");
  transfer_fixture_write_text (fixture->here, "tree/z", "fits");
  transfer_fixture_write_text (fixture->there, "tree/old-small", "old");

  g_autoptr (WherryTransfer) up
      = transfer_fixture_run (fixture, "tree", "there:", WHERRY_TRANSFER_RECURSIVE);
  g_autoptr (GPtrArray) failures = wherry_transfer_dup_failures (up);
  g_assert_cmpuint (failures->len, ==, 3);
  transfer_fixture_assert_list (fixture->there, "d tree\nf 3 tree/old-small\nf 4 tree/z\n");
}

static guint64
get_bytes_done (WherryTransfer *transfer)
{
  WherryProgress progress;

  wherry_transfer_get_progress (transfer, &progress);
  return progress.bytes_done;
}

/* A file so small that it goes under its own name at once is there as a whole, or not at all, when
 * the person stops amid the tree. */
static void
test_cancel_amid_tree (Fixture *fixture, gconstpointer data)
{
  g_autofree char *content = g_malloc0 (200000);
  WherryTransferFlags flags = WHERRY_TRANSFER_RECURSIVE;
  g_autofree char *tree = g_build_filename (fixture->there, "tree", NULL);

  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *name = g_strdup_printf ("tree/%02u", i);
      transfer_fixture_write_bytes (fixture->here, name, content, 200000);
    }
  g_autoptr (WherryTransfer) up = transfer_fixture_new (fixture, "tree", "there:", flags);
  wherry_transfer_set_speed_limit (up, 1000000);
  wherry_transfer_start (up, fixture->pool);
  while (get_bytes_done (up) < 500000 && !wherry_transfer_is_over (up))
    g_main_context_iteration (NULL, TRUE);
  wherry_transfer_cancel (up);
  transfer_fixture_wait (up);
  g_assert_cmpuint (wherry_transfer_get_state (up), ==, WHERRY_TRANSFER_CANCELLED);

  g_autofree char *list = transfer_fixture_list (tree);
  g_auto (GStrv) lines = g_strsplit (list, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), >, 2);
  for (guint i = 0; *lines[i] != '\0'; i++)
    g_assert_true (g_str_has_prefix (lines[i], "f 200000 "));
}

static gboolean
on_soon (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

/* A server that talks without end does not keep the person from going. */
static void
test_flood (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WherryTransfer) transfer = NULL;
  gboolean soon = FALSE;

  write_large (fixture->here, "tree/a");
  transfer = transfer_fixture_new (fixture, "tree", "there:", WHERRY_TRANSFER_RECURSIVE);
  wherry_transfer_start (transfer, fixture->pool);
  g_timeout_add (500, on_soon, &soon);
  while (!soon && !wherry_transfer_is_over (transfer))
    g_main_context_iteration (NULL, TRUE);

  gint64 begin = g_get_monotonic_time ();
  wherry_transfer_cancel (transfer);
  transfer_fixture_wait (transfer);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, G_USEC_PER_SEC);
}

static void
wait_until_over (WherryQueue *queue)
{
  while (wherry_queue_get_n_unfinished (queue) > 0)
    g_main_context_iteration (NULL, TRUE);
}

/* However few commands the server lets run on a connection: up, down, between servers, all at once,
 * with existing files replaced safely. */
static void
test_few_sessions (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WherryQueue) queue = wherry_queue_new (fixture->pool);
  WherryTransferFlags flags = WHERRY_TRANSFER_RECURSIVE;
  guint limit = 12;

  wherry_queue_set_limits (queue, limit, limit);
  for (guint i = 0; i < limit; i++)
    {
      g_autofree char *here = g_strdup_printf ("up-%u/a", i);
      g_autofree char *other = g_strdup_printf ("down-%u/a", i);
      g_autofree char *old = g_build_filename (fixture->there, here, NULL);
      g_autofree char *kept = g_strdup_printf ("%s/kept-%u", fixture->there, i);

      transfer_fixture_write_text (fixture->here, here, "new");
      transfer_fixture_write_text (fixture->there, here, "old");
      transfer_fixture_write_text (fixture->there, other, "down");
      g_assert_cmpint (link (old, kept), ==, 0);
    }
  for (guint i = 0; i < limit; i++)
    {
      g_autofree char *from = g_strdup_printf (i % 3 == 0 ? "up-%u" : "there:down-%u", i);
      g_autofree char *copy = g_strdup_printf ("there:copy-%u", i);
      const char *to = i % 3 == 0 ? "there:" : i % 3 == 1 ? "" : copy;
      g_autoptr (WherryTransfer) transfer = transfer_fixture_new (fixture, from, to, flags);

      wherry_queue_append (queue, transfer);
    }
  wait_until_over (queue);

  for (guint i = 0; i < limit; i++)
    {
      g_autoptr (WherryTransfer) transfer = g_list_model_get_item (G_LIST_MODEL (queue), i);
      g_autofree char *up = g_strdup_printf ("up-%u/a", i);
      g_autofree char *down = g_strdup_printf ("down-%u/a", i);
      g_autofree char *copy = g_strdup_printf ("copy-%u/a", i);
      g_autofree char *kept = g_strdup_printf ("kept-%u", i);

      transfer_fixture_assert_done (transfer);
      if (i % 3 == 0)
        {
          transfer_fixture_assert_text (fixture->there, up, "new");
          transfer_fixture_assert_text (fixture->there, kept, "old");
        }
      else
        transfer_fixture_assert_text (i % 3 == 1 ? fixture->here : fixture->there,
                                      i % 3 == 1 ? down : copy, "down");
    }
}

/* The folder that the person names may be a link to one. */
static void
test_link_as_target (Fixture *fixture, gconstpointer data)
{
  g_autofree char *link_here = g_build_filename (fixture->here, "link", NULL);
  g_autofree char *link_there = g_build_filename (fixture->there, "link", NULL);
  g_autofree char *from = g_strdup_printf ("server:%s/tree/.", fixture->there);
  WherryTransferFlags flags = WHERRY_TRANSFER_RECURSIVE;

  transfer_fixture_write_text (fixture->there, "tree/a", "down");
  transfer_fixture_write_text (fixture->here, "tree/b", "up");
  transfer_fixture_make_folder (fixture->here, "real");
  transfer_fixture_make_folder (fixture->there, "real");
  g_assert_cmpint (symlink ("real", link_here), ==, 0);
  g_assert_cmpint (symlink ("real", link_there), ==, 0);

  g_autoptr (WherryTransfer) down = transfer_fixture_run (fixture, from, "link", flags);
  transfer_fixture_assert_done (down);
  transfer_fixture_assert_text (fixture->here, "real/a", "down");
  g_autoptr (WherryTransfer) up = transfer_fixture_run (fixture, "tree/.", "there:link", flags);
  transfer_fixture_assert_done (up);
  transfer_fixture_assert_text (fixture->there, "real/b", "up");
}

/* A file that may be written to, in a folder that may not: it can't be replaced, and why is told.
 */
static void
test_denied_beside (Fixture *fixture, gconstpointer data)
{
  if (getuid () == 0)
    {
      g_test_skip ("Nothing is denied to root");
      return;
    }
  transfer_fixture_write_text (fixture->here, "a", "new");
  transfer_fixture_write_text (fixture->there, "closed/a", "old");
  set_mode (fixture->there, "closed", 0555);

  g_autoptr (WherryTransfer) up
      = transfer_fixture_run (fixture, "a", "there:closed", WHERRY_TRANSFER_DEFAULT);
  g_autoptr (GPtrArray) failures = wherry_transfer_dup_failures (up);
  set_mode (fixture->there, "closed", 0755);
  g_assert_cmpuint (failures->len, ==, 1);
  const WherryFailure *failure = failures->pdata[0];
  g_assert_error (failure->error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
  g_assert_nonnull (strstr (failure->error->message, "make files"));
  transfer_fixture_assert_list (fixture->there, "d closed\nf 3 closed/a\n");
}

/* What can't be listed may be there all the same. */
static void
test_no_find (Fixture *fixture, gconstpointer data)
{
  g_autofree char *old = g_build_filename (fixture->there, "tree/a", NULL);
  g_autofree char *kept = g_build_filename (fixture->there, "kept", NULL);

  transfer_fixture_write_text (fixture->here, "tree/a", "new");
  transfer_fixture_write_text (fixture->there, "tree/a", "old");
  g_assert_cmpint (link (old, kept), ==, 0);
  g_autoptr (WherryTransfer) up
      = transfer_fixture_run (fixture, "tree", "there:", WHERRY_TRANSFER_RECURSIVE);
  transfer_fixture_assert_done (up);
  transfer_fixture_assert_text (fixture->there, "tree/a", "new");
  transfer_fixture_assert_text (fixture->there, "kept", "old");
}

/* Commands start in a folder where scp finds "sub", and by CDPATH cd would find another. */
static void
test_cdpath (Fixture *fixture, gconstpointer data)
{
  const char *home = wherry_test_sshd_get_folder (fixture->sshd);

  transfer_fixture_make_folder (home, "sub");
  transfer_fixture_make_folder (home, "other/sub");
  transfer_fixture_write_text (fixture->here, "a", "x");

  g_autoptr (WherryTransfer) up
      = transfer_fixture_run (fixture, "a", "server:sub", WHERRY_TRANSFER_DEFAULT);
  transfer_fixture_assert_done (up);
  transfer_fixture_assert_text (home, "sub/a", "x");
}

/* A pipe or a device is no file to be replaced. */
static void
test_special_target (Fixture *fixture, gconstpointer data)
{
  g_autofree char *pipe_path = g_build_filename (fixture->there, "pipe", NULL);

  g_assert_cmpint (mkfifo (pipe_path, 0600), ==, 0);
  transfer_fixture_write_text (fixture->here, "a", "x");
  g_autoptr (WherryTransfer) up
      = transfer_fixture_run (fixture, "a", "there:pipe", WHERRY_TRANSFER_DEFAULT);
  g_assert_cmpuint (wherry_transfer_get_state (up), ==, WHERRY_TRANSFER_FAILED);
  g_assert_true (S_ISFIFO (look_at (fixture->there, "pipe").st_mode));
}

/* The file may have been anybody's: what is put in its place runs as nobody else. */
static void
test_special_bits (Fixture *fixture, gconstpointer data)
{
  transfer_fixture_write_text (fixture->here, "a", "x");
  transfer_fixture_write_text (fixture->there, "a", "old");
  set_mode (fixture->there, "a", 06755);
  g_autoptr (WherryTransfer) up
      = transfer_fixture_run (fixture, "a", "there:", WHERRY_TRANSFER_DEFAULT);
  transfer_fixture_assert_done (up);
  g_assert_cmpuint (look_at (fixture->there, "a").st_mode & 07777, ==, 0755);
}

int
main (int argc, char **argv)
{
  static const char *const shells[]
      = { "sh", "dash", "bash", "zsh", "ksh", "mksh", "tcsh", "fish", "busybox sh" };
  static const char *const one_session[] = { "MaxSessions 1", NULL };
  static const char *const two_sessions[] = { "MaxSessions 2", NULL };
  static const char *const cdpath[]
      = { "ForceCommand cd \"$HOME\" && export CDPATH=\"$HOME/other\" "
          "&& eval \"$SSH_ORIGINAL_COMMAND\"",
          NULL };
  static const char *const no_find[]
      = { "ForceCommand eval \"$(printf %s \"$SSH_ORIGINAL_COMMAND\" | sed 's/find /no-find /')\"",
          NULL };
  static const char *const no_perl[]
      = { "ForceCommand eval \"$(printf %s \"$SSH_ORIGINAL_COMMAND\" "
          "| sed 's/command -v perl/command -v no-perl/')\"",
          NULL };
  static const char *const survey_flood[]
      = { "ForceCommand case \"$SSH_ORIGINAL_COMMAND\" in scp*) exec cat;; esac; exec yes ./x",
          NULL };
  static const char *const small_files[]
      = { "ForceCommand trap '' XFSZ; ulimit -f 40; eval \"$SSH_ORIGINAL_COMMAND\"", NULL };
  static const char *const reply_flood[]
      = { "ForceCommand case \"$SSH_ORIGINAL_COMMAND\" in scp*) exec cat /dev/zero;; esac; eval "
          "\"$SSH_ORIGINAL_COMMAND\"",
          NULL };
  static const char *const answer_flood[] = {
    "ForceCommand case \"$SSH_ORIGINAL_COMMAND\" in scp*) eval \"$SSH_ORIGINAL_COMMAND\";; *) "
    "eval \"$SSH_ORIGINAL_COMMAND\" & exec yes;; esac",
    NULL
  };
  static const struct {
    const char *path;
    const char *const *config_lines;
    void (*run) (Fixture *, gconstpointer);
  } tests[] = {
    { "/places/closed-folder", NULL, test_closed_folder },
    { "/places/new-closed-folder", NULL, test_new_closed_folder },
    { "/places/linked-folder", NULL, test_linked_folder },
    { "/places/one-session", one_session, test_few_sessions },
    { "/places/two-sessions", two_sessions, test_few_sessions },
    { "/places/ten-sessions", NULL, test_few_sessions },
    { "/places/survey-flood", survey_flood, test_flood },
    { "/places/reply-flood", reply_flood, test_flood },
    { "/places/answer-flood", answer_flood, test_flood },
    { "/places/full-disk", small_files, test_full_disk },
    { "/places/cancel-amid-tree", NULL, test_cancel_amid_tree },
    { "/places/link-as-target", NULL, test_link_as_target },
    { "/places/denied-beside", NULL, test_denied_beside },
    { "/places/no-find", no_find, test_no_find },
    { "/places/cdpath", cdpath, test_cdpath },
    { "/places/special-target", NULL, test_special_target },
    { "/places/special-bits", NULL, test_special_bits },
    { "/places/no-perl/closed-folder", no_perl, test_closed_folder },
    { "/places/no-perl/new-closed-folder", no_perl, test_new_closed_folder },
    { "/places/no-perl/special-target", no_perl, test_special_target },
    { "/places/no-perl/special-bits", no_perl, test_special_bits },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (shells); i++)
    {
      g_autofree char *path = g_strdup_printf ("/places/login-shell/%s", shells[i]);
      g_test_add_data_func (path, shells[i], test_login_shell);
    }
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, tests[i].config_lines, set_up, tests[i].run, tear_down);
  return g_test_run ();
}
