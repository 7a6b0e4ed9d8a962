#pragma once

#include "transfer/wherry-job.h"

G_BEGIN_DECLS

/**
 * WherryRemotePath:
 *
 * Where in a server's tree a download is, for what is told of its entries.
 */
typedef struct _WherryRemotePath WherryRemotePath;

WherryRemotePath *wherry_remote_path_new          (const char              *source);
void              wherry_remote_path_free         (WherryRemotePath        *self);
void              wherry_remote_path_enter        (WherryRemotePath        *self,
                                                   const char              *name);
void              wherry_remote_path_leave        (WherryRemotePath        *self);
guint             wherry_remote_path_get_depth    (const WherryRemotePath  *self);
char             *wherry_remote_path_append       (const WherryRemotePath  *self,
                                                   const char              *name);
void              wherry_remote_path_fail_skipped (const WherryRemotePath  *self,
                                                   WherryJob               *job,
                                                   const char              *name);
void              wherry_remote_path_fail         (const WherryRemotePath  *self,
                                                   WherryJob               *job,
                                                   const char              *name,
                                                   const GError            *error);

G_END_DECLS
