#pragma once

#include <gtk/gtk.h>

#include "transfer/wherry-transfer.h"

G_BEGIN_DECLS

/*
 * What a transfer copied, as far as it is on this computer.
 */

GFile *wherry_transfer_place_find (WherryTransfer  *transfer);
void   wherry_transfer_place_show (GFile           *file);

G_END_DECLS
