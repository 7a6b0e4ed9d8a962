#include "transfer-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

#include "wherry-test-host-keys.h"
#include "wherry-test-prompter.h"

/* Longest that any transfer of these tests may take, in seconds. */
#define LIMIT_SECONDS 180

void
transfer_fixture_set_up (TransferFixture *self, const char *const *config_lines)
{
  g_autoptr (WherryTestHostKeys) host_keys = wherry_test_host_keys_new ();
  g_autoptr (WherryTestPrompter) prompter = wherry_test_prompter_new ();

  self->sshd = wherry_test_sshd_start (config_lines);
  self->login = wherry_test_sshd_make_login (self->sshd);
  self->here = wherry_test_dir_new ();
  self->there = wherry_test_dir_new ();
  wherry_test_host_keys_add (host_keys, self->login->host, self->login->port,
                             wherry_test_sshd_get_host_key (self->sshd));
  self->pool
      = wherry_session_pool_new (WHERRY_HOST_KEY_STORE (host_keys), WHERRY_PROMPTER (prompter));
}

void
transfer_fixture_tear_down (TransferFixture *self)
{
  wherry_session_pool_close (self->pool);
  g_clear_object (&self->pool);
  g_clear_pointer (&self->login, wherry_login_free);
  g_clear_pointer (&self->sshd, wherry_test_sshd_stop);
  wherry_test_dir_remove (self->here);
  wherry_test_dir_remove (self->there);
  g_clear_pointer (&self->here, g_free);
  g_clear_pointer (&self->there, g_free);
}

/* "there:PATH" is below the server's folder, "server:PATH" as it stands, anything else below the
 * one here. */
static WherryEndpoint *
make_endpoint (TransferFixture *self, const char *text)
{
  gboolean remote = g_str_has_prefix (text, "there:");
  const char *below = remote ? text + strlen ("there:") : text;
  g_autofree char *path
      = g_strconcat (remote ? self->there : self->here, *below != '\0' ? "/" : "", below, NULL);
  WherryEndpoint *endpoint;

  if (g_str_has_prefix (text, "server:"))
    endpoint = wherry_endpoint_new_remote (self->login, text + strlen ("server:"));
  else if (remote)
    endpoint = wherry_endpoint_new_remote (self->login, path);
  else
    return wherry_endpoint_new_local (path);
  endpoint->protocol = self->protocol;
  return endpoint;
}

WherryTransfer *
transfer_fixture_new (TransferFixture *self,
                      const char *source,
                      const char *target,
                      WherryTransferFlags flags)
{
  g_autoptr (WherryEndpoint) from = make_endpoint (self, source);
  g_autoptr (WherryEndpoint) to = make_endpoint (self, target);

  return wherry_transfer_new (from, to, flags);
}

static gboolean
on_limit (gpointer data)
{
  g_error ("The transfer took longer than %d seconds", LIMIT_SECONDS);
  return G_SOURCE_REMOVE;
}

void
transfer_fixture_wait (WherryTransfer *transfer)
{
  guint limit = g_timeout_add_seconds (LIMIT_SECONDS, on_limit, NULL);

  while (!wherry_transfer_is_over (transfer))
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (limit);
}

WherryTransfer *
transfer_fixture_run (TransferFixture *self,
                      const char *source,
                      const char *target,
                      WherryTransferFlags flags)
{
  WherryTransfer *transfer = transfer_fixture_new (self, source, target, flags);

  wherry_transfer_start (transfer, self->pool);
  transfer_fixture_wait (transfer);
  return transfer;
}

void
transfer_fixture_assert_done (WherryTransfer *transfer)
{
  g_autoptr (GPtrArray) failures = wherry_transfer_dup_failures (transfer);

  for (guint i = 0; i < failures->len; i++)
    {
      const WherryFailure *failure = failures->pdata[i];
      g_test_message ("%s: %s", failure->path, failure->error->message);
    }
  g_assert_no_error (wherry_transfer_get_error (transfer));
  g_assert_cmpuint (wherry_transfer_get_state (transfer), ==, WHERRY_TRANSFER_DONE);
}

/* All below a folder, a path a line, in order: "f SIZE PATH" or "d PATH". */
char *
transfer_fixture_list (const char *folder)
{
  const char *argv[] = { "sh",
                         "-c",
                         "cd \"$1\" && find . -mindepth 1 \\( -type d -printf 'd %P\\n' -o "
                         "-printf 'f %s %P\\n' \\) | LC_ALL=C sort",
                         "sh",
                         folder,
                         NULL };
  g_autoptr (GError) error = NULL;
  char *output = NULL;
  int status;

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, NULL, &status,
                &error);
  g_assert_no_error (error);
  g_spawn_check_wait_status (status, &error);
  g_assert_no_error (error);
  return output;
}

void
transfer_fixture_write_bytes (const char *folder, const char *name, const char *bytes, gsize length)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (parent, 0755), ==, 0);
  g_file_set_contents (path, bytes, (gssize) length, &error);
  g_assert_no_error (error);
}

void
transfer_fixture_write_text (const char *folder, const char *name, const char *text)
{
  transfer_fixture_write_bytes (folder, name, text, strlen (text));
}

char *
transfer_fixture_read_text (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);
  return text;
}

void
transfer_fixture_assert_text (const char *folder, const char *name, const char *expected)
{
  g_autofree char *text = transfer_fixture_read_text (folder, name);
  g_assert_cmpstr (text, ==, expected);
}

void
transfer_fixture_make_folder (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_assert_cmpint (g_mkdir_with_parents (path, 0755), ==, 0);
}

void
transfer_fixture_assert_list (const char *folder, const char *expected)
{
  g_autofree char *list = transfer_fixture_list (folder);
  g_assert_cmpstr (list, ==, expected);
}

/* Names and contents of every kind: 318 files below "tree". */
void
transfer_fixture_make_tree (const char *folder)
{
  static const char *const names[]
      = { "plain", "two words", "it's",  "\"quoted\"", "$HOME",    "`id`",    "back\\slash", "-rf",
          "~",     "*",         "!bang", "grün",       "\xff\xfe", ".hidden", "a;b|c&d" };
  g_autofree char *large = g_malloc (3000000);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *deep = g_build_filename ("tree", names[i], "deep", names[i], NULL);
      transfer_fixture_write_text (folder, deep, names[i]);
    }
  for (gsize i = 0; i < 3000000; i++)
    large[i] = (char) (i * 7 + i / 251);
  transfer_fixture_write_bytes (folder, "tree/large", large, 3000000);
  transfer_fixture_write_text (folder, "tree/empty", "");
  transfer_fixture_write_text (folder, "tree/one", "1");
  transfer_fixture_make_folder (folder, "tree/nothing in it");
  for (guint i = 0; i < 300; i++)
    {
      g_autofree char *name = g_strdup_printf ("tree/many/%03u", i);
      transfer_fixture_write_bytes (folder, name, large + i, i * 40);
    }
}

void
transfer_fixture_assert_same_trees (const char *a, const char *b)
{
  const char *argv[] = { "diff", "-r", "--no-dereference", a, b, NULL };
  g_assert_true (wherry_test_run (argv));
}
