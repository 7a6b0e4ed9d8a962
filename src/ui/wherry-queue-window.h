#pragma once

#include <adwaita.h>

#include "transfer/wherry-queue.h"

G_BEGIN_DECLS

/**
 * WherryQueueWindow:
 *
 * The transfers in a window of their own: all of them or some, found by name,
 * chosen and acted on together, with how fast it goes.
 */
#define WHERRY_TYPE_QUEUE_WINDOW (wherry_queue_window_get_type ())
G_DECLARE_FINAL_TYPE (WherryQueueWindow, wherry_queue_window, WHERRY, QUEUE_WINDOW, AdwWindow)

GtkWidget *wherry_queue_window_new (WherryQueue *queue);

G_END_DECLS
