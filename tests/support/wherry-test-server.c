#include "wherry-test-server.h"

#include <arpa/inet.h>
#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wherry-test-dir.h"

struct _WherryTestServer {
  WherryTestScript script;
  char *folder;
  char *key_file;
  WherryHostKey *host_key;
  int listener;
  guint16 port;
  GThread *thread;

  GMutex lock;
  gboolean stopping; /* under lock, from here on */
  int connection;
  guint n_logins;
  guint n_opened;
  guint n_refused;
};

/* One connection's way in. */
typedef struct {
  WherryTestServer *server;
  ssh_session session;
  guint round;
  gboolean key_seen;
  gboolean logged_in;
  gboolean gone;
} Visit;

static int
get_methods (Visit *self)
{
  const WherryTestScript *script = &self->server->script;

  if (script->key_then_questions)
    return self->key_seen ? SSH_AUTH_METHOD_INTERACTIVE : SSH_AUTH_METHOD_PUBLICKEY;
  if (script->key_then_password)
    return self->key_seen ? SSH_AUTH_METHOD_PASSWORD : SSH_AUTH_METHOD_PUBLICKEY;
  return (script->password != NULL ? SSH_AUTH_METHOD_PASSWORD : 0)
         | (script->questions || script->n_questions > 0 || script->endless
                ? SSH_AUTH_METHOD_INTERACTIVE
                : 0);
}

static void
deny (Visit *self, ssh_message message)
{
  ssh_message_auth_set_methods (message, get_methods (self));
  ssh_message_reply_default (message);
}

static void
let_in (Visit *self, ssh_message message)
{
  self->logged_in = TRUE;
  /* Counted before it is told: whoever is in may look at the count at once. */
  g_mutex_lock (&self->server->lock);
  self->server->n_logins++;
  g_mutex_unlock (&self->server->lock);
  ssh_message_auth_reply_success (message, 0);
}

static void
send_banner (Visit *self, const char *text)
{
  ssh_string banner = ssh_string_from_char (text);

  ssh_send_issue_banner (self->session, banner);
  ssh_string_free (banner);
}

/* The same on the wire as SSH_MSG_USERAUTH_PASSWD_CHANGEREQ: number 60 and two strings. */
static void
want_new_password (ssh_message message)
{
  ssh_string prompt = ssh_string_from_char ("New password: ");
  ssh_string language = ssh_string_from_char ("");

  ssh_message_auth_reply_pk_ok (message, prompt, language);
  ssh_string_free (prompt);
  ssh_string_free (language);
}

static void
take_password (Visit *self, ssh_message message)
{
  const WherryTestScript *script = &self->server->script;

  if (script->wants_new_password)
    want_new_password (message);
  else if (script->farewell != NULL)
    {
      send_banner (self, script->farewell);
      ssh_disconnect (self->session);
      self->gone = TRUE;
    }
  else
    let_in (self, message);
}

static void
ask (Visit *self, ssh_message message)
{
  static const char *first[] = { "Password: ", "Co\033de: " };
  static const char *second[] = { "Again: " };
  char first_echo[] = { 0, 1 };
  char second_echo[] = { 0 };
  const WherryTestScript *script = &self->server->script;

  self->round++;
  if (script->n_questions > 0)
    {
      g_autofree const char **many = g_new (const char *, script->n_questions);
      g_autofree char *echo = g_new0 (char, script->n_questions);

      for (guint i = 0; i < script->n_questions; i++)
        many[i] = "?";
      ssh_message_auth_interactive_request (message, "", "", script->n_questions, many, echo);
    }
  else if (script->endless || self->round == 2)
    ssh_message_auth_interactive_request (message, "", "", 1, second, second_echo);
  else if (self->round == 1)
    ssh_message_auth_interactive_request (message, "Door", "Say\033 it", 2, first, first_echo);
  else
    /* A round without questions is legal (RFC 4256 section 3.2). */
    ssh_message_auth_interactive_request (message, "", "", 0, NULL, NULL);
}

static gboolean
is_answer (Visit *self, unsigned int index, const char *expected)
{
  return g_strcmp0 (ssh_userauth_kbdint_getanswer (self->session, index), expected) == 0;
}

static void
on_interactive (Visit *self, ssh_message message)
{
  gboolean right = TRUE;

  if (!ssh_message_auth_kbdint_is_response (message))
    {
      self->round = 0;
      ask (self, message);
      return;
    }
  if (!self->server->script.endless && self->round == 1)
    right = is_answer (self, 0, "first") && is_answer (self, 1, "second");
  else if (!self->server->script.endless && self->round == 2)
    right = is_answer (self, 0, "third");

  if (!right)
    deny (self, message);
  else if (self->round >= 3 && !self->server->script.endless)
    let_in (self, message);
  else
    ask (self, message);
}

