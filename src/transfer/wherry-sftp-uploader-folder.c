/*
 * The folders of an upload by SFTP: where it lands, and what it makes there.
 * Making one is not waited for; what is to go into it waits until it is there.
 */
#include "config.h"

#include <sys/stat.h>

#include "remote/wherry-remote.h"
#include "transfer/wherry-sftp-uploader-private.h"

/* Whatever a folder's mode is to be in the end, files are put into it first. */
#define OPEN_MODE 0700

/* One question of the survey. */
typedef struct {
  guint *n_left;
  const char *path;
  gboolean is_there;
  WherrySftpAttrs attrs;
  char *real_path;
  GError *error;
} Question;

static void
on_stat (WherrySftpPipe *pipe, WherrySftpReply *reply, gpointer data)
{
  Question *question = data;

  (*question->n_left)--;
  question->is_there = wherry_sftp_pipe_get_attrs (pipe, reply, WHERRY_DOING_STAT, question->path,
                                                   &question->attrs, &question->error);
}

static void
on_resolved (WherrySftpPipe *pipe, WherrySftpReply *reply, gpointer data)
{
  Question *question = data;
  WherrySftpName name;

  (*question->n_left)--;
  if (reply->type == WHERRY_SFTP_NAME && wherry_sftp_get_u32 (&reply->reader) >= 1
      && wherry_sftp_get_name (&reply->reader, &name))
    question->real_path = g_strndup (name.name, name.name_length);
}

static void
question_clear (Question *self)
{
  g_free (self->real_path);
  g_clear_error (&self->error);
}

static void
ask (WherrySftpUploader *self, Question *question, WherrySftpType type, WherrySftpAnswer answer)
{
  (*question->n_left)++;
  wherry_sftp_pipe_expect (self->pipe,
                           wherry_sftp_client_send_path (self->pipe->client, type, question->path),
                           answer, question);
}

static gboolean
is_folder (const Question *question)
{
  return question->is_there && (question->attrs.flags & WHERRY_SFTP_ATTR_MODE)
         && S_ISDIR (question->attrs.mode);
}

static WherryRemoteKind
kind_of (const Question *question)
{
  if (!question->is_there)
    return WHERRY_REMOTE_MISSING;
  return is_folder (question) ? WHERRY_REMOTE_FOLDER : WHERRY_REMOTE_OTHER;
}

/**
 * wherry_sftp_uploader_land:
 * @self: an uploader
 * @source_name: (nullable): the name the top-level entry has at its source
 * @tree: whether that entry is a folder
 * @error: nothing can be put there, the connection broke, or it was cancelled
 *
 * Finds out where the upload lands.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_sftp_uploader_land (WherrySftpUploader *self,
                           const char *source_name,
                           gboolean tree,
                           GError **error)
{
  g_autofree char *path = wherry_remote_clean_path (self->job->target->path);
  g_autofree char *parent_path = wherry_remote_dup_parent (path);
  g_autofree char *entry_path = wherry_remote_join (path, source_name != NULL ? source_name : ".");
  guint n_left = 0;
  Question target = { .n_left = &n_left, .path = path };
  Question parent = { .n_left = &n_left, .path = parent_path };
  Question entry = { .n_left = &n_left, .path = entry_path };
  Question real = { .n_left = &n_left, .path = path };
  gboolean well = TRUE;

  ask (self, &target, WHERRY_SFTP_STAT, on_stat);
  ask (self, &parent, WHERRY_SFTP_STAT, on_stat);
  ask (self, &entry, WHERRY_SFTP_STAT, on_stat);
  ask (self, &real, WHERRY_SFTP_REALPATH, on_resolved);
  while (well && n_left > 0)
    well = wherry_sftp_pipe_step (self->pipe, TRUE, error);
  /* The questions end here: what is answered later, while it is put in order, finds none. */
  if (!well)
    g_hash_table_remove_all (self->pipe->expected);

  if (well && target.error != NULL
      && !g_error_matches (target.error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&target.error));
      well = FALSE;
    }
  if (well)
    {
      WherryRemoteSurvey survey = { .target = kind_of (&target),
                                    .entry = kind_of (&entry),
                                    .parent_missing = !is_folder (&parent),
                                    .resolved = real.real_path };

      well = wherry_landing_find (&self->landing, &survey, self->job->target,
                                  (self->job->flags & WHERRY_TRANSFER_INTO) != 0, source_name, tree,
                                  error);
    }
  if (well && !target.is_there)
    self->job->lands_as_target = TRUE;
  if (well)
    self->base = wherry_remote_clean_path (self->landing.folder);
  question_clear (&target);
  question_clear (&parent);
  question_clear (&entry);
  question_clear (&real);
  return well;
}

