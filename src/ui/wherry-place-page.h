#pragma once

#include <adwaita.h>

#include "sites/wherry-location.h"
#include "sites/wherry-site-store.h"
#include "ssh/wherry-session.h"
#include "transfer/wherry-queue.h"
#include "ui/wherry-place-connection.h"
#include "ui/wherry-view-options.h"

G_BEGIN_DECLS

/**
 * WherryPlacePage:
 *
 * A place, one in each tab: first a form that asks for a server, then a folder
 * there. Each has a connection of its own.
 *
 * Signals: "connect-to" (location: #WherryLocation, valid during the emission),
 * "changed", when its title or state is another.
 */
#define WHERRY_TYPE_PLACE_PAGE (wherry_place_page_get_type ())
G_DECLARE_FINAL_TYPE (WherryPlacePage, wherry_place_page, WHERRY, PLACE_PAGE, AdwBin)

GtkWidget         *wherry_place_page_new             (WherrySessionPool  *pool,
                                                      WherryQueue        *queue,
                                                      WherryViewOptions  *options,
                                                      GSettings          *settings,
                                                      WherrySiteStore    *sites,
                                                      const char *const  *known_hosts);
void               wherry_place_page_set_location    (WherryPlacePage    *self,
                                                      const char         *text);
void               wherry_place_page_submit          (WherryPlacePage    *self);
void               wherry_place_page_open            (WherryPlacePage    *self,
                                                      const WherryLogin  *login,
                                                      const char         *folder,
                                                      WherrySite         *site);
void               wherry_place_page_reconnect       (WherryPlacePage    *self);
void               wherry_place_page_disconnect      (WherryPlacePage    *self);
gboolean           wherry_place_page_is_form         (WherryPlacePage    *self);
WherryPlaceState   wherry_place_page_get_state       (WherryPlacePage    *self);
const WherryLogin *wherry_place_page_get_login       (WherryPlacePage    *self);
WherrySession     *wherry_place_page_get_session     (WherryPlacePage    *self);
const char        *wherry_place_page_get_folder      (WherryPlacePage    *self);
GtkWidget         *wherry_place_page_get_toolbar     (WherryPlacePage    *self);
GActionGroup      *wherry_place_page_get_actions     (WherryPlacePage    *self);
char              *wherry_place_page_dup_title       (WherryPlacePage    *self);
char              *wherry_place_page_dup_subtitle    (WherryPlacePage    *self);
void               wherry_place_page_upload          (WherryPlacePage    *self,
                                                      GListModel         *files,
                                                      WherrySite         *rules);
void               wherry_place_page_choose_files    (WherryPlacePage    *self);
void               wherry_place_page_choose_folder   (WherryPlacePage    *self);
void               wherry_place_page_choose_options  (WherryPlacePage    *self);
void               wherry_place_page_choose_download (WherryPlacePage    *self);
void               wherry_place_page_paste           (WherryPlacePage    *self,
                                                      WherrySite         *rules);
void               wherry_place_page_take            (WherryPlacePage    *self,
                                                      const char         *folder,
                                                      const GValue       *value,
                                                      GdkDragAction       action);
void               wherry_place_page_take_from_tabs  (AdwTabBar          *tab_bar);
gboolean           wherry_place_page_flush_removals  (WherryPlacePage    *self);
void               wherry_place_page_set_narrow      (WherryPlacePage    *self,
                                                      gboolean            narrow);
void               wherry_place_page_edit_location   (WherryPlacePage    *self);

G_END_DECLS