/* The accessors are deprecated in favour of callbacks, which would double this server's size. */
G_GNUC_BEGIN_IGNORE_DEPRECATIONS
static void
on_auth (Visit *self, ssh_message message)
{
  const WherryTestScript *script = &self->server->script;

  for (guint i = 0; i < script->banners; i++)
    {
      g_autofree char *text = g_strnfill (30 * 1024, 'b');

      send_banner (self, text);
    }

  switch (ssh_message_subtype (message))
    {
    case SSH_AUTH_METHOD_PASSWORD:
      if ((get_methods (self) & SSH_AUTH_METHOD_PASSWORD) != 0
          && g_strcmp0 (ssh_message_auth_password (message), script->password) == 0)
        take_password (self, message);
      else
        deny (self, message);
      break;

    case SSH_AUTH_METHOD_PUBLICKEY:
      if (!script->key_then_password && !script->key_then_questions)
        deny (self, message);
      else if (ssh_message_auth_publickey_state (message) == SSH_PUBLICKEY_STATE_NONE)
        ssh_message_auth_reply_pk_ok_simple (message);
      else if (ssh_message_auth_publickey_state (message) == SSH_PUBLICKEY_STATE_VALID)
        {
          self->key_seen = TRUE;
          ssh_message_auth_set_methods (message, get_methods (self));
          ssh_message_auth_reply_success (message, 1);
        }
      else
        deny (self, message);
      break;

    case SSH_AUTH_METHOD_INTERACTIVE:
      on_interactive (self, message);
      break;

    default:
      deny (self, message);
      break;
    }
}
G_GNUC_END_IGNORE_DEPRECATIONS

static void
note_opening (Visit *self, int rc)
{
  g_mutex_lock (&self->server->lock);
  if (rc == SSH_OK)
    self->server->n_opened++;
  else
    self->server->n_refused++;
  g_mutex_unlock (&self->server->lock);
}

static void
open_channels (Visit *self)
{
  ssh_channel channel = ssh_channel_new (self->session);

  note_opening (self, ssh_channel_open_x11 (channel, "127.0.0.1", 6000));
  ssh_channel_free (channel);
  channel = ssh_channel_new (self->session);
  note_opening (self, ssh_channel_open_auth_agent (channel));
  ssh_channel_free (channel);
  channel = ssh_channel_new (self->session);
  note_opening (self, ssh_channel_open_reverse_forward (channel, "127.0.0.1", 22, "127.0.0.1", 23));
  ssh_channel_free (channel);
}

static void
on_exec (Visit *self, ssh_message message, ssh_channel channel)
{
  g_autofree char *command = g_strdup (ssh_message_channel_request_command (message));

  ssh_message_channel_request_reply_success (message);
  if (self->server->script.open_channels)
    open_channels (self);
  ssh_channel_write (channel, command, (uint32_t) strlen (command));
  ssh_channel_request_send_exit_status (channel, 0);
  ssh_channel_send_eof (channel);
  ssh_channel_close (channel);
}

static void
visit (Visit *self)
{
  ssh_message message;
  ssh_channel channel = NULL;

  while (!self->gone && (message = ssh_message_get (self->session)) != NULL)
    {
      switch (ssh_message_type (message))
        {
        case SSH_REQUEST_AUTH:
          on_auth (self, message);
          break;

        case SSH_REQUEST_SERVICE:
          ssh_message_service_reply_success (message);
          break;

        case SSH_REQUEST_CHANNEL_OPEN:
          channel = ssh_message_channel_request_open_reply_accept (message);
          break;

        case SSH_REQUEST_CHANNEL:
          if (ssh_message_subtype (message) == SSH_CHANNEL_REQUEST_EXEC && channel != NULL)
            on_exec (self, message, channel);
          else
            ssh_message_reply_default (message);
          break;

        default:
          ssh_message_reply_default (message);
          break;
        }
      ssh_message_free (message);
    }
}

