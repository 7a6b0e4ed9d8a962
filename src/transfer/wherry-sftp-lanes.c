#include "transfer/wherry-sftp-lanes.h"

#include "remote/wherry-remote-error.h"
#include "transfer/wherry-sftp-pipe.h"

/* What goes to a lane at once, in bytes. */
#define BLOCK_SIZE (256 * 1024)

/* Blocks that wait for a lane, for each of them. */
#define WAITING_MAX 2

/* Bytes of a lane that may be unanswered: what OpenSSH takes ahead, and what is on its way. */
#define LANE_WINDOW (4 * 1024 * 1024)

/* While content comes slower than it goes, how long a lane waits for some before it looks for
 * answers again, in microseconds. */
#define LOOK_INTERVAL 5000

typedef struct {
  guint64 offset;
  gsize length;
  guint8 data[BLOCK_SIZE];
} Block;

typedef struct {
  WherrySftpLanes *lanes;
  WherrySftpPipe *pipe;
  GBytes *handle;
  guint n_answers; /* to come */
  GError *error;   /* (nullable): of the file */
  GThread *thread;
} Lane;

struct _WherrySftpLanes {
  WherrySession *session;
  WherryJob *job;
  char *path;
  guint64 size;
  guint64 taken;  /* bytes given, with those from before */
  Block *current; /* (nullable): being filled */
  guint n_lanes;
  Lane *lanes;

  GMutex lock;
  GCond changed;
  GQueue blocks; /* element-type Block */
  guint n_alive;
  guint n_opened;
  gboolean ended;    /* no more blocks come */
  gboolean aborting; /* nobody wants them written */
  GError *file_error;
  GError *error;
};

static void
on_opened (WherrySftpPipe *pipe, WherrySftpReply *reply, gpointer data)
{
  Lane *lane = data;

  lane->n_answers--;
  lane->handle = wherry_sftp_pipe_get_handle (pipe, reply, WHERRY_DOING_WRITE, lane->lanes->path,
                                              &lane->error);
}

static void
on_written (WherrySftpPipe *pipe, WherrySftpReply *reply, gpointer data)
{
  Lane *lane = data;

  lane->n_answers--;
  if (lane->error == NULL)
    (void) wherry_sftp_pipe_get_ok (pipe, reply, WHERRY_DOING_WRITE, lane->lanes->path,
                                    &lane->error);
}

static void
send_block (Lane *lane, const Block *block)
{
  WherrySftpClient *client = lane->pipe->client;

  for (gsize at = 0; at < block->length;)
    {
      gsize length = MIN (block->length - at, lane->pipe->write_length);
      GByteArray *output = wherry_sftp_client_begin (client, WHERRY_SFTP_WRITE, NULL);

      wherry_sftp_put_bytes (output, g_bytes_get_data (lane->handle, NULL),
                             g_bytes_get_size (lane->handle));
      wherry_sftp_put_u64 (output, block->offset + at);
      wherry_sftp_put_bytes (output, block->data + at, length);
      lane->n_answers++;
      wherry_sftp_pipe_expect (lane->pipe, wherry_sftp_client_send (client), on_written, lane);
      at += length;
    }
}

static gboolean
has_room (Lane *lane)
{
  return (gsize) lane->n_answers * lane->pipe->write_length + BLOCK_SIZE <= LANE_WINDOW
         && !wherry_sftp_client_is_full (lane->pipe->client);
}

/* The next block, as far as the lane may have one; waited for if there is nothing else to do. */
static Block *
take_block (Lane *lane, gboolean *ended)
{
  WherrySftpLanes *self = lane->lanes;
  gboolean may = has_room (lane);
  Block *block = NULL;

  g_mutex_lock (&self->lock);
  while (may && self->blocks.length == 0 && !self->ended)
    {
      gint64 until = g_get_monotonic_time () + LOOK_INTERVAL;

      if (lane->n_answers == 0)
        g_cond_wait (&self->changed, &self->lock);
      else if (!g_cond_wait_until (&self->changed, &self->lock, until))
        break;
    }
  if (may && !self->aborting && (block = g_queue_pop_head (&self->blocks)) != NULL)
    g_cond_broadcast (&self->changed);
  *ended = self->aborting || (self->ended && self->blocks.length == 0);
  g_mutex_unlock (&self->lock);
  return block;
}

