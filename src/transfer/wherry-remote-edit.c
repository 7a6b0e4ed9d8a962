#include "config.h"

#include "transfer/wherry-remote-edit.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/wherry-error.h"
#include "local/wherry-temporary.h"
#include "transfer/wherry-remote-edit-private.h"

/* After the first sign of a save, so that the whole of it is seen at once. Milliseconds. */
#define SETTLE_MS 250

/* Between two tries to reach the server, growing. Seconds. */
#define FIRST_PAUSE 2
#define LONGEST_PAUSE 60

#define FETCH_FLAGS (WHERRY_TRANSFER_PRESERVE | WHERRY_TRANSFER_INTO | WHERRY_TRANSFER_PASSING)

struct _WherryRemoteEdit {
  GObject parent_instance;

  /* Owned */
  WherrySessionPool *pool;
  WherryQueue *queue;
  WherryLogin *login;
  WherrySession *session; /* (nullable): the last one */
  WherryRemote *remote;   /* (nullable): its */
  char *path;             /* on the server */
  char *folder;           /* (nullable): the private one */
  char *local;            /* (nullable): what is edited, in it */
  char *snapshot;         /* (nullable): what is sent, in it */
  GFileMonitor *monitor;  /* (nullable): once there is something to watch */
  GCancellable *cancellable;
  WherryTransfer *transfer; /* (nullable): while there or back */
  GError *error;            /* (nullable) */

  WherryRemoteEditState state;
  WherryEditBase base;
  char *sent_checksum; /* (nullable): of the snapshot that is being sent */
  struct stat seen;    /* the local file as it was at the last look */
  guint settle_id;
  guint retry_id;
  guint pause; /* seconds */
  guint n_saves;
  gboolean busy;
  gboolean again;   /* it was saved while we were busy */
  gboolean dirty;   /* something here has not reached the server */
  gboolean gone;    /* with a conflict: the server's file is no longer there */
  gboolean replace; /* whatever is on the server */
};

enum { PROP_0, PROP_STATE, N_PROPERTIES };

static GParamSpec *properties[N_PROPERTIES];

G_DEFINE_FINAL_TYPE (WherryRemoteEdit, wherry_remote_edit, G_TYPE_OBJECT)

static void save (WherryRemoteEdit *self);
static void fetch (WherryRemoteEdit *self);

