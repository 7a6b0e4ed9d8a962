/*
 * Deleting, changing and copying trees over SFTP. Everything of a folder is
 * asked for at once; what one file refuses does not keep the others.
 */
#include "config.h"

#include <string.h>

#include "remote/wherry-remote-private.h"
#include "remote/wherry-sftp-job-private.h"

#define PERMISSIONS 07777

/* A request under way, and what it is about. */
typedef struct {
  guint32 id;
  char *path;
} Pending;

static void
clear_pending (gpointer data)
{
  Pending *pending = data;

  g_free (pending->path);
}

static GArray *
new_batch (void)
{
  GArray *batch = g_array_new (FALSE, FALSE, sizeof (Pending));

  g_array_set_clear_func (batch, clear_pending);
  return batch;
}

/* Waits for the answers to what is under way. */
static gboolean
settle (WherrySftpJob *self, GArray *batch, GError **error)
{
  for (guint i = 0; i < batch->len; i++)
    {
      Pending *pending = &g_array_index (batch, Pending, i);
      g_autoptr (GError) local_error = NULL;

      if (!wherry_sftp_job_status (self, pending->id, pending->path, &local_error)
          && !wherry_sftp_job_go_on (self, &local_error, error))
        return FALSE;
    }
  g_array_set_size (batch, 0);
  return TRUE;
}

/* Takes @path over. */
static gboolean
add (WherrySftpJob *self, GArray *batch, guint32 id, char *path, GError **error)
{
  Pending pending = { id, path };

  g_array_append_val (batch, pending);
  return batch->len < WHERRY_SFTP_WINDOW || settle (self, batch, error);
}

/* A folder found on the way that is to be dealt with once all in it is. */
typedef struct {
  char *path;
  guint depth;
  guint32 mode;
  WherrySftpAttrs attrs;
} Later;

static void
clear_later (gpointer data)
{
  Later *later = data;

  g_free (later->path);
}

static GArray *
new_later (void)
{
  GArray *later = g_array_new (FALSE, FALSE, sizeof (Later));

  g_array_set_clear_func (later, clear_later);
  return later;
}

static gint
compare_depth (gconstpointer a, gconstpointer b)
{
  const Later *first = a;
  const Later *second = b;

  return (gint) second->depth - (gint) first->depth;
}

typedef struct {
  GArray *batch;
  GArray *later;
} Removal;

static gboolean
remove_visit (WherrySftpJob *self,
              const char *folder,
              guint depth,
              GPtrArray *entries,
              gpointer user_data,
              GError **error)
{
  Removal *removal = user_data;
  Later later = { .path = g_strdup (folder), .depth = depth };

  g_array_append_val (removal->later, later);
  for (guint i = 0; entries != NULL && i < entries->len; i++)
    {
      WherryRemoteEntry *entry = g_ptr_array_index (entries, i);
      char *path;

      if (entry->file_type == G_FILE_TYPE_DIRECTORY)
        continue;
      path = wherry_remote_join (folder, entry->name);
      if (!add (self, removal->batch,
                wherry_sftp_client_send_path (self->client, WHERRY_SFTP_REMOVE, path), path, error))
        return FALSE;
    }
  return settle (self, removal->batch, error);
}

/* The deepest first; no two at once of which one may be in the other. */
static gboolean
remove_folders (WherrySftpJob *self, Removal *removal, GError **error)
{
  guint depth = 0;

  g_array_sort (removal->later, compare_depth);
  for (guint i = 0; i < removal->later->len; i++)
    {
      Later *later = &g_array_index (removal->later, Later, i);
      guint32 id;

      if (later->depth != depth && !settle (self, removal->batch, error))
        return FALSE;
      depth = later->depth;
      id = wherry_sftp_client_send_path (self->client, WHERRY_SFTP_RMDIR, later->path);
      if (!add (self, removal->batch, id, g_strdup (later->path), error))
        return FALSE;
    }
  return settle (self, removal->batch, error);
}

