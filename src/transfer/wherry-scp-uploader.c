#include "transfer/wherry-scp-uploader-private.h"

#include <string.h>

#include "remote/wherry-remote-target.h"
#include "remote/wherry-remote.h"
#include "transfer/wherry-scp-exit.h"

/* After a refusal broke the sink, so many files wait for the reply to their `C` before content goes
 * ahead of it again: where one file is refused the next ones often are, and each break costs a
 * channel. Doubles each time. */
#define FIRST_CAUTION 16

static void
item_free (gpointer data)
{
  WherryUploadItem *item = data;

  g_free (item->source_path);
  g_free (item->wire_path);
  g_free (item->final_path);
  g_free (item->direct_path);
  g_clear_error (&item->failure);
  g_free (item);
}

static void
level_free (gpointer data)
{
  WherryUploadLevel *level = data;
  g_free (level->name);
  g_free (level);
}

/* An upload that stops half way leaves no file of its own half there, but for what is to be gone on
 * with, as far as the server still listens. The renames that are under way are of complete files
 * and go through. */
static void
clean_up (WherryScpUploader *self)
{
  GHashTableIter iter;
  gpointer value;

  if (self->target == NULL || !wherry_session_is_connected (self->session))
    return;

  g_hash_table_iter_init (&iter, self->sent);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      WherryUploadItem *item = value;
      const char *path = item->wire_path != NULL ? item->wire_path : item->direct_path;
      if (path == NULL || (item->kept && !g_atomic_int_get (&self->job->discards)))
        continue;
      wherry_scp_uploader_forget (self, item);
      wherry_remote_target_remove (self->target, path);
    }
  wherry_scp_uploader_close_directories (self);
  wherry_remote_target_finish (self->target, g_get_monotonic_time () + G_USEC_PER_SEC / 2, NULL,
                               NULL);
}

static void
free_uploader (WherryUploader *uploader)
{
  WherryScpUploader *self = (WherryScpUploader *) uploader;

  /* What the server has vouched for stays. */
  if (self->source != NULL && !self->broken)
    (void) wherry_scp_uploader_step (self, FALSE, NULL);
  wherry_scp_uploader_close_channel (self);
  if (self->rest != NULL)
    wherry_channel_close (self->rest);
  g_clear_object (&self->rest);
  clean_up (self);
  g_clear_pointer (&self->target, wherry_remote_target_close);
  g_queue_clear (&self->to_close);
  wherry_landing_clear (&self->landing);
  g_clear_pointer (&self->sent, g_hash_table_unref);
  g_clear_pointer (&self->filing, g_hash_table_unref);
  g_clear_pointer (&self->levels, g_ptr_array_unref);
  g_clear_pointer (&self->unsettled, g_hash_table_unref);
  g_free (self->command);
  g_free (self->broke_text);
  g_free (self->current_path);
  g_clear_object (&self->session);
  g_clear_pointer (&self->job, wherry_job_unref);
  g_free (self);
}

static WherryUploadItem *
send_item (WherryScpUploader *self, const char *source_path)
{
  WherryUploadItem *item = g_new0 (WherryUploadItem, 1);

  item->tag = ++self->last_tag;
  item->source_path = g_strdup (source_path);
  g_hash_table_insert (self->sent, &item->tag, item);
  return item;
}

static char *
path_below_folder (WherryScpUploader *self, const char *name)
{
  GString *path = g_string_new (NULL);
  for (guint i = 0; i < self->levels->len; i++)
    {
      WherryUploadLevel *level = self->levels->pdata[i];
      g_string_append (path, level->name);
      g_string_append_c (path, '/');
    }
  g_string_append (path, name);
  return g_string_free (path, FALSE);
}

/* Whether a folder shuts out even its owner, who has yet to put files in it. scp -p gives a folder
 * that is there already its mode before its entries come (sink() in scp.c). */
static gboolean
is_closed (WherryScpUploader *self, guint32 mode)
{
  return (mode & 0700) != 0700 && self->target != NULL
         && (self->job->flags & WHERRY_TRANSFER_PRESERVE);
}

