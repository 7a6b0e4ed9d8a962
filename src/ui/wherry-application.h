#pragma once

#include <adwaita.h>

#include "sites/wherry-site-store.h"
#include "ui/wherry-workspace.h"

G_BEGIN_DECLS

/**
 * WherryApplication:
 *
 * The application: its windows, its command line, what concerns all windows.
 */
#define WHERRY_TYPE_APPLICATION (wherry_application_get_type ())
G_DECLARE_FINAL_TYPE (WherryApplication, wherry_application, WHERRY, APPLICATION, AdwApplication)

GApplication    *wherry_application_new       (void);
WherrySiteStore *wherry_application_get_sites (WherryApplication *self);
WherryWorkspace *wherry_application_get_workspace  (WherryApplication *self);
void             wherry_application_take_workspace (WherryApplication *self,
                                                    WherryWorkspace   *workspace);

G_END_DECLS
