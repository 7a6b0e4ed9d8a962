#include "config.h"

#include "remote/wherry-sftp-remote.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-error.h"
#include "remote/wherry-sftp-remote-private.h"
#include "remote/wherry-shell-remote.h"

/* For how long, and how often, a server that refuses a channel is asked again. */
#define RETRY_TIME (3 * G_USEC_PER_SEC)
#define RETRY_EVERY (G_USEC_PER_SEC / 10)

struct _WherrySftpRemote {
  WherryRemote parent_instance;

  WherrySession *session; /* owned */

  GMutex lock;
  GCond changed;
  WherrySftpClient *spare; /* (nullable): the next operation's */
  guint n_busy;

  GMutex shell_lock;
  gboolean shell_sought;
  WherryRemote *shell; /* (nullable) */
};

G_DEFINE_FINAL_TYPE (WherrySftpRemote, wherry_sftp_remote, WHERRY_TYPE_REMOTE)

static void
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  WherrySftpRemote *self = user_data;

  g_mutex_lock (&self->lock);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

/* Waits until another operation is done with its client, or for a moment if there is none. */
static WherrySftpClient *
wait_for_spare (WherrySftpRemote *self, GCancellable *cancellable)
{
  gint64 deadline = g_get_monotonic_time () + RETRY_EVERY;
  WherrySftpClient *client;
  gulong handler = 0;

  if (cancellable != NULL)
    handler = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), self, NULL);
  g_mutex_lock (&self->lock);
  while (self->spare == NULL && !g_cancellable_is_cancelled (cancellable))
    {
      if (self->n_busy > 0)
        g_cond_wait (&self->changed, &self->lock);
      else if (!g_cond_wait_until (&self->changed, &self->lock, deadline))
        break;
    }
  client = g_steal_pointer (&self->spare);
  self->n_busy += client != NULL;
  g_mutex_unlock (&self->lock);
  if (cancellable != NULL)
    g_cancellable_disconnect (cancellable, handler);
  return client;
}

static WherrySftpClient *
take_spare (WherrySftpRemote *self)
{
  WherrySftpClient *client;

  g_mutex_lock (&self->lock);
  client = g_steal_pointer (&self->spare);
  self->n_busy += client != NULL;
  g_mutex_unlock (&self->lock);
  return client;
}

static void
drop_client (WherrySftpRemote *self, WherrySftpClient *client)
{
  wherry_sftp_client_free (client);
  g_mutex_lock (&self->lock);
  self->n_busy--;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

/* A server that allows no more channels than there are is asked again: another operation ends, or
 * the server has yet to see that one was given up. */
static WherrySftpClient *
take_client (WherrySftpRemote *self, GCancellable *cancellable, GError **error)
{
  gint64 deadline = g_get_monotonic_time () + RETRY_TIME;
  WherrySftpClient *client = take_spare (self);

  for (;;)
    {
      g_autoptr (GError) local_error = NULL;

      if (client != NULL)
        {
          if (wherry_sftp_client_is_idle (client))
            return client;
          drop_client (self, client);
        }
      client = wherry_sftp_client_new (self->session, cancellable, &local_error);
      if (client != NULL)
        {
          g_mutex_lock (&self->lock);
          self->n_busy++;
          g_mutex_unlock (&self->lock);
          return client;
        }
      if (!g_error_matches (local_error, WHERRY_ERROR, WHERRY_ERROR_REMOTE)
          || !wherry_session_is_connected (self->session) || g_get_monotonic_time () >= deadline)
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return NULL;
        }
      client = wait_for_spare (self, cancellable);
      if (client == NULL && g_cancellable_set_error_if_cancelled (cancellable, error))
        return NULL;
      /* Time spent behind others does not count. */
      if (client != NULL)
        deadline = g_get_monotonic_time () + RETRY_TIME;
    }
}

static void
give_client (WherrySftpRemote *self, WherrySftpClient *client)
{
  gboolean idle = wherry_sftp_client_is_idle (client);

  g_mutex_lock (&self->lock);
  self->n_busy--;
  if (idle && self->spare == NULL)
    self->spare = g_steal_pointer (&client);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  wherry_sftp_client_free (client);
}

