#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * WherryThrottle:
 *
 * A speed limit that any number of transfers share, and that may be changed
 * while they run. Counts what was sent against what might have been; who has
 * sent too much waits. Any thread.
 */
typedef struct _WherryThrottle WherryThrottle;

WherryThrottle *wherry_throttle_new         (guint64          bytes_per_second);
WherryThrottle *wherry_throttle_ref         (WherryThrottle  *self);
void            wherry_throttle_unref       (WherryThrottle  *self);
void            wherry_throttle_set_limit   (WherryThrottle  *self,
                                             guint64          bytes_per_second);
guint64         wherry_throttle_get_limit   (WherryThrottle  *self);
gsize           wherry_throttle_get_portion (WherryThrottle  *self,
                                             gsize            wanted);
void            wherry_throttle_take        (WherryThrottle  *self,
                                             gsize            length,
                                             gint64           now);
gint64          wherry_throttle_get_due     (WherryThrottle  *self,
                                             gint64           now);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryThrottle, wherry_throttle_unref)

G_END_DECLS
