#include "config.h"

#include "ui/wherry-site-transfers-page.h"

#include "base/wherry-text.h"

/* The form's unit of speed, in bytes. */
#define SPEED_UNIT 1000

struct _WherrySiteTransfersPage {
  AdwPreferencesPage parent_instance;

  /* Template widgets */
  GtkWidget *speed_group;
  AdwComboRow *protocol_row;
  AdwComboRow *conflicts_row;
  AdwComboRow *links_row;
  GtkSwitch *preserve_switch;
  GtkSwitch *verify_switch;
  GtkEditable *include_row;
  GtkEditable *exclude_row;
  GtkSpinButton *speed_spin;
  GtkSpinButton *parallel_spin;

  gboolean reading; /* what changes is not typed */
};

G_DEFINE_FINAL_TYPE (WherrySiteTransfersPage, wherry_site_transfers_page, ADW_TYPE_PREFERENCES_PAGE)

enum { CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];

static void
on_changed (WherrySiteTransfersPage *self)
{
  if (!self->reading)
    g_signal_emit (self, signals[CHANGED], 0);
}

static void
wherry_site_transfers_page_class_init (WherrySiteTransfersPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_template_from_resource (
      widget_class, "/app/wherry/Wherry/ui/wherry-site-transfers-page.ui");
  gtk_widget_class_bind_template_child (widget_class, WherrySiteTransfersPage, speed_group);
  gtk_widget_class_bind_template_child (widget_class, WherrySiteTransfersPage, protocol_row);
  gtk_widget_class_bind_template_child (widget_class, WherrySiteTransfersPage, conflicts_row);
  gtk_widget_class_bind_template_child (widget_class, WherrySiteTransfersPage, links_row);
  gtk_widget_class_bind_template_child (widget_class, WherrySiteTransfersPage, preserve_switch);
  gtk_widget_class_bind_template_child (widget_class, WherrySiteTransfersPage, verify_switch);
  gtk_widget_class_bind_template_child (widget_class, WherrySiteTransfersPage, include_row);
  gtk_widget_class_bind_template_child (widget_class, WherrySiteTransfersPage, exclude_row);
  gtk_widget_class_bind_template_child (widget_class, WherrySiteTransfersPage, speed_spin);
  gtk_widget_class_bind_template_child (widget_class, WherrySiteTransfersPage, parallel_spin);
  gtk_widget_class_bind_template_callback (widget_class, on_changed);
}

