#include "config.h"

#include "ui/wherry-properties-window.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-text.h"
#include "remote/wherry-remote-private.h"
#include "ui/wherry-bulk-change.h"
#include "ui/wherry-common-facts.h"
#include "ui/wherry-denied-box.h"
#include "ui/wherry-format.h"
#include "ui/wherry-toast.h"

/* Read, write and execute, each for the owner, the group, and others: from 0400 down. */
#define N_BITS 9

#define ALL_BITS 07777u

struct _WherryPropertiesWindow {
  AdwWindow parent_instance;

  /* Template widgets */
  AdwToastOverlay *toast_overlay;
  GtkLabel *problem_label;
  WherryDeniedBox *denied_box;
  AdwActionRow *name_row;
  AdwActionRow *where_row;
  AdwActionRow *link_row;
  AdwActionRow *size_row;
  AdwActionRow *modified_row;
  AdwActionRow *checksum_row;
  GtkWidget *checksum_button;
  GtkSpinner *checksum_spinner;
  GtkWidget *general_group;
  AdwPreferencesGroup *permissions_group;
  GtkEditable *octal_row;
  GtkLabel *symbolic_label;
  GtkWidget *recursive_row;
  GtkSwitch *recursive_switch;
  GtkWidget *apply_button;
  AdwPreferencesGroup *owner_group;
  GtkEditable *owner_row;
  GtkEditable *group_row;
  GtkWidget *owner_recursive_row;
  GtkSwitch *owner_recursive_switch;
  GtkWidget *owner_apply_button;
  GtkGrid *grid;

  /* Owned */
  GtkCheckButton *bits[N_BITS]; /* of the grid */
  WherryRemote *remote;
  GCancellable *cancellable;
  GPtrArray *paths;      /* element-type filename: what it is all about */
  GPtrArray *entries;    /* (nullable) (element-type WherryRemoteEntry): once they are known */
  GPtrArray *counting;   /* (nullable) (element-type WherryRemoteEntry): whose sizes are added up */
  WherryRemoteSize size; /* of what was counted so far */
  guint n_counted;

  /* What those have in common that are no links; what differs is mixed, and stays unless touched */
  guint32 mode;
  guint32 mixed;
  guint32 mode_before;
  guint32 mixed_before;
  char *owner; /* "": mixed */
  char *group; /* "": mixed */
  gboolean updating;

  /* The change that is under way */
  WherryRemoteAccess access;
  char *command; /* that does the same on the server, without the path */
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
show_problem (WherryPropertiesWindow *self, const char *text)
{
  gtk_label_set_text (self->problem_label, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->problem_label), text != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->denied_box), FALSE);
}

/* A link has no permissions and no owner of its own that would matter. */
static gboolean
is_link (WherryRemoteEntry *entry)
{
  return wherry_remote_entry_get_file_type (entry) == G_FILE_TYPE_SYMBOLIC_LINK;
}

static gboolean
is_folder (WherryRemoteEntry *entry)
{
  return wherry_remote_entry_get_file_type (entry) == G_FILE_TYPE_DIRECTORY;
}

/* The bits that were set to something else than they are. */
static guint32
get_touched (WherryPropertiesWindow *self)
{
  return (self->mixed_before & ~self->mixed)
         | ((self->mode ^ self->mode_before) & ~self->mixed_before & ALL_BITS);
}

static void
update_apply (WherryPropertiesWindow *self)
{
  gtk_widget_set_sensitive (self->apply_button,
                            get_touched (self) != 0
                                || gtk_switch_get_active (self->recursive_switch));
}

static char *
dup_symbolic (WherryPropertiesWindow *self)
{
  char *symbolic = wherry_mode_to_symbolic (self->mode);

  for (guint i = 0; i < N_BITS; i++)
    if ((self->mixed & (0400u >> i)) != 0)
      symbolic[i] = '?';
  return symbolic;
}

