#include <gio/gio.h>
#include <malloc.h>
#include <string.h>

#include "base/wherry-error.h"
#include "scp/wherry-scp-sink.h"

#define TREE WHERRY_SCP_SINK_TREE
#define ANY WHERRY_SCP_SINK_ANY_TOP_NAME
#define S(literal) literal, sizeof (literal) - 1

/*
 * A stream of a source and what the machine makes of it. The transcript:
 * F mode size name [mtime,atime]; =content of it; . its end, !words; D, E; S skipped; W warning;
 * DONE; FAILED domain:code.
 */
typedef struct {
  const char *what;
  const char *expected_name;
  WherryScpSinkFlags flags;
  const char *input;
  gsize length;
  const char *transcript;
  const char *message; /* (nullable): part of the error's */
} Stream;

#define PROTOCOL "FAILED wherry:PROTOCOL\n"
#define REFUSED "FAILED wherry:REFUSED_NAME\n"
#define CUT "FAILED wherry:DISCONNECTED\n"

static const Stream streams[] = {
  /* What honest sources send. */
  { "file", "f", 0, S ("C0644 5 f\nhello\0"), "F 0644 5 f\n=hello\n.\nDONE\n", NULL },
  { "empty file", "f", 0, S ("C0600 0 f\n\0"), "F 0600 0 f\n.\nDONE\n", NULL },
  { "file with times", "f", 0, S ("T1700000000 0 1600000000 0\nC4755 1 f\nx\0"),
    "F 4755 1 f 1700000000,1600000000\n=x\n.\nDONE\n", NULL },
  { "microseconds", "f", 0, S ("T1 999999 0 7\nC0644 0 f\n\0"), "F 0644 0 f 1,0\n.\nDONE\n", NULL },
  { "records as content", "f", 0, S ("C0644 14 f\nC0644 1 g\n\1E\nx\0"),
    "F 0644 14 f\n=C0644 1 g\n\1E\nx\n.\nDONE\n", NULL },
  { "read error there", "f", 0, S ("C0644 5 f\nhe\0\0\0\1f: I/O error\n"),
    "F 0644 5 f\n=he\\0\\0\\0\n!f: I/O error\nDONE\n", NULL },
  { "read error without words", "f", 0, S ("C0644 1 f\nh\1\n"), "F 0644 1 f\n=h\n!\nDONE\n", NULL },
  { "file where a tree may be", "f", TREE, S ("C0644 0 f\n\0"), "F 0644 0 f\n.\nDONE\n", NULL },
  { "tree", "d", TREE, S ("D0755 0 d\nC0644 1 a\n1\0D0700 0 e\nE\nC0644 2 b\n22\0E\n"),
    "D 0755 d\nF 0644 1 a\n=1\n.\nD 0700 e\nE\nF 0644 2 b\n=22\n.\nE\nDONE\n", NULL },
  { "tree with times", "d", TREE,
    S ("T5 0 6 0\nD0755 0 d\nC0644 0 a\n\0T7 0 8 0\nC0644 0 b\n\0E\n"),
    "D 0755 d 5,6\nF 0644 0 a\n.\nF 0644 0 b 7,8\n.\nE\nDONE\n", NULL },
  { "warnings in a tree", "d", TREE,
    S ("D0755 0 d\n\1scp: d/x: Permission denied\nC0644 0 a\n\0\1scp: d/y: not a regular "
       "file\nE\n"),
    "D 0755 d\nW scp: d/x: Permission denied\nF 0644 0 a\n.\nW scp: d/y: not a regular "
    "file\nE\nDONE\n",
    NULL },
  { "warning behind times", "d", TREE,
    S ("D0755 0 d\nT5 0 6 0\n\1scp: d/x: gone\nC0644 0 a\n\0E\n"),
    "D 0755 d\nW scp: d/x: gone\nF 0644 0 a\n.\nE\nDONE\n", NULL },
  { "warning first", "f", 0, S ("\1warn\nC0644 0 f\n\0"), "W warn\nF 0644 0 f\n.\nDONE\n", NULL },
  { "warning last", "f", 0, S ("C0644 0 f\n\0\1warn\n"), "F 0644 0 f\n.\nW warn\nDONE\n", NULL },
  { "warning cut off", "f", 0, S ("C0644 0 f\n\0\1warn"), "F 0644 0 f\n.\nW warn\nDONE\n", NULL },
  { "any name", NULL, ANY, S ("C0644 0 whatever\n\0"), "F 0644 0 whatever\n.\nDONE\n", NULL },
  { "dot", NULL, ANY | TREE, S ("D0755 0 .\nE\n"), "D 0755 .\nE\nDONE\n", NULL },
  { "dot dot", NULL, ANY | TREE, S ("D0755 0 ..\nE\n"), "D 0755 ..\nE\nDONE\n", NULL },
  { "root", NULL, ANY | TREE, S ("D0755 0 \nE\n"), "D 0755 \nE\nDONE\n", NULL },
  { "spaces and dashes", " -a b ", 0, S ("C0644 0  -a b \n\0"), "F 0644 0  -a b \n.\nDONE\n",
    NULL },
  { "name not UTF-8", "d", TREE, S ("D0755 0 d\nC0644 0 \xff\xfe\n\0E\n"),
    "D 0755 d\nF 0644 0 \xff\xfe\n.\nE\nDONE\n", NULL },
  { "name with direction controls", "d", TREE, S ("D0755 0 d\nC0644 0 \xe2\x80\xaegpj.exe\n\0E\n"),
    "D 0755 d\nF 0644 0 \xe2\x80\xaegpj.exe\n.\nE\nDONE\n", NULL },

  /* Names that are passed over, and all that belongs to them. */
  { "unfit file", "d", TREE, S ("D0755 0 d\nC0644 3 a\033\a\nabc\0C0644 1 b\nx\0E\n"),
    "D 0755 d\nS a\033\a\nF 0644 1 b\n=x\n.\nE\nDONE\n", NULL },
  { "unfit file not read", "d", TREE, S ("D0755 0 d\nC0644 3 a\r\nabc\1oh\nC0644 1 b\nx\0E\n"),
    "D 0755 d\nS a\r\nF 0644 1 b\n=x\n.\nE\nDONE\n", NULL },
  { "unfit folder", "d", TREE,
    S ("D0755 0 d\nD0755 0 \x7f\nC0644 2 in\nab\0D0755 0 e\nC0644 0 \1\n\0E\nE\nC0644 0 b\n\0E\n"),
    "D 0755 d\nS \x7f\nF 0644 0 b\n.\nE\nDONE\n", NULL },
  { "unfit top", "a\tb", 0, S ("C0644 1 a\tb\nx\0"), "S a\tb\nDONE\n", NULL },
  { "unfit top folder", "a\tb", TREE, S ("D0755 0 a\tb\nC0644 1 f\nx\0E\n"), "S a\tb\nDONE\n",
    NULL },

  /* Names no honest source sends (rule R1). */
  { "parent's file", "f", 0, S ("C0644 5 ../x\nhello\0"), REFUSED, "../x" },
  { "absolute", "f", 0, S ("C0644 5 /abs/x\nhello\0"), REFUSED, NULL },
  { "dot dot asked for", "..", 0, S ("C0644 5 ..\nhello\0"), REFUSED, NULL },
  { "dot asked for", ".", TREE, S ("D0755 0 .\nE\n"), REFUSED, NULL },
  { "nameless", "f", 0, S ("C0644 5 \nhello\0"), REFUSED, NULL },
  { "nameless asked for", "", 0, S ("C0644 5 \nhello\0"), REFUSED, NULL },
  { "dot and more", NULL, ANY | TREE, S ("D0755 0 .\0x\nE\n"), REFUSED, NULL },
  { "slash in a tree", "d", TREE, S ("D0755 0 d\nC0644 0 a/b\n\0E\n"), "D 0755 d\n" REFUSED,
    "a/b" },
  { "dot dot in a tree", "d", TREE, S ("D0755 0 d\nD0755 0 ..\nE\nE\n"), "D 0755 d\n" REFUSED,
    NULL },
  { "nameless in a tree", "d", TREE, S ("D0755 0 d\nC0644 0 \n\0E\n"), "D 0755 d\n" REFUSED, NULL },
  { "any name is not any path", NULL, ANY | TREE, S ("D0755 0 ../d\nE\n"), REFUSED, NULL },
  { "NUL behind the name", "f", 0, S ("C0644 0 f\0g\n\0"), REFUSED, NULL },
  { "NUL in a tree", "d", TREE, S ("D0755 0 d\nC0644 0 g\0\n\0E\n"), "D 0755 d\n" REFUSED, NULL },
  { "hostile within skipped", "d", TREE, S ("D0755 0 d\nD0755 0 \a\nC0644 0 ../g\n\0E\nE\n"),
    "D 0755 d\nS \a\n" REFUSED, NULL },

  /* More or other than was asked for (rule R2). */
  { "other file", "f", 0, S ("C0644 5 other\nhello\0"), REFUSED, "other" },
  { "longer name", "f", 0, S ("C0644 5 ff\nhello\0"), REFUSED, NULL },
  { "other top folder", "d", TREE, S ("D0755 0 other\nE\n"), REFUSED, NULL },
  { "folder for a file", "f", 0, S ("D0755 0 f\nE\n"), PROTOCOL, NULL },
  { "second file", "f", 0, S ("C0644 1 f\nx\0C0644 1 f\ny\0"), "F 0644 1 f\n=x\n.\n" PROTOCOL,
    NULL },
  { "second tree", "d", TREE, S ("D0755 0 d\nE\nD0755 0 d\nE\n"), "D 0755 d\nE\n" PROTOCOL, NULL },
  { "file behind the tree", "d", TREE, S ("D0755 0 d\nE\nC0644 0 d\n\0"), "D 0755 d\nE\n" PROTOCOL,
    NULL },
  { "times behind the tree", "d", TREE, S ("D0755 0 d\nE\nT1 0 1 0\n"), "D 0755 d\nE\n" PROTOCOL,
    NULL },
  { "extra end", "d", TREE, S ("D0755 0 d\nE\nE\n"), "D 0755 d\nE\n" PROTOCOL, NULL },
  { "end first", "d", TREE, S ("E\n"), PROTOCOL, NULL },
  { "more content", "f", 0, S ("C0644 5 f\nhelloo\0"), "F 0644 5 f\n=hello\n" PROTOCOL, "more" },
  { "status 3", "f", 0, S ("C0644 5 f\nhello\3"), "F 0644 5 f\n=hello\n" PROTOCOL, NULL },
  { "garbage at the end", "f", 0, S ("C0644 0 f\n\0\0"), "F 0644 0 f\n.\n" PROTOCOL, NULL },

  /* Malformed records (rule R5). */
  { "mode 0999", "f", 0, S ("C0999 5 f\nhello\0"), PROTOCOL, "C0999 5 f" },
  { "mode 644", "f", 0, S ("C644 5 f\nhello\0"), PROTOCOL, NULL },
  { "mode 00644", "f", 0, S ("C00644 5 f\nhello\0"), PROTOCOL, NULL },
  { "size -1", "f", 0, S ("C0644 -1 f\n"), PROTOCOL, NULL },
  { "size +5", "f", 0, S ("C0644 +5 f\nhello\0"), PROTOCOL, NULL },
  { "size 0x5", "f", 0, S ("C0644 0x5 f\nhello\0"), PROTOCOL, NULL },
  { "size 5x", "f", 0, S ("C0644 5x f\nhello\0"), PROTOCOL, NULL },
  { "no size", "f", 0, S ("C0644  f\nhello\0"), PROTOCOL, NULL },
  { "two spaces", "f", 0, S ("C0644  5 f\nhello\0"), PROTOCOL, NULL },
  { "two spaces before the name", "f", 0, S ("C0644 5  f\nhello\0"), REFUSED, NULL },
  { "size 2^63", "f", 0, S ("C0644 9223372036854775808 f\n"), PROTOCOL, NULL },
  { "size 2^64+5", "f", 0, S ("C0644 18446744073709551621 f\nhello\0"), PROTOCOL, NULL },
  { "size 2^63-1", "f", 0, S ("C0644 9223372036854775807 f\nx"),
    "F 0644 9223372036854775807 f\n=x\n" CUT, NULL },
  { "no name", "f", 0, S ("C0644 5\nhello\0"), PROTOCOL, NULL },
  { "only a letter", "f", 0, S ("C\n"), PROTOCOL, NULL },
  { "end with words", "d", TREE, S ("D0755 0 d\nE nd\n"), "D 0755 d\n" PROTOCOL, NULL },
  { "times: one", "f", 0, S ("T1\n"), PROTOCOL, NULL },
  { "times: three", "f", 0, S ("T1 0 1\n"), PROTOCOL, NULL },
  { "times: five", "f", 0, S ("T1 0 1 0 1\n"), PROTOCOL, NULL },
  { "times: negative", "f", 0, S ("T-1 0 1 0\n"), PROTOCOL, NULL },
  { "times: words", "f", 0, S ("T1 0 x 0\n"), PROTOCOL, NULL },
  { "times: huge", "f", 0, S ("T9223372036854775808 0 1 0\n"), PROTOCOL, NULL },
  { "times: microseconds", "f", 0, S ("T1 1000000 1 0\n"), PROTOCOL, NULL },
  { "times: trailing", "f", 0, S ("T1 0 1 0 \n"), PROTOCOL, NULL },
  { "times: twice", "f", 0, S ("T1 0 1 0\nT1 0 1 0\n"), PROTOCOL, NULL },
  { "times: of nothing", "d", TREE, S ("D0755 0 d\nT1 0 1 0\nE\n"), "D 0755 d\n" PROTOCOL, NULL },
  { "unknown record", "f", 0, S ("X0644 5 f\nhello\0"), PROTOCOL, "X0644 5 f" },
  { "unknown record inside", "d", TREE, S ("D0755 0 d\nX0644 5 f\n"), "D 0755 d\n" PROTOCOL, NULL },
  { "empty line", "f", 0, S ("\n"), PROTOCOL, NULL },
  { "empty line inside", "d", TREE, S ("D0755 0 d\n\n"), "D 0755 d\n" PROTOCOL, NULL },

  /* Text in place of SCP. */
  { "greeting", "f", 0, S ("Welcome to host!\nC0644 5 f\nhello\0"), PROTOCOL, "“Welcome to host!" },
  { "greeting that looks like a record", "f", 0, S ("Debian GNU/Linux\nC0644 5 f\nhello\0"),
    PROTOCOL, "Start-up files" },
  { "greeting without end", "f", 0, S ("Enter your name: "), PROTOCOL, "“Enter your name: ”" },
  { "greeting with escapes", "f", 0, S ("hi\033[2J\n"), PROTOCOL, "“hi\\x1b[2J”" },
  { "no program", "f", 0, S ("sh: 1: scp: not found\n"), PROTOCOL, "scp: not found" },
  { "greeting at once", "f", 0, S ("\0"), PROTOCOL, NULL },

  /* Errors of the server's. */
  { "no such file", "f", 0, S ("\1scp: /x/f: No such file or directory\n"),
    "W scp: /x/f: No such file or directory\nFAILED io:NOT_FOUND\n", "scp: /x/f: No such file" },
  { "permission", "f", 0, S ("\1scp: f: Permission denied\n"),
    "W scp: f: Permission denied\nFAILED io:PERMISSION_DENIED\n", NULL },
  { "a file of that name", "f", 0, S ("\1scp: Permission denied.txt: went away\n"),
    "W scp: Permission denied.txt: went away\nFAILED wherry:REMOTE\n", NULL },
  { "folder without -r", "f", 0, S ("\1scp: f: not a regular file\n"),
    "W scp: f: not a regular file\nFAILED wherry:REMOTE\n", "-r" },
  { "first of two", "f", 0, S ("\1scp: f: Permission denied\n\1scp: gone\n"),
    "W scp: f: Permission denied\nW scp: gone\nFAILED io:PERMISSION_DENIED\n", NULL },
  { "no words", "f", 0, S ("\1\n"), "W \nFAILED wherry:REMOTE\n", NULL },
  { "fatal", "f", 0, S ("\2scp: out of \033[1mmemory\n"), "FAILED wherry:REMOTE\n", "\\x1b[1m" },
  { "fatal cut off", "f", 0, S ("\2scp: out"), "FAILED wherry:REMOTE\n", "scp: out" },
  { "fatal inside", "d", TREE, S ("D0755 0 d\n\2gone\n"), "D 0755 d\nFAILED wherry:REMOTE\n",
    NULL },
  { "fatal status", "f", 0, S ("C0644 1 f\nx\2gone\n"), "F 0644 1 f\n=x\nFAILED wherry:REMOTE\n",
    NULL },

  /* Ends too early. */
  { "nothing", "f", 0, S (""), PROTOCOL, "scp program" },
  { "end in a record", "f", 0, S ("C0644 5"), CUT, NULL },
  { "end in a record's name", "f", 0, S ("C0644 5 f"), CUT, NULL },
  { "end behind a record", "f", 0, S ("C0644 5 f\n"), "F 0644 5 f\n" CUT, "“f”" },
  { "end in content", "f", 0, S ("C0644 10 f\nhello"), "F 0644 10 f\n=hello\n" CUT, "“f”" },
  { "end before the status", "f", 0, S ("C0644 5 f\nhello"), "F 0644 5 f\n=hello\n" CUT, NULL },
  { "end of an empty file before the status", "f", 0, S ("C0644 0 f\n"), "F 0644 0 f\n" CUT, NULL },
  { "end behind times", "f", 0, S ("T1 0 1 0\n"), CUT, NULL },
  { "end in a tree", "d", TREE, S ("D0755 0 d\n"), "D 0755 d\n" CUT, NULL },
  { "end in an end", "d", TREE, S ("D0755 0 d\nE"), "D 0755 d\n" CUT, NULL },
  { "end in a skipped folder", "d", TREE, S ("D0755 0 d\nD0755 0 \a\nE\n"), "D 0755 d\nS \a\n" CUT,
    NULL },
};

