#pragma once

#include "transfer/wherry-queue.h"
#include "transfer/wherry-scheduler.h"

G_BEGIN_DECLS

struct _WherryQueue {
  GObject parent_instance;

  GPtrArray *transfers; /* element-type WherryTransfer, owned */
  GHashTable *over;     /* unowned: those that are */
  WherryScheduler *scheduler;
  WherryJournal *journal; /* (nullable) */
  WherryConflictPrompter *conflict_prompter; /* (nullable) */
  GPtrArray *leftovers; /* element-type WherryEndpoint: half there on servers, of no use */
  WherryJournalRest rest; /* what is only in the journal so far */
  gboolean loading;       /* some of it */
  guint changes;          /* made to all of the rest meanwhile: a set of WherryJournalChange */
  gboolean changed;       /* since the rest was counted */
  gboolean shut_down;
  gboolean rest_goes;     /* it waits for its turn; else it is paused */
  gint64 last_id;
  gboolean paused;
  GError *pause_reason;     /* (nullable): if it paused by itself */
  GHashTable *paused_by_us; /* unowned: those to be gone on with when all are */
};

void wherry_queue_insert        (WherryQueue     *self,
                                 WherryTransfer  *transfer,
                                 guint            position);
void wherry_queue_remove_some   (WherryQueue     *self,
                                 guint            position,
                                 guint            n);
void wherry_queue_notify_counts (WherryQueue     *self);
void wherry_queue_stop_all      (WherryQueue     *self);

/* wherry-queue-journal.c */
void wherry_queue_write         (WherryQueue     *self,
                                 WherryTransfer  *transfer);
void wherry_queue_enter         (WherryQueue     *self,
                                 WherryTransfer  *transfer);
void wherry_queue_hide          (WherryQueue     *self,
                                 WherryTransfer  *transfer);
void wherry_queue_load_rest     (WherryQueue     *self);
void wherry_queue_forget_done   (WherryQueue     *self,
                                 WherryTransfer  *latest);
void wherry_queue_change_rest   (WherryQueue     *self,
                                 WherryJournalChange change);

/* wherry-queue-leftovers.c */
void wherry_queue_clean_up      (WherryQueue     *self,
                                 WherryTransfer  *transfer);
void wherry_queue_tidy          (WherryQueue     *self,
                                 WherryTransfer  *transfer);
void wherry_queue_load_leftovers (WherryQueue    *self);

/* For tests: how many come from the journal at a time, at least 2. */
void wherry_queue_set_portion   (guint            n_transfers);

G_END_DECLS