/* Writes what comes until there is no more. Returns FALSE with @error if the conversation is over.
 */
static gboolean
write_all (Lane *lane, GError **error)
{
  gboolean ended = FALSE;

  while (lane->error == NULL && !(ended && lane->n_answers == 0))
    {
      Block *block = take_block (lane, &ended);
      /* With nothing to send and nothing to be waited for there, an answer has to come. */
      gboolean wait = block == NULL && lane->n_answers > 0 && (ended || !has_room (lane));

      if (block != NULL)
        send_block (lane, block);
      g_free (block);
      if (!wherry_sftp_pipe_step (lane->pipe, wait, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
await_answers (Lane *lane, GError **error)
{
  while (lane->n_answers > 0)
    if (!wherry_sftp_pipe_step (lane->pipe, TRUE, error))
      return FALSE;
  return TRUE;
}

static gboolean
open_file (Lane *lane, GError **error)
{
  WherrySftpAttrs none = { 0 };
  WherrySftpClient *client;
  GByteArray *output;

  lane->pipe = wherry_sftp_pipe_new (lane->lanes->session, lane->lanes->job, lane, error);
  if (lane->pipe == NULL)
    return FALSE;
  client = lane->pipe->client;
  output = wherry_sftp_client_begin (client, WHERRY_SFTP_OPEN, NULL);
  wherry_sftp_put_string (output, lane->lanes->path);
  wherry_sftp_put_u32 (output, WHERRY_SFTP_WRITE_FLAG);
  wherry_sftp_put_attrs (output, &none);
  lane->n_answers++;
  wherry_sftp_pipe_expect (lane->pipe, wherry_sftp_client_send (client), on_opened, lane);
  return await_answers (lane, error) && lane->handle != NULL;
}

static gboolean
close_file (Lane *lane, GError **error)
{
  lane->n_answers++;
  wherry_sftp_pipe_expect (lane->pipe,
                           wherry_sftp_pipe_send_handle (lane->pipe, WHERRY_SFTP_CLOSE,
                                                         lane->handle),
                           on_written, lane);
  return await_answers (lane, error);
}

static gpointer
run (gpointer data)
{
  Lane *lane = data;
  WherrySftpLanes *self = lane->lanes;
  g_autoptr (GError) error = NULL;
  gboolean opened = open_file (lane, &error);

  g_mutex_lock (&self->lock);
  self->n_opened += opened;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  if (opened)
    (void) (write_all (lane, &error) && close_file (lane, &error));
  g_clear_pointer (&lane->pipe, wherry_sftp_pipe_free);

  g_mutex_lock (&self->lock);
  self->n_alive--;
  /* That a lane could not be had at all does not matter if there is another. */
  if (opened)
    {
      if (lane->error != NULL && self->file_error == NULL)
        self->file_error = g_steal_pointer (&lane->error);
      if (error != NULL && self->error == NULL)
        self->error = g_steal_pointer (&error);
    }
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  g_clear_error (&lane->error);
  g_clear_pointer (&lane->handle, g_bytes_unref);
  return NULL;
}

/**
 * wherry_sftp_lanes_new:
 * @session: a connected session; a reference is kept
 * @job: the job it is for; a reference is kept
 * @path: a file on the server that is there
 * @offset: bytes of it that are right
 * @size: the size it is to get
 * @n_lanes: how many there are to be; fewer where the server gives no more
 *
 * Returns: (transfer full): lanes
 */
WherrySftpLanes *
wherry_sftp_lanes_new (WherrySession *session,
                       WherryJob *job,
                       const char *path,
                       guint64 offset,
                       guint64 size,
                       guint n_lanes)
{
  WherrySftpLanes *self = g_new0 (WherrySftpLanes, 1);

  self->session = g_object_ref (session);
  self->job = wherry_job_ref (job);
  self->path = g_strdup (path);
  self->taken = offset;
  self->size = size;
  self->n_lanes = self->n_alive = n_lanes;
  self->lanes = g_new0 (Lane, n_lanes);
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  for (guint i = 0; i < n_lanes; i++)
    {
      self->lanes[i].lanes = self;
      self->lanes[i].thread = g_thread_new ("wherry-lane", run, &self->lanes[i]);
    }
  return self;
}

/**
 * wherry_sftp_lanes_await_open:
 * @self: lanes
 *
 * Returns: whether there is a lane; waited for
 */
gboolean
wherry_sftp_lanes_await_open (WherrySftpLanes *self)
{
  g_mutex_lock (&self->lock);
  while (self->n_opened == 0 && self->n_alive > 0)
    g_cond_wait (&self->changed, &self->lock);
  gboolean any = self->n_opened > 0;
  g_mutex_unlock (&self->lock);
  return any;
}

static void
end (WherrySftpLanes *self, gboolean aborting)
{
  g_mutex_lock (&self->lock);
  self->ended = TRUE;
  self->aborting = aborting;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  for (guint i = 0; i < self->n_lanes; i++)
    g_clear_pointer (&self->lanes[i].thread, g_thread_join);
}

/**
 * wherry_sftp_lanes_free:
 * @self: (transfer full) (nullable): lanes
 *
 * What was not finished with wherry_sftp_lanes_finish() is given up.
 */
void
wherry_sftp_lanes_free (WherrySftpLanes *self)
{
  if (self == NULL)
    return;
  end (self, TRUE);
  g_queue_clear_full (&self->blocks, g_free);
  g_free (self->current);
  g_free (self->lanes);
  g_clear_error (&self->file_error);
  g_clear_error (&self->error);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_object_unref (self->session);
  wherry_job_unref (self->job);
  g_free (self->path);
  g_free (self);
}

/* With the lock held. */
static gboolean
has_failed (WherrySftpLanes *self, GError **file_error, GError **error)
{
  if (self->error != NULL)
    g_propagate_error (error, g_error_copy (self->error));
  else if (self->file_error != NULL)
    g_propagate_error (file_error, g_error_copy (self->file_error));
  else
    return FALSE;
  return TRUE;
}

/**
 * wherry_sftp_lanes_reserve:
 * @self: lanes
 * @size: (out): bytes of room
 * @file_error: the file can't be written
 * @error: the transfer is over
 *
 * Returns: (transfer none) (nullable): where to put content, waited for
 */
guint8 *
wherry_sftp_lanes_reserve (WherrySftpLanes *self, gsize *size, GError **file_error, GError **error)
{
  gboolean failed;

  g_mutex_lock (&self->lock);
  while (self->blocks.length >= self->n_lanes * WAITING_MAX && self->error == NULL
         && self->file_error == NULL)
    g_cond_wait (&self->changed, &self->lock);
  failed = has_failed (self, file_error, error);
  g_mutex_unlock (&self->lock);
  if (failed)
    return NULL;

  if (self->current == NULL)
    {
      self->current = g_new (Block, 1);
      self->current->offset = self->taken;
      self->current->length = 0;
    }
  *size = (gsize) MIN (BLOCK_SIZE - self->current->length, self->size - self->taken);
  return self->current->data + self->current->length;
}

/**
 * wherry_sftp_lanes_commit:
 * @self: lanes
 * @length: bytes put into the room
 */
void
wherry_sftp_lanes_commit (WherrySftpLanes *self, gsize length)
{
  Block *block = self->current;

  block->length += length;
  self->taken += length;
  if (block->length < BLOCK_SIZE && self->taken < self->size)
    return;
  self->current = NULL;
  g_mutex_lock (&self->lock);
  g_queue_push_tail (&self->blocks, block);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

/**
 * wherry_sftp_lanes_finish:
 * @self: lanes that all content was given to
 * @file_error: the file could not be written
 * @error: the transfer is over
 *
 * Waits until the server has vouched for all of it.
 *
 * Returns: %FALSE on either error
 */
gboolean
wherry_sftp_lanes_finish (WherrySftpLanes *self, GError **file_error, GError **error)
{
  end (self, FALSE);
  g_mutex_lock (&self->lock);
  gboolean failed = has_failed (self, file_error, error);
  g_mutex_unlock (&self->lock);
  return !failed;
}
