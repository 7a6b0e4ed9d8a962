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

/* Most bytes that a command which says nothing may say. */
#define REASON_MAX (64 * 1024)

/* Answers that may wait for somebody to ask for them; more than are ever under way. */
#define UNTAKEN_MAX 65536

/* With this many bytes to be sent beyond what the channel takes, more had better wait. */
#define OUTPUT_FULL (256 * 1024)

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

/* Gives a packet if a whole one is there; %NULL without @error if not. */
static GBytes *
poll_packet (WherrySftpClient *self, GError **error)
{
  const guint8 *data;
  gsize length, whole, wanted;

  for (;;)
    {
      if (!wherry_sftp_measure_packet (self->input->data, self->input->len, &whole, error))
        {
          self->broken = TRUE;
          return NULL;
        }
      data = wherry_channel_peek (self->channel, &length);
      if (data == NULL || length == 0)
        break;
      wanted = MIN (length, (whole == 0 ? 4 : whole) - self->input->len);
      g_byte_array_append (self->input, data, (guint) wanted);
      wherry_channel_consume (self->channel, wanted);
      if (whole == 0
          && wherry_sftp_measure_packet (self->input->data, self->input->len, &whole, NULL)
          && whole > self->input->len)
        {
          /* Room for all of it at once. */
          guint so_far = self->input->len;
          g_byte_array_set_size (self->input, (guint) whole);
          g_byte_array_set_size (self->input, so_far);
        }
      if (whole != 0 && self->input->len == whole)
        {
          GBytes *packet = g_byte_array_free_to_bytes (self->input);
          self->input = g_byte_array_new ();
          return packet;
        }
    }
  if (wherry_channel_is_input_ended (self->channel))
    fail_at_end (self, error);
  return NULL;
}