static const char *
error_to_code (const GError *error)
{
  if (error->domain == WHERRY_ERROR)
    switch (error->code)
      {
      case WHERRY_ERROR_PROTOCOL:
        return "wherry:PROTOCOL";
      case WHERRY_ERROR_REFUSED_NAME:
        return "wherry:REFUSED_NAME";
      case WHERRY_ERROR_REMOTE:
        return "wherry:REMOTE";
      case WHERRY_ERROR_TOO_DEEP:
        return "wherry:TOO_DEEP";
      case WHERRY_ERROR_DISCONNECTED:
        return "wherry:DISCONNECTED";
      default:
        break;
      }
  if (error->domain == G_IO_ERROR && error->code == G_IO_ERROR_NOT_FOUND)
    return "io:NOT_FOUND";
  if (error->domain == G_IO_ERROR && error->code == G_IO_ERROR_PERMISSION_DENIED)
    return "io:PERMISSION_DENIED";
  return "unexpected";
}

typedef struct {
  GString *text;
  gboolean in_data;
  gboolean over;
  char *message;
} Transcript;

static void
add_data (Transcript *transcript, const guint8 *data, gsize length)
{
  if (!transcript->in_data)
    g_string_append_c (transcript->text, '=');
  transcript->in_data = TRUE;
  for (gsize i = 0; i < length; i++)
    if (data[i] == '\0')
      g_string_append (transcript->text, "\\0");
    else
      g_string_append_c (transcript->text, (char) data[i]);
}

