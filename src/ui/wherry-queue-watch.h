#pragma once

#include <gtk/gtk.h>

#include "transfer/wherry-queue.h"

G_BEGIN_DECLS

/**
 * WherryQueueWatch:
 *
 * Tells the desktop of the transfers: keeps it from logging out or falling asleep
 * while some are at work, notifies whoever looks elsewhere when all are done or
 * one needs a person, and keeps the application alive without a window.
 */
#define WHERRY_TYPE_QUEUE_WATCH (wherry_queue_watch_get_type ())
G_DECLARE_FINAL_TYPE (WherryQueueWatch, wherry_queue_watch, WHERRY, QUEUE_WATCH, GObject)

WherryQueueWatch *wherry_queue_watch_new           (GtkApplication   *application,
                                                    WherryQueue      *queue);
void              wherry_queue_watch_keep_running  (WherryQueueWatch *self);
gboolean          wherry_queue_watch_keeps_running (WherryQueueWatch *self);

G_END_DECLS
