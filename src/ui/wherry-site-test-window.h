#pragma once

#include <adwaita.h>

#include "sites/wherry-site.h"
#include "ui/wherry-window.h"

G_BEGIN_DECLS

/**
 * WherrySiteTestWindow:
 *
 * Connects to a site for a trial, and tells of each step how it went.
 */
#define WHERRY_TYPE_SITE_TEST_WINDOW (wherry_site_test_window_get_type ())
G_DECLARE_FINAL_TYPE (WherrySiteTestWindow, wherry_site_test_window, WHERRY, SITE_TEST_WINDOW, AdwWindow)

GtkWidget *wherry_site_test_window_new (WherryWindow *window,
                                        WherrySite   *site);

G_END_DECLS
