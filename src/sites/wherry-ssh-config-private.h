#pragma once

#include <gio/gio.h>

#include "sites/wherry-ssh-config.h"

G_BEGIN_DECLS

/** What a Host or Match line asks about. */
typedef enum {
  WHERRY_SSH_CONFIG_ALIAS, /* the host as the person named it */
  WHERRY_SSH_CONFIG_HOST,  /* the host's name so far: HostName's, or else the alias */
  WHERRY_SSH_CONFIG_USER,  /* the user so far */
  WHERRY_SSH_CONFIG_LOCAL_USER,
} WherrySshConfigSubject;

typedef struct {
  WherrySshConfigSubject   subject;
  gboolean                 negated;
  char                   **patterns;
} WherrySshConfigCriterion;

/** A Host or Match block: it applies if all its criteria hold, and the block its file is included in. */
typedef struct _WherrySshConfigBlock WherrySshConfigBlock;
struct _WherrySshConfigBlock {
  const WherrySshConfigBlock *parent; /* (nullable) */
  GArray   *criteria;                 /* (element-type WherrySshConfigCriterion) */
  gboolean  never;                    /* it can't be told whether it applies */
};

/** One option of a file. */
typedef struct {
  const char  *file;       /* as it is shown */
  guint        line;
  char        *keyword;    /* in lower case */
  char       **arguments;
  const WherrySshConfigBlock *block; /* (nullable): %NULL above the first */
} WherrySshConfigOption;

struct _WherrySshConfig {
  GPtrArray *files;    /* (element-type utf8): as they are shown */
  GPtrArray *blocks;   /* (element-type WherrySshConfigBlock) */
  GPtrArray *options;  /* (element-type WherrySshConfigOption), in the files' order */
  GPtrArray *warnings; /* (element-type utf8), %NULL-terminated */
};

/** What the `%` tokens of ssh_config(5), "TOKENS", stand for. */
typedef struct {
  const char *alias;
  const char *host;
  const char *user;
  const char *jumps;    /* %j */
  const char *key_name; /* %k: the name its host keys are recorded under */
  guint16     port;
} WherrySshConfigTokens;

void       wherry_ssh_config_block_free    (WherrySshConfigBlock         *block);
void       wherry_ssh_config_option_free   (WherrySshConfigOption        *option);
void       wherry_ssh_config_warn          (WherrySshConfig              *self,
                                            const char                   *file,
                                            guint                         line,
                                            const char                   *format,
                                            ...) G_GNUC_PRINTF (4, 5);
void       wherry_ssh_config_read          (WherrySshConfig              *self,
                                            const char                   *path,
                                            const char                   *text);
const WherrySshConfigOption *wherry_ssh_config_find (GPtrArray            *options,
                                            const char                   *keyword);
void       wherry_ssh_config_set_habits    (WherrySshConfig              *self,
                                            GPtrArray                    *options,
                                            WherryLogin                  *login);
char     **wherry_ssh_config_split_line    (const char                   *line);
char      *wherry_ssh_config_expand_tilde  (const char                   *path);
char      *wherry_ssh_config_expand_tokens (const char                   *text,
                                            const WherrySshConfigTokens  *tokens);
char      *wherry_ssh_config_expand_path   (const char                   *text,
                                            const WherrySshConfigTokens  *tokens);

G_END_DECLS
