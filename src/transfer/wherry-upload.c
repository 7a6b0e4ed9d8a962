#include "config.h"

#include "transfer/wherry-upload.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "local/wherry-walker.h"
#include "transfer/wherry-counter.h"
#include "transfer/wherry-resume.h"
#include "transfer/wherry-uploader.h"
#include "transfer/wherry-verifier.h"

/* A file's beginning is read before the file is announced, since that decides how it may
 * be sent. Small files are all beginning. Bytes. */
#define HEAD_SIZE (64 * 1024)

typedef struct {
  WherryJob *job;
  WherrySession *session;
  WherryUploader *uploader; /* (nullable): made at the first entry */
  GHashTable *new_names;    /* path -> name, owned: of files that go by another one */
  GChecksum *checksum;      /* (nullable): of the file at work, if it is to be verified */
  GHashTable *again;        /* (nullable): only these paths, and the folders that lead to them */
  guint8 head[HEAD_SIZE];
} Upload;

static void
set_changed (GError **error)
{
  g_set_error_literal (error, WHERRY_ERROR, WHERRY_ERROR_CHANGED,
                       _ ("The file changed while it was read, so it was not sent as a whole. "
                          "Send it again when nothing writes to it"));
}

/* Reads until @size bytes came or the file ends; returns -1 with errno set on error. */
static gssize
read_fully (int fd, guint8 *buffer, gsize size)
{
  gsize n = 0;
  while (n < size)
    {
      gssize got = read (fd, buffer + n, size - n);
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        return -1;
      if (got == 0)
        break;
      n += (gsize) got;
    }
  return (gssize) n;
}

static void
set_read_error (GError **error, int saved_errno)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno), _ ("It can’t be read: %s"),
               g_strerror (saved_errno));
}

/* Sends what follows the head. Returns FALSE if the transfer is over; what is wrong with the file
 * alone goes to
 * @failure. */
static gboolean
send_rest (Upload *self, int fd, guint64 left, GError **failure, GError **error)
{
  while (left > 0)
    {
      g_autoptr (GError) local_error = NULL;
      gsize room;
      guint8 *buffer = wherry_uploader_reserve (self->uploader, &room, &local_error);

      if (buffer == NULL)
        {
          if (local_error == NULL)
            return TRUE;
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }

      gssize got = read (fd, buffer, room);
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        {
          set_read_error (failure, errno);
          return TRUE;
        }
      if (got == 0)
        {
          set_changed (failure);
          return TRUE;
        }
      if (self->checksum != NULL)
        g_checksum_update (self->checksum, buffer, got);
      if (!wherry_uploader_commit (self->uploader, (gsize) got, error))
        return FALSE;
      left -= (guint64) got;
    }
  return TRUE;
}

static gboolean
is_same (const struct stat *before, int fd)
{
  struct stat now;
  return fstat (fd, &now) == 0 && now.st_size == before->st_size
         && now.st_mtim.tv_sec == before->st_mtim.tv_sec
         && now.st_mtim.tv_nsec == before->st_mtim.tv_nsec;
}

static WherryScpTimes
times_of (const struct stat *st)
{
  return (WherryScpTimes){ .mtime = st->st_mtim.tv_sec, .atime = st->st_atim.tv_sec };
}

static guint32
mode_of (Upload *self, const struct stat *st)
{
  guint32 kept = (self->job->flags & WHERRY_TRANSFER_PRESERVE) ? 07777 : 0777;
  return st->st_mode & kept;
}

/* What the server has of it from before. */
static gboolean
pass_known (Upload *self, int fd, guint64 offset, GError **error)
{
  wherry_job_add_known_bytes (self->job, offset);
  if (self->checksum != NULL && !wherry_resume_hash (self->job, self->checksum, fd, offset, error))
    return FALSE;
  if (lseek (fd, (off_t) offset, SEEK_SET) >= 0)
    return TRUE;
  set_read_error (error, errno);
  return FALSE;
}

