/*
 * Logging in by public key: from the SSH agent, from the key files of the login,
 * or else the usual ones of this account. Servers allow few attempts (6 on
 * OpenSSH), so what was chosen for the login goes before what just happens to be
 * in the agent.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/wherry-error.h"
#include "base/wherry-locked.h"
#include "base/wherry-text.h"
#include "ssh/wherry-agent-private.h"
#include "ssh/wherry-putty-key.h"
#include "ssh/wherry-session-auth-private.h"

#define ATTEMPTS_MAX 3

/* More than what reading a key takes, and far less than there is. */
#define STACK_USED (64 * 1024)

#define PUTTY_FILE_MAX (64 * 1024)
#define PASSPHRASE_MAX 1024

struct _WherryAuthKeys {
  WherrySessionImpl *session;
  GPtrArray *files; /* element-type filename */
  guint next_file;
  WherryAgent *agent;     /* (nullable) */
  gboolean is_agent_free; /* to offer keys that were not chosen */
};

static gboolean
is_wanted (WherrySessionImpl *session, const char *method)
{
  const char *const *methods = (const char *const *) session->login->methods;

  return methods == NULL || g_strv_contains (methods, method);
}

/* A key file of PuTTY's; %NULL if it is none, with @error (nullable) if it is one that can't be
 * used. */
static WherryPuttyKey *
load_putty_key (const char *file, GError **error)
{
  int fd = open (file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  char *text = wherry_locked_alloc (PUTTY_FILE_MAX + 1);
  WherryPuttyKey *key = NULL;
  gsize length = 0;
  struct stat info;

  if (fd >= 0 && fstat (fd, &info) == 0 && S_ISREG (info.st_mode) && info.st_size <= PUTTY_FILE_MAX)
    {
      ssize_t n;

      while (length < PUTTY_FILE_MAX && (n = read (fd, text + length, PUTTY_FILE_MAX - length)) > 0)
        length += (gsize) n;
      text[length] = '\0';
      if (wherry_putty_key_is (text))
        key = wherry_putty_key_parse (text, length, error);
    }
  if (fd >= 0)
    close (fd);
  wherry_locked_free (text);
  return key;
}

static ssh_key
get_putty_public_key (const WherryPuttyKey *putty)
{
  gsize size;
  const guint8 *blob = g_bytes_get_data (wherry_putty_key_get_blob (putty), &size);
  g_autofree char *base64 = g_base64_encode (blob, size);
  ssh_key key = NULL;

  ssh_pki_import_pubkey_base64 (base64, ssh_key_type_from_name (wherry_putty_key_get_type (putty)),
                                &key);
  return key;
}

/* Hands it to libssh in memory. */
static ssh_key
open_putty_key (const WherryPuttyKey *putty, const char *passphrase, GError **error)
{
  char *text = wherry_putty_key_to_openssh (putty, passphrase, error);
  ssh_key key = NULL;

  if (text == NULL)
    return NULL;
  if (ssh_pki_import_privkey_base64 (text, NULL, NULL, NULL, &key) != SSH_OK)
    g_set_error_literal (error, WHERRY_ERROR, WHERRY_ERROR_AUTHENTICATION,
                         _ ("The SSH library can’t use this key"));
  explicit_bzero (text, strlen (text));
  g_free (text);
  return key;
}

/* The public half, from beside the private key or out of it, without a passphrase if possible. */
static ssh_key
load_public_key (const char *file)
{
  g_autofree char *beside = g_strconcat (file, ".pub", NULL);
  g_autoptr (WherryPuttyKey) putty = NULL;
  ssh_key key = NULL;

  if (ssh_pki_import_pubkey_file (beside, &key) == SSH_OK)
    return key;
  putty = load_putty_key (file, NULL);
  if (putty != NULL)
    return get_putty_public_key (putty);
  if (ssh_pki_import_pubkey_file (file, &key) == SSH_OK)
    return key;
  return NULL;
}

static GBytes *
get_blob (ssh_key key)
{
  char *base64 = NULL;
  GBytes *blob = NULL;

  if (key != NULL && ssh_pki_export_pubkey_base64 (key, &base64) == SSH_OK)
    {
      gsize size;
      guint8 *data = g_base64_decode (base64, &size);

      blob = g_bytes_new_take (data, size);
    }
  ssh_string_free_char (base64);
  return blob;
}

static void
start_agent (WherryAuthKeys *self)
{
  const char *socket_path = g_getenv ("SSH_AUTH_SOCK");
  g_autoptr (GPtrArray) chosen = NULL;

  if (socket_path == NULL || *socket_path == '\0')
    {
      self->session->impl.trail.agent_missing = TRUE;
      return;
    }

  chosen = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  for (guint i = 0; i < self->files->len; i++)
    {
      ssh_key key = load_public_key (g_ptr_array_index (self->files, i));
      GBytes *blob = get_blob (key);

      if (blob != NULL)
        g_ptr_array_add (chosen, blob);
      ssh_key_free (key);
    }
  self->agent = wherry_agent_new (socket_path, chosen, self->session->cancellable);
  if (self->agent != NULL)
    ssh_set_agent_socket (self->session->impl.session, wherry_agent_get_fd (self->agent));
}

WherryAuthKeys *
wherry_auth_keys_new (WherrySessionImpl *session)
{
  static const char *const usual[] = { "id_ed25519", "id_ecdsa", "id_rsa" };
  WherryAuthKeys *self = g_new0 (WherryAuthKeys, 1);
  char **chosen = session->login->identity_files;
  gboolean are_files_wanted = is_wanted (session, "publickey");

  self->session = session;
  self->is_agent_free = !session->login->identities_only && is_wanted (session, "agent");
  self->files = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; are_files_wanted && chosen != NULL && chosen[i] != NULL; i++)
    g_ptr_array_add (self->files, g_strdup (chosen[i]));
  for (guint i = 0; are_files_wanted && chosen == NULL && i < G_N_ELEMENTS (usual); i++)
    {
      g_autofree char *path = g_build_filename (g_get_home_dir (), ".ssh", usual[i], NULL);

      if (g_file_test (path, G_FILE_TEST_EXISTS))
        g_ptr_array_add (self->files, g_steal_pointer (&path));
    }
  start_agent (self);
  return self;
}

