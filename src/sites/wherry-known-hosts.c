#include "config.h"

#include "sites/wherry-known-hosts.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "sites/wherry-known-hosts-private.h"

#define DEFAULT_PORT 22

struct _WherryKnownHosts {
  GObject parent_instance;

  char **files;
  GHashTable *host_files; /* (element-type utf8 GStrv): by formatted name */
  gboolean plain_names;
};

/* What the files hold about one host. */
typedef struct {
  GPtrArray *keys;        /* (element-type WherryHostKey) */
  GPtrArray *revoked;     /* (element-type WherryHostKey) */
  gboolean has_authority; /* a certificate authority is named for it */
} Record;

static void wherry_known_hosts_store_init (WherryHostKeyStoreInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (WherryKnownHosts,
                               wherry_known_hosts,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (WHERRY_TYPE_HOST_KEY_STORE,
                                                      wherry_known_hosts_store_init))

static void
record_clear (Record *record)
{
  g_clear_pointer (&record->keys, g_ptr_array_unref);
  g_clear_pointer (&record->revoked, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Record, record_clear)

/**
 * wherry_known_hosts_format_name:
 * @host: a host's name or address
 * @port: its port
 *
 * Returns: (transfer full): the name under which known_hosts records the host:
 *   in lower case, and `[host]:port` unless the port is 22
 */
char *
wherry_known_hosts_format_name (const char *host, guint16 port)
{
  g_return_val_if_fail (host != NULL, NULL);

  g_autofree char *lower = g_ascii_strdown (host, -1);
  if (port == 0 || port == DEFAULT_PORT)
    return g_steal_pointer (&lower);
  return g_strdup_printf ("[%s]:%u", lower, port);
}

/* Takes in one line of a file, which is changed by it. */
static void
read_line (char *text, const char *host, const char *name, Record *record)
{
  g_autofree char *bare_name = g_ascii_strdown (host, -1);
  g_auto (WherryKnownHostsLine) line = { 0 };

  if (!wherry_known_hosts_parse_line (text, &line))
    return;
  if (!wherry_known_hosts_match_names (line.names, name)
      && !(line.marker != WHERRY_KNOWN_HOSTS_PLAIN
           && wherry_known_hosts_match_names (line.names, bare_name)))
    return;

  switch (line.marker)
    {
    case WHERRY_KNOWN_HOSTS_PLAIN:
      g_ptr_array_add (record->keys, g_steal_pointer (&line.key));
      break;
    case WHERRY_KNOWN_HOSTS_REVOKED:
      g_ptr_array_add (record->revoked, g_steal_pointer (&line.key));
      break;
    case WHERRY_KNOWN_HOSTS_AUTHORITY:
      record->has_authority = TRUE;
      break;
    }
}

static const char *const *
get_files (WherryKnownHosts *self, const char *name)
{
  const char *const *files = g_hash_table_lookup (self->host_files, name);
  return files != NULL ? files : (const char *const *) self->files;
}

/* Gathers what all files hold about a host; FALSE if one could not be read, after reading the
 * others. */
static gboolean
read_record (WherryKnownHosts *self, const char *host, guint16 port, Record *record, GError **error)
{
  g_autofree char *name = wherry_known_hosts_format_name (host, port);
  const char *const *files = get_files (self, name);
  gboolean complete = TRUE;

  record->keys = g_ptr_array_new_with_free_func ((GDestroyNotify) wherry_host_key_unref);
  record->revoked = g_ptr_array_new_with_free_func ((GDestroyNotify) wherry_host_key_unref);

  for (gsize i = 0; files[i] != NULL; i++)
    {
      g_autofree char *text = wherry_known_hosts_read_file (files[i], complete ? error : NULL);
      char *line = text;

      complete = complete && text != NULL;
      while (line != NULL)
        {
          char *end = strchr (line, '\n');
          if (end != NULL)
            *end = '\0';
          read_line (line, host, name, record);
          line = end == NULL ? NULL : end + 1;
        }
    }
  return complete;
}

static gboolean
holds_key (GPtrArray *keys, WherryHostKey *key)
{
  return g_ptr_array_find_with_equal_func (keys, key, (GEqualFunc) wherry_host_key_equal, NULL);
}

static WherryHostKeyVerdict
wherry_known_hosts_check (WherryHostKeyStore *store,
                          const char *host,
                          guint16 port,
                          WherryHostKey *key,
                          GPtrArray **known,
                          GCancellable *cancellable,
                          GError **error)
{
  WherryKnownHosts *self = WHERRY_KNOWN_HOSTS (store);
  g_autoptr (GError) unreadable = NULL;
  g_auto (Record) record = { 0 };
  gboolean complete = read_record (self, host, port, &record, &unreadable);

  if (holds_key (record.revoked, key))
    return WHERRY_HOST_KEY_REVOKED;
  if (!complete)
    {
      g_propagate_error (error, g_steal_pointer (&unreadable));
      return WHERRY_HOST_KEY_UNCHECKED;
    }
  if (holds_key (record.keys, key))
    return WHERRY_HOST_KEY_MATCH;
  if (record.keys->len == 0)
    return WHERRY_HOST_KEY_UNKNOWN;
  if (known != NULL)
    *known = g_steal_pointer (&record.keys);
  return WHERRY_HOST_KEY_CHANGED;
}

/* "|1|salt|hash": hashed, so that who reads the file does not learn where its owner has accounts.
 */
static char *
format_hashed_name (const char *name, GError **error)
{
  guint8 salt[WHERRY_KNOWN_HOSTS_HASH_LENGTH], digest[WHERRY_KNOWN_HOSTS_HASH_LENGTH];

  if (getrandom (salt, sizeof salt, 0) != sizeof salt)
    {
      g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (errno), g_strerror (errno));
      return NULL;
    }
  wherry_known_hosts_hash_name (salt, name, digest);

  g_autofree char *salt_text = g_base64_encode (salt, sizeof salt);
  g_autofree char *digest_text = g_base64_encode (digest, sizeof digest);
  return g_strdup_printf (WHERRY_KNOWN_HOSTS_HASH_MARK "%s|%s", salt_text, digest_text);
}

/* "name type key\n" */
static char *
format_line (WherryKnownHosts *self, const char *name, WherryHostKey *key, GError **error)
{
  g_autofree char *shown = self->plain_names ? g_strdup (name) : format_hashed_name (name, error);
  g_autofree char *base64 = wherry_host_key_to_base64 (key);

  if (shown == NULL)
    return NULL;
  return g_strdup_printf ("%s %s %s\n", shown, wherry_host_key_get_key_type (key), base64);
}

/* Whether the file ends in the middle of a line, which the next one must not be joined to. */
static gboolean
ends_within_line (int fd, off_t size)
{
  char last;

  return size > 0 && pread (fd, &last, 1, size - 1) == 1 && last != '\n';
}

/*
 * One write at the end of the file: other programs may be doing the same, so
 * nothing is rewritten, and its mode and links stay. What was cut off by a full
 * disk is taken back.
 */
static gboolean
append_line (int fd, const char *line)
{
  struct stat st;

  if (fstat (fd, &st) != 0)
    return FALSE;

  g_autofree char *text = g_strconcat (ends_within_line (fd, st.st_size) ? "\n" : "", line, NULL);
  gsize length = strlen (text);
  gssize written;
  do
    written = write (fd, text, length);
  while (written < 0 && errno == EINTR);

  if (written != (gssize) length)
    {
      struct stat now;
      int failure = written < 0 ? errno : ENOSPC;

      if (written > 0 && fstat (fd, &now) == 0 && now.st_size == st.st_size + written
          && ftruncate (fd, st.st_size) != 0)
        failure = errno;
      errno = failure;
      return FALSE;
    }
  /* A device such as /dev/null can't be synced, and needs not be. */
  return fsync (fd) == 0 || errno == EINVAL;
}

static gboolean
wherry_known_hosts_remember (WherryHostKeyStore *store,
                             const char *host,
                             guint16 port,
                             WherryHostKey *key,
                             GCancellable *cancellable,
                             GError **error)
{
  WherryKnownHosts *self = WHERRY_KNOWN_HOSTS (store);
  g_autofree char *name = wherry_known_hosts_format_name (host, port);

  /* Two connections may have asked about the same key at once. */
  switch (wherry_host_key_store_check (store, host, port, key, NULL, cancellable, error))
    {
    case WHERRY_HOST_KEY_MATCH:
      return TRUE;
    case WHERRY_HOST_KEY_UNKNOWN:
      break;
    case WHERRY_HOST_KEY_UNCHECKED:
      return FALSE;
    default:
      wherry_known_host_set_conflict_error (name, error);
      return FALSE;
    }

  return wherry_known_hosts_add (self, host, port, key, error);
}

static gboolean
wherry_known_hosts_replace (WherryHostKeyStore *store,
                            const char *host,
                            guint16 port,
                            WherryHostKey *key,
                            GCancellable *cancellable,
                            GError **error)
{
  WherryKnownHosts *self = WHERRY_KNOWN_HOSTS (store);
  g_autofree char *name = wherry_known_hosts_format_name (host, port);
  g_autofree char *line = NULL;

  switch (wherry_host_key_store_check (store, host, port, key, NULL, cancellable, error))
    {
    case WHERRY_HOST_KEY_UNCHECKED:
      return FALSE;
    case WHERRY_HOST_KEY_MATCH:
    case WHERRY_HOST_KEY_CHANGED:
      /* In one step: whatever happens, one of the keys is on record, and never none. */
      line = format_line (self, name, key, error);
      return line != NULL && wherry_known_hosts_rewrite (self, host, port, NULL, line, error);
    default:
      return wherry_known_hosts_remember (store, host, port, key, cancellable, error);
    }
}

static char *
wherry_known_hosts_dup_remark (WherryHostKeyStore *store, const char *host, guint16 port)
{
  g_auto (Record) record = { 0 };

  read_record (WHERRY_KNOWN_HOSTS (store), host, port, &record, NULL);
  if (!record.has_authority)
    return NULL;
  return g_strdup (_ ("Your known_hosts file trusts a certificate authority for this server "
                      "(@cert-authority). Wherry does not support host certificates, so the key "
                      "itself has to be checked."));
}

static char **
wherry_known_hosts_dup_key_types (WherryHostKeyStore *store,
                                  const char *host,
                                  guint16 port,
                                  GCancellable *cancellable)
{
  g_autoptr (GStrvBuilder) types = g_strv_builder_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_auto (Record) record = { 0 };

  read_record (WHERRY_KNOWN_HOSTS (store), host, port, &record, NULL);
  for (guint i = 0; i < record.keys->len; i++)
    {
      const char *type = wherry_host_key_get_key_type (record.keys->pdata[i]);
      if (g_hash_table_add (seen, (gpointer) type))
        g_strv_builder_add (types, type);
    }
  return g_strv_builder_end (types);
}

static void
wherry_known_hosts_finalize (GObject *object)
{
  WherryKnownHosts *self = WHERRY_KNOWN_HOSTS (object);

  g_strfreev (self->files);
  g_hash_table_unref (self->host_files);
  G_OBJECT_CLASS (wherry_known_hosts_parent_class)->finalize (object);
}

static void
wherry_known_hosts_store_init (WherryHostKeyStoreInterface *iface)
{
  iface->check = wherry_known_hosts_check;
  iface->remember = wherry_known_hosts_remember;
  iface->replace = wherry_known_hosts_replace;
  iface->dup_key_types = wherry_known_hosts_dup_key_types;
  iface->dup_remark = wherry_known_hosts_dup_remark;
}

static void
wherry_known_hosts_class_init (WherryKnownHostsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wherry_known_hosts_finalize;
}

static void
wherry_known_hosts_init (WherryKnownHosts *self)
{
  self->host_files
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_strfreev);
}