gboolean
wherry_sftp_remote_begin (WherryRemote *remote,
                          WherrySftpJob *job,
                          WherryDoing doing,
                          GCancellable *cancellable,
                          GError **error)
{
  *job = (WherrySftpJob){ .doing = doing, .cancellable = cancellable };
  job->client = take_client (WHERRY_SFTP_REMOTE (remote), cancellable, error);
  return job->client != NULL;
}

void
wherry_sftp_remote_end (WherryRemote *remote, WherrySftpJob *job)
{
  give_client (WHERRY_SFTP_REMOTE (remote), job->client);
  g_clear_error (&job->first_error);
}

/* Many a server's SFTP sees a part of what its shell sees, or the same under other names. */
static gboolean
sees_the_same (WherryRemote *remote, WherryRemote *shell, GCancellable *cancellable)
{
  g_autofree char *ours = wherry_remote_resolve (remote, ".", cancellable, NULL);
  g_autofree char *theirs = wherry_remote_resolve (shell, ".", cancellable, NULL);

  if (g_strcmp0 (ours, theirs) != 0 || ours == NULL)
    return FALSE;

  g_autoptr (WherryRemoteEntry) one = wherry_remote_stat (remote, ours, TRUE, cancellable, NULL);
  g_autoptr (WherryRemoteEntry) other = wherry_remote_stat (shell, ours, TRUE, cancellable, NULL);
  return one != NULL && other != NULL && one->mode == other->mode && one->uid == other->uid
         && ABS (one->mtime - other->mtime) <= 60;
}

WherryRemote *
wherry_sftp_remote_get_shell (WherryRemote *remote, GCancellable *cancellable)
{
  WherrySftpRemote *self = WHERRY_SFTP_REMOTE (remote);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->shell_lock);

  if (!self->shell_sought)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (WherryRemote) shell = wherry_shell_remote_new (self->session, cancellable, &error);

      if (shell != NULL && sees_the_same (remote, shell, cancellable))
        self->shell = g_steal_pointer (&shell);
      self->shell_sought = !g_cancellable_is_cancelled (cancellable);
    }
  return self->shell;
}

static GPtrArray *
list (WherryRemote *remote, const char *path, GCancellable *cancellable, GError **error)
{
  WherrySftpJob job;
  GPtrArray *entries;

  if (!wherry_sftp_remote_begin (remote, &job, WHERRY_DOING_LIST, cancellable, error))
    return NULL;
  entries = wherry_sftp_job_list (&job, path, error);
  if (entries != NULL && !wherry_sftp_job_read_links (&job, path, entries, error))
    g_clear_pointer (&entries, g_ptr_array_unref);
  wherry_sftp_remote_end (remote, &job);
  return entries;
}

static void
read_link (WherrySftpJob *job, const char *path, WherryRemoteEntry *entry)
{
  guint32 id = wherry_sftp_client_send_path (job->client, WHERRY_SFTP_READLINK, path);
  WherrySftpAttrs attrs;

  entry->link_target = wherry_sftp_job_name (job, id, path, NULL);
  if (wherry_sftp_client_is_sound (job->client)
      && wherry_sftp_job_look (job, WHERRY_SFTP_STAT, path, &attrs, NULL))
    entry->target_type = wherry_remote_file_type_from_mode (attrs.mode);
}

static WherryRemoteEntry *
look (WherryRemote *remote,
      const char *path,
      gboolean follow,
      GCancellable *cancellable,
      GError **error)
{
  WherryRemoteEntry *entry = NULL;
  WherrySftpAttrs attrs;
  WherrySftpJob job;

  if (!wherry_sftp_remote_begin (remote, &job, WHERRY_DOING_STAT, cancellable, error))
    return NULL;
  if (wherry_sftp_job_look (&job, follow ? WHERRY_SFTP_STAT : WHERRY_SFTP_LSTAT, path, &attrs,
                            error))
    {
      const char *slash = strrchr (path, '/');
      const char *name = slash != NULL && slash[1] != '\0' ? slash + 1 : path;

      entry = wherry_remote_entry_new (name, strlen (name));
      wherry_sftp_fill_entry (entry, &attrs);
      if (entry->file_type == G_FILE_TYPE_SYMBOLIC_LINK)
        read_link (&job, path, entry);
    }
  wherry_sftp_remote_end (remote, &job);
  return entry;
}

