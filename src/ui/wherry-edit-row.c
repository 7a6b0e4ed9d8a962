#include "config.h"

#include "ui/wherry-edit-row.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include "base/wherry-text.h"
#include "ui/wherry-local-program.h"
#include "ui/wherry-toast.h"

/* The row says the same, and may be under the toast. */
#define TOAST_SECONDS 2

struct _WherryEditRow {
  GtkListBoxRow parent_instance;

  /* Template widgets */
  GtkImage *icon;
  GtkLabel *name_label;
  GtkLabel *status_label;
  GtkWidget *decide_button;
  GtkWidget *retry_button;
  GtkWidget *open_button;
  GtkWidget *end_button;

  /* Owned */
  WherryRemoteEdit *edit;
  GtkWidget *dialog; /* (nullable): the question that is open */

  guint n_saves;   /* told of */
  gboolean opened; /* in an editor */
};

G_DEFINE_FINAL_TYPE (WherryEditRow, wherry_edit_row, GTK_TYPE_LIST_BOX_ROW)

static char *
dup_shown_name (WherryEditRow *self)
{
  g_autofree char *name = wherry_remote_edit_dup_name (self->edit);

  return wherry_text_display_name (name);
}

static void
show_toast (WherryEditRow *self, const char *text)
{
  GtkWidget *overlay = gtk_widget_get_ancestor (GTK_WIDGET (self), ADW_TYPE_TOAST_OVERLAY);
  AdwToast *toast;

  if (overlay == NULL)
    return;
  toast = wherry_toast_new (text);
  adw_toast_set_timeout (toast, TOAST_SECONDS);
  adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (overlay), toast);
}

static void
on_launched (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!wherry_local_program_finish (GTK_WIDGET (source), result, &error))
    show_toast (WHERRY_EDIT_ROW (source), error->message);
}

static void
open_editor (WherryEditRow *self)
{
  self->opened = TRUE;
  wherry_local_program_edit_async (GTK_WIDGET (self),
                                   wherry_remote_edit_get_local_path (self->edit), on_launched,
                                   NULL);
}

static void
on_decided (WherryEditRow *self, const char *response)
{
  g_clear_object (&self->dialog);
  if (wherry_remote_edit_get_state (self->edit) != WHERRY_REMOTE_EDIT_CONFLICT)
    return;
  if (g_str_equal (response, "replace"))
    wherry_remote_edit_resolve (self->edit, WHERRY_REMOTE_EDIT_REPLACE);
  else if (g_str_equal (response, "both"))
    wherry_remote_edit_resolve (self->edit, WHERRY_REMOTE_EDIT_KEEP_BOTH);
  else if (g_str_equal (response, "discard"))
    wherry_remote_edit_resolve (self->edit, WHERRY_REMOTE_EDIT_DISCARD);
}

static GtkWidget *
new_question (WherryEditRow *self, const char *heading, const char *body)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (root), heading, NULL);

  adw_message_dialog_set_body (ADW_MESSAGE_DIALOG (dialog), body);
  return dialog;
}