/* Everything that shows the permissions. */
static void
show_mode (WherryPropertiesWindow *self, guint32 mode, guint32 mixed, gboolean with_text)
{
  g_autofree char *octal = mixed == 0 ? wherry_mode_to_octal (mode) : g_strdup ("");
  g_autofree char *symbolic = NULL;

  self->mode = mode & ALL_BITS;
  self->mixed = mixed;
  symbolic = dup_symbolic (self);
  self->updating = TRUE;
  for (guint i = 0; i < N_BITS; i++)
    {
      gtk_check_button_set_active (self->bits[i], (mode & (0400u >> i)) != 0);
      gtk_check_button_set_inconsistent (self->bits[i], (mixed & (0400u >> i)) != 0);
    }
  if (with_text)
    {
      gtk_editable_set_text (self->octal_row, octal);
      gtk_widget_remove_css_class (GTK_WIDGET (self->octal_row), "error");
    }
  gtk_label_set_text (self->symbolic_label, symbolic);
  self->updating = FALSE;
  update_apply (self);
}

static void
on_bit_toggled (GtkCheckButton *check, gpointer user_data)
{
  WherryPropertiesWindow *self = user_data;
  guint32 mode = self->mode;
  guint32 mixed = self->mixed;

  if (self->updating)
    return;
  for (guint i = 0; i < N_BITS; i++)
    if (self->bits[i] == check)
      {
        mixed &= ~(0400u >> i);
        mode &= ~(0400u >> i);
        if (gtk_check_button_get_active (check))
          mode |= 0400u >> i;
      }
  show_mode (self, mode, mixed, TRUE);
}

static void
on_octal_changed (WherryPropertiesWindow *self)
{
  const char *text = gtk_editable_get_text (self->octal_row);
  guint32 mode;

  if (self->updating)
    return;
  if (wherry_mode_from_octal (text, &mode))
    {
      gtk_widget_remove_css_class (GTK_WIDGET (self->octal_row), "error");
      show_mode (self, mode, 0, FALSE);
    }
  else
    {
      gtk_widget_add_css_class (GTK_WIDGET (self->octal_row), "error");
      gtk_widget_set_sensitive (self->apply_button, FALSE);
    }
}

static void
on_explained (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherryPropertiesWindow) self = user_data;
  g_autoptr (WherryRemoteDenied) denied
      = wherry_remote_explain_denied_finish (WHERRY_REMOTE (source), result, NULL);

  if (denied == NULL || !gtk_widget_get_visible (GTK_WIDGET (self->problem_label)))
    return;
  if (denied->remedy == NULL && denied->reason != WHERRY_REMOTE_DENIED_MISSING
      && denied->reason != WHERRY_REMOTE_DENIED_UNKNOWN)
    {
      g_autofree char *path = wherry_text_quote_path (denied->path);
      denied->remedy = g_strdup_printf ("sudo %s %s", self->command, path);
    }
  wherry_denied_box_set_denied (self->denied_box, denied);
  gtk_widget_set_visible (GTK_WIDGET (self->denied_box), TRUE);
}

static void
show_failure (WherryPropertiesWindow *self, const GError *error, const char *failed)
{
  show_problem (self, error->message);
  if (failed != NULL && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    wherry_remote_explain_denied_async (self->remote, failed, self->access, self->cancellable,
                                        on_explained, g_object_ref (self));
}

static void
on_change_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherryPropertiesWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *failed = NULL;
  guint n_failed = 0;
  gboolean done
      = wherry_bulk_change_finish (WHERRY_REMOTE (source), result, &n_failed, &failed, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  gtk_widget_set_sensitive (GTK_WIDGET (self->permissions_group), TRUE);
  gtk_widget_set_sensitive (GTK_WIDGET (self->owner_group), TRUE);
  if (done)
    wherry_toast_show (GTK_WIDGET (self->toast_overlay), _ ("Changed"));
  else
    show_failure (self, error, failed);
  if (n_failed < self->paths->len)
    g_signal_emit (self, signals[SIGNAL_CHANGED], 0,
                   self->paths->len == 1 ? self->paths->pdata[0] : NULL);
  /* What is shown is what the server says, whether or not it was done. */
  look (self);
}

/* What is to be changed; takes @command over. */
static GPtrArray *
begin_change (WherryPropertiesWindow *self, WherryRemoteAccess access, char *command)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *folder = wherry_remote_dup_parent (self->paths->pdata[0]);

  g_free (self->command);
  self->command = command;
  self->access = access;
  show_problem (self, NULL);
  gtk_widget_set_sensitive (GTK_WIDGET (self->permissions_group), FALSE);
  gtk_widget_set_sensitive (GTK_WIDGET (self->owner_group), FALSE);

  if (self->paths->len == 1)
    g_ptr_array_add (paths, g_strdup (self->paths->pdata[0]));
  else
    for (guint i = 0; i < self->entries->len; i++)
      if (!is_link (self->entries->pdata[i]))
        g_ptr_array_add (paths, wherry_remote_join (folder, wherry_remote_entry_get_name (
                                                                self->entries->pdata[i])));
  return paths;
}

