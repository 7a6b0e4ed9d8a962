#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Longest record that is read or written, in bytes without its newline (rule R5; OpenSSH reads at most 2,047). */
#define WHERRY_SCP_RECORD_MAX 8192
#define WHERRY_SCP_RECORD_SEND_MAX 2046

/** Deepest tree that is accepted or sent (rule R5). */
#define WHERRY_SCP_DEPTH_MAX 512

/**
 * WherryScpTimes:
 *
 * What a `T` record bears: modification and access time in seconds since the
 * epoch. SCP has no finer times.
 */
typedef struct {
  gint64 mtime;
  gint64 atime;
} WherryScpTimes;

G_END_DECLS
