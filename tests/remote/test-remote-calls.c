/*
 * The calls that do not wait, giving up, many at once, and many files.
 */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/wherry-error.h"
#include "remote-server.h"
#include "wherry-test-dir.h"

#define TIME_LIMIT (30 * G_USEC_PER_SEC)
#define N_FILES 50000

typedef struct {
  RemoteServer *server;
  WherrySession *session;
  WherryRemote *remote;
  char *folder;
} Fixture;

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static GAsyncResult *
await (GAsyncResult **result)
{
  gint64 deadline = g_get_monotonic_time () + TIME_LIMIT;

  while (*result == NULL)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      g_main_context_iteration (NULL, TRUE);
    }
  return *result;
}

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  self->server = remote_server_start (GPOINTER_TO_INT (data));
  self->session = remote_server_connect (self->server);
  self->folder = g_build_filename (remote_server_get_folder (self->server), "calls", NULL);
  g_assert_cmpint (g_mkdir (self->folder, 0755), ==, 0);
  wherry_remote_open_async (self->session, NULL, on_result, &result);
  self->remote = wherry_remote_open_finish (await (&result), &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_clear_object (&self->remote);
  wherry_session_close (self->session);
  g_clear_object (&self->session);
  remote_server_stop (self->server);
  g_free (self->folder);
}

#define WAIT(call, ...)                                                               \
  g_clear_object (&result);                                                           \
  wherry_remote_##call##_async (self->remote, __VA_ARGS__, NULL, on_result, &result); \
  await (&result)

#define CHANGE(call, ...)                                     \
  WAIT (call, __VA_ARGS__);                                   \
  wherry_remote_change_finish (self->remote, result, &error); \
  g_assert_no_error (error)

