#include "config.h"

#include "ssh/wherry-putty-key.h"

#include <gcrypt.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-error.h"

#define MAGIC "PuTTY-User-Key-File-"

#define CIPHER_KEY_SIZE 32
#define CIPHER_BLOCK 16
#define MAC_KEY_SIZE 32
#define KEYS_SIZE (CIPHER_KEY_SIZE + CIPHER_BLOCK + MAC_KEY_SIZE)

#define LINES_MAX 1024

/* So that an array which holds a secret rarely moves, and leaves no copy behind. */
#define SECRET_ROOM (16 * 1024)

/* What a file may have us spend: memory in KiB, and that times the passes; puttygen takes 8 MiB and
 * a tenth of a second. */
#define ARGON2_MEMORY_MAX (256 * 1024)
#define ARGON2_WORK_MAX (8 * 1024 * 1024)
#define ARGON2_PARALLELISM_MAX 64

struct _WherryPuttyKey {
  guint version;
  char *type;
  char *encryption;
  char *comment;
  GBytes *blob;
  GByteArray *secret; /* as in the file: encrypted, or not */
  guint8 *mac;
  gsize mac_size;

  int argon2; /* gcry_kdf's flavour; 0 in version 2, and without a passphrase */
  gulong memory;
  gulong passes;
  gulong parallelism;
  guint8 *salt;
  gsize salt_size;
};

/* The lines that are left. */
typedef struct {
  char **lines;
  guint next;
} Reader;

static gboolean
fail (GError **error, const char *reason)
{
  g_set_error_literal (error, WHERRY_ERROR, WHERRY_ERROR_AUTHENTICATION, reason);
  return FALSE;
}

static gboolean
fail_malformed (GError **error)
{
  return fail (error, _ ("The PuTTY key file is damaged"));
}

/* The value of the next line, which has to have that name; %NULL if it has not. */
static const char *
take (Reader *self, const char *name)
{
  const char *line = self->lines[self->next];
  gsize length = strlen (name);

  if (line == NULL || strncmp (line, name, length) != 0 || strncmp (line + length, ": ", 2) != 0)
    return NULL;
  self->next++;
  return line + length + 2;
}

static gboolean
take_number (Reader *self, const char *name, guint64 max, gulong *number)
{
  const char *text = take (self, name);
  guint64 value;

  if (text == NULL || !g_ascii_string_to_unsigned (text, 10, 0, max, &value, NULL))
    return FALSE;
  *number = (gulong) value;
  return TRUE;
}

static guint8 *
take_hex (Reader *self, const char *name, gsize *size)
{
  const char *text = take (self, name);
  guint8 *bytes;

  if (text == NULL || *text == '\0' || strlen (text) % 2 != 0 || strlen (text) > 256)
    return NULL;
  *size = strlen (text) / 2;
  bytes = g_malloc (*size);
  for (gsize i = 0; i < *size; i++)
    {
      int high = g_ascii_xdigit_value (text[2 * i]);
      int low = g_ascii_xdigit_value (text[2 * i + 1]);

      if (high < 0 || low < 0)
        {
          g_free (bytes);
          return NULL;
        }
      bytes[i] = (guint8) (high << 4 | low);
    }
  return bytes;
}

static void
wipe_array (gpointer data)
{
  GByteArray *array = data;

  if (array->data != NULL)
    explicit_bzero (array->data, array->len);
  g_byte_array_unref (array);
}

static GByteArray *
take_base64 (Reader *self, const char *name)
{
  GByteArray *bytes;
  gulong n;
  gint state = 0;
  guint save = 0;

  if (!take_number (self, name, LINES_MAX, &n))
    return NULL;
  bytes = g_byte_array_sized_new (SECRET_ROOM);
  for (gulong i = 0; i < n; i++)
    {
      const char *line = self->lines[self->next];
      gsize length = line != NULL ? strlen (line) : 0;
      guint8 decoded[128];

      if (length == 0 || length > 128)
        {
          wipe_array (bytes);
          return NULL;
        }
      self->next++;
      length = g_base64_decode_step (line, length, decoded, &state, &save);
      g_byte_array_append (bytes, decoded, (guint) length);
      explicit_bzero (decoded, sizeof decoded);
    }
  return bytes;
}

/**
 * wherry_putty_key_is:
 * @text: the beginning of a file
 *
 * Returns: whether it is a key file of PuTTY's
 */
gboolean
wherry_putty_key_is (const char *text)
{
  return g_str_has_prefix (text, MAGIC);
}

