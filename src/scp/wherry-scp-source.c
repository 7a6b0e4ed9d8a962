#include "config.h"

#include "scp/wherry-scp-source-private.h"

#include <string.h>

#include "scp/wherry-scp-ahead.h"
#include "scp/wherry-scp-record.h"

static void
push_owed (WherryScpSource *self, WherryScpOwedKind kind, guint64 tag, gboolean failed)
{
  if (self->n_owed == self->owed_size)
    {
      guint size = MAX (self->owed_size * 2, 64);
      WherryScpOwed *ring = g_new (WherryScpOwed, size);

      for (guint i = 0; i < self->n_owed; i++)
        ring[i] = self->owed[(self->owed_begin + i) & (self->owed_size - 1)];
      g_free (self->owed);
      self->owed = ring;
      self->owed_size = size;
      self->owed_begin = 0;
    }

  self->owed[(self->owed_begin + self->n_owed++) & (self->owed_size - 1)] = (WherryScpOwed){
    .tag = tag,
    .offset = self->put,
    .kind = (guint8) kind,
    .failed = failed,
  };
}

/**
 * wherry_scp_source_peek_owed:
 * @self: a machine
 *
 * Returns: (nullable): what the next reply answers
 */
const WherryScpOwed *
wherry_scp_source_peek_owed (WherryScpSource *self)
{
  return self->n_owed > 0 ? &self->owed[self->owed_begin] : NULL;
}

/**
 * wherry_scp_source_pop_owed:
 * @self: a machine that is owed something
 *
 * Returns: what the next reply answers; it is owed no more
 */
WherryScpOwed
wherry_scp_source_pop_owed (WherryScpSource *self)
{
  WherryScpOwed owed = self->owed[self->owed_begin];

  g_assert (self->n_owed > 0);

  self->owed_begin = (self->owed_begin + 1) & (self->owed_size - 1);
  self->n_owed--;
  return owed;
}

/**
 * wherry_scp_source_new:
 * @flags: what is sent, and how far ahead
 *
 * Returns: (transfer full): a machine for the input of one `scp -t`
 */
WherryScpSource *
wherry_scp_source_new (WherryScpSourceFlags flags)
{
  WherryScpSource *self = g_new0 (WherryScpSource, 1);

  self->flags = flags;
  self->awaits_greeting = (flags & WHERRY_SCP_SOURCE_PIPELINE) == 0;
  self->output = g_byte_array_new ();
  self->directories = g_array_new (FALSE, FALSE, sizeof (guint64));
  self->words = g_string_new (NULL);
  push_owed (self, OWED_GREETING, 0, FALSE);
  return self;
}

/**
 * wherry_scp_source_free:
 * @self: (transfer full) (nullable): a machine
 */
void
wherry_scp_source_free (WherryScpSource *self)
{
  if (self == NULL)
    return;

  g_byte_array_unref (self->output);
  g_array_unref (self->directories);
  g_string_free (self->words, TRUE);
  g_free (self->owed);
  g_free (self);
}

/**
 * wherry_scp_source_get_state:
 * @self: a machine
 *
 * The state changes by entries and by wherry_scp_source_next(), which need not
 * tell an event then: ask again after each.
 *
 * Returns: what can be done now
 */
WherryScpSourceState
wherry_scp_source_get_state (WherryScpSource *self)
{
  g_return_val_if_fail (self != NULL, WHERRY_SCP_SOURCE_BROKEN);

  if (self->broken)
    return WHERRY_SCP_SOURCE_BROKEN;
  if (self->finishing)
    return self->n_owed == 0 && !wherry_scp_source_has_output (self) ? WHERRY_SCP_SOURCE_FINISHED
                                                                     : WHERRY_SCP_SOURCE_WAIT;
  if (self->awaits_greeting && self->n_owed > 0
      && wherry_scp_source_peek_owed (self)->kind == OWED_GREETING)
    return WHERRY_SCP_SOURCE_WAIT;
  if (self->directory_asked || self->file == FILE_ASKED)
    return WHERRY_SCP_SOURCE_WAIT;
  return self->file == FILE_OPEN ? WHERRY_SCP_SOURCE_DATA : WHERRY_SCP_SOURCE_READY;
}

