#include "config.h"

#include "sites/wherry-ssh-config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "sites/wherry-location.h"
#include "sites/wherry-pattern.h"
#include "sites/wherry-ssh-config-private.h"

#define DEFAULT_PORT 22

struct _WherrySshConfig {
  char *shown_file;
  GPtrArray *options;  /* (element-type WherrySshConfigOption), in the file's order */
  GPtrArray *warnings; /* (element-type utf8), %NULL-terminated */
};

/* What a keyword means to Wherry. Any other keyword is told when it applies. */
typedef enum {
  KEYWORD_OTHER,
  KEYWORD_FOLLOWED,
  KEYWORD_WITHOUT_EFFECT, /* changes neither where nor how to connect, or nothing that Wherry does
                           */
  KEYWORD_OTHER_ROUTE,    /* without it, one would reach another machine */
} KeywordKind;

static const struct {
  const char *keyword;
  KeywordKind kind;
} KEYWORDS[] = {
  { "ciphers", KEYWORD_FOLLOWED },
  { "connecttimeout", KEYWORD_FOLLOWED },
  { "hostkeyalias", KEYWORD_FOLLOWED },
  { "hostname", KEYWORD_FOLLOWED },
  { "identitiesonly", KEYWORD_FOLLOWED },
  { "identityfile", KEYWORD_FOLLOWED },
  { "port", KEYWORD_FOLLOWED },
  { "user", KEYWORD_FOLLOWED },
  { "userknownhostsfile", KEYWORD_FOLLOWED },
  { "proxycommand", KEYWORD_OTHER_ROUTE },
  { "proxyjump", KEYWORD_OTHER_ROUTE },
  { "addkeystoagent", KEYWORD_WITHOUT_EFFECT },
  { "batchmode", KEYWORD_WITHOUT_EFFECT },
  { "checkhostip", KEYWORD_WITHOUT_EFFECT },
  { "clearallforwardings", KEYWORD_WITHOUT_EFFECT },
  { "compression", KEYWORD_WITHOUT_EFFECT },
  { "connectionattempts", KEYWORD_WITHOUT_EFFECT },
  { "controlmaster", KEYWORD_WITHOUT_EFFECT },
  { "controlpath", KEYWORD_WITHOUT_EFFECT },
  { "controlpersist", KEYWORD_WITHOUT_EFFECT },
  { "dynamicforward", KEYWORD_WITHOUT_EFFECT },
  { "enableescapecommandline", KEYWORD_WITHOUT_EFFECT },
  { "escapechar", KEYWORD_WITHOUT_EFFECT },
  { "exitonforwardfailure", KEYWORD_WITHOUT_EFFECT },
  { "fingerprinthash", KEYWORD_WITHOUT_EFFECT },
  { "forkafterauthentication", KEYWORD_WITHOUT_EFFECT },
  { "forwardagent", KEYWORD_WITHOUT_EFFECT },
  { "forwardx11", KEYWORD_WITHOUT_EFFECT },
  { "forwardx11timeout", KEYWORD_WITHOUT_EFFECT },
  { "forwardx11trusted", KEYWORD_WITHOUT_EFFECT },
  { "gatewayports", KEYWORD_WITHOUT_EFFECT },
  { "hashknownhosts", KEYWORD_WITHOUT_EFFECT },
  { "ignoreunknown", KEYWORD_WITHOUT_EFFECT },
  { "ipqos", KEYWORD_WITHOUT_EFFECT },
  { "localcommand", KEYWORD_WITHOUT_EFFECT },
  { "localforward", KEYWORD_WITHOUT_EFFECT },
  { "loglevel", KEYWORD_WITHOUT_EFFECT },
  { "logverbose", KEYWORD_WITHOUT_EFFECT },
  { "numberofpasswordprompts", KEYWORD_WITHOUT_EFFECT },
  { "obscurekeystroketiming", KEYWORD_WITHOUT_EFFECT },
  { "permitlocalcommand", KEYWORD_WITHOUT_EFFECT },
  { "permitremoteopen", KEYWORD_WITHOUT_EFFECT },
  { "rekeylimit", KEYWORD_WITHOUT_EFFECT },
  { "remoteforward", KEYWORD_WITHOUT_EFFECT },
  { "requesttty", KEYWORD_WITHOUT_EFFECT },
  { "sendenv", KEYWORD_WITHOUT_EFFECT },
  { "serveralivecountmax", KEYWORD_WITHOUT_EFFECT },
  { "serveraliveinterval", KEYWORD_WITHOUT_EFFECT },
  { "setenv", KEYWORD_WITHOUT_EFFECT },
  { "streamlocalbindmask", KEYWORD_WITHOUT_EFFECT },
  { "streamlocalbindunlink", KEYWORD_WITHOUT_EFFECT },
  { "syslogfacility", KEYWORD_WITHOUT_EFFECT },
  { "tcpkeepalive", KEYWORD_WITHOUT_EFFECT },
  { "tunnel", KEYWORD_WITHOUT_EFFECT },
  { "tunneldevice", KEYWORD_WITHOUT_EFFECT },
  { "updatehostkeys", KEYWORD_WITHOUT_EFFECT },
  { "visualhostkey", KEYWORD_WITHOUT_EFFECT },
  { "xauthlocation", KEYWORD_WITHOUT_EFFECT },
};

