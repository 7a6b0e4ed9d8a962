#include "config.h"

#include "ui/wherry-site-test-window.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "remote/wherry-remote.h"

/* What is tried, in this order. */
enum { STEP_FIND, STEP_CONNECT, STEP_KEY, STEP_LOGIN, STEP_FILES, N_STEPS };

struct _WherrySiteTestWindow {
  AdwWindow parent_instance;

  /* Template widgets */
  AdwWindowTitle *window_title;
  AdwActionRow *rows[N_STEPS];
  GtkLabel *outcome_label;

  /* Owned */
  GtkStack *marks[N_STEPS]; /* unowned */
  GCancellable *cancellable;
  WherrySessionPool *pool;
  WherryLogin *login;
  char *folder;
  WherrySession *session; /* (nullable) */
  WherryRemote *remote;   /* (nullable) */
};

G_DEFINE_FINAL_TYPE (WherrySiteTestWindow, wherry_site_test_window, ADW_TYPE_WINDOW)

static void
set_mark (WherrySiteTestWindow *self, guint step, const char *mark, const char *details)
{
  GtkWidget *spinner = gtk_stack_get_child_by_name (self->marks[step], "busy");
  g_autofree char *markup = details != NULL ? g_markup_escape_text (details, -1) : NULL;

  gtk_stack_set_visible_child_name (self->marks[step], mark);
  gtk_spinner_set_spinning (GTK_SPINNER (spinner), g_str_equal (mark, "busy"));
  adw_action_row_set_subtitle (self->rows[step], markup != NULL ? markup : "");
}

static void
succeed (WherrySiteTestWindow *self, guint step, const char *details)
{
  set_mark (self, step, "done", details);
}

static void
begin (WherrySiteTestWindow *self, guint step)
{
  set_mark (self, step, "busy", NULL);
}

static void
fail (WherrySiteTestWindow *self, guint step, const GError *error)
{
  for (guint i = 0; i < step; i++)
    gtk_stack_set_visible_child_name (self->marks[i], "done");
  set_mark (self, step, "failed", error->message);
  for (guint i = step + 1; i < N_STEPS; i++)
    set_mark (self, i, "waiting", NULL);
  gtk_label_set_text (self->outcome_label, _ ("It does not work yet."));
}

/* The step that an error of connecting belongs to. */
static guint
step_of (const GError *error)
{
  if (error->domain != WHERRY_ERROR)
    return STEP_CONNECT;
  switch ((WherryError) error->code)
    {
    case WHERRY_ERROR_HOST_KEY_UNKNOWN:
    case WHERRY_ERROR_HOST_KEY_CHANGED:
    case WHERRY_ERROR_HOST_KEY_REVOKED:
    case WHERRY_ERROR_HOST_KEY_UNCHECKED:
      return STEP_KEY;
    case WHERRY_ERROR_AUTHENTICATION:
      return STEP_LOGIN;
    default:
      return STEP_CONNECT;
    }
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherrySiteTestWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) entries
      = wherry_remote_entries_finish (WHERRY_REMOTE (source), result, &error);
  g_autofree char *description = NULL;
  g_autofree char *details = NULL;

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  if (entries == NULL)
    {
      fail (self, STEP_FILES, error);
      return;
    }
  description = wherry_remote_dup_description (self->remote);
  details = g_strdup_printf (
      /* Translators: %2$s is how files are listed, such as “SFTP 3” */
      ngettext ("%1$u entry, by %2$s", "%1$u entries, by %2$s", entries->len), entries->len,
      description);
  succeed (self, STEP_FILES, details);
  gtk_label_set_text (self->outcome_label, _ ("Everything works."));
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherrySiteTestWindow) self = user_data;
  g_autoptr (GError) error = NULL;

  self->remote = wherry_remote_open_finish (result, &error);
  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  if (self->remote == NULL)
    fail (self, STEP_FILES, error);
  else
    wherry_remote_list_async (self->remote, self->folder, self->cancellable, on_listed,
                              g_object_ref (self));
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherrySiteTestWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *banner = NULL;
  g_autofree char *shown = NULL;
  g_autofree char *cipher = NULL;
  g_autofree char *connected = NULL;

  self->session = wherry_session_pool_connect_finish (WHERRY_SESSION_POOL (source), result, &error);
  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  if (self->session == NULL)
    {
      fail (self, step_of (error), error);
      return;
    }
  banner = wherry_session_dup_server_banner (self->session);
  shown = banner != NULL ? wherry_text_escape (banner, -1, 100) : NULL;
  cipher = wherry_session_dup_cipher (self->session);
  /* Translators: which program serves, and how what is said is ciphered */
  connected = g_strdup_printf (_ ("%s, %s"), shown != NULL ? shown : "", cipher);
  succeed (self, STEP_CONNECT, connected);
  succeed (self, STEP_KEY, _ ("Trusted"));
  succeed (self, STEP_LOGIN, self->login->user);
  begin (self, STEP_FILES);
  wherry_remote_open_async (self->session, self->cancellable, on_opened, g_object_ref (self));
}

