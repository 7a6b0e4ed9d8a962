#pragma once

#include "ui/wherry-queue-window.h"
#include "ui/wherry-speed-graph.h"

G_BEGIN_DECLS

struct _WherryQueueWindow {
  AdwWindow parent_instance;

  /* Template widgets */
  AdwWindowTitle     *window_title;
  GtkToggleButton    *pause_all_button;
  GtkToggleButton    *search_button;
  GtkSearchBar       *search_bar;
  GtkEditable        *search_entry;
  GtkDropDown        *show_dropdown;
  WherrySpeedGraph   *graph;
  GtkStack           *stack;
  GtkListView        *list_view;
  GMenuModel         *transfer_menu;
  GtkWidget          *popover;

  /* Owned */
  WherryQueue        *queue;
  GtkFilter          *filter;
  GtkSelectionModel  *selection;
  guint               tick_id;
};

/* The transfers that are chosen, in their order. */
GPtrArray *wherry_queue_window_dup_chosen      (WherryQueueWindow *self);
guint      wherry_queue_window_find            (WherryQueueWindow *self,
                                                WherryTransfer    *transfer);
void       wherry_queue_window_show_menu       (WherryQueueWindow *self,
                                                double             x,
                                                double             y);
void       wherry_queue_window_update_actions  (WherryQueueWindow *self);
void       wherry_queue_window_install_actions (GtkWidgetClass    *widget_class);

G_END_DECLS
