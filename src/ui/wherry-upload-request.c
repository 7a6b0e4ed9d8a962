#include "config.h"

#include "ui/wherry-upload-request.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-text.h"
#include "ui/wherry-drop-window.h"
#include "ui/wherry-upload-window.h"

/**
 * wherry_upload_request_open:
 * @application: the application
 * @site: a site
 * @folder: (nullable): a folder there; %NULL for where the site begins
 * @error: return location; %WHERRY_ERROR_BAD_LOCATION
 *
 * Returns: (transfer none): the drop window of that site and folder, a new one
 *   unless there is one, in front
 */
GtkWidget *
wherry_upload_request_open (GtkApplication *application,
                            WherrySite *site,
                            const char *folder,
                            GError **error)
{
  const char *wanted
      = folder != NULL ? folder : wherry_site_get_string (site, WHERRY_SITE_REMOTE_FOLDER);
  GtkWidget *window = NULL;

  for (GList *l = gtk_application_get_windows (application); l != NULL && window == NULL;
       l = l->next)
    if (WHERRY_IS_DROP_WINDOW (l->data) && wherry_drop_window_get_site (l->data) == site
        && g_str_equal (wherry_drop_window_get_folder (l->data), wanted))
      window = l->data;
  if (window == NULL)
    window = wherry_drop_window_new (application, site, wanted, error);
  if (window != NULL)
    gtk_window_present (GTK_WINDOW (window));
  return window;
}

/* What is to go, until it is known where to; owned. */
typedef struct {
  GtkApplication *application;
  GListModel *files;
} Request;

static void
request_free (gpointer data, GClosure *closure)
{
  Request *request = data;

  g_object_unref (request->application);
  g_object_unref (request->files);
  g_free (request);
}

static void
on_chosen (Request *request, WherrySite *site, const char *folder)
{
  g_autoptr (GError) error = NULL;
  GtkWidget *window = wherry_upload_request_open (request->application, site, folder, &error);
  GtkWidget *dialog;

  if (window != NULL)
    {
      wherry_drop_window_upload (WHERRY_DROP_WINDOW (window), request->files);
      return;
    }
  dialog = adw_message_dialog_new (NULL, _ ("Can’t Upload There"), error->message);
  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _ ("_Close"));
  gtk_window_set_application (GTK_WINDOW (dialog), request->application);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
ask (GtkApplication *application, WherrySiteStore *sites, GListModel *files)
{
  GtkWidget *window = wherry_upload_window_new (sites, g_list_model_get_n_items (files));
  Request *request = g_new0 (Request, 1);

  request->application = g_object_ref (application);
  request->files = g_object_ref (files);
  g_signal_connect_data (window, "chosen", G_CALLBACK (on_chosen), request, request_free,
                         G_CONNECT_SWAPPED);
  gtk_window_set_application (GTK_WINDOW (window), application);
  gtk_window_present (GTK_WINDOW (window));
}

static GListModel *
dup_files (GApplicationCommandLine *command_line, GVariantDict *dict)
{
  GListStore *files = g_list_store_new (G_TYPE_FILE);
  g_autofree const char **arguments = NULL;

  g_variant_dict_lookup (dict, G_OPTION_REMAINING, "^a&ay", &arguments);
  for (const char **argument = arguments; argument != NULL && *argument != NULL; argument++)
    {
      g_autoptr (GFile) file
          = g_application_command_line_create_file_for_arg (command_line, *argument);
      g_list_store_append (files, file);
    }
  return G_LIST_MODEL (files);
}

/**
 * wherry_upload_request_run:
 * @application: the application
 * @sites: the person's sites
 * @command_line: a command line with `--upload`
 *
 * Uploads the files it names to the site it names, in a window of their own; asks
 * for the site where it names none.
 *
 * Returns: the exit status
 */
int
wherry_upload_request_run (GtkApplication *application,
                           WherrySiteStore *sites,
                           GApplicationCommandLine *command_line)
{
  GVariantDict *dict = g_application_command_line_get_options_dict (command_line);
  g_autoptr (GListModel) files = dup_files (command_line, dict);
  g_autoptr (GError) error = NULL;
  const char *to = NULL;
  const char *folder = NULL;
  WherrySite *site;
  GtkWidget *window;

  g_variant_dict_lookup (dict, "to", "&s", &to);
  g_variant_dict_lookup (dict, "folder", "&s", &folder);
  if (to == NULL && g_list_model_get_n_items (files) == 0)
    {
      g_application_command_line_printerr (command_line, _ ("wherry: which files are to go?\n"));
      return 1;
    }
  if (to == NULL)
    {
      ask (application, sites, files);
      return 0;
    }

  /* Just started, they are still being read. */
  if (!wherry_site_store_is_loaded (sites))
    wherry_site_store_flush (sites);
  site = wherry_site_store_find (sites, to);
  if (site == NULL)
    site = wherry_site_store_find_name (sites, to);
  if (site == NULL)
    {
      g_autofree char *shown = wherry_text_display_name (to);

      g_application_command_line_printerr (command_line, _ ("wherry: there is no site “%s”\n"),
                                           shown);
      /* Who dropped files on a launcher sees no terminal: another site may do. */
      if (g_list_model_get_n_items (files) > 0)
        ask (application, sites, files);
      return 1;
    }
  window = wherry_upload_request_open (application, site, folder, &error);
  if (window == NULL)
    {
      g_application_command_line_printerr (command_line, "wherry: %s\n", error->message);
      return 1;
    }
  wherry_drop_window_upload (WHERRY_DROP_WINDOW (window), files);
  return 0;
}
