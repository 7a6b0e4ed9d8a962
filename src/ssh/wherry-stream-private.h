#pragma once

#include <gio/gio.h>
#include <libssh/callbacks.h>
#include <libssh/libssh.h>

#include "ssh/wherry-channel.h"

G_BEGIN_DECLS

typedef struct _WherrySessionImpl WherrySessionImpl;

/*
 * WherryStream: what a WherryChannel and its session's thread share. Bytes pass
 * in blocks; the lock is held to move indices, and while a packet's payload is
 * copied out of libssh, never while libssh works.
 */
typedef struct _WherryStream WherryStream;

/* Bytes that may wait for the consumer, and so the most that a server may send ahead. A long way needs many
 * to be full; over a short one they would only lie in sshd, which moves what waits there again and again. */
#define WHERRY_STREAM_INPUT_LIMIT (16 * 1024 * 1024)
#define WHERRY_STREAM_INPUT_LIMIT_NEAR (4 * 1024 * 1024)

/* Bytes that may wait to be sent; once full, it takes bytes again with this many left: fewer wake-ups. */
#define WHERRY_STREAM_OUTPUT_LIMIT (4 * 1024 * 1024)
#define WHERRY_STREAM_OUTPUT_LOW (3 * 1024 * 1024)

/* Blocks that are kept for the next bytes. */
#define WHERRY_STREAM_INPUT_SPARE 3

/* Bytes of standard error that are kept. */
#define WHERRY_STREAM_STDERR_LIMIT (64 * 1024)

typedef enum {
  WHERRY_STREAM_OPENING,
  WHERRY_STREAM_OPEN,
  WHERRY_STREAM_REFUSED,
} WherryStreamState;

/* What the session's thread is about with libssh's channel. */
typedef enum {
  WHERRY_STREAM_PHASE_NEW,
  WHERRY_STREAM_PHASE_OPENING,
  WHERRY_STREAM_PHASE_REQUESTING,
  WHERRY_STREAM_PHASE_RUNNING,
  WHERRY_STREAM_PHASE_CLOSING,
  WHERRY_STREAM_PHASE_AWAITING_CLOSE,
  WHERRY_STREAM_PHASE_GONE,
} WherryStreamPhase;

typedef struct {
  guint8 *data;
  gsize fill;      /* input: bytes put in; output: bytes committed by the consumer, its own */
  gsize published; /* output: bytes the session may send */
  gsize taken;     /* bytes consumed, or sent */
  gboolean held;   /* input: the consumer looks at it; output: it has moved on */
} WherryBlock;

typedef enum {
  WHERRY_STREAM_COMMAND,
  WHERRY_STREAM_SUBSYSTEM,
  WHERRY_STREAM_TUNNEL,
} WherryStreamKind;

struct _WherryStream {
  gatomicrefcount ref_count;
  WherrySessionImpl *session; /* owned */
  WherryStreamKind kind;
  char *target;          /* command line, name of the subsystem, or host a tunnel leads to */
  guint16 port;          /* of a tunnel */

  GMutex lock;
  GCond changed;

  /* Under lock. */
  WherryStreamState state;
  GError *error;      /* why it was refused, or its session's end */
  gboolean crowded_out; /* refused while others ran on the same connection */
  gboolean abandoned; /* the consumer has closed it */
  guint n_waiting;

  GQueue output; /* element-type WherryBlock */
  GQueue spare_output;
  gsize unsent;
  gboolean output_full;
  gboolean output_dead;
  gboolean eof_wanted;

  GQueue input; /* element-type WherryBlock */
  GQueue spare_input;
  gsize unread;       /* bytes in @input */
  gsize input_limit;  /* most of them; with half left the session is told that there is room again */
  gboolean input_low; /* the session is to be woken once there is room again */
  gboolean input_ended;
  gboolean exited;
  int exit_status;
  char *exit_signal;
  GByteArray *stderr_bytes;

  /* Only the session's thread. */
  struct {
    WherryStreamPhase phase;
    ssh_channel channel;
    struct ssh_channel_callbacks_struct callbacks;
    gboolean notify;       /* the consumer has something to see */
    gboolean left_over;    /* libssh holds bytes there was no room for */
    gboolean reading;      /* within ssh_channel_read_timeout() */
    gboolean remote_eof;
    gboolean remote_closed;
    gboolean has_status;
    gboolean eof_sent;
    gboolean accepted;     /* the server has opened its channel */
    gint64 asked_at;       /* monotonic microseconds: when the channel was asked for */
    gint64 window;         /* bytes the server may send, by our own count */
    gint64 close_deadline; /* monotonic microseconds */
    gint64 retry_at;       /* monotonic microseconds: not to be opened before */
    gint64 retry_deadline; /* likewise: when a refusal is final; 0 before the first */

    int tunnel_fd;             /* of a tunnel; -1 once it is closed */
    WherryChannel *tunnel_end; /* of a tunnel: the session's thread is its consumer */
    gboolean tunnel_shut;      /* what the server sends is over */
  } impl;
};

WherryStream *wherry_stream_new   (WherrySessionImpl *session,
                                   WherryStreamKind   kind,
                                   const char        *target,
                                   guint16            port);
WherryStream *wherry_stream_ref   (WherryStream      *self);
void          wherry_stream_unref (WherryStream      *self);
void          wherry_stream_close (WherryStream      *self);
gboolean      wherry_stream_await_open (WherryStream *self,
                                   gint64             deadline,
                                   GCancellable      *cancellable,
                                   GError           **error);
gulong        wherry_stream_watch_cancellable (WherryStream *self,
                                   GCancellable      *cancellable);

/* The consumer's side; takes @stream over. */
WherryChannel *wherry_channel_new (GObject           *session,
                                   WherryStream      *stream);
gboolean       wherry_channel_is_crowded_out (WherryChannel *self);

/* The session's thread. */
void     wherry_stream_append_in_impl (WherryStream *self,
                                       const guint8 *data,
                                       gsize         length);
gsize    wherry_stream_get_room_in_impl (WherryStream *self);
const guint8 *wherry_stream_get_output_in_impl (WherryStream *self,
                                                gsize        *length);
void     wherry_stream_sent_in_impl   (WherryStream *self,
                                       gsize         length);
void     wherry_stream_fail_in_impl   (WherryStream *self,
                                       const GError *error);
void     wherry_stream_notify_in_impl (WherryStream *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryStream, wherry_stream_unref)

G_END_DECLS
