#pragma once

#include <gio/gio.h>

#include "sites/wherry-location.h"
#include "ssh/wherry-login.h"

G_BEGIN_DECLS

/**
 * WherryJumpLoginFunc:
 * @location: a host on the way; its path is empty
 * @user_data: what was given with the function
 * @error: return location
 *
 * Returns: (transfer full): how to log in there
 */
typedef WherryLogin *(*WherryJumpLoginFunc) (const WherryLocation  *location,
                                             gpointer               user_data,
                                             GError               **error);

gboolean wherry_jump_apply (WherryLogin          *login,
                            const char * const   *jumps,
                            WherryJumpLoginFunc   make_login,
                            gpointer              user_data,
                            GError              **error);

G_END_DECLS
