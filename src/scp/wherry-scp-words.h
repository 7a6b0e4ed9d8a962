#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/** Longest line of a server's words that is read at all, in bytes; a longer one ends the transfer. */
#define WHERRY_SCP_WORDS_SCAN_MAX (64 * 1024)

void      wherry_scp_words_append    (GString       *words,
                                      const guint8  *bytes,
                                      gsize          length);
GError   *wherry_scp_words_to_error  (const char    *words);

G_END_DECLS
