#include "config.h"

#include "ui/wherry-place-page.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-text.h"
#include "ui/wherry-download-window.h"
#include "ui/wherry-settings.h"
#include "ui/wherry-transfer-row.h"

struct _WherryPlacePage {
  AdwBin parent_instance;

  /* Template widgets */
  GtkWidget *box;
  GtkWidget *lost_bar;
  GtkLabel *lost_label;
  GtkWidget *top_clamp;
  GtkWidget *folder_row;
  GtkWidget *drop_area;
  GtkWidget *drop_icon;
  GtkWidget *drop_label;
  GtkWidget *upload_button;
  GtkWidget *transfers_box;
  GtkListView *list_view;

  /* Owned */
  WherryQueue *queue;
  WherryLogin *login;
  GSettings *settings;      /* (nullable) */
  GtkNativeDialog *chooser; /* (nullable): the one that is open */
  char *folder;             /* bytes, for as long as the entry shows @shown_folder */
  char *shown_folder;
};

G_DEFINE_FINAL_TYPE (WherryPlacePage, wherry_place_page, ADW_TYPE_BIN)

enum { SIGNAL_FOLDER_CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];

#define DOWNLOAD_WIDTH 460

/* What a person sends or fetches is to be the same there, times included, whatever kind it is. */
#define TRANSFER_FLAGS (WHERRY_TRANSFER_RECURSIVE | WHERRY_TRANSFER_PRESERVE | WHERRY_TRANSFER_INTO)

static void
show_toast (WherryPlacePage *self, const char *text)
{
  GtkWidget *overlay = gtk_widget_get_ancestor (GTK_WIDGET (self), ADW_TYPE_TOAST_OVERLAY);
  g_autofree char *markup = g_markup_escape_text (text, -1);

  if (overlay != NULL)
    adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (overlay), adw_toast_new (markup));
}

static void
add_transfer (WherryPlacePage *self, WherryEndpoint *source, WherryEndpoint *target)
{
  g_autoptr (WherryTransfer) transfer = wherry_transfer_new (source, target, TRANSFER_FLAGS);

  wherry_queue_append (self->queue, transfer);
}

static void
upload_file (WherryPlacePage *self, GFile *file)
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

      show_toast (self, text);
      return;
    }

  source = wherry_endpoint_new_local (path);
  target = wherry_endpoint_new_remote (self->login, wherry_place_page_get_folder (self));
  add_transfer (self, source, target);
}

static GdkDragAction
on_drop_enter (WherryPlacePage *self)
{
  gtk_widget_add_css_class (self->drop_area, "drop-here");
  return GDK_ACTION_COPY;
}

static void
on_drop_leave (WherryPlacePage *self)
{
  gtk_widget_remove_css_class (self->drop_area, "drop-here");
}

static gboolean
on_drop (WherryPlacePage *self, const GValue *value)
{
  g_autoptr (GSList) files = gdk_file_list_get_files (g_value_get_boxed (value));

  /* GTK tells of a leave only when the files are carried off again. */
  on_drop_leave (self);

  if (self->login == NULL || files == NULL)
    return FALSE;
  for (GSList *l = files; l != NULL; l = l->next)
    upload_file (self, l->data);

  return TRUE;
}

/* As long as there are no transfers the drop area has all the room; then it makes way. */
static void
on_items_changed (WherryPlacePage *self)
{
  gboolean any = g_list_model_get_n_items (G_LIST_MODEL (self->queue)) > 0;

  gtk_widget_set_visible (self->transfers_box, any);
  gtk_widget_set_vexpand (self->top_clamp, !any);
  gtk_widget_set_visible (self->drop_icon, !any);
  if (any)
    {
      gtk_widget_remove_css_class (self->drop_label, "title-2");
      gtk_widget_add_css_class (self->drop_label, "heading");
    }
  else
    {
      gtk_widget_remove_css_class (self->drop_label, "heading");
      gtk_widget_add_css_class (self->drop_label, "title-2");
    }
}

static void
on_folder_changed (WherryPlacePage *self)
{
  g_signal_emit (self, signals[SIGNAL_FOLDER_CHANGED], 0);
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  gtk_list_item_set_activatable (item, FALSE);
  gtk_list_item_set_child (item, wherry_transfer_row_new ());
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  wherry_transfer_row_set_transfer (WHERRY_TRANSFER_ROW (gtk_list_item_get_child (item)),
                                    gtk_list_item_get_item (item));
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  wherry_transfer_row_set_transfer (WHERRY_TRANSFER_ROW (gtk_list_item_get_child (item)), NULL);
}

static void
on_chosen (WherryPlacePage *self, int response, GtkNativeDialog *chooser)
{
  g_assert (chooser == self->chooser);

  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GListModel) files = gtk_file_chooser_get_files (GTK_FILE_CHOOSER (chooser));
      wherry_place_page_upload (self, files);
    }
  g_clear_object (&self->chooser);
}

