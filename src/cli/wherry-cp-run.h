#pragma once

#include "cli/wherry-cp-options.h"

G_BEGIN_DECLS

/** What wherry-cp ends with. */
enum {
  WHERRY_CP_ALL_THERE = 0,
  WHERRY_CP_NOT_ALL_THERE = 1,
  WHERRY_CP_BAD_USAGE = 2,
  WHERRY_CP_SIGNAL_BASE = 128,
};

int wherry_cp_run (const WherryCpOptions *options);

G_END_DECLS
