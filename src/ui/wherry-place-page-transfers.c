/*
 * What the place page sends and fetches.
 */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-text.h"
#include "remote/wherry-remote-private.h"
#include "ui/wherry-application.h"
#include "ui/wherry-download-window.h"
#include "ui/wherry-options-window.h"
#include "ui/wherry-place-page-private.h"
#include "ui/wherry-settings.h"
#include "ui/wherry-transfer-rules.h"

#define DOWNLOAD_WIDTH 460

/* Names of what is downloaded that are shown one by one. */
#define NAMES_MAX 3

/* What a window that asks for files is to have them copied by. */
#define RULES "wherry-rules"

/* What arrived in the folder that is shown is shown with it. */
static void
on_transfer_state (WherryPlacePage *self, GParamSpec *pspec, WherryTransfer *transfer)
{
  const WherryEndpoint *source = wherry_transfer_get_source (transfer);
  const WherryEndpoint *target = wherry_transfer_get_target (transfer);
  g_autofree char *name = NULL;

  if (!wherry_transfer_is_over (transfer) || !wherry_endpoint_is_remote (target))
    return;
  name = g_path_get_basename (source->path);
  wherry_place_page_update_entry (self, target->path, name, FALSE);
}

/**
 * wherry_place_page_add_transfer:
 * @self: the page
 * @source: what to copy
 * @target: the folder it goes into
 * @rules: (nullable): what holds this time in place of what the site says
 *
 * Queues a transfer, and shows what arrives if this page shows where.
 *
 * Returns: (transfer none): the transfer, which the queue owns
 */
WherryTransfer *
wherry_place_page_add_transfer (WherryPlacePage *self,
                                const WherryEndpoint *source,
                                const WherryEndpoint *target,
                                WherrySite *rules)
{
  g_return_val_if_fail (WHERRY_IS_PLACE_PAGE (self), NULL);

  WherryApplication *application = WHERRY_APPLICATION (g_application_get_default ());
  g_autoptr (WherryTransfer) transfer
      = wherry_transfer_rules_make (source, target, wherry_application_get_sites (application),
                                    self->settings, rules);

  g_signal_connect_object (transfer, "notify::state", G_CALLBACK (on_transfer_state), self,
                           G_CONNECT_SWAPPED);
  wherry_queue_append (self->queue, transfer);
  return transfer;
}

static void
upload_file (WherryPlacePage *self, GFile *file, WherrySite *rules)
{
  const char *path = g_file_peek_path (file);
  g_autoptr (WherryEndpoint) source = NULL;
  g_autoptr (WherryEndpoint) target = NULL;

  if (path == NULL)
    {
      g_autofree char *uri = g_file_get_uri (file);
      g_autofree char *shown = wherry_text_display_name (uri);
      g_autofree char *text
          = g_strdup_printf (_ ("“%s” is not on this computer: copy it here first"), shown);

      wherry_place_page_show_toast (self, text);
      return;
    }

  source = wherry_endpoint_new_local (path);
  target = wherry_endpoint_new_remote (wherry_place_page_get_login (self),
                                       wherry_place_page_get_folder (self));
  wherry_place_page_add_transfer (self, source, target, rules);
}

static void
on_chosen (WherryPlacePage *self, int response, GtkNativeDialog *chooser)
{
  g_assert (chooser == self->chooser);

  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GListModel) files = gtk_file_chooser_get_files (GTK_FILE_CHOOSER (chooser));
      wherry_place_page_upload (self, files, g_object_get_data (G_OBJECT (chooser), RULES));
    }
  g_clear_object (&self->chooser);
}

static void
choose (WherryPlacePage *self, const char *title, GtkFileChooserAction action, WherrySite *rules)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  if (self->chooser != NULL)
    return;

  self->chooser = GTK_NATIVE_DIALOG (
      gtk_file_chooser_native_new (title, GTK_WINDOW (root), action, _ ("_Upload"), NULL));
  gtk_file_chooser_set_select_multiple (GTK_FILE_CHOOSER (self->chooser), TRUE);
  gtk_native_dialog_set_modal (self->chooser, TRUE);
  if (rules != NULL)
    g_object_set_data_full (G_OBJECT (self->chooser), RULES, g_object_ref (rules), g_object_unref);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (on_chosen), self,
                           G_CONNECT_SWAPPED);
  gtk_native_dialog_show (self->chooser);
}

/**
 * wherry_place_page_download:
 * @self: the page
 * @entries: (element-type WherryRemoteEntry): what to fetch from the folder that
 *   is shown
 * @local: (type filename): the folder on this computer it goes into
 *
 * Queues downloads.
 */
