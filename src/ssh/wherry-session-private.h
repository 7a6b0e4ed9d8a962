#pragma once

#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <stdatomic.h>

#include "ssh/wherry-session.h"
#include "ssh/wherry-stream-private.h"

G_BEGIN_DECLS

/*
 * WherrySessionImpl: a session without its GObject: what the handle, the
 * channels and the thread share. The thread holds a reference of its own, so
 * the handle can go while the thread is still ending.
 */

/* OpenSSH's MaxSessions allows 10 channels on a connection unless told otherwise. */
#define WHERRY_SESSION_CHANNELS_MAX 10

/* Connections to other hosts that may lead through one at once. */
#define WHERRY_SESSION_TUNNELS_MAX 32

typedef enum {
  WHERRY_SESSION_NEW,
  WHERRY_SESSION_CONNECTING,
  WHERRY_SESSION_CONNECTED,
  WHERRY_SESSION_ENDED,
} WherrySessionState;

/* What came of logging in so far, for the words that tell of it. */
typedef struct {
  GString *tried;          /* methods */
  char *notice;            /* (nullable): banner that came with the first answer, escaped */
  guint n_keys;            /* that were refused */
  gboolean password_refused;
  gboolean answers_refused;
  char *nobody;            /* (nullable): why nobody could be asked */
  char *message;           /* (nullable): what the server said last beside its questions, escaped */
  char *shown;             /* (nullable): what of its words a person has seen last */
  gboolean partial;        /* a method succeeded, and another one was wanted */
  gboolean agent_missing;  /* there is none, or it did not answer */
  gboolean agent_empty;
  GString *key_trouble;    /* why key files were of no use, in sentences */
} WherryAuthTrail;

struct _WherrySessionImpl {
  gatomicrefcount ref_count;

  /* Constant. */
  WherryLogin *login;
  WherryHostKeyStore *host_keys;
  WherryPrompter *prompter; /* (nullable) */
  GCancellable *cancellable; /* of everything before the connection is up */
  int wake_fd;

  /* Any thread. */
  atomic_int pending;  /* there is something new for the thread */
  atomic_int sleeping; /* the thread is in poll(), or about to be */
  atomic_int probing;  /* the server is to be asked now, and to answer soon */

  GMutex lock;
  GCond changed;

  /* Under lock. */
  WherrySessionState state;
  GError *error; /* why it ended */
  gboolean closing;
  gboolean running; /* the thread is not over */
  GThread *thread;
  GQueue tasks;    /* element-type GTask: asynchronous connects */
  GQueue requests; /* element-type WherryStream: to be opened */
  WherrySession *via; /* (nullable): the connection it leads through */
  guint n_streams; /* opened, or about to be; without the tunnels */
  WherrySession *spare; /* (nullable): the connection for what finds no place on this one */
  guint n_spare_waiting; /* for @spare to come up */
  WherryPrompt *question; /* (nullable) (unowned): that is not answered yet */
  char *server_banner;
  char *cipher;
  WherryServerKind server_kind;
  gint64 keepalive_interval; /* microseconds */
  gint64 dead_after;         /* microseconds after an unanswered keepalive */

  /* Only the session's thread. */
  struct {
    GThread *thread;
    GMainContext *context;
    ssh_session session;
    ssh_event event;
    int cancel_fd;
    struct ssh_callbacks_struct callbacks;
    struct ssh_counter_struct counter;
    gboolean rekeyed;
    gboolean overrun;     /* the server sends more than it was told it may */
    char *shut_out;       /* (nullable): what it says of an expired password, escaped */
    WherryHostKey *host_key;
    GByteArray *heard;    /* what came first, before anything was encrypted */
    gboolean heard_all;   /* there is no gap in it, and more is of use */
    gboolean offer_checked;
    GPtrArray *streams;   /* element-type WherryStream */
    guint turn;           /* whose output goes first */
    guint most_accepted;  /* channels the server had open at once */
    gint64 last_gone;     /* monotonic microseconds: when a stream's channel was freed */
    gboolean stirred;     /* something came for a stream since the last look at them began */
    guint8 *scratch;
    guint64 bytes_seen;   /* of the socket */
    gint64 last_received; /* monotonic microseconds */
    gint64 keepalive_sent; /* monotonic microseconds; 0: none owed */
    guint64 acknowledged;  /* bytes, when the keepalive was sent */
    gboolean is_probe;     /* it is to be answered sooner */
    WherryAuthTrail trail;
    GPtrArray *unsettled; /* element-type WherryPrompt: answered, and not yet known whether rightly */
  } impl;
};

WherrySessionImpl *wherry_session_impl_new   (const WherryLogin  *login,
                                              WherryHostKeyStore *host_keys,
                                              WherryPrompter     *prompter);
