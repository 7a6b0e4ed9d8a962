/*
 * The files of an upload by SFTP. Each goes through its requests on its own:
 * what is there already, a temporary file, its content, its mode and times, its
 * end, its name.
 */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <sys/stat.h>

#include "remote/wherry-remote.h"
#include "transfer/wherry-sftp-uploader-private.h"

/* The unanswered WRITEs make up for about this time beyond the wire's own, in microseconds: more
 * would only be in the way when it is cancelled. */
#define QUEUE_TIME (G_USEC_PER_SEC / 4)

/* Bounds of what is unanswered, in bytes. OpenSSH takes 2 MiB ahead. */
#define WINDOW_MIN (256 * 1024)
#define WINDOW_MAX (8 * 1024 * 1024)

/* With less than this, a server that gives no reason for a failed write is full. Bytes. */
#define SPACE_MIN (256 * 1024)

/* One WRITE under way. */
typedef struct {
  WherrySftpFileItem *file;
  gint64 since;
  gsize length;
} Write;

static void file_open (WherrySftpFileItem *self);

static void
write_free (gpointer data)
{
  g_slice_free (Write, data);
}

/**
 * wherry_sftp_file_item_free:
 * @data: (transfer full): a file
 */
void
wherry_sftp_file_item_free (gpointer data)
{
  WherrySftpFileItem *self = data;

  g_clear_pointer (&self->lanes, wherry_sftp_lanes_free);
  g_clear_pointer (&self->buffer, g_byte_array_unref);
  g_clear_pointer (&self->handle, g_bytes_unref);
  g_clear_error (&self->failure);
  /* A connection that broke answers no more. */
  g_queue_clear_full (&self->writes, write_free);
  g_free (self->source_path);
  g_free (self->path);
  g_free (self->temporary);
  g_free (self->aside);
  g_free (self);
}

static void
expect (WherrySftpFileItem *self, guint32 id, WherrySftpAnswer answer)
{
  self->n_open++;
  wherry_sftp_pipe_expect (self->uploader->pipe, id, answer, self);
}

static void
drop_buffer (WherrySftpFileItem *self)
{
  if (self->buffer != NULL)
    self->uploader->buffered -= self->buffer->len;
  g_clear_pointer (&self->buffer, g_byte_array_unref);
}

static void
handle_closed (WherrySftpUploader *self)
{
  WherrySftpFileItem *next = g_queue_pop_head (&self->to_open);

  self->n_handles--;
  if (next != NULL)
    file_open (next);
}

static void
close_handle (WherrySftpFileItem *self)
{
  if (self->handle == NULL)
    return;
  wherry_sftp_pipe_close (self->uploader->pipe, self->handle);
  g_clear_pointer (&self->handle, g_bytes_unref);
  handle_closed (self->uploader);
}

/* It is settled, and gone once nothing more is answered to it. */
static void
settle (WherrySftpFileItem *self)
{
  WherrySftpUploader *uploader = self->uploader;
  WherrySftpFolderItem *folder = self->folder;

  if (!self->over)
    {
      self->over = TRUE;
      self->folder = NULL;
      drop_buffer (self);
      if (uploader->current == self)
        uploader->current = NULL;
      g_queue_remove (&uploader->to_open, self);
      close_handle (self);
      if (folder != NULL)
        {
          g_queue_remove (&folder->waiting, self);
          wherry_sftp_folder_item_release (folder);
        }
    }
  if (self->n_open == 0)
    g_hash_table_remove (uploader->files, self);
}

/* Whether an answer still matters. */
static gboolean
take_answer (WherrySftpFileItem *self)
{
  self->n_open--;
  if (!self->over)
    return TRUE;
  settle (self);
  return FALSE;
}

