#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** One option of a file, with the Host block it stands in. */
typedef struct {
  guint   line;
  char   *keyword;   /* in lower case */
  char  **arguments;
  char  **patterns;  /* (nullable): of its Host line; %NULL above the first */
} WherrySshConfigOption;

/** What the `%` tokens of ssh_config(5), "TOKENS", stand for. */
typedef struct {
  const char *alias;
  const char *host;
  const char *user;
  guint16     port;
} WherrySshConfigTokens;

void       wherry_ssh_config_option_free   (WherrySshConfigOption        *option);
char     **wherry_ssh_config_split_line    (const char                   *line);
char      *wherry_ssh_config_expand_tokens (const char                   *text,
                                            const WherrySshConfigTokens  *tokens);
char      *wherry_ssh_config_expand_path   (const char                   *text,
                                            const WherrySshConfigTokens  *tokens);

G_END_DECLS