static gboolean
parse_derivation (WherryPuttyKey *self, Reader *reader, GError **error)
{
  static const struct {
    const char *name;
    int flavour;
  } flavours[] = {
    { "Argon2d", GCRY_KDF_ARGON2D },
    { "Argon2i", GCRY_KDF_ARGON2I },
    { "Argon2id", GCRY_KDF_ARGON2ID },
  };
  const char *name = take (reader, "Key-Derivation");
  gboolean known = FALSE;

  for (guint i = 0; name != NULL && i < G_N_ELEMENTS (flavours); i++)
    if (g_str_equal (name, flavours[i].name))
      {
        self->argon2 = flavours[i].flavour;
        known = TRUE;
      }
  if (!known || !take_number (reader, "Argon2-Memory", G_MAXUINT32, &self->memory)
      || !take_number (reader, "Argon2-Passes", G_MAXUINT32, &self->passes)
      || !take_number (reader, "Argon2-Parallelism", G_MAXUINT32, &self->parallelism)
      || (self->salt = take_hex (reader, "Argon2-Salt", &self->salt_size)) == NULL)
    return fail_malformed (error);
  if (self->memory > ARGON2_MEMORY_MAX || self->passes == 0 || self->parallelism == 0
      || self->parallelism > ARGON2_PARALLELISM_MAX || self->memory < 8 * self->parallelism
      || self->memory * self->passes > ARGON2_WORK_MAX)
    return fail (error, _ ("The PuTTY key file asks for more work than is reasonable to open it"));
  return TRUE;
}

static gboolean
parse (WherryPuttyKey *self, Reader *reader, GError **error)
{
  const char *type;
  const char *encryption;
  const char *comment;
  GByteArray *blob;

  self->version = 3;
  type = take (reader, MAGIC "3");
  if (type == NULL)
    {
      self->version = 2;
      type = take (reader, MAGIC "2");
    }
  if (type == NULL)
    return fail (error, _ ("This version of PuTTY’s key files is not known; save the key anew with "
                           "PuTTYgen"));
  self->type = g_strdup (type);
  encryption = take (reader, "Encryption");
  comment = take (reader, "Comment");
  if (encryption == NULL || comment == NULL)
    return fail_malformed (error);
  self->encryption = g_strdup (encryption);
  self->comment = g_strdup (comment);
  if (!g_str_equal (encryption, "none") && !g_str_equal (encryption, "aes256-cbc"))
    return fail (error, _ ("The PuTTY key file is encrypted in a way that is not known"));

  blob = take_base64 (reader, "Public-Lines");
  if (blob == NULL)
    return fail_malformed (error);
  self->blob = g_byte_array_free_to_bytes (blob);
  if (self->version == 3 && wherry_putty_key_is_encrypted (self)
      && !parse_derivation (self, reader, error))
    return FALSE;
  self->secret = take_base64 (reader, "Private-Lines");
  self->mac = take_hex (reader, "Private-MAC", &self->mac_size);
  if (self->secret == NULL || self->mac == NULL || self->mac_size != (self->version == 3 ? 32 : 20)
      || (wherry_putty_key_is_encrypted (self)
          && (self->secret->len == 0 || self->secret->len % CIPHER_BLOCK != 0)))
    return fail_malformed (error);
  return TRUE;
}

/**
 * wherry_putty_key_parse:
 * @text: the content of a file, a NUL after it
 * @length: its length in bytes
 * @error: return location; %WHERRY_ERROR_AUTHENTICATION
 *
 * Returns: (transfer full): the key, still locked if it is encrypted
 */
WherryPuttyKey *
wherry_putty_key_parse (const char *text, gsize length, GError **error)
{
  g_autoptr (WherryPuttyKey) self = g_new0 (WherryPuttyKey, 1);
  Reader reader = { 0 };
  gboolean parsed;

  if (memchr (text, '\0', length) != NULL)
    {
      fail_malformed (error);
      return NULL;
    }
  reader.lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; reader.lines[i] != NULL; i++)
    if (g_str_has_suffix (reader.lines[i], "\r"))
      reader.lines[i][strlen (reader.lines[i]) - 1] = '\0';
  parsed = parse (self, &reader, error);
  for (guint i = 0; reader.lines[i] != NULL; i++)
    explicit_bzero (reader.lines[i], strlen (reader.lines[i]));
  g_strfreev (reader.lines);
  return parsed ? g_steal_pointer (&self) : NULL;
}

