/* The sink against the real `scp -f`. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/wherry-error.h"
#include "scp/wherry-scp-sink.h"
#include "scp-program.h"

typedef struct {
  GString *told; /* one line for each thing told but entries */
  guint n_files;
} Download;

static void
set_times (const char *path, const WherryScpSinkEvent *event)
{
  const struct timespec times[]
      = { { .tv_sec = event->times.atime }, { .tv_sec = event->times.mtime } };

  if (event->has_times)
    g_assert_no_errno (utimensat (AT_FDCWD, path, times, 0));
}

typedef struct {
  GString *path;
  GByteArray *content;
  WherryScpSinkEvent entry;
  GArray *directories; /* WherryScpSinkEvent */
} Receiver;

static void
receive (Download *self,
         Receiver *receiver,
         WherryScpSinkEventType type,
         const WherryScpSinkEvent *event)
{
  GString *path = receiver->path;

  switch (type)
    {
    case WHERRY_SCP_SINK_DIRECTORY:
      g_string_append_printf (path, "/%s", event->name);
      g_assert_no_errno (g_mkdir (path->str, 0700));
      g_array_append_val (receiver->directories, *event);
      break;
      case WHERRY_SCP_SINK_DIRECTORY_END: {
        guint last = receiver->directories->len - 1;
        WherryScpSinkEvent *entry
            = &g_array_index (receiver->directories, WherryScpSinkEvent, last);

        g_assert_no_errno (g_chmod (path->str, (int) entry->mode));
        set_times (path->str, entry);
        g_array_set_size (receiver->directories, last);
        g_string_truncate (path, (gsize) (strrchr (path->str, '/') - path->str));
      }
      break;
    case WHERRY_SCP_SINK_FILE:
      g_string_append_printf (path, "/%s", event->name);
      receiver->entry = *event;
      g_byte_array_set_size (receiver->content, 0);
      break;
    case WHERRY_SCP_SINK_DATA:
      g_byte_array_append (receiver->content, event->data, (guint) event->length);
      break;
    case WHERRY_SCP_SINK_FILE_END:
      g_assert_null (event->text);
      g_assert_true (g_file_set_contents_full (path->str, (const char *) receiver->content->data,
                                               (gssize) receiver->content->len,
                                               G_FILE_SET_CONTENTS_NONE, 0600, NULL));
      g_assert_no_errno (g_chmod (path->str, (int) receiver->entry.mode));
      set_times (path->str, &receiver->entry);
      g_string_truncate (path, (gsize) (strrchr (path->str, '/') - path->str));
      self->n_files++;
      break;
    case WHERRY_SCP_SINK_WARNING:
      g_string_append_printf (self->told, "warning %s\n", event->text);
      break;
    case WHERRY_SCP_SINK_SKIPPED:
      g_string_append_printf (self->told, "skipped %s\n", event->name);
      break;
    case WHERRY_SCP_SINK_DONE:
      g_string_append (self->told, "done\n");
      break;
    case WHERRY_SCP_SINK_NEED_INPUT:
    case WHERRY_SCP_SINK_FAILED:
    default:
      g_assert_not_reached ();
    }
}

static void
download_reply (Program *program, WherryScpSink *sink, guint ahead)
{
  guint8 replies[512];
  gsize n;

  while ((n = wherry_scp_sink_take_replies (sink, replies, sizeof replies, ahead)) > 0)
    g_byte_array_append (program->out, replies, (guint) n);
}

/* Runs a download of @name in "there" to "here"; @error is what it failed with. */
static Download
download (Fixture *fixture,
          const char *options,
          const char *name,
          WherryScpSinkFlags flags,
          guint ahead,
          int *exit_status,
          GError **error)
{
  Download self = { .told = g_string_new (NULL) };
  g_autofree char *remote = g_build_filename (fixture->there, name, NULL);
  Program program = program_start (fixture, options, remote);
  g_autoptr (WherryScpSink) sink = wherry_scp_sink_new (name, flags);
  Receiver receiver = {
    .path = g_string_new (fixture->here),
    .content = g_byte_array_new (),
    .directories = g_array_new (FALSE, FALSE, sizeof (WherryScpSinkEvent)),
  };
  gboolean over = FALSE;

  while (!over)
    {
      guint8 buffer[8192];
      const guint8 *input = buffer;
      WherryScpSinkEventType type;
      gsize length;

      download_reply (&program, sink, ahead);
      length = program_exchange (&program, buffer, sizeof buffer);
      if (program.ended)
        wherry_scp_sink_end_of_input (sink);
      do
        {
          WherryScpSinkEvent event;

          type = wherry_scp_sink_next (sink, &input, &length, &event, error);
          over = type == WHERRY_SCP_SINK_DONE || type == WHERRY_SCP_SINK_FAILED;
          if (type != WHERRY_SCP_SINK_FAILED && type != WHERRY_SCP_SINK_NEED_INPUT)
            receive (&self, &receiver, type, &event);
      } while (!over && type != WHERRY_SCP_SINK_NEED_INPUT);
    }

  g_string_free (receiver.path, TRUE);
  g_byte_array_unref (receiver.content);
  g_array_unref (receiver.directories);
  *exit_status = program_end (&program);
  return self;
}

