#pragma once

#include "ssh/wherry-session.h"
#include "transfer/wherry-conflict.h"
#include "transfer/wherry-endpoint.h"

G_BEGIN_DECLS

/**
 * WherryTargetView:
 *
 * What stands where a transfer's files will go, looked up as they come: folders
 * on a server are listed once each. One thread at a time.
 */
typedef struct _WherryTargetView WherryTargetView;

WherryTargetView *wherry_target_view_new    (const WherryEndpoint  *target,
                                             const char            *source_name,
                                             WherrySession         *session,
                                             GCancellable          *cancellable,
                                             GError               **error);
void              wherry_target_view_free   (WherryTargetView      *self);
gboolean          wherry_target_view_is_fresh (WherryTargetView    *self);
gboolean          wherry_target_view_is_named (WherryTargetView    *self);
gboolean          wherry_target_view_look_up (WherryTargetView     *self,
                                             const char            *key,
                                             WherryFileFacts       *facts,
                                             GError               **error);
gboolean          wherry_target_view_look_beside (WherryTargetView *self,
                                             const char            *key,
                                             const char            *name,
                                             WherryFileFacts       *facts,
                                             GError               **error);
gboolean          wherry_target_view_claim  (WherryTargetView      *self,
                                             const char            *key,
                                             const char            *name);
char             *wherry_target_view_dup_path (WherryTargetView    *self,
                                             const char            *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryTargetView, wherry_target_view_free)

G_END_DECLS
