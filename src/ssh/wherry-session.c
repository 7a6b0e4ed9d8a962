#include "config.h"

#include "ssh/wherry-session.h"

#include <glib/gi18n-lib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "ssh/wherry-session-private.h"

#define KEEPALIVE_INTERVAL (15 * (gint64) G_USEC_PER_SEC)
#define DEAD_AFTER (60 * (gint64) G_USEC_PER_SEC)

struct _WherrySession {
  GObject parent_instance;

  WherrySessionImpl *impl;
};

G_DEFINE_FINAL_TYPE (WherrySession, wherry_session, G_TYPE_OBJECT)

WherrySessionImpl *
wherry_session_impl_new (const WherryLogin *login,
                         WherryHostKeyStore *host_keys,
                         WherryPrompter *prompter)
{
  WherrySessionImpl *self = g_new0 (WherrySessionImpl, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->login = wherry_login_copy (login);
  self->host_keys = g_object_ref (host_keys);
  self->prompter = prompter != NULL ? g_object_ref (prompter) : NULL;
  self->cancellable = g_cancellable_new ();
  self->wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  g_assert (self->wake_fd >= 0);
  self->keepalive_interval = login->keepalive_interval > 0
                                 ? login->keepalive_interval * (gint64) G_USEC_PER_SEC
                                 : KEEPALIVE_INTERVAL;
  self->dead_after = DEAD_AFTER;
  self->impl.heard = g_byte_array_new ();
  self->impl.heard_all = TRUE;
  self->impl.trail.tried = g_string_new (NULL);
  self->impl.trail.key_trouble = g_string_new (NULL);
  self->impl.unsettled = g_ptr_array_new_with_free_func (g_object_unref);
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  return self;
}

WherrySessionImpl *
wherry_session_impl_ref (WherrySessionImpl *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
wherry_session_impl_unref (WherrySessionImpl *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_assert (self->thread == NULL);
  g_assert (g_queue_is_empty (&self->tasks));
  g_assert (g_queue_is_empty (&self->requests));
  g_assert (self->spare == NULL);
  g_clear_object (&self->via);
  wherry_login_free (self->login);
  g_object_unref (self->host_keys);
  g_clear_object (&self->prompter);
  g_object_unref (self->cancellable);
  close (self->wake_fd);
  g_clear_error (&self->error);
  g_free (self->server_banner);
  g_free (self->cipher);
  g_free (self->impl.shut_out);
  g_byte_array_unref (self->impl.heard);
  g_string_free (self->impl.trail.tried, TRUE);
  g_string_free (self->impl.trail.key_trouble, TRUE);
  g_ptr_array_unref (self->impl.unsettled);
  g_free (self->impl.trail.notice);
  g_free (self->impl.trail.nobody);
  g_free (self->impl.trail.message);
  g_free (self->impl.trail.shown);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

/* Has the thread look for news; cheap while it is awake. */
void
wherry_session_impl_wake (WherrySessionImpl *self)
{
  if (atomic_exchange (&self->pending, 1) == 0 && atomic_load (&self->sleeping) != 0)
    eventfd_write (self->wake_fd, 1);
}

static gboolean
open_in_impl (WherrySessionImpl *self, GError **error)
{
  int fd = -1;

  if (!(self->login->via != NULL ? wherry_session_open_tunnel_in_impl (self, &fd, error)
                                 : wherry_session_open_socket_in_impl (self, &fd, error))
      || !wherry_session_exchange_keys_in_impl (self, fd, error)
      || !wherry_session_check_host_key_in_impl (self, error)
      || !wherry_session_authenticate_in_impl (self, error))
    return FALSE;

  self->impl.event = ssh_event_new ();
  g_assert (self->impl.event != NULL);
  ssh_event_add_session (self->impl.event, self->impl.session);
  return TRUE;
}

typedef struct {
  GTask *task;
  GCancellable *cancellable;
  gulong handler;
  GError *error; /* (nullable): the outcome */
} ConnectTask;

static void
connect_task_free (gpointer data)
{
  ConnectTask *self = data;

  g_cancellable_disconnect (self->cancellable, self->handler);
  g_clear_object (&self->cancellable);
  g_clear_error (&self->error);
  g_object_unref (self->task);
  g_free (self);
}

static gboolean
connect_task_return (gpointer data)
{
  ConnectTask *self = data;

  if (self->error != NULL)
    g_task_return_error (self->task, g_steal_pointer (&self->error));
  else
    g_task_return_boolean (self->task, TRUE);
  return G_SOURCE_REMOVE;
}

/*
 * Answers in the caller's context, where the task is let go as well: it may hold
 * the last reference on the session, and with it on a prompter that belongs to
 * the main thread.
 */
static void
connect_task_complete (ConnectTask *self, const GError *error)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  self->error = error != NULL ? g_error_copy (error) : NULL;
  g_source_set_priority (source, g_task_get_priority (self->task));
  g_source_set_callback (source, connect_task_return, self, connect_task_free);
  g_source_set_static_name (source, "[wherry] connected");
  g_source_attach (source, g_task_get_context (self->task));
}

/* Answers all who wait for the connection. */
static void
publish (WherrySessionImpl *self, WherrySessionState state, const GError *error)
{
  GQueue tasks = G_QUEUE_INIT;
  ConnectTask *waiting;

  g_mutex_lock (&self->lock);
  self->state = state;
  if (error != NULL)
    self->error = g_error_copy (error);
  tasks = self->tasks;
  g_queue_init (&self->tasks);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);

  while ((waiting = g_queue_pop_head (&tasks)) != NULL)
    connect_task_complete (waiting, error);
}

static void
fail_streams (WherrySessionImpl *self, const GError *error)
{
  WherryStream *stream;

  g_mutex_lock (&self->lock);
  while ((stream = g_queue_pop_head (&self->requests)) != NULL)
    g_ptr_array_add (self->impl.streams, stream);
  g_mutex_unlock (&self->lock);

  for (guint i = 0; i < self->impl.streams->len; i++)
    wherry_stream_fail_in_impl (g_ptr_array_index (self->impl.streams, i), error);
}

void
wherry_session_set_closed_error (WherrySessionImpl *self, GError **error)
{
  g_autofree char *host = wherry_text_escape (self->login->host, -1, 0);

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED, _ ("The connection to “%s” is closed"), host);
}

