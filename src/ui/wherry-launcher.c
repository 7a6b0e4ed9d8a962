#include "config.h"

#include "ui/wherry-launcher.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/wherry-sandbox.h"
#include "base/wherry-text.h"

/**
 * wherry_launcher_can_be_saved:
 *
 * Returns: whether what is written to a person's folder of applications is seen
 *   by the desktop, which is not so in a sandbox
 */
gboolean
wherry_launcher_can_be_saved (void)
{
  return !wherry_sandbox_is_inside ();
}

/* Quotes an argument of "Exec" (Desktop Entry Specification, "The Exec key"). */
static void
append_argument (GString *command, const char *argument)
{
  if (command->len > 0)
    g_string_append_c (command, ' ');
  g_string_append_c (command, '"');
  for (const char *p = argument; *p != '\0'; p++)
    {
      if (strchr ("\"`$\\", *p) != NULL)
        g_string_append_c (command, '\\');
      /* A "%" would begin a field code. */
      if (*p == '%')
        g_string_append_c (command, '%');
      g_string_append_c (command, *p);
    }
  g_string_append_c (command, '"');
}

static char *
dup_name (WherrySite *site)
{
  g_autofree char *title = wherry_site_dup_title (site);

  /* Translators: the name of a launcher; %s is the name of a site */
  return g_strdup_printf (_ ("Upload to %s"), title);
}

/**
 * wherry_launcher_to_text:
 * @site: a site that is kept
 * @folder: a folder there; "": the login's home
 * @program: what runs Wherry
 *
 * The site is named by its identifier alone: host and user are looked up, and
 * judged, when the launcher is used.
 *
 * Returns: (transfer full): a desktop entry that accepts files
 */
char *
wherry_launcher_to_text (WherrySite *site, const char *folder, const char *program)
{
  static const char *const types[] = { "application/octet-stream", "inode/directory", NULL };
  g_autoptr (GKeyFile) entry = g_key_file_new ();
  g_autoptr (GString) command = g_string_new (NULL);
  g_autofree char *name = dup_name (site);
  g_autofree char *address = wherry_site_dup_address (site);
  g_autofree char *shown = wherry_text_display_name (folder);
  g_autofree char *comment = g_strdup_printf ("%s:%s", address, shown);
  g_autofree char *to = g_strconcat ("--to=", wherry_site_get_id (site), NULL);
  g_autofree char *in = g_strconcat ("--folder=", folder, NULL);

  append_argument (command, program);
  append_argument (command, "--upload");
  append_argument (command, to);
  append_argument (command, in);
  g_string_append (command, " -- %U");

  g_key_file_set_string (entry, G_KEY_FILE_DESKTOP_GROUP, G_KEY_FILE_DESKTOP_KEY_TYPE,
                         G_KEY_FILE_DESKTOP_TYPE_APPLICATION);
  g_key_file_set_string (entry, G_KEY_FILE_DESKTOP_GROUP, G_KEY_FILE_DESKTOP_KEY_NAME, name);
  g_key_file_set_string (entry, G_KEY_FILE_DESKTOP_GROUP, G_KEY_FILE_DESKTOP_KEY_COMMENT, comment);
  g_key_file_set_string (entry, G_KEY_FILE_DESKTOP_GROUP, G_KEY_FILE_DESKTOP_KEY_EXEC,
                         command->str);
  g_key_file_set_string (entry, G_KEY_FILE_DESKTOP_GROUP, G_KEY_FILE_DESKTOP_KEY_ICON,
                         WHERRY_APP_ID);
  g_key_file_set_boolean (entry, G_KEY_FILE_DESKTOP_GROUP, G_KEY_FILE_DESKTOP_KEY_TERMINAL, FALSE);
  g_key_file_set_string_list (entry, G_KEY_FILE_DESKTOP_GROUP, G_KEY_FILE_DESKTOP_KEY_MIME_TYPE,
                              types, g_strv_length ((char **) types));
  return g_key_file_to_data (entry, NULL, NULL);
}

/* The program as the desktop will find it: one that is not installed by its path. */
static char *
dup_program (void)
{
  g_autofree char *found = g_find_program_in_path ("wherry");
  g_autofree char *own = g_file_read_link ("/proc/self/exe", NULL);

  return g_strdup (found != NULL || own == NULL ? "wherry" : own);
}

/* What is to be written where; owned. */
typedef struct {
  char *path;
  char *text;
} File;

static void
file_free (gpointer data)
{
  File *file = data;

  g_free (file->path);
  g_free (file->text);
  g_free (file);
}

static void
save_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const File *file = task_data;
  g_autofree char *folder = g_path_get_dirname (file->path);
  GError *error = NULL;

  if (g_mkdir_with_parents (folder, 0700) != 0)
    g_task_return_new_error (task, G_IO_ERROR, g_io_error_from_errno (errno),
                             _ ("“%s” can’t be made: %s"), folder, g_strerror (errno));
  else if (!g_file_set_contents_full (file->path, file->text, -1, G_FILE_SET_CONTENTS_CONSISTENT,
                                      /* Where a desktop starts only what may be run. */
                                      0755, &error))
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

/**
 * wherry_launcher_save_async:
 * @site: a site that is kept
 * @folder: a folder there
 * @callback: called when it is saved
 * @user_data: for @callback
 *
 * Puts a launcher among the person's applications.
 */
void
wherry_launcher_save_async (WherrySite *site,
                            const char *folder,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (site, NULL, callback, user_data);
  g_autofree char *program = dup_program ();
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, folder, -1);
  g_autofree char *base = g_strdup_printf ("%s.upload-%s-%.8s.desktop", WHERRY_APP_ID,
                                           wherry_site_get_id (site), sum);
  File *file = g_new0 (File, 1);

  file->path = g_build_filename (g_get_user_data_dir (), "applications", base, NULL);
  file->text = wherry_launcher_to_text (site, folder, program);
  g_task_set_source_tag (task, wherry_launcher_save_async);
  g_task_set_task_data (task, file, file_free);
  g_task_run_in_thread (task, save_in_thread);
}

/**
 * wherry_launcher_save_finish:
 * @result: what the callback was given
 * @error: return location; the errno codes of %G_FILE_ERROR and %G_IO_ERROR
 *
 * Returns: (transfer full): what the launcher is called
 */
char *
wherry_launcher_save_finish (GAsyncResult *result, GError **error)
{
  if (!g_task_propagate_boolean (G_TASK (result), error))
    return NULL;
  return dup_name (g_task_get_source_object (G_TASK (result)));
}
