#include "ui/wherry-recents.h"

#include <string.h>

#include "ui/wherry-settings.h"

/* As many as a person recognises at a glance. */
#define RECENTS_MAX 8

struct _WherryRecents {
  GObject parent_instance;

  GSettings *settings; /* (nullable): without, it is for this run only */
  GPtrArray *texts;    /* element-type utf8: addresses, with a NULL at the end */
  GPtrArray *sites;    /* element-type WherrySite: what they say */
};

static void list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (WherryRecents,
                               wherry_recents,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static GType
get_item_type (GListModel *model)
{
  return WHERRY_TYPE_SITE;
}

static guint
get_n_items (GListModel *model)
{
  return WHERRY_RECENTS (model)->sites->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  WherryRecents *self = WHERRY_RECENTS (model);

  return position < self->sites->len ? g_object_ref (self->sites->pdata[position]) : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

/* Takes over @texts, leaving out what can't be read; the settings are anybody's to write (R9). */
static void
set_texts (WherryRecents *self, const char *const *texts)
{
  guint n_old = self->sites->len;

  g_ptr_array_set_size (self->texts, 0);
  g_ptr_array_set_size (self->sites, 0);
  for (; *texts != NULL && self->sites->len < RECENTS_MAX; texts++)
    {
      g_autoptr (WherryLocation) location = wherry_location_parse (*texts, NULL);

      if (location == NULL || !location->is_remote)
        continue;
      g_ptr_array_add (self->texts, g_strdup (*texts));
      g_ptr_array_add (self->sites, wherry_site_new_from_location (location));
    }
  g_list_model_items_changed (G_LIST_MODEL (self), 0, n_old, self->sites->len);
}

static void
on_setting_changed (WherryRecents *self)
{
  g_auto (GStrv) texts = g_settings_get_strv (self->settings, WHERRY_SETTINGS_RECENT_SERVERS);

  set_texts (self, (const char *const *) texts);
}

static void
wherry_recents_finalize (GObject *object)
{
  WherryRecents *self = WHERRY_RECENTS (object);

  g_clear_object (&self->settings);
  g_ptr_array_unref (self->texts);
  g_ptr_array_unref (self->sites);

  G_OBJECT_CLASS (wherry_recents_parent_class)->finalize (object);
}

static void
wherry_recents_class_init (WherryRecentsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wherry_recents_finalize;
}

static void
wherry_recents_init (WherryRecents *self)
{
  self->texts = g_ptr_array_new_with_free_func (g_free);
  self->sites = g_ptr_array_new_with_free_func (g_object_unref);
}

/**
 * wherry_recents_new:
 * @settings: (nullable): where they are kept
 *
 * Returns: (transfer full): the servers connected to last
 */
WherryRecents *
wherry_recents_new (GSettings *settings)
{
  WherryRecents *self = g_object_new (WHERRY_TYPE_RECENTS, NULL);

  if (settings == NULL)
    return self;
  self->settings = g_object_ref (settings);
  g_signal_connect_object (settings, "changed::" WHERRY_SETTINGS_RECENT_SERVERS,
                           G_CALLBACK (on_setting_changed), self, G_CONNECT_SWAPPED);
  on_setting_changed (self);
  return self;
}

static void
save (WherryRecents *self, GStrvBuilder *builder)
{
  g_auto (GStrv) texts = g_strv_builder_end (builder);

  if (self->settings != NULL)
    g_settings_set_strv (self->settings, WHERRY_SETTINGS_RECENT_SERVERS,
                         (const char *const *) texts);
  else
    set_texts (self, (const char *const *) texts);
}

/* An address as wherry_location_parse() reads it. */
static char *
dup_address (const WherryLogin *login, const char *folder)
{
  g_autofree char *user = g_uri_escape_string (login->user, NULL, FALSE);
  g_autofree char *path = g_uri_escape_bytes ((const guint8 *) folder, strlen (folder), "/");
  gboolean brackets = strchr (login->host, ':') != NULL;

  return g_strdup_printf (brackets ? "scp://%s@[%s]:%u/%s" : "scp://%s@%s:%u/%s", user, login->host,
                          login->port, path);
}

/**
 * wherry_recents_add:
 * @self: the servers connected to last
 * @login: the server connected to just now
 * @folder: (type filename): where one began there
 */
void
wherry_recents_add (WherryRecents *self, const WherryLogin *login, const char *folder)
{
  g_return_if_fail (WHERRY_IS_RECENTS (self));

  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree char *text = dup_address (login, folder);

  if (self->texts->len > 0 && g_str_equal (self->texts->pdata[0], text))
    return;
  g_strv_builder_add (builder, text);
  for (guint i = 0; i < self->texts->len && i < RECENTS_MAX - 1; i++)
    if (!g_str_equal (self->texts->pdata[i], text))
      g_strv_builder_add (builder, self->texts->pdata[i]);
  save (self, builder);
}

/**
 * wherry_recents_remove:
 * @self: the servers connected to last
 * @site: one of them, to be forgotten
 */
void
wherry_recents_remove (WherryRecents *self, WherrySite *site)
{
  g_return_if_fail (WHERRY_IS_RECENTS (self));

  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < self->texts->len; i++)
    if (self->sites->pdata[i] != site)
      g_strv_builder_add (builder, self->texts->pdata[i]);
  save (self, builder);
}
