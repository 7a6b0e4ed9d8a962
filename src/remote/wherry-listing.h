#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * What a server's programs answer, read from memory: bytes in, entries out. No
 * I/O. Nothing outside a command's markers is believed.
 */

/**
 * WherryAnswer:
 *
 * What stood between a command's markers.
 *
 * @payload: its standard output; points into the bytes that were read
 * @length: in bytes
 * @status: its exit status
 * @words: owned: its standard error, as bytes
 */
typedef struct {
  const char *payload;
  gsize       length;
  int         status;
  char       *words;
} WherryAnswer;

/** Flags of the parsers. */
typedef enum {
  WHERRY_LISTING_NAMES = 0,
  WHERRY_LISTING_PATHS = 1 << 0, /* names may be relative paths, as of a search */
  WHERRY_LISTING_ANY   = 1 << 1, /* one entry, whose name is known and does not matter */
} WherryListingFlags;

gboolean   wherry_answer_parse       (const char         *data,
                                      gsize               length,
                                      const char         *marker,
                                      WherryAnswer       *answer);
void       wherry_answer_clear       (WherryAnswer       *self);

GPtrArray *wherry_listing_parse_find (const char         *data,
                                      gsize               length,
                                      WherryListingFlags  flags);
GPtrArray *wherry_listing_parse_stat (const char         *data,
                                      gsize               length,
                                      const char         *marker,
                                      WherryListingFlags  flags);
GPtrArray *wherry_listing_parse_ls   (const char         *data,
                                      gsize               length,
                                      gint64              now,
                                      WherryListingFlags  flags);
gboolean   wherry_listing_parse_df   (const char         *data,
                                      gsize               length,
                                      guint64            *total,
                                      guint64            *available);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WherryAnswer, wherry_answer_clear)

G_END_DECLS
