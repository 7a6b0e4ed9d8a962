#pragma once

#include "sites/wherry-secret-store.h"

G_BEGIN_DECLS

/**
 * WherrySecretMemory:
 *
 * Secrets for as long as the program runs, in locked memory: what is to be known
 * "for this session", and everything where there is no keyring. It never goes
 * through libsecret, which inside a sandbox has one file for all.
 */
#define WHERRY_TYPE_SECRET_MEMORY (wherry_secret_memory_get_type ())
G_DECLARE_FINAL_TYPE (WherrySecretMemory, wherry_secret_memory, WHERRY, SECRET_MEMORY, GObject)

WherrySecretStore *wherry_secret_memory_new (void);

G_END_DECLS
