#pragma once

#include "ssh/wherry-session.h"
#include "transfer/wherry-job.h"

G_BEGIN_DECLS

gboolean wherry_route_run (WherryJob      *job,
                           WherrySession  *source,
                           WherrySession  *target,
                           GError        **error);

G_END_DECLS
