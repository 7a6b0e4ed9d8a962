#include "config.h"

#include "ui/wherry-conflict-dialog.h"

#include <glib/gi18n-lib.h>

#include "ui/wherry-format.h"

struct _WherryConflictDialog {
  AdwMessageDialog parent_instance;

  /* Template widgets */
  GtkImage *target_image;
  GtkLabel *target_size_label;
  GtkLabel *target_time_label;
  GtkImage *source_image;
  GtkLabel *source_size_label;
  GtkLabel *source_time_label;
  GtkCheckButton *all_check;
  GtkDropDown *which_drop_down;
};

G_DEFINE_FINAL_TYPE (WherryConflictDialog, wherry_conflict_dialog, ADW_TYPE_MESSAGE_DIALOG)

/* In the order of the drop-down. */
static const WherryConflictPolicy WHICH[] = {
  WHERRY_CONFLICT_OVERWRITE,
  WHERRY_CONFLICT_OVERWRITE_OLDER,
  WHERRY_CONFLICT_OVERWRITE_OTHER_SIZE,
};

static void
wherry_conflict_dialog_class_init (WherryConflictDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/app/wherry/Wherry/ui/wherry-conflict-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, WherryConflictDialog, target_image);
  gtk_widget_class_bind_template_child (widget_class, WherryConflictDialog, target_size_label);
  gtk_widget_class_bind_template_child (widget_class, WherryConflictDialog, target_time_label);
  gtk_widget_class_bind_template_child (widget_class, WherryConflictDialog, source_image);
  gtk_widget_class_bind_template_child (widget_class, WherryConflictDialog, source_size_label);
  gtk_widget_class_bind_template_child (widget_class, WherryConflictDialog, source_time_label);
  gtk_widget_class_bind_template_child (widget_class, WherryConflictDialog, all_check);
  gtk_widget_class_bind_template_child (widget_class, WherryConflictDialog, which_drop_down);
}

static void
wherry_conflict_dialog_init (WherryConflictDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/* What is larger or newer stands out: that is what one looks for. */
static void
show_facts (const WherryFileFacts *facts,
            const WherryFileFacts *other,
            GtkLabel *size_label,
            GtkLabel *time_label)
{
  g_autofree char *size
      = facts->size >= 0 ? g_format_size ((guint64) facts->size) : g_strdup (_ ("Size unknown"));
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *time
      = facts->mtime != 0 ? wherry_format_time (facts->mtime, now) : g_strdup (_ ("Time unknown"));

  gtk_label_set_text (size_label, size);
  gtk_label_set_text (time_label, time);
  if (facts->size > other->size && other->size >= 0)
    gtk_widget_add_css_class (GTK_WIDGET (size_label), "heading");
  if (facts->mtime > other->mtime && other->mtime != 0)
    {
      g_autofree char *newer = g_strdup_printf (
          /* Translators: a point in time. */
          _ ("%s (newer)"), time);
      gtk_label_set_text (time_label, newer);
      gtk_widget_add_css_class (GTK_WIDGET (time_label), "heading");
    }
}

static void
show_icon (const char *name, GtkImage *image)
{
  g_autofree char *type = g_content_type_guess (name, NULL, 0, NULL);
  g_autoptr (GIcon) icon = g_content_type_get_icon (type);

  gtk_image_set_from_gicon (image, icon);
}

/**
 * wherry_conflict_dialog_new:
 * @conflict: the question
 *
 * Returns: (transfer floating): the dialog; not presented
 */
GtkWidget *
wherry_conflict_dialog_new (const WherryConflict *conflict)
{
  WherryConflictDialog *self = g_object_new (WHERRY_TYPE_CONFLICT_DIALOG, NULL);

  adw_message_dialog_format_body (ADW_MESSAGE_DIALOG (self),
                                  /* Translators: a file's whole path. */
                                  _ ("“%s” is there already."), conflict->target_path);
  show_icon (conflict->name, self->target_image);
  show_icon (conflict->name, self->source_image);
  show_facts (&conflict->target, &conflict->source, self->target_size_label,
              self->target_time_label);
  show_facts (&conflict->source, &conflict->target, self->source_size_label,
              self->source_time_label);
  return GTK_WIDGET (self);
}

/**
 * wherry_conflict_dialog_answer:
 * @self: the dialog
 * @response: the response it was closed with
 * @answer: (out caller-allocates): what that means
 *
 * Returns: %FALSE if the person did not decide
 */
gboolean
wherry_conflict_dialog_answer (WherryConflictDialog *self,
                               const char *response,
                               WherryConflictAnswer *answer)
{
  guint which = gtk_drop_down_get_selected (self->which_drop_down);

  answer->for_all = gtk_check_button_get_active (self->all_check);
  if (g_strcmp0 (response, "skip") == 0)
    answer->policy = WHERRY_CONFLICT_SKIP;
  else if (g_strcmp0 (response, "rename") == 0)
    answer->policy = WHERRY_CONFLICT_RENAME;
  else if (g_strcmp0 (response, "overwrite") == 0)
    answer->policy = answer->for_all && which < G_N_ELEMENTS (WHICH) ? WHICH[which]
                                                                     : WHERRY_CONFLICT_OVERWRITE;
  else
    return FALSE;
  return TRUE;
}
