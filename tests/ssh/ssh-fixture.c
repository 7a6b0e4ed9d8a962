#include "ssh-fixture.h"

#include <string.h>

WherrySession *
ssh_fixture_new_session (WherryTestSshd *sshd, WherryTestPrompter *prompter)
{
  g_autoptr (WherryLogin) login = wherry_test_sshd_make_login (sshd);
  g_autoptr (WherryTestHostKeys) host_keys = wherry_test_host_keys_new ();

  wherry_test_host_keys_add (host_keys, "127.0.0.1", login->port,
                             wherry_test_sshd_get_host_key (sshd));
  return wherry_session_new (login, WHERRY_HOST_KEY_STORE (host_keys),
                             prompter != NULL ? WHERRY_PROMPTER (prompter) : NULL);
}

typedef struct {
  gboolean done;
  gboolean connected;
  GError *error;
} Result;

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Result *outcome = user_data;

  outcome->connected
      = wherry_session_connect_finish (WHERRY_SESSION (source), result, &outcome->error);
  outcome->done = TRUE;
}

gboolean
ssh_fixture_connect (WherrySession *session, GCancellable *cancellable, GError **error)
{
  Result outcome = { 0 };

  wherry_session_connect_async (session, cancellable, on_connected, &outcome);
  while (!outcome.done)
    g_main_context_iteration (NULL, TRUE);
  if (outcome.error != NULL)
    g_propagate_error (error, outcome.error);
  return outcome.connected;
}

WherrySession *
ssh_fixture_connected (WherryTestSshd *sshd)
{
  WherrySession *session = ssh_fixture_new_session (sshd, NULL);
  g_autoptr (GError) error = NULL;

  ssh_fixture_connect (session, NULL, &error);
  g_assert_no_error (error);
  return session;
}

typedef struct {
  GCancellable *cancellable;
  gint64 delay;
} CancelJob;

static gpointer
cancel_thread (gpointer data)
{
  CancelJob *job = data;

  g_usleep ((gulong) job->delay);
  g_cancellable_cancel (job->cancellable);
  g_object_unref (job->cancellable);
  g_free (job);
  return NULL;
}

GThread *
ssh_fixture_cancel_later (GCancellable *cancellable, gint64 delay)
{
  CancelJob *job = g_new0 (CancelJob, 1);

  job->cancellable = g_object_ref (cancellable);
  job->delay = delay;
  return g_thread_new ("cancel", cancel_thread, job);
}

void
ssh_fixture_send_pattern (WherryChannel *channel, guint64 total, GChecksum *checksum)
{
  g_autoptr (GError) error = NULL;
  guint32 state = 12345;

  while (total > 0)
    {
      gsize size;
      guint8 *buffer = wherry_channel_reserve (channel, &size);

      if (buffer == NULL)
        {
          wherry_channel_wait (channel, WHERRY_CHANNEL_WRITABLE, -1, NULL, &error);
          g_assert_no_error (error);
          continue;
        }
      size = MIN (size, total);
      for (gsize i = 0; i < size; i++)
        {
          state = state * 1664525 + 1013904223;
          buffer[i] = (guint8) (state >> 24);
        }
      if (checksum != NULL)
        g_checksum_update (checksum, buffer, (gssize) size);
      wherry_channel_commit (channel, size);
      total -= size;
    }
  wherry_channel_flush (channel);
}

char *
ssh_fixture_drain (WherryChannel *channel, guint64 *total)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (GError) error = NULL;

  *total = 0;
  while (!wherry_channel_is_input_ended (channel))
    {
      const guint8 *data;
      gsize length;

      wherry_channel_wait (channel, WHERRY_CHANNEL_READABLE, -1, NULL, &error);
      g_assert_no_error (error);
      while ((data = wherry_channel_peek (channel, &length)) != NULL)
        {
          g_checksum_update (checksum, data, (gssize) length);
          *total += length;
          wherry_channel_consume (channel, length);
        }
    }
  return g_strdup (g_checksum_get_string (checksum));
}
