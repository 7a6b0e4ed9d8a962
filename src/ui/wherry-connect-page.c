#include "config.h"

#include "ui/wherry-connect-page.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-sandbox.h"
#include "ui/wherry-error-title.h"
#include "ui/wherry-window.h"

struct _WherryConnectPage {
  AdwBin parent_instance;

  /* Template widgets */
  GtkStack *stack;
  AdwStatusPage *status_page;
  GtkWidget *busy_box;
  GtkEntry *entry;
  GtkLabel *mistake_label;
  GtkWidget *error_box;
  GtkLabel *error_title;
  GtkLabel *error_message;
  GtkExpander *error_expander;
  GtkLabel *error_details;
  GtkWidget *connect_button;
  GtkWidget *sandbox_box;
  GtkSpinner *spinner;
  GtkLabel *busy_label;
  GtkWidget *cancel_button;
};

G_DEFINE_FINAL_TYPE (WherryConnectPage, wherry_connect_page, ADW_TYPE_BIN)

enum { SIGNAL_CONNECT_TO, SIGNAL_CANCEL, N_SIGNALS };

static guint signals[N_SIGNALS];

static void
hide_problems (WherryConnectPage *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self->mistake_label), FALSE);
  gtk_widget_set_visible (self->error_box, FALSE);
  gtk_widget_remove_css_class (GTK_WIDGET (self->entry), "error");
  gtk_accessible_reset_state (GTK_ACCESSIBLE (self->entry), GTK_ACCESSIBLE_STATE_INVALID);
}

static void
show_mistake (WherryConnectPage *self, const char *message)
{
  hide_problems (self);
  gtk_label_set_text (self->mistake_label, message);
  gtk_widget_set_visible (GTK_WIDGET (self->mistake_label), TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (self->entry), "error");
  gtk_accessible_update_state (GTK_ACCESSIBLE (self->entry), GTK_ACCESSIBLE_STATE_INVALID,
                               GTK_ACCESSIBLE_INVALID_TRUE, -1);
  gtk_widget_grab_focus (GTK_WIDGET (self->entry));
}

static void
on_entry_changed (WherryConnectPage *self)
{
  hide_problems (self);
}

static void
on_connect_clicked (WherryConnectPage *self)
{
  wherry_connect_page_submit (self);
}

static void
on_cancel_clicked (WherryConnectPage *self)
{
  g_signal_emit (self, signals[SIGNAL_CANCEL], 0);
}

/* What is not shown is also hidden: assistive technology would read it out all the same. */
static void
set_busy (WherryConnectPage *self, gboolean busy)
{
  GtkWidget *form = GTK_WIDGET (self->status_page);

  gtk_widget_set_visible (busy ? self->busy_box : form, TRUE);
  gtk_stack_set_visible_child (self->stack, busy ? self->busy_box : form);
  gtk_widget_set_visible (busy ? form : self->busy_box, FALSE);
  gtk_spinner_set_spinning (self->spinner, busy);
}

static gboolean
wherry_connect_page_grab_focus (GtkWidget *widget)
{
  WherryConnectPage *self = WHERRY_CONNECT_PAGE (widget);

  if (gtk_widget_get_visible (self->busy_box))
    return gtk_widget_grab_focus (self->cancel_button);
  return gtk_widget_grab_focus (GTK_WIDGET (self->entry));
}

/* What is known is the window's to say. */
static void
wherry_connect_page_root (GtkWidget *widget)
{
  WherryConnectPage *self = WHERRY_CONNECT_PAGE (widget);
  GtkRoot *root;

  GTK_WIDGET_CLASS (wherry_connect_page_parent_class)->root (widget);

  root = gtk_widget_get_root (widget);
  if (WHERRY_IS_WINDOW (root))
    wherry_host_completion_attach (wherry_window_get_completion (WHERRY_WINDOW (root)),
                                   self->entry);
}

