#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/wherry-error.h"
#include "sites/wherry-known-hosts.h"

typedef struct {
  char *folder;
  char *file;
  WherryKnownHosts *store;
} Fixture;

/* Made once by ssh-keygen: two of one type, one of another. */
static WherryHostKey *key_a, *key_b, *key_ec;
static char *line_a, *line_b, *line_ec;

static char *
run (const char *const *command, gboolean must_succeed)
{
  g_autoptr (GError) error = NULL;
  char *output = NULL;
  int status;

  g_assert_true (g_spawn_sync (NULL, (char **) command, NULL,
                               G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
                               &output, NULL, &status, &error));
  g_assert_no_error (error);
  if (must_succeed)
    g_assert_cmpint (status, ==, 0);
  return output;
}

static WherryHostKey *
make_key (const char *folder, const char *name, const char *type, char **line)
{
  g_autofree char *file = g_build_filename (folder, name, NULL);
  g_autofree char *public = g_strconcat (file, ".pub", NULL);
  const char *const command[]
      = { "ssh-keygen", "-q", "-t", type, "-N", "", "-C", "", "-f", file, NULL };
  g_autofree char *output = run (command, TRUE);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_get_contents (public, &text, NULL, &error));
  g_auto (GStrv) words = g_strsplit (g_strstrip (text), " ", 0);
  *line = g_strjoin (" ", words[0], words[1], NULL);
  WherryHostKey *key = wherry_host_key_new_from_base64 (words[1], &error);
  g_assert_no_error (error);
  g_unlink (file);
  g_unlink (public);
  return key;
}

static void
set_up (Fixture *self, gconstpointer data)
{
  self->folder = g_dir_make_tmp ("wherry-known-hosts-XXXXXX", NULL);
  self->file = g_build_filename (self->folder, "known_hosts", NULL);
  const char *const files[] = { self->file, NULL };
  self->store = wherry_known_hosts_new (files);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  const char *const command[] = { "rm", "-rf", self->folder, NULL };
  g_autofree char *output = run (command, TRUE);

  g_object_unref (self->store);
  g_free (self->file);
  g_free (self->folder);
}

static void G_GNUC_PRINTF (2, 3) write_file (Fixture *self, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_assert_true (g_file_set_contents (self->file, text, -1, NULL));
}

static WherryHostKeyVerdict
judge (Fixture *self, const char *host, guint16 port, WherryHostKey *key)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) known = NULL;
  WherryHostKeyVerdict verdict
      = wherry_host_key_store_check (WHERRY_HOST_KEY_STORE (self->store), host, port, key, &known,
                                     NULL, &error);

  if (verdict == WHERRY_HOST_KEY_UNCHECKED)
    g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_HOST_KEY_UNCHECKED);
  else
    g_assert_no_error (error);
  g_assert_cmpint (known != NULL, ==, verdict == WHERRY_HOST_KEY_CHANGED);
  return verdict;
}

static void
remember (Fixture *self, const char *host, guint16 port, WherryHostKey *key)
{
  g_autoptr (GError) error = NULL;

  wherry_host_key_store_remember (WHERRY_HOST_KEY_STORE (self->store), host, port, key, NULL,
                                  &error);
  g_assert_no_error (error);
}

