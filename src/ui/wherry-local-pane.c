#include "config.h"

#include "ui/wherry-local-pane.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-text.h"
#include "remote/wherry-remote-entry-private.h"
#include "ui/wherry-path-bar.h"

#define ATTRIBUTES                                                                        \
  "standard::name,standard::type,standard::size,standard::symlink-target,time::modified," \
  "unix::mode,unix::uid,unix::gid,owner::user,owner::group"

struct _WherryLocalPane {
  AdwBin parent_instance;

  /* Template widgets */
  WherryPathBar *path_bar;
  GtkWidget *up_button;
  GtkWidget *problem_label;
  WherryFileView *view;

  /* Owned */
  WherryViewOptions *options;
  GCancellable *listing; /* (nullable): while a folder is being listed */
  char *folder;          /* (nullable): bytes, from the root */
  char *reveal;          /* (nullable): what to select in it */
};

G_DEFINE_FINAL_TYPE (WherryLocalPane, wherry_local_pane, ADW_TYPE_BIN)

enum { SIGNAL_MOVED, N_SIGNALS };

static guint signals[N_SIGNALS];

static WherryRemoteEntry *
new_entry (GFile *folder, GFileInfo *info)
{
  const char *name = g_file_info_get_name (info);
  WherryRemoteEntry *entry = wherry_remote_entry_new (name, strlen (name));
  GDateTime *modified = g_file_info_get_modification_date_time (info);

  entry->size = g_file_info_get_size (info);
  entry->mtime = modified != NULL ? g_date_time_to_unix (modified) : -1;
  g_clear_pointer (&modified, g_date_time_unref);
  if (g_file_info_has_attribute (info, G_FILE_ATTRIBUTE_UNIX_MODE))
    wherry_remote_entry_set_mode (entry,
                                  g_file_info_get_attribute_uint32 (info,
                                                                    G_FILE_ATTRIBUTE_UNIX_MODE));
  entry->uid = g_file_info_get_attribute_uint32 (info, G_FILE_ATTRIBUTE_UNIX_UID);
  entry->gid = g_file_info_get_attribute_uint32 (info, G_FILE_ATTRIBUTE_UNIX_GID);
  entry->has_ids = g_file_info_has_attribute (info, G_FILE_ATTRIBUTE_UNIX_UID);
  wherry_remote_entry_set_owner (
      entry, g_file_info_get_attribute_string (info, G_FILE_ATTRIBUTE_OWNER_USER),
      g_file_info_get_attribute_string (info, G_FILE_ATTRIBUTE_OWNER_GROUP));
  if (entry->file_type == G_FILE_TYPE_SYMBOLIC_LINK)
    {
      g_autoptr (GFile) file = g_file_get_child (folder, name);

      entry->link_target = g_strdup (
          g_file_info_get_attribute_byte_string (info, G_FILE_ATTRIBUTE_STANDARD_SYMLINK_TARGET));
      entry->target_type = g_file_query_file_type (file, G_FILE_QUERY_INFO_NONE, NULL) & 0xf;
    }
  return entry;
}

static void
list_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GFile) folder = g_file_new_for_path (task_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (GFileEnumerator) enumerator
      = g_file_enumerate_children (folder, ATTRIBUTES, G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                                   cancellable, &error);

  while (enumerator != NULL)
    {
      GFileInfo *info;

      if (!g_file_enumerator_iterate (enumerator, &info, NULL, cancellable, &error))
        break;
      if (info == NULL)
        {
          g_task_return_pointer (task, g_steal_pointer (&entries),
                                 (GDestroyNotify) g_ptr_array_unref);
          return;
        }
      g_ptr_array_add (entries, new_entry (folder, info));
    }
  g_task_return_error (task, g_steal_pointer (&error));
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherryLocalPane) self = user_data;

  if (!wherry_folder_model_load_finish (WHERRY_FOLDER_MODEL (source), result, NULL)
      || self->listing != g_task_get_cancellable (G_TASK (result)))
    return;
  g_clear_object (&self->listing);
  if (self->reveal != NULL)
    wherry_file_view_reveal (self->view, self->reveal);
  g_clear_pointer (&self->reveal, g_free);
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  WherryLocalPane *self = WHERRY_LOCAL_PANE (source);
  WherryFolderModel *model = wherry_file_view_get_model (self->view);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) entries = g_task_propagate_pointer (G_TASK (result), &error);

  if (self->listing != g_task_get_cancellable (G_TASK (result)))
    return;
  gtk_label_set_text (GTK_LABEL (self->problem_label), error != NULL ? error->message : "");
  gtk_widget_set_visible (self->problem_label, error != NULL);
  if (entries == NULL)
    {
      g_clear_object (&self->listing);
      wherry_folder_model_clear (model);
      return;
    }
  wherry_folder_model_load_async (model, entries, self->listing, on_loaded, g_object_ref (self));
}

