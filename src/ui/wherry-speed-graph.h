#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * WherrySpeedGraph:
 *
 * How fast it went lately: the newest samples as a filled line, as high as the
 * fastest of them. It says so to assistive technology in words.
 */
#define WHERRY_TYPE_SPEED_GRAPH (wherry_speed_graph_get_type ())
G_DECLARE_FINAL_TYPE (WherrySpeedGraph, wherry_speed_graph, WHERRY, SPEED_GRAPH, GtkWidget)

void wherry_speed_graph_add   (WherrySpeedGraph *self,
                               double            bytes_per_second);
void wherry_speed_graph_clear (WherrySpeedGraph *self);

G_END_DECLS
