#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * Private folders for files that are only passed through: what is dragged to
 * another program, or open in an editor.
 *
 * They lie in a folder of this process, which it keeps locked for as long as it
 * runs; so a later process knows what an earlier one left behind. In a Flatpak
 * that is below `~/.var/app/ID`, where other programs find it by the same path.
 */

char     *wherry_temporary_new          (GError     **error);
void      wherry_temporary_remove       (const char  *folder);
gboolean  wherry_temporary_is_in_use    (const char  *folder);
gboolean  wherry_temporary_make_keep    (const char  *folder);
void      wherry_temporary_end_keep     (const char  *folder);
void      wherry_temporary_remove_stale (void);
void      wherry_temporary_remove_all   (void);

G_END_DECLS
