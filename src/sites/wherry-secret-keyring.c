/*
 * libsecret's calls are made by one thread with a main context of its own, and
 * only their asynchronous forms. Whoever asks waits for it, but no longer than
 * the time limit; a call that libsecret never ends is left to itself then.
 */
#include "config.h"

#include "sites/wherry-secret-keyring.h"

#include <glib/gi18n-lib.h>
#include <libsecret/secret.h>
#include <string.h>

#include "base/wherry-error.h"
#include "base/wherry-locked.h"
#include "base/wherry-sandbox.h"

/* How long the service may take for one step, and a person for a prompt, in microseconds. */
#define ANSWER_LIMIT (10 * G_TIME_SPAN_SECOND)
#define PERSON_LIMIT (3 * G_TIME_SPAN_MINUTE)

struct _WherrySecretKeyring {
  GObject parent_instance;

  GThread *thread;
  GMainContext *context;
  GMainLoop *loop;
  gint64 answer_limit;
  gint64 person_limit;
  gint was_seen; /* atomic: the service answered once */

  /* Only its thread. */
  gboolean unlocking;
  GQueue waiting; /* (element-type Request): for the unlocking that is under way */
};

typedef enum {
  SEARCH,
  SAVE,
  CLEAR,
} Operation;

/* One call. Shared by who asks and the thread: whoever ends first leaves it to the other. */
typedef struct {
  gatomicrefcount ref_count;

  /* Constant */
  WherrySecretKeyring *keyring; /* not owned: used only by its own thread, which it ends */
  Operation operation;
  const SecretSchema *schema;
  GHashTable *attributes;
  char *label;
  char *text; /* locked */
  gboolean may_prompt;
  GCancellable *cancellable; /* of libsecret's calls */

  GMutex lock;
  GCond changed;
  gboolean done;      /* under lock */
  gint64 deadline;    /* under lock: monotonic microseconds */
  gboolean cancelled; /* under lock: the asker's cancellable was */
  GPtrArray *found;   /* once done */
  GError *error;      /* once done */

  /* Only the thread */
  SecretService *service;
  SecretCollection *collection; /* (nullable): the default one */
  gboolean unlocking_items;     /* single items were locked: searching again, with a prompt */
  GList *items;                 /* (element-type SecretRetrievable): that are left to be read */
} Request;

static const SecretSchema schemas[] = {
  [WHERRY_SECRET_PASSWORD] = { "app.wherry.Password",
                               SECRET_SCHEMA_NONE,
                               {
                                   { "user", SECRET_SCHEMA_ATTRIBUTE_STRING },
                                   { "host", SECRET_SCHEMA_ATTRIBUTE_STRING },
                                   { "port", SECRET_SCHEMA_ATTRIBUTE_INTEGER },
                                   { "method", SECRET_SCHEMA_ATTRIBUTE_STRING },
                               } },
  [WHERRY_SECRET_PASSPHRASE] = { "app.wherry.Passphrase",
                                 SECRET_SCHEMA_NONE,
                                 {
                                     { "fingerprint", SECRET_SCHEMA_ATTRIBUTE_STRING },
                                 } },
  [WHERRY_SECRET_HOST_KEY] = { "app.wherry.HostKey",
                               SECRET_SCHEMA_NONE,
                               {
                                   { "host", SECRET_SCHEMA_ATTRIBUTE_STRING },
                                   { "port", SECRET_SCHEMA_ATTRIBUTE_INTEGER },
                                   { "keytype", SECRET_SCHEMA_ATTRIBUTE_STRING },
                               } },
};

static void wherry_secret_keyring_store_init (WherrySecretStoreInterface *iface);
static void search (Request *request);
static void read_next_item (Request *request);

G_DEFINE_FINAL_TYPE_WITH_CODE (WherrySecretKeyring,
                               wherry_secret_keyring,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (WHERRY_TYPE_SECRET_STORE,
                                                      wherry_secret_keyring_store_init))