static GPrivate session_of_thread; /* WherrySessionImpl */

/* The session's thread, from connecting to the end. Owns a reference. */
gpointer
wherry_session_impl_run (gpointer data)
{
  WherrySessionImpl *self = data;
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (WherrySession) via = NULL;
  g_autoptr (GError) error = NULL;
  gboolean connected;

  g_private_set (&session_of_thread, self);
  self->impl.thread = g_thread_self ();
  self->impl.context = context;
  self->impl.cancel_fd = g_cancellable_get_fd (self->cancellable);
  self->impl.streams = g_ptr_array_new_with_free_func ((GDestroyNotify) wherry_stream_unref);
  g_main_context_push_thread_default (context);

  connected = open_in_impl (self, &error);
  /* No answer is kept longer than it is of use. */
  g_ptr_array_set_size (self->impl.unsettled, 0);
  if (connected)
    {
      publish (self, WHERRY_SESSION_CONNECTED, NULL);
      wherry_session_pump_in_impl (self, &error);
    }
  if (error == NULL)
    wherry_session_set_closed_error (self, &error);

  publish (self, WHERRY_SESSION_ENDED, error);
  fail_streams (self, error);
  wherry_session_disconnect_in_impl (self, connected);

  g_main_context_pop_thread_default (context);
  g_ptr_array_unref (self->impl.streams);
  g_clear_pointer (&self->impl.host_key, wherry_host_key_unref);
  g_cancellable_release_fd (self->cancellable);

  /* Who drops the last reference on that one waits for its end. */
  g_mutex_lock (&self->lock);
  via = g_steal_pointer (&self->via);
  g_mutex_unlock (&self->lock);
  g_clear_object (&via);

  g_mutex_lock (&self->lock);
  wherry_session_note_end (self, g_steal_pointer (&self->thread));
  self->running = FALSE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  wherry_session_impl_unref (self);
  return NULL;
}

static gboolean
is_own_thread (WherrySessionImpl *self)
{
  return g_private_get (&session_of_thread) == self;
}

static void
wherry_session_dispose (GObject *object)
{
  WherrySession *self = WHERRY_SESSION (object);

  if (self->impl != NULL && is_own_thread (self->impl))
    {
      /* The last reference went in this session's thread: it must not wait for itself. */
      g_autoptr (WherrySession) spare = NULL;

      g_mutex_lock (&self->impl->lock);
      self->impl->closing = TRUE;
      spare = g_steal_pointer (&self->impl->spare);
      g_mutex_unlock (&self->impl->lock);
      wherry_session_impl_wake (self->impl);
    }
  else if (self->impl != NULL)
    wherry_session_close (self);
  g_clear_pointer (&self->impl, wherry_session_impl_unref);

  G_OBJECT_CLASS (wherry_session_parent_class)->dispose (object);
}

