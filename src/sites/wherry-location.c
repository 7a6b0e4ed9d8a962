#include "config.h"

#include "sites/wherry-location.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"

/* The longest name DNS can hold (RFC 1035 section 2.3.4). */
#define HOST_MAX 255
#define USER_MAX 255

/* What is shown of a text that can't be read as a location. */
#define SHOWN_MAX 200

static gboolean
is_bare_host_byte (char c)
{
  return g_ascii_isalnum (c) || c == '.' || c == '-' || c == '_';
}

/* An IPv6 address, with or without a zone (RFC 4007 section 11). */
static gboolean
is_address_with_zone (const char *host)
{
  const char *zone = strchr (host, '%');
  g_autofree char *address = zone == NULL ? g_strdup (host) : g_strndup (host, zone - host);

  if (strchr (address, ':') == NULL || !g_hostname_is_ip_address (address))
    return FALSE;
  if (zone == NULL)
    return TRUE;
  if (zone[1] == '\0' || zone[1] == '-')
    return FALSE;
  for (const char *p = zone + 1; *p != '\0'; p++)
    if (!is_bare_host_byte (*p))
      return FALSE;
  return TRUE;
}

static gboolean
is_host_name (const char *host)
{
  /* A first letter that is no "." or "-" keeps "..", and anything that looks like an option, out.
   */
  if (!g_ascii_isalnum (host[0]) && host[0] != '_')
    return FALSE;
  for (const char *p = host; *p != '\0'; p++)
    if (!is_bare_host_byte (*p) || (p[0] == '.' && p[1] == '.'))
      return FALSE;
  return TRUE;
}

/**
 * wherry_location_check_host:
 * @host: a host name or address without brackets, as it was written
 * @error: return location; %WHERRY_ERROR_BAD_LOCATION
 *
 * Checks a host name against the allow-list (rule R9): ASCII letters, digits,
 * `.`, `-` and `_`, beginning with a letter, a digit or `_`; or an IPv6 address
 * with an optional zone. A name in another script is turned into its ASCII form
 * (RFC 3490) first.
 *
 * Returns: (transfer full) (nullable): the name to connect to
 */
char *
wherry_location_check_host (const char *host, GError **error)
{
  g_return_val_if_fail (host != NULL, NULL);

  g_autofree char *shown = wherry_text_escape (host, -1, SHOWN_MAX);
  g_autofree char *ascii = NULL;

  if (*host == '\0')
    {
      g_set_error_literal (error, WHERRY_ERROR, WHERRY_ERROR_BAD_LOCATION,
                           _ ("The host name is empty"));
      return NULL;
    }

  if (g_str_is_ascii (host))
    ascii = g_strdup (host);
  else if (g_utf8_validate (host, -1, NULL))
    ascii = g_hostname_to_ascii (host);

  if (ascii != NULL && strlen (ascii) <= HOST_MAX
      && (is_address_with_zone (ascii) || is_host_name (ascii)))
    return g_steal_pointer (&ascii);

  g_set_error (
      error, WHERRY_ERROR, WHERRY_ERROR_BAD_LOCATION,
      /* Translators: %s is what was written as the name of a server */
      _ ("“%s” can’t be the name of a host: letters, digits, “.”, “-” and “_” are allowed, or "
         "an IPv6 address in brackets"),
      shown);
  return NULL;
}

/**
 * wherry_location_check_user:
 * @user: a user name
 * @error: return location; %WHERRY_ERROR_BAD_LOCATION
 *
 * Checks a user name against the allow-list (rule R9): letters and digits of
 * any script and `._-+@%#=~\`, no leading `-`, no `\` at the end, at most 255
 * bytes. That is narrower than ssh(1), but has room for `user@domain` and
 * `DOMAIN\user`.
 *
 * Returns: whether the name may be used
 */
gboolean
wherry_location_check_user (const char *user, GError **error)
{
  g_return_val_if_fail (user != NULL, FALSE);

  gsize length = strlen (user);
  gboolean fits = length <= USER_MAX && g_utf8_validate (user, -1, NULL) && user[0] != '-'
                  && !g_str_has_suffix (user, "\\");

  if (length == 0)
    {
      g_set_error_literal (error, WHERRY_ERROR, WHERRY_ERROR_BAD_LOCATION,
                           _ ("The user name before the “@” is empty"));
      return FALSE;
    }

  for (const char *p = user; fits && *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      fits = g_unichar_isalnum (c) || (c < 0x80 && strchr ("._-+@%#=~\\", (int) c) != NULL);
    }
  if (fits)
    return TRUE;

  g_autofree char *shown = wherry_text_escape (user, -1, SHOWN_MAX);
  g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_BAD_LOCATION,
               /* Translators: the list of characters is literal */
               _ ("“%s” can’t be a user name: letters, digits and ._-+@%%#=~\\ are allowed"),
               shown);
  return FALSE;
}

