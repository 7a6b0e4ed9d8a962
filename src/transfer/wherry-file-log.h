#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * WherryFileState:
 * @WHERRY_FILE_WAITING: for its turn
 * @WHERRY_FILE_RUNNING: on its way, or there and not yet confirmed
 * @WHERRY_FILE_DONE: in its place
 * @WHERRY_FILE_LEFT_OUT: not wanted: by the transfer's masks, or as a link
 * @WHERRY_FILE_KEPT: not copied since one of its name was there and is kept
 * @WHERRY_FILE_FAILED: not there, see the transfer's failures
 */
typedef enum {
  WHERRY_FILE_WAITING,
  WHERRY_FILE_RUNNING,
  WHERRY_FILE_DONE,
  WHERRY_FILE_LEFT_OUT,
  WHERRY_FILE_KEPT,
  WHERRY_FILE_FAILED,
} WherryFileState;

#define WHERRY_N_FILE_STATES (WHERRY_FILE_FAILED + 1)
#define WHERRY_FILE_ALL_STATES ((1u << WHERRY_N_FILE_STATES) - 1)

#define WHERRY_FILE_SIZE_UNKNOWN G_MAXUINT64
#define WHERRY_FILE_NO_FAILURE G_MAXUINT32

/**
 * WherryFileEntry:
 * @name: its path below the transfer's source, as bytes; owned
 * @size: in bytes, or %WHERRY_FILE_SIZE_UNKNOWN
 * @failure: with %WHERRY_FILE_FAILED its place among the transfer's failures, or
 *   %WHERRY_FILE_NO_FAILURE
 */
typedef struct {
  char            *name;
  guint64          size;
  guint32          failure;
  WherryFileState  state;
} WherryFileEntry;

/**
 * WherryFileLog:
 *
 * What becomes of each file of a tree, by name, to be shown: in the order in which
 * they came up, and none leaves its place. It lasts as long as the program. Of a
 * tree so large that it would take more than 32 MiB the rest is only counted. Any
 * thread.
 */
typedef struct _WherryFileLog WherryFileLog;

WherryFileLog *wherry_file_log_new       (void);
WherryFileLog *wherry_file_log_ref       (WherryFileLog    *self);
void           wherry_file_log_unref     (WherryFileLog    *self);
void           wherry_file_log_reset     (WherryFileLog    *self,
                                          guint             states);
void           wherry_file_log_set       (WherryFileLog    *self,
                                          const char       *name,
                                          guint64           size,
                                          WherryFileState   state);
void           wherry_file_log_fail      (WherryFileLog    *self,
                                          const char       *name,
                                          guint32           failure);
guint          wherry_file_log_count     (WherryFileLog    *self,
                                          guint             counts[WHERRY_N_FILE_STATES]);
gboolean       wherry_file_log_read      (WherryFileLog    *self,
                                          guint             index,
                                          WherryFileEntry  *entry);
guint          wherry_file_log_find      (WherryFileLog    *self,
                                          guint             from,
                                          const char       *text,
                                          GArray           *indices);
void           wherry_file_log_select    (WherryFileLog    *self,
                                          GArray           *among,
                                          guint             states,
                                          GArray           *indices);

void           wherry_file_entry_clear   (WherryFileEntry  *entry);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryFileLog, wherry_file_log_unref)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WherryFileEntry, wherry_file_entry_clear)

G_END_DECLS
