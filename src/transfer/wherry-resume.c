/*
 * Going on with a file that is half there. Nothing is appended to what is not
 * known to be the file's beginning: by its checksum on both ends, or, where the
 * server has no shell to compute one, by the source's size and time and the last
 * bytes that are there. What fails this is done anew, and the transfer says so.
 */
#include "config.h"

#include "transfer/wherry-resume.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/wherry-text.h"
#include "remote/wherry-remote-part.h"
#include "remote/wherry-remote.h"
#include "transfer/wherry-fault.h"
#include "transfer/wherry-landing.h"
#include "transfer/wherry-sftp-lanes.h"

/* With less than this there, going on is no gain, and starting again no loss. Bytes. */
#define WORTH_MIN (256 * 1024)

/* Bytes of an upload over one channel that a server may have written out of order; see WINDOW_MAX
 * of the uploader. */
#define UNORDERED_MAX (8 * 1024 * 1024)

#define HASH_STEP (1024 * 1024)

/* What comparing came to. */
typedef enum {
  SAME,
  OTHER,
  UNKNOWN, /* it could not be told */
  FAILED,  /* the connection broke, or it was cancelled */
} Comparison;

/**
 * wherry_resume_point_clear:
 * @self: a point
 */
void
wherry_resume_point_clear (WherryResumePoint *self)
{
  g_clear_pointer (&self->path, g_free);
  g_clear_pointer (&self->copy_path, g_free);
  self->offset = 0;
}

/**
 * wherry_resume_is_kept:
 * @job: a job
 * @size: the size in bytes of one of its files
 *
 * Returns: whether that file is left half there when the job is interrupted
 */
gboolean
wherry_resume_is_kept (WherryJob *job, guint64 size)
{
  return job->keeps_partials && size >= WHERRY_PARTIAL_MIN
         && wherry_endpoint_is_remote (job->source) != wherry_endpoint_is_remote (job->target);
}

/**
 * wherry_resume_survives:
 * @job: a job
 * @error: (nullable): why one of its files is not there
 *
 * Returns: whether what is half there of the file stays all the same: the disk is
 *   full, and the job goes on once there is room
 */
gboolean
wherry_resume_survives (WherryJob *job, const GError *error)
{
  return job->keeps_partials && job->stops_when_full && wherry_fault_is_disk_full (error);
}

/**
 * wherry_resume_hash:
 * @job: a job
 * @checksum: what to update
 * @fd: a file
 * @length: bytes of its beginning
 * @error: it can't be read or is shorter, or the job was cancelled
 *
 * Reads the beginning of a file into a checksum.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_resume_hash (WherryJob *job, GChecksum *checksum, int fd, guint64 length, GError **error)
{
  g_autofree guint8 *buffer = g_malloc (HASH_STEP);

  for (guint64 at = 0; at < length;)
    {
      gssize n;

      if (!wherry_job_check (job, error))
        return FALSE;
      n = pread (fd, buffer, (gsize) MIN (length - at, HASH_STEP), (off_t) at);
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        {
          int saved_errno = n == 0 ? EIO : errno;
          g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno),
                       _ ("It can’t be read: %s"), g_strerror (saved_errno));
          return FALSE;
        }
      g_checksum_update (checksum, buffer, n);
      at += (guint64) n;
    }
  return TRUE;
}

static gboolean
ends_alike (int fd, const WherryRemotePart *part)
{
  gsize length;
  const guint8 *end = g_bytes_get_data (part->end, &length);
  g_autofree guint8 *here = g_malloc (MAX (length, 1));

  return length == 0
         || (pread (fd, here, length, (off_t) (part->length - length)) == (gssize) length
             && memcmp (here, end, length) == 0);
}

/* Whether the first @length bytes of @fd are those of @path on the server. There, @length becomes
 * as much of it as that is known of; the file there may have @most bytes. */
static Comparison
compare (WherryJob *job,
         WherrySession *session,
         const char *path,
         int fd,
         guint64 *length,
         guint64 most,
         guint64 margin,
         gboolean by_end,
         GError **error)
{
  g_auto (WherryRemotePart) part = { 0 };
  g_autoptr (GError) local_error = NULL;

  guint64 end_margin = *length == G_MAXUINT64 ? MAX (margin, UNORDERED_MAX) : 0;
  if (!wherry_remote_part_look (session, path, *length, margin, by_end, end_margin, &part,
                                job->cancellable, &local_error))
    {
      if (!wherry_session_is_connected (session) || !wherry_job_check (job, NULL))
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FAILED;
        }
      return g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) ? OTHER : UNKNOWN;
    }
  if ((*length != G_MAXUINT64 && part.size < *length) || part.size > most)
    return OTHER;
  *length = part.length;

  if (part.digest == NULL)
    return ends_alike (fd, &part) ? SAME : OTHER;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  if (!wherry_resume_hash (job, checksum, fd, part.length, &local_error))
    {
      if (wherry_job_check (job, error))
        return OTHER;
      return FAILED;
    }
  return g_str_equal (part.digest, g_checksum_get_string (checksum)) ? SAME : OTHER;
}

