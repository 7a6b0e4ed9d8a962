#pragma once

#include "ssh/wherry-session.h"
#include "transfer/wherry-job.h"

G_BEGIN_DECLS

/**
 * WherryResumePoint:
 *
 * Where a file is gone on with. A plain value that owns its members.
 */
typedef struct {
  guint64  offset;     /* bytes that are there, and are the source's; 0: from the beginning */
  char    *path;       /* (nullable): of the temporary file that has them, at the target */
  char    *copy_path;  /* (nullable): here, instead: of the file whose beginning is to be copied */
  guint64  device;     /* of the file that was looked at here */
  guint64  inode;
} WherryResumePoint;

void      wherry_resume_point_clear  (WherryResumePoint  *self);
gboolean  wherry_resume_find_here    (WherryJob          *job,
                                      WherrySession      *session,
                                      const char         *key,
                                      const char         *source_path,
                                      guint64             size,
                                      gint64              mtime,
                                      WherryResumePoint  *point,
                                      GError            **error);
gboolean  wherry_resume_find_there   (WherryJob          *job,
                                      WherrySession      *session,
                                      const char         *source_path,
                                      const char         *target_path,
                                      guint64             size,
                                      gint64              mtime,
                                      WherryResumePoint  *point,
                                      GError            **error);
gboolean  wherry_resume_hash         (WherryJob          *job,
                                      GChecksum          *checksum,
                                      int                 fd,
                                      guint64             length,
                                      GError            **error);
gboolean  wherry_resume_is_kept      (WherryJob          *job,
                                      guint64             size);
gboolean  wherry_resume_survives     (WherryJob          *job,
                                      const GError       *error);
void      wherry_resume_give_up_here (WherryJob          *job,
                                      const char         *key,
                                      const char         *source_path);
void      wherry_resume_tell_relayed (WherryJob          *job);
void      wherry_resume_discard_all  (WherryJob          *job,
                                      WherrySession      *session,
                                      GCancellable       *cancellable);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WherryResumePoint, wherry_resume_point_clear)

G_END_DECLS
