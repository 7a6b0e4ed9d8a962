#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * WherryAgent: stands between libssh and the SSH agent. libssh (0.10) blocks on
 * the agent without an end, offers all its keys in the agent's order, stops at
 * the first of a type it does not know, and dies of SIGPIPE when the agent goes.
 * So it talks to a thread of ours instead, over a socket pair that never closes
 * under it: this chooses and orders the keys, and can be cancelled while a
 * person is asked to confirm or to touch something.
 *
 * Keys are GBytes of their wire form.
 */
typedef struct _WherryAgent WherryAgent;

/*
 * WHERRY_AGENT_CHOSEN: only keys that were chosen; WHERRY_AGENT_ALL: those
 * first, then the others. No key is shown twice.
 */
typedef enum {
  WHERRY_AGENT_CHOSEN,
  WHERRY_AGENT_ALL,
} WherryAgentScope;

WherryAgent *wherry_agent_new          (const char       *socket_path,
                                        GPtrArray        *chosen,
                                        GCancellable     *cancellable);
void         wherry_agent_free         (WherryAgent      *self);
int          wherry_agent_get_fd       (WherryAgent      *self);
void         wherry_agent_set_scope    (WherryAgent      *self,
                                        WherryAgentScope  scope);
gboolean     wherry_agent_has_shown    (WherryAgent      *self,
                                        GBytes           *key);
guint        wherry_agent_get_n_shown  (WherryAgent      *self);
int          wherry_agent_get_n_held   (WherryAgent      *self);
gboolean     wherry_agent_take_refusal (WherryAgent      *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryAgent, wherry_agent_free)

G_END_DECLS
