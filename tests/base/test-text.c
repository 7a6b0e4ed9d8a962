#include <ftw.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <pwd.h>
#include <string.h>

#include "base/wherry-text.h"

static void
assert_escaped (const char *bytes, gssize length, const char *expected)
{
  g_autofree char *shown = wherry_text_escape (bytes, length, 0);

  g_assert_cmpstr (shown, ==, expected);
}

static void
test_escape_plain (void)
{
  assert_escaped ("", -1, "");
  assert_escaped (NULL, 0, "");
  assert_escaped ("plain text", -1, "plain text");
  assert_escaped ("plain text", 5, "plain");
  assert_escaped ("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80", -1,
                  "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80");
  assert_escaped ("back\\slash %s", -1, "back\\slash %s");
}

static void
test_escape_lines (void)
{
  assert_escaped ("one\ntwo", -1, "one\\ntwo");
  assert_escaped ("tab\tstop", -1, "tab\\tstop");
  assert_escaped ("end\r\n\r\n", -1, "end");
  assert_escaped ("\n", -1, "");
  assert_escaped ("a\r\nb", -1, "a\\x0d\\nb");
  assert_escaped ("a\xe2\x80\xa8"
                  "b\xe2\x80\xa9"
                  "c",
                  -1, "a\\u{2028}b\\u{2029}c");
}

static void
test_escape_every_byte (void)
{
  for (int byte = 0; byte < 256; byte++)
    {
      const char text[] = { 'a', (char) byte, 'z' };
      g_autofree char *expected = NULL;

      if (byte == '\n')
        expected = g_strdup ("a\\nz");
      else if (byte == '\t')
        expected = g_strdup ("a\\tz");
      else if (byte < 0x20 || byte >= 0x7f)
        expected = g_strdup_printf ("a\\x%02xz", (guint) byte);
      else
        expected = g_strdup_printf ("a%cz", byte);
      assert_escaped (text, 3, expected);
    }
}

/* What a terminal or a label would act on, or read in another order than it stands. */
static void
test_escape_controls (void)
{
  static const gunichar controls[]
      = { 0x80,   0x85,   0x9b,   0x9f,   0x61c,  0x200e, 0x200f, 0x202a,
          0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069 };

  for (guint i = 0; i < G_N_ELEMENTS (controls); i++)
    {
      g_autofree char *expected = g_strdup_printf ("\\u{%04x}", controls[i]);
      char text[7] = "";

      g_unichar_to_utf8 (controls[i], text);
      assert_escaped (text, -1, expected);
    }
  assert_escaped ("\xc2\xa0", -1, "\xc2\xa0");
}

static void
test_escape_invalid (void)
{
  /* A lone continuation, an overlong slash, a surrogate, beyond Unicode, cut off in the middle. */
  assert_escaped ("\x80", -1, "\\x80");
  assert_escaped ("\xc0\xaf", -1, "\\xc0\\xaf");
  assert_escaped ("\xed\xa0\x80", -1, "\\xed\\xa0\\x80");
  assert_escaped ("\xf4\x90\x80\x80", -1, "\\xf4\\x90\\x80\\x80");
  assert_escaped ("a\xe2\x82", -1, "a\\xe2\\x82");
  assert_escaped ("\xe2\x82\xac", 2, "\\xe2\\x82");
  assert_escaped ("\xe2\x82"
                  "b",
                  -1, "\\xe2\\x82b");
  assert_escaped ("a\0b", 3, "a\\x00b");
  /* Not assigned. */
  assert_escaped ("\xef\xbf\xbf", -1, "\\u{ffff}");
}

static void
test_escape_cut (void)
{
  static const char *const units[]
      = { "a", "\xc3\xbc", "\xe2\x82\xac", "\x1b", "\xff", "\xe2\x80\xae" };

  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    for (gsize max = 1; max < 40; max++)
      {
        g_autofree char *one = wherry_text_escape (units[i], -1, 0);
        g_autoptr (GString) text = g_string_new (NULL);
        g_autoptr (GString) expected = g_string_new (NULL);
        g_autofree char *shown = NULL;

        for (gsize n = 0; n < max + 1; n++)
          g_string_append (text, units[i]);
        while (expected->len + strlen (one) <= max)
          g_string_append (expected, one);
        g_string_append (expected, "…");
        shown = wherry_text_escape (text->str, (gssize) text->len, max);
        g_assert_cmpstr (shown, ==, expected->str);
      }
}

static void
test_escape_server_limit (void)
{
  g_autofree char *text = g_strnfill (3000, 'w');
  g_autofree char *cut = wherry_text_escape (text, -1, WHERRY_TEXT_SERVER_MAX);
  g_autofree char *whole = wherry_text_escape (text, 1024, WHERRY_TEXT_SERVER_MAX);
  g_autofree char *one_more = wherry_text_escape (text, 1025, WHERRY_TEXT_SERVER_MAX);

  g_assert_cmpuint (strlen (cut), ==, 1024 + strlen ("…"));
  g_assert_cmpuint (strlen (whole), ==, 1024);
  g_assert_cmpstr (one_more, ==, cut);
}

