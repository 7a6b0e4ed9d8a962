#include "config.h"

#include <glib/gi18n.h>
#include <locale.h>
#include <signal.h>
#include <unistd.h>

#include "cli/wherry-cp-options.h"
#include "cli/wherry-cp-output.h"
#include "cli/wherry-cp-run.h"

int
main (int argc, char **argv)
{
  g_autoptr (WherryCpOptions) options = NULL;
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  /*
   * Connecting asks for the desktop's proxies. Where there is no desktop, that
   * would have dconf make a folder in the home, or complain if it can't.
   */
  if (g_getenv ("XDG_CURRENT_DESKTOP") == NULL)
    g_setenv ("GSETTINGS_BACKEND", "memory", FALSE);
  /* Who reads the progress may go away before the copying is done. */
  signal (SIGPIPE, SIG_IGN);

  options = wherry_cp_options_parse (argc, argv, &error);
  if (options == NULL)
    {
      g_autofree char *usage = wherry_cp_options_usage ();
      wherry_cp_output_warn ("%s", error->message);
      wherry_cp_output_write (STDERR_FILENO, usage);
      return WHERRY_CP_BAD_USAGE;
    }
  if (options->show_help)
    {
      g_autofree char *help = wherry_cp_options_help ();
      return wherry_cp_output_write (STDOUT_FILENO, help) ? 0 : 1;
    }
  if (options->show_version)
    return wherry_cp_output_write (STDOUT_FILENO, "wherry-cp " WHERRY_VERSION "\n") ? 0 : 1;
  return wherry_cp_run (options);
}
