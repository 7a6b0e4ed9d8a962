/* Whatever is in a known_hosts file: what is revoked stays so, and a host with a key on record is
 * never taken for a new one. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "sites/wherry-known-hosts.h"

#define KEY "AAAAC3NzaC1lZDI1NTE5AAAAIHR6e3h1b3J5YWtiMTIzNDU2Nzg5MGFiY2RlZmdoaWprbG1u"
#define OTHER "AAAAC3NzaC1lZDI1NTE5AAAAIEJiQmJCYkJiQmJCYkJiQmJCYkJiQmJCYkJiQmJCYkJiQmJC"

static void
write_all (int fd, const void *bytes, gsize length)
{
  g_assert (write (fd, bytes, length) == (gssize) length);
}

/* What the store says of KEY when @last is the file's last line. */
static WherryHostKeyVerdict
judge (const guint8 *data, gsize size, const char *last, const char *host, guint16 port)
{
  int fd = memfd_create ("known_hosts", MFD_CLOEXEC);
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", fd);
  const char *const files[] = { path, NULL };
  g_autoptr (WherryKnownHosts) store = wherry_known_hosts_new (files);
  g_autoptr (WherryHostKey) key = wherry_host_key_new_from_base64 (KEY, NULL);
  g_autoptr (GPtrArray) known = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) key_types = NULL;

  g_assert (fd >= 0 && key != NULL);
  write_all (fd, data, size);
  write_all (fd, last, strlen (last));

  WherryHostKeyVerdict verdict = wherry_host_key_store_check (WHERRY_HOST_KEY_STORE (store), host,
                                                              port, key, &known, NULL, &error);
  g_assert ((verdict == WHERRY_HOST_KEY_UNCHECKED) == (error != NULL));
  g_assert ((verdict == WHERRY_HOST_KEY_CHANGED) == (known != NULL && known->len > 0));
  key_types = wherry_host_key_store_dup_key_types (WHERRY_HOST_KEY_STORE (store), host, port, NULL);
  if (verdict == WHERRY_HOST_KEY_MATCH || verdict == WHERRY_HOST_KEY_CHANGED)
    g_assert (key_types != NULL && key_types[0] != NULL);
  close (fd);
  return verdict;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const struct {
    const char *host;
    guint16 port;
    const char *name;
  } hosts[] = { { "host", 22, "host" }, { "Host.Example", 2222, "[host.example]:2222" } };

  for (gsize i = 0; i < G_N_ELEMENTS (hosts); i++)
    {
      g_autofree char *revoked = g_strdup_printf ("\n@revoked * ssh-ed25519 " KEY "\n");
      g_autofree char *own = g_strdup_printf ("\n%s ssh-ed25519 " KEY "\n", hosts[i].name);
      g_autofree char *others = g_strdup_printf ("\n%s ssh-ed25519 " OTHER, hosts[i].name);
      WherryHostKeyVerdict verdict;

      verdict = judge (data, size, "", hosts[i].host, hosts[i].port);
      g_assert (verdict != WHERRY_HOST_KEY_UNCHECKED);
      verdict = judge (data, size, revoked, hosts[i].host, hosts[i].port);
      g_assert (verdict == WHERRY_HOST_KEY_REVOKED);
      verdict = judge (data, size, own, hosts[i].host, hosts[i].port);
      g_assert (verdict == WHERRY_HOST_KEY_MATCH || verdict == WHERRY_HOST_KEY_REVOKED);
      verdict = judge (data, size, others, hosts[i].host, hosts[i].port);
      g_assert (verdict != WHERRY_HOST_KEY_UNKNOWN);
    }
  return 0;
}
