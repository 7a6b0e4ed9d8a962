#pragma once

#include <adwaita.h>

#include "ui/wherry-path-bar.h"

G_BEGIN_DECLS

/**
 * WherryPlaceToolbar:
 *
 * What moves a place about: back, forward, up, and the path. It stands in the
 * window's header, or below it where that is too narrow.
 */
#define WHERRY_TYPE_PLACE_TOOLBAR (wherry_place_toolbar_get_type ())
G_DECLARE_FINAL_TYPE (WherryPlaceToolbar, wherry_place_toolbar, WHERRY, PLACE_TOOLBAR, AdwBin)

GtkWidget     *wherry_place_toolbar_new            (void);
WherryPathBar *wherry_place_toolbar_get_path_bar   (WherryPlaceToolbar *self);
GMenu         *wherry_place_toolbar_get_bookmarks  (WherryPlaceToolbar *self);
void           wherry_place_toolbar_set_bookmarked (WherryPlaceToolbar *self,
                                                    gboolean            bookmarked);

G_END_DECLS
