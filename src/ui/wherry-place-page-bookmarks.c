/*
 * The place page's bookmarks: folders that the server's site remembers.
 */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-text.h"
#include "ui/wherry-place-page-private.h"
#include "ui/wherry-site-editor.h"
#include "ui/wherry-window.h"

/* Longer paths lose their middle in the menu, in characters. */
#define LABEL_MAX 56

/* What the place is kept as; it may be deleted, or added, while the place is open. */
static WherrySite *
get_kept_site (WherryPlacePage *self)
{
  if (self->site == NULL
      || wherry_site_store_find (self->sites, wherry_site_get_id (self->site)) == NULL)
    return NULL;
  return self->site;
}

static char *
dup_label (const char *path)
{
  g_autofree char *shown = wherry_text_display_name (path);
  glong length = g_utf8_strlen (shown, -1);
  g_autoptr (GString) label = g_string_new (NULL);

  if (length > LABEL_MAX)
    {
      g_autofree char *head = g_utf8_substring (shown, 0, LABEL_MAX / 4);
      g_autofree char *tail = g_utf8_substring (shown, length - LABEL_MAX * 3 / 4 + 1, length);

      g_string_printf (label, "%s…%s", head, tail);
    }
  else
    g_string_assign (label, shown);
  /* A menu takes "_" for the letter to press. */
  g_string_replace (label, "_", "__", 0);
  return g_string_free (g_steal_pointer (&label), FALSE);
}

static void
update_menu (WherryPlacePage *self)
{
  WherrySite *site = get_kept_site (self);
  GMenu *menu = wherry_place_toolbar_get_bookmarks (self->toolbar);
  const char *const *paths
      = site != NULL ? wherry_site_get_list (site, WHERRY_SITE_BOOKMARKS) : NULL;

  g_menu_remove_all (menu);
  for (; paths != NULL && *paths != NULL; paths++)
    {
      g_autofree char *label = dup_label (*paths);
      g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);

      g_menu_item_set_action_and_target (item, "place.open-bookmark", "s", *paths);
      g_menu_append_item (menu, item);
    }
  wherry_place_page_update_bookmark (self);
}

/* Where in the list a bookmark of the shown folder is, however it is written; -1 if nowhere. */
static int
find_shown (WherryPlacePage *self, const char *const *paths)
{
  for (int i = 0; paths[i] != NULL; i++)
    {
      g_autofree char *path = wherry_place_page_dup_absolute (self, paths[i]);

      if (g_str_equal (path, self->folder))
        return i;
    }
  return -1;
}

static gboolean
is_bookmarked (WherryPlacePage *self)
{
  WherrySite *site = get_kept_site (self);

  return site != NULL && find_shown (self, wherry_site_get_list (site, WHERRY_SITE_BOOKMARKS)) >= 0;
}

/**
 * wherry_place_page_update_bookmark:
 * @self: the page
 *
 * Shows whether there is a bookmark of the folder.
 */
void
wherry_place_page_update_bookmark (WherryPlacePage *self)
{
  wherry_place_page_set_enabled (self, "bookmark", *self->folder == '/' && self->home != NULL);
  wherry_place_page_set_enabled (self, "open-bookmark", self->remote != NULL);
  if (self->toolbar != NULL)
    wherry_place_toolbar_set_bookmarked (self->toolbar, is_bookmarked (self));
}

/* The site with a bookmark of the folder more, or less, if it can be kept like that. */
static gboolean
toggle (WherryPlacePage *self, WherrySite *site, GError **error)
{
  const char *const *before = wherry_site_get_list (site, WHERRY_SITE_BOOKMARKS);
  int shown = find_shown (self, before);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (WherrySite) changed = wherry_site_duplicate (site);
  g_auto (GStrv) after = NULL;

  for (int i = 0; before[i] != NULL; i++)
    if (i != shown)
      g_strv_builder_add (builder, before[i]);
  if (shown < 0)
    g_strv_builder_add (builder, self->folder);
  after = g_strv_builder_end (builder);

  wherry_site_set_list (changed, WHERRY_SITE_BOOKMARKS, (const char *const *) after);
  if (shown < 0 && !wherry_site_check (changed, error))
    return FALSE;
  wherry_site_set_list (site, WHERRY_SITE_BOOKMARKS, (const char *const *) after);
  return TRUE;
}

