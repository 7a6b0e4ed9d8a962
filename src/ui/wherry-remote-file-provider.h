#pragma once

#include <gtk/gtk.h>

#include "transfer/wherry-queue.h"
#include "transfer/wherry-remote-files.h"

G_BEGIN_DECLS

/**
 * WherryRemoteFileProvider:
 *
 * Files of a server as the content of a drag or of the clipboard. Within Wherry
 * they are a #WherryRemoteFiles; to others a `text/uri-list` of files that are
 * fetched when that is really wanted, and not before: where there can be a
 * #WherryFileOffer, when they are opened; else the answer is kept back until
 * they are dropped, which Nautilus bears with and GTK 3 does not.
 */
#define WHERRY_TYPE_REMOTE_FILE_PROVIDER (wherry_remote_file_provider_get_type ())
G_DECLARE_FINAL_TYPE (WherryRemoteFileProvider, wherry_remote_file_provider, WHERRY, REMOTE_FILE_PROVIDER, GdkContentProvider)

GdkContentProvider *wherry_remote_file_provider_new_dragged (WherryQueue              *queue,
                                                             WherryRemoteFiles        *files);
GdkContentProvider *wherry_remote_file_provider_new_copied  (WherryQueue              *queue,
                                                             WherryRemoteFiles        *files);
WherryRemoteFiles  *wherry_remote_file_provider_get_files   (WherryRemoteFileProvider *self);
void                wherry_remote_file_provider_set_drag    (WherryRemoteFileProvider *self,
                                                             GdkDrag                  *drag);
void                wherry_remote_file_provider_set_at_home (WherryRemoteFileProvider *self,
                                                             gboolean                  at_home);

G_END_DECLS
