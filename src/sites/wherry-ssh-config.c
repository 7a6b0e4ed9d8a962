#include "config.h"

#include "sites/wherry-ssh-config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "sites/wherry-jump.h"
#include "sites/wherry-location.h"
#include "sites/wherry-pattern.h"
#include "sites/wherry-ssh-config-private.h"

#define DEFAULT_PORT 22
#define WARNINGS_MAX 1000

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
  { "addressfamily", KEYWORD_FOLLOWED },
  { "challengeresponseauthentication", KEYWORD_FOLLOWED },
  { "ciphers", KEYWORD_FOLLOWED },
  { "connecttimeout", KEYWORD_FOLLOWED },
  { "gssapiauthentication", KEYWORD_FOLLOWED },
  { "hostkeyalgorithms", KEYWORD_FOLLOWED },
  { "hostkeyalias", KEYWORD_FOLLOWED },
  { "hostname", KEYWORD_FOLLOWED },
  { "identitiesonly", KEYWORD_FOLLOWED },
  { "identityfile", KEYWORD_FOLLOWED },
  { "kbdinteractiveauthentication", KEYWORD_FOLLOWED },
  { "kexalgorithms", KEYWORD_FOLLOWED },
  { "passwordauthentication", KEYWORD_FOLLOWED },
  { "port", KEYWORD_FOLLOWED },
  { "preferredauthentications", KEYWORD_FOLLOWED },
  { "pubkeyauthentication", KEYWORD_FOLLOWED },
  { "serveraliveinterval", KEYWORD_FOLLOWED },
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

/**
 * wherry_ssh_config_warn:
 * @self: a configuration
 * @file: the file, as it is shown
 * @line: the line in it
 * @format: what is not followed, as for printf()
 *
 * Notes a warning; once, however often it applies.
 */
void
wherry_ssh_config_warn (WherrySshConfig *self,
                        const char *file,
                        guint line,
                        const char *format,
                        ...)
{
  g_autofree char *text = NULL;
  g_autofree char *warning = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  warning = g_strdup_printf ("%s:%u: %s", file, line, text);

  g_ptr_array_set_size (self->warnings, (int) self->warnings->len - 1);
  if (self->warnings->len < WARNINGS_MAX
      && !g_ptr_array_find_with_equal_func (self->warnings, warning, g_str_equal, NULL))
    g_ptr_array_add (self->warnings, g_steal_pointer (&warning));
  g_ptr_array_add (self->warnings, NULL);
}

/**
 * wherry_ssh_config_load:
 * @file: the file's name
 * @error: return location; %G_IO_ERROR_NOT_FOUND and the other errno codes
 *
 * Reads a file in the format of ssh_config(5), and the files it includes. What
 * can't be read there, and a `Match` that asks for anything but `host`,
 * `originalhost`, `user`, `localuser` and `all`, is skipped with a warning;
 * nothing is ever run.
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
  self->files = g_ptr_array_new_with_free_func (g_free);
  self->blocks = g_ptr_array_new_with_free_func ((GDestroyNotify) wherry_ssh_config_block_free);
  self->options = g_ptr_array_new_with_free_func ((GDestroyNotify) wherry_ssh_config_option_free);
  self->warnings = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->warnings, NULL);
  wherry_ssh_config_read (self, file, text);
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
  g_ptr_array_unref (self->options);
  g_ptr_array_unref (self->blocks);
  g_ptr_array_unref (self->files);
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

/* What applies to one host. */
typedef struct {
  WherrySshConfig *config;
  const char *alias;
  const char *user;   /* (nullable): as the person named it */
  GPtrArray *options; /* (element-type WherrySshConfigOption), in order */
  guint depth;        /* hosts on the way that this one is for */
} Resolution;

/* What Match lines are judged by, as far as it is known at their place. */
typedef struct {
  const char *alias;
  char *host;
  const char *user;
  GHashTable *verdicts; /* of blocks */
} State;

static gboolean
criterion_holds (const WherrySshConfigCriterion *criterion, const State *state)
{
  const char *text = NULL;
  gboolean matches;

  switch (criterion->subject)
    {
    case WHERRY_SSH_CONFIG_ALIAS:
      text = state->alias;
      break;
    case WHERRY_SSH_CONFIG_HOST:
      text = state->host != NULL ? state->host : state->alias;
      break;
    case WHERRY_SSH_CONFIG_USER:
      text = state->user != NULL ? state->user : g_get_user_name ();
      break;
    case WHERRY_SSH_CONFIG_LOCAL_USER:
    default:
      text = g_get_user_name ();
      break;
    }
  matches = wherry_pattern_match_list ((const char *const *) criterion->patterns, text)
            == WHERRY_PATTERN_MATCH;
  return matches != criterion->negated;
}

