/*
 * What the place page shows: the list, or what there is to say in its place.
 */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-text.h"
#include "ui/wherry-place-page-private.h"

/* A folder that comes sooner is shown without saying that it is being loaded, in milliseconds. */
#define LOADING_DELAY 250

/**
 * wherry_place_page_show_content:
 * @self: the page
 * @page: one of its content pages
 *
 * Shows the list, or what stands in its place. The other pages are hidden too:
 * assistive technology would read them out all the same.
 */
void
wherry_place_page_show_content (WherryPlacePage *self, gpointer page)
{
  gpointer pages[]
      = { self->view, self->loading_box, self->search_page, self->empty_page, self->problem_page };
  GtkWidget *focus = gtk_widget_get_focus_child (GTK_WIDGET (self->content));

  gtk_widget_set_visible (page, TRUE);
  gtk_stack_set_visible_child (self->content, page);
  for (gsize i = 0; i < G_N_ELEMENTS (pages); i++)
    if (pages[i] != page)
      gtk_widget_set_visible (pages[i], FALSE);
  if (page != (gpointer) self->search_page)
    wherry_search_page_stop (self->search_page);
  gtk_spinner_set_spinning (self->loading_spinner, page == (gpointer) self->loading_box);
  if ((focus != NULL && focus != page) || wherry_place_page_awaits_focus (self))
    self->focus_pending = !gtk_widget_child_focus (page, GTK_DIR_TAB_FORWARD);
}

/**
 * wherry_place_page_awaits_focus:
 * @self: the page
 *
 * While a folder is loaded there is nothing for the focus, and GTK moves it out of
 * the page.
 *
 * Returns: whether it is to come back, as nobody types elsewhere
 */
gboolean
wherry_place_page_awaits_focus (WherryPlacePage *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  return self->focus_pending && (root == NULL || !GTK_IS_EDITABLE (gtk_root_get_focus (root)));
}

/**
 * wherry_place_page_set_status:
 * @self: the page
 * @text: what to say below the files; "" for nothing
 */
void
wherry_place_page_set_status (WherryPlacePage *self, const char *text)
{
  gtk_label_set_text (self->status_label, text);
  gtk_widget_set_visible (GTK_WIDGET (self->status_label), *text != '\0');
}

static void
update_status (WherryPlacePage *self)
{
  guint n_items = g_list_model_get_n_items (G_LIST_MODEL (wherry_file_view_get_model (self->view)));
  guint n_selected = wherry_file_view_get_n_selected (self->view);
  g_autofree char *text = NULL;

  if (n_selected > 0)
    {
      g_autoptr (GPtrArray) selected = wherry_file_view_dup_selected (self->view);
      g_autofree char *size = NULL;
      guint64 bytes = 0;

      for (guint i = 0; i < selected->len; i++)
        if (!wherry_remote_entry_is_folder (selected->pdata[i]))
          bytes += (guint64) MAX (wherry_remote_entry_get_size (selected->pdata[i]), 0);
      size = g_format_size (bytes);
      if (bytes > 0)
        /* Translators: the second is the size of the files among them. */
        text = g_strdup_printf (ngettext ("%u selected (%s)", "%u selected (%s)", n_selected),
                                n_selected, size);
      else
        text = g_strdup_printf (ngettext ("%u selected", "%u selected", n_selected), n_selected);
    }
  else
    text = g_strdup_printf (ngettext ("%u item", "%u items", n_items), n_items);
  wherry_place_page_set_status (self, text);
}

static gboolean
is_filtered (WherryPlacePage *self)
{
  return *gtk_editable_get_text (GTK_EDITABLE (self->filter_entry)) != '\0';
}

static void
show_empty (WherryPlacePage *self)
{
  gboolean filtered = is_filtered (self);
  gboolean hidden
      = !filtered && wherry_folder_model_get_n_total (wherry_file_view_get_model (self->view)) > 0;

  adw_status_page_set_icon_name (self->empty_page,
                                 filtered ? "edit-find-symbolic" : "folder-symbolic");
  adw_status_page_set_title (self->empty_page, filtered ? _ ("No Name Like That")
                                               : hidden ? _ ("Only Hidden Files Here")
                                                        : _ ("This Folder Is Empty"));
  adw_status_page_set_description (self->empty_page,
                                   filtered || hidden ? NULL : _ ("Drop files or folders here"));
  gtk_widget_set_visible (self->clear_filter_button, filtered);
  gtk_widget_set_visible (self->search_button, filtered);
  gtk_widget_set_visible (self->show_hidden_button, hidden);
  wherry_place_page_show_content (self, self->empty_page);
}

