#pragma once

#include "remote/wherry-remote-entry-private.h"
#include "remote/wherry-remote-error.h"
#include "remote/wherry-sftp-client.h"

G_BEGIN_DECLS

/* Requests that are under way at once, in number; 64 blocks are 2 MiB. */
#define WHERRY_SFTP_WINDOW 64

/* One operation that holds a client. */
typedef struct {
  WherrySftpClient *client;
  GCancellable *cancellable;
  WherryDoing doing;
  GError *first_error; /* of what went wrong with one of many files */
} WherrySftpJob;

/* Answers: %FALSE or %NULL with an error that names @path. */
gboolean wherry_sftp_job_status    (WherrySftpJob        *self,
                                    guint32               id,
                                    const char           *path,
                                    GError              **error);
gboolean wherry_sftp_job_attrs     (WherrySftpJob        *self,
                                    guint32               id,
                                    const char           *path,
                                    WherrySftpAttrs      *attrs,
                                    GError              **error);
GBytes  *wherry_sftp_job_handle    (WherrySftpJob        *self,
                                    guint32               id,
                                    const char           *path,
                                    GError              **error);
char    *wherry_sftp_job_name      (WherrySftpJob        *self,
                                    guint32               id,
                                    const char           *path,
                                    GError              **error);

/* Requests. */
gboolean wherry_sftp_job_look      (WherrySftpJob        *self,
                                    WherrySftpType        type,
                                    const char           *path,
                                    WherrySftpAttrs      *attrs,
                                    GError              **error);
guint32  wherry_sftp_job_send_handle (WherrySftpJob      *self,
                                    WherrySftpType        type,
                                    GBytes               *handle);
guint32  wherry_sftp_job_send_attrs (WherrySftpJob       *self,
                                    WherrySftpType        type,
                                    const char           *path,
                                    const WherrySftpAttrs *attrs);
guint32  wherry_sftp_job_send_two  (WherrySftpJob        *self,
                                    const char           *extension,
                                    WherrySftpType        type,
                                    const char           *first,
                                    const char           *second);
void     wherry_sftp_job_close     (WherrySftpJob        *self,
                                    GBytes               *handle);

/* Whether the operation can go on after @error: it is about one file. Keeps the first such. */
gboolean wherry_sftp_job_go_on     (WherrySftpJob        *self,
                                    GError              **error,
                                    GError              **fatal);
gboolean wherry_sftp_job_finish    (WherrySftpJob        *self,
                                    GError              **error);

/* Folders. */
void     wherry_sftp_fill_entry    (WherryRemoteEntry    *entry,
                                    const WherrySftpAttrs *attrs);
GPtrArray *wherry_sftp_job_list    (WherrySftpJob        *self,
                                    const char           *path,
                                    GError              **error);
gboolean wherry_sftp_job_read_links (WherrySftpJob       *self,
                                    const char           *folder,
                                    GPtrArray            *entries,
                                    GError              **error);

/* Called with the entries of each folder, parents before what is in them; %FALSE ends the walk.
 * @entries is %NULL for a folder that can't be listed, which the job knows by then. */
typedef gboolean (*WherrySftpVisit) (WherrySftpJob *self, const char *folder, guint depth,
                                     GPtrArray *entries, gpointer user_data, GError **error);

gboolean wherry_sftp_job_walk      (WherrySftpJob        *self,
                                    const char           *root,
                                    WherrySftpVisit       visit,
                                    gpointer              user_data,
                                    GError              **error);

/* Trees. */
gboolean wherry_sftp_job_remove_tree (WherrySftpJob      *self,
                                    const char           *path,
                                    GError              **error);
gboolean wherry_sftp_job_change_tree (WherrySftpJob      *self,
                                    const char           *path,
                                    gboolean              recursive,
                                    gboolean            (*change) (gpointer            user_data,
                                                                   guint32             mode,
                                                                   WherrySftpAttrs    *attrs),
                                    gpointer              user_data,
                                    GError              **error);
gboolean wherry_sftp_job_copy_tree (WherrySftpJob        *self,
                                    const char           *from,
                                    const char           *to,
                                    GError              **error);

/* Files. */
typedef gboolean (*WherrySftpSink) (WherrySftpJob *self, const guint8 *data, gsize length,
                                    gpointer user_data, GError **error);

GBytes  *wherry_sftp_job_open      (WherrySftpJob        *self,
                                    const char           *path,
                                    guint32               flags,
                                    const WherrySftpAttrs *attrs,
                                    GError              **error);
gboolean wherry_sftp_job_read_file (WherrySftpJob        *self,
                                    const char           *path,
                                    WherrySftpSink        sink,
                                    gpointer              user_data,
                                    GError              **error);
gboolean wherry_sftp_job_copy_file (WherrySftpJob        *self,
                                    const char           *from,
                                    const char           *to,
                                    GError              **error);
gboolean wherry_sftp_job_replace   (WherrySftpJob        *self,
                                    const char           *from,
                                    const char           *to,
                                    GError              **error);
gboolean wherry_sftp_job_write_file (WherrySftpJob       *self,
                                    const char           *path,
                                    GBytes               *content,
                                    GError              **error);

G_END_DECLS