static void
add_entry (Transcript *transcript, char type, const WherryScpSinkEvent *event)
{
  g_string_append_printf (transcript->text, "%c %04o ", type, event->mode);
  if (type == 'F')
    g_string_append_printf (transcript->text, "%" G_GUINT64_FORMAT " ", event->size);
  g_string_append (transcript->text, event->name);
  if (event->has_times)
    g_string_append_printf (transcript->text, " %" G_GINT64_FORMAT ",%" G_GINT64_FORMAT,
                            event->times.mtime, event->times.atime);
  g_string_append_c (transcript->text, '\n');
}

static gboolean
add_event (Transcript *transcript,
           WherryScpSinkEventType type,
           const WherryScpSinkEvent *event,
           const GError *error)
{
  if (type == WHERRY_SCP_SINK_NEED_INPUT)
    return FALSE;
  if (type == WHERRY_SCP_SINK_DATA)
    {
      g_assert_cmpuint (event->length, >, 0);
      add_data (transcript, event->data, event->length);
      return TRUE;
    }

  if (transcript->in_data)
    g_string_append_c (transcript->text, '\n');
  transcript->in_data = FALSE;
  switch (type)
    {
    case WHERRY_SCP_SINK_FILE:
      add_entry (transcript, 'F', event);
      break;
    case WHERRY_SCP_SINK_FILE_END:
      if (event->text == NULL)
        g_string_append (transcript->text, ".\n");
      else
        g_string_append_printf (transcript->text, "!%s\n", event->text);
      break;
    case WHERRY_SCP_SINK_DIRECTORY:
      add_entry (transcript, 'D', event);
      break;
    case WHERRY_SCP_SINK_DIRECTORY_END:
      g_string_append (transcript->text, "E\n");
      break;
    case WHERRY_SCP_SINK_SKIPPED:
      g_string_append_printf (transcript->text, "S %s\n", event->name);
      break;
    case WHERRY_SCP_SINK_WARNING:
      g_string_append_printf (transcript->text, "W %s\n", event->text);
      break;
    case WHERRY_SCP_SINK_DONE:
      g_string_append (transcript->text, "DONE\n");
      transcript->over = TRUE;
      break;
    case WHERRY_SCP_SINK_FAILED:
      g_string_append_printf (transcript->text, "FAILED %s\n", error_to_code (error));
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      g_free (transcript->message);
      transcript->message = g_strdup (error->message);
      transcript->over = TRUE;
      break;
    case WHERRY_SCP_SINK_NEED_INPUT:
    case WHERRY_SCP_SINK_DATA:
    default:
      g_assert_not_reached ();
    }
  return !transcript->over;
}

