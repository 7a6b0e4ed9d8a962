#pragma once

#include "ssh/wherry-login.h"
#include "transfer/wherry-throttle.h"

G_BEGIN_DECLS

/**
 * WherryLimits:
 *
 * What several queues have in common: how many transfers are at work, in all and on
 * each site, and their speed limits. Main thread only.
 */
typedef struct _WherryLimits WherryLimits;

WherryLimits   *wherry_limits_new          (void);
WherryLimits   *wherry_limits_ref          (WherryLimits  *self);
void            wherry_limits_unref        (WherryLimits  *self);
WherryThrottle *wherry_limits_get_throttle (WherryLimits  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryLimits, wherry_limits_unref)

G_END_DECLS
