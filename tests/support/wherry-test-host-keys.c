#include "wherry-test-host-keys.h"

typedef struct {
  char *host;
  guint16 port;
  WherryHostKey *key;
} Record;

struct _WherryTestHostKeys {
  GObject parent_instance;

  GMutex lock;
  GArray *records;
  GPtrArray *revoked;
  gboolean broken;
  gboolean accept_all;
  guint n_checked;
  guint n_remembered;
};

static void store_iface_init (WherryHostKeyStoreInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (WherryTestHostKeys,
                               wherry_test_host_keys,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (WHERRY_TYPE_HOST_KEY_STORE, store_iface_init))

static void
record_clear (gpointer data)
{
  Record *record = data;

  g_free (record->host);
  wherry_host_key_unref (record->key);
}

static void
wherry_test_host_keys_finalize (GObject *object)
{
  WherryTestHostKeys *self = WHERRY_TEST_HOST_KEYS (object);

  g_array_unref (self->records);
  g_ptr_array_unref (self->revoked);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (wherry_test_host_keys_parent_class)->finalize (object);
}

static void
wherry_test_host_keys_class_init (WherryTestHostKeysClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wherry_test_host_keys_finalize;
}

static void
wherry_test_host_keys_init (WherryTestHostKeys *self)
{
  g_mutex_init (&self->lock);
  self->records = g_array_new (FALSE, TRUE, sizeof (Record));
  g_array_set_clear_func (self->records, record_clear);
  self->revoked = g_ptr_array_new_with_free_func ((GDestroyNotify) wherry_host_key_unref);
}

static gboolean
record_is_for (const Record *record, const char *host, guint16 port)
{
  return g_ascii_strcasecmp (record->host, host) == 0 && record->port == port;
}

static WherryHostKeyVerdict
check (WherryHostKeyStore *store,
       const char *host,
       guint16 port,
       WherryHostKey *key,
       GPtrArray **known,
       GCancellable *cancellable,
       GError **error)
{
  WherryTestHostKeys *self = WHERRY_TEST_HOST_KEYS (store);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  g_autoptr (GPtrArray) keys
      = g_ptr_array_new_with_free_func ((GDestroyNotify) wherry_host_key_unref);

  self->n_checked++;
  if (self->broken)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "the keys are locked away");
      return WHERRY_HOST_KEY_UNCHECKED;
    }
  for (guint i = 0; i < self->revoked->len; i++)
    if (wherry_host_key_equal (g_ptr_array_index (self->revoked, i), key))
      return WHERRY_HOST_KEY_REVOKED;
  if (self->accept_all)
    return WHERRY_HOST_KEY_MATCH;
  for (guint i = 0; i < self->records->len; i++)
    {
      const Record *record = &g_array_index (self->records, Record, i);

      if (!record_is_for (record, host, port))
        continue;
      if (wherry_host_key_equal (record->key, key))
        return WHERRY_HOST_KEY_MATCH;
      g_ptr_array_add (keys, wherry_host_key_ref (record->key));
    }
  if (keys->len == 0)
    return WHERRY_HOST_KEY_UNKNOWN;
  if (known != NULL)
    *known = g_steal_pointer (&keys);
  return WHERRY_HOST_KEY_CHANGED;
}

static gboolean
remember (WherryHostKeyStore *store,
          const char *host,
          guint16 port,
          WherryHostKey *key,
          GCancellable *cancellable,
          GError **error)
{
  WherryTestHostKeys *self = WHERRY_TEST_HOST_KEYS (store);

  wherry_test_host_keys_add (self, host, port, key);
  g_mutex_lock (&self->lock);
  self->n_remembered++;
  g_mutex_unlock (&self->lock);
  return TRUE;
}

static char **
dup_key_types (WherryHostKeyStore *store, const char *host, guint16 port, GCancellable *cancellable)
{
  WherryTestHostKeys *self = WHERRY_TEST_HOST_KEYS (store);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  g_autoptr (GStrvBuilder) types = g_strv_builder_new ();

  for (guint i = 0; i < self->records->len; i++)
    {
      const Record *record = &g_array_index (self->records, Record, i);

      if (record_is_for (record, host, port))
        g_strv_builder_add (types, wherry_host_key_get_key_type (record->key));
    }
  return g_strv_builder_end (types);
}

static void
store_iface_init (WherryHostKeyStoreInterface *iface)
{
  iface->check = check;
  iface->remember = remember;
  iface->dup_key_types = dup_key_types;
}

/**
 * wherry_test_host_keys_new:
 *
 * Returns: (transfer full): a store that knows no key
 */
WherryTestHostKeys *
wherry_test_host_keys_new (void)
{
  return g_object_new (WHERRY_TYPE_TEST_HOST_KEYS, NULL);
}

/**
 * wherry_test_host_keys_add:
 * @self: a store
 * @host: the host's name
 * @port: its port
 * @key: a key to record
 */
void
wherry_test_host_keys_add (WherryTestHostKeys *self,
                           const char *host,
                           guint16 port,
                           WherryHostKey *key)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  Record record = { g_strdup (host), port, wherry_host_key_ref (key) };

  g_array_append_val (self->records, record);
}

/**
 * wherry_test_host_keys_revoke:
 * @self: a store
 * @key: a key that is revoked wherever it shows up
 */
void
wherry_test_host_keys_revoke (WherryTestHostKeys *self, WherryHostKey *key)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  g_ptr_array_add (self->revoked, wherry_host_key_ref (key));
}

/**
 * wherry_test_host_keys_break:
 * @self: a store that can't tell from now on
 */
void
wherry_test_host_keys_break (WherryTestHostKeys *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->broken = TRUE;
}

/**
 * wherry_test_host_keys_accept_all:
 * @self: a store for which every key matches from now on
 */
void
wherry_test_host_keys_accept_all (WherryTestHostKeys *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->accept_all = TRUE;
}

/**
 * wherry_test_host_keys_get_n_checked:
 * @self: a store
 *
 * Returns: how often a key was checked
 */
guint
wherry_test_host_keys_get_n_checked (WherryTestHostKeys *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->n_checked;
}

/**
 * wherry_test_host_keys_get_n_remembered:
 * @self: a store
 *
 * Returns: how many keys were recorded through the interface
 */
guint
wherry_test_host_keys_get_n_remembered (WherryTestHostKeys *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->n_remembered;
}
