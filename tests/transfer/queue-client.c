/* A program with a queue and a journal, to be killed.
 *
 *   queue-client JOURNAL KNOWN_HOSTS HOST PORT USER KEY up|down SOURCE TARGET [PROTOCOL [LIMIT]]
 *
 * With QUEUE_PORTION so many transfers at a time come from the journal. Goes on with what the
 * journal has, or begins. Prints "started" once that is under way; ends with 0 when all is done.
 * PROTOCOL is a number of WherryProtocol, LIMIT in bytes a second. */
#include <stdio.h>
#include <stdlib.h>

#include "sites/wherry-known-hosts.h"
#include "transfer/wherry-queue-private.h"

typedef struct {
  WherryQueue *queue;
  WherryLogin *login;
  gboolean up;
  const char *source;
  const char *target;
  WherryProtocol protocol;
  gboolean begun;
} Client;

static void
on_trouble (WherryQueue *queue, const char *words, gpointer data)
{
  g_printerr ("%s\n", words);
}

static WherryEndpoint *
make_endpoint (Client *self, gboolean remote, const char *path)
{
  WherryEndpoint *endpoint
      = remote ? wherry_endpoint_new_remote (self->login, path) : wherry_endpoint_new_local (path);
  if (remote)
    endpoint->protocol = self->protocol;
  return endpoint;
}

/* All that was in the journal is in the queue. */
static void
on_synced (GObject *source, GAsyncResult *result, gpointer data)
{
  Client *self = data;

  wherry_journal_sync_finish (result, NULL);
  if (g_list_model_get_n_items (G_LIST_MODEL (self->queue)) > 0)
    wherry_queue_resume_all (self->queue);
  else
    {
      g_autoptr (WherryEndpoint) from = make_endpoint (self, !self->up, self->source);
      g_autoptr (WherryEndpoint) to = make_endpoint (self, self->up, self->target);
      g_autoptr (WherryTransfer) transfer
          = wherry_transfer_new (from, to,
                                 WHERRY_TRANSFER_RECURSIVE | WHERRY_TRANSFER_PRESERVE
                                     | WHERRY_TRANSFER_INTO);
      wherry_queue_append (self->queue, transfer);
    }
  self->begun = TRUE;
  puts ("started");
  fflush (stdout);
}

int
main (int argc, char **argv)
{
  Client self = { 0 };
  const char *portion = g_getenv ("QUEUE_PORTION");

  if (argc < 10 || argc > 12)
    return 2;
  const char *files[] = { argv[2], NULL };
  char *keys[] = { argv[6], NULL };
  g_autoptr (WherryKnownHosts) known_hosts = wherry_known_hosts_new (files);
  g_autoptr (WherrySessionPool) pool
      = wherry_session_pool_new (WHERRY_HOST_KEY_STORE (known_hosts), NULL);
  g_autoptr (WherryQueue) queue = wherry_queue_new (pool);
  g_autoptr (WherryLogin) login = wherry_login_new (argv[5], argv[3], (guint16) atoi (argv[4]));

  login->identity_files = g_strdupv (keys);
  login->identities_only = TRUE;
  self.queue = queue;
  self.login = login;
  self.up = g_str_equal (argv[7], "up");
  self.source = argv[8];
  self.target = argv[9];
  self.protocol = argc > 10 ? (WherryProtocol) atoi (argv[10]) : WHERRY_PROTOCOL_AUTOMATIC;
  if (portion != NULL)
    wherry_queue_set_portion ((guint) atoi (portion));
  if (argc > 11)
    wherry_queue_set_speed_limit (queue, g_ascii_strtoull (argv[11], NULL, 10));
  g_signal_connect (queue, "journal-trouble", G_CALLBACK (on_trouble), NULL);
  wherry_queue_open_journal (queue, argv[1]);
  wherry_journal_sync_async (wherry_queue_get_journal (queue), on_synced, &self);
  while (!self.begun || wherry_queue_get_n_unfinished (queue) > 0)
    g_main_context_iteration (NULL, TRUE);

  guint n = g_list_model_get_n_items (G_LIST_MODEL (queue));
  int status = 0;
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (WherryTransfer) transfer = g_list_model_get_item (G_LIST_MODEL (queue), i);
      const GError *error = wherry_transfer_get_error (transfer);
      if (wherry_transfer_get_state (transfer) != WHERRY_TRANSFER_DONE)
        status = 1;
      if (error != NULL)
        g_printerr ("%s\n", error->message);
    }
  wherry_queue_shut_down (queue);
  wherry_session_pool_close (pool);
  return status;
}
