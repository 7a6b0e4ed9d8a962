#include "ui/wherry-file-drop.h"

#include "ui/wherry-remote-file-provider.h"

/* Who stays so long over a folder wants to go into it. Milliseconds. */
#define DWELL_MS 1000

/* The widget's drop target, and what it is about to do. */
typedef struct {
  GtkDropTarget *target; /* not owned: owns us */
  const WherryDropHandlers *handlers;
  gpointer data;
  WherryDropSpot spot; /* its folder is NULL if there is none */
  guint dwell_id;
} Drop;

/**
 * wherry_file_drop_get_types:
 * @n_types: (out): how many
 *
 * Returns: (transfer none): what a place takes, best first: a drag of ours can be
 *   had as local files too, but only by fetching them
 */
GType *
wherry_file_drop_get_types (gsize *n_types)
{
  static GType types[2];

  types[0] = WHERRY_TYPE_REMOTE_FILES;
  types[1] = GDK_TYPE_FILE_LIST;
  *n_types = G_N_ELEMENTS (types);
  return types;
}

static WherryRemoteFileProvider *
get_provider (GdkDrop *drop)
{
  GdkDrag *drag = drop != NULL ? gdk_drop_get_drag (drop) : NULL;
  GdkContentProvider *content = drag != NULL ? gdk_drag_get_content (drag) : NULL;

  return WHERRY_IS_REMOTE_FILE_PROVIDER (content) ? WHERRY_REMOTE_FILE_PROVIDER (content) : NULL;
}

/* What is dragged, if it is files of a server and comes from this process. */
static WherryRemoteFiles *
get_files (GdkDrop *drop)
{
  WherryRemoteFileProvider *provider = get_provider (drop);

  return provider != NULL ? wherry_remote_file_provider_get_files (provider) : NULL;
}

static gboolean
are_all_in (const WherryRemoteFiles *files, const char *folder)
{
  for (guint i = 0; i < wherry_remote_files_get_n (files); i++)
    {
      g_autofree char *parent = g_path_get_dirname (wherry_remote_files_get (files, i)->path);

      if (!g_str_equal (parent, folder))
        return FALSE;
    }
  return TRUE;
}

/* What a drop would do: within one server move, with Ctrl copy; else copy. 0 if it makes no sense.
 */
static GdkDragAction
get_action (GdkDrop *drop, const WherryDropSpot *spot)
{
  GdkDragAction actions = gdk_drop_get_actions (drop);
  WherryRemoteFiles *files = get_files (drop);

  if (spot->only_copies || files == NULL
      || !wherry_login_equal (wherry_remote_files_get_login (files), spot->login))
    return actions & GDK_ACTION_COPY;
  if (!wherry_remote_files_fit_into (files, spot->login, spot->folder))
    return 0;
  if ((actions & GDK_ACTION_MOVE) != 0)
    return are_all_in (files, spot->folder) ? 0 : GDK_ACTION_MOVE;
  return actions & GDK_ACTION_COPY;
}

static void
clear_spot (Drop *self)
{
  g_clear_handle_id (&self->dwell_id, g_source_remove);
  if (self->spot.highlight != NULL)
    {
      gtk_widget_remove_css_class (self->spot.highlight, "drop-here");
      g_object_remove_weak_pointer (G_OBJECT (self->spot.highlight),
                                    (gpointer *) &self->spot.highlight);
    }
  g_free (self->spot.folder);
  self->spot = (WherryDropSpot){ NULL };
}

static gboolean
on_dwell (gpointer user_data)
{
  Drop *self = user_data;

  self->dwell_id = 0;
  self->handlers->dwell (self->data, &self->spot);
  return G_SOURCE_REMOVE;
}

static void
set_spot (Drop *self, const WherryDropSpot *spot, GdkDragAction action)
{
  clear_spot (self);
  self->spot = *spot;
  self->spot.folder = g_strdup (spot->folder);
  if (action == 0)
    self->spot.highlight = NULL;
  if (self->spot.highlight != NULL)
    {
      gtk_widget_add_css_class (self->spot.highlight, "drop-here");
      /* A listing may come anew under the pointer. */
      g_object_add_weak_pointer (G_OBJECT (self->spot.highlight),
                                 (gpointer *) &self->spot.highlight);
    }
  if (spot->inside && self->handlers->dwell != NULL)
    self->dwell_id = g_timeout_add (DWELL_MS, on_dwell, self);
}

