#pragma once

#include <adwaita.h>

#include "sites/wherry-site.h"
#include "ssh/wherry-session.h"
#include "ui/wherry-edit-bar.h"
#include "ui/wherry-host-completion.h"

G_BEGIN_DECLS

/**
 * WherryWindowOptions: what a person said on the command line. All may be %NULL.
 * @identity: key file to log in with, absolute path
 * @known_hosts: the one file to keep host keys in, absolute path
 */
typedef struct {
  const char *identity;
  const char *known_hosts;
} WherryWindowOptions;

/**
 * WherryWindow:
 *
 * The main window: places in tabs, and the transfers between them and here.
 */
#define WHERRY_TYPE_WINDOW (wherry_window_get_type ())
G_DECLARE_FINAL_TYPE (WherryWindow, wherry_window, WHERRY, WINDOW, AdwApplicationWindow)

GtkWidget *wherry_window_new          (AdwApplication            *application,
                                       const WherryWindowOptions *options);
gboolean   wherry_window_is_idle      (WherryWindow              *self);
void       wherry_window_set_location (WherryWindow              *self,
                                       const char                *text);
void       wherry_window_connect      (WherryWindow              *self);
void       wherry_window_open         (WherryWindow              *self,
                                       const WherryLogin         *login,
                                       const char                *folder,
                                       WherrySite                *site);
gboolean   wherry_window_open_site    (WherryWindow              *self,
                                       WherrySite                *site,
                                       gboolean                   new_tab,
                                       GError                   **error);
void       wherry_window_add_toast    (WherryWindow              *self,
                                       AdwToast                  *toast);
WherrySessionPool *wherry_window_new_pool (WherryWindow          *self,
                                       GtkWindow                 *parent);
void       wherry_window_present_over (WherryWindow              *self,
                                       GtkWindow                 *other);
gboolean   wherry_window_open_named   (WherryWindow              *self,
                                       const char                *name);
WherryHostCompletion *wherry_window_get_completion (WherryWindow *self);
WherryEditBar *wherry_window_get_edit_bar (WherryWindow          *self);

G_END_DECLS
