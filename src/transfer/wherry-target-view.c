#include "transfer/wherry-target-view.h"

#include <string.h>
#include <sys/stat.h>

#include "remote/wherry-remote.h"

/* A folder on the way to the entry at work. */
typedef struct {
  char *key;
  GHashTable *names; /* (nullable): name -> WherryFileFacts, owned; %NULL: can't be listed */
} Level;

struct _WherryTargetView {
  WherryRemote *remote; /* (nullable): %NULL for this machine */
  GCancellable *cancellable;
  char *folder;   /* that the top entry will be in */
  char *name;     /* of the top entry there */
  gboolean named; /* by the person, not by the source */
  WherryFileFacts top;
  GHashTable *claimed; /* of keys */
  GPtrArray *levels;   /* element-type Level; from the top entry down */
};

static void
level_free (gpointer data)
{
  Level *level = data;

  g_free (level->key);
  g_clear_pointer (&level->names, g_hash_table_unref);
  g_free (level);
}

static char *
join (const char *folder, const char *name)
{
  if (*name == '\0')
    return g_strdup (folder);
  return g_strconcat (folder, *folder == '\0' || g_str_has_suffix (folder, "/") ? "" : "/", name,
                      NULL);
}

static void
set_facts (WherryFileFacts *facts, WherryRemoteEntry *entry)
{
  GFileType type = wherry_remote_entry_get_file_type (entry);
  gboolean plain = type == G_FILE_TYPE_REGULAR || type == G_FILE_TYPE_UNKNOWN;

  *facts = (WherryFileFacts){ .exists = TRUE,
                              .is_folder = wherry_remote_entry_is_folder (entry),
                              .size = plain ? wherry_remote_entry_get_size (entry) : -1,
                              .mtime = plain ? wherry_remote_entry_get_mtime (entry) : 0 };
}

/* Not there is an answer; FALSE means that there is none. */
static gboolean
stat_path (WherryTargetView *self,
           const char *path,
           gboolean follow,
           WherryFileFacts *facts,
           GError **error)
{
  *facts = (WherryFileFacts){ .size = -1 };

  if (self->remote == NULL)
    {
      struct stat st;
      if ((follow ? stat (path, &st) : lstat (path, &st)) == 0)
        *facts = (WherryFileFacts){ .exists = TRUE,
                                    .is_folder = S_ISDIR (st.st_mode),
                                    .size = S_ISREG (st.st_mode) ? (gint64) st.st_size : -1,
                                    .mtime = S_ISREG (st.st_mode) ? st.st_mtim.tv_sec : 0 };
      return TRUE;
    }

  g_autoptr (GError) local_error = NULL;
  g_autoptr (WherryRemoteEntry) entry
      = wherry_remote_stat (self->remote, path, follow, self->cancellable, &local_error);
  if (entry != NULL)
    {
      set_facts (facts, entry);
      return TRUE;
    }
  if (g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)
      || g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static void
split (WherryTargetView *self, const char *path)
{
  g_autofree char *bare = g_strdup (path);
  gsize length = strlen (bare);

  while (length > 1 && bare[length - 1] == '/')
    bare[--length] = '\0';
  char *slash = strrchr (bare, '/');
  self->name = g_strdup (slash != NULL ? slash + 1 : bare);
  self->folder = slash == NULL ? g_strdup ("")
                               : g_strndup (bare, slash == bare ? 1 : (gsize) (slash - bare));
}

/**
 * wherry_target_view_new:
 * @target: a transfer's target
 * @source_name: (nullable): the name of its top entry at the source; %NULL for a
 *   folder without one: its entries go into the target
 * @session: (nullable): a connected session, if @target is on a server
 * @cancellable: ends all look-ups
 * @error: the server can't be asked
 *
 * Finds out by cp(1)'s rule where the transfer lands.
 *
 * Returns: (transfer full) (nullable): a view
 */
WherryTargetView *
wherry_target_view_new (const WherryEndpoint *target,
                        const char *source_name,
                        WherrySession *session,
                        GCancellable *cancellable,
                        GError **error)
{
  g_autoptr (WherryTargetView) self = g_new0 (WherryTargetView, 1);
  WherryFileFacts facts;

  self->cancellable = g_object_ref (cancellable);
  self->claimed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->levels = g_ptr_array_new_with_free_func (level_free);
  if (session != NULL && (self->remote = wherry_remote_open (session, cancellable, error)) == NULL)
    return NULL;

  const char *path = *target->path != '\0' ? target->path : ".";
  if (!stat_path (self, path, TRUE, &facts, error))
    return NULL;
  if (facts.exists && facts.is_folder && source_name != NULL)
    {
      self->folder = g_strdup (path);
      self->name = g_strdup (source_name);
    }
  else
    {
      split (self, path);
      self->named = TRUE;
    }

  g_autofree char *top = join (self->folder, self->name);
  if (!stat_path (self, top, FALSE, &self->top, error))
    return NULL;
  return g_steal_pointer (&self);
}

/**
 * wherry_target_view_free:
 * @self: (transfer full) (nullable): a view
 */
void
wherry_target_view_free (WherryTargetView *self)
{
  if (self == NULL)
    return;
  g_clear_object (&self->remote);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->claimed, g_hash_table_unref);
  g_clear_pointer (&self->levels, g_ptr_array_unref);
  g_free (self->folder);
  g_free (self->name);
  g_free (self);
}

/**
 * wherry_target_view_is_fresh:
 * @self: a view
 *
 * Returns: whether nothing stands at the target, so that all that will is the
 *   transfer's own
 */
gboolean
wherry_target_view_is_fresh (WherryTargetView *self)
{
  return !self->top.exists;
}

