#include "config.h"

#include "sites/wherry-secret-prompter.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-error.h"

struct _WherrySecretPrompter {
  GObject parent_instance;

  WherryPrompter *prompter;
  WherrySecretStore *keyring; /* (nullable) */
  WherrySecretStore *memory;
  WherrySecretFlags flags;
  WherryPromptKeep usual;

  GMutex lock;
  guint n_saving;    /* under lock */
  GHashTable *wrong; /* (element-type utf8): under lock; what is remembered for these is wrong */
  char *keyring_off; /* under lock: (nullable): why the keyring is left alone from now on */
  gboolean told;     /* under lock: that it is */
};

enum { NOTICE, N_SIGNALS };

static guint signals[N_SIGNALS];

static void wherry_secret_prompter_iface_init (WherryPrompterInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (WherrySecretPrompter,
                               wherry_secret_prompter,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (WHERRY_TYPE_PROMPTER,
                                                      wherry_secret_prompter_iface_init))

/* What a question asks for, as it is remembered. */
typedef struct {
  gatomicrefcount ref_count;
  WherrySecretPrompter *self;
  WherrySecretKind kind;
  GHashTable *attributes;
  char *id;
  char *label;
  gboolean from_store; /* the answer is what was remembered */
} Wanted;

static Wanted *
wanted_ref (Wanted *wanted)
{
  g_atomic_ref_count_inc (&wanted->ref_count);
  return wanted;
}

/* Any thread may drop the last one; a prompter is at home in the main thread only. */
static void
wanted_unref (gpointer data)
{
  Wanted *wanted = data;

  if (!g_atomic_ref_count_dec (&wanted->ref_count))
    return;
  g_idle_add_once (g_object_unref, wanted->self);
  g_hash_table_unref (wanted->attributes);
  g_free (wanted->id);
  g_free (wanted->label);
  g_free (wanted);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Wanted, wanted_unref)

/* A password asked for by keyboard-interactive: by its words, as a code for one time is not to be
 * remembered. */
static gboolean
asks_for_password (WherryPrompt *prompt)
{
  g_autofree char *label = NULL;

  if (wherry_prompt_get_n_fields (prompt) != 1 || wherry_prompt_is_field_visible (prompt, 0)
      || wherry_prompt_get_field_label (prompt, 0) == NULL)
    return FALSE;
  label = g_utf8_casefold (wherry_prompt_get_field_label (prompt, 0), -1);
  return strstr (label, "passw") != NULL && strstr (label, "new ") == NULL
         && strstr (label, "one-time") == NULL;
}

/* %NULL if the answer is not one to be remembered. */
static Wanted *
wanted_new (WherrySecretPrompter *self, WherryPrompt *prompt)
{
  WherryPromptKind kind = wherry_prompt_get_kind (prompt);
  const char *user = wherry_prompt_get_user (prompt);
  const char *fingerprint = wherry_prompt_get_fingerprint (prompt);
  g_autofree char *host = g_ascii_strdown (wherry_prompt_get_host (prompt), -1);
  g_autofree char *port = wherry_secret_format_port (wherry_prompt_get_port (prompt));
  const char *method = kind == WHERRY_PROMPT_PASSWORD ? "password" : "keyboard-interactive";
  Wanted *wanted;

  if (kind == WHERRY_PROMPT_HOST_KEY || (kind == WHERRY_PROMPT_PASSPHRASE && fingerprint == NULL)
      || (kind == WHERRY_PROMPT_INTERACTIVE && !asks_for_password (prompt)))
    return NULL;

  wanted = g_new0 (Wanted, 1);
  g_atomic_ref_count_init (&wanted->ref_count);
  wanted->self = g_object_ref (self);
  if (kind == WHERRY_PROMPT_PASSPHRASE)
    {
      wanted->kind = WHERRY_SECRET_PASSPHRASE;
      wanted->attributes = wherry_secret_attributes_new ("fingerprint", fingerprint, NULL);
      wanted->id = g_strdup (fingerprint);
      /* Translators: how it is called in a program that manages the keyring; %s is a file */
      wanted->label = g_strdup_printf (_ ("Passphrase of the SSH key %s"),
                                       wherry_prompt_get_key_file (prompt));
    }
  else
    {
      wanted->kind = WHERRY_SECRET_PASSWORD;
      wanted->attributes = wherry_secret_attributes_new ("user", user, "host", host, "port", port,
                                                         "method", method, NULL);
      wanted->id = g_strdup_printf ("%s %s %s@%s", method, port, user, host);
      /* Translators: how it is called in a program that manages the keyring; a user, a host, a
         port */
      wanted->label = g_strdup_printf (_ ("SSH password of %s@%s, port %s"), user, host, port);
    }
  return wanted;
}

static gboolean
is_wrong (WherrySecretPrompter *self, const char *id)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return g_hash_table_contains (self->wrong, id);
}

