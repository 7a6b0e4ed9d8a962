#pragma once

#include "sites/wherry-secret-store.h"

G_BEGIN_DECLS

/**
 * WherrySecretKeyring:
 *
 * The desktop's keyring (the Secret Service, by libsecret; inside a sandbox the
 * file that libsecret encrypts through the Secret portal).
 *
 * libsecret itself takes a dismissed prompt for "not found", waits 50 s for a
 * service that hangs, and never calls back when a search is cancelled while its
 * prompt is open. Here a locked keyring is an error, every step has a time limit
 * of its own, and a caller that gives up returns at once.
 */
#define WHERRY_TYPE_SECRET_KEYRING (wherry_secret_keyring_get_type ())
G_DECLARE_FINAL_TYPE (WherrySecretKeyring, wherry_secret_keyring, WHERRY, SECRET_KEYRING, GObject)

WherrySecretStore *wherry_secret_keyring_new        (void);
void               wherry_secret_keyring_set_limits (WherrySecretKeyring *self,
                                                     gint64               answer,
                                                     gint64               person);
gboolean           wherry_secret_keyring_was_seen   (WherrySecretKeyring *self);

G_END_DECLS
