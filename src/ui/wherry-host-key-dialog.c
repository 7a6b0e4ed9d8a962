#include "config.h"

#include "ui/wherry-host-key-dialog.h"

#include <glib/gi18n-lib.h>

#include "ui/wherry-host-key-card.h"

struct _WherryHostKeyDialog {
  AdwMessageDialog parent_instance;

  /* Template widgets */
  GtkLabel *remark_label;
  WherryHostKeyCard *card;
  GtkLabel *command_label;

  /* Owned */
  WherryPrompt *prompt;
};

G_DEFINE_FINAL_TYPE (WherryHostKeyDialog, wherry_host_key_dialog, ADW_TYPE_MESSAGE_DIALOG)

/* Which of sshd's files holds it. */
static const struct {
  const char *type;
  const char *file;
} key_files[] = {
  { "ssh-ed25519", "ed25519" },
  { "ecdsa-sha2-nistp256", "ecdsa" },
  { "ecdsa-sha2-nistp384", "ecdsa" },
  { "ecdsa-sha2-nistp521", "ecdsa" },
  { "ssh-rsa", "rsa" },
  { "ssh-dss", "dsa" },
};

static void
wherry_host_key_dialog_dispose (GObject *object)
{
  g_clear_object (&WHERRY_HOST_KEY_DIALOG (object)->prompt);
  G_OBJECT_CLASS (wherry_host_key_dialog_parent_class)->dispose (object);
}

/* GTK would begin at the first button, which accepts the key where the buttons stand below each
   other: a Return too many must not do that (rule R10). From the fingerprint it is the default,
   Cancel. */
static void
wherry_host_key_dialog_map (GtkWidget *widget)
{
  WherryHostKeyDialog *self = WHERRY_HOST_KEY_DIALOG (widget);

  GTK_WIDGET_CLASS (wherry_host_key_dialog_parent_class)->map (widget);
  wherry_host_key_card_grab_focus (self->card);
}

static void
wherry_host_key_dialog_class_init (WherryHostKeyDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wherry_host_key_dialog_dispose;
  widget_class->map = wherry_host_key_dialog_map;

  g_type_ensure (WHERRY_TYPE_HOST_KEY_CARD);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/app/wherry/Wherry/ui/wherry-host-key-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, WherryHostKeyDialog, remark_label);
  gtk_widget_class_bind_template_child (widget_class, WherryHostKeyDialog, card);
  gtk_widget_class_bind_template_child (widget_class, WherryHostKeyDialog, command_label);
}

static void
wherry_host_key_dialog_init (WherryHostKeyDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * wherry_host_key_dialog_new:
 * @prompt: a prompt of kind %WHERRY_PROMPT_HOST_KEY
 *
 * Returns: (transfer floating): the dialog; not presented
 */
GtkWidget *
wherry_host_key_dialog_new (WherryPrompt *prompt)
{
  g_return_val_if_fail (WHERRY_IS_PROMPT (prompt), NULL);
  g_return_val_if_fail (wherry_prompt_get_kind (prompt) == WHERRY_PROMPT_HOST_KEY, NULL);

  WherryHostKeyDialog *self = g_object_new (WHERRY_TYPE_HOST_KEY_DIALOG, NULL);
  WherryHostKey *key = wherry_prompt_get_host_key (prompt);
  const char *type = wherry_host_key_get_key_type (key);
  const char *file = "ed25519";
  const char *address = wherry_prompt_get_address (prompt);
  const char *remark = wherry_prompt_get_remark (prompt);
  g_autofree char *where = NULL;
  g_autofree char *command = NULL;

  self->prompt = g_object_ref (prompt);

  if (address != NULL && !g_str_equal (address, wherry_prompt_get_host (prompt)))
    /* Translators: the server's name, its port number, its address. */
    where = g_strdup_printf (_ ("“%s” (port %u, address %s)"), wherry_prompt_get_host (prompt),
                             (guint) wherry_prompt_get_port (prompt), address);
  else
    /* Translators: the server's name, its port number. */
    where = g_strdup_printf (_ ("“%s” (port %u)"), wherry_prompt_get_host (prompt),
                             (guint) wherry_prompt_get_port (prompt));
  adw_message_dialog_format_body (ADW_MESSAGE_DIALOG (self),
                                  /* Translators: a server: its name, port and address. */
                                  _ ("You have not connected to %s before, so its identity can’t "
                                     "be checked. Somebody else could be answering in its place."),
                                  where);
  gtk_label_set_text (self->remark_label, remark != NULL ? remark : "");
  gtk_widget_set_visible (GTK_WIDGET (self->remark_label), remark != NULL);
  wherry_host_key_card_set_key (self->card, NULL, key);

  for (gsize i = 0; i < G_N_ELEMENTS (key_files); i++)
    if (g_str_equal (key_files[i].type, type))
      file = key_files[i].file;
  command = g_strdup_printf ("ssh-keygen -lvf /etc/ssh/ssh_host_%s_key.pub", file);
  gtk_label_set_text (self->command_label, command);

  return GTK_WIDGET (self);
}

/**
 * wherry_host_key_dialog_answer:
 * @self: the dialog
 * @response: the response it was closed with
 *
 * Puts the choice into the prompt.
 *
 * Returns: %FALSE if the person declined
 */
gboolean
wherry_host_key_dialog_answer (WherryHostKeyDialog *self, const char *response)
{
  g_return_val_if_fail (WHERRY_IS_HOST_KEY_DIALOG (self), FALSE);

  if (g_strcmp0 (response, "once") == 0)
    wherry_prompt_set_choice (self->prompt, WHERRY_HOST_KEY_ACCEPT_ONCE);
  else if (g_strcmp0 (response, "remember") == 0)
    wherry_prompt_set_choice (self->prompt, WHERRY_HOST_KEY_ACCEPT_AND_REMEMBER);
  else
    {
      wherry_prompt_set_choice (self->prompt, WHERRY_HOST_KEY_REFUSE);
      return FALSE;
    }

  return TRUE;
}