/* Judged once, at its first option: what stands in a block does not change whether it applies. */
static gboolean
block_applies (const WherrySshConfigBlock *block, State *state)
{
  gpointer known;
  gboolean applies;

  if (block == NULL)
    return TRUE;
  if (g_hash_table_lookup_extended (state->verdicts, block, NULL, &known))
    return GPOINTER_TO_INT (known);

  applies = !block->never && block_applies (block->parent, state);
  for (guint i = 0; applies && i < block->criteria->len; i++)
    applies
        = criterion_holds (&g_array_index (block->criteria, WherrySshConfigCriterion, i), state);
  g_hash_table_insert (state->verdicts, (gpointer) block, GINT_TO_POINTER (applies));
  return applies;
}

static char *
expand_host (const char *alias, const char *argument)
{
  const WherrySshConfigTokens tokens = { .host = alias, .alias = alias };
  char *name = wherry_ssh_config_expand_tokens (argument, &tokens);

  return name != NULL ? name : g_strdup (argument);
}

/* Collects what applies, in the files' order. */
static void
resolve (Resolution *self)
{
  State state = {
    .alias = self->alias,
    .user = self->user,
    .verdicts = g_hash_table_new (NULL, NULL),
  };

  self->options = g_ptr_array_new ();
  for (guint i = 0; i < self->config->options->len; i++)
    {
      WherrySshConfigOption *option = self->config->options->pdata[i];

      if (!block_applies (option->block, &state))
        continue;
      g_ptr_array_add (self->options, option);
      if (state.host == NULL && g_str_equal (option->keyword, "hostname"))
        state.host = expand_host (self->alias, option->arguments[0]);
      if (state.user == NULL && g_str_equal (option->keyword, "user"))
        state.user = option->arguments[0];
    }
  g_free (state.host);
  g_hash_table_unref (state.verdicts);
}

/**
 * wherry_ssh_config_find:
 * @options: (element-type WherrySshConfigOption): what applies, in order
 * @keyword: an option's name, in lower case
 *
 * Returns: (transfer none) (nullable): the first such option, since in ssh_config
 *   the first value wins
 */
const WherrySshConfigOption *
wherry_ssh_config_find (GPtrArray *options, const char *keyword)
{
  for (guint i = 0; i < options->len; i++)
    {
      const WherrySshConfigOption *option = options->pdata[i];

      if (g_str_equal (option->keyword, keyword))
        return option;
    }
  return NULL;
}

static const WherrySshConfigOption *
find_option (Resolution *self, const char *keyword)
{
  return wherry_ssh_config_find (self->options, keyword);
}

static gboolean
is_none (const char *argument)
{
  return g_ascii_strcasecmp (argument, "none") == 0;
}

/* Fails with the place of @option before @reason. */
static gboolean
fail_at (const WherrySshConfigOption *option, const char *reason, GError **error)
{
  g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_BAD_LOCATION, "%s:%u: %s", option->file,
               option->line, reason);
  return FALSE;
}

/* Tells what is not followed. */
static void
tell_unfollowed (Resolution *self)
{
  for (guint i = 0; i < self->options->len; i++)
    {
      const WherrySshConfigOption *option = self->options->pdata[i];
      g_autofree char *shown = wherry_text_escape (option->keyword, -1, 64);

      if (keyword_kind (option->keyword) == KEYWORD_OTHER)
        wherry_ssh_config_warn (self->config, option->file, option->line,
                                _ ("“%s” is not followed"), shown);
    }
}

static gboolean
set_host (Resolution *self, WherryLogin *login, GError **error)
{
  const WherrySshConfigOption *option = find_option (self, "hostname");
  g_autoptr (GError) reason = NULL;

  if (option == NULL)
    return TRUE;

  g_autofree char *name = expand_host (self->alias, option->arguments[0]);
  g_autofree char *host = wherry_location_check_host (name, &reason);
  if (host == NULL)
    return fail_at (option, reason->message, error);
  g_free (login->host);
  login->host = g_steal_pointer (&host);
  return TRUE;
}

