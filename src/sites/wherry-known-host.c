#include "config.h"

#include "sites/wherry-known-host.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"

/**
 * wherry_known_host_new:
 * @host: the host's name or address
 * @port: its port
 * @key: its key
 * @origin: where that is on record
 *
 * Returns: (transfer full): a record
 */
WherryKnownHost *
wherry_known_host_new (const char *host,
                       guint16 port,
                       WherryHostKey *key,
                       WherryKnownHostOrigin origin)
{
  g_return_val_if_fail (host != NULL, NULL);
  g_return_val_if_fail (key != NULL, NULL);

  WherryKnownHost *self = g_new0 (WherryKnownHost, 1);

  self->host = g_ascii_strdown (host, -1);
  self->port = port;
  self->key = wherry_host_key_ref (key);
  self->origin = origin;
  return self;
}

/**
 * wherry_known_host_free:
 * @self: (transfer full): a record
 */
void
wherry_known_host_free (WherryKnownHost *self)
{
  g_return_if_fail (self != NULL);

  g_free (self->host);
  wherry_host_key_unref (self->key);
  g_free (self);
}

/**
 * wherry_known_host_set_conflict_error:
 * @name: the host's name
 * @error: return location for %WHERRY_ERROR_HOST_KEY_CHANGED
 *
 * Says that a key is not recorded, because another one is.
 */
void
wherry_known_host_set_conflict_error (const char *name, GError **error)
{
  g_return_if_fail (name != NULL);

  g_autofree char *shown = wherry_text_escape (name, -1, 0);

  g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_HOST_KEY_CHANGED,
               _ ("Another host key is recorded for “%s”; it is not replaced"), shown);
}
