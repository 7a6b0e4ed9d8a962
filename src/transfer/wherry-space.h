#pragma once

#include "transfer/wherry-job.h"

G_BEGIN_DECLS

void wherry_space_explain (WherryJob      *job,
                           WherrySession  *session,
                           GError         *error);

G_END_DECLS