/**
 * wherry_putty_key_free:
 * @self: (nullable) (transfer full): a key
 */
void
wherry_putty_key_free (WherryPuttyKey *self)
{
  if (self == NULL)
    return;
  g_free (self->type);
  g_free (self->encryption);
  g_free (self->comment);
  g_clear_pointer (&self->blob, g_bytes_unref);
  g_clear_pointer (&self->secret, wipe_array);
  g_free (self->mac);
  g_free (self->salt);
  g_free (self);
}

/**
 * wherry_putty_key_is_encrypted:
 * @self: a key
 *
 * Returns: whether it takes a passphrase to use it
 */
gboolean
wherry_putty_key_is_encrypted (const WherryPuttyKey *self)
{
  return !g_str_equal (self->encryption, "none");
}

/**
 * wherry_putty_key_get_type:
 * @self: a key
 *
 * Returns: its type, as `ssh-ed25519`
 */
const char *
wherry_putty_key_get_type (const WherryPuttyKey *self)
{
  return self->type;
}

/**
 * wherry_putty_key_get_blob:
 * @self: a key
 *
 * Returns: (transfer none): its public half (RFC 4253 section 6.6)
 */
GBytes *
wherry_putty_key_get_blob (const WherryPuttyKey *self)
{
  return self->blob;
}

static void
prepare_gcrypt (void)
{
  static gsize done = 0;

  if (!g_once_init_enter (&done))
    return;
  /* libsecret may have done it. */
  if (gcry_control (GCRYCTL_INITIALIZATION_FINISHED_P, 0) == 0)
    {
      gcry_check_version (NULL);
      gcry_control (GCRYCTL_DISABLE_SECMEM, 0);
      gcry_control (GCRYCTL_INITIALIZATION_FINISHED, 0);
    }
  g_once_init_leave (&done, 1);
}

static gboolean
derive_argon2 (const WherryPuttyKey *self, const char *passphrase, guint8 *keys)
{
  const unsigned long parameters[] = { KEYS_SIZE, self->passes, self->memory, self->parallelism };
  gcry_kdf_hd_t kdf;
  gboolean derived;

  if (gcry_kdf_open (&kdf, GCRY_KDF_ARGON2, self->argon2, parameters, G_N_ELEMENTS (parameters),
                     passphrase, strlen (passphrase), self->salt, self->salt_size, NULL, 0, NULL, 0)
      != 0)
    return FALSE;
  derived = gcry_kdf_compute (kdf, NULL) == 0 && gcry_kdf_final (kdf, KEYS_SIZE, keys) == 0;
  gcry_kdf_close (kdf);
  return derived;
}

static void
hash_sha1 (const void *prefix, gsize size, const char *passphrase, guint8 *digest)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA1);
  gsize length = 20;

  g_checksum_update (checksum, prefix, (gssize) size);
  g_checksum_update (checksum, (const guchar *) passphrase, (gssize) strlen (passphrase));
  g_checksum_get_digest (checksum, digest, &length);
}

/* The keys: of the cipher, its first block, of the MAC. */
static gboolean
derive (const WherryPuttyKey *self, const char *passphrase, guint8 *keys, gsize *mac_key_size)
{
  static const char mac_prefix[] = "putty-private-key-file-mac-key";

  memset (keys, 0, KEYS_SIZE);
  if (self->version == 2)
    {
      guint8 digests[40];

      hash_sha1 ("\0\0\0\0", 4, passphrase, digests);
      hash_sha1 ("\0\0\0\1", 4, passphrase, digests + 20);
      memcpy (keys, digests, CIPHER_KEY_SIZE);
      explicit_bzero (digests, sizeof digests);
      hash_sha1 (mac_prefix, sizeof mac_prefix - 1, passphrase,
                 keys + CIPHER_KEY_SIZE + CIPHER_BLOCK);
      *mac_key_size = 20;
      return TRUE;
    }
  *mac_key_size = wherry_putty_key_is_encrypted (self) ? MAC_KEY_SIZE : 0;
  return *mac_key_size == 0 || derive_argon2 (self, passphrase, keys);
}

static gboolean
decrypt (guint8 *keys, GByteArray *secret)
{
  gcry_cipher_hd_t cipher;
  gboolean decrypted;

  if (gcry_cipher_open (&cipher, GCRY_CIPHER_AES256, GCRY_CIPHER_MODE_CBC, 0) != 0)
    return FALSE;
  decrypted = gcry_cipher_setkey (cipher, keys, CIPHER_KEY_SIZE) == 0
              && gcry_cipher_setiv (cipher, keys + CIPHER_KEY_SIZE, CIPHER_BLOCK) == 0
              && gcry_cipher_decrypt (cipher, secret->data, secret->len, NULL, 0) == 0;
  gcry_cipher_close (cipher);
  return decrypted;
}

