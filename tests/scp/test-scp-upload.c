/* The source against the real `scp -t`. */
#include <string.h>
#include <sys/stat.h>

#include "scp/wherry-scp-ahead.h"
#include "scp/wherry-scp-source.h"
#include "scp-program.h"

#define PIPELINE WHERRY_SCP_SOURCE_PIPELINE
#define PRESERVE WHERRY_SCP_SOURCE_PRESERVE
#define S(literal) literal, sizeof (literal) - 1

typedef struct {
  Program program;
  WherryScpSource *source;
  GString *told; /* one line for each thing told but files that are done */
  guint n_done;
} Upload;

static Upload
upload_start (Fixture *fixture, const char *options, const char *path, WherryScpSourceFlags flags)
{
  Upload self = {
    .program = program_start (fixture, options, path),
    .source = wherry_scp_source_new (flags),
    .told = g_string_new (NULL),
  };

  return self;
}

static void
upload_tell (Upload *self, WherryScpSourceEventType type, const WherryScpSourceEvent *event)
{
  static const char *const names[]
      = { "", "done", "failed", "opened", "refused", "closed", "broke", "warning" };

  if (type == WHERRY_SCP_SOURCE_FILE_DONE)
    self->n_done++;
  else if (event->text != NULL)
    g_string_append_printf (self->told, "%s %" G_GUINT64_FORMAT " %s\n", names[type], event->tag,
                            event->text);
  else if (type != WHERRY_SCP_SOURCE_DIRECTORY_DONE && type != WHERRY_SCP_SOURCE_DIRECTORY_CLOSED)
    g_string_append_printf (self->told, "%s %" G_GUINT64_FORMAT "\n", names[type], event->tag);
}

static void
upload_feed (Upload *self, const guint8 *input, gsize length)
{
  WherryScpSourceEvent event;
  WherryScpSourceEventType type;

  while ((type = wherry_scp_source_next (self->source, &input, &length, &event))
         != WHERRY_SCP_SOURCE_NEED_INPUT)
    upload_tell (self, type, &event);
}

static void
upload_take (Upload *self)
{
  guint8 buffer[4096];
  gsize n;

  while ((n = wherry_scp_source_take_output (self->source, buffer, sizeof buffer)) > 0)
    g_byte_array_append (self->program.out, buffer, (guint) n);
}

static void
upload_pump (Upload *self)
{
  guint8 buffer[4096];
  gsize n;

  upload_take (self);
  n = program_exchange (&self->program, buffer, sizeof buffer);
  upload_feed (self, buffer, n);
  if (self->program.ended)
    {
      wherry_scp_source_end_of_input (self->source);
      upload_feed (self, NULL, 0);
    }
}

/* Waits until something can be sent, but lets thousands of replies be outstanding. */
static WherryScpSourceState
upload_wait (Upload *self)
{
  WherryScpSourceState state;

  while ((state = wherry_scp_source_get_state (self->source)) == WHERRY_SCP_SOURCE_WAIT
         || wherry_scp_source_get_n_pending (self->source) > 5000
         || self->program.out->len > 200000)
    upload_pump (self);
  return state;
}

static void
upload_content (Upload *self,
                const char *name,
                const struct stat *info,
                const char *content,
                gsize length,
                guint64 tag)
{
  WherryScpTimes times = { info->st_mtime, info->st_atime };

  if (upload_wait (self) == WHERRY_SCP_SOURCE_BROKEN)
    return;
  wherry_scp_source_file (self->source, name, info->st_mode, length, &times,
                          (const guint8 *) content, length, tag);

  while (upload_wait (self) == WHERRY_SCP_SOURCE_DATA
         && wherry_scp_source_get_remaining (self->source) > 0)
    {
      gsize n = MIN (wherry_scp_source_get_remaining (self->source), 100000);

      upload_take (self);
      g_byte_array_append (self->program.out, (const guint8 *) content, (guint) n);
      wherry_scp_source_data_sent (self->source, n);
      content += n;
    }
  if (wherry_scp_source_get_state (self->source) == WHERRY_SCP_SOURCE_DATA)
    wherry_scp_source_end_file (self->source, NULL);
}

static void
upload_text (Upload *self, const char *name, const char *content, guint64 tag)
{
  const struct stat info = { .st_mode = 0644 };

  upload_content (self, name, &info, content, strlen (content), tag);
}

