#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * System calls that fail on demand. The test program defines write(), fsync()
 * and so on itself, which the linker prefers to libc's: as LD_PRELOAD would, but
 * it also works under the sanitizers.
 */
typedef enum {
  FAULT_NONE,
  FAULT_WRITE,
  FAULT_WRITE_INTERRUPTED, /* every other call EINTR, the others short */
  FAULT_FSYNC_FILE,
  FAULT_FSYNC_DIRECTORY,
  FAULT_CLOSE_FILE,        /* of regular files open for writing; closes nevertheless */
  FAULT_RENAME,
  FAULT_LINK,
  FAULT_RESERVE,
  FAULT_NAMELESS,          /* no O_TMPFILE */
  FAULT_OPENAT2,
  FAULT_RANDOM,            /* zeros as often as @skip says, then what is really random */
} Fault;

/* The next @skip calls succeed, those after fail with @errno_value. */
void   fault_arm      (Fault fault,
                       guint skip,
                       int   errno_value);
void   fault_disarm   (void);

/* What was called since fault_log_begin(): lines "fsync INODE", "fsync-dir INODE", "rename INODE". */
void   fault_log_begin (void);
void   fault_log_add   (const char *line);
char **fault_log_end   (void);

G_END_DECLS
