#include "config.h"

#include "ui/wherry-delivery.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-text.h"

/* Files that are moved or copied on their server, one after the other. */
typedef struct {
  WherryRemote *remote;
  WherryRemoteFiles *files;
  char *folder;
  gboolean move;
  guint next;
  GPtrArray *arrived; /* element-type filename */
  gboolean told;      /* the first problem; the next ones are likely the same */

  const WherryDeliveryHandlers *handlers;
  gpointer data;
  GDestroyNotify destroy;
} OnServer;

static void go_on (OnServer *self);

static void
on_server_free (OnServer *self)
{
  if (self->destroy != NULL)
    self->destroy (self->data);
  g_object_unref (self->remote);
  wherry_remote_files_unref (self->files);
  g_ptr_array_unref (self->arrived);
  g_free (self->folder);
  g_free (self);
}

static void
tell (OnServer *self, const char *text)
{
  if (!self->told)
    self->handlers->problem (self->data, text);
  self->told = TRUE;
}

/* What went away from other folders. */
static void
tell_gone (OnServer *self)
{
  for (guint i = 0; i < wherry_remote_files_get_n (self->files); i++)
    {
      const char *path = wherry_remote_files_get (self->files, i)->path;
      g_autofree char *folder = g_path_get_dirname (path);
      g_autofree char *name = g_path_get_basename (path);
      g_autoptr (GPtrArray) names = g_ptr_array_new ();

      g_ptr_array_add (names, name);
      self->handlers->changed (self->data, folder, names);
    }
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OnServer *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *name = wherry_remote_files_dup_name (self->files, self->next);

  if (wherry_remote_change_finish (self->remote, result, &error))
    ;
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_EXISTS))
    {
      g_autofree char *shown = wherry_text_display_name (name);
      g_autofree char *text
          = g_strdup_printf (_ ("There is a “%s” already: it was not replaced"), shown);

      tell (self, text);
    }
  else
    tell (self, error->message);
  self->next++;
  go_on (self);
}

/* "notes.txt" becomes "notes (copy).txt", "notes (copy 2).txt" and so on. */
static char *
make_copy_name (const char *name, gboolean is_folder, guint number)
{
  const char *dot = is_folder ? NULL : strrchr (name + 1, '.');
  g_autofree char *stem = dot != NULL ? g_strndup (name, (gsize) (dot - name)) : g_strdup (name);
  const char *suffix = dot != NULL ? dot : "";

  if (number == 1)
    /* Translators: the name of a copy in the same folder: the original's name, and its end, as in
       "notes (copy).txt" */
    return g_strdup_printf (_ ("%s (copy)%s"), stem, suffix);
  /* Translators: the name of a further copy in the same folder, as in "notes (copy 2).txt" */
  return g_strdup_printf (_ ("%s (copy %u)%s"), stem, number, suffix);
}

/* A copy beside the original: which name is free only the server knows. */
typedef struct {
  OnServer *delivery;
  guint number;
} Duplicate;

static void try_duplicate (Duplicate *duplicate);

static void
on_duplicated (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Duplicate *duplicate = user_data;
  OnServer *self = duplicate->delivery;
  const WherryRemoteFile *file = wherry_remote_files_get (self->files, self->next);
  g_autofree char *name = wherry_remote_files_dup_name (self->files, self->next);
  g_autoptr (GError) error = NULL;

  if (wherry_remote_change_finish (self->remote, result, &error))
    g_ptr_array_add (self->arrived, make_copy_name (name, file->is_folder, duplicate->number));
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_EXISTS) && duplicate->number < 100)
    {
      duplicate->number++;
      try_duplicate (duplicate);
      return;
    }
  else
    tell (self, error->message);
  g_free (duplicate);
  self->next++;
  go_on (self);
}

static void
try_duplicate (Duplicate *duplicate)
{
  OnServer *self = duplicate->delivery;
  const WherryRemoteFile *file = wherry_remote_files_get (self->files, self->next);
  g_autofree char *name = wherry_remote_files_dup_name (self->files, self->next);
  g_autofree char *copy_name = make_copy_name (name, file->is_folder, duplicate->number);
  g_autofree char *target = g_build_filename (self->folder, copy_name, NULL);

  wherry_remote_copy_async (self->remote, file->path, target, NULL, on_duplicated, duplicate);
}

