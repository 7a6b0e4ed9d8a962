#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * WherryKexOffer: the algorithms a server offers, as it says before anything is
 * encrypted (SSH_MSG_KEXINIT, RFC 4253 section 7.1). libssh does not tell them.
 * Each is a comma-separated list.
 */
typedef struct {
  char *kex;
  char *host_keys;
  char *ciphers_out; /* client to server */
  char *ciphers_in;  /* server to client */
} WherryKexOffer;

gboolean wherry_kex_offer_read      (WherryKexOffer       *self,
                                     const guint8         *data,
                                     gsize                 size);
void     wherry_kex_offer_clear     (WherryKexOffer       *self);
gboolean wherry_kex_offer_is_strict (const WherryKexOffer *self);
char    *wherry_kex_list_choose     (const char           *ours,
                                     const char           *theirs);
char    *wherry_kex_list_modify     (const char           *usual,
                                     const char           *wanted);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WherryKexOffer, wherry_kex_offer_clear)

G_END_DECLS
