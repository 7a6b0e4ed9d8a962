/* Whatever an SFTP server sends, it is read within its bounds, and a lie ends with the packet. */
#include <string.h>

#include "remote/wherry-sftp-codec.h"
#include "fuzz.h"

static void
read_names (WherrySftpReader reader)
{
  const guint8 *end = reader.data + reader.left;
  guint32 count = wherry_sftp_get_u32 (&reader);
  WherrySftpName name;

  for (guint32 i = 0; i < count && wherry_sftp_get_name (&reader, &name); i++)
    {
      g_autofree char *owner = NULL;
      g_autofree char *group = NULL;

      g_assert ((const guint8 *) name.name + name.name_length <= end || name.name_length == 0);
      wherry_sftp_split_long_name (name.long_name, name.long_name_length, &owner, &group);
      g_assert ((owner == NULL) == (group == NULL));
      g_assert (owner == NULL || g_utf8_validate (owner, -1, NULL));
    }
}

/* What is read is written as the same, but for what is never sent. */
static void
read_attrs (WherrySftpReader reader)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  WherrySftpAttrs attrs, again;

  wherry_sftp_get_attrs (&reader, &attrs);
  if (reader.bad)
    {
      g_assert (attrs.flags == 0);
      return;
    }
  wherry_sftp_put_attrs (bytes, &attrs);
  reader = (WherrySftpReader){ bytes->data, bytes->len, FALSE };
  wherry_sftp_get_attrs (&reader, &again);
  g_assert (!reader.bad && again.size == attrs.size && again.mode == attrs.mode
            && again.mtime == attrs.mtime && again.uid == attrs.uid);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autofree guint8 *copy = NULL;
  WherrySftpReader reader;
  gsize length;

  if (!wherry_sftp_measure_packet (data, size, &length, &error))
    {
      g_assert (error != NULL);
      return 0;
    }
  g_assert (error == NULL && length <= WHERRY_SFTP_PACKET_MAX + 4);
  if (length == 0 || length > size)
    return 0;
  copy = g_memdup2 (data, length);
  reader = (WherrySftpReader){ copy + 4, length - 4, FALSE };
  wherry_sftp_get_u8 (&reader);
  wherry_sftp_get_u32 (&reader);
  read_names (reader);
  read_attrs (reader);
  wherry_sftp_get_bytes (&reader, &length);
  wherry_sftp_get_u64 (&reader);
  return 0;
}
