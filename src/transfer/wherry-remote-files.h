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

/**
 * WherryRemoteFile: one of them.
 * @path: as bytes; its last part is its name
 * @is_folder: whether it is a folder, or a link to one
 * @size: bytes, as listed; -1 if not known
 * @mtime: seconds since 1970, as listed; 0 if not known
 */
typedef struct {
  char     *path;
  gboolean  is_folder;
  gint64    size;
  gint64    mtime;
} WherryRemoteFile;

GType              wherry_remote_files_get_type  (void);
WherryRemoteFiles *wherry_remote_files_new       (const WherryLogin       *login);
WherryRemoteFiles *wherry_remote_files_ref       (WherryRemoteFiles       *self);
void               wherry_remote_files_unref     (WherryRemoteFiles       *self);
void               wherry_remote_files_add       (WherryRemoteFiles       *self,
                                                  const char              *path,
                                                  gboolean                 is_folder,
                                                  gint64                   size,
                                                  gint64                   mtime);
const WherryLogin *wherry_remote_files_get_login (const WherryRemoteFiles *self);
guint              wherry_remote_files_get_n     (const WherryRemoteFiles *self);
const WherryRemoteFile *wherry_remote_files_get  (const WherryRemoteFiles *self,
                                                  guint                    index);
char              *wherry_remote_files_dup_name  (const WherryRemoteFiles *self,
                                                  guint                    index);
gboolean           wherry_remote_files_fit_into  (const WherryRemoteFiles *self,
                                                  const WherryLogin       *login,
                                                  const char              *folder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryRemoteFiles, wherry_remote_files_unref)

G_END_DECLS
