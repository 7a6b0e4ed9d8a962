/*
 * The main window's title: where one is; and, for whoever sees only the title, how far the
 * transfers are.
 */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "ui/wherry-format.h"
#include "ui/wherry-window-private.h"

/* Between two looks at how far they are, in milliseconds. */
#define TICK_INTERVAL 1000

static char *
add_progress (WherryWindow *self, const char *title)
{
  WherryProgress progress;
  double fraction = -1;

  if (self->queue != NULL && wherry_queue_get_n_active (self->queue) > 0)
    {
      wherry_queue_get_progress (self->queue, &progress);
      fraction = wherry_format_fraction (&progress);
    }
  if (fraction < 0)
    return g_strdup (title);
  /* Translators: a window's title: how far the transfers are, in percent, and what else it is
     called, as "62 % · web-1". The two % signs stand for one. */
  return g_strdup_printf (_ ("%d %% · %s"), (int) (fraction * 100), title);
}

/**
 * wherry_window_update_title:
 * @self: the window
 *
 * Shows in the title where one is.
 */
void
wherry_window_update_title (WherryWindow *self)
{
  WherryPlacePage *page = wherry_window_get_page (self);
  g_autofree char *title = NULL;
  g_autofree char *subtitle = NULL;
  g_autofree char *full = NULL;

  if (page == NULL)
    return;
  subtitle = wherry_place_page_dup_subtitle (page);
  title = subtitle != NULL ? wherry_place_page_dup_title (page) : g_strdup ("Wherry");
  adw_window_title_set_title (self->window_title, title);
  adw_window_title_set_subtitle (self->window_title, subtitle != NULL ? subtitle : "");
  full = add_progress (self, title);
  if (g_strcmp0 (full, gtk_window_get_title (GTK_WINDOW (self))) != 0)
    gtk_window_set_title (GTK_WINDOW (self), full);
}

static gboolean
on_tick (gpointer user_data)
{
  wherry_window_update_title (user_data);
  return G_SOURCE_CONTINUE;
}

static void
on_active_changed (WherryWindow *self)
{
  gboolean active = wherry_queue_get_n_active (self->queue) > 0;

  if (active && self->title_id == 0)
    self->title_id = g_timeout_add (TICK_INTERVAL, on_tick, self);
  else if (!active)
    g_clear_handle_id (&self->title_id, g_source_remove);
  wherry_window_update_title (self);
}

/**
 * wherry_window_init_title:
 * @self: the window, which has its queue
 *
 * Has the title follow the transfers.
 */
void
wherry_window_init_title (WherryWindow *self)
{
  g_signal_connect_object (self->queue, "notify::n-active", G_CALLBACK (on_active_changed), self,
                           G_CONNECT_SWAPPED);
  on_active_changed (self);
}
