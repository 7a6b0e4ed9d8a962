#pragma once

#include <gio/gio.h>

#include "sites/wherry-site.h"

G_BEGIN_DECLS

/*
 * A launcher on the desktop that takes files, and uploads them to a site's folder.
 */
gboolean  wherry_launcher_can_be_saved (void);
char     *wherry_launcher_to_text      (WherrySite          *site,
                                        const char          *folder,
                                        const char          *program);
void      wherry_launcher_save_async   (WherrySite          *site,
                                        const char          *folder,
                                        GAsyncReadyCallback  callback,
                                        gpointer             user_data);
char     *wherry_launcher_save_finish  (GAsyncResult        *result,
                                        GError             **error);

G_END_DECLS
