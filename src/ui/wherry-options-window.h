#pragma once

#include <adwaita.h>

#include "sites/wherry-site.h"

G_BEGIN_DECLS

/**
 * WherryOptionsWindow:
 *
 * How files are copied this time, whatever the site and the preferences say, with
 * a button for each thing that can be done then.
 *
 * Signals: "chosen" (char *: the button's name, #WherrySite: what holds), before it
 * closes.
 */
#define WHERRY_TYPE_OPTIONS_WINDOW (wherry_options_window_get_type ())
G_DECLARE_FINAL_TYPE (WherryOptionsWindow, wherry_options_window, WHERRY, OPTIONS_WINDOW, AdwWindow)

GtkWidget *wherry_options_window_new        (const char          *title,
                                             WherrySite          *rules);
GtkWidget *wherry_options_window_add_button (WherryOptionsWindow *self,
                                             const char          *label,
                                             const char          *name);
void       wherry_options_window_present    (WherryOptionsWindow *self,
                                             GtkWidget           *parent);

G_END_DECLS