static void
test_names (Fixture *self, gconstpointer data)
{
  write_file (self,
              "# comment\n\n"
              "plain.example.org,10.0.0.1 %s a comment\n"
              "[other.example.org]:2222\t%s\n"
              "  *.pattern.org,!bad.pattern.org,?.short.org %s\n"
              "MiXed.example.org %s\r\n"
              "[::1]:2222,::1 %s\n"
              "last.example.org %s",
              line_a, line_a, line_a, line_a, line_a, line_a);

  g_assert_cmpint (judge (self, "plain.example.org", 22, key_a), ==, WHERRY_HOST_KEY_MATCH);
  g_assert_cmpint (judge (self, "PLAIN.example.ORG", 22, key_a), ==, WHERRY_HOST_KEY_MATCH);
  g_assert_cmpint (judge (self, "10.0.0.1", 22, key_a), ==, WHERRY_HOST_KEY_MATCH);
  g_assert_cmpint (judge (self, "mixed.example.org", 22, key_a), ==, WHERRY_HOST_KEY_MATCH);
  g_assert_cmpint (judge (self, "last.example.org", 22, key_a), ==, WHERRY_HOST_KEY_MATCH);
  g_assert_cmpint (judge (self, "a.pattern.org", 22, key_a), ==, WHERRY_HOST_KEY_MATCH);
  g_assert_cmpint (judge (self, "x.short.org", 22, key_a), ==, WHERRY_HOST_KEY_MATCH);
  g_assert_cmpint (judge (self, "xx.short.org", 22, key_a), ==, WHERRY_HOST_KEY_UNKNOWN);
  g_assert_cmpint (judge (self, "bad.pattern.org", 22, key_a), ==, WHERRY_HOST_KEY_UNKNOWN);
  g_assert_cmpint (judge (self, "plain.example.or", 22, key_a), ==, WHERRY_HOST_KEY_UNKNOWN);
  g_assert_cmpint (judge (self, "::1", 22, key_a), ==, WHERRY_HOST_KEY_MATCH);
  g_assert_cmpint (judge (self, "::1", 2222, key_a), ==, WHERRY_HOST_KEY_MATCH);

  /* The port is part of the name, and only 22 goes without. */
  g_assert_cmpint (judge (self, "plain.example.org", 2222, key_a), ==, WHERRY_HOST_KEY_UNKNOWN);
  g_assert_cmpint (judge (self, "other.example.org", 2222, key_a), ==, WHERRY_HOST_KEY_MATCH);
  g_assert_cmpint (judge (self, "other.example.org", 22, key_a), ==, WHERRY_HOST_KEY_UNKNOWN);
  g_assert_cmpint (judge (self, "other.example.org", 2223, key_a), ==, WHERRY_HOST_KEY_UNKNOWN);
}

/* Rule R10: any recorded key, of any type, that is not this one means changed. */
static void
test_changed (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) known = NULL;

  write_file (self, "same %s\nsame %s\nhost %s\n", line_b, line_a, line_ec);
  g_assert_cmpint (judge (self, "same", 22, key_a), ==, WHERRY_HOST_KEY_MATCH);
  g_assert_cmpint (judge (self, "same", 22, key_b), ==, WHERRY_HOST_KEY_MATCH);
  g_assert_cmpint (judge (self, "same", 22, key_ec), ==, WHERRY_HOST_KEY_CHANGED);
  g_assert_cmpint (judge (self, "host", 22, key_a), ==, WHERRY_HOST_KEY_CHANGED);

  wherry_host_key_store_check (WHERRY_HOST_KEY_STORE (self->store), "same", 22, key_ec, &known,
                               NULL, NULL);
  g_assert_cmpint (known->len, ==, 2);
  g_assert_true (wherry_host_key_equal (known->pdata[0], key_b));
  g_assert_true (wherry_host_key_equal (known->pdata[1], key_a));
}

static void
test_revoked (Fixture *self, gconstpointer data)
{
  write_file (self, "host %s\n@revoked host %s\n", line_a, line_a);
  g_assert_cmpint (judge (self, "host", 22, key_a), ==, WHERRY_HOST_KEY_REVOKED);
  g_assert_cmpint (judge (self, "host", 2222, key_a), ==, WHERRY_HOST_KEY_REVOKED);
  g_assert_cmpint (judge (self, "host", 22, key_b), ==, WHERRY_HOST_KEY_CHANGED);
  g_assert_cmpint (judge (self, "other", 22, key_a), ==, WHERRY_HOST_KEY_UNKNOWN);

  write_file (self, "@revoked * %s\n", line_a);
  g_assert_cmpint (judge (self, "any", 2222, key_a), ==, WHERRY_HOST_KEY_REVOKED);
  g_assert_cmpint (judge (self, "any", 2222, key_b), ==, WHERRY_HOST_KEY_UNKNOWN);

  /* A certificate authority is no key of the host itself. */
  write_file (self, "@cert-authority * %s\n@unheard-of * %s\n", line_a, line_a);
  g_assert_cmpint (judge (self, "any", 22, key_a), ==, WHERRY_HOST_KEY_UNKNOWN);
}

