#pragma once

#include "remote/wherry-remote-entry.h"
#include "remote/wherry-remote-mode.h"
#include "ssh/wherry-session.h"

G_BEGIN_DECLS

/**
 * WherryRemote:
 *
 * The file system of a server, whatever serves it. Paths and names are bytes;
 * a relative path, and one that begins with `~/`, starts where the login does.
 *
 * Each operation has two forms: one that waits for the server, for any thread
 * but the main one, and one that does not (`_async`), whose outcome comes in the
 * caller's main context. All can be cancelled, and then end at once; what was
 * under way on the server may still happen.
 *
 * Errors are of %G_IO_ERROR where a code says what happened
 * (%G_IO_ERROR_NOT_FOUND, %G_IO_ERROR_PERMISSION_DENIED, %G_IO_ERROR_EXISTS,
 * %G_IO_ERROR_NO_SPACE, %G_IO_ERROR_NOT_SUPPORTED and so on), %WHERRY_ERROR_REMOTE
 * with the server's words, %WHERRY_ERROR_PROTOCOL, or the end of the session.
 */
#define WHERRY_TYPE_REMOTE (wherry_remote_get_type ())
G_DECLARE_DERIVABLE_TYPE (WherryRemote, wherry_remote, WHERRY, REMOTE, GObject)

/** What serves a WherryRemote. */
typedef enum {
  WHERRY_REMOTE_SFTP,
  WHERRY_REMOTE_SHELL,
} WherryRemoteBackEnd;

/**
 * WherryRemoteSize:
 * @bytes: of all files, as their sizes say
 * @files: everything that is no folder
 * @folders: without the one that was asked about
 * @unreadable: folders that could not be looked into
 */
typedef struct {
  guint64 bytes;
  guint64 files;
  guint64 folders;
  guint64 unreadable;
} WherryRemoteSize;

/**
 * WherryRemoteSpace:
 * @total: bytes the file system has
 * @available: bytes the account may still fill
 */
typedef struct {
  guint64 total;
  guint64 available;
} WherryRemoteSpace;

/** What was tried when access was denied. */
typedef enum {
  WHERRY_REMOTE_ACCESS_READ,   /* read the file, or list the folder */
  WHERRY_REMOTE_ACCESS_WRITE,  /* change the file, or what is in the folder */
  WHERRY_REMOTE_ACCESS_CREATE, /* make or delete it: changes its folder */
  WHERRY_REMOTE_ACCESS_CHMOD,  /* change its permissions */
  WHERRY_REMOTE_ACCESS_CHOWN,  /* give it to another owner */
  WHERRY_REMOTE_ACCESS_CHGRP,  /* give it to another group */
} WherryRemoteAccess;

/** Which right is missing. */
typedef enum {
  WHERRY_REMOTE_DENIED_UNKNOWN, /* none, by the permissions: a list of other rights, a read-only share ... */
  WHERRY_REMOTE_DENIED_SEARCH,  /* to go through a folder on the way */
  WHERRY_REMOTE_DENIED_READ,
  WHERRY_REMOTE_DENIED_WRITE,
  WHERRY_REMOTE_DENIED_MISSING, /* there is no such file or folder after all */
  WHERRY_REMOTE_DENIED_OWNER,   /* to be its owner */
  WHERRY_REMOTE_DENIED_MEMBER,  /* to be a member of the group it was to be given to */
  WHERRY_REMOTE_DENIED_ADMIN,   /* to be an administrator */
} WherryRemoteDeniedReason;

/**
 * WherryRemoteDenied:
 *
 * Facts about a denied access.
 *
 * @account: the account that is logged in
 * @path: the path asked about
 * @culprit: (nullable): the first path on the way to it that lacks the right
 * @entry: (nullable): owner, group and mode of the culprit
 * @reason: which right it lacks
 * @owned: whether the culprit belongs to the account
 * @remedy: (nullable): a command that would mend it; for its owner to run, or for
 *   an administrator unless @owned. None where that is what was tried.
 */
typedef struct {
  char *account;
  char *path;
  char *culprit;
  WherryRemoteEntry *entry;
  WherryRemoteDeniedReason reason;
  gboolean owned;
  char *remedy;
} WherryRemoteDenied;

void wherry_remote_denied_free (WherryRemoteDenied *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryRemoteDenied, wherry_remote_denied_free)

/* Which back end serves is found out once. */
WherryRemote        *wherry_remote_open                  (WherrySession *session,
                                                          GCancellable  *cancellable,
                                                          GError       **error);
void                 wherry_remote_open_async            (WherrySession       *session,
                                                          GCancellable        *cancellable,
                                                          GAsyncReadyCallback  callback,
                                                          gpointer             user_data);
WherryRemote        *wherry_remote_open_finish           (GAsyncResult  *result,
                                                          GError       **error);
