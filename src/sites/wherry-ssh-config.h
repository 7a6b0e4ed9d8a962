#pragma once

#include <gio/gio.h>

#include "ssh/wherry-login.h"

G_BEGIN_DECLS

/**
 * WherrySshConfig:
 *
 * The part of ssh_config(5) that Wherry follows: Host, Match, Include, HostName,
 * Port, User, IdentityFile, IdentitiesOnly, ProxyJump, UserKnownHostsFile,
 * HostKeyAlias, PreferredAuthentications and the options that switch one method
 * off, ConnectTimeout, ServerAliveInterval, AddressFamily, Ciphers,
 * KexAlgorithms, HostKeyAlgorithms. What it doesn't follow is told as a warning,
 * never guessed at.
 */
typedef struct _WherrySshConfig WherrySshConfig;

WherrySshConfig  *wherry_ssh_config_load          (const char              *file,
                                                   GError                 **error);
void              wherry_ssh_config_free          (WherrySshConfig         *self);
const char * const *wherry_ssh_config_get_warnings (WherrySshConfig        *self);
WherryLogin      *wherry_ssh_config_make_login    (WherrySshConfig         *self,
                                                   const char              *alias,
                                                   const char              *user,
                                                   guint16                  port,
                                                   GError                 **error);
char            **wherry_ssh_config_dup_aliases   (WherrySshConfig         *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherrySshConfig, wherry_ssh_config_free)

G_END_DECLS
