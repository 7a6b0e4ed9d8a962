#include "transfer/wherry-fetch.h"

#include <glib/gstdio.h>

#include "base/wherry-error.h"
#include "local/wherry-temporary.h"

/* Between two looks whether they are still being read; longer than any program dwells between two
 * files. Seconds. */
#define RECHECK_SECONDS 60

/* The same as for every other download: times and all that is in a folder. */
#define FETCH_FLAGS                                                            \
  (WHERRY_TRANSFER_RECURSIVE | WHERRY_TRANSFER_PRESERVE | WHERRY_TRANSFER_INTO \
   | WHERRY_TRANSFER_PASSING)

/* A fetch under way. */
typedef struct {
  WherryFetched *fetched;
  GPtrArray *transfers; /* element-type WherryTransfer */
  guint n_left;
} Fetch;

static void
fetched_free (WherryFetched *self)
{
  g_free (self->folder);
  g_ptr_array_unref (self->paths);
  g_free (self);
}

static void
fetch_free (gpointer data)
{
  Fetch *self = data;

  g_clear_pointer (&self->fetched, fetched_free);
  g_ptr_array_unref (self->transfers);
  g_free (self);
}

/* Whether what arrived is to be handed over: all of it, or all but what the transfer names as not
 * copied. Half a folder whose end nobody knows of is not. */
static gboolean
is_usable (WherryTransfer *transfer)
{
  switch (wherry_transfer_get_state (transfer))
    {
    case WHERRY_TRANSFER_DONE:
      return TRUE;
    case WHERRY_TRANSFER_FAILED:
      return g_error_matches (wherry_transfer_get_error (transfer), WHERRY_ERROR,
                              WHERRY_ERROR_INCOMPLETE);
    case WHERRY_TRANSFER_WAITING:
    case WHERRY_TRANSFER_CONNECTING:
    case WHERRY_TRANSFER_RUNNING:
    case WHERRY_TRANSFER_CANCELLED:
    default:
      return FALSE;
    }
}

static void
remove_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Fetch *self = task_data;

  for (guint i = 0; i < self->transfers->len; i++)
    if (!is_usable (self->transfers->pdata[i]))
      wherry_temporary_remove (self->fetched->paths->pdata[i]);
  g_task_return_pointer (task, g_steal_pointer (&self->fetched), NULL);
}

static void
finish (GTask *task)
{
  Fetch *self = g_task_get_task_data (task);

  for (guint i = 0; i < self->transfers->len; i++)
    if (wherry_transfer_get_state (self->transfers->pdata[i]) != WHERRY_TRANSFER_DONE)
      self->fetched->n_failed++;

  if (self->fetched->n_failed == 0)
    g_task_return_pointer (task, g_steal_pointer (&self->fetched), NULL);
  else
    g_task_run_in_thread (task, remove_in_thread);
  g_object_unref (task);
}

static void
on_state (WherryTransfer *transfer, GParamSpec *pspec, GTask *task)
{
  Fetch *self = g_task_get_task_data (task);

  if (!wherry_transfer_is_over (transfer))
    return;
  g_signal_handlers_disconnect_by_func (transfer, on_state, task);
  if (--self->n_left == 0)
    finish (task);
}

/* Each in a folder of its own, as two may have the same name. */
static char *
make_subfolder (const char *folder, guint index)
{
  g_autofree char *name = g_strdup_printf ("%u", index);
  g_autofree char *path = g_build_filename (folder, name, NULL);

  /* Should that fail the transfer will say so. */
  g_mkdir (path, 0700);
  return g_steal_pointer (&path);
}

/**
 * wherry_fetch_async:
 * @queue: what does the work, and shows it
 * @files: what to fetch
 * @callback: called when all of it is over
 * @user_data: for @callback
 *
 * Downloads files into a private folder, for another program. Main thread only.
 */
