#pragma once

#include <gtk/gtk.h>

#include "ssh/wherry-prompter.h"

G_BEGIN_DECLS

/**
 * WherryDialogPrompter:
 *
 * Answers the engine's questions by dialogs over a window, one at a time.
 */
#define WHERRY_TYPE_DIALOG_PROMPTER (wherry_dialog_prompter_get_type ())
G_DECLARE_FINAL_TYPE (WherryDialogPrompter, wherry_dialog_prompter, WHERRY, DIALOG_PROMPTER, GObject)

WherryPrompter *wherry_dialog_prompter_new (GtkWindow *parent);

G_END_DECLS
