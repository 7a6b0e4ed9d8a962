#pragma once

#include <gio/gio.h>

#include "ssh/wherry-host-key.h"

G_BEGIN_DECLS

/**
 * WherryPromptKind:
 * @WHERRY_PROMPT_PASSWORD: the login's password; one field
 * @WHERRY_PROMPT_PASSPHRASE: the passphrase of a key file; one field
 * @WHERRY_PROMPT_INTERACTIVE: keyboard-interactive; any number of fields, each
 *   with the server's words and whether what is typed may be seen
 * @WHERRY_PROMPT_HOST_KEY: an unknown host key; answered by a choice
 */
typedef enum {
  WHERRY_PROMPT_PASSWORD,
  WHERRY_PROMPT_PASSPHRASE,
  WHERRY_PROMPT_INTERACTIVE,
  WHERRY_PROMPT_HOST_KEY,
} WherryPromptKind;

/** The answer to a %WHERRY_PROMPT_HOST_KEY. */
typedef enum {
  WHERRY_HOST_KEY_REFUSE,
  WHERRY_HOST_KEY_ACCEPT_ONCE,
  WHERRY_HOST_KEY_ACCEPT_AND_REMEMBER,
} WherryHostKeyChoice;

/**
 * WherryPrompt:
 *
 * One question of the engine and its answer. Made by the engine, read and
 * answered by a prompter; all text is escaped, bounded, valid UTF-8 (R6, R12).
 * Answers are wiped when it is freed.
 */
#define WHERRY_TYPE_PROMPT (wherry_prompt_get_type ())
G_DECLARE_FINAL_TYPE (WherryPrompt, wherry_prompt, WHERRY, PROMPT, GObject)

WherryPrompt        *wherry_prompt_new             (WherryPromptKind     kind,
                                                    const char          *user,
                                                    const char          *host,
                                                    guint16              port);
void                 wherry_prompt_set_key_file    (WherryPrompt        *self,
                                                    const char          *key_file);
void                 wherry_prompt_set_host_key    (WherryPrompt        *self,
                                                    WherryHostKey       *host_key);
void                 wherry_prompt_set_server_text (WherryPrompt        *self,
                                                    const char          *name,
                                                    const char          *instruction);
void                 wherry_prompt_set_attempt     (WherryPrompt        *self,
                                                    guint                attempt);
void                 wherry_prompt_add_field       (WherryPrompt        *self,
                                                    const char          *label,
                                                    gboolean             visible);

WherryPromptKind     wherry_prompt_get_kind        (WherryPrompt        *self);
const char          *wherry_prompt_get_user        (WherryPrompt        *self);
const char          *wherry_prompt_get_host        (WherryPrompt        *self);
guint16              wherry_prompt_get_port        (WherryPrompt        *self);
const char          *wherry_prompt_get_key_file    (WherryPrompt        *self);
WherryHostKey       *wherry_prompt_get_host_key    (WherryPrompt        *self);
const char          *wherry_prompt_get_name        (WherryPrompt        *self);
const char          *wherry_prompt_get_instruction (WherryPrompt        *self);
guint                wherry_prompt_get_attempt     (WherryPrompt        *self);
guint                wherry_prompt_get_n_fields    (WherryPrompt        *self);
const char          *wherry_prompt_get_field_label (WherryPrompt        *self,
                                                    guint                index);
gboolean             wherry_prompt_is_field_visible (WherryPrompt       *self,
                                                    guint                index);

void                 wherry_prompt_set_answer      (WherryPrompt        *self,
                                                    guint                index,
                                                    const char          *answer);
const char          *wherry_prompt_get_answer      (WherryPrompt        *self,
                                                    guint                index);
void                 wherry_prompt_set_choice      (WherryPrompt        *self,
                                                    WherryHostKeyChoice  choice);
WherryHostKeyChoice  wherry_prompt_get_choice      (WherryPrompt        *self);

/**
 * WherryPrompter:
 *
 * Who answers the engine's questions: a dialog, a terminal, a test's script.
 */
#define WHERRY_TYPE_PROMPTER (wherry_prompter_get_type ())
G_DECLARE_INTERFACE (WherryPrompter, wherry_prompter, WHERRY, PROMPTER, GObject)

/**
 * WherryPrompterInterface:
 * @ask_async: fills in the answers of @prompt. Called in the default main
 *   context's thread, whichever thread asks
 * @ask_finish: %FALSE with %G_IO_ERROR_CANCELLED when the person declined, which
 *   ends the login (after a passphrase: skips the key); %FALSE with any other
 *   error when nobody could be asked, which only ends that way of logging in
 */
struct _WherryPrompterInterface {
  GTypeInterface parent;

  void     (*ask_async)  (WherryPrompter      *self,
                          WherryPrompt        *prompt,
                          GCancellable        *cancellable,
                          GAsyncReadyCallback  callback,
                          gpointer             user_data);
  gboolean (*ask_finish) (WherryPrompter      *self,
                          GAsyncResult        *result,
                          GError             **error);
};

gboolean wherry_prompter_ask (WherryPrompter  *self,
                              WherryPrompt    *prompt,
                              GCancellable    *cancellable,
                              GError         **error);

G_END_DECLS
