#include "config.h"

#include "scp/wherry-scp-record.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"

/* What is left of the line that is parsed. */
typedef struct {
  const char *at;
  gsize left;
} Cursor;

/* Reads decimal digits and nothing else: no sign, no blank, no empty number, as strtoull() would
 * take. */
static gboolean
take_number (Cursor *cursor, guint64 limit, guint64 *number)
{
  guint64 value = 0;
  gsize n = 0;

  while (n < cursor->left && g_ascii_isdigit (cursor->at[n]))
    {
      guint64 digit = (guint64) (cursor->at[n] - '0');

      if (value > (limit - digit) / 10)
        return FALSE;
      value = value * 10 + digit;
      n++;
    }
  if (n == 0)
    return FALSE;

  cursor->at += n;
  cursor->left -= n;
  *number = value;
  return TRUE;
}

static gboolean
take_space (Cursor *cursor)
{
  if (cursor->left == 0 || *cursor->at != ' ')
    return FALSE;
  cursor->at++;
  cursor->left--;
  return TRUE;
}

static gboolean
take_mode (Cursor *cursor, guint32 *mode)
{
  guint32 value = 0;

  if (cursor->left < 4)
    return FALSE;
  for (int i = 0; i < 4; i++)
    {
      if (cursor->at[i] < '0' || cursor->at[i] > '7')
        return FALSE;
      value = value << 3 | (guint32) (cursor->at[i] - '0');
    }

  cursor->at += 4;
  cursor->left -= 4;
  *mode = value;
  return TRUE;
}

static gboolean
parse_times (Cursor *cursor, WherryScpTimes *times)
{
  guint64 mtime, atime, microseconds;

  if (!take_number (cursor, G_MAXINT64, &mtime) || !take_space (cursor)
      || !take_number (cursor, 999999, &microseconds) || !take_space (cursor)
      || !take_number (cursor, G_MAXINT64, &atime) || !take_space (cursor)
      || !take_number (cursor, 999999, &microseconds) || cursor->left != 0)
    return FALSE;

  times->mtime = (gint64) mtime;
  times->atime = (gint64) atime;
  return TRUE;
}

static gboolean
parse_entry (Cursor *cursor, WherryScpRecord *record)
{
  if (!take_mode (cursor, &record->mode) || !take_space (cursor)
      || !take_number (cursor, G_MAXINT64, &record->size) || !take_space (cursor))
    return FALSE;

  record->name = cursor->at;
  record->name_length = cursor->left;
  return TRUE;
}

/**
 * wherry_scp_record_parse:
 * @line: (array length=length): a record without its newline, as bytes
 * @length: its length in bytes
 * @record: (out caller-allocates): the record; its name points into @line
 * @error: return location for a #GError
 *
 * Reads one record as sink() of OpenSSH's scp.c does, but strictly (rule R5):
 * exactly four octal digits of mode, numbers of decimal digits alone and up to
 * 2^63-1, microseconds up to 999,999, and nothing after the last field. A
 * directory's size means nothing and is read as 0.
 *
 * Fails with %WHERRY_ERROR_PROTOCOL.
 *
 * Returns: whether it is a record
 */
gboolean
wherry_scp_record_parse (const char *line, gsize length, WherryScpRecord *record, GError **error)
{
  Cursor cursor = { 0 };
  gboolean good = FALSE;

  g_return_val_if_fail (line != NULL || length == 0, FALSE);
  g_return_val_if_fail (record != NULL, FALSE);

  *record = (WherryScpRecord){ 0 };

  if (length > 0 && length <= WHERRY_SCP_RECORD_MAX)
    {
      cursor = (Cursor){ line + 1, length - 1 };
      switch (line[0])
        {
        case 'T':
          record->kind = WHERRY_SCP_RECORD_TIMES;
          good = parse_times (&cursor, &record->times);
          break;
        case 'C':
          record->kind = WHERRY_SCP_RECORD_FILE;
          good = parse_entry (&cursor, record);
          break;
        case 'D':
          record->kind = WHERRY_SCP_RECORD_DIRECTORY;
          good = parse_entry (&cursor, record);
          record->size = 0;
          break;
        case 'E':
          record->kind = WHERRY_SCP_RECORD_END;
          good = cursor.left == 0;
          break;
        default:
          break;
        }
    }

  if (!good)
    {
      g_autofree char *shown = wherry_text_escape (line, (gssize) length, WHERRY_TEXT_SERVER_MAX);

      g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_PROTOCOL,
                   /* Translators: %s is a line of the server's. */
                   _ ("The server broke the SCP protocol: it sent the malformed record “%s”"),
                   shown);
    }
  return good;
}

