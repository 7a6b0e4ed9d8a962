#include "remote-table.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wherry-test-dir.h"

static char *
path_of (RemoteTable *table, const char *name)
{
  return g_strconcat (table->folder, "/", name, NULL);
}

static void
make_file (RemoteTable *table, const char *name, const char *content)
{
  g_free (wherry_test_dir_write (table->folder, name, content));
}

static void
make_folder (RemoteTable *table, const char *name)
{
  g_autofree char *path = path_of (table, name);

  g_assert_cmpint (g_mkdir_with_parents (path, 0755), ==, 0);
}

static char *
content_of (const char *path)
{
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);
  return text;
}

static gboolean
exists (RemoteTable *table, const char *name)
{
  g_autofree char *path = path_of (table, name);
  struct stat info;

  return lstat (path, &info) == 0;
}

static guint
mode_of (RemoteTable *table, const char *name)
{
  g_autofree char *path = path_of (table, name);
  struct stat info;

  g_assert_cmpint (lstat (path, &info), ==, 0);
  return info.st_mode & 07777;
}

static WherryRemoteEntry *
find_entry (GPtrArray *entries, const char *name)
{
  for (guint i = 0; i < entries->len; i++)
    if (strcmp (wherry_remote_entry_get_name (g_ptr_array_index (entries, i)), name) == 0)
      return g_ptr_array_index (entries, i);
  return NULL;
}

/* Names that have hurt somebody; newlines go where `ls` does not have to show them. */
static const char *const names[] = {
  "plain",
  "two words",
  " leading and trailing ",
  "-rf",
  "--help",
  "it's",
  "\"quoted\"",
  "$HOME `id` $(id)",
  "back\\slash\\n",
  "!important!",
  "star*[a]?",
  "~",
  "#hash;semi&amp|pipe>",
  "(paren",
  "=marker=b",
  "tab\there",
  "esc\x1b[31m",
  "gr\xc3\xbc\xc3\x9f",
  "invalid\xff\xfe",
  ".hidden",
  "...",
  "a -> b",
  "100%s%n",
  "{} +",
};

static void
test_list (RemoteTable *table)
{
  g_autoptr (GPtrArray) entries = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    make_file (table, names[i], names[i]);
  make_folder (table, "folder");
  entries = wherry_remote_list (table->remote, table->folder, NULL, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      WherryRemoteEntry *entry = find_entry (entries, names[i]);
      g_autofree char *path = path_of (table, names[i]);
      struct stat info;
      guint32 mode, uid, gid;

      if (entry == NULL)
        g_test_message ("missing: %s", names[i]);
      g_assert_nonnull (entry);
      g_assert_cmpint (lstat (path, &info), ==, 0);
      g_assert_cmpint (wherry_remote_entry_get_file_type (entry), ==, G_FILE_TYPE_REGULAR);
      g_assert_cmpint (wherry_remote_entry_get_size (entry), ==, info.st_size);
      g_assert_cmpint (ABS (wherry_remote_entry_get_mtime (entry) - info.st_mtime), <=, 60);
      g_assert_true (wherry_remote_entry_get_mode (entry, &mode));
      g_assert_cmpuint (mode, ==, info.st_mode);
      g_assert_true (wherry_remote_entry_get_ids (entry, &uid, &gid));
      g_assert_cmpuint (uid, ==, info.st_uid);
      g_assert_cmpuint (gid, ==, info.st_gid);
    }
  g_assert_true (wherry_remote_entry_is_folder (find_entry (entries, "folder")));
  g_assert_cmpuint (entries->len, ==, G_N_ELEMENTS (names) + 1);
}

static void
test_list_errors (RemoteTable *table)
{
  g_autofree char *missing = path_of (table, "missing");
  g_autofree char *file = path_of (table, "file");
  g_autofree char *empty = path_of (table, "empty");
  g_autoptr (GPtrArray) none = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (wherry_remote_list (table->remote, missing, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, missing));
  g_clear_error (&error);

  make_file (table, "file", "");
  g_assert_null (wherry_remote_list (table->remote, file, NULL, &error));
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, file));
  g_clear_error (&error);

  make_folder (table, "empty");
  none = wherry_remote_list (table->remote, empty, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (none->len, ==, 0);
}

