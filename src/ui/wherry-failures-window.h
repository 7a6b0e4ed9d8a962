#pragma once

#include <adwaita.h>

#include "transfer/wherry-transfer.h"

G_BEGIN_DECLS

/**
 * WherryFailuresWindow:
 *
 * Everything of one transfer that is not there, and why, to read and to copy.
 */
#define WHERRY_TYPE_FAILURES_WINDOW (wherry_failures_window_get_type ())
G_DECLARE_FINAL_TYPE (WherryFailuresWindow, wherry_failures_window, WHERRY, FAILURES_WINDOW, AdwWindow)

GtkWidget *wherry_failures_window_new (WherryTransfer *transfer);

G_END_DECLS
