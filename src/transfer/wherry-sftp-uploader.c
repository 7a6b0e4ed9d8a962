#include <string.h>

#include "transfer/wherry-sftp-uploader-private.h"

/* Files on their way at once. */
#define FILES_MAX 1024

/* Content that waits for a file to be opened, in bytes; of all files. */
#define BUFFER_MAX (16 * 1024 * 1024)

/* Bytes of WRITEs that may be unanswered before it is known how long answers take. */
#define FIRST_WINDOW (1024 * 1024)

/* A large file goes over several channels where an answer takes so long, in microseconds: a server
 * takes 2 MiB a round trip on each. From the second time on over the most. */
#define LONG_WAY 30000
#define LANES_MIN 3
#define LANES_MAX 6

/* How long a server is waited for, to have temporary files removed. */
#define CLEAN_UP_TIME (G_USEC_PER_SEC / 2)

/* Room that was not used is given back. */
static void
unreserve (WherrySftpUploader *self)
{
  WherrySftpFileItem *file = self->current;

  if (!self->reserved)
    return;
  self->reserved = FALSE;
  if (file != NULL && file->buffer != NULL)
    {
      self->buffered -= file->buffer->len - self->room_start;
      g_byte_array_set_size (file->buffer, (guint) self->room_start);
    }
  else
    wherry_sftp_client_drop (self->pipe->client);
}

static void
free_uploader (WherryUploader *uploader)
{
  WherrySftpUploader *self = (WherrySftpUploader *) uploader;

  if (self->pipe != NULL && wherry_sftp_client_is_sound (self->pipe->client))
    {
      GHashTableIter iter;
      gpointer file;

      unreserve (self);
      g_queue_clear (&self->to_open);
      g_hash_table_iter_init (&iter, self->files);
      while (g_hash_table_iter_next (&iter, &file, NULL))
        wherry_sftp_file_item_clean_up (file);
      wherry_sftp_pipe_settle (self->pipe, g_get_monotonic_time () + CLEAN_UP_TIME);
    }
  g_queue_clear (&self->to_open);
  g_hash_table_unref (self->files);
  g_hash_table_unref (self->folders);
  g_ptr_array_unref (self->levels);
  wherry_landing_clear (&self->landing);
  wherry_sftp_pipe_free (self->pipe);
  wherry_job_unref (self->job);
  g_object_unref (self->session);
  g_free (self->base);
  g_free (self);
}

static gboolean
is_crowded (WherrySftpUploader *self)
{
  return g_hash_table_size (self->files) >= FILES_MAX || self->buffered >= BUFFER_MAX
         || wherry_sftp_client_is_full (self->pipe->client);
}

/* Whether the innermost open folder, or one it is in, could not be made. */
static gboolean
is_lost (WherrySftpUploader *self)
{
  const WherrySftpFolderItem *folder
      = self->levels->len > 0 ? self->levels->pdata[self->levels->len - 1] : NULL;

  return folder != NULL && folder->state == WHERRY_SFTP_FOLDER_FAILED;
}

static gboolean
make_room (WherrySftpUploader *self, GError **error)
{
  if (!wherry_sftp_pipe_step (self->pipe, FALSE, error))
    return FALSE;
  while (is_crowded (self))
    if (!wherry_sftp_pipe_step (self->pipe, TRUE, error))
      return FALSE;
  return TRUE;
}

static WherryUploaderVerdict
begin_directory (WherryUploader *uploader,
                 const char *name,
                 const char *source_path,
                 guint32 mode,
                 const WherryScpTimes *times,
                 GError **error)
{
  WherrySftpUploader *self = (WherrySftpUploader *) uploader;

  if (!make_room (self, error))
    return WHERRY_UPLOADER_ERROR;
  if (is_lost (self))
    return WHERRY_UPLOADER_REFUSED;
  wherry_sftp_uploader_make_folder (self, name, source_path, mode, times);
  return WHERRY_UPLOADER_GO;
}

static gboolean
end_directory (WherryUploader *uploader, GError **error)
{
  WherrySftpUploader *self = (WherrySftpUploader *) uploader;

  g_return_val_if_fail (self->levels->len > 0, FALSE);

  wherry_sftp_folder_item_release (g_ptr_array_steal_index (self->levels, self->levels->len - 1));
  return TRUE;
}

static WherryUploaderVerdict
begin_file (WherryUploader *uploader,
            const char *name,
            const char *source_path,
            guint32 mode,
            guint64 size,
            const WherryScpTimes *times,
            const guint8 *head,
            gsize head_length,
            GError **error)
{
  WherrySftpUploader *self = (WherrySftpUploader *) uploader;

  if (!make_room (self, error))
    return WHERRY_UPLOADER_ERROR;
  if (is_lost (self))
    return WHERRY_UPLOADER_REFUSED;

  g_auto (WherryResumePoint) point = { 0 };
  g_autofree char *path = wherry_sftp_uploader_make_path (self, name);
  if (!wherry_resume_find_there (self->job, self->session, source_path, path, size, times->mtime,
                                 &point, error))
    return WHERRY_UPLOADER_ERROR;
  self->current
      = wherry_sftp_uploader_add_file (self, name, source_path, mode, size, times, &point);
  return WHERRY_UPLOADER_GO;
}