/* Waits until the input holds a whole packet, then gives it. */
static GBytes *
take_packet (WherrySftpClient *self, gint64 deadline, GCancellable *cancellable, GError **error)
{
  for (;;)
    {
      g_autoptr (GError) local_error = NULL;
      WherryChannelCondition conditions = WHERRY_CHANNEL_READABLE;
      GBytes *packet;

      flush (self);
      packet = poll_packet (self, &local_error);
      if (packet != NULL)
        return packet;
      if (local_error != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return NULL;
        }

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

/*
 * sshd drops what a subsystem writes to standard error, and so the reason why none
 * runs for an account whose password has expired; a command is told. The session
 * then ends with that reason.
 */
static void
find_reason (WherrySession *session, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) reason = NULL;

  if (!g_error_matches (*error, WHERRY_ERROR, WHERRY_ERROR_REMOTE)
      || wherry_session_run (session, "exit", NULL, REASON_MAX, NULL, NULL, NULL, cancellable,
                             &reason)
      || !g_error_matches (reason, WHERRY_ERROR, WHERRY_ERROR_AUTHENTICATION))
    return;
  g_clear_error (error);
  g_propagate_error (error, g_steal_pointer (&reason));
}

/* @channel: (transfer full) (nullable) */
static WherrySftpClient *
client_new (WherrySession *session,
            WherryChannel *channel,
            GCancellable *cancellable,
            GError **error)
{
  g_autoptr (GError) failure = NULL;

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
  if (shake_hands (self, cancellable, &failure))
    return g_steal_pointer (&self);
  find_reason (session, cancellable, &failure);
  g_propagate_error (error, g_steal_pointer (&failure));
  return NULL;
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
  return client_new (session, wherry_session_open_subsystem (session, "sftp", cancellable, error),
                     cancellable, error);
}

/**
 * wherry_sftp_client_new_somewhere:
 * @session: a connected session
 * @cancellable: (nullable): to give up
 * @error: return location for an error, as wherry_sftp_client_new() has
 *
 * wherry_sftp_client_new(), on another connection to the same login where the
 * server has no room for more on this one.
 *
 * Returns: (transfer full): a client
 */
WherrySftpClient *
wherry_sftp_client_new_somewhere (WherrySession *session, GCancellable *cancellable, GError **error)
{
  return client_new (session,
                     wherry_session_open_subsystem_somewhere (session, "sftp", cancellable, error),
                     cancellable, error);
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
 * wherry_sftp_client_get_output:
 * @self: a client with a request begun
 *
 * Returns: (transfer none): what wherry_sftp_client_begin() returned
 */
GByteArray *
wherry_sftp_client_get_output (WherrySftpClient *self)
{
  return self->output;
}

/**
 * wherry_sftp_client_drop:
 * @self: a client with a request begun
 *
 * Does away with the request. Nothing of it is sent.
 */
void
wherry_sftp_client_drop (WherrySftpClient *self)
{
  g_byte_array_set_size (self->output, (guint) self->packet_start);
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

/* Whose answer a packet is; %FALSE without @error if nobody wants it. */
static gboolean
is_wanted (WherrySftpClient *self, GBytes *packet, gpointer *key, GError **error)
{
  WherrySftpReader reader = { 0 };
  gpointer old;

  reader.data = g_bytes_get_data (packet, &reader.left);
  wherry_sftp_get_u32 (&reader);
  wherry_sftp_get_u8 (&reader);
  *key = GUINT_TO_POINTER (wherry_sftp_get_u32 (&reader));

  if (g_hash_table_remove (self->forgotten, *key))
    {
      g_hash_table_remove (self->outstanding, *key);
      return FALSE;
    }
  if (reader.bad || !g_hash_table_lookup_extended (self->outstanding, *key, NULL, &old)
      || old != NULL)
    return fail (self, error, _ ("The server answers what was not asked"));
  return TRUE;
}

static gboolean
store (WherrySftpClient *self, GBytes *packet, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  gpointer key;

  if (is_wanted (self, packet, &key, &local_error))
    g_hash_table_insert (self->outstanding, key, g_bytes_ref (packet));
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static void
fill_reply (WherrySftpReply *reply, GBytes *packet)
{
  reply->bytes = packet;
  reply->reader.data = g_bytes_get_data (packet, &reply->reader.left);
  wherry_sftp_get_u32 (&reply->reader);
  reply->type = wherry_sftp_get_u8 (&reply->reader);
  wherry_sftp_get_u32 (&reply->reader);
}

/**
 * wherry_sftp_client_poll:
 * @self: a client
 * @id: (out): the number of the request that is answered
 * @reply: (out caller-allocates): the answer, to be cleared
 * @error: return location for %WHERRY_ERROR_PROTOCOL, or %WHERRY_ERROR_REMOTE if
 *   the server's program ended
 *
 * Takes the next answer, whichever it is of those not waited for by
 * wherry_sftp_client_receive(). What is to be sent goes out as far as there is
 * room. Does not wait: for that there is wherry_sftp_client_wait().
 *
 * Returns: whether there was one; %FALSE without @error if none is there
 */
gboolean
wherry_sftp_client_poll (WherrySftpClient *self,
                         guint32 *id,
                         WherrySftpReply *reply,
                         GError **error)
{
  g_autoptr (GError) local_error = NULL;
  GBytes *packet;

  memset (reply, 0, sizeof *reply);
  if (self->broken)
    return fail_at_end (self, error);
  flush (self);
  while ((packet = poll_packet (self, &local_error)) != NULL)
    {
      gpointer key;

      if (is_wanted (self, packet, &key, &local_error))
        {
          g_hash_table_remove (self->outstanding, key);
          *id = GPOINTER_TO_UINT (key);
          fill_reply (reply, packet);
          return TRUE;
        }
      g_bytes_unref (packet);
      if (local_error != NULL)
        break;
    }
  if (local_error != NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

/**
 * wherry_sftp_client_wait:
 * @self: a client
 * @deadline: when to stop waiting, in microseconds of g_get_monotonic_time();
 *   -1: never
 * @cancellable: (nullable): to give up
 * @error: return location for the end of the session, or %G_IO_ERROR_CANCELLED;
 *   after the latter the client is as good as before
 *
 * Waits until an answer may be there, or what waits to be sent has room.
 *
 * Returns: %FALSE on error, or if @deadline passed
 */
gboolean
wherry_sftp_client_wait (WherrySftpClient *self,
                         gint64 deadline,
                         GCancellable *cancellable,
                         GError **error)
{
  WherryChannelCondition conditions = WHERRY_CHANNEL_READABLE;

  flush (self);
  if (self->output->len > 0)
    conditions |= WHERRY_CHANNEL_WRITABLE;
  return wherry_channel_wait (self->channel, conditions, deadline, cancellable, error) != 0;
}

/**
 * wherry_sftp_client_is_full:
 * @self: a client
 *
 * Returns: whether so much waits to be sent that more had better wait
 */
gboolean
wherry_sftp_client_is_full (WherrySftpClient *self)
{
  if (self->output->len > OUTPUT_FULL)
    flush (self);
  return self->output->len > OUTPUT_FULL;
}

/**
 * wherry_sftp_client_get_channel:
 * @self: a client
 *
 * Returns: (transfer none): what it speaks over, to wait on only
 */
WherryChannel *
wherry_sftp_client_get_channel (WherrySftpClient *self)
{
  return self->channel;
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

  g_bytes_ref (packet);
  g_hash_table_remove (self->outstanding, key);
  fill_reply (reply, packet);
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