/* The file itself may well be open to writing. */
static void
explain_denial (WherrySftpFileItem *self, GError *error)
{
  g_autofree char *words = NULL;

  if (!self->replaces || !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    return;
  words = g_steal_pointer (&error->message);
  /* Translators: %s is a whole sentence with the server's words. */
  error->message = g_strdup_printf (_ ("%s. The folder has to let this account make files, also "
                                       "where one is replaced: the new one is made beside it"),
                                    words);
}

/**
 * wherry_sftp_file_item_fail:
 * @self: a file that is not settled
 * @error: (transfer full): why it is not there
 *
 * Tells the job, and leaves nothing of it on the server, unless that is to be gone
 * on with.
 */
void
wherry_sftp_file_item_fail (WherrySftpFileItem *self, GError *error)
{
  explain_denial (self, error);
  wherry_job_fail (self->uploader->job, self->source_path, error);
  if (self->kept && wherry_resume_survives (self->uploader->job, error))
    self->created = self->kept = FALSE;
  g_error_free (error);
  wherry_sftp_file_item_drop (self);
}

/* It is not half there any more. */
static void
forget (WherrySftpFileItem *self)
{
  WherryJob *job = self->uploader->job;

  if (self->kept)
    wherry_partials_remove (job->partials, wherry_job_get_key (job, self->source_path));
  self->kept = FALSE;
}

/**
 * wherry_sftp_file_item_drop:
 * @self: a file that is not settled
 *
 * Has done with it without telling anybody, and leaves nothing of it on the server.
 */
void
wherry_sftp_file_item_drop (WherrySftpFileItem *self)
{
  g_clear_pointer (&self->lanes, wherry_sftp_lanes_free);
  close_handle (self);
  if (self->created)
    wherry_sftp_pipe_remove (self->uploader->pipe, self->temporary);
  self->created = FALSE;
  forget (self);
  settle (self);
}

/**
 * wherry_sftp_file_item_clean_up:
 * @self: a file, of an upload that ends too early
 *
 * Has done with it, and asks for what is half there to be removed, unless it is to
 * be gone on with. What is being renamed is complete.
 */
void
wherry_sftp_file_item_clean_up (WherrySftpFileItem *self)
{
  g_clear_pointer (&self->lanes, wherry_sftp_lanes_free);
  if (self->renaming)
    return;
  self->over = TRUE;
  if (!self->created)
    return;
  if (self->handle != NULL)
    wherry_sftp_pipe_close (self->uploader->pipe, self->handle);
  g_clear_pointer (&self->handle, g_bytes_unref);
  self->created = FALSE;
  if (self->kept && !g_atomic_int_get (&self->uploader->job->discards))
    return;
  wherry_sftp_pipe_remove (self->uploader->pipe, self->temporary);
  forget (self);
}

/* Renaming. */

static guint32
send_rename (WherrySftpFileItem *self, gboolean replacing, const char *from, const char *to)
{
  WherrySftpClient *client = self->uploader->pipe->client;
  GByteArray *output
      = wherry_sftp_client_begin (client, replacing ? WHERRY_SFTP_EXTENDED : WHERRY_SFTP_RENAME,
                                  NULL);

  if (replacing)
    wherry_sftp_put_string (output, "posix-rename@openssh.com");
  wherry_sftp_put_string (output, from);
  wherry_sftp_put_string (output, to);
  return wherry_sftp_client_send (client);
}

static void
on_renamed (WherrySftpPipe *pipe, WherrySftpReply *reply, gpointer data)
{
  WherrySftpFileItem *self = data;
  WherryJob *job = self->uploader->job;
  GError *error = NULL;

  if (!take_answer (self))
    return;
  if (!wherry_sftp_pipe_get_ok (pipe, reply, WHERRY_DOING_WRITE, self->path, &error))
    {
      self->renaming = FALSE;
      /* The old file gets its name back. */
      if (self->aside != NULL)
        expect (self, send_rename (self, FALSE, self->aside, self->path), on_renamed);
      g_clear_pointer (&self->aside, g_free);
      wherry_sftp_file_item_fail (self, error);
      return;
    }
  if (self->aside != NULL)
    wherry_sftp_pipe_remove (pipe, self->aside);
  forget (self);
  wherry_job_entry_done (job, wherry_job_get_key (job, self->source_path), self->size,
                         self->times.mtime);
  settle (self);
}

static void
on_set_aside (WherrySftpPipe *pipe, WherrySftpReply *reply, gpointer data)
{
  WherrySftpFileItem *self = data;
  GError *error = NULL;

  if (!take_answer (self))
    return;
  if (wherry_sftp_pipe_get_ok (pipe, reply, WHERRY_DOING_WRITE, self->path, &error))
    {
      expect (self, send_rename (self, FALSE, self->temporary, self->path), on_renamed);
      return;
    }
  g_clear_pointer (&self->aside, g_free);
  self->renaming = FALSE;
  wherry_sftp_file_item_fail (self, error);
}

/* Without OpenSSH's extension a rename that replaces is not to be had: the old file makes room
 * first, and is put back should the second step fail. */
static void
put_in_place (WherrySftpFileItem *self)
{
  WherrySftpUploader *uploader = self->uploader;

  self->renaming = TRUE;
  if (uploader->can_replace || !self->replaces)
    {
      expect (self, send_rename (self, uploader->can_replace, self->temporary, self->path),
              on_renamed);
      return;
    }
  g_autofree char *folder = wherry_remote_dup_parent (self->path);
  g_autofree char *name = wherry_landing_new_temporary_name ();
  self->aside = wherry_remote_join (folder, name);
  expect (self, send_rename (self, FALSE, self->path, self->aside), on_set_aside);
}

/* Content. */

static void
on_space (WherrySftpPipe *pipe, WherrySftpReply *reply, gpointer data)
{
  WherrySftpFileItem *self = data;
  guint64 unit, available;

  if (!take_answer (self))
    return;
  /* struct statvfs, from f_bsize on. */
  wherry_sftp_get_u64 (&reply->reader);
  unit = wherry_sftp_get_u64 (&reply->reader);
  wherry_sftp_get_u64 (&reply->reader);
  wherry_sftp_get_u64 (&reply->reader);
  available = wherry_sftp_get_u64 (&reply->reader);
  if (reply->type == WHERRY_SFTP_EXTENDED_REPLY && !reply->reader.bad
      && available <= SPACE_MIN / MAX (unit, 1))
    {
      g_clear_error (&self->failure);
      wherry_remote_set_error (&self->failure, WHERRY_DOING_WRITE, self->path, G_IO_ERROR_NO_SPACE);
    }
  wherry_sftp_file_item_fail (self, g_steal_pointer (&self->failure));
}

/**
 * wherry_sftp_file_item_fail_writing:
 * @self: a file that is not settled
 * @error: (transfer full): why its content could not be written
 *
 * Like wherry_sftp_file_item_fail(). OpenSSH's server has no word for a full disk:
 * it is asked how much space there is.
 */
void
wherry_sftp_file_item_fail_writing (WherrySftpFileItem *self, GError *error)
{
  WherrySftpClient *client = self->uploader->pipe->client;
  static const char name[] = "statvfs@openssh.com";
  gboolean vague
      = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_FAILED) || error->domain != G_IO_ERROR;

  if (self->doubtful)
    {
      g_error_free (error);
      return;
    }
  if (self->uploader->current == self)
    self->uploader->current = NULL;
  if (!vague || !wherry_sftp_client_has_extension (client, name))
    {
      wherry_sftp_file_item_fail (self, error);
      return;
    }

  GByteArray *output = wherry_sftp_client_begin (client, WHERRY_SFTP_EXTENDED, NULL);
  g_autofree char *folder = wherry_remote_dup_parent (self->path);
  self->doubtful = TRUE;
  self->failure = error;
  wherry_sftp_put_string (output, name);
  wherry_sftp_put_string (output, folder);
  expect (self, wherry_sftp_client_send (client), on_space);
}

