#pragma once

#include <gio/gio.h>

#include "ssh/wherry-host-key.h"
#include "ssh/wherry-login.h"

G_BEGIN_DECLS

/*
 * A private OpenSSH server on a free port of the loopback interface, run by
 * whoever runs the test, with a host key, a user key and a folder of its own.
 * It goes with the test, however that ends.
 */
typedef struct _WherryTestSshd WherryTestSshd;

WherryTestSshd *wherry_test_sshd_start            (const char * const *config_lines);
void            wherry_test_sshd_stop             (WherryTestSshd     *self);
guint16         wherry_test_sshd_get_port         (WherryTestSshd     *self);
const char     *wherry_test_sshd_get_folder       (WherryTestSshd     *self);
const char     *wherry_test_sshd_get_user_key     (WherryTestSshd     *self);
WherryHostKey  *wherry_test_sshd_get_host_key     (WherryTestSshd     *self);
WherryHostKey  *wherry_test_sshd_dup_host_key     (WherryTestSshd     *self,
                                                   const char         *type);
WherryLogin    *wherry_test_sshd_make_login       (WherryTestSshd     *self);
char           *wherry_test_sshd_dup_log          (WherryTestSshd     *self);
gboolean        wherry_test_sshd_wait_for_log     (WherryTestSshd     *self,
                                                   const char         *text);
void            wherry_test_sshd_authorize        (WherryTestSshd     *self,
                                                   const char         *private_key);
void            wherry_test_sshd_signal_sessions  (WherryTestSshd     *self,
                                                   int                 signal_number);
guint           wherry_test_sshd_get_n_sessions   (WherryTestSshd     *self);
void            wherry_test_sshd_add_known_hosts  (WherryTestSshd     *self,
                                                   const char         *file);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryTestSshd, wherry_test_sshd_stop)

G_END_DECLS