void
wherry_place_page_download (WherryPlacePage *self, GPtrArray *entries, const char *local)
{
  g_autoptr (WherryEndpoint) target = wherry_endpoint_new_local (local);

  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));

  for (guint i = 0; i < entries->len; i++)
    {
      g_autofree char *path
          = wherry_place_page_dup_path (self, wherry_remote_entry_get_name (entries->pdata[i]));
      g_autoptr (WherryEndpoint) source
          = wherry_endpoint_new_remote (wherry_place_page_get_login (self), path);

      wherry_place_page_add_transfer (self, source, target, NULL);
    }
}

/* What the window that asks where to is about. */
typedef struct {
  WherryPlacePage *page; /* weak */
  char *folder;          /* the one that was shown */
  GPtrArray *entries;    /* none: what is typed */
  WherrySite *rules;     /* (nullable): once they were looked at */
} Fetch;

static void
fetch_free (gpointer data, GClosure *closure)
{
  Fetch *fetch = data;

  g_clear_weak_pointer (&fetch->page);
  g_free (fetch->folder);
  g_ptr_array_unref (fetch->entries);
  g_clear_object (&fetch->rules);
  g_free (fetch);
}

/* The path that was typed, in the folder that was shown unless it stands for itself. */
static char *
resolve (const char *folder, const char *typed)
{
  g_autofree char *path = g_strstrip (g_strdup (typed));

  if (*path == '/' || *path == '~' || *folder == '\0')
    return g_steal_pointer (&path);
  return wherry_remote_join (folder, path);
}

static void
fetch_path (WherryPlacePage *self, const char *path, const char *local, WherrySite *rules)
{
  g_autoptr (WherryEndpoint) source
      = wherry_endpoint_new_remote (wherry_place_page_get_login (self), path);
  g_autoptr (WherryEndpoint) target = wherry_endpoint_new_local (local);

  wherry_place_page_add_transfer (self, source, target, rules);
}

static void
on_download (WherryDownloadWindow *window, const char *typed, GFile *folder, gpointer user_data)
{
  Fetch *fetch = user_data;
  WherryPlacePage *self = fetch->page;
  const char *local = g_file_peek_path (folder);

  if (self == NULL)
    return;
  if (local == NULL)
    {
      wherry_place_page_show_toast (self, _ ("Choose a folder on this computer to save in"));
      return;
    }
  if (self->settings != NULL)
    {
      g_autofree char *uri = g_file_get_uri (folder);
      g_settings_set_string (self->settings, WHERRY_SETTINGS_LAST_DOWNLOAD_FOLDER, uri);
    }

  for (guint i = 0; i < fetch->entries->len; i++)
    {
      g_autofree char *path
          = wherry_remote_join (fetch->folder,
                                wherry_remote_entry_get_name (fetch->entries->pdata[i]));
      fetch_path (self, path, local, fetch->rules);
    }
  if (fetch->entries->len == 0)
    {
      g_autofree char *path = resolve (fetch->folder, typed);
      fetch_path (self, path, local, fetch->rules);
    }
}

/* The names that are fetched, or how many. */
static char *
format_entries (GPtrArray *entries)
{
  g_autoptr (GString) names = g_string_new (NULL);

  if (entries->len > NAMES_MAX)
    return g_strdup_printf (ngettext ("%u item", "%u items", entries->len), entries->len);
  for (guint i = 0; i < entries->len; i++)
    {
      g_autofree char *shown
          = wherry_text_display_name (wherry_remote_entry_get_name (entries->pdata[i]));
      g_string_append_printf (names, "%s%s", i > 0 ? "\n" : "", shown);
    }
  return g_string_free (g_steal_pointer (&names), FALSE);
}

/**
 * wherry_place_page_upload:
 * @self: the page
 * @files: (element-type GFile): what to send to the folder
 * @rules: (nullable): what holds this time in place of what the site says
 */
void
wherry_place_page_upload (WherryPlacePage *self, GListModel *files, WherrySite *rules)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));

  for (guint i = 0; i < g_list_model_get_n_items (files); i++)
    {
      g_autoptr (GFile) file = g_list_model_get_item (files, i);
      upload_file (self, file, rules);
    }
}

/**
 * wherry_place_page_choose_files:
 * @self: the page
 *
 * Lets files be chosen, and sends them.
 */
void
wherry_place_page_choose_files (WherryPlacePage *self)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));

  choose (self, _ ("Upload Files"), GTK_FILE_CHOOSER_ACTION_OPEN, NULL);
}

