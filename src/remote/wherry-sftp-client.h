#pragma once

#include "remote/wherry-sftp-codec.h"
#include "ssh/wherry-session.h"

G_BEGIN_DECLS

/**
 * WherrySftpClient:
 *
 * One SFTP conversation over a channel of its own. Requests go out without
 * waiting for what came before; answers are taken by the request's number, in
 * any order. One thread at a time.
 */
typedef struct _WherrySftpClient WherrySftpClient;

/**
 * WherrySftpReply:
 *
 * An answer: its type, and a reader of what follows the request's number.
 */
typedef struct {
  WherrySftpType   type;
  WherrySftpReader reader;
  GBytes          *bytes; /* owned: what the reader reads */
} WherrySftpReply;

WherrySftpClient *wherry_sftp_client_new           (WherrySession     *session,
                                                    GCancellable      *cancellable,
                                                    GError           **error);
WherrySftpClient *wherry_sftp_client_new_somewhere (WherrySession   *session,
                                                    GCancellable      *cancellable,
                                                    GError           **error);
void              wherry_sftp_client_free          (WherrySftpClient  *self);
gboolean          wherry_sftp_client_has_extension (WherrySftpClient  *self,
                                                    const char        *name);
gboolean          wherry_sftp_client_is_idle       (WherrySftpClient  *self);
gboolean          wherry_sftp_client_is_sound      (WherrySftpClient  *self);

GByteArray       *wherry_sftp_client_begin         (WherrySftpClient  *self,
                                                    WherrySftpType     type,
                                                    guint32           *id);
guint32           wherry_sftp_client_send          (WherrySftpClient  *self);
GByteArray       *wherry_sftp_client_get_output    (WherrySftpClient  *self);
void              wherry_sftp_client_drop          (WherrySftpClient  *self);
guint32           wherry_sftp_client_send_path     (WherrySftpClient  *self,
                                                    WherrySftpType     type,
                                                    const char        *path);
gboolean          wherry_sftp_client_receive       (WherrySftpClient  *self,
                                                    guint32            id,
                                                    WherrySftpReply   *reply,
                                                    GCancellable      *cancellable,
                                                    GError           **error);
gboolean          wherry_sftp_client_poll          (WherrySftpClient  *self,
                                                    guint32           *id,
                                                    WherrySftpReply   *reply,
                                                    GError           **error);
gboolean          wherry_sftp_client_wait          (WherrySftpClient  *self,
                                                    gint64             deadline,
                                                    GCancellable      *cancellable,
                                                    GError           **error);
gboolean          wherry_sftp_client_is_full       (WherrySftpClient  *self);
WherryChannel    *wherry_sftp_client_get_channel   (WherrySftpClient  *self);
void              wherry_sftp_client_forget        (WherrySftpClient  *self,
                                                    guint32            id);
void              wherry_sftp_reply_clear          (WherrySftpReply   *self);
guint32           wherry_sftp_reply_get_status     (WherrySftpReply   *self,
                                                    char             **words);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherrySftpClient, wherry_sftp_client_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WherrySftpReply, wherry_sftp_reply_clear)

G_END_DECLS
