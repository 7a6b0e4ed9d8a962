#pragma once

#include <adwaita.h>

#include "sites/wherry-site-store.h"

G_BEGIN_DECLS

/**
 * WherrySiteEditor:
 *
 * A window in which a site is written down or changed. Nothing changes in the
 * store before it is said so, and nothing that may not be gets there.
 */
#define WHERRY_TYPE_SITE_EDITOR (wherry_site_editor_get_type ())
G_DECLARE_FINAL_TYPE (WherrySiteEditor, wherry_site_editor, WHERRY, SITE_EDITOR, AdwWindow)

GtkWidget *wherry_site_editor_new (WherrySiteStore *store,
                                   WherrySite      *site);

G_END_DECLS