static void
upload_path (Upload *self, const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  struct stat info;

  g_assert_no_errno (lstat (path, &info));
  if (S_ISREG (info.st_mode))
    {
      g_autofree char *content = NULL;
      gsize length;

      g_assert_true (g_file_get_contents (path, &content, &length, NULL));
      upload_content (self, name, &info, content, length, 1);
    }
  else
    {
      WherryScpTimes times = { info.st_mtime, info.st_atime };
      g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
      const char *child;

      g_assert_cmpint (upload_wait (self), ==, WHERRY_SCP_SOURCE_READY);
      wherry_scp_source_directory (self->source, name, info.st_mode, &times, 1);
      g_assert_cmpint (upload_wait (self), ==, WHERRY_SCP_SOURCE_READY);
      while ((child = g_dir_read_name (dir)) != NULL)
        {
          g_autofree char *below = g_build_filename (path, child, NULL);

          upload_path (self, below);
        }
      g_assert_cmpint (upload_wait (self), ==, WHERRY_SCP_SOURCE_READY);
      wherry_scp_source_end_directory (self->source);
    }
}

static void
upload_finish (Upload *self)
{
  if (upload_wait (self) != WHERRY_SCP_SOURCE_BROKEN)
    wherry_scp_source_finish (self->source);
  while (wherry_scp_source_get_state (self->source) == WHERRY_SCP_SOURCE_WAIT)
    upload_pump (self);
}

/* Returns the exit status; what was told besides files done must match @told. */
static int
upload_end (Upload *self, WherryScpSourceState state, guint n_done, const char *told)
{
  upload_finish (self);
  g_assert_cmpint (wherry_scp_source_get_state (self->source), ==, state);
  g_assert_cmpuint (self->n_done, ==, n_done);
  if (!g_pattern_match_simple (told, self->told->str))
    g_error ("told “%s”, not “%s”", self->told->str, told);
  g_string_free (self->told, TRUE);
  wherry_scp_source_free (self->source);
  return program_end (&self->program);
}

static void
send_tree (Fixture *fixture, const char *options, WherryScpSourceFlags flags)
{
  g_autofree char *path = g_build_filename (fixture->here, "d", NULL);
  Upload upload;

  make_tree (fixture->here);
  upload = upload_start (fixture, options, fixture->there, flags);
  upload_path (&upload, path);
  g_assert_cmpint (upload_end (&upload, WHERRY_SCP_SOURCE_FINISHED, N_FILES, ""), ==, 0);
  compare_trees (fixture, (flags & PRESERVE) != 0);
}

static void
test_upload_pipelined (Fixture *fixture, gconstpointer program)
{
  send_tree (fixture, "-r -p -t", PIPELINE | PRESERVE);
}

static void
test_upload_pipelined_plain (Fixture *fixture, gconstpointer program)
{
  send_tree (fixture, "-r -d -t", PIPELINE);
}

static void
test_upload_one_by_one (Fixture *fixture, gconstpointer program)
{
  send_tree (fixture, "-r -p -t", PRESERVE);
}

static void
test_upload_one_by_one_plain (Fixture *fixture, gconstpointer program)
{
  send_tree (fixture, "-r -t", 0);
}

static void
test_upload_many (Fixture *fixture, gconstpointer program)
{
  Upload upload = upload_start (fixture, "-d -t", fixture->there, PIPELINE);

  for (guint i = 0; i < 5000; i++)
    {
      g_autofree char *name = g_strdup_printf ("file %u", i);

      upload_text (&upload, name, name, i);
    }
  g_assert_cmpint (upload_end (&upload, WHERRY_SCP_SOURCE_FINISHED, 5000, ""), ==, 0);
  g_assert_cmpuint (count_entries (fixture->there), ==, 5000);
}

/* What would happen to these if the sink took them for records. */
static const char *const dangerous[] = {
  "\1C\nC0644 5 stray\nstray", "\2\nC0644 5 stray\nstray", "C0644 5 stray\nstray",
  "D0755 0 stray\nE\n",        "E\nC0644 5 stray\nstray",  "T0 0 0 0\nC0644 5 stray\nstray",
};

/* The server can't put a file where a folder is. */
static void
make_obstacles (Fixture *fixture)
{
  for (guint i = 0; i < G_N_ELEMENTS (dangerous); i++)
    {
      g_autofree char *name = g_strdup_printf ("%u", i);
      g_autofree char *path = make_folder (fixture->there, name, 0755);
    }
}

