#include "config.h"

#include "ui/wherry-sidebar.h"

struct _WherrySidebar {
  AdwBin parent_instance;

  /* Template widgets */
  GtkWidget *entry;
};

G_DEFINE_FINAL_TYPE (WherrySidebar, wherry_sidebar, ADW_TYPE_BIN)

enum { SIGNAL_OPEN, N_SIGNALS };

static guint signals[N_SIGNALS];

static void
on_activate (WherrySidebar *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->entry));

  if (*text != '\0')
    g_signal_emit (self, signals[SIGNAL_OPEN], 0, text);
}

static void
wherry_sidebar_class_init (WherrySidebarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  signals[SIGNAL_OPEN] = g_signal_new ("open", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                       NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/app/wherry/Wherry/ui/wherry-sidebar.ui");
  gtk_widget_class_bind_template_child (widget_class, WherrySidebar, entry);
  gtk_widget_class_bind_template_callback (widget_class, on_activate);
}

static void
wherry_sidebar_init (WherrySidebar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * wherry_sidebar_show_entry:
 * @self: the sidebar
 * @show: whether the entry is of use; it is not while the page beside shows a
 *   form for the same
 */
void
wherry_sidebar_show_entry (WherrySidebar *self, gboolean show)
{
  g_return_if_fail (WHERRY_IS_SIDEBAR (self));

  gtk_widget_set_visible (self->entry, show);
}

/**
 * wherry_sidebar_clear_entry:
 * @self: the sidebar
 *
 * Empties the entry, once what was typed there is being opened.
 */
void
wherry_sidebar_clear_entry (WherrySidebar *self)
{
  g_return_if_fail (WHERRY_IS_SIDEBAR (self));

  gtk_editable_set_text (GTK_EDITABLE (self->entry), "");
}