/**
 * wherry_location_parse_port:
 * @text: a port number as it was written
 * @port: (out): the port
 * @error: return location; %WHERRY_ERROR_BAD_LOCATION
 *
 * Returns: whether @text is a whole number from 1 to 65535, in digits only
 */
gboolean
wherry_location_parse_port (const char *text, guint16 *port, GError **error)
{
  g_return_val_if_fail (text != NULL && port != NULL, FALSE);

  guint64 number;
  /* g_ascii_string_to_unsigned() takes no sign and no blank, unlike strtoul(). */
  if (g_ascii_string_to_unsigned (text, 10, 1, G_MAXUINT16, &number, NULL))
    {
      *port = (guint16) number;
      return TRUE;
    }

  g_autofree char *shown = wherry_text_escape (text, -1, SHOWN_MAX);
  g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_BAD_LOCATION,
               _ ("“%s” is no port: a number from 1 to 65535 is expected"), shown);
  return FALSE;
}

static gboolean
refuse (GError **error, const char *reason)
{
  g_set_error_literal (error, WHERRY_ERROR, WHERRY_ERROR_BAD_LOCATION, reason);
  return FALSE;
}

/* Undoes percent-encoding only: a "+" stays one (RFC 3986). scp(1) makes a blank of it, which can't
 * name "c++". */
static char *
percent_decode (const char *text, GError **error)
{
  g_autofree char *out = g_malloc (strlen (text) + 1);
  char *to = out;

  for (const char *p = text; *p != '\0'; p++)
    {
      if (*p != '%')
        {
          *to++ = *p;
          continue;
        }
      if (!g_ascii_isxdigit (p[1]) || !g_ascii_isxdigit (p[2]))
        {
          refuse (error, _ ("a “%” in an address must be followed by two hexadecimal digits; a “%” "
                            "itself is written “%25”"));
          return NULL;
        }
      int byte = g_ascii_xdigit_value (p[1]) * 16 + g_ascii_xdigit_value (p[2]);
      if (byte == 0)
        {
          refuse (error, _ ("“%00” can’t be part of an address"));
          return NULL;
        }
      *to++ = (char) byte;
      p += 2;
    }
  *to = '\0';
  return g_steal_pointer (&out);
}

/* Takes the brackets off, as in "[::1]"; FALSE if there is only one of them. */
static gboolean
strip_brackets (char *host)
{
  gsize length = strlen (host);
  gboolean opens = host[0] == '[';
  gboolean closes = length > 0 && host[length - 1] == ']';

  if (opens != closes || (opens && length < 2))
    return FALSE;
  if (opens)
    {
      memmove (host, host + 1, length - 2);
      host[length - 2] = '\0';
    }
  return TRUE;
}

/* Reads "[user@]host", the host possibly in brackets. */
static gboolean
set_user_and_host (WherryLocation *self, const char *text, GError **error)
{
  /* The last one: "user@domain@host" is the user "user@domain". */
  const char *at = strrchr (text, '@');
  g_autofree char *host = g_strdup (at == NULL ? text : at + 1);

  if (at != NULL)
    {
      g_clear_pointer (&self->user, g_free);
      self->user = g_strndup (text, at - text);
      if (!wherry_location_check_user (self->user, error))
        return FALSE;
    }
  if (!strip_brackets (host))
    return refuse (error, _ ("a bracket around the host’s address is missing"));
  g_clear_pointer (&self->host, g_free);
  self->host = wherry_location_check_host (host, error);
  return self->host != NULL;
}

/* The colon that ends the host as scp.c's colon() finds it; NULL if @text names a local file. */
static const char *
find_host_end (const char *text)
{
  gboolean bracket = text[0] == '[';

  if (text[0] == ':')
    return NULL;
  for (const char *p = text; *p != '\0' && *p != '/'; p++)
    {
      if (p[0] == '@' && p[1] == '[')
        bracket = TRUE;
      if (bracket && p[0] == ']' && p[1] == ':')
        return p + 1;
      if (!bracket && p[0] == ':')
        return p;
    }
  return NULL;
}

