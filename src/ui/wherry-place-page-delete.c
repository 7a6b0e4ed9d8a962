/*
 * Deleting: confirmed once, put off so that it can be undone, and never forgotten.
 */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-text.h"
#include "remote/wherry-remote-private.h"
#include "ui/wherry-place-page-private.h"

#include "ui/wherry-toast.h"

/* How long it can be undone, in seconds. */
#define UNDO_TIME 8

/* Files that are about to be deleted, or are being. */
struct _WherryRemoval {
  WherryPlacePage *page;
  WherryRemote *remote;
  char *folder;
  GPtrArray *names;
  AdwToast *toast; /* (nullable): while it can be undone */
  guint next;      /* index of the one that is next */
  guint n_failed;
  GError *error; /* (nullable): of the first that failed */
  char *failed;  /* (nullable): its path */
};

static void remove_next (WherryRemoval *removal);

static void
removal_free (gpointer data)
{
  WherryRemoval *removal = data;

  if (removal->toast != NULL)
    g_signal_handlers_disconnect_by_data (removal->toast, removal);
  g_object_unref (removal->remote);
  g_clear_object (&removal->toast);
  g_free (removal->folder);
  g_ptr_array_unref (removal->names);
  g_clear_error (&removal->error);
  g_free (removal->failed);
  g_free (removal);
}

/**
 * wherry_place_page_conceal_removals:
 * @self: the page
 *
 * Takes out of sight what is about to be deleted from the folder that is shown.
 */
void
wherry_place_page_conceal_removals (WherryPlacePage *self)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < self->removals->len; i++)
    {
      WherryRemoval *removal = self->removals->pdata[i];

      for (guint j = 0; g_str_equal (removal->folder, self->folder) && j < removal->names->len; j++)
        g_hash_table_add (names, removal->names->pdata[j]);
    }
  wherry_folder_model_conceal (wherry_file_view_get_model (self->view),
                               g_hash_table_size (names) > 0 ? names : NULL);
}

static void
finish (WherryRemoval *removal)
{
  WherryPlacePage *self = removal->page;
  g_autoptr (GError) error = g_steal_pointer (&removal->error);
  g_autofree char *failed = g_steal_pointer (&removal->failed);
  guint n_failed = removal->n_failed;

  g_object_ref (self);
  wherry_folder_model_conceal (wherry_file_view_get_model (self->view), NULL);
  g_ptr_array_remove (self->removals, removal);
  wherry_place_page_conceal_removals (self);

  if (error != NULL && gtk_widget_get_root (GTK_WIDGET (self)) != NULL)
    {
      g_autofree char *heading
          = g_strdup_printf (ngettext ("%u Item Could Not Be Deleted",
                                       "%u Items Could Not Be Deleted", n_failed),
                             n_failed);
      wherry_place_page_show_error (self, heading, error, failed, WHERRY_REMOTE_ACCESS_CREATE);
    }
  wherry_place_page_emit_changed (self);
  g_object_unref (self);
}

static void
on_removed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  WherryRemoval *removal = user_data;
  g_autoptr (WherryPlacePage) self = g_object_ref (removal->page);
  const char *name = removal->names->pdata[removal->next];
  g_autoptr (GError) error = NULL;
  gboolean done = wherry_remote_change_finish (WHERRY_REMOTE (source), result, &error)
                  || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);

  if (done && g_str_equal (removal->folder, self->folder))
    wherry_folder_model_remove (wherry_file_view_get_model (self->view), name);
  if (!done)
    {
      removal->n_failed++;
      if (removal->error == NULL)
        {
          removal->error = g_steal_pointer (&error);
          removal->failed = wherry_remote_join (removal->folder, name);
        }
    }
  removal->next++;
  remove_next (removal);
  /* The page was kept for the removal; see begin(). */
  g_object_unref (self);
}

static void
remove_next (WherryRemoval *removal)
{
  g_autofree char *path = NULL;

  if (removal->next >= removal->names->len)
    {
      finish (removal);
      return;
    }
  path = wherry_remote_join (removal->folder, removal->names->pdata[removal->next]);
  g_object_ref (removal->page);
  wherry_remote_remove_async (removal->remote, path, NULL, on_removed, removal);
}

static void
begin (WherryRemoval *removal)
{
  g_clear_object (&removal->toast);
  remove_next (removal);
}

/* Out of the toast's hand, whatever becomes of it. */
static void
release_toast (WherryRemoval *removal)
{
  g_signal_handlers_disconnect_by_data (removal->toast, removal);
}

static void
on_undo (WherryRemoval *removal)
{
  WherryPlacePage *self = removal->page;

  release_toast (removal);
  g_ptr_array_remove (self->removals, removal);
  wherry_place_page_conceal_removals (self);
}

static void
on_dismissed (WherryRemoval *removal)
{
  release_toast (removal);
  begin (removal);
}

