#include "config.h"

#include "cli/wherry-cp-options.h"

#include <errno.h>
#include <getopt.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"

/* scp(1) takes as much (scp.c, main()), counted in units of 1,024 bits. */
#define LIMIT_MAX (100 * 1024 * 1024)
#define LIMIT_UNIT_BYTES (1024 / 8)

enum {
  OPTION_ACCEPT_NEW = 256,
  OPTION_BATCH,
  OPTION_FORGET_HOST,
  OPTION_NO_KEYRING,
  OPTION_REMEMBER,
  OPTION_SSH_CONFIG,
  OPTION_VERIFY,
  OPTION_HELP,
  OPTION_VERSION,
};

static const struct option LONG_OPTIONS[] = {
  { "accept-new", no_argument, NULL, OPTION_ACCEPT_NEW },
  { "batch", no_argument, NULL, OPTION_BATCH },
  { "forget-host", required_argument, NULL, OPTION_FORGET_HOST },
  { "no-keyring", no_argument, NULL, OPTION_NO_KEYRING },
  { "remember", no_argument, NULL, OPTION_REMEMBER },
  { "ssh-config", required_argument, NULL, OPTION_SSH_CONFIG },
  { "verify", no_argument, NULL, OPTION_VERIFY },
  { "help", no_argument, NULL, OPTION_HELP },
  { "version", no_argument, NULL, OPTION_VERSION },
  { NULL, 0, NULL, 0 },
};

static gboolean G_GNUC_PRINTF (2, 3) refuse (GError **error, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autoptr (GError) made
      = g_error_new_valist (G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, format, arguments);
  va_end (arguments);
  g_propagate_error (error, g_steal_pointer (&made));
  return FALSE;
}

static gboolean
set_limit (WherryCpOptions *self, const char *text, GError **error)
{
  guint64 limit;

  if (!g_ascii_string_to_unsigned (text, 10, 1, LIMIT_MAX, &limit, NULL))
    {
      g_autofree char *shown = wherry_text_display_name (text);
      return refuse (error, _ ("-l: “%s” is no limit: a number of kbit/s from 1 to %d is expected"),
                     shown, LIMIT_MAX);
    }
  self->bytes_per_second = limit * LIMIT_UNIT_BYTES;
  return TRUE;
}

static gboolean
set_port (WherryCpOptions *self, const char *text, GError **error)
{
  g_autoptr (GError) reason = NULL;

  return wherry_location_parse_port (text, &self->port, &reason)
         || refuse (error, "-P: %s", reason->message);
}

/* A key that was asked for and can't be read must not be passed over in silence. */
static gboolean
add_identity_file (WherryCpOptions *self, const char *text, GError **error)
{
  if (g_access (text, R_OK) != 0)
    {
      int failure = errno;
      g_autofree char *shown = wherry_text_display_name (text);
      return refuse (error, _ ("-i: the key file “%s” can’t be read: %s"), shown,
                     g_strerror (failure));
    }
  g_ptr_array_add (self->identity_files, g_canonicalize_filename (text, NULL));
  return TRUE;
}

/* "host" or "[host]:port", as error messages write it. */
static gboolean
set_forget_host (WherryCpOptions *self, const char *text, GError **error)
{
  g_autofree char *url = g_strdup_printf ("scp://%s", text);
  const char *port = g_str_has_prefix (text, "[") ? strstr (text, "]:") : NULL;
  /* Brackets are for a port here, and for an IPv6 address in a URL. */
  gboolean is_name = port != NULL && memchr (text, ':', (gsize) (port - text)) == NULL;
  g_autoptr (GError) reason = NULL;

  if (is_name)
    {
      g_autofree char *host = g_strndup (text + 1, (gsize) (port - text - 1));

      g_free (url);
      url = g_strdup_printf ("scp://%s%s", host, port + 1);
    }
  g_clear_pointer (&self->forget_host, wherry_location_free);
  self->forget_host = wherry_location_parse (url, &reason);
  return self->forget_host != NULL || refuse (error, "--forget-host: %s", reason->message);
}

