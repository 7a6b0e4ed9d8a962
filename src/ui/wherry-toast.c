#include "ui/wherry-toast.h"

/**
 * wherry_toast_new:
 * @text: what to say in passing, with whatever signs are in it: a toast's title is
 *   markup otherwise
 *
 * Returns: (transfer full): a toast
 */
AdwToast *
wherry_toast_new (const char *text)
{
  g_autofree char *markup = g_markup_escape_text (text, -1);

  return adw_toast_new (markup);
}

/**
 * wherry_toast_show:
 * @widget: a widget in the #AdwToastOverlay to use, or that itself. Nothing happens
 *   if there is none
 * @text: what to say in passing
 */
void
wherry_toast_show (GtkWidget *widget, const char *text)
{
  GtkWidget *overlay = gtk_widget_get_ancestor (widget, ADW_TYPE_TOAST_OVERLAY);

  if (overlay != NULL)
    adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (overlay), wherry_toast_new (text));
}
