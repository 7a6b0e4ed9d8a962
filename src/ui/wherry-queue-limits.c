#include "config.h"

#include "ui/wherry-queue-limits.h"

#include "ui/wherry-settings.h"

/* Of what is written in the preferences, in bytes. */
#define SPEED_UNIT 1000

/* What a site says. */
typedef struct {
  WherryLogin *login;
  guint64 speed;  /* bytes a second; 0: no limit */
  guint parallel; /* 0: the usual number */
} SiteLimit;

struct _WherryQueueLimits {
  GObject parent_instance;

  GSettings *settings; /* (nullable) */
  WherryQueue *queue;
  WherrySiteStore *store;
  GPtrArray *sites; /* element-type WherrySite: those we listen to, as in the store */
  GPtrArray *held;  /* element-type SiteLimit: what the queue was told */
  guint update_source;
};

G_DEFINE_FINAL_TYPE (WherryQueueLimits, wherry_queue_limits, G_TYPE_OBJECT)

static void
site_limit_free (gpointer data)
{
  SiteLimit *limit = data;

  wherry_login_free (limit->login);
  g_free (limit);
}

/* The limits of all queues together. */
static WherryLimits *
get_limits (void)
{
  static WherryLimits *limits;

  if (limits == NULL)
    limits = wherry_limits_new ();
  return limits;
}

static void
update_speed (WherryQueueLimits *self)
{
  WherryThrottle *throttle = wherry_limits_get_throttle (get_limits ());
  guint64 limit = 0;

  if (g_settings_get_boolean (self->settings, WHERRY_SETTINGS_LIMIT_SPEED))
    limit
        = (guint64) g_settings_get_uint (self->settings, WHERRY_SETTINGS_SPEED_LIMIT) * SPEED_UNIT;
  if (limit != wherry_throttle_get_limit (throttle))
    wherry_throttle_set_limit (throttle, limit);
}

static void
update_numbers (WherryQueueLimits *self)
{
  wherry_queue_set_limits (self->queue,
                           g_settings_get_uint (self->settings, WHERRY_SETTINGS_TRANSFERS_AT_ONCE),
                           g_settings_get_uint (self->settings,
                                                WHERRY_SETTINGS_TRANSFERS_PER_SITE));
}

static gboolean
is_same_server (gconstpointer a, gconstpointer b)
{
  const WherryLogin *one = ((const SiteLimit *) a)->login;
  const WherryLogin *other = ((const SiteLimit *) b)->login;

  return one->port == other->port && g_strcmp0 (one->user, other->user) == 0
         && g_str_equal (one->host, other->host);
}

/* Several sites may be of one server: the first one that says something holds. */
static GPtrArray *
collect (WherryQueueLimits *self)
{
  GPtrArray *limits = g_ptr_array_new_with_free_func (site_limit_free);

  for (guint i = 0; i < self->sites->len; i++)
    {
      WherrySite *site = self->sites->pdata[i];
      guint64 speed = wherry_site_get_number (site, WHERRY_SITE_SPEED_LIMIT);
      guint parallel = (guint) wherry_site_get_number (site, WHERRY_SITE_PARALLEL);
      WherryLogin *login = speed != 0 || parallel != 0 ? wherry_site_make_login (site, NULL) : NULL;
      SiteLimit *limit;

      if (login == NULL)
        continue;
      limit = g_new0 (SiteLimit, 1);
      limit->login = login;
      limit->speed = speed;
      limit->parallel = parallel;
      if (g_ptr_array_find_with_equal_func (limits, limit, is_same_server, NULL))
        site_limit_free (limit);
      else
        g_ptr_array_add (limits, limit);
    }
  return limits;
}

static const SiteLimit *
find (GPtrArray *limits, const SiteLimit *like)
{
  guint index;

  return g_ptr_array_find_with_equal_func (limits, like, is_same_server, &index)
             ? limits->pdata[index]
             : NULL;
}

/* Tells only what is new: a limit that is set anew begins to count anew. */
static gboolean
on_update_sites (gpointer user_data)
{
  WherryQueueLimits *self = user_data;
  g_autoptr (GPtrArray) wanted = collect (self);

  self->update_source = 0;
  for (guint i = 0; i < self->held->len; i++)
    {
      const SiteLimit *limit = self->held->pdata[i];

      if (find (wanted, limit) != NULL)
        continue;
      wherry_queue_set_site_speed_limit (self->queue, limit->login, 0);
      wherry_queue_set_site_limit (self->queue, limit->login, 0);
    }
  for (guint i = 0; i < wanted->len; i++)
    {
      const SiteLimit *limit = wanted->pdata[i];
      const SiteLimit *before = find (self->held, limit);

      if (before == NULL || before->speed != limit->speed)
        wherry_queue_set_site_speed_limit (self->queue, limit->login, limit->speed);
      if (before == NULL || before->parallel != limit->parallel)
        wherry_queue_set_site_limit (self->queue, limit->login, limit->parallel);
    }
  g_ptr_array_unref (self->held);
  self->held = g_steal_pointer (&wanted);
  return G_SOURCE_REMOVE;
}

