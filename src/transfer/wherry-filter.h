#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * WherryFilter:
 *
 * Which entries of a tree are copied, by masks: `*`, `?` and `[a-z]` as in the
 * shell. A mask without a slash is compared with the name, one with a slash with
 * the path below the top folder (a slash in front counts for nothing); one that
 * ends in a slash means folders only. What is excluded is left out, a folder with
 * all in it. If there are masks to include, a file has to match one of them; empty
 * folders are kept. Immutable; any thread.
 */
typedef struct _WherryFilter WherryFilter;

WherryFilter       *wherry_filter_new         (const char * const *include,
                                               const char * const *exclude);
WherryFilter       *wherry_filter_ref         (WherryFilter       *self);
void                wherry_filter_unref       (WherryFilter       *self);
gboolean            wherry_filter_takes       (const WherryFilter *self,
                                               const char         *key,
                                               gboolean            is_folder);
const char * const *wherry_filter_get_include (const WherryFilter *self);
const char * const *wherry_filter_get_exclude (const WherryFilter *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryFilter, wherry_filter_unref)

G_END_DECLS