static void
ask (WherryEditRow *self)
{
  g_autofree char *name = dup_shown_name (self);
  g_autofree char *host
      = wherry_text_display_name (wherry_remote_edit_get_login (self->edit)->host);
  gboolean gone = wherry_remote_edit_is_gone (self->edit);
  g_autofree char *body = NULL;
  AdwMessageDialog *dialog;

  if (self->dialog != NULL)
    {
      gtk_window_present (GTK_WINDOW (self->dialog));
      return;
    }

  if (gone)
    body = g_strdup_printf (_ ("“%s” was deleted or renamed on “%s” since you opened it. What you "
                               "saved is only on this computer so far."),
                            name, host);
  else
    body = g_strdup_printf (_ ("Somebody changed “%s” on “%s” since you opened it. What you saved "
                               "is only on this computer so far."),
                            name, host);
  self->dialog = g_object_ref (new_question (self,
                                             gone ? _ ("The File Is Gone From the Server")
                                                  : _ ("Changed on the Server Meanwhile"),
                                             body));
  dialog = ADW_MESSAGE_DIALOG (self->dialog);
  adw_message_dialog_add_response (dialog, "later", _ ("Decide _Later"));
  if (gone)
    adw_message_dialog_add_responses (dialog, "discard", _ ("D_iscard Mine"), "replace",
                                      _ ("_Save It There Again"), NULL);
  else
    {
      adw_message_dialog_add_responses (dialog, "discard", _ ("Take _Theirs"), "both",
                                        _ ("Keep _Both"), "replace", _ ("_Replace With Mine"),
                                        NULL);
      adw_message_dialog_set_response_appearance (dialog, "replace", ADW_RESPONSE_DESTRUCTIVE);
      adw_message_dialog_set_response_appearance (dialog, "both", ADW_RESPONSE_SUGGESTED);
    }
  adw_message_dialog_set_response_appearance (dialog, "discard", ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (dialog, gone ? "replace" : "both");
  adw_message_dialog_set_close_response (dialog, "later");
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_decided), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static char *
dup_status (WherryEditRow *self)
{
  const GError *error = wherry_remote_edit_get_error (self->edit);

  switch (wherry_remote_edit_get_state (self->edit))
    {
    case WHERRY_REMOTE_EDIT_FETCHING:
      return g_strdup (_ ("Is being fetched"));
    case WHERRY_REMOTE_EDIT_SAVING:
      return g_strdup (_ ("Is being saved on the server"));
    case WHERRY_REMOTE_EDIT_CONFLICT:
      return g_strdup (wherry_remote_edit_is_gone (self->edit)
                           ? _ ("Not saved: it is gone from the server")
                           : _ ("Not saved: it was changed on the server meanwhile"));
    case WHERRY_REMOTE_EDIT_WAITING:
      return g_strdup (_ ("Not saved yet: there is no connection; it is tried again by itself"));
    case WHERRY_REMOTE_EDIT_FAILED:
      return g_strdup (error != NULL ? error->message : _ ("Not saved"));
    case WHERRY_REMOTE_EDIT_IN_STEP:
    case WHERRY_REMOTE_EDIT_ENDED:
    default:
      if (wherry_remote_edit_get_n_saves (self->edit) > 0)
        {
          g_autoptr (GDateTime) now = g_date_time_new_now_local ();
          g_autofree char *time = g_date_time_format (now, "%X");
          /* Translators: %s is a time */
          return g_strdup_printf (_ ("Saved on the server at %s"), time);
        }
      return g_strdup (_ ("Open; what you save goes to the server"));
    }
}

static const char *
icon_name (WherryRemoteEditState state)
{
  switch (state)
    {
    case WHERRY_REMOTE_EDIT_FETCHING:
      return "wherry-download-symbolic";
    case WHERRY_REMOTE_EDIT_SAVING:
      return "wherry-upload-symbolic";
    case WHERRY_REMOTE_EDIT_CONFLICT:
    case WHERRY_REMOTE_EDIT_WAITING:
    case WHERRY_REMOTE_EDIT_FAILED:
      return "dialog-warning-symbolic";
    case WHERRY_REMOTE_EDIT_IN_STEP:
    case WHERRY_REMOTE_EDIT_ENDED:
    default:
      return "document-edit-symbolic";
    }
}

static void
tell_saved (WherryEditRow *self)
{
  g_autofree char *name = dup_shown_name (self);
  g_autofree char *host
      = wherry_text_display_name (wherry_remote_edit_get_login (self->edit)->host);
  g_autofree char *text = g_strdup_printf (_ ("“%s” was saved on “%s”"), name, host);

  self->n_saves = wherry_remote_edit_get_n_saves (self->edit);
  show_toast (self, text);
}

static void
update (WherryEditRow *self)
{
  WherryRemoteEditState state = wherry_remote_edit_get_state (self->edit);
  gboolean trouble = state == WHERRY_REMOTE_EDIT_CONFLICT || state == WHERRY_REMOTE_EDIT_FAILED;
  g_autofree char *name = dup_shown_name (self);
  g_autofree char *path = wherry_text_display_name (wherry_remote_edit_get_path (self->edit));
  g_autofree char *status = dup_status (self);
  g_autofree char *end = g_strdup_printf (_ ("End editing “%s”"), name);
  g_autofree char *open = g_strdup_printf (_ ("Open “%s” in the editor again"), name);

  gtk_label_set_text (self->name_label, name);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->name_label), path);
  gtk_label_set_text (self->status_label, status);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->status_label), status);
  gtk_image_set_from_icon_name (self->icon, icon_name (state));
  if (trouble)
    gtk_widget_add_css_class (GTK_WIDGET (self->icon), "warning");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->icon), "warning");
  gtk_widget_set_visible (self->decide_button, state == WHERRY_REMOTE_EDIT_CONFLICT);
  gtk_widget_set_visible (self->retry_button, state == WHERRY_REMOTE_EDIT_FAILED
                                                  || state == WHERRY_REMOTE_EDIT_WAITING);
  gtk_widget_set_visible (self->open_button, self->opened);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, status, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->end_button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  end, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->open_button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  open, -1);
}