static gboolean
is_keyring_usable (WherrySecretPrompter *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->keyring != NULL && self->keyring_off == NULL;
}

typedef struct {
  WherrySecretPrompter *self;
  char *text;
} Notice;

static gboolean
on_notice (gpointer user_data)
{
  Notice *notice = user_data;

  g_signal_emit (notice->self, signals[NOTICE], 0, notice->text);
  return G_SOURCE_REMOVE;
}

static void
notice_free (gpointer data)
{
  Notice *notice = data;

  g_object_unref (notice->self);
  g_free (notice->text);
  g_free (notice);
}

/* Tells, once, that the keyring is left alone. */
static void
tell (WherrySecretPrompter *self)
{
  g_autofree char *text = NULL;
  Notice *notice;

  g_mutex_lock (&self->lock);
  if (!self->told && self->keyring_off != NULL)
    /* Translators: %s is a sentence that says why */
    text = g_strdup_printf (
        _ ("%s Passwords and passphrases are kept until Wherry ends, and no longer."),
        self->keyring_off);
  self->told = self->told || text != NULL;
  g_mutex_unlock (&self->lock);
  if (text == NULL)
    return;

  notice = g_new0 (Notice, 1);
  notice->self = g_object_ref (self);
  notice->text = g_steal_pointer (&text);
  g_idle_add_full (G_PRIORITY_DEFAULT, on_notice, notice, notice_free);
}

/*
 * One failure is enough for this run: a person who dismissed the prompt would be
 * asked again for every login, and a service that hangs would hold each up. That
 * there is none at all is told only to who wants something remembered in it.
 */
static void
give_up_keyring (WherrySecretPrompter *self, const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  g_mutex_lock (&self->lock);
  if (self->keyring_off == NULL)
    self->keyring_off = g_strdup (error->message);
  g_mutex_unlock (&self->lock);
  if (!g_error_matches (error, WHERRY_ERROR, WHERRY_ERROR_NO_KEYRING))
    tell (self);
}

/* One of what is remembered, in locked memory; %NULL if nothing is. */
static WherrySecret *
find (const Wanted *wanted, GCancellable *cancellable)
{
  WherrySecretPrompter *self = wanted->self;
  WherrySecretStore *const stores[] = { self->memory, self->keyring };

  for (gsize i = 0; i < G_N_ELEMENTS (stores); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) found = NULL;

      if (stores[i] == self->keyring && !is_keyring_usable (self))
        continue;
      found = wherry_secret_store_search (stores[i], wanted->kind, wanted->attributes, self->flags,
                                          cancellable, &error);
      if (found == NULL)
        give_up_keyring (self, error);
      else if (found->len > 0)
        return g_ptr_array_steal_index_fast (found, 0);
    }
  return NULL;
}

typedef struct {
  Wanted *wanted;
  WherryPromptKeep keep;
  WherrySecret *secret;
} Save;

static void
save_free (Save *save)
{
  wanted_unref (save->wanted);
  wherry_secret_free (save->secret);
  g_free (save);
}

/* Where a new secret goes, the old one goes from everywhere else. */
static void
save_now (const Save *save)
{
  const Wanted *wanted = save->wanted;
  WherrySecretPrompter *self = wanted->self;
  gboolean in_keyring = FALSE;
  g_autoptr (GError) error = NULL;

  if (save->keep == WHERRY_PROMPT_KEEP_KEYRING && self->keyring != NULL)
    {
      in_keyring
          = wherry_secret_store_save (self->keyring, wanted->kind, wanted->attributes,
                                      wanted->label, save->secret->text, self->flags, NULL, &error);
      if (!in_keyring)
        {
          give_up_keyring (self, error);
          tell (self);
        }
    }
  else if (is_wrong (self, wanted->id) && is_keyring_usable (self)
           && !wherry_secret_store_clear (self->keyring, wanted->kind, wanted->attributes,
                                          self->flags, NULL, &error))
    give_up_keyring (self, error);

  if (in_keyring || save->keep == WHERRY_PROMPT_KEEP_NEVER)
    wherry_secret_store_clear (self->memory, wanted->kind, wanted->attributes, self->flags, NULL,
                               NULL);
  else
    wherry_secret_store_save (self->memory, wanted->kind, wanted->attributes, wanted->label,
                              save->secret->text, self->flags, NULL, NULL);

  g_mutex_lock (&self->lock);
  g_hash_table_remove (self->wrong, wanted->id);
  g_mutex_unlock (&self->lock);
}

