#pragma once

#include "ssh/wherry-session-private.h"

G_BEGIN_DECLS

/* How long a server may think about one step of a login, in microseconds: sshd's own limit. */
#define WHERRY_AUTH_TIMEOUT (120 * (gint64) G_USEC_PER_SEC)

typedef enum {
  WHERRY_AUTH_SUCCESS,
  WHERRY_AUTH_PARTIAL,
  WHERRY_AUTH_DENIED,
  WHERRY_AUTH_FAILED, /* the error is set; there is no going on */
} WherryAuthResult;

/*
 * Repeats a call of libssh's until the server answered; SSH_AUTH_AGAIN in @rc:
 * @error is set. libssh itself goes on saying SSH_AUTH_AGAIN when the server has
 * hung up meanwhile.
 */
#define WHERRY_AUTH_CALL(self, rc, call, error)                                                    \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gint64 auth_deadline_ = g_get_monotonic_time () + WHERRY_AUTH_TIMEOUT;                         \
    do                                                                                             \
      {                                                                                            \
        (rc) = (call);                                                                             \
        if ((rc) == SSH_AUTH_AGAIN                                                                 \
            && (!wherry_session_is_alive_in_impl (self) || wherry_auth_is_swamped (self)))         \
          (rc) = SSH_AUTH_ERROR;                                                                   \
      }                                                                                            \
    while ((rc) == SSH_AUTH_AGAIN                                                                  \
           && wherry_session_wait_in_impl ((self), auth_deadline_, (error)));                      \
  }                                                                                                \
  G_STMT_END

gboolean         wherry_auth_is_swamped   (WherrySessionImpl *self);

/* The keys that are left to be offered. */
typedef struct _WherryAuthKeys WherryAuthKeys;

WherryAuthKeys  *wherry_auth_keys_new    (WherrySessionImpl  *session);
void             wherry_auth_keys_free   (WherryAuthKeys     *self);
WherryAuthResult wherry_auth_try_keys    (WherrySessionImpl  *session,
                                          WherryAuthKeys     *keys,
                                          GError            **error);

WherryAuthResult wherry_auth_take_result (WherrySessionImpl  *self,
                                          int                 rc,
                                          GError            **error);

/* What is told of it. */
void  wherry_auth_note_tried       (WherrySessionImpl  *self,
                                    const char         *method);
void  wherry_auth_note_key_trouble (WherrySessionImpl  *self,
                                    const char         *sentence);
void  wherry_auth_note_notice      (WherrySessionImpl  *self);
void  wherry_auth_note_message     (WherrySessionImpl  *self,
                                    const char         *message);
char *wherry_auth_take_words       (WherrySessionImpl  *self);
void  wherry_auth_set_denied_error (WherrySessionImpl  *self,
                                    GError            **error);
void  wherry_auth_set_broken_error (WherrySessionImpl  *self,
                                    GError            **error);

WherryPrompt    *wherry_auth_make_prompt (WherrySessionImpl  *self,
                                          WherryPromptKind    kind,
                                          guint               attempt);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryAuthKeys, wherry_auth_keys_free)

G_END_DECLS