static void
test_escape_anything (void)
{
  for (int run = 0; run < 2000; run++)
    {
      guint8 bytes[64];
      gsize length = (gsize) g_test_rand_int_range (0, sizeof bytes);
      g_autofree char *shown = NULL;

      for (gsize i = 0; i < length; i++)
        bytes[i] = (guint8) g_test_rand_int ();
      shown = wherry_text_escape ((const char *) bytes, (gssize) length, 100);
      g_assert_true (g_utf8_validate (shown, -1, NULL));
      g_assert_cmpuint (strlen (shown), <=, 100 + strlen ("…"));
      for (const char *p = shown; *p != '\0'; p = g_utf8_next_char (p))
        g_assert_false (g_unichar_iscntrl (g_utf8_get_char (p)));
    }
}

static void
test_display_name (void)
{
  g_autofree char *shown = wherry_text_display_name ("a\xff\033[1m");

  g_assert_cmpstr (shown, ==, "a\\xff\\x1b[1m");
}

/* Quoting, by what shells make of it. */

static char *home; /* of the shells: some write into it */

static void
run_shell (const char *shell, const char *quoted, const char *expected)
{
  g_autofree char *command = g_strconcat ("printf %s ", quoted, NULL);
  g_auto (GStrv) words = g_strsplit (shell, " ", -1);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) argv = NULL;
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GBytes) output = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;
  const char *bytes;

  g_strv_builder_addv (builder, (const char **) words);
  g_strv_builder_add_many (builder, "-c", command, NULL);
  argv = g_strv_builder_end (builder);

  g_subprocess_launcher_setenv (launcher, "HOME", home, TRUE);
  g_subprocess_launcher_unsetenv (launcher, "XDG_CONFIG_HOME");
  g_subprocess_launcher_unsetenv (launcher, "XDG_DATA_HOME");
  g_subprocess_launcher_unsetenv (launcher, "XDG_CACHE_HOME");
  g_subprocess_launcher_setenv (launcher, "x", "EXPANDED", TRUE);
  process = g_subprocess_launcher_spawnv (launcher, (const char *const *) argv, &error);
  g_assert_no_error (error);
  g_subprocess_communicate (process, NULL, NULL, &output, NULL, &error);
  g_assert_no_error (error);
  bytes = g_bytes_get_data (output, &length);
  g_assert_cmpmem (bytes, length, expected, strlen (expected));
  g_assert_true (g_subprocess_get_successful (process));
}

static const char *const arguments[] = {
  "plain",
  "",
  " ",
  "two  spaces",
  "it's",
  "''",
  "'",
  "\\",
  "\\\\",
  "\\'",
  "'\\''",
  "end\\",
  "\"$x\"",
  "$x ${x} $(echo no) `echo no`",
  "a;b|c&d>e<f(g)h{i}j[k]l*m?n#o~p",
  "a!b",
  "!!",
  "\\!",
  "%s%n",
  "-n",
  "~",
  "a=~",
  "{a,b}",
  "gr\xc3\xbc\xc3\x9f",
  "\xff\xfe\x80",
};

static void
quote_in (const char *shell)
{
  for (guint i = 0; i < G_N_ELEMENTS (arguments); i++)
    {
      g_autofree char *quoted = wherry_text_quote_shell (arguments[i]);

      run_shell (shell, quoted, arguments[i]);
    }
}

static void
test_quote (gconstpointer shell)
{
  g_auto (GStrv) words = g_strsplit (shell, " ", 2);
  g_autofree char *program = g_find_program_in_path (words[0]);

  if (program == NULL)
    {
      g_test_skip ("not here");
      return;
    }
  quote_in (shell);
}

static void
test_quote_every_byte (void)
{
  g_autoptr (GString) all = g_string_new (NULL);
  g_autofree char *quoted = NULL;

  for (int byte = 1; byte < 256; byte++)
    {
      const char text[] = { (char) byte, 'x', (char) byte, (char) byte, '\0' };
      g_autofree char *one = wherry_text_quote_shell (text);

      run_shell ("sh", one, text);
      g_string_append_c (all, (char) byte);
    }
  quoted = wherry_text_quote_shell (all->str);
  run_shell ("sh", quoted, all->str);
}

