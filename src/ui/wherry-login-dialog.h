#pragma once

#include <adwaita.h>

#include "ssh/wherry-prompter.h"

G_BEGIN_DECLS

/**
 * WherryLoginDialog:
 *
 * Asks for what a login needs: a password, a key's passphrase, or whatever the
 * server wants to know (keyboard-interactive, RFC 4256).
 */
#define WHERRY_TYPE_LOGIN_DIALOG (wherry_login_dialog_get_type ())
G_DECLARE_FINAL_TYPE (WherryLoginDialog, wherry_login_dialog, WHERRY, LOGIN_DIALOG, AdwMessageDialog)

GtkWidget *wherry_login_dialog_new    (WherryPrompt      *prompt);
gboolean   wherry_login_dialog_answer (WherryLoginDialog *self,
                                       const char        *response);

G_END_DECLS
