#pragma once

#include "remote/wherry-remote.h"

G_BEGIN_DECLS

/*
 * Servers of every kind that a file system is to be had from, each private, on
 * a free port of the loopback interface, run by whoever runs the test.
 */
typedef enum {
  REMOTE_SERVER_OPENSSH,
  REMOTE_SERVER_SFTP_ONLY,     /* ForceCommand internal-sftp: no commands */
  REMOTE_SERVER_NO_SUBSYSTEM,  /* OpenSSH that knows no sftp */
  REMOTE_SERVER_DEAD_SUBSYSTEM, /* its sftp server is not there */
  REMOTE_SERVER_BUSYBOX,       /* no programs but BusyBox's */
  REMOTE_SERVER_NOISY,         /* start-up files that print, before and after */
  REMOTE_SERVER_ONE_CHANNEL,   /* MaxSessions 1 */
  REMOTE_SERVER_NOTHING,       /* neither SFTP nor a shell */
  REMOTE_SERVER_EXPIRED,       /* runs nothing for an account whose password has expired */
  REMOTE_SERVER_DROPBEAR,
  REMOTE_SERVER_DROPBEAR_SHELL, /* without sftp-server */
  REMOTE_SERVER_CSH,           /* login shell tcsh, without SFTP */
  REMOTE_SERVER_FISH,          /* login shell fish, without SFTP */
  REMOTE_SERVER_PROFTPD,       /* mod_sftp: no shell */
  REMOTE_SERVER_NOBODY,        /* OpenSSH as an account without rights, even if root runs it */
  REMOTE_SERVER_NOBODY_SHELL,  /* the same without SFTP */
} RemoteServerKind;

typedef struct _RemoteServer RemoteServer;

RemoteServer  *remote_server_start      (RemoteServerKind  kind);
void           remote_server_stop       (RemoteServer     *self);
const char    *remote_server_get_folder (RemoteServer     *self);
WherryLogin   *remote_server_make_login (RemoteServer     *self);
WherryHostKey *remote_server_get_host_key (RemoteServer   *self);
WherrySession *remote_server_connect    (RemoteServer     *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RemoteServer, remote_server_stop)

G_END_DECLS
