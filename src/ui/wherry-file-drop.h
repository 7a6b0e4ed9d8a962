#pragma once

#include <gtk/gtk.h>

#include "ssh/wherry-login.h"
#include "transfer/wherry-remote-files.h"

G_BEGIN_DECLS

/**
 * WherryDropSpot:
 *
 * What is under the pointer of a drag: a folder on a server.
 *
 * @login: the server
 * @folder: as bytes; owned
 * @highlight: (nullable): the widget to mark
 * @inside: whether @folder is another one than is shown, to be gone to after a while
 * @only_copies: whether nothing can be moved there
 */
typedef struct {
  const WherryLogin *login;
  char              *folder;
  GtkWidget         *highlight;
  gboolean           inside;
  gboolean           only_copies;
} WherryDropSpot;

/**
 * WherryDropHandlers:
 *
 * @find: tells what is at a point of the widget; %FALSE where nothing can be dropped
 * @take: takes files dropped there: a %GDK_TYPE_FILE_LIST or a
 *   %WHERRY_TYPE_REMOTE_FILES
 * @dwell: (nullable): somebody stays over an inner folder with their files
 */
typedef struct {
  gboolean (*find)  (gpointer              data,
                     double                x,
                     double                y,
                     WherryDropSpot       *spot);
  void     (*take)  (gpointer              data,
                     const WherryDropSpot *spot,
                     const GValue         *value,
                     GdkDragAction         action);
  void     (*dwell) (gpointer              data,
                     const WherryDropSpot *spot);
} WherryDropHandlers;

GtkEventController *wherry_file_drop_add        (GtkWidget                *widget,
                                                 const WherryDropHandlers *handlers,
                                                 gpointer                  data);
void                wherry_file_drop_watch      (GtkWidget                *window);
GType              *wherry_file_drop_get_types  (gsize                    *n_types);
G_END_DECLS
