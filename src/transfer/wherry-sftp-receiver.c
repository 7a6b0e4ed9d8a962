#include "config.h"

#include <glib/gi18n-lib.h>
#include <sys/stat.h>

#include "base/wherry-error.h"
#include "transfer/wherry-receiver-private.h"
#include "transfer/wherry-sftp-plan.h"

/* Bytes that are asked for, or wait to be taken; together, and of one file. Over a round trip of 50
 * ms this makes 320 MB/s. */
#define AHEAD_MAX (16 * 1024 * 1024)

/* Files up to this size are asked for as a whole, at once and unseen. */
#define SMALL_MAX 32000

/* Where there is a speed limit, so many of its portions are asked for ahead. */
#define PORTIONS_AHEAD 5

/* Files that may be fetched before their turn. */
#define FILES_AHEAD 2048

/* What is told in one go, before the next answers are looked at. */
#define EVENTS_AT_ONCE 64

typedef struct _Fetch Fetch;

/* Part of a file that was asked for. */
typedef struct {
  Fetch *fetch;
  GList link; /* in the fetch */
  guint64 offset;
  guint32 wanted;
  gboolean here;
  GBytes *packet; /* (nullable): %NULL if nothing came, where the file was to end */
  const guint8 *data;
  gsize length;
} Block;

typedef struct {
  WherryJob *job;
  WherrySession *session;
  WherrySftpPipe *pipe;
  WherrySftpPlan *plan;
  WherryReceiverConsume consume;
  gpointer user_data;
  GHashTable *fetches; /* all that are under way */
  GQueue hungry;       /* element-type Fetch: of which more is to be asked for, in order */
  guint n_waiting;     /* fetches whose turn has not come */
  guint n_handles;
  guint64 ahead; /* bytes asked for, or here and not taken */
} Receiver;

/* A file on its way. */
struct _Fetch {
  Receiver *receiver;
  WherrySftpNode *node; /* (nullable): %NULL once it is not wanted any more */
  char *path;
  GBytes *handle;
  WherryResumePoint rest; /* what of it is here from before */
  GQueue blocks;          /* of Block, by their links: in order */
  guint64 asked;          /* bytes */
  guint64 told;
  guint64 ahead;
  guint n_open;     /* answers that are to come */
  guint n_missing;  /* of these, to blocks */
  gboolean careful; /* it is looked at before it is read */
  gboolean looked;
  gboolean checking;
  gboolean checked; /* it was looked at after it was read: still the same */
  gboolean begun;   /* it was told of */
  GError *error;
};

static void on_opened (WherrySftpPipe *pipe, WherrySftpReply *reply, gpointer data);

static guint64
get_size (Fetch *fetch)
{
  return fetch->node->attrs.size;
}

static void
remove_ahead (Fetch *fetch, guint64 length)
{
  fetch->ahead -= length;
  fetch->receiver->ahead -= length;
}

static void
block_free (Fetch *fetch, Block *block)
{
  g_queue_unlink (&fetch->blocks, &block->link);
  g_clear_pointer (&block->packet, g_bytes_unref);
  g_free (block);
}

static void
fetch_free (gpointer data)
{
  Fetch *fetch = data;

  while (fetch->blocks.length > 0)
    block_free (fetch, g_queue_peek_head (&fetch->blocks));
  g_clear_pointer (&fetch->handle, g_bytes_unref);
  g_clear_error (&fetch->error);
  wherry_resume_point_clear (&fetch->rest);
  g_free (fetch->path);
  g_free (fetch);
}

static void
close_handle (Fetch *fetch)
{
  if (fetch->handle == NULL)
    return;
  wherry_sftp_pipe_close (fetch->receiver->pipe, fetch->handle);
  g_clear_pointer (&fetch->handle, g_bytes_unref);
  fetch->receiver->n_handles--;
}

/* The answers that are to come are waited for. */
static void
fetch_end (Fetch *fetch)
{
  Receiver *self = fetch->receiver;

  g_queue_remove (&self->hungry, fetch);
  close_handle (fetch);
  remove_ahead (fetch, fetch->ahead);
  if (fetch->node != NULL)
    {
      fetch->node->fetch = NULL;
      fetch->node = NULL;
      self->n_waiting--;
    }
  if (fetch->n_open == 0)
    g_hash_table_remove (self->fetches, fetch);
}

