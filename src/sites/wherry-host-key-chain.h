#pragma once

#include "sites/wherry-keyring-host-keys.h"
#include "sites/wherry-known-hosts.h"

G_BEGIN_DECLS

/**
 * WherryHostKeyChain:
 *
 * All places where host keys may be on record, in this order: the keyring,
 * Wherry's own file, and OpenSSH's files, which are only read. The first that
 * holds a key of the host judges, so that what was replaced in the keyring stays
 * replaced whatever an old file says. A key that is revoked anywhere is revoked;
 * a place that can't be read leaves the key unchecked, whatever the others say.
 *
 * New keys go to the keyring; to Wherry's own file where there is none, or where
 * it would not be unlocked. A host with known_hosts files of its own
 * (wherry_known_hosts_set_host_files()) is looked up and remembered in those only.
 */
#define WHERRY_TYPE_HOST_KEY_CHAIN (wherry_host_key_chain_get_type ())
G_DECLARE_FINAL_TYPE (WherryHostKeyChain, wherry_host_key_chain, WHERRY, HOST_KEY_CHAIN, GObject)

WherryHostKeyChain *wherry_host_key_chain_new         (WherryKeyringHostKeys  *keyring,
                                                       WherryKnownHosts       *own,
                                                       WherryKnownHosts       *openssh);
WherryHostKeyChain *wherry_host_key_chain_new_default (WherrySecretStore      *secrets,
                                                       WherrySecretFlags       flags);
WherryKnownHosts   *wherry_host_key_chain_get_openssh (WherryHostKeyChain     *self);
GPtrArray          *wherry_host_key_chain_list        (WherryHostKeyChain     *self,
                                                       WherryKnownHostsUnlisted *unlisted,
                                                       GCancellable           *cancellable,
                                                       GError                **error);
gboolean            wherry_host_key_chain_can_forget  (WherryHostKeyChain     *self,
                                                       const char             *host,
                                                       guint16                 port);
gboolean            wherry_host_key_chain_forget      (WherryHostKeyChain     *self,
                                                       const char             *host,
                                                       guint16                 port,
                                                       const char             *key_type,
                                                       GCancellable           *cancellable,
                                                       GError                **error);
gboolean            wherry_host_key_chain_restore     (WherryHostKeyChain     *self,
                                                       const WherryKnownHost  *record,
                                                       GCancellable           *cancellable,
                                                       GError                **error);
gboolean            wherry_host_key_chain_import      (WherryHostKeyChain     *self,
                                                       guint                  *n_imported,
                                                       guint                  *n_conflicts,
                                                       GCancellable           *cancellable,
                                                       GError                **error);

G_END_DECLS
