#pragma once

#include "ui/wherry-sidebar.h"

G_BEGIN_DECLS

struct _WherrySidebar {
  AdwBin parent_instance;

  /* Template widgets */
  GtkWidget *entry;
  GtkWidget *search_bar;
  GtkWidget *search_entry;
  GtkStack *stack;
  GtkListView *list_view;
  GtkPopoverMenu *popover;
  GMenuModel *site_menu;
  GMenuModel *folder_menu;
  GMenuModel *recent_menu;
  GMenuModel *blank_menu;

  /* Owned */
  WherrySiteStore *store;   /* (nullable): until it is set */
  WherryRecents *recents;   /* (nullable): likewise */
  GListStore *extra;        /* the recent servers as one entry, or nothing */
  GtkSingleSelection *selection;
  GListModel *tree;         /* of GtkTreeListRow */
  GListModel *found;        /* of WherrySite */
  GtkFilter *filter;
  GPtrArray *connected;     /* element-type WherryLogin */
  GPtrArray *rows;          /* element-type WherrySiteRow, unowned: those bound to an item */
};

GObject *wherry_sidebar_dup_selected    (WherrySidebar  *self);
void     wherry_sidebar_install_actions (GtkWidgetClass *widget_class);
void     wherry_sidebar_update_actions  (WherrySidebar  *self);

G_END_DECLS
