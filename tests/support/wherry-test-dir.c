#include "wherry-test-dir.h"

#include <glib/gstdio.h>
#include <unistd.h>

/**
 * wherry_test_dir_new:
 *
 * Returns: (transfer full): the path of a new folder only this user can enter
 */
char *
wherry_test_dir_new (void)
{
  g_autoptr (GError) error = NULL;
  char *folder = g_dir_make_tmp ("wherry-test-XXXXXX", &error);

  g_assert_no_error (error);
  return folder;
}

/**
 * wherry_test_dir_remove:
 * @folder: a folder that wherry_test_dir_new() made, with all in it
 *
 * Links are removed, never followed.
 */
void
wherry_test_dir_remove (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  if (dir == NULL)
    {
      g_chmod (folder, 0700);
      dir = g_dir_open (folder, 0, NULL);
    }
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_DIR) && !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
        wherry_test_dir_remove (path);
      else
        g_unlink (path);
    }
  g_rmdir (folder);
}

/**
 * wherry_test_dir_write:
 * @folder: a folder
 * @name: name of the file in it
 * @content: what to write
 *
 * Returns: (transfer full): the file's path
 */
char *
wherry_test_dir_write (const char *folder, const char *name, const char *content)
{
  g_autoptr (GError) error = NULL;
  char *path = g_build_filename (folder, name, NULL);

  g_file_set_contents (path, content, -1, &error);
  g_assert_no_error (error);
  return path;
}

/**
 * wherry_test_run:
 * @argv: a program and its arguments
 *
 * Runs it to its end, its output thrown away.
 *
 * Returns: %TRUE if it exited with 0
 */
gboolean
wherry_test_run (const char *const *argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process
      = g_subprocess_newv (argv,
                           G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                           &error);

  g_assert_no_error (error);
  return g_subprocess_wait_check (process, NULL, NULL);
}

/**
 * wherry_test_make_key:
 * @folder: a folder
 * @name: name of the key file in it
 * @type: type as of ssh-keygen(1)
 * @passphrase: passphrase, "" for none
 *
 * Makes a key pair, as cheaply as may be.
 *
 * Returns: (transfer full): the private key's path
 */
char *
wherry_test_make_key (const char *folder,
                      const char *name,
                      const char *type,
                      const char *passphrase)
{
  char *path = g_build_filename (folder, name, NULL);
  const char *const argv[] = { "ssh-keygen", "-q", "-t",       type, "-f", path, "-C",
                               "test",       "-N", passphrase, "-a", "1",  NULL };

  g_assert_true (wherry_test_run (argv));
  return path;
}
