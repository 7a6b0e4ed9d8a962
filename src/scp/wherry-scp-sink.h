#pragma once

#include "scp/wherry-scp.h"

G_BEGIN_DECLS

/**
 * WherryScpSink:
 *
 * The receiving end of SCP as a pure machine: the bytes of `scp -f` in, events
 * out, and the reply bytes to send. It does no I/O, keeps no clock and takes no
 * lock; one thread at a time.
 */
typedef struct _WherryScpSink WherryScpSink;

/**
 * WherryScpSinkEventType:
 * @WHERRY_SCP_SINK_NEED_INPUT: the input is used up; feed more or say it ended
 * @WHERRY_SCP_SINK_FILE: a file begins: @name, @mode, @size, @times
 * @WHERRY_SCP_SINK_DATA: some of its content: @data, @length (never 0)
 * @WHERRY_SCP_SINK_FILE_END: all its bytes came; @text NULL if the source
 *   vouched for them (`\0`), else the server's words and the content is not to
 *   be kept (`\1text`)
 * @WHERRY_SCP_SINK_DIRECTORY: a directory begins: @name, @mode, @times
 * @WHERRY_SCP_SINK_DIRECTORY_END: the innermost directory is complete
 * @WHERRY_SCP_SINK_SKIPPED: an entry with an unfit name (@name, as bytes
 *   possibly unfit to show) is passed over; its content and its children
 *   produce no events
 * @WHERRY_SCP_SINK_WARNING: the server's words (`\1text`) between entries
 * @WHERRY_SCP_SINK_DONE: the source ended in good order with at least one
 *   entry; only after wherry_scp_sink_end_of_input()
 * @WHERRY_SCP_SINK_FAILED: the stream can't be followed any further; error set.
 *   Every later call returns this again
 */
typedef enum {
  WHERRY_SCP_SINK_NEED_INPUT,
  WHERRY_SCP_SINK_FILE,
  WHERRY_SCP_SINK_DATA,
  WHERRY_SCP_SINK_FILE_END,
  WHERRY_SCP_SINK_DIRECTORY,
  WHERRY_SCP_SINK_DIRECTORY_END,
  WHERRY_SCP_SINK_SKIPPED,
  WHERRY_SCP_SINK_WARNING,
  WHERRY_SCP_SINK_DONE,
  WHERRY_SCP_SINK_FAILED,
} WherryScpSinkEventType;

/**
 * WherryScpSinkEvent:
 *
 * Pointers stay valid until the next call on the machine; @data points into the
 * input it was given. @name and @text are NUL-terminated bytes, not UTF-8.
 */
typedef struct {
  const char    *name;
  guint32        mode;       /* permission bits as the server sent them, & 07777: mask before use (rule R4) */
  guint64        size;       /* bytes */
  gboolean       has_times;
  WherryScpTimes times;
  const guint8  *data;
  gsize          length;     /* bytes */
  const char    *text;       /* the server's words, as bytes: escape before showing */
} WherryScpSinkEvent;

/**
 * WherryScpSinkFlags:
 * @WHERRY_SCP_SINK_TREE: a tree is allowed (`-r`): exactly one top-level `D` or
 *   `C`; without it exactly one `C` (rule R2)
 * @WHERRY_SCP_SINK_ANY_TOP_NAME: the top entry's name is not compared, because
 *   what was asked for has no name of its own (`.`, `/`, `~`). It is still
 *   checked for being a name, but `.`, `..` and the empty one (`scp -f /` sends
 *   it) are taken as well, since the caller chooses the local name
 */
typedef enum {
  WHERRY_SCP_SINK_DEFAULT      = 0,
  WHERRY_SCP_SINK_TREE         = 1 << 0,
  WHERRY_SCP_SINK_ANY_TOP_NAME = 1 << 1,
} WherryScpSinkFlags;

WherryScpSink          *wherry_scp_sink_new          (const char          *expected_name,
                                                      WherryScpSinkFlags   flags);
void                    wherry_scp_sink_free         (WherryScpSink       *self);
WherryScpSinkEventType  wherry_scp_sink_next         (WherryScpSink       *self,
                                                      const guint8       **input,
                                                      gsize               *length,
                                                      WherryScpSinkEvent  *event,
                                                      GError             **error);
void                    wherry_scp_sink_end_of_input (WherryScpSink       *self);
gsize                   wherry_scp_sink_take_replies (WherryScpSink       *self,
                                                      guint8              *buffer,
                                                      gsize                size,
                                                      guint                ahead);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryScpSink, wherry_scp_sink_free)

G_END_DECLS