static KeywordKind
keyword_kind (const char *keyword)
{
  for (gsize i = 0; i < G_N_ELEMENTS (KEYWORDS); i++)
    if (g_str_equal (keyword, KEYWORDS[i].keyword))
      return KEYWORDS[i].kind;
  return KEYWORD_OTHER;
}

/* Notes @text, made by the caller, as a warning about a line; once, however often it applies. */
static void
warn (WherrySshConfig *self, guint line, const char *text)
{
  g_autofree char *warning = g_strdup_printf ("%s:%u: %s", self->shown_file, line, text);

  g_ptr_array_set_size (self->warnings, (int) self->warnings->len - 1);
  if (!g_ptr_array_find_with_equal_func (self->warnings, warning, g_str_equal, NULL))
    g_ptr_array_add (self->warnings, g_steal_pointer (&warning));
  g_ptr_array_add (self->warnings, NULL);
}

static void
    G_GNUC_PRINTF (3, 4) warn_printf (WherrySshConfig *self, guint line, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  warn (self, line, text);
}

/* Takes in the file's text line by line. @patterns: those of the Host block at work; NULL before
 * the first. */
static void
read_text (WherrySshConfig *self, const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_auto (GStrv) patterns = NULL;
  gboolean in_match = FALSE;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) words = wherry_ssh_config_split_line (lines[i]);

      if (words == NULL)
        {
          warn (self, i + 1, _ ("a quotation mark is not closed; the line is skipped"));
          continue;
        }
      if (words[0] == NULL)
        continue;

      g_autofree char *keyword = g_ascii_strdown (words[0], -1);
      g_autofree char *shown = wherry_text_escape (words[0], -1, 64);
      if (g_str_equal (keyword, "match"))
        {
          in_match = TRUE;
          warn (self, i + 1, _ ("“Match” is not followed: its block is skipped"));
        }
      else if (g_str_equal (keyword, "host"))
        {
          in_match = FALSE;
          g_clear_pointer (&patterns, g_strfreev);
          patterns = g_strdupv (words + 1);
        }
      else if (g_str_equal (keyword, "include"))
        warn (self, i + 1, _ ("“Include” is not followed: what it names is not read"));
      else if (!in_match && words[1] == NULL)
        warn_printf (self, i + 1, _ ("“%s” says nothing; the line is skipped"), shown);
      else if (!in_match)
        {
          WherrySshConfigOption *option = g_new0 (WherrySshConfigOption, 1);

          option->line = i + 1;
          option->keyword = g_steal_pointer (&keyword);
          option->arguments = g_strdupv (words + 1);
          option->patterns = g_strdupv (patterns);
          g_ptr_array_add (self->options, option);
        }
    }
}

/**
 * wherry_ssh_config_load:
 * @file: the file's name
 * @error: return location; %G_IO_ERROR_NOT_FOUND and the other errno codes
 *
 * Reads a file in the format of ssh_config(5). A `Match` block or an `Include`
 * is skipped with a warning.
 *
 * Returns: (transfer full): what it says
 */