/**
 * wherry_sftp_uploader_make_path:
 * @self: an uploader
 * @name: a name in the innermost open folder
 *
 * Returns: (transfer full): that entry's path on the server; the top entry bears
 *   the name it is to have there, which may differ from its name at the source
 */
char *
wherry_sftp_uploader_make_path (WherrySftpUploader *self, const char *name)
{
  const WherrySftpFolderItem *folder;

  if (self->levels->len == 0)
    return wherry_remote_join (self->base, self->landing.name);
  folder = self->levels->pdata[self->levels->len - 1];
  return wherry_remote_join (folder->path, name);
}

/**
 * wherry_sftp_fill_times:
 * @attrs: attributes
 * @times: times, which the protocol has 32 bits for
 */
void
wherry_sftp_fill_times (WherrySftpAttrs *attrs, const WherryScpTimes *times)
{
  attrs->flags |= WHERRY_SFTP_ATTR_TIMES;
  attrs->mtime = (guint32) CLAMP (times->mtime, 0, G_MAXUINT32);
  attrs->atime = (guint32) CLAMP (times->atime, 0, G_MAXUINT32);
}

/**
 * wherry_sftp_folder_item_free:
 * @data: (transfer full): a folder
 */
void
wherry_sftp_folder_item_free (gpointer data)
{
  WherrySftpFolderItem *self = data;

  g_queue_clear (&self->waiting);
  g_clear_error (&self->refusal);
  g_free (self->path);
  g_free (self->source_path);
  g_free (self);
}

static void
settle (WherrySftpFolderItem *self)
{
  WherrySftpFolderItem *parent = self->parent;

  g_hash_table_remove (self->uploader->folders, self);
  if (parent != NULL)
    wherry_sftp_folder_item_release (parent);
}

static guint32
send_attrs (WherrySftpFolderItem *self, WherrySftpType type, const WherrySftpAttrs *attrs)
{
  WherrySftpClient *client = self->uploader->pipe->client;
  GByteArray *output = wherry_sftp_client_begin (client, type, NULL);

  wherry_sftp_put_string (output, self->path);
  wherry_sftp_put_attrs (output, attrs);
  return wherry_sftp_client_send (client);
}

static void
on_finished (WherrySftpPipe *pipe, WherrySftpReply *reply, gpointer data)
{
  WherrySftpFolderItem *self = data;
  g_autoptr (GError) error = NULL;

  /* A server that has no word for it can't be asked. */
  if (!wherry_sftp_pipe_get_ok (pipe, reply, WHERRY_DOING_CHMOD, self->path, &error)
      && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED))
    wherry_job_fail (self->uploader->job, self->source_path, error);
  settle (self);
}

/**
 * wherry_sftp_folder_item_release:
 * @self: a folder
 *
 * One thing less in it is pending. Once all is in place the folder gets its times
 * and mode: an entry that comes later would change the times again, or not be
 * let in any more.
 */
void
wherry_sftp_folder_item_release (WherrySftpFolderItem *self)
{
  gboolean preserve = (self->uploader->job->flags & WHERRY_TRANSFER_PRESERVE) != 0;
  WherrySftpAttrs attrs = { .flags = WHERRY_SFTP_ATTR_MODE };

  if (--self->n_pending > 0)
    return;
  attrs.mode = self->mode & (preserve ? 07777 : 0755);
  if (preserve)
    wherry_sftp_fill_times (&attrs, &self->times);
  else if (self->state != WHERRY_SFTP_FOLDER_NEW || (self->mode & OPEN_MODE) == OPEN_MODE)
    attrs.flags = 0;

  if (attrs.flags != 0 && self->state != WHERRY_SFTP_FOLDER_FAILED)
    wherry_sftp_pipe_expect (self->uploader->pipe, send_attrs (self, WHERRY_SFTP_SETSTAT, &attrs),
                             on_finished, self);
  else
    settle (self);
}