/* Why a file is not gone on with. */
typedef enum {
  ANEW_CHANGED,
  ANEW_OTHER,
  ANEW_UNKNOWN,
  ANEW_GONE,
  ANEW_WHOLE,
} Anew;

static void
tell_anew (WherryJob *job, const char *path, Anew why)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *shown = wherry_text_display_name (name);
  g_autofree char *notice = NULL;

  switch (why)
    {
    case ANEW_CHANGED:
      notice = g_strdup_printf (
          _ ("“%s” changed since it was interrupted, so it is copied again from its beginning"),
          shown);
      break;
    case ANEW_OTHER:
      notice = g_strdup_printf (_ ("What was there of “%s” is not how the file begins, so it is "
                                   "copied again from its beginning"),
                                shown);
      break;
    case ANEW_UNKNOWN:
      notice = g_strdup_printf (_ ("The server can’t tell whether what was there of “%s” is right, "
                                   "so it is copied again from its beginning"),
                                shown);
      break;
    case ANEW_WHOLE:
      notice = g_strdup_printf (_ ("In a folder this server can only send whole files, so “%s” is "
                                   "copied again from its beginning"),
                                shown);
      break;
    case ANEW_GONE:
    default:
      notice = g_strdup_printf (
          _ ("What was there of “%s” is gone, so it is copied again from its beginning"), shown);
      break;
    }
  wherry_job_set_notice (job, notice);
}

static Anew
get_reason (Comparison comparison)
{
  return comparison == UNKNOWN ? ANEW_UNKNOWN : ANEW_OTHER;
}

