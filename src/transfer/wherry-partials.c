#include "transfer/wherry-partials.h"

struct _WherryPartials {
  gatomicrefcount ref_count;

  GMutex lock;
  GHashTable *partials; /* key -> WherryPartial, owned */

  WherryPartialsRecord record; /* (nullable) */
  gpointer user_data;
  GDestroyNotify destroy; /* (nullable) */
};

/**
 * wherry_partial_free:
 * @self: (transfer full) (nullable): a file that is half there
 */
void
wherry_partial_free (WherryPartial *self)
{
  if (self == NULL)
    return;
  g_free (self->key);
  g_free (self->path);
  g_free (self);
}

static WherryPartial *
partial_new (const char *key, const char *path, guint64 size, gint64 mtime)
{
  WherryPartial *self = g_new0 (WherryPartial, 1);

  self->key = g_strdup (key);
  self->path = g_strdup (path);
  self->size = size;
  self->mtime = mtime;
  return self;
}

static WherryPartial *
partial_copy (const WherryPartial *self)
{
  return partial_new (self->key, self->path, self->size, self->mtime);
}

/**
 * wherry_partials_new:
 *
 * Returns: (transfer full): those of a transfer that has not run: none
 */
WherryPartials *
wherry_partials_new (void)
{
  WherryPartials *self = g_new0 (WherryPartials, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  self->partials
      = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) wherry_partial_free);
  return self;
}

/**
 * wherry_partials_ref:
 * @self: partials
 *
 * Returns: (transfer full): @self
 */
WherryPartials *
wherry_partials_ref (WherryPartials *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * wherry_partials_unref:
 * @self: (transfer full): partials
 */
void
wherry_partials_unref (WherryPartials *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  if (self->destroy != NULL)
    self->destroy (self->user_data);
  g_hash_table_unref (self->partials);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/**
 * wherry_partials_set_record:
 * @self: partials whose transfer does not run
 * @record: (nullable) (scope notified): told of each change
 * @user_data: for @record
 * @destroy: (nullable): frees @user_data
 */
void
wherry_partials_set_record (WherryPartials *self,
                            WherryPartialsRecord record,
                            gpointer user_data,
                            GDestroyNotify destroy)
{
  if (self->destroy != NULL)
    self->destroy (self->user_data);
  self->record = record;
  self->user_data = user_data;
  self->destroy = destroy;
}

static void
replace (WherryPartials *self, WherryPartial *partial)
{
  g_mutex_lock (&self->lock);
  g_hash_table_replace (self->partials, partial->key, partial);
  g_mutex_unlock (&self->lock);
}

/**
 * wherry_partials_restore:
 * @self: partials
 * @key: a file's key
 * @path: its temporary file
 * @size: its size at the source, in bytes
 * @mtime: its modification time there; 0: not known
 *
 * Enters a file that is known to be half there from elsewhere.
 */
void
wherry_partials_restore (WherryPartials *self,
                         const char *key,
                         const char *path,
                         guint64 size,
                         gint64 mtime)
{
  replace (self, partial_new (key, path, size, mtime));
}

/**
 * wherry_partials_add:
 * @self: partials
 * @key: a file's key
 * @path: its temporary file, about to be written to
 * @size: its size at the source, in bytes
 * @mtime: its modification time there; 0: not known
 */
void
wherry_partials_add (WherryPartials *self,
                     const char *key,
                     const char *path,
                     guint64 size,
                     gint64 mtime)
{
  WherryPartial *partial = partial_new (key, path, size, mtime);

  if (self->record != NULL)
    self->record (key, partial, self->user_data);
  replace (self, partial);
}

/**
 * wherry_partials_remove:
 * @self: partials
 * @key: the key of a file whose temporary file is gone, or has its final name
 */
void
wherry_partials_remove (WherryPartials *self, const char *key)
{
  g_mutex_lock (&self->lock);
  gboolean was_there = g_hash_table_remove (self->partials, key);
  g_mutex_unlock (&self->lock);

  if (was_there && self->record != NULL)
    self->record (key, NULL, self->user_data);
}

/**
 * wherry_partials_dup:
 * @self: partials
 * @key: a file's key
 *
 * Returns: (transfer full) (nullable): what there is of it
 */
WherryPartial *
wherry_partials_dup (WherryPartials *self, const char *key)
{
  g_mutex_lock (&self->lock);
  const WherryPartial *partial = g_hash_table_lookup (self->partials, key);
  WherryPartial *copy = partial != NULL ? partial_copy (partial) : NULL;
  g_mutex_unlock (&self->lock);
  return copy;
}

/**
 * wherry_partials_dup_all:
 * @self: partials
 *
 * Returns: (transfer full) (element-type WherryPartial): all of them
 */
GPtrArray *
wherry_partials_dup_all (WherryPartials *self)
{
  GPtrArray *all = g_ptr_array_new_with_free_func ((GDestroyNotify) wherry_partial_free);
  GHashTableIter iter;
  gpointer partial;

  g_mutex_lock (&self->lock);
  g_hash_table_iter_init (&iter, self->partials);
  while (g_hash_table_iter_next (&iter, NULL, &partial))
    g_ptr_array_add (all, partial_copy (partial));
  g_mutex_unlock (&self->lock);
  return all;
}

/**
 * wherry_partials_is_empty:
 * @self: partials
 *
 * Returns: whether nothing is half there
 */
gboolean
wherry_partials_is_empty (WherryPartials *self)
{
  g_mutex_lock (&self->lock);
  gboolean empty = g_hash_table_size (self->partials) == 0;
  g_mutex_unlock (&self->lock);
  return empty;
}
