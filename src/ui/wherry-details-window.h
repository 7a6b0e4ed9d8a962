#pragma once

#include <adwaita.h>

#include "transfer/wherry-transfer.h"

G_BEGIN_DECLS

/**
 * WherryDetailsWindow:
 *
 * All of one transfer: what became of each file, as it goes on, to look through and
 * to copy as text.
 */
#define WHERRY_TYPE_DETAILS_WINDOW (wherry_details_window_get_type ())
G_DECLARE_FINAL_TYPE (WherryDetailsWindow, wherry_details_window, WHERRY, DETAILS_WINDOW, AdwWindow)

GtkWidget *wherry_details_window_new     (WherryTransfer *transfer);
void       wherry_details_window_present (WherryTransfer *transfer,
                                          GtkWindow      *parent);

G_END_DECLS
