#include "config.h"

#include "transfer/wherry-scp-uploader-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "scp/wherry-scp-words.h"
#include "transfer/wherry-scp-exit.h"

/* However often the sink broke, it is tried again after so many files. */
#define MOST_CAUTION 4096

/* Replies owed at most. What is under way unanswered has to be sent again after a break. */
#define MOST_PENDING 4096

/* Bytes of replies taken in one go: a server that talks without end must not keep anybody from
 * cancelling. */
#define TAKE_MAX_BYTES (512 * 1024)

/* The file itself may well be open to writing. */
static void
explain_denial (GError *error)
{
  g_autofree char *words = g_steal_pointer (&error->message);

  /* Translators: %s is a whole sentence with the server's words. */
  error->message = g_strdup_printf (_ ("%s. The folder has to let this account make files, also "
                                       "where one is replaced: the new one is made beside it"),
                                    words);
}

static GError *
error_from_words (WherryUploadItem *item, const char *words)
{
  if (item->failure != NULL)
    return g_error_copy (item->failure);
  if (words == NULL || *words == '\0')
    return wherry_scp_words_to_error ("");
  if (!item->temporary)
    return wherry_scp_words_to_error (words);

  /* The person asked for a file by its own name: the temporary one would only puzzle. */
  GString *text = g_string_new (words);
  g_autofree char *wire_name = g_path_get_basename (item->wire_path);
  g_autofree char *final_name = g_path_get_basename (item->final_path);
  g_string_replace (text, wire_name, final_name, 0);
  GError *error = wherry_scp_words_to_error (text->str);
  g_string_free (text, TRUE);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    explain_denial (error);
  return error;
}

/**
 * wherry_scp_uploader_forget:
 * @self: an uploader
 * @item: a file that is not half there any more
 */
void
wherry_scp_uploader_forget (WherryScpUploader *self, WherryUploadItem *item)
{
  if (item->kept)
    wherry_partials_remove (self->job->partials, wherry_job_get_key (self->job, item->source_path));
  item->kept = FALSE;
}

/**
 * wherry_scp_uploader_fail_item:
 * @self: an uploader
 * @item: an entry that is not there
 * @words: (nullable): the server's
 */
void
wherry_scp_uploader_fail_item (WherryScpUploader *self, WherryUploadItem *item, const char *words)
{
  g_autoptr (GError) error = error_from_words (item, words);

  wherry_scp_uploader_forget (self, item);
  wherry_job_fail (self->job, item->source_path, error);
}

static void
tell_done (WherryScpUploader *self, WherryUploadItem *item)
{
  wherry_scp_uploader_forget (self, item);
  wherry_job_entry_done (self->job, wherry_job_get_key (self->job, item->source_path), item->size,
                         item->mtime);
}

/* Told when the file has its name, or can't have it. */
static void
on_filed (guint64 tag, const char *words, gpointer user_data)
{
  WherryScpUploader *self = user_data;
  WherryUploadItem *item = g_hash_table_lookup (self->filing, &tag);

  g_return_if_fail (item != NULL);
  if (words != NULL)
    wherry_scp_uploader_fail_item (self, item, words);
  else if (!item->is_directory)
    tell_done (self, item);
  g_hash_table_remove (self->filing, &tag);
}

/**
 * wherry_scp_uploader_open_target:
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
wherry_scp_uploader_open_target (WherryScpUploader *self,
                                 const char *source_name,
                                 gboolean tree,
                                 GError **error)
{
  WherryJob *job = self->job;
  WherryRemoteTargetFlags flags = WHERRY_REMOTE_TARGET_DEFAULT;

  if (tree)
    flags |= WHERRY_REMOTE_TARGET_TREE;
  if (!(job->flags & WHERRY_TRANSFER_PRESERVE))
    flags |= WHERRY_REMOTE_TARGET_KEEP_MODES;

  self->target = wherry_remote_target_open (self->session, job->target->path,
                                            source_name != NULL ? source_name : ".", flags,
                                            job->cancellable, error);
  if (self->target == NULL)
    return FALSE;

  const WherryRemoteSurvey *survey = wherry_remote_target_get_survey (self->target);
  if (!wherry_landing_find (&self->landing, survey, job->target,
                            (job->flags & WHERRY_TRANSFER_INTO) != 0, source_name, tree, error))
    {
      /* SFTP may tell what no shell does. */
      job->target_lacks_scp = survey->target == WHERRY_REMOTE_UNKNOWN;
      return FALSE;
    }

  if (survey->target == WHERRY_REMOTE_MISSING)
    job->lands_as_target = TRUE;
  if (self->landing.folder == NULL)
    g_clear_pointer (&self->target, wherry_remote_target_close);
  else
    wherry_remote_target_set_done (self->target, on_filed, self);
  return TRUE;
}

