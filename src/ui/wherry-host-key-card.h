#pragma once

#include <gtk/gtk.h>

#include "ssh/wherry-host-key.h"

G_BEGIN_DECLS

/**
 * WherryHostKeyCard:
 *
 * A host key to be compared: its kind, SHA-256 fingerprint, and picture.
 */
#define WHERRY_TYPE_HOST_KEY_CARD (wherry_host_key_card_get_type ())
G_DECLARE_FINAL_TYPE (WherryHostKeyCard, wherry_host_key_card, WHERRY, HOST_KEY_CARD, GtkBox)

void wherry_host_key_card_set_key           (WherryHostKeyCard *self,
                                             const char        *title,
                                             WherryHostKey     *key);
void wherry_host_key_card_grab_focus        (WherryHostKeyCard *self);

G_END_DECLS
