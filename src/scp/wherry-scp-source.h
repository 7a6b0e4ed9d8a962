#pragma once

#include "scp/wherry-scp.h"

G_BEGIN_DECLS

/**
 * WherryScpSource:
 *
 * The sending end of SCP as a pure machine: entries in, record bytes out, the
 * reply bytes of `scp -t` in, verdicts out. File content does not pass through
 * it: the caller puts content straight into its own output behind the bytes of
 * wherry_scp_source_take_output() and tells how much. It does no I/O, keeps no
 * clock and takes no lock; one thread at a time.
 *
 * Every entry bears a @tag chosen by the caller by which its verdict is told.
 *
 * Calls for one file:
 * wherry_scp_source_file(), then while wherry_scp_source_get_state() is
 * %WHERRY_SCP_SOURCE_DATA: content and wherry_scp_source_data_sent(), then
 * wherry_scp_source_end_file(). When the server refuses a file whose content
 * was not sent yet, the state goes to %WHERRY_SCP_SOURCE_READY without content.
 */
typedef struct _WherryScpSource WherryScpSource;

/**
 * WherryScpSourceState:
 * @WHERRY_SCP_SOURCE_READY: takes the next entry, or wherry_scp_source_finish()
 * @WHERRY_SCP_SOURCE_DATA: takes content of the current file (or its end, once
 *   all its bytes were sent)
 * @WHERRY_SCP_SOURCE_WAIT: can't go on before a reply is fed
 * @WHERRY_SCP_SOURCE_FINISHED: every reply came after wherry_scp_source_finish()
 * @WHERRY_SCP_SOURCE_BROKEN: the server's sink is out of step or gone. Entries
 *   without a verdict are not done
 */
typedef enum {
  WHERRY_SCP_SOURCE_READY,
  WHERRY_SCP_SOURCE_DATA,
  WHERRY_SCP_SOURCE_WAIT,
  WHERRY_SCP_SOURCE_FINISHED,
  WHERRY_SCP_SOURCE_BROKEN,
} WherryScpSourceState;

/**
 * WherryScpSourceEventType:
 * @WHERRY_SCP_SOURCE_NEED_INPUT: no event before more replies are fed
 * @WHERRY_SCP_SOURCE_FILE_DONE: the server vouched for the file @tag
 * @WHERRY_SCP_SOURCE_FILE_FAILED: the file @tag was refused or not kept: @text,
 *   or %NULL where only wherry_scp_source_end_file() knew of a failure
 * @WHERRY_SCP_SOURCE_DIRECTORY_DONE: the server opened directory @tag
 * @WHERRY_SCP_SOURCE_DIRECTORY_FAILED: the server refused directory @tag:
 *   @text; nothing may be sent inside it, its wherry_scp_source_end_directory()
 *   is not to be called
 * @WHERRY_SCP_SOURCE_DIRECTORY_CLOSED: the reply to the `E` of directory @tag;
 *   @text NULL, or the server's words (its times or mode could not be set)
 * @WHERRY_SCP_SOURCE_BROKE: told once when the state turns to
 *   %WHERRY_SCP_SOURCE_BROKEN; @text are the server's words if any (start-up
 *   noise, "command not found", a fatal error), @noise whether plain text came
 *   in place of the very first reply
 * @WHERRY_SCP_SOURCE_WARNING: words about entry @tag beside its verdict, which
 *   was told or will be: a directory's times that could not be set, a second
 *   complaint about a file that failed
 */
typedef enum {
  WHERRY_SCP_SOURCE_NEED_INPUT,
  WHERRY_SCP_SOURCE_FILE_DONE,
  WHERRY_SCP_SOURCE_FILE_FAILED,
  WHERRY_SCP_SOURCE_DIRECTORY_DONE,
  WHERRY_SCP_SOURCE_DIRECTORY_FAILED,
  WHERRY_SCP_SOURCE_DIRECTORY_CLOSED,
  WHERRY_SCP_SOURCE_BROKE,
  WHERRY_SCP_SOURCE_WARNING,
} WherryScpSourceEventType;

/**
 * WherryScpSourceEvent:
 * @tag: the entry's
 * @text: (nullable): bytes of the server: escape before showing. Valid until
 *   the next call on the machine
 * @noise: with %WHERRY_SCP_SOURCE_BROKE: plain text stood in place of the first reply
 * @begun: with %WHERRY_SCP_SOURCE_FILE_FAILED: the server had taken the file's
 *   record, so what stands there of it now is ours
 */
typedef struct {
  guint64     tag;
  const char *text;
  gboolean    noise;
  gboolean    begun;
} WherryScpSourceEvent;

/**
 * WherryScpSourceFlags:
 * @WHERRY_SCP_SOURCE_PRESERVE: entries bear times (`T` records, `-p`)
 * @WHERRY_SCP_SOURCE_PIPELINE: the server is known to judge content sent ahead
 *   of its reply to `C` as records (OpenSSH, dropbear), so content may go ahead
 *   where that does no harm, see wherry_scp_may_go_ahead()
 */
typedef enum {
  WHERRY_SCP_SOURCE_DEFAULT  = 0,
  WHERRY_SCP_SOURCE_PRESERVE = 1 << 0,
  WHERRY_SCP_SOURCE_PIPELINE = 1 << 1,
} WherryScpSourceFlags;

WherryScpSource          *wherry_scp_source_new           (WherryScpSourceFlags     flags);
void                      wherry_scp_source_free          (WherryScpSource         *self);
WherryScpSourceState      wherry_scp_source_get_state     (WherryScpSource         *self);
void                      wherry_scp_source_set_pipeline  (WherryScpSource         *self,
                                                           gboolean                 pipeline);
guint                     wherry_scp_source_get_n_pending (WherryScpSource         *self);
gboolean                  wherry_scp_source_check_name    (const char              *name,
                                                           GError                 **error);

/* Entries. @head: how the content that will really be sent begins; see wherry_scp_may_go_ahead(). */
void                      wherry_scp_source_file          (WherryScpSource         *self,
                                                           const char              *name,
                                                           guint32                  mode,
                                                           guint64                  size,
                                                           const WherryScpTimes    *times,
                                                           const guint8            *head,
                                                           gsize                    head_length,
                                                           guint64                  tag);
guint64                   wherry_scp_source_get_remaining (WherryScpSource         *self);
void                      wherry_scp_source_data_sent     (WherryScpSource         *self,
                                                           gsize                    length);
void                      wherry_scp_source_end_file      (WherryScpSource         *self,
                                                           const char              *failure);
void                      wherry_scp_source_directory     (WherryScpSource         *self,
                                                           const char              *name,
                                                           guint32                  mode,
                                                           const WherryScpTimes    *times,
                                                           guint64                  tag);
void                      wherry_scp_source_end_directory (WherryScpSource         *self);
void                      wherry_scp_source_finish        (WherryScpSource         *self);

/* Bytes. */
gsize                     wherry_scp_source_take_output   (WherryScpSource         *self,
                                                           guint8                  *buffer,
                                                           gsize                    size);
gboolean                  wherry_scp_source_has_output    (WherryScpSource         *self);
WherryScpSourceEventType  wherry_scp_source_next          (WherryScpSource         *self,
                                                           const guint8           **input,
                                                           gsize                   *length,
                                                           WherryScpSourceEvent    *event);
void                      wherry_scp_source_end_of_input  (WherryScpSource         *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryScpSource, wherry_scp_source_free)

G_END_DECLS
