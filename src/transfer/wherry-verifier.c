#include "config.h"

#include "transfer/wherry-verifier.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-error.h"
#include "remote/wherry-remote.h"
#include "transfer/wherry-fault.h"

/* Checksums that are computed on a server at once: a round trip each is not to add up. */
#define AT_ONCE 4

/* A server that is asked for checksums. */
typedef struct {
  WherrySession *session; /* (nullable): that end is here */
  GMutex lock;
  WherryRemote *remote; /* (nullable): once it was needed */
} End;

/* A file that was copied. */
typedef struct {
  char *key;
  char *source_path; /* (nullable): on the source's server */
  char *target_path; /* (nullable): on the target's server */
  char *digest;      /* of what went over */
  guint64 size;
  gint64 mtime;
} Item;

struct _WherryVerifier {
  WherryJob *job;
  End source;
  End target;
  GThreadPool *pool;

  GMutex lock;
  GHashTable *copied; /* key -> Item: not in place yet */
  GPtrArray *wrong;   /* element-type Item: not what was sent */
};

static void
item_free (gpointer data)
{
  Item *item = data;

  g_free (item->key);
  g_free (item->source_path);
  g_free (item->target_path);
  g_free (item->digest);
  g_free (item);
}

static void
end_init (End *self, WherrySession *session)
{
  g_mutex_init (&self->lock);
  if (session != NULL)
    self->session = g_object_ref (session);
}

static void
end_clear (End *self)
{
  g_clear_object (&self->remote);
  g_clear_object (&self->session);
  g_mutex_clear (&self->lock);
}

static WherryRemote *
get_remote (End *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->remote == NULL)
    self->remote = wherry_remote_open (self->session, cancellable, error);
  return self->remote;
}

/* Whether the file there has the checksum of what went over; FALSE without @error if not. */
static gboolean
is_same (WherryVerifier *self, End *end, const char *path, const char *digest, GError **error)
{
  WherryRemote *remote;
  g_autofree char *found = NULL;

  if (end->session == NULL)
    return TRUE;
  if (path == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                           _ ("The server does not tell where it put the file"));
      return FALSE;
    }
  remote = get_remote (end, self->job->cancellable, error);
  if (remote == NULL)
    return FALSE;
  found = wherry_remote_checksum (remote, path, self->job->cancellable, error);
  return found != NULL && g_str_equal (found, digest);
}

static void
fail (WherryVerifier *self, const Item *item, const GError *error)
{
  const char *path = item->source_path != NULL ? item->source_path : item->target_path;

  wherry_job_fail_entry (self->job, item->key, path, error);
}

static void
verify (gpointer data, gpointer user_data)
{
  Item *item = data;
  WherryVerifier *self = user_data;
  g_autoptr (GError) error = NULL;

  if (g_cancellable_is_cancelled (self->job->cancellable))
    {
      /* What is not verified is not done. */
      item_free (item);
      return;
    }
  if (is_same (self, &self->source, item->source_path, item->digest, &error)
      && is_same (self, &self->target, item->target_path, item->digest, &error))
    {
      wherry_job_entry_verified (self->job, item->key, item->size, item->mtime);
      item_free (item);
      return;
    }
  if (error == NULL)
    {
      g_mutex_lock (&self->lock);
      g_ptr_array_add (self->wrong, item);
      g_mutex_unlock (&self->lock);
      return;
    }
  if (!g_cancellable_is_cancelled (self->job->cancellable))
    {
      /* What another try may mend stays what it is. */
      gboolean transient = wherry_fault_is_transient (error);
      /* Translators: %s is a whole sentence with the reason. */
      g_autoptr (GError) told
          = g_error_new (transient ? error->domain : WHERRY_ERROR,
                         transient ? error->code : WHERRY_ERROR_UNVERIFIED,
                         _ ("It was copied, but can’t be verified: %s"), error->message);
      fail (self, item, told);
    }
  item_free (item);
}