static char *
resolve (WherryRemote *remote, const char *path, GCancellable *cancellable, GError **error)
{
  WherrySftpAttrs attrs;
  WherrySftpJob job;
  char *resolved = NULL;

  if (!wherry_sftp_remote_begin (remote, &job, WHERRY_DOING_RESOLVE, cancellable, error))
    return NULL;
  /* Some servers resolve what is not there. */
  if (wherry_sftp_job_look (&job, WHERRY_SFTP_STAT, path, &attrs, error))
    resolved = wherry_sftp_job_name (
        &job, wherry_sftp_client_send_path (job.client, WHERRY_SFTP_REALPATH, path), path, error);
  wherry_sftp_remote_end (remote, &job);
  return resolved;
}

static gboolean
add_sizes (WherrySftpJob *self,
           const char *folder,
           guint depth,
           GPtrArray *entries,
           gpointer user_data,
           GError **error)
{
  WherryRemoteSize *size = user_data;

  size->unreadable += entries == NULL;
  for (guint i = 0; entries != NULL && i < entries->len; i++)
    {
      WherryRemoteEntry *entry = g_ptr_array_index (entries, i);

      if (entry->file_type == G_FILE_TYPE_DIRECTORY)
        size->folders++;
      else
        size->files++;
      if (entry->file_type == G_FILE_TYPE_REGULAR && entry->size > 0)
        size->bytes += (guint64) entry->size;
    }
  return TRUE;
}

static gboolean
measure (WherryRemote *remote,
         const char *path,
         WherryRemoteSize *size,
         GCancellable *cancellable,
         GError **error)
{
  WherrySftpAttrs attrs;
  WherrySftpJob job;
  gboolean well;

  memset (size, 0, sizeof *size);
  if (!wherry_sftp_remote_begin (remote, &job, WHERRY_DOING_SIZE, cancellable, error))
    return FALSE;
  well = wherry_sftp_job_look (&job, WHERRY_SFTP_LSTAT, path, &attrs, error);
  if (well && wherry_remote_file_type_from_mode (attrs.mode) == G_FILE_TYPE_DIRECTORY)
    well = wherry_sftp_job_walk (&job, path, add_sizes, size, error);
  else if (well)
    {
      size->files = 1;
      if (wherry_remote_file_type_from_mode (attrs.mode) == G_FILE_TYPE_REGULAR)
        size->bytes = attrs.size;
    }
  wherry_sftp_remote_end (remote, &job);
  return well;
}

/* OpenSSH's PROTOCOL, section 4.4. */
static gboolean
ask_space (WherrySftpJob *job, const char *path, WherryRemoteSpace *space, GError **error)
{
  g_auto (WherrySftpReply) reply = { 0 };
  GByteArray *output = wherry_sftp_client_begin (job->client, WHERRY_SFTP_EXTENDED, NULL);
  guint64 numbers[5];

  wherry_sftp_put_string (output, "statvfs@openssh.com");
  wherry_sftp_put_string (output, path);
  if (!wherry_sftp_client_receive (job->client, wherry_sftp_client_send (job->client), &reply,
                                   job->cancellable, error))
    return FALSE;
  for (guint i = 0; i < 5; i++)
    numbers[i] = wherry_sftp_get_u64 (&reply.reader);
  if (reply.type != WHERRY_SFTP_EXTENDED_REPLY || reply.reader.bad)
    {
      wherry_remote_set_error_status (error, job->doing, path,
                                      wherry_sftp_reply_get_status (&reply, NULL), NULL);
      return FALSE;
    }
  /* Block size, fragment size, blocks in fragments, free ones, those for this account. */
  space->total = numbers[2] * numbers[1];
  space->available = numbers[4] * numbers[1];
  return TRUE;
}

