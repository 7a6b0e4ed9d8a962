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
  gint64 last_id;
  gboolean paused;
  GError *pause_reason;     /* (nullable): if it paused by itself */
  GHashTable *paused_by_us; /* unowned: those to be gone on with when all are */
};

void wherry_queue_insert        (WherryQueue     *self,
                                 WherryTransfer  *transfer,
                                 guint            position);
void wherry_queue_number_all    (WherryQueue     *self);
void wherry_queue_notify_counts (WherryQueue     *self);
void wherry_queue_stop_all      (WherryQueue     *self);

/* wherry-queue-journal.c */
void wherry_queue_write         (WherryQueue     *self,
                                 WherryTransfer  *transfer);
void wherry_queue_enter         (WherryQueue     *self,
                                 WherryTransfer  *transfer);
void wherry_queue_hide          (WherryQueue     *self,
                                 WherryTransfer  *transfer);

G_END_DECLS
