#pragma once

#include "remote/wherry-remote.h"
#include "ui/wherry-connect-page.h"
#include "ui/wherry-denied-box.h"
#include "ui/wherry-file-view.h"
#include "ui/wherry-local-pane.h"
#include "ui/wherry-place-page.h"
#include "ui/wherry-place-toolbar.h"
#include "ui/wherry-search-page.h"

G_BEGIN_DECLS

typedef struct _WherryRemoval WherryRemoval;

struct _WherryPlacePage {
  AdwBin parent_instance;

  /* Template widgets */
  GtkStack *stack;
  WherryConnectPage *connect_page;
  GtkWidget *browser;
  GtkWidget *lost_bar;
  GtkLabel *lost_label;
  GtkSearchBar *filter_bar;
  GtkWidget *filter_entry;
  GtkPaned *panes;
  WherryLocalPane *local_pane;
  GtkStack *content;
  WherryFileView *view;
  GtkWidget *loading_box;
  GtkSpinner *loading_spinner;
  GtkLabel *loading_label;
  WherrySearchPage *search_page;
  AdwStatusPage *empty_page;
  GtkWidget *show_hidden_button;
  GtkWidget *clear_filter_button;
  GtkWidget *search_button; /* of the empty page */
  AdwStatusPage *problem_page;
  WherryDeniedBox *denied_box;
  GtkWidget *up_button;
  GtkWidget *retry_button;
  GtkLabel *status_label;
  GMenuModel *files_menu;
  GMenuModel *folder_menu;

  /* Owned */
  WherryPlaceToolbar *toolbar; /* shown by the window */
  GtkWidget *menu;             /* the context menu */
  GSimpleActionGroup *actions; /* "place" */
  WherryPlaceConnection *connection;
  WherryQueue *queue;
  WherryViewOptions *options;
  GSettings *settings;      /* (nullable) */
  WherrySiteStore *sites;
  WherrySite *site;         /* (nullable): what the place is kept as, or may come to be */
  char **known_hosts;       /* the files with the keys of known servers */
  GtkNativeDialog *chooser; /* (nullable): the one that is open */
  char *name;               /* (nullable): what the person calls the server */
  char *wanted_folder;      /* (nullable): where to begin */

  /* The local pane */
  gboolean local_active; /* it had the focus last */
  gboolean stepping;     /* one side follows the other */

  /* Browsing */
  WherryRemote *remote;           /* (nullable): once the server's files can be seen */
  GCancellable *opening;          /* (nullable): while it is being found out how */
  GCancellable *listing;          /* (nullable): while a folder is being listed */
  GError *list_error;             /* (nullable): why what may be a file can't be listed */
  gboolean listing_other;         /* what is still shown is another folder */
  gboolean focus_pending;         /* it had the focus, and has nothing for it yet */
  guint loading_id;               /* until it is said that it takes long */
  char *home;                     /* (nullable): where the login begins */
  char *folder;                   /* bytes; "" before it is known */
  char *reveal;                   /* (nullable): what to select in it */
  GHashTable *reselect;           /* (nullable): names to select after a refresh */
  gboolean falls_back;            /* to the home folder, if the folder is not there */
  GPtrArray *removals;            /* element-type WherryRemoval: not over yet */
  GPtrArray *back;                /* element-type filename */
  GPtrArray *forward;             /* element-type filename */
};

/* What parts of the page that live in files of their own build on. */
WherryRemote   *wherry_place_page_get_remote      (WherryPlacePage       *self);
WherryQueue    *wherry_place_page_get_queue       (WherryPlacePage       *self);
WherryFileView *wherry_place_page_get_view        (WherryPlacePage       *self);
WherryPathBar  *wherry_place_page_get_path_bar    (WherryPlacePage       *self);
GActionMap     *wherry_place_page_get_action_map  (WherryPlacePage       *self);
GPtrArray      *wherry_place_page_dup_selected    (WherryPlacePage       *self);
char           *wherry_place_page_dup_path        (WherryPlacePage       *self,
                                                   const char            *name);