WherryRemoteBackEnd  wherry_remote_get_back_end          (WherryRemote  *self);
char                *wherry_remote_dup_description       (WherryRemote  *self);

/* The operations. */
GPtrArray           *wherry_remote_list                  (WherryRemote  *self,
                                                          const char    *path,
                                                          GCancellable  *cancellable,
                                                          GError       **error);
void                 wherry_remote_list_async            (WherryRemote        *self,
                                                          const char          *path,
                                                          GCancellable        *cancellable,
                                                          GAsyncReadyCallback  callback,
                                                          gpointer             user_data);
WherryRemoteEntry   *wherry_remote_stat                  (WherryRemote  *self,
                                                          const char    *path,
                                                          gboolean       follow,
                                                          GCancellable  *cancellable,
                                                          GError       **error);
void                 wherry_remote_stat_async            (WherryRemote        *self,
                                                          const char          *path,
                                                          gboolean             follow,
                                                          GCancellable        *cancellable,
                                                          GAsyncReadyCallback  callback,
                                                          gpointer             user_data);
char                *wherry_remote_resolve               (WherryRemote  *self,
                                                          const char    *path,
                                                          GCancellable  *cancellable,
                                                          GError       **error);
void                 wherry_remote_resolve_async         (WherryRemote        *self,
                                                          const char          *path,
                                                          GCancellable        *cancellable,
                                                          GAsyncReadyCallback  callback,
                                                          gpointer             user_data);
gboolean             wherry_remote_mkdir                 (WherryRemote  *self,
                                                          const char    *path,
                                                          gboolean       parents,
                                                          GCancellable  *cancellable,
                                                          GError       **error);
void                 wherry_remote_mkdir_async           (WherryRemote        *self,
                                                          const char          *path,
                                                          gboolean             parents,
                                                          GCancellable        *cancellable,
                                                          GAsyncReadyCallback  callback,
                                                          gpointer             user_data);
gboolean             wherry_remote_rename                (WherryRemote  *self,
                                                          const char    *from,
                                                          const char    *to,
                                                          gboolean       replace,
                                                          GCancellable  *cancellable,
                                                          GError       **error);
void                 wherry_remote_rename_async          (WherryRemote        *self,
                                                          const char          *from,
                                                          const char          *to,
                                                          gboolean             replace,
                                                          GCancellable        *cancellable,
                                                          GAsyncReadyCallback  callback,
                                                          gpointer             user_data);
gboolean             wherry_remote_remove                (WherryRemote  *self,
                                                          const char    *path,
                                                          GCancellable  *cancellable,
                                                          GError       **error);
void                 wherry_remote_remove_async          (WherryRemote        *self,
                                                          const char          *path,
                                                          GCancellable        *cancellable,
                                                          GAsyncReadyCallback  callback,
                                                          gpointer             user_data);
gboolean             wherry_remote_chmod                 (WherryRemote            *self,
                                                          const char              *path,
                                                          const WherryModeChange  *change,
                                                          gboolean                 recursive,
                                                          GCancellable            *cancellable,
                                                          GError                 **error);
void                 wherry_remote_chmod_async           (WherryRemote           *self,
                                                          const char             *path,
                                                          const WherryModeChange *change,
                                                          gboolean                recursive,
                                                          GCancellable           *cancellable,
                                                          GAsyncReadyCallback     callback,
                                                          gpointer                user_data);
gboolean             wherry_remote_chown                 (WherryRemote  *self,
                                                          const char    *path,
                                                          const char    *owner,
                                                          const char    *group,
                                                          gboolean       recursive,
                                                          GCancellable  *cancellable,
                                                          GError       **error);
void                 wherry_remote_chown_async           (WherryRemote        *self,
                                                          const char          *path,
                                                          const char          *owner,
                                                          const char          *group,
                                                          gboolean             recursive,
                                                          GCancellable        *cancellable,
                                                          GAsyncReadyCallback  callback,
                                                          gpointer             user_data);
gboolean             wherry_remote_symlink               (WherryRemote  *self,
                                                          const char    *path,
                                                          const char    *target,
                                                          GCancellable  *cancellable,
                                                          GError       **error);
void                 wherry_remote_symlink_async         (WherryRemote        *self,
                                                          const char          *path,
                                                          const char          *target,
                                                          GCancellable        *cancellable,
                                                          GAsyncReadyCallback  callback,
                                                          gpointer             user_data);
gboolean             wherry_remote_copy                  (WherryRemote  *self,
                                                          const char    *from,
                                                          const char    *to,
                                                          GCancellable  *cancellable,
                                                          GError       **error);
void                 wherry_remote_copy_async            (WherryRemote        *self,
                                                          const char          *from,
                                                          const char          *to,
                                                          GCancellable        *cancellable,
                                                          GAsyncReadyCallback  callback,
                                                          gpointer             user_data);