/* ProFTPD tells a relative link as an absolute one. */
static gboolean
has_target (WherryRemoteEntry *entry, const char *target)
{
  const char *told = wherry_remote_entry_get_link_target (entry);

  return told != NULL
         && (strcmp (told, target) == 0 || (*told == '/' && g_str_has_suffix (told, target)));
}

static void
test_links (RemoteTable *table)
{
  g_autoptr (GPtrArray) entries = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *dangling = path_of (table, "to nothing");
  g_autofree char *to_folder = path_of (table, "to folder");
  g_autofree char *to_file = path_of (table, "to file");
  g_autoptr (WherryRemoteEntry) link = NULL;
  g_autoptr (WherryRemoteEntry) followed = NULL;
  WherryRemoteEntry *entry;
  gboolean tells;

  make_folder (table, "folder");
  make_file (table, "file", "1234567");
  g_assert_cmpint (symlink ("nowhere -> x", dangling), ==, 0);
  g_assert_cmpint (symlink ("folder", to_folder), ==, 0);
  g_assert_true (wherry_remote_symlink (table->remote, to_file, "./~/../file", NULL, &error)
                 || error != NULL);
  g_assert_no_error (error);
  g_assert_cmpint (unlink (to_file), ==, 0);
  g_assert_true (wherry_remote_symlink (table->remote, to_file, "file", NULL, &error));
  g_assert_false (wherry_remote_symlink (table->remote, to_file, "file", NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_clear_error (&error);

  entries = wherry_remote_list (table->remote, table->folder, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (entries->len, ==, 5);
  entry = find_entry (entries, "to nothing");
  g_assert_true (has_target (entry, "nowhere -> x"));
  g_assert_cmpint (wherry_remote_entry_get_file_type (entry), ==, G_FILE_TYPE_SYMBOLIC_LINK);
  g_assert_cmpint (wherry_remote_entry_get_target_type (entry), ==, G_FILE_TYPE_UNKNOWN);
  entry = find_entry (entries, "to file");
  g_assert_true (has_target (entry, "file"));

  /* `ls` does not tell where a link leads. */
  g_autofree char *description = wherry_remote_dup_description (table->remote);
  tells = strstr (description, "ls ") == NULL;
  if (tells)
    {
      g_assert_cmpint (wherry_remote_entry_get_target_type (entry), ==, G_FILE_TYPE_REGULAR);
      g_assert_true (wherry_remote_entry_is_folder (find_entry (entries, "to folder")));
    }

  link = wherry_remote_stat (table->remote, to_file, FALSE, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (wherry_remote_entry_get_file_type (link), ==, G_FILE_TYPE_SYMBOLIC_LINK);
  g_assert_true (has_target (link, "file"));
  g_assert_cmpstr (wherry_remote_entry_get_name (link), ==, "to file");
  followed = wherry_remote_stat (table->remote, to_file, TRUE, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (wherry_remote_entry_get_file_type (followed), ==, G_FILE_TYPE_REGULAR);
  g_assert_cmpint (wherry_remote_entry_get_size (followed), ==, 7);
  g_assert_null (wherry_remote_stat (table->remote, dangling, TRUE, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static void
test_resolve (RemoteTable *table)
{
  g_autofree char *real = NULL;
  g_autofree char *link = path_of (table, "link");
  g_autofree char *missing = path_of (table, "missing");
  g_autofree char *resolved = NULL;
  g_autofree char *home = NULL;
  g_autoptr (GPtrArray) entries = NULL;
  g_autoptr (GError) error = NULL;

  make_folder (table, "folder");
  g_assert_cmpint (symlink ("folder", link), ==, 0);
  resolved = wherry_remote_resolve (table->remote, link, NULL, &error);
  g_assert_no_error (error);
  real = path_of (table, "folder");
  g_assert_cmpstr (resolved, ==, real);
  home = wherry_remote_resolve (table->remote, "~", NULL, &error);
  g_assert_no_error (error);
  g_assert_true (home[0] == '/');
  g_assert_null (wherry_remote_resolve (table->remote, missing, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  entries = wherry_remote_list (table->remote, ".", NULL, &error);
  g_assert_no_error (error);
}

static void
test_make (RemoteTable *table)
{
  g_autofree char *one = path_of (table, "one");
  g_autofree char *deep = path_of (table, "a/-b/c c/d'\xff");
  g_autofree char *under_file = path_of (table, "file/x");
  g_autofree char *under_nothing = path_of (table, "none/x");
  g_autoptr (GError) error = NULL;

  g_assert_true (wherry_remote_mkdir (table->remote, one, FALSE, NULL, &error));
  g_assert_true (g_file_test (one, G_FILE_TEST_IS_DIR));
  g_assert_false (wherry_remote_mkdir (table->remote, one, FALSE, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_clear_error (&error);
  g_assert_true (wherry_remote_mkdir (table->remote, one, TRUE, NULL, &error));
  g_assert_true (wherry_remote_mkdir (table->remote, deep, TRUE, NULL, &error));
  g_assert_true (g_file_test (deep, G_FILE_TEST_IS_DIR));
  g_assert_false (wherry_remote_mkdir (table->remote, under_nothing, FALSE, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  make_file (table, "file", "x");
  g_assert_false (wherry_remote_mkdir (table->remote, under_file, TRUE, NULL, &error));
  g_assert_nonnull (error);
}

static void
test_rename (RemoteTable *table)
{
  g_autofree char *a = path_of (table, "a");
  g_autofree char *b = path_of (table, "-b 'c'");
  g_autofree char *other = path_of (table, "other");
  g_autofree char *folder = path_of (table, "folder");
  g_autofree char *link = path_of (table, "link");
  g_autofree char *missing = path_of (table, "missing");
  g_autofree char *text = NULL;
  g_autofree char *replaced = NULL;
  g_autoptr (GError) error = NULL;

  make_file (table, "a", "first");
  make_file (table, "other", "second");
  make_folder (table, "folder");
  g_assert_cmpint (symlink ("folder", link), ==, 0);
  g_assert_true (wherry_remote_rename (table->remote, a, b, FALSE, NULL, &error));
  g_assert_no_error (error);
  text = content_of (b);
  g_assert_cmpstr (text, ==, "first");

  g_assert_false (wherry_remote_rename (table->remote, b, other, FALSE, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_clear_error (&error);
  g_assert_false (wherry_remote_rename (table->remote, b, folder, TRUE, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_clear_error (&error);
  g_assert_false (exists (table, "folder/-b 'c'"));
  g_assert_false (wherry_remote_rename (table->remote, missing, other, TRUE, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_true (exists (table, "other"));

  g_assert_true (wherry_remote_rename (table->remote, b, other, TRUE, NULL, &error));
  g_assert_no_error (error);
  replaced = content_of (other);
  g_assert_cmpstr (replaced, ==, "first");
  g_assert_false (exists (table, "-b 'c'"));
  /* A link to a folder is replaced, not gone into. */
  wherry_remote_rename (table->remote, other, link, TRUE, NULL, &error);
  g_assert_no_error (error);
  g_assert_false (exists (table, "folder/other"));
  g_assert_true (g_file_test (link, G_FILE_TEST_IS_REGULAR));
  g_assert_false (g_file_test (link, G_FILE_TEST_IS_SYMLINK));
  g_assert_true (wherry_remote_rename (table->remote, folder, missing, FALSE, NULL, &error));
  g_assert_true (g_file_test (missing, G_FILE_TEST_IS_DIR));
}

static void
make_tree (RemoteTable *table)
{
  g_autofree char *link = NULL;

  make_folder (table, "tree/-sub/deep er");
  make_folder (table, "outside");
  make_file (table, "outside/keep", "kept");
  make_file (table, "tree/a", "12345");
  make_file (table, "tree/-sub/b\xff", "1234567890");
  make_file (table, "tree/-sub/deep er/c'", "");
  link = path_of (table, "tree/-sub/link");
  g_assert_cmpint (symlink ("../../outside", link), ==, 0);
}

static void
test_remove (RemoteTable *table)
{
  g_autofree char *tree = path_of (table, "tree");
  g_autofree char *link = path_of (table, "link/");
  g_autofree char *link_path = path_of (table, "link");
  g_autofree char *file = path_of (table, "-file");
  g_autofree char *dots = path_of (table, "outside/..");
  g_autoptr (GError) error = NULL;

  make_tree (table);
  make_file (table, "-file", "x");
  g_assert_cmpint (symlink ("outside", link_path), ==, 0);
  g_assert_true (wherry_remote_remove (table->remote, link, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (exists (table, "link"));
  g_assert_true (exists (table, "outside/keep"));
  g_assert_true (wherry_remote_remove (table->remote, file, NULL, &error));
  g_assert_true (wherry_remote_remove (table->remote, tree, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (exists (table, "tree"));
  g_assert_true (exists (table, "outside/keep"));
  g_assert_false (wherry_remote_remove (table->remote, tree, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (wherry_remote_remove (table->remote, dots, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_true (exists (table, "outside/keep"));
}

static void
test_chmod (RemoteTable *table)
{
  g_autofree char *tree = path_of (table, "tree");
  g_autofree char *file = path_of (table, "tree/a");
  g_autofree char *missing = path_of (table, "missing");
  WherryModeChange change = wherry_mode_change_to (0640);
  g_autoptr (GError) error = NULL;

  make_tree (table);
  g_assert_true (wherry_remote_chmod (table->remote, file, &change, FALSE, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (mode_of (table, "tree/a"), ==, 0640);
  g_assert_true (wherry_mode_change_parse ("u=rwX,g+w,o-rwx", &change));
  g_assert_true (wherry_remote_chmod (table->remote, tree, &change, TRUE, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (mode_of (table, "tree"), ==, 0770);
  g_assert_cmpuint (mode_of (table, "tree/-sub/deep er") & 0700, ==, 0700);
  g_assert_cmpuint (mode_of (table, "tree/-sub/deep er") & 0007, ==, 0);
  g_assert_cmpuint (mode_of (table, "tree/a"), ==, 0660);
  g_assert_cmpuint (mode_of (table, "outside/keep") & 0004, ==, 0004);
  /* Rights that keep one out go last. */
  change = wherry_mode_change_to (0400);
  g_assert_true (wherry_remote_chmod (table->remote, file, &change, FALSE, NULL, &error));
  g_assert_cmpuint (mode_of (table, "tree/a"), ==, 0400);
  g_assert_false (wherry_remote_chmod (table->remote, missing, &change, FALSE, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static void
test_chown (RemoteTable *table)
{
  g_autofree char *tree = path_of (table, "tree");
  g_autofree char *file = path_of (table, "tree/a");
  g_autofree char *uid = g_strdup_printf ("%u", (guint) getuid ());
  g_autofree char *gid = g_strdup_printf ("%u", (guint) getgid ());
  struct stat info;
  g_autoptr (GError) error = NULL;

  make_tree (table);
  /* To oneself: that is all that an ordinary account may do. */
  g_assert_true (wherry_remote_chown (table->remote, file, uid, gid, FALSE, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (
      wherry_remote_chown (table->remote, file, "no-such-account", NULL, FALSE, NULL, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  if (geteuid () != 0)
    return;
  g_assert_true (wherry_remote_chown (table->remote, tree, NULL, "daemon", TRUE, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (wherry_remote_chown (table->remote, tree, "12345", NULL, TRUE, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (lstat (file, &info), ==, 0);
  g_assert_cmpuint (info.st_uid, ==, 12345);
  g_assert_cmpuint (info.st_gid, ==, 1);
  g_free (file);
  file = path_of (table, "outside/keep");
  g_assert_cmpint (lstat (file, &info), ==, 0);
  g_assert_cmpuint (info.st_uid, ==, 0);
}

static void
test_copy (RemoteTable *table)
{
  g_autofree char *tree = path_of (table, "tree");
  g_autofree char *twin = path_of (table, "twin it's");
  g_autofree char *inside = path_of (table, "tree/inside");
  g_autofree char *missing = path_of (table, "missing");
  g_autofree char *copied = path_of (table, "twin it's/-sub/b\xff");
  g_autofree char *link = path_of (table, "twin it's/-sub/link");
  g_autofree char *text = NULL;
  g_autofree char *target = NULL;
  g_autoptr (GError) error = NULL;

  make_tree (table);
  g_chmod (tree, 0750);
  g_assert_true (wherry_remote_copy (table->remote, tree, twin, NULL, &error));
  g_assert_no_error (error);
  text = content_of (copied);
  g_assert_cmpstr (text, ==, "1234567890");
  target = g_file_read_link (link, NULL);
  g_assert_true (g_str_has_suffix (target, "/outside"));
  g_assert_cmpuint (mode_of (table, "twin it's"), ==, 0750);
  g_assert_true (exists (table, "twin it's/-sub/deep er/c'"));
  g_assert_false (wherry_remote_copy (table->remote, tree, twin, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_clear_error (&error);
  g_assert_false (wherry_remote_copy (table->remote, missing, inside, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (wherry_remote_copy (table->remote, tree, inside, NULL, &error));
  g_assert_nonnull (error);
  g_assert_false (exists (table, "tree/inside"));
}

static void
test_size (RemoteTable *table)
{
  g_autofree char *tree = path_of (table, "tree");
  g_autofree char *file = path_of (table, "tree/a");
  g_autofree char *missing = path_of (table, "missing");
  g_autoptr (GError) error = NULL;
  WherryRemoteSize size;
  WherryRemoteSpace space = { 0 };

  make_tree (table);
  g_assert_true (wherry_remote_folder_size (table->remote, tree, &size, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (size.bytes, ==, 15);
  g_assert_cmpuint (size.files, ==, 4);
  g_assert_cmpuint (size.folders, ==, 2);
  g_assert_cmpuint (size.unreadable, ==, 0);
  g_assert_true (wherry_remote_folder_size (table->remote, file, &size, NULL, &error));
  g_assert_cmpuint (size.bytes, ==, 5);
  g_assert_cmpuint (size.files, ==, 1);
  g_assert_false (wherry_remote_folder_size (table->remote, missing, &size, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  if (wherry_remote_space (table->remote, tree, &space, NULL, &error))
    {
      g_assert_cmpuint (space.total, >, 0);
      g_assert_cmpuint (space.available, <=, space.total);
    }
  else
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
}

static void
test_content (RemoteTable *table)
{
  g_autofree char *file = path_of (table, "-it's a file");
  g_autofree char *real = path_of (table, "real");
  g_autofree char *link = path_of (table, "link");
  g_autofree char *folder = path_of (table, "folder");
  g_autofree char *fifo = path_of (table, "fifo");
  g_autofree char *there = NULL;
  g_autofree char *sum = NULL;
  g_autofree char *expected = NULL;
  g_autoptr (GBytes) content = NULL;
  g_autoptr (GBytes) empty = g_bytes_new_static ("", 0);
  g_autoptr (GBytes) back = NULL;
  g_autoptr (GBytes) nothing = NULL;
  g_autoptr (GError) error = NULL;
  guint8 *bytes = g_malloc (300000);
  guint n_files = 0;

  for (guint i = 0; i < 300000; i++)
    bytes[i] = (guint8) (i * 7 + i / 251);
  content = g_bytes_new_take (bytes, 300000);
  g_assert_true (wherry_remote_write (table->remote, file, content, NULL, &error));
  g_assert_no_error (error);
  back = wherry_remote_read (table->remote, file, 300000, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (back, content));
  g_assert_null (wherry_remote_read (table->remote, file, 299999, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE);
  g_clear_error (&error);
  sum = wherry_remote_checksum (table->remote, file, NULL, &error);
  g_assert_no_error (error);
  expected = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, content);
  g_assert_cmpstr (sum, ==, expected);

  /* Permissions stay, and a link goes on leading there. */
  make_file (table, "real", "old");
  g_chmod (real, 0444);
  g_assert_cmpint (symlink ("real", link), ==, 0);
  g_assert_true (wherry_remote_write (table->remote, link, content, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_test (link, G_FILE_TEST_IS_SYMLINK));
  g_assert_cmpuint (mode_of (table, "real"), ==, 0444);
  g_file_get_contents (real, &there, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (there, 300000, bytes, 300000);
  g_assert_true (wherry_remote_write (table->remote, file, empty, NULL, &error));
  nothing = wherry_remote_read (table->remote, file, 0, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (nothing), ==, 0);

  make_folder (table, "folder");
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_assert_false (wherry_remote_write (table->remote, folder, content, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY);
  g_clear_error (&error);
  g_assert_null (wherry_remote_read (table->remote, folder, 10, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY);
  g_clear_error (&error);
  g_assert_null (wherry_remote_read (table->remote, fifo, 10, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE);
  g_clear_error (&error);
  g_assert_null (wherry_remote_checksum (table->remote, fifo, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE);

  /* Nothing of the way there is left. */
  g_autoptr (GDir) dir = g_dir_open (table->folder, 0, NULL);
  while (g_dir_read_name (dir) != NULL)
    n_files++;
  g_assert_cmpuint (n_files, ==, 5);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (wherry_remote_entry_get_name (*(WherryRemoteEntry *const *) a),
                 wherry_remote_entry_get_name (*(WherryRemoteEntry *const *) b));
}

static void
test_search (RemoteTable *table)
{
  g_autofree char *missing = path_of (table, "missing");
  g_autoptr (GPtrArray) found = NULL;
  g_autoptr (GPtrArray) umlaut = NULL;
  g_autoptr (GPtrArray) one = NULL;
  g_autoptr (GPtrArray) none = NULL;
  g_autoptr (GError) error = NULL;

  make_folder (table, "Report/deep/report [old]");
  make_file (table, "Report/deep/my-REPORT.txt", "12");
  make_file (table,
             "Report/\xc3\x9c"
             "bung",
             "");
  make_file (table, "Report/other", "");
  found = wherry_remote_search (table->remote, table->folder, "rePort", 100, NULL, &error);
  g_assert_no_error (error);
  g_ptr_array_sort (found, compare_names);
  g_assert_cmpuint (found->len, ==, 3);
  g_assert_cmpstr (wherry_remote_entry_get_name (found->pdata[0]), ==, "Report");
  g_assert_cmpstr (wherry_remote_entry_get_name (found->pdata[1]), ==, "Report/deep/my-REPORT.txt");
  g_assert_cmpint (wherry_remote_entry_get_size (found->pdata[1]), ==, 2);
  g_assert_cmpstr (wherry_remote_entry_get_name (found->pdata[2]), ==, "Report/deep/report [old]");
  umlaut = wherry_remote_search (table->remote, table->folder,
                                 "\xc3\xbc"
                                 "BUNG",
                                 100, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (umlaut->len, ==, 1);
  one = wherry_remote_search (table->remote, table->folder, "r", 1, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (one->len, ==, 1);
  none = wherry_remote_search (table->remote, table->folder, "no such *", 100, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (none->len, ==, 0);
  g_assert_null (wherry_remote_search (table->remote, missing, "x", 1, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

/* Every operation takes every name. */
static void
test_names (RemoteTable *table)
{
  g_autoptr (GBytes) content = g_bytes_new_static ("content", 7);

  for (guint i = 0; i <= G_N_ELEMENTS (names); i++)
    {
      const char *name = i < G_N_ELEMENTS (names) ? names[i] : "new\nline\n";
      g_autofree char *path = path_of (table, name);
      g_autofree char *moved = g_strconcat (path, "2", NULL);
      g_autoptr (WherryRemoteEntry) entry = NULL;
      g_autoptr (GError) error = NULL;

      wherry_remote_write (table->remote, path, content, NULL, &error);
      g_assert_no_error (error);
      g_assert_true (exists (table, name));
      if (i % 3 != 0 && i < G_N_ELEMENTS (names))
        continue;
      entry = wherry_remote_stat (table->remote, path, FALSE, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (wherry_remote_entry_get_name (entry), ==, name);
      g_assert_cmpint (wherry_remote_entry_get_size (entry), ==, 7);
      wherry_remote_rename (table->remote, path, moved, FALSE, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpint (access (moved, F_OK), ==, 0);
      wherry_remote_remove (table->remote, moved, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpint (access (moved, F_OK), !=, 0);
    }
}

static void
test_explain (RemoteTable *table)
{
  g_autoptr (WherryRemoteDenied) missing = NULL;
  g_autoptr (WherryRemoteDenied) denied = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *closed = path_of (table, "closed");
  g_autofree char *inside = path_of (table, "closed/inside");
  g_autofree char *nothing = path_of (table, "none/x");
  g_autofree char *none = path_of (table, "none");

  missing = wherry_remote_explain_denied (table->remote, nothing, WHERRY_REMOTE_ACCESS_READ, NULL,
                                          &error);
  g_assert_no_error (error);
  g_assert_cmpint (missing->reason, ==, WHERRY_REMOTE_DENIED_MISSING);
  g_assert_cmpstr (missing->culprit, ==, none);
  g_assert_cmpstr (missing->account, ==, g_get_user_name ());

  make_folder (table, "closed");
  make_file (table, "closed/inside", "");
  g_chmod (closed, 0600);
  denied = wherry_remote_explain_denied (table->remote, inside, WHERRY_REMOTE_ACCESS_READ, NULL,
                                         &error);
  g_chmod (closed, 0700);
  g_assert_no_error (error);
  g_assert_cmpstr (denied->path, ==, inside);
  /* Nothing is denied to root. */
  if (geteuid () == 0)
    {
      g_assert_cmpint (denied->reason, ==, WHERRY_REMOTE_DENIED_UNKNOWN);
      return;
    }
  g_assert_cmpint (denied->reason, ==, WHERRY_REMOTE_DENIED_SEARCH);
  g_assert_cmpstr (denied->culprit, ==, closed);
  g_assert_true (denied->owned);
  g_assert_true (g_str_has_prefix (denied->remedy, "chmod u+x "));
  g_assert_nonnull (denied->entry);
}

/* What an ordinary account may not do. */
static void
test_denied (RemoteTable *table)
{
  g_autofree char *closed = path_of (table, "closed");
  g_autofree char *inside = path_of (table, "closed/inside");
  g_autofree char *tree = path_of (table, "closed");
  g_autoptr (GBytes) content = g_bytes_new_static ("x", 1);
  g_autoptr (GError) error = NULL;

  if (geteuid () == 0)
    return;
  make_folder (table, "closed");
  make_file (table, "closed/inside", "");
  g_chmod (closed, 0);
  g_assert_null (wherry_remote_list (table->remote, closed, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
  g_clear_error (&error);
  g_assert_null (wherry_remote_read (table->remote, inside, 10, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
  g_clear_error (&error);
  g_assert_false (wherry_remote_write (table->remote, inside, content, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
  g_clear_error (&error);
  g_assert_false (wherry_remote_remove (table->remote, tree, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
  g_chmod (closed, 0700);
  g_assert_true (exists (table, "closed/inside"));
}

void
remote_table_run (WherryRemote *remote, const char *folder, gboolean listings_only)
{
  static const struct {
    const char *name;
    void (*run) (RemoteTable *table);
    gboolean lists;
  } operations[] = {
    { "list", test_list, TRUE },        { "list-errors", test_list_errors, TRUE },
    { "links", test_links, TRUE },      { "resolve", test_resolve, FALSE },
    { "mkdir", test_make, FALSE },      { "rename", test_rename, FALSE },
    { "remove", test_remove, FALSE },   { "chmod", test_chmod, FALSE },
    { "chown", test_chown, FALSE },     { "copy", test_copy, FALSE },
    { "size", test_size, TRUE },        { "content", test_content, FALSE },
    { "search", test_search, TRUE },    { "names", test_names, FALSE },
    { "explain", test_explain, FALSE }, { "denied", test_denied, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (operations); i++)
    {
      g_autofree char *own = g_strdup_printf ("%s/work-%s", folder, operations[i].name);
      RemoteTable table = { remote, own };

      if (listings_only && !operations[i].lists)
        continue;
      g_test_message ("%s", operations[i].name);
      wherry_test_dir_remove (own);
      g_assert_cmpint (g_mkdir (own, 0755), ==, 0);
      operations[i].run (&table);
    }
}
