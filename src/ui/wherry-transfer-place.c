#include "config.h"

#include "ui/wherry-transfer-place.h"

#include <unistd.h>

#include "base/wherry-sandbox.h"
#include "ui/wherry-portal.h"

/**
 * wherry_transfer_place_find:
 * @transfer: a transfer
 *
 * Returns: (transfer full) (nullable): where its entry is on this computer; %NULL
 *   between two servers, and while it is not there
 */
GFile *
wherry_transfer_place_find (WherryTransfer *transfer)
{
  const WherryEndpoint *source = wherry_transfer_get_source (transfer);
  const WherryEndpoint *target = wherry_transfer_get_target (transfer);
  g_autofree char *name = wherry_endpoint_dup_name (source);
  g_autofree char *inside = NULL;

  if (!wherry_endpoint_is_remote (source))
    return g_file_new_for_path (source->path);
  if (wherry_endpoint_is_remote (target))
    return NULL;

  if (name != NULL)
    inside = g_build_filename (target->path, name, NULL);
  if (inside != NULL && access (inside, F_OK) == 0)
    return g_file_new_for_path (inside);
  return access (target->path, F_OK) == 0 ? g_file_new_for_path (target->path) : NULL;
}

/* No file manager that selects files: its folder is opened instead. */
static void
on_shown (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GFile) file = user_data;
  g_autoptr (GFile) folder = g_file_get_parent (file);
  g_autoptr (GVariant) reply
      = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);
  g_autofree char *uri = g_file_get_uri (folder != NULL ? folder : file);

  if (reply == NULL)
    gtk_show_uri (NULL, uri, GDK_CURRENT_TIME);
}

/**
 * wherry_transfer_place_show:
 * @file: a file or folder on this computer
 *
 * Shows it in the file browser.
 */
void
wherry_transfer_place_show (GFile *file)
{
  GDBusConnection *bus = g_application_get_dbus_connection (g_application_get_default ());
  g_autofree char *uri = g_file_get_uri (file);
  const char *const uris[] = { uri, NULL };

  if (wherry_sandbox_is_inside ())
    wherry_portal_open_directory (file);
  else if (bus == NULL)
    gtk_show_uri (NULL, uri, GDK_CURRENT_TIME);
  else
    g_dbus_connection_call (bus, "org.freedesktop.FileManager1", "/org/freedesktop/FileManager1",
                            "org.freedesktop.FileManager1", "ShowItems",
                            g_variant_new ("(^ass)", uris, ""), NULL, G_DBUS_CALL_FLAGS_NONE, -1,
                            NULL, on_shown, g_object_ref (file));
}