static void
expect (Fetch *fetch, guint32 id, WherrySftpAnswer answer, gpointer data)
{
  fetch->n_open++;
  wherry_sftp_pipe_expect (fetch->receiver->pipe, id, answer, data);
}

/* Whether an answer is still wanted. */
static gboolean
take_answer (Fetch *fetch)
{
  fetch->n_open--;
  if (fetch->node != NULL)
    return TRUE;
  if (fetch->n_open == 0)
    g_hash_table_remove (fetch->receiver->fetches, fetch);
  return FALSE;
}

static void
set_error (Fetch *fetch, GError *error)
{
  if (fetch->error == NULL)
    fetch->error = error;
  else
    g_error_free (error);
  g_queue_remove (&fetch->receiver->hungry, fetch);
  close_handle (fetch);
}

static void
begin_fetch (Receiver *self, WherrySftpNode *node, gboolean careful)
{
  WherrySftpClient *client = self->pipe->client;
  WherrySftpAttrs none = { 0 };
  Fetch *fetch = g_new0 (Fetch, 1);
  GByteArray *output;

  fetch->receiver = self;
  fetch->node = node;
  fetch->path = wherry_sftp_plan_dup_path (self->plan, node);
  fetch->careful = careful || get_size (fetch) > SMALL_MAX;
  node->fetch = fetch;
  g_hash_table_add (self->fetches, fetch);
  self->n_waiting++;
  self->n_handles++;

  output = wherry_sftp_client_begin (client, WHERRY_SFTP_OPEN, NULL);
  wherry_sftp_put_string (output, fetch->path);
  wherry_sftp_put_u32 (output, WHERRY_SFTP_READ_FLAG);
  wherry_sftp_put_attrs (output, &none);
  expect (fetch, wherry_sftp_client_send (client), on_opened, fetch);
}

/* It is not what it was when it was looked at. What was listed may be old: then it is fetched anew;
 * @fetch is not to be used any more. */
static void
take_change (Fetch *fetch)
{
  Receiver *self = fetch->receiver;
  WherrySftpNode *node = fetch->node;

  if (!fetch->careful)
    {
      fetch_end (fetch);
      begin_fetch (self, node, TRUE);
      return;
    }
  set_error (fetch, g_error_new_literal (
                        WHERRY_ERROR, WHERRY_ERROR_CHANGED,
                        _ ("The file changed on the server while it was read, so it was not "
                           "copied as a whole. Copy it again when nothing writes to it")));
}

static gboolean
is_same (const WherrySftpAttrs *before, const WherrySftpAttrs *after)
{
  guint32 both = before->flags & after->flags;

  return (after->flags & WHERRY_SFTP_ATTR_SIZE) && before->size == after->size
         && (!(both & WHERRY_SFTP_ATTR_TIMES) || before->mtime == after->mtime);
}

static void
on_checked (WherrySftpPipe *pipe, WherrySftpReply *reply, gpointer data)
{
  Fetch *fetch = data;
  WherrySftpAttrs now;
  GError *error = NULL;

  if (!take_answer (fetch) || fetch->error != NULL)
    return;
  fetch->checking = FALSE;
  /* Some of it had to be asked for again: then it is looked at again. */
  if (fetch->n_missing > 0)
    return;
  if (!wherry_sftp_pipe_get_attrs (pipe, reply, WHERRY_DOING_READ, fetch->path, &now, &error))
    set_error (fetch, error);
  else if (is_same (&fetch->node->attrs, &now))
    {
      fetch->checked = TRUE;
      close_handle (fetch);
    }
  else
    take_change (fetch);
}

/* Once all is asked for, or came. */
static void
check (Fetch *fetch)
{
  if (fetch->asked <= get_size (fetch) || fetch->checking || fetch->checked
      || fetch->handle == NULL)
    return;
  fetch->checking = TRUE;
  expect (fetch,
          wherry_sftp_pipe_send_handle (fetch->receiver->pipe, WHERRY_SFTP_FSTAT, fetch->handle),
          on_checked, fetch);
}

static void on_block (WherrySftpPipe *pipe, WherrySftpReply *reply, gpointer data);

