#include "transfer/wherry-receiver-private.h"

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "scp/wherry-scp-sink.h"
#include "scp/wherry-scp-words.h"
#include "transfer/wherry-scp-exit.h"

/* Replies sent ahead of what was consumed, so that the server streams without waiting. Its scp
 * reads one byte a reply; they wait in its pipe, which holds 64 KiB. */
#define REPLIES_AHEAD 8192

/* Topped up in lumps: a packet for each single reply would cost more than the reply. */
#define REPLIES_LUMP 2048

typedef struct {
  WherryJob *job;
  WherryChannel *channel;
  WherryScpSink *sink;
  WherryReceiverConsume consume;
  gpointer user_data;
  guint n_events; /* since replies were last sent */
  gboolean complete;
  gboolean any_input;
  gboolean any_entry;
  char *early_words; /* (nullable): what the server said before any entry */
} Receiver;

static char *
make_command (WherryJob *job)
{
  g_autofree char *path = wherry_text_quote_path (job->source->path);

  return g_strconcat ("scp", (job->flags & WHERRY_TRANSFER_RECURSIVE) ? " -r" : "",
                      (job->flags & WHERRY_TRANSFER_PRESERVE) ? " -p" : "", " -f ", path, NULL);
}

static WherryScpSink *
make_sink (WherryJob *job)
{
  g_autofree char *name = wherry_endpoint_dup_name (job->source);
  WherryScpSinkFlags flags = WHERRY_SCP_SINK_DEFAULT;

  if (job->flags & WHERRY_TRANSFER_RECURSIVE)
    flags |= WHERRY_SCP_SINK_TREE;
  if (name == NULL)
    flags |= WHERRY_SCP_SINK_ANY_TOP_NAME;
  return wherry_scp_sink_new (name, flags);
}

static void
send_replies (Receiver *self)
{
  gsize room, n;
  guint8 *buffer;

  while ((buffer = wherry_channel_reserve (self->channel, &room)) != NULL)
    {
      n = wherry_scp_sink_take_replies (self->sink, buffer, room, REPLIES_AHEAD);
      if (n == 0)
        break;
      wherry_channel_commit (self->channel, n);
    }
  wherry_channel_flush (self->channel);
  self->n_events = 0;
}

/* The machine says what it saw; the server's stderr and exit status may say why. */
static void
set_failed (Receiver *self, GError *machine_error, GError **error)
{
  g_autoptr (GError) cause = machine_error;
  gint64 deadline = g_get_monotonic_time () + 2 * G_USEC_PER_SEC;
  g_autoptr (GError) wait_error = NULL;
  gboolean may_lack_scp = !self->any_entry && self->early_words == NULL;
  gboolean ended = wherry_channel_is_input_ended (self->channel);

  if (!(ended || may_lack_scp)
      || !(g_error_matches (cause, WHERRY_ERROR, WHERRY_ERROR_PROTOCOL)
           || g_error_matches (cause, WHERRY_ERROR, WHERRY_ERROR_DISCONNECTED)))
    {
      g_propagate_error (error, g_steal_pointer (&cause));
      return;
    }

  wherry_channel_send_eof (self->channel);
  wherry_channel_wait (self->channel, WHERRY_CHANNEL_EXITED, deadline, self->job->cancellable,
                       &wait_error);
  if (wait_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&wait_error));
      return;
    }

  g_autofree char *output = wherry_channel_dup_error_text (self->channel);
  WherryScpExit end = { .noise = self->any_input,
                        .error_output = output,
                        .status = wherry_channel_get_exit_status (self->channel) };
  gboolean says_more = (output != NULL && *output != '\0') || end.status == 127;

  self->job->source_lacks_scp = may_lack_scp && wherry_scp_exit_shows_no_scp (&end);
  if (says_more && !self->any_entry && ended)
    g_propagate_error (error, wherry_scp_exit_to_error (&end));
  else
    g_propagate_error (error, g_steal_pointer (&cause));
}

/* What went wrong on the server is in its words, as far as it is told. */
static gboolean
consume_event (Receiver *self,
               WherryReceiverEventType type,
               const WherryScpSinkEvent *sink_event,
               GError **error)
{
  g_autoptr (GError) failure
      = sink_event->text != NULL ? wherry_scp_words_to_error (sink_event->text) : NULL;
  WherryReceiverEvent event = { .name = sink_event->name,
                                .mode = sink_event->mode,
                                .size = sink_event->size,
                                .has_times = sink_event->has_times,
                                .times = sink_event->times,
                                .mtime = sink_event->has_times ? sink_event->times.mtime : 0,
                                .data = sink_event->data,
                                .length = sink_event->length,
                                .error = failure };

  return self->consume (type, &event, self->channel, self->user_data, error);
}

static gboolean
tell_early_words (Receiver *self, GError **error)
{
  WherryScpSinkEvent event = { .text = self->early_words };

  self->any_entry = TRUE;
  if (self->early_words == NULL)
    return TRUE;
  gboolean ok = consume_event (self, WHERRY_RECEIVER_PROBLEM, &event, error);
  g_clear_pointer (&self->early_words, g_free);
  return ok;
}