static void
go_on (OnServer *self)
{
  if (self->next == wherry_remote_files_get_n (self->files))
    {
      if (self->move)
        tell_gone (self);
      self->handlers->changed (self->data, self->folder, self->arrived);
      on_server_free (self);
      return;
    }

  const char *path = wherry_remote_files_get (self->files, self->next)->path;
  g_autofree char *name = wherry_remote_files_dup_name (self->files, self->next);
  g_autofree char *target = g_build_filename (self->folder, name, NULL);

  if (g_str_equal (path, target) && !self->move)
    {
      Duplicate *duplicate = g_new0 (Duplicate, 1);

      duplicate->delivery = self;
      duplicate->number = 1;
      try_duplicate (duplicate);
      return;
    }
  g_ptr_array_add (self->arrived, g_strdup (name));
  if (self->move)
    wherry_remote_rename_async (self->remote, path, target, FALSE, NULL, on_done, self);
  else
    wherry_remote_copy_async (self->remote, path, target, NULL, on_done, self);
}

static void
upload (const WherryLogin *login,
        const char *folder,
        GdkFileList *list,
        const WherryDeliveryHandlers *handlers,
        gpointer data)
{
  g_autoptr (GSList) files = gdk_file_list_get_files (list);
  g_autoptr (WherryEndpoint) target = wherry_endpoint_new_remote (login, folder);

  for (GSList *l = files; l != NULL; l = l->next)
    {
      const char *path = g_file_peek_path (l->data);

      if (path != NULL)
        {
          g_autoptr (WherryEndpoint) source = wherry_endpoint_new_local (path);
          handlers->add (data, source, target);
        }
      else
        {
          g_autofree char *uri = g_file_get_uri (l->data);
          g_autofree char *shown = wherry_text_display_name (uri);
          g_autofree char *text
              = g_strdup_printf (_ ("“%s” is not on this computer: copy it here first"), shown);

          handlers->problem (data, text);
        }
    }
}

static void
relay (const WherryLogin *login,
       const char *folder,
       WherryRemoteFiles *files,
       const WherryDeliveryHandlers *handlers,
       gpointer data)
{
  g_autoptr (WherryEndpoint) target = wherry_endpoint_new_remote (login, folder);

  for (guint i = 0; i < wherry_remote_files_get_n (files); i++)
    {
      g_autoptr (WherryEndpoint) source
          = wherry_endpoint_new_remote (wherry_remote_files_get_login (files),
                                        wherry_remote_files_get (files, i)->path);

      handlers->add (data, source, target);
    }
}

/**
 * wherry_delivery_start:
 * @login: where to
 * @folder: (type filename): which folder there
 * @remote: (nullable): the file system of @login's server, if it is at hand
 * @value: what was dropped or pasted: a %GDK_TYPE_FILE_LIST or a
 *   %WHERRY_TYPE_REMOTE_FILES
 * @action: %GDK_ACTION_MOVE or %GDK_ACTION_COPY
 * @handlers: who does the rest; static
 * @data: for @handlers
 * @destroy: (nullable): frees @data, once nothing is told any more
 *
 * Brings files to a folder by the shortest way: from here; from another server
 * through this computer's memory; or on the server itself.
 */
void
wherry_delivery_start (const WherryLogin *login,
                       const char *folder,
                       WherryRemote *remote,
                       const GValue *value,
                       GdkDragAction action,
                       const WherryDeliveryHandlers *handlers,
                       gpointer data,
                       GDestroyNotify destroy)
{
  g_return_if_fail (login != NULL && folder != NULL && handlers != NULL);

  WherryRemoteFiles *files
      = G_VALUE_HOLDS (value, WHERRY_TYPE_REMOTE_FILES) ? g_value_get_boxed (value) : NULL;

  if (files != NULL && remote != NULL
      && wherry_login_equal (wherry_remote_files_get_login (files), login))
    {
      OnServer *self = g_new0 (OnServer, 1);

      self->remote = g_object_ref (remote);
      self->files = wherry_remote_files_ref (files);
      self->folder = g_strdup (folder);
      self->move = action == GDK_ACTION_MOVE;
      self->arrived = g_ptr_array_new_with_free_func (g_free);
      self->handlers = handlers;
      self->data = data;
      self->destroy = destroy;
      go_on (self);
      return;
    }

  if (files != NULL)
    relay (login, folder, files, handlers, data);
  else if (G_VALUE_HOLDS (value, GDK_TYPE_FILE_LIST))
    upload (login, folder, g_value_get_boxed (value), handlers, data);
  if (destroy != NULL)
    destroy (data);
}