static void
feed (WherryScpSink *sink, Transcript *transcript, const void *bytes, gsize length)
{
  /* A copy of just that length, so that reading beyond it is seen by the sanitizers. */
  g_autofree guint8 *copy = g_memdup2 (bytes, length);
  const guint8 *input = copy;
  gboolean more = !transcript->over;

  while (more)
    {
      g_autoptr (GError) error = NULL;
      WherryScpSinkEvent event;
      WherryScpSinkEventType type = wherry_scp_sink_next (sink, &input, &length, &event, &error);

      g_assert_true ((type == WHERRY_SCP_SINK_FAILED) == (error != NULL));
      if (type == WHERRY_SCP_SINK_NEED_INPUT)
        g_assert_cmpuint (length, ==, 0);
      more = add_event (transcript, type, &event, error);
    }
}

static void
finish (WherryScpSink *sink, Transcript *transcript)
{
  wherry_scp_sink_end_of_input (sink);
  feed (sink, transcript, NULL, 0);
  g_assert_true (transcript->over);
}

static void
transcript_clear (Transcript *transcript)
{
  g_string_free (transcript->text, TRUE);
  g_free (transcript->message);
}

/* Cuts the stream into pieces of @chunk bytes, the first of @first, and compares. */
static void
check_stream (const Stream *stream, gsize first, gsize chunk)
{
  g_autoptr (WherryScpSink) sink = wherry_scp_sink_new (stream->expected_name, stream->flags);
  Transcript transcript = { .text = g_string_new (NULL) };
  gsize at = 0;

  while (at < stream->length)
    {
      gsize n = MIN (at == 0 && first > 0 ? first : chunk, stream->length - at);

      feed (sink, &transcript, stream->input + at, n);
      at += n;
    }
  finish (sink, &transcript);
  g_assert_cmpstr (transcript.text->str, ==, stream->transcript);
  if (stream->message != NULL && strstr (transcript.message, stream->message) == NULL)
    g_error ("“%s” is not in “%s”", stream->message, transcript.message);
  transcript_clear (&transcript);
}

