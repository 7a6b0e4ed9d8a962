#include "config.h"

#include "sites/wherry-site-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "sites/wherry-bounded-file.h"
#include "sites/wherry-site-private.h"

/* No person keeps so many: what is larger is no file of ours. */
#define FILE_MAX (8 * 1024 * 1024)
#define SITES_MAX 20000

#define FOLDERS_GROUP "Folders"
#define FOLDERS_KEY "paths"

/* How long another Wherry may hold the file, in milliseconds. */
#define LOCK_LIMIT 5000
#define LOCK_INTERVAL 20

#define PREFACE "# The sites of Wherry. Passwords are not kept here.\n"

/*
 * One group of the file, or what stands before the first. A GKeyFile is all or
 * nothing: read group by group, one that is damaged leaves the rest alone.
 */
typedef struct {
  char *text;       /* header included, without blank lines at the end */
  gsize length;     /* of @text in bytes, which may hold a NUL where it is damaged */
  WherrySite *site; /* (nullable): owned */
  char **folders;   /* (nullable): owned */
  char *damage;     /* (nullable): owned: why it can't be read */
} Chunk;

static void
chunk_free (gpointer data)
{
  Chunk *self = data;

  g_free (self->text);
  g_clear_object (&self->site);
  g_strfreev (self->folders);
  g_free (self->damage);
  g_free (self);
}

static gboolean
is_comment_only (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (char **line = lines; *line != NULL; line++)
    {
      g_strstrip (*line);
      if (**line != '\0' && **line != '#')
        return FALSE;
    }
  return TRUE;
}

static void
read_folders (Chunk *self, GKeyFile *key_file, GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_auto (GStrv) paths
      = g_key_file_get_string_list (key_file, FOLDERS_GROUP, FOLDERS_KEY, NULL, &reason);

  for (char **path = paths; reason == NULL && *path != NULL; path++)
    {
      if (**path == '\0')
        g_set_error_literal (&reason, WHERRY_ERROR, WHERRY_ERROR_BAD_LOCATION,
                             _ ("a folder’s name is empty"));
      else
        wherry_site_check_text (WHERRY_SITE_FOLDER, *path, &reason);
    }
  if (reason != NULL)
    g_propagate_error (error, g_steal_pointer (&reason));
  else
    self->folders = g_steal_pointer (&paths);
}

/* Reads what @self holds; says in @damage why it can't be. */
static void
read_chunk (Chunk *self, GHashTable *seen)
{
  g_autoptr (GKeyFile) key_file = g_key_file_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *group = NULL;

  if (strlen (self->text) != self->length || !g_utf8_validate (self->text, -1, NULL))
    {
      self->damage = g_strdup (_ ("it is not text in UTF-8"));
      return;
    }
  if (*self->text != '[')
    {
      if (!is_comment_only (self->text))
        self->damage = g_strdup (_ ("it belongs to no entry"));
      return;
    }

  if (g_key_file_load_from_data (key_file, self->text, self->length, G_KEY_FILE_NONE, &error))
    group = g_key_file_get_start_group (key_file);
  if (group != NULL && g_str_has_prefix (group, WHERRY_SITE_GROUP))
    {
      self->site = wherry_site_new_from_text (self->text, (gssize) self->length, &error);
      if (self->site != NULL
          && !g_hash_table_add (seen, (gpointer) wherry_site_get_id (self->site)))
        {
          g_clear_object (&self->site);
          self->damage = g_strdup (_ ("another entry has the same identifier"));
        }
    }
  else if (g_strcmp0 (group, FOLDERS_GROUP) == 0)
    read_folders (self, key_file, &error);
  if (error != NULL)
    self->damage = wherry_text_escape (error->message, -1, 400);
}

static void
add_chunk (GPtrArray *chunks, const char *text, const char *end, GHashTable *seen)
{
  while (end > text && g_ascii_isspace (end[-1]))
    end--;
  while (text < end && g_ascii_isspace (*text))
    text++;
  if (text == end)
    return;

  Chunk *chunk = g_new0 (Chunk, 1);

  chunk->length = (gsize) (end - text);
  chunk->text = g_malloc (chunk->length + 1);
  memcpy (chunk->text, text, chunk->length);
  chunk->text[chunk->length] = '\0';
  read_chunk (chunk, seen);
  g_ptr_array_add (chunks, chunk);
}

