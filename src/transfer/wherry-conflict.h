#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * WherryConflictPolicy: what becomes of a file whose name is taken at the target.
 * @WHERRY_CONFLICT_OVERWRITE: it is replaced
 * @WHERRY_CONFLICT_OVERWRITE_OLDER: it is replaced by a newer one, else skipped
 * @WHERRY_CONFLICT_OVERWRITE_OTHER_SIZE: it is replaced by one of another size, else
 *   skipped
 * @WHERRY_CONFLICT_SKIP: the new one is not copied
 * @WHERRY_CONFLICT_RENAME: the new one gets another name, `name (2)`
 * @WHERRY_CONFLICT_RESUME: what is there is taken for the new one's beginning; where
 *   that can't be made sure of, it is replaced
 * @WHERRY_CONFLICT_ASK: a person decides
 */
typedef enum {
  WHERRY_CONFLICT_OVERWRITE,
  WHERRY_CONFLICT_OVERWRITE_OLDER,
  WHERRY_CONFLICT_OVERWRITE_OTHER_SIZE,
  WHERRY_CONFLICT_SKIP,
  WHERRY_CONFLICT_RENAME,
  WHERRY_CONFLICT_RESUME,
  WHERRY_CONFLICT_ASK,
} WherryConflictPolicy;

/** What is known of a file without reading it. */
typedef struct {
  gboolean exists;
  gboolean is_folder;
  gint64   size;   /* bytes; -1: not known */
  gint64   mtime;  /* seconds since 1970; 0: not known */
} WherryFileFacts;

/**
 * WherryConflict:
 *
 * One question: a file is to be copied where there is one already. All text is
 * fit to be shown. A plain value that owns its members.
 */
typedef struct {
  char            *name;
  char            *source_path;
  char            *target_path;
  WherryFileFacts  source;
  WherryFileFacts  target;
} WherryConflict;

/** What a person decided: never %WHERRY_CONFLICT_ASK. */
typedef struct {
  WherryConflictPolicy policy;
  gboolean             for_all;  /* likewise for all that follow in this transfer */
} WherryConflictAnswer;

WherryConflict *wherry_conflict_copy (const WherryConflict *self);
void            wherry_conflict_free (WherryConflict       *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryConflict, wherry_conflict_free)

/**
 * WherryConflictPrompter:
 *
 * Who decides: a dialog, a terminal, a test's script.
 */
#define WHERRY_TYPE_CONFLICT_PROMPTER (wherry_conflict_prompter_get_type ())
G_DECLARE_INTERFACE (WherryConflictPrompter, wherry_conflict_prompter, WHERRY, CONFLICT_PROMPTER,
                     GObject)

/**
 * WherryConflictPrompterInterface:
 * @ask_async: asks. Called in the default main context's thread; @conflict is valid
 *   during the call only
 * @ask_finish: fills in @answer; %FALSE with %G_IO_ERROR_CANCELLED when the person
 *   declined to decide, which pauses the transfer
 */
struct _WherryConflictPrompterInterface {
  GTypeInterface parent;

  void     (*ask_async)  (WherryConflictPrompter  *self,
                          const WherryConflict    *conflict,
                          GCancellable            *cancellable,
                          GAsyncReadyCallback      callback,
                          gpointer                 user_data);
  gboolean (*ask_finish) (WherryConflictPrompter  *self,
                          GAsyncResult            *result,
                          WherryConflictAnswer    *answer,
                          GError                 **error);
};

gboolean wherry_conflict_prompter_ask (WherryConflictPrompter  *self,
                                       const WherryConflict    *conflict,
                                       WherryConflictAnswer    *answer,
                                       GCancellable            *cancellable,
                                       GError                 **error);
gboolean wherry_conflict_policy_overwrites (WherryConflictPolicy   policy,
                                       const WherryFileFacts   *source,
                                       const WherryFileFacts   *target);
char    *wherry_conflict_make_name    (const char              *name,
                                       guint                    number);

G_END_DECLS