void
wherry_auth_keys_free (WherryAuthKeys *self)
{
  if (self->agent != NULL)
    {
      /* So that libssh neither closes the socket nor writes to it any more. */
      ssh_set_agent_socket (self->session->impl.session, SSH_INVALID_SOCKET);
      wherry_agent_free (self->agent);
    }
  g_ptr_array_unref (self->files);
  g_free (self);
}

typedef struct {
  WherrySessionImpl *session;
  const char *file;
  guint attempt;
  gboolean asked;
  gboolean declined;
  GError *error;        /* (nullable): why nobody answered */
  char *trouble;        /* (nullable): what is wrong with the file */
  char *fingerprint;    /* (nullable): of the key, if its public half is there */
  WherryPrompt *prompt; /* (nullable): that was answered, and has to be settled */
} Passphrase;

/* libssh calls this if, and only if, a key is encrypted. */
static int
ask_passphrase (const char *text, char *buffer, size_t size, int echo, int verify, void *user_data)
{
  Passphrase *self = user_data;
  g_autofree char *shown = wherry_text_display_name (self->file);
  g_autoptr (WherryPrompt) prompt
      = wherry_auth_make_prompt (self->session, WHERRY_PROMPT_PASSPHRASE, self->attempt);
  const char *answer;

  self->asked = TRUE;
  wherry_prompt_set_key_file (prompt, shown);
  wherry_prompt_set_fingerprint (prompt, self->fingerprint);
  wherry_prompt_add_field (prompt, NULL, FALSE);
  if (self->session->prompter == NULL || !wherry_session_ask (self->session, prompt, &self->error))
    {
      self->declined = TRUE;
      return -1;
    }
  g_set_object (&self->prompt, prompt);
  answer = wherry_prompt_get_answer (prompt, 0);
  if (answer == NULL || strlen (answer) >= size)
    return -1;
  memcpy (buffer, answer, strlen (answer) + 1);
  return 0;
}

