#include "config.h"

#include "remote/wherry-sftp-client.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"

/* How long a server may take to say which version it speaks. */
#define VERSION_TIMEOUT (20 * G_USEC_PER_SEC)

/* How long dropbear may take to end its program. */
#define END_TIMEOUT (2 * G_USEC_PER_SEC)

/* Answers that may wait for somebody to ask for them; more than are ever under way. */
#define UNTAKEN_MAX 65536

struct _WherrySftpClient {
  WherryChannel *channel;
  GByteArray *output; /* what the channel had no room for */
  gsize packet_start; /* of the request being written */
  guint32 next_id;
  guint32 writing_id;
  GByteArray *input;       /* a packet that is not whole */
  GHashTable *outstanding; /* ids asked about; element-type guint, value: (nullable) GBytes owned */
  GHashTable *forgotten;   /* ids whose answer nobody wants */
  GPtrArray *extensions;   /* element-type utf8: names */
  gboolean broken;
  gboolean gentle; /* the server does not stand a channel that is closed on it */
};

static void
unref_bytes (gpointer data)
{
  if (data != NULL)
    g_bytes_unref (data);
}

static void
flush (WherrySftpClient *self)
{
  gsize sent = 0;

  while (sent < self->output->len)
    {
      gsize room;
      guint8 *buffer = wherry_channel_reserve (self->channel, &room);

      if (buffer == NULL)
        break;
      room = MIN (room, self->output->len - sent);
      memcpy (buffer, self->output->data + sent, room);
      wherry_channel_commit (self->channel, room);
      sent += room;
    }
  if (sent > 0)
    g_byte_array_remove_range (self->output, 0, (guint) sent);
}

static gboolean
fail (WherrySftpClient *self, GError **error, const char *message)
{
  self->broken = TRUE;
  g_set_error_literal (error, WHERRY_ERROR, WHERRY_ERROR_PROTOCOL, message);
  return FALSE;
}

static gboolean
fail_at_end (WherrySftpClient *self, GError **error)
{
  g_autofree char *words = wherry_channel_dup_error_text (self->channel);

  self->broken = TRUE;
  if (*words != '\0')
    g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_REMOTE,
                 /* Translators: %s are the server's words */
                 _ ("The server’s SFTP program ended: %s"), words);
  else
    g_set_error_literal (error, WHERRY_ERROR, WHERRY_ERROR_REMOTE,
                         _ ("The server’s SFTP program ended"));
  return FALSE;
}

/* Waits until the input holds a whole packet, then gives it. */
static GBytes *
take_packet (WherrySftpClient *self, gint64 deadline, GCancellable *cancellable, GError **error)
{
  for (;;)
    {
      const guint8 *data;
      gsize length, whole, wanted;

      flush (self);
      while ((data = wherry_channel_peek (self->channel, &length)) != NULL && length > 0)
        {
          if (!wherry_sftp_measure_packet (self->input->data, self->input->len, &whole, error))
            {
              self->broken = TRUE;
              return NULL;
            }
          wanted = MIN (length, (whole == 0 ? 4 : whole) - self->input->len);
          g_byte_array_append (self->input, data, (guint) wanted);
          wherry_channel_consume (self->channel, wanted);
          if (whole != 0 && self->input->len == whole)
            {
              GBytes *packet = g_byte_array_free_to_bytes (self->input);
              self->input = g_byte_array_new ();
              return packet;
            }
        }
      if (!wherry_sftp_measure_packet (self->input->data, self->input->len, &whole, error))
        {
          self->broken = TRUE;
          return NULL;
        }
      if (wherry_channel_is_input_ended (self->channel))
        {
          fail_at_end (self, error);
          return NULL;
        }

      g_autoptr (GError) local_error = NULL;
      WherryChannelCondition conditions = WHERRY_CHANNEL_READABLE;
      if (self->output->len > 0)
        conditions |= WHERRY_CHANNEL_WRITABLE;
      if (wherry_channel_wait (self->channel, conditions, deadline, cancellable, &local_error) == 0)
        {
          self->broken = TRUE;
          if (local_error != NULL)
            g_propagate_error (error, g_steal_pointer (&local_error));
          else
            g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                                 _ ("The server did not answer in time"));
          return NULL;
        }
    }
}

