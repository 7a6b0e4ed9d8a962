#include "ssh/wherry-prompter.h"

#include "base/wherry-locked.h"

typedef struct {
  char *label;
  gboolean visible;
  char *answer; /* locked */
} Field;

struct _WherryPrompt {
  GObject parent_instance;

  WherryPromptKind kind;
  char *user;
  char *host;
  guint16 port;
  guint attempt;
  char *key_file;
  WherryHostKey *host_key;
  char *name;
  char *instruction;
  GArray *fields;
  WherryHostKeyChoice choice;
  char *fingerprint;
  GPtrArray *known_keys; /* (nullable) (element-type WherryHostKey) */
  char *address;
  char *remark;
  WherryPromptKeep longest_keep;
  WherryPromptKeep keep;
  gboolean was_remembered;
  int open; /* atomic */
};

enum { SETTLED, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WherryPrompt, wherry_prompt, G_TYPE_OBJECT)

static void
field_clear (gpointer data)
{
  Field *field = data;

  g_free (field->label);
  wherry_locked_free (field->answer);
}

static void
wherry_prompt_finalize (GObject *object)
{
  WherryPrompt *self = WHERRY_PROMPT (object);

  g_free (self->user);
  g_free (self->host);
  g_free (self->key_file);
  g_clear_pointer (&self->host_key, wherry_host_key_unref);
  g_free (self->fingerprint);
  g_clear_pointer (&self->known_keys, g_ptr_array_unref);
  g_free (self->address);
  g_free (self->remark);
  g_free (self->name);
  g_free (self->instruction);
  g_array_unref (self->fields);

  G_OBJECT_CLASS (wherry_prompt_parent_class)->finalize (object);
}

static void
wherry_prompt_class_init (WherryPromptClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wherry_prompt_finalize;

  /**
   * WherryPrompt::settled:
   * @self: a question that was answered
   * @worked: whether the answer did
   *
   * The server has taken the answer, or refused it. In the thread that asked.
   */
  signals[SETTLED] = g_signal_new ("settled", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 1, G_TYPE_BOOLEAN);
}

static void
wherry_prompt_init (WherryPrompt *self)
{
  self->attempt = 1;
  self->fields = g_array_new (FALSE, TRUE, sizeof (Field));
  g_array_set_clear_func (self->fields, field_clear);
}

/**
 * wherry_prompt_new:
 * @kind: what is asked
 * @user: for which account
 * @host: on which server
 * @port: its port
 *
 * Makes a question without fields, at the first attempt.
 *
 * Returns: (transfer full): the question
 */
WherryPrompt *
wherry_prompt_new (WherryPromptKind kind, const char *user, const char *host, guint16 port)
{
  g_return_val_if_fail (user != NULL, NULL);
  g_return_val_if_fail (host != NULL, NULL);

  WherryPrompt *self = g_object_new (WHERRY_TYPE_PROMPT, NULL);

  self->kind = kind;
  self->user = g_strdup (user);
  self->host = g_strdup (host);
  self->port = port;
  return self;
}

/**
 * wherry_prompt_set_key_file:
 * @self: a question of %WHERRY_PROMPT_PASSPHRASE
 * @key_file: the key file's path, fit to be shown
 */
void
wherry_prompt_set_key_file (WherryPrompt *self, const char *key_file)
{
  g_return_if_fail (WHERRY_IS_PROMPT (self));

  g_free (self->key_file);
  self->key_file = g_strdup (key_file);
}

/**
 * wherry_prompt_set_host_key:
 * @self: a question of %WHERRY_PROMPT_HOST_KEY
 * @host_key: the key the server showed
 */
void
wherry_prompt_set_host_key (WherryPrompt *self, WherryHostKey *host_key)
{
  g_return_if_fail (WHERRY_IS_PROMPT (self));
  g_return_if_fail (host_key != NULL);

  g_clear_pointer (&self->host_key, wherry_host_key_unref);
  self->host_key = wherry_host_key_ref (host_key);
}

/**
 * wherry_prompt_set_fingerprint:
 * @self: a question of %WHERRY_PROMPT_PASSPHRASE
 * @fingerprint: (nullable): the key's, `SHA256:…`, if it is known without the
 *   passphrase
 */
void
wherry_prompt_set_fingerprint (WherryPrompt *self, const char *fingerprint)
{
  g_return_if_fail (WHERRY_IS_PROMPT (self));

  g_free (self->fingerprint);
  self->fingerprint = g_strdup (fingerprint);
}

