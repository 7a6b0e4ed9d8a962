#pragma once

#include "scp/wherry-scp-sink.h"
#include "transfer/wherry-job.h"

G_BEGIN_DECLS

/**
 * WherryReceiver:
 *
 * The server's end of a download: runs `scp -f` and hands its events to a
 * consumer, with the replies sent ahead. The stream is always read to its end,
 * whatever becomes of single entries (rule R7).
 */

/**
 * WherryReceiverConsume:
 * @type: an event of the sink machine
 * @event: its data
 * @channel: the channel it came by
 * @user_data: the consumer's own
 * @error: the transfer is over
 *
 * Returns: %FALSE on error
 */
typedef gboolean (*WherryReceiverConsume) (WherryScpSinkEventType     type,
                                           const WherryScpSinkEvent  *event,
                                           WherryChannel             *channel,
                                           gpointer                   user_data,
                                           GError                   **error);

gboolean wherry_receiver_run (WherryJob              *job,
                              WherrySession          *session,
                              WherryReceiverConsume   consume,
                              gpointer                user_data,
                              GError                **error);

G_END_DECLS
