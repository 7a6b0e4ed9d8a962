#include "config.h"

#include "ui/wherry-shortcuts.h"

#include <glib/gi18n-lib.h>

static const WherryShortcut shortcuts[] = {
  { "win.upload-files", { "<Control>o" }, N_ ("Transfers"), N_ ("Upload files") },
  { "win.upload-folder", { "<Control><Shift>o" }, N_ ("Transfers"), N_ ("Upload a folder") },
  { "win.upload-with-options",
    { "<Control><Alt>o" },
    N_ ("Transfers"),
    N_ ("Upload with options") },
  { "win.paste",
    { "<Control>v" },
    N_ ("Transfers"),
    N_ ("Upload copied files"),
    WHERRY_SHORTCUT_AFTER_WIDGETS },
  { "win.download", { "<Control>s" }, N_ ("Transfers"), N_ ("Download") },
  { "win.show-transfers", { "<Control>j" }, N_ ("Transfers"), N_ ("Show all transfers") },
  { "win.cancel-all", { "<Control><Shift>Escape" }, N_ ("Transfers"), N_ ("Cancel all transfers") },
  { "win.clear-finished",
    { "<Control><Shift>Delete" },
    N_ ("Transfers"),
    N_ ("Clear finished transfers") },
  { "queue.details",
    { "<Alt>Return" },
    N_ ("Window of Transfers"),
    N_ ("Details"),
    WHERRY_SHORTCUT_IN_QUEUE },
  { "queue.pause",
    { "<Control>p" },
    N_ ("Window of Transfers"),
    N_ ("Pause"),
    WHERRY_SHORTCUT_IN_QUEUE },
  { "queue.resume",
    { "<Control>r" },
    N_ ("Window of Transfers"),
    N_ ("Go on"),
    WHERRY_SHORTCUT_IN_QUEUE },
  { "queue.retry",
    { "F5" },
    N_ ("Window of Transfers"),
    N_ ("Try again"),
    WHERRY_SHORTCUT_IN_QUEUE },
  { "queue.remove",
    { "Delete", "KP_Delete" },
    N_ ("Window of Transfers"),
    N_ ("Cancel, or remove what is over"),
    WHERRY_SHORTCUT_IN_QUEUE },
  { "queue.move-up",
    { "<Alt>Up" },
    N_ ("Window of Transfers"),
    N_ ("Move up"),
    WHERRY_SHORTCUT_IN_QUEUE },
  { "queue.move-down",
    { "<Alt>Down" },
    N_ ("Window of Transfers"),
    N_ ("Move down"),
    WHERRY_SHORTCUT_IN_QUEUE },
  { "queue.move-first",
    { "<Alt>Home" },
    N_ ("Window of Transfers"),
    N_ ("Move to the top"),
    WHERRY_SHORTCUT_IN_QUEUE },
  { "queue.menu",
    { "Menu", "<Shift>F10" },
    N_ ("Window of Transfers"),
    N_ ("Menu of what is selected"),
    WHERRY_SHORTCUT_IN_QUEUE },
  { "place.edit-location", { "<Control>l" }, N_ ("Place"), N_ ("Type where to go") },
  { "place.back", { "<Alt>Left" }, N_ ("Place"), N_ ("Back") },
  { "place.forward", { "<Alt>Right" }, N_ ("Place"), N_ ("Forward") },
  { "place.up", { "<Alt>Up" }, N_ ("Place"), N_ ("Up") },
  { "place.home", { "<Alt>Home" }, N_ ("Place"), N_ ("Where the login begins") },
  { "place.refresh", { "<Control>r" }, N_ ("Place"), N_ ("Refresh, or connect again") },
  { "place.bookmark", { "<Control>d" }, N_ ("Place"), N_ ("Bookmark this folder, or no longer") },
  { "place.filter", { "<Control>f" }, N_ ("Place"), N_ ("Filter by name") },
  { "place.local-pane", { "F9" }, N_ ("Place"), N_ ("Show this computer beside it") },
  { "place.copy-across", { "F5" }, N_ ("Place"), N_ ("Copy to the other side, or refresh") },
  { "place.move-across", { "F6" }, N_ ("Place"), N_ ("Move to the other side") },
  { "place.show-hidden", { "<Control>h" }, N_ ("Place"), N_ ("Show or hide hidden files") },
  { "place.copy", { "<Control>c" }, N_ ("Place"), N_ ("Copy files"), WHERRY_SHORTCUT_IN_FILES },
  { "place.view", { "F3" }, N_ ("Place"), N_ ("View"), WHERRY_SHORTCUT_IN_FILES },
  { "place.edit", { "F4" }, N_ ("Place"), N_ ("Edit"), WHERRY_SHORTCUT_IN_FILES },
  { "place.new-folder", { "<Control><Shift>n" }, N_ ("Place"), N_ ("New folder") },
  { "place.rename", { "F2" }, N_ ("Place"), N_ ("Rename"), WHERRY_SHORTCUT_IN_FILES },
  { "place.delete",
    { "Delete", "KP_Delete" },
    N_ ("Place"),
    N_ ("Delete"),
    WHERRY_SHORTCUT_IN_FILES },
  { "place.properties",
    { "<Alt>Return" },
    N_ ("Place"),
    N_ ("Properties"),
    WHERRY_SHORTCUT_IN_FILES },
  { "place.copy-path", { "<Control><Shift>c" }, N_ ("Place"), N_ ("Copy path") },
  { "files.menu",
    { "Menu", "<Shift>F10" },
    N_ ("Place"),
    N_ ("Menu of what is selected"),
    WHERRY_SHORTCUT_IN_FILES },
  { "win.disconnect", { "<Control><Shift>d" }, N_ ("Place"), N_ ("Disconnect") },
  { "app.new-window", { "<Control>n" }, N_ ("General"), N_ ("New window") },
  { "win.new-tab", { "<Control>t" }, N_ ("General"), N_ ("New tab") },
  { "win.close-tab", { "<Control>w" }, N_ ("General"), N_ ("Close tab") },
  { "window.close", { "<Control><Shift>w" }, N_ ("General"), N_ ("Close window") },
  { "app.preferences", { "<Control>comma" }, N_ ("General"), N_ ("Preferences") },
  { "app.shortcuts", { "<Control>question" }, N_ ("General"), N_ ("Keyboard shortcuts") },
  { "app.quit", { "<Control>q" }, N_ ("General"), N_ ("Quit") },
};

