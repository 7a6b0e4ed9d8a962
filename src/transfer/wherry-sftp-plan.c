#include "config.h"

#include "transfer/wherry-sftp-plan.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "remote/wherry-remote.h"
#include "scp/wherry-scp.h"

/* Folders that are listed at once. */
#define LISTINGS_MAX 16

/* READDIRs that are under way at once for one folder. */
#define READS_MAX 32

/* Entries that may wait in the plan before more are asked for: enough that the totals of most trees
 * are soon known. A folder without an end stays here (rule R12). */
#define ENTRIES_AHEAD 100000

struct _WherrySftpFolder {
  guint n_refs;
  WherrySftpFolder *parent; /* (nullable): owned */
  char *path;
  char *real_path; /* (nullable): without links, as far as known */
  guint depth;

  /* While it is listed. */
  WherrySftpNode *node; /* (nullable): its beginning in the plan, until that is gone */
  WherrySftpNode *end;
  GBytes *handle;
  guint n_reads;
  guint window;
  gboolean ended;
  GList *last_found; /* (nullable): in the queue of folders to list, the last that is in this one */
};

struct _WherrySftpPlan {
  WherrySftpPipe *pipe;
  char *path;
  GQueue nodes;     /* of WherrySftpNode, by their links */
  GList *frontier;  /* (nullable): the first that was not given for fetching */
  GQueue to_list;   /* element-type WherrySftpFolder, a reference each */
  GPtrArray *lists; /* element-type WherrySftpFolder: being listed, a reference each */
  guint n_looking;
  gboolean root_known;
  guint64 n_files;
  guint64 n_bytes;
  gboolean totals_told;
};

static WherrySftpFolder *
folder_ref (WherrySftpFolder *self)
{
  self->n_refs++;
  return self;
}

static void
folder_unref (WherrySftpFolder *self)
{
  while (self != NULL && --self->n_refs == 0)
    {
      WherrySftpFolder *parent = self->parent;

      g_free (self->path);
      g_free (self->real_path);
      g_clear_pointer (&self->handle, g_bytes_unref);
      g_free (self);
      self = parent;
    }
}

static void
unref_folder (gpointer data)
{
  folder_unref (data);
}

static WherrySftpFolder *
folder_new (WherrySftpFolder *parent, const char *path, char *real_path)
{
  WherrySftpFolder *self = g_new0 (WherrySftpFolder, 1);

  self->n_refs = 1;
  self->parent = parent != NULL ? folder_ref (parent) : NULL;
  self->path = g_strdup (path);
  self->real_path = real_path;
  self->depth = parent != NULL ? parent->depth + 1 : 1;
  self->window = 1;
  return self;
}

static WherrySftpNode *
node_new (WherrySftpNodeKind kind, WherrySftpFolder *folder, const char *name)
{
  WherrySftpNode *self = g_new0 (WherrySftpNode, 1);

  self->kind = kind;
  self->link.data = self;
  self->folder = folder != NULL ? folder_ref (folder) : NULL;
  self->name = g_strdup (name);
  return self;
}

static void
node_free (WherrySftpNode *self)
{
  folder_unref (self->folder);
  g_free (self->name);
  g_clear_error (&self->error);
  g_free (self);
}

/* Before another node; what is to be fetched is looked for from there on. */
static void
insert_before (WherrySftpPlan *self, WherrySftpNode *next, WherrySftpNode *node)
{
  g_queue_insert_before_link (&self->nodes, &next->link, &node->link);
  if (self->frontier == &next->link)
    self->frontier = &node->link;
}

static void
set_problem (WherrySftpNode *node, GError *error)
{
  node->kind = WHERRY_SFTP_NODE_PROBLEM;
  node->error = error;
}

/**
 * wherry_sftp_plan_dup_path:
 * @self: a plan
 * @node: an entry of it that is no end
 *
 * Returns: (transfer full): its path on the server
 */
