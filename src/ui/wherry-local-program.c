#include "config.h"

#include "ui/wherry-local-program.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-text.h"

#define TEXT "text/plain"

/* "No application is registered …" says nothing to a person. */
static GError *
make_error (const char *path, const GError *error)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *shown = wherry_text_display_name (name);

  if (error == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED))
    return g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                        _ ("No program on this computer opens “%s”: choose one for such files in "
                           "the file manager"),
                        shown);
  return g_error_copy (error);
}

static void
finish (GTask *task, GError *error)
{
  if (error == NULL)
    g_task_return_boolean (task, TRUE);
  else
    {
      g_task_return_error (task, make_error (g_task_get_task_data (task), error));
      g_error_free (error);
    }
  g_object_unref (task);
}

static void
on_launched (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  g_app_info_launch_uris_finish (G_APP_INFO (source), result, &error);
  finish (user_data, error);
}

static void
on_default_launched (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  g_app_info_launch_default_for_uri_finish (result, &error);
  finish (user_data, error);
}

static void
launch (GTask *task, GAppInfo *program)
{
  GtkWidget *widget = g_task_get_source_object (task);
  g_autoptr (GdkAppLaunchContext) context
      = gdk_display_get_app_launch_context (gtk_widget_get_display (widget));
  g_autofree char *uri = g_filename_to_uri (g_task_get_task_data (task), NULL, NULL);
  GList uris = { .data = uri };

  if (program != NULL)
    g_app_info_launch_uris_async (program, &uris, G_APP_LAUNCH_CONTEXT (context), NULL, on_launched,
                                  task);
  else
    g_app_info_launch_default_for_uri_async (uri, G_APP_LAUNCH_CONTEXT (context), NULL,
                                             on_default_launched, task);
}

static GTask *
new_task (GtkWidget *widget, const char *path, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (widget, NULL, callback, user_data);

  g_task_set_source_tag (task, new_task);
  g_task_set_task_data (task, g_strdup (path), g_free);
  return task;
}

static void
on_type (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  g_autoptr (GFileInfo) info = g_file_query_info_finish (G_FILE (source), result, NULL);
  const char *type = info != NULL ? g_file_info_get_content_type (info) : NULL;
  g_autoptr (GAppInfo) program = NULL;

  /* A web page is text to who wants to edit it, and so is an empty file. */
  if (type != NULL
      && (g_content_type_is_a (type, TEXT)
          || g_content_type_equals (type, "application/x-zerosize")))
    program = g_app_info_get_default_for_type (TEXT, FALSE);
  launch (task, program);
}

/**
 * wherry_local_program_edit_async:
 * @widget: who asks
 * @path: (type filename): a local file
 * @callback: called when the program was started
 * @user_data: for @callback
 *
 * Opens a file in the desktop's editor for it: the text editor for all that is
 * text.
 */
void
wherry_local_program_edit_async (GtkWidget *widget,
                                 const char *path,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);

  g_file_query_info_async (file, G_FILE_ATTRIBUTE_STANDARD_CONTENT_TYPE, G_FILE_QUERY_INFO_NONE,
                           G_PRIORITY_DEFAULT, NULL, on_type,
                           new_task (widget, path, callback, user_data));
}

/**
 * wherry_local_program_view_async:
 * @widget: who asks
 * @path: (type filename): a local file
 * @callback: called when the program was started
 * @user_data: for @callback
 *
 * Opens a file in the desktop's own program for it.
 */
void
wherry_local_program_view_async (GtkWidget *widget,
                                 const char *path,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  launch (new_task (widget, path, callback, user_data), NULL);
}

/**
 * wherry_local_program_finish:
 * @widget: who asked
 * @result: what the callback got
 * @error: return location for why nothing was started, to be shown
 *
 * Returns: whether a program was started
 */
gboolean
wherry_local_program_finish (GtkWidget *widget, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, widget), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
