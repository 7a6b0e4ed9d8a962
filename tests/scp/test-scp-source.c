#include "scp-sender.h"

#include <string.h>

/* What goes well. */

static void
pipelined_files (Sender *s)
{
  sender_assert_state (s, READY);
  sender_send (s, "a", "hello", 1);
  sender_send (s, "b", "", 2);
  sender_send (s, "c", "x", 3);
  sender_assert_wire (s, S ("C0644 5 a\nhello\0C0644 0 b\n\0C0644 1 c\nx\0"));
  sender_assert_told (s, "");
  g_assert_cmpuint (wherry_scp_source_get_n_pending (s->source), ==, 7);
  sender_feed (s, S ("\0\0\0\0\0\0"));
  sender_assert_told (s, "done 1\ndone 2\n");
  wherry_scp_source_finish (s->source);
  sender_assert_state (s, WAIT);
  sender_feed (s, S ("\0"));
  sender_assert_told (s, "done 3\n");
  sender_assert_state (s, FINISHED);
  sender_end (s);
  sender_assert_told (s, "");
  sender_assert_state (s, FINISHED);
}

static void
files_one_by_one (Sender *s)
{
  sender_assert_state (s, WAIT);
  sender_feed (s, S ("\0"));
  sender_assert_state (s, READY);
  sender_begin (s, "a", "hello", 1);
  sender_assert_state (s, WAIT);
  sender_assert_wire (s, S ("C0644 5 a\n"));
  sender_feed (s, S ("\0"));
  sender_assert_state (s, DATA);
  sender_put (s, "hello");
  wherry_scp_source_end_file (s->source, NULL);
  sender_assert_state (s, READY);
  sender_begin (s, "b", "", 2);
  sender_assert_wire (s, S ("hello\0C0644 0 b\n"));
  sender_assert_state (s, WAIT);
  sender_feed (s, S ("\0"));
  sender_assert_told (s, "done 1\n");
  sender_assert_state (s, WAIT);
  sender_feed (s, S ("\0"));
  sender_assert_state (s, DATA);
  wherry_scp_source_end_file (s->source, NULL);
  sender_take (s);
  wherry_scp_source_finish (s->source);
  sender_feed (s, S ("\0"));
  sender_assert_told (s, "done 2\n");
  sender_assert_state (s, FINISHED);
}

static void
careful_and_bold (Sender *s)
{
  wherry_scp_source_set_pipeline (s->source, FALSE);
  sender_assert_state (s, READY);
  sender_begin (s, "a", "a", 1);
  sender_assert_state (s, WAIT);
  sender_feed (s, S ("\0\0"));
  sender_assert_state (s, DATA);
  wherry_scp_source_set_pipeline (s->source, TRUE);
  sender_put (s, "a");
  wherry_scp_source_end_file (s->source, NULL);
  sender_take (s);
  sender_send (s, "b", "b", 2);
  sender_begin (s, "c", "E", 3);
  sender_assert_state (s, WAIT);
  sender_feed (s, S ("\0\0\0\0"));
  sender_assert_told (s, "done 1\ndone 2\n");
  sender_assert_state (s, DATA);
}

static void
tree (Sender *s)
{
  const WherryScpTimes times = { .mtime = 7, .atime = -1 };

  wherry_scp_source_directory (s->source, "d", 02750, &times, 1);
  sender_take (s);
  sender_assert_state (s, WAIT);
  sender_assert_wire (s, S ("T7 0 0 0\nD2750 0 d\n"));
  sender_feed (s, S ("\0\0"));
  sender_assert_state (s, WAIT);
  sender_feed (s, S ("\0"));
  sender_assert_told (s, "opened 1\n");
  sender_assert_state (s, READY);
  wherry_scp_source_file (s->source, "f", 0100600, 0, &times, NULL, 0, 2);
  wherry_scp_source_end_file (s->source, NULL);
  wherry_scp_source_end_directory (s->source);
  sender_take (s);
  sender_assert_wire (s, S ("T7 0 0 0\nC0600 0 f\n\0E\n"));
  wherry_scp_source_finish (s->source);
  sender_feed (s, S ("\0\0\0\0"));
  sender_assert_told (s, "done 2\nclosed 1\n");
  sender_assert_state (s, FINISHED);
}

static void
no_times_unless_asked (Sender *s)
{
  const WherryScpTimes times = { .mtime = 7, .atime = 8 };

  wherry_scp_source_file (s->source, "f", 0644, 0, &times, NULL, 0, 2);
  sender_take (s);
  sender_assert_wire (s, S ("C0644 0 f\n"));
}

static void
nothing_to_send (Sender *s)
{
  wherry_scp_source_finish (s->source);
  sender_assert_state (s, WAIT);
  sender_feed (s, S ("\0"));
  sender_assert_state (s, FINISHED);
}

