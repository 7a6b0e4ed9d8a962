#include "config.h"

#include "ui/wherry-trust.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include "base/wherry-error.h"
#include "sites/wherry-secret-keyring.h"
#include "sites/wherry-secret-memory.h"
#include "sites/wherry-secret-prompter.h"
#include "ui/wherry-dialog-prompter.h"
#include "ui/wherry-settings.h"
#include "ui/wherry-toast.h"
#include "ui/wherry-window.h"

struct _WherryTrust {
  GObject parent_instance;

  WherrySecretStore *keyring; /* (nullable) */
  WherrySecretStore *memory;
  WherryHostKeyChain *host_keys;
};

G_DEFINE_FINAL_TYPE (WherryTrust, wherry_trust, G_TYPE_OBJECT)

static gboolean keyring_off;

static void
wherry_trust_finalize (GObject *object)
{
  WherryTrust *self = WHERRY_TRUST (object);

  g_clear_object (&self->host_keys);
  g_clear_object (&self->memory);
  g_clear_object (&self->keyring);

  G_OBJECT_CLASS (wherry_trust_parent_class)->finalize (object);
}

static void
wherry_trust_class_init (WherryTrustClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wherry_trust_finalize;
}

/* Below the dialogs that may be open, and there until it was read. */
static void
on_notice (gpointer source, const char *text)
{
  GtkApplication *application = GTK_APPLICATION (g_application_get_default ());
  GtkWindow *window = gtk_application_get_active_window (application);
  GtkWidget *label;
  AdwToast *toast;

  while (window != NULL && !WHERRY_IS_WINDOW (window))
    window = gtk_window_get_transient_for (window);
  if (window == NULL)
    return;

  label = gtk_label_new (text);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 36);
  toast = wherry_toast_new (text);
  adw_toast_set_custom_title (toast, label);
  adw_toast_set_timeout (toast, 0);
  wherry_window_add_toast (WHERRY_WINDOW (window), toast);
}

static void
wherry_trust_init (WherryTrust *self)
{
  if (!keyring_off)
    self->keyring = wherry_secret_keyring_new ();
  self->memory = wherry_secret_memory_new ();
  self->host_keys = wherry_host_key_chain_new_default (self->keyring, WHERRY_SECRET_MAY_PROMPT);
  g_signal_connect (self->host_keys, "notice", G_CALLBACK (on_notice), NULL);
}

/**
 * wherry_trust_set_keyring_off:
 * @off: whether the keyring is left alone
 *
 * To be called before anything else.
 */
void
wherry_trust_set_keyring_off (gboolean off)
{
  keyring_off = off;
}

/**
 * wherry_trust_ref_default:
 *
 * Returns: (transfer full): the one of this run
 */
WherryTrust *
wherry_trust_ref_default (void)
{
  static WherryTrust *trust;

  if (trust == NULL)
    trust = g_object_new (WHERRY_TYPE_TRUST, NULL);
  return g_object_ref (trust);
}

/**
 * wherry_trust_get_host_keys:
 * @self: the trust
 *
 * Returns: (transfer none): the host keys on record
 */
WherryHostKeyChain *
wherry_trust_get_host_keys (WherryTrust *self)
{
  g_return_val_if_fail (WHERRY_IS_TRUST (self), NULL);
  return self->host_keys;
}

typedef struct {
  char *user;
  char *host;
  guint16 port;
} ForgottenLogin;

static void
forgotten_login_free (gpointer data)
{
  ForgottenLogin *login = data;

  g_free (login->user);
  g_free (login->host);
  g_free (login);
}

static void
forget_login_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  WherryTrust *self = source;
  const ForgottenLogin *login = task_data;
  g_autoptr (GError) error = NULL;

  wherry_secret_store_clear_login (self->memory, login->user, login->host, login->port, NULL, NULL);
  if (self->keyring != NULL
      && !wherry_secret_store_clear_login (self->keyring, login->user, login->host, login->port,
                                           NULL, &error)
      && !g_error_matches (error, WHERRY_ERROR, WHERRY_ERROR_NO_KEYRING))
    g_warning ("a password may still be in the keyring: %s", error->message);
  g_task_return_boolean (task, TRUE);
}

/**
 * wherry_trust_forget_login:
 * @self: the trust
 * @user: the account
 * @host: the server's name or address
 * @port: its port
 *
 * Deletes the passwords that are remembered for a login: its site was deleted.
 */
void
wherry_trust_forget_login (WherryTrust *self, const char *user, const char *host, guint16 port)
{
  g_return_if_fail (WHERRY_IS_TRUST (self));
  g_return_if_fail (user != NULL);
  g_return_if_fail (host != NULL);

  g_autoptr (GTask) task = g_task_new (self, NULL, NULL, NULL);
  ForgottenLogin *login = g_new0 (ForgottenLogin, 1);

  login->user = g_strdup (user);
  login->host = g_strdup (host);
  login->port = port;
  g_task_set_task_data (task, login, forgotten_login_free);
  g_task_run_in_thread (task, forget_login_in_thread);
}

static WherryPromptKeep
get_usual_keep (GSettings *settings)
{
  g_autofree char *name = g_settings_get_string (settings, WHERRY_SETTINGS_KEEP_SECRETS);

  if (g_str_equal (name, "keyring"))
    return WHERRY_PROMPT_KEEP_KEYRING;
  return g_str_equal (name, "never") ? WHERRY_PROMPT_KEEP_NEVER : WHERRY_PROMPT_KEEP_SESSION;
}

static void
on_keep_changed (GSettings *settings, const char *key, WherrySecretPrompter *prompter)
{
  wherry_secret_prompter_set_usual (prompter, get_usual_keep (settings));
}

/**
 * wherry_trust_new_prompter:
 * @self: the trust
 * @parent: (nullable): the window that questions are put over; %NULL: the one in
 *   use
 * @settings: (nullable): how long answers are kept unless the person says
 *   otherwise
 *
 * Returns: (transfer full): who answers the questions of sessions: with what is
 *   remembered, or by asking
 */
WherryPrompter *
wherry_trust_new_prompter (WherryTrust *self, GtkWindow *parent, GSettings *settings)
{
  g_return_val_if_fail (WHERRY_IS_TRUST (self), NULL);
  g_return_val_if_fail (parent == NULL || GTK_IS_WINDOW (parent), NULL);

  g_autoptr (WherryPrompter) dialogs = wherry_dialog_prompter_new (parent);
  WherrySecretPrompter *prompter
      = wherry_secret_prompter_new (dialogs, self->keyring, self->memory, WHERRY_SECRET_MAY_PROMPT);

  if (settings != NULL)
    {
      wherry_secret_prompter_set_usual (prompter, get_usual_keep (settings));
      g_signal_connect_object (settings, "changed::" WHERRY_SETTINGS_KEEP_SECRETS,
                               G_CALLBACK (on_keep_changed), prompter, 0);
    }
  g_signal_connect (prompter, "notice", G_CALLBACK (on_notice), NULL);
  return WHERRY_PROMPTER (prompter);
}