gboolean
wherry_sftp_job_remove_tree (WherrySftpJob *self, const char *path, GError **error)
{
  g_autoptr (GArray) batch = new_batch ();
  g_autoptr (GArray) later = new_later ();
  Removal removal = { batch, later };
  WherrySftpAttrs attrs;

  if (!wherry_sftp_job_look (self, WHERRY_SFTP_LSTAT, path, &attrs, error))
    return FALSE;
  if (wherry_remote_file_type_from_mode (attrs.mode) != G_FILE_TYPE_DIRECTORY)
    return wherry_sftp_job_status (
        self, wherry_sftp_client_send_path (self->client, WHERRY_SFTP_REMOVE, path), path, error);

  return wherry_sftp_job_walk (self, path, remove_visit, &removal, error)
         && remove_folders (self, &removal, error) && wherry_sftp_job_finish (self, error);
}

typedef struct {
  GArray *batch;
  GArray *later;
  gboolean (*change) (gpointer, guint32, WherrySftpAttrs *);
  gpointer user_data;
} Change;

/* A folder that its owner could not go into any more changes after what is in it. */
static gboolean
change_one (WherrySftpJob *self,
            Change *change,
            const char *path,
            const WherrySftpAttrs *old,
            gboolean inside,
            GError **error)
{
  WherrySftpAttrs attrs = *old;

  attrs.flags = 0;
  if (!change->change (change->user_data, old->mode, &attrs))
    return TRUE;
  if (inside && wherry_remote_file_type_from_mode (old->mode) == G_FILE_TYPE_DIRECTORY
      && attrs.flags & WHERRY_SFTP_ATTR_MODE && (attrs.mode & 0500) != 0500)
    {
      Later later = { .path = g_strdup (path), .attrs = attrs };
      g_array_append_val (change->later, later);
      return TRUE;
    }
  return add (self, change->batch,
              wherry_sftp_job_send_attrs (self, WHERRY_SFTP_SETSTAT, path, &attrs), g_strdup (path),
              error);
}

static gboolean
change_visit (WherrySftpJob *self,
              const char *folder,
              guint depth,
              GPtrArray *entries,
              gpointer user_data,
              GError **error)
{
  Change *change = user_data;

  for (guint i = 0; entries != NULL && i < entries->len; i++)
    {
      WherryRemoteEntry *entry = g_ptr_array_index (entries, i);
      g_autofree char *path = wherry_remote_join (folder, entry->name);
      WherrySftpAttrs old = { .uid = entry->uid, .gid = entry->gid, .mode = entry->mode };

      /* A SETSTAT goes where a link leads. */
      if (entry->file_type == G_FILE_TYPE_SYMBOLIC_LINK)
        continue;
      if ((!entry->has_mode || !entry->has_ids)
          && !wherry_sftp_job_look (self, WHERRY_SFTP_LSTAT, path, &old, error))
        return FALSE;
      if (!change_one (self, change, path, &old, TRUE, error))
        return FALSE;
    }
  return settle (self, change->batch, error);
}

/* @change: fills in the attributes to set, which hold the old ones; FALSE: none are to be set. */
gboolean
wherry_sftp_job_change_tree (WherrySftpJob *self,
                             const char *path,
                             gboolean recursive,
                             gboolean (*change) (gpointer, guint32, WherrySftpAttrs *),
                             gpointer user_data,
                             GError **error)
{
  g_autoptr (GArray) batch = new_batch ();
  g_autoptr (GArray) later = new_later ();
  Change state = { batch, later, change, user_data };
  WherrySftpAttrs attrs, link;

  if (!wherry_sftp_job_look (self, WHERRY_SFTP_STAT, path, &attrs, error)
      || !wherry_sftp_job_look (self, WHERRY_SFTP_LSTAT, path, &link, error))
    return FALSE;
  recursive = recursive && wherry_remote_file_type_from_mode (link.mode) == G_FILE_TYPE_DIRECTORY;
  if (!change_one (self, &state, path, &attrs, recursive, error) || !settle (self, batch, error))
    return FALSE;
  if (recursive && !wherry_sftp_job_walk (self, path, change_visit, &state, error))
    return FALSE;

  for (guint i = later->len; i > 0; i--)
    {
      Later *folder = &g_array_index (later, Later, i - 1);
      guint32 id
          = wherry_sftp_job_send_attrs (self, WHERRY_SFTP_SETSTAT, folder->path, &folder->attrs);

      if (!add (self, batch, id, g_strdup (folder->path), error) || !settle (self, batch, error))
        return FALSE;
    }
  return wherry_sftp_job_finish (self, error);
}

typedef struct {
  const char *from;
  const char *to;
  GArray *later;
} Copy;