static guint64
get_offset (WherryUploader *uploader)
{
  const WherrySftpUploader *self = (WherrySftpUploader *) uploader;

  return self->current != NULL ? self->current->offset : 0;
}

static guint8 *
reserve_in_buffer (WherrySftpUploader *self, WherrySftpFileItem *file)
{
  if (file->buffer == NULL)
    file->buffer = g_byte_array_new ();
  self->room_start = file->buffer->len;
  g_byte_array_set_size (file->buffer, (guint) (self->room_start + self->room));
  self->buffered += self->room;
  return file->buffer->data + self->room_start;
}

/* Content goes right where the WRITE's is. */
static guint8 *
reserve_in_packet (WherrySftpUploader *self, WherrySftpFileItem *file)
{
  GByteArray *output = wherry_sftp_client_begin (self->pipe->client, WHERRY_SFTP_WRITE, NULL);

  wherry_sftp_put_bytes (output, g_bytes_get_data (file->handle, NULL),
                         g_bytes_get_size (file->handle));
  wherry_sftp_put_u64 (output, file->sent);
  wherry_sftp_put_u32 (output, 0);
  self->room_start = output->len;
  g_byte_array_set_size (output, (guint) (output->len + self->room));
  return output->data + self->room_start;
}

/* Whether what is left of a file is worth more than one channel, should the way be long. */
static gboolean
is_large (const WherrySftpFileItem *file)
{
  return !file->lanes_tried && file->size - file->taken >= WHERRY_SFTP_LANES_SIZE_MIN;
}

/* The file is open and nothing of it is under way, so that no more is out of order than lanes do.
 */
static gboolean
make_lanes (WherrySftpUploader *self, WherrySftpFileItem *file, GError **error)
{
  guint n = self->round_trip < LONG_WAY ? LANES_MIN : LANES_MAX;

  file->lanes_tried = TRUE;
  if (self->round_trip < WHERRY_SFTP_LANES_WAY_MIN)
    return TRUE;
  while (self->current == file && self->unanswered > 0)
    if (!wherry_sftp_pipe_step (self->pipe, TRUE, error))
      return FALSE;
  if (self->current != file)
    return TRUE;
  file->lanes = wherry_sftp_lanes_new (self->session, self->job, file->temporary, file->taken,
                                       file->size, n);
  if (!wherry_sftp_lanes_await_open (file->lanes))
    g_clear_pointer (&file->lanes, wherry_sftp_lanes_free);
  return wherry_job_check (self->job, error);
}

/* What goes wrong with the file alone is told to the job. */
static guint8 *
reserve_in_lane (WherrySftpUploader *self, WherrySftpFileItem *file, gsize *size, GError **error)
{
  g_autoptr (GError) file_error = NULL;
  guint8 *buffer = wherry_sftp_lanes_reserve (file->lanes, size, &file_error, error);

  if (buffer != NULL)
    *size = wherry_job_get_portion (self->job, *size);
  else if (file_error != NULL)
    {
      self->current = NULL;
      wherry_sftp_file_item_fail_writing (file, g_steal_pointer (&file_error));
    }
  return buffer;
}

static guint8 *
reserve (WherryUploader *uploader, gsize *size, GError **error)
{
  WherrySftpUploader *self = (WherrySftpUploader *) uploader;

  unreserve (self);
  for (;;)
    {
      WherrySftpFileItem *file = self->current;

      if (file == NULL)
        return NULL;
      if (is_large (file))
        {
          /* How long the way is shows when it is open. */
          if (file->handle == NULL ? !wherry_sftp_pipe_step (self->pipe, TRUE, error)
                                   : !make_lanes (self, file, error))
            return NULL;
          continue;
        }
      if (file->lanes != NULL)
        return reserve_in_lane (self, file, size, error);
      self->room = (gsize) MIN (file->size - file->taken, self->pipe->write_length);
      self->room = wherry_job_get_portion (self->job, self->room);
      if (file->handle != NULL
              ? self->unanswered < self->window && !wherry_sftp_client_is_full (self->pipe->client)
              : self->buffered < BUFFER_MAX)
        {
          self->reserved = TRUE;
          *size = self->room;
          return file->handle != NULL ? reserve_in_packet (self, file)
                                      : reserve_in_buffer (self, file);
        }
      if (!wherry_sftp_pipe_step (self->pipe, TRUE, error))
        return NULL;
    }
}

