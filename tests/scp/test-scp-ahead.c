#include "scp/wherry-scp-ahead.h"

#include <string.h>

typedef struct {
  const char *content;
  gboolean plain; /* whether it may go ahead */
  gboolean with_times;
} Case;

static const Case cases[] = {
  { "", TRUE, TRUE },
  { "\n", TRUE, TRUE },
  { "#!/bin/sh\n", TRUE, TRUE },
  { "\x7f"
    "ELF",
    TRUE, TRUE },
  { "c0644 5 x\n", TRUE, TRUE },
  { "C0644 5 x\n", FALSE, FALSE },
  { "C0644 ", FALSE, FALSE },
  { "C0644", TRUE, TRUE },
  { "C0644x", TRUE, TRUE },
  { "C8644 5 x\n", TRUE, TRUE },
  { "Copyright", TRUE, TRUE },
  { "D7777 0 x\n", FALSE, FALSE },
  { "Dear", TRUE, TRUE },
  { "T0 0 0 0\n", FALSE, FALSE },
  { "T 0", FALSE, FALSE },
  { "T+0", FALSE, FALSE },
  { "T-0", FALSE, FALSE },
  { "T\v0", FALSE, FALSE },
  { "T\n", FALSE, FALSE },
  { "The", TRUE, TRUE },
  { "T", TRUE, TRUE },
  { "E", FALSE, FALSE },
  { "E\n", FALSE, FALSE },
  { "Every\n", FALSE, FALSE },
  { "Every\nline", TRUE, FALSE },
  { "E\nE\nE\n.", TRUE, FALSE },
  { "E\nC0644 5 x\n", FALSE, FALSE },
  { "E\nCopy", TRUE, FALSE },
  { "\1", FALSE, FALSE },
  { "\1\n", FALSE, FALSE },
  { "\1\nx", TRUE, TRUE },
  { "\1\nD0755 0 x", FALSE, FALSE },
  { "\2", FALSE, FALSE },
  { "\2\nx", FALSE, FALSE },
};

static gboolean
judge (const char *content, gsize known, gboolean with_times)
{
  return wherry_scp_may_go_ahead ((const guint8 *) content, known, strlen (content), with_times);
}

static void
test_cases (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gsize length = strlen (cases[i].content);

      g_test_message ("%s", cases[i].content);
      g_assert_cmpint (judge (cases[i].content, length, FALSE), ==, cases[i].plain);
      g_assert_cmpint (judge (cases[i].content, length, TRUE), ==, cases[i].with_times);
    }
}

/* Knowing less never makes it bolder. */
static void
test_less_known (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (gsize known = 0; known < strlen (cases[i].content); known++)
      if (judge (cases[i].content, known, FALSE))
        g_assert_true (cases[i].plain);
}

/* The sink reads 2,047 bytes of a line, and takes what follows for the next one. */
static void
test_long_line (void)
{
  g_autofree char *content = g_strnfill (3000, 'x');

  content[0] = 'E';
  content[1990] = '\n';
  g_assert_true (judge (content, 3000, FALSE));
  content[1990] = 'x';
  content[2010] = '\n';
  g_assert_false (judge (content, 3000, FALSE));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scp/ahead/cases", test_cases);
  g_test_add_func ("/scp/ahead/less-known", test_less_known);
  g_test_add_func ("/scp/ahead/long-line", test_long_line);
  return g_test_run ();
}
