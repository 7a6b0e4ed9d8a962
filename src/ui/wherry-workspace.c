#include "config.h"

#include "ui/wherry-workspace.h"

#include "ssh/wherry-reconnect.h"
#include "ui/wherry-queue-limits.h"
#include "ui/wherry-queue-watch.h"

struct _WherryWorkspace {
  GObject parent_instance;

  WherrySessionPool *pool;
  WherryQueue *queue;
  WherryQueueWatch *watch;
  WherryReconnect *reconnect;
  WherryQueueLimits *limits;
  gboolean kept;
  guint n_restored;
};

G_DEFINE_FINAL_TYPE (WherryWorkspace, wherry_workspace, G_TYPE_OBJECT)

enum { PROP_0, PROP_N_RESTORED, N_PROPERTIES };

static GParamSpec *properties[N_PROPERTIES];

static void
set_n_restored (WherryWorkspace *self, guint n_restored)
{
  if (self->n_restored == n_restored)
    return;
  self->n_restored = n_restored;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_RESTORED]);
}

static void
on_restored (WherryWorkspace *self, guint n_unfinished)
{
  set_n_restored (self, n_unfinished);
}

static void
wherry_workspace_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_N_RESTORED:
      g_value_set_uint (value, WHERRY_WORKSPACE (object)->n_restored);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
wherry_workspace_dispose (GObject *object)
{
  WherryWorkspace *self = WHERRY_WORKSPACE (object);

  g_clear_object (&self->watch);
  g_clear_object (&self->reconnect);
  g_clear_object (&self->limits);
  if (self->queue != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->queue, self);
      wherry_queue_shut_down (self->queue);
    }
  g_clear_object (&self->queue);
  if (self->pool != NULL)
    wherry_session_pool_close (self->pool);
  g_clear_object (&self->pool);

  G_OBJECT_CLASS (wherry_workspace_parent_class)->dispose (object);
}

static void
wherry_workspace_class_init (WherryWorkspaceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = wherry_workspace_get_property;
  object_class->dispose = wherry_workspace_dispose;

  properties[PROP_N_RESTORED] = g_param_spec_uint ("n-restored", NULL, NULL, 0, G_MAXUINT, 0,
                                                   G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
wherry_workspace_init (WherryWorkspace *self)
{
}

/**
 * wherry_workspace_new:
 * @application: the application, which outlives it
 * @pool: (transfer full): the connections
 * @sites: the person's sites
 * @kept: whether transfers survive the program, in the person's journal
 *
 * Returns: (transfer full): a workspace; where it is kept, what was not over the
 *   last time comes back a little later
 */
WherryWorkspace *
wherry_workspace_new (GtkApplication *application,
                      WherrySessionPool *pool,
                      WherrySiteStore *sites,
                      gboolean kept)
{
  g_return_val_if_fail (GTK_IS_APPLICATION (application), NULL);
  g_return_val_if_fail (WHERRY_IS_SESSION_POOL (pool), NULL);

  WherryWorkspace *self = g_object_new (WHERRY_TYPE_WORKSPACE, NULL);

  self->pool = pool;
  self->kept = kept;
  self->queue = wherry_queue_new (pool);
  self->limits = wherry_queue_limits_new (self->queue, sites);
  self->watch = wherry_queue_watch_new (application, self->queue);
  self->reconnect = wherry_reconnect_new ();
  g_signal_connect_object (self->reconnect, "woke", G_CALLBACK (wherry_queue_wake), self->queue,
                           G_CONNECT_SWAPPED);
  if (kept)
    {
      g_autofree char *path = wherry_journal_dup_default_path ();

      g_signal_connect_object (self->queue, "restored", G_CALLBACK (on_restored), self,
                               G_CONNECT_SWAPPED);
      wherry_queue_open_journal (self->queue, path);
    }
  return self;
}

/**
 * wherry_workspace_get_pool:
 * @self: the workspace
 *
 * Returns: (transfer none): the connections
 */
WherrySessionPool *
wherry_workspace_get_pool (WherryWorkspace *self)
{
  g_return_val_if_fail (WHERRY_IS_WORKSPACE (self), NULL);
  return self->pool;
}

/**
 * wherry_workspace_get_queue:
 * @self: the workspace
 *
 * Returns: (transfer none): the transfers
 */
WherryQueue *
wherry_workspace_get_queue (WherryWorkspace *self)
{
  g_return_val_if_fail (WHERRY_IS_WORKSPACE (self), NULL);
  return self->queue;
}

/**
 * wherry_workspace_is_kept:
 * @self: the workspace
 *
 * Returns: whether transfers that are not over are here again the next time
 */
gboolean
wherry_workspace_is_kept (WherryWorkspace *self)
{
  g_return_val_if_fail (WHERRY_IS_WORKSPACE (self), FALSE);
  return self->kept;
}

/**
 * wherry_workspace_keep_running:
 * @self: the workspace
 *
 * Lets the transfers at work go on when the last window is closed.
 */
void
wherry_workspace_keep_running (WherryWorkspace *self)
{
  g_return_if_fail (WHERRY_IS_WORKSPACE (self));
  wherry_queue_watch_keep_running (self->watch);
}

/**
 * wherry_workspace_get_n_restored:
 * @self: the workspace
 *
 * Returns: how many transfers are here from before, and nobody said anything yet
 */
guint
wherry_workspace_get_n_restored (WherryWorkspace *self)
{
  g_return_val_if_fail (WHERRY_IS_WORKSPACE (self), 0);
  return self->n_restored;
}

/**
 * wherry_workspace_resume_restored:
 * @self: the workspace
 *
 * Goes on with the transfers from before, and all others that are paused.
 */
void
wherry_workspace_resume_restored (WherryWorkspace *self)
{
  g_return_if_fail (WHERRY_IS_WORKSPACE (self));

  set_n_restored (self, 0);
  wherry_queue_resume_all (self->queue);
}

/**
 * wherry_workspace_dismiss_restored:
 * @self: the workspace
 *
 * Leaves the transfers from before paused, and is silent about them.
 */
void
wherry_workspace_dismiss_restored (WherryWorkspace *self)
{
  g_return_if_fail (WHERRY_IS_WORKSPACE (self));

  set_n_restored (self, 0);
}
