#include "sites/wherry-pattern.h"

/**
 * wherry_pattern_match:
 * @pattern: a pattern as in ssh_config(5), "PATTERNS": `*` is any run of bytes,
 *   `?` any one byte
 * @text: what to match, as bytes
 *
 * Takes at most the product of both lengths in steps, whatever the pattern.
 *
 * Returns: whether all of @text matches
 */
gboolean
wherry_pattern_match (const char *pattern, const char *text)
{
  const char *star = NULL;
  const char *retry = NULL;

  g_return_val_if_fail (pattern != NULL, FALSE);
  g_return_val_if_fail (text != NULL, FALSE);

  while (*text != '\0')
    {
      if (*pattern == '*')
        {
          star = ++pattern;
          retry = text;
        }
      else if (*pattern != '\0' && (*pattern == '?' || *pattern == *text))
        {
          pattern++;
          text++;
        }
      else if (star != NULL)
        {
          /* Only the last star needs another try: what lies before it matched as early as it can.
           */
          pattern = star;
          text = ++retry;
        }
      else
        return FALSE;
    }

  while (*pattern == '*')
    pattern++;
  return *pattern == '\0';
}

/**
 * wherry_pattern_match_list:
 * @patterns: (array zero-terminated=1): patterns, negated ones with a leading `!`
 * @text: what to match
 *
 * Returns: what the list says about @text
 */
WherryPatternVerdict
wherry_pattern_match_list (const char *const *patterns, const char *text)
{
  WherryPatternVerdict verdict = WHERRY_PATTERN_NO_MATCH;

  g_return_val_if_fail (patterns != NULL, WHERRY_PATTERN_NO_MATCH);

  for (gsize i = 0; patterns[i] != NULL; i++)
    {
      gboolean negated = patterns[i][0] == '!';

      if (!wherry_pattern_match (patterns[i] + (negated ? 1 : 0), text))
        continue;
      if (negated)
        return WHERRY_PATTERN_NEGATED;
      verdict = WHERRY_PATTERN_MATCH;
    }
  return verdict;
}
