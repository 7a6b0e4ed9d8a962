#pragma once

#include <gio/gio.h>

#include "ssh/wherry-login.h"

G_BEGIN_DECLS

/**
 * WherryRemoteFiles:
 *
 * Files and folders of one server, as they are dragged or copied within Wherry.
 * Filled by its maker and not changed any more once others have it; may be
 * shared by threads.
 */
#define WHERRY_TYPE_REMOTE_FILES (wherry_remote_files_get_type ())

typedef struct _WherryRemoteFiles WherryRemoteFiles;

GType              wherry_remote_files_get_type  (void);
WherryRemoteFiles *wherry_remote_files_new       (const WherryLogin       *login);
WherryRemoteFiles *wherry_remote_files_ref       (WherryRemoteFiles       *self);
void               wherry_remote_files_unref     (WherryRemoteFiles       *self);
void               wherry_remote_files_add       (WherryRemoteFiles       *self,
                                                  const char              *path);
const WherryLogin *wherry_remote_files_get_login (const WherryRemoteFiles *self);
guint              wherry_remote_files_get_n     (const WherryRemoteFiles *self);
const char        *wherry_remote_files_get_path  (const WherryRemoteFiles *self,
                                                  guint                    index);
char              *wherry_remote_files_dup_name  (const WherryRemoteFiles *self,
                                                  guint                    index);
gboolean           wherry_remote_files_fit_into  (const WherryRemoteFiles *self,
                                                  const WherryLogin       *login,
                                                  const char              *folder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryRemoteFiles, wherry_remote_files_unref)

G_END_DECLS