static Request *
request_new (WherrySecretKeyring *keyring,
             Operation operation,
             WherrySecretKind kind,
             GHashTable *attributes,
             WherrySecretFlags flags)
{
  Request *self = g_new0 (Request, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->keyring = keyring;
  self->operation = operation;
  self->schema = &schemas[kind];
  self->attributes = g_hash_table_ref (attributes);
  self->may_prompt = (flags & WHERRY_SECRET_MAY_PROMPT) != 0;
  self->cancellable = g_cancellable_new ();
  self->deadline = g_get_monotonic_time () + keyring->answer_limit;
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  return self;
}

static Request *
request_ref (Request *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static void
request_unref (gpointer data)
{
  Request *self = data;

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_hash_table_unref (self->attributes);
  g_free (self->label);
  wherry_locked_free (self->text);
  g_object_unref (self->cancellable);
  g_clear_object (&self->service);
  g_clear_object (&self->collection);
  g_list_free_full (self->items, g_object_unref);
  g_clear_pointer (&self->found, g_ptr_array_unref);
  g_clear_error (&self->error);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Request, request_unref)

static void
request_set_limit (Request *self, gint64 microseconds)
{
  g_mutex_lock (&self->lock);
  self->deadline = g_get_monotonic_time () + microseconds;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

/* Ends the call; well if @error is %NULL. */
static void
request_end (Request *self, GError *error)
{
  g_mutex_lock (&self->lock);
  self->error = error;
  self->done = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

static void
end_locked (Request *self)
{
  request_end (self, g_error_new_literal (WHERRY_ERROR, WHERRY_ERROR_KEYRING_LOCKED,
                                          _ ("The keyring is locked. Unlock it, then try again.")));
}

static void
end_failed (Request *self, const char *reason)
{
  request_end (
      self, g_error_new (WHERRY_ERROR, WHERRY_ERROR_KEYRING_FAILED,
                         /* Translators: %s says why, in the words of another program or library */
                         _ ("The keyring can’t be used: %s. Logging out and in again may help."),
                         reason));
}

/* Nobody is there to answer; nothing else is meant by these. */
static gboolean
is_absent (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN)
         || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER)
         || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SPAWN_SERVICE_NOT_FOUND)
         || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SPAWN_EXEC_FAILED)
         || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SPAWN_CHILD_EXITED)
         || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SPAWN_FAILED);
}

static void
end_absent (Request *self)
{
  request_end (self,
               g_error_new_literal (WHERRY_ERROR, WHERRY_ERROR_NO_KEYRING,
                                    _ ("There is no keyring (secret service) in this session.")));
}

/* Takes @error. What was there and is gone is no reason to believe that nothing is recorded. */
static void
end_with_error (Request *self, GError *error)
{
  g_autoptr (GError) owned = error;

  if (g_error_matches (error, SECRET_ERROR, SECRET_ERROR_IS_LOCKED))
    end_locked (self);
  else if (is_absent (error) && !g_atomic_int_get (&self->keyring->was_seen))
    end_absent (self);
  else
    end_failed (self, error->message);
}

/* As libsecret decides it: inside a sandbox there is a file, which is never locked. */
static gboolean
uses_service (void)
{
  const char *backend = g_getenv ("SECRET_BACKEND");

  if (backend != NULL && *backend != '\0')
    return g_str_equal (backend, "service");
  return !wherry_sandbox_is_inside ();
}

/* Without this GDBus would start a bus, which has no keyring on it. */
static gboolean
has_bus (void)
{
  const char *address = g_getenv ("DBUS_SESSION_BUS_ADDRESS");
  g_autofree char *path = g_build_filename (g_get_user_runtime_dir (), "bus", NULL);

  return (address != NULL && *address != '\0') || g_file_test (path, G_FILE_TEST_EXISTS);
}

static gboolean
take_item (Request *self, SecretRetrievable *item, SecretValue *value)
{
  g_autoptr (GHashTable) attributes = secret_retrievable_get_attributes (item);
  const char *text = value != NULL ? secret_value_get_text (value) : NULL;

  /* Not a word of text: nothing of ours. */
  if (text == NULL || !g_utf8_validate (text, -1, NULL))
    return FALSE;
  g_ptr_array_add (self->found, wherry_secret_new (attributes, text));
  return TRUE;
}

static void
on_retrieved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Request) self = user_data;
  SecretRetrievable *item = SECRET_RETRIEVABLE (source);
  GError *error = NULL;
  g_autoptr (SecretValue) value = secret_retrievable_retrieve_secret_finish (item, result, &error);

  if (error != NULL)
    end_with_error (self, error);
  else if (!take_item (self, item, value))
    end_failed (self, _ ("one of its secrets can’t be read"));
  else
    read_next_item (self);
}

