#include "config.h"

#include "sites/wherry-host-key-chain.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"

struct _WherryHostKeyChain {
  GObject parent_instance;

  WherryKeyringHostKeys *keyring; /* (nullable) */
  WherryKnownHosts *own;
  WherryKnownHosts *openssh;

  GMutex lock;
  GHashTable *failures; /* (element-type utf8 GError): under lock, by formatted name */
  gboolean told;        /* under lock: that the keyring is not used */
};

enum { NOTICE, N_SIGNALS };

static guint signals[N_SIGNALS];

static void wherry_host_key_chain_store_init (WherryHostKeyStoreInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (WherryHostKeyChain,
                               wherry_host_key_chain,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (WHERRY_TYPE_HOST_KEY_STORE,
                                                      wherry_host_key_chain_store_init))

typedef struct {
  WherryHostKeyChain *chain;
  char *text;
} Notice;

static gboolean
on_notice (gpointer user_data)
{
  Notice *notice = user_data;

  g_signal_emit (notice->chain, signals[NOTICE], 0, notice->text);
  return G_SOURCE_REMOVE;
}

static void
notice_free (gpointer data)
{
  Notice *notice = data;

  g_object_unref (notice->chain);
  g_free (notice->text);
  g_free (notice);
}

/* Tells, once, that keys are remembered in the file. */
static void
tell (WherryHostKeyChain *self, const GError *error)
{
  const char *file = wherry_known_hosts_get_files (self->own)[0];
  g_autofree char *shown = wherry_text_display_name (file);
  gboolean told;
  Notice *notice;

  g_mutex_lock (&self->lock);
  told = self->told;
  self->told = TRUE;
  g_mutex_unlock (&self->lock);
  if (told)
    return;

  notice = g_new0 (Notice, 1);
  notice->chain = g_object_ref (self);
  /* Translators: a sentence that says why, and a file */
  notice->text
      = g_strdup_printf (_ ("%s Host keys are remembered in “%s”."), error->message, shown);
  g_idle_add_full (G_PRIORITY_DEFAULT, on_notice, notice, notice_free);
}

static gboolean
has_own_files (WherryHostKeyChain *self, const char *host, guint16 port)
{
  return wherry_known_hosts_has_host_files (self->openssh, host, port);
}

/*
 * A login asks twice: for the types of the keys, and for the verdict on one. What
 * failed the first time is not tried again at once: a person who dismissed the
 * prompt would get another, and a service that hangs would cost its time twice.
 */
static void
put_failure (WherryHostKeyChain *self, const char *host, guint16 port, GError *error)
{
  g_autofree char *name = wherry_known_hosts_format_name (host, port);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  /* That one login was given up says nothing to another one. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_clear_error (&error);
  if (error != NULL)
    g_hash_table_replace (self->failures, g_steal_pointer (&name), error);
  else
    g_hash_table_remove (self->failures, name);
}

static GError *
take_failure (WherryHostKeyChain *self, const char *host, guint16 port)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  g_autofree char *name = wherry_known_hosts_format_name (host, port);
  g_autofree char *key = NULL;
  gpointer error = NULL;

  g_hash_table_steal_extended (self->failures, name, (gpointer *) &key, &error);
  return error;
}

static WherryHostKeyVerdict
check_keyring (WherryHostKeyChain *self,
               const char *host,
               guint16 port,
               WherryHostKey *key,
               GPtrArray **known,
               GCancellable *cancellable,
               GError **error)
{
  g_autoptr (GError) failure = take_failure (self, host, port);
  WherryHostKeyVerdict verdict = WHERRY_HOST_KEY_UNCHECKED;

  if (self->keyring == NULL)
    return WHERRY_HOST_KEY_UNKNOWN;
  if (failure == NULL)
    verdict = wherry_host_key_store_check (WHERRY_HOST_KEY_STORE (self->keyring), host, port, key,
                                           known, cancellable, &failure);
  if (verdict != WHERRY_HOST_KEY_UNCHECKED)
    return verdict;
  /* Where there is none, nothing is in it; where there is one, nobody knows what. */
  if (g_error_matches (failure, WHERRY_ERROR, WHERRY_ERROR_NO_KEYRING))
    return WHERRY_HOST_KEY_UNKNOWN;
  g_propagate_error (error, g_steal_pointer (&failure));
  return WHERRY_HOST_KEY_UNCHECKED;
}

static WherryHostKeyVerdict
wherry_host_key_chain_check (WherryHostKeyStore *store,
                             const char *host,
                             guint16 port,
                             WherryHostKey *key,
                             GPtrArray **known,
                             GCancellable *cancellable,
                             GError **error)
{
  WherryHostKeyChain *self = WHERRY_HOST_KEY_CHAIN (store);
  WherryHostKeyStore *const files[]
      = { WHERRY_HOST_KEY_STORE (self->own), WHERRY_HOST_KEY_STORE (self->openssh) };
  WherryHostKeyVerdict verdicts[1 + G_N_ELEMENTS (files)];
  GPtrArray *recorded[G_N_ELEMENTS (verdicts)] = { NULL };
  GError *failures[G_N_ELEMENTS (verdicts)] = { NULL };
  WherryHostKeyVerdict verdict = WHERRY_HOST_KEY_UNKNOWN;

  if (has_own_files (self, host, port))
    return wherry_host_key_store_check (files[1], host, port, key, known, cancellable, error);

  verdicts[0] = check_keyring (self, host, port, key, &recorded[0], cancellable, &failures[0]);
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    verdicts[1 + i] = wherry_host_key_store_check (files[i], host, port, key, &recorded[1 + i],
                                                   cancellable, &failures[1 + i]);

  for (gsize i = 0; i < G_N_ELEMENTS (verdicts); i++)
    if (verdicts[i] == WHERRY_HOST_KEY_REVOKED)
      verdict = WHERRY_HOST_KEY_REVOKED;
  for (gsize i = 0; i < G_N_ELEMENTS (verdicts) && verdict == WHERRY_HOST_KEY_UNKNOWN; i++)
    if (verdicts[i] == WHERRY_HOST_KEY_UNCHECKED)
      {
        verdict = WHERRY_HOST_KEY_UNCHECKED;
        g_propagate_error (error, g_steal_pointer (&failures[i]));
      }
  for (gsize i = 0; i < G_N_ELEMENTS (verdicts) && verdict == WHERRY_HOST_KEY_UNKNOWN; i++)
    {
      verdict = verdicts[i];
      if (verdict == WHERRY_HOST_KEY_CHANGED && known != NULL)
        *known = g_steal_pointer (&recorded[i]);
    }

  for (gsize i = 0; i < G_N_ELEMENTS (verdicts); i++)
    {
      g_clear_pointer (&recorded[i], g_ptr_array_unref);
      g_clear_error (&failures[i]);
    }
  return verdict;
}

static gboolean
wherry_host_key_chain_remember (WherryHostKeyStore *store,
                                const char *host,
                                guint16 port,
                                WherryHostKey *key,
                                GCancellable *cancellable,
                                GError **error)
{
  WherryHostKeyChain *self = WHERRY_HOST_KEY_CHAIN (store);
  g_autoptr (GError) failure = NULL;

  if (has_own_files (self, host, port))
    return wherry_host_key_store_remember (WHERRY_HOST_KEY_STORE (self->openssh), host, port, key,
                                           cancellable, error);
  if (self->keyring != NULL)
    {
      if (wherry_host_key_store_remember (WHERRY_HOST_KEY_STORE (self->keyring), host, port, key,
                                          cancellable, &failure))
        return TRUE;
      if (g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED)
          || g_error_matches (failure, WHERRY_ERROR, WHERRY_ERROR_HOST_KEY_CHANGED))
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }
    }
  if (!wherry_host_key_store_remember (WHERRY_HOST_KEY_STORE (self->own), host, port, key,
                                       cancellable, error))
    return FALSE;
  if (failure != NULL)
    tell (self, failure);
  return TRUE;
}

