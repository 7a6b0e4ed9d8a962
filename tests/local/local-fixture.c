#include "local-fixture.h"

#include <ftw.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
report_free (gpointer data)
{
  Report *self = data;

  g_free (self->path);
  g_clear_error (&self->error);
  g_free (self);
}

void
fixture_set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  self->folder = g_dir_make_tmp ("wherry-local-XXXXXX", &error);
  g_assert_no_error (error);
  g_mutex_init (&self->lock);
  self->reports = g_ptr_array_new_with_free_func (report_free);
}

static int
remove_entry (const char *path, const struct stat *st, int type, struct FTW *ftw)
{
  if (type == FTW_D || type == FTW_DNR)
    (void) chmod (path, 0700);
  return 0;
}

static int
remove_after (const char *path, const struct stat *st, int type, struct FTW *ftw)
{
  return remove (path);
}

void
remove_tree (const char *folder)
{
  nftw (folder, remove_entry, 16, FTW_PHYS);
  nftw (folder, remove_after, 16, FTW_PHYS | FTW_DEPTH);
}

void
fixture_tear_down (Fixture *self, gconstpointer data)
{
  remove_tree (self->folder);
  g_assert_false (g_file_test (self->folder, G_FILE_TEST_EXISTS));
  g_free (self->folder);
  g_ptr_array_unref (self->reports);
  g_mutex_clear (&self->lock);
}

char *
fixture_path (Fixture *self, const char *name)
{
  return g_build_filename (self->folder, name, NULL);
}

void
fixture_put (Fixture *self, const char *name, const char *content, int mode)
{
  g_autofree char *path = fixture_path (self, name);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  g_file_set_contents (path, content, -1, &error);
  g_assert_no_error (error);
  g_assert_cmpint (chmod (path, (mode_t) mode), ==, 0);
}

void
fixture_on_report (const char *path, guint64 size, const GError *error, gpointer user_data)
{
  Fixture *self = user_data;
  Report *report = g_new0 (Report, 1);

  report->path = g_strdup (path);
  report->size = size;
  report->error = error != NULL ? g_error_copy (error) : NULL;
  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->reports, report);
  g_mutex_unlock (&self->lock);
}

WherryWriter *
fixture_writer (Fixture *self, const char *name, WherryWriterFlags flags)
{
  g_autofree char *path = name != NULL ? fixture_path (self, name) : g_strdup (self->folder);
  g_autoptr (GError) error = NULL;
  WherryWriter *writer = wherry_writer_new (path, flags, fixture_on_report, self, &error);

  g_assert_no_error (error);
  g_assert_nonnull (writer);
  return writer;
}

/* The only report for a path below the folder; a second one is a failure of the test. */
Report *
fixture_find_report (Fixture *self, const char *name)
{
  g_autofree char *path = fixture_path (self, name);
  Report *found = NULL;

  for (guint i = 0; i < self->reports->len; i++)
    {
      Report *report = g_ptr_array_index (self->reports, i);
      if (strcmp (report->path, path) != 0)
        continue;
      g_assert_null (found);
      found = report;
    }
  return found;
}

void
write_file (WherryWriter *writer, const char *name, guint32 mode, const char *content)
{
  g_autoptr (GError) error = NULL;

  wherry_writer_begin_file (writer, name, mode, strlen (content), NULL, &error);
  g_assert_no_error (error);
  wherry_writer_write (writer, (const guint8 *) content, strlen (content), &error);
  g_assert_no_error (error);
  wherry_writer_commit_file (writer);
}

void
finish (WherryWriter *writer)
{
  g_autoptr (GError) error = NULL;
  gboolean done = wherry_writer_finish (writer, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (done);
}

guint
count_fds (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n - 1;
}

static guint n_strays;

static int
look_at_name (const char *path, const struct stat *st, int type, struct FTW *ftw)
{
  if (g_str_has_prefix (path + ftw->base, ".wherry-"))
    n_strays++;
  return 0;
}

guint
count_strays (const char *folder)
{
  n_strays = 0;
  nftw (folder, look_at_name, 16, FTW_PHYS);
  return n_strays;
}
