#include "config.h"

#include "ui/wherry-queue-watch.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-sandbox.h"
#include "ui/wherry-portal.h"

#define NOTIFICATION_OVER "transfers-over"
#define NOTIFICATION_QUESTION "transfer-question"

struct _WherryQueueWatch {
  GObject parent_instance;

  GtkApplication *application; /* unowned: it owns us */
  WherryQueue *queue;
  GPtrArray *transfers; /* element-type WherryTransfer: those we listen to, as in the queue */

  guint inhibit_cookie; /* 0: nothing is inhibited */
  gboolean holding;
  guint over_source; /* while it is to be seen whether all is over */
  /* Since some were at work for the first time after none were. */
  guint n_done;
  guint n_failed;
};

G_DEFINE_FINAL_TYPE (WherryQueueWatch, wherry_queue_watch, G_TYPE_OBJECT)

static gboolean
is_looked_at (WherryQueueWatch *self)
{
  for (GList *l = gtk_application_get_windows (self->application); l != NULL; l = l->next)
    if (gtk_window_is_active (l->data))
      return TRUE;
  return FALSE;
}

static void
notify_desktop (WherryQueueWatch *self, const char *id, const char *title, const char *body)
{
  g_autoptr (GNotification) notification = NULL;

  if (is_looked_at (self))
    return;
  notification = g_notification_new (title);
  if (body != NULL)
    g_notification_set_body (notification, body);
  g_notification_set_default_action (notification, "app.show-transfers");
  g_application_send_notification (G_APPLICATION (self->application), id, notification);
}

static void
notify_over (WherryQueueWatch *self)
{
  g_autofree char *done
      = g_strdup_printf (ngettext ("%u transfer is done", "%u transfers are done", self->n_done),
                         self->n_done);
  g_autofree char *failed
      = g_strdup_printf (ngettext ("%u transfer failed", "%u transfers failed", self->n_failed),
                         self->n_failed);

  if (self->n_failed > 0)
    notify_desktop (self, NOTIFICATION_OVER, failed, self->n_done > 0 ? done : NULL);
  else if (self->n_done > 0)
    notify_desktop (self, NOTIFICATION_OVER, done, NULL);
  self->n_done = 0;
  self->n_failed = 0;
}

static void
release (WherryQueueWatch *self)
{
  if (!self->holding)
    return;
  self->holding = FALSE;
  g_application_release (G_APPLICATION (self->application));
}

static gboolean
on_over (gpointer user_data)
{
  WherryQueueWatch *self = user_data;

  self->over_source = 0;
  if (wherry_queue_get_n_active (self->queue) > 0)
    return G_SOURCE_REMOVE;
  notify_over (self);
  release (self);
  return G_SOURCE_REMOVE;
}

static void
on_active_changed (WherryQueueWatch *self)
{
  gboolean active = wherry_queue_get_n_active (self->queue) > 0;

  if (active && self->inhibit_cookie == 0)
    {
      self->inhibit_cookie
          = gtk_application_inhibit (self->application,
                                     gtk_application_get_active_window (self->application),
                                     GTK_APPLICATION_INHIBIT_LOGOUT
                                         | GTK_APPLICATION_INHIBIT_SUSPEND,
                                     _ ("Files are being copied"));
    }
  else if (!active && self->inhibit_cookie != 0)
    {
      gtk_application_uninhibit (self->application, self->inhibit_cookie);
      self->inhibit_cookie = 0;
    }
  /* The queue hears of an end before we do: the last one is not counted yet. */
  if (!active && self->over_source == 0)
    self->over_source = g_idle_add (on_over, self);
}

static void
on_state (WherryQueueWatch *self, GParamSpec *pspec, WherryTransfer *transfer)
{
  g_autofree char *name = NULL;
  g_autofree char *title = NULL;

  switch (wherry_transfer_get_state (transfer))
    {
    case WHERRY_TRANSFER_DONE:
      self->n_done++;
      break;
    case WHERRY_TRANSFER_FAILED:
      self->n_failed++;
      break;
    case WHERRY_TRANSFER_NEEDS_PERSON:
      name = wherry_transfer_dup_name (transfer);
      /* Translators: %s is the name of a file or folder that is copied. */
      title = g_strdup_printf (_ ("“%s” needs an answer from you"), name);
      notify_desktop (self, NOTIFICATION_QUESTION, title, NULL);
      break;
    case WHERRY_TRANSFER_WAITING:
    case WHERRY_TRANSFER_CONNECTING:
    case WHERRY_TRANSFER_RUNNING:
    case WHERRY_TRANSFER_STALLED:
    case WHERRY_TRANSFER_PAUSED:
    case WHERRY_TRANSFER_RETRYING:
    case WHERRY_TRANSFER_CANCELLED:
    default:
      break;
    }
}

