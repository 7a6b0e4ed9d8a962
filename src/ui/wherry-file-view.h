#pragma once

#include <adwaita.h>

#include "ui/wherry-folder-model.h"
#include "ui/wherry-view-options.h"

G_BEGIN_DECLS

/**
 * WherryFileView:
 *
 * The entries of a folder as a table: sorted by a click on a header, several
 * selected at once, found by typing the first letters.
 *
 * Signals: "open" (entry: #WherryRemoteEntry, when activated),
 * "selection-changed", "menu" (x, y: where to show a menu; the selection is
 * what it is about).
 */
#define WHERRY_TYPE_FILE_VIEW (wherry_file_view_get_type ())
G_DECLARE_FINAL_TYPE (WherryFileView, wherry_file_view, WHERRY, FILE_VIEW, AdwBin)

void               wherry_file_view_set_options  (WherryFileView    *self,
                                                  WherryViewOptions *options);
void               wherry_file_view_set_label    (WherryFileView    *self,
                                                  const char        *label);
WherryFolderModel *wherry_file_view_get_model    (WherryFileView    *self);
GPtrArray         *wherry_file_view_dup_selected (WherryFileView    *self);
guint              wherry_file_view_get_n_selected (WherryFileView  *self);
void               wherry_file_view_select_all   (WherryFileView    *self,
                                                  gboolean           select);
void               wherry_file_view_select_names (WherryFileView    *self,
                                                  GHashTable        *names);
void               wherry_file_view_put          (WherryFileView    *self,
                                                  WherryRemoteEntry *entry);
gboolean           wherry_file_view_reveal       (WherryFileView    *self,
                                                  const char        *name);
void               wherry_file_view_focus_first  (WherryFileView    *self);
WherryRemoteEntry *wherry_file_view_get_entry_at (WherryFileView    *self,
                                                  double             x,
                                                  double             y,
                                                  GtkWidget        **row);

G_END_DECLS
