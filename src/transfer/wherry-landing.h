#pragma once

#include "remote/wherry-remote-target.h"
#include "transfer/wherry-job.h"

G_BEGIN_DECLS

/**
 * WherryLanding:
 *
 * Where on a server an upload lands, by cp(1)'s rule: in the target if that is
 * a folder, else as the target. A plain value that owns its members.
 */
typedef struct {
  char       *folder;            /* (nullable): the folder it lands in; %NULL if the server can't be asked */
  char       *name;              /* the top entry's name there */
  char       *asked;             /* the target as the person named it */
  gboolean    tree;
  GHashTable *existing;          /* (nullable): paths below the top folder that are taken; a reference */
  gboolean    existing_unknown;
} WherryLanding;

gboolean  wherry_landing_find               (WherryLanding             *self,
                                             const WherryRemoteSurvey  *survey,
                                             const WherryEndpoint      *target,
                                             gboolean                   into,
                                             const char                *source_name,
                                             gboolean                   tree,
                                             GError                   **error);
void      wherry_landing_clear              (WherryLanding             *self);
char     *wherry_landing_make_command       (const WherryLanding       *self,
                                             WherryTransferFlags   flags,
                                             gboolean              tree);
char     *wherry_landing_guess_command      (const WherryEndpoint      *target,
                                             WherryTransferFlags        flags,
                                             gboolean                   tree);
gboolean  wherry_landing_needs_temporary    (const WherryLanding       *self,
                                             const char           *path,
                                             guint64               size);
char     *wherry_landing_new_temporary_name (void);

G_END_DECLS