/* @after: (nullable): the block that it comes after; %NULL for all */
static void
ask_block (Fetch *fetch, Block *after, guint64 offset, guint32 wanted)
{
  WherrySftpClient *client = fetch->receiver->pipe->client;
  GByteArray *output = wherry_sftp_client_begin (client, WHERRY_SFTP_READ, NULL);
  Block *block = g_new0 (Block, 1);

  block->fetch = fetch;
  block->link.data = block;
  block->offset = offset;
  block->wanted = wanted;
  if (after != NULL && after->link.next != NULL)
    g_queue_insert_before_link (&fetch->blocks, after->link.next, &block->link);
  else
    g_queue_push_tail_link (&fetch->blocks, &block->link);
  fetch->ahead += wanted;
  fetch->receiver->ahead += wanted;
  fetch->n_missing++;

  wherry_sftp_put_bytes (output, g_bytes_get_data (fetch->handle, NULL),
                         g_bytes_get_size (fetch->handle));
  wherry_sftp_put_u64 (output, offset);
  wherry_sftp_put_u32 (output, wanted);
  expect (fetch, wherry_sftp_client_send (client), on_block, block);
}

/* The next one. Where the file is to end a byte more is asked for: none may come. */
static void
ask_next (Fetch *fetch)
{
  guint64 left = get_size (fetch) + 1 - fetch->asked;
  guint32 wanted = (guint32) MIN (left, fetch->receiver->pipe->read_length);

  ask_block (fetch, NULL, fetch->asked, wanted);
  fetch->asked += wanted;
  check (fetch);
}

/* Whether the file is as large as it was said to be, as far as this block tells. */
static gboolean
take_data (Fetch *fetch, Block *block, WherrySftpReply *reply)
{
  gsize length;
  const char *data = wherry_sftp_get_bytes (&reply->reader, &length);
  guint64 end = block->offset + length;

  block->here = TRUE;
  if (reply->reader.bad || length == 0 || length > block->wanted)
    {
      wherry_sftp_pipe_fail_protocol (fetch->receiver->pipe);
      return TRUE;
    }
  block->packet = g_bytes_ref (reply->bytes);
  block->data = (const guint8 *) data;
  block->length = length;
  if (end > get_size (fetch))
    return FALSE;
  if (length < block->wanted && end < get_size (fetch))
    {
      guint32 rest = block->wanted - (guint32) length;

      block->wanted -= rest;
      remove_ahead (fetch, rest);
      ask_block (fetch, block, end, rest);
    }
  return TRUE;
}

static void
on_block (WherrySftpPipe *pipe, WherrySftpReply *reply, gpointer data)
{
  Block *block = data;
  Fetch *fetch = block->fetch;

  fetch->n_missing--;
  if (!take_answer (fetch) || fetch->error != NULL)
    return;

  if (reply->type == WHERRY_SFTP_DATA)
    {
      if (!take_data (fetch, block, reply))
        {
          take_change (fetch);
          return;
        }
    }
  else if (wherry_sftp_reply_get_status (reply, NULL) != WHERRY_SFTP_EOF)
    {
      GError *error = NULL;

      wherry_sftp_pipe_get_ok (pipe, reply, WHERRY_DOING_READ, fetch->path, &error);
      set_error (fetch, error);
      return;
    }
  else if (block->offset >= get_size (fetch))
    block->here = TRUE;
  else
    {
      take_change (fetch);
      return;
    }
  if (fetch->n_missing == 0)
    check (fetch);
}

/* Whether a part of it is here; while the server is asked all else waits. */
static gboolean
find_rest (Fetch *fetch, GError **error)
{
  Receiver *self = fetch->receiver;
  const WherrySftpAttrs *attrs = &fetch->node->attrs;
  g_autofree char *key = wherry_sftp_plan_dup_key (self->plan, fetch->node);

  if (!wherry_resume_find_here (self->job, self->session, key, fetch->path, attrs->size,
                                attrs->flags & WHERRY_SFTP_ATTR_TIMES ? attrs->mtime : 0,
                                &fetch->rest, error))
    return FALSE;
  fetch->asked = fetch->told = fetch->rest.offset;
  return TRUE;
}

