#pragma once

#include "sites/wherry-site.h"

G_BEGIN_DECLS

/**
 * WherrySiteChanges:
 *
 * What is to be different in the file. A plain value.
 */
typedef struct {
  GHashTable *texts;   /* owned: identifier -> group as text, "": gone */
  char      **order;   /* (nullable): identifiers as they are to stand */
  char      **folders; /* (nullable): all folders, as they are to stand */
} WherrySiteChanges;

/**
 * WherrySiteContent:
 *
 * What the file says. A plain value.
 */
typedef struct {
  GPtrArray *sites;    /* element-type WherrySite */
  char     **folders;
  char     **problems; /* what was wrong, and what was done about it; to be shown */
} WherrySiteContent;

WherrySiteContent *wherry_site_file_sync     (const char              *path,
                                              const WherrySiteChanges *changes,
                                              GError                 **error);
void               wherry_site_content_free  (WherrySiteContent       *self);
void               wherry_site_changes_free  (WherrySiteChanges       *self);

char              *wherry_site_file_export   (GPtrArray               *sites);
WherrySiteContent *wherry_site_file_parse    (const char              *text,
                                              gsize                    length,
                                              const char              *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherrySiteContent, wherry_site_content_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherrySiteChanges, wherry_site_changes_free)

G_END_DECLS