/* Whether only the hardware can sign, which the agent speaks to and libssh does not. */
static gboolean
is_on_security_key (const char *file)
{
  ssh_key key = load_public_key (file);
  enum ssh_keytypes_e type = ssh_key_type (key);

  ssh_key_free (key);
  return type == SSH_KEYTYPE_SK_ECDSA || type == SSH_KEYTYPE_SK_ED25519;
}

static void
note_trouble (WherrySessionImpl *session, const Passphrase *passphrase)
{
  g_autofree char *shown = wherry_text_display_name (passphrase->file);
  g_autofree char *sentence = NULL;

  if (passphrase->trouble != NULL)
    sentence = g_strdup_printf ("%s: %s.", shown, passphrase->trouble);
  else if (passphrase->declined && passphrase->error != NULL)
    sentence = g_strconcat (passphrase->error->message, ".", NULL);
  else if (passphrase->declined)
    sentence = g_strdup_printf (_ ("The passphrase of the key “%s” was not told."), shown);
  else if (passphrase->asked)
    sentence = g_strdup_printf (_ ("The passphrase of the key “%s” was not right."), shown);
  else if (g_access (passphrase->file, R_OK) != 0)
    sentence = g_strdup_printf (
        /* Translators: the first %s is a file, the second the system's words */
        _ ("The key file “%s” can’t be read: %s."), shown, g_strerror (errno));
  else if (is_on_security_key (passphrase->file))
    sentence = g_strdup_printf (_ ("The key “%s” is on a security key, which takes an SSH agent: "
                                   "add it there with ssh-add."),
                                shown);
  else
    sentence = g_strdup_printf (_ ("The file “%s” holds no private key that can be used."), shown);
  wherry_auth_note_key_trouble (session, sentence);
}

static void
passphrase_clear (Passphrase *self)
{
  g_clear_error (&self->error);
  g_clear_pointer (&self->fingerprint, g_free);
  g_clear_pointer (&self->trouble, g_free);
  g_clear_object (&self->prompt);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Passphrase, passphrase_clear)

/* By what a passphrase is remembered; %NULL if the public half is not there. */
static char *
dup_fingerprint (const char *file)
{
  ssh_key key = load_public_key (file);
  g_autoptr (GBytes) blob = get_blob (key);
  g_autoptr (WherryHostKey) public_key = blob != NULL ? wherry_host_key_new (blob, NULL) : NULL;

  ssh_key_free (key);
  return public_key != NULL ? g_strdup (wherry_host_key_get_fingerprint (public_key)) : NULL;
}

/* Asks for the passphrase if there is one. */
static ssh_key
import_putty_key (const WherryPuttyKey *putty, Passphrase *self)
{
  char *passphrase = wherry_locked_alloc (PASSPHRASE_MAX);
  g_autoptr (GError) error = NULL;
  ssh_key key = NULL;

  if (!wherry_putty_key_is_encrypted (putty)
      || ask_passphrase (NULL, passphrase, PASSPHRASE_MAX, 0, 0, self) == 0)
    key = open_putty_key (putty, passphrase, &error);
  if (error != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    {
      g_free (self->trouble);
      self->trouble = g_strdup (error->message);
    }
  wherry_locked_free (passphrase);
  return key;
}

/* OpenSSL's reader of old key files leaves the passphrase where its functions had it on the stack.
 */
static G_NO_INLINE void
wipe_stack (void)
{
  guint8 used[STACK_USED];

  explicit_bzero (used, sizeof used);
}

/* One attempt to read a private key. */
static ssh_key
import_private_key (Passphrase *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WherryPuttyKey) putty = load_putty_key (self->file, &error);
  ssh_key key = NULL;

  if (putty != NULL)
    return import_putty_key (putty, self);
  if (error != NULL)
    {
      g_free (self->trouble);
      self->trouble = g_strdup (error->message);
      return NULL;
    }
  if (ssh_pki_import_privkey_file (self->file, NULL, ask_passphrase, self, &key) != SSH_OK)
    key = NULL;
  wipe_stack ();
  return key;
}

