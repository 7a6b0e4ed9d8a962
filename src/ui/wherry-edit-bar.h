#pragma once

#include <adwaita.h>

#include "transfer/wherry-queue.h"

G_BEGIN_DECLS

/**
 * WherryEditBar:
 *
 * The files of servers that are being edited here. Not there while there are
 * none.
 */
#define WHERRY_TYPE_EDIT_BAR (wherry_edit_bar_get_type ())
G_DECLARE_FINAL_TYPE (WherryEditBar, wherry_edit_bar, WHERRY, EDIT_BAR, AdwBin)

void     wherry_edit_bar_set_engine   (WherryEditBar      *self,
                                       WherrySessionPool  *pool,
                                       WherryQueue        *queue);
void     wherry_edit_bar_edit         (WherryEditBar      *self,
                                       const WherryLogin  *login,
                                       const char         *path);
gboolean wherry_edit_bar_ask_to_close (WherryEditBar    *self,
                                       GCallback         close,
                                       gpointer          window);

G_END_DECLS
