#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A temporary folder below the test's own, and what tests do with files there. */
char     *wherry_test_dir_new    (void);
void      wherry_test_dir_remove (const char          *folder);
char     *wherry_test_dir_write  (const char          *folder,
                                  const char          *name,
                                  const char          *content);
gboolean  wherry_test_run        (const char * const  *argv);
char     *wherry_test_make_key   (const char          *folder,
                                  const char          *name,
                                  const char          *type,
                                  const char          *passphrase);

G_END_DECLS