static void
test_quote_path (void)
{
  const struct passwd *root = getpwnam ("root");
  const struct {
    const char *path;
    const char *expected;
    const char *home; /* whose comes first in it */
  } paths[] = {
    { "", "." },
    { "a b", "a b" },
    { "/a'b", "/a'b" },
    { "-rf", "./-rf" },
    { "--", "./--" },
    { "./-a", "./-a" },
    { "~", "", home },
    { "~/", "/", home },
    { "~/a b", "/a b", home },
    { "~/$x", "/$x", home },
    { "~/-a", "/-a", home },
    { "~root", "", root->pw_dir },
    { "~root/it's", "/it's", root->pw_dir },
    { "~ root", "~ root" },
    { "~$x", "~$x" },
    { "~;echo no", "~;echo no" },
    { "~$(echo no)/a", "~$(echo no)/a" },
    { "~-", "~-" },
    { "~+/a", "~+/a" },
    { "a~", "a~" },
    { "./~", "./~" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autofree char *quoted = wherry_text_quote_path (paths[i].path);
      g_autofree char *expected
          = g_strconcat (paths[i].home != NULL ? paths[i].home : "", paths[i].expected, NULL);

      run_shell ("sh", quoted, expected);
    }
}

/* Only what can't be anything but a user's name may stand outside the quotes. */
static void
test_quote_path_tilde (void)
{
  for (int byte = 1; byte < 256; byte++)
    {
      const char path[] = { '~', 'a', (char) byte, 'a', '\0' };
      g_autofree char *quoted = wherry_text_quote_path (path);
      gboolean bare = g_ascii_isalnum (byte) || strchr ("._-/", byte) != NULL;

      g_assert_true ((*quoted == '~') == bare);
    }
}

static void
test_names (void)
{
  g_autofree char *long_name = g_strnfill (256, 'n');

  g_assert_cmpint (wherry_text_check_name (NULL, 0), ==, WHERRY_NAME_HOSTILE);
  g_assert_cmpint (wherry_text_check_name (".", 1), ==, WHERRY_NAME_HOSTILE);
  g_assert_cmpint (wherry_text_check_name ("..", 2), ==, WHERRY_NAME_HOSTILE);
  g_assert_cmpint (wherry_text_check_name ("...", 3), ==, WHERRY_NAME_OK);
  g_assert_cmpint (wherry_text_check_name (".a", 2), ==, WHERRY_NAME_OK);
  g_assert_cmpint (wherry_text_check_name ("..\0", 3), ==, WHERRY_NAME_HOSTILE);
  g_assert_cmpint (wherry_text_check_name (" ", 1), ==, WHERRY_NAME_OK);
  g_assert_cmpint (wherry_text_check_name (long_name, 255), ==, WHERRY_NAME_OK);
  g_assert_cmpint (wherry_text_check_name (long_name, 256), ==, WHERRY_NAME_UNFIT);
  long_name[200] = '/';
  g_assert_cmpint (wherry_text_check_name (long_name, 256), ==, WHERRY_NAME_HOSTILE);

  for (int byte = 0; byte < 256; byte++)
    {
      const char name[] = { 'a', (char) byte };
      WherryNameVerdict expected = WHERRY_NAME_OK;

      if (byte == 0 || byte == '/')
        expected = WHERRY_NAME_HOSTILE;
      else if (byte < 0x20 || byte == 0x7f)
        expected = WHERRY_NAME_UNFIT;
      g_assert_cmpint (wherry_text_check_name (name, 2), ==, expected);
      g_assert_cmpint (wherry_text_check_name (name, 1), ==, WHERRY_NAME_OK);
    }
}

static int
remove_entry (const char *path, const struct stat *info, int type, struct FTW *ftw)
{
  return remove (path);
}

int
main (int argc, char *argv[])
{
  static const char *const shells[]
      = { "sh", "dash", "bash", "busybox sh", "mksh", "zsh", "fish", "tcsh" };

  int status;

  g_test_init (&argc, &argv, NULL);
  home = g_dir_make_tmp ("wherry text XXXXXX", NULL);
  g_assert_nonnull (home);

  g_test_add_func ("/base/text/escape/plain", test_escape_plain);
  g_test_add_func ("/base/text/escape/lines", test_escape_lines);
  g_test_add_func ("/base/text/escape/every-byte", test_escape_every_byte);
  g_test_add_func ("/base/text/escape/controls", test_escape_controls);
  g_test_add_func ("/base/text/escape/invalid", test_escape_invalid);
  g_test_add_func ("/base/text/escape/cut", test_escape_cut);
  g_test_add_func ("/base/text/escape/server-limit", test_escape_server_limit);
  g_test_add_func ("/base/text/escape/anything", test_escape_anything);
  g_test_add_func ("/base/text/display-name", test_display_name);
  for (guint i = 0; i < G_N_ELEMENTS (shells); i++)
    {
      g_autofree char *path = g_strdup_printf ("/base/text/quote/%s", shells[i]);

      g_test_add_data_func (path, shells[i], test_quote);
    }
  g_test_add_func ("/base/text/quote/every-byte", test_quote_every_byte);
  g_test_add_func ("/base/text/quote/path", test_quote_path);
  g_test_add_func ("/base/text/quote/path-tilde", test_quote_path_tilde);
  g_test_add_func ("/base/text/names", test_names);

  status = g_test_run ();
  g_assert_no_errno (nftw (home, remove_entry, 16, FTW_DEPTH | FTW_PHYS));
  g_free (home);
  return status;
}
