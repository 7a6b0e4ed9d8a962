#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "sites/wherry-jump.h"
#include "sites/wherry-site-private.h"

/* Longest values, in bytes: what a person writes stays far below. */
#define NAME_MAX_BYTES 255
#define TEXT_MAX_BYTES 4096
#define NOTES_MAX_BYTES (64 * 1024)

#define FOLDER_DEPTH_MAX 8
#define LIST_MAX 256

#define SHOWN_MAX 200

/* The ways to log in, by the names of RFC 4252 and of OpenSSH; "agent" is a public key's too. */
static const char *const methods[]
    = { "agent", "publickey", "gssapi-with-mic", "keyboard-interactive", "password" };

static gboolean
refuse (GError **error, const char *reason)
{
  g_set_error_literal (error, WHERRY_ERROR, WHERRY_ERROR_BAD_LOCATION, reason);
  return FALSE;
}

/* Only what can be shown as it is may name a thing. */
static gboolean
is_one_line (const char *text, gsize max_bytes)
{
  g_autofree char *shown = wherry_text_escape (text, -1, 0);

  return strlen (text) <= max_bytes && g_str_equal (shown, text);
}

static gboolean
check_name (const char *name, GError **error)
{
  return is_one_line (name, NAME_MAX_BYTES)
         || refuse (error,
                    _ ("A name is one line of at most 255 bytes, without control characters"));
}

static gboolean
check_folder (const char *folder, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (folder, "/", -1);
  gboolean fits = g_strv_length (parts) <= FOLDER_DEPTH_MAX;

  if (*folder == '\0')
    return TRUE;
  for (char **part = parts; fits && *part != NULL; part++)
    {
      g_autofree char *trimmed = g_strstrip (g_strdup (*part));
      fits
          = *trimmed != '\0' && g_str_equal (trimmed, *part) && is_one_line (*part, NAME_MAX_BYTES);
    }
  return fits
         || refuse (error, _ ("A folder’s name is one line; “/” stands between a folder and one in "
                              "it, at most 8 deep"));
}

static gboolean
check_host (const char *host, GError **error)
{
  g_autofree char *checked = wherry_location_check_host (host, error);

  return checked != NULL;
}

static gboolean
check_jump_host (const char *text, GError **error)
{
  g_autoptr (WherryLocation) location = wherry_location_parse_host (text, error);

  if (location == NULL)
    return FALSE;
  return *location->path == '\0'
         || refuse (error, _ ("A jump host is written “user@host:port”, without a folder"));
}

static gboolean
check_proxy (const char *text, GError **error)
{
  static const char *const schemes[] = { "socks5://", "socks4://", "socks4a://", "http://" };
  const char *rest = NULL;

  if (*text == '\0' || g_str_equal (text, "none"))
    return TRUE;
  for (gsize i = 0; rest == NULL && i < G_N_ELEMENTS (schemes); i++)
    if (g_str_has_prefix (text, schemes[i]))
      rest = text + strlen (schemes[i]);
  if (rest != NULL && strchr (rest, '/') == NULL)
    {
      g_autoptr (WherryLocation) location = wherry_location_parse_host (rest, NULL);

      if (location != NULL && *location->path == '\0')
        return TRUE;
    }
  return refuse (error, _ ("A proxy is written “socks5://host:port” or “http://user@host:port”; "
                           "its password is asked for"));
}

/* A file here, which must not depend on where Wherry was started. */
static gboolean
check_local_path (const char *path, GError **error)
{
  if (*path == '\0')
    return TRUE;
  if (strlen (path) > TEXT_MAX_BYTES)
    return refuse (error, _ ("This path is too long"));
  return g_path_is_absolute (path) || g_str_has_prefix (path, "~/") || g_str_equal (path, "~")
         || refuse (error, _ ("A path on this computer begins with “/” or “~/”"));
}

static gboolean
check_remote_path (const char *path, GError **error)
{
  return (strlen (path) <= TEXT_MAX_BYTES && strpbrk (path, "\r\n") == NULL)
         || refuse (error, _ ("A folder on the server is one line of at most 4096 bytes"));
}

static gboolean
check_mask (const char *mask, GError **error)
{
  return (*mask != '\0' && is_one_line (mask, NAME_MAX_BYTES))
         || refuse (error, _ ("A mask is a name in which “*” and “?” stand for anything"));
}

