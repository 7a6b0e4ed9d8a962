#include "config.h"

#include "ui/wherry-host-key-card.h"

#include <glib/gi18n-lib.h>

struct _WherryHostKeyCard {
  GtkBox parent_instance;

  /* Template widgets */
  GtkLabel *title_label;
  GtkLabel *fingerprint_label;
  GtkLabel *picture_label;
};

G_DEFINE_FINAL_TYPE (WherryHostKeyCard, wherry_host_key_card, GTK_TYPE_BOX)

static void
wherry_host_key_card_class_init (WherryHostKeyCardClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/app/wherry/Wherry/ui/wherry-host-key-card.ui");
  gtk_widget_class_bind_template_child (widget_class, WherryHostKeyCard, title_label);
  gtk_widget_class_bind_template_child (widget_class, WherryHostKeyCard, fingerprint_label);
  gtk_widget_class_bind_template_child (widget_class, WherryHostKeyCard, picture_label);
}

static void
wherry_host_key_card_init (WherryHostKeyCard *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * wherry_host_key_card_set_key:
 * @self: the card
 * @title: (nullable): what the key is, in front of its kind
 * @key: the key
 */
void
wherry_host_key_card_set_key (WherryHostKeyCard *self, const char *title, WherryHostKey *key)
{
  g_return_if_fail (WHERRY_IS_HOST_KEY_CARD (self));
  g_return_if_fail (key != NULL);

  g_autofree char *type = wherry_host_key_dup_type_name (key);
  /* Translators: a kind of key, as in "Ed25519 key, SHA-256 fingerprint". */
  g_autofree char *kind = g_strdup_printf (_ ("%s key, SHA-256 fingerprint"), type);
  g_autofree char *text = title != NULL ? g_strdup_printf ("%s\n%s", title, kind) : g_strdup (kind);
  g_autofree char *picture = wherry_host_key_to_picture (key);

  gtk_label_set_text (self->title_label, text);
  gtk_label_set_text (self->fingerprint_label, wherry_host_key_get_fingerprint (key));
  gtk_label_set_text (self->picture_label, picture);
  /* A label is called by its text, which nobody wants to hear. */
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->picture_label),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("The fingerprint as a picture"),
                                  -1);
}

/**
 * wherry_host_key_card_grab_focus:
 * @self: the card
 *
 * Gives the fingerprint the focus, with nothing of it selected.
 */
void
wherry_host_key_card_grab_focus (WherryHostKeyCard *self)
{
  g_return_if_fail (WHERRY_IS_HOST_KEY_CARD (self));

  gtk_widget_grab_focus (GTK_WIDGET (self->fingerprint_label));
  gtk_label_select_region (self->fingerprint_label, 0, 0);
}
