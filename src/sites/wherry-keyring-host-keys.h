#pragma once

#include "sites/wherry-known-host.h"
#include "sites/wherry-secret-store.h"

G_BEGIN_DECLS

/**
 * WherryKeyringHostKeys:
 *
 * Host keys in a #WherrySecretStore: one record for each host, port and type of
 * key. The host's name is in lower case, and the port is always part of it. What
 * is found is compared byte by byte. A record that has the host's name but can't
 * be understood makes the check %WHERRY_HOST_KEY_UNCHECKED: something is known,
 * and not what.
 */
#define WHERRY_TYPE_KEYRING_HOST_KEYS (wherry_keyring_host_keys_get_type ())
G_DECLARE_FINAL_TYPE (WherryKeyringHostKeys, wherry_keyring_host_keys, WHERRY, KEYRING_HOST_KEYS, GObject)

WherryKeyringHostKeys *wherry_keyring_host_keys_new    (WherrySecretStore      *secrets,
                                                        WherrySecretFlags       flags);
GPtrArray             *wherry_keyring_host_keys_list   (WherryKeyringHostKeys  *self,
                                                        GCancellable           *cancellable,
                                                        GError                **error);
char                 **wherry_keyring_host_keys_find_types (WherryKeyringHostKeys *self,
                                                        const char             *host,
                                                        guint16                 port,
                                                        GCancellable           *cancellable,
                                                        GError                **error);
gboolean               wherry_keyring_host_keys_add    (WherryKeyringHostKeys  *self,
                                                        const char             *host,
                                                        guint16                 port,
                                                        WherryHostKey          *key,
                                                        GCancellable           *cancellable,
                                                        GError                **error);
gboolean               wherry_keyring_host_keys_is_there (WherryKeyringHostKeys *self);
gboolean               wherry_keyring_host_keys_forget (WherryKeyringHostKeys  *self,
                                                        const char             *host,
                                                        guint16                 port,
                                                        const char             *key_type,
                                                        GCancellable           *cancellable,
                                                        GError                **error);

G_END_DECLS
