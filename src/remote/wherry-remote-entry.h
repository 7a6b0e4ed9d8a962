#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * WherryRemoteEntry:
 *
 * What a server tells of one file: does not change once made, and may be shared
 * by threads. Names are bytes; to show one, see wherry_text_display_name().
 */
#define WHERRY_TYPE_REMOTE_ENTRY (wherry_remote_entry_get_type ())
G_DECLARE_FINAL_TYPE (WherryRemoteEntry, wherry_remote_entry, WHERRY, REMOTE_ENTRY, GObject)

const char *wherry_remote_entry_get_name        (WherryRemoteEntry *self);
GFileType   wherry_remote_entry_get_file_type   (WherryRemoteEntry *self);
GFileType   wherry_remote_entry_get_target_type (WherryRemoteEntry *self);
gboolean    wherry_remote_entry_is_folder       (WherryRemoteEntry *self);
gint64      wherry_remote_entry_get_size        (WherryRemoteEntry *self);
gint64      wherry_remote_entry_get_mtime       (WherryRemoteEntry *self);
gboolean    wherry_remote_entry_get_mode        (WherryRemoteEntry *self,
                                                 guint32           *mode);
gboolean    wherry_remote_entry_get_ids         (WherryRemoteEntry *self,
                                                 guint32           *uid,
                                                 guint32           *gid);
const char *wherry_remote_entry_get_owner       (WherryRemoteEntry *self);
const char *wherry_remote_entry_get_group       (WherryRemoteEntry *self);
const char *wherry_remote_entry_get_link_target (WherryRemoteEntry *self);

G_END_DECLS
