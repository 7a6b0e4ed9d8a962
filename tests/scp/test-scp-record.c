#include <gio/gio.h>
#include <string.h>

#include "base/wherry-error.h"
#include "scp/wherry-scp-record.h"
#include "scp/wherry-scp-words.h"

static void
assert_written (const WherryScpRecord *record, const char *expected)
{
  g_autoptr (GByteArray) output = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  WherryScpRecord again;

  g_assert_true (wherry_scp_record_append (output, record, &error));
  g_assert_no_error (error);
  g_assert_cmpmem (output->data, output->len, expected, strlen (expected));

  g_assert_true (
      wherry_scp_record_parse ((const char *) output->data, output->len - 1, &again, &error));
  g_assert_no_error (error);
  g_assert_cmpint (again.kind, ==, record->kind);
  g_assert_cmpuint (again.size, ==, record->size);
  g_assert_cmpmem (again.name, again.name_length, record->name, record->name_length);
}

static void
test_write (void)
{
  assert_written (&(WherryScpRecord){ .kind = WHERRY_SCP_RECORD_END }, "E\n");
  assert_written (&(WherryScpRecord){ .kind = WHERRY_SCP_RECORD_TIMES, .times = { G_MAXINT64, 5 } },
                  "T9223372036854775807 0 5 0\n");
  assert_written (&(WherryScpRecord){ .kind = WHERRY_SCP_RECORD_TIMES,
                                      .times = { -1, G_MININT64 } },
                  "T0 0 0 0\n");
  assert_written (&(WherryScpRecord){ .kind = WHERRY_SCP_RECORD_FILE,
                                      .mode = 0100644,
                                      .size = G_MAXINT64,
                                      .name = " a ",
                                      .name_length = 3 },
                  "C0644 9223372036854775807  a \n");
  assert_written (&(WherryScpRecord){ .kind = WHERRY_SCP_RECORD_DIRECTORY,
                                      .mode = 047777,
                                      .name = "\xff\x01",
                                      .name_length = 2 },
                  "D7777 0 \xff\x01\n");
}

static void
test_write_longest (void)
{
  g_autofree char *name = g_strnfill (3000, 'n');
  g_autoptr (GByteArray) output = g_byte_array_new ();
  WherryScpRecord record = {
    .kind = WHERRY_SCP_RECORD_FILE,
    .size = G_MAXINT64,
    .name = name,
  };
  gsize longest = 0;

  for (record.name_length = 1; record.name_length < 3000; record.name_length++)
    {
      g_autoptr (GError) error = NULL;

      g_byte_array_set_size (output, 0);
      if (wherry_scp_record_append (output, &record, &error))
        {
          g_assert_cmpuint (record.name_length, ==, longest + 1);
          longest = record.name_length;
          g_assert_cmpuint (output->len, <=, WHERRY_SCP_RECORD_SEND_MAX + 1);
        }
      else
        {
          g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_REFUSED_NAME);
          g_assert_cmpuint (output->len, ==, 0);
        }
    }
  g_assert_cmpuint (longest, ==, 2020);
}

static void
test_refuse_names (void)
{
  static const struct {
    const char *name;
    gsize length;
  } names[] = {
    { "", 0 },     { ".", 1 },  { "..", 2 },   { "a/b", 3 }, { "/", 1 },
    { "a\nb", 3 }, { "\n", 1 }, { "a\0b", 3 }, { "a\0", 2 }, { "\0", 1 },
  };
  static const char *const good[] = { "...", ".a", "..a", " ", "-", "~", "\r", "\033", "\xff" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (wherry_scp_record_check_name (names[i].name, names[i].length, &error));
      g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_REFUSED_NAME);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      g_assert_null (strchr (error->message, '\n'));
    }
  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (wherry_scp_record_check_name (good[i], strlen (good[i]), NULL));
}

