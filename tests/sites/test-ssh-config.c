#include <glib.h>
#include <string.h>

#include "base/wherry-error.h"
#include "sites/wherry-ssh-config.h"
#include "wherry-test-dir.h"

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
  WherryLogin *login = wherry_ssh_config_make_login (config, alias, NULL, 0, &error);

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
  g_autoptr (WherryLogin) named = wherry_ssh_config_make_login (config, "web", "me", 99, NULL);
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
  const char *home = g_get_home_dir ();
  g_autofree char *first = g_strdup_printf ("%s/.ssh/www@127.0.0.1", home);
  g_autofree char *second = g_strdup_printf ("%s/one-22-%s-%%", home, g_get_user_name ());
  g_autofree char *a = g_strdup_printf ("%s/a", home);

  g_setenv ("WHERRY_TEST_KEYS", "/keys", TRUE);
  g_autoptr (WherryLogin) one = make (config, "one");
  g_assert_cmpstr (one->identity_files[0], ==, first);
  g_assert_cmpstr (one->identity_files[1], ==, second);
  g_assert_cmpstr (one->identity_files[2], ==, "/keys/k");
  g_assert_cmpstr (one->identity_files[3], ==, "/last");
  g_assert_null (one->identity_files[4]);
  g_assert_cmpint (g_strv_length (one->known_hosts_files), ==, 2);
  g_assert_cmpstr (one->known_hosts_files[0], ==, a);
  g_assert_cmpstr (one->known_hosts_files[1], ==, "/b c");
  g_assert_cmpint (count_warnings (config), ==, 2);
  assert_warning (config, 0, "config:7:", "WHERRY_TEST_UNSET");
  assert_warning (config, 1, "config:8:", "%Q");

  g_autoptr (WherryLogin) two = make (config, "two");
  g_assert_cmpstr (two->identity_files[0], ==, "/last");
  g_assert_nonnull (two->known_hosts_files);
  g_assert_cmpint (g_strv_length (two->known_hosts_files), ==, 0);
}

static void
test_skipped (void)
{
  g_autoptr (WherrySshConfig) config = load ("Match final\n"
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
                                             "  Ciphers \"aes 128\"\n"
                                             "Host b\n"
                                             "  AddressFamily inet7\n");
  g_assert_cmpint (count_warnings (config), ==, 4);
  assert_warning (config, 0, "config:1:", "Match final");
  assert_warning (config, 1, "config:4:", "Match exec");
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
  assert_warning (config, 6, "config:13:", "connecttimeout");
  assert_warning (config, 7, "config:14:", "ciphers");

  /* Told once. */
  g_autoptr (WherryLogin) again = make (config, "a");
  g_assert_cmpint (count_warnings (config), ==, 8);
}

/* Hosts on the way are looked up as any other; the nearest one may have a way of its own. */
static void
test_jumps (void)
{
  g_autoptr (WherrySshConfig) config = load ("Host target\n"
                                             "  ProxyJump gate,me@second:2022\n"
                                             "Host gate\n"
                                             "  HostName gate.example.org\n"
                                             "  User porter\n"
                                             "  ProxyJump outer\n"
                                             "  UserKnownHostsFile /known\n"
                                             "Host second\n"
                                             "  Port 23\n"
                                             "  ProxyJump none-of-this\n"
                                             "Host plain\n"
                                             "  ProxyJump %r@gate-of-%n:%p\n"
                                             "  User u\n");
  g_autoptr (WherryLogin) target = make (config, "target");
  g_autoptr (WherryLogin) plain = make (config, "plain");

  g_assert_cmpuint (wherry_login_count_hops (target), ==, 3);
  g_assert_cmpstr (target->via->host, ==, "second");
  g_assert_cmpstr (target->via->user, ==, "me");
  g_assert_cmpint (target->via->port, ==, 2022);
  g_assert_cmpstr (target->via->via->host, ==, "gate.example.org");
  g_assert_cmpstr (target->via->via->user, ==, "porter");
  g_assert_cmpstr (target->via->via->known_hosts_files[0], ==, "/known");
  g_assert_cmpstr (target->via->via->via->host, ==, "outer");
  g_assert_cmpstr (plain->via->host, ==, "gate-of-plain");
  g_assert_cmpstr (plain->via->user, ==, "u");
}

