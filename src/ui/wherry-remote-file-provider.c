#include "ui/wherry-remote-file-provider.h"

#include <string.h>

#include "transfer/wherry-fetch.h"
#include "transfer/wherry-file-offer.h"

/* A program that asks again at once means the same files; later they may have changed. Seconds. */
#define FRESH_SECONDS 60

#define URI_LIST "text/uri-list"

/* What Nautilus 43 and the GTK 3 file browsers paste: "copy", and a line for each URI. They ask for
   it with every click, so only an offer can answer. */
#define COPIED_FILES "x-special/gnome-copied-files"

struct _WherryRemoteFileProvider {
  GdkContentProvider parent_instance;

  /* Owned */
  WherryQueue *queue;
  WherryRemoteFiles *files;
  WherryFileOffer *offer; /* (nullable): where that is possible, and all below is unused */
  GPtrArray *waiting;     /* element-type GTask: who asked and has no answer yet */
  WherryFetched *fetched; /* (nullable) */

  guint fresh_id;
  gboolean copied;  /* on the clipboard */
  gboolean held;    /* dragged, and not dropped yet */
  gboolean at_home; /* dragged, and above a place of our own now */
  gboolean off;     /* the drag came to nothing, or was dropped on a place of our own */
  gboolean fetching;
};

G_DEFINE_FINAL_TYPE (WherryRemoteFileProvider,
                     wherry_remote_file_provider,
                     GDK_TYPE_CONTENT_PROVIDER)

static GdkContentFormats *
ref_formats (GdkContentProvider *provider)
{
  WherryRemoteFileProvider *self = WHERRY_REMOTE_FILE_PROVIDER (provider);
  GdkContentFormatsBuilder *builder = gdk_content_formats_builder_new ();

  /* Not GDK_TYPE_FILE_LIST: GTK asks for its value, and that at once, as soon as the pointer is
     above another program. Ours has no MIME types, so nobody but us hears of it. */
  gdk_content_formats_builder_add_gtype (builder, WHERRY_TYPE_REMOTE_FILES);
  gdk_content_formats_builder_add_mime_type (builder, URI_LIST);
  if (self->copied && self->offer != NULL)
    gdk_content_formats_builder_add_mime_type (builder, COPIED_FILES);
  return gdk_content_formats_builder_free_to_formats (builder);
}

/* A clipboard manager that takes over when we quit would fetch everything. */
static GdkContentFormats *
ref_storable_formats (GdkContentProvider *provider)
{
  return gdk_content_formats_new (NULL, 0);
}

static gboolean
get_value (GdkContentProvider *provider, GValue *value, GError **error)
{
  WherryRemoteFileProvider *self = WHERRY_REMOTE_FILE_PROVIDER (provider);

  if (!G_VALUE_HOLDS (value, WHERRY_TYPE_REMOTE_FILES))
    return GDK_CONTENT_PROVIDER_CLASS (wherry_remote_file_provider_parent_class)
        ->get_value (provider, value, error);
  g_value_set_boxed (value, self->files);
  return TRUE;
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
answer (GTask *task, const char *uri_list)
{
  char *text = g_strdup (uri_list);

  g_object_set_data_full (G_OBJECT (task), "text", text, g_free);
  g_output_stream_write_all_async (g_task_get_task_data (task), text, strlen (text),
                                   g_task_get_priority (task), g_task_get_cancellable (task),
                                   on_written, g_object_ref (task));
}

static void
answer_all (WherryRemoteFileProvider *self, const char *uri_list)
{
  g_autoptr (GPtrArray) waiting = g_steal_pointer (&self->waiting);

  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < waiting->len; i++)
    answer (waiting->pdata[i], uri_list);
}

/* Never an empty list, nor an error, which becomes one: Nautilus 43 does not survive it. */
static void
answer_nothing (WherryRemoteFileProvider *self)
{
  g_autofree char *path = g_build_filename (g_get_user_cache_dir (), "wherry", "not there", NULL);
  g_autofree char *uri = g_filename_to_uri (path, NULL, NULL);
  g_autofree char *list = g_strconcat (uri, "\r\n", NULL);

  answer_all (self, list);
}