static gboolean
tell_space (WherryRemote *remote,
            const char *path,
            WherryRemoteSpace *space,
            GCancellable *cancellable,
            GError **error)
{
  WherryRemote *shell;
  WherrySftpJob job;
  gboolean offered, well = FALSE;

  if (!wherry_sftp_remote_begin (remote, &job, WHERRY_DOING_SPACE, cancellable, error))
    return FALSE;
  offered = wherry_sftp_client_has_extension (job.client, "statvfs@openssh.com");
  if (offered)
    well = ask_space (&job, path, space, error);
  wherry_sftp_remote_end (remote, &job);
  if (offered)
    return well;
  shell = wherry_sftp_remote_get_shell (remote, cancellable);
  if (shell != NULL)
    return wherry_remote_space (shell, path, space, cancellable, error);
  wherry_remote_set_error (error, WHERRY_DOING_SPACE, path, G_IO_ERROR_NOT_SUPPORTED);
  return FALSE;
}

static gboolean
update_checksum (WherrySftpJob *self,
                 const guint8 *data,
                 gsize length,
                 gpointer user_data,
                 GError **error)
{
  g_checksum_update (user_data, data, (gssize) length);
  return TRUE;
}

static char *
compute_checksum (WherryRemote *remote, const char *path, GCancellable *cancellable, GError **error)
{
  WherryRemote *shell = wherry_sftp_remote_get_shell (remote, cancellable);
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GChecksum) checksum = NULL;
  WherrySftpJob job;
  gboolean well;

  if (shell != NULL)
    {
      char *digits = wherry_remote_checksum (shell, path, cancellable, &local_error);

      if (digits != NULL || !g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED))
        {
          if (digits == NULL)
            g_propagate_error (error, g_steal_pointer (&local_error));
          return digits;
        }
    }
  if (!wherry_sftp_remote_begin (remote, &job, WHERRY_DOING_CHECKSUM, cancellable, error))
    return NULL;
  checksum = g_checksum_new (G_CHECKSUM_SHA256);
  well = wherry_sftp_job_read_file (&job, path, update_checksum, checksum, error);
  wherry_sftp_remote_end (remote, &job);
  return well ? g_strdup (g_checksum_get_string (checksum)) : NULL;
}

typedef struct {
  GByteArray *bytes;
  gsize max_size;
  const char *path;
} Content;

static gboolean
append_content (WherrySftpJob *self,
                const guint8 *data,
                gsize length,
                gpointer user_data,
                GError **error)
{
  Content *content = user_data;

  if (length > content->max_size - content->bytes->len)
    {
      wherry_remote_set_error (error, self->doing, content->path, G_IO_ERROR_MESSAGE_TOO_LARGE);
      return FALSE;
    }
  g_byte_array_append (content->bytes, data, (guint) length);
  return TRUE;
}

static GBytes *
read_content (WherryRemote *remote,
              const char *path,
              gsize max_size,
              GCancellable *cancellable,
              GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  Content content = { bytes, max_size, path };
  WherrySftpJob job;
  gboolean well;

  if (!wherry_sftp_remote_begin (remote, &job, WHERRY_DOING_READ, cancellable, error))
    return NULL;
  well = wherry_sftp_job_read_file (&job, path, append_content, &content, error);
  wherry_sftp_remote_end (remote, &job);
  return well ? g_byte_array_free_to_bytes (g_steal_pointer (&bytes)) : NULL;
}

typedef struct {
  const char *root;
  const char *text;
  guint max_results;
  GPtrArray *found;
} Search;

static gboolean
search_visit (WherrySftpJob *self,
              const char *folder,
              guint depth,
              GPtrArray *entries,
              gpointer user_data,
              GError **error)
{
  Search *search = user_data;
  const char *below = folder + strlen (search->root);

  while (*below == '/')
    below++;
  for (guint i = 0; entries != NULL && i < entries->len; i++)
    {
      WherryRemoteEntry *entry = g_ptr_array_index (entries, i);
      WherryRemoteEntry *match;

      if (!wherry_remote_name_contains (entry->name, search->text))
        continue;
      match = g_object_ref (entry);
      /* The walk still needs a folder's own name. */
      if (*below != '\0')
        {
          g_autofree char *path = wherry_remote_join (below, entry->name);

          g_object_unref (match);
          match = wherry_remote_entry_dup_as (entry, path);
        }
      g_ptr_array_add (search->found, match);
      if (search->found->len >= search->max_results)
        {
          g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "enough");
          return FALSE;
        }
    }
  return TRUE;
}

