#include "config.h"

#include "remote/wherry-sftp-codec.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-error.h"

/**
 * wherry_sftp_begin:
 * @output: where the packet goes, behind what is there
 * @type: its type
 * @id: the request's number; for %WHERRY_SFTP_INIT the version
 *
 * Begins a packet.
 *
 * Returns: where it starts, for wherry_sftp_end()
 */
gsize
wherry_sftp_begin (GByteArray *output, WherrySftpType type, guint32 id)
{
  gsize start = output->len;
  guint8 byte = (guint8) type;

  wherry_sftp_put_u32 (output, 0);
  g_byte_array_append (output, &byte, 1);
  wherry_sftp_put_u32 (output, id);
  return start;
}

/**
 * wherry_sftp_put_u32:
 * @output: a packet that was begun
 * @value: a number
 */
void
wherry_sftp_put_u32 (GByteArray *output, guint32 value)
{
  guint32 wire = GUINT32_TO_BE (value);

  g_byte_array_append (output, (const guint8 *) &wire, sizeof wire);
}

/**
 * wherry_sftp_put_u64:
 * @output: a packet that was begun
 * @value: a number
 */
void
wherry_sftp_put_u64 (GByteArray *output, guint64 value)
{
  guint64 wire = GUINT64_TO_BE (value);

  g_byte_array_append (output, (const guint8 *) &wire, sizeof wire);
}

/**
 * wherry_sftp_put_bytes:
 * @output: a packet that was begun
 * @bytes: a string of any bytes
 * @length: how many
 */
void
wherry_sftp_put_bytes (GByteArray *output, gconstpointer bytes, gsize length)
{
  wherry_sftp_put_u32 (output, (guint32) length);
  if (length > 0)
    g_byte_array_append (output, bytes, (guint) length);
}

/**
 * wherry_sftp_put_string:
 * @output: a packet that was begun
 * @string: a path or a name, as bytes
 */
void
wherry_sftp_put_string (GByteArray *output, const char *string)
{
  wherry_sftp_put_bytes (output, string, strlen (string));
}

/**
 * wherry_sftp_put_attrs:
 * @output: a packet that was begun
 * @attrs: attributes; those of its flags go out (section 5)
 */
void
wherry_sftp_put_attrs (GByteArray *output, const WherrySftpAttrs *attrs)
{
  wherry_sftp_put_u32 (output, attrs->flags & ~WHERRY_SFTP_ATTR_EXTENDED);
  if (attrs->flags & WHERRY_SFTP_ATTR_SIZE)
    wherry_sftp_put_u64 (output, attrs->size);
  if (attrs->flags & WHERRY_SFTP_ATTR_OWNERS)
    {
      wherry_sftp_put_u32 (output, attrs->uid);
      wherry_sftp_put_u32 (output, attrs->gid);
    }
  if (attrs->flags & WHERRY_SFTP_ATTR_MODE)
    wherry_sftp_put_u32 (output, attrs->mode);
  if (attrs->flags & WHERRY_SFTP_ATTR_TIMES)
    {
      wherry_sftp_put_u32 (output, attrs->atime);
      wherry_sftp_put_u32 (output, attrs->mtime);
    }
}

/**
 * wherry_sftp_end:
 * @output: where the packet is
 * @start: where it starts
 *
 * Ends a packet: its length is known now.
 */
void
wherry_sftp_end (GByteArray *output, gsize start)
{
  guint32 wire = GUINT32_TO_BE ((guint32) (output->len - start - 4));

  memcpy (output->data + start, &wire, sizeof wire);
}

/**
 * wherry_sftp_measure_packet:
 * @data: bytes that came, from a packet's start
 * @length: how many
 * @packet_length: (out): the whole packet's length with its head; 0: more bytes
 *   are needed to tell
 * @error: return location for %WHERRY_ERROR_PROTOCOL
 *
 * Finds where a packet ends. A length that no packet has mostly means that the
 * server's start-up files print text.
 *
 * Returns: %FALSE if these bytes are no packet
 */
gboolean
wherry_sftp_measure_packet (const guint8 *data, gsize length, gsize *packet_length, GError **error)
{
  guint32 wire;

  *packet_length = 0;
  if (length < sizeof wire)
    return TRUE;
  memcpy (&wire, data, sizeof wire);
  wire = GUINT32_FROM_BE (wire);
  /* Every packet that a server sends has a type, and a number or version. */
  if (wire < 5 || wire > WHERRY_SFTP_PACKET_MAX)
    {
      g_set_error_literal (error, WHERRY_ERROR, WHERRY_ERROR_PROTOCOL,
                           _ ("The server’s answer is not SFTP"));
      return FALSE;
    }
  *packet_length = (gsize) wire + 4;
  return TRUE;
}

static const guint8 *
take (WherrySftpReader *self, gsize length)
{
  const guint8 *data = self->data;

  if (self->bad || length > self->left)
    {
      self->bad = TRUE;
      return NULL;
    }
  self->data += length;
  self->left -= length;
  return data;
}

/**
 * wherry_sftp_get_u8:
 * @self: a reader
 *
 * Returns: the next byte
 */
guint8
wherry_sftp_get_u8 (WherrySftpReader *self)
{
  const guint8 *data = take (self, 1);

  return data != NULL ? *data : 0;
}

