#include "transfer/wherry-scheduler.h"

#include "transfer/wherry-limits-private.h"
#include "transfer/wherry-transfer-private.h"

/* Places, unless set. */
#define DEFAULT_AT_ONCE 4
#define DEFAULT_PER_SITE 2

/* What is known to have at most so many bytes does not wait for larger ones. */
#define SMALL_MAX (8 * 1024 * 1024)

/* How long a large transfer has its place to itself before it gives way again, in microseconds. */
#define TURN (2 * G_USEC_PER_SEC)

/* How many that wait are looked through for one whose other site has a place too. */
#define LOOK_AHEAD 32

enum { LARGE, SMALL, N_CLASSES };

/* A server's login, with those that wait for it. */
typedef struct {
  WherrySiteLimits *limits;      /* unowned */
  GSequence *waiting[N_CLASSES]; /* element-type Seat, unowned */
} Site;

typedef struct _Seat Seat;
struct _Seat {
  WherryScheduler *scheduler; /* unowned: whose it is */
  WherryTransfer *transfer;   /* owned */
  Site *sites[2];             /* unowned; the second one may be NULL */
  GSequenceIter *iter;        /* (nullable): while it waits */
  gboolean active;
  gboolean held;
  gint64 since;     /* monotonic: since when it has its place to itself */
  Seat *instead_of; /* (nullable): whose place it has */
};

struct _WherryScheduler {
  WherrySessionPool *pool;
  GHashTable *sites; /* key -> Site, owned */
  GHashTable *seats; /* WherryTransfer -> Seat, owned */
  WherryLimits *limits;
  guint n_active; /* without those that are held */
  guint n_at_once;
  guint n_per_site;
  gboolean paused;
  guint look_source;
  guint wake_source;
  gboolean running;
  gboolean again;
};

static void
site_free (gpointer data)
{
  Site *site = data;

  for (guint i = 0; i < N_CLASSES; i++)
    g_sequence_free (site->waiting[i]);
  g_free (site);
}

static void
seat_free (gpointer data)
{
  Seat *seat = data;

  g_object_unref (seat->transfer);
  g_free (seat);
}

static gboolean
on_wake (gpointer user_data)
{
  WherryScheduler *self = user_data;

  self->wake_source = 0;
  wherry_scheduler_run (self);
  return G_SOURCE_REMOVE;
}

/* Others may have waited for a place that is free now. */
static void
wake_others (WherryScheduler *self)
{
  for (guint i = 0; i < self->limits->schedulers->len; i++)
    {
      WherryScheduler *other = self->limits->schedulers->pdata[i];

      if (other != self && other->wake_source == 0)
        other->wake_source = g_idle_add (on_wake, other);
    }
}

static void
count (Seat *seat, int step)
{
  seat->scheduler->n_active += (guint) step;
  seat->scheduler->limits->n_active += (guint) step;
  for (guint i = 0; i < G_N_ELEMENTS (seat->sites) && seat->sites[i] != NULL; i++)
    seat->sites[i]->limits->n_active += (guint) step;
  if (step < 0)
    wake_others (seat->scheduler);
}

static void
set_held (Seat *seat, gboolean held)
{
  seat->held = held;
  seat->since = g_get_monotonic_time ();
  wherry_transfer_set_held (seat->transfer, held);
  count (seat, held ? -1 : 1);
}

static void
give_up_place (Seat *seat)
{
  GPtrArray *active = seat->scheduler->limits->active;

  g_ptr_array_remove (active, seat);
  seat->active = FALSE;
  if (seat->held)
    seat->held = FALSE;
  else
    count (seat, -1);

  for (guint i = 0; i < active->len; i++)
    {
      Seat *other = active->pdata[i];
      if (other->instead_of == seat)
        other->instead_of = NULL;
    }
  if (seat->instead_of != NULL && seat->instead_of->held)
    set_held (seat->instead_of, FALSE);
  seat->instead_of = NULL;
}

/**
 * wherry_scheduler_new:
 * @pool: connects to servers
 *
 * Returns: (transfer full): a scheduler with nothing to do
 */
WherryScheduler *
wherry_scheduler_new (WherrySessionPool *pool)
{
  WherryScheduler *self = g_new0 (WherryScheduler, 1);

  self->pool = g_object_ref (pool);
  self->sites = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, site_free);
  self->seats = g_hash_table_new_full (NULL, NULL, NULL, seat_free);
  self->n_at_once = DEFAULT_AT_ONCE;
  self->n_per_site = DEFAULT_PER_SITE;
  self->limits = wherry_limits_new ();
  g_ptr_array_add (self->limits->schedulers, self);
  return self;
}

