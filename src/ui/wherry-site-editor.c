#include "config.h"

#include "ui/wherry-site-editor.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-text.h"
#include "ui/wherry-method-list.h"
#include "ui/wherry-site-color.h"
#include "ui/wherry-site-test-window.h"
#include "ui/wherry-site-transfers-page.h"
#include "ui/wherry-toast.h"
#include "ui/wherry-window.h"

/* Rows that hold a text each, and the field it is. */
enum {
  ROW_NAME,
  ROW_HOST,
  ROW_USER,
  ROW_REMOTE,
  ROW_LOCAL,
  ROW_KEY,
  ROW_PROXY,
  ROW_JUMP, /* a list, in one row */
  N_ROWS
};

static const WherrySiteField fields[N_ROWS] = {
  WHERRY_SITE_NAME,         WHERRY_SITE_HOST,     WHERRY_SITE_USER,  WHERRY_SITE_REMOTE_FOLDER,
  WHERRY_SITE_LOCAL_FOLDER, WHERRY_SITE_KEY_FILE, WHERRY_SITE_PROXY, WHERRY_SITE_JUMP_HOSTS,
};

struct _WherrySiteEditor {
  AdwWindow parent_instance;

  /* Template widgets */
  AdwToastOverlay *toast_overlay;
  AdwViewStack *stack;
  GtkEditable *rows[N_ROWS];
  GtkSpinButton *port_spin;
  AdwComboRow *folder_row;
  GtkBox *color_box;
  AdwPreferencesGroup *method_group;
  WherrySiteTransfersPage *transfers_page;
  GtkTextView *notes_view;
  GtkWidget *save_button;
  GtkWidget *test_button;
  GtkRevealer *mistake_revealer;
  GtkLabel *mistake_label;

  /* Owned */
  WherrySiteStore *store;
  WherrySite *site;                               /* the one to be changed, or added */
  char **folders;                                 /* what the folder row offers after the top */
  GtkWidget *colors[WHERRY_SITE_COLOR_BROWN + 1]; /* unowned */
  WherryMethodList *methods;                      /* unowned */
  gboolean touched; /* something was typed: an empty host is a mistake from then on */
};

G_DEFINE_FINAL_TYPE (WherrySiteEditor, wherry_site_editor, ADW_TYPE_WINDOW)

static char *
dup_row_text (WherrySiteEditor *self, guint row)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (self->rows[row])));
}

static gboolean
check_row (guint row, const char *text, GError **error)
{
  g_auto (GStrv) parts = NULL;

  if (row != ROW_JUMP)
    return wherry_site_check_text (fields[row], text, error);
  parts = wherry_text_split_list (text);
  for (char **part = parts; *part != NULL; part++)
    if (!wherry_site_check_text (fields[row], *part, error))
      return FALSE;
  return TRUE;
}

static void
set_wrong (GtkWidget *row, const char *message)
{
  gtk_widget_set_tooltip_text (row, message);
  if (message != NULL)
    {
      gtk_widget_add_css_class (row, "error");
      gtk_accessible_update_state (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_STATE_INVALID,
                                   GTK_ACCESSIBLE_INVALID_TRUE, -1);
    }
  else
    {
      gtk_widget_remove_css_class (row, "error");
      gtk_accessible_reset_state (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_STATE_INVALID);
    }
}

/* A whole address, as one pastes it, will be taken apart. */
static gboolean
is_address (const char *text)
{
  g_autoptr (WherryLocation) location = wherry_location_parse_host (text, NULL);

  return location != NULL;
}

/* Judges what stands in the rows, as it is typed. */
static void
judge (WherrySiteEditor *self)
{
  g_autofree char *first = NULL;
  g_autoptr (GError) transfers_error = NULL;
  gboolean fits = TRUE;

  for (guint i = 0; i < N_ROWS; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *text = dup_row_text (self, i);
      gboolean missing = i == ROW_HOST && *text == '\0';
      gboolean right = !missing && check_row (i, text, &error);

      if (i == ROW_HOST && !right && is_address (text))
        {
          g_clear_error (&error);
          right = TRUE;
        }

      fits = fits && right;
      set_wrong (GTK_WIDGET (self->rows[i]), error != NULL ? error->message : NULL);
      if (error != NULL && first == NULL)
        first = g_strdup (error->message);
      else if (missing && first == NULL && self->touched)
        first = g_strdup (_ ("Which server is it? A name or an address is needed."));
    }
  if (!wherry_site_transfers_page_check (self->transfers_page, &transfers_error))
    {
      fits = FALSE;
      if (first == NULL)
        first = g_strdup (transfers_error->message);
    }
  gtk_widget_set_sensitive (self->save_button, fits);
  gtk_widget_set_sensitive (self->test_button, fits);
  if (first != NULL)
    gtk_label_set_text (self->mistake_label, first);
  gtk_revealer_set_reveal_child (self->mistake_revealer, first != NULL);
}

