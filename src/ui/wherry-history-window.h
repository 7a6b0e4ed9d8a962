#pragma once

#include <adwaita.h>

#include "transfer/wherry-journal.h"

G_BEGIN_DECLS

/**
 * WherryHistoryWindow:
 *
 * The transfers that are over, those of earlier runs too, the latest first;
 * found by name and by where from and to.
 */
#define WHERRY_TYPE_HISTORY_WINDOW (wherry_history_window_get_type ())
G_DECLARE_FINAL_TYPE (WherryHistoryWindow,
                      wherry_history_window,
                      WHERRY,
                      HISTORY_WINDOW,
                      AdwWindow)

GtkWidget *wherry_history_window_new (WherryJournal *journal);

G_END_DECLS
