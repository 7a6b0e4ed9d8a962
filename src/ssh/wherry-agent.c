#include "config.h"

#include "ssh/wherry-agent-private.h"

#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <libssh/libssh.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ssh/wherry-host-key.h"

/* draft-ietf-sshm-ssh-agent, section 6.1 */
#define AGENT_FAILURE 5
#define AGENT_REQUEST_IDENTITIES 11
#define AGENT_IDENTITIES_ANSWER 12
#define AGENT_SIGN_REQUEST 13
#define AGENT_SIGN_RESPONSE 14

/* As in OpenSSH's agent. */
#define MESSAGE_MAX (256 * 1024)
#define KEYS_MAX 2048

struct _WherryAgent {
  char *socket_path;
  GPtrArray *chosen; /* element-type GBytes */
  GCancellable *cancellable;
  GThread *thread;
  int libssh_fd;
  int own_fd;

  /* Only the thread. */
  GSocketConnection *connection;
  GPtrArray *listed; /* element-type GBytes: the last list libssh got */
  guint n_tried;     /* of these, up to the last that was to sign */

  GMutex lock;
  WherryAgentScope scope; /* under lock, from here on */
  GHashTable *shown;      /* set of GBytes */
  gboolean refused;
  int n_held; /* -1: it has not told */
};

static guint32
read_u32 (const guint8 *data)
{
  return (guint32) data[0] << 24 | (guint32) data[1] << 16 | (guint32) data[2] << 8 | data[3];
}

static void
append_u32 (GByteArray *array, guint32 value)
{
  guint32 big_endian = GUINT32_TO_BE (value);

  g_byte_array_append (array, (const guint8 *) &big_endian, sizeof big_endian);
}

/* Takes a string (RFC 4251 section 5) off the front; %NULL if there is none. */
static const guint8 *
take_string (const guint8 **data, gsize *size, gsize *length)
{
  const guint8 *string;

  if (*size < 4 || read_u32 (*data) > *size - 4)
    return NULL;
  *length = read_u32 (*data);
  string = *data + 4;
  *data = string + *length;
  *size -= 4 + *length;
  return string;
}

static gboolean
connect_to_agent (WherryAgent *self)
{
  g_autoptr (GSocketClient) client = NULL;
  g_autoptr (GSocketAddress) address = NULL;

  if (self->connection != NULL)
    return TRUE;
  client = g_socket_client_new ();
  address = g_unix_socket_address_new (self->socket_path);
  self->connection
      = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), self->cancellable, NULL);
  return self->connection != NULL;
}

/* One question to the agent, one answer of it; %NULL if there is none. */
static GByteArray *
talk (WherryAgent *self, const guint8 *request, gsize length)
{
  g_autoptr (GByteArray) message = g_byte_array_new ();
  GInputStream *input;
  GOutputStream *output;
  guint8 header[4];
  gsize n;

  if (!connect_to_agent (self))
    return NULL;
  input = g_io_stream_get_input_stream (G_IO_STREAM (self->connection));
  output = g_io_stream_get_output_stream (G_IO_STREAM (self->connection));

  append_u32 (message, (guint32) length);
  g_byte_array_append (message, request, (guint) length);
  if (g_output_stream_write_all (output, message->data, message->len, NULL, self->cancellable, NULL)
      && g_input_stream_read_all (input, header, sizeof header, &n, self->cancellable, NULL)
      && n == sizeof header && read_u32 (header) > 0 && read_u32 (header) <= MESSAGE_MAX)
    {
      g_byte_array_set_size (message, read_u32 (header));
      if (g_input_stream_read_all (input, message->data, message->len, &n, self->cancellable, NULL)
          && n == message->len)
        return g_steal_pointer (&message);
    }

  /* Out of step: an answer may still come. */
  g_clear_object (&self->connection);
  return NULL;
}

/* libssh would stop at a key it can't read. */
static gboolean
is_readable (GBytes *blob)
{
  g_autoptr (WherryHostKey) key = wherry_host_key_new (blob, NULL);
  g_autofree char *base64 = key != NULL ? wherry_host_key_to_base64 (key) : NULL;
  enum ssh_keytypes_e type;
  ssh_key parsed = NULL;
  gboolean readable;

  if (key == NULL)
    return FALSE;
  type = ssh_key_type_from_name (wherry_host_key_get_key_type (key));
  readable = type != SSH_KEYTYPE_UNKNOWN
             && (ssh_pki_import_pubkey_base64 (base64, type, &parsed) == SSH_OK
                 || ssh_pki_import_cert_base64 (base64, type, &parsed) == SSH_OK);
  ssh_key_free (parsed);
  return readable;
}