/* Splits a file where a line begins a group: a value never spans lines. */
static GPtrArray *
split (const char *text, gsize length)
{
  GPtrArray *chunks = g_ptr_array_new_with_free_func (chunk_free);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  const char *end = text + length;
  const char *begin = text;

  for (const char *line = text; line < end;)
    {
      const char *newline = memchr (line, '\n', (gsize) (end - line));
      const char *p = line;

      while (p < end && g_ascii_isspace (*p) && *p != '\n')
        p++;
      if (p < end && *p == '[' && line > begin)
        {
          add_chunk (chunks, begin, line, seen);
          begin = line;
        }
      line = newline != NULL ? newline + 1 : end;
    }
  add_chunk (chunks, begin, end, seen);
  return chunks;
}

static Chunk *
find_chunk (GPtrArray *chunks, const char *id, guint *position)
{
  for (guint i = 0; i < chunks->len; i++)
    {
      Chunk *chunk = chunks->pdata[i];
      if (chunk->site != NULL && g_str_equal (wherry_site_get_id (chunk->site), id))
        {
          *position = i;
          return chunk;
        }
    }
  return NULL;
}

static void
apply_texts (GPtrArray *chunks, GHashTable *texts)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter iter;
  gpointer id, text;

  g_hash_table_iter_init (&iter, texts);
  while (g_hash_table_iter_next (&iter, &id, &text))
    {
      guint position = chunks->len;
      Chunk *old = find_chunk (chunks, id, &position);
      const char *words = text;

      if (*words != '\0')
        {
          add_chunk (chunks, words, words + strlen (words), seen);
          if (old != NULL)
            {
              g_ptr_array_insert (chunks, (int) position,
                                  g_ptr_array_steal_index (chunks, chunks->len - 1));
              position++;
            }
        }
      if (old != NULL)
        g_ptr_array_remove_index (chunks, position);
    }
}

static void
apply_folders (GPtrArray *chunks, char **folders)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GKeyFile) key_file = g_key_file_new ();
  g_autofree char *text = NULL;

  for (guint i = chunks->len; i > 0; i--)
    if (((Chunk *) chunks->pdata[i - 1])->folders != NULL)
      g_ptr_array_remove_index (chunks, i - 1);
  if (*folders == NULL)
    return;

  g_key_file_set_string_list (key_file, FOLDERS_GROUP, FOLDERS_KEY, (const char *const *) folders,
                              g_strv_length (folders));
  text = g_key_file_to_data (key_file, NULL, NULL);
  add_chunk (chunks, text, text + strlen (text), seen);
}

/* What is named stands first, in that order; what is not, as it stood. */
static GPtrArray *
apply_order (GPtrArray *chunks, char **order)
{
  GPtrArray *sorted = g_ptr_array_new_with_free_func (chunk_free);
  g_autoptr (GHashTable) by_id = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < chunks->len; i++)
    {
      Chunk *chunk = chunks->pdata[i];
      if (chunk->site != NULL)
        g_hash_table_insert (by_id, (gpointer) wherry_site_get_id (chunk->site), chunk);
      else
        {
          g_ptr_array_add (sorted, chunk);
          chunks->pdata[i] = NULL;
        }
    }
  for (char **id = order; *id != NULL; id++)
    {
      Chunk *chunk = g_hash_table_lookup (by_id, *id);
      guint position;

      if (chunk == NULL || !g_ptr_array_find (chunks, chunk, &position))
        continue;
      g_ptr_array_add (sorted, chunk);
      g_hash_table_remove (by_id, *id);
      chunks->pdata[position] = NULL;
    }
  for (guint i = 0; i < chunks->len; i++)
    if (chunks->pdata[i] != NULL)
      g_ptr_array_add (sorted, chunks->pdata[i]);

  g_ptr_array_set_free_func (chunks, NULL);
  g_ptr_array_unref (chunks);
  return sorted;
}

