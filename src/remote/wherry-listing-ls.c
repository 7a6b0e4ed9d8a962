/*
 * Reading `ls -l`, the last resort. The columns are found by the date, which
 * has two forms; what stands before it is the size, or a device's two numbers;
 * what stands between that and the permissions are the owners, and a count of
 * links that some leave out.
 */
#include "config.h"

#include <string.h>
#include <sys/stat.h>

#include "base/wherry-text.h"
#include "remote/wherry-listing.h"
#include "remote/wherry-remote-entry-private.h"
#include "remote/wherry-remote-mode.h"

#define WORDS_MAX 24

typedef struct {
  const char *start;
  gsize length;
} Word;

typedef struct {
  Word words[WORDS_MAX];
  guint n_words;
  const char *end; /* of the line */
} Line;

static void
split_line (const char *start, const char *end, Line *line)
{
  const char *at = start;

  line->n_words = 0;
  line->end = end;
  while (line->n_words < WORDS_MAX)
    {
      Word *word = &line->words[line->n_words];

      while (at < end && (*at == ' ' || *at == '\t'))
        at++;
      if (at == end)
        return;
      word->start = at;
      while (at < end && *at != ' ' && *at != '\t')
        at++;
      word->length = (gsize) (at - word->start);
      line->n_words++;
    }
}

static gboolean
get_number (Word word, guint64 *value)
{
  guint64 result = 0;

  if (word.length == 0 || word.length > 18)
    return FALSE;
  for (gsize i = 0; i < word.length; i++)
    {
      if (!g_ascii_isdigit (word.start[i]))
        return FALSE;
      result = result * 10 + (guint64) (word.start[i] - '0');
    }
  *value = result;
  return TRUE;
}

/* Two numbers with one character between, such as 10:12. */
static gboolean
get_pair (Word word, char between, guint64 *first, guint64 *second)
{
  const char *mark = memchr (word.start, between, word.length);

  if (mark == NULL)
    return FALSE;
  return get_number ((Word){ word.start, (gsize) (mark - word.start) }, first)
         && get_number ((Word){ mark + 1, (gsize) (word.start + word.length - mark - 1) }, second);
}

static gint64
make_time (guint64 year, guint64 month, guint64 day, guint64 hour, guint64 minute, guint64 second)
{
  g_autoptr (GDateTime) time = NULL;

  if (year < 1 || year > 9999 || month > 12 || day > 31 || hour > 23 || minute > 59 || second > 59)
    return -1;
  time = g_date_time_new_utc ((int) year, (int) month, (int) day, (int) hour, (int) minute,
                              (double) second);
  return time != NULL ? g_date_time_to_unix (time) : -1;
}

/* 2023-11-14 22:13:20.000000000 +0000, in UTC; BusyBox leaves the fraction out */
static gboolean
parse_full_time (const Line *line, guint at, gint64 *mtime)
{
  guint64 year, month, day, hour, minute, second;
  Word date = line->words[at];
  Word time;

  if (at + 3 >= line->n_words || date.length != 10 || date.start[4] != '-' || date.start[7] != '-')
    return FALSE;
  time = line->words[at + 1];
  if (time.length < 8 || time.start[2] != ':' || time.start[5] != ':'
      || !get_number ((Word){ date.start, 4 }, &year)
      || !get_number ((Word){ date.start + 5, 2 }, &month)
      || !get_number ((Word){ date.start + 8, 2 }, &day)
      || !get_number ((Word){ time.start, 2 }, &hour)
      || !get_number ((Word){ time.start + 3, 2 }, &minute)
      || !get_number ((Word){ time.start + 6, 2 }, &second))
    return FALSE;
  *mtime = make_time (year, month, day, hour, minute, second);
  return *mtime >= 0;
}

static guint
get_month (Word word)
{
  static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

  for (guint i = 0; word.length == 3 && i < 12; i++)
    if (memcmp (word.start, months + 3 * i, 3) == 0)
      return i + 1;
  return 0;
}

