#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * WherrySecretKind:
 * @WHERRY_SECRET_PASSWORD: of a login; attributes user, host, port, method
 * @WHERRY_SECRET_PASSPHRASE: of a key file; attribute fingerprint
 * @WHERRY_SECRET_HOST_KEY: a server's public key; attributes host, port, keytype
 *
 * What a record is. Attributes are not encrypted: there is nothing secret in
 * them. Every record has every attribute of its kind, because services replace
 * by subset: what is stored as `host` alone overwrites `host` and `port`.
 */
typedef enum {
  WHERRY_SECRET_PASSWORD,
  WHERRY_SECRET_PASSPHRASE,
  WHERRY_SECRET_HOST_KEY,
} WherrySecretKind;

/**
 * WherrySecretFlags:
 * @WHERRY_SECRET_FLAGS_NONE: a locked store fails
 * @WHERRY_SECRET_MAY_PROMPT: a locked store asks the person to unlock it
 */
typedef enum {
  WHERRY_SECRET_FLAGS_NONE = 0,
  WHERRY_SECRET_MAY_PROMPT = 1 << 0,
} WherrySecretFlags;

/**
 * WherrySecret:
 *
 * One record that was found: its attributes, and the secret in locked memory.
 */
typedef struct {
  GHashTable *attributes; /* (element-type utf8 utf8) */
  char       *text;
} WherrySecret;

WherrySecret *wherry_secret_new            (GHashTable         *attributes,
                                            const char         *text);
void          wherry_secret_free           (WherrySecret       *self);
const char   *wherry_secret_get            (const WherrySecret *self,
                                            const char         *name);
GHashTable   *wherry_secret_attributes_new (const char         *name,
                                            ...) G_GNUC_NULL_TERMINATED;
char         *wherry_secret_format_port    (guint16             port);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherrySecret, wherry_secret_free)

/**
 * WherrySecretStore:
 *
 * Where secrets are kept: the keyring, or memory. The calls block, for seconds
 * and, when a person is asked to unlock the keyring, longer: not for the thread
 * of the user interface. Any other thread may call.
 */
#define WHERRY_TYPE_SECRET_STORE (wherry_secret_store_get_type ())
G_DECLARE_INTERFACE (WherrySecretStore, wherry_secret_store, WHERRY, SECRET_STORE, GObject)

/**
 * WherrySecretStoreInterface:
 * @search: every record that has these attributes, and maybe more
 * @save: stores one in place of the one with the same attributes
 * @clear: deletes every record that has these attributes; none is no error
 *
 * Each fails with %WHERRY_ERROR_NO_KEYRING, %WHERRY_ERROR_KEYRING_LOCKED,
 * %WHERRY_ERROR_KEYRING_FAILED or %G_IO_ERROR_CANCELLED. A search that could not
 * see everything fails: what it returns is complete.
 */
struct _WherrySecretStoreInterface {
  GTypeInterface parent;

  GPtrArray *(*search) (WherrySecretStore  *self,
                        WherrySecretKind    kind,
                        GHashTable         *attributes,
                        WherrySecretFlags   flags,
                        GCancellable       *cancellable,
                        GError            **error);
  gboolean   (*save)   (WherrySecretStore  *self,
                        WherrySecretKind    kind,
                        GHashTable         *attributes,
                        const char         *label,
                        const char         *text,
                        WherrySecretFlags   flags,
                        GCancellable       *cancellable,
                        GError            **error);
  gboolean   (*clear)  (WherrySecretStore  *self,
                        WherrySecretKind    kind,
                        GHashTable         *attributes,
                        WherrySecretFlags   flags,
                        GCancellable       *cancellable,
                        GError            **error);
};

GPtrArray *wherry_secret_store_search     (WherrySecretStore  *self,
                                           WherrySecretKind    kind,
                                           GHashTable         *attributes,
                                           WherrySecretFlags   flags,
                                           GCancellable       *cancellable,
                                           GError            **error);
gboolean   wherry_secret_store_save       (WherrySecretStore  *self,
                                           WherrySecretKind    kind,
                                           GHashTable         *attributes,
                                           const char         *label,
                                           const char         *text,
                                           WherrySecretFlags   flags,
                                           GCancellable       *cancellable,
                                           GError            **error);
gboolean   wherry_secret_store_clear      (WherrySecretStore  *self,
                                           WherrySecretKind    kind,
                                           GHashTable         *attributes,
                                           WherrySecretFlags   flags,
                                           GCancellable       *cancellable,
                                           GError            **error);

gboolean   wherry_secret_store_clear_login (WherrySecretStore *self,
                                           const char         *user,
                                           const char         *host,
                                           guint16             port,
                                           GCancellable       *cancellable,
                                           GError            **error);

G_END_DECLS