/* The top entry bears the name it is to have there, which may differ from its name at the source.
 */
static const char *
name_there (WherryScpUploader *self, const char *name)
{
  return self->levels->len == 0 ? self->landing.name : name;
}

static gboolean
is_sendable (WherryScpUploader *self, const char *name, const char *source_path)
{
  g_autoptr (GError) error = NULL;

  if (wherry_scp_source_check_name (name, &error))
    return TRUE;
  wherry_job_fail (self->job, source_path, error);
  return FALSE;
}

static WherryUploaderVerdict
begin_directory (WherryUploader *uploader,
                 const char *name,
                 const char *source_path,
                 guint32 mode,
                 const WherryScpTimes *times,
                 GError **error)
{
  WherryScpUploader *self = (WherryScpUploader *) uploader;
  name = name_there (self, name);
  if (!is_sendable (self, name, source_path))
    return WHERRY_UPLOADER_REFUSED;

  for (;;)
    {
      if (!wherry_scp_uploader_make_ready (self, error))
        return WHERRY_UPLOADER_ERROR;

      WherryUploadItem *item = send_item (self, source_path);
      guint64 tag = item->tag;
      item->is_directory = TRUE;
      if (is_closed (self, mode))
        {
          item->final_path = path_below_folder (self, name);
          item->final_mode = mode & 07777;
        }
      guint32 open_mode = item->final_path != NULL ? mode | 0700 : mode;
      self->directory_verdict = WHERRY_UPLOADER_ERROR;
      wherry_scp_source_directory (self->source, name, open_mode, times, tag);

      while (!self->broken && self->directory_verdict == WHERRY_UPLOADER_ERROR)
        if (!wherry_scp_uploader_step (self, TRUE, error))
          return WHERRY_UPLOADER_ERROR;

      if (self->directory_verdict == WHERRY_UPLOADER_REFUSED)
        return WHERRY_UPLOADER_REFUSED;
      if (self->directory_verdict == WHERRY_UPLOADER_GO)
        {
          WherryUploadLevel *level = g_new0 (WherryUploadLevel, 1);
          level->name = g_strdup (name);
          level->mode = open_mode;
          level->times = *times;
          level->tag = tag;
          g_ptr_array_add (self->levels, level);
          return WHERRY_UPLOADER_GO;
        }
      /* A file sent ahead of this folder broke the sink before the folder's turn came. */
      g_hash_table_remove (self->sent, &tag);
    }
}

static gboolean
end_directory (WherryUploader *uploader, GError **error)
{
  WherryScpUploader *self = (WherryScpUploader *) uploader;
  g_return_val_if_fail (self->levels->len > 0, FALSE);

  /* The folder gets its times and mode now: a rename in it later would change the times again, or
   * not be let in any more. */
  const WherryUploadLevel *level = self->levels->pdata[self->levels->len - 1];
  gboolean times = (self->job->flags & WHERRY_TRANSFER_PRESERVE) != 0;
  if (level->has_renames && (times || (level->mode & 0300) != 0300)
      && !wherry_scp_uploader_await_renames (self, error))
    return FALSE;
  if (!wherry_scp_uploader_make_ready (self, error))
    return FALSE;
  wherry_scp_source_end_directory (self->source);
  g_ptr_array_set_size (self->levels, (int) self->levels->len - 1);
  return wherry_scp_uploader_step (self, FALSE, error);
}

/* The server is to know what it has to remove should the connection break. */
static gboolean
announce_temporary (WherryScpUploader *self, const char *path, GError **error)
{
  if (self->n_temporary == WHERRY_REMOTE_TARGET_TEMPORARY_MAX)
    {
      if (!wherry_scp_uploader_await_renames (self, error))
        return FALSE;
      self->n_temporary = 0;
    }
  self->n_temporary++;
  wherry_remote_target_announce (self->target, path);
  return TRUE;
}

