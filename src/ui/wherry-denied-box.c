#include "config.h"

#include "ui/wherry-denied-box.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-text.h"
#include "ui/wherry-toast.h"

struct _WherryDeniedBox {
  AdwBin parent_instance;

  /* Template widgets */
  GtkLabel *account_label;
  GtkLabel *path_label;
  GtkLabel *owner_label;
  GtkLabel *mode_label;
  GtkWidget *owner_row;
  GtkWidget *mode_row;
  GtkWidget *remedy_box;
  GtkLabel *remedy_title;
  GtkLabel *remedy_label;

  /* Owned */
  char *remedy; /* (nullable): as bytes */
};

G_DEFINE_FINAL_TYPE (WherryDeniedBox, wherry_denied_box, ADW_TYPE_BIN)

static void
on_copy (WherryDeniedBox *self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), self->remedy);
  wherry_toast_show (GTK_WIDGET (self), _ ("Command copied"));
}

static void
wherry_denied_box_finalize (GObject *object)
{
  g_free (WHERRY_DENIED_BOX (object)->remedy);

  G_OBJECT_CLASS (wherry_denied_box_parent_class)->finalize (object);
}

static void
wherry_denied_box_class_init (WherryDeniedBoxClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = wherry_denied_box_finalize;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/app/wherry/Wherry/ui/wherry-denied-box.ui");
  gtk_widget_class_bind_template_child (widget_class, WherryDeniedBox, account_label);
  gtk_widget_class_bind_template_child (widget_class, WherryDeniedBox, path_label);
  gtk_widget_class_bind_template_child (widget_class, WherryDeniedBox, owner_label);
  gtk_widget_class_bind_template_child (widget_class, WherryDeniedBox, mode_label);
  gtk_widget_class_bind_template_child (widget_class, WherryDeniedBox, owner_row);
  gtk_widget_class_bind_template_child (widget_class, WherryDeniedBox, mode_row);
  gtk_widget_class_bind_template_child (widget_class, WherryDeniedBox, remedy_box);
  gtk_widget_class_bind_template_child (widget_class, WherryDeniedBox, remedy_title);
  gtk_widget_class_bind_template_child (widget_class, WherryDeniedBox, remedy_label);
  gtk_widget_class_bind_template_callback (widget_class, on_copy);
}

