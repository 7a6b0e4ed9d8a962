#pragma once

#include <gtk/gtk.h>

#include "sites/wherry-site-store.h"
#include "transfer/wherry-queue.h"

G_BEGIN_DECLS

/**
 * WherryWorkspace:
 *
 * What windows have in common: the connections, and the transfers over them,
 * which the desktop is told of. Everything ends with it.
 *
 * Properties (notified): "n-restored", transfers that are here from before,
 * paused, until wherry_workspace_resume_restored() or
 * wherry_workspace_dismiss_restored().
 */
#define WHERRY_TYPE_WORKSPACE (wherry_workspace_get_type ())
G_DECLARE_FINAL_TYPE (WherryWorkspace, wherry_workspace, WHERRY, WORKSPACE, GObject)

WherryWorkspace   *wherry_workspace_new              (GtkApplication    *application,
                                                      WherrySessionPool *pool,
                                                      WherrySiteStore   *sites,
                                                      gboolean           kept);
WherrySessionPool *wherry_workspace_get_pool         (WherryWorkspace   *self);
WherryQueue       *wherry_workspace_get_queue        (WherryWorkspace   *self);
gboolean           wherry_workspace_is_kept          (WherryWorkspace   *self);
void               wherry_workspace_keep_running     (WherryWorkspace   *self);
guint              wherry_workspace_get_n_restored   (WherryWorkspace   *self);
void               wherry_workspace_resume_restored  (WherryWorkspace   *self);
void               wherry_workspace_dismiss_restored (WherryWorkspace   *self);

G_END_DECLS