static char *
format_names (GPtrArray *names)
{
  g_autofree char *shown = wherry_text_display_name (names->pdata[0]);

  if (names->len == 1)
    return g_strdup_printf (_ ("“%s” deleted"), shown);
  return g_strdup_printf (ngettext ("%u item deleted", "%u items deleted", names->len), names->len);
}

static void
put_off (WherryPlacePage *self, const char *folder, GPtrArray *names)
{
  GtkWidget *overlay = gtk_widget_get_ancestor (GTK_WIDGET (self), ADW_TYPE_TOAST_OVERLAY);
  WherryRemoval *removal = g_new0 (WherryRemoval, 1);
  g_autofree char *text = format_names (names);

  removal->page = self;
  removal->remote = g_object_ref (self->remote);
  removal->folder = g_strdup (folder);
  removal->names = g_ptr_array_ref (names);
  g_ptr_array_add (self->removals, removal);
  wherry_place_page_conceal_removals (self);
  gtk_widget_grab_focus (GTK_WIDGET (self));

  removal->toast = g_object_ref (wherry_toast_new (text));
  adw_toast_set_button_label (removal->toast, _ ("_Undo"));
  adw_toast_set_timeout (removal->toast, UNDO_TIME);
  adw_toast_set_priority (removal->toast, ADW_TOAST_PRIORITY_HIGH);
  g_signal_connect_swapped (removal->toast, "button-clicked", G_CALLBACK (on_undo), removal);
  g_signal_connect_swapped (removal->toast, "dismissed", G_CALLBACK (on_dismissed), removal);
  adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (overlay), g_object_ref (removal->toast));
}

/**
 * wherry_place_page_flush_removals:
 * @self: the page
 *
 * Begins at once with what was put off, as it can't be undone any more.
 *
 * Returns: whether something is still being deleted
 */
gboolean
wherry_place_page_flush_removals (WherryPlacePage *self)
{
  g_return_val_if_fail (WHERRY_IS_PLACE_PAGE (self), FALSE);

  for (guint i = 0; i < self->removals->len; i++)
    {
      WherryRemoval *removal = self->removals->pdata[i];

      if (removal->toast != NULL)
        {
          AdwToast *toast = removal->toast;

          release_toast (removal);
          adw_toast_dismiss (toast);
          begin (removal);
        }
    }
  return self->removals->len > 0;
}

/* What is to be deleted, if it is said so. */
typedef struct {
  WherryPlacePage *page;
  char *folder;
  GPtrArray *names;
} Ask;

static void
ask_free (gpointer data, GClosure *closure)
{
  Ask *ask = data;

  g_object_unref (ask->page);
  g_free (ask->folder);
  g_ptr_array_unref (ask->names);
  g_free (ask);
}

static void
on_delete_response (AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
  Ask *ask = user_data;

  if (g_str_equal (response, "delete") && ask->page->remote != NULL
      && gtk_widget_get_root (GTK_WIDGET (ask->page)) != NULL)
    put_off (ask->page, ask->folder, ask->names);
}

static void
delete_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  WherryPlacePage *self = user_data;
  g_autoptr (GPtrArray) selected = wherry_place_page_dup_selected (self);
  g_autofree char *shown = NULL;
  g_autofree char *heading = NULL;
  GtkWidget *dialog;
  gboolean any_folder = FALSE;
  Ask *ask;

  if (selected->len == 0)
    return;
  ask = g_new0 (Ask, 1);
  ask->page = g_object_ref (self);
  ask->folder = g_strdup (self->folder);
  ask->names = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < selected->len; i++)
    {
      g_ptr_array_add (ask->names, g_strdup (wherry_remote_entry_get_name (selected->pdata[i])));
      any_folder
          = any_folder
            || wherry_remote_entry_get_file_type (selected->pdata[i]) == G_FILE_TYPE_DIRECTORY;
    }

  shown = wherry_text_display_name (ask->names->pdata[0]);
  heading
      = ask->names->len == 1
            ? g_strdup_printf (_ ("Delete “%s”?"), shown)
            : g_strdup_printf (ngettext ("Delete %u Item?", "Delete %u Items?", ask->names->len),
                               ask->names->len);
  dialog = adw_message_dialog_new (
      GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), heading,
      any_folder
          ? _ ("Folders go with all that is in them. This can be undone for a few seconds; "
               "then it is deleted from the server for good.")
          : _ ("This can be undone for a few seconds; then it is deleted from the server for "
               "good."));
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "delete",
                                    _ ("_Delete"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "delete",
                                              ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect_data (dialog, "response", G_CALLBACK (on_delete_response), ask, ask_free, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

/**
 * wherry_place_page_init_deleting:
 * @self: the page, being made
 *
 * Sets up what deleting needs.
 */
void
wherry_place_page_init_deleting (WherryPlacePage *self)
{
  static const GActionEntry entries[] = { { "delete", delete_activated } };

  self->removals = g_ptr_array_new_with_free_func (removal_free);
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries),
                                   self);
}
