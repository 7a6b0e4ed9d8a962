#include "transfer/wherry-filter.h"

#include <fnmatch.h>
#include <string.h>

struct _WherryFilter {
  gatomicrefcount ref_count;
  char **include;
  char **exclude;
};

static char **
copy_masks (const char *const *masks)
{
  static const char *const NONE[] = { NULL };
  return g_strdupv ((char **) (masks != NULL ? masks : NONE));
}

/**
 * wherry_filter_new:
 * @include: (nullable) (array zero-terminated=1): masks, as bytes
 * @exclude: (nullable) (array zero-terminated=1): likewise
 *
 * Returns: (transfer full): a filter
 */
WherryFilter *
wherry_filter_new (const char *const *include, const char *const *exclude)
{
  WherryFilter *self = g_new0 (WherryFilter, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->include = copy_masks (include);
  self->exclude = copy_masks (exclude);
  return self;
}

/**
 * wherry_filter_ref:
 * @self: a filter
 *
 * Returns: (transfer full): @self
 */
WherryFilter *
wherry_filter_ref (WherryFilter *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * wherry_filter_unref:
 * @self: (transfer full): a filter
 */
void
wherry_filter_unref (WherryFilter *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_strfreev (self->include);
  g_strfreev (self->exclude);
  g_free (self);
}

static gboolean
matches (const char *mask, const char *key, const char *name, gboolean is_folder)
{
  g_autofree char *bare = NULL;
  gsize length = strlen (mask);

  if (length > 0 && mask[length - 1] == '/')
    {
      if (!is_folder)
        return FALSE;
      mask = bare = g_strndup (mask, length - 1);
    }
  if (strchr (mask, '/') == NULL)
    return fnmatch (mask, name, 0) == 0;
  return fnmatch (*mask == '/' ? mask + 1 : mask, key, FNM_PATHNAME) == 0;
}

static gboolean
matches_any (char **masks, const char *key, gboolean is_folder)
{
  const char *slash = strrchr (key, '/');
  const char *name = slash != NULL ? slash + 1 : key;

  for (gsize i = 0; masks[i] != NULL; i++)
    if (matches (masks[i], key, name, is_folder))
      return TRUE;
  return FALSE;
}

/**
 * wherry_filter_takes:
 * @self: a filter
 * @key: an entry's path below the top folder, as bytes; "" is that folder
 * @is_folder: whether it is a folder
 *
 * Says nothing of the folders it is in: what is excluded is not to be entered.
 *
 * Returns: whether the entry is copied. The top one always is: a person chose it
 */
gboolean
wherry_filter_takes (const WherryFilter *self, const char *key, gboolean is_folder)
{
  if (*key == '\0')
    return TRUE;
  if (matches_any (self->exclude, key, is_folder))
    return FALSE;
  return is_folder || self->include[0] == NULL || matches_any (self->include, key, FALSE);
}

/**
 * wherry_filter_get_include:
 * @self: a filter
 *
 * Returns: (transfer none) (array zero-terminated=1): its masks, as bytes
 */
const char *const *
wherry_filter_get_include (const WherryFilter *self)
{
  return (const char *const *) self->include;
}

/**
 * wherry_filter_get_exclude:
 * @self: a filter
 *
 * Returns: (transfer none) (array zero-terminated=1): its masks, as bytes
 */
const char *const *
wherry_filter_get_exclude (const WherryFilter *self)
{
  return (const char *const *) self->exclude;
}
