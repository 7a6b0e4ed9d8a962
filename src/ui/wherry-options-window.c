#include "config.h"

#include "ui/wherry-options-window.h"

#include "ui/wherry-site-transfers-page.h"
#include "ui/wherry-toast.h"

#define WIDTH 480
#define HEIGHT 560

struct _WherryOptionsWindow {
  AdwWindow parent_instance;

  /* Template widgets */
  AdwToastOverlay *toast_overlay;
  WherrySiteTransfersPage *page;
  GtkBox *buttons;

  /* Owned */
  WherrySite *rules;
};

G_DEFINE_FINAL_TYPE (WherryOptionsWindow, wherry_options_window, ADW_TYPE_WINDOW)

enum { SIGNAL_CHOSEN, N_SIGNALS };

static guint signals[N_SIGNALS];

static void
on_clicked (WherryOptionsWindow *self, GtkWidget *button)
{
  g_autoptr (GError) error = NULL;

  if (!wherry_site_transfers_page_check (self->page, &error))
    {

      wherry_toast_show (GTK_WIDGET (self->toast_overlay), error->message);
      return;
    }
  wherry_site_transfers_page_write (self->page, self->rules);
  g_signal_emit (self, signals[SIGNAL_CHOSEN], 0, gtk_widget_get_name (button), self->rules);
  gtk_window_close (GTK_WINDOW (self));
}

static void
wherry_options_window_dispose (GObject *object)
{
  g_clear_object (&WHERRY_OPTIONS_WINDOW (object)->rules);

  G_OBJECT_CLASS (wherry_options_window_parent_class)->dispose (object);
}

static void
wherry_options_window_class_init (WherryOptionsWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wherry_options_window_dispose;

  signals[SIGNAL_CHOSEN]
      = g_signal_new ("chosen", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 2, G_TYPE_STRING, WHERRY_TYPE_SITE);

  g_type_ensure (WHERRY_TYPE_SITE_TRANSFERS_PAGE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/app/wherry/Wherry/ui/wherry-options-window.ui");
  gtk_widget_class_bind_template_child (widget_class, WherryOptionsWindow, toast_overlay);
  gtk_widget_class_bind_template_child (widget_class, WherryOptionsWindow, page);
  gtk_widget_class_bind_template_child (widget_class, WherryOptionsWindow, buttons);
}

static void
wherry_options_window_init (WherryOptionsWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * wherry_options_window_new:
 * @title: what the window is about
 * @rules: (transfer none): what would hold, see wherry_transfer_rules_dup(); what is
 *   chosen is put into it
 *
 * Returns: (transfer full): the window; not presented
 */
GtkWidget *
wherry_options_window_new (const char *title, WherrySite *rules)
{
  g_return_val_if_fail (WHERRY_IS_SITE (rules), NULL);

  WherryOptionsWindow *self = g_object_new (WHERRY_TYPE_OPTIONS_WINDOW, "title", title, NULL);

  self->rules = g_object_ref (rules);
  wherry_site_transfers_page_show_once (self->page);
  wherry_site_transfers_page_read (self->page, rules);
  return GTK_WIDGET (self);
}

/**
 * wherry_options_window_add_button:
 * @self: the window
 * @label: what is done, with a mnemonic
 * @name: what "chosen" calls it
 *
 * Returns: (transfer none): the button
 */
GtkWidget *
wherry_options_window_add_button (WherryOptionsWindow *self, const char *label, const char *name)
{
  g_return_val_if_fail (WHERRY_IS_OPTIONS_WINDOW (self), NULL);

  GtkWidget *button = gtk_button_new_with_mnemonic (label);

  gtk_widget_set_name (button, name);
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_clicked), self, G_CONNECT_SWAPPED);
  gtk_box_append (self->buttons, button);
  return button;
}

/**
 * wherry_options_window_present:
 * @self: the window
 * @parent: a widget of what it stands in front of
 *
 * Shows the window.
 */
void
wherry_options_window_present (WherryOptionsWindow *self, GtkWidget *parent)
{
  GtkWidget *root = GTK_WIDGET (gtk_widget_get_root (parent));

  g_return_if_fail (WHERRY_IS_OPTIONS_WINDOW (self));

  gtk_window_set_default_size (GTK_WINDOW (self), MIN (WIDTH, gtk_widget_get_width (root)), HEIGHT);
  gtk_window_set_transient_for (GTK_WINDOW (self), GTK_WINDOW (root));
  gtk_window_present (GTK_WINDOW (self));
}