static void
on_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherrySiteTestWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  GList *addresses = g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, &error);
  g_autoptr (GString) shown = g_string_new (NULL);

  if (g_cancellable_is_cancelled (self->cancellable))
    {
      g_resolver_free_addresses (addresses);
      return;
    }
  for (GList *l = addresses; l != NULL; l = l->next)
    {
      g_autofree char *address = g_inet_address_to_string (l->data);
      g_string_append_printf (shown, "%s%s", shown->len > 0 ? ", " : "", address);
    }
  g_resolver_free_addresses (addresses);
  if (error != NULL)
    {
      fail (self, STEP_FIND, error);
      return;
    }
  succeed (self, STEP_FIND, shown->str);
  begin (self, STEP_CONNECT);
  begin (self, STEP_KEY);
  begin (self, STEP_LOGIN);
  wherry_session_pool_connect_async (self->pool, self->login, self->cancellable, on_connected,
                                     g_object_ref (self));
}

static gboolean
wherry_site_test_window_close_request (GtkWindow *window)
{
  WherrySiteTestWindow *self = WHERRY_SITE_TEST_WINDOW (window);

  g_cancellable_cancel (self->cancellable);
  return GTK_WINDOW_CLASS (wherry_site_test_window_parent_class)->close_request (window);
}

static void
wherry_site_test_window_dispose (GObject *object)
{
  WherrySiteTestWindow *self = WHERRY_SITE_TEST_WINDOW (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->remote);
  g_clear_object (&self->session);
  if (self->pool != NULL)
    wherry_session_pool_close (self->pool);
  g_clear_object (&self->pool);

  G_OBJECT_CLASS (wherry_site_test_window_parent_class)->dispose (object);
}

static void
wherry_site_test_window_finalize (GObject *object)
{
  WherrySiteTestWindow *self = WHERRY_SITE_TEST_WINDOW (object);

  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->login, wherry_login_free);
  g_free (self->folder);

  G_OBJECT_CLASS (wherry_site_test_window_parent_class)->finalize (object);
}

static void
wherry_site_test_window_class_init (WherrySiteTestWindowClass *klass)
{
  static const char *const row_names[N_STEPS]
      = { "find_row", "connect_row", "key_row", "login_row", "files_row" };
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wherry_site_test_window_dispose;
  G_OBJECT_CLASS (klass)->finalize = wherry_site_test_window_finalize;
  GTK_WINDOW_CLASS (klass)->close_request = wherry_site_test_window_close_request;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/app/wherry/Wherry/ui/wherry-site-test-window.ui");
  for (guint i = 0; i < N_STEPS; i++)
    gtk_widget_class_bind_template_child_full (widget_class, row_names[i], FALSE,
                                               G_STRUCT_OFFSET (WherrySiteTestWindow, rows)
                                                   + (gssize) (i * sizeof (AdwActionRow *)));
  gtk_widget_class_bind_template_child (widget_class, WherrySiteTestWindow, window_title);
  gtk_widget_class_bind_template_child (widget_class, WherrySiteTestWindow, outcome_label);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static GtkWidget *
make_mark (const char *icon_name, const char *css_class, const char *label)
{
  GtkWidget *image = gtk_image_new_from_icon_name (icon_name);

  gtk_widget_add_css_class (image, css_class);
  gtk_accessible_update_property (GTK_ACCESSIBLE (image), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  return image;
}

static void
wherry_site_test_window_init (WherrySiteTestWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->cancellable = g_cancellable_new ();

  for (guint i = 0; i < N_STEPS; i++)
    {
      GtkStack *stack = GTK_STACK (gtk_stack_new ());
      GtkWidget *spinner = gtk_spinner_new ();

      gtk_accessible_update_property (GTK_ACCESSIBLE (spinner), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                      _ ("Under way"), -1);
      gtk_stack_add_named (stack,
                           make_mark ("content-loading-symbolic", "dim-label", _ ("Not done yet")),
                           "waiting");
      gtk_stack_add_named (stack, spinner, "busy");
      gtk_stack_add_named (stack, make_mark ("emblem-ok-symbolic", "success", _ ("Done")), "done");
      gtk_stack_add_named (stack, make_mark ("dialog-error-symbolic", "error", _ ("Failed")),
                           "failed");
      gtk_widget_set_valign (GTK_WIDGET (stack), GTK_ALIGN_CENTER);
      adw_action_row_add_prefix (self->rows[i], GTK_WIDGET (stack));
      adw_action_row_set_subtitle_lines (self->rows[i], 0);
      self->marks[i] = stack;
    }
}

/**
 * wherry_site_test_window_new:
 * @window: the window whose known servers count
 * @site: the site; it is not changed, and need not be kept
 *
 * Begins at once.
 *
 * Returns: (transfer none): a window; not presented
 */
GtkWidget *
wherry_site_test_window_new (WherryWindow *window, WherrySite *site)
{
  g_return_val_if_fail (WHERRY_IS_WINDOW (window), NULL);

  WherrySiteTestWindow *self = g_object_new (WHERRY_TYPE_SITE_TEST_WINDOW, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GResolver) resolver = g_resolver_get_default ();
  g_autofree char *address = wherry_site_dup_address (site);

  adw_window_title_set_subtitle (self->window_title, address);
  self->folder = g_strdup (wherry_site_get_string (site, WHERRY_SITE_REMOTE_FOLDER));
  self->pool = wherry_window_new_pool (window, GTK_WINDOW (self));
  self->login = wherry_site_make_login (site, &error);
  if (self->login == NULL)
    {
      fail (self, STEP_FIND, error);
      return GTK_WIDGET (self);
    }
  begin (self, STEP_FIND);
  g_resolver_lookup_by_name_async (resolver, self->login->host, self->cancellable, on_found,
                                   g_object_ref (self));
  return GTK_WIDGET (self);
}
