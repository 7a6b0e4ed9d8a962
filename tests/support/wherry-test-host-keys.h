#pragma once

#include "ssh/wherry-host-key.h"

G_BEGIN_DECLS

/*
 * Host keys in memory, judged by the rules of WherryHostKeyStore. A verdict can
 * be forced; what was asked and remembered can be looked up.
 */
#define WHERRY_TYPE_TEST_HOST_KEYS (wherry_test_host_keys_get_type ())
G_DECLARE_FINAL_TYPE (WherryTestHostKeys, wherry_test_host_keys, WHERRY, TEST_HOST_KEYS, GObject)

WherryTestHostKeys *wherry_test_host_keys_new          (void);
void                wherry_test_host_keys_add          (WherryTestHostKeys *self,
                                                        const char         *host,
                                                        guint16             port,
                                                        WherryHostKey      *key);
void                wherry_test_host_keys_revoke       (WherryTestHostKeys *self,
                                                        WherryHostKey      *key);
void                wherry_test_host_keys_break        (WherryTestHostKeys *self);
void                wherry_test_host_keys_accept_all   (WherryTestHostKeys *self);
guint               wherry_test_host_keys_get_n_checked (WherryTestHostKeys *self);
guint               wherry_test_host_keys_get_n_remembered (WherryTestHostKeys *self);

G_END_DECLS
