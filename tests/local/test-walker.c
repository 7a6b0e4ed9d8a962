#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/wherry-error.h"
#include "local-fixture.h"
#include "local/wherry-walker.h"
#include "scp/wherry-scp.h"

static int
compare_lines (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* The whole walk as sorted lines: "F name=content", "D name", "E name", "S name (message)". */
static char *
walk (Fixture *fixture, const char *name, WherryWalkerLinks links)
{
  g_autofree char *path = fixture_path (fixture, name);
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_autoptr (WherryWalker) walker = wherry_walker_new (path, links, &error);
  WherryWalkerEntryType type;
  WherryWalkerEntry entry;

  g_assert_no_error (error);
  while ((type = wherry_walker_next (walker, &entry)) != WHERRY_WALKER_DONE)
    {
      const char *shown = entry.path + strlen (fixture->folder) + 1;

      g_assert_true (g_str_has_suffix (entry.path, entry.name));
      switch (type)
        {
          case WHERRY_WALKER_FILE: {
            struct stat now;
            char content[100];
            int fd = wherry_walker_open (walker, &now, &error);
            if (fd < 0)
              {
                g_ptr_array_add (lines, g_strdup_printf ("U %s", shown));
                g_clear_error (&error);
                break;
              }
            g_assert_cmpint (now.st_size, ==, entry.stat.st_size);
            ssize_t n = read (fd, content, sizeof content - 1);
            g_assert_cmpint (n, ==, now.st_size);
            content[n] = '\0';
            close (fd);
            g_ptr_array_add (lines, g_strdup_printf ("F %s=%s", shown, content));
            break;
          }
        case WHERRY_WALKER_DIRECTORY:
          g_assert_true (S_ISDIR (entry.stat.st_mode));
          g_ptr_array_add (lines, g_strdup_printf ("D %s", shown));
          break;
        case WHERRY_WALKER_DIRECTORY_END:
          g_ptr_array_add (lines, g_strdup_printf ("E %s", shown));
          break;
        case WHERRY_WALKER_SKIPPED:
          g_assert_nonnull (entry.error);
          g_ptr_array_add (lines, g_strdup_printf ("S %s", shown));
          break;
        case WHERRY_WALKER_DONE:
        default:
          g_assert_not_reached ();
        }
    }
  g_assert_cmpint (wherry_walker_next (walker, &entry), ==, WHERRY_WALKER_DONE);

  g_ptr_array_sort (lines, compare_lines);
  g_ptr_array_add (lines, NULL);
  return g_strjoinv ("|", (char **) lines->pdata);
}

static void
make_link (Fixture *fixture, const char *target, const char *name)
{
  g_autofree char *path = fixture_path (fixture, name);
  g_assert_cmpint (symlink (target, path), ==, 0);
}

static void
test_tree (Fixture *fixture, gconstpointer data)
{
  fixture_put (fixture, "t/a", "A", 0644);
  fixture_put (fixture, "t/d/b", "B", 0644);
  fixture_put (fixture, "t/d/e/c", "", 0644);
  fixture_put (fixture, "t/new\nline", "N", 0644);
  fixture_put (fixture, "t/\xff", "bytes", 0644);
  g_autofree char *lines = walk (fixture, "t", WHERRY_WALKER_LINKS_WITHIN);
  g_assert_cmpstr (lines, ==,
                   "D t|D t/d|D t/d/e|E t|E t/d|E t/d/e|F t/a=A|F t/d/b=B|F t/d/e/c=|"
                   "F t/new\nline=N|F t/\xff=bytes");
}

static void
test_file (Fixture *fixture, gconstpointer data)
{
  fixture_put (fixture, "f", "content", 0644);
  make_link (fixture, "f", "l");
  g_autofree char *lines = walk (fixture, "f", WHERRY_WALKER_LINKS_SKIP);
  g_autofree char *link_lines = walk (fixture, "l", WHERRY_WALKER_LINKS_SKIP);
  g_assert_cmpstr (lines, ==, "F f=content");
  g_assert_cmpstr (link_lines, ==, "F l=content");
}

static void
put_links (Fixture *fixture)
{
  g_autofree char *absolute = fixture_path (fixture, "t/d/b");
  g_autofree char *absolute_out = fixture_path (fixture, "out");

  fixture_put (fixture, "out", "OUT", 0644);
  fixture_put (fixture, "tx/f", "TX", 0644);
  fixture_put (fixture, "t/d/b", "B", 0644);
  make_link (fixture, "d/b", "t/in");
  make_link (fixture, absolute, "t/in-absolute");
  make_link (fixture, "../t/d/b", "t/in-roundabout");
  make_link (fixture, "d", "t/dir");
  make_link (fixture, "..", "t/d/up");
  make_link (fixture, "../out", "t/out");
  make_link (fixture, absolute_out, "t/out-absolute");
  make_link (fixture, "../tx", "t/out-dir");
  make_link (fixture, "nothing", "t/dangling");
  make_link (fixture, "circle", "t/circle");
  make_link (fixture, "/dev/null", "t/device");
}

static void
test_links_within (Fixture *fixture, gconstpointer data)
{
  put_links (fixture);
  g_autofree char *lines = walk (fixture, "t", WHERRY_WALKER_LINKS_WITHIN);
  g_assert_cmpstr (lines, ==,
                   "D t|D t/d|D t/dir|E t|E t/d|E t/dir|F t/d/b=B|F t/dir/b=B|F t/in-absolute=B|"
                   "F t/in-roundabout=B|F t/in=B|S t/circle|S t/d/up|S t/dangling|S t/device|"
                   "S t/dir/up|S t/out|S t/out-absolute|S t/out-dir");
}

static void
test_links_follow (Fixture *fixture, gconstpointer data)
{
  put_links (fixture);
  g_autofree char *lines = walk (fixture, "t", WHERRY_WALKER_LINKS_FOLLOW);
  g_assert_cmpstr (lines, ==,
                   "D t|D t/d|D t/dir|D t/out-dir|E t|E t/d|E t/dir|E t/out-dir|F t/d/b=B|"
                   "F t/dir/b=B|F t/in-absolute=B|F t/in-roundabout=B|F t/in=B|"
                   "F t/out-absolute=OUT|F t/out-dir/f=TX|F t/out=OUT|S t/circle|S t/d/up|"
                   "S t/dangling|S t/device|S t/dir/up");
}

static void
test_links_skip (Fixture *fixture, gconstpointer data)
{
  put_links (fixture);
  g_autofree char *lines = walk (fixture, "t", WHERRY_WALKER_LINKS_SKIP);
  g_assert_cmpstr (lines, ==,
                   "D t|D t/d|E t|E t/d|F t/d/b=B|S t/circle|S t/d/up|S t/dangling|S t/device|"
                   "S t/dir|S t/in|S t/in-absolute|S t/in-roundabout|S t/out|S t/out-absolute|"
                   "S t/out-dir");
}

static void
test_special (Fixture *fixture, gconstpointer data)
{
  g_autofree char *fifo = fixture_path (fixture, "t/fifo");
  g_autoptr (GError) error = NULL;

  fixture_put (fixture, "t/f", "F", 0644);
  g_assert_cmpint (mkfifo (fifo, 0644), ==, 0);
  g_autofree char *lines = walk (fixture, "t", WHERRY_WALKER_LINKS_WITHIN);
  g_assert_cmpstr (lines, ==, "D t|E t|F t/f=F|S t/fifo");

  g_assert_null (wherry_walker_new (fifo, WHERRY_WALKER_LINKS_WITHIN, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_SKIPPED);
  g_clear_error (&error);
  g_assert_null (wherry_walker_new ("/dev/null", WHERRY_WALKER_LINKS_WITHIN, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_SKIPPED);
  g_clear_error (&error);
  g_assert_null (wherry_walker_new ("/nonexistent/x", WHERRY_WALKER_LINKS_WITHIN, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static void
test_skip_directory (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_path (fixture, "t");
  g_autoptr (WherryWalker) walker = NULL;
  WherryWalkerEntryType type;
  WherryWalkerEntry entry;
  guint n_files = 0, n_ends = 0;

  fixture_put (fixture, "t/d/x", "X", 0644);
  fixture_put (fixture, "t/e/y", "Y", 0644);
  walker = wherry_walker_new (path, WHERRY_WALKER_LINKS_WITHIN, NULL);
  while ((type = wherry_walker_next (walker, &entry)) != WHERRY_WALKER_DONE)
    {
      if (type == WHERRY_WALKER_DIRECTORY && strcmp (entry.name, "d") == 0)
        wherry_walker_skip_directory (walker);
      if (type == WHERRY_WALKER_FILE)
        {
          g_assert_cmpstr (entry.name, ==, "y");
          n_files++;
        }
      if (type == WHERRY_WALKER_DIRECTORY_END)
        {
          g_assert_cmpstr (entry.name, !=, "d");
          n_ends++;
        }
    }
  g_assert_cmpuint (n_files, ==, 1);
  g_assert_cmpuint (n_ends, ==, 2);
}

static void
test_changed (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_path (fixture, "t");
  g_autofree char *file = fixture_path (fixture, "t/f");
  g_autoptr (WherryWalker) walker = NULL;
  g_autoptr (GError) error = NULL;
  WherryWalkerEntry entry;
  struct stat now;

  fixture_put (fixture, "t/f", "F", 0644);
  walker = wherry_walker_new (path, WHERRY_WALKER_LINKS_WITHIN, NULL);
  g_assert_cmpint (wherry_walker_next (walker, &entry), ==, WHERRY_WALKER_DIRECTORY);
  g_assert_cmpint (wherry_walker_next (walker, &entry), ==, WHERRY_WALKER_FILE);

  fixture_put (fixture, "t/f", "grown", 0644);
  int fd = wherry_walker_open (walker, &now, &error);
  g_assert_no_error (error);
  g_assert_cmpint (now.st_size, ==, 5);
  close (fd);

  g_assert_cmpint (g_unlink (file), ==, 0);
  g_assert_cmpint (wherry_walker_open (walker, &now, &error), ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);

  g_assert_cmpint (symlink ("/etc/passwd", file), ==, 0);
  g_assert_cmpint (wherry_walker_open (walker, &now, &error), ==, -1);
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_CHANGED);
  g_clear_error (&error);

  g_assert_cmpint (g_unlink (file), ==, 0);
  g_assert_cmpint (mkfifo (file, 0644), ==, 0);
  g_assert_cmpint (wherry_walker_open (walker, &now, &error), ==, -1);
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_CHANGED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, function) \
  g_test_add ("/walker/" path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)
  ADD ("tree", test_tree);
  ADD ("file", test_file);
  ADD ("links-within", test_links_within);
  ADD ("links-follow", test_links_follow);
  ADD ("links-skip", test_links_skip);
  ADD ("special", test_special);
  ADD ("skip-directory", test_skip_directory);
  ADD ("changed", test_changed);

  return g_test_run ();
}
