/* The tests' own SSH server, for scripts: wants the password "right", or answers to questions.
 *
 *   login-server password|questions
 *
 * Writes its port and a line end to stdout; when its stdin ends, the number of those who got in. */

#include <stdio.h>
#include <unistd.h>

#include "wherry-test-server.h"

int
main (int argc, char **argv)
{
  gboolean questions = argc > 1 && g_str_equal (argv[1], "questions");
  WherryTestScript script = {
    .password = questions ? NULL : "right",
    .questions = questions,
  };
  g_autoptr (WherryTestServer) server = wherry_test_server_start (&script);
  char block[64];

  printf ("%u\n", wherry_test_server_get_port (server));
  fflush (stdout);
  while (read (STDIN_FILENO, block, sizeof block) > 0)
    continue;
  printf ("%u\n", wherry_test_server_get_n_logins (server));
  return 0;
}
