#pragma once

#include "sites/wherry-site.h"

G_BEGIN_DECLS

/**
 * WherryImportKind:
 *
 * Whose sites are taken over.
 */
typedef enum {
  WHERRY_IMPORT_SSH_CONFIG,
  WHERRY_IMPORT_FILEZILLA,
  WHERRY_IMPORT_PUTTY,
  WHERRY_IMPORT_REMMINA,
  WHERRY_IMPORT_BOOKMARKS,
  WHERRY_IMPORT_WHERRY,
  WHERRY_IMPORT_N_KINDS,
} WherryImportKind;

/**
 * WherryImport:
 *
 * What another program's files say about servers: sites that may be kept as they
 * are, passwords beside them, and what was left out. A plain value that owns its
 * members; passwords are wiped with it.
 */
typedef struct {
  GPtrArray  *sites;     /* element-type WherrySite */
  GHashTable *passwords; /* (element-type utf8 utf8): by the site's identifier */
  GPtrArray  *warnings;  /* element-type utf8: what was not taken over and why; to be shown */
} WherryImport;

char             *wherry_import_dup_usual_path (WherryImportKind     kind);
const char       *wherry_import_get_title      (WherryImportKind     kind);
WherryImportKind  wherry_import_guess_kind     (const char          *path);
WherryImport     *wherry_import_read           (WherryImportKind     kind,
                                                const char          *path,
                                                GError             **error);
void              wherry_import_read_async     (WherryImportKind     kind,
                                                const char          *path,
                                                GCancellable        *cancellable,
                                                GAsyncReadyCallback  callback,
                                                gpointer             user_data);
WherryImport     *wherry_import_read_finish    (GAsyncResult        *result,
                                                GError             **error);
void              wherry_import_free           (WherryImport        *self);
const char       *wherry_import_get_password   (const WherryImport  *self,
                                                WherrySite          *site);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryImport, wherry_import_free)

G_END_DECLS