static void
test_stream (gconstpointer data)
{
  const Stream *stream = data;

  check_stream (stream, 0, MAX (stream->length, 1));
  for (gsize chunk = 1; chunk <= 3; chunk++)
    check_stream (stream, 0, chunk);
  for (gsize first = 1; first < stream->length; first++)
    check_stream (stream, first, stream->length);
}

static void
test_failed_stays_failed (void)
{
  g_autoptr (WherryScpSink) sink = wherry_scp_sink_new ("f", 0);
  const guint8 *input = (const guint8 *) "C0644 5 g\nC0644 0 f\n";
  gsize length = 21;
  WherryScpSinkEvent event;

  for (int i = 0; i < 3; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (wherry_scp_sink_next (sink, &input, &length, &event, &error), ==,
                       WHERRY_SCP_SINK_FAILED);
      g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_REFUSED_NAME);
    }
}

static gsize
take (WherryScpSink *sink, guint ahead)
{
  guint8 replies[4096];
  gsize all = 0;
  gsize n;

  while ((n = wherry_scp_sink_take_replies (sink, replies, 7, ahead)) > 0)
    {
      g_assert_cmpuint (n, <=, 7);
      for (gsize i = 0; i < n; i++)
        g_assert_cmpint (replies[i], ==, 0);
      all += n;
    }
  return all;
}