static char *
join (GPtrArray *chunks)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < chunks->len; i++)
    {
      const Chunk *chunk = chunks->pdata[i];

      if (i == 0 && *chunk->text == '[')
        g_string_append (text, PREFACE "\n");
      else if (i > 0)
        g_string_append_c (text, '\n');
      g_string_append_len (text, chunk->text, (gssize) chunk->length);
      g_string_append_c (text, '\n');
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static gboolean
write_all (int fd, const char *bytes, gsize length)
{
  while (length > 0)
    {
      gssize n = write (fd, bytes, length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      bytes += n;
      length -= (gsize) n;
    }
  return TRUE;
}

/* Puts damaged groups at the end of a file beside, and only then out of ours. */
static gboolean
keep_aside (GPtrArray *damaged, const char *path)
{
  g_autofree char *aside = g_strconcat (path, ".damaged", NULL);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *time = g_date_time_format_iso8601 (now);
  int fd = open (aside, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
  gboolean kept;

  if (fd < 0)
    return FALSE;
  for (guint i = 0; i < damaged->len; i++)
    {
      const Chunk *chunk = damaged->pdata[i];

      g_string_append_printf (text, "# %s: %s\n", time, chunk->damage);
      g_string_append_len (text, chunk->text, (gssize) chunk->length);
      g_string_append (text, "\n\n");
    }
  kept = write_all (fd, text->str, text->len) && fsync (fd) == 0;
  return g_close (fd, NULL) && kept;
}

/* The name by which a damaged group is told: its first line. */
static char *
dup_first_line (const Chunk *chunk)
{
  const char *newline = memchr (chunk->text, '\n', chunk->length);
  gsize length = newline != NULL ? (gsize) (newline - chunk->text) : chunk->length;

  return wherry_text_escape (chunk->text, (gssize) length, 60);
}

static WherrySiteContent *
collect (GPtrArray *chunks, const char *name, gboolean kept_aside)
{
  WherrySiteContent *content = g_new0 (WherrySiteContent, 1);
  g_autoptr (GStrvBuilder) problems = g_strv_builder_new ();
  g_autofree char *shown = wherry_text_display_name (name);

  content->sites = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < chunks->len; i++)
    {
      const Chunk *chunk = chunks->pdata[i];

      if (chunk->site != NULL)
        g_ptr_array_add (content->sites, g_object_ref (chunk->site));
      if (chunk->folders != NULL && content->folders == NULL)
        content->folders = g_strdupv (chunk->folders);
      if (chunk->damage != NULL)
        {
          g_autofree char *line = dup_first_line (chunk);
          g_autofree char *problem = NULL;

          if (kept_aside)
            /* Translators: the first line of the entry, the file it is in, the reason */
            problem = g_strdup_printf (_ ("The entry “%1$s” in “%2$s” can’t be read (%3$s). It was "
                                          "moved to “%2$s.damaged”; all else is there."),
                                       line, shown, chunk->damage);
          else
            /* Translators: the first line of the entry, the file it is in, the reason */
            problem
                = g_strdup_printf (_ ("The entry “%1$s” in “%2$s” can’t be read (%3$s). All else "
                                      "is there."),
                                   line, shown, chunk->damage);
          g_strv_builder_add (problems, problem);
        }
    }
  if (content->folders == NULL)
    content->folders = g_new0 (char *, 1);
  content->problems = g_strv_builder_end (problems);
  return content;
}

/*
 * Another Wherry, of another session say, may be about to write: each reads and
 * writes with the lock held. Returns the lock, or -1.
 */
static int
lock (const char *path, GError **error)
{
  g_autofree char *name = g_strconcat (path, ".lock", NULL);
  g_autofree char *shown = wherry_text_display_name (path);
  int fd = open (name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);

  if (fd < 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                   _ ("“%s” can’t be written: %s"), shown, g_strerror (errno));
      return -1;
    }
  for (gint64 waited = 0; flock (fd, LOCK_EX | LOCK_NB) != 0; waited += LOCK_INTERVAL)
    {
      if (errno != EWOULDBLOCK || waited >= LOCK_LIMIT)
        {
          g_close (fd, NULL);
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY,
                       _ ("“%s” is in use by another Wherry that does not answer"), shown);
          return -1;
        }
      g_usleep (LOCK_INTERVAL * 1000);
    }
  return fd;
}

