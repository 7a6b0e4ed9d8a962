#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A real ssh-agent without keys, in SSH_AUTH_SOCK until it is stopped. */
typedef struct _WherryTestAgent WherryTestAgent;

WherryTestAgent *wherry_test_agent_start (const char       *folder);
void             wherry_test_agent_stop  (WherryTestAgent  *self);
void             wherry_test_agent_add   (WherryTestAgent  *self,
                                          const char       *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryTestAgent, wherry_test_agent_stop)

G_END_DECLS
