#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

char *wherry_bounded_file_load (const char  *path,
                                gsize        max_bytes,
                                gsize       *length,
                                GError     **error);

G_END_DECLS
