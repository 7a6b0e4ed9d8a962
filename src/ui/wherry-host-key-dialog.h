#pragma once

#include <adwaita.h>

#include "ssh/wherry-prompter.h"

G_BEGIN_DECLS

/**
 * WherryHostKeyDialog:
 *
 * Asks whether a server that is not known yet is the right one.
 */
#define WHERRY_TYPE_HOST_KEY_DIALOG (wherry_host_key_dialog_get_type ())
G_DECLARE_FINAL_TYPE (WherryHostKeyDialog, wherry_host_key_dialog, WHERRY, HOST_KEY_DIALOG, AdwMessageDialog)

GtkWidget *wherry_host_key_dialog_new    (WherryPrompt        *prompt);
gboolean   wherry_host_key_dialog_answer (WherryHostKeyDialog *self,
                                          const char          *response);

G_END_DECLS