static void
on_keep (WherryPlacePage *self, const char *response)
{
  GtkRoot *window = gtk_widget_get_root (GTK_WIDGET (self));
  g_autoptr (WherrySite) site = NULL;
  g_autoptr (GError) error = NULL;

  if (!g_str_equal (response, "keep") || window == NULL)
    return;
  site = wherry_site_new_from_login (wherry_place_page_get_login (self));
  if (!toggle (self, site, &error))
    {
      wherry_place_page_show_toast (self, error->message);
      return;
    }
  /* It is the place's once it is saved. */
  wherry_place_page_set_site (self, site);
  wherry_window_present_over (WHERRY_WINDOW (window),
                              GTK_WINDOW (wherry_site_editor_new (self->sites, site)));
}

static void
offer_keeping (WherryPlacePage *self)
{
  GtkWindow *window = GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));
  g_autofree char *host = wherry_text_display_name (wherry_place_page_get_login (self)->host);
  GtkWidget *dialog = adw_message_dialog_new (window, _ ("Keep This Server as a Site?"), NULL);

  adw_message_dialog_format_body (
      ADW_MESSAGE_DIALOG (dialog),
      /* Translators: the name of a server */
      _ ("Bookmarks are kept with sites, and “%s” is not one yet. Keep it, and this folder "
         "becomes its first bookmark."),
      host);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "keep",
                                    _ ("_Keep as Site…"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "keep",
                                              ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "keep");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_keep), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
bookmark_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  WherryPlacePage *self = user_data;
  WherrySite *site = get_kept_site (self);
  g_autoptr (GError) error = NULL;

  if (!g_utf8_validate (self->folder, -1, NULL))
    wherry_place_page_show_toast (self, _ ("This folder’s name is no text: it can’t be kept"));
  else if (site == NULL)
    offer_keeping (self);
  else if (!toggle (self, site, &error))
    wherry_place_page_show_toast (self, error->message);
  else
    wherry_place_page_show_toast (self, is_bookmarked (self) ? _ ("Bookmark added")
                                                             : _ ("Bookmark removed"));
}

static void
open_bookmark_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  WherryPlacePage *self = user_data;
  g_autofree char *path
      = wherry_place_page_dup_absolute (self, g_variant_get_string (parameter, NULL));

  wherry_place_page_go_to (self, path, NULL);
  gtk_widget_grab_focus (GTK_WIDGET (self));
}

/**
 * wherry_place_page_set_site:
 * @self: the page
 * @site: (nullable): what the place is known as; %NULL: whatever leads there
 */
void
wherry_place_page_set_site (WherryPlacePage *self, WherrySite *site)
{
  if (site == NULL || wherry_site_store_find (self->sites, wherry_site_get_id (site)) == NULL)
    {
      WherrySite *found
          = wherry_site_store_find_login (self->sites, wherry_place_page_get_login (self));
      site = found != NULL ? found : site;
    }
  if (self->site != NULL)
    g_signal_handlers_disconnect_by_data (self->site, self);
  g_set_object (&self->site, site);
  if (site != NULL)
    g_signal_connect_object (site, "notify::bookmarks", G_CALLBACK (update_menu), self,
                             G_CONNECT_SWAPPED);
  update_menu (self);
}

static void
on_sites_changed (WherryPlacePage *self)
{
  if (wherry_place_page_get_login (self) != NULL)
    wherry_place_page_set_site (self, self->site);
}

/**
 * wherry_place_page_set_sites:
 * @self: the page, being made
 * @sites: where the bookmarks are kept
 */
void
wherry_place_page_set_sites (WherryPlacePage *self, WherrySiteStore *sites)
{
  self->sites = g_object_ref (sites);
  g_signal_connect_object (sites, "items-changed", G_CALLBACK (on_sites_changed), self,
                           G_CONNECT_SWAPPED);
}

/**
 * wherry_place_page_init_bookmarks:
 * @self: the page, being made
 *
 * Sets up what bookmarks need.
 */
void
wherry_place_page_init_bookmarks (WherryPlacePage *self)
{
  static const GActionEntry entries[] = {
    { "bookmark", bookmark_activated },
    { "open-bookmark", open_bookmark_activated, "s" },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries),
                                   self);
}
