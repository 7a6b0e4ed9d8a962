#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/wherry-error.h"
#include "sites/wherry-ssh-config.h"

static char *folder;

static WherrySshConfig *
load (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *file = g_build_filename (folder, "config", NULL);

  g_assert_true (g_file_set_contents (file, text, -1, &error));
  WherrySshConfig *config = wherry_ssh_config_load (file, &error);
  g_assert_no_error (error);
  return config;
}

static WherryLogin *
make (WherrySshConfig *config, const char *alias)
{
  g_autoptr (GError) error = NULL;
  WherryLogin *login = wherry_ssh_config_make_login (config, alias, NULL, 0, NULL, &error);

  g_assert_no_error (error);
  return login;
}

static guint
count_warnings (WherrySshConfig *config)
{
  return g_strv_length ((char **) wherry_ssh_config_get_warnings (config));
}

static void
assert_warning (WherrySshConfig *config, guint index, const char *place, const char *words)
{
  const char *warning = wherry_ssh_config_get_warnings (config)[index];

  g_test_message ("%s", warning);
  g_assert_nonnull (strstr (warning, place));
  g_assert_nonnull (strstr (warning, words));
}

static void
test_blocks (void)
{
  g_autoptr (WherrySshConfig) config = load ("ConnectTimeout 7\n"
                                             "# comment\n"
                                             "Host web web-* !web-9\n"
                                             "  HostName %h.example.org\n"
                                             "  Port 2022\n"
                                             "  User www\n"
                                             "  Port 2023\n"
                                             "Host *-9\n"
                                             "  User nine\n"
                                             "Host *\n"
                                             "  User anybody\n"
                                             "  Ciphers aes256-ctr,aes128-ctr\n"
                                             "  HostKeyAlias known.example.org\n"
                                             "  ForwardAgent yes\n");
  g_autoptr (WherryLogin) web = make (config, "web");
  g_autoptr (WherryLogin) web_1 = make (config, "web-1");
  g_autoptr (WherryLogin) web_9 = make (config, "web-9");

  g_assert_cmpstr (web->host, ==, "web.example.org");
  g_assert_cmpint (web->port, ==, 2022);
  g_assert_cmpstr (web->user, ==, "www");
  g_assert_cmpint (web->connect_timeout, ==, 7);
  g_assert_cmpstr (web->ciphers, ==, "aes256-ctr,aes128-ctr");
  g_assert_cmpstr (web->host_key_name, ==, "known.example.org");
  g_assert_null (web->identity_files);
  g_assert_cmpstr (web_1->host, ==, "web-1.example.org");
  g_assert_cmpstr (web_9->host, ==, "web-9");
  g_assert_cmpstr (web_9->user, ==, "nine");
  g_assert_cmpint (web_9->port, ==, 22);
  g_assert_cmpint (count_warnings (config), ==, 0);

  /* What the person named goes first. */
  g_autoptr (WherryLogin) named
      = wherry_ssh_config_make_login (config, "web", "me", 99, NULL, NULL);
  g_assert_cmpstr (named->user, ==, "me");
  g_assert_cmpint (named->port, ==, 99);
}

static void
test_syntax (void)
{
  g_autoptr (WherrySshConfig) config = load ("\tHOST = \"a\" 'b c' # comment\r\n"
                                             "hostname=one.example.org\r\n"
                                             "User \"www\"\r\n"
                                             "Port= 24\r\n"
                                             "IdentityFile \"/keys/a key\"\r\n"
                                             "IdentityFile '/keys/\"b\"'\r\n"
                                             "IdentityFile /keys/c\\ d\r\n"
                                             "IdentitiesOnly YES\r\n"
                                             "ConnectTimeout 1m5\r\n");
  g_autoptr (WherryLogin) login = make (config, "a");
  g_autoptr (WherryLogin) other = make (config, "b c");

  g_assert_cmpstr (login->host, ==, "one.example.org");
  g_assert_cmpstr (login->user, ==, "www");
  g_assert_cmpint (login->port, ==, 24);
  g_assert_cmpstr (login->identity_files[0], ==, "/keys/a key");
  g_assert_cmpstr (login->identity_files[1], ==, "/keys/\"b\"");
  g_assert_cmpstr (login->identity_files[2], ==, "/keys/c d");
  g_assert_null (login->identity_files[3]);
  g_assert_true (login->identities_only);
  g_assert_cmpint (login->connect_timeout, ==, 65);
  g_assert_cmpstr (other->host, ==, "one.example.org");
  g_assert_cmpint (count_warnings (config), ==, 0);
}

