#pragma once

#include "ssh/wherry-session.h"

G_BEGIN_DECLS

/** How much of a part's end is compared where no checksum is to be had, in bytes. */
#define WHERRY_REMOTE_PART_END (1024 * 1024)

/**
 * WherryRemotePart:
 *
 * What a server knows of how a file begins. A plain value that owns its members.
 */
typedef struct {
  guint64  size;       /* of the whole file there, in bytes */
  guint64  length;     /* of the beginning that is meant */
  char    *digest;     /* (nullable): the SHA-256 of that beginning, as hexadecimal digits */
  GBytes  *end;        /* (nullable): without @digest: what that beginning ends with */
} WherryRemotePart;

void     wherry_remote_part_clear    (WherryRemotePart  *self);
gboolean wherry_remote_part_look     (WherrySession     *session,
                                      const char        *path,
                                      guint64            length,
                                      guint64            margin,
                                      gboolean           by_sftp,
                                      guint64            end_margin,
                                      WherryRemotePart  *part,
                                      GCancellable      *cancellable,
                                      GError           **error);
void     wherry_remote_part_remove   (WherrySession     *session,
                                      const char        *path,
                                      GCancellable      *cancellable);

/* Commands to send and receive the rest of a file by. */
char    *wherry_remote_part_make_read_command  (const char    *path,
                                                guint64        offset,
                                                const char    *marker);
char    *wherry_remote_part_make_write_command (const char    *path,
                                                guint64        offset,
                                                guint64        size,
                                                const char    *mode,
                                                const char    *mtime,
                                                const char    *atime,
                                                const char    *marker);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WherryRemotePart, wherry_remote_part_clear)

G_END_DECLS