/**
 * wherry_scp_record_check_name:
 * @name: (array length=length): a name as bytes
 * @length: its length in bytes
 * @error: return location for a #GError
 *
 * Judges whether a name can be sent: SCP has no way to write a newline or NUL
 * in a name, every sink refuses empty, `.`, `..` and `/`, and a record that is
 * too long would be read as two.
 *
 * Fails with %WHERRY_ERROR_REFUSED_NAME.
 *
 * Returns: whether it can be sent
 */
gboolean
wherry_scp_record_check_name (const char *name, gsize length, GError **error)
{
  const gsize longest = WHERRY_SCP_RECORD_SEND_MAX - strlen ("C0644 9223372036854775807 ");
  g_autofree char *shown = NULL;

  g_return_val_if_fail (name != NULL || length == 0, FALSE);

  shown = wherry_text_escape (name, (gssize) length, WHERRY_TEXT_SERVER_MAX);
  if (length == 0)
    g_set_error_literal (error, WHERRY_ERROR, WHERRY_ERROR_REFUSED_NAME,
                         _ ("An entry without a name can’t be sent"));
  else if (length > longest)
    g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_REFUSED_NAME,
                 _ ("“%s” can’t be sent: its name is too long for SCP"), shown);
  else if (memchr (name, '\n', length) != NULL)
    g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_REFUSED_NAME,
                 _ ("“%s” can’t be sent: SCP has no way to send a line break in a name; "
                    "rename it first"),
                 shown);
  else if (memchr (name, '/', length) != NULL || memchr (name, '\0', length) != NULL
           || (length <= 2 && memcmp (name, "..", length) == 0))
    g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_REFUSED_NAME,
                 _ ("“%s” can’t be sent: it is not the name of a file or folder"), shown);
  else
    return TRUE;

  return FALSE;
}

/**
 * wherry_scp_record_append:
 * @output: where the record is added, with its newline
 * @record: what to write; times before the epoch are written as the epoch, as
 *   do_times() of OpenSSH's scp.c does, since a sign breaks the record
 * @error: return location for a #GError
 *
 * Fails as wherry_scp_record_check_name(); @output is then unchanged.
 *
 * Returns: whether it was added
 */
gboolean
wherry_scp_record_append (GByteArray *output, const WherryScpRecord *record, GError **error)
{
  char head[80];

  g_return_val_if_fail (output != NULL && record != NULL, FALSE);
  g_return_val_if_fail (record->size <= G_MAXINT64, FALSE);

  switch (record->kind)
    {
    case WHERRY_SCP_RECORD_TIMES:
      g_snprintf (head, sizeof head, "T%" G_GINT64_FORMAT " 0 %" G_GINT64_FORMAT " 0",
                  MAX (record->times.mtime, 0), MAX (record->times.atime, 0));
      break;

    case WHERRY_SCP_RECORD_FILE:
    case WHERRY_SCP_RECORD_DIRECTORY:
      if (!wherry_scp_record_check_name (record->name, record->name_length, error))
        return FALSE;
      g_snprintf (head, sizeof head, "%c%04o %" G_GUINT64_FORMAT " ",
                  record->kind == WHERRY_SCP_RECORD_FILE ? 'C' : 'D', record->mode & 07777,
                  record->kind == WHERRY_SCP_RECORD_FILE ? record->size : 0);
      break;

    case WHERRY_SCP_RECORD_END:
      g_strlcpy (head, "E", sizeof head);
      break;

    default:
      g_return_val_if_reached (FALSE);
    }

  g_byte_array_append (output, (const guint8 *) head, (guint) strlen (head));
  if (record->kind == WHERRY_SCP_RECORD_FILE || record->kind == WHERRY_SCP_RECORD_DIRECTORY)
    g_byte_array_append (output, (const guint8 *) record->name, (guint) record->name_length);
  g_byte_array_append (output, (const guint8 *) "\n", 1);
  return TRUE;
}
