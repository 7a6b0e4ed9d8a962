#include "transfer/wherry-throttle.h"

/* How often a second the flow is measured out: enough not to come in gulps. */
#define PORTIONS_A_SECOND 10

struct _WherryThrottle {
  gatomicrefcount ref_count;

  GMutex lock;
  guint64 limit; /* bytes per second; 0: none */
  double credit; /* bytes that may go at once; below 0: that were sent too early */
  gint64 since;  /* monotonic, microseconds: when @credit was right */
};

/**
 * wherry_throttle_new:
 * @bytes_per_second: the limit; 0: none
 *
 * Returns: (transfer full): a limit
 */
WherryThrottle *
wherry_throttle_new (guint64 bytes_per_second)
{
  WherryThrottle *self = g_new0 (WherryThrottle, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  self->limit = bytes_per_second;
  return self;
}

/**
 * wherry_throttle_ref:
 * @self: a limit
 *
 * Returns: (transfer full): @self
 */
WherryThrottle *
wherry_throttle_ref (WherryThrottle *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * wherry_throttle_unref:
 * @self: (transfer full): a limit
 */
void
wherry_throttle_unref (WherryThrottle *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_mutex_clear (&self->lock);
  g_free (self);
}

/**
 * wherry_throttle_set_limit:
 * @self: a limit
 * @bytes_per_second: the new limit; 0: none
 *
 * Holds from now on. Who waits under the old limit owes nothing more.
 */
void
wherry_throttle_set_limit (WherryThrottle *self, guint64 bytes_per_second)
{
  g_mutex_lock (&self->lock);
  if (self->limit != bytes_per_second)
    {
      self->limit = bytes_per_second;
      self->credit = 0;
      self->since = 0;
    }
  g_mutex_unlock (&self->lock);
}

/**
 * wherry_throttle_get_limit:
 * @self: a limit
 *
 * Returns: bytes per second; 0: no limit
 */
guint64
wherry_throttle_get_limit (WherryThrottle *self)
{
  g_mutex_lock (&self->lock);
  guint64 limit = self->limit;
  g_mutex_unlock (&self->lock);
  return limit;
}

/**
 * wherry_throttle_get_portion:
 * @self: a limit
 * @wanted: bytes that could be handled at once
 *
 * Returns: how many of them to handle at once, so that the limit is kept evenly;
 *   at least 1 if @wanted is
 */
gsize
wherry_throttle_get_portion (WherryThrottle *self, gsize wanted)
{
  guint64 limit = wherry_throttle_get_limit (self);

  if (limit == 0)
    return wanted;
  return (gsize) MIN ((guint64) wanted, MAX (limit / PORTIONS_A_SECOND, 1));
}

/* What was not used while nothing could go is not made up for later. */
static void
refill (WherryThrottle *self, gint64 now)
{
  double most = (double) self->limit / PORTIONS_A_SECOND;

  if (self->since != 0)
    self->credit += (double) (now - self->since) * (double) self->limit / G_USEC_PER_SEC;
  self->credit = MIN (self->credit, most);
  self->since = now;
}

/**
 * wherry_throttle_take:
 * @self: a limit
 * @length: bytes that went over
 * @now: monotonic time in microseconds
 */
void
wherry_throttle_take (WherryThrottle *self, gsize length, gint64 now)
{
  g_mutex_lock (&self->lock);
  if (self->limit > 0)
    {
      refill (self, now);
      self->credit -= (double) length;
    }
  g_mutex_unlock (&self->lock);
}

/**
 * wherry_throttle_get_due:
 * @self: a limit
 * @now: monotonic time in microseconds
 *
 * Returns: when bytes may go again, in monotonic microseconds; @now or earlier
 *   if at once. Worth asking again now and then, since the limit may change
 */
gint64
wherry_throttle_get_due (WherryThrottle *self, gint64 now)
{
  gint64 due = now;

  g_mutex_lock (&self->lock);
  if (self->limit > 0)
    {
      refill (self, now);
      if (self->credit < 0)
        due = now + (gint64) (-self->credit * G_USEC_PER_SEC / (double) self->limit) + 1;
    }
  g_mutex_unlock (&self->lock);
  return due;
}
