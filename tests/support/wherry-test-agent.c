#include "wherry-test-agent.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sys/prctl.h>

#include "wherry-test-dir.h"

struct _WherryTestAgent {
  GSubprocess *process;
  char *socket;
};

/* In the child: no agent outlives its test. */
static void
die_with_parent (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGTERM);
}

/**
 * wherry_test_agent_start:
 * @folder: where its socket goes
 *
 * Returns: (transfer full): an agent that listens
 */
WherryTestAgent *
wherry_test_agent_start (const char *folder)
{
  WherryTestAgent *self = g_new0 (WherryTestAgent, 1);
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autoptr (GError) error = NULL;
  gint64 deadline = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;

  self->socket = g_build_filename (folder, "agent", NULL);
  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, NULL, NULL);
  /* By itself it trusts no security key of the tests' own. */
  self->process = g_subprocess_launcher_spawn (launcher, &error, "ssh-agent", "-D", "-P", "*", "-a",
                                               self->socket, NULL);
  g_assert_no_error (error);
  while (!g_file_test (self->socket, G_FILE_TEST_EXISTS))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      g_usleep (1000);
    }
  g_setenv ("SSH_AUTH_SOCK", self->socket, TRUE);
  return self;
}

/**
 * wherry_test_agent_add:
 * @self: an agent
 * @key: path of a private key without passphrase
 */
void
wherry_test_agent_add (WherryTestAgent *self, const char *key)
{
  const char *const add[] = { "ssh-add", "-q", key, NULL };

  g_assert_true (wherry_test_run (add));
}

/**
 * wherry_test_agent_stop:
 * @self: (transfer full) (nullable): an agent
 */
void
wherry_test_agent_stop (WherryTestAgent *self)
{
  if (self == NULL)
    return;

  g_unsetenv ("SSH_AUTH_SOCK");
  g_subprocess_force_exit (self->process);
  g_subprocess_wait (self->process, NULL, NULL);
  g_unlink (self->socket);
  g_object_unref (self->process);
  g_free (self->socket);
  g_free (self);
}
