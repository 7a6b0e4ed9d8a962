#pragma once

#include "cli/wherry-terminal-prompter.h"
#include "transfer/wherry-transfer.h"

G_BEGIN_DECLS

/**
 * WherryCpProgress:
 *
 * Shows on standard output how far the copying is: one line that is drawn anew
 * if that is a terminal, plain lines from time to time otherwise.
 */
typedef struct _WherryCpProgress WherryCpProgress;

WherryCpProgress *wherry_cp_progress_new    (gboolean                 quiet,
                                             WherryTerminalPrompter  *prompter);
void              wherry_cp_progress_free   (WherryCpProgress        *self);
gboolean          wherry_cp_progress_is_drawn (WherryCpProgress     *self);
void              wherry_cp_progress_begin  (WherryCpProgress        *self);
void              wherry_cp_progress_update (WherryCpProgress        *self,
                                             WherryTransfer          *transfer);
void              wherry_cp_progress_end    (WherryCpProgress        *self,
                                             WherryTransfer          *transfer);
char             *wherry_cp_progress_format (const WherryProgress    *progress,
                                             const char              *name,
                                             gboolean                 is_over,
                                             gsize                    width);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryCpProgress, wherry_cp_progress_free)

G_END_DECLS