gboolean             wherry_remote_folder_size           (WherryRemote      *self,
                                                          const char        *path,
                                                          WherryRemoteSize  *size,
                                                          GCancellable      *cancellable,
                                                          GError           **error);
void                 wherry_remote_folder_size_async     (WherryRemote        *self,
                                                          const char          *path,
                                                          GCancellable        *cancellable,
                                                          GAsyncReadyCallback  callback,
                                                          gpointer             user_data);
gboolean             wherry_remote_space                 (WherryRemote       *self,
                                                          const char         *path,
                                                          WherryRemoteSpace  *space,
                                                          GCancellable       *cancellable,
                                                          GError            **error);
void                 wherry_remote_space_async           (WherryRemote        *self,
                                                          const char          *path,
                                                          GCancellable        *cancellable,
                                                          GAsyncReadyCallback  callback,
                                                          gpointer             user_data);
char                *wherry_remote_checksum              (WherryRemote  *self,
                                                          const char    *path,
                                                          GCancellable  *cancellable,
                                                          GError       **error);
void                 wherry_remote_checksum_async        (WherryRemote        *self,
                                                          const char          *path,
                                                          GCancellable        *cancellable,
                                                          GAsyncReadyCallback  callback,
                                                          gpointer             user_data);
GBytes              *wherry_remote_read                  (WherryRemote  *self,
                                                          const char    *path,
                                                          gsize          max_size,
                                                          GCancellable  *cancellable,
                                                          GError       **error);
void                 wherry_remote_read_async            (WherryRemote        *self,
                                                          const char          *path,
                                                          gsize                max_size,
                                                          GCancellable        *cancellable,
                                                          GAsyncReadyCallback  callback,
                                                          gpointer             user_data);
gboolean             wherry_remote_write                 (WherryRemote  *self,
                                                          const char    *path,
                                                          GBytes        *content,
                                                          GCancellable  *cancellable,
                                                          GError       **error);
void                 wherry_remote_write_async           (WherryRemote        *self,
                                                          const char          *path,
                                                          GBytes              *content,
                                                          GCancellable        *cancellable,
                                                          GAsyncReadyCallback  callback,
                                                          gpointer             user_data);
GPtrArray           *wherry_remote_search                (WherryRemote  *self,
                                                          const char    *path,
                                                          const char    *text,
                                                          guint          max_results,
                                                          GCancellable  *cancellable,
                                                          GError       **error);
void                 wherry_remote_search_async          (WherryRemote        *self,
                                                          const char          *path,
                                                          const char          *text,
                                                          guint                max_results,
                                                          GCancellable        *cancellable,
                                                          GAsyncReadyCallback  callback,
                                                          gpointer             user_data);
WherryRemoteDenied  *wherry_remote_explain_denied        (WherryRemote        *self,
                                                          const char          *path,
                                                          WherryRemoteAccess   access,
                                                          GCancellable        *cancellable,
                                                          GError             **error);
void                 wherry_remote_explain_denied_async  (WherryRemote        *self,
                                                          const char          *path,
                                                          WherryRemoteAccess   access,
                                                          GCancellable        *cancellable,
                                                          GAsyncReadyCallback  callback,
                                                          gpointer             user_data);
gboolean             wherry_remote_change_finish         (WherryRemote  *self,
                                                          GAsyncResult  *result,
                                                          GError       **error);
GPtrArray           *wherry_remote_entries_finish        (WherryRemote  *self,
                                                          GAsyncResult  *result,
                                                          GError       **error);
WherryRemoteEntry   *wherry_remote_stat_finish           (WherryRemote  *self,
                                                          GAsyncResult  *result,
                                                          GError       **error);
char                *wherry_remote_text_finish           (WherryRemote  *self,
                                                          GAsyncResult  *result,
                                                          GError       **error);
GBytes              *wherry_remote_read_finish           (WherryRemote  *self,
                                                          GAsyncResult  *result,
                                                          GError       **error);
WherryRemoteDenied  *wherry_remote_explain_denied_finish (WherryRemote  *self,
                                                          GAsyncResult  *result,
                                                          GError       **error);
gboolean             wherry_remote_folder_size_finish    (WherryRemote      *self,
                                                          GAsyncResult      *result,
                                                          WherryRemoteSize  *size,
                                                          GError           **error);
gboolean             wherry_remote_space_finish          (WherryRemote       *self,
                                                          GAsyncResult       *result,
                                                          WherryRemoteSpace  *space,
                                                          GError            **error);

/* Paths on a server, as bytes. */
char             *wherry_remote_clean_path (const char          *path);
char             *wherry_remote_join       (const char          *folder,
                                            const char          *name);
char             *wherry_remote_dup_parent (const char          *path);

G_END_DECLS