WherrySshConfig *
wherry_ssh_config_load (const char *file, GError **error)
{
  g_return_val_if_fail (file != NULL, NULL);

  g_autoptr (GFile) gfile = g_file_new_for_path (file);
  g_autofree char *text = NULL;

  if (!g_file_load_contents (gfile, NULL, &text, NULL, NULL, error))
    return NULL;

  WherrySshConfig *self = g_new0 (WherrySshConfig, 1);
  self->shown_file = wherry_text_display_name (file);
  self->options = g_ptr_array_new_with_free_func ((GDestroyNotify) wherry_ssh_config_option_free);
  self->warnings = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->warnings, NULL);
  read_text (self, text);
  return self;
}

/**
 * wherry_ssh_config_free:
 * @self: (nullable) (transfer full): a configuration
 */
void
wherry_ssh_config_free (WherrySshConfig *self)
{
  if (self == NULL)
    return;
  g_free (self->shown_file);
  g_ptr_array_unref (self->options);
  g_ptr_array_unref (self->warnings);
  g_free (self);
}

/**
 * wherry_ssh_config_get_warnings:
 * @self: a configuration
 *
 * What of the file is not followed: of the file as a whole, and of what applied
 * to the hosts asked for so far. Each names the file and line.
 *
 * Returns: (transfer none) (array zero-terminated=1): the warnings, until the
 *   next call on @self
 */
const char *const *
wherry_ssh_config_get_warnings (WherrySshConfig *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return (const char *const *) self->warnings->pdata;
}

static gboolean
option_applies (const WherrySshConfigOption *option, const char *alias)
{
  return option->patterns == NULL
         || wherry_pattern_match_list ((const char *const *) option->patterns, alias)
                == WHERRY_PATTERN_MATCH;
}

/* The first option of that keyword that applies: in ssh_config the first value wins. */
static const WherrySshConfigOption *
find_option (WherrySshConfig *self, const char *alias, const char *keyword)
{
  for (guint i = 0; i < self->options->len; i++)
    {
      const WherrySshConfigOption *option = self->options->pdata[i];
      if (g_str_equal (option->keyword, keyword) && option_applies (option, alias))
        return option;
    }
  return NULL;
}

static gboolean
is_none (const char *argument)
{
  return g_ascii_strcasecmp (argument, "none") == 0;
}

/* Fails with the place of @option before @reason's message. */
static gboolean
fail_at (WherrySshConfig *self,
         const WherrySshConfigOption *option,
         const char *reason,
         GError **error)
{
  g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_BAD_LOCATION, "%s:%u: %s", self->shown_file,
               option->line, reason);
  return FALSE;
}

/* Refuses what would lead to another machine, and tells the rest of what is not followed. */
static gboolean
judge_unfollowed (WherrySshConfig *self, const char *alias, GError **error)
{
  gboolean route_given = FALSE;

  for (guint i = 0; i < self->options->len; i++)
    {
      const WherrySshConfigOption *option = self->options->pdata[i];
      g_autofree char *shown = wherry_text_escape (option->keyword, -1, 64);

      if (!option_applies (option, alias))
        continue;
      switch (keyword_kind (option->keyword))
        {
        case KEYWORD_OTHER:
          warn_printf (self, option->line, _ ("“%s” is not followed"), shown);
          break;
        case KEYWORD_OTHER_ROUTE:
          if (!route_given && !is_none (option->arguments[0]))
            {
              g_autofree char *shown_alias = wherry_text_escape (alias, -1, 200);
              g_autofree char *reason = g_strdup_printf (
                  _ ("“%s” is reached through “%s”, which Wherry can’t do; connecting "
                     "without it could lead to another machine"),
                  shown_alias, shown);
              return fail_at (self, option, reason, error);
            }
          route_given = TRUE;
          break;
        case KEYWORD_FOLLOWED:
        case KEYWORD_WITHOUT_EFFECT:
        default:
          break;
        }
    }
  return TRUE;
}

