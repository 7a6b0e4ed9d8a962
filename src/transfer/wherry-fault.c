#include "transfer/wherry-fault.h"

#include <gio/gio.h>

#include "base/wherry-error.h"

/* Between two attempts, in milliseconds: doubled each time. */
#define DELAY_FIRST_MS 2000
#define DELAY_MOST_MS 60000

/**
 * wherry_fault_is_transient:
 * @error: (nullable): why a transfer ended
 *
 * Returns: whether it may well go better by itself a little later: the
 *   connection broke or could not be made. A login that was refused, a host key
 *   that is not as it should be, or anything about a file is not of this kind
 */
gboolean
wherry_fault_is_transient (const GError *error)
{
  static const int NETWORK[] = {
    G_IO_ERROR_TIMED_OUT,           G_IO_ERROR_CONNECTION_REFUSED, G_IO_ERROR_HOST_UNREACHABLE,
    G_IO_ERROR_NETWORK_UNREACHABLE, G_IO_ERROR_CONNECTION_CLOSED,  G_IO_ERROR_CLOSED,
  };

  if (g_error_matches (error, WHERRY_ERROR, WHERRY_ERROR_DISCONNECTED)
      || g_error_matches (error, WHERRY_ERROR, WHERRY_ERROR_CONNECT))
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (NETWORK); i++)
    if (g_error_matches (error, G_IO_ERROR, NETWORK[i]))
      return TRUE;
  return FALSE;
}

/**
 * wherry_fault_is_disk_full:
 * @error: (nullable): why a transfer or an entry of it failed
 *
 * Returns: whether a disk or a quota is full, here or on a server
 */
gboolean
wherry_fault_is_disk_full (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
}

/**
 * wherry_fault_get_delay:
 * @attempt: attempts that came to nothing, from 1 on
 *
 * Returns: how long to wait before the next one, in milliseconds: 2 seconds at
 *   first, twice as long each time, 60 seconds at most
 */
guint
wherry_fault_get_delay (guint attempt)
{
  g_return_val_if_fail (attempt > 0, DELAY_FIRST_MS);

  guint delay = DELAY_FIRST_MS;
  for (guint i = 1; i < attempt && delay < DELAY_MOST_MS; i++)
    delay *= 2;
  return MIN (delay, DELAY_MOST_MS);
}