/* What stands after "scheme://", or NULL if @text does not begin so. */
static const char *
find_after_scheme (const char *text)
{
  const char *p = text;

  if (!g_ascii_isalpha (*p))
    return NULL;
  while (g_ascii_isalnum (*p) || *p == '+' || *p == '-' || *p == '.')
    p++;
  return g_str_has_prefix (p, "://") ? p + 3 : NULL;
}

static gboolean
has_scheme (const char *text, const char *scheme)
{
  gsize length = strlen (scheme);
  return g_ascii_strncasecmp (text, scheme, length) == 0 && g_str_has_prefix (text + length, "://");
}

/* A URL as it may be shown: whatever could be a password is left out, wherever it stands. */
static char *
url_to_shown (const char *text)
{
  const char *rest = find_after_scheme (text);
  const char *colon = rest == NULL ? NULL : strchr (rest, ':');
  const char *at = rest == NULL ? NULL : strrchr (rest, '@');

  if (colon != NULL && at != NULL && colon < at)
    {
      g_autofree char *scheme = g_strndup (text, rest - text);
      g_autofree char *tail = wherry_text_escape (at, -1, SHOWN_MAX);
      return g_strconcat (scheme, "…", tail, NULL);
    }
  return wherry_text_escape (text, -1, SHOWN_MAX);
}

static gboolean
set_url_user (WherryLocation *self, char *user_info, GError **error)
{
  /* Connection parameters (draft-ietf-secsh-scp-sftp-ssh-uri section 3): scp(1) skips them, too. */
  char *parameters = strchr (user_info, ';');

  if (strchr (user_info, ':') != NULL)
    return refuse (error,
                   _ ("a password must not be part of an address: it would stay in the shell’s "
                      "history and be seen in the list of processes. Leave it out; it will be "
                      "asked for"));
  if (parameters != NULL)
    *parameters = '\0';
  self->user = percent_decode (user_info, error);
  return self->user != NULL && wherry_location_check_user (self->user, error);
}

/* Reads "host[:port]"; an empty port is none (RFC 3986 section 3.2.3). */
static gboolean
set_url_host (WherryLocation *self, char *host, const char *path, GError **error)
{
  char *bracket = host[0] == '[' ? strchr (host, ']') : NULL;
  char *colon = strchr (bracket != NULL ? bracket : host, ':');

  if (colon != NULL)
    {
      *colon = '\0';
      if (colon[1] != '\0' && !wherry_location_parse_port (colon + 1, &self->port, NULL))
        {
          /* "user:pass/word@host": what looks like a port may be the start of a password. */
          if (path != NULL && strchr (path, '@') != NULL)
            return refuse (error,
                           _ ("what follows the colon is no port. A password must not be part of "
                              "an address; a “/” or “@” in a user name is written “%2F” or “%40”"));
          return wherry_location_parse_port (colon + 1, &self->port, error);
        }
    }
  if (!strip_brackets (host))
    return refuse (error, _ ("a bracket around the host’s address is missing"));

  /* "%25" introduces a zone in a URL (RFC 6874); scp(1) takes a bare "%". */
  g_autofree char *name = NULL;
  char *zone = strstr (host, "%25");
  if (zone != NULL && zone[3] != '\0')
    {
      *zone = '\0';
      name = g_strconcat (host, "%", zone + 3, NULL);
    }
  self->host = wherry_location_check_host (name != NULL ? name : host, error);
  return self->host != NULL;
}

/*
 * In scp:// the path begins after the slash that ends the host and so counts
 * from the home folder, as with scp(1) (misc.c, parse_uri()); "scp://h//etc" is
 * absolute. In sftp:// the slash belongs to the path, as in every file manager
 * that hands such addresses out, with "/~/" for the home folder as in curl(1).
 */
static gboolean
set_url_path (WherryLocation *self, const char *path, gboolean from_root, GError **error)
{
  if (path == NULL || *path == '\0')
    self->path = g_strdup ("");
  else if (!from_root)
    self->path = percent_decode (path + 1, error);
  else if (g_str_equal (path, "/~") || g_str_has_prefix (path, "/~/"))
    self->path = percent_decode (path[2] == '\0' ? "" : path + 3, error);
  else
    self->path = percent_decode (path, error);
  return self->path != NULL;
}

