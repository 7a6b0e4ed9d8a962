#include "remote/wherry-remote-mode.h"

static void
test_symbolic (void)
{
  static const struct {
    guint32 mode;
    const char *text;
    const char *octal;
  } cases[] = {
    { 0644, "rw-r--r--", "644" },   { 0, "---------", "000" },      { 0777, "rwxrwxrwx", "777" },
    { 04755, "rwsr-xr-x", "4755" }, { 02640, "rw-r-S---", "2640" }, { 01777, "rwxrwxrwt", "1777" },
    { 07000, "--S--S--T", "7000" },
  };
  guint32 mode;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = wherry_mode_to_symbolic (cases[i].mode | 0100000);
      g_autofree char *octal = wherry_mode_to_octal (cases[i].mode | 0100000);

      g_assert_cmpstr (text, ==, cases[i].text);
      g_assert_cmpstr (octal, ==, cases[i].octal);
      g_assert_true (wherry_mode_from_symbolic (text, &mode));
      g_assert_cmpuint (mode, ==, cases[i].mode);
      g_assert_true (wherry_mode_from_octal (octal, &mode));
      g_assert_cmpuint (mode, ==, cases[i].mode);
    }
  g_assert_false (wherry_mode_from_symbolic ("rwxrwxrw", &mode));
  g_assert_false (wherry_mode_from_symbolic ("rwxrwxrwxx", &mode));
  g_assert_false (wherry_mode_from_symbolic ("xwrrwxrwx", &mode));
  g_assert_false (wherry_mode_from_symbolic ("rwtrwxrwx", &mode));
  g_assert_false (wherry_mode_from_octal ("", &mode));
  g_assert_false (wherry_mode_from_octal ("8", &mode));
  g_assert_false (wherry_mode_from_octal ("10000", &mode));
  g_assert_false (wherry_mode_from_octal ("+755", &mode));
}

static void
test_change (void)
{
  static const struct {
    const char *text;
    guint32 file_before, file_after;
    guint32 folder_before, folder_after;
    const char *command;
  } cases[] = {
    { "755", 0600, 0755, 0700, 0755, "00755" },
    { "u+rwX,go-w", 0464, 0644, 0466, 0744, "u+X,g-w,o-w,u+rw" },
    { "a=rX", 0640, 0444, 0700, 0555, NULL },
    { "a=rX", 0740, 0555, 0700, 0555, NULL },
    { "+x", 0644, 0755, 0755, 0755, "u+x,g+x,o+x" },
    { "g+s,+t", 0755, 03755, 0755, 03755, "g+s,+t" },
    { "o-rwx", 0777, 0770, 0755, 0750, "o-rwx" },
    { "u+w,u-w", 0644, 0444, 0755, 0555, "u-w" },
  };
  WherryModeChange change;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *command = NULL;

      g_assert_true (wherry_mode_change_parse (cases[i].text, &change));
      g_assert_cmpuint (wherry_mode_change_apply (&change, cases[i].file_before, FALSE), ==,
                        cases[i].file_after);
      g_assert_cmpuint (wherry_mode_change_apply (&change, cases[i].folder_before, TRUE), ==,
                        cases[i].folder_after);
      command = wherry_mode_change_to_text (&change);
      if (cases[i].command != NULL)
        g_assert_cmpstr (command, ==, cases[i].command);
    }
  g_assert_false (wherry_mode_change_parse ("", &change));
  g_assert_false (wherry_mode_change_parse ("u", &change));
  g_assert_false (wherry_mode_change_parse ("u+z", &change));
  g_assert_false (wherry_mode_change_parse ("u+r;id", &change));
  g_assert_false (wherry_mode_change_parse ("999", &change));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/remote/mode/symbolic", test_symbolic);
  g_test_add_func ("/remote/mode/change", test_change);
  return g_test_run ();
}
