#pragma once

#include <adwaita.h>

#include "sites/wherry-site-store.h"

G_BEGIN_DECLS

/**
 * WherryImportWindow:
 *
 * Looks for sites of other programs, and lets a person choose which to take over.
 *
 * Signals: "imported" (guint: how many).
 */
#define WHERRY_TYPE_IMPORT_WINDOW (wherry_import_window_get_type ())
G_DECLARE_FINAL_TYPE (WherryImportWindow, wherry_import_window, WHERRY, IMPORT_WINDOW, AdwWindow)

GtkWidget *wherry_import_window_new (WherrySiteStore *store);

G_END_DECLS