static void
forget_fetched (WherryRemoteFileProvider *self)
{
  g_clear_handle_id (&self->fresh_id, g_source_remove);
  if (self->fetched != NULL)
    wherry_fetched_remove_later (g_steal_pointer (&self->fetched), NULL, NULL);
}

static gboolean
on_no_longer_fresh (gpointer user_data)
{
  WherryRemoteFileProvider *self = user_data;

  self->fresh_id = 0;
  forget_fetched (self);
  return G_SOURCE_REMOVE;
}

static void
answer_fetched (WherryRemoteFileProvider *self)
{
  g_autofree char *list = wherry_fetched_to_uri_list (self->fetched);

  answer_all (self, list);
}

static void
on_fetched (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherryRemoteFileProvider) self = user_data;

  self->fetching = FALSE;
  self->fetched = wherry_fetch_finish (WHERRY_QUEUE (source), result);
  answer_fetched (self);
  if (self->fetched->n_failed > 0)
    forget_fetched (self);
  else
    self->fresh_id = g_timeout_add_seconds (FRESH_SECONDS, on_no_longer_fresh, self);
}

/* Answers who waits, as far as it is time for it. */
static void
go_on (WherryRemoteFileProvider *self)
{
  if (self->waiting->len == 0 || self->held || self->fetching)
    return;
  if (self->off)
    answer_nothing (self);
  else if (self->fetched != NULL)
    answer_fetched (self);
  else
    {
      self->fetching = TRUE;
      wherry_fetch_async (self->queue, self->files, on_fetched, g_object_ref (self));
    }
}

static void
answer_offered (WherryRemoteFileProvider *self, GTask *task, gboolean copied_files)
{
  g_autofree char *list = wherry_file_offer_to_uri_list (self->offer);

  if (copied_files)
    {
      g_auto (GStrv) uris = g_uri_list_extract_uris (list);
      g_autofree char *lines = g_strjoinv ("\n", uris);
      g_autofree char *text = g_strconcat ("copy\n", lines, NULL);
      answer (task, text);
    }
  else
    answer (task, list);
}

static void
write_mime_type_async (GdkContentProvider *provider,
                       const char *mime_type,
                       GOutputStream *stream,
                       int io_priority,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  WherryRemoteFileProvider *self = WHERRY_REMOTE_FILE_PROVIDER (provider);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, write_mime_type_async);
  g_task_set_priority (task, io_priority);
  g_task_set_task_data (task, g_object_ref (stream), g_object_unref);

  gboolean copied_files = g_strcmp0 (mime_type, COPIED_FILES) == 0;

  if (self->offer != NULL && (copied_files || g_strcmp0 (mime_type, URI_LIST) == 0))
    {
      answer_offered (self, task, copied_files);
      return;
    }
  if (g_strcmp0 (mime_type, URI_LIST) != 0)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "%s", mime_type);
      return;
    }
  g_ptr_array_add (self->waiting, g_steal_pointer (&task));
  go_on (self);
}

static gboolean
write_mime_type_finish (GdkContentProvider *provider, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, provider), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* A file browser that was merely passed on the way has asked too, and must not make us fetch. */
static void
on_drop_performed (WherryRemoteFileProvider *self)
{
  self->held = FALSE;
  self->off = self->off || self->at_home;
  if (self->offer != NULL && !self->off)
    wherry_file_offer_allow (self->offer);
  go_on (self);
}

static void
on_cancel (WherryRemoteFileProvider *self)
{
  self->held = FALSE;
  self->off = TRUE;
  go_on (self);
}

static void
wherry_remote_file_provider_dispose (GObject *object)
{
  WherryRemoteFileProvider *self = WHERRY_REMOTE_FILE_PROVIDER (object);

  /* Who waits holds a reference, so nobody does. */
  forget_fetched (self);
  g_clear_pointer (&self->offer, wherry_file_offer_release);
  g_clear_object (&self->queue);
  g_clear_pointer (&self->files, wherry_remote_files_unref);
  g_clear_pointer (&self->waiting, g_ptr_array_unref);

  G_OBJECT_CLASS (wherry_remote_file_provider_parent_class)->dispose (object);
}

