#include "config.h"

#include "sites/wherry-keyring-host-keys.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"

struct _WherryKeyringHostKeys {
  GObject parent_instance;

  WherrySecretStore *secrets;
  WherrySecretFlags flags;
};

static void wherry_keyring_host_keys_store_init (WherryHostKeyStoreInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (WherryKeyringHostKeys,
                               wherry_keyring_host_keys,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (WHERRY_TYPE_HOST_KEY_STORE,
                                                      wherry_keyring_host_keys_store_init))

/* A port as wherry_secret_format_port() writes it, and no other way. */
static gboolean
parse_port (const char *text, guint16 *port)
{
  guint64 number;

  if (text == NULL || !g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT16, &number, NULL))
    return FALSE;
  *port = (guint16) number;
  return TRUE;
}

/* "ssh-ed25519 AAAA…", as in a .pub file; the type has to be the key's own, and that of the record.
 */
static WherryHostKey *
parse_key (const WherrySecret *secret)
{
  const char *key_type = wherry_secret_get (secret, "keytype");
  const char *space = strchr (secret->text, ' ');
  g_autoptr (WherryHostKey) key = NULL;

  if (key_type == NULL || space == NULL)
    return NULL;
  key = wherry_host_key_new_from_base64 (space + 1, NULL);
  if (key == NULL || !g_str_equal (wherry_host_key_get_key_type (key), key_type)
      || strncmp (secret->text, key_type, (gsize) (space - secret->text)) != 0
      || key_type[space - secret->text] != '\0')
    return NULL;
  return g_steal_pointer (&key);
}

/* %NULL if the record can't be understood. */
static WherryKnownHost *
parse_record (const WherrySecret *secret)
{
  const char *host = wherry_secret_get (secret, "host");
  guint16 port;
  g_autoptr (WherryHostKey) key = parse_key (secret);

  if (host == NULL || key == NULL || !parse_port (wherry_secret_get (secret, "port"), &port))
    return NULL;
  return wherry_known_host_new (host, port, key, WHERRY_KNOWN_HOST_KEYRING);
}

static gboolean
is_for_other_port (const WherrySecret *secret, guint16 port)
{
  guint16 recorded;

  return parse_port (wherry_secret_get (secret, "port"), &recorded) && recorded != port;
}

/* All keys that are recorded for a host; %NULL if that can't be told. */
static GPtrArray *
find_keys (WherryKeyringHostKeys *self,
           const char *host,
           guint16 port,
           GCancellable *cancellable,
           GError **error)
{
  g_autofree char *lower = g_ascii_strdown (host, -1);
  /* By the name alone: a record that lacks the port must not be missed. */
  g_autoptr (GHashTable) attributes = wherry_secret_attributes_new ("host", lower, NULL);
  g_autoptr (GPtrArray) keys
      = g_ptr_array_new_with_free_func ((GDestroyNotify) wherry_host_key_unref);
  g_autoptr (GPtrArray) secrets
      = wherry_secret_store_search (self->secrets, WHERRY_SECRET_HOST_KEY, attributes, self->flags,
                                    cancellable, error);

  if (secrets == NULL)
    return NULL;
  for (guint i = 0; i < secrets->len; i++)
    {
      const WherrySecret *secret = g_ptr_array_index (secrets, i);
      g_autoptr (WherryKnownHost) record = NULL;

      if (is_for_other_port (secret, port))
        continue;
      record = parse_record (secret);
      if (record == NULL)
        {
          g_autofree char *shown = wherry_text_escape (host, -1, 0);

          g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_KEYRING_FAILED,
                       /* Translators: %s is a host name */
                       _ ("What the keyring holds for “%s” is damaged. Delete it under Known "
                          "Hosts, or in a program that manages the keyring."),
                       shown);
          return NULL;
        }
      g_ptr_array_add (keys, wherry_host_key_ref (record->key));
    }
  return g_steal_pointer (&keys);
}

static WherryHostKeyVerdict
wherry_keyring_host_keys_check (WherryHostKeyStore *store,
                                const char *host,
                                guint16 port,
                                WherryHostKey *key,
                                GPtrArray **known,
                                GCancellable *cancellable,
                                GError **error)
{
  g_autoptr (GPtrArray) keys
      = find_keys (WHERRY_KEYRING_HOST_KEYS (store), host, port, cancellable, error);

  if (keys == NULL)
    return WHERRY_HOST_KEY_UNCHECKED;
  if (g_ptr_array_find_with_equal_func (keys, key, (GEqualFunc) wherry_host_key_equal, NULL))
    return WHERRY_HOST_KEY_MATCH;
  if (keys->len == 0)
    return WHERRY_HOST_KEY_UNKNOWN;
  if (known != NULL)
    *known = g_steal_pointer (&keys);
  return WHERRY_HOST_KEY_CHANGED;
}

