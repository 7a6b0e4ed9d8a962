/*
 * Listing folders over SFTP. A folder's names come some hundred at a time, so
 * many requests for more are under way, more of them the longer it goes on; of
 * a tree, several folders are read at once.
 */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "remote/wherry-remote-private.h"
#include "remote/wherry-sftp-job-private.h"

#define READS_MAX 32
#define FOLDERS_AT_ONCE 16
#define DEPTH_MAX 1000

/* No folder that anybody can use has more; a server without an end is stopped here (rule R12). */
#define ENTRIES_MAX 5000000

typedef struct {
  char *path;
  guint depth;
} Folder;

typedef struct {
  Folder *folder; /* owned */
  GPtrArray *entries;
  GBytes *handle;
  GQueue ids; /* of READDIRs under way */
  guint32 open_id;
  gboolean ended;
} Listing;

static void
folder_free (gpointer data)
{
  Folder *folder = data;

  g_free (folder->path);
  g_free (folder);
}

static Folder *
folder_new (char *path, guint depth)
{
  Folder *folder = g_new0 (Folder, 1);

  folder->path = path;
  folder->depth = depth;
  return folder;
}

static void
listing_free (gpointer data)
{
  Listing *listing = data;

  folder_free (listing->folder);
  g_clear_pointer (&listing->entries, g_ptr_array_unref);
  g_clear_pointer (&listing->handle, g_bytes_unref);
  g_queue_clear (&listing->ids);
  g_free (listing);
}

void
wherry_sftp_fill_entry (WherryRemoteEntry *entry, const WherrySftpAttrs *attrs)
{
  if (attrs->flags & WHERRY_SFTP_ATTR_SIZE && attrs->size <= G_MAXINT64)
    entry->size = (gint64) attrs->size;
  if (attrs->flags & WHERRY_SFTP_ATTR_MODE)
    wherry_remote_entry_set_mode (entry, attrs->mode);
  if (attrs->flags & WHERRY_SFTP_ATTR_TIMES)
    entry->mtime = attrs->mtime;
  if (attrs->flags & WHERRY_SFTP_ATTR_OWNERS)
    {
      entry->uid = attrs->uid;
      entry->gid = attrs->gid;
      entry->has_ids = TRUE;
    }
}

static WherryRemoteEntry *
make_entry (const WherrySftpName *name)
{
  g_autofree char *owner = NULL;
  g_autofree char *group = NULL;
  WherryRemoteEntry *entry;

  if (wherry_text_check_name (name->name, name->name_length) == WHERRY_NAME_HOSTILE)
    return NULL;
  entry = wherry_remote_entry_new (name->name, name->name_length);
  wherry_sftp_fill_entry (entry, &name->attrs);
  if (!entry->has_mode && name->long_name_length > 0)
    switch (name->long_name[0])
      {
      case 'd':
        entry->file_type = G_FILE_TYPE_DIRECTORY;
        break;
      case 'l':
        entry->file_type = G_FILE_TYPE_SYMBOLIC_LINK;
        break;
      case '-':
        entry->file_type = G_FILE_TYPE_REGULAR;
        break;
      default:
        break;
      }
  if (wherry_sftp_split_long_name (name->long_name, name->long_name_length, &owner, &group))
    wherry_remote_entry_set_owner (entry, owner, group);
  return entry;
}

static gboolean
take_names (WherrySftpReader *reader, GPtrArray *entries, GError **error)
{
  guint32 count = wherry_sftp_get_u32 (reader);
  WherrySftpName name;

  for (guint32 i = 0; i < count; i++)
    {
      WherryRemoteEntry *entry;

      if (!wherry_sftp_get_name (reader, &name) || entries->len >= ENTRIES_MAX)
        {
          g_set_error_literal (error, WHERRY_ERROR, WHERRY_ERROR_PROTOCOL,
                               _ ("The server’s listing makes no sense or has no end"));
          return FALSE;
        }
      entry = make_entry (&name);
      if (entry != NULL)
        g_ptr_array_add (entries, entry);
    }
  return TRUE;
}

