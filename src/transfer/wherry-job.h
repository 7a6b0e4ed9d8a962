#pragma once

#include <gio/gio.h>

#include "ssh/wherry-channel.h"
#include "transfer/wherry-file-log.h"
#include "transfer/wherry-filter.h"
#include "transfer/wherry-ledger.h"
#include "transfer/wherry-partials.h"
#include "transfer/wherry-target-view.h"
#include "transfer/wherry-throttle.h"
#include "transfer/wherry-transfer.h"

G_BEGIN_DECLS

typedef struct _WherryVerifier WherryVerifier;

/**
 * WherryJob:
 *
 * A running transfer as its worker sees it: what to do, and where to tell how
 * it goes. Counters may be raised from any thread and read from any other; the
 * description does not change while it runs. A transfer that is gone on with, or
 * tried again, runs the same job once more.
 */
typedef struct {
  gatomicrefcount ref_count;

  /* What to do; set before the work begins. */
  WherryEndpoint      *source;
  WherryEndpoint      *target;
  WherryTransferFlags  flags;
  WherryWalkerLinks    links;
  gboolean             count_ahead;
  guint32              tag;              /* of temporary files here; 0: none */
  gboolean             ran;              /* before: there may be files of its own, and such ones */
  gboolean             cut;              /* the run before ended within a file, as far as is known */
  WherryFilter        *filter;           /* (nullable) */
  WherryConflictPrompter *asker;         /* (nullable) */
  gboolean             stops_when_full;  /* a full disk ends the run, not the entry */
  WherryThrottle      *throttle;         /* the transfer's own speed limit */
  GPtrArray           *throttles;        /* element-type WherryThrottle: all that hold */
  WherryLedger        *ledger;           /* what is done, from runs before too */
  WherryPartials      *partials;         /* what is half done, likewise */
  gboolean             keeps_partials;   /* an interrupted file stays half there, to be gone on with */
  GCancellable        *cancellable;      /* of this run */

  /* How it goes; behind the lock. */
  GMutex      lock;
  guint64     bytes_done;
  guint64     files_done;
  guint64     files_failed;
  guint64     files_skipped; /* that are not wanted */
  guint64     bytes_known;   /* of @bytes_done: did not go over in this run */
  guint64     files_known;   /* likewise */
  guint64     bytes_placed;  /* of files that are in place, or need not be */
  guint64     bytes_total;
  guint64     files_total;
  gboolean    totals_known;
  char        current[512];  /* bytes of the path at work, its end if long */
  GPtrArray  *failures;      /* element-type WherryFailure */
  WherryFileLog *files;      /* (nullable): of a tree, once anything is known of it */
  GError     *full;          /* (nullable): the disk that is full, with @stops_when_full */
  char       *notice;        /* (nullable): what a person should know of it, as text */

  /* Any thread. */
  int         held;          /* atomic: gives its place to another one for a while */
  int         n_asking;      /* atomic: questions that wait for a person */
  int         discards;      /* atomic: it was cancelled, and nothing is to stay half there */

  /* The worker's own. */
  WherryConflictPolicy policy;     /* becomes the answer that was given for all */
  WherryConflictPolicy chosen;     /* for the file that was decided on last */
  GHashTable *decided;             /* key -> what was decided on a file before its turn */
  gboolean    fresh;               /* what is at the target is all its own */
  WherryTargetView *view;          /* (nullable): if anything depends on it */
  WherryProtocol source_protocol;  /* what is spoken with each end that is a server; never AUTOMATIC */
  WherryProtocol target_protocol;
  gboolean    source_lacks_scp;    /* found out: its server has no scp for this login */
  gboolean    target_lacks_scp;
  gboolean    lands_as_target;     /* a run before found nothing at the target and became it: so will this one */
  WherryVerifier *verifier;        /* (nullable): of this run, with WHERRY_TRANSFER_VERIFY */
} WherryJob;

