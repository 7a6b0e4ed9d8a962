#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "sites/wherry-import-private.h"

/* Elements within elements, and bytes of text in one: far more than FileZilla ever writes. */
#define DEPTH_MAX 64
#define TEXT_MAX (64 * 1024)

/* FileZilla's numbers: engine/server.h (ServerProtocol, LogonType) and interface/site_manager. */
#define PROTOCOL_SFTP "1"
#define LOGON_TYPE_INTERACTIVE "3"
#define LOGON_TYPE_KEY "5"

/* The server being read. Strings are owned; "" where nothing was said. */
typedef struct {
  GHashTable *values; /* (element-type utf8 utf8): text of the elements below, by name */
  GString *text;      /* of the element itself, its name in old versions */
  GPtrArray *bookmarks;
  char *encoding; /* (nullable): of the password */
} Server;

typedef struct {
  WherryImport *import;
  GPtrArray *folders; /* element-type GString: names of those that are open */
  Server *server;     /* (nullable) */
  gboolean in_bookmark;
  GString *value; /* of the element at work */
  guint depth;
  guint depth_of_server;
} Reader;

static void
wipe_string (gpointer data)
{
  GString *string = data;

  explicit_bzero (string->str, string->len);
  g_string_free (string, TRUE);
}

static void
wipe (gpointer data)
{
  char *text = data;

  explicit_bzero (text, strlen (text));
  g_free (text);
}

static void
server_free (Server *self)
{
  g_hash_table_unref (self->values);
  g_string_free (self->text, TRUE);
  g_ptr_array_unref (self->bookmarks);
  g_free (self->encoding);
  g_free (self);
}

static const char *
get (Server *self, const char *name)
{
  const char *value = g_hash_table_lookup (self->values, name);

  return value != NULL ? value : "";
}

/*
 * FileZilla writes a folder as its parts with their lengths in characters:
 * "1 0 3 srv 3 www" is /srv/www, the 1 for Unix, the 0 for no prefix
 * (engine/serverpath.cpp, GetSafePath()). NULL if it is something else.
 */
static char *
read_safe_path (const char *text)
{
  g_autoptr (GString) path = g_string_new (NULL);
  const char *p = text;

  if (!g_str_has_prefix (p, "1 0") || (p[3] != '\0' && p[3] != ' '))
    return NULL;
  for (p += 3; *p == ' ';)
    {
      char *end;
      guint64 length = g_ascii_isdigit (p[1]) ? g_ascii_strtoull (p + 1, &end, 10) : 0;

      if (length == 0 || *end != ' ' || length > (guint64) g_utf8_strlen (end + 1, -1))
        return NULL;
      p = g_utf8_offset_to_pointer (end + 1, (glong) length);
      g_string_append_c (path, '/');
      g_string_append_len (path, end + 1, p - (end + 1));
    }
  if (*p != '\0')
    return NULL;
  if (path->len == 0)
    g_string_append_c (path, '/');
  return g_string_free (g_steal_pointer (&path), FALSE);
}

static void
set_color (WherrySite *site, const char *number)
{
  /* None, red, green, blue, yellow, cyan, magenta, orange. */
  static const WherrySiteColor colors[] = {
    WHERRY_SITE_COLOR_NONE,   WHERRY_SITE_COLOR_RED,    WHERRY_SITE_COLOR_GREEN,
    WHERRY_SITE_COLOR_BLUE,   WHERRY_SITE_COLOR_YELLOW, WHERRY_SITE_COLOR_BLUE,
    WHERRY_SITE_COLOR_PURPLE, WHERRY_SITE_COLOR_ORANGE,
  };
  guint64 index;

  if (g_ascii_string_to_unsigned (number, 10, 0, G_N_ELEMENTS (colors) - 1, &index, NULL))
    wherry_site_set_number (site, WHERRY_SITE_COLOR, colors[index]);
}

/* The password in the clear, to be wiped; NULL if there is none that can be read. */
static char *
decode_password (Reader *self, const char *title)
{
  const char *text = get (self->server, "Pass");
  const char *encoding = self->server->encoding;
  g_autofree guchar *bytes = NULL;
  gsize length;
  char *password = NULL;

  if (*text == '\0')
    return NULL;
  if (encoding == NULL || *encoding == '\0')
    return g_strdup (text);
  if (!g_str_equal (encoding, "base64"))
    {
      wherry_import_warn (self->import, title,
                          _ ("its password is locked with FileZilla’s master password, and is not "
                             "imported"));
      return NULL;
    }
  bytes = g_base64_decode (text, &length);
  if (memchr (bytes, '\0', length) == NULL
      && g_utf8_validate ((char *) bytes, (gssize) length, NULL))
    password = g_strndup ((char *) bytes, length);
  else
    wherry_import_warn (self->import, title, _ ("its password can’t be read"));
  explicit_bzero (bytes, length);
  return password;
}