/* Where on the server a file is that goes under a temporary name. */
static char *
make_temporary_path (WherryScpUploader *self, const WherryResumePoint *point)
{
  g_autofree char *name = point->path != NULL ? g_path_get_basename (point->path)
                                              : wherry_landing_new_temporary_name ();

  return path_below_folder (self, name);
}

/* What of the file is on the server already, in the folder it goes to. */
static gboolean
find_rest (WherryScpUploader *self,
           const char *source_path,
           guint64 size,
           const WherryScpTimes *times,
           WherryResumePoint *point,
           GError **error)
{
  if (self->target == NULL || self->landing.folder == NULL)
    return TRUE;

  g_autofree char *path = wherry_remote_join (self->landing.folder, self->current_path);
  if (!wherry_resume_find_there (self->job, self->session, source_path, path, size, times->mtime,
                                 point, error))
    return FALSE;
  if (point->path == NULL)
    return TRUE;

  /* A target of the same name may be elsewhere by now. */
  g_autofree char *below = make_temporary_path (self, point);
  g_autofree char *expected = wherry_remote_join (self->landing.folder, below);
  if (!g_str_equal (expected, point->path))
    wherry_resume_point_clear (point);
  return TRUE;
}

static void
make_temporary (WherryScpUploader *self, WherryUploadItem *item, char *wire_path)
{
  item->temporary = TRUE;
  if (self->levels->len > 0)
    ((WherryUploadLevel *) self->levels->pdata[self->levels->len - 1])->has_renames = TRUE;
  item->wire_path = wire_path;
  item->final_path = g_strdup (self->current_path);
  item->kept = wherry_resume_is_kept (self->job, item->size);
  if (!item->kept)
    return;
  g_autofree char *path = wherry_remote_join (self->landing.folder, wire_path);
  wherry_partials_add (self->job->partials, wherry_job_get_key (self->job, item->source_path), path,
                       item->size, item->mtime);
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
  WherryScpUploader *self = (WherryScpUploader *) uploader;
  g_auto (WherryResumePoint) point = { 0 };
  name = name_there (self, name);
  if (!is_sendable (self, name, source_path))
    return WHERRY_UPLOADER_REFUSED;
  if (!wherry_scp_uploader_make_ready (self, error))
    return WHERRY_UPLOADER_ERROR;

  g_autofree char *temporary_path = NULL;
  self->offset = 0;
  g_free (self->current_path);
  self->current_path = path_below_folder (self, name);
  if (!find_rest (self, source_path, size, times, &point, error))
    return WHERRY_UPLOADER_ERROR;
  if (point.path != NULL
      || wherry_landing_needs_temporary (&self->landing, self->current_path, size))
    {
      temporary_path = make_temporary_path (self, &point);
      /* What is to be gone on with stays also when the connection breaks. */
      if (!wherry_resume_is_kept (self->job, size)
          && !announce_temporary (self, temporary_path, error))
        return WHERRY_UPLOADER_ERROR;
    }

  WherryUploadItem *item = send_item (self, source_path);
  g_autofree char *wire_name
      = temporary_path != NULL ? g_path_get_basename (temporary_path) : g_strdup (name);
  item->size = size;
  item->mtime = times->mtime;
  if (temporary_path != NULL)
    make_temporary (self, item, g_steal_pointer (&temporary_path));
  else if (self->landing.folder != NULL)
    item->direct_path = g_strdup (self->current_path);
  self->current = item;
  if (point.offset > 0)
    {
      if (!wherry_scp_uploader_begin_rest (self, &point, mode, times, error))
        return WHERRY_UPLOADER_ERROR;
      return self->current != NULL ? WHERRY_UPLOADER_GO : WHERRY_UPLOADER_REFUSED;
    }
  wherry_scp_source_file (self->source, wire_name, mode, size, times, head, head_length, item->tag);

  while (self->current != NULL && !self->broken
         && wherry_scp_source_get_state (self->source) == WHERRY_SCP_SOURCE_WAIT)
    if (!wherry_scp_uploader_step (self, TRUE, error))
      return WHERRY_UPLOADER_ERROR;

  if (self->broken && !wherry_scp_uploader_recover (self, error))
    return WHERRY_UPLOADER_ERROR;
  return self->current != NULL ? WHERRY_UPLOADER_GO : WHERRY_UPLOADER_REFUSED;
}

