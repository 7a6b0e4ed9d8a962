#include "config.h"

#include "remote/wherry-listing.h"

#include <string.h>
#include <sys/stat.h>

#include "base/wherry-text.h"
#include "remote/wherry-remote-entry-private.h"

/* Most bytes of a program's standard error that are kept. */
#define WORDS_MAX (64 * 1024)

/* A part of the bytes that are read. */
typedef struct {
  const char *start;
  gsize length;
} Span;

static const char *
find (const char *data, gsize length, const char *wanted, gsize wanted_length)
{
  return length >= wanted_length ? memmem (data, length, wanted, wanted_length) : NULL;
}

static gboolean
parse_number (Span span, guint base, guint64 max, guint64 *value)
{
  guint64 result = 0;

  if (span.length == 0 || span.length > 24)
    return FALSE;
  for (gsize i = 0; i < span.length; i++)
    {
      int digit = g_ascii_xdigit_value (span.start[i]);

      if (digit < 0 || digit >= (int) base || result > (max - (guint) digit) / base)
        return FALSE;
      result = result * base + (guint) digit;
    }
  *value = result;
  return TRUE;
}

static gboolean
parse_signed (Span span, gint64 *value)
{
  gboolean negative = span.length > 0 && span.start[0] == '-';
  guint64 number;

  if (negative)
    {
      span.start++;
      span.length--;
    }
  if (!parse_number (span, 10, G_MAXINT64, &number))
    return FALSE;
  *value = negative ? -(gint64) number : (gint64) number;
  return TRUE;
}

/* ------------------------------------------------------------------- the frame */

/* The end: MARKER "e" status " " length of the words "\n" words "\n" MARKER "z". */
static gboolean
parse_end (const char *at, const char *limit, const char *marker, WherryAnswer *answer)
{
  gsize marker_length = strlen (marker);
  const char *newline = memchr (at, '\n', MIN ((gsize) (limit - at), 64));
  const char *space = newline != NULL ? memchr (at, ' ', (gsize) (newline - at)) : NULL;
  guint64 status, length;
  const char *words;

  if (space == NULL || !parse_number ((Span){ at, (gsize) (space - at) }, 10, G_MAXINT32, &status)
      || !parse_number ((Span){ space + 1, (gsize) (newline - space - 1) }, 10, G_MAXINT32,
                        &length))
    return FALSE;
  words = newline + 1;
  if ((gsize) (limit - words) < length + 2 + marker_length || words[length] != '\n'
      || memcmp (words + length + 1, marker, marker_length) != 0
      || words[length + 1 + marker_length] != 'z')
    return FALSE;
  answer->status = (int) status;
  answer->words = g_strndup (words, MIN (length, WORDS_MAX));
  return TRUE;
}

/**
 * wherry_answer_parse:
 * @data: all that a command wrote to its standard output
 * @length: in bytes
 * @marker: the command's marker
 * @answer: (out caller-allocates): what stood between its markers; to be cleared
 *
 * Finds a command's own output in what came: start-up files may print before it
 * and others after it.
 *
 * Returns: whether it is there, from its begin to its end
 */
gboolean
wherry_answer_parse (const char *data, gsize length, const char *marker, WherryAnswer *answer)
{
  g_autofree char *begin = g_strconcat (marker, "b", NULL);
  g_autofree char *end = g_strconcat ("\n", marker, "e", NULL);
  gsize begin_length = strlen (begin);
  const char *limit = data + length;
  const char *start, *at;

  memset (answer, 0, sizeof *answer);
  start = find (data, length, begin, begin_length);
  if (start == NULL)
    return FALSE;
  start += begin_length;

  for (at = start; (at = find (at, (gsize) (limit - at), end, begin_length + 1)) != NULL; at++)
    if (parse_end (at + begin_length + 1, limit, marker, answer))
      {
        answer->payload = start;
        answer->length = (gsize) (at - start);
        return TRUE;
      }
  return FALSE;
}

/**
 * wherry_answer_clear:
 * @self: an answer
 *
 * Frees what it holds.
 */
void
wherry_answer_clear (WherryAnswer *self)
{
  g_clear_pointer (&self->words, g_free);
}

/* ------------------------------------------------------------------- names */

static gboolean
check_path (const char *path, gsize length)
{
  while (length > 0)
    {
      const char *slash = memchr (path, '/', length);
      gsize part = slash != NULL ? (gsize) (slash - path) : length;

      if (wherry_text_check_name (path, part) == WHERRY_NAME_HOSTILE)
        return FALSE;
      if (slash == NULL)
        return TRUE;
      path += part + 1;
      length -= part + 1;
    }
  return FALSE;
}

/* NULL for a name that no honest server sends (rule R1), and for `.` and `..`. */
static WherryRemoteEntry *
make_entry (Span name, WherryListingFlags flags)
{
  if (flags & WHERRY_LISTING_ANY)
    return wherry_remote_entry_new ("", 0);
  if (name.length > 2 && name.start[0] == '.' && name.start[1] == '/')
    {
      name.start += 2;
      name.length -= 2;
    }
  if (flags & WHERRY_LISTING_PATHS
          ? !check_path (name.start, name.length)
          : wherry_text_check_name (name.start, name.length) == WHERRY_NAME_HOSTILE)
    return NULL;
  /* check_path() looks at the parts: a NUL is in none of them. */
  return wherry_remote_entry_new (name.start, name.length);
}

