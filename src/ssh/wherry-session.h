#pragma once

#include <gio/gio.h>

#include "ssh/wherry-channel.h"
#include "ssh/wherry-host-key.h"
#include "ssh/wherry-login.h"
#include "ssh/wherry-prompter.h"

G_BEGIN_DECLS

/** Which program serves, by its identification string (RFC 4253 section 4.2). */
typedef enum {
  WHERRY_SERVER_OTHER,
  WHERRY_SERVER_OPENSSH,
  WHERRY_SERVER_DROPBEAR,
} WherryServerKind;

/**
 * WherrySession:
 *
 * One SSH connection with one thread that alone touches its libssh session.
 * The public calls may come from any thread.
 */
#define WHERRY_TYPE_SESSION (wherry_session_get_type ())
G_DECLARE_FINAL_TYPE (WherrySession, wherry_session, WHERRY, SESSION, GObject)

WherrySession    *wherry_session_new             (const WherryLogin    *login,
                                                  WherryHostKeyStore   *host_keys,
                                                  WherryPrompter       *prompter);
const WherryLogin *wherry_session_get_login      (WherrySession        *self);

gboolean          wherry_session_connect         (WherrySession        *self,
                                                  GCancellable         *cancellable,
                                                  GError              **error);
void              wherry_session_connect_async   (WherrySession        *self,
                                                  GCancellable         *cancellable,
                                                  GAsyncReadyCallback   callback,
                                                  gpointer              user_data);
gboolean          wherry_session_connect_finish  (WherrySession        *self,
                                                  GAsyncResult         *result,
                                                  GError              **error);

gboolean          wherry_session_is_connected    (WherrySession        *self);
GError           *wherry_session_dup_error       (WherrySession        *self);
WherryServerKind  wherry_session_get_server_kind (WherrySession        *self);
char             *wherry_session_dup_server_banner (WherrySession      *self);
char             *wherry_session_dup_cipher      (WherrySession        *self);

WherryChannel    *wherry_session_start           (WherrySession        *self,
                                                  const char           *command,
                                                  GError              **error);
WherryChannel    *wherry_session_exec            (WherrySession        *self,
                                                  const char           *command,
                                                  GCancellable         *cancellable,
                                                  GError              **error);
WherryChannel    *wherry_session_open_subsystem  (WherrySession        *self,
                                                  const char           *name,
                                                  GCancellable         *cancellable,
                                                  GError              **error);
gboolean          wherry_session_has_room        (WherrySession        *self);
WherryChannel    *wherry_session_exec_somewhere  (WherrySession        *self,
                                                  const char           *command,
                                                  GCancellable         *cancellable,
                                                  GError              **error);
WherryChannel    *wherry_session_open_subsystem_somewhere (WherrySession *self,
                                                  const char           *name,
                                                  GCancellable         *cancellable,
                                                  GError              **error);
gboolean          wherry_session_run             (WherrySession        *self,
                                                  const char           *command,
                                                  GBytes               *input,
                                                  gsize                 max_output,
                                                  GBytes              **output,
                                                  int                  *exit_status,
                                                  char                **server_words,
                                                  GCancellable         *cancellable,
                                                  GError              **error);

void              wherry_session_probe           (WherrySession        *self);
void              wherry_session_close           (WherrySession        *self);

/**
 * WherrySessionPool:
 *
 * Shares one authenticated connection among all who log in the same way, so
 * that a one-time code is asked once. Any thread.
 */
#define WHERRY_TYPE_SESSION_POOL (wherry_session_pool_get_type ())
G_DECLARE_FINAL_TYPE (WherrySessionPool, wherry_session_pool, WHERRY, SESSION_POOL, GObject)

WherrySessionPool *wherry_session_pool_new       (WherryHostKeyStore   *host_keys,
                                                  WherryPrompter       *prompter);
WherrySession     *wherry_session_pool_connect   (WherrySessionPool    *self,
                                                  const WherryLogin    *login,
                                                  GCancellable         *cancellable,
                                                  GError              **error);
void               wherry_session_pool_connect_async (WherrySessionPool *self,
                                                  const WherryLogin    *login,
                                                  GCancellable         *cancellable,
                                                  GAsyncReadyCallback   callback,
                                                  gpointer              user_data);
WherrySession     *wherry_session_pool_connect_finish (WherrySessionPool *self,
                                                  GAsyncResult         *result,
                                                  GError              **error);
WherrySession     *wherry_session_pool_dup_connected (WherrySessionPool *self,
                                                  const WherryLogin    *login);
gboolean           wherry_session_pool_is_asking (WherrySessionPool    *self,
                                                  const WherryLogin    *login);
void               wherry_session_pool_probe     (WherrySessionPool    *self);
void               wherry_session_pool_close     (WherrySessionPool    *self);

G_END_DECLS
