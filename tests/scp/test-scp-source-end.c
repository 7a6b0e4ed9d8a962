#include "scp-sender.h"

#include <malloc.h>
#include <string.h>

/* What ends the sink. */

static void
error_in_place_of_greeting (Sender *s)
{
  sender_send (s, "a", "a", 1);
  sender_feed (s, S ("\1scp: /x: No such file or directory\n"));
  sender_end (s);
  sender_assert_told (s, "broke [scp: /x: No such file or directory]\n");
}

static void
greeting_text (Sender *s)
{
  sender_feed (s, S ("Welcome!\n\0"));
  sender_assert_told (s, "broke noise [Welcome!]\n");
}

static void
greeting_text_without_end (Sender *s)
{
  sender_feed (s, S ("bash: scp: command not found"));
  sender_assert_told (s, "");
  sender_end (s);
  sender_assert_told (s, "broke noise [bash: scp: command not found]\n");
}

static void
records_in_place_of_greeting (Sender *s)
{
  sender_feed (s, S ("C0644 5 f\n"));
  sender_assert_told (s, "broke noise [C0644 5 f]\n");
}

static void
text_later (Sender *s)
{
  sender_send (s, "a", "a", 1);
  sender_feed (s, S ("\0\0"));
  sender_feed_piece (s, S ("Killed\n"));
  sender_assert_told (s, "broke [Killed]\n");
}

static void
fatal_to_file (Sender *s)
{
  sender_send (s, "a", "a", 1);
  sender_feed (s, S ("\0\2no more\n"));
  sender_assert_told (s, "failed 1 [no more]\nbroke [no more]\n");
}

static void
fatal_to_directory (Sender *s)
{
  sender_open_directory (s, "d", 1);
  sender_feed (s, S ("\0\2no more\n"));
  sender_assert_told (s, "refused 1 [no more]\nbroke [no more]\n");
}

static void
fatal_greeting (Sender *s)
{
  sender_feed (s, S ("\2no more"));
  sender_end (s);
  sender_assert_told (s, "broke [no more]\n");
}

static void
fatal_in_content (Sender *s)
{
  sender_begin (s, "a", "abc", 1);
  sender_put (s, "ab");
  sender_feed (s, S ("\0\0\2no more\n"));
  sender_assert_told (s, "failed 1 [no more]\nbroke [no more]\n");
}

static void
complaint_in_content (Sender *s)
{
  sender_begin (s, "a", "abc", 1);
  sender_put (s, "ab");
  sender_feed (s, S ("\0\0\1dropped\n"));
  sender_assert_told (s, "failed 1 [dropped]\nbroke\n");
}

static void
too_many_replies (Sender *s)
{
  sender_send (s, "a", "a", 1);
  sender_feed (s, S ("\0\0\0"));
  sender_assert_told (s, "done 1\n");
  sender_feed (s, S ("\0"));
  sender_assert_told (s, "broke\n");
}

static void
replies_ahead_of_records (Sender *s)
{
  sender_feed (s, S ("\0"));
  wherry_scp_source_file (s->source, "a", 0644, 0, NULL, NULL, 0, 1);
  /* Its record is not out: nothing can have answered it. */
  sender_feed (s, S ("\0"));
  sender_assert_told (s, "broke\n");
}

static void
reply_ahead_of_end (Sender *s)
{
  sender_begin (s, "a", "a", 1);
  sender_put (s, "a");
  sender_feed (s, S ("\0\0\0"));
  sender_assert_told (s, "broke\n");
}

static void
complaint_about_nothing (Sender *s)
{
  sender_feed (s, S ("\0\1what\n"));
  sender_assert_told (s, "broke [what]\n");
}

static void
too_many_when_finished (Sender *s)
{
  sender_send (s, "a", "a", 1);
  wherry_scp_source_finish (s->source);
  sender_feed (s, S ("\0\0\0"));
  sender_assert_state (s, FINISHED);
  sender_feed (s, S ("\0"));
  sender_assert_told (s, "done 1\nbroke\n");
}

static void
end_too_early (Sender *s)
{
  sender_send (s, "a", "a", 1);
  wherry_scp_source_finish (s->source);
  sender_feed (s, S ("\0\0"));
  sender_end (s);
  sender_assert_told (s, "broke\n");
  sender_assert_state (s, BROKEN);
}

static void
end_in_words (Sender *s)
{
  sender_send (s, "a", "a", 1);
  sender_send (s, "b", "b", 2);
  sender_feed (s, S ("\0\0\1No sp"));
  sender_end (s);
  sender_assert_told (s, "failed 1 [No sp]\nbroke\n");
}

