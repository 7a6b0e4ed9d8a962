#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * WherryPathBar:
 *
 * The folders on the way to a place, each to be gone to by a click; and an entry
 * to type another path.
 *
 * Signals: "go-to" (path, as bytes), "typed" (text, as UTF-8),
 * "cancelled" (when nothing was typed after all).
 */
#define WHERRY_TYPE_PATH_BAR (wherry_path_bar_get_type ())
G_DECLARE_FINAL_TYPE (WherryPathBar, wherry_path_bar, WHERRY, PATH_BAR, AdwBin)

void        wherry_path_bar_set_root    (WherryPathBar *self,
                                         const char    *label);
void        wherry_path_bar_set_path    (WherryPathBar *self,
                                         const char    *path);
void        wherry_path_bar_edit        (WherryPathBar *self);
const char *wherry_path_bar_get_path_at (WherryPathBar *self,
                                         double         x,
                                         double         y,
                                         GtkWidget    **button);

G_END_DECLS
