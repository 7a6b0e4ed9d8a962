#pragma once

#include <gio/gio.h>

#include "transfer/wherry-transfer.h"

G_BEGIN_DECLS

/**
 * WherryQueue:
 *
 * The transfers, in order, as a #GListModel of #WherryTransfer. It owns them
 * and starts them as places become free. Main thread only.
 *
 * Properties: "n-active" (running or connecting), "n-unfinished".
 */
#define WHERRY_TYPE_QUEUE (wherry_queue_get_type ())
G_DECLARE_FINAL_TYPE (WherryQueue, wherry_queue, WHERRY, QUEUE, GObject)

WherryQueue       *wherry_queue_new              (WherrySessionPool  *pool);
void               wherry_queue_append           (WherryQueue        *self,
                                                  WherryTransfer     *transfer);
void               wherry_queue_remove           (WherryQueue        *self,
                                                  WherryTransfer     *transfer);
void               wherry_queue_clear_finished   (WherryQueue        *self);
void               wherry_queue_cancel_all       (WherryQueue        *self);
void               wherry_queue_set_limit        (WherryQueue        *self,
                                                  guint               n_at_once);
guint              wherry_queue_get_n_active     (WherryQueue        *self);
guint              wherry_queue_get_n_unfinished (WherryQueue        *self);

G_END_DECLS
