#include "config.h"

#include "transfer/wherry-route.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "local/wherry-walker.h"
#include "remote/wherry-sftp-client.h"
#include "transfer/wherry-download.h"
#include "transfer/wherry-relay.h"
#include "transfer/wherry-sftp-lanes.h"
#include "transfer/wherry-upload.h"
#include "transfer/wherry-verifier.h"

/* Entries of a folder that are looked at to tell whether it holds large files. */
#define LOOK_MAX 1000

/* What was found out of a connection's server stays known as long as the connection. */
static GQuark
lacks_scp_quark (void)
{
  return g_quark_from_static_string ("wherry-lacks-scp");
}

/* With ProFTPD's own scp (mod_sftp 1.3.8) the upload of a tree does not get past its first file:
 * both ends wait, where scp(1) gets through. Its SFTP is sound. */
static gboolean
has_sound_scp (WherrySession *session)
{
  g_autofree char *banner = wherry_session_dup_server_banner (session);

  return banner == NULL || strstr (banner, "mod_sftp") == NULL;
}

static WherryProtocol
choose (const WherryEndpoint *end, WherrySession *session)
{
  if (end->protocol != WHERRY_PROTOCOL_AUTOMATIC || session == NULL)
    return end->protocol;
  if (g_object_get_qdata (G_OBJECT (session), lacks_scp_quark ()) != NULL
      || !has_sound_scp (session))
    return WHERRY_PROTOCOL_SFTP;
  return WHERRY_PROTOCOL_SCP;
}

/* Whether a path means the same by either protocol; `~user` is for a shell alone. */
static gboolean
is_plain (const WherryEndpoint *end)
{
  return end->path[0] != '~' || end->path[1] == '/' || end->path[1] == '\0';
}

/* Whether a folder comes that is there in part. SCP would send all of it again, to be thrown away
 * here: by SFTP only what is left is asked for. */
static gboolean
is_rest_of_folder (WherryJob *job)
{
  return job->ran && (job->flags & WHERRY_TRANSFER_RECURSIVE)
         && !(wherry_ledger_is_empty (job->ledger) && wherry_partials_is_empty (job->partials));
}

static gboolean
has_sftp (WherryJob *job, WherrySession *session)
{
  g_autoptr (WherrySftpClient) client
      = wherry_sftp_client_new_somewhere (session, job->cancellable, NULL);

  return client != NULL;
}

/* Whether the source, which is here, is large enough for a look at how long the way is: a large
 * file, or a folder of which such files are the most. */
static gboolean
is_large (WherryJob *job)
{
  g_autoptr (WherryWalker) walker = NULL;
  guint64 large = 0, small = 0;

  if (!wherry_endpoint_is_remote (job->source))
    walker = wherry_walker_new (job->source->path, job->links, NULL);

  for (guint i = 0; walker != NULL && i < LOOK_MAX; i++)
    {
      WherryWalkerEntry entry;
      WherryWalkerEntryType type = wherry_walker_next (walker, &entry);

      if (type == WHERRY_WALKER_DONE)
        break;
      if (type == WHERRY_WALKER_FILE)
        *(entry.stat.st_size >= WHERRY_SFTP_LANES_SIZE_MIN ? &large : &small)
            += (guint64) entry.stat.st_size;
    }
  return large > small;
}

/* One answer of the server's SFTP, if it has any, tells how long the way is. */
static gboolean
is_long_way (WherryJob *job, WherrySession *session)
{
  g_autoptr (WherrySftpClient) client
      = wherry_sftp_client_new_somewhere (session, job->cancellable, NULL);
  g_auto (WherrySftpReply) reply = { 0 };

  if (client == NULL)
    return FALSE;
  /* What was written at several places can't be gone on with in one stream. */
  if (!wherry_partials_is_empty (job->partials))
    return TRUE;
  gint64 start = g_get_monotonic_time ();
  guint32 id = wherry_sftp_client_send_path (client, WHERRY_SFTP_REALPATH, ".");
  return wherry_sftp_client_receive (client, id, &reply, job->cancellable, NULL)
         && g_get_monotonic_time () - start >= WHERRY_SFTP_LANES_WAY_MIN;
}

