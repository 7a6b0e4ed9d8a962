#include "config.h"

#include <gio/gio.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "sites/wherry-ssh-config-private.h"

static gboolean
is_blank (char c)
{
  return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

/* Reads one word with its quotes and escapes undone (misc.c, argv_split()); NULL if a quote stays
 * open. */
static char *
read_word (const char **text)
{
  g_autoptr (GString) word = g_string_new (NULL);
  const char *p = *text;
  char quote = '\0';

  for (; *p != '\0' && (quote != '\0' || !is_blank (*p)); p++)
    {
      if (*p == '\\'
          && (p[1] == '\'' || p[1] == '"' || p[1] == '\\' || (quote == '\0' && p[1] == ' ')))
        g_string_append_c (word, *++p);
      else if (quote == '\0' && (*p == '"' || *p == '\''))
        quote = *p;
      else if (quote != '\0' && *p == quote)
        quote = '\0';
      else
        g_string_append_c (word, *p);
    }
  *text = p;
  return quote != '\0' ? NULL : g_string_free (g_steal_pointer (&word), FALSE);
}

/**
 * wherry_ssh_config_split_line:
 * @line: a line of a file
 *
 * Splits a line into its keyword and arguments: blanks or one `=` after the
 * keyword, `"` and `'` around an argument with blanks, `#` begins a comment.
 *
 * Returns: (transfer full) (nullable): the words, none if the line is empty;
 *   %NULL if a quote is not closed
 */
char **
wherry_ssh_config_split_line (const char *line)
{
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  gsize keyword;

  while (is_blank (*line))
    line++;
  if (*line == '#' || *line == '\0')
    return g_strv_builder_end (words);

  keyword = strcspn (line, " \t\r\f\v=\"");
  g_autofree char *name = g_strndup (line, keyword);
  g_strv_builder_add (words, name);
  line += keyword;
  while (is_blank (*line))
    line++;
  if (*line == '=')
    line++;

  while (TRUE)
    {
      while (is_blank (*line))
        line++;
      if (*line == '\0' || *line == '#')
        return g_strv_builder_end (words);

      g_autofree char *word = read_word (&line);
      if (word == NULL)
        return NULL;
      g_strv_builder_add (words, word);
    }
}

/* The value of a `%` token; NULL if it is not known. */
static char *
token_value (char token, const WherrySshConfigTokens *tokens)
{
  switch (token)
    {
    case '%':
      return g_strdup ("%");
    case 'd':
      return g_strdup (g_get_home_dir ());
    case 'h':
      return g_strdup (tokens->host);
    case 'i':
      return g_strdup_printf ("%lu", (gulong) getuid ());
    case 'j':
      return g_strdup (tokens->jumps);
    case 'k':
      return g_strdup (tokens->key_name);
    case 'l':
      return g_strdup (g_get_host_name ());
    case 'L':
      return g_strndup (g_get_host_name (), strcspn (g_get_host_name (), "."));
    case 'n':
      return g_strdup (tokens->alias);
    case 'p':
      return g_strdup_printf ("%u", tokens->port);
    case 'r':
      return g_strdup (tokens->user);
    case 'u':
      return g_strdup (g_get_user_name ());
    default:
      return NULL;
    }
}

/**
 * wherry_ssh_config_expand_tokens:
 * @text: an argument
 * @tokens: what its tokens stand for; a %NULL one is not known
 *
 * Returns: (transfer full) (nullable): the argument with its `%` tokens
 *   replaced; %NULL if one is not known
 */
char *
wherry_ssh_config_expand_tokens (const char *text, const WherrySshConfigTokens *tokens)
{
  g_autoptr (GString) out = g_string_new (NULL);

  for (const char *p = text; *p != '\0'; p++)
    {
      if (*p != '%')
        {
          g_string_append_c (out, *p);
          continue;
        }
      g_autofree char *value = token_value (*++p, tokens);
      if (value == NULL)
        return NULL;
      g_string_append (out, value);
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* Replaces "${NAME}"; NULL if one is not set or not closed. */
static char *
expand_environment (const char *text)
{
  g_autoptr (GString) out = g_string_new (NULL);

  for (const char *p = text; *p != '\0'; p++)
    {
      if (p[0] != '$' || p[1] != '{')
        {
          g_string_append_c (out, *p);
          continue;
        }
      const char *end = strchr (p, '}');
      if (end == NULL)
        return NULL;
      g_autofree char *name = g_strndup (p + 2, end - p - 2);
      const char *value = g_getenv (name);
      if (value == NULL)
        return NULL;
      g_string_append (out, value);
      p = end;
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/**
 * wherry_ssh_config_expand_tilde:
 * @path: the name of a file
 *
 * Returns: (transfer full) (nullable): the name with a leading `~` or `~user`
 *   replaced; %NULL if there is no such user
 */
char *
wherry_ssh_config_expand_tilde (const char *path)
{
  if (path[0] != '~')
    return g_strdup (path);

  const char *rest = path + 1 + strcspn (path + 1, "/");
  if (rest == path + 1)
    return g_strconcat (g_get_home_dir (), rest, NULL);

  g_autofree char *name = g_strndup (path + 1, rest - path - 1);
  const struct passwd *pw = getpwnam (name);
  return pw == NULL ? NULL : g_strconcat (pw->pw_dir, rest, NULL);
}

/**
 * wherry_ssh_config_expand_path:
 * @text: an argument that names a file
 * @tokens: what its tokens stand for
 *
 * Expands `~`, `%` tokens and `${VARIABLES}`, in ssh(1)'s order.
 *
 * Returns: (transfer full) (nullable): the absolute path; %NULL if something in
 *   it is not known
 */
char *
wherry_ssh_config_expand_path (const char *text, const WherrySshConfigTokens *tokens)
{
  g_autofree char *whole = wherry_ssh_config_expand_tilde (text);
  g_autofree char *variables = whole == NULL ? NULL : expand_environment (whole);
  g_autofree char *path
      = variables == NULL ? NULL : wherry_ssh_config_expand_tokens (variables, tokens);

  return path == NULL ? NULL : g_canonicalize_filename (path, NULL);
}
