#pragma once

#include "transfer/wherry-estimator.h"
#include "transfer/wherry-job.h"
#include "transfer/wherry-transfer.h"

G_BEGIN_DECLS

/* Until its size is known. */
#define WHERRY_TRANSFER_SIZE_UNKNOWN G_MAXUINT64

struct _WherryTransfer {
  GObject parent_instance;

  WherryJob          *job;
  WherryTransferState state;
  WherryPriority      priority;
  guint64             size_hint;  /* bytes */
  char               *notice;     /* (nullable): as last told */
  GError             *error;
  gint64              id;         /* in the journal; 0: not yet there */
  gint64              added;      /* seconds since 1970 */
  gint64              position;   /* the queue's: by which it orders them */

  /* While it runs, and after a stop until its thread is over. */
  WherrySessionPool  *pool;       /* (nullable) */
  GThread            *thread;     /* (nullable) */
  gboolean            connected;  /* the copying has begun */
  WherryTransferState stop_state; /* what a person made of it; WAITING: nothing */
  guint               stop_source;
  gboolean            forsaken;   /* the thread is late, and what it says is of no interest any more */
  gboolean            restart;    /* to be started once that thread is over */

  /* How it goes. */
  guint               tick_source;
  WherryEstimator     estimator;
  guint               progress_tick;
  guint64             moved;      /* a sum over all counters, when something last moved */
  gint64              moved_at;   /* monotonic, microseconds */

  /* Retry. */
  gboolean            retries;
  gboolean            only_failed; /* what the next run is for */
  guint               attempt;     /* that came to nothing */
  guint               retry_source;
  gint64              retry_at;    /* monotonic, microseconds */
};

void wherry_transfer_set_state     (WherryTransfer       *self,
                                    WherryTransferState   state);
void wherry_transfer_notify_tick   (WherryTransfer       *self);

/* The scheduler's. */
void wherry_transfer_set_held      (WherryTransfer       *self,
                                    gboolean              held);
void wherry_transfer_set_throttles (WherryTransfer       *self,
                                    GPtrArray            *throttles);

/* The queue's. */
void wherry_transfer_halt          (WherryTransfer       *self);
void wherry_transfer_update_notice (WherryTransfer       *self);

/* For tests: so many times as fast goes the time that is waited for. */
void wherry_transfer_set_time_factor (guint               factor);

G_END_DECLS