static void
wherry_denied_box_init (WherryDeniedBox *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * wherry_denied_box_new:
 *
 * Returns: (transfer floating): a box without facts
 */
GtkWidget *
wherry_denied_box_new (void)
{
  return g_object_new (WHERRY_TYPE_DENIED_BOX, NULL);
}

static char *
dup_owner (WherryRemoteEntry *entry)
{
  const char *owner = wherry_remote_entry_get_owner (entry);
  const char *group = wherry_remote_entry_get_group (entry);
  g_autofree char *shown_owner = NULL;
  g_autofree char *shown_group = NULL;
  guint32 uid;
  guint32 gid;

  if (owner == NULL && !wherry_remote_entry_get_ids (entry, &uid, &gid))
    return NULL;
  shown_owner = owner != NULL ? wherry_text_display_name (owner) : g_strdup_printf ("%u", uid);
  if (group != NULL)
    shown_group = wherry_text_display_name (group);
  else if (wherry_remote_entry_get_ids (entry, NULL, &gid))
    shown_group = g_strdup_printf ("%u", gid);
  if (shown_group == NULL)
    return g_steal_pointer (&shown_owner);
  /* Translators: who owns a file, and which group it belongs to. */
  return g_strdup_printf (_ ("%s, group %s"), shown_owner, shown_group);
}

static char *
dup_mode (WherryRemoteEntry *entry)
{
  guint32 mode;
  g_autofree char *symbolic = NULL;
  g_autofree char *octal = NULL;

  if (!wherry_remote_entry_get_mode (entry, &mode))
    return NULL;
  symbolic = wherry_mode_to_symbolic (mode);
  octal = wherry_mode_to_octal (mode);
  return g_strdup_printf ("%s (%s)", symbolic, octal);
}

static void
set_row (GtkWidget *row, GtkLabel *label, const char *text)
{
  gtk_label_set_text (label, text != NULL ? text : "");
  gtk_widget_set_visible (row, text != NULL);
}

/**
 * wherry_denied_box_set_denied:
 * @self: the box
 * @denied: the facts
 */
void
wherry_denied_box_set_denied (WherryDeniedBox *self, const WherryRemoteDenied *denied)
{
  g_return_if_fail (WHERRY_IS_DENIED_BOX (self));
  g_return_if_fail (denied != NULL);

  g_autofree char *account = wherry_text_display_name (denied->account);
  g_autofree char *path
      = wherry_text_display_name (denied->culprit != NULL ? denied->culprit : denied->path);
  g_autofree char *owner = denied->entry != NULL ? dup_owner (denied->entry) : NULL;
  g_autofree char *mode = denied->entry != NULL ? dup_mode (denied->entry) : NULL;
  /* A clipboard holds text only: a command for a name that is none can't be copied. */
  g_autofree char *remedy = denied->remedy != NULL && g_utf8_validate (denied->remedy, -1, NULL)
                                ? wherry_text_display_name (denied->remedy)
                                : NULL;

  gtk_label_set_text (self->account_label, account);
  gtk_label_set_text (self->path_label, path);
  set_row (self->owner_row, self->owner_label, owner);
  set_row (self->mode_row, self->mode_label, mode);

  g_free (self->remedy);
  self->remedy = g_strdup (denied->remedy);
  gtk_widget_set_visible (self->remedy_box, remedy != NULL);
  gtk_label_set_text (self->remedy_label, remedy != NULL ? remedy : "");
  gtk_label_set_text (self->remedy_title,
                      denied->owned ? _ ("This command on the server would mend it:")
                                    : _ ("An administrator could mend it on the server with:"));
}

/**
 * wherry_denied_box_dup_reason:
 * @denied: the facts
 *
 * Returns: (transfer full): in a sentence, what is in the way
 */
char *
wherry_denied_box_dup_reason (const WherryRemoteDenied *denied)
{
  g_return_val_if_fail (denied != NULL, NULL);

  g_autofree char *account = wherry_text_display_name (denied->account);
  g_autofree char *path
      = wherry_text_display_name (denied->culprit != NULL ? denied->culprit : denied->path);
  g_autofree char *owner
      = denied->entry != NULL && wherry_remote_entry_get_owner (denied->entry)
            ? wherry_text_display_name (wherry_remote_entry_get_owner (denied->entry))
            : NULL;
  g_autofree char *whose = NULL;

  if (denied->reason == WHERRY_REMOTE_DENIED_MISSING)
    return g_strdup_printf (_ ("There is no “%s” on the server."), path);

  /* Translators: goes before a sentence on what is not allowed there. */
  if (denied->owned)
    whose = g_strdup_printf (_ ("“%s” belongs to you"), path);
  else if (owner != NULL)
    whose = g_strdup_printf (_ ("“%s” belongs to “%s”"), path, owner);
  else
    whose = g_strdup_printf (_ ("“%s” belongs to somebody else"), path);

  switch (denied->reason)
    {
    case WHERRY_REMOTE_DENIED_SEARCH:
      /* Translators: the first is as "“/srv” belongs to “www”", the second an account. */
      return g_strdup_printf (_ ("%s, and its permissions don’t let “%s” go into it."), whose,
                              account);
    case WHERRY_REMOTE_DENIED_READ:
      return g_strdup_printf (_ ("%s, and its permissions don’t let “%s” read it."), whose,
                              account);
    case WHERRY_REMOTE_DENIED_WRITE:
      return g_strdup_printf (_ ("%s, and its permissions don’t let “%s” change it."), whose,
                              account);
    case WHERRY_REMOTE_DENIED_UNKNOWN:
    case WHERRY_REMOTE_DENIED_MISSING:
    default:
      return g_strdup_printf (_ ("The permissions of “%s” would allow it to “%s”. Something else "
                                 "on the server forbids it: a read-only file system, or rules of "
                                 "its own."),
                              path, account);
    }
}
