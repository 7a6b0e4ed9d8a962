/*
 * The bytes of files over SFTP: many blocks are under way at once.
 */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/wherry-error.h"
#include "remote/wherry-remote-private.h"
#include "remote/wherry-sftp-job-private.h"

#define PERMISSIONS 0777

typedef struct {
  guint32 id;
  guint32 wanted;
  guint64 offset;
} Block;

/* Leaves no request under way after an error, so that the client stays of use. */
static void
forget_blocks (WherrySftpJob *self, GQueue *blocks)
{
  Block *block;

  while ((block = g_queue_pop_head (blocks)) != NULL)
    {
      wherry_sftp_client_forget (self->client, block->id);
      g_free (block);
    }
}

static Block *
ask_block (WherrySftpJob *self, GBytes *handle, guint64 offset, guint32 wanted)
{
  Block *block = g_new0 (Block, 1);
  GByteArray *output = wherry_sftp_client_begin (self->client, WHERRY_SFTP_READ, &block->id);
  gsize length;
  gconstpointer data = g_bytes_get_data (handle, &length);

  block->offset = offset;
  block->wanted = wanted;
  wherry_sftp_put_bytes (output, data, length);
  wherry_sftp_put_u64 (output, offset);
  wherry_sftp_put_u32 (output, wanted);
  wherry_sftp_client_send (self->client);
  return block;
}

/* Takes the next answer; @more is what is missing of a block that came short. */
static gboolean
take_block (WherrySftpJob *self,
            GBytes *handle,
            Block *block,
            const char *path,
            WherrySftpSink sink,
            gpointer user_data,
            Block **more,
            gboolean *ended,
            GError **error)
{
  g_auto (WherrySftpReply) reply = { 0 };
  g_autofree char *words = NULL;
  const char *data;
  guint32 status;
  gsize length;

  if (!wherry_sftp_client_receive (self->client, block->id, &reply, self->cancellable, error))
    return FALSE;
  if (reply.type == WHERRY_SFTP_DATA)
    {
      data = wherry_sftp_get_bytes (&reply.reader, &length);
      if (reply.reader.bad || length == 0 || length > block->wanted)
        {
          g_set_error_literal (error, WHERRY_ERROR, WHERRY_ERROR_PROTOCOL,
                               _ ("The server’s answer is not SFTP"));
          return FALSE;
        }
      if (length < block->wanted)
        *more = ask_block (self, handle, block->offset + length, block->wanted - (guint32) length);
      return sink (self, (const guint8 *) data, length, user_data, error);
    }
  status = wherry_sftp_reply_get_status (&reply, &words);
  if (status == WHERRY_SFTP_EOF)
    {
      *ended = TRUE;
      return TRUE;
    }
  wherry_remote_set_error_status (error, self->doing, path, status, words);
  return FALSE;
}

/* Up to its end, in order. Begins with few blocks: most files are small. */
static gboolean
read_handle (WherrySftpJob *self,
             GBytes *handle,
             const char *path,
             WherrySftpSink sink,
             gpointer user_data,
             GError **error)
{
  GQueue blocks = G_QUEUE_INIT;
  guint64 offset = 0;
  guint window = 2;
  gboolean ended = FALSE;
  gboolean well = TRUE;

  while (well && !ended)
    {
      g_autofree Block *block = NULL;
      Block *more = NULL;

      while (blocks.length < window)
        {
          g_queue_push_tail (&blocks, ask_block (self, handle, offset, WHERRY_SFTP_BLOCK));
          offset += WHERRY_SFTP_BLOCK;
        }
      window = MIN (window * 2, WHERRY_SFTP_WINDOW);
      block = g_queue_pop_head (&blocks);
      well = take_block (self, handle, block, path, sink, user_data, &more, &ended, error);
      if (more != NULL)
        g_queue_push_head (&blocks, more);
    }
  forget_blocks (self, &blocks);
  return well;
}

static guint32
send_open (WherrySftpJob *self, const char *path, guint32 flags, const WherrySftpAttrs *attrs)
{
  GByteArray *output = wherry_sftp_client_begin (self->client, WHERRY_SFTP_OPEN, NULL);

  wherry_sftp_put_string (output, path);
  wherry_sftp_put_u32 (output, flags);
  wherry_sftp_put_attrs (output, attrs);
  return wherry_sftp_client_send (self->client);
}

GBytes *
wherry_sftp_job_open (WherrySftpJob *self,
                      const char *path,
                      guint32 flags,
                      const WherrySftpAttrs *attrs,
                      GError **error)
{
  return wherry_sftp_job_handle (self, send_open (self, path, flags, attrs), path, error);
}

