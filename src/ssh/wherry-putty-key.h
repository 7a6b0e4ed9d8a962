#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * WherryPuttyKey: a key file of PuTTY's (.ppk, versions 2 and 3; PuTTY's manual,
 * appendix C). libssh does not read them: the key is handed to it in OpenSSH's
 * form, which is never written anywhere.
 */
typedef struct _WherryPuttyKey WherryPuttyKey;

gboolean        wherry_putty_key_is           (const char            *text);
WherryPuttyKey *wherry_putty_key_parse        (const char            *text,
                                               gsize                  length,
                                               GError               **error);
void            wherry_putty_key_free         (WherryPuttyKey        *self);
gboolean        wherry_putty_key_is_encrypted (const WherryPuttyKey  *self);
const char     *wherry_putty_key_get_type     (const WherryPuttyKey  *self);
GBytes         *wherry_putty_key_get_blob     (const WherryPuttyKey  *self);
char           *wherry_putty_key_to_openssh   (const WherryPuttyKey  *self,
                                               const char            *passphrase,
                                               GError               **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryPuttyKey, wherry_putty_key_free)

G_END_DECLS
