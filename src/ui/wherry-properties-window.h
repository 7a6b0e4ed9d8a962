#pragma once

#include <adwaita.h>

#include "remote/wherry-remote.h"

G_BEGIN_DECLS

/**
 * WherryPropertiesWindow:
 *
 * What a server tells of files and folders, and what of that can be changed. Of
 * several it shows what they have in common, and changes only what is touched.
 *
 * Signals: "changed" (path, as bytes; %NULL: several).
 */
#define WHERRY_TYPE_PROPERTIES_WINDOW (wherry_properties_window_get_type ())
G_DECLARE_FINAL_TYPE (WherryPropertiesWindow, wherry_properties_window, WHERRY, PROPERTIES_WINDOW, AdwWindow)

GtkWidget *wherry_properties_window_new (WherryRemote *remote,
                                         GPtrArray    *paths);

G_END_DECLS
