#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

char *wherry_error_title_dup (const GError *error,
                              const char   *host);

G_END_DECLS
