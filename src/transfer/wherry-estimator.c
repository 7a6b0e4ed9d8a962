#include "transfer/wherry-estimator.h"

#include <math.h>

/* Time constant of the smoothing: long enough that the figure can be read, short enough that it
 * follows. */
#define SMOOTHING_SECONDS 3.0

/* Samples closer together than this say more about scheduling than about speed. */
#define SHORTEST_SAMPLE_SECONDS 0.05

static double
smooth (double old, double now, double seconds)
{
  double weight = 1.0 - exp (-seconds / SMOOTHING_SECONDS);
  return old + weight * (now - old);
}

/**
 * wherry_estimator_sample:
 * @self: an estimator
 * @now: monotonic time in microseconds
 * @bytes: bytes that went over since the beginning
 * @files: files that went over since the beginning
 *
 * Takes one sample.
 */
void
wherry_estimator_sample (WherryEstimator *self, gint64 now, guint64 bytes, guint64 files)
{
  if (self->last_time == 0)
    {
      *self = (WherryEstimator){ .last_time = now, .last_bytes = bytes, .last_files = files };
      return;
    }

  double seconds = (double) (now - self->last_time) / G_USEC_PER_SEC;
  if (seconds < SHORTEST_SAMPLE_SECONDS)
    return;

  double byte_rate = (double) (bytes - self->last_bytes) / seconds;
  double file_rate = (double) (files - self->last_files) / seconds;
  gboolean first = self->byte_rate == 0 && self->file_rate == 0;

  self->byte_rate = first ? byte_rate : smooth (self->byte_rate, byte_rate, seconds);
  self->file_rate = first ? file_rate : smooth (self->file_rate, file_rate, seconds);
  self->last_time = now;
  self->last_bytes = bytes;
  self->last_files = files;
}

/**
 * wherry_estimator_seconds_left:
 * @self: an estimator
 * @bytes_left: bytes still to go
 * @files_left: files still to go
 *
 * Returns: seconds still to go by whichever of the two takes longer, or -1
 *   while it can't be told
 */
double
wherry_estimator_seconds_left (const WherryEstimator *self, guint64 bytes_left, guint64 files_left)
{
  double by_bytes = 0, by_files = 0;

  if (bytes_left > 0)
    {
      if (self->byte_rate < 1)
        return -1;
      by_bytes = (double) bytes_left / self->byte_rate;
    }
  /* One large file moves no file count for long: only many files are judged by their number. */
  if (files_left > 1 && self->file_rate > 1)
    by_files = (double) files_left / self->file_rate;
  return MAX (by_bytes, by_files);
}