static gboolean
set_host_key_name (Resolution *self, WherryLogin *login, GError **error)
{
  const WherrySshConfigOption *option = find_option (self, "hostkeyalias");
  g_autoptr (GError) reason = NULL;

  if (option == NULL)
    return TRUE;
  login->host_key_name = wherry_location_check_host (option->arguments[0], &reason);
  return login->host_key_name != NULL || fail_at (option, reason->message, error);
}

static gboolean
set_user_and_port (Resolution *self, guint16 port, WherryLogin *login, GError **error)
{
  const WherrySshConfigOption *user_option = find_option (self, "user");
  const WherrySshConfigOption *port_option = find_option (self, "port");
  g_autoptr (GError) reason = NULL;

  if (self->user == NULL && user_option != NULL)
    {
      if (!wherry_location_check_user (user_option->arguments[0], &reason))
        return fail_at (user_option, reason->message, error);
      g_free (login->user);
      login->user = g_strdup (user_option->arguments[0]);
    }
  if (port == 0 && port_option != NULL
      && !wherry_location_parse_port (port_option->arguments[0], &login->port, &reason))
    return fail_at (port_option, reason->message, error);
  return TRUE;
}

static WherryLogin *make_login (WherrySshConfig *config,
                                const char *alias,
                                const char *user,
                                guint16 port,
                                guint depth,
                                GError **error);

static WherryLogin *
make_hop_login (const WherryLocation *location, gpointer user_data, GError **error)
{
  Resolution *self = user_data;

  return make_login (self->config, location->host, location->user, location->port, self->depth + 1,
                     error);
}

static gboolean
fail_through (Resolution *self,
              const WherrySshConfigOption *option,
              const char *reason,
              GError **error)
{
  g_autofree char *shown_alias = wherry_text_escape (self->alias, -1, 200);
  /* Translators: the first %s is a host name, the second says why it can't be reached so */
  g_autofree char *text
      = g_strdup_printf (_ ("“%s” can’t be reached as it says here: %s"), shown_alias, reason);

  return fail_at (option, text, error);
}

static gboolean
set_jumps (Resolution *self,
           const WherrySshConfigOption *option,
           WherryLogin *login,
           GError **error)
{
  const WherrySshConfigTokens tokens = {
    .alias = self->alias,
    .host = login->host,
    .user = login->user,
    .port = login->port,
  };
  g_autofree char *text = wherry_ssh_config_expand_tokens (option->arguments[0], &tokens);
  g_auto (GStrv) jumps = g_strsplit (text != NULL ? text : option->arguments[0], ",", -1);
  g_autoptr (GError) reason = NULL;

  if (self->depth >= WHERRY_LOGIN_HOPS_MAX)
    return fail_through (self, option, _ ("the hosts on the way lead through each other"), error);
  if (wherry_jump_apply (login, (const char *const *) jumps, make_hop_login, self, &reason))
    return TRUE;
  /* A host on the way that fails has told its own place. */
  if (self->depth > 0)
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return FALSE;
    }
  return fail_through (self, option, reason->message, error);
}

/* The first of both options counts. A command is never run. */
static gboolean
set_way (Resolution *self, WherryLogin *login, GError **error)
{
  for (guint i = 0; i < self->options->len; i++)
    {
      const WherrySshConfigOption *option = self->options->pdata[i];

      if (keyword_kind (option->keyword) != KEYWORD_OTHER_ROUTE)
        continue;
      if (is_none (option->arguments[0]))
        return TRUE;
      if (g_str_equal (option->keyword, "proxyjump"))
        return set_jumps (self, option, login, error);
      return fail_through (self, option,
                           _ ("“ProxyCommand” is a command to run, which Wherry does not do, and "
                              "without it one could reach another machine. Use “ProxyJump”, or "
                              "set a proxy."),
                           error);
    }
  return TRUE;
}

/* Expands the files an option names; "none" alone names none. */
static void
add_files (Resolution *self,
           const WherrySshConfigOption *option,
           const WherryLogin *login,
           GStrvBuilder *files)
{
  const WherrySshConfigTokens tokens = {
    .alias = self->alias,
    .host = login->host,
    .user = login->user,
    .port = login->port,
    .key_name = wherry_login_get_host_key_name (login),
  };

  for (gsize i = 0; option->arguments[i] != NULL; i++)
    {
      if (is_none (option->arguments[i]))
        continue;

      g_autofree char *path = wherry_ssh_config_expand_path (option->arguments[i], &tokens);
      if (path != NULL)
        g_strv_builder_add (files, path);
      else
        {
          g_autofree char *shown = wherry_text_escape (option->arguments[i], -1, 200);

          wherry_ssh_config_warn (
              self->config, option->file, option->line,
              _ ("“%s” holds a user, variable or %% token that is not known; it is skipped"),
              shown);
        }
    }
}