static void
download_clear (Download *self)
{
  g_string_free (self->told, TRUE);
}

static void
fetch_tree (Fixture *fixture, const char *options, guint ahead, gboolean preserved)
{
  g_autoptr (GError) error = NULL;
  int exit_status;
  Download got;

  make_tree (fixture->there);
  got = download (fixture, options, "d", WHERRY_SCP_SINK_TREE, ahead, &exit_status, &error);
  g_assert_no_error (error);
  g_assert_cmpint (exit_status, ==, 0);
  g_assert_cmpuint (got.n_files, ==, N_FILES);
  g_assert_cmpstr (got.told->str, ==, "done\n");
  compare_trees (fixture, preserved);
  download_clear (&got);
}

static void
test_download_ahead (Fixture *fixture, gconstpointer program)
{
  fetch_tree (fixture, "-r -p -f", 4096, TRUE);
}

static void
test_download_one_by_one (Fixture *fixture, gconstpointer program)
{
  fetch_tree (fixture, "-r -f", 0, FALSE);
}

static void
test_download_file (Fixture *fixture, gconstpointer program)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *here = g_build_filename (fixture->here, "-f f", NULL);
  g_autofree char *there = g_build_filename (fixture->there, "-f f", NULL);
  int exit_status;
  Download got;

  make_file (fixture->there, "-f f", "hello", 5, 0751);
  got = download (fixture, "-p -f", "-f f", 0, 100, &exit_status, &error);
  g_assert_no_error (error);
  g_assert_cmpint (exit_status, ==, 0);
  g_assert_cmpstr (got.told->str, ==, "done\n");
  compare (here, there, TRUE);
  download_clear (&got);
}

static void
fail_download (Fixture *fixture, const char *name, const char *told, GError **error)
{
  int exit_status;
  Download got = download (fixture, "-f", name, 0, 100, &exit_status, error);

  g_assert_cmpint (exit_status, ==, 1);
  if (!g_pattern_match_simple (told, got.told->str))
    g_error ("told “%s”, not “%s”", got.told->str, told);
  g_assert_cmpuint (got.n_files, ==, 0);
  download_clear (&got);
}

static void
test_download_missing (Fixture *fixture, gconstpointer program)
{
  g_autoptr (GError) error = NULL;

  fail_download (fixture, "nothing", "warning scp: */nothing: No such file or directory\n", &error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static void
test_download_folder_as_file (Fixture *fixture, gconstpointer program)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = make_folder (fixture->there, "d", 0755);

  fail_download (fixture, "d", "warning scp: */d: not a regular file\n", &error);
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_REMOTE);
  g_assert_nonnull (strstr (error->message, "-r"));
}

static void
test_download_around_others (Fixture *fixture, gconstpointer program)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = make_folder (fixture->there, "d", 0755);
  /* No FIFO: dropbear's program opens it and waits for good. */
  g_autofree char *other = g_build_filename (folder, "socket", NULL);
  int exit_status;
  Download got;

  g_assert_no_errno (mknod (other, S_IFSOCK | 0600, 0));
  make_file (folder, "a", "a", 1, 0644);
  make_file (folder, "bell\a", "b", 1, 0644);
  make_file (folder, "z", "z", 1, 0644);
  got = download (fixture, "-r -f", "d", WHERRY_SCP_SINK_TREE, 100, &exit_status, &error);
  g_assert_no_error (error);
  g_assert_cmpint (exit_status, ==, 1);
  g_assert_cmpuint (got.n_files, ==, 2);
  g_assert_nonnull (strstr (got.told->str, "/socket: "));
  g_assert_nonnull (strstr (got.told->str, "skipped bell\a\n"));
  g_assert_true (g_str_has_suffix (got.told->str, "done\n"));
  download_clear (&got);
}

static const ProgramTest tests[] = {
  { "download-ahead", test_download_ahead },
  { "download-one-by-one", test_download_one_by_one },
  { "download-file", test_download_file },
  { "download-missing", test_download_missing },
  { "download-folder-as-file", test_download_folder_as_file },
  { "download-around-others", test_download_around_others },
};

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  add_program_tests ("download", tests, G_N_ELEMENTS (tests));
  return g_test_run ();
}
