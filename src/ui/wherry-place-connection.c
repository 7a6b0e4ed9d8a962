#include "config.h"

#include "ui/wherry-place-connection.h"

#include "base/wherry-error.h"
#include "ssh/wherry-reconnect.h"
#include "transfer/wherry-fault.h"

/* How often it is looked whether the connection still stands, in seconds. */
#define LIVENESS_INTERVAL 2

struct _WherryPlaceConnection {
  GObject parent_instance;

  WherrySessionPool *pool;
  WherryLogin *login;        /* (nullable): whom we are or want to be connected to */
  WherrySession *session;    /* (nullable): while connected */
  GCancellable *cancellable; /* (nullable): while connecting */
  GCancellable *waiting;     /* (nullable): until it is connected again by itself */
  WherryReconnect *reconnect;
  GError *error; /* (nullable): why the last try failed */
  gboolean was_connected;
  guint liveness_id;
};

G_DEFINE_FINAL_TYPE (WherryPlaceConnection, wherry_place_connection, G_TYPE_OBJECT)

enum { SIGNAL_CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];

/* Whatever becomes of the try that is under way, nobody is interested any more. */
static void
give_up (WherryPlaceConnection *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (self->waiting != NULL)
    g_cancellable_cancel (self->waiting);
  g_clear_object (&self->waiting);
}

static void
drop_session (WherryPlaceConnection *self)
{
  g_clear_handle_id (&self->liveness_id, g_source_remove);
  g_clear_object (&self->session);
}

static void
wherry_place_connection_dispose (GObject *object)
{
  WherryPlaceConnection *self = WHERRY_PLACE_CONNECTION (object);

  give_up (self);
  drop_session (self);
  g_clear_object (&self->reconnect);
  g_clear_object (&self->pool);
  g_clear_error (&self->error);
  g_clear_pointer (&self->login, wherry_login_free);

  G_OBJECT_CLASS (wherry_place_connection_parent_class)->dispose (object);
}

static void
wherry_place_connection_class_init (WherryPlaceConnectionClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wherry_place_connection_dispose;

  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
wherry_place_connection_init (WherryPlaceConnection *self)
{
}

/**
 * wherry_place_connection_new:
 * @pool: makes the connections
 *
 * Returns: (transfer full): one that is idle
 */
WherryPlaceConnection *
wherry_place_connection_new (WherrySessionPool *pool)
{
  g_return_val_if_fail (WHERRY_IS_SESSION_POOL (pool), NULL);

  WherryPlaceConnection *self = g_object_new (WHERRY_TYPE_PLACE_CONNECTION, NULL);

  self->pool = g_object_ref (pool);
  self->reconnect = wherry_reconnect_new ();
  return self;
}

static void begin_connecting (WherryPlaceConnection *self);

/* One try to connect, or a wait until the next: by its cancellable it is told from a later one. */
typedef struct {
  WherryPlaceConnection *connection;
  GCancellable *cancellable;
} Attempt;

static Attempt *
attempt_new (WherryPlaceConnection *self, GCancellable *cancellable)
{
  Attempt *attempt = g_new0 (Attempt, 1);

  attempt->connection = g_object_ref (self);
  attempt->cancellable = g_object_ref (cancellable);
  return attempt;
}

static void
attempt_free (Attempt *attempt)
{
  g_object_unref (attempt->connection);
  g_object_unref (attempt->cancellable);
  g_free (attempt);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Attempt, attempt_free)

static void
on_waited (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Attempt) attempt = user_data;
  WherryPlaceConnection *self = attempt->connection;

  if (wherry_reconnect_wait_finish (WHERRY_RECONNECT (source), result, NULL)
      && self->waiting == attempt->cancellable)
    begin_connecting (self);
}

/* A connection that was lost is tried again later, unless a person has to see to it first. */
static void
wait_if_worthwhile (WherryPlaceConnection *self)
{
  if (!self->was_connected || (self->error != NULL && !wherry_fault_is_transient (self->error)))
    return;

  self->waiting = g_cancellable_new ();
  wherry_reconnect_wait_async (self->reconnect, self->waiting, on_waited,
                               attempt_new (self, self->waiting));
}