static GPtrArray *
search (WherryRemote *remote,
        const char *path,
        const char *text,
        guint max_results,
        GCancellable *cancellable,
        GError **error)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_object_unref);
  Search state = { path, text, max_results, found };
  g_autoptr (GError) local_error = NULL;
  WherrySftpAttrs attrs;
  WherrySftpJob job;
  gboolean well;

  if (!wherry_sftp_remote_begin (remote, &job, WHERRY_DOING_SEARCH, cancellable, error))
    return NULL;
  well = wherry_sftp_job_look (&job, WHERRY_SFTP_STAT, path, &attrs, &local_error)
         && wherry_sftp_job_walk (&job, path, search_visit, &state, &local_error);
  wherry_sftp_remote_end (remote, &job);
  if (well || found->len >= max_results)
    return g_steal_pointer (&found);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return NULL;
}

static gboolean
identify (WherryRemote *remote,
          WherryRemoteIdentity *identity,
          GCancellable *cancellable,
          GError **error)
{
  WherryRemote *shell = wherry_sftp_remote_get_shell (remote, cancellable);

  if (shell != NULL)
    return WHERRY_REMOTE_GET_CLASS (shell)->identify (shell, identity, cancellable, error);

  /* Mostly one's own. */
  g_autoptr (WherryRemoteEntry) home = look (remote, ".", TRUE, cancellable, error);
  if (home == NULL)
    return FALSE;
  identity->known = home->has_ids;
  identity->uid = home->uid;
  return TRUE;
}

static WherrySession *
get_session (WherryRemote *remote)
{
  return WHERRY_SFTP_REMOTE (remote)->session;
}

static char *
dup_description (WherryRemote *remote)
{
  return g_strdup (_ ("SFTP, version 3"));
}

static void
wherry_sftp_remote_finalize (GObject *object)
{
  WherrySftpRemote *self = WHERRY_SFTP_REMOTE (object);

  g_clear_pointer (&self->spare, wherry_sftp_client_free);
  g_clear_object (&self->shell);
  g_clear_object (&self->session);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->shell_lock);

  G_OBJECT_CLASS (wherry_sftp_remote_parent_class)->finalize (object);
}

static void
wherry_sftp_remote_class_init (WherrySftpRemoteClass *klass)
{
  WherryRemoteClass *remote_class = WHERRY_REMOTE_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = wherry_sftp_remote_finalize;
  remote_class->back_end = WHERRY_REMOTE_SFTP;
  remote_class->dup_description = dup_description;
  remote_class->get_session = get_session;
  remote_class->identify = identify;
  remote_class->list = list;
  remote_class->stat = look;
  remote_class->resolve = resolve;
  remote_class->mkdir = wherry_sftp_remote_mkdir;
  remote_class->rename = wherry_sftp_remote_rename;
  remote_class->remove = wherry_sftp_remote_remove;
  remote_class->chmod = wherry_sftp_remote_chmod;
  remote_class->chown = wherry_sftp_remote_chown;
  remote_class->symlink = wherry_sftp_remote_symlink;
  remote_class->copy = wherry_sftp_remote_copy;
  remote_class->folder_size = measure;
  remote_class->space = tell_space;
  remote_class->checksum = compute_checksum;
  remote_class->read = read_content;
  remote_class->write = wherry_sftp_remote_write;
  remote_class->search = search;
}

static void
wherry_sftp_remote_init (WherrySftpRemote *self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  g_mutex_init (&self->shell_lock);
}

/**
 * wherry_sftp_remote_new:
 * @session: a connected session
 * @client: (transfer full): a client of it
 *
 * Returns: (transfer full): its file system
 */
WherryRemote *
wherry_sftp_remote_new (WherrySession *session, WherrySftpClient *client)
{
  WherrySftpRemote *self = g_object_new (WHERRY_TYPE_SFTP_REMOTE, NULL);

  self->session = g_object_ref (session);
  self->spare = client;
  return WHERRY_REMOTE (self);
}
