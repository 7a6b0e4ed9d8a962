#include "config.h"

#include "base/wherry-text.h"
#include "sites/wherry-import-private.h"

#define GROUP "remmina"

/* Never NULL; what is not text is as good as nothing said. */
static char *
get (GKeyFile *key_file, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *value = g_key_file_get_string (key_file, GROUP, name, &error);

  return error == NULL && value != NULL ? g_strstrip (g_steal_pointer (&value)) : g_strdup ("");
}

static void
set_user (WherrySite *site, GKeyFile *key_file)
{
  g_autofree char *user = get (key_file, "username");
  g_autofree char *old_user = get (key_file, "ssh_username"); /* before Remmina 1.4 */

  if (*user != '\0' || *old_user != '\0')
    wherry_site_set_string (site, WHERRY_SITE_USER, *user != '\0' ? user : old_user);
}

/* The tunnel of a profile is a jump host. */
static void
set_way (WherrySite *site, GKeyFile *key_file)
{
  g_autofree char *server = get (key_file, "ssh_tunnel_server");
  g_autofree char *user = get (key_file, "ssh_tunnel_username");
  g_autofree char *jump = *user != '\0' ? g_strconcat (user, "@", server, NULL) : g_strdup (server);
  const char *const jumps[] = { jump, NULL };

  if (g_key_file_get_boolean (key_file, GROUP, "ssh_tunnel_enabled", NULL))
    wherry_site_set_list (site, WHERRY_SITE_JUMP_HOSTS, jumps);
}

static void
set_if_fit (WherrySite *site, WherrySiteField field, GKeyFile *key_file, const char *name)
{
  g_autofree char *value = get (key_file, name);

  if (wherry_site_check_text (field, value, NULL))
    wherry_site_set_string (site, field, value);
}

/**
 * wherry_import_remmina_parse:
 * @self: an import
 * @file_name: name of a profile's file
 * @text: what it holds
 * @length: its length in bytes
 *
 * Takes in a profile for SFTP or SSH; those for other protocols are passed over.
 * Passwords in it are locked with Remmina's own key, and stay there.
 */
void
wherry_import_remmina_parse (WherryImport *self,
                             const char *file_name,
                             const char *text,
                             gsize length)
{
  g_autoptr (GKeyFile) key_file = g_key_file_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (WherrySite) site = wherry_site_new ();
  g_autofree char *protocol = NULL;
  g_autofree char *name = NULL;
  g_autofree char *group = NULL;
  g_autofree char *server = NULL;

  if (length == 0)
    return;
  if (!g_key_file_load_from_data (key_file, text, length, G_KEY_FILE_NONE, &error))
    {
      g_autofree char *reason = wherry_text_escape (error->message, -1, 300);
      wherry_import_warn (self, file_name, reason);
      return;
    }
  protocol = get (key_file, "protocol");
  if (!g_str_equal (protocol, "SFTP") && !g_str_equal (protocol, "SSH"))
    return;

  name = get (key_file, "name");
  group = get (key_file, "group");
  server = get (key_file, "server");
  wherry_import_set_name (site, WHERRY_SITE_NAME, name);
  wherry_import_set_name (site, WHERRY_SITE_FOLDER, group);
  wherry_import_set_address (site, server);
  set_user (site, key_file);
  set_way (site, key_file);
  set_if_fit (site, WHERRY_SITE_KEY_FILE, key_file, "ssh_privatekey");
  set_if_fit (site, WHERRY_SITE_NOTES, key_file, "notes_text");
  /* In an SSH profile it is a command. */
  if (g_str_equal (protocol, "SFTP"))
    set_if_fit (site, WHERRY_SITE_REMOTE_FOLDER, key_file, "execpath");
  wherry_import_take (self, g_steal_pointer (&site), NULL);
}
