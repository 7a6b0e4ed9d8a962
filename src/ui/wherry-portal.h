#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* What a sandboxed program asks the desktop to do in its place (xdg-desktop-portal). */

void wherry_portal_open_directory     (GFile      *file);
void wherry_portal_request_background (const char *reason);

G_END_DECLS