static WherryReceiverEventType
translate (WherryScpSinkEventType type)
{
  switch (type)
    {
    case WHERRY_SCP_SINK_FILE:
      return WHERRY_RECEIVER_FILE;
    case WHERRY_SCP_SINK_DATA:
      return WHERRY_RECEIVER_DATA;
    case WHERRY_SCP_SINK_FILE_END:
      return WHERRY_RECEIVER_FILE_END;
    case WHERRY_SCP_SINK_DIRECTORY:
      return WHERRY_RECEIVER_DIRECTORY;
    case WHERRY_SCP_SINK_DIRECTORY_END:
      return WHERRY_RECEIVER_DIRECTORY_END;
    case WHERRY_SCP_SINK_SKIPPED:
      return WHERRY_RECEIVER_SKIPPED;
    case WHERRY_SCP_SINK_WARNING:
      return WHERRY_RECEIVER_PROBLEM;
    case WHERRY_SCP_SINK_NEED_INPUT:
    case WHERRY_SCP_SINK_DONE:
    case WHERRY_SCP_SINK_FAILED:
    default:
      g_assert_not_reached ();
    }
}

/* Consumes what the machine makes of some input. Returns FALSE when the transfer is over. */
static gboolean
feed (Receiver *self, const guint8 *data, gsize length, GError **error)
{
  for (;;)
    {
      WherryScpSinkEvent event = { 0 };
      g_autoptr (GError) machine_error = NULL;
      WherryScpSinkEventType type
          = wherry_scp_sink_next (self->sink, &data, &length, &event, &machine_error);

      if (type == WHERRY_SCP_SINK_NEED_INPUT)
        return TRUE;
      if (type == WHERRY_SCP_SINK_FAILED)
        {
          set_failed (self, g_steal_pointer (&machine_error), error);
          return FALSE;
        }
      if (type == WHERRY_SCP_SINK_DONE)
        {
          self->complete = TRUE;
          return TRUE;
        }

      /* Words before any entry are mostly why none will come: then they are the transfer's error.
       */
      if (type == WHERRY_SCP_SINK_WARNING && !self->any_entry && self->early_words == NULL)
        {
          self->early_words = g_strdup (event.text);
          continue;
        }
      if (type != WHERRY_SCP_SINK_WARNING && !tell_early_words (self, error))
        return FALSE;
      if (++self->n_events >= REPLIES_LUMP)
        send_replies (self);
      if (!consume_event (self, translate (type), &event, error))
        return FALSE;
    }
}

static gboolean
receive (Receiver *self, GError **error)
{
  while (!self->complete)
    {
      gsize length;
      const guint8 *data = wherry_channel_peek (self->channel, &length);

      if (data != NULL && length > 0)
        {
          gsize n = wherry_job_get_portion (self->job, length);
          self->any_input = TRUE;
          if (!feed (self, data, n, error))
            return FALSE;
          wherry_channel_consume (self->channel, n);
          if (!wherry_job_check (self->job, error))
            return FALSE;
          continue;
        }

      if (wherry_channel_is_input_ended (self->channel))
        {
          wherry_scp_sink_end_of_input (self->sink);
          if (!feed (self, NULL, 0, error))
            return FALSE;
          continue;
        }

      send_replies (self);
      g_autoptr (GError) local_error = NULL;
      wherry_channel_wait (self->channel, WHERRY_CHANNEL_READABLE, -1, self->job->cancellable,
                           &local_error);
      if (local_error != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }
    }
  return TRUE;
}

/**
 * wherry_scp_receiver_run:
 *
 * wherry_receiver_run() by the server's `scp -f`, with the replies sent ahead.
 * The stream is always read to its end, whatever becomes of single entries (rule
 * R7).
 */
gboolean
wherry_scp_receiver_run (WherryJob *job,
                         WherrySession *session,
                         WherryReceiverConsume consume,
                         gpointer user_data,
                         GError **error)
{
  gboolean ran;
  if (!wherry_scp_receiver_run_rest (job, session, consume, user_data, &ran, error))
    return FALSE;
  if (ran)
    return TRUE;

  g_autofree char *command = make_command (job);
  g_autoptr (GError) refusal = NULL;
  g_autoptr (WherryChannel) channel
      = wherry_session_exec_somewhere (session, command, job->cancellable, &refusal);

  if (channel == NULL)
    {
      job->source_lacks_scp = g_error_matches (refusal, WHERRY_ERROR, WHERRY_ERROR_REMOTE);
      g_propagate_error (error, g_steal_pointer (&refusal));
      return FALSE;
    }

  g_autoptr (WherryScpSink) sink = make_sink (job);
  Receiver self = {
    .job = job, .channel = channel, .sink = sink, .consume = consume, .user_data = user_data
  };

  gboolean ok = receive (&self, error) && wherry_scp_exit_await (job, channel, error);
  wherry_channel_close (channel);
  g_free (self.early_words);
  return ok;
}
