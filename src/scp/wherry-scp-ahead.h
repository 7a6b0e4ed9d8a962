#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** So many bytes of a file's beginning decide whether it may go ahead; more are not looked at. */
#define WHERRY_SCP_HEAD_MAX 2000

gboolean wherry_scp_may_go_ahead (const guint8  *head,
                                  gsize          head_length,
                                  guint64        size,
                                  gboolean       with_times);

G_END_DECLS
