#pragma once

#include <gio/gio.h>

#include "local/wherry-walker.h"
#include "ssh/wherry-session.h"
#include "transfer/wherry-conflict.h"
#include "transfer/wherry-endpoint.h"
#include "transfer/wherry-file-log.h"
#include "transfer/wherry-filter.h"

G_BEGIN_DECLS

/**
 * WherryTransferState:
 * @WHERRY_TRANSFER_WAITING: for its turn
 * @WHERRY_TRANSFER_CONNECTING: reaching the server, checking its key, logging in
 * @WHERRY_TRANSFER_RUNNING: copying
 * @WHERRY_TRANSFER_STALLED: copying, but nothing has moved for a while; it goes on
 *   by itself if the server wakes up
 * @WHERRY_TRANSFER_NEEDS_PERSON: a question is open; the answer lets it go on
 * @WHERRY_TRANSFER_PAUSED: by a person, or since the disk is full; see
 *   wherry_transfer_get_error()
 * @WHERRY_TRANSFER_RETRYING: the connection broke or could not be made; it is tried
 *   again by itself, see wherry_transfer_get_retry_seconds()
 * @WHERRY_TRANSFER_DONE: every file is exactly there
 * @WHERRY_TRANSFER_FAILED: over, and something is not there; see
 *   wherry_transfer_get_error() and the failures
 * @WHERRY_TRANSFER_CANCELLED: stopped by a person
 */
typedef enum {
  WHERRY_TRANSFER_WAITING,
  WHERRY_TRANSFER_CONNECTING,
  WHERRY_TRANSFER_RUNNING,
  WHERRY_TRANSFER_STALLED,
  WHERRY_TRANSFER_NEEDS_PERSON,
  WHERRY_TRANSFER_PAUSED,
  WHERRY_TRANSFER_RETRYING,
  WHERRY_TRANSFER_DONE,
  WHERRY_TRANSFER_FAILED,
  WHERRY_TRANSFER_CANCELLED,
} WherryTransferState;

/** Who goes first; within one priority the order of the queue holds. */
typedef enum {
  WHERRY_PRIORITY_LOW,
  WHERRY_PRIORITY_NORMAL,
  WHERRY_PRIORITY_HIGH,
} WherryPriority;

/**
 * WherryTransferFlags:
 * @WHERRY_TRANSFER_RECURSIVE: folders are copied with all in them; without it a
 *   folder is a failure
 * @WHERRY_TRANSFER_PRESERVE: keep times and permission bits
 * @WHERRY_TRANSFER_INTO: the target is a folder and the source goes into it;
 *   without it that depends on whether the target is a folder, as in cp(1)
 * @WHERRY_TRANSFER_PASSING: one end is a file that only passes through this
 *   computer: the transfer makes no sense any more when the program was ended
 * @WHERRY_TRANSFER_VERIFY: compare the SHA-256 of both ends after the copy; what
 *   differs is sent again once
 */
typedef enum {
  WHERRY_TRANSFER_DEFAULT   = 0,
  WHERRY_TRANSFER_RECURSIVE = 1 << 0,
  WHERRY_TRANSFER_PRESERVE  = 1 << 1,
  WHERRY_TRANSFER_INTO      = 1 << 2,
  WHERRY_TRANSFER_PASSING   = 1 << 3,
  WHERRY_TRANSFER_VERIFY    = 1 << 4,
} WherryTransferFlags;

/**
 * WherryProgress:
 *
 * A snapshot of how far a transfer is. Totals are 0 while not known.
 */
typedef struct {
  guint64  bytes_done;     /* content bytes that went over, failed files' included */
  guint64  bytes_total;
  guint64  files_done;     /* files in place */
  guint64  files_failed;
  guint64  files_skipped;  /* left out by a filter, a rule or an answer */
  guint64  files_total;
  gboolean totals_known;   /* the totals are final */
  double   speed;          /* bytes per second, smoothed */
  double   seconds_left;   /* -1 while it can't be told */
  char     current[256];   /* display name of the entry at work, UTF-8, cut */
} WherryProgress;

