#pragma once

#include "scp/wherry-scp-source.h"

G_BEGIN_DECLS

/* What a reply answers. */
typedef enum {
  OWED_GREETING, /* the reply sink() gives before it reads anything */
  OWED_TIMES,
  OWED_FILE,
  OWED_FILE_END,
  OWED_DIRECTORY,
  OWED_DIRECTORY_END,
} WherryScpOwedKind;

/* One reply the server owes. Thousands are outstanding, so it holds no name. */
typedef struct {
  guint64 tag;
  guint64 offset; /* in the output, where what it answers ends */
  guint8 kind;
  guint8 failed;  /* of a file's end: we said that its content is not to be kept */
} WherryScpOwed;

/* Where the words of the reply being read are. */
typedef enum {
  READING_REPLY,
  READING_ERROR, /* behind \1 */
  READING_FATAL, /* behind \2 */
  READING_NOISE,
} Reading;

typedef enum {
  FILE_NONE,
  FILE_ASKED, /* nothing of it may go out before the reply to its record */
  FILE_OPEN,
} FileState;

struct _WherryScpSource {
  WherryScpSourceFlags flags;
  gboolean awaits_greeting; /* nothing goes out before the first reply */

  GByteArray *output;
  gsize output_begin; /* of what was not taken yet */
  guint64 put;        /* bytes ever put into the output */

  WherryScpOwed *owed; /* a ring; its size is a power of two */
  guint owed_size;
  guint owed_begin;
  guint n_owed;

  GArray *directories; /* guint64: tags of those that are open */
  gboolean directory_asked;

  FileState file;
  guint64 file_tag;
  guint64 remaining;     /* content bytes of the current file */
  gboolean content_sent; /* some of them went out */
  gboolean judged;       /* its verdict came before its end was put */

  gboolean finishing;
  gboolean broken;
  gboolean ended;

  Reading reading;
  GString *words;
  gsize words_bytes;

  gboolean may_repeat; /* see is_second_complaint() */
  guint64 repeat_tag;

  gboolean break_untold;
  gboolean break_has_words;
  gboolean break_is_noise;
};

const WherryScpOwed  *wherry_scp_source_peek_owed  (WherryScpSource  *self);
WherryScpOwed         wherry_scp_source_pop_owed   (WherryScpSource  *self);

G_END_DECLS