static void
wherry_session_class_init (WherrySessionClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wherry_session_dispose;
}

static void
wherry_session_init (WherrySession *self)
{
}

/**
 * wherry_session_new:
 * @login: where and how to log in; copied
 * @host_keys: where host keys are looked up and remembered
 * @prompter: (nullable): who answers questions; without one, nothing that needs
 *   a person succeeds
 *
 * A login that leads through another host has a session of its own there.
 *
 * Returns: (transfer full): a session that is not connected
 */
WherrySession *
wherry_session_new (const WherryLogin *login,
                    WherryHostKeyStore *host_keys,
                    WherryPrompter *prompter)
{
  g_return_val_if_fail (login != NULL, NULL);
  g_return_val_if_fail (WHERRY_IS_HOST_KEY_STORE (host_keys), NULL);
  g_return_val_if_fail (prompter == NULL || WHERRY_IS_PROMPTER (prompter), NULL);

  g_autoptr (WherrySession) via
      = login->via != NULL ? wherry_session_new (login->via, host_keys, prompter) : NULL;

  return wherry_session_new_through (login, host_keys, prompter, via);
}

/* The same, by a connection that others may use as well; @via serves the login's own @via. */
WherrySession *
wherry_session_new_through (const WherryLogin *login,
                            WherryHostKeyStore *host_keys,
                            WherryPrompter *prompter,
                            WherrySession *via)
{
  g_return_val_if_fail ((login->via != NULL) == (via != NULL), NULL);

  WherrySession *self = g_object_new (WHERRY_TYPE_SESSION, NULL);

  self->impl = wherry_session_impl_new (login, host_keys, prompter);
  self->impl->via = via != NULL ? g_object_ref (via) : NULL;
  return self;
}

WherrySessionImpl *
wherry_session_get_impl (WherrySession *self)
{
  return self->impl;
}

/**
 * wherry_session_get_login:
 * @self: a session
 *
 * Returns: (transfer none): where and how it logs in
 */
const WherryLogin *
wherry_session_get_login (WherrySession *self)
{
  g_return_val_if_fail (WHERRY_IS_SESSION (self), NULL);
  return self->impl->login;
}

void
wherry_session_set_liveness (WherrySession *self, gint64 keepalive_interval, gint64 dead_after)
{
  g_return_if_fail (WHERRY_IS_SESSION (self));
  g_return_if_fail (self->impl->state == WHERRY_SESSION_NEW);

  self->impl->keepalive_interval = keepalive_interval;
  self->impl->dead_after = dead_after;
}

/* Starts the thread unless that was done, or there is no use in it; with the lock held. */
static void
start_with_lock (WherrySessionImpl *impl)
{
  if (impl->state != WHERRY_SESSION_NEW)
    return;
  if (impl->closing)
    {
      impl->state = WHERRY_SESSION_ENDED;
      wherry_session_set_closed_error (impl, &impl->error);
      return;
    }
  impl->state = WHERRY_SESSION_CONNECTING;
  impl->running = TRUE;
  wherry_session_note_start (impl);
  impl->thread
      = g_thread_new ("wherry-session", wherry_session_impl_run, wherry_session_impl_ref (impl));
}

static void
on_connect_cancelled (GCancellable *cancellable, gpointer user_data)
{
  WherrySessionImpl *impl = user_data;

  g_cancellable_cancel (impl->cancellable);
  g_mutex_lock (&impl->lock);
  g_cond_broadcast (&impl->changed);
  g_mutex_unlock (&impl->lock);
}

static void
on_wait_cancelled (GCancellable *cancellable, gpointer user_data)
{
  WherrySessionImpl *impl = user_data;

  g_mutex_lock (&impl->lock);
  g_cond_broadcast (&impl->changed);
  g_mutex_unlock (&impl->lock);
}

