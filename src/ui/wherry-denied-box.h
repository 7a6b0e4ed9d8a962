#pragma once

#include <adwaita.h>

#include "remote/wherry-remote.h"

G_BEGIN_DECLS

/**
 * WherryDeniedBox:
 *
 * Why a server denies access: who one is there, which file or folder is in the
 * way, whose it is and with what permissions, and the command that would mend it.
 */
#define WHERRY_TYPE_DENIED_BOX (wherry_denied_box_get_type ())
G_DECLARE_FINAL_TYPE (WherryDeniedBox, wherry_denied_box, WHERRY, DENIED_BOX, AdwBin)

GtkWidget *wherry_denied_box_new          (void);
void       wherry_denied_box_set_denied   (WherryDeniedBox          *self,
                                           const WherryRemoteDenied *denied);
char      *wherry_denied_box_dup_reason   (const WherryRemoteDenied *denied);

G_END_DECLS
