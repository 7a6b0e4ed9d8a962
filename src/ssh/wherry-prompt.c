#include "ssh/wherry-prompter.h"

#include <string.h>

typedef struct {
  char *label;
  gboolean visible;
  char *answer;
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
};

G_DEFINE_FINAL_TYPE (WherryPrompt, wherry_prompt, G_TYPE_OBJECT)

static void
wipe (char **secret)
{
  if (*secret != NULL)
    explicit_bzero (*secret, strlen (*secret));
  g_clear_pointer (secret, g_free);
}

static void
field_clear (gpointer data)
{
  Field *field = data;

  g_free (field->label);
  wipe (&field->answer);
}

static void
wherry_prompt_finalize (GObject *object)
{
  WherryPrompt *self = WHERRY_PROMPT (object);

  g_free (self->user);
  g_free (self->host);
  g_free (self->key_file);
  g_clear_pointer (&self->host_key, wherry_host_key_unref);
  g_free (self->name);
  g_free (self->instruction);
  g_array_unref (self->fields);

  G_OBJECT_CLASS (wherry_prompt_parent_class)->finalize (object);
}

static void
wherry_prompt_class_init (WherryPromptClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wherry_prompt_finalize;
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

  wipe (&field->answer);
  field->answer = g_strdup (answer);
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