static int
open_regular (const char *path, struct stat *st)
{
  int fd = open (path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

  if (fd >= 0 && (fstat (fd, st) < 0 || !S_ISREG (st->st_mode)))
    {
      close (fd);
      fd = -1;
    }
  return fd;
}

static gboolean
is_unchanged (const WherryPartial *partial, guint64 size, gint64 mtime)
{
  return partial->size == size && (partial->mtime == 0 || mtime == 0 || partial->mtime == mtime);
}

/* The temporary file of a run before. */
static gboolean
try_partial_here (WherryJob *job,
                  WherrySession *session,
                  const WherryPartial *partial,
                  const char *source_path,
                  guint64 size,
                  gint64 mtime,
                  WherryResumePoint *point,
                  GError **error)
{
  struct stat st;
  int fd = open_regular (partial->path, &st);
  Comparison comparison = OTHER;
  gboolean by_end = job->source_protocol == WHERRY_PROTOCOL_SFTP && partial->mtime != 0
                    && partial->mtime == mtime;

  if (fd < 0)
    {
      wherry_partials_remove (job->partials, partial->key);
      tell_anew (job, source_path, ANEW_GONE);
      return TRUE;
    }
  guint64 length = (guint64) st.st_size;
  gboolean worth = length >= WORTH_MIN && st.st_uid == geteuid ();
  gboolean changed = !is_unchanged (partial, size, mtime);
  if (worth && !changed && length <= size)
    comparison = compare (job, session, source_path, fd, &length, size, 0, by_end, error);
  close (fd);

  if (comparison == FAILED)
    return FALSE;
  if (comparison == SAME)
    {
      point->offset = length;
      point->path = g_strdup (partial->path);
      point->device = st.st_dev;
      point->inode = st.st_ino;
      return TRUE;
    }
  (void) unlink (partial->path);
  wherry_partials_remove (job->partials, partial->key);
  if (worth)
    tell_anew (job, source_path, changed ? ANEW_CHANGED : get_reason (comparison));
  return TRUE;
}

/* The file that has its name. */
static gboolean
try_target_here (WherryJob *job,
                 WherrySession *session,
                 const char *key,
                 const char *source_path,
                 WherryResumePoint *point,
                 GError **error)
{
  g_autofree char *target = wherry_target_view_dup_path (job->view, key);
  struct stat st;
  int fd = open_regular (target, &st);

  if (fd < 0)
    return TRUE;
  guint64 length = (guint64) st.st_size;
  Comparison comparison
      = compare (job, session, source_path, fd, &length, G_MAXUINT64, 0, FALSE, error);
  close (fd);

  if (comparison == FAILED)
    return FALSE;
  if (comparison == SAME)
    {
      point->offset = length;
      point->copy_path = g_steal_pointer (&target);
      point->device = st.st_dev;
      point->inode = st.st_ino;
    }
  else
    tell_anew (job, source_path, get_reason (comparison));
  return TRUE;
}

/**
 * wherry_resume_find_here:
 * @job: a job whose target is here
 * @session: a connected session to the source's server
 * @key: a file's key
 * @source_path: its path there, as bytes
 * @size: its size in bytes
 * @mtime: its modification time in seconds; 0: not known
 * @point: (out caller-allocates): where to go on; clear it with
 *   wherry_resume_point_clear()
 * @error: the connection broke, or it was cancelled
 *
 * Finds out whether some of the file is here already, and makes sure of that. What
 * is of no use is removed. Waits for the server, if there is anything to compare.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_resume_find_here (WherryJob *job,
                         WherrySession *session,
                         const char *key,
                         const char *source_path,
                         guint64 size,
                         gint64 mtime,
                         WherryResumePoint *point,
                         GError **error)
{
  g_autofree char *path
      = *key != '\0' ? wherry_remote_join (job->source->path, key) : g_strdup (job->source->path);
  g_autoptr (WherryPartial) partial = wherry_partials_dup (job->partials, key);
  gboolean continues;

  *point = (WherryResumePoint){ 0 };
  if (wherry_endpoint_is_remote (job->target))
    return TRUE;
  if (partial != NULL)
    return try_partial_here (job, session, partial, source_path, size, mtime, point, error);
  if (!wherry_job_continues_target (job, path, size, mtime, FALSE, &continues, error))
    return FALSE;
  return !continues || try_target_here (job, session, key, source_path, point, error);
}

/**
 * wherry_resume_give_up_here:
 * @job: a job whose target is here
 * @key: the key of a file that can only be had as a whole
 * @source_path: its path at the source, as bytes
 *
 * Removes what is half there of it, and has the transfer say so.
 */
void
wherry_resume_give_up_here (WherryJob *job, const char *key, const char *source_path)
{
  g_autoptr (WherryPartial) partial = wherry_partials_dup (job->partials, key);
  struct stat st;

  if (partial == NULL || wherry_endpoint_is_remote (job->target))
    return;
  gboolean worth = lstat (partial->path, &st) == 0 && (guint64) st.st_size >= WORTH_MIN;
  (void) unlink (partial->path);
  wherry_partials_remove (job->partials, key);
  if (worth)
    tell_anew (job, source_path, *key != '\0' ? ANEW_WHOLE : ANEW_UNKNOWN);
}

/**
 * wherry_resume_tell_relayed:
 * @job: a job from server to server, which begins
 *
 * Has the transfer say that the file within which the run before ended goes anew:
 * nothing of it is kept.
 */
void
wherry_resume_tell_relayed (WherryJob *job)
{
  if (job->cut)
    wherry_job_set_notice (job, _ ("Between two servers a file that was interrupted is copied "
                                   "again from its beginning"));
}

static gboolean
try_partial_there (WherryJob *job,
                   WherrySession *session,
                   const WherryPartial *partial,
                   const char *source_path,
                   guint64 size,
                   gint64 mtime,
                   WherryResumePoint *point,
                   GError **error)
{
  gboolean changed = !is_unchanged (partial, size, mtime);
  gboolean by_sftp = job->target_protocol == WHERRY_PROTOCOL_SFTP;
  gboolean by_end = by_sftp && partial->mtime == mtime;
  guint64 margin = by_sftp && size >= WHERRY_SFTP_LANES_SIZE_MIN ? WHERRY_SFTP_LANES_UNORDERED : 0;
  Comparison comparison = OTHER;
  guint64 length = G_MAXUINT64;
  int fd = open (source_path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

  if (fd >= 0 && !changed)
    comparison = compare (job, session, partial->path, fd, &length, size, margin, by_end, error);
  if (fd >= 0)
    close (fd);

  if (comparison == FAILED)
    return FALSE;
  gboolean worth = length >= WORTH_MIN;
  if (comparison == SAME && worth)
    {
      point->offset = length;
      point->path = g_strdup (partial->path);
      return TRUE;
    }
  wherry_remote_part_remove (session, partial->path, job->cancellable);
  if (!wherry_session_is_connected (session) || !wherry_job_check (job, error))
    return wherry_job_check (job, error);
  wherry_partials_remove (job->partials, partial->key);
  if (worth)
    tell_anew (job, source_path, changed ? ANEW_CHANGED : get_reason (comparison));
  return TRUE;
}

/* The beginning is copied where it is, so that the file stays as it is until all is there. */
static gboolean
try_target_there (WherryJob *job,
                  WherrySession *session,
                  const char *source_path,
                  const char *target_path,
                  guint64 size,
                  gint64 mtime,
                  WherryResumePoint *point,
                  GError **error)
{
  g_autoptr (WherryRemote) remote = wherry_remote_open (session, job->cancellable, NULL);
  g_autofree char *folder = wherry_remote_dup_parent (target_path);
  g_autofree char *name = wherry_landing_new_temporary_name ();
  g_autofree char *path = wherry_remote_join (folder, name);
  const char *key = wherry_job_get_key (job, source_path);
  int fd = open (source_path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  Comparison comparison = UNKNOWN;
  guint64 length = G_MAXUINT64;

  if (fd >= 0 && remote != NULL)
    {
      if (wherry_resume_is_kept (job, size))
        wherry_partials_add (job->partials, key, path, size, mtime);
      if (wherry_remote_copy (remote, target_path, path, job->cancellable, NULL))
        comparison = compare (job, session, path, fd, &length, size, 0, FALSE, error);
    }
  if (fd >= 0)
    close (fd);

  if (comparison == FAILED)
    return FALSE;
  if (comparison == SAME)
    {
      point->offset = length;
      point->path = g_steal_pointer (&path);
      return TRUE;
    }
  wherry_remote_part_remove (session, path, job->cancellable);
  if (!wherry_session_is_connected (session) || !wherry_job_check (job, error))
    return wherry_job_check (job, error);
  wherry_partials_remove (job->partials, key);
  tell_anew (job, source_path, get_reason (comparison));
  return TRUE;
}

/**
 * wherry_resume_find_there:
 * @job: a job whose source is here
 * @session: a connected session to the target's server
 * @source_path: a file's path here, as bytes
 * @target_path: its path there
 * @size: its size in bytes
 * @mtime: its modification time in seconds
 * @point: (out caller-allocates): where to go on; clear it with
 *   wherry_resume_point_clear()
 * @error: it was cancelled
 *
 * Finds out whether some of the file is on the server already, and makes sure of
 * that. What is of no use is removed. Waits for the server, if there is anything
 * to compare. To be called after wherry_job_decide() for that file.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_resume_find_there (WherryJob *job,
                          WherrySession *session,
                          const char *source_path,
                          const char *target_path,
                          guint64 size,
                          gint64 mtime,
                          WherryResumePoint *point,
                          GError **error)
{
  const char *key = wherry_job_get_key (job, source_path);
  g_autoptr (WherryPartial) partial = wherry_partials_dup (job->partials, key);
  gboolean continues;

  *point = (WherryResumePoint){ 0 };
  if (wherry_endpoint_is_remote (job->source))
    return TRUE;
  if (partial != NULL)
    return try_partial_there (job, session, partial, source_path, size, mtime, point, error);
  if (!wherry_job_continues_target (job, source_path, size, mtime, TRUE, &continues, error))
    return FALSE;
  return !continues
         || try_target_there (job, session, source_path, target_path, size, mtime, point, error);
}

/**
 * wherry_resume_discard_all:
 * @job: a job that does not run
 * @session: (nullable): a connected session to the target's server, if it is one
 * @cancellable: (nullable): ends it, since the job's own may have been used up
 *
 * Removes what is half there.
 */
void
wherry_resume_discard_all (WherryJob *job, WherrySession *session, GCancellable *cancellable)
{
  g_autoptr (GPtrArray) all = wherry_partials_dup_all (job->partials);

  for (guint i = 0; i < all->len; i++)
    {
      const WherryPartial *partial = all->pdata[i];

      if (!wherry_endpoint_is_remote (job->target))
        (void) unlink (partial->path);
      else if (session != NULL && wherry_session_is_connected (session)
               && !g_cancellable_is_cancelled (cancellable))
        wherry_remote_part_remove (session, partial->path, cancellable);
      else
        continue;
      if (session == NULL
          || (wherry_session_is_connected (session) && !g_cancellable_is_cancelled (cancellable)))
        wherry_partials_remove (job->partials, partial->key);
    }
}
