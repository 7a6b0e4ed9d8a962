#pragma once

#include "ui/wherry-file-view.h"

G_BEGIN_DECLS

struct _WherryFileView {
  AdwBin parent_instance;

  /* Children */
  GtkColumnView *column_view;
  GtkWidget *list; /* the column view's own, with the rows */

  /* Owned */
  WherryFolderModel *model;
  GtkSelectionModel *selection;
  WherryViewOptions *options;
  GString *typed;
  guint typing_id;
  guint narrow_id;
  gboolean narrow;
  gboolean sorting; /* the header is being set, not clicked on */

  /* The columns */
  GtkColumnViewColumn *columns[WHERRY_SORT_N];
  gboolean shown[WHERRY_SORT_N];
  WherrySort order[WHERRY_SORT_N]; /* of all, shown or not */
  int widths[WHERRY_SORT_N];       /* pixels; -1: the usual one */
  guint columns_id;                /* until what was dragged is kept */
  gboolean arranging;              /* they are being set, not dragged */
};

/* wherry-file-view-columns.c */
void wherry_file_view_init_columns    (WherryFileView *self);
void wherry_file_view_update_columns  (WherryFileView *self);
void wherry_file_view_arrange_columns (WherryFileView *self);
void wherry_file_view_keep_columns    (WherryFileView *self);

G_END_DECLS