/* From OpenSSH's files nothing is taken; what is recorded before them goes before them. */
static gboolean
wherry_host_key_chain_replace (WherryHostKeyStore *store,
                               const char *host,
                               guint16 port,
                               WherryHostKey *key,
                               GCancellable *cancellable,
                               GError **error)
{
  WherryHostKeyChain *self = WHERRY_HOST_KEY_CHAIN (store);
  WherryHostKeyStore *own = WHERRY_HOST_KEY_STORE (self->own);
  g_autoptr (GError) failure = NULL;

  if (has_own_files (self, host, port))
    {
      g_autofree char *shown
          = wherry_text_display_name (wherry_known_hosts_get_file (self->openssh, host, port));

      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                   /* Translators: %s is a file */
                   _ ("The old key is in “%s”, which Wherry does not rewrite: remove it there"),
                   shown);
      return FALSE;
    }
  if (self->keyring != NULL
      && wherry_host_key_store_replace (WHERRY_HOST_KEY_STORE (self->keyring), host, port, key,
                                        cancellable, &failure))
    return wherry_known_hosts_forget (self->own, host, port, NULL, error);
  if (failure != NULL && !g_error_matches (failure, WHERRY_ERROR, WHERRY_ERROR_NO_KEYRING))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  return wherry_host_key_store_replace (own, host, port, key, cancellable, error);
}

