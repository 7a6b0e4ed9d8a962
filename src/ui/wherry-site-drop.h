#pragma once

#include "ui/wherry-site-row.h"

G_BEGIN_DECLS

void wherry_site_drop_add (WherrySiteRow *row);

G_END_DECLS