/* The session is given up; what is still running on it ends by itself. */
static gboolean
check_liveness (gpointer user_data)
{
  WherryPlaceConnection *self = user_data;
  g_autoptr (GError) error = NULL;

  if (wherry_session_is_connected (self->session))
    return G_SOURCE_CONTINUE;

  self->liveness_id = 0;
  error = wherry_session_dup_error (self->session);
  drop_session (self);
  /* After a login that the server made nothing of, it is as if it had not succeeded. */
  if (g_error_matches (error, WHERRY_ERROR, WHERRY_ERROR_AUTHENTICATION))
    self->was_connected = FALSE;
  if (!wherry_fault_is_transient (error))
    self->error = g_steal_pointer (&error);
  wait_if_worthwhile (self);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
  return G_SOURCE_REMOVE;
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Attempt) attempt = user_data;
  WherryPlaceConnection *self = attempt->connection;
  g_autoptr (GError) error = NULL;
  g_autoptr (WherrySession) session
      = wherry_session_pool_connect_finish (WHERRY_SESSION_POOL (source), result, &error);

  /* Given up meanwhile: cancelled, disconnected, or the place is gone. */
  if (self->cancellable != attempt->cancellable)
    return;

  g_clear_object (&self->cancellable);
  if (session != NULL)
    {
      self->session = g_steal_pointer (&session);
      self->was_connected = TRUE;
      wherry_reconnect_reset (self->reconnect);
      self->liveness_id = g_timeout_add_seconds (LIVENESS_INTERVAL, check_liveness, self);
    }
  else
    {
      self->error = g_steal_pointer (&error);
      wait_if_worthwhile (self);
    }
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
begin_connecting (WherryPlaceConnection *self)
{
  give_up (self);
  drop_session (self);
  g_clear_error (&self->error);

  self->cancellable = g_cancellable_new ();
  wherry_session_pool_connect_async (self->pool, self->login, self->cancellable, on_connected,
                                     attempt_new (self, self->cancellable));
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/**
 * wherry_place_connection_open:
 * @self: a connection
 * @login: whom to connect to; copied
 *
 * Connects, in place of whatever was before.
 */
void
wherry_place_connection_open (WherryPlaceConnection *self, const WherryLogin *login)
{
  g_return_if_fail (WHERRY_IS_PLACE_CONNECTION (self));
  g_return_if_fail (login != NULL);

  WherryLogin *copy = wherry_login_copy (login);

  g_clear_pointer (&self->login, wherry_login_free);
  self->login = copy;
  self->was_connected = FALSE;
  wherry_reconnect_reset (self->reconnect);
  begin_connecting (self);
}

/**
 * wherry_place_connection_reopen:
 * @self: a connection that was opened
 *
 * Connects again to where it was connected.
 */
void
wherry_place_connection_reopen (WherryPlaceConnection *self)
{
  g_return_if_fail (WHERRY_IS_PLACE_CONNECTION (self));
  g_return_if_fail (self->login != NULL);

  begin_connecting (self);
}

/**
 * wherry_place_connection_close:
 * @self: a connection
 *
 * Goes back to idle. The session itself may serve others too: it is let go of,
 * not closed.
 */
void
wherry_place_connection_close (WherryPlaceConnection *self)
{
  g_return_if_fail (WHERRY_IS_PLACE_CONNECTION (self));

  give_up (self);
  drop_session (self);
  g_clear_error (&self->error);
  self->was_connected = FALSE;
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/**
 * wherry_place_connection_check:
 * @self: a connection
 *
 * Looks whether it still stands, now and not within seconds.
 */
void
wherry_place_connection_check (WherryPlaceConnection *self)
{
  g_return_if_fail (WHERRY_IS_PLACE_CONNECTION (self));

  if (self->session != NULL && !wherry_session_is_connected (self->session))
    {
      g_clear_handle_id (&self->liveness_id, g_source_remove);
      check_liveness (self);
    }
}

/**
 * wherry_place_connection_get_state:
 * @self: a connection
 *
 * Returns: how it stands
 */
WherryPlaceState
wherry_place_connection_get_state (WherryPlaceConnection *self)
{
  g_return_val_if_fail (WHERRY_IS_PLACE_CONNECTION (self), WHERRY_PLACE_IDLE);

  if (self->session != NULL)
    return WHERRY_PLACE_CONNECTED;
  if (self->cancellable != NULL)
    return WHERRY_PLACE_CONNECTING;
  return self->was_connected ? WHERRY_PLACE_LOST : WHERRY_PLACE_IDLE;
}

/**
 * wherry_place_connection_get_login:
 * @self: a connection
 *
 * Returns: (transfer none) (nullable): whom it is or is to be connected to;
 *   %NULL before it was first opened
 */
const WherryLogin *
wherry_place_connection_get_login (WherryPlaceConnection *self)
{
  g_return_val_if_fail (WHERRY_IS_PLACE_CONNECTION (self), NULL);

  return self->login;
}

/**
 * wherry_place_connection_get_session:
 * @self: a connection
 *
 * Returns: (transfer none) (nullable): the session, while connected
 */
WherrySession *
wherry_place_connection_get_session (WherryPlaceConnection *self)
{
  g_return_val_if_fail (WHERRY_IS_PLACE_CONNECTION (self), NULL);

  return self->session;
}

/**
 * wherry_place_connection_get_error:
 * @self: a connection
 *
 * Returns: (transfer none) (nullable): why the last try to connect failed
 */
const GError *
wherry_place_connection_get_error (WherryPlaceConnection *self)
{
  g_return_val_if_fail (WHERRY_IS_PLACE_CONNECTION (self), NULL);

  return self->error;
}

/**
 * wherry_place_connection_get_delay:
 * @self: a connection
 *
 * Returns: after how many seconds it is connected again by itself, counted from
 *   when that was decided; 0 if it is not
 */
guint
wherry_place_connection_get_delay (WherryPlaceConnection *self)
{
  g_return_val_if_fail (WHERRY_IS_PLACE_CONNECTION (self), 0);

  return self->waiting != NULL ? MAX (wherry_reconnect_get_delay (self->reconnect) / 1000, 1) : 0;
}