char *
wherry_sftp_plan_dup_path (WherrySftpPlan *self, const WherrySftpNode *node)
{
  if (node->kind == WHERRY_SFTP_NODE_FOLDER || node->kind == WHERRY_SFTP_NODE_UNLISTED)
    return g_strdup (node->folder->path);
  if (node->folder == NULL)
    return g_strdup (self->path);
  return wherry_remote_join (node->folder->path, node->name);
}

/**
 * wherry_sftp_plan_dup_key:
 * @self: a plan
 * @node: a file of it
 *
 * Returns: (transfer full): its key in the ledger
 */
char *
wherry_sftp_plan_dup_key (WherrySftpPlan *self, const WherrySftpNode *node)
{
  g_autofree char *path = wherry_sftp_plan_dup_path (self, node);
  const char *key = path;

  /* Below "." there is nothing before a name. */
  if (!g_str_equal (self->path, "."))
    key += strlen (self->path);
  while (*key == '/')
    key++;
  return g_strdup (key);
}

static void
take_file (WherrySftpPlan *self, WherrySftpNode *node)
{
  if (!(node->attrs.flags & WHERRY_SFTP_ATTR_SIZE) || node->attrs.size > G_MAXINT64)
    {
      set_problem (node, g_error_new_literal (WHERRY_ERROR, WHERRY_ERROR_PROTOCOL,
                                              _ ("The server does not tell how large it is")));
      return;
    }
  node->kind = WHERRY_SFTP_NODE_FILE;
  self->n_files++;
  self->n_bytes += node->attrs.size;

  g_autofree char *key = wherry_sftp_plan_dup_key (self, node);
  wherry_job_note (self->pipe->job, key, node->attrs.size, WHERRY_FILE_WAITING);
}

/* @node becomes a folder's beginning, and gets an end. */
static void
take_folder (WherrySftpPlan *self, WherrySftpNode *node, char *real_path)
{
  WherrySftpFolder *parent = node->folder;
  g_autofree char *path = wherry_sftp_plan_dup_path (self, node);
  WherrySftpFolder *folder;
  WherrySftpNode *end;

  if (parent != NULL && parent->depth >= WHERRY_SCP_DEPTH_MAX)
    {
      g_free (real_path);
      set_problem (node, g_error_new_literal (WHERRY_ERROR, WHERRY_ERROR_TOO_DEEP,
                                              _ ("Folders on the server are nested too deep")));
      return;
    }
  if (real_path == NULL && parent != NULL && parent->real_path != NULL)
    real_path = wherry_remote_join (parent->real_path, node->name);

  folder = folder_new (parent, path, real_path);
  node->kind = WHERRY_SFTP_NODE_UNLISTED;
  node->folder = folder;
  folder->node = node;
  end = node_new (WHERRY_SFTP_NODE_OPEN_END, folder, NULL);
  folder->end = end;
  if (node->link.next != NULL)
    insert_before (self, node->link.next->data, end);
  else
    g_queue_push_tail_link (&self->nodes, &end->link);

  /* In the order in which they will be wanted, as far as that is known. */
  if (parent != NULL && parent->last_found != NULL)
    {
      g_queue_insert_after (&self->to_list, parent->last_found, folder_ref (folder));
      parent->last_found = parent->last_found->next;
    }
  else
    {
      g_queue_push_head (&self->to_list, folder_ref (folder));
      if (parent != NULL)
        parent->last_found = self->to_list.head;
    }
  folder_unref (parent);
}

static gboolean
is_within (const char *path, const char *folder)
{
  gsize length = strlen (folder);

  return strncmp (path, folder, length) == 0
         && (path[length] == '\0' || path[length] == '/' || g_str_has_suffix (folder, "/"));
}

/* Whether what a link leads to holds the folder the link is in, or one that led there. */
static gboolean
is_loop (WherrySftpFolder *folder, const char *real_path)
{
  for (; folder != NULL; folder = folder->parent)
    if (folder->real_path != NULL && is_within (folder->real_path, real_path))
      return TRUE;
  return FALSE;
}

