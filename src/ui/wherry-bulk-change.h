#pragma once

#include "remote/wherry-remote.h"

G_BEGIN_DECLS

/* The same change of several files on a server. */
void     wherry_bulk_change_chmod_async (WherryRemote            *remote,
                                         GPtrArray               *paths,
                                         const WherryModeChange  *change,
                                         gboolean                 recursive,
                                         GCancellable            *cancellable,
                                         GAsyncReadyCallback      callback,
                                         gpointer                 user_data);
void     wherry_bulk_change_chown_async (WherryRemote            *remote,
                                         GPtrArray               *paths,
                                         const char              *owner,
                                         const char              *group,
                                         gboolean                 recursive,
                                         GCancellable            *cancellable,
                                         GAsyncReadyCallback      callback,
                                         gpointer                 user_data);
gboolean wherry_bulk_change_finish      (WherryRemote            *remote,
                                         GAsyncResult            *result,
                                         guint                   *n_failed,
                                         char                   **failed,
                                         GError                 **error);

G_END_DECLS