static void
end_before_finish (Sender *s)
{
  sender_feed (s, S ("\0"));
  sender_end (s);
  sender_assert_told (s, "broke\n");
}

static void
words_with_nul (Sender *s)
{
  sender_send (s, "a", "a", 1);
  sender_feed (s, S ("\0\0\1a\0b\n"));
  sender_assert_told (s, "failed 1 [a b]\n");
}

static void
words_without_end (Sender *s)
{
  g_autofree char *words = g_strnfill (70000, 'w');

  sender_send (s, "a", "a", 1);
  sender_feed (s, S ("\0\0\1"));
  s->chunk = 1000;
  sender_feed (s, words, 70000);
  g_assert_true (g_str_has_prefix (s->told->str, "broke [www"));
  g_assert_cmpuint (s->told->len, <, 1100);
}

/* Every kind of reply to every kind of record, the others good. */

typedef enum {
  BAD,
  FATAL,
  TEXT,
  END,
} Answer;

static const struct {
  char kind; /* G the greeting, T C D E records, F a file's end */
  guint64 tag;
} asked[] = {
  { 'G', 0 }, { 'T', 1 }, { 'D', 1 }, { 'T', 2 }, { 'C', 2 }, { 'F', 2 }, { 'T', 3 },
  { 'C', 3 }, { 'F', 3 }, { 'E', 1 }, { 'T', 4 }, { 'C', 4 }, { 'F', 4 },
};

static void
expect_good (GString *told, guint i)
{
  const char *words = asked[i].kind == 'D'   ? "opened"
                      : asked[i].kind == 'F' ? "done"
                      : asked[i].kind == 'E' ? "closed"
                                             : NULL;

  if (words != NULL)
    g_string_append_printf (told, "%s %" G_GUINT64_FORMAT "\n", words, asked[i].tag);
}

/* Returns whether the sink can be followed any further. */
static gboolean
expect_answer (GString *told, guint i, Answer answer)
{
  const char kind = asked[i].kind;
  const char *verdict = kind == 'C' || kind == 'F' ? "failed"
                        : kind == 'D'              ? "refused"
                        : kind == 'E'              ? "closed"
                                                   : "warning";
  gboolean goes_on = answer == BAD && kind != 'G' && kind != 'C';

  if (goes_on || (answer <= FATAL && (kind == 'C' || kind == 'F' || kind == 'D')))
    g_string_append_printf (told, "%s %" G_GUINT64_FORMAT " [x]\n", verdict, asked[i].tag);
  if (goes_on)
    return TRUE;
  if (answer == TEXT && kind == 'G')
    g_string_append (told, "broke noise [x]\n");
  else if (answer == END || (answer == BAD && kind == 'C'))
    g_string_append (told, "broke\n");
  else
    g_string_append (told, "broke [x]\n");
  return FALSE;
}

static void
answer_one (Sender *s, guint at, Answer answer)
{
  static const char *const bytes[] = { "\1x\n", "\2x\n", "x\n", "" };
  const WherryScpTimes times = { 1, 1 };
  g_autoptr (GString) told = g_string_new (NULL);
  gboolean inside = !(answer == BAD && asked[at].kind == 'D');
  guint late = 0;

  wherry_scp_source_directory (s->source, "d", 0755, &times, 1);
  sender_take (s);
  for (guint i = 0; i < G_N_ELEMENTS (asked); i++)
    {
      if (i == 3)
        {
          if (inside)
            {
              sender_send_with_times (s, "content", 2);
              sender_send_with_times (s, "", 3);
              if (wherry_scp_source_get_state (s->source) == READY)
                wherry_scp_source_end_directory (s->source);
            }
          else
            i = 10;
          sender_send_with_times (s, "more", 4);
        }
      if (i != at)
        {
          expect_good (told, i - late);
          sender_feed (s, S ("\0"));
          continue;
        }

      sender_feed_piece (s, bytes[answer], strlen (bytes[answer]));
      if (answer == END)
        sender_end (s);
      /* Behind a directory's end, words where times are owed are taken to be about the directory.
       */
      if (answer == BAD && asked[i].kind == 'T' && asked[i - 1].kind == 'E')
        {
          g_string_append (told, "warning 1 [x]\n");
          late = 1;
        }
      else if (!expect_answer (told, i, answer))
        break;
    }
  sender_assert_told (s, told->str);
}