static gboolean
check_method (const char *method, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
    if (g_str_equal (method, methods[i]))
      return TRUE;

  g_autofree char *shown = wherry_text_escape (method, -1, SHOWN_MAX);
  g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_BAD_LOCATION,
               _ ("“%s” is no way to log in that Wherry knows"), shown);
  return FALSE;
}

/**
 * wherry_site_check_text:
 * @field: a field that holds a string or a list
 * @text: what was written; of a list, one element
 * @error: return location; %WHERRY_ERROR_BAD_LOCATION
 *
 * Judges what is typed into a form or stands in a file (rule R9).
 *
 * Returns: whether the field may hold it
 */
gboolean
wherry_site_check_text (WherrySiteField field, const char *text, GError **error)
{
  g_return_val_if_fail (text != NULL, FALSE);

  if (!g_utf8_validate (text, -1, NULL))
    return refuse (error, _ ("This is not text in UTF-8"));

  switch (field)
    {
    case WHERRY_SITE_ID:
      return (g_uuid_string_is_valid (text))
             || refuse (error, _ ("The entry’s identifier is malformed"));
    case WHERRY_SITE_NAME:
      return check_name (text, error);
    case WHERRY_SITE_FOLDER:
      return check_folder (text, error);
    case WHERRY_SITE_HOST:
      return check_host (text, error);
    case WHERRY_SITE_USER:
      return *text == '\0' || wherry_location_check_user (text, error);
    case WHERRY_SITE_LOGIN_METHODS:
      return check_method (text, error);
    case WHERRY_SITE_KEY_FILE:
    case WHERRY_SITE_LOCAL_FOLDER:
      return check_local_path (text, error);
    case WHERRY_SITE_JUMP_HOSTS:
      return check_jump_host (text, error);
    case WHERRY_SITE_PROXY:
      return check_proxy (text, error);
    case WHERRY_SITE_REMOTE_FOLDER:
    case WHERRY_SITE_BOOKMARKS:
      return check_remote_path (text, error);
    case WHERRY_SITE_INCLUDE:
    case WHERRY_SITE_EXCLUDE:
      return check_mask (text, error);
    case WHERRY_SITE_NOTES:
      return strlen (text) <= NOTES_MAX_BYTES || refuse (error, _ ("These notes are too long"));
    case WHERRY_SITE_PORT:
    case WHERRY_SITE_PROTOCOL:
    case WHERRY_SITE_PRESERVE_TIMES:
    case WHERRY_SITE_PRESERVE_MODES:
    case WHERRY_SITE_CONFLICTS:
    case WHERRY_SITE_LINKS:
    case WHERRY_SITE_VERIFY:
    case WHERRY_SITE_SPEED_LIMIT:
    case WHERRY_SITE_PARALLEL:
    case WHERRY_SITE_COLOR:
    case WHERRY_SITE_N_FIELDS:
    default:
      g_return_val_if_reached (FALSE);
    }
}

static gboolean
check_list (WherrySiteField field, const char *const *list, GError **error)
{
  if (g_strv_length ((char **) list) > LIST_MAX)
    return refuse (error, _ ("This list is too long"));
  for (; *list != NULL; list++)
    if (!wherry_site_check_text (field, *list, error))
      return FALSE;
  return TRUE;
}

/**
 * wherry_site_check:
 * @self: a site
 * @error: return location; %WHERRY_ERROR_BAD_LOCATION
 *
 * Judges a site as a whole: every field, and that there is a host.
 *
 * Returns: whether it can be kept and connected to
 */
gboolean
wherry_site_check (WherrySite *self, GError **error)
{
  g_return_val_if_fail (WHERRY_IS_SITE (self), FALSE);

  for (WherrySiteField field = WHERRY_SITE_ID; field < WHERRY_SITE_N_FIELDS; field++)
    {
      GType type = wherry_site_get_pspec (field)->value_type;

      if (type == G_TYPE_STRING
          && !wherry_site_check_text (field, wherry_site_get_string (self, field), error))
        return FALSE;
      if (type == G_TYPE_STRV && !check_list (field, wherry_site_get_list (self, field), error))
        return FALSE;
    }
  return TRUE;
}

