#pragma once

#include <gio/gio.h>

#include "ssh/wherry-host-key.h"

G_BEGIN_DECLS

/*
 * A small SSH server of the tests' own (libssh's server half), for what a real
 * sshd can't be made to do without touching the system's accounts, or would
 * never do: passwords, questions, partial success, floods, opening channels.
 * Serves one connection after another on a thread; exec runs nothing, it
 * answers with the command line and exit status 0.
 */
typedef struct _WherryTestServer WherryTestServer;

/**
 * WherryTestScript: how it lets people in, and what it does to them.
 * @password: what password login takes; NULL: not offered
 * @questions: two rounds of questions are offered, after which it lets one in
 *   by the answers "first", "second" and "third"
 * @key_then_password: any key is a partial success, then @password is wanted
 * @key_then_questions: likewise, and then the questions, as a code of a second device
 * @n_questions: instead: so many questions at once
 * @endless: instead: rounds of one question without an end
 * @banners: so many authentication banners of 30 KiB go before each answer
 * @open_channels: once in, it tries to open forwarded, X11 and agent channels
 * @wants_new_password: the right password is answered by a request to change it
 * @farewell: what it says, to whoever has told the right password, before it hangs up
 */
typedef struct {
  const char *password;
  gboolean questions;
  gboolean key_then_password;
  gboolean key_then_questions;
  guint n_questions;
  gboolean endless;
  guint banners;
  gboolean open_channels;
  gboolean wants_new_password;
  const char *farewell;
} WherryTestScript;

WherryTestServer *wherry_test_server_start        (const WherryTestScript *script);
void              wherry_test_server_stop         (WherryTestServer       *self);
guint16           wherry_test_server_get_port     (WherryTestServer       *self);
WherryHostKey    *wherry_test_server_get_host_key (WherryTestServer       *self);
guint             wherry_test_server_get_n_logins (WherryTestServer       *self);
guint             wherry_test_server_get_n_opened (WherryTestServer       *self);
guint             wherry_test_server_get_n_refused (WherryTestServer      *self);

/*
 * What is no SSH server: says something to whoever connects, holds the
 * connection or closes it; or passes bytes on to a real server until so many
 * have come back, and then falls silent.
 */
typedef struct _WherryTestImpostor WherryTestImpostor;

WherryTestImpostor *wherry_test_impostor_start    (const char             *words,
                                                   gboolean                hang_up);
WherryTestImpostor *wherry_test_impostor_start_bytes (GBytes                 *words,
                                                      gboolean                hang_up);
WherryTestImpostor *wherry_test_impostor_relay    (guint16                 port,
                                                   guint64                 n_bytes);
void                wherry_test_impostor_stop     (WherryTestImpostor     *self);
guint16             wherry_test_impostor_get_port (WherryTestImpostor     *self);
gboolean            wherry_test_impostor_wait     (WherryTestImpostor     *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryTestServer, wherry_test_server_stop)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryTestImpostor, wherry_test_impostor_stop)

G_END_DECLS
