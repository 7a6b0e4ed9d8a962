#pragma once

#include <adwaita.h>

#include "sites/wherry-site-store.h"

G_BEGIN_DECLS

/**
 * WherrySiteRow:
 *
 * A site or a folder in a list: colour, name, and whether it is connected to.
 * Rows are reused. Sites and folders may be dragged onto it, to go before it or
 * into it.
 */
#define WHERRY_TYPE_SITE_ROW (wherry_site_row_get_type ())
G_DECLARE_FINAL_TYPE (WherrySiteRow, wherry_site_row, WHERRY, SITE_ROW, AdwBin)

GtkWidget *wherry_site_row_new           (WherrySiteStore   *store);
void       wherry_site_row_set_item      (WherrySiteRow     *self,
                                          GObject           *item);
GObject   *wherry_site_row_get_object    (WherrySiteRow     *self);
void       wherry_site_row_set_connected (WherrySiteRow     *self,
                                          gboolean           connected);

G_END_DECLS
