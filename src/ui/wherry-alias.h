#pragma once

#include <gio/gio.h>

#include "sites/wherry-location.h"
#include "ssh/wherry-login.h"

G_BEGIN_DECLS

/* Where a location that a person typed leads, by the ssh_config(5) of that person. */
void         wherry_alias_resolve_async  (const WherryLocation  *location,
                                          GAsyncReadyCallback    callback,
                                          gpointer               user_data);
WherryLogin *wherry_alias_resolve_finish (GAsyncResult          *result,
                                          GError               **error);

G_END_DECLS