static WherrySiteContent *
sync_with_lock (const char *path,
                const WherrySiteChanges *changes,
                gboolean writable,
                GError **error)
{
  /* A link, as of who keeps such files elsewhere, stays one. */
  g_autofree char *real = realpath (path, NULL);
  const char *target = real != NULL ? real : path;
  g_autoptr (GError) reason = NULL;
  g_autoptr (GPtrArray) chunks = NULL;
  g_autoptr (GPtrArray) damaged = g_ptr_array_new ();
  g_autoptr (WherrySiteContent) content = NULL;
  g_autofree char *new_text = NULL;
  g_autofree char *text = NULL;
  gsize length = 0;
  gboolean kept_aside;

  text = wherry_bounded_file_load (target, FILE_MAX, &length, &reason);
  if (g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    text = g_strdup ("");
  else if (text == NULL)
    {
      /* What can't be read is never taken for empty, and so never written over. */
      g_propagate_error (error, g_steal_pointer (&reason));
      return NULL;
    }

  chunks = split (text, length);
  if (chunks->len > SITES_MAX)
    {
      g_autofree char *shown = wherry_text_display_name (path);
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE,
                   _ ("“%s” can’t be read: it holds more entries than anybody keeps"), shown);
      return NULL;
    }
  for (guint i = 0; i < chunks->len; i++)
    if (((Chunk *) chunks->pdata[i])->damage != NULL)
      g_ptr_array_add (damaged, chunks->pdata[i]);
  kept_aside = writable && damaged->len > 0 && keep_aside (damaged, path);
  content = collect (chunks, path, kept_aside);

  for (guint i = 0; kept_aside && i < damaged->len; i++)
    g_ptr_array_remove (chunks, damaged->pdata[i]);
  if (changes != NULL)
    {
      apply_texts (chunks, changes->texts);
      if (changes->folders != NULL)
        apply_folders (chunks, changes->folders);
      if (changes->order != NULL)
        chunks = apply_order (g_steal_pointer (&chunks), changes->order);
    }
  if (changes != NULL || kept_aside)
    {
      g_auto (GStrv) problems = g_steal_pointer (&content->problems);

      new_text = join (chunks);
      if ((strlen (new_text) != length || memcmp (new_text, text, length) != 0)
          && !g_file_set_contents_full (target, new_text, -1,
                                        G_FILE_SET_CONTENTS_CONSISTENT
                                            | G_FILE_SET_CONTENTS_DURABLE,
                                        0600, error))
        return NULL;
      g_clear_pointer (&content, wherry_site_content_free);
      content = collect (chunks, path, FALSE);
      g_strfreev (content->problems);
      content->problems = g_steal_pointer (&problems);
    }
  return g_steal_pointer (&content);
}

/**
 * wherry_site_file_sync:
 * @path: the file
 * @changes: (nullable): what is to be different in it
 * @error: return location; the errno codes of %G_IO_ERROR, %G_IO_ERROR_BUSY
 *
 * Reads the file, changes in it what is to be changed, and leaves all else as
 * others wrote it. The file is replaced as a whole once the new one is on disk,
 * for its owner's eyes only. Groups that can't be read are put into a file
 * beside, `.damaged`, and told. Blocks; any thread.
 *
 * Returns: (transfer full): what is in it now
 */
WherrySiteContent *
wherry_site_file_sync (const char *path, const WherrySiteChanges *changes, GError **error)
{
  g_return_val_if_fail (path != NULL, NULL);

  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GError) reason = NULL;
  WherrySiteContent *content;
  int fd = -1;

  if (g_mkdir_with_parents (folder, 0700) == 0 || changes != NULL)
    fd = lock (path, &reason);
  /* Where nothing can be written there is still something to be read. */
  if (fd < 0 && changes != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return NULL;
    }
  content = sync_with_lock (path, changes, fd >= 0, error);
  if (fd >= 0)
    g_close (fd, NULL);
  return content;
}

/**
 * wherry_site_file_parse:
 * @text: what a file of sites holds
 * @length: its length in bytes
 * @name: the file's name, for what is told about it
 *
 * Returns: (transfer full): what could be read, and what was wrong
 */
WherrySiteContent *
wherry_site_file_parse (const char *text, gsize length, const char *name)
{
  g_autoptr (GPtrArray) chunks = split (text, length);

  if (chunks->len > SITES_MAX)
    g_ptr_array_set_size (chunks, SITES_MAX);
  return collect (chunks, name, FALSE);
}

/**
 * wherry_site_file_export:
 * @sites: (element-type WherrySite): sites
 *
 * Returns: (transfer full): a file of them, as wherry_site_file_parse() reads it
 */
char *
wherry_site_file_export (GPtrArray *sites)
{
  g_autoptr (GString) text = g_string_new (PREFACE);

  for (guint i = 0; i < sites->len; i++)
    {
      g_autofree char *group = wherry_site_to_text (sites->pdata[i]);
      g_string_append_printf (text, "\n%s", group);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/**
 * wherry_site_content_free:
 * @self: (transfer full) (nullable): what was in a file
 */
void
wherry_site_content_free (WherrySiteContent *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->sites);
  g_strfreev (self->folders);
  g_strfreev (self->problems);
  g_free (self);
}

/**
 * wherry_site_changes_free:
 * @self: (transfer full) (nullable): changes
 */
void
wherry_site_changes_free (WherrySiteChanges *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->texts);
  g_strfreev (self->order);
  g_strfreev (self->folders);
  g_free (self);
}
