/* No location leads to a host or a user that the allow-lists don't let in (rule R9), and what is
 * shown of one is fit to be shown. */
#include <string.h>

#include "fuzz.h"
#include "sites/wherry-location.h"

/* What a shell, ssh or a resolver would give a meaning to. */
static void
check_host (const char *host)
{
  g_autofree char *again = wherry_location_check_host (host, NULL);

  g_assert (g_strcmp0 (host, again) == 0);
  g_assert (*host != '\0' && *host != '-' && *host != '.');
  for (const char *p = host; *p != '\0'; p++)
    g_assert (g_ascii_isalnum (*p) || strchr (".-_:%", *p) != NULL);
}

static void
check_user (const char *user)
{
  g_assert (wherry_location_check_user (user, NULL));
  g_assert (*user != '\0' && *user != '-' && g_utf8_validate (user, -1, NULL));
  g_assert (strpbrk (user, " \t\n'\"$`;|&<>(){}[]*?!/:,") == NULL);
}

static void
check (WherryLocation *location, GError *error)
{
  g_assert ((location == NULL) == (error != NULL));
  if (location == NULL)
    {
      g_assert (g_utf8_validate (error->message, -1, NULL));
      return;
    }

  g_autofree char *shown = wherry_location_to_display (location);
  g_autoptr (WherryLocation) copy = wherry_location_copy (location);

  g_assert (g_utf8_validate (shown, -1, NULL) && strpbrk (shown, "\n\r\033\b") == NULL);
  g_assert (copy->port == location->port && g_str_equal (copy->path, location->path));
  g_assert (location->is_remote == (location->host != NULL));
  if (location->host != NULL)
    check_host (location->host);
  if (location->user != NULL)
    check_user (location->user);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) host_error = NULL;
  g_autoptr (GError) port_error = NULL;
  g_autoptr (WherryLocation) location = wherry_location_parse (text, &error);
  g_autoptr (WherryLocation) host = wherry_location_parse_host (text, &host_error);
  guint16 port = 0;

  check (location, error);
  check (host, host_error);
  if (wherry_location_parse_port (text, &port, &port_error))
    g_assert (port > 0);
  else
    g_assert (port_error != NULL);
  return 0;
}
