#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-text.h"
#include "sites/wherry-site-file.h"
#include "sites/wherry-site-tree.h"
#include "ui/wherry-import-window.h"
#include "ui/wherry-sidebar-private.h"
#include "ui/wherry-site-editor.h"
#include "ui/wherry-toast.h"
#include "ui/wherry-trust.h"
#include "ui/wherry-upload-request.h"
#include "ui/wherry-window.h"

static WherryWindow *
get_window (WherrySidebar *self)
{
  return WHERRY_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));
}

static gboolean
is_kept (WherrySidebar *self, GObject *object)
{
  return WHERRY_IS_SITE (object)
         && wherry_site_store_find (self->store, wherry_site_get_id (WHERRY_SITE (object))) != NULL;
}

/* The folder that what is made now goes into: the one that is selected, or is around it. */
static const char *
get_folder (WherrySidebar *self, GObject *object)
{
  if (WHERRY_IS_SITE_TREE (object))
    return wherry_site_tree_get_path (WHERRY_SITE_TREE (object));
  if (is_kept (self, object))
    return wherry_site_get_string (WHERRY_SITE (object), WHERRY_SITE_FOLDER);
  return "";
}

static void
show_error (WherrySidebar *self, const GError *error)
{

  wherry_window_add_toast (get_window (self), wherry_toast_new (error->message));
}

static void
connect_to_site (WherrySidebar *self, gboolean new_tab)
{
  g_autoptr (GObject) object = wherry_sidebar_dup_selected (self);
  g_autoptr (GError) error = NULL;

  if (WHERRY_IS_SITE (object)
      && !wherry_window_open_site (get_window (self), WHERRY_SITE (object), new_tab, &error))
    show_error (self, error);
}

static void
connect_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  connect_to_site (WHERRY_SIDEBAR (widget), FALSE);
}

static void
connect_in_tab_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  connect_to_site (WHERRY_SIDEBAR (widget), TRUE);
}

static void
open_drop_window_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  WherrySidebar *self = WHERRY_SIDEBAR (widget);
  g_autoptr (GObject) object = wherry_sidebar_dup_selected (self);
  g_autoptr (GError) error = NULL;

  if (is_kept (self, object)
      && wherry_upload_request_open (gtk_window_get_application (GTK_WINDOW (get_window (self))),
                                     WHERRY_SITE (object), NULL, &error)
             == NULL)
    show_error (self, error);
}

static void
edit_site (WherrySidebar *self, WherrySite *site)
{
  wherry_window_present_over (get_window (self),
                              GTK_WINDOW (wherry_site_editor_new (self->store, site)));
}

static void
add_site_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  WherrySidebar *self = WHERRY_SIDEBAR (widget);
  g_autoptr (GObject) object = wherry_sidebar_dup_selected (self);
  g_autoptr (WherrySite) site = wherry_site_new ();

  wherry_site_set_string (site, WHERRY_SITE_FOLDER, get_folder (self, object));
  edit_site (self, site);
}

/* A question for a folder's name; @path is the folder to rename, or NULL for a new one. */
typedef struct {
  WherrySidebar *sidebar;
  GtkWidget *dialog;
  GtkWidget *entry;
  char *parent;
  char *path; /* (nullable) */
} FolderQuestion;

static void
folder_question_free (gpointer data, GClosure *closure)
{
  FolderQuestion *question = data;

  g_object_unref (question->sidebar);
  g_free (question->parent);
  g_free (question->path);
  g_free (question);
}

static char *
dup_path_asked (FolderQuestion *question)
{
  g_autofree char *name
      = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (question->entry))));

  return g_strconcat (question->parent, *question->parent != '\0' ? "/" : "", name, NULL);
}

static void
on_folder_name_changed (FolderQuestion *question)
{
  g_autofree char *path = dup_path_asked (question);
  const char *name = gtk_editable_get_text (GTK_EDITABLE (question->entry));
  g_auto (GStrv) folders = wherry_site_store_dup_folders (question->sidebar->store);
  gboolean taken = g_strv_contains ((const char *const *) folders, path)
                   && g_strcmp0 (path, question->path) != 0;
  gboolean fits
      = *name != '\0' && !taken && wherry_site_check_text (WHERRY_SITE_FOLDER, path, NULL);

  adw_message_dialog_set_response_enabled (ADW_MESSAGE_DIALOG (question->dialog), "ok", fits);
  if (*name == '\0' || fits)
    gtk_widget_remove_css_class (question->entry, "error");
  else
    gtk_widget_add_css_class (question->entry, "error");
  gtk_widget_set_tooltip_text (question->entry,
                               taken ? _ ("There is a folder of this name already") : NULL);
}

