#include <glib.h>
#include <string.h>

#include "base/wherry-error.h"
#include "sites/wherry-site.h"

#define ID "01234567-89ab-4cde-8123-456789abcdef"

static WherrySite *
make_full_site (void)
{
  static const char *const jumps[] = { "gate.example.org", "me@[2001:db8::1]:2022", NULL };
  static const char *const bookmarks[] = { "/srv/www", "semi;colon", " with blanks ", NULL };
  static const char *const methods[] = { "publickey", "password", NULL };
  static const char *const masks[] = { "*.jpg", "*.~?", NULL };
  WherrySite *site = wherry_site_new ();

  g_object_set (site, "name", "Büro \\ [1] = \"web\"", "folder", "Work/Kunden", "host",
                "web-1.example.org", "port", 2022, "user", "anna", "protocol",
                WHERRY_SITE_PROTOCOL_SFTP, "login-methods", methods, "key-file", "~/.ssh/id web",
                "jump-hosts", jumps, "proxy", "socks5://localhost:1080", "remote-folder",
                "/srv/päge", "local-folder", "/home/anna/ web", "bookmarks", bookmarks,
                "preserve-times", FALSE, "preserve-modes", FALSE, "conflicts",
                WHERRY_SITE_CONFLICT_RESUME, "links", WHERRY_SITE_LINKS_SKIP, "include", masks,
                "exclude", masks, "verify", TRUE, "speed-limit", (guint64) 5000000000, "parallel",
                7, "color", WHERRY_SITE_COLOR_PURPLE, "notes", "two\nlines\n\n  and = blanks ",
                NULL);
  return site;
}

static void
test_round_trip (void)
{
  g_autoptr (WherrySite) site = make_full_site ();
  g_autoptr (GError) error = NULL;
  g_autofree char *text = wherry_site_to_text (site);
  g_autoptr (WherrySite) read = wherry_site_new_from_text (text, -1, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (wherry_site_get_id (read), ==, wherry_site_get_id (site));
  g_assert_true (wherry_site_equal (read, site));
  g_assert_cmpstr (wherry_site_get_list (read, WHERRY_SITE_BOOKMARKS)[1], ==, "semi;colon");
  g_assert_cmpuint (wherry_site_get_number (read, WHERRY_SITE_SPEED_LIMIT), ==, 5000000000);

  /* Every field is compared: each one that differs makes a difference. */
  for (WherrySiteField field = WHERRY_SITE_ID + 1; field < WHERRY_SITE_N_FIELDS; field++)
    {
      g_autoptr (WherrySite) fresh = wherry_site_new ();
      guint n_properties;
      g_autofree GParamSpec **pspecs
          = g_object_class_list_properties (G_OBJECT_GET_CLASS (site), &n_properties);
      g_auto (GValue) value = G_VALUE_INIT;

      g_assert_cmpuint (n_properties, ==, WHERRY_SITE_N_FIELDS - 1);
      g_object_get_property (G_OBJECT (site), pspecs[field - 1]->name, &value);
      g_object_set_property (G_OBJECT (fresh), pspecs[field - 1]->name, &value);
      g_autoptr (WherrySite) plain = wherry_site_new ();
      g_assert_false (wherry_site_equal (fresh, plain));
    }

  g_autoptr (WherrySite) copy = wherry_site_duplicate (site);
  g_assert_true (wherry_site_equal (copy, site));
  g_assert_cmpstr (wherry_site_get_id (copy), !=, wherry_site_get_id (site));
}

static void
test_unknown_keys (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WherrySite) site
      = wherry_site_new_from_text ("[Site " ID "]\nhost=h\nfrom-the-future=a;b\\;c\nname[de]=N\n",
                                   -1, &error);

  g_assert_no_error (error);
  wherry_site_set_string (site, WHERRY_SITE_USER, "u");
  g_autofree char *text = wherry_site_to_text (site);
  g_assert_nonnull (strstr (text, "\nfrom-the-future=a;b\\;c\n"));
  g_assert_nonnull (strstr (text, "\nuser=u\n"));
}

static void
count_notify (WherrySite *site, GParamSpec *pspec, guint *count)
{
  (*count)++;
}

