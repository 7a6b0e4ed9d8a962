#pragma once

#include <gtk/gtk.h>

#include "sites/wherry-site-store.h"
#include "ui/wherry-recents.h"

G_BEGIN_DECLS

/**
 * WherryHostCompletion:
 *
 * What is suggested where a server is typed: the sites by their names, the
 * servers connected to last, and the hosts of the ssh_config. What is chosen is
 * filled in, and nothing else happens.
 */
#define WHERRY_TYPE_HOST_COMPLETION (wherry_host_completion_get_type ())
G_DECLARE_FINAL_TYPE (WherryHostCompletion, wherry_host_completion, WHERRY, HOST_COMPLETION, GObject)

WherryHostCompletion *wherry_host_completion_new    (WherrySiteStore      *sites,
                                                     WherryRecents        *recents);
void                  wherry_host_completion_attach (WherryHostCompletion *self,
                                                     GtkEntry             *entry);

G_END_DECLS
