#pragma once

#include <adwaita.h>

#include "transfer/wherry-queue.h"

G_BEGIN_DECLS

/**
 * WherryTransferBar:
 *
 * One line on how the transfers are going, which opens to the list of them. Not
 * there while there are none.
 *
 * Properties: "open".
 */
#define WHERRY_TYPE_TRANSFER_BAR (wherry_transfer_bar_get_type ())
G_DECLARE_FINAL_TYPE (WherryTransferBar, wherry_transfer_bar, WHERRY, TRANSFER_BAR, AdwBin)

void wherry_transfer_bar_set_queue (WherryTransferBar *self,
                                    WherryQueue       *queue);

G_END_DECLS
