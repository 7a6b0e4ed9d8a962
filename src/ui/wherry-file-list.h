#pragma once

#include "transfer/wherry-transfer.h"

G_BEGIN_DECLS

/**
 * WherryFileList:
 *
 * The files of a transfer, those that are looked for, as a #GListModel of
 * #WherryFileItem: 8 bytes a file, however many there are.
 */
#define WHERRY_TYPE_FILE_LIST (wherry_file_list_get_type ())
G_DECLARE_FINAL_TYPE (WherryFileList, wherry_file_list, WHERRY, FILE_LIST, GObject)

WherryFileList *wherry_file_list_new        (WherryTransfer  *transfer);
WherryFileLog  *wherry_file_list_get_log    (WherryFileList  *self);
void            wherry_file_list_set_filter (WherryFileList  *self,
                                             const char      *text,
                                             guint            states);
void            wherry_file_list_update     (WherryFileList  *self);

G_END_DECLS
