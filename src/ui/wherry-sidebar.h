#pragma once

#include <adwaita.h>

#include "sites/wherry-site-store.h"
#include "ui/wherry-host-completion.h"
#include "ui/wherry-recents.h"

G_BEGIN_DECLS

/**
 * WherrySidebar:
 *
 * Where one can go: an entry for any server, and below it the known ones.
 *
 * Signals: "open" (text: a location as a person typed it).
 */
#define WHERRY_TYPE_SIDEBAR (wherry_sidebar_get_type ())
G_DECLARE_FINAL_TYPE (WherrySidebar, wherry_sidebar, WHERRY, SIDEBAR, AdwBin)

void wherry_sidebar_set_sites      (WherrySidebar        *self,
                                    WherrySiteStore      *store,
                                    WherryRecents        *recents);
void wherry_sidebar_set_completion (WherrySidebar        *self,
                                    WherryHostCompletion *completion);
void wherry_sidebar_set_connected  (WherrySidebar        *self,
                                    GPtrArray            *logins);
void wherry_sidebar_show_entry     (WherrySidebar        *self,
                                    gboolean              show);
void wherry_sidebar_clear_entry    (WherrySidebar        *self);

G_END_DECLS
