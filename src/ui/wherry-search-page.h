#pragma once

#include <adwaita.h>

#include "remote/wherry-remote.h"

G_BEGIN_DECLS

/**
 * WherrySearchPage:
 *
 * What is looked for by name in a folder of a server and all below it, and what
 * was found.
 *
 * Signals: "open" (path, as bytes; whether it is a folder), "changed", when the
 * search is over.
 */
#define WHERRY_TYPE_SEARCH_PAGE (wherry_search_page_get_type ())
G_DECLARE_FINAL_TYPE (WherrySearchPage, wherry_search_page, WHERRY, SEARCH_PAGE, AdwBin)

void  wherry_search_page_search     (WherrySearchPage *self,
                                     WherryRemote     *remote,
                                     const char       *folder,
                                     const char       *text);
void  wherry_search_page_stop       (WherrySearchPage *self);
char *wherry_search_page_dup_status (WherrySearchPage *self);

G_END_DECLS