void            wherry_place_page_show_toast      (WherryPlacePage       *self,
                                                   const char            *text);
void            wherry_place_page_set_enabled     (WherryPlacePage       *self,
                                                   const char            *action,
                                                   gboolean               enabled);
void            wherry_place_page_update_actions  (WherryPlacePage       *self);
void            wherry_place_page_emit_changed    (WherryPlacePage       *self);

/* wherry-place-page-browse.c */
void            wherry_place_page_init_browsing   (WherryPlacePage       *self);
void            wherry_place_page_reset_browsing  (WherryPlacePage       *self);
void            wherry_place_page_begin_browsing  (WherryPlacePage       *self);
void            wherry_place_page_stop_browsing   (WherryPlacePage       *self);
void            wherry_place_page_go_to           (WherryPlacePage       *self,
                                                   const char            *path,
                                                   const char            *reveal);
void            wherry_place_page_refresh         (WherryPlacePage       *self);
void            wherry_place_page_update_entry    (WherryPlacePage       *self,
                                                   const char            *folder,
                                                   const char            *name,
                                                   gboolean               reveal);

char           *wherry_place_page_dup_absolute    (WherryPlacePage       *self,
                                                   const char            *path);

/* wherry-place-page-bookmarks.c */
void            wherry_place_page_init_bookmarks  (WherryPlacePage       *self);
void            wherry_place_page_set_sites       (WherryPlacePage       *self,
                                                   WherrySiteStore       *sites);
void            wherry_place_page_set_site        (WherryPlacePage       *self,
                                                   WherrySite            *site);
void            wherry_place_page_update_bookmark (WherryPlacePage       *self);

/* wherry-place-page-search.c */
void            wherry_place_page_init_search     (WherryPlacePage       *self);
void            wherry_place_page_update_search   (WherryPlacePage       *self);
void            wherry_place_page_end_search      (WherryPlacePage       *self);

/* wherry-place-page-content.c */
void            wherry_place_page_show_content    (WherryPlacePage       *self,
                                                   gpointer               page);
gboolean        wherry_place_page_awaits_focus    (WherryPlacePage       *self);
void            wherry_place_page_update_content  (WherryPlacePage       *self);
void            wherry_place_page_set_status      (WherryPlacePage       *self,
                                                   const char            *text);
void            wherry_place_page_show_problem    (WherryPlacePage       *self,
                                                   const char            *title,
                                                   const char            *description);
void            wherry_place_page_show_list_error (WherryPlacePage       *self,
                                                   const GError          *error);
void            wherry_place_page_begin_loading   (WherryPlacePage       *self);
void            wherry_place_page_stop_loading    (WherryPlacePage       *self);

/* wherry-place-page-actions.c */
void            wherry_place_page_init_actions    (WherryPlacePage       *self);
void            wherry_place_page_update_file_actions (WherryPlacePage   *self);
void            wherry_place_page_show_error      (WherryPlacePage       *self,
                                                   const char            *heading,
                                                   const GError          *error,
                                                   const char            *path,
                                                   WherryRemoteAccess     access);

/* wherry-place-page-delete.c */
void            wherry_place_page_init_deleting   (WherryPlacePage       *self);
void            wherry_place_page_conceal_removals (WherryPlacePage      *self);

/* wherry-place-page-local.c */
void            wherry_place_page_init_local      (WherryPlacePage       *self);
void            wherry_place_page_set_local_options (WherryPlacePage     *self);
void            wherry_place_page_follow          (WherryPlacePage       *self,
                                                   const char            *before);

/* wherry-place-page-transfers.c */
WherryTransfer *wherry_place_page_add_transfer    (WherryPlacePage       *self,
                                                   const WherryEndpoint  *source,
                                                   const WherryEndpoint  *target,
                                                   WherrySite            *rules);
void            wherry_place_page_download        (WherryPlacePage       *self,
                                                   GPtrArray             *entries,
                                                   const char            *local);

/* wherry-place-page-dnd.c */
void            wherry_place_page_init_dnd        (WherryPlacePage       *self);

G_END_DECLS