/* A number in place of a name means that there is none. */
static char *
dup_account (Span span)
{
  guint64 number;

  if (span.length == 0 || span.length > 256 || parse_number (span, 10, G_MAXUINT64, &number)
      || (span.length == 7 && memcmp (span.start, "UNKNOWN", 7) == 0))
    return NULL;
  return g_utf8_make_valid (span.start, (gssize) span.length);
}

static void
set_accounts (WherryRemoteEntry *entry, Span owner, Span group)
{
  g_autofree char *owner_name = dup_account (owner);
  g_autofree char *group_name = dup_account (group);

  wherry_remote_entry_set_owner (entry, owner_name, group_name);
}

static void
set_ids (WherryRemoteEntry *entry, Span uid, Span gid)
{
  guint64 uid_value, gid_value;

  if (!parse_number (uid, 10, G_MAXUINT32, &uid_value)
      || !parse_number (gid, 10, G_MAXUINT32, &gid_value))
    return;
  entry->uid = (guint32) uid_value;
  entry->gid = (guint32) gid_value;
  entry->has_ids = TRUE;
}

static guint32
type_bits (char letter)
{
  switch (letter)
    {
    case '-':
    case 'f':
      return S_IFREG;
    case 'd':
      return S_IFDIR;
    case 'l':
      return S_IFLNK;
    case 'p':
      return S_IFIFO;
    case 's':
      return S_IFSOCK;
    case 'b':
      return S_IFBLK;
    case 'c':
      return S_IFCHR;
    default:
      return 0;
    }
}

/* ------------------------------------------------------------------- find -printf */

/* %y%Y %s %m %T@ %U %G %u %g %f %l, each ended by NUL */
#define FIND_FIELDS 10

static WherryRemoteEntry *
entry_from_find (const Span *fields, WherryListingFlags flags)
{
  WherryRemoteEntry *entry;
  guint64 size, mode;
  gint64 mtime;
  Span seconds = fields[3];
  const char *dot = memchr (seconds.start, '.', seconds.length);

  if (dot != NULL)
    seconds.length = (gsize) (dot - seconds.start);
  if (fields[0].length != 2 || !parse_number (fields[1], 10, G_MAXINT64, &size)
      || !parse_number (fields[2], 8, 07777, &mode) || !parse_signed (seconds, &mtime))
    return NULL;
  entry = make_entry (fields[8], flags);
  if (entry == NULL)
    return NULL;

  wherry_remote_entry_set_mode (entry, (guint32) mode | type_bits (fields[0].start[0]));
  entry->size = (gint64) size;
  entry->mtime = mtime;
  set_ids (entry, fields[4], fields[5]);
  set_accounts (entry, fields[6], fields[7]);
  if (entry->file_type == G_FILE_TYPE_SYMBOLIC_LINK)
    {
      entry->link_target = g_strndup (fields[9].start, fields[9].length);
      if (fields[0].start[1] != 'l')
        entry->target_type = wherry_remote_file_type_from_mode (type_bits (fields[0].start[1]));
    }
  return entry;
}

/**
 * wherry_listing_parse_find:
 * @data: what GNU find wrote
 * @length: in bytes
 * @flags: what names to expect
 *
 * Reads fields that a NUL ends each, ten an entry. What makes no sense is left
 * out.
 *
 * Returns: (transfer full) (element-type WherryRemoteEntry): the entries
 */
GPtrArray *
wherry_listing_parse_find (const char *data, gsize length, WherryListingFlags flags)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func (g_object_unref);
  const char *limit = data + length;
  const char *at = data;

  for (;;)
    {
      Span fields[FIND_FIELDS];
      WherryRemoteEntry *entry;

      for (guint i = 0; i < FIND_FIELDS; i++)
        {
          const char *nul = at < limit ? memchr (at, '\0', (gsize) (limit - at)) : NULL;

          if (nul == NULL)
            return entries;
          fields[i] = (Span){ at, (gsize) (nul - at) };
          at = nul + 1;
        }
      entry = entry_from_find (fields, flags);
      if (entry != NULL)
        g_ptr_array_add (entries, entry);
    }
}

/* ------------------------------------------------------------------- stat */

/* Splits at the first slashes; the last field is the rest. */
static gboolean
split_fields (Span record, Span *fields, guint n)
{
  for (guint i = 0; i + 1 < n; i++)
    {
      const char *slash = memchr (record.start, '/', record.length);

      if (slash == NULL)
        return FALSE;
      fields[i] = (Span){ record.start, (gsize) (slash - record.start) };
      record.length -= fields[i].length + 1;
      record.start = slash + 1;
    }
  fields[n - 1] = record;
  return TRUE;
}

