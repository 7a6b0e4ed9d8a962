#pragma once

#include "transfer/wherry-queue.h"

G_BEGIN_DECLS

/**
 * WherryQueueSummary:
 *
 * What all transfers of a queue come to together. A plain value.
 */
typedef struct {
  guint           n_items;
  guint           n_active;    /* at work, or about to be */
  guint           n_waiting;
  guint           n_paused;
  guint           n_done;
  guint           n_failed;
  guint           n_cancelled;
  guint           n_stored;    /* of these, only in the journal as yet */
  WherryProgress  progress;    /* of the active ones; totals are known if those of all that will go are */
  WherryTransfer *only;        /* (nullable) (unowned): the one there is, while the queue keeps it */
} WherryQueueSummary;

void  wherry_queue_summary_take   (WherryQueueSummary        *self,
                                   WherryQueue               *queue);
char *wherry_queue_summary_format (const WherryQueueSummary  *self);

G_END_DECLS
