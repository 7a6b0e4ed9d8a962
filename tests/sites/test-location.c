#include <glib.h>
#include <string.h>

#include "base/wherry-error.h"
#include "sites/wherry-location.h"
#include "sites/wherry-pattern.h"
#include "wherry-test-message.h"

typedef WherryLocation *(*Parse) (const char *text, GError **error);

typedef struct {
  const char *text;
  const char *user;
  const char *host; /* NULL: a local file */
  guint16 port;
  const char *path;
} Good;

static const Good FILES[] = {
  /* Local names. */
  { "file", NULL, NULL, 0, "file" },
  { "./a:b", NULL, NULL, 0, "./a:b" },
  { "/a:b", NULL, NULL, 0, "/a:b" },
  { "dir/a:b", NULL, NULL, 0, "dir/a:b" },
  { ":file", NULL, NULL, 0, ":file" },
  { "[abc]", NULL, NULL, 0, "[abc]" },
  { "./scp://host/x", NULL, NULL, 0, "./scp://host/x" },
  { "user@file", NULL, NULL, 0, "user@file" },
  { "-f", NULL, NULL, 0, "-f" },
  /* host:path */
  { "host:", NULL, "host", 0, "" },
  { "host:file", NULL, "host", 0, "file" },
  { "host:/etc/a:b", NULL, "host", 0, "/etc/a:b" },
  { "host:~/x", NULL, "host", 0, "~/x" },
  { "host:22", NULL, "host", 0, "22" },
  { "host:a@b", NULL, "host", 0, "a@b" },
  { "user@host:x", "user", "host", 0, "x" },
  { "user@domain.org@host:x", "user@domain.org", "host", 0, "x" },
  { "DOMAIN\\user@host:x", "DOMAIN\\user", "host", 0, "x" },
  { "h_1-a.example.org.:x", NULL, "h_1-a.example.org.", 0, "x" },
  { "127.0.0.1:x", NULL, "127.0.0.1", 0, "x" },
  { "[::1]:x", NULL, "::1", 0, "x" },
  { "[fe80::1%eth0.5]:x", NULL, "fe80::1%eth0.5", 0, "x" },
  { "user@[2001:db8::2]:/x", "user", "2001:db8::2", 0, "/x" },
  { "[host]:x", NULL, "host", 0, "x" },
  { "b\303\274cher.example:x", NULL, "xn--bcher-kva.example", 0, "x" },
  { "host:\377", NULL, "host", 0, "\377" },
  /* Addresses. */
  { "scp://host", NULL, "host", 0, "" },
  { "scp://host/", NULL, "host", 0, "" },
  { "scp://host/a/b", NULL, "host", 0, "a/b" },
  { "scp://host//a/b", NULL, "host", 0, "/a/b" },
  { "SCP://host:2222/a", NULL, "host", 2222, "a" },
  { "scp://host:/a", NULL, "host", 0, "a" },
  { "scp://user@host:65535/a%20b%3Ac", "user", "host", 65535, "a b:c" },
  { "scp://user%40domain@host/a", "user@domain", "host", 0, "a" },
  { "scp://user;fingerprint=ssh-rsa-aa@host/a", "user", "host", 0, "a" },
  { "scp://host/c++", NULL, "host", 0, "c++" },
  { "scp://host/%ff", NULL, "host", 0, "\377" },
  { "scp://host:22/a@b", NULL, "host", 22, "a@b" },
  { "scp://[::1]:2222/a", NULL, "::1", 2222, "a" },
  { "scp://[fe80::1%25eth0]/a", NULL, "fe80::1%eth0", 0, "a" },
  { "scp://[fe80::1%eth0]/a", NULL, "fe80::1%eth0", 0, "a" },
  { "sftp://host", NULL, "host", 0, "" },
  { "sftp://host/", NULL, "host", 0, "/" },
  { "sftp://host/a/b", NULL, "host", 0, "/a/b" },
  { "sftp://host/~/a", NULL, "host", 0, "a" },
  { "sftp://host/~", NULL, "host", 0, "" },
};

static const Good HOSTS[] = {
  { "host", NULL, "host", 0, "" },
  { " user@host\n", "user", "host", 0, "" },
  { "user@host:22", "user", "host", 22, "" },
  { "host:", NULL, "host", 0, "" },
  { "host:/x", NULL, "host", 0, "/x" },
  { "host:22x", NULL, "host", 0, "22x" },
  { "host:./22", NULL, "host", 0, "./22" },
  { "[::1]", NULL, "::1", 0, "" },
  { "[::1]:2222", NULL, "::1", 2222, "" },
  { "user@[::1]:/x", "user", "::1", 0, "/x" },
  { "::1", NULL, "::1", 0, "" },
  { "user@fe80::1%eth0", "user", "fe80::1%eth0", 0, "" },
  { "scp://user@host:2222/x", "user", "host", 2222, "x" },
};