static void
on_apply_mode (WherryPropertiesWindow *self)
{
  gboolean recursive = gtk_switch_get_active (self->recursive_switch);
  /* In a folder nothing is known yet: there all that is shown counts, not only what was touched. */
  guint32 mask = recursive ? ALL_BITS & ~self->mixed : get_touched (self);
  WherryModeChange change = { .set = self->mode & mask, .clear = mask };
  g_autofree char *text = NULL;
  g_autoptr (GPtrArray) paths = NULL;

  /* Files below are not to become programs because their folder has to be gone into. */
  if (recursive)
    {
      change.set_search = change.set & 0111;
      change.set &= ~0111u;
      change.clear = ~(self->mode | 0111u) & mask & 0777;
    }
  text = wherry_mode_change_to_text (&change);
  paths = begin_change (self, WHERRY_REMOTE_ACCESS_CHMOD,
                        g_strconcat ("chmod ", recursive ? "-R " : "", text, NULL));
  wherry_bulk_change_chmod_async (self->remote, paths, &change, recursive, self->cancellable,
                                  on_change_done, g_object_ref (self));
}

/* What a row says, if it is to be applied. */
static const char *
get_edited (GtkEditable *row, const char *before, gboolean recursive)
{
  const char *text = gtk_editable_get_text (row);

  return *text != '\0' && (recursive || !g_str_equal (text, before)) ? text : NULL;
}

static void
on_owner_edited (WherryPropertiesWindow *self)
{
  gboolean recursive = gtk_switch_get_active (self->owner_recursive_switch);

  if (self->updating)
    return;
  gtk_widget_set_sensitive (self->owner_apply_button,
                            get_edited (self->owner_row, self->owner, recursive) != NULL
                                || get_edited (self->group_row, self->group, recursive) != NULL);
}

