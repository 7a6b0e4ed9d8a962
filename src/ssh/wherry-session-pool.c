#include "config.h"

#include <glib/gi18n-lib.h>

#include "ssh/wherry-session-private.h"

struct _WherrySessionPool {
  GObject parent_instance;

  WherryHostKeyStore *host_keys;
  WherryPrompter *prompter; /* (nullable) */

  GMutex lock;
  GPtrArray *entries; /* element-type Entry */
  gboolean closed;
};

/* One connection, and how many wait for it to come up. */
typedef struct _Entry Entry;
struct _Entry {
  gatomicrefcount ref_count;
  WherrySession *session;
  Entry *via;      /* (nullable): the one it leads through */
  guint n_waiting; /* under the pool's lock */
  gboolean ready;  /* under the pool's lock: it was up once */
};

G_DEFINE_FINAL_TYPE (WherrySessionPool, wherry_session_pool, G_TYPE_OBJECT)

static Entry *
entry_ref (Entry *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static void
entry_unref (gpointer data)
{
  Entry *self = data;

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_object_unref (self->session);
  g_clear_pointer (&self->via, entry_unref);
  g_free (self);
}

static void
wherry_session_pool_dispose (GObject *object)
{
  wherry_session_pool_close (WHERRY_SESSION_POOL (object));

  G_OBJECT_CLASS (wherry_session_pool_parent_class)->dispose (object);
}

static void
wherry_session_pool_finalize (GObject *object)
{
  WherrySessionPool *self = WHERRY_SESSION_POOL (object);

  g_ptr_array_unref (self->entries);
  g_object_unref (self->host_keys);
  g_clear_object (&self->prompter);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (wherry_session_pool_parent_class)->finalize (object);
}

static void
wherry_session_pool_class_init (WherrySessionPoolClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wherry_session_pool_dispose;
  G_OBJECT_CLASS (klass)->finalize = wherry_session_pool_finalize;
}

static void
wherry_session_pool_init (WherrySessionPool *self)
{
  g_mutex_init (&self->lock);
  self->entries = g_ptr_array_new_with_free_func (entry_unref);
}

/**
 * wherry_session_pool_new:
 * @host_keys: where host keys are looked up and remembered
 * @prompter: (nullable): who answers questions
 *
 * Returns: (transfer full): a pool without connections
 */
WherrySessionPool *
wherry_session_pool_new (WherryHostKeyStore *host_keys, WherryPrompter *prompter)
{
  g_return_val_if_fail (WHERRY_IS_HOST_KEY_STORE (host_keys), NULL);
  g_return_val_if_fail (prompter == NULL || WHERRY_IS_PROMPTER (prompter), NULL);

  WherrySessionPool *self = g_object_new (WHERRY_TYPE_SESSION_POOL, NULL);

  self->host_keys = g_object_ref (host_keys);
  self->prompter = prompter != NULL ? g_object_ref (prompter) : NULL;
  return self;
}

/* Whether it or what it leads through is gone. A session learns of the latter a moment later. */
static gboolean
entry_has_ended (const Entry *self)
{
  for (; self != NULL; self = self->via)
    if (wherry_session_has_ended (self->session))
      return TRUE;
  return FALSE;
}

/* The connection for a login, a new one unless one is up or on its way; with the lock held. */
static Entry *
get_entry_with_lock (WherrySessionPool *self, const WherryLogin *login, GPtrArray *dead)
{
  Entry *entry;

  for (guint i = self->entries->len; i > 0; i--)
    {
      entry = g_ptr_array_index (self->entries, i - 1);
      if (!wherry_login_equal (wherry_session_get_login (entry->session), login))
        continue;
      if (!entry_has_ended (entry))
        return entry_ref (entry);
      g_ptr_array_add (dead, g_ptr_array_steal_index (self->entries, i - 1));
    }

  entry = g_new0 (Entry, 1);
  g_atomic_ref_count_init (&entry->ref_count);
  entry->via = login->via != NULL ? get_entry_with_lock (self, login->via, dead) : NULL;
  entry->session = wherry_session_new_through (login, self->host_keys, self->prompter,
                                               entry->via != NULL ? entry->via->session : NULL);
  g_ptr_array_add (self->entries, entry);
  return entry_ref (entry);
}

/* Ends the wait for a connection and those it leads through; @unwanted receives the ones that
 * failed, or that nobody waits for any more. With the lock held. */
static void
stop_waiting_with_lock (WherrySessionPool *self, Entry *entry, GPtrArray *unwanted)
{
  for (; entry != NULL; entry = entry->via)
    {
      entry->n_waiting--;
      if (wherry_session_is_connected (entry->session))
        entry->ready = TRUE;
      else if (!entry->ready
               && (entry->n_waiting == 0 || wherry_session_has_ended (entry->session)))
        {
          g_ptr_array_add (unwanted, entry_ref (entry));
          g_ptr_array_remove (self->entries, entry);
        }
    }
}

/**
 * wherry_session_pool_connect:
 * @self: a pool
 * @login: where and how to log in
 * @cancellable: (nullable): to stop waiting
 * @error: return location for an error; see wherry_session_connect(), or
 *   %G_IO_ERROR_CLOSED
 *
 * Gives the connection of an equal login, or makes one. The hosts it leads
 * through are shared the same way. Several who ask at once
 * wait for the same connection, and the person is asked once; it is given up
 * when all of them have cancelled. A connection that broke is replaced. Not to
 * be called on the main thread while the prompter needs it.
 *
 * Returns: (transfer full): a connected session
 */
WherrySession *
wherry_session_pool_connect (WherrySessionPool *self,
                             const WherryLogin *login,
                             GCancellable *cancellable,
                             GError **error)
{
  g_return_val_if_fail (WHERRY_IS_SESSION_POOL (self), NULL);
  g_return_val_if_fail (login != NULL, NULL);

  g_autoptr (GPtrArray) dead = g_ptr_array_new_with_free_func (entry_unref);
  g_autoptr (GPtrArray) unwanted = g_ptr_array_new_with_free_func (entry_unref);
  WherrySession *session = NULL;
  Entry *entry = NULL;

  g_mutex_lock (&self->lock);
  if (!self->closed)
    {
      entry = get_entry_with_lock (self, login, dead);
      for (Entry *each = entry; each != NULL; each = each->via)
        each->n_waiting++;
    }
  g_mutex_unlock (&self->lock);
  if (entry == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, _ ("All connections are closed"));
      return NULL;
    }

  if (wherry_session_join_connect (entry->session, cancellable, error))
    session = g_object_ref (entry->session);

  g_mutex_lock (&self->lock);
  stop_waiting_with_lock (self, entry, unwanted);
  g_mutex_unlock (&self->lock);

  for (guint i = 0; i < unwanted->len; i++)
    wherry_session_close (((Entry *) g_ptr_array_index (unwanted, i))->session);
  entry_unref (entry);
  return session;
}

