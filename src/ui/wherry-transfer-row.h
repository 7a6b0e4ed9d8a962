#pragma once

#include <gtk/gtk.h>

#include "transfer/wherry-transfer.h"

G_BEGIN_DECLS

/**
 * WherryTransferRow:
 *
 * One transfer in a list: what, from, to, how far, and how it ended. Rows are
 * reused: wherry_transfer_row_set_transfer() is called many times.
 */
#define WHERRY_TYPE_TRANSFER_ROW (wherry_transfer_row_get_type ())
G_DECLARE_FINAL_TYPE (WherryTransferRow, wherry_transfer_row, WHERRY, TRANSFER_ROW, GtkWidget)

GtkWidget          *wherry_transfer_row_new          (void);
void                wherry_transfer_row_set_transfer (WherryTransferRow *self,
                                                      WherryTransfer    *transfer);
WherryTransfer     *wherry_transfer_row_get_transfer (WherryTransferRow *self);
void                wherry_transfer_row_set_up_list  (GtkListView       *list);

G_END_DECLS