static void
test_match (void)
{
  g_autoptr (WherrySshConfig) config = load ("Host short\n"
                                             "  HostName long.example.org\n"
                                             "Match host *.example.org,other user !nobody,*\n"
                                             "  Port 1001\n"
                                             "Match originalhost short !user nobody\n"
                                             "  ConnectTimeout 5\n"
                                             "Match user root\n"
                                             "  HostName root.example.org\n"
                                             "  IdentityFile /root-key\n"
                                             "Match localuser nobody-of-this-name\n"
                                             "  Port 1002\n"
                                             "Match exec \"touch /tmp/never\"\n"
                                             "  Port 1003\n"
                                             "Match host short exec true\n"
                                             "  Port 1004\n"
                                             "Match\n"
                                             "  Port 1005\n"
                                             "Match host\n"
                                             "  Port 1006\n"
                                             "Match all\n"
                                             "  User everybody\n"
                                             "  ServerAliveInterval 7\n");
  g_autoptr (WherryLogin) login = make (config, "short");
  g_autoptr (WherryLogin) other = make (config, "elsewhere");
  g_autoptr (WherryLogin) root
      = wherry_ssh_config_make_login (config, "elsewhere", "root", 0, NULL);

  g_assert_cmpstr (login->host, ==, "long.example.org");
  g_assert_cmpint (login->port, ==, 1001);
  g_assert_cmpint (login->connect_timeout, ==, 5);
  g_assert_cmpstr (login->user, ==, "everybody");
  g_assert_cmpint (login->keepalive_interval, ==, 7);
  g_assert_cmpint (other->port, ==, 22);
  g_assert_cmpint (other->connect_timeout, ==, 0);
  g_assert_cmpstr (root->host, ==, "root.example.org");
  g_assert_cmpstr (root->identity_files[0], ==, "/root-key");
  g_assert_cmpint (count_warnings (config), ==, 4);
  assert_warning (config, 0, "config:12:", "exec");
  g_assert_false (g_file_test ("/tmp/never", G_FILE_TEST_EXISTS));
}

static void
write_beside (const char *name, const char *text)
{
  g_autofree char *file = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (file, text, -1, NULL));
}

static void
test_include (void)
{
  g_autofree char *text = g_strdup_printf ("Include %s/part-*\n"
                                           "Include %s/not-there %s\n"
                                           "Host a\n"
                                           "  Include %s/inner\n"
                                           "  User after\n"
                                           "Host *\n"
                                           "  Include %s/round\n",
                                           folder, folder, folder, folder, folder);
  g_autofree char *round = g_strdup_printf ("Include %s/round\nInclude %s/round\n", folder, folder);

  write_beside ("part-1", "Host b\nUser first\n");
  write_beside ("part-2", "Host b\nUser second\nPort 23\n");
  /* Applies to "a" only, whatever it says itself. */
  write_beside ("inner", "Port 24\nHost b\nConnectTimeout 9\nHost *\nConnectTimeout 8\n");
  write_beside ("round", round);

  g_autoptr (WherrySshConfig) config = load (text);
  g_autoptr (WherryLogin) a = make (config, "a");
  g_autoptr (WherryLogin) b = make (config, "b");
  g_auto (GStrv) aliases = wherry_ssh_config_dup_aliases (config);
  g_autofree char *names = g_strjoinv (" ", aliases);

  g_assert_cmpint (a->port, ==, 24);
  g_assert_cmpint (a->connect_timeout, ==, 8);
  g_assert_cmpstr (a->user, ==, "after");
  g_assert_cmpstr (b->user, ==, "first");
  g_assert_cmpint (b->port, ==, 23);
  g_assert_cmpint (b->connect_timeout, ==, 0);
  g_assert_cmpstr (names, ==, "b a");
  g_assert_cmpint (count_warnings (config), >, 1);
  assert_warning (config, 0, "config:2:", "it is no file");
  assert_warning (config, 1, "round:1:", "too deep");
}

