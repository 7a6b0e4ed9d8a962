#pragma once

#include <gtk/gtk.h>

#include "sites/wherry-site-store.h"

G_BEGIN_DECLS

int        wherry_upload_request_run   (GtkApplication           *application,
                                        WherrySiteStore          *sites,
                                        GApplicationCommandLine  *command_line);
GtkWidget *wherry_upload_request_open  (GtkApplication           *application,
                                        WherrySite               *site,
                                        const char               *folder,
                                        GError                  **error);

G_END_DECLS
