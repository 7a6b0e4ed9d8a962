#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/** Which addresses of a host are tried. */
typedef enum {
  WHERRY_ADDRESS_ANY,
  WHERRY_ADDRESS_IPV4,
  WHERRY_ADDRESS_IPV6,
} WherryAddressFamily;

/**
 * WherryLogin:
 *
 * Where and how to log in: a plain value, filled in by its maker and not
 * changed once a session was made from it. Owns its members.
 */
typedef struct _WherryLogin WherryLogin;

struct _WherryLogin {
  char    *host;             /* name or address, without brackets */
  guint16  port;
  char    *user;
  char    *host_key_name;    /* (nullable): name under which host keys are recorded, if not @host */
  char   **identity_files;   /* (nullable): private key files to offer, in this order, absolute paths;
                                %NULL: the usual ones of ~/.ssh; empty: none */
  gboolean identities_only;  /* offer no other keys: none of the agent's that is not among the files */
  char   **methods;          /* (nullable): ways to log in, in the order they are tried, of "agent"
                                (keys it holds that are not among the files), "publickey",
                                "gssapi-with-mic", "keyboard-interactive", "password"; %NULL: all */
  char    *ciphers;          /* (nullable): comma-separated, in place of Wherry's own order; begins with
                                "+", "-" or "^" to add to it, take away, or put in front */
  char    *kex_algorithms;   /* (nullable): likewise, in place of the SSH library's own order */
  char    *host_key_algorithms; /* (nullable): comma-separated, in place of the usual ones */
  char   **known_hosts_files; /* (nullable): where its host keys are recorded, absolute paths, for who
                                keeps them; %NULL: in the usual place; empty: nowhere */
  guint    connect_timeout;  /* seconds until connected and the banner came; 0: 20 seconds */
  guint    keepalive_interval; /* seconds of silence until the server is asked; 0: 15 seconds */
  WherryAddressFamily address_family;
  char    *proxy;            /* (nullable): "none", or the URI of a SOCKS or HTTP proxy; %NULL: the
                                desktop's, if there is one */
  WherryLogin *via;          /* (nullable): the host it is reached through, by a login of its own; there
                                may be several such hops, at most %WHERRY_LOGIN_HOPS_MAX */
};

/** How many hosts may lie on the way to another. */
#define WHERRY_LOGIN_HOPS_MAX 8

WherryLogin *wherry_login_new   (const char        *user,
                                 const char        *host,
                                 guint16            port);
WherryLogin *wherry_login_copy  (const WherryLogin *self);
void         wherry_login_free  (WherryLogin       *self);
gboolean     wherry_login_equal (const WherryLogin *a,
                                 const WherryLogin *b);

void         wherry_login_set_via (WherryLogin       *self,
                                   WherryLogin       *via);
guint        wherry_login_count_hops (const WherryLogin *self);
const char  *wherry_login_get_host_key_name (const WherryLogin *self);
guint16      wherry_login_get_host_key_port (const WherryLogin *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryLogin, wherry_login_free)

G_END_DECLS