/**
 * wherry_sftp_get_u32:
 * @self: a reader
 *
 * Returns: the next number of 32 bits
 */
guint32
wherry_sftp_get_u32 (WherrySftpReader *self)
{
  guint32 wire = 0;
  const guint8 *data = take (self, sizeof wire);

  if (data != NULL)
    memcpy (&wire, data, sizeof wire);
  return GUINT32_FROM_BE (wire);
}

/**
 * wherry_sftp_get_u64:
 * @self: a reader
 *
 * Returns: the next number of 64 bits
 */
guint64
wherry_sftp_get_u64 (WherrySftpReader *self)
{
  guint64 wire = 0;
  const guint8 *data = take (self, sizeof wire);

  if (data != NULL)
    memcpy (&wire, data, sizeof wire);
  return GUINT64_FROM_BE (wire);
}

/**
 * wherry_sftp_get_bytes:
 * @self: a reader
 * @length: (out): how many bytes
 *
 * Returns: (transfer none): the next string, within the packet and not
 *   NUL-terminated; never %NULL
 */
const char *
wherry_sftp_get_bytes (WherrySftpReader *self, gsize *length)
{
  gsize announced = wherry_sftp_get_u32 (self);
  const guint8 *data = take (self, announced);

  *length = data != NULL ? announced : 0;
  return data != NULL ? (const char *) data : "";
}

/**
 * wherry_sftp_get_attrs:
 * @self: a reader
 * @attrs: (out caller-allocates): the next attributes; what is not there is 0
 */
void
wherry_sftp_get_attrs (WherrySftpReader *self, WherrySftpAttrs *attrs)
{
  memset (attrs, 0, sizeof *attrs);
  attrs->flags = wherry_sftp_get_u32 (self);
  if (attrs->flags & WHERRY_SFTP_ATTR_SIZE)
    attrs->size = wherry_sftp_get_u64 (self);
  if (attrs->flags & WHERRY_SFTP_ATTR_OWNERS)
    {
      attrs->uid = wherry_sftp_get_u32 (self);
      attrs->gid = wherry_sftp_get_u32 (self);
    }
  if (attrs->flags & WHERRY_SFTP_ATTR_MODE)
    attrs->mode = wherry_sftp_get_u32 (self);
  if (attrs->flags & WHERRY_SFTP_ATTR_TIMES)
    {
      attrs->atime = wherry_sftp_get_u32 (self);
      attrs->mtime = wherry_sftp_get_u32 (self);
    }
  if (attrs->flags & WHERRY_SFTP_ATTR_EXTENDED)
    {
      guint32 count = wherry_sftp_get_u32 (self);
      gsize length;

      /* A count that lies ends with the packet. */
      for (guint32 i = 0; i < count && !self->bad; i++)
        {
          wherry_sftp_get_bytes (self, &length);
          wherry_sftp_get_bytes (self, &length);
        }
    }
  if (self->bad)
    memset (attrs, 0, sizeof *attrs);
}

/**
 * wherry_sftp_get_name:
 * @self: a reader, within a NAME packet, behind the count
 * @name: (out caller-allocates): the next name
 *
 * Returns: %FALSE if there is none
 */
gboolean
wherry_sftp_get_name (WherrySftpReader *self, WherrySftpName *name)
{
  name->name = wherry_sftp_get_bytes (self, &name->name_length);
  name->long_name = wherry_sftp_get_bytes (self, &name->long_name_length);
  wherry_sftp_get_attrs (self, &name->attrs);
  return !self->bad;
}

static char *
dup_word (const char *word, gsize length)
{
  /* Nothing that is longer is a name of an account. */
  if (length == 0 || length > 64 || !g_utf8_validate (word, (gssize) length, NULL))
    return NULL;
  return g_strndup (word, length);
}

/**
 * wherry_sftp_split_long_name:
 * @long_name: what a server sends beside a name
 * @length: its length in bytes
 * @owner: (out) (nullable) (transfer full): the owner it names
 * @group: (out) (nullable) (transfer full): the group it names
 *
 * Version 3 tells owners by number only; their names stand in a line meant for
 * the eye: mode, links, owner, group (section 7). A line that does not begin
 * like that tells nothing.
 *
 * Returns: whether both are known
 */
gboolean
wherry_sftp_split_long_name (const char *long_name, gsize length, char **owner, char **group)
{
  const char *words[4];
  gsize lengths[4];
  gsize at = 0;

  *owner = *group = NULL;
  for (guint i = 0; i < 4; i++)
    {
      while (at < length && long_name[at] == ' ')
        at++;
      words[i] = long_name + at;
      while (at < length && long_name[at] != ' ')
        at++;
      lengths[i] = (gsize) (long_name + at - words[i]);
    }
  if (lengths[0] < 10 || lengths[0] > 11 || strchr ("-dlbcpsD?", words[0][0]) == NULL)
    return FALSE;
  for (gsize i = 0; i < lengths[1]; i++)
    if (!g_ascii_isdigit (words[1][i]) && words[1][i] != '?')
      return FALSE;

  *owner = dup_word (words[2], lengths[2]);
  *group = dup_word (words[3], lengths[3]);
  if (*owner != NULL && *group != NULL)
    return TRUE;
  g_clear_pointer (owner, g_free);
  g_clear_pointer (group, g_free);
  return FALSE;
}