static void
test_bad_lines (Fixture *self, gconstpointer data)
{
  write_file (self,
              "host\n"
              "host ssh-ed25519\n"
              "host ssh-ed25519 !!!!\n"
              "host ssh-rsa %s\n" /* says another type than the key itself */
              "host 2048 35 123456789\n"
              "@revoked\n"
              "|1|abc|def %s\n"
              "|1|| %s\n"
              "|1| %s\n"
              "good %s\n",
              strchr (line_a, ' ') + 1, line_a, line_a, line_a, line_a);
  g_assert_cmpint (judge (self, "host", 22, key_a), ==, WHERRY_HOST_KEY_UNKNOWN);
  g_assert_cmpint (judge (self, "good", 22, key_a), ==, WHERRY_HOST_KEY_MATCH);

  /* Neither must a NUL hide what follows it. */
  g_autofree char *text = g_strdup_printf ("x\nhost %s\n", line_b);
  gsize length = strlen (text);
  text[0] = '\0';
  g_assert_true (g_file_set_contents (self->file, text, (gssize) length, NULL));
  g_assert_cmpint (judge (self, "host", 22, key_a), ==, WHERRY_HOST_KEY_CHANGED);
}

/* A file made by ssh-keygen -H is read as before it was hashed. */
static void
test_hashed (Fixture *self, gconstpointer data)
{
  const char *const hash[] = { "ssh-keygen", "-q", "-H", "-f", self->file, NULL };
  g_autofree char *text = NULL;

  write_file (self, "host.example.org,10.0.0.1 %s\n[host.example.org]:2222 %s\n", line_a, line_b);
  g_autofree char *output = run (hash, TRUE);
  g_assert_true (g_file_get_contents (self->file, &text, NULL, NULL));
  g_assert_null (strstr (text, "example"));

  g_assert_cmpint (judge (self, "host.example.org", 22, key_a), ==, WHERRY_HOST_KEY_MATCH);
  g_assert_cmpint (judge (self, "Host.Example.Org", 22, key_a), ==, WHERRY_HOST_KEY_MATCH);
  g_assert_cmpint (judge (self, "10.0.0.1", 22, key_b), ==, WHERRY_HOST_KEY_CHANGED);
  g_assert_cmpint (judge (self, "host.example.org", 2222, key_b), ==, WHERRY_HOST_KEY_MATCH);
  g_assert_cmpint (judge (self, "host.example.org", 2222, key_a), ==, WHERRY_HOST_KEY_CHANGED);
  g_assert_cmpint (judge (self, "host.example.com", 22, key_a), ==, WHERRY_HOST_KEY_UNKNOWN);
}

static void
assert_keygen_finds (Fixture *self, const char *name, const char *line)
{
  const char *const find[] = { "ssh-keygen", "-F", name, "-f", self->file, NULL };
  g_autofree char *output = run (find, TRUE);

  g_assert_nonnull (strstr (output, line));
}

/* What is remembered is found by ssh-keygen -F, hashed, and in a file of the right mode. */
static void
test_remember (Fixture *self, gconstpointer data)
{
  g_autofree char *text = NULL;
  g_autofree char *sub = g_build_filename (self->folder, "home", ".ssh", NULL);
  struct stat st;

  g_free (self->file);
  self->file = g_build_filename (sub, "known_hosts", NULL);
  g_object_unref (self->store);
  const char *const files[] = { self->file, NULL };
  self->store = wherry_known_hosts_new (files);

  remember (self, "Host.example.org", 22, key_a);
  remember (self, "host.example.org", 2222, key_b);
  remember (self, "::1", 2222, key_ec);
  remember (self, "::1", 2222, key_ec);

  assert_keygen_finds (self, "host.example.org", line_a);
  assert_keygen_finds (self, "[host.example.org]:2222", line_b);
  assert_keygen_finds (self, "[::1]:2222", line_ec);
  g_assert_cmpint (judge (self, "host.example.org", 22, key_a), ==, WHERRY_HOST_KEY_MATCH);
  g_assert_cmpint (judge (self, "host.example.org", 2222, key_b), ==, WHERRY_HOST_KEY_MATCH);
  g_assert_cmpint (judge (self, "::1", 2222, key_ec), ==, WHERRY_HOST_KEY_MATCH);

  g_assert_true (g_file_get_contents (self->file, &text, NULL, NULL));
  g_assert_null (strstr (text, "example"));
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_assert_cmpint (g_strv_length (lines), ==, 4);
  g_assert_cmpint (g_stat (self->file, &st), ==, 0);
  g_assert_cmpint (st.st_mode & 0777, ==, 0600);
  g_assert_cmpint (g_stat (sub, &st), ==, 0);
  g_assert_cmpint (st.st_mode & 0777, ==, 0700);
}