static void
on_apply_owner (WherryPropertiesWindow *self)
{
  gboolean recursive = gtk_switch_get_active (self->owner_recursive_switch);
  const char *owner = get_edited (self->owner_row, self->owner, recursive);
  const char *group = get_edited (self->group_row, self->group, recursive);
  g_autofree char *both = NULL;
  g_autofree char *quoted = NULL;
  g_autoptr (GPtrArray) paths = NULL;

  if (owner == NULL && group == NULL)
    return;
  both = g_strconcat (owner != NULL ? owner : "", group != NULL ? ":" : "",
                      group != NULL ? group : "", NULL);
  quoted = wherry_text_quote_shell (both);
  paths
      = begin_change (self, owner != NULL ? WHERRY_REMOTE_ACCESS_CHOWN : WHERRY_REMOTE_ACCESS_CHGRP,
                      g_strconcat ("chown ", recursive ? "-R " : "", quoted, NULL));
  wherry_bulk_change_chown_async (self->remote, paths, owner, group, recursive, self->cancellable,
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
  show_problem (self, error != NULL ? error->message : NULL);
  if (checksum != NULL)
    set_row (self->checksum_row, checksum);
}

static void
on_checksum_clicked (WherryPropertiesWindow *self)
{
  gtk_widget_set_visible (self->checksum_button, FALSE);
  gtk_spinner_set_spinning (self->checksum_spinner, TRUE);
  wherry_remote_checksum_async (self->remote, self->paths->pdata[0], self->cancellable, on_checksum,
                                g_object_ref (self));
}

static void count_more (WherryPropertiesWindow *self);

static void
show_total (WherryPropertiesWindow *self)
{
  const WherryRemoteSize *size = &self->size;
  g_autofree char *bytes = NULL;
  g_autofree char *files = NULL;
  g_autofree char *folders = NULL;
  g_autofree char *text = NULL;
  g_autofree char *with_unreadable = NULL;

  bytes = g_format_size (size->bytes);
  files = g_strdup_printf (ngettext ("%lu file", "%lu files", (gulong) size->files),
                           (gulong) size->files);
  folders = g_strdup_printf (ngettext ("%lu folder", "%lu folders", (gulong) size->folders),
                             (gulong) size->folders);
  /* Translators: a size, a number of files, and one of folders. */
  text = g_strdup_printf (_ ("%s in %s and %s"), bytes, files, folders);
  if (size->unreadable > 0)
    with_unreadable = g_strdup_printf (ngettext ("%s; %lu folder could not be looked into",
                                                 "%s; %lu folders could not be looked into",
                                                 (gulong) size->unreadable),
                                       text, (gulong) size->unreadable);
  set_row (self->size_row, with_unreadable != NULL ? with_unreadable : text);
}

static void
on_folder_size (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherryPropertiesWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  WherryRemoteSize size;

  if (!wherry_remote_folder_size_finish (WHERRY_REMOTE (source), result, &size, &error))
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        set_row (self->size_row, error->message);
      return;
    }
  self->size.bytes += size.bytes;
  self->size.files += size.files;
  self->size.folders += size.folders;
  self->size.unreadable += size.unreadable;
  self->n_counted++;
  count_more (self);
}

/* One folder after the other, and all that is none on the way. */
static void
count_more (WherryPropertiesWindow *self)
{
  for (; self->n_counted < self->counting->len; self->n_counted++)
    {
      WherryRemoteEntry *entry = self->counting->pdata[self->n_counted];
      gint64 size = wherry_remote_entry_get_size (entry);

      if (is_folder (entry))
        {
          g_autofree char *folder = wherry_remote_dup_parent (self->paths->pdata[0]);
          g_autofree char *path
              = self->paths->len == 1
                    ? g_strdup (self->paths->pdata[0])
                    : wherry_remote_join (folder, wherry_remote_entry_get_name (entry));

          /* A folder that is looked at by itself does not count. */
          if (self->paths->len > 1)
            self->size.folders++;
          wherry_remote_folder_size_async (self->remote, path, self->cancellable, on_folder_size,
                                           g_object_ref (self));
          return;
        }
      self->size.files++;
      self->size.bytes += (guint64) MAX (size, 0);
    }
  show_total (self);
}

static void
show_size (WherryPropertiesWindow *self)
{
  WherryRemoteEntry *entry = self->entries->pdata[0];
  gint64 size = wherry_remote_entry_get_size (entry);
  g_autofree char *text = NULL;

  if (self->paths->len > 1 || is_folder (entry))
    {
      set_row (self->size_row, _ ("Being counted…"));
      self->counting = g_ptr_array_ref (self->entries);
      count_more (self);
      return;
    }
  if (size >= 0)
    text = g_format_size_full ((guint64) size, G_FORMAT_SIZE_LONG_FORMAT);
  set_row (self->size_row, text);
}

static void
show_modified (WherryPropertiesWindow *self, const WherryCommonFacts *facts)
{
  g_autofree char *last = wherry_format_time (facts->last, NULL);
  g_autofree char *first = facts->first >= 0 ? wherry_format_time (facts->first, NULL) : NULL;
  g_autofree char *range = NULL;

  if (first != NULL && !g_str_equal (first, last))
    range = g_strdup_printf ("%s – %s", first, last);
  set_row (self->modified_row, range != NULL ? range : last);
}