/* Reads the secrets found, one by one; a record that can't be read ends it all. */
static void
read_next_item (Request *self)
{
  while (self->items != NULL)
    {
      g_autoptr (SecretRetrievable) item = self->items->data;
      g_autoptr (SecretValue) value = NULL;

      self->items = g_list_delete_link (self->items, self->items);
      if (!SECRET_IS_ITEM (item))
        {
          secret_retrievable_retrieve_secret (item, self->cancellable, on_retrieved,
                                              request_ref (self));
          return;
        }
      if (secret_item_get_locked (SECRET_ITEM (item)))
        {
          end_locked (self);
          return;
        }
      value = secret_item_get_secret (SECRET_ITEM (item));
      if (!take_item (self, item, value))
        {
          end_failed (self, _ ("one of its secrets can’t be read"));
          return;
        }
    }
  request_end (self, NULL);
}

static gboolean
has_locked (GList *items)
{
  for (GList *l = items; l != NULL; l = l->next)
    if (SECRET_IS_ITEM (l->data) && secret_item_get_locked (l->data))
      return TRUE;
  return FALSE;
}

static void
on_searched (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Request) self = user_data;
  GError *error = NULL;

  self->items = secret_password_search_finish (result, &error);
  if (error != NULL)
    {
      end_with_error (self, error);
      return;
    }
  if (has_locked (self->items) && self->may_prompt && !self->unlocking_items)
    {
      self->unlocking_items = TRUE;
      g_list_free_full (g_steal_pointer (&self->items), g_object_unref);
      search (self);
      return;
    }
  self->found = g_ptr_array_new_with_free_func ((GDestroyNotify) wherry_secret_free);
  read_next_item (self);
}

static void
on_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Request) self = user_data;
  GError *error = NULL;

  if (secret_password_store_finish (result, &error))
    request_end (self, NULL);
  else if (error != NULL)
    end_with_error (self, error);
  else
    end_locked (self); /* a new keyring was to be made, and the prompt was dismissed */
}

static void
on_cleared (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Request) self = user_data;
  GError *error = NULL;

  secret_password_clear_finish (result, &error);
  if (error != NULL)
    end_with_error (self, error);
  else
    request_end (self, NULL);
}

static void
search (Request *self)
{
  SecretSearchFlags flags = SECRET_SEARCH_ALL | SECRET_SEARCH_LOAD_SECRETS;

  if (self->unlocking_items)
    {
      flags |= SECRET_SEARCH_UNLOCK;
      request_set_limit (self, self->keyring->person_limit);
    }
  secret_password_searchv (self->schema, self->attributes, flags, self->cancellable, on_searched,
                           request_ref (self));
}

/* The keyring is open, as far as it can be. */
static void
perform (Request *self)
{
  /* Nobody waits any more: nothing is to be stored behind the asker's back. */
  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  request_set_limit (self, self->keyring->answer_limit);
  switch (self->operation)
    {
    case SEARCH:
      search (self);
      break;

    case SAVE:
      /* Without a keyring yet the service asks for the password of a new one. */
      if (self->service != NULL && self->collection == NULL)
        {
          if (!self->may_prompt)
            {
              end_locked (self);
              break;
            }
          request_set_limit (self, self->keyring->person_limit);
        }
      secret_password_storev (self->schema, self->attributes, SECRET_COLLECTION_DEFAULT,
                              self->label, self->text, self->cancellable, on_saved,
                              request_ref (self));
      break;

    case CLEAR:
      secret_password_clearv (self->schema, self->attributes, self->cancellable, on_cleared,
                              request_ref (self));
      break;
    }
}

/* Goes on with all that waited, one way or the other: nobody is asked twice for the same. */
static void
end_unlocking (WherrySecretKeyring *keyring, gboolean unlocked, const GError *error)
{
  Request *request;

  keyring->unlocking = FALSE;
  while ((request = g_queue_pop_head (&keyring->waiting)) != NULL)
    {
      if (error != NULL)
        end_with_error (request, g_error_copy (error));
      else if (unlocked)
        perform (request);
      else
        end_locked (request);
      request_unref (request);
    }
}

static void
on_unlocked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Request) self = user_data;
  g_autolist (GDBusProxy) unlocked = NULL;
  g_autoptr (GError) error = NULL;
  gboolean is_unlocked = FALSE;
  const char *path = g_dbus_proxy_get_object_path (G_DBUS_PROXY (self->collection));

  secret_service_unlock_finish (SECRET_SERVICE (source), result, &unlocked, &error);
  for (GList *l = unlocked; l != NULL; l = l->next)
    if (g_str_equal (g_dbus_proxy_get_object_path (l->data), path))
      is_unlocked = TRUE;
  end_unlocking (self->keyring, is_unlocked, error);
}

