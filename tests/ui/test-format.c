#include <glib.h>

#include "base/wherry-error.h"
#include "ui/wherry-format.h"

/* Sizes and numbers come with a no-break space. */
#define NBSP "\302\240"

static void
check_progress (const WherryProgress *progress, const char *expected)
{
  g_autofree char *text = wherry_format_progress (progress);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_progress (void)
{
  WherryProgress progress = {
    .bytes_done = 744000000,
    .bytes_total = 1200000000,
    .files_done = 3,
    .files_total = 12,
    .totals_known = TRUE,
    .speed = 84e6,
    .seconds_left = 12.2,
  };

  check_progress (&progress,
                  "62 % of 1.2" NBSP "GB · 84.0" NBSP "MB/s · 12 seconds left · 3 of 12 files");
  progress.files_failed = 1;
  check_progress (&progress, "62 % of 1.2" NBSP "GB · 84.0" NBSP
                             "MB/s · 12 seconds left · 3 of 12 files · 1 failed");

  progress.totals_known = FALSE;
  progress.seconds_left = -1;
  progress.files_failed = 0;
  check_progress (&progress, "744.0" NBSP "MB so far · 84.0" NBSP "MB/s · 3 files");

  progress = (WherryProgress){ .totals_known = TRUE, .files_total = 1, .seconds_left = -1 };
  check_progress (&progress, "0 % of 0 bytes");
}

static void
test_fraction (void)
{
  WherryProgress progress = { .bytes_done = 5, .bytes_total = 10 };

  g_assert_cmpfloat (wherry_format_fraction (&progress), ==, -1);
  progress.totals_known = TRUE;
  g_assert_cmpfloat (wherry_format_fraction (&progress), ==, 0.5);
  /* A file that grew while it was sent. */
  progress.bytes_done = 20;
  g_assert_cmpfloat (wherry_format_fraction (&progress), ==, 1);
  /* Empty files only. */
  progress = (WherryProgress){
    .totals_known = TRUE, .files_done = 1, .files_failed = 1, .files_total = 4
  };
  g_assert_cmpfloat (wherry_format_fraction (&progress), ==, 0.5);
  progress = (WherryProgress){ .totals_known = TRUE };
  g_assert_cmpfloat (wherry_format_fraction (&progress), ==, -1);
}

static void
test_duration (void)
{
  static const struct {
    double seconds;
    const char *expected;
  } cases[] = {
    { 0, "1 second left" },      { 1.4, "1 second left" },    { 59.4, "59 seconds left" },
    { 59.6, "1 minute left" },   { 150, "3 minutes left" },   { 5399, "90 minutes left" },
    { 7200, "2 hours left" },    { 129599, "36 hours left" }, { 172800, "2 days left" },
    { 1e300, "9999 days left" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = wherry_format_duration (cases[i].seconds);
      g_assert_cmpstr (text, ==, cases[i].expected);
    }
}

static void
test_path (void)
{
  const char *home = g_get_home_dir ();
  g_autofree char *inside = g_build_filename (home, "a\nb", NULL);
  g_autofree char *beside = g_strconcat (home, "2/x", NULL);
  g_autofree char *shown_home = wherry_format_path (home);
  g_autofree char *shown_inside = wherry_format_path (inside);
  g_autofree char *shown_beside = wherry_format_path (beside);

  g_assert_cmpstr (shown_home, ==, "~");
  g_assert_cmpstr (shown_inside, ==, "~/a\\nb");
  g_assert_cmpstr (shown_beside, ==, beside);
}

static void
check_outcome (WherryTransferState state,
               const WherryProgress *progress,
               const GError *error,
               const char *expected)
{
  g_autofree char *text = wherry_format_outcome (state, progress, error);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_outcome (void)
{
  WherryProgress progress
      = { .bytes_done = 1000000, .files_done = 1, .files_total = 1, .totals_known = TRUE };
  g_autoptr (GError) incomplete
      = g_error_new_literal (WHERRY_ERROR, WHERRY_ERROR_INCOMPLETE, "the sum of it");
  g_autoptr (GError) refused
      = g_error_new_literal (WHERRY_ERROR, WHERRY_ERROR_CONNECT, "“web-1” refuses");

  check_outcome (WHERRY_TRANSFER_WAITING, &progress, NULL, "Waiting");
  check_outcome (WHERRY_TRANSFER_CONNECTING, &progress, NULL, "Connecting…");
  check_outcome (WHERRY_TRANSFER_DONE, &progress, NULL, "Done · 1.0" NBSP "MB");
  check_outcome (WHERRY_TRANSFER_FAILED, &progress, refused, "“web-1” refuses");
  check_outcome (WHERRY_TRANSFER_FAILED, &progress, incomplete, "the sum of it");
  check_outcome (WHERRY_TRANSFER_CANCELLED, &progress, NULL, "Cancelled");

  progress.files_total = 12;
  progress.files_done = 10;
  progress.files_failed = 2;
  check_outcome (WHERRY_TRANSFER_DONE, &progress, NULL, "Done · 1.0" NBSP "MB · 10 files");
  check_outcome (WHERRY_TRANSFER_FAILED, &progress, incomplete,
                 "2 files could not be copied, 10 arrived");
  check_outcome (WHERRY_TRANSFER_CANCELLED, &progress, NULL, "Cancelled · 10 of 12 files arrived");
  progress.files_done = 0;
  check_outcome (WHERRY_TRANSFER_FAILED, &progress, incomplete, "2 files could not be copied");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ui/format/progress", test_progress);
  g_test_add_func ("/ui/format/fraction", test_fraction);
  g_test_add_func ("/ui/format/duration", test_duration);
  g_test_add_func ("/ui/format/path", test_path);
  g_test_add_func ("/ui/format/outcome", test_outcome);
  return g_test_run ();
}