static gboolean
copy_link (WherrySftpJob *self, const char *from, const char *to, GError **error)
{
  g_autofree char *target = wherry_sftp_job_name (
      self, wherry_sftp_client_send_path (self->client, WHERRY_SFTP_READLINK, from), from, error);

  /* The target goes first: the draft says otherwise, but OpenSSH began so, and all follow it. */
  return target != NULL
         && wherry_sftp_job_status (self,
                                    wherry_sftp_job_send_two (self, NULL, WHERRY_SFTP_SYMLINK,
                                                              target, to),
                                    to, error);
}

static gboolean
copy_folder (WherrySftpJob *self,
             Copy *copy,
             const char *to,
             guint32 mode,
             gint64 mtime,
             GError **error)
{
  WherrySftpAttrs attrs = { .flags = WHERRY_SFTP_ATTR_MODE, .mode = 0700 };
  guint32 id = wherry_sftp_job_send_attrs (self, WHERRY_SFTP_MKDIR, to, &attrs);
  Later later = { .path = g_strdup (to) };

  later.attrs.flags = WHERRY_SFTP_ATTR_MODE;
  later.attrs.mode = mode & PERMISSIONS;
  if (mtime >= 0)
    {
      later.attrs.flags |= WHERRY_SFTP_ATTR_TIMES;
      later.attrs.atime = later.attrs.mtime = (guint32) mtime;
    }
  g_array_append_val (copy->later, later);
  return wherry_sftp_job_status (self, id, to, error);
}

static gboolean
copy_entry (WherrySftpJob *self,
            Copy *copy,
            const char *from,
            const char *to,
            WherryRemoteEntry *entry,
            GError **error)
{
  switch ((GFileType) entry->file_type)
    {
    case G_FILE_TYPE_DIRECTORY:
      return copy_folder (self, copy, to, entry->mode, entry->mtime, error);
    case G_FILE_TYPE_SYMBOLIC_LINK:
      return copy_link (self, from, to, error);
    case G_FILE_TYPE_REGULAR:
      return wherry_sftp_job_copy_file (self, from, to, error);
    default:
      wherry_remote_set_error (error, WHERRY_DOING_COPY, from, G_IO_ERROR_NOT_REGULAR_FILE);
      return FALSE;
    }
}

static gboolean
copy_visit (WherrySftpJob *self,
            const char *folder,
            guint depth,
            GPtrArray *entries,
            gpointer user_data,
            GError **error)
{
  Copy *copy = user_data;
  g_autofree char *to = g_strconcat (copy->to, folder + strlen (copy->from), NULL);

  for (guint i = 0; entries != NULL && i < entries->len; i++)
    {
      WherryRemoteEntry *entry = g_ptr_array_index (entries, i);
      g_autofree char *source = wherry_remote_join (folder, entry->name);
      g_autofree char *target = wherry_remote_join (to, entry->name);
      g_autoptr (GError) local_error = NULL;

      if (!copy_entry (self, copy, source, target, entry, &local_error)
          && !wherry_sftp_job_go_on (self, &local_error, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
wherry_sftp_job_copy_tree (WherrySftpJob *self, const char *from, const char *to, GError **error)
{
  g_autoptr (GArray) later = new_later ();
  Copy copy = { from, to, later };
  g_autoptr (WherryRemoteEntry) entry = wherry_remote_entry_new (from, strlen (from));
  WherrySftpAttrs attrs;

  if (!wherry_sftp_job_look (self, WHERRY_SFTP_LSTAT, from, &attrs, error))
    return FALSE;
  wherry_sftp_fill_entry (entry, &attrs);
  if (!copy_entry (self, &copy, from, to, entry, error))
    return FALSE;
  if (entry->file_type != G_FILE_TYPE_DIRECTORY)
    return TRUE;
  if (!wherry_sftp_job_walk (self, from, copy_visit, &copy, error))
    return FALSE;

  for (guint i = later->len; i > 0; i--)
    {
      Later *folder = &g_array_index (later, Later, i - 1);
      guint32 id
          = wherry_sftp_job_send_attrs (self, WHERRY_SFTP_SETSTAT, folder->path, &folder->attrs);
      g_autoptr (GError) local_error = NULL;

      if (!wherry_sftp_job_status (self, id, folder->path, &local_error)
          && !wherry_sftp_job_go_on (self, &local_error, error))
        return FALSE;
    }
  return wherry_sftp_job_finish (self, error);
}
