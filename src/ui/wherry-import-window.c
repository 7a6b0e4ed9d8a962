#include "config.h"

#include "ui/wherry-import-window.h"

#include <glib/gi18n-lib.h>

#include "sites/wherry-import.h"
#include "sites/wherry-secret-keyring.h"
#include "ui/wherry-format.h"
#include "ui/wherry-toast.h"

/* More rows than that are no list to choose from: they are taken or left together. */
#define ROWS_MAX 500

/* A site that was found. */
typedef struct {
  WherrySite *site;
  const char *password;  /* (nullable): in the import */
  GtkCheckButton *check; /* (nullable): unowned; %NULL: goes with the last that has one */
} Choice;

struct _WherryImportWindow {
  AdwWindow parent_instance;

  /* Template widgets */
  AdwToastOverlay *toast_overlay;
  GtkStack *stack;
  AdwPreferencesPage *page;
  GtkWidget *password_group;
  AdwActionRow *password_row;
  GtkSwitch *password_switch;
  GtkWidget *import_button;

  /* Owned */
  WherrySiteStore *store;
  GPtrArray *imports; /* element-type WherryImport */
  GArray *choices;    /* element-type Choice */
  guint n_reading;
  GtkNativeDialog *chooser; /* (nullable) */
};

G_DEFINE_FINAL_TYPE (WherryImportWindow, wherry_import_window, ADW_TYPE_WINDOW)

enum { SIGNAL_IMPORTED, N_SIGNALS };

static guint signals[N_SIGNALS];

static gboolean
is_chosen (WherryImportWindow *self, guint index)
{
  while (index > 0 && g_array_index (self->choices, Choice, index).check == NULL)
    index--;
  return gtk_check_button_get_active (g_array_index (self->choices, Choice, index).check);
}

static void
update_chosen (WherryImportWindow *self)
{
  guint n_chosen = 0;
  guint n_passwords = 0;
  g_autofree char *subtitle = NULL;

  for (guint i = 0; i < self->choices->len; i++)
    {
      gboolean chosen = is_chosen (self, i);

      n_chosen += chosen;
      n_passwords += chosen && g_array_index (self->choices, Choice, i).password != NULL;
    }
  gtk_widget_set_sensitive (self->import_button, n_chosen > 0);
  gtk_widget_set_visible (self->password_group, n_passwords > 0);
  subtitle = g_strdup_printf (ngettext ("%u password is imported, too. Wherry’s own file of sites "
                                        "never holds any.",
                                        "%u passwords are imported, too. Wherry’s own file of "
                                        "sites never holds any.",
                                        n_passwords),
                              n_passwords);
  adw_action_row_set_subtitle (self->password_row, subtitle);
}

/* Whether there is such a site already: by what it is called, and where it leads. */
static gboolean
is_there (WherryImportWindow *self, WherrySite *site)
{
  g_autofree char *title = wherry_site_dup_title (site);
  g_autofree char *address = wherry_site_dup_address (site);
  guint n_items = g_list_model_get_n_items (G_LIST_MODEL (self->store));

  for (guint i = 0; i < n_items; i++)
    {
      g_autoptr (WherrySite) other = g_list_model_get_item (G_LIST_MODEL (self->store), i);
      g_autofree char *other_title = wherry_site_dup_title (other);
      g_autofree char *other_address = wherry_site_dup_address (other);

      if (g_str_equal (title, other_title) && g_str_equal (address, other_address))
        return TRUE;
    }
  return FALSE;
}

static GtkCheckButton *
add_row (WherryImportWindow *self,
         AdwPreferencesGroup *group,
         const char *title,
         const char *subtitle,
         gboolean chosen)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *check = gtk_check_button_new ();
  g_autofree char *title_markup = g_markup_escape_text (title, -1);
  g_autofree char *subtitle_markup = g_markup_escape_text (subtitle, -1);

  gtk_check_button_set_active (GTK_CHECK_BUTTON (check), chosen);
  gtk_widget_set_valign (check, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (check), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  g_signal_connect_object (check, "toggled", G_CALLBACK (update_chosen), self, G_CONNECT_SWAPPED);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), check);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), check);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title_markup);
  adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 1);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle_markup);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 1);
  adw_preferences_group_add (group, row);
  return GTK_CHECK_BUTTON (check);
}