/**
 * wherry_prompt_set_known_keys:
 * @self: a question of %WHERRY_PROMPT_HOST_KEY
 * @known_keys: (nullable) (element-type WherryHostKey): the keys on record, none
 *   of which is the one shown; %NULL: none is on record
 */
void
wherry_prompt_set_known_keys (WherryPrompt *self, GPtrArray *known_keys)
{
  g_return_if_fail (WHERRY_IS_PROMPT (self));

  g_clear_pointer (&self->known_keys, g_ptr_array_unref);
  if (known_keys != NULL)
    self->known_keys = g_ptr_array_ref (known_keys);
}

/**
 * wherry_prompt_set_address:
 * @self: a question of %WHERRY_PROMPT_HOST_KEY
 * @address: (nullable): the address that answered
 */
void
wherry_prompt_set_address (WherryPrompt *self, const char *address)
{
  g_return_if_fail (WHERRY_IS_PROMPT (self));

  g_free (self->address);
  self->address = g_strdup (address);
}

/**
 * wherry_prompt_set_remark:
 * @self: a question of %WHERRY_PROMPT_HOST_KEY
 * @remark: (nullable): what the person should know besides
 */
void
wherry_prompt_set_remark (WherryPrompt *self, const char *remark)
{
  g_return_if_fail (WHERRY_IS_PROMPT (self));

  g_free (self->remark);
  self->remark = g_strdup (remark);
}

/**
 * wherry_prompt_set_server_text:
 * @self: a question of %WHERRY_PROMPT_INTERACTIVE
 * @name: (nullable): what the server calls its question, escaped
 * @instruction: (nullable): what the server says about it, escaped
 *
 * See RFC 4256 section 3.2.
 */
void
wherry_prompt_set_server_text (WherryPrompt *self, const char *name, const char *instruction)
{
  g_return_if_fail (WHERRY_IS_PROMPT (self));

  g_free (self->name);
  g_free (self->instruction);
  self->name = g_strdup (name);
  self->instruction = g_strdup (instruction);
}

/**
 * wherry_prompt_set_attempt:
 * @self: a question
 * @attempt: 1 the first time, 2 once an answer turned out wrong, and so on
 */
void
wherry_prompt_set_attempt (WherryPrompt *self, guint attempt)
{
  g_return_if_fail (WHERRY_IS_PROMPT (self));
  self->attempt = attempt;
}

/**
 * wherry_prompt_add_field:
 * @self: a question
 * @label: (nullable): the server's words for this field, escaped; %NULL for a
 *   password or a passphrase, which the prompter words itself
 * @visible: whether what is typed may be seen
 */
void
wherry_prompt_add_field (WherryPrompt *self, const char *label, gboolean visible)
{
  g_return_if_fail (WHERRY_IS_PROMPT (self));

  Field field = { g_strdup (label), visible, NULL };

  g_array_append_val (self->fields, field);
}

/**
 * wherry_prompt_get_kind:
 * @self: a question
 *
 * Returns: what is asked
 */
WherryPromptKind
wherry_prompt_get_kind (WherryPrompt *self)
{
  g_return_val_if_fail (WHERRY_IS_PROMPT (self), WHERRY_PROMPT_PASSWORD);
  return self->kind;
}

/**
 * wherry_prompt_get_user:
 * @self: a question
 *
 * Returns: the account on the server
 */
const char *
wherry_prompt_get_user (WherryPrompt *self)
{
  g_return_val_if_fail (WHERRY_IS_PROMPT (self), NULL);
  return self->user;
}

/**
 * wherry_prompt_get_host:
 * @self: a question
 *
 * Returns: the server's name or address
 */
const char *
wherry_prompt_get_host (WherryPrompt *self)
{
  g_return_val_if_fail (WHERRY_IS_PROMPT (self), NULL);
  return self->host;
}

/**
 * wherry_prompt_get_port:
 * @self: a question
 *
 * Returns: the server's port
 */
guint16
wherry_prompt_get_port (WherryPrompt *self)
{
  g_return_val_if_fail (WHERRY_IS_PROMPT (self), 0);
  return self->port;
}

/**
 * wherry_prompt_get_key_file:
 * @self: a question
 *
 * Returns: (nullable): the path of the key file whose passphrase is asked
 */
const char *
wherry_prompt_get_key_file (WherryPrompt *self)
{
  g_return_val_if_fail (WHERRY_IS_PROMPT (self), NULL);
  return self->key_file;
}

/**
 * wherry_prompt_get_host_key:
 * @self: a question
 *
 * Returns: (nullable) (transfer none): the unknown host key
 */
