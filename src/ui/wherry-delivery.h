#pragma once

#include <gtk/gtk.h>

#include "remote/wherry-remote.h"
#include "transfer/wherry-transfer.h"
#include "transfer/wherry-remote-files.h"

G_BEGIN_DECLS

/**
 * WherryDeliveryHandlers:
 *
 * @add: queues a transfer into a folder
 * @changed: told of every folder that was changed without a transfer, with the
 *   names that are new or no longer there
 * @problem: told what went wrong without a transfer, in words to be shown
 */
typedef struct {
  void (*add)     (gpointer              data,
                   const WherryEndpoint *source,
                   const WherryEndpoint *target);
  void (*changed) (gpointer              data,
                   const char           *folder,
                   GPtrArray            *names);
  void (*problem) (gpointer              data,
                   const char           *text);
} WherryDeliveryHandlers;

void wherry_delivery_start (const WherryLogin            *login,
                            const char                   *folder,
                            WherryRemote                 *remote,
                            const GValue                 *value,
                            GdkDragAction                 action,
                            const WherryDeliveryHandlers *handlers,
                            gpointer                      data,
                            GDestroyNotify                destroy);

G_END_DECLS
