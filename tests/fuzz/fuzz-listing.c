/*
 * Whatever a server's programs answer, names lead nowhere, numbers are in their bounds, and no byte
 * behind the end is looked at.
 */
#include <string.h>

#include "base/wherry-text.h"
#include "remote/wherry-listing.h"
#include "remote/wherry-remote-entry.h"
#include "fuzz.h"

static void
check_name (const char *name, WherryListingFlags flags)
{
  g_auto (GStrv) parts = NULL;

  if (flags & WHERRY_LISTING_ANY)
    return;
  if (!(flags & WHERRY_LISTING_PATHS))
    {
      g_assert (wherry_text_check_name (name, strlen (name)) != WHERRY_NAME_HOSTILE);
      return;
    }
  parts = g_strsplit (name, "/", -1);
  g_assert (parts[0] != NULL);
  for (guint i = 0; parts[i] != NULL; i++)
    g_assert (wherry_text_check_name (parts[i], strlen (parts[i])) != WHERRY_NAME_HOSTILE);
}

static void
check (GPtrArray *entries, WherryListingFlags flags)
{
  for (guint i = 0; i < entries->len; i++)
    {
      WherryRemoteEntry *entry = g_ptr_array_index (entries, i);
      const char *owner = wherry_remote_entry_get_owner (entry);
      const char *group = wherry_remote_entry_get_group (entry);

      check_name (wherry_remote_entry_get_name (entry), flags);
      g_assert (wherry_remote_entry_get_size (entry) >= 0);
      g_assert (owner == NULL || g_utf8_validate (owner, -1, NULL));
      g_assert (group == NULL || g_utf8_validate (group, -1, NULL));
    }
  g_ptr_array_unref (entries);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_auto (WherryAnswer) answer = { 0 };
  g_autofree char *copy = NULL;
  WherryListingFlags flags;
  guint64 total, available;

  if (size < 1)
    return 0;
  flags = data[0] & (WHERRY_LISTING_PATHS | WHERRY_LISTING_ANY);
  size--;
  /* Of exactly that size, so that one byte too far is seen. */
  copy = g_malloc (size + (size == 0));
  memcpy (copy, data + 1, size);

  check (wherry_listing_parse_find (copy, size, flags), flags);
  check (wherry_listing_parse_stat (copy, size, "=m=", flags), flags);
  check (wherry_listing_parse_ls (copy, size, 1700000000, flags), flags);
  wherry_listing_parse_df (copy, size, &total, &available);
  if (wherry_answer_parse (copy, size, "=m=", &answer))
    {
      g_assert (answer.payload >= copy && answer.payload + answer.length <= copy + size);
      g_assert (answer.status >= 0 && strlen (answer.words) <= size);
    }
  return 0;
}