static void
test_properties (void)
{
  static const char *const one[] = { "/a", NULL };
  g_autoptr (WherrySite) site = wherry_site_new ();
  guint count = 0;

  g_signal_connect (site, "notify", G_CALLBACK (count_notify), &count);
  wherry_site_set_string (site, WHERRY_SITE_NAME, NULL);
  wherry_site_set_list (site, WHERRY_SITE_BOOKMARKS, NULL);
  wherry_site_set_number (site, WHERRY_SITE_PORT, 22);
  g_assert_cmpuint (count, ==, 0);
  wherry_site_set_list (site, WHERRY_SITE_BOOKMARKS, one);
  wherry_site_set_list (site, WHERRY_SITE_BOOKMARKS, one);
  wherry_site_set_number (site, WHERRY_SITE_VERIFY, TRUE);
  g_assert_cmpuint (count, ==, 2);

  g_assert_cmpstr (wherry_site_get_string (site, WHERRY_SITE_NAME), ==, "");
  wherry_site_set_string (site, WHERRY_SITE_HOST, "2001:db8::1");
  wherry_site_set_string (site, WHERRY_SITE_USER, "anna");
  wherry_site_set_string (site, WHERRY_SITE_NOTES, "The Büro machine");
  g_autofree char *title = wherry_site_dup_title (site);
  g_autofree char *address = wherry_site_dup_address (site);
  wherry_site_set_number (site, WHERRY_SITE_PORT, 2022);
  g_autofree char *with_port = wherry_site_dup_address (site);
  g_assert_cmpstr (title, ==, "2001:db8::1");
  g_assert_cmpstr (address, ==, "anna@2001:db8::1");
  g_assert_cmpstr (with_port, ==, "anna@[2001:db8::1]:2022");

  g_assert_true (wherry_site_matches (site, ""));
  g_assert_true (wherry_site_matches (site, "BÜRO anna"));
  g_assert_false (wherry_site_matches (site, "büro berta"));
}

static void
test_check (void)
{
  static const struct {
    WherrySiteField field;
    const char *text;
    gboolean fits;
  } cases[] = {
    { WHERRY_SITE_NAME, "", TRUE },
    { WHERRY_SITE_NAME, "web 1", TRUE },
    { WHERRY_SITE_NAME, "a\nb", FALSE },
    { WHERRY_SITE_NAME, "a\342\200\256b", FALSE },
    { WHERRY_SITE_FOLDER, "", TRUE },
    { WHERRY_SITE_FOLDER, "Work/Customer A", TRUE },
    { WHERRY_SITE_FOLDER, "/Work", FALSE },
    { WHERRY_SITE_FOLDER, "Work//A", FALSE },
    { WHERRY_SITE_FOLDER, "Work/ A", FALSE },
    { WHERRY_SITE_FOLDER, "1/2/3/4/5/6/7/8/9", FALSE },
    { WHERRY_SITE_HOST, "web-1.example.org", TRUE },
    { WHERRY_SITE_HOST, "::1", TRUE },
    { WHERRY_SITE_HOST, "", FALSE },
    { WHERRY_SITE_HOST, "-oProxyCommand=x", FALSE },
    { WHERRY_SITE_HOST, "a;b", FALSE },
    { WHERRY_SITE_HOST, "a b", FALSE },
    { WHERRY_SITE_USER, "", TRUE },
    { WHERRY_SITE_USER, "DOMAIN\\anna", TRUE },
    { WHERRY_SITE_USER, "-l", FALSE },
    { WHERRY_SITE_USER, "a`b`", FALSE },
    { WHERRY_SITE_LOGIN_METHODS, "publickey", TRUE },
    { WHERRY_SITE_LOGIN_METHODS, "hostbased", FALSE },
    { WHERRY_SITE_KEY_FILE, "~/.ssh/id_ed25519", TRUE },
    { WHERRY_SITE_KEY_FILE, "id_ed25519", FALSE },
    { WHERRY_SITE_JUMP_HOSTS, "me@gate:2022", TRUE },
    { WHERRY_SITE_JUMP_HOSTS, "gate:/folder", FALSE },
    { WHERRY_SITE_JUMP_HOSTS, "-gate", FALSE },
    { WHERRY_SITE_PROXY, "", TRUE },
    { WHERRY_SITE_PROXY, "none", TRUE },
    { WHERRY_SITE_PROXY, "http://proxy.example.org:3128", TRUE },
    { WHERRY_SITE_PROXY, "socks5://[::1]:1080", TRUE },
    { WHERRY_SITE_PROXY, "http://anna@proxy.example.org:3128", TRUE },
    { WHERRY_SITE_PROXY, "socks5://anna@[::1]:1080", TRUE },
    { WHERRY_SITE_PROXY, "ftp://proxy", FALSE },
    { WHERRY_SITE_PROXY, "socks5://", FALSE },
    { WHERRY_SITE_PROXY, "socks5://me:pass@proxy", FALSE },
    { WHERRY_SITE_PROXY, "socks5://me:123@proxy:1080", FALSE },
    { WHERRY_SITE_PROXY, "socks5://-me@proxy:1080", FALSE },
    { WHERRY_SITE_PROXY, "socks5://scp://proxy", FALSE },
    { WHERRY_SITE_REMOTE_FOLDER, "/srv/a b", TRUE },
    { WHERRY_SITE_REMOTE_FOLDER, "a\nb", FALSE },
    { WHERRY_SITE_LOCAL_FOLDER, "~", TRUE },
    { WHERRY_SITE_LOCAL_FOLDER, "web", FALSE },
    { WHERRY_SITE_EXCLUDE, "*.o", TRUE },
    { WHERRY_SITE_EXCLUDE, "", FALSE },
    { WHERRY_SITE_NOTES, "a\n\tb", TRUE },
    { WHERRY_SITE_NOTES, "\377", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      gboolean fits = wherry_site_check_text (cases[i].field, cases[i].text, &error);

      g_test_message ("%d “%s”: %s", cases[i].field, cases[i].text,
                      error != NULL ? error->message : "fits");
      g_assert_cmpint (fits, ==, cases[i].fits);
      if (!fits)
        {
          g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_BAD_LOCATION);
          g_assert_true (g_utf8_validate (error->message, -1, NULL));
        }
    }
}