/* How long answers take tells how much may be under way: the wire is to be full, and no more. */
static void
adapt_window (WherrySftpUploader *self, const Write *write)
{
  gint64 took = g_get_monotonic_time () - write->since;

  if (self->quickest == 0 || took < self->quickest)
    self->quickest = MAX (took, 1);
  if (took < self->quickest + QUEUE_TIME)
    self->window = MIN (self->window + write->length, WINDOW_MAX);
  else
    self->window = MAX (self->window - MIN (self->window, write->length), WINDOW_MIN);
}

static void
put_in_place_if_done (WherrySftpFileItem *self)
{
  if (self->closing && !self->doubtful && self->n_open == 0)
    put_in_place (self);
}

static void
on_written (WherrySftpPipe *pipe, WherrySftpReply *reply, gpointer data)
{
  Write *write = data;
  WherrySftpFileItem *self = write->file;
  GError *error = NULL;

  self->uploader->unanswered -= write->length;
  adapt_window (self->uploader, write);
  g_queue_remove (&self->writes, write);
  write_free (write);
  if (!take_answer (self))
    return;
  if (wherry_sftp_pipe_get_ok (pipe, reply, WHERRY_DOING_WRITE, self->path, &error))
    put_in_place_if_done (self);
  else
    wherry_sftp_file_item_fail_writing (self, error);
}