static void
set_state (WherryRemoteEdit *self, WherryRemoteEditState state)
{
  if (self->state == WHERRY_REMOTE_EDIT_ENDED)
    return;
  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

static void
set_dirty (WherryRemoteEdit *self, gboolean dirty)
{
  if (self->dirty == dirty)
    return;
  self->dirty = dirty;
  if (dirty)
    wherry_temporary_make_keep (self->folder);
  else
    wherry_temporary_end_keep (self->folder);
}

/* Whether the file here is another than at the last look. */
static gboolean
look (WherryRemoteEdit *self, struct stat *now)
{
  return self->local != NULL && stat (self->local, now) == 0
         && (now->st_ino != self->seen.st_ino || now->st_size != self->seen.st_size
             || now->st_mtim.tv_sec != self->seen.st_mtim.tv_sec
             || now->st_mtim.tv_nsec != self->seen.st_mtim.tv_nsec);
}

static gboolean
on_settled (gpointer user_data)
{
  WherryRemoteEdit *self = user_data;
  struct stat now;

  self->settle_id = 0;
  if (look (self, &now))
    {
      self->seen = now;
      set_dirty (self, TRUE);
      save (self);
    }
  return G_SOURCE_REMOVE;
}

/* Editors write a file anew, replace it by another, or remove it for a while: what the folder then
 * holds is looked at. */
static void
on_event (WherryRemoteEdit *self)
{
  if (self->settle_id == 0)
    self->settle_id = g_timeout_add (SETTLE_MS, on_settled, self);
}

static void
watch (WherryRemoteEdit *self)
{
  g_autofree char *folder = g_path_get_dirname (self->local);
  g_autoptr (GFile) file = g_file_new_for_path (folder);

  if (stat (self->local, &self->seen) != 0)
    memset (&self->seen, 0, sizeof self->seen);
  if (self->monitor != NULL)
    return;
  self->monitor = g_file_monitor_directory (file, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);
  if (self->monitor != NULL)
    g_signal_connect_swapped (self->monitor, "changed", G_CALLBACK (on_event), self);
}

/* What another try may mend by itself. */
static gboolean
is_passing (const GError *error)
{
  static const int io_codes[] = { G_IO_ERROR_TIMED_OUT,           G_IO_ERROR_HOST_UNREACHABLE,
                                  G_IO_ERROR_NETWORK_UNREACHABLE, G_IO_ERROR_CONNECTION_REFUSED,
                                  G_IO_ERROR_NOT_CONNECTED,       G_IO_ERROR_BROKEN_PIPE };

  for (gsize i = 0; i < G_N_ELEMENTS (io_codes); i++)
    if (g_error_matches (error, G_IO_ERROR, io_codes[i]))
      return TRUE;
  return g_error_matches (error, WHERRY_ERROR, WHERRY_ERROR_DISCONNECTED)
         || g_error_matches (error, WHERRY_ERROR, WHERRY_ERROR_CONNECT);
}

static gboolean
on_retry (gpointer user_data)
{
  WherryRemoteEdit *self = user_data;

  self->retry_id = 0;
  save (self);
  return G_SOURCE_REMOVE;
}

/* Takes @error. */
static void
fail (WherryRemoteEdit *self, GError *error)
{
  g_clear_error (&self->error);
  self->error = error;
  self->busy = FALSE;

  /* A file that could not be had in the first place is asked for by the person again. */
  if (is_passing (error) && self->dirty)
    {
      self->pause = self->pause == 0 ? FIRST_PAUSE : MIN (self->pause * 2, LONGEST_PAUSE);
      self->retry_id = g_timeout_add_seconds (self->pause, on_retry, self);
      set_state (self, WHERRY_REMOTE_EDIT_WAITING);
    }
  else
    set_state (self, WHERRY_REMOTE_EDIT_FAILED);
}

/* The step that is done, if it still matters; else NULL. */
static WherryEditWork *
finish_work (WherryRemoteEdit *self, GAsyncResult *result)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WherryEditWork) work = wherry_edit_work_finish (result, &error);

  if (self->state == WHERRY_REMOTE_EDIT_ENDED)
    return NULL;
  if (work == NULL)
    {
      fail (self, g_steal_pointer (&error));
      return NULL;
    }
  g_set_object (&self->session, work->session);
  g_set_object (&self->remote, work->remote);
  return g_steal_pointer (&work);
}

static void
start_work (WherryRemoteEdit *self, WherryEditStep step, GAsyncReadyCallback callback)
{
  WherryEditWork *work = g_new0 (WherryEditWork, 1);

  work->pool = g_object_ref (self->pool);
  work->login = wherry_login_copy (self->login);
  g_set_object (&work->session, self->session);
  g_set_object (&work->remote, self->remote);
  work->path = g_strdup (self->path);
  work->local = g_strdup (self->local);
  work->snapshot = g_strdup (self->snapshot);
  work->base = self->base;
  work->base.checksum = g_strdup (self->base.checksum);
  work->checksum = g_strdup (self->sent_checksum);
  work->check_remote = !self->replace;
  self->busy = TRUE;
  wherry_edit_work_start (work, step, self->cancellable, callback, g_object_ref (self));
}

static void
take_base (WherryRemoteEdit *self, WherryEditWork *work)
{
  g_free (self->base.checksum);
  self->base = work->base;
  work->base.checksum = NULL;
}

/* What is here is what is there. */
static void
settle (WherryRemoteEdit *self)
{
  struct stat now;

  self->busy = FALSE;
  self->pause = 0;
  self->replace = FALSE;
  g_clear_error (&self->error);
  if (self->again)
    {
      save (self);
      return;
    }
  if (look (self, &now))
    {
      on_settled (self);
      return;
    }
  set_dirty (self, FALSE);
  set_state (self, WHERRY_REMOTE_EDIT_IN_STEP);
}