static gboolean
wherry_keyring_host_keys_remember (WherryHostKeyStore *store,
                                   const char *host,
                                   guint16 port,
                                   WherryHostKey *key,
                                   GCancellable *cancellable,
                                   GError **error)
{
  /* Two connections may have asked about the same key at once. */
  switch (wherry_host_key_store_check (store, host, port, key, NULL, cancellable, error))
    {
    case WHERRY_HOST_KEY_MATCH:
      return TRUE;
    case WHERRY_HOST_KEY_UNKNOWN:
      return wherry_keyring_host_keys_add (WHERRY_KEYRING_HOST_KEYS (store), host, port, key,
                                           cancellable, error);
    case WHERRY_HOST_KEY_UNCHECKED:
      return FALSE;
    default:
      wherry_known_host_set_conflict_error (host, error);
      return FALSE;
    }
}

/* The new one first: cut short, both are on record, and never none. */
static gboolean
wherry_keyring_host_keys_replace (WherryHostKeyStore *store,
                                  const char *host,
                                  guint16 port,
                                  WherryHostKey *key,
                                  GCancellable *cancellable,
                                  GError **error)
{
  WherryKeyringHostKeys *self = WHERRY_KEYRING_HOST_KEYS (store);
  g_autoptr (GPtrArray) keys = find_keys (self, host, port, cancellable, error);

  if (keys == NULL || !wherry_keyring_host_keys_add (self, host, port, key, cancellable, error))
    return FALSE;
  for (guint i = 0; i < keys->len; i++)
    {
      const char *key_type = wherry_host_key_get_key_type (g_ptr_array_index (keys, i));

      if (!g_str_equal (key_type, wherry_host_key_get_key_type (key))
          && !wherry_keyring_host_keys_forget (self, host, port, key_type, cancellable, error))
        return FALSE;
    }
  return TRUE;
}

static char **
wherry_keyring_host_keys_dup_key_types (WherryHostKeyStore *store,
                                        const char *host,
                                        guint16 port,
                                        GCancellable *cancellable)
{
  char **types = wherry_keyring_host_keys_find_types (WHERRY_KEYRING_HOST_KEYS (store), host, port,
                                                      cancellable, NULL);

  return types != NULL ? types : g_new0 (char *, 1);
}

static void
wherry_keyring_host_keys_store_init (WherryHostKeyStoreInterface *iface)
{
  iface->check = wherry_keyring_host_keys_check;
  iface->remember = wherry_keyring_host_keys_remember;
  iface->replace = wherry_keyring_host_keys_replace;
  iface->dup_key_types = wherry_keyring_host_keys_dup_key_types;
}

static void
wherry_keyring_host_keys_finalize (GObject *object)
{
  g_object_unref (WHERRY_KEYRING_HOST_KEYS (object)->secrets);

  G_OBJECT_CLASS (wherry_keyring_host_keys_parent_class)->finalize (object);
}

static void
wherry_keyring_host_keys_class_init (WherryKeyringHostKeysClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wherry_keyring_host_keys_finalize;
}

static void
wherry_keyring_host_keys_init (WherryKeyringHostKeys *self)
{
}

/**
 * wherry_keyring_host_keys_new:
 * @secrets: where the keys are kept
 * @flags: whether a person may be asked to unlock it
 *
 * Returns: (transfer full): the store
 */
WherryKeyringHostKeys *
wherry_keyring_host_keys_new (WherrySecretStore *secrets, WherrySecretFlags flags)
{
  g_return_val_if_fail (WHERRY_IS_SECRET_STORE (secrets), NULL);

  WherryKeyringHostKeys *self = g_object_new (WHERRY_TYPE_KEYRING_HOST_KEYS, NULL);

  self->secrets = g_object_ref (secrets);
  self->flags = flags;
  return self;
}

/**
 * wherry_keyring_host_keys_list:
 * @self: the store
 * @cancellable: (nullable): to give up
 * @error: why it can't be told
 *
 * Lists what is on record; records that can't be understood are left out. Blocks.
 *
 * Returns: (transfer container) (nullable) (element-type WherryKnownHost): all
 *   that is known
 */
GPtrArray *
wherry_keyring_host_keys_list (WherryKeyringHostKeys *self,
                               GCancellable *cancellable,
                               GError **error)
{
  g_return_val_if_fail (WHERRY_IS_KEYRING_HOST_KEYS (self), NULL);

  g_autoptr (GHashTable) all = wherry_secret_attributes_new (NULL, NULL);
  GPtrArray *records;
  g_autoptr (GPtrArray) secrets = wherry_secret_store_search (self->secrets, WHERRY_SECRET_HOST_KEY,
                                                              all, self->flags, cancellable, error);

  if (secrets == NULL)
    return NULL;
  records = g_ptr_array_new_with_free_func ((GDestroyNotify) wherry_known_host_free);
  for (guint i = 0; i < secrets->len; i++)
    {
      WherryKnownHost *record = parse_record (g_ptr_array_index (secrets, i));

      if (record != NULL)
        g_ptr_array_add (records, record);
    }
  return records;
}