/**
 * wherry_sftp_file_item_written:
 * @self: a file
 * @length: bytes that the WRITE bears which was begun; it is sent
 */
void
wherry_sftp_file_item_written (WherrySftpFileItem *self, gsize length)
{
  WherrySftpUploader *uploader = self->uploader;
  Write *write = g_slice_new (Write);

  write->file = self;
  write->length = length;
  write->since = g_get_monotonic_time ();
  g_queue_push_tail (&self->writes, write);
  self->sent += length;
  self->n_open++;
  uploader->unanswered += length;
  wherry_sftp_pipe_expect (uploader->pipe, wherry_sftp_client_send (uploader->pipe->client),
                           on_written, write);
}

static void
send_buffer (WherrySftpFileItem *self)
{
  WherrySftpPipe *pipe = self->uploader->pipe;

  for (gsize at = 0; self->buffer != NULL && at < self->buffer->len;)
    {
      gsize length = MIN (self->buffer->len - at, pipe->write_length);
      GByteArray *output = wherry_sftp_client_begin (pipe->client, WHERRY_SFTP_WRITE, NULL);

      wherry_sftp_put_bytes (output, g_bytes_get_data (self->handle, NULL),
                             g_bytes_get_size (self->handle));
      wherry_sftp_put_u64 (output, self->sent);
      wherry_sftp_put_bytes (output, self->buffer->data + at, length);
      wherry_sftp_file_item_written (self, length);
      at += length;
    }
  drop_buffer (self);
}

static void
on_attrs_set (WherrySftpPipe *pipe, WherrySftpReply *reply, gpointer data)
{
  WherrySftpFileItem *self = data;
  GError *error = NULL;

  if (!take_answer (self))
    return;
  /* A server that has no word for it can't be asked. */
  if (self->keeps_mode
      || wherry_sftp_pipe_get_ok (pipe, reply, WHERRY_DOING_CHMOD, self->path, &error)
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED))
    {
      g_clear_error (&error);
      put_in_place_if_done (self);
      return;
    }
  wherry_sftp_file_item_fail (self, error);
}

/* Some write errors show only here. */
static void
on_closed (WherrySftpPipe *pipe, WherrySftpReply *reply, gpointer data)
{
  WherrySftpFileItem *self = data;
  GError *error = NULL;

  if (!take_answer (self))
    return;
  if (wherry_sftp_pipe_get_ok (pipe, reply, WHERRY_DOING_WRITE, self->path, &error))
    put_in_place_if_done (self);
  else
    wherry_sftp_file_item_fail_writing (self, error);
}

