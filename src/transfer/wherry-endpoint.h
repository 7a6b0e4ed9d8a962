#pragma once

#include <gio/gio.h>

#include "ssh/wherry-login.h"

G_BEGIN_DECLS

/**
 * WherryProtocol: what files go to and from a server by.
 * @WHERRY_PROTOCOL_AUTOMATIC: SCP, and SFTP where the server has no scp
 * @WHERRY_PROTOCOL_SCP: SCP only
 * @WHERRY_PROTOCOL_SFTP: SFTP only
 */
typedef enum {
  WHERRY_PROTOCOL_AUTOMATIC,
  WHERRY_PROTOCOL_SCP,
  WHERRY_PROTOCOL_SFTP,
} WherryProtocol;

/**
 * WherryEndpoint:
 *
 * One end of a transfer: a path, here or on a server. A plain value that owns
 * its members.
 */
typedef struct {
  WherryLogin   *login;    /* (nullable): %NULL for this machine */
  char          *path;     /* bytes; remote: "" is the login's home folder */
  WherryProtocol protocol; /* remote: what was chosen for it */
} WherryEndpoint;

WherryEndpoint *wherry_endpoint_new_local  (const char            *path);
WherryEndpoint *wherry_endpoint_new_remote (const WherryLogin     *login,
                                            const char            *path);
WherryEndpoint *wherry_endpoint_copy       (const WherryEndpoint  *self);
void            wherry_endpoint_free       (WherryEndpoint        *self);
gboolean        wherry_endpoint_is_remote  (const WherryEndpoint  *self);
char           *wherry_endpoint_dup_name   (const WherryEndpoint  *self);
char           *wherry_endpoint_to_display (const WherryEndpoint  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryEndpoint, wherry_endpoint_free)

G_END_DECLS