/**
 * wherry_target_view_is_named:
 * @self: a view
 *
 * Returns: whether the name of the top entry there is the person's choice
 */
gboolean
wherry_target_view_is_named (WherryTargetView *self)
{
  return self->named;
}

/**
 * wherry_target_view_dup_path:
 * @self: a view
 * @key: an entry's key
 *
 * Returns: (transfer full): where it goes, as bytes
 */
char *
wherry_target_view_dup_path (WherryTargetView *self, const char *key)
{
  g_autofree char *top = join (self->folder, self->name);
  return join (top, key);
}

static GHashTable *
list (WherryTargetView *self, const char *key, GError **error)
{
  g_autofree char *path = wherry_target_view_dup_path (self, key);
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GPtrArray) entries
      = wherry_remote_list (self->remote, path, self->cancellable, &local_error);

  if (entries == NULL && !g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)
      && !g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY))
    {
      /* A folder that may be written to, but not listed: each file is asked for. */
      if (!g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
        g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }

  GHashTable *names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (guint i = 0; entries != NULL && i < entries->len; i++)
    {
      WherryRemoteEntry *entry = entries->pdata[i];
      WherryFileFacts facts;

      set_facts (&facts, entry);
      g_hash_table_insert (names, g_strdup (wherry_remote_entry_get_name (entry)),
                           g_memdup2 (&facts, sizeof facts));
    }
  return names;
}

static gboolean
is_within (const char *key, const char *folder)
{
  gsize length = strlen (folder);
  return length == 0
         || (strncmp (key, folder, length) == 0 && (key[length] == '\0' || key[length] == '/'));
}

/* Goes down to a folder, by the folders on the way; what is not there is not asked about. */
static Level *
open_level (WherryTargetView *self, const char *folder, GError **error)
{
  GPtrArray *levels = self->levels;

  while (levels->len > 0 && !is_within (folder, ((Level *) levels->pdata[levels->len - 1])->key))
    g_ptr_array_set_size (levels, (int) levels->len - 1);

  for (;;)
    {
      Level *above = levels->len > 0 ? levels->pdata[levels->len - 1] : NULL;
      gsize length = above != NULL ? strlen (above->key) : 0;

      if (above != NULL && folder[length] == '\0')
        return above;

      const char *begin = folder + length + (length > 0 ? 1 : 0);
      const char *slash = strchr (begin, '/');
      Level *level = g_new0 (Level, 1);
      gboolean there = self->top.exists && self->top.is_folder;

      level->key = above == NULL   ? g_strdup ("")
                   : slash == NULL ? g_strdup (folder)
                                   : g_strndup (folder, (gsize) (slash - folder));
      if (above != NULL && above->names != NULL)
        {
          g_autofree char *name = g_path_get_basename (level->key);
          there = g_hash_table_contains (above->names, name);
        }
      g_ptr_array_add (levels, level);
      if (!there)
        {
          level->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
          continue;
        }
      g_autoptr (GError) local_error = NULL;
      level->names = list (self, level->key, &local_error);
      if (local_error != NULL)
        {
          g_ptr_array_set_size (levels, (int) levels->len - 1);
          g_propagate_error (error, g_steal_pointer (&local_error));
          return NULL;
        }
    }
}

/**
 * wherry_target_view_look_up:
 * @self: a view
 * @key: a file's key
 * @facts: (out caller-allocates): what stands where it goes
 * @error: the connection failed, or it was cancelled
 *
 * Cheap if the keys come folder by folder.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_target_view_look_up (WherryTargetView *self,
                            const char *key,
                            WherryFileFacts *facts,
                            GError **error)
{
  if (*key == '\0')
    {
      *facts = self->top;
      return TRUE;
    }

  g_autofree char *path = wherry_target_view_dup_path (self, key);
  if (self->remote == NULL)
    return stat_path (self, path, FALSE, facts, error);

  const char *slash = strrchr (key, '/');
  g_autofree char *folder = slash != NULL ? g_strndup (key, (gsize) (slash - key)) : g_strdup ("");
  Level *level = open_level (self, folder, error);
  if (level == NULL)
    return FALSE;
  if (level->names == NULL)
    return stat_path (self, path, FALSE, facts, error);

  const WherryFileFacts *known
      = g_hash_table_lookup (level->names, slash != NULL ? slash + 1 : key);
  *facts = known != NULL ? *known : (WherryFileFacts){ .size = -1 };
  return TRUE;
}

static char *
make_key_beside (const char *key, const char *name)
{
  const char *slash = strrchr (key, '/');

  return slash != NULL ? g_strdup_printf ("%.*s/%s", (int) (slash - key), key, name)
                       : g_strdup (name);
}

/**
 * wherry_target_view_look_beside:
 * @self: a view
 * @key: a file's key
 * @name: another name
 * @facts: (out caller-allocates): what has that name in the folder the file goes to
 * @error: the connection failed, or it was cancelled
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_target_view_look_beside (WherryTargetView *self,
                                const char *key,
                                const char *name,
                                WherryFileFacts *facts,
                                GError **error)
{
  if (*key == '\0')
    {
      g_autofree char *path = join (self->folder, name);
      return stat_path (self, path, FALSE, facts, error);
    }
  g_autofree char *beside = make_key_beside (key, name);
  return wherry_target_view_look_up (self, beside, facts, error);
}

/**
 * wherry_target_view_claim:
 * @self: a view
 * @key: a file's key
 * @name: another name it is to have, in its folder
 *
 * Returns: whether no other file of this run has it
 */
gboolean
wherry_target_view_claim (WherryTargetView *self, const char *key, const char *name)
{
  return g_hash_table_add (self->claimed, make_key_beside (key, name));
}