static void
on_folder_response (FolderQuestion *question)
{
  g_autofree char *path = dup_path_asked (question);
  g_autoptr (GError) error = NULL;
  gboolean done;

  done = question->path != NULL
             ? wherry_site_store_rename_folder (question->sidebar->store, question->path, path,
                                                &error)
             : wherry_site_store_add_folder (question->sidebar->store, path, &error);
  if (!done)
    show_error (question->sidebar, error);
}

static void
ask_folder_name (WherrySidebar *self, const char *parent, WherrySiteTree *folder)
{
  FolderQuestion *question = g_new0 (FolderQuestion, 1);
  GtkWidget *dialog
      = adw_message_dialog_new (GTK_WINDOW (get_window (self)),
                                folder != NULL ? _ ("Rename Folder") : _ ("New Folder"), NULL);

  question->sidebar = g_object_ref (self);
  question->dialog = dialog;
  question->entry = gtk_entry_new ();
  question->parent = g_strdup (parent);
  question->path = folder != NULL ? g_strdup (wherry_site_tree_get_path (folder)) : NULL;
  gtk_accessible_update_property (GTK_ACCESSIBLE (question->entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Name"), -1);
  gtk_entry_set_placeholder_text (GTK_ENTRY (question->entry), _ ("Name"));
  gtk_entry_set_activates_default (GTK_ENTRY (question->entry), TRUE);
  if (folder != NULL)
    gtk_editable_set_text (GTK_EDITABLE (question->entry), wherry_site_tree_get_name (folder));

  adw_message_dialog_set_extra_child (ADW_MESSAGE_DIALOG (dialog), question->entry);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "ok",
                                    folder != NULL ? _ ("_Rename") : _ ("C_reate"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "ok",
                                              ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "ok");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect_swapped (question->entry, "changed", G_CALLBACK (on_folder_name_changed),
                            question);
  g_signal_connect_data (dialog, "response::ok", G_CALLBACK (on_folder_response), question,
                         folder_question_free, G_CONNECT_SWAPPED);
  on_folder_name_changed (question);
  gtk_window_present (GTK_WINDOW (dialog));
  gtk_widget_grab_focus (question->entry);
}

static void
add_folder_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  WherrySidebar *self = WHERRY_SIDEBAR (widget);
  g_autoptr (GObject) object = wherry_sidebar_dup_selected (self);

  ask_folder_name (self, get_folder (self, object), NULL);
}

static void
rename_folder (WherrySidebar *self, WherrySiteTree *folder)
{
  g_autofree char *parent = g_path_get_dirname (wherry_site_tree_get_path (folder));

  ask_folder_name (self, g_str_equal (parent, ".") ? "" : parent, folder);
}

static void
edit_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  WherrySidebar *self = WHERRY_SIDEBAR (widget);
  g_autoptr (GObject) object = wherry_sidebar_dup_selected (self);

  if (WHERRY_IS_SITE_TREE (object))
    rename_folder (self, WHERRY_SITE_TREE (object));
  else if (is_kept (self, object))
    edit_site (self, WHERRY_SITE (object));
  else if (WHERRY_IS_SITE (object))
    {
      /* Kept under an identifier of its own. */
      g_autoptr (WherrySite) site = wherry_site_duplicate (WHERRY_SITE (object));
      edit_site (self, site);
    }
}

static guint
get_position (WherrySidebar *self, WherrySite *site)
{
  guint n_items = g_list_model_get_n_items (G_LIST_MODEL (self->store));

  for (guint i = 0; i < n_items; i++)
    {
      g_autoptr (WherrySite) other = g_list_model_get_item (G_LIST_MODEL (self->store), i);
      if (other == site)
        return i;
    }
  return n_items;
}

static void
duplicate_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  WherrySidebar *self = WHERRY_SIDEBAR (widget);
  g_autoptr (GObject) object = wherry_sidebar_dup_selected (self);
  g_autoptr (WherrySite) copy = NULL;
  g_autofree char *title = NULL;
  g_autofree char *name = NULL;

  if (!is_kept (self, object))
    return;
  copy = wherry_site_duplicate (WHERRY_SITE (object));
  title = wherry_site_dup_title (copy);
  /* Translators: the name of a site that was duplicated */
  name = g_strdup_printf (_ ("%s (copy)"), title);
  if (wherry_site_check_text (WHERRY_SITE_NAME, name, NULL))
    wherry_site_set_string (copy, WHERRY_SITE_NAME, name);
  wherry_site_store_insert (self->store, get_position (self, WHERRY_SITE (object)) + 1, copy);
}

/* What was deleted, as long as it can be had back. */
typedef struct {
  WherrySiteStore *store;
  GPtrArray *sites;   /* element-type WherrySite */
  guint position;     /* where the first was */
  char *folder;       /* (nullable): the folder that went */
  GPtrArray *folders; /* element-type utf8: where each of the sites was */
  gboolean undone;
} Deletion;