/* Why a transfer did not do it, in particular. */
static GError *
dup_reason (WherryTransfer *transfer)
{
  const GError *error = wherry_transfer_get_error (transfer);
  g_autoptr (GPtrArray) failures = wherry_transfer_dup_failures (transfer);

  if (failures->len > 0)
    return g_error_copy (((WherryFailure *) failures->pdata[0])->error);
  if (error != NULL)
    return g_error_copy (error);
  return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Cancelled"));
}

static void
start_transfer (WherryRemoteEdit *self,
                const WherryEndpoint *source,
                const WherryEndpoint *target,
                WherryTransferFlags flags,
                GCallback on_state)
{
  self->transfer = wherry_transfer_new (source, target, flags);
  g_signal_connect_object (self->transfer, "notify::state", on_state, self, G_CONNECT_SWAPPED);
  wherry_queue_append (self->queue, self->transfer);
}

/* ---- From there to here ---- */

static void
on_learned (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherryRemoteEdit) self = user_data;
  g_autoptr (WherryEditWork) work = finish_work (self, result);

  if (work == NULL)
    return;
  take_base (self, work);
  watch (self);
  self->again = FALSE;
  settle (self);
}

static void
on_fetched (WherryRemoteEdit *self)
{
  g_autoptr (WherryTransfer) transfer = NULL;

  if (self->transfer == NULL || !wherry_transfer_is_over (self->transfer))
    return;
  transfer = g_steal_pointer (&self->transfer);
  if (wherry_transfer_get_state (transfer) == WHERRY_TRANSFER_DONE)
    start_work (self, wherry_edit_work_learn, on_learned);
  else
    fail (self, dup_reason (transfer));
}

static void
fetch (WherryRemoteEdit *self)
{
  g_autofree char *folder = g_path_get_dirname (self->local);
  g_autoptr (WherryEndpoint) source = wherry_endpoint_new_remote (self->login, self->path);
  g_autoptr (WherryEndpoint) target = wherry_endpoint_new_local (folder);

  self->busy = TRUE;
  set_state (self, WHERRY_REMOTE_EDIT_FETCHING);
  start_transfer (self, source, target, FETCH_FLAGS, G_CALLBACK (on_fetched));
}

static void
make_folders (WherryRemoteEdit *self)
{
  g_autofree char *name = g_path_get_basename (self->path);
  g_autofree char *file = g_build_filename (self->folder, "file", NULL);
  g_autofree char *sent = g_build_filename (self->folder, "sent", NULL);

  g_mkdir (file, 0700);
  g_mkdir (sent, 0700);
  self->local = g_build_filename (file, name, NULL);
  self->snapshot = g_build_filename (sent, name, NULL);
}

static void
on_prepared (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherryRemoteEdit) self = user_data;
  g_autoptr (WherryEditWork) work = finish_work (self, result);
  g_autoptr (GError) error = NULL;

  if (work == NULL)
    return;
  g_free (self->path);
  self->path = g_steal_pointer (&work->path);
  if (self->folder == NULL)
    self->folder = wherry_temporary_new (&error);
  if (self->folder == NULL)
    {
      fail (self, g_steal_pointer (&error));
      return;
    }
  make_folders (self);
  fetch (self);
}

/* ---- From here to there ---- */

static void
on_confirmed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherryRemoteEdit) self = user_data;
  g_autoptr (WherryEditWork) work = wherry_edit_work_finish (result, NULL);

  if (self->state == WHERRY_REMOTE_EDIT_ENDED)
    return;
  if (work != NULL)
    take_base (self, work);
  else
    {
      /* It was sent; only what the server made of it is not known. */
      g_free (self->base.checksum);
      self->base = (WherryEditBase){ .checksum = g_strdup (self->sent_checksum), .size = -1 };
    }
  self->n_saves++;
  settle (self);
}