static void
on_link_resolved (WherrySftpPipe *pipe, WherrySftpReply *reply, gpointer data)
{
  WherrySftpPlan *self = pipe->owner;
  WherrySftpNode *node = data;
  WherrySftpName name;
  char *real_path = NULL;

  self->n_looking--;
  if (reply->type == WHERRY_SFTP_NAME && wherry_sftp_get_u32 (&reply->reader) >= 1
      && wherry_sftp_get_name (&reply->reader, &name))
    real_path = g_strndup (name.name, name.name_length);

  if (real_path != NULL && is_loop (node->folder, real_path))
    {
      g_free (real_path);
      set_problem (node,
                   g_error_new_literal (WHERRY_ERROR, WHERRY_ERROR_SKIPPED,
                                        _ ("It is a link that leads back to a folder it is in")));
    }
  else
    take_folder (self, node, real_path);
}

static void
take_special (WherrySftpNode *node)
{
  set_problem (node, g_error_new_literal (WHERRY_ERROR, WHERRY_ERROR_SKIPPED,
                                          _ ("It is a device, a pipe or a socket")));
}

static void
on_looked (WherrySftpPipe *pipe, WherrySftpReply *reply, gpointer data)
{
  WherrySftpPlan *self = pipe->owner;
  WherrySftpNode *node = data;
  g_autofree char *path = wherry_sftp_plan_dup_path (self, node);
  GError *error = NULL;

  self->n_looking--;
  if (!wherry_sftp_pipe_get_attrs (pipe, reply, WHERRY_DOING_STAT, path, &node->attrs, &error))
    set_problem (node, error);
  else if ((node->attrs.flags & WHERRY_SFTP_ATTR_MODE) && S_ISDIR (node->attrs.mode))
    {
      wherry_sftp_pipe_expect (pipe,
                               wherry_sftp_client_send_path (pipe->client, WHERRY_SFTP_REALPATH,
                                                             path),
                               on_link_resolved, node);
      self->n_looking++;
    }
  else if (!(node->attrs.flags & WHERRY_SFTP_ATTR_MODE) || S_ISREG (node->attrs.mode))
    take_file (self, node);
  else
    take_special (node);
}

static void
look (WherrySftpPlan *self, WherrySftpNode *node)
{
  g_autofree char *path = wherry_sftp_plan_dup_path (self, node);

  self->n_looking++;
  wherry_sftp_pipe_expect (self->pipe,
                           wherry_sftp_client_send_path (self->pipe->client, WHERRY_SFTP_STAT,
                                                         path),
                           on_looked, node);
}

static void
add_entry (WherrySftpPlan *self, WherrySftpFolder *folder, const WherrySftpName *entry)
{
  g_autofree char *name = g_strndup (entry->name, entry->name_length);
  gboolean has_mode = (entry->attrs.flags & WHERRY_SFTP_ATTR_MODE) != 0;
  /* What ProFTPD tells of a link may be of what it leads to. */
  gboolean is_link = (has_mode && S_ISLNK (entry->attrs.mode))
                     || (entry->long_name_length > 0 && entry->long_name[0] == 'l');
  WherrySftpNode *node = node_new (WHERRY_SFTP_NODE_UNKNOWN, folder, name);

  insert_before (self, folder->end, node);
  node->attrs = entry->attrs;
  if (wherry_text_check_name (entry->name, (gssize) entry->name_length) != WHERRY_NAME_OK)
    node->kind = WHERRY_SFTP_NODE_SKIPPED;
  else if (is_link && self->pipe->job->links == WHERRY_WALKER_LINKS_SKIP)
    set_problem (node, g_error_new_literal (WHERRY_ERROR, WHERRY_ERROR_SKIPPED,
                                            _ ("It is a symbolic link")));
  else if (is_link || !has_mode)
    look (self, node);
  else if (S_ISREG (node->attrs.mode))
    take_file (self, node);
  else if (S_ISDIR (node->attrs.mode))
    take_folder (self, node, NULL);
  else
    take_special (node);
}

