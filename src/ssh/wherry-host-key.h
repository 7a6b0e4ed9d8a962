#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * WherryHostKey:
 *
 * A server's public key: immutable, reference counted, free of libssh.
 */
typedef struct _WherryHostKey WherryHostKey;

#define WHERRY_TYPE_HOST_KEY (wherry_host_key_get_type ())

GType          wherry_host_key_get_type        (void);
WherryHostKey *wherry_host_key_new             (GBytes              *blob,
                                                GError             **error);
WherryHostKey *wherry_host_key_new_from_base64 (const char          *base64,
                                                GError             **error);
WherryHostKey *wherry_host_key_ref             (WherryHostKey       *self);
void           wherry_host_key_unref           (WherryHostKey       *self);
const char    *wherry_host_key_get_key_type    (const WherryHostKey *self);
GBytes        *wherry_host_key_get_blob        (const WherryHostKey *self);
const char    *wherry_host_key_get_fingerprint (const WherryHostKey *self);
guint          wherry_host_key_get_bits        (const WherryHostKey *self);
char          *wherry_host_key_dup_type_name   (const WherryHostKey *self);
char          *wherry_host_key_to_picture      (const WherryHostKey *self);
char          *wherry_host_key_to_base64       (const WherryHostKey *self);
gboolean       wherry_host_key_equal           (const WherryHostKey *a,
                                                const WherryHostKey *b);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryHostKey, wherry_host_key_unref)

/**
 * WherryHostKeyVerdict:
 * @WHERRY_HOST_KEY_MATCH: this very key is recorded for the host
 * @WHERRY_HOST_KEY_UNKNOWN: no key of any type is recorded for the host
 * @WHERRY_HOST_KEY_CHANGED: keys are recorded, and this is none of them
 * @WHERRY_HOST_KEY_REVOKED: this key is marked as revoked; beats all others
 * @WHERRY_HOST_KEY_UNCHECKED: can't tell (unreadable, locked); never the same
 *   as unknown
 */
typedef enum {
  WHERRY_HOST_KEY_MATCH,
  WHERRY_HOST_KEY_UNKNOWN,
  WHERRY_HOST_KEY_CHANGED,
  WHERRY_HOST_KEY_REVOKED,
  WHERRY_HOST_KEY_UNCHECKED,
} WherryHostKeyVerdict;

/**
 * WherryHostKeyStore:
 *
 * Where known host keys are looked up and remembered (rule R10). Calls may
 * block and come from the session's thread.
 */
#define WHERRY_TYPE_HOST_KEY_STORE (wherry_host_key_store_get_type ())
G_DECLARE_INTERFACE (WherryHostKeyStore, wherry_host_key_store, WHERRY, HOST_KEY_STORE, GObject)

/**
 * WherryHostKeyStoreInterface:
 * @check: judges @key; @known receives the recorded keys (element-type
 *   WherryHostKey) of a changed host; on %WHERRY_HOST_KEY_UNCHECKED the error
 *   is set
 * @remember: records @key for the host
 * @replace: records @key in place of every other of the host; %NULL: can't
 * @dup_key_types: the key types recorded for the host, %NULL-terminated, to be
 *   asked for first in key exchange; may be empty
 * @dup_remark: what a person should know who has to judge the host's key; %NULL:
 *   nothing, ever
 */
struct _WherryHostKeyStoreInterface {
  GTypeInterface parent;

  WherryHostKeyVerdict (*check)         (WherryHostKeyStore  *self,
                                         const char          *host,
                                         guint16              port,
                                         WherryHostKey       *key,
                                         GPtrArray          **known,
                                         GCancellable        *cancellable,
                                         GError             **error);
  gboolean             (*remember)      (WherryHostKeyStore  *self,
                                         const char          *host,
                                         guint16              port,
                                         WherryHostKey       *key,
                                         GCancellable        *cancellable,
                                         GError             **error);
  gboolean             (*replace)       (WherryHostKeyStore  *self,
                                         const char          *host,
                                         guint16              port,
                                         WherryHostKey       *key,
                                         GCancellable        *cancellable,
                                         GError             **error);
  char               **(*dup_key_types) (WherryHostKeyStore  *self,
                                         const char          *host,
                                         guint16              port,
                                         GCancellable        *cancellable);
  char                *(*dup_remark)    (WherryHostKeyStore  *self,
                                         const char          *host,
                                         guint16              port);
};

WherryHostKeyVerdict   wherry_host_key_store_check         (WherryHostKeyStore  *self,
                                                            const char          *host,
                                                            guint16              port,
                                                            WherryHostKey       *key,
                                                            GPtrArray          **known,
                                                            GCancellable        *cancellable,
                                                            GError             **error);
gboolean               wherry_host_key_store_remember      (WherryHostKeyStore  *self,
                                                            const char          *host,
                                                            guint16              port,
                                                            WherryHostKey       *key,
                                                            GCancellable        *cancellable,
                                                            GError             **error);
gboolean               wherry_host_key_store_replace       (WherryHostKeyStore  *self,
                                                            const char          *host,
                                                            guint16              port,
                                                            WherryHostKey       *key,
                                                            GCancellable        *cancellable,
                                                            GError             **error);
char                 **wherry_host_key_store_dup_key_types (WherryHostKeyStore  *self,
                                                            const char          *host,
                                                            guint16              port,
                                                            GCancellable        *cancellable);
char                  *wherry_host_key_store_dup_remark    (WherryHostKeyStore  *self,
                                                            const char          *host,
                                                            guint16              port);

G_END_DECLS
