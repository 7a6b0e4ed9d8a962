#pragma once

#include <gtk/gtk.h>

#include "sites/wherry-site.h"

G_BEGIN_DECLS

const char *wherry_site_color_get_label (WherrySiteColor  color);
void        wherry_site_color_apply     (GtkWidget       *widget,
                                         WherrySiteColor  color);

G_END_DECLS