static void
check_obstacles (Fixture *fixture)
{
  for (guint i = 0; i < G_N_ELEMENTS (dangerous); i++)
    {
      g_autofree char *name = g_strdup_printf ("%u", i);
      g_autofree char *path = g_build_filename (fixture->there, name, NULL);

      g_assert_cmpuint (count_entries (path), ==, 0);
    }
}

static void
refuse_dangerous (Fixture *fixture, WherryScpSourceFlags flags)
{
  Upload upload;

  make_obstacles (fixture);
  upload = upload_start (fixture, "-r -t", fixture->there, flags);
  for (guint i = 0; i < G_N_ELEMENTS (dangerous); i++)
    {
      g_autofree char *name = g_strdup_printf ("%u", i);

      upload_text (&upload, name, dangerous[i], i);
    }
  upload_text (&upload, "last", "last", 100);
  g_assert_cmpint (upload_end (&upload, WHERRY_SCP_SOURCE_FINISHED, 1,
                               "failed 0 *directory\nfailed 1 *directory\nfailed 2 *directory\n"
                               "failed 3 *directory\nfailed 4 *directory\nfailed 5 *directory\n"),
                   ==, 1);
  check_obstacles (fixture);
  g_assert_cmpuint (count_entries (fixture->there), ==, G_N_ELEMENTS (dangerous) + 1);
}

static void
test_refused_dangerous (Fixture *fixture, gconstpointer program)
{
  refuse_dangerous (fixture, PIPELINE);
}

static void
test_refused_dangerous_one_by_one (Fixture *fixture, gconstpointer program)
{
  refuse_dangerous (fixture, 0);
}

/* That the danger is real, and that the test before could see it. */
static void
test_danger (Fixture *fixture, gconstpointer program)
{
  Program raw;
  g_autofree char *stray = g_build_filename (fixture->there, "stray", NULL);

  make_obstacles (fixture);
  raw = program_start (fixture, "-r -t", fixture->there);
  g_byte_array_append (raw.out, (const guint8 *) S ("C0644 20 2\nC0644 5 stray\nstray\0"));
  while (raw.out->len > 0)
    {
      guint8 buffer[100];

      program_exchange (&raw, buffer, sizeof buffer);
    }
  program_end (&raw);
  g_assert_true (g_file_test (stray, G_FILE_TEST_EXISTS));
}

/* Every other first byte goes ahead, and no sink obeys what follows it. */
static void
test_refused_harmless (Fixture *fixture, gconstpointer program)
{
  make_obstacles (fixture);
  for (int byte = 0; byte < 256; byte++)
    {
      char content[] = "?\nC0644 5 stray\nstray\0E\nD0755 0 stray\n";
      const struct stat info = { .st_mode = 0644 };
      Upload upload;

      if (memchr ("\1\2CDET", byte, 6) != NULL)
        continue;
      content[0] = (char) byte;
      upload = upload_start (fixture, "-r -t", fixture->there, PIPELINE);
      upload_content (&upload, "2", &info, content, sizeof content - 1, 2);
      upload_text (&upload, "more", "more", 3);
      upload_end (&upload, WHERRY_SCP_SOURCE_BROKEN, 0, "failed 2 *directory\nbroke 0\n");
    }
  check_obstacles (fixture);
  g_assert_cmpuint (count_entries (fixture->there), ==, G_N_ELEMENTS (dangerous));
}

/* Begins as a record would, but is none: it goes ahead too, and no sink obeys what follows it. */
static void
test_refused_lookalikes (Fixture *fixture, gconstpointer program)
{
  static const char *const contents[] = {
    "C",
    "D",
    "T",
    "C064",
    "Copyright\nC0644 5 stray\nstray",
    "C064x 5 stray\nC0644 5 stray\nstray",
    "C06445 5 stray\nC0644 5 stray\nstray",
    "Dear all,\nD0755 0 stray\n",
    "The end\nC0644 5 stray\nstray",
    "Every line\nof it\nC0644 5 stray\nstray",
    "E\nE\n\nC0644 5 stray\nstray",
    "\1\n\1E\nThe end\nC0644 5 stray\nstray",
  };

  make_obstacles (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (contents); i++)
    {
      Upload upload = upload_start (fixture, "-r -t", fixture->there, PIPELINE);
      const struct stat info = { .st_mode = 0644 };
      gsize length = strlen (contents[i]);

      g_assert_true (wherry_scp_may_go_ahead ((const guint8 *) contents[i], length, length, FALSE));
      upload_content (&upload, "2", &info, contents[i], length, 2);
      upload_text (&upload, "more", "more", 3);
      upload_end (&upload, WHERRY_SCP_SOURCE_BROKEN, 0, "failed 2 *directory\nbroke 0\n");
    }
  check_obstacles (fixture);
  g_assert_cmpuint (count_entries (fixture->there), ==, G_N_ELEMENTS (dangerous));
}

