#pragma once

#include <gio/gio.h>

#include "sites/wherry-location.h"
#include "ssh/wherry-login.h"

G_BEGIN_DECLS

/** What carries the files of a site. */
typedef enum {
  WHERRY_SITE_PROTOCOL_AUTOMATIC,
  WHERRY_SITE_PROTOCOL_SCP,
  WHERRY_SITE_PROTOCOL_SFTP,
} WherrySiteProtocol;

#define WHERRY_TYPE_SITE_PROTOCOL (wherry_site_protocol_get_type ())
GType wherry_site_protocol_get_type (void);

/** What happens to a file that is there already. */
typedef enum {
  WHERRY_SITE_CONFLICT_USUAL,  /* what holds for all sites */
  WHERRY_SITE_CONFLICT_ASK,
  WHERRY_SITE_CONFLICT_REPLACE,
  WHERRY_SITE_CONFLICT_REPLACE_OLDER,
  WHERRY_SITE_CONFLICT_REPLACE_DIFFERENT,
  WHERRY_SITE_CONFLICT_SKIP,
  WHERRY_SITE_CONFLICT_RENAME,
  WHERRY_SITE_CONFLICT_RESUME,
} WherrySiteConflict;

#define WHERRY_TYPE_SITE_CONFLICT (wherry_site_conflict_get_type ())
GType wherry_site_conflict_get_type (void);

/** What happens to symbolic links in what is uploaded. */
typedef enum {
  WHERRY_SITE_LINKS_WITHIN,  /* those that stay within it are followed, others left out */
  WHERRY_SITE_LINKS_FOLLOW,
  WHERRY_SITE_LINKS_SKIP,
} WherrySiteLinks;

#define WHERRY_TYPE_SITE_LINKS (wherry_site_links_get_type ())
GType wherry_site_links_get_type (void);

/** The colour a site is marked with; the palette's names. */
typedef enum {
  WHERRY_SITE_COLOR_NONE,
  WHERRY_SITE_COLOR_BLUE,
  WHERRY_SITE_COLOR_GREEN,
  WHERRY_SITE_COLOR_YELLOW,
  WHERRY_SITE_COLOR_ORANGE,
  WHERRY_SITE_COLOR_RED,
  WHERRY_SITE_COLOR_PURPLE,
  WHERRY_SITE_COLOR_BROWN,
} WherrySiteColor;

#define WHERRY_TYPE_SITE_COLOR (wherry_site_color_get_type ())
GType wherry_site_color_get_type (void);

/**
 * WherrySiteField:
 *
 * What is known of a site. Each is a GObject property as well, and a key of the
 * site's group in the file; the nick in the comment names both.
 */
typedef enum {
  WHERRY_SITE_ID = 1,            /* "id": the group's name; does not change */
  WHERRY_SITE_NAME,              /* "name": string */
  WHERRY_SITE_FOLDER,            /* "folder": string, "Work/Customers"; "": the top */
  WHERRY_SITE_HOST,              /* "host": string */
  WHERRY_SITE_PORT,              /* "port": number, 1 to 65535 */
  WHERRY_SITE_USER,              /* "user": string; "": the person's own name */
  WHERRY_SITE_PROTOCOL,          /* "protocol": WherrySiteProtocol */
  WHERRY_SITE_LOGIN_METHODS,     /* "login-methods": list, in order; empty: all of them */
  WHERRY_SITE_KEY_FILE,          /* "key-file": string, absolute or from "~/" */
  WHERRY_SITE_JUMP_HOSTS,        /* "jump-hosts": list of "user@host:port", the nearest first */
  WHERRY_SITE_PROXY,             /* "proxy": "", "none", or scheme://host:port */
  WHERRY_SITE_REMOTE_FOLDER,     /* "remote-folder": string; "": the login's home */
  WHERRY_SITE_LOCAL_FOLDER,      /* "local-folder": string, absolute or from "~/" */
  WHERRY_SITE_BOOKMARKS,         /* "bookmarks": list of folders on the server */
  WHERRY_SITE_PRESERVE_TIMES,    /* "preserve-times": boolean */
  WHERRY_SITE_PRESERVE_MODES,    /* "preserve-modes": boolean */
  WHERRY_SITE_CONFLICTS,         /* "conflicts": WherrySiteConflict */
  WHERRY_SITE_LINKS,             /* "links": WherrySiteLinks */
  WHERRY_SITE_INCLUDE,           /* "include": list of masks */
  WHERRY_SITE_EXCLUDE,           /* "exclude": list of masks */
  WHERRY_SITE_VERIFY,            /* "verify": boolean */
  WHERRY_SITE_SPEED_LIMIT,       /* "speed-limit": bytes per second; 0: none */
  WHERRY_SITE_PARALLEL,          /* "parallel": transfers at once, 1 to 16; 0: the usual number */
  WHERRY_SITE_COLOR,             /* "color": WherrySiteColor */
  WHERRY_SITE_NOTES,             /* "notes": string, may have several lines */
  WHERRY_SITE_N_FIELDS,
} WherrySiteField;

/**
 * WherrySite:
 *
 * A server as a person keeps it: where it is, how to log in, what transfers do
 * there. Never a secret. Strings are never %NULL and always valid UTF-8; lists
 * are never %NULL.
 */
#define WHERRY_TYPE_SITE (wherry_site_get_type ())
G_DECLARE_FINAL_TYPE (WherrySite, wherry_site, WHERRY, SITE, GObject)

WherrySite         *wherry_site_new            (void);
WherrySite         *wherry_site_new_from_location (const WherryLocation *location);
WherrySite         *wherry_site_new_from_login (const WherryLogin    *login);
WherrySite         *wherry_site_duplicate      (WherrySite            *self);
void                wherry_site_assign         (WherrySite            *self,
                                                WherrySite            *other);
gboolean            wherry_site_equal          (WherrySite            *self,
                                                WherrySite            *other);

const char         *wherry_site_get_id         (WherrySite            *self);
const char         *wherry_site_get_string     (WherrySite            *self,
                                                WherrySiteField        field);
const char * const *wherry_site_get_list       (WherrySite            *self,
                                                WherrySiteField        field);
guint64             wherry_site_get_number     (WherrySite            *self,
                                                WherrySiteField        field);
void                wherry_site_set_string     (WherrySite            *self,
                                                WherrySiteField        field,
                                                const char            *value);
void                wherry_site_set_list       (WherrySite            *self,
                                                WherrySiteField        field,
                                                const char * const    *value);
void                wherry_site_set_number     (WherrySite            *self,
                                                WherrySiteField        field,
                                                guint64                value);

char               *wherry_site_dup_title      (WherrySite            *self);
char               *wherry_site_dup_address    (WherrySite            *self);
gboolean            wherry_site_matches        (WherrySite            *self,
                                                const char            *words);

/* Judging, field by field as it is typed, and as a whole. */
gboolean            wherry_site_check_text     (WherrySiteField        field,
                                                const char            *text,
                                                GError               **error);
gboolean            wherry_site_check          (WherrySite            *self,
                                                GError               **error);
WherryLogin        *wherry_site_make_login     (WherrySite            *self,
                                                GError               **error);

/* One group of the file. */
char               *wherry_site_to_text        (WherrySite            *self);
WherrySite         *wherry_site_new_from_text  (const char            *text,
                                                gssize                 length,
                                                GError               **error);

G_END_DECLS