/**
 * wherry_keyring_host_keys_find_types:
 * @self: the store
 * @host: the host's name or address
 * @port: its port
 * @cancellable: (nullable): to give up
 * @error: why it can't be told
 *
 * As wherry_host_key_store_dup_key_types(), but tells what went wrong. Blocks.
 *
 * Returns: (transfer full) (nullable) (array zero-terminated=1): the types
 */
char **
wherry_keyring_host_keys_find_types (WherryKeyringHostKeys *self,
                                     const char *host,
                                     guint16 port,
                                     GCancellable *cancellable,
                                     GError **error)
{
  g_return_val_if_fail (WHERRY_IS_KEYRING_HOST_KEYS (self), NULL);
  g_return_val_if_fail (host != NULL, NULL);

  g_autoptr (GStrvBuilder) types = g_strv_builder_new ();
  g_autoptr (GPtrArray) keys = find_keys (self, host, port, cancellable, error);

  if (keys == NULL)
    return NULL;
  for (guint i = 0; i < keys->len; i++)
    g_strv_builder_add (types, wherry_host_key_get_key_type (g_ptr_array_index (keys, i)));
  return g_strv_builder_end (types);
}

/**
 * wherry_keyring_host_keys_add:
 * @self: the store
 * @host: the host's name or address
 * @port: its port
 * @key: a key
 * @cancellable: (nullable): to give up
 * @error: why it is not recorded
 *
 * Records a key in place of the host's other one of the same type, if any,
 * without a look at what is there. Blocks.
 *
 * Returns: %TRUE if it is recorded
 */
gboolean
wherry_keyring_host_keys_add (WherryKeyringHostKeys *self,
                              const char *host,
                              guint16 port,
                              WherryHostKey *key,
                              GCancellable *cancellable,
                              GError **error)
{
  g_return_val_if_fail (WHERRY_IS_KEYRING_HOST_KEYS (self), FALSE);
  g_return_val_if_fail (host != NULL, FALSE);
  g_return_val_if_fail (key != NULL, FALSE);

  g_autofree char *lower = g_ascii_strdown (host, -1);
  g_autofree char *port_text = wherry_secret_format_port (port);
  const char *key_type = wherry_host_key_get_key_type (key);
  g_autoptr (GHashTable) attributes
      = wherry_secret_attributes_new ("host", lower, "port", port_text, "keytype", key_type, NULL);
  g_autofree char *base64 = wherry_host_key_to_base64 (key);
  g_autofree char *text = g_strconcat (key_type, " ", base64, NULL);
  /* Translators: how a record is called in a program that manages the keyring; a type of key, a
     host, a port */
  g_autofree char *label
      = g_strdup_printf (_ ("Host key (%s) of %s, port %u"), key_type, lower, port);

  return wherry_secret_store_save (self->secrets, WHERRY_SECRET_HOST_KEY, attributes, label, text,
                                   self->flags, cancellable, error);
}

/**
 * wherry_keyring_host_keys_is_there:
 * @self: the store
 *
 * Asks nobody to unlock it. Blocks.
 *
 * Returns: %FALSE if there is no keyring at all
 */
gboolean
wherry_keyring_host_keys_is_there (WherryKeyringHostKeys *self)
{
  g_return_val_if_fail (WHERRY_IS_KEYRING_HOST_KEYS (self), FALSE);

  g_autoptr (GHashTable) attributes = wherry_secret_attributes_new ("host", "", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) secrets
      = wherry_secret_store_search (self->secrets, WHERRY_SECRET_HOST_KEY, attributes,
                                    WHERRY_SECRET_FLAGS_NONE, NULL, &error);

  return secrets != NULL || !g_error_matches (error, WHERRY_ERROR, WHERRY_ERROR_NO_KEYRING);
}

/**
 * wherry_keyring_host_keys_forget:
 * @self: the store
 * @host: the host's name or address
 * @port: its port
 * @key_type: (nullable): which of its keys; %NULL: all, and what can't be
 *   understood
 * @cancellable: (nullable): to give up
 * @error: why they may still be there
 *
 * Blocks.
 *
 * Returns: %TRUE if none is left
 */
gboolean
wherry_keyring_host_keys_forget (WherryKeyringHostKeys *self,
                                 const char *host,
                                 guint16 port,
                                 const char *key_type,
                                 GCancellable *cancellable,
                                 GError **error)
{
  g_return_val_if_fail (WHERRY_IS_KEYRING_HOST_KEYS (self), FALSE);
  g_return_val_if_fail (host != NULL, FALSE);

  g_autofree char *lower = g_ascii_strdown (host, -1);
  g_autofree char *port_text = wherry_secret_format_port (port);
  g_autoptr (GHashTable) attributes
      = wherry_secret_attributes_new ("host", lower, "port", port_text, NULL);

  if (key_type != NULL)
    g_hash_table_insert (attributes, g_strdup ("keytype"), g_strdup (key_type));
  return wherry_secret_store_clear (self->secrets, WHERRY_SECRET_HOST_KEY, attributes, self->flags,
                                    cancellable, error);
}
