/* Running commands on a connection that is up. */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-error.h"
#include "ssh/wherry-session-private.h"

/* Has the session's thread open a stream; fails with the end of the session. */
gboolean
wherry_session_request_stream (WherrySession *self, WherryStream *stream, GError **error)
{
  WherrySessionImpl *impl = wherry_session_get_impl (self);
  gboolean connected;

  g_mutex_lock (&impl->lock);
  g_assert (impl->thread == NULL || impl->thread != g_thread_self ());
  connected = impl->state == WHERRY_SESSION_CONNECTED && !impl->closing;
  if (connected)
    g_queue_push_tail (&impl->requests, wherry_stream_ref (stream));
  else if (impl->error != NULL)
    g_propagate_error (error, g_error_copy (impl->error));
  else if (impl->closing)
    wherry_session_set_closed_error (impl, error);
  else
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED, _ ("Not connected"));
  g_mutex_unlock (&impl->lock);

  if (connected)
    wherry_session_impl_wake (impl);
  return connected;
}

WherryChannel *
wherry_session_start_channel (WherrySession *self,
                              WherryStreamKind kind,
                              const char *target,
                              GError **error)
{
  g_autoptr (WherryStream) stream
      = wherry_stream_new (wherry_session_get_impl (self), kind, target, 0);

  if (!wherry_session_request_stream (self, stream, error))
    return NULL;
  return wherry_channel_new (G_OBJECT (self), g_steal_pointer (&stream));
}

/**
 * wherry_session_start:
 * @self: a connected session
 * @command: the command line, as bytes; see wherry_text_quote_shell()
 * @error: return location for the end of the session
 *
 * Runs a command (RFC 4254 section 6.5) without waiting for the server to
 * accept it: wherry_channel_await_open() does, and has to be called before
 * anything else is done with the channel. So several are asked for in the time
 * of one.
 *
 * Ten commands run at once on one connection; one more waits until another one
 * is over, which may be never if the same caller holds them all. See
 * wherry_session_has_room() and wherry_session_exec_somewhere().
 *
 * Returns: (transfer full): the command's channel, which keeps the session alive
 */
WherryChannel *
wherry_session_start (WherrySession *self, const char *command, GError **error)
{
  g_return_val_if_fail (WHERRY_IS_SESSION (self), NULL);
  g_return_val_if_fail (command != NULL, NULL);

  return wherry_session_start_channel (self, WHERRY_STREAM_COMMAND, command, error);
}

/**
 * wherry_session_exec:
 * @self: a connected session
 * @command: the command line, as for wherry_session_start()
 * @cancellable: (nullable): to give up
 * @error: return location for the end of the session, %WHERRY_ERROR_REMOTE if
 *   the server refuses, or %G_IO_ERROR_CANCELLED
 *
 * Runs a command and waits until the server accepted it.
 *
 * Returns: (transfer full): the command's channel, which keeps the session alive
 */
WherryChannel *
wherry_session_exec (WherrySession *self,
                     const char *command,
                     GCancellable *cancellable,
                     GError **error)
{
  g_autoptr (WherryChannel) channel = wherry_session_start (self, command, error);

  if (channel == NULL || !wherry_channel_await_open (channel, cancellable, error))
    return NULL;
  return g_steal_pointer (&channel);
}

/**
 * wherry_session_open_subsystem:
 * @self: a connected session
 * @name: the subsystem, such as `sftp`
 * @cancellable: (nullable): to give up
 * @error: return location for an error, as wherry_session_exec() has
 *
 * Starts a subsystem (RFC 4254 section 6.5). Waits until the server accepted
 * it, which says nothing about whether it runs; otherwise the same as
 * wherry_session_exec().
 *
 * Returns: (transfer full): the subsystem's channel
 */