static void
send_end (WherrySftpFileItem *self)
{
  WherrySftpUploader *uploader = self->uploader;
  WherrySftpClient *client = uploader->pipe->client;
  gboolean preserve = (uploader->job->flags & WHERRY_TRANSFER_PRESERVE) != 0;

  self->closing = TRUE;
  if (preserve || self->keeps_mode)
    {
      WherrySftpAttrs attrs = { .flags = WHERRY_SFTP_ATTR_MODE, .mode = self->mode };
      GByteArray *output = wherry_sftp_client_begin (client, WHERRY_SFTP_FSETSTAT, NULL);

      if (preserve)
        wherry_sftp_fill_times (&attrs, &self->times);
      wherry_sftp_put_bytes (output, g_bytes_get_data (self->handle, NULL),
                             g_bytes_get_size (self->handle));
      wherry_sftp_put_attrs (output, &attrs);
      expect (self, wherry_sftp_client_send (client), on_attrs_set);
    }
  expect (self, wherry_sftp_pipe_send_handle (uploader->pipe, WHERRY_SFTP_CLOSE, self->handle),
          on_closed);
  g_clear_pointer (&self->handle, g_bytes_unref);
  handle_closed (uploader);
}

/**
 * wherry_sftp_file_item_complete:
 * @self: a file whose content is all given
 */
void
wherry_sftp_file_item_complete (WherrySftpFileItem *self)
{
  self->complete = TRUE;
  if (self->handle != NULL)
    send_end (self);
}

/* Opening. */

static void
on_opened (WherrySftpPipe *pipe, WherrySftpReply *reply, gpointer data)
{
  WherrySftpFileItem *self = data;
  WherrySftpUploader *uploader = self->uploader;
  GError *error = NULL;
  GBytes *handle
      = wherry_sftp_pipe_get_handle (pipe, reply, WHERRY_DOING_WRITE, self->path, &error);

  self->handle = handle;
  uploader->round_trip = g_get_monotonic_time () - self->opened_at;
  if (handle == NULL)
    handle_closed (uploader);
  else if (self->over)
    close_handle (self);

  if (!take_answer (self))
    g_clear_error (&error);
  else if (error != NULL)
    {
      self->created = FALSE;
      wherry_sftp_file_item_fail (self, error);
    }
  else
    {
      send_buffer (self);
      if (self->complete)
        send_end (self);
    }
}

/* Until a file has its mode, what is nobody else's business is not. A new one gets its mode as the
 * server's umask leaves it. */
static void
file_open (WherrySftpFileItem *self)
{
  WherrySftpUploader *uploader = self->uploader;
  WherrySftpClient *client = uploader->pipe->client;
  gboolean later = self->keeps_mode || (uploader->job->flags & WHERRY_TRANSFER_PRESERVE);
  WherrySftpAttrs attrs = { .flags = WHERRY_SFTP_ATTR_MODE };

  if (uploader->n_handles >= uploader->pipe->handles)
    {
      g_queue_push_tail (&uploader->to_open, self);
      return;
    }
  uploader->n_handles++;
  self->opened_at = g_get_monotonic_time ();
  self->created = TRUE;
  attrs.mode = later ? 0600 : self->mode & 0777;
  self->kept = wherry_resume_is_kept (uploader->job, self->size);
  if (self->kept)
    wherry_partials_add (uploader->job->partials,
                         wherry_job_get_key (uploader->job, self->source_path), self->temporary,
                         self->size, self->times.mtime);

  GByteArray *output = wherry_sftp_client_begin (client, WHERRY_SFTP_OPEN, NULL);
  wherry_sftp_put_string (output, self->temporary);
  if (self->offset > 0)
    {
      attrs.flags = 0;
      wherry_sftp_put_u32 (output, WHERRY_SFTP_WRITE_FLAG);
    }
  else
    wherry_sftp_put_u32 (output,
                         WHERRY_SFTP_WRITE_FLAG | WHERRY_SFTP_CREATE | WHERRY_SFTP_EXCLUSIVE);
  wherry_sftp_put_attrs (output, &attrs);
  expect (self, wherry_sftp_client_send (client), on_opened);
}