/* `.` and `..` are in every listing. Of other names that are none, only a hostile server tells
 * (rule R1). */
static gboolean
take_names (WherrySftpPlan *self, WherrySftpFolder *folder, WherrySftpReply *reply)
{
  guint32 count = wherry_sftp_get_u32 (&reply->reader);
  WherrySftpName name;
  gboolean any = FALSE;

  for (guint32 i = 0; i < count; i++)
    {
      if (!wherry_sftp_get_name (&reply->reader, &name))
        {
          wherry_sftp_pipe_fail_protocol (self->pipe);
          return FALSE;
        }
      if ((name.name_length == 1 && name.name[0] == '.')
          || (name.name_length == 2 && memcmp (name.name, "..", 2) == 0))
        continue;
      if (wherry_text_check_name (name.name, (gssize) name.name_length) == WHERRY_NAME_HOSTILE)
        {
          g_autofree char *shown = wherry_text_escape (name.name, (gssize) name.name_length, 256);
          wherry_sftp_pipe_fail (self->pipe,
                                 g_error_new (WHERRY_ERROR, WHERRY_ERROR_PROTOCOL,
                                              _ ("The server sent a name that is none: “%s”"),
                                              shown));
          return FALSE;
        }
      add_entry (self, folder, &name);
      any = TRUE;
    }
  return any;
}

/* All that was asked about it is answered. */
static void
end_listing (WherrySftpPlan *self, WherrySftpFolder *folder)
{
  if (!folder->ended || folder->n_reads > 0)
    return;
  if (folder->handle != NULL)
    wherry_sftp_pipe_close (self->pipe, folder->handle);
  g_clear_pointer (&folder->handle, g_bytes_unref);
  folder->end->kind = WHERRY_SFTP_NODE_END;
  folder->end = NULL;
  g_ptr_array_remove (self->lists, folder);
}

static void
on_names (WherrySftpPipe *pipe, WherrySftpReply *reply, gpointer data)
{
  WherrySftpPlan *self = pipe->owner;
  WherrySftpFolder *folder = data;

  folder->n_reads--;
  if (reply->type == WHERRY_SFTP_NAME)
    {
      if (!folder->ended && take_names (self, folder, reply))
        folder->window = MIN (folder->window * 2, READS_MAX);
      return;
    }
  if (!folder->ended && wherry_sftp_reply_get_status (reply, NULL) != WHERRY_SFTP_EOF)
    {
      GError *error = NULL;
      WherrySftpNode *node = node_new (WHERRY_SFTP_NODE_PROBLEM, NULL, NULL);

      wherry_sftp_pipe_get_ok (pipe, reply, WHERRY_DOING_LIST, folder->path, &error);
      node->error = error;
      insert_before (self, folder->end, node);
    }
  folder->ended = TRUE;
  end_listing (self, folder);
}

static void
ask_for_names (WherrySftpPlan *self, WherrySftpFolder *folder)
{
  while (folder->handle != NULL && !folder->ended && folder->n_reads < folder->window
         && self->nodes.length < ENTRIES_AHEAD)
    {
      wherry_sftp_pipe_expect (self->pipe,
                               wherry_sftp_pipe_send_handle (self->pipe, WHERRY_SFTP_READDIR,
                                                             folder->handle),
                               on_names, folder);
      folder->n_reads++;
    }
}

static void
remove_node (WherrySftpPlan *self, WherrySftpNode *node)
{
  if (self->frontier == &node->link)
    self->frontier = node->link.next;
  g_queue_unlink (&self->nodes, &node->link);
  node_free (node);
}

