#pragma once

#include "transfer/wherry-limits.h"
#include "transfer/wherry-transfer.h"

G_BEGIN_DECLS

/**
 * WherryScheduler:
 *
 * Starts waiting transfers as places become free, so many at once in all and so
 * many on each site, by priority and order. While large ones take all places, a
 * small one that waits gets one of theirs for as long as it takes: the large one
 * keeps its connection and stands still meanwhile. Main thread only.
 */
typedef struct _WherryScheduler WherryScheduler;

WherryScheduler *wherry_scheduler_new            (WherrySessionPool  *pool);
void             wherry_scheduler_free           (WherryScheduler    *self);
void             wherry_scheduler_add            (WherryScheduler    *self,
                                                  WherryTransfer     *transfer);
void             wherry_scheduler_remove         (WherryScheduler    *self,
                                                  WherryTransfer     *transfer);
void             wherry_scheduler_update         (WherryScheduler    *self,
                                                  WherryTransfer     *transfer);
void             wherry_scheduler_sort           (WherryScheduler    *self);
void             wherry_scheduler_set_limits     (WherryScheduler    *self,
                                                  guint               n_at_once,
                                                  guint               n_per_site);
void             wherry_scheduler_set_site_limit (WherryScheduler    *self,
                                                  const WherryLogin  *login,
                                                  guint               n_at_once);
void             wherry_scheduler_set_paused     (WherryScheduler    *self,
                                                  gboolean            paused);
void             wherry_scheduler_set_speed_limit (WherryScheduler   *self,
                                                  guint64             bytes_per_second);
void             wherry_scheduler_share_limits   (WherryScheduler    *self,
                                                  WherryLimits       *limits);
void             wherry_scheduler_set_site_speed_limit (WherryScheduler *self,
                                                  const WherryLogin  *login,
                                                  guint64             bytes_per_second);
WherrySessionPool *wherry_scheduler_get_pool     (WherryScheduler    *self);
guint            wherry_scheduler_get_n_active   (WherryScheduler    *self);
void             wherry_scheduler_run            (WherryScheduler    *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryScheduler, wherry_scheduler_free)

G_END_DECLS
