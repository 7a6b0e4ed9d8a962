#include "config.h"

#include "ssh/wherry-host-key.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-error.h"

/* RFC 4250 section 4.6.1: names of algorithms are at most 64 characters. */
#define KEY_TYPE_MAX 64

/* Far more than any key in use: RSA with 16,384 bits takes about 2 KiB. */
#define BLOB_MAX (64 * 1024)

struct _WherryHostKey {
  gatomicrefcount ref_count;
  GBytes *blob;
  char *key_type;
  char *fingerprint;
};

G_DEFINE_BOXED_TYPE (WherryHostKey, wherry_host_key, wherry_host_key_ref, wherry_host_key_unref)

G_DEFINE_INTERFACE (WherryHostKeyStore, wherry_host_key_store, G_TYPE_OBJECT)

static void
wherry_host_key_store_default_init (WherryHostKeyStoreInterface *iface)
{
}

static char *
parse_key_type (const guint8 *data, gsize size)
{
  guint32 length;

  if (size < 4 || size > BLOB_MAX)
    return NULL;
  length = (guint32) data[0] << 24 | (guint32) data[1] << 16 | (guint32) data[2] << 8 | data[3];
  if (length == 0 || length > KEY_TYPE_MAX || length > size - 4)
    return NULL;
  for (gsize i = 0; i < length; i++)
    if (data[4 + i] <= 0x20 || data[4 + i] >= 0x7f || data[4 + i] == ',')
      return NULL;
  return g_strndup ((const char *) data + 4, length);
}

static char *
make_fingerprint (const guint8 *data, gsize size)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree char *base64 = NULL;
  guint8 digest[32];
  gsize length = sizeof digest;

  g_checksum_update (checksum, data, (gssize) size);
  g_checksum_get_digest (checksum, digest, &length);
  base64 = g_base64_encode (digest, length);
  base64[strcspn (base64, "=")] = '\0';
  return g_strconcat ("SHA256:", base64, NULL);
}

/**
 * wherry_host_key_new:
 * @blob: the key as it goes over the wire (RFC 4253 section 6.6)
 * @error: return location for %WHERRY_ERROR_PROTOCOL
 *
 * Returns: (transfer full): the key, or %NULL if @blob is none
 */