/**
 * wherry_known_hosts_new:
 * @files: (array zero-terminated=1): the files to look in; keys are remembered
 *   in the first
 *
 * Returns: (transfer full): the store
 */
WherryKnownHosts *
wherry_known_hosts_new (const char *const *files)
{
  g_return_val_if_fail (files != NULL, NULL);

  WherryKnownHosts *self = g_object_new (WHERRY_TYPE_KNOWN_HOSTS, NULL);
  self->files = g_strdupv ((char **) files);
  return self;
}

/**
 * wherry_known_hosts_set_host_files:
 * @self: the store
 * @host: the name under which the host's keys are recorded
 * @port: its port
 * @files: (array zero-terminated=1): the files to use for it
 *
 * Gives one host files of its own, as UserKnownHostsFile of ssh_config(5) does.
 * To be called before the store is used.
 */
void
wherry_known_hosts_set_host_files (WherryKnownHosts *self,
                                   const char *host,
                                   guint16 port,
                                   const char *const *files)
{
  g_return_if_fail (WHERRY_IS_KNOWN_HOSTS (self));
  g_return_if_fail (host != NULL && files != NULL);

  g_hash_table_replace (self->host_files, wherry_known_hosts_format_name (host, port),
                        g_strdupv ((char **) files));
}

/**
 * wherry_known_hosts_get_file:
 * @self: the store
 * @host: the name under which the host's keys are recorded
 * @port: its port
 *
 * Returns: (transfer none) (nullable): the file the host's key is remembered in
 */
