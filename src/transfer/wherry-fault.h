#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean wherry_fault_is_transient (const GError *error);
gboolean wherry_fault_is_disk_full (const GError *error);
guint    wherry_fault_get_delay    (guint         attempt);

G_END_DECLS
