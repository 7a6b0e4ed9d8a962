#pragma once

#include <adwaita.h>

#include "sites/wherry-site.h"

G_BEGIN_DECLS

/**
 * WherrySiteTransfersPage:
 *
 * The page of a site's form on how its files are copied.
 *
 * Signals: "changed".
 */
#define WHERRY_TYPE_SITE_TRANSFERS_PAGE (wherry_site_transfers_page_get_type ())
G_DECLARE_FINAL_TYPE (WherrySiteTransfersPage,
                      wherry_site_transfers_page,
                      WHERRY,
                      SITE_TRANSFERS_PAGE,
                      AdwPreferencesPage)

void     wherry_site_transfers_page_show_once (WherrySiteTransfersPage *self);
void     wherry_site_transfers_page_read  (WherrySiteTransfersPage  *self,
                                           WherrySite               *site);
void     wherry_site_transfers_page_write (WherrySiteTransfersPage  *self,
                                           WherrySite               *site);
gboolean wherry_site_transfers_page_check (WherrySiteTransfersPage  *self,
                                           GError                  **error);

G_END_DECLS
