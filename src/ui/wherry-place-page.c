#include "config.h"

#include "ui/wherry-place-page.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "sites/wherry-known-hosts.h"
#include "ui/wherry-connect-page.h"
#include "ui/wherry-download-window.h"
#include "ui/wherry-settings.h"

struct _WherryPlacePage {
  AdwBin parent_instance;

  /* Template widgets */
  GtkStack *stack;
  WherryConnectPage *connect_page;
  GtkWidget *browser;
  GtkWidget *lost_bar;
  GtkLabel *lost_label;
  GtkWidget *folder_row;
  GtkWidget *drop_area;
  GtkWidget *upload_button;

  /* Owned */
  WherryPlaceConnection *connection;
  WherryQueue *queue;
  GSettings *settings;      /* (nullable) */
  char **known_hosts;       /* the files with the keys of known servers */
  GtkNativeDialog *chooser; /* (nullable): the one that is open */
  char *name;               /* (nullable): what the person calls the server */
  char *wanted_folder;      /* (nullable): where to begin */
  char *folder;             /* bytes, for as long as the entry shows @shown_folder */
  char *shown_folder;
};

G_DEFINE_FINAL_TYPE (WherryPlacePage, wherry_place_page, ADW_TYPE_BIN)

enum { SIGNAL_CONNECT_TO, SIGNAL_CHANGED, N_SIGNALS };

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
  target = wherry_endpoint_new_remote (wherry_place_page_get_login (self),
                                       wherry_place_page_get_folder (self));
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

  if (wherry_place_page_is_form (self) || files == NULL)
    return FALSE;
  for (GSList *l = files; l != NULL; l = l->next)
    upload_file (self, l->data);

  return TRUE;
}