static void
on_changed (WherrySiteEditor *self)
{
  if (self->site == NULL)
    return;
  self->touched = TRUE;
  judge (self);
}

/* Waits for the row to be left: before, it is still being typed. */
static void
on_host_left (WherrySiteEditor *self)
{
  g_autofree char *text = dup_row_text (self, ROW_HOST);
  g_autoptr (WherryLocation) location = NULL;

  if (*text == '\0' || wherry_site_check_text (WHERRY_SITE_HOST, text, NULL))
    return;
  location = wherry_location_parse_host (text, NULL);
  if (location == NULL)
    return;
  gtk_editable_set_text (self->rows[ROW_HOST], location->host);
  if (location->user != NULL)
    gtk_editable_set_text (self->rows[ROW_USER], location->user);
  if (location->port != 0)
    gtk_spin_button_set_value (self->port_spin, location->port);
  if (*location->path != '\0' && g_utf8_validate (location->path, -1, NULL))
    gtk_editable_set_text (self->rows[ROW_REMOTE], location->path);
}

static WherrySiteColor
get_color (WherrySiteEditor *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->colors); i++)
    if (gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (self->colors[i])))
      return i;
  return WHERRY_SITE_COLOR_NONE;
}

/* The site as it stands in the window, which may not be one that can be kept. */
static WherrySite *
dup_written (WherrySiteEditor *self)
{
  WherrySite *site = wherry_site_duplicate (self->site);
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->notes_view);
  guint folder = adw_combo_row_get_selected (self->folder_row);
  GtkTextIter start, end;
  g_autofree char *notes = NULL;
  g_auto (GStrv) chosen = wherry_method_list_dup_chosen (self->methods);

  for (guint i = 0; i < N_ROWS; i++)
    {
      g_autofree char *text = dup_row_text (self, i);
      if (i == ROW_JUMP)
        {
          g_auto (GStrv) jumps = wherry_text_split_list (text);
          wherry_site_set_list (site, fields[i], (const char *const *) jumps);
        }
      else
        wherry_site_set_string (site, fields[i], text);
    }
  wherry_site_set_list (site, WHERRY_SITE_LOGIN_METHODS, (const char *const *) chosen);
  wherry_site_transfers_page_write (self->transfers_page, site);
  wherry_site_set_number (site, WHERRY_SITE_PORT,
                          (guint64) gtk_spin_button_get_value_as_int (self->port_spin));
  wherry_site_set_number (site, WHERRY_SITE_COLOR, get_color (self));
  wherry_site_set_string (site, WHERRY_SITE_FOLDER,
                          folder == 0 || folder == GTK_INVALID_LIST_POSITION
                              ? ""
                              : self->folders[folder - 1]);
  gtk_text_buffer_get_bounds (buffer, &start, &end);
  notes = gtk_text_buffer_get_text (buffer, &start, &end, FALSE);
  wherry_site_set_string (site, WHERRY_SITE_NOTES, notes);
  return site;
}

static void
on_save (WherrySiteEditor *self)
{
  g_autoptr (WherrySite) site = NULL;
  g_autoptr (GError) error = NULL;

  on_host_left (self);
  site = dup_written (self);
  if (!wherry_site_check (site, &error))
    {

      wherry_toast_show (GTK_WIDGET (self->toast_overlay), error->message);
      return;
    }
  wherry_site_assign (self->site, site);
  if (wherry_site_store_find (self->store, wherry_site_get_id (self->site)) == NULL)
    wherry_site_store_insert (self->store, G_MAXUINT, self->site);
  gtk_window_close (GTK_WINDOW (self));
}

static void
on_test (WherrySiteEditor *self)
{
  GtkWindow *parent = gtk_window_get_transient_for (GTK_WINDOW (self));
  g_autoptr (WherrySite) site = NULL;
  GtkWidget *window;

  on_host_left (self);
  site = dup_written (self);
  window = wherry_site_test_window_new (WHERRY_WINDOW (parent), site);
  gtk_window_set_transient_for (GTK_WINDOW (window), GTK_WINDOW (self));
  gtk_window_present (GTK_WINDOW (window));
}