static void
ask_for_more (WherrySftpJob *self, Listing *listing, guint n)
{
  while (n-- > 0 && listing->ids.length < READS_MAX)
    g_queue_push_tail (&listing->ids,
                       GUINT_TO_POINTER (wherry_sftp_job_send_handle (self, WHERRY_SFTP_READDIR,
                                                                      listing->handle)));
}

/* Takes one answer to a READDIR. */
static gboolean
step (WherrySftpJob *self, Listing *listing, GError **error)
{
  g_auto (WherrySftpReply) reply = { 0 };
  guint32 id = GPOINTER_TO_UINT (g_queue_pop_head (&listing->ids));
  g_autofree char *words = NULL;
  guint32 status;

  if (!wherry_sftp_client_receive (self->client, id, &reply, self->cancellable, error))
    return FALSE;
  if (reply.type == WHERRY_SFTP_NAME)
    {
      guint before = listing->entries->len;

      if (!take_names (&reply.reader, listing->entries, error))
        return FALSE;
      /* Two for one, as long as there are new ones: `.` and `..` come first. */
      if (!listing->ended && (listing->entries->len > before || listing->ids.length == 0))
        ask_for_more (self, listing, 2);
      return TRUE;
    }

  status = wherry_sftp_reply_get_status (&reply, &words);
  if (listing->ended)
    return TRUE;
  listing->ended = TRUE;
  if (status == WHERRY_SFTP_EOF)
    return TRUE;
  wherry_remote_set_error_status (error, self->doing, listing->folder->path, status, words);
  return FALSE;
}

/* Reads one folder to its end; whatever goes wrong, no answer is left over. */
static gboolean
drain (WherrySftpJob *self, Listing *listing, GError **error)
{
  g_autoptr (GError) first = NULL;

  while (listing->ids.length > 0)
    {
      g_autoptr (GError) local_error = NULL;

      if (step (self, listing, &local_error))
        continue;
      if (first == NULL)
        first = g_steal_pointer (&local_error);
      if (!wherry_sftp_client_is_sound (self->client))
        break;
      listing->ended = TRUE;
    }
  if (wherry_sftp_client_is_sound (self->client))
    wherry_sftp_job_close (self, listing->handle);
  if (first == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&first));
  return FALSE;
}

static Listing *
begin_listing (WherrySftpJob *self, Folder *folder)
{
  Listing *listing = g_new0 (Listing, 1);

  listing->folder = folder;
  listing->entries = g_ptr_array_new_with_free_func (g_object_unref);
  listing->open_id = wherry_sftp_client_send_path (self->client, WHERRY_SFTP_OPENDIR, folder->path);
  return listing;
}

static gboolean
open_listing (WherrySftpJob *self, Listing *listing, GError **error)
{
  listing->handle = wherry_sftp_job_handle (self, listing->open_id, listing->folder->path, error);
  if (listing->handle == NULL)
    return FALSE;
  ask_for_more (self, listing, 2);
  return TRUE;
}

GPtrArray *
wherry_sftp_job_list (WherrySftpJob *self, const char *path, GError **error)
{
  Listing *listing = begin_listing (self, folder_new (g_strdup (path), 0));
  GPtrArray *entries = NULL;

  if (open_listing (self, listing, error) && drain (self, listing, error))
    entries = g_steal_pointer (&listing->entries);
  listing_free (listing);
  return entries;
}

