#pragma once

#include "sites/wherry-known-host.h"

G_BEGIN_DECLS

/**
 * WherryKnownHostItem:
 *
 * A host's key on record, as an item of a list.
 */
#define WHERRY_TYPE_KNOWN_HOST_ITEM (wherry_known_host_item_get_type ())
G_DECLARE_FINAL_TYPE (WherryKnownHostItem, wherry_known_host_item, WHERRY, KNOWN_HOST_ITEM, GObject)

WherryKnownHostItem   *wherry_known_host_item_new        (const WherryKnownHost *record);
const WherryKnownHost *wherry_known_host_item_get_record (WherryKnownHostItem   *self);
const char            *wherry_known_host_item_get_title  (WherryKnownHostItem   *self);
char                  *wherry_known_host_item_dup_details (WherryKnownHostItem  *self);
gboolean               wherry_known_host_item_matches    (WherryKnownHostItem   *self,
                                                          const char            *text);
int                    wherry_known_host_item_compare    (gconstpointer          a,
                                                          gconstpointer          b,
                                                          gpointer               user_data);

G_END_DECLS
