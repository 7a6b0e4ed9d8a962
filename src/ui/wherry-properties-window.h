#pragma once

#include <adwaita.h>

#include "remote/wherry-remote.h"

G_BEGIN_DECLS

/**
 * WherryPropertiesWindow:
 *
 * What a server tells of one file or folder, and what of that can be changed.
 *
 * Signals: "changed" (path, as bytes).
 */
#define WHERRY_TYPE_PROPERTIES_WINDOW (wherry_properties_window_get_type ())
G_DECLARE_FINAL_TYPE (WherryPropertiesWindow, wherry_properties_window, WHERRY, PROPERTIES_WINDOW, AdwWindow)

GtkWidget *wherry_properties_window_new (WherryRemote *remote,
                                         const char   *path);

G_END_DECLS
