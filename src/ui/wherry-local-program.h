#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void     wherry_local_program_edit_async (GtkWidget            *widget,
                                          const char           *path,
                                          GAsyncReadyCallback   callback,
                                          gpointer              user_data);
void     wherry_local_program_view_async (GtkWidget            *widget,
                                          const char           *path,
                                          GAsyncReadyCallback   callback,
                                          gpointer              user_data);
gboolean wherry_local_program_finish     (GtkWidget            *widget,
                                          GAsyncResult         *result,
                                          GError              **error);

G_END_DECLS
