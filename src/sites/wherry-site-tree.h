#pragma once

#include "sites/wherry-site-store.h"

G_BEGIN_DECLS

/**
 * WherrySiteTree:
 *
 * A folder of a store as a person sees it: a GListModel of the folders in it
 * (WherrySiteTree), then of the sites in it (WherrySite). Follows the store.
 */
#define WHERRY_TYPE_SITE_TREE (wherry_site_tree_get_type ())
G_DECLARE_FINAL_TYPE (WherrySiteTree, wherry_site_tree, WHERRY, SITE_TREE, GObject)

WherrySiteTree *wherry_site_tree_new      (WherrySiteStore *store,
                                           const char      *path);
const char     *wherry_site_tree_get_path (WherrySiteTree  *self);
const char     *wherry_site_tree_get_name (WherrySiteTree  *self);

G_END_DECLS