static WherryLocation *
parse_url (const char *text, GError **error)
{
  g_autoptr (WherryLocation) self = wherry_location_new_local ("");
  g_autoptr (GError) reason = NULL;
  g_autofree char *shown = url_to_shown (text);
  gboolean from_root = has_scheme (text, "sftp");

  if (!from_root && !has_scheme (text, "scp"))
    {
      g_set_error (
          error, WHERRY_ERROR, WHERRY_ERROR_BAD_LOCATION,
          _ ("“%s”: only scp:// and sftp:// addresses are known; host:/path names a file on a "
             "host, too"),
          shown);
      return NULL;
    }

  const char *rest = find_after_scheme (text);
  const char *path = strchr (rest, '/');
  g_autofree char *authority = path == NULL ? g_strdup (rest) : g_strndup (rest, path - rest);
  char *at = strrchr (authority, '@');
  char *host = authority;

  self->is_remote = TRUE;
  g_clear_pointer (&self->path, g_free);
  if (at != NULL)
    {
      *at = '\0';
      host = at + 1;
    }
  if ((at != NULL && !set_url_user (self, authority, &reason))
      || !set_url_host (self, host, path, &reason)
      || !set_url_path (self, path, from_root, &reason))
    {
      /* Translators: an address, and what is wrong with it */
      g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_BAD_LOCATION, _ ("“%s”: %s"), shown,
                   reason->message);
      return NULL;
    }
  return g_steal_pointer (&self);
}

/* Reads "[user@]host" up to @colon, a place in @text or NULL for all of it. */
static WherryLocation *
parse_user_host (const char *text, const char *colon, GError **error)
{
  g_autoptr (WherryLocation) self = wherry_location_new_local (colon == NULL ? "" : colon + 1);
  g_autofree char *before = colon == NULL ? g_strdup (text) : g_strndup (text, colon - text);
  g_autoptr (GError) reason = NULL;

  self->is_remote = TRUE;
  if (!set_user_and_host (self, before, &reason))
    {
      g_autofree char *shown = wherry_text_escape (text, -1, SHOWN_MAX);
      g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_BAD_LOCATION,
                   /* Translators: what was written, and what is wrong with it */
                   _ ("“%s”: %s"), shown, reason->message);
      return NULL;
    }
  return g_steal_pointer (&self);
}

/**
 * wherry_location_parse:
 * @text: what was written, as bytes
 * @error: return location; %WHERRY_ERROR_BAD_LOCATION
 *
 * Reads a file's name the way scp(1) does (scp.c and misc.c, colon(),
 * parse_user_host_path() and parse_uri()):
 *
 * - `[user@]host:path` and `[user@][v6]:path` name a file on a host; without a
 *   path, or with one that does not begin with `/`, it counts from the home
 *   folder;
 * - a `/` before the first `:`, a leading `:`, or no `:` at all: a local file, so
 *   `./a:b` is one;
 * - `scp://[user@]host[:port][/path]`, percent-encoded; the path counts from the
 *   home folder, `scp://host//etc` is absolute;
 * - `sftp://[user@]host[:port][/path]`, the path being absolute.
 *
 * Otherwise than scp(1): names are checked against an allow-list (rule R9);
 * other `word://` are refused in place of being taken for a host; a password in
 * an address is refused and never shown; `+` in an address is a plus; brackets
 * work in addresses.
 *
 * Returns: (transfer full): the location
 */
WherryLocation *
wherry_location_parse (const char *text, GError **error)
{
  g_return_val_if_fail (text != NULL, NULL);

  if (*text == '\0')
    {
      refuse (error, _ ("The name of a file is empty"));
      return NULL;
    }
  if (find_after_scheme (text) != NULL)
    return parse_url (text, error);

  const char *colon = find_host_end (text);
  if (colon == NULL)
    return wherry_location_new_local (text);
  return parse_user_host (text, colon, error);
}

static gboolean
is_all_digits (const char *text)
{
  return *text != '\0' && text[strspn (text, "0123456789")] == '\0';
}

/**
 * wherry_location_parse_host:
 * @text: what was written, as bytes; blanks around it don't count
 * @error: return location; %WHERRY_ERROR_BAD_LOCATION
 *
 * Reads what is typed to name a server, where a file alone makes no sense:
 *
 * - `[user@]host`; an IPv6 address may go without brackets here;
 * - `[user@]host:22` and `[user@][v6]:22`: digits only after the colon are a
 *   port (a folder of digits is written `host:./22`);
 * - `[user@]host:path`, and the addresses of wherry_location_parse(); anything
 *   else after the colon is a path.
 *
 * Returns: (transfer full): a location with @is_remote set
 */
