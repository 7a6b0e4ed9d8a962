#pragma once

#include <adwaita.h>

#include "ui/wherry-file-view.h"

G_BEGIN_DECLS

/**
 * WherryLocalPane:
 *
 * A folder of this computer, shown like a server's beside it.
 *
 * Signals: "moved" (before, after: paths, when another folder is shown).
 */
#define WHERRY_TYPE_LOCAL_PANE (wherry_local_pane_get_type ())
G_DECLARE_FINAL_TYPE (WherryLocalPane, wherry_local_pane, WHERRY, LOCAL_PANE, AdwBin)

void        wherry_local_pane_set_options  (WherryLocalPane   *self,
                                            WherryViewOptions *options);
void        wherry_local_pane_go_to        (WherryLocalPane   *self,
                                            const char        *path);
void        wherry_local_pane_refresh      (WherryLocalPane   *self);
const char *wherry_local_pane_get_folder   (WherryLocalPane   *self);
GPtrArray  *wherry_local_pane_dup_selected (WherryLocalPane   *self);

G_END_DECLS
