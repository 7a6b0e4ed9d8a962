#include "config.h"

#include "sites/wherry-secret-store.h"

#include "base/wherry-locked.h"

G_DEFINE_INTERFACE (WherrySecretStore, wherry_secret_store, G_TYPE_OBJECT)

static void
wherry_secret_store_default_init (WherrySecretStoreInterface *iface)
{
}

/**
 * wherry_secret_new:
 * @attributes: (element-type utf8 utf8): what it is for
 * @text: the secret; copied into locked memory
 *
 * Returns: (transfer full): a record
 */
WherrySecret *
wherry_secret_new (GHashTable *attributes, const char *text)
{
  g_return_val_if_fail (attributes != NULL, NULL);
  g_return_val_if_fail (text != NULL, NULL);

  WherrySecret *self = g_new0 (WherrySecret, 1);

  self->attributes = g_hash_table_ref (attributes);
  self->text = wherry_locked_strdup (text);
  return self;
}

/**
 * wherry_secret_free:
 * @self: (transfer full): a record; its secret is wiped
 */
void
wherry_secret_free (WherrySecret *self)
{
  g_return_if_fail (self != NULL);

  g_hash_table_unref (self->attributes);
  wherry_locked_free (self->text);
  g_free (self);
}

/**
 * wherry_secret_get:
 * @self: a record
 * @name: an attribute's name
 *
 * Returns: (nullable): its value
 */
const char *
wherry_secret_get (const WherrySecret *self, const char *name)
{
  g_return_val_if_fail (self != NULL, NULL);
  return g_hash_table_lookup (self->attributes, name);
}

/**
 * wherry_secret_attributes_new: (skip)
 * @name: an attribute's name
 * @...: its value, further names and values, and %NULL
 *
 * Returns: (transfer full) (element-type utf8 utf8): the attributes
 */
GHashTable *
wherry_secret_attributes_new (const char *name, ...)
{
  GHashTable *attributes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  va_list arguments;

  va_start (arguments, name);
  for (; name != NULL; name = va_arg (arguments, const char *))
    g_hash_table_insert (attributes, g_strdup (name), g_strdup (va_arg (arguments, const char *)));
  va_end (arguments);
  return attributes;
}

/**
 * wherry_secret_format_port:
 * @port: a port
 *
 * Returns: (transfer full): it as the attribute `port` has it
 */
char *
wherry_secret_format_port (guint16 port)
{
  return g_strdup_printf ("%u", port);
}

/**
 * wherry_secret_store_search:
 * @self: a store
 * @kind: what is looked for
 * @attributes: (element-type utf8 utf8): those that have to be there
 * @flags: whether a person may be asked
 * @cancellable: (nullable): to give up
 * @error: why the store can't tell
 *
 * Blocks.
 *
 * Returns: (transfer container) (nullable) (element-type WherrySecret): all there
 *   is; %NULL, never an empty list, if that is not known
 */
GPtrArray *
wherry_secret_store_search (WherrySecretStore *self,
                            WherrySecretKind kind,
                            GHashTable *attributes,
                            WherrySecretFlags flags,
                            GCancellable *cancellable,
                            GError **error)
{
  g_return_val_if_fail (WHERRY_IS_SECRET_STORE (self), NULL);
  g_return_val_if_fail (attributes != NULL, NULL);

  return WHERRY_SECRET_STORE_GET_IFACE (self)->search (self, kind, attributes, flags, cancellable,
                                                       error);
}

/**
 * wherry_secret_store_save:
 * @self: a store
 * @kind: what is stored
 * @attributes: (element-type utf8 utf8): all of that kind
 * @label: how a person finds it among other programs' secrets
 * @text: the secret
 * @flags: whether a person may be asked
 * @cancellable: (nullable): to give up
 * @error: why it is not stored
 *
 * Blocks.
 *
 * Returns: %TRUE if it is stored
 */
gboolean
wherry_secret_store_save (WherrySecretStore *self,
                          WherrySecretKind kind,
                          GHashTable *attributes,
                          const char *label,
                          const char *text,
                          WherrySecretFlags flags,
                          GCancellable *cancellable,
                          GError **error)
{
  g_return_val_if_fail (WHERRY_IS_SECRET_STORE (self), FALSE);
  g_return_val_if_fail (attributes != NULL, FALSE);
  g_return_val_if_fail (label != NULL, FALSE);
  g_return_val_if_fail (text != NULL, FALSE);

  return WHERRY_SECRET_STORE_GET_IFACE (self)->save (self, kind, attributes, label, text, flags,
                                                     cancellable, error);
}

/**
 * wherry_secret_store_clear:
 * @self: a store
 * @kind: what is deleted
 * @attributes: (element-type utf8 utf8): those that have to be there
 * @flags: whether a person may be asked
 * @cancellable: (nullable): to give up
 * @error: why they may still be there
 *
 * Blocks.
 *
 * Returns: %TRUE if none is left
 */
gboolean
wherry_secret_store_clear (WherrySecretStore *self,
                           WherrySecretKind kind,
                           GHashTable *attributes,
                           WherrySecretFlags flags,
                           GCancellable *cancellable,
                           GError **error)
{
  g_return_val_if_fail (WHERRY_IS_SECRET_STORE (self), FALSE);
  g_return_val_if_fail (attributes != NULL, FALSE);

  return WHERRY_SECRET_STORE_GET_IFACE (self)->clear (self, kind, attributes, flags, cancellable,
                                                      error);
}

/**
 * wherry_secret_store_clear_login:
 * @self: a store
 * @user: the account
 * @host: the server's name or address, as in its WherryLogin
 * @port: its port
 * @cancellable: (nullable): to give up
 * @error: why they may still be there
 *
 * Deletes the passwords of a login, for every method: to be called when its
 * site is deleted. Blocks.
 *
 * Returns: %TRUE if none is left
 */
gboolean
wherry_secret_store_clear_login (WherrySecretStore *self,
                                 const char *user,
                                 const char *host,
                                 guint16 port,
                                 GCancellable *cancellable,
                                 GError **error)
{
  g_return_val_if_fail (user != NULL, FALSE);
  g_return_val_if_fail (host != NULL, FALSE);

  g_autofree char *lower = g_ascii_strdown (host, -1);
  g_autofree char *port_text = wherry_secret_format_port (port);
  g_autoptr (GHashTable) attributes
      = wherry_secret_attributes_new ("user", user, "host", lower, "port", port_text, NULL);

  return wherry_secret_store_clear (self, WHERRY_SECRET_PASSWORD, attributes,
                                    WHERRY_SECRET_MAY_PROMPT, cancellable, error);
}
