#pragma once

#include "remote/wherry-remote-entry.h"

G_BEGIN_DECLS

/* Filled in by a back end before anybody else sees it. */
struct _WherryRemoteEntry {
  GObject parent_instance;

  char *name;
  char *link_target; /* (nullable) */
  char *owner;       /* (nullable): a GRefString; few are shared by many */
  char *group;       /* (nullable): likewise */
  gint64 size;       /* bytes, -1: not told */
  gint64 mtime;      /* seconds since 1970, -1: not told */
  guint32 mode;
  guint32 uid;
  guint32 gid;
  guint has_mode : 1;
  guint has_ids : 1;
  guint file_type : 4;
  guint target_type : 4;
};

WherryRemoteEntry *wherry_remote_entry_new       (const char        *name,
                                                  gsize              length);
void               wherry_remote_entry_set_owner (WherryRemoteEntry *self,
                                                  const char        *owner,
                                                  const char        *group);
void               wherry_remote_entry_set_mode  (WherryRemoteEntry *self,
                                                  guint32            mode);
WherryRemoteEntry *wherry_remote_entry_dup_as    (WherryRemoteEntry *self,
                                                  const char        *name);
GFileType          wherry_remote_file_type_from_mode (guint32        mode);

G_END_DECLS
