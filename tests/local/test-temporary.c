#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include "local-fixture.h"
#include "local/wherry-temporary.h"

static char *
make_folder (const char *parent, const char *name)
{
  char *path = g_build_filename (parent, name, NULL);
  g_assert_cmpint (g_mkdir_with_parents (path, 0700), ==, 0);
  return path;
}

static char *
make_file (const char *folder, const char *name)
{
  char *path = g_build_filename (folder, name, NULL);
  g_assert_true (g_file_set_contents (path, "x", 1, NULL));
  return path;
}

static void
make_old (const char *path)
{
  const struct utimbuf times = { 1000000000, 1000000000 };
  g_assert_cmpint (utime (path, &times), ==, 0);
}

static gboolean
exists (const char *path)
{
  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* Nobody else may look into it, and what a server's modes close is removed all the same. */
static void
test_remove (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = wherry_temporary_new (&error);
  struct stat info;

  g_assert_no_error (error);
  g_assert_cmpint (stat (folder, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0700);

  g_autofree char *outside = g_build_filename (g_get_tmp_dir (), "outside", NULL);
  g_autofree char *kept = NULL;
  g_assert_cmpint (g_mkdir_with_parents (outside, 0700), ==, 0);
  kept = make_file (outside, "kept");

  g_autofree char *closed = make_folder (folder, "closed");
  g_autofree char *inner = make_file (closed, "inner");
  g_autofree char *link = g_build_filename (closed, "link", NULL);
  g_assert_cmpint (symlink (outside, link), ==, 0);
  g_assert_cmpint (g_chmod (closed, 0), ==, 0);

  wherry_temporary_remove (folder);
  g_assert_false (exists (folder));
  g_assert_true (exists (kept));
}

static void
test_in_use (void)
{
  g_autofree char *folder = wherry_temporary_new (NULL);
  g_autofree char *deep = make_folder (folder, "a/b");
  g_autofree char *file = make_file (deep, "file");
  int fd = g_open (file, O_RDONLY, 0);

  g_assert_cmpint (fd, >=, 0);
  g_assert_true (wherry_temporary_is_in_use (folder));
  close (fd);
  g_assert_false (wherry_temporary_is_in_use (folder));
  wherry_temporary_remove (folder);
}

/* What another process uses, or used a moment ago, stays; and so does a person's work. */
static void
test_stale (void)
{
  g_autofree char *own = wherry_temporary_new (NULL);
  g_autofree char *own_run = g_path_get_dirname (own);
  g_autofree char *parent = g_path_get_dirname (own_run);
  g_autofree char *old = make_folder (parent, "run-old");
  g_autofree char *old_file = NULL;
  g_autofree char *recent = make_folder (parent, "run-recent");
  g_autofree char *locked = make_folder (parent, "run-locked");
  g_autofree char *work = make_folder (parent, "run-work");
  g_autofree char *edited = make_folder (work, "edited");
  g_autofree char *other = make_folder (work, "other");
  int fd = g_open (locked, O_RDONLY | O_DIRECTORY, 0);

  g_free (make_folder (old, "x"));
  old_file = make_file (old, "x/y");
  g_assert_true (wherry_temporary_make_keep (edited));
  make_old (old);
  make_old (locked);
  make_old (work);
  make_old (own_run);
  g_assert_cmpint (flock (fd, LOCK_EX | LOCK_NB), ==, 0);

  wherry_temporary_remove_stale ();
  g_assert_false (exists (old));
  g_assert_true (exists (recent));
  g_assert_true (exists (locked));
  g_assert_true (exists (own));
  g_assert_true (exists (edited));
  g_assert_false (exists (other));

  wherry_temporary_end_keep (edited);
  make_old (work);
  wherry_temporary_remove_stale ();
  g_assert_false (exists (work));
  close (fd);
}

/* At the end only what may still be read stays. */
static void
test_remove_all (void)
{
  g_autofree char *fresh = wherry_temporary_new (NULL);
  g_autofree char *old = wherry_temporary_new (NULL);
  g_autofree char *kept = wherry_temporary_new (NULL);

  g_assert_true (wherry_temporary_make_keep (kept));
  make_old (old);
  make_old (kept);
  wherry_temporary_remove_all ();
  g_assert_true (exists (fresh));
  g_assert_false (exists (old));
  g_assert_true (exists (kept));
}

int
main (int argc, char *argv[])
{
  g_autofree char *cache = g_dir_make_tmp ("wherry-test-XXXXXX", NULL);

  g_test_init (&argc, &argv, NULL);
  g_setenv ("XDG_CACHE_HOME", cache, TRUE);
  g_setenv ("TMPDIR", cache, TRUE);
  g_test_add_func ("/temporary/remove", test_remove);
  g_test_add_func ("/temporary/in-use", test_in_use);
  g_test_add_func ("/temporary/stale", test_stale);
  g_test_add_func ("/temporary/remove-all", test_remove_all);
  int status = g_test_run ();
  remove_tree (cache);
  return status;
}
