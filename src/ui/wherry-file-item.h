#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * WherryFileItem:
 *
 * One file of a #WherryFileList: its number in the transfer's log, which has all
 * else. Made when it is looked at.
 */
#define WHERRY_TYPE_FILE_ITEM (wherry_file_item_get_type ())
G_DECLARE_FINAL_TYPE (WherryFileItem, wherry_file_item, WHERRY, FILE_ITEM, GObject)

WherryFileItem *wherry_file_item_new       (guint           index);
guint           wherry_file_item_get_index (WherryFileItem *self);

G_END_DECLS