/* "Nov 14 22:13", of the last year, or "Nov 14 2023"; in UTC. Some put the day first. */
static gboolean
parse_short_time (const Line *line, guint at, gint64 now, gint64 *mtime)
{
  guint64 day, year, hour, minute;
  guint month;
  Word when;

  if (at + 3 >= line->n_words)
    return FALSE;
  month = get_month (line->words[at]);
  if (month != 0
          ? !get_number (line->words[at + 1], &day)
          : (month = get_month (line->words[at + 1])) == 0 || !get_number (line->words[at], &day))
    return FALSE;
  when = line->words[at + 2];
  if (when.length == 4 && get_number (when, &year))
    *mtime = make_time (year, month, day, 0, 0, 0);
  else if (get_pair (when, ':', &hour, &minute))
    {
      g_autoptr (GDateTime) today = g_date_time_new_from_unix_utc (now);

      year = today != NULL ? (guint64) g_date_time_get_year (today) : 1970;
      *mtime = make_time (year, month, day, hour, minute, 0);
      /* A day is left for clocks that differ. */
      if (*mtime > now + 24 * 60 * 60)
        *mtime = make_time (year - 1, month, day, hour, minute, 0);
      /* The 29th of February is not in every year. */
      if (*mtime < 0)
        *mtime = make_time (year - 1, month, day, hour, minute, 0);
    }
  else
    return FALSE;
  return *mtime >= 0;
}

static gboolean
parse_permissions (Word word, guint32 *mode)
{
  g_autofree char *text = NULL;
  guint32 permissions;

  if (word.length < 10 || word.length > 12 || memchr ("-dlbcpsD", word.start[0], 8) == NULL)
    return FALSE;
  /* After them, a mark of other rights. */
  for (gsize i = 10; i < word.length; i++)
    if (strchr ("+.@", word.start[i]) == NULL || word.start[i] == '\0')
      return FALSE;
  text = g_strndup (word.start + 1, 9);
  if (!wherry_mode_from_symbolic (text, &permissions))
    return FALSE;
  switch (word.start[0])
    {
    case 'd':
      *mode = permissions | S_IFDIR;
      break;
    case 'l':
      *mode = permissions | S_IFLNK;
      break;
    case 'b':
      *mode = permissions | S_IFBLK;
      break;
    case 'c':
      *mode = permissions | S_IFCHR;
      break;
    case 'p':
      *mode = permissions | S_IFIFO;
      break;
    case 's':
    case 'D':
      *mode = permissions | S_IFSOCK;
      break;
    default:
      *mode = permissions | S_IFREG;
      break;
    }
  return TRUE;
}

/* Whether the words before @at end in a size, or in a device's numbers: "8, 0". */
static gboolean
parse_size (const Line *line, guint at, guint32 mode, guint64 *size, guint *owners_end)
{
  gboolean device = S_ISBLK (mode) || S_ISCHR (mode);
  Word before;

  *size = 0;
  if (at < 2)
    return FALSE;
  *owners_end = at - 1;
  if (device && at >= 3)
    {
      before = line->words[at - 2];
      if (before.start[before.length - 1] == ',')
        *owners_end = at - 2;
    }
  if (get_number (line->words[at - 1], size))
    {
      if (device)
        *size = 0;
      return TRUE;
    }
  /* "8,0", or a number in hexadecimal */
  before = line->words[at - 1];
  return device
         && (memchr (before.start, ',', before.length) != NULL
             || (before.length > 2 && memcmp (before.start, "0x", 2) == 0));
}

static void
set_owners (WherryRemoteEntry *entry, const Line *line, guint end)
{
  guint at = 1;
  guint64 number, uid, gid;
  g_autofree char *owner = NULL;
  g_autofree char *group = NULL;

  /* The count of links is left out by some. */
  if (end - at >= 3 && get_number (line->words[at], &number))
    at++;
  if (end - at == 2 && get_number (line->words[at], &uid) && get_number (line->words[at + 1], &gid))
    {
      entry->uid = (guint32) uid;
      entry->gid = (guint32) gid;
      entry->has_ids = uid <= G_MAXUINT32 && gid <= G_MAXUINT32;
      return;
    }
  if (end <= at)
    return;
  /* Names with spaces: the group is taken to be the last word. */
  if (end - at >= 2)
    {
      Word first = line->words[at];
      Word last = line->words[end - 2];
      group = g_utf8_make_valid (line->words[end - 1].start, (gssize) line->words[end - 1].length);
      owner = g_utf8_make_valid (first.start, (last.start + last.length) - first.start);
    }
  else
    owner = g_utf8_make_valid (line->words[at].start, (gssize) line->words[at].length);
  wherry_remote_entry_set_owner (entry, owner, group);
}

