#pragma once

#include "transfer/wherry-sftp-pipe.h"

G_BEGIN_DECLS

/**
 * WherrySftpPlan:
 *
 * What is to come of a tree on an SFTP server, in the order SCP would send it:
 * a folder, what is in it, its end. Folders are listed ahead, many at once, and
 * what is found takes its place in the plan. One thread at a time.
 */
typedef struct _WherrySftpPlan WherrySftpPlan;

/** A folder of the tree: where it is, and what it leads through. */
typedef struct _WherrySftpFolder WherrySftpFolder;

/**
 * WherrySftpNodeKind:
 * @WHERRY_SFTP_NODE_UNKNOWN: being looked at
 * @WHERRY_SFTP_NODE_FILE: a regular file
 * @WHERRY_SFTP_NODE_FOLDER: a folder, ready to be told of
 * @WHERRY_SFTP_NODE_UNLISTED: a folder that can't be told of yet
 * @WHERRY_SFTP_NODE_END: the end of the innermost folder
 * @WHERRY_SFTP_NODE_OPEN_END: likewise, but more may come before it
 * @WHERRY_SFTP_NODE_SKIPPED: its name is unfit
 * @WHERRY_SFTP_NODE_PROBLEM: does not come, for its error
 */
typedef enum {
  WHERRY_SFTP_NODE_UNKNOWN,
  WHERRY_SFTP_NODE_FILE,
  WHERRY_SFTP_NODE_FOLDER,
  WHERRY_SFTP_NODE_UNLISTED,
  WHERRY_SFTP_NODE_END,
  WHERRY_SFTP_NODE_OPEN_END,
  WHERRY_SFTP_NODE_SKIPPED,
  WHERRY_SFTP_NODE_PROBLEM,
} WherrySftpNodeKind;

/** An entry of the plan. */
typedef struct {
  WherrySftpNodeKind  kind;
  GList               link;    /* in the plan */
  WherrySftpFolder   *folder;  /* the one it is in; of a folder and its end, itself; %NULL at the top */
  char               *name;    /* bytes; %NULL for ends */
  WherrySftpAttrs     attrs;
  GError             *error;   /* (nullable) */
  gpointer            fetch;   /* the reader's own */
  gboolean            unwanted; /* likewise */
} WherrySftpNode;

WherrySftpPlan *wherry_sftp_plan_new       (WherrySftpPipe        *pipe,
                                            const char            *path,
                                            const char            *name,
                                            GError               **error);
void            wherry_sftp_plan_free      (WherrySftpPlan        *self);
void            wherry_sftp_plan_go_on     (WherrySftpPlan        *self);
WherrySftpNode *wherry_sftp_plan_peek      (WherrySftpPlan        *self);
void            wherry_sftp_plan_pop       (WherrySftpPlan        *self);
WherrySftpNode *wherry_sftp_plan_next_file (WherrySftpPlan        *self);
char           *wherry_sftp_plan_dup_key   (WherrySftpPlan        *self,
                                            const WherrySftpNode  *node);
char           *wherry_sftp_plan_dup_path  (WherrySftpPlan        *self,
                                            const WherrySftpNode  *node);

G_END_DECLS
