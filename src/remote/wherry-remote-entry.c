#include "config.h"

#include "remote/wherry-remote-entry-private.h"

#include <string.h>
#include <sys/stat.h>

G_DEFINE_FINAL_TYPE (WherryRemoteEntry, wherry_remote_entry, G_TYPE_OBJECT)

static void
wherry_remote_entry_finalize (GObject *object)
{
  WherryRemoteEntry *self = WHERRY_REMOTE_ENTRY (object);

  g_free (self->name);
  g_free (self->link_target);
  g_clear_pointer (&self->owner, g_ref_string_release);
  g_clear_pointer (&self->group, g_ref_string_release);

  G_OBJECT_CLASS (wherry_remote_entry_parent_class)->finalize (object);
}

static void
wherry_remote_entry_class_init (WherryRemoteEntryClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wherry_remote_entry_finalize;
}

static void
wherry_remote_entry_init (WherryRemoteEntry *self)
{
  self->size = -1;
  self->mtime = -1;
}

WherryRemoteEntry *
wherry_remote_entry_new (const char *name, gsize length)
{
  WherryRemoteEntry *self = g_object_new (WHERRY_TYPE_REMOTE_ENTRY, NULL);

  self->name = g_strndup (name, length);
  return self;
}

void
wherry_remote_entry_set_owner (WherryRemoteEntry *self, const char *owner, const char *group)
{
  g_assert (self->owner == NULL && self->group == NULL);
  self->owner = owner != NULL ? g_ref_string_new_intern (owner) : NULL;
  self->group = group != NULL ? g_ref_string_new_intern (group) : NULL;
}

/* The same under another name. */
WherryRemoteEntry *
wherry_remote_entry_dup_as (WherryRemoteEntry *self, const char *name)
{
  WherryRemoteEntry *copy = wherry_remote_entry_new (name, strlen (name));

  copy->link_target = g_strdup (self->link_target);
  wherry_remote_entry_set_owner (copy, self->owner, self->group);
  copy->size = self->size;
  copy->mtime = self->mtime;
  copy->mode = self->mode;
  copy->uid = self->uid;
  copy->gid = self->gid;
  copy->has_mode = self->has_mode;
  copy->has_ids = self->has_ids;
  copy->file_type = self->file_type;
  copy->target_type = self->target_type;
  return copy;
}

GFileType
wherry_remote_file_type_from_mode (guint32 mode)
{
  switch (mode & S_IFMT)
    {
    case S_IFREG:
      return G_FILE_TYPE_REGULAR;
    case S_IFDIR:
      return G_FILE_TYPE_DIRECTORY;
    case S_IFLNK:
      return G_FILE_TYPE_SYMBOLIC_LINK;
    case 0:
      return G_FILE_TYPE_UNKNOWN;
    default:
      return G_FILE_TYPE_SPECIAL;
    }
}

void
wherry_remote_entry_set_mode (WherryRemoteEntry *self, guint32 mode)
{
  self->mode = mode;
  self->has_mode = TRUE;
  self->file_type = wherry_remote_file_type_from_mode (mode);
}

/**
 * wherry_remote_entry_get_name:
 * @self: an entry
 *
 * Returns: (type filename): its name as bytes, without a slash; of a search, the
 *   path below the folder that was searched
 */
const char *
wherry_remote_entry_get_name (WherryRemoteEntry *self)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE_ENTRY (self), NULL);
  return self->name;
}

/**
 * wherry_remote_entry_get_file_type:
 * @self: an entry
 *
 * Returns: what it is; a link is %G_FILE_TYPE_SYMBOLIC_LINK wherever it leads
 */
GFileType
wherry_remote_entry_get_file_type (WherryRemoteEntry *self)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE_ENTRY (self), G_FILE_TYPE_UNKNOWN);
  return (GFileType) self->file_type;
}

/**
 * wherry_remote_entry_get_target_type:
 * @self: an entry
 *
 * Returns: of a link, what it leads to, %G_FILE_TYPE_UNKNOWN if that can't be
 *   told or is not there; of anything else its own type
 */
GFileType
wherry_remote_entry_get_target_type (WherryRemoteEntry *self)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE_ENTRY (self), G_FILE_TYPE_UNKNOWN);
  if (self->file_type != G_FILE_TYPE_SYMBOLIC_LINK)
    return (GFileType) self->file_type;
  return (GFileType) self->target_type;
}

/**
 * wherry_remote_entry_is_folder:
 * @self: an entry
 *
 * Returns: whether one can go into it: a folder, or a link to one
 */
gboolean
wherry_remote_entry_is_folder (WherryRemoteEntry *self)
{
  return wherry_remote_entry_get_target_type (self) == G_FILE_TYPE_DIRECTORY;
}

/**
 * wherry_remote_entry_get_size:
 * @self: an entry
 *
 * Returns: its size in bytes, -1 if the server does not tell
 */
gint64
wherry_remote_entry_get_size (WherryRemoteEntry *self)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE_ENTRY (self), -1);
  return self->size;
}

/**
 * wherry_remote_entry_get_mtime:
 * @self: an entry
 *
 * Returns: when it was changed, in seconds since 1970 (UTC); -1 if the server
 *   does not tell
 */
gint64
wherry_remote_entry_get_mtime (WherryRemoteEntry *self)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE_ENTRY (self), -1);
  return self->mtime;
}

/**
 * wherry_remote_entry_get_mode:
 * @self: an entry
 * @mode: (out) (optional): the type's bits and the permissions, as st_mode
 *
 * Returns: whether the server tells
 */
gboolean
wherry_remote_entry_get_mode (WherryRemoteEntry *self, guint32 *mode)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE_ENTRY (self), FALSE);
  if (mode != NULL)
    *mode = self->mode;
  return self->has_mode;
}

/**
 * wherry_remote_entry_get_ids:
 * @self: an entry
 * @uid: (out) (optional): the owner's number
 * @gid: (out) (optional): the group's number
 *
 * Returns: whether the server tells
 */
gboolean
wherry_remote_entry_get_ids (WherryRemoteEntry *self, guint32 *uid, guint32 *gid)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE_ENTRY (self), FALSE);
  if (uid != NULL)
    *uid = self->uid;
  if (gid != NULL)
    *gid = self->gid;
  return self->has_ids;
}

/**
 * wherry_remote_entry_get_owner:
 * @self: an entry
 *
 * Returns: (nullable): the owner's name, if the server tells; to be shown
 *   escaped
 */
const char *
wherry_remote_entry_get_owner (WherryRemoteEntry *self)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE_ENTRY (self), NULL);
  return self->owner;
}

/**
 * wherry_remote_entry_get_group:
 * @self: an entry
 *
 * Returns: (nullable): the group's name, if the server tells; to be shown
 *   escaped
 */
const char *
wherry_remote_entry_get_group (WherryRemoteEntry *self)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE_ENTRY (self), NULL);
  return self->group;
}

/**
 * wherry_remote_entry_get_link_target:
 * @self: an entry
 *
 * Returns: (nullable) (type filename): the path a link holds, as bytes
 */
const char *
wherry_remote_entry_get_link_target (WherryRemoteEntry *self)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE_ENTRY (self), NULL);
  return self->link_target;
}