static void
set_folder (Reader *self, WherrySite *site)
{
  g_autoptr (GString) path = g_string_new (NULL);

  for (guint i = 0; i < self->folders->len; i++)
    {
      /* A slash in a name would be one more folder. */
      g_autofree char *name = g_strdup (((GString *) self->folders->pdata[i])->str);

      g_strdelimit (g_strstrip (name), "/", '-');
      g_string_append_printf (path, "%s/", name);
    }
  wherry_import_set_name (site, WHERRY_SITE_FOLDER, path->str);
}

static void
set_folders (Reader *self, WherrySite *site, const char *title)
{
  const char *remote = get (self->server, "RemoteDir");
  const char *local = get (self->server, "LocalDir");
  g_autofree char *path = read_safe_path (remote);

  if (path != NULL && wherry_site_check_text (WHERRY_SITE_REMOTE_FOLDER, path, NULL))
    wherry_site_set_string (site, WHERRY_SITE_REMOTE_FOLDER, path);
  else if (*remote != '\0')
    wherry_import_warn (self->import, title, _ ("its folder on the server can’t be read"));
  if (wherry_site_check_text (WHERRY_SITE_LOCAL_FOLDER, local, NULL))
    wherry_site_set_string (site, WHERRY_SITE_LOCAL_FOLDER, local);
  if (self->server->bookmarks->len > 0)
    {
      g_ptr_array_add (self->server->bookmarks, NULL);
      wherry_site_set_list (site, WHERRY_SITE_BOOKMARKS,
                            (const char *const *) self->server->bookmarks->pdata);
    }
}

static void
end_server (Reader *self)
{
  g_autoptr (WherrySite) site = wherry_site_new ();
  Server *server = self->server;
  const char *name = get (server, "Name");
  const char *port = get (server, "Port");
  const char *logon_type = get (server, "Logontype");
  const char *key_file = get (server, "Keyfile");
  g_autofree char *title = NULL;
  char *password = NULL;
  guint16 number;

  wherry_import_set_name (site, WHERRY_SITE_NAME, *name != '\0' ? name : server->text->str);
  wherry_site_set_string (site, WHERRY_SITE_HOST, get (server, "Host"));
  title = wherry_site_dup_title (site);

  if (!g_str_equal (get (server, "Protocol"), PROTOCOL_SFTP))
    wherry_import_warn (self->import, title, _ ("it is not reached over SSH"));
  else if (*port != '\0' && !wherry_location_parse_port (port, &number, NULL))
    wherry_import_warn (self->import, title, _ ("its port can’t be one"));
  else
    {
      if (*port != '\0')
        wherry_site_set_number (site, WHERRY_SITE_PORT, number);
      wherry_site_set_string (site, WHERRY_SITE_USER, get (server, "User"));
      if (g_str_equal (logon_type, LOGON_TYPE_KEY)
          && wherry_site_check_text (WHERRY_SITE_KEY_FILE, key_file, NULL))
        wherry_site_set_string (site, WHERRY_SITE_KEY_FILE, key_file);
      if (wherry_site_check_text (WHERRY_SITE_NOTES, get (server, "Comments"), NULL))
        wherry_site_set_string (site, WHERRY_SITE_NOTES, get (server, "Comments"));
      set_color (site, get (server, "Colour"));
      set_folder (self, site);
      set_folders (self, site, title);
      if (!g_str_equal (logon_type, LOGON_TYPE_INTERACTIVE))
        password = decode_password (self, title);
      wherry_import_take (self->import, g_steal_pointer (&site), password);
    }
  g_clear_pointer (&password, wipe);
  g_clear_pointer (&self->server, server_free);
}

static gboolean
refuse (GError **error, const char *reason)
{
  g_set_error_literal (error, G_MARKUP_ERROR, G_MARKUP_ERROR_INVALID_CONTENT, reason);
  return FALSE;
}

