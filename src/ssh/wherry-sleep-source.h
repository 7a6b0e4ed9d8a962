#pragma once

#include <glib.h>

G_BEGIN_DECLS

GSource *wherry_sleep_source_new (void);

G_END_DECLS