static void
choose (WherryPlacePage *self, const char *title, GtkFileChooserAction action)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  if (self->chooser != NULL)
    return;

  self->chooser = GTK_NATIVE_DIALOG (
      gtk_file_chooser_native_new (title, GTK_WINDOW (root), action, _ ("_Upload"), NULL));
  gtk_file_chooser_set_select_multiple (GTK_FILE_CHOOSER (self->chooser), TRUE);
  gtk_native_dialog_set_modal (self->chooser, TRUE);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (on_chosen), self,
                           G_CONNECT_SWAPPED);
  gtk_native_dialog_show (self->chooser);
}

/* The path that was typed, in the folder that is shown unless it stands for itself. */
static char *
resolve (WherryPlacePage *self, const char *typed)
{
  const char *folder = wherry_place_page_get_folder (self);

  if (*typed == '/' || *typed == '~' || *folder == '\0')
    return g_strdup (typed);
  if (g_str_has_suffix (folder, "/"))
    return g_strconcat (folder, typed, NULL);
  return g_strconcat (folder, "/", typed, NULL);
}

static void
on_download (WherryPlacePage *self, const char *typed, GFile *folder)
{
  g_autofree char *path = g_strstrip (g_strdup (typed));
  g_autofree char *remote = resolve (self, path);
  const char *local = g_file_peek_path (folder);

  if (local == NULL)
    {
      show_toast (self, _ ("Choose a folder on this computer to save in"));
      return;
    }
  if (self->settings != NULL)
    {
      g_autofree char *uri = g_file_get_uri (folder);
      g_settings_set_string (self->settings, WHERRY_SETTINGS_LAST_DOWNLOAD_FOLDER, uri);
    }

  g_autoptr (WherryEndpoint) source = wherry_endpoint_new_remote (self->login, remote);
  g_autoptr (WherryEndpoint) target = wherry_endpoint_new_local (local);
  add_transfer (self, source, target);
}

static void
on_clipboard_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherryPlacePage) self = user_data;
  const GValue *value = gdk_clipboard_read_value_finish (GDK_CLIPBOARD (source), result, NULL);

  if (value == NULL || !on_drop (self, value))
    show_toast (self, _ ("No files were copied. Copy some in the file manager first."));
}

static gboolean
wherry_place_page_grab_focus (GtkWidget *widget)
{
  WherryPlacePage *self = WHERRY_PLACE_PAGE (widget);

  /* The entry selects all when focus merely passes through it. */
  gtk_editable_select_region (GTK_EDITABLE (self->folder_row), 0, 0);
  return gtk_widget_grab_focus (self->upload_button);
}

static void
wherry_place_page_dispose (GObject *object)
{
  WherryPlacePage *self = WHERRY_PLACE_PAGE (object);

  if (self->chooser != NULL)
    gtk_native_dialog_destroy (self->chooser);
  g_clear_object (&self->chooser);
  g_clear_object (&self->settings);
  g_clear_object (&self->queue);
  g_clear_pointer (&self->login, wherry_login_free);
  g_clear_pointer (&self->folder, g_free);
  g_clear_pointer (&self->shown_folder, g_free);

  G_OBJECT_CLASS (wherry_place_page_parent_class)->dispose (object);
}

static void
wherry_place_page_class_init (WherryPlacePageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wherry_place_page_dispose;
  widget_class->grab_focus = wherry_place_page_grab_focus;

  signals[SIGNAL_FOLDER_CHANGED]
      = g_signal_new ("folder-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/app/wherry/Wherry/ui/wherry-place-page.ui");
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, box);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, lost_bar);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, lost_label);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, top_clamp);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, folder_row);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, drop_area);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, drop_icon);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, drop_label);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, upload_button);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, transfers_box);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, list_view);
  gtk_widget_class_bind_template_callback (widget_class, on_folder_changed);
}

static void
wherry_place_page_init (WherryPlacePage *self)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();
  GtkDropTarget *drop_target;

  gtk_widget_init_template (GTK_WIDGET (self));

  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (on_unbind), NULL);
  gtk_list_view_set_factory (self->list_view, factory);

  /* The whole page takes files: nobody should have to aim. In the capture phase, as the folder
     entry would take a dropped file's path as text. */
  drop_target = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (drop_target),
                                              GTK_PHASE_CAPTURE);
  g_signal_connect_swapped (drop_target, "drop", G_CALLBACK (on_drop), self);
  g_signal_connect_swapped (drop_target, "enter", G_CALLBACK (on_drop_enter), self);
  g_signal_connect_swapped (drop_target, "leave", G_CALLBACK (on_drop_leave), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drop_target));
}

/**
 * wherry_place_page_set_queue:
 * @self: the page
 * @queue: the transfers to list, and to add to; set once
 */