WherryHostKey *
wherry_host_key_new (GBytes *blob, GError **error)
{
  g_return_val_if_fail (blob != NULL, NULL);

  gsize size;
  const guint8 *data = g_bytes_get_data (blob, &size);
  char *key_type = parse_key_type (data, size);

  if (key_type == NULL)
    {
      g_set_error_literal (error, WHERRY_ERROR, WHERRY_ERROR_PROTOCOL,
                           _ ("The host key is malformed"));
      return NULL;
    }

  WherryHostKey *self = g_new0 (WherryHostKey, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->blob = g_bytes_ref (blob);
  self->key_type = key_type;
  self->fingerprint = make_fingerprint (data, size);
  return self;
}

/**
 * wherry_host_key_new_from_base64:
 * @base64: the key as in known_hosts files, its blob in base64
 * @error: return location for %WHERRY_ERROR_PROTOCOL
 *
 * Returns: (transfer full): the key, or %NULL if @base64 is none
 */
WherryHostKey *
wherry_host_key_new_from_base64 (const char *base64, GError **error)
{
  g_return_val_if_fail (base64 != NULL, NULL);

  gsize size;
  guint8 *data = g_base64_decode (base64, &size);
  g_autoptr (GBytes) blob = g_bytes_new_take (data, size);

  return wherry_host_key_new (blob, error);
}

/**
 * wherry_host_key_ref:
 * @self: a key
 *
 * Returns: (transfer full): @self
 */
WherryHostKey *
wherry_host_key_ref (WherryHostKey *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * wherry_host_key_unref:
 * @self: (transfer full): a key
 */
void
wherry_host_key_unref (WherryHostKey *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_bytes_unref (self->blob);
  g_free (self->key_type);
  g_free (self->fingerprint);
  g_free (self);
}

/**
 * wherry_host_key_get_key_type:
 * @self: a key
 *
 * Returns: the name of its type as the key itself says, such as `ssh-ed25519`
 */
const char *
wherry_host_key_get_key_type (const WherryHostKey *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->key_type;
}

/**
 * wherry_host_key_get_blob:
 * @self: a key
 *
 * Returns: (transfer none): the key as it goes over the wire
 */
GBytes *
wherry_host_key_get_blob (const WherryHostKey *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->blob;
}

/**
 * wherry_host_key_get_fingerprint:
 * @self: a key
 *
 * Returns: `SHA256:` and the unpadded base64 of the blob's SHA-256, as OpenSSH
 *   shows it (ssh-keygen(1), `-l`)
 */
const char *
wherry_host_key_get_fingerprint (const WherryHostKey *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->fingerprint;
}

/**
 * wherry_host_key_to_base64:
 * @self: a key
 *
 * Returns: (transfer full): the blob in base64, as in known_hosts files
 */
char *
wherry_host_key_to_base64 (const WherryHostKey *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  gsize size;
  const guint8 *data = g_bytes_get_data (self->blob, &size);

  return g_base64_encode (data, size);
}

/**
 * wherry_host_key_equal:
 * @a: a key
 * @b: another one
 *
 * Returns: %TRUE if both are the very same key: every byte of the blobs
 */
gboolean
wherry_host_key_equal (const WherryHostKey *a, const WherryHostKey *b)
{
  g_return_val_if_fail (a != NULL, FALSE);
  g_return_val_if_fail (b != NULL, FALSE);
  return g_bytes_equal (a->blob, b->blob);
}

/**
 * wherry_host_key_store_check:
 * @self: a store
 * @host: the host's name or address, without brackets
 * @port: its port
 * @key: the key it showed
 * @known: (out) (optional) (nullable) (transfer container) (element-type WherryHostKey):
 *   the recorded keys of a changed host
 * @cancellable: (nullable): to give up; the verdict is then unchecked
 * @error: why it could not be checked
 *
 * Judges a host key (rule R10). May block.
 *
 * Returns: the verdict; @error is set with %WHERRY_HOST_KEY_UNCHECKED only
 */
WherryHostKeyVerdict
wherry_host_key_store_check (WherryHostKeyStore *self,
                             const char *host,
                             guint16 port,
                             WherryHostKey *key,
                             GPtrArray **known,
                             GCancellable *cancellable,
                             GError **error)
{
  g_return_val_if_fail (WHERRY_IS_HOST_KEY_STORE (self), WHERRY_HOST_KEY_UNCHECKED);
  g_return_val_if_fail (host != NULL, WHERRY_HOST_KEY_UNCHECKED);
  g_return_val_if_fail (key != NULL, WHERRY_HOST_KEY_UNCHECKED);

  if (known != NULL)
    *known = NULL;
  return WHERRY_HOST_KEY_STORE_GET_IFACE (self)->check (self, host, port, key, known, cancellable,
                                                        error);
}

/**
 * wherry_host_key_store_remember:
 * @self: a store
 * @host: the host's name or address, without brackets
 * @port: its port
 * @key: the key to record
 * @cancellable: (nullable): to give up
 * @error: why it is not recorded
 *
 * Records a key a person accepted. May block.
 *
 * Returns: %TRUE if it is recorded
 */
gboolean
wherry_host_key_store_remember (WherryHostKeyStore *self,
                                const char *host,
                                guint16 port,
                                WherryHostKey *key,
                                GCancellable *cancellable,
                                GError **error)
{
  g_return_val_if_fail (WHERRY_IS_HOST_KEY_STORE (self), FALSE);
  g_return_val_if_fail (host != NULL, FALSE);
  g_return_val_if_fail (key != NULL, FALSE);

  return WHERRY_HOST_KEY_STORE_GET_IFACE (self)->remember (self, host, port, key, cancellable,
                                                           error);
}

/**
 * wherry_host_key_store_replace:
 * @self: a store
 * @host: the host's name or address, without brackets
 * @port: its port
 * @key: the key to record
 * @cancellable: (nullable): to give up
 * @error: why it is not recorded
 *
 * Records a key in place of those on record, of whatever type: for a person who
 * knows why it changed. May block.
 *
 * Returns: %TRUE if it alone is recorded
 */
gboolean
wherry_host_key_store_replace (WherryHostKeyStore *self,
                               const char *host,
                               guint16 port,
                               WherryHostKey *key,
                               GCancellable *cancellable,
                               GError **error)
{
  g_return_val_if_fail (WHERRY_IS_HOST_KEY_STORE (self), FALSE);
  g_return_val_if_fail (host != NULL, FALSE);
  g_return_val_if_fail (key != NULL, FALSE);

  if (WHERRY_HOST_KEY_STORE_GET_IFACE (self)->replace == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                           _ ("Host keys can’t be replaced there"));
      return FALSE;
    }
  return WHERRY_HOST_KEY_STORE_GET_IFACE (self)->replace (self, host, port, key, cancellable,
                                                          error);
}

/**
 * wherry_host_key_store_dup_key_types:
 * @self: a store
 * @host: the host's name or address, without brackets
 * @port: its port
 * @cancellable: (nullable): to give up
 *
 * Lists the types of the keys recorded for a host, so that key exchange asks
 * for a key that can be compared. May block.
 *
 * Returns: (transfer full) (array zero-terminated=1): the types; may be empty
 */
char **
wherry_host_key_store_dup_key_types (WherryHostKeyStore *self,
                                     const char *host,
                                     guint16 port,
                                     GCancellable *cancellable)
{
  g_return_val_if_fail (WHERRY_IS_HOST_KEY_STORE (self), NULL);
  g_return_val_if_fail (host != NULL, NULL);

  return WHERRY_HOST_KEY_STORE_GET_IFACE (self)->dup_key_types (self, host, port, cancellable);
}

/**
 * wherry_host_key_store_dup_remark:
 * @self: a store
 * @host: the host's name or address, without brackets
 * @port: its port
 *
 * May block.
 *
 * Returns: (transfer full) (nullable): what a person should know who has to
 *   judge the host's key: something on record that could not be used
 */
char *
wherry_host_key_store_dup_remark (WherryHostKeyStore *self, const char *host, guint16 port)
{
  g_return_val_if_fail (WHERRY_IS_HOST_KEY_STORE (self), NULL);
  g_return_val_if_fail (host != NULL, NULL);

  if (WHERRY_HOST_KEY_STORE_GET_IFACE (self)->dup_remark == NULL)
    return NULL;
  return WHERRY_HOST_KEY_STORE_GET_IFACE (self)->dup_remark (self, host, port);
}