static void
list_folder (WherryLocalPane *self)
{
  g_autoptr (GTask) task = NULL;

  if (self->listing != NULL)
    g_cancellable_cancel (self->listing);
  g_clear_object (&self->listing);
  self->listing = g_cancellable_new ();
  task = g_task_new (self, self->listing, on_listed, NULL);
  g_task_set_source_tag (task, list_folder);
  g_task_set_task_data (task, g_strdup (self->folder), g_free);
  g_task_run_in_thread (task, list_thread);
}

static void
on_open (WherryLocalPane *self, WherryRemoteEntry *entry)
{
  g_autofree char *path
      = g_build_filename (self->folder, wherry_remote_entry_get_name (entry), NULL);

  if (wherry_remote_entry_is_folder (entry))
    wherry_local_pane_go_to (self, path);
  else
    {
      g_autoptr (GFile) file = g_file_new_for_path (path);
      g_autofree char *uri = g_file_get_uri (file);

      gtk_show_uri (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), uri, GDK_CURRENT_TIME);
    }
}

static void
on_up (WherryLocalPane *self)
{
  g_autofree char *parent = g_path_get_dirname (self->folder);
  g_autofree char *name = g_path_get_basename (self->folder);

  wherry_local_pane_go_to (self, parent);
  g_free (self->reveal);
  self->reveal = g_steal_pointer (&name);
}

static void
on_typed (WherryLocalPane *self, const char *text)
{
  g_autofree char *path = g_strstrip (g_strdup (text));

  if (path[0] == '~' && (path[1] == '/' || path[1] == '\0'))
    {
      g_autofree char *below = g_build_filename (g_get_home_dir (), path + 1, NULL);
      wherry_local_pane_go_to (self, below);
    }
  else
    wherry_local_pane_go_to (self, path);
}

static gboolean
wherry_local_pane_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (WHERRY_LOCAL_PANE (widget)->view));
}

static void
wherry_local_pane_dispose (GObject *object)
{
  WherryLocalPane *self = WHERRY_LOCAL_PANE (object);

  if (self->listing != NULL)
    g_cancellable_cancel (self->listing);
  g_clear_object (&self->listing);
  g_clear_object (&self->options);

  G_OBJECT_CLASS (wherry_local_pane_parent_class)->dispose (object);
}

static void
wherry_local_pane_finalize (GObject *object)
{
  WherryLocalPane *self = WHERRY_LOCAL_PANE (object);

  g_free (self->folder);
  g_free (self->reveal);

  G_OBJECT_CLASS (wherry_local_pane_parent_class)->finalize (object);
}

static void
wherry_local_pane_class_init (WherryLocalPaneClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wherry_local_pane_dispose;
  G_OBJECT_CLASS (klass)->finalize = wherry_local_pane_finalize;
  widget_class->grab_focus = wherry_local_pane_grab_focus;

  g_type_ensure (WHERRY_TYPE_FILE_VIEW);
  g_type_ensure (WHERRY_TYPE_PATH_BAR);

  signals[SIGNAL_MOVED]
      = g_signal_new ("moved", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/app/wherry/Wherry/ui/wherry-local-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, WherryLocalPane, path_bar);
  gtk_widget_class_bind_template_child (widget_class, WherryLocalPane, up_button);
  gtk_widget_class_bind_template_child (widget_class, WherryLocalPane, problem_label);
  gtk_widget_class_bind_template_child (widget_class, WherryLocalPane, view);
  gtk_widget_class_bind_template_callback (widget_class, on_open);
  gtk_widget_class_bind_template_callback (widget_class, on_up);
  gtk_widget_class_bind_template_callback (widget_class, on_typed);
  gtk_widget_class_bind_template_callback (widget_class, wherry_local_pane_go_to);
}