static gboolean
connect_and_wait (WherrySession *self,
                  GCancellable *cancellable,
                  GCallback cancelled,
                  GError **error)
{
  WherrySessionImpl *impl = self->impl;
  gboolean connected;
  gulong handler = 0;

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (cancellable != NULL)
    handler = g_cancellable_connect (cancellable, cancelled, wherry_session_impl_ref (impl),
                                     (GDestroyNotify) wherry_session_impl_unref);

  g_mutex_lock (&impl->lock);
  start_with_lock (impl);
  while (impl->state == WHERRY_SESSION_CONNECTING && !g_cancellable_is_cancelled (cancellable))
    g_cond_wait (&impl->changed, &impl->lock);
  connected = impl->state == WHERRY_SESSION_CONNECTED;
  if (!connected && !g_cancellable_set_error_if_cancelled (cancellable, error))
    g_propagate_error (error, g_error_copy (impl->error));
  g_mutex_unlock (&impl->lock);

  g_cancellable_disconnect (cancellable, handler);
  return connected;
}

/**
 * wherry_session_connect:
 * @self: a session
 * @cancellable: (nullable): to give up; this ends the session
 * @error: return location for an error
 *
 * Connects, checks the host key, logs in. May be called again, and by several
 * threads at once: all get the same result. A session that has ended stays so:
 * make a new one. Not to be called on the main thread while the prompter needs
 * it.
 *
 * Fails with %WHERRY_ERROR_CONNECT if the server can't be reached or is none,
 * %WHERRY_ERROR_NO_COMMON_ALGORITHM, one of the %WHERRY_ERROR_HOST_KEY_UNKNOWN
 * family, %WHERRY_ERROR_AUTHENTICATION, or %G_IO_ERROR_CANCELLED if @cancellable
 * was cancelled or a person declined to log in.
 *
 * Returns: %TRUE if the session is connected
 */
gboolean
wherry_session_connect (WherrySession *self, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (WHERRY_IS_SESSION (self), FALSE);

  return connect_and_wait (self, cancellable, G_CALLBACK (on_connect_cancelled), error);
}

/* Like wherry_session_connect(), but @cancellable ends the wait only, not the session. */
gboolean
wherry_session_join_connect (WherrySession *self, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (WHERRY_IS_SESSION (self), FALSE);

  return connect_and_wait (self, cancellable, G_CALLBACK (on_wait_cancelled), error);
}

/**
 * wherry_session_connect_async:
 * @self: a session
 * @cancellable: (nullable): to give up; this ends the session
 * @callback: called on the thread-default main context of the caller
 * @user_data: for @callback
 *
 * Like wherry_session_connect(), without waiting. Uses the session's own thread
 * only.
 */