static gboolean
shake_hands (WherrySftpClient *self, GCancellable *cancellable, GError **error)
{
  gsize start = wherry_sftp_begin (self->output, WHERRY_SFTP_INIT, 3);
  g_autoptr (GBytes) packet = NULL;
  WherrySftpReader reader = { 0 };

  wherry_sftp_end (self->output, start);
  packet = take_packet (self, g_get_monotonic_time () + VERSION_TIMEOUT, cancellable, error);
  if (packet == NULL)
    return FALSE;
  reader.data = g_bytes_get_data (packet, &reader.left);
  wherry_sftp_get_u32 (&reader);
  /* A server answers with the client's version or a lower one (section 4). */
  if (wherry_sftp_get_u8 (&reader) != WHERRY_SFTP_VERSION || wherry_sftp_get_u32 (&reader) != 3)
    return fail (self, error, _ ("The server does not speak version 3 of SFTP"));

  while (reader.left > 0 && self->extensions->len < 256)
    {
      gsize name_length, value_length;
      const char *name = wherry_sftp_get_bytes (&reader, &name_length);

      wherry_sftp_get_bytes (&reader, &value_length);
      if (reader.bad)
        return fail (self, error, _ ("The server’s answer is not SFTP"));
      g_ptr_array_add (self->extensions, g_strndup (name, name_length));
    }
  return TRUE;
}

/**
 * wherry_sftp_client_new:
 * @session: a connected session
 * @cancellable: (nullable): to give up
 * @error: return location for why the server offers no SFTP, or the end of the
 *   session
 *
 * Starts the `sftp` subsystem and agrees on version 3. Waits for the server.
 *
 * Returns: (transfer full): a client
 */
WherrySftpClient *
wherry_sftp_client_new (WherrySession *session, GCancellable *cancellable, GError **error)
{
  WherryChannel *channel = wherry_session_open_subsystem (session, "sftp", cancellable, error);

  if (channel == NULL)
    return NULL;

  g_autoptr (WherrySftpClient) self = g_new0 (WherrySftpClient, 1);
  self->channel = channel;
  self->output = g_byte_array_new ();
  self->input = g_byte_array_new ();
  self->outstanding = g_hash_table_new_full (NULL, NULL, NULL, unref_bytes);
  self->forgotten = g_hash_table_new (NULL, NULL);
  self->extensions = g_ptr_array_new_with_free_func (g_free);
  self->next_id = 1;
  self->gentle = wherry_session_get_server_kind (session) == WHERRY_SERVER_DROPBEAR;
  if (!shake_hands (self, cancellable, error))
    return NULL;
  return g_steal_pointer (&self);
}

/* Closing a channel while its program still writes ends the whole connection of dropbear 2022.83
 * (an assertion in its common-channel.c): there the program is let come to its end. */
static void
let_end (WherrySftpClient *self)
{
  gint64 deadline = g_get_monotonic_time () + END_TIMEOUT;
  WherryChannelCondition ready = 0;

  wherry_channel_send_eof (self->channel);
  while ((ready & WHERRY_CHANNEL_EXITED) == 0)
    {
      WherryChannelCondition wanted = WHERRY_CHANNEL_EXITED;
      const guint8 *data;
      gsize length;

      while ((data = wherry_channel_peek (self->channel, &length)) != NULL && length > 0)
        wherry_channel_consume (self->channel, length);
      if (!wherry_channel_is_input_ended (self->channel))
        wanted |= WHERRY_CHANNEL_READABLE;
      ready = wherry_channel_wait (self->channel, wanted, deadline, NULL, NULL);
      if (ready == 0)
        return;
    }
}

