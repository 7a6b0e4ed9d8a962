#pragma once

#include <gio/gio.h>
#include <sys/stat.h>

G_BEGIN_DECLS

/**
 * WherryWalker:
 *
 * Walks a local file or tree in the order SCP sends it, holding directory fds,
 * so that a folder renamed or swapped for a symlink meanwhile can't lead it
 * elsewhere. Iterative; depth is capped. One thread at a time.
 *
 * A directory passed over with wherry_walker_skip_directory() has no
 * %WHERRY_WALKER_DIRECTORY_END. Entries come in the order the folder has them.
 */
typedef struct _WherryWalker WherryWalker;

/**
 * WherryWalkerLinks: what becomes of symbolic links.
 * @WHERRY_WALKER_LINKS_WITHIN: those that stay within the tree are followed
 *   (copied as what they point to), the others reported as skipped
 * @WHERRY_WALKER_LINKS_FOLLOW: all are followed, loops reported
 * @WHERRY_WALKER_LINKS_SKIP: all are reported as skipped
 *
 * The starting path itself is always followed: the user named it.
 */
typedef enum {
  WHERRY_WALKER_LINKS_WITHIN,
  WHERRY_WALKER_LINKS_FOLLOW,
  WHERRY_WALKER_LINKS_SKIP,
} WherryWalkerLinks;

/**
 * WherryWalkerEntryType:
 * @WHERRY_WALKER_DONE: the walk is over
 * @WHERRY_WALKER_FILE: a regular file; wherry_walker_open() opens it
 * @WHERRY_WALKER_DIRECTORY: a directory begins, its entries follow
 * @WHERRY_WALKER_DIRECTORY_END: its entries are over
 * @WHERRY_WALKER_SKIPPED: an entry that can't be sent; @error of the entry says
 *   why (a socket, a device, an unreadable folder, a link that leads outside).
 *   An unreadable folder is told before it begins
 */
typedef enum {
  WHERRY_WALKER_DONE,
  WHERRY_WALKER_FILE,
  WHERRY_WALKER_DIRECTORY,
  WHERRY_WALKER_DIRECTORY_END,
  WHERRY_WALKER_SKIPPED,
} WherryWalkerEntryType;

/** Valid until the next call on the walker. @name and @path are bytes, not UTF-8. */
typedef struct {
  const char   *name;  /* last part */
  const char   *path;  /* whole, starting with the path given to wherry_walker_new() */
  struct stat   stat;  /* all zero for SKIPPED entries that could not be read */
  const GError *error; /* for SKIPPED */
} WherryWalkerEntry;

WherryWalker          *wherry_walker_new            (const char         *path,
                                                     WherryWalkerLinks   links,
                                                     GError            **error);
void                   wherry_walker_free           (WherryWalker       *self);
WherryWalkerEntryType  wherry_walker_next           (WherryWalker       *self,
                                                     WherryWalkerEntry  *entry);
int                    wherry_walker_open           (WherryWalker       *self,
                                                     struct stat        *now,
                                                     GError            **error);
void                   wherry_walker_skip_directory (WherryWalker       *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryWalker, wherry_walker_free)

G_END_DECLS
