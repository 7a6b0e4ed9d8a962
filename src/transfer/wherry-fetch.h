#pragma once

#include "transfer/wherry-queue.h"
#include "transfer/wherry-remote-files.h"

G_BEGIN_DECLS

/** Who was handed files reads them soon, or asks a person first what to replace. Seconds. */
#define WHERRY_FETCHED_GRACE_SECONDS (15 * 60)

/**
 * WherryFetched:
 *
 * Files of a server as they arrived in a private folder, to be handed to
 * another program. A plain value that owns its members.
 */
typedef struct {
  char      *folder;    /* (nullable): what holds them all; %NULL if there was no room for one */
  GPtrArray *paths;     /* element-type filename: one for each file asked for, in that order; where
                           one could not be had, there is nothing at its path */
  guint      n_failed;

  GDestroyNotify removed;   /* (nullable): called with @user_data when they are removed */
  gpointer       user_data;
} WherryFetched;

void           wherry_fetch_async          (WherryQueue          *queue,
                                            WherryRemoteFiles    *files,
                                            GAsyncReadyCallback   callback,
                                            gpointer              user_data);
WherryFetched *wherry_fetch_finish         (WherryQueue          *queue,
                                            GAsyncResult         *result);
char          *wherry_fetched_to_uri_list  (const WherryFetched  *self);
void           wherry_fetched_remove       (WherryFetched        *self);
void           wherry_fetched_remove_later (WherryFetched        *self,
                                            GDestroyNotify        removed,
                                            gpointer              user_data);

G_END_DECLS