static void
on_folder_changed (WherryPlacePage *self)
{
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
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

  g_autoptr (WherryEndpoint) source
      = wherry_endpoint_new_remote (wherry_place_page_get_login (self), remote);
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

/* The other page is hidden too: assistive technology would read it out all the same. */
static void
show (WherryPlacePage *self, gpointer page)
{
  GtkWidget *form = GTK_WIDGET (self->connect_page);
  gboolean had_focus = gtk_widget_get_focus_child (GTK_WIDGET (self->stack)) != NULL;

  gtk_widget_set_visible (page, TRUE);
  gtk_stack_set_visible_child (self->stack, page);
  gtk_widget_set_visible (page == self->browser ? form : self->browser, FALSE);
  if (had_focus)
    gtk_widget_grab_focus (GTK_WIDGET (self));
}

static void
set_lost (WherryPlacePage *self, const char *message)
{
  if (message != NULL)
    gtk_label_set_text (self->lost_label, message);
  gtk_widget_set_visible (self->lost_bar, message != NULL);
}

static char *
dup_host (WherryPlacePage *self)
{
  return wherry_text_display_name (wherry_place_page_get_login (self)->host);
}

/* The commands that forget the keys on record, for a server that was set up anew. */
static char *
dup_remedy (WherryPlacePage *self, const GError *error)
{
  const WherryLogin *login = wherry_place_page_get_login (self);
  g_autoptr (GString) commands = g_string_new (NULL);
  g_autofree char *name = NULL;
  g_autofree char *quoted = NULL;

  if (!g_error_matches (error, WHERRY_ERROR, WHERRY_ERROR_HOST_KEY_CHANGED))
    return NULL;

  name = wherry_known_hosts_format_name (wherry_login_get_host_key_name (login),
                                         wherry_login_get_host_key_port (login));
  quoted = wherry_text_quote_shell (name);
  for (char **file = self->known_hosts; *file != NULL; file++)
    {
      g_autofree char *quoted_file = wherry_text_quote_shell (*file);

      if (g_file_test (*file, G_FILE_TEST_EXISTS))
        g_string_append_printf (commands, "%sssh-keygen -f %s -R %s", commands->len > 0 ? "\n" : "",
                                quoted_file, quoted);
    }

  return g_utf8_make_valid (commands->str, (gssize) commands->len);
}

static void
set_folder (WherryPlacePage *self, const char *folder)
{
  g_free (self->folder);
  self->folder = g_strdup (folder);
  g_free (self->shown_folder);
  self->shown_folder = wherry_text_display_name (*folder != '\0' ? folder : "~");
  gtk_editable_set_text (GTK_EDITABLE (self->folder_row), self->shown_folder);
}

static void
on_connected (WherryPlacePage *self)
{
  set_lost (self, NULL);
  if (!wherry_place_page_is_form (self))
    return;

  set_folder (self, self->wanted_folder);
  wherry_connect_page_show_form (self->connect_page);
  show (self, self->browser);
  if (self->settings != NULL && self->name == NULL)
    g_settings_set_string (self->settings, WHERRY_SETTINGS_LAST_LOCATION,
                           wherry_connect_page_get_text (self->connect_page));
}

static void
on_idle (WherryPlacePage *self)
{
  const GError *error = wherry_place_connection_get_error (self->connection);

  set_lost (self, NULL);
  if (error == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    wherry_connect_page_show_form (self->connect_page);
  else
    {
      g_autofree char *host = dup_host (self);
      g_autofree char *remedy = dup_remedy (self, error);

      wherry_connect_page_show_error (self->connect_page, host, error, remedy);
    }
  show (self, self->connect_page);
}

static void
on_connection_changed (WherryPlacePage *self)
{
  const GError *error = wherry_place_connection_get_error (self->connection);
  const WherryLogin *login = wherry_place_page_get_login (self);
  g_autofree char *host = login != NULL ? wherry_text_display_name (login->host) : NULL;

  switch (wherry_place_connection_get_state (self->connection))
    {
    case WHERRY_PLACE_CONNECTED:
      on_connected (self);
      break;
    case WHERRY_PLACE_CONNECTING:
      if (wherry_place_page_is_form (self))
        wherry_connect_page_show_busy (self->connect_page, host);
      else
        set_lost (self, _ ("Connecting again…"));
      break;
      case WHERRY_PLACE_LOST: {
        g_autofree char *message
            = error != NULL ? g_strdup (error->message)
                            : g_strdup_printf (_ ("The connection to “%s” was lost."), host);
        set_lost (self, message);
        break;
      }
    case WHERRY_PLACE_IDLE:
    default:
      on_idle (self);
      break;
    }
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
on_connect_to (WherryPlacePage *self, const WherryLocation *location)
{
  g_signal_emit (self, signals[SIGNAL_CONNECT_TO], 0, location);
}

static void
on_connect_cancelled (WherryPlacePage *self)
{
  wherry_place_connection_close (self->connection);
}

static gboolean
wherry_place_page_grab_focus (GtkWidget *widget)
{
  WherryPlacePage *self = WHERRY_PLACE_PAGE (widget);

  if (wherry_place_page_is_form (self))
    return gtk_widget_grab_focus (GTK_WIDGET (self->connect_page));

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
  if (self->connection != NULL)
    g_object_run_dispose (G_OBJECT (self->connection));
  g_clear_object (&self->connection);
  g_clear_object (&self->settings);
  g_clear_object (&self->queue);
  g_clear_pointer (&self->known_hosts, g_strfreev);
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->wanted_folder, g_free);
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

  g_type_ensure (WHERRY_TYPE_CONNECT_PAGE);

  signals[SIGNAL_CONNECT_TO]
      = g_signal_new ("connect-to", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/app/wherry/Wherry/ui/wherry-place-page.ui");
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, stack);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, connect_page);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, browser);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, lost_bar);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, lost_label);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, folder_row);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, drop_area);
  gtk_widget_class_bind_template_child (widget_class, WherryPlacePage, upload_button);
  gtk_widget_class_bind_template_callback (widget_class, on_connect_to);
  gtk_widget_class_bind_template_callback (widget_class, on_connect_cancelled);
  gtk_widget_class_bind_template_callback (widget_class, on_folder_changed);
}

