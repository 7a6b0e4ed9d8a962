#pragma once

#include <adwaita.h>

#include "ssh/wherry-login.h"
#include "transfer/wherry-queue.h"

G_BEGIN_DECLS

/**
 * WherryPlacePage:
 *
 * A folder on a connected server: files dropped here go there, and the
 * transfers are listed below.
 *
 * Signals: "folder-changed".
 */
#define WHERRY_TYPE_PLACE_PAGE (wherry_place_page_get_type ())
G_DECLARE_FINAL_TYPE (WherryPlacePage, wherry_place_page, WHERRY, PLACE_PAGE, AdwBin)

void         wherry_place_page_set_queue        (WherryPlacePage   *self,
                                                 WherryQueue       *queue);
void         wherry_place_page_set_place        (WherryPlacePage   *self,
                                                 const WherryLogin *login,
                                                 const char        *folder);
const char  *wherry_place_page_get_folder       (WherryPlacePage   *self);
void         wherry_place_page_set_lost         (WherryPlacePage   *self,
                                                 const char        *message);
void         wherry_place_page_upload           (WherryPlacePage   *self,
                                                 GListModel        *files);
void         wherry_place_page_choose_files     (WherryPlacePage   *self);
void         wherry_place_page_choose_folder    (WherryPlacePage   *self);
void         wherry_place_page_choose_download  (WherryPlacePage   *self,
                                                 GSettings         *settings);
void         wherry_place_page_paste            (WherryPlacePage   *self);
void         wherry_place_page_edit_folder      (WherryPlacePage   *self);

G_END_DECLS