static void
add_site (WherryImportWindow *self, AdwPreferencesGroup *group, WherryImport *import, guint index)
{
  WherrySite *site = import->sites->pdata[index];
  const char *folder = wherry_site_get_string (site, WHERRY_SITE_FOLDER);
  gboolean there = is_there (self, site);
  Choice choice = { site, wherry_import_get_password (import, site), NULL };
  g_autofree char *title = wherry_site_dup_title (site);
  g_autofree char *address = wherry_site_dup_address (site);
  g_autofree char *subtitle = NULL;

  if (there)
    /* Translators: an address */
    subtitle = g_strdup_printf (_ ("%s, there already"), address);
  else if (*folder != '\0')
    /* Translators: an address, and the folder of the list that it goes into */
    subtitle = g_strdup_printf (_ ("%s, in “%s”"), address, folder);
  else
    subtitle = g_strdup (address);

  if (index < ROWS_MAX)
    choice.check = add_row (self, group, title, subtitle, !there);
  else if (index == ROWS_MAX)
    {
      guint n_more = import->sites->len - ROWS_MAX;
      g_autofree char *more = g_strdup_printf (ngettext ("%u more", "%u more", n_more), n_more);
      choice.check = add_row (self, group, more, "", TRUE);
    }
  g_array_append_val (self->choices, choice);
}

static void
add_warnings (AdwPreferencesGroup *group, GPtrArray *warnings)
{
  GtkWidget *expander = adw_expander_row_new ();
  g_autofree char *title
      = g_strdup_printf (ngettext ("%u entry is left out, or not in full",
                                   "%u entries are left out, or not in full", warnings->len),
                         warnings->len);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (expander), title);
  for (guint i = 0; i < warnings->len; i++)
    {
      GtkWidget *label = gtk_label_new (warnings->pdata[i]);

      gtk_label_set_wrap (GTK_LABEL (label), TRUE);
      gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
      gtk_label_set_xalign (GTK_LABEL (label), 0);
      gtk_widget_set_margin_start (label, 12);
      gtk_widget_set_margin_end (label, 12);
      gtk_widget_set_margin_top (label, 9);
      gtk_widget_set_margin_bottom (label, 9);
      adw_expander_row_add_row (ADW_EXPANDER_ROW (expander), label);
    }
  adw_preferences_group_add (group, expander);
}

static void
add_import (WherryImportWindow *self, WherryImport *import, const char *title, const char *path)
{
  GtkWidget *group = adw_preferences_group_new ();
  g_autofree char *shown = wherry_format_path (path);
  g_autofree char *markup = g_markup_escape_text (shown, -1);

  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (group), title);
  adw_preferences_group_set_description (ADW_PREFERENCES_GROUP (group), markup);
  g_ptr_array_add (self->imports, import);
  for (guint i = 0; i < import->sites->len; i++)
    add_site (self, ADW_PREFERENCES_GROUP (group), import, i);
  if (import->warnings->len > 0)
    add_warnings (ADW_PREFERENCES_GROUP (group), import->warnings);
  adw_preferences_page_add (self->page, ADW_PREFERENCES_GROUP (group));
}

static void
update_page (WherryImportWindow *self)
{
  const char *name = "busy";

  if (self->imports->len > 0)
    name = "found";
  else if (self->n_reading == 0)
    name = "none";
  gtk_stack_set_visible_child_name (self->stack, name);
  update_chosen (self);
}

/* What is being read, for whom; owned. */
typedef struct {
  WherryImportWindow *window;
  WherryImportKind kind;
  char *path;
  gboolean asked_for; /* a person chose the file: what is wrong with it is told */
} Reading;

static void
reading_free (Reading *reading)
{
  g_object_unref (reading->window);
  g_free (reading->path);
  g_free (reading);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Reading, reading_free)

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Reading) reading = user_data;
  WherryImportWindow *self = reading->window;
  g_autoptr (GError) error = NULL;
  g_autoptr (WherryImport) import = wherry_import_read_finish (result, &error);
  gboolean anything = import != NULL && (import->sites->len > 0 || import->warnings->len > 0);

  self->n_reading--;
  /* The window may be closed meanwhile. */
  if (self->store == NULL)
    return;
  if (anything)
    add_import (self, g_steal_pointer (&import), wherry_import_get_title (reading->kind),
                reading->path);
  else if (reading->asked_for)
    wherry_toast_show (GTK_WIDGET (self->toast_overlay),
                       error != NULL ? error->message : _ ("No sites are in this file"));
  update_page (self);
}

