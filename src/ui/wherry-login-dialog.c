#include "config.h"

#include "ui/wherry-login-dialog.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-text.h"

struct _WherryLoginDialog {
  AdwMessageDialog parent_instance;

  /* Template widgets */
  GtkLabel *attempt_label;
  GtkWidget *words_box;
  GtkLabel *words_label;
  GtkBox *fields_box;
  GtkWidget *keep_box;
  GtkDropDown *keep_drop_down;
  GtkWidget *keep_note;

  /* Owned */
  WherryPrompt *prompt;
  GPtrArray *entries; /* element-type GtkEditable, one for each field */
};

G_DEFINE_FINAL_TYPE (WherryLoginDialog, wherry_login_dialog, ADW_TYPE_MESSAGE_DIALOG)

static void
wherry_login_dialog_dispose (GObject *object)
{
  WherryLoginDialog *self = WHERRY_LOGIN_DIALOG (object);

  g_clear_object (&self->prompt);
  g_clear_pointer (&self->entries, g_ptr_array_unref);

  G_OBJECT_CLASS (wherry_login_dialog_parent_class)->dispose (object);
}

static void
wherry_login_dialog_class_init (WherryLoginDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wherry_login_dialog_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/app/wherry/Wherry/ui/wherry-login-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, WherryLoginDialog, attempt_label);
  gtk_widget_class_bind_template_child (widget_class, WherryLoginDialog, words_box);
  gtk_widget_class_bind_template_child (widget_class, WherryLoginDialog, words_label);
  gtk_widget_class_bind_template_child (widget_class, WherryLoginDialog, fields_box);
  gtk_widget_class_bind_template_child (widget_class, WherryLoginDialog, keep_box);
  gtk_widget_class_bind_template_child (widget_class, WherryLoginDialog, keep_drop_down);
  gtk_widget_class_bind_template_child (widget_class, WherryLoginDialog, keep_note);
}

static void
wherry_login_dialog_init (WherryLoginDialog *self)
{
  self->entries = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

static gboolean
has_text (const char *text)
{
  return text != NULL && *text != '\0';
}

static void
add_field (WherryLoginDialog *self, const char *title, gboolean visible)
{
  GtkWidget *label = gtk_label_new (title);
  GtkWidget *entry;

  if (visible)
    {
      entry = gtk_entry_new ();
      gtk_entry_set_activates_default (GTK_ENTRY (entry), TRUE);
    }
  else
    {
      entry = gtk_password_entry_new ();
      gtk_password_entry_set_show_peek_icon (GTK_PASSWORD_ENTRY (entry), TRUE);
      g_object_set (entry, "activates-default", TRUE, NULL);
    }

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 40);
  gtk_label_set_mnemonic_widget (GTK_LABEL (label), entry);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);

  gtk_box_append (self->fields_box, label);
  gtk_box_append (self->fields_box, entry);
  g_ptr_array_add (self->entries, entry);

  if (self->entries->len == 1)
    gtk_window_set_focus (GTK_WINDOW (self), entry);
}

/* Whatever the server says stands apart from our own words, and is marked as its own (rule R6). */
static void
add_server_words (WherryLoginDialog *self)
{
  const char *name = wherry_prompt_get_name (self->prompt);
  const char *instruction = wherry_prompt_get_instruction (self->prompt);
  g_autoptr (GString) words = g_string_new (name);

  if (has_text (name) && has_text (instruction))
    g_string_append_c (words, '\n');
  if (has_text (instruction))
    g_string_append (words, instruction);

  gtk_label_set_text (self->words_label, words->str);
  gtk_widget_set_visible (self->words_box, words->len > 0);
}

static void
fill_interactive (WherryLoginDialog *self)
{
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (self);
  guint n_fields = wherry_prompt_get_n_fields (self->prompt);

  adw_message_dialog_set_heading (dialog, _ ("Log In"));
  /* Translators: the server's name, then the user's. */
  adw_message_dialog_format_body (dialog,
                                  n_fields > 0 ? _ ("“%s” wants to know from user “%s”:")
                                               : _ ("“%s” has a message for user “%s”:"),
                                  wherry_prompt_get_host (self->prompt),
                                  wherry_prompt_get_user (self->prompt));
  add_server_words (self);

  for (guint i = 0; i < n_fields; i++)
    {
      const char *label = wherry_prompt_get_field_label (self->prompt, i);

      add_field (self, has_text (label) ? label : _ ("Answer"),
                 wherry_prompt_is_field_visible (self->prompt, i));
    }
  if (n_fields == 0)
    adw_message_dialog_set_response_label (dialog, "login", _ ("_Continue"));
}

