#pragma once

#include "ssh/wherry-host-key.h"

G_BEGIN_DECLS

/**
 * WherryKnownHostOrigin:
 * @WHERRY_KNOWN_HOST_KEYRING: it is in the keyring
 * @WHERRY_KNOWN_HOST_OWN_FILE: it is in Wherry's own file
 * @WHERRY_KNOWN_HOST_OPENSSH: it is in a file of OpenSSH's, which is only read
 */
typedef enum {
  WHERRY_KNOWN_HOST_KEYRING,
  WHERRY_KNOWN_HOST_OWN_FILE,
  WHERRY_KNOWN_HOST_OPENSSH,
} WherryKnownHostOrigin;

/**
 * WherryKnownHost:
 *
 * A host's key on record. Owns its members.
 */
typedef struct {
  char                  *host; /* in lower case */
  guint16                port;
  WherryHostKey         *key;
  WherryKnownHostOrigin  origin;
} WherryKnownHost;

WherryKnownHost *wherry_known_host_new  (const char            *host,
                                         guint16                port,
                                         WherryHostKey         *key,
                                         WherryKnownHostOrigin  origin);
void             wherry_known_host_free (WherryKnownHost       *self);
void             wherry_known_host_set_conflict_error (const char *name,
                                         GError               **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryKnownHost, wherry_known_host_free)

G_END_DECLS
