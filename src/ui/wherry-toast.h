#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

AdwToast *wherry_toast_new  (const char *text);
void      wherry_toast_show (GtkWidget  *widget,
                             const char *text);

G_END_DECLS
