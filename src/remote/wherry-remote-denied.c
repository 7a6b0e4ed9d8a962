/*
 * Why access is denied: the permissions of everything on the way, and who one
 * is there.
 */
#include "config.h"

#include <string.h>
#include <sys/stat.h>

#include "base/wherry-text.h"
#include "remote/wherry-remote-entry-private.h"
#include "remote/wherry-remote-private.h"

/**
 * wherry_remote_denied_free:
 * @self: (transfer full) (nullable): facts
 */
void
wherry_remote_denied_free (WherryRemoteDenied *self)
{
  if (self == NULL)
    return;
  g_free (self->account);
  g_free (self->path);
  g_free (self->culprit);
  g_clear_object (&self->entry);
  g_free (self->remedy);
  g_free (self);
}

static gboolean
is_in_group (const WherryRemoteIdentity *identity, guint32 gid)
{
  for (guint i = 0; identity->gids != NULL && i < identity->gids->len; i++)
    if (g_array_index (identity->gids, guint32, i) == gid)
      return TRUE;
  return FALSE;
}

/* @right: 4, 2 or 1; as the kernel judges it */
static gboolean
has_right (const WherryRemoteIdentity *identity, WherryRemoteEntry *entry, guint32 right)
{
  guint shift = 0;

  if (!entry->has_mode || !entry->has_ids || !identity->known || identity->uid == 0)
    return TRUE;
  if (entry->uid == identity->uid)
    shift = 6;
  else if (is_in_group (identity, entry->gid))
    shift = 3;
  /* Who one's groups are may not be known: then the group's rights are given. */
  else if (identity->gids == NULL && (entry->mode >> 3 & right) != 0)
    shift = 3;
  return (entry->mode >> shift & right) != 0;
}

static char *
make_remedy (const WherryRemoteDenied *denied, const WherryRemoteIdentity *identity)
{
  g_autofree char *path = wherry_text_quote_path (denied->culprit);
  const char *right = denied->reason == WHERRY_REMOTE_DENIED_SEARCH ? "x"
                      : denied->reason == WHERRY_REMOTE_DENIED_READ ? "r"
                                                                    : "w";
  const char *who = "o";

  if (denied->owned)
    who = "u";
  else if (is_in_group (identity, denied->entry->gid))
    who = "g";
  else if (denied->reason == WHERRY_REMOTE_DENIED_WRITE)
    {
      /* Nobody should open a file to all for writing. */
      g_autofree char *account = wherry_text_quote_shell (denied->account);
      return g_strdup_printf ("sudo chown %s %s", account, path);
    }
  return g_strdup_printf ("%schmod %s+%s %s", denied->owned ? "" : "sudo ", who, right, path);
}

/* Takes @entry over. */
static void
blame (WherryRemoteDenied *denied,
       const WherryRemoteIdentity *identity,
       const char *culprit,
       WherryRemoteEntry *entry,
       WherryRemoteDeniedReason reason)
{
  denied->culprit = g_strdup (culprit);
  denied->entry = entry;
  denied->reason = reason;
  denied->owned = entry != NULL && identity->known && entry->has_ids && entry->uid == identity->uid;
  if (entry != NULL
      && (reason == WHERRY_REMOTE_DENIED_SEARCH || reason == WHERRY_REMOTE_DENIED_READ
          || reason == WHERRY_REMOTE_DENIED_WRITE))
    denied->remedy = make_remedy (denied, identity);
}

