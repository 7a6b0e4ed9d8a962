/* Text from outside comes out fit to be shown, and no argument leaves its quotes. */
#include <string.h>

#include "base/wherry-text.h"
#include "fuzz.h"

static void
check_shown (const char *bytes, gsize length, gsize max)
{
  g_autofree char *shown = wherry_text_escape (bytes, (gssize) length, max);

  g_assert (g_utf8_validate (shown, -1, NULL));
  g_assert (max == 0 || strlen (shown) <= max + strlen ("…"));
  for (const char *p = shown; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      g_assert (c >= 0x20 && !(c >= 0x7f && c < 0xa0));
      g_assert (c != 0x61c && !(c >= 0x200e && c <= 0x200f) && !(c >= 0x2028 && c <= 0x202e)
                && !(c >= 0x2066 && c <= 0x2069));
    }
}

/* Reads an argument as a POSIX shell does, of what wherry_text_quote_shell() may write. */
static void
check_quoted (const char *quoted, const char *expected)
{
  g_autoptr (GString) read = g_string_new (NULL);
  gboolean inside = FALSE;

  for (const char *p = quoted; *p != '\0'; p++)
    {
      if (*p == '\'')
        inside = !inside;
      else if (inside)
        g_string_append_c (read, *p);
      else
        {
          g_assert (*p == '\\' && p[1] != '\0' && p[1] != '\n');
          g_string_append_c (read, *++p);
        }
    }
  g_assert (!inside);
  g_assert (strcmp (read->str, expected) == 0);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autofree char *quoted = wherry_text_quote_shell (text);
  g_autofree char *path = wherry_text_quote_path (text);
  g_autofree char *dotted = g_strconcat ("./", text, NULL);
  const char *quote = strchr (path, '\'');
  WherryNameVerdict verdict = wherry_text_check_name ((const char *) data, size);

  check_shown ((const char *) data, size, 0);
  check_shown ((const char *) data, size, 1 + size / 2);
  check_shown ((const char *) data, size, WHERRY_TEXT_SERVER_MAX);
  check_quoted (quoted, text);

  /* Before the quotes of a path stands nothing, or a tilde, a user's name and a slash. */
  if (quote != NULL && *path == '~')
    check_quoted (quote, strchr (text, '/') + 1);
  else if (quote != NULL)
    check_quoted (quote, *text == '-' ? dotted : text);
  for (const char *p = path; *p != '\0' && p != quote; p++)
    g_assert (g_ascii_isalnum (*p) || strchr ("~._-/", *p) != NULL);

  if (verdict != WHERRY_NAME_HOSTILE)
    g_assert (size > 0 && memchr (data, '/', size) == NULL && memchr (data, '\0', size) == NULL
              && strcmp (text, ".") != 0 && strcmp (text, "..") != 0);
  if (verdict == WHERRY_NAME_OK)
    g_assert (size <= 255 && memchr (data, '\n', size) == NULL);
  return 0;
}
