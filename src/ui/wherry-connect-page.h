#pragma once

#include <adwaita.h>

#include "sites/wherry-location.h"

G_BEGIN_DECLS

/**
 * WherryConnectPage:
 *
 * Where a server is named, and where it is told why one can't be reached.
 *
 * Signals: "connect-to" (location: #WherryLocation, valid during the emission),
 * "cancel".
 */
#define WHERRY_TYPE_CONNECT_PAGE (wherry_connect_page_get_type ())
G_DECLARE_FINAL_TYPE (WherryConnectPage, wherry_connect_page, WHERRY, CONNECT_PAGE, AdwBin)

const char *wherry_connect_page_get_text   (WherryConnectPage *self);
void        wherry_connect_page_set_text   (WherryConnectPage *self,
                                            const char        *text);
void        wherry_connect_page_submit     (WherryConnectPage *self);
void        wherry_connect_page_show_form  (WherryConnectPage *self);
void        wherry_connect_page_show_busy  (WherryConnectPage *self,
                                            const char        *host);
void        wherry_connect_page_show_error (WherryConnectPage *self,
                                            const char        *host,
                                            const GError      *error,
                                            const char        *remedy);

G_END_DECLS