static void
on_looked (WherrySftpPipe *pipe, WherrySftpReply *reply, gpointer data)
{
  Fetch *fetch = data;
  WherrySftpAttrs *attrs;
  GError *error = NULL;

  if (!take_answer (fetch) || fetch->error != NULL)
    return;
  attrs = &fetch->node->attrs;
  if (!wherry_sftp_pipe_get_attrs (pipe, reply, WHERRY_DOING_READ, fetch->path, attrs, &error))
    set_error (fetch, error);
  else if (!(attrs->flags & WHERRY_SFTP_ATTR_SIZE) || attrs->size > G_MAXINT64
           || ((attrs->flags & WHERRY_SFTP_ATTR_MODE) && !S_ISREG (attrs->mode)))
    {
      wherry_remote_set_error (&error, WHERRY_DOING_READ, fetch->path, G_IO_ERROR_NOT_REGULAR_FILE);
      set_error (fetch, error);
    }
  else if (!find_rest (fetch, &error))
    wherry_sftp_pipe_fail (pipe, error);
  else
    {
      fetch->looked = TRUE;
      g_queue_push_tail (&fetch->receiver->hungry, fetch);
    }
}

static void
on_opened (WherrySftpPipe *pipe, WherrySftpReply *reply, gpointer data)
{
  Fetch *fetch = data;
  Receiver *self = fetch->receiver;
  g_autoptr (GBytes) handle = NULL;
  GError *error = NULL;

  handle = wherry_sftp_pipe_get_handle (pipe, reply, WHERRY_DOING_READ, fetch->path, &error);
  if (handle == NULL)
    self->n_handles--;
  else
    fetch->handle = g_steal_pointer (&handle);
  if (fetch->node == NULL)
    close_handle (fetch);

  if (!take_answer (fetch))
    g_clear_error (&error);
  else if (error != NULL)
    set_error (fetch, error);
  else if (fetch->careful)
    expect (fetch, wherry_sftp_pipe_send_handle (pipe, WHERRY_SFTP_FSTAT, fetch->handle), on_looked,
            fetch);
  else
    while (fetch->asked <= get_size (fetch))
      ask_next (fetch);
}

/* What is done already, or not to be done now, is told of without its content. */
static gboolean
is_wanted (Receiver *self, const WherrySftpNode *node)
{
  g_autofree char *key = wherry_sftp_plan_dup_key (self->plan, node);
  gboolean has_time = (self->job->flags & WHERRY_TRANSFER_PRESERVE)
                      && (node->attrs.flags & WHERRY_SFTP_ATTR_TIMES);

  return !wherry_ledger_is_done (self->job->ledger, key, node->attrs.size,
                                 has_time ? node->attrs.mtime : 0)
         && wherry_ledger_is_wanted (self->job->ledger, key, FALSE);
}

static guint64
get_ahead_max (Receiver *self)
{
  gsize portion = wherry_job_get_portion (self->job, AHEAD_MAX);

  return portion == AHEAD_MAX
             ? AHEAD_MAX
             : CLAMP (portion * PORTIONS_AHEAD, self->pipe->read_length, AHEAD_MAX);
}

/* Files are opened before their turn, and asked for as far as there is room; the one whose turn it
 * is does not wait for the others. */
static void
ask (Receiver *self)
{
  WherrySftpNode *first = wherry_sftp_plan_peek (self->plan);
  guint64 ahead_max = get_ahead_max (self);
  WherrySftpNode *node;

  wherry_sftp_plan_go_on (self->plan);
  for (GList *l = self->hungry.head, *next; l != NULL; l = next)
    {
      Fetch *fetch = l->data;
      const guint64 *ahead = fetch->node == first ? &fetch->ahead : &self->ahead;

      next = l->next;
      while (fetch->asked <= get_size (fetch) && *ahead < ahead_max)
        ask_next (fetch);
      if (fetch->asked > get_size (fetch))
        g_queue_delete_link (&self->hungry, l);
      else if (self->ahead >= ahead_max)
        break;
    }
  while (self->n_handles < self->pipe->handles && self->n_waiting < FILES_AHEAD
         && self->ahead < ahead_max && (node = wherry_sftp_plan_next_file (self->plan)) != NULL)
    if (is_wanted (self, node))
      begin_fetch (self, node, FALSE);
    else
      node->unwanted = TRUE;
}

