#pragma once

#include "sites/wherry-import.h"

G_BEGIN_DECLS

/** Longest file of another program that is read, in bytes. */
#define WHERRY_IMPORT_FILE_MAX (16 * 1024 * 1024)

/** Most sites taken over at once, and most files of a folder looked into. */
#define WHERRY_IMPORT_SITES_MAX 20000

WherryImport *wherry_import_new             (void);
void          wherry_import_take            (WherryImport      *self,
                                             WherrySite        *site,
                                             const char        *password);
void          wherry_import_warn            (WherryImport      *self,
                                             const char        *name,
                                             const char        *reason);
void          wherry_import_set_address     (WherrySite        *site,
                                             const char        *text);
void          wherry_import_set_name        (WherrySite        *site,
                                             WherrySiteField    field,
                                             const char        *text);

gboolean      wherry_import_ssh_config_load (WherryImport      *self,
                                             const char        *path,
                                             GError           **error);

/* Each reads bytes, and no file. */
gboolean      wherry_import_filezilla_parse (WherryImport      *self,
                                             const char        *text,
                                             gsize              length,
                                             GError           **error);
void          wherry_import_putty_parse     (WherryImport      *self,
                                             const char        *file_name,
                                             const char        *text);
void          wherry_import_remmina_parse   (WherryImport      *self,
                                             const char        *file_name,
                                             const char        *text,
                                             gsize              length);
void          wherry_import_bookmarks_parse (WherryImport      *self,
                                             const char        *text);

G_END_DECLS