static void
set_files (Resolution *self, WherryLogin *login)
{
  const WherrySshConfigOption *known = find_option (self, "userknownhostsfile");

  /* The one option of which every value counts. */
  if (find_option (self, "identityfile") != NULL)
    {
      g_autoptr (GStrvBuilder) files = g_strv_builder_new ();

      for (guint i = 0; i < self->options->len; i++)
        {
          const WherrySshConfigOption *option = self->options->pdata[i];

          if (g_str_equal (option->keyword, "identityfile"))
            add_files (self, option, login, files);
        }
      login->identity_files = g_strv_builder_end (files);
    }
  if (known != NULL)
    {
      g_autoptr (GStrvBuilder) files = g_strv_builder_new ();

      add_files (self, known, login, files);
      login->known_hosts_files = g_strv_builder_end (files);
    }
}

static WherryLogin *
make_login (WherrySshConfig *config,
            const char *alias,
            const char *user,
            guint16 port,
            guint depth,
            GError **error)
{
  Resolution self = { .config = config, .alias = alias, .user = user, .depth = depth };
  g_autoptr (WherryLogin) login = wherry_login_new (user != NULL ? user : g_get_user_name (), alias,
                                                    port != 0 ? port : DEFAULT_PORT);

  resolve (&self);
  tell_unfollowed (&self);
  if (!set_host (&self, login, error) || !set_host_key_name (&self, login, error)
      || !set_user_and_port (&self, port, login, error) || !set_way (&self, login, error))
    g_clear_pointer (&login, wherry_login_free);
  else
    {
      wherry_ssh_config_set_habits (config, self.options, login);
      set_files (&self, login);
    }
  g_ptr_array_unref (self.options);
  return g_steal_pointer (&login);
}

/**
 * wherry_ssh_config_make_login:
 * @self: a configuration
 * @alias: the host as the person named it
 * @user: (nullable): the user as the person named it, which goes before the file's
 * @port: likewise the port, or 0
 * @error: return location; %WHERRY_ERROR_BAD_LOCATION
 *
 * Fills in what the files say for @alias: the first value of each option wins,
 * of IdentityFile all count. The hosts of ProxyJump are looked up the same way.
 * Fails rather than lead to another machine: on ProxyCommand, and on a host,
 * user or port that can't be one. What else is not followed becomes a warning.
 *
 * Returns: (transfer full): the login
 */
WherryLogin *
wherry_ssh_config_make_login (WherrySshConfig *self,
                              const char *alias,
                              const char *user,
                              guint16 port,
                              GError **error)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (alias != NULL, NULL);

  return make_login (self, alias, user, port, 0, error);
}

/**
 * wherry_ssh_config_dup_aliases:
 * @self: a configuration
 *
 * Lists the hosts that the files name in full: what stands on a Host line
 * without `*`, `?` or `!`.
 *
 * Returns: (transfer full) (array zero-terminated=1): the names, each once, in
 *   the files' order
 */
char **
wherry_ssh_config_dup_aliases (WherrySshConfig *self)
{
  g_autoptr (GStrvBuilder) aliases = g_strv_builder_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  g_return_val_if_fail (self != NULL, NULL);

  for (guint i = 0; i < self->blocks->len; i++)
    {
      const WherrySshConfigBlock *block = self->blocks->pdata[i];

      for (guint j = 0; j < block->criteria->len; j++)
        {
          const WherrySshConfigCriterion *criterion
              = &g_array_index (block->criteria, WherrySshConfigCriterion, j);

          if (criterion->subject != WHERRY_SSH_CONFIG_ALIAS || criterion->negated)
            continue;
          for (char **name = criterion->patterns; *name != NULL; name++)
            if (strpbrk (*name, "*?!") == NULL && **name != '\0' && g_hash_table_add (seen, *name))
              g_strv_builder_add (aliases, *name);
        }
    }
  return g_strv_builder_end (aliases);
}