static gboolean
commit (WherryUploader *uploader, gsize length, GError **error)
{
  WherrySftpUploader *self = (WherrySftpUploader *) uploader;
  WherrySftpFileItem *file = self->current;

  if (file->lanes != NULL)
    {
      file->taken += length;
      wherry_sftp_lanes_commit (file->lanes, length);
      return wherry_job_add_bytes (self->job, wherry_sftp_client_get_channel (self->pipe->client),
                                   length, error);
    }
  g_return_val_if_fail (self->reserved && length <= self->room, FALSE);

  self->reserved = FALSE;
  file->taken += length;
  if (file->buffer != NULL)
    {
      g_byte_array_set_size (file->buffer, (guint) (self->room_start + length));
      self->buffered -= self->room - length;
    }
  else
    {
      GByteArray *output = wherry_sftp_client_get_output (self->pipe->client);
      guint32 wire = GUINT32_TO_BE ((guint32) length);

      memcpy (output->data + self->room_start - sizeof wire, &wire, sizeof wire);
      g_byte_array_set_size (output, (guint) (self->room_start + length));
      wherry_sftp_file_item_written (file, length);
    }
  return wherry_job_add_bytes (self->job, wherry_sftp_client_get_channel (self->pipe->client),
                               length, error);
}

static gboolean
end_lanes (WherrySftpFileItem *file, GError **error)
{
  g_autoptr (GError) file_error = NULL;
  g_autoptr (GError) fatal = NULL;
  gboolean well = wherry_sftp_lanes_finish (file->lanes, &file_error, &fatal);

  g_clear_pointer (&file->lanes, wherry_sftp_lanes_free);
  if (well)
    wherry_sftp_file_item_complete (file);
  else if (fatal == NULL)
    wherry_sftp_file_item_fail_writing (file, g_steal_pointer (&file_error));
  else
    g_propagate_error (error, g_steal_pointer (&fatal));
  return well || fatal == NULL;
}

static gboolean
end_file (WherryUploader *uploader, const GError *failure, GError **error)
{
  WherrySftpUploader *self = (WherrySftpUploader *) uploader;
  WherrySftpFileItem *file = self->current;

  unreserve (self);
  if (file == NULL)
    return TRUE;
  self->current = NULL;
  if (failure != NULL)
    wherry_sftp_file_item_fail (file, g_error_copy (failure));
  else if (file->lanes != NULL)
    return end_lanes (file, error);
  else
    wherry_sftp_file_item_complete (file);
  return TRUE;
}

static gboolean
finish (WherryUploader *uploader, GError **error)
{
  WherrySftpUploader *self = (WherrySftpUploader *) uploader;

  while (g_hash_table_size (self->files) > 0 || g_hash_table_size (self->folders) > 0)
    if (!wherry_sftp_pipe_step (self->pipe, TRUE, error))
      return FALSE;
  return TRUE;
}

static char *
dup_path (WherryUploader *uploader)
{
  const WherrySftpUploader *self = (WherrySftpUploader *) uploader;

  return self->current != NULL ? g_strdup (self->current->path) : NULL;
}

/* No file's fate hangs on another's. */
static GHashTable *
settle (WherryUploader *uploader, GError **error)
{
  return finish (uploader, error) ? g_hash_table_new (g_str_hash, g_str_equal) : NULL;
}

static const WherryUploaderClass klass = {
  .free = free_uploader,
  .begin_directory = begin_directory,
  .end_directory = end_directory,
  .begin_file = begin_file,
  .get_offset = get_offset,
  .reserve = reserve,
  .commit = commit,
  .end_file = end_file,
  .dup_path = dup_path,
  .settle = settle,
  .finish = finish,
};

/**
 * wherry_sftp_uploader_new:
 * @session: a connected session
 * @job: the job whose target this goes to; a reference is kept
 * @source_name: (nullable): the name the top-level entry has at its source; %NULL
 *   for a folder without one: its entries go into the target
 * @tree: whether that entry is a folder
 * @error: nothing can be put there, the connection broke, or it was cancelled
 *
 * Starts SFTP and finds out where the upload lands.
 *
 * Returns: (transfer full) (nullable): an uploader
 */
WherryUploader *
wherry_sftp_uploader_new (WherrySession *session,
                          WherryJob *job,
                          const char *source_name,
                          gboolean tree,
                          GError **error)
{
  WherrySftpUploader *self = g_new0 (WherrySftpUploader, 1);
  g_autoptr (WherryUploader) uploader = &self->parent;

  uploader->klass = &klass;
  self->job = wherry_job_ref (job);
  self->session = g_object_ref (session);
  self->levels = g_ptr_array_new ();
  self->folders = g_hash_table_new_full (NULL, NULL, wherry_sftp_folder_item_free, NULL);
  self->files = g_hash_table_new_full (NULL, NULL, wherry_sftp_file_item_free, NULL);
  self->window = FIRST_WINDOW;
  self->pipe = wherry_sftp_pipe_new (session, job, self, error);
  if (self->pipe == NULL || !wherry_sftp_uploader_land (self, source_name, tree, error))
    return NULL;
  self->can_replace
      = wherry_sftp_client_has_extension (self->pipe->client, "posix-rename@openssh.com");
  return g_steal_pointer (&uploader);
}
