#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * WherryModeChange:
 *
 * How permissions are to change: those of @clear go, then those of @set come.
 *
 * @set: bits of 07777 to set
 * @clear: bits of 07777 to clear
 * @set_search: execute bits (0111) to set on folders, and on files that
 *   anybody may execute already: chmod's `X`
 */
typedef struct {
  guint32 set;
  guint32 clear;
  guint32 set_search;
} WherryModeChange;

char    *wherry_mode_to_symbolic    (guint32                 mode);
gboolean wherry_mode_from_symbolic  (const char             *text,
                                     guint32                *mode);
char    *wherry_mode_to_octal       (guint32                 mode);
gboolean wherry_mode_from_octal     (const char             *text,
                                     guint32                *mode);

WherryModeChange wherry_mode_change_to (guint32              mode);
gboolean wherry_mode_change_parse   (const char             *text,
                                     WherryModeChange       *change);
guint32  wherry_mode_change_apply   (const WherryModeChange *self,
                                     guint32                 mode,
                                     gboolean                is_folder);
char    *wherry_mode_change_to_text (const WherryModeChange *self);

G_END_DECLS
