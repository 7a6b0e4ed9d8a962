#include "config.h"

#include "ui/wherry-common-facts.h"

#include "base/wherry-text.h"

#define ALL_BITS 07777u

static char *
dup_name (WherryRemoteEntry *entry, gboolean group)
{
  const char *name
      = group ? wherry_remote_entry_get_group (entry) : wherry_remote_entry_get_owner (entry);
  guint32 uid = 0;
  guint32 gid = 0;

  if (name != NULL)
    return wherry_text_display_name (name);
  if (!wherry_remote_entry_get_ids (entry, &uid, &gid))
    return NULL;
  return g_strdup_printf ("%u", group ? gid : uid);
}

static char *
dup_common_name (GPtrArray *entries, gboolean group)
{
  g_autofree char *common = NULL;

  for (guint i = 0; i < entries->len; i++)
    {
      WherryRemoteEntry *entry = entries->pdata[i];
      g_autofree char *name = NULL;

      if (wherry_remote_entry_get_file_type (entry) == G_FILE_TYPE_SYMBOLIC_LINK)
        continue;
      name = dup_name (entry, group);
      if (name == NULL)
        return NULL;
      if (common == NULL)
        common = g_steal_pointer (&name);
      else if (!g_str_equal (common, name))
        {
          g_free (common);
          common = g_strdup ("");
        }
    }
  return g_steal_pointer (&common);
}

/**
 * wherry_common_facts_find:
 * @self: (out caller-allocates): the facts; to be cleared
 * @entries: (element-type WherryRemoteEntry): files
 *
 * Finds out what files have in common.
 */
void
wherry_common_facts_find (WherryCommonFacts *self, GPtrArray *entries)
{
  guint32 any = 0;

  g_return_if_fail (self != NULL);
  g_return_if_fail (entries != NULL);

  *self = (WherryCommonFacts){ .mode = ALL_BITS, .first = G_MAXINT64, .last = -1 };
  self->has_mode = TRUE;
  for (guint i = 0; i < entries->len; i++)
    {
      WherryRemoteEntry *entry = entries->pdata[i];
      gint64 mtime = wherry_remote_entry_get_mtime (entry);
      guint32 mode = 0;

      self->first = MIN (self->first, mtime);
      self->last = MAX (self->last, mtime);
      if (wherry_remote_entry_get_file_type (entry) == G_FILE_TYPE_SYMBOLIC_LINK)
        {
          self->n_links++;
          continue;
        }
      self->n_folders += wherry_remote_entry_get_file_type (entry) == G_FILE_TYPE_DIRECTORY;
      self->has_mode = wherry_remote_entry_get_mode (entry, &mode) && self->has_mode;
      self->mode &= mode;
      any |= mode & ALL_BITS;
    }
  self->has_mode = self->has_mode && self->n_links < entries->len;
  self->mixed = any & ~self->mode;
  self->owner = dup_common_name (entries, FALSE);
  self->group = dup_common_name (entries, TRUE);
}

/**
 * wherry_common_facts_clear:
 * @self: facts
 *
 * Frees what they hold.
 */
void
wherry_common_facts_clear (WherryCommonFacts *self)
{
  g_clear_pointer (&self->owner, g_free);
  g_clear_pointer (&self->group, g_free);
}
