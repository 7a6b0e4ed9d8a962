#pragma once

#include "remote/wherry-remote-private.h"
#include "remote/wherry-sftp-client.h"

G_BEGIN_DECLS

/*
 * WherrySftpRemote: a file system served by SFTP. Each operation has a client,
 * and so a channel, for itself, so that none waits for another. Where the
 * server also has a shell that sees the same files, that does what SFTP has no
 * word for.
 */
#define WHERRY_TYPE_SFTP_REMOTE (wherry_sftp_remote_get_type ())
G_DECLARE_FINAL_TYPE (WherrySftpRemote, wherry_sftp_remote, WHERRY, SFTP_REMOTE, WherryRemote)

WherryRemote *wherry_sftp_remote_new (WherrySession    *session,
                                      WherrySftpClient *client);

G_END_DECLS
