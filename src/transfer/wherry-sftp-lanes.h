#pragma once

#include "transfer/wherry-job.h"

G_BEGIN_DECLS

/** From this size on a file is worth more than one channel, should the way be long. Bytes. */
#define WHERRY_SFTP_LANES_SIZE_MIN (64 * 1024 * 1024)

/** When an answer takes so long the way is. Microseconds. */
#define WHERRY_SFTP_LANES_WAY_MIN 8000

/** Most bytes of a file that may have been written ahead of others that have not. */
#define WHERRY_SFTP_LANES_UNORDERED (32 * 1024 * 1024)

/**
 * WherrySftpLanes:
 *
 * Several channels that one large file goes over at once. A server takes 2 MiB a
 * round trip on each; over a long wire that is what bounds an upload. Each lane is
 * a thread with an SFTP client of its own that writes blocks of the same temporary
 * file at their offsets. All functions are for the one thread that gives content.
 */
typedef struct _WherrySftpLanes WherrySftpLanes;

WherrySftpLanes *wherry_sftp_lanes_new     (WherrySession    *session,
                                            WherryJob        *job,
                                            const char       *path,
                                            guint64           offset,
                                            guint64           size,
                                            guint             n_lanes);
void             wherry_sftp_lanes_free    (WherrySftpLanes  *self);
gboolean         wherry_sftp_lanes_await_open (WherrySftpLanes *self);
guint8          *wherry_sftp_lanes_reserve (WherrySftpLanes  *self,
                                            gsize            *size,
                                            GError          **file_error,
                                            GError          **error);
void             wherry_sftp_lanes_commit  (WherrySftpLanes  *self,
                                            gsize             length);
gboolean         wherry_sftp_lanes_finish  (WherrySftpLanes  *self,
                                            GError          **file_error,
                                            GError          **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherrySftpLanes, wherry_sftp_lanes_free)

G_END_DECLS