static gboolean
tell (Receiver *self,
      WherryReceiverEventType type,
      const WherryReceiverEvent *event,
      GError **error)
{
  return self->consume (type, event, wherry_sftp_client_get_channel (self->pipe->client),
                        self->user_data, error);
}

/* As `scp` without `-p`, times are told only if they are to be kept. */
static WherryReceiverEvent
make_event (Receiver *self, const WherrySftpNode *node)
{
  const WherrySftpAttrs *attrs = &node->attrs;
  gboolean is_file = node->kind == WHERRY_SFTP_NODE_FILE;

  return (WherryReceiverEvent){
    .name = node->name,
    .mode = attrs->flags & WHERRY_SFTP_ATTR_MODE ? attrs->mode & 07777
            : is_file                            ? 0644
                                                 : 0755,
    .size = is_file ? attrs->size : 0,
    .has_times
    = (attrs->flags & WHERRY_SFTP_ATTR_TIMES) && (self->job->flags & WHERRY_TRANSFER_PRESERVE),
    .times = { .mtime = attrs->mtime, .atime = attrs->atime },
    .mtime = attrs->flags & WHERRY_SFTP_ATTR_TIMES ? attrs->mtime : 0,
  };
}

static gboolean
tell_data (Receiver *self, Fetch *fetch, Block *block, GError **error)
{
  while (block->length > 0)
    {
      WherryReceiverEvent event
          = { .data = block->data, .length = wherry_job_get_portion (self->job, block->length) };

      block->data += event.length;
      block->length -= event.length;
      fetch->told += event.length;
      if (!tell (self, WHERRY_RECEIVER_DATA, &event, error))
        return FALSE;
    }
  remove_ahead (fetch, block->wanted);
  block_free (fetch, block);
  return TRUE;
}

static gboolean
tell_unwanted (Receiver *self, WherrySftpNode *node, gboolean *moved, GError **error)
{
  WherryReceiverEvent begin = make_event (self, node);
  WherryReceiverEvent end = { 0 };

  *moved = TRUE;
  if (!tell (self, WHERRY_RECEIVER_FILE, &begin, error)
      || !tell (self, WHERRY_RECEIVER_FILE_END, &end, error))
    return FALSE;
  wherry_sftp_plan_pop (self->plan);
  return TRUE;
}

/* The first entry is a file. */
static gboolean
tell_file (Receiver *self, WherrySftpNode *node, gboolean *moved, GError **error)
{
  Fetch *fetch = node->fetch;
  Block *block;

  *moved = FALSE;
  if (node->unwanted)
    return tell_unwanted (self, node, moved, error);
  if (fetch == NULL)
    return TRUE;
  if (!fetch->begun && (fetch->error != NULL || fetch->looked || fetch->checked))
    {
      WherryReceiverEvent event = make_event (self, node);
      gboolean failed = fetch->error != NULL;

      *moved = fetch->begun = TRUE;
      event.error = fetch->error;
      event.rest = fetch->rest.offset > 0 ? &fetch->rest : NULL;
      if (!tell (self, failed ? WHERRY_RECEIVER_PROBLEM : WHERRY_RECEIVER_FILE, &event, error))
        return FALSE;
      if (failed)
        {
          fetch_end (fetch);
          wherry_sftp_plan_pop (self->plan);
          return TRUE;
        }
    }
  if (!fetch->begun)
    return TRUE;

  while (fetch->error == NULL && (block = g_queue_peek_head (&fetch->blocks)) != NULL
         && block->here)
    {
      *moved = TRUE;
      if (!tell_data (self, fetch, block, error))
        return FALSE;
    }
  if (fetch->error != NULL || (fetch->checked && fetch->blocks.length == 0))
    {
      WherryReceiverEvent event = { .error = fetch->error };

      *moved = TRUE;
      g_assert (fetch->error != NULL || fetch->told == node->attrs.size);
      if (!tell (self, WHERRY_RECEIVER_FILE_END, &event, error))
        return FALSE;
      fetch_end (fetch);
      wherry_sftp_plan_pop (self->plan);
    }
  return TRUE;
}

