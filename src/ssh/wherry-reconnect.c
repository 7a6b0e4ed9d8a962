#include "config.h"

#include "ssh/wherry-reconnect.h"

#include "ssh/wherry-sleep-source.h"

#define UNIT 1000 /* milliseconds */
#define UNITS_FIRST 2
#define UNITS_MAX 60

/* So that many that were cut off at once don't come back at once. */
#define JITTER_PERCENT 20

/* Without a network the wait goes on, but not for ever: the monitor may be wrong. */
#define OFFLINE_FACTOR 10

struct _WherryReconnect {
  GObject parent_instance;

  GNetworkMonitor *monitor;
  gulong network_handler;
  GSource *sleep; /* (nullable) */
  GCancellable *bus_cancellable;
  GDBusConnection *bus; /* (nullable): the system's, once it is there */
  guint sleep_subscription;

  guint unit;
  guint n_waits; /* since the last success */
  guint delay;   /* milliseconds */
  GQueue waits;  /* element-type Wait */
};

/* Somebody who waits. */
typedef struct {
  GTask *task; /* owned */
  GSource *timeout;
  GSource *cancelled;
  guint delay;
  gboolean was_offline;
} Wait;

enum {
  SIGNAL_WOKE,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WherryReconnect, wherry_reconnect, G_TYPE_OBJECT)

static void
wait_free (Wait *wait)
{
  g_source_destroy (wait->timeout);
  g_source_unref (wait->timeout);
  g_source_destroy (wait->cancelled);
  g_source_unref (wait->cancelled);
  g_object_unref (wait->task);
  g_free (wait);
}

static void
end_all (WherryReconnect *self)
{
  GQueue waits = self->waits;
  Wait *wait;

  g_queue_init (&self->waits);
  while ((wait = g_queue_pop_head (&waits)) != NULL)
    {
      if (!g_task_return_error_if_cancelled (wait->task))
        g_task_return_boolean (wait->task, TRUE);
      wait_free (wait);
    }
}

/* Connections may be dead, and it is worth while to try. */
static void
wake (WherryReconnect *self)
{
  g_autoptr (WherryReconnect) alive = g_object_ref (self);

  self->n_waits = 0;
  g_signal_emit (self, signals[SIGNAL_WOKE], 0);
  end_all (alive);
}

static void
on_network_changed (GNetworkMonitor *monitor, gboolean available, gpointer user_data)
{
  if (available)
    wake (user_data);
}

static void
on_sleep (GDBusConnection *bus,
          const char *sender,
          const char *path,
          const char *interface,
          const char *signal,
          GVariant *parameters,
          gpointer user_data)
{
  gboolean goes_to_sleep = TRUE;

  if (g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(b)")))
    g_variant_get (parameters, "(b)", &goes_to_sleep);
  if (!goes_to_sleep)
    wake (user_data);
}

static gboolean
on_slept (gpointer user_data)
{
  wake (user_data);
  return G_SOURCE_CONTINUE;
}

/* Without a system bus, as in the sandbox, the clocks tell. */
static void
on_bus (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GDBusConnection) bus = g_bus_get_finish (result, NULL);
  GWeakRef *weak = user_data;
  g_autoptr (WherryReconnect) self = g_weak_ref_get (weak);

  g_weak_ref_clear (weak);
  g_free (weak);
  if (bus == NULL || self == NULL)
    return;
  self->bus = g_steal_pointer (&bus);
  self->sleep_subscription
      = g_dbus_connection_signal_subscribe (self->bus, "org.freedesktop.login1",
                                            "org.freedesktop.login1.Manager", "PrepareForSleep",
                                            "/org/freedesktop/login1", NULL,
                                            G_DBUS_SIGNAL_FLAGS_NONE, on_sleep, self, NULL);
}

static void
wherry_reconnect_dispose (GObject *object)
{
  WherryReconnect *self = WHERRY_RECONNECT (object);

  g_cancellable_cancel (self->bus_cancellable);
  g_clear_signal_handler (&self->network_handler, self->monitor);
  if (self->sleep != NULL)
    g_source_destroy (self->sleep);
  g_clear_pointer (&self->sleep, g_source_unref);
  if (self->sleep_subscription != 0)
    g_dbus_connection_signal_unsubscribe (self->bus, self->sleep_subscription);
  self->sleep_subscription = 0;
  g_clear_object (&self->bus);

  G_OBJECT_CLASS (wherry_reconnect_parent_class)->dispose (object);
}

static void
wherry_reconnect_finalize (GObject *object)
{
  g_object_unref (WHERRY_RECONNECT (object)->bus_cancellable);

  G_OBJECT_CLASS (wherry_reconnect_parent_class)->finalize (object);
}

static void
wherry_reconnect_class_init (WherryReconnectClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wherry_reconnect_dispose;
  G_OBJECT_CLASS (klass)->finalize = wherry_reconnect_finalize;

  signals[SIGNAL_WOKE] = g_signal_new ("woke", WHERRY_TYPE_RECONNECT, G_SIGNAL_RUN_LAST, 0, NULL,
                                       NULL, NULL, G_TYPE_NONE, 0);
}

