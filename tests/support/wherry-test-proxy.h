#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * A proxy on a free port of the loopback interface that speaks SOCKS5 (RFC 1928)
 * and HTTP's CONNECT (RFC 9110 section 9.3.6), by the first byte of the client; or
 * one that refuses everything, or lets one user alone through.
 */
typedef struct _WherryTestProxy WherryTestProxy;

WherryTestProxy *wherry_test_proxy_start        (gboolean          refuse);
void             wherry_test_proxy_set_login    (WherryTestProxy  *self,
                                                 const char       *user,
                                                 const char       *password);
void             wherry_test_proxy_stop         (WherryTestProxy  *self);
guint16          wherry_test_proxy_get_port     (WherryTestProxy  *self);
guint            wherry_test_proxy_get_n_passed (WherryTestProxy  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryTestProxy, wherry_test_proxy_stop)

G_END_DECLS