/* What is in the way: a folder or a device is not replaced, and a file's mode passes on, without
 * setuid and setgid (rule R4): the old file may have been somebody else's. */
static void
on_looked (WherrySftpPipe *pipe, WherrySftpReply *reply, gpointer data)
{
  WherrySftpFileItem *self = data;
  WherrySftpAttrs attrs;
  GError *error = NULL;

  if (!take_answer (self))
    return;
  if (!wherry_sftp_pipe_get_attrs (pipe, reply, WHERRY_DOING_STAT, self->path, &attrs, &error))
    {
      /* What can't be looked at is told of when the new file is to take its place. */
      g_clear_error (&error);
      file_open (self);
      return;
    }

  self->replaces = TRUE;
  if (!(attrs.flags & WHERRY_SFTP_ATTR_MODE) || S_ISREG (attrs.mode))
    {
      if ((attrs.flags & WHERRY_SFTP_ATTR_MODE)
          && !(self->uploader->job->flags & WHERRY_TRANSFER_PRESERVE))
        {
          self->keeps_mode = TRUE;
          self->mode = attrs.mode & 0777;
        }
      file_open (self);
      return;
    }
  wherry_remote_set_error (&error, WHERRY_DOING_WRITE, self->path,
                           S_ISDIR (attrs.mode) ? G_IO_ERROR_IS_DIRECTORY
                                                : G_IO_ERROR_NOT_REGULAR_FILE);
  wherry_sftp_file_item_fail (self, error);
}

/**
 * wherry_sftp_file_item_start:
 * @self: a file whose folder is there
 */
void
wherry_sftp_file_item_start (WherrySftpFileItem *self)
{
  WherrySftpClient *client = self->uploader->pipe->client;

  if (self->over)
    return;
  if (self->folder != NULL && self->folder->state == WHERRY_SFTP_FOLDER_NEW)
    file_open (self);
  else
    expect (self, wherry_sftp_client_send_path (client, WHERRY_SFTP_STAT, self->path), on_looked);
}

/**
 * wherry_sftp_uploader_add_file:
 * @self: an uploader
 * @name: the file's name
 * @source_path: its path at the source
 * @mode: its permission bits
 * @size: its size in bytes
 * @times: its times
 * @point: where to go on with it
 *
 * Puts a file on its way into the innermost open folder, at the latest when that
 * is made.
 *
 * Returns: (transfer none): the file
 */
WherrySftpFileItem *
wherry_sftp_uploader_add_file (WherrySftpUploader *self,
                               const char *name,
                               const char *source_path,
                               guint32 mode,
                               guint64 size,
                               const WherryScpTimes *times,
                               const WherryResumePoint *point)
{
  WherrySftpFileItem *file = g_new0 (WherrySftpFileItem, 1);
  g_autofree char *temporary_name = wherry_landing_new_temporary_name ();

  file->uploader = self;
  file->source_path = g_strdup (source_path);
  file->path = wherry_sftp_uploader_make_path (self, name);
  g_autofree char *folder_path = wherry_remote_dup_parent (file->path);
  file->temporary = point->path != NULL ? g_strdup (point->path)
                                        : wherry_remote_join (folder_path, temporary_name);
  file->offset = file->taken = file->sent = point->offset;
  file->mode = mode;
  file->size = size;
  file->times = *times;
  g_hash_table_add (self->files, file);

  if (self->levels->len > 0)
    {
      file->folder = self->levels->pdata[self->levels->len - 1];
      file->folder->n_pending++;
    }
  if (file->folder != NULL && file->folder->state == WHERRY_SFTP_FOLDER_MAKING)
    g_queue_push_tail (&file->folder->waiting, file);
  else
    wherry_sftp_file_item_start (file);
  return file;
}
