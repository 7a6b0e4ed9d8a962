#include "transfer/wherry-estimator.h"

/* Samples ten times a second for @seconds at constant rates. */
static gint64
run_steadily (WherryEstimator *estimator,
              gint64 begin,
              int seconds,
              guint64 *bytes,
              guint64 *files,
              guint64 byte_rate,
              guint64 file_rate)
{
  gint64 now = begin;

  for (int i = 0; i < seconds * 10; i++)
    {
      now += G_USEC_PER_SEC / 10;
      *bytes += byte_rate / 10;
      *files += file_rate / 10;
      wherry_estimator_sample (estimator, now, *bytes, *files);
    }
  return now;
}

static void
test_nothing_known (void)
{
  WherryEstimator estimator = { 0 };

  g_assert_cmpfloat (wherry_estimator_seconds_left (&estimator, 1000, 1), ==, -1);
  wherry_estimator_sample (&estimator, 1, 0, 0);
  g_assert_cmpfloat (wherry_estimator_seconds_left (&estimator, 1000, 1), ==, -1);
  g_assert_cmpfloat (wherry_estimator_seconds_left (&estimator, 0, 0), ==, 0);
}

static void
test_steady (void)
{
  WherryEstimator estimator = { 0 };
  guint64 bytes = 0, files = 0;

  wherry_estimator_sample (&estimator, 1, 0, 0);
  run_steadily (&estimator, 1, 1, &bytes, &files, 1000000, 0);
  g_assert_cmpfloat_with_epsilon (estimator.byte_rate, 1e6, 1);
  g_assert_cmpfloat_with_epsilon (wherry_estimator_seconds_left (&estimator, 10000000, 1), 10, 0.1);
}

static void
test_many_small_files (void)
{
  WherryEstimator estimator = { 0 };
  guint64 bytes = 0, files = 0;

  wherry_estimator_sample (&estimator, 1, 0, 0);
  run_steadily (&estimator, 1, 2, &bytes, &files, 1000, 100);
  /* 1,000 bytes would take a second, but 1,000 files take ten. */
  g_assert_cmpfloat_with_epsilon (wherry_estimator_seconds_left (&estimator, 1000, 1000), 10, 0.1);
}

static void
test_follows_a_change (void)
{
  WherryEstimator estimator = { 0 };
  guint64 bytes = 0, files = 0;

  wherry_estimator_sample (&estimator, 1, 0, 0);
  gint64 now = run_steadily (&estimator, 1, 10, &bytes, &files, 1000000, 0);
  now = run_steadily (&estimator, now, 2, &bytes, &files, 100000, 0);
  g_assert_cmpfloat (estimator.byte_rate, <, 700000);
  run_steadily (&estimator, now, 20, &bytes, &files, 100000, 0);
  g_assert_cmpfloat_with_epsilon (estimator.byte_rate, 100000, 5000);
}

static void
test_samples_too_close (void)
{
  WherryEstimator estimator = { 0 };

  wherry_estimator_sample (&estimator, 1, 0, 0);
  wherry_estimator_sample (&estimator, 1, 1000000, 0);
  wherry_estimator_sample (&estimator, 2, 2000000, 0);
  g_assert_cmpfloat (estimator.byte_rate, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/estimator/nothing-known", test_nothing_known);
  g_test_add_func ("/estimator/steady", test_steady);
  g_test_add_func ("/estimator/many-small-files", test_many_small_files);
  g_test_add_func ("/estimator/follows-a-change", test_follows_a_change);
  g_test_add_func ("/estimator/samples-too-close", test_samples_too_close);
  return g_test_run ();
}
