#include "config.h"

#include "sites/wherry-secret-memory.h"

typedef struct {
  WherrySecretKind kind;
  WherrySecret *secret;
} Record;

struct _WherrySecretMemory {
  GObject parent_instance;

  GMutex lock;
  GArray *records; /* (element-type Record): under lock */
};

static void wherry_secret_memory_store_init (WherrySecretStoreInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (WherrySecretMemory,
                               wherry_secret_memory,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (WHERRY_TYPE_SECRET_STORE,
                                                      wherry_secret_memory_store_init))

static void
record_clear (gpointer data)
{
  wherry_secret_free (((Record *) data)->secret);
}

static gboolean
record_has (const Record *record, WherrySecretKind kind, GHashTable *attributes)
{
  GHashTableIter iter;
  gpointer name, value;

  if (record->kind != kind)
    return FALSE;
  g_hash_table_iter_init (&iter, attributes);
  while (g_hash_table_iter_next (&iter, &name, &value))
    if (g_strcmp0 (wherry_secret_get (record->secret, name), value) != 0)
      return FALSE;
  return TRUE;
}

static void
remove_matching (WherrySecretMemory *self, WherrySecretKind kind, GHashTable *attributes)
{
  for (guint i = self->records->len; i > 0; i--)
    if (record_has (&g_array_index (self->records, Record, i - 1), kind, attributes))
      g_array_remove_index (self->records, i - 1);
}

static GPtrArray *
wherry_secret_memory_search (WherrySecretStore *store,
                             WherrySecretKind kind,
                             GHashTable *attributes,
                             WherrySecretFlags flags,
                             GCancellable *cancellable,
                             GError **error)
{
  WherrySecretMemory *self = WHERRY_SECRET_MEMORY (store);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  GPtrArray *found = g_ptr_array_new_with_free_func ((GDestroyNotify) wherry_secret_free);

  for (guint i = 0; i < self->records->len; i++)
    {
      const Record *record = &g_array_index (self->records, Record, i);

      if (record_has (record, kind, attributes))
        g_ptr_array_add (found,
                         wherry_secret_new (record->secret->attributes, record->secret->text));
    }
  return found;
}

static gboolean
wherry_secret_memory_save (WherrySecretStore *store,
                           WherrySecretKind kind,
                           GHashTable *attributes,
                           const char *label,
                           const char *text,
                           WherrySecretFlags flags,
                           GCancellable *cancellable,
                           GError **error)
{
  WherrySecretMemory *self = WHERRY_SECRET_MEMORY (store);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  Record record = { kind, wherry_secret_new (attributes, text) };

  remove_matching (self, kind, attributes);
  g_array_append_val (self->records, record);
  return TRUE;
}

static gboolean
wherry_secret_memory_clear (WherrySecretStore *store,
                            WherrySecretKind kind,
                            GHashTable *attributes,
                            WherrySecretFlags flags,
                            GCancellable *cancellable,
                            GError **error)
{
  WherrySecretMemory *self = WHERRY_SECRET_MEMORY (store);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  remove_matching (self, kind, attributes);
  return TRUE;
}

static void
wherry_secret_memory_store_init (WherrySecretStoreInterface *iface)
{
  iface->search = wherry_secret_memory_search;
  iface->save = wherry_secret_memory_save;
  iface->clear = wherry_secret_memory_clear;
}

static void
wherry_secret_memory_finalize (GObject *object)
{
  WherrySecretMemory *self = WHERRY_SECRET_MEMORY (object);

  g_array_unref (self->records);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (wherry_secret_memory_parent_class)->finalize (object);
}

static void
wherry_secret_memory_class_init (WherrySecretMemoryClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wherry_secret_memory_finalize;
}

static void
wherry_secret_memory_init (WherrySecretMemory *self)
{
  g_mutex_init (&self->lock);
  self->records = g_array_new (FALSE, FALSE, sizeof (Record));
  g_array_set_clear_func (self->records, record_clear);
}

/**
 * wherry_secret_memory_new:
 *
 * Returns: (transfer full): an empty store
 */
WherrySecretStore *
wherry_secret_memory_new (void)
{
  return g_object_new (WHERRY_TYPE_SECRET_MEMORY, NULL);
}