void
wherry_place_page_set_queue (WherryPlacePage *self, WherryQueue *queue)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));
  g_return_if_fail (WHERRY_IS_QUEUE (queue));
  g_return_if_fail (self->queue == NULL);

  g_autoptr (GtkSelectionModel) selection
      = GTK_SELECTION_MODEL (gtk_no_selection_new (G_LIST_MODEL (g_object_ref (queue))));

  self->queue = g_object_ref (queue);
  g_signal_connect_object (queue, "items-changed", G_CALLBACK (on_items_changed), self,
                           G_CONNECT_SWAPPED);
  gtk_list_view_set_model (self->list_view, selection);
  on_items_changed (self);
}

/**
 * wherry_place_page_set_place:
 * @self: the page
 * @login: the server
 * @folder: the folder there, "" being the home folder
 */
void
wherry_place_page_set_place (WherryPlacePage *self, const WherryLogin *login, const char *folder)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));
  g_return_if_fail (login != NULL);

  WherryLogin *copy = wherry_login_copy (login);

  g_clear_pointer (&self->login, wherry_login_free);
  self->login = copy;
  g_free (self->folder);
  self->folder = g_strdup (folder);
  g_free (self->shown_folder);
  self->shown_folder = wherry_text_display_name (*folder != '\0' ? folder : "~");
  gtk_editable_set_text (GTK_EDITABLE (self->folder_row), self->shown_folder);
}

/**
 * wherry_place_page_get_folder:
 * @self: the page
 *
 * Returns: (transfer none): the folder on the server as it is to be used, ""
 *   being the home folder
 */
const char *
wherry_place_page_get_folder (WherryPlacePage *self)
{
  g_return_val_if_fail (WHERRY_IS_PLACE_PAGE (self), NULL);

  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->folder_row));

  /* A path need not be UTF-8, an entry's text has to be. */
  if (g_strcmp0 (text, self->shown_folder) == 0)
    return self->folder;
  return g_str_equal (text, "~") || g_str_equal (text, "~/") ? "" : text;
}

/**
 * wherry_place_page_set_lost:
 * @self: the page
 * @message: (nullable): what happened to the connection; %NULL: all is well
 */
void
wherry_place_page_set_lost (WherryPlacePage *self, const char *message)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));

  if (message != NULL)
    gtk_label_set_text (self->lost_label, message);
  gtk_widget_set_visible (self->lost_bar, message != NULL);
}

/**
 * wherry_place_page_upload:
 * @self: the page
 * @files: (element-type GFile): what to send to the folder
 */
void
wherry_place_page_upload (WherryPlacePage *self, GListModel *files)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));

  for (guint i = 0; i < g_list_model_get_n_items (files); i++)
    {
      g_autoptr (GFile) file = g_list_model_get_item (files, i);
      upload_file (self, file);
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

  choose (self, _ ("Upload Files"), GTK_FILE_CHOOSER_ACTION_OPEN);
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

  choose (self, _ ("Upload Folder"), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER);
}

/**
 * wherry_place_page_choose_download:
 * @self: the page
 * @settings: (nullable): where the last folder is kept
 *
 * Asks what to download and where to, and fetches it.
 */
void
wherry_place_page_choose_download (WherryPlacePage *self, GSettings *settings)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));

  const char *downloads = g_get_user_special_dir (G_USER_DIRECTORY_DOWNLOAD);
  g_autofree char *last = NULL;
  g_autofree char *shown
      = wherry_text_display_name (gtk_editable_get_text (GTK_EDITABLE (self->folder_row)));
  g_autoptr (GFile) local = NULL;
  GtkWidget *window;

  g_set_object (&self->settings, settings);
  if (settings != NULL)
    last = g_settings_get_string (settings, WHERRY_SETTINGS_LAST_DOWNLOAD_FOLDER);

  if (last != NULL && *last != '\0')
    local = g_file_new_for_uri (last);
  if (local == NULL || !g_file_is_native (local))
    {
      g_clear_object (&local);
      local = g_file_new_for_path (downloads != NULL ? downloads : g_get_home_dir ());
    }

  window = wherry_download_window_new (shown, local);
  gtk_window_set_default_size (GTK_WINDOW (window),
                               MIN (DOWNLOAD_WIDTH, gtk_widget_get_width (GTK_WIDGET (self))), -1);
  gtk_window_set_transient_for (GTK_WINDOW (window),
                                GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))));
  g_signal_connect_object (window, "download", G_CALLBACK (on_download), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (window));
}

/**
 * wherry_place_page_paste:
 * @self: the page
 *
 * Sends the files that lie on the clipboard.
 */
void
wherry_place_page_paste (WherryPlacePage *self)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));

  gdk_clipboard_read_value_async (gtk_widget_get_clipboard (GTK_WIDGET (self)), GDK_TYPE_FILE_LIST,
                                  G_PRIORITY_DEFAULT, NULL, on_clipboard_read, g_object_ref (self));
}

/**
 * wherry_place_page_edit_folder:
 * @self: the page
 *
 * Puts the focus into the folder entry.
 */
void
wherry_place_page_edit_folder (WherryPlacePage *self)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));

  gtk_widget_grab_focus (self->folder_row);
  gtk_editable_select_region (GTK_EDITABLE (self->folder_row), 0, -1);
}