static void
wherry_place_page_init (WherryPlacePage *self)
{
  GtkDropTarget *drop_target;

  gtk_widget_init_template (GTK_WIDGET (self));

  /* The whole page takes files: nobody should have to aim. In the capture phase, as the folder
     entry would take a dropped file's path as text. */
  drop_target = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (drop_target),
                                              GTK_PHASE_CAPTURE);
  g_signal_connect_swapped (drop_target, "drop", G_CALLBACK (on_drop), self);
  g_signal_connect_swapped (drop_target, "enter", G_CALLBACK (on_drop_enter), self);
  g_signal_connect_swapped (drop_target, "leave", G_CALLBACK (on_drop_leave), self);
  gtk_widget_add_controller (self->browser, GTK_EVENT_CONTROLLER (drop_target));
}

/**
 * wherry_place_page_new:
 * @pool: makes the connection
 * @queue: takes the transfers
 * @settings: (nullable): where the last folders are kept
 * @known_hosts: the files with the keys of known servers
 *
 * Returns: (transfer floating): a page that asks for a server
 */
GtkWidget *
wherry_place_page_new (WherrySessionPool *pool,
                       WherryQueue *queue,
                       GSettings *settings,
                       const char *const *known_hosts)
{
  g_return_val_if_fail (WHERRY_IS_SESSION_POOL (pool), NULL);
  g_return_val_if_fail (WHERRY_IS_QUEUE (queue), NULL);
  g_return_val_if_fail (known_hosts != NULL, NULL);

  WherryPlacePage *self = g_object_new (WHERRY_TYPE_PLACE_PAGE, NULL);

  self->connection = wherry_place_connection_new (pool);
  self->queue = g_object_ref (queue);
  g_set_object (&self->settings, settings);
  self->known_hosts = g_strdupv ((char **) known_hosts);
  g_signal_connect_object (self->connection, "changed", G_CALLBACK (on_connection_changed), self,
                           G_CONNECT_SWAPPED);
  return GTK_WIDGET (self);
}

/**
 * wherry_place_page_set_location:
 * @self: the page
 * @text: a location, from anywhere; it is filled in, and nothing else happens
 *   (rule R9)
 */
void
wherry_place_page_set_location (WherryPlacePage *self, const char *text)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));

  wherry_connect_page_set_text (self->connect_page, text);
}

/**
 * wherry_place_page_submit:
 * @self: the page, asking for a server
 *
 * Connects to the location that stands in the form. Only for what a person asked
 * for explicitly.
 */
void
wherry_place_page_submit (WherryPlacePage *self)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));

  wherry_connect_page_submit (self->connect_page);
}

/**
 * wherry_place_page_open:
 * @self: the page, asking for a server
 * @login: the server
 * @folder: (type filename): the folder there, "" being the home folder
 * @name: (nullable): what the person calls the server; %NULL: by its host name
 *
 * Connects, and shows the folder then.
 */
void
wherry_place_page_open (WherryPlacePage *self,
                        const WherryLogin *login,
                        const char *folder,
                        const char *name)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));
  g_return_if_fail (login != NULL);
  g_return_if_fail (folder != NULL);

  g_free (self->wanted_folder);
  self->wanted_folder = g_strdup (folder);
  g_free (self->name);
  self->name = g_strdup (name);
  wherry_place_connection_open (self->connection, login);
}

/**
 * wherry_place_page_reconnect:
 * @self: the page, with a place whose connection was lost
 *
 * Connects again.
 */
void
wherry_place_page_reconnect (WherryPlacePage *self)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));

  wherry_place_connection_reopen (self->connection);
}

/**
 * wherry_place_page_disconnect:
 * @self: the page
 *
 * Gives the place up and asks for a server again. The session is let go of, not
 * closed, as others may use it too.
 */
void
wherry_place_page_disconnect (WherryPlacePage *self)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));

  wherry_place_connection_close (self->connection);
}

/**
 * wherry_place_page_is_form:
 * @self: the page
 *
 * Returns: whether it asks for a server, or is connecting to one for the first
 *   time; otherwise it is connected, or was and may be again
 */