static void
test_replies (void)
{
  g_autoptr (WherryScpSink) sink = wherry_scp_sink_new ("d", TREE);
  Transcript transcript = { .text = g_string_new (NULL) };

  g_assert_cmpuint (take (sink, 0), ==, 1);
  g_assert_cmpuint (take (sink, 0), ==, 0);
  feed (sink, &transcript, S ("T1 0 1 0\n"));
  g_assert_cmpuint (take (sink, 0), ==, 1);
  g_assert_cmpuint (take (sink, 20), ==, 20);
  g_assert_cmpuint (take (sink, 0), ==, 0);
  feed (sink, &transcript, S ("D0755 0 d\n"));
  g_assert_cmpuint (take (sink, 20), ==, 1);
  feed (sink, &transcript, S ("C0644 2 a\n"));
  g_assert_cmpuint (take (sink, 20), ==, 1);
  feed (sink, &transcript, S ("xx"));
  g_assert_cmpuint (take (sink, 20), ==, 0);
  feed (sink, &transcript, S ("\0"));
  g_assert_cmpuint (take (sink, 20), ==, 1);
  /* Words between entries are owed no reply, those in place of a file's status are. */
  feed (sink, &transcript, S ("\1words\n"));
  g_assert_cmpuint (take (sink, 20), ==, 0);
  feed (sink, &transcript, S ("C0644 0 b\n\1wor"));
  g_assert_cmpuint (take (sink, 20), ==, 1);
  feed (sink, &transcript, S ("ds\n"));
  g_assert_cmpuint (take (sink, 20), ==, 1);
  /* What is passed over as well. */
  feed (sink, &transcript, S ("D0755 0 \a\nC0644 0 b\n\0E\n"));
  g_assert_cmpuint (take (sink, 20), ==, 4);
  feed (sink, &transcript, S ("E\n"));
  g_assert_cmpuint (take (sink, 20), ==, 0);
  finish (sink, &transcript);
  g_assert_cmpuint (take (sink, 20), ==, 0);
  g_assert_true (g_str_has_suffix (transcript.text->str, "DONE\n"));
  transcript_clear (&transcript);
}

