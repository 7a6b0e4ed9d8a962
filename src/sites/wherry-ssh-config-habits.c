/* Options of which a bad value does no harm beyond its own line: told, and left at Wherry's choice.
 */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "sites/wherry-ssh-config-private.h"

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

static void
set_seconds (WherrySshConfig *self, GPtrArray *options, const char *keyword, guint *seconds)
{
  const WherrySshConfigOption *option = wherry_ssh_config_find (options, keyword);

  if (option == NULL || g_ascii_strcasecmp (option->arguments[0], "none") == 0
      || g_str_equal (option->arguments[0], "0"))
    return;
  *seconds = parse_seconds (option->arguments[0]);
  if (*seconds == 0)
    wherry_ssh_config_warn (self, option->file, option->line,
                            /* Translators: %s is the name of an option */
                            _ ("“%s” is a number of seconds above 0; the line is skipped"),
                            keyword);
}

/* Lists of algorithms are judged where they are used: only what is no list at all is told here. */
static void
set_algorithms (WherrySshConfig *self, GPtrArray *options, const char *keyword, char **list)
{
  const WherrySshConfigOption *option = wherry_ssh_config_find (options, keyword);

  if (option == NULL)
    return;
  if (strspn (option->arguments[0], "+-^,*?.@=_" G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS)
      != strlen (option->arguments[0]))
    wherry_ssh_config_warn (self, option->file, option->line,
                            /* Translators: %s is the name of an option */
                            _ ("“%s” is a list of names; the line is skipped"), keyword);
  else
    *list = g_strdup (option->arguments[0]);
}

static gboolean
is_switched_off (GPtrArray *options, const char *method)
{
  static const struct {
    const char *method;
    const char *keyword;
  } switches[] = {
    { "agent", "pubkeyauthentication" },
    { "publickey", "pubkeyauthentication" },
    { "gssapi-with-mic", "gssapiauthentication" },
    { "keyboard-interactive", "kbdinteractiveauthentication" },
    { "keyboard-interactive", "challengeresponseauthentication" },
    { "password", "passwordauthentication" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (switches); i++)
    {
      const WherrySshConfigOption *option
          = g_str_equal (method, switches[i].method)
                ? wherry_ssh_config_find (options, switches[i].keyword)
                : NULL;
      gboolean wanted = TRUE;

      if (option != NULL && parse_yes_no (option->arguments[0], &wanted) && !wanted)
        return TRUE;
    }
  return FALSE;
}

static void
add_method (GPtrArray *options, GStrvBuilder *methods, const char *method)
{
  if (!is_switched_off (options, method))
    g_strv_builder_add (methods, method);
}

/* The ways to log in, by PreferredAuthentications and what is switched off. */
static void
set_methods (GPtrArray *options, WherryLogin *login)
{
  static const char usual[] = "gssapi-with-mic,publickey,keyboard-interactive,password";
  const WherrySshConfigOption *option
      = wherry_ssh_config_find (options, "preferredauthentications");
  g_auto (GStrv) names = g_strsplit (option != NULL ? option->arguments[0] : usual, ",", -1);
  g_autoptr (GStrvBuilder) methods = g_strv_builder_new ();
  gboolean any_off = FALSE;

  for (gsize i = 0; names[i] != NULL; i++)
    {
      any_off = any_off || is_switched_off (options, names[i]);
      if (g_str_equal (names[i], "publickey"))
        add_method (options, methods, "agent");
      if (strstr (usual, names[i]) != NULL && *names[i] != '\0')
        add_method (options, methods, names[i]);
    }
  if (option != NULL || any_off)
    login->methods = g_strv_builder_end (methods);
}

static void
set_address_family (WherrySshConfig *self, GPtrArray *options, WherryLogin *login)
{
  const WherrySshConfigOption *option = wherry_ssh_config_find (options, "addressfamily");

  if (option == NULL || g_ascii_strcasecmp (option->arguments[0], "any") == 0)
    return;
  if (g_ascii_strcasecmp (option->arguments[0], "inet") == 0)
    login->address_family = WHERRY_ADDRESS_IPV4;
  else if (g_ascii_strcasecmp (option->arguments[0], "inet6") == 0)
    login->address_family = WHERRY_ADDRESS_IPV6;
  else
    wherry_ssh_config_warn (self, option->file, option->line,
                            _ ("“AddressFamily” is “any”, “inet” or “inet6”; the line is skipped"));
}

/**
 * wherry_ssh_config_set_habits:
 * @self: a configuration
 * @options: (element-type WherrySshConfigOption): what of it applies, in order
 * @login: where to put what they say
 *
 * Fills in how to log in, as opposed to where.
 */
void
wherry_ssh_config_set_habits (WherrySshConfig *self, GPtrArray *options, WherryLogin *login)
{
  const WherrySshConfigOption *only = wherry_ssh_config_find (options, "identitiesonly");

  if (only != NULL && !parse_yes_no (only->arguments[0], &login->identities_only))
    wherry_ssh_config_warn (self, only->file, only->line,
                            _ ("“IdentitiesOnly” is either “yes” or “no”; the line is skipped"));
  set_seconds (self, options, "connecttimeout", &login->connect_timeout);
  set_seconds (self, options, "serveraliveinterval", &login->keepalive_interval);
  set_algorithms (self, options, "ciphers", &login->ciphers);
  set_algorithms (self, options, "kexalgorithms", &login->kex_algorithms);
  set_algorithms (self, options, "hostkeyalgorithms", &login->host_key_algorithms);
  set_methods (options, login);
  set_address_family (self, options, login);
}