static void
wherry_local_pane_init (WherryLocalPane *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  wherry_file_view_set_label (self->view, _ ("Files on this computer"));
  wherry_path_bar_set_root (self->path_bar, _ ("This Computer"));
}

/**
 * wherry_local_pane_set_options:
 * @self: the pane
 * @options: how to show it, and which folder first; set once
 */
void
wherry_local_pane_set_options (WherryLocalPane *self, WherryViewOptions *options)
{
  g_return_if_fail (WHERRY_IS_LOCAL_PANE (self));
  g_return_if_fail (self->options == NULL);

  self->options = g_object_ref (options);
  wherry_file_view_set_options (self->view, options);
}

/**
 * wherry_local_pane_go_to:
 * @self: the pane
 * @path: (type filename): a folder, seen from the one that is shown
 *
 * Shows another folder.
 */
void
wherry_local_pane_go_to (WherryLocalPane *self, const char *path)
{
  g_return_if_fail (WHERRY_IS_LOCAL_PANE (self));
  g_return_if_fail (path != NULL);

  const char *base = self->folder != NULL ? self->folder : g_get_home_dir ();
  g_autofree char *before = g_strdup (self->folder);
  g_autofree char *after = g_canonicalize_filename (path, base);

  g_clear_pointer (&self->reveal, g_free);
  g_free (self->folder);
  self->folder = g_strdup (after);
  wherry_path_bar_set_path (self->path_bar, after);
  gtk_widget_set_sensitive (self->up_button, !g_str_equal (after, "/"));
  /* What is no text can't be kept in the settings. */
  if (g_utf8_validate (after, -1, NULL))
    g_object_set (self->options, "local-folder", after, NULL);
  list_folder (self);
  if (before != NULL && !g_str_equal (before, after))
    g_signal_emit (self, signals[SIGNAL_MOVED], 0, before, after);
}

/**
 * wherry_local_pane_refresh:
 * @self: the pane
 *
 * Lists the folder again, or for the first time.
 */
void
wherry_local_pane_refresh (WherryLocalPane *self)
{
  g_return_if_fail (WHERRY_IS_LOCAL_PANE (self));

  g_autofree char *last = NULL;

  if (self->folder != NULL)
    {
      list_folder (self);
      return;
    }
  g_object_get (self->options, "local-folder", &last, NULL);
  wherry_local_pane_go_to (self, *last != '\0' && g_file_test (last, G_FILE_TEST_IS_DIR)
                                     ? last
                                     : g_get_home_dir ());
}

/**
 * wherry_local_pane_get_folder:
 * @self: the pane
 *
 * Returns: (transfer none) (nullable) (type filename): the folder that is shown,
 *   from the root
 */
const char *
wherry_local_pane_get_folder (WherryLocalPane *self)
{
  g_return_val_if_fail (WHERRY_IS_LOCAL_PANE (self), NULL);

  return self->folder;
}

/**
 * wherry_local_pane_dup_selected:
 * @self: the pane
 *
 * Returns: (transfer full) (element-type filename): paths of what is selected
 */
GPtrArray *
wherry_local_pane_dup_selected (WherryLocalPane *self)
{
  g_return_val_if_fail (WHERRY_IS_LOCAL_PANE (self), NULL);

  g_autoptr (GPtrArray) entries = wherry_file_view_dup_selected (self->view);
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; self->listing == NULL && i < entries->len; i++)
    g_ptr_array_add (paths,
                     g_build_filename (self->folder,
                                       wherry_remote_entry_get_name (entries->pdata[i]), NULL));
  return paths;
}