static void
on_opened (WherrySftpPipe *pipe, WherrySftpReply *reply, gpointer data)
{
  WherrySftpPlan *self = pipe->owner;
  WherrySftpFolder *folder = data;
  WherrySftpNode *node = folder->node;
  GError *error = NULL;

  folder->node = NULL;
  folder->handle
      = wherry_sftp_pipe_get_handle (pipe, reply, WHERRY_DOING_LIST, folder->path, &error);
  if (folder->handle != NULL)
    {
      node->kind = WHERRY_SFTP_NODE_FOLDER;
      ask_for_names (self, folder);
      return;
    }

  /* A folder that can't be listed does not begin at all, as with scp. */
  set_problem (node, error);
  node->folder = folder->parent != NULL ? folder_ref (folder->parent) : NULL;
  folder_unref (folder);
  remove_node (self, folder->end);
  g_ptr_array_remove (self->lists, folder);
}

/* Whether all that can be known of the tree is. */
static void
tell_totals (WherrySftpPlan *self)
{
  gboolean all = self->lists->len == 0 && self->to_list.length == 0 && self->n_looking == 0;

  if (self->totals_told || !self->pipe->job->count_ahead)
    return;
  wherry_job_set_totals (self->pipe->job, self->n_files, self->n_bytes, all);
  self->totals_told = all;
}

/**
 * wherry_sftp_plan_go_on:
 * @self: a plan
 *
 * Asks for more, as far as there is room for it.
 */
void
wherry_sftp_plan_go_on (WherrySftpPlan *self)
{
  for (guint i = 0; i < self->lists->len; i++)
    ask_for_names (self, self->lists->pdata[i]);

  /* The first that waits is needed next, however much is in the plan. */
  while (self->to_list.length > 0 && self->lists->len < LISTINGS_MAX
         && (self->nodes.length < ENTRIES_AHEAD || self->lists->len == 0))
    {
      GList *first = self->to_list.head;
      WherrySftpFolder *folder = first->data;

      if (folder->parent != NULL && folder->parent->last_found == first)
        folder->parent->last_found = NULL;
      g_queue_pop_head (&self->to_list);
      g_ptr_array_add (self->lists, folder);
      wherry_sftp_pipe_expect (self->pipe,
                               wherry_sftp_client_send_path (self->pipe->client,
                                                             WHERRY_SFTP_OPENDIR, folder->path),
                               on_opened, folder);
    }
  tell_totals (self);
}

/**
 * wherry_sftp_plan_peek:
 * @self: a plan
 *
 * Returns: (transfer none) (nullable): what comes first; %NULL if nothing is left
 */
WherrySftpNode *
wherry_sftp_plan_peek (WherrySftpPlan *self)
{
  return g_queue_peek_head (&self->nodes);
}

/**
 * wherry_sftp_plan_pop:
 * @self: a plan
 *
 * Does away with what comes first, which is not being looked at or listed.
 */
void
wherry_sftp_plan_pop (WherrySftpPlan *self)
{
  remove_node (self, wherry_sftp_plan_peek (self));
}

/**
 * wherry_sftp_plan_next_file:
 * @self: a plan
 *
 * Returns: (transfer none) (nullable): the next file that was not returned yet;
 *   %NULL while it can't be told
 */
WherrySftpNode *
wherry_sftp_plan_next_file (WherrySftpPlan *self)
{
  while (self->frontier != NULL)
    {
      WherrySftpNode *node = self->frontier->data;

      if (node->kind == WHERRY_SFTP_NODE_UNKNOWN || node->kind == WHERRY_SFTP_NODE_UNLISTED
          || node->kind == WHERRY_SFTP_NODE_OPEN_END)
        return NULL;
      self->frontier = self->frontier->next;
      if (node->kind == WHERRY_SFTP_NODE_FILE)
        return node;
    }
  return NULL;
}

typedef struct {
  guint n_left;
  char *real_path;
  GError *error;
} Root;

static void
on_root (WherrySftpPipe *pipe, WherrySftpReply *reply, gpointer data)
{
  WherrySftpPlan *self = pipe->owner;
  WherrySftpNode *node = wherry_sftp_plan_peek (self);
  Root *root = data;

  root->n_left--;
  wherry_sftp_pipe_get_attrs (pipe, reply, WHERRY_DOING_STAT, self->path, &node->attrs,
                              &root->error);
}

