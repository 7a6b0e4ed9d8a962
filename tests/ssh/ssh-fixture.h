#pragma once

#include "ssh/wherry-session.h"
#include "wherry-test-host-keys.h"
#include "wherry-test-prompter.h"
#include "wherry-test-sshd.h"

G_BEGIN_DECLS

/* What the tests of ssh/ share. */

/* A session for a server whose host key is known; @prompter may be NULL. */
WherrySession *ssh_fixture_new_session (WherryTestSshd      *sshd,
                                        WherryTestPrompter  *prompter);

/* Connects with the main loop running, so that questions can be answered. */
gboolean       ssh_fixture_connect     (WherrySession       *session,
                                        GCancellable        *cancellable,
                                        GError             **error);
WherrySession *ssh_fixture_connected   (WherryTestSshd      *sshd);

/* Cancels after so many microseconds, from a thread of its own; join it. */
GThread       *ssh_fixture_cancel_later (GCancellable       *cancellable,
                                         gint64              delay);

/* Writes @total bytes of a pattern; reads to the end and returns the SHA-256. */
void           ssh_fixture_send_pattern (WherryChannel      *channel,
                                         guint64             total,
                                         GChecksum          *checksum);
char          *ssh_fixture_drain        (WherryChannel      *channel,
                                         guint64            *total);

G_END_DECLS