static guint64
get_offset (WherryUploader *uploader)
{
  return ((WherryScpUploader *) uploader)->offset;
}

static guint8 *
reserve (WherryUploader *uploader, gsize *size, GError **error)
{
  WherryScpUploader *self = (WherryScpUploader *) uploader;
  if (self->rest != NULL)
    return wherry_scp_uploader_reserve_rest (self, size, error);
  for (;;)
    {
      if (self->broken && !wherry_scp_uploader_recover (self, error))
        return NULL;
      if (self->current == NULL)
        return NULL;

      guint64 remaining = wherry_scp_source_get_remaining (self->source);
      gsize room = 0;
      guint8 *buffer = wherry_scp_uploader_send_output (self)
                           ? wherry_channel_reserve (self->channel, &room)
                           : NULL;
      if (buffer != NULL)
        {
          *size = wherry_job_get_portion (self->job, (gsize) MIN (room, remaining));
          return buffer;
        }

      g_autoptr (GError) local_error = NULL;
      if (!wherry_scp_uploader_step (self, FALSE, error))
        return NULL;
      wherry_channel_wait (self->channel, WHERRY_CHANNEL_WRITABLE | WHERRY_CHANNEL_READABLE, -1,
                           self->job->cancellable, &local_error);
      if (local_error != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return NULL;
        }
    }
}

static gboolean
commit (WherryUploader *uploader, gsize length, GError **error)
{
  WherryScpUploader *self = (WherryScpUploader *) uploader;
  if (self->rest != NULL)
    return wherry_scp_uploader_commit_rest (self, length, error);
  wherry_channel_commit (self->channel, length);
  wherry_scp_source_data_sent (self->source, length);
  return wherry_job_add_bytes (self->job, self->channel, length, error);
}

