#pragma once

#include "remote/wherry-remote-error.h"
#include "remote/wherry-sftp-client.h"
#include "transfer/wherry-job.h"

G_BEGIN_DECLS

/**
 * WherrySftpPipe:
 *
 * A transfer's conversation with an SFTP server: hundreds of requests are under
 * way at once, and each has a function that is called with its answer. Made by
 * wherry_sftp_pipe_new(); the members are for reading. One thread at a time.
 */
typedef struct _WherrySftpPipe WherrySftpPipe;

/**
 * WherrySftpAnswer:
 * @pipe: the pipe
 * @reply: the answer
 * @data: whom it concerns
 *
 * Called within wherry_sftp_pipe_step(). What makes going on pointless goes to
 * wherry_sftp_pipe_fail().
 */
typedef void (*WherrySftpAnswer) (WherrySftpPipe  *pipe,
                                  WherrySftpReply *reply,
                                  gpointer         data);

struct _WherrySftpPipe {
  WherrySftpClient *client;
  WherryJob        *job;
  gpointer          owner;        /* (nullable): whose pipe it is */
  guint32           read_length;  /* bytes that a READ may ask for */
  guint32           write_length; /* bytes that a WRITE may bear */
  guint             handles;      /* that may be open at once */

  GHashTable       *expected;     /* id -> what is to be done with the answer */
  GError           *error;        /* (nullable) */
};

WherrySftpPipe *wherry_sftp_pipe_new         (WherrySession          *session,
                                              WherryJob              *job,
                                              gpointer                owner,
                                              GError                **error);
void            wherry_sftp_pipe_free        (WherrySftpPipe         *self);
void            wherry_sftp_pipe_expect      (WherrySftpPipe         *self,
                                              guint32                 id,
                                              WherrySftpAnswer        answer,
                                              gpointer                data);
gboolean        wherry_sftp_pipe_step        (WherrySftpPipe         *self,
                                              gboolean                wait,
                                              GError                **error);
void            wherry_sftp_pipe_settle      (WherrySftpPipe         *self,
                                              gint64                  deadline);
void            wherry_sftp_pipe_fail        (WherrySftpPipe         *self,
                                              GError                 *error);
void            wherry_sftp_pipe_fail_protocol (WherrySftpPipe       *self);

/* Requests. */
guint32         wherry_sftp_pipe_send_handle (WherrySftpPipe         *self,
                                              WherrySftpType          type,
                                              GBytes                 *handle);
void            wherry_sftp_pipe_close       (WherrySftpPipe         *self,
                                              GBytes                 *handle);
void            wherry_sftp_pipe_remove      (WherrySftpPipe         *self,
                                              const char             *path);

/* Answers: %FALSE or %NULL with an error that names @path. */
gboolean        wherry_sftp_pipe_get_ok      (WherrySftpPipe         *self,
                                              WherrySftpReply        *reply,
                                              WherryDoing             doing,
                                              const char             *path,
                                              GError                **error);
gboolean        wherry_sftp_pipe_get_attrs   (WherrySftpPipe         *self,
                                              WherrySftpReply        *reply,
                                              WherryDoing             doing,
                                              const char             *path,
                                              WherrySftpAttrs        *attrs,
                                              GError                **error);
GBytes         *wherry_sftp_pipe_get_handle  (WherrySftpPipe         *self,
                                              WherrySftpReply        *reply,
                                              WherryDoing             doing,
                                              const char             *path,
                                              GError                **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherrySftpPipe, wherry_sftp_pipe_free)

G_END_DECLS
