#pragma once

#include "ssh/wherry-prompter.h"

G_BEGIN_DECLS

/*
 * A prompter that answers from a list, in order, and declines once that is used
 * up. What it was asked is kept as text, one line a question:
 *   password test@localhost:22 #1
 *   passphrase /path/of/key #2
 *   interactive #1 name|instruction|Label (hidden)|Other (visible)
 *   host-key SHA256:...
 */
#define WHERRY_TYPE_TEST_PROMPTER (wherry_test_prompter_get_type ())
G_DECLARE_FINAL_TYPE (WherryTestPrompter, wherry_test_prompter, WHERRY, TEST_PROMPTER, GObject)

WherryTestPrompter *wherry_test_prompter_new         (void);
void                wherry_test_prompter_add_answer  (WherryTestPrompter  *self,
                                                      const char          *answer);
void                wherry_test_prompter_add_choice  (WherryTestPrompter  *self,
                                                      WherryHostKeyChoice  choice);
void                wherry_test_prompter_add_silence (WherryTestPrompter  *self);
void                wherry_test_prompter_add_wait    (WherryTestPrompter  *self);
gboolean            wherry_test_prompter_go_on       (WherryTestPrompter  *self);
void                wherry_test_prompter_add_failure (WherryTestPrompter  *self);
char              **wherry_test_prompter_dup_asked   (WherryTestPrompter  *self);
guint               wherry_test_prompter_get_n_asked (WherryTestPrompter  *self);

G_END_DECLS