static void
every_answer (Sender *s)
{
  for (Answer answer = BAD; answer <= END; answer++)
    for (guint at = 0; at < G_N_ELEMENTS (asked); at++)
      {
        wherry_scp_source_free (s->source);
        s->source = wherry_scp_source_new (PIPELINE | PRESERVE);
        g_string_truncate (s->wire, 0);
        answer_one (s, at, answer);
      }
}

/* Memory. */

static gsize
memory_in_use (void)
{
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
  return mallinfo2 ().uordblks;
#else
  return 0;
#endif
}

static void
test_flat (void)
{
  Sender s = {
    .source = wherry_scp_source_new (PIPELINE | PRESERVE),
    .wire = g_string_new (NULL),
    .told = g_string_new (NULL),
    .chunk = 100,
  };
  g_autofree char *good = g_malloc0 (4096);
  gsize before = 0;

  for (guint64 tag = 0; tag < 100000; tag++)
    {
      sender_send_with_times (&s, "content", tag);
      g_string_truncate (s.wire, 0);
      g_string_truncate (s.told, 0);
      if (tag >= 1000)
        sender_feed (&s, good, 3);
      if (tag == 2000)
        before = memory_in_use ();
    }
  g_assert_cmpuint (wherry_scp_source_get_n_pending (s.source), ==, 3001);
  g_assert_cmpuint (memory_in_use (), <, before + 65536);
  wherry_scp_source_free (s.source);
  g_string_free (s.wire, TRUE);
  g_string_free (s.told, TRUE);
}

static void
test_far_ahead (void)
{
  const guint n = 100000;
  Sender s = {
    .source = wherry_scp_source_new (PIPELINE),
    .wire = g_string_new (NULL),
    .told = g_string_new (NULL),
    .chunk = 1000,
  };
  g_autofree char *good = g_malloc0 (2 * n + 1);
  g_autoptr (GString) expected = g_string_new (NULL);
  gsize before = memory_in_use ();

  for (guint tag = 0; tag < n; tag++)
    {
      sender_send (&s, "f", "x", tag);
      g_string_truncate (s.wire, 0);
      g_string_append_printf (expected, "done %u\n", tag);
    }
  g_assert_cmpuint (wherry_scp_source_get_n_pending (s.source), ==, 2 * n + 1);
  g_assert_cmpuint (memory_in_use () - before, <, 48 * 2 * n + expected->allocated_len);
  sender_feed (&s, good, 2 * n + 1);
  g_assert_cmpstr (s.told->str, ==, expected->str);
  g_assert_cmpuint (wherry_scp_source_get_n_pending (s.source), ==, 0);
  wherry_scp_source_free (s.source);
  g_string_free (s.wire, TRUE);
  g_string_free (s.told, TRUE);
}

static const SenderCase cases[] = {
  { "every-answer", PIPELINE | PRESERVE, every_answer },
  { "error-in-place-of-greeting", PIPELINE, error_in_place_of_greeting },
  { "greeting-text", PIPELINE, greeting_text },
  { "greeting-text-one-by-one", 0, greeting_text },
  { "greeting-text-without-end", PIPELINE, greeting_text_without_end },
  { "records-in-place-of-greeting", PIPELINE, records_in_place_of_greeting },
  { "text-later", PIPELINE, text_later },
  { "fatal-to-file", PIPELINE, fatal_to_file },
  { "fatal-to-directory", PIPELINE, fatal_to_directory },
  { "fatal-greeting", PIPELINE, fatal_greeting },
  { "fatal-in-content", PIPELINE, fatal_in_content },
  { "complaint-in-content", PIPELINE, complaint_in_content },
  { "too-many-replies", PIPELINE, too_many_replies },
  { "replies-ahead-of-records", PIPELINE, replies_ahead_of_records },
  { "reply-ahead-of-end", PIPELINE, reply_ahead_of_end },
  { "complaint-about-nothing", PIPELINE, complaint_about_nothing },
  { "too-many-when-finished", PIPELINE, too_many_when_finished },
  { "end-too-early", PIPELINE, end_too_early },
  { "end-in-words", PIPELINE, end_in_words },
  { "end-before-finish", PIPELINE, end_before_finish },
  { "words-with-nul", PIPELINE, words_with_nul },
  { "words-without-end", PIPELINE, words_without_end },
};

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  sender_add_cases (cases, G_N_ELEMENTS (cases));
  g_test_add_func ("/scp/source/flat", test_flat);
  g_test_add_func ("/scp/source/far-ahead", test_far_ahead);
  return g_test_run ();
}
