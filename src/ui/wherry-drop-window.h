#pragma once

#include <adwaita.h>

#include "sites/wherry-site.h"

G_BEGIN_DECLS

/**
 * WherryDropWindow:
 *
 * A small window bound to one site and folder: files dropped on it go there, and
 * it shows how far they are.
 */
#define WHERRY_TYPE_DROP_WINDOW (wherry_drop_window_get_type ())
G_DECLARE_FINAL_TYPE (WherryDropWindow, wherry_drop_window, WHERRY, DROP_WINDOW, AdwApplicationWindow)

GtkWidget  *wherry_drop_window_new        (GtkApplication   *application,
                                           WherrySite       *site,
                                           const char       *folder,
                                           GError          **error);
WherrySite *wherry_drop_window_get_site   (WherryDropWindow *self);
const char *wherry_drop_window_get_folder (WherryDropWindow *self);
void        wherry_drop_window_upload     (WherryDropWindow *self,
                                           GListModel       *files);

G_END_DECLS
