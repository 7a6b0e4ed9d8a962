#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Memory for secrets: kept out of swap and out of core files where the system
 * allows it, and wiped when it is given back.
 */

gpointer  wherry_locked_alloc  (gsize       size);
char     *wherry_locked_strdup (const char *text);
void      wherry_locked_free   (gpointer    memory);

/** A secret's text that frees itself. */
typedef char WherryLockedText;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryLockedText, wherry_locked_free)

G_END_DECLS