/**
 * wherry_scheduler_free:
 * @self: (transfer full) (nullable): a scheduler
 */
void
wherry_scheduler_free (WherryScheduler *self)
{
  if (self == NULL)
    return;
  g_ptr_array_remove (self->limits->schedulers, self);
  for (guint i = self->limits->active->len; i > 0; i--)
    {
      Seat *seat = self->limits->active->pdata[i - 1];
      if (seat->scheduler == self)
        give_up_place (seat);
    }
  g_clear_handle_id (&self->look_source, g_source_remove);
  g_clear_handle_id (&self->wake_source, g_source_remove);
  g_hash_table_unref (self->seats);
  g_hash_table_unref (self->sites);
  wherry_limits_unref (self->limits);
  g_object_unref (self->pool);
  g_free (self);
}

static int
compare (gconstpointer a, gconstpointer b, gpointer data)
{
  const WherryTransfer *one = ((const Seat *) a)->transfer;
  const WherryTransfer *other = ((const Seat *) b)->transfer;

  if (one->priority != other->priority)
    return one->priority > other->priority ? -1 : 1;
  return (one->position > other->position) - (one->position < other->position);
}

static Site *
get_site (WherryScheduler *self, const WherryLogin *login)
{
  g_autofree char *key = g_strdup_printf ("%s@%s:%u", login->user, login->host, login->port);
  Site *site = g_hash_table_lookup (self->sites, key);

  if (site != NULL)
    return site;
  site = g_new0 (Site, 1);
  site->limits = wherry_limits_get_site (self->limits, key);
  for (guint i = 0; i < N_CLASSES; i++)
    site->waiting[i] = g_sequence_new (NULL);
  g_hash_table_insert (self->sites, g_steal_pointer (&key), site);
  return site;
}

static gboolean
is_small (const Seat *seat)
{
  return seat->transfer->size_hint <= SMALL_MAX;
}

static gboolean
is_full (WherryScheduler *self, const Site *site)
{
  const WherrySiteLimits *limits = site->limits;

  return limits->n_active >= (limits->n_max != 0 ? limits->n_max : self->n_per_site);
}

static gboolean
has_place (WherryScheduler *self, const Seat *seat)
{
  for (guint i = 0; i < G_N_ELEMENTS (seat->sites) && seat->sites[i] != NULL; i++)
    if (is_full (self, seat->sites[i]))
      return FALSE;
  return TRUE;
}

static Seat *
better_of (Seat *a, Seat *b)
{
  if (a == NULL || b == NULL)
    return a != NULL ? a : b;
  return compare (a, b, NULL) <= 0 ? a : b;
}

/* The first one in a line for which there are places. */
static Seat *
find_startable (WherryScheduler *self, GSequence *waiting)
{
  GSequenceIter *iter = g_sequence_get_begin_iter (waiting);

  for (guint i = 0; i < LOOK_AHEAD && !g_sequence_iter_is_end (iter); i++)
    {
      Seat *seat = g_sequence_get (iter);
      if (has_place (self, seat))
        return seat;
      iter = g_sequence_iter_next (iter);
    }
  return NULL;
}

static Seat *
pick (WherryScheduler *self)
{
  GHashTableIter iter;
  gpointer value;
  Seat *best = NULL;

  if (self->paused || self->limits->n_active >= self->n_at_once)
    return NULL;

  g_hash_table_iter_init (&iter, self->sites);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Site *site = value;
      if (is_full (self, site))
        continue;
      for (guint i = 0; i < N_CLASSES; i++)
        best = better_of (best, find_startable (self, site->waiting[i]));
    }
  return best;
}

static gboolean
on_look (gpointer user_data)
{
  WherryScheduler *self = user_data;

  self->look_source = 0;
  wherry_scheduler_run (self);
  return G_SOURCE_REMOVE;
}

static gboolean
shares_site (const Seat *a, const Seat *b)
{
  for (guint i = 0; i < G_N_ELEMENTS (a->sites) && a->sites[i] != NULL; i++)
    for (guint j = 0; j < G_N_ELEMENTS (b->sites); j++)
      if (b->sites[j] != NULL && a->sites[i]->limits == b->sites[j]->limits)
        return TRUE;
  return FALSE;
}

/* A large one that can give its place to a small one; the one that began last, since those before
 * it are nearer to their end. */