/* Anything but an ordinary file may keep the server waiting when it is opened. */
static gboolean
check_regular (WherrySftpJob *self, const char *path, WherrySftpAttrs *attrs, GError **error)
{
  GFileType type;

  if (!wherry_sftp_job_look (self, WHERRY_SFTP_STAT, path, attrs, error))
    return FALSE;
  type = wherry_remote_file_type_from_mode (attrs->mode);
  if (type == G_FILE_TYPE_REGULAR || type == G_FILE_TYPE_UNKNOWN)
    return TRUE;
  wherry_remote_set_error (error, self->doing, path,
                           type == G_FILE_TYPE_DIRECTORY ? G_IO_ERROR_IS_DIRECTORY
                                                         : G_IO_ERROR_NOT_REGULAR_FILE);
  return FALSE;
}

gboolean
wherry_sftp_job_read_file (WherrySftpJob *self,
                           const char *path,
                           WherrySftpSink sink,
                           gpointer user_data,
                           GError **error)
{
  g_autoptr (GBytes) handle = NULL;
  WherrySftpAttrs attrs;
  gboolean well;

  if (!check_regular (self, path, &attrs, error))
    return FALSE;
  attrs.flags = 0;
  handle = wherry_sftp_job_open (self, path, WHERRY_SFTP_READ_FLAG, &attrs, error);
  if (handle == NULL)
    return FALSE;
  well = read_handle (self, handle, path, sink, user_data, error);
  if (wherry_sftp_client_is_sound (self->client))
    wherry_sftp_job_close (self, handle);
  return well;
}

typedef struct {
  GBytes *handle;
  const char *path;
  guint64 offset;
  GQueue blocks;
} Writer;