static gboolean
send_open_file (Upload *self,
                const WherryWalkerEntry *entry,
                int fd,
                const struct stat *st,
                GError **error)
{
  guint64 size = (guint64) st->st_size;
  gsize head_size = (gsize) MIN (size, HEAD_SIZE);
  gssize got = read_fully (fd, self->head, head_size);
  g_autoptr (GError) failure = NULL;

  if (got < 0)
    set_read_error (&failure, errno);
  else if ((gsize) got < head_size)
    set_changed (&failure);
  if (failure != NULL)
    {
      wherry_job_fail (self->job, entry->path, failure);
      return TRUE;
    }

  WherryScpTimes times = times_of (st);
  switch (wherry_uploader_begin_file (self->uploader, entry->name, entry->path, mode_of (self, st),
                                      size, &times, self->head, head_size, error))
    {
    case WHERRY_UPLOADER_REFUSED:
      return TRUE;
    case WHERRY_UPLOADER_ERROR:
      return FALSE;
    case WHERRY_UPLOADER_GO:
      break;
    }

  guint64 offset = wherry_uploader_get_offset (self->uploader);
  if (self->checksum != NULL)
    g_checksum_reset (self->checksum);
  if (offset > 0)
    {
      if (!pass_known (self, fd, offset, error)
          || !send_rest (self, fd, size - offset, &failure, error))
        return FALSE;
    }
  else
    {
      if (self->checksum != NULL)
        g_checksum_update (self->checksum, self->head, (gssize) head_size);
      if (!wherry_uploader_send (self->uploader, self->head, head_size, error)
          || !send_rest (self, fd, size - head_size, &failure, error))
        return FALSE;
    }
  if (failure == NULL && !is_same (st, fd))
    set_changed (&failure);
  if (failure == NULL && self->checksum != NULL)
    {
      g_autofree char *path = wherry_uploader_dup_path (self->uploader);
      wherry_verifier_add (self->job->verifier, wherry_job_get_key (self->job, entry->path), NULL,
                           path, g_checksum_get_string (self->checksum));
    }
  return wherry_uploader_end_file (self->uploader, failure, error);
}

static gboolean
send_file (Upload *self, WherryWalker *walker, const WherryWalkerEntry *entry, GError **error)
{
  g_autoptr (GError) open_error = NULL;
  struct stat st;
  int fd = wherry_walker_open (walker, &st, &open_error);

  if (fd < 0)
    {
      wherry_job_fail (self->job, entry->path, open_error);
      return TRUE;
    }
  gboolean ok = send_open_file (self, entry, fd, &st, error);
  close (fd);
  return ok;
}

static gboolean
send_directory (Upload *self, WherryWalker *walker, const WherryWalkerEntry *entry, GError **error)
{
  WherryScpTimes times = times_of (&entry->stat);

  switch (wherry_uploader_begin_directory (self->uploader, entry->name, entry->path,
                                           mode_of (self, &entry->stat), &times, error))
    {
    case WHERRY_UPLOADER_ERROR:
      return FALSE;
    case WHERRY_UPLOADER_REFUSED:
      wherry_walker_skip_directory (walker);
      return TRUE;
    case WHERRY_UPLOADER_GO:
    default:
      return TRUE;
    }
}

/* The name the top entry goes by, if the path the person gave ends in one. */
static gboolean
start (Upload *self, gboolean tree, const char *new_name, GError **error)
{
  g_autofree char *name
      = new_name != NULL ? g_strdup (new_name) : wherry_endpoint_dup_name (self->job->source);

  /* What is there now is what this job began. */
  if (tree && self->job->lands_as_target)
    g_clear_pointer (&name, g_free);
  if (tree && !(self->job->flags & WHERRY_TRANSFER_RECURSIVE))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY,
                   _ ("It is a folder; ask for it to be copied with all in it (-r)"));
      return FALSE;
    }
  self->uploader = wherry_uploader_new (self->session, self->job, name, tree, TRUE, error);
  return self->uploader != NULL;
}

/* Whether it is to be sent in this walk. */
static gboolean
is_wanted (Upload *self, WherryWalkerEntryType type, const WherryWalkerEntry *entry)
{
  const char *key;

  if (type == WHERRY_WALKER_DONE || type == WHERRY_WALKER_DIRECTORY_END)
    return TRUE;
  if (self->again != NULL)
    return type != WHERRY_WALKER_SKIPPED && g_hash_table_contains (self->again, entry->path);

  key = wherry_job_get_key (self->job, entry->path);
  if (type == WHERRY_WALKER_FILE)
    return TRUE; /* decided on below, where that may fail */
  return wherry_job_wants_folder (self->job, key);
}

static gboolean
decide (Upload *self,
        const WherryWalkerEntry *entry,
        gboolean *wanted,
        char **new_name,
        GError **error)
{
  if (self->again != NULL)
    {
      /* It was decided on the first time. */
      *new_name = g_strdup (g_hash_table_lookup (self->new_names, entry->path));
      return TRUE;
    }
  WherryJobVerdict verdict
      = wherry_job_decide (self->job, entry->path, entry->name, (guint64) entry->stat.st_size,
                           entry->stat.st_mtim.tv_sec, new_name, error);
  *wanted = verdict == WHERRY_JOB_COPY;
  if (*new_name != NULL)
    g_hash_table_insert (self->new_names, g_strdup (entry->path), g_strdup (*new_name));
  return verdict != WHERRY_JOB_ERROR;
}

