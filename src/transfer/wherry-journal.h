#pragma once

#include <gio/gio.h>

#include "transfer/wherry-record.h"

G_BEGIN_DECLS

/**
 * WherryJournal:
 *
 * The transfers on disk, in SQLite, so that no end of the program, however
 * sudden, loses one or has a file copied twice. All of the database is touched by
 * a thread of the journal's own: nothing here waits for the disk but
 * wherry_journal_close(). What is written is on disk within a moment, in the order
 * it was written.
 *
 * One program at a time has it. A journal that is damaged is set aside under
 * another name and a new one begun; one of a newer Wherry is left alone, and
 * nothing is kept in this run. The trouble function is told, in words for a
 * person.
 */
typedef struct _WherryJournal WherryJournal;

/**
 * WherryJournalTrouble:
 * @words: what is the matter
 * @lost: whether what was written before is gone, so that whoever knows it is to
 *   write it again
 *
 * Called on the default main context.
 */
typedef void (*WherryJournalTrouble) (const char  *words,
                                      gboolean     lost,
                                      gpointer     user_data);

WherryJournal *wherry_journal_open          (const char           *path,
                                             WherryJournalTrouble  trouble,
                                             gpointer              user_data);
WherryJournal *wherry_journal_ref           (WherryJournal        *self);
void           wherry_journal_unref         (WherryJournal        *self);
void           wherry_journal_close         (WherryJournal        *self);
char          *wherry_journal_dup_default_path (void);

void           wherry_journal_write         (WherryJournal        *self,
                                             WherryRecord         *record);
void           wherry_journal_write_done    (WherryJournal        *self,
                                             gint64                id,
                                             guint64               number);
void           wherry_journal_write_partial (WherryJournal        *self,
                                             gint64                id,
                                             const char           *key,
                                             const WherryPartial  *partial);
void           wherry_journal_write_leftover (WherryJournal       *self,
                                             const WherryEndpoint *place,
                                             gboolean              there);
void           wherry_journal_hide          (WherryJournal        *self,
                                             gint64                id);
void           wherry_journal_forget_history (WherryJournal       *self,
                                             gint64                before);

/**
 * WherryJournalRest: what is for the queue to show and was not loaded so far.
 * @last_position: of all, loaded or not, the highest; 0: there is none
 * @last_id: likewise
 */
typedef struct {
  guint   n_unfinished;
  guint   n_failed;
  guint   n_cancelled;
  gint64  last_position;
  gint64  last_id;
} WherryJournalRest;

/**
 * WherryJournalChange: what becomes of all that was not loaded so far.
 * @WHERRY_JOURNAL_CANCEL: what is not over is cancelled
 * @WHERRY_JOURNAL_RETRY: what failed is not over any more
 * @WHERRY_JOURNAL_CLEAR: what is over is taken out, as by wherry_journal_hide()
 */
typedef enum {
  WHERRY_JOURNAL_CANCEL,
  WHERRY_JOURNAL_RETRY,
  WHERRY_JOURNAL_CLEAR,
  WHERRY_JOURNAL_N_CHANGES,
} WherryJournalChange;

/* Some of what is not over, and of what failed or was cancelled and was not taken out. */
void           wherry_journal_load_async    (WherryJournal        *self,
                                             guint                 n_records,
                                             gboolean              with_over,
                                             GAsyncReadyCallback   callback,
                                             gpointer              user_data);
GPtrArray     *wherry_journal_load_finish   (GAsyncResult         *result,
                                             WherryJournalRest    *rest,
                                             GError              **error);
void           wherry_journal_change_rest   (WherryJournal        *self,
                                             WherryJournalChange   change);
void           wherry_journal_load_leftovers_async (WherryJournal *self,
                                             GAsyncReadyCallback   callback,
                                             gpointer              user_data);
/* What is over, the latest first. */
void           wherry_journal_search_async  (WherryJournal        *self,
                                             const char           *text,
                                             guint                 offset,
                                             guint                 n_records,
                                             GCancellable         *cancellable,
                                             GAsyncReadyCallback   callback,
                                             gpointer              user_data);
void           wherry_journal_count_async   (WherryJournal        *self,
                                             const char           *text,
                                             GCancellable         *cancellable,
                                             GAsyncReadyCallback   callback,
                                             gpointer              user_data);
/* Returns when all that was written before is on disk. */
void           wherry_journal_sync_async    (WherryJournal        *self,
                                             GAsyncReadyCallback   callback,
                                             gpointer              user_data);
GPtrArray     *wherry_journal_records_finish (GAsyncResult        *result,
                                             GError              **error);
gint64         wherry_journal_count_finish  (GAsyncResult         *result,
                                             GError              **error);
gboolean       wherry_journal_sync_finish   (GAsyncResult         *result,
                                             GError              **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryJournal, wherry_journal_unref)

G_END_DECLS