gboolean
wherry_place_page_is_form (WherryPlacePage *self)
{
  g_return_val_if_fail (WHERRY_IS_PLACE_PAGE (self), TRUE);

  return gtk_stack_get_visible_child (self->stack) != self->browser;
}

/**
 * wherry_place_page_get_state:
 * @self: the page
 *
 * Returns: how its connection stands
 */
WherryPlaceState
wherry_place_page_get_state (WherryPlacePage *self)
{
  g_return_val_if_fail (WHERRY_IS_PLACE_PAGE (self), WHERRY_PLACE_IDLE);

  return wherry_place_connection_get_state (self->connection);
}

/**
 * wherry_place_page_get_login:
 * @self: the page
 *
 * Returns: (transfer none) (nullable): the server; %NULL before there was one
 */
const WherryLogin *
wherry_place_page_get_login (WherryPlacePage *self)
{
  g_return_val_if_fail (WHERRY_IS_PLACE_PAGE (self), NULL);

  return wherry_place_connection_get_login (self->connection);
}

/**
 * wherry_place_page_get_session:
 * @self: the page
 *
 * Returns: (transfer none) (nullable): its session, while connected
 */
WherrySession *
wherry_place_page_get_session (WherryPlacePage *self)
{
  g_return_val_if_fail (WHERRY_IS_PLACE_PAGE (self), NULL);

  return wherry_place_connection_get_session (self->connection);
}

/**
 * wherry_place_page_dup_title:
 * @self: the page
 *
 * Returns: (transfer full): what to call it in a tab
 */
char *
wherry_place_page_dup_title (WherryPlacePage *self)
{
  g_return_val_if_fail (WHERRY_IS_PLACE_PAGE (self), NULL);

  if (wherry_place_page_is_form (self)
      && wherry_place_page_get_state (self) != WHERRY_PLACE_CONNECTING)
    return g_strdup (_ ("New Place"));
  return self->name != NULL ? g_strdup (self->name) : dup_host (self);
}

/**
 * wherry_place_page_dup_subtitle:
 * @self: the page
 *
 * Returns: (transfer full) (nullable): account, server and folder; %NULL if there
 *   is none
 */
char *
wherry_place_page_dup_subtitle (WherryPlacePage *self)
{
  g_return_val_if_fail (WHERRY_IS_PLACE_PAGE (self), NULL);

  g_autofree char *host = NULL;
  g_autofree char *folder = NULL;

  if (wherry_place_page_is_form (self))
    return NULL;

  host = dup_host (self);
  folder = wherry_text_display_name (wherry_place_page_get_folder (self));
  return g_strdup_printf ("%s@%s:%s", wherry_place_page_get_login (self)->user, host,
                          *folder != '\0' ? folder : "~");
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
 *
 * Asks what to download and where to, and fetches it.
 */
void
wherry_place_page_choose_download (WherryPlacePage *self)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));

  const char *downloads = g_get_user_special_dir (G_USER_DIRECTORY_DOWNLOAD);
  g_autofree char *last = NULL;
  g_autofree char *shown
      = wherry_text_display_name (gtk_editable_get_text (GTK_EDITABLE (self->folder_row)));
  g_autoptr (GFile) local = NULL;
  GtkWidget *window;

  if (self->settings != NULL)
    last = g_settings_get_string (self->settings, WHERRY_SETTINGS_LAST_DOWNLOAD_FOLDER);

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
 * wherry_place_page_edit_location:
 * @self: the page
 *
 * Puts the focus to where it is typed where to go.
 */
void
wherry_place_page_edit_location (WherryPlacePage *self)
{
  g_return_if_fail (WHERRY_IS_PLACE_PAGE (self));

  if (wherry_place_page_is_form (self))
    {
      gtk_widget_grab_focus (GTK_WIDGET (self->connect_page));
      return;
    }
  gtk_widget_grab_focus (self->folder_row);
  gtk_editable_select_region (GTK_EDITABLE (self->folder_row), 0, -1);
}
