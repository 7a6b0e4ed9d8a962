#pragma once

#include "ui/wherry-place-page.h"
#include "ui/wherry-recents.h"
#include "ui/wherry-sidebar.h"
#include "ui/wherry-transfer-bar.h"
#include "ui/wherry-trust.h"
#include "ui/wherry-window.h"
#include "ui/wherry-workspace.h"

G_BEGIN_DECLS

struct _WherryWindow {
  AdwApplicationWindow parent_instance;

  /* Template widgets */
  AdwToastOverlay *toast_overlay;
  AdwFlap *flap;
  WherrySidebar *sidebar;
  GtkStack *header_stack;
  AdwWindowTitle *window_title;
  GtkStack *toolbar_stack;
  GtkWidget *filter_button;
  GtkWidget *add_button;
  AdwTabBar *tab_bar;
  AdwTabView *tab_view;
  WherryEditBar *edit_bar;
  WherryTransferBar *transfer_bar;
  GtkWidget *restored_bar;
  GtkLabel *restored_label;

  /* Borrowed from the workspace */
  WherrySessionPool *pool;
  WherryQueue *queue;

  /* Owned */
  GSettings *settings; /* (nullable) */
  WherryViewOptions *options;
  char *identity; /* (nullable) */
  char **known_hosts; /* the one file to keep host keys in, if one was given */
  WherryHostKeyStore *host_keys;
  WherryTrust *trust;
  WherryRecents *recents;
  WherryHostCompletion *completion;
  GtkWindow *queue_window; /* (nullable): weak */
  guint farewell_id;     /* while deletions are waited for */
  gint64 farewell_until; /* monotonic, microseconds */
  WherryWorkspace *workspace;
  gboolean narrow;
  guint narrow_id;
  guint title_id;        /* while transfers run */
};

WherryPlacePage *wherry_window_get_page        (WherryWindow    *self);
WherryPlacePage *wherry_window_add_page        (WherryWindow    *self);

/* wherry-window-actions.c */
void             wherry_window_close_session   (WherryWindow    *self,
                                                WherryPlacePage *page);
void             wherry_window_install_actions (GtkWidgetClass  *widget_class);

/* wherry-window-close.c */
void             wherry_window_confirm         (WherryWindow    *self,
                                                const char      *heading,
                                                const char      *response,
                                                guint            n,
                                                GCallback        then);
gboolean         wherry_window_holds_back_close (WherryWindow   *self);

/* wherry-window-title.c */
void             wherry_window_init_title      (WherryWindow    *self);
void             wherry_window_update_title    (WherryWindow    *self);

G_END_DECLS