/**
 * wherry_scp_source_set_pipeline:
 * @self: a machine that is %WHERRY_SCP_SOURCE_READY
 * @pipeline: whether content may go ahead of the reply to its `C` from now on
 *
 * Switches %WHERRY_SCP_SOURCE_PIPELINE, for a caller that grows careful after
 * refusals and bold again when all goes well. It concerns the files that follow
 * and does not change the state.
 */
void
wherry_scp_source_set_pipeline (WherryScpSource *self, gboolean pipeline)
{
  g_return_if_fail (self != NULL);

  if (pipeline)
    self->flags |= WHERRY_SCP_SOURCE_PIPELINE;
  else
    self->flags &= ~WHERRY_SCP_SOURCE_PIPELINE;
}

/**
 * wherry_scp_source_get_n_pending:
 * @self: a machine
 *
 * Memory grows with this number by 24 bytes each; it is for the caller to stop
 * sending ahead at some tens of thousands.
 *
 * Returns: how many replies the server owes: one for each record and each
 *   file's end, and one to begin with
 */
guint
wherry_scp_source_get_n_pending (WherryScpSource *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->n_owed;
}

/**
 * wherry_scp_source_check_name:
 * @name: a name as bytes
 * @error: return location for a #GError
 *
 * Judges whether a name can be sent; see wherry_scp_record_check_name().
 *
 * Returns: whether it can be sent
 */
gboolean
wherry_scp_source_check_name (const char *name, GError **error)
{
  g_return_val_if_fail (name != NULL, FALSE);

  return wherry_scp_record_check_name (name, strlen (name), error);
}

static void
put (WherryScpSource *self, const void *bytes, gsize length)
{
  g_byte_array_append (self->output, bytes, (guint) length);
  self->put += length;
}

static void
put_record (WherryScpSource *self, const WherryScpRecord *record)
{
  guint before = self->output->len;

  if (!wherry_scp_record_append (self->output, record, NULL))
    g_assert_not_reached ();
  self->put += self->output->len - before;
}

static void
put_times (WherryScpSource *self, const WherryScpTimes *times, guint64 tag)
{
  if (times == NULL || !(self->flags & WHERRY_SCP_SOURCE_PRESERVE))
    return;

  put_record (self, &(WherryScpRecord){ .kind = WHERRY_SCP_RECORD_TIMES, .times = *times });
  push_owed (self, OWED_TIMES, tag, FALSE);
}

/**
 * wherry_scp_source_file:
 * @self: a machine that is %WHERRY_SCP_SOURCE_READY
 * @name: the file's name as bytes, good by wherry_scp_source_check_name()
 * @mode: its permission bits; others are not sent
 * @size: its size in bytes, at most 2^63-1
 * @times: (nullable): its times; sent with %WHERRY_SCP_SOURCE_PRESERVE only
 * @head: (array length=head_length): how the content that will really be sent
 *   begins
 * @head_length: in bytes; see wherry_scp_may_go_ahead()
 * @tag: by which its verdict will be told
 *
 * Begins a file. The state is then %WHERRY_SCP_SOURCE_DATA, or
 * %WHERRY_SCP_SOURCE_WAIT where content must not go ahead of the reply.
 */
void
wherry_scp_source_file (WherryScpSource *self,
                        const char *name,
                        guint32 mode,
                        guint64 size,
                        const WherryScpTimes *times,
                        const guint8 *head,
                        gsize head_length,
                        guint64 tag)
{
  WherryScpRecord record = { .kind = WHERRY_SCP_RECORD_FILE, .mode = mode, .size = size };
  WherryScpSourceState state = wherry_scp_source_get_state (self);

  if (state == WHERRY_SCP_SOURCE_BROKEN)
    return;
  g_return_if_fail (state == WHERRY_SCP_SOURCE_READY);
  g_return_if_fail (wherry_scp_source_check_name (name, NULL));
  g_return_if_fail (size <= G_MAXINT64);

  record.name = name;
  record.name_length = strlen (name);
  put_times (self, times, tag);
  put_record (self, &record);
  push_owed (self, OWED_FILE, tag, FALSE);

  self->file_tag = tag;
  self->remaining = size;
  self->content_sent = FALSE;
  self->judged = FALSE;
  if ((self->flags & WHERRY_SCP_SOURCE_PIPELINE)
      && wherry_scp_may_go_ahead (head, head_length, size,
                                  (self->flags & WHERRY_SCP_SOURCE_PRESERVE) != 0))
    self->file = FILE_OPEN;
  else
    self->file = FILE_ASKED;
}