static GdkDragAction
on_motion (Drop *self, double x, double y)
{
  GdkDrop *drop = gtk_drop_target_get_current_drop (self->target);
  WherryDropSpot spot = { NULL };
  GdkDragAction action = 0;

  if (drop != NULL && self->handlers->find (self->data, x, y, &spot))
    action = get_action (drop, &spot);

  if (spot.folder == NULL)
    clear_spot (self);
  else if (g_strcmp0 (spot.folder, self->spot.folder) != 0
           || (action != 0) != (self->spot.highlight != NULL))
    set_spot (self, &spot, action);
  g_free (spot.folder);
  return action;
}

static gboolean
on_drop (Drop *self, const GValue *value, double x, double y)
{
  GdkDrop *drop = gtk_drop_target_get_current_drop (self->target);
  WherryDropSpot spot = { NULL };
  GdkDragAction action = 0;

  if (drop != NULL && self->handlers->find (self->data, x, y, &spot))
    action = get_action (drop, &spot);
  /* GTK tells of a leave only when the files are carried off again. */
  clear_spot (self);
  if (action != 0)
    self->handlers->take (self->data, &spot, value, action);
  g_free (spot.folder);
  return action != 0;
}

static void
drop_free (gpointer data, GClosure *closure)
{
  Drop *self = data;

  clear_spot (self);
  g_free (self);
}

/**
 * wherry_file_drop_add:
 * @widget: a widget
 * @handlers: (transfer none): what to do; static
 * @data: for @handlers; has to live as long as @widget
 *
 * Lets files be dropped on @widget, and shows where they would go.
 *
 * Returns: (transfer none): what was added
 */
GtkEventController *
wherry_file_drop_add (GtkWidget *widget, const WherryDropHandlers *handlers, gpointer data)
{
  Drop *self = g_new0 (Drop, 1);
  gsize n_types;
  GType *types = wherry_file_drop_get_types (&n_types);

  g_return_val_if_fail (GTK_IS_WIDGET (widget), NULL);

  self->handlers = handlers;
  self->data = data;
  self->target = gtk_drop_target_new (G_TYPE_INVALID, GDK_ACTION_COPY | GDK_ACTION_MOVE);
  gtk_drop_target_set_gtypes (self->target, types, n_types);
  g_signal_connect_swapped (self->target, "enter", G_CALLBACK (on_motion), self);
  g_signal_connect_swapped (self->target, "motion", G_CALLBACK (on_motion), self);
  g_signal_connect_swapped (self->target, "leave", G_CALLBACK (clear_spot), self);
  g_signal_connect_data (self->target, "drop", G_CALLBACK (on_drop), self, drop_free,
                         G_CONNECT_SWAPPED);
  gtk_widget_add_css_class (widget, "takes-files");
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (self->target));
  return GTK_EVENT_CONTROLLER (self->target);
}

static void
on_window_enter (GtkDropControllerMotion *motion)
{
  WherryRemoteFileProvider *provider = get_provider (gtk_drop_controller_motion_get_drop (motion));

  if (provider == NULL)
    return;
  wherry_remote_file_provider_set_at_home (provider, TRUE);
  g_object_set_data_full (G_OBJECT (motion), "provider", g_object_ref (provider), g_object_unref);
}

static void
on_window_leave (GtkDropControllerMotion *motion)
{
  g_autoptr (WherryRemoteFileProvider) provider
      = g_object_steal_data (G_OBJECT (motion), "provider");

  if (provider != NULL)
    wherry_remote_file_provider_set_at_home (provider, FALSE);
}

/**
 * wherry_file_drop_watch:
 * @window: a window of ours
 *
 * Lets a drag of ours know when it is above @window: what is dropped there is not
 * to be fetched.
 */
void
wherry_file_drop_watch (GtkWidget *window)
{
  GtkEventController *motion = gtk_drop_controller_motion_new ();

  g_return_if_fail (GTK_IS_WIDGET (window));

  g_signal_connect (motion, "enter", G_CALLBACK (on_window_enter), NULL);
  g_signal_connect (motion, "leave", G_CALLBACK (on_window_leave), NULL);
  gtk_widget_add_controller (window, motion);
}
