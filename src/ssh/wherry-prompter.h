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
 * @WHERRY_PROMPT_HOST_KEY: an unknown or a changed host key; answered by a choice
 */
typedef enum {
  WHERRY_PROMPT_PASSWORD,
  WHERRY_PROMPT_PASSPHRASE,
  WHERRY_PROMPT_INTERACTIVE,
  WHERRY_PROMPT_HOST_KEY,
} WherryPromptKind;

/**
 * WherryHostKeyChoice:
 * @WHERRY_HOST_KEY_REFUSE: don't connect
 * @WHERRY_HOST_KEY_ACCEPT_ONCE: take it this time; for an unknown key
 * @WHERRY_HOST_KEY_ACCEPT_AND_REMEMBER: take it from now on; for an unknown key
 * @WHERRY_HOST_KEY_REPLACE: take it in place of the recorded ones; for a changed
 *   key, and only once the person has said so twice
 *
 * The answer to a %WHERRY_PROMPT_HOST_KEY.
 */
typedef enum {
  WHERRY_HOST_KEY_REFUSE,
  WHERRY_HOST_KEY_ACCEPT_ONCE,
  WHERRY_HOST_KEY_ACCEPT_AND_REMEMBER,
  WHERRY_HOST_KEY_REPLACE,
} WherryHostKeyChoice;

/**
 * WherryPromptKeep:
 * @WHERRY_PROMPT_KEEP_NEVER: the answer is forgotten once it was used
 * @WHERRY_PROMPT_KEEP_SESSION: it is known until the program ends
 * @WHERRY_PROMPT_KEEP_KEYRING: it is remembered in the keyring
 *
 * What becomes of an answer that worked; each keeps longer than the one before.
 */
typedef enum {
  WHERRY_PROMPT_KEEP_NEVER,
  WHERRY_PROMPT_KEEP_SESSION,
  WHERRY_PROMPT_KEEP_KEYRING,
} WherryPromptKeep;

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
void                 wherry_prompt_set_fingerprint (WherryPrompt        *self,
                                                    const char          *fingerprint);
void                 wherry_prompt_set_known_keys  (WherryPrompt        *self,
                                                    GPtrArray           *known_keys);
void                 wherry_prompt_set_address     (WherryPrompt        *self,
                                                    const char          *address);
void                 wherry_prompt_set_remark      (WherryPrompt        *self,
                                                    const char          *remark);
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
const char          *wherry_prompt_get_fingerprint (WherryPrompt        *self);
WherryHostKey       *wherry_prompt_get_host_key    (WherryPrompt        *self);
GPtrArray           *wherry_prompt_get_known_keys  (WherryPrompt        *self);
const char          *wherry_prompt_get_address     (WherryPrompt        *self);
const char          *wherry_prompt_get_remark      (WherryPrompt        *self);
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

void                 wherry_prompt_offer_keeping   (WherryPrompt        *self,
                                                    WherryPromptKeep     longest,
                                                    WherryPromptKeep     usual);
WherryPromptKeep     wherry_prompt_get_longest_keep (WherryPrompt       *self);
void                 wherry_prompt_set_keep        (WherryPrompt        *self,
                                                    WherryPromptKeep     keep);
WherryPromptKeep     wherry_prompt_get_keep        (WherryPrompt        *self);
void                 wherry_prompt_set_was_remembered (WherryPrompt     *self,
                                                    gboolean             was_remembered);
gboolean             wherry_prompt_was_remembered  (WherryPrompt        *self);
void                 wherry_prompt_set_open        (WherryPrompt        *self,
                                                    gboolean             open);
gboolean             wherry_prompt_is_open         (WherryPrompt        *self);
void                 wherry_prompt_settle          (WherryPrompt        *self,
                                                    gboolean             worked);
void                 wherry_prompt_set_looked_up   (WherryPrompt        *self,
                                                    gboolean             looked_up);
gboolean             wherry_prompt_is_looked_up    (WherryPrompt        *self);

/**
 * WherryPrompter:
 *
 * Who answers the engine's questions: a dialog, a terminal, a test's script.
 */
#define WHERRY_TYPE_PROMPTER (wherry_prompter_get_type ())
G_DECLARE_INTERFACE (WherryPrompter, wherry_prompter, WHERRY, PROMPTER, GObject)

/**
 * WherryPrompterInterface:
 * @ask_async: fills in the answers of @prompt, which counts as open then. Called
 *   in the default main context's thread, whichever thread asks
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