/* What links hold and lead to, some at a time. What can't be told is left out. */
gboolean
wherry_sftp_job_read_links (WherrySftpJob *self,
                            const char *folder,
                            GPtrArray *entries,
                            GError **error)
{
  guint32 ids[WHERRY_SFTP_WINDOW][2];
  WherryRemoteEntry *links[WHERRY_SFTP_WINDOW];
  guint next = 0;

  while (next < entries->len)
    {
      guint n = 0;

      for (; next < entries->len && n < WHERRY_SFTP_WINDOW; next++)
        {
          WherryRemoteEntry *entry = g_ptr_array_index (entries, next);
          g_autofree char *path = NULL;

          if (entry->file_type != G_FILE_TYPE_SYMBOLIC_LINK)
            continue;
          path = wherry_remote_join (folder, entry->name);
          links[n] = entry;
          ids[n][0] = wherry_sftp_client_send_path (self->client, WHERRY_SFTP_READLINK, path);
          ids[n][1] = wherry_sftp_client_send_path (self->client, WHERRY_SFTP_STAT, path);
          n++;
        }
      for (guint i = 0; i < n; i++)
        {
          WherrySftpAttrs attrs;

          links[i]->link_target = wherry_sftp_job_name (self, ids[i][0], folder, NULL);
          if (wherry_sftp_client_is_sound (self->client)
              && wherry_sftp_job_attrs (self, ids[i][1], folder, &attrs, NULL))
            links[i]->target_type = wherry_remote_file_type_from_mode (attrs.mode);
          if (!wherry_sftp_client_is_sound (self->client))
            {
              if (!g_cancellable_set_error_if_cancelled (self->cancellable, error))
                g_set_error_literal (error, WHERRY_ERROR, WHERRY_ERROR_DISCONNECTED,
                                     _ ("The server’s SFTP program ended"));
              return FALSE;
            }
        }
    }
  return TRUE;
}

/* Leaves the folders in @entries to be walked through. */
static gboolean
push_folders (Folder *parent, GPtrArray *entries, GPtrArray *pending, GError **error)
{
  for (guint i = 0; i < entries->len; i++)
    {
      WherryRemoteEntry *entry = g_ptr_array_index (entries, i);

      if (entry->file_type != G_FILE_TYPE_DIRECTORY)
        continue;
      if (parent->depth >= DEPTH_MAX)
        {
          g_set_error_literal (error, WHERRY_ERROR, WHERRY_ERROR_TOO_DEEP,
                               _ ("Folders on the server are nested too deep"));
          return FALSE;
        }
      g_ptr_array_add (pending, folder_new (wherry_remote_join (parent->path, entry->name),
                                            parent->depth + 1));
    }
  return TRUE;
}

/* Reads some folders at once, the ones found last first: so few wait. */
static gboolean
walk_some (WherrySftpJob *self,
           GPtrArray *pending,
           WherrySftpVisit visit,
           gpointer user_data,
           GError **error)
{
  g_autoptr (GPtrArray) listings = g_ptr_array_new_with_free_func (listing_free);

  while (pending->len > 0 && listings->len < FOLDERS_AT_ONCE)
    g_ptr_array_add (listings,
                     begin_listing (self, g_ptr_array_steal_index (pending, pending->len - 1)));

  for (guint i = 0; i < listings->len; i++)
    {
      Listing *listing = g_ptr_array_index (listings, i);
      g_autoptr (GError) local_error = NULL;

      if (!open_listing (self, listing, &local_error))
        {
          if (!wherry_sftp_job_go_on (self, &local_error, error))
            return FALSE;
          g_clear_pointer (&listing->entries, g_ptr_array_unref);
        }
    }
  for (guint i = 0; i < listings->len; i++)
    {
      Listing *listing = g_ptr_array_index (listings, i);
      g_autoptr (GError) local_error = NULL;

      if (listing->handle != NULL && !drain (self, listing, &local_error))
        {
          if (!wherry_sftp_job_go_on (self, &local_error, error))
            return FALSE;
          g_clear_pointer (&listing->entries, g_ptr_array_unref);
        }
    }
  for (guint i = 0; i < listings->len; i++)
    {
      Listing *listing = g_ptr_array_index (listings, i);

      if (!visit (self, listing->folder->path, listing->folder->depth, listing->entries, user_data,
                  error))
        return FALSE;
      if (listing->entries != NULL
          && !push_folders (listing->folder, listing->entries, pending, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
wherry_sftp_job_walk (WherrySftpJob *self,
                      const char *root,
                      WherrySftpVisit visit,
                      gpointer user_data,
                      GError **error)
{
  g_autoptr (GPtrArray) pending = g_ptr_array_new_with_free_func (folder_free);

  g_ptr_array_add (pending, folder_new (g_strdup (root), 0));
  while (pending->len > 0)
    if (!walk_some (self, pending, visit, user_data, error))
      return FALSE;
  return TRUE;
}