WherryHostKey *
wherry_prompt_get_host_key (WherryPrompt *self)
{
  g_return_val_if_fail (WHERRY_IS_PROMPT (self), NULL);
  return self->host_key;
}

/**
 * wherry_prompt_get_fingerprint:
 * @self: a question
 *
 * Returns: (nullable): the fingerprint of the key file whose passphrase is asked
 */
const char *
wherry_prompt_get_fingerprint (WherryPrompt *self)
{
  g_return_val_if_fail (WHERRY_IS_PROMPT (self), NULL);
  return self->fingerprint;
}

/**
 * wherry_prompt_get_known_keys:
 * @self: a question
 *
 * Returns: (nullable) (transfer none) (element-type WherryHostKey): the keys on
 *   record of a host whose key has changed
 */
GPtrArray *
wherry_prompt_get_known_keys (WherryPrompt *self)
{
  g_return_val_if_fail (WHERRY_IS_PROMPT (self), NULL);
  return self->known_keys;
}

/**
 * wherry_prompt_get_address:
 * @self: a question
 *
 * Returns: (nullable): the address that answered
 */
const char *
wherry_prompt_get_address (WherryPrompt *self)
{
  g_return_val_if_fail (WHERRY_IS_PROMPT (self), NULL);
  return self->address;
}

/**
 * wherry_prompt_get_remark:
 * @self: a question
 *
 * Returns: (nullable): what the person should know besides
 */
const char *
wherry_prompt_get_remark (WherryPrompt *self)
{
  g_return_val_if_fail (WHERRY_IS_PROMPT (self), NULL);
  return self->remark;
}

/**
 * wherry_prompt_get_name:
 * @self: a question
 *
 * Returns: (nullable): what the server calls its question
 */
const char *
wherry_prompt_get_name (WherryPrompt *self)
{
  g_return_val_if_fail (WHERRY_IS_PROMPT (self), NULL);
  return self->name;
}

/**
 * wherry_prompt_get_instruction:
 * @self: a question
 *
 * Returns: (nullable): what the server says about its question
 */
const char *
wherry_prompt_get_instruction (WherryPrompt *self)
{
  g_return_val_if_fail (WHERRY_IS_PROMPT (self), NULL);
  return self->instruction;
}

/**
 * wherry_prompt_get_attempt:
 * @self: a question
 *
 * Returns: 1 the first time, more once an answer turned out wrong
 */
guint
wherry_prompt_get_attempt (WherryPrompt *self)
{
  g_return_val_if_fail (WHERRY_IS_PROMPT (self), 0);
  return self->attempt;
}

/**
 * wherry_prompt_get_n_fields:
 * @self: a question
 *
 * Returns: how many answers are asked
 */
guint
wherry_prompt_get_n_fields (WherryPrompt *self)
{
  g_return_val_if_fail (WHERRY_IS_PROMPT (self), 0);
  return self->fields->len;
}

static Field *
get_field (WherryPrompt *self, guint index)
{
  return &g_array_index (self->fields, Field, index);
}

/**
 * wherry_prompt_get_field_label:
 * @self: a question
 * @index: which field
 *
 * Returns: (nullable): the server's words for the field
 */
const char *
wherry_prompt_get_field_label (WherryPrompt *self, guint index)
{
  g_return_val_if_fail (WHERRY_IS_PROMPT (self), NULL);
  g_return_val_if_fail (index < self->fields->len, NULL);
  return get_field (self, index)->label;
}

/**
 * wherry_prompt_is_field_visible:
 * @self: a question
 * @index: which field
 *
 * Returns: %TRUE if what is typed may be seen
 */
gboolean
wherry_prompt_is_field_visible (WherryPrompt *self, guint index)
{
  g_return_val_if_fail (WHERRY_IS_PROMPT (self), FALSE);
  g_return_val_if_fail (index < self->fields->len, FALSE);
  return get_field (self, index)->visible;
}

/**
 * wherry_prompt_set_answer:
 * @self: a question
 * @index: which field
 * @answer: (nullable): what was typed; copied, the copy is wiped with @self
 */
void
wherry_prompt_set_answer (WherryPrompt *self, guint index, const char *answer)
{
  g_return_if_fail (WHERRY_IS_PROMPT (self));
  g_return_if_fail (index < self->fields->len);

  Field *field = get_field (self, index);

  wherry_locked_free (field->answer);
  field->answer = wherry_locked_strdup (answer);
}

/**
 * wherry_prompt_get_answer:
 * @self: a question
 * @index: which field
 *
 * Returns: (nullable): what was typed
 */
