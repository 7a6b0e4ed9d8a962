#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * WherryPreferencesWindow:
 *
 * What a person wants of Wherry in general. Every change holds at once.
 */
#define WHERRY_TYPE_PREFERENCES_WINDOW (wherry_preferences_window_get_type ())
G_DECLARE_FINAL_TYPE (WherryPreferencesWindow,
                      wherry_preferences_window,
                      WHERRY,
                      PREFERENCES_WINDOW,
                      AdwPreferencesWindow)

GtkWidget *wherry_preferences_window_new (GSettings *settings);

G_END_DECLS
