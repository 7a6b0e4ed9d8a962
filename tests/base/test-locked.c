#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/wherry-locked.h"

/* The kernel's flags for the pages at @address: "lo" locked, "dd" not in core files. */
static char *
dup_flags (gconstpointer address)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  gboolean within = FALSE;

  g_assert_true (g_file_get_contents ("/proc/self/smaps", &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    {
      gulong start, end;

      if (sscanf (*line, "%lx-%lx ", &start, &end) == 2)
        within = (gulong) address >= start && (gulong) address < end;
      if (within && g_str_has_prefix (*line, "VmFlags:"))
        return g_strdup (*line);
    }
  g_assert_not_reached ();
}

static void
test_locked (void)
{
  struct rlimit limit;
  char *secret = wherry_locked_strdup ("open sesame");
  g_autofree char *flags = dup_flags (secret);

  g_assert_cmpstr (secret, ==, "open sesame");
  g_assert_nonnull (strstr (flags, " dd"));
  g_assert_cmpint (getrlimit (RLIMIT_MEMLOCK, &limit), ==, 0);
  /* AddressSanitizer lets nothing be locked, as its shadow would be too. */
  if (limit.rlim_cur >= 65536 && g_getenv ("WHERRY_SANITIZED") == NULL)
    g_assert_nonnull (strstr (flags, " lo"));
  wherry_locked_free (secret);
}

static void
test_sizes (void)
{
  const gsize sizes[] = { 0, 1, 4000, 4080, 4081, 4096, 70000 };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      char *memory = wherry_locked_alloc (sizes[i]);

      for (gsize j = 0; j < sizes[i]; j++)
        g_assert_cmpint (memory[j], ==, 0);
      if (sizes[i] > 0)
        memset (memory, 'x', sizes[i]);
      wherry_locked_free (memory);
    }
}

/* Where nothing may be locked, secrets are there all the same. */
static void
test_limit (void)
{
  struct rlimit limit = { 0, 0 };
  struct rlimit before;
  char *secret;

  g_assert_cmpint (getrlimit (RLIMIT_MEMLOCK, &before), ==, 0);
  limit.rlim_max = before.rlim_max;
  g_assert_cmpint (setrlimit (RLIMIT_MEMLOCK, &limit), ==, 0);
  secret = wherry_locked_strdup ("open sesame");
  g_assert_cmpstr (secret, ==, "open sesame");
  wherry_locked_free (secret);
  g_assert_cmpint (setrlimit (RLIMIT_MEMLOCK, &before), ==, 0);
  g_assert_null (wherry_locked_strdup (NULL));
  wherry_locked_free (NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/locked/pages", test_locked);
  g_test_add_func ("/locked/sizes", test_sizes);
  g_test_add_func ("/locked/limit", test_limit);

  return g_test_run ();
}