/* From the shortest to the longest, as WherryPromptKeep has them. */
static void
fill_keeping (WherryLoginDialog *self)
{
  WherryPromptKeep longest = wherry_prompt_get_longest_keep (self->prompt);
  const char *const names[] = { _ ("Never"), _ ("Until Wherry Is Closed"), _ ("In the Keyring") };
  g_autoptr (GtkStringList) list = gtk_string_list_new (NULL);

  for (WherryPromptKeep keep = WHERRY_PROMPT_KEEP_NEVER; keep <= longest; keep++)
    gtk_string_list_append (list, names[keep]);
  gtk_drop_down_set_model (self->keep_drop_down, G_LIST_MODEL (list));
  gtk_drop_down_set_selected (self->keep_drop_down, wherry_prompt_get_keep (self->prompt));
  gtk_widget_set_visible (self->keep_box, longest > WHERRY_PROMPT_KEEP_NEVER);
  gtk_widget_set_visible (self->keep_note, longest < WHERRY_PROMPT_KEEP_KEYRING);
}

static void
fill (WherryLoginDialog *self)
{
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (self);
  gboolean was_remembered = wherry_prompt_was_remembered (self->prompt);
  const char *retry = NULL;

  fill_keeping (self);
  switch (wherry_prompt_get_kind (self->prompt))
    {
    case WHERRY_PROMPT_PASSWORD:
      adw_message_dialog_set_heading (dialog, _ ("Password Required"));
      adw_message_dialog_format_body (dialog, _ ("Enter the password of user “%s” on “%s”."),
                                      wherry_prompt_get_user (self->prompt),
                                      wherry_prompt_get_host (self->prompt));
      add_field (self, _ ("Password"), FALSE);
      retry = was_remembered ? _ ("The remembered password was not accepted.")
                             : _ ("That password was not accepted. Try again.");
      break;
      case WHERRY_PROMPT_PASSPHRASE: {
        const char *file = wherry_prompt_get_key_file (self->prompt);
        g_autofree char *shown = wherry_text_display_name (file != NULL ? file : "");

        adw_message_dialog_set_heading (dialog, _ ("Key Is Locked"));
        adw_message_dialog_format_body (
            dialog,
            _ ("Enter the passphrase of the key “%s” to log in to “%s”. "
               "It stays on this computer."),
            shown, wherry_prompt_get_host (self->prompt));
        adw_message_dialog_set_response_label (dialog, "login", _ ("_Unlock"));
        add_field (self, _ ("Passphrase"), FALSE);
        retry = was_remembered ? _ ("The remembered passphrase does not fit the key.")
                               : _ ("That passphrase does not fit the key. Try again.");
        break;
      }
    case WHERRY_PROMPT_INTERACTIVE:
      fill_interactive (self);
      retry = was_remembered ? _ ("The remembered password was not accepted.")
                             : _ ("That was not accepted. Try again.");
      break;
    case WHERRY_PROMPT_HOST_KEY:
    default:
      g_assert_not_reached ();
    }

  if (wherry_prompt_get_attempt (self->prompt) > 1 || was_remembered)
    {
      gtk_label_set_text (self->attempt_label, retry);
      gtk_widget_set_visible (GTK_WIDGET (self->attempt_label), TRUE);
    }
}

/**
 * wherry_login_dialog_new:
 * @prompt: a prompt of any kind but %WHERRY_PROMPT_HOST_KEY
 *
 * Returns: (transfer floating): the dialog; not presented
 */
GtkWidget *
wherry_login_dialog_new (WherryPrompt *prompt)
{
  g_return_val_if_fail (WHERRY_IS_PROMPT (prompt), NULL);

  WherryLoginDialog *self = g_object_new (WHERRY_TYPE_LOGIN_DIALOG, NULL);

  self->prompt = g_object_ref (prompt);
  fill (self);

  return GTK_WIDGET (self);
}

/**
 * wherry_login_dialog_answer:
 * @self: the dialog
 * @response: the response it was closed with
 *
 * Puts what was typed into the prompt, and wipes the entries.
 *
 * Returns: %FALSE if the person declined
 */
gboolean
wherry_login_dialog_answer (WherryLoginDialog *self, const char *response)
{
  g_return_val_if_fail (WHERRY_IS_LOGIN_DIALOG (self), FALSE);

  gboolean accepted = g_strcmp0 (response, "login") == 0;

  if (accepted)
    wherry_prompt_set_keep (self->prompt, gtk_drop_down_get_selected (self->keep_drop_down));
  for (guint i = 0; i < self->entries->len; i++)
    {
      GtkEditable *entry = g_ptr_array_index (self->entries, i);

      if (accepted)
        wherry_prompt_set_answer (self->prompt, i, gtk_editable_get_text (entry));
      gtk_editable_set_text (entry, "");
    }

  return accepted;
}
