#include "config.h"

#include "ui/wherry-known-host-item.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-text.h"

struct _WherryKnownHostItem {
  GObject parent_instance;

  WherryKnownHost *record;
  char *title;
};

G_DEFINE_FINAL_TYPE (WherryKnownHostItem, wherry_known_host_item, G_TYPE_OBJECT)

static void
wherry_known_host_item_finalize (GObject *object)
{
  WherryKnownHostItem *self = WHERRY_KNOWN_HOST_ITEM (object);

  wherry_known_host_free (self->record);
  g_free (self->title);

  G_OBJECT_CLASS (wherry_known_host_item_parent_class)->finalize (object);
}

static void
wherry_known_host_item_class_init (WherryKnownHostItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wherry_known_host_item_finalize;
}

static void
wherry_known_host_item_init (WherryKnownHostItem *self)
{
}

/**
 * wherry_known_host_item_new:
 * @record: what is on record; copied
 *
 * Returns: (transfer full): the item
 */
WherryKnownHostItem *
wherry_known_host_item_new (const WherryKnownHost *record)
{
  g_return_val_if_fail (record != NULL, NULL);

  WherryKnownHostItem *self = g_object_new (WHERRY_TYPE_KNOWN_HOST_ITEM, NULL);
  g_autofree char *shown = wherry_text_escape (record->host, -1, 0);

  self->record = wherry_known_host_new (record->host, record->port, record->key, record->origin);
  /* Translators: a host's name, a port number. */
  self->title = record->port == 22 ? g_steal_pointer (&shown)
                                   : g_strdup_printf (_ ("%s, port %u"), shown, record->port);
  return self;
}

/**
 * wherry_known_host_item_get_record:
 * @self: the item
 *
 * Returns: (transfer none): what is on record
 */
const WherryKnownHost *
wherry_known_host_item_get_record (WherryKnownHostItem *self)
{
  g_return_val_if_fail (WHERRY_IS_KNOWN_HOST_ITEM (self), NULL);
  return self->record;
}

/**
 * wherry_known_host_item_get_title:
 * @self: the item
 *
 * Returns: (transfer none): the host, fit to be shown
 */
const char *
wherry_known_host_item_get_title (WherryKnownHostItem *self)
{
  g_return_val_if_fail (WHERRY_IS_KNOWN_HOST_ITEM (self), NULL);
  return self->title;
}

/**
 * wherry_known_host_item_dup_details:
 * @self: the item
 *
 * Returns: (transfer full): the kind of its key, and where that is on record
 */
char *
wherry_known_host_item_dup_details (WherryKnownHostItem *self)
{
  g_return_val_if_fail (WHERRY_IS_KNOWN_HOST_ITEM (self), NULL);

  const char *const origins[] = {
    [WHERRY_KNOWN_HOST_KEYRING] = _ ("in the keyring"),
    [WHERRY_KNOWN_HOST_OWN_FILE] = _ ("in Wherry’s own file"),
    [WHERRY_KNOWN_HOST_OPENSSH] = _ ("in OpenSSH’s files"),
  };
  g_autofree char *type = wherry_host_key_dup_type_name (self->record->key);

  /* Translators: a kind of key, such as "Ed25519"; where it is on record */
  return g_strdup_printf (_ ("%s key, %s"), type, origins[self->record->origin]);
}

/**
 * wherry_known_host_item_matches:
 * @self: the item
 * @text: what is looked for
 *
 * Returns: whether it is part of the host's name, or of the fingerprint
 */
gboolean
wherry_known_host_item_matches (WherryKnownHostItem *self, const char *text)
{
  g_return_val_if_fail (WHERRY_IS_KNOWN_HOST_ITEM (self), FALSE);
  g_return_val_if_fail (text != NULL, FALSE);

  g_autofree char *title = g_utf8_casefold (self->title, -1);
  g_autofree char *wanted = g_utf8_casefold (text, -1);

  return strstr (title, wanted) != NULL
         || strstr (wherry_host_key_get_fingerprint (self->record->key), text) != NULL;
}

/**
 * wherry_known_host_item_compare: (skip)
 * @a: an item
 * @b: another one
 * @user_data: not used
 *
 * Returns: which comes first, as a GCompareDataFunc: by host, then port, then
 *   where it is on record
 */
int
wherry_known_host_item_compare (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const WherryKnownHost *one = ((const WherryKnownHostItem *) a)->record;
  const WherryKnownHost *other = ((const WherryKnownHostItem *) b)->record;
  int order = g_strcmp0 (one->host, other->host);

  if (order == 0)
    order = (one->port > other->port) - (one->port < other->port);
  if (order == 0)
    order = (int) one->origin - (int) other->origin;
  return order;
}
