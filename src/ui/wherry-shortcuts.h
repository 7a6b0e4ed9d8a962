#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * WherryShortcut: one entry of the only list of keyboard shortcuts.
 * @action: detailed action name
 * @accels: up to two key combinations, then %NULL
 * @group: heading in the shortcuts window, untranslated
 * @title: what it does, untranslated
 * @after_widgets: the widget in focus comes first, as a text entry has its own
 *   use for the keys
 */
typedef struct {
  const char *action;
  const char *accels[3];
  const char *group;
  const char *title;
  gboolean    after_widgets;
} WherryShortcut;

const WherryShortcut *wherry_shortcuts_get           (gsize          *n_shortcuts);
void                  wherry_shortcuts_set_accels    (GtkApplication *application);
void                  wherry_shortcuts_install       (GtkWidgetClass *widget_class);
GtkWindow            *wherry_shortcuts_create_window (void);

G_END_DECLS