/**
 * wherry_sftp_client_free:
 * @self: (transfer full) (nullable): a client
 *
 * Ends the conversation, whatever is under way. May take two seconds where the
 * server is dropbear.
 */
void
wherry_sftp_client_free (WherrySftpClient *self)
{
  if (self == NULL)
    return;
  if (self->gentle)
    let_end (self);
  wherry_channel_close (self->channel);
  g_object_unref (self->channel);
  g_byte_array_unref (self->output);
  g_byte_array_unref (self->input);
  g_hash_table_unref (self->outstanding);
  g_hash_table_unref (self->forgotten);
  g_ptr_array_unref (self->extensions);
  g_free (self);
}

/**
 * wherry_sftp_client_has_extension:
 * @self: a client
 * @name: such as `posix-rename@openssh.com`
 *
 * Returns: whether the server offers it
 */
gboolean
wherry_sftp_client_has_extension (WherrySftpClient *self, const char *name)
{
  return g_ptr_array_find_with_equal_func (self->extensions, name, g_str_equal, NULL);
}

/**
 * wherry_sftp_client_is_idle:
 * @self: a client
 *
 * Returns: whether the conversation is sound and nobody waits for an answer, so
 *   that somebody else may go on with it; what was sent is under way
 */
gboolean
wherry_sftp_client_is_idle (WherrySftpClient *self)
{
  flush (self);
  wherry_channel_flush (self->channel);
  return !self->broken
         && g_hash_table_size (self->outstanding) == g_hash_table_size (self->forgotten)
         && !wherry_channel_is_input_ended (self->channel);
}

/**
 * wherry_sftp_client_is_sound:
 * @self: a client
 *
 * Returns: whether more can be asked, and answers come
 */
gboolean
wherry_sftp_client_is_sound (WherrySftpClient *self)
{
  return !self->broken;
}

/**
 * wherry_sftp_client_begin:
 * @self: a client
 * @type: the request's type
 * @id: (out) (optional): its number
 *
 * Begins a request: what it holds is to be put into the result, then
 * wherry_sftp_client_send() ends it.
 *
 * Returns: (transfer none): where to put it
 */
GByteArray *
wherry_sftp_client_begin (WherrySftpClient *self, WherrySftpType type, guint32 *id)
{
  self->writing_id = self->next_id++;
  self->packet_start = wherry_sftp_begin (self->output, type, self->writing_id);
  if (id != NULL)
    *id = self->writing_id;
  return self->output;
}

/**
 * wherry_sftp_client_send:
 * @self: a client
 *
 * Ends the request. It goes out as soon as there is room, at the latest within
 * wherry_sftp_client_receive().
 *
 * Returns: its number
 */
guint32
wherry_sftp_client_send (WherrySftpClient *self)
{
  wherry_sftp_end (self->output, self->packet_start);
  g_hash_table_insert (self->outstanding, GUINT_TO_POINTER (self->writing_id), NULL);
  /* Small requests are gathered, as they mostly come in numbers. */
  if (self->output->len > WHERRY_SFTP_BLOCK)
    flush (self);
  return self->writing_id;
}

/**
 * wherry_sftp_client_send_path:
 * @self: a client
 * @type: a request that holds nothing but a path or a handle
 * @path: the path, as bytes
 *
 * Returns: the request's number
 */
guint32
wherry_sftp_client_send_path (WherrySftpClient *self, WherrySftpType type, const char *path)
{
  wherry_sftp_put_string (wherry_sftp_client_begin (self, type, NULL), path);
  return wherry_sftp_client_send (self);
}

static gboolean
store (WherrySftpClient *self, GBytes *packet, GError **error)
{
  WherrySftpReader reader = { 0 };
  gpointer key, old;

  reader.data = g_bytes_get_data (packet, &reader.left);
  wherry_sftp_get_u32 (&reader);
  wherry_sftp_get_u8 (&reader);
  key = GUINT_TO_POINTER (wherry_sftp_get_u32 (&reader));

  if (g_hash_table_remove (self->forgotten, key))
    {
      g_hash_table_remove (self->outstanding, key);
      return TRUE;
    }
  if (reader.bad || !g_hash_table_lookup_extended (self->outstanding, key, NULL, &old)
      || old != NULL)
    return fail (self, error, _ ("The server answers what was not asked"));
  g_hash_table_insert (self->outstanding, key, g_bytes_ref (packet));
  return TRUE;
}

