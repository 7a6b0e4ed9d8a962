#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * WherryEstimator:
 *
 * Speed and time left from a few samples a second: how fast bytes go and how
 * fast files go, each smoothed over some seconds, since many small files are
 * bound by their number and large ones by their size. A plain value; times are
 * monotonic, in microseconds.
 */
typedef struct {
  gint64  last_time;  /* 0 before the first sample */
  guint64 last_bytes;
  guint64 last_files;
  double  byte_rate;  /* a second */
  double  file_rate;  /* a second */
} WherryEstimator;

void   wherry_estimator_sample       (WherryEstimator       *self,
                                      gint64                 now,
                                      guint64                bytes,
                                      guint64                files);
double wherry_estimator_seconds_left (const WherryEstimator *self,
                                      guint64                bytes_left,
                                      guint64                files_left);

G_END_DECLS