static void
on_root_resolved (WherrySftpPipe *pipe, WherrySftpReply *reply, gpointer data)
{
  WherrySftpName name;
  Root *root = data;

  root->n_left--;
  if (reply->type == WHERRY_SFTP_NAME && wherry_sftp_get_u32 (&reply->reader) >= 1
      && wherry_sftp_get_name (&reply->reader, &name))
    root->real_path = g_strndup (name.name, name.name_length);
}

/* What the person named is followed if it is a link. */
static gboolean
look_at_root (WherrySftpPlan *self, GError **error)
{
  WherrySftpClient *client = self->pipe->client;
  WherrySftpNode *node = wherry_sftp_plan_peek (self);
  Root root = { .n_left = 2 };
  guint32 mode;

  wherry_sftp_pipe_expect (self->pipe,
                           wherry_sftp_client_send_path (client, WHERRY_SFTP_STAT, self->path),
                           on_root, &root);
  wherry_sftp_pipe_expect (self->pipe,
                           wherry_sftp_client_send_path (client, WHERRY_SFTP_REALPATH, self->path),
                           on_root_resolved, &root);
  while (root.n_left > 0)
    if (!wherry_sftp_pipe_step (self->pipe, TRUE, error))
      {
        g_free (root.real_path);
        g_clear_error (&root.error);
        return FALSE;
      }

  mode = node->attrs.flags & WHERRY_SFTP_ATTR_MODE ? node->attrs.mode : S_IFREG;
  if (root.error == NULL && S_ISDIR (mode))
    {
      if (self->pipe->job->flags & WHERRY_TRANSFER_RECURSIVE)
        take_folder (self, node, g_steal_pointer (&root.real_path));
      else
        g_set_error (&root.error, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY,
                     _ ("It is a folder; ask for it to be copied with all in it (-r)"));
    }
  else if (root.error == NULL && S_ISREG (mode))
    take_file (self, node);
  else if (root.error == NULL)
    wherry_remote_set_error (&root.error, WHERRY_DOING_READ, self->path,
                             G_IO_ERROR_NOT_REGULAR_FILE);
  g_free (root.real_path);
  if (root.error == NULL)
    return TRUE;
  g_propagate_error (error, root.error);
  return FALSE;
}

/**
 * wherry_sftp_plan_new:
 * @pipe: the pipe to ask by; becomes the plan's own, see its owner
 * @path: the file or folder, as bytes
 * @name: what it is called
 * @error: there is no such thing, or it can't be copied
 *
 * Finds out what is to be copied. Waits for the server.
 *
 * Returns: (transfer full) (nullable): a plan
 */
WherrySftpPlan *
wherry_sftp_plan_new (WherrySftpPipe *pipe, const char *path, const char *name, GError **error)
{
  WherrySftpPlan *self = g_new0 (WherrySftpPlan, 1);
  WherrySftpNode *root = node_new (WHERRY_SFTP_NODE_UNKNOWN, NULL, name);

  self->pipe = pipe;
  pipe->owner = self;
  self->path = wherry_remote_clean_path (path);
  self->lists = g_ptr_array_new_with_free_func (unref_folder);
  g_queue_push_tail_link (&self->nodes, &root->link);
  self->frontier = &root->link;
  if (look_at_root (self, error))
    return self;
  wherry_sftp_plan_free (self);
  return NULL;
}

/**
 * wherry_sftp_plan_free:
 * @self: (transfer full) (nullable): a plan whose pipe is not stepped any more
 */
void
wherry_sftp_plan_free (WherrySftpPlan *self)
{
  if (self == NULL)
    return;
  while (self->nodes.length > 0)
    wherry_sftp_plan_pop (self);
  g_queue_clear_full (&self->to_list, unref_folder);
  g_ptr_array_unref (self->lists);
  g_free (self->path);
  g_free (self);
}