static gboolean
set_host (WherrySshConfig *self, const char *alias, WherryLogin *login, GError **error)
{
  const WherrySshConfigOption *option = find_option (self, alias, "hostname");
  WherrySshConfigTokens tokens = { .host = alias, .alias = alias };
  g_autoptr (GError) reason = NULL;

  if (option == NULL)
    return TRUE;

  g_autofree char *name = wherry_ssh_config_expand_tokens (option->arguments[0], &tokens);
  g_autofree char *host
      = wherry_location_check_host (name != NULL ? name : option->arguments[0], &reason);
  if (host == NULL)
    return fail_at (self, option, reason->message, error);
  g_free (login->host);
  login->host = g_steal_pointer (&host);
  return TRUE;
}

static gboolean
set_host_key_name (WherrySshConfig *self, const char *alias, WherryLogin *login, GError **error)
{
  const WherrySshConfigOption *option = find_option (self, alias, "hostkeyalias");
  g_autoptr (GError) reason = NULL;

  if (option == NULL)
    return TRUE;
  login->host_key_name = wherry_location_check_host (option->arguments[0], &reason);
  return login->host_key_name != NULL || fail_at (self, option, reason->message, error);
}

static gboolean
set_user_and_port (WherrySshConfig *self,
                   const char *alias,
                   const char *user,
                   guint16 port,
                   WherryLogin *login,
                   GError **error)
{
  const WherrySshConfigOption *user_option = find_option (self, alias, "user");
  const WherrySshConfigOption *port_option = find_option (self, alias, "port");
  g_autoptr (GError) reason = NULL;

  if (user == NULL && user_option != NULL)
    {
      if (!wherry_location_check_user (user_option->arguments[0], &reason))
        return fail_at (self, user_option, reason->message, error);
      g_free (login->user);
      login->user = g_strdup (user_option->arguments[0]);
    }
  if (port == 0 && port_option != NULL
      && !wherry_location_parse_port (port_option->arguments[0], &login->port, &reason))
    return fail_at (self, port_option, reason->message, error);
  return TRUE;
}

static gboolean
parse_yes_no (const char *text, gboolean *value)
{
  if (g_ascii_strcasecmp (text, "yes") == 0 || g_ascii_strcasecmp (text, "true") == 0)
    *value = TRUE;
  else if (g_ascii_strcasecmp (text, "no") == 0 || g_ascii_strcasecmp (text, "false") == 0)
    *value = FALSE;
  else
    return FALSE;
  return TRUE;
}

/* Seconds as in ssh_config(5): "90", "90s", "1m30s"; 0 if it can't be read. */
static guint
parse_seconds (const char *text)
{
  guint64 seconds = 0;

  while (*text != '\0')
    {
      char *end;
      guint64 number;

      if (!g_ascii_isdigit (*text))
        return 0;
      number = g_ascii_strtoull (text, &end, 10);
      switch (*end)
        {
        case 'h':
        case 'H':
          number = MIN (number, G_MAXUINT) * 3600;
          break;
        case 'm':
        case 'M':
          number = MIN (number, G_MAXUINT) * 60;
          break;
        case 's':
        case 'S':
        case '\0':
          break;
        default:
          return 0;
        }
      seconds = MIN (seconds + MIN (number, G_MAXINT), G_MAXINT);
      text = *end == '\0' ? end : end + 1;
    }
  return (guint) seconds;
}

/* What a bad value of does no harm beyond its own line: told, and left at Wherry's own choice. */
static void
set_habits (WherrySshConfig *self, const char *alias, WherryLogin *login)
{
  const WherrySshConfigOption *only = find_option (self, alias, "identitiesonly");
  const WherrySshConfigOption *timeout = find_option (self, alias, "connecttimeout");
  const WherrySshConfigOption *ciphers = find_option (self, alias, "ciphers");

  if (only != NULL && !parse_yes_no (only->arguments[0], &login->identities_only))
    warn (self, only->line, _ ("“IdentitiesOnly” is either “yes” or “no”; the line is skipped"));
  if (timeout != NULL && !is_none (timeout->arguments[0]))
    {
      login->connect_timeout = parse_seconds (timeout->arguments[0]);
      if (login->connect_timeout == 0)
        warn (self, timeout->line,
              _ ("“ConnectTimeout” is a number of seconds above 0; the line is skipped"));
    }
  if (ciphers != NULL && strchr ("+-^", ciphers->arguments[0][0]) != NULL)
    warn (
        self, ciphers->line,
        _ ("a list of ciphers that begins with “+”, “-” or “^” is not followed; name all of them"));
  else if (ciphers != NULL)
    login->ciphers = g_strdup (ciphers->arguments[0]);
}

