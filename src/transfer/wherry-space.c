#include "config.h"

#include "transfer/wherry-space.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/wherry-text.h"
#include "remote/wherry-remote.h"

/* A server that does not say how much is free is not waited for any longer, in seconds. */
#define LIMIT_SECONDS 5

static gboolean
on_limit (gpointer data)
{
  g_cancellable_cancel (data);
  return G_SOURCE_REMOVE;
}

static gboolean
measure_remote (const char *path, WherrySession *session, guint64 *available)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GSource) limit = g_timeout_source_new_seconds (LIMIT_SECONDS);
  g_autoptr (WherryRemote) remote = NULL;
  WherryRemoteSpace space;

  g_source_set_callback (limit, on_limit, g_object_ref (cancellable), g_object_unref);
  g_source_attach (limit, NULL);
  remote = wherry_remote_open (session, cancellable, NULL);
  /* The target itself may not be there yet. */
  g_autofree char *parent = g_path_get_dirname (path);
  gboolean known
      = remote != NULL
        && (wherry_remote_space (remote, *path != '\0' ? path : ".", &space, cancellable, NULL)
            || wherry_remote_space (remote, parent, &space, cancellable, NULL));
  g_source_destroy (limit);
  if (known)
    *available = space.available;
  return known;
}

static gboolean
measure_local (const char *path, guint64 *available)
{
  g_autofree char *parent = g_path_get_dirname (path);
  struct statvfs vfs;

  if ((statvfs (path, &vfs) < 0 && statvfs (parent, &vfs) < 0) || vfs.f_blocks == 0)
    return FALSE;
  *available = (guint64) vfs.f_bavail * vfs.f_frsize;
  return TRUE;
}

/**
 * wherry_space_explain:
 * @job: a job whose run ended because the target's disk is full
 * @session: (nullable): a session to the target's server, if it is one
 * @error: what is known; its message becomes what a person needs: which disk, and
 *   how much is missing
 */
void
wherry_space_explain (WherryJob *job, WherrySession *session, GError *error)
{
  const WherryEndpoint *target = job->target;
  guint64 available = 0, needed = 0;
  g_autofree char *words = g_steal_pointer (&error->message);
  g_autofree char *shown = wherry_endpoint_to_display (target);
  gboolean known = session != NULL ? measure_remote (target->path, session, &available)
                                   : measure_local (target->path, &available);

  g_mutex_lock (&job->lock);
  if (job->bytes_total > job->bytes_placed)
    needed = job->bytes_total - job->bytes_placed;
  g_mutex_unlock (&job->lock);

  g_autofree char *missing = g_format_size (needed > available ? needed - available : 0);
  g_autofree char *left = g_format_size (available);
  if (known && needed > available)
    error->message = g_strdup_printf (
        /* Translators: a size, and where the files go */
        _ ("%s are missing on the disk of “%s”. Free that much, then go on"), missing, shown);
  else if (known)
    error->message = g_strdup_printf (
        /* Translators: where the files go, and a size */
        _ ("The disk of “%s” is full (%s are free). Make room, then go on"), shown, left);
  else
    error->message = g_strdup_printf (
        /* Translators: where the files go, and a whole sentence */
        _ ("The disk of “%s” is full. Make room, then go on. %s"), shown, words);
}
