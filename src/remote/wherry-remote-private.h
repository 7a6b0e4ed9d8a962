#pragma once

#include "remote/wherry-remote.h"

G_BEGIN_DECLS

/* Who the account is, as far as the server tells. */
typedef struct {
  gboolean known;
  guint32 uid;
  GArray *gids; /* (nullable): element-type guint32 */
} WherryRemoteIdentity;

/* Every function may wait for the server, and be called by several threads at once. Paths are
 * cleaned; see wherry_remote_clean_path(). */
struct _WherryRemoteClass {
  GObjectClass parent_class;

  WherryRemoteBackEnd back_end;

  char *(*dup_description) (WherryRemote *self);
  WherrySession *(*get_session) (WherryRemote *self);
  gboolean (*identify) (WherryRemote *self, WherryRemoteIdentity *identity,
                        GCancellable *cancellable, GError **error);

  GPtrArray *(*list) (WherryRemote *self, const char *path, GCancellable *cancellable,
                      GError **error);
  WherryRemoteEntry *(*stat) (WherryRemote *self, const char *path, gboolean follow,
                              GCancellable *cancellable, GError **error);
  char *(*resolve) (WherryRemote *self, const char *path, GCancellable *cancellable,
                    GError **error);
  gboolean (*mkdir) (WherryRemote *self, const char *path, gboolean parents,
                     GCancellable *cancellable, GError **error);
  gboolean (*rename) (WherryRemote *self, const char *from, const char *to, gboolean replace,
                      GCancellable *cancellable, GError **error);
  gboolean (*remove) (WherryRemote *self, const char *path, GCancellable *cancellable,
                      GError **error);
  gboolean (*chmod) (WherryRemote *self, const char *path, const WherryModeChange *change,
                     gboolean recursive, GCancellable *cancellable, GError **error);
  gboolean (*chown) (WherryRemote *self, const char *path, const char *owner, const char *group,
                     gboolean recursive, GCancellable *cancellable, GError **error);
  gboolean (*symlink) (WherryRemote *self, const char *path, const char *target,
                       GCancellable *cancellable, GError **error);
  gboolean (*copy) (WherryRemote *self, const char *from, const char *to,
                    GCancellable *cancellable, GError **error);
  gboolean (*folder_size) (WherryRemote *self, const char *path, WherryRemoteSize *size,
                           GCancellable *cancellable, GError **error);
  gboolean (*space) (WherryRemote *self, const char *path, WherryRemoteSpace *space,
                     GCancellable *cancellable, GError **error);
  char *(*checksum) (WherryRemote *self, const char *path, GCancellable *cancellable,
                     GError **error);
  GBytes *(*read) (WherryRemote *self, const char *path, gsize max_size,
                   GCancellable *cancellable, GError **error);
  gboolean (*write) (WherryRemote *self, const char *path, GBytes *content,
                     GCancellable *cancellable, GError **error);
  GPtrArray *(*search) (WherryRemote *self, const char *path, const char *text, guint max_results,
                        GCancellable *cancellable, GError **error);
};

/* One asynchronous operation and its arguments. */
typedef struct _WherryRemoteCall WherryRemoteCall;

typedef void (*WherryRemoteRun) (WherryRemote *self, WherryRemoteCall *call, GTask *task,
                                 GCancellable *cancellable);

struct _WherryRemoteCall {
  WherryRemoteRun run;
  char *path;
  char *other;
  char *more;
  GBytes *bytes;
  guint64 number;
  gboolean flag;
  WherryModeChange change;
};

WherryRemoteCall *wherry_remote_call_new   (WherryRemoteRun      run);
void              wherry_remote_start      (WherryRemote        *self,
                                            WherryRemoteCall    *call,
                                            GCancellable        *cancellable,
                                            GAsyncReadyCallback  callback,
                                            gpointer             user_data);
gboolean          wherry_remote_name_contains (const char       *name,
                                            const char          *text);

G_END_DECLS