/* A key's place in the list of what was chosen; G_MAXUINT if it is not there. */
static guint
get_rank (WherryAgent *self, GBytes *key)
{
  guint rank;

  return g_ptr_array_find_with_equal_func (self->chosen, key, g_bytes_equal, &rank) ? rank
                                                                                    : G_MAXUINT;
}

static int
compare_rank (gconstpointer a, gconstpointer b, gpointer user_data)
{
  guint rank_a = get_rank (user_data, *(GBytes **) a);
  guint rank_b = get_rank (user_data, *(GBytes **) b);

  return rank_a < rank_b ? -1 : rank_a > rank_b;
}

/* The keys in an agent's answer that are to be shown now, in order. */
static GPtrArray *
choose (WherryAgent *self, GByteArray *answer)
{
  GPtrArray *keys = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  const guint8 *data = answer->data + 1;
  gsize size = answer->len - 1;
  guint32 n;

  if (size < 4)
    return keys;
  n = MIN (read_u32 (data), KEYS_MAX);
  data += 4;
  size -= 4;

  g_mutex_lock (&self->lock);
  self->n_held = (int) n;
  for (guint32 i = 0; i < n; i++)
    {
      gsize length, comment_length;
      const guint8 *blob = take_string (&data, &size, &length);
      g_autoptr (GBytes) key = blob != NULL ? g_bytes_new (blob, length) : NULL;

      if (key == NULL || take_string (&data, &size, &comment_length) == NULL)
        break;
      if (!g_hash_table_contains (self->shown, key) && is_readable (key)
          && (self->scope == WHERRY_AGENT_ALL || get_rank (self, key) != G_MAXUINT))
        g_ptr_array_add (keys, g_steal_pointer (&key));
    }
  g_mutex_unlock (&self->lock);
  g_ptr_array_sort_with_data (keys, compare_rank, self);
  return keys;
}

/* After a signature libssh asks for a new list: what it had not come to is to be shown again. */
static void
take_back_listed (WherryAgent *self)
{
  g_mutex_lock (&self->lock);
  for (guint i = self->n_tried; self->n_tried > 0 && i < self->listed->len; i++)
    g_hash_table_remove (self->shown, g_ptr_array_index (self->listed, i));
  g_mutex_unlock (&self->lock);
  self->n_tried = 0;
}

static void
note_listed (WherryAgent *self)
{
  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->listed->len; i++)
    g_hash_table_add (self->shown, g_bytes_ref (g_ptr_array_index (self->listed, i)));
  g_mutex_unlock (&self->lock);
}

static GByteArray *
list_keys (WherryAgent *self)
{
  const guint8 request = AGENT_REQUEST_IDENTITIES;
  g_autoptr (GByteArray) answer = talk (self, &request, 1);
  GByteArray *reply;

  if (answer == NULL || answer->data[0] != AGENT_IDENTITIES_ANSWER)
    return NULL;

  take_back_listed (self);
  g_ptr_array_unref (self->listed);
  self->listed = choose (self, answer);
  note_listed (self);
  /* libssh (0.10) loses the memory of a list when it asks for another one: no empty lists. */
  if (self->listed->len == 0)
    return NULL;

  reply = g_byte_array_new ();
  g_byte_array_append (reply, (const guint8[]){ AGENT_IDENTITIES_ANSWER }, 1);
  append_u32 (reply, self->listed->len);
  for (guint i = 0; i < self->listed->len; i++)
    {
      gsize length;
      const guint8 *data = g_bytes_get_data (g_ptr_array_index (self->listed, i), &length);

      append_u32 (reply, (guint32) length);
      g_byte_array_append (reply, data, (guint) length);
      append_u32 (reply, 0);
    }
  return reply;
}

