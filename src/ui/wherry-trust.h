#pragma once

#include <gtk/gtk.h>

#include "sites/wherry-host-key-chain.h"
#include "ssh/wherry-prompter.h"

G_BEGIN_DECLS

/**
 * WherryTrust:
 *
 * What all windows know about servers and logins: the keyring, the host keys on
 * record, and the secrets of this run.
 */
#define WHERRY_TYPE_TRUST (wherry_trust_get_type ())
G_DECLARE_FINAL_TYPE (WherryTrust, wherry_trust, WHERRY, TRUST, GObject)

void                wherry_trust_set_keyring_off (gboolean      off);
WherryTrust        *wherry_trust_ref_default     (void);
WherryHostKeyChain *wherry_trust_get_host_keys   (WherryTrust  *self);
void                wherry_trust_forget_login    (WherryTrust  *self,
                                                  const char   *user,
                                                  const char   *host,
                                                  guint16       port);
WherryPrompter     *wherry_trust_new_prompter    (WherryTrust  *self,
                                                  GtkWindow    *parent,
                                                  GSettings    *settings);

G_END_DECLS