/**
 * WherryTransfer:
 *
 * One source on its way to one target, here to there, there to here, or between
 * two servers. Properties change, and signals are emitted, on the default main
 * context only; the work is done on a thread of its own.
 *
 * Properties: "state", "priority" and "notice" (notified), "progress-tick" (notified at
 * most every 100 ms while running: read wherry_transfer_get_progress()).
 */
#define WHERRY_TYPE_TRANSFER (wherry_transfer_get_type ())
G_DECLARE_FINAL_TYPE (WherryTransfer, wherry_transfer, WHERRY, TRANSFER, GObject)

WherryTransfer        *wherry_transfer_new              (const WherryEndpoint  *source,
                                                         const WherryEndpoint  *target,
                                                         WherryTransferFlags    flags);
void                   wherry_transfer_set_links        (WherryTransfer        *self,
                                                         WherryWalkerLinks      links);
void                   wherry_transfer_set_filter       (WherryTransfer        *self,
                                                         WherryFilter          *filter);
void                   wherry_transfer_set_conflicts    (WherryTransfer        *self,
                                                         WherryConflictPolicy   policy,
                                                         WherryConflictPrompter *prompter);
WherryConflictPolicy   wherry_transfer_get_conflicts    (WherryTransfer        *self);
void                   wherry_transfer_set_count_ahead  (WherryTransfer        *self,
                                                         gboolean               count_ahead);
void                   wherry_transfer_set_speed_limit  (WherryTransfer        *self,
                                                         guint64                bytes_per_second);

const WherryEndpoint  *wherry_transfer_get_source       (WherryTransfer        *self);
const WherryEndpoint  *wherry_transfer_get_target       (WherryTransfer        *self);
WherryTransferFlags    wherry_transfer_get_flags        (WherryTransfer        *self);
char                  *wherry_transfer_dup_name         (WherryTransfer        *self);
WherryTransferState    wherry_transfer_get_state        (WherryTransfer        *self);
gboolean               wherry_transfer_is_over          (WherryTransfer        *self);
gboolean               wherry_transfer_is_active        (WherryTransfer        *self);
WherryPriority         wherry_transfer_get_priority     (WherryTransfer        *self);
void                   wherry_transfer_set_priority     (WherryTransfer        *self,
                                                         WherryPriority         priority);
void                   wherry_transfer_set_size_hint    (WherryTransfer        *self,
                                                         guint64                bytes);
void                   wherry_transfer_set_retries      (WherryTransfer        *self,
                                                         gboolean               retries);
guint                  wherry_transfer_get_retry_seconds (WherryTransfer       *self);
void                   wherry_transfer_get_progress     (WherryTransfer        *self,
                                                         WherryProgress        *progress);
const GError          *wherry_transfer_get_error        (WherryTransfer        *self);
const char            *wherry_transfer_get_notice       (WherryTransfer        *self);

/**
 * WherryFailure: one entry that is not there.
 * @key: its path below the source, as bytes; "" is the source itself
 * @path: as bytes; local path, or the remote one
 * @error: why
 */
typedef struct {
  char   *key;
  char   *path;
  GError *error;
} WherryFailure;

/* The failures told so far: the first 10,000 are kept, all are counted. */
GPtrArray             *wherry_transfer_dup_failures     (WherryTransfer        *self);
GError                *wherry_transfer_dup_failure      (WherryTransfer        *self,
                                                         guint                  index);
WherryFileLog         *wherry_transfer_dup_files        (WherryTransfer        *self);

void                   wherry_transfer_start            (WherryTransfer        *self,
                                                         WherrySessionPool     *pool);

/* What a person may do with it. Takes hold within a second, whatever the server does. */
gboolean               wherry_transfer_can_pause        (WherryTransfer        *self);
gboolean               wherry_transfer_can_resume       (WherryTransfer        *self);
gboolean               wherry_transfer_can_retry        (WherryTransfer        *self);
gboolean               wherry_transfer_can_retry_failed (WherryTransfer        *self);
void                   wherry_transfer_pause            (WherryTransfer        *self);
void                   wherry_transfer_resume           (WherryTransfer        *self);
void                   wherry_transfer_cancel           (WherryTransfer        *self);
void                   wherry_transfer_retry            (WherryTransfer        *self);
void                   wherry_transfer_retry_failed     (WherryTransfer        *self);

G_END_DECLS