static void
on_sent (WherryRemoteEdit *self)
{
  g_autoptr (WherryTransfer) transfer = NULL;

  if (self->transfer == NULL || !wherry_transfer_is_over (self->transfer))
    return;
  transfer = g_steal_pointer (&self->transfer);
  if (wherry_transfer_get_state (transfer) == WHERRY_TRANSFER_DONE)
    start_work (self, wherry_edit_work_confirm, on_confirmed);
  else
    fail (self, dup_reason (transfer));
}

static void
on_checked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherryRemoteEdit) self = user_data;
  g_autoptr (WherryEditWork) work = finish_work (self, result);

  if (work == NULL)
    return;
  g_free (self->sent_checksum);
  self->sent_checksum = g_strdup (work->checksum);

  if (work->unchanged)
    {
      take_base (self, work);
      settle (self);
    }
  else if (work->verdict == WHERRY_EDIT_SAME)
    {
      g_autoptr (WherryEndpoint) from = wherry_endpoint_new_local (self->snapshot);
      g_autoptr (WherryEndpoint) to = wherry_endpoint_new_remote (self->login, self->path);

      start_transfer (self, from, to, WHERRY_TRANSFER_PASSING, G_CALLBACK (on_sent));
    }
  else
    {
      self->busy = FALSE;
      self->gone = work->verdict == WHERRY_EDIT_GONE;
      set_state (self, WHERRY_REMOTE_EDIT_CONFLICT);
    }
}

static void
save (WherryRemoteEdit *self)
{
  if (self->busy)
    {
      self->again = TRUE;
      return;
    }
  /* Until the person has decided, every save only makes what is here newer. */
  if (self->state == WHERRY_REMOTE_EDIT_CONFLICT && !self->replace)
    return;
  g_clear_handle_id (&self->retry_id, g_source_remove);
  self->again = FALSE;
  start_work (self, wherry_edit_work_check, on_checked);
  set_state (self, WHERRY_REMOTE_EDIT_SAVING);
}

/* ---- The object ---- */

static void
stop (WherryRemoteEdit *self)
{
  g_clear_handle_id (&self->settle_id, g_source_remove);
  g_clear_handle_id (&self->retry_id, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  if (self->monitor != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->monitor, self);
      g_file_monitor_cancel (self->monitor);
    }
  g_clear_object (&self->monitor);
  if (self->transfer != NULL)
    {
      g_autoptr (WherryTransfer) transfer = g_steal_pointer (&self->transfer);
      if (!wherry_transfer_is_over (transfer))
        wherry_transfer_cancel (transfer);
    }
  if (self->folder != NULL && !self->dirty)
    wherry_temporary_remove (self->folder);
  g_clear_pointer (&self->folder, g_free);
}

static void
wherry_remote_edit_dispose (GObject *object)
{
  WherryRemoteEdit *self = WHERRY_REMOTE_EDIT (object);

  self->state = WHERRY_REMOTE_EDIT_ENDED;
  stop (self);
  g_clear_object (&self->remote);
  g_clear_object (&self->session);
  g_clear_object (&self->queue);
  g_clear_object (&self->pool);

  G_OBJECT_CLASS (wherry_remote_edit_parent_class)->dispose (object);
}

static void
wherry_remote_edit_finalize (GObject *object)
{
  WherryRemoteEdit *self = WHERRY_REMOTE_EDIT (object);

  g_object_unref (self->cancellable);
  wherry_login_free (self->login);
  g_free (self->path);
  g_free (self->local);
  g_free (self->snapshot);
  g_free (self->base.checksum);
  g_free (self->sent_checksum);
  g_clear_error (&self->error);

  G_OBJECT_CLASS (wherry_remote_edit_parent_class)->finalize (object);
}

