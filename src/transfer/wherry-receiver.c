#include "transfer/wherry-receiver-private.h"

/**
 * wherry_receiver_run:
 * @job: the job whose source is on the server, and whose source protocol is
 *   followed
 * @session: a connected session to that server
 * @consume: (scope call): takes the events
 * @user_data: for @consume
 * @error: why it ended early
 *
 * Has the server send the source and consumes all that comes.
 *
 * Returns: whether it came in good order to its end
 */
gboolean
wherry_receiver_run (WherryJob *job,
                     WherrySession *session,
                     WherryReceiverConsume consume,
                     gpointer user_data,
                     GError **error)
{
  if (job->source_protocol == WHERRY_PROTOCOL_SFTP)
    return wherry_sftp_receiver_run (job, session, consume, user_data, error);
  return wherry_scp_receiver_run (job, session, consume, user_data, error);
}