/**
 * wherry_place_page_choose_folder:
 * @self: the page
 *
 * Lets folders be chosen, and sends them with all in them.
 */
void
wherry_place_page_choose_folder (WherryPlacePage *self)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));

  choose (self, _ ("Upload Folder"), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, NULL);
}

static WherrySite *
dup_rules (WherryPlacePage *self)
{
  WherryApplication *application = WHERRY_APPLICATION (g_application_get_default ());

  return wherry_transfer_rules_dup (wherry_place_page_get_login (self),
                                    wherry_application_get_sites (application), self->settings);
}

static void
on_upload_options (WherryPlacePage *self, const char *what, WherrySite *rules)
{
  if (g_str_equal (what, "files"))
    choose (self, _ ("Upload Files"), GTK_FILE_CHOOSER_ACTION_OPEN, rules);
  else if (g_str_equal (what, "folder"))
    choose (self, _ ("Upload Folder"), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, rules);
  else
    wherry_place_page_paste (self, rules);
}

/**
 * wherry_place_page_choose_options:
 * @self: the page
 *
 * Asks how to copy, then for files, and sends them.
 */
void
wherry_place_page_choose_options (WherryPlacePage *self)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));

  g_autoptr (WherrySite) rules = dup_rules (self);
  WherryOptionsWindow *window
      = WHERRY_OPTIONS_WINDOW (wherry_options_window_new (_ ("Upload with Options"), rules));

  wherry_options_window_add_button (window, _ ("_Files…"), "files");
  wherry_options_window_add_button (window, _ ("F_older…"), "folder");
  wherry_options_window_add_button (window, _ ("_Paste"), "paste");
  g_signal_connect_object (window, "chosen", G_CALLBACK (on_upload_options), self,
                           G_CONNECT_SWAPPED);
  wherry_options_window_present (window, GTK_WIDGET (self));
}

/* What is chosen is in the rules then. */
static void
on_download_options (WherryDownloadWindow *window, gpointer user_data)
{
  Fetch *fetch = user_data;
  GtkWidget *options;

  if (fetch->page == NULL)
    return;
  if (fetch->rules == NULL)
    fetch->rules = dup_rules (fetch->page);
  options = wherry_options_window_new (_ ("Download Options"), fetch->rules);
  wherry_options_window_add_button (WHERRY_OPTIONS_WINDOW (options), _ ("_Done"), "done");
  wherry_options_window_present (WHERRY_OPTIONS_WINDOW (options), GTK_WIDGET (window));
}

/* Where downloads go unless it is said otherwise. */
static GFile *
dup_download_folder (WherryPlacePage *self)
{
  const char *downloads = g_get_user_special_dir (G_USER_DIRECTORY_DOWNLOAD);
  g_autofree char *last = NULL;

  if (self->settings != NULL)
    last = g_settings_get_string (self->settings, WHERRY_SETTINGS_LAST_DOWNLOAD_FOLDER);
  if (last != NULL && *last != '\0')
    {
      g_autoptr (GFile) folder = g_file_new_for_uri (last);

      if (g_file_is_native (folder))
        return g_steal_pointer (&folder);
    }
  return g_file_new_for_path (downloads != NULL ? downloads : g_get_home_dir ());
}

/**
 * wherry_place_page_choose_download:
 * @self: the page
 *
 * Asks where to download what is selected, or what else, and fetches it.
 */
void
wherry_place_page_choose_download (WherryPlacePage *self)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));

  g_autofree char *shown = wherry_text_display_name (*self->folder != '\0' ? self->folder : "~");
  g_autoptr (GFile) local = dup_download_folder (self);
  GtkWidget *window = wherry_download_window_new (shown, local);
  Fetch *fetch = g_new0 (Fetch, 1);

  g_set_weak_pointer (&fetch->page, self);
  fetch->folder = g_strdup (self->folder);
  fetch->entries = wherry_place_page_dup_selected (self);
  if (fetch->entries->len > 0)
    {
      g_autofree char *names = format_entries (fetch->entries);
      wherry_download_window_set_items (WHERRY_DOWNLOAD_WINDOW (window), names);
    }
  g_signal_connect (window, "options", G_CALLBACK (on_download_options), fetch);
  g_signal_connect_data (window, "download", G_CALLBACK (on_download), fetch, fetch_free, 0);
  gtk_window_set_default_size (GTK_WINDOW (window),
                               MIN (DOWNLOAD_WIDTH, gtk_widget_get_width (GTK_WIDGET (self))), -1);
  gtk_window_set_transient_for (GTK_WINDOW (window),
                                GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))));
  gtk_window_present (GTK_WINDOW (window));
}