/* Undoes a leading "~/", which is kept so in the file that it suits another account as well. */
static char *
expand_home (const char *path)
{
  if (g_str_equal (path, "~"))
    return g_strdup (g_get_home_dir ());
  if (g_str_has_prefix (path, "~/"))
    return g_build_filename (g_get_home_dir (), path + 2, NULL);
  return g_strdup (path);
}

/**
 * wherry_site_make_login:
 * @self: a site
 * @error: return location; %WHERRY_ERROR_BAD_LOCATION
 *
 * Says where and how to log in. Fails rather than lead to another machine, or
 * there another way, than the site says.
 *
 * Returns: (transfer full): the login
 */
WherryLogin *
wherry_site_make_login (WherrySite *self, GError **error)
{
  g_return_val_if_fail (WHERRY_IS_SITE (self), NULL);

  if (!wherry_site_check (self, error))
    return NULL;

  const char *user = wherry_site_get_string (self, WHERRY_SITE_USER);
  const char *key_file = wherry_site_get_string (self, WHERRY_SITE_KEY_FILE);
  g_autofree char *host
      = wherry_location_check_host (wherry_site_get_string (self, WHERRY_SITE_HOST), error);
  const char *proxy = wherry_site_get_string (self, WHERRY_SITE_PROXY);
  const char *const *chosen = wherry_site_get_list (self, WHERRY_SITE_LOGIN_METHODS);
  WherryLogin *nearest;
  g_autoptr (WherryLogin) login
      = wherry_login_new (*user != '\0' ? user : g_get_user_name (), host,
                          (guint16) wherry_site_get_number (self, WHERRY_SITE_PORT));

  if (*key_file != '\0')
    {
      login->identity_files = g_new0 (char *, 2);
      login->identity_files[0] = expand_home (key_file);
    }
  if (*chosen != NULL)
    login->methods = g_strdupv ((char **) chosen);
  if (!wherry_jump_apply (login, wherry_site_get_list (self, WHERRY_SITE_JUMP_HOSTS), NULL, NULL,
                          error))
    return NULL;
  /* The proxy leads to the nearest of them. */
  for (nearest = login; nearest->via != NULL; nearest = nearest->via)
    ;
  if (*proxy != '\0')
    nearest->proxy = g_strdup (proxy);
  return g_steal_pointer (&login);
}

/* The hosts on the way, as they are written in a site: the nearest first. */
static char **
dup_jumps (const WherryLogin *login)
{
  g_autoptr (GPtrArray) jumps = g_ptr_array_new ();

  for (const WherryLogin *hop = login->via; hop != NULL; hop = hop->via)
    g_ptr_array_insert (jumps, 0,
                        g_strdup_printf (strchr (hop->host, ':') != NULL ? "%s@[%s]:%u"
                                                                         : "%s@%s:%u",
                                         hop->user, hop->host, hop->port));
  g_ptr_array_add (jumps, NULL);
  return (char **) g_ptr_array_steal (jumps, NULL);
}

/**
 * wherry_site_new_from_login:
 * @login: where and how one is logged in
 *
 * Returns: (transfer full): a new site that leads there as far as a site can say
 *   it: of several key files it has none, so that the usual ones are tried
 */
WherrySite *
wherry_site_new_from_login (const WherryLogin *login)
{
  g_return_val_if_fail (login != NULL, NULL);

  WherrySite *self = wherry_site_new ();
  g_auto (GStrv) jumps = dup_jumps (login);
  const WherryLogin *nearest = login;

  while (nearest->via != NULL)
    nearest = nearest->via;
  wherry_site_set_string (self, WHERRY_SITE_HOST, login->host);
  wherry_site_set_string (self, WHERRY_SITE_USER, login->user);
  wherry_site_set_number (self, WHERRY_SITE_PORT, login->port);
  if (login->identity_files != NULL && g_strv_length (login->identity_files) == 1)
    wherry_site_set_string (self, WHERRY_SITE_KEY_FILE, login->identity_files[0]);
  wherry_site_set_list (self, WHERRY_SITE_LOGIN_METHODS, (const char *const *) login->methods);
  wherry_site_set_list (self, WHERRY_SITE_JUMP_HOSTS, (const char *const *) jumps);
  wherry_site_set_string (self, WHERRY_SITE_PROXY, nearest->proxy);
  return self;
}
