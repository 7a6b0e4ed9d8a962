#pragma once

#include "ssh/wherry-session.h"
#include "transfer/wherry-job.h"

G_BEGIN_DECLS

/**
 * WherryVerifier:
 *
 * Compares the SHA-256 of what was copied with that of the files on the servers,
 * while the copying goes on. A file counts as done only once its checksums are
 * the same. Any thread; one run of a job.
 */

WherryVerifier *wherry_verifier_new     (WherryJob       *job,
                                         WherrySession   *source,
                                         WherrySession   *target);
void            wherry_verifier_free    (WherryVerifier  *self);
void            wherry_verifier_add     (WherryVerifier  *self,
                                         const char      *key,
                                         const char      *source_path,
                                         const char      *target_path,
                                         const char      *digest);
gboolean        wherry_verifier_take    (WherryVerifier  *self,
                                         const char      *key,
                                         guint64          size,
                                         gint64           mtime);
guint           wherry_verifier_finish  (WherryVerifier  *self,
                                         gboolean         last);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryVerifier, wherry_verifier_free)

G_END_DECLS