static GByteArray *
sign (WherryAgent *self, const guint8 *request, gsize size)
{
  const guint8 *data = request + 1;
  gsize left = size - 1;
  gsize length;
  const guint8 *blob = take_string (&data, &left, &length);
  g_autoptr (GBytes) key = blob != NULL ? g_bytes_new (blob, length) : NULL;
  g_autoptr (GByteArray) answer = NULL;
  guint place;

  if (key == NULL || !g_ptr_array_find_with_equal_func (self->listed, key, g_bytes_equal, &place))
    return NULL;
  self->n_tried = place + 1;
  answer = talk (self, request, size);
  if (answer == NULL || answer->data[0] != AGENT_SIGN_RESPONSE)
    {
      g_mutex_lock (&self->lock);
      self->refused = TRUE;
      g_mutex_unlock (&self->lock);
      return NULL;
    }
  return g_steal_pointer (&answer);
}

static gboolean
read_all (int fd, guint8 *data, gsize size)
{
  while (size > 0)
    {
      ssize_t n = recv (fd, data, size, 0);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      data += n;
      size -= (gsize) n;
    }
  return TRUE;
}

static gboolean
write_all (int fd, const guint8 *data, gsize size)
{
  while (size > 0)
    {
      ssize_t n = send (fd, data, size, MSG_NOSIGNAL);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      data += n;
      size -= (gsize) n;
    }
  return TRUE;
}

/* Answers libssh until it hangs up. Once cancelled, every answer is no. */
static gpointer
agent_thread (gpointer data)
{
  WherryAgent *self = data;
  guint8 header[4];

  while (read_all (self->own_fd, header, sizeof header) && read_u32 (header) > 0
         && read_u32 (header) <= MESSAGE_MAX)
    {
      gsize size = read_u32 (header);
      g_autofree guint8 *request = g_malloc (size);
      g_autoptr (GByteArray) reply = NULL;
      g_autoptr (GByteArray) message = g_byte_array_new ();

      if (!read_all (self->own_fd, request, size))
        break;
      if (request[0] == AGENT_REQUEST_IDENTITIES)
        reply = list_keys (self);
      else if (request[0] == AGENT_SIGN_REQUEST)
        reply = sign (self, request, size);
      if (reply == NULL)
        {
          reply = g_byte_array_new ();
          g_byte_array_append (reply, (const guint8[]){ AGENT_FAILURE }, 1);
        }
      append_u32 (message, reply->len);
      g_byte_array_append (message, reply->data, reply->len);
      if (!write_all (self->own_fd, message->data, message->len))
        break;
    }
  return NULL;
}

/* @chosen: (element-type GBytes): the keys that go first, in order */
WherryAgent *
wherry_agent_new (const char *socket_path, GPtrArray *chosen, GCancellable *cancellable)
{
  WherryAgent *self;
  int fds[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
    return NULL;

  self = g_new0 (WherryAgent, 1);
  self->socket_path = g_strdup (socket_path);
  self->chosen = g_ptr_array_ref (chosen);
  self->cancellable = g_object_ref (cancellable);
  self->libssh_fd = fds[0];
  self->own_fd = fds[1];
  self->n_held = -1;
  self->listed = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self->shown
      = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, NULL);
  g_mutex_init (&self->lock);
  self->thread = g_thread_new ("wherry-agent", agent_thread, self);
  return self;
}

/* libssh must not use the socket any more. */
void
wherry_agent_free (WherryAgent *self)
{
  /* The thread reads the end of it. */
  close (self->libssh_fd);
  g_thread_join (self->thread);

  close (self->own_fd);
  g_free (self->socket_path);
  g_ptr_array_unref (self->chosen);
  g_object_unref (self->cancellable);
  g_clear_object (&self->connection);
  g_ptr_array_unref (self->listed);
  g_hash_table_unref (self->shown);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* The socket for ssh_set_agent_socket(); stays this object's. */
int
wherry_agent_get_fd (WherryAgent *self)
{
  return self->libssh_fd;
}

void
wherry_agent_set_scope (WherryAgent *self, WherryAgentScope scope)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->scope = scope;
}

/* Whether libssh got to see a key, so that there is no use in offering it again. */
gboolean
wherry_agent_has_shown (WherryAgent *self, GBytes *key)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return g_hash_table_contains (self->shown, key);
}

/* How many keys libssh got to see. */
guint
wherry_agent_get_n_shown (WherryAgent *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return g_hash_table_size (self->shown);
}

/* How many keys the agent has; -1 if it has not answered. */
int
wherry_agent_get_n_held (WherryAgent *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->n_held;
}

/* Whether the agent would not sign since this was last asked. */
gboolean
wherry_agent_take_refusal (WherryAgent *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  gboolean refused = self->refused;

  self->refused = FALSE;
  return refused;
}
