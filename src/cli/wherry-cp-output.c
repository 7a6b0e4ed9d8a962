#include "config.h"

#include "cli/wherry-cp-output.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

/**
 * wherry_cp_output_write:
 * @fd: a file descriptor
 * @text: UTF-8 text
 *
 * Writes text at once, in the locale's charset. A reader that went away is no
 * reason to stop copying.
 *
 * Returns: whether all of it was written
 */
gboolean
wherry_cp_output_write (int fd, const char *text)
{
  const char *charset;
  g_autofree char *converted = NULL;

  if (!g_get_charset (&charset))
    converted = g_convert_with_fallback (text, -1, charset, "UTF-8", "?", NULL, NULL, NULL);
  if (converted != NULL)
    text = converted;

  gsize left = strlen (text);
  while (left > 0)
    {
      gssize n = write (fd, text, left);

      if (n > 0)
        {
          text += n;
          left -= (gsize) n;
        }
      else if (n < 0 && errno == EAGAIN)
        {
          struct pollfd waiting = { .fd = fd, .events = POLLOUT };
          poll (&waiting, 1, -1);
        }
      else if (n == 0 || errno != EINTR)
        return FALSE;
    }
  return TRUE;
}

/**
 * wherry_cp_output_warn:
 * @format: a printf() format in UTF-8
 * @...: its arguments
 *
 * Writes one line on standard error, beginning with the program's name.
 */
void
wherry_cp_output_warn (const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_autofree char *line = g_strconcat ("wherry-cp: ", text, "\n", NULL);
  wherry_cp_output_write (STDERR_FILENO, line);
}