static void
read_failure (Sender *s)
{
  sender_begin (s, "a", "abc", 1);
  sender_put (s, "abc");
  g_string_truncate (s->wire, 0);
  wherry_scp_source_end_file (s->source, "a:\ngone\033");
  sender_take (s);
  sender_assert_wire (s, S ("\1a:?gone?\n"));
  sender_send (s, "b", "b", 2);
  sender_feed (s, S ("\0\0\0\0\0"));
  sender_assert_told (s, "failed 1\ndone 2\n");
}

static void
read_failure_with_words (Sender *s)
{
  sender_begin (s, "a", "abc", 1);
  sender_put (s, "abc");
  wherry_scp_source_end_file (s->source, "gone");
  sender_take (s);
  sender_feed (s, S ("\0\0\1oh\n"));
  sender_assert_told (s, "failed 1 [oh]\n");
}

static void
long_read_failure (Sender *s)
{
  g_autofree char *words = g_strnfill (5000, 'w');

  sender_begin (s, "a", "", 1);
  g_string_truncate (s->wire, 0);
  wherry_scp_source_end_file (s->source, words);
  sender_take (s);
  g_assert_cmpuint (s->wire->len, ==, 1026);
  g_assert_cmpint (s->wire->str[1025], ==, '\n');
}

/* What the server refuses. */

static void
refused_pipelined (Sender *s)
{
  sender_send (s, "a", "hello", 1);
  sender_send (s, "b", "hello", 2);
  sender_send (s, "c", "hello", 3);
  sender_feed (s, S ("\0\0\0\1scp: b: Is a directory\n\1scp: protocol error\n"));
  sender_assert_told (s, "done 1\nfailed 2 [scp: b: Is a directory]\nbroke\n");
  sender_assert_state (s, BROKEN);
  sender_feed (s, S ("\0\0\1x\n"));
  sender_end (s);
  sender_assert_told (s, "");
}

static void
refused_before_content (Sender *s)
{
  sender_begin (s, "a", "hello", 1);
  sender_assert_state (s, DATA);
  sender_feed (s, S ("\0\1no\n"));
  sender_assert_told (s, "failed 1 [no]\n");
  sender_assert_state (s, READY);
  g_assert_cmpuint (wherry_scp_source_get_remaining (s->source), ==, 0);
  sender_send (s, "b", "b", 2);
  sender_feed (s, S ("\0\0"));
  sender_assert_told (s, "done 2\n");
}

static void
refused_in_content (Sender *s)
{
  sender_begin (s, "a", "hello", 1);
  sender_put (s, "h");
  sender_feed (s, S ("\0\1no\n"));
  sender_assert_told (s, "failed 1 [no]\nbroke\n");
  sender_assert_state (s, BROKEN);
  /* A caller in the middle of a file need not look first. */
  wherry_scp_source_data_sent (s->source, 4);
  wherry_scp_source_end_file (s->source, NULL);
  wherry_scp_source_finish (s->source);
  g_assert_false (wherry_scp_source_has_output (s->source));
  g_assert_cmpuint (wherry_scp_source_get_remaining (s->source), ==, 0);
}

static void
refused_empty (Sender *s)
{
  sender_send (s, "a", "", 1);
  sender_feed (s, S ("\0\1no\n"));
  sender_assert_told (s, "failed 1 [no]\nbroke\n");
}

static void
refused_one_by_one (Sender *s)
{
  sender_feed (s, S ("\0"));
  sender_begin (s, "a", "hello", 1);
  sender_feed (s, S ("\1no\n"));
  sender_assert_told (s, "failed 1 [no]\n");
  sender_assert_state (s, READY);
  sender_begin (s, "b", "", 2);
  sender_feed (s, S ("\0"));
  sender_assert_state (s, DATA);
}

static void
dangerous_bytes_wait (Sender *s)
{
  static const char dangerous[] = { 1, 2, 'C', 'D', 'E', 'T' };
  char content[] = "?0644 5 stray\nC0644 5 stray\n";

  sender_feed (s, S ("\0"));
  for (int byte = 0; byte < 256; byte++)
    {
      gboolean waits = memchr (dangerous, byte, sizeof dangerous) != NULL;

      content[0] = (char) byte;
      wherry_scp_source_file (s->source, "f", 0644, strlen (content), NULL,
                              (const guint8 *) content, strlen (content), (guint64) byte);
      sender_take (s);
      sender_assert_state (s, waits ? WAIT : DATA);
      sender_feed (s, S ("\1no\n"));
      sender_assert_state (s, READY);
      /* What is not sent can't be obeyed. */
      wherry_scp_source_file (s->source, "f", 0644, 0, NULL, NULL, 0, (guint64) byte);
      sender_assert_state (s, DATA);
      sender_take (s);
      wherry_scp_source_end_file (s->source, NULL);
      sender_take (s);
      sender_feed (s, S ("\0\0"));
    }
}