static void
deletion_free (gpointer data, GClosure *closure)
{
  Deletion *deletion = data;

  g_object_unref (deletion->store);
  g_ptr_array_unref (deletion->sites);
  g_ptr_array_unref (deletion->folders);
  g_free (deletion->folder);
  g_free (deletion);
}

static void
on_undo (Deletion *deletion)
{
  deletion->undone = TRUE;
  if (deletion->folder != NULL)
    wherry_site_store_add_folder (deletion->store, deletion->folder, NULL);
  for (guint i = 0; i < deletion->sites->len; i++)
    {
      WherrySite *site = deletion->sites->pdata[i];

      if (wherry_site_store_find (deletion->store, wherry_site_get_id (site)) == NULL)
        wherry_site_store_insert (deletion->store, deletion->position, site);
      wherry_site_set_string (site, WHERRY_SITE_FOLDER, deletion->folders->pdata[i]);
    }
}

/* What was remembered for a site goes with it, once it can't be had back, and nobody else uses it.
 */
static void
on_dismissed (Deletion *deletion)
{
  g_autoptr (WherryTrust) trust = wherry_trust_ref_default ();

  for (guint i = 0; i < deletion->sites->len && !deletion->undone && deletion->folder == NULL; i++)
    {
      g_autoptr (WherryLogin) login = wherry_site_make_login (deletion->sites->pdata[i], NULL);

      if (login != NULL && wherry_site_store_find_login (deletion->store, login) == NULL)
        wherry_trust_forget_login (trust, login->user, login->host, login->port);
    }
}

static Deletion *
deletion_new (WherrySidebar *self)
{
  Deletion *deletion = g_new0 (Deletion, 1);

  deletion->store = g_object_ref (self->store);
  deletion->sites = g_ptr_array_new_with_free_func (g_object_unref);
  deletion->folders = g_ptr_array_new_with_free_func (g_free);
  return deletion;
}

static void
deletion_add (Deletion *deletion, WherrySite *site)
{
  g_ptr_array_add (deletion->sites, g_object_ref (site));
  g_ptr_array_add (deletion->folders, g_strdup (wherry_site_get_string (site, WHERRY_SITE_FOLDER)));
}

static void
offer_undo (WherrySidebar *self, Deletion *deletion, const char *message)
{
  AdwToast *toast = wherry_toast_new (message);

  adw_toast_set_button_label (toast, _ ("_Undo"));
  adw_toast_set_timeout (toast, 10);
  g_signal_connect_data (toast, "button-clicked", G_CALLBACK (on_undo), deletion, deletion_free,
                         G_CONNECT_SWAPPED);
  g_signal_connect_swapped (toast, "dismissed", G_CALLBACK (on_dismissed), deletion);
  wherry_window_add_toast (get_window (self), toast);
}

static void
delete_site (WherrySidebar *self, WherrySite *site)
{
  Deletion *deletion = deletion_new (self);
  g_autofree char *title = wherry_site_dup_title (site);
  /* Translators: the name of a site */
  g_autofree char *message = g_strdup_printf (_ ("“%s” deleted"), title);

  deletion_add (deletion, site);
  deletion->position = wherry_site_store_remove (self->store, site);
  offer_undo (self, deletion, message);
}

/* The sites in a folder stay: they go to where the folder was. */
static void
delete_folder (WherrySidebar *self, WherrySiteTree *folder)
{
  Deletion *deletion = deletion_new (self);
  const char *path = wherry_site_tree_get_path (folder);
  g_autofree char *below = g_strconcat (path, "/", NULL);
  g_autofree char *message
      /* Translators: the name of a folder */
      = g_strdup_printf (_ ("Folder “%s” deleted"), wherry_site_tree_get_name (folder));
  guint n_items = g_list_model_get_n_items (G_LIST_MODEL (self->store));

  for (guint i = 0; i < n_items; i++)
    {
      g_autoptr (WherrySite) site = g_list_model_get_item (G_LIST_MODEL (self->store), i);
      const char *in = wherry_site_get_string (site, WHERRY_SITE_FOLDER);

      if (g_str_equal (in, path) || g_str_has_prefix (in, below))
        deletion_add (deletion, site);
    }
  deletion->folder = g_strdup (path);
  wherry_site_store_remove_folder (self->store, path);
  offer_undo (self, deletion, message);
}

static void
delete_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  WherrySidebar *self = WHERRY_SIDEBAR (widget);
  g_autoptr (GObject) object = wherry_sidebar_dup_selected (self);

  if (WHERRY_IS_SITE_TREE (object))
    delete_folder (self, WHERRY_SITE_TREE (object));
  else if (is_kept (self, object))
    delete_site (self, WHERRY_SITE (object));
  else if (WHERRY_IS_SITE (object))
    wherry_recents_remove (self->recents, WHERRY_SITE (object));
}