/* Looks at every folder on the way; TRUE once one is to blame. */
static gboolean
check_way (WherryRemote *self,
           WherryRemoteDenied *denied,
           const WherryRemoteIdentity *identity,
           const char *target,
           GCancellable *cancellable)
{
  g_autofree char *last = NULL;
  g_autoptr (WherryRemoteEntry) last_entry = NULL;

  for (const char *at = target; at != NULL; at = *at != '\0' ? strchr (at + 1, '/') : NULL)
    {
      g_autofree char *folder = at == target ? g_strdup (*target == '/' ? "/" : ".")
                                             : g_strndup (target, (gsize) (at - target));
      g_autoptr (GError) error = NULL;
      WherryRemoteEntry *entry;

      if (strcmp (folder, target) == 0)
        return FALSE;
      entry = wherry_remote_stat (self, folder, TRUE, cancellable, &error);
      if (entry == NULL && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
        blame (denied, identity, folder, NULL, WHERRY_REMOTE_DENIED_MISSING);
      else if (entry == NULL && last != NULL)
        blame (denied, identity, last, g_steal_pointer (&last_entry), WHERRY_REMOTE_DENIED_SEARCH);
      else if (entry != NULL && !has_right (identity, entry, 1))
        blame (denied, identity, folder, g_object_ref (entry), WHERRY_REMOTE_DENIED_SEARCH);
      if (denied->culprit != NULL || entry == NULL)
        {
          g_clear_object (&entry);
          return TRUE;
        }
      g_set_object (&last_entry, entry);
      g_object_unref (entry);
      g_free (last);
      last = g_steal_pointer (&folder);
    }
  return FALSE;
}

/* What goes by who one is, whatever the permissions; as chown(2) and chmod(2) have it. */
static WherryRemoteDeniedReason
judge_owner (const WherryRemoteIdentity *identity,
             WherryRemoteEntry *entry,
             WherryRemoteAccess access)
{
  gboolean owned = entry->has_ids && entry->uid == identity->uid;

  if (!identity->known || identity->uid == 0 || !entry->has_ids)
    return WHERRY_REMOTE_DENIED_UNKNOWN;
  if (access == WHERRY_REMOTE_ACCESS_CHOWN)
    return WHERRY_REMOTE_DENIED_ADMIN;
  if (!owned)
    return WHERRY_REMOTE_DENIED_OWNER;
  return access == WHERRY_REMOTE_ACCESS_CHGRP ? WHERRY_REMOTE_DENIED_MEMBER
                                              : WHERRY_REMOTE_DENIED_UNKNOWN;
}

static gboolean
concerns_owner (WherryRemoteAccess access)
{
  return access == WHERRY_REMOTE_ACCESS_CHMOD || access == WHERRY_REMOTE_ACCESS_CHOWN
         || access == WHERRY_REMOTE_ACCESS_CHGRP;
}

static void
check_target (WherryRemote *self,
              WherryRemoteDenied *denied,
              const WherryRemoteIdentity *identity,
              const char *target,
              WherryRemoteAccess access,
              GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WherryRemoteEntry) entry
      = wherry_remote_stat (self, target, TRUE, cancellable, &error);
  guint32 right = access == WHERRY_REMOTE_ACCESS_READ ? 4 : 2;

  if (entry == NULL)
    {
      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
        blame (denied, identity, target, NULL, WHERRY_REMOTE_DENIED_MISSING);
      return;
    }
  if (concerns_owner (access))
    {
      WherryRemoteDeniedReason reason = judge_owner (identity, entry, access);

      blame (denied, identity, target, g_steal_pointer (&entry), reason);
    }
  else if (!has_right (identity, entry, right))
    blame (denied, identity, target, g_steal_pointer (&entry),
           right == 4 ? WHERRY_REMOTE_DENIED_READ : WHERRY_REMOTE_DENIED_WRITE);
  else if (entry->file_type == G_FILE_TYPE_DIRECTORY && !has_right (identity, entry, 1))
    blame (denied, identity, target, g_steal_pointer (&entry), WHERRY_REMOTE_DENIED_SEARCH);
  else
    {
      denied->culprit = g_strdup (target);
      denied->owned = identity->known && entry->has_ids && entry->uid == identity->uid;
      denied->entry = g_steal_pointer (&entry);
    }
}

/**
 * wherry_remote_explain_denied:
 * @self: a remote file system
 * @path: (type filename): a path on the server, as bytes
 * @access: what was tried
 * @cancellable: (nullable): to give up
 * @error: return location for an error
 *
 * Finds out why access to a path is denied, as far as permission bits and owners
 * tell: who one is there, and the first file on the way that is in it.
 *
 * Waits for the server: not for the main thread.
 *
 * Returns: (transfer full): the facts
 */
WherryRemoteDenied *
wherry_remote_explain_denied (WherryRemote *self,
                              const char *path,
                              WherryRemoteAccess access,
                              GCancellable *cancellable,
                              GError **error)
{
  g_return_val_if_fail (WHERRY_IS_REMOTE (self), NULL);
  g_return_val_if_fail (path != NULL, NULL);

  WherryRemoteClass *klass = WHERRY_REMOTE_GET_CLASS (self);
  g_autoptr (WherryRemoteDenied) denied = g_new0 (WherryRemoteDenied, 1);
  g_autofree char *clean = wherry_remote_clean_path (path);
  g_autofree char *target
      = access == WHERRY_REMOTE_ACCESS_CREATE ? wherry_remote_dup_parent (clean) : g_strdup (clean);
  WherryRemoteIdentity identity = { 0 };

  denied->account = g_strdup (wherry_session_get_login (klass->get_session (self))->user);
  denied->path = g_strdup (clean);
  if (!klass->identify (self, &identity, cancellable, error))
    return NULL;
  if (!check_way (self, denied, &identity, target, cancellable))
    check_target (self, denied, &identity, target, access, cancellable);
  g_clear_pointer (&identity.gids, g_array_unref);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  return g_steal_pointer (&denied);
}