static void
show_owner (WherryPropertiesWindow *self, const WherryCommonFacts *facts)
{
  g_free (self->owner);
  g_free (self->group);
  self->owner = g_strdup (facts->owner != NULL ? facts->owner : "");
  self->group = g_strdup (facts->group != NULL ? facts->group : "");
  gtk_widget_set_visible (GTK_WIDGET (self->owner_group),
                          facts->owner != NULL && facts->group != NULL);
  gtk_widget_set_visible (self->owner_recursive_row, facts->n_folders > 0);
  gtk_switch_set_active (self->owner_recursive_switch, FALSE);
  gtk_editable_set_text (self->owner_row, self->owner);
  gtk_editable_set_text (self->group_row, self->group);
  on_owner_edited (self);
}

static void
show_permissions (WherryPropertiesWindow *self, const WherryCommonFacts *facts)
{
  gtk_widget_set_visible (GTK_WIDGET (self->permissions_group), facts->has_mode);
  gtk_widget_set_visible (self->recursive_row, facts->n_folders > 0);
  gtk_switch_set_active (self->recursive_switch, FALSE);
  self->mode_before = facts->mode;
  self->mixed_before = facts->mixed;
  show_mode (self, facts->mode, facts->mixed, TRUE);
}

/* Takes @entries over; at least one. */
static void
take_entries (WherryPropertiesWindow *self, GPtrArray *entries)
{
  g_auto (WherryCommonFacts) facts = { 0 };
  gboolean first = self->entries == NULL;
  const char *target = NULL;
  g_autofree char *shown_target = NULL;

  g_clear_pointer (&self->entries, g_ptr_array_unref);
  self->entries = entries;
  if (entries->len == 1)
    target = wherry_remote_entry_get_link_target (entries->pdata[0]);
  if (target != NULL)
    shown_target = wherry_text_display_name (target);
  set_row (self->link_row, shown_target);
  wherry_common_facts_find (&facts, entries);
  show_modified (self, &facts);
  if (first)
    show_size (self);
  gtk_widget_set_visible (GTK_WIDGET (self->checksum_row),
                          self->paths->len == 1
                              && wherry_remote_entry_get_target_type (entries->pdata[0])
                                     == G_FILE_TYPE_REGULAR);
  show_permissions (self, &facts);
  show_owner (self, &facts);
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherryPropertiesWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (WherryRemoteEntry) entry
      = wherry_remote_stat_finish (WHERRY_REMOTE (source), result, &error);
  GPtrArray *entries;

  if (entry == NULL)
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        show_problem (self, error->message);
      return;
    }
  entries = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (entries, g_steal_pointer (&entry));
  take_entries (self, entries);
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherryPropertiesWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) listed
      = wherry_remote_entries_finish (WHERRY_REMOTE (source), result, &error);
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

  if (listed == NULL)
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        show_problem (self, error->message);
      return;
    }
  for (guint i = 0; i < self->paths->len; i++)
    g_hash_table_add (names, strrchr (self->paths->pdata[i], '/') + 1);
  for (guint i = 0; i < listed->len; i++)
    if (g_hash_table_contains (names, wherry_remote_entry_get_name (listed->pdata[i])))
      g_ptr_array_add (entries, g_object_ref (listed->pdata[i]));
  if (entries->len == 0)
    /* None is there any more: what the server says of the first is said of all. */
    wherry_remote_stat_async (self->remote, self->paths->pdata[0], FALSE, self->cancellable,
                              on_looked, g_object_ref (self));
  else
    take_entries (self, g_steal_pointer (&entries));
}

/* Of several files their folder tells at once. */
static void
look (WherryPropertiesWindow *self)
{
  g_autofree char *folder = wherry_remote_dup_parent (self->paths->pdata[0]);

  if (self->paths->len == 1)
    wherry_remote_stat_async (self->remote, self->paths->pdata[0], FALSE, self->cancellable,
                              on_looked, g_object_ref (self));
  else
    wherry_remote_list_async (self->remote, folder, self->cancellable, on_listed,
                              g_object_ref (self));
}

