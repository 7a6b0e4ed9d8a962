/* What is read as a record is written as the same record, and is read again as the same. */
#include <string.h>

#include "scp/wherry-scp-record.h"
#include "fuzz.h"

static void
check_again (const WherryScpRecord *record)
{
  g_autoptr (GByteArray) output = g_byte_array_new ();
  WherryScpRecord again;

  if (!wherry_scp_record_append (output, record, NULL))
    {
      g_assert (output->len == 0);
      g_assert (!wherry_scp_record_check_name (record->name, record->name_length, NULL));
      return;
    }

  g_assert (output->len <= WHERRY_SCP_RECORD_SEND_MAX + 1);
  g_assert (memchr (output->data, '\n', output->len) == output->data + output->len - 1);
  g_assert (wherry_scp_record_parse ((const char *) output->data, output->len - 1, &again, NULL));
  g_assert (again.kind == record->kind);
  g_assert (again.mode == record->mode);
  g_assert (again.size == record->size);
  g_assert (again.times.mtime == record->times.mtime);
  g_assert (again.times.atime == record->times.atime);
  g_assert (again.name_length == record->name_length);
  g_assert (again.name_length == 0 || memcmp (again.name, record->name, again.name_length) == 0);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  const char *line = (const char *) data;
  g_autoptr (GError) error = NULL;
  WherryScpRecord record;
  gboolean named;

  if (!wherry_scp_record_parse (line, size, &record, &error))
    {
      g_assert (error != NULL && g_utf8_validate (error->message, -1, NULL));
      return 0;
    }

  g_assert (error == NULL);
  g_assert (record.mode <= 07777 && record.size <= G_MAXINT64);
  g_assert (record.times.mtime >= 0 && record.times.atime >= 0);
  named = record.kind == WHERRY_SCP_RECORD_FILE || record.kind == WHERRY_SCP_RECORD_DIRECTORY;
  g_assert (named ? record.name + record.name_length == line + size : record.name == NULL);
  check_again (&record);
  return 0;
}