static void
wherry_remote_edit_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  WherryRemoteEdit *self = WHERRY_REMOTE_EDIT (object);

  switch (id)
    {
    case PROP_STATE:
      g_value_set_uint (value, self->state);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
wherry_remote_edit_class_init (WherryRemoteEditClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = wherry_remote_edit_dispose;
  object_class->finalize = wherry_remote_edit_finalize;
  object_class->get_property = wherry_remote_edit_get_property;

  properties[PROP_STATE]
      = g_param_spec_uint ("state", NULL, NULL, 0, WHERRY_REMOTE_EDIT_ENDED, 0,
                           G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
wherry_remote_edit_init (WherryRemoteEdit *self)
{
  self->cancellable = g_cancellable_new ();
}

/**
 * wherry_remote_edit_new:
 * @pool: connects to the server
 * @queue: what carries the file, and shows that
 * @login: the server
 * @path: (type filename): the file there; a link is followed
 *
 * Begins to fetch it.
 *
 * Returns: (transfer full): the edit
 */
WherryRemoteEdit *
wherry_remote_edit_new (WherrySessionPool *pool,
                        WherryQueue *queue,
                        const WherryLogin *login,
                        const char *path)
{
  g_return_val_if_fail (WHERRY_IS_SESSION_POOL (pool), NULL);
  g_return_val_if_fail (WHERRY_IS_QUEUE (queue), NULL);
  g_return_val_if_fail (login != NULL && path != NULL, NULL);

  WherryRemoteEdit *self = g_object_new (WHERRY_TYPE_REMOTE_EDIT, NULL);

  self->pool = g_object_ref (pool);
  self->queue = g_object_ref (queue);
  self->login = wherry_login_copy (login);
  self->path = g_strdup (path);
  start_work (self, wherry_edit_work_prepare, on_prepared);
  return self;
}

/**
 * wherry_remote_edit_get_login:
 * @self: an edit
 *
 * Returns: (transfer none): the server
 */
const WherryLogin *
wherry_remote_edit_get_login (WherryRemoteEdit *self)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE_EDIT (self), NULL);

  return self->login;
}

/**
 * wherry_remote_edit_get_path:
 * @self: an edit
 *
 * Returns: (transfer none) (type filename): the file on the server
 */
const char *
wherry_remote_edit_get_path (WherryRemoteEdit *self)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE_EDIT (self), NULL);

  return self->path;
}

/**
 * wherry_remote_edit_dup_name:
 * @self: an edit
 *
 * Returns: (transfer full) (type filename): the file's name
 */
char *
wherry_remote_edit_dup_name (WherryRemoteEdit *self)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE_EDIT (self), NULL);

  return g_path_get_basename (self->path);
}

/**
 * wherry_remote_edit_get_local_path:
 * @self: an edit
 *
 * Returns: (transfer none) (nullable) (type filename): what to open in an editor;
 *   there once the state is %WHERRY_REMOTE_EDIT_IN_STEP for the first time
 */
const char *
wherry_remote_edit_get_local_path (WherryRemoteEdit *self)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE_EDIT (self), NULL);

  return self->local;
}

/**
 * wherry_remote_edit_get_state:
 * @self: an edit
 *
 * Returns: where it is
 */
WherryRemoteEditState
wherry_remote_edit_get_state (WherryRemoteEdit *self)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE_EDIT (self), WHERRY_REMOTE_EDIT_ENDED);

  return self->state;
}

/**
 * wherry_remote_edit_get_error:
 * @self: an edit
 *
 * Returns: (transfer none) (nullable): why it waits or failed
 */
const GError *
wherry_remote_edit_get_error (WherryRemoteEdit *self)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE_EDIT (self), NULL);

  return self->error;
}

/**
 * wherry_remote_edit_is_gone:
 * @self: an edit with a conflict
 *
 * Returns: whether the conflict is that the server's file is no longer there
 */
gboolean
wherry_remote_edit_is_gone (WherryRemoteEdit *self)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE_EDIT (self), FALSE);

  return self->gone;
}

/**
 * wherry_remote_edit_has_changes:
 * @self: an edit
 *
 * Returns: whether something was saved here that has not reached the server yet
 */