/**
 * wherry_scp_source_get_remaining:
 * @self: a machine
 *
 * Returns: bytes of the current file's content that were not told as sent; 0
 *   outside a file
 */
guint64
wherry_scp_source_get_remaining (WherryScpSource *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->file != FILE_NONE && !self->broken ? self->remaining : 0;
}

/**
 * wherry_scp_source_data_sent:
 * @self: a machine that is %WHERRY_SCP_SOURCE_DATA and has no output left
 * @length: in bytes, at most wherry_scp_source_get_remaining()
 *
 * Tells that so much content was put behind the bytes taken from the machine.
 * Between putting it there and telling so, the machine must not be fed: a reply
 * decides by it whether the server saw content it may not see.
 */
void
wherry_scp_source_data_sent (WherryScpSource *self, gsize length)
{
  WherryScpSourceState state = wherry_scp_source_get_state (self);

  if (state == WHERRY_SCP_SOURCE_BROKEN || length == 0)
    return;
  g_return_if_fail (state == WHERRY_SCP_SOURCE_DATA);
  g_return_if_fail (length <= self->remaining);
  g_return_if_fail (!wherry_scp_source_has_output (self));

  self->remaining -= length;
  self->put += length;
  self->content_sent = TRUE;
}

/**
 * wherry_scp_source_end_file:
 * @self: a machine that is %WHERRY_SCP_SOURCE_DATA with nothing remaining
 * @failure: (nullable): why the content is not what it should be, for the
 *   server to print: the file could not be read to its end, or changed. Its
 *   verdict is then %WHERRY_SCP_SOURCE_FILE_FAILED, whatever the reply
 *
 * Ends the content of a file.
 */
void
wherry_scp_source_end_file (WherryScpSource *self, const char *failure)
{
  WherryScpSourceState state = wherry_scp_source_get_state (self);

  if (state == WHERRY_SCP_SOURCE_BROKEN)
    return;
  g_return_if_fail (state == WHERRY_SCP_SOURCE_DATA);
  g_return_if_fail (self->remaining == 0);

  if (failure == NULL)
    put (self, "", 1);
  else
    {
      /* response() in scp.c reads 2,047 bytes of it at most, and the rest as records. */
      g_autofree char *line = g_strdup_printf ("\1%.1024s\n", failure);

      for (char *p = line + 1; p[1] != '\0'; p++)
        if (g_ascii_iscntrl (*p))
          *p = '?';
      put (self, line, strlen (line));
    }

  if (!self->judged)
    push_owed (self, OWED_FILE_END, self->file_tag, failure != NULL);
  self->file = FILE_NONE;
}

/**
 * wherry_scp_source_directory:
 * @self: a machine that is %WHERRY_SCP_SOURCE_READY
 * @name: the directory's name as bytes, good by wherry_scp_source_check_name()
 * @mode: its permission bits; others are not sent
 * @times: (nullable): its times; sent with %WHERRY_SCP_SOURCE_PRESERVE only
 * @tag: by which its verdict will be told
 *
 * Begins a directory, in at most %WHERRY_SCP_DEPTH_MAX - 1 others. Nothing goes
 * out before the reply: inside a directory that could not be made, its children
 * would land in its parent.
 */
