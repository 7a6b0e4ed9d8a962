#include "transfer/wherry-file-log.h"

#include <string.h>

#include "local/wherry-number-set.h"

/* All that is kept of one transfer, in bytes. */
#define SIZE_MAX_KEPT (32 * 1024 * 1024)

/* A server that chose its names so that all are looked for in one place gains no time by it: some
 * are not listed. */
#define PROBES_MAX 256

/* So many are looked at before whoever copies gets a word in. */
#define STRIDE 4096

typedef struct {
  guint64 size;
  guint32 name; /* where it begins in the names */
  guint32 failure;
  guint8 state; /* WherryFileState */
} Entry;

struct _WherryFileLog {
  gatomicrefcount ref_count;

  GMutex lock;
  GArray *entries;   /* of Entry */
  GByteArray *names; /* each with its NUL */
  guint32 *slots;    /* by name: the number of an entry and 1; 0: free */
  gsize n_slots;     /* a power of two, or 0 */
  guint counts[WHERRY_N_FILE_STATES];
};

/**
 * wherry_file_log_new:
 *
 * Returns: (transfer full): an empty log
 */
WherryFileLog *
wherry_file_log_new (void)
{
  WherryFileLog *self = g_new0 (WherryFileLog, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  self->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  self->names = g_byte_array_new ();
  return self;
}

/**
 * wherry_file_log_ref:
 * @self: a log
 *
 * Returns: (transfer full): @self
 */
WherryFileLog *
wherry_file_log_ref (WherryFileLog *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * wherry_file_log_unref:
 * @self: (transfer full): a log
 */
void
wherry_file_log_unref (WherryFileLog *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_array_unref (self->entries);
  g_byte_array_unref (self->names);
  g_free (self->slots);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/**
 * wherry_file_entry_clear:
 * @entry: what was read
 *
 * Frees what it holds.
 */
void
wherry_file_entry_clear (WherryFileEntry *entry)
{
  g_clear_pointer (&entry->name, g_free);
}

static Entry *
get_entry (WherryFileLog *self, guint index)
{
  return &g_array_index (self->entries, Entry, index);
}

static const char *
get_name (WherryFileLog *self, guint index)
{
  return (const char *) self->names->data + get_entry (self, index)->name;
}

/* The slot of a name, or the free one it would take; NULL if it is not to be had. */
static guint32 *
find_slot (WherryFileLog *self, const char *name)
{
  gsize i = wherry_number_set_hash_name (name) & (self->n_slots - 1);

  for (guint probe = 0; self->n_slots > 0 && probe < PROBES_MAX; probe++)
    {
      guint32 *slot = &self->slots[(i + probe) & (self->n_slots - 1)];

      if (*slot == 0 || g_str_equal (get_name (self, *slot - 1), name))
        return slot;
    }
  return NULL;
}

static void
grow (WherryFileLog *self)
{
  g_free (self->slots);
  self->n_slots = MAX (self->n_slots * 2, 16);
  self->slots = g_new0 (guint32, self->n_slots);
  for (guint i = 0; i < self->entries->len; i++)
    {
      guint32 *slot = find_slot (self, get_name (self, i));

      if (slot != NULL)
        *slot = i + 1;
    }
}

static gboolean
has_room (WherryFileLog *self, gsize length)
{
  gsize n = self->entries->len + 1;

  return n * sizeof (Entry) + self->n_slots * sizeof *self->slots + self->names->len + length
         <= SIZE_MAX_KEPT;
}

/* The entry of that name, a new one if need be; NULL if there is no room for it. */
static Entry *
find (WherryFileLog *self, const char *name)
{
  gsize length = strlen (name) + 1;
  Entry entry
      = { WHERRY_FILE_SIZE_UNKNOWN, self->names->len, WHERRY_FILE_NO_FAILURE, WHERRY_FILE_WAITING };
  guint32 *slot = find_slot (self, name);

  if (slot != NULL && *slot != 0)
    return get_entry (self, *slot - 1);
  if (!has_room (self, length))
    return NULL;
  if (self->entries->len >= self->n_slots / 2)
    {
      grow (self);
      slot = find_slot (self, name);
    }
  if (slot == NULL)
    return NULL;
  g_byte_array_append (self->names, (const guint8 *) name, (guint) length);
  g_array_append_val (self->entries, entry);
  *slot = self->entries->len;
  self->counts[entry.state]++;
  return get_entry (self, self->entries->len - 1);
}

static void
set_state (WherryFileLog *self, Entry *entry, WherryFileState state)
{
  self->counts[entry->state]--;
  entry->state = (guint8) state;
  self->counts[state]++;
}

/**
 * wherry_file_log_reset:
 * @self: a log
 * @states: a bit `1 << state` for each state
 *
 * Has the files that are in one of @states wait again.
 */
void
wherry_file_log_reset (WherryFileLog *self, guint states)
{
  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = get_entry (self, i);

      if (states & (1u << entry->state))
        set_state (self, entry, WHERRY_FILE_WAITING);
    }
  g_mutex_unlock (&self->lock);
}

/**
 * wherry_file_log_set:
 * @self: a log
 * @name: a file's path below the source, as bytes
 * @size: its size in bytes, or %WHERRY_FILE_SIZE_UNKNOWN
 * @state: its state. %WHERRY_FILE_WAITING is no news of one that is known
 */
void
wherry_file_log_set (WherryFileLog *self, const char *name, guint64 size, WherryFileState state)
{
  g_mutex_lock (&self->lock);
  Entry *entry = find (self, name);
  if (entry != NULL)
    {
      if (size != WHERRY_FILE_SIZE_UNKNOWN)
        entry->size = size;
      if (state != WHERRY_FILE_WAITING)
        set_state (self, entry, state);
    }
  g_mutex_unlock (&self->lock);
}

/**
 * wherry_file_log_fail:
 * @self: a log
 * @name: the path below the source of what is not there, as bytes
 * @failure: its place among the transfer's failures, or %WHERRY_FILE_NO_FAILURE
 */
void
wherry_file_log_fail (WherryFileLog *self, const char *name, guint32 failure)
{
  g_mutex_lock (&self->lock);
  Entry *entry = find (self, name);
  if (entry != NULL)
    {
      entry->failure = failure;
      set_state (self, entry, WHERRY_FILE_FAILED);
    }
  g_mutex_unlock (&self->lock);
}

/**
 * wherry_file_log_count:
 * @self: a log
 * @counts: (out) (optional) (array fixed-size=6): how many are in each state
 *
 * Returns: how many files are listed
 */
guint
wherry_file_log_count (WherryFileLog *self, guint counts[WHERRY_N_FILE_STATES])
{
  g_mutex_lock (&self->lock);
  guint n = self->entries->len;
  if (counts != NULL)
    memcpy (counts, self->counts, sizeof self->counts);
  g_mutex_unlock (&self->lock);
  return n;
}

/**
 * wherry_file_log_read:
 * @self: a log
 * @index: which file, in the order they came up
 * @entry: (out caller-allocates): what is known of it, to be cleared
 *
 * Returns: %FALSE if there are not that many
 */
gboolean
wherry_file_log_read (WherryFileLog *self, guint index, WherryFileEntry *entry)
{
  *entry = (WherryFileEntry){ 0 };
  g_mutex_lock (&self->lock);
  gboolean there = index < self->entries->len;
  if (there)
    {
      const Entry *kept = get_entry (self, index);

      entry->name = g_strdup (get_name (self, index));
      entry->size = kept->size;
      entry->failure = kept->failure;
      entry->state = kept->state;
    }
  g_mutex_unlock (&self->lock);
  return there;
}

/* ASCII is looked for without a copy of each name. */
static gboolean
contains (const char *name, const char *text, gsize length, gboolean ascii)
{
  if (!ascii)
    {
      g_autofree char *valid = g_utf8_make_valid (name, -1);
      g_autofree char *folded = g_utf8_casefold (valid, -1);

      return strstr (folded, text) != NULL;
    }
  for (; *name != '\0'; name++)
    if (g_ascii_tolower (*name) == *text && g_ascii_strncasecmp (name, text, length) == 0)
      return TRUE;
  return FALSE;
}

/**
 * wherry_file_log_find:
 * @self: a log
 * @from: the first file to look at
 * @text: (nullable): what is to be in the name, whether in capitals or not; %NULL
 *   or "": anything
 * @indices: (element-type guint): which files have it is added to this
 *
 * Returns: up to where was looked: @from for another time
 */
guint
wherry_file_log_find (WherryFileLog *self, guint from, const char *text, GArray *indices)
{
  gboolean ascii = text == NULL || g_str_is_ascii (text);
  g_autofree char *folded = text == NULL ? g_strdup ("")
                            : ascii      ? g_ascii_strdown (text, -1)
                                         : g_utf8_casefold (text, -1);
  gsize length = strlen (folded);
  gboolean more = TRUE;

  while (more)
    {
      g_mutex_lock (&self->lock);
      guint end = MIN (from + STRIDE, self->entries->len);
      for (; from < end; from++)
        if (length == 0 || contains (get_name (self, from), folded, length, ascii))
          g_array_append_val (indices, from);
      more = from < self->entries->len;
      g_mutex_unlock (&self->lock);
    }
  return from;
}

/**
 * wherry_file_log_select:
 * @self: a log
 * @among: (element-type guint): files, from wherry_file_log_find()
 * @states: a bit `1 << state` for each state that is wanted
 * @indices: (element-type guint): those of @among that are in one of them are
 *   added to this
 */
void
wherry_file_log_select (WherryFileLog *self, GArray *among, guint states, GArray *indices)
{
  for (guint i = 0; i < among->len;)
    {
      g_mutex_lock (&self->lock);
      guint end = MIN (i + STRIDE, among->len);
      for (; i < end; i++)
        {
          guint index = g_array_index (among, guint, i);

          if (states & (1u << get_entry (self, index)->state))
            g_array_append_val (indices, index);
        }
      g_mutex_unlock (&self->lock);
    }
}
