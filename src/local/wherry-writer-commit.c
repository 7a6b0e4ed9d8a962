#include "config.h"

#include "local/wherry-writer-private.h"

#include <glib/gi18n-lib.h>

#include "local/wherry-local-error.h"

/*
 * One journal commit serves all files of a batch, since all of them are handed
 * to the disk before the first one is waited for. A batch is what came in while
 * the one before it was synced, so it grows by itself where the disk is slow.
 */
#define BATCH_MAX 128

/* What may wait, so that memory and fds stay flat however many files there are. */
#define QUEUE_ITEMS_MAX 192
#define QUEUE_DIRECTORIES_MAX 64
#define QUEUE_BYTES_MAX (8 * 1024 * 1024)

static void
count_pending (WherryWriterItem *item, int step)
{
  g_atomic_int_add (&item->dir->n_pending, step);
  if (item->kind == WHERRY_WRITER_ITEM_NEW_DIRECTORY)
    g_atomic_int_add (&item->dir->parent->n_pending, step);
}

static gboolean
has_room_for (WherryWriter *self, const WherryWriterItem *item, gsize bytes)
{
  if (self->queue.length >= QUEUE_ITEMS_MAX)
    return FALSE;
  if (item->kind != WHERRY_WRITER_ITEM_FILE)
    return self->n_queued_directories < QUEUE_DIRECTORIES_MAX;
  return self->queued_bytes == 0 || self->queued_bytes + bytes <= QUEUE_BYTES_MAX;
}

/* wherry_writer_push: hands an item over; waits while too much is on its way. */
void
wherry_writer_push (WherryWriter *self, WherryWriterItem *item)
{
  gsize bytes = item->in_memory ? item->size : 0;

  count_pending (item, 1);
  pthread_mutex_lock (&self->lock);
  while (!has_room_for (self, item, bytes))
    pthread_cond_wait (&self->has_room, &self->lock);
  g_queue_push_tail (&self->queue, item);
  self->queued_bytes += bytes;
  self->n_queued_directories += item->kind != WHERRY_WRITER_ITEM_FILE;
  gboolean wake = !self->busy;
  pthread_mutex_unlock (&self->lock);

  if (wake)
    pthread_cond_signal (&self->has_work);
}

/* wherry_writer_tell: the one report of an item. */
void
wherry_writer_tell (WherryWriter *self, const WherryWriterItem *item)
{
  g_autofree char *path = NULL;

  if (item->kind != WHERRY_WRITER_ITEM_FILE && item->error == NULL)
    return;
  path = wherry_writer_item_dup_path (item);
  self->report (path, item->kind == WHERRY_WRITER_ITEM_FILE ? item->size : 0, item->error,
                self->user_data);
}

static gboolean
is_aborting (WherryWriter *self)
{
  pthread_mutex_lock (&self->lock);
  gboolean aborting = self->aborting;
  pthread_mutex_unlock (&self->lock);
  return aborting;
}

static void
cancel_items (GPtrArray *batch)
{
  for (guint i = 0; i < batch->len; i++)
    {
      WherryWriterItem *item = batch->pdata[i];

      if (item->kind == WHERRY_WRITER_ITEM_FILE && item->error == NULL)
        item->error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Cancelled"));
    }
}

static void
place_items (GPtrArray *batch)
{
  /* In the order they came: a directory's own change comes after everything in it. */
  for (guint i = 0; i < batch->len; i++)
    {
      WherryWriterItem *item = batch->pdata[i];

      switch (item->kind)
        {
        case WHERRY_WRITER_ITEM_FILE:
          wherry_writer_item_place (item);
          if (item->error != NULL)
            wherry_writer_item_discard (item);
          break;
        case WHERRY_WRITER_ITEM_NEW_DIRECTORY:
          item->dir->parent->dirty = TRUE;
          break;
        case WHERRY_WRITER_ITEM_END_DIRECTORY:
          wherry_writer_dir_apply (item->dir, &item->error);
          item->dir->dirty = TRUE;
          break;
        default:
          g_assert_not_reached ();
        }
    }
}

static void
sync_directory (WherryWriterDir *dir)
{
  if (!dir->dirty)
    return;
  dir->dirty = FALSE;
  dir->sync_errno = wherry_writer_dir_sync (dir);
}

static void
sync_directories (GPtrArray *batch)
{
  for (guint i = 0; i < batch->len; i++)
    {
      WherryWriterItem *item = batch->pdata[i];

      sync_directory (item->dir);
      if (item->kind == WHERRY_WRITER_ITEM_NEW_DIRECTORY)
        sync_directory (item->dir->parent);
    }
  for (guint i = 0; i < batch->len; i++)
    {
      WherryWriterItem *item = batch->pdata[i];

      if (item->error == NULL && item->dir->sync_errno != 0
          && (item->placed || item->kind == WHERRY_WRITER_ITEM_END_DIRECTORY))
        wherry_local_set_error (&item->error, WHERRY_LOCAL_SYNC, item->dir->path,
                                item->dir->sync_errno);
    }
}

static void
commit (WherryWriter *self, GPtrArray *batch)
{
  gboolean aborting = is_aborting (self);

  for (guint i = 0; i < batch->len && !aborting; i++)
    {
      WherryWriterItem *item = batch->pdata[i];
      if (item->kind == WHERRY_WRITER_ITEM_FILE)
        wherry_writer_item_prepare (item, self->flags, self->umask);
    }
  for (guint i = 0; i < batch->len && !aborting; i++)
    {
      WherryWriterItem *item = batch->pdata[i];
      if (item->kind == WHERRY_WRITER_ITEM_FILE)
        wherry_writer_item_sync (item);
      aborting = is_aborting (self);
    }
  if (aborting)
    cancel_items (batch);
  place_items (batch);
  sync_directories (batch);

  for (guint i = 0; i < batch->len; i++)
    {
      WherryWriterItem *item = batch->pdata[i];

      wherry_writer_tell (self, item);
      count_pending (item, -1);
      wherry_writer_item_free (item);
    }
  g_ptr_array_set_size (batch, 0);
}

static gboolean
take_batch (WherryWriter *self, GPtrArray *batch)
{
  pthread_mutex_lock (&self->lock);
  self->busy = FALSE;
  if (self->queue.length == 0)
    pthread_cond_broadcast (&self->has_room);
  while (self->queue.length == 0 && !self->closing)
    pthread_cond_wait (&self->has_work, &self->lock);

  while (self->queue.length > 0 && batch->len < BATCH_MAX)
    {
      WherryWriterItem *item = g_queue_pop_head (&self->queue);
      self->queued_bytes -= item->in_memory ? item->size : 0;
      self->n_queued_directories -= item->kind != WHERRY_WRITER_ITEM_FILE;
      g_ptr_array_add (batch, item);
    }
  self->busy = batch->len > 0;
  if (self->busy)
    pthread_cond_broadcast (&self->has_room);
  pthread_mutex_unlock (&self->lock);
  return batch->len > 0;
}

/* wherry_writer_commit_thread: syncs, renames and reports, until told to close and nothing is left.
 */
gpointer
wherry_writer_commit_thread (gpointer data)
{
  WherryWriter *self = data;
  g_autoptr (GPtrArray) batch = g_ptr_array_sized_new (BATCH_MAX);

  while (take_batch (self, batch))
    commit (self, batch);
  return NULL;
}
