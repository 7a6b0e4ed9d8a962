/*
 * Whatever a file in the format of ssh_config(5) says, a login is a place that could be one, with a
 * bounded way there, or there is none and the words say where.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "sites/wherry-location.h"
#include "sites/wherry-ssh-config.h"

static void
check (WherryLogin *login, GError *error)
{
  if (login == NULL)
    {
      g_assert (error != NULL && g_utf8_validate (error->message, -1, NULL));
      return;
    }
  g_assert (wherry_login_count_hops (login) <= WHERRY_LOGIN_HOPS_MAX);
  for (const WherryLogin *each = login; each != NULL; each = each->via)
    {
      g_autofree char *host = wherry_location_check_host (each->host, NULL);

      g_assert (host != NULL && each->port != 0);
      g_assert (wherry_location_check_user (each->user, NULL));
      for (guint i = 0; each->identity_files != NULL && each->identity_files[i] != NULL; i++)
        g_assert (g_path_is_absolute (each->identity_files[i]));
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_ascii_strdown ((const char *) data, (gssize) size);
  g_autofree char *path = NULL;
  g_autoptr (WherrySshConfig) config = NULL;
  int fd;

  /* What lies on this machine is no part of the input. */
  if (size > 64 * 1024 || memmem (text, size, "include", 7) != NULL)
    return 0;

  fd = memfd_create ("config", MFD_CLOEXEC);
  g_assert (fd >= 0 && write (fd, data, size) == (ssize_t) size);
  path = g_strdup_printf ("/proc/self/fd/%d", fd);
  config = wherry_ssh_config_load (path, NULL);
  close (fd);
  g_assert (config != NULL);

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (WherryLogin) login
          = wherry_ssh_config_make_login (config, i == 0 ? "a" : "b.example.org",
                                          i == 0 ? NULL : "root", 0, &error);

      check (login, error);
    }
  for (const char *const *warning = wherry_ssh_config_get_warnings (config); *warning != NULL;
       warning++)
    g_assert (g_utf8_validate (*warning, -1, NULL));
  g_strfreev (wherry_ssh_config_dup_aliases (config));
  return 0;
}
