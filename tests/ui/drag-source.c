/* A window to drag files from, as from a file manager; the same files lie on the clipboard.

   Usage: drag-source FILE... */

#include <gtk/gtk.h>

static GdkContentProvider *
new_provider (char **paths)
{
  g_auto (GValue) value = G_VALUE_INIT;
  GSList *files = NULL;

  for (char **path = paths; *path != NULL; path++)
    files = g_slist_append (files, g_file_new_for_commandline_arg (*path));

  g_value_init (&value, GDK_TYPE_FILE_LIST);
  g_value_take_boxed (&value, gdk_file_list_new_from_list (files));
  g_slist_free_full (files, g_object_unref);

  return gdk_content_provider_new_for_value (&value);
}

static GdkContentProvider *
on_prepare (GtkDragSource *source, double x, double y, char **paths)
{
  return new_provider (paths);
}

static void
on_activate (GtkApplication *application, char **paths)
{
  GtkWidget *window = gtk_application_window_new (application);
  GtkWidget *label = gtk_label_new ("Drag from here");
  GtkDragSource *source = gtk_drag_source_new ();
  g_autoptr (GdkContentProvider) provider = new_provider (paths);

  g_signal_connect (source, "prepare", G_CALLBACK (on_prepare), paths);
  gtk_widget_add_controller (label, GTK_EVENT_CONTROLLER (source));
  gtk_window_set_child (GTK_WINDOW (window), label);
  gtk_window_set_title (GTK_WINDOW (window), "Drag Source");
  gtk_window_set_default_size (GTK_WINDOW (window), 200, 160);
  gdk_clipboard_set_content (gtk_widget_get_clipboard (window), provider);
  gtk_window_present (GTK_WINDOW (window));
}

int
main (int argc, char *argv[])
{
  g_autoptr (GtkApplication) application = gtk_application_new (NULL, G_APPLICATION_NON_UNIQUE);

  g_signal_connect (application, "activate", G_CALLBACK (on_activate), argv + 1);
  return g_application_run (G_APPLICATION (application), 1, argv);
}
