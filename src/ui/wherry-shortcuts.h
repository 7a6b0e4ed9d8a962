#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * WherryShortcutScope:
 * @WHERRY_SHORTCUT_ANYWHERE: in the whole window, before the widget in focus
 * @WHERRY_SHORTCUT_AFTER_WIDGETS: in the whole window, but the widget in focus
 *   comes first, as a text entry has its own use for the keys
 * @WHERRY_SHORTCUT_IN_FILES: only while a list of files has the focus
 * @WHERRY_SHORTCUT_IN_QUEUE: only in the window of transfers, after the widget in
 *   focus
 */
typedef enum {
  WHERRY_SHORTCUT_ANYWHERE,
  WHERRY_SHORTCUT_AFTER_WIDGETS,
  WHERRY_SHORTCUT_IN_FILES,
  WHERRY_SHORTCUT_IN_QUEUE,
} WherryShortcutScope;

/**
 * WherryShortcut: one entry of the only list of keyboard shortcuts.
 * @action: detailed action name
 * @accels: up to two key combinations, then %NULL
 * @group: heading in the shortcuts window, untranslated
 * @title: what it does, untranslated
 * @scope: where it works
 */
typedef struct {
  const char *action;
  const char *accels[3];
  const char *group;
  const char *title;
  WherryShortcutScope scope;
} WherryShortcut;

const WherryShortcut *wherry_shortcuts_get           (gsize          *n_shortcuts);
void                  wherry_shortcuts_set_accels    (GtkApplication *application);
void                  wherry_shortcuts_install       (GtkWidgetClass *widget_class,
                                                      WherryShortcutScope scope);
GtkWindow            *wherry_shortcuts_create_window (void);

G_END_DECLS
