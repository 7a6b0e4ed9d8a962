#pragma once

#include "sites/wherry-site-store.h"
#include "transfer/wherry-queue.h"

G_BEGIN_DECLS

/**
 * WherryQueueLimits:
 *
 * Holds a queue to what the preferences and the sites say of how many transfers
 * go at once and how fast, and to what they say later as soon as it is said. The
 * speed limit of all together is one for all queues.
 */
#define WHERRY_TYPE_QUEUE_LIMITS (wherry_queue_limits_get_type ())
G_DECLARE_FINAL_TYPE (WherryQueueLimits, wherry_queue_limits, WHERRY, QUEUE_LIMITS, GObject)

WherryQueueLimits *wherry_queue_limits_new (WherryQueue      *queue,
                                            WherrySiteStore  *sites);

G_END_DECLS