static void
assert_methods (const char *text, const char *expected)
{
  g_autoptr (WherrySshConfig) config = load (text);
  g_autoptr (WherryLogin) login = make (config, "a");
  g_autofree char *methods = login->methods != NULL ? g_strjoinv (",", login->methods) : NULL;

  g_assert_cmpstr (methods, ==, expected);
}

static void
test_habits (void)
{
  g_autoptr (WherrySshConfig) config = load ("AddressFamily inet6\n"
                                             "KexAlgorithms ^ecdh-sha2-nistp256\n"
                                             "HostKeyAlgorithms -ssh-*\n"
                                             "Ciphers +aes128-cbc\n"
                                             "ServerAliveInterval 1m\n");
  g_autoptr (WherryLogin) login = make (config, "a");

  g_assert_cmpint (login->address_family, ==, WHERRY_ADDRESS_IPV6);
  g_assert_cmpstr (login->kex_algorithms, ==, "^ecdh-sha2-nistp256");
  g_assert_cmpstr (login->host_key_algorithms, ==, "-ssh-*");
  g_assert_cmpstr (login->ciphers, ==, "+aes128-cbc");
  g_assert_cmpint (login->keepalive_interval, ==, 60);
  g_assert_cmpint (count_warnings (config), ==, 0);

  assert_methods ("Port 1\n", NULL);
  assert_methods ("PreferredAuthentications password,hostbased,publickey\n",
                  "password,agent,publickey");
  assert_methods ("PreferredAuthentications hostbased\n", "");
  assert_methods ("PubkeyAuthentication no\nGSSAPIAuthentication no\n",
                  "keyboard-interactive,password");
  assert_methods ("PasswordAuthentication no\nPreferredAuthentications password,publickey\n",
                  "agent,publickey");
}

static void
assert_refused (const char *text, const char *place, const char *words)
{
  g_autoptr (WherrySshConfig) config = load (text);
  g_autoptr (GError) error = NULL;
  g_autoptr (WherryLogin) login = wherry_ssh_config_make_login (config, "a", NULL, 0, &error);

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
  assert_refused ("Host a\nProxyJump a;b\n", "config:2:", "a;b");
  assert_refused ("Host a\nProxyJump b:/tmp\n", "config:2:", "names a folder");
  assert_refused ("Host a\nProxyJump %Q\n", "config:2:", "%Q");
  assert_refused ("ProxyCommand nc %h %p\n", "config:1:", "ProxyCommand");
  assert_refused ("ProxyCommand nc %h %p\nProxyJump gate\n", "config:1:", "ProxyCommand");
  assert_refused ("Host a\nProxyJump b\nHost b\nHostName -x\n", "config:4:", "host");
  assert_refused ("Host *\nProxyJump gate\n", "config:2:", "each other");
  assert_refused ("Host a\nProxyJump 1,2,3,4,5,6,7,8,9\n", "config:2:", "More than 8");
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
  g_assert_null (login->via);

  g_autoptr (GError) error = NULL;
  g_assert_null (wherry_ssh_config_load ("/nonexistent/config", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder = wherry_test_dir_new ();
  g_test_add_func ("/ssh-config/blocks", test_blocks);
  g_test_add_func ("/ssh-config/syntax", test_syntax);
  g_test_add_func ("/ssh-config/files", test_files);
  g_test_add_func ("/ssh-config/skipped", test_skipped);
  g_test_add_func ("/ssh-config/jumps", test_jumps);
  g_test_add_func ("/ssh-config/match", test_match);
  g_test_add_func ("/ssh-config/include", test_include);
  g_test_add_func ("/ssh-config/habits", test_habits);
  g_test_add_func ("/ssh-config/refused", test_refused);

  int result = g_test_run ();
  wherry_test_dir_remove (folder);
  g_free (folder);
  return result;
}
