#pragma once

#include <adwaita.h>

#include "transfer/wherry-conflict.h"

G_BEGIN_DECLS

/**
 * WherryConflictDialog:
 *
 * Asks what becomes of a file that is to be copied where there is one already,
 * with both beside each other.
 */
#define WHERRY_TYPE_CONFLICT_DIALOG (wherry_conflict_dialog_get_type ())
G_DECLARE_FINAL_TYPE (WherryConflictDialog, wherry_conflict_dialog, WHERRY, CONFLICT_DIALOG, AdwMessageDialog)

GtkWidget *wherry_conflict_dialog_new    (const WherryConflict  *conflict);
gboolean   wherry_conflict_dialog_answer (WherryConflictDialog  *self,
                                          const char            *response,
                                          WherryConflictAnswer  *answer);

G_END_DECLS
