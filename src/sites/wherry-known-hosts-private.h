#pragma once

#include "sites/wherry-known-hosts.h"

G_BEGIN_DECLS

#define WHERRY_KNOWN_HOSTS_HASH_MARK   "|1|"
#define WHERRY_KNOWN_HOSTS_HASH_LENGTH 20

/* What a line's key is. */
typedef enum {
  WHERRY_KNOWN_HOSTS_PLAIN,     /* the host's own */
  WHERRY_KNOWN_HOSTS_REVOKED,   /* not to be trusted any more */
  WHERRY_KNOWN_HOSTS_AUTHORITY, /* it signs the keys of hosts */
} WherryKnownHostsMarker;

typedef struct {
  WherryKnownHostsMarker marker;
  const char *names; /* not owned */
  WherryHostKey *key;
} WherryKnownHostsLine;

gboolean wherry_known_hosts_parse_line  (char                  *text,
                                         WherryKnownHostsLine  *line);
void     wherry_known_hosts_line_clear  (WherryKnownHostsLine  *line);
gboolean wherry_known_hosts_match_names (const char            *names,
                                         const char            *name);
void     wherry_known_hosts_hash_name   (const guint8          *salt,
                                         const char            *name,
                                         guint8                 digest[WHERRY_KNOWN_HOSTS_HASH_LENGTH]);
char    *wherry_known_hosts_read_file   (const char            *file,
                                         GError               **error);
gboolean wherry_known_hosts_rewrite     (WherryKnownHosts      *self,
                                         const char            *host,
                                         guint16                port,
                                         const char            *key_type,
                                         const char            *added,
                                         GError               **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WherryKnownHostsLine, wherry_known_hosts_line_clear)

G_END_DECLS