static Seat *
find_victim (WherryScheduler *self, const Seat *small)
{
  gboolean site_is_full = !has_place (self, small);
  gint64 now = g_get_monotonic_time ();
  gboolean look_later = FALSE;

  for (guint i = self->limits->active->len; i > 0; i--)
    {
      Seat *seat = self->limits->active->pdata[i - 1];

      if (seat->held || is_small (seat) || seat->instead_of != NULL
          || seat->transfer->priority > small->transfer->priority
          || (site_is_full && (!shares_site (small, seat) || small->sites[1] != NULL)))
        continue;
      if (now - seat->since >= TURN)
        return seat;
      look_later = TRUE;
    }
  if (look_later && self->look_source == 0)
    self->look_source = g_timeout_add (TURN / 1000, on_look, self);
  return NULL;
}

static Seat *
pick_instead (WherryScheduler *self, Seat **victim)
{
  GHashTableIter iter;
  gpointer value;

  if (self->paused)
    return NULL;
  g_hash_table_iter_init (&iter, self->sites);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Site *site = value;
      GSequenceIter *begin = g_sequence_get_begin_iter (site->waiting[SMALL]);

      if (g_sequence_iter_is_end (begin))
        continue;
      Seat *small = g_sequence_get (begin);
      *victim = find_victim (self, small);
      if (*victim != NULL)
        return small;
    }
  return NULL;
}

static void
start (WherryScheduler *self, Seat *seat)
{
  g_autoptr (GPtrArray) throttles = g_ptr_array_new ();

  g_ptr_array_add (throttles, self->limits->throttle);
  for (guint i = 0; i < G_N_ELEMENTS (seat->sites) && seat->sites[i] != NULL; i++)
    g_ptr_array_add (throttles, seat->sites[i]->limits->throttle);
  wherry_transfer_set_throttles (seat->transfer, throttles);
  wherry_transfer_start (seat->transfer, self->pool);
  /* Its notification may have to wait for another one's end: they don't nest. */
  wherry_scheduler_update (self, seat->transfer);
}

/**
 * wherry_scheduler_run:
 * @self: a scheduler
 *
 * Starts what may be started.
 */
void
wherry_scheduler_run (WherryScheduler *self)
{
  Seat *seat, *victim;

  if (self->running)
    {
      self->again = TRUE;
      return;
    }
  self->running = TRUE;
  do
    {
      self->again = FALSE;
      while ((seat = pick (self)) != NULL)
        start (self, seat);
      while ((seat = pick_instead (self, &victim)) != NULL)
        {
          set_held (victim, TRUE);
          seat->instead_of = victim;
          start (self, seat);
        }
  } while (self->again);
  self->running = FALSE;
}

static void
leave_line (Seat *seat)
{
  if (seat->iter != NULL)
    g_sequence_remove (seat->iter);
  seat->iter = NULL;
}

/**
 * wherry_scheduler_update:
 * @self: a scheduler
 * @transfer: one of its transfers, of which the state, the priority, the position
 *   or the size changed
 *
 * To be followed by wherry_scheduler_run().
 */
void
wherry_scheduler_update (WherryScheduler *self, WherryTransfer *transfer)
{
  Seat *seat = g_hash_table_lookup (self->seats, transfer);
  gboolean active = wherry_transfer_is_active (transfer);

  g_return_if_fail (seat != NULL);

  leave_line (seat);
  if (active && !seat->active)
    {
      seat->active = TRUE;
      seat->since = g_get_monotonic_time ();
      g_ptr_array_add (self->limits->active, seat);
      count (seat, 1);
    }
  else if (!active && seat->active)
    give_up_place (seat);
  if (wherry_transfer_get_state (transfer) == WHERRY_TRANSFER_WAITING)
    seat->iter = g_sequence_insert_sorted (seat->sites[0]->waiting[is_small (seat) ? SMALL : LARGE],
                                           seat, compare, NULL);
}

/**
 * wherry_scheduler_add:
 * @self: a scheduler
 * @transfer: a transfer; a reference is kept
 *
 * To be followed by wherry_scheduler_run().
 */
