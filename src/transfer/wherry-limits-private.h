#pragma once

#include "transfer/wherry-limits.h"
#include "transfer/wherry-scheduler.h"

G_BEGIN_DECLS

/* A server's login. */
typedef struct {
  guint           n_active;
  guint           n_max;      /* 0: as many as on any site */
  WherryThrottle *throttle;
} WherrySiteLimits;

struct _WherryLimits {
  grefcount       ref_count;
  GHashTable     *sites;      /* key -> WherrySiteLimits, owned */
  WherryThrottle *throttle;
  guint           n_active;   /* without those that are held */
  GPtrArray      *active;     /* the schedulers' own, in the order in which they began */
  GPtrArray      *schedulers; /* element-type WherryScheduler, unowned */
};

WherrySiteLimits *wherry_limits_get_site (WherryLimits      *self,
                                          const char        *key);

G_END_DECLS