static void
test_last_reply (void)
{
  g_autoptr (WherryScpSink) sink = wherry_scp_sink_new ("f", 0);
  Transcript transcript = { .text = g_string_new (NULL) };

  g_assert_cmpuint (take (sink, 0), ==, 1);
  feed (sink, &transcript, S ("C0644 0 f\n\0"));
  g_assert_cmpuint (take (sink, 100), ==, 2);
  transcript_clear (&transcript);
}

static void
test_no_replies_when_failed (void)
{
  g_autoptr (WherryScpSink) sink = wherry_scp_sink_new ("f", 0);
  Transcript transcript = { .text = g_string_new (NULL) };

  feed (sink, &transcript, S ("C0644 0 g\n"));
  g_assert_true (transcript.over);
  g_assert_cmpuint (take (sink, 100), ==, 0);
  transcript_clear (&transcript);
}

static void
test_long_names (void)
{
  for (guint length = 254; length <= 300; length++)
    {
      g_autofree char *name = g_strnfill (length, 'n');
      g_autofree char *bytes = g_strdup_printf ("D0755 0 d\nC0644 0 %s\n", name);
      g_autofree char *expected
          = g_strdup_printf (length <= 255 ? "D 0755 d\nF 0644 0 %s\n.\nE\nDONE\n"
                                           : "D 0755 d\nS %s\nE\nDONE\n",
                             name);
      g_autoptr (WherryScpSink) sink = wherry_scp_sink_new ("d", TREE);
      Transcript transcript = { .text = g_string_new (NULL) };

      feed (sink, &transcript, bytes, strlen (bytes));
      feed (sink, &transcript, S ("\0E\n"));
      finish (sink, &transcript);
      g_assert_cmpstr (transcript.text->str, ==, expected);
      transcript_clear (&transcript);
    }
}

static void
test_depth (void)
{
  g_autoptr (WherryScpSink) sink = wherry_scp_sink_new ("d", TREE);
  Transcript transcript = { .text = g_string_new (NULL) };

  for (int i = 0; i < WHERRY_SCP_DEPTH_MAX; i++)
    feed (sink, &transcript, S ("D0755 0 d\n"));
  g_assert_false (transcript.over);
  feed (sink, &transcript, S ("D0755 0 d\n"));
  g_assert_true (g_str_has_suffix (transcript.text->str, "FAILED wherry:TOO_DEEP\n"));
  transcript_clear (&transcript);
}

static void
test_depth_is_no_total (void)
{
  g_autoptr (WherryScpSink) sink = wherry_scp_sink_new ("d", TREE);
  Transcript transcript = { .text = g_string_new (NULL) };

  feed (sink, &transcript, S ("D0755 0 d\n"));
  for (int i = 0; i < 3 * WHERRY_SCP_DEPTH_MAX; i++)
    feed (sink, &transcript, S ("D0755 0 d\nE\n"));
  feed (sink, &transcript, S ("E\n"));
  finish (sink, &transcript);
  g_assert_true (g_str_has_suffix (transcript.text->str, "DONE\n"));
  transcript_clear (&transcript);
}