static void
test_read_name_by_length (void)
{
  WherryScpRecord record;

  g_assert_true (wherry_scp_record_parse ("C0644 1 a\0b", 11, &record, NULL));
  g_assert_cmpmem (record.name, record.name_length, "a\0b", 3);
  g_assert_true (wherry_scp_record_parse ("C0644 1 ", 8, &record, NULL));
  g_assert_cmpuint (record.name_length, ==, 0);
  g_assert_true (wherry_scp_record_parse ("D7777 18446744073709551 x", 25, &record, NULL));
  g_assert_cmpuint (record.mode, ==, 07777);
  g_assert_cmpuint (record.size, ==, 0);
}

/* No byte changed, dropped or doubled in a field may give a record with another meaning unseen. */
static void
test_read_strictly (void)
{
  static const char line[] = "C0644 12 f";
  static const char allowed[] = "0123456789";

  for (gsize at = 0; at < 9; at++)
    for (int byte = 0; byte < 256; byte++)
      {
        g_autofree char *changed = g_memdup2 (line, sizeof line - 1);
        g_autoptr (GError) error = NULL;
        WherryScpRecord record;
        gboolean digit = byte != 0 && strchr (allowed, byte) != NULL;
        gboolean good;

        changed[at] = (char) byte;
        if (at == 0)
          good = byte == 'C' || byte == 'D';
        else if (at < 5)
          good = digit && byte < '8';
        else if (at == 7)
          good = digit || byte == ' ';
        else
          good = at == 6 ? digit : byte == ' ';
        g_assert_true (wherry_scp_record_parse (changed, sizeof line - 1, &record, &error) == good);
        g_assert_true ((error == NULL) == good);
      }
  for (gsize length = 0; length < 8; length++)
    g_assert_false (wherry_scp_record_parse (line, length, &(WherryScpRecord){ 0 }, NULL));
}

static void
test_numbers (void)
{
  static const struct {
    const char *line;
    gboolean good;
  } lines[] = {
    { "C0644 0 f", TRUE },
    { "C0644 000000000000000000000000000000005 f", TRUE },
    { "C0644 9223372036854775807 f", TRUE },
    { "C0644 9223372036854775808 f", FALSE },
    { "C0644 9223372036854775810 f", FALSE },
    { "C0644 18446744073709551615 f", FALSE },
    { "C0644 18446744073709551616 f", FALSE },
    { "C0644 18446744073709551621 f", FALSE },
    { "C0644 99999999999999999999999999999999 f", FALSE },
    { "C0644\t5 f", FALSE },
    { "C0644 5\tf", FALSE },
    { "C0644 \t5 f", FALSE },
    { "C 644 5 f", FALSE },
    { "Cx644 5 f", FALSE },
    { "T0 0 0 0", TRUE },
    { "T9223372036854775807 999999 9223372036854775807 999999", TRUE },
    { "T9223372036854775808 0 0 0", FALSE },
    { "T0 0 9223372036854775808 0", FALSE },
    { "T0 1000000 0 0", FALSE },
    { "T0 0 0 1000000", FALSE },
    { "T0 -1 0 0", FALSE },
    { "T0 0 0 0x", FALSE },
    { "T0  0 0 0", FALSE },
    { "T 0 0 0 0", FALSE },
    { "T", FALSE },
    { "E", TRUE },
    { "E ", FALSE },
    { "EE", FALSE },
    { "e", FALSE },
    { "", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autoptr (GError) error = NULL;
      WherryScpRecord record;

      g_test_message ("%s", lines[i].line);
      g_assert_true (
          wherry_scp_record_parse (lines[i].line, strlen (lines[i].line), &record, &error)
          == lines[i].good);
      if (!lines[i].good)
        g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_PROTOCOL);
    }
}

