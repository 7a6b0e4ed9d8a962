#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * WherryDownloadWindow:
 *
 * Asks what to download and where to put it.
 *
 * Signals: "download" (path: the path as it was typed; folder: #GFile), "options"
 * (somebody wants to say how).
 */
#define WHERRY_TYPE_DOWNLOAD_WINDOW (wherry_download_window_get_type ())
G_DECLARE_FINAL_TYPE (WherryDownloadWindow, wherry_download_window, WHERRY, DOWNLOAD_WINDOW, AdwWindow)

GtkWidget *wherry_download_window_new (const char *remote_folder,
                                       GFile      *local_folder);
void       wherry_download_window_set_items (WherryDownloadWindow *self,
                                             const char           *items);

G_END_DECLS