void
wherry_scp_source_directory (WherryScpSource *self,
                             const char *name,
                             guint32 mode,
                             const WherryScpTimes *times,
                             guint64 tag)
{
  WherryScpRecord record = { .kind = WHERRY_SCP_RECORD_DIRECTORY, .mode = mode };
  WherryScpSourceState state = wherry_scp_source_get_state (self);

  if (state == WHERRY_SCP_SOURCE_BROKEN)
    return;
  g_return_if_fail (state == WHERRY_SCP_SOURCE_READY);
  g_return_if_fail (wherry_scp_source_check_name (name, NULL));
  g_return_if_fail (self->directories->len < WHERRY_SCP_DEPTH_MAX);

  record.name = name;
  record.name_length = strlen (name);
  put_times (self, times, tag);
  put_record (self, &record);
  push_owed (self, OWED_DIRECTORY, tag, FALSE);
  self->directory_asked = TRUE;
}

/**
 * wherry_scp_source_end_directory:
 * @self: a machine that is %WHERRY_SCP_SOURCE_READY
 *
 * Ends the innermost directory that was not refused.
 */
void
wherry_scp_source_end_directory (WherryScpSource *self)
{
  WherryScpSourceState state = wherry_scp_source_get_state (self);
  guint64 tag;

  if (state == WHERRY_SCP_SOURCE_BROKEN)
    return;
  g_return_if_fail (state == WHERRY_SCP_SOURCE_READY);
  g_return_if_fail (self->directories->len > 0);

  tag = g_array_index (self->directories, guint64, self->directories->len - 1);
  g_array_set_size (self->directories, self->directories->len - 1);
  put_record (self, &(WherryScpRecord){ .kind = WHERRY_SCP_RECORD_END });
  push_owed (self, OWED_DIRECTORY_END, tag, FALSE);
}

/**
 * wherry_scp_source_finish:
 * @self: a machine that is %WHERRY_SCP_SOURCE_READY, outside any directory
 *
 * Says that no more entries come. The state is %WHERRY_SCP_SOURCE_FINISHED once
 * all output was taken and all replies came.
 */
void
wherry_scp_source_finish (WherryScpSource *self)
{
  WherryScpSourceState state = wherry_scp_source_get_state (self);

  if (state == WHERRY_SCP_SOURCE_BROKEN)
    return;
  g_return_if_fail (state == WHERRY_SCP_SOURCE_READY);
  g_return_if_fail (self->directories->len == 0);

  self->finishing = TRUE;
}

/**
 * wherry_scp_source_take_output:
 * @self: a machine
 * @buffer: (out caller-allocates) (array length=size): where bytes are put
 * @size: room in it, in bytes
 *
 * Gives the bytes to send next. All of them must go out before any content.
 *
 * Returns: how many bytes were put into @buffer
 */
gsize
wherry_scp_source_take_output (WherryScpSource *self, guint8 *buffer, gsize size)
{
  gsize n;

  g_return_val_if_fail (self != NULL, 0);
  g_return_val_if_fail (buffer != NULL || size == 0, 0);

  n = MIN (self->output->len - self->output_begin, size);
  if (n == 0)
    return 0;

  memcpy (buffer, self->output->data + self->output_begin, n);
  self->output_begin += n;
  if (self->output_begin == self->output->len)
    {
      g_byte_array_set_size (self->output, 0);
      self->output_begin = 0;
    }
  return n;
}

/**
 * wherry_scp_source_has_output:
 * @self: a machine
 *
 * Returns: whether wherry_scp_source_take_output() has bytes to give
 */
gboolean
wherry_scp_source_has_output (WherryScpSource *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->output->len > self->output_begin;
}

/**
 * wherry_scp_source_end_of_input:
 * @self: a machine
 *
 * Says that no reply comes behind those fed so far. Call
 * wherry_scp_source_next() until it returns %WHERRY_SCP_SOURCE_NEED_INPUT; the
 * state is then %WHERRY_SCP_SOURCE_FINISHED or %WHERRY_SCP_SOURCE_BROKEN.
 */
void
wherry_scp_source_end_of_input (WherryScpSource *self)
{
  g_return_if_fail (self != NULL);

  self->ended = TRUE;
}