static void
on_state (WherryEditRow *self)
{
  WherryRemoteEditState state = wherry_remote_edit_get_state (self->edit);

  if (state == WHERRY_REMOTE_EDIT_IN_STEP && !self->opened)
    open_editor (self);
  if (wherry_remote_edit_get_n_saves (self->edit) > self->n_saves)
    tell_saved (self);
  if (state == WHERRY_REMOTE_EDIT_FAILED && wherry_remote_edit_get_error (self->edit) != NULL)
    show_toast (self, wherry_remote_edit_get_error (self->edit)->message);
  update (self);
  if (state == WHERRY_REMOTE_EDIT_CONFLICT)
    ask (self);
}

static void
on_decide_clicked (WherryEditRow *self)
{
  ask (self);
}

static void
on_retry_clicked (WherryEditRow *self)
{
  wherry_remote_edit_retry (self->edit);
}

static void
on_open_clicked (WherryEditRow *self)
{
  open_editor (self);
}

static void
end_anyway (WherryEditRow *self)
{
  wherry_remote_edit_end (self->edit);
}

static void
on_end_clicked (WherryEditRow *self)
{
  g_autofree char *body = NULL;
  g_autofree char *path = NULL;
  GtkWidget *dialog;

  if (!wherry_remote_edit_has_changes (self->edit))
    {
      wherry_remote_edit_end (self->edit);
      return;
    }

  path = wherry_text_display_name (wherry_remote_edit_get_local_path (self->edit));
  body
      = g_strdup_printf (_ ("What you saved has not reached the server. It stays on this computer, "
                            "as “%s”."),
                         path);
  dialog = new_question (self, _ ("End Editing?"), body);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "keep", _ ("_Keep Editing"), "end",
                                    _ ("_End"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "end",
                                              ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "keep");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "keep");
  g_signal_connect_object (dialog, "response::end", G_CALLBACK (end_anyway), self,
                           G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
wherry_edit_row_dispose (GObject *object)
{
  WherryEditRow *self = WHERRY_EDIT_ROW (object);

  g_clear_object (&self->dialog);
  g_clear_object (&self->edit);

  G_OBJECT_CLASS (wherry_edit_row_parent_class)->dispose (object);
}

static void
wherry_edit_row_class_init (WherryEditRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wherry_edit_row_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/app/wherry/Wherry/ui/wherry-edit-row.ui");
  gtk_widget_class_bind_template_child (widget_class, WherryEditRow, icon);
  gtk_widget_class_bind_template_child (widget_class, WherryEditRow, name_label);
  gtk_widget_class_bind_template_child (widget_class, WherryEditRow, status_label);
  gtk_widget_class_bind_template_child (widget_class, WherryEditRow, decide_button);
  gtk_widget_class_bind_template_child (widget_class, WherryEditRow, retry_button);
  gtk_widget_class_bind_template_child (widget_class, WherryEditRow, open_button);
  gtk_widget_class_bind_template_child (widget_class, WherryEditRow, end_button);
  gtk_widget_class_bind_template_callback (widget_class, on_decide_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_retry_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_open_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_end_clicked);
}

static void
wherry_edit_row_init (WherryEditRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * wherry_edit_row_new:
 * @edit: an edit that has just begun
 *
 * Returns: (transfer floating): a row that shows it, opens it in an editor once
 *   it is here, and asks what is to be asked
 */
GtkWidget *
wherry_edit_row_new (WherryRemoteEdit *edit)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE_EDIT (edit), NULL);

  WherryEditRow *self = g_object_new (WHERRY_TYPE_EDIT_ROW, NULL);

  self->edit = g_object_ref (edit);
  g_signal_connect_object (edit, "notify::state", G_CALLBACK (on_state), self, G_CONNECT_SWAPPED);
  update (self);
  return GTK_WIDGET (self);
}