/** What becomes of a file. */
typedef enum {
  WHERRY_JOB_COPY,
  WHERRY_JOB_SKIP,
  WHERRY_JOB_ERROR,
} WherryJobVerdict;

WherryJob *wherry_job_new        (const WherryEndpoint  *source,
                                  const WherryEndpoint  *target,
                                  WherryTransferFlags    flags);
WherryJob *wherry_job_ref        (WherryJob             *self);
void       wherry_job_unref      (WherryJob             *self);

void       wherry_job_begin_run  (WherryJob             *self,
                                  gboolean               only_failed);
void       wherry_job_end_run    (WherryJob             *self);
const char *wherry_job_get_key   (WherryJob             *self,
                                  const char            *path);
gboolean   wherry_job_wants_file (WherryJob             *self,
                                  const char            *key,
                                  guint64                size,
                                  gint64                 mtime);
void       wherry_job_skip       (WherryJob             *self,
                                  guint64                size);
gboolean   wherry_job_look       (WherryJob             *self,
                                  WherrySession         *session,
                                  GError               **error);
WherryJobVerdict wherry_job_decide (WherryJob           *self,
                                  const char            *path,
                                  const char            *name,
                                  guint64                size,
                                  gint64                 mtime,
                                  char                 **new_name,
                                  GError               **error);
gboolean   wherry_job_continues_target (WherryJob       *self,
                                  const char            *path,
                                  guint64                size,
                                  gint64                 mtime,
                                  gboolean               decided,
                                  gboolean              *continues,
                                  GError               **error);
void       wherry_job_decision_free (gpointer            data);
gboolean   wherry_job_wants_folder (WherryJob           *self,
                                  const char            *key);
void       wherry_job_start_over (WherryJob             *self);
void       wherry_job_begin_entry (WherryJob            *self,
                                  const char            *path);
void       wherry_job_file_done  (WherryJob             *self);
void       wherry_job_entry_done (WherryJob             *self,
                                  const char            *key,
                                  guint64                size,
                                  gint64                 mtime);
void       wherry_job_entry_verified (WherryJob         *self,
                                  const char            *key,
                                  guint64                size,
                                  gint64                 mtime);
void       wherry_job_fail       (WherryJob             *self,
                                  const char            *path,
                                  const GError          *error);
void       wherry_job_fail_entry (WherryJob             *self,
                                  const char            *key,
                                  const char            *path,
                                  const GError          *error);
void       wherry_job_fail_literal (WherryJob           *self,
                                  const char            *path,
                                  GQuark                 domain,
                                  int                    code,
                                  const char            *message);
void       wherry_job_note       (WherryJob             *self,
                                  const char            *key,
                                  guint64                size,
                                  WherryFileState        state);
void       wherry_job_note_failure (WherryJob           *self,
                                  const char            *key,
                                  guint                  failure);
WherryFileLog *wherry_job_dup_files (WherryJob          *self);
void       wherry_job_set_totals (WherryJob             *self,
                                  guint64                files,
                                  guint64                bytes,
                                  gboolean               final);
guint64    wherry_job_get_n_failed (WherryJob           *self);
void       wherry_job_add_known_bytes (WherryJob        *self,
                                  guint64                length);
void       wherry_job_set_notice (WherryJob             *self,
                                  const char            *notice);
char      *wherry_job_dup_notice (WherryJob             *self);
gsize      wherry_job_get_portion (WherryJob            *self,
                                  gsize                  wanted);
gboolean   wherry_job_add_bytes  (WherryJob             *self,
                                  WherryChannel         *channel,
                                  gsize                  length,
                                  GError               **error);
gboolean   wherry_job_check      (WherryJob             *self,
                                  GError               **error);

void       wherry_job_failure_free (gpointer            data);
WherryFailure *wherry_job_failure_new (const char        *key,
                                  const char            *path,
                                  const GError          *error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryJob, wherry_job_unref)

G_END_DECLS
