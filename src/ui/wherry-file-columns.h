#pragma once

#include <gtk/gtk.h>

#include "ui/wherry-folder-model.h"

G_BEGIN_DECLS

GtkColumnViewColumn *wherry_file_column_new      (WherrySort   sort,
                                                  GtkSorter   *sorter);
int                  wherry_file_column_get_width (WherrySort  sort);
GtkListItem         *wherry_file_column_get_item (GtkWidget   *widget);
GIcon               *wherry_file_column_dup_icon (WherryRemoteEntry *entry);

G_END_DECLS
