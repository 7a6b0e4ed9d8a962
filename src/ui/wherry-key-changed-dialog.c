#include "config.h"

#include "ui/wherry-key-changed-dialog.h"

#include <glib/gi18n-lib.h>

#include "ui/wherry-host-key-card.h"

/* A window less wide has the keys below each other, in pixels. */
#define NARROW 560

struct _WherryKeyChangedDialog {
  AdwMessageDialog parent_instance;

  /* Template widgets */
  GtkBox *cards;
  GtkCheckButton *checked_button;

  /* Owned */
  WherryPrompt *prompt;

  /* Borrowed */
  WherryHostKeyCard *new_card; /* in @cards */
};

G_DEFINE_FINAL_TYPE (WherryKeyChangedDialog, wherry_key_changed_dialog, ADW_TYPE_MESSAGE_DIALOG)

static void
on_checked (WherryKeyChangedDialog *self)
{
  adw_message_dialog_set_response_enabled (ADW_MESSAGE_DIALOG (self), "replace",
                                           gtk_check_button_get_active (self->checked_button));
}

static void
wherry_key_changed_dialog_dispose (GObject *object)
{
  g_clear_object (&WHERRY_KEY_CHANGED_DIALOG (object)->prompt);
  G_OBJECT_CLASS (wherry_key_changed_dialog_parent_class)->dispose (object);
}

/* From a fingerprint Return is the default, to stop. Side by side the keys are compared best. */
static void
wherry_key_changed_dialog_map (GtkWidget *widget)
{
  WherryKeyChangedDialog *self = WHERRY_KEY_CHANGED_DIALOG (widget);

  GtkWindow *parent = gtk_window_get_transient_for (GTK_WINDOW (self));

  if (parent != NULL && gtk_widget_get_width (GTK_WIDGET (parent)) < NARROW)
    gtk_orientable_set_orientation (GTK_ORIENTABLE (self->cards), GTK_ORIENTATION_VERTICAL);
  GTK_WIDGET_CLASS (wherry_key_changed_dialog_parent_class)->map (widget);
  wherry_host_key_card_grab_focus (self->new_card);
}

static void
wherry_key_changed_dialog_class_init (WherryKeyChangedDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wherry_key_changed_dialog_dispose;
  widget_class->map = wherry_key_changed_dialog_map;

  gtk_widget_class_set_template_from_resource (
      widget_class, "/app/wherry/Wherry/ui/wherry-key-changed-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, WherryKeyChangedDialog, cards);
  gtk_widget_class_bind_template_child (widget_class, WherryKeyChangedDialog, checked_button);
  gtk_widget_class_bind_template_callback (widget_class, on_checked);
}

static void
wherry_key_changed_dialog_init (WherryKeyChangedDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

static WherryHostKeyCard *
add_card (WherryKeyChangedDialog *self, const char *title, WherryHostKey *key)
{
  WherryHostKeyCard *card = g_object_new (WHERRY_TYPE_HOST_KEY_CARD, NULL);

  wherry_host_key_card_set_key (card, title, key);
  gtk_box_append (self->cards, GTK_WIDGET (card));
  return card;
}

/**
 * wherry_key_changed_dialog_new:
 * @prompt: a prompt of kind %WHERRY_PROMPT_HOST_KEY, with known keys
 *
 * Returns: (transfer floating): the dialog; not presented
 */
GtkWidget *
wherry_key_changed_dialog_new (WherryPrompt *prompt)
{
  g_return_val_if_fail (WHERRY_IS_PROMPT (prompt), NULL);
  g_return_val_if_fail (wherry_prompt_get_known_keys (prompt) != NULL, NULL);

  WherryKeyChangedDialog *self = g_object_new (WHERRY_TYPE_KEY_CHANGED_DIALOG, NULL);
  GPtrArray *known = wherry_prompt_get_known_keys (prompt);
  WherryHostKey *recorded = g_ptr_array_index (known, 0);

  self->prompt = g_object_ref (prompt);
  adw_message_dialog_format_body (ADW_MESSAGE_DIALOG (self),
                                  /* Translators: the server's name, its port number. */
                                  _ ("“%s” (port %u) shows another key than the one on record. "
                                     "Nothing has been sent to it."),
                                  wherry_prompt_get_host (prompt),
                                  (guint) wherry_prompt_get_port (prompt));
  /* Of several the one of the same kind, if any: the pair that can be compared. */
  for (guint i = 0; i < known->len; i++)
    if (g_str_equal (wherry_host_key_get_key_type (g_ptr_array_index (known, i)),
                     wherry_host_key_get_key_type (wherry_prompt_get_host_key (prompt))))
      recorded = g_ptr_array_index (known, i);
  add_card (self, _ ("On Record"), recorded);
  self->new_card = add_card (self, _ ("Shown Now"), wherry_prompt_get_host_key (prompt));
  return GTK_WIDGET (self);
}

/**
 * wherry_key_changed_dialog_answer:
 * @self: the dialog
 * @response: the response it was closed with
 *
 * Puts the choice into the prompt.
 *
 * Returns: %FALSE if the person declined
 */
gboolean
wherry_key_changed_dialog_answer (WherryKeyChangedDialog *self, const char *response)
{
  g_return_val_if_fail (WHERRY_IS_KEY_CHANGED_DIALOG (self), FALSE);

  gboolean replace
      = g_strcmp0 (response, "replace") == 0 && gtk_check_button_get_active (self->checked_button);

  wherry_prompt_set_choice (self->prompt,
                            replace ? WHERRY_HOST_KEY_REPLACE : WHERRY_HOST_KEY_REFUSE);
  return replace;
}
