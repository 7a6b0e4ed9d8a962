#include "config.h"

#include "sites/wherry-bounded-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/wherry-text.h"

static char *
fail (GError **error, GIOErrorEnum code, const char *path, const char *reason)
{
  g_autofree char *shown = wherry_text_display_name (path);

  /* Translators: a file, and why it can't be read */
  g_set_error (error, G_IO_ERROR, code, _ ("“%s” can’t be read: %s"), shown, reason);
  return NULL;
}

/**
 * wherry_bounded_file_load:
 * @path: the file's name
 * @max_bytes: more than that is an error
 * @length: (out) (optional): its length in bytes
 * @error: return location; %G_IO_ERROR_NOT_FOUND and the other errno codes,
 *   %G_IO_ERROR_NOT_REGULAR_FILE, %G_IO_ERROR_MESSAGE_TOO_LARGE
 *
 * Reads a file that somebody else may have made: never waits for a FIFO, never
 * reads without an end.
 *
 * Returns: (transfer full): its content, a NUL after it
 */
char *
wherry_bounded_file_load (const char *path, gsize max_bytes, gsize *length, GError **error)
{
  g_return_val_if_fail (path != NULL, NULL);

  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  g_autofree char *text = NULL;
  struct stat info;
  gsize done = 0;

  if (fd < 0)
    return fail (error, g_io_error_from_errno (errno), path, g_strerror (errno));
  if (fstat (fd, &info) != 0 || !S_ISREG (info.st_mode))
    {
      g_close (fd, NULL);
      return fail (error, G_IO_ERROR_NOT_REGULAR_FILE, path, _ ("it is no file"));
    }
  if ((guint64) info.st_size > max_bytes)
    {
      g_close (fd, NULL);
      return fail (error, G_IO_ERROR_MESSAGE_TOO_LARGE, path, _ ("it is too large"));
    }

  /* It may grow meanwhile: then it is read as it was. */
  text = g_malloc ((gsize) info.st_size + 1);
  while (done < (gsize) info.st_size)
    {
      gssize n = read (fd, text + done, (gsize) info.st_size - done);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          int saved = errno;
          g_close (fd, NULL);
          return fail (error, g_io_error_from_errno (saved), path, g_strerror (saved));
        }
      if (n == 0)
        break;
      done += (gsize) n;
    }
  g_close (fd, NULL);
  text[done] = '\0';
  if (length != NULL)
    *length = done;
  return g_steal_pointer (&text);
}
