#pragma once

#include "remote/wherry-remote-entry.h"

G_BEGIN_DECLS

/**
 * WherryCommonFacts:
 *
 * What several files have in common. Of permissions and owners, links have none that
 * would matter: they don't count there.
 *
 * @has_mode: whether the permissions of all are known
 * @mode: permissions that all of them give
 * @mixed: permissions that some give and others don't
 * @owner: (nullable): name or number; "": not the same; %NULL: not known
 * @group: (nullable): likewise
 * @first: the oldest time of a change, in seconds since 1970; -1: not known of all
 * @last: the latest; -1: known of none
 * @n_folders: how many are folders
 * @n_links: how many are links
 */
typedef struct {
  gboolean has_mode;
  guint32 mode;
  guint32 mixed;
  char *owner;
  char *group;
  gint64 first;
  gint64 last;
  guint n_folders;
  guint n_links;
} WherryCommonFacts;

void wherry_common_facts_find  (WherryCommonFacts *self,
                                GPtrArray         *entries);
void wherry_common_facts_clear (WherryCommonFacts *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WherryCommonFacts, wherry_common_facts_clear)

G_END_DECLS