static void
dangerous_byte_behind_others (Sender *s)
{
  sender_send (s, "a", "a", 1);
  sender_begin (s, "b", "E", 2);
  sender_assert_state (s, WAIT);
  sender_feed (s, S ("\0\0\0"));
  sender_assert_told (s, "done 1\n");
  sender_assert_state (s, WAIT);
  sender_feed (s, S ("\0"));
  sender_assert_state (s, DATA);
  sender_put (s, "E");
  wherry_scp_source_end_file (s->source, NULL);
  sender_take (s);
  sender_feed (s, S ("\0"));
  sender_assert_told (s, "done 2\n");
}

static void
refused_directory (Sender *s)
{
  sender_send (s, "a", "a", 1);
  sender_open_directory (s, "d", 2);
  sender_feed (s, S ("\0\0\0\1scp: d: Not a directory\n"));
  sender_assert_told (s, "done 1\nrefused 2 [scp: d: Not a directory]\n");
  sender_assert_state (s, READY);
  sender_send (s, "b", "b", 3);
  sender_feed (s, S ("\0\0"));
  sender_assert_told (s, "done 3\n");
  wherry_scp_source_finish (s->source);
  sender_assert_state (s, FINISHED);
}

static void
disk_full (Sender *s)
{
  sender_send (s, "a", "a", 1);
  sender_send (s, "b", "b", 2);
  sender_feed (s, S ("\0\0\1scp: a: No space left on device\n\0\0"));
  sender_assert_told (s, "failed 1 [scp: a: No space left on device]\ndone 2\n");
  sender_assert_state (s, READY);
}

static void
complaint_about_end (Sender *s)
{
  sender_open_directory (s, "d", 1);
  sender_feed (s, S ("\0\0"));
  wherry_scp_source_end_directory (s->source);
  sender_take (s);
  sender_feed (s, S ("\1times\n"));
  sender_assert_told (s, "opened 1\nclosed 1 [times]\n");
}

static void
complaint_about_times (Sender *s)
{
  const WherryScpTimes times = { .mtime = 1, .atime = 1 };

  wherry_scp_source_file (s->source, "f", 0644, 0, &times, NULL, 0, 5);
  sender_take (s);
  wherry_scp_source_end_file (s->source, NULL);
  sender_take (s);
  sender_feed (s, S ("\0\1no times\n\0\0"));
  sender_assert_told (s, "warning 5 [no times]\ndone 5\n");
}

/* Two complaints about one entry: dropbear, and OpenSSH before 8.3. */

static void
two_complaints_then_nothing (Sender *s)
{
  sender_send (s, "a", "a", 1);
  sender_feed (s, S ("\0\0\1truncate\n\1mode\n"));
  sender_assert_told (s, "failed 1 [truncate]\nwarning 1 [mode]\n");
  sender_assert_state (s, READY);
  sender_send (s, "b", "b", 2);
  sender_feed (s, S ("\0\0"));
  sender_assert_told (s, "done 2\n");
}

static void
two_complaints_then_times (Sender *s)
{
  const WherryScpTimes times = { .mtime = 1, .atime = 1 };

  sender_send (s, "a", "a", 1);
  wherry_scp_source_file (s->source, "b", 0644, 0, &times, NULL, 0, 2);
  sender_take (s);
  wherry_scp_source_end_file (s->source, NULL);
  sender_take (s);
  sender_feed (s, S ("\0\0\1truncate\n\1mode\n\0\0\0"));
  sender_assert_told (s, "failed 1 [truncate]\nwarning 1 [mode]\ndone 2\n");
}

static void
two_complaints_then_end (Sender *s)
{
  sender_open_directory (s, "d", 9);
  sender_feed (s, S ("\0\0"));
  sender_send (s, "a", "a", 1);
  wherry_scp_source_end_directory (s->source);
  sender_take (s);
  sender_feed (s, S ("\0\1truncate\n\1mode\n\0"));
  sender_assert_told (s, "opened 9\nfailed 1 [truncate]\nwarning 1 [mode]\nclosed 9\n");
}

static void
two_complaints_then_file (Sender *s)
{
  sender_send (s, "a", "a", 1);
  sender_send (s, "b", "b", 2);
  sender_feed (s, S ("\0\0\1truncate\n\1mode\n\0\0"));
  sender_assert_told (s, "failed 1 [truncate]\nbroke [mode]\n");
}

static void
two_complaints_then_directory (Sender *s)
{
  sender_send (s, "a", "a", 1);
  sender_open_directory (s, "d", 2);
  sender_feed (s, S ("\0\0\1truncate\n\1mode\n\0"));
  sender_assert_told (s, "failed 1 [truncate]\nbroke [mode]\n");
}