static void
serve (WherryTestServer *self, int fd)
{
  ssh_bind binding = ssh_bind_new ();
  Visit self_visit = { .server = self, .session = ssh_new () };
  gboolean process_config = FALSE;
  long timeout = 20;

  ssh_bind_options_set (binding, SSH_BIND_OPTIONS_PROCESS_CONFIG, &process_config);
  ssh_bind_options_set (binding, SSH_BIND_OPTIONS_HOSTKEY, self->key_file);
  ssh_options_set (self_visit.session, SSH_OPTIONS_TIMEOUT, &timeout);
  if (ssh_bind_accept_fd (binding, self_visit.session, fd) == SSH_OK
      && ssh_handle_key_exchange (self_visit.session) == SSH_OK)
    {
      ssh_set_auth_methods (self_visit.session, get_methods (&self_visit));
      visit (&self_visit);
    }
  ssh_free (self_visit.session);
  ssh_bind_free (binding);
}

static gpointer
server_thread (gpointer data)
{
  WherryTestServer *self = data;
  gboolean stopping = FALSE;

  while (!stopping)
    {
      int fd = accept4 (self->listener, NULL, NULL, SOCK_CLOEXEC);

      g_mutex_lock (&self->lock);
      stopping = self->stopping || fd < 0;
      self->connection = stopping ? -1 : dup (fd);
      g_mutex_unlock (&self->lock);
      if (stopping)
        {
          if (fd >= 0)
            close (fd);
          break;
        }

      serve (self, fd);

      g_mutex_lock (&self->lock);
      close (self->connection);
      self->connection = -1;
      stopping = self->stopping;
      g_mutex_unlock (&self->lock);
    }
  return NULL;
}

static int
listen_somewhere (guint16 *port)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (getsockname (fd, (struct sockaddr *) &address, &length), ==, 0);
  g_assert_cmpint (listen (fd, 16), ==, 0);
  *port = ntohs (address.sin_port);
  return fd;
}

/**
 * wherry_test_server_start:
 * @script: what it does; the strings must live as long as the server
 *
 * Returns: (transfer full): a server on a free port of the loopback interface
 */
WherryTestServer *
wherry_test_server_start (const WherryTestScript *script)
{
  WherryTestServer *self = g_new0 (WherryTestServer, 1);
  g_autofree char *public_file = NULL;
  g_autofree char *line = NULL;
  g_auto (GStrv) words = NULL;

  self->script = *script;
  self->connection = -1;
  g_mutex_init (&self->lock);
  self->folder = wherry_test_dir_new ();
  self->key_file = wherry_test_make_key (self->folder, "host", "ed25519", "");
  public_file = g_strconcat (self->key_file, ".pub", NULL);
  g_assert_true (g_file_get_contents (public_file, &line, NULL, NULL));
  words = g_strsplit (line, " ", 3);
  self->host_key = wherry_host_key_new_from_base64 (words[1], NULL);
  self->listener = listen_somewhere (&self->port);
  self->thread = g_thread_new ("test-server", server_thread, self);
  return self;
}

/**
 * wherry_test_server_stop:
 * @self: (transfer full) (nullable): a server
 */
void
wherry_test_server_stop (WherryTestServer *self)
{
  if (self == NULL)
    return;

  g_mutex_lock (&self->lock);
  self->stopping = TRUE;
  if (self->connection >= 0)
    shutdown (self->connection, SHUT_RDWR);
  g_mutex_unlock (&self->lock);
  shutdown (self->listener, SHUT_RDWR);
  g_thread_join (self->thread);

  close (self->listener);
  wherry_test_dir_remove (self->folder);
  wherry_host_key_unref (self->host_key);
  g_free (self->folder);
  g_free (self->key_file);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/**
 * wherry_test_server_get_port:
 * @self: a server
 *
 * Returns: its port
 */
guint16
wherry_test_server_get_port (WherryTestServer *self)
{
  return self->port;
}

/**
 * wherry_test_server_get_host_key:
 * @self: a server
 *
 * Returns: (transfer none): its host key
 */
WherryHostKey *
wherry_test_server_get_host_key (WherryTestServer *self)
{
  return self->host_key;
}

/**
 * wherry_test_server_get_n_logins:
 * @self: a server
 *
 * Returns: how many were let in
 */
guint
wherry_test_server_get_n_logins (WherryTestServer *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->n_logins;
}

/**
 * wherry_test_server_get_n_opened:
 * @self: a server
 *
 * Returns: how many of its own channels the client let it open
 */
guint
wherry_test_server_get_n_opened (WherryTestServer *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->n_opened;
}

/**
 * wherry_test_server_get_n_refused:
 * @self: a server
 *
 * Returns: how many of its own channels the client refused
 */
guint
wherry_test_server_get_n_refused (WherryTestServer *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->n_refused;
}