static void
check_good (Parse parse, const Good *table, gsize length)
{
  for (gsize i = 0; i < length; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (WherryLocation) got = parse (table[i].text, &error);

      wherry_test_message_case (table[i].text);
      g_assert_no_error (error);
      g_assert_cmpint (got->is_remote, ==, table[i].host != NULL);
      g_assert_cmpstr (got->user, ==, table[i].user);
      g_assert_cmpstr (got->host, ==, table[i].host);
      g_assert_cmpint (got->port, ==, table[i].port);
      g_assert_cmpstr (got->path, ==, table[i].path);
    }
}

static void
test_files (void)
{
  check_good (wherry_location_parse, FILES, G_N_ELEMENTS (FILES));
}

static void
test_hosts (void)
{
  check_good (wherry_location_parse_host, HOSTS, G_N_ELEMENTS (HOSTS));
}

/* Rule R9: what a shell, ssh(1) or a config file could take for something else is no name. */
static void
test_refused_names (void)
{
  static const char *const bad_hosts[] = {
    "-oProxyCommand=x",
    "-h",
    "a b",
    "a;b",
    "a$(x)",
    "a`x`",
    "a|b",
    "a&b",
    "a\nb",
    "a\033[2J",
    "a'b",
    "a\"b",
    "a\\b",
    "a,b",
    "a*",
    "a?",
    "..",
    ".a",
    "a..b",
    "a%b",
    "a#b",
    "a{b}",
    "a<b",
    "fe80::1%-x",
    "::1%a;b",
    "1::2::3",
    "\377",
    "\342\200\256a",
    "",
  };
  static const char *const bad_users[] = {
    "-l",
    "a b",
    "a;b",
    "a'b",
    "a\"b",
    "a`b",
    "a$b",
    "a|b",
    "a&b",
    "a<b",
    "a>b",
    "a(b",
    "a{b",
    "a\nb",
    "a\\",
    "a\033b",
    "\377",
    "a*b",
    "a\342\200\256b",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad_hosts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) location_error = NULL;
      g_autofree char *text = g_strconcat (bad_hosts[i], ":file", NULL);
      g_autofree char *host = wherry_location_check_host (bad_hosts[i], &error);

      wherry_test_message_case (bad_hosts[i]);
      g_assert_null (host);
      g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_BAD_LOCATION);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      g_assert_null (strchr (error->message, '\033'));
      if (*bad_hosts[i] == '\0' || strchr (bad_hosts[i], ':') != NULL)
        continue;
      g_assert_null (wherry_location_parse (text, &location_error));
      g_assert_error (location_error, WHERRY_ERROR, WHERRY_ERROR_BAD_LOCATION);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (bad_users); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *text = g_strconcat (bad_users[i], "@host:file", NULL);

      wherry_test_message_case (bad_users[i]);
      g_assert_null (wherry_location_parse (text, &error));
      g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_BAD_LOCATION);
      g_assert_null (strchr (error->message, '\033'));
    }

  g_autofree char *long_host = g_strnfill (300, 'a');
  g_assert_null (wherry_location_check_host (long_host, NULL));
}

static void
test_refused_texts (void)
{
  static const char *const bad_files[] = {
    "",
    "@host:x",
    "a@:x",
    "http://host/x",
    "file:///x",
    "ssh://host/x",
    "scp://",
    "scp:///x",
    "scp://@host/x",
    "scp://host:0/x",
    "scp://host:65536/x",
    "scp://host:2 2/x",
    "scp://host:+22/x",
    "scp://host/%00",
    "scp://host/a%0",
    "scp://host/a%zz",
    "scp://ho%73t/x",
    "scp://user%0aname@host/x",
    "scp://-oProxyCommand=x/x",
    "scp://%2doption@host/x",
    "scp://[::1/x",
    "scp://::1]/x",
    "sftp://host:port/x",
  };
  static const char *const bad_hosts[]
      = { "", "  ", "host/x", "host:99999", "host:0", "user@", "http://host", "a b", "[::1" };

  for (gsize i = 0; i < G_N_ELEMENTS (bad_files); i++)
    {
      g_autoptr (GError) error = NULL;

      wherry_test_message_case (bad_files[i]);
      g_assert_null (wherry_location_parse (bad_files[i], &error));
      g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_BAD_LOCATION);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (bad_hosts); i++)
    {
      g_autoptr (GError) error = NULL;

      wherry_test_message_case (bad_hosts[i]);
      g_assert_null (wherry_location_parse_host (bad_hosts[i], &error));
      g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_BAD_LOCATION);
    }
}

