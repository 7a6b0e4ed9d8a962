#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * WherryLocation:
 *
 * What a person writes to name a file: a local path, `user@host:path`,
 * `[v6]:path`, `scp://user@host:port/path` or `sftp://...`. Host and user names
 * are checked against an allow-list (rule R9). Parsing starts nothing.
 */
typedef struct {
  gboolean  is_remote;
  char     *user;  /* (nullable): %NULL if not named */
  char     *host;  /* (nullable): %NULL for a local path; without brackets */
  guint16   port;  /* 0 if not named */
  char     *path;  /* bytes; "" means the login's home folder when remote */
} WherryLocation;

WherryLocation *wherry_location_parse       (const char            *text,
                                             GError               **error);
WherryLocation *wherry_location_parse_host  (const char            *text,
                                             GError               **error);
WherryLocation *wherry_location_new_local   (const char            *path);
WherryLocation *wherry_location_new_remote  (const char            *user,
                                             const char            *host,
                                             guint16                port,
                                             const char            *path);
WherryLocation *wherry_location_copy        (const WherryLocation  *self);
void            wherry_location_free        (WherryLocation        *self);
char           *wherry_location_to_display  (const WherryLocation  *self);

/* The allow-lists, for names that come from elsewhere: a file, a form. */
char           *wherry_location_check_host  (const char            *host,
                                             GError               **error);
gboolean        wherry_location_check_user  (const char            *user,
                                             GError               **error);
gboolean        wherry_location_parse_port  (const char            *text,
                                             guint16               *port,
                                             GError               **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryLocation, wherry_location_free)

G_END_DECLS