void
wherry_scheduler_add (WherryScheduler *self, WherryTransfer *transfer)
{
  const WherryEndpoint *ends[]
      = { wherry_transfer_get_source (transfer), wherry_transfer_get_target (transfer) };
  Seat *seat = g_new0 (Seat, 1);
  guint n = 0;

  seat->scheduler = self;
  seat->transfer = g_object_ref (transfer);
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    if (wherry_endpoint_is_remote (ends[i]))
      {
        Site *site = get_site (self, ends[i]->login);
        if (n == 0 || seat->sites[0] != site)
          seat->sites[n++] = site;
      }
  g_assert (n > 0);
  g_hash_table_insert (self->seats, transfer, seat);
  wherry_scheduler_update (self, transfer);
}

/**
 * wherry_scheduler_remove:
 * @self: a scheduler
 * @transfer: one of its transfers
 *
 * To be followed by wherry_scheduler_run().
 */
void
wherry_scheduler_remove (WherryScheduler *self, WherryTransfer *transfer)
{
  Seat *seat = g_hash_table_lookup (self->seats, transfer);

  g_return_if_fail (seat != NULL);
  leave_line (seat);
  if (seat->active)
    give_up_place (seat);
  g_hash_table_remove (self->seats, transfer);
}

/**
 * wherry_scheduler_sort:
 * @self: a scheduler
 *
 * Puts those that wait in order after any number of positions changed at once.
 */
void
wherry_scheduler_sort (WherryScheduler *self)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->sites);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    for (guint i = 0; i < N_CLASSES; i++)
      g_sequence_sort (((Site *) value)->waiting[i], compare, NULL);
}

/**
 * wherry_scheduler_set_limits:
 * @self: a scheduler
 * @n_at_once: transfers at work at once, at least 1
 * @n_per_site: of these on one site, at least 1
 *
 * What is at work goes on, even if it is more now.
 */
void
wherry_scheduler_set_limits (WherryScheduler *self, guint n_at_once, guint n_per_site)
{
  g_return_if_fail (n_at_once >= 1 && n_per_site >= 1);

  self->n_at_once = n_at_once;
  self->n_per_site = n_per_site;
  wherry_scheduler_run (self);
}

/**
 * wherry_scheduler_set_site_limit:
 * @self: a scheduler
 * @login: a site's login
 * @n_at_once: transfers at work at once on it; 0: as many as on any other
 *
 * What is at work goes on, even if it is more now.
 */
void
wherry_scheduler_set_site_limit (WherryScheduler *self, const WherryLogin *login, guint n_at_once)
{
  get_site (self, login)->limits->n_max = n_at_once;
  wherry_scheduler_run (self);
}

/**
 * wherry_scheduler_set_paused:
 * @self: a scheduler
 * @paused: whether nothing is started any more
 */
void
wherry_scheduler_set_paused (WherryScheduler *self, gboolean paused)
{
  self->paused = paused;
  wherry_scheduler_run (self);
}

/**
 * wherry_scheduler_set_speed_limit:
 * @self: a scheduler
 * @bytes_per_second: content bytes a second of all together; 0: no limit
 */
void
wherry_scheduler_set_speed_limit (WherryScheduler *self, guint64 bytes_per_second)
{
  wherry_throttle_set_limit (self->limits->throttle, bytes_per_second);
}

/**
 * wherry_scheduler_share_limits:
 * @self: a scheduler with nothing to do so far
 * @limits: what other schedulers have as well
 */
void
wherry_scheduler_share_limits (WherryScheduler *self, WherryLimits *limits)
{
  g_return_if_fail (g_hash_table_size (self->sites) == 0);

  g_ptr_array_remove (self->limits->schedulers, self);
  wherry_limits_unref (self->limits);
  self->limits = wherry_limits_ref (limits);
  g_ptr_array_add (limits->schedulers, self);
}

/**
 * wherry_scheduler_set_site_speed_limit:
 * @self: a scheduler
 * @login: a site's login
 * @bytes_per_second: content bytes a second of all on it together; 0: no limit
 */
void
wherry_scheduler_set_site_speed_limit (WherryScheduler *self,
                                       const WherryLogin *login,
                                       guint64 bytes_per_second)
{
  wherry_throttle_set_limit (get_site (self, login)->limits->throttle, bytes_per_second);
}

/**
 * wherry_scheduler_get_pool:
 * @self: a scheduler
 *
 * Returns: (transfer none): what connects to servers
 */
WherrySessionPool *
wherry_scheduler_get_pool (WherryScheduler *self)
{
  return self->pool;
}

/**
 * wherry_scheduler_get_n_active:
 * @self: a scheduler
 *
 * Returns: places that are taken
 */
guint
wherry_scheduler_get_n_active (WherryScheduler *self)
{
  return self->n_active;
}