/**
 * wherry_scp_uploader_open_channel:
 * @self: an uploader without a channel, or with one that was only asked for
 * @error: the server doesn't open one
 *
 * Starts the server's `scp -t`.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_scp_uploader_open_channel (WherryScpUploader *self, GError **error)
{
  WherryScpSourceFlags flags = WHERRY_SCP_SOURCE_DEFAULT;

  if (self->job->flags & WHERRY_TRANSFER_PRESERVE)
    flags |= WHERRY_SCP_SOURCE_PRESERVE;
  if (self->can_pipeline && self->caution_left == 0)
    flags |= WHERRY_SCP_SOURCE_PIPELINE;

  /* If what was asked for is refused, the server may have no place for it on this connection. */
  if (self->channel != NULL
      && !wherry_channel_await_open (self->channel, self->job->cancellable, NULL))
    wherry_scp_uploader_close_channel (self);
  if (self->channel == NULL)
    {
      g_autoptr (GError) refusal = NULL;

      self->channel = wherry_session_exec_somewhere (self->session, self->command,
                                                     self->job->cancellable, &refusal);
      if (self->channel == NULL)
        {
          self->job->target_lacks_scp
              = self->last_tag == 0 && g_error_matches (refusal, WHERRY_ERROR, WHERRY_ERROR_REMOTE);
          g_propagate_error (error, g_steal_pointer (&refusal));
          return FALSE;
        }
    }
  self->source = wherry_scp_source_new (flags);
  self->n_settled = 0;
  self->broken = FALSE;
  return TRUE;
}

/**
 * wherry_scp_uploader_close_channel:
 * @self: an uploader
 *
 * Ends the server's `scp -t`, if it runs.
 */
void
wherry_scp_uploader_close_channel (WherryScpUploader *self)
{
  g_clear_pointer (&self->source, wherry_scp_source_free);
  if (self->channel != NULL)
    wherry_channel_close (self->channel);
  g_clear_object (&self->channel);
}

/* Whether a new file that went under its own name is there, but with other content than it should
 * have. The sink's words on a mode or a time that it can't set come only if the content is right.
 */
static gboolean
is_spoilt (WherryScpUploader *self, WherryUploadItem *item, const WherryScpSourceEvent *event)
{
  return event->begun && item->wire_path == NULL && item->direct_path != NULL
         && (event->text == NULL
             || (strstr (event->text, ": set mode: ") == NULL
                 && strstr (event->text, ": set times: ") == NULL));
}

/**
 * wherry_scp_uploader_file_item:
 * @self: an uploader
 * @item: a file that was sent, and is complete under its temporary name
 *
 * Has it put in its place.
 */
void
wherry_scp_uploader_file_item (WherryScpUploader *self, WherryUploadItem *item)
{
  g_hash_table_steal (self->sent, &item->tag);
  g_hash_table_insert (self->filing, &item->tag, item);
  wherry_remote_target_rename (self->target, item->wire_path, item->final_path, item->tag);
}