/* A password in an address is refused, and shown nowhere. */
static void
test_password (void)
{
  static const char *const texts[] = {
    "scp://user:hunter2@host/x",   "scp://user:hunter2@host:2222//x",
    "scp://user:a/hunter2@host/x", "scp://user:a@b/hunter2@host/x",
    "sftp://user:hunter2@host",    "http://user:hunter2@host/",
    "scp://user:hunter2@ho st/x",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) host_error = NULL;

      wherry_test_message_case (texts[i]);
      g_assert_null (wherry_location_parse (texts[i], &error));
      g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_BAD_LOCATION);
      g_assert_null (strstr (error->message, "hunter2"));
      g_assert_null (wherry_location_parse_host (texts[i], &host_error));
      g_assert_null (strstr (host_error->message, "hunter2"));
    }
}

static void
test_display (void)
{
  static const struct {
    const char *text;
    const char *shown;
  } table[] = {
    { "a\nb", "a\\nb" },
    { "user@host:a\033b", "user@host:a\\x1bb" },
    { "[::1]:x", "[::1]:x" },
    { "scp://user@host:2222//x", "scp://user@host:2222//x" },
    { "scp://[::1]:2222/x", "scp://[::1]:2222/x" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (WherryLocation) location = wherry_location_parse (table[i].text, NULL);
      g_autoptr (WherryLocation) copy = wherry_location_copy (location);
      g_autofree char *shown = wherry_location_to_display (copy);

      g_assert_cmpstr (shown, ==, table[i].shown);
    }
}

static void
test_patterns (void)
{
  static const struct {
    const char *pattern;
    const char *text;
    gboolean matches;
  } table[] = {
    { "", "", TRUE },
    { "", "a", FALSE },
    { "*", "", TRUE },
    { "*", "abc", TRUE },
    { "a*", "abc", TRUE },
    { "*c", "abc", TRUE },
    { "*b*", "abc", TRUE },
    { "a?c", "abc", TRUE },
    { "a?c", "ac", FALSE },
    { "?", "", FALSE },
    { "abc", "ab", FALSE },
    { "ab", "abc", FALSE },
    { "*.org", "a.b.org", TRUE },
    { "*a*b", "aab", TRUE },
    { "*ab*ab", "abab", TRUE },
    { "*ab*ab", "abxa", FALSE },
    { "**?", "a", TRUE },
    { "[a]", "a", FALSE },
    { "10.0.0.?", "10.0.0.12", FALSE },
  };
  static const char *const list[] = { "*.example.org", "!bad.example.org", NULL };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_test_message ("%s %s", table[i].pattern, table[i].text);
      g_assert_cmpint (wherry_pattern_match (table[i].pattern, table[i].text), ==,
                       table[i].matches);
    }
  g_assert_cmpint (wherry_pattern_match_list (list, "a.example.org"), ==, WHERRY_PATTERN_MATCH);
  g_assert_cmpint (wherry_pattern_match_list (list, "bad.example.org"), ==, WHERRY_PATTERN_NEGATED);
  g_assert_cmpint (wherry_pattern_match_list (list, "other.org"), ==, WHERRY_PATTERN_NO_MATCH);

  /* Takes an age where a star is tried again for every later one. */
  g_autofree char *text = g_strnfill (2000, 'a');
  g_autoptr (GString) stars = g_string_new (NULL);
  for (guint i = 0; i < 200; i++)
    g_string_append (stars, "*a");
  g_string_append_c (stars, 'b');
  g_assert_false (wherry_pattern_match (stars->str, text));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/location/files", test_files);
  g_test_add_func ("/location/hosts", test_hosts);
  g_test_add_func ("/location/refused-names", test_refused_names);
  g_test_add_func ("/location/refused-texts", test_refused_texts);
  g_test_add_func ("/location/password", test_password);
  g_test_add_func ("/location/display", test_display);
  g_test_add_func ("/pattern/match", test_patterns);
  return g_test_run ();
}