static void
append_u32 (GByteArray *array, guint32 value)
{
  guint32 big_endian = GUINT32_TO_BE (value);

  g_byte_array_append (array, (const guint8 *) &big_endian, sizeof big_endian);
}

static void
append_string (GByteArray *array, const void *data, gsize size)
{
  append_u32 (array, (guint32) size);
  g_byte_array_append (array, data, (guint) size);
}

static gboolean
check_mac (const WherryPuttyKey *self, const guint8 *key, gsize key_size, const GByteArray *secret)
{
  g_autoptr (GHmac) hmac
      = g_hmac_new (self->version == 3 ? G_CHECKSUM_SHA256 : G_CHECKSUM_SHA1, key, key_size);
  GByteArray *data = g_byte_array_sized_new (2 * SECRET_ROOM);
  guint8 digest[32];
  gsize length = sizeof digest;
  gsize blob_size;
  const void *blob = g_bytes_get_data (self->blob, &blob_size);

  append_string (data, self->type, strlen (self->type));
  append_string (data, self->encryption, strlen (self->encryption));
  append_string (data, self->comment, strlen (self->comment));
  append_string (data, blob, blob_size);
  append_string (data, secret->data, secret->len);
  g_hmac_update (hmac, data->data, data->len);
  g_hmac_get_digest (hmac, digest, &length);
  wipe_array (data);
  return length == self->mac_size && memcmp (digest, self->mac, length) == 0;
}

/* A string (RFC 4251 section 5) off the front. */
static gboolean
take_string (const guint8 **data, gsize *size, const guint8 **string, gsize *length)
{
  guint32 big_endian;

  if (*size < 4)
    return FALSE;
  memcpy (&big_endian, *data, 4);
  *length = GUINT32_FROM_BE (big_endian);
  if (*length > *size - 4)
    return FALSE;
  *string = *data + 4;
  *data += 4 + *length;
  *size -= 4 + *length;
  return TRUE;
}

/* Copies so many strings from the front. */
static gboolean
copy_strings (GByteArray *to, const guint8 **data, gsize *size, guint n)
{
  const guint8 *string;
  gsize length;

  for (guint i = 0; i < n; i++)
    {
      if (!take_string (data, size, &string, &length))
        return FALSE;
      append_string (to, string, length);
    }
  return TRUE;
}

static gboolean
append_ed25519 (GByteArray *to,
                const guint8 *open,
                gsize open_size,
                const guint8 *secret,
                gsize size)
{
  const guint8 *public_half;
  const guint8 *private_half;
  gsize public_length, private_length;
  guint8 both[64] = { 0 };

  if (!take_string (&open, &open_size, &public_half, &public_length) || public_length != 32
      || !take_string (&secret, &size, &private_half, &private_length) || private_length > 32)
    return FALSE;
  memcpy (both, private_half, private_length);
  memcpy (both + 32, public_half, 32);
  append_string (to, public_half, 32);
  append_string (to, both, sizeof both);
  explicit_bzero (both, sizeof both);
  return TRUE;
}

static gboolean
append_rsa (GByteArray *to, const guint8 *open, gsize open_size, const guint8 *secret, gsize size)
{
  const guint8 *e, *n, *d, *p, *q, *iqmp;
  gsize e_size, n_size, d_size, p_size, q_size, iqmp_size;

  if (!take_string (&open, &open_size, &e, &e_size) || !take_string (&open, &open_size, &n, &n_size)
      || !take_string (&secret, &size, &d, &d_size) || !take_string (&secret, &size, &p, &p_size)
      || !take_string (&secret, &size, &q, &q_size)
      || !take_string (&secret, &size, &iqmp, &iqmp_size))
    return FALSE;
  append_string (to, n, n_size);
  append_string (to, e, e_size);
  append_string (to, d, d_size);
  append_string (to, iqmp, iqmp_size);
  append_string (to, p, p_size);
  append_string (to, q, q_size);
  return TRUE;
}

