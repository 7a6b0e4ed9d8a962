#pragma once

#include "sites/wherry-site.h"

G_BEGIN_DECLS

/**
 * WherrySiteStore:
 *
 * All sites of a person, in their order: a GListModel of WherrySite. A change of
 * a site, or of the list, is written by itself, soon and on another thread; what
 * another Wherry writes appears by itself. Main thread.
 *
 * Signals: "folders-changed"; "problem" (message): something could not be read or
 * written.
 */
#define WHERRY_TYPE_SITE_STORE (wherry_site_store_get_type ())
G_DECLARE_FINAL_TYPE (WherrySiteStore, wherry_site_store, WHERRY, SITE_STORE, GObject)

WherrySiteStore *wherry_site_store_new           (const char       *file);
WherrySite      *wherry_site_store_find          (WherrySiteStore  *self,
                                                  const char       *id);
WherrySite      *wherry_site_store_find_login    (WherrySiteStore  *self,
                                                  const WherryLogin *login);
WherrySite      *wherry_site_store_find_name     (WherrySiteStore  *self,
                                                  const char       *name);
void             wherry_site_store_insert        (WherrySiteStore  *self,
                                                  guint             position,
                                                  WherrySite       *site);
guint            wherry_site_store_remove        (WherrySiteStore  *self,
                                                  WherrySite       *site);
void             wherry_site_store_move          (WherrySiteStore  *self,
                                                  WherrySite       *site,
                                                  const char       *folder,
                                                  WherrySite       *before);
void             wherry_site_store_sort          (WherrySiteStore  *self);

char           **wherry_site_store_dup_folders   (WherrySiteStore  *self);
gboolean         wherry_site_store_add_folder    (WherrySiteStore  *self,
                                                  const char       *folder,
                                                  GError          **error);
gboolean         wherry_site_store_rename_folder (WherrySiteStore  *self,
                                                  const char       *folder,
                                                  const char       *new_folder,
                                                  GError          **error);
void             wherry_site_store_remove_folder (WherrySiteStore  *self,
                                                  const char       *folder);

gboolean         wherry_site_store_is_loaded     (WherrySiteStore  *self);
void             wherry_site_store_flush         (WherrySiteStore  *self);

G_END_DECLS