static void
settle_file (WherryScpUploader *self, const WherryScpSourceEvent *event, gboolean done)
{
  WherryUploadItem *item = g_hash_table_lookup (self->sent, &event->tag);

  g_return_if_fail (item != NULL);
  if (self->current == item)
    self->current = NULL;
  self->n_settled++;

  if (!done)
    {
      wherry_scp_uploader_fail_item (self, item, event->text);
      if (item->wire_path != NULL && self->target != NULL)
        wherry_remote_target_remove (self->target, item->wire_path);
      else if (self->target != NULL && is_spoilt (self, item, event))
        wherry_remote_target_remove (self->target, item->direct_path);
      g_hash_table_remove (self->sent, &event->tag);
      return;
    }

  if (self->caution_left > 0)
    self->caution_left--;
  if (item->temporary)
    {
      wherry_scp_uploader_file_item (self, item);
      return;
    }
  tell_done (self, item);
  g_hash_table_remove (self->sent, &event->tag);
}

/* A folder's last mode is set by us once the server's scp is done with all: that answers a folder's
 * `E` first and sets its mode after (sink() in scp.c), which would undo ours. */
static void
close_directory (WherryScpUploader *self, const WherryScpSourceEvent *event)
{
  WherryUploadItem *item = g_hash_table_lookup (self->sent, &event->tag);

  if (item != NULL && event->text != NULL)
    wherry_scp_uploader_fail_item (self, item, event->text);
  else if (item != NULL && item->final_path != NULL && self->target != NULL)
    {
      g_hash_table_steal (self->sent, &event->tag);
      g_hash_table_insert (self->filing, &item->tag, item);
      g_queue_push_tail (&self->to_close, item);
      return;
    }
  g_hash_table_remove (self->sent, &event->tag);
}

static void
handle_event (WherryScpUploader *self,
              WherryScpSourceEventType type,
              const WherryScpSourceEvent *event)
{
  WherryUploadItem *item;

  switch (type)
    {
    case WHERRY_SCP_SOURCE_FILE_DONE:
    case WHERRY_SCP_SOURCE_FILE_FAILED:
      settle_file (self, event, type == WHERRY_SCP_SOURCE_FILE_DONE);
      break;

    case WHERRY_SCP_SOURCE_DIRECTORY_DONE:
      self->directory_verdict = WHERRY_UPLOADER_GO;
      break;

    case WHERRY_SCP_SOURCE_DIRECTORY_FAILED:
      self->directory_verdict = WHERRY_UPLOADER_REFUSED;
      self->n_settled++;
      item = g_hash_table_lookup (self->sent, &event->tag);
      if (item != NULL)
        wherry_scp_uploader_fail_item (self, item, event->text);
      g_hash_table_remove (self->sent, &event->tag);
      break;

    case WHERRY_SCP_SOURCE_WARNING:
      /* A file's verdict tells enough; a folder that could not get its times is not as it was. */
      item = g_hash_table_lookup (self->sent, &event->tag);
      if (item != NULL && item->is_directory)
        wherry_scp_uploader_fail_item (self, item, event->text);
      break;

    case WHERRY_SCP_SOURCE_DIRECTORY_CLOSED:
      close_directory (self, event);
      break;

    case WHERRY_SCP_SOURCE_BROKE:
      self->broken = TRUE;
      g_free (self->broke_text);
      self->broke_text = g_strdup (event->text);
      self->broke_noise = event->noise;
      break;

    case WHERRY_SCP_SOURCE_NEED_INPUT:
      break;
    }
}

static gboolean
take_replies (WherryScpUploader *self)
{
  WherryScpSourceEvent event;
  WherryScpSourceEventType type;
  gboolean any = FALSE;
  gsize length;

  for (gsize taken = 0; taken < TAKE_MAX_BYTES && !self->broken; taken += length)
    {
      const guint8 *data = wherry_channel_peek (self->channel, &length);
      if (data == NULL || length == 0)
        break;
      const guint8 *p = data;
      gsize left = length;
      while ((type = wherry_scp_source_next (self->source, &p, &left, &event))
             != WHERRY_SCP_SOURCE_NEED_INPUT)
        handle_event (self, type, &event);
      wherry_channel_consume (self->channel, length);
      any = TRUE;
    }

  if (!self->broken && wherry_channel_is_input_ended (self->channel))
    {
      const guint8 *p = NULL;
      gsize left = 0;
      wherry_scp_source_end_of_input (self->source);
      while ((type = wherry_scp_source_next (self->source, &p, &left, &event))
             != WHERRY_SCP_SOURCE_NEED_INPUT)
        handle_event (self, type, &event);
    }
  return any;
}