static gpointer
save_in_thread (gpointer data)
{
  Save *save = data;
  WherrySecretPrompter *self = save->wanted->self;

  save_now (save);
  g_mutex_lock (&self->lock);
  self->n_saving--;
  g_mutex_unlock (&self->lock);
  g_main_context_wakeup (NULL);
  save_free (save);
  return NULL;
}

/* The login goes on meanwhile. */
static void
begin_saving (Wanted *wanted, WherryPrompt *prompt)
{
  WherrySecretPrompter *self = wanted->self;
  Save *save = g_new0 (Save, 1);

  save->wanted = wanted_ref (wanted);
  save->keep = wherry_prompt_get_keep (prompt);
  save->secret = wherry_secret_new (wanted->attributes, wherry_prompt_get_answer (prompt, 0));
  g_mutex_lock (&self->lock);
  self->n_saving++;
  g_mutex_unlock (&self->lock);
  g_thread_unref (g_thread_new ("secret", save_in_thread, save));
}

static void
on_settled (WherryPrompt *prompt, gboolean worked, gpointer user_data)
{
  Wanted *wanted = user_data;
  WherrySecretPrompter *self = wanted->self;

  if (wanted->from_store)
    {
      if (worked)
        return;
      g_mutex_lock (&self->lock);
      g_hash_table_add (self->wrong, g_strdup (wanted->id));
      g_mutex_unlock (&self->lock);
    }
  else if (worked && wherry_prompt_get_answer (prompt, 0) != NULL)
    begin_saving (wanted, prompt);
}

static void
on_asked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  WherryPrompter *prompter = WHERRY_PROMPTER (source);
  GError *error = NULL;

  if (WHERRY_PROMPTER_GET_IFACE (prompter)->ask_finish (prompter, result, &error))
    g_task_return_boolean (task, TRUE);
  else if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, FALSE);
}

static void
ask_person (GTask *task, WherryPrompt *prompt)
{
  WherrySecretPrompter *self = g_task_get_source_object (task);

  wherry_prompt_set_open (prompt, TRUE);
  WHERRY_PROMPTER_GET_IFACE (self->prompter)
      ->ask_async (self->prompter, prompt, g_task_get_cancellable (task), on_asked,
                   g_object_ref (task));
}

static void
ask_with_keeping (GTask *task, WherryPrompt *prompt, const Wanted *wanted)
{
  WherrySecretPrompter *self = wanted->self;

  wherry_prompt_set_was_remembered (prompt, is_wrong (self, wanted->id));
  wherry_prompt_offer_keeping (prompt,
                               is_keyring_usable (self) ? WHERRY_PROMPT_KEEP_KEYRING
                                                        : WHERRY_PROMPT_KEEP_SESSION,
                               self->usual);
  if (self->usual == WHERRY_PROMPT_KEEP_KEYRING)
    tell (self);
  ask_person (task, prompt);
}

static void
find_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  g_task_return_pointer (task, find (task_data, cancellable), (GDestroyNotify) wherry_secret_free);
}

static void
on_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  WherryPrompt *prompt = g_task_get_task_data (task);
  Wanted *wanted = g_task_get_task_data (G_TASK (result));
  g_autoptr (WherrySecret) secret = g_task_propagate_pointer (G_TASK (result), NULL);

  if (g_task_return_error_if_cancelled (task))
    return;
  if (secret == NULL)
    {
      ask_with_keeping (task, prompt, wanted);
      return;
    }
  wanted->from_store = TRUE;
  wherry_prompt_set_answer (prompt, 0, secret->text);
  g_task_return_boolean (task, TRUE);
}