static void
wherry_remote_file_provider_class_init (WherryRemoteFileProviderClass *klass)
{
  GdkContentProviderClass *provider_class = GDK_CONTENT_PROVIDER_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wherry_remote_file_provider_dispose;
  provider_class->ref_formats = ref_formats;
  provider_class->ref_storable_formats = ref_storable_formats;
  provider_class->get_value = get_value;
  provider_class->write_mime_type_async = write_mime_type_async;
  provider_class->write_mime_type_finish = write_mime_type_finish;
}

static void
wherry_remote_file_provider_init (WherryRemoteFileProvider *self)
{
  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
}

static WherryRemoteFileProvider *
new_provider (WherryQueue *queue, WherryRemoteFiles *files)
{
  WherryRemoteFileProvider *self = g_object_new (WHERRY_TYPE_REMOTE_FILE_PROVIDER, NULL);

  self->queue = g_object_ref (queue);
  self->files = wherry_remote_files_ref (files);
  self->offer = wherry_file_offer_new (queue, files);
  return self;
}

/**
 * wherry_remote_file_provider_new_dragged:
 * @queue: what fetches them, and shows that
 * @files: what is dragged
 *
 * Returns: (transfer full): the content of a drag; see
 *   wherry_remote_file_provider_set_drag()
 */
GdkContentProvider *
wherry_remote_file_provider_new_dragged (WherryQueue *queue, WherryRemoteFiles *files)
{
  g_return_val_if_fail (WHERRY_IS_QUEUE (queue), NULL);
  g_return_val_if_fail (files != NULL, NULL);

  WherryRemoteFileProvider *self = new_provider (queue, files);

  self->held = TRUE;
  return GDK_CONTENT_PROVIDER (self);
}

/**
 * wherry_remote_file_provider_new_copied:
 * @queue: what fetches them, and shows that
 * @files: what is copied
 *
 * Returns: (transfer full): the content of a clipboard
 */
GdkContentProvider *
wherry_remote_file_provider_new_copied (WherryQueue *queue, WherryRemoteFiles *files)
{
  g_return_val_if_fail (WHERRY_IS_QUEUE (queue), NULL);
  g_return_val_if_fail (files != NULL, NULL);

  WherryRemoteFileProvider *self = new_provider (queue, files);

  self->copied = TRUE;
  if (self->offer != NULL)
    wherry_file_offer_allow (self->offer);
  return GDK_CONTENT_PROVIDER (self);
}

/**
 * wherry_remote_file_provider_get_files:
 * @self: the content
 *
 * Returns: (transfer none): what is dragged or copied
 */
WherryRemoteFiles *
wherry_remote_file_provider_get_files (WherryRemoteFileProvider *self)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE_FILE_PROVIDER (self), NULL);

  return self->files;
}

/**
 * wherry_remote_file_provider_set_drag:
 * @self: the content of @drag
 * @drag: a drag that begins
 *
 * Keeps the answer back until the files are dropped: file browsers ask as soon
 * as the pointer is above them. If they are not dropped, nothing is fetched.
 */
void
wherry_remote_file_provider_set_drag (WherryRemoteFileProvider *self, GdkDrag *drag)
{
  g_return_if_fail (WHERRY_IS_REMOTE_FILE_PROVIDER (self));
  g_return_if_fail (GDK_IS_DRAG (drag));

  g_signal_connect_object (drag, "drop-performed", G_CALLBACK (on_drop_performed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (drag, "cancel", G_CALLBACK (on_cancel), self, G_CONNECT_SWAPPED);
}

/**
 * wherry_remote_file_provider_set_at_home:
 * @self: the content of a drag
 * @at_home: whether the pointer is above something of Wherry that takes it
 *
 * What is dropped there needs no copy on this computer.
 */
void
wherry_remote_file_provider_set_at_home (WherryRemoteFileProvider *self, gboolean at_home)
{
  g_return_if_fail (WHERRY_IS_REMOTE_FILE_PROVIDER (self));

  self->at_home = at_home;
}