static char **
wherry_host_key_chain_dup_key_types (WherryHostKeyStore *store,
                                     const char *host,
                                     guint16 port,
                                     GCancellable *cancellable)
{
  WherryHostKeyChain *self = WHERRY_HOST_KEY_CHAIN (store);
  g_auto (GStrv) types = NULL;

  if (self->keyring != NULL && !has_own_files (self, host, port))
    {
      GError *failure = NULL;

      types
          = wherry_keyring_host_keys_find_types (self->keyring, host, port, cancellable, &failure);
      put_failure (self, host, port, failure);
      if (types != NULL && types[0] != NULL)
        return g_steal_pointer (&types);
      g_clear_pointer (&types, g_strfreev);
    }
  if (!has_own_files (self, host, port))
    {
      types = wherry_host_key_store_dup_key_types (WHERRY_HOST_KEY_STORE (self->own), host, port,
                                                   cancellable);
      if (types[0] != NULL)
        return g_steal_pointer (&types);
    }
  return wherry_host_key_store_dup_key_types (WHERRY_HOST_KEY_STORE (self->openssh), host, port,
                                              cancellable);
}

static char *
wherry_host_key_chain_dup_remark (WherryHostKeyStore *store, const char *host, guint16 port)
{
  return wherry_host_key_store_dup_remark (WHERRY_HOST_KEY_STORE (
                                               WHERRY_HOST_KEY_CHAIN (store)->openssh),
                                           host, port);
}

static void
wherry_host_key_chain_store_init (WherryHostKeyStoreInterface *iface)
{
  iface->check = wherry_host_key_chain_check;
  iface->remember = wherry_host_key_chain_remember;
  iface->replace = wherry_host_key_chain_replace;
  iface->dup_key_types = wherry_host_key_chain_dup_key_types;
  iface->dup_remark = wherry_host_key_chain_dup_remark;
}

static void
wherry_host_key_chain_finalize (GObject *object)
{
  WherryHostKeyChain *self = WHERRY_HOST_KEY_CHAIN (object);

  g_clear_object (&self->keyring);
  g_object_unref (self->own);
  g_object_unref (self->openssh);
  g_hash_table_unref (self->failures);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (wherry_host_key_chain_parent_class)->finalize (object);
}

