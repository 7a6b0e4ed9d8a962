#pragma once

#include <gtk/gtk.h>

#include "transfer/wherry-conflict.h"

G_BEGIN_DECLS

/**
 * WherryDialogConflictPrompter:
 *
 * Asks about files that are there already by dialogs in front of a window, one
 * at a time.
 */
#define WHERRY_TYPE_DIALOG_CONFLICT_PROMPTER (wherry_dialog_conflict_prompter_get_type ())
G_DECLARE_FINAL_TYPE (WherryDialogConflictPrompter, wherry_dialog_conflict_prompter, WHERRY,
                      DIALOG_CONFLICT_PROMPTER, GObject)

WherryConflictPrompter *wherry_dialog_conflict_prompter_new (GtkWindow *parent);

G_END_DECLS
