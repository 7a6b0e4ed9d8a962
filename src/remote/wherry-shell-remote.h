#pragma once

#include "remote/wherry-remote-private.h"

G_BEGIN_DECLS

/*
 * WherryShellRemote: a file system served by the programs of a POSIX system,
 * one command an operation.
 */
#define WHERRY_TYPE_SHELL_REMOTE (wherry_shell_remote_get_type ())
G_DECLARE_FINAL_TYPE (WherryShellRemote, wherry_shell_remote, WHERRY, SHELL_REMOTE, WherryRemote)

WherryRemote *wherry_shell_remote_new (WherrySession  *session,
                                       GCancellable   *cancellable,
                                       GError        **error);

G_END_DECLS
