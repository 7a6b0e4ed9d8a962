/* What is read from a file of sites may be kept, and comes back the same from what we write. */
#include <string.h>

#include "fuzz.h"
#include "sites/wherry-site-file.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (WherrySiteContent) content
      = wherry_site_file_parse ((const char *) data, size, "sites.conf");
  g_autofree char *written = wherry_site_file_export (content->sites);
  g_autoptr (WherrySiteContent) again
      = wherry_site_file_parse (written, strlen (written), "sites.conf");

  g_assert (again->problems[0] == NULL);
  g_assert (again->sites->len == content->sites->len);
  for (guint i = 0; i < content->sites->len; i++)
    {
      WherrySite *site = content->sites->pdata[i];
      g_autoptr (WherryLogin) login = wherry_site_make_login (site, NULL);
      g_autofree char *title = wherry_site_dup_title (site);

      g_assert (wherry_site_check (site, NULL));
      g_assert (wherry_site_equal (site, again->sites->pdata[i]));
      g_assert (
          g_str_equal (wherry_site_get_id (site), wherry_site_get_id (again->sites->pdata[i])));
      g_assert (g_utf8_validate (title, -1, NULL));
      if (login != NULL)
        g_assert (login->host[0] != '-' && login->user[0] != '-');
    }
  for (char **problem = content->problems; *problem != NULL; problem++)
    g_assert (g_utf8_validate (*problem, -1, NULL));
  return 0;
}