static void
wherry_host_key_chain_class_init (WherryHostKeyChainClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wherry_host_key_chain_finalize;

  /**
   * WherryHostKeyChain::notice:
   * @self: the chain
   * @text: what to tell, fit to be shown
   *
   * Something a person should know, told once. In the default main context.
   */
  signals[NOTICE] = g_signal_new ("notice", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
wherry_host_key_chain_init (WherryHostKeyChain *self)
{
  g_mutex_init (&self->lock);
  self->failures
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_error_free);
}

/**
 * wherry_host_key_chain_new:
 * @keyring: (nullable): the keys in the keyring; %NULL: it is not to be used
 * @own: Wherry's own file
 * @openssh: OpenSSH's files
 *
 * Returns: (transfer full): the chain
 */
WherryHostKeyChain *
wherry_host_key_chain_new (WherryKeyringHostKeys *keyring,
                           WherryKnownHosts *own,
                           WherryKnownHosts *openssh)
{
  g_return_val_if_fail (WHERRY_IS_KNOWN_HOSTS (own), NULL);
  g_return_val_if_fail (WHERRY_IS_KNOWN_HOSTS (openssh), NULL);

  WherryHostKeyChain *self = g_object_new (WHERRY_TYPE_HOST_KEY_CHAIN, NULL);

  g_set_object (&self->keyring, keyring);
  self->own = g_object_ref (own);
  self->openssh = g_object_ref (openssh);
  return self;
}

/**
 * wherry_host_key_chain_new_default:
 * @secrets: (nullable): the keyring; %NULL: it is not to be used
 * @flags: whether a person may be asked to unlock it
 *
 * Returns: (transfer full): the chain of the keyring, Wherry's own file in the
 *   person's data folder, and the files that ssh(1) reads without a configuration
 */
WherryHostKeyChain *
wherry_host_key_chain_new_default (WherrySecretStore *secrets, WherrySecretFlags flags)
{
  g_return_val_if_fail (secrets == NULL || WHERRY_IS_SECRET_STORE (secrets), NULL);

  g_autofree char *own_path
      = g_build_filename (g_get_user_data_dir (), "wherry", "known_hosts", NULL);
  g_autofree char *first = g_build_filename (g_get_home_dir (), ".ssh", "known_hosts", NULL);
  g_autofree char *second = g_build_filename (g_get_home_dir (), ".ssh", "known_hosts2", NULL);
  const char *const own_files[] = { own_path, NULL };
  const char *const openssh_files[]
      = { first, second, "/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2", NULL };
  g_autoptr (WherryKeyringHostKeys) keyring
      = secrets != NULL ? wherry_keyring_host_keys_new (secrets, flags) : NULL;
  g_autoptr (WherryKnownHosts) own = wherry_known_hosts_new (own_files);
  g_autoptr (WherryKnownHosts) openssh = wherry_known_hosts_new (openssh_files);

  /* Names that can be read: they are listed, and found again to be forgotten. */
  wherry_known_hosts_set_plain_names (own, TRUE);
  return wherry_host_key_chain_new (keyring, own, openssh);
}

/**
 * wherry_host_key_chain_get_openssh:
 * @self: the chain
 *
 * Returns: (transfer none): OpenSSH's files
 */
WherryKnownHosts *
wherry_host_key_chain_get_openssh (WherryHostKeyChain *self)
{
  g_return_val_if_fail (WHERRY_IS_HOST_KEY_CHAIN (self), NULL);
  return self->openssh;
}

/**
 * wherry_host_key_chain_list:
 * @self: the chain
 * @unlisted: (out caller-allocates) (optional): what OpenSSH's files hold of no
 *   one host whose name is known
 * @cancellable: (nullable): to give up
 * @error: why it can't be told
 *
 * Lists what is on record, place by place. Blocks.
 *
 * Returns: (transfer container) (nullable) (element-type WherryKnownHost): all
 *   that is known
 */
GPtrArray *
wherry_host_key_chain_list (WherryHostKeyChain *self,
                            WherryKnownHostsUnlisted *unlisted,
                            GCancellable *cancellable,
                            GError **error)
{
  g_return_val_if_fail (WHERRY_IS_HOST_KEY_CHAIN (self), NULL);

  g_autoptr (GError) failure = NULL;
  GPtrArray *records = NULL;
  g_autoptr (GPtrArray) own = NULL;
  g_autoptr (GPtrArray) openssh = NULL;

  own = wherry_known_hosts_list (self->own, WHERRY_KNOWN_HOST_OWN_FILE, NULL, error);
  if (own == NULL)
    return NULL;
  openssh = wherry_known_hosts_list (self->openssh, WHERRY_KNOWN_HOST_OPENSSH, unlisted, error);
  if (openssh == NULL)
    return NULL;
  if (self->keyring != NULL)
    records = wherry_keyring_host_keys_list (self->keyring, cancellable, &failure);
  if (failure != NULL && !g_error_matches (failure, WHERRY_ERROR, WHERRY_ERROR_NO_KEYRING))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return NULL;
    }
  if (records == NULL)
    records = g_ptr_array_new_with_free_func ((GDestroyNotify) wherry_known_host_free);
  g_ptr_array_extend_and_steal (records, g_steal_pointer (&own));
  g_ptr_array_extend_and_steal (records, g_steal_pointer (&openssh));
  return records;
}

/**
 * wherry_host_key_chain_can_forget:
 * @self: the chain
 * @host: the host's name or address
 * @port: its port
 *
 * Blocks.
 *
 * Returns: whether there is something of the host's that
 *   wherry_host_key_chain_forget() forgets; %FALSE if that is not known
 */
gboolean
wherry_host_key_chain_can_forget (WherryHostKeyChain *self, const char *host, guint16 port)
{
  g_return_val_if_fail (WHERRY_IS_HOST_KEY_CHAIN (self), FALSE);
  g_return_val_if_fail (host != NULL, FALSE);

  g_auto (GStrv) own = NULL;
  g_auto (GStrv) in_keyring = NULL;

  if (has_own_files (self, host, port))
    return FALSE;
  if (self->keyring != NULL)
    in_keyring = wherry_keyring_host_keys_find_types (self->keyring, host, port, NULL, NULL);
  own = wherry_host_key_store_dup_key_types (WHERRY_HOST_KEY_STORE (self->own), host, port, NULL);
  return (in_keyring != NULL && in_keyring[0] != NULL) || own[0] != NULL;
}

