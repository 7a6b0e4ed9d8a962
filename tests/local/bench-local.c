/* What the writer and the walker cost: bench-local FOLDER [FILES [BYTES]]. Run by hand; prints
 * figures. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "local-fixture.h"
#include "local/wherry-walker.h"

static guint n_placed;
static guint n_failed;

static void
on_report (const char *path, guint64 size, const GError *error, gpointer user_data)
{
  if (error == NULL)
    g_atomic_int_inc (&n_placed);
  else if (g_atomic_int_add (&n_failed, 1) == 0)
    g_printerr ("%s: %s\n", path, error->message);
}

static double
cpu_seconds (int who)
{
  struct rusage usage;

  getrusage (who, &usage);
  return (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
         + (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void
bench_writer (const char *folder, guint n_files, gsize n_bytes)
{
  g_autofree guint8 *content = g_malloc (MIN (n_bytes, 1024 * 1024) + 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (WherryWriter) writer = wherry_writer_new (folder, 0, on_report, NULL, &error);

  g_assert_no_error (error);
  for (gsize i = 0; i <= MIN (n_bytes, 1024 * 1024); i++)
    content[i] = (guint8) (i * 31);

  gint64 begin = g_get_monotonic_time ();
  double thread_cpu = cpu_seconds (RUSAGE_THREAD), all_cpu = cpu_seconds (RUSAGE_SELF);
  for (guint i = 0; i < n_files; i++)
    {
      char name[20];
      g_snprintf (name, sizeof name, "f%u", i);
      wherry_writer_begin_file (writer, name, 0644, n_bytes, NULL, &error);
      g_assert_no_error (error);
      for (gsize at = 0; at < n_bytes; at += 1024 * 1024)
        wherry_writer_write (writer, content, MIN (n_bytes - at, 1024 * 1024), NULL);
      wherry_writer_commit_file (writer);
    }
  gint64 handed_over = g_get_monotonic_time ();
  thread_cpu = cpu_seconds (RUSAGE_THREAD) - thread_cpu;
  wherry_writer_finish (writer, NULL, &error);
  g_assert_no_error (error);
  gint64 end = g_get_monotonic_time ();
  all_cpu = cpu_seconds (RUSAGE_SELF) - all_cpu;

  g_print ("write: %u x %" G_GSIZE_FORMAT " bytes: %.3f s (handed over in %.3f s), a file: "
           "receiving thread %.1f us CPU, both %.1f us CPU; %u in place, %u failed\n",
           n_files, n_bytes, (double) (end - begin) / 1e6, (double) (handed_over - begin) / 1e6,
           thread_cpu / n_files * 1e6, all_cpu / n_files * 1e6, n_placed, n_failed);
}

static void
bench_walker (const char *folder)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WherryWalker) walker = wherry_walker_new (folder, 0, &error);
  g_autofree char *buffer = g_malloc (1024 * 1024);
  WherryWalkerEntryType type;
  WherryWalkerEntry entry;
  guint n = 0;

  g_assert_no_error (error);
  gint64 begin = g_get_monotonic_time ();
  while ((type = wherry_walker_next (walker, &entry)) != WHERRY_WALKER_DONE)
    {
      if (type != WHERRY_WALKER_FILE)
        continue;
      struct stat now;
      int fd = wherry_walker_open (walker, &now, &error);
      g_assert_no_error (error);
      while (read (fd, buffer, 1024 * 1024) > 0)
        ;
      close (fd);
      n++;
    }
  double seconds = (double) (g_get_monotonic_time () - begin) / 1e6;
  g_print ("walk, open, read: %u files: %.3f s, %.1f us a file\n", n, seconds, seconds / n * 1e6);
}

int
main (int argc, char **argv)
{
  if (argc < 2)
    return 2;

  g_autofree char *folder = g_build_filename (argv[1], "wherry-bench-XXXXXX", NULL);
  g_assert_nonnull (g_mkdtemp (folder));
  bench_writer (folder, argc > 2 ? (guint) atoi (argv[2]) : 10000,
                argc > 3 ? (gsize) g_ascii_strtoull (argv[3], NULL, 10) : 4096);
  bench_walker (folder);
  if (g_getenv ("WHERRY_BENCH_KEEP") == NULL)
    remove_tree (folder);
  return n_failed > 0;
}
