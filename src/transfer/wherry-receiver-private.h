#pragma once

#include "transfer/wherry-receiver.h"

G_BEGIN_DECLS

gboolean wherry_scp_receiver_run  (WherryJob              *job,
                                   WherrySession          *session,
                                   WherryReceiverConsume   consume,
                                   gpointer                user_data,
                                   GError                **error);
gboolean wherry_sftp_receiver_run (WherryJob              *job,
                                   WherrySession          *session,
                                   WherryReceiverConsume   consume,
                                   gpointer                user_data,
                                   GError                **error);

/* wherry-scp-receiver-rest.c */
gboolean wherry_scp_receiver_run_rest (WherryJob            *job,
                                   WherrySession          *session,
                                   WherryReceiverConsume   consume,
                                   gpointer                user_data,
                                   gboolean               *ran,
                                   GError                **error);

G_END_DECLS
