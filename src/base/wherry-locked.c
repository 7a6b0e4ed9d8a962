#include "config.h"

#include "base/wherry-locked.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* In front of what the caller gets; as wide as the widest alignment. */
typedef union {
  gsize mapped; /* bytes, with this */
  max_align_t aligned;
} Header;

/**
 * wherry_locked_alloc:
 * @size: bytes
 *
 * Gets memory for a secret: pages of its own, so that locking and wiping one
 * secret touches nothing else. Where the limit on locked memory (RLIMIT_MEMLOCK)
 * is used up the pages stay unlocked: the secret is needed all the same.
 *
 * Returns: (transfer full): zeroed memory; free it with wherry_locked_free()
 */
gpointer
wherry_locked_alloc (gsize size)
{
  gsize page = (gsize) sysconf (_SC_PAGESIZE);
  gsize mapped;
  Header *header;

  g_assert (size < G_MAXSIZE / 2);

  mapped = (sizeof (Header) + size + page - 1) / page * page;
  header = mmap (NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (header == MAP_FAILED)
    g_error ("no memory for %" G_GSIZE_FORMAT " bytes", mapped);

  (void) mlock (header, mapped);
  (void) madvise (header, mapped, MADV_DONTDUMP);
  header->mapped = mapped;
  return header + 1;
}

/**
 * wherry_locked_strdup:
 * @text: (nullable): a secret
 *
 * Returns: (transfer full) (nullable): a copy in locked memory; free it with
 *   wherry_locked_free()
 */
char *
wherry_locked_strdup (const char *text)
{
  gsize size;
  char *copy;

  if (text == NULL)
    return NULL;

  size = strlen (text) + 1;
  copy = wherry_locked_alloc (size);
  memcpy (copy, text, size);
  return copy;
}

/**
 * wherry_locked_free:
 * @memory: (transfer full) (nullable): from wherry_locked_alloc()
 *
 * Wipes it all and gives it back.
 */
void
wherry_locked_free (gpointer memory)
{
  Header *header = memory;
  gsize mapped;

  if (memory == NULL)
    return;

  header--;
  mapped = header->mapped;
  explicit_bzero (header, mapped);
  munmap (header, mapped);
}
