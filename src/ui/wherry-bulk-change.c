#include "config.h"

#include "ui/wherry-bulk-change.h"

/* As many are under way at the same time: a long way then counts less, and there is room for others
 * on the connection. */
#define AT_ONCE 4

typedef struct {
  GPtrArray *paths; /* element-type filename */
  gboolean is_mode; /* else it is owner and group */
  WherryModeChange change;
  char *owner; /* (nullable) */
  char *group; /* (nullable) */
  gboolean recursive;

  guint next; /* index of the one that is next */
  guint n_running;
  guint n_failed;
  guint failed;  /* index of the first that failed */
  GError *error; /* (nullable): why it did */
} Bulk;

/* One file of them. */
typedef struct {
  GTask *task;
  guint index;
} One;

static void begin_more (GTask *task);

static void
bulk_free (gpointer data)
{
  Bulk *bulk = data;

  g_ptr_array_unref (bulk->paths);
  g_free (bulk->owner);
  g_free (bulk->group);
  g_clear_error (&bulk->error);
  g_free (bulk);
}

static void
on_one_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree One *one = user_data;
  g_autoptr (GTask) task = one->task;
  Bulk *bulk = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  if (!wherry_remote_change_finish (WHERRY_REMOTE (source), result, &error))
    {
      bulk->n_failed++;
      if (bulk->error == NULL || one->index < bulk->failed)
        {
          g_clear_error (&bulk->error);
          bulk->error = g_steal_pointer (&error);
          bulk->failed = one->index;
        }
    }
  bulk->n_running--;
  begin_more (task);
}

static void
begin_one (GTask *task, guint index)
{
  Bulk *bulk = g_task_get_task_data (task);
  One *one = g_new0 (One, 1);

  one->task = g_object_ref (task);
  one->index = index;
  if (bulk->is_mode)
    wherry_remote_chmod_async (g_task_get_source_object (task), bulk->paths->pdata[index],
                               &bulk->change, bulk->recursive, g_task_get_cancellable (task),
                               on_one_done, one);
  else
    wherry_remote_chown_async (g_task_get_source_object (task), bulk->paths->pdata[index],
                               bulk->owner, bulk->group, bulk->recursive,
                               g_task_get_cancellable (task), on_one_done, one);
}

static void
begin_more (GTask *task)
{
  Bulk *bulk = g_task_get_task_data (task);

  while (bulk->n_running < AT_ONCE && bulk->next < bulk->paths->len
         && !g_cancellable_is_cancelled (g_task_get_cancellable (task)))
    {
      bulk->n_running++;
      begin_one (task, bulk->next++);
    }
  if (bulk->n_running > 0 || g_task_return_error_if_cancelled (task))
    return;
  if (bulk->error != NULL)
    g_task_return_error (task, g_error_copy (bulk->error));
  else
    g_task_return_boolean (task, TRUE);
}

static Bulk *
bulk_new (GPtrArray *paths, gboolean recursive)
{
  Bulk *bulk = g_new0 (Bulk, 1);

  bulk->paths = g_ptr_array_ref (paths);
  bulk->recursive = recursive;
  return bulk;
}

/**
 * wherry_bulk_change_chmod_async:
 * @remote: the server's files
 * @paths: (element-type filename): which to change; not to be changed any more
 * @change: how
 * @recursive: whether also all that is in them
 * @cancellable: (nullable): to give up
 * @callback: called when it is over
 * @user_data: for @callback
 *
 * Changes the permissions of several files. One that can't be changed does not keep
 * the others.
 */
void
wherry_bulk_change_chmod_async (WherryRemote *remote,
                                GPtrArray *paths,
                                const WherryModeChange *change,
                                gboolean recursive,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_return_if_fail (WHERRY_IS_REMOTE (remote));
  g_return_if_fail (paths != NULL);
  g_return_if_fail (change != NULL);

  g_autoptr (GTask) task = g_task_new (remote, cancellable, callback, user_data);
  Bulk *bulk = bulk_new (paths, recursive);

  bulk->is_mode = TRUE;
  bulk->change = *change;
  g_task_set_task_data (task, bulk, bulk_free);
  begin_more (task);
}

/**
 * wherry_bulk_change_chown_async:
 * @remote: the server's files
 * @paths: (element-type filename): which to change; not to be changed any more
 * @owner: (nullable): the new owner, by name or number; %NULL: stays
 * @group: (nullable): the new group, by name or number; %NULL: stays
 * @recursive: whether also all that is in them
 * @cancellable: (nullable): to give up
 * @callback: called when it is over
 * @user_data: for @callback
 *
 * Gives several files to another owner or group. One that can't be given does not
 * keep the others.
 */
void
wherry_bulk_change_chown_async (WherryRemote *remote,
                                GPtrArray *paths,
                                const char *owner,
                                const char *group,
                                gboolean recursive,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_return_if_fail (WHERRY_IS_REMOTE (remote));
  g_return_if_fail (paths != NULL);

  g_autoptr (GTask) task = g_task_new (remote, cancellable, callback, user_data);
  Bulk *bulk = bulk_new (paths, recursive);

  bulk->owner = g_strdup (owner);
  bulk->group = g_strdup (group);
  g_task_set_task_data (task, bulk, bulk_free);
  begin_more (task);
}

/**
 * wherry_bulk_change_finish:
 * @remote: the server's files
 * @result: what the callback got
 * @n_failed: (out): how many could not be changed
 * @failed: (out) (nullable) (transfer full) (type filename): the first of them
 * @error: return location for an error: why that one could not
 *
 * Returns: whether all are changed
 */
gboolean
wherry_bulk_change_finish (WherryRemote *remote,
                           GAsyncResult *result,
                           guint *n_failed,
                           char **failed,
                           GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, remote), FALSE);

  Bulk *bulk = g_task_get_task_data (G_TASK (result));

  *n_failed = bulk->n_failed;
  *failed = bulk->error != NULL ? g_strdup (bulk->paths->pdata[bulk->failed]) : NULL;
  return g_task_propagate_boolean (G_TASK (result), error);
}