static void
on_items_changed (WherryQueueWatch *self, guint position, guint removed, guint added)
{
  for (guint i = 0; i < removed; i++)
    {
      WherryTransfer *transfer = self->transfers->pdata[position];

      g_signal_handlers_disconnect_by_func (transfer, on_state, self);
      g_ptr_array_remove_index (self->transfers, position);
    }
  for (guint i = 0; i < added; i++)
    {
      WherryTransfer *transfer = g_list_model_get_item (G_LIST_MODEL (self->queue), position + i);

      g_signal_connect_object (transfer, "notify::state", G_CALLBACK (on_state), self,
                               G_CONNECT_SWAPPED);
      g_ptr_array_insert (self->transfers, (int) (position + i), transfer);
    }
}

static void
wherry_queue_watch_dispose (GObject *object)
{
  WherryQueueWatch *self = WHERRY_QUEUE_WATCH (object);

  if (self->queue != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->queue, self);
      on_items_changed (self, 0, self->transfers->len, 0);
    }
  g_clear_handle_id (&self->over_source, g_source_remove);
  if (self->inhibit_cookie != 0)
    gtk_application_uninhibit (self->application, self->inhibit_cookie);
  self->inhibit_cookie = 0;
  release (self);
  g_clear_object (&self->queue);

  G_OBJECT_CLASS (wherry_queue_watch_parent_class)->dispose (object);
}

static void
wherry_queue_watch_finalize (GObject *object)
{
  g_ptr_array_unref (WHERRY_QUEUE_WATCH (object)->transfers);

  G_OBJECT_CLASS (wherry_queue_watch_parent_class)->finalize (object);
}

static void
wherry_queue_watch_class_init (WherryQueueWatchClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wherry_queue_watch_dispose;
  G_OBJECT_CLASS (klass)->finalize = wherry_queue_watch_finalize;
}

static void
wherry_queue_watch_init (WherryQueueWatch *self)
{
  self->transfers = g_ptr_array_new_with_free_func (g_object_unref);
}

/**
 * wherry_queue_watch_new:
 * @application: the application, which outlives the watch; its action
 *   "show-transfers" is what notifications lead to
 * @queue: the transfers
 *
 * Returns: (transfer full): a watch
 */
WherryQueueWatch *
wherry_queue_watch_new (GtkApplication *application, WherryQueue *queue)
{
  g_return_val_if_fail (GTK_IS_APPLICATION (application), NULL);
  g_return_val_if_fail (WHERRY_IS_QUEUE (queue), NULL);

  WherryQueueWatch *self = g_object_new (WHERRY_TYPE_QUEUE_WATCH, NULL);

  self->application = application;
  self->queue = g_object_ref (queue);
  g_signal_connect_object (queue, "items-changed", G_CALLBACK (on_items_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (queue, "notify::n-active", G_CALLBACK (on_active_changed), self,
                           G_CONNECT_SWAPPED);
  on_items_changed (self, 0, 0, g_list_model_get_n_items (G_LIST_MODEL (queue)));
  on_active_changed (self);
  return self;
}

/**
 * wherry_queue_watch_keep_running:
 * @self: the watch
 *
 * Keeps the application alive without a window until no transfer is at work.
 */
void
wherry_queue_watch_keep_running (WherryQueueWatch *self)
{
  g_return_if_fail (WHERRY_IS_QUEUE_WATCH (self));

  if (self->holding || wherry_queue_get_n_active (self->queue) == 0)
    return;
  self->holding = TRUE;
  g_application_hold (G_APPLICATION (self->application));
  if (wherry_sandbox_is_inside ())
    wherry_portal_request_background (_ ("Files are being copied"));
}

/**
 * wherry_queue_watch_keeps_running:
 * @self: the watch
 *
 * Returns: whether the application is kept alive now
 */
gboolean
wherry_queue_watch_keeps_running (WherryQueueWatch *self)
{
  g_return_val_if_fail (WHERRY_IS_QUEUE_WATCH (self), FALSE);

  return self->holding;
}