/* As ssh(1) takes it: hosts separated by commas, or "none". */
static gboolean
set_jumps (WherryCpOptions *self, const char *text, GError **error)
{
  g_autoptr (GError) reason = NULL;

  g_strfreev (self->jumps);
  self->jumps
      = g_ascii_strcasecmp (text, "none") == 0 ? g_new0 (char *, 1) : g_strsplit (text, ",", -1);
  for (gsize i = 0; self->jumps[i] != NULL; i++)
    {
      g_autoptr (WherryLocation) location = wherry_location_parse_host (self->jumps[i], &reason);

      if (location == NULL)
        return refuse (error, "-J: %s", reason->message);
    }
  return TRUE;
}

static gboolean
refuse_option (char **argv, int result, GError **error)
{
  /* getopt(3) leaves optopt at 0 for a long option it does not know, and past that option. */
  g_autofree char *letter = g_strdup_printf ("-%c", optopt);
  gboolean is_letter = optopt > 0 && optopt < 256;
  g_autofree char *shown = wherry_text_display_name (is_letter ? letter : argv[optind - 1]);

  if (result == ':')
    return refuse (error, _ ("%s needs a value"), shown);
  return refuse (error, _ ("%s is no option of wherry-cp"), shown);
}

static gboolean
take_option (WherryCpOptions *self, int option, char **argv, GError **error)
{
  switch (option)
    {
    case 'r':
      self->recursive = TRUE;
      return TRUE;
    case 'p':
      self->preserve = TRUE;
      return TRUE;
    case 'q':
      self->quiet = TRUE;
      return TRUE;
    case 'L':
      self->follow_links = TRUE;
      return TRUE;
    case 's':
      self->protocol = WHERRY_PROTOCOL_SFTP;
      return TRUE;
    case 'O':
      self->protocol = WHERRY_PROTOCOL_SCP;
      return TRUE;
    case 'P':
      return set_port (self, optarg, error);
    case 'i':
      return add_identity_file (self, optarg, error);
    case 'l':
      return set_limit (self, optarg, error);
    case OPTION_ACCEPT_NEW:
      self->accept_new = TRUE;
      return TRUE;
    case 'J':
      return set_jumps (self, optarg, error);
    case OPTION_BATCH:
      self->batch = TRUE;
      return TRUE;
    case OPTION_FORGET_HOST:
      return set_forget_host (self, optarg, error);
    case OPTION_NO_KEYRING:
      self->no_keyring = TRUE;
      return TRUE;
    case OPTION_REMEMBER:
      self->remember = TRUE;
      return TRUE;
    case OPTION_SSH_CONFIG:
      g_free (self->ssh_config);
      self->ssh_config = g_strdup (optarg);
      return TRUE;
    case OPTION_VERIFY:
      self->verify = TRUE;
      return TRUE;
    case 'h':
    case OPTION_HELP:
      self->show_help = TRUE;
      return TRUE;
    case 'V':
    case OPTION_VERSION:
      self->show_version = TRUE;
      return TRUE;
    default:
      return refuse_option (argv, option, error);
    }
}

static gboolean
take_locations (WherryCpOptions *self, char **names, int n_names, GError **error)
{
  gboolean any_remote;

  if (n_names < 2)
    return refuse (error, n_names == 0 ? _ ("what to copy is missing")
                                       : _ ("where to copy to is missing"));

  self->target = wherry_location_parse (names[n_names - 1], error);
  if (self->target == NULL)
    return FALSE;
  any_remote = self->target->is_remote;
  for (int i = 0; i < n_names - 1; i++)
    {
      WherryLocation *source = wherry_location_parse (names[i], error);
      if (source == NULL)
        return FALSE;
      g_ptr_array_add (self->sources, source);
      if (!source->is_remote && !self->target->is_remote)
        {
          g_autofree char *shown = wherry_location_to_display (source);
          return refuse (error,
                         _ ("“%s” and the target are both on this machine; cp(1) copies there. A "
                            "file on a host is written host:path"),
                         shown);
        }
      any_remote = any_remote || source->is_remote;
    }
  g_assert (any_remote);
  return TRUE;
}

/**
 * wherry_cp_options_parse:
 * @argc: number of arguments, the program's name included
 * @argv: the arguments
 * @error: return location; what is wrong with them
 *
 * Reads the command line as scp(1) does: one-letter options may be bundled, the
 * first name ends the options, and so does `--`.
 *
 * Returns: (transfer full): what is asked for
 */
