#pragma once

#include "sites/wherry-known-host.h"

G_BEGIN_DECLS

/**
 * WherryKnownHosts:
 *
 * Host keys in OpenSSH's known_hosts format (sshd(8), "SSH_KNOWN_HOSTS FILE
 * FORMAT"): plain, hashed and `[host]:port` names, patterns, negation,
 * `@revoked`. The first file is the one keys are remembered in. A file that
 * does not exist holds no keys; one that can't be read makes every check
 * %WHERRY_HOST_KEY_UNCHECKED.
 *
 * Certificates are not followed: a `@cert-authority` line is no recorded key of
 * a host, only a remark to who has to judge one. A name without a port is the host's on port 22 only, but what is
 * revoked under it is revoked on every port.
 *
 * The files are read anew for every call; calls may come from any thread.
 */
#define WHERRY_TYPE_KNOWN_HOSTS (wherry_known_hosts_get_type ())
G_DECLARE_FINAL_TYPE (WherryKnownHosts, wherry_known_hosts, WHERRY, KNOWN_HOSTS, GObject)

/**
 * WherryKnownHostsUnlisted:
 * @n_hashed: keys whose host's name is hashed
 * @n_patterns: keys that are for every host that fits a pattern
 * @n_authorities: certificate authorities, which are not supported
 * @n_revoked: keys marked as revoked
 *
 * What files hold that is of no one host whose name is known.
 */
typedef struct {
  guint n_hashed;
  guint n_patterns;
  guint n_authorities;
  guint n_revoked;
} WherryKnownHostsUnlisted;

WherryKnownHosts *wherry_known_hosts_new            (const char * const *files);
void              wherry_known_hosts_set_host_files (WherryKnownHosts   *self,
                                                     const char         *host,
                                                     guint16             port,
                                                     const char * const *files);
const char       *wherry_known_hosts_get_file       (WherryKnownHosts   *self,
                                                     const char         *host,
                                                     guint16             port);
gboolean          wherry_known_hosts_has_host_files (WherryKnownHosts   *self,
                                                     const char         *host,
                                                     guint16             port);
const char * const *wherry_known_hosts_get_files    (WherryKnownHosts   *self);
void              wherry_known_hosts_set_plain_names (WherryKnownHosts  *self,
                                                     gboolean            plain_names);
GPtrArray        *wherry_known_hosts_list           (WherryKnownHosts   *self,
                                                     WherryKnownHostOrigin origin,
                                                     WherryKnownHostsUnlisted *unlisted,
                                                     GError            **error);
gboolean          wherry_known_hosts_add            (WherryKnownHosts   *self,
                                                     const char         *host,
                                                     guint16             port,
                                                     WherryHostKey      *key,
                                                     GError            **error);
gboolean          wherry_known_hosts_forget         (WherryKnownHosts   *self,
                                                     const char         *host,
                                                     guint16             port,
                                                     const char         *key_type,
                                                     GError            **error);
char             *wherry_known_hosts_format_name    (const char         *host,
                                                     guint16             port);

G_END_DECLS
