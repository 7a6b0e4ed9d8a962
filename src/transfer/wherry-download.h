#pragma once

#include "transfer/wherry-job.h"

G_BEGIN_DECLS

gboolean wherry_download_run (WherryJob      *job,
                              WherrySession  *session,
                              GError        **error);

G_END_DECLS