const char *
wherry_known_hosts_get_file (WherryKnownHosts *self, const char *host, guint16 port)
{
  g_return_val_if_fail (WHERRY_IS_KNOWN_HOSTS (self), NULL);
  g_return_val_if_fail (host != NULL, NULL);

  g_autofree char *name = wherry_known_hosts_format_name (host, port);
  return get_files (self, name)[0];
}

/**
 * wherry_known_hosts_has_host_files:
 * @self: the store
 * @host: the name under which the host's keys are recorded
 * @port: its port
 *
 * Returns: whether the host was given files of its own
 */
gboolean
wherry_known_hosts_has_host_files (WherryKnownHosts *self, const char *host, guint16 port)
{
  g_return_val_if_fail (WHERRY_IS_KNOWN_HOSTS (self), FALSE);
  g_return_val_if_fail (host != NULL, FALSE);

  g_autofree char *name = wherry_known_hosts_format_name (host, port);
  return g_hash_table_contains (self->host_files, name);
}

/**
 * wherry_known_hosts_get_files:
 * @self: the store
 *
 * Returns: (transfer none) (array zero-terminated=1): the files of all hosts
 *   that have none of their own
 */
const char *const *
wherry_known_hosts_get_files (WherryKnownHosts *self)
{
  g_return_val_if_fail (WHERRY_IS_KNOWN_HOSTS (self), NULL);
  return (const char *const *) self->files;
}

