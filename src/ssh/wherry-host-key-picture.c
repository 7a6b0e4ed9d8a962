/* What people compare keys by, besides the fingerprint: their kind, their size, and a picture. */
#include "config.h"

#include <string.h>

#include "ssh/wherry-host-key.h"

#define COLUMNS 17
#define ROWS 9

static const struct {
  const char *type;
  const char *name;       /* as people say */
  const char *short_name; /* as ssh-keygen(1) prints it */
  guint bits;             /* 0: the key itself tells */
} key_types[] = {
  { "ssh-ed25519", "Ed25519", "ED25519", 256 },
  { "sk-ssh-ed25519@openssh.com", "Ed25519-SK", "ED25519-SK", 256 },
  { "ecdsa-sha2-nistp256", "ECDSA P-256", "ECDSA", 256 },
  { "sk-ecdsa-sha2-nistp256@openssh.com", "ECDSA-SK", "ECDSA-SK", 256 },
  { "ecdsa-sha2-nistp384", "ECDSA P-384", "ECDSA", 384 },
  { "ecdsa-sha2-nistp521", "ECDSA P-521", "ECDSA", 521 },
  { "ssh-rsa", "RSA", "RSA", 0 },
  { "ssh-dss", "DSA", "DSA", 1024 },
};

/* The next string of a blob (RFC 4251 section 5); FALSE if there is none. */
static gboolean
next_string (const guint8 **data, gsize *left, const guint8 **string, gsize *length)
{
  gsize size;

  if (*left < 4)
    return FALSE;
  size = (gsize) (*data)[0] << 24 | (gsize) (*data)[1] << 16 | (gsize) (*data)[2] << 8 | (*data)[3];
  if (size > *left - 4)
    return FALSE;
  *string = *data + 4;
  *length = size;
  *data += 4 + size;
  *left -= 4 + size;
  return TRUE;
}

/* The bits of an RSA key's modulus: type, exponent, modulus (RFC 4253 section 6.6). */
static guint
get_rsa_bits (GBytes *blob)
{
  gsize left, length;
  const guint8 *data = g_bytes_get_data (blob, &left);
  const guint8 *string;
  guint bits;

  for (int i = 0; i < 3; i++)
    if (!next_string (&data, &left, &string, &length))
      return 0;
  while (length > 0 && *string == 0)
    {
      string++;
      length--;
    }
  if (length == 0)
    return 0;
  bits = (guint) length * 8;
  for (guint8 mask = 0x80; (*string & mask) == 0; mask >>= 1)
    bits--;
  return bits;
}

/**
 * wherry_host_key_get_bits:
 * @self: a key
 *
 * Returns: its size in bits; 0 if that is not known
 */
guint
wherry_host_key_get_bits (const WherryHostKey *self)
{
  g_return_val_if_fail (self != NULL, 0);

  for (gsize i = 0; i < G_N_ELEMENTS (key_types); i++)
    if (g_str_equal (key_types[i].type, wherry_host_key_get_key_type (self)))
      return key_types[i].bits != 0 ? key_types[i].bits
                                    : get_rsa_bits (wherry_host_key_get_blob (self));
  return 0;
}

/**
 * wherry_host_key_dup_type_name:
 * @self: a key
 *
 * Returns: (transfer full): what people call its kind, such as "Ed25519"
 */
char *
wherry_host_key_dup_type_name (const WherryHostKey *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  const char *type = wherry_host_key_get_key_type (self);
  guint bits = wherry_host_key_get_bits (self);

  for (gsize i = 0; i < G_N_ELEMENTS (key_types); i++)
    if (g_str_equal (key_types[i].type, type))
      return key_types[i].bits == 0 && bits != 0
                 ? g_strdup_printf ("%s %u", key_types[i].name, bits)
                 : g_strdup (key_types[i].name);
  return g_strdup (type);
}

/* "+---[title]---+" */
static void
append_border (GString *picture, const char *title)
{
  gsize length = strlen (title);
  gsize left = (COLUMNS - length) / 2;

  g_string_append_c (picture, '+');
  for (gsize i = 0; i < COLUMNS; i++)
    g_string_append_c (picture, i >= left && i < left + length ? title[i - left] : '-');
  g_string_append_c (picture, '+');
}

/**
 * wherry_host_key_to_picture:
 * @self: a key
 *
 * Draws the key's SHA-256 as OpenSSH does (ssh-keygen(1), `-lv`): the walk of the
 * drunken bishop, after D. Loss, T. Limmer, A. von Gernler, "The drunken bishop:
 * An analysis of the OpenSSH fingerprint visualization algorithm" (2009). From
 * the middle of a board two bits at a time choose a diagonal step, and each field
 * shows how often it was stepped on.
 *
 * Returns: (transfer full): eleven lines of nineteen characters
 */
char *
wherry_host_key_to_picture (const WherryHostKey *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  static const char coins[] = " .o+=*BOX@%&#/^";
  guint8 board[ROWS][COLUMNS] = { { 0 } };
  gsize length = 32;
  guint8 digest[32];
  int x = COLUMNS / 2, y = ROWS / 2;
  guint bits = wherry_host_key_get_bits (self);
  const char *short_name = "?";
  g_autofree char *title = NULL;
  GString *picture = g_string_new (NULL);
  gsize size;
  const guint8 *data = g_bytes_get_data (wherry_host_key_get_blob (self), &size);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);

  g_checksum_update (checksum, data, (gssize) size);
  g_checksum_get_digest (checksum, digest, &length);
  for (gsize i = 0; i < 4 * length; i++)
    {
      guint8 step = digest[i / 4] >> (i % 4 * 2);

      x = CLAMP (x + ((step & 1) != 0 ? 1 : -1), 0, COLUMNS - 1);
      y = CLAMP (y + ((step & 2) != 0 ? 1 : -1), 0, ROWS - 1);
      if (board[y][x] < sizeof coins - 2)
        board[y][x]++;
    }

  for (gsize i = 0; i < G_N_ELEMENTS (key_types); i++)
    if (g_str_equal (key_types[i].type, wherry_host_key_get_key_type (self)))
      short_name = key_types[i].short_name;
  title = g_strdup_printf ("[%s %u]", short_name, bits);
  if (strlen (title) > COLUMNS - 1)
    {
      g_free (title);
      title = g_strdup_printf ("[%s]", short_name);
    }

  append_border (picture, title);
  for (int row = 0; row < ROWS; row++)
    {
      g_string_append (picture, "\n|");
      for (int column = 0; column < COLUMNS; column++)
        if (row == y && column == x)
          g_string_append_c (picture, 'E');
        else if (row == ROWS / 2 && column == COLUMNS / 2)
          g_string_append_c (picture, 'S');
        else
          g_string_append_c (picture, coins[board[row][column]]);
      g_string_append_c (picture, '|');
    }
  g_string_append_c (picture, '\n');
  append_border (picture, "[SHA256]");
  return g_string_free (picture, FALSE);
}
