#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** A file of which less is not worth going on with, in bytes. */
#define WHERRY_PARTIAL_MIN (2 * 1024 * 1024)

/**
 * WherryPartial:
 *
 * A file that is half there, under a temporary name. A plain value that owns its
 * members.
 */
typedef struct {
  char    *key;    /* in the ledger */
  char    *path;   /* of the temporary file, at the target, as bytes */
  guint64  size;   /* of the whole file at the source, in bytes */
  gint64   mtime;  /* of it, in seconds since 1970; 0: not known */
} WherryPartial;

void wherry_partial_free (WherryPartial *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryPartial, wherry_partial_free)

/**
 * WherryPartials:
 *
 * The files of a transfer that are half there: what another run can go on with,
 * or has to remove. Any thread.
 */
typedef struct _WherryPartials WherryPartials;

/**
 * WherryPartialsRecord:
 * @key: a file's key
 * @partial: (nullable): what there is of it; %NULL: nothing any more
 *
 * Told of each change; on the thread that makes it.
 */
typedef void (*WherryPartialsRecord) (const char           *key,
                                      const WherryPartial  *partial,
                                      gpointer              user_data);

WherryPartials *wherry_partials_new        (void);
WherryPartials *wherry_partials_ref        (WherryPartials        *self);
void            wherry_partials_unref      (WherryPartials        *self);
void            wherry_partials_set_record (WherryPartials        *self,
                                            WherryPartialsRecord   record,
                                            gpointer               user_data,
                                            GDestroyNotify         destroy);
void            wherry_partials_restore    (WherryPartials        *self,
                                            const char            *key,
                                            const char            *path,
                                            guint64                size,
                                            gint64                 mtime);
void            wherry_partials_add        (WherryPartials        *self,
                                            const char            *key,
                                            const char            *path,
                                            guint64                size,
                                            gint64                 mtime);
void            wherry_partials_remove     (WherryPartials        *self,
                                            const char            *key);
WherryPartial  *wherry_partials_dup        (WherryPartials        *self,
                                            const char            *key);
GPtrArray      *wherry_partials_dup_all    (WherryPartials        *self);
gboolean        wherry_partials_is_empty   (WherryPartials        *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryPartials, wherry_partials_unref)

G_END_DECLS
