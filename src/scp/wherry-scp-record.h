#pragma once

#include <gio/gio.h>

#include "scp/wherry-scp.h"

G_BEGIN_DECLS

/**
 * WherryScpRecordKind:
 * @WHERRY_SCP_RECORD_TIMES: `T`, the times of the entry that follows
 * @WHERRY_SCP_RECORD_FILE: `C`, a file whose content follows
 * @WHERRY_SCP_RECORD_DIRECTORY: `D`, a directory whose entries follow
 * @WHERRY_SCP_RECORD_END: `E`, the end of the innermost directory
 */
typedef enum {
  WHERRY_SCP_RECORD_TIMES,
  WHERRY_SCP_RECORD_FILE,
  WHERRY_SCP_RECORD_DIRECTORY,
  WHERRY_SCP_RECORD_END,
} WherryScpRecordKind;

/**
 * WherryScpRecord:
 *
 * One record, decoded. What its kind does not bear is zero. @name is bytes of
 * the line it was parsed from, by length and not judged: it may be empty, hold
 * NUL, or lead elsewhere (see wherry_text_check_name()).
 */
typedef struct {
  WherryScpRecordKind kind;
  guint32             mode;        /* permission bits, & 07777 */
  guint64             size;        /* bytes, at most 2^63-1 */
  WherryScpTimes      times;
  const char         *name;
  gsize               name_length; /* bytes */
} WherryScpRecord;

gboolean  wherry_scp_record_parse       (const char             *line,
                                         gsize                   length,
                                         WherryScpRecord        *record,
                                         GError                **error);
gboolean  wherry_scp_record_append      (GByteArray             *output,
                                         const WherryScpRecord  *record,
                                         GError                **error);
gboolean  wherry_scp_record_check_name  (const char             *name,
                                         gsize                   length,
                                         GError                **error);

G_END_DECLS
