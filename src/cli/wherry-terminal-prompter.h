#pragma once

#include "ssh/wherry-prompter.h"

G_BEGIN_DECLS

/**
 * WherryTerminalPrompter:
 *
 * Asks on the controlling terminal, whatever standard input and output are.
 * Without one, every question fails with words saying how to go on.
 */
#define WHERRY_TYPE_TERMINAL_PROMPTER (wherry_terminal_prompter_get_type ())
G_DECLARE_FINAL_TYPE (WherryTerminalPrompter, wherry_terminal_prompter, WHERRY, TERMINAL_PROMPTER, GObject)

/**
 * WherryTerminalPrompterFlags:
 * @WHERRY_TERMINAL_PROMPTER_ACCEPT_NEW: accept unknown host keys and remember
 *   them without asking
 * @WHERRY_TERMINAL_PROMPTER_BATCH: ask nothing
 * @WHERRY_TERMINAL_PROMPTER_QUIET: don't tell about keys accepted that way
 */
typedef enum {
  WHERRY_TERMINAL_PROMPTER_DEFAULT    = 0,
  WHERRY_TERMINAL_PROMPTER_ACCEPT_NEW = 1 << 0,
  WHERRY_TERMINAL_PROMPTER_QUIET      = 1 << 1,
  WHERRY_TERMINAL_PROMPTER_BATCH      = 1 << 2,
} WherryTerminalPrompterFlags;

WherryTerminalPrompter *wherry_terminal_prompter_new       (WherryTerminalPrompterFlags   flags);
gboolean                wherry_terminal_prompter_is_asking (WherryTerminalPrompter       *self);
void                    wherry_terminal_prompter_restore   (void);

G_END_DECLS
