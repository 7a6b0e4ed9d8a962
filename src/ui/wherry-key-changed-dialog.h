#pragma once

#include <adwaita.h>

#include "ssh/wherry-prompter.h"

G_BEGIN_DECLS

/**
 * WherryKeyChangedDialog:
 *
 * Tells that a server's key is not the one on record, and what that may mean. To
 * stop is the default; to replace the key takes a tick first, and then a button.
 */
#define WHERRY_TYPE_KEY_CHANGED_DIALOG (wherry_key_changed_dialog_get_type ())
G_DECLARE_FINAL_TYPE (WherryKeyChangedDialog, wherry_key_changed_dialog, WHERRY, KEY_CHANGED_DIALOG, AdwMessageDialog)

GtkWidget *wherry_key_changed_dialog_new    (WherryPrompt           *prompt);
gboolean   wherry_key_changed_dialog_answer (WherryKeyChangedDialog *self,
                                             const char             *response);

G_END_DECLS
