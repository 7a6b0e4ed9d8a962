#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "sites/wherry-import-private.h"

/* PuTTY's numbers (putty.h, PROXY_*), as "ProxyMethod" holds them. */
enum {
  PROXY_NONE,
  PROXY_SOCKS4,
  PROXY_SOCKS5,
  PROXY_HTTP,
  PROXY_TELNET,
  PROXY_COMMAND,
  PROXY_SSH_TCPIP,
};

/* "Name=value" lines; in a file that repeats itself the last counts. */
static GHashTable *
read_lines (const char *text)
{
  GHashTable *values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (char **line = lines; *line != NULL; line++)
    {
      char *equals = strchr (*line, '=');

      if (equals != NULL)
        g_hash_table_replace (values, g_strndup (*line, (gsize) (equals - *line)),
                              g_strchomp (g_utf8_make_valid (equals + 1, -1)));
    }
  return values;
}

static const char *
get (GHashTable *values, const char *name)
{
  const char *value = g_hash_table_lookup (values, name);

  return value != NULL ? value : "";
}

/* FALSE, with the reason, where the server is reached in a way that is not ours. */
static gboolean
set_way (WherrySite *site, GHashTable *values, const char **reason)
{
  static const char *const schemes[] = { NULL, "socks4", "socks5", "http" };
  const char *host = get (values, "ProxyHost");
  const char *user = get (values, "ProxyUsername");
  g_autofree char *address = NULL;
  guint64 method;

  if (!g_ascii_string_to_unsigned (get (values, "ProxyMethod"), 10, 0, 100, &method, NULL)
      || method == PROXY_NONE)
    return TRUE;
  address = g_strdup_printf (strchr (host, ':') != NULL ? "%s%s[%s]:%s" : "%s%s%s:%s", user,
                             *user != '\0' ? "@" : "", host, get (values, "ProxyPort"));
  if (method == PROXY_SSH_TCPIP)
    {
      const char *const jumps[] = { address, NULL };

      wherry_site_set_list (site, WHERRY_SITE_JUMP_HOSTS, jumps);
    }
  else if (method < G_N_ELEMENTS (schemes))
    {
      g_autofree char *proxy = g_strconcat (schemes[method], "://", address, NULL);
      wherry_site_set_string (site, WHERRY_SITE_PROXY, proxy);
    }
  else
    {
      *reason = _ ("it is reached through a kind of proxy that Wherry does not know");
      return FALSE;
    }
  return TRUE;
}

/**
 * wherry_import_putty_parse:
 * @self: an import
 * @file_name: name of the file in PuTTY's folder of sessions, which is the
 *   session's, percent-encoded
 * @text: what it holds
 *
 * Takes in a session that uses SSH. One without a host, like the default
 * settings, is passed over.
 */
void
wherry_import_putty_parse (WherryImport *self, const char *file_name, const char *text)
{
  g_autoptr (GHashTable) values = read_lines (text);
  g_autoptr (WherrySite) site = wherry_site_new ();
  g_autofree char *name = g_uri_unescape_string (file_name, NULL);
  const char *host = get (values, "HostName");
  const char *protocol = get (values, "Protocol");
  const char *port = get (values, "PortNumber");
  const char *user = get (values, "UserName");
  const char *key_file = get (values, "PublicKeyFile");
  const char *reason = NULL;
  guint16 number;

  if (*host == '\0')
    return;
  wherry_import_set_name (site, WHERRY_SITE_NAME, name != NULL ? name : file_name);
  if (*protocol != '\0' && !g_str_equal (protocol, "ssh"))
    {
      wherry_import_warn (self, name, _ ("it is not reached over SSH"));
      return;
    }
  /* Here a colon belongs to an IPv6 address: the port has a line of its own. */
  wherry_import_set_address (site, host);
  if (*port != '\0')
    {
      if (!wherry_location_parse_port (port, &number, NULL))
        {
          wherry_import_warn (self, name, _ ("its port can’t be one"));
          return;
        }
      wherry_site_set_number (site, WHERRY_SITE_PORT, number);
    }
  if (*user != '\0')
    wherry_site_set_string (site, WHERRY_SITE_USER, user);
  if (wherry_site_check_text (WHERRY_SITE_KEY_FILE, key_file, NULL))
    wherry_site_set_string (site, WHERRY_SITE_KEY_FILE, key_file);
  if (!set_way (site, values, &reason))
    {
      wherry_import_warn (self, name, reason);
      return;
    }
  wherry_import_take (self, g_steal_pointer (&site), NULL);
}