static gpointer
connect_thread (gpointer data)
{
  g_autoptr (GTask) task = data;
  WherrySessionPool *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;
  WherrySession *session = wherry_session_pool_connect (self, g_task_get_task_data (task),
                                                        g_task_get_cancellable (task), &error);

  if (session != NULL)
    g_task_return_pointer (task, session, g_object_unref);
  else
    g_task_return_error (task, g_steal_pointer (&error));
  return NULL;
}

/**
 * wherry_session_pool_connect_async:
 * @self: a pool
 * @login: where and how to log in; copied
 * @cancellable: (nullable): to stop waiting
 * @callback: called on the thread-default main context of the caller
 * @user_data: for @callback
 *
 * Like wherry_session_pool_connect(), without waiting. A person may take long to
 * answer, so it waits on a thread of its own, not on one of GTask's few.
 */
void
wherry_session_pool_connect_async (WherrySessionPool *self,
                                   const WherryLogin *login,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_return_if_fail (WHERRY_IS_SESSION_POOL (self));
  g_return_if_fail (login != NULL);

  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, wherry_session_pool_connect_async);
  g_task_set_task_data (task, wherry_login_copy (login), (GDestroyNotify) wherry_login_free);
  g_thread_unref (g_thread_new ("wherry-connect", connect_thread, task));
}

/**
 * wherry_session_pool_connect_finish:
 * @self: a pool
 * @result: what the callback got
 * @error: return location for an error; see wherry_session_pool_connect()
 *
 * Returns: (transfer full): a connected session
 */
WherrySession *
wherry_session_pool_connect_finish (WherrySessionPool *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (WHERRY_IS_SESSION_POOL (self), NULL);
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * wherry_session_pool_dup_connected:
 * @self: a pool
 * @login: where and how to log in
 *
 * Returns: (transfer full) (nullable): the connection of an equal login, if one is
 *   up; nobody is asked anything
 */
WherrySession *
wherry_session_pool_dup_connected (WherrySessionPool *self, const WherryLogin *login)
{
  g_return_val_if_fail (WHERRY_IS_SESSION_POOL (self), NULL);
  g_return_val_if_fail (login != NULL, NULL);

  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  for (guint i = 0; i < self->entries->len; i++)
    {
      WherrySession *session = ((Entry *) g_ptr_array_index (self->entries, i))->session;

      if (wherry_login_equal (wherry_session_get_login (session), login)
          && wherry_session_is_connected (session))
        return g_object_ref (session);
    }
  return NULL;
}

/**
 * wherry_session_pool_is_asking:
 * @self: a pool
 * @login: where and how to log in
 *
 * Returns: whether the connection of an equal login, or one that it leads through,
 *   waits for a person's answer
 */
gboolean
wherry_session_pool_is_asking (WherrySessionPool *self, const WherryLogin *login)
{
  g_return_val_if_fail (WHERRY_IS_SESSION_POOL (self), FALSE);
  g_return_val_if_fail (login != NULL, FALSE);

  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  for (guint i = 0; i < self->entries->len; i++)
    {
      const Entry *entry = g_ptr_array_index (self->entries, i);

      if (!wherry_login_equal (wherry_session_get_login (entry->session), login))
        continue;
      for (; entry != NULL; entry = entry->via)
        if (wherry_session_is_asking (entry->session))
          return TRUE;
    }
  return FALSE;
}

/**
 * wherry_session_pool_probe:
 * @self: a pool
 *
 * Has every server asked for a sign of life; see wherry_session_probe().
 */
void
wherry_session_pool_probe (WherrySessionPool *self)
{
  g_return_if_fail (WHERRY_IS_SESSION_POOL (self));

  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  for (guint i = 0; i < self->entries->len; i++)
    wherry_session_probe (((Entry *) g_ptr_array_index (self->entries, i))->session);
}

/**
 * wherry_session_pool_close:
 * @self: a pool
 *
 * Closes all connections, and makes no more. Waits below a second for each; see
 * wherry_session_close().
 */
void
wherry_session_pool_close (WherrySessionPool *self)
{
  g_return_if_fail (WHERRY_IS_SESSION_POOL (self));

  g_autoptr (GPtrArray) entries = NULL;

  g_mutex_lock (&self->lock);
  self->closed = TRUE;
  entries = self->entries;
  self->entries = g_ptr_array_new_with_free_func (entry_unref);
  g_mutex_unlock (&self->lock);

  /* Those that lead through others came later. */
  for (guint i = entries->len; i > 0; i--)
    wherry_session_close (((Entry *) g_ptr_array_index (entries, i - 1))->session);
}