static void
wherry_reconnect_init (WherryReconnect *self)
{
  self->unit = UNIT;
  self->bus_cancellable = g_cancellable_new ();
  self->monitor = g_network_monitor_get_default ();
  self->network_handler
      = g_signal_connect (self->monitor, "network-changed", G_CALLBACK (on_network_changed), self);
  self->sleep = wherry_sleep_source_new ();
  if (self->sleep != NULL)
    {
      g_source_set_callback (self->sleep, on_slept, self, NULL);
      g_source_attach (self->sleep, NULL);
    }
}

/**
 * wherry_reconnect_new:
 *
 * Returns: (transfer full): a helper that has not waited yet
 */
WherryReconnect *
wherry_reconnect_new (void)
{
  WherryReconnect *self = g_object_new (WHERRY_TYPE_RECONNECT, NULL);

  GWeakRef *weak = g_new0 (GWeakRef, 1);

  g_weak_ref_init (weak, self);
  g_bus_get (G_BUS_TYPE_SYSTEM, self->bus_cancellable, on_bus, weak);
  return self;
}

void
wherry_reconnect_set_unit (WherryReconnect *self, guint unit)
{
  g_return_if_fail (WHERRY_IS_RECONNECT (self));
  self->unit = unit;
}

static void
end_wait (Wait *wait)
{
  WherryReconnect *self = g_task_get_source_object (wait->task);

  g_queue_remove (&self->waits, wait);
  if (!g_task_return_error_if_cancelled (wait->task))
    g_task_return_boolean (wait->task, TRUE);
  wait_free (wait);
}

static void start_timeout (Wait *wait, guint delay);

static gboolean
on_timeout (gpointer user_data)
{
  Wait *wait = user_data;
  WherryReconnect *self = g_task_get_source_object (wait->task);

  if (!wait->was_offline && !g_network_monitor_get_network_available (self->monitor))
    {
      wait->was_offline = TRUE;
      start_timeout (wait, wait->delay * OFFLINE_FACTOR);
      return G_SOURCE_REMOVE;
    }
  end_wait (wait);
  return G_SOURCE_REMOVE;
}

static void
start_timeout (Wait *wait, guint delay)
{
  if (wait->timeout != NULL)
    g_source_unref (wait->timeout);
  wait->timeout = g_timeout_source_new (delay);
  g_source_set_callback (wait->timeout, on_timeout, wait, NULL);
  g_source_set_static_name (wait->timeout, "[wherry] reconnect");
  g_source_attach (wait->timeout, g_task_get_context (wait->task));
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  end_wait (user_data);
  return G_SOURCE_REMOVE;
}

/**
 * wherry_reconnect_wait_async:
 * @self: a helper
 * @cancellable: (nullable): to give up
 * @callback: called on the thread-default main context of the caller
 * @user_data: for @callback
 *
 * Waits until it is worth while to connect again. Each wait is twice as long as
 * the one before, up to a minute, until wherry_reconnect_reset().
 */
void
wherry_reconnect_wait_async (WherryReconnect *self,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_return_if_fail (WHERRY_IS_RECONNECT (self));

  Wait *wait = g_new0 (Wait, 1);
  g_autoptr (GCancellable) never = cancellable == NULL ? g_cancellable_new () : NULL;
  guint units = MIN (UNITS_FIRST << MIN (self->n_waits, 10), UNITS_MAX);
  guint delay = units * self->unit;

  wait->task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (wait->task, wherry_reconnect_wait_async);
  wait->delay = delay + (guint) g_random_int_range (0, (gint32) (delay * JITTER_PERCENT / 100 + 1));
  self->delay = wait->delay;
  self->n_waits++;

  start_timeout (wait, wait->delay);
  wait->cancelled = g_cancellable_source_new (cancellable != NULL ? cancellable : never);
  g_source_set_callback (wait->cancelled, G_SOURCE_FUNC (on_cancelled), wait, NULL);
  g_source_attach (wait->cancelled, g_task_get_context (wait->task));
  g_queue_push_tail (&self->waits, wait);
}

/**
 * wherry_reconnect_wait_finish:
 * @self: a helper
 * @result: what the callback got
 * @error: return location for %G_IO_ERROR_CANCELLED
 *
 * Returns: whether it is time to connect
 */
gboolean
wherry_reconnect_wait_finish (WherryReconnect *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (WHERRY_IS_RECONNECT (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * wherry_reconnect_get_delay:
 * @self: a helper
 *
 * Returns: how long the last wait was to be, in milliseconds, to be told; 0 before
 *   the first
 */
guint
wherry_reconnect_get_delay (WherryReconnect *self)
{
  g_return_val_if_fail (WHERRY_IS_RECONNECT (self), 0);
  return self->delay;
}

/**
 * wherry_reconnect_reset:
 * @self: a helper
 *
 * Says that a connection is up: the next wait is a short one.
 */
void
wherry_reconnect_reset (WherryReconnect *self)
{
  g_return_if_fail (WHERRY_IS_RECONNECT (self));

  self->n_waits = 0;
  self->delay = 0;
}
