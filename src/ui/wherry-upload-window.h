#pragma once

#include <adwaita.h>

#include "sites/wherry-site-store.h"

G_BEGIN_DECLS

/**
 * WherryUploadWindow:
 *
 * Asks which site files are to go to, and into which folder there.
 *
 * Signals: "chosen" (site: #WherrySite, folder: utf8).
 */
#define WHERRY_TYPE_UPLOAD_WINDOW (wherry_upload_window_get_type ())
G_DECLARE_FINAL_TYPE (WherryUploadWindow, wherry_upload_window, WHERRY, UPLOAD_WINDOW, AdwWindow)

GtkWidget *wherry_upload_window_new (WherrySiteStore *store,
                                     guint            n_files);

G_END_DECLS