static void
complaint_behind_directory (Sender *s)
{
  const WherryScpTimes times = { .mtime = 1, .atime = 1 };

  sender_open_directory (s, "d", 1);
  sender_feed (s, S ("\0\0"));
  wherry_scp_source_end_directory (s->source);
  wherry_scp_source_file (s->source, "b", 0644, 0, &times, NULL, 0, 2);
  sender_take (s);
  wherry_scp_source_end_file (s->source, NULL);
  sender_take (s);
  wherry_scp_source_finish (s->source);
  sender_feed (s, S ("\0\1set times\n\0\0\0"));
  sender_assert_told (s, "opened 1\nclosed 1\nwarning 1 [set times]\ndone 2\n");
  sender_assert_state (s, FINISHED);
}

static void
complaint_behind_all (Sender *s)
{
  sender_open_directory (s, "d", 1);
  sender_feed (s, S ("\0\0"));
  wherry_scp_source_end_directory (s->source);
  sender_take (s);
  wherry_scp_source_finish (s->source);
  sender_feed (s, S ("\0\1set times"));
  sender_assert_state (s, FINISHED);
  sender_end (s);
  sender_assert_told (s, "opened 1\nclosed 1\nwarning 1 [set times]\n");
  sender_assert_state (s, FINISHED);
}

/* dropbear complains of its disk once it has the content, before it has the status byte. */
static void
complaint_before_end (Sender *s)
{
  sender_begin (s, "a", "a", 1);
  sender_put (s, "a");
  sender_feed (s, S ("\0\0\1truncate\n"));
  sender_assert_told (s, "failed 1 [truncate]\n");
  sender_assert_state (s, DATA);
  wherry_scp_source_end_file (s->source, NULL);
  sender_take (s);
  g_assert_cmpuint (wherry_scp_source_get_n_pending (s->source), ==, 0);
  sender_send (s, "b", "b", 2);
  sender_feed (s, S ("\0\0"));
  sender_assert_told (s, "done 2\n");
}

static void
complaint_before_end_is_out (Sender *s)
{
  sender_begin (s, "a", "a", 1);
  sender_put (s, "a");
  wherry_scp_source_end_file (s->source, NULL);
  sender_feed (s, S ("\0\0\1truncate\n\1mode\n"));
  sender_assert_told (s, "failed 1 [truncate]\nwarning 1 [mode]\n");
  sender_take (s);
  sender_assert_state (s, READY);
  wherry_scp_source_finish (s->source);
  sender_assert_state (s, FINISHED);
}

static const SenderCase cases[] = {
  { "pipelined-files", PIPELINE, pipelined_files },
  { "files-one-by-one", 0, files_one_by_one },
  { "careful-and-bold", PIPELINE, careful_and_bold },
  { "tree", PIPELINE | PRESERVE, tree },
  { "no-times-unless-asked", PIPELINE, no_times_unless_asked },
  { "nothing-to-send", PIPELINE, nothing_to_send },
  { "read-failure", PIPELINE, read_failure },
  { "read-failure-with-words", PIPELINE, read_failure_with_words },
  { "long-read-failure", PIPELINE, long_read_failure },
  { "refused-pipelined", PIPELINE, refused_pipelined },
  { "refused-before-content", PIPELINE, refused_before_content },
  { "refused-in-content", PIPELINE, refused_in_content },
  { "refused-empty", PIPELINE, refused_empty },
  { "refused-one-by-one", 0, refused_one_by_one },
  { "dangerous-bytes-wait", PIPELINE, dangerous_bytes_wait },
  { "dangerous-byte-behind-others", PIPELINE, dangerous_byte_behind_others },
  { "refused-directory", PIPELINE, refused_directory },
  { "disk-full", PIPELINE, disk_full },
  { "complaint-about-end", PIPELINE, complaint_about_end },
  { "complaint-about-times", PIPELINE | PRESERVE, complaint_about_times },
  { "two-complaints-then-nothing", PIPELINE, two_complaints_then_nothing },
  { "two-complaints-then-times", PIPELINE | PRESERVE, two_complaints_then_times },
  { "two-complaints-then-end", PIPELINE, two_complaints_then_end },
  { "two-complaints-then-file", PIPELINE, two_complaints_then_file },
  { "two-complaints-then-directory", PIPELINE, two_complaints_then_directory },
  { "complaint-behind-directory", PIPELINE | PRESERVE, complaint_behind_directory },
  { "complaint-behind-all", PIPELINE | PRESERVE, complaint_behind_all },
  { "complaint-before-end", PIPELINE, complaint_before_end },
  { "complaint-before-end-is-out", PIPELINE, complaint_before_end_is_out },
};

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  sender_add_cases (cases, G_N_ELEMENTS (cases));
  return g_test_run ();
}
