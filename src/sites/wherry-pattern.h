#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** What a list of patterns says about a name: a negated match beats all others. */
typedef enum {
  WHERRY_PATTERN_NO_MATCH,
  WHERRY_PATTERN_MATCH,
  WHERRY_PATTERN_NEGATED,
} WherryPatternVerdict;

gboolean             wherry_pattern_match      (const char         *pattern,
                                                const char         *text);
WherryPatternVerdict wherry_pattern_match_list (const char * const *patterns,
                                                const char         *text);

G_END_DECLS