/* A site that is edited changes field by field. */
static void
update_sites (WherryQueueLimits *self)
{
  if (self->update_source == 0)
    self->update_source = g_idle_add (on_update_sites, self);
}

static void
on_items_changed (WherryQueueLimits *self, guint position, guint removed, guint added)
{
  for (guint i = 0; i < removed; i++)
    {
      g_signal_handlers_disconnect_by_func (self->sites->pdata[position], update_sites, self);
      g_ptr_array_remove_index (self->sites, position);
    }
  for (guint i = 0; i < added; i++)
    {
      WherrySite *site = g_list_model_get_item (G_LIST_MODEL (self->store), position + i);

      g_signal_connect_object (site, "notify", G_CALLBACK (update_sites), self, G_CONNECT_SWAPPED);
      g_ptr_array_insert (self->sites, (int) (position + i), site);
    }
  update_sites (self);
}

static void
wherry_queue_limits_dispose (GObject *object)
{
  WherryQueueLimits *self = WHERRY_QUEUE_LIMITS (object);

  g_clear_handle_id (&self->update_source, g_source_remove);
  if (self->settings != NULL)
    g_signal_handlers_disconnect_by_data (self->settings, self);
  if (self->store != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->store, self);
      for (guint i = 0; i < self->sites->len; i++)
        g_signal_handlers_disconnect_by_data (self->sites->pdata[i], self);
    }
  g_clear_object (&self->settings);
  g_clear_object (&self->store);
  g_clear_object (&self->queue);

  G_OBJECT_CLASS (wherry_queue_limits_parent_class)->dispose (object);
}

static void
wherry_queue_limits_finalize (GObject *object)
{
  WherryQueueLimits *self = WHERRY_QUEUE_LIMITS (object);

  g_ptr_array_unref (self->sites);
  g_ptr_array_unref (self->held);

  G_OBJECT_CLASS (wherry_queue_limits_parent_class)->finalize (object);
}

static void
wherry_queue_limits_class_init (WherryQueueLimitsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wherry_queue_limits_dispose;
  G_OBJECT_CLASS (klass)->finalize = wherry_queue_limits_finalize;
}

static void
wherry_queue_limits_init (WherryQueueLimits *self)
{
  self->sites = g_ptr_array_new_with_free_func (g_object_unref);
  self->held = g_ptr_array_new_with_free_func (site_limit_free);
}

/**
 * wherry_queue_limits_new:
 * @queue: a queue that has started nothing yet
 * @sites: the person's sites
 *
 * Returns: (transfer full): what holds the queue to its limits while it lives
 */
WherryQueueLimits *
wherry_queue_limits_new (WherryQueue *queue, WherrySiteStore *sites)
{
  g_return_val_if_fail (WHERRY_IS_QUEUE (queue), NULL);
  g_return_val_if_fail (WHERRY_IS_SITE_STORE (sites), NULL);

  WherryQueueLimits *self = g_object_new (WHERRY_TYPE_QUEUE_LIMITS, NULL);

  self->queue = g_object_ref (queue);
  self->store = g_object_ref (sites);
  self->settings = wherry_settings_new ();
  wherry_queue_share_limits (queue, get_limits ());
  if (self->settings != NULL)
    {
      g_signal_connect_object (self->settings, "changed::" WHERRY_SETTINGS_LIMIT_SPEED,
                               G_CALLBACK (update_speed), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (self->settings, "changed::" WHERRY_SETTINGS_SPEED_LIMIT,
                               G_CALLBACK (update_speed), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (self->settings, "changed::" WHERRY_SETTINGS_TRANSFERS_AT_ONCE,
                               G_CALLBACK (update_numbers), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (self->settings, "changed::" WHERRY_SETTINGS_TRANSFERS_PER_SITE,
                               G_CALLBACK (update_numbers), self, G_CONNECT_SWAPPED);
      update_speed (self);
      update_numbers (self);
    }
  g_signal_connect_object (sites, "items-changed", G_CALLBACK (on_items_changed), self,
                           G_CONNECT_SWAPPED);
  on_items_changed (self, 0, 0, g_list_model_get_n_items (G_LIST_MODEL (sites)));
  return self;
}
