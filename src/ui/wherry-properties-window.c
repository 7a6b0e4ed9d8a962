#include "config.h"

#include "ui/wherry-properties-window.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-text.h"
#include "ui/wherry-format.h"
#include "ui/wherry-toast.h"

/* Read, write and execute, each for the owner, the group, and others: from 0400 down. */
#define N_BITS 9

struct _WherryPropertiesWindow {
  AdwWindow parent_instance;

  /* Template widgets */
  AdwToastOverlay *toast_overlay;
  GtkLabel *problem_label;
  AdwActionRow *name_row;
  AdwActionRow *where_row;
  AdwActionRow *link_row;
  AdwActionRow *size_row;
  AdwActionRow *modified_row;
  AdwActionRow *checksum_row;
  GtkWidget *checksum_button;
  GtkSpinner *checksum_spinner;
  GtkWidget *general_group;
  GtkWidget *permissions_group;
  GtkEditable *octal_row;
  GtkLabel *symbolic_label;
  GtkWidget *recursive_row;
  GtkSwitch *recursive_switch;
  GtkWidget *apply_button;
  GtkWidget *owner_group;
  GtkEditable *owner_row;
  GtkEditable *group_row;
  GtkGrid *grid;

  /* Owned */
  GtkCheckButton *bits[N_BITS]; /* of the grid */
  WherryRemote *remote;
  GCancellable *cancellable;
  WherryRemoteEntry *entry; /* (nullable): once it is known */
  char *path;
  guint32 mode;
  gboolean updating;
};

G_DEFINE_FINAL_TYPE (WherryPropertiesWindow, wherry_properties_window, ADW_TYPE_WINDOW)

enum { SIGNAL_CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];

static void look (WherryPropertiesWindow *self);

static void
set_row (AdwActionRow *row, const char *text)
{
  g_autofree char *markup = g_markup_escape_text (text != NULL ? text : "", -1);

  adw_action_row_set_subtitle (row, markup);
  gtk_widget_set_visible (GTK_WIDGET (row), text != NULL);
}

static void
show_problem (WherryPropertiesWindow *self, const GError *error)
{
  gtk_label_set_text (self->problem_label, error != NULL ? error->message : "");
  gtk_widget_set_visible (GTK_WIDGET (self->problem_label), error != NULL);
}

/* Everything that shows the permissions, from @mode. */
static void
show_mode (WherryPropertiesWindow *self, guint32 mode, gboolean with_text)
{
  g_autofree char *symbolic = wherry_mode_to_symbolic (mode);
  g_autofree char *octal = wherry_mode_to_octal (mode);
  guint32 before = 0;

  self->mode = mode & 07777;
  self->updating = TRUE;
  for (guint i = 0; i < N_BITS; i++)
    gtk_check_button_set_active (self->bits[i], (mode & (0400u >> i)) != 0);
  if (with_text)
    gtk_editable_set_text (self->octal_row, octal);
  gtk_label_set_text (self->symbolic_label, symbolic);
  self->updating = FALSE;

  if (self->entry != NULL)
    wherry_remote_entry_get_mode (self->entry, &before);
  gtk_widget_set_sensitive (self->apply_button,
                            self->mode != (before & 07777)
                                || gtk_switch_get_active (self->recursive_switch));
}

static void
on_bit_toggled (WherryPropertiesWindow *self)
{
  guint32 mode = self->mode & 07000;

  if (self->updating)
    return;
  for (guint i = 0; i < N_BITS; i++)
    if (gtk_check_button_get_active (self->bits[i]))
      mode |= 0400u >> i;
  show_mode (self, mode, TRUE);
}

static void
on_octal_changed (WherryPropertiesWindow *self)
{
  guint32 mode;

  if (self->updating)
    return;
  if (wherry_mode_from_octal (gtk_editable_get_text (self->octal_row), &mode))
    {
      gtk_widget_remove_css_class (GTK_WIDGET (self->octal_row), "error");
      show_mode (self, mode, FALSE);
    }
  else
    {
      gtk_widget_add_css_class (GTK_WIDGET (self->octal_row), "error");
      gtk_widget_set_sensitive (self->apply_button, FALSE);
    }
}

static void
on_recursive_changed (WherryPropertiesWindow *self)
{
  show_mode (self, self->mode, FALSE);
}

