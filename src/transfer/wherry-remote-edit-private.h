#pragma once

#include "remote/wherry-remote.h"
#include "transfer/wherry-remote-edit.h"

G_BEGIN_DECLS

/* What a file was when it was last the same here and there. */
typedef struct {
  char   *checksum;  /* (nullable): SHA-256 in hexadecimal digits */
  gint64  size;      /* bytes */
  gint64  mtime;     /* the server's, in seconds since 1970 */
} WherryEditBase;

/* What the server's file is now, against that. */
typedef enum {
  WHERRY_EDIT_SAME,
  WHERRY_EDIT_CHANGED,
  WHERRY_EDIT_GONE,
} WherryEditVerdict;

/**
 * WherryEditWork:
 *
 * One step of an edit that waits for disk or server, on a thread of its own: a
 * copy of what it needs, and what became of it. Owns its members.
 */
typedef struct {
  WherrySessionPool *pool;
  WherryLogin       *login;
  WherrySession     *session;      /* (nullable): the last one, if any */
  WherryRemote      *remote;       /* (nullable): its */
  char              *path;         /* on the server; resolved by the first step */
  char              *local;        /* (nullable): what is edited */
  char              *snapshot;     /* (nullable): where to keep what is sent */
  WherryEditBase     base;
  char              *checksum;     /* (nullable): of the snapshot */
  gboolean           unchanged;    /* here, against the base */
  gboolean           check_remote;
  WherryEditVerdict  verdict;
} WherryEditWork;

typedef gboolean (*WherryEditStep) (WherryEditWork *work, GCancellable *cancellable, GError **error);

void            wherry_edit_work_free    (WherryEditWork       *self);
void            wherry_edit_work_start   (WherryEditWork       *self,
                                          WherryEditStep        step,
                                          GCancellable         *cancellable,
                                          GAsyncReadyCallback   callback,
                                          gpointer              user_data);
WherryEditWork *wherry_edit_work_finish  (GAsyncResult         *result,
                                          GError              **error);

/* The steps. */
gboolean        wherry_edit_work_prepare (WherryEditWork       *self,
                                          GCancellable         *cancellable,
                                          GError              **error);
gboolean        wherry_edit_work_learn   (WherryEditWork       *self,
                                          GCancellable         *cancellable,
                                          GError              **error);
gboolean        wherry_edit_work_check   (WherryEditWork       *self,
                                          GCancellable         *cancellable,
                                          GError              **error);
gboolean        wherry_edit_work_confirm (WherryEditWork       *self,
                                          GCancellable         *cancellable,
                                          GError              **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryEditWork, wherry_edit_work_free)

G_END_DECLS