/* A path below home is written so that it suits another account as well. */
static void
set_path (GtkEditable *row, GFile *file)
{
  g_autoptr (GFile) home = g_file_new_for_path (g_get_home_dir ());
  g_autofree char *relative = g_file_get_relative_path (home, file);
  g_autofree char *path
      = relative != NULL ? g_strconcat ("~/", relative, NULL) : g_file_get_path (file);

  if (path != NULL && g_utf8_validate (path, -1, NULL))
    gtk_editable_set_text (row, path);
}

static void
on_file_chosen (GtkNativeDialog *dialog, int response, gpointer user_data)
{
  g_autoptr (GFile) file = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  if (file != NULL)
    set_path (user_data, file);
  gtk_native_dialog_destroy (dialog);
}

static void
choose (WherrySiteEditor *self, const char *title, GtkFileChooserAction action, guint row)
{
  GtkFileChooserNative *dialog
      = gtk_file_chooser_native_new (title, GTK_WINDOW (self), action, _ ("_Choose"), NULL);

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  /* The dialog is freed with its window, or when it was answered. */
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_file_chosen), self->rows[row], 0);
  g_object_set_data_full (G_OBJECT (self), "chooser", dialog, g_object_unref);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

static void
on_choose_local (WherrySiteEditor *self)
{
  choose (self, _ ("Choose a Folder"), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, ROW_LOCAL);
}

static void
on_choose_key (WherrySiteEditor *self)
{
  choose (self, _ ("Choose a Key File"), GTK_FILE_CHOOSER_ACTION_OPEN, ROW_KEY);
}

static void
wherry_site_editor_dispose (GObject *object)
{
  WherrySiteEditor *self = WHERRY_SITE_EDITOR (object);

  g_clear_object (&self->store);
  g_clear_object (&self->site);
  g_clear_pointer (&self->folders, g_strfreev);

  G_OBJECT_CLASS (wherry_site_editor_parent_class)->dispose (object);
}

static void
wherry_site_editor_class_init (WherrySiteEditorClass *klass)
{
  static const char *const row_names[N_ROWS] = { "name_row",  "host_row", "user_row",  "remote_row",
                                                 "local_row", "key_row",  "proxy_row", "jump_row" };
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wherry_site_editor_dispose;

  g_type_ensure (WHERRY_TYPE_SITE_TRANSFERS_PAGE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/app/wherry/Wherry/ui/wherry-site-editor.ui");
  for (guint i = 0; i < N_ROWS; i++)
    gtk_widget_class_bind_template_child_full (widget_class, row_names[i], FALSE,
                                               G_STRUCT_OFFSET (WherrySiteEditor, rows)
                                                   + (gssize) (i * sizeof (GtkEditable *)));
  gtk_widget_class_bind_template_child (widget_class, WherrySiteEditor, toast_overlay);
  gtk_widget_class_bind_template_child (widget_class, WherrySiteEditor, stack);
  gtk_widget_class_bind_template_child (widget_class, WherrySiteEditor, port_spin);
  gtk_widget_class_bind_template_child (widget_class, WherrySiteEditor, folder_row);
  gtk_widget_class_bind_template_child (widget_class, WherrySiteEditor, color_box);
  gtk_widget_class_bind_template_child (widget_class, WherrySiteEditor, method_group);
  gtk_widget_class_bind_template_child (widget_class, WherrySiteEditor, transfers_page);
  gtk_widget_class_bind_template_child (widget_class, WherrySiteEditor, notes_view);
  gtk_widget_class_bind_template_child (widget_class, WherrySiteEditor, save_button);
  gtk_widget_class_bind_template_child (widget_class, WherrySiteEditor, test_button);
  gtk_widget_class_bind_template_child (widget_class, WherrySiteEditor, mistake_revealer);
  gtk_widget_class_bind_template_child (widget_class, WherrySiteEditor, mistake_label);
  gtk_widget_class_bind_template_callback (widget_class, on_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_save);
  gtk_widget_class_bind_template_callback (widget_class, on_test);
  gtk_widget_class_bind_template_callback (widget_class, on_choose_local);
  gtk_widget_class_bind_template_callback (widget_class, on_choose_key);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
add_colors (WherrySiteEditor *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->colors); i++)
    {
      GtkWidget *button = gtk_toggle_button_new ();
      GtkWidget *dot = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
      const char *label = wherry_site_color_get_label (i);

      gtk_widget_add_css_class (dot, "site-dot");
      gtk_widget_add_css_class (dot, i == WHERRY_SITE_COLOR_NONE ? "none" : "connected");
      gtk_widget_set_halign (dot, GTK_ALIGN_CENTER);
      gtk_widget_set_valign (dot, GTK_ALIGN_CENTER);
      wherry_site_color_apply (dot, i);
      gtk_button_set_child (GTK_BUTTON (button), dot);
      gtk_widget_add_css_class (button, "flat");
      gtk_widget_add_css_class (button, "circular");
      gtk_widget_add_css_class (button, "site-color");
      gtk_widget_set_tooltip_text (button, label);
      gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                      -1);
      if (i > 0)
        gtk_toggle_button_set_group (GTK_TOGGLE_BUTTON (button),
                                     GTK_TOGGLE_BUTTON (self->colors[0]));
      gtk_box_append (self->color_box, button);
      self->colors[i] = button;
    }
}

