#pragma once

#include "ssh/wherry-session.h"

G_BEGIN_DECLS

/** What a path on a server is. */
typedef enum {
  WHERRY_REMOTE_MISSING,
  WHERRY_REMOTE_FOLDER,
  WHERRY_REMOTE_OTHER,    /* a file, or anything else that is no folder */
  WHERRY_REMOTE_UNKNOWN,  /* the server runs no shell commands */
} WherryRemoteKind;

/** Most names that a survey lists; a larger tree is taken as full of files. */
#define WHERRY_REMOTE_SURVEY_MAX 500000

/** So many temporary files are removed when the connection breaks; not more are to be under way. */
#define WHERRY_REMOTE_TARGET_TEMPORARY_MAX 128

/**
 * WherryRemoteSurvey:
 *
 * What stands where an upload will go.
 *
 * @target: the path asked about
 * @entry: the entry of the wanted name in it, if @target is a folder
 * @parent_missing: the folder @target would be in is not there either
 * @resolved: (nullable): the absolute path of @target without links, if it is a
 *   folder
 * @existing: (nullable) (element-type filename): set of the paths, relative to
 *   the tree's root, of all in it that are no folders; %NULL where there is none
 * @existing_unknown: there may be more than are listed
 */
typedef struct {
  WherryRemoteKind target;
  WherryRemoteKind entry;
  gboolean         parent_missing;
  char            *resolved;
  GHashTable      *existing;
  gboolean         existing_unknown;
} WherryRemoteSurvey;

/**
 * WherryRemoteTarget:
 *
 * Where an upload goes, looked at before and put in order after: one `sh` on
 * the server that surveys the place, then renames and removes on request, as
 * many as wanted, without waiting for each. One thread at a time.
 */
typedef struct _WherryRemoteTarget WherryRemoteTarget;

/**
 * WherryRemoteTargetDone:
 * @tag: the tag of the request
 * @words: (nullable): the server's words why it failed, as bytes; %NULL if done
 */
typedef void (*WherryRemoteTargetDone) (guint64     tag,
                                        const char *words,
                                        gpointer    user_data);

/**
 * WherryRemoteTargetFlags:
 * @WHERRY_REMOTE_TARGET_TREE: list what the entry holds already
 * @WHERRY_REMOTE_TARGET_KEEP_MODES: a replaced file's permission bits pass to
 *   its successor
 */
typedef enum {
  WHERRY_REMOTE_TARGET_DEFAULT    = 0,
  WHERRY_REMOTE_TARGET_TREE       = 1 << 0,
  WHERRY_REMOTE_TARGET_KEEP_MODES = 1 << 1,
} WherryRemoteTargetFlags;

WherryRemoteTarget       *wherry_remote_target_open       (WherrySession            *session,
                                                           const char               *path,
                                                           const char               *name,
                                                           WherryRemoteTargetFlags   flags,
                                                           GCancellable             *cancellable,
                                                           GError                  **error);
void                      wherry_remote_target_close      (WherryRemoteTarget       *self);
const WherryRemoteSurvey *wherry_remote_target_get_survey (WherryRemoteTarget       *self);
void                      wherry_remote_target_set_done   (WherryRemoteTarget       *self,
                                                           WherryRemoteTargetDone    done,
                                                           gpointer                  user_data);
void                      wherry_remote_target_announce   (WherryRemoteTarget       *self,
                                                           const char               *path);
void                      wherry_remote_target_rename     (WherryRemoteTarget       *self,
                                                           const char               *from,
                                                           const char               *to,
                                                           guint64                   tag);
void                      wherry_remote_target_set_mode   (WherryRemoteTarget       *self,
                                                           const char               *path,
                                                           guint32                   mode,
                                                           guint64                   tag);
void                      wherry_remote_target_remove     (WherryRemoteTarget       *self,
                                                           const char               *path);
gboolean                  wherry_remote_target_poll       (WherryRemoteTarget       *self,
                                                           GError                  **error);
gboolean                  wherry_remote_target_finish     (WherryRemoteTarget       *self,
                                                           gint64                    deadline,
                                                           GCancellable             *cancellable,
                                                           GError                  **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryRemoteTarget, wherry_remote_target_close)

G_END_DECLS
