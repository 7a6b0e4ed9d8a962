#include "config.h"

#include "scp/wherry-scp-words.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"

/**
 * wherry_scp_words_append:
 * @words: the words kept so far
 * @bytes: (array length=length): more of them
 * @length: in bytes
 *
 * Keeps what there is room for up to %WHERRY_TEXT_SERVER_MAX (rule R6) and one
 * byte, by which it is seen that more was said, and drops the rest. NUL becomes
 * a blank, so that the words are a C string.
 */
void
wherry_scp_words_append (GString *words, const guint8 *bytes, gsize length)
{
  g_return_if_fail (words != NULL);
  g_return_if_fail (bytes != NULL || length == 0);

  gsize room = WHERRY_TEXT_SERVER_MAX + 1 - MIN (words->len, WHERRY_TEXT_SERVER_MAX + 1);
  gsize n = MIN (room, length);
  gsize begin = words->len;

  g_string_append_len (words, (const char *) bytes, (gssize) n);
  for (gsize i = begin; i < words->len; i++)
    if (words->str[i] == '\0')
      words->str[i] = ' ';
}

/* The reasons as strerror() puts them, which is where scp's words end; it never translates them. */
static const struct {
  const char *ending;
  GIOErrorEnum code;
} reasons[] = {
  { "No such file or directory", G_IO_ERROR_NOT_FOUND },
  { "Permission denied", G_IO_ERROR_PERMISSION_DENIED },
  { "Operation not permitted", G_IO_ERROR_PERMISSION_DENIED },
  { "No space left on device", G_IO_ERROR_NO_SPACE },
  { "Disk quota exceeded", G_IO_ERROR_NO_SPACE },
  { "Read-only file system", G_IO_ERROR_READ_ONLY },
  { "Is a directory", G_IO_ERROR_IS_DIRECTORY },
  { "Not a directory", G_IO_ERROR_NOT_DIRECTORY },
  { "File exists", G_IO_ERROR_EXISTS },
  { "File name too long", G_IO_ERROR_FILENAME_TOO_LONG },
  { "Too many levels of symbolic links", G_IO_ERROR_TOO_MANY_LINKS },
};

/* A file may be called "Permission denied": only the end after a colon is the reason. */
static gboolean
ends_with_reason (const char *words, const char *reason)
{
  g_autofree char *bare = NULL;

  if (!g_str_has_suffix (words, reason))
    return FALSE;
  bare = g_strndup (words, strlen (words) - strlen (reason));
  return *bare == '\0' || g_str_has_suffix (bare, ": ");
}

/**
 * wherry_scp_words_to_error:
 * @words: what the server's scp said, as bytes
 *
 * Makes an error of the words of a `\1` or `\2`. The words stay in the message,
 * escaped, cut and marked as the server's (rule R6). Reasons scp reports in
 * well-known words become their %G_IO_ERROR code; all else is
 * %WHERRY_ERROR_REMOTE.
 *
 * Returns: (transfer full): the error
 */
GError *
wherry_scp_words_to_error (const char *words)
{
  g_autofree char *shown = NULL;
  g_autofree char *bare = NULL;
  GQuark domain = WHERRY_ERROR;
  int code = WHERRY_ERROR_REMOTE;

  g_return_val_if_fail (words != NULL, NULL);

  bare = g_strdup (words);
  for (gsize n = strlen (bare); n > 0 && (bare[n - 1] == '\n' || bare[n - 1] == '\r'); n--)
    bare[n - 1] = '\0';
  shown = wherry_text_escape (bare, -1, WHERRY_TEXT_SERVER_MAX);

  if (*bare == '\0')
    return g_error_new_literal (WHERRY_ERROR, WHERRY_ERROR_REMOTE,
                                _ ("The server reported an error, but gave no reason"));
  if (ends_with_reason (bare, "not a regular file"))
    return g_error_new (WHERRY_ERROR, WHERRY_ERROR_REMOTE,
                        _ ("The server says: “%s”. If it is a folder, ask for it to be copied "
                           "with all in it (-r)"),
                        shown);

  for (guint i = 0; i < G_N_ELEMENTS (reasons); i++)
    if (ends_with_reason (bare, reasons[i].ending))
      {
        domain = G_IO_ERROR;
        code = reasons[i].code;
      }
  /* Translators: %s are the words of the program on the server, usually English. */
  return g_error_new (domain, code, _ ("The server says: “%s”"), shown);
}