/* Tells what comes first, as far as it is here. */
static gboolean
tell_next (Receiver *self, gboolean *moved, GError **error)
{
  WherrySftpNode *node = wherry_sftp_plan_peek (self->plan);
  WherryReceiverEvent event;
  WherryReceiverEventType type;

  *moved = FALSE;
  if (node == NULL)
    return TRUE;
  event = make_event (self, node);
  switch (node->kind)
    {
    case WHERRY_SFTP_NODE_FILE:
      return tell_file (self, node, moved, error);
    case WHERRY_SFTP_NODE_FOLDER:
      type = WHERRY_RECEIVER_DIRECTORY;
      break;
    case WHERRY_SFTP_NODE_END:
      type = WHERRY_RECEIVER_DIRECTORY_END;
      break;
    case WHERRY_SFTP_NODE_SKIPPED:
      type = WHERRY_RECEIVER_SKIPPED;
      break;
    case WHERRY_SFTP_NODE_PROBLEM:
      type = WHERRY_RECEIVER_PROBLEM;
      event.error = node->error;
      break;
    case WHERRY_SFTP_NODE_UNKNOWN:
    case WHERRY_SFTP_NODE_UNLISTED:
    case WHERRY_SFTP_NODE_OPEN_END:
    default:
      return TRUE;
    }
  *moved = TRUE;
  if (!tell (self, type, &event, error))
    return FALSE;
  wherry_sftp_plan_pop (self->plan);
  return TRUE;
}

static gboolean
receive (Receiver *self, GError **error)
{
  while (wherry_sftp_plan_peek (self->plan) != NULL)
    {
      gboolean moved = TRUE;
      guint n = 0;

      ask (self);
      while (moved && n++ < EVENTS_AT_ONCE)
        if (!tell_next (self, &moved, error))
          return FALSE;
      if (!wherry_sftp_pipe_step (self->pipe, n == 1, error))
        return FALSE;
    }
  return TRUE;
}

/* A top entry that can't be told of is why the whole does not come. */
static gboolean
take_root_problem (Receiver *self, GError **error)
{
  WherrySftpNode *root;

  for (;;)
    {
      ask (self);
      root = wherry_sftp_plan_peek (self->plan);
      if (root->kind == WHERRY_SFTP_NODE_PROBLEM)
        {
          g_propagate_error (error, g_error_copy (root->error));
          return FALSE;
        }
      if (root->kind == WHERRY_SFTP_NODE_FOLDER || root->unwanted)
        return TRUE;
      if (root->kind == WHERRY_SFTP_NODE_FILE && root->fetch != NULL)
        {
          const Fetch *fetch = root->fetch;

          if (fetch->error != NULL)
            {
              g_propagate_error (error, g_error_copy (fetch->error));
              return FALSE;
            }
          if (fetch->looked || fetch->checked)
            return TRUE;
        }
      if (!wherry_sftp_pipe_step (self->pipe, TRUE, error))
        return FALSE;
    }
}

/**
 * wherry_sftp_receiver_run:
 *
 * wherry_receiver_run() by SFTP. Files are asked for ahead over the whole tree,
 * the large ones with many blocks under way.
 */
gboolean
wherry_sftp_receiver_run (WherryJob *job,
                          WherrySession *session,
                          WherryReceiverConsume consume,
                          gpointer user_data,
                          GError **error)
{
  g_autofree char *name = wherry_endpoint_dup_name (job->source);
  Receiver self = { .job = job, .session = session, .consume = consume, .user_data = user_data };
  gboolean well = FALSE;

  self.pipe = wherry_sftp_pipe_new (session, job, NULL, error);
  if (self.pipe == NULL)
    return FALSE;
  self.fetches = g_hash_table_new_full (NULL, NULL, fetch_free, NULL);
  self.plan = wherry_sftp_plan_new (self.pipe, job->source->path, name != NULL ? name : ".", error);
  if (self.plan != NULL)
    well = take_root_problem (&self, error) && receive (&self, error);

  g_queue_clear (&self.hungry);
  g_hash_table_unref (self.fetches);
  wherry_sftp_pipe_free (self.pipe);
  wherry_sftp_plan_free (self.plan);
  return well;
}
