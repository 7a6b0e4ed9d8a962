/* Another program's file, whatever is in it, yields sites that may be kept, and words fit to be
 * shown. */
#include <string.h>

#include "fuzz.h"
#include "sites/wherry-import-private.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (WherryImport) import = wherry_import_new ();
  const char *bytes = (const char *) data + 1;

  if (size == 0)
    return 0;
  /* As read from a file: a NUL after it. */
  g_autofree char *text = g_strndup (bytes, size - 1);

  switch (data[0] % 4)
    {
    case 0:
      wherry_import_filezilla_parse (import, text, strlen (text), NULL);
      break;
    case 1:
      wherry_import_putty_parse (import, "My%20session", text);
      break;
    case 2:
      wherry_import_remmina_parse (import, "a.remmina", text, strlen (text));
      break;
    default:
      wherry_import_bookmarks_parse (import, text);
      break;
    }

  for (guint i = 0; i < import->sites->len; i++)
    g_assert (wherry_site_check (import->sites->pdata[i], NULL));
  for (guint i = 0; i < import->warnings->len; i++)
    g_assert (g_utf8_validate (import->warnings->pdata[i], -1, NULL));
  return 0;
}