void
wherry_session_connect_async (WherrySession *self,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_return_if_fail (WHERRY_IS_SESSION (self));

  WherrySessionImpl *impl = self->impl;
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (GError) error = NULL;
  WherrySessionState state;
  gulong handler = 0;

  g_task_set_source_tag (task, wherry_session_connect_async);
  if (g_task_return_error_if_cancelled (task))
    {
      g_object_unref (task);
      return;
    }
  if (cancellable != NULL)
    handler = g_cancellable_connect (cancellable, G_CALLBACK (on_connect_cancelled),
                                     wherry_session_impl_ref (impl),
                                     (GDestroyNotify) wherry_session_impl_unref);

  g_mutex_lock (&impl->lock);
  start_with_lock (impl);
  state = impl->state;
  if (state == WHERRY_SESSION_CONNECTING)
    {
      ConnectTask *waiting = g_new0 (ConnectTask, 1);

      waiting->task = g_steal_pointer (&task);
      waiting->cancellable = cancellable != NULL ? g_object_ref (cancellable) : NULL;
      waiting->handler = handler;
      g_queue_push_tail (&impl->tasks, waiting);
    }
  else if (state == WHERRY_SESSION_ENDED)
    error = g_error_copy (impl->error);
  g_mutex_unlock (&impl->lock);

  if (state == WHERRY_SESSION_CONNECTING)
    return;
  g_cancellable_disconnect (cancellable, handler);
  if (error != NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

/**
 * wherry_session_connect_finish:
 * @self: a session
 * @result: what the callback got
 * @error: return location for an error; see wherry_session_connect()
 *
 * Returns: %TRUE if the session is connected
 */
gboolean
wherry_session_connect_finish (WherrySession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (WHERRY_IS_SESSION (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * wherry_session_is_connected:
 * @self: a session
 *
 * Returns: %TRUE while commands can be run
 */
gboolean
wherry_session_is_connected (WherrySession *self)
{
  g_return_val_if_fail (WHERRY_IS_SESSION (self), FALSE);

  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->impl->lock);

  return self->impl->state == WHERRY_SESSION_CONNECTED && !self->impl->closing;
}

/* wherry_session_ask: has the prompter answer a question, and others know of it meanwhile. */
gboolean
wherry_session_ask (WherrySessionImpl *self, WherryPrompt *prompt, GError **error)
{
  g_mutex_lock (&self->lock);
  self->question = prompt;
  g_mutex_unlock (&self->lock);
  gboolean answered = wherry_prompter_ask (self->prompter, prompt, self->cancellable, error);
  g_mutex_lock (&self->lock);
  self->question = NULL;
  g_mutex_unlock (&self->lock);
  return answered;
}

/* wherry_session_is_asking: whether a question of its login, or of its spare connection's, waits
 * for a person. */
gboolean
wherry_session_is_asking (WherrySession *self)
{
  WherrySessionImpl *impl = self->impl;
  g_autoptr (WherrySession) spare = NULL;

  g_mutex_lock (&impl->lock);
  gboolean asking = impl->question != NULL && wherry_prompt_is_open (impl->question);
  spare = impl->spare != NULL ? g_object_ref (impl->spare) : NULL;
  g_mutex_unlock (&impl->lock);
  return asking || (spare != NULL && wherry_session_is_asking (spare));
}

/**
 * wherry_session_dup_error:
 * @self: a session
 *
 * Returns: (transfer full) (nullable): why it has ended; %NULL before that
 */
GError *
wherry_session_dup_error (WherrySession *self)
{
  g_return_val_if_fail (WHERRY_IS_SESSION (self), NULL);

  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->impl->lock);

  return self->impl->error != NULL ? g_error_copy (self->impl->error) : NULL;
}

/**
 * wherry_session_get_server_kind:
 * @self: a session
 *
 * Returns: which program serves; %WHERRY_SERVER_OTHER before it is known
 */
WherryServerKind
wherry_session_get_server_kind (WherrySession *self)
{
  g_return_val_if_fail (WHERRY_IS_SESSION (self), WHERRY_SERVER_OTHER);

  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->impl->lock);

  return self->impl->server_kind;
}

/**
 * wherry_session_dup_server_banner:
 * @self: a session
 *
 * Returns: (transfer full) (nullable): the server's identification string,
 *   escaped; %NULL before it came
 */
char *
wherry_session_dup_server_banner (WherrySession *self)
{
  g_return_val_if_fail (WHERRY_IS_SESSION (self), NULL);

  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->impl->lock);

  return g_strdup (self->impl->server_banner);
}

/**
 * wherry_session_dup_cipher:
 * @self: a session
 *
 * Returns: (transfer full) (nullable): the name of the cipher for what is sent;
 *   %NULL before the key exchange
 */
char *
wherry_session_dup_cipher (WherrySession *self)
{
  g_return_val_if_fail (WHERRY_IS_SESSION (self), NULL);

  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->impl->lock);

  return g_strdup (self->impl->cipher);
}

void
wherry_session_impl_close (WherrySessionImpl *self)
{
  g_autoptr (WherrySession) spare = NULL;
  GThread *thread;

  g_mutex_lock (&self->lock);
  self->closing = TRUE;
  thread = g_steal_pointer (&self->thread);
  spare = g_steal_pointer (&self->spare);
  g_mutex_unlock (&self->lock);

  g_cancellable_cancel (self->cancellable);
  wherry_session_impl_wake (self);
  if (spare != NULL)
    wherry_session_close (spare);
  if (thread != NULL)
    g_thread_join (thread);

  /* Another caller may be joining it. */
  g_mutex_lock (&self->lock);
  while (self->running)
    g_cond_wait (&self->changed, &self->lock);
  g_mutex_unlock (&self->lock);
}

/**
 * wherry_session_close:
 * @self: a session
 *
 * Ends the session, whatever it is about, and waits until its thread is over:
 * well below a second, also when the server hangs. All that is under way fails
 * with %G_IO_ERROR_CLOSED, or %G_IO_ERROR_CANCELLED while connecting.
 *
 * May be called more than once and by any thread but the session's own, on
 * which no callback of this API is ever called.
 */
void
wherry_session_close (WherrySession *self)
{
  g_return_if_fail (WHERRY_IS_SESSION (self));

  g_return_if_fail (!is_own_thread (self->impl));

  wherry_session_impl_close (self->impl);
}
