#pragma once

#include "ssh/wherry-session.h"

G_BEGIN_DECLS

char     *wherry_remote_new_marker (void);
char     *wherry_remote_command    (const char     *script,
                                    const char     *marker,
                                    const char     *path,
                                    ...) G_GNUC_NULL_TERMINATED;
gboolean  wherry_remote_measure    (WherrySession  *session,
                                    const char     *path,
                                    guint64        *files,
                                    guint64        *bytes,
                                    GCancellable   *cancellable,
                                    GError        **error);

G_END_DECLS
