#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What was being done to a path when it failed. */
typedef enum {
  WHERRY_DOING_LIST,
  WHERRY_DOING_STAT,
  WHERRY_DOING_RESOLVE,
  WHERRY_DOING_MKDIR,
  WHERRY_DOING_RENAME,
  WHERRY_DOING_REMOVE,
  WHERRY_DOING_CHMOD,
  WHERRY_DOING_CHOWN,
  WHERRY_DOING_SYMLINK,
  WHERRY_DOING_COPY,
  WHERRY_DOING_SIZE,
  WHERRY_DOING_SPACE,
  WHERRY_DOING_CHECKSUM,
  WHERRY_DOING_READ,
  WHERRY_DOING_WRITE,
  WHERRY_DOING_SEARCH,
} WherryDoing;

void wherry_remote_set_error       (GError     **error,
                                    WherryDoing  doing,
                                    const char  *path,
                                    GIOErrorEnum code);
void wherry_remote_set_error_words (GError     **error,
                                    WherryDoing  doing,
                                    const char  *path,
                                    const char  *words);
void wherry_remote_set_error_status (GError    **error,
                                    WherryDoing  doing,
                                    const char  *path,
                                    guint32      status,
                                    const char  *words);

G_END_DECLS