/* Reads a private key; %NULL if it can't be read, or its passphrase is not told. */
static ssh_key
load_private_key (WherrySessionImpl *session, const char *file)
{
  g_auto (Passphrase) passphrase
      = { .session = session, .file = file, .fingerprint = dup_fingerprint (file) };

  for (guint attempt = 1; attempt <= ATTEMPTS_MAX; attempt++)
    {
      ssh_key key;

      passphrase.attempt = attempt;
      key = import_private_key (&passphrase);
      if (passphrase.prompt != NULL)
        wherry_prompt_settle (passphrase.prompt, key != NULL);
      g_clear_object (&passphrase.prompt);
      if (key != NULL)
        return key;
      if (!passphrase.asked || passphrase.declined || passphrase.trouble != NULL)
        break;
    }
  note_trouble (session, &passphrase);
  return NULL;
}

/* Without this OpenSSL would ask on the terminal, past everybody. */
static int
tell_no_passphrase (const char *text,
                    char *buffer,
                    size_t size,
                    int echo,
                    int verify,
                    void *user_data)
{
  return -1;
}

/* Reads a private key that needs no passphrase. */
static ssh_key
load_open_private_key (const char *file)
{
  g_autoptr (WherryPuttyKey) putty = load_putty_key (file, NULL);
  ssh_key key = NULL;

  if (putty != NULL)
    return wherry_putty_key_is_encrypted (putty) ? NULL : open_putty_key (putty, NULL, NULL);
  return ssh_pki_import_privkey_file (file, NULL, tell_no_passphrase, NULL, &key) == SSH_OK ? key
                                                                                            : NULL;
}

/* Shows a public key to the server: WHERRY_AUTH_SUCCESS if it would take it. */
static WherryAuthResult
offer (WherrySessionImpl *session, ssh_key key, GError **error)
{
  int rc;

  wherry_auth_note_tried (session, "publickey");
  WHERRY_AUTH_CALL (session, rc, ssh_userauth_try_publickey (session->impl.session, NULL, key),
                    error);
  return wherry_auth_take_result (session, rc, error);
}

static WherryAuthResult
sign (WherrySessionImpl *session, ssh_key key, GError **error)
{
  int rc;

  wherry_auth_note_tried (session, "publickey");
  WHERRY_AUTH_CALL (session, rc, ssh_userauth_publickey (session->impl.session, NULL, key), error);
  return wherry_auth_take_result (session, rc, error);
}

static WherryAuthResult
try_agent (WherrySessionImpl *session, WherryAuthKeys *keys, WherryAgentScope scope, GError **error)
{
  WherryAuthResult result = WHERRY_AUTH_DENIED;
  guint n_before;

  if (keys->agent == NULL)
    return WHERRY_AUTH_DENIED;

  wherry_agent_set_scope (keys->agent, scope);
  n_before = wherry_agent_get_n_shown (keys->agent);
  do
    {
      int rc;

      WHERRY_AUTH_CALL (session, rc, ssh_userauth_agent (session->impl.session, NULL), error);
      if (wherry_agent_get_n_shown (keys->agent) > 0)
        wherry_auth_note_tried (session, "publickey");
      result = wherry_auth_take_result (session, rc, error);
      if (result == WHERRY_AUTH_DENIED
          && g_cancellable_set_error_if_cancelled (session->cancellable, error))
        result = WHERRY_AUTH_FAILED;
  }
  /* libssh gives up once the agent would not sign with one key; there may be others. */
  while (result == WHERRY_AUTH_DENIED && wherry_agent_take_refusal (keys->agent));

  if (result == WHERRY_AUTH_DENIED)
    session->impl.trail.n_keys += wherry_agent_get_n_shown (keys->agent) - n_before;
  session->impl.trail.agent_missing = wherry_agent_get_n_held (keys->agent) < 0;
  session->impl.trail.agent_empty = wherry_agent_get_n_held (keys->agent) == 0;
  return result;
}