/**
 * wherry_verifier_new:
 * @job: the job that is about to run
 * @source: (nullable): a session to the source's server
 * @target: (nullable): a session to the target's server
 *
 * Returns: (transfer full): a verifier
 */
WherryVerifier *
wherry_verifier_new (WherryJob *job, WherrySession *source, WherrySession *target)
{
  WherryVerifier *self = g_new0 (WherryVerifier, 1);

  self->job = wherry_job_ref (job);
  end_init (&self->source, source);
  end_init (&self->target, target);
  g_mutex_init (&self->lock);
  self->copied = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, item_free);
  self->wrong = g_ptr_array_new_with_free_func (item_free);
  self->pool = g_thread_pool_new (verify, self, AT_ONCE, FALSE, NULL);
  return self;
}

/**
 * wherry_verifier_free:
 * @self: (transfer full) (nullable): a verifier
 */
void
wherry_verifier_free (WherryVerifier *self)
{
  if (self == NULL)
    return;
  if (self->pool != NULL)
    g_thread_pool_free (self->pool, FALSE, TRUE);
  end_clear (&self->source);
  end_clear (&self->target);
  g_hash_table_unref (self->copied);
  g_ptr_array_unref (self->wrong);
  g_mutex_clear (&self->lock);
  wherry_job_unref (self->job);
  g_free (self);
}

/**
 * wherry_verifier_add:
 * @self: a verifier
 * @key: the key of a file whose content has gone over
 * @source_path: (nullable): its path on the source's server
 * @target_path: (nullable): its path on the target's server
 * @digest: the SHA-256 of what went over, as hexadecimal digits
 *
 * Keeps it in mind until the file is in place.
 */
void
wherry_verifier_add (WherryVerifier *self,
                     const char *key,
                     const char *source_path,
                     const char *target_path,
                     const char *digest)
{
  Item *item = g_new0 (Item, 1);

  item->key = g_strdup (key);
  item->source_path = g_strdup (source_path);
  item->target_path = g_strdup (target_path);
  item->digest = g_strdup (digest);
  g_mutex_lock (&self->lock);
  g_hash_table_replace (self->copied, item->key, item);
  g_mutex_unlock (&self->lock);
}

/**
 * wherry_verifier_take:
 * @self: a verifier
 * @key: the key of a file that is in place
 * @size: its size in bytes
 * @mtime: its modification time at the source in seconds; 0: not known
 *
 * Has it verified. It is told to the job as done, or failed, when that is over.
 *
 * Returns: whether the verifier knows it
 */
gboolean
wherry_verifier_take (WherryVerifier *self, const char *key, guint64 size, gint64 mtime)
{
  Item *item = NULL;

  g_mutex_lock (&self->lock);
  g_hash_table_steal_extended (self->copied, key, NULL, (gpointer *) &item);
  g_mutex_unlock (&self->lock);
  if (item == NULL)
    return FALSE;
  item->size = size;
  item->mtime = mtime;
  g_thread_pool_push (self->pool, item, NULL);
  return TRUE;
}

/**
 * wherry_verifier_finish:
 * @self: a verifier
 * @last: whether files that are not what was sent are failures; else they are
 *   only entered in the ledger, to be sent again
 *
 * Waits until all that is in place is verified.
 *
 * Returns: how many files are not what was sent
 */
guint
wherry_verifier_finish (WherryVerifier *self, gboolean last)
{
  g_thread_pool_free (g_steal_pointer (&self->pool), FALSE, TRUE);
  for (guint i = 0; i < self->wrong->len; i++)
    {
      const Item *item = self->wrong->pdata[i];
      g_autoptr (GError) error
          = g_error_new_literal (WHERRY_ERROR, WHERRY_ERROR_MISMATCH,
                                 _ ("The copy is not the same as the original, although it was "
                                    "sent twice: their SHA-256 checksums differ. Check the "
                                    "memory and the disks of both machines"));
      if (last)
        fail (self, item, error);
      else
        wherry_ledger_add_failed (self->job->ledger, item->key);
    }
  return self->wrong->len;
}
