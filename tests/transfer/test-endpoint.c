#include "transfer/wherry-endpoint.h"

static void
test_name (void)
{
  static const struct {
    const char *path;
    const char *local;
    const char *remote;
  } cases[] = {
    { "a", "a", "a" },      { "/a/b", "b", "b" },       { "a/b//", "b", "b" },
    { "", NULL, NULL },     { ".", NULL, NULL },        { "..", NULL, NULL },
    { "a/..", NULL, NULL }, { "a/.", NULL, NULL },      { "/", NULL, NULL },
    { "~", "~", NULL },     { "~root", "~root", NULL }, { "~/a", "a", "a" },
    { "x/~a", "~a", "~a" }, { "...", "...", "..." },    { "\xff/\xfe", "\xfe", "\xfe" },
  };
  g_autoptr (WherryLogin) login = wherry_login_new ("me", "host", 22);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (WherryEndpoint) local = wherry_endpoint_new_local (cases[i].path);
      g_autoptr (WherryEndpoint) remote = wherry_endpoint_new_remote (login, cases[i].path);
      g_autofree char *local_name = wherry_endpoint_dup_name (local);
      g_autofree char *remote_name = wherry_endpoint_dup_name (remote);

      g_assert_cmpstr (local_name, ==, cases[i].local);
      g_assert_cmpstr (remote_name, ==, cases[i].remote);
    }
}

static void
test_display (void)
{
  g_autoptr (WherryLogin) login = wherry_login_new ("me", "2001:db8::1", 22);
  g_autoptr (WherryEndpoint) remote = wherry_endpoint_new_remote (login, "a\x1b[31m/\xff");
  g_autoptr (WherryEndpoint) copy = wherry_endpoint_copy (remote);
  g_autofree char *shown = wherry_endpoint_to_display (copy);

  g_assert_cmpstr (shown, ==, "me@[2001:db8::1]:a\\x1b[31m/\\xff");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/endpoint/name", test_name);
  g_test_add_func ("/endpoint/display", test_display);
  return g_test_run ();
}