static gboolean
is_done_by_agent (WherryAuthKeys *keys, ssh_key key)
{
  g_autoptr (GBytes) blob = get_blob (key);

  return keys->agent != NULL && blob != NULL && wherry_agent_has_shown (keys->agent, blob);
}

static WherryAuthResult
try_file (WherrySessionImpl *session, WherryAuthKeys *keys, const char *file, GError **error)
{
  g_autofree char *certificate_file = g_strconcat (file, "-cert.pub", NULL);
  ssh_key certificate = NULL;
  ssh_key public_key = NULL;
  ssh_key private_key = NULL;
  WherryAuthResult result = WHERRY_AUTH_DENIED;
  WherryAuthResult accepted = WHERRY_AUTH_DENIED;
  gboolean by_certificate = FALSE;

  if (ssh_pki_import_cert_file (certificate_file, &certificate) == SSH_OK)
    {
      accepted = offer (session, certificate, error);
      by_certificate = accepted == WHERRY_AUTH_SUCCESS;
    }
  if (accepted == WHERRY_AUTH_DENIED)
    {
      public_key = load_public_key (file);
      /* With no public half to show, only signing tells. */
      if (public_key == NULL)
        accepted = WHERRY_AUTH_SUCCESS;
      else if (!is_done_by_agent (keys, public_key))
        {
          /* Nobody has to be asked for this one: to sign at once is one round trip, not two. */
          private_key = load_open_private_key (file);
          accepted = private_key != NULL ? WHERRY_AUTH_SUCCESS : offer (session, public_key, error);
        }
    }

  if (accepted == WHERRY_AUTH_SUCCESS && private_key == NULL)
    private_key = load_private_key (session, file);
  else if (accepted != WHERRY_AUTH_SUCCESS)
    result = accepted;
  if (private_key != NULL && by_certificate)
    ssh_pki_copy_cert_to_privkey (certificate, private_key);
  if (private_key != NULL)
    result = sign (session, private_key, error);
  if (result == WHERRY_AUTH_DENIED
      && g_cancellable_set_error_if_cancelled (session->cancellable, error))
    result = WHERRY_AUTH_FAILED;
  if (result == WHERRY_AUTH_DENIED && (accepted == WHERRY_AUTH_DENIED || private_key != NULL))
    session->impl.trail.n_keys++;

  ssh_key_free (certificate);
  ssh_key_free (public_key);
  ssh_key_free (private_key);
  return result;
}

/* Key files that somebody chose go first. The usual ones are nobody's choice: the agent has what is
 * wanted more likely, unless the login's order says otherwise. */
static gboolean
is_agent_first (WherrySessionImpl *session)
{
  char **methods = session->login->methods;

  if (session->login->identity_files != NULL)
    return FALSE;
  for (guint i = 0; methods != NULL && methods[i] != NULL; i++)
    if (g_str_equal (methods[i], "publickey") || g_str_equal (methods[i], "agent"))
      return g_str_equal (methods[i], "agent");
  return TRUE;
}

/* Tries the keys that are left; WHERRY_AUTH_DENIED when none is. */
WherryAuthResult
wherry_auth_try_keys (WherrySessionImpl *session, WherryAuthKeys *keys, GError **error)
{
  WherryAuthResult result = try_agent (session, keys, WHERRY_AGENT_CHOSEN, error);
  gboolean agent_first = is_agent_first (session);

  if (result == WHERRY_AUTH_DENIED && agent_first && keys->is_agent_free)
    result = try_agent (session, keys, WHERRY_AGENT_ALL, error);
  while (result == WHERRY_AUTH_DENIED && keys->next_file < keys->files->len)
    {
      const char *file = g_ptr_array_index (keys->files, keys->next_file++);

      result = try_file (session, keys, file, error);
    }
  if (result == WHERRY_AUTH_DENIED && !agent_first && keys->is_agent_free)
    result = try_agent (session, keys, WHERRY_AGENT_ALL, error);
  return result;
}
