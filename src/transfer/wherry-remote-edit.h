#pragma once

#include "transfer/wherry-queue.h"

G_BEGIN_DECLS

/**
 * WherryRemoteEditState:
 * @WHERRY_REMOTE_EDIT_FETCHING: the file is on its way here
 * @WHERRY_REMOTE_EDIT_IN_STEP: what is here is what is on the server
 * @WHERRY_REMOTE_EDIT_SAVING: a change is on its way to the server
 * @WHERRY_REMOTE_EDIT_CONFLICT: the server's file is another meanwhile; see
 *   wherry_remote_edit_resolve()
 * @WHERRY_REMOTE_EDIT_WAITING: there is no connection; it is tried again by itself
 * @WHERRY_REMOTE_EDIT_FAILED: the change is not on the server; see
 *   wherry_remote_edit_retry()
 * @WHERRY_REMOTE_EDIT_ENDED: it is over
 */
typedef enum {
  WHERRY_REMOTE_EDIT_FETCHING,
  WHERRY_REMOTE_EDIT_IN_STEP,
  WHERRY_REMOTE_EDIT_SAVING,
  WHERRY_REMOTE_EDIT_CONFLICT,
  WHERRY_REMOTE_EDIT_WAITING,
  WHERRY_REMOTE_EDIT_FAILED,
  WHERRY_REMOTE_EDIT_ENDED,
} WherryRemoteEditState;

/**
 * WherryRemoteEditChoice:
 * @WHERRY_REMOTE_EDIT_REPLACE: what is here replaces what is on the server
 * @WHERRY_REMOTE_EDIT_KEEP_BOTH: what is here goes there under another name, and
 *   is edited as that from now on
 * @WHERRY_REMOTE_EDIT_DISCARD: what is on the server replaces what is here
 */
typedef enum {
  WHERRY_REMOTE_EDIT_REPLACE,
  WHERRY_REMOTE_EDIT_KEEP_BOTH,
  WHERRY_REMOTE_EDIT_DISCARD,
} WherryRemoteEditChoice;

/**
 * WherryRemoteEdit:
 *
 * One file of a server that is being edited here: fetched into a private folder,
 * watched, and sent back after every save, under a temporary name first. Nothing
 * that somebody else changed on the server meanwhile is replaced without asking,
 * and what did not reach the server is never thrown away. Main thread only.
 *
 * Properties: "state" (notified with every step, also from a state to itself).
 */
#define WHERRY_TYPE_REMOTE_EDIT (wherry_remote_edit_get_type ())
G_DECLARE_FINAL_TYPE (WherryRemoteEdit, wherry_remote_edit, WHERRY, REMOTE_EDIT, GObject)

WherryRemoteEdit      *wherry_remote_edit_new            (WherrySessionPool      *pool,
                                                          WherryQueue            *queue,
                                                          const WherryLogin      *login,
                                                          const char             *path);
const WherryLogin     *wherry_remote_edit_get_login      (WherryRemoteEdit       *self);
const char            *wherry_remote_edit_get_path       (WherryRemoteEdit       *self);
char                  *wherry_remote_edit_dup_name       (WherryRemoteEdit       *self);
const char            *wherry_remote_edit_get_local_path (WherryRemoteEdit       *self);
WherryRemoteEditState  wherry_remote_edit_get_state      (WherryRemoteEdit       *self);
const GError          *wherry_remote_edit_get_error      (WherryRemoteEdit       *self);
gboolean               wherry_remote_edit_is_gone        (WherryRemoteEdit       *self);
gboolean               wherry_remote_edit_has_changes    (WherryRemoteEdit       *self);
guint                  wherry_remote_edit_get_n_saves    (WherryRemoteEdit       *self);
void                   wherry_remote_edit_resolve        (WherryRemoteEdit       *self,
                                                          WherryRemoteEditChoice  choice);
void                   wherry_remote_edit_retry          (WherryRemoteEdit       *self);
void                   wherry_remote_edit_end            (WherryRemoteEdit       *self);

G_END_DECLS
