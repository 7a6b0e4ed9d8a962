#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean wherry_sandbox_is_inside (void);

G_END_DECLS
