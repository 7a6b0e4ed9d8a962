#include "config.h"

#include "local/wherry-walker-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "local/wherry-local-error.h"

static int
open_beneath (int root_fd, const char *path_in_tree)
{
  struct open_how how = {
    .flags = O_PATH | O_CLOEXEC,
    .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
  };

  /* EAGAIN: a rename somewhere on the system made the kernel unsure. */
  for (int i = 0; i < 16; i++)
    {
      int fd = (int) syscall (SYS_openat2, root_fd, path_in_tree, &how, sizeof how);
      if (fd >= 0 || errno != EAGAIN)
        return fd;
    }
  return -1;
}

static char *
read_fd_path (int fd)
{
  char proc_path[40];
  char buffer[PATH_MAX];

  g_snprintf (proc_path, sizeof proc_path, "/proc/self/fd/%d", fd);
  ssize_t n = readlink (proc_path, buffer, sizeof buffer);
  if (n <= 0 || n == (ssize_t) sizeof buffer)
    return NULL;
  return g_strndup (buffer, (gsize) n);
}

/* Where the opened thing really lies. It was opened already, so nothing swapped afterwards matters.
 */
static gboolean
lies_within (int root_fd, int fd)
{
  g_autofree char *root = read_fd_path (root_fd);
  g_autofree char *path = read_fd_path (fd);

  if (root == NULL || path == NULL || root[0] != '/' || path[0] != '/')
    return FALSE;
  if (strcmp (root, "/") == 0)
    return TRUE;
  gsize length = strlen (root);
  return strncmp (path, root, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

static char *
describe_target (int directory_fd, const char *name)
{
  char buffer[PATH_MAX];
  ssize_t n = readlinkat (directory_fd, name, buffer, sizeof buffer);

  return n < 0 ? g_strdup ("?") : wherry_text_escape (buffer, n, 1024);
}

static void
set_skipped (GError **error, int directory_fd, const char *name, const char *path, int reason)
{
  g_autofree char *shown = wherry_text_display_name (path);
  g_autofree char *target = describe_target (directory_fd, name);

  switch (reason)
    {
    case ENOENT:
      g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_SKIPPED,
                   /* Translators: both %s are paths; so in the next ones. */
                   _ ("“%s” is a symbolic link to “%s”, which does not exist"), shown, target);
      break;
    case ELOOP:
      g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_SKIPPED,
                   _ ("“%s” is a symbolic link to “%s”, which leads round in a circle"), shown,
                   target);
      break;
    case EXDEV:
      g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_SKIPPED,
                   _ ("“%s” is a symbolic link to “%s”, outside the folder that is copied; it is "
                      "not followed"),
                   shown, target);
      break;
    case 0:
      g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_SKIPPED,
                   _ ("“%s” is a symbolic link to “%s”; links are not copied"), shown, target);
      break;
    default:
      wherry_local_set_error (error, WHERRY_LOCAL_OPEN, path, reason);
    }
}

/*
 * wherry_walker_resolve_link: opens what a symbolic link leads to, with O_PATH.
 *
 * @path_in_tree is the link's path below @root_fd. Within the tree, openat2()
 * answers by itself where it can. It refuses links that are absolute or pass
 * outside on their way back in, and may be missing or forbidden (old kernels,
 * sandboxes); then the kernel's own word on where the opened target lies decides.
 *
 * Returns an fd, or -1 with @error set.
 */
int
wherry_walker_resolve_link (int root_fd,
                            int directory_fd,
                            const char *name,
                            const char *path,
                            const char *path_in_tree,
                            WherryWalkerLinks links,
                            GError **error)
{
  if (links == WHERRY_WALKER_LINKS_SKIP)
    {
      set_skipped (error, directory_fd, name, path, 0);
      return -1;
    }

  if (links == WHERRY_WALKER_LINKS_WITHIN)
    {
      int fd = open_beneath (root_fd, path_in_tree);
      if (fd >= 0)
        return fd;
    }

  int fd = openat (directory_fd, name, O_PATH | O_CLOEXEC);
  if (fd < 0)
    {
      set_skipped (error, directory_fd, name, path, errno);
      return -1;
    }
  if (links == WHERRY_WALKER_LINKS_WITHIN && !lies_within (root_fd, fd))
    {
      set_skipped (error, directory_fd, name, path, EXDEV);
      close (fd);
      return -1;
    }
  return fd;
}

/* wherry_walker_reopen: opens the very thing behind an O_PATH fd for use. */
int
wherry_walker_reopen (int path_fd, int flags)
{
  char proc_path[40];

  g_snprintf (proc_path, sizeof proc_path, "/proc/self/fd/%d", path_fd);
  return open (proc_path, flags);
}