static gboolean
run (WherryJob *job, WherrySession *source, WherrySession *target, GError **error)
{
  job->source_lacks_scp = job->target_lacks_scp = FALSE;
  job->source_protocol = choose (job->source, source);
  job->target_protocol = choose (job->target, target);
  /* SCP has one stream, which a long way makes slow; SFTP writes at several places at once. */
  if (target != NULL && job->target->protocol == WHERRY_PROTOCOL_AUTOMATIC
      && job->target_protocol == WHERRY_PROTOCOL_SCP && is_plain (job->target) && is_large (job)
      && is_long_way (job, target))
    job->target_protocol = WHERRY_PROTOCOL_SFTP;

  if (source != NULL && target == NULL && job->source->protocol == WHERRY_PROTOCOL_AUTOMATIC
      && job->source_protocol == WHERRY_PROTOCOL_SCP && is_plain (job->source)
      && is_rest_of_folder (job) && has_sftp (job, source))
    job->source_protocol = WHERRY_PROTOCOL_SFTP;

  if (source != NULL && target != NULL)
    return wherry_relay_run (job, source, target, error);
  if (source != NULL)
    return wherry_download_run (job, source, error);
  return wherry_upload_run (job, target, error);
}

/* Whether the server that has no scp has SFTP instead, which is kept in mind; if not, @error says
 * so too. */
static gboolean
find_sftp (WherryJob *job, WherrySession *session, GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (WherrySftpClient) client
      = wherry_sftp_client_new_somewhere (session, job->cancellable, &reason);

  if (client != NULL)
    {
      g_object_set_qdata (G_OBJECT (session), lacks_scp_quark (), GINT_TO_POINTER (TRUE));
      return TRUE;
    }
  if (!g_cancellable_is_cancelled (job->cancellable) && wherry_session_is_connected (session))
    {
      g_autofree char *without = g_steal_pointer (&(*error)->message);

      /* Translators: the first %s is a whole sentence, the second a reason. */
      (*error)->message = g_strdup_printf (_ ("%s It can’t be done by SFTP either: %s"), without,
                                           reason->message);
    }
  return FALSE;
}

/* Where one end turned out to have no scp, whether to go another way. */
static gboolean
fall_back (WherryJob *job, WherrySession *source, WherrySession *target, GError **error)
{
  WherrySession *session = NULL;

  if (job->source_lacks_scp && job->source->protocol == WHERRY_PROTOCOL_AUTOMATIC)
    session = source;
  else if (job->target_lacks_scp && job->target->protocol == WHERRY_PROTOCOL_AUTOMATIC)
    session = target;
  if (session == NULL || g_cancellable_is_cancelled (job->cancellable)
      || !wherry_session_is_connected (session))
    return FALSE;
  return find_sftp (job, session, error);
}

/* By one way or the other, once. */
static gboolean
run_any_way (WherryJob *job, WherrySession *source, WherrySession *target, GError **error)
{
  for (;;)
    {
      g_autoptr (GError) local_error = NULL;

      if (run (job, source, target, &local_error))
        return TRUE;
      if (!fall_back (job, source, target, &local_error))
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }
      wherry_job_start_over (job);
    }
}

/**
 * wherry_route_run:
 * @job: what to copy where, and where to tell how it goes
 * @source: (nullable): a connected session to the source's server; %NULL if it
 *   is here
 * @target: (nullable): likewise, of the target
 * @error: why it ended; failures of single files go to the job
 *
 * Copies a file or a tree by the protocol that each endpoint asks for: SCP unless
 * asked otherwise, and SFTP where a server turns out to have no scp, which is
 * found out once a connection, where a large file goes a long way, or where the
 * rest of a folder comes. What is to be verified and
 * turns out not to be what was sent is sent again once. Blocks its thread until all is over.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_route_run (WherryJob *job, WherrySession *source, WherrySession *target, GError **error)
{
  if (!(job->flags & WHERRY_TRANSFER_VERIFY))
    return run_any_way (job, source, target, error);

  for (gboolean last = FALSE;; last = TRUE)
    {
      job->verifier = wherry_verifier_new (job, source, target);
      gboolean well = run_any_way (job, source, target, error);
      guint n_wrong = wherry_verifier_finish (job->verifier, last || !well);
      g_clear_pointer (&job->verifier, wherry_verifier_free);

      if (!well || !wherry_job_check (job, error))
        return FALSE;
      if (n_wrong == 0 || last)
        return TRUE;
      wherry_ledger_begin_run (job->ledger, TRUE);
      wherry_job_start_over (job);
    }
}
