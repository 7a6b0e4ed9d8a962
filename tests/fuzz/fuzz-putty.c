/* Whatever a key file of PuTTY's says, it is read within its bounds, and little work is done for
 * it. */
#include <string.h>

#include "fuzz.h"
#include "ssh/wherry-putty-key.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  gsize length = strlen (text);
  g_autofree char *copy = NULL;
  g_autoptr (WherryPuttyKey) key = NULL;
  g_autofree char *opened = NULL;

  /* Of exactly that size, so that one byte too far is seen. */
  copy = g_memdup2 (text, length + 1);
  key = wherry_putty_key_parse (copy, length, NULL);
  if (key == NULL)
    return 0;
  g_assert (wherry_putty_key_is (copy));
  /* Argon2 is for as long as the file says, up to seconds. */
  if (!wherry_putty_key_is_encrypted (key) || strstr (copy, "Argon2") == NULL)
    opened = wherry_putty_key_to_openssh (key, "x", NULL);
  g_assert (opened == NULL || g_str_has_prefix (opened, "-----BEGIN OPENSSH PRIVATE KEY-----\n"));
  return 0;
}