/* What a rule leaves out is no failure. */
static void
tell_skipped (Upload *self, const WherryWalkerEntry *entry)
{
  if (self->job->links == WHERRY_WALKER_LINKS_SKIP && S_ISLNK (entry->stat.st_mode))
    {
      wherry_job_skip (self->job, 0);
      wherry_job_note (self->job, wherry_job_get_key (self->job, entry->path), 0,
                       WHERRY_FILE_LEFT_OUT);
    }
  else
    wherry_job_fail (self->job, entry->path, entry->error);
}

static gboolean
walk (Upload *self, GError **error)
{
  g_autoptr (WherryWalker) walker
      = wherry_walker_new (self->job->source->path, self->job->links, error);
  WherryWalkerEntry entry;
  WherryWalkerEntryType type;

  if (walker == NULL)
    return FALSE;

  while ((type = wherry_walker_next (walker, &entry)) != WHERRY_WALKER_DONE)
    {
      gboolean wanted = is_wanted (self, type, &entry);
      g_autofree char *new_name = NULL;

      if (!wherry_job_check (self->job, error))
        return FALSE;
      if (type == WHERRY_WALKER_FILE && wanted && !decide (self, &entry, &wanted, &new_name, error))
        return FALSE;
      if (new_name != NULL)
        entry.name = new_name;
      /* A single file that is not sent needs no server. */
      if (self->uploader == NULL && type == WHERRY_WALKER_FILE && !wanted)
        continue;
      if (self->uploader == NULL && type != WHERRY_WALKER_SKIPPED
          && !start (self, type == WHERRY_WALKER_DIRECTORY, new_name, error))
        return FALSE;

      switch (type)
        {
        case WHERRY_WALKER_FILE:
          if (!wanted)
            break;
          wherry_job_begin_entry (self->job, entry.path);
          if (!send_file (self, walker, &entry, error))
            return FALSE;
          break;

        case WHERRY_WALKER_DIRECTORY:
          if (!wanted)
            wherry_walker_skip_directory (walker);
          else if (!send_directory (self, walker, &entry, error))
            return FALSE;
          break;

        case WHERRY_WALKER_DIRECTORY_END:
          if (!wherry_uploader_end_directory (self->uploader, error))
            return FALSE;
          break;

        case WHERRY_WALKER_SKIPPED:
          if (wanted)
            tell_skipped (self, &entry);
          break;

        case WHERRY_WALKER_DONE:
          break;
        }
    }
  return TRUE;
}

/* To the files that have to be sent again, the folders that lead to them. */
static void
add_parents (GHashTable *paths)
{
  g_autoptr (GList) files = g_hash_table_get_keys (paths);

  for (GList *l = files; l != NULL; l = l->next)
    {
      char *parent = g_path_get_dirname (l->data);
      while (g_hash_table_add (paths, parent) && strchr (parent, '/') != NULL
             && !g_str_equal (parent, "/"))
        parent = g_path_get_dirname (parent);
    }
}

static gboolean
send_all (Upload *self, GError **error)
{
  if (!walk (self, error))
    return FALSE;
  if (self->uploader == NULL)
    return TRUE; /* nothing that could be sent; the job was told why */

  for (;;)
    {
      g_autoptr (GHashTable) unsettled = wherry_uploader_settle (self->uploader, error);
      if (unsettled == NULL)
        return FALSE;
      if (g_hash_table_size (unsettled) == 0)
        return wherry_uploader_finish (self->uploader, error);

      add_parents (unsettled);
      g_hash_table_add (unsettled, g_strdup (self->job->source->path));
      self->again = unsettled;
      gboolean ok = walk (self, error);
      self->again = NULL;
      if (!ok)
        return FALSE;
    }
}

/**
 * wherry_upload_run:
 * @job: what to upload where, and where to tell how it goes
 * @session: a connected session to the target's server
 * @error: why it ended; failures of single files go to the job
 *
 * Uploads a file or a tree. Blocks its thread until all is over.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_upload_run (WherryJob *job, WherrySession *session, GError **error)
{
  Upload *self = g_new0 (Upload, 1);
  WherryCounter *counter = wherry_counter_start (job);

  self->job = job;
  self->session = session;
  self->new_names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (job->verifier != NULL)
    self->checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gboolean ok = send_all (self, error);

  wherry_counter_stop (counter);
  wherry_uploader_free (self->uploader);
  g_hash_table_unref (self->new_names);
  g_clear_pointer (&self->checksum, g_checksum_free);
  g_free (self);
  return ok;
}
