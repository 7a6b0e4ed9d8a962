#include <glib.h>
#include <string.h>

#include "cli/wherry-cp-progress.h"

static const WherryProgress HALF = {
  .bytes_done = 500000,
  .bytes_total = 1000000,
  .files_done = 3,
  .files_total = 6,
  .totals_known = TRUE,
  .speed = 1.5e6,
  .seconds_left = 61.2,
};

static gsize
count_columns (const char *line)
{
  gsize columns = 0;

  for (const char *p = line; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      columns += g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
    }
  return columns;
}

/* A line too long wraps, and leaves a trace with every redraw; one too short leaves what stood
 * there. */
static void
test_width (void)
{
  static const char *const names[] = {
    "",
    "name",
    "a very long name of a file that does not fit beside the numbers, whatever the width of the "
    "line",
    "\346\226\207\344\273\266\346\226\207\344\273\266\346\226\207\344\273\266\346\226\207\344\273"
    "\266",
    "e\314\201a\314\210o\314\202",
  };
  WherryProgress unknown = HALF;
  WherryProgress huge = HALF;

  unknown.totals_known = FALSE;
  unknown.seconds_left = -1;
  huge.bytes_done = G_MAXUINT64;
  huge.speed = 1e18;
  huge.seconds_left = 1e15;
  for (gsize width = 1; width < 220; width++)
    for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
      for (int over = 0; over < 2; over++)
        {
          g_autofree char *half = wherry_cp_progress_format (&HALF, names[i], over, width);
          g_autofree char *other = wherry_cp_progress_format (&unknown, names[i], over, width);
          g_autofree char *large = wherry_cp_progress_format (&huge, names[i], over, width);

          g_assert_cmpint (count_columns (half), ==, width);
          g_assert_cmpint (count_columns (other), ==, width);
          g_assert_cmpint (count_columns (large), ==, width);
        }
}

static void
test_content (void)
{
  g_autofree char *running = wherry_cp_progress_format (&HALF, "name", FALSE, 79);
  g_autofree char *over = wherry_cp_progress_format (&HALF, "name", TRUE, 79);
  g_autofree char *narrow = wherry_cp_progress_format (&HALF, "name", FALSE, 30);
  WherryProgress nearly = HALF;

  g_test_message ("%s", running);
  g_assert_true (g_str_has_prefix (running, "name "));
  g_assert_nonnull (strstr (running, "[##"));
  g_assert_nonnull (strstr (running, " 50%"));
  g_assert_nonnull (strstr (running, "/s"));
  g_assert_nonnull (strstr (running, "01:02"));
  g_assert_nonnull (strstr (over, "100%"));
  g_assert_null (strstr (over, "01:02"));
  g_assert_nonnull (strstr (narrow, " 50%"));
  g_assert_null (strstr (narrow, "/s"));

  /* It is not all there before it is over, and not at all if some of it failed. */
  nearly.bytes_done = nearly.bytes_total;
  nearly.files_failed = 1;
  g_autofree char *full = wherry_cp_progress_format (&nearly, "name", FALSE, 79);
  g_autofree char *failed = wherry_cp_progress_format (&nearly, "name", TRUE, 79);
  g_assert_nonnull (strstr (full, " 99%"));
  g_assert_nonnull (strstr (failed, " 99%"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/progress/width", test_width);
  g_test_add_func ("/progress/content", test_content);
  return g_test_run ();
}
