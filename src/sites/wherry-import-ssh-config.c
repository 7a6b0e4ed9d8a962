#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-text.h"
#include "sites/wherry-import-private.h"
#include "sites/wherry-ssh-config.h"

/* A hop as it is written in a list of jump hosts. */
static char *
hop_to_text (const WherryLogin *hop)
{
  return g_strdup_printf (strchr (hop->host, ':') != NULL ? "%s@[%s]:%u" : "%s@%s:%u", hop->user,
                          hop->host, hop->port);
}

static void
set_jump_hosts (WherrySite *site, const WherryLogin *login)
{
  g_autoptr (GPtrArray) hops = g_ptr_array_new_with_free_func (g_free);

  /* A login knows the hop next to its server, a site begins with the one next to us. */
  for (const WherryLogin *hop = login->via; hop != NULL; hop = hop->via)
    g_ptr_array_insert (hops, 0, hop_to_text (hop));
  g_ptr_array_add (hops, NULL);
  wherry_site_set_list (site, WHERRY_SITE_JUMP_HOSTS, (const char *const *) hops->pdata);
}

static gboolean
has_more (const WherryLogin *login)
{
  gboolean more_keys = login->identity_files != NULL && g_strv_length (login->identity_files) > 1;

  return more_keys || login->host_key_name != NULL || login->ciphers != NULL
         || login->kex_algorithms != NULL || login->host_key_algorithms != NULL
         || login->known_hosts_files != NULL || login->address_family != WHERRY_ADDRESS_ANY;
}

static void
take_alias (WherryImport *self, WherrySshConfig *config, const char *alias)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WherryLogin) login = wherry_ssh_config_make_login (config, alias, NULL, 0, &error);
  g_autoptr (WherrySite) site = NULL;

  if (login == NULL)
    {
      wherry_import_warn (self, alias, error->message);
      return;
    }
  site = wherry_site_new ();
  wherry_import_set_name (site, WHERRY_SITE_NAME, alias);
  wherry_site_set_string (site, WHERRY_SITE_HOST, login->host);
  wherry_site_set_number (site, WHERRY_SITE_PORT, login->port);
  /* One's own name goes without saying, here as there. */
  if (!g_str_equal (login->user, g_get_user_name ()))
    wherry_site_set_string (site, WHERRY_SITE_USER, login->user);
  if (login->identity_files != NULL && login->identity_files[0] != NULL
      && wherry_site_check_text (WHERRY_SITE_KEY_FILE, login->identity_files[0], NULL))
    wherry_site_set_string (site, WHERRY_SITE_KEY_FILE, login->identity_files[0]);
  wherry_site_set_list (site, WHERRY_SITE_LOGIN_METHODS, (const char *const *) login->methods);
  wherry_site_set_string (site, WHERRY_SITE_PROXY, login->proxy);
  set_jump_hosts (site, login);
  if (has_more (login))
    wherry_import_warn (self, alias,
                        _ ("its further keys, algorithms and names of host keys are not imported; "
                           "type the name itself to connect with all of them"));
  wherry_import_take (self, g_steal_pointer (&site), NULL);
}

/**
 * wherry_import_ssh_config_load:
 * @self: an import
 * @path: a file in the format of ssh_config(5)
 * @error: return location; the errno codes of %G_IO_ERROR
 *
 * Takes in the hosts that the file, and what it includes, names in full.
 *
 * Returns: whether it could be read
 */
gboolean
wherry_import_ssh_config_load (WherryImport *self, const char *path, GError **error)
{
  g_autoptr (WherrySshConfig) config = wherry_ssh_config_load (path, error);
  g_auto (GStrv) aliases = NULL;

  if (config == NULL)
    return FALSE;
  aliases = wherry_ssh_config_dup_aliases (config);
  for (guint i = 0; aliases[i] != NULL && i < WHERRY_IMPORT_SITES_MAX; i++)
    take_alias (self, config, aliases[i]);
  return TRUE;
}
