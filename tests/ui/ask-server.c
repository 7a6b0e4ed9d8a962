/* An SSH server that asks: for a password, or several questions. Prints its port and its public
   key, and serves until its input ends.

   Usage: ask-server password|questions */

#include <gio/gio.h>
#include <unistd.h>

#include "wherry-test-server.h"

int
main (int argc, char *argv[])
{
  const WherryTestScript password = { .password = "secret" };
  const WherryTestScript questions = { .questions = TRUE };
  g_autoptr (WherryTestServer) server = NULL;
  g_autofree char *key = NULL;
  char byte;

  if (argc != 2)
    return 2;

  server = wherry_test_server_start (g_str_equal (argv[1], "password") ? &password : &questions);
  key = wherry_host_key_to_base64 (wherry_test_server_get_host_key (server));
  g_print ("%u %s %s\n", wherry_test_server_get_port (server),
           wherry_host_key_get_key_type (wherry_test_server_get_host_key (server)), key);

  while (read (STDIN_FILENO, &byte, 1) > 0)
    ;
  return 0;
}
