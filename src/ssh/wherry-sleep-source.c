#include "config.h"

#include "ssh/wherry-sleep-source.h"

#include <glib-unix.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* What counts as sleep: clocks that are read one after the other never agree to the last digit. */
#define SLEEP_MIN (G_USEC_PER_SEC / 2)

typedef struct {
  GSource source;
  int fd;
  gint64 slept; /* microseconds, since the machine was started */
} SleepSource;

static gint64
get_time (clockid_t clock)
{
  struct timespec now = { 0 };

  clock_gettime (clock, &now);
  return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

/* One of the two clocks goes on while the machine sleeps (clock_getres(2)). */
static gint64
get_slept (void)
{
  gint64 monotonic = get_time (CLOCK_MONOTONIC);

  return get_time (CLOCK_BOOTTIME) - monotonic;
}

/* Whenever the wall's clock jumps, the cause is looked for: somebody may just have set it. */
static gboolean
sleep_source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  SleepSource *self = (SleepSource *) source;
  gint64 before = self->slept;
  guint64 expirations;

  /* ECANCELED: it is armed all the same. */
  (void) !read (self->fd, &expirations, sizeof expirations);
  self->slept = get_slept ();
  if (self->slept - before < SLEEP_MIN || callback == NULL)
    return G_SOURCE_CONTINUE;
  return callback (user_data);
}

static void
sleep_source_finalize (GSource *source)
{
  close (((SleepSource *) source)->fd);
}

/**
 * wherry_sleep_source_new:
 *
 * Makes a source whose callback is called each time the machine has woken up from
 * sleep. It asks nobody, so it works in a sandbox and without logind, and costs
 * nothing meanwhile: the kernel cancels a timer on the wall's clock when that
 * jumps against the monotonic one (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET),
 * as it does at the end of each sleep.
 *
 * Returns: (transfer full) (nullable): the source; %NULL where the system has no
 *   such timers
 */
GSource *
wherry_sleep_source_new (void)
{
  static GSourceFuncs functions = {
    .dispatch = sleep_source_dispatch,
    .finalize = sleep_source_finalize,
  };
  const struct itimerspec never = { .it_value.tv_sec = G_MAXLONG };
  int fd = timerfd_create (CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
  GSource *source;

  if (fd < 0)
    return NULL;
  if (timerfd_settime (fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) != 0)
    {
      close (fd);
      return NULL;
    }

  source = g_source_new (&functions, sizeof (SleepSource));
  ((SleepSource *) source)->fd = fd;
  ((SleepSource *) source)->slept = get_slept ();
  g_source_add_unix_fd (source, fd, G_IO_IN);
  g_source_set_static_name (source, "[wherry] sleep");
  return source;
}