/* mode in hexadecimal / size / mtime / uid / gid / owner / group / name */
static WherryRemoteEntry *
entry_from_stat (Span record, WherryListingFlags flags)
{
  WherryRemoteEntry *entry;
  guint64 mode, size;
  gint64 mtime;
  Span fields[8];

  if (!split_fields (record, fields, 8) || !parse_number (fields[0], 16, G_MAXUINT32, &mode)
      || !parse_number (fields[1], 10, G_MAXINT64, &size) || !parse_signed (fields[2], &mtime))
    return NULL;
  entry = make_entry (fields[7], flags);
  if (entry == NULL)
    return NULL;
  wherry_remote_entry_set_mode (entry, (guint32) mode);
  entry->size = (gint64) size;
  entry->mtime = mtime;
  set_ids (entry, fields[3], fields[4]);
  set_accounts (entry, fields[5], fields[6]);
  return entry;
}

/* letter / name / target */
static void
add_link (GPtrArray *entries, GHashTable *by_name, Span record, WherryListingFlags flags)
{
  WherryRemoteEntry *entry;
  Span fields[3];

  if (!split_fields (record, fields, 3) || fields[0].length != 1)
    return;
  if (flags & WHERRY_LISTING_ANY)
    entry = entries->len > 0 ? g_ptr_array_index (entries, 0) : NULL;
  else
    {
      g_autofree char *name = g_strndup (fields[1].start, fields[1].length);

      if (g_hash_table_size (by_name) == 0)
        for (guint i = 0; i < entries->len; i++)
          {
            WherryRemoteEntry *one = g_ptr_array_index (entries, i);

            if (one->file_type == G_FILE_TYPE_SYMBOLIC_LINK)
              g_hash_table_insert (by_name, one->name, one);
          }
      entry = g_hash_table_lookup (by_name, name);
    }
  if (entry == NULL || entry->file_type != G_FILE_TYPE_SYMBOLIC_LINK || entry->link_target != NULL)
    return;
  entry->link_target = g_strndup (fields[2].start, fields[2].length);
  entry->target_type = wherry_remote_file_type_from_mode (type_bits (fields[0].start[0]));
}

/**
 * wherry_listing_parse_stat:
 * @data: what `stat` wrote, and what was added about links
 * @length: in bytes
 * @marker: the command's marker
 * @flags: what names to expect
 *
 * Reads records that begin with the marker and S (a file) or L (where a link
 * leads, after all files), and end where the next begins: so a name may hold a
 * newline. What makes no sense is left out.
 *
 * Returns: (transfer full) (element-type WherryRemoteEntry): the entries
 */
GPtrArray *
wherry_listing_parse_stat (const char *data,
                           gsize length,
                           const char *marker,
                           WherryListingFlags flags)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GHashTable) by_name = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree char *separator = g_strconcat ("\n", marker, NULL);
  gsize marker_length = strlen (marker);
  const char *limit = data + length;
  const char *at = data;

  if (length < marker_length || memcmp (data, marker, marker_length) != 0)
    return entries;
  while (at != NULL)
    {
      const char *start = at + marker_length;
      const char *next = find (start, (gsize) (limit - start), separator, marker_length + 1);
      Span record = { start, (gsize) ((next != NULL ? next : limit) - start) };

      at = next != NULL ? next + 1 : NULL;
      /* The last one has its newline still. */
      if (next == NULL && record.length > 0 && record.start[record.length - 1] == '\n')
        record.length--;
      if (record.length == 0)
        continue;
      record.start++;
      record.length--;
      if (record.start[-1] == 'S')
        {
          WherryRemoteEntry *entry = entry_from_stat (record, flags);

          if (entry != NULL)
            g_ptr_array_add (entries, entry);
        }
      else if (record.start[-1] == 'L' && record.length > 0)
        add_link (entries, by_name, record, flags);
    }
  return entries;
}

/**
 * wherry_listing_parse_df:
 * @data: what `df -Pk` or `df -k` wrote
 * @length: in bytes
 * @total: (out): bytes
 * @available: (out): bytes
 *
 * Finds the three numbers before a percentage, wherever they stand: names of
 * devices may hold spaces, or push the rest to a line of its own.
 *
 * Returns: whether they are there
 */
gboolean
wherry_listing_parse_df (const char *data, gsize length, guint64 *total, guint64 *available)
{
  Span words[4] = { 0 };
  const char *limit = data + length;
  const char *at = data;

  while (at < limit)
    {
      const char *start;

      while (at < limit && (*at == ' ' || *at == '\n' || *at == '\t'))
        at++;
      start = at;
      while (at < limit && *at != ' ' && *at != '\n' && *at != '\t')
        at++;
      memmove (words, words + 1, sizeof words - sizeof words[0]);
      words[3] = (Span){ start, (gsize) (at - start) };
      if (words[3].length > 1 && at[-1] == '%' && words[0].length > 0
          && parse_number (words[0], 10, G_MAXUINT64 / 1024, total)
          && parse_number (words[2], 10, G_MAXUINT64 / 1024, available))
        {
          *total *= 1024;
          *available *= 1024;
          return TRUE;
        }
    }
  return FALSE;
}
