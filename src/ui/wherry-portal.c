#include "config.h"

#include "ui/wherry-portal.h"

#include <fcntl.h>
#include <gio/gunixfdlist.h>

#define PORTAL_NAME "org.freedesktop.portal.Desktop"
#define PORTAL_PATH "/org/freedesktop/portal/desktop"

static void
on_called (GObject *source, GAsyncResult *result, gpointer user_data)
{
  const char *method = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply
      = g_dbus_connection_call_with_unix_fd_list_finish (G_DBUS_CONNECTION (source), NULL, result,
                                                         &error);

  /* A desktop without it has nothing to put in its place. */
  if (reply == NULL)
    g_debug ("The portal's %s: %s", method, error->message);
}

/* Takes @parameters, if they are floating. */
static void
call (const char *interface, const char *method, GVariant *parameters, GUnixFDList *fds)
{
  GDBusConnection *bus = g_application_get_dbus_connection (g_application_get_default ());

  g_variant_ref_sink (parameters);
  if (bus != NULL)
    g_dbus_connection_call_with_unix_fd_list (bus, PORTAL_NAME, PORTAL_PATH, interface, method,
                                              parameters, G_VARIANT_TYPE ("(o)"),
                                              G_DBUS_CALL_FLAGS_NONE, -1, fds, NULL, on_called,
                                              (gpointer) method);
  g_variant_unref (parameters);
}

/**
 * wherry_portal_open_directory:
 * @file: a local file
 *
 * Has the file manager show a file in its folder. It is handed over opened, as
 * its path is another one outside of the sandbox. (org.freedesktop.portal.OpenURI,
 * version 3)
 */
void
wherry_portal_open_directory (GFile *file)
{
  g_autoptr (GUnixFDList) fds = NULL;
  g_autofree char *path = g_file_get_path (file);
  /* O_PATH would do for the portal, but not where the file lies in its own file system. */
  int fd = path != NULL ? open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;

  if (fd < 0)
    return;
  fds = g_unix_fd_list_new_from_array (&fd, 1);
  call ("org.freedesktop.portal.OpenURI", "OpenDirectory", g_variant_new ("(sha{sv})", "", 0, NULL),
        fds);
}

/**
 * wherry_portal_request_background:
 * @reason: why, in a person's words
 *
 * Asks for leave to go on without a window, which the desktop may otherwise end.
 * (org.freedesktop.portal.Background)
 */
void
wherry_portal_request_background (const char *reason)
{
  GVariantBuilder options;

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "reason", g_variant_new_string (reason));
  call ("org.freedesktop.portal.Background", "RequestBackground",
        g_variant_new ("(sa{sv})", "", &options), NULL);
}