static void
on_change_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherryPropertiesWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean done = wherry_remote_change_finish (WHERRY_REMOTE (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  gtk_widget_set_sensitive (self->permissions_group, TRUE);
  gtk_widget_set_sensitive (self->owner_group, TRUE);
  show_problem (self, error);
  if (done)
    {
      wherry_toast_show (GTK_WIDGET (self->toast_overlay), _ ("Changed"));
      g_signal_emit (self, signals[SIGNAL_CHANGED], 0, self->path);
    }
  /* What is shown is what the server says, whether or not it was done. */
  look (self);
}

static void
begin_change (WherryPropertiesWindow *self)
{
  show_problem (self, NULL);
  gtk_widget_set_sensitive (self->permissions_group, FALSE);
  gtk_widget_set_sensitive (self->owner_group, FALSE);
}

static void
on_apply_mode (WherryPropertiesWindow *self)
{
  gboolean recursive = gtk_switch_get_active (self->recursive_switch);
  WherryModeChange change = wherry_mode_change_to (self->mode);

  /* Files below are not to become programs because their folder has to be gone into. */
  if (recursive)
    {
      change.set_search = change.set & 0111;
      change.set &= ~0111u;
      change.clear = ~(self->mode | 0111u) & 0777;
    }
  begin_change (self);
  wherry_remote_chmod_async (self->remote, self->path, &change, recursive, self->cancellable,
                             on_change_done, g_object_ref (self));
}

static void
on_apply_owner (WherryPropertiesWindow *self)
{
  const char *owner = gtk_editable_get_text (self->owner_row);

  if (*owner == '\0')
    return;
  begin_change (self);
  wherry_remote_chown_async (self->remote, self->path, owner, NULL, FALSE, self->cancellable,
                             on_change_done, g_object_ref (self));
}

static void
on_apply_group (WherryPropertiesWindow *self)
{
  const char *group = gtk_editable_get_text (self->group_row);

  if (*group == '\0')
    return;
  begin_change (self);
  wherry_remote_chown_async (self->remote, self->path, NULL, group, FALSE, self->cancellable,
                             on_change_done, g_object_ref (self));
}

static void
on_checksum (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherryPropertiesWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *checksum = wherry_remote_text_finish (WHERRY_REMOTE (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  gtk_spinner_set_spinning (self->checksum_spinner, FALSE);
  gtk_widget_set_visible (self->checksum_button, checksum == NULL);
  show_problem (self, error);
  if (checksum != NULL)
    set_row (self->checksum_row, checksum);
}

static void
on_checksum_clicked (WherryPropertiesWindow *self)
{
  gtk_widget_set_visible (self->checksum_button, FALSE);
  gtk_spinner_set_spinning (self->checksum_spinner, TRUE);
  wherry_remote_checksum_async (self->remote, self->path, self->cancellable, on_checksum,
                                g_object_ref (self));
}

static void
on_folder_size (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherryPropertiesWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  WherryRemoteSize size;
  g_autofree char *bytes = NULL;
  g_autofree char *files = NULL;
  g_autofree char *folders = NULL;
  g_autofree char *text = NULL;
  g_autofree char *with_unreadable = NULL;

  if (!wherry_remote_folder_size_finish (WHERRY_REMOTE (source), result, &size, &error))
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        set_row (self->size_row, error->message);
      return;
    }
  bytes = g_format_size (size.bytes);
  files = g_strdup_printf (ngettext ("%lu file", "%lu files", (gulong) size.files),
                           (gulong) size.files);
  folders = g_strdup_printf (ngettext ("%lu folder", "%lu folders", (gulong) size.folders),
                             (gulong) size.folders);
  /* Translators: a size, a number of files, and one of folders. */
  text = g_strdup_printf (_ ("%s in %s and %s"), bytes, files, folders);
  if (size.unreadable > 0)
    with_unreadable = g_strdup_printf (ngettext ("%s; %lu folder could not be looked into",
                                                 "%s; %lu folders could not be looked into",
                                                 (gulong) size.unreadable),
                                       text, (gulong) size.unreadable);
  set_row (self->size_row, with_unreadable != NULL ? with_unreadable : text);
}

static void
show_size (WherryPropertiesWindow *self)
{
  gint64 size = wherry_remote_entry_get_size (self->entry);
  g_autofree char *short_size = NULL;
  g_autofree char *text = NULL;

  if (wherry_remote_entry_get_file_type (self->entry) == G_FILE_TYPE_DIRECTORY)
    {
      set_row (self->size_row, _ ("Being counted…"));
      wherry_remote_folder_size_async (self->remote, self->path, self->cancellable, on_folder_size,
                                       g_object_ref (self));
      return;
    }
  if (size >= 0)
    text = g_format_size_full ((guint64) size, G_FORMAT_SIZE_LONG_FORMAT);
  set_row (self->size_row, text);
}

static char *
dup_person (const char *name, guint32 number)
{
  return name != NULL ? wherry_text_display_name (name) : g_strdup_printf ("%u", number);
}

static void
show_owner (WherryPropertiesWindow *self)
{
  guint32 uid = 0;
  guint32 gid = 0;
  gboolean known = wherry_remote_entry_get_ids (self->entry, &uid, &gid);
  g_autofree char *owner = dup_person (wherry_remote_entry_get_owner (self->entry), uid);
  g_autofree char *group = dup_person (wherry_remote_entry_get_group (self->entry), gid);

  gtk_widget_set_visible (self->owner_group,
                          known || wherry_remote_entry_get_owner (self->entry) != NULL);
  gtk_editable_set_text (self->owner_row, owner);
  gtk_editable_set_text (self->group_row, group);
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherryPropertiesWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (WherryRemoteEntry) entry
      = wherry_remote_stat_finish (WHERRY_REMOTE (source), result, &error);
  const char *target;
  g_autofree char *shown_target = NULL;
  g_autofree char *modified = NULL;
  guint32 mode = 0;
  gboolean is_folder;
  gboolean is_link;

  if (entry == NULL)
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        show_problem (self, error);
      return;
    }

  gboolean first = self->entry == NULL;

  g_set_object (&self->entry, entry);
  is_folder = wherry_remote_entry_get_file_type (entry) == G_FILE_TYPE_DIRECTORY;
  is_link = wherry_remote_entry_get_file_type (entry) == G_FILE_TYPE_SYMBOLIC_LINK;
  target = wherry_remote_entry_get_link_target (entry);
  if (target != NULL)
    shown_target = wherry_text_display_name (target);
  set_row (self->link_row, shown_target);
  modified = wherry_format_time (wherry_remote_entry_get_mtime (entry), NULL);
  set_row (self->modified_row, modified);
  if (first)
    show_size (self);
  gtk_widget_set_visible (GTK_WIDGET (self->checksum_row),
                          wherry_remote_entry_get_target_type (entry) == G_FILE_TYPE_REGULAR);

  /* A link has no permissions of its own that would matter. */
  gtk_widget_set_visible (self->permissions_group,
                          wherry_remote_entry_get_mode (entry, &mode) && !is_link);
  gtk_widget_set_visible (self->recursive_row, is_folder);
  gtk_switch_set_active (self->recursive_switch, FALSE);
  show_mode (self, mode, TRUE);
  show_owner (self);
}

static void
look (WherryPropertiesWindow *self)
{
  wherry_remote_stat_async (self->remote, self->path, FALSE, self->cancellable, on_looked,
                            g_object_ref (self));
}

static void
wherry_properties_window_dispose (GObject *object)
{
  WherryPropertiesWindow *self = WHERRY_PROPERTIES_WINDOW (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->entry);
  g_clear_object (&self->remote);

  G_OBJECT_CLASS (wherry_properties_window_parent_class)->dispose (object);
}

static void
wherry_properties_window_finalize (GObject *object)
{
  WherryPropertiesWindow *self = WHERRY_PROPERTIES_WINDOW (object);

  g_object_unref (self->cancellable);
  g_free (self->path);

  G_OBJECT_CLASS (wherry_properties_window_parent_class)->finalize (object);
}

static void
wherry_properties_window_class_init (WherryPropertiesWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = wherry_properties_window_dispose;
  object_class->finalize = wherry_properties_window_finalize;

  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/app/wherry/Wherry/ui/wherry-properties-window.ui");
  gtk_widget_class_bind_template_child (widget_class, WherryPropertiesWindow, toast_overlay);
  gtk_widget_class_bind_template_child (widget_class, WherryPropertiesWindow, problem_label);
  gtk_widget_class_bind_template_child (widget_class, WherryPropertiesWindow, name_row);
  gtk_widget_class_bind_template_child (widget_class, WherryPropertiesWindow, where_row);
  gtk_widget_class_bind_template_child (widget_class, WherryPropertiesWindow, link_row);
  gtk_widget_class_bind_template_child (widget_class, WherryPropertiesWindow, size_row);
  gtk_widget_class_bind_template_child (widget_class, WherryPropertiesWindow, modified_row);
  gtk_widget_class_bind_template_child (widget_class, WherryPropertiesWindow, checksum_row);
  gtk_widget_class_bind_template_child (widget_class, WherryPropertiesWindow, checksum_button);
  gtk_widget_class_bind_template_child (widget_class, WherryPropertiesWindow, checksum_spinner);
  gtk_widget_class_bind_template_child (widget_class, WherryPropertiesWindow, permissions_group);
  gtk_widget_class_bind_template_child (widget_class, WherryPropertiesWindow, general_group);
  gtk_widget_class_bind_template_child (widget_class, WherryPropertiesWindow, octal_row);
  gtk_widget_class_bind_template_child (widget_class, WherryPropertiesWindow, symbolic_label);
  gtk_widget_class_bind_template_child (widget_class, WherryPropertiesWindow, recursive_row);
  gtk_widget_class_bind_template_child (widget_class, WherryPropertiesWindow, recursive_switch);
  gtk_widget_class_bind_template_child (widget_class, WherryPropertiesWindow, apply_button);
  gtk_widget_class_bind_template_child (widget_class, WherryPropertiesWindow, owner_group);
  gtk_widget_class_bind_template_child (widget_class, WherryPropertiesWindow, owner_row);
  gtk_widget_class_bind_template_child (widget_class, WherryPropertiesWindow, group_row);
  gtk_widget_class_bind_template_child (widget_class, WherryPropertiesWindow, grid);
  gtk_widget_class_bind_template_callback (widget_class, on_octal_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_recursive_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_apply_mode);
  gtk_widget_class_bind_template_callback (widget_class, on_apply_owner);
  gtk_widget_class_bind_template_callback (widget_class, on_apply_group);
  gtk_widget_class_bind_template_callback (widget_class, on_checksum_clicked);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
fill_grid (WherryPropertiesWindow *self)
{
  const char *const who[] = { _ ("Owner"), _ ("Group"), _ ("Others") };
  const char *const what[] = { _ ("Read"), _ ("Write"), _ ("Execute") };

  for (int i = 0; i < 3; i++)
    {
      GtkWidget *row = gtk_label_new (who[i]);
      GtkWidget *column = gtk_label_new (what[i]);

      gtk_label_set_xalign (GTK_LABEL (row), 0);
      gtk_widget_set_hexpand (row, TRUE);
      gtk_widget_add_css_class (column, "dim-label");
      gtk_grid_attach (self->grid, row, 0, i + 1, 1, 1);
      gtk_grid_attach (self->grid, column, i + 1, 0, 1, 1);
    }
  for (int i = 0; i < N_BITS; i++)
    {
      GtkWidget *check = gtk_check_button_new ();
      /* Translators: who may do what, as in "Owner: Read". */
      g_autofree char *label = g_strdup_printf (_ ("%s: %s"), who[i / 3], what[i % 3]);

      gtk_widget_set_halign (check, GTK_ALIGN_CENTER);
      gtk_accessible_update_property (GTK_ACCESSIBLE (check), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                      -1);
      g_signal_connect_object (check, "toggled", G_CALLBACK (on_bit_toggled), self,
                               G_CONNECT_SWAPPED);
      gtk_grid_attach (self->grid, check, i % 3 + 1, i / 3 + 1, 1, 1);
      self->bits[i] = GTK_CHECK_BUTTON (check);
    }
}

/* libadwaita 1.2 does not name a group's list after the group. */
static void
label_list (GtkWidget *widget, const char *label)
{
  if (GTK_IS_LIST_BOX (widget))
    gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                    -1);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    label_list (child, label);
}

static void
wherry_properties_window_init (WherryPropertiesWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->cancellable = g_cancellable_new ();
  fill_grid (self);
  label_list (self->general_group, _ ("General"));
  label_list (self->permissions_group, _ ("Permissions"));
  label_list (self->owner_group, _ ("Owner"));
}

/**
 * wherry_properties_window_new:
 * @remote: the server's files
 * @path: (type filename): what to tell of
 *
 * Returns: (transfer full): the window; not presented
 */
GtkWidget *
wherry_properties_window_new (WherryRemote *remote, const char *path)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE (remote), NULL);
  g_return_val_if_fail (path != NULL, NULL);

  WherryPropertiesWindow *self = g_object_new (WHERRY_TYPE_PROPERTIES_WINDOW, NULL);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *shown_name = wherry_text_display_name (name);
  g_autofree char *shown_folder = wherry_text_display_name (folder);

  self->remote = g_object_ref (remote);
  self->path = g_strdup (path);
  set_row (self->name_row, shown_name);
  set_row (self->where_row, shown_folder);
  look (self);
  return GTK_WIDGET (self);
}
