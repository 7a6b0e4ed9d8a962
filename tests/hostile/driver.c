/*
 * The engine's API at the hostile server: reads requests, a line each, of fields parted by tabs,
 * and answers each by one line once it is over:
 *
 *   ID copy FLAGS SOURCE TARGET   FLAGS: "-", or of "r", "p", "c" (goes on with what is there); a
 *                                 path on the server begins with ":"
 *   ID cancel                     stops that copy
 *
 * The answer is ID, "done", "failed" or "cancelled", and what is to be read about it, escaped. All
 * requests run at once, in one process, on one connection.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/wherry-text.h"
#include "sites/wherry-known-hosts.h"
#include "transfer/wherry-transfer.h"
#include "wherry-test-prompter.h"

typedef struct {
  GMainLoop *loop;
  WherrySessionPool *pool;
  WherryLogin *login;
  GHashTable *transfers; /* (element-type utf8 WherryTransfer) */
} Driver;

typedef struct {
  Driver *driver;
  char *id;
} Request;

static void
request_free (gpointer data, GClosure *closure)
{
  Request *self = data;

  g_free (self->id);
  g_free (self);
}

static char *
describe (WherryTransfer *transfer)
{
  const GError *error = wherry_transfer_get_error (transfer);
  g_autoptr (GPtrArray) failures = wherry_transfer_dup_failures (transfer);
  g_autoptr (GString) text = g_string_new (error != NULL ? error->message : "");

  for (guint i = 0; i < failures->len; i++)
    {
      const WherryFailure *failure = failures->pdata[i];
      g_autofree char *shown = wherry_text_display_name (failure->path);

      g_string_append_printf (text, "\n%s: %s", shown, failure->error->message);
    }
  return g_strescape (text->str, NULL);
}

static void
on_state (WherryTransfer *transfer, GParamSpec *pspec, Request *request)
{
  const char *outcome;

  if (!wherry_transfer_is_over (transfer))
    return;
  switch (wherry_transfer_get_state (transfer))
    {
    case WHERRY_TRANSFER_DONE:
      outcome = "done";
      break;
    case WHERRY_TRANSFER_CANCELLED:
      outcome = "cancelled";
      break;
    default:
      outcome = "failed";
    }

  g_autofree char *text = describe (transfer);
  g_print ("%s\t%s\t%s\n", request->id, outcome, text);
  g_hash_table_remove (request->driver->transfers, request->id);
}

static WherryEndpoint *
make_endpoint (Driver *self, const char *path)
{
  return *path == ':' ? wherry_endpoint_new_remote (self->login, path + 1)
                      : wherry_endpoint_new_local (path);
}

static void
copy (Driver *self, char **fields)
{
  g_autoptr (WherryEndpoint) source = make_endpoint (self, fields[3]);
  g_autoptr (WherryEndpoint) target = make_endpoint (self, fields[4]);
  WherryTransferFlags flags = WHERRY_TRANSFER_DEFAULT;
  Request *request = g_new0 (Request, 1);

  if (strchr (fields[2], 'r') != NULL)
    flags |= WHERRY_TRANSFER_RECURSIVE;
  if (strchr (fields[2], 'p') != NULL)
    flags |= WHERRY_TRANSFER_PRESERVE;

  WherryTransfer *transfer = wherry_transfer_new (source, target, flags);
  if (strchr (fields[2], 'c') != NULL)
    wherry_transfer_set_conflicts (transfer, WHERRY_CONFLICT_RESUME, NULL);
  request->driver = self;
  request->id = g_strdup (fields[0]);
  g_hash_table_insert (self->transfers, g_strdup (fields[0]), transfer);
  g_signal_connect_data (transfer, "notify::state", G_CALLBACK (on_state), request, request_free,
                         0);
  wherry_transfer_start (transfer, self->pool);
}

static gboolean
on_request (GIOChannel *input, GIOCondition condition, gpointer user_data)
{
  Driver *self = user_data;
  g_autofree char *line = NULL;

  if (g_io_channel_read_line (input, &line, NULL, NULL, NULL) != G_IO_STATUS_NORMAL)
    {
      g_main_loop_quit (self->loop);
      return G_SOURCE_REMOVE;
    }

  g_auto (GStrv) fields = g_strsplit (g_strchomp (line), "\t", -1);
  g_assert_cmpuint (g_strv_length (fields), >=, 2);
  WherryTransfer *running = g_hash_table_lookup (self->transfers, fields[0]);
  if (g_str_equal (fields[1], "copy"))
    copy (self, fields);
  else if (running != NULL)
    wherry_transfer_cancel (running);
  return G_SOURCE_CONTINUE;
}

/* Usage: driver HOST PORT USER KEY KNOWN_HOSTS */
int
main (int argc, char **argv)
{
  Driver self = { 0 };

  g_assert_cmpint (argc, ==, 6);
  const char *const known_hosts_files[] = { argv[5], NULL };
  const char *const keys[] = { argv[4], NULL };
  g_autoptr (WherryKnownHosts) known_hosts = wherry_known_hosts_new (known_hosts_files);
  g_autoptr (WherryTestPrompter) prompter = wherry_test_prompter_new ();

  setvbuf (stdout, NULL, _IOLBF, 0);
  self.loop = g_main_loop_new (NULL, FALSE);
  self.login = wherry_login_new (argv[3], argv[1], (guint16) atoi (argv[2]));
  self.login->identity_files = g_strdupv ((char **) keys);
  self.login->identities_only = TRUE;
  self.pool
      = wherry_session_pool_new (WHERRY_HOST_KEY_STORE (known_hosts), WHERRY_PROMPTER (prompter));
  self.transfers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);

  GIOChannel *input = g_io_channel_unix_new (STDIN_FILENO);
  g_io_channel_set_encoding (input, NULL, NULL);
  g_io_add_watch (input, G_IO_IN | G_IO_HUP, on_request, &self);
  g_main_loop_run (self.loop);

  g_io_channel_unref (input);
  wherry_session_pool_close (self.pool);
  g_clear_object (&self.pool);
  g_hash_table_unref (self.transfers);
  wherry_login_free (self.login);
  g_main_loop_unref (self.loop);
  return 0;
}