WherrySessionImpl *wherry_session_impl_ref   (WherrySessionImpl  *self);
void               wherry_session_impl_unref (WherrySessionImpl  *self);
void               wherry_session_impl_wake  (WherrySessionImpl  *self);
void               wherry_session_impl_close (WherrySessionImpl  *self);
gpointer           wherry_session_impl_run   (gpointer            data);
gboolean           wherry_session_ask        (WherrySessionImpl  *self,
                                              WherryPrompt       *prompt,
                                              GError            **error);
gboolean           wherry_session_is_asking  (WherrySession      *self);
void               wherry_session_note_start (WherrySessionImpl  *self);
void               wherry_session_note_end   (WherrySessionImpl  *self,
                                              GThread            *thread);

/* For the pool, the spare connection, and those that lead through another. */
WherrySession     *wherry_session_new_through (const WherryLogin *login,
                                               WherryHostKeyStore *host_keys,
                                               WherryPrompter    *prompter,
                                               WherrySession     *via);
WherrySessionImpl *wherry_session_get_impl   (WherrySession      *self);
gboolean           wherry_session_has_ended  (WherrySession      *self);
gboolean           wherry_session_request_stream (WherrySession  *self,
                                                  WherryStream   *stream,
                                                  GError        **error);
void               wherry_session_set_closed_error (WherrySessionImpl *self,
                                                    GError        **error);
GError            *wherry_session_dup_error_on_the_way (WherrySessionImpl *self);
gboolean           wherry_session_join_connect (WherrySession  *self,
                                                GCancellable   *cancellable,
                                                GError        **error);
WherryChannel     *wherry_session_start_channel (WherrySession   *self,
                                                 WherryStreamKind kind,
                                                 const char      *target,
                                                 GError         **error);

/* For tests: how soon a silent server is asked, and given up. Before connecting. */
void               wherry_session_set_liveness (WherrySession *self,
                                                gint64         keepalive_interval,
                                                gint64         dead_after);

/* Only the session's thread, from here on. */
#define wherry_assert_in_impl(self) g_assert ((self)->impl.thread == g_thread_self ())

gint64   wherry_session_get_connect_timeout  (WherrySessionImpl  *self);
gboolean wherry_session_wait_in_impl         (WherrySessionImpl  *self,
                                              gint64              deadline,
                                              GError            **error);
gboolean wherry_session_open_socket_in_impl  (WherrySessionImpl  *self,
                                              int                *fd,
                                              GError            **error);
gboolean wherry_session_open_tunnel_in_impl  (WherrySessionImpl  *self,
                                              int                *fd,
                                              GError            **error);
gboolean wherry_session_exchange_keys_in_impl (WherrySessionImpl *self,
                                              int                 fd,
                                              GError            **error);
gboolean wherry_session_check_host_key_in_impl (WherrySessionImpl *self,
                                              GError            **error);
gboolean wherry_session_check_rekey_in_impl  (WherrySessionImpl  *self,
                                              GError            **error);
char    *wherry_session_order_host_keys      (char              **known,
                                              const char         *wanted);
gboolean wherry_session_authenticate_in_impl (WherrySessionImpl  *self,
                                              GError            **error);
void     wherry_session_set_expired_error_in_impl (WherrySessionImpl *self,
                                              GError            **error);
void     wherry_session_pump_in_impl         (WherrySessionImpl  *self,
                                              GError            **error);
void     wherry_session_disconnect_in_impl   (WherrySessionImpl  *self,
                                              gboolean            politely);
void     wherry_session_set_broken_in_impl   (WherrySessionImpl  *self,
                                              GError            **error);
gboolean wherry_session_is_alive_in_impl     (WherrySessionImpl  *self);

/* The tunnels of other sessions: what the pump does for them. */
struct pollfd;
guint    wherry_session_watch_tunnels_in_impl (WherrySessionImpl *self,
                                              struct pollfd      *fds);
gboolean wherry_session_carry_in_impl        (WherrySessionImpl  *self,
                                              WherryStream       *stream);
void     wherry_session_refuse_tunnel_in_impl (WherrySessionImpl *self,
                                              WherryStream       *stream);
void     wherry_session_end_tunnel_in_impl   (WherryStream       *stream);

/* One round of a channel; %TRUE if something moved. */
gboolean wherry_session_step_stream_in_impl  (WherrySessionImpl  *self,
                                              WherryStream       *stream);
guint8  *wherry_session_get_scratch_in_impl  (WherrySessionImpl  *self,
                                              gsize              *size);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherrySessionImpl, wherry_session_impl_unref)

G_END_DECLS
