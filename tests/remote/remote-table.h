#pragma once

#include "remote/wherry-remote.h"

G_BEGIN_DECLS

/*
 * One table of what a file system must do, whoever serves it. Each operation
 * has a folder of its own, which the test sees as its own disk.
 */
typedef struct {
  WherryRemote *remote;
  const char *folder;
} RemoteTable;

void remote_table_run (WherryRemote *remote,
                       const char   *folder,
                       gboolean      listings_only);

G_END_DECLS
