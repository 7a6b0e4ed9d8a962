/*
 * One command on a server: a POSIX script that any login shell hands on as one
 * word, its arguments quoted, its output and its errors between markers.
 */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "remote/wherry-remote-shell.h"
#include "remote/wherry-shell-private.h"

/* $1 is the marker, gone once it is $m. Standard error is caught, since start-up files write there
 * too; its length tells it from anything like an end within it. */
#define BEFORE                                                                     \
  "m=$1; shift; LC_ALL=C; export LC_ALL; TZ=UTC0; export TZ; CDPATH=; exec 3>&1; " \
  "printf \"%%sb\" \"$m\"; e=$({ %s%s; } 2>&1 1>&3 3>&-); s=$?; "                  \
  "printf \"\\n%%se%%d %%d\\n%%s\\n%%sz\\n\" \"$m\" \"$s\" \"${#e}\" \"$e\" \"$m\""

void
wherry_shell_result_clear (WherryShellResult *self)
{
  wherry_answer_clear (&self->answer);
  g_clear_pointer (&self->output, g_bytes_unref);
  g_clear_pointer (&self->marker, g_free);
}

/* A path that no program takes for an option or an expression. */
char *
wherry_shell_fit_path (const char *path)
{
  return *path == '/' || *path == '~' ? g_strdup (path) : g_strconcat ("./", path, NULL);
}

/* csh ends a word at a newline, quoted or not: those go as printf's escapes. */
static char *
escape_newlines (const char *arg)
{
  GString *escaped = g_string_new (NULL);

  for (const char *p = arg; *p != '\0'; p++)
    if (*p == '\n')
      g_string_append (escaped, "\\0012");
    else if (*p == '\\')
      g_string_append (escaped, "\\0134");
    else
      g_string_append_c (escaped, *p);
  return g_string_free (escaped, FALSE);
}

/* The full stop keeps newlines at the end, which $() would drop. */
static char *
make_decoder (guint n_args)
{
  GString *decoder = g_string_new (NULL);
  GString *set = g_string_new ("set --");

  for (guint i = 1; i <= n_args; i++)
    {
      g_string_append_printf (decoder, "a%u=$(printf \"%%b.\" \"$%u\"); a%u=${a%u%%.}; ", i, i, i,
                              i);
      g_string_append_printf (set, " \"$a%u\"", i);
    }
  g_string_append_printf (decoder, "%s; ", set->str);
  g_string_free (set, TRUE);
  return g_string_free (decoder, FALSE);
}

/*
 * @script: without single quotes, newlines, `!`; its arguments are $1 and so on.
 * Each argument is quoted (rule R8); a path with a leading `~user` is left to the
 * shell.
 */
char *
wherry_shell_make_command (const char *script, const char *marker, const char *const *args)
{
  g_autofree char *decoder = NULL;
  g_autofree char *whole = NULL;
  gboolean newlines = FALSE;
  GString *command;
  guint n = 0;

  g_assert (strpbrk (script, "'\n!") == NULL);
  for (; args[n] != NULL; n++)
    newlines |= strchr (args[n], '\n') != NULL;
  decoder = newlines ? make_decoder (n) : g_strdup ("");
  whole = g_strdup_printf (BEFORE, decoder, script);

  command = g_string_new (NULL);
  g_string_printf (command, "exec sh -c '%s' sh %s", whole, marker);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *escaped = newlines ? escape_newlines (args[i]) : NULL;
      g_autofree char *quoted = newlines          ? wherry_text_quote_shell (escaped)
                                : *args[i] == '~' ? wherry_text_quote_path (args[i])
                                                  : wherry_text_quote_shell (args[i]);

      g_string_append_printf (command, " %s", quoted);
    }
  return g_string_free (command, FALSE);
}

/* Whatever the command says, it is %TRUE once it has spoken. */
gboolean
wherry_shell_run (WherrySession *session,
                  const char *script,
                  const char *const *args,
                  GBytes *input,
                  gsize max_output,
                  WherryShellResult *result,
                  GCancellable *cancellable,
                  GError **error)
{
  g_autofree char *command = NULL;
  g_autofree char *words = NULL;
  const char *data;
  gsize length;

  memset (result, 0, sizeof *result);
  result->marker = wherry_remote_new_marker ();
  command = wherry_shell_make_command (script, result->marker, args);
  if (!wherry_session_run (session, command, input, max_output, &result->output, NULL, &words,
                           cancellable, error))
    return FALSE;
  data = g_bytes_get_data (result->output, &length);
  if (length > 0 && wherry_answer_parse (data, length, result->marker, &result->answer))
    return TRUE;

  if (words != NULL && *words != '\0')
    g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_REMOTE,
                 /* Translators: %s are the server's words */
                 _ ("The server runs no shell commands: %s"), words);
  else
    g_set_error_literal (error, WHERRY_ERROR, WHERRY_ERROR_REMOTE,
                         _ ("The server runs no shell commands"));
  return FALSE;
}

/* A command whose exit status is all there is to know. */
gboolean
wherry_shell_do (WherryRemote *remote,
                 WherryDoing doing,
                 const char *script,
                 const char *path,
                 const char *second,
                 const char *third,
                 GCancellable *cancellable,
                 GError **error)
{
  g_auto (WherryShellResult) result = { 0 };
  g_autofree char *fit = wherry_shell_fit_path (path);
  const char *const args[] = { fit, second, second != NULL ? third : NULL, NULL };

  if (!wherry_shell_run (WHERRY_SHELL_REMOTE (remote)->session, script, args, NULL, 1 << 20,
                         &result, cancellable, error))
    return FALSE;
  if (result.answer.status == 0)
    return TRUE;
  wherry_remote_set_error_words (error, doing, path, result.answer.words);
  return FALSE;
}