WherryChannel *
wherry_session_open_subsystem (WherrySession *self,
                               const char *name,
                               GCancellable *cancellable,
                               GError **error)
{
  g_return_val_if_fail (WHERRY_IS_SESSION (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  g_autoptr (WherryChannel) channel
      = wherry_session_start_channel (self, WHERRY_STREAM_SUBSYSTEM, name, error);

  if (channel == NULL || !wherry_channel_await_open (channel, cancellable, error))
    return NULL;
  return g_steal_pointer (&channel);
}

/* Puts what is left of the input where there is room, and the end of it once none is left. */
static void
feed (WherryChannel *channel, GBytes *input, gsize *fed, gboolean *ended)
{
  gsize size = 0;
  const guint8 *data = input != NULL ? g_bytes_get_data (input, &size) : NULL;

  while (*fed < size)
    {
      gsize room;
      guint8 *buffer = wherry_channel_reserve (channel, &room);

      if (buffer == NULL)
        break;
      room = MIN (room, size - *fed);
      memcpy (buffer, data + *fed, room);
      wherry_channel_commit (channel, room);
      *fed += room;
    }
  if (*fed == size && !*ended)
    {
      wherry_channel_send_eof (channel);
      *ended = TRUE;
    }
}

static gboolean
collect (WherryChannel *channel, GByteArray *output, gsize max_output, GError **error)
{
  const guint8 *data;
  gsize length;

  while ((data = wherry_channel_peek (channel, &length)) != NULL)
    {
      if (length > max_output - output->len)
        {
          g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_PROTOCOL,
                       /* Translators: %u is a number of bytes */
                       _ ("The server answers with more than the %u bytes expected"),
                       (guint) max_output);
          return FALSE;
        }
      g_byte_array_append (output, data, (guint) length);
      wherry_channel_consume (channel, length);
    }
  return TRUE;
}

static gboolean
converse (WherryChannel *channel,
          GBytes *input,
          GByteArray *output,
          gsize max_output,
          GCancellable *cancellable,
          GError **error)
{
  gsize fed = 0;
  gboolean ended = FALSE;
  gboolean over = FALSE;

  while (!over)
    {
      WherryChannelCondition wanted = WHERRY_CHANNEL_EXITED;
      WherryChannelCondition ready;

      feed (channel, input, &fed, &ended);
      if (!ended)
        wanted |= WHERRY_CHANNEL_WRITABLE;
      if (!wherry_channel_is_input_ended (channel))
        wanted |= WHERRY_CHANNEL_READABLE;

      ready = wherry_channel_wait (channel, wanted, -1, cancellable, error);
      if (ready == 0 || !collect (channel, output, max_output, error))
        return FALSE;
      /* A command that ended leaves the rest of its input. */
      over = (ready & WHERRY_CHANNEL_EXITED) != 0;
    }
  return TRUE;
}

/**
 * wherry_session_run:
 * @self: a connected session
 * @command: the command line, as bytes; see wherry_text_quote_shell()
 * @input: (nullable): for its standard input
 * @max_output: most bytes of output, at most 2 GiB; more is an error
 * @output: (out) (optional) (transfer full): what it wrote to standard output
 * @exit_status: (out) (optional): its exit status, -1 if it has none
 * @server_words: (out) (optional) (transfer full): what it wrote to standard
 *   error, escaped; see wherry_channel_dup_error_text()
 * @cancellable: (nullable): to give up
 * @error: return location for an error; see wherry_session_exec() and
 *   wherry_channel_wait(), and %WHERRY_ERROR_PROTOCOL if there is too much output
 *
 * Runs a short command to its end.
 *
 * Returns: %TRUE if it came to its end, whatever its exit status
 */
gboolean
wherry_session_run (WherrySession *self,
                    const char *command,
                    GBytes *input,
                    gsize max_output,
                    GBytes **output,
                    int *exit_status,
                    char **server_words,
                    GCancellable *cancellable,
                    GError **error)
{
  g_return_val_if_fail (WHERRY_IS_SESSION (self), FALSE);
  g_return_val_if_fail (max_output <= G_MAXINT, FALSE);

  g_autoptr (WherryChannel) channel
      = wherry_session_exec_somewhere (self, command, cancellable, error);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  if (channel == NULL || !converse (channel, input, bytes, max_output, cancellable, error))
    return FALSE;

  if (output != NULL)
    *output = g_byte_array_free_to_bytes (g_steal_pointer (&bytes));
  if (exit_status != NULL)
    *exit_status = wherry_channel_get_exit_status (channel);
  if (server_words != NULL)
    *server_words = wherry_channel_dup_error_text (channel);
  return TRUE;
}
