#pragma once

#include "sites/wherry-secret-store.h"
#include "ssh/wherry-prompter.h"

G_BEGIN_DECLS

/**
 * WherrySecretPrompter:
 *
 * Answers questions for passwords and passphrases with what is remembered, and
 * has another prompter put all others. What the person then types is remembered
 * as chosen, once the server took it, and not before. What was remembered and
 * did not work is asked for, and stays until something else worked.
 */
#define WHERRY_TYPE_SECRET_PROMPTER (wherry_secret_prompter_get_type ())
G_DECLARE_FINAL_TYPE (WherrySecretPrompter, wherry_secret_prompter, WHERRY, SECRET_PROMPTER, GObject)

WherrySecretPrompter *wherry_secret_prompter_new       (WherryPrompter       *prompter,
                                                        WherrySecretStore    *keyring,
                                                        WherrySecretStore    *memory,
                                                        WherrySecretFlags     flags);
void                  wherry_secret_prompter_set_usual (WherrySecretPrompter *self,
                                                        WherryPromptKeep      usual);
gboolean              wherry_secret_prompter_is_saving (WherrySecretPrompter *self);

G_END_DECLS