WherryCpOptions *
wherry_cp_options_parse (int argc, char **argv, GError **error)
{
  g_autoptr (WherryCpOptions) self = g_new0 (WherryCpOptions, 1);
  int option;

  self->identity_files = g_ptr_array_new_with_free_func (g_free);
  self->sources = g_ptr_array_new_with_free_func ((GDestroyNotify) wherry_location_free);

  opterr = 0;
  while ((option = getopt_long (argc, argv, "+:rpqLsOP:i:l:J:hV", LONG_OPTIONS, NULL)) != -1)
    if (!take_option (self, option, argv, error))
      return NULL;

  if (self->forget_host != NULL && optind < argc)
    {
      refuse (error, _ ("--forget-host copies nothing: nothing may follow it"));
      return NULL;
    }
  if (!self->show_help && !self->show_version && self->forget_host == NULL
      && !take_locations (self, argv + optind, argc - optind, error))
    return NULL;
  return g_steal_pointer (&self);
}

/**
 * wherry_cp_options_free:
 * @self: (nullable) (transfer full): options
 */
void
wherry_cp_options_free (WherryCpOptions *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->identity_files, g_ptr_array_unref);
  g_clear_pointer (&self->sources, g_ptr_array_unref);
  g_clear_pointer (&self->target, wherry_location_free);
  g_clear_pointer (&self->forget_host, wherry_location_free);
  g_free (self->ssh_config);
  g_strfreev (self->jumps);
  g_free (self);
}

/**
 * wherry_cp_options_usage:
 *
 * Returns: (transfer full): the usage line
 */
char *
wherry_cp_options_usage (void)
{
  /* Translators: the words in capitals stand for what is to be filled in */
  return g_strdup (
      _ ("Usage: wherry-cp [-rpqL] [-s | -O] [-P PORT] [-i KEY]... [-J HOST,...]\n"
         "                 [-l KBIT/S] [--verify] [--accept-new] [--batch] [--remember]\n"
         "                 [--no-keyring] [--ssh-config FILE] SOURCE... TARGET\n"
         "       wherry-cp [--no-keyring] --forget-host HOST\n"));
}

/**
 * wherry_cp_options_help:
 *
 * Returns: (transfer full): the text of `--help`
 */
char *
wherry_cp_options_help (void)
{
  g_autofree char *usage = wherry_cp_options_usage ();

  return g_strconcat (
      usage,
      _ ("\n"
         "Copies files between this machine and others, or between two others, over SSH.\n"
         "\n"
         "A file is named as with scp: host:path, user@host:path, [IPv6 address]:path,\n"
         "scp://user@host:port/path (from the home folder; //path from the root) or\n"
         "sftp://user@host:port/path (from the root). Anything with a “/” before the\n"
         "first “:” is a file on this machine. Several sources go into a folder. A host\n"
         "takes names as they are: “*” and “?” are not expanded there.\n"
         "\n"
         "  -r                 copy folders with all that is in them\n"
         "  -p                 keep times and permissions\n"
         "  -L                 follow all symbolic links in a folder, also those that\n"
         "                     lead out of it\n"
         "  -q                 no progress, no warnings; errors only\n"
         "  -s                 by SFTP only; without this it is SCP, and SFTP where a host\n"
         "                     has no scp\n"
         "  -O                 by SCP only\n"
         "  -P PORT            the port, where an address names none\n"
         "  -i KEY             a private key to log in with; may be given more than once\n"
         "  -J HOST,...        reach the servers through these hosts, the nearest first,\n"
         "                     each as user@host:port\n"
         "  -l KBIT/S          at most that many kbit (1,024 bits) a second\n"
         "  --verify           compare the SHA-256 of both ends after the copy; what\n"
         "                     differs is sent again once\n"
         "  --accept-new       accept and remember the key of a host not seen before;\n"
         "                     a changed key is refused all the same\n"
         "  --batch            never ask: what would need an answer fails\n"
         "  --remember         keep a password or passphrase that worked in the keyring\n"
         "  --no-keyring       leave the keyring alone; keys of hosts are in a file of\n"
         "                     Wherry's own then\n"
         "  --forget-host HOST\n"
         "                     forget the keys of a host, or of [host]:port\n"
         "  --ssh-config FILE  follow a file in the format of ssh_config(5)\n"
         "  -h, --help         show this\n"
         "  -V, --version      show the version\n"
         "\n"
         "Ends with 0 if every file is exactly there, with 1 if one is not, with 2 if the\n"
         "command line can’t be followed, with 128 and the signal’s number if interrupted.\n"),
      NULL);
}