gboolean
wherry_remote_edit_has_changes (WherryRemoteEdit *self)
{
  struct stat now;

  g_return_val_if_fail (WHERRY_IS_REMOTE_EDIT (self), FALSE);

  if (self->state == WHERRY_REMOTE_EDIT_ENDED)
    return FALSE;
  return self->dirty || (self->monitor != NULL && look (self, &now));
}

/**
 * wherry_remote_edit_get_n_saves:
 * @self: an edit
 *
 * Returns: how many times a change was brought to the server
 */
guint
wherry_remote_edit_get_n_saves (WherryRemoteEdit *self)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE_EDIT (self), 0);

  return self->n_saves;
}

/* "notes.txt" becomes "notes (edited 2024-05-01 10.12.31).txt". */
static char *
make_other_path (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *time = g_date_time_format (now, "%Y-%m-%d %H.%M.%S");
  char *dot = strrchr (name + 1, '.');
  g_autofree char *stem = dot != NULL ? g_strndup (name, (gsize) (dot - name)) : g_strdup (name);
  /* Translators: the name of a file beside another that was changed by somebody else: its name,
     when it was made, and the end of its name, as in "notes (edited 2024-05-01 10.12.31).txt" */
  g_autofree char *other
      = g_strdup_printf (_ ("%s (edited %s)%s"), stem, time, dot != NULL ? dot : "");

  return g_build_filename (folder, other, NULL);
}

/**
 * wherry_remote_edit_resolve:
 * @self: an edit with a conflict
 * @choice: what is to be done
 *
 * Ends the conflict.
 */
void
wherry_remote_edit_resolve (WherryRemoteEdit *self, WherryRemoteEditChoice choice)
{
  g_return_if_fail (WHERRY_IS_REMOTE_EDIT (self));
  g_return_if_fail (self->state == WHERRY_REMOTE_EDIT_CONFLICT);

  switch (choice)
    {
      case WHERRY_REMOTE_EDIT_KEEP_BOTH: {
        g_autofree char *other = make_other_path (self->path);

        g_free (self->path);
        self->path = g_steal_pointer (&other);
        self->replace = TRUE;
        save (self);
        break;
      }
    case WHERRY_REMOTE_EDIT_DISCARD:
      if (self->gone)
        {
          set_dirty (self, FALSE);
          wherry_remote_edit_end (self);
        }
      else
        fetch (self);
      break;
    case WHERRY_REMOTE_EDIT_REPLACE:
    default:
      self->replace = TRUE;
      save (self);
      break;
    }
}

/**
 * wherry_remote_edit_retry:
 * @self: an edit that waits or failed
 *
 * Tries again, now.
 */
void
wherry_remote_edit_retry (WherryRemoteEdit *self)
{
  g_return_if_fail (WHERRY_IS_REMOTE_EDIT (self));
  g_return_if_fail (self->state == WHERRY_REMOTE_EDIT_WAITING
                    || self->state == WHERRY_REMOTE_EDIT_FAILED);

  self->pause = 0;
  if (self->monitor != NULL)
    save (self);
  else if (self->local == NULL)
    {
      set_state (self, WHERRY_REMOTE_EDIT_FETCHING);
      start_work (self, wherry_edit_work_prepare, on_prepared);
    }
  else
    fetch (self);
}

/**
 * wherry_remote_edit_end:
 * @self: an edit
 *
 * Stops to watch the file. If something in it has not reached the server the
 * local copy stays where it is, else it is removed.
 */
void
wherry_remote_edit_end (WherryRemoteEdit *self)
{
  struct stat now;

  g_return_if_fail (WHERRY_IS_REMOTE_EDIT (self));

  if (self->state == WHERRY_REMOTE_EDIT_ENDED)
    return;
  if (self->monitor != NULL && look (self, &now))
    set_dirty (self, TRUE);
  set_state (self, WHERRY_REMOTE_EDIT_ENDED);
  stop (self);
}
