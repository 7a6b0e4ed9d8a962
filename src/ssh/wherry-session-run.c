#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-error.h"
#include "ssh/wherry-session-private.h"

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

  g_autoptr (WherryChannel) channel = wherry_session_exec (self, command, cancellable, error);
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