/**
 * wherry_scp_uploader_send_output:
 * @self: an uploader
 *
 * Returns: %FALSE if there is no room for all records that wait to go out
 */
gboolean
wherry_scp_uploader_send_output (WherryScpUploader *self)
{
  while (wherry_scp_source_has_output (self->source))
    {
      gsize room;
      guint8 *buffer = wherry_channel_reserve (self->channel, &room);
      if (buffer == NULL)
        return FALSE;
      wherry_channel_commit (self->channel,
                             wherry_scp_source_take_output (self->source, buffer, room));
    }
  return TRUE;
}

/* What the server's scp said and how it ended, when it ended too early. */
static void
set_broken_error (WherryScpUploader *self, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  gint64 deadline = g_get_monotonic_time () + 5 * G_USEC_PER_SEC;

  wherry_channel_send_eof (self->channel);
  if (wherry_channel_wait (self->channel, WHERRY_CHANNEL_EXITED, deadline, self->job->cancellable,
                           &local_error)
          == 0
      && local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return;
    }

  g_autofree char *error_output = wherry_channel_dup_error_text (self->channel);
  WherryScpExit end = { .words = self->broke_text,
                        .noise = self->broke_noise,
                        .error_output = error_output,
                        .status = wherry_channel_get_exit_status (self->channel) };
  self->job->target_lacks_scp = self->n_settled == 0 && wherry_scp_exit_shows_no_scp (&end);
  g_propagate_error (error, wherry_scp_exit_to_error (&end));
}

static gboolean
reenter_directories (WherryScpUploader *self, GError **error)
{
  for (guint i = 0; i < self->levels->len; i++)
    {
      WherryUploadLevel *level = self->levels->pdata[i];

      while (!self->broken && wherry_scp_source_get_state (self->source) == WHERRY_SCP_SOURCE_WAIT)
        if (!wherry_scp_uploader_step (self, TRUE, error))
          return FALSE;

      self->directory_verdict = WHERRY_UPLOADER_ERROR;
      wherry_scp_source_directory (self->source, level->name, level->mode, &level->times,
                                   level->tag);
      while (!self->broken && self->directory_verdict == WHERRY_UPLOADER_ERROR)
        if (!wherry_scp_uploader_step (self, TRUE, error))
          return FALSE;
      if (self->broken || self->directory_verdict != WHERRY_UPLOADER_GO)
        {
          g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_REMOTE,
                       _ ("The server's folder could not be entered again after an error"));
          return FALSE;
        }
    }
  return TRUE;
}

