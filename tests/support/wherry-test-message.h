#pragma once

#include "base/wherry-text.h"

/* Names the case at hand in the test's log, whatever bytes it has: TAP is UTF-8, a line each. */
static inline void
wherry_test_message_case (const char *bytes)
{
  g_autofree char *shown = wherry_text_escape (bytes, -1, 0);

  g_test_message ("%s", shown);
}
