#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * WherryMethodList:
 *
 * The ways to log in, each with a switch, in the order they are tried: that can be
 * changed by buttons, with Alt and the arrow keys, and by dragging.
 *
 * Signals: "changed", with every change of a person's.
 */
#define WHERRY_TYPE_METHOD_LIST (wherry_method_list_get_type ())
G_DECLARE_FINAL_TYPE (WherryMethodList, wherry_method_list, WHERRY, METHOD_LIST, AdwBin)

GtkWidget *wherry_method_list_new        (const char * const *chosen);
char     **wherry_method_list_dup_chosen (WherryMethodList   *self);

G_END_DECLS
