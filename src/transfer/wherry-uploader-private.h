#pragma once

#include "transfer/wherry-uploader.h"

G_BEGIN_DECLS

/* What speaking one protocol means; see the functions of the same name. */
typedef struct {
  void                  (*free)            (WherryUploader       *self);
  WherryUploaderVerdict (*begin_directory) (WherryUploader       *self,
                                            const char           *name,
                                            const char           *source_path,
                                            guint32               mode,
                                            const WherryScpTimes *times,
                                            GError              **error);
  gboolean              (*end_directory)   (WherryUploader       *self,
                                            GError              **error);
  WherryUploaderVerdict (*begin_file)      (WherryUploader       *self,
                                            const char           *name,
                                            const char           *source_path,
                                            guint32               mode,
                                            guint64               size,
                                            const WherryScpTimes *times,
                                            const guint8         *head,
                                            gsize                 head_length,
                                            GError              **error);
  guint64               (*get_offset)      (WherryUploader       *self);
  guint8               *(*reserve)         (WherryUploader       *self,
                                            gsize                *size,
                                            GError              **error);
  gboolean              (*commit)          (WherryUploader       *self,
                                            gsize                 length,
                                            GError              **error);
  gboolean              (*end_file)        (WherryUploader       *self,
                                            const GError         *failure,
                                            GError              **error);
  char                 *(*dup_path)        (WherryUploader       *self);
  GHashTable           *(*settle)          (WherryUploader       *self,
                                            GError              **error);
  gboolean              (*finish)          (WherryUploader       *self,
                                            GError              **error);
} WherryUploaderClass;

struct _WherryUploader {
  const WherryUploaderClass *klass;
};

WherryUploader *wherry_scp_uploader_new  (WherrySession  *session,
                                          WherryJob      *job,
                                          const char     *source_name,
                                          gboolean        tree,
                                          gboolean        can_repeat,
                                          GError        **error);
WherryUploader *wherry_sftp_uploader_new (WherrySession  *session,
                                          WherryJob      *job,
                                          const char     *source_name,
                                          gboolean        tree,
                                          GError        **error);

G_END_DECLS