static void
wherry_site_transfers_page_init (WherrySiteTransfersPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * wherry_site_transfers_page_show_once:
 * @self: the page
 *
 * Leaves out what is a matter of the site and not of one transfer.
 */
void
wherry_site_transfers_page_show_once (WherrySiteTransfersPage *self)
{
  g_return_if_fail (WHERRY_IS_SITE_TRANSFERS_PAGE (self));

  gtk_widget_set_visible (self->speed_group, FALSE);
}

static void
read_list (WherrySite *site, WherrySiteField field, GtkEditable *row)
{
  g_autofree char *text = g_strjoinv (", ", (char **) wherry_site_get_list (site, field));

  gtk_editable_set_text (row, text);
}

static void
write_list (WherrySite *site, WherrySiteField field, GtkEditable *row)
{
  g_auto (GStrv) list = wherry_text_split_list (gtk_editable_get_text (row));

  wherry_site_set_list (site, field, (const char *const *) list);
}

/* Rounded up, so that no limit becomes none. */
static guint64
get_shown_speed (WherrySite *site)
{
  return (wherry_site_get_number (site, WHERRY_SITE_SPEED_LIMIT) + SPEED_UNIT - 1) / SPEED_UNIT;
}

/**
 * wherry_site_transfers_page_read:
 * @self: the page
 * @site: what to show
 */
void
wherry_site_transfers_page_read (WherrySiteTransfersPage *self, WherrySite *site)
{
  g_return_if_fail (WHERRY_IS_SITE_TRANSFERS_PAGE (self));

  self->reading = TRUE;
  adw_combo_row_set_selected (self->protocol_row,
                              (guint) wherry_site_get_number (site, WHERRY_SITE_PROTOCOL));
  adw_combo_row_set_selected (self->conflicts_row,
                              (guint) wherry_site_get_number (site, WHERRY_SITE_CONFLICTS));
  adw_combo_row_set_selected (self->links_row,
                              (guint) wherry_site_get_number (site, WHERRY_SITE_LINKS));
  gtk_switch_set_active (self->preserve_switch,
                         wherry_site_get_number (site, WHERRY_SITE_PRESERVE_TIMES)
                             && wherry_site_get_number (site, WHERRY_SITE_PRESERVE_MODES));
  gtk_switch_set_active (self->verify_switch,
                         wherry_site_get_number (site, WHERRY_SITE_VERIFY) != 0);
  read_list (site, WHERRY_SITE_INCLUDE, self->include_row);
  read_list (site, WHERRY_SITE_EXCLUDE, self->exclude_row);
  gtk_spin_button_set_value (self->speed_spin, (double) get_shown_speed (site));
  gtk_spin_button_set_value (self->parallel_spin,
                             (double) wherry_site_get_number (site, WHERRY_SITE_PARALLEL));
  self->reading = FALSE;
}

/**
 * wherry_site_transfers_page_write:
 * @self: the page
 * @site: gets what stands there
 */
void
wherry_site_transfers_page_write (WherrySiteTransfersPage *self, WherrySite *site)
{
  g_return_if_fail (WHERRY_IS_SITE_TRANSFERS_PAGE (self));

  gboolean preserve = gtk_switch_get_active (self->preserve_switch);
  guint64 speed = (guint64) gtk_spin_button_get_value (self->speed_spin);

  wherry_site_set_number (site, WHERRY_SITE_PROTOCOL,
                          adw_combo_row_get_selected (self->protocol_row));
  wherry_site_set_number (site, WHERRY_SITE_CONFLICTS,
                          adw_combo_row_get_selected (self->conflicts_row));
  wherry_site_set_number (site, WHERRY_SITE_LINKS, adw_combo_row_get_selected (self->links_row));
  /* One of the two alone, as a file may say, copies neither: left as it is until it is changed. */
  if (preserve
      || (wherry_site_get_number (site, WHERRY_SITE_PRESERVE_TIMES)
          && wherry_site_get_number (site, WHERRY_SITE_PRESERVE_MODES)))
    {
      wherry_site_set_number (site, WHERRY_SITE_PRESERVE_TIMES, preserve);
      wherry_site_set_number (site, WHERRY_SITE_PRESERVE_MODES, preserve);
    }
  wherry_site_set_number (site, WHERRY_SITE_VERIFY, gtk_switch_get_active (self->verify_switch));
  write_list (site, WHERRY_SITE_INCLUDE, self->include_row);
  write_list (site, WHERRY_SITE_EXCLUDE, self->exclude_row);
  if (speed != get_shown_speed (site))
    wherry_site_set_number (site, WHERRY_SITE_SPEED_LIMIT, speed * SPEED_UNIT);
  wherry_site_set_number (site, WHERRY_SITE_PARALLEL,
                          (guint64) gtk_spin_button_get_value (self->parallel_spin));
}

static gboolean
check_list (WherrySiteField field, GtkEditable *row, GError **error)
{
  g_auto (GStrv) list = wherry_text_split_list (gtk_editable_get_text (row));

  for (char **mask = list; *mask != NULL; mask++)
    if (!wherry_site_check_text (field, *mask, error))
      return FALSE;
  return TRUE;
}

/**
 * wherry_site_transfers_page_check:
 * @self: the page
 * @error: return location; %WHERRY_ERROR_BAD_LOCATION
 *
 * Returns: whether a site may hold what stands there
 */
gboolean
wherry_site_transfers_page_check (WherrySiteTransfersPage *self, GError **error)
{
  g_return_val_if_fail (WHERRY_IS_SITE_TRANSFERS_PAGE (self), FALSE);

  return check_list (WHERRY_SITE_INCLUDE, self->include_row, error)
         && check_list (WHERRY_SITE_EXCLUDE, self->exclude_row, error);
}