/**
 * wherry_scp_uploader_recover:
 * @self: an uploader whose sink broke
 * @error: the server's words, if there is no going on
 *
 * Goes on after the sink went out of step because it refused a file whose
 * content was sent ahead: by a new channel, in the same folder, more carefully.
 * All before that file has its verdict; what came after it was not written and
 * is sent again by the caller, see wherry_scp_uploader_settle().
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_scp_uploader_recover (WherryScpUploader *self, GError **error)
{
  GHashTableIter iter;
  gpointer value;

  if (self->n_settled == 0 || (self->landing.folder == NULL && self->levels->len > 0))
    {
      set_broken_error (self, error);
      return FALSE;
    }

  g_hash_table_iter_init (&iter, self->sent);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      WherryUploadItem *item = value;
      if (item->is_directory)
        continue;
      const char *path = item->wire_path;
      if (item->failure != NULL || !self->can_repeat)
        {
          wherry_scp_uploader_fail_item (self, item, self->broke_text);
          path = path != NULL ? path : item->direct_path;
        }
      else
        g_hash_table_add (self->unsettled, g_strdup (item->source_path));
      wherry_scp_uploader_forget (self, item);
      if (path != NULL && self->target != NULL)
        wherry_remote_target_remove (self->target, path);
      g_hash_table_iter_remove (&iter);
    }
  self->current = NULL;

  wherry_scp_uploader_close_channel (self);
  self->caution_left = self->caution;
  self->caution = MIN (self->caution * 2, MOST_CAUTION);
  return wherry_scp_uploader_open_channel (self, error) && reenter_directories (self, error);
}

/**
 * wherry_scp_uploader_step:
 * @self: an uploader
 * @wait: whether to come back only after something moved
 * @error: the connection broke, or it was cancelled
 *
 * One round: records out, replies in, files put in place. A broken sink is not
 * mended here.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_scp_uploader_step (WherryScpUploader *self, gboolean wait, GError **error)
{
  gboolean sent_all = wherry_scp_uploader_send_output (self);
  gboolean moved = take_replies (self);

  if (self->target != NULL && !wherry_remote_target_poll (self->target, error))
    return FALSE;
  if (!wait || moved || self->broken)
    return wherry_job_check (self->job, error);

  WherryChannelCondition wanted = WHERRY_CHANNEL_READABLE;
  if (!sent_all)
    wanted |= WHERRY_CHANNEL_WRITABLE;
  g_autoptr (GError) local_error = NULL;
  wherry_channel_wait (self->channel, wanted, -1, self->job->cancellable, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  return TRUE;
}

/**
 * wherry_scp_uploader_make_ready:
 * @self: an uploader
 * @error: the transfer is over
 *
 * Waits until the next entry may be sent, and mends what is broken.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_scp_uploader_make_ready (WherryScpUploader *self, GError **error)
{
  for (;;)
    {
      if (self->broken)
        {
          if (!wherry_scp_uploader_recover (self, error))
            return FALSE;
          continue;
        }

      WherryScpSourceState state = wherry_scp_source_get_state (self->source);
      gboolean crowded = wherry_scp_source_get_n_pending (self->source) > MOST_PENDING;
      if (state == WHERRY_SCP_SOURCE_READY && !crowded)
        {
          wherry_scp_source_set_pipeline (self->source,
                                          self->can_pipeline && self->caution_left == 0);
          return TRUE;
        }
      if (!wherry_scp_uploader_step (self, TRUE, error))
        return FALSE;
    }
}

/**
 * wherry_scp_uploader_check_end:
 * @self: an uploader whose scp has ended, every reply having come
 * @error: the server sent more than that
 *
 * Looks at what came behind the last reply (rule R7): with a reply too many it
 * is no longer certain what each of them answered.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_scp_uploader_check_end (WherryScpUploader *self, GError **error)
{
  if (!wherry_scp_uploader_step (self, FALSE, error))
    return FALSE;
  if (!self->broken)
    return TRUE;

  g_set_error_literal (error, WHERRY_ERROR, WHERRY_ERROR_PROTOCOL,
                       _ ("The server answered more often than it was asked, so it is not certain "
                          "that every file is whole. Copy them again"));
  return FALSE;
}

/**
 * wherry_scp_uploader_close_directories:
 * @self: an uploader whose scp has ended
 *
 * Asks for the modes of folders that let nobody write.
 */
void
wherry_scp_uploader_close_directories (WherryScpUploader *self)
{
  WherryUploadItem *item;

  while ((item = g_queue_pop_head (&self->to_close)) != NULL)
    wherry_remote_target_set_mode (self->target, item->final_path, item->final_mode, item->tag);
}

/**
 * wherry_scp_uploader_await_renames:
 * @self: an uploader
 * @error: the transfer is over
 *
 * Waits until all that was sent has its verdict and is in its place.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_scp_uploader_await_renames (WherryScpUploader *self, GError **error)
{
  for (;;)
    {
      if (!wherry_scp_uploader_make_ready (self, error))
        return FALSE;
      if (wherry_scp_source_get_n_pending (self->source) == 0)
        break;
      if (!wherry_scp_uploader_step (self, TRUE, error))
        return FALSE;
    }
  return self->target == NULL
         || wherry_remote_target_finish (self->target, -1, self->job->cancellable, error);
}