static void
unlock (Request *self)
{
  WherrySecretKeyring *keyring = self->keyring;
  GList collections = { .data = self->collection };

  request_set_limit (self, keyring->person_limit);
  g_queue_push_tail (&keyring->waiting, request_ref (self));
  if (keyring->unlocking)
    return;
  keyring->unlocking = TRUE;
  /* Not to be cancelled: others wait for it too, and libsecret would never call back. */
  secret_service_unlock (self->service, &collections, NULL, on_unlocked, request_ref (self));
}

static void
on_collection (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Request) self = user_data;
  GError *error = NULL;

  self->collection = secret_collection_for_alias_finish (result, &error);
  if (error != NULL)
    end_with_error (self, error);
  else if (self->collection == NULL || !secret_collection_get_locked (self->collection))
    perform (self);
  else if (self->may_prompt)
    unlock (self);
  else
    end_locked (self);
}

static void
on_service (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Request) self = user_data;
  GError *error = NULL;

  self->service = secret_service_get_finish (result, &error);
  if (self->service == NULL)
    {
      end_with_error (self, error);
      return;
    }
  g_atomic_int_set (&self->keyring->was_seen, TRUE);
  secret_collection_for_alias (self->service, SECRET_COLLECTION_DEFAULT, SECRET_COLLECTION_NONE,
                               self->cancellable, on_collection, request_ref (self));
}

static void
on_bus (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Request) self = user_data;
  GError *error = NULL;
  g_autoptr (GDBusConnection) bus = g_bus_get_finish (result, &error);

  if (bus != NULL)
    {
      /* GDBus would end the program, and its transfers, with the bus. */
      g_dbus_connection_set_exit_on_close (bus, FALSE);
      secret_service_get (SECRET_SERVICE_OPEN_SESSION, self->cancellable, on_service,
                          request_ref (self));
    }
  else if (!g_atomic_int_get (&self->keyring->was_seen))
    {
      g_error_free (error);
      end_absent (self);
    }
  else
    end_with_error (self, error);
}

static void
begin (Request *self)
{
  if (!uses_service ())
    perform (self);
  else if (!has_bus ())
    end_with_error (self, g_error_new_literal (G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN,
                                               _ ("there is no session bus")));
  else
    g_bus_get (G_BUS_TYPE_SESSION, self->cancellable, on_bus, request_ref (self));
}

static gboolean
on_begin (gpointer user_data)
{
  begin (user_data);
  return G_SOURCE_REMOVE;
}

static void
on_caller_cancelled (GCancellable *cancellable, gpointer user_data)
{
  Request *self = user_data;

  g_mutex_lock (&self->lock);
  self->cancelled = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

/* Has the thread do it, and waits. */
static gboolean
run (Request *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  gulong handler = 0;
  gboolean done;
  gboolean cancelled;

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;

  if (cancellable != NULL)
    handler = g_cancellable_connect (cancellable, G_CALLBACK (on_caller_cancelled),
                                     request_ref (self), request_unref);
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, on_begin, request_ref (self), request_unref);
  g_source_set_static_name (source, "[wherry] keyring");
  g_source_attach (source, self->keyring->context);

  g_mutex_lock (&self->lock);
  while (!self->done && !self->cancelled && g_get_monotonic_time () < self->deadline)
    g_cond_wait_until (&self->changed, &self->lock, self->deadline);
  done = self->done;
  cancelled = self->cancelled;
  g_mutex_unlock (&self->lock);
  g_cancellable_disconnect (cancellable, handler);

  if (done)
    {
      if (self->error != NULL)
        g_propagate_error (error, g_steal_pointer (&self->error));
      else
        return TRUE;
    }
  else
    {
      g_cancellable_cancel (self->cancellable);
      if (!cancelled || !g_cancellable_set_error_if_cancelled (cancellable, error))
        g_set_error_literal (error, WHERRY_ERROR, WHERRY_ERROR_KEYRING_FAILED,
                             _ ("The keyring does not answer. Logging out and in again may help."));
    }
  return FALSE;
}