static void
test_files (void)
{
  g_autoptr (WherrySshConfig) config = load ("Host one\n"
                                             "  HostName 127.0.0.1\n"
                                             "  User www\n"
                                             "  IdentityFile ~/.ssh/%r@%h\n"
                                             "  IdentityFile %d/%n-%p-%u-%%\n"
                                             "  IdentityFile ${WHERRY_TEST_KEYS}/k\n"
                                             "  IdentityFile ${WHERRY_TEST_UNSET}/k\n"
                                             "  IdentityFile ~/%Q\n"
                                             "  UserKnownHostsFile ~/a \"/b c\"\n"
                                             "Host two\n"
                                             "  IdentityFile none\n"
                                             "  UserKnownHostsFile none\n"
                                             "Host *\n"
                                             "  IdentityFile /last\n"
                                             "  UserKnownHostsFile /never\n");
  g_auto (GStrv) known = NULL;
  const char *home = g_get_home_dir ();
  g_autofree char *first = g_strdup_printf ("%s/.ssh/www@127.0.0.1", home);
  g_autofree char *second = g_strdup_printf ("%s/one-22-%s-%%", home, g_get_user_name ());
  g_autofree char *a = g_strdup_printf ("%s/a", home);

  g_setenv ("WHERRY_TEST_KEYS", "/keys", TRUE);
  g_autoptr (WherryLogin) one = wherry_ssh_config_make_login (config, "one", NULL, 0, &known, NULL);
  g_assert_cmpstr (one->identity_files[0], ==, first);
  g_assert_cmpstr (one->identity_files[1], ==, second);
  g_assert_cmpstr (one->identity_files[2], ==, "/keys/k");
  g_assert_cmpstr (one->identity_files[3], ==, "/last");
  g_assert_null (one->identity_files[4]);
  g_assert_cmpint (g_strv_length (known), ==, 2);
  g_assert_cmpstr (known[0], ==, a);
  g_assert_cmpstr (known[1], ==, "/b c");
  g_assert_cmpint (count_warnings (config), ==, 2);
  assert_warning (config, 0, "config:7:", "WHERRY_TEST_UNSET");
  assert_warning (config, 1, "config:8:", "%Q");

  g_clear_pointer (&known, g_strfreev);
  g_autoptr (WherryLogin) two = wherry_ssh_config_make_login (config, "two", NULL, 0, &known, NULL);
  g_assert_cmpstr (two->identity_files[0], ==, "/last");
  g_assert_nonnull (known);
  g_assert_cmpint (g_strv_length (known), ==, 0);
}

static void
test_skipped (void)
{
  g_autoptr (WherrySshConfig) config = load ("Include other\n"
                                             "Host a\n"
                                             "  User www\n"
                                             "Match host a exec \"touch x\"\n"
                                             "  HostName evil.example.org\n"
                                             "  NoSuchThing x\n"
                                             "Host a\n"
                                             "  Port 23\n"
                                             "  BindAddress 10.0.0.1\n"
                                             "  User \"open\n"
                                             "  Port\n"
                                             "  IdentitiesOnly perhaps\n"
                                             "  ConnectTimeout soon\n"
                                             "  Ciphers +aes128-cbc\n"
                                             "Host b\n"
                                             "  AddressFamily inet\n");
  g_assert_cmpint (count_warnings (config), ==, 4);
  assert_warning (config, 0, "config:1:", "Include");
  assert_warning (config, 1, "config:4:", "Match");
  assert_warning (config, 2, "config:10:", "quotation");
  assert_warning (config, 3, "config:11:", "Port");

  g_autoptr (WherryLogin) login = make (config, "a");
  g_assert_cmpstr (login->host, ==, "a");
  g_assert_cmpstr (login->user, ==, "www");
  g_assert_cmpint (login->port, ==, 23);
  g_assert_cmpint (login->connect_timeout, ==, 0);
  g_assert_null (login->ciphers);
  g_assert_cmpint (count_warnings (config), ==, 8);
  assert_warning (config, 4, "config:9:", "bindaddress");
  assert_warning (config, 5, "config:12:", "IdentitiesOnly");
  assert_warning (config, 6, "config:13:", "ConnectTimeout");
  assert_warning (config, 7, "config:14:", "ciphers");

  /* Told once. */
  g_autoptr (WherryLogin) again = make (config, "a");
  g_assert_cmpint (count_warnings (config), ==, 8);
}

static void
assert_refused (const char *text, const char *place, const char *words)
{
  g_autoptr (WherrySshConfig) config = load (text);
  g_autoptr (GError) error = NULL;
  g_autoptr (WherryLogin) login = wherry_ssh_config_make_login (config, "a", NULL, 0, NULL, &error);

  g_test_message ("%s", text);
  g_assert_null (login);
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_BAD_LOCATION);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, place));
  g_assert_nonnull (strstr (error->message, words));
}

/* What would lead to another machine, or be no name (rule R9), is an error. */
static void
test_refused (void)
{
  assert_refused ("Host a\nProxyJump gate\n", "config:2:", "proxyjump");
  assert_refused ("ProxyCommand nc %h %p\n", "config:1:", "proxycommand");
  assert_refused ("HostName -oProxyCommand=x\n", "config:1:", "host");
  assert_refused ("HostName a;b\n", "config:1:", "host");
  assert_refused ("HostName %x.org\n", "config:1:", "%x.org");
  assert_refused ("User \"a b\"\n", "config:1:", "a b");
  assert_refused ("Port 0\n", "config:1:", "port");
  assert_refused ("HostKeyAlias \"a b\"\n", "config:1:", "a b");

  g_autoptr (WherrySshConfig) config = load ("Host b\nProxyJump gate\nHost a\nProxyJump none\n"
                                             "Host *\nProxyJump gate\n");
  g_autoptr (WherryLogin) login = make (config, "a");
  g_assert_cmpstr (login->host, ==, "a");

  g_autoptr (GError) error = NULL;
  g_assert_null (wherry_ssh_config_load ("/nonexistent/config", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("wherry-ssh-config-XXXXXX", NULL);
  g_test_add_func ("/ssh-config/blocks", test_blocks);
  g_test_add_func ("/ssh-config/syntax", test_syntax);
  g_test_add_func ("/ssh-config/files", test_files);
  g_test_add_func ("/ssh-config/skipped", test_skipped);
  g_test_add_func ("/ssh-config/refused", test_refused);

  int result = g_test_run ();
  g_autofree char *file = g_build_filename (folder, "config", NULL);
  g_unlink (file);
  g_rmdir (folder);
  g_free (folder);
  return result;
}
