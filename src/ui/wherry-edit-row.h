#pragma once

#include <gtk/gtk.h>

#include "transfer/wherry-remote-edit.h"

G_BEGIN_DECLS

/**
 * WherryEditRow:
 *
 * One file that is being edited, and how it stands.
 */
#define WHERRY_TYPE_EDIT_ROW (wherry_edit_row_get_type ())
G_DECLARE_FINAL_TYPE (WherryEditRow, wherry_edit_row, WHERRY, EDIT_ROW, GtkListBoxRow)

GtkWidget *wherry_edit_row_new (WherryRemoteEdit *edit);

G_END_DECLS
