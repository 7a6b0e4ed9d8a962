#pragma once

#include "transfer/wherry-job.h"

G_BEGIN_DECLS

/**
 * WherryCounter:
 *
 * Counts what a transfer will copy while it is already running, on a thread of
 * its own, so that the time left can be told.
 */
typedef struct _WherryCounter WherryCounter;

WherryCounter *wherry_counter_start        (WherryJob      *job);
WherryCounter *wherry_counter_start_remote (WherryJob      *job,
                                            WherrySession  *session);
void           wherry_counter_stop         (WherryCounter  *self);

G_END_DECLS
