#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * WherryViewOptions:
 *
 * How folders are shown, the same everywhere in a window, and kept in the
 * settings where there are any.
 *
 * Properties: "show-hidden", "show-size", "show-modified", "show-permissions",
 * "show-owner", "sort" (a #WherrySort), "sort-descending", "local-pane",
 * "local-folder" (a path), "columns" (in their order, each its name, and ":" and
 * its width in pixels unless that is the usual one; those left out follow).
 */
#define WHERRY_TYPE_VIEW_OPTIONS (wherry_view_options_get_type ())
G_DECLARE_FINAL_TYPE (WherryViewOptions, wherry_view_options, WHERRY, VIEW_OPTIONS, GObject)

WherryViewOptions *wherry_view_options_new         (GSettings         *settings);
void               wherry_view_options_add_actions (WherryViewOptions *self,
                                                    GActionMap        *map);

G_END_DECLS
