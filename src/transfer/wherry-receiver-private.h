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

G_END_DECLS