static void
test_remember_appends (Fixture *self, gconstpointer data)
{
  g_autofree char *text = NULL;
  g_autofree char *link = g_build_filename (self->folder, "link", NULL);
  g_autoptr (GError) error = NULL;
  struct stat st;

  /* The last line has no end; mode and link stay. */
  write_file (self, "first %s", line_a);
  g_assert_cmpint (g_chmod (self->file, 0644), ==, 0);
  g_assert_cmpint (symlink (self->file, link), ==, 0);
  const char *const files[] = { link, NULL };
  g_autoptr (WherryKnownHosts) store = wherry_known_hosts_new (files);
  g_assert_true (wherry_host_key_store_remember (WHERRY_HOST_KEY_STORE (store), "second", 22, key_b,
                                                 NULL, &error));
  g_assert_no_error (error);

  g_assert_cmpint (judge (self, "first", 22, key_a), ==, WHERRY_HOST_KEY_MATCH);
  g_assert_cmpint (judge (self, "second", 22, key_b), ==, WHERRY_HOST_KEY_MATCH);
  g_assert_cmpint (g_stat (self->file, &st), ==, 0);
  g_assert_cmpint (st.st_mode & 0777, ==, 0644);
  g_assert_true (g_file_test (link, G_FILE_TEST_IS_SYMLINK));

  /* Nothing is ever added beside another key of the host. */
  g_assert_false (wherry_host_key_store_remember (WHERRY_HOST_KEY_STORE (store), "second", 22,
                                                  key_a, NULL, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_HOST_KEY_CHANGED);
  g_assert_cmpint (judge (self, "second", 22, key_a), ==, WHERRY_HOST_KEY_CHANGED);
}

static void
test_remember_fails (Fixture *self, gconstpointer data)
{
  const char *const none[] = { NULL };
  const char *const device[] = { "/dev/full", NULL };
  g_autoptr (WherryKnownHosts) nowhere = wherry_known_hosts_new (none);
  g_autoptr (WherryKnownHosts) full = wherry_known_hosts_new (device);
  g_autoptr (GError) error = NULL;

  g_assert_false (wherry_host_key_store_remember (WHERRY_HOST_KEY_STORE (nowhere), "host", 22,
                                                  key_a, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);

  /* A full disk. */
  g_assert_false (wherry_host_key_store_remember (WHERRY_HOST_KEY_STORE (full), "host", 22, key_a,
                                                  NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
}

/* Rule R10: what can't be read is never "unknown". */
static void
test_unreadable (Fixture *self, gconstpointer data)
{
  g_autofree char *good = g_build_filename (self->folder, "good", NULL);
  g_autofree char *revoked = g_strdup_printf ("@revoked * %s\n", line_b);
  g_autofree char *match = g_strdup_printf ("host %s\n%s", line_a, revoked);
  const char *const files[] = { self->file, good, NULL };
  const char *const null_device[] = { "/dev/null", NULL };

  g_assert_cmpint (judge (self, "host", 22, key_a), ==, WHERRY_HOST_KEY_UNKNOWN);

  g_assert_true (g_file_set_contents (good, match, -1, NULL));
  g_object_unref (self->store);
  self->store = wherry_known_hosts_new (files);
  g_assert_cmpint (judge (self, "host", 22, key_a), ==, WHERRY_HOST_KEY_MATCH);

  /* A folder can't be read even by root. */
  g_assert_cmpint (g_mkdir (self->file, 0700), ==, 0);
  g_assert_cmpint (judge (self, "host", 22, key_a), ==, WHERRY_HOST_KEY_UNCHECKED);
  g_assert_cmpint (judge (self, "host", 22, key_b), ==, WHERRY_HOST_KEY_REVOKED);
  g_assert_cmpint (g_rmdir (self->file), ==, 0);

  /* Nor may a FIFO hang it. */
  g_assert_cmpint (mkfifo (self->file, 0600), ==, 0);
  g_assert_cmpint (judge (self, "host", 22, key_a), ==, WHERRY_HOST_KEY_UNCHECKED);
  g_assert_cmpint (g_unlink (self->file), ==, 0);

  if (geteuid () != 0)
    {
      write_file (self, "host %s\n", line_a);
      g_assert_cmpint (g_chmod (self->file, 0), ==, 0);
      g_assert_cmpint (judge (self, "host", 22, key_a), ==, WHERRY_HOST_KEY_UNCHECKED);
    }

  g_object_unref (self->store);
  self->store = wherry_known_hosts_new (null_device);
  g_assert_cmpint (judge (self, "host", 22, key_a), ==, WHERRY_HOST_KEY_UNKNOWN);
  remember (self, "host", 22, key_a);
}

static void
test_key_types (Fixture *self, gconstpointer data)
{
  write_file (self, "host %s\nhost %s\nhost %s\n@revoked other %s\n", line_ec, line_a, line_b,
              line_a);
  g_auto (GStrv) types
      = wherry_host_key_store_dup_key_types (WHERRY_HOST_KEY_STORE (self->store), "host", 22, NULL);
  g_auto (GStrv) none = wherry_host_key_store_dup_key_types (WHERRY_HOST_KEY_STORE (self->store),
                                                             "other", 22, NULL);

  g_assert_cmpint (g_strv_length (types), ==, 2);
  g_assert_cmpstr (types[0], ==, "ecdsa-sha2-nistp256");
  g_assert_cmpstr (types[1], ==, "ssh-ed25519");
  g_assert_cmpint (g_strv_length (none), ==, 0);
}

static void
test_host_files (Fixture *self, gconstpointer data)
{
  g_autofree char *own = g_build_filename (self->folder, "own", NULL);
  const char *const files[] = { own, NULL };

  write_file (self, "one %s\ntwo %s\n", line_a, line_a);
  wherry_known_hosts_set_host_files (self->store, "One", 22, files);
  g_assert_cmpint (judge (self, "one", 22, key_a), ==, WHERRY_HOST_KEY_UNKNOWN);
  g_assert_cmpint (judge (self, "two", 22, key_a), ==, WHERRY_HOST_KEY_MATCH);
  remember (self, "one", 22, key_b);
  g_assert_cmpint (judge (self, "one", 22, key_b), ==, WHERRY_HOST_KEY_MATCH);
  g_assert_cmpstr (wherry_known_hosts_get_file (self->store, "one", 22), ==, own);
  g_assert_cmpstr (wherry_known_hosts_get_file (self->store, "two", 22), ==, self->file);
}

static void
add (const char *path, void (*test) (Fixture *self, gconstpointer data))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_autofree char *folder = g_dir_make_tmp ("wherry-keys-XXXXXX", NULL);
  key_a = make_key (folder, "a", "ed25519", &line_a);
  key_b = make_key (folder, "b", "ed25519", &line_b);
  key_ec = make_key (folder, "ec", "ecdsa", &line_ec);
  g_rmdir (folder);

  add ("/known-hosts/names", test_names);
  add ("/known-hosts/changed", test_changed);
  add ("/known-hosts/revoked", test_revoked);
  add ("/known-hosts/bad-lines", test_bad_lines);
  add ("/known-hosts/hashed", test_hashed);
  add ("/known-hosts/remember", test_remember);
  add ("/known-hosts/remember-appends", test_remember_appends);
  add ("/known-hosts/remember-fails", test_remember_fails);
  add ("/known-hosts/unreadable", test_unreadable);
  add ("/known-hosts/key-types", test_key_types);
  add ("/known-hosts/host-files", test_host_files);
  int result = g_test_run ();

  g_clear_pointer (&key_a, wherry_host_key_unref);
  g_clear_pointer (&key_b, wherry_host_key_unref);
  g_clear_pointer (&key_ec, wherry_host_key_unref);
  g_free (line_a);
  g_free (line_b);
  g_free (line_ec);
  return result;
}
