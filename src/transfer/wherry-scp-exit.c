#include "config.h"

#include "transfer/wherry-scp-exit.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "scp/wherry-scp-words.h"

/* What a POSIX shell exits with when there is no such command. */
#define STATUS_NO_COMMAND 127

/**
 * wherry_scp_exit_to_error:
 * @self: how it ended
 *
 * Returns: (transfer full): the likeliest cause, in words that say what to do
 */
GError *
wherry_scp_exit_to_error (const WherryScpExit *self)
{
  gboolean has_output = self->error_output != NULL && *self->error_output != '\0';
  gboolean has_words = self->words != NULL && *self->words != '\0';

  if (self->status == STATUS_NO_COMMAND)
    return g_error_new (WHERRY_ERROR, WHERRY_ERROR_NO_PROGRAM,
                        _ ("The server has no “scp” program for this login. Ask its administrator "
                           "to install it (it comes with OpenSSH). The server says: “%s”"),
                        has_output ? self->error_output : "");

  if (has_words && self->noise)
    {
      g_autofree char *shown = wherry_text_escape (self->words, -1, WHERRY_TEXT_SERVER_MAX);
      return g_error_new (WHERRY_ERROR, WHERRY_ERROR_PROTOCOL,
                          _ ("The server printed text where SCP was expected; often a start-up "
                             "file such as .bashrc does that. It must print nothing for logins "
                             "without a terminal. The server’s text: “%s”"),
                          shown);
    }

  if (has_words)
    return wherry_scp_words_to_error (self->words);

  if (has_output)
    return g_error_new (WHERRY_ERROR, WHERRY_ERROR_REMOTE, _ ("The server says: “%s”"),
                        self->error_output);

  if (self->status > 0)
    return g_error_new (WHERRY_ERROR, WHERRY_ERROR_REMOTE,
                        _ ("The server’s scp ended with status %d and gave no reason"),
                        self->status);

  return g_error_new_literal (WHERRY_ERROR, WHERRY_ERROR_PROTOCOL,
                              _ ("The server ended the copy without a word. It may not offer SCP "
                                 "to this login"));
}

/**
 * wherry_scp_exit_shows_no_scp:
 * @self: how a program ended that never spoke SCP
 *
 * Returns: whether that is what servers without scp do: there is no such
 *   command; text comes in its place, and failure (OpenSSH's `ForceCommand
 *   internal-sftp`, restricted shells); or nothing at all comes. A start-up file
 *   that prints also puts text there, but then scp runs and has not failed
 */
gboolean
wherry_scp_exit_shows_no_scp (const WherryScpExit *self)
{
  if (self->status == STATUS_NO_COMMAND)
    return TRUE;
  if (self->words != NULL && !self->noise)
    return FALSE;
  return self->status > 0 || !self->noise;
}

/**
 * wherry_scp_exit_await:
 * @job: the job it ran for
 * @channel: its channel, after the stream ended in good order
 * @error: it ended badly although nothing had failed, the connection broke, or
 *   it was cancelled
 *
 * Waits until the server's `scp` has ended. Its status has the last word: what
 * it reported in the protocol may all have been well.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_scp_exit_await (WherryJob *job, WherryChannel *channel, GError **error)
{
  g_autoptr (GError) local_error = NULL;

  wherry_channel_wait (channel, WHERRY_CHANNEL_EXITED, -1, job->cancellable, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }

  int status = wherry_channel_get_exit_status (channel);
  if (status <= 0 || wherry_job_get_n_failed (job) > 0)
    return TRUE;

  g_autofree char *words = wherry_channel_dup_error_text (channel);
  g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_INCOMPLETE,
               /* Translators: %d is a number, %s the server's words or nothing. */
               _ ("The server’s scp confirmed every file, but then reported an error "
                  "(status %d). %s"),
               status, words != NULL ? words : "");
  return FALSE;
}