/* What was promised has to be sent, or the server takes the next records for content. */
static gboolean
pad (WherryScpUploader *self, GError **error)
{
  static const guint8 zeros[64 * 1024];

  while (self->current != NULL && !self->broken)
    {
      guint64 remaining = wherry_scp_source_get_remaining (self->source);
      if (remaining == 0)
        return TRUE;
      if (!wherry_uploader_send (&self->parent, zeros, (gsize) MIN (remaining, sizeof zeros),
                                 error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
end_file (WherryUploader *uploader, const GError *failure, GError **error)
{
  WherryScpUploader *self = (WherryScpUploader *) uploader;
  if (self->current == NULL)
    return TRUE;
  if (self->rest != NULL)
    return wherry_scp_uploader_end_rest (self, failure, error);

  if (failure != NULL)
    {
      self->current->failure = g_error_copy (failure);
      /* A new file that went under its own name is ours, and not what it should be. */
      if (self->current->wire_path == NULL)
        self->current->wire_path = g_strdup (self->current->direct_path);
      if (!pad (self, error))
        return FALSE;
      if (self->current == NULL || self->broken)
        return TRUE;
    }

  wherry_scp_source_end_file (self->source,
                              failure != NULL ? "source changed or unreadable" : NULL);
  self->current = NULL;

  /* Replies are looked at now and then; as long as none is needed, the stream goes on. */
  if (++self->n_since_step < 32)
    return TRUE;
  self->n_since_step = 0;
  return wherry_scp_uploader_step (self, FALSE, error);
}

static char *
dup_path (WherryUploader *uploader)
{
  const WherryScpUploader *self = (WherryScpUploader *) uploader;

  if (self->current == NULL || self->landing.folder == NULL)
    return NULL;
  return wherry_remote_join (self->landing.folder, self->current_path);
}

static GHashTable *
settle (WherryUploader *uploader, GError **error)
{
  WherryScpUploader *self = (WherryScpUploader *) uploader;
  do
    {
      if (!wherry_scp_uploader_make_ready (self, error))
        return NULL;
      if (wherry_scp_source_get_n_pending (self->source) > 0
          && !wherry_scp_uploader_step (self, TRUE, error))
        return NULL;
  } while (self->broken || wherry_scp_source_get_n_pending (self->source) > 0);

  self->can_pipeline = FALSE;
  GHashTable *unsettled = g_steal_pointer (&self->unsettled);
  self->unsettled = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return unsettled;
}

static gboolean
finish (WherryUploader *uploader, GError **error)
{
  WherryScpUploader *self = (WherryScpUploader *) uploader;
  for (gboolean finishing = FALSE;;)
    {
      if (self->broken)
        {
          if (!wherry_scp_uploader_recover (self, error))
            return FALSE;
          finishing = FALSE;
        }
      if (!finishing)
        {
          if (!wherry_scp_uploader_make_ready (self, error))
            return FALSE;
          wherry_scp_source_finish (self->source);
          finishing = TRUE;
        }
      if (wherry_scp_source_get_state (self->source) == WHERRY_SCP_SOURCE_FINISHED)
        break;
      if (!wherry_scp_uploader_step (self, TRUE, error))
        return FALSE;
    }

  wherry_channel_send_eof (self->channel);
  if (!wherry_scp_exit_await (self->job, self->channel, error)
      || !wherry_scp_uploader_check_end (self, error))
    return FALSE;
  wherry_scp_uploader_close_directories (self);
  return self->target == NULL
         || wherry_remote_target_finish (self->target, -1, self->job->cancellable, error);
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
 * wherry_scp_uploader_new:
 * @session: a connected session; a reference is kept
 * @job: the job whose target this goes to; a reference is kept
 * @source_name: (nullable): the name the top-level entry has at its source; %NULL
 *   for a folder without one: its entries go into the target
 * @tree: whether that entry is a folder
 * @can_repeat: whether the caller can send files again that had no verdict when
 *   the server's sink broke; without it nothing is sent ahead of its reply
 * @error: nothing can be put there, the connection broke, or it was cancelled
 *
 * Finds out where the upload lands and starts the server's `scp`.
 *
 * Returns: (transfer full) (nullable): an uploader
 */
WherryUploader *
wherry_scp_uploader_new (WherrySession *session,
                         WherryJob *job,
                         const char *source_name,
                         gboolean tree,
                         gboolean can_repeat,
                         GError **error)
{
  WherryScpUploader *self = g_new0 (WherryScpUploader, 1);
  g_autoptr (WherryUploader) uploader = &self->parent;

  uploader->klass = &klass;
  self->session = g_object_ref (session);
  self->job = wherry_job_ref (job);
  self->can_repeat = can_repeat;
  WherryServerKind kind = wherry_session_get_server_kind (session);
  self->can_pipeline = can_repeat && kind != WHERRY_SERVER_OTHER;
  self->caution = FIRST_CAUTION;
  self->sent = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, item_free);
  self->filing = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, item_free);
  self->levels = g_ptr_array_new_with_free_func (level_free);
  self->unsettled = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  /* Most targets are folders: that the server's scp starts in the target as a folder is asked for
     while it is still being found out. Not of dropbear, whose whole connection may end when a
     channel is closed on it (see let_end() of the SFTP client). */
  g_autofree char *guess = wherry_landing_guess_command (job->target, job->flags, tree);
  if (wherry_session_has_room (session) && kind != WHERRY_SERVER_DROPBEAR)
    self->channel = wherry_session_start (session, guess, NULL);
  if (!wherry_scp_uploader_open_target (self, source_name, tree, error))
    return NULL;
  self->command = wherry_landing_make_command (&self->landing, job->flags, tree);
  if (!g_str_equal (self->command, guess))
    wherry_scp_uploader_close_channel (self);
  if (!wherry_scp_uploader_open_channel (self, error))
    return NULL;

  return g_steal_pointer (&uploader);
}