/**
 * wherry_shortcuts_get:
 * @n_shortcuts: (out): how many there are
 *
 * Returns: (transfer none) (array length=n_shortcuts): all keyboard shortcuts,
 *   ordered by group
 */
const WherryShortcut *
wherry_shortcuts_get (gsize *n_shortcuts)
{
  *n_shortcuts = G_N_ELEMENTS (shortcuts);
  return shortcuts;
}

/**
 * wherry_shortcuts_set_accels:
 * @application: the application
 *
 * Makes every shortcut work in all windows of @application, but for those that
 * wherry_shortcuts_install() is for.
 */
void
wherry_shortcuts_set_accels (GtkApplication *application)
{
  for (gsize i = 0; i < G_N_ELEMENTS (shortcuts); i++)
    {
      if (shortcuts[i].scope == WHERRY_SHORTCUT_ANYWHERE)
        gtk_application_set_accels_for_action (application, shortcuts[i].action,
                                               (const char *const *) shortcuts[i].accels);
    }
}

/**
 * wherry_shortcuts_install:
 * @widget_class: class of the window, or of a list of files
 * @scope: which ones, and not %WHERRY_SHORTCUT_ANYWHERE
 *
 * Installs the shortcuts that give way to the widget in focus: an application's
 * accelerators are looked at before it, a class's key bindings after it.
 */
void
wherry_shortcuts_install (GtkWidgetClass *widget_class, WherryShortcutScope scope)
{
  for (gsize i = 0; i < G_N_ELEMENTS (shortcuts); i++)
    {
      for (const char *const *accel = shortcuts[i].accels;
           shortcuts[i].scope == scope && *accel != NULL; accel++)
        {
          guint key;
          GdkModifierType modifiers;

          if (gtk_accelerator_parse (*accel, &key, &modifiers))
            gtk_widget_class_add_binding_action (widget_class, key, modifiers, shortcuts[i].action,
                                                 NULL);
        }
    }
}

/**
 * wherry_shortcuts_create_window:
 *
 * Returns: (transfer full): a window that shows all shortcuts; not presented
 */
GtkWindow *
wherry_shortcuts_create_window (void)
{
  /* GTK gained functions to fill a GtkShortcutsWindow in 4.14 only: before, it is filled by
   * GtkBuilder. */
  g_autoptr (GString) ui
      = g_string_new ("<interface><object class='GtkShortcutsWindow' id='window'>"
                      "<property name='modal'>1</property>"
                      "<child><object class='GtkShortcutsSection'>"
                      "<property name='section-name'>shortcuts</property>"
                      "<property name='max-height'>12</property>");
  const char *group = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (shortcuts); i++)
    {
      g_autofree char *accels = g_strjoinv (" ", (char **) shortcuts[i].accels);
      g_autofree char *shortcut = NULL;

      if (g_strcmp0 (group, shortcuts[i].group) != 0)
        {
          g_autofree char *title = g_markup_escape_text (_ (shortcuts[i].group), -1);

          if (group != NULL)
            g_string_append (ui, "</object></child>");
          g_string_append_printf (ui,
                                  "<child><object class='GtkShortcutsGroup'>"
                                  "<property name='title'>%s</property>",
                                  title);
          group = shortcuts[i].group;
        }
      shortcut = g_markup_printf_escaped ("<child><object class='GtkShortcutsShortcut'>"
                                          "<property name='title'>%s</property>"
                                          "<property name='accelerator'>%s</property>"
                                          "</object></child>",
                                          _ (shortcuts[i].title), accels);
      g_string_append (ui, shortcut);
    }
  g_string_append (ui, "</object></child></object></child></object></interface>");

  g_autoptr (GtkBuilder) builder = gtk_builder_new_from_string (ui->str, (gssize) ui->len);
  GtkWindow *window = GTK_WINDOW (gtk_builder_get_object (builder, "window"));

  /* Its header shows something else; this is for who hears it. */
  gtk_window_set_title (window, _ ("Keyboard shortcuts"));
  return g_object_ref (window);
}