/* Expands the files an option names; "none" alone names none. */
static void
add_files (WherrySshConfig *self,
           const WherrySshConfigOption *option,
           const WherrySshConfigTokens *tokens,
           GStrvBuilder *files)
{
  for (gsize i = 0; option->arguments[i] != NULL; i++)
    {
      if (is_none (option->arguments[i]))
        continue;

      g_autofree char *path = wherry_ssh_config_expand_path (option->arguments[i], tokens);
      if (path != NULL)
        g_strv_builder_add (files, path);
      else
        {
          g_autofree char *shown = wherry_text_escape (option->arguments[i], -1, 200);
          warn_printf (
              self, option->line,
              _ ("“%s” holds a user, variable or %% token that is not known; it is skipped"),
              shown);
        }
    }
}

static void
set_files (WherrySshConfig *self, const char *alias, WherryLogin *login, char ***known_hosts_files)
{
  const WherrySshConfigOption *known = find_option (self, alias, "userknownhostsfile");
  WherrySshConfigTokens tokens = {
    .alias = alias,
    .host = login->host,
    .user = login->user,
    .port = login->port,
  };

  /* The one option of which every value counts. */
  if (find_option (self, alias, "identityfile") != NULL)
    {
      g_autoptr (GStrvBuilder) files = g_strv_builder_new ();
      for (guint i = 0; i < self->options->len; i++)
        {
          const WherrySshConfigOption *option = self->options->pdata[i];
          if (g_str_equal (option->keyword, "identityfile") && option_applies (option, alias))
            add_files (self, option, &tokens, files);
        }
      login->identity_files = g_strv_builder_end (files);
    }
  if (known != NULL && known_hosts_files != NULL)
    {
      g_autoptr (GStrvBuilder) files = g_strv_builder_new ();
      add_files (self, known, &tokens, files);
      *known_hosts_files = g_strv_builder_end (files);
    }
}

/**
 * wherry_ssh_config_make_login:
 * @self: a configuration
 * @alias: the host as the person named it
 * @user: (nullable): the user as the person named it, which goes before the file's
 * @port: likewise the port, or 0
 * @known_hosts_files: (out) (transfer full) (nullable): UserKnownHostsFile's
 *   files, %NULL if it is not set; may be empty
 * @error: return location; %WHERRY_ERROR_BAD_LOCATION
 *
 * Fills in what the file says for @alias: the first value of each option wins,
 * of IdentityFile all count. Fails rather than lead to another machine: on
 * ProxyJump and ProxyCommand, and on a host, user or port that can't be one.
 * What else is not followed becomes a warning.
 *
 * Returns: (transfer full): the login
 */
WherryLogin *
wherry_ssh_config_make_login (WherrySshConfig *self,
                              const char *alias,
                              const char *user,
                              guint16 port,
                              char ***known_hosts_files,
                              GError **error)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (alias != NULL, NULL);

  g_autoptr (WherryLogin) login = wherry_login_new (user != NULL ? user : g_get_user_name (), alias,
                                                    port != 0 ? port : DEFAULT_PORT);

  if (known_hosts_files != NULL)
    *known_hosts_files = NULL;
  if (!judge_unfollowed (self, alias, error) || !set_host (self, alias, login, error)
      || !set_host_key_name (self, alias, login, error)
      || !set_user_and_port (self, alias, user, port, login, error))
    return NULL;
  set_habits (self, alias, login);
  set_files (self, alias, login, known_hosts_files);
  return g_steal_pointer (&login);
}
