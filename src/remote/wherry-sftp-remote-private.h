#pragma once

#include "remote/wherry-remote-private.h"
#include "remote/wherry-sftp-job-private.h"
#include "remote/wherry-sftp-remote.h"

G_BEGIN_DECLS

/* An operation's client, to be given back. */
gboolean wherry_sftp_remote_begin (WherryRemote *remote, WherrySftpJob *job, WherryDoing doing,
                                   GCancellable *cancellable, GError **error);
void wherry_sftp_remote_end (WherryRemote *remote, WherrySftpJob *job);

/* (nullable) (transfer none): the server's shell, if that sees the same files */
WherryRemote *wherry_sftp_remote_get_shell (WherryRemote *remote, GCancellable *cancellable);

gboolean wherry_sftp_remote_mkdir (WherryRemote *remote, const char *path, gboolean parents, GCancellable *cancellable, GError **error);
gboolean wherry_sftp_remote_rename (WherryRemote *remote, const char *from, const char *to, gboolean replace, GCancellable *cancellable, GError **error);
gboolean wherry_sftp_remote_remove (WherryRemote *remote, const char *path, GCancellable *cancellable, GError **error);
gboolean wherry_sftp_remote_chmod (WherryRemote *remote, const char *path, const WherryModeChange *change, gboolean recursive, GCancellable *cancellable, GError **error);
gboolean wherry_sftp_remote_chown (WherryRemote *remote, const char *path, const char *owner, const char *group, gboolean recursive, GCancellable *cancellable, GError **error);
gboolean wherry_sftp_remote_symlink (WherryRemote *remote, const char *path, const char *target, GCancellable *cancellable, GError **error);
gboolean wherry_sftp_remote_copy (WherryRemote *remote, const char *from, const char *to, GCancellable *cancellable, GError **error);
gboolean wherry_sftp_remote_write (WherryRemote *remote, const char *path, GBytes *content, GCancellable *cancellable, GError **error);

G_END_DECLS
