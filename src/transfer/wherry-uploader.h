#pragma once

#include "scp/wherry-scp.h"
#include "ssh/wherry-session.h"
#include "transfer/wherry-job.h"

G_BEGIN_DECLS

/**
 * WherryUploader:
 *
 * The server's end of an upload: one file or tree sent to it, many entries under
 * way at once as far as that is safe, with existing files replaced through a
 * temporary name and a rename. It tells the job which files are in place and
 * which failed; only what ends the whole transfer comes back as a #GError. One
 * thread at a time. The job's target protocol says how it is done.
 *
 * One top-level entry: wherry_uploader_begin_file() ... end_file(), or
 * begin_directory() ... end_directory() with entries between; then finish().
 */
typedef struct _WherryUploader WherryUploader;

/**
 * WherryUploaderVerdict:
 * @WHERRY_UPLOADER_GO: send the content, or the folder's entries
 * @WHERRY_UPLOADER_REFUSED: the server refused it, and the job was told; go on
 *   with the next entry (without any end call for this one)
 * @WHERRY_UPLOADER_ERROR: the transfer is over, error set
 */
typedef enum {
  WHERRY_UPLOADER_GO,
  WHERRY_UPLOADER_REFUSED,
  WHERRY_UPLOADER_ERROR,
} WherryUploaderVerdict;

WherryUploader        *wherry_uploader_new             (WherrySession         *session,
                                                        WherryJob             *job,
                                                        const char            *source_name,
                                                        gboolean               tree,
                                                        gboolean               can_repeat,
                                                        GError               **error);
void                   wherry_uploader_free            (WherryUploader        *self);

WherryUploaderVerdict  wherry_uploader_begin_directory (WherryUploader        *self,
                                                        const char            *name,
                                                        const char            *source_path,
                                                        guint32                mode,
                                                        const WherryScpTimes  *times,
                                                        GError               **error);
gboolean               wherry_uploader_end_directory   (WherryUploader        *self,
                                                        GError               **error);
WherryUploaderVerdict  wherry_uploader_begin_file      (WherryUploader        *self,
                                                        const char            *name,
                                                        const char            *source_path,
                                                        guint32                mode,
                                                        guint64                size,
                                                        const WherryScpTimes  *times,
                                                        const guint8          *head,
                                                        gsize                  head_length,
                                                        GError               **error);
guint64                wherry_uploader_get_offset      (WherryUploader        *self);
guint8                *wherry_uploader_reserve         (WherryUploader        *self,
                                                        gsize                 *size,
                                                        GError               **error);
gboolean               wherry_uploader_commit          (WherryUploader        *self,
                                                        gsize                  length,
                                                        GError               **error);
gboolean               wherry_uploader_send            (WherryUploader        *self,
                                                        const guint8          *data,
                                                        gsize                  length,
                                                        GError               **error);
gboolean               wherry_uploader_end_file        (WherryUploader        *self,
                                                        const GError          *failure,
                                                        GError               **error);
char                  *wherry_uploader_dup_path        (WherryUploader        *self);
GHashTable            *wherry_uploader_settle          (WherryUploader        *self,
                                                        GError               **error);
gboolean               wherry_uploader_finish          (WherryUploader        *self,
                                                        GError               **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryUploader, wherry_uploader_free)

G_END_DECLS