/**
 * wherry_place_page_update_content:
 * @self: the page
 *
 * Shows the list, or what there is to say in its place, after it changed.
 */
void
wherry_place_page_update_content (WherryPlacePage *self)
{
  GtkWidget *visible = gtk_stack_get_visible_child (self->content);
  gboolean any
      = g_list_model_get_n_items (G_LIST_MODEL (wherry_file_view_get_model (self->view))) > 0;

  /* What was found says itself how much it is. */
  if (visible == GTK_WIDGET (self->search_page))
    return;
  update_status (self);
  wherry_place_page_update_actions (self);
  if (self->listing_other || visible == GTK_WIDGET (self->problem_page))
    return;
  if (!any)
    show_empty (self);
  else if (visible != GTK_WIDGET (self->view))
    wherry_place_page_show_content (self, self->view);
}

/**
 * wherry_place_page_stop_loading:
 * @self: the page
 *
 * Ends what wherry_place_page_begin_loading() began.
 */
void
wherry_place_page_stop_loading (WherryPlacePage *self)
{
  g_clear_handle_id (&self->loading_id, g_source_remove);
}

/**
 * wherry_place_page_show_problem:
 * @self: the page
 * @title: what is wrong
 * @description: why
 *
 * Shows a problem in place of the list.
 */
void
wherry_place_page_show_problem (WherryPlacePage *self, const char *title, const char *description)
{
  g_autofree char *markup = g_markup_escape_text (description, -1);

  wherry_place_page_stop_loading (self);
  adw_status_page_set_icon_name (self->problem_page, "dialog-warning-symbolic");
  adw_status_page_set_title (self->problem_page, title);
  adw_status_page_set_description (self->problem_page, markup);
  gtk_widget_set_visible (GTK_WIDGET (self->denied_box), FALSE);
  gtk_widget_set_visible (self->up_button,
                          self->remote != NULL && !g_str_equal (self->folder, "/"));
  wherry_place_page_set_status (self, "");
  wherry_place_page_show_content (self, self->problem_page);
  wherry_place_page_update_actions (self);
}

static gboolean
on_loading_long (gpointer user_data)
{
  WherryPlacePage *self = user_data;
  g_autofree char *shown = wherry_text_display_name (self->folder);
  g_autofree char *text
      = *shown != '\0' ? g_strdup_printf (_ ("Loading “%s”…"), shown) : g_strdup (_ ("Loading…"));

  self->loading_id = 0;
  gtk_label_set_text (self->loading_label, text);
  wherry_place_page_set_status (self, "");
  wherry_place_page_show_content (self, self->loading_box);
  return G_SOURCE_REMOVE;
}

static void
on_explained (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherryPlacePage) self = user_data;
  g_autoptr (WherryRemoteDenied) denied
      = wherry_remote_explain_denied_finish (WHERRY_REMOTE (source), result, NULL);
  g_autofree char *reason = NULL;

  /* Gone on meanwhile, or there is no more to say than was said. */
  if (denied == NULL || self->remote != WHERRY_REMOTE (source)
      || g_strcmp0 (denied->path, self->folder) != 0
      || gtk_stack_get_visible_child (self->content) != GTK_WIDGET (self->problem_page))
    return;

  reason = wherry_denied_box_dup_reason (denied);
  wherry_place_page_show_problem (self,
                                  denied->reason == WHERRY_REMOTE_DENIED_MISSING
                                      ? _ ("There Is No Such Folder")
                                      : _ ("Permission Denied"),
                                  reason);
  wherry_denied_box_set_denied (self->denied_box, denied);
  gtk_widget_set_visible (GTK_WIDGET (self->denied_box), TRUE);
}

/**
 * wherry_place_page_show_list_error:
 * @self: the page
 * @error: why the folder can’t be listed
 *
 * Shows it in place of the list, explained if it can be.
 */
void
wherry_place_page_show_list_error (WherryPlacePage *self, const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    wherry_place_page_show_problem (self, _ ("There Is No Such Folder"), error->message);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    {
      wherry_place_page_show_problem (self, _ ("Permission Denied"), error->message);
      wherry_remote_explain_denied_async (self->remote, self->folder, WHERRY_REMOTE_ACCESS_READ,
                                          self->listing, on_explained, g_object_ref (self));
    }
  else
    wherry_place_page_show_problem (self, _ ("This Folder Can’t Be Shown"), error->message);
}

/**
 * wherry_place_page_begin_loading:
 * @self: the page
 *
 * Says that a folder is being loaded, if that takes long.
 */
void
wherry_place_page_begin_loading (WherryPlacePage *self)
{
  if (self->loading_id == 0)
    self->loading_id = g_timeout_add (LOADING_DELAY, on_loading_long, self);
}
