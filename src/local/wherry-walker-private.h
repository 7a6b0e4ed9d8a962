#pragma once

#include "local/wherry-walker.h"

G_BEGIN_DECLS

/* wherry-walker-link.c */
int wherry_walker_resolve_link (int                  root_fd,
                                int                  directory_fd,
                                const char          *name,
                                const char          *path,
                                const char          *path_in_tree,
                                WherryWalkerLinks    links,
                                GError             **error);
int wherry_walker_reopen       (int                  path_fd,
                                int                  flags);

G_END_DECLS