static void
read_file (WherryImportWindow *self, WherryImportKind kind, const char *path, gboolean asked_for)
{
  Reading *reading = g_new0 (Reading, 1);

  reading->window = g_object_ref (self);
  reading->kind = kind;
  reading->path = g_strdup (path);
  reading->asked_for = asked_for;
  self->n_reading++;
  wherry_import_read_async (kind, path, NULL, on_read, reading);
}

static void
on_file_chosen (WherryImportWindow *self, int response, GtkNativeDialog *chooser)
{
  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
      g_autofree char *path = g_file_get_path (file);

      if (path != NULL)
        read_file (self, wherry_import_guess_kind (path), path, TRUE);
    }
  g_clear_object (&self->chooser);
}

static void
add_filter (GtkFileChooser *chooser, const char *name, const char *pattern)
{
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();

  gtk_file_filter_set_name (filter, name);
  gtk_file_filter_add_pattern (filter, pattern);
  gtk_file_chooser_add_filter (chooser, filter);
}

static void
on_choose (WherryImportWindow *self)
{
  if (self->chooser != NULL)
    return;
  self->chooser = GTK_NATIVE_DIALOG (
      gtk_file_chooser_native_new (_ ("Import Sites"), GTK_WINDOW (self),
                                   GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Read"), NULL));
  gtk_native_dialog_set_modal (self->chooser, TRUE);
  add_filter (GTK_FILE_CHOOSER (self->chooser), _ ("Sites of Wherry"), "*.conf");
  add_filter (GTK_FILE_CHOOSER (self->chooser), _ ("Site manager of FileZilla"), "*.xml");
  add_filter (GTK_FILE_CHOOSER (self->chooser), wherry_import_get_title (WHERRY_IMPORT_SSH_CONFIG),
              "*config");
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (on_file_chosen), self,
                           G_CONNECT_SWAPPED);
  gtk_native_dialog_show (self->chooser);
}

/* Passwords on their way into the keyring, which may ask to be unlocked. */
static void
free_secrets (gpointer data)
{
  g_ptr_array_unref (data);
}

static void
keep_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  GPtrArray *secrets = task_data;
  g_autoptr (WherrySecretStore) store = wherry_secret_keyring_new ();

  for (guint i = 0; i < secrets->len; i++)
    {
      WherrySecret *secret = secrets->pdata[i];
      g_autofree char *label
          /* Translators: how it is called in a program that manages the keyring; a user, a host, a
             port */
          = g_strdup_printf (_ ("SSH password of %s@%s, port %s"),
                             wherry_secret_get (secret, "user"), wherry_secret_get (secret, "host"),
                             wherry_secret_get (secret, "port"));
      GError *error = NULL;

      if (!wherry_secret_store_save (store, WHERRY_SECRET_PASSWORD, secret->attributes, label,
                                     secret->text, WHERRY_SECRET_MAY_PROMPT, NULL, &error))
        {
          g_task_return_error (task, error);
          return;
        }
    }
  g_task_return_boolean (task, TRUE);
}

static void
add_secret (GPtrArray *secrets, WherrySite *site, const char *password)
{
  g_autoptr (WherryLogin) login = wherry_site_make_login (site, NULL);
  g_autoptr (GHashTable) attributes = NULL;
  g_autofree char *host = NULL;
  g_autofree char *port = NULL;

  if (login == NULL)
    return;
  host = g_ascii_strdown (login->host, -1);
  port = wherry_secret_format_port (login->port);
  attributes = wherry_secret_attributes_new ("user", login->user, "host", host, "port", port,
                                             "method", "password", NULL);
  g_ptr_array_add (secrets, wherry_secret_new (attributes, password));
}

