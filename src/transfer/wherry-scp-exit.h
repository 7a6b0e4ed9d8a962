#pragma once

#include "transfer/wherry-job.h"

G_BEGIN_DECLS

/**
 * WherryScpExit:
 *
 * How a server's `scp` ended too early.
 */
typedef struct {
  const char *words;         /* (nullable): what it said in the protocol, as bytes */
  gboolean    noise;         /* whether those words stood in place of the protocol */
  const char *error_output;  /* (nullable): what it said on stderr, escaped */
  int         status;        /* its exit status; -1 if not known */
} WherryScpExit;

GError   *wherry_scp_exit_to_error (const WherryScpExit  *self);
gboolean  wherry_scp_exit_shows_no_scp (const WherryScpExit *self);
gboolean  wherry_scp_exit_await    (WherryJob            *job,
                                    WherryChannel        *channel,
                                    GError              **error);

G_END_DECLS