static void
test_async (Fixture *self, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (self->folder, "a/b", NULL);
  g_autofree char *file = g_build_filename (folder, "file", NULL);
  g_autofree char *moved = g_build_filename (folder, "moved", NULL);
  g_autofree char *copied = g_build_filename (folder, "copied", NULL);
  g_autofree char *link = g_build_filename (folder, "link", NULL);
  g_autofree char *top = g_build_filename (self->folder, "a", NULL);
  g_autofree char *uid = g_strdup_printf ("%u", (guint) getuid ());
  g_autofree char *resolved = NULL;
  g_autofree char *checksum = NULL;
  g_autoptr (GBytes) content = g_bytes_new_static ("hello", 5);
  g_autoptr (GBytes) back = NULL;
  g_autoptr (GPtrArray) entries = NULL;
  g_autoptr (GPtrArray) found = NULL;
  g_autoptr (WherryRemoteEntry) entry = NULL;
  g_autoptr (WherryRemoteDenied) denied = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  WherryModeChange change = wherry_mode_change_to (0600);
  WherryRemoteSize size;
  WherryRemoteSpace space;

  CHANGE (mkdir, folder, TRUE);
  CHANGE (write, file, content);
  CHANGE (rename, file, moved, FALSE);
  CHANGE (copy, moved, copied);
  CHANGE (symlink, link, "moved");
  CHANGE (chmod, moved, &change, FALSE);
  CHANGE (chown, moved, uid, NULL, FALSE);
  WAIT (list, folder);
  entries = wherry_remote_entries_finish (self->remote, result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (entries->len, ==, 3);
  WAIT (search, self->folder, "MOVED", 10);
  found = wherry_remote_entries_finish (self->remote, result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (found->len, ==, 1);
  WAIT (stat, link, TRUE);
  entry = wherry_remote_stat_finish (self->remote, result, &error);
  g_assert_no_error (error);
  g_assert_cmpint (wherry_remote_entry_get_size (entry), ==, 5);
  WAIT (resolve, link);
  resolved = wherry_remote_text_finish (self->remote, result, &error);
  g_assert_cmpstr (resolved, ==, moved);
  WAIT (checksum, copied);
  checksum = wherry_remote_text_finish (self->remote, result, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (checksum, "2cf24dba"));
  WAIT (read, copied, 100);
  back = wherry_remote_read_finish (self->remote, result, &error);
  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (back, content));
  WAIT (folder_size, top);
  g_assert_true (wherry_remote_folder_size_finish (self->remote, result, &size, &error));
  g_assert_cmpuint (size.bytes, ==, 10);
  WAIT (space, top);
  g_assert_true (wherry_remote_space_finish (self->remote, result, &space, &error));
  WAIT (explain_denied, copied, WHERRY_REMOTE_ACCESS_WRITE);
  denied = wherry_remote_explain_denied_finish (self->remote, result, &error);
  g_assert_no_error (error);
  CHANGE (remove, top);
  WAIT (stat, top, FALSE);
  g_assert_null (wherry_remote_stat_finish (self->remote, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

/* More at once than there are threads or channels. */
static void
test_many (Fixture *self, gconstpointer data)
{
  GAsyncResult *results[20] = { NULL };

  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/d%u", self->folder, i);

      wherry_remote_mkdir_async (self->remote, path, TRUE, NULL, on_result, &results[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/d%u", self->folder, i);
      g_autoptr (GAsyncResult) result = await (&results[i]);
      g_autoptr (GError) error = NULL;

      wherry_remote_change_finish (self->remote, result, &error);
      g_assert_no_error (error);
      g_assert_true (g_file_test (path, G_FILE_TEST_IS_DIR));
    }
}

/* With the server standing still, an operation ends at once when it is given up; afterwards all is
 * as before. */
static void
test_cancel (Fixture *self, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GPtrArray) entries = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (self->folder, "big", NULL);
  gint64 start;
  int fd = open (path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

  /* More than is read while somebody looks away; little enough that a server that was left reading
   * it soon ends. */
  g_assert_cmpint (ftruncate (fd, (off_t) 1 << 31), ==, 0);
  close (fd);
  wherry_remote_checksum_async (self->remote, path, cancellable, on_result, &result);
  start = g_get_monotonic_time ();
  while (g_get_monotonic_time () - start < G_USEC_PER_SEC / 5)
    g_main_context_iteration (NULL, FALSE);
  g_assert_null (result);
  start = g_get_monotonic_time ();
  g_cancellable_cancel (cancellable);
  await (&result);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 3 * G_USEC_PER_SEC);
  g_assert_null (wherry_remote_text_finish (self->remote, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_null (wherry_remote_list (self->remote, self->folder, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  entries = wherry_remote_list (self->remote, self->folder, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (entries->len, ==, 1);
}

/* The session ends while something is under way. */
static void
test_broken (Fixture *self, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (self->folder, "big", NULL);
  int fd = open (path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

  g_assert_cmpint (ftruncate (fd, (off_t) 1 << 31), ==, 0);
  close (fd);
  wherry_remote_checksum_async (self->remote, path, NULL, on_result, &result);
  wherry_session_close (self->session);
  await (&result);
  g_assert_null (wherry_remote_text_finish (self->remote, result, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_null (wherry_remote_list (self->remote, self->folder, NULL, &error));
  g_assert_nonnull (error);
}

/* Below a second plus the wire; the limit leaves room for a busy machine and the sanitizers. */
static void
test_many_files (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) entries = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_build_filename (self->folder, "many", NULL);
  gint64 start;

  g_assert_cmpint (g_mkdir (folder, 0755), ==, 0);
  for (guint i = 0; i < N_FILES; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/a file with number %u", folder, i);
      int fd = open (path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

      g_assert_cmpint (fd, >=, 0);
      close (fd);
    }
  start = g_get_monotonic_time ();
  entries = wherry_remote_list (self->remote, folder, NULL, &error);
  g_test_message ("listed in %.3f s", (g_get_monotonic_time () - start) / 1e6);
  g_assert_no_error (error);
  g_assert_cmpuint (entries->len, ==, N_FILES);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 10 * G_USEC_PER_SEC);
  start = g_get_monotonic_time ();
  wherry_remote_remove (self->remote, folder, NULL, &error);
  g_test_message ("removed in %.3f s", (g_get_monotonic_time () - start) / 1e6);
  g_assert_no_error (error);
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    RemoteServerKind kind;
  } servers[] = {
    { "sftp", REMOTE_SERVER_OPENSSH },
    { "sftp-only", REMOTE_SERVER_SFTP_ONLY },
    { "one-channel", REMOTE_SERVER_ONE_CHANNEL },
    { "shell", REMOTE_SERVER_NO_SUBSYSTEM },
  };
  static const struct {
    const char *name;
    void (*run) (Fixture *self, gconstpointer data);
  } tests[] = {
    { "async", test_async },
    { "many", test_many },
    { "cancel", test_cancel },
    { "broken", test_broken },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (servers); i++)
    {
      for (guint n = 0; n < G_N_ELEMENTS (tests); n++)
        {
          g_autofree char *path
              = g_strdup_printf ("/remote/calls/%s/%s", servers[i].name, tests[n].name);

          g_test_add (path, Fixture, GINT_TO_POINTER (servers[i].kind), set_up, tests[n].run,
                      tear_down);
        }
    }
  g_test_add ("/remote/calls/sftp/many-files", Fixture, GINT_TO_POINTER (REMOTE_SERVER_OPENSSH),
              set_up, test_many_files, tear_down);
  g_test_add ("/remote/calls/shell/many-files", Fixture,
              GINT_TO_POINTER (REMOTE_SERVER_NO_SUBSYSTEM), set_up, test_many_files, tear_down);
  return g_test_run ();
}
