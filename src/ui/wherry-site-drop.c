#include "config.h"

#include "ui/wherry-site-drop.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-text.h"
#include "ui/wherry-application.h"
#include "ui/wherry-delivery.h"
#include "ui/wherry-file-drop.h"
#include "ui/wherry-toast.h"
#include "ui/wherry-transfer-rules.h"
#include "ui/wherry-window-private.h"

/* Under which a row keeps the login of the site it was last asked about. */
#define LOGIN_KEY "wherry-drop-login"

static gboolean
find (gpointer data, double x, double y, WherryDropSpot *spot)
{
  WherrySiteRow *row = data;
  GObject *object = wherry_site_row_get_object (row);
  WherryLogin *login
      = WHERRY_IS_SITE (object) ? wherry_site_make_login (WHERRY_SITE (object), NULL) : NULL;

  if (login == NULL)
    return FALSE;
  g_object_set_data_full (G_OBJECT (row), LOGIN_KEY, login, (GDestroyNotify) wherry_login_free);
  spot->login = login;
  spot->folder
      = g_strdup (wherry_site_get_string (WHERRY_SITE (object), WHERRY_SITE_REMOTE_FOLDER));
  spot->highlight = GTK_WIDGET (row);
  spot->only_copies = TRUE;
  return TRUE;
}

static void
on_add (gpointer data, const WherryEndpoint *source, const WherryEndpoint *target)
{
  WherryWindow *window = data;
  WherryApplication *application = WHERRY_APPLICATION (g_application_get_default ());
  g_autoptr (WherryTransfer) transfer
      = wherry_transfer_rules_make (source, target, wherry_application_get_sites (application),
                                    window->settings, NULL);

  wherry_queue_append (window->queue, transfer);
}

/* Nothing happens to a site without the queue. */
static void
on_changed (gpointer data, const char *folder, GPtrArray *names)
{
}

static void
on_problem (gpointer data, const char *text)
{

  wherry_window_add_toast (data, wherry_toast_new (text));
}

static void
take (gpointer data, const WherryDropSpot *spot, const GValue *value, GdkDragAction action)
{
  static const WherryDeliveryHandlers handlers = { on_add, on_changed, on_problem };
  GtkRoot *root = gtk_widget_get_root (data);
  g_autofree char *host = wherry_text_display_name (spot->login->host);
  g_autofree char *text = g_strdup_printf (_ ("On the way to “%s”"), host);

  /* Its file system is not at hand, so that what comes from the same server is copied as well. */
  wherry_delivery_start (spot->login, spot->folder, NULL, value, GDK_ACTION_COPY, &handlers,
                         g_object_ref (root), g_object_unref);
  on_problem (root, text);
}

/**
 * wherry_site_drop_add:
 * @row: a row
 *
 * Lets files be dropped on a site: they go to the folder that it begins in.
 */
void
wherry_site_drop_add (WherrySiteRow *row)
{
  static const WherryDropHandlers handlers = { find, take, NULL };

  g_return_if_fail (WHERRY_IS_SITE_ROW (row));

  wherry_file_drop_add (GTK_WIDGET (row), &handlers, row);
}