static void
wherry_properties_window_dispose (GObject *object)
{
  WherryPropertiesWindow *self = WHERRY_PROPERTIES_WINDOW (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_pointer (&self->entries, g_ptr_array_unref);
  g_clear_pointer (&self->counting, g_ptr_array_unref);
  g_clear_object (&self->remote);

  G_OBJECT_CLASS (wherry_properties_window_parent_class)->dispose (object);
}

static void
wherry_properties_window_finalize (GObject *object)
{
  WherryPropertiesWindow *self = WHERRY_PROPERTIES_WINDOW (object);

  g_object_unref (self->cancellable);
  g_ptr_array_unref (self->paths);
  g_free (self->owner);
  g_free (self->group);
  g_free (self->command);

  G_OBJECT_CLASS (wherry_properties_window_parent_class)->finalize (object);
}

static void
wherry_properties_window_class_init (WherryPropertiesWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (WHERRY_TYPE_DENIED_BOX);

  object_class->dispose = wherry_properties_window_dispose;
  object_class->finalize = wherry_properties_window_finalize;

  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/app/wherry/Wherry/ui/wherry-properties-window.ui");
  gtk_widget_class_bind_template_child (widget_class, WherryPropertiesWindow, toast_overlay);
  gtk_widget_class_bind_template_child (widget_class, WherryPropertiesWindow, problem_label);
  gtk_widget_class_bind_template_child (widget_class, WherryPropertiesWindow, denied_box);
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
  gtk_widget_class_bind_template_child (widget_class, WherryPropertiesWindow, owner_recursive_row);
  gtk_widget_class_bind_template_child (widget_class, WherryPropertiesWindow,
                                        owner_recursive_switch);
  gtk_widget_class_bind_template_child (widget_class, WherryPropertiesWindow, owner_apply_button);
  gtk_widget_class_bind_template_child (widget_class, WherryPropertiesWindow, grid);
  gtk_widget_class_bind_template_callback (widget_class, on_octal_changed);
  gtk_widget_class_bind_template_callback (widget_class, update_apply);
  gtk_widget_class_bind_template_callback (widget_class, on_apply_mode);
  gtk_widget_class_bind_template_callback (widget_class, on_apply_owner);
  gtk_widget_class_bind_template_callback (widget_class, on_owner_edited);
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
      g_signal_connect_object (check, "toggled", G_CALLBACK (on_bit_toggled), self, 0);
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
  label_list (GTK_WIDGET (self->permissions_group), _ ("Permissions"));
  label_list (GTK_WIDGET (self->owner_group), _ ("Owner"));
}

/**
 * wherry_properties_window_new:
 * @remote: the server's files
 * @paths: (element-type filename): what to tell of: at least one; several are of
 *   the same folder
 *
 * Returns: (transfer full): the window; not presented
 */
GtkWidget *
wherry_properties_window_new (WherryRemote *remote, GPtrArray *paths)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE (remote), NULL);
  g_return_val_if_fail (paths != NULL && paths->len > 0, NULL);

  WherryPropertiesWindow *self = g_object_new (WHERRY_TYPE_PROPERTIES_WINDOW, NULL);
  g_autofree char *folder = g_path_get_dirname (paths->pdata[0]);
  g_autofree char *shown_folder = wherry_text_display_name (folder);
  g_autofree char *shown = NULL;

  self->remote = g_object_ref (remote);
  self->paths = g_ptr_array_ref (paths);
  if (paths->len == 1)
    {
      g_autofree char *name = g_path_get_basename (paths->pdata[0]);

      shown = wherry_text_display_name (name);
    }
  else
    shown = g_strdup_printf (ngettext ("%u item", "%u items", paths->len), paths->len);
  set_row (self->name_row, shown);
  set_row (self->where_row, shown_folder);
  look (self);
  return GTK_WIDGET (self);
}