/* A link's size is its target's length: that tells which arrow is the one. */
static gsize
find_arrow (const char *name, gsize length, guint64 size)
{
  const char *arrow;

  if (size > 0 && length > size + 4 && memcmp (name + length - size - 4, " -> ", 4) == 0)
    return length - size - 4;
  arrow = memmem (name, length, " -> ", 4);
  return arrow != NULL ? (gsize) (arrow - name) : length;
}

static WherryRemoteEntry *
make_entry (const char *name, gsize length, WherryListingFlags flags)
{
  if (flags & WHERRY_LISTING_ANY)
    return wherry_remote_entry_new ("", 0);
  if (length > 2 && name[0] == '.' && name[1] == '/')
    {
      name += 2;
      length -= 2;
    }
  for (gsize at = 0; at <= length;)
    {
      const char *slash = at < length ? memchr (name + at, '/', length - at) : NULL;
      gsize part = slash != NULL ? (gsize) (slash - name) - at : length - at;

      if (wherry_text_check_name (name + at, part) == WHERRY_NAME_HOSTILE
          || (slash != NULL && !(flags & WHERRY_LISTING_PATHS)))
        return NULL;
      at += part + 1;
    }
  return wherry_remote_entry_new (name, length);
}

/* FALSE if this is no line of a file; @made stays NULL for names that are left out. */
static gboolean
parse_line (const char *start,
            const char *end,
            gint64 now,
            WherryListingFlags flags,
            WherryRemoteEntry **made)
{
  Line line;
  guint32 mode;
  gint64 mtime = -1;
  guint64 size = 0;
  guint owners_end = 0;
  guint last = 0;
  const char *name;
  gsize length, name_length;

  split_line (start, end, &line);
  if (line.n_words < 5 || !parse_permissions (line.words[0], &mode))
    return FALSE;
  for (guint at = 2; at < line.n_words && last == 0; at++)
    {
      if (parse_full_time (&line, at, &mtime))
        last = at + 2;
      else if (parse_short_time (&line, at, now, &mtime))
        last = at + 2;
      if (last != 0 && !parse_size (&line, at, mode, &size, &owners_end))
        last = 0;
    }
  if (last == 0)
    return FALSE;

  /* One space, then the name, which may begin with one. */
  name = line.words[last].start + line.words[last].length + 1;
  if (name >= end)
    return FALSE;
  length = name_length = (gsize) (end - name);
  if (S_ISLNK (mode))
    name_length = find_arrow (name, length, size);
  *made = make_entry (name, name_length, flags);
  if (*made == NULL)
    return TRUE;
  wherry_remote_entry_set_mode (*made, mode);
  (*made)->mtime = mtime;
  (*made)->size = (gint64) size;
  set_owners (*made, &line, owners_end);
  if (S_ISLNK (mode) && length > name_length + 4)
    (*made)->link_target = g_strndup (name + name_length + 4, length - name_length - 4);
  return TRUE;
}

/**
 * wherry_listing_parse_ls:
 * @data: what `ls -lan` wrote, in the C locale and UTC
 * @length: in bytes
 * @now: seconds since 1970, for dates without a year
 * @flags: what names to expect
 *
 * Reads lines. One that can't be read is taken as the rest of a name with a
 * newline if it follows a file's, else left out.
 *
 * Returns: (transfer full) (element-type WherryRemoteEntry): the entries
 */
GPtrArray *
wherry_listing_parse_ls (const char *data, gsize length, gint64 now, WherryListingFlags flags)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func (g_object_unref);
  const char *limit = data + length;
  WherryRemoteEntry *last = NULL;

  for (const char *at = data; at < limit;)
    {
      const char *newline = memchr (at, '\n', (gsize) (limit - at));
      const char *end = newline != NULL ? newline : limit;
      WherryRemoteEntry *entry = NULL;

      if (parse_line (at, end, now, flags, &entry))
        {
          last = entry;
          if (entry != NULL)
            g_ptr_array_add (entries, entry);
        }
      else if (last != NULL && !(flags & WHERRY_LISTING_ANY)
               && memchr (at, '\0', (size_t) (end - at)) == NULL
               && memchr (at, '/', (size_t) (end - at)) == NULL)
        {
          char **part = last->link_target != NULL ? &last->link_target : &last->name;
          g_autofree char *more = g_strndup (at, (gsize) (end - at));
          char *joined = g_strconcat (*part, "\n", more, NULL);

          g_free (*part);
          *part = joined;
        }
      at = end + 1;
    }
  return entries;
}