static void
sort_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  wherry_site_store_sort (WHERRY_SIDEBAR (widget)->store);
}

static void
on_imported (WherrySidebar *self, guint n_imported)
{
  g_autofree char *text
      = g_strdup_printf (ngettext ("%u site imported", "%u sites imported", n_imported),
                         n_imported);

  wherry_window_add_toast (get_window (self), wherry_toast_new (text));
}

static void
import_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  WherrySidebar *self = WHERRY_SIDEBAR (widget);
  GtkWidget *window = wherry_import_window_new (self->store);

  g_signal_connect_object (window, "imported", G_CALLBACK (on_imported), self, G_CONNECT_SWAPPED);
  wherry_window_present_over (get_window (self), GTK_WINDOW (window));
}

static void
on_exported (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherrySidebar) self = user_data;
  g_autoptr (GError) error = NULL;

  if (gtk_widget_get_root (GTK_WIDGET (self)) == NULL)
    return;
  if (!g_file_replace_contents_finish (G_FILE (source), result, NULL, &error))
    show_error (self, error);
  else
    wherry_window_add_toast (get_window (self),
                             wherry_toast_new (_ ("Sites exported, without passwords")));
}

static void
on_export_chosen (WherrySidebar *self, int response, GtkNativeDialog *chooser)
{
  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
      g_autoptr (GPtrArray) sites = g_ptr_array_new_with_free_func (g_object_unref);
      guint n_items = g_list_model_get_n_items (G_LIST_MODEL (self->store));
      g_autoptr (GBytes) bytes = NULL;
      char *text;

      for (guint i = 0; i < n_items; i++)
        g_ptr_array_add (sites, g_list_model_get_item (G_LIST_MODEL (self->store), i));
      text = wherry_site_file_export (sites);
      bytes = g_bytes_new_take (text, strlen (text));
      g_file_replace_contents_bytes_async (file, bytes, NULL, FALSE, G_FILE_CREATE_PRIVATE, NULL,
                                           on_exported, g_object_ref (self));
    }
  g_object_unref (chooser);
}

static void
export_activated (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  WherrySidebar *self = WHERRY_SIDEBAR (widget);
  GtkFileChooserNative *chooser
      = gtk_file_chooser_native_new (_ ("Export Sites"), GTK_WINDOW (get_window (self)),
                                     GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Export"), NULL);

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  /* Translators: the name of a file */
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (chooser), _ ("Wherry sites.conf"));
  g_signal_connect_object (chooser, "response", G_CALLBACK (on_export_chosen), self,
                           G_CONNECT_SWAPPED);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

/**
 * wherry_sidebar_update_actions:
 * @self: the sidebar
 *
 * Enables what can be done with what is selected.
 */
void
wherry_sidebar_update_actions (WherrySidebar *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  g_autoptr (GObject) object = wherry_sidebar_dup_selected (self);
  gboolean is_site = WHERRY_IS_SITE (object);
  gboolean can_edit = is_site || WHERRY_IS_SITE_TREE (object);

  gtk_widget_action_set_enabled (widget, "sidebar.connect", is_site);
  gtk_widget_action_set_enabled (widget, "sidebar.connect-in-tab", is_site);
  gtk_widget_action_set_enabled (widget, "sidebar.edit", can_edit);
  gtk_widget_action_set_enabled (widget, "sidebar.delete", can_edit);
  gtk_widget_action_set_enabled (widget, "sidebar.duplicate", is_kept (self, object));
  gtk_widget_action_set_enabled (widget, "sidebar.open-drop-window", is_kept (self, object));
}

/**
 * wherry_sidebar_install_actions:
 * @widget_class: class of the sidebar
 */
void
wherry_sidebar_install_actions (GtkWidgetClass *widget_class)
{
  static const struct {
    const char *name;
    GtkWidgetActionActivateFunc activate;
  } actions[] = {
    { "sidebar.connect", connect_activated },
    { "sidebar.connect-in-tab", connect_in_tab_activated },
    { "sidebar.open-drop-window", open_drop_window_activated },
    { "sidebar.add-site", add_site_activated },
    { "sidebar.add-folder", add_folder_activated },
    { "sidebar.edit", edit_activated },
    { "sidebar.duplicate", duplicate_activated },
    { "sidebar.delete", delete_activated },
    { "sidebar.sort", sort_activated },
    { "sidebar.import", import_activated },
    { "sidebar.export", export_activated },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (actions); i++)
    gtk_widget_class_install_action (widget_class, actions[i].name, NULL, actions[i].activate);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Delete, 0, "sidebar.delete", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F2, 0, "sidebar.edit", NULL);
}