static void
start_element (GMarkupParseContext *context,
               const char *name,
               const char **attribute_names,
               const char **attribute_values,
               gpointer user_data,
               GError **error)
{
  Reader *self = user_data;

  if (++self->depth > DEPTH_MAX)
    {
      refuse (error, _ ("it is nested too deep"));
      return;
    }
  explicit_bzero (self->value->str, self->value->len);
  g_string_truncate (self->value, 0);

  if (self->server == NULL && g_str_equal (name, "Folder"))
    g_ptr_array_add (self->folders, g_string_new (NULL));
  else if (self->server == NULL && g_str_equal (name, "Server"))
    {
      self->server = g_new0 (Server, 1);
      self->server->values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, wipe);
      self->server->text = g_string_new (NULL);
      self->server->bookmarks = g_ptr_array_new_with_free_func (g_free);
      self->depth_of_server = self->depth;
    }
  else if (self->server != NULL && self->depth == self->depth_of_server + 1)
    {
      self->in_bookmark = g_str_equal (name, "Bookmark");
      for (gsize i = 0; g_str_equal (name, "Pass") && attribute_names[i] != NULL; i++)
        if (g_str_equal (attribute_names[i], "encoding"))
          {
            g_free (self->server->encoding);
            self->server->encoding = g_strdup (attribute_values[i]);
          }
    }
}

static void
end_bookmark_value (Reader *self, const char *name)
{
  g_autofree char *path
      = g_str_equal (name, "RemoteDir") ? read_safe_path (self->value->str) : NULL;

  if (path != NULL && self->server->bookmarks->len < 200
      && wherry_site_check_text (WHERRY_SITE_BOOKMARKS, path, NULL))
    g_ptr_array_add (self->server->bookmarks, g_steal_pointer (&path));
}

static void
end_element (GMarkupParseContext *context, const char *name, gpointer user_data, GError **error)
{
  Reader *self = user_data;

  if (self->server != NULL && self->depth == self->depth_of_server)
    end_server (self);
  else if (self->server != NULL && self->depth == self->depth_of_server + 1)
    {
      if (!self->in_bookmark)
        g_hash_table_replace (self->server->values, g_strdup (name), g_strdup (self->value->str));
      self->in_bookmark = FALSE;
    }
  else if (self->server != NULL && self->in_bookmark && self->depth == self->depth_of_server + 2)
    end_bookmark_value (self, name);
  else if (self->server == NULL && g_str_equal (name, "Folder"))
    g_ptr_array_set_size (self->folders, (int) self->folders->len - 1);
  self->depth--;
}

static void
read_text (GMarkupParseContext *context,
           const char *text,
           gsize length,
           gpointer user_data,
           GError **error)
{
  Reader *self = user_data;
  const char *element = g_markup_parse_context_get_element (context);
  GString *to = self->value;

  if (self->server != NULL && self->depth == self->depth_of_server)
    to = self->server->text;
  else if (self->server == NULL && g_strcmp0 (element, "Folder") == 0)
    to = self->folders->pdata[self->folders->len - 1];

  if (to->len + length > TEXT_MAX)
    refuse (error, _ ("a text in it is too long"));
  else
    g_string_append_len (to, text, (gssize) length);
}

/**
 * wherry_import_filezilla_parse:
 * @self: an import
 * @text: what FileZilla's `sitemanager.xml` holds
 * @length: its length in bytes
 * @error: return location; %WHERRY_ERROR_BAD_LOCATION
 *
 * Takes in the servers that are reached over SFTP, with their folders,
 * bookmarks, notes, colours and passwords.
 *
 * Returns: whether it is such a file
 */
gboolean
wherry_import_filezilla_parse (WherryImport *self, const char *text, gsize length, GError **error)
{
  static const GMarkupParser parser
      = { .start_element = start_element, .end_element = end_element, .text = read_text };
  Reader reader = { .import = self };
  g_autoptr (GMarkupParseContext) context
      = g_markup_parse_context_new (&parser, G_MARKUP_DEFAULT_FLAGS, &reader, NULL);
  g_autoptr (GError) reason = NULL;
  gboolean read;

  reader.folders = g_ptr_array_new_with_free_func (wipe_string);
  reader.value = g_string_new (NULL);
  read = g_markup_parse_context_parse (context, text, (gssize) length, &reason)
         && g_markup_parse_context_end_parse (context, &reason);
  g_ptr_array_unref (reader.folders);
  wipe_string (reader.value);
  g_clear_pointer (&reader.server, server_free);
  if (read)
    return TRUE;

  g_autofree char *shown = wherry_text_escape (reason->message, -1, 300);
  g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_BAD_LOCATION,
               _ ("This is no site manager of FileZilla, or it is damaged: %s"), shown);
  return FALSE;
}