static void
test_read_longest (void)
{
  g_autofree char *line = g_strnfill (WHERRY_SCP_RECORD_MAX + 1, 'n');
  WherryScpRecord record;

  memcpy (line, "C0644 1 ", 8);
  g_assert_true (wherry_scp_record_parse (line, WHERRY_SCP_RECORD_MAX, &record, NULL));
  g_assert_false (wherry_scp_record_parse (line, WHERRY_SCP_RECORD_MAX + 1, &record, NULL));
}

static void
test_words (void)
{
  static const struct {
    const char *words;
    gboolean io;
    int code;
  } cases[] = {
    { "scp: /a b/f: No such file or directory", TRUE, G_IO_ERROR_NOT_FOUND },
    { "scp: f: No such file or directory\r\n", TRUE, G_IO_ERROR_NOT_FOUND },
    { "scp: f: Permission denied", TRUE, G_IO_ERROR_PERMISSION_DENIED },
    { "Permission denied", TRUE, G_IO_ERROR_PERMISSION_DENIED },
    { "scp: f: set mode: Operation not permitted", TRUE, G_IO_ERROR_PERMISSION_DENIED },
    { "scp: f: No space left on device", TRUE, G_IO_ERROR_NO_SPACE },
    { "scp: f: Disk quota exceeded", TRUE, G_IO_ERROR_NO_SPACE },
    { "scp: f: Is a directory", TRUE, G_IO_ERROR_IS_DIRECTORY },
    { "scp: f: Not a directory", TRUE, G_IO_ERROR_NOT_DIRECTORY },
    { "scp: f: Read-only file system", TRUE, G_IO_ERROR_READ_ONLY },
    { "scp: my Permission denied", FALSE, WHERRY_ERROR_REMOTE },
    { "scp: Permission denied: went away", FALSE, WHERRY_ERROR_REMOTE },
    { "scp: f: not a regular file", FALSE, WHERRY_ERROR_REMOTE },
    { "scp: protocol error: bad mode", FALSE, WHERRY_ERROR_REMOTE },
    { "", FALSE, WHERRY_ERROR_REMOTE },
    { "\n", FALSE, WHERRY_ERROR_REMOTE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = wherry_scp_words_to_error (cases[i].words);
      g_autofree char *words = g_strstrip (g_strdup (cases[i].words));

      g_assert_true (
          g_error_matches (error, cases[i].io ? G_IO_ERROR : WHERRY_ERROR, cases[i].code));
      g_assert_nonnull (strstr (error->message, words));
    }
}

static void
test_words_are_escaped (void)
{
  g_autoptr (GError) error = wherry_scp_words_to_error ("scp: \033[2J\xff%s: gone");

  g_assert_nonnull (strstr (error->message, "scp: \\x1b[2J\\xff%s: gone"));
}

static void
test_words_are_bounded (void)
{
  g_autoptr (GString) words = g_string_new (NULL);
  g_autofree char *much = g_strnfill (100000, 'w');
  g_autoptr (GError) error = wherry_scp_words_to_error (much);

  for (int i = 0; i < 10; i++)
    wherry_scp_words_append (words, (const guint8 *) much, 300);
  /* One more than is shown, so that the cut shows. */
  g_assert_cmpuint (words->len, ==, 1025);
  g_assert_cmpuint (strlen (error->message), <, 1100);
  g_assert_nonnull (strstr (error->message, "w…"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/scp/record/write", test_write);
  g_test_add_func ("/scp/record/write-longest", test_write_longest);
  g_test_add_func ("/scp/record/refuse-names", test_refuse_names);
  g_test_add_func ("/scp/record/read-name-by-length", test_read_name_by_length);
  g_test_add_func ("/scp/record/read-strictly", test_read_strictly);
  g_test_add_func ("/scp/record/numbers", test_numbers);
  g_test_add_func ("/scp/record/read-longest", test_read_longest);
  g_test_add_func ("/scp/words/reasons", test_words);
  g_test_add_func ("/scp/words/escaped", test_words_are_escaped);
  g_test_add_func ("/scp/words/bounded", test_words_are_bounded);
  return g_test_run ();
}
