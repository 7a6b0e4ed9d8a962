#pragma once

#include <gio/gio.h>

#include "transfer/wherry-journal.h"
#include "transfer/wherry-limits.h"
#include "transfer/wherry-transfer.h"

G_BEGIN_DECLS

/**
 * WherryQueue:
 *
 * The transfers, in order, as a #GListModel of #WherryTransfer. It owns them,
 * starts them as places become free, and tries again what failed for the
 * connection. Main thread only.
 *
 * Of a great many from before only some thousand are in it at a time; the others
 * stay in the journal until these are over, see wherry_queue_get_n_stored(). What
 * is done to all is done to them, too. And of a great many that are done only the
 * last thousands stay in it: the history has the others.
 *
 * Properties (notified): "n-active" (at work), "n-unfinished" (not over),
 * "paused".
 *
 * Signals: "restored" (guint: how many that are not over are here from before,
 * paused), "journal-trouble" (char *: words for a person).
 */
#define WHERRY_TYPE_QUEUE (wherry_queue_get_type ())
G_DECLARE_FINAL_TYPE (WherryQueue, wherry_queue, WHERRY, QUEUE, GObject)

WherryQueue       *wherry_queue_new              (WherrySessionPool  *pool);
void               wherry_queue_open_journal     (WherryQueue        *self,
                                                  const char         *path);
WherryJournal     *wherry_queue_get_journal      (WherryQueue        *self);
void               wherry_queue_shut_down        (WherryQueue        *self);
void               wherry_queue_append           (WherryQueue        *self,
                                                  WherryTransfer     *transfer);
void               wherry_queue_remove           (WherryQueue        *self,
                                                  WherryTransfer     *transfer);
void               wherry_queue_move             (WherryQueue        *self,
                                                  WherryTransfer     *transfer,
                                                  guint               position);
gboolean           wherry_queue_find             (WherryQueue        *self,
                                                  WherryTransfer     *transfer,
                                                  guint              *position);
void               wherry_queue_clear_finished   (WherryQueue        *self);
void               wherry_queue_cancel_all       (WherryQueue        *self);
void               wherry_queue_retry_all_failed (WherryQueue        *self);

void               wherry_queue_set_conflict_prompter (WherryQueue   *self,
                                                  WherryConflictPrompter *prompter);

/* Nothing goes, nor is anything started, until all is resumed. */
void               wherry_queue_pause_all        (WherryQueue        *self);
void               wherry_queue_resume_all       (WherryQueue        *self);
void               wherry_queue_wake             (WherryQueue        *self);
gboolean           wherry_queue_get_paused       (WherryQueue        *self);
const GError      *wherry_queue_get_pause_reason (WherryQueue        *self);

void               wherry_queue_set_limits       (WherryQueue        *self,
                                                  guint               n_at_once,
                                                  guint               n_per_site);
void               wherry_queue_set_site_limit   (WherryQueue        *self,
                                                  const WherryLogin  *login,
                                                  guint               n_at_once);
void               wherry_queue_share_limits     (WherryQueue        *self,
                                                  WherryLimits       *limits);
void               wherry_queue_set_speed_limit  (WherryQueue        *self,
                                                  guint64             bytes_per_second);
void               wherry_queue_set_site_speed_limit (WherryQueue    *self,
                                                  const WherryLogin  *login,
                                                  guint64             bytes_per_second);
guint              wherry_queue_get_n_active     (WherryQueue        *self);
guint              wherry_queue_get_n_unfinished (WherryQueue        *self);
guint              wherry_queue_get_n_over       (WherryQueue        *self);
guint              wherry_queue_get_n_stored     (WherryQueue        *self,
                                                  WherryTransferState state);
void               wherry_queue_get_progress     (WherryQueue        *self,
                                                  WherryProgress     *progress);

G_END_DECLS
