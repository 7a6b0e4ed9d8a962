#pragma once

#include "remote/wherry-listing.h"
#include "remote/wherry-remote-error.h"
#include "remote/wherry-remote-private.h"
#include "remote/wherry-shell-remote.h"

G_BEGIN_DECLS

/* Not every shell's cd says why it can't: ls does. */
#define WHERRY_SHELL_GO_IN \
  "cd \"$1\" 2>/dev/null || { ls -d \"$1\"/. >/dev/null && " \
  "echo \": Permission denied\" >&2; exit 1; }; "

/* How files are listed, the best first. */
typedef enum {
  WHERRY_SHELL_FIND, /* GNU find -printf */
  WHERRY_SHELL_STAT, /* stat -c, as GNU's and BusyBox's */
  WHERRY_SHELL_BSD,  /* stat -f */
  WHERRY_SHELL_FULL, /* ls -lan --full-time */
  WHERRY_SHELL_LS,   /* ls -lan */
} WherryShellForm;

struct _WherryShellRemote {
  WherryRemote parent_instance;

  WherrySession *session; /* owned */
  WherryShellForm form;
};

/* For tests: lists in another form than the best that the server has. */
void     wherry_shell_remote_set_form (WherryShellRemote *self,
                                       WherryShellForm    form);

/* One command on the server. */
typedef struct {
  GBytes *output; /* owned: what the answer points into */
  char *marker;
  WherryAnswer answer;
} WherryShellResult;

void     wherry_shell_result_clear (WherryShellResult   *self);
char    *wherry_shell_make_command (const char          *script,
                                    const char          *marker,
                                    const char * const  *args);
char    *wherry_shell_fit_path     (const char          *path);
gboolean wherry_shell_run          (WherrySession       *session,
                                    const char          *script,
                                    const char * const  *args,
                                    GBytes              *input,
                                    gsize                max_output,
                                    WherryShellResult   *result,
                                    GCancellable        *cancellable,
                                    GError             **error);
gboolean wherry_shell_do           (WherryRemote        *remote,
                                    WherryDoing          doing,
                                    const char          *script,
                                    const char          *path,
                                    const char          *second,
                                    const char          *third,
                                    GCancellable        *cancellable,
                                    GError             **error);

/* Listing. */
GPtrArray *wherry_shell_list       (WherryRemote        *remote,
                                    const char          *path,
                                    GCancellable        *cancellable,
                                    GError             **error);
WherryRemoteEntry *wherry_shell_stat (WherryRemote      *remote,
                                    const char          *path,
                                    gboolean             follow,
                                    GCancellable        *cancellable,
                                    GError             **error);
gboolean wherry_shell_folder_size  (WherryRemote        *remote,
                                    const char          *path,
                                    WherryRemoteSize    *size,
                                    GCancellable        *cancellable,
                                    GError             **error);
GPtrArray *wherry_shell_search     (WherryRemote        *remote,
                                    const char          *path,
                                    const char          *text,
                                    guint                max_results,
                                    GCancellable        *cancellable,
                                    GError             **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WherryShellResult, wherry_shell_result_clear)

G_END_DECLS
