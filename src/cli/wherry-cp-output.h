#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Text of wherry-cp on its way out: in the locale's charset, and never in the way of the copying. */
gboolean wherry_cp_output_write (int         fd,
                                 const char *text);
void     wherry_cp_output_warn  (const char *format,
                                 ...) G_GNUC_PRINTF (1, 2);

G_END_DECLS