static void
wherry_site_editor_init (WherrySiteEditor *self)
{
  GtkEventController *focus = gtk_event_controller_focus_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  add_colors (self);
  g_signal_connect_swapped (focus, "leave", G_CALLBACK (on_host_left), self);
  gtk_widget_add_controller (GTK_WIDGET (self->rows[ROW_HOST]), focus);
}

static void
add_methods (WherrySiteEditor *self, WherrySite *site)
{
  GtkWidget *list = wherry_method_list_new (wherry_site_get_list (site, WHERRY_SITE_LOGIN_METHODS));

  self->methods = WHERRY_METHOD_LIST (list);
  g_signal_connect_object (list, "changed", G_CALLBACK (on_changed), self, G_CONNECT_SWAPPED);
  adw_preferences_group_add (self->method_group, list);
}

static void
set_folders (WherrySiteEditor *self)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  const char *folder = wherry_site_get_string (self->site, WHERRY_SITE_FOLDER);

  self->folders = wherry_site_store_dup_folders (self->store);
  /* Translators: the choice of no folder */
  gtk_string_list_append (names, _ ("None"));
  for (char **path = self->folders; *path != NULL; path++)
    gtk_string_list_append (names, *path);
  adw_combo_row_set_model (self->folder_row, G_LIST_MODEL (names));
  for (guint i = 0; self->folders[i] != NULL; i++)
    if (g_str_equal (self->folders[i], folder))
      adw_combo_row_set_selected (self->folder_row, i + 1);
}

/**
 * wherry_site_editor_new:
 * @store: the sites
 * @site: the one to change; it is added when saved if it is not in @store
 *
 * Returns: (transfer none): a window; not presented
 */
GtkWidget *
wherry_site_editor_new (WherrySiteStore *store, WherrySite *site)
{
  g_return_val_if_fail (WHERRY_IS_SITE_STORE (store), NULL);
  g_return_val_if_fail (WHERRY_IS_SITE (site), NULL);

  WherrySiteEditor *self = g_object_new (WHERRY_TYPE_SITE_EDITOR, NULL);
  gboolean is_new = wherry_site_store_find (store, wherry_site_get_id (site)) == NULL;

  self->store = g_object_ref (store);
  for (guint i = 0; i < N_ROWS; i++)
    {
      g_autofree char *text
          = i == ROW_JUMP ? g_strjoinv (", ", (char **) wherry_site_get_list (site, fields[i]))
                          : g_strdup (wherry_site_get_string (site, fields[i]));

      gtk_editable_set_text (self->rows[i], text);
    }
  add_methods (self, site);
  wherry_site_transfers_page_read (self->transfers_page, site);
  gtk_spin_button_set_value (self->port_spin,
                             (double) wherry_site_get_number (site, WHERRY_SITE_PORT));
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (
                                    self->colors[wherry_site_get_number (site, WHERRY_SITE_COLOR)]),
                                TRUE);
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (self->notes_view),
                            wherry_site_get_string (site, WHERRY_SITE_NOTES), -1);
  self->site = g_object_ref (site);
  set_folders (self);

  gtk_window_set_title (GTK_WINDOW (self), is_new ? _ ("New Site") : _ ("Edit Site"));
  if (is_new)
    gtk_button_set_label (GTK_BUTTON (self->save_button), _ ("_Add"));
  judge (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->rows[ROW_NAME]));
  return GTK_WIDGET (self);
}
