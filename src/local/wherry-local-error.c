#include "config.h"

#include "local/wherry-local-error.h"

#include <errno.h>
#include <glib/gi18n-lib.h>

#include "base/wherry-text.h"

/* GLib has no code for a quota, and to the person it is the same thing. */
static int
code_from_errno (int errno_value)
{
  if (errno_value == EDQUOT)
    return G_IO_ERROR_NO_SPACE;
  return (int) g_io_error_from_errno (errno_value);
}

/**
 * wherry_local_set_error:
 * @error: (out) (optional): where to put the error
 * @attempt: what was tried
 * @path: the path it was tried on, as bytes
 * @errno_value: what the system answered
 *
 * Sets a %G_IO_ERROR that names the path and what was tried.
 */
void
wherry_local_set_error (GError **error,
                        WherryLocalAttempt attempt,
                        const char *path,
                        int errno_value)
{
  int code = code_from_errno (errno_value);
  const char *reason = g_strerror (errno_value);
  g_autofree char *name = wherry_text_display_name (path);

  switch (attempt)
    {
    case WHERRY_LOCAL_OPEN:
      /* Translators: the first %s is a path, the second the system's reason; so in the next ones.
       */
      g_set_error (error, G_IO_ERROR, code, _ ("“%s” can’t be opened: %s"), name, reason);
      break;
    case WHERRY_LOCAL_READ:
      g_set_error (error, G_IO_ERROR, code, _ ("“%s” can’t be read: %s"), name, reason);
      break;
    case WHERRY_LOCAL_CREATE:
      g_set_error (error, G_IO_ERROR, code, _ ("“%s” can’t be created: %s"), name, reason);
      break;
    case WHERRY_LOCAL_WRITE:
      g_set_error (error, G_IO_ERROR, code, _ ("“%s” can’t be written: %s"), name, reason);
      break;
    case WHERRY_LOCAL_SYNC:
      g_set_error (error, G_IO_ERROR, code, _ ("“%s” did not safely reach the disk: %s"), name,
                   reason);
      break;
    case WHERRY_LOCAL_PLACE:
      g_set_error (error, G_IO_ERROR, code, _ ("“%s” can’t be put in place: %s"), name, reason);
      break;
    case WHERRY_LOCAL_ATTRIBUTES:
      g_set_error (error, G_IO_ERROR, code, _ ("The permissions or times of “%s” can’t be set: %s"),
                   name, reason);
      break;
    default:
      g_assert_not_reached ();
    }
}