static void
set_state (WherrySftpFolderItem *self, WherrySftpFolderState state)
{
  WherrySftpFileItem *file;

  self->state = state;
  while ((file = g_queue_pop_head (&self->waiting)) != NULL)
    if (state == WHERRY_SFTP_FOLDER_FAILED)
      wherry_sftp_file_item_drop (file);
    else
      wherry_sftp_file_item_start (file);
  wherry_sftp_folder_item_release (self);
}

static void
on_ignored (WherrySftpPipe *pipe, WherrySftpReply *reply, gpointer data)
{
}

/* It could not be made: mostly because it is there. */
static void
on_looked (WherrySftpPipe *pipe, WherrySftpReply *reply, gpointer data)
{
  WherrySftpFolderItem *self = data;
  WherrySftpUploader *uploader = self->uploader;
  WherrySftpAttrs attrs;
  gboolean is_there
      = wherry_sftp_pipe_get_attrs (pipe, reply, WHERRY_DOING_STAT, self->path, &attrs, NULL);

  if (is_there && (attrs.flags & WHERRY_SFTP_ATTR_MODE) && S_ISDIR (attrs.mode))
    {
      if (uploader->job->flags & WHERRY_TRANSFER_PRESERVE)
        {
          WherrySftpAttrs open = { .flags = WHERRY_SFTP_ATTR_MODE };

          open.mode = (self->mode | OPEN_MODE) & 07777;
          wherry_sftp_pipe_expect (pipe, send_attrs (self, WHERRY_SFTP_SETSTAT, &open), on_ignored,
                                   NULL);
        }
      set_state (self, WHERRY_SFTP_FOLDER_THERE);
      return;
    }

  /* What is in a folder that failed is not told of. */
  if (self->parent == NULL || self->parent->state != WHERRY_SFTP_FOLDER_FAILED)
    {
      if (is_there)
        {
          g_clear_error (&self->refusal);
          wherry_remote_set_error (&self->refusal, WHERRY_DOING_MKDIR, self->path,
                                   G_IO_ERROR_NOT_DIRECTORY);
        }
      wherry_job_fail (uploader->job, self->source_path, self->refusal);
    }
  set_state (self, WHERRY_SFTP_FOLDER_FAILED);
}

static void
on_made (WherrySftpPipe *pipe, WherrySftpReply *reply, gpointer data)
{
  WherrySftpFolderItem *self = data;

  if (wherry_sftp_pipe_get_ok (pipe, reply, WHERRY_DOING_MKDIR, self->path, &self->refusal))
    set_state (self, WHERRY_SFTP_FOLDER_NEW);
  else
    wherry_sftp_pipe_expect (pipe,
                             wherry_sftp_client_send_path (pipe->client, WHERRY_SFTP_STAT,
                                                           self->path),
                             on_looked, self);
}

/**
 * wherry_sftp_uploader_make_folder:
 * @self: an uploader
 * @name: the folder's name
 * @source_path: its path at the source
 * @mode: its permission bits
 * @times: its times
 *
 * Asks for a folder in the innermost open one, and opens it.
 *
 * Returns: (transfer none): the folder
 */
WherrySftpFolderItem *
wherry_sftp_uploader_make_folder (WherrySftpUploader *self,
                                  const char *name,
                                  const char *source_path,
                                  guint32 mode,
                                  const WherryScpTimes *times)
{
  WherrySftpFolderItem *folder = g_new0 (WherrySftpFolderItem, 1);
  WherrySftpAttrs attrs = { .flags = WHERRY_SFTP_ATTR_MODE };

  folder->uploader = self;
  folder->path = wherry_sftp_uploader_make_path (self, name);
  folder->source_path = g_strdup (source_path);
  folder->mode = mode;
  folder->times = *times;
  folder->n_pending = 2; /* it is open, and being made */
  if (self->levels->len > 0)
    {
      folder->parent = self->levels->pdata[self->levels->len - 1];
      folder->parent->n_pending++;
    }
  g_hash_table_add (self->folders, folder);
  g_ptr_array_add (self->levels, folder);

  attrs.mode = (mode | OPEN_MODE) & 0777;
  wherry_sftp_pipe_expect (self->pipe, send_attrs (folder, WHERRY_SFTP_MKDIR, &attrs), on_made,
                           folder);
  return folder;
}
