#include "config.h"

#include "base/wherry-sandbox.h"

/**
 * wherry_sandbox_is_inside:
 *
 * Returns: whether this process runs in a Flatpak, where it sees no file of a
 *   person's but what was chosen, dropped or pasted
 */
gboolean
wherry_sandbox_is_inside (void)
{
  return g_file_test ("/.flatpak-info", G_FILE_TEST_EXISTS);
}
