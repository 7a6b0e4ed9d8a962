#include "config.h"

#include "ui/wherry-error-title.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-error.h"

/**
 * wherry_error_title_dup:
 * @error: why a connection could not be made
 * @host: the server's name, fit to be shown
 *
 * Returns: (transfer full): what happened, in a few words for a heading
 */
char *
wherry_error_title_dup (const GError *error, const char *host)
{
  if (error->domain == WHERRY_ERROR)
    {
      switch ((WherryError) error->code)
        {
        case WHERRY_ERROR_AUTHENTICATION:
          return g_strdup_printf (_ ("“%s” did not let you in"), host);
        case WHERRY_ERROR_HOST_KEY_CHANGED:
          return g_strdup_printf (_ ("“%s” is not the server it was"), host);
        case WHERRY_ERROR_HOST_KEY_REVOKED:
          return g_strdup_printf (_ ("The key of “%s” was withdrawn"), host);
        case WHERRY_ERROR_HOST_KEY_UNKNOWN:
          return g_strdup_printf (_ ("Not connected to “%s”"), host);
        case WHERRY_ERROR_HOST_KEY_UNCHECKED:
          return g_strdup_printf (_ ("Can’t tell whether this is “%s”"), host);
        case WHERRY_ERROR_DISCONNECTED:
          return g_strdup_printf (_ ("The connection to “%s” was lost"), host);
        case WHERRY_ERROR_NO_COMMON_ALGORITHM:
          return g_strdup_printf (_ ("“%s” speaks another kind of SSH"), host);
        case WHERRY_ERROR_CONNECT:
        case WHERRY_ERROR_PROTOCOL:
        case WHERRY_ERROR_REFUSED_NAME:
        case WHERRY_ERROR_REMOTE:
        case WHERRY_ERROR_NO_PROGRAM:
        case WHERRY_ERROR_CHANGED:
        case WHERRY_ERROR_SKIPPED:
        case WHERRY_ERROR_CONFLICT:
        case WHERRY_ERROR_TOO_DEEP:
        case WHERRY_ERROR_BAD_LOCATION:
        case WHERRY_ERROR_INCOMPLETE:
        case WHERRY_ERROR_MISMATCH:
        default:
          break;
        }
    }

  return g_strdup_printf (_ ("Can’t connect to “%s”"), host);
}