WherryLocation *
wherry_location_parse_host (const char *text, GError **error)
{
  g_return_val_if_fail (text != NULL, NULL);

  g_autofree char *trimmed = g_strstrip (g_strdup (text));
  g_autofree char *shown = wherry_text_escape (trimmed, -1, SHOWN_MAX);

  if (*trimmed == '\0')
    {
      refuse (error, _ ("Write the name of a host, such as “user@host” or “scp://host/folder”"));
      return NULL;
    }
  if (find_after_scheme (trimmed) != NULL)
    return parse_url (trimmed, error);

  const char *at = strrchr (trimmed, '@');
  if (is_address_with_zone (at == NULL ? trimmed : at + 1))
    return parse_user_host (trimmed, NULL, error);

  const char *colon = find_host_end (trimmed);
  if (colon == NULL && strchr (trimmed, '/') != NULL)
    {
      g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_BAD_LOCATION,
                   _ ("“%s” names no host: a folder on one is written “host:/folder”"), shown);
      return NULL;
    }

  g_autoptr (WherryLocation) self = parse_user_host (trimmed, colon, error);
  if (self != NULL && is_all_digits (self->path))
    {
      if (!wherry_location_parse_port (self->path, &self->port, error))
        return NULL;
      *self->path = '\0';
    }
  return g_steal_pointer (&self);
}

/**
 * wherry_location_new_local:
 * @path: a path on this machine, as bytes
 *
 * Returns: (transfer full): its location
 */
WherryLocation *
wherry_location_new_local (const char *path)
{
  g_return_val_if_fail (path != NULL, NULL);

  WherryLocation *self = g_new0 (WherryLocation, 1);
  self->path = g_strdup (path);
  return self;
}

/**
 * wherry_location_new_remote:
 * @user: (nullable): the user name
 * @host: the host's name or address, without brackets
 * @port: the port, 0 if not named
 * @path: a path there, as bytes; "" is the home folder
 *
 * The names are taken as they are: check those that come from outside with
 * wherry_location_check_host() and wherry_location_check_user().
 *
 * Returns: (transfer full): the location
 */
WherryLocation *
wherry_location_new_remote (const char *user, const char *host, guint16 port, const char *path)
{
  g_return_val_if_fail (host != NULL && *host != '\0', NULL);
  g_return_val_if_fail (path != NULL, NULL);

  WherryLocation *self = wherry_location_new_local (path);
  self->is_remote = TRUE;
  self->user = g_strdup (user);
  self->host = g_strdup (host);
  self->port = port;
  return self;
}

/**
 * wherry_location_copy:
 * @self: a location
 *
 * Returns: (transfer full): a copy
 */
WherryLocation *
wherry_location_copy (const WherryLocation *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  WherryLocation *copy = wherry_location_new_local (self->path);
  copy->is_remote = self->is_remote;
  copy->user = g_strdup (self->user);
  copy->host = g_strdup (self->host);
  copy->port = self->port;
  return copy;
}

/**
 * wherry_location_free:
 * @self: (nullable) (transfer full): a location
 */
void
wherry_location_free (WherryLocation *self)
{
  if (self == NULL)
    return;
  g_free (self->user);
  g_free (self->host);
  g_free (self->path);
  g_free (self);
}

/**
 * wherry_location_to_display:
 * @self: a location
 *
 * For reading, not for parsing: names are escaped (rule R6) and not
 * percent-encoded. `scp://` is used where a port has to be shown.
 *
 * Returns: (transfer full): the location fit to be shown
 */
char *
wherry_location_to_display (const WherryLocation *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  if (!self->is_remote)
    return wherry_text_display_name (self->path);

  gboolean brackets = strchr (self->host, ':') != NULL;
  g_autoptr (GString) out = g_string_new (self->port != 0 ? "scp://" : "");
  if (self->user != NULL)
    g_string_append_printf (out, "%s@", self->user);
  g_string_append_printf (out, brackets ? "[%s]" : "%s", self->host);
  if (self->port != 0)
    g_string_append_printf (out, ":%u/", self->port);
  else
    g_string_append_c (out, ':');
  g_string_append (out, self->path);
  return wherry_text_display_name (out->str);
}
