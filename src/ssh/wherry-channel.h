#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * WherryChannel:
 *
 * The bytes of one command on a server, for one consumer thread that is not the
 * session's. The session's thread moves blocks between it and libssh; nothing
 * is copied on the way but by libssh itself. Every call but
 * wherry_channel_await_open() and wherry_channel_wait() returns at once.
 *
 * Input and output are bounded: what the consumer does not take is not read
 * from the wire once 16 MiB wait, and wherry_channel_reserve() gives no room
 * while 4 MiB have not gone out.
 */
#define WHERRY_TYPE_CHANNEL (wherry_channel_get_type ())
G_DECLARE_FINAL_TYPE (WherryChannel, wherry_channel, WHERRY, CHANNEL, GObject)

/**
 * WherryChannelCondition:
 * @WHERRY_CHANNEL_READABLE: wherry_channel_peek() has bytes, or the input ended
 * @WHERRY_CHANNEL_WRITABLE: wherry_channel_reserve() has room, or the channel
 *   will never take bytes again
 * @WHERRY_CHANNEL_EXITED: the command ended, all its input is here, and its
 *   exit status (if any) is known
 */
typedef enum {
  WHERRY_CHANNEL_READABLE = 1 << 0,
  WHERRY_CHANNEL_WRITABLE = 1 << 1,
  WHERRY_CHANNEL_EXITED   = 1 << 2,
} WherryChannelCondition;

gboolean                wherry_channel_await_open      (WherryChannel           *self,
                                                        GCancellable            *cancellable,
                                                        GError                 **error);
WherryChannelCondition  wherry_channel_wait            (WherryChannel           *self,
                                                        WherryChannelCondition   wanted,
                                                        gint64                   deadline,
                                                        GCancellable            *cancellable,
                                                        GError                 **error);

/* Output. */
guint8                 *wherry_channel_reserve         (WherryChannel           *self,
                                                        gsize                   *size);
void                    wherry_channel_commit          (WherryChannel           *self,
                                                        gsize                    length);
void                    wherry_channel_flush           (WherryChannel           *self);
void                    wherry_channel_send_eof        (WherryChannel           *self);

/* Input. */
const guint8           *wherry_channel_peek            (WherryChannel           *self,
                                                        gsize                   *length);
void                    wherry_channel_consume         (WherryChannel           *self,
                                                        gsize                    length);
gboolean                wherry_channel_is_input_ended  (WherryChannel           *self);

/* Afterwards. */
int                     wherry_channel_get_exit_status (WherryChannel           *self);
char                   *wherry_channel_dup_error_text  (WherryChannel           *self);
void                    wherry_channel_close           (WherryChannel           *self);

G_END_DECLS