const char *
wherry_prompt_get_answer (WherryPrompt *self, guint index)
{
  g_return_val_if_fail (WHERRY_IS_PROMPT (self), NULL);
  g_return_val_if_fail (index < self->fields->len, NULL);
  return get_field (self, index)->answer;
}

/**
 * wherry_prompt_set_choice:
 * @self: a question of %WHERRY_PROMPT_HOST_KEY
 * @choice: what becomes of the key
 */
void
wherry_prompt_set_choice (WherryPrompt *self, WherryHostKeyChoice choice)
{
  g_return_if_fail (WHERRY_IS_PROMPT (self));
  self->choice = choice;
}

/**
 * wherry_prompt_get_choice:
 * @self: a question of %WHERRY_PROMPT_HOST_KEY
 *
 * Returns: what becomes of the key; refused unless something else was chosen
 */
WherryHostKeyChoice
wherry_prompt_get_choice (WherryPrompt *self)
{
  g_return_val_if_fail (WHERRY_IS_PROMPT (self), WHERRY_HOST_KEY_REFUSE);
  return self->choice;
}

/**
 * wherry_prompt_offer_keeping:
 * @self: a question
 * @longest: how long the answer can be kept
 * @usual: how long it is kept unless the person says otherwise
 */
void
wherry_prompt_offer_keeping (WherryPrompt *self, WherryPromptKeep longest, WherryPromptKeep usual)
{
  g_return_if_fail (WHERRY_IS_PROMPT (self));

  self->longest_keep = longest;
  self->keep = MIN (usual, longest);
}

/**
 * wherry_prompt_get_longest_keep:
 * @self: a question
 *
 * Returns: how long the answer can be kept
 */
WherryPromptKeep
wherry_prompt_get_longest_keep (WherryPrompt *self)
{
  g_return_val_if_fail (WHERRY_IS_PROMPT (self), WHERRY_PROMPT_KEEP_NEVER);
  return self->longest_keep;
}

/**
 * wherry_prompt_set_keep:
 * @self: a question
 * @keep: how long the answer is to be kept
 */
void
wherry_prompt_set_keep (WherryPrompt *self, WherryPromptKeep keep)
{
  g_return_if_fail (WHERRY_IS_PROMPT (self));
  self->keep = MIN (keep, self->longest_keep);
}

/**
 * wherry_prompt_get_keep:
 * @self: a question
 *
 * Returns: how long the answer is to be kept
 */
WherryPromptKeep
wherry_prompt_get_keep (WherryPrompt *self)
{
  g_return_val_if_fail (WHERRY_IS_PROMPT (self), WHERRY_PROMPT_KEEP_NEVER);
  return self->keep;
}

/**
 * wherry_prompt_set_was_remembered:
 * @self: a question
 * @was_remembered: whether it is put because what was remembered did not work
 */
void
wherry_prompt_set_was_remembered (WherryPrompt *self, gboolean was_remembered)
{
  g_return_if_fail (WHERRY_IS_PROMPT (self));
  self->was_remembered = was_remembered;
}

/**
 * wherry_prompt_was_remembered:
 * @self: a question
 *
 * Returns: whether it is put because what was remembered did not work
 */
gboolean
wherry_prompt_was_remembered (WherryPrompt *self)
{
  g_return_val_if_fail (WHERRY_IS_PROMPT (self), FALSE);
  return self->was_remembered;
}

/**
 * wherry_prompt_set_open:
 * @self: a question
 * @open: whether it waits for a person
 *
 * For prompters that may know the answer by themselves.
 */
void
wherry_prompt_set_open (WherryPrompt *self, gboolean open)
{
  g_return_if_fail (WHERRY_IS_PROMPT (self));
  g_atomic_int_set (&self->open, open);
}

/**
 * wherry_prompt_is_open:
 * @self: a question
 *
 * Returns: whether it waits for a person. Any thread
 */
gboolean
wherry_prompt_is_open (WherryPrompt *self)
{
  g_return_val_if_fail (WHERRY_IS_PROMPT (self), FALSE);
  return g_atomic_int_get (&self->open);
}

/**
 * wherry_prompt_settle:
 * @self: a question that was answered
 * @worked: whether the answer did
 *
 * Tells what became of the answer; not to be called if that is not known.
 */
void
wherry_prompt_settle (WherryPrompt *self, gboolean worked)
{
  g_return_if_fail (WHERRY_IS_PROMPT (self));
  g_signal_emit (self, signals[SETTLED], 0, worked);
}
