#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * WherryReconnect:
 *
 * Says when to try again after a connection was lost: two seconds later, then after
 * ever longer waits, up to a minute; at once when the machine wakes from sleep or
 * the network comes back, and not before while there is none. It connects
 * nothing: a new session checks the host key anew. For the main thread.
 *
 * The signal "woke" is emitted when connections may have died unnoticed: after
 * sleep, and when the network changed; see wherry_session_pool_probe().
 */
#define WHERRY_TYPE_RECONNECT (wherry_reconnect_get_type ())
G_DECLARE_FINAL_TYPE (WherryReconnect, wherry_reconnect, WHERRY, RECONNECT, GObject)

WherryReconnect *wherry_reconnect_new         (void);
void             wherry_reconnect_wait_async  (WherryReconnect      *self,
                                               GCancellable         *cancellable,
                                               GAsyncReadyCallback   callback,
                                               gpointer              user_data);
gboolean         wherry_reconnect_wait_finish (WherryReconnect      *self,
                                               GAsyncResult         *result,
                                               GError              **error);
guint            wherry_reconnect_get_delay   (WherryReconnect      *self);
void             wherry_reconnect_reset       (WherryReconnect      *self);

/* For tests: what counts as a second, in milliseconds. */
void             wherry_reconnect_set_unit    (WherryReconnect      *self,
                                               guint                 unit);

G_END_DECLS
