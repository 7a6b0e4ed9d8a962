#pragma once

#include "transfer/wherry-transfer.h"

G_BEGIN_DECLS

char   *wherry_format_path      (const char            *path);
char   *wherry_format_endpoint  (const WherryEndpoint  *endpoint);
char   *wherry_format_duration  (double                 seconds);
char   *wherry_format_time      (gint64                 time,
                                 GDateTime             *now);
char   *wherry_format_progress  (const WherryProgress  *progress);
char   *wherry_format_outcome   (WherryTransferState    state,
                                 const WherryProgress  *progress,
                                 const GError          *error);
double  wherry_format_fraction  (const WherryProgress  *progress);

G_END_DECLS