static GPtrArray *
wherry_secret_keyring_search (WherrySecretStore *store,
                              WherrySecretKind kind,
                              GHashTable *attributes,
                              WherrySecretFlags flags,
                              GCancellable *cancellable,
                              GError **error)
{
  g_autoptr (Request) request
      = request_new (WHERRY_SECRET_KEYRING (store), SEARCH, kind, attributes, flags);

  return run (request, cancellable, error) ? g_steal_pointer (&request->found) : NULL;
}

static gboolean
wherry_secret_keyring_save (WherrySecretStore *store,
                            WherrySecretKind kind,
                            GHashTable *attributes,
                            const char *label,
                            const char *text,
                            WherrySecretFlags flags,
                            GCancellable *cancellable,
                            GError **error)
{
  g_autoptr (Request) request
      = request_new (WHERRY_SECRET_KEYRING (store), SAVE, kind, attributes, flags);

  request->label = g_strdup (label);
  request->text = wherry_locked_strdup (text);
  return run (request, cancellable, error);
}

static gboolean
wherry_secret_keyring_clear (WherrySecretStore *store,
                             WherrySecretKind kind,
                             GHashTable *attributes,
                             WherrySecretFlags flags,
                             GCancellable *cancellable,
                             GError **error)
{
  g_autoptr (Request) request
      = request_new (WHERRY_SECRET_KEYRING (store), CLEAR, kind, attributes, flags);

  return run (request, cancellable, error);
}

static void
wherry_secret_keyring_store_init (WherrySecretStoreInterface *iface)
{
  iface->search = wherry_secret_keyring_search;
  iface->save = wherry_secret_keyring_save;
  iface->clear = wherry_secret_keyring_clear;
}

static gpointer
work (gpointer data)
{
  GMainLoop *loop = data;
  GMainContext *context = g_main_loop_get_context (loop);

  g_main_context_push_thread_default (context);
  g_main_loop_run (loop);
  g_main_context_pop_thread_default (context);
  g_main_loop_unref (loop);
  return NULL;
}

static gboolean
on_quit (gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_REMOVE;
}

static void
wherry_secret_keyring_finalize (GObject *object)
{
  WherrySecretKeyring *self = WHERRY_SECRET_KEYRING (object);
  g_autoptr (GSource) source = g_idle_source_new ();

  /* Not g_main_context_invoke(), which quits at once what has not begun to run. */
  g_source_set_callback (source, on_quit, self->loop, NULL);
  g_source_attach (source, self->context);
  g_thread_join (self->thread);
  /* So that the next one does not get what listens in the context of this one. */
  secret_service_disconnect ();
  /* What listened is freed in the context that it listened in. */
  while (g_main_context_iteration (self->context, FALSE))
    ;
  g_queue_clear_full (&self->waiting, request_unref);
  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);

  G_OBJECT_CLASS (wherry_secret_keyring_parent_class)->finalize (object);
}

static void
wherry_secret_keyring_class_init (WherrySecretKeyringClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wherry_secret_keyring_finalize;
}

static void
wherry_secret_keyring_init (WherrySecretKeyring *self)
{
  self->answer_limit = ANSWER_LIMIT;
  self->person_limit = PERSON_LIMIT;
  g_queue_init (&self->waiting);
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->thread = g_thread_new ("keyring", work, g_main_loop_ref (self->loop));
}

/**
 * wherry_secret_keyring_new:
 *
 * Nothing is asked of the service before the first call.
 *
 * Returns: (transfer full): the keyring
 */
WherrySecretStore *
wherry_secret_keyring_new (void)
{
  return g_object_new (WHERRY_TYPE_SECRET_KEYRING, NULL);
}

/**
 * wherry_secret_keyring_set_limits:
 * @self: the keyring
 * @answer: how long the service may take for one step, in microseconds
 * @person: how long a person may take for a prompt, in microseconds
 *
 * For tests. Before the first call.
 */
void
wherry_secret_keyring_set_limits (WherrySecretKeyring *self, gint64 answer, gint64 person)
{
  g_return_if_fail (WHERRY_IS_SECRET_KEYRING (self));

  self->answer_limit = answer;
  self->person_limit = person;
}

/**
 * wherry_secret_keyring_was_seen:
 * @self: the keyring
 *
 * Returns: whether the service answered since the program began
 */
gboolean
wherry_secret_keyring_was_seen (WherrySecretKeyring *self)
{
  g_return_val_if_fail (WHERRY_IS_SECRET_KEYRING (self), FALSE);
  return g_atomic_int_get (&self->was_seen);
}