static gboolean
wait_written (WherrySftpJob *self, Writer *writer, guint leave, GError **error)
{
  while (writer->blocks.length > leave)
    {
      g_autofree Block *block = g_queue_pop_head (&writer->blocks);

      if (!wherry_sftp_job_status (self, block->id, writer->path, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_block (WherrySftpJob *self,
             const guint8 *data,
             gsize length,
             gpointer user_data,
             GError **error)
{
  Writer *writer = user_data;
  Block *block = g_new0 (Block, 1);
  GByteArray *output = wherry_sftp_client_begin (self->client, WHERRY_SFTP_WRITE, &block->id);
  gsize handle_length;
  gconstpointer handle = g_bytes_get_data (writer->handle, &handle_length);

  wherry_sftp_put_bytes (output, handle, handle_length);
  wherry_sftp_put_u64 (output, writer->offset);
  wherry_sftp_put_bytes (output, data, length);
  wherry_sftp_client_send (self->client);
  writer->offset += length;
  g_queue_push_tail (&writer->blocks, block);
  return wait_written (self, writer, WHERRY_SFTP_WINDOW - 1, error);
}

static guint32
send_handle_attrs (WherrySftpJob *self, GBytes *handle, const WherrySftpAttrs *attrs)
{
  GByteArray *output = wherry_sftp_client_begin (self->client, WHERRY_SFTP_FSETSTAT, NULL);
  gsize length;
  gconstpointer data = g_bytes_get_data (handle, &length);

  wherry_sftp_put_bytes (output, data, length);
  wherry_sftp_put_attrs (output, attrs);
  return wherry_sftp_client_send (self->client);
}

/* Has the server copy one open file's content into another. */
static gboolean
copy_data (WherrySftpJob *self, GBytes *from, GBytes *to, const char *path, GError **error)
{
  GByteArray *output = wherry_sftp_client_begin (self->client, WHERRY_SFTP_EXTENDED, NULL);

  wherry_sftp_put_string (output, "copy-data");
  wherry_sftp_put_bytes (output, g_bytes_get_data (from, NULL), g_bytes_get_size (from));
  wherry_sftp_put_u64 (output, 0);
  wherry_sftp_put_u64 (output, 0);
  wherry_sftp_put_bytes (output, g_bytes_get_data (to, NULL), g_bytes_get_size (to));
  wherry_sftp_put_u64 (output, 0);
  return wherry_sftp_job_status (self, wherry_sftp_client_send (self->client), path, error);
}

static gboolean
copy_open_file (WherrySftpJob *self,
                GBytes *source,
                GBytes *target,
                const char *from,
                const char *to,
                GError **error)
{
  Writer writer = { .handle = target, .path = to };
  gboolean well;

  if (wherry_sftp_client_has_extension (self->client, "copy-data"))
    return copy_data (self, source, target, from, error);
  well = read_handle (self, source, from, write_block, &writer, error)
         && wait_written (self, &writer, 0, error);
  forget_blocks (self, &writer.blocks);
  return well;
}

/* Without a set-user-ID bit: the copy may get another owner. */
gboolean
wherry_sftp_job_copy_file (WherrySftpJob *self, const char *from, const char *to, GError **error)
{
  g_autoptr (GBytes) source = NULL;
  g_autoptr (GBytes) target = NULL;
  WherrySftpAttrs attrs, none = { 0 };
  WherrySftpAttrs mode = { .flags = WHERRY_SFTP_ATTR_MODE, .mode = 0600 };
  gboolean well;

  if (!check_regular (self, from, &attrs, error))
    return FALSE;
  source = wherry_sftp_job_open (self, from, WHERRY_SFTP_READ_FLAG, &none, error);
  if (source == NULL)
    return FALSE;
  target
      = wherry_sftp_job_open (self, to,
                              WHERRY_SFTP_WRITE_FLAG | WHERRY_SFTP_CREATE | WHERRY_SFTP_EXCLUSIVE,
                              &mode, error);
  well = target != NULL && copy_open_file (self, source, target, from, to, error);
  if (well)
    {
      attrs.flags &= WHERRY_SFTP_ATTR_MODE | WHERRY_SFTP_ATTR_TIMES;
      attrs.mode &= PERMISSIONS;
      wherry_sftp_client_forget (self->client, send_handle_attrs (self, target, &attrs));
      /* Some write errors show here. */
      well = wherry_sftp_job_status (self,
                                     wherry_sftp_job_send_handle (self, WHERRY_SFTP_CLOSE, target),
                                     to, error);
      g_clear_pointer (&target, g_bytes_unref);
    }
  if (!wherry_sftp_client_is_sound (self->client))
    return FALSE;
  wherry_sftp_job_close (self, source);
  if (target != NULL)
    {
      wherry_sftp_job_close (self, target);
      wherry_sftp_client_forget (self->client,
                                 wherry_sftp_client_send_path (self->client, WHERRY_SFTP_REMOVE,
                                                               to));
    }
  return well;
}

static char *
make_beside (const char *path, const char *why)
{
  g_autofree char *folder = wherry_remote_dup_parent (path);
  g_autofree char *uuid = g_uuid_string_random ();
  g_autofree char *name = g_strdup_printf (".wherry-%.8s.%s", uuid, why);

  return wherry_remote_join (folder, name);
}

static gboolean
posix_rename (WherrySftpJob *self, const char *from, const char *to, GError **error)
{
  static const char name[] = "posix-rename@openssh.com";
  g_autoptr (GError) local_error = NULL;
  WherrySftpAttrs attrs;

  if (wherry_sftp_job_status (self,
                              wherry_sftp_job_send_two (self, name, WHERRY_SFTP_EXTENDED, from, to),
                              to, &local_error))
    return TRUE;
  /* ProFTPD 1.3.8 takes a link for the folder it leads to. */
  if (g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY)
      && wherry_sftp_job_look (self, WHERRY_SFTP_LSTAT, to, &attrs, NULL) && S_ISLNK (attrs.mode)
      && wherry_sftp_job_status (
          self, wherry_sftp_client_send_path (self->client, WHERRY_SFTP_REMOVE, to), to, NULL))
    return wherry_sftp_job_status (
        self, wherry_sftp_job_send_two (self, name, WHERRY_SFTP_EXTENDED, from, to), to, error);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

/*
 * Renames a file onto another. Without OpenSSH's extension a rename that
 * replaces is not to be had: the old file makes room first, and is put back
 * should the second step fail.
 */
gboolean
wherry_sftp_job_replace (WherrySftpJob *self, const char *from, const char *to, GError **error)
{
  g_autofree char *aside = NULL;
  WherrySftpAttrs attrs;

  if (wherry_sftp_client_has_extension (self->client, "posix-rename@openssh.com"))
    return posix_rename (self, from, to, error);

  if (wherry_sftp_job_look (self, WHERRY_SFTP_LSTAT, to, &attrs, NULL))
    {
      aside = make_beside (to, "old");
      if (!wherry_sftp_job_status (self,
                                   wherry_sftp_job_send_two (self, NULL, WHERRY_SFTP_RENAME, to,
                                                             aside),
                                   to, error))
        return FALSE;
    }
  if (!wherry_sftp_client_is_sound (self->client)
      || !wherry_sftp_job_status (
          self, wherry_sftp_job_send_two (self, NULL, WHERRY_SFTP_RENAME, from, to), to, error))
    {
      if (aside != NULL && wherry_sftp_client_is_sound (self->client))
        wherry_sftp_job_status (
            self, wherry_sftp_job_send_two (self, NULL, WHERRY_SFTP_RENAME, aside, to), to, NULL);
      return FALSE;
    }
  if (aside != NULL)
    wherry_sftp_client_forget (self->client,
                               wherry_sftp_client_send_path (self->client, WHERRY_SFTP_REMOVE,
                                                             aside));
  return TRUE;
}

/* The new file is nobody else's business until it has the old one's owner and permissions. */
static gboolean
write_content (WherrySftpJob *self,
               GBytes *handle,
               const char *path,
               GBytes *content,
               const WherrySftpAttrs *old,
               GError **error)
{
  Writer writer = { .handle = handle, .path = path };
  gsize size;
  const guint8 *data = g_bytes_get_data (content, &size);
  gboolean well = TRUE;

  for (gsize at = 0; at < size && well; at += WHERRY_SFTP_BLOCK)
    well = write_block (self, data + at, MIN (WHERRY_SFTP_BLOCK, size - at), &writer, error);
  well = well && wait_written (self, &writer, 0, error);
  forget_blocks (self, &writer.blocks);
  if (!well)
    return FALSE;

  if (old->flags & WHERRY_SFTP_ATTR_OWNERS)
    {
      WherrySftpAttrs owners = { .uid = old->uid, .gid = old->gid };
      owners.flags = WHERRY_SFTP_ATTR_OWNERS;
      wherry_sftp_client_forget (self->client, send_handle_attrs (self, handle, &owners));
    }
  if (old->flags & WHERRY_SFTP_ATTR_MODE)
    {
      WherrySftpAttrs mode = { .mode = old->mode & PERMISSIONS };
      mode.flags = WHERRY_SFTP_ATTR_MODE;
      if (!wherry_sftp_job_status (self, send_handle_attrs (self, handle, &mode), path, error))
        return FALSE;
    }
  if (wherry_sftp_client_has_extension (self->client, "fsync@openssh.com"))
    {
      GByteArray *output = wherry_sftp_client_begin (self->client, WHERRY_SFTP_EXTENDED, NULL);
      wherry_sftp_put_string (output, "fsync@openssh.com");
      wherry_sftp_put_bytes (output, g_bytes_get_data (handle, NULL), g_bytes_get_size (handle));
      return wherry_sftp_job_status (self, wherry_sftp_client_send (self->client), path, error);
    }
  return TRUE;
}

gboolean
wherry_sftp_job_write_file (WherrySftpJob *self, const char *path, GBytes *content, GError **error)
{
  g_autofree char *resolved = NULL;
  g_autofree char *temporary = NULL;
  g_autoptr (GBytes) handle = NULL;
  g_autoptr (GError) local_error = NULL;
  WherrySftpAttrs old = { 0 }, mode = { 0 };
  gboolean well;

  if (check_regular (self, path, &old, &local_error))
    {
      /* A link is written through. */
      resolved = wherry_sftp_job_name (self,
                                       wherry_sftp_client_send_path (self->client,
                                                                     WHERRY_SFTP_REALPATH, path),
                                       path, error);
      if (resolved == NULL)
        return FALSE;
      path = resolved;
      mode.flags = WHERRY_SFTP_ATTR_MODE;
      mode.mode = 0600;
    }
  else if (!g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }

  temporary = make_beside (path, "part");
  handle = wherry_sftp_job_handle (self,
                                   send_open (self, temporary,
                                              WHERRY_SFTP_WRITE_FLAG | WHERRY_SFTP_CREATE
                                                  | WHERRY_SFTP_EXCLUSIVE,
                                              &mode),
                                   path, error);
  if (handle == NULL)
    return FALSE;
  well = write_content (self, handle, path, content, &old, error);
  if (wherry_sftp_client_is_sound (self->client))
    well &= wherry_sftp_job_status (self,
                                    wherry_sftp_job_send_handle (self, WHERRY_SFTP_CLOSE, handle),
                                    path, well ? error : NULL);
  well = well && wherry_sftp_job_replace (self, temporary, path, error);
  if (!well && wherry_sftp_client_is_sound (self->client))
    wherry_sftp_client_forget (self->client,
                               wherry_sftp_client_send_path (self->client, WHERRY_SFTP_REMOVE,
                                                             temporary));
  return well;
}