/**
 * wherry_sftp_client_receive:
 * @self: a client
 * @id: number of a request that was sent, and not received yet
 * @reply: (out caller-allocates): its answer, to be cleared
 * @cancellable: (nullable): to give up
 * @error: return location for %WHERRY_ERROR_PROTOCOL, %WHERRY_ERROR_REMOTE if
 *   the server's program ended, the end of the session, or
 *   %G_IO_ERROR_CANCELLED
 *
 * Waits for an answer. After an error the client is of no more use.
 *
 * Returns: %TRUE if the answer came
 */
gboolean
wherry_sftp_client_receive (WherrySftpClient *self,
                            guint32 id,
                            WherrySftpReply *reply,
                            GCancellable *cancellable,
                            GError **error)
{
  gpointer key = GUINT_TO_POINTER (id);
  GBytes *packet;

  memset (reply, 0, sizeof *reply);
  if (self->broken)
    return fail_at_end (self, error);
  g_assert (g_hash_table_contains (self->outstanding, key));
  g_assert (g_hash_table_size (self->outstanding) < UNTAKEN_MAX);

  while ((packet = g_hash_table_lookup (self->outstanding, key)) == NULL)
    {
      g_autoptr (GBytes) next = take_packet (self, -1, cancellable, error);

      if (next == NULL || !store (self, next, error))
        return FALSE;
    }

  reply->bytes = g_bytes_ref (packet);
  g_hash_table_remove (self->outstanding, key);
  reply->reader.data = g_bytes_get_data (reply->bytes, &reply->reader.left);
  wherry_sftp_get_u32 (&reply->reader);
  reply->type = wherry_sftp_get_u8 (&reply->reader);
  wherry_sftp_get_u32 (&reply->reader);
  return TRUE;
}

/**
 * wherry_sftp_client_forget:
 * @self: a client
 * @id: number of a request that was sent, and not received yet
 *
 * The answer is of no interest, as that of a CLOSE.
 */
void
wherry_sftp_client_forget (WherrySftpClient *self, guint32 id)
{
  gpointer key = GUINT_TO_POINTER (id);

  if (g_hash_table_lookup (self->outstanding, key) != NULL)
    g_hash_table_remove (self->outstanding, key);
  else if (g_hash_table_contains (self->outstanding, key))
    g_hash_table_add (self->forgotten, key);
}

/**
 * wherry_sftp_reply_clear:
 * @self: an answer
 *
 * Frees what it holds.
 */
void
wherry_sftp_reply_clear (WherrySftpReply *self)
{
  g_clear_pointer (&self->bytes, g_bytes_unref);
}

/**
 * wherry_sftp_reply_get_status:
 * @self: an answer
 * @words: (out) (optional) (transfer full) (nullable): what the server says, as
 *   bytes
 *
 * Returns: the code of a STATUS; %WHERRY_SFTP_BAD_MESSAGE if the answer is none
 */
guint32
wherry_sftp_reply_get_status (WherrySftpReply *self, char **words)
{
  WherrySftpReader reader = self->reader;
  guint32 status;

  if (words != NULL)
    *words = NULL;
  if (self->type != WHERRY_SFTP_STATUS)
    return WHERRY_SFTP_BAD_MESSAGE;
  status = wherry_sftp_get_u32 (&reader);
  if (reader.bad)
    return WHERRY_SFTP_BAD_MESSAGE;
  if (words != NULL)
    {
      gsize length;
      const char *text = wherry_sftp_get_bytes (&reader, &length);

      *words = g_strndup (text, MIN (length, 4096));
    }
  return status;
}
