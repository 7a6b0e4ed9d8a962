#include "transfer/wherry-limits-private.h"

static void
site_limits_free (gpointer data)
{
  WherrySiteLimits *self = data;

  wherry_throttle_unref (self->throttle);
  g_free (self);
}

/**
 * wherry_limits_new:
 *
 * Returns: (transfer full): no limits so far
 */
WherryLimits *
wherry_limits_new (void)
{
  WherryLimits *self = g_new0 (WherryLimits, 1);

  g_ref_count_init (&self->ref_count);
  self->sites = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, site_limits_free);
  self->throttle = wherry_throttle_new (0);
  self->active = g_ptr_array_new ();
  self->schedulers = g_ptr_array_new ();
  return self;
}

/**
 * wherry_limits_ref:
 * @self: limits
 *
 * Returns: (transfer full): @self
 */
WherryLimits *
wherry_limits_ref (WherryLimits *self)
{
  g_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * wherry_limits_unref:
 * @self: (transfer full): limits
 */
void
wherry_limits_unref (WherryLimits *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;
  g_assert (self->schedulers->len == 0);
  g_hash_table_unref (self->sites);
  wherry_throttle_unref (self->throttle);
  g_ptr_array_unref (self->active);
  g_ptr_array_unref (self->schedulers);
  g_free (self);
}

/**
 * wherry_limits_get_throttle:
 * @self: limits
 *
 * Returns: (transfer none): the speed limit of all together
 */
WherryThrottle *
wherry_limits_get_throttle (WherryLimits *self)
{
  return self->throttle;
}

/* wherry_limits_get_site: those of a site, which stay where they are. */
WherrySiteLimits *
wherry_limits_get_site (WherryLimits *self, const char *key)
{
  WherrySiteLimits *site = g_hash_table_lookup (self->sites, key);

  if (site != NULL)
    return site;
  site = g_new0 (WherrySiteLimits, 1);
  site->throttle = wherry_throttle_new (0);
  g_hash_table_insert (self->sites, g_strdup (key), site);
  return site;
}
