#include "base/wherry-text.h"

#include <string.h>

/* Direction marks and overrides by which a name can be made to read as another one (UAX #9). */
static gboolean
is_bidi_control (gunichar c)
{
  return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e)
         || (c >= 0x2066 && c <= 0x2069);
}

static gboolean
is_showable (gunichar c)
{
  if (c < 0x20 || (c >= 0x7f && c < 0xa0) || is_bidi_control (c))
    return FALSE;
  /* Line and paragraph separators would break one line into two. */
  return c != 0x2028 && c != 0x2029 && g_unichar_isdefined (c);
}

static char *
escape (const char *bytes, gsize length, gsize max_bytes)
{
  const char *p = bytes;
  gsize left = length;
  GString *out = g_string_sized_new (left);

  while (left > 0)
    {
      gunichar c = g_utf8_get_char_validated (p, (gssize) left);
      gsize before = out->len;
      gsize used = 1;

      if (c == (gunichar) -1 || c == (gunichar) -2)
        g_string_append_printf (out, "\\x%02x", (guint8) *p);
      else
        {
          used = c == 0 ? 1 : (gsize) g_unichar_to_utf8 (c, NULL);
          if (is_showable (c))
            g_string_append_len (out, p, (gssize) used);
          else if (c == '\n')
            g_string_append (out, "\\n");
          else if (c == '\t')
            g_string_append (out, "\\t");
          else if (c < 0x80)
            g_string_append_printf (out, "\\x%02x", c);
          else
            g_string_append_printf (out, "\\u{%04x}", c);
        }

      if (max_bytes > 0 && out->len > max_bytes)
        {
          g_string_truncate (out, before);
          g_string_append (out, "…");
          break;
        }
      p += used;
      left -= used;
    }

  return g_string_free (out, FALSE);
}

/**
 * wherry_text_escape:
 * @bytes: text from outside
 * @length: its length in bytes, or -1 if NUL-terminated
 * @max_bytes: longest result in bytes without the ellipsis; 0: no limit
 *
 * Makes text from a server or a file name fit to be shown (rule R6): valid
 * UTF-8 on one line, with control characters (C0, C1), direction controls and
 * invalid bytes as `\n`, `\t`, `\xHH` or `\u{HHHH}`, cut with an ellipsis.
 * Trailing line ends are dropped. A backslash stays as it is: this is for
 * reading, not for reversing.
 *
 * Returns: (transfer full): the text to show
 */
char *
wherry_text_escape (const char *bytes, gssize length, gsize max_bytes)
{
  g_return_val_if_fail (bytes != NULL || length == 0, NULL);

  gsize left = length < 0 ? strlen (bytes) : (gsize) length;

  while (left > 0 && (bytes[left - 1] == '\n' || bytes[left - 1] == '\r'))
    left--;
  return escape (bytes, left, max_bytes);
}

/**
 * wherry_text_escape_name:
 * @bytes: (array length=length): a name from outside
 * @length: its length in bytes
 * @max_bytes: longest result in bytes without the ellipsis; 0: no limit
 *
 * Does as wherry_text_escape(), but shows line ends at the end as well: two
 * names that differ must not look the same.
 *
 * Returns: (transfer full): the name to show
 */
char *
wherry_text_escape_name (const char *bytes, gsize length, gsize max_bytes)
{
  g_return_val_if_fail (bytes != NULL || length == 0, NULL);

  return escape (bytes, length, max_bytes);
}

/**
 * wherry_text_display_name:
 * @name: a file name or path as bytes
 *
 * Returns: (transfer full): @name fit to be shown; see wherry_text_escape_name()
 */
char *
wherry_text_display_name (const char *name)
{
  g_return_val_if_fail (name != NULL, NULL);

  return wherry_text_escape_name (name, strlen (name), 4096);
}

/**
 * wherry_text_quote_shell:
 * @path: an argument as bytes
 *
 * Quotes an argument for any POSIX shell (rule R8). fish, which reads a
 * backslash within single quotes as an escape, and csh, which looks for its
 * history there, take it the same: what any of them would see in the quotes
 * stands outside them behind a backslash.
 *
 * Returns: (transfer full): the argument in single quotes
 */
char *
wherry_text_quote_shell (const char *path)
{
  g_return_val_if_fail (path != NULL, NULL);

  GString *out = g_string_new ("'");
  for (const char *p = path; *p != '\0'; p++)
    {
      if (*p == '\'' || *p == '\\' || *p == '!')
        g_string_append_printf (out, "'\\%c'", *p);
      else
        g_string_append_c (out, *p);
    }
  g_string_append_c (out, '\'');
  return g_string_free (out, FALSE);
}

/* The length of a leading `~` or `~user` that a shell may be left to expand: names that hold
 * nothing else. */
static gsize
tilde_length (const char *path)
{
  gsize n = 1;

  if (path[0] != '~')
    return 0;
  while (g_ascii_isalnum (path[n]) || (n > 1 && (path[n] == '-' || path[n] == '.'))
         || path[n] == '_')
    n++;
  return path[n] == '/' || path[n] == '\0' ? n : 0;
}

/**
 * wherry_text_quote_path:
 * @path: a path on a server as bytes
 *
 * Quotes a path for the command line of `scp -t` and the like: as
 * wherry_text_quote_shell(), with a leading `~` or `~user` left to the shell,
 * `./` before a leading `-`, and "." for the empty path.
 *
 * Returns: (transfer full): the quoted path
 */
char *
wherry_text_quote_path (const char *path)
{
  g_return_val_if_fail (path != NULL, NULL);

  gsize tilde = tilde_length (path);
  if (tilde > 0)
    {
      const char *rest = path + tilde;
      g_autofree char *quoted = NULL;

      if (*rest == '\0' || rest[1] == '\0')
        return g_strdup (path);
      /* A quoted slash would be part of the user's name to the shell, and nothing be expanded. */
      quoted = wherry_text_quote_shell (rest + 1);
      return g_strdup_printf ("%.*s/%s", (int) tilde, path, quoted);
    }
  if (*path == '\0')
    return g_strdup (".");
  if (*path == '-')
    {
      g_autofree char *dotted = g_strconcat ("./", path, NULL);
      return wherry_text_quote_shell (dotted);
    }
  return wherry_text_quote_shell (path);
}

/**
 * wherry_text_check_name:
 * @name: one part of a path as bytes
 * @length: its length in bytes
 *
 * Judges a name that came from a server (rule R1).
 */
WherryNameVerdict
wherry_text_check_name (const char *name, gsize length)
{
  if (length == 0 || (length == 1 && name[0] == '.')
      || (length == 2 && name[0] == '.' && name[1] == '.'))
    return WHERRY_NAME_HOSTILE;
  if (memchr (name, '/', length) != NULL || memchr (name, '\0', length) != NULL)
    return WHERRY_NAME_HOSTILE;
  if (length > 255)
    return WHERRY_NAME_UNFIT;
  for (gsize i = 0; i < length; i++)
    if ((guint8) name[i] < 0x20 || name[i] == 0x7f)
      return WHERRY_NAME_UNFIT;
  return WHERRY_NAME_OK;
}

/**
 * wherry_text_split_list:
 * @text: what was typed, with commas between
 *
 * Returns: (transfer full) (array zero-terminated=1): the parts that are not
 *   empty, without the blanks around them
 */
char **
wherry_text_split_list (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (char **part = parts; *part != NULL; part++)
    if (*g_strstrip (*part) != '\0')
      g_strv_builder_add (builder, *part);
  return g_strv_builder_end (builder);
}
