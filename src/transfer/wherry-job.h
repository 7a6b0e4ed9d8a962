#pragma once

#include <gio/gio.h>

#include "ssh/wherry-channel.h"
#include "transfer/wherry-transfer.h"

G_BEGIN_DECLS

/**
 * WherryJob:
 *
 * A running transfer as its worker sees it: what to do, and where to tell how
 * it goes. Counters may be raised from any thread and read from any other; the
 * description does not change once the work has begun.
 */
typedef struct {
  gatomicrefcount ref_count;

  /* What to do; set before the work begins. */
  WherryEndpoint      *source;
  WherryEndpoint      *target;
  WherryTransferFlags  flags;
  WherryWalkerLinks    links;
  gboolean             count_ahead;
  guint64              speed_limit;  /* bytes per second; 0: none */
  GCancellable        *cancellable;

  /* How it goes; behind the lock. */
  GMutex      lock;
  guint64     bytes_done;
  guint64     files_done;
  guint64     files_failed;
  guint64     bytes_total;
  guint64     files_total;
  gboolean    totals_known;
  char        current[512];  /* bytes of the path at work, its end if long */
  GPtrArray  *failures;      /* element-type WherryFailure */

  /* The worker's own. */
  gint64      paced_since;   /* monotonic, microseconds */
  guint64     paced_bytes;
} WherryJob;

WherryJob *wherry_job_new        (const WherryEndpoint  *source,
                                  const WherryEndpoint  *target,
                                  WherryTransferFlags    flags);
WherryJob *wherry_job_ref        (WherryJob             *self);
void       wherry_job_unref      (WherryJob             *self);

void       wherry_job_begin_entry (WherryJob            *self,
                                  const char            *path);
void       wherry_job_file_done  (WherryJob             *self);
void       wherry_job_fail       (WherryJob             *self,
                                  const char            *path,
                                  const GError          *error);
void       wherry_job_fail_literal (WherryJob           *self,
                                  const char            *path,
                                  GQuark                 domain,
                                  int                    code,
                                  const char            *message);
void       wherry_job_set_totals (WherryJob             *self,
                                  guint64                files,
                                  guint64                bytes,
                                  gboolean               final);
guint64    wherry_job_get_n_failed (WherryJob           *self);
gsize      wherry_job_get_portion (WherryJob            *self,
                                  gsize                  wanted);
gboolean   wherry_job_add_bytes  (WherryJob             *self,
                                  WherryChannel         *channel,
                                  gsize                  length,
                                  GError               **error);
gboolean   wherry_job_check      (WherryJob             *self,
                                  GError               **error);

void       wherry_job_failure_free (gpointer            data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryJob, wherry_job_unref)

G_END_DECLS
