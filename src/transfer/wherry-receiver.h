#pragma once

#include "scp/wherry-scp.h"
#include "transfer/wherry-job.h"
#include "transfer/wherry-resume.h"

G_BEGIN_DECLS

/**
 * WherryReceiver:
 *
 * The server's end of a download: one file or tree comes from it as events, in
 * the order SCP has them, whichever protocol it comes by.
 */

/**
 * WherryReceiverEventType:
 * @WHERRY_RECEIVER_FILE: a file begins: @name, @mode, @size, @times, @mtime, @rest
 * @WHERRY_RECEIVER_DATA: some of its content: @data, @length (never 0)
 * @WHERRY_RECEIVER_FILE_END: it is over; with an @error its content is not to be
 *   kept
 * @WHERRY_RECEIVER_DIRECTORY: a directory begins: @name, @mode, @times
 * @WHERRY_RECEIVER_DIRECTORY_END: the innermost directory is complete
 * @WHERRY_RECEIVER_SKIPPED: an entry with an unfit name (@name, as bytes
 *   possibly unfit to show) is passed over with all in it
 * @WHERRY_RECEIVER_PROBLEM: an entry does not come: @name (%NULL if only the
 *   words of the @error tell), @error
 */
typedef enum {
  WHERRY_RECEIVER_FILE,
  WHERRY_RECEIVER_DATA,
  WHERRY_RECEIVER_FILE_END,
  WHERRY_RECEIVER_DIRECTORY,
  WHERRY_RECEIVER_DIRECTORY_END,
  WHERRY_RECEIVER_SKIPPED,
  WHERRY_RECEIVER_PROBLEM,
} WherryReceiverEventType;

/** Pointers stay valid during the call. @name is NUL-terminated bytes, not UTF-8. */
typedef struct {
  const char    *name;
  guint32        mode;       /* permission bits as the server sent them, & 07777: mask before use (rule R4) */
  guint64        size;       /* bytes */
  gboolean       has_times;
  WherryScpTimes times;
  gint64         mtime;      /* if known, also where times are not to be kept; else 0 */
  const WherryResumePoint *rest; /* (nullable): only the content behind this comes */
  const guint8  *data;
  gsize          length;     /* bytes */
  const GError  *error;      /* (nullable) */
} WherryReceiverEvent;

/**
 * WherryReceiverConsume:
 * @type: what comes
 * @event: its data
 * @channel: the channel it came by
 * @user_data: the consumer's own
 * @error: the transfer is over
 *
 * Returns: %FALSE on error
 */
typedef gboolean (*WherryReceiverConsume) (WherryReceiverEventType     type,
                                           const WherryReceiverEvent  *event,
                                           WherryChannel              *channel,
                                           gpointer                    user_data,
                                           GError                    **error);

gboolean wherry_receiver_run (WherryJob              *job,
                              WherrySession          *session,
                              WherryReceiverConsume   consume,
                              gpointer                user_data,
                              GError                **error);

G_END_DECLS
