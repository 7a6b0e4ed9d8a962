#include "transfer/wherry-ledger.h"

#include <string.h>

#include "local/wherry-number-set.h"

struct _WherryLedger {
  gatomicrefcount ref_count;

  GMutex lock;
  WherryNumberSet done;   /* of wherry_ledger_get_number() */
  WherryNumberSet failed; /* of keys, in this run */
  gboolean any_failed;
  gboolean any_done;
  gboolean only;          /* this run is for what failed in the one before */
  WherryNumberSet wanted; /* of keys: that is those */
  WherryNumberSet leads;  /* of keys: folders that lead to them */

  WherryLedgerRecord record; /* (nullable) */
  gpointer user_data;
  GDestroyNotify destroy; /* (nullable) */
};

/**
 * wherry_ledger_new:
 *
 * Returns: (transfer full): a ledger of a transfer that has not run
 */
WherryLedger *
wherry_ledger_new (void)
{
  WherryLedger *self = g_new0 (WherryLedger, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  return self;
}

/**
 * wherry_ledger_ref:
 * @self: a ledger
 *
 * Returns: (transfer full): @self
 */
WherryLedger *
wherry_ledger_ref (WherryLedger *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * wherry_ledger_unref:
 * @self: (transfer full): a ledger
 */
void
wherry_ledger_unref (WherryLedger *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  if (self->destroy != NULL)
    self->destroy (self->user_data);
  wherry_number_set_clear (&self->done);
  wherry_number_set_clear (&self->failed);
  wherry_number_set_clear (&self->wanted);
  wherry_number_set_clear (&self->leads);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/**
 * wherry_ledger_set_record:
 * @self: a ledger whose transfer does not run
 * @record: (nullable) (scope notified): told of each file that is newly done
 * @user_data: for @record
 * @destroy: (nullable): frees @user_data
 */
void
wherry_ledger_set_record (WherryLedger *self,
                          WherryLedgerRecord record,
                          gpointer user_data,
                          GDestroyNotify destroy)
{
  if (self->destroy != NULL)
    self->destroy (self->user_data);
  self->record = record;
  self->user_data = user_data;
  self->destroy = destroy;
}

/* Each part of a path, so that an entry is known by any folder it is in. */
static gboolean
find_up (const WherryNumberSet *set, const char *key)
{
  g_autofree char *part = g_strdup (key);
  char *slash;

  for (;;)
    {
      if (wherry_number_set_contains (set, wherry_number_set_hash_name (part)))
        return TRUE;
      if (*part == '\0')
        return FALSE;
      slash = strrchr (part, '/');
      *(slash != NULL ? slash : part) = '\0';
    }
}

static void
add_up (WherryNumberSet *set, const char *key)
{
  g_autofree char *part = g_strdup (key);
  char *slash;

  while (wherry_number_set_add (set, wherry_number_set_hash_name (part)) && *part != '\0')
    {
      slash = strrchr (part, '/');
      *(slash != NULL ? slash : part) = '\0';
    }
}

/**
 * wherry_ledger_begin_run:
 * @self: a ledger
 * @only_failed: whether to do only what failed in the run before
 *
 * Begins the account of another run. Without @only_failed it goes on with what
 * the run before was for.
 */
void
wherry_ledger_begin_run (WherryLedger *self, gboolean only_failed)
{
  g_mutex_lock (&self->lock);
  if (only_failed)
    {
      wherry_number_set_clear (&self->wanted);
      self->wanted = self->failed;
      self->failed = (WherryNumberSet){ 0 };
      self->only = TRUE;
    }
  wherry_number_set_clear (&self->failed);
  self->any_failed = FALSE;
  g_mutex_unlock (&self->lock);
}

/**
 * wherry_ledger_clear:
 * @self: a ledger
 *
 * Forgets which entries a run is for, not what is done: the next one is for all.
 */
void
wherry_ledger_clear (WherryLedger *self)
{
  g_mutex_lock (&self->lock);
  self->only = FALSE;
  wherry_number_set_clear (&self->wanted);
  wherry_number_set_clear (&self->leads);
  g_mutex_unlock (&self->lock);
}

/**
 * wherry_ledger_has_failed:
 * @self: a ledger
 *
 * Returns: whether single entries failed in the last run
 */
gboolean
wherry_ledger_has_failed (WherryLedger *self)
{
  g_mutex_lock (&self->lock);
  gboolean any = self->any_failed;
  g_mutex_unlock (&self->lock);
  return any;
}

/**
 * wherry_ledger_is_empty:
 * @self: a ledger
 *
 * Returns: whether nothing was done so far
 */
gboolean
wherry_ledger_is_empty (WherryLedger *self)
{
  g_mutex_lock (&self->lock);
  gboolean empty = !self->any_done;
  g_mutex_unlock (&self->lock);
  return empty;
}

/**
 * wherry_ledger_get_number:
 * @key: a file's key
 * @size: its size in bytes
 * @mtime: its modification time at the source in seconds; 0: not known
 *
 * Returns: the number that stands for this state of this file
 */
guint64
wherry_ledger_get_number (const char *key, guint64 size, gint64 mtime)
{
  guint64 number = wherry_number_set_hash_name (key);

  number = (number ^ size) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  number = (number ^ (number >> 29) ^ (guint64) mtime) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  return number ^ (number >> 32);
}

/**
 * wherry_ledger_add_done:
 * @self: a ledger
 * @key: a file's key
 * @size: its size in bytes
 * @mtime: its modification time at the source in seconds; 0: not known
 *
 * Enters a file that is in its place.
 */
void
wherry_ledger_add_done (WherryLedger *self, const char *key, guint64 size, gint64 mtime)
{
  wherry_ledger_restore_done (self, wherry_ledger_get_number (key, size, mtime));
  if (self->record != NULL)
    self->record (key, size, mtime, self->user_data);
}

/**
 * wherry_ledger_restore_done:
 * @self: a ledger
 * @number: from wherry_ledger_get_number()
 *
 * Enters a file that is known to be done from elsewhere.
 */
void
wherry_ledger_restore_done (WherryLedger *self, guint64 number)
{
  g_mutex_lock (&self->lock);
  wherry_number_set_add (&self->done, number);
  self->any_done = TRUE;
  g_mutex_unlock (&self->lock);
}

/**
 * wherry_ledger_add_failed:
 * @self: a ledger
 * @key: the key of an entry that is not there
 */
void
wherry_ledger_add_failed (WherryLedger *self, const char *key)
{
  g_mutex_lock (&self->lock);
  wherry_number_set_add (&self->failed, wherry_number_set_hash_name (key));
  add_up (&self->leads, key);
  self->any_failed = TRUE;
  g_mutex_unlock (&self->lock);
}

/**
 * wherry_ledger_is_done:
 * @self: a ledger
 * @key: a file's key
 * @size: its size in bytes
 * @mtime: its modification time at the source in seconds; 0: not known
 *
 * Returns: whether this very state of the file is in its place already
 */
gboolean
wherry_ledger_is_done (WherryLedger *self, const char *key, guint64 size, gint64 mtime)
{
  g_mutex_lock (&self->lock);
  gboolean done
      = self->any_done
        && wherry_number_set_contains (&self->done, wherry_ledger_get_number (key, size, mtime));
  g_mutex_unlock (&self->lock);
  return done;
}

/**
 * wherry_ledger_is_wanted:
 * @self: a ledger
 * @key: an entry's key
 * @is_folder: whether it is a folder
 *
 * Returns: whether this run is for this entry, or leads to one it is for
 */
gboolean
wherry_ledger_is_wanted (WherryLedger *self, const char *key, gboolean is_folder)
{
  g_mutex_lock (&self->lock);
  gboolean wanted
      = !self->only || find_up (&self->wanted, key)
        || (is_folder
            && wherry_number_set_contains (&self->leads, wherry_number_set_hash_name (key)));
  g_mutex_unlock (&self->lock);
  return wanted;
}