/**
 * wherry_host_key_chain_forget:
 * @self: the chain
 * @host: the host's name or address
 * @port: its port
 * @key_type: (nullable): which of its keys; %NULL: all
 * @cancellable: (nullable): to give up
 * @error: why they may still be there
 *
 * Forgets a host's keys in the keyring and in Wherry's own file. What OpenSSH's
 * files hold stays. Blocks.
 *
 * Returns: %TRUE if none is left there
 */
gboolean
wherry_host_key_chain_forget (WherryHostKeyChain *self,
                              const char *host,
                              guint16 port,
                              const char *key_type,
                              GCancellable *cancellable,
                              GError **error)
{
  g_return_val_if_fail (WHERRY_IS_HOST_KEY_CHAIN (self), FALSE);
  g_return_val_if_fail (host != NULL, FALSE);

  g_autoptr (GError) failure = NULL;

  if (self->keyring != NULL
      && !wherry_keyring_host_keys_forget (self->keyring, host, port, key_type, cancellable,
                                           &failure)
      && !g_error_matches (failure, WHERRY_ERROR, WHERRY_ERROR_NO_KEYRING))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  return wherry_known_hosts_forget (self->own, host, port, key_type, error);
}

/**
 * wherry_host_key_chain_restore:
 * @self: the chain
 * @record: what was forgotten
 * @cancellable: (nullable): to give up
 * @error: why it is not recorded
 *
 * Records a key again, beside others of its host. Blocks.
 *
 * Returns: %TRUE if it is recorded
 */
gboolean
wherry_host_key_chain_restore (WherryHostKeyChain *self,
                               const WherryKnownHost *record,
                               GCancellable *cancellable,
                               GError **error)
{
  g_return_val_if_fail (WHERRY_IS_HOST_KEY_CHAIN (self), FALSE);
  g_return_val_if_fail (record != NULL, FALSE);

  if (self->keyring != NULL && record->origin == WHERRY_KNOWN_HOST_KEYRING)
    return wherry_keyring_host_keys_add (self->keyring, record->host, record->port, record->key,
                                         cancellable, error);
  return wherry_known_hosts_add (self->own, record->host, record->port, record->key, error);
}

/**
 * wherry_host_key_chain_import:
 * @self: the chain
 * @n_imported: (out): how many keys are new in the keyring
 * @n_conflicts: (out): how many are not taken over, because the keyring has
 *   another key of that host and type
 * @cancellable: (nullable): to give up
 * @error: why it stopped; what was imported until then stays
 *
 * Copies the keys of hosts whose names can be read from OpenSSH's files into the
 * keyring, or Wherry's own file where there is none. Blocks.
 *
 * Returns: %TRUE if all are done
 */
gboolean
wherry_host_key_chain_import (WherryHostKeyChain *self,
                              guint *n_imported,
                              guint *n_conflicts,
                              GCancellable *cancellable,
                              GError **error)
{
  g_return_val_if_fail (WHERRY_IS_HOST_KEY_CHAIN (self), FALSE);

  g_autoptr (GPtrArray) all = wherry_host_key_chain_list (self, NULL, cancellable, error);
  g_autoptr (GHashTable) recorded = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  WherryKnownHostOrigin target = WHERRY_KNOWN_HOST_KEYRING;

  *n_imported = 0;
  *n_conflicts = 0;
  if (all == NULL)
    return FALSE;
  if (self->keyring == NULL || !wherry_keyring_host_keys_is_there (self->keyring))
    target = WHERRY_KNOWN_HOST_OWN_FILE;

  /* The list begins with what is recorded already. */
  for (guint i = 0; i < all->len; i++)
    {
      const WherryKnownHost *record = g_ptr_array_index (all, i);
      g_autofree char *name = g_strdup_printf ("%s %u %s", record->host, record->port,
                                               wherry_host_key_get_key_type (record->key));
      WherryHostKey *known = g_hash_table_lookup (recorded, name);
      WherryKnownHost copy = *record;

      if (known != NULL && !wherry_host_key_equal (known, record->key))
        (*n_conflicts)++;
      if (known != NULL)
        continue;
      copy.origin = target;
      if (record->origin == WHERRY_KNOWN_HOST_OPENSSH)
        {
          if (!wherry_host_key_chain_restore (self, &copy, cancellable, error))
            return FALSE;
          (*n_imported)++;
        }
      g_hash_table_insert (recorded, g_steal_pointer (&name), record->key);
    }
  return TRUE;
}