static void
wherry_connect_page_class_init (WherryConnectPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->grab_focus = wherry_connect_page_grab_focus;
  widget_class->root = wherry_connect_page_root;

  signals[SIGNAL_CONNECT_TO]
      = g_signal_new ("connect-to", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[SIGNAL_CANCEL] = g_signal_new ("cancel", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/app/wherry/Wherry/ui/wherry-connect-page.ui");
  gtk_widget_class_bind_template_child (widget_class, WherryConnectPage, stack);
  gtk_widget_class_bind_template_child (widget_class, WherryConnectPage, status_page);
  gtk_widget_class_bind_template_child (widget_class, WherryConnectPage, busy_box);
  gtk_widget_class_bind_template_child (widget_class, WherryConnectPage, entry);
  gtk_widget_class_bind_template_child (widget_class, WherryConnectPage, mistake_label);
  gtk_widget_class_bind_template_child (widget_class, WherryConnectPage, error_box);
  gtk_widget_class_bind_template_child (widget_class, WherryConnectPage, error_title);
  gtk_widget_class_bind_template_child (widget_class, WherryConnectPage, error_message);
  gtk_widget_class_bind_template_child (widget_class, WherryConnectPage, error_expander);
  gtk_widget_class_bind_template_child (widget_class, WherryConnectPage, error_details);
  gtk_widget_class_bind_template_child (widget_class, WherryConnectPage, connect_button);
  gtk_widget_class_bind_template_child (widget_class, WherryConnectPage, sandbox_box);
  gtk_widget_class_bind_template_child (widget_class, WherryConnectPage, spinner);
  gtk_widget_class_bind_template_child (widget_class, WherryConnectPage, busy_label);
  gtk_widget_class_bind_template_child (widget_class, WherryConnectPage, cancel_button);
  gtk_widget_class_bind_template_callback (widget_class, on_entry_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_connect_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_cancel_clicked);
}

static void
wherry_connect_page_init (WherryConnectPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  adw_status_page_set_icon_name (self->status_page, WHERRY_APP_ID);
  gtk_widget_set_visible (self->sandbox_box, wherry_sandbox_is_inside ());
}

/**
 * wherry_connect_page_get_text:
 * @self: the page
 *
 * Returns: (transfer none): what stands in the entry
 */
const char *
wherry_connect_page_get_text (WherryConnectPage *self)
{
  g_return_val_if_fail (WHERRY_IS_CONNECT_PAGE (self), NULL);

  return gtk_editable_get_text (GTK_EDITABLE (self->entry));
}

/**
 * wherry_connect_page_set_text:
 * @self: the page
 * @text: a location, from anywhere; it is filled in, and nothing else happens
 *   (rule R9)
 */
void
wherry_connect_page_set_text (WherryConnectPage *self, const char *text)
{
  g_return_if_fail (WHERRY_IS_CONNECT_PAGE (self));

  GtkEntryCompletion *completion = gtk_entry_get_completion (self->entry);

  /* Nobody typed it, so nobody waits for suggestions. */
  if (completion != NULL)
    gtk_entry_completion_set_popup_completion (completion, FALSE);
  gtk_editable_set_text (GTK_EDITABLE (self->entry), text);
  gtk_editable_set_position (GTK_EDITABLE (self->entry), -1);
  if (completion != NULL)
    gtk_entry_completion_set_popup_completion (completion, TRUE);
}

/**
 * wherry_connect_page_submit:
 * @self: the page
 *
 * Reads the entry and asks to connect there, be it a site by its name or a
 * location, or says what is wrong with it.
 */
void
wherry_connect_page_submit (WherryConnectPage *self)
{
  g_return_if_fail (WHERRY_IS_CONNECT_PAGE (self));

  g_autofree char *text = g_strstrip (g_strdup (wherry_connect_page_get_text (self)));
  g_autoptr (WherryLocation) location = NULL;
  g_autoptr (GError) error = NULL;
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  if (*text == '\0')
    {
      show_mistake (self, _ ("Type the server’s name first, as in “anna@example.org”."));
      return;
    }

  if (WHERRY_IS_WINDOW (root) && wherry_window_open_named (WHERRY_WINDOW (root), text))
    return;

  location = wherry_location_parse_host (text, &error);
  if (location == NULL)
    {
      show_mistake (self, error->message);
      return;
    }

  hide_problems (self);
  g_signal_emit (self, signals[SIGNAL_CONNECT_TO], 0, location);
}

/**
 * wherry_connect_page_show_form:
 * @self: the page
 *
 * Goes back to the entry, with no error shown.
 */
void
wherry_connect_page_show_form (WherryConnectPage *self)
{
  g_return_if_fail (WHERRY_IS_CONNECT_PAGE (self));

  hide_problems (self);
  set_busy (self, FALSE);
  gtk_widget_grab_focus (GTK_WIDGET (self->entry));
}

/**
 * wherry_connect_page_show_busy:
 * @self: the page
 * @host: the server's name, fit to be shown
 */
void
wherry_connect_page_show_busy (WherryConnectPage *self, const char *host)
{
  g_return_if_fail (WHERRY_IS_CONNECT_PAGE (self));

  g_autofree char *text = g_strdup_printf (_ ("Connecting to “%s”…"), host);

  gtk_label_set_text (self->busy_label, text);
  set_busy (self, TRUE);
  gtk_widget_grab_focus (self->cancel_button);
}

/**
 * wherry_connect_page_show_error:
 * @self: the page
 * @host: the server's name, fit to be shown
 * @error: why it can't be reached
 * @remedy: (nullable): commands that forget a changed key, to be copied
 */
void
wherry_connect_page_show_error (WherryConnectPage *self,
                                const char *host,
                                const GError *error,
                                const char *remedy)
{
  g_return_if_fail (WHERRY_IS_CONNECT_PAGE (self));
  g_return_if_fail (error != NULL);

  g_autofree char *title = wherry_error_title_dup (error, host);

  wherry_connect_page_show_form (self);

  gtk_label_set_text (self->error_title, title);
  gtk_label_set_text (self->error_message, error->message);
  gtk_label_set_text (self->error_details, remedy != NULL ? remedy : "");
  gtk_expander_set_expanded (self->error_expander, FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->error_expander), remedy != NULL);
  gtk_widget_set_visible (self->error_box, TRUE);
}