static void
test_bad_text (void)
{
  static const char *const texts[] = {
    "",
    "host=h\n",
    "[Site]\nhost=h\n",
    "[Site not-an-id]\nhost=h\n",
    "[Group]\nhost=h\n",
    "[Site " ID "]\n",
    "[Site " ID "]\nhost=a;b\n",
    "[Site " ID "]\nhost=\\q\n",
    "[Site " ID "]\nhost=h\nuser=-l\n",
    "[Site " ID "]\nhost=h\nport=0\n",
    "[Site " ID "]\nhost=h\nport=65536\n",
    "[Site " ID "]\nhost=h\nport=22x\n",
    "[Site " ID "]\nhost=h\nport=-1\n",
    "[Site " ID "]\nhost=h\nparallel=17\n",
    "[Site " ID "]\nhost=h\nprotocol=ftp\n",
    "[Site " ID "]\nhost=h\nverify=maybe\n",
    "[Site " ID "]\nhost=h\njump-hosts=ok;-x;\n",
    "[Site " ID "]\nhost=h\nlogin-methods=;\n",
    "[Site " ID "]\nhost=h\nname=\377\n",
    "[Site " ID "]\nhost=h\nnonsense\n",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      WherrySite *site = wherry_site_new_from_text (texts[i], -1, &error);

      g_test_message ("%s: %s", texts[i], error != NULL ? error->message : "read");
      g_assert_null (site);
      g_assert_nonnull (error);
    }
}

static void
test_login (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WherryLocation) location
      = wherry_location_parse_host ("scp://anna@web:2022//srv", NULL);
  g_autoptr (WherrySite) site = wherry_site_new_from_location (location);
  g_autofree char *key = g_build_filename (g_get_home_dir (), ".ssh/key", NULL);

  g_assert_cmpstr (wherry_site_get_string (site, WHERRY_SITE_REMOTE_FOLDER), ==, "/srv");
  wherry_site_set_string (site, WHERRY_SITE_KEY_FILE, "~/.ssh/key");
  g_autoptr (WherryLogin) login = wherry_site_make_login (site, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (login->host, ==, "web");
  g_assert_cmpstr (login->user, ==, "anna");
  g_assert_cmpint (login->port, ==, 2022);
  g_assert_cmpstr (login->identity_files[0], ==, key);

  wherry_site_set_string (site, WHERRY_SITE_USER, "");
  g_autoptr (WherryLogin) own = wherry_site_make_login (site, &error);
  g_assert_cmpstr (own->user, ==, g_get_user_name ());

  static const char *const jumps[] = { "me@near:2022", "far", NULL };
  wherry_site_set_list (site, WHERRY_SITE_JUMP_HOSTS, jumps);
  g_autoptr (WherryLogin) through = wherry_site_make_login (site, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (wherry_login_count_hops (through), ==, 2);
  g_assert_cmpstr (through->via->host, ==, "far");
  g_assert_cmpstr (through->via->via->host, ==, "near");
  g_assert_cmpstr (through->via->via->user, ==, "me");
  g_assert_cmpint (through->via->via->port, ==, 2022);

  /* The proxy leads to the nearest host. */
  static const char *const methods[] = { "password", NULL };
  wherry_site_set_string (site, WHERRY_SITE_PROXY, "socks5://localhost:1080");
  wherry_site_set_list (site, WHERRY_SITE_LOGIN_METHODS, methods);
  g_autoptr (WherryLogin) proxied = wherry_site_make_login (site, &error);
  g_assert_no_error (error);
  g_assert_null (proxied->proxy);
  g_assert_cmpstr (proxied->via->via->proxy, ==, "socks5://localhost:1080");
  g_assert_cmpstr (proxied->methods[0], ==, "password");

  /* And back. */
  g_autoptr (WherrySite) again = wherry_site_new_from_login (proxied);
  g_autoptr (WherryLogin) same = wherry_site_make_login (again, &error);
  g_assert_no_error (error);
  g_assert_true (wherry_login_equal (same, proxied));

  wherry_site_set_string (site, WHERRY_SITE_HOST, "-x");
  g_assert_null (wherry_site_make_login (site, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_BAD_LOCATION);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/site/round-trip", test_round_trip);
  g_test_add_func ("/site/unknown-keys", test_unknown_keys);
  g_test_add_func ("/site/properties", test_properties);
  g_test_add_func ("/site/check", test_check);
  g_test_add_func ("/site/bad-text", test_bad_text);
  g_test_add_func ("/site/login", test_login);
  return g_test_run ();
}