static void
wherry_secret_prompter_ask_async (WherryPrompter *prompter,
                                  WherryPrompt *prompt,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  WherrySecretPrompter *self = WHERRY_SECRET_PROMPTER (prompter);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (Wanted) wanted = wanted_new (self, prompt);

  g_task_set_source_tag (task, wherry_secret_prompter_ask_async);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, g_object_ref (prompt), g_object_unref);

  if (wanted == NULL)
    {
      ask_person (task, prompt);
      return;
    }
  g_signal_connect_data (prompt, "settled", G_CALLBACK (on_settled), wanted_ref (wanted),
                         (GClosureNotify) (GCallback) wanted_unref, 0);
  if (wherry_prompt_get_attempt (prompt) > 1 || is_wrong (self, wanted->id))
    ask_with_keeping (task, prompt, wanted);
  else
    {
      g_autoptr (GTask) search = g_task_new (self, cancellable, on_found, g_object_ref (task));

      wherry_prompt_set_open (prompt, FALSE);
      g_task_set_check_cancellable (search, FALSE);
      g_task_set_task_data (search, wanted_ref (wanted), wanted_unref);
      g_task_run_in_thread (search, find_in_thread);
    }
}

static gboolean
wherry_secret_prompter_ask_finish (WherryPrompter *prompter, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, prompter), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
wherry_secret_prompter_iface_init (WherryPrompterInterface *iface)
{
  iface->ask_async = wherry_secret_prompter_ask_async;
  iface->ask_finish = wherry_secret_prompter_ask_finish;
}

static void
wherry_secret_prompter_finalize (GObject *object)
{
  WherrySecretPrompter *self = WHERRY_SECRET_PROMPTER (object);

  g_object_unref (self->prompter);
  g_clear_object (&self->keyring);
  g_object_unref (self->memory);
  g_hash_table_unref (self->wrong);
  g_free (self->keyring_off);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (wherry_secret_prompter_parent_class)->finalize (object);
}

static void
wherry_secret_prompter_class_init (WherrySecretPrompterClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wherry_secret_prompter_finalize;

  /**
   * WherrySecretPrompter::notice:
   * @self: the prompter
   * @text: what to tell, fit to be shown
   *
   * Something a person should know, told once. In the default main context.
   */
  signals[NOTICE] = g_signal_new ("notice", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
wherry_secret_prompter_init (WherrySecretPrompter *self)
{
  g_mutex_init (&self->lock);
  self->usual = WHERRY_PROMPT_KEEP_SESSION;
  self->wrong = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

/**
 * wherry_secret_prompter_new:
 * @prompter: who asks the person
 * @keyring: (nullable): where secrets are remembered; %NULL: nowhere
 * @memory: where secrets are kept until the program ends
 * @flags: whether a person may be asked to unlock the keyring
 *
 * Returns: (transfer full): the prompter
 */
WherrySecretPrompter *
wherry_secret_prompter_new (WherryPrompter *prompter,
                            WherrySecretStore *keyring,
                            WherrySecretStore *memory,
                            WherrySecretFlags flags)
{
  g_return_val_if_fail (WHERRY_IS_PROMPTER (prompter), NULL);
  g_return_val_if_fail (keyring == NULL || WHERRY_IS_SECRET_STORE (keyring), NULL);
  g_return_val_if_fail (WHERRY_IS_SECRET_STORE (memory), NULL);

  WherrySecretPrompter *self = g_object_new (WHERRY_TYPE_SECRET_PROMPTER, NULL);

  self->prompter = g_object_ref (prompter);
  g_set_object (&self->keyring, keyring);
  self->memory = g_object_ref (memory);
  self->flags = flags;
  return self;
}

/**
 * wherry_secret_prompter_set_usual:
 * @self: the prompter
 * @usual: how long an answer is kept unless the person says otherwise
 *
 * In the thread of the default main context.
 */
void
wherry_secret_prompter_set_usual (WherrySecretPrompter *self, WherryPromptKeep usual)
{
  g_return_if_fail (WHERRY_IS_SECRET_PROMPTER (self));
  self->usual = usual;
}

/**
 * wherry_secret_prompter_is_saving:
 * @self: the prompter
 *
 * Who ends the program iterates the default main context until this is over: it
 * is woken up then.
 *
 * Returns: whether something that worked is still to be remembered
 */
gboolean
wherry_secret_prompter_is_saving (WherrySecretPrompter *self)
{
  g_return_val_if_fail (WHERRY_IS_SECRET_PROMPTER (self), FALSE);

  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->n_saving > 0;
}
