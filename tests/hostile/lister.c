/*
 * Lists folders of a hostile server through its shell.
 *
 *   lister PORT USER KEY KNOWN_HOSTS PATH...
 *
 * Writes a line for each path, of fields parted by tabs: the path, "ok" or "failed", and the names
 * in it, each with a slash behind it, or the message; escaped. A path that begins with "silent" is
 * given up after a second.
 */
#include <stdio.h>
#include <stdlib.h>

#include "remote/wherry-remote.h"
#include "sites/wherry-known-hosts.h"
#include "ssh/wherry-session.h"
#include "wherry-test-prompter.h"

static gpointer
cancel_later (gpointer data)
{
  g_usleep (G_USEC_PER_SEC);
  g_cancellable_cancel (data);
  g_object_unref (data);
  return NULL;
}

static void
list (WherryRemote *remote, const char *path)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GPtrArray) entries = NULL;

  if (g_str_has_prefix (path, "silent"))
    g_thread_unref (g_thread_new ("cancel", cancel_later, g_object_ref (cancellable)));
  entries = wherry_remote_list (remote, path, cancellable, &error);
  g_assert ((entries == NULL) == (error != NULL));
  if (entries == NULL)
    g_string_append (text, error->message);
  for (guint i = 0; entries != NULL && i < entries->len; i++)
    g_string_append_printf (text, "%s/",
                            wherry_remote_entry_get_name (g_ptr_array_index (entries, i)));

  g_autofree char *escaped = g_strescape (text->str, NULL);
  g_print ("%s\t%s\t%s\n", path, entries != NULL ? "ok" : "failed", escaped);
}

int
main (int argc, char **argv)
{
  g_assert_cmpint (argc, >, 4);
  const char *const known_hosts_files[] = { argv[4], NULL };
  const char *const keys[] = { argv[3], NULL };
  g_autoptr (WherryKnownHosts) known_hosts = wherry_known_hosts_new (known_hosts_files);
  g_autoptr (WherryTestPrompter) prompter = wherry_test_prompter_new ();
  g_autoptr (WherryLogin) login = wherry_login_new (argv[2], "127.0.0.1", (guint16) atoi (argv[1]));
  g_autoptr (WherrySessionPool) pool
      = wherry_session_pool_new (WHERRY_HOST_KEY_STORE (known_hosts), WHERRY_PROMPTER (prompter));
  g_autoptr (GError) error = NULL;

  setvbuf (stdout, NULL, _IOLBF, 0);
  login->identity_files = g_strdupv ((char **) keys);
  login->identities_only = TRUE;
  g_autoptr (WherrySession) session = wherry_session_pool_connect (pool, login, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (WherryRemote) remote = wherry_remote_open (session, NULL, &error);
  g_assert_no_error (error);

  for (int i = 5; i < argc; i++)
    list (remote, argv[i]);
  wherry_session_pool_close (pool);
  return 0;
}