static void
test_refused_empty (Fixture *fixture, gconstpointer program)
{
  Upload upload;

  make_obstacles (fixture);
  upload = upload_start (fixture, "-r -t", fixture->there, PIPELINE);
  upload_text (&upload, "before", "before", 1);
  upload_text (&upload, "2", "", 2);
  upload_text (&upload, "more", "more", 3);
  upload_end (&upload, WHERRY_SCP_SOURCE_BROKEN, 1, "failed 2 *directory\nbroke 0\n");
  check_obstacles (fixture);
  g_assert_cmpuint (count_entries (fixture->there), ==, G_N_ELEMENTS (dangerous) + 1);
}

static void
test_refused_folder (Fixture *fixture, gconstpointer program)
{
  Upload upload;

  make_file (fixture->there, "d", "file", 4, 0644);
  upload = upload_start (fixture, "-r -t", fixture->there, PIPELINE);
  upload_text (&upload, "before", "before", 1);
  upload_wait (&upload);
  wherry_scp_source_directory (upload.source, "d", 0755, NULL, 2);
  upload_text (&upload, "more", "more", 3);
  g_assert_cmpint (upload_end (&upload, WHERRY_SCP_SOURCE_FINISHED, 2,
                               "refused 2 *Not a directory\n"),
                   ==, 1);
  g_assert_cmpuint (count_entries (fixture->there), ==, 3);
}

static void
test_disk_full (Fixture *fixture, gconstpointer program)
{
  Upload upload;

  if (!g_file_test ("/dev/full", G_FILE_TEST_EXISTS))
    {
      g_test_skip ("no /dev/full here");
      return;
    }
  upload = upload_start (fixture, "-t", "/dev/full", PIPELINE);
  upload_text (&upload, "a", "hello", 1);
  upload_text (&upload, "b", "", 2);
  g_assert_cmpint (upload_end (&upload, WHERRY_SCP_SOURCE_FINISHED, 1,
                               "failed 1 *No space left*\n"),
                   ==, 1);
}

static void
test_read_failure (Fixture *fixture, gconstpointer program)
{
  Upload upload = upload_start (fixture, "-d -t", fixture->there, PIPELINE);

  upload_wait (&upload);
  wherry_scp_source_file (upload.source, "a", 0644, 3, NULL, (const guint8 *) "\0\0\0", 3, 1);
  upload_take (&upload);
  g_byte_array_append (upload.program.out, (const guint8 *) "\0\0\0", 3);
  wherry_scp_source_data_sent (upload.source, 3);
  wherry_scp_source_end_file (upload.source, "a: it shrank");
  upload_text (&upload, "b", "b", 2);
  g_assert_cmpint (upload_end (&upload, WHERRY_SCP_SOURCE_FINISHED, 1, "failed 1\n"), ==, 1);
}

static void
test_no_target (Fixture *fixture, gconstpointer program)
{
  g_autofree char *nowhere = g_build_filename (fixture->there, "nowhere", NULL);
  Upload upload = upload_start (fixture, "-d -t", nowhere, PIPELINE);

  upload_text (&upload, "a", "a", 1);
  g_assert_cmpint (upload_end (&upload, WHERRY_SCP_SOURCE_BROKEN, 0,
                               "broke 0 scp: *: No such file or directory\n"),
                   ==, 1);
}

static const ProgramTest tests[] = {
  { "upload-pipelined", test_upload_pipelined },
  { "upload-pipelined-plain", test_upload_pipelined_plain },
  { "upload-one-by-one", test_upload_one_by_one },
  { "upload-one-by-one-plain", test_upload_one_by_one_plain },
  { "upload-many", test_upload_many },
  { "refused-dangerous", test_refused_dangerous },
  { "refused-lookalikes", test_refused_lookalikes },
  { "refused-dangerous-one-by-one", test_refused_dangerous_one_by_one },
  { "danger", test_danger },
  { "refused-harmless", test_refused_harmless },
  { "refused-empty", test_refused_empty },
  { "refused-folder", test_refused_folder },
  { "disk-full", test_disk_full },
  { "read-failure", test_read_failure },
  { "no-target", test_no_target },
};

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  add_program_tests ("upload", tests, G_N_ELEMENTS (tests));
  return g_test_run ();
}