/* The private part of OpenSSH's format (its PROTOCOL.key) from the strings of PuTTY's. */
static gboolean
append_private (const WherryPuttyKey *self, GByteArray *to, const GByteArray *secret)
{
  gsize open_size;
  const guint8 *open = g_bytes_get_data (self->blob, &open_size);
  const guint8 *data = secret->data;
  gsize size = secret->len;
  const guint8 *type;
  gsize type_size;

  if (!take_string (&open, &open_size, &type, &type_size) || type_size != strlen (self->type)
      || memcmp (type, self->type, type_size) != 0)
    return FALSE;
  append_string (to, type, type_size);
  if (g_str_equal (self->type, "ssh-ed25519"))
    return append_ed25519 (to, open, open_size, data, size);
  if (g_str_equal (self->type, "ssh-rsa"))
    return append_rsa (to, open, open_size, data, size);
  /* Curve and point, then the exponent. */
  return copy_strings (to, &open, &open_size, 2) && copy_strings (to, &data, &size, 1);
}

static char *
make_openssh (const WherryPuttyKey *self, const GByteArray *secret)
{
  static const char begin[] = "-----BEGIN OPENSSH PRIVATE KEY-----\n";
  static const char end[] = "-----END OPENSSH PRIVATE KEY-----\n";
  GByteArray *whole = g_byte_array_sized_new (2 * SECRET_ROOM);
  GByteArray *private_part = g_byte_array_sized_new (SECRET_ROOM);
  gsize blob_size;
  const void *blob = g_bytes_get_data (self->blob, &blob_size);
  char *text = NULL;

  append_u32 (private_part, 0x57686572);
  append_u32 (private_part, 0x57686572);
  if (append_private (self, private_part, secret))
    {
      gsize length;
      gint state = 0, save = 0;

      append_string (private_part, "", 0);
      for (guint8 i = 1; private_part->len % 8 != 0; i++)
        g_byte_array_append (private_part, &i, 1);
      g_byte_array_append (whole, (const guint8 *) "openssh-key-v1", 15);
      append_string (whole, "none", 4);
      append_string (whole, "none", 4);
      append_string (whole, "", 0);
      append_u32 (whole, 1);
      append_string (whole, blob, blob_size);
      append_string (whole, private_part->data, private_part->len);

      text = g_malloc (sizeof begin + sizeof end + (whole->len / 3 + 2) * 4 + whole->len / 48 + 8);
      strcpy (text, begin);
      length = strlen (begin);
      length += g_base64_encode_step (whole->data, whole->len, TRUE, text + length, &state, &save);
      length += g_base64_encode_close (TRUE, text + length, &state, &save);
      strcpy (text + length, end);
    }
  wipe_array (whole);
  wipe_array (private_part);
  return text;
}

/**
 * wherry_putty_key_to_openssh:
 * @self: a key
 * @passphrase: (nullable): what it is encrypted with
 * @error: return location; %G_IO_ERROR_PERMISSION_DENIED if the passphrase is not
 *   the right one, %WHERRY_ERROR_AUTHENTICATION if the file is damaged or the
 *   type is not known
 *
 * Returns: (transfer full): the key in OpenSSH's form and without encryption, to
 *   be wiped
 */
char *
wherry_putty_key_to_openssh (const WherryPuttyKey *self, const char *passphrase, GError **error)
{
  GByteArray *secret = g_byte_array_sized_new (SECRET_ROOM);
  gboolean is_encrypted = wherry_putty_key_is_encrypted (self);
  guint8 keys[KEYS_SIZE];
  gsize mac_key_size = 0;
  char *text = NULL;

  prepare_gcrypt ();
  g_byte_array_append (secret, self->secret->data, self->secret->len);
  if (!derive (self, is_encrypted && passphrase != NULL ? passphrase : "", keys, &mac_key_size)
      || (is_encrypted && !decrypt (keys, secret)))
    fail (error, _ ("The PuTTY key file can’t be decrypted here"));
  else if (!check_mac (self, keys + CIPHER_KEY_SIZE + CIPHER_BLOCK, mac_key_size, secret))
    {
      if (is_encrypted)
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                             _ ("The passphrase is not the right one"));
      else
        fail_malformed (error);
    }
  else if (!g_str_equal (self->type, "ssh-ed25519") && !g_str_equal (self->type, "ssh-rsa")
           && !g_str_has_prefix (self->type, "ecdsa-sha2-nistp"))
    fail (error, _ ("This type of key can’t be used"));
  else
    {
      text = make_openssh (self, secret);
      if (text == NULL)
        fail_malformed (error);
    }
  explicit_bzero (keys, sizeof keys);
  wipe_array (secret);
  return text;
}
