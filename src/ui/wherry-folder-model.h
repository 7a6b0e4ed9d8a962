#pragma once

#include "remote/wherry-remote-entry.h"

G_BEGIN_DECLS

/** By what a folder's entries are ordered; folders always come first. */
typedef enum {
  WHERRY_SORT_NAME,
  WHERRY_SORT_SIZE,
  WHERRY_SORT_MODIFIED,
  WHERRY_SORT_PERMISSIONS,
  WHERRY_SORT_OWNER,
  WHERRY_SORT_N,
} WherrySort;

/**
 * WherryFolderModel:
 *
 * The entries of one folder, ordered and filtered: a #GListModel of
 * #WherryRemoteEntry made for tens of thousands of them. Names are prepared for
 * comparing once, on a worker thread, and a new folder, order or filter is told
 * by one change of all items. Main thread only.
 */
#define WHERRY_TYPE_FOLDER_MODEL (wherry_folder_model_get_type ())
G_DECLARE_FINAL_TYPE (WherryFolderModel, wherry_folder_model, WHERRY, FOLDER_MODEL, GObject)

WherryFolderModel *wherry_folder_model_new             (void);
void               wherry_folder_model_load_async      (WherryFolderModel   *self,
                                                        GPtrArray           *entries,
                                                        GCancellable        *cancellable,
                                                        GAsyncReadyCallback  callback,
                                                        gpointer             user_data);
gboolean           wherry_folder_model_load_finish     (WherryFolderModel   *self,
                                                        GAsyncResult        *result,
                                                        GError             **error);
void               wherry_folder_model_clear           (WherryFolderModel   *self);
void               wherry_folder_model_put             (WherryFolderModel   *self,
                                                        WherryRemoteEntry   *entry);
void               wherry_folder_model_remove          (WherryFolderModel   *self,
                                                        const char          *name);
void               wherry_folder_model_conceal         (WherryFolderModel   *self,
                                                        GHashTable          *names);
void               wherry_folder_model_set_sort        (WherryFolderModel   *self,
                                                        WherrySort           sort,
                                                        gboolean             descending);
void               wherry_folder_model_set_filter      (WherryFolderModel   *self,
                                                        const char          *text);
void               wherry_folder_model_set_show_hidden (WherryFolderModel   *self,
                                                        gboolean             show);
guint              wherry_folder_model_get_n_total     (WherryFolderModel   *self);
WherryRemoteEntry *wherry_folder_model_peek            (WherryFolderModel   *self,
                                                        guint                position);
WherryRemoteEntry *wherry_folder_model_lookup          (WherryFolderModel   *self,
                                                        const char          *name);
gboolean           wherry_folder_model_find            (WherryFolderModel   *self,
                                                        const char          *name,
                                                        guint               *position);
gboolean           wherry_folder_model_find_prefix     (WherryFolderModel   *self,
                                                        const char          *prefix,
                                                        guint                start,
                                                        guint               *position);

G_END_DECLS