static void
on_kept (GObject *source, GAsyncResult *result, gpointer user_data)
{
  WherryImportWindow *self = WHERRY_IMPORT_WINDOW (source);
  g_autoptr (GError) error = NULL;
  g_autofree char *body = NULL;
  GtkWidget *dialog;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    {
      gtk_window_close (GTK_WINDOW (self));
      return;
    }
  /* The sites are in already; only this is left to be told. */
  body = g_strdup_printf (_ ("%s\n\nThe sites are imported all the same. Their passwords will be "
                             "asked for."),
                          error->message);
  dialog = adw_message_dialog_new (gtk_window_get_transient_for (GTK_WINDOW (self)),
                                   _ ("Passwords Not Imported"), body);
  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _ ("_Close"));
  gtk_window_close (GTK_WINDOW (self));
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
on_import (WherryImportWindow *self)
{
  g_autoptr (GPtrArray) secrets
      = g_ptr_array_new_with_free_func ((GDestroyNotify) wherry_secret_free);
  g_autoptr (GTask) task = NULL;
  guint n_imported = 0;

  for (guint i = 0; i < self->choices->len; i++)
    {
      const Choice *choice = &g_array_index (self->choices, Choice, i);
      g_autoptr (WherrySite) site = NULL;

      if (!is_chosen (self, i))
        continue;
      /* One that was exported from here may be here still. */
      site = wherry_site_store_find (self->store, wherry_site_get_id (choice->site)) != NULL
                 ? wherry_site_duplicate (choice->site)
                 : g_object_ref (choice->site);
      wherry_site_store_insert (self->store, G_MAXUINT, site);
      n_imported++;
      if (choice->password != NULL && gtk_switch_get_active (self->password_switch))
        add_secret (secrets, site, choice->password);
    }
  g_signal_emit (self, signals[SIGNAL_IMPORTED], 0, n_imported);

  if (secrets->len == 0)
    {
      gtk_window_close (GTK_WINDOW (self));
      return;
    }
  gtk_widget_set_sensitive (self->import_button, FALSE);
  gtk_stack_set_visible_child_name (self->stack, "busy");
  task = g_task_new (self, NULL, on_kept, NULL);
  g_task_set_source_tag (task, on_import);
  g_task_set_task_data (task, g_ptr_array_ref (secrets), free_secrets);
  g_task_run_in_thread (task, keep_in_thread);
}

static void
wherry_import_window_dispose (GObject *object)
{
  WherryImportWindow *self = WHERRY_IMPORT_WINDOW (object);

  g_clear_object (&self->chooser);
  g_clear_object (&self->store);

  G_OBJECT_CLASS (wherry_import_window_parent_class)->dispose (object);
}

static void
wherry_import_window_finalize (GObject *object)
{
  WherryImportWindow *self = WHERRY_IMPORT_WINDOW (object);

  g_ptr_array_unref (self->imports);
  g_array_unref (self->choices);

  G_OBJECT_CLASS (wherry_import_window_parent_class)->finalize (object);
}

static void
wherry_import_window_class_init (WherryImportWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wherry_import_window_dispose;
  G_OBJECT_CLASS (klass)->finalize = wherry_import_window_finalize;

  signals[SIGNAL_IMPORTED] = g_signal_new ("imported", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                           0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/app/wherry/Wherry/ui/wherry-import-window.ui");
  gtk_widget_class_bind_template_child (widget_class, WherryImportWindow, toast_overlay);
  gtk_widget_class_bind_template_child (widget_class, WherryImportWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, WherryImportWindow, page);
  gtk_widget_class_bind_template_child (widget_class, WherryImportWindow, password_group);
  gtk_widget_class_bind_template_child (widget_class, WherryImportWindow, password_row);
  gtk_widget_class_bind_template_child (widget_class, WherryImportWindow, password_switch);
  gtk_widget_class_bind_template_child (widget_class, WherryImportWindow, import_button);
  gtk_widget_class_bind_template_callback (widget_class, on_import);
  gtk_widget_class_bind_template_callback (widget_class, on_choose);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
wherry_import_window_init (WherryImportWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->imports = g_ptr_array_new_with_free_func ((GDestroyNotify) wherry_import_free);
  self->choices = g_array_new (FALSE, FALSE, sizeof (Choice));
}

/**
 * wherry_import_window_new:
 * @store: where the sites go
 *
 * Looks in the usual places at once.
 *
 * Returns: (transfer none): a window; not presented
 */
GtkWidget *
wherry_import_window_new (WherrySiteStore *store)
{
  g_return_val_if_fail (WHERRY_IS_SITE_STORE (store), NULL);

  WherryImportWindow *self = g_object_new (WHERRY_TYPE_IMPORT_WINDOW, NULL);

  self->store = g_object_ref (store);
  for (WherryImportKind kind = 0; kind < WHERRY_IMPORT_N_KINDS; kind++)
    {
      g_autofree char *path = wherry_import_dup_usual_path (kind);

      if (path != NULL)
        read_file (self, kind, path, FALSE);
    }
  update_page (self);
  return GTK_WIDGET (self);
}
