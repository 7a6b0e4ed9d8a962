#pragma once

#include <gio/gio.h>

#include "sites/wherry-site.h"

G_BEGIN_DECLS

/**
 * WherryRecents:
 *
 * The servers that were connected to last, the latest first: a GListModel of
 * WherrySite, which are in no store. Shared by all windows through the settings.
 */
#define WHERRY_TYPE_RECENTS (wherry_recents_get_type ())
G_DECLARE_FINAL_TYPE (WherryRecents, wherry_recents, WHERRY, RECENTS, GObject)

WherryRecents *wherry_recents_new    (GSettings         *settings);
void           wherry_recents_add    (WherryRecents     *self,
                                      const WherryLogin *login,
                                      const char        *folder);
void           wherry_recents_remove (WherryRecents     *self,
                                      WherrySite        *site);

G_END_DECLS