/* A line that does not end is given up, whatever it begins with, and little of it is kept. */
static void
test_endless_lines (void)
{
  static const char *const begins[] = { "C0644 5 ", "C0644 ", "T", "D0755 0 ", "\1", "\2", "hi" };
  g_autofree char *block = g_strnfill (1000, '1');

  for (guint i = 0; i < G_N_ELEMENTS (begins); i++)
    {
      g_autoptr (WherryScpSink) sink = wherry_scp_sink_new ("d", TREE);
      Transcript transcript = { .text = g_string_new (NULL) };
      guint n = 0;

      feed (sink, &transcript, begins[i], strlen (begins[i]));
      while (!transcript.over && n++ < 100)
        feed (sink, &transcript, block, 1000);
      g_assert_cmpstr (transcript.text->str, ==, PROTOCOL);
      g_assert_cmpuint (n, <=, strchr ("TCD", *begins[i]) != NULL ? 9 : 66);
      g_assert_cmpuint (strlen (transcript.message), <, 4096);
      transcript_clear (&transcript);
    }
}

static void
test_long_words (void)
{
  g_autoptr (WherryScpSink) sink = wherry_scp_sink_new ("f", 0);
  Transcript transcript = { .text = g_string_new (NULL) };
  g_autofree char *words = g_strnfill (3000, 'w');

  feed (sink, &transcript, S ("\2"));
  feed (sink, &transcript, words, 3000);
  feed (sink, &transcript, S ("\n"));
  g_assert_cmpstr (transcript.text->str, ==, "FAILED wherry:REMOTE\n");
  g_assert_cmpuint (strlen (transcript.message), <, 1100);
  transcript_clear (&transcript);
}

static void
test_many_warnings (void)
{
  g_autoptr (WherryScpSink) sink = wherry_scp_sink_new ("f", 0);
  Transcript transcript = { .text = g_string_new (NULL) };

  for (int i = 0; i < 100000; i++)
    {
      feed (sink, &transcript, S ("\1warn\n"));
      g_assert_cmpstr (transcript.text->str, ==, "W warn\n");
      g_string_truncate (transcript.text, 0);
    }
  feed (sink, &transcript, S ("C0644 0 f\n\0"));
  finish (sink, &transcript);
  g_assert_cmpstr (transcript.text->str, ==, "F 0644 0 f\n.\nDONE\n");
  transcript_clear (&transcript);
}

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
  g_autoptr (WherryScpSink) sink = wherry_scp_sink_new ("d", TREE);
  Transcript transcript = { .text = g_string_new (NULL) };
  gsize before = 0;

  feed (sink, &transcript, S ("D0755 0 d\n"));
  for (int i = 0; i < 100000; i++)
    {
      g_string_truncate (transcript.text, 0);
      feed (sink, &transcript,
            S ("T1 0 1 0\nC0644 3 f\nabc\0D0755 0 e\nE\nC0644 1 \a\nx\1words\n"));
      g_assert_cmpstr (transcript.text->str, ==, "F 0644 3 f 1,1\n=abc\n.\nD 0755 e\nE\nS \a\n");
      if (i == 100)
        before = memory_in_use ();
    }
  g_assert_cmpuint (memory_in_use (), <, before + 65536);
  feed (sink, &transcript, S ("E\n"));
  finish (sink, &transcript);
  transcript_clear (&transcript);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (streams); i++)
    {
      g_autofree char *path = g_strdup_printf ("/scp/sink/stream/%s", streams[i].what);

      g_test_add_data_func (path, &streams[i], test_stream);
    }
  g_test_add_func ("/scp/sink/failed-stays-failed", test_failed_stays_failed);
  g_test_add_func ("/scp/sink/replies", test_replies);
  g_test_add_func ("/scp/sink/last-reply", test_last_reply);
  g_test_add_func ("/scp/sink/no-replies-when-failed", test_no_replies_when_failed);
  g_test_add_func ("/scp/sink/long-names", test_long_names);
  g_test_add_func ("/scp/sink/depth", test_depth);
  g_test_add_func ("/scp/sink/depth-is-no-total", test_depth_is_no_total);
  g_test_add_func ("/scp/sink/endless-lines", test_endless_lines);
  g_test_add_func ("/scp/sink/long-words", test_long_words);
  g_test_add_func ("/scp/sink/many-warnings", test_many_warnings);
  g_test_add_func ("/scp/sink/flat", test_flat);
  return g_test_run ();
}