/**
 * wherry_known_hosts_set_plain_names:
 * @self: the store
 * @plain_names: whether names are written so that they can be read
 *
 * Names are hashed otherwise. To be called before the store is used.
 */
void
wherry_known_hosts_set_plain_names (WherryKnownHosts *self, gboolean plain_names)
{
  g_return_if_fail (WHERRY_IS_KNOWN_HOSTS (self));
  self->plain_names = plain_names;
}

/**
 * wherry_known_hosts_add:
 * @self: the store
 * @host: the host's name or address
 * @port: its port
 * @key: a key
 * @error: why it is not recorded
 *
 * Records a key beside what is there, without a look at that.
 *
 * Returns: %TRUE if it is recorded
 */
gboolean
wherry_known_hosts_add (WherryKnownHosts *self,
                        const char *host,
                        guint16 port,
                        WherryHostKey *key,
                        GError **error)
{
  g_return_val_if_fail (WHERRY_IS_KNOWN_HOSTS (self), FALSE);
  g_return_val_if_fail (host != NULL, FALSE);
  g_return_val_if_fail (key != NULL, FALSE);

  g_autofree char *name = wherry_known_hosts_format_name (host, port);
  const char *file = get_files (self, name)[0];

  if (file == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                           _ ("There is no file to remember host keys in"));
      return FALSE;
    }

  g_autofree char *line = format_line (self, name, key, error);
  if (line == NULL)
    return FALSE;

  g_autofree char *folder = g_path_get_dirname (file);
  int fd = -1;
  gboolean done = g_mkdir_with_parents (folder, 0700) == 0;
  if (done)
    fd = open (file, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  done = fd >= 0 && append_line (fd, line);
  int failure = errno;
  if (fd >= 0)
    close (fd);
  if (!done)
    {
      g_autofree char *shown = wherry_text_display_name (file);
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (failure),
                   _ ("The host key can’t be remembered in “%s”: %s"), shown, g_strerror (failure));
    }
  return done;
}