void
wherry_fetch_async (WherryQueue *queue,
                    WherryRemoteFiles *files,
                    GAsyncReadyCallback callback,
                    gpointer user_data)
{
  g_return_if_fail (WHERRY_IS_QUEUE (queue));
  g_return_if_fail (files != NULL);

  GTask *task = g_task_new (queue, NULL, callback, user_data);
  Fetch *self = g_new0 (Fetch, 1);
  g_autoptr (GError) error = NULL;
  guint n = wherry_remote_files_get_n (files);

  g_task_set_source_tag (task, wherry_fetch_async);
  g_task_set_task_data (task, self, fetch_free);
  self->transfers = g_ptr_array_new_with_free_func (g_object_unref);
  self->fetched = g_new0 (WherryFetched, 1);
  self->fetched->paths = g_ptr_array_new_with_free_func (g_free);
  self->fetched->folder = wherry_temporary_new (&error);
  if (error != NULL)
    g_warning ("%s", error->message);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = wherry_remote_files_dup_name (files, i);
      g_autofree char *subfolder
          = self->fetched->folder != NULL
                ? make_subfolder (self->fetched->folder, i)
                : g_build_filename (g_get_user_cache_dir (), "wherry", "not there", NULL);
      g_autoptr (WherryEndpoint) source
          = wherry_endpoint_new_remote (wherry_remote_files_get_login (files),
                                        wherry_remote_files_get (files, i)->path);
      g_autoptr (WherryEndpoint) target = wherry_endpoint_new_local (subfolder);

      g_ptr_array_add (self->fetched->paths, g_build_filename (subfolder, name, NULL));
      g_ptr_array_add (self->transfers, wherry_transfer_new (source, target, FETCH_FLAGS));
    }

  self->n_left = n;
  for (guint i = 0; i < n; i++)
    g_signal_connect (self->transfers->pdata[i], "notify::state", G_CALLBACK (on_state), task);
  if (n == 0)
    {
      finish (task);
      return;
    }
  for (guint i = 0; i < n; i++)
    wherry_queue_append (queue, self->transfers->pdata[i]);
}

/**
 * wherry_fetch_finish:
 * @queue: the queue
 * @result: what the callback was given
 *
 * What went wrong is told by the transfers in the queue.
 *
 * Returns: (transfer full): what arrived; give it to wherry_fetched_remove() or
 *   wherry_fetched_remove_later()
 */
WherryFetched *
wherry_fetch_finish (WherryQueue *queue, GAsyncResult *result)
{
  g_return_val_if_fail (g_task_is_valid (result, queue), NULL);

  return g_task_propagate_pointer (G_TASK (result), NULL);
}

/**
 * wherry_fetched_to_uri_list:
 * @self: what was fetched
 *
 * Returns: (transfer full): all of it as `text/uri-list` (RFC 2483 section 5);
 *   what could not be had is in it by a URI that does not exist, so that who
 *   reads it misses it
 */
char *
wherry_fetched_to_uri_list (const WherryFetched *self)
{
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < self->paths->len; i++)
    {
      g_autofree char *uri = g_filename_to_uri (self->paths->pdata[i], NULL, NULL);

      g_string_append_printf (list, "%s\r\n", uri);
    }
  return g_string_free (list, FALSE);
}

static void
remove_folder_in_thread (GTask *task, gpointer source, gpointer folder, GCancellable *cancellable)
{
  wherry_temporary_remove (folder);
  g_task_return_boolean (task, TRUE);
}

/**
 * wherry_fetched_remove:
 * @self: (transfer full): what was fetched
 *
 * Removes it from the disk.
 */
void
wherry_fetched_remove (WherryFetched *self)
{
  if (self->folder != NULL)
    {
      g_autoptr (GTask) task = g_task_new (NULL, NULL, NULL, NULL);

      g_task_set_task_data (task, g_strdup (self->folder), g_free);
      g_task_run_in_thread (task, remove_folder_in_thread);
    }
  if (self->removed != NULL)
    self->removed (self->user_data);
  fetched_free (self);
}

static void
check_in_thread (GTask *task, gpointer source, gpointer folder, GCancellable *cancellable)
{
  g_task_return_boolean (task, wherry_temporary_is_in_use (folder));
}

static gboolean check_again (gpointer user_data);

static void
on_checked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  WherryFetched *self = user_data;

  if (g_task_propagate_boolean (G_TASK (result), NULL))
    g_timeout_add_seconds (RECHECK_SECONDS, check_again, self);
  else
    wherry_fetched_remove (self);
}

static gboolean
check_again (gpointer user_data)
{
  WherryFetched *self = user_data;
  g_autoptr (GTask) task = g_task_new (NULL, NULL, on_checked, self);

  g_task_set_task_data (task, g_strdup (self->folder), g_free);
  g_task_run_in_thread (task, check_in_thread);
  return G_SOURCE_REMOVE;
}

/**
 * wherry_fetched_remove_later:
 * @self: (transfer full): what was fetched and handed to another program
 * @removed: (nullable): called when it is removed
 * @user_data: for @removed
 *
 * Removes it from the disk a quarter of an hour from now, or once nobody has a
 * file of it open any more. If nothing arrived, at once.
 */
void
wherry_fetched_remove_later (WherryFetched *self, GDestroyNotify removed, gpointer user_data)
{
  self->removed = removed;
  self->user_data = user_data;
  if (self->folder == NULL || self->n_failed == self->paths->len)
    wherry_fetched_remove (self);
  else
    g_timeout_add_seconds (WHERRY_FETCHED_GRACE_SECONDS, check_again, self);
}
